"""Golden files: what a command line writes, byte for byte. A case is data; this only plays it.

$ gradcli eval x^2 --at x=3        the command line, as a shell reads it
--- file NAME                      a file in the folder that it runs in (any number)
--- array NAME                     an .npy made of a JSON array, or an .npz made of an object of arrays
--- stdin                          what it reads
--- stdout, --- stderr             what it writes
--- exit 2                         its exit code, if that is not 0
"""

import ast
import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gradcli

CASES = sorted(Path(__file__).parent.glob("golden/*.txt"))
ROOT = str(Path(gradcli.__file__).parents[1])


def sections(text: str) -> tuple[list[str], dict[str, str]]:
    """A case's arguments, and its sections by heading."""
    command, _, rest = text.partition("\n")
    found: dict[str, str] = {}
    for part in f"\n{rest}".split("\n--- ")[1:]:
        heading, _, body = part.partition("\n")
        found[heading] = f"{body.removesuffix(chr(10))}\n" if body else ""
    return shlex.split(command.removeprefix("$ gradcli")), found


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_golden(path: Path, tmp_path: Path) -> None:
    arguments, expected = sections(path.read_text(encoding="utf-8"))
    for heading, body in expected.items():
        if heading.startswith("file "):
            (tmp_path / heading[5:]).write_text(body, encoding="utf-8", newline="\n")
        elif heading.startswith("array "):
            save_arrays(tmp_path / heading[6:], json.loads(body))
    result = subprocess.run(
        [sys.executable, "-m", "gradcli", *arguments],
        input=expected.get("stdin", "").encode(),
        capture_output=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": ROOT, "COLUMNS": "80"},
    )
    code = next((int(heading[5:]) for heading in expected if heading.startswith("exit ")), 0)
    assert result.stdout.decode() == expected.get("stdout", "")
    assert result.stderr.decode() == expected.get("stderr", "")
    assert result.returncode == code


def save_arrays(path: Path, data: Any) -> None:
    if isinstance(data, dict):
        np.savez(path, **{name: np.array(numbers) for name, numbers in data.items()})
    else:
        np.save(path, np.array(data))


def test_there_are_cases() -> None:
    assert len(CASES) > 80


WITHOUT_CASE = {
    ".* has a first line of more than": "it would take a header of sixteen million bytes",
    "a text of .* characters": "it would take a file of a hundred million characters",
    "a name of .* characters": "it would take a name of a thousand characters",
    "the Python text is nested too deeply": "it would take thousands of parentheses",
    "the columns differ in length": "only callers from Python can give such columns",
    "the values of '.*' are neither": "only callers from Python can give such values",
    "no value is given for": "the command line finds it before",
    "more than .* second partials": "it would take more than a thousand variables",
    "the coordinates in '.*' are dates": "a golden file cannot hold dates as an array",
    "of dates and durations there are only": "a golden file cannot hold dates as an array",
    "the coordinates in '.*' are complex": "a golden file cannot hold complex numbers as an array",
    "'.*' holds .*, which only arrays hold": "a golden file cannot hold complex numbers as an array",
    "'.*' in .* cannot be read": "it would take an archive with a damaged array",
    "there is no file": "it takes a terminal",
    "there is no stencil": "Click finds it before",
    "the order of a stencil is a whole": "Click finds it before",
    "the order and the accuracy of a stencil": "Click finds it before",
    "the edge order is 1 or 2": "Click finds it before",
    "is no number": "the end of a message that is shown",
    "is too large for a double": "the end of a message that is shown",
    "the byte 0x.* is no UTF": "it would take a file that is no text, as does the next; see test_tables.py",
    "this is no text, and no table": "it would take a file that is no text; see test_tables.py",
    ".* is no UTF": "it would take a file that is no text",
    ".* looks like UTF-16": "it would take a file with null characters; see test_tables.py",
    ".* has a row of more than .* bytes": "it would take a row of 64 MiB; see test_streams.py",
    "standard input is closed": "the cases have a standard input; see test_tables.py",
    "standard input is the terminal": "it would take a terminal; see test_tables.py",
    "Parquet and Arrow need": "it would take an environment without pyarrow; see test_tables.py",
    "--certify needs python-flint": "it would take an environment without it",
    "'.*' holds .*, of which there is no picture": "a golden file cannot hold dates as an array",
    "pictures in files need Matplotlib": "it would take an environment without it; see test_figure.py",
    ".* cannot be read as .*: .*": "it would take a binary file, as do all that follow; see test_binary_tables.py",
    ".* is compressed with .*": "see above",
    ".* is no .* file": "see above",
    "the column '.*' of .* holds no numbers but .*": "see above",
    ".* has .* dimensions; a table has two": "see above",
    "the arrays in .* differ in length": "see above",
    ".* has .* column.* for .* variable": "see above",
    "the array '.*' of .* has .* dimensions": "see above",
    "the column '.*' of .* holds no real numbers but .*": "see above",
}


RAISING = frozenset(
    {
        "error",
        "wrong",
        "_error",
        "BadCell",
        "ExpressionError",
        "UsageError",
        "LimitError",
        "DataError",
        "Refusal",
        "Missing",
    }
)


def messages() -> dict[str, str]:
    """The first words of every error that the language and the engine know, as patterns, with where they stand."""
    found: dict[str, str] = {}
    package = Path(gradcli.__file__).parent
    for path in _speaking(package):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            pattern = _pattern(node.args[0])
            if called in RAISING and pattern:
                found.setdefault(pattern, f"{path.name}:{node.lineno}")
    return found


def _speaking(package: Path) -> list[Path]:
    """The modules whose messages have to be shown."""
    folders = ("language/**/*.py", "tables/*.py", "cli/sampled*.py", "cli/plot*.py")
    single = (
        "engine", "evaluation", "points", "sampled", "samples", "spacing", "stencils", "cli/stencil", "cli/points",
        "cli/options", "backends/grid", "claims", "compare", "equal", "sampling", "evaluate/balls", "cli/certified",
        "cli/equal", "cli/compare", "render/figure",
    )  # fmt: skip
    return [
        *(path for folder in folders for path in package.glob(folder)),
        *(package / f"{name}.py" for name in single),
    ]


def _pattern(node: ast.expr) -> str | None:
    """A message as a regular expression; `None` where it is not written there."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return re.escape(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(re.escape(str(v.value)) if isinstance(v, ast.Constant) else ".*" for v in node.values)
    return None


def test_every_kind_of_error_has_a_case() -> None:
    """A new message needs a golden file that shows it."""
    shown = "\n".join(path.read_text(encoding="utf-8") for path in CASES)
    missing = [text for text in messages() if not re.search(f"^error: {text}", shown, re.MULTILINE)]
    unexpected = [text for text in missing if not any(text.startswith(_escaped(words)) for words in WITHOUT_CASE)]
    assert unexpected == []
    assert len(missing) == len(WITHOUT_CASE)


def _escaped(words: str) -> str:
    return ".*".join(re.escape(part) for part in words.split(".*"))

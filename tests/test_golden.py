"""Golden files: what a command line writes, byte for byte. A case is data; this only plays it.

$ gradcli eval x^2 --at x=3        the command line, as a shell reads it
--- file NAME                      a file in the folder that it runs in (any number)
--- stdin                          what it reads
--- stdout, --- stderr             what it writes
--- exit 2                         its exit code, if that is not 0
"""

import os
import shlex
import subprocess
import sys
from pathlib import Path

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


def test_there_are_cases() -> None:
    assert len(CASES) > 80

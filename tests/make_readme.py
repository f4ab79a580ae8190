"""What README.md and the reference beside it show of commands, made by running them.

    python tests/make_readme.py

writes the output of every command in a console block below it; test_readme.py tells when it has to be run again.
Look at the difference: what is wrong there is wrong in gradcli.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

README = Path(__file__).parent.parent / "README.md"
PAGES = (README, README.parent / ".github" / "REFERENCE.md")
_BLOCK = re.compile(r"(?<=```console\n).*?(?=```)", re.DOTALL)


class Shown(NamedTuple):
    """A command, the output that is shown below it, and the commands of its block that wrote files before."""

    command: str
    output: str
    before: str


def commands(block: str) -> Iterator[Shown]:
    """The commands of a console block."""
    before = ""
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        command, _, output = part.partition("\n")
        yield Shown(command, output, before)
        before += f"{command}\n" if " -o " in command else ""


def every_command() -> list[Shown]:
    """The commands of the pages."""
    return [
        shown
        for page in PAGES
        for block in _BLOCK.findall(page.read_text(encoding="utf-8"))
        for shown in commands(block)
    ]


def answer(shown: Shown) -> str:
    """Standard output and errors of a command, together, as they would stand in a terminal; whatever the locale."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            ["bash", "-c", shown.before + shown.command],
            cwd=folder,
            env={**os.environ, "PATH": path, "LC_ALL": "C", "LANG": "C", "COLUMNS": "80"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            check=False,
        )
    return done.stdout


def filled(block: str) -> str:
    """A console block with the outputs that its commands have now."""
    return "".join(f"$ {shown.command}\n{answer(shown)}" for shown in commands(block))


if __name__ == "__main__":
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        page.write_text(_BLOCK.sub(lambda block: filled(block[0]), text), encoding="utf-8")

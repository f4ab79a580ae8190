"""The README's commands do what it shows."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

README = Path(__file__).parent.parent / "README.md"


def console_commands() -> list[tuple[str, str, str]]:
    """Each command of the console blocks with the output that follows it, and the files' commands before it."""
    blocks = re.findall(r"```console\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    commands = []
    for block in blocks:
        before = ""
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, output = part.partition("\n")
            commands.append((command, output, before))
            before += f"{command}\n" if " -o " in command else ""
    return commands


@pytest.mark.parametrize(("command", "shown", "before"), console_commands(), ids=lambda text: text[:60])
def test_command_prints_what_is_shown(command: str, shown: str, before: str, tmp_path: Path) -> None:
    """Standard output and errors, together, as they would stand in a terminal."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    done = subprocess.run(
        ["bash", "-c", before + command],
        cwd=tmp_path,
        env={**os.environ, "PATH": path},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.stdout == shown


def test_there_are_commands() -> None:
    """The pattern still finds the blocks."""
    assert len(console_commands()) >= 10


def test_the_set_up_commands_are_marked() -> None:
    """The project's own check runs the marked commands, so they must be there."""
    text = README.read_text(encoding="utf-8")
    for name in ("install", "test"):
        assert f"<!-- command: {name} -->\n```sh\n" in text


def test_hard_points_are_answered_as_the_table_shows(hard_points: ModuleType) -> None:
    shown = [
        line.split(" | ")[3]
        for line in README.read_text(encoding="utf-8").splitlines()
        if line.startswith("| `") and line.count(" | ") == 6
    ]
    assert shown == [hard_points.by_gradcli(point) for point in hard_points.POINTS]

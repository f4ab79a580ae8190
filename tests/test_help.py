"""Help that teaches: the screens, the pages, the versions, and examples that run."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest

import gradcli
from gradcli.backends import backend_names
from gradcli.cli.group import shell_lines
from gradcli.cli.help import TOPICS, narrowed, page
from gradcli.cli.main import COMMANDS, make_group
from gradcli.errors import GradcliError
from gradcli.render import FORMATS
from gradcli.results import Status
from gradcli.tables import INPUT_FORMATS

ROOT = Path(gradcli.__file__).parents[1]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}
GRADCLI = [sys.executable, "-m", "gradcli"]


def run(*arguments: str) -> str:
    """What a command writes."""
    done = subprocess.run([*GRADCLI, *arguments], capture_output=True, env=ENVIRONMENT, check=True)
    return done.stdout.decode()


def test_the_list_of_commands_says_what_the_commands_say() -> None:
    group = make_group()
    context = click.Context(group)
    for name, entry in COMMANDS.items():
        command = group.get_command(context, name)
        assert command is not None
        assert command.short_help == entry.summary
        assert getattr(command, "examples", ())


def test_help_fits_a_screen() -> None:
    shown = run("--help")
    assert len(shown.splitlines()) <= 24
    assert max(map(len, shown.splitlines())) <= 80


@pytest.mark.parametrize("name", COMMANDS)
def test_a_commands_help_fits_a_sheet(name: str) -> None:
    shown = run("help", name).splitlines()
    assert len(shown) <= 60
    assert max(map(len, shown)) <= 80


@pytest.mark.parametrize("name", [*TOPICS, "plot"])
def test_help_is_no_wider_than_the_screen(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    wide = run("help", name)
    monkeypatch.setitem(ENVIRONMENT, "COLUMNS", "60")
    narrow = run("help", name)
    assert max(map(len, narrow.splitlines())) <= 60
    assert narrow.replace("\\\n", "").split() == wide.replace("\\\n", "").split()  # after it a long example goes on


def test_an_entry_of_a_page_goes_on_below_itself() -> None:
    text = "Words that\nend early.\n\n  key   one two\n        three\n"
    assert narrowed(text, 16) == "Words that\nend early.\n\n  key   one two\n        three"
    assert narrowed(f"{'word ' * 15}words\nafter", 60) == f"{'word ' * 11}word\n{'word ' * 3}words after"


def test_a_long_example_is_still_one_command() -> None:
    lines = shell_lines("printf %s, 'a  b' --at x=1 | cat -u -", 24)
    assert lines == ["printf %s, 'a  b' \\", "    --at x=1 | cat \\", "    -u -"]
    assert subprocess.run(["bash", "-c", "\n".join(lines)], capture_output=True).stdout == b"a  b,--at,x=1,"


@pytest.mark.parametrize("name", COMMANDS)
def test_both_ways_to_a_commands_help(name: str) -> None:
    assert run("help", name) == run(name, "--help") != ""


def examples() -> list[str]:
    group = make_group()
    commands = [group.get_command(click.Context(group), name) for name in COMMANDS]
    return [example for command in commands for example in command.examples]  # type: ignore[union-attr]


PYTHON = """
def f(x, y):
    return x*y

def f_grad(x, y):
    return y, x
"""


@pytest.mark.parametrize("example", examples())
def test_the_examples_in_the_help_run(example: str, tmp_path: Path) -> None:
    """With the files that they name; only of two different functions it is said by the exit code."""
    if "jq" in example and shutil.which("jq") is None:
        pytest.skip("there is no jq here")
    grid = "import numpy as np; x = np.arange(8.0); y = np.arange(9.0)\n"
    grid += "np.save('f.npy', np.outer(x, y)); np.save('x.npy', x); np.save('y.npy', y)"
    subprocess.run([sys.executable, "-c", grid], cwd=tmp_path, check=True)
    (tmp_path / "model.py").write_text(PYTHON)
    points = [f"{x},{y},{z},{x * y * z}" for x in range(3) for y in range(3) for z in range(3)]
    (tmp_path / "table.csv").write_text("\n".join(["x,y,z,V", *points, ""]))
    (tmp_path / "log.csv").write_text("time,sensor,temperature\n0,a,1\n1,a,2\n0,b,1\n1,b,2\n")
    (tmp_path / ".config/fish").mkdir(parents=True)
    (tmp_path / "gradcli").write_text(f'#!/bin/sh\nexec {sys.executable} -m gradcli "$@"\n')
    (tmp_path / "gradcli").chmod(0o755)
    environment = {**ENVIRONMENT, "PATH": f"{tmp_path}:{os.environ['PATH']}", "HOME": str(tmp_path)}
    done = subprocess.run(["bash", "-ec", example], cwd=tmp_path, env=environment, capture_output=True)
    assert done.returncode == (1 if example == 'gradcli equal "log(x^2)" "2*log(x)"' else 0), done.stderr
    assert done.stdout or ">" in example or "-o" in example or example.startswith("g=")


def test_the_version_says_what_is_there() -> None:
    lines = run("--version").splitlines()
    assert lines[0].startswith("gradcli ")
    assert re.match(r"libraries: click \d[\d.]*, mpmath \d", lines[1])
    assert f"backends: {', '.join(backend_names())}" in lines
    extras = [line.partition(":")[0] for line in lines[3:]]
    assert extras == sorted(extras) != []
    assert not {"extra dev", "extra test", "extra bench"} & set(extras)


@pytest.mark.parametrize("topic", TOPICS)
def test_a_page_fits_a_sheet(topic: str) -> None:
    shown = run("help", topic).splitlines()
    assert max(map(len, shown)) <= 80
    assert len(shown) <= 60


def test_the_page_on_output_knows_every_format_status_and_exit_code() -> None:
    words = set(re.findall(r"[\w-]+", page("output")))
    assert set(FORMATS) <= words
    assert set(INPUT_FORMATS) <= words
    assert all(text in " ".join(page("output").split()) for text in (status.text for status in Status if status))
    assert {str(kind.exit_code) for kind in GradcliError.__subclasses__()} | {"0", "70", "130"} <= words

"""The README's commands do what it shows, whatever the locale; its picture and its tables say what gradcli answers."""

from __future__ import annotations

import doctest
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from runpy import run_path
from types import ModuleType
from typing import Any

import pytest

README = Path(__file__).parent.parent / "README.md"


MADE = run_path(str(README.parent / "tests" / "make_readme.py"))


@pytest.mark.parametrize("shown", MADE["every_command"](), ids=lambda shown: shown.command[:60])
def test_command_prints_what_is_shown(shown: Any) -> None:
    """Else: python tests/make_readme.py."""
    assert MADE["answer"](shown) == shown.output


def test_python_prints_what_is_shown() -> None:
    blocks = re.findall(r"```pycon\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    assert blocks
    runner = doctest.DocTestRunner(verbose=False)
    for block in blocks:
        runner.run(doctest.DocTestParser().get_doctest(block, {}, "README", str(README), 0))
    assert runner.summarize().failed == 0


def test_the_picture_is_fresh(load: Callable[[str], ModuleType]) -> None:
    """Else: python tests/make_picture.py."""
    make_picture = load("make_picture")
    svg = make_picture.PICTURE.read_text(encoding="utf-8")
    assert make_picture.rows(svg) == [line for line in make_picture.shown().plain.splitlines() if line.strip()]
    assert len(svg) < 30_000
    assert "http" not in svg.replace("http://www.w3.org/2000/svg", "")
    assert str(make_picture.PICTURE.relative_to(README.parent)) in README.read_text(encoding="utf-8")


def test_peers_are_compared_with_what_gradcli_answers(load: Callable[[str], ModuleType]) -> None:
    """The second column of the table; the others take the peers themselves."""
    peers = load("benchmarks/peers")
    lines = README.read_text(encoding="utf-8").partition("peers.py -->\n")[2].partition("\n\n")[0].splitlines()
    shown = [line.split(" | ")[1] for line in lines[2:]]
    assert shown == [
        peers.formula("gradcli"),
        peers.shown(peers.by_gradcli, peers.PRODUCT),
        peers.digits(peers.by_gradcli, peers.SMOOTH, peers.smooth_truth()),
        peers.shown(peers.by_gradcli, peers.KINK),
        peers.shown(peers.by_gradcli, peers.LARGE),
        peers.exit_code("gradcli"),
        peers.runs_orders("gradcli"),
        "1.0",
    ]


@pytest.mark.parametrize(("slope", "code"), [("x**2", 0), ("x", 1)])
def test_ci_and_the_hook_tell_right_from_wrong(slope: str, code: int, tmp_path: Path) -> None:
    """What the README shows for a workflow, and what pre-commit makes of the hook's entry and the arguments shown."""
    (tmp_path / "model.py").write_text(
        f"def loss(x, y):\n    return x**2*y\n\n\ndef loss_grad(x, y):\n    return 2*x*y, {slope}\n"
    )
    text = README.read_text(encoding="utf-8")
    step = re.search(r"^- run: gradcli (check .*)$", text, re.MULTILINE)
    given = re.search(r"id: gradcli-check\n +args: \[(.*)\]$", text, re.MULTILINE)
    hook = re.search(r"entry: gradcli (.*)$", (README.parent / ".pre-commit-hooks.yaml").read_text(), re.MULTILINE)
    assert step is not None
    assert given is not None
    assert hook is not None
    for arguments in (step[1].split(), [hook[1], *given[1].split(", ")]):
        command = [sys.executable, "-m", "gradcli", *arguments]
        environment = {**os.environ, "PYTHONPATH": str(README.parent)}
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, check=False)
        assert done.returncode == code


def test_there_are_commands() -> None:
    """The pattern still finds the blocks."""
    assert len(MADE["every_command"]()) >= 10


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

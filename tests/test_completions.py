"""Completion: what may stand at the cursor, and that bash, zsh and fish themselves put it there."""

from __future__ import annotations

import os
import re
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

import gradcli
from gradcli.cli import completions
from gradcli.cli.main import make_group

ROOT = Path(gradcli.__file__).parent.parent
FILES = {"bash": "gradcli.bash", "zsh": "_gradcli", "fish": "gradcli.fish"}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a table, an archive, a Python file and a pipe, to stand in."""
    (tmp_path / "rows.csv").write_text('city,"heat flux",q,chi\nx,1,2,3\n')
    (tmp_path / "rows.ndjson").write_text('{"q":1,"delta":2}\n')
    (tmp_path / "model.py").write_text("def loss(a, b):\n    return a*b\n")
    import numpy as np

    np.savez(tmp_path / "grid.npz", V=np.zeros(3), x=np.arange(3.0))
    os.mkfifo(tmp_path / "pipe")
    monkeypatch.chdir(tmp_path)
    return tmp_path


# --- what may stand at the cursor -------------------------------------------------------------------------


@pytest.mark.parametrize(("shell", "name"), FILES.items())
def test_the_completion_files_are_fresh(shell: str, name: str) -> None:
    assert (ROOT / "completions" / name).read_text() == completions.script(shell)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("gradcli ev", ["eval"]),
        ("gradcli --ver", ["--version"]),
        ("gradcli eval --hess", ["--hessian"]),
        ("gradcli eval --var", []),
        ("gradcli eval --backend sy", ["symbolic", "sym"]),
        ("gradcli compare x --backend ad,sy", ["ad,symbolic", "ad,sym"]),
        ("gradcli eval x --format nd", ["ndjson"]),
        ("gradcli eval x --format=nd", ["--format=ndjson"]),
        ("gradcli eval x*y --at=x=1,", ["--at=x=1,y="]),
        ("gradcli eval x --scheme c", ["complex", "central"]),
        ("gradcli functions asin", ["asin", "asinh"]),
        ("gradcli help s", ["syntax", "symbolic", "sampled", "stencil"]),
        ("gradcli completions f", ["fish"]),
        ("gradcli eval x*y --wrt ", ["x", "y"]),
        ("gradcli eval '-x^2 + y' --wrt x,", ["x,y"]),
        ("gradcli eval -x^2 --wrt ", ["x"]),
        ("gradcli eval x*y --partial x,", ["x,x", "x,y"]),
        ("gradcli eval x*y --at ", ["x=", "y="]),
        ("gradcli eval x*y --at x=1,", ["x=1,y="]),
        ("gradcli eval x*y --at x=1 --at ", ["y="]),
        ("gradcli eval x*y --columns x,df", ["x,df_dx", "x,df_dy"]),
        ("gradcli eval model.py:loss --wrt ", ["a", "b"]),
        ("gradcli eval 'x*' --wrt ", []),
        ("gradcli equal x*y y*x --wrt ", ["x", "y"]),
        ("gradcli check x*y --grad ", ["x=", "y="]),
        ("gradcli eval x --points rows.csv --columns ", ["city", "heat flux", "q", "chi", "f", "df_dx"]),
        ("gradcli eval x --points rows.csv --rename he", ["heat flux="]),
        ("gradcli eval x --points rows.csv --rename 'heat flux=", ["heat flux=x"]),
        ("gradcli eval --points rows.ndjson --wrt ", ["q", "delta"]),
        ("gradcli eval x --points pipe --rename ", []),
        ("gradcli eval x --points - --rename ", []),
        ("gradcli eval x --points nowhere.csv --rename ", []),
        ("gradcli eval -f rows.csv --rename ", []),
        ("gradcli sampled rows.csv --value c", ["city", "chi"]),
        ("gradcli plot --sampled rows.csv --value c", ["city", "chi"]),
        ("gradcli sampled grid.npz --name ", ["V", "x"]),
    ],
)
def test_candidates(line: str, expected: list[str]) -> None:
    found = [answer.split("\t")[1] for answer in completions.answers(make_group(), line)]
    assert sorted(found) == sorted(expected)


@pytest.mark.parametrize(
    "line", ["gradcli eval ", "gradcli eval x -o r", "gradcli eval x --points ", "gradcli sampled "]
)
def test_files_are_left_to_the_shell(line: str) -> None:
    assert [answer.split("\t")[0] for answer in completions.answers(make_group(), line)] == ["file"]


def test_names_that_would_steer_the_terminal_are_no_candidates(folder: Path) -> None:
    (folder / "bad.csv").write_text("ok,a\x1b[2Jb\n1,2\n")
    assert len(completions.answers(make_group(), "gradcli eval x --points bad.csv --rename ")) == 1


def test_candidates_come_with_what_they_mean() -> None:
    assert "word\tsinc\tsin(a)/a, and 1 at 0" in completions.answers(make_group(), "gradcli functions sinc")


# --- the shells themselves --------------------------------------------------------------------------------

TYPED = [
    ("gradcli ev\t", ["eval"]),
    ("gradcli functions sinh\t", ["functions", "sinh"]),
    ("gradcli eval 'x*y' --hess\t", ["eval", "x*y", "--hessian"]),
    ("gradcli eval 'x*y' --backend symb\t", ["eval", "x*y", "--backend", "symbolic"]),
    ("gradcli eval 'x*y' --format nd\t", ["eval", "x*y", "--format", "ndjson"]),
    ("gradcli eval 'x*y' --points rows.c\t", ["eval", "x*y", "--points", "rows.csv"]),
    ("gradcli eval 'x*y' --format=nd\t", ["eval", "x*y", "--format=ndjson"]),
    ("gradcli eval 'x*y' --points=rows.c\t", ["eval", "x*y", "--points=rows.csv"]),
    ("gradcli eval 'x*y' --at x=1,\t2", ["eval", "x*y", "--at", "x=1,y=2"]),
    ("gradcli eval 'x*y' --columns df_dx,df_dy,f\t", ["eval", "x*y", "--columns", "df_dx,df_dy,f"]),
    ("gradcli eval x --points rows.csv --rename ci\tx", ["eval", "x", "--points", "rows.csv", "--rename", "city=x"]),
    (
        "gradcli eval x --points rows.csv --columns he\t",
        ["eval", "x", "--points", "rows.csv", "--columns", "heat flux"],
    ),
    (
        "gradcli eval x --points rows.csv --columns 'he\t",
        ["eval", "x", "--points", "rows.csv", "--columns", "heat flux"],
    ),
    ("gradcli eval mod\t", ["eval", "model.py"]),
]
SHELLS = {"bash": ["bash", "-i"], "zsh": ["zsh", "-i"], "fish": ["fish", "-i"]}


def installing(shell: str) -> str:
    """The line of the README's table that installs completion."""
    line = re.search(rf"^\| {shell} \| `(.*)` \|$", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert line is not None
    return line[1].replace("\\|", "|")


@pytest.mark.parametrize("shell", SHELLS)
def test_in_the_shell_itself(shell: str, folder: Path) -> None:
    in_shell(shell, installing(shell), TYPED, folder)


def test_in_zsh_by_its_own_path(folder: Path) -> None:
    """As distributions install it, and from the folder of the project."""
    line = f"echo 'fpath=({ROOT}/completions $fpath); autoload -Uz compinit; compinit -u' > ~/.zshrc"
    in_shell("zsh", line, TYPED[:3], folder)


def in_shell(shell: str, install: str, typed: Sequence[tuple[str, list[str]]], folder: Path) -> None:
    """Types lines with their tabs into a shell on a terminal; the command then says what it was called with."""
    if shutil.which(shell) is None:
        pytest.skip(f"there is no {shell} here; .ci/run installs it where it may")
    called, programs = folder / "called", folder / "bin"
    programs.mkdir()
    (folder / ".config" / "fish").mkdir(parents=True)  # which fish makes when it is first used
    (programs / "gradcli").write_text(
        "#!/bin/sh\n"
        f'if [ -n "$_GRADCLI_COMPLETE" ] || [ "$1" = completions ]; then exec "{sys.executable}" -m gradcli "$@"; fi\n'
        f'printf "%s\\n" "$@" > "{called}.new" && mv "{called}.new" "{called}"\n'
    )
    (programs / "gradcli").chmod(0o755)
    environment = {
        **os.environ, "PATH": f"{programs}:{os.environ['PATH']}", "HOME": str(folder), "TERM": "xterm",
        "PYTHONPATH": str(ROOT), "PS1": "", "LC_ALL": "C.UTF-8",
    }  # fmt: skip
    for name in ("ZDOTDIR", "XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        environment.pop(name, None)
    subprocess.run([shell, "-c", install], env=environment, check=True)
    with Terminal(SHELLS[shell], environment) as terminal:
        for line, expected in typed:
            terminal.type(f"{line}\n")
            deadline = time.monotonic() + 20
            while not called.exists():
                assert time.monotonic() < deadline, (line, terminal.shown[-2000:])
                terminal.read(0.05)
            assert [word.strip() for word in called.read_text().splitlines()] == expected, line
            called.unlink()


class Terminal:
    """A program on a terminal of its own."""

    def __init__(self, arguments: list[str], environment: dict[str, str]) -> None:
        self.here, there = os.openpty()
        self.process = subprocess.Popen(arguments, env=environment, preexec_fn=lambda: os.login_tty(there))
        os.close(there)
        self.shown = ""

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self.here)

    def type(self, text: str) -> None:
        os.write(self.here, text.encode())

    def read(self, seconds: float) -> None:
        """Reads what is shown in that time."""
        if select.select([self.here], [], [], seconds)[0]:
            self.shown += os.read(self.here, 65536).decode(errors="replace")

"""Start-up: what is imported, in a process of its own. Times are measured by benchmarks/startup.py."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import gradcli

ROOT = str(Path(gradcli.__file__).parents[1])
HEAVY = {"numpy", "sympy", "mpmath", "rich", "orjson"}
UNNEEDED = {
    "json",
    "decimal",
    "fractions",
    "dataclasses",
    "difflib",
    "random",
    "subprocess",
    "shlex",
    "importlib.metadata",
}


def imported(*arguments: str, stdin: str = "") -> set[str]:
    """The modules that a command imports, beyond those of `import click`."""
    code = (
        "import sys, click; before = set(sys.modules); from gradcli.cli.main import main\n"
        "code = main(sys.argv[1:]); print(code, *set(sys.modules) - before, file=sys.stderr)"
    )
    result = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        input=stdin,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": ROOT},
    )
    exit_code, *modules = result.stderr.split()
    assert exit_code == "0", result.stderr
    return set(modules)


def ours(modules: set[str]) -> set[str]:
    return {name for name in modules if name.split(".")[0] == "gradcli"}


def test_help_imports_only_the_command_line() -> None:
    modules = imported("--help")
    assert ours(modules) == {"gradcli", "gradcli.cli", "gradcli.cli.main", "gradcli.cli.group", "gradcli.errors"}
    assert not modules & (HEAVY | UNNEEDED)


@pytest.mark.parametrize(
    "arguments",
    [
        ("eval", "q*chi*delta", "--at", "q=1,chi=2,delta=3"),
        ("eval", "sin(x)^2 + exp(x)/x", "--at", "x=1", "--hessian"),
        ("eval", "x^2", "--at", "x=1", "--format", "plain"),
        ("functions",),
        ("symbolic", "--help"),
        ("eval", "--help"),
        ("help", "syntax"),
    ],
)
def test_what_needs_nothing_heavy_imports_nothing_heavy(arguments: tuple[str, ...]) -> None:
    assert not imported(*arguments) & (HEAVY | UNNEEDED)


def test_stdin_needs_nothing_more() -> None:
    assert not imported("eval", "--at", "x=2", stdin="x^2") & (HEAVY | UNNEEDED)


def test_rich_is_there_for_tables_only() -> None:
    assert "rich" in imported("eval", "x", "--at", "x=1", "--format", "table")
    assert not imported("eval", "x", "--at", "x=1", "--format", "json") & HEAVY


def test_a_drawing_needs_no_arrays_and_rich_only_for_colours() -> None:
    plain = imported("plot", "sin(x)^2", "--range", "x=0:6")
    colored = imported("plot", "sin(x)^2", "--range", "x=0:6", "--color", "always")
    assert not plain & {*HEAVY, "matplotlib"}
    assert colored & {*HEAVY, "matplotlib"} == {"rich"}
    assert "rich.table" not in colored
    assert "matplotlib" in imported("plot", "sin(x)^2", "--range", "x=0:6", "-o", os.devnull, "--format", "svg")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("gradcli eval --backend ", "word\tfinite-difference\t"),
        ("gradcli eval 'x*y' --wrt ", "word\ty\t"),
        ("gradcli eval x --points rows.csv --columns ", "word\tdelta\t"),
    ],
)
def test_completion_imports_no_more_than_it_completes(line: str, expected: str, tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("q,delta\n1,2\n")
    code = "import sys; from gradcli.cli.main import main; main([]); print(*sys.modules, file=sys.stderr)"
    environment = {**os.environ, "_GRADCLI_COMPLETE": line, "PYTHONPATH": ROOT}
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, env=environment)
    assert expected in result.stdout.splitlines()
    assert not set(result.stderr.split()) & HEAVY

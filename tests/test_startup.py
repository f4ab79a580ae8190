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


LOOKED_CLOSELY = {
    f"gradcli.{name}" for name in ("suspicions", "ties", "hidden_ties", "second_look", "inquiry", "limits", "combine")
}
EVALUATED = {
    f"gradcli.{name}"
    for name in (
        "adjoint", "algebra", "backends", "backends.autodiff", "backends.formulas", "backends.growth",
        "backends.modes", "engine", "evaluate", "evaluate.elementary", "evaluate.floats", "evaluate.running_error",
        "evaluation", "first_look", "naming", "operations", "paths", "program", "results", "rules", "tangent",
    )
}  # fmt: skip
"""What a gradient at a point needs, besides what reads text and points and writes rows."""
AROUND = tuple(f"gradcli.{name}" for name in ("cli", "language", "render", "tables"))


@pytest.mark.parametrize(
    ("text", "at"),
    [("q*chi*delta", "q=1,chi=2,delta=3"), ("log(x)*y/z", "x=2,y=0,z=3"), ("exp(sin(x))", "x=-1")],
)
def test_a_fine_row_loads_nothing_that_looks_closer(text: str, at: str) -> None:
    modules = {name for name in ours(imported("eval", text, "--at", at)) if not name.startswith(AROUND)}
    read_and_written = {
        f"gradcli.{name}"
        for name in ("errors", "files", "kinds", "memory", "points", "written_numbers", "written_points")
    }
    assert modules == {"gradcli"} | EVALUATED | read_and_written


@pytest.mark.parametrize(
    ("text", "at", "needed"),
    [
        ("log(exp(x))", "x=800", {"suspicions", "inquiry", "second_look", "limits"}),
        ("|x|*y", "x=1,y=2", {"inquiry", "ties"}),
        ("sqrt(x)", "x=4", {"inquiry", "ties"}),
    ],
)
def test_what_may_be_wrong_is_looked_at_closely(text: str, at: str, needed: set[str]) -> None:
    assert imported("eval", text, "--at", at) & LOOKED_CLOSELY >= {f"gradcli.{name}" for name in needed}


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

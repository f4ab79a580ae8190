"""The page for the next engineer is true: its diffs apply, and are all that a function, a backend and a format take."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / ".github" / "CONTRIBUTING.md").read_text(encoding="utf-8")
DIFFS = dict(
    zip(
        ("function", "backend", "format"),
        re.findall(r"^```diff\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE),
        strict=True,
    )
)

PYTEST = ("pytest", "-q", "-n", "0", "-p", "no:cacheprovider")


@pytest.fixture
def patched(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A copy of the tree with one of the diffs."""
    if shutil.which("git") is None:
        pytest.skip("there is no git here, which applies diffs")
    for folder in ("gradcli", "tests"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    subprocess.run(["git", "apply", "-"], input=DIFFS[request.param].encode(), cwd=tmp_path, check=True)
    return tmp_path


def run(folder: Path, *arguments: str) -> str:
    """What the command of a copy writes."""
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    done = subprocess.run(
        [sys.executable, "-m", *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("patched", ["function"], indirect=True)
def test_a_function_is_one_row(patched: Path) -> None:
    """(1 - cos 1)/2 = 0.22984884706593014..., sin(1)/2 = 0.42073549240394825... (mpmath, 40 digits)."""
    assert "without cancellation" in run(patched, "gradcli", "functions", "hav")
    assert run(patched, "gradcli", "symbolic", "haversine(x)", "--backend", "ad").endswith("df_dx = sin(x)/2\n")
    for backend in ("ad", "sym", "fd"):
        row = run(patched, "gradcli", "eval", "hav(x)", "--at", "x=1", "--bare", "--backend", backend)
        found = [float(text) for text in row.split()]
        assert found == pytest.approx([0.22984884706593014, 0.42073549240394825], rel=1e-12)
    run(patched, *PYTEST, "tests/test_operations.py", "-k", "haversine")


@pytest.mark.parametrize("patched", ["backend"], indirect=True)
def test_a_backend_is_one_file_and_its_line(patched: Path) -> None:
    assert "forward sweeps alone" in run(patched, "gradcli", "backends")
    row = run(patched, "gradcli", "eval", "x^2*y", "--at", "x=1,y=2", "--hessian", "--bare", "--backend", "sweeps")
    assert [float(text) for text in row.split()] == [2, 4, 1, 4, 2, 0]
    compared = run(patched, "gradcli", "compare", "x^2*sin(y)", "--at", "x=1,y=2")
    assert "sweeps" in compared.partition("\n")[0]
    run(patched, *PYTEST, "tests/test_conformance.py", "-k", "every_backend and sweeps-1")


@pytest.mark.parametrize("patched", ["format"], indirect=True)
def test_a_format_is_one_file_and_its_line(patched: Path) -> None:
    shown = run(patched, "gradcli", "eval", "x^2", "--at", "x=3", "--format", "yaml")
    assert shown == '- {"x":3.0,"f":9.0,"df_dx":6.0}\n'
    run(patched, "gradcli", "symbolic", "x^2", "-o", "answer.yml")
    assert (patched / "answer.yml").read_text().count("- {") == 2
    assert "as a list in YAML" in run(patched, "gradcli", "help", "output")
    run(patched, *PYTEST, "tests/test_render.py", "-k", "no_format")


@pytest.mark.parametrize("name", ["backend", "format"])  # a function is no new file
def test_what_is_added_is_as_the_linters_want_it(name: str, tmp_path: Path) -> None:
    """A new file of a diff, as ruff sees it."""
    if shutil.which("ruff", path=str(Path(sys.executable).parent)) is None:
        pytest.skip("there is no ruff here")
    added = re.findall(r"^\+\+\+ b/(\S+)\n@@ -0,0 [^\n]*\n((?:\+[^\n]*\n)+)", DIFFS[name], re.MULTILINE)
    assert added
    for path, body in added:
        target = tmp_path / Path(path).name
        target.write_text(re.sub(r"^\+", "", body, flags=re.MULTILINE))
        for command in (["check"], ["format", "--check"]):
            run(ROOT, "ruff", *command, "--config", str(ROOT / "pyproject.toml"), str(target))

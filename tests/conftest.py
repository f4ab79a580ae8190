"""What the tests share: runs over the rows of a table, and loading of neighbouring files by path."""

from __future__ import annotations

import importlib.util
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import settings

HERE = Path(__file__).parent

# No deadline per example: on a busy machine it would fail for reasons that are not the code's.
settings.register_profile("gradcli", deadline=None, max_examples=100)
settings.load_profile("gradcli")


LONGEST = 60  # seconds that one test may take; what runs away shall not take the machine with it


@pytest.fixture(autouse=True)
def _in_bounded_time() -> Iterator[None]:
    """Fails a test that takes too long, where the system has alarms."""
    if not hasattr(signal, "SIGALRM"):
        yield
        return

    def stop(*_: object) -> None:
        raise TimeoutError(f"the test took more than {LONGEST} seconds")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(LONGEST)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


def load(name: str) -> ModuleType:
    """A Python file beside this one as a module; tests have no package to import from."""
    known = f"gradcli_tests_{name}"
    if known not in sys.modules:
        spec = importlib.util.spec_from_file_location(known, HERE / f"{name}.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[known] = module
        spec.loader.exec_module(module)
    return sys.modules[known]


@pytest.fixture(scope="session", name="load")
def loading() -> Callable[[str], ModuleType]:
    """See `load`."""
    return load


@pytest.fixture(scope="session")
def make_cases() -> ModuleType:
    """`make_cases.py`: the cases' functions, written for mpmath."""
    return load("make_cases")


@pytest.fixture(scope="session")
def hard_points() -> ModuleType:
    """`benchmarks/hard_points.py`: the table of hard points."""
    return load("benchmarks/hard_points")


@pytest.fixture(scope="session")
def truth(make_cases: ModuleType) -> Callable[..., object]:
    """A partial derivative of an mpmath function at decimals, by counts a variable, at 60 digits."""

    def measure(function: Callable[..., object], point: dict[str, str], *by: str) -> object:
        from mpmath import mp, mpf

        with mp.workdps(60):
            at = [mpf(text) for text in point.values()]
            counts = tuple(by.count(name) for name in point)
            return make_cases.derivative(function, at, counts) if by else +function(*at)

    return measure


@pytest.fixture
def run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, str]]:
    """Runs `eval` over rows in a folder with the file `t.csv`; exit code, stdout, stderr."""
    from gradcli.cli.main import main

    monkeypatch.chdir(tmp_path)

    def play(*arguments: str, table: str | bytes = "", name: str = "t.csv", workers: int = 1) -> tuple[int, str, str]:
        if table:
            Path(name).write_bytes(table if isinstance(table, bytes) else table.encode())
        chosen = () if "--points" in arguments else ("--points", name)
        code = main(["eval", *arguments, *chosen, "--workers", str(workers)])
        shown = capfd.readouterr()
        return code, shown.out, shown.err

    return play


@pytest.fixture
def piped() -> Callable[..., tuple[int, bytes, bytes]]:
    """Runs `eval` as a process that reads the table from a pipe; exit code, stdout, stderr."""

    def play(data: bytes, *arguments: str) -> tuple[int, bytes, bytes]:
        command = [sys.executable, "-m", "gradcli", "eval", *arguments, "--points", "-"]
        environment = {**os.environ, "PYTHONPATH": str(HERE.parent)}
        result = subprocess.run(command, input=data, capture_output=True, env=environment)
        return result.returncode, result.stdout, result.stderr

    return play

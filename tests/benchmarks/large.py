"""Measure the time and the memory that gradcli takes for large expressions.

The Rosenbrock function of n variables has n derivatives and a text that grows with n; a sum of
100,000 terms in one variable is as long and has a single one. Run it with the Python of the
environment that gradcli is installed in (not on Windows, which counts no child's memory):

    python tests/benchmarks/large.py [N] [--check]
"""

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

TERMS = 100_000


class Limit(NamedTuple):
    seconds: float
    mebibytes: float


# By number of variables or terms; other sizes are measured only.
LIMITS = {10_000: Limit(2, 300), 100_000: Limit(10, 1024)}


def rosenbrock(n: int) -> Iterator[str]:
    return (f"100*(x{i + 1}-x{i}^2)^2+(1-x{i})^2" for i in range(1, n))


def rosenbrock_point(n: int) -> Iterator[str]:
    """Yield the point that minimizers are usually started from."""
    return (f"x{i}={'-1.2' if i % 2 else '1'}" for i in range(1, n + 1))


def long_sum(terms: int) -> Iterator[str]:
    """Yield terms with distinct coefficients, so that no two of them are the same node."""
    return (f"{i / terms:.5f}*x" for i in range(1, terms + 1))


def write(path: Path, separator: str, parts: Iterator[str]) -> None:
    """Write a text part by part: Linux counts this process's memory into its child's peak."""
    with path.open("w", encoding="utf-8") as file:
        file.write(next(parts))
        for part in parts:
            file.write(separator + part)
        file.write("\n")


def measure(folder: Path) -> tuple[float, float]:
    """Run gradcli on the folder's files; return its wall seconds and its peak memory in MiB."""
    script = Path(sys.executable).with_name("gradcli")
    if not script.exists():
        sys.exit(f"large.py: there is no gradcli in {script.parent}: install it there first")
    command = [str(script), "eval", "--file", f"{folder / 'f'}", "--at", f"@{folder / 'at'}"]
    command += ["--format", "ndjson"]
    # As in a user's shell: with .pyc files, and with output that is buffered.
    unwanted = {"PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED"}
    environment = {name: value for name, value in os.environ.items() if name not in unwanted}
    with (folder / "out").open("w") as out:
        start = perf_counter()
        process = subprocess.Popen(command, env=environment, stdout=out)
        # Unlike resource.getrusage(RUSAGE_CHILDREN), which keeps the highest peak of all children
        # so far, this tells the usage of the one child.
        _, status, usage = os.wait4(process.pid, 0)
        elapsed = perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"large.py: gradcli ended with {process.returncode}")
    if (folder / "out").stat().st_size == 0:
        sys.exit("large.py: gradcli printed nothing")
    # macOS counts bytes where the others count KiB.
    unit = 2**20 if sys.platform == "darwin" else 2**10
    return elapsed, usage.ru_maxrss / unit


def within_limit(name: str, size: int, folder: Path) -> bool:
    """Measure, print a line of the table and tell whether it is within the limit for its size."""
    seconds, mebibytes = measure(folder)
    limit = LIMITS.get(size)
    line = f"{name:<32} {seconds:>7.2f} s {mebibytes:>7.0f} MiB"
    if limit is None:
        print(line, flush=True)
        return True
    within = seconds <= limit.seconds and mebibytes <= limit.mebibytes
    verdict = "" if within else "  above"
    print(f"{line}   limit {limit.seconds:g} s, {limit.mebibytes:g} MiB{verdict}", flush=True)
    return within


def main() -> int:
    parser = argparse.ArgumentParser(description="Measure gradcli with large expressions.")
    parser.add_argument("n", type=int, nargs="?", default=10_000, help="number of variables (default: 10000)")
    parser.add_argument("--check", action="store_true", help="exit with 1 if a limit is exceeded")
    arguments = parser.parse_args()
    if arguments.n < 2:
        parser.error("n must be at least 2")

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(folder / "f", "+", rosenbrock(arguments.n))
        write(folder / "at", "\n", rosenbrock_point(arguments.n))
        within = [within_limit(f"Rosenbrock, {arguments.n} variables", arguments.n, folder)]
        write(folder / "f", "+", long_sum(TERMS))
        write(folder / "at", "\n", iter(["x=2"]))
        within.append(within_limit(f"sum of {TERMS} terms", TERMS, folder))
    return 1 if arguments.check and not all(within) else 0


if __name__ == "__main__":
    sys.exit(main())

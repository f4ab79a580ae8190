"""Measure how long gradcli takes to start, as ratios of what it cannot do without.

A ratio of two commands that ran in turn says the same on a slow machine as on a fast one, which
seconds don't. Run it with the Python of the environment that gradcli is installed in:

    python tests/benchmarks/startup.py [--runs N] [--check]
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import NamedTuple

BARE_CLICK_APP = '''\
import click


@click.group()
@click.option("--verbose", is_flag=True, help="Say more.")
def main(verbose):
    """A Click application that does nothing."""


@main.command()
@click.option("--name", default="world", help="Whom to greet.")
@click.option("--count", default=1, help="How often.")
def greet(name, count):
    """Greet somebody."""


@main.command()
@click.argument("path")
@click.option("--force", is_flag=True, help="Ask nothing.")
def remove(path, force):
    """Remove a file."""


main()
'''


class Comparison(NamedTuple):
    name: str
    command: list[str]
    baseline: list[str]
    limit: float


def child_environment() -> dict[str, str]:
    """Return the environment with .pyc files written, which every run but the first then finds."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def gradcli() -> str:
    """Return the gradcli script that belongs to this Python; one found on PATH might be another's."""
    folder = Path(sys.executable).parent
    script = shutil.which("gradcli", path=folder)
    if script is None:
        sys.exit(f"startup.py: there is no gradcli in {folder}: install it there first")
    return script


def seconds(command: list[str], environment: dict[str, str]) -> float:
    """Run a command with its output into a pipe, and return the wall time of the whole process."""
    start = perf_counter()
    result = subprocess.run(command, env=environment, capture_output=True, text=True)
    elapsed = perf_counter() - start
    if result.returncode != 0:
        sys.exit(f"startup.py: {command} ended with {result.returncode}:\n{result.stderr}")
    return elapsed


def measure(comparison: Comparison, runs: int) -> tuple[float, float]:
    """Return the median seconds of the command and of its baseline."""
    environment = child_environment()
    # Once unmeasured, for the .pyc files and the system's file cache.
    seconds(comparison.command, environment)
    seconds(comparison.baseline, environment)
    # In turn, so that whatever else the machine does falls on both alike.
    pairs = [(seconds(comparison.command, environment), seconds(comparison.baseline, environment)) for _ in range(runs)]
    ours, theirs = zip(*pairs, strict=True)
    return median(ours), median(theirs)


def main() -> int:
    parser = argparse.ArgumentParser(description="Measure gradcli's start-up times.")
    parser.add_argument("--runs", type=int, default=15, help="runs of each command (default: 15)")
    parser.add_argument("--check", action="store_true", help="exit with 1 if a ratio is above its limit")
    arguments = parser.parse_args()
    if arguments.runs < 1:
        parser.error("--runs must be at least 1")

    script = gradcli()
    above = False
    with tempfile.TemporaryDirectory() as folder:
        app = Path(folder, "bare_click_app.py")
        app.write_text(BARE_CLICK_APP, encoding="utf-8")
        bare_click = [sys.executable, str(app), "--help"]
        import_sympy = [sys.executable, "-c", "import sympy"]
        comparisons = [
            Comparison("--help / bare Click", [script, "--help"], bare_click, 1.4),
            Comparison(
                "eval / bare Click",
                [script, "eval", "q*chi*delta", "--at", "q=1,chi=2,delta=3"],
                bare_click,
                1.6,
            ),
            Comparison(
                "plot / eval",
                [script, "plot", "sin(x)", "--range", "x=0:6", "--color", "always"],
                [script, "eval", "sin(x)", "--at", "x=1"],
                2.0,
            ),
            Comparison("symbolic / import sympy", [script, "symbolic", "q*chi*delta"], import_sympy, 1.25),
        ]
        title = f"medians of {arguments.runs}"
        print(f"{title:<24} {'gradcli':>9} {'baseline':>9} {'ratio':>6} {'limit':>6}")
        for comparison in comparisons:
            ours, theirs = measure(comparison, arguments.runs)
            ratio = ours / theirs
            verdict = "" if ratio <= comparison.limit else "  above"
            above = above or bool(verdict)
            print(
                f"{comparison.name:<24} {ours * 1000:>6.0f} ms {theirs * 1000:>6.0f} ms"
                f" {ratio:>6.2f} {comparison.limit:>6.2f}{verdict}",
                flush=True,
            )
    return 1 if arguments.check and above else 0


if __name__ == "__main__":
    sys.exit(main())

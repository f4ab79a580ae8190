"""Measure how long a Python module of 300 lines takes to be read, beyond what starting gradcli takes.

Twenty functions of fifteen lines call each other; commands run in turn, so that both see the same machine:

    python tests/benchmarks/python_source.py [--runs N]
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter

FUNCTION = '''
def step_{k}(x, y, scale={k}):
    """One of twenty steps."""
    total = 0.0
    for i in range(3):
        if x > i:
            total += scale*x**i + y
        else:
            total -= math.sin(y)/(1 + x**2)
    weights = [total, x*y, 1.5]
    weights[0] = weights[0]*{k} + 1
    a, b = weights[0], max(x, y)
    if a > b:
        return a - b
    return sum(weights) - b*{inner}
'''


def module() -> str:
    """The text of the module."""
    parts = ["import math"]
    for k in range(20):
        inner = f"step_{k - 1}(x, y + 1)" if k else "x"
        parts.append(FUNCTION.format(k=k, inner=inner))
    return "\n".join(parts)


def seconds(*arguments: str) -> float:
    """How long a command takes."""
    start = perf_counter()
    subprocess.run([sys.executable, "-m", "gradcli", *arguments], check=True, stdout=subprocess.DEVNULL)
    return perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=int, default=11)
    runs = parser.parse_args().runs
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "steps.py"
        path.write_text(module(), encoding="utf-8")
        lines = len(module().splitlines())
        for name in ("step_1", "step_4", "step_19"):
            plain, read = [], []
            for _ in range(runs):
                plain.append(seconds("eval", "x*y", "--at", "x=1.3,y=2.2"))
                read.append(seconds("eval", f"{path}:{name}", "--at", "x=1.3,y=2.2"))
            beyond = 1000 * (median(read) - median(plain))
            print(f"{lines} lines, {name}: {beyond:.0f} ms beyond the {1000 * median(plain):.0f} ms of a formula")


if __name__ == "__main__":
    main()

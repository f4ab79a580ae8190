"""Measure `gradcli sampled` on a large array, beside NumPy doing the same: load, numpy.gradient, numpy.savez.

Time and the most memory of the whole process, as ratios to NumPy's; what was written is compared byte for byte.
Run it with the Python of the environment that gradcli is installed in:

    python tests/benchmarks/sampled.py [--runs N] [--check]
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

SHAPE = (512, 512, 64)
LIMIT = 1.1

MAKE = "import numpy; numpy.save('f.npy', numpy.random.default_rng(0).normal(size={shape}))"
NUMPY = (
    "import numpy; f = numpy.load('f.npy'); g = numpy.gradient(f, 0.5);"
    " numpy.savez('numpy.npz', **{f'df_d{k}': part for k, part in enumerate(g)})"
)
COMPARE = (
    "import numpy; a, b = numpy.load('numpy.npz'), numpy.load('gradcli.npz'); assert a.files == b.files;"
    " assert all(a[k].tobytes() == b[k].tobytes() for k in a.files)"
)


def run(command: list[str], folder: str) -> tuple[float, int]:
    """Run a command; return the wall time and the largest resident memory of the whole process."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    start = perf_counter()
    process = subprocess.Popen(command, cwd=folder, env=environment, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"sampled.py: {command} failed")
    return perf_counter() - start, usage.ru_maxrss


def main() -> int:
    parser = argparse.ArgumentParser(description="Measure gradcli sampled beside NumPy.")
    parser.add_argument("--runs", type=int, default=5, help="runs of each command (default: 5)")
    parser.add_argument("--check", action="store_true", help=f"exit with 1 if a ratio is above {LIMIT}")
    arguments = parser.parse_args()
    script = shutil.which("gradcli", path=Path(sys.executable).parent)
    if script is None:
        sys.exit("sampled.py: there is no gradcli beside this Python: install it there first")
    with tempfile.TemporaryDirectory() as folder:
        run([sys.executable, "-c", MAKE.format(shape=SHAPE)], folder)
        ours_command = [script, "sampled", "f.npy", "--spacing", "0.5", "-o", "gradcli.npz"]
        theirs_command = [sys.executable, "-c", NUMPY]
        # In turn, so that whatever else the machine does falls on both alike.
        pairs = [(run(ours_command, folder), run(theirs_command, folder)) for _ in range(arguments.runs)]
        run([sys.executable, "-c", COMPARE], folder)
    above = False
    for k, (what, unit, scale) in enumerate((("time", "s", 1.0), ("memory", "MB", 1e-3))):
        ours, theirs = median(pair[0][k] for pair in pairs) * scale, median(pair[1][k] for pair in pairs) * scale
        above = above or ours / theirs > LIMIT
        print(f"{what:<7} gradcli {ours:>8.2f} {unit:<2}  numpy {theirs:>8.2f} {unit:<2}  ratio {ours / theirs:.2f}")
    return 1 if arguments.check and above else 0


if __name__ == "__main__":
    sys.exit(main())

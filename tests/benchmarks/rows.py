"""Measure rows through a shell and points in memory, as ratios of peers that do the same work in the same run.

Every command runs as a whole process, in turn with its peer, so that whatever else the machine does falls on both.
The peers come with the extra `bench`; Miller (`mlr`) is taken from the PATH and left out if it isn't there.

    python tests/benchmarks/rows.py [--rows N] [--runs N] [--markdown] [--only WORD] [--check]
"""

import argparse
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np

EXPRESSION = "q*chi*delta"
SQL = "select *, q*chi*delta as f, chi*delta as df_dq, q*delta as df_dchi, q*chi as df_ddelta from {table}"
MLR = "$f=$q*$chi*$delta;$df_dq=$chi*$delta;$df_dchi=$q*$delta;$df_ddelta=$q*$chi"
BLOCK = 32_768

FORMULAS = {
    "q*chi*delta": "q*chi*delta",
    "Rosenbrock, 2 variables": "100*(x2-x1^2)^2+(1-x1)^2",
    "Rosenbrock, 10 variables": "+".join(f"100*(x{k + 1}-x{k}^2)^2+(1-x{k})^2" for k in range(1, 10)),
    "Gaussian density": "exp(-((x-mu)/s)^2/2)/(s*sqrt(2*pi))",
    "sin, exp, log, sqrt": "sin(x*y)*exp(-z^2/2)+log(1+x^2*y^2)/sqrt(1+z^2)",
    "gravity, 8 variables": "m1*m2/((x2-x1)^2+(y2-y1)^2+(z2-z1)^2)",
}


class Case(NamedTuple):
    """What is compared: two things to run, and the ratio that is wanted at most."""

    name: str
    peer_name: str
    ours: Callable[[], object]
    peer: Callable[[], object]
    limit: float


def seconds(run: Callable[[], object]) -> float:
    start = perf_counter()
    run()
    return perf_counter() - start


def ratio(case: Case, runs: int) -> tuple[float, float]:
    """The median seconds of both, which take turns; one run each before, unmeasured."""
    case.ours(), case.peer()
    pairs = [(seconds(case.ours), seconds(case.peer)) for _ in range(runs)]
    ours, peer = zip(*pairs, strict=True)
    return median(ours), median(peer)


def process(*command: str) -> Callable[[], object]:
    """A whole process, with .pyc files written."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return lambda: subprocess.run(command, check=True, env=environment, stderr=subprocess.DEVNULL)


def shell(command: str) -> Callable[[], object]:
    """A command line."""
    return process("bash", "-c", f"set -o pipefail; {command}")


def duckdb(source: str, target: str) -> Callable[[], object]:
    """DuckDB with two threads, from file to file."""
    query = f"copy ({SQL.format(table=source)}) to {target}"
    settings = "set threads=2; set enable_progress_bar=false"
    return process(sys.executable, "-c", f"import duckdb; duckdb.sql({settings!r}); duckdb.sql({query!r})")


def write_tables(rows: int) -> None:
    """The input files, 17 digits a number."""
    generator = np.random.default_rng(1)
    columns = {
        "q": generator.random(rows),
        "chi": generator.uniform(-5, 5, rows),
        "delta": generator.uniform(0, 100, rows),
    }
    texts = [[f"{number:.17g}" for number in column.tolist()] for column in columns.values()]
    with open("plain.csv", "w") as plain, open("text.csv", "w") as text, open("rows.ndjson", "w") as json:
        plain.write("q,chi,delta\n")
        text.write("name,q,place,chi,delta,note\n")
        for k, (q, chi, delta) in enumerate(zip(*texts, strict=True)):
            plain.write(f"{q},{chi},{delta}\n")
            text.write(f"sample {k},{q},Ulm,{chi},{delta},no remark\n")
            json.write(f'{{"q":{q},"chi":{chi},"delta":{delta}}}\n')
    for name, ties in (("ties.csv", True), ("smooth.csv", False)):
        x = np.where(generator.random(rows) < 0.5, 0.0, columns["chi"]) if ties else columns["chi"]
        with open(name, "w") as file:
            file.write("x,y\n")
            file.writelines(f"{a!r},{b!r}\n" for a, b in zip(x.tolist(), columns["q"].tolist(), strict=True))
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError:
        return
    parquet.write_table(pyarrow.table(columns), "plain.parquet")


def shell_cases() -> list[Case]:
    ours = f"gradcli eval '{EXPRESSION}' --points"
    csv = duckdb("'plain.csv'", "'out.duckdb.csv'")
    cases = [
        Case("CSV to CSV", "duckdb", shell(f"{ours} plain.csv -o out.csv"), csv, 0.8),
        Case("CSV through a pipe", "duckdb on the file", shell(f"cat plain.csv | {ours} - > out.csv"), csv, 1.15),
        Case(
            "with three text columns", "duckdb", shell(f"{ours} text.csv -o out.csv"),
            duckdb("'text.csv'", "'out.duckdb.csv'"), 1.3,
        ),
        Case(
            "half of the rows at a kink", "none at a kink",
            shell("gradcli eval 'max(x,0)*y' --points ties.csv -o out.csv"),
            shell("gradcli eval 'max(x,0)*y' --points smooth.csv -o out.csv"), 3.0,
        ),
    ]  # fmt: skip
    if Path("plain.parquet").exists():
        parquet = duckdb("'plain.parquet'", "'out.duckdb.parquet'")
        cases.append(Case("Parquet to Parquet", "duckdb", shell(f"{ours} plain.parquet -o out.parquet"), parquet, 1.5))
    if shutil.which("mlr"):
        mlr = shell(f"mlr --json --ojsonl put '{MLR}' rows.ndjson > out.mlr")
        cases.append(Case("NDJSON to NDJSON", "mlr", shell(f"{ours} rows.ndjson -o out.ndjson"), mlr, 1 / 3))
    return cases


def memory_cases(rows: int) -> list[Case]:
    """Value and gradient at points in memory, one thread: beside SymPy's lambdify, and ufuncs by hand."""
    import sympy

    import gradcli
    from gradcli.evaluate import arrays

    arrays.THREADED = sys.maxsize
    generator = np.random.default_rng(1)
    cases = []
    for name, text in FORMULAS.items():
        prepared = gradcli.prepare(text)
        variables = prepared.program.variables
        points = {variable: generator.uniform(0.5, 2.0, rows) for variable in variables}
        symbols = [sympy.Symbol(variable) for variable in variables]
        value = sympy.sympify(text.replace("^", "**"), locals=dict(zip(variables, symbols, strict=True)))
        function = sympy.lambdify(symbols, [value, *(sympy.diff(value, s) for s in symbols)], cse=True)
        columns = list(points.values())

        def ours(prepared: Any = prepared, points: dict[str, np.ndarray] = points) -> object:
            return prepared.evaluate(points)

        def peer(function: Callable[..., object] = function, columns: list[np.ndarray] = columns) -> object:
            return function(*columns)

        cases.append(Case(name, "lambdify(cse=True)", ours, peer, 1.0))
        if name == EXPRESSION:
            cases.append(Case(name, "ufuncs by hand", ours, lambda columns=columns: by_hand(*columns), 1.15))
    return cases


def by_hand(q: np.ndarray, chi: np.ndarray, delta: np.ndarray) -> list[np.ndarray]:
    """Value and gradient of q*chi*delta as somebody would write it for speed."""
    results = [np.empty(len(q)) for _ in range(4)]
    for start in range(0, len(q), BLOCK):
        rows = slice(start, start + BLOCK)
        f, dq, dchi, ddelta = (result[rows] for result in results)
        np.multiply(q[rows], chi[rows], ddelta)
        np.multiply(ddelta, delta[rows], f)
        np.multiply(chi[rows], delta[rows], dq)
        np.multiply(q[rows], delta[rows], dchi)
    return results


PEAK = """
import sys
from gradcli.cli.main import main
from gradcli.workers import _Worker
def peak(process):
    return max(int(line.split()[1]) for line in open(f"/proc/{process}/status") if line.startswith("VmHWM"))
peaks, end = [], _Worker.end
def ended(worker):
    peaks.append(peak(worker.process))
    end(worker)
_Worker.end = ended
main(["eval", "q*chi*delta", "--points", sys.argv[1], "-o", "out.csv"])
print(max([peak("self"), *peaks]))
"""


def peak_memory(path: str) -> float:
    """The most MiB that one of the processes takes."""
    result = subprocess.run([sys.executable, "-c", PEAK, path], capture_output=True, text=True, check=True)
    return int(result.stdout) / 1024


def main() -> int:
    parser = argparse.ArgumentParser(description="Measure rows and points beside peers.")
    parser.add_argument("--rows", type=int, default=1_000_000, help="rows of each table (default: a million)")
    parser.add_argument("--runs", type=int, default=5, help="runs of each command (default: 5)")
    parser.add_argument("--only", default="", help="only the cases with this word in their name")
    parser.add_argument("--markdown", action="store_true", help="print the table for the README")
    parser.add_argument("--check", action="store_true", help="exit with 1 if a ratio is above its limit")
    arguments = parser.parse_args()
    above = False
    row = "| {} | {} | {:.2f} | {:.2f} |{}" if arguments.markdown else "{:<28} {:<20} {:>6.2f} {:>6.2f}{}"
    if arguments.markdown:
        print(
            f"{date.today()}, {os.cpu_count()} processors ({platform.machine()}), Python {platform.python_version()}\n"
        )
        print("| | beside | ratio | at most |\n|---|---|--:|--:|")
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        write_tables(arguments.rows)
        for case in [*shell_cases(), *memory_cases(1_000_000)]:
            if arguments.only not in case.name:
                continue
            ours, peer = ratio(case, arguments.runs)
            above = above or ours / peer > case.limit
            mark = "" if ours / peer <= case.limit else "  above"
            print(row.format(case.name, case.peer_name, ours / peer, case.limit, mark), flush=True)
        if os.path.exists("/proc/self/status") and not arguments.only:
            once = peak_memory("plain.csv")
            header, _, body = Path("plain.csv").read_text().partition("\n")
            with open("long.csv", "w") as file:
                file.write(f"{header}\n")
                file.writelines(body for _ in range(10))
            often = peak_memory("long.csv")
            print(row.format("MiB a process", "", once, 64.0, "  above" if once > 64 else ""))
            print(row.format("memory of ten times the rows", "once the rows", often / once, 1.1, ""))
            above = above or once > 64 or often > 1.1 * once
        os.chdir("/")
    return 1 if arguments.check and above else 0


if __name__ == "__main__":
    sys.exit(main())

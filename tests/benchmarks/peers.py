"""What other tools answer where gradcli is asked the same: a table in Markdown, every cell by running the tool.

What is not installed gets an empty column. README.md shows what this prints:

    pip install sympy scipy autograd jax; apt-get install maxima qalc
    python tests/benchmarks/peers.py [--runs N]
"""

import argparse
import os
import re
import subprocess
import sys
from collections.abc import Callable
from math import log10
from time import perf_counter
from typing import NamedTuple


class Function(NamedTuple):
    """A function of one variable, in the languages of the tools, and the place where its derivative is asked for."""

    variable: str
    at: str
    gradcli: str
    python: str
    maxima: str
    qalc: str
    others: str = ""


PRODUCT = Function("q", "1", "q*chi*delta", "q*chi*delta", "q*chi*delta", "q*chi*delta", "chi=2,delta=3")
SMOOTH = Function("x", "0.7", "x^2*sin(x)", "x**2*np.sin(x)", "x^2*sin(x)", "x^2*sin(x)")
KINK = Function("x", "0.0", "abs(x)", "np.abs(x)", "abs(x)", "abs(x)")
LARGE = Function("x", "800.0", "log(1+exp(x))", "np.log(1+np.exp(x))", "log(1+exp(x))", "ln(1+exp(x))")

Asked = Callable[[Function], list[str]]


def python(code: str) -> list[str]:
    """A whole process of this Python."""
    return [sys.executable, "-W", "ignore", "-c", code]


def by_gradcli(f: Function) -> list[str]:
    """As a row, so that what is said of a number is there too."""
    at = ",".join(filter(None, (f"{f.variable}={f.at}", f.others)))
    asked = [f.gradcli, "--at", at, "--columns", f"df_d{f.variable}", "--format", "csv", "--status"]
    return [sys.executable, "-m", "gradcli", "eval", *asked]


def by_sympy(f: Function) -> list[str]:
    """`diff` and `subs` of real symbols."""
    names = " ".join({f.variable, *re.findall(r"(\w+)=", f.others)})
    text = f.python.replace("np.abs", "Abs").replace("np.", "")
    pairs = ",".join(f"({pair.replace('=', ',')})" for pair in f"{f.variable}={f.at},{f.others}".strip(",").split(","))
    code = f"from sympy import *; var('{names}', real=True); print(N(diff({text}, {f.variable}).subs([{pairs}]), 17))"
    return python(code)


def by_numpy(f: Function) -> list[str]:
    """From three samples, 0.01 apart."""
    return python(
        f"import numpy as np; {others(f)}; f = lambda {f.variable}: {f.python}; "
        f"print(np.gradient([f({f.at} - 0.01), f({f.at}), f({f.at} + 0.01)], 0.01)[1])"
    )


def by_fprime(f: Function) -> list[str]:
    """With its own step."""
    return python(
        "import numpy as np; from scipy.optimize import approx_fprime; "
        f"{others(f)}; print(approx_fprime([{f.at}], lambda {f.variable}: ({f.python})[0])[0])"
    )


def by_autograd(f: Function) -> list[str]:
    """`grad`."""
    return python(
        f"import autograd.numpy as np; from autograd import grad; {others(f)}; "
        f"print(grad(lambda {f.variable}: {f.python})({float(f.at)}))"
    )


def by_jax(f: Function) -> list[str]:
    """`grad`, in doubles."""
    return python(
        "import jax; jax.config.update('jax_enable_x64', True); import jax.numpy as np; "
        f"{others(f)}; print(jax.grad(lambda {f.variable}: {f.python})({float(f.at)}))"
    )


def by_maxima(f: Function) -> list[str]:
    """`diff` and `at`."""
    point = ",".join(filter(None, (f"{f.variable}={f.at}", f.others)))
    return [
        "maxima",
        "--very-quiet",
        f"--batch-string=fpprintprec:17$ print(at(diff({f.maxima},{f.variable}),[{point}]))$",
    ]


def by_qalc(f: Function) -> list[str]:
    """`diff`, at the place if there is one variable."""
    asked = f"diff({f.qalc}, {f.variable})" if f.others else f"diff({f.qalc}, {f.variable}, 1, {f.at})"
    return ["qalc", "-t", "-s", "precision 17", asked]


def others(f: Function) -> str:
    """The other variables as assignments."""
    return f.others.replace(",", "; ") or "pass"


TOOLS: dict[str, Asked] = {
    "gradcli": by_gradcli, "SymPy": by_sympy, "`numpy.gradient`": by_numpy, "`approx_fprime`": by_fprime,
    "autograd": by_autograd, "JAX": by_jax, "maxima": by_maxima, "qalc": by_qalc,
}  # fmt: skip

TEXTS: dict[str, Callable[[str], list[str]]] = {
    "gradcli": lambda text: [sys.executable, "-m", "gradcli", "symbolic", text],
    "SymPy": lambda text: python(f"from sympy import *; print(diff(sympify({text!r}), 'x'))"),
    "maxima": lambda text: ["maxima", "--very-quiet", f"--batch-string=print(diff({text},x))$"],
    "qalc": lambda text: ["qalc", "-t", f"diff({text}, x)"],
}
"""How those are asked that read a formula as a text."""

ORDERS = {
    "SymPy": '__import__("os").system("echo RAN") + x',
    "maxima": 'x + system("echo RAN")',
    "qalc": 'x + command("echo RAN")',
}
"""A text that orders the shell to do something, in the tool's own words; gradcli is asked in SymPy's."""


def answer(command: list[str]) -> tuple[str, int] | None:
    """The last line that is written, and the exit code; `None` where there is no such tool."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, env=environment(), timeout=60)
    except FileNotFoundError:
        return None
    if "ModuleNotFoundError" in done.stderr:
        return None
    written = (done.stdout.strip() or done.stderr.strip()).splitlines()
    return (written[-1].strip() if written else ""), done.returncode


def environment() -> dict[str, str]:
    """With .pyc files, which every run but the first finds."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def shown(asked: Asked, f: Function) -> str:
    """What a tool answers, in few digits."""
    found = answer(asked(f))
    if found is None:
        return ""
    text = found[0].rstrip(",")
    number = re.fullmatch(r"[-+]?\d[\d.]*(?:e[-+]?\d+)?", text, re.IGNORECASE)
    if number is not None:
        return f"{float(text):.3g}"
    if asked is by_gradcli:
        return text.lstrip(",").replace('"', "").partition(": ")[2].replace("|", "\\|")
    return "error" if "rror" in text else text


def digits(asked: Asked, f: Function, truth: float) -> str:
    """How many digits are right."""
    found = answer(asked(f))
    if found is None:
        return ""
    number = float(found[0].strip(","))
    return "16" if number == truth else f"{min(16.0, -log10(abs(number - truth) / abs(truth))):.0f}"


def smooth_truth() -> float:
    """2x sin(x) + x^2 cos(x) at 0.7, by hand, in 50 digits."""
    from mpmath import cos, mp, mpf, sin

    with mp.workdps(50):
        x = mpf("0.7")
        return float(2 * x * sin(x) + x**2 * cos(x))


def shortest(commands: dict[str, list[str]], runs: int) -> dict[str, float]:
    """The shortest time of each as a whole process, in turn: what else the machine does only makes them longer."""
    times: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(runs + 1):
        for name, command in commands.items():
            begin = perf_counter()
            subprocess.run(command, capture_output=True, env=environment(), check=False)
            times[name].append(perf_counter() - begin)
    return {name: min(found) for name, found in times.items()}


def formula(name: str) -> str:
    """The derivative of x^2 as a text."""
    found = answer(TEXTS[name]("x^2")) if name in TEXTS else None
    return "–" if name not in TEXTS else "" if found is None else f"`{found[0].rpartition('= ')[2]}`"


def exit_code(name: str) -> str:
    """What a script learns of a syntax error."""
    found = answer(TEXTS[name]("2*x + * 3")) if name in TEXTS else None
    return "–" if name not in TEXTS else "" if found is None else str(found[1])


def runs_orders(name: str) -> str:
    """Whether a text can order the shell to do something."""
    if name not in TEXTS:
        return "–"
    found = subprocess.run(
        TEXTS[name](ORDERS.get(name, ORDERS["SymPy"])), capture_output=True, text=True, env=environment(), check=False
    )
    return "yes" if re.search(r"^RAN", found.stdout + found.stderr, re.MULTILINE) else "no"


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=10)
    runs = parser.parse_args().runs
    there = {name: asked for name, asked in TOOLS.items() if answer(asked(PRODUCT)) is not None}
    truth = smooth_truth()
    times = shortest({name: asked(PRODUCT) for name, asked in there.items()}, runs)
    rows = {
        "derivative of `x^2` as a formula": [formula(name) for name in there],
        "derivative of `q*chi*delta` by q at 1, 2, 3: 6": [shown(asked, PRODUCT) for asked in there.values()],
        "right digits of the slope of `x^2*sin(x)` at 0.7": [digits(asked, SMOOTH, truth) for asked in there.values()],
        "slope of `abs(x)` at 0: none": [shown(asked, KINK) for asked in there.values()],
        "slope of `log(1+exp(x))` at 800: 1": [shown(asked, LARGE) for asked in there.values()],
        "exit code of `2*x + * 3`": [exit_code(name) for name in there],
        "a text can run a command": [runs_orders(name) for name in there],
        "numbers at a point, the whole process, over gradcli's time": [
            f"{time / times['gradcli']:.1f}" for time in times.values()
        ],
    }
    print(f"| | {' | '.join(there)} |")
    print("|" + "---|" * (1 + len(there)))
    for question, cells in rows.items():
        print(f"| {question} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()

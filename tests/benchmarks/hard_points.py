"""What gradcli answers at hard points, beside what JAX, autograd and SymPy answer there: a table in Markdown.

A library that is not installed gets an empty column. README.md shows what this prints:

    pip install jax autograd
    python tests/benchmarks/hard_points.py
"""

import argparse
import json
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple


class Point(NamedTuple):
    """A hard point of a function of x.

    Attributes:
        text: the function in gradcli's language.
        at: the point.
        truth: the derivative there, found by hand.
        python: the function in NumPy's names, where `np` is jax.numpy or autograd.numpy.
        sympy: the function in SymPy's names.
    """

    text: str
    at: str
    truth: str
    python: Callable[[Any, Any], Any]
    sympy: str


POINTS = (
    Point("abs(x)", "0", "none: -1 left, 1 right", lambda np, x: np.abs(x), "Abs(x)"),
    Point("max(x, 0)", "0", "none: 0 left, 1 right", lambda np, x: np.maximum(x, 0.0), "Max(x, 0)"),
    Point("x*abs(x)", "0", "0", lambda np, x: x * np.abs(x), "x*Abs(x)"),
    Point("sqrt(x^4)", "0", "0", lambda np, x: np.sqrt(x**4), "sqrt(x**4)"),
    Point("sqrt(x^2)", "0", "none: -1 left, 1 right", lambda np, x: np.sqrt(x**2), "sqrt(x**2)"),
    Point("x^1.5", "0", "0, from the right", lambda np, x: x**1.5, "x**Rational(3, 2)"),
    Point("sign(x)", "0", "none: a jump", lambda np, x: np.sign(x), "sign(x)"),
    Point("floor(x)", "2", "none: a jump", lambda np, x: np.floor(x), "floor(x)"),
    Point("where(x == 2, 4, x^2)", "2", "4", lambda np, x: np.where(x == 2.0, 4.0, x**2),
          "Piecewise((4, Eq(x, 2)), (x**2, True))"),
    Point("where(x > 0, sqrt(x), 0)", "-1", "0", lambda np, x: np.where(x > 0, np.sqrt(x), 0.0),
          "Piecewise((sqrt(x), x > 0), (0, True))"),
    Point("where(x == 0, 1, sin(x)/x)", "0", "0", lambda np, x: np.where(x == 0, 1.0, np.sin(x) / x),
          "Piecewise((1, Eq(x, 0)), (sin(x)/x, True))"),
    Point("log(cosh(x))", "1000", "1", lambda np, x: np.log(np.cosh(x)), "log(cosh(x))"),
    Point("sinh(x)/cosh(x)", "1000", "0", lambda np, x: np.sinh(x) / np.cosh(x), "sinh(x)/cosh(x)"),
    Point("1/sqrt(x^2)", "3e-200", "none: -1.1e399", lambda np, x: 1 / np.sqrt(x**2), "1/sqrt(x**2)"),
    Point("sqrt(x^2 + 1e400)", "3e200", "0.949 (3/sqrt(10))", lambda np, x: np.sqrt(x**2 + 1e200 * 1e200),
          "sqrt(x**2 + 10**400)"),
    Point("(1 - cos(x))/x^2", "1e-8", "-8.33e-10", lambda np, x: (1 - np.cos(x)) / x**2, "(1 - cos(x))/x**2"),
    Point("x/x", "0", "none: 0/0", lambda np, x: x / x, "x/x"),
    Point("0*log(x)", "-1", "none: log(-1)", lambda np, x: 0 * np.log(x), "0*log(x)"),
)  # fmt: skip


def by_gradcli(point: Point) -> str:
    """The number, and what is said of it."""
    command = [sys.executable, "-m", "gradcli", "eval", point.text, "--at", f"x={point.at}", "--format", "ndjson"]
    row = json.loads(subprocess.run(command, capture_output=True, check=True, text=True).stdout)
    said = row.get("status", {}).get("df_dx", "")
    number = "" if row["df_dx"] is None else f"{row['df_dx']:.3g}"
    return ", ".join(filter(None, (number, said.replace("|", "\\|"))))


def by_jax(point: Point) -> str:
    """In doubles."""
    import jax

    jax.config.update("jax_enable_x64", True)
    return f"{float(jax.grad(lambda x: point.python(jax.numpy, x))(float(point.at))):.3g}"


def by_autograd(point: Point) -> str:
    """`autograd.grad`."""
    import autograd
    import autograd.numpy

    return f"{float(autograd.grad(lambda x: point.python(autograd.numpy, x))(float(point.at))):.3g}"


def by_sympy(point: Point) -> str:
    """`diff` and `subs`, as a user types them."""
    import sympy

    x = sympy.Symbol("x", real=True)
    names = {name: getattr(sympy, name) for name in dir(sympy) if name[0].isalpha()}
    function = sympy.parse_expr(point.sympy, {**names, "x": x})
    number = sympy.diff(function, x).subs(x, sympy.Rational(point.at)).evalf(3)
    return str(number) if number.is_number and number.is_finite is not False else str(number).replace("|", "\\|")


COLUMNS: dict[str, Callable[[Point], str]] = {
    "gradcli": by_gradcli, "JAX": by_jax, "autograd": by_autograd, "SymPy": by_sympy,
}  # fmt: skip


def cell(answer: Callable[[Point], str], point: Point) -> str:
    """What a library answers; its error, if it raises one; nothing, if it is not there."""
    try:
        return answer(point)
    except ImportError:
        return ""
    except Exception as error:
        return type(error).__name__


def lines(columns: dict[str, Callable[[Point], str]]) -> Iterator[str]:
    """The table."""
    yield f"| f | at x = | f' in truth | {' | '.join(columns)} |"
    yield "|" + "---|" * (3 + len(columns))
    for point in POINTS:
        cells = [cell(answer, point) for answer in columns.values()]
        yield f"| `{point.text}` | {point.at} | {point.truth} | {' | '.join(cells)} |"


def main() -> None:
    """Prints the table."""
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    warnings.simplefilter("ignore")
    print("\n".join(lines(COLUMNS)))


if __name__ == "__main__":
    main()

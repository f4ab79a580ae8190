"""Measure how right finite differences are, and how well they know it, over formulas at mixed scales.

Every first partial of a list of formulas is taken at random points, with parameters from 1e-30 to 1e30 beside each
other, and compared with mpmath's derivative of the same function at 60 digits:

    python tests/benchmarks/finite_difference_reach.py [POINTS] [--worst N]
"""

from __future__ import annotations

import argparse
import math
import random
import statistics
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from mpmath import mp, mpf

from gradcli.backends import get_backend
from gradcli.evaluate.floats import Evaluator
from gradcli.language.document import parse
from gradcli.naming import Partial
from gradcli.results import Status

SEED = 20261123
DIGITS = 60


class Draw:
    """Random numbers for one point: of order 1, and of a scale from 1e-30 to 1e30."""

    def __init__(self, generator: random.Random) -> None:
        self.generator = generator

    def near(self, low: float, high: float, scale: float = 1.0) -> float:
        return self.generator.uniform(low, high) * scale

    def scale(self, most: float = 30.0) -> float:
        return float(10.0 ** self.generator.uniform(-most, most))


Point = dict[str, float]


class Formula(NamedTuple):
    """A formula, the same function for mpmath, and where to take it."""

    text: str
    function: Callable[..., mpf]
    draw: Callable[[Draw], Sequence[float]]


def _same(low: float, high: float, count: int) -> Callable[[Draw], list[float]]:
    """Numbers of one common scale."""

    def draw(d: Draw) -> list[float]:
        scale = d.scale()
        return [d.near(low, high, scale) for _ in range(count)]

    return draw


def _inverse(*others: tuple[float, float]) -> Callable[[Draw], list[float]]:
    """A factor of any scale, a rate and a time of inverse scales, then numbers of order 1."""

    def draw(d: Draw) -> list[float]:
        scale = d.scale()
        return [d.near(1, 9, d.scale()), d.near(0.3, 2, scale), d.near(0.3, 2, 1 / scale),
                *(d.near(*interval) for interval in others)]  # fmt: skip

    return draw


def _each(*intervals: tuple[float, float]) -> Callable[[Draw], list[float]]:
    """Numbers of order 1."""
    return lambda d: [d.near(*interval) for interval in intervals]


def _cubic(d: Draw) -> list[float]:
    x = d.scale(9)
    return [d.near(1, 3) / x**3, d.near(1, 3) / x**2, d.near(1, 3) / x, d.near(1, 3), d.near(0.5, 2) * x]


def _bell(d: Draw) -> list[float]:
    s = d.scale()
    return [d.near(1, 9, d.scale()), d.near(1, 3, s), d.near(1, 3, s), d.near(0.5, 2, s)]


def _saturation(d: Draw) -> list[float]:
    s = d.scale()
    return [d.near(1, 9, d.scale()), d.near(0.5, 5, s), d.near(0.5, 5, s)]


FORMULAS = (
    Formula("q*chi*delta", lambda q, chi, delta: q * chi * delta,
            lambda d: [d.near(1, 9, d.scale()) for _ in range(3)]),
    Formula("a*exp(-b*t)", lambda a, b, t: a * mp.exp(-b * t), _inverse()),
    Formula("a*sin(w*t + p)", lambda a, w, t, p: a * mp.sin(w * t + p), _inverse((-3, 3))),
    Formula("a*(1 - exp(-k*t))^m", lambda a, k, t, m: a * (1 - mp.exp(-k * t)) ** m, _inverse((0.5, 3))),
    Formula("v*s/(k + s)", lambda v, s, k: v * s / (k + s), _saturation),
    Formula("v*s^2/(k^2 + s^2)", lambda v, s, k: v * s**2 / (k**2 + s**2), _saturation),
    Formula("a*log(1 + x/b)", lambda a, x, b: a * mp.log(1 + x / b), _saturation),
    Formula("a*atan(x/b)", lambda a, x, b: a * mp.atan(x / b), _saturation),
    Formula("a*tanh(x/b)", lambda a, x, b: a * mp.tanh(x / b), _saturation),
    Formula("a*erf(x/b)", lambda a, x, b: a * mp.erf(x / b),
            lambda d: (s := d.scale(), [d.near(1, 9, d.scale()), d.near(0.3, 1.5, s), d.near(0.8, 2, s)])[1]),
    Formula("a*exp(-(x - m)^2/(2*s^2))", lambda a, x, m, s: a * mp.exp(-((x - m) ** 2) / (2 * s**2)), _bell),
    Formula("a/(1 + exp(-(x - m)/s))", lambda a, x, m, s: a / (1 + mp.exp(-(x - m) / s)), _bell),
    Formula("a/(1 + ((x - m)/s)^2)", lambda a, x, m, s: a / (1 + ((x - m) / s) ** 2), _bell),
    Formula("sqrt(x^2 + y^2 + z^2)", lambda x, y, z: mp.sqrt(x**2 + y**2 + z**2), _same(0.3, 5, 3)),
    Formula("hypot(x, y)", lambda x, y: mp.sqrt(x**2 + y**2), _same(0.3, 5, 2)),
    Formula("atan2(y, x)", lambda y, x: mp.atan2(y, x), _same(0.3, 5, 2)),
    Formula("x*y/(x + y)", lambda x, y: x * y / (x + y), _same(0.3, 5, 2)),
    Formula("c*x^p", lambda c, x, p: c * x**p,
            lambda d: [d.near(1, 9, d.scale()), d.near(1, 9, d.scale()), d.near(0.3, 3)]),
    Formula("g*m*n/r^2", lambda g, m, n, r: g * m * n / r**2,
            lambda d: [d.near(6, 7, 1e-11), d.near(1, 9, 1e24), d.near(1, 9, 1e30), d.near(1, 9, 1e11)]),
    Formula("m*c^2/sqrt(1 - v^2/c^2)", lambda m, c, v: m * c**2 / mp.sqrt(1 - v**2 / c**2),
            lambda d: [d.near(1, 9, 1e-30), d.near(2.9, 3, 1e8), d.near(0.5, 2.5, 1e8)]),
    Formula("h*n^3/(exp(h*n/(k*t)) - 1)", lambda h, n, k, t: h * n**3 / (mp.exp(h * n / (k * t)) - 1),
            lambda d: [d.near(6, 7, 1e-34), d.near(0.5, 9, 1e14), d.near(1.3, 1.4, 1e-23), d.near(3, 60, 1e2)]),
    Formula("a*x^3 + b*x^2 + c*x + d", lambda a, b, c, d, x: a * x**3 + b * x**2 + c * x + d,
            lambda d: (n := _cubic(d), [n[0], n[4], n[1], n[2], n[3]])[1]),
    Formula("sqrt(k/g)*(1 + p^2/16)", lambda k, g, p: mp.sqrt(k / g) * (1 + p**2 / 16),
            lambda d: [d.near(1, 9, d.scale()), d.near(1, 9, d.scale()), d.near(0.1, 1)]),
    Formula("exp(x)*cos(y)", lambda x, y: mp.exp(x) * mp.cos(y), _each((-3, 3), (0.2, 1.4))),
    Formula("x^y", lambda x, y: x**y, _each((0.2, 5), (0.5, 4))),
    Formula("lgamma(x)*y", lambda x, y: mp.loggamma(x) * y, lambda d: [d.near(2.5, 30), d.near(1, 9, d.scale())]),
    Formula("cbrt(x)*y", lambda x, y: mp.cbrt(x) * y, lambda d: [d.near(1, 9, d.scale()), d.near(1, 9, d.scale())]),
    Formula("abs(x - y)*z", lambda x, y, z: abs(x - y) * z, _same(0.3, 5, 3)),
    Formula("max(x, y)^2/z", lambda x, y, z: max(x, y) ** 2 / z, _same(0.3, 5, 3)),
    Formula("where(x > y, x^2/y, y^2/x)", lambda x, y: x**2 / y if x > y else y**2 / x, _same(0.3, 5, 2)),
    Formula("mod(x, y)*y", lambda x, y: (x - y * mp.floor(x / y)) * y, _same(0.3, 5, 2)),
    Formula("x*floor(y/x)*y", lambda x, y: x * mp.floor(y / x) * y,
            lambda d: (s := d.scale(), [d.near(0.3, 1, s), d.near(1.1, 5, s)])[1]),
    Formula("log(x - y)", lambda x, y: mp.log(x - y),
            lambda d: (s := d.scale(), [d.near(1.001, 3, s), d.near(0.5, 1, s)])[1]),
    Formula("asin(x/y)", lambda x, y: mp.asin(x / y),
            lambda d: (s := d.scale(), [d.near(0.1, 0.9, s), d.near(1, 2, s)])[1]),
    Formula("sqrt(1 + x) - sqrt(x)", lambda x: mp.sqrt(1 + x) - mp.sqrt(x), lambda d: [10 ** d.near(0, 8)]),
    Formula("(1 - cos(x))/x^2", lambda x: (1 - mp.cos(x)) / x**2, lambda d: [10 ** d.near(-7, 0)]),
    Formula("x^2*cos(1000*y)", lambda x, y: x**2 * mp.cos(1000 * y), _each((1, 2), (0.3, 1.5))),
    Formula("sin(1e6*x)", lambda x: mp.sin(10**6 * x), _each((0.5, 2))),
    Formula("1e6 + x*y", lambda x, y: 10**6 + x * y, _each((0.1, 2), (0.1, 2))),
    Formula("100*(y - x^2)^2 + (1 - x)^2", lambda x, y: 100 * (y - x**2) ** 2 + (1 - x) ** 2,
            _each((1.2, 3), (2, 3))),
)  # fmt: skip


class Truth(NamedTuple):
    """A partial at a point, by mpmath."""

    formula: Formula
    at: Point
    by: str
    value: mpf


def truths(points: int) -> Iterator[Truth]:
    """Every first partial of every formula at so many random points each."""
    draw = Draw(random.Random(SEED))
    for formula in FORMULAS:
        variables = parse(formula.text).variables
        for _ in range(points):
            at = dict(zip(variables, formula.draw(draw), strict=True))
            for name in variables:
                with mp.workdps(DIGITS):
                    point = {v: mpf(x) for v, x in at.items()}

                    # Along t = 1, whatever the variable's scale, so that mpmath's own step suits it.
                    def along(t: mpf, point: Any = point, name: str = name, f: Any = formula.function) -> mpf:
                        return f(**{**point, name: point[name] * t})

                    yield Truth(formula, at, name, mp.diff(along, 1) / point[name])


class Measured(NamedTuple):
    """What the backend answers for a partial, beside the truth."""

    truth: Truth
    value: float
    bound: float
    status: Status
    evaluations: int

    @property
    def flagged(self) -> bool:
        return self.status is not Status.FINE

    @property
    def error(self) -> float:
        with mp.workdps(DIGITS):
            return float(abs(mpf(self.value) - self.truth.value)) if math.isfinite(self.value) else math.inf

    @property
    def digits(self) -> float:
        """Right significant digits, at most 17."""
        size = float(abs(self.truth.value))
        if not self.error:
            return 17.0
        return max(0.0, min(17.0, -math.log10(self.error / size))) if size and self.error < math.inf else 0.0

    @property
    def width(self) -> float:
        """The bound, by the error or four ulp of the partial, whichever is larger."""
        least = max(self.error, 4 * 2.0**-52 * float(abs(self.truth.value)))
        return self.bound / least if least else math.inf if self.bound else 0.0


def measure(found: Sequence[Truth], **options: Any) -> list[Measured]:
    """Each partial by itself, at a point, with the evaluations of the function counted."""
    calls = 0
    plain = Evaluator.evaluate

    def counted(self: Evaluator, point: Any) -> list[Any]:
        nonlocal calls
        calls += 1
        return plain(self, point)

    results = []
    Evaluator.evaluate = counted  # type: ignore[method-assign]
    try:
        for truth in found:
            program = parse(truth.formula.text)
            partial = Partial(program.outputs[0].name, (truth.by,))
            prepared = get_backend("finite-difference").prepare(program, [partial], options)
            calls = 0
            values = prepared.evaluate(truth.at)
            codes, errors = values.status.get(partial.name), values.error.get(partial.name)
            status = Status.FINE if codes is None else Status(codes[0])
            bound = math.nan if errors is None else errors[0]
            results.append(Measured(truth, values[partial.name][0], bound, status, calls))
    finally:
        Evaluator.evaluate = plain  # type: ignore[method-assign]
    return results


class Reach(NamedTuple):
    """The figures that count."""

    count: int
    digits: float
    worst: float
    held: float
    width: float
    evaluations: float
    flagged: int


def reach(results: Sequence[Measured]) -> Reach:
    """Medians over all; the worst digits, and how often the bound holds, among those without a status."""
    fine = [m for m in results if not m.flagged]
    return Reach(
        len(results),
        statistics.median(m.digits for m in results),
        min(m.digits for m in fine),
        sum(m.error <= m.bound for m in fine) / len(fine),
        statistics.median(m.width for m in fine),
        statistics.median(m.evaluations for m in results),
        len(results) - len(fine),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("points", nargs="?", type=int, default=5)
    parser.add_argument("--worst", type=int, default=0)
    arguments = parser.parse_args()
    found = list(truths(arguments.points))
    for scheme in ("auto", "central"):
        results = measure(found, scheme=scheme)
        figures = reach(results)
        print(f"{scheme}: " + ", ".join(f"{k} {v:.4g}" for k, v in figures._asdict().items()))
        odd = [m for m in results if m.flagged or not m.error <= m.bound]
        for m in sorted(odd, key=lambda m: m.digits)[: arguments.worst]:
            print(f"  {m.truth.formula.text} by {m.truth.by} at {m.truth.at}: {m.value!r}, {m.digits:.1f} digits,"
                  f" error {m.error:.1e}, bound {m.bound:.1e}, {m.status.name}, {m.evaluations}")  # fmt: skip


if __name__ == "__main__":
    main()

"""Makes `cases.json`: functions, points, and what their values and derivatives are there, to 30 digits.

Every case stands here twice: as a text of gradcli's language, and as a function written for mpmath by hand.
Only the second one is differentiated, by mpmath's differences at 60 digits and once more at 90, which must
agree; gradcli takes no part. Run it as a program to write the file anew.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import combinations_with_replacement
from pathlib import Path
from typing import Any, NamedTuple

from mpmath import mp, mpf

DIGITS = 30
PATH = Path(__file__).with_name("cases.json")

Function = Callable[..., Any]


class Case(NamedTuple):
    """A text, the point (a decimal a variable, in order of the variables), and the function of each output."""

    name: str
    text: str
    point: dict[str, str]
    outputs: dict[str, Function]


def case(name: str, text: str, function: Function, **point: str) -> Case:
    """A case with one output, `f`."""
    return Case(name, text, point, {"f": function})


def d(text: str) -> mpf:
    """A decimal at the precision of the moment."""
    return mpf(text)


def softplus(x: mpf) -> mpf:
    return mp.log1p(mp.exp(-abs(x))) + max(x, 0)


def sigmoid(x: mpf) -> mpf:
    return 1 / (1 + mp.exp(-x))


def logaddexp(x: mpf, y: mpf) -> mpf:
    return max(x, y) + mp.log1p(mp.exp(-abs(x - y)))


def cbrt(x: mpf) -> mpf:
    return mp.sign(x) * mp.cbrt(abs(x))


def planck(nu: mpf, temperature: mpf) -> mpf:
    h, c, k = d("6.62607015e-34"), d("299792458"), d("1.380649e-23")
    return 2 * h * nu**3 / c**2 / mp.expm1(h * nu / (k * temperature))


def debye(temperature: mpf, n: mpf, q: mpf) -> mpf:
    return mp.sqrt(d("8.8541878128e-12") * d("1.380649e-23") * temperature / (n * q**2))


CASES = (
    # sums, products, quotients
    case("product", "q*chi*delta", lambda q, c, t: q * c * t, q="1", chi="2", delta="3"),
    case("linear", "3*x - 2*y + 7", lambda x, y: 3 * x - 2 * y + 7, x="1.5", y="-2.25"),
    case("quotient", "x/y", lambda x, y: x / y, x="3", y="-7"),
    case("quotient of sums", "(x + y)/(x - y)", lambda x, y: (x + y) / (x - y), x="2.5", y="0.75"),
    case("nested quotients", "x/(1 + y/(1 + z/x))", lambda x, y, z: x / (1 + y / (1 + z / x)),
         x="1.25", y="2", z="-0.5"),
    case("polynomial", "x^5 - 4*x^3*y + y^2*x - 8", lambda x, y: x**5 - 4 * x**3 * y + y**2 * x - 8,
         x="-1.5", y="2.5"),
    case("horner", "((2*x - 3)*x + 4)*x - 5", lambda x: ((2 * x - 3) * x + 4) * x - 5, x="0.625"),
    case("repeated factor", "x*x*x*y*y", lambda x, y: x**3 * y**2, x="1.75", y="-0.5"),
    case("constant parts", "(x - x) + y*2/2", lambda x, y: y, x="4", y="5"),
    case("rosenbrock", "(1 - x)^2 + 100*(y - x^2)^2", lambda x, y: (1 - x) ** 2 + 100 * (y - x**2) ** 2,
         x="-1.25", y="1"),
    # powers
    case("negative base, odd power", "x^3", lambda x: x**3, x="-2"),
    case("negative base, even power", "x^4", lambda x: x**4, x="-1.5"),
    case("negative power of a negative base", "x^-3", lambda x: x**-3, x="-2.5"),
    case("large power", "x^31", lambda x: x**31, x="-1.125"),
    case("fractional power", "x^2.5", lambda x: x ** d("2.5"), x="2.25"),
    case("variable exponent", "x^y", lambda x, y: x**y, x="2.5", y="-1.25"),
    case("constant base", "2^x", lambda x: mpf(2) ** x, x="3.5"),
    case("tower", "x^x^y", lambda x, y: x ** (x**y), x="1.25", y="1.5"),
    case("roots", "sqrt(x)*cbrt(y)", lambda x, y: mp.sqrt(x) * cbrt(y), x="2", y="-5"),
    case("root of a small number", "sqrt(x)", mp.sqrt, x="1e-12"),
    case("power at zero", "x^2 + x^3*y", lambda x, y: x**2 + x**3 * y, x="0", y="2"),
    # exponentials and logarithms
    case("gaussian", "exp(-x^2/(2*s^2))", lambda x, s: mp.exp(-(x**2) / (2 * s**2)), x="1.5", s="0.75"),
    case("logarithms", "log(x) + log2(y) + log10(x*y)",
         lambda x, y: mp.log(x) + mp.log(y) / mp.log(2) + mp.log(x * y) / mp.log(10), x="0.625", y="9"),
    case("logarithm to a base", "log(x, b)", lambda x, b: mp.log(x) / mp.log(b), x="20", b="3"),
    case("expm1 and log1p", "expm1(x)*log1p(y)", lambda x, y: mp.expm1(x) * mp.log1p(y), x="0.125", y="-0.25"),
    case("expm1 near zero", "expm1(x)/x", lambda x: mp.expm1(x) / x, x="0.0009765625"),
    case("exp2", "exp2(x/3)", lambda x: mpf(2) ** (x / 3), x="-4"),
    case("logaddexp, large", "logaddexp(x, y)", logaddexp, x="1000", y="998.5"),
    case("logaddexp, very negative", "logaddexp(x, y)", logaddexp, x="-1001.5", y="-1000"),
    case("softplus, saturated", "softplus(x)", softplus, x="40"),
    case("softplus, vanishing", "softplus(x)", softplus, x="-30"),
    case("sigmoid", "sigmoid(w*x + b)", lambda w, x, b: sigmoid(w * x + b), w="0.5", x="-3", b="0.25"),
    case("sigmoid, saturated", "sigmoid(x)", sigmoid, x="-36"),
    case("entropy", "-p*log(p) - (1 - p)*log(1 - p)",
         lambda p: -p * mp.log(p) - (1 - p) * mp.log(1 - p), p="0.3125"),
    case("logistic loss written out", "log(1 + exp(-y*z))", lambda y, z: mp.log1p(mp.exp(-y * z)), y="1", z="2.5"),
    # trigonometric and hyperbolic functions, and their inverses
    case("trigonometric", "sin(x)*cos(y) + tan(x*y)", lambda x, y: mp.sin(x) * mp.cos(y) + mp.tan(x * y),
         x="0.75", y="1.25"),
    case("large angle", "sin(x)", mp.sin, x="1000"),
    case("reciprocal trigonometric", "sec(x) + csc(x)*cot(x)", lambda x: mp.sec(x) + mp.csc(x) * mp.cot(x), x="0.875"),
    case("sin squared", "sin^2(x) + 2cos 2x", lambda x: mp.sin(x) ** 2 + 2 * mp.cos(2 * x), x="0.4375"),
    case("inverse trigonometric", "asin(x) + acos(y)*atan(x/y)",
         lambda x, y: mp.asin(x) + mp.acos(y) * mp.atan(x / y), x="0.625", y="-0.375"),
    case("asin near its edge", "asin(x)", mp.asin, x="0.9990234375"),
    case("inverse reciprocals", "asec(x) + acsc(x) + acot(x)*x",
         lambda x: mp.acos(1 / x) + mp.asin(1 / x) + mp.atan(1 / x) * x, x="-2.5"),
    case("atan2", "atan2(y, x)", lambda y, x: mp.atan2(y, x), y="-1.5", x="-2"),
    case("sinc", "sinc(x)*np.sinc(y)", lambda x, y: mp.sin(x) / x * mp.sin(mp.pi * y) / (mp.pi * y), x="0.5", y="1.25"),
    case("angles", "sin(radians(x)) + degrees(y)", lambda x, y: mp.sin(mp.radians(x)) + mp.degrees(y), x="30", y="2"),
    case("hyperbolic", "sinh(x)/cosh(y) + tanh(x - y)", lambda x, y: mp.sinh(x) / mp.cosh(y) + mp.tanh(x - y),
         x="1.25", y="-0.5"),
    case("reciprocal hyperbolic", "sech(x) + csch(x)*coth(x)",
         lambda x: mp.sech(x) + mp.csch(x) * mp.coth(x), x="-1.375"),
    case("tanh, saturated", "tanh(x)", mp.tanh, x="18"),
    case("inverse hyperbolic", "asinh(x) + acosh(y) - atanh(1/y)",
         lambda x, y: mp.asinh(x) + mp.acosh(y) - mp.atanh(1 / y), x="-3", y="1.75"),
    case("inverse reciprocal hyperbolic", "asech(x) + acsch(x) - acoth(1/x)",
         lambda x: mp.acosh(1 / x) + mp.asinh(1 / x) - mp.atanh(x), x="0.375"),
    # special functions
    case("error function", "erf(x)*erfc(y)", lambda x, y: mp.erf(x) * mp.erfc(y), x="0.5", y="1.25"),
    case("erfc, small", "erfc(x)", mp.erfc, x="6"),
    case("gamma", "gamma(x)/gamma(y)", lambda x, y: mp.gamma(x) / mp.gamma(y), x="4.5", y="2.25"),
    case("gamma below zero", "gamma(x)", mp.gamma, x="-1.5"),
    case("digamma and lgamma", "lgamma(x) - x*digamma(y)", lambda x, y: mp.loggamma(x) - x * mp.psi(0, y),
         x="7.5", y="3.25"),
    case("trigamma", "polygamma(1, x)", lambda x: mp.psi(1, x), x="2.5"),
    case("factorial", "x!/y", lambda x, y: mp.factorial(x) / y, x="3.5", y="2"),
    # pieces
    case("max and min", "max(x^2, y)*min(x, y^2)", lambda x, y: max(x**2, y) * min(x, y**2), x="1.5", y="1.75"),
    case("max of three", "max(x, y, x*y)", lambda x, y: max(x, y, x * y), x="2", y="1.5"),
    case("absolute value", "|x - y|*x", lambda x, y: abs(x - y) * x, x="1", y="2.5"),
    case("where, taken", "where(x > 0, sqrt(x), 0)", lambda x: mp.sqrt(x), x="2.25"),
    case("where, the other branch undefined", "where(x > 0, sqrt(x), 0) + x^2", lambda x: x**2, x="-1"),
    case("where, division in the other branch", "where(x != 0, sin(x)/x, 1)*y", lambda x, y: mp.sin(x) / x * y,
         x="0.5", y="3"),
    case("where, logarithm in the other branch", "where(x > 1, log(log(x)), x^3)", lambda x: x**3, x="0.5"),
    case("nested where", "where(x > 0, where(y > 0, x*y, sqrt(-y)), log(-x))", lambda x, y: mp.sqrt(-y),
         x="2", y="-3"),
    case("conditional expression", "x^2 if x < y and not y < 0 else y^3", lambda x, y: x**2, x="1.5", y="2.5"),
    case("chained comparison", "where(0 < x <= 1 or x > 5, exp(x), x)", lambda x: x, x="2.5"),
    case("floor and mod", "x*floor(x) + mod(x, y)", lambda x, y: x * mp.floor(x) + x - y * mp.floor(x / y),
         x="7.25", y="-2.5"),
    case("rounding", "x*round(x) - ceil(y)*y + x//y",
         lambda x, y: 3 * x + 2 * y + mp.floor(x / y), x="2.75", y="-2.5"),
    case("sign and heaviside", "sign(x)*x^2 + heaviside(x)*y", lambda x, y: -(x**2), x="-1.5", y="4"),
    case("huber", "where(|r| <= d, r^2/2, d*(|r| - d/2))", lambda r, delta: delta * (abs(r) - delta / 2),
         r="-3", d="1.25"),
    # lengths
    case("hypot", "hypot(x, y)", mp.hypot, x="3", y="-4.5"),
    case("hypot of three", "hypot(x, y, z)", lambda x, y, z: mp.sqrt(x**2 + y**2 + z**2), x="1.5", y="-2", z="0.5"),
    case("hypot, large", "hypot(x, y)", mp.hypot, x="3e200", y="-4e200"),
    case("inverse distance", "1/sqrt(x^2 + y^2 + z^2)", lambda x, y, z: 1 / mp.sqrt(x**2 + y**2 + z**2),
         x="1", y="-2", z="2.5"),
    # physics, at its scales
    case("ideal gas", "N*k*T/V", lambda n, k, t, v: n * k * t / v, N="6e23", k="1.375e-23", T="300", V="0.025"),
    case("gravitation", "G*m1*m2/r^2", lambda g, a, b, r: g * a * b / r**2,
         G="6.674e-11", m1="5.972e24", m2="7.342e22", r="3.844e8"),
    case("fine structure", "q^2/(4*pi*eps*hbar*c)", lambda q, s, h, c: q**2 / (4 * mp.pi * s * h * c),
         q="1.602176634e-19", eps="8.8541878128e-12", hbar="1.054571817e-34", c="299792458"),
    case("planck", "2*6.62607015e-34*nu^3/299792458^2/expm1(6.62607015e-34*nu/(1.380649e-23*T))", planck,
         nu="5e14", T="5800"),
    case("debye length", "sqrt(8.8541878128e-12*1.380649e-23*T/(n*q^2))", debye, T="1e4", n="1e18", q="1.602e-19"),
    case("tiny times huge", "x*y", lambda x, y: x * y, x="1e-30", y="3e30"),
    case("decay", "a*exp(-b*t)", lambda a, b, t: a * mp.exp(-b * t), a="1e20", b="1e-30", t="2e30"),
    case("lorentz factor", "1/sqrt(1 - v^2/c^2)", lambda v, c: 1 / mp.sqrt(1 - v**2 / c**2), v="2.5e8", c="3e8"),
    case("lennard-jones", "4*eps*((s/r)^12 - (s/r)^6)",
         lambda eps, s, r: 4 * eps * ((s / r) ** 12 - (s / r) ** 6), eps="1.65e-21", s="3.4e-10", r="4e-10"),
    case("black-scholes", "S*(1 + erf(u/sqrt(2)))/2 - K*exp(-r*t)*(1 + erf(v/sqrt(2)))/2",
         lambda s, u, k, r, t, v: s * (1 + mp.erf(u / mp.sqrt(2))) / 2
         - k * mp.exp(-r * t) * (1 + mp.erf(v / mp.sqrt(2))) / 2,
         S="100", u="0.5", K="95", r="0.0625", t="0.5", v="0.25"),
    # documents
    Case("polar", "r = sqrt(x^2 + y^2); theta = atan2(y, x)", {"x": "1.5", "y": "2"},
         {"r": lambda x, y: mp.hypot(x, y), "theta": lambda x, y: mp.atan2(y, x)}),
    Case("bindings", "u = x*y\nv = exp(-u)\ng = u*v + x\nh = v/u", {"x": "0.75", "y": "1.5"},
         {"g": lambda x, y: x * y * mp.exp(-x * y) + x, "h": lambda x, y: mp.exp(-x * y) / (x * y)}),
    Case("functions", "s(t) = t^2/(1 + t^2); g = s(x)*s(2*y) - s(x - y)", {"x": "0.5", "y": "-1.25"},
         {"g": lambda x, y: (lambda s: s(x) * s(2 * y) - s(x - y))(lambda t: t**2 / (1 + t**2))}),
    Case("signature", "g(b, a) = a^2/b", {"b": "4", "a": "3"}, {"g": lambda b, a: a**2 / b}),
    Case("python", "def power(v, i): return v*i if v > 0 else -v*i**2", {"v": "-2", "i": "1.5"},
         {"power": lambda v, i: -v * i**2}),
    # ways of writing
    case("product after a function", "2x*(x + 1) + 3sin(x)*y",
         lambda x, y: 2 * x * (x + 1) + 3 * mp.sin(x) * y, x="0.75", y="2"),
    case("products without a sign", "2x + 3sin(x) + (x + 1)(x - 1) + pi x", lambda x: 2 * x + 3 * mp.sin(x)
         + (x + 1) * (x - 1) + mp.pi * x, x="1.25"),
    case("Unicode", "α²·sin(β) − √(α×β₁) ÷ π", lambda a, b, c: a**2 * mp.sin(b) - mp.sqrt(a * c) / mp.pi,
         **{"α": "1.5", "β": "0.75", "β₁": "2"}),
    case("names of functions as variables", "gamma*beta + lambda*E^2", lambda g, b, y, e: g * b + y * e**2,
         **{"gamma": "1.5", "beta": "2", "lambda": "-3", "E": "0.5"}),
)  # fmt: skip


def derivative(function: Function, point: list[mpf], counts: tuple[int, ...]) -> mpf:
    """A partial derivative; every variable is scaled to about 1, so that mpmath's own step suits it."""
    scales = [abs(x) or mpf(1) for x in point]
    found = mp.diff(
        lambda *t: function(*(s * x for s, x in zip(scales, t, strict=True))),
        tuple(x / s for x, s in zip(point, scales, strict=True)),
        counts,
    )
    for scale, count in zip(scales, counts, strict=True):
        found /= scale**count
    return found


def measure(function: Function, point: dict[str, str], digits: int) -> dict[tuple[str, ...], mpf]:
    """The value and all partials up to the second order by multi-index, at a working precision."""
    names = list(point)
    with mp.workdps(digits):
        at = [mpf(text) for text in point.values()]
        found: dict[tuple[str, ...], mpf] = {(): +function(*at)}
        for order in (1, 2):
            for by in combinations_with_replacement(names, order):
                counts = tuple(by.count(name) for name in names)
                found[by] = derivative(function, at, counts)
    return found


def row(example: Case) -> dict[str, Any]:
    """A case as data.

    Raises:
        AssertionError: the two precisions disagree.
    """
    order = list(example.point)
    outputs: dict[str, Any] = {}
    for name, function in example.outputs.items():
        found, again = (measure(function, example.point, digits) for digits in (60, 90))
        texts = {}
        with mp.workdps(60):
            for by, number in found.items():
                beside = abs(again[()]) / mp.fprod(abs(mpf(example.point[v])) or 1 for v in by)
                scale = max(beside or 1, abs(again[by]))
                assert abs(number - again[by]) <= scale * mpf(10) ** -45, (example.name, name, by)
                small = abs(again[by]) <= scale * mpf(10) ** -50
                texts[by] = "0.0" if small and by else mp.nstr(again[by], DIGITS, min_fixed=0, max_fixed=0)
        outputs[name] = {
            "value": texts[()],
            "partials": {by[0]: text for by, text in texts.items() if len(by) == 1},
            "hessian": {" ".join(by): text for by, text in texts.items() if len(by) == 2},
        }
    return {
        "name": example.name, "text": example.text, "variables": order, "point": example.point, "outputs": outputs
    }  # fmt: skip


def make() -> str:
    """The content of the file."""
    return json.dumps([row(example) for example in CASES], ensure_ascii=False, indent=1) + "\n"


if __name__ == "__main__":
    PATH.write_text(make(), encoding="utf-8")

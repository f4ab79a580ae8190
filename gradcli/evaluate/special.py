"""Special functions that Python's `math` does not have: by mpmath at points, by SciPy on arrays where it is installed.

At a point a function is computed with some fifteen digits more than a double holds and rounded once, so the
answer does not depend on what is installed. On arrays, SciPy's functions serve where they were found to keep
within 16 ulp (`_SCIPY`, the conditions there leave out the rest); what they cannot do is computed row by row.

Parameters are those of SciPy and SymPy: `ellipk(m)` takes m = k^2, `fresnels(x)` integrates sin(pi*t^2/2). The
derivatives' families: `zetaderiv` as mpmath, those of the elliptic integrals by their hypergeometric series (DLMF
19.5.1, 19.5.2 with 15.5.2).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, lru_cache, partial
from sys import maxsize
from typing import Any, NamedTuple

Number = Any
"""A number of mpmath's."""

_PRECISION = 106  # bits; a double has 53
_SPARE = 16  # of them, which a sum may lose
_MOST = 1_200  # more bits that a sum is tried with
LARGEST_ORDER = 300  # of a Bessel function or derivative; beyond, series are too long
_MOST_DIGITS = 1100  # to which these functions are computed in a second or so
_FEWER_DIGITS = {"bessely": 100, "fresnels": 300, "fresnelc": 300, "airybi": 500, "airybiprime": 500}
SLOW = frozenset({"gamma", "lgamma", "digamma"})  # of mpmath's, beside those that are in `_MPMATH`
_REMEMBERED = 4096  # values of each function: an error bound asks again for those that were computed


def function(name: str, defined: Callable[..., bool] | None) -> Callable[..., float]:
    """A function on floats, by mpmath.

    Args:
        defined: the condition under which it is defined; none: always.

    Raises:
        ValueError: from the function, where it is undefined; OverflowError, where it is too large for a float, or
            cannot be computed.
    """

    near = _NEAR.get(name)

    def at_point(*arguments: float) -> float:
        if not all(argument - argument == 0.0 for argument in arguments) or (defined and not defined(*arguments)):
            raise ValueError(f"{name} is undefined here")
        if near is not None and near.condition(*arguments):
            return float(near.function(*arguments))
        mp = context()
        try:
            value = mpmath_function(name)(mp, *map(mp.mpf, arguments))
        except (mp.NoConvergence, ValueError) as error:
            raise OverflowError(f"{name} does not converge here") from error
        number = float(mp.re(value))
        if number - number != 0.0:
            raise OverflowError(f"{name} is too large for a float")
        return number

    return lru_cache(_REMEMBERED)(at_point)


@cache
def context() -> Any:
    """Our own arithmetic of mpmath's, which nobody else's settings change."""
    import mpmath

    mp = mpmath.MPContext()
    mp.prec = _PRECISION
    return mp


def mpmath_function(name: str) -> Callable[..., Number]:
    """The function that computes an operation in the precision of an mpmath context, its first argument.

    Raises:
        NoConvergence: the context's own, from the function, where the order or the precision is too large.
    """
    return partial(_bounded, name)


def most_digits(name: str) -> int:
    """The digits to which a function is computed."""
    return _FEWER_DIGITS.get(name, _MOST_DIGITS) if name in _MPMATH or name in SLOW else maxsize


def _bounded(name: str, mp: Any, *arguments: Number) -> Number:
    if mp.dps > most_digits(name) or (name in _ORDERED and abs(arguments[0]) > LARGEST_ORDER):
        raise mp.NoConvergence
    return _MPMATH[name](mp, *arguments)


def _polygamma(mp: Any, order: Number, x: Number) -> Number:
    """Of negative numbers by reflection (DLMF 5.15.6), from which mpmath would take as many steps as they are large."""
    n = int(order)
    if x >= 0 or not n:
        return mp.psi(n, x)
    reflected = mp.fsub(1, x, exact=True)
    return _sum(mp, lambda: [(-1) ** n * mp.psi(n, reflected), -mp.pi * _cotangent_derivative(mp, n, x)])


def _cotangent_derivative(mp: Any, order: int, x: Number) -> Number:
    """That of cot(pi*x)."""
    coefficients = cotangent_coefficients(order)
    return (-mp.pi) ** order * mp.polyval(coefficients[::-1], mp.cospi(x) / mp.sinpi(x))


@cache
def cotangent_coefficients(order: int) -> list[int]:
    """Those of a derivative of cot(pi*x) by powers of the cotangent, in units of (-pi)^order; none is negative."""
    coefficients = [0, 1]
    for _ in range(order):
        slope = [k * c for k, c in enumerate(coefficients)][1:]
        coefficients = [a + b for a, b in zip([*slope, 0, 0], [0, 0, *slope], strict=True)]
    return coefficients


def _polygamma_difference(mp: Any, order: Number, x: Number, shift: Number) -> Number:
    shifted = mp.fadd(x, shift, exact=True)
    return _sum(mp, lambda: [_polygamma(mp, order, x), -_polygamma(mp, order, shifted)])


def _beta(mp: Any, a: Number, b: Number) -> Number:
    """By logarithms: a + b is no number of few bits, and the gamma function makes much of its last ones."""
    total = mp.fadd(a, b, exact=True)
    if total <= 0 and total == mp.floor(total):
        return mp.zero
    sign = _gamma_sign(mp, a) * _gamma_sign(mp, b) * _gamma_sign(mp, total)
    return sign * mp.exp(_lbeta(mp, a, b))


def _gamma_sign(mp: Any, x: Number) -> int:
    return -1 if x < 0 and mp.floor(x) % 2 else 1


def _lbeta(mp: Any, a: Number, b: Number) -> Number:
    total = mp.fadd(a, b, exact=True)
    return _sum(mp, lambda: [mp.re(mp.loggamma(a)), mp.re(mp.loggamma(b)), -mp.re(mp.loggamma(total))])


def _sum(mp: Any, terms: Callable[[], list[Number]]) -> Number:
    """A sum with all its digits: its terms with as many more as cancel; 0 where a thousand bits do."""
    lost = 0
    while lost < _MOST:
        with mp.workprec(mp.prec + lost):
            parts = terms()
            total = mp.fsum(parts)
            largest = max(map(abs, parts))
            if not largest:
                return total
            cancelled = mp.mag(largest) - mp.mag(total) if total else mp.prec
        if cancelled <= lost + _SPARE:
            return total
        lost = cancelled + _SPARE
    return mp.zero


def _besselk(mp: Any, order: Number, x: Number) -> Number:
    """The integral of exp(-x*cosh(t))*cosh(order*t) over t > 0 (DLMF 10.32.9); mpmath's limits of series are slow.

    By the trapezoidal rule, which has all digits on so smooth a function once its step is fine enough (L. N. Trefethen
    and J. A. C. Weideman, The exponentially convergent trapezoidal rule, SIAM Review 56, 2014).
    """
    with mp.workprec(mp.prec + 10):
        digits = mp.prec * mp.ln2
        step = min(mp.pi**2 / digits, mp.pi * mp.sqrt(2 / (digits * mp.hypot(order, x)))) * 9 / 10
        highest = mp.asinh(abs(order) / x)
        total, term, t = mp.one / 2, mp.one, mp.zero
        while t <= highest or mp.mag(term) > mp.mag(total) - mp.prec:
            t += step
            term = mp.exp(-2 * x * mp.sinh(t / 2) ** 2) * mp.cosh(order * t)  # cosh(t) - 1, with all its digits
            total += term
        return step * total * mp.exp(-x)


def _zeta_derivative(mp: Any, order: Number, s: Number) -> Number:
    """Far out it is the slope of 2^-s alone, all further terms of the sum are below the precision."""
    if s > 2 * mp.prec + 2 * LARGEST_ORDER:
        return (-mp.ln2) ** int(order) * mp.power(2, -s)
    return mp.zeta(s, 1, int(order))


def _ellipk_derivative(mp: Any, order: Number, m: Number) -> Number:
    half = mp.mpf(1) / 2
    factor = mp.rf(half, order) ** 2 / mp.factorial(order)
    return mp.pi / 2 * factor * mp.hyp2f1(half + order, half + order, 1 + order, m)


def _ellipe_derivative(mp: Any, order: Number, m: Number) -> Number:
    half = mp.mpf(1) / 2
    factor = mp.rf(-half, order) * mp.rf(half, order) / mp.factorial(order)
    return mp.pi / 2 * factor * mp.hyp2f1(order - half, order + half, 1 + order, m)


_MPMATH: dict[str, Callable[..., Number]] = {
    "digamma": lambda mp, x: mp.psi(0, x),
    "polygamma": _polygamma,
    "polygamma_difference": _polygamma_difference,
    "beta": _beta,
    "lbeta": _lbeta,
    "erfinv": lambda mp, x: mp.erfinv(x),
    "besselj": lambda mp, order, x: mp.besselj(order, x),
    "bessely": lambda mp, order, x: mp.bessely(order, x),
    "besseli": lambda mp, order, x: mp.besseli(order, x),
    "besselk": _besselk,
    "airyai": lambda mp, x: mp.airyai(x),
    "airyaiprime": lambda mp, x: mp.airyai(x, derivative=1),
    "airybi": lambda mp, x: mp.airybi(x),
    "airybiprime": lambda mp, x: mp.airybi(x, derivative=1),
    "zeta": lambda mp, s: mp.zeta(s),
    "zetaderiv": _zeta_derivative,
    "lambertw": lambda mp, x: mp.lambertw(x),
    "lambertw_branch": lambda mp, x, branch: mp.lambertw(x, int(branch)),
    "expi": lambda mp, x: mp.ei(x),
    "sinint": lambda mp, x: mp.si(x),
    "cosint": lambda mp, x: mp.ci(x),
    "logint": lambda mp, x: mp.li(x),
    "fresnels": lambda mp, x: mp.fresnels(x),
    "fresnelc": lambda mp, x: mp.fresnelc(x),
    "ellipk": lambda mp, m: mp.ellipk(m),
    "ellipe": lambda mp, m: mp.ellipe(m),
    "ellipkderiv": _ellipk_derivative,
    "ellipederiv": _ellipe_derivative,
    "hyp0f1": lambda mp, a, b: mp.hyp0f1(a, b),
}
"""How mpmath spells each function; the first argument is the context."""

_ORDERED = frozenset(
    {"polygamma", "polygamma_difference", "besselj", "bessely", "besseli", "besselk", "zetaderiv", "ellipkderiv",
     "ellipederiv"}
)  # fmt: skip
"""Functions whose first argument is an order."""


class Trusted(NamedTuple):
    """A function on arrays, and the condition, on arrays too, under which its answer is taken."""

    function: Callable[..., Any]
    condition: Callable[..., Any]


def on_arrays(name: str) -> Trusted | None:
    """Our own series, or SciPy's function; `None` where SciPy is not installed or has none that is good enough."""
    if name not in _SCIPY:
        return _NEAR.get(name)
    try:
        import scipy.special
    except ImportError:
        return None
    spelling, condition = _SCIPY[name]
    attribute, _, position = spelling.partition("[")
    found = getattr(scipy.special, attribute)
    return Trusted(partial(_component, found, int(position[0])) if position else found, condition)


def _component(function: Callable[..., Any], position: int, *arguments: Any) -> Any:
    return function(*arguments)[position]


def _hyp0f1_near_zero(a: Any, b: Any) -> Any:
    """The sum of b^k/(k!*a*(a + 1)*...*(a + k - 1)), by Horner's rule."""
    total = b * 0.0 + 1.0
    for k in range(_TERMS, -1, -1):
        total = 1.0 + total * (b / ((k + 1.0) * (a + k)))
    return total


_TERMS = 10  # after which, near zero, nothing comes that a double holds
_NEAR = {"hyp0f1": Trusted(_hyp0f1_near_zero, lambda a, b: (a >= 1.0) & (abs(b) <= 0.25))}
"""Functions near zero, on floats and on arrays, without any library."""


def _everywhere(a: Any) -> Any:
    return a == a


def _whole_order(order: Any, x: Any) -> Any:
    """Of J and K, SciPy's other orders have errors of up to 60 ulp."""
    return (order >= 0.0) & (order <= 60.0) & (order % 1.0 == 0.0) & (x > 1e-3) & (x < 1e4)


def _moderate(order: Any, x: Any) -> Any:
    return (order >= 0.0) & (order <= 60.0) & (x > 1e-3) & (x < 1e4)


_SCIPY: dict[str, tuple[str, Callable[..., Any]]] = {
    "digamma": ("psi", lambda a: (a > 0.0) | ((a > -1e3) & (a % 1.0 != 0.0))),
    "polygamma": ("polygamma", lambda order, x: (order >= 1.0) & (order <= 12.0) & (order % 1.0 == 0.0) & (x > 0.0)),
    "erfinv": ("erfinv", lambda a: abs(a) < 1.0),
    "besselj": ("jv", _whole_order),
    "bessely": ("yv", _moderate),
    "besseli": ("iv", _moderate),
    "besselk": ("kv", _whole_order),
    "airyai": ("airy[0]", lambda a: abs(a) < 100.0),
    "airyaiprime": ("airy[1]", lambda a: abs(a) < 100.0),
    "airybi": ("airy[2]", lambda a: abs(a) < 100.0),
    "airybiprime": ("airy[3]", lambda a: abs(a) < 100.0),
    "zeta": ("zeta", lambda s: s > 1.0),
    "expi": ("expi", lambda a: a != 0.0),
    "sinint": ("sici[0]", _everywhere),
    "cosint": ("sici[1]", lambda a: a > 0.0),
    "fresnels": ("fresnel[0]", _everywhere),
    "fresnelc": ("fresnel[1]", _everywhere),
    "ellipk": ("ellipk", lambda m: m < 1.0),
    "ellipe": ("ellipe", lambda m: m <= 1.0),
}
"""The names in `scipy.special`, `[k]` for the k-th result, and where they keep within 16 ulp.

Beta functions, the lower branch of Lambert's W and near its branch point, and J and K of fractional order lose more.
"""

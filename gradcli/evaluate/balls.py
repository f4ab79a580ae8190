"""A program on balls: numbers with a radius that encloses what they can be, rounding errors included.

F. Johansson, Arb: efficient arbitrary-precision midpoint-radius interval arithmetic, IEEE Transactions on Computers
66 (2017), 1281-1292. At a point the radius comes from rounding alone, and shrinks with the precision; over a box it
encloses all values. A condition that a ball leaves open is `None`, and `where` then answers with both branches: for
the slopes of `abs`, `max` and `min` that is the generalised gradient (F. H. Clarke, Optimization and Nonsmooth
Analysis, Wiley 1983, section 2.3).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import MAX_EMAX, MIN_EMIN, ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal, localcontext
from fractions import Fraction
from math import log10
from types import MappingProxyType
from typing import Any

from gradcli.errors import UsageError
from gradcli.evaluate.interpreter import Interpreter
from gradcli.evaluate.multiprecision import Undefined
from gradcli.evaluate.rationals import Exact, Rationals
from gradcli.evaluate.special import LARGEST_ORDER
from gradcli.operations import OPERATIONS
from gradcli.program import Equation, Program, Ref, live

Ball = Any
"""An `arb`."""

BallPoint = Callable[["Balls | Rationals"], Mapping[str, Any]]
"""A point: the balls of the variables, or fractions, in the arithmetic that they are for."""

MORE = 2000  # digits beyond those asked for, after which the search ends
_SPARE = 20
_MOST_BITS = 10**15  # of an exponent
_MOST_SPREAD = 1_000_000  # between a ball and its radius
_BITS = 3.33  # a digit
_LONG = 5_000  # places before or after the point, from which a ball is scaled to be written


class Balls(Interpreter):
    """The operations of the table on balls.

    Raises:
        UsageError: python-flint, which they stand on, is not installed.
    """

    def __init__(self, digits: int) -> None:
        try:
            import flint
        except ImportError:
            raise UsageError(
                "--certify needs python-flint, which is not installed", hint='pip install "gradcli[certify]"'
            ) from None
        self.arb = flint.arb
        self.acb = flint.acb
        self.series = flint.arb_series
        self.ctx = flint.ctx
        self.bits = int(digits * _BITS) + 16
        self.zero, self.one, self.half = flint.arb(0), flint.arb(1), flint.arb(0.5)

    def number(self, text: str) -> Ball:
        """A decimal as a ball around it."""
        with self.ctx.workprec(self.bits):
            if text in ("inf", "-inf"):
                return self.arb(text)
            return self.arb(text)

    def exactly(self, number: Exact) -> Any:
        """A ball around a fraction; a condition is itself."""
        if isinstance(number, bool):
            return number
        with self.ctx.workprec(self.bits):
            return self.arb(number.numerator) / self.arb(number.denominator)

    def evaluate(
        self,
        program: Program,
        roots: Iterable[Ref],
        point: Mapping[str, Ball],
        known: Mapping[Ref, Exact] = MappingProxyType({}),
    ) -> dict[Ref, Any]:
        """The enclosures of all equations that the roots depend on; `Undefined` where there may be no number.

        Args:
            known: the exact results of some.
        """
        order = [k for k in live(program.equations, roots) if k not in known]
        with self.ctx.workprec(self.bits):
            return self.run(program.equations, order, point, {k: self.exactly(known[k]) for k in known})

    def step(self, equations: Sequence[Equation], k: Ref, values: Mapping[Ref, Any]) -> Any:
        """See `Interpreter.step`."""
        name, *refs = equations[k]
        return self.apply(name, [values[ref] for ref in refs], k)

    def apply(self, name: str, operands: Sequence[Any], ref: Ref = -1) -> Any:
        """An operation of the table; `Undefined` where it may not be defined."""
        if name == "where":
            return self.op_where(*operands)
        if name in ("and", "or"):
            return _joined(name == "or", operands)
        lost = next((operand for operand in operands if isinstance(operand, Undefined)), None)
        if lost is not None:
            return lost
        try:
            result = self.compute(name, operands)
        except (ValueError, ZeroDivisionError, OverflowError):
            return Undefined(ref)
        return result if self.is_finite(result) else Undefined(ref)

    def compute(self, name: str, operands: Sequence[Any]) -> Any:
        """An operation of defined operands: by its own rule, by arb, or by its meaning; not finite: it has no value."""
        own: Callable[..., Any] | None = getattr(self, f"op_{name}", None)
        if own is not None:
            return own(*operands)
        if name in _METHODS:
            return getattr(operands[0], _METHODS[name])()
        if not OPERATIONS[name].meaning:
            raise ValueError
        return self.of_text(OPERATIONS[name].meaning, operands)

    def has_spelling(self, name: str) -> bool:
        """Whether an operation is computed by other means than its meaning."""
        return name in _METHODS or hasattr(self, f"op_{name}")

    def is_finite(self, value: Any) -> bool:
        """Whether a result is a condition, or a number."""
        return value is None or isinstance(value, bool) or (isinstance(value, self.arb) and value.is_finite())

    def union(self, a: Any, b: Any) -> Any:
        """What encloses two results."""
        return a.union(b)

    # --- conditions: True, False, or None ---------------------------------------------------------------------

    def op_lt(self, a: Ball, b: Ball) -> bool | None:
        return True if a < b else False if a >= b else None

    def op_le(self, a: Ball, b: Ball) -> bool | None:
        return True if a <= b else False if a > b else None

    def op_gt(self, a: Ball, b: Ball) -> bool | None:
        return self.op_lt(b, a)

    def op_ge(self, a: Ball, b: Ball) -> bool | None:
        return self.op_le(b, a)

    def op_eq(self, a: Ball, b: Ball) -> bool | None:
        return False if not a.overlaps(b) else True if a.is_exact() and b.is_exact() else None

    def op_ne(self, a: Ball, b: Ball) -> bool | None:
        return self.op_not(self.op_eq(a, b))

    def op_not(self, a: bool | None) -> bool | None:
        return None if a is None else not a

    def op_true(self) -> bool:
        return True

    def op_false(self) -> bool:
        return False

    def op_where(self, condition: Any, a: Any, b: Any) -> Any:
        if isinstance(condition, Undefined):
            return condition
        if condition is not None:
            return a if condition else b
        return next((branch for branch in (a, b) if isinstance(branch, Undefined)), None) or self.union(a, b)

    # --- arithmetic --------------------------------------------------------------------------------------------

    def op_add(self, a: Ball, b: Ball) -> Ball:
        return a + b

    def op_sub(self, a: Ball, b: Ball) -> Ball:
        return a - b

    def op_mul(self, a: Ball, b: Ball) -> Ball:
        return a * b

    def op_div(self, a: Ball, b: Ball) -> Ball:
        return a / b

    def op_neg(self, a: Ball) -> Ball:
        return -a

    def op_pow(self, a: Ball, b: Ball) -> Ball:
        if b.is_exact() and b.is_integer():
            exponent = int(b.unique_fmpz())
            return a**exponent if exponent >= 0 else 1 / a**-exponent
        if a > 0:
            return (b * a.log()).exp()
        if a.is_zero() and b > 0:
            return self.zero
        return self.arb.nan()

    def op_abs(self, a: Ball) -> Ball:
        if a >= 0:
            return a
        if a <= 0:
            return -a
        return self.zero.union(self.arb(a.abs_upper()))

    def op_sign(self, a: Ball) -> Ball:
        return self.one if a > 0 else -self.one if a < 0 else self.zero if a.is_zero() else self.arb(0, 1)

    def op_max(self, a: Ball, b: Ball) -> Ball:
        return a.max(b)

    def op_min(self, a: Ball, b: Ball) -> Ball:
        return a.min(b)

    def op_floor(self, a: Ball) -> Ball:
        low, high = (self.arb(end).floor() for end in (a.lower(), a.upper()))
        return low if low == high else low.union(high)

    def op_ceil(self, a: Ball) -> Ball:
        return -self.op_floor(-a)

    def op_round(self, a: Ball) -> Ball:
        raised = a + self.half
        above = self.op_floor(raised)
        if raised.is_exact() and raised.is_integer() and int(raised.unique_fmpz()) % 2:
            return above - 1  # a half goes to the even one
        return above if not raised.contains_integer() or raised.is_exact() else above.union(above - 1)

    def op_mod(self, a: Ball, b: Ball) -> Ball:
        return a - b * self.op_floor(a / b)

    # --- functions -----------------------------------------------------------------------------------------------

    def op_cbrt(self, a: Ball) -> Ball:
        if a.is_exact() or not a.contains(0):
            return self.zero if a.is_zero() else a.root(3) if a > 0 else -(-a).root(3)
        low, high = (self.op_cbrt(self.arb(end)) for end in (a.lower(), a.upper()))
        return low.union(high)

    def op_hypot(self, *operands: Ball) -> Ball:
        return sum((operand * operand for operand in operands), self.zero).sqrt()

    def op_atan2(self, a: Ball, b: Ball) -> Ball:
        return self.arb.nan() if a.contains(0) and b.contains(0) else self.arb.atan2(a, b)

    def op_lgamma(self, a: Ball) -> Ball:
        return a.lgamma() if a > 0 else self.op_abs(a.gamma()).log()

    def op_polygamma(self, a: Ball, b: Ball) -> Ball:
        if self.order(a) is None:
            return self.arb.nan()
        found = self.acb(b).polygamma(self.acb(a))
        return found.real if found.imag.contains(0) else self.arb.nan()

    def op_beta(self, a: Ball, b: Ball) -> Ball:
        return a.gamma() * b.gamma() / (a + b).gamma()

    def op_lbeta(self, a: Ball, b: Ball) -> Ball:
        return self.op_lgamma(a) + self.op_lgamma(b) - self.op_lgamma(a + b)

    def op_besselj(self, a: Ball, b: Ball) -> Ball:
        return b.bessel_j(a)

    def op_bessely(self, a: Ball, b: Ball) -> Ball:
        return b.bessel_y(a)

    def op_besseli(self, a: Ball, b: Ball) -> Ball:
        return b.bessel_i(a)

    def op_besselk(self, a: Ball, b: Ball) -> Ball:
        return b.bessel_k(a)

    def op_airyaiprime(self, a: Ball) -> Ball:
        return a.airy_ai(derivative=1)

    def op_airybiprime(self, a: Ball) -> Ball:
        return a.airy_bi(derivative=1)

    def op_zeta(self, a: Ball) -> Ball:
        return a.zeta() if a > 1 else self.arb.nan()

    def op_zetaderiv(self, a: Ball, b: Ball) -> Ball:
        """A coefficient of the power series about b."""
        order = self.order(a)
        if order is None or not b > 1:
            return self.arb.nan()
        known, self.ctx.cap = self.ctx.cap, order + 1
        try:
            return self.series([b, 1], order + 1).zeta()[order] * self.arb(order + 1).gamma()
        finally:
            self.ctx.cap = known

    def op_ellipk(self, a: Ball) -> Ball:
        return self.acb(a).elliptic_k().real if a < 1 else self.arb.nan()

    def op_ellipe(self, a: Ball) -> Ball:
        return self.acb(a).elliptic_e().real if a < 1 else self.arb.nan()

    def op_ellipkderiv(self, a: Ball, b: Ball) -> Ball:
        return self.elliptic_derivative(self.half, a, b)

    def op_ellipederiv(self, a: Ball, b: Ball) -> Ball:
        return self.elliptic_derivative(-self.half, a, b)

    def elliptic_derivative(self, first: Ball, a: Ball, b: Ball) -> Ball:
        """The a-th derivative of pi/2 times the hypergeometric function of `first`, 1/2 and 1 (DLMF 15.5.2, 19.5)."""
        order = self.order(a)
        if order is None or not b < 1:
            return self.arb.nan()
        one, two = first + order, self.half + order
        factor = first.rising(order) * self.half.rising(order) / self.arb(order + 1).gamma()
        return self.arb.pi() / 2 * factor * b.hypgeom_2f1(one, two, 1 + order)

    def op_hyp0f1(self, a: Ball, b: Ball) -> Ball:
        return b.hypgeom_0f1(a) if a > 0 or not a.contains_integer() else self.arb.nan()

    def order(self, a: Ball) -> int | None:
        """The order of a derivative that a ball is, if it is one."""
        whole = a.is_exact() and a.is_integer() and 0 <= a <= LARGEST_ORDER
        return int(a.unique_fmpz()) if whole else None

    def op_pi(self) -> Ball:
        return self.arb.pi()

    def op_e(self) -> Ball:
        return self.arb.const_e()

    def op_inf(self) -> Ball:
        return self.arb.pos_inf()


_METHODS = {
    "sin": "sin", "cos": "cos", "tan": "tan", "sec": "sec", "csc": "csc", "cot": "cot", "asin": "asin",
    "acos": "acos", "atan": "atan", "sinh": "sinh", "cosh": "cosh", "tanh": "tanh", "sech": "sech", "csch": "csch",
    "coth": "coth", "asinh": "asinh", "acosh": "acosh", "atanh": "atanh", "expm1": "expm1", "log1p": "log1p",
    "sinpi": "sin_pi", "cospi": "cos_pi", "erfinv": "erfinv", "airyai": "airy_ai", "airybi": "airy_bi",
    "lambertw": "lambertw", "expi": "ei", "sinint": "si", "cosint": "ci", "logint": "li",
    "fresnels": "fresnel_s", "fresnelc": "fresnel_c",
    "sqrt": "sqrt", "exp": "exp", "log": "log",
    "sinc": "sinc", "erf": "erf", "erfc": "erfc", "gamma": "gamma", "digamma": "digamma",
}  # fmt: skip
"""The functions that arb has, by the table's names."""


def _joined(decisive: bool, operands: Sequence[Any]) -> Any:
    """`or` (decided by True) or `and` (by False) of conditions that may be open."""
    if any(operand is decisive for operand in operands):
        return decisive
    lost = next((operand for operand in operands if isinstance(operand, Undefined)), None)
    return lost if lost is not None else None if None in operands else not decisive


def enclosures(program: Program, roots: Sequence[Ref], point: BallPoint, digits: int) -> list[Any]:
    """The values of equations at a point, enclosed so tightly that so many digits are certain, where that can be."""
    found: dict[Ref, Any] = {}
    rationals = Rationals()
    exact = rationals.evaluate(program, roots, point(rationals))
    known = {k: number for k, number in exact.items() if number is not None}
    precision = digits + _SPARE
    while len(found) < len(set(roots)):
        balls = Balls(precision)
        values = balls.evaluate(program, roots, point(balls), known)
        last = precision >= digits + MORE
        found |= {
            root: values[root]
            for root in roots
            if root not in found and (last or certain_digits(values[root], digits) is not None)
        }
        precision = min(2 * precision, digits + MORE)
    return [found[root] for root in roots]


def certain_digits(ball: Any, digits: int) -> Decimal | None:
    """The decimal that all numbers of a ball round to; `None` if they do not round to one."""
    if isinstance(ball, Undefined) or beyond(ball):
        return None
    low, high = _as_decimals(ball, digits, ROUND_HALF_EVEN, ROUND_HALF_EVEN)
    return low if low == high else None


def most_digits(ball: Any, digits: int) -> tuple[int, Decimal | None]:
    """How many digits of a ball are certain, of at most so many, and the decimal that these are."""
    likely = min(digits - 1, int(ball.rel_accuracy_bits() / _BITS) + 1)
    for count in (digits, *range(likely, 0, -1)):
        found = certain_digits(ball, count)
        if found is not None:
            return count, found
    return 0, None


def decimals(ball: Ball, digits: int) -> tuple[Decimal, Decimal]:
    """Decimals that enclose a ball: the low end rounded down, the high end up."""
    return _as_decimals(ball, digits, ROUND_FLOOR, ROUND_CEILING)


def _as_decimals(ball: Ball, digits: int, low: str, high: str) -> tuple[Decimal, Decimal]:
    """The ends of a ball as decimals; one with very many places is scaled first, by a power of ten as a ball."""
    places = int(_exponent(ball) * log10(2))
    if abs(places) > _LONG:
        import flint

        with flint.ctx.workprec(int(digits * _BITS) + 64 + ball.bits() + places.bit_length()):
            ball = ball / type(ball)(10) ** places
    else:
        places = 0
    middle, radius = fraction(ball.mid()), fraction(ball.rad())
    return _rounded(middle - radius, digits, low, places), _rounded(middle + radius, digits, high, places)


def beyond(ball: Ball) -> bool:
    """Whether a ball is so far from 1, or so small, that its decimals cannot be found."""
    if not ball.is_finite():
        return True
    mantissa, exponent = ball.rad().man_exp()
    whole = _exponent(ball)
    return abs(whole) > _MOST_BITS or bool(mantissa and whole - int(exponent) > _MOST_SPREAD)


def _exponent(ball: Ball) -> int:
    """About the power of two that a ball reaches up to."""
    mantissa, exponent = ball.abs_upper().man_exp()
    return int(exponent) + int(mantissa).bit_length()


def fraction(number: Ball) -> Fraction:
    """An exact ball as a fraction."""
    mantissa, exponent = (int(part) for part in number.man_exp())
    return Fraction(mantissa << exponent) if exponent >= 0 else Fraction(mantissa, 1 << -exponent)


def _rounded(number: Fraction, digits: int, how: str, places: int) -> Decimal:
    with localcontext() as context:
        context.prec, context.rounding = digits, how
        context.Emax, context.Emin = MAX_EMAX, MIN_EMIN
        return (Decimal(number.numerator) / Decimal(number.denominator)).scaleb(places)

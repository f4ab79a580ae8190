"""A program over boxes: ranges of numbers whose ends are exact, and rounded outwards.

A ball whose midpoint is 1/2 and whose radius is 1/2 holds more than the numbers from 0 to 1, as radii are rounded
upwards; a range holds these and no others, so that `sqrt(x)` has values over it and `x^2` none below 0. What rises or
falls is taken from the ends, anything else from the ball around them (R. E. Moore, R. B. Kearfott and M. J. Cloud,
Introduction to Interval Analysis, SIAM 2009, chapters 2 and 5).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from gradcli.evaluate.balls import Ball, Balls
from gradcli.evaluate.multiprecision import Undefined
from gradcli.operations import OPERATIONS, Operation
from gradcli.program import Ref

_MOST_STEPS = 40  # of a recurrence; each makes a range wider


class Range(NamedTuple):
    """All numbers from one to another; both are exact balls."""

    low: Ball
    high: Ball

    @property
    def is_wide(self) -> bool:
        """Whether it is more than one number."""
        return bool(self.low < self.high)


Box = Mapping[str, Range]
"""The ranges of the variables."""


class Ranges(Balls):
    """The operations of the table on ranges, and on balls where these come from rounding alone."""

    def hull(self, *values: Any) -> Range:
        """The range that encloses ranges and balls, and all between them."""
        with self.ctx.workprec(self.bits):
            ranges = [self.range_of(value) for value in values]
            low, high = ranges[0]
            for other in ranges[1:]:
                low = other.low if other.low < low else low
                high = other.high if other.high > high else high
            return Range(low, high)

    def range_of(self, value: Any) -> Range:
        """A range or ball as a range."""
        if isinstance(value, Range):
            return value
        if not value.is_finite():
            raise ValueError
        return Range(self.arb(value.lower()), self.arb(value.upper()))

    def ball(self, value: Any) -> Ball:
        """A ball around a range; a range of one number is that number."""
        with self.ctx.workprec(self.bits):
            low, high = self.range_of(value)
            return low.union(high) if low < high else low

    def cut(self, whole: Range, count: int) -> list[Range]:
        """A range in parts of equal length."""
        with self.ctx.workprec(self.bits):
            low, high = whole
            inner = [self.arb((low + (high - low) * k / count).mid()) for k in range(1, count)]
        return [Range(*pair) for pair in pairwise([low, *inner, high])]

    def compute(self, name: str, operands: Sequence[Any]) -> Any:
        """See `Balls.compute`."""
        if not any(isinstance(operand, Range) for operand in operands):
            return super().compute(name, operands)
        own: Callable[..., Any] | None = getattr(self, f"over_{name}", None)
        if own is not None:
            return own(*map(self.range_of, operands))
        row = OPERATIONS[name]
        if row.monotonic:
            return self._bounded(self.at_ends(operands[0], lambda end: super(Ranges, self).compute(name, [end])), row)
        if self.has_spelling(name):
            around = [o.low.union(o.high) if isinstance(o, Range) else o for o in operands]
            return self._bounded(self.range_of(super().compute(name, around)), row)
        return super().compute(name, operands)  # by its meaning

    def is_finite(self, value: Any) -> bool:
        """See `Balls.is_finite`."""
        if isinstance(value, Range):
            return bool(value.low.is_finite() and value.high.is_finite())
        return super().is_finite(value)

    def union(self, a: Any, b: Any) -> Any:
        """See `Balls.union`."""
        return self.hull(a, b)

    def at_ends(self, a: Range, function: Callable[[Ball], Ball]) -> Range:
        """A monotonic function."""
        return self.hull(function(a.low), function(a.high))

    def _bounded(self, a: Range, row: Operation) -> Range:
        """What is left of a result when the operation's bound is known."""
        low, high = self.arb(-row.bound), self.arb(row.bound)
        return Range(a.low if a.low > low else low, a.high if a.high < high else high)

    # --- conditions: True, False, or None ---------------------------------------------------------------------

    def over_lt(self, a: Range, b: Range) -> bool | None:
        return True if a.high < b.low else False if a.low >= b.high else None

    def over_le(self, a: Range, b: Range) -> bool | None:
        return True if a.high <= b.low else False if a.low > b.high else None

    def over_gt(self, a: Range, b: Range) -> bool | None:
        return self.over_lt(b, a)

    def over_ge(self, a: Range, b: Range) -> bool | None:
        return self.over_le(b, a)

    def over_eq(self, a: Range, b: Range) -> bool | None:
        apart = a.high < b.low or b.high < a.low
        return False if apart else None if a.is_wide or b.is_wide else True

    def over_ne(self, a: Range, b: Range) -> bool | None:
        return self.op_not(self.over_eq(a, b))

    # --- arithmetic --------------------------------------------------------------------------------------------

    def over_add(self, a: Range, b: Range) -> Range:
        return self.hull(a.low + b.low, a.high + b.high)

    def over_sub(self, a: Range, b: Range) -> Range:
        return self.hull(a.low - b.high, a.high - b.low)

    def over_neg(self, a: Range) -> Range:
        return Range(-a.high, -a.low)

    def over_mul(self, a: Range, b: Range) -> Range:
        return self.hull(*(x * y for x in a for y in b))

    def over_div(self, a: Range, b: Range) -> Range:
        if not (b.low > 0 or b.high < 0):
            raise ZeroDivisionError
        return self.hull(*(x / y for x in a for y in b))

    def over_pow(self, a: Range, b: Range) -> Range:
        if not b.is_wide and b.low.is_integer():
            return self._whole_power(a, int(b.low.unique_fmpz()))
        if a.low > 0:
            return self.hull(*(x**y for x in a for y in b))  # exp(y*log x) is extreme where y*log x is: in corners
        if a.low.is_zero() and b.low >= 0:
            corner = [] if b.low > 0 else [self.one]  # 0^0
            return self.hull(self.zero, *corner, *(a.high**y for y in b if a.high > 0))
        raise ValueError

    def _whole_power(self, a: Range, exponent: int) -> Range:
        if exponent < 0:
            return self.over_div(Range(self.one, self.one), self._whole_power(a, -exponent))
        base = a if exponent % 2 else self.over_abs(a)
        return self.at_ends(base, lambda end: end**exponent)

    def over_abs(self, a: Range) -> Range:
        ends = abs(a.low), abs(a.high)
        return self.hull(*ends) if a.low > 0 or a.high < 0 else self.hull(self.zero, *ends)

    def over_cosh(self, a: Range) -> Range:
        return self.at_ends(self.over_abs(a), lambda end: end.cosh())

    def over_max(self, *operands: Range) -> Range:
        first, *others = operands
        for other in others:
            first = Range(*(y if y > x else x for x, y in zip(first, other, strict=True)))
        return first

    def over_min(self, *operands: Range) -> Range:
        return self.over_neg(self.over_max(*map(self.over_neg, operands)))

    def over_mod(self, a: Range, b: Range) -> Range:
        return self.over_sub(a, self.over_mul(b, self.compute("floor", [self.over_div(a, b)])))

    def over_zetaderiv(self, a: Range, b: Range) -> Range:
        """The sum of (-log k)^a/k^b: where all terms have one sign, it rises or falls with b."""
        return self._along(self.op_zetaderiv, a, b)

    def over_ellipkderiv(self, a: Range, b: Range) -> Range:
        """Every derivative of 1/sqrt(1 - b*sin(t)^2) is positive, and so are those of its integral: they rise."""
        return self._along(self.op_ellipkderiv, a, b)

    def over_ellipederiv(self, a: Range, b: Range) -> Range:
        """Every derivative of sqrt(1 - b*sin(t)^2) is negative, and so are those of its integral: they fall."""
        return self._along(self.op_ellipederiv, a, b)

    def over_hyp0f1(self, a: Range, b: Range) -> Range:
        """For a > 0 it rises where b > 0; for a >= 1/2 it is at most 1 below, see Bessel functions (DLMF 10.14.4)."""
        if not a.low > 0:
            raise ValueError
        order = a.low.union(a.high)
        if b.low >= 0:
            return self.at_ends(b, lambda end: self.op_hyp0f1(order, end))
        if b.high >= 0:
            below = self.range_of(self.op_hyp0f1(order, b.low.union(self.zero)))
        else:
            below = self._by_cosine(order, b) or self.range_of(self.op_hyp0f1(order, b.low.union(b.high)))
        if a.low >= self.half:
            below = self.both(below, Range(-self.one, self.one))
        return below if b.high <= 0 else self.hull(below, self.op_hyp0f1(order, b.high))

    def _by_cosine(self, a: Ball, b: Range) -> Range | None:
        """The same for b < 0, far from 0 too: a = 1/2 has a cosine, 3/2 a sinc, and from two follows the third of
        a - 1, a, a + 1 (DLMF 10.16.1, 10.16.9, 10.6.1).
        """
        double = 2 * a
        if not (double.is_integer() and 3 <= double <= _MOST_STEPS) or a.is_integer():
            return None
        x = Range(*(2 * (-end).sqrt() for end in reversed(b)))
        around = x.low.union(x.high)
        before, last = self.range_of(around.cos()), self.range_of(around.sinc())
        for k in range(3, int(double.unique_fmpz()), 2):
            factor = self.arb(k * (k - 2)) / 4
            before, last = last, self.over_mul(self.over_div(Range(factor, factor), b), self.over_sub(before, last))
        return last

    def _along(self, function: Callable[[Ball, Ball], Ball], a: Range, b: Range) -> Range:
        """A function that is monotonic in its second argument; the first is no interval."""
        if a.is_wide:
            raise ValueError
        return self.at_ends(b, lambda end: function(a.low, end))

    def around(self, middle: Any, moves: Iterable[tuple[Any, Range, Range]]) -> Range:
        """The values beside one that is known: the slopes times the ways from where it is (mean value theorem).

        Args:
            moves: for each variable its slope, its range, and where in it the known value is.
        """
        with self.ctx.workprec(self.bits):
            total = self.range_of(middle)
            for slope, whole, at in moves:
                total = self.over_add(total, self.over_mul(self.range_of(slope), self.over_sub(whole, at)))
        return total

    def middle(self, whole: Range) -> Range:
        """A number in the middle of a range."""
        with self.ctx.workprec(self.bits):
            at = self.arb(((whole.low + whole.high) / 2).mid())
        return Range(at, at)

    def both(self, a: Range, b: Range) -> Range:
        """The numbers that two ranges share, of which there are some."""
        return Range(a.low if a.low > b.low else b.low, a.high if a.high < b.high else b.high)

    def over_hypot(self, *operands: Range) -> Range:
        total = Range(self.zero, self.zero)
        for operand in operands:
            total = self.over_add(total, self._whole_power(operand, 2))
        return self.at_ends(total, lambda end: end.sqrt())


class Slopes(Ranges):
    """The operations on ranges in programs of partials, which are those of a closed box: its edges have two sides.

    A condition is open as soon as both of its sides meet the range, be it in one number alone, and the slope of `abs`
    at 0 is any from -1 to 1: the hull of what both branches give contains the generalised gradient. So are the slopes
    of `hypot` at the origin, which are a component by the length elsewhere; and those of a power by its exponent have
    a limit where its base is 0.
    """

    def step(self, equations: Sequence[Any], k: Ref, values: Mapping[Ref, Any]) -> Any:
        """See `Balls.step`."""
        name, *refs = equations[k]
        found = super().step(equations, k, values)
        if name == "div" and equations[refs[1]][0] == "hypot" and refs[0] in equations[refs[1]][1:]:
            if any(isinstance(values[ref], Undefined) for ref in refs):
                return found
            unit = Range(-self.one, self.one)
            return unit if isinstance(found, Undefined) else self.both(self.range_of(found), unit)
        if name == "mul" and isinstance(found, Undefined):
            power, logarithm = (equations[ref] for ref in refs)
            if power[0] == "pow" and logarithm == ("log", power[1]):
                operands = [values[ref] for ref in power[1:]]
                if not any(isinstance(operand, Undefined) for operand in operands):
                    return self.power_by_logarithm(*map(self.range_of, operands)) or found
        return found

    def power_by_logarithm(self, a: Range, b: Range) -> Range | None:
        """a^b*log(a) where a may be 0: its limit is 0 if b > 0. It falls up to exp(-1/b), to -1/(e*b), and rises."""
        if not (a.low.is_zero() and b.low > 0):
            return None
        if a.high.is_zero():
            return Range(self.zero, self.zero)
        ends = [a.high**exponent * a.high.log() for exponent in b]
        lowest = -1 / (self.arb.const_e() * b.low)
        return self.hull(self.zero, *ends, *([lowest] if not a.high < (-1 / b.low).exp() else []))

    def over_lt(self, a: Range, b: Range) -> bool | None:
        return True if a.high < b.low else False if a.low > b.high else None

    def over_le(self, a: Range, b: Range) -> bool | None:
        return self.over_lt(a, b)

    def over_eq(self, a: Range, b: Range) -> bool | None:
        return False if a.high < b.low or b.high < a.low else None

    def over_sign(self, a: Range) -> Range:
        return Range(-self.one if a.low <= 0 else self.one, self.one if a.high >= 0 else -self.one)

"""Products with roots in one power: x*sqrt(x) is x^1.5, whose slope has a value at 0, where that of sqrt(x) has none.

What a power is on both sides of 0 is told by its kind: `x^2*cbrt(x)` changes its sign with x, `x*cbrt(x)` does not, and
`x*sqrt(x)` has values on one side alone.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import Enum
from fractions import Fraction
from typing import NamedTuple

from gradcli.algebra import Algebra
from gradcli.program import Equation, Ref

_PLAIN = re.compile(r"[0-9]{1,9}(\.[0-9]{0,9})?")  # an exponent


class _Kind(Enum):
    EVEN = "even"
    ODD = "odd"
    HALF = "half"  # undefined below 0


class Power(NamedTuple):
    """An equation as a positive power of the size of another, with a sign by its kind."""

    base: Ref
    exponent: Fraction
    kind: _Kind


def powers(equations: Sequence[Equation]) -> list[Power]:
    """Each equation as a power, of itself if it is no other's."""
    found: list[Power] = []
    for k in range(len(equations)):
        found.append(_power(equations, k, found) or Power(k, Fraction(1), _Kind.ODD))
    return found


def _power(equations: Sequence[Equation], ref: Ref, known: Sequence[Power]) -> Power | None:
    name, *operands = equations[ref]
    if name == "mul":
        return _product(*(known[operand] for operand in operands))
    if name == "abs":
        return _raised(known[operands[0]], Fraction(1), even=True)
    if name == "cbrt":
        return _raised(known[operands[0]], Fraction(1, 3))
    if name == "sqrt":
        return _rooted(known[operands[0]], Fraction(1, 2))
    if name == "pow":
        exponent = _exponent(equations[operands[1]])
        if exponent is not None and exponent.denominator == 1:
            return _raised(known[operands[0]], exponent, even=exponent % 2 == 0)
        return None if exponent is None else _rooted(known[operands[0]], exponent)
    return None


def _exponent(equation: Equation) -> Fraction | None:
    """A positive exponent that is written as a decimal."""
    name, *content = equation
    if name != "const" or not _PLAIN.fullmatch(content[0]):
        return None
    return Fraction(content[0]) or None


def _product(a: Power, b: Power) -> Power | None:
    if a.base != b.base:
        return None
    kinds = {a.kind, b.kind}
    kind = _Kind.HALF if _Kind.HALF in kinds else _Kind.ODD if len(kinds) == 2 else _Kind.EVEN
    return Power(a.base, a.exponent + b.exponent, kind)


def _raised(a: Power, exponent: Fraction, even: bool = False) -> Power:
    return Power(a.base, a.exponent * exponent, _Kind.EVEN if even and a.kind is not _Kind.HALF else a.kind)


def _rooted(a: Power, exponent: Fraction) -> Power:
    return Power(a.base, a.exponent * exponent, _Kind.EVEN if a.kind is _Kind.EVEN else _Kind.HALF)


def joined(
    algebra: Algebra, equations: Sequence[Equation], ref: Ref, refs: Sequence[Ref], known: Sequence[Power]
) -> Ref | None:
    """An equation with roots as one power, if it is one that has slopes at 0; also `2*x*sqrt(x)`, as 2*x^1.5.

    Args:
        refs: the equations before it, as they are in the builder.
        known: all equations as powers.
    """
    whole = _built(algebra, equations, ref, refs, known[ref])
    if whole is not None or equations[ref][0] != "mul":
        return whole
    for product, other in (equations[ref][1:], equations[ref][:0:-1]):
        if equations[product][0] == "mul":
            a, b = equations[product][1:]
            for factor, rest in ((a, b), (b, a)):
                power = _product(known[factor], known[other])
                found = None if power is None else _built(algebra, equations, ref, refs, power)
                if found is not None:
                    return algebra.builder.add("mul", refs[rest], found)
    return None


def _built(algebra: Algebra, equations: Sequence[Equation], ref: Ref, refs: Sequence[Ref], power: Power) -> Ref | None:
    exponent = power.exponent
    if exponent.denominator == 1 or exponent < 1 or equations[ref][:2] == ("pow", power.base):
        return None
    add = algebra.builder.add
    above, below = (add("const", str(part)) for part in exponent.as_integer_ratio())
    base = refs[power.base]
    size = add("pow", base if power.kind is _Kind.HALF else add("abs", base), add("div", above, below))
    if power.kind is not _Kind.ODD:
        return size
    return add("where", add("ge", base, algebra.zero), size, add("neg", size))

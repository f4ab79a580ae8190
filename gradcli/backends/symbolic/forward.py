"""The chain rule forwards over the operations of a formula, along one variable: for derivatives of derivatives.

Backwards upon backwards, the length of the formulas grows by a factor with each order. Forwards, a derivative of each
equation is found once, for all orders that need it, and so they grow with a power of the order alone; for that no
product is written anew. Nothing is simplified.
"""

from __future__ import annotations

from collections.abc import Iterable

from gradcli.backends.symbolic.pieces import Pieces
from gradcli.backends.symbolic.regions import CHOICES, LINEAR, Region, choice, real_operands
from gradcli.backends.symbolic.terms import Multiple, multiple, total
from gradcli.errors import LimitError
from gradcli.program import LEAVES, Builder, Ref, live
from gradcli.rules import NO_RULE

MAX_EQUATIONS = 300_000
"""Of formulas, with which they can still be written in some ten seconds."""

_ZERO: Multiple = (0, None)


class Forward:
    """The derivatives of the equations of a growing program by one variable."""

    def __init__(self, pieces: Pieces, builder: Builder, variable: str) -> None:
        self.pieces = pieces
        self.builder = builder
        self.variable = variable
        self._known: dict[Ref, Multiple] = {}
        self._ruleless: set[Ref] = set()

    def derivative(self, region: Region) -> Ref:
        """The derivative of an equation.

        Raises:
            LimitError: the formulas become too long.
        """
        known, span = self._known, self.builder.span
        for k in region.order:
            if k not in known:
                self.builder.at(self.builder, k)
                known[k] = self._along(region, k)
        self.builder.span = span
        if len(self.builder.equations) > MAX_EQUATIONS:
            raise LimitError(
                f"the formulas of all orders have more than {MAX_EQUATIONS:,} operations",
                hint="a lower order, or fewer variables: --wrt; eval takes more with --backend autodiff",
            )
        if not self._ruleless.isdisjoint(region.order):
            return self.builder.add(*NO_RULE)
        return _scaled(self.builder, *known[region.root])

    def _along(self, region: Region, k: Ref) -> Multiple:
        builder, known = self.builder, self._known
        equation = builder.equations[k]
        name = equation[0]
        if name in LEAVES:
            return (1, None) if equation == ("input", self.variable) else _ZERO
        slopes = [known[a] for a in real_operands(equation)]
        if not any(count for count, _ in slopes):
            return _ZERO
        if name in LINEAR:
            signs = {"add": (1, 1), "sub": (1, -1), "neg": (-1,)}[name]
            return self._sum((sign * count, value) for sign, (count, value) in zip(signs, slopes, strict=True))
        if name in CHOICES:
            return 1, builder.add("where", choice(builder, k), *(_scaled(builder, *slope) for slope in slopes[-2:]))
        if name == "div":  # SymPy has powers of the divisor here, and each order one more
            (first, u), (second, v) = slopes
            number, above = self._sum([(first, u), (-second, _product(builder, k, v))])
            above = builder.const("1") if above is None else above
            return number, builder.add("div", above, equation[2]) if number else None
        if name == "mul" and equation[1] != equation[2]:  # by far the most frequent
            (first, u), (second, v) = slopes
            _, a, b = equation
            return self._sum([(first, _product(builder, b, u)), (second, _product(builder, a, v))])
        return self._by_sympy(region, k)

    def _by_sympy(self, region: Region, k: Ref) -> Multiple:
        """Partials of an operation times the derivatives of its operands."""
        builder, known = self.builder, self._known
        shape = region.shape(k, self._inside(k))
        terms = []
        for name, ref in shape.leaves:
            count, slope = known.get(ref, _ZERO)
            partial = self.pieces.partial(shape, name) if count else None
            if partial is not None:
                number, rest = multiple(builder, partial)
                terms.append((count * number, _product(builder, rest, slope)))
            elif count:
                self._ruleless.add(k)
        return self._sum(terms)

    def _inside(self, k: Ref) -> set[Ref]:
        """An operation with what is constant in it, as the exponents of powers are."""
        equations = self.builder.equations
        inside = {k}
        for a in equations[k][1:]:
            below = live(equations, [a])
            if all(equations[b][0] != "input" for b in below):
                inside.update(below)
        return inside

    def _sum(self, terms: Iterable[Multiple]) -> Multiple:
        counts: dict[Ref | None, int] = {}
        for count, value in terms:
            counts[value] = counts.get(value, 0) + count
        found = [(count, value) for value, count in counts.items() if count]
        if len(found) < 2:
            return found[0] if found else _ZERO
        return 1, total(self.builder, found, _scaled)


def _product(builder: Builder, a: Ref | None, b: Ref | None) -> Ref | None:
    if a is None or b is None:
        return b if a is None else a
    return builder.add("mul", a, b)


def _scaled(builder: Builder, count: int, value: Ref | None) -> Ref:
    """A whole number times an equation, which stays as it is."""
    ref = builder.const(str(abs(count))) if value is None else value
    if value is not None and abs(count) != 1:
        ref = builder.add("mul", builder.const(str(abs(count))), value) if count else builder.const("0")
    return builder.add("neg", ref) if count < 0 else ref

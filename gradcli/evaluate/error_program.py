"""The bound of a program's rounding error as one more program, for blocks of points.

What `running_error` finds for a point beside its values, this writes down as equations: to first order, without
the ends of error intervals and without what exact results save. Where the table has no derivative, or one that is
infinite, the bound is none (nan or inf).
"""

from __future__ import annotations

from collections.abc import Iterable

from gradcli.algebra import Algebra
from gradcli.evaluate.running_error import UNIT
from gradcli.operations import OPERATIONS
from gradcli.program import Builder, Program, Ref, canonical_decimal, is_double, live
from gradcli.rules import NoRule, partial


def error_program(
    program: Program, roots: Iterable[Ref], exact_inputs: bool = True
) -> tuple[Program, tuple[Ref, ...]] | None:
    """The program extended by bounds of the rounding errors of some of its equations, and those bounds.

    `None` where an operation has no derivative.

    Args:
        exact_inputs: whether the inputs are meant as the doubles that they are, not as decimals.
    """
    algebra = Algebra(Builder.extending(program))
    errors = Errors(algebra, exact_inputs)
    try:
        bounds = tuple([errors.bound(root) for root in roots])
    except NoRule:
        return None
    return Program(algebra.builder, program.variables, ()), bounds


def _is_whole(decimal: str) -> bool:
    return float(decimal).is_integer() and is_double(decimal)


class Errors:
    """The bounds written so far, by equation; those that are 0 are the zero of the algebra.

    Args:
        exact_inputs: whether the inputs are meant as the doubles that they are, not as decimals.
    """

    def __init__(self, algebra: Algebra, exact_inputs: bool = True) -> None:
        self.algebra = algebra
        self.exact_inputs = exact_inputs
        self.errors: dict[Ref, Ref] = {}

    def bound(self, root: Ref) -> Ref:
        """The bound of an equation, as an equation.

        Raises:
            NoRule: an operation on the way has no derivative.
        """
        for k in live(self.algebra.equations, (root,)):
            if k not in self.errors:
                self.errors[k] = self._error(k)
        return self.errors[root]

    def _error(self, k: Ref) -> Ref:
        name, *arguments = self.algebra.equations[k]
        algebra, add = self.algebra, self.algebra.builder.add
        if name == "input":
            return algebra.zero if self.exact_inputs else self._rounding(k, 1.0)
        if name == "const":
            return algebra.zero if _is_whole(arguments[0]) else self._rounding(k, 1.0)
        row = OPERATIONS[name]
        if row.kind == "bool":
            return algebra.zero
        errors = [self.errors[ref] for ref in arguments]
        if name == "where":
            return algebra.where(arguments[0], errors[1], errors[2])
        if row.selects:
            return errors[0] if errors[0] == errors[1] else add("max", *errors)
        total = self._rounding(k, float(row.roundings))
        for position, (ref, error) in enumerate(zip(arguments, errors, strict=True)):
            wrong = error
            if row.group != "operators" and not row.python.startswith("math."):  # computed through others
                wrong = algebra.add(error, self._rounding(ref, 4.0))
            if wrong != algebra.zero:
                slope = partial(algebra, k, position)
                total = algebra.add(total, algebra.mul(self._size(slope), wrong))
        return total

    def _size(self, ref: Ref) -> Ref:
        return ref if ref in (self.algebra.zero, self.algebra.one) else self.algebra.builder.add("abs", ref)

    def _rounding(self, ref: Ref, count: float) -> Ref:
        """So many roundings of an equation's value."""
        if not count:
            return self.algebra.zero
        unit = self.algebra.builder.const(canonical_decimal(repr(count * UNIT)))
        return self.algebra.mul(unit, self._size(ref))

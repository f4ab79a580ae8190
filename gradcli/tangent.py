"""Forward mode: the program of a derivative along a direction, from the program of the function.

A. Griewank and A. Walther, Evaluating Derivatives (2nd ed., SIAM 2008), section 3.1. Applied to derivative
programs it gives every higher order; what was derived once is not derived again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from gradcli.algebra import Algebra
from gradcli.program import Ref, live
from gradcli.rules import KINKED, LIPSCHITZ, NO_RULE, expand, is_by_meaning, partial


class Tangents:
    """The derivatives of the equations of a growing program along one direction.

    Args:
        direction: its components, as equations; variables that it does not name stand still.
    """

    def __init__(self, algebra: Algebra, direction: Mapping[str, Ref]) -> None:
        self.algebra = algebra
        self.direction = direction
        self._known: dict[Ref, Ref] = {}

    def of(self, refs: Iterable[Ref]) -> list[Ref]:
        """The derivatives of equations, as equations.

        Raises:
            NoRule: an operation on the way has no derivative by an argument that moves.
        """
        algebra, known = self.algebra, self._known
        roots = self._expanded(refs)
        for k in live(algebra.equations, roots):
            if k not in known:
                algebra.builder.at(algebra.builder, k)
                known[k] = self._derivative(k)
        return [known[root] for root in roots]

    def _expanded(self, refs: Iterable[Ref]) -> list[Ref]:
        return expand(self.algebra, refs)

    def _derivative(self, ref: Ref) -> Ref:
        algebra, known = self.algebra, self._known
        equation = algebra.equations[ref]
        if equation[0] == "add":  # the most frequent, without a detour
            return algebra.add(known[equation[1]], known[equation[2]])
        if equation[0] == "input":
            return self.direction.get(equation[1], algebra.zero)
        if equation[0] == "const" or algebra.builder.kind(ref) == "bool":
            return algebra.zero
        if equation == NO_RULE:
            return ref
        if equation[0] == "where":
            return algebra.where(equation[1], known[equation[2]], known[equation[3]])
        total = algebra.zero
        for position, argument in enumerate(equation[1:]):
            if known[argument] != algebra.zero:
                total = algebra.add(total, algebra.mul(partial(algebra, ref, position), known[argument]))
        return total


class SideTangents(Tangents):
    """The derivatives on one side, by a variable that grows or falls: `abs`, `max` and `min` have them at ties too.

    S. Scholtes, Introduction to Piecewise Differentiable Equations (Springer 2012), chapter 3: the directional
    derivatives of Lipschitz continuous functions obey the chain rule.
    """

    def __init__(self, algebra: Algebra, variable: str, side: int) -> None:
        super().__init__(algebra, {variable: algebra.one if side > 0 else algebra.neg(algebra.one)})

    def _expanded(self, refs: Iterable[Ref]) -> list[Ref]:
        return expand(
            self.algebra, refs, lambda name: (is_by_meaning(name) or name in KINKED) and name not in LIPSCHITZ
        )

    def _derivative(self, ref: Ref) -> Ref:
        algebra, known = self.algebra, self._known
        name, *operands = algebra.equations[ref]
        add = algebra.builder.add
        if name == "abs":
            slope = known[operands[0]]
            tied = add("eq", operands[0], algebra.zero)
            return algebra.where(tied, add("abs", slope), algebra.mul(add("sign", operands[0]), slope))
        if name in ("max", "min"):
            a, b = operands
            first = add("gt" if name == "max" else "lt", a, b)
            apart = algebra.where(first, known[a], known[b])
            return algebra.where(add("eq", a, b), add(name, known[a], known[b]), apart)
        return super()._derivative(ref)

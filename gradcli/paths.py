"""When an equation matters: the condition under which a result depends on it, branch by branch of `where`.

A branch that is not taken may be undefined or infinite without harm. An equation's path condition is true
exactly where some chain of taken branches leads from the result to it.
"""

from __future__ import annotations

from gradcli.algebra import Algebra
from gradcli.program import LEAVES, Builder, Ref

ALWAYS = -1
"""The path condition of what is never left out; others are refs of conditions."""

_BRANCHING = {"where": "", "max": "ge", "min": "le"}
"""The operations that hand on one of their arguments, and the comparison that chooses the first."""


def on_path(builder: Builder, path: Ref, condition: Ref) -> Ref:
    """The condition that a path is taken and another one holds."""
    return condition if path == ALWAYS else builder.add("and", path, condition)


class Paths:
    """The path conditions of the equations that a result depends on.

    Args:
        order: those equations, in order.
        through_conditions: whether what a condition compares matters too (it does to the value, not to the slope).
        through_losers: whether the argument that `max` or `min` does not hand on matters too (it does if it jumps).
    """

    def __init__(
        self,
        algebra: Algebra,
        order: list[Ref],
        root: Ref,
        *,
        through_conditions: bool,
        through_losers: bool = False,
    ) -> None:
        self.algebra = algebra
        self.branching_names = frozenset({"where"}) if through_losers else frozenset(_BRANCHING)
        self.through_conditions = through_conditions
        self.condition: dict[Ref, Ref] = {root: ALWAYS}
        self._parts: dict[Ref, tuple[Ref, Ref, bool]] = {}
        equations = algebra.equations
        self.branching = any(equations[k][0] in self.branching_names for k in order)
        if self.branching:
            for k in reversed(order):
                if k in self.condition and equations[k][0] not in LEAVES:
                    for position, argument in enumerate(equations[k][1:]):
                        self._reach(argument, self.edge(k, position))

    def of(self, ref: Ref) -> Ref:
        """The path condition of an equation."""
        return self.condition.get(ref, ALWAYS) if self.branching else ALWAYS

    def edge(self, ref: Ref, position: int) -> Ref | None:
        """The condition under which an equation hands on to its argument at a position; `None`: never."""
        path = self.of(ref)
        name, *arguments = self.algebra.equations[ref]
        if name not in self.branching_names:
            return path
        if name != "where":
            chosen = self.algebra.builder.add(_BRANCHING[name], *arguments)
            return self._both(path, chosen, position == 0)
        if position == 0:
            return path if self.through_conditions else None
        return self._both(path, arguments[0], position == 1)

    def _reach(self, ref: Ref, edge: Ref | None) -> None:
        if edge is not None:
            known = self.condition.get(ref)
            self.condition[ref] = edge if known is None else self._either(known, edge)

    def _both(self, path: Ref, condition: Ref, holds: bool) -> Ref:
        builder = self.algebra.builder
        branch = condition if holds else builder.add("not", condition)
        result = on_path(builder, path, branch)
        self._parts[result] = (path, condition, holds)
        return result

    def _either(self, a: Ref, b: Ref) -> Ref:
        if a in (b, ALWAYS):
            return a
        if b == ALWAYS:
            return b
        first, second = self._parts.get(a), self._parts.get(b)
        if first is not None and second is not None and first[:2] == second[:2]:
            return first[0]  # the two branches of one condition: the path to it
        return self.algebra.builder.add("or", a, b)

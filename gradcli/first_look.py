"""The first look, which every number gets: whether anything may be wrong with it at all.

Nearly always nothing is, and this costs next to nothing. Values are ordinary if they are neither too large nor too
small for doubles; a program is smooth if no row of the table has a tie or an edge that one of its equations can be at.
What looks closer is needed, and loaded, for all others only.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from math import inf, isfinite
from typing import Any

from gradcli.operations import OPERATIONS
from gradcli.program import Equation, Program, Ref, whole_number
from gradcli.results import SMALLEST_NORMAL

_TYING = frozenset(row.name for row in OPERATIONS.values() if row.ties)
_EDGED = frozenset(row.name for row in OPERATIONS.values() if row.edge)


def are_ordinary(program: Program, values: Sequence[Any]) -> bool:
    """Whether nothing went wrong on the way to the values of a program's equations, by index."""
    if isfinite(sum(values)) and min(map(abs, values)) >= SMALLEST_NORMAL:
        return True
    odd = [k for k, value in enumerate(values) if not SMALLEST_NORMAL <= abs(value) < inf]
    return not any(_may_start(program.equations[k], values[k], values) for k in odd)


def _may_start(equation: Any, value: Any, values: Sequence[Any]) -> bool:
    """Whether something may have gone wrong at an equation whose value is 0, tiny or no number."""
    if equation[0] == "input":
        return bool(value != value)
    if equation[0] == "const":
        return bool(equation[1] != "0")
    if not abs(value) < inf:
        return bool(equation[0] != "inf")
    return OPERATIONS[equation[0]].underflows and all(values[ref] for ref in equation[1:])


def may_tie(equations: list[Equation], equation: Equation, edges: bool = False) -> bool:
    """Whether an equation can be at a kink, a jump or an edge at all; a whole power has no edge at 0."""
    if equation[0] in _TYING:
        return equation[0] != "pow" or whole_number(equations, equation[2]) is None
    return edges and equation[0] in _EDGED


def has_edge(equation: Equation) -> bool:
    """Whether an equation has an edge that is no tie."""
    return equation[0] in _EDGED and equation[0] not in _TYING


def may_tie_somewhere(equations: list[Equation], edges: Container[Ref] = ()) -> bool:
    """Whether one of some equations can be at a tie or an edge.

    Args:
        edges: the equations whose edges count.
    """
    names = {equation[0] for equation in equations}
    if names.isdisjoint(_TYING) and not (edges and not names.isdisjoint(_EDGED)):
        return False
    return any(may_tie(equations, equation, k in edges) for k, equation in enumerate(equations))

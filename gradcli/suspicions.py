"""What went wrong on the way to a number, and where: an undefined operation, an overflow, an underflow that matters.

It is followed from the equation that caused it to the results, along the branches that were taken. Whether there is
anything to follow is seen at a first look.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

from gradcli.evaluate.running_error import SMALLEST, UNIT, is_open
from gradcli.operations import OPERATIONS
from gradcli.program import LEAVES, Program, Ref
from gradcli.results import SMALLEST_NORMAL, Status
from gradcli.rules import CONTINUOUS

Found = tuple[Status, Ref]

_MATTERS = 2.0**52  # so often may the loss be amplified and still be below the normal numbers


def suspicions(program: Program, order: Sequence[Ref], values: Sequence[Any], roots: Iterable[Ref]) -> dict[Ref, Found]:
    """Which of the roots cannot be trusted at a point, why, and which equation causes it.

    Args:
        order: the equations that were evaluated (without inputs and constants), in order.
        values: the values of all equations, by index.
    """
    equations = program.equations
    tracks = _Tracks(equations, values)
    for k, equation in enumerate(equations):
        if equation[0] in LEAVES:
            tracks.leaf(k, equation)
    for k in order:
        tracks.follow(k)
    found: dict[Ref, Found] = {}
    for root in roots:
        if root in tracks.found:
            found[root] = tracks.found[root]
        elif not math.isfinite(values[root]):
            found[root] = Status.UNDEFINED, root
        elif root in tracks.lost and tracks.lost[root][0] > _MATTERS:
            found[root] = Status.UNRESOLVED, tracks.lost[root][1]
    return found


class _Tracks:
    """What is known of each equation: a status with its cause, or how much an underflow may have lost."""

    def __init__(self, equations: Sequence[Any], values: Sequence[Any]) -> None:
        self.equations = equations
        self.values = values
        self.found: dict[Ref, Found] = {}
        self.lost: dict[Ref, tuple[float, Ref]] = {}  # in units of the smallest double

    def leaf(self, k: Ref, equation: tuple[str, str]) -> None:
        value = self.values[k]
        if equation[0] == "input":
            if value != value:
                self.found[k] = Status.UNDEFINED, k
        elif math.isinf(value):
            self.found[k] = Status.UNRESOLVED, k
        elif abs(value) < SMALLEST_NORMAL and equation[1] != "0":
            self.lost[k] = 1.0, k

    def follow(self, k: Ref) -> None:
        equation, values = self.equations[k], self.values
        operands = self._relevant(equation)
        row = OPERATIONS[equation[0]]
        for ref in operands:
            if ref in self.found:
                self.found[k] = self.found[ref]
                return
        if equation[0] == "inf":  # a number like any other, as it is in the point
            return
        value = values[k]
        lost = self._lost(equation, operands)
        if lost is not None and row.ties and equation[0] not in CONTINUOUS and self._is_open(equation):
            self.found[k] = Status.UNRESOLVED, lost[1]
            return
        if lost is not None and row.steep and not abs(values[lost[2]]) > SMALLEST_NORMAL * _MATTERS:
            self.found[k] = Status.UNRESOLVED, lost[1]
        elif not math.isfinite(value):
            if lost is not None:
                self.found[k] = Status.UNRESOLVED, lost[1]
            elif all(math.isfinite(values[ref]) for ref in operands):
                self.found[k] = (Status.UNDEFINED if math.isnan(value) else Status.UNRESOLVED), k
            elif math.isnan(value):
                self.found[k] = Status.UNDEFINED, k
        elif lost is not None and lost[0] > abs(value) / SMALLEST * UNIT:
            self.lost[k] = lost[0], lost[1]
        elif abs(value) < SMALLEST_NORMAL and row.underflows and all(values[r] or r in self.lost for r in operands):
            self.lost[k] = 1.0, k  # the product of two that have underflowed, too

    def _relevant(self, equation: Any) -> Sequence[Ref]:
        """The operands that decided the value: of `where` the branch that was taken, of `and` what was false."""
        name, values = equation[0], self.values
        if name == "where":
            return equation[1], equation[2 if values[equation[1]] else 3]
        if name in ("and", "or"):
            decisive = [ref for ref in equation[1:] if bool(values[ref]) == (name == "or")]
            return sorted(decisive, key=self.found.__contains__)[:1] or equation[1:]  # one that is sound decides
        return equation[1:]  # type: ignore[no-any-return]

    def _is_open(self, equation: Any) -> bool:
        """Whether what its operands have lost leaves open which side of a jump an operation is on."""
        errors = {ref: max(self.lost[ref][0], 1.0) * SMALLEST if ref in self.lost else 0.0 for ref in equation[1:]}
        return is_open(equation, self.values, errors)

    def _lost(self, equation: Any, operands: Sequence[Ref]) -> tuple[float, Ref, Ref] | None:
        """How much of the result may be lost through its operands, the first cause, and the operand."""
        total, cause, through = 0.0, -1, -1
        for position, ref in enumerate(operands):
            if ref in self.lost:
                amount, source = self.lost[ref]
                total += amount * self._steepness(equation, position)
                if cause < 0:
                    cause, through = source, ref
        return None if cause < 0 else (total, cause, through)

    def _steepness(self, equation: Any, position: int) -> float:
        """How much an absolute error of an operand is amplified (about 1 for smooth functions near zero)."""
        name, values = equation[0], self.values
        if name == "mul":
            return abs(float(values[equation[2 - position]]))
        if name == "div":
            divisor = abs(float(values[equation[2]])) or math.ulp(0.0)
            factor = 1.0 if position == 0 else abs(float(values[equation[1]])) / divisor
            return factor / divisor if divisor > SMALLEST_NORMAL else math.inf
        return 1.0

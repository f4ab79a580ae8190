"""Conditions of the table wherever operands may be: a logarithm has no bound where its operand may be 0.

Slopes do not tell: beyond a pole or the end of a domain they may be as small as anywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from gradcli.evaluate.floats import functions
from gradcli.evaluate.interpreter import Interpreter
from gradcli.program import Equation, Ref
from gradcli.rules import is_comparison


def decided(
    text: str, operands: Sequence[Any], ends: Mapping[int, Sequence[Any]], compute: Callable[..., Any]
) -> tuple[Any, Any]:
    """Whether a condition holds wherever operands may be, and whether it nowhere holds; of numbers or columns.

    A comparison is open where its sides are no further apart than they move with its operand. It has one, and what
    it compares of that is monotonic within the error: the operand itself, its next whole number, a wave.

    Args:
        text: the condition, as the table has it, of a, b and c.
        ends: both ends of the interval that the error of an operand spans, by position; without those that have none.
        compute: an operation by its name, on operands.
    """
    places = [list(operands)]
    for position, pair in ends.items():
        places += [[*operands[:position], end, *operands[position + 1 :]] for end in pair]
    holds, fails = _Places(len(places), compute).of_text(text, list(zip(*places, strict=True)))
    return holds, fails


class _Places(Interpreter):
    """Numbers at the operands and at each end; of conditions whether they surely hold, and whether surely not."""

    def __init__(self, count: int, compute: Callable[..., Any]) -> None:
        self._count = count
        self._compute = compute

    def number(self, text: str) -> Any:
        return [int(text)] * self._count

    def step(self, equations: Sequence[Equation], k: Ref, values: Mapping[Ref, Any]) -> Any:
        name, *refs = equations[k]
        operands = [values[ref] for ref in refs]
        if is_comparison(name):
            return _compared(name, *operands)
        if name in ("and", "or"):
            (a, not_a), (b, not_b) = operands
            return (a & b, not_a | not_b) if name == "and" else (a | b, not_a & not_b)
        return [self._compute(name, *place) for place in zip(*operands, strict=True)]


def _compared(name: str, left: Sequence[Any], right: Sequence[Any]) -> tuple[Any, Any]:
    apart = left[0] - right[0]
    holds = functions()[name](apart, 0)
    sure = apart == apart
    for a, b in zip(left[1:], right[1:], strict=True):
        moved = abs(a - left[0]) + abs(b - right[0])
        sure = sure & ((moved == 0) | (moved < abs(apart)))
    return sure & holds, sure & (sure ^ holds)

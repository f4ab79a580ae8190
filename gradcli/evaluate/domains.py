"""Conditions of the table wherever operands may be: a logarithm has no bound where its operand may be 0.

Slopes do not tell: beyond a pole or the end of a domain they may be as small as anywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from operator import eq, ge, gt, le, lt, ne
from typing import Any

from gradcli.program import Equation, Ref

_SIGNS: dict[str, Callable[[Any, Any], Any]] = {"lt": lt, "le": le, "gt": gt, "ge": ge, "eq": eq, "ne": ne}


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
    equations, order, root = _condition(text)
    places = [list(operands)]
    for position, pair in ends.items():
        places += [[*operands[:position], end, *operands[position + 1 :]] for end in pair]
    found: list[Any] = [None] * len(equations)
    for k in order:  # of a number, what it is at the operands and at each end; of a condition what is returned
        operation, *refs = equations[k]
        if operation == "input":
            position = "abc".index(equations[k][1])
            found[k] = [place[position] for place in places]
        elif operation == "const":
            found[k] = [int(equations[k][1])] * len(places)
        elif operation in _SIGNS:
            found[k] = _compared(operation, found[refs[0]], found[refs[1]])
        elif operation in ("and", "or"):
            (a, not_a), (b, not_b) = (found[ref] for ref in refs)
            found[k] = (a & b, not_a | not_b) if operation == "and" else (a | b, not_a & not_b)
        else:
            found[k] = [compute(operation, *place) for place in zip(*(found[ref] for ref in refs), strict=True)]
    holds, fails = found[root]
    return holds, fails


def _compared(operation: str, left: Sequence[Any], right: Sequence[Any]) -> tuple[Any, Any]:
    apart = left[0] - right[0]
    holds = _SIGNS[operation](apart, 0)
    sure = apart == apart
    for a, b in zip(left[1:], right[1:], strict=True):
        moved = abs(a - left[0]) + abs(b - right[0])
        sure = sure & ((moved == 0) | (moved < abs(apart)))
    return sure & holds, sure & (sure ^ holds)


@cache
def _condition(text: str) -> tuple[list[Equation], list[Ref], Ref]:
    from gradcli.language.document import parsed_text

    return parsed_text(text, "abc")

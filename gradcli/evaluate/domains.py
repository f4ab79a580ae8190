"""Whether an operation is defined wherever its operands may be: a logarithm has no bound where its operand may be 0.

Slopes do not tell: beyond a pole or the end of a domain they may be as small as anywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from operator import eq, ge, gt, le, lt, ne, sub
from typing import Any

from gradcli.operations import OPERATIONS
from gradcli.program import Equation, Ref

_SIGNS: dict[str, Callable[[Any, Any], Any]] = {"lt": lt, "le": le, "gt": gt, "ge": ge, "eq": eq, "ne": ne}


def is_defined_around(
    name: str, operands: Sequence[Any], ends: Mapping[int, Sequence[Any]], compute: Callable[..., Any]
) -> Any:
    """Whether a row's condition holds and errors leave no part of it open that matters; of numbers or columns.

    A comparison is open where its sides are no further apart than they move with its operand. It has one, and what
    it compares of that is monotonic within the error: the operand itself, its next whole number, a wave.

    Args:
        ends: both ends of the interval that the error of an operand spans, by position; without those that have none.
        compute: an operation by its name, on operands.
    """
    equations, order, root = _condition(OPERATIONS[name].defined)
    places = [list(operands)]
    for position, pair in ends.items():
        places += [[*operands[:position], end, *operands[position + 1 :]] for end in pair]
    found: list[Any] = [None] * len(equations)
    for k in order:  # of a number, what it is at the operands and at each end; of a condition see `_compared`
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
    return found[root][0]


def _compared(operation: str, left: Sequence[Any], right: Sequence[Any]) -> tuple[Any, Any]:
    """Whether a comparison surely holds, and whether it surely does not."""
    apart, *beside = map(sub, left, right)
    holds = _SIGNS[operation](apart, 0)
    sure = apart == apart
    for other in beside:
        moved = abs(other - apart)
        sure = sure & ((moved == 0) | (moved < abs(apart)))
    return sure & holds, sure & (sure ^ holds)


@cache
def _condition(text: str) -> tuple[list[Equation], list[Ref], Ref]:
    from gradcli.language.document import parsed_text

    return parsed_text(text, "abc")

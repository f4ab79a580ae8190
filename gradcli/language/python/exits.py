"""How a block of statements is left under conditions on the variables: by a jump to the end of a loop or function.

What is left is kept in the order of the text, and the first exit that is reached counts. A loop that `break` may
leave is a passage: what jumps to its end goes on with what follows it.

    for k in range(2):             exits: [Passage(loop, [Split(x < 0, [Jump(loop, s = 0)], []),
        if x < k:                                         Split(x < 1, [Jump(loop, s = x)], [])])]
            break
        s += x                     s after it: where(x < 0, 0, where(x < 1, x, x + x))
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, TypeAlias, TypeVar

from gradcli.language.python.values import Value, Vector
from gradcli.program import Ref

T = TypeVar("T")

Target: TypeAlias = tuple[ast.AST, type[ast.stmt]]
"""Where a jump leads: out of a loop (`ast.Break`), to its next round (`ast.Continue`), out of a function."""


Changed: TypeAlias = dict[int, tuple[Vector, list[Value]]]
"""Vectors by their identity, each with elements that it has or had."""


class State(NamedTuple):
    """What a way through a block leaves behind: the names after it, and the vectors that it changed."""

    names: dict[str, Value]
    changed: Changed


class Split(NamedTuple):
    """Exits under a condition, and else."""

    condition: Ref
    then: Sequence[Exit]
    otherwise: Sequence[Exit]


class Jump(NamedTuple):
    """The end of a way by `break`, `continue`, `return` or `raise`, or where two branches meet again.

    Attributes:
        value: what a function returns; an exception that it raises.
    """

    target: Target
    state: State
    value: Value = None


class Passage(NamedTuple):
    """Exits of a loop or of a round of it: what jumps to its end goes on after it."""

    target: Target
    exits: Sequence[Exit]


Exit: TypeAlias = Split | Jump | Passage
"""A way to leave a block."""


def first(
    exits: Sequence[Exit],
    rest: T,
    of: Callable[[Jump, T], T],
    merged: Callable[[Ref, T, T], T],
    narrowed: Callable[[T, Ref, int], T] = lambda rest, condition, side: rest,
    ends: Mapping[Target, T] | None = None,
) -> T:
    """What the first exit gives that is reached; `rest` where none is.

    Args:
        of: what an exit gives, beside `rest`.
        merged: what a condition chooses.
        narrowed: the rest where a condition is known; the operand of `where` says which way.
        ends: what follows the passages around.
    """
    known = ends or {}
    for leaving in reversed(exits):
        if isinstance(leaving, Split):
            condition = leaving.condition
            then = first(leaving.then, narrowed(rest, condition, 2), of, merged, narrowed, known)
            otherwise = first(leaving.otherwise, narrowed(rest, condition, 3), of, merged, narrowed, known)
            rest = merged(condition, then, otherwise)
        elif isinstance(leaving, Passage):
            rest = first(leaving.exits, rest, of, merged, narrowed, {**known, leaving.target: rest})
        else:
            rest = known[leaving.target] if leaving.target in known else of(leaving, rest)
    return rest


def jumps(exits: Sequence[Exit]) -> list[Jump]:
    """The jumps that leave some exits, whatever they lead to."""
    found: list[Jump] = []
    for leaving in exits:
        if isinstance(leaving, Split):
            found += jumps(leaving.then) + jumps(leaving.otherwise)
        elif isinstance(leaving, Passage):
            found += [jump for jump in jumps(leaving.exits) if jump.target != leaving.target]
        else:
            found.append(leaving)
    return found

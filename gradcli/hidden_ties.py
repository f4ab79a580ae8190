"""Ties and edges that rounding hides: where operands are as close to one as their rounding errors are large.

`abs(x - 0.1 - 0.2)` is at its kink at 0.3, and doubles miss it by 2^-55, with which its square root is undefined;
`floor(x - 1e-20)` seems to jump at 3; the divisor of `1/(1 - cos(x))` is rounded to 0 at 1e-9. Which side such a row is
on, and what its value is, only more digits tell. Whether a row may be such a one is a condition of its own: the two
sides of the tie's equation differ by no more than the bounds of their rounding errors. It is built once, as a program;
comparisons that doubles make exactly are left out. Edges of domains are asked about only where doubles find a number
undefined or imprecise: `1/sin(pi*x)` is some 1e16 at 1.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from sys import float_info
from typing import TYPE_CHECKING, Any

from gradcli.algebra import Algebra
from gradcli.evaluate.error_program import Errors
from gradcli.evaluate.floats import Evaluator
from gradcli.evaluate.running_error import MAX_BOUNDED
from gradcli.first_look import may_tie_somewhere
from gradcli.operations import OPERATIONS
from gradcli.paths import Paths, on_path
from gradcli.program import EVERY, Builder, Equation, Output, Program, Ref, whole_number
from gradcli.rules import POSITIVE, NoRule, comparisons, domain
from gradcli.ties import is_exact, tie_places

if TYPE_CHECKING:
    from gradcli.evaluate.arrays import ArrayEvaluator

_LARGEST = repr(float_info.max)
_NEVER_NEGATIVE = frozenset({"abs", "sqrt", "hypot"})
_WITH_DOMAIN = frozenset(row.name for row in OPERATIONS.values() if row.defined)

Place = tuple[Ref, Ref]
"""The condition under which an equation matters, and that of a tie or an edge of it."""


class Hidden:
    """Whether rounding may hide a place of some kind, at points and in blocks; looked for when it is first asked.

    Args:
        places: what finds the places of a component.
    """

    def __init__(self, program: Program, places: Callable[[Program, Algebra, Output], Iterator[Place]]) -> None:
        self._program = program
        self._places = places

    def at_point(self, point: Mapping[str, float]) -> bool:
        """Whether it may at a point."""
        if self._condition is None:
            return False
        return self._evaluator.evaluate(point)[self._condition[1]] is True

    def in_block(self, points: Mapping[str, Any]) -> Any:
        """The rows of a block where it may, as a mask; `None` if it never can."""
        if self._condition is None:
            return None
        return self._arrays.evaluate(points)[0]

    @cached_property
    def _condition(self) -> tuple[Program, Ref] | None:
        return hidden(self._program, self._places)

    @cached_property
    def _evaluator(self) -> Evaluator:
        assert self._condition is not None
        return Evaluator(self._condition[0], [self._condition[1]])

    @cached_property
    def _arrays(self) -> ArrayEvaluator:
        from gradcli.evaluate.arrays import ArrayEvaluator

        assert self._condition is not None
        return ArrayEvaluator(self._condition[0], [self._condition[1]])


def ties(program: Program, algebra: Algebra, output: Output) -> Iterator[Place]:
    """The places where a component has a tie, or an infinite slope."""
    if may_tie_somewhere(program.equations, EVERY):
        for _, path, condition in tie_places(program, algebra, output, program.live((output.ref,)), EVERY):
            yield path, condition


def edges(program: Program, algebra: Algebra, output: Output) -> Iterator[Place]:
    """The places where an operation of a component ends to be defined: equations of what its domain compares."""
    equations = program.equations
    order = program.live((output.ref,))
    if not any(equations[k][0] in _WITH_DOMAIN for k in order):
        return
    paths = Paths(algebra, order, output.ref, through_conditions=True, through_losers=True)
    for k in order:
        if equations[k][0] in _WITH_DOMAIN:
            algebra.builder.at(program, k)
            for compared in comparisons(algebra, [domain(algebra, k)]):
                yield paths.of(k), algebra.builder.add("eq", *compared)


def hidden(
    program: Program, places: Callable[[Program, Algebra, Output], Iterator[Place]]
) -> tuple[Program, Ref] | None:
    """The program extended by the condition that a component may be at such a place; `None`: it never can be.

    Nothing is said of programs that are too large for error bounds, and where an operation has no derivative.
    """
    if len(program.equations) > MAX_BOUNDED:
        return None
    algebra = Algebra(Builder.extending(program))
    errors = Errors(algebra, exact_inputs=False)
    add = algebra.builder.add
    found: Ref | None = None
    for output in program.outputs:
        for path, condition in places(program, algebra, output):
            try:
                near = _widened(errors, condition)
            except NoRule:
                continue
            if near is not None:
                near = on_path(algebra.builder, path, near)
                found = near if found is None else add("or", found, near)
    return None if found is None else (Program(algebra.builder, program.variables, ()), found)


def _widened(errors: Errors, condition: Ref) -> Ref | None:
    """The condition of a tie with rounding errors on both sides; `None` where these cannot hide it."""
    algebra = errors.algebra
    name, *operands = algebra.equations[condition]
    add = algebra.builder.add
    if name == "and":
        wide = [_widened(errors, operand) for operand in operands]
        if wide == [None, None]:
            return None
        return add("and", *(part if new is None else new for part, new in zip(operands, wide, strict=True)))
    if name != "eq":
        return None
    a, b = _on_either_side(algebra, *operands)
    if is_exact(algebra.equations, operands if b in operands else (a, a)):
        return None
    if b == algebra.zero and _never_cancels(algebra.equations, a):
        return None
    error = algebra.add(errors.bound(a), errors.bound(b))
    if error == algebra.zero:
        return None
    near = add("and", add("gt", error, algebra.zero), add("le", add("abs", add("sub", a, b)), error))
    if algebra.equations[operands[0]][0] == "mod":  # beyond all doubles no quotient is told from a whole one
        near = add("or", near, add("gt", add("abs", a), add("const", _LARGEST)))
    return near


def _on_either_side(algebra: Algebra, a: Ref, b: Ref) -> tuple[Ref, Ref]:
    """The two sides of an equation that hardly differ above and below: a number and the whole number next to it."""
    first, second = algebra.equations[a], algebra.equations[b]
    if first[0] == "mod":  # which is 0 at whole quotients, and the divisor below them
        a = algebra.builder.add("div", *first[1:])
    if first[0] == "mod" or second[0] == "floor":
        b = algebra.builder.add("round", a)
    return a, b


def _never_cancels(equations: list[Equation], root: Ref) -> bool:
    """Whether a number keeps nearly all of its digits, so that it is 0 only where it is exactly.

    Products and the like of what does so, and sums of what is not negative.
    """
    pending = [(root, False)]  # with whether it must not be negative
    while pending:
        ref, positive = pending.pop()
        name, *operands = equations[ref]
        if name in POSITIVE or (name == "input" and not positive):
            continue
        if name in _NEVER_NEGATIVE or _is_square(equations, ref):
            pending += [(operand, False) for operand in operands]
        elif name in ("add", "sub") and not positive and is_exact(equations, [ref]):
            continue
        elif name in ("add", "mul", "div"):
            pending += [(operand, positive or name == "add") for operand in operands]
        elif name == "neg" and not positive:
            pending += [(operands[0], False)]
        else:
            return False
    return True


def _is_square(equations: list[Equation], ref: Ref) -> bool:
    name, *operands = equations[ref]
    if name == "pow":
        return (whole_number(equations, operands[1]) or 1) % 2 == 0
    return bool(name == "mul" and operands[0] == operands[1])

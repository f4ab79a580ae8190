"""Where a function may have a kink or a jump: at ties, and at the edges that its formulas do not show.

A tie is one under `max`, `abs` or a comparison, or a whole number under `floor`, each only where the branch that it
stands in is taken. `Ties` has the conditions under which a component is at one, ready to be evaluated.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from gradcli.algebra import Algebra
from gradcli.evaluate.floats import Evaluator
from gradcli.first_look import has_edge, may_tie_somewhere
from gradcli.naming import Partial
from gradcli.operations import OPERATIONS
from gradcli.paths import Paths, on_path
from gradcli.program import (
    EVERY,
    LEAVES,
    Builder,
    Equation,
    Output,
    Program,
    Ref,
    is_double,
    moving_equations,
    whole_number,
)
from gradcli.rules import CONTINUOUS, KINKED, POSITIVE, partial, tie

if TYPE_CHECKING:
    import numpy as np

    from gradcli.evaluate.arrays import ArrayEvaluator
    from gradcli.evaluate.certain import Point

_DECISIVE = 60  # digits, of which the last fifteen are taken for rounding
_MOST_LOOKED_THROUGH = 100_000  # equations of partials of higher orders, for edges that they hide


class Tie(NamedTuple):
    """One place where a component may not be smooth.

    Attributes:
        condition: under which it is there.
        cause: the equation that has it.
        output: the component.
        lever: the equation whose variables move it off.
    """

    condition: Ref
    cause: Ref
    output: str
    lever: Ref


class Ties:
    """The conditions under which the components of a program may have a kink or a jump, ready to be evaluated.

    Args:
        edges: the equations at whose edges numbers may be finite: all, where a backend only samples.
    """

    def __init__(self, program: Program, edges: Container[Ref] = ()) -> None:
        self.original = program
        self.ties: list[Tie] = []
        self.program = program
        if may_tie_somewhere(program.equations, edges):
            algebra = Algebra(Builder.extending(program))
            for output in program.outputs:
                self.ties += _ties(program, algebra, output, edges)
            self.program = Program(algebra.builder, program.variables, ())
        self._floats: Evaluator | None = None
        self._arrays: Any = None
        self._sides: dict[Partial, list[ArrayEvaluator]] = {}

    def moving(self, tie: Tie) -> frozenset[str]:
        """The variables that can move an equation off its tie."""
        return self.original.depends_on(tie.lever)

    def at_point(self, point: Mapping[str, float]) -> list[tuple[Tie, bool]]:
        """The ties that hold at a point, each with True."""
        if self._floats is None:
            self._floats = Evaluator(self.program, [t.condition for t in self.ties])
        values = self._floats.evaluate(point)
        return [(t, True) for t in self.ties if values[t.condition] is True]

    def exactly(self, point: Point) -> list[Tie]:
        """The ties that hold, or may, at a point in multiple precision."""
        from gradcli.evaluate.certain import further_digits
        from gradcli.evaluate.multiprecision import Multiprecision

        if not self.ties:
            return []
        further = max(self._further_digits, further_digits(point(Multiprecision(_DECISIVE)).values()))
        arithmetic = Multiprecision(_DECISIVE + further, snap=True)
        values = arithmetic.evaluate(self.program, [t.condition for t in self.ties], point(arithmetic))
        return [t for t in self.ties if values[t.condition] is not False]

    @cached_property
    def _further_digits(self) -> int:
        from gradcli.evaluate.certain import digits_of_constants

        return digits_of_constants(self.program.equations)

    def open(self, partial: Partial, ties: Iterable[Tie]) -> bool:
        """Whether some of the ties leave a partial open: those that its variables move its component off."""
        return any(t.output == partial.output and not self.moving(t).isdisjoint(partial.by) for t in ties)

    def at_block(self, points: Mapping[str, Any]) -> list[tuple[Tie, np.ndarray]]:
        """The ties that hold at some rows of a block, with the rows as a mask."""
        from gradcli.evaluate.arrays import ArrayEvaluator

        if self._arrays is None:
            self._arrays = ArrayEvaluator(self.program, [t.condition for t in self.ties])
        masks = self._arrays.evaluate(points)
        return [(t, mask) for t, mask in zip(self.ties, masks, strict=True) if mask.any()]

    def is_lipschitz(self, tie: Tie) -> bool:
        """Whether `slopes` can tell what a partial is at such a tie; rounding may not have made it."""
        name, *operands = self.original.equations[tie.cause]
        return name in KINKED and is_exact(self.original.equations, operands)

    def slopes(self, partial: Partial, points: Mapping[str, Any]) -> tuple[np.ndarray, np.ndarray]:
        """A first partial on the left and on the right of rows that are at ties of `abs`, `max` and `min` alone."""
        if partial not in self._sides:
            self._sides[partial] = [self._side(partial, side) for side in (-1, 1)]
        left, right = (evaluator.evaluate(points)[0] for evaluator in self._sides[partial])
        return 0.0 - left, right + 0.0  # no negative zeros

    def _side(self, partial: Partial, side: int) -> ArrayEvaluator:
        from gradcli.evaluate.arrays import ArrayEvaluator
        from gradcli.tangent import SideTangents

        algebra = Algebra(Builder.extending(self.original))
        (slope,) = SideTangents(algebra, partial.by[0], side).of([self.original.output(partial.output)])
        return ArrayEvaluator(Program(algebra.builder, self.original.variables, ()), [slope])


def silent_edges(program: Program, formulas: Program, partials: Sequence[Partial]) -> Container[Ref]:
    """The equations at whose edges formulas of partials, operation by operation, may be finite.

    An infinite slope shows where it is a factor of a formula. Those of `floor(sqrt(x))` and `0*sqrt(x)` do not have it,
    and one with branches may have it in another branch. The first partials of a component are looked through together:
    an edge shows if one of them has the slope. Each partial of a higher order is looked through by itself.
    """
    if not any(map(has_edge, program.equations)):
        return ()
    refs = dict(formulas.outputs)
    alike: dict[tuple[str, tuple[str, ...]], list[Partial]] = {}
    for one in partials:
        if one.by:
            alike.setdefault((one.output, one.by if one.order > 1 else ()), []).append(one)
    if len(alike) > len(program.outputs) and len(alike) * len(formulas) > _MOST_LOOKED_THROUGH:
        return EVERY
    algebra = Algebra(Builder.extending(formulas))
    components = {output: program.live((ref,)) for output, ref in program.outputs}
    hidden: set[Ref] = set()
    for (output, _), some in alike.items():
        order = components[output]
        moving = moving_equations(program.equations, order, {variable for one in some for variable in one.by})
        own = [k for k in order if moving[k] and has_edge(program.equations[k])]
        shown = set(formulas.live([refs[one.name] for one in some])) if own else set()
        if any(formulas.equations[k][0] == "where" for k in shown):
            shown.clear()
        hidden.update(k for k in own if _without_sign(algebra, partial(algebra, k, 0)) not in shown)
    return hidden


def _without_sign(algebra: Algebra, ref: Ref) -> Ref:
    name, *operands = algebra.equations[ref]
    return operands[0] if name == "neg" else ref


def _ties(program: Program, algebra: Algebra, output: Output, edges: Container[Ref]) -> list[Tie]:
    """The ties of one component; a condition that no variable can change is left out."""
    order = program.live((output.ref,))
    moving = moving_equations(program.equations, order, frozenset(program.variables))
    places = tie_places(program, algebra, output, order, edges)
    found = [
        Tie(on_path(algebra.builder, path, condition), k, output.name, k) for k, path, condition in places if moving[k]
    ]
    return found + list(_powers_apart(program, algebra, output, order, moving))


def _powers_apart(
    program: Program, algebra: Algebra, output: Output, order: list[Ref], moving: Sequence[int]
) -> Iterator[Tie]:
    """Where a power is defined at whole exponents alone, or is that of 0, which jumps at the exponent 0 and ends there.

    No variable in the exponent moves it to another whole one.
    """
    equations = program.equations
    powers = [k for k in order if equations[k][0] == "pow" and moving[equations[k][2]]]
    powers = [k for k in powers if equations[equations[k][1]][0] not in POSITIVE or _is_nothing(equations, k)]
    if not powers:
        return
    paths = Paths(algebra, order, output.ref, through_conditions=True, through_losers=True)
    for k in powers:
        below = algebra.builder.add("le", equations[k][1], algebra.zero)
        yield Tie(on_path(algebra.builder, paths.of(k), below), k, output.name, equations[k][2])


def _is_nothing(equations: list[Equation], power: Ref) -> bool:
    """Whether it is a power of the constant 0."""
    return whole_number(equations, equations[power][1]) == 0


def tie_places(
    program: Program, algebra: Algebra, output: Output, order: list[Ref], edges: Container[Ref]
) -> Iterator[tuple[Ref, Ref, Ref]]:
    """The equations of a component that may be at a tie, with the conditions of their paths and of the ties."""
    # Beside a kink the winner of `max` is the same, beside a jump or an end it may be another, or none.
    of_kinks, of_jumps = (
        Paths(algebra, order, output.ref, through_conditions=True, through_losers=losers) for losers in (False, True)
    )
    for k in order:
        name, *operands = program.equations[k]
        # max(a, a) has no other side; hypot(a, a) has one.
        if name not in LEAVES and (OPERATIONS[name].arity != 2 or operands[0] != operands[1]):
            algebra.builder.at(program, k)
            condition = tie(algebra, k, k in edges)
            if condition is not None:
                yield k, (of_kinks if name in CONTINUOUS else of_jumps).of(k), condition


def is_exact(equations: Sequence[Equation], operands: Sequence[Ref]) -> bool:
    """Whether comparing these equations in doubles decides as their exact decimals would.

    So it is with leaves that doubles tell apart; a sum or difference of two is 0 only where it is exactly.
    """
    parts = list(operands)
    others = [ref for ref in operands if equations[ref] != ("const", "0")]
    if len(others) == 1 and equations[others[0]][0] in ("add", "sub"):
        parts = list(equations[others[0]][1:])
    leaves = [equations[equations[ref][1] if equations[ref][0] == "neg" else ref] for ref in parts]
    return all(leaf[0] in LEAVES and (leaf[0] == "input" or is_double(leaf[1])) for leaf in leaves)

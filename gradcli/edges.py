"""Single points that drawing does not meet: where a divisor or what is under a logarithm is 0, where a condition tips.

`x/x` is 1 wherever it is defined, and no number that is drawn is the one where it is not. Such places are looked for
as zeros of what the operations of a formula depend on, one variable at a time, by secants from points that are known.
Where a short number is near a zero it is meant: in doubles `3*x - 0.3` is not 0 at 0.1.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import chain, islice
from math import inf
from typing import NamedTuple

from gradcli.algebra import Algebra
from gradcli.evaluate.floats import Evaluator
from gradcli.points import Block
from gradcli.program import LEAVES, Builder, Program, Ref
from gradcli.rules import comparisons, domain, is_comparison, tie
from gradcli.sampling import Domain, Point, as_block, drawn_from

_MOST = 12  # points, the same ones counted again
_MOST_HINGES = 12  # of a program, that are looked at
_MOST_VARIABLES = 4  # that are moved to where one of them is 0
_MOST_EQUATIONS = 5_000
_STARTS = 3
_STEPS = 12  # of a secant; a double zero is not waited for
_SHORT = 6  # digits
_NEAR = 1e-9  # of where secants began: a short number where so little is left is meant


class Drawn(NamedTuple):
    """Points that were drawn, and single ones beside them."""

    points: list[Block]
    edges: list[Block]


def drawn_with_edges(programs: Sequence[Program], variables: Sequence[str], hints: Sequence[Program] = ()) -> Drawn:
    """Points where one of some programs is defined, and those where one of them or of the hints may not be smooth.

    Raises:
        UsageError: none was found.
    """
    points = drawn_from(programs, variables, hints)
    return Drawn(points, edges([*programs, *hints], points, Domain(programs)))


def edges(programs: Sequence[Program], known: Sequence[Block], domain: Domain) -> list[Block]:
    """Points of a domain where one of some programs may be undefined, or may jump; a few of them at most.

    Args:
        known: points to begin at.
    """
    starts = [block.columns for block in known[:_STARTS]]
    zeros = chain.from_iterable(_zeros(program, starts) for program in programs if len(program) <= _MOST_EQUATIONS)
    points = {tuple(point.values()): point for point in islice(filter(domain.contains, zeros), _MOST)}
    return [as_block(point) for point in points.values()]


def _zeros(program: Program, starts: Sequence[Point]) -> Iterator[Point]:
    """Points where something that an operation's domain or a condition depends on is 0."""
    algebra = Algebra(Builder.extending(program))
    hinges = list(islice(dict.fromkeys(_hinges(program, algebra)), _MOST_HINGES))
    extended = Program(algebra.builder, program.variables, ())
    evaluators = {hinge: Evaluator(extended, [hinge]) for hinge in hinges}
    for start in starts:
        for hinge, evaluator in evaluators.items():
            for variable in sorted(extended.depends_on(hinge))[:_MOST_VARIABLES]:
                yield from _zeros_along(evaluator, hinge, start, variable)


def _hinges(program: Program, algebra: Algebra) -> Iterator[Ref]:
    """Differences of two numbers, at whose zeros a program may be undefined or jump."""
    for k in program.live([output.ref for output in program.outputs]):
        equation = program.equations[k]
        if equation[0] not in LEAVES:
            conditions = [k] if is_comparison(equation[0]) else [domain(algebra, k), tie(algebra, k)]
            yield from (algebra.sub(*compared) for compared in comparisons(algebra, conditions))


def _zeros_along(evaluator: Evaluator, hinge: Ref, start: Point, variable: str) -> Iterator[Point]:
    """The zeros that secants find from a point, where only one variable moves."""

    def value(number: float) -> float:
        return float(evaluator.evaluate({**start, variable: number})[hinge])

    at = start[variable]
    led = _secant(value, at, 2 * at or 1.0)
    short = float(f"{led:.{_SHORT}g}")
    if abs(value(short)) <= _NEAR * abs(value(at)) < inf:
        yield {**start, variable: short}
    elif value(led) == 0:
        yield {**start, variable: led}
    if value(0.0) == 0:
        yield {**start, variable: 0.0}


def _secant(value: Callable[[float], float], a: float, b: float) -> float:
    """Where secants lead: a zero, or anywhere."""
    at_a, at_b = value(a), value(b)
    for _ in range(_STEPS):
        if not abs(at_a - at_b) > 0:  # nan too
            break
        a, b, at_a = b, b - at_b * (b - a) / (at_b - at_a), at_b
        at_b = value(b)
    return b

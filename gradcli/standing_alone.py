"""Formulas of derivatives that stand alone, without the function that they belong to.

The slope of exp(log(x)) is 1 where that is defined, and 1 is a number everywhere. A document says so by the function
itself, which stands beside it and counts first; a formula that is printed by itself does not. What the chain rule
leaves out, as 1/x does that log(x) needs a positive x, no simplification has lost.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from math import isfinite

from gradcli import engine
from gradcli.backends import get_backend
from gradcli.edges import drawn_with_edges
from gradcli.errors import LimitError, UsageError
from gradcli.evaluate.floats import Evaluator
from gradcli.naming import Partial
from gradcli.program import Output, Program
from gradcli.results import Status
from gradcli.rules import NO_RULE
from gradcli.sampling import Point

_MOST_EQUATIONS = 2_000
_MOST_PARTIALS = 30
_MOST_TRIED = 4  # points of each partial where the chain rule has no number


def beyond(program: Program, derived: Program, partials: Sequence[Partial]) -> dict[Partial, Point]:
    """The partials whose formulas have numbers where the derivatives have none, each with such a point.

    Points are sampled, so that nothing is proved. Large programs are not looked at.

    Args:
        derived: extends the program; its outputs are the formulas, by the names of the partials.
    """
    if not partials or len(partials) > _MOST_PARTIALS or len(derived) > _MOST_EQUATIONS:
        return {}
    refs = dict(derived.outputs)
    found = {}
    for one in partials:
        formula = derived.replaced(outputs=(Output(one.name, refs[one.name]),))
        if formula.equations[refs[one.name]] != NO_RULE:
            tried = islice(_undefined(program, formula, one), _MOST_TRIED)
            place = next((point for point in tried if not _has_number(program, one, point)), None)
            if place is not None:
                found[one] = place
    return found


def _undefined(program: Program, formula: Program, partial: Partial) -> Iterator[Point]:
    """Points where a partial's formula has a number and the chain rule none."""
    try:
        chain = get_backend("autodiff").derive(program.replaced(given={}), [partial], {})  # type: ignore[attr-defined]
        drawn = drawn_with_edges([formula], program.variables, [program])
    except (LimitError, UsageError):  # there is no point where the formula is defined
        return
    here, there = formula.output(partial.name), chain.output(partial.name)
    short, long = Evaluator(formula, [here]), Evaluator(chain, [there])
    for block in (*drawn.edges, *drawn.points):
        point = block.columns
        if isfinite(short.evaluate(point)[here]) and not isfinite(long.evaluate(point)[there]):
            yield point


def _has_number(program: Program, partial: Partial, point: Point) -> bool:
    """Whether a derivative exists at a point, or may; what the chain rule says of it alone may be for want of range."""
    values = engine.prepare_partials(program, [partial], "autodiff").evaluate(point)
    code = values.status.get(partial.name)
    return code is None or Status(code[0]) is not Status.UNDEFINED

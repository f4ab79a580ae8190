"""A bound of the rounding error of a slope that a complex step gives.

The imaginary part of a complex evaluation is the slope along the step, handed on from equation to equation: through
f(a, b) it is f_a a' + f_b b'. So is its error, linearly: by how wrong a' is times f_a, and by how wrong f_a is
times a'. The second factors do not depend on the direction; they are found once a point. The table's derivatives
serve the bound alone; the slope itself comes from the complex evaluation.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from gradcli.evaluate.running_error import SMALL_ANGLE, UNIT, WAVES, ends_of, slope_of
from gradcli.operations import OPERATIONS
from gradcli.program import Equation, Ref
from gradcli.results import SMALLEST_NORMAL

_STEEPEST = {"sin": 1.0, "cos": 1.0, "sinpi": math.pi, "cospi": math.pi}
"""The waves that have no poles, and how steep they get."""

_COMPLEX = 8.0  # roundings of a complex function's imaginary part, as those of its factors


class _Edge(NamedTuple):
    """How one argument's slope is handed on.

    Attributes:
        argument: its equation.
        steep: the size of the partial derivative.
        wrong: how wrong that may be.
    """

    argument: Ref
    steep: float
    wrong: float


class SlopeErrors:
    """The bounds of slopes at one point, for any direction.

    Args:
        equations: those of the program.
        order: the equations that are evaluated (without inputs and constants), in order.
        values: the values of all equations, by index.
        errors: bounds of the errors of these values.
        parts: the same values as the complex evaluation has them, which may be less right.
    """

    def __init__(
        self,
        equations: list[Equation],
        order: Sequence[Ref],
        values: Sequence[Any],
        errors: Sequence[float],
        parts: Sequence[float],
    ) -> None:
        self.size = len(equations)
        order = [k for k in order if OPERATIONS[equations[k][0]].kind == "real"]
        apart = [abs(part - value) for part, value in zip(parts, values, strict=True)]
        errors = [error + distance for error, distance in zip(errors, apart, strict=True)]
        self.edges = [(k, _edges(equations[k], values, errors, apart[k] / (abs(values[k]) or 1.0))) for k in order]

    def bound(self, root: Ref, slopes: Sequence[float]) -> float:
        """The bound of the root's slope.

        Args:
            slopes: of all equations along one direction, by index: what the complex evaluation gave.
        """
        errors = [0.0] * self.size
        for k, edges in self.edges:
            total = reach = 0.0
            for argument, steep, wrong in edges:
                slope = abs(slopes[argument])
                if slope:
                    total += wrong * slope
                    reach += steep * slope
                if errors[argument]:
                    total += steep * errors[argument]
            if 2.0 * reach < abs(slopes[k]) and abs(slopes[k]) > SMALLEST_NORMAL:
                return math.inf  # a partial derivative is too small for a double, and so is its error
            errors[k] = total
        bound = errors[root]
        return bound if bound == bound else math.inf


class LostWaves:
    """The waves of a program whose phase samples beside a point do not follow, and how steep they may make it there.

    Where the phase of a sine is wrong by more than a fraction of a turn, or moves by it from the point to the nearest
    sample, samples give but noise of its height: their differences do not see it, and its slope is beyond them.

    Args:
        values: the values of all equations, by index.
        errors: bounds of their errors, if the inputs may be anywhere as near as samples are.
    """

    def __init__(
        self, equations: list[Equation], order: Sequence[Ref], values: Sequence[Any], errors: Sequence[float]
    ) -> None:
        self.size = len(equations)
        self.waves = {k for k in order if equations[k][0] in WAVES and errors[equations[k][1]] > SMALL_ANGLE}
        if self.waves:
            order = [k for k in order if OPERATIONS[equations[k][0]].kind == "real"]
            self.edges = [(k, _edges(equations[k], values, errors, 0.0)) for k in order]

    def steepness(self, root: Ref, variable: Ref) -> float:
        """A bound of what the slope of the root along a variable is by way of these waves."""
        if not self.waves:
            return 0.0
        steep, lost = [0.0] * self.size, [0.0] * self.size
        steep[variable] = 1.0
        for k, edges in self.edges:
            steep[k] = sum(edge.steep * steep[edge.argument] for edge in edges if steep[edge.argument])
            lost[k] = sum(edge.steep * lost[edge.argument] for edge in edges if lost[edge.argument])
            if k in self.waves:
                lost[k] = steep[k]
        bound = lost[root]
        return bound if bound == bound else math.inf


def _edges(equation: Equation, values: Sequence[Any], errors: Sequence[float], apart: float) -> list[_Edge]:
    """The arguments that hand on their slopes.

    Args:
        apart: by how much the complex value of this equation differs from the real one, relatively.
    """
    name: str = equation[0]
    if name in ("add", "sub"):
        return [_Edge(ref, 1.0, UNIT) for ref in equation[1:]]
    if name in ("neg", "abs"):
        return [_Edge(equation[1], 1.0, 0.0)]
    if name == "where":
        return [_Edge(equation[2 if values[equation[1]] else 3], 1.0, 0.0)]
    if name in ("max", "min"):
        a, b = equation[1:]
        first = values[a] >= values[b] if name == "max" else values[a] <= values[b]
        return [_Edge(a if first else b, 1.0, 0.0)]
    if name == "mul":
        a, b = equation[1:]
        return [
            _Edge(ref, abs(values[other]) + errors[other], errors[other] + 2.0 * UNIT * abs(values[other]))
            for ref, other in ((a, b), (b, a))
        ]
    if name == "div":
        a, b = equation[1:]
        return _quotient(a, b, values, errors)
    return _general(name, equation[1:], values, errors, 2.0 * apart)


def _general(name: str, refs: Sequence[Ref], values: Sequence[Any], errors: Sequence[float], own: float) -> list[_Edge]:
    """The edges of a function; how far its derivatives move within the errors is seen at the errors' ends."""
    arguments = [values[ref] for ref in refs]
    found = []
    own += UNIT * (_COMPLEX + OPERATIONS[name].roundings)
    if name == "pow" and float(arguments[1]).is_integer():  # products, one after the other
        own += UNIT * 4.0 * abs(arguments[1])
    for position, ref in enumerate(refs):
        slope = slope_of(name, position, len(refs))
        here = abs(slope(*arguments))
        if here == 0.0 and not any(errors[other] for other in refs):
            found.append(_Edge(ref, 0.0, 0.0))
            continue
        moved = 0.0
        for k, other in enumerate(refs):
            if errors[other]:
                moved += _moved(name, slope, arguments, k, errors[other])
        found.append(_Edge(ref, here + moved, moved + own * here))
    return found


def _moved(name: str, slope: Callable[..., float], arguments: list[float], k: int, error: float) -> float:
    """How far a derivative moves while one argument moves within its error."""
    if name in WAVES and error > SMALL_ANGLE:
        return 2.0 * _STEEPEST.get(name, math.inf)
    here = slope(*arguments)
    ends = [slope(*arguments[:k], end, *arguments[k + 1 :]) for end in ends_of(arguments[k], error)]
    moved = [abs(end - here) for end in ends]
    return max(moved) if all(distance <= math.inf for distance in moved) else math.inf


def _quotient(a: Ref, b: Ref, values: Sequence[Any], errors: Sequence[float]) -> list[_Edge]:
    room = abs(values[b]) - errors[b]
    if room <= 0.0:
        return [_Edge(a, math.inf, math.inf), _Edge(b, math.inf, math.inf)]
    one, two = 1.0 / room, (abs(values[a]) + errors[a]) / room / room
    return [
        _Edge(a, one, one * (errors[b] / room + 4.0 * UNIT)),
        _Edge(b, two, errors[a] / room / room + two * (2.0 * errors[b] / room + 6.0 * UNIT)),
    ]

"""Difference quotients: which samples a partial takes at which steps, and how much rounding is in their sum."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence, Set
from itertools import product
from typing import Any, NamedTuple

from gradcli.backends import Points
from gradcli.evaluate.running_error import UNIT
from gradcli.rows import Arithmetic, Row
from gradcli.stencils import stencil

_PAIR = ((-1,), (1,))
_SEEN = 16.0  # roundings from which on a change is one of the function


class Plan(NamedTuple):
    """A finite-difference formula for one partial: a product of stencils, one for each variable.

    Attributes:
        variables: those differentiated by, with how many times each.
        reach: smallest and largest offset by each variable.
        nodes: offsets by each variable, and the weight there.
        mass: sum of the weights' sizes.
        power: the leading power of the step in the error; with the smallest accuracy of a scheme, the
            others are its multiples, so that Neville's extrapolation removes them one by one.
        two_sided: whether slopes to the left and to the right can be compared.
    """

    variables: tuple[tuple[str, int], ...]
    reach: tuple[tuple[int, int], ...]
    nodes: tuple[tuple[tuple[int, ...], float], ...]
    mass: float
    power: int
    two_sided: bool


def make_plan(by: Sequence[str], scheme: str, accuracy: int) -> Plan:
    """The smallest formula of a scheme that has an accuracy, for the partial by some variables."""
    variables = tuple((name, by.count(name)) for name in dict.fromkeys(by))
    stencils = [stencil(scheme, count, accuracy) for _, count in variables]
    nodes = []
    for combination in product(*(list(zip(s.offsets, s.weights, strict=True)) for s in stencils)):
        weight = math.prod(w for _, w in combination)
        if weight:
            nodes.append((tuple(int(offset) for offset, _ in combination), float(weight)))
    return Plan(
        variables,
        tuple((int(min(s.offsets)), int(max(s.offsets))) for s in stencils),
        tuple(nodes),
        sum(abs(weight) for _, weight in nodes),
        accuracy,
        scheme == "central" and len(by) == 1,
    )


class Trace(NamedTuple):
    """The values of all equations at a point, by index, with bounds of their errors."""

    values: Sequence[Any]
    errors: Sequence[float]


class Problem(NamedTuple):
    """One component at some points: what the search for a partial works on.

    Attributes:
        rows: the arithmetic.
        function: from points, and which variables were moved there, to the component's values and decisions (see
            `Branches`).
        points: a number or rows for each variable; rows for those differentiated by.
        value: the component there.
        noise: a bound of the rounding error of the component's values near the points; nan where it is unknown.
        noise_at: such a bound at other points; `None` where it is unknown.
        blur: a bound of what the rounding of the points themselves changes in the values.
        decisions: those at the points, each with where it does not matter.
        tied: where the points are at a kink, a jump or an edge, or rounding leaves open on which side.
        still: for each variable, where it cannot move the component on its branch.
        gapped: for each variable, where it moves the component out of its domain all but everywhere (see `Branches`).
        unseen: at one point, a bound of the slope along a variable that a window's samples do not show (see
            `LostWaves`).
        doubtful: at one point, the variables that may move the component off a tie or edge which rounding hides.
        trace: what is known of all equations, at one point.
    """

    rows: Arithmetic
    function: Callable[[Points, Collection[str]], tuple[Row, Sequence[Row]]]
    points: Points
    value: Row
    noise: Row
    noise_at: Callable[[Points], Row] | None
    blur: Row
    decisions: tuple[tuple[Row, Row], ...]
    tied: Row
    still: Mapping[str, Row]
    gapped: Mapping[str, Row] = {}
    unseen: Callable[[str, int], float] | None = None
    doubtful: Set[str] = frozenset()
    trace: Trace | None = None

    def select(self, condition: Row) -> Problem:
        """The same problem at the rows in which a condition holds."""

        def chosen(row: Row) -> Row:
            return self.rows.select(row, condition)

        return self._replace(
            points={name: chosen(column) for name, column in self.points.items()},
            value=chosen(self.value),
            noise=chosen(self.noise),
            blur=chosen(self.blur),
            decisions=tuple((chosen(decision), chosen(free)) for decision, free in self.decisions),
            tied=chosen(self.tied),
            still={name: chosen(row) for name, row in self.still.items()},
            gapped={name: chosen(row) for name, row in self.gapped.items()},
        )

    def scale_exponent(self, variable: str) -> Row:
        """The power of two just below a variable's magnitude; 0 where the variable is 0."""
        x = self.points[variable]
        return self.rows.where(x == 0.0, 0, self.rows.frexp(x)[1] - 1)

    def at(self, moved: Points) -> tuple[Row, Row]:
        """The component at other values of some variables, and where its branch is that of the points."""
        value, decisions = self.function({**self.points, **moved}, moved)
        same: Row = True
        for decision, (own, free) in zip(decisions, self.decisions, strict=True):
            same = same & ((decision == own) | free)
        return value, same


class Sample(NamedTuple):
    """A difference quotient at one step.

    Attributes:
        quotient: nan where the function is undefined at one of the samples, or on another branch.
        noise: a bound (in blocks an estimate) of the quotient's rounding error.
        blur: a bound of what the rounding of the point changes, if the function is smooth at this step: by
            Cauchy's estimate a derivative is at most n! max|f| over the step to its order n.
        bend: by how much the slopes to the right and to the left differ (0 if one-sided).
        secant: the steepest change seen, per step (0 where it may be rounding).
        defined: whether the function is defined at all samples.
        same: whether all samples are on the branch of the point.
    """

    quotient: Row
    noise: Row
    blur: Row
    bend: Row
    secant: Row
    defined: Row
    same: Row


def sample(problem: Problem, plan: Plan, steps: Sequence[Row]) -> Sample:
    """The difference quotient for a step by each variable."""
    rows, f0 = problem.rows, problem.value
    values: dict[tuple[int, ...], Row] = {}
    total: Row = 0.0
    same: Row = rows.like(True, f0)
    largest, spread = abs(f0), abs(f0 * 0.0)
    for offsets, weight in plan.nodes:
        f = f0
        if any(offsets):
            moved = {
                name: problem.points[name] + offset * step
                for (name, _), offset, step in zip(plan.variables, offsets, steps, strict=True)
                if offset
            }
            f, here = problem.at(moved)
            same = same & here
        values[offsets] = f
        total = total + weight * f
        largest = rows.larger(abs(f), largest)
        spread = rows.larger(abs(f - f0), spread)
    widths, ratio = _widths(problem, plan, steps)
    noise = _noise(problem, largest, spread, ratio, pair=len(values) == len(_PAIR))
    secant = rows.where(spread > _SEEN * noise, spread, 0.0)
    noise, blur = plan.mass * noise, math.factorial(len(widths)) * problem.blur
    for width in widths:
        total, noise, blur, secant = total / width, noise / width, blur / width, secant / width
    bend = f0 * 0.0
    if plan.two_sided:
        bend = ((values[(1,)] - f0) - (f0 - values[(-1,)])) / widths[0]
        if len(values) == len(_PAIR):  # whose middle is beside the point where x + h or x - h is rounded
            x, step = problem.points[plan.variables[0][0]], steps[0]
            total = total + bend * ((_lost_in_sum(x, step) + _lost_in_sum(x, -step)) / (2.0 * widths[0]))
    defined = rows.isfinite(total)
    return Sample(rows.where(defined & same, total, math.nan), noise, blur, abs(bend), secant, defined, same)


def _lost_in_sum(a: Row, b: Row) -> Row:
    """What rounding takes from a sum, exactly (D. E. Knuth, The Art of Computer Programming 2, 4.2.2, theorem B)."""
    total = a + b
    part = total - a
    return (a - (total - part)) + (b - part)


def _widths(problem: Problem, plan: Plan, steps: Sequence[Row]) -> tuple[list[Row], Row]:
    """The steps that were taken, each as often as its variable counts, and the largest variable in steps."""
    rows = problem.rows
    widths: list[Row] = []
    ratio = abs(problem.value * 0.0)
    for (name, count), (low, high), step in zip(plan.variables, plan.reach, steps, strict=True):
        x = problem.points[name]
        # What was added to x is a little different from the step: x + h is rounded.
        width = ((x + high * step) - (x + low * step)) / (high - low)
        width = rows.where(width > 0.0, width, math.nan)
        widths += [width] * count
        ratio = rows.larger(abs(x) / width, ratio)
    return widths, ratio


def _noise(problem: Problem, largest: Row, spread: Row, ratio: Row, *, pair: bool) -> Row:
    """How wrong the values of one quotient may be by rounding.

    One rounding of the points is counted: f(x(1 + eps)) differs from f(x) by eps times x f'(x), which for x much
    larger than the step is most of it; a pair of samples does without, as their true places are known. Where no bound
    is known, this stands for all that the function does to its argument, too, with one rounding of the value.
    """
    rows = problem.rows
    estimate = UNIT * largest + UNIT * ratio * spread
    bound = rows.larger(problem.noise, UNIT * largest) + UNIT * spread * (1.0 if pair else ratio)
    return rows.where(problem.noise >= 0.0, bound, estimate)

"""Central (or one-sided) differences at steps that shrink, extrapolated to zero, and the search for good steps.

Ridders' scheme (C. J. F. Ridders, Advances in Engineering Software 4 (1982), 75-76): the quotients of a few
steps, a *window*, are extrapolated to step zero by Richardson's method, and the entry of the tableau with the
smallest estimated error is taken. Where a window does not settle, the next one is smaller (truncation dominates,
or samples lie on another branch) or larger (rounding does), and where both happened it lies between.

Steps are relative to each variable's magnitude, so that variables of any scale can stand beside each other. A
row's search depends on that row alone.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from gradcli.backends.finite_difference.differences import Plan, Problem, Sample, sample
from gradcli.rows import Arithmetic, Row

SETTLED = 1e-10
"""Relative error at which the search ends."""

GOOD = 1e-6
"""Relative error up to which a number is fine."""

FIRST = -2
"""The largest step of the first window, as a power of two relative to the variable."""

# The steps of a window: a ratio of about 2, but no simple one, as a fast oscillation or jumps at every thousandth,
# seen at steps that have a common part, look slow. Not many bits, so that x + h is exact.
_LEVELS = (1.0, 34819 / 65536, 19463 / 65536, 10753 / 65536, 5639 / 65536, 3079 / 65536)
_JUMP = 8  # to the next window, in powers of two; doubles with each move
_SMALLEST = -36  # smallest first exponent of a window: below, x + h has no digits of h left
_LARGEST = 200
_MAX_WINDOWS = 8


def smallest_step(exponent: int) -> float:
    """The smallest step of a window, relative to the variable; that of the smallest window at most."""
    return 2.0 ** min(max(exponent, _SMALLEST), 0) * _LEVELS[-1]


def unseen(problem: Problem, plan: Plan, exponent: int = _SMALLEST) -> float:
    """A bound of what a window's samples do not show of a partial; of higher orders nothing is known, then."""
    if problem.unseen is None:
        return 0.0
    slope = min(problem.unseen(name, exponent) for name, _ in plan.variables)
    return math.inf if slope and sum(count for _, count in plan.variables) > 1 else slope


class Estimate(NamedTuple):
    """A derivative and how far it can be trusted.

    Attributes:
        value, error: the estimate and a bound of its error; nan and inf where there is none.
        noise: the part of the error that is rounding.
        secant: the steepest change seen.
        bend: by how much the slopes to the right and to the left differ at the smallest step.
        kink: the same where it does not shrink with the step, else 0.
        defined: whether the function was defined at the smallest step's samples.
        crossed: whether some sample was on another branch than the point.
    """

    value: Row
    error: Row
    noise: Row
    secant: Row
    bend: Row
    kink: Row
    defined: Row
    crossed: Row


def kink(rows: Arithmetic, coarse: Sample, fine: Sample, ratio: float) -> Row:
    """By how much the one-sided slopes still differ, where that does not shrink with the step; else 0.

    Where the function is smooth, the difference shrinks by the ratio of the steps.
    """
    stays = (fine.bend > (1.0 + 1.0 / ratio) / 2.0 * coarse.bend) & (fine.bend > 16.0 * fine.noise)
    return rows.where(stays, fine.bend, 0.0)


def _window(problem: Problem, plan: Plan, exponent: Row) -> tuple[Estimate, list[Sample]]:
    """The best entry of Ridders' tableau for a window, whose exponent is relative to each variable."""
    rows = problem.rows
    scales = [problem.scale_exponent(name) + exponent for name, _ in plan.variables]
    if problem.noise_at is not None and rows.any(exponent > FIRST):  # far from the point, errors may be far larger
        far = {
            name: problem.points[name] + rows.power_of_two(scale)
            for (name, _), scale in zip(plan.variables, scales, strict=True)
        }
        there = rows.where(exponent > FIRST, problem.noise_at({**problem.points, **far}), 0.0)
        problem = problem._replace(noise=rows.larger(there, problem.noise))
    samples = [sample(problem, plan, [factor * rows.power_of_two(scale) for scale in scales]) for factor in _LEVELS]
    value = change = quotient = rows.like(math.nan, problem.value)
    error = noise = rows.like(math.inf, problem.value)
    found = rows.like(len(_LEVELS), problem.value)
    above: list[Row] = []
    noises_above: list[Row] = []
    for level, here in enumerate(samples):
        line, noises = [here.quotient], [here.noise]
        for j, diagonal in enumerate(above):
            shrunk = (_LEVELS[level - 1 - j] / _LEVELS[level]) ** plan.power
            line.append(line[-1] + (line[-1] - diagonal) / (shrunk - 1.0))
            # The roundings of different samples do not know of each other.
            noises.append(rows.hypot(shrunk * noises[-1], noises_above[j]) / (shrunk - 1.0))
        if level:
            before, change = change, abs(line[0] - above[0])
            # Quotients that do not come closer to each other are those of something unresolved: an
            # oscillation, a pole, a kink, rounding. Chance agreement further right in the tableau is none.
            closer = change <= 0.5 * before + 4.0 * here.noise
            for j in range(1, level + 1):
                apart = rows.larger(abs(line[j] - line[j - 1]), abs(line[j] - above[j - 1]))
                bound = apart + noises[j]
                better = closer & (bound < error)
                value = rows.where(better, line[j], value)
                error = rows.where(better, bound, error)
                noise = rows.where(better, noises[j], noise)
                quotient = rows.where(better, here.quotient, quotient)
                found = rows.where(better, level, found)
        above, noises_above = line, noises
    bent = kink(rows, samples[-2], samples[-1], _LEVELS[-2] / _LEVELS[-1])
    error, noise = error + bent + samples[0].blur, noise + samples[0].blur
    for level, here in enumerate(samples):
        stray = rows.where(level > found, _stray(here, value, abs(quotient - value)), 0.0)
        error = rows.larger(stray, error)
    last, crossed, secant = samples[-1], rows.like(False, problem.value), rows.like(0.0, problem.value)
    for here in samples:
        crossed = crossed | rows.negation(here.same)
        secant = rows.larger(rows.where(here.same, here.secant, 0.0), secant)  # no jump is a slope
    hidden = unseen(problem, plan, exponent)
    wave = rows.where(bent > hidden, bent, 0.0)  # a wave that is too fast for these steps bends as a kink does
    return Estimate(value, error + hidden, noise, secant, last.bend, wave, last.defined, crossed), samples


def _stray(sample: Sample, value: Row, distance: Row) -> Row:
    """How far a smaller step's quotient is from an estimate, beyond its rounding; 0 where it is near enough.

    Steps below the one that an estimate comes from give quotients nearer to it, if it is right.
    """
    away = abs(sample.quotient - value) - 4.0 * sample.noise
    return away * (away > distance)


class State(NamedTuple):
    """Where the search for good steps stands, a row each.

    Attributes:
        value, error, noise, secant: the best estimate so far.
        defined: whether the function was defined near the point, at some window's smallest step.
        crossed: whether some sample was on another branch than the point.
        found: the window it comes from, by its exponent.
        distance: from the estimate to the quotient at the smallest step of that window.
        near, near_error: the first window's estimate, whose steps are below the variables' own magnitude.
        kink: the largest difference of one-sided slopes that did not shrink within its window.
        kinked: the smallest window in which there was one.
        exponent: the next window.
        low, high: the largest window in which rounding dominated, the smallest in which truncation did.
        jump: how far to the next window, if it is beyond those tried.
        windows: how many were tried.
        done: whether the search has ended.
    """

    value: Row = math.nan
    error: Row = math.inf
    noise: Row = math.inf
    secant: Row = 0.0
    defined: Row = False
    crossed: Row = False
    found: Row = _LARGEST
    distance: Row = math.inf
    near: Row = math.nan
    near_error: Row = math.nan
    kink: Row = 0.0
    kinked: Row = _LARGEST
    exponent: Row = FIRST
    low: Row = -10_000
    high: Row = 10_000
    jump: Row = _JUMP
    windows: Row = 0
    done: Row = False


def search(problem: Problem, plan: Plan) -> State:
    """The best estimate over windows of steps; each row goes its own way."""
    rows = problem.rows
    state = State(*(rows.like(number, problem.value) for number in State()))
    active = rows.where(rows.isfinite(problem.value), True, False)
    while rows.any(active):
        chosen = State(*(rows.select(field, active) for field in state))
        moved = _move(problem.select(active), plan, chosen)
        state = State(*(rows.merge(active, new, old) for new, old in zip(moved, state, strict=True)))
        active = rows.where(state.done, False, active)
    return state


def _move(problem: Problem, plan: Plan, state: State) -> State:
    """Tries one window and says which is the next."""
    rows, here = problem.rows, state.exponent
    new, samples = _window(problem, plan, here)
    smaller = here < state.found
    # Smaller steps see what larger ones step over, not the other way round.
    old_error = state.error
    for each in samples:
        stray = rows.where(smaller, _stray(each, state.value, state.distance), 0.0)
        old_error = rows.larger(stray, old_error)
    # A kink that was seen is gone only where the slopes on the two sides agree at smaller steps.
    new_error = new.error + rows.where((new.bend > 0.25 * state.kink) | (here > state.kinked), state.kink, 0.0)
    agree = rows.negation(abs(new.value - state.value) > new_error + old_error)
    # A larger window in which nothing changes beyond rounding may step over all that there is.
    larger = agree & ((new.secant > 0.0) | (state.windows == 0))
    take = (new_error < old_error) & (smaller | larger)
    value, error = rows.where(take, new.value, state.value), rows.where(take, new_error, old_error)
    noise, found = rows.where(take, new.noise, state.noise), rows.where(take, here, state.found)
    distance = rows.where(take, abs(samples[-1].quotient - new.value), state.distance)
    rounding = rows.isfinite(new.error) & (new.error <= 8.0 * new.noise)
    low = rows.where(rounding & (here > state.low), here, state.low)
    high = rows.where(rows.negation(rounding) & (here < state.high), here, state.high)
    beyond = rows.where(rounding, here + state.jump, here - state.jump)
    between = (low > -10_000) & (high < 10_000)
    target = rows.where(between, (low + high) // 2, beyond)
    smallest = rows.where(_at_zero(problem, plan), -_LARGEST, _SMALLEST)
    target = rows.where(target < smallest, smallest, rows.where(target > _LARGEST, _LARGEST, target))
    first, windows = state.windows == 0, state.windows + 1
    settled = error <= SETTLED * abs(value)
    enough = (error <= GOOD * abs(value)) & rows.negation(take)
    exhausted = (windows >= _MAX_WINDOWS) | (abs(target - here) < 2) | (between & (high - low < 4))
    return State(
        value, error, noise, rows.larger(state.secant, new.secant), state.defined | new.defined,
        state.crossed | new.crossed, found, distance, rows.where(first, new.value, state.near),
        rows.where(first, new_error, state.near_error), rows.larger(new.kink, state.kink),
        rows.where((new.kink > 0.0) & (here < state.kinked), here, state.kinked), target, low, high,
        state.jump * 2, windows, settled | enough | exhausted,
    )  # fmt: skip


def _at_zero(problem: Problem, plan: Plan) -> Row:
    """Where all variables of a plan are 0, so that no step is too small to be seen beside them."""
    result: Row = problem.rows.like(True, problem.value)
    for name, _ in plan.variables:
        result = result & (problem.points[name] == 0.0)
    return result

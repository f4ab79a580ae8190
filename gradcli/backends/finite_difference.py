"""Finite differences: partial derivatives from samples of the function alone.

The scheme `complex` takes Im f(x + ih)/h (W. Squire and G. Trapp, SIAM Review 40 (1998), 110-112), which does
not cancel; two steps that are 2^40 apart must agree. `central` samples on both sides, with steps that shrink,
extrapolates them to zero (Richardson; C. J. F. Ridders, Advances in Engineering Software 4 (1982),
75-76) and takes the entry of the tableau with the smallest estimated error. Five such steps are a *window*.
Where a window does not settle, the next one is smaller (truncation dominates) or larger (rounding does), and
where both happened it lies between. `auto`, the default, is `complex` where every operation allows it and the
two steps agree, else `central`. `forward` and `backward`, and every scheme with a given step or accuracy, are
the textbook stencil at one step, compared with half of that step.

The steps are relative to each variable's magnitude (a given step is absolute), so that variables of any scale
can stand beside each other. One algorithm serves one point (Python floats, no NumPy) and blocks
of points (arrays): it is written over `_Arithmetic`. A row's search depends on that row alone.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cache
from itertools import product
from typing import TYPE_CHECKING, Any, NamedTuple

from gradcli.backends import Capabilities, Options, Points
from gradcli.backends.formulas import MAX_BOUNDED
from gradcli.errors import UsageError
from gradcli.evaluate.floats import Evaluator, supports
from gradcli.evaluate.running_error import error_bounds
from gradcli.naming import Partial, suggestion
from gradcli.program import LEAVES, Program, Ref
from gradcli.results import Status, Values
from gradcli.stencils import stencil

if TYPE_CHECKING:
    from gradcli.evaluate.certain import Certain, Point

SCHEMES = ("auto", "complex", "central", "forward", "backward")
MAX_ORDER = 4
MAX_ACCURACY = 8

Row = Any
"""A number a row: a float at one point, a float64 array in a block (or bool, or int)."""

_EPS = 2.0**-53
# The steps of a window: a ratio of about 4, but not of 4, as jumps at every thousandth, say, seen with steps
# of a constant ratio give quotients that agree with each other. Few bits, so that x + h is exact.
_LEVELS = (1.0, 17 / 64, 15 / 256, 19 / 1024, 13 / 4096)
_FIRST = -3  # the largest step of the first window, as a power of two relative to the variable
_JUMP = 10  # to the next window, in powers of two; doubles with each move
_SMALLEST = -36  # smallest first exponent of a window: below, x + h has no digits of h left
_LARGEST = 200
_MAX_WINDOWS = 8
_SETTLED = 1e-10  # relative error at which the search ends
_GOOD = 1e-6  # relative error up to which a number is fine
_USABLE = 1e-3  # relative error up to which a number is one at all
_NOTHING = 1e-9  # relative to the steepest secant, the error up to which a slope of about 0 is fine
_COMPLEX_STEPS = (-100, -60)
_UNDERFLOW = 2.2250738585072014e-308  # an error below the normal numbers hides nothing
_CANCELLED = 32.0  # roundings of the value from which on its error is not that of a last step alone


class Settings(NamedTuple):
    """The options, read.

    Attributes:
        scheme: one of `SCHEMES`.
        step: the absolute step, if it is given.
        accuracy: of the stencil, if it is given.
    """

    scheme: str = "auto"
    step: float | None = None
    accuracy: int | None = None

    @property
    def adaptive(self) -> bool:
        """Whether steps are searched for."""
        return self.scheme in ("auto", "complex", "central") and self.step is None and self.accuracy is None


def read_options(options: Options) -> Settings:
    """The options' texts as settings; what is missing or None is the default.

    Raises:
        UsageError: an unknown scheme, a step that is not above 0, an accuracy that the scheme lacks.
    """
    scheme = options.get("scheme") or "auto"
    if scheme not in SCHEMES:
        raise UsageError(
            f"there is no scheme '{scheme}'",
            hint=suggestion(str(scheme), SCHEMES) or f"there are: {', '.join(SCHEMES)}",
        )
    step = _read_step(options.get("step"))
    accuracy = _read_accuracy(options.get("accuracy"), scheme)
    if scheme == "complex" and accuracy is not None:
        raise UsageError("a complex step has no accuracy to choose", hint="use --scheme central")
    return Settings(scheme, step, accuracy)


def _read_step(text: Any) -> float | None:
    if text is None:
        return None
    try:
        step = float(text)
    except (TypeError, ValueError):
        step = math.nan
    if not 0.0 < step < math.inf:
        raise UsageError(f"a step is a number above 0, not '{text}'", hint="for example --step 1e-6")
    return step


def _read_accuracy(text: Any, scheme: str) -> int | None:
    if text is None:
        return None
    one_sided = scheme in ("forward", "backward")
    try:
        accuracy = int(str(text))
    except ValueError:
        accuracy = 0
    if not 1 <= accuracy <= MAX_ACCURACY or (accuracy % 2 and not one_sided):
        allowed = "1 to 8" if one_sided else "2, 4, 6 or 8"
        raise UsageError(
            f"the accuracy of a {'one-sided' if one_sided else 'central'} stencil is {allowed}, not '{text}'"
        )
    return accuracy


# --- arithmetic on rows ---------------------------------------------------------------------------------


class _Arithmetic:
    """What the algorithm needs beyond Python's operators, for one row of Python numbers."""

    isfinite: Callable[[Row], Row] = staticmethod(math.isfinite)
    ldexp: Callable[[float, Row], Row] = staticmethod(math.ldexp)
    frexp: Callable[[Row], tuple[Row, Row]] = staticmethod(math.frexp)

    @staticmethod
    def where(condition: Row, a: Row, b: Row) -> Row:
        return a if condition else b

    @staticmethod
    def any(condition: Row) -> bool:
        return bool(condition)

    def larger(self, a: Row, b: Row) -> Row:
        """The larger number; b where one is nan."""
        return self.where(a > b, a, b)

    def like(self, number: Any, row: Row) -> Row:
        """The same number in every row."""
        return number

    def select(self, row: Row, condition: Row) -> Row:
        """The rows in which a condition holds."""
        return row

    def merge(self, condition: Row, chosen: Row, row: Row) -> Row:
        """The rows, with those in which a condition holds replaced in order."""
        return chosen


@cache
def _array_arithmetic() -> _Arithmetic:
    import numpy as np

    class Arrays(_Arithmetic):
        isfinite = staticmethod(np.isfinite)
        ldexp = staticmethod(np.ldexp)
        frexp = staticmethod(np.frexp)

        @staticmethod
        def where(condition: Row, a: Row, b: Row) -> Row:
            return np.where(condition, a, b)

        @staticmethod
        def any(condition: Row) -> bool:
            return bool(np.any(condition))

        def like(self, number: Any, row: Row) -> Row:
            return np.full(np.shape(row), number)

        def select(self, row: Row, condition: Row) -> Row:
            return row[condition] if isinstance(row, np.ndarray) and row.ndim else row

        def merge(self, condition: Row, chosen: Row, row: Row) -> Row:
            merged = row.copy()
            merged[condition] = chosen
            return merged

    return Arrays()


# --- samples --------------------------------------------------------------------------------------------


class _Plan(NamedTuple):
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


def _make_plan(by: Sequence[str], scheme: str, accuracy: int) -> _Plan:
    variables = tuple((name, by.count(name)) for name in dict.fromkeys(by))
    stencils = [stencil(scheme, count, accuracy) for _, count in variables]
    nodes = []
    for combination in product(*(list(zip(s.offsets, s.weights, strict=True)) for s in stencils)):
        weight = math.prod(w for _, w in combination)
        if weight:
            nodes.append((tuple(int(offset) for offset, _ in combination), float(weight)))
    return _Plan(
        variables,
        tuple((int(min(s.offsets)), int(max(s.offsets))) for s in stencils),
        tuple(nodes),
        sum(abs(weight) for _, weight in nodes),
        accuracy,
        scheme == "central" and len(by) == 1,
    )


class _Problem(NamedTuple):
    """One component at some points: what the search for a partial works on.

    Attributes:
        function: from points to the component's values.
        points: a number or rows for each variable; rows for those differentiated by.
        value: the component there.
        floor: a bound of the value's rounding error, where that is known to be large, else 0.
    """

    rows: _Arithmetic
    function: Callable[[Points], Row]
    points: Points
    value: Row
    floor: float = 0.0

    def select(self, condition: Row) -> _Problem:
        """The same problem at the rows in which a condition holds."""
        points = {name: self.rows.select(column, condition) for name, column in self.points.items()}
        return self._replace(points=points, value=self.rows.select(self.value, condition))

    def scale_exponent(self, variable: str) -> Row:
        """The power of two just below a variable's magnitude; 0 where the variable is 0."""
        x = self.points[variable]
        return self.rows.where(x == 0.0, 0, self.rows.frexp(x)[1] - 1)


class _Sample(NamedTuple):
    """A difference quotient at one step.

    Attributes:
        quotient: nan where the function is undefined at one of the samples.
        noise: an estimate of the quotient's rounding error.
        bend: by how much the slopes to the right and to the left differ (0 if one-sided).
        secant: the steepest change seen, per step (0 where it may be rounding).
    """

    quotient: Row
    noise: Row
    bend: Row
    secant: Row


def _sample(problem: _Problem, plan: _Plan, steps: Sequence[Row]) -> _Sample:
    """The difference quotient for a step by each variable.

    The noise counts one rounding of the function's value and one of the point: f(x(1 + eps)) differs from
    f(x) by eps times x f'(x), which for x much larger than the step is most of it. Cancellation inside the
    function is known from the bound of its value's error only.
    """
    rows, f0 = problem.rows, problem.value
    values: dict[tuple[int, ...], Row] = {}
    total: Row = 0.0
    largest, spread = abs(f0), abs(f0 * 0.0)
    for offsets, weight in plan.nodes:
        f = f0
        if any(offsets):
            moved = {
                name: problem.points[name] + offset * step
                for (name, _), offset, step in zip(plan.variables, offsets, steps, strict=True)
            }
            f = problem.function({**problem.points, **moved})
        values[offsets] = f
        total = total + weight * f
        largest = rows.larger(abs(f), largest)
        spread = rows.larger(abs(f - f0), spread)
    ratio = abs(f0 * 0.0)
    widths = []
    for (name, count), (low, high), step in zip(plan.variables, plan.reach, steps, strict=True):
        x = problem.points[name]
        # What was added to x is a little different from the step: x + h is rounded.
        width = ((x + high * step) - (x + low * step)) / (high - low)
        width = rows.where(width > 0.0, width, math.nan)
        widths += [width] * count
        ratio = rows.larger(abs(x) / width, ratio)
    noise = _EPS * largest + _EPS * ratio * spread
    noise = rows.larger(noise, problem.floor)
    secant = rows.where(spread > 16.0 * noise, spread, 0.0)
    noise = plan.mass * noise
    for width in widths:
        total, noise, secant = total / width, noise / width, secant / width
    bend = abs(f0 * 0.0)
    if plan.two_sided:
        bend = abs((values[(1,)] - f0) - (f0 - values[(-1,)])) / widths[0]
    return _Sample(rows.where(rows.isfinite(total), total, math.nan), noise, bend, secant)


# --- estimates ------------------------------------------------------------------------------------------


class _Estimate(NamedTuple):
    """A derivative and how far it can be trusted.

    Attributes:
        value, error: the estimate and a bound of its error; nan and inf where there is none.
        noise: the part of the error that is rounding.
        secant: the steepest change seen.
        bend: by how much the slopes to the right and to the left differ at the smallest step.
        kink: the same where it does not shrink with the step, else 0.
        defined: whether the function was defined at the smallest step's samples.
    """

    value: Row
    error: Row
    noise: Row
    secant: Row
    bend: Row
    kink: Row
    defined: Row


def _kink(rows: _Arithmetic, coarse: _Sample, fine: _Sample, ratio: float) -> Row:
    """By how much the one-sided slopes still differ, where that does not shrink with the step; else 0.

    Where the function is smooth, the difference shrinks by the ratio of the steps.
    """
    stays = (fine.bend > (1.0 + 1.0 / ratio) / 2.0 * coarse.bend) & (fine.bend > 16.0 * fine.noise)
    return rows.where(stays, fine.bend, 0.0)


def _window(problem: _Problem, plan: _Plan, exponent: Row) -> tuple[_Estimate, list[_Sample]]:
    """The best entry of Ridders' tableau for a window, whose exponent is relative to each variable."""
    rows = problem.rows
    scales = [problem.scale_exponent(name) + exponent for name, _ in plan.variables]
    samples = [_sample(problem, plan, [factor * _power_of_two(rows, scale) for scale in scales]) for factor in _LEVELS]
    value = change = quotient = rows.like(math.nan, problem.value)
    error = noise = rows.like(math.inf, problem.value)
    found = rows.like(len(_LEVELS), problem.value)
    above: list[Row] = []
    for level, sample in enumerate(samples):
        line = [sample.quotient]
        for j, diagonal in enumerate(above):
            shrunk = (_LEVELS[level - 1 - j] / _LEVELS[level]) ** plan.power
            line.append(line[-1] + (line[-1] - diagonal) / (shrunk - 1.0))
        if level:
            before, change = change, abs(line[0] - above[0])
            # Quotients that do not come closer to each other are those of something unresolved: an
            # oscillation, a pole, a kink, rounding. Chance agreement further right in the tableau is none.
            closer = change <= 0.5 * before + 4.0 * sample.noise
            for j in range(1, level + 1):
                apart = rows.larger(abs(line[j] - line[j - 1]), abs(line[j] - above[j - 1]))
                bound = apart + 2.0 * sample.noise
                better = closer & (bound < error)
                value = rows.where(better, line[j], value)
                error = rows.where(better, bound, error)
                noise = rows.where(better, sample.noise, noise)
                quotient = rows.where(better, sample.quotient, quotient)
                found = rows.where(better, level, found)
        above = line
    kink = _kink(rows, samples[-2], samples[-1], _LEVELS[-2] / _LEVELS[-1])
    error = error + kink
    for level, sample in enumerate(samples):
        stray = rows.where(level > found, _stray(sample, value, abs(quotient - value)), 0.0)
        error = rows.larger(stray, error)
    defined = rows.isfinite(samples[-1].quotient)
    return _Estimate(value, error, noise, samples[0].secant, samples[-1].bend, kink, defined), samples


def _stray(sample: _Sample, value: Row, distance: Row) -> Row:
    """How far a smaller step's quotient is from an estimate, beyond its rounding; 0 where it is near enough.

    Steps below the one that an estimate comes from give quotients nearer to it, if it is right.
    """
    away = abs(sample.quotient - value) - 4.0 * sample.noise
    return away * (away > distance)


def _power_of_two(rows: _Arithmetic, exponent: Row) -> Row:
    exponent = rows.where(exponent < -1070, -1070, rows.where(exponent > 1020, 1020, exponent))
    return rows.ldexp(1.0, exponent)


class _State(NamedTuple):
    """Where the search for good steps stands, a row each.

    Attributes:
        value, error, noise, secant: the best estimate so far.
        defined: whether the function was defined near the point, at some window's smallest step.
        found: the window it comes from, by its exponent.
        distance: from the estimate to the quotient at the smallest step of that window.
        kink: the largest difference of one-sided slopes that did not shrink within its window.
        exponent: the next window.
        low, high: the largest window in which rounding dominated, the smallest in which truncation did.
        jump: how far to the next window, if it is beyond those tried.
        windows: how many were tried.
        done: whether the search has ended.
    """

    value: Row
    error: Row
    noise: Row
    secant: Row
    defined: Row
    found: Row
    distance: Row
    kink: Row
    exponent: Row
    low: Row
    high: Row
    jump: Row
    windows: Row
    done: Row


def _search(problem: _Problem, plan: _Plan) -> _State:
    """The best estimate over windows of steps; each row goes its own way."""
    rows = problem.rows
    start = (
        math.nan,
        math.inf,
        math.inf,
        0.0,
        False,
        _LARGEST,
        math.inf,
        0.0,
        _FIRST,
        -10_000,
        10_000,
        _JUMP,
        0,
        False,
    )
    state = _State(*(rows.like(number, problem.value) for number in start))
    active = rows.where(rows.isfinite(problem.value), True, False)
    while rows.any(active):
        chosen = _State(*(rows.select(field, active) for field in state))
        moved = _move(problem.select(active), plan, chosen)
        state = _State(*(rows.merge(active, new, old) for new, old in zip(moved, state, strict=True)))
        active = rows.where(state.done, False, active)
    return state


def _move(problem: _Problem, plan: _Plan, state: _State) -> _State:
    """Tries one window and says which is the next."""
    rows, here = problem.rows, state.exponent
    new, samples = _window(problem, plan, here)
    smaller = here < state.found
    # Smaller steps see what larger ones step over, not the other way round.
    old_error = state.error
    for sample in samples:
        stray = rows.where(smaller, _stray(sample, state.value, state.distance), 0.0)
        old_error = rows.larger(stray, old_error)
    # A kink that was seen is gone only where the slopes on the two sides are seen to agree.
    new_error = new.error + rows.where(new.bend > 0.25 * state.kink, state.kink, 0.0)
    agree = _not(rows, abs(new.value - state.value) > new_error + old_error)
    take = (new_error < old_error) & (smaller | agree)
    value, error = rows.where(take, new.value, state.value), rows.where(take, new_error, old_error)
    noise, found = rows.where(take, new.noise, state.noise), rows.where(take, here, state.found)
    distance = rows.where(take, abs(samples[-1].quotient - new.value), state.distance)
    rounding = rows.isfinite(new.error) & (new.error <= 8.0 * new.noise)
    low = rows.where(rounding & (here > state.low), here, state.low)
    high = rows.where(_not(rows, rounding) & (here < state.high), here, state.high)
    beyond = rows.where(rounding, here + state.jump, here - state.jump)
    between = (low > -10_000) & (high < 10_000)
    target = rows.where(between, (low + high) // 2, beyond)
    smallest = rows.where(_at_zero(problem, plan), -_LARGEST, _SMALLEST)
    target = rows.where(target < smallest, smallest, rows.where(target > _LARGEST, _LARGEST, target))
    windows = state.windows + 1
    settled = error <= _SETTLED * abs(value)
    enough = (error <= _GOOD * abs(value)) & _not(rows, take)
    exhausted = (windows >= _MAX_WINDOWS) | (abs(target - here) < 2) | (between & (high - low < 4))
    return _State(
        value, error, noise, rows.larger(state.secant, new.secant), state.defined | new.defined, found,
        distance, rows.larger(new.kink, state.kink), target, low, high, state.jump * 2, windows,
        settled | enough | exhausted,
    )  # fmt: skip


def _not(rows: _Arithmetic, condition: Row) -> Row:
    return rows.where(condition, False, True)


def _at_zero(problem: _Problem, plan: _Plan) -> Row:
    """Where all variables of a plan are 0, so that no step is too small to be seen beside them."""
    result: Row = problem.rows.like(True, problem.value)
    for name, _ in plan.variables:
        result = result & (problem.points[name] == 0.0)
    return result


def _one_step(problem: _Problem, plan: _Plan, step: float | None) -> _Estimate:
    """A stencil at one step (one that balances both errors if none is given), compared with half of it."""
    rows = problem.rows
    order = sum(count for _, count in plan.variables)
    below = -round(52 / (order + plan.power))
    steps = [
        _power_of_two(rows, problem.scale_exponent(name) + below) if step is None else rows.like(step, problem.value)
        for name, _ in plan.variables
    ]
    # The bound of the value's error is meant for the search, which can do something about it.
    problem = problem._replace(floor=0.0)
    coarse = _sample(problem, plan, steps)
    fine = _sample(problem, plan, [0.5 * step for step in steps])
    shrinks = 2.0**plan.power
    kink = _kink(rows, coarse, fine, 2.0)
    error = 1.5 * shrinks / (shrinks - 1.0) * abs(coarse.quotient - fine.quotient) + 2.0 * coarse.noise + kink
    error = rows.where(rows.isfinite(error), error, math.inf)
    defined = rows.isfinite(fine.quotient)
    return _Estimate(coarse.quotient, error, coarse.noise, coarse.secant, fine.bend, kink, defined)


# --- answers --------------------------------------------------------------------------------------------


class _Answer(NamedTuple):
    """A partial, row by row: its numbers, their error bounds (or None), their status codes."""

    value: Row
    error: Row | None
    status: Row


def _judged(problem: _Problem, estimate: _Estimate | _State, usable: float = _USABLE) -> _Answer:
    """What an estimate is worth: a number, an imprecise one, or none.

    Args:
        problem: what was estimated.
        estimate: by a search or at one step.
        usable: the relative error up to which it is a number.
    """
    rows = problem.rows
    value, error, noise, secant = estimate.value, estimate.error, estimate.noise, estimate.secant
    size = abs(value)
    rounding = rows.isfinite(error) & (error <= 16.0 * noise)
    # What is zero to within rounding, or beside the slopes seen on the way to it, has no relative precision.
    hidden = (secant == 0.0) & (problem.floor > 0.0)  # nothing was seen but rounding
    constant = (secant == 0.0) & (isinstance(estimate, _State) | (value == 0.0))
    small = (error <= _NOTHING * secant) | (rounding & constant)
    zero = (size <= 4.0 * error) & small
    status = rows.where(rounding | (error <= usable * size), int(Status.IMPRECISE), int(Status.NOT_CONVERGED))
    status = rows.where((error <= _GOOD * size) | zero, int(Status.FINE), status)
    status = rows.where(rows.isfinite(error) & _not(rows, hidden), status, int(Status.NOT_CONVERGED))
    unknown = _not(rows, rows.isfinite(error)) & _not(rows, estimate.defined)
    # No digit of such a number means anything, and 0 reads as what it is.
    value = rows.where(zero & (size <= error), 0.0, value)
    return _Answer(value, error, rows.where(unknown, int(Status.UNRESOLVED), status))


def _replaced(rows: _Arithmetic, condition: Row, new: _Answer, old: _Answer) -> _Answer:
    """The answer, with the rows in which a condition holds taken in order from another."""
    old_error = rows.like(math.nan, old.value) if old.error is None else old.error
    return _Answer(
        rows.merge(condition, new.value, old.value),
        rows.merge(condition, new.error, old_error),
        rows.merge(condition, new.status, old.status),
    )


def _searched(problem: _Problem, by: tuple[str, ...]) -> _Answer:
    """Central differences; one-sided ones where the function is undefined on a side at every small step."""
    rows = problem.rows
    state = _search(problem, _make_plan(by, "central", 2))
    answer = _judged(problem, state)
    for scheme in ("forward", "backward") if len(by) == 1 else ():
        edge = rows.isfinite(problem.value) & _not(rows, state.defined) & (answer.status == int(Status.UNRESOLVED))
        if rows.any(edge):
            there = problem.select(edge)
            one_sided = _judged(there, _search(there, _make_plan(by, scheme, 1)))
            status = rows.where(one_sided.status == int(Status.FINE), int(Status.ONE_SIDED), one_sided.status)
            answer = _replaced(rows, edge, one_sided._replace(status=status), answer)
    return answer


def _complex_step(problem: _Problem, variable: str, step: float | None) -> _Answer:
    """Im f(x + ih)/h at two steps, which must agree; `problem.function` takes complex numbers.

    A third guard is the real part: where it is not the value (a function that is computed less accurately on
    complex numbers), neither is the imaginary part the slope.
    """
    rows, x = problem.rows, problem.points[variable]
    quotients, sizes = [], []
    close: Row = True
    for k, exponent in enumerate(_COMPLEX_STEPS):
        h = _power_of_two(rows, problem.scale_exponent(variable) + exponent)
        if step is not None:
            h = rows.like(step / 2.0**k, x)
        f = problem.function({**problem.points, variable: x + 1j * h})
        finite = rows.isfinite(f.real) & rows.isfinite(f.imag)
        quotients.append(rows.where(finite, f.imag / h + 0.0, math.nan))
        sizes.append(abs(f.imag))
        close = close & (abs(f.real - problem.value) <= 1e-11 * abs(problem.value))
    value, other = quotients
    apart = abs(value - other)
    # A quotient that falls with the square of the step, as that of x^3 at 0 does, goes to zero.
    vanishing = (value != 0.0) & (
        abs(value) <= 1.01 * 2.0 ** (2 * (_COMPLEX_STEPS[0] - _COMPLEX_STEPS[1])) * abs(other)
    )
    status = rows.where(apart <= _USABLE * abs(value), int(Status.IMPRECISE), int(Status.NOT_CONVERGED))
    if step is None:
        # The smaller step's truncation is 2^-80 times the difference, unless that comes from underflow.
        near = (apart <= 1e-9 * abs(value)) | ((apart <= _USABLE * abs(value)) & (sizes[0] > 1e-290))
        fine = (near & close) | vanishing
        value = rows.where(vanishing, 0.0, value)
    else:
        fine = (apart <= _GOOD * abs(value)) & close
    status = rows.where(fine, int(Status.FINE), status)
    return _Answer(value, None, rows.where(rows.isfinite(apart), status, int(Status.UNRESOLVED)))


# --- the backend ----------------------------------------------------------------------------------------


class _Component:
    """One output of a program as a function of points, of floats or of arrays, real or complex."""

    def __init__(self, program: Program, ref: Ref) -> None:
        self.program = program
        self.ref = ref
        self.variables = program.depends_on(ref)
        self.complex = supports(program.equations, program.live((ref,)), "complex")
        self._floats = cache(lambda column: Evaluator(program, (ref,), column))

    @cache  # noqa: B019 - a component lives as long as what is prepared
    def _arrays(self, dtype: type) -> Any:
        from gradcli.evaluate.arrays import ArrayEvaluator

        return ArrayEvaluator(self.program, (self.ref,), dtype)

    def at_point(self, points: Points) -> float:
        """The value at a point of floats."""
        return float(self._floats("python").evaluate(points)[self.ref])

    def value(self, points: Points) -> tuple[float, float]:
        """The value at a point of floats, and a bound of its rounding error where digits have cancelled, else 0."""
        evaluator = self._floats("python")
        values = evaluator.evaluate(points)
        value = float(values[self.ref])
        if len(evaluator.order) > MAX_BOUNDED:
            return value, 0.0
        bound = error_bounds(self.program, evaluator.order, values).errors[self.ref]
        return value, bound if max(_CANCELLED * _EPS * abs(value), _UNDERFLOW) < bound < math.inf else 0.0

    def at_complex_point(self, points: Points) -> complex:
        """The value at a point of which some are complex."""
        return complex(self._floats("complex").evaluate(points)[self.ref])

    def at_rows(self, points: Points) -> Row:
        """The values at a block."""
        return self._arrays(float).evaluate(points)[0]

    def at_complex_rows(self, points: Points) -> Row:
        """The values at a block of which some columns are complex."""
        return self._arrays(complex).evaluate(points)[0]


class FiniteDifferences:
    """Finite differences, prepared for a program and a set of partials (see `Prepared`)."""

    def __init__(self, program: Program, partials: Sequence[Partial], settings: Settings) -> None:
        self.program = program
        self.partials = tuple(partials)
        self.settings = settings
        names = dict.fromkeys(partial.output for partial in self.partials)
        self._components = {name: _Component(program, program.output(name)) for name in names}
        for partial in self.partials:
            self._check(partial)

    def _check(self, partial: Partial) -> None:
        if partial.order > MAX_ORDER:
            raise UsageError(
                f"finite differences go to order {MAX_ORDER}, {partial.name} has order {partial.order}",
                hint="use --backend autodiff or symbolic",
            )
        if self.settings.scheme != "complex" or not partial.by:
            return
        if partial.order > 1:
            raise UsageError(
                f"a complex step gives first partials only, not {partial.name}", hint="use --scheme central"
            )
        component = self._components[partial.output]
        if not component.complex:
            raise _no_complex_step(self.program, component.ref)

    def certain(self, point: Point, digits: int) -> list[Certain]:
        """See `Prepared.certain`."""
        from gradcli.backends.quotients import certain_quotients

        return certain_quotients(self.program, self.partials, point, digits)

    def evaluate(self, points: Points) -> Values:
        """The partials at one point of floats (without NumPy) or at a block of arrays."""
        block = any(getattr(column, "ndim", 0) for column in points.values())
        if not block:
            return self._evaluate(_Arithmetic(), {name: float(x) for name, x in points.items()})
        import numpy as np

        count = next(len(column) for column in points.values() if getattr(column, "ndim", 0))
        columns = {name: np.array(np.broadcast_to(np.asarray(x, float), count)) for name, x in points.items()}
        with np.errstate(all="ignore"):
            return self._evaluate(_array_arithmetic(), columns)

    def _evaluate(self, rows: _Arithmetic, points: Points) -> Values:
        block = type(rows) is not _Arithmetic
        answers: dict[str, _Answer] = {}
        for name, component in self._components.items():
            real, complex_ = (
                (component.at_rows, component.at_complex_rows)
                if block
                else (component.at_point, component.at_complex_point)
            )
            value, floor = (real(points), 0.0) if block else component.value(points)
            problem = _Problem(rows, real, points, value, floor)
            bad = rows.where(value != value, int(Status.UNDEFINED), int(Status.UNRESOLVED))
            bad = rows.where(rows.isfinite(value), int(Status.FINE), bad)
            for partial in self.partials:
                if partial.output != name or partial.name in answers:
                    continue
                answer = _Answer(value, None, bad)
                if partial.by:
                    answer = self._partial(problem, complex_, component, partial)
                    answer = answer._replace(status=rows.where(rows.isfinite(value), answer.status, bad))
                answers[partial.name] = answer
        return _values(rows, self.program, self.partials, answers, block)

    def _partial(
        self,
        problem: _Problem,
        complex_function: Callable[[Points], Row],
        component: _Component,
        partial: Partial,
    ) -> _Answer:
        rows, (scheme, step, accuracy) = problem.rows, self.settings
        if not component.variables.issuperset(partial.by):
            zero = rows.like(0.0, problem.value)
            return _Answer(zero, zero, rows.like(int(Status.FINE), problem.value))
        if not self.settings.adaptive and scheme != "complex":
            order = accuracy or (1 if scheme in ("forward", "backward") else 2)
            plan = _make_plan(partial.by, "central" if scheme == "auto" else scheme, order)
            return _judged(problem, _one_step(problem, plan, step), _USABLE if step is None else 1.0)
        if scheme == "central" or partial.order > 1 or not component.complex:
            return _searched(problem, partial.by)
        answer = _complex_step(problem._replace(function=complex_function), partial.by[0], step)
        fine = answer.status == int(Status.FINE)
        again = _not(rows, fine & (problem.floor <= _SETTLED * abs(problem.value))) & rows.isfinite(problem.value)
        if scheme == "complex" or not rows.any(again):
            return answer
        other = _searched(problem.select(again), partial.by)
        # Where the value has lost digits, so may have its slope: the complex step's number stands, with the
        # bound of the central differences that confirm it.
        confirmed = rows.select(fine, again) & (abs(rows.select(answer.value, again) - other.value) <= other.error)
        other = other._replace(value=rows.where(confirmed, rows.select(answer.value, again), other.value))
        return _replaced(rows, again, other, answer)


def _no_complex_step(program: Program, ref: Ref) -> UsageError:
    """The error that names the operation through which a complex step cannot pass."""
    equations = program.equations
    culprit = next(
        k for k in program.live((ref,)) if equations[k][0] not in LEAVES and not supports(equations, (k,), "complex")
    )
    return UsageError(
        f"a complex step cannot pass through '{equations[culprit][0]}'",
        source=program.source,
        span=program.span(culprit),
        hint="use --scheme central, or --backend autodiff",
    )


def _values(
    rows: _Arithmetic,
    program: Program,
    partials: tuple[Partial, ...],
    answers: dict[str, _Answer],
    block: bool,
) -> Values:
    """The answers in the form that a block (arrays) or a point (lists) has.

    In a column with errors, those of complex steps are nan: two equal quotients say nothing of their error.
    """
    columns: dict[str, Any] = {}
    error: dict[str, Any] = {}
    status: dict[str, Any] = {}
    cause: dict[str, Any] = {}
    for name in dict.fromkeys(partial.name for partial in partials):
        answer = answers[name]
        codes = answer.status
        numbered = (codes == int(Status.FINE)) | (codes == int(Status.ONE_SIDED)) | (codes == int(Status.IMPRECISE))
        numbers = rows.where(numbered, answer.value, math.nan)
        columns[name] = numbers if block else [numbers]
        error[name] = answer.error if block or answer.error is None else [answer.error]
        status[name] = cause[name] = None
        if rows.any(codes != int(Status.FINE)):
            status[name] = codes.astype("uint8") if block else [codes]
            unknown = rows.like(-1, codes)
            cause[name] = unknown.astype("int32") if block else [unknown]
    return Values(partials, columns, error, status, cause, program)


class _FiniteDifferenceBackend:
    """The registry's entry (see `Backend`)."""

    name = "finite-difference"
    summary = "samples of the function: complex steps, or extrapolated central differences with error bounds"
    capabilities = Capabilities(
        formulas=False, max_order=MAX_ORDER, tolerance=1e-7, options=("scheme", "step", "accuracy")
    )

    def prepare(self, program: Program, partials: Sequence[Partial], options: Options) -> FiniteDifferences:
        """See `Backend.prepare`.

        Raises:
            UsageError: an option's value makes no sense, an order above 4, an operation without complex step.
        """
        return FiniteDifferences(program, partials, read_options(options))


BACKEND = _FiniteDifferenceBackend()

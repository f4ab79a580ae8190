"""What an estimate is worth: a number, an imprecise one, or none."""

from __future__ import annotations

from typing import NamedTuple

from gradcli.backends.finite_difference.differences import Plan, Problem, make_plan
from gradcli.backends.finite_difference.extrapolation import FIRST, GOOD, Estimate, State, search, unseen
from gradcli.evaluate.running_error import UNIT
from gradcli.results import SMALLEST_NORMAL, Status
from gradcli.rows import Arithmetic, Row

USABLE = 1e-3
"""Relative error up to which a number is one at all."""

_ROUGH = 1e-2
"""The same, where rounding is known to be all of the error."""

_CANCELLED = 32.0  # roundings of the value from which on digits of it are lost
_NOTHING = 1e-9  # relative to the steepest secant, the error up to which a slope of about 0 is one


class Answer(NamedTuple):
    """A partial, row by row: its numbers, their error bounds (nan where there is none), their status codes."""

    value: Row
    error: Row
    status: Row


def judged(problem: Problem, plan: Plan, estimate: Estimate | State, usable: float = USABLE) -> Answer:
    """The answer that an estimate gives.

    Args:
        problem, plan: what was estimated, and how.
        estimate: by a search or at one step.
        usable: the relative error up to which it is a number.
    """
    rows = problem.rows
    value, noise, secant = estimate.value, estimate.noise, estimate.secant
    error = rows.larger(unseen(problem, plan), estimate.error)
    size = abs(value)
    rounding = rows.isfinite(error) & (error <= 16.0 * noise)
    # What is zero to within rounding, or beside the slopes seen on the way to it, has no relative precision.
    flat = (secant == 0.0) & (isinstance(estimate, State) | (value == 0.0))
    # A bound beyond the value itself leaves nothing known.
    tiny = error < SMALLEST_NORMAL
    known = (error <= abs(problem.value)) | tiny
    zero = (size <= 4.0 * error) & ((error <= _NOTHING * secant) | (rounding & flat & known))
    number = (rounding & (error <= _ROUGH * size)) | (error <= usable * size) | zero
    status = rows.where(number, int(Status.IMPRECISE), int(Status.NOT_CONVERGED))
    status = rows.where((error <= GOOD * size) | tiny, int(Status.FINE), status)
    # Where nothing was seen but the rounding of a value whose digits are lost, anything may be below it.
    hidden = flat & (problem.noise > _CANCELLED * UNIT * abs(problem.value)) & (problem.noise > SMALLEST_NORMAL)
    status = rows.where(rows.isfinite(error) & rows.negation(hidden), status, int(Status.NOT_CONVERGED))
    unknown = rows.negation(rows.isfinite(error) | estimate.defined)
    # No digit of such a number means anything, and 0 reads as what it is.
    value, error = rows.where(zero, 0.0, value), rows.where(zero, error + size, error)
    return Answer(value, error, rows.where(unknown, int(Status.UNRESOLVED), status))


def _found(problem: Problem, plan: Plan) -> tuple[Answer, State]:
    """The answer of a search, and where that ended.

    Steps far larger than the variables may step over what the function does beside them, and where rounding hides that
    from the smaller ones, `log(hypot(x, y))` seems to be no more than symmetric. A number without digits is therefore
    bounded by what is known from steps below the variables' own magnitude.
    """
    rows = problem.rows
    state = search(problem, plan)
    answer = judged(problem, plan, state)
    wide = rows.larger(answer.error, abs(answer.value - state.near) + state.near_error)
    doubtful = (answer.status == int(Status.IMPRECISE)) & (state.found > FIRST) & rows.isfinite(wide)
    return answer._replace(error=rows.where(doubtful, wide, answer.error)), state


def replaced(rows: Arithmetic, condition: Row, new: Answer, old: Answer) -> Answer:
    """The answer, with the rows in which a condition holds taken in order from another."""
    return Answer(*(rows.merge(condition, a, b) for a, b in zip(new, old, strict=True)))


def searched(problem: Problem, by: tuple[str, ...]) -> Answer:
    """Central differences; one-sided ones where no small step to both sides stays in the domain and on the branch.

    Beyond the edge of the domain there is no slope: there, one side's is marked as such. Beside a kink the
    slope of the branch is the slope.
    """
    rows = problem.rows
    answer, state = _found(problem, make_plan(by, "central", 2))
    if len(by) > 1:
        return answer
    fine = answer.status == int(Status.FINE)
    edge = rows.isfinite(problem.value) & rows.negation(state.defined | fine)
    beside = rows.isfinite(problem.value) & state.crossed & rows.negation(fine | edge | problem.tied)
    for scheme in ("forward", "backward"):
        for where, status in ((edge, Status.ONE_SIDED), (beside, Status.FINE)):
            where = where & (answer.status != int(status))
            if rows.any(where):
                there = problem.select(where)
                other, _ = _found(there, make_plan(by, scheme, 1))
                old = Answer(*(rows.select(row, where) for row in answer))
                status_there = rows.where(other.status == int(Status.FINE), int(status), other.status)
                if status is Status.ONE_SIDED:  # a 0 beside rounding, which has no digits, says nothing of the edge
                    nothing = (status_there == int(Status.IMPRECISE)) & (other.value == 0.0)
                    status_there = rows.where(nothing, int(Status.UNRESOLVED), status_there)
                other = other._replace(status=status_there)
                better = (other.error < old.error) | (old.status == int(Status.UNRESOLVED))
                kept = Answer(*(rows.where(better, a, b) for a, b in zip(other, old, strict=True)))
                answer = replaced(rows, where, kept, answer)
    return answer

"""Finite differences: partial derivatives from samples of the function alone, each with a bound of its error.

| file | what it is |
|---|---|
| `settings.py` | the options, read |
| `component.py` | the function that is sampled, and how wrong its values may be |
| `branches.py` | the decisions (`x > y`, `floor(x)`) that every sample must share with the point |
| `complex_step.py` | Im f(x + ih)/h, which does not cancel |
| `differences.py` | difference quotients at one step, with their rounding error |
| `extrapolation.py` | quotients at shrinking steps, extrapolated to zero, and the search for good steps |
| `fixed_step.py` | the textbook stencils, compared with half their step |
| `answers.py` | what an estimate is worth |

`auto`, the default, is the complex step where every operation allows it and its error is small, else `central`,
whichever has the smaller bound. `forward` and `backward`, and every scheme with a given step or accuracy, are
stencils at one step. Steps are relative to each variable's magnitude (a given step is absolute), so that variables
of any scale can stand beside each other. No sampling excludes a feature that is narrower than every step; waves that
are too fast for the nearest samples are known from the program, and their slopes are part of the bound.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from gradcli.backends import Capabilities, Options, Points
from gradcli.backends.finite_difference.answers import USABLE, Answer, judged, replaced, searched
from gradcli.backends.finite_difference.complex_step import ComplexSteps
from gradcli.backends.finite_difference.component import Component
from gradcli.backends.finite_difference.differences import Problem, make_plan
from gradcli.backends.finite_difference.extrapolation import SETTLED
from gradcli.backends.finite_difference.fixed_step import one_step
from gradcli.backends.finite_difference.settings import Settings, read_options
from gradcli.errors import UsageError
from gradcli.evaluate.floats import supports
from gradcli.evaluate.running_error import SMALLEST
from gradcli.naming import Partial
from gradcli.program import LEAVES, Program, Ref
from gradcli.results import SMALLEST_NORMAL, Status, Values, at_row
from gradcli.rows import Arithmetic, Column, Row

if TYPE_CHECKING:
    from gradcli.evaluate.certain import Certain, Point

MAX_ORDER = 4


class FiniteDifferences:
    """Finite differences, prepared for a program and a set of partials (see `Prepared`)."""

    def __init__(self, program: Program, partials: Sequence[Partial], settings: Settings) -> None:
        self.program = program
        self.partials = tuple(partials)
        self.settings = settings
        names = dict.fromkeys(partial.output for partial in self.partials)
        self._components = {name: Component(program, program.output(name)) for name in names}
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

    def certain(self, point: Point, digits: int, more: int | None = None) -> list[Certain]:
        """See `Prepared.certain`."""
        from gradcli.backends.quotients import certain_quotients

        return certain_quotients(self.program, self.partials, point, digits, more)

    def evaluate(self, points: Points, bounded: bool = False) -> Values:
        """The partials at one point of floats (without NumPy) or at a block of arrays."""
        if not any(getattr(column, "ndim", 0) for column in points.values()):
            rows, answers = self._answers({name: float(x) for name, x in points.items()}, bounded)
            return _values(rows, self.program, self.partials, answers)
        import numpy as np

        count = next(len(column) for column in points.values() if getattr(column, "ndim", 0))
        columns = {name: np.array(np.broadcast_to(np.asarray(x, float), count)) for name, x in points.items()}
        with np.errstate(all="ignore"):
            rows, answers = self._answers(columns)
            faint = np.logical_or.reduce([component.faint(columns) for component in self._components.values()])
        singles = [self._answers(at_row(columns, row))[1] for row in np.flatnonzero(faint).tolist()]
        for name in answers if singles else ():
            apart = Answer(*map(np.array, zip(*(single[name] for single in singles), strict=True)))
            answers[name] = replaced(rows, faint, apart, answers[name])
        return _values(rows, self.program, self.partials, answers)

    def _answers(self, points: Points, bounded: bool = False) -> tuple[Arithmetic, dict[str, Answer]]:
        answers: dict[str, Answer] = {}
        rows = Arithmetic()
        for name, component in self._components.items():
            problem = component.problem(points, bounded)
            rows, value = problem.rows, problem.value
            bad = rows.where(value != value, int(Status.UNDEFINED), int(Status.UNRESOLVED))
            bad = rows.where(rows.isfinite(value), int(Status.FINE), bad)
            steps = ComplexSteps(component, problem, self.settings.step)
            for partial in self.partials:
                if partial.output != name or partial.name in answers:
                    continue
                answer = Answer(value, rows.like(math.nan, value), bad)
                if partial.by:
                    answer = self._partial(problem, steps, partial)
                    answer = answer._replace(status=rows.where(rows.isfinite(value), answer.status, bad))
                answers[partial.name] = answer
        return rows, answers

    def _partial(self, problem: Problem, steps: ComplexSteps, partial: Partial) -> Answer:
        rows = problem.rows
        still: Row = rows.like(False, problem.value)
        for name in partial.by:
            still = still | problem.still[name]
        zero = rows.like(0.0, problem.value)
        nothing = Answer(zero, zero, rows.like(int(Status.FINE), problem.value))
        if not rows.any(rows.negation(still)):
            return nothing
        answer = self._estimated(problem, steps, partial)
        # At a tie or an edge itself samples that do not settle say nothing: the engine looks there.
        lost = problem.tied & (answer.status == int(Status.NOT_CONVERGED))
        answer = answer._replace(status=rows.where(lost, int(Status.UNRESOLVED), answer.status))
        # Nor do those that settle where rounding hides one.
        if not problem.doubtful.isdisjoint(partial.by) and answer.status == int(Status.FINE):
            answer = answer._replace(status=int(Status.IMPRECISE))
        underflow = rows.where(abs(answer.value) < SMALLEST_NORMAL, SMALLEST, 0.0)  # what the samples may have lost
        answer = answer._replace(error=answer.error + underflow)
        return Answer(*(rows.where(still, a, b) for a, b in zip(nothing, answer, strict=True)))

    def _estimated(self, problem: Problem, steps: ComplexSteps, partial: Partial) -> Answer:
        rows, (scheme, step, accuracy) = problem.rows, self.settings
        if not self.settings.adaptive and scheme != "complex":
            order = accuracy or (1 if scheme in ("forward", "backward") else 2)
            plan = make_plan(partial.by, "central" if scheme == "auto" else scheme, order)
            return judged(problem, plan, one_step(problem, plan, step), USABLE if step is None else 1.0)
        if scheme == "central" or partial.order > 1 or not steps.component.complex:
            return searched(problem, partial.by)
        answer = steps.by(partial.by[0])
        gapped = problem.gapped.get(partial.by[0], False)  # which no step aside from the real axis sees
        answer = answer._replace(status=rows.where(gapped, int(Status.UNRESOLVED), answer.status))
        fine = (answer.status == int(Status.FINE)) & rows.negation(problem.tied)
        # Without a bound of its own, a complex step is as good as the value: where that has lost digits, it may have.
        known = (answer.error >= 0.0) | rows.negation(problem.noise > SETTLED * abs(problem.value))
        again = rows.negation(fine & known) & rows.isfinite(problem.value)
        if scheme == "complex" or not rows.any(again):
            return answer
        other = searched(problem.select(again), partial.by)
        first = Answer(*(rows.select(row, again) for row in answer))
        closer = (first.status == int(Status.IMPRECISE)) & (first.error < other.error)
        best = Answer(*(rows.where(closer, a, b) for a, b in zip(first, other, strict=True)))
        confirmed = rows.select(fine, again) & (abs(first.value - other.value) <= other.error)
        best = best._replace(value=rows.where(confirmed, first.value, best.value))
        return replaced(rows, again, best, answer)


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


def _values(rows: Arithmetic, program: Program, partials: tuple[Partial, ...], answers: dict[str, Answer]) -> Values:
    """The answers as `Values`; errors that are nan are unknown."""
    columns: dict[str, Any] = {}
    error: dict[str, Any] = {}
    status: dict[str, Any] = {}
    cause: dict[str, Any] = {}
    for name, answer in answers.items():
        columns[name], error[name], status[name], cause[name] = Column(*answer).written(rows, answer.value)
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

    def explained(self, program: Program, partials: Sequence[Partial], options: Options) -> list[str]:
        """See `Backend.explained`: the schemes of the first partials."""
        settings = read_options(options)
        if settings.scheme != "auto" or not settings.adaptive:
            return []
        lines = []
        for output in dict.fromkeys(partial.output for partial in partials if partial.order == 1):
            component = Component(program, program.output(output))
            reason = None if component.complex else _no_complex_step(program, component.ref).message
            lines.append(f"complex steps for {output}" if reason is None else f"central for {output}: {reason}")
        return lines


BACKEND = _FiniteDifferenceBackend()

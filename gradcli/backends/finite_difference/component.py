"""One output of a program as a function that is sampled: at a point or in blocks, on real or complex numbers."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Sequence
from functools import cache, cached_property
from typing import Any

from gradcli.backends import Points
from gradcli.backends.finite_difference.branches import Branches, find_branches
from gradcli.backends.finite_difference.differences import Problem, Trace
from gradcli.backends.finite_difference.extrapolation import GOOD, smallest_step
from gradcli.evaluate.error_program import error_program
from gradcli.evaluate.floats import Evaluator, supports
from gradcli.evaluate.running_error import MAX_BOUNDED, WAVES, error_bounds
from gradcli.evaluate.slope_error import LostWaves, SlopeErrors
from gradcli.paths import ALWAYS
from gradcli.program import Program, Ref
from gradcli.rows import Arithmetic, Row, array_arithmetic

_ASIDE = 1.0 + 2.0**-12 * math.sqrt(0.5)  # to a point nearby at which nothing is a round number by chance

_FAINT = 1e-140  # smaller numbers may vanish in a product with a complex step


class Component:
    """One output of a program.

    Attributes:
        variables: what it depends on.
        complex: whether a complex step can pass through all its operations.
    """

    def __init__(self, program: Program, ref: Ref) -> None:
        self.program = program
        self.ref = ref
        self.variables = program.depends_on(ref)
        self.complex = supports(program.equations, program.live((ref,)), "complex")

    @cached_property
    def branches(self) -> Branches:
        """The decisions that the component rests on."""
        return find_branches(self.program, self.ref)

    @cached_property
    def _decided(self) -> Evaluator:
        return Evaluator(self.branches.program, self._decided_roots)

    @cached_property
    def _decided_roots(self) -> tuple[Ref, ...]:
        return self.ref, *self.branches.decisions, *(gap.beside for gap in self.branches.gaps.values())

    @cached_property
    def _whole(self) -> Evaluator:
        return Evaluator(self.branches.program, self._all_roots)

    @cached_property
    def _all_roots(self) -> tuple[Ref, ...]:
        branches = self.branches
        conditions = (ref for ref in branches.reached.values() if ref != ALWAYS)
        gaps = (gap.at for gap in branches.gaps.values())
        return self.ref, *branches.decisions, *branches.free, *branches.tied, *conditions, *gaps

    @cached_property
    def plain(self) -> Evaluator:
        """The component alone."""
        return Evaluator(self.program, (self.ref,))

    @cached_property
    def complex_plain(self) -> Evaluator:
        """The component alone, on complex numbers."""
        return Evaluator(self.program, (self.ref,), "complex")

    @cached_property
    def _whole_arrays(self) -> Any:
        return self._arrays(self._all_roots)

    @cached_property
    def _decided_arrays(self) -> Any:
        return self._arrays(self._decided_roots)

    @cached_property
    def complex_arrays(self) -> Any:
        """The component alone, in blocks of complex numbers."""
        return self._arrays((self.ref,), complex)

    def _arrays(self, roots: Sequence[Ref], dtype: type = float) -> Any:
        from gradcli.evaluate.arrays import ArrayEvaluator

        return ArrayEvaluator(self.branches.program, roots, dtype)

    def at_point(self, points: Points, moved: Collection[str]) -> tuple[float, list[Any]]:
        """The value and the decisions at a point of floats where some variables were moved to."""
        values = self._decided.evaluate(points)
        gaps = self.branches.gaps
        outside = any(values[gaps[name].beside] for name in moved if name in gaps)
        return math.nan if outside else float(values[self.ref]), [values[ref] for ref in self.branches.decisions]

    def at_rows(self, points: Points, moved: Collection[str]) -> tuple[Row, list[Row]]:
        """The same at a block."""
        rows, gaps = array_arithmetic(), self.branches.gaps
        values = dict(zip(self._decided_roots, self._decided_arrays.evaluate(points), strict=True))
        value = values[self.ref]
        for name in moved:
            if name in gaps:
                value = rows.where(values[gaps[name].beside], math.nan, value)
        return value, [values[ref] for ref in self.branches.decisions]

    def problem(self, points: Points, bounded: bool = False) -> Problem:
        """The component at points, with all that the search for its partials needs to know of it there.

        Args:
            bounded: whether to bound the rounding errors at a point of a large component too.
        """
        branches = self.branches
        if any(getattr(column, "ndim", 0) for column in points.values()):
            return self._block_problem(points)
        values = self._whole.evaluate(points)
        decisions = tuple((values[a], bool(values[b])) for a, b in zip(branches.decisions, branches.free, strict=True))
        tied = any(values[ref] for ref in branches.tied)
        still = self._still(Arithmetic(), tied, values)
        value = float(values[self.ref])
        gapped = {name: values[gap.at] for name, gap in branches.gaps.items()}
        problem = Problem(
            Arithmetic(), self.at_point, points, value, math.nan, None, 0.0, decisions, tied, still, gapped
        )
        return self._bounded(problem, values) if bounded or len(self.plain.order) <= MAX_BOUNDED else problem

    def _bounded(self, problem: Problem, values: list[Any]) -> Problem:
        """A problem at a point with the bounds of its rounding errors."""
        bounds = error_bounds(self.program, self.plain.order, values)
        nearby = {name: x * _ASIDE for name, x in problem.points.items()}
        noise = max(self._noise_of(values), self._noise_at(nearby))
        open_ = bounds.open.get(self.ref, ())
        if open_:
            problem = problem._replace(tied=True, still=self._still(problem.rows, True, values))
        return problem._replace(
            doubtful=frozenset().union(*map(self.program.depends_on, open_)),
            noise=noise,
            noise_at=self._noise_at,
            blur=max(bounds.errors[self.ref] - noise, 0.0),
            trace=Trace(values, bounds.errors),
            unseen=self._unseen(values),
        )

    def _unseen(self, values: list[Any]) -> Callable[[str, int], float] | None:
        """The slope along a variable that the samples of a window do not show; `None` if there is none."""
        if not self.has_waves:
            return None
        equations, order = self.program.equations, self.plain.order
        inputs = {equation[1]: k for k, equation in enumerate(equations) if equation[0] == "input"}

        @cache
        def lost(exponent: int) -> LostWaves:
            spread = smallest_step(exponent) / 2.0
            errors = error_bounds(self.program, order, values, inputs_exact=True, spread=spread).errors
            return LostWaves(equations, order, values[: len(equations)], errors)

        return lambda name, exponent: lost(exponent).steepness(self.ref, inputs[name])

    @cached_property
    def has_waves(self) -> bool:
        """Whether some operation oscillates."""
        return any(self.program.equations[k][0] in WAVES for k in self.plain.order)

    def _block_problem(self, points: Points) -> Problem:
        rows, branches = array_arithmetic(), self.branches
        values = dict(zip(self._all_roots, self._whole_arrays.evaluate(points), strict=True))
        value = values[self.ref]
        decisions = tuple((values[a], values[b]) for a, b in zip(branches.decisions, branches.free, strict=True))
        tied = rows.like(False, value)
        for ref in branches.tied:
            tied = tied | values[ref]
        still = self._still(rows, tied, values)
        noise, noise_at = rows.like(math.nan, value), None
        if self._bounds_arrays is not None:
            noise_at = self._noise_at_rows
            noise = noise_at(points)
        gapped = {name: values[gap.at] for name, gap in branches.gaps.items()}
        return Problem(rows, self.at_rows, points, value, noise, noise_at, 0.0, decisions, tied, still, gapped)

    def faint(self, points: Points) -> Any:
        """The rows of a block that only single points are sure of.

        Those where numbers are so small that samples, or the errors of them, may vanish, and those where waves may
        have lost their phase.
        """
        import numpy as np

        (value,), lost = self._plain_arrays.watched(points)
        faint = (value != 0.0) & (abs(value) < _FAINT)
        faint[lost] = True
        for name in self.variables:
            faint |= (points[name] != 0.0) & (abs(points[name]) < _FAINT)
        for phase_error in self._phase_errors.evaluate(points) if self._phase_errors is not None else ():
            faint |= phase_error > GOOD / 8.0
        return faint & np.isfinite(value)

    @cached_property
    def _plain_arrays(self) -> Any:
        return self._arrays((self.ref,))

    @cached_property
    def _bounds_arrays(self) -> Any:
        """The bound of the value's rounding error in blocks; `None` if there is none or it would cost too much."""
        from gradcli.evaluate.arrays import ArrayEvaluator

        found = error_program(self.program, (self.ref,)) if len(self.plain.order) <= MAX_BOUNDED else None
        return ArrayEvaluator(*found) if found is not None else None

    @cached_property
    def _phase_errors(self) -> Any:
        """Bounds of the errors of what waves are taken of, in blocks; `None` if there are none."""
        from gradcli.evaluate.arrays import ArrayEvaluator

        if not self.has_waves or len(self.plain.order) > MAX_BOUNDED:
            return None
        equations = self.program.equations
        waves = [equations[k] for k in self.plain.order if equations[k][0] in WAVES]
        found = error_program(self.program, [wave[1] for wave in waves], exact_inputs=False)
        return ArrayEvaluator(*found) if found is not None else None

    def _noise_at_rows(self, points: Points) -> Row:
        """A bound of the rounding errors of the values at a block; nan where it is unknown."""
        return self._bounds_arrays.evaluate(points)[0]

    def _still(self, rows: Arithmetic, tied: Row, values: Any) -> dict[str, Row]:
        """Where a variable cannot move the component: never, or not on its branch (which a tie leaves open)."""
        found = {}
        for name in self.program.variables:
            condition = self.branches.reached.get(name)
            moves = tied if condition is None else condition == ALWAYS or tied | values[condition]
            found[name] = rows.negation(moves) if name in self.variables else rows.like(True, tied)
        return found

    def _noise_at(self, points: Points) -> float:
        """A bound of the rounding error of the value at a point; 0 where it is undefined."""
        values = self.plain.evaluate(points)
        return self._noise_of(values) if math.isfinite(values[self.ref]) else 0.0

    def _noise_of(self, values: list[Any]) -> float:
        return error_bounds(self.program, self.plain.order, values, inputs_exact=True).errors[self.ref]

    def slope_errors(self, trace: Trace, complex_values: Sequence[complex]) -> SlopeErrors:
        """What the bounds of slopes at a point need."""
        parts = [number.real for number in complex_values]
        count = len(parts)
        equations = self.program.equations
        return SlopeErrors(equations, self.plain.order, trace.values[:count], trace.errors[:count], parts)

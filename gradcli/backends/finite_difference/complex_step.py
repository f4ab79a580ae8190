"""The complex step: Im f(x + ih)/h, a difference quotient that nothing cancels in.

W. Squire and G. Trapp, SIAM Review 40 (1998), 110-112. Two steps that are 2^40 apart must agree; a third, as far below
them, tells where the larger is too large, or both quotients fall to zero. At points the rounding error has a bound
(see `SlopeErrors`); two equal quotients say nothing of it.
"""

from __future__ import annotations

import cmath
import math
from typing import Any

from gradcli.backends.finite_difference.answers import USABLE, Answer
from gradcli.backends.finite_difference.component import Component
from gradcli.backends.finite_difference.differences import Problem
from gradcli.backends.finite_difference.extrapolation import GOOD
from gradcli.evaluate.running_error import SMALLEST
from gradcli.evaluate.slope_error import SlopeErrors
from gradcli.results import Status
from gradcli.rows import Row

_STEPS = (-100, -60)  # powers of two, relative to the variable
_THIRD = -140
# A quotient that falls with the square of the step, as that of x^3 at 0 does, goes to zero.
_FALLS = 1.01 * 2.0 ** (2 * (_STEPS[0] - _STEPS[1]))
_NO_UNDERFLOW = 1e-290  # an imaginary part from which on none of its factors can have lost digits


class ComplexSteps:
    """The complex steps of one component at some points.

    Args:
        step: the absolute step, if it is given; it is compared with half of it.
    """

    def __init__(self, component: Component, problem: Problem, step: float | None) -> None:
        self.component = component
        self.problem = problem
        self.step = step
        self._errors: SlopeErrors | None = None

    def by(self, variable: str) -> Answer:
        """The partial by a variable.

        Where no bound is known, a third guard is the real part: where it is not the value (a function that is
        computed less accurately on complex numbers), neither is the imaginary part the slope.
        """
        rows, points = self.problem.rows, self.problem.points
        x, value = points[variable], self.problem.value
        quotients, sizes, bounds = [], [], []
        hidden: Row = 0.0
        close: Row = True
        for k, exponent in enumerate(_STEPS):
            h = rows.power_of_two(self.problem.scale_exponent(variable) + exponent)
            if self.step is not None:
                h = rows.like(self.step / 2.0**k, x)
            f, bound = self._sample({**points, variable: x + 1j * h}, h, bounded=not k)
            finite = rows.isfinite(f.real) & rows.isfinite(f.imag)
            quotients.append(rows.where(finite, f.imag / h + 0.0, math.nan))
            sizes.append(abs(f.imag))
            hidden = SMALLEST / h
            bounds.append(bound)
            close = close & ((bounds[0] < math.inf) | (abs(f.real - value) <= 1e-11 * abs(value) + h))
        vanishing: Row = False
        if self.step is None:
            first, second = quotients
            too_large = rows.isfinite(first) & rows.negation(rows.isfinite(second))
            falls = (first != 0.0) & (abs(first) <= _FALLS * abs(second))
            if rows.any(too_large | falls):
                third = self._smaller(variable)
                vanishing = falls & (abs(third) <= _FALLS * abs(first))
                # What an oscillation is too fast for says nothing.
                again = too_large | (falls & rows.negation(vanishing))
                quotients[1] = rows.where(again, third, second)
                sizes[0] = rows.where(again, 0.0, sizes[0])  # the truncation is that of the first step, then
        answer = self._judged(quotients, sizes[0], bounds[0], close, vanishing)
        # An exact 0 may be a slope whose imaginary part is too small for a double, at both steps.
        return answer._replace(error=answer.error + rows.where(quotients[0] == 0.0, hidden, 0.0))

    def _smaller(self, variable: str) -> Row:
        """The quotient at the third step; nan where that is undefined."""
        rows, points = self.problem.rows, self.problem.points
        h = rows.power_of_two(self.problem.scale_exponent(variable) + _THIRD)
        f, _ = self._sample({**points, variable: points[variable] + 1j * h}, h, bounded=False)
        return rows.where(rows.isfinite(f.imag), f.imag / h, math.nan)

    def _sample(self, moved: Any, h: Row, *, bounded: bool) -> tuple[Row, Row]:
        """The component at a complex point, and the bound of the slope's rounding error (nan where it is unknown)."""
        component = self.component
        if self.problem.rows.block:
            f = component.complex_arrays.evaluate(moved)[0]
            return f, self.problem.rows.like(math.nan, f.real)
        values = component.complex_plain.evaluate(moved)
        f = complex(values[component.ref])
        if not bounded or self.problem.trace is None or not cmath.isfinite(f):
            return f, math.nan
        if self._errors is None:
            self._errors = component.slope_errors(self.problem.trace, values)
        return f, self._errors.bound(component.ref, [number.imag / h for number in values])

    def _judged(self, quotients: list[Row], size: Row, bound: Row, close: Row, vanishing: Row) -> Answer:
        rows = self.problem.rows
        value, other = quotients
        apart = abs(value - other)
        usable = apart <= USABLE * abs(value)
        if self.step is None:
            # The smaller step's truncation is 2^-80 times the difference, unless that comes from underflow.
            whole = size > _NO_UNDERFLOW
            near = (apart <= 1e-9 * abs(value)) | (usable & whole)
            fine = (near & close) | vanishing
            error = bound + rows.where(whole, 2.0**-79, 1.0) * apart
            error = rows.where(vanishing, abs(value), error)
            value = rows.where(vanishing, 0.0, value)
        else:
            fine = (apart <= GOOD * abs(value)) & close
            error = bound + 2.0 * apart
        fine = fine & rows.negation((error > GOOD * abs(value)) & rows.negation(vanishing))
        usable = usable & rows.negation(error > USABLE * abs(value))
        status = rows.where(usable, int(Status.IMPRECISE), int(Status.NOT_CONVERGED))
        status = rows.where(fine, int(Status.FINE), status)
        return Answer(value, error, rows.where(rows.isfinite(apart), status, int(Status.UNRESOLVED)))

"""The textbook stencils at one step, compared with half of it: what a given step or accuracy asks for."""

from __future__ import annotations

import math

from gradcli.backends.finite_difference.differences import Plan, Problem, sample
from gradcli.backends.finite_difference.extrapolation import Estimate, kink


def one_step(problem: Problem, plan: Plan, step: float | None) -> Estimate:
    """A stencil at one step (one that balances both errors if none is given), compared with half of it."""
    rows = problem.rows
    order = sum(count for _, count in plan.variables)
    below = -round(52 / (order + plan.power))
    steps = [
        rows.power_of_two(problem.scale_exponent(name) + below) if step is None else rows.like(step, problem.value)
        for name, _ in plan.variables
    ]
    coarse = sample(problem, plan, steps)
    fine = sample(problem, plan, [0.5 * step for step in steps])
    shrinks = 2.0**plan.power
    bent = kink(rows, coarse, fine, 2.0)
    error = (
        1.5 * shrinks / (shrinks - 1.0) * abs(coarse.quotient - fine.quotient) + 2.0 * coarse.noise + coarse.blur + bent
    )
    error = rows.where(rows.isfinite(error), error, math.inf)
    crossed = rows.negation(coarse.same & fine.same)
    return Estimate(coarse.quotient, error, coarse.noise, coarse.secant, fine.bend, bent, fine.defined, crossed)

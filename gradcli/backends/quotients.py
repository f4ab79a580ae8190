"""Difference quotients to as many digits as are asked for: finite differences where precision is no limit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

from gradcli.errors import LimitError
from gradcli.evaluate.certain import Certain, Point, certain_values
from gradcli.evaluate.multiprecision import Multiprecision
from gradcli.evaluate.rationals import Rationals
from gradcli.naming import Partial
from gradcli.program import Program

_MAX_ORDER = 10
_SPARE = 8
_LEAST = 20  # digits that steps are made for, so that they are below the spacing of doubles


def certain_quotients(
    program: Program, partials: Sequence[Partial], point: Point, digits: int, more: int | None = None
) -> list[Certain]:
    """Partials by centred differences, whose steps are as small as the digits ask for.

    The truncation error, which falls with the square of the step, is found from a second step, a tenth of the first.

    Raises:
        LimitError: a partial of an order above 10.
    """
    refs = dict(program.outputs)
    return [_certain_quotient(program, refs[partial.output], partial.by, point, digits, more) for partial in partials]


def _certain_quotient(
    program: Program, root: int, by: tuple[str, ...], point: Point, digits: int, more: int | None
) -> Certain:
    if not by:
        return certain_values(program, [root], point, digits, more)[0]
    if len(by) > _MAX_ORDER:
        raise LimitError(
            f"finite differences to a number of digits have orders up to {_MAX_ORDER}, not {len(by)}",
            hint="use --backend autodiff",
        )
    step = max(digits, _LEAST) // 2 + _SPARE
    first, second = (_quotient(program, root, by, point, digits, step + finer) for finer in (0, 1))
    for found in (first, second):
        if not found.is_real:
            return found
    return Certain(second.value, second.error + abs(first.value - second.value) / 10)


def _quotient(program: Program, root: int, by: tuple[str, ...], point: Point, digits: int, step: int) -> Certain:
    """The centred quotient with steps of 10^-step, relative to each variable."""
    precision = digits + len(by) * (step + 1) + _SPARE
    arithmetic = Multiprecision(precision + _SPARE)
    centre = point(arithmetic)
    steps = {name: (abs(centre[name]) or arithmetic.one) / arithmetic.ctx.mpf(10) ** step for name in by}
    weights: Counter[tuple[tuple[str, int], ...]] = Counter()
    for signs in product((1, -1), repeat=len(by)):
        shift: Counter[str] = Counter()
        weight = 1
        for name, sign in zip(by, signs, strict=True):
            shift[name] += sign
            weight *= sign
        weights[tuple(sorted(shift.items()))] += weight
    total, error = arithmetic.zero, arithmetic.zero
    for shifts, weight in weights.items():
        value = certain_values(program, [root], _shifted(point, steps, dict(shifts)), precision)[0]
        if not value.is_real:
            return value
        total += weight * arithmetic.ctx.convert(value.value)
        error += abs(weight) * value.error
    scale = arithmetic.one
    for name in by:
        scale *= 2 * steps[name]
    return Certain(total / scale, error / scale)


def _shifted(point: Point, steps: Mapping[str, Any], shifts: Mapping[str, int]) -> Point:
    def shifted(arithmetic: Multiprecision | Rationals) -> dict[str, Any]:
        centre = dict(point(arithmetic))
        if isinstance(arithmetic, Rationals):
            return {**centre, **dict.fromkeys(shifts)}
        for name, shift in shifts.items():
            centre[name] += shift * arithmetic.ctx.convert(steps[name])
        return centre

    return shifted

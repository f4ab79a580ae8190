"""From an expression of two variables to the fields that show it: a colour a number, and its gradient."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from gradcli.backends import Points
from gradcli.curves import Evaluates
from gradcli.naming import Derivative, Partial
from gradcli.pictures import Extent, Field, Fields, shown_range
from gradcli.results import WITH_NUMBER, Values

_STEEP = 20  # times the range of most numbers, beyond which the others would leave one colour for them


def fields(
    prepared: Evaluates,
    asked: Sequence[Derivative],
    axes: tuple[Extent, Extent],
    places: tuple[Any, Any],
    fixed: Mapping[str, float],
    *,
    title: Sequence[str],
) -> Fields:
    """The components with their gradients, and a field for every other derivative.

    Args:
        places: the coordinates of the grid along either axis.
        fixed: the values of the other variables.
    """
    values = prepared.evaluate(points_of([axis.name for axis in axes], places, fixed))
    shape = len(places[1]), len(places[0])
    numbers = {d.name: numbers_of(values, d.name).reshape(shape) for d in asked}
    notes = [note for d in asked if (note := _note(values, d)) is not None]
    return Fields(
        tuple(title),
        axes,
        places,
        tuple(arranged(asked, numbers, [axis.name for axis in axes])),
        tuple(dict.fromkeys(notes)),
    )


def points_of(axes: Sequence[str], places: Sequence[Any], fixed: Mapping[str, float]) -> Points:
    """The points of a grid, a row along the first axis after the other, with the values of the other variables."""
    return {**fixed, **dict(zip(axes, (grid.ravel() for grid in np.meshgrid(*places)), strict=True))}


def arranged(asked: Iterable[Derivative | str], numbers: Mapping[str, Any], axes: Sequence[str]) -> list[Field]:
    """The fields: first partials that make a gradient go with their component.

    Args:
        asked: derivatives, or names of some that are no partials.
        axes: the names of the variables, the one that goes across first.
    """
    found = []
    inside: set[str] = set()
    for derivative in asked:
        if isinstance(derivative, Partial) and not derivative.by:
            names = [Partial(derivative.output, (axis,)).name for axis in axes]
            whole = all(name in numbers for name in names)
            inside |= set(names) if whole else set()
            gradient = (numbers[names[0]], numbers[names[1]]) if whole else None
            found.append(_field(derivative, numbers[derivative.name], gradient))
        else:
            name = derivative if isinstance(derivative, str) else derivative.name
            found += [_field(derivative, numbers[name], None)] if name not in inside else []
    return found


def _field(label: Derivative | str, numbers: Any, gradient: tuple[Any, Any] | None) -> Field:
    """A field, and what its colours show: a few numbers that are far beyond all others are cut off."""
    fine = numbers[np.isfinite(numbers)]
    robust = False
    if fine.size:
        inner = np.quantile(fine, (0.1, 0.9)) / 2
        robust = bool(fine.max() / 2 - fine.min() / 2 > _STEEP * (inner[1] - inner[0]) > 0)
    return Field(label, numbers, gradient, *shown_range(fine.tolist(), robust=robust))


def numbers_of(values: Values, name: str) -> Any:
    """A column's numbers; nan where there is none."""
    numbers = np.array(values.columns[name], np.float64)
    codes = values.status.get(name)
    if codes is not None:
        numbers[~np.isin(codes, WITH_NUMBER)] = np.nan
    return numbers


def _note(values: Values, derivative: Derivative) -> str | None:
    """Where a derivative has no numbers."""
    codes = values.status.get(derivative.name)
    if codes is None:
        return None
    missing = np.isnan(numbers_of(values, derivative.name))
    if isinstance(derivative, Partial) and derivative.by:  # of the others its component tells
        missing &= np.isfinite(numbers_of(values, derivative.output))
    rows = np.flatnonzero(missing)
    if not len(rows):
        return None
    reason = values.reason_text(derivative.name, int(rows[0]))
    return f"{derivative.name}: {reason}, at {len(rows):,} of {len(codes):,} points"

"""From an expression of two variables to the fields that show it: a colour a number, its gradient, and its seams."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import floor, log10
from typing import Any

import numpy as np

from gradcli.backends import Points
from gradcli.curves import Evaluates
from gradcli.naming import Derivative, Partial
from gradcli.overflows import evaluated, overflows
from gradcli.pictures import Extent, Field, Fields, Mark, is_constant, shown_range
from gradcli.results import KINDS, WITH_NUMBER, Values
from gradcli.seams import Sampled, seams

_ORDER = ("kink", "vertical", "jump", "pole", "dip", "peak")
_STEEP = 20  # times the range of most numbers, beyond which the others would leave one colour for them
_STEEPEST = 1e6  # times, beyond which most numbers are as good as equal


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
    names = axes[0].name, axes[1].name
    shape = len(places[1]), len(places[0])
    outputs = {name: None for derivative in asked for name in derivative.outputs}
    values = evaluated(prepared, outputs, points_of(names, places, fixed), shape)
    numbers = {d.name: numbers_of(values, d.name).reshape(shape) for d in asked}
    notes = [note for d in asked for note in _missing(values, d)]
    found = []
    for field in arranged(asked, numbers, names):
        if not isinstance(field.label, Partial) or field.label.by:
            found.append(field)
            continue
        marks, unseen = _marks(prepared, values, field, field.label.output, axes, places, fixed)
        found.append(_field(field.label, field.numbers, field.gradient, marks))
        if unseen:
            notes.append(
                f"{field.label.name} is finer than the picture: at least {unseen:,} more places may have a mark"
            )
    notes += [note for field in found if (note := _unresolved(field)) is not None]
    return Fields(tuple(title), axes, places, tuple(found), tuple(dict.fromkeys(notes)))


def _marks(
    prepared: Evaluates, values: Values, field: Field, output: str, axes: tuple[Extent, Extent],
    places: tuple[Any, Any], fixed: Mapping[str, float],
) -> tuple[list[Mark], int]:  # fmt: skip
    """What a component has at the points of its grid and between them, and how many places were not looked at."""
    columns = output, *(Partial(output, (axis.name,)).name for axis in axes)

    def sampled(found: Values, shape: tuple[int, ...]) -> Sampled:
        numbers = [numbers_of(found, name).reshape(shape) for name in columns]
        numbers[0][overflows(found, output).reshape(shape)] = np.inf
        return Sampled(numbers[0], (numbers[1], numbers[2]))

    def evaluate(x: Any, y: Any) -> Sampled:
        return sampled(prepared.evaluate({**fixed, axes[0].name: x, axes[1].name: y}), x.shape)

    between = seams(evaluate, places, sampled(values, field.numbers.shape), _scale(field.numbers))
    found = {kind: list(at) for kind, at in between.places.items()}
    reasons: dict[str, str] = {}
    x, y = (grid.ravel() for grid in np.meshgrid(*places))
    numbers = field.numbers.ravel()
    for name in columns[1:]:
        codes = values.codes(name)
        for code, kind in KINDS.items():
            rows = np.flatnonzero((codes == code) & np.isfinite(numbers))
            if len(rows):
                reasons.setdefault(kind, values.reason_text(name, int(rows[0])))
                found.setdefault(kind, []).extend(zip(*(a[rows].tolist() for a in (x, y, numbers)), strict=True))
    marks = [_mark(kind, list(dict.fromkeys(found[kind])), axes, reasons.get(kind)) for kind in _ORDER if kind in found]
    return marks, between.unseen


def _scale(numbers: Any) -> float:
    """How far nearly all numbers reach: samples next to a pole do not count, nor does what vanishes beside the rest."""
    fine = numbers[np.isfinite(numbers)] / 2
    if not fine.size:
        return 1.0
    low, high = np.quantile(fine, (0.01, 0.99))
    return float(max(high - low, 1e-20 * (fine.max() - fine.min())))


def _mark(kind: str, places: list[tuple[float, float, float]], axes: tuple[Extent, Extent], reason: str | None) -> Mark:
    """All places of a kind, and what is said of them: the first with as many digits as its search gives."""
    x, y, number = places[0]
    digits = [4 - floor(log10(axis.high / 2 - axis.low / 2)) for axis in axes]
    height = f" of {number:.4g}" if kind in ("peak", "dip") else ""
    where = ", ".join(f"{a.name} = {round(p, d) + 0.0:.7g}" for a, p, d in zip(axes, (x, y), digits, strict=True))
    text = f"{reason or kind}{height} at {where}"
    if len(places) > 1:
        text += f" and {len(places) - 1:,} more places"
    return Mark(kind, x, tuple((x, y) for x, y, _ in places), text)


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


def _field(
    label: Derivative | str, numbers: Any, gradient: tuple[Any, Any] | None, marks: Sequence[Mark] = ()
) -> Field:
    """A field, and what its colours show: a few numbers that are far beyond all others are cut off.

    Unless nothing were left: by far most numbers of a narrow peak are as good as equal. A pole is cut off in any case.
    """
    fine = numbers[np.isfinite(numbers)]
    robust = False
    if fine.size:
        # As Python's floats, which overflow without a warning.
        inner = float(np.subtract(*np.quantile(fine, (0.9, 0.1)) / 2))
        whole = float(fine.max() / 2 - fine.min() / 2)
        most = np.inf if any(mark.kind == "pole" for mark in marks) else _STEEPEST * inner
        robust = bool(most > whole > _STEEP * inner > 0)
    return Field(label, numbers, gradient, *shown_range(fine.tolist(), robust=robust), tuple(marks))


def numbers_of(values: Values, name: str) -> Any:
    """A column's numbers; nan where there is none."""
    numbers = np.array(values.columns[name], np.float64)
    numbers[~np.isin(values.codes(name), WITH_NUMBER)] = np.nan
    return numbers


def _unresolved(field: Field) -> str | None:
    """What is to be said of numbers that differ by little more than rounding does."""
    fine = field.numbers[np.isfinite(field.numbers)]
    if not fine.size or fine.min() == fine.max() or not is_constant(fine.min(), fine.max()):
        return None
    name = field.label if isinstance(field.label, str) else field.label.name
    return f"{name} changes by {fine.max() - fine.min():.1g}, which doubles hardly resolve: shown as a constant"


def _missing(values: Values, derivative: Derivative) -> Iterator[str]:
    """Where a derivative has no numbers, and why: what is said of the first place of each status."""
    codes = values.status.get(derivative.name)
    if codes is None:
        return
    codes = np.asarray(codes)
    missing = np.isnan(numbers_of(values, derivative.name))
    if isinstance(derivative, Partial) and derivative.by:  # of the others its component tells, and these are marked
        missing &= np.isfinite(numbers_of(values, derivative.output)) & ~np.isin(codes, list(KINDS))
    for code in np.unique(codes[missing]):
        rows = np.flatnonzero(missing & (codes == code))
        reason = values.reason_text(derivative.name, int(rows[0]))
        yield f"{derivative.name}: {reason}, at {len(rows):,} of {len(codes):,} points"

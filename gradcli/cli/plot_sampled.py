"""`gradcli plot --sampled`: samples with their derivatives, as curves or as a field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from os.path import basename
from typing import Any

import numpy as np

from gradcli.cli.options import BackendOptions, DerivativeOptions
from gradcli.cli.sampled_input import AxisOptions, Grid, ReadOptions, label, read_grids, since
from gradcli.cli.sampled_output import KindOptions, columns_of
from gradcli.errors import DataError, UsageError
from gradcli.fields import arranged
from gradcli.naming import Partial
from gradcli.pictures import Curve, Curves, Extent, Fields, Panel, pieces, shown_range, widened
from gradcli.sampled import Derivative as SampledDerivative

_PARTS = 4_000  # of a curve's samples, several to a dot of the finest picture


def sampled_picture(
    path: str, read: ReadOptions, where: AxisOptions, what: DerivativeOptions, how: BackendOptions, log: bool
) -> Curves | Fields:
    """The picture of a file's samples: curves along one axis, a group each; a field over two.

    Raises:
        UsageError: the options do not fit the file, or the grid has no picture.
    """
    unfit = {"--along": what.along, "--wrt": what.wrt, "--backend": how.backend}
    given = [name for name, value in unfit.items() if value is not None]
    if given:
        raise UsageError(f"{given[0]} is for expressions", hint="of samples, --axis chooses the axis")
    kinds = KindOptions(
        what.order, what.hessian, what.partial, what.laplacian, what.divergence, what.curl,
        None if how.edge_order is None else str(how.edge_order), None if how.accuracy is None else str(how.accuracy),
        False,
    )  # fmt: skip
    grids = list(read_grids(path, read, where))
    for grid in grids:
        _check(grid, len(grids))
    title = f"{', '.join(grids[0].field.components)} ({basename(path)})"
    if len(grids[0].field.axes) == 1:
        return _curves(grids, kinds, title, log)
    if log:
        raise UsageError("--log is for one variable", hint="leave it out")
    return _fields(grids[0], kinds, title, read)


def _check(grid: Grid, count: int) -> None:
    """Raises UsageError where samples have no picture."""
    dimensions = len(grid.field.axes)
    if dimensions > 2 or (dimensions == 2 and count > 1):
        what = f"a grid of {dimensions} axes" if dimensions > 2 else f"{count} grids of two axes"
        raise UsageError(f"there is no picture of {what}", hint="draw a slice of it, or one group, by itself")
    for name, array in grid.field.components.items():
        if array.dtype.kind in "cmM":
            raise UsageError(f"'{name}' holds {array.dtype}, of which there is no picture")


def _axis_name(name: str) -> str:
    return f"axis {name}" if name.isdigit() else name


def _as_shown(derivative: SampledDerivative) -> Partial | str:
    found = derivative.terms[0].partial
    return found if found.name == derivative.name else derivative.name


def _curves(grids: Sequence[Grid], kinds: KindOptions, title: str, log: bool) -> Curves:
    panels: dict[object, list[Curve]] = {}
    notes: list[str] = []
    shown: list[float] = []
    name = grids[0].field.axes[0].name
    firsts = [grid.origins[name] for grid in grids if name in grid.origins]
    try:
        first = min(firsts, default=None)
        since_first = [(grid.origins[name] - first).total_seconds() if first is not None else 0.0 for grid in grids]
    except (TypeError, KeyError):
        raise DataError(
            f"the groups' '{name}' cannot be compared: dates with a time zone, without one, or none"
        ) from None
    for grid, shift in zip(grids, since_first, strict=True):
        places = grid.field.axes[0].coordinates() + shift
        shown += [float(places.min()), float(places.max())]
        for derivative, numbers in columns_of(grid, kinds).items():
            what = _as_shown(derivative)
            kind = what.order if isinstance(what, Partial) else what
            called = f"{derivative.name} ({label(grid.group)})" if grid.group else what
            seen = _seen(places, numbers)
            heights = (np.abs(numbers) if log else numbers)[seen].tolist()
            notes += _missing(called if isinstance(called, str) else called.name, numbers)
            panels.setdefault(kind, []).append(Curve(called, tuple(pieces(places[seen].tolist(), heights))))
    axis = Extent(_axis_name(name), min(shown), max(shown))
    drawn = []
    for curves in panels.values():
        low, high = shown_range((y for curve in curves for piece in curve.pieces for _, y in piece), log=log)
        drawn.append(Panel(tuple(curves), *((low, high) if log else widened(low, high)), log))
    notes += since({name: first} if first is not None else {})
    notes += ["logarithmic: absolute values"] if log else []
    return Curves((title,), axis, tuple(drawn), notes=tuple(notes))


def _seen(places: Any, numbers: Any) -> Any:
    """Which of very many samples make the curve: of each of so many parts of it the first, last, lowest and highest."""
    count = len(places)
    if count <= 4 * _PARTS:
        return np.arange(count)
    parts = np.arange(count) * _PARTS // count
    is_number = np.isfinite(numbers)
    ends = np.flatnonzero(np.diff(parts)), np.flatnonzero(np.diff(is_number))  # also of where there are none
    starts = np.searchsorted(parts, np.arange(_PARTS))
    lowest, highest = (np.lexsort((np.where(is_number, n, np.inf), parts))[starts] for n in (numbers, -numbers))
    return np.unique(np.concatenate([[0, count - 1], *ends, *(end + 1 for end in ends), lowest, highest]))


def _fields(grid: Grid, kinds: KindOptions, title: str, read: ReadOptions) -> Fields:
    """An array without coordinates lies as it is printed: rows from the top; else the first axis goes across."""
    columns = columns_of(grid, kinds)
    first, second = grid.field.axes
    printed = read.by is None
    pair = (second, first) if printed else (first, second)
    found = [axis.coordinates() for axis in pair]
    ends = [Extent(_axis_name(axis.name), *_ends(places)) for axis, places in zip(pair, found, strict=True)]
    if printed:
        ends[1] = Extent(ends[1].name, ends[1].stop, ends[1].start)
    asked = [_as_shown(derivative) for derivative in columns]
    numbers: Mapping[str, Any] = {
        derivative.name: np.asarray(array if printed else array.T, np.float64) for derivative, array in columns.items()
    }
    shown = tuple(arranged(asked, numbers, [axis.name for axis in pair]))
    notes = [note for name, array in numbers.items() for note in _missing(name, array)]
    return Fields((title,), (ends[0], ends[1]), (found[0], found[1]), shown, (*notes, *since(grid.origins)))


def _missing(name: str, numbers: Any) -> Iterator[str]:
    """What is to be said of samples that have no number."""
    count = int(np.count_nonzero(~np.isfinite(numbers)))
    if count:
        yield f"{name}: no number at {count:,} of {numbers.size:,} samples"


def _ends(places: Any) -> tuple[float, float]:
    """The ends of an axis whose samples are the middles of their cells."""
    low, high = float(places.min()), float(places.max())
    room = (high - low) / (2 * max(len(places) - 1, 1)) or 0.5
    return low - room, high + room

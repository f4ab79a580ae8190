"""What `gradcli sampled` reads, as grids: which samples, along which axes, how far apart. It says so on stderr."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

from gradcli.cli.options import split_names
from gradcli.cli.sources import say
from gradcli.errors import UsageError

if TYPE_CHECKING:
    from datetime import datetime

    from gradcli.sampled import Field, GridAxis
    from gradcli.samples import Table
    from gradcli.spacing import Spacing


_DESCRIBED = 3  # groups whose grids are described


class ReadOptions(NamedTuple):
    """What is read from the file."""

    name: tuple[str, ...]
    value: tuple[str, ...]
    by: str | None
    group: str | None


class AxisOptions(NamedTuple):
    """How the samples lie."""

    spacing: tuple[str, ...]
    axis: tuple[str, ...]
    periodic: tuple[str, ...]


class Grid(NamedTuple):
    """Samples to derive.

    Attributes:
        along: the axes to derive along, by name.
        group: what tells these samples apart from others: a cell for each column of `--group`, by name.
        gathered: whether the grid was made of rows, so that it is nowhere written yet as arrays.
        origins: the dates that the coordinates of axes are seconds since.
    """

    field: Field
    along: tuple[str, ...]
    group: Mapping[str, str]
    gathered: bool
    origins: Mapping[str, datetime] = {}


def read_grids(path: str, read: ReadOptions, where: AxisOptions) -> Iterator[Grid]:
    """The only grid of a file, or one for each group.

    Raises:
        UsageError: the options do not fit the file, or each other.
        DataError: the file cannot be read.
    """
    from gradcli import samples

    source = samples.read(path)
    if isinstance(source, samples.Table):
        if read.name:
            raise UsageError("--name is for the arrays of an .npz", hint="columns of a CSV: --value V --by x,y")
        if read.value or read.by is not None or read.group is not None:
            yield from _tidy_grids(source, read, where)
            return
        source = {"f": samples.matrix(source)}
    if read.value or read.group is not None:
        raise UsageError(
            "--value and --group are for the columns of a CSV", hint="arrays of an .npz: --name V --by x,y"
        )
    yield _array_grid(source, path, read, where)


# --- arrays -----------------------------------------------------------------------------------------------


def _array_grid(arrays: Mapping[str, Any], path: str, read: ReadOptions, where: AxisOptions) -> Grid:
    """The grid of arrays, whose axes are counted, or with `--by` named by arrays of coordinates."""
    from gradcli.sampled import Field
    from gradcli.samples import choose
    from gradcli.spacing import described, doubts, for_axes, read_spacing

    chosen = choose(arrays, _names(read.name, "--name"), path)
    shape = _common_shape(chosen)
    names = split_names(read.by, "--by") if read.by is not None else tuple(map(str, range(len(shape))))
    if len(names) != len(shape):
        raise UsageError(f"--by names {len(names)} of {len(shape)} axes", hint="name one array for each axis, in order")
    axes = _places(where.axis, names) or list(range(len(shape)))
    if read.by is None:
        spacings = for_axes(shape, axes, [read_spacing(text) for text in where.spacing])
    elif where.spacing:
        raise UsageError("--by and --spacing both say where the samples are", hint="leave one out")
    else:
        spacings = for_axes(shape, axes, [_stored_coordinates(arrays, names[axis], path) for axis in axes])
    for doubt in doubts(axes, spacings, shape if read.by is None else ()):
        say(f"warning: {doubt}")
    given = dict(zip(axes, spacings, strict=True))
    periods = _periods(where.periodic, names)
    grid_axes = tuple(
        _axis(name, size, given[k].value if k in given else 1.0, periods.get(k, 0.0))
        for k, (name, size) in enumerate(zip(names, shape, strict=True))
    )
    titles = [" (down the rows)", " (across the columns)"] if len(shape) == 2 and read.by is None else [""] * len(shape)
    files = ["" if read.by is not None else given[k].name for k in axes]
    told = [f"axis {names[k]}{titles[k]}: {described(grid_axes[k], file)}" for k, file in zip(axes, files, strict=True)]
    say(f"note: {'; '.join(told)}")
    field = Field(grid_axes, chosen)
    _warn_of_repeated_ends(field)
    return Grid(field, tuple(names[k] for k in axes), {}, False)


def _stored_coordinates(arrays: Mapping[str, Any], name: str, path: str) -> Spacing:
    from gradcli.samples import choose
    from gradcli.spacing import Spacing

    return Spacing(choose(arrays, [name], path)[name], name)


def _common_shape(arrays: Mapping[str, Any]) -> tuple[int, ...]:
    shapes = {array.shape for array in arrays.values()}
    if len(shapes) > 1:
        told = ", ".join(f"{name} {array.shape}" for name, array in arrays.items())
        raise UsageError(f"the arrays differ in shape: {told}")
    shape: tuple[int, ...] = shapes.pop()
    if not shape:
        raise UsageError("a single number has no axis to derive along")
    return shape


# --- tidy columns -----------------------------------------------------------------------------------------


def _tidy_grids(table: Table, read: ReadOptions, where: AxisOptions) -> Iterator[Grid]:
    from gradcli.samples import groups

    if where.spacing:
        raise UsageError("--spacing is for arrays; the coordinates of columns are those of --by", hint="leave it out")
    if not read.value or read.by is None:
        raise UsageError("columns need --value and --by", hint=f"the columns are: {', '.join(table.header)}")
    values, by = _names(read.value, "--value"), split_names(read.by, "--by")
    keys = split_names(read.group, "--group") if read.group is not None else ()
    repeated = [name for name, count in Counter((*values, *by, *keys)).items() if count > 1]
    if repeated:
        raise UsageError(f"the column '{repeated[0]}' is named twice", hint="values, coordinates and groups differ")
    count = 0
    for count, (key, part) in enumerate(groups(table, keys), 1):
        group = dict(zip(keys, key, strict=True))
        yield _tidy_grid(part, values, by, where, group, quiet=count > _DESCRIBED)
    if count > _DESCRIBED:
        say(f"note: {count:,} groups in all")


def _tidy_grid(
    table: Table, values: Sequence[str], by: tuple[str, ...], where: AxisOptions, group: Mapping[str, str], quiet: bool
) -> Grid:
    from gradcli.sampled import Field
    from gradcli.samples import tidy
    from gradcli.spacing import described

    field, gaps, origins = tidy(table, values, by)
    periods = _periods(where.periodic, by)
    axes = tuple(_axis(axis.name, axis.size, axis.spacing, periods.get(k, 0.0)) for k, axis in enumerate(field.axes))
    field = Field(axes, field.components)
    prefix = f"{label(group)}: " if group else ""
    if not quiet:
        told = [*(f"{axis.name}: {described(axis)}" for axis in axes), *since(origins)]
        say(f"note: {prefix}{'; '.join(told)}")
    if gaps.missing:
        some = "; ".join(f"({place})" for place in gaps.some)
        more = f" and {gaps.missing - len(gaps.some):,} more" if gaps.missing > len(gaps.some) else ""
        say(f"warning: {prefix}{gaps.missing:,} of {gaps.total:,} grid points have no row: {some}{more}")
    _warn_of_repeated_ends(field)
    return Grid(field, tuple(by[k] for k in _places(where.axis, by) or range(len(by))), group, True, origins)


def since(origins: Mapping[str, datetime]) -> list[str]:
    """What the coordinates of axes of dates are."""
    return [f"{name} in seconds since {first.isoformat()}" for name, first in origins.items()]


def label(group: Mapping[str, str]) -> str:
    """How a group is called in messages."""
    return ", ".join(f"{name}={cell}" for name, cell in group.items())


# --- axes -------------------------------------------------------------------------------------------------


def _names(texts: Sequence[str], option: str) -> list[str]:
    return list(dict.fromkeys(chain.from_iterable(split_names(text, option) for text in texts)))


def _places(texts: Sequence[str], names: Sequence[str]) -> list[int]:
    """The axes of `--axis`, each once."""
    found = [axis_place(name, names, "--axis") for text in texts for name in split_names(text, "--axis")]
    for k, axis in enumerate(found):
        if axis in found[:k]:
            raise UsageError(f"--axis names axis {names[axis]} twice")
    return found


def axis_place(name: str, names: Sequence[str], option: str) -> int:
    """The axis of a name, or counted from either end.

    Raises:
        UsageError: there is no such axis.
    """
    if name in names:
        return names.index(name)
    try:
        return range(len(names))[int(name)]
    except (ValueError, IndexError):
        raise UsageError(f"{option}: there is no axis {name}", hint=f"the axes are: {', '.join(names)}") from None


def _periods(texts: Sequence[str], names: Sequence[str]) -> dict[int, float | None]:
    """The periods of `--periodic` by axis; None where it is not said."""
    found: dict[int, float | None] = {}
    for text in texts:
        name, given, number = text.partition("=")
        try:
            period = float(number) if given else None
        except ValueError:
            period = -1.0
        if period is not None and not 0.0 < period < float("inf"):
            raise UsageError(f"a period is a number above 0, not '{number}'", hint="write: --periodic x=360")
        found[axis_place(name.strip(), names, "--periodic")] = period
    return found


def _axis(name: str, size: int, spacing: Any, period: float | None) -> GridAxis:
    """An axis; a period of None is to be told from even spacing, and 0 means that there is none.

    Raises:
        UsageError: the period cannot be told, or is too short.
    """
    from gradcli.differences import even_step
    from gradcli.sampled import GridAxis

    axis = GridAxis(name, size, spacing)
    if period == 0.0 or size < 2:
        return axis
    places = axis.coordinates()
    extent = float(places[-1] - places[0])
    if period is None:
        step = even_step(size, spacing)
        if step is None:
            hint = f"give it: --periodic {name}=360"
            raise UsageError(f"axis {name} is uneven, so its period cannot be told", hint=hint)
        return axis._replace(period=size * step)
    if period <= abs(extent):
        raise UsageError(
            f"axis {name} extends over {abs(extent)}, which is no less than its period {period}",
            hint="the sample that begins the next period is left out",
        )
    return axis._replace(period=period if extent >= 0 else -period)


def _warn_of_repeated_ends(field: Field) -> None:
    import numpy as np

    for k, axis in enumerate(field.axes):
        if axis.period is not None and axis.size > 2:
            ends = [(array.take(0, k), array.take(-1, k)) for array in field.components.values()]
            if all(np.array_equal(first, last) for first, last in ends):
                say(
                    f"warning: the samples at both ends of axis {axis.name} are equal;"
                    " of periodic data the first sample is not repeated at the end"
                )

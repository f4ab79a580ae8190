"""Reading sampled data: arrays from .npy and .npz, a matrix or tidy columns from CSV.

    .npy, .npz         arrays, mapped into memory where they are stored as they are
    matrix             CSV without a header, all of it numbers; a single row or column is a series
    tidy columns       CSV with a header: columns of coordinates, which make a grid, and of values, a row a point
    groups of series   tidy columns and others that tell groups apart, each a grid by itself

Rows may come in any order; grid points without a row are missing (nan).
"""

from __future__ import annotations

import csv
import io
import os
import sys
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from math import prod
from tokenize import TokenError
from typing import Any, NamedTuple

import numpy as np
from numpy.lib.format import read_array, read_array_header_1_0, read_magic

from gradcli.differences import Array
from gradcli.errors import DataError, Source, UsageError
from gradcli.files import decode, read_file
from gradcli.naming import suggestion
from gradcli.results import number_text
from gradcli.sampled import Field, GridAxis

_ARRAY, _ARCHIVE = b"\x93NUMPY", b"PK\x03\x04"
_SAME = 16 * np.finfo(float).eps  # of the largest coordinate: places that differ by less are one
_SPARSE = 10  # a grid of so many times the rows is none
_LISTED = 3

_UNREADABLE = (
    OSError, ValueError, EOFError, KeyError, TypeError, OverflowError, NotImplementedError, TokenError, SyntaxError,
    RuntimeError, zipfile.BadZipFile, zlib.error,
)  # fmt: skip
"""What NumPy and zipfile raise over damaged files; a header is read by Python's own tokens."""


class Table(NamedTuple):
    """Text in columns: the names (empty without a header), the cells by column, and each row's line."""

    source: Source
    header: tuple[str, ...]
    columns: list[Sequence[str]]
    lines: list[int]


class Gaps(NamedTuple):
    """Grid points without a row: how many of how many, and the first few."""

    missing: int
    total: int
    some: tuple[str, ...]


def read(path: str) -> Mapping[str, Array] | Table:
    """A file's arrays by name (the only one of .npy is `f`), or its table. `-` is standard input.

    Raises:
        DataError: it cannot be read.
    """
    if path == "-":
        data = b"" if sys.stdin is None else sys.stdin.buffer.read()
        if data.startswith((_ARRAY, _ARCHIVE)):
            return _arrays(io.BytesIO(data), "standard input", data.startswith(_ARCHIVE))
        return read_table(Source(decode(data, "standard input"), "standard input"), ",")
    if _start(path).startswith((_ARRAY, _ARCHIVE)) or path.lower().endswith((".npy", ".npz")):
        return read_arrays(path)
    return read_table(read_file(path), "\t" if path.lower().endswith((".tsv", ".tab")) else ",")


# --- arrays ----------------------------------------------------------------------------------------------------


def read_arrays(path: str) -> Mapping[str, Array]:
    """The arrays of an .npy or .npz by name; the only one of .npy is `f`.

    Raises:
        DataError: it cannot be read, or is neither.
    """
    start = _start(path)
    if not start.startswith((_ARRAY, _ARCHIVE)):
        raise DataError(f"'{path}' is no array of NumPy's", hint="numpy.save and numpy.savez write them")
    return _arrays(path, f"'{path}'", start.startswith(_ARCHIVE))


def _start(path: str) -> bytes:
    try:
        with open(path, "rb") as handle:
            return handle.read(len(_ARRAY))
    except (OSError, ValueError) as error:
        raise DataError(f"'{path}' cannot be read: {getattr(error, 'strerror', None) or error}") from None


def _arrays(file: Any, name: str, archive: bool) -> Mapping[str, Array]:
    try:
        if archive:
            return _Archive(file, name)
        return {"f": _checked(np.load(file, mmap_mode="r" if isinstance(file, str) else None), name)}
    except _UNREADABLE as error:
        raise DataError(f"{name} cannot be read: {error}") from None


def _checked(array: Array, name: str) -> Array:
    if array.dtype.kind not in "iufcmM":
        raise DataError(f"{name} holds no numbers, but {array.dtype}", hint="save it as float64")
    return array


class _Archive(Mapping[str, Array]):
    """The arrays of an .npz, each read when it is asked for.

    Args:
        file: a path, or a file that can seek.
    """

    def __init__(self, file: Any, name: str) -> None:
        self.file = file
        self.name = name
        with zipfile.ZipFile(file) as archive:
            self.members = {member.filename.removesuffix(".npy"): member for member in archive.infolist()}

    def __len__(self) -> int:
        return len(self.members)

    def __iter__(self) -> Iterator[str]:
        return iter(self.members)

    def __contains__(self, key: object) -> bool:
        return key in self.members

    def __getitem__(self, key: str) -> Array:
        """An array; one that is stored as it is is mapped into memory.

        Raises:
            DataError: it cannot be read, or is none of numbers.
        """
        member = self.members[key]
        try:
            found = self._mapped(member)
            if found is None:
                with zipfile.ZipFile(self.file) as archive, archive.open(member) as stream:
                    found = read_array(stream, allow_pickle=False)
        except _UNREADABLE as error:
            raise DataError(f"'{key}' in {self.name} cannot be read: {error}") from None
        return _checked(found, f"'{key}' in {self.name}")

    def _mapped(self, member: zipfile.ZipInfo) -> Array | None:
        if member.compress_type != zipfile.ZIP_STORED or not isinstance(self.file, str):
            return None
        with open(self.file, "rb") as handle:
            handle.seek(member.header_offset)
            head = handle.read(30)  # of a member: it ends with the lengths of its name and of an extra field
            handle.seek(int.from_bytes(head[26:28], "little") + int.from_bytes(head[28:30], "little"), os.SEEK_CUR)
            if read_magic(handle) != (1, 0):
                return None
            shape, fortran, dtype = read_array_header_1_0(handle)
            if dtype.hasobject or not prod(shape) or not shape:
                return None
            return np.memmap(self.file, dtype, "r", handle.tell(), shape, "F" if fortran else "C")


def choose(arrays: Mapping[str, Array], names: Sequence[str], path: str) -> dict[str, Array]:
    """The arrays of some names, or the only one.

    Raises:
        UsageError: none of them is named, or there is no such name.
    """
    for name in names:
        if name not in arrays:
            raise UsageError(f"'{path}' has no array '{name}'", hint=suggestion(name, arrays) or _listed(arrays))
    if not names and len(arrays) != 1:
        raise UsageError(f"'{path}' has {len(arrays)} arrays", hint=f"name one: --name NAME; {_listed(arrays)}")
    return {name: arrays[name] for name in names or arrays}


def _listed(names: Any) -> str:
    shown = list(islice(names, 12))
    return f"there are: {', '.join(shown)}{', ...' if len(names) > len(shown) else ''}"


# --- tables ----------------------------------------------------------------------------------------------------


def read_table(source: Source, separator: str) -> Table:
    """The cells of a CSV or TSV text, trimmed.

    Raises:
        DataError: there are none, or a row has more or fewer cells than the first one.
    """
    reader = csv.reader(io.StringIO(source.text), delimiter=separator, skipinitialspace=True)
    rows: list[list[str]] = []
    lines: list[int] = []
    try:
        for row in reader:
            if row:
                rows.append(row)
                lines.append(reader.line_num)
                if len(row) != len(rows[0]):
                    place = _place(source, reader.line_num)
                    raise DataError(f"{place}: the row has {len(row)} and the first row {len(rows[0])} cells")
    except csv.Error as error:
        raise DataError(f"{_place(source, reader.line_num)}: {error}") from None
    if not rows:
        piped = source.name == "standard input"
        raise DataError(f"{_named(source)} is empty", hint="did the command before the pipe fail?" if piped else None)
    header = tuple(cell.strip() for cell in rows[0])
    if all(_is_number(cell) for cell in header):
        header = ()
    body = rows[1:] if header else rows
    return Table(source, header, list(zip(*body, strict=True)), lines[len(rows) - len(body) :])


def _named(source: Source) -> str:
    return source.name if source.name == "standard input" else f"'{source.name}'"


def _place(source: Source, line: int) -> str:
    return f"{_named(source)}, line {line}"


def _is_number(cell: str) -> bool:
    try:
        float(cell or "nan")
    except ValueError:
        return False
    return True


def matrix(table: Table) -> Array:
    """A table of numbers alone; a single row or column is a series.

    Raises:
        UsageError: it has a header.
    """
    if table.header:
        raise UsageError(
            f"{_named(table.source)} has a header: say which columns are values and which coordinates",
            hint=_columns_hint(table),
        )
    found = np.column_stack([_numbers(table, k) for k in range(len(table.columns))])
    return found.reshape(-1) if 1 in found.shape else found


def column_index(table: Table, name: str, option: str) -> int:
    """Which column has a name.

    Raises:
        DataError: none has it.
    """
    if not table.header:
        raise DataError(f"{_named(table.source)} has no header, so there is no column '{name}' for {option}")
    if name not in table.header:
        hint = suggestion(name, table.header) or _listed(table.header)
        raise DataError(f"{_named(table.source)} has no column '{name}'", hint=hint)
    return table.header.index(name)


def groups(table: Table, names: Sequence[str]) -> Iterator[tuple[tuple[str, ...], Table]]:
    """The table's parts that agree in some columns, in the order in which they begin.

    Raises:
        DataError: there is no such column.
    """
    if not names:
        yield (), table
        return
    keys = [table.columns[column_index(table, name, "--group")] for name in names] if table.columns else []
    rows: dict[tuple[str, ...], list[int]] = {}
    for row, key in enumerate(zip(*keys, strict=True)):
        rows.setdefault(tuple(cell.strip() for cell in key), []).append(row)
    for key, own in rows.items():
        columns: list[Sequence[str]] = [[column[row] for row in own] for column in table.columns]
        yield key, table._replace(columns=columns, lines=[table.lines[row] for row in own])


def tidy(table: Table, values: Sequence[str], by: Sequence[str]) -> tuple[Field, Gaps, dict[str, datetime]]:
    """A grid from a row a point: the samples, the points that are missing, and the first date of columns of dates.

    Raises:
        DataError: there is no such column, a cell cannot be read, two rows are at one place, or they make no grid.
    """
    places = [column_index(table, name, "--by") for name in by]
    given = {name: column_index(table, name, "--value") for name in values}
    origins: dict[str, datetime] = {}
    columns = [_coordinates(table, k, origins) if table.lines else np.empty(0) for k in places]
    found = [_levels(column) for column in columns]
    shape = tuple(len(levels) for levels, _ in found)
    rows = len(table.lines)
    if prod(shape) > max(_SPARSE * rows, 1000):
        counts = ", ".join(f"{len(levels):,} of {name}" for name, (levels, _) in zip(by, found, strict=True))
        raise DataError(
            f"the rows make no grid: {rows:,} rows with {counts}",
            hint="a grid has a row for each combination of its coordinates, or nearly; is --group missing?",
        )
    flat = np.ravel_multi_index([index for _, index in found], shape) if rows else np.empty(0, np.intp)
    _no_twins(table, by, columns, flat)
    components = {}
    for name, k in given.items():
        samples = np.full(prod(shape), np.nan)
        samples[flat] = _numbers(table, k) if rows else np.empty(0)
        components[name] = samples.reshape(shape)
    axes = tuple(GridAxis(name, len(levels), levels) for name, (levels, _) in zip(by, found, strict=True))
    return Field(axes, components), _gaps(axes, flat), origins


def _levels(column: Array) -> tuple[Array, Array]:
    """The different numbers of a column in order, and which of them each is; those that differ by rounding are one."""
    levels, index = np.unique(column, return_inverse=True)
    fresh = np.diff(levels, prepend=-np.inf) > _SAME * np.abs(levels).max(initial=0.0)
    return levels[fresh], (np.cumsum(fresh) - 1)[index]


def _no_twins(table: Table, by: Sequence[str], columns: Sequence[Array], flat: Array) -> None:
    order = np.argsort(flat, kind="stable")
    twins = np.flatnonzero(np.diff(flat[order]) == 0)
    if len(twins):
        a, b = int(order[twins[0]]), int(order[twins[0] + 1])
        where = ", ".join(f"{name}={number_text(column[a])}" for name, column in zip(by, columns, strict=True))
        raise DataError(
            f"{_named(table.source)}, lines {table.lines[a]} and {table.lines[b]}: two rows are at {where}",
            hint="a column that tells them apart goes into --group or --by",
        )


def _gaps(axes: Sequence[GridAxis], flat: Array) -> Gaps:
    shape = tuple(axis.size for axis in axes)
    there = np.zeros(prod(shape), bool)
    there[flat] = True
    missing = np.flatnonzero(~there)
    some = []
    for point in missing[:_LISTED]:
        where = np.unravel_index(int(point), shape)
        some.append(", ".join(f"{a.name}={number_text(a.spacing[k])}" for a, k in zip(axes, where, strict=True)))
    return Gaps(len(missing), len(there), tuple(some))


def _columns_hint(table: Table) -> str:
    """Options to copy, which read the last column that holds a number by those before it; there may be no rows."""
    numeric = [name for name, cells in zip(table.header, table.columns, strict=False) if cells and _is_number(cells[0])]
    if not numeric:
        return "no column begins with a number: --value VALUES --by COORDINATES names numbers and dates"
    others = [name for name in table.header if name != numeric[-1]]
    return f"--value {numeric[-1]} --by {','.join(numeric[:-1] or others[:1]) or '...'}"


def _numbers(table: Table, k: int) -> Array:
    """A column as numbers; what is empty is nan.

    Raises:
        DataError: a cell is no number.
    """
    cells = table.columns[k]
    try:
        return np.array(cells, np.float64)
    except ValueError:
        return np.array([_number(table, k, row) for row in range(len(cells))])


def _number(table: Table, k: int, row: int) -> float:
    cell = table.columns[k][row].strip()
    try:
        return float("nan" if cell in ("", "null") else cell)
    except ValueError:
        column = f"column '{table.header[k]}'" if table.header else f"column {k + 1}"
        raise DataError(f"{_place(table.source, table.lines[row])}, {column}: '{cell}' is no number") from None


def _coordinates(table: Table, k: int, origins: dict[str, datetime]) -> Array:
    """A column as coordinates: numbers, or dates as seconds since the first.

    Raises:
        DataError: a cell is neither, or is empty.
    """
    if _is_number(table.columns[k][0].strip()):
        found = _numbers(table, k)
    else:
        dates = [_date(table, k, row) for row in range(len(table.lines))]
        try:
            first = min(dates)
            found = np.array([(date - first).total_seconds() for date in dates])
        except TypeError:
            raise DataError(
                f"{_named(table.source)}, column '{table.header[k]}': some dates have a time zone, some not"
            ) from None
        origins[table.header[k]] = first
    if not np.isfinite(found).all():
        row = int(np.argmin(np.isfinite(found)))
        raise DataError(
            f"{_place(table.source, table.lines[row])}, column '{table.header[k]}': the coordinate is missing"
        )
    return found


def _date(table: Table, k: int, row: int) -> datetime:
    cell = table.columns[k][row].strip()
    try:
        return datetime.fromisoformat(cell)
    except ValueError:
        place = f"{_place(table.source, table.lines[row])}, column '{table.header[k]}'"
        raise DataError(f"{place}: '{cell}' is neither a number nor a date") from None

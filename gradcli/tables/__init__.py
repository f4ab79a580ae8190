"""Tables of points: from a file or standard input to blocks of rows, one file per family of formats.

A table knows its columns before the first row is read. Its rows come as raw blocks (`raw`: bytes of whole rows,
or arrays), and `parse` makes the points of one raw block, by itself and without memory of other blocks, so that
blocks may be parsed elsewhere, in any order. What passes through to the output goes along as it stood.
"""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from errno import EISDIR
from importlib import import_module
from typing import Any, NamedTuple, Protocol

from gradcli.errors import DataError, GradcliError, UsageError
from gradcli.points import Block
from gradcli.tables.text import ByteSource

_MODULES = {
    "csv": "gradcli.tables.delimited",
    "tsv": "gradcli.tables.delimited",
    "ndjson": "gradcli.tables.ndjson",
    "npy": "gradcli.tables.numpy_files",
    "npz": "gradcli.tables.numpy_files",
    "parquet": "gradcli.tables.arrow",
    "arrow": "gradcli.tables.arrow",
}
INPUT_FORMATS = tuple(_MODULES)
BINARY = frozenset({"npy", "npz", "parquet", "arrow"})
ON_ERROR = ("fail", "null", "skip")

_EXTENSIONS = {
    ".csv": "csv", ".tsv": "tsv", ".tab": "tsv", ".ndjson": "ndjson", ".jsonl": "ndjson", ".npy": "npy", ".npz": "npz",
    ".parquet": "parquet", ".pq": "parquet", ".arrow": "arrow", ".arrows": "arrow",
    ".feather": "arrow", ".ipc": "arrow",
}  # fmt: skip
_MAGIC = {
    b"\x93NUMPY": "npy",
    b"PK\x03\x04": "npz",
    b"PAR1\x15": "parquet",
    b"ARROW1\0\0": "arrow",
    b"\xff\xff\xff\xff": "arrow",
}
_COMPRESSED = {
    b"\x1f\x8b": ("gzip", "gzip"),
    **{b"BZh%d1AY" % level: ("bzip2", "bzip2") for level in range(1, 10)},
    b"\xfd7zXZ\x00": ("xz", "xz"),
    b"\x28\xb5\x2f\xfd": ("zstd", "zstd"),
}
"""How compressed files begin; what it is called, and the tool that reads it."""

_SEPARATED = {";": "';'", "|": "'|'", " ": "spaces"}
"""Separators of columns that csv and tsv don't have."""


class Needed(NamedTuple):
    """What is wanted of a table.

    Attributes:
        columns: variable to the name of its column.
        on_error: what a bad row does: `fail`, `null` (its results are empty) or `skip`.
        clashes: names of outputs, which no row may have.
        only: the only names that a row may have, where the output has a column for no other.
        whole: whether what rows have beyond the columns passes through, where the output has room for it.
    """

    columns: Mapping[str, str]
    on_error: str = "fail"
    clashes: frozenset[str] = frozenset()
    only: frozenset[str] | None = None
    whole: bool = True


class Parsed(NamedTuple):
    """The points of a raw block.

    Attributes:
        lines: how many lines of text it took.
        missing, bad: how many rows lack a value, and how many were bad.
        first_bad: the first bad row; where bad rows are errors, the block has the rows before it.
        changed: how many rows do not pass through as they stood; first_changed: the first one's line in the block,
            counted from 1.
    """

    block: Block
    lines: int = 0
    missing: int = 0
    bad: int = 0
    first_bad: GradcliError | None = None
    changed: int = 0
    first_changed: int = 0


class Table(Protocol):
    """A table, opened.

    Attributes:
        name: what messages call it.
        format: one of `INPUT_FORMATS`.
        columns: their names, in order.
        first_line: the line of text that the first raw block begins with.
        rows: how many there are, where that is known.
        header: what a format takes to write the columns as they stood; `None`: their names alone.
    """

    name: str
    format: str
    columns: tuple[str, ...]
    first_line: int
    rows: int | None

    @property
    def header(self) -> Any: ...

    def name_columns(self, names: tuple[str, ...]) -> None:
        """Gives columns without names of their own the variables' names, in their order.

        Raises:
            DataError: there are more or fewer of them.
        """

    def raw(self) -> Iterator[Any]:
        """The rows in raw blocks; `b""` says that the input pauses."""

    def pace(self, share: float) -> None:
        """From now on raw blocks have such a share of their full size, or a little more."""

    def parse(self, raw: Any, line: int, needed: Needed) -> Parsed:
        """The points of a raw block that begins at a line of text; a pure function."""

    def check(self, columns: Iterable[str]) -> None:
        """Checks that columns can hold numbers, where that is known before they are read.

        Raises:
            DataError: one cannot.
        """

    def progress(self) -> float | None:
        """How much of the input was given, from 0 to 1; `None` where its size is not known."""


def open_table(path: str, asked: str | None) -> Table:
    """Opens a table and reads what its columns are called.

    Args:
        path: a file, or `-` for standard input.
        asked: the format; `None`: by the file's extension, else by its first bytes.

    Raises:
        DataError: it cannot be read, is empty, or of no known format.
    """
    source = _source(path)
    head = source.ahead(1)
    for magic, (kind, tool) in _COMPRESSED.items():
        if head.startswith(magic):
            shown = path if path != "-" else "FILE"
            raise DataError(
                f"{source.name} is compressed with {kind}", hint=f"{tool} -dc {shown} | gradcli ... --points -"
            )
    format = asked or format_of(path) or _sniffed(source)
    table: Table = import_module(_MODULES[format]).open_table(source, format)
    return table


def format_of(path: str) -> str | None:
    """The format that a file's extension names, if it names one; standard input has none."""
    return _EXTENSIONS.get(os.path.splitext(path)[1].lower())


def _source(path: str) -> ByteSource:
    if path == "-":
        if sys.stdin is None:
            raise DataError("standard input is closed")
        return ByteSource(sys.stdin.fileno(), "standard input")
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
        source = ByteSource(descriptor, f"'{path}'", path)
        if os.path.isdir(path):
            raise IsADirectoryError(EISDIR, os.strerror(EISDIR))
    except (OSError, ValueError) as error:
        hint = (
            f"values are given by --at: --at {path}" if isinstance(error, FileNotFoundError) and "=" in path else None
        )
        raise DataError(f"'{path}' cannot be read: {getattr(error, 'strerror', None) or error}", hint=hint) from None
    return source


def _sniffed(source: ByteSource) -> str:
    """The format that the first bytes look like.

    Raises:
        DataError: there are none, or they begin a JSON array.
    """
    head = source.ahead(1)
    for magic, format in _MAGIC.items():
        if head.startswith(magic):
            return format
    line = source.line_ahead()
    if not line:
        piped = source.path is None and not source.regular
        raise DataError(f"{source.name} is empty", hint="did the command before the pipe fail?" if piped else None)
    if line[:1] == b"{":
        return "ndjson"
    if line[:1] == b"[":
        raise json_array(source.name)
    return "tsv" if b"\t" in line and b"," not in line else "csv"


def json_array(name: str) -> DataError:
    """The error that a table is one JSON document."""
    return DataError(f"{name} is a JSON array; rows are read a line each", hint="jq -c '.[]' makes lines of it")


def bind(
    table: Table, variables: tuple[str, ...], renamed: Mapping[str, str], given: Mapping[str, Any]
) -> dict[str, str]:
    """The column of each variable that is not given otherwise.

    Args:
        renamed: column to variable, of `--rename`.
        given: variables that have their value from `--at`.

    Raises:
        DataError: a column is missing, or there twice.
        UsageError: `--rename` names no column or no variable, or a variable has a value and a column.
    """
    from gradcli.naming import suggestion

    columns = {name: name for name in table.columns}
    repeated = twice(table)
    for column, variable in renamed.items():
        if column not in columns:
            raise UsageError(
                f"--rename: there is no column '{column}' in {table.name}",
                hint=f"the column comes first: --rename {variable}={column}"
                if variable in columns and column in variables
                else suggestion(column, table.columns) or f"there are: {', '.join(table.columns[:20])}",
            )
        if variable not in variables:
            raise UsageError(
                f"--rename: '{variable}' is no variable of the expression",
                hint=suggestion(variable, variables) or f"its variables: {', '.join(variables[:20]) or 'none'}",
            )
    for column in renamed:
        columns.pop(column)
    columns |= {variable: column for column, variable in renamed.items()}
    found: dict[str, str] = {}
    for name in variables:
        if name in given and name in columns:
            raise UsageError(
                f"'{name}' is given by --at and is a column of {table.name}",
                hint=f"--rename {columns[name]}=... or leave it out of --at",
            )
        if name in columns:
            found[name] = columns[name]
            if columns[name] in repeated:
                raise DataError(f"{table.name} has the column '{columns[name]}' twice")
    missing = [name for name in variables if name not in found and name not in given]
    if missing:
        listed = ", ".join(f"'{name}'" for name in missing[:5]) + (", ..." if len(missing) > 5 else "")
        raise DataError(
            f"{table.name} has no column{'s' if len(missing) > 1 else ''} {listed}",
            hint=_missing_hint(missing[0], table),
        )
    table.check(found.values())
    return found


def twice(table: Table) -> frozenset[str]:
    """The names that more than one column has."""
    return frozenset(name for name, count in Counter(table.columns).items() if count > 1)


def _missing_hint(name: str, table: Table) -> str:
    from difflib import get_close_matches

    near = get_close_matches(name, table.columns, n=1, cutoff=0.6) or [
        c for c in table.columns if c.lower() == name.lower()
    ]
    if near:
        return f"did you mean '{near[0]}'? --rename {near[0]}={name}"
    if any("\r" in column for column in table.columns):
        return r"its lines end as on old Macs: tr '\r' '\n' gives them the usual end"
    if len(table.columns) == 1:
        for separator, said in _SEPARATED.items():
            if separator in table.columns[0]:
                points = ", and tr ',;' '.,' points of decimal commas too" if separator == ";" else ""
                return f"the columns seem to be separated by {said}: tr '{separator}' ',' makes commas of them{points}"
    first = "; the first line is to name the columns" if all(map(_is_number, table.columns)) else ""
    return f"its columns: {', '.join(table.columns[:20])}; --rename COLUMN={name}, or --at {name}=...{first}"


def _is_number(text: str) -> bool:
    from gradcli.tables.cells import BadCell, number_in

    try:
        number_in(text)
    except BadCell:
        return False
    return True

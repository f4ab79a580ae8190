"""Parquet and Arrow files and streams, with the extra `arrow`: batches of rows, their columns passed through whole.

The types, the nulls and the metadata of the columns that pass through stay as they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from io import BytesIO
from typing import Any

import numpy as np

from gradcli.errors import DataError, UsageError
from gradcli.points import BLOCK_ROWS, Block
from gradcli.tables import Needed, Parsed
from gradcli.tables.cells import Cell, Json, json_text, missing_rows
from gradcli.tables.text import ByteSource


def arrow() -> Any:
    """The library.

    Raises:
        UsageError: it is not installed; with the extra that brings it.
    """
    try:
        import pyarrow
    except ImportError:
        raise UsageError("Parquet and Arrow need the library pyarrow", hint='pip install "gradcli[arrow]"') from None
    return pyarrow


def open_table(source: ByteSource, format: str) -> ArrowTable:
    """Opens a file, or a stream on standard input.

    Raises:
        DataError: it cannot be read.
        UsageError: pyarrow is not installed.
    """
    return ArrowTable(source, format)


class ArrowTable:
    """A table in Arrow's memory; see `gradcli.tables.Table`."""

    first_line = 1

    def __init__(self, source: ByteSource, format: str) -> None:
        library = arrow()
        self.name = source.name
        self.format = format
        self.rows: int | None = None
        self._done = 0
        self._rows = BLOCK_ROWS
        try:
            if format == "parquet":
                from pyarrow import parquet

                file = parquet.ParquetFile(_whole(source))
                self.schema: Any = file.schema_arrow
                self.rows = file.metadata.num_rows
                self._batches: Iterator[Any] = file.iter_batches(BLOCK_ROWS)
            elif source.ahead(6).startswith(b"ARROW1"):
                reader = library.ipc.open_file(_whole(source))
                self.schema = reader.schema
                self._batches = (reader.get_batch(k) for k in range(reader.num_record_batches))
            else:
                stream = library.ipc.open_stream(_Pipe(source))
                self.schema = stream.schema
                self._batches = iter(stream)
        except (library.ArrowException, OSError) as error:
            raise DataError(f"{self.name} cannot be read as {format}: {_first_line(error)}") from None
        self.columns = tuple(self.schema.names)

    def name_columns(self, names: tuple[str, ...]) -> None:
        """See `Table.name_columns`: they have names."""

    def raw(self) -> Iterator[Any]:
        """See `Table.raw`; a raw block is a record batch."""
        try:
            for batch in self._batches:
                first = 0
                while first < batch.num_rows:
                    piece = batch.slice(first, self._rows)
                    first += piece.num_rows
                    self._done += piece.num_rows
                    yield piece
        except (arrow().ArrowException, OSError) as error:
            raise DataError(f"{self.name} cannot be read: {_first_line(error)}") from None

    def pace(self, share: float) -> None:
        """See `Table.pace`."""
        self._rows = max(1, int(share * BLOCK_ROWS))

    def progress(self) -> float | None:
        """See `Table.progress`."""
        return self._done / self.rows if self.rows else None

    def check(self, columns: Iterable[str]) -> None:
        """See `Table.check`."""
        types = arrow().types
        for name in columns:
            kind = self.schema.field(name).type
            if not (types.is_integer(kind) or types.is_floating(kind) or types.is_decimal(kind) or types.is_null(kind)):
                raise DataError(f"the column '{name}' of {self.name} holds no numbers but {kind}")

    def parse(self, raw: Any, line: int, needed: Needed) -> Parsed:
        """See `Table.parse`."""
        columns = {v: _numbers(raw.column(self.columns.index(c))) for v, c in needed.columns.items()}
        said = missing_rows(columns, needed.columns)
        return Parsed(Block(raw.num_rows, columns, passed=PassedBatch(raw), said=said), missing=len(said))

    @property
    def header(self) -> Any:
        """Itself, for its schema."""
        return self


def _numbers(column: Any) -> Any:
    """A column as float64, nan where it has null."""
    numbers = column.cast(arrow().float64(), safe=False)
    return np.array(numbers.to_numpy(zero_copy_only=False), np.float64)


class PassedBatch(Mapping[str, Sequence[Cell]]):
    """The columns of a record batch, as cells for text."""

    def __init__(self, batch: Any) -> None:
        self.batch = batch

    def __getitem__(self, name: str) -> Sequence[Cell]:
        column = self.batch.column(self.batch.schema.names.index(name))
        try:
            values = column.to_pylist()
        except ValueError:  # nanoseconds, which Python's dates and times do not have
            values = list(map(_python_value, column))
        return [_cell(value) for value in values]

    def rows(self, rows: Sequence[int]) -> PassedBatch:
        """Some rows of them."""
        return PassedBatch(self.batch.take(rows))

    def __contains__(self, name: object) -> bool:
        return name in self.batch.schema.names

    def __iter__(self) -> Iterator[str]:
        return iter(self.batch.schema.names)

    def __len__(self) -> int:
        return int(self.batch.num_columns)


def _whole(source: ByteSource) -> Any:
    """A file that can be read anywhere: the one on the disk, else all that comes."""
    return source.path if source.regular and source.path is not None else BytesIO(source.all())


class _Pipe:
    """A source as Arrow reads it."""

    closed = False

    def __init__(self, source: ByteSource) -> None:
        self.source = source

    def read(self, count: int = -1) -> bytes:
        """So many bytes, or all."""
        if count < 0:
            return self.source.all()
        found = self.source.ahead(count)[:count]
        self.source.drop(count)
        return found

    def close(self) -> None:
        """Nothing is to be done."""


def _python_value(scalar: Any) -> Any:
    try:
        return scalar.as_py()
    except ValueError:
        library = arrow()
        is_span = library.types.is_duration(scalar.type)
        return f"{scalar.value} nanoseconds" if is_span else scalar.cast(library.string()).as_py()


def _cell(value: Any) -> Cell:
    if value is None or isinstance(value, str | float):
        return value
    if isinstance(value, bool | int | list | dict):
        return Json(json_text(value))
    if isinstance(value, Decimal):
        return Json(value)
    return value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else str(value)


def _first_line(error: BaseException) -> str:
    return str(error).partition("\n")[0].rstrip(".")[:200]

"""Parquet, and Arrow's formats for files and for streams: batch by batch, with the extra `arrow`.

What comes from an Arrow table passes through with its types. Of other tables the columns that are read as
variables are numbers and all others text, so that the types do not depend on what a block happens to hold.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from io import BytesIO
from typing import Any

from gradcli.errors import DataError
from gradcli.points import BLOCK_ROWS, Block
from gradcli.render import Numbers, Style
from gradcli.render.numbers import rounded
from gradcli.render.rows import column_array, said_rows, status_column
from gradcli.results import Values
from gradcli.tables.arrow import PassedBatch, arrow
from gradcli.tables.cells import array_cells, valid_text

_FILES = (".arrow", ".feather", ".ipc")
"""Names by which others expect the format with an index at its end; in a pipe nobody could jump to it."""


def numbers(answer: Numbers, style: Style) -> Iterator[bytes]:
    """The file; a number that is none is null. Whatever ends the rows, the file is closed behind the last batch."""
    library = arrow()
    sink = _Sink()
    writer: Any = None
    batches = _Batches(library)
    try:
        for block, values in answer.blocks:
            batch = _batch(library, answer, block, values, style)
            if writer is None:
                writer = _writer(library, sink, batch.schema, style)
            for full in batches.filled(batch):
                writer.write_batch(full)
            yield sink.taken()
        if writer is None:
            writer = _writer(library, sink, _empty_schema(library, answer, style), style)
    except GeneratorExit:
        return
    except BaseException:
        if writer is not None:
            _finish(writer, batches)
            yield sink.taken()
        raise
    _finish(writer, batches)
    yield sink.taken()


def _finish(writer: Any, batches: _Batches) -> None:
    for rest in batches.rest():
        writer.write_batch(rest)
    writer.close()


class _Batches:
    """Batches of always as many rows, so that the bytes do not depend on the blocks that came through a pipe."""

    def __init__(self, library: Any) -> None:
        self.library = library
        self._waiting: list[Any] = []

    def filled(self, batch: Any) -> Iterator[Any]:
        """The full batches that there are with one more."""
        self._waiting.append(batch)
        while sum(batch.num_rows for batch in self._waiting) >= BLOCK_ROWS:
            table = self._table()
            self._waiting = table.slice(BLOCK_ROWS).to_batches()
            yield self._joined(table.slice(0, BLOCK_ROWS))

    def rest(self) -> list[Any]:
        """The last rows."""
        return [self._joined(self._table())] if self._waiting else []

    def _joined(self, table: Any) -> Any:
        """One batch; an empty piece more makes even a single one be copied, so that it has no trace of a larger one."""
        columns = [
            self.library.concat_arrays([*column.chunks, column.slice(0, 0).combine_chunks()])
            for column in table.columns
        ]
        return self.library.record_batch(columns, schema=table.schema)

    def _table(self) -> Any:
        return self.library.Table.from_batches(self._waiting)


class _Sink(BytesIO):
    """A file that hands on what was written."""

    def __init__(self) -> None:
        super().__init__()
        self._before = 0

    def taken(self) -> bytes:
        """What was written since the last time."""
        data = self.getvalue()
        self._before += len(data)
        self.seek(0)
        self.truncate()
        return data

    def tell(self) -> int:
        """The place in the whole file."""
        return self._before + super().tell()

    def close(self) -> None:
        """It stays, as what it has is yet to be taken."""


def _writer(library: Any, sink: _Sink, schema: Any, style: Style) -> Any:
    if style.format == "parquet":
        from pyarrow import parquet

        # A dictionary of numbers that hardly ever repeat takes half of the time and a fifth of the room.
        repeating = [field.name for field in schema if not library.types.is_floating(field.type)]
        return parquet.ParquetWriter(sink, schema, use_dictionary=repeating)
    if style.extension in _FILES:
        return _FileWriter(library, sink, schema)
    return library.ipc.new_stream(sink, schema)


class _FileWriter:
    """Arrow's file format, in which a dictionary may grow from batch to batch but not change."""

    def __init__(self, library: Any, sink: _Sink, schema: Any) -> None:
        self.library = library
        self._writer = library.ipc.new_file(
            sink, schema, options=library.ipc.IpcWriteOptions(emit_dictionary_deltas=True)
        )
        self._last: dict[int, Any] = {}

    def write_batch(self, batch: Any) -> None:
        """Writes a batch, whose dictionaries go on from those of the batch before.

        Raises:
            DataError: a dictionary inside of lists or structures changes.
        """
        columns = list(batch.columns)
        for place, column in enumerate(columns):
            if self.library.types.is_dictionary(column.type):
                if place in self._last:
                    both = self.library.chunked_array([self._last[place], column])
                    columns[place] = both.unify_dictionaries().chunk(1)
                self._last[place] = columns[place].slice(0, 0)
        try:
            self._writer.write_batch(self.library.record_batch(columns, schema=batch.schema))
        except self.library.ArrowInvalid as error:
            raise DataError(
                f"Arrow's file format cannot hold this: {error}", hint="-o FILE.arrows writes the stream format"
            ) from None

    def close(self) -> None:
        """Ends the file with its index."""
        self._writer.close()


def _batch(library: Any, answer: Numbers, block: Block, values: Values, style: Style) -> Any:
    arrays, fields = [], []
    computed = answer.computed
    places = _places(block.passed.batch.schema.names) if isinstance(block.passed, PassedBatch) else {}
    for name in answer.columns:
        field = None
        if name in computed:
            column = values.columns[name]
            if style.digits:
                column = [rounded(number, style.digits) for number in column]
            array = library.array(column, library.float64(), from_pandas=True)
        elif isinstance(block.passed, PassedBatch):
            place = next(places[name])
            array, field = block.passed.batch.column(place), block.passed.batch.schema.field(place)
        elif name in answer.read or name not in block.passed:
            column = column_array(block, answer.read.get(name, name))
            array = library.array(column, library.float64(), from_pandas=True)
        else:
            cells = block.passed[name]
            array = _typed(library, cells) if hasattr(cells, "dtype") else _text(library, cells)
        arrays.append(array)
        fields.append(field or library.field(name, array.type))
    if style.status:
        texts = [""] * block.rows
        for row, said in said_rows(answer, block, values).items():
            texts[row] = block.said.get(row) or "; ".join(f"{name}: {text}" for name, text in said.items())
        arrays.append(library.array(texts, library.string()))
        fields.append(library.field(status_column(answer), library.string()))
    return library.record_batch(arrays, schema=library.schema(fields))


def _typed(library: Any, array: Any) -> Any:
    """An array of NumPy's; as text where Arrow has no such type."""
    try:
        return library.array(array)
    except (library.ArrowException, NotImplementedError):
        return _text(library, array_cells(array))


def _text(library: Any, cells: Iterable[Any]) -> Any:
    return library.array([None if c is None else valid_text(str(c)) for c in cells], library.string())


def _places(names: Sequence[str]) -> dict[str, Iterator[int]]:
    """Where the columns of a table are that have a name, one after the other."""
    places: dict[str, list[int]] = {}
    for k, name in enumerate(names):
        places.setdefault(name, []).append(k)
    return {name: iter(found) for name, found in places.items()}


def _empty_schema(library: Any, answer: Numbers, style: Style) -> Any:
    """The columns of an answer without rows."""
    typed, computed = getattr(answer.header, "schema", None), answer.computed
    fields = []
    places = _places(typed.names) if typed is not None else {}
    for name in answer.columns:
        if typed is not None and name not in computed:
            fields.append(typed.field(next(places[name])))
        else:
            number = name in computed or name in answer.read
            fields.append(library.field(name, library.float64() if number else library.string()))
    if style.status:
        fields.append(library.field(status_column(answer), library.string()))
    return library.schema(fields)

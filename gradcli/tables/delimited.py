"""CSV and TSV: RFC 4180, with the separator that the format has.

There are three ways to read a block, each for what the one before cannot: plain numbers and nothing else are
read at once; without quotes and with as many cells in each row as the header has, column by column; whatever
else, row by row by a regular expression. A quote has a meaning only at the beginning of a cell.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence

from gradcli.errors import DataError, Source, shorten
from gradcli.points import Block
from gradcli.tables import Needed, Parsed
from gradcli.tables.cells import (
    BadCell,
    Cell,
    Untyped,
    between_numbers,
    missing_rows,
    no_utf8,
    number_in,
    numbers_at_once,
    with_replacements,
)
from gradcli.tables.rows import Gathered, TextTable
from gradcli.tables.text import ByteSource, RowBlocks

SEPARATORS = {"csv": b",", "tsv": b"\t"}


def open_table(source: ByteSource, format: str) -> DelimitedTable:
    """Opens a table and reads its header.

    Raises:
        DataError: there is none, or it is no UTF-8 text.
    """
    return DelimitedTable(source, format)


class DelimitedTable(TextTable):
    """A table of text with a separator; see `gradcli.tables.Table`.

    Attributes:
        places: the position of each column by its name, of several the first.
    """

    rows = None

    def __init__(self, source: ByteSource, format: str) -> None:
        self.name = source.name
        self.format = format
        self.separator = SEPARATORS[format]
        self._source = source
        self._row = _row_pattern(self.separator)
        self._cell = _cell_pattern(self.separator)
        self._blocks = RowBlocks(source, self._row_end)
        self.first_line = 1
        header = b""
        while not header.strip(b"\r\n"):
            header = self._blocks.first(self._first_row_end)
            if not header:
                raise DataError(f"{source.name} is empty: it has no header")
            self.first_line += header.count(b"\n")
        if (wrong := no_utf8(header)) is not None:
            raise self._bad_text(wrong, _stripped(header), self.first_line - header.count(b"\n"))
        names = [_unquoted(cell).decode().strip() for cell in self.cells(header)]
        if not all(map(str.isascii, names)):
            from unicodedata import normalize

            names = [normalize("NFC", name) for name in names]
        self.columns = tuple(names)
        self.places = {name: k for k, name in reversed(list(enumerate(names)))}
        self.header = PassedText(self, [_stripped(header)])

    def raw(self) -> Iterator[bytes]:
        """See `Table.raw`."""
        return iter(self._blocks)

    def _at_once(self, raw: bytes, needed: Needed) -> Parsed | None:
        """The block, if no row of it needs care."""
        if b'"' in raw or not needed.columns or no_utf8(raw) is not None:
            return None
        text = raw.replace(b"\r\n", b"\n") if b"\r" in raw else raw
        rows, width, separator = text.count(b"\n"), len(self.columns), self.separator
        if width == 1 and (b"\n\n" in text or text[:1] == b"\n"):
            return None  # a blank line is no row, but looks like one with an empty cell
        import orjson

        lines = text[:-1].split(b"\n")
        places = {variable: self.places[column] for variable, column in needed.columns.items()}
        if len(places) == width and between_numbers(text) == (separator * (width - 1) + b"\n") * rows:
            joined = text[:-1].replace(b"\n", b",") if separator == b"," else text[:-1].translate(_TSV_TO_COMMAS)
            found = numbers_at_once(joined, rows * width, orjson.loads)
            if found is not None:
                matrix = found.reshape(rows, width)
                columns = {variable: matrix[:, k].copy() for variable, k in places.items()}
                return Parsed(Block(rows, columns, passed=PassedText(self, lines)), rows)
        # A column of line ends after the last: if each of them is one, no row has more or fewer cells.
        flat = text.replace(b"\n", separator + b"\n" + separator).split(separator)
        if flat[width :: width + 1] != [b"\n"] * rows or len(flat) != rows * (width + 1) + 1:
            return None
        columns = {}
        for variable, k in places.items():
            cells = flat[k :: width + 1][:rows]
            joined = b",".join(cells)
            plain = between_numbers(joined) == b"," * (rows - 1)
            found = numbers_at_once(joined, rows, orjson.loads) if plain else None
            if found is None:
                try:
                    import numpy as np

                    found = np.array([number_in(cell.decode()) for cell in cells])
                except BadCell:
                    return None
            columns[variable] = found
        said = missing_rows(columns, needed.columns)
        return Parsed(Block(rows, columns, passed=PassedText(self, lines), said=said), rows, missing=len(said))

    def _by_rows(self, raw: bytes, line: int, needed: Needed) -> Parsed:
        """See `TextTable`."""
        width = len(self.columns)
        places = [self.places[column] for column in needed.columns.values()]
        rows = Gathered(needed)
        position, at = 0, line
        while position < len(raw):
            match = self._row.match(raw, position)
            # After a quote that nothing closes the next line is the next row.
            end = match.end() if match else raw.find(b"\n", position) + 1 or len(raw)
            text, begin = _stripped(raw[position:end]), at
            at += raw.count(b"\n", position, end)
            position = end
            if not text and match:
                continue  # a blank line is no row
            wrong_text = no_utf8(text)
            error = None if wrong_text is None else self._bad_text(wrong_text, text, begin)
            if not match:
                place = self._unclosed(text)
                error = error or self._error("a quoted cell is not closed", text, begin, (place, place + 1))
                text = text[:place] + b'"' + text[place:].replace(b'"', b'""') + b'"'
            text = with_replacements(text)
            cells = self.cells(text)
            found: list[float] = []
            if error is None and len(cells) != width:
                error = self._ragged(text, begin, cells)
            for k in places if error is None else ():
                try:
                    found.append(number_in(_unquoted(cells[k]).decode()))
                except BadCell as wrong:
                    found.append(math.nan)
                    error = error or self._bad_cell(text, begin, cells, k, wrong)
            if error is None:
                rows.add(text, found)
            elif not rows.reject(error, self._fitted(text, cells), found):
                break
        return rows.parsed(at - line, PassedText(self, rows.lines))

    def _fitted(self, text: bytes, cells: Sequence[bytes]) -> bytes:
        """A row with as many cells as the header."""
        width = len(self.columns)
        return text if len(cells) == width else self.separator.join([*cells, *[b""] * width][:width])

    def cells(self, row: bytes) -> list[bytes]:
        """The cells of a row as they stand, quotes too."""
        text = _stripped(row)
        return self._cell.findall(text) if b'"' in text else text.split(self.separator)

    def _unclosed(self, row: bytes) -> int:
        """Where the quote stands that nothing closes."""
        *before, _ = self._cell.finditer(row + b'"')
        return before[-1].end() + 1 if before else 0

    def _row_end(self, text: bytes) -> int:
        """See `RowEnd`."""
        if b'"' not in text:
            return text.rfind(b"\n") + 1
        end = 0
        while match := self._row.match(text, end):
            end = match.end()
        return end

    def _first_row_end(self, text: bytes) -> int:
        match = self._row.match(text)
        return match.end() if match else 0

    def _ragged(self, text: bytes, line: int, cells: Sequence[bytes]) -> DataError:
        width = len(self.columns)
        message = f"the row has {len(cells)} cell{'s' if len(cells) > 1 else ''} where the header has {width}"
        start = sum(map(len, cells[:width])) + width if len(cells) > width else max(0, len(text) - 1)
        return self._error(message, text, line, (start, max(len(text), start + 1)))

    def _bad_cell(self, text: bytes, line: int, cells: Sequence[bytes], k: int, wrong: BadCell) -> DataError:
        start = sum(map(len, cells[:k])) + k
        shown = shorten(_shown(_unquoted(cells[k])).strip(), 60)
        message = f"'{shown}' in column '{self.columns[k]}' {wrong}"
        return self._error(message, text, line, (start, start + len(cells[k])), wrong.hint)

    def _bad_text(self, wrong: BadCell, text: bytes, line: int) -> DataError:
        source = Source(_shown(text), self._source.place, line)
        return DataError(str(wrong), source=source, span=wrong.span, hint=wrong.hint)

    def _error(self, message: str, text: bytes, line: int, span: tuple[int, int], hint: str | None = None) -> DataError:
        """A bad row with its place; the span is in bytes."""
        start, end = (len(_shown(text[:place])) for place in span)
        source = Source(_shown(text), self._source.place, line)
        return DataError(message, source=source, span=(start, max(end, start + 1)), hint=hint)


class PassedText(Mapping[str, Sequence[Cell]]):
    """The columns of a block that pass through, as they stand.

    Args:
        lines: the rows without their line ends; each has as many cells as the header.
    """

    def __init__(self, table: DelimitedTable, lines: list[bytes]) -> None:
        self.table = table
        self.lines = lines
        self._split: list[list[bytes]] | None = None

    def __getitem__(self, name: str) -> Sequence[Cell]:
        cells = self._columns()[self.table.places[name]]
        return [Untyped(_unquoted(cell).decode()) if cell else None for cell in cells]

    def __contains__(self, name: object) -> bool:
        return name in self.table.places

    def __iter__(self) -> Iterator[str]:
        return iter(self.table.columns)

    def __len__(self) -> int:
        return len(self.table.columns)

    def joined(self, names: Sequence[str], format: str) -> Sequence[bytes] | None:
        """Some columns of each row in a format, if they stand so in the input."""
        if format != self.table.format:
            return None
        if tuple(names) == self.table.columns:
            return self.lines
        columns = self._columns()
        chosen = [columns[self.table.places[name]] for name in names]
        return chosen[0] if len(chosen) == 1 else list(map(self.table.separator.join, zip(*chosen, strict=True)))

    def rows(self, rows: Sequence[int]) -> PassedText:
        """Some rows of them."""
        return PassedText(self.table, [self.lines[row] for row in rows])

    def _columns(self) -> list[list[bytes]]:
        if self._split is None:
            width = len(self.table.columns)
            flat = [cell for line in self.lines for cell in self.table.cells(line)]
            self._split = [flat[k::width] for k in range(width)]
        return self._split


_TSV_TO_COMMAS = bytes(44 if k in (9, 10) else k for k in range(256))


def _row_pattern(separator: bytes) -> re.Pattern[bytes]:
    """One row with its line's end; none if a quoted cell is not closed or the line does not end."""
    cell = _cell_text(separator)
    return re.compile(cell + rb"(?:" + separator + cell + rb")*+\n")


def _cell_pattern(separator: bytes) -> re.Pattern[bytes]:
    """Each cell of a row without its line's end."""
    return re.compile(rb"(?:^|(?<=" + separator + rb"))" + _cell_text(separator))


def _cell_text(separator: bytes) -> bytes:
    plain = rb"[^\n" + separator + rb"]"
    return rb'(?:"(?:[^"]|"")*+"' + plain + rb"*+|(?!\")" + plain + rb"*+)"


def _stripped(row: bytes) -> bytes:
    """A row without its line's end."""
    return row.removesuffix(b"\n").removesuffix(b"\r")


def _unquoted(cell: bytes) -> bytes:
    """What a cell says."""
    if cell[:1] != b'"':
        return cell
    inside, _, rest = cell[1:].rpartition(b'"')
    return inside.replace(b'""', b'"') + rest


def _shown(text: bytes) -> str:
    return text.decode("utf-8", "replace")

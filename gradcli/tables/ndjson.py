"""NDJSON: a JSON object a line. The first one says which columns there are; a key that a later one lacks is missing.

Lines are parsed one by one, as two broken lines together could be valid. What orjson refuses (`NaN`, as Python
writes it) is read by the standard library, and passes on as JSON has it: null, and "Infinity" as a text; which rows
that concerns is counted.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from operator import itemgetter
from typing import Any

from gradcli.errors import DataError, Source, Span, shorten
from gradcli.points import Block
from gradcli.tables import Needed, Parsed, json_array
from gradcli.tables.cells import (
    BadCell,
    Cell,
    Json,
    json_text,
    missing_rows,
    no_utf8,
    number_in,
    plain_numbers,
    valid_text,
    with_replacements,
)
from gradcli.tables.rows import Gathered, TextTable
from gradcli.tables.text import ByteSource, RowBlocks


def open_table(source: ByteSource, format: str) -> NdjsonTable:
    """Opens a table and reads its first object.

    Raises:
        DataError: the first line holds none.
    """
    return NdjsonTable(source)


class NdjsonTable(TextTable):
    """A table of JSON objects; see `gradcli.tables.Table`."""

    rows = None
    format = "ndjson"

    def __init__(self, source: ByteSource) -> None:
        self.name = source.name
        self.first_line = 1
        self._source = source
        self._blocks = RowBlocks(source, lambda text: text.rfind(b"\n") + 1)
        first = b""
        while not first.strip() and (line := self._blocks.first(lambda text: text.find(b"\n") + 1)):
            first += line
        self._blocks.put_back(first)
        head = first.strip()
        if head[:1] == b"[":
            raise json_array(self.name)
        self.columns: tuple[str, ...] = ()
        if head:
            try:
                self.columns = tuple(_object(head))
            except BadCell as wrong:
                wrong.hint = "jq -c . writes each object on a line of its own" if head[:1] == b"{" else None
                raise self._error(wrong, head, first.count(b"\n")) from None

    def raw(self) -> Iterator[bytes]:
        """See `Table.raw`."""
        return iter(self._blocks)

    def _at_once(self, raw: bytes, needed: Needed) -> Parsed | None:
        """The block, if every line is an object of plain numbers where numbers are needed."""
        import orjson

        lines = raw[:-1].split(b"\n")
        try:
            rows = list(map(orjson.loads, lines))
        except ValueError:
            return None
        if set(map(type, rows)) != {dict} or not all(map(needed.clashes.isdisjoint, rows)):
            return None
        if needed.only is not None and not all(map(needed.only.issuperset, rows)):
            return None
        found = plain_numbers(_values(rows, tuple(needed.columns.values())), raw)
        if found is None:
            return None
        matrix = found.reshape(len(rows), len(needed.columns))
        columns = {variable: matrix[:, k].copy() for k, variable in enumerate(needed.columns)}
        said = missing_rows(columns, needed.columns)
        return Parsed(
            Block(len(rows), columns, passed=PassedObjects(self.columns, lines, needed.whole), said=said),
            len(rows),
            missing=len(said),
        )

    def _by_rows(self, raw: bytes, line: int, needed: Needed) -> Parsed:
        """See `TextTable`."""
        rows = Gathered(needed)
        texts = raw.removesuffix(b"\n").split(b"\n")
        changed: list[int] = []
        for place, text in enumerate(texts):
            if not text.strip():
                continue  # a blank line is no row
            count = len(rows.lines)
            found: list[float] = []
            try:
                row = _object(text)
                _check_names(row, needed, text)
                wrong = _read_into(found, row, needed, text)
            except BadCell as error:
                wrong = error
            if wrong is None:
                rows.add(_valid(text), found)
            elif not rows.reject(self._error(wrong, text, line + place), _as_object(text, needed.clashes), found):
                break
            if len(rows.lines) > count and _has_constants(text):
                changed.append(place)
        parsed = rows.parsed(len(texts), PassedObjects(self.columns, rows.lines, needed.whole))
        return parsed._replace(changed=len(changed), first_changed=changed[0] + 1 if changed else 0)

    def _error(self, wrong: BadCell, text: bytes, line: int) -> DataError:
        shown = text.decode("utf-8", "replace")
        span = wrong.span or (0, len(shown))
        return DataError(str(wrong), source=Source(shown, self._source.place, line), span=span, hint=wrong.hint)


class PassedObjects(Mapping[str, Sequence[Cell]]):
    """The members of a block's objects that pass through, as they stand.

    Args:
        columns: the keys of the first object of the input.
        lines: the objects, a line each.
        whole: whether members pass through that the first object lacks.
    """

    def __init__(self, columns: tuple[str, ...], lines: list[bytes], whole: bool) -> None:
        self.columns = columns
        self.lines = lines
        self.whole = whole
        self._rows: list[dict[str, Any]] | None = None

    def __getitem__(self, name: str) -> Sequence[Cell]:
        return [_cell(row.get(name)) for row in self._parsed()]

    def __contains__(self, name: object) -> bool:
        return name in self.columns

    def __iter__(self) -> Iterator[str]:
        return iter(self.columns)

    def __len__(self) -> int:
        return len(self.columns)

    def rows(self, rows: Sequence[int]) -> PassedObjects:
        """Some rows of them."""
        return PassedObjects(self.columns, [self.lines[row] for row in rows], self.whole)

    def joined(self, names: Sequence[str], format: str) -> Sequence[bytes] | None:
        """The text between the braces of each object, if all its members are wanted."""
        if format != "ndjson" or tuple(names) != self.columns:
            return None
        if not self.whole and not all(map(frozenset(names).issuperset, self._parsed())):
            return None
        text = b"\n".join(self.lines)
        if not any(blank in text for blank in _BLANKS):  # there is nothing to strip
            return text[1:-1].split(b"}\n{")
        return [line.strip()[1:-1].strip() for line in self.lines]

    def _parsed(self) -> list[dict[str, Any]]:
        if self._rows is None:
            self._rows = [_object(line) for line in self.lines]
        return self._rows


_BLANKS = (b" ", b"\t", b"\r")


def _values(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> Sequence[Any]:
    """The values of some columns, row after row; nothing where one is missing."""
    if not columns:
        return []
    try:
        picked = list(map(itemgetter(*columns), rows))
    except KeyError:
        return [row.get(column) for row in rows for column in columns]
    return picked if len(columns) == 1 else list(chain.from_iterable(picked))


def _object(text: bytes) -> dict[str, Any]:
    """The object of a line; its numbers are `Json`, but NaN and infinity floats, its texts as UTF-8 can say them.

    Raises:
        BadCell: it is none.
    """
    import json

    if (wrong := no_utf8(text)) is not None:
        raise wrong
    try:
        found = json.loads(text.decode(), parse_float=Json, parse_int=Json)
    except (ValueError, RecursionError) as error:
        reason = getattr(error, "msg", "it is nested too deeply" if isinstance(error, RecursionError) else str(error))
        place = getattr(error, "pos", None)
        span = None if place is None else (place, place + 1)
        raise BadCell(f"the line is no JSON: {reason[:1].lower()}{reason[1:]}", span) from None
    if not isinstance(found, dict):
        raise BadCell("the line is no JSON object")
    if b"\\u" in text:
        return {valid_text(key): valid_text(value) if type(value) is str else value for key, value in found.items()}
    return found


def _check_names(row: Mapping[str, Any], needed: Needed, text: bytes) -> None:
    """Checks the keys of an object.

    Raises:
        BadCell: it has the name of an output, or one for which there is no column.
    """
    for name in row:
        if name in needed.clashes:
            raise BadCell(f"the row has '{name}' already, which is to be added", _places(text)[name][0])
        if needed.only is not None and name not in needed.only:
            raise BadCell(f"the row has '{name}', which the first row does not have", _places(text)[name][0])


def _read_into(numbers: list[float], row: Mapping[str, Any], needed: Needed, text: bytes) -> BadCell | None:
    """Reads the numbers that are needed of an object, nan where one is missing; what is wrong with the first of them
    that is none."""
    first = None
    for column in needed.columns.values():
        try:
            numbers.append(_number(row.get(column), column, text))
        except BadCell as wrong:
            numbers.append(math.nan)
            first = first or wrong
    return first


def _number(value: Any, column: str, text: bytes) -> float:
    if value is None:
        return math.nan
    if isinstance(value, float):
        return value
    if not isinstance(value, str):
        raise BadCell(f"{shorten(json_text(value), 60)} in '{column}' is no number", _places(text)[column][1])
    try:
        return number_in(value)
    except BadCell as wrong:
        message = f"'{shorten(value, 60)}' in '{column}' {wrong}"
        raise BadCell(message, _places(text)[column][1], wrong.hint) from None


def _places(line: bytes) -> dict[str, tuple[Span, Span]]:
    """Where the keys and the values of an object stand; of a key that is there twice, the last."""
    from json import JSONDecoder

    text, decode = line.decode(), JSONDecoder().raw_decode
    places: dict[str, tuple[Span, Span]] = {}

    def next_from(position: int) -> int:
        while text[position] in " \t\r\n,:":
            position += 1
        return position

    begin = next_from(text.index("{") + 1)
    while text[begin] != "}":
        key, end = decode(text, begin)
        start = next_from(end)
        _, stop = decode(text, start)
        places[valid_text(key)] = (begin, end), (start, stop)
        begin = next_from(stop)
    return places


def _cell(value: Any) -> Cell:
    return value if value is None or isinstance(value, str | float) else Json(json_text(value))


def _as_object(text: bytes, clashes: frozenset[str]) -> bytes:
    """A bad line as an object that can be written on: itself, without the names of outputs, or nothing."""
    text = with_replacements(text)
    try:
        row = _object(text)
    except BadCell:
        return b"{}"
    if not clashes.isdisjoint(row):
        return json_text({name: value for name, value in row.items() if name not in clashes}).encode()
    return _valid(text)


_CONSTANTS = re.compile(rb'"(?:[^"\\]|\\.)*+"|NaN|-?Infinity')
_SAID_AS = {b"NaN": b"null", b"Infinity": b'"Infinity"', b"-Infinity": b'"-Infinity"'}


def _valid(text: bytes) -> bytes:
    """The line of an object, which stays as it stands but for the constants that are no JSON."""
    return _CONSTANTS.sub(lambda match: _SAID_AS.get(match[0], match[0]), text.strip())


def _has_constants(text: bytes) -> bool:
    """Whether an object has constants that are no JSON, outside of its texts."""
    return any(match[0] in _SAID_AS for match in _CONSTANTS.finditer(text))

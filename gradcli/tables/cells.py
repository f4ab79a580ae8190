"""Cells of text: what is a number, what is missing, what is bad; and how cells pass to another format."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from gradcli.errors import Span

Cell = str | float | None
"""A cell that passes through: text, a number, or nothing."""


class Json(str):
    """A value as JSON writes it, with the digits that it was written with."""

    __slots__ = ()


class Untyped(str):
    """A cell of a format without types, as it stands: it may be meant as a number or as text."""

    __slots__ = ()


class BadCell(ValueError):
    """What is wrong with a cell or row, and what to do; `span` is its place in the text, where that is known."""

    def __init__(self, message: str, span: Span | None = None, hint: str | None = None) -> None:
        super().__init__(message)
        self.span = span
        self.hint = hint


_NUMBER = re.compile(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")
_JSON_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?")
_NO_TEXT = re.compile(rb"[\x00-\x08\x0e-\x1f]|\x89PNG|\xff\xd8\xff")  # control bytes, signatures
_NO_CHARACTER = re.compile("[\ud800-\udfff]")
_WITH_COMMA = re.compile(r"[-+]?[0-9.]*,[0-9]*(?:[eE][-+]?[0-9]+)?")
_INFINITE = {"inf": math.inf, "infinity": math.inf, "∞": math.inf}
_MISSING = frozenset({"", "nan", "+nan", "-nan", "null"})
_MINUS_ZERO = re.compile(rb"-0(?![.0-9eE])")  # an integer to JSON, which loses its sign


def array_cells(array: Any) -> list[Cell]:
    """The cells of an array; of dates, spans of time, complex numbers and bytes their text, and nothing for NaT."""
    kind = array.dtype.kind
    if kind in "mM":
        return [None if item != item else str(item) for item in array]
    if kind == "c":
        return list(map(str, array.astype(complex).tolist()))
    if kind == "f":
        return array.astype(float).tolist()  # type: ignore[no-any-return]
    if kind in "SV":
        return [c.decode("utf-8", "backslashreplace") if isinstance(c, bytes) else str(c) for c in array.tolist()]
    return array.tolist()  # type: ignore[no-any-return]


def number_in(text: str) -> float:
    """The number in a cell; nan where it is missing.

    Raises:
        BadCell: there is other text.
    """
    text = text.strip()
    if text[:1] == "−":  # as some programs write it, and documents
        text = f"-{text[1:]}"
    if _NUMBER.fullmatch(text):
        number = float(text)
        if math.isinf(number):
            raise BadCell("is too large for a double")
        return number
    word = text.lower()
    if word in _MISSING:
        return math.nan
    if word[:1] in "+-" and word[1:] in _INFINITE:
        return -math.inf if word[0] != "+" else math.inf
    if word in _INFINITE:
        return math.inf
    raise BadCell("is no number", hint="numbers have a decimal point" if _WITH_COMMA.fullmatch(text) else None)


def between_numbers(text: bytes) -> bytes:
    """A text without the characters of numbers: if nothing but separators is left, it may be parsed at once."""
    return text.translate(None, b"0123456789+-.eE")


def numbers_at_once(text: bytes, count: int, loads: Any) -> Any:
    """The array of so many numbers that commas separate, if each is plain; else `None`, and cells are read one by one.

    What may stand between the commas must have been checked: a JSON parser would take `true`, lists and more.
    """
    import numpy as np

    try:
        found = np.array(loads(b"[" + text + b"]"), np.float64)
    except ValueError:  # `.5`, `+1`, `1.`, `007`, 1e400 and nothing at all are no JSON
        return None
    if len(found) != count or (not found.all() and _MINUS_ZERO.search(text)):
        return None
    return found


def plain_numbers(values: Sequence[Any], text: bytes) -> Any:
    """The array of values from a JSON text, nan for null; `None` if some are no plain numbers."""
    import numpy as np

    if not set(map(type, values)) <= {float, int, type(None)}:
        return None
    found = np.array(values, np.float64)
    return None if not found.all() and _MINUS_ZERO.search(text) else found


def missing_rows(columns: Mapping[str, Any], names: Mapping[str, str]) -> dict[int, str]:
    """The rows that lack a value, and what to say of them: the first column that they lack, by its name."""
    import numpy as np

    said: dict[int, str] = {}
    for variable in reversed(list(columns)):
        for row in np.flatnonzero(np.isnan(columns[variable])).tolist():
            said[row] = f"missing: {names[variable]}"
    return said


def untyped_json(cell: Untyped) -> str:
    """An untyped cell as JSON: as a number where all of it can be kept, else as text, such as `00501` and `+49`."""
    text = cell.strip()
    if not text:
        return "null"
    if _NUMBER.fullmatch(text):
        number = re.sub(r"\.(?![0-9])", ".0", re.sub(r"^(-?)\.", r"\g<1>0.", text))
        if _JSON_NUMBER.fullmatch(number):
            return number
    return json_text(str(cell))


def json_text(value: Any) -> str:
    """A value as compact JSON; what is no number of JSON's is null or text, and what has no form there is text."""
    if isinstance(value, Json):
        return value
    if isinstance(value, dict):
        return "{" + ",".join(f"{json_text(key)}:{json_text(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(json_text, value)) + "]"
    if isinstance(value, float) and not math.isfinite(value):
        return "null" if math.isnan(value) else '"Infinity"' if value > 0 else '"-Infinity"'
    return json.dumps(valid_text(value) if isinstance(value, str) else value, ensure_ascii=False, default=str)


def no_utf8(text: bytes) -> BadCell | None:
    """What is wrong with a text that is no UTF-8, with the place in characters."""
    if text.isascii():
        return None
    try:
        text.decode()
    except UnicodeDecodeError as error:
        if _NO_TEXT.search(text) is not None:
            hint = "what is read are CSV, TSV, NDJSON, npy, npz, Parquet and Arrow; gunzip -c unpacks .gz"
            return BadCell("this is no text, and no table", (0, 1), hint)
        start = len(text[: error.start].decode())
        hint = "is it Latin-1? iconv -f LATIN1 -t UTF-8 makes UTF-8 of it"
        return BadCell(f"the byte 0x{text[error.start]:02x} is no UTF-8 text", (start, start + 1), hint)
    return None


def with_replacements(text: bytes) -> bytes:
    """The text with a replacement character for what is no UTF-8."""
    return text if text.isascii() else text.decode("utf-8", "replace").encode()


def valid_text(text: str) -> str:
    """The text with a replacement character for each half of a pair, which JSON can name but UTF-8 cannot say."""
    return text if text.isascii() else _NO_CHARACTER.sub("\N{REPLACEMENT CHARACTER}", text)

"""JSON: one document, written as it is computed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from json.encoder import encode_basestring
from math import isfinite
from typing import Any

from gradcli.naming import Derivative, Partial
from gradcli.points import Block
from gradcli.render import Formulas, Listing, Numbers, Style
from gradcli.render.numbers import joined_numbers
from gradcli.render.rows import block_rows, input_column, said_rows, status_column
from gradcli.render.weave import woven
from gradcli.results import Values, number_text
from gradcli.tables.cells import Cell, Json, Untyped, untyped_json, valid_text

SCHEMA = 1


def formulas(answer: Formulas, style: Style) -> Iterator[str]:
    """The document of formulas: its rows have a name and a formula."""
    return _document(answer, formula_rows(answer))


def numbers(answer: Numbers, style: Style) -> Iterator[str]:
    """The document of numbers: its rows are those of NDJSON."""
    return _document(answer, _number_lines(answer, style))


def listing(answer: Listing, style: Style) -> Iterator[str]:
    """The document of a list: an array of its records."""
    return _array("[", map(value_text, answer.records), "]\n")


def formula_rows(answer: Formulas) -> Iterator[str]:
    """An object a formula; a signature belongs to the document, not to the name."""
    for left, right in answer.lines:
        yield value_text({"name": left.partition("(")[0], "formula": right})


def number_rows(answer: Numbers, style: Style) -> Iterator[str]:
    """An object a point; a number that is none is null, and `status` says why."""
    for block, values in answer.blocks:
        yield from block_number_rows(answer, block, values, style)


def block_number_rows(answer: Numbers, block: Block, values: Values, style: Style) -> Iterator[str]:
    """The objects of one block."""
    keys = [f"{encode_basestring(name)}:" for name in answer.columns]
    key_of_status = status_key(answer)
    for cells, said in block_rows(answer, block, values, style):
        parts = [key + cell_text(cell) for key, cell in zip(keys, cells, strict=True)]
        parts += [f"{key_of_status}:{value_text(said)}"] if said else []
        yield "{" + ",".join(parts) + "}"


def block_text(answer: Numbers, block: Block, values: Values, style: Style) -> bytes:
    """The objects of a block, a line each."""
    if not hasattr(block.passed, "joined"):
        rows = block_number_rows(answer, block, values, style)
        return "".join(f"{row}\n" for row in rows).encode("utf-8", "surrogateescape")
    pieces: list[bytes | Sequence[bytes]] = []
    computed_names = answer.computed
    without_members = False
    for computed, run in groupby(answer.columns, computed_names.__contains__):
        names = list(run)
        joined = None if computed else block.passed.joined(names, style.format)
        if joined is not None:
            pieces += [b",", joined]
            without_members = b"" in joined
            continue
        for name in names:
            pieces.append(f",{encode_basestring(name)}:".encode())
            if computed:
                pieces.append(joined_numbers([values.columns[name]], b",", b"null", style.digits))
            else:
                pieces.append([_encoded(cell_text(cell)) for cell in input_column(block, values, name)])
    said = said_rows(answer, block, values)
    if said:
        key = status_key(answer)
        texts = [b""] * block.rows
        for row, words in said.items():
            texts[row] = _encoded(f",{key}:{value_text(words)}") if words else b""
        pieces.append(texts)
    first = pieces[0] if isinstance(pieces[0], bytes) else b","
    text = woven([b"{" + first[1:], *pieces[1:], b"}\n"], block.rows)
    if without_members:
        text = b"\n".join(b"{" + line[2:] if line[1:2] == b"," else line for line in text.split(b"\n"))
    return text


def _number_lines(answer: Numbers, style: Style) -> Iterator[str]:
    """The rows of each block, with a comma between them."""
    for block, values in answer.blocks:
        text = block_text(answer, block, values, style)
        if text:
            yield text[:-1].replace(b"\n", b",\n").decode("utf-8", "surrogateescape")


def status_key(answer: Numbers) -> str:
    """The key of what is said of a row's numbers."""
    return encode_basestring(status_column(answer))


def cell_text(cell: Cell) -> str:
    """A cell as JSON; a number that passes through keeps its digits."""
    if isinstance(cell, Json):
        return cell
    if isinstance(cell, Untyped):
        return untyped_json(cell)
    return value_text(valid_text(cell) if isinstance(cell, str) else cell)


def value_text(value: Any) -> str:
    """A value as compact JSON."""
    if isinstance(value, str):
        return encode_basestring(value)
    if isinstance(value, dict):
        return "{" + ",".join(f"{encode_basestring(k)}:{value_text(v)}" for k, v in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(map(value_text, value)) + "]"
    if isinstance(value, float):
        return number_text(value) if isfinite(value) else "null"
    return "null" if value is None else str(value).lower()  # true, false, or an int


def _document(answer: Formulas | Numbers, lines: Iterable[str]) -> Iterator[str]:
    head = {"schema": SCHEMA, "variables": answer.variables, "outputs": answer.outputs}
    partials = [_partial(partial) for partial in answer.partials if partial.by]
    opening = value_text({**head, "partials": partials})[:-1] + ',"rows":['
    return _array(opening, lines, "]}\n")


def _array(opening: str, lines: Iterable[str], closing: str) -> Iterator[str]:
    """A line an element, so that the document can be read and cut by lines too."""
    yield opening
    first = True
    for line in lines:
        yield f"\n{line}" if first else f",\n{line}"
        first = False
    yield closing if first else f"\n{closing}"


def _partial(derivative: Derivative) -> dict[str, Any]:
    if isinstance(derivative, Partial):
        return {"name": derivative.name, "output": derivative.output, "by": derivative.by}
    terms = [{"factor": factor, "output": term.output, "by": term.by} for factor, term in derivative.terms or ()]
    return {"name": derivative.name, "outputs": derivative.outputs, "by": derivative.by, "terms": terms}


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")

"""JSON: one document, written as it is computed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from json.encoder import encode_basestring
from math import isfinite
from typing import Any

from gradcli.naming import Derivative, Partial
from gradcli.points import Block
from gradcli.render import Formulas, Listing, Numbers, Style
from gradcli.render.rows import block_rows, status_column
from gradcli.results import Values, number_text
from gradcli.tables.cells import Cell, Json, Untyped, untyped_json, valid_text

SCHEMA = 1


def formulas(answer: Formulas, style: Style) -> Iterator[str]:
    """The document of formulas: its rows have a name and a formula."""
    return _document(answer, formula_rows(answer))


def numbers(answer: Numbers, style: Style) -> Iterator[str]:
    """The document of numbers: its rows are those of NDJSON."""
    return _document(answer, number_rows(answer, style))


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

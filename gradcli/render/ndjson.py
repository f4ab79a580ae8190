"""NDJSON: one JSON object a line."""

from __future__ import annotations

from collections.abc import Iterator

from gradcli.points import Block
from gradcli.render import Formulas, Listing, Numbers, Style
from gradcli.render.json import block_text, formula_rows, number_rows, value_text
from gradcli.results import Values


def formulas(answer: Formulas, style: Style) -> Iterator[str]:
    """An object a formula."""
    return (f"{row}\n" for row in formula_rows(answer))


def numbers(answer: Numbers, style: Style) -> Iterator[str]:
    """An object a point."""
    return (f"{row}\n" for row in number_rows(answer, style))


def listing(answer: Listing, style: Style) -> Iterator[str]:
    """An object a record."""
    return (f"{value_text(record)}\n" for record in answer.records)


def head(answer: Numbers, style: Style) -> bytes:
    """Nothing: each row says what its columns are."""
    return b""


def body(answer: Numbers, block: Block, values: Values, style: Style) -> bytes:
    """The rows of a block."""
    return block_text(answer, block, values, style)

"""Answers row by row: what the formats for pipes share."""

from __future__ import annotations

from collections.abc import Iterator
from math import isfinite
from typing import Any

from gradcli.points import Block
from gradcli.render import Numbers, Style
from gradcli.render.numbers import rounded
from gradcli.results import Values

Row = tuple[list[float], dict[str, str]]
"""The numbers of the columns, and what is to be said of those that are not plain fine, by column."""


def rows(answer: Numbers, style: Style) -> Iterator[Row]:
    """The rows of an answer, one at a time."""
    for block, values in answer.blocks:
        yield from block_rows(answer, block, values, style)


def block_rows(answer: Numbers, block: Block, values: Values, style: Style) -> Iterator[Row]:
    """The rows of one block."""
    columns = block_columns(answer, block, values)
    watched = [name for name in answer.columns if values.status.get(name) is not None]
    inputs = frozenset(answer.columns).difference(values.columns)
    spoken = inputs.union(partial.name for partial in values.partials)
    for row, numbers in enumerate(zip(*columns, strict=True)):
        cells = [rounded(number, style.digits) for number in numbers] if style.digits else list(numbers)
        said = {name: text for name in watched if (text := values.status_text(name, row)) is not None}
        if not all(map(isfinite, numbers)):
            said |= _unsaid(answer, numbers, spoken.difference(said), inputs)
        yield cells, said


def block_columns(answer: Numbers, block: Block, values: Values) -> list[list[float]]:
    """The numbers of a block, column by column."""
    return [_floats(values.columns.get(name, block.columns.get(name)), block.rows) for name in answer.columns]


def _unsaid(
    answer: Numbers, numbers: tuple[float, ...], silent: frozenset[str], inputs: frozenset[str]
) -> dict[str, str]:
    """A word for each number that is none and of which nothing is said, so that none is without a reason."""
    return {
        name: "infinite" if name in inputs else "unresolved"
        for name, number in zip(answer.columns, numbers, strict=True)
        if not isfinite(number) and name in silent
    }


def _floats(column: Any, count: int) -> list[float]:
    """A column as Python floats: of a list, an array, or one number for all rows."""
    if isinstance(column, float):
        return [column] * count
    tolist = getattr(column, "tolist", None)
    found: list[float] = column if tolist is None else tolist()
    return found if isinstance(found, list) else [found] * count

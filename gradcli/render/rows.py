"""Answers row by row: the cells, and what is to be said of numbers that are none; all formats share it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import isfinite
from typing import Any

from gradcli.naming import status_name
from gradcli.points import Block
from gradcli.render import Numbers, Style
from gradcli.render.numbers import rounded
from gradcli.results import Values

UNRESOLVED = "unresolved"
"""What is said of a number that is none where nothing else is known."""
INFINITE = "infinite"
"""What is said of an input that is none."""

Row = tuple[list[Any], dict[str, str]]
"""The cells of the columns (numbers; of a table's own columns also text and nothing), and what is to be said of
the numbers that are not plain fine, by column."""


def rows(answer: Numbers, style: Style) -> Iterator[Row]:
    """The rows of an answer, one at a time."""
    for block, values in answer.blocks:
        yield from block_rows(answer, block, values, style)


def block_rows(answer: Numbers, block: Block, values: Values, style: Style) -> Iterator[Row]:
    """The rows of one block."""
    computed, spoken = answer.computed, answer.spoken
    columns = [
        column_cells(values.columns[name] if name in computed else input_column(block, values, name), block.rows)
        for name in answer.columns
    ]
    told = bool(block.said) or any(values.status.get(name) is not None for name in spoken)
    for row, numbers in enumerate(zip(*columns, strict=True)):
        cells = (
            [rounded(n, style.digits) if isinstance(n, float) else n for n in numbers]
            if style.digits
            else list(numbers)
        )
        none = [
            name for name, n in zip(answer.columns, numbers, strict=True) if isinstance(n, float) and not isfinite(n)
        ]
        said = _said(spoken, block, values, row) if told or none else {}
        if row not in block.said:
            said |= dict.fromkeys((name for name in none if name not in computed), INFINITE)
        yield cells, said


def _said(spoken: Sequence[str], block: Block, values: Values, row: int) -> dict[str, str]:
    """What is to be said of the numbers of a row: a word for each that is none, so that none is without a reason."""
    if row in block.said:
        return dict.fromkeys(spoken, block.said[row])
    found = {}
    for name in spoken:
        text = values.status_text(name, row)
        if text is None and not isfinite(values.columns[name][row]):
            text = UNRESOLVED
        if text is not None:
            found[name] = text
    return found


def said_rows(answer: Numbers, block: Block, values: Values) -> dict[int, dict[str, str]]:
    """What is to be said of the rows of a block of arrays where not all is plain fine; the others cost nothing."""
    import numpy as np

    odd = np.zeros(block.rows, bool)
    spoken = answer.spoken
    for name in spoken:
        odd |= ~np.isfinite(values.columns[name])
        if values.status.get(name) is not None:
            odd |= np.not_equal(values.status[name], 0)
    odd[list(block.said)] = True
    return {row: _said(spoken, block, values, row) for row in np.flatnonzero(odd).tolist()}


def input_column(block: Block, values: Values, name: str) -> Any:
    """A column of the input: passed through, or given (with the digits that were asked for, if any were)."""
    return block.passed[name] if name in block.passed else values.columns.get(name, block.columns.get(name))


def column_array(block: Block, variable: str) -> Any:
    """The numbers of a variable, one a row."""
    import numpy as np

    return np.broadcast_to(np.asarray(block.columns[variable], np.float64), block.rows)


def status_column(answer: Numbers) -> str:
    """What the column of the statuses is called."""
    inputs = answer.variables if answer.inputs is None else answer.inputs
    return status_name({*answer.columns, *inputs})


def column_cells(column: Any, count: int) -> list[Any]:
    """A column as Python values: of a list, an array, or one number for all rows."""
    if isinstance(column, float):
        return [column] * count
    if not hasattr(column, "dtype"):
        return column  # type: ignore[no-any-return]
    from gradcli.tables.cells import array_cells  # loads json

    return array_cells(column) if column.ndim else [column.tolist()] * count

"""CSV and TSV: a header, then one row a point or formula."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from math import isfinite, isinf
from typing import Any

from gradcli.points import Block
from gradcli.render import Formulas, Listing, Numbers, Style
from gradcli.render.numbers import joined_numbers
from gradcli.render.plain import list_text
from gradcli.render.rows import block_rows, column_cells, input_column, said_rows, status_column
from gradcli.render.weave import woven
from gradcli.results import Values, number_text

_SEPARATORS = {"csv": ",", "tsv": "\t"}


def formulas(answer: Formulas, style: Style) -> Iterator[str]:
    """Rows of name and formula; a signature belongs to the document, not to the name."""
    separator = _SEPARATORS[style.format]
    yield _line(("name", "formula"), separator)
    for left, right in answer.lines:
        yield _line((left.partition("(")[0], right), separator)


def numbers(answer: Numbers, style: Style) -> Iterator[str]:
    """A row a point; a number that is none is an empty cell, and `status` says why if it was asked for."""
    yield head(answer, style).decode("utf-8", "surrogateescape")
    for block, values in answer.blocks:
        yield body(answer, block, values, style).decode("utf-8", "surrogateescape")


def listing(answer: Listing, style: Style) -> Iterator[str]:
    """A row a record."""
    separator = _SEPARATORS[style.format]
    yield _line(answer.columns, separator)
    for record in answer.records:
        yield _line((list_text(record.get(column)) for column in answer.columns), separator)


def head(answer: Numbers, style: Style) -> bytes:
    """The header; a table's own columns as they stood in its header."""
    separator = _SEPARATORS[style.format]
    cells: list[str] = []
    computed_names = answer.computed
    for computed, run in groupby(answer.columns, computed_names.__contains__):
        names = list(run)
        as_they_stood = getattr(answer.header, "joined", None)
        joined = None if computed or as_they_stood is None else as_they_stood(names, style.format)
        cells.append(_row(names, separator) if joined is None else joined[0].decode("utf-8", "surrogateescape"))
    if style.status:
        cells.append(status_column(answer))
    return f"{separator.join(cells)}\n".encode("utf-8", "surrogateescape")


def body(answer: Numbers, block: Block, values: Values, style: Style) -> bytes:
    """The rows of a block."""
    separator = _SEPARATORS[style.format]
    if not block.passed and all(isinstance(column, list) for column in values.columns.values()):
        return "".join(_point_lines(answer, block, values, style, separator)).encode("utf-8", "surrogateescape")
    pieces: list[bytes | Sequence[bytes]] = []
    between = separator.encode()
    computed_names = answer.computed
    for computed, run in groupby(answer.columns, computed_names.__contains__):
        names = list(run)
        if computed:
            piece = joined_numbers([values.columns[name] for name in names], between, b"", style.digits)
        else:
            joined = block.passed.joined(names, style.format) if hasattr(block.passed, "joined") else None
            piece = joined or _joined_inputs(
                [input_column(block, values, name) for name in names], block.rows, style, separator
            )
        pieces += [between, piece]
    if style.status:
        texts = [b""] * block.rows
        for row, said in said_rows(answer, block, values).items():
            text = block.said[row] if row in block.said else _status(said)
            texts[row] = _quoted(text, separator).encode("utf-8", "surrogateescape")
        pieces += [between, texts]
    if len(pieces) == 2:  # a line of one empty cell is no empty line
        pieces[1] = [cell or b'""' for cell in piece]
    return woven([*pieces[1:], b"\n"], block.rows)


def _point_lines(answer: Numbers, block: Block, values: Values, style: Style, separator: str) -> Iterator[str]:
    computed_names = answer.computed
    kinds = [name not in computed_names for name in answer.columns]
    for cells, said in block_rows(answer, block, values, style):
        texts = [_cell(cell, is_input) for cell, is_input in zip(cells, kinds, strict=True)]
        yield _line([*texts, _status(said)] if style.status else texts, separator)


def _joined_inputs(columns: Sequence[Any], rows: int, style: Style, separator: str) -> list[bytes]:
    """The cells of each row of some input columns."""
    arrays = _finite_arrays(columns, rows)
    if arrays is not None:
        return joined_numbers(arrays, separator.encode(), b"", style.digits)
    texts = [[_quoted(_cell(cell, True), separator) for cell in column_cells(column, rows)] for column in columns]
    return [separator.join(row).encode("utf-8", "surrogateescape") for row in zip(*texts, strict=True)]


def _finite_arrays(columns: Iterable[Any], rows: int) -> list[Any] | None:
    """The columns as arrays, if all of them hold finite numbers."""
    import numpy as np

    if not all(isinstance(column, float) or getattr(column, "dtype", None) == np.float64 for column in columns):
        return None
    arrays = [np.broadcast_to(column, rows) for column in columns]
    return arrays if all(np.isfinite(array).all() for array in arrays) else None


def _status(said: dict[str, str]) -> str:
    return "; ".join(f"{name}: {text}" for name, text in said.items())


def _cell(cell: Any, is_input: bool) -> str:
    if isinstance(cell, float):
        return number_text(cell) if isfinite(cell) or (is_input and isinf(cell)) else ""
    return "" if cell is None else str(cell)


def _line(cells: Iterable[str], separator: str) -> str:
    """One line; a line of one empty cell is no empty line."""
    return f"{_row(cells, separator) or chr(34) * 2}\n"


def _row(cells: Iterable[str], separator: str) -> str:
    """Cells, quoted where they need it."""
    return separator.join(_quoted(cell, separator) for cell in cells)


def _quoted(cell: str, separator: str) -> str:
    if separator in cell or '"' in cell or "\n" in cell or "\r" in cell:
        return '"' + cell.replace('"', '""') + '"'
    return cell

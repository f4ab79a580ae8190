"""CSV and TSV: a header, then one row a point or formula."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from math import isfinite, isinf

from gradcli.points import Block
from gradcli.render import Formulas, Listing, Numbers, Style
from gradcli.render.numbers import column_texts, number_text
from gradcli.render.plain import list_text
from gradcli.render.rows import block_columns, block_rows
from gradcli.results import Values

_SEPARATORS = {"csv": ",", "tsv": "\t"}


def formulas(answer: Formulas, style: Style) -> Iterator[str]:
    """Rows of name and formula; a signature belongs to the document, not to the name."""
    separator = _SEPARATORS[style.format]
    yield _line(("name", "formula"), separator)
    for left, right in answer.lines:
        yield _line((left.partition("(")[0], right), separator)


def numbers(answer: Numbers, style: Style) -> Iterator[str]:
    """A row a point; a number that is none is an empty cell, and `status` says why if it was asked for."""
    separator = _SEPARATORS[style.format]
    status = ["gradcli_status" if "status" in answer.columns else "status"] if style.status else []
    inputs = frozenset(answer.variables)
    kinds = [name in inputs for name in answer.columns]
    yield _line((*answer.columns, *status), separator)
    for block, values in answer.blocks:
        if not style.digits and (lines := _fine_lines(answer, block, values, separator, len(status))) is not None:
            yield "".join(lines)
            continue
        for cells, said in block_rows(answer, block, values, style):
            texts = [_cell(number, is_input) for number, is_input in zip(cells, kinds, strict=True)]
            texts += ["; ".join(f"{name}: {text}" for name, text in said.items())] if style.status else []
            yield _line(texts, separator)


def listing(answer: Listing, style: Style) -> Iterator[str]:
    """A row a record."""
    separator = _SEPARATORS[style.format]
    yield _line(answer.columns, separator)
    for record in answer.records:
        yield _line((list_text(record.get(column)) for column in answer.columns), separator)


def _fine_lines(answer: Numbers, block: Block, values: Values, separator: str, empty: int) -> list[str] | None:
    """The lines of a block where all numbers are plain fine, made at once; `None` where some are not."""
    if any(codes is not None for codes in values.status.values()):
        return None
    columns = block_columns(answer, block, values)
    if not all(map(isfinite, chain.from_iterable(columns))):
        return None
    texts = [*map(column_texts, columns), *[[""] * block.rows] * empty]
    return [f"{separator.join(row)}\n" for row in zip(*texts, strict=True)]


def _cell(number: float, is_input: bool) -> str:
    return number_text(number) if isfinite(number) or (is_input and isinf(number)) else ""


def _line(cells: Iterable[str], separator: str) -> str:
    """One line; cells are quoted where they need it, and a line of one empty cell is no empty line."""
    line = separator.join(_quoted(cell, separator) for cell in cells)
    return f"{line or chr(34) * 2}\n"


def _quoted(cell: str, separator: str) -> str:
    if separator in cell or '"' in cell or "\n" in cell:
        return '"' + cell.replace('"', '""') + '"'
    return cell

"""What tables for people share, whatever draws them: words in place of numbers that are none, digits that are
certain, and notes that say why."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from math import floor, isfinite, log10
from sys import float_info
from typing import Any, NamedTuple

from gradcli.errors import visible
from gradcli.naming import Derivative
from gradcli.render import Formulas, Listing, Numbers, Style
from gradcli.render.headings import BESIDE
from gradcli.render.rows import INFINITE, Row, block_rows, rows, status_column
from gradcli.results import DOUBLE_DIGITS, Values, Written, number_text

NUMBER = re.compile(r"-?(?:[0-9]+(?:\.[0-9]*)?(?:e[-+]?[0-9]+)?|inf)")
"""A cell that is a number and no word."""
_NOTES = 12  # notes below a table
_NAMED_POINTS = 5  # points that a note names


class Point(NamedTuple):
    """One point: its row, and how many digits are certain of each number whose error is bounded."""

    row: Row
    digits: Mapping[str, str]


def points(answer: Numbers, style: Style) -> Iterator[Point]:
    """The points of an answer, of which there is one."""
    for block, values in answer.blocks:
        yield Point(next(block_rows(answer, block, values, style)), _digits(values))


def _digits(values: Values) -> dict[str, str]:
    bounds = {name: bound[0] for name, bound in values.error.items() if bound is not None and name in values.columns}
    found = {name: digits_text(values.columns[name][0], bound) for name, bound in bounds.items()}
    return {name: text for name, text in found.items() if text is not None}


def digits_text(number: float, error: float) -> str | None:
    """How many of a number's leading digits are certain; `None` where nothing is known.

    Of a number whose digits were asked for the last one is rounded, and its bound says so.
    """
    if not (isfinite(number) and isfinite(error)):
        return None
    if not error:
        return "exact"
    if isinstance(number, Written):
        if error < float_info.min:  # no double says how small it is
            return None
        shown = len(re.sub(r"\D", "", repr(number).partition("e")[0]).lstrip("0"))
        return str(max(0, min(shown, number.exponent + 1 + floor(-log10(error)))))
    digits = max(0, min(DOUBLE_DIGITS, floor(-log10(2 * error / abs(number))))) if number else 0
    return str(digits) if digits or error >= float_info.min else None  # doubles so small have none to speak of


class Sheet(NamedTuple):
    """Numbers as the cells of a document's table.

    Attributes:
        head: the headings; empty texts where there is nothing to head.
        sides: how the columns are aligned: "left", "right", or "text" for what may be long.
        lines: the cells, line by line, made when asked for.
    """

    head: Sequence[str]
    sides: Sequence[str]
    lines: Iterable[Sequence[str]]


def sheets(
    answer: Numbers, heads: Mapping[str, str], style: Style, notes: Notes,
    number: Callable[[str], str], words: Callable[[str], str],
) -> Iterator[Sheet]:  # fmt: skip
    """One point downwards, with how many digits are certain where that is known; many points a row each.

    Args:
        notes: takes what is to be said of the numbers.
        number, words: how the text of a number, and any other text, is written.
    """

    def shown(cell: Any, said: str | None) -> str:
        text = cell_text(cell, said)
        return number(text) if NUMBER.fullmatch(text) else words(text)

    def across() -> Iterator[list[str]]:
        for k, (cells, said) in enumerate(rows(answer, style), 1):
            notes.add(said, k)
            texts = [shown(cell, said.get(name)) for name, cell in zip(answer.columns, cells, strict=True)]
            yield [*texts, *[words(status_cell(said, named=True))] * style.status]

    def down(point: Point) -> Iterator[list[str]]:
        cells, said = point.row
        notes.add(said, 1)
        for name, cell in zip(answer.columns, cells, strict=True):
            digits = [point.digits.get(name, "")] * bool(point.digits)
            status = [words(status_cell({name: said[name]} if name in said else {}))] * style.status
            yield [heads[name], shown(cell, said.get(name)), *digits, *status]

    if answer.many:
        head = [*(heads[name] for name in answer.columns), *[words(status_column(answer))] * style.status]
        yield Sheet(head, ["right"] * len(answer.columns) + ["text"] * style.status, across())
        return
    for point in points(answer, style):
        more = ["digits"] * bool(point.digits)
        head = ["", "value", *more, *["status"] * style.status]
        yield Sheet(head, ["left", "right", *["right"] * len(more), *["text"] * style.status], down(point))


def cell_text(cell: Any, said: str | None) -> str:
    """A number, or in its place why there is none (nothing for a bound of such); what a table brings along as it is."""
    if not isinstance(cell, float):
        return "" if cell is None else visible(str(cell))
    if isfinite(cell) or said == INFINITE:
        return number_text(cell)
    return visible((said or "").partition(":")[0])


def headings(answer: Numbers, shown: Callable[[Derivative], str], named: Callable[[str], str] = str) -> dict[str, str]:
    """How the columns are headed, those that tell more of another as well: `∂f/∂x error`, of a box `x low`.

    Args:
        shown: how a derivative is headed.
        named: how any other column is.
    """
    computed = answer.computed
    texts = {derivative.name: shown(derivative) for derivative in answer.partials}
    beside = {f"{name}_{suffix}": f"{text} {suffix}" for name, text in texts.items() for suffix in BESIDE}
    beside = {name: text for name, text in beside.items() if name in computed}
    boxes = (
        {f"{name}_{end}": f"{named(name)} {end}" for name in answer.variables for end in BESIDE} if answer.boxes else {}
    )
    return {name: named(name) for name in answer.columns} | beside | boxes | texts


def parts(answer: Formulas) -> Iterator[tuple[bool, list[tuple[str, str]]]]:
    """The lines of a document, then those that they share; whether they are that."""
    for shared in (False, True):
        lines = [line for line in answer.lines if (line[0] in answer.shared) == shared]
        if lines:
            yield shared, lines


def groups(answer: Listing, shown: Callable[[Derivative], str]) -> Iterator[tuple[str | None, list[dict[str, Any]]]]:
    """The groups of a list's records; the derivatives that they are about headed as `shown` says."""
    first = answer.columns[0]
    heads = {derivative.name: shown(derivative) for derivative in answer.partials}
    for group, records in groupby(answer.records, key=lambda record: record[answer.group] if answer.group else None):
        yield (
            group,
            [
                {**record, first: heads.get(record[first], record[first])} if heads else dict(record)
                for record in records
            ],
        )


def is_note(text: str) -> bool:
    """Whether what is said of a number needs a note: that an input is infinite can be seen."""
    return text != INFINITE


def status_cell(said: Mapping[str, str], *, named: bool = False) -> str:
    """What is said of the numbers of a row, with the names of their columns where there are several."""
    texts = {name: visible(text) for name, text in said.items() if is_note(text)}
    return "; ".join(f"{name}: {text}" if named else text for name, text in texts.items())


class Notes:
    """What is to be said below a table, each reason once with the columns and points that it is for.

    However long the table, only a few are kept, and the others counted.
    """

    def __init__(self, many: bool) -> None:
        self.many = many
        self._points: dict[tuple[str, tuple[str, ...]], list[int]] = {}
        self._counts: dict[tuple[str, tuple[str, ...]], int] = {}
        self._more = 0

    def add(self, said: Mapping[str, str], point: int) -> None:
        """Takes what is said of the numbers of a point, by their columns; points count from 1."""
        columns: dict[str, list[str]] = {}
        for name, text in said.items():
            if is_note(text):
                columns.setdefault(text, []).append(name)
        for text, names in columns.items():
            key = (text, tuple(names))
            if key not in self._points and len(self._points) == _NOTES:
                self._more += 1
                continue
            self._counts[key] = self._counts.get(key, 0) + 1
            listed = self._points.setdefault(key, [])
            if len(listed) < _NAMED_POINTS:
                listed.append(point)

    def headed(self, heads: Mapping[str, str]) -> Iterator[tuple[str, str]]:
        """For each note what it is of, its columns by their headings, and its text."""
        for names, places, text in self.lines():
            yield f"{', '.join(heads[name] for name in names)}{places}: " if names else "", text

    def lines(self) -> Iterator[tuple[tuple[str, ...], str, str]]:
        """For each note its columns, the points (if there are several), and its text; at last how many more there are,
        without columns."""
        for (text, names), listed in self._points.items():
            count = self._counts[text, names]
            more = f" and {count - len(listed):,} more" if count > len(listed) else ""
            places = f" (point{'s' if count > 1 else ''} {', '.join(map(str, listed))}{more})" if self.many else ""
            yield names, places, visible(text)
        if self._more:
            yield (), "", f"and {self._more:,} more such places"

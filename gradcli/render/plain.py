"""Plain text: statements in gradcli's own language, which the next gradcli can read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import isfinite
from typing import Any

from gradcli.errors import visible
from gradcli.render import Formulas, Listing, Numbers, Style
from gradcli.render.rows import rows
from gradcli.results import number_text


def formulas(answer: Formulas, style: Style) -> Iterator[str]:
    """A line a statement; bare: its right-hand side."""
    for left, right in answer.lines:
        yield f"{right}\n" if style.bare else f"{left} = {right}\n"


def numbers(answer: Numbers, style: Style) -> Iterator[str]:
    """A paragraph a point: its inputs as a comment, then a line a number; bare: a line a point."""
    inputs = frozenset(answer.columns) - answer.computed
    first = True
    for cells, said in rows(answer, style):
        texts = dict(zip(answer.columns, map(_none_is_nan, cells), strict=True))
        if style.bare:
            yield "\t".join(texts.values()) + "\n"
            continue
        given = ", ".join(f"{visible(name)}={text}" for name, text in texts.items() if name in inputs)
        lines = [] if first else [""]
        lines += [f"# at {given}"] if given else []
        for name, text in texts.items():
            shown = visible(name)  # of samples it is the name of a column
            lines += [f"# {shown}: {visible(said[name])}"] if name in said else []
            lines += [] if name in inputs else [f"{shown} = {text}"]
        first = False
        yield "\n".join(lines) + "\n"


def listing(answer: Listing, style: Style) -> Iterator[str]:
    """A paragraph a group, a line a record: its name, then what else is known; tall: a line a key."""
    records = list(answer.records)
    if answer.tall is not False:
        for k, record in enumerate(records):
            lines = [f"{key.ljust(max(map(len, answer.columns)))}  {text}\n" for key, text in known(answer, record)]
            yield ("\n" if k else "") + "".join(lines)
        return
    heading = None
    width = max((len(str(record[answer.columns[0]])) for record in records), default=0)
    for record in records:
        group = record[answer.group] if answer.group else None
        if group != heading:
            yield f"{'' if heading is None else chr(10)}# {group}\n"
            heading = group
        name, *others = (list_text(record[column]) for column in answer.columns if column != answer.group)
        yield "  ".join([name.ljust(width), *filter(None, others)]).rstrip() + "\n"


def known(answer: Listing, record: Mapping[str, object]) -> list[tuple[str, str]]:
    """The keys and texts of a record, without those that say nothing."""
    return [(key, text) for key in answer.columns if (text := list_text(record[key]))]


def list_text(value: object) -> str:
    """A cell of a list: several values by commas, no number as nothing."""
    if isinstance(value, float):
        return number_text(value) if isfinite(value) else ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(map(str, value)) if isinstance(value, list) else "" if value is None else str(value)


def _none_is_nan(cell: Any) -> str:
    if isinstance(cell, float):
        return number_text(cell) if isfinite(cell) else str(cell)
    return "nan" if cell is None else visible(str(cell))

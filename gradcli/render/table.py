"""Tables for people at a terminal; the one module that imports Rich.

One point is shown downwards, a line a number; many points a row each, in blocks, so that a long stream needs
no more memory; rows that are wider than the screen are shown downwards too. Formulas are never cut: they go on
in the next line at an operator.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from io import StringIO
from itertools import chain, groupby, islice
from types import MappingProxyType
from typing import Any

from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from gradcli.render import Formulas, Listing, Numbers, Style
from gradcli.render.headings import column_headings, heading
from gradcli.render.plain import known, list_text
from gradcli.render.report import Notes, cell_text, points
from gradcli.render.rows import Row, rows

DIGITS = 10
BLOCK = 1_000  # rows drawn at once
_BREAKS = re.compile(r"(?<=[*/^])(?=[^*/^])|(?<=\s)(?=[-+<>=]|and |or )|(?<=, )")


def formulas(answer: Formulas, style: Style) -> Iterator[str]:
    """A line a statement, partials headed as people write them; what they share stands below, after "where"."""
    headings = {partial.name: heading(partial, style.unicode) for partial in answer.partials}
    names = [_seen(headings.get(left, left), style) for left, _ in answer.lines]
    room = style.width - max(map(cell_len, names), default=0) - 7
    table = _table(style, header=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(no_wrap=True)
    rows = [
        (left in answer.shared, Text(name), Text("\n".join(wrapped(_seen(right, style), max(room, 16)))))
        for name, (left, right) in zip(names, answer.lines, strict=True)
    ]
    for shared in (False, True):
        found = [cells for is_shared, *cells in rows if is_shared == shared]
        if shared and found:
            table.add_section()
            table.add_row(Text("where", "dim"), Text(""))
        for cells in found:
            table.add_row(*cells)
    yield _drawn(table, style)


def numbers(answer: Numbers, style: Style) -> Iterator[str]:
    """The numbers, and below them what is to be said of those that are not plain fine."""
    headings = _headings(answer, style)
    if not answer.many:
        yield from _point(answer, headings, style)
        return
    rounded = style._replace(digits=style.digits or DIGITS)
    # The rows of a table are drawn as they come, as it may be a slow stream.
    streams = (rows(answer._replace(blocks=[b]), rounded) for b in answer.blocks) if answer.inputs is not None else None
    done = 0
    for block in chain.from_iterable(map(_together, streams)) if streams else _together(rows(answer, rounded)):
        table = _across(answer, headings, block, style)
        if _width(table) > style.width:
            for k, row in enumerate(block, done + 1):
                yield _drawn_whole(_down(answer, headings, row, style, title=f"point {k}"), style)
        else:
            yield _drawn(table, style)
        yield from _footnotes(answer, headings, block, done, style)
        done += len(block)
    if not done:
        yield _drawn(_across(answer, headings, [], style), style)


def _point(answer: Numbers, headings: dict[str, str], style: Style) -> Iterator[str]:
    """One point, with the number of digits that are certain beside each number whose error is bounded."""
    for point in points(answer, style._replace(digits=style.digits or DIGITS)):
        yield _drawn_whole(_down(answer, headings, point.row, style, point.digits), style)
        yield from _footnotes(answer, headings, [point.row], 0, style)


def _together(stream: Iterator[Row]) -> Iterator[list[Row]]:
    """The rows that are drawn at once."""
    return iter(lambda: list(islice(stream, BLOCK)), [])


def listing(answer: Listing, style: Style) -> Iterator[str]:
    """A table a group; a table a record, if a line cannot hold one."""
    shown = [column for column in answer.columns if column != answer.group]
    for group, records in groupby(answer.records, key=lambda record: record[answer.group] if answer.group else None):
        found = list(records)
        table = _records(shown, found, group, style)
        if answer.tall or (answer.tall is None and _width(table) > style.width):
            for record in found:
                yield _drawn(_record(answer, record, style), style)
        else:
            yield _drawn(table, style)


def _records(shown: Sequence[str], records: Iterable[Mapping[str, Any]], title: str | None, style: Style) -> Table:
    table = _table(style, title=title)
    for column in shown:
        table.add_column(Text(column), style="bold" if column == shown[0] else "", no_wrap=column == shown[0])
    for record in records:
        table.add_row(*(Text(list_text(record.get(column))) for column in shown))
    return table


def _record(answer: Listing, record: Mapping[str, Any], style: Style) -> Table:
    table = _table(style, header=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column()
    for key, text in known(answer, record):
        table.add_row(Text(key), Text(text))
    return table


def wrapped(formula: str, width: int) -> list[str]:
    """A formula in lines of at most some width, broken at operators where that is possible."""
    lines: list[str] = []
    line = ""
    for piece in _BREAKS.split(formula):
        if line and cell_len((line + piece).rstrip()) > width:
            lines.append(line.rstrip())
            line = ""
        line += piece
        while len(line) > width and cell_len(line.rstrip()) > width:  # a name or number longer than a line
            lines.append(line[:width])
            line = line[width:]
    return [*lines, line.rstrip()]


def _headings(answer: Numbers, style: Style) -> dict[str, str]:
    texts = column_headings(answer.columns, answer.partials, style.unicode)
    return {name: _seen(text, style) for name, text in texts.items()}


def _seen(text: str, style: Style) -> str:
    """The text as the terminal can show it; escaped here, as columns are measured here."""
    return text if style.unicode else text.encode("ascii", "backslashreplace").decode()


def _down(
    answer: Numbers,
    headings: dict[str, str],
    row: Row,
    style: Style,
    digits: Mapping[str, str] = MappingProxyType({}),
    title: str | None = None,
) -> Table:
    """One point, a line a number; a rule between what was given and what was computed."""
    table = _table(style, header=bool(digits), title=title)
    for heading_text in ("", "", "digits")[: 3 if digits else 2]:
        table.add_column(heading_text, no_wrap=True, header_style="dim")
    cells, said = row
    texts = aligned([cell_text(number, said.get(name)) for name, number in zip(answer.columns, cells, strict=True)])
    inputs = [name in answer.variables for name in answer.columns]
    for k, (name, text) in enumerate(zip(answer.columns, texts, strict=True)):
        last_input = inputs[k] and not all(inputs[k:]) and not any(inputs[k + 1 :])
        told = [Text(digits.get(name, ""), "dim")] if digits else []
        table.add_row(
            Text(headings[name], "dim" if inputs[k] else "bold"),
            _shown(text, name in said),
            *told,
            end_section=last_input,
        )
    return table


def _across(answer: Numbers, headings: dict[str, str], block: Sequence[Row], style: Style) -> Table:
    """Many points, a row each."""
    table = _table(style)
    columns = []
    for k, name in enumerate(answer.columns):
        table.add_column(Text(headings[name]), no_wrap=True, justify="left")
        columns.append(aligned([cell_text(cells[k], said.get(name)) for cells, said in block]))
    for (_, said), texts in zip(block, zip(*columns, strict=True), strict=True):
        table.add_row(*(_shown(text, name in said) for name, text in zip(answer.columns, texts, strict=True)))
    return table


def _shown(text: str, said: bool) -> Text:
    return Text(text, "yellow" if said else "")


def aligned(texts: Sequence[str]) -> list[str]:
    """The texts padded so that their points stand below each other."""
    parts = [re.match(r"-?[0-9]*", text)[0] for text in texts]  # type: ignore[index]
    left = max(map(len, parts), default=0)
    padded = [" " * (left - len(part)) + text if part else text for part, text in zip(parts, texts, strict=True)]
    width = max(map(len, padded), default=0)
    return [text.ljust(width) for text in padded]


def _footnotes(
    answer: Numbers, headings: dict[str, str], block: Iterable[Row], done: int, style: Style
) -> Iterator[str]:
    notes = Notes(answer.many)
    for k, (_, said) in enumerate(block, done + 1):
        notes.add(said, k)
    for names, places, text in notes.lines():
        columns = f"{', '.join(headings[name] for name in names)}{places}: " if names else ""
        yield _drawn(Text(f"{columns}{_seen(text, style)}"), style)


def _table(style: Style, *, header: bool = True, title: str | None = None) -> Table:
    return Table(
        box=box.ROUNDED if style.unicode else box.ASCII, show_header=header, title=Text(title) if title else None,
        title_justify="left", header_style="bold", border_style="dim",
    )  # fmt: skip


def _console(style: Style, width: int) -> Console:
    return Console(
        file=StringIO(), width=width, force_terminal=style.color, no_color=not style.color, highlight=False,
        color_system="standard" if style.color else None, legacy_windows=False, emoji=False, markup=False,
        safe_box=False,
    )  # fmt: skip


def _width(table: Table) -> int:
    return _console(Style("table"), 100_000).measure(table).maximum


def _drawn_whole(table: Table, style: Style) -> str:
    """The text of a table, wider than the screen rather than without some digits."""
    return _drawn(table, style, least=_width(table))


def _drawn(what: Any, style: Style, *, least: int = 0) -> str:
    """The text of a table or line on the style's width, or on what it needs at least."""
    console = _console(style, max(style.width, least))
    console.print(what, soft_wrap=isinstance(what, Text))
    text: str = console.file.getvalue()  # type: ignore[attr-defined]
    return "\n".join(line.rstrip() for line in text.splitlines()) + "\n"

"""Tables for people at a terminal.

One point is shown downwards, a line a number; many points a row each, in blocks, so that a long stream needs
no more memory; rows that are wider than the screen are shown downwards too. Formulas are never cut: they go on
in the next line at an operator.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import accumulate, chain, islice
from types import MappingProxyType
from typing import Any

from rich import box
from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

from gradcli.render import Formulas, Listing, Numbers, Style
from gradcli.render.headings import heading
from gradcli.render.numbers import rounded
from gradcli.render.plain import known, list_text
from gradcli.render.report import Notes, cell_text, groups, headings, parts, points
from gradcli.render.rows import Row, rows
from gradcli.render.screen import console, drawn
from gradcli.render.wrap import aligned, folded, wrapped

DIGITS = 10
BLOCK = 1_000  # rows drawn at once
_SIGNATURE = 4  # of so many parts of a line, one for a signature that does not fit
_NARROW = 24  # columns that a text has at least, whose words go on in the next line
_WITH_DIGITS = 40  # columns of a screen that has room for one more column
SPECIAL = "magenta"  # what is not plain fine: to be read on light and on dark backgrounds
_VERDICTS = {"right": "green", "agree": "green", "same": "green", "wrong": "red", "disagree": "red", "different": "red"}
_DISAGREEMENTS = tuple(word for word, color in _VERDICTS.items() if color == "red")
_NUMBER = re.compile(r"(?:-?[0-9][-+.e0-9]*(?:/[0-9]+)?)?")


def formulas(answer: Formulas, style: Style) -> Iterator[str]:
    """A line a statement, partials headed as people write them; what they share stands below, after "where"."""
    heads = {derivative.name: heading(derivative, style.unicode) for derivative in answer.partials}
    names = [style.seen(heads.get(left, left)) for left, _ in answer.lines]
    texts = [style.seen(right) for _, right in answer.lines]
    sides = _sides(names, texts, style.width - 7)
    beside, room = _shares(style.width - 7, chain.from_iterable(sides), texts)
    table = _table(style, header=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(no_wrap=True)
    cells = {
        left: (Text("\n".join(chain.from_iterable(folded(line, beside) for line in side))), Text(_lines(text, room)))
        for (left, _), side, text in zip(answer.lines, sides, texts, strict=True)
    }
    for shared, lines in parts(answer):
        if shared:
            table.add_section()
            table.add_row(Text("where", "dim"), Text(""))
        for left, _ in lines:
            table.add_row(*cells[left])
    yield drawn(table, style)


def _sides(names: Sequence[str], texts: Iterable[str], room: int) -> list[list[str]]:
    """Left sides in lines: where there is no room for all of it, a signature leaves most of the line to the formulas,
    and goes on after a comma."""
    widest = max(map(cell_len, names)) + max(map(cell_len, texts))
    plain = max((cell_len(name) for name in names if "(" not in name), default=0)
    most = room if widest <= room else max(plain, room // _SIGNATURE)
    return [wrapped(name, most) if "(" in name else [name] for name in names]


def _lines(formula: str, room: int) -> str:
    return "\n".join(wrapped(formula, room))


def numbers(answer: Numbers, style: Style) -> Iterator[str]:
    """The numbers, and below them what is to be said of those that are not plain fine."""
    heads = _headings(answer, style)
    if not answer.many:
        yield from _point(answer, heads, style)
        return
    to_digits = style._replace(digits=style.digits or DIGITS)
    # The rows of a table are drawn as they come, as it may be a slow stream.
    streams = (
        (rows(answer._replace(blocks=[b]), to_digits) for b in answer.blocks) if answer.inputs is not None else None
    )
    done = 0
    for block in chain.from_iterable(map(_together, streams)) if streams else _together(rows(answer, to_digits)):
        table = _across(answer, heads, block, style)
        if not _fits(table, style):
            for k, row in enumerate(block, done + 1):
                yield f"point {k}\n"
                yield drawn(_down(answer, heads, row, style), style)
        else:
            yield drawn(table, style)
        yield from _footnotes(answer, heads, block, done, style)
        done += len(block)
    if not done:
        yield drawn(_across(answer, heads, [], style), style)


def _point(answer: Numbers, heads: dict[str, str], style: Style) -> Iterator[str]:
    """One point, with the number of digits that are certain beside each number whose error is bounded."""
    for point in points(answer, style._replace(digits=style.digits or DIGITS)):
        yield drawn(_down(answer, heads, point.row, style, point.digits), style)
        yield from _footnotes(answer, heads, [point.row], 0, style)


def _together(stream: Iterator[Row]) -> Iterator[list[Row]]:
    """The rows that are drawn at once."""
    return iter(lambda: list(islice(stream, BLOCK)), [])


def listing(answer: Listing, style: Style) -> Iterator[str]:
    """A table a group; where a line cannot hold a record, they are shown downwards, one below the other."""
    for group, records in groups(answer, partial(heading, unicode=style.unicode)):
        found = [_rounded(record) for record in records]
        if group is not None:
            yield drawn(Text(style.seen(group), "bold"), style, words=True)
        table = _records(answer.shown, found, style)
        if answer.tall is None and not _fits(table, style):
            yield from _beside_each_other(answer, found, style)
            continue
        if answer.tall:
            table = _downwards([known(answer, record) for record in found], answer.code, style)
        yield drawn(table, style)


def _rounded(record: Mapping[str, Any]) -> dict[str, Any]:
    """A record with numbers as long as those of any table; where some are to be told apart, as a verdict says, and
    would then look alike, they have all of their digits."""
    found = {key: rounded(value, DIGITS) if isinstance(value, float) else value for key, value in record.items()}
    before, after = ({value for value in each.values() if isinstance(value, float)} for each in (record, found))
    apart = str(record.get("verdict", "")).startswith(_DISAGREEMENTS)
    return dict(record) if apart and len(after) < len(before) else found


def _beside_each_other(answer: Listing, records: Sequence[Mapping[str, Any]], style: Style) -> Iterator[str]:
    """Records as columns, as many as there is room for; one below the other, where that is one."""
    rows = [known(answer, record) for record in records]
    texts = [{key: style.seen(text) for key, text in row} for row in rows]
    widths = [max(min(cell_len(t), _NARROW) if " " in t else cell_len(t) for t in text.values()) + 3 for text in texts]
    room = style.width - max(map(cell_len, answer.shown)) - 4
    if sum(sorted(widths)[-2:]) > room:
        yield drawn(_downwards(rows, answer.code, style), style)
        return
    while texts:
        many = sum(total <= room for total in accumulate(widths))
        yield drawn(_columns(answer.shown, texts[:many], widths[:many], style), style)
        texts, widths = texts[many:], widths[many:]


def _columns(keys: Sequence[str], texts: Sequence[Mapping[str, str]], widths: Sequence[int], style: Style) -> Table:
    """Records side by side, a line a key."""
    table = _table(style)
    table.add_column(Text(style.seen(keys[0])), style="bold", no_wrap=True)
    for text, width in zip(texts, widths, strict=True):
        table.add_column(Text(text.get(keys[0], "")), min_width=width - 3)
    for key in keys[1:]:
        cells = [text.get(key, "") for text in texts]
        table.add_row(Text(style.seen(key)), *(_colored(key, cell) for cell in cells))
    return table


def _fits(table: Table, style: Style) -> bool:
    """Whether a table is no wider than the screen, if need be with the words of its widest text in several lines."""
    excess = _width(table) - style.width
    if excess <= 0:
        return True
    texts = {}
    for column in table.columns:
        cells = [str(cell) for cell in column.cells]
        if any(" " in cell.strip() for cell in cells):
            texts[max(map(cell_len, cells))] = column
    room = max(texts, default=0) - excess
    if room < _NARROW:
        return False
    widest = texts[max(texts)]
    widest.no_wrap, widest.overflow, widest.max_width = False, "fold", room
    return True


def _records(shown: Sequence[str], records: Sequence[Mapping[str, Any]], style: Style) -> Table:
    table = _table(style)
    columns = []
    for column in shown:
        texts = [style.seen(list_text(record.get(column))) for record in records]
        first = column == shown[0]
        whole = first and max(map(cell_len, texts), default=0) <= style.width // 2
        table.add_column(Text(style.seen(column)), style="bold" if first else "", no_wrap=whole, overflow="fold")
        texts = aligned(texts) if all(map(_NUMBER.fullmatch, texts)) else texts
        columns.append([_colored(column, text) for text in texts])
    for cells in zip(*columns, strict=True):
        table.add_row(*cells)
    return table


def _downwards(records: Sequence[Sequence[tuple[str, str]]], code: frozenset[str], style: Style) -> Table:
    """A record downwards, a line a key; formulas and long words go on at operators and commas."""
    keys = max((cell_len(style.seen(key)) for record in records for key, _ in record), default=0)
    room = max(style.width - keys - 7, 12)
    table = _table(style, header=False)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for record in records:
        for k, (key, text) in enumerate(record):
            text = style.seen(text)
            if key in code or max(map(cell_len, text.split()), default=0) > room:
                text = _lines(text, room)
            shown = _colored(key, text)
            if not k:
                shown.stylize("bold")
            table.add_row(Text(style.seen(key), "" if k else "bold"), shown)
        table.add_section()
    return table


def _colored(key: str, text: str) -> Text:
    """A cell of a list; a verdict in the colour of what it says."""
    if key != "verdict":
        return Text(text)
    return Text(text, next((color for word, color in _VERDICTS.items() if text.startswith(word)), SPECIAL))


def _headings(answer: Numbers, style: Style) -> dict[str, str]:
    return {name: style.seen(text) for name, text in headings(answer, partial(heading, unicode=style.unicode)).items()}


def _down(
    answer: Numbers,
    heads: dict[str, str],
    row: Row,
    style: Style,
    digits: Mapping[str, str] = MappingProxyType({}),
) -> Table:
    """One point, a line a number; a rule between what was given and what was computed. Names and numbers that are
    wider than the screen go on in the next line, with all of their digits."""
    cells, said = row
    digits = digits if style.width >= _WITH_DIGITS else {}
    shown = [style.seen(cell_text(cell, said.get(name))) for name, cell in zip(answer.columns, cells, strict=True)]
    texts = aligned(shown)
    room = max(style.width - (17 if digits else 7), 12)
    beside, room = _shares(room, [heads[name] for name in answer.columns], texts)
    names = ["\n".join(folded(heads[name], beside)) for name in answer.columns]
    if max(map(len, texts)) > room:
        texts = [text.strip() for text in texts]
    table = _table(style, header=bool(digits))
    for heading_text in ("", "", "digits")[: 3 if digits else 2]:
        table.add_column(heading_text, no_wrap=True, header_style="dim")
    computed = answer.computed
    inputs = [name not in computed for name in answer.columns]
    for k, (name, text) in enumerate(zip(answer.columns, texts, strict=True)):
        last_input = inputs[k] and not all(inputs[k:]) and not any(inputs[k + 1 :])
        told = [Text(digits.get(name, ""), "dim")] if digits else []
        table.add_row(
            Text(names[k], "dim" if inputs[k] else "bold"),
            _shown("\n".join(folded(text, room)), name in said),
            *told,
            end_section=last_input,
        )
    return table


def _shares(room: int, names: Iterable[str], texts: Iterable[str]) -> tuple[int, int]:
    """How much of a line names have, and what stands beside them: either half of it, and what the other leaves."""
    half = max(room // 2, 1)
    widest = min(max(map(cell_len, names), default=0), max(half, room - max(map(cell_len, texts), default=0)))
    return widest, max(room - widest, 1)


def _across(answer: Numbers, heads: dict[str, str], block: Sequence[Row], style: Style) -> Table:
    """Many points, a row each."""
    table = _table(style)
    columns = []
    for k, name in enumerate(answer.columns):
        table.add_column(Text(heads[name]), no_wrap=True, justify="left")
        columns.append(aligned([style.seen(cell_text(cells[k], said.get(name))) for cells, said in block]))
    for (_, said), texts in zip(block, zip(*columns, strict=True), strict=True):
        table.add_row(*(_shown(text, name in said) for name, text in zip(answer.columns, texts, strict=True)))
    return table


def _shown(text: str, said: bool) -> Text:
    return Text(text, SPECIAL if said else "")


def _footnotes(answer: Numbers, heads: dict[str, str], block: Iterable[Row], done: int, style: Style) -> Iterator[str]:
    notes = Notes(answer.many)
    for k, (_, said) in enumerate(block, done + 1):
        notes.add(said, k)
    for columns, text in notes.headed(heads):
        yield drawn(Text(f"{columns}{style.seen(text)}"), style, words=True)


def _table(style: Style, *, header: bool = True) -> Table:
    return Table(
        box=box.ROUNDED if style.unicode else box.ASCII, show_header=header, header_style="bold", border_style="dim"
    )


def _width(table: Table) -> int:
    return console(Style("table"), 100_000).measure(table).maximum

"""Markdown: the tables of GitHub. Formulas stand as code in gradcli's own language, which reads well in any viewer and
as plain text, and can be pasted back into a command; formulas that are set are the format `latex`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from gradcli.errors import visible
from gradcli.render import Formulas, Listing, Numbers, Style
from gradcli.render.headings import heading
from gradcli.render.plain import known, list_text
from gradcli.render.report import Notes, groups, headings, parts, sheets

_MARKUP = re.compile(r"[\\`*\[\]<|~$]|(?<![^\W_])_|_(?![^\W_])|^[#+-](?=\s)")


def formulas(answer: Formulas, style: Style) -> Iterator[str]:
    """A row a statement, partials headed as people write them; what they share comes last, after "where"."""
    heads = {derivative.name: heading(derivative, unicode=True) for derivative in answer.partials}
    yield _head(("", "formula"), ("left", "left"))
    for shared, lines in parts(answer):
        if shared:
            yield _row(("*where*", ""))
        for left, right in lines:
            yield _row((_escaped(heads.get(left, left)), _code(right)))


def numbers(answer: Numbers, style: Style) -> Iterator[str]:
    """One point downwards, many a row each; below, why numbers are none, unless a column says it (`--status`)."""
    heads = {name: _escaped(text) for name, text in headings(answer, partial(heading, unicode=True)).items()}
    notes = Notes(answer.many)
    for sheet in sheets(answer, heads, style, notes, str, _escaped):
        yield _head(sheet.head, sheet.sides)
        yield from map(_row, sheet.lines)
    written = False
    for columns, text in notes.headed(heads) if not style.status else ():
        yield f"{'' if written else chr(10)}- {columns}{_escaped(text)}\n"
        written = True


def listing(answer: Listing, style: Style) -> Iterator[str]:
    """A table a group; a table a record, if they are shown downwards."""
    first = True
    for group, records in groups(answer, partial(heading, unicode=True)):
        if group is not None:
            yield f"{'' if first else chr(10)}**{_escaped(group)}**\n\n"
            first = True
        for table in [[record] for record in records] if answer.tall else [records]:
            yield "" if first else "\n"
            yield from (_downwards if answer.tall else _records)(answer, table)
            first = False
    if first:
        yield _head([_escaped(name) for name in answer.shown], ["left"] * len(answer.shown))


def _downwards(answer: Listing, records: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    (record,) = records
    (key, text), *others = known(answer, record)
    yield _head((_escaped(key), _cell(answer, key, text)), ("left", "left"))
    yield from (_row((_escaped(key), _cell(answer, key, text))) for key, text in others)


def _records(answer: Listing, records: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    shown = answer.shown
    yield _head(
        [_escaped(name) for name in shown],
        ["right" if isinstance(records[0].get(name), (int, float)) else "left" for name in shown],
    )
    for record in records:
        yield _row([_cell(answer, name, list_text(record.get(name))) for name in shown])


def _cell(answer: Listing, key: str, text: str) -> str:
    return _code(text) if key in answer.code and text else _escaped(text)


def _head(names: Sequence[str], sides: Sequence[str]) -> str:
    return _row(names) + _row(["--:" if side == "right" else ":--" for side in sides])


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |\n"


def _escaped(text: str) -> str:
    """The text with everything escaped that Markdown would act on."""
    return _MARKUP.sub(lambda found: rf"\{found[0]}", visible(text))


def _code(text: str) -> str:
    """The text as code: longer fences around backticks; a bar ends a cell even there."""
    text = visible(text)
    fence = "`" * (1 + max(map(len, re.findall("`+", text)), default=0))
    space = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{space}{text.replace('|', chr(92) + '|')}{space}{fence}"

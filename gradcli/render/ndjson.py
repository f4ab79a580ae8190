"""NDJSON: one JSON object a line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from json.encoder import encode_basestring

from gradcli.points import Block
from gradcli.render import Formulas, Listing, Numbers, Style
from gradcli.render.json import block_number_rows, cell_text, formula_rows, number_rows, status_key, value_text
from gradcli.render.numbers import joined_numbers
from gradcli.render.rows import input_column, said_rows
from gradcli.render.weave import woven
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
    if not hasattr(block.passed, "joined"):
        rows = block_number_rows(answer, block, values, style)
        return "".join(f"{row}\n" for row in rows).encode("utf-8", "surrogateescape")
    pieces: list[bytes | Sequence[bytes]] = []
    computed_names = answer.computed
    without_members = False
    for computed, run in groupby(answer.columns, computed_names.__contains__):
        names = list(run)
        joined = None if computed else block.passed.joined(names, "ndjson")
        if joined is not None:
            pieces += [b",", joined]
            without_members = b"" in joined
            continue
        for name in names:
            pieces.append(f",{encode_basestring(name)}:".encode())
            if computed:
                pieces.append(joined_numbers([values.columns[name]], b",", b"null", style.digits))
            else:
                pieces.append([_encoded(cell_text(cell)) for cell in input_column(block, values, name)])
    said = said_rows(answer, block, values)
    if said:
        key = status_key(answer)
        texts = [b""] * block.rows
        for row, words in said.items():
            texts[row] = _encoded(f",{key}:{value_text(words)}") if words else b""
        pieces.append(texts)
    first = pieces[0] if isinstance(pieces[0], bytes) else b","
    text = woven([b"{" + first[1:], *pieces[1:], b"}\n"], block.rows)
    if without_members:
        text = b"\n".join(b"{" + line[2:] if line[1:2] == b"," else line for line in text.split(b"\n"))
    return text


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")

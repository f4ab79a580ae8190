"""`gradcli functions`: the functions and constants of the language, from the operations table."""

from __future__ import annotations

from typing import Any

import click

from gradcli.cli.candidates import words
from gradcli.cli.group import command as make_command
from gradcli.cli.options import ListOptions, list_options
from gradcli.cli.output import write
from gradcli.errors import UsageError
from gradcli.operations import CONSTANTS, FUNCTIONS, OPERATIONS, Operation, names
from gradcli.render import LIST_FORMATS, Listing

_CODE = frozenset({"name", "call", "other names", "derivatives", "meaning", "defined", "not smooth"})
_LETTERS = ("a", "b", "c")


def _words() -> dict[str, str]:
    rows = {name: found[0] for name, found in FUNCTIONS.items()}
    rows |= {name: OPERATIONS[constant] for name, constant in CONSTANTS.items()}
    return {name: row.summary for name, row in rows.items() if not row.internal}


@make_command(
    examples=("gradcli functions", "gradcli functions sinc", "gradcli functions --format json | jq '.[].name'"),
    short_help="the functions and constants of the language",
)
@click.argument("name", nargs=-1, shell_complete=words(_words))
@list_options(LIST_FORMATS)
def command(name: tuple[str, ...], out: ListOptions) -> None:
    """List the functions and constants of the language, or show those called NAME.

    Derivatives are by the arguments a, b, c in turn.
    """
    if not name:
        records = [_record(row) for row in OPERATIONS.values() if not row.internal]
        groups = list(dict.fromkeys(record["group"] for record in records))
        records.sort(key=lambda record: groups.index(record["group"]))
        write(
            Listing(("group", "call", "summary", "other names"), records, "group", code=_CODE),
            out,
            "plain",
            LIST_FORMATS,
        )
        return
    shown = [_record(row) for row in dict.fromkeys(row for each in name for row in _rows(each))]
    write(Listing(tuple(shown[0]), shown, tall=True, code=_CODE), out, "plain", LIST_FORMATS)


def _rows(name: str) -> list[Operation]:
    """The rows that a name or sign stands for; `log` has two.

    Raises:
        UsageError: there is none; with near names.
    """
    signs = {row.spelling: row for row in OPERATIONS.values() if row.precedence and row.name != "neg"}
    rows = (
        FUNCTIONS.get(name)
        or FUNCTIONS.get(name.lower())
        or ((OPERATIONS[CONSTANTS[name]],) if name in CONSTANTS else ())
    )
    rows = rows or ((signs[name],) if name in signs else (OPERATIONS[name],) if name in OPERATIONS else ())
    if not rows:
        from gradcli.naming import suggestion

        hint = suggestion(name, [*FUNCTIONS, *CONSTANTS]) or "all of them: gradcli functions"
        raise UsageError(f"there is no function '{name}'", hint=hint)
    return list(rows)


def _record(row: Operation) -> dict[str, Any]:
    derivatives = [text or "none" for text in row.shown or row.partials]
    if not derivatives and row.meaning and row.kind == "real":
        derivatives = [f"that of {row.meaning}"]
    own = row.spelling or row.name
    return {
        "name": own,
        "call": _call(row, own),
        "summary": row.summary,
        "other names": [name for name in names(row) if name != own],
        "derivatives": derivatives if row.kind == "real" else [],
        "meaning": row.meaning,
        "defined": row.defined,
        "not smooth": row.ties,
        "group": row.group,
    }


def _call(row: Operation, own: str) -> str:
    """How it is written: `sin(a)`, `a + b`, `pi`."""
    if row.arity == 0:
        return own
    if row.precedence:
        return f"{own}{' ' if own.isalpha() else ''}a" if row.arity == 1 else f"a {own} b"
    arguments = _LETTERS[: row.arity] if row.arity is not None else ("a", "b", "...")
    return f"{own}({', '.join(arguments)})"

"""What may stand at the cursor, for the shells' completion: names from the registries, the expression and the table.

Each function has the signature that Click asks for. Nothing is computed and nothing heavy is imported; a file is
read only if it is an ordinary one and named on the line, and what cannot be read gives no candidates.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, TypeAlias

from gradcli.errors import GradcliError, Source

if TYPE_CHECKING:
    import click
    from click.shell_completion import CompletionItem

    from gradcli.program import Program

Completer: TypeAlias = "Callable[[click.Context, click.Parameter, str], list[CompletionItem]]"

WORD, PART, FILE = "word", "part", "file"
"""Kinds of candidates: a whole word; one that goes on, such as `x=`; the shell's own completion of files."""

_LONGEST = 100_000  # characters of an expression or bytes of a file that are worth a look at each press of a key


def files(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Any file, as the shell completes them."""
    return [_item(incomplete, FILE)]


def words(names: Callable[[], Mapping[str, str]]) -> Completer:
    """One of some names, with what each means."""

    def complete(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
        return [_item(name, WORD, means) for name, means in names().items() if name.startswith(incomplete)]

    return complete


def listed(names: Callable[[click.Context], Iterable[str]], ending: str = "", again: bool = False) -> Completer:
    """Names that commas separate; each once, unless `again`. What follows the `ending` is the user's own."""

    def complete(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
        before, comma, begun = incomplete.rpartition(",")
        used = set() if again else {part.partition("=")[0].strip() for part in before.split(",")}
        return _items((name for name in names(ctx) if name not in used), begun, before + comma, ending)

    return complete


def renaming(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """A pair of a column and a variable."""
    before, comma, pair = incomplete.rpartition(",")
    column, sign, begun = pair.rpartition("=")
    if sign:
        return _items(variables(ctx), begun, f"{before}{comma}{column}=")
    return _items(columns(ctx), begun, before + comma, "=")


def values(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Pairs of a point: the variables that have no value yet."""
    given = {pair.partition("=")[0].strip() for text in ctx.params.get("at") or () for pair in text.split(",")}
    return listed(lambda _: [name for name in variables(ctx) if name not in given], "=")(ctx, parameter, incomplete)


def variables(ctx: click.Context) -> list[str]:
    """The variables of the expression on the line; without one, the columns of the table."""
    program = _program(ctx)
    return list(program.variables) if program is not None else columns(ctx)


def written(ctx: click.Context) -> list[str]:
    """The columns that are written unless a kind of derivative is asked for."""
    from gradcli.naming import Partial

    program = _program(ctx)
    if program is None:
        return columns(ctx)
    outputs = [output.name for output in program.outputs]
    partials = [Partial(output, (variable,)).name for output in outputs for variable in program.variables]
    return list(dict.fromkeys([*(columns(ctx) or program.variables), *outputs, *partials]))


def columns(ctx: click.Context) -> list[str]:
    """The columns of the table that `--sampled`, `--points` or the argument FILE names."""
    given = ctx.params.get("sampled") or ctx.params.get("points" if "points" in ctx.params else "file") or ()
    path = given if isinstance(given, str) else next(iter(given), None)  # one, or the first of several
    if not path or not os.path.isfile(path):  # a pipe would be emptied
        return []
    from gradcli.tables import BINARY, format_of, open_table

    if format_of(path) == "npz":
        return _arrays(path)
    if format_of(path) in BINARY:
        return []  # without names, or with names that only a heavy library can read
    with suppress(GradcliError, OSError, ValueError):
        return [name for name in open_table(path, ctx.params.get("input_format")).columns if name]
    return []


def _arrays(path: str) -> list[str]:
    from zipfile import BadZipFile, ZipFile

    with suppress(BadZipFile, OSError), ZipFile(path) as archive:
        return [name.removesuffix(".npy") for name in archive.namelist()]
    return []


def _program(ctx: click.Context) -> Program | None:
    """The program of the expression on the line, if there is one that can be read."""
    from gradcli.files import is_python_path, read_program_file
    from gradcli.language.document import parse

    texts = ctx.params.get("expression") or (ctx.params.get("expressions") or ())[:1]
    text = texts[0] if texts else ctx.params.get("file")
    if text is None or text == "-" or len(texts) > 1 or len(text) > _LONGEST:
        return None
    with suppress(GradcliError, OSError, RecursionError, ValueError):
        if texts and not is_python_path(text):
            return parse(Source(text))
        file = text if os.path.isfile(text) else text.rpartition(":")[0]
        if os.path.isfile(file) and os.path.getsize(file) <= _LONGEST:
            source, function = read_program_file(text)
            return parse(source, function=function)
    return None


def _items(names: Iterable[str], begun: str, before: str = "", ending: str = "") -> list[CompletionItem]:
    kind = PART if ending else WORD
    shown = (name for name in names if name.startswith(begun) and name.isprintable())
    return [_item(f"{before}{name}{ending}", kind) for name in shown]


def _item(value: str, kind: str, means: str | None = None) -> CompletionItem:
    from click.shell_completion import CompletionItem  # not needed by those who import the options

    return CompletionItem(value, kind, means)

"""What is typed by those who know other tools: names of options, and arguments that stand where none is read."""

from __future__ import annotations

import re
from collections.abc import Container, Sequence
from shlex import quote

import click

_ANYWAY = "nothing: the first partials are there anyway"

OPTIONS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("--grid", "--from", "--start", "--linspace", "--arange"), ("--range x=0:1:0.1",)),
    **dict.fromkeys(("--precision", "--prec", "--dps", "--bits"), ("--digits N", "--round N")),
    **dict.fromkeys(("--point", "--values", "--value", "--with", "--where", "--set", "--subs"), ("--at x=1,y=2",)),
    **dict.fromkeys(("--input", "--data", "--in", "-i"), ("--points FILE",)),
    **dict.fromkeys(("--variable", "--variables", "--vars", "--var", "--by", "--respect-to"),
                    ("--wrt x,y", "--grad x=EXPR", "--by x,y")),
    **dict.fromkeys(("--method", "--engine", "--mode"), ("--backend NAME",)),
    **dict.fromkeys(("--tol", "--rtol", "--atol", "--eps", "--epsilon"), ("--tolerance 1e-6",)),
    **dict.fromkeys(("--h", "--dx", "--delta", "--stepsize"), ("--step 1e-4", "--spacing H")),
    **dict.fromkeys(("--direction", "--directional", "--vector"), ("--along x=1,y=2",)),
    **dict.fromkeys(("--derivative", "--degree", "-n"), ("--order 2",)),
    **dict.fromkeys(("--second", "--hess"), ("--hessian",)),
    **dict.fromkeys(("--laplace", "--lap"), ("--laplacian",)),
    **dict.fromkeys(("--div",), ("--divergence",)),
    **dict.fromkeys(("--out", "--save", "--output-file"), ("-o FILE",)),
    **dict.fromkeys(("--type", "--output-format", "--fmt", "-F"), ("--format NAME",)),
    **dict.fromkeys(("--decimals", "--significant", "--sig", "--sigfigs", "--figures", "--places"), ("--round 4",)),
    **dict.fromkeys(("--quiet", "--raw", "--no-header", "-q"), ("--bare",)),
    **dict.fromkeys(("-v", "-vv", "-vvv", "--debug"), ("--verbose",)),
    **dict.fromkeys(("--expr", "--expression", "-e"), ("the expression alone, in quotes",)),
    **dict.fromkeys(("--gradient", "--grad", "--jacobian", "--diff", "--all"), (_ANYWAY,)),
}  # fmt: skip
"""What stands here for an option of other tools: what a command has of these."""

FORMATS = {
    **dict.fromkeys(("tex", "amsmath"), "latex"),
    **dict.fromkeys(("md", "gfm"), "markdown"),
    **dict.fromkeys(("jsonl", "jsonlines", "ldjson"), "ndjson"),
    **dict.fromkeys(("txt", "text", "raw"), "plain"),
    **dict.fromkeys(("pretty", "rich", "pprint"), "table"),
    **dict.fromkeys(("numpy",), "npy"),
    **dict.fromkeys(("feather", "ipc"), "arrow"),
}
"""What stands here for a format of other names."""

_TABLES = frozenset({"csv", "tsv", "json"})

_VALUE = re.compile(r"([^\W\d]\w*)\s*=(?!=)(.*)")


def option_instead(name: str, context: click.Context | None) -> str | None:
    """What to write for an option that a command does not have; only what it has is named."""
    if context is None:
        return None
    known = _options(context.command)
    formats = getattr(known.get("--format"), "type", None)
    if isinstance(formats, click.Choice) and (found := _format(name, formats.choices)):
        return f"write: --format {found}"
    if f"-{name}" in known:
        return f"write: -{name}"
    ways = OPTIONS.get(name, ())
    there = [way for way in ways if way.split()[0] in known]
    if there:
        return f"write: {', or '.join(there)}"
    if not _takes_expression(context.command):
        return None
    if ways and not ways[0].startswith("-"):
        return None if ways[0] == _ANYWAY and "--hessian" not in known else f"write {ways[0]}"
    of_eval = _options_of_eval(context)
    elsewhere = next((way for way in (f"{name} ...", *ways) if " " in way and way.split()[0] in of_eval), None)
    if elsewhere is None:
        return None
    what = f"{elsewhere.split()[0]} is" if "--at" in known else "numbers are"
    return f"{what} for eval: gradcli eval EXPR {elsewhere}"


def _format(name: str, choices: Sequence[str]) -> str | None:
    """What a command has in the place of a format whose name is typed as an option."""
    typed = name.lstrip("-")
    if typed in choices:
        return typed
    if name not in OPTIONS and (typed in FORMATS or typed in FORMATS.values() or typed in _TABLES):
        meant = FORMATS.get(typed)
        return meant if meant in choices else "|".join(choices)
    return None


def choice_instead(value: str, choices: Sequence[str]) -> str | None:
    """What to write for a value that is none of those that an option takes."""
    from difflib import get_close_matches

    found = next((name for name in (value.lower(), FORMATS.get(value.lower())) if name in choices), None)
    near = found or next(iter(get_close_matches(value.lower(), choices, 1)), None)
    return None if near is None else f"write: {near}" if found else f"did you mean '{near}'?"


def argument_instead(value: str, context: click.Context) -> str | None:
    """What to write for an argument of a command that takes none, or fewer."""
    if context.info_name == "stencil" and value.isdigit():
        return f"write: gradcli stencil --order {value}, or --accuracy {value}"
    return None


def file_instead(path: str, command: str) -> str:
    """What to write for a file's name in the place of an expression."""
    from gradcli.tables import format_of

    name = quote(path)
    if format_of(path) is not None:
        return f"a table is given by --points: gradcli eval EXPR --points {name}"
    return f"to read the file: gradcli {command} -f {name}"


def _options(command: click.Command) -> dict[str, click.Parameter]:
    return {option: parameter for parameter in command.params for option in parameter.opts}


def _takes_expression(command: click.Command) -> bool:
    return any(parameter.name in ("expression", "expressions") for parameter in command.params)


def _options_of_eval(context: click.Context) -> Container[str]:
    group = context.find_root().command
    command = group.get_command(context, "eval") if isinstance(group, click.Group) else None
    return () if command is None else _options(command)


def extra_instead(arguments: Sequence[str], command: str) -> str | None:
    """What to write for arguments beside an expression, where only one is read."""
    from gradcli.tables import format_of

    context = click.get_current_context(silent=True)
    known = _options(context.command) if context else {}
    first, *extra = arguments
    for text in extra:
        option = re.match(r"-[A-Za-z]+(?=$|=)", text)
        if option is not None:
            hint = option_instead(option[0], context)
            return hint or "options have two minus signs, but for a few of one letter; see --help"
    values = [text.strip(" ,") for text in extra if _VALUE.fullmatch(text)]
    others = {text for text in extra if _VALUE.fullmatch(text) is None}
    if values and not others and "--range" in known and all(":" in value for value in values):
        return f"a range is given by --range: {' '.join(f'--range {value}' for value in values)}"
    if values and others <= {"at", "where", "with", "for"} and "--at" in known:
        given = context.params["at"] if context is not None and "at" in context.params else ()
        return f"all values of a point stand together: --at {','.join([*given, *values])}"
    if command == "check" and len(extra) == 1:
        return f"a claim is given by --grad: gradcli check '{first}' --grad x='{extra[0]}'"
    if len(extra) == 1 and "--points" in known and format_of(extra[0]) is not None:
        return f"a table is given by --points: gradcli {command} '{first}' --points {extra[0]}"
    if all(text.isidentifier() for text in extra):
        return "quote the expression, and separate names by commas: --wrt x,y"
    return None

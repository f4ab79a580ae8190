"""How arguments are read: Click's commands with gradcli's rules for a leading minus, loaded when they are named.

An argument that begins with `--` and a letter, or is exactly a known short option, is an option; any other that
begins with `-` is an expression (`-x^2`), and short options are never glued.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any, NamedTuple

import click

from gradcli.errors import UsageError

COMPLETE_VARIABLE = "_GRADCLI_COMPLETE"
"""Set by the shells' completion scripts: the line up to the cursor."""

_WORDS = re.compile(r"""(?:-+\w[-\w]*\s+|\|\s+)*(?:"[^"]*"|'[^']*'|[^\s"'])+\s*""")  # options with their values
_LEFT = 22  # columns of an option's name in `--help`, so that all sections stand alike


class Entry(NamedTuple):
    """A command in the group's list: where it is, what it answers, under which heading."""

    module: str
    summary: str
    section: str


class Option(click.Option):
    """An option that stands under a heading in `--help`."""

    def __init__(self, *args: Any, section: str, hidden_alias: str | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.section = section
        self.hidden_alias = hidden_alias

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        """What `--help` shows: the names without the hidden one, and our text without what Click adds to it."""
        record = super().get_help_record(ctx)
        if record is None:
            return None
        return record[0].replace(f", {self.hidden_alias}", ""), self.help or ""


class Command(click.Command):
    """A command with gradcli's rules for arguments; its help begins with examples."""

    def __init__(self, *args: Any, examples: Sequence[str] = (), **kwargs: Any) -> None:
        kwargs.setdefault("context_settings", {"help_option_names": ["-h", "--help"]})
        super().__init__(*args, **kwargs)
        self.examples = examples

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Puts what is an option by our rules before a `--` and the rest behind, and lets Click read that."""
        return super().parse_args(ctx, separated(args, self.get_params(ctx), unfinished=ctx.resilient_parsing))

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[Any]:
        """The options that begin so, without the hidden names."""
        hidden = {getattr(parameter, "hidden_alias", None) for parameter in self.get_params(ctx)}
        return [item for item in super().shell_complete(ctx, incomplete) if item.value not in hidden]

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The options under their headings, close together: a long page is read as a whole."""
        sections: dict[str, list[tuple[str, str]]] = {}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record is not None and isinstance(parameter, Option):  # whoever reads this knows of --help
                sections.setdefault(parameter.section, []).append((record[0].ljust(_LEFT), record[1]))
        formatter.write_paragraph()
        for section, records in sections.items():
            formatter.write_heading(section)
            with formatter.indentation():
                formatter.write_dl(records, col_max=_LEFT + 2)

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The description and the examples."""
        super().format_help_text(ctx, formatter)
        if self.examples:
            with formatter.section("Examples"):
                lines = [line for example in self.examples for line in shell_lines(example, formatter.width - 4)]
                formatter.write("".join(f"  {line}\n" for line in lines))


def shell_lines(command: str, width: int) -> list[str]:
    """A command in lines of at most some width, as far as its words allow, which a shell reads as one."""
    lines, line = [], ""
    for word in _WORDS.findall(command):
        if line and len(line) + len(word) > width - 2:
            lines.append(f"{line}\\")
            line = "    "
        line += word
    return [*lines, line]


class Group(click.Group):
    """The commands, each loaded when it is named."""

    def __init__(self, entries: dict[str, Entry], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.entries = entries

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the order of the list."""
        return list(self.entries)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """The command of a name; its module is loaded now."""
        entry = self.entries.get(name)
        return None if entry is None else import_module(entry.module).command

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """As `Command.parse_args`; what follows the command's name is left to the command."""
        if not ctx.resilient_parsing:
            args = separated(args, self.get_params(ctx), leading_only=True)
        return super().parse_args(ctx, args)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command and its arguments.

        Raises:
            UsageError: there is no such command; with near names, or the command that was forgotten.
        """
        name = args[0]
        command = self.get_command(ctx, name)
        if command is None and not ctx.resilient_parsing:
            raise _no_command(name, args, self.entries)
        return (name, command, args[1:]) if command is not None else (None, None, args[1:])

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The commands; the usage names the two options, so that all fits a screen."""
        self.format_commands(ctx, formatter)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The commands under their headings, from the list: none is loaded."""
        width = max(map(len, self.entries))
        sections: dict[str, list[tuple[str, str]]] = {}
        for name, entry in self.entries.items():
            sections.setdefault(entry.section, []).append((name.ljust(width), entry.summary))
        for section, records in sections.items():
            with formatter.section(section):
                formatter.write_dl(records, col_max=26)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[Any]:
        """The names that begin so, without loading them."""
        from click.shell_completion import CompletionItem

        found = [
            CompletionItem(name, help=entry.summary)
            for name, entry in self.entries.items()
            if name.startswith(incomplete)
        ]
        return [*found, *click.Command.shell_complete(self, ctx, incomplete)]


def separated(
    args: Sequence[str],
    parameters: Sequence[click.Parameter],
    *,
    leading_only: bool = False,
    unfinished: bool = False,
) -> list[str]:
    """The arguments with options first, then `--`, then the rest.

    Args:
        leading_only: whether only options before the first argument count.
        unfinished: whether an option at the end may lack its value, as it does while it is completed.

    Raises:
        BadOptionUsage: an option at the end lacks its value.
    """
    known = {
        name: parameter
        for parameter in parameters
        if isinstance(parameter, click.Option)
        for name in (*parameter.opts, *parameter.secondary_opts)
    }
    takes_value = {
        name: not (getattr(parameter, "is_flag", False) or getattr(parameter, "count", False))
        for name, parameter in known.items()
    }
    options: list[str] = []
    rest: list[str] = []
    pending = list(reversed(args))
    while pending:
        arg = pending.pop()
        if arg == "--" or (leading_only and not _is_option(arg, takes_value)):
            rest += [arg] if arg != "--" else []
            rest += reversed(pending)
            break
        if _is_option(arg, takes_value):
            if unfinished and takes_value.get(arg) and not pending:
                break
            options.append(arg)
            if takes_value.get(arg):
                if not pending:
                    raise click.BadOptionUsage(arg, f"{arg} needs a value{_values(arg, known[arg])}")
                options.append(pending.pop())
        else:
            rest.append(arg)
    return [*options, "--", *rest] if rest else options


def _values(name: str, option: click.Option) -> str:
    """What an option takes, in words that follow `needs a value`; nothing where that is not known."""
    if isinstance(option.type, click.Choice):
        return f": {', '.join(option.type.choices)}"
    if option.name == "backend":
        from gradcli.backends import backend_names

        return f": {', '.join(backend_names())}"
    return f": {name} {option.metavar}" if option.metavar else ""


def _is_option(arg: str, known: dict[str, bool]) -> bool:
    return arg in known or (arg[:2] == "--" and arg[2:3].isalpha())


def _no_command(name: str, args: Sequence[str], entries: dict[str, Entry]) -> UsageError:
    from gradcli.naming import suggestion

    typed = name
    near = suggestion(name, entries) if name.isidentifier() and len(name) > 2 else None
    if near is not None:
        return UsageError(f"there is no command '{name}'", hint=near)
    if name in ("version", "-v"):
        return UsageError(f"there is no command '{name}'", hint="gradcli --version")
    from shlex import quote

    command = "eval" if any(arg.startswith(("--at", "--range")) for arg in args) else "symbolic"
    if name.isidentifier() and len(args) > 1 and not args[1].startswith("--"):  # a command's name, and its expression
        name, args = args[1], args[1:]
    named = [arg for arg in args[1:] if arg.isidentifier()]
    if named and named == list(args[1:]):  # as other tools have the variables, after the expression
        args = [args[0], "--wrt", ",".join(named)]
    quoted = [name if name[:1] in "\"'" else f"'{name}'" if "'" not in name else quote(name), *map(quote, args[1:])]
    return UsageError(
        f"there is no command '{typed}'", hint=f"to derive an expression: gradcli {command} {' '.join(quoted)}"
    )


def collected(name: str, kind: Any, *options: Callable[..., Any]) -> Callable[..., Any]:
    """Adds options to a command, which receives them as one object: the fields of `kind` are their names.

    Those with a default may be left out.
    """

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        def wrapper(**kwargs: Any) -> Any:
            own = {field: kwargs.pop(field) for field in kind._fields if field in kwargs}
            return function(**kwargs, **{name: kind(**own)})

        wrapper.__dict__.update(function.__dict__)
        wrapper.__doc__, wrapper.__name__ = function.__doc__, function.__name__
        for option in reversed(options):
            wrapper = option(wrapper)
        return wrapper

    return decorate


def option(*names: str, **kwargs: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """`click.option` with a `section`."""
    return click.option(*names, cls=Option, **kwargs)


def command(*, examples: Sequence[str], **kwargs: Any) -> Callable[[Callable[..., Any]], Command]:
    """`click.command` with gradcli's rules."""
    return click.command(cls=Command, examples=examples, **kwargs)

"""Where the expression comes from: the argument, a file, standard input, a function in a Python file."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from contextlib import suppress

from gradcli.cli.options import InputOptions
from gradcli.errors import ExpressionError, Source, UsageError, visible
from gradcli.files import is_python_path, read_program_file, read_stdin
from gradcli.language.document import parse
from gradcli.program import Program


def read_program(options: InputOptions, declared: Iterable[str], command: str) -> Program:
    """The program that the user gave; its notes go to stderr.

    Args:
        declared: names that are variables although they could mean something else.
        command: the command's name, for the examples in messages.

    Raises:
        GradcliError: there is none, more than one, or it cannot be read.
    """
    sizes = options.sizes
    source, function = _read(options, command)
    try:
        program = parse(source, declared, function, sizes)
    except ExpressionError as error:
        for note in error.notes:
            say(f"note: {note}")
        if not source.name and "\0" not in source.text and os.path.isfile(source.text):
            from gradcli.cli.elsewhere import file_instead

            error.hint = file_instead(source.text, command)
        raise
    for note in program.notes:
        say(f"note: {note}")
    return program


def say(text: str) -> None:
    """A line to stderr; in a terminal in lines that are no wider than it is."""
    with suppress(OSError):  # nobody listens: no reason to stop
        if sys.stderr is not None:
            text = visible(text)
            width = columns_to_speak()
            print(_wrapped(text, width) if width else text, file=sys.stderr)


def columns_to_speak() -> int | None:
    """How wide the terminal is that stderr goes to; `None` if it goes to none."""
    from shutil import get_terminal_size

    if sys.stderr is None or not sys.stderr.isatty():
        return None
    columns = get_terminal_size((0, 0)).columns  # COLUMNS, or stdout's
    with suppress(OSError, ValueError):
        columns = columns or os.get_terminal_size(sys.stderr.fileno()).columns
    return max(20, columns or 80)


def _wrapped(text: str, width: int) -> str:
    from textwrap import fill

    return fill(text, width, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)


def _read(options: InputOptions, command: str) -> tuple[Source, str | None]:
    """The text, and the name of the function in it where one is named."""
    expressions, file = options.expression, options.file
    if len(expressions) > 1:
        from gradcli.cli.elsewhere import extra_instead

        listed = ", ".join(f"'{text}'" for text in expressions[:3])
        raise UsageError(
            f"more than one expression: {listed}{', ...' if expressions[3:] else ''}",
            hint=extra_instead(expressions, command)
            or "quote the expression (the shell expands *), or separate outputs by ;",
        )
    if expressions and file is not None:
        raise UsageError(
            "an expression and --file are given",
            hint=f"leave one out: gradcli {command} {quote(expressions[0])}, or: gradcli {command} -f {quote(file)}",
        )
    path = file if file is not None else expressions[0] if expressions and _is_path(expressions[0]) else None
    if path is not None and path != "-":
        return read_program_file(path)
    if expressions and expressions[0] != "-":
        return Source(expressions[0]), None
    if not expressions and path is None and (sys.stdin is None or sys.stdin.isatty()):
        example = " --at x=3" if command == "eval" else ""
        raise UsageError("there is no expression", hint=f'give one: gradcli {command} "x^2"{example}')
    source = read_stdin()
    if is_python_path(path := source.text.strip()):
        raise UsageError(
            "standard input has the path of a Python file, and not its text",
            hint=f"write: gradcli {command} {quote(path)}",
        )
    return source, None


def quote(text: str) -> str:
    """The text as a shell reads it back."""
    from shlex import quote as shell_quote

    return shell_quote(text)


def _is_path(text: str) -> bool:
    return text == "-" or is_python_path(text)


def say_doubts(undefined: int, doubtful: int, numbers: int, bare: bool = False) -> None:
    """Says how many numbers have no value or a doubtful one, where the format itself does not."""
    parts = [f"{undefined:,} without a value"] if undefined else []
    parts += [f"{doubtful:,} doubtful"] if doubtful else []
    if parts:
        why = "without --bare, --status says why" if bare else "--status says why"
        say(f"note: of {numbers:,} number{'' if numbers == 1 else 's'}: {' and '.join(parts)}; {why}")


def say_unbounded(unbounded: int, numbers: int) -> None:
    """Says how many numbers at points have no bound of their rounding error, as there is none of a large program."""
    if unbounded:
        say(
            f"note: {unbounded:,} of {numbers:,} number{'' if numbers == 1 else 's'} without a bound of the rounding "
            "error, as the expression is large; --errors finds it"
        )

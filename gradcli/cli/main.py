"""The command: from the process's arguments to its exit code. Whatever goes wrong ends here, as a message."""

from __future__ import annotations

import gc
import os
import re
import sys
from collections.abc import Sequence
from contextlib import suppress

# Modules and programs are large, live long and hold few cycles: looking for garbage after every 700 new objects,
# as Python does, costs a tenth of the start and finds nothing.
gc.set_threshold(2_000_000, 20, 20)

import click  # noqa: E402

from gradcli.cli.group import COMPLETE_VARIABLE, Entry, Group  # noqa: E402
from gradcli.errors import DataError, GradcliError, LimitError, UsageError, describe, shorten  # noqa: E402

ISSUES = "please report it, with the command and GRADCLI_DEBUG=1 set for the details"

COMMANDS = {
    "symbolic": Entry("gradcli.cli.symbolic", "the partial derivatives as formulas", "Derivatives"),
    "eval": Entry("gradcli.cli.evaluate", "the value and the partials, as numbers at points", "Derivatives"),
    "plot": Entry("gradcli.cli.plot", "curves, fields and gradients, in the terminal or to a file", "Derivatives"),
    "sampled": Entry("gradcli.cli.sampled", "derivatives of sampled data, as numpy.gradient and better", "Derivatives"),
    "compare": Entry("gradcli.cli.compare", "every backend side by side; which one is wrong, if one is", "Trust"),
    "check": Entry("gradcli.cli.check", "is a derivative that somebody wrote down right?", "Trust"),
    "equal": Entry("gradcli.cli.equal", "are two expressions the same function?", "Trust"),
    "stencil": Entry("gradcli.cli.stencil", "the weights of finite differences, exactly", "Reference"),
    "functions": Entry("gradcli.cli.functions", "the functions and constants of the language", "Reference"),
    "backends": Entry("gradcli.cli.backends", "what each backend can do", "Reference"),
    "help": Entry("gradcli.cli.help", "a page on: syntax, output, or a command", "Reference"),
    "completions": Entry("gradcli.cli.completions", "the completion script for bash, zsh or fish", "Reference"),
}

_PLAIN = {
    "a valid integer range": "a whole number", "a valid float range": "a number",
    "a valid integer": "a whole number", "a valid float": "a number",
    r"is not in the range x>=(\S+)$": r"is less than \1",
    r"is not in the range (\S+?)<=x<=(\S+)$": r"is not from \1 to \2",
}  # fmt: skip
"""What Click says of numbers, in plain words."""

_HELP = """\b
Gradients of expressions: a formula goes in, its derivatives come out.
  gradcli symbolic "q*chi*delta"
  gradcli eval "q*chi*delta" --at q=1,chi=2,delta=3
  gradcli symbolic "x^2" | gradcli eval --range x=0:1:0.1
"""


def _show_version(ctx: click.Context, _: click.Parameter, asked: bool) -> None:
    if asked and not ctx.resilient_parsing:
        from gradcli.cli.version import version_lines

        click.echo("\n".join(version_lines()))
        ctx.exit()


def make_group() -> Group:
    """The group of all commands."""
    return Group(
        COMMANDS,
        name="gradcli",
        options_metavar="[--help] [--version]",
        help=_HELP,
        context_settings={"help_option_names": ["-h", "--help"]},
        params=[
            click.Option(
                ["-V", "--version"], is_flag=True, is_eager=True, expose_value=False, callback=_show_version,
                help="Show the versions, backends and extras.",
            )
        ],
    )  # fmt: skip


def main(argv: Sequence[str] | None = None) -> int:
    """Runs gradcli and returns its exit code; nothing is raised."""
    try:
        _prepare_streams()
        code = _run([_as_typed(argument) for argument in (sys.argv[1:] if argv is None else argv)])
        if sys.stdout is not None:
            sys.stdout.flush()
    except GradcliError as error:
        return _fail(_described(error), error.exit_code)
    except click.ClickException as error:
        return _fail(_described(as_usage_error(error)), 2)
    except (KeyboardInterrupt, click.Abort):
        return 130
    except BrokenPipeError:
        _forget_stdout()
        return 0
    except (RecursionError, MemoryError) as error:
        what = "memory" if isinstance(error, MemoryError) else "depth"
        return _fail(_described(LimitError(f"this needs more {what} than there is")), LimitError.exit_code)
    except OSError as error:
        _forget_stdout()
        reason = error.strerror or type(error).__name__
        return _fail(_described(DataError(f"reading or writing failed: {reason}")), DataError.exit_code)
    except Exception as error:
        if os.environ.get("GRADCLI_DEBUG"):
            raise
        what = f"{type(error).__name__}: {shorten(str(error), 200)}"
        return _fail(f"error: internal error (this is a bug): {what}\nhint: {ISSUES}", 70)
    return code


def _run(args: list[str]) -> int:
    group = make_group()
    line = os.environ.get(COMPLETE_VARIABLE)
    if line is not None:
        from gradcli.cli.completions import answers

        click.echo("".join(f"{answer}\n" for answer in answers(group, line)), nl=False)
        return 0
    try:
        with group.make_context("gradcli", args) as context:
            result = group.invoke(context)
    except click.exceptions.Exit as end:
        return end.exit_code
    return result if isinstance(result, int) else 0


def as_usage_error(error: click.ClickException) -> UsageError:
    """A complaint of Click's as one of ours."""
    context = getattr(error, "ctx", None)
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        return UsageError("no command is given", hint="gradcli --help")
    message, hint = error.format_message().rstrip("."), None
    if isinstance(error, click.NoSuchOption):
        from difflib import get_close_matches

        from gradcli.cli.elsewhere import option_instead

        message = f"no such option: {error.option_name}"
        near = get_close_matches(error.option_name, error.possibilities or (), 1, cutoff=0.7)
        hint = option_instead(error.option_name, context) or (f"did you mean {near[0]}?" if near else None)
    if context is not None:
        hint = hint or _argument_hint(error, message, context)
    if hint is None and context is not None:
        hint = f"{context.command_path} --help"
    message = " ".join(message.split())
    for said, plain in _PLAIN.items():
        message = re.sub(said, plain, message)
    return UsageError(message[:1].lower() + message[1:], hint=hint)


def _argument_hint(error: click.ClickException, message: str, context: click.Context) -> str | None:
    """What to write for a value, or an argument, that Click refuses."""
    from gradcli.cli.elsewhere import argument_instead, choice_instead

    kind = getattr(getattr(error, "param", None), "type", None)
    value = re.search(r"'([^']*)' is not one of", message)
    if isinstance(kind, click.Choice) and value is not None:
        return choice_instead(value[1], kind.choices)
    extra = re.search(r"unexpected extra argument \((\S+)\)", message)
    return argument_instead(extra[1], context) if extra is not None else None


def _prepare_streams() -> None:
    """Lets pipes and files have UTF-8 and plain line ends whatever the locale; a terminal keeps its encoding."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            if stream.isatty():
                reconfigure(errors="backslashreplace")
            else:
                reconfigure(encoding="utf-8", errors="backslashreplace", newline="\n")


def _as_typed(argument: str) -> str:
    """An argument that Python could not decode by the locale, read as UTF-8 if it is that."""
    if argument.isascii():
        return argument
    try:
        return os.fsencode(argument).decode("utf-8")
    except UnicodeError:
        return argument


def _described(error: GradcliError) -> str:
    """The error as it is shown where stderr goes."""
    from gradcli.cli.sources import columns_to_speak

    columns = columns_to_speak()
    return describe(error, columns) if columns else describe(error)


def _fail(message: str, code: int) -> int:
    """Says what went wrong, after all that was written before."""
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError:
        _forget_stdout()
    with suppress(OSError):
        if sys.stderr is not None:
            print(message, file=sys.stderr, flush=True)
    return code


def _forget_stdout() -> None:
    """Lets Python's own flush at exit succeed although the reader is gone."""
    with suppress(OSError, ValueError, AttributeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

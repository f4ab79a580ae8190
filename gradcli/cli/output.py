"""How an answer looks where it goes: its format, and what the terminal can show."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from gradcli.cli.options import FormulaOutputOptions, ListOptions, OutputOptions
from gradcli.cli.sink import gathered, write_pieces
from gradcli.errors import UsageError
from gradcli.render import BINARY, Arrays, Formulas, Listing, Numbers, Style, choose_format, renderer

if TYPE_CHECKING:
    from gradcli.pictures import Curves, Fields

    Answer = Numbers | Formulas | Listing | Arrays | Curves | Fields

Options = OutputOptions | FormulaOutputOptions | ListOptions

_KINDS: dict[type, str] = {Numbers: "numbers", Formulas: "formulas", Listing: "listing", Arrays: "arrays"}
"""Every other answer is a picture."""


def write(answer: Answer, options: Options, pipe: str, formats: Sequence[str]) -> None:
    """Writes an answer where and as the options say.

    Args:
        pipe: the format for pipes and files.
        formats: those that the command has.

    Raises:
        UsageError: options that contradict each other.
        DataError: the file cannot be written.
    """
    style = make_style(options, pipe, formats)
    pieces = renderer(style, _KINDS.get(type(answer), "picture"))(answer, style)
    write_pieces(gathered(pieces), options.output, binary=style.traits.binary)


def make_style(options: Options, pipe: str, formats: Sequence[str]) -> Style:
    """How the answer is to look.

    Raises:
        UsageError: options that contradict each other.
    """
    path = None if options.output in (None, "-") else options.output
    terminal = path is None and sys.stdout is not None and sys.stdout.isatty()
    if not isinstance(options, ListOptions) and options.bare:
        if options.format not in (None, "plain", "tsv"):
            raise UsageError(f"--bare and --format {options.format} contradict each other", hint="leave one out")
        chosen = "plain"
    else:
        chosen = choose_format(options.format, formats, pipe, path=path, terminal=terminal)
    if chosen in BINARY and terminal:
        raise UsageError(f"{chosen} is no text for a terminal", hint=f"write it to a file: -o FILE.{chosen}")
    extension = os.path.splitext(path or "")[1].lower()
    style = Style(chosen, bare=not isinstance(options, ListOptions) and options.bare, extension=extension)
    if isinstance(options, OutputOptions):
        style = style._replace(digits=options.round, status=options.status)
    return for_terminal(style, options.color, terminal) if style.traits.screen else style


def for_terminal(style: Style, color: str, terminal: bool) -> Style:
    """The style with what can be shown: by the terminal, or in a pipe or file by whatever reads it."""
    from shutil import get_terminal_size

    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    size = get_terminal_size()
    return style._replace(
        color=color == "always" or (color == "auto" and terminal and not plain),
        unicode=not terminal or _shows_unicode(),
        width=max(20, size.columns),
        height=max(10, size.lines),
        palette=_palette(),
    )


def _palette() -> Literal["standard", "256", "truecolor"]:
    """How many colours a terminal says that it has."""
    if os.environ.get("COLORTERM", "").lower() in ("truecolor", "24bit"):
        return "truecolor"
    return "256" if "256color" in os.environ.get("TERM", "") else "standard"


def _shows_unicode() -> bool:
    """Whether the terminal shows more than ASCII. Python takes UTF-8 for the locale C too, unless it is told what to
    take; who sets that locale wants ASCII."""
    if (sys.stdout.encoding or "").lower().replace("-", "").replace("_", "") not in ("utf8", "cp65001"):
        return False
    if os.environ.get("PYTHONIOENCODING") or os.environ.get("PYTHONUTF8") == "1":
        return True
    every, own, language = (os.environ.get(name) for name in ("LC_ALL", "LC_CTYPE", "LANG"))
    own = None if own == "C.UTF-8" and language else own  # Python itself may have put it there
    return (every or own or language) not in ("C", "POSIX")

"""Where answers go: the format, the terminal's abilities, and files that appear whole or not at all."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from gradcli.cli.options import FormulaOutputOptions, ListOptions, OutputOptions
from gradcli.errors import DataError, UsageError
from gradcli.render import BINARY, Arrays, Formulas, Listing, Numbers, Style, choose_format, renderer

Options = OutputOptions | FormulaOutputOptions | ListOptions

_KINDS = {Numbers: "numbers", Formulas: "formulas", Listing: "listing", Arrays: "arrays"}


def write(answer: Numbers | Formulas | Listing | Arrays, options: Options, pipe: str, formats: Sequence[str]) -> None:
    """Writes an answer where and as the options say.

    Args:
        pipe: the format for pipes and files.
        formats: those that the command has.

    Raises:
        UsageError: options that contradict each other.
        DataError: the file cannot be written.
    """
    style = make_style(options, pipe, formats)
    _write(renderer(style, _KINDS[type(answer)])(answer, style), options.output, style.format in BINARY)


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
    style = Style(chosen, bare=not isinstance(options, ListOptions) and options.bare)
    if isinstance(options, OutputOptions):
        style = style._replace(digits=options.round, status=options.status)
    return _for_terminal(style, options.color, terminal) if chosen == "table" else style


def _for_terminal(style: Style, color: str, terminal: bool) -> Style:
    from shutil import get_terminal_size

    encoding = (sys.stdout.encoding or "").lower().replace("-", "") if terminal else "utf8"
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return style._replace(
        color=color == "always" or (color == "auto" and terminal and not plain),
        unicode=encoding in ("utf8", "utf_8", "cp65001"),
        width=max(20, get_terminal_size().columns),
    )


def _write(pieces: Iterable[Any], path: str | None, binary: bool) -> None:
    with _opened(path, binary) as put:
        for piece in pieces:
            put(piece)


@contextmanager
def _opened(path: str | None, binary: bool) -> Iterator[Callable[[Any], object]]:
    if path is None or path == "-":
        if sys.stdout is None:
            raise DataError("standard output is closed")
        yield sys.stdout.buffer.write if binary else sys.stdout.write
        return
    target = os.path.realpath(path)
    try:
        mode = os.stat(target).st_mode
    except OSError:
        mode = None
    # What is no file, such as /dev/null or a named pipe, cannot be replaced by one.
    into = f"{target}.partial" if mode is None or stat.S_ISREG(mode) else target
    try:
        as_text = {} if binary else {"encoding": "utf-8", "newline": "\n"}
        with open(into, "wb" if binary else "w", **as_text) as handle:  # type: ignore[call-overload]
            yield handle.write
        if into != target:
            if mode is not None:
                os.chmod(into, stat.S_IMODE(mode))
            os.replace(into, target)
    except OSError as error:
        raise DataError(f"'{path}' cannot be written: {error.strerror or error}") from None
    finally:
        if into != target and os.path.exists(into) and not os.path.getsize(into):
            os.remove(into)

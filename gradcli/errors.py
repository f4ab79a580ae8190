"""What went wrong, where, and what to do about it: every error that a user can meet.

One root class; an error carries a message, a place in a source text, a hint and the exit code.
`describe` alone draws it, so that every error looks the same from every command.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import ClassVar, NamedTuple

Span = tuple[int, int]
"""First character and one past the last, in `Source.text`."""

_WIDTH = 76  # columns of a source line that are shown; the rest is cut around the caret


class Source(NamedTuple):
    """A text that a user gave, and what to call it in messages (a file's name; empty for an argument).

    Attributes:
        first_line: the number of its first line, where it is cut from a longer text.
    """

    text: str
    name: str = ""
    first_line: int = 1

    def position(self, offset: int) -> tuple[int, int]:
        """Line and column of a character, both from 1."""
        line_start = self.text.rfind("\n", 0, offset) + 1
        return self.text.count("\n", 0, offset) + self.first_line, offset - line_start + 1

    def line(self, offset: int) -> str:
        """The line of a character as messages name it: `model.py, line 12`; empty in a text of one line."""
        if "\n" not in self.text.strip("\n"):
            return ""
        place = f"{visible(self.name)}, " if self.name else ""
        return f"{place}line {self.position(offset)[0]}"


class GradcliError(Exception):
    """The root of all errors that gradcli raises on purpose.

    Attributes:
        message: one line that says what is wrong.
        source, span: the place that causes it, if there is one.
        hint: what to do, if it can be said.
        notes: what a reader should be told about how the text was read as far as it was.
    """

    notes: Sequence[str] = ()
    exit_code: ClassVar[int] = 2

    def __init__(
        self, message: str, *, source: Source | None = None, span: Span | None = None, hint: str | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.source = source
        self.span = span
        self.hint = hint


class ExpressionError(GradcliError):
    """The expression cannot be read, or does not mean a real function."""


class UsageError(GradcliError):
    """The request makes no sense as it stands: options, variables, points."""


class DataError(GradcliError):
    """A file or table cannot be read, used or written."""

    exit_code = 3


class LimitError(GradcliError):
    """An answer would take more size or work than is allowed."""

    exit_code = 5


def visible(text: str) -> str:
    """The text with everything escaped that would act on a terminal or could not be seen."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" if ord(c) < 256 else f"\\u{ord(c):04x}" for c in text)


def shorten(text: str, width: int = _WIDTH) -> str:
    """The text on one line, escaped, and cut in the middle where it is longer than `width`."""
    text = visible(" ".join(text[: 4 * width].split()) if len(text) <= 4 * width else text[:width] + text[-width:])
    if len(text) <= width:
        return text
    half = (width - 3) // 2
    return f"{text[:half]}...{text[-half:]}"


def excerpt(source: Source, span: Span, room: int = _WIDTH) -> tuple[str, str]:
    """The source line at a span, cut to so many columns, and the line of carets below it."""
    start, end = span
    line_start = source.text.rfind("\n", 0, start) + 1
    line_end = source.text.find("\n", start)
    line_end = len(source.text) if line_end < 0 else line_end
    end = min(max(end, start + 1), max(line_end, start + 1))
    left, mid, right = max(line_start, start - room), min(end, start + room), min(line_end, end + room)
    before, under, after = (visible(source.text[a:b]) for a, b in ((left, start), (start, mid), (mid, right)))
    is_long = right < line_end or cells(before + under + after) > room
    if left > line_start or (is_long and cells(before + under) > room - 3):
        before = f"...{_first(before[::-1], room // 2 - 3)[::-1]}"
    line = before + under + after
    tail = "..." if right < line_end or cells(line) > room else ""
    line = _first(line, room - len(tail)) if tail else line
    return line + tail, " " * cells(before) + "^" * max(1, min(cells(under), cells(line) - cells(before)))


def cells(text: str) -> int:
    """How many columns of a terminal a text takes."""
    return len(text) if text.isascii() else sum(map(_width, text))


def _width(character: str) -> int:
    """Columns of a terminal: two of what East Asia writes as wide as high, none of an accent on a letter."""
    from unicodedata import combining, east_asian_width

    return 0 if combining(character) else 2 if east_asian_width(character) in "WF" else 1


def _first(text: str, room: int) -> str:
    """As much of the beginning of a text as fits into so many columns."""
    if text.isascii():
        return text[:room]
    return "".join(c for c, end in zip(text, accumulate(map(_width, text)), strict=True) if end <= room)


def describe(error: GradcliError, columns: int = _WIDTH + 2) -> str:
    """The error as it is shown: message, source line with carets, hint (without a final newline).

    Args:
        columns: how wide the source line may be; it would be hard to follow in more than one line.
    """
    lines = [f"error: {visible(error.message)}"]
    if error.source is not None and error.span is not None:
        if error.source.name or "\n" in error.source.text.strip("\n"):
            line, column = error.source.position(error.span[0])
            place = f"{visible(error.source.name)}, " if error.source.name else ""
            lines[0] += f" ({place}line {line}, column {column})"
        lines += [f"  {text}" for text in excerpt(error.source, error.span, columns - 2)]
    if error.hint:
        lines.append(f"hint: {visible(error.hint)}")
    return "\n".join(lines)

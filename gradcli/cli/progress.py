"""How far long work has come, on stderr, where that is a terminal and the answer goes elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from time import monotonic
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gradcli.points import Block
    from gradcli.stream import Stream

_FIRST, _EVERY = 1.0, 0.25  # seconds


def counted(blocks: Iterable[Block], total: int | None) -> Iterator[Block]:
    """The same blocks of points, for a command that says nothing before the last.

    Args:
        total: how many points there are, if that is known.
    """
    if sys.stderr is None or not sys.stderr.isatty():
        yield from blocks
        return
    points = 0
    with _Progress() as told:
        for block in blocks:
            yield block
            points += block.rows
            told.show(points, points / total if total else None)


def shown_progress(stream: Stream, pieces: Iterator[str | bytes], path: str | None) -> Iterator[str | bytes]:
    """The same pieces; meanwhile rows, rows a second, and the time left where the size of the input is known."""
    to_terminal = path in (None, "-") and sys.stdout is not None and sys.stdout.isatty()
    if to_terminal or sys.stderr is None or not sys.stderr.isatty():
        yield from pieces
        return
    with _Progress() as told:
        for piece in pieces:
            yield piece
            told.show(stream.tally.rows, stream.table.progress())


class _Progress:
    """A line that is written again and again, not before the first second, and wiped off at the end."""

    def __init__(self) -> None:
        self._start = monotonic()
        self._due = self._start + _FIRST
        self._shown = False

    def __enter__(self) -> _Progress:
        return self

    def __exit__(self, *_: object) -> None:
        if self._shown:
            _show("")

    def show(self, rows: int, done: float | None) -> None:
        """Says how far it is, if that is due."""
        now = monotonic()
        if now >= self._due:
            _show(progress_text(rows, now - self._start, done))
            self._shown, self._due = True, now + _EVERY


def progress_text(rows: int, seconds: float, done: float | None) -> str:
    """One line: `1,234,567 rows, 812,000 rows/s, 12 s left`.

    Args:
        done: how much of the input was read, from 0 to 1; `None` where its size is not known.
    """
    text = f"{rows:,} rows, {rows / max(seconds, 1e-9):,.0f} rows/s"
    if done:
        left = round(seconds * (1 - done) / done)
        minutes, rest = divmod(left, 60)
        text += f", {minutes} min {rest} s left" if minutes else f", {rest} s left"
    return text


def _show(text: str) -> None:
    with suppress(OSError):
        sys.stderr.write(f"\r\x1b[K{text}")
        sys.stderr.flush()

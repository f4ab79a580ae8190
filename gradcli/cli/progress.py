"""How far long work has come, on stderr, where that is a terminal and the answer goes elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import suppress
from time import monotonic
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gradcli.stream import Stream

_FIRST, _EVERY = 1.0, 0.25  # seconds


def shown_progress(stream: Stream, pieces: Iterator[str | bytes], path: str | None) -> Iterator[str | bytes]:
    """The same pieces; meanwhile rows, rows a second, and the time left where the size of the input is known."""
    to_terminal = path in (None, "-") and sys.stdout is not None and sys.stdout.isatty()
    if to_terminal or sys.stderr is None or not sys.stderr.isatty():
        yield from pieces
        return
    start = monotonic()
    due = start + _FIRST
    shown = False
    try:
        for piece in pieces:
            yield piece
            now = monotonic()
            if now >= due:
                _show(progress_text(stream.tally.rows, now - start, stream.table.progress()))
                shown, due = True, now + _EVERY
    finally:
        if shown:
            _show("")


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

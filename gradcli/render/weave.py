"""Columns of text, side by side."""

from __future__ import annotations

from collections.abc import Sequence


def woven(pieces: Sequence[bytes | Sequence[bytes]], rows: int) -> bytes:
    """The text of all rows, one after another: each piece is the text of one cell a row, or the same in all rows."""
    width = len(pieces)
    cells: list[bytes] = [b""] * (rows * width)
    for k, piece in enumerate(pieces):
        cells[k::width] = [piece] * rows if isinstance(piece, bytes) else piece
    return b"".join(cells)

"""A canvas of braille dots, two by four a character, which lines and signs are drawn on.

Why not a library's: those that there are colour by escape codes of their own, which Rich can neither adapt to the
terminal nor leave out, and take as long to load as gradcli to start (plotille) or several times as long (plotext,
and uniplot with NumPy); what of them would be used is these few lines.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple

from gradcli.pictures import Place

DOTS = (2, 4)
"""Across and down in a character."""

_BITS = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))


class Span(NamedTuple):
    """Some text in one style, as Rich names it."""

    text: str
    style: str = ""


Line = list[Span]


class Canvas:
    """Characters in rows, each with a style; what is drawn later covers what was drawn before.

    Args:
        unicode: whether there are braille characters; else a line consists of the sign that is given for it.
    """

    def __init__(self, columns: int, rows: int, unicode: bool = True) -> None:
        self.columns, self.rows = columns, rows
        self.unicode = unicode
        self._dots = [[0] * columns for _ in range(rows)]
        self._signs = [[Span(" ")] * columns for _ in range(rows)]

    def sign(self, column: int, row: int, text: str, style: str = "") -> None:
        """Puts a character at a place, if that is on the canvas."""
        if 0 <= column < self.columns and 0 <= row < self.rows:
            self._dots[row][column] = 0
            self._signs[row][column] = Span(text, style)

    def sign_at(self, place: Place, text: str, style: str = "") -> None:
        """The same at fractions of the canvas, from the lower left."""
        if 0 <= place[0] <= 1 and 0 <= place[1] <= 1:
            self.sign(*self.cell(place), text, style)

    def cell(self, place: Place) -> tuple[int, int]:
        """The column and row of a place."""
        return self._dot(place)[0] // DOTS[0], self._dot(place)[1] // DOTS[1]

    def line(self, places: Sequence[Place], sign: str, style: str = "") -> None:
        """Draws a line through places, which are fractions of the canvas; what is beyond it is cut off."""
        for a, b in zip(places, places[1:] or places, strict=False):
            ends = _clipped(a, b)
            if ends is None:
                continue
            (left, top), (right, bottom) = (self._dot(end) for end in ends)
            steps = max(abs(right - left), abs(bottom - top), 1)
            for k in range(steps + 1):
                self._draw(
                    left + round(k * (right - left) / steps), top + round(k * (bottom - top) / steps), sign, style
                )

    def lines(self) -> list[Line]:
        """The rows, from the top, as runs of one style."""
        return [
            [Span("".join(span.text for span in run), style) for style, run in groupby(row, lambda span: span.style)]
            for row in self._signs
        ]

    def _dot(self, place: Place) -> tuple[int, int]:
        wide, high = DOTS[0] * self.columns - 1, DOTS[1] * self.rows - 1
        return round(place[0] * wide), round((1 - place[1]) * high)

    def _draw(self, x: int, y: int, sign: str, style: str) -> None:
        column, row = x // DOTS[0], y // DOTS[1]
        if self.unicode:
            self._dots[row][column] |= _BITS[x % DOTS[0]][y % DOTS[1]]
            sign = chr(0x2800 + self._dots[row][column])
        self._signs[row][column] = Span(sign, style)


def _clipped(a: Place, b: Place) -> tuple[Place, Place] | None:
    """The part of a line that lies in the unit square (Liang and Barsky, 1984); `None`: none."""
    if any(max(ends) < 0 or min(ends) > 1 for ends in zip(a, b, strict=True)):
        return None  # far beyond, what follows has no digits left
    first, last = 0.0, 1.0
    for start, rise in ((a[0], b[0] - a[0]), (a[1], b[1] - a[1])):
        if not rise:
            if not 0 <= start <= 1:
                return None
            continue
        enter, leave = sorted((-start / rise, (1 - start) / rise))
        first, last = max(first, enter), min(last, leave)
    if not first <= last:
        return None
    ends = [(a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1])) for t in (first, last)]
    inside = [(min(max(x, 0.0), 1.0), min(max(y, 0.0), 1.0)) for x, y in ends]
    return inside[0], inside[1]

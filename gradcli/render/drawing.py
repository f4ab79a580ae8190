"""Pictures in a terminal: curves in braille, fields in half blocks, in the colours that it has.

Without colours curves are told apart by their numbers, fields are shaded; where there is no UTF-8 all of it is
ASCII. Rich, which knows terminals, is loaded where there are colours.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from math import atan2, floor, hypot, isfinite, pi
from typing import Any, NamedTuple

from gradcli.errors import shorten, visible
from gradcli.pictures import Curve, Curves, Extent, Field, Fields, Fineness, Panel, middles, part
from gradcli.render import Style
from gradcli.render.canvas import Canvas, Line, Span
from gradcli.render.headings import heading
from gradcli.render.ticks import apart, tick_texts, ticks

_COLORS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7")
"""Those of Okabe and Ito's, which all eyes tell apart, that are seen on white (3:1 at least) and on black (4:1)."""
_NAMED_COLORS = ("magenta", "cyan", "red", "green", "blue", "yellow")
"""Where there are few; what they look like is the terminal's affair, so that curves are numbered besides."""
_ASCII_CURVES = "*+#%=&$"
_MOST_NOTES = 6
_LEAST_ROWS, _MOST_ROWS = 5, 32
_MOST_LABEL = 24  # columns, of a number with all of its digits
_LABEL = 8  # columns at the left of a field, whose width is to be known before its numbers
_BORDER = 0.001  # cells by which what lies on the border of two may be found off it
_APART = 2  # columns between fields
_AROUND = 3  # lines of a field above and below its colours
_LEAST_COLUMNS, _MOST_COLUMNS = 24, 140  # of a field among others, of any
_BAR = 16, 4  # columns of the colours in a legend, and fewer where there is no room
_NUMBERED = 14  # columns from one number of a curve to the next

_FRAME = {True: ("│", "┤", "└", "─", "┬", "┈", "┊"), False: ("|", "+", "+", "-", "+", "-", ":")}
_SIGNS = {
    "kink": ("×", "x"), "jump": ("◦", "o"), "own": ("•", "@"), "vertical": ("↕", "^"), "undefined": ("○", "o"),
    "end": ("◦", "o"), "pole": ("┊", ":"), "peak": ("▲", "A"), "dip": ("▼", "V"),
}  # fmt: skip
_FIELD_SIGNS = _SIGNS | {"pole": ("∞", "!")}
"""Marks that are told from shades and arrows."""
_SHADES = {True: "·░▒▓█", False: ".:-=+*#%@"}
_ARROWS = {True: "→↗↑↖←↙↓↘", False: ">/^\\</v\\"}
_VIRIDIS = (
    (68, 1, 84), (72, 40, 120), (62, 73, 137), (49, 104, 142), (38, 130, 142), (31, 158, 137), (53, 183, 121),
    (110, 206, 88), (181, 222, 43), (253, 231, 37),
)  # fmt: skip
"""Ten steps of Matplotlib's colours of that name, which rise evenly in lightness and are told apart by all eyes."""


def picture(answer: Curves | Fields, style: Style) -> Iterator[str]:
    """The picture, line by line, as wide as the terminal."""
    lines = _curves(answer, style) if isinstance(answer, Curves) else _fields(answer, style)
    yield _painted(lines, style)


def fineness(style: Style) -> Fineness:
    """How fine a picture is that fills the terminal."""
    dots = max(40, 2 * (style.width - 8)), 4 * max(_LEAST_ROWS, min(_MOST_ROWS, style.height // 2 - 3))
    _, columns, rows = _layout(style, _LABEL, 1)
    return Fineness(dots, (columns, 2 * rows))


def _painted(lines: Sequence[Line], style: Style) -> str:
    if not style.color:
        return "".join("".join(span.text for span in line).rstrip() + "\n" for line in lines)
    from rich.text import Text

    from gradcli.render.screen import drawn

    return drawn(Text("\n").join(Text.assemble(*((s.text, s.style) for s in line)) for line in lines), style)


def _titles(title: Sequence[str], style: Style) -> list[Line]:
    return [[Span(shorten(style.seen(text), style.width - 1), "bold")] for text in title]


# --- curves -----------------------------------------------------------------------------------------------


def _curves(answer: Curves, style: Style) -> list[Line]:
    title = _titles(answer.title, style)
    notes = _notes(answer, style)
    room = style.height - 2 - len(title) - len(notes)
    rows = max(_LEAST_ROWS, min(_MOST_ROWS, room // len(answer.panels) - 2, style.width // 4))
    most = max(4, 2 * rows // 3)
    levels = [[] if panel.is_empty else ticks(panel.low, panel.high, most, panel.log) for panel in answer.panels]
    width = min(_MOST_LABEL, max((len(text) for panel in levels for text in tick_texts(panel)), default=4))
    columns = max(10, style.width - width - 2)
    lines = title
    for panel, marked in zip(answer.panels, levels, strict=True):
        lines.append(_legend(panel, width, style))
        lines += _framed(_plotted(panel, answer, columns, rows, style), panel, marked, width, style)
        lines.append(_axis(answer.axis, width, columns, style))
    return [*lines, _axis_numbers(answer.axis, width, columns), *notes]


def _plotted(panel: Panel, picture: Curves, columns: int, rows: int, style: Style) -> Canvas:
    """The inside of a panel: what helps reading below, then the curves, then the marks."""
    canvas = Canvas(columns, rows, style.unicode)
    *_, zero, pole = _FRAME[style.unicode]
    if not panel.log and panel.low < 0 < panel.high and not panel.is_empty:
        row = canvas.cell((0.0, panel.fraction(0.0)))[1]
        for column in range(columns):
            canvas.sign(column, row, zero, "dim")
    for mark in picture.marks:
        if mark.kind == "pole":
            column = canvas.cell((picture.axis.fraction(mark.x), 0.0))[0]
            for row in range(rows):
                canvas.sign(column, row, pole, "dim")
    for k, curve in enumerate(panel.curves):
        for piece in curve.pieces:
            places = [(picture.axis.fraction(x), panel.fraction(y)) for x, y in piece]
            canvas.line(places, _curve_sign(k), _curve_style(k, curve, style))
    if _is_numbered(panel, style):
        _number(canvas, panel, picture.axis)
    end, own = _SIGNS["end"][not style.unicode], _SIGNS["own"][not style.unicode]
    signs = [(place, end) for place in panel.ends]
    if panel is picture.panels[0]:
        signs += [(place, _SIGNS[mark.kind][not style.unicode]) for mark in picture.marks for place in mark.at]
        signs += [(place, own) for mark in picture.marks for place in mark.own]
    for (x, y), sign in signs:
        canvas.sign_at((picture.axis.fraction(x), panel.fraction(y)), sign, "bold")
    return canvas


def _number(canvas: Canvas, panel: Panel, axis: Extent) -> None:
    """Now and then there is a curve's number on it."""
    for k, curve in enumerate(panel.curves):
        for column in range(1 + k * _NUMBERED // len(panel.curves), canvas.columns, _NUMBERED):
            across = (column + 0.5) / canvas.columns
            for a, b in (ends for piece in curve.pieces for ends in pairwise(piece)):
                left, right = axis.fraction(a[0]), axis.fraction(b[0])
                if min(left, right) <= across < max(left, right):
                    up = panel.fraction(a[1] + (b[1] - a[1]) * (across - left) / (right - left))
                    canvas.sign_at((across, up), str((k + 1) % 10))
                    break


def _curve_sign(k: int) -> str:
    return _ASCII_CURVES[k % len(_ASCII_CURVES)]


def _curve_style(k: int, curve: Curve, style: Style) -> str:
    colors = _NAMED_COLORS if style.palette == "standard" else _COLORS
    return "dim" if curve.bound else colors[k % len(colors)]


def _is_numbered(panel: Panel, style: Style) -> bool:
    """Whether braille curves are told apart by numbers, as colours do not."""
    has_colors = style.color and style.palette != "standard" and len(panel.curves) <= len(_COLORS)
    return len(panel.curves) > 1 and style.unicode and not has_colors


def _legend(panel: Panel, width: int, style: Style) -> Line:
    """The names of a panel's curves, each in the curve's colour."""
    line = [Span(" " * (width + 2))]
    room = style.width - width - 2
    for k, curve in enumerate(panel.curves):
        told = f"{(k + 1) % 10} " if _is_numbered(panel, style) else ""
        if not style.unicode and len(panel.curves) > 1:
            told = f"{_curve_sign(k)} "
        text = f"{told}{style.seen(heading(curve.label, style.unicode))}"
        if k and len(text) + 8 > room:
            return [*line, Span("...", "dim")]
        text = shorten(text, max(room - 3, 8))
        line += [Span(text, _curve_style(k, curve, style)), Span("  ")]
        room -= len(text) + 2
    return line


def _framed(canvas: Canvas, axis: Extent | Panel, levels: Sequence[float], width: int, style: Style) -> Iterator[Line]:
    """The rows of a canvas with the numbers at their left."""
    bar, tick, *_ = _FRAME[style.unicode]
    texts = {canvas.cell((0.0, axis.fraction(n)))[1]: t for n, t in zip(levels, tick_texts(levels), strict=True)}
    for row, line in enumerate(canvas.lines()):
        text = texts.get(row, "")[:width]
        yield [Span(f"{text:>{width}} "), Span(tick if text else bar, "dim"), *line]


def _axis_ticks(axis: Extent, columns: int) -> list[tuple[int, str]]:
    """The columns of the numbers along the axis below, with those that there is room for."""
    numbers = ticks(axis.low, axis.high, max(3, columns // 10))
    found: list[tuple[int, str]] = []
    pairs = [
        (round(axis.fraction(n) * (2 * columns - 1)) // 2, t) for n, t in zip(numbers, tick_texts(numbers), strict=True)
    ]
    end = -columns
    for column, text in sorted(pairs):
        start = min(column - len(text) // 2, columns - len(text))
        if start > end:
            found.append((column, text))
            end = start + len(text)
    return found


def _axis(axis: Extent, width: int, columns: int, style: Style) -> Line:
    _, _, corner, rule, tick, *_ = _FRAME[style.unicode]
    places = {column for column, _ in _axis_ticks(axis, columns)}
    return [
        Span(" " * (width + 1)),
        Span(corner + "".join(tick if k in places else rule for k in range(columns)), "dim"),
    ]


def _axis_numbers(axis: Extent, width: int, columns: int) -> Line:
    """The numbers below the axis, and its name at the right, else at the left, where there is room."""
    total = width + 2 + columns
    text = [" "] * total
    for column, number in _axis_ticks(axis, columns):
        start = min(max(0, width + 2 + column - len(number) // 2), total - len(number))
        text[start : start + len(number)] = number
    line = "".join(text)
    name = visible(axis.name)
    if line[-len(name) - 2 :].strip() and line[: len(name) + 1].strip():  # a number less, but not the name
        line = line[: -len(line.split()[-1])].ljust(total)
    if not line[-len(name) - 2 :].strip():
        return [Span(line[: -len(name)]), Span(name, "bold")]
    if not line[: len(name) + 1].strip():
        return [Span(name, "bold"), Span(line[len(name) :])]
    return [Span(line)]


def _notes(answer: Curves, style: Style) -> list[Line]:
    """What the signs stand for, and what else is to be said."""
    told = [(_SIGNS[kind][not style.unicode], text) for kind, text in answer.explained()]
    lines = [[Span(sign, "bold"), Span(f" {style.seen(text)}")] for sign, text in told]
    listed = answer.notes[:_MOST_NOTES]
    lines += [[Span(style.seen(note))] for note in listed]
    unlisted = len(answer.notes) - len(listed)
    return [*lines, [Span(f"and {unlisted} more")]] if unlisted else lines


# --- fields -----------------------------------------------------------------------------------------------


class _Layout(NamedTuple):
    """How many fields stand side by side, and the size of each in characters, beside its labels."""

    across: int
    columns: int
    rows: int


def _layout(style: Style, label: int, others: int, count: int = 1) -> _Layout:
    """How fields are seen as large as may be, all at once; where there are too many for that, one after the other.

    Args:
        label: the columns to the left of a field.
        others: the lines above and below all of them.
    """
    found = []
    for across in range(1, count + 1):
        columns = min((style.width + _APART) // across - _APART - label - 2, _MOST_COLUMNS)
        if across > 1 and columns < _LEAST_COLUMNS:
            break
        room = style.height - 2 - others
        rows = min(_MOST_ROWS, room // -(-count // across) - _AROUND, columns // 3)
        is_whole = rows >= _LEAST_ROWS
        rows = rows if is_whole else min(_MOST_ROWS, room - _AROUND, columns // 3)
        found.append((is_whole, min(columns, 3 * rows) if is_whole else across, _Layout(across, columns, rows)))
    across, columns, rows = max(found)[-1]
    return _Layout(across, max(10, columns), max(_LEAST_ROWS, rows))


def _fields(answer: Fields, style: Style) -> list[Line]:
    up = answer.axes[1]
    title = _titles(answer.title, style)
    several = len(answer.fields) > 1
    notes: list[Line] = []
    for field in answer.fields:
        name = f"{style.seen(heading(field.label, style.unicode))}: " if several else ""
        for mark in field.marks:
            sign = Span(_FIELD_SIGNS[mark.kind][not style.unicode], "bold")
            notes.append([sign, Span(f" {name}{style.seen(mark.text)}")])
    notes += [[Span(style.seen(note))] for note in answer.notes]
    levels = ticks(up.low, up.high, max(3, style.height // 5))
    label = min(_MOST_LABEL, max([0 if several else _LABEL, len(up.name), *map(len, tick_texts(levels))]))
    layout = _layout(style, label, len(title) + len(notes), len(answer.fields))
    legends = [_color_bar(field, layout.columns, style) for field in answer.fields]
    if any(field.has_arrows and not is_told for field, (_, is_told) in zip(answer.fields, legends, strict=True)):
        notes.insert(0, [Span(_along_the_gradient(style))])
    blocks = []
    for field, (legend, _) in zip(answer.fields, legends, strict=True):
        canvas = _colored(field, answer, layout.columns, layout.rows, style)
        blocks.append([
            [Span(f"{up.name:>{label}}  ", "bold"), *legend],
            *_framed(canvas, up, levels, label, style),
            _axis(answer.axes[0], label, layout.columns, style),
            _axis_numbers(answer.axes[0], label, layout.columns),
        ])  # fmt: skip
    lines = title
    for k in range(0, len(blocks), layout.across):
        lines += _side_by_side(blocks[k : k + layout.across], label + 2 + layout.columns + _APART)
    return [*lines, *notes]


def _side_by_side(blocks: Sequence[Sequence[Line]], width: int) -> Iterator[Line]:
    """Blocks of as many lines each, in columns of a width."""
    for lines in zip(*blocks, strict=True):
        whole: Line = []
        for k, line in enumerate(lines):
            whole += [Span(" " * (k * width - sum(len(span.text) for span in whole))), *line] if k else line
        yield whole


def _colored(field: Field, picture: Fields, columns: int, rows: int, style: Style) -> Canvas:
    """A field by colours, two above each other in a character, or by shades; with arrows along its gradient."""
    canvas = Canvas(columns, rows, style.unicode)
    halves = _has_colors(style)
    high = rows * (2 if halves else 1)
    x = _nearest(picture.places[0], picture.axes[0], columns)
    y = _nearest(picture.places[1], picture.axes[1], high)[::-1]
    numbers = field.numbers[y][:, x].tolist()
    for row in range(rows):
        for column in range(columns):
            if halves:
                canvas.sign(column, row, *_half_blocks(numbers[2 * row][column], numbers[2 * row + 1][column], field))
            else:
                canvas.sign(column, row, _shade(numbers[row][column], field, style))
    if field.gradient is not None:
        middle = y[::2] if halves else y
        partials = [partial[middle][:, x].tolist() for partial in field.gradient]
        scale = [columns / (axis.stop - axis.start) for axis in picture.axes]
        scale[1] *= 2 * rows / columns  # a character is twice as high as wide
        for row in range(1, rows, 3):
            for column in range(3, columns, 6):
                u, v = (p[row][column] * s for p, s in zip(partials, scale, strict=True))
                arrow = _arrow(u, v, style.unicode)
                if arrow is not None:
                    number = numbers[row * (2 if halves else 1)][column]
                    canvas.sign(column, row, arrow, _on(number, field) if halves else "")
    for mark in field.marks:
        for place in mark.at:
            column = floor(picture.axes[0].fraction(place[0]) * columns - _BORDER)
            row = rows - 1 - floor(picture.axes[1].fraction(place[1]) * rows - _BORDER)
            if 0 <= column < columns and 0 <= row < rows:
                number = numbers[row * (2 if halves else 1)][column]
                sign = _FIELD_SIGNS[mark.kind][not style.unicode]
                canvas.sign(column, row, sign, _on(number, field) if halves else "")
    return canvas


def _has_colors(style: Style) -> bool:
    return style.color and style.unicode and style.palette != "standard"


def _nearest(places: Any, axis: Extent, count: int) -> Any:
    """For each of so many cells along an axis the index of the place that is nearest to its middle."""
    import numpy as np

    order = np.argsort(places)
    ordered = np.asarray(places)[order]
    wanted = middles(axis, count)
    after = np.clip(np.searchsorted(ordered, wanted), 1, max(len(ordered) - 1, 1))
    if len(ordered) == 1:
        return np.zeros(count, int)
    before = after - 1
    return order[np.where(wanted - ordered[before] <= ordered[after] - wanted, before, after)]


def _level(number: float, field: Field) -> float:
    return min(1.0, max(0.0, part(number, field.low, field.high)))


def _shade(number: float, field: Field, style: Style) -> str:
    shades = _SHADES[style.unicode]
    return shades[min(len(shades) - 1, int(_level(number, field) * len(shades)))] if isfinite(number) else " "


def _rgb(level: float) -> tuple[int, int, int]:
    """A colour between the steps."""
    place = level * (len(_VIRIDIS) - 1)
    k = min(int(place), len(_VIRIDIS) - 2)
    red, green, blue = (round(a + (b - a) * (place - k)) for a, b in zip(_VIRIDIS[k], _VIRIDIS[k + 1], strict=True))
    return red, green, blue


def _hex(number: float, field: Field) -> str | None:
    return "#{:02x}{:02x}{:02x}".format(*_rgb(_level(number, field))) if isfinite(number) else None


def _half_blocks(upper: float, lower: float, field: Field) -> tuple[str, str]:
    above, below = _hex(upper, field), _hex(lower, field)
    if above is None:
        return (" ", "") if below is None else ("▄", below)
    return "▀", above if below is None else f"{above} on {below}"


def _on(number: float, field: Field) -> str:
    """How an arrow is seen on a number's colour."""
    color = _hex(number, field)
    return "" if color is None else f"bold {'#000000' if _level(number, field) > 0.45 else '#ffffff'} on {color}"


def _arrow(u: float, v: float, unicode: bool) -> str | None:
    """The arrow that points most nearly along a vector."""
    if not hypot(u, v) > 0 or not isfinite(hypot(u, v)):
        return None
    return _ARROWS[unicode][round(atan2(v, u) / (pi / 4)) % 8]


def _along_the_gradient(style: Style) -> str:
    return f"{_ARROWS[style.unicode][1]} along the gradient"


def _color_bar(field: Field, room: int, style: Style) -> tuple[Line, bool]:
    """The legend: the lowest and the highest number with the colours or shades between, and what the arrows are.

    And whether there is room for the last.
    """
    name = style.seen(heading(field.label, style.unicode))
    if field.is_empty:
        return [Span(shorten(name, room), "bold"), Span("  no number to be shown"[: max(0, room - len(name))])], True
    if field.constant is not None:
        told = f"  {field.constant:.6g} everywhere"
        return [Span(shorten(name, max(8, room - len(told))), "bold"), Span(told)], True
    low, high = (f" {text}" for text in apart(field.low, field.high))
    most, fewest = _BAR if _has_colors(style) else (len(_SHADES[style.unicode]),) * 2
    taken = len(low) + len(high) + 2
    name = shorten(name, max(8, room - taken - fewest))
    width = max(fewest, min(most, room - taken - len(name)))
    line = [Span(name, "bold"), Span(f" {low} ")]
    if _has_colors(style):
        line += [Span("█", "#{:02x}{:02x}{:02x}".format(*_rgb(k / (width - 1)))) for k in range(width)]
    else:
        line.append(Span(_SHADES[style.unicode]))
    line.append(Span(high))
    told = f"   {_along_the_gradient(style)}"
    if not field.has_arrows or sum(len(span.text) for span in line) + len(told) > room:
        return line, not field.has_arrows
    return [*line, Span(told)], True

"""Pictures as files, by Matplotlib, with the extra `plot`: for print, for all eyes, and the same bytes each time.

Curves differ by colour (Okabe and Ito's, which all eyes tell apart) and by dash, so that they are told apart in black
and white too. Nothing is taken from the user's settings, and no date is written. What Matplotlib's own font cannot show
is escaped, as in a terminal; an SVG holds the characters themselves, and whoever opens it has fonts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from io import BytesIO
from textwrap import wrap
from typing import Any
from warnings import catch_warnings, simplefilter

from gradcli.errors import UsageError, shorten, visible
from gradcli.pictures import Curves, Field, Fields, Fineness, Place, part
from gradcli.render import Style
from gradcli.render.headings import heading
from gradcli.render.ticks import tick_texts, ticks

FINENESS = Fineness(dots=(800, 300), cells=(200, 200))
"""How fine a picture in a file is."""

_COLORS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000")
_DASHES = ("-", "--", "-.", ":")
_SETTINGS = {
    "svg.hashsalt": "gradcli", "svg.fonttype": "none", "pdf.fonttype": 42, "text.usetex": False,
    "axes.grid": True, "grid.alpha": 0.3, "grid.linewidth": 0.6, "font.size": 10,
    "axes.formatter.useoffset": False, "axes.unicode_minus": True, "savefig.facecolor": "white",
}  # fmt: skip
_WITHOUT_DATE = {"png": {"Software": None}, "svg": {"Date": None, "Creator": None}, "pdf": {"CreationDate": None}}
_MARKERS = {"kink": "x", "jump": "o", "vertical": "^", "undefined": "o"}
_SIGNS = {"kink": "×", "jump": "○", "vertical": "△", "undefined": "○", "pole": "┊", "end": "◦"}
"""The same in what is said below."""
_FIELD_MARKERS = {
    "kink": (".", "#56b4e9", 2.5), "vertical": (".", "#cc79a7", 2.5), "jump": (".", "#e69f00", 2.5),
    "pole": (".", "#d55e00", 3.0), "dip": ("v", "white", 7.0), "peak": ("^", "white", 7.0),
}  # fmt: skip
"""The marker, colour and size of what lies between the points of a field."""
_ARROWS = 20  # of a gradient along either axis
_SHORTEST = 0.02  # of the longest arrow: below it there is none
_LEVELS = 12  # of contours
_LARGE, _CLOSE = 1e30, 1e-8  # numbers, and parts of them that an axis shows, which are left to Matplotlib
_BEYOND = 1e3  # heights of a picture
_MOST_TICKS = 8
_ACROSS, _BETWEEN = 75, 3  # characters that fit below an axis, and between two of its numbers
_MOST_NAMED = 12  # curves that a legend lists
_TITLE = 78  # characters of a line of the title
_MOST_NOTES, _NOTE = 6, 120  # lines and characters of what is said below


def picture(answer: Curves | Fields, style: Style) -> Iterator[bytes]:
    """The file.

    Raises:
        UsageError: Matplotlib is not installed.
    """
    library = matplotlib()
    with library.rc_context():
        library.rcdefaults()
        library.rcParams.update(_SETTINGS)
        made = figure(answer, visible if style.format == "svg" else _shown_by_font())
        file = BytesIO()
        with catch_warnings():
            simplefilter("ignore")  # an SVG is laid out by the same font
            made.savefig(file, format=style.format, dpi=150, metadata=_WITHOUT_DATE[style.format])
    yield file.getvalue()


def _shown_by_font() -> Callable[[str], str]:
    """How a text is written with the characters that Matplotlib's own font has."""
    from matplotlib.font_manager import findfont
    from matplotlib.ft2font import FT2Font

    known = FT2Font(findfont("DejaVu Sans")).get_charmap()

    def seen(text: str) -> str:
        return "".join(c if ord(c) in known else c.encode("ascii", "backslashreplace").decode() for c in visible(text))

    return seen


def matplotlib() -> Any:
    """The library.

    Raises:
        UsageError: it is not installed.
    """
    try:
        import matplotlib as library
    except ImportError:
        raise UsageError(
            "pictures in files need Matplotlib, which is not installed", hint='pip install "gradcli[plot]"'
        ) from None
    return library


def figure(answer: Curves | Fields, seen: Callable[[str], str] = visible) -> Any:
    """The picture as a figure of Matplotlib's.

    Args:
        seen: how a text is written.
    """
    from matplotlib.figure import Figure

    count = len(answer.panels) if isinstance(answer, Curves) else len(answer.fields)
    size = (7.0, 1.2 + 2.6 * count) if isinstance(answer, Curves) else (6.4, 0.8 + 4.4 * count)
    made = Figure(figsize=size, layout="constrained")
    lines = [line for text in answer.title for line in wrap(seen(text), _TITLE)]
    made.suptitle("\n".join(lines), fontsize=11, parse_math=False)
    notes = [*answer.notes[:_MOST_NOTES], *(["..."] if len(answer.notes) > _MOST_NOTES else [])]
    if isinstance(answer, Curves):
        notes = [*(f"{_SIGNS[kind]} {text}" for kind, text in answer.explained()), *notes]
    made.supxlabel(
        "\n".join(seen(shorten(note, _NOTE)) for note in notes), fontsize=7, color="0.3", parse_math=False, gid="notes"
    )
    axes = made.subplots(count, 1, sharex=isinstance(answer, Curves), squeeze=False)[:, 0]
    if isinstance(answer, Curves):
        _draw_curves(answer, axes, seen)
    else:
        for field, axis in zip(answer.fields, axes, strict=True):
            _draw_field(field, answer, axis, seen)
    return made


class _Scale:
    """The numbers of an axis as Matplotlib draws them, which computes with their squares and products.

    Very large, small and close numbers become fractions of the axis, with ticks that tell what they stand for.
    """

    def __init__(self, start: float, stop: float) -> None:
        self.start, self.stop = start, stop
        largest, width = max(abs(start), abs(stop)), abs(stop / 2 - start / 2)
        self.is_plain = largest < _LARGE and width > largest * _CLOSE and width > 1 / _LARGE

    def at(self, number: float) -> float:
        """A number on the axis; what is far beyond it is as far as need be; nan stays nan."""
        if self.is_plain or number != number:
            return number
        return max(-_BEYOND, min(_BEYOND, part(number, self.start, self.stop)))

    def limit(self, axis: Any) -> None:
        """Sets what one of Matplotlib's axes shows."""
        axis.axes.set(**{f"{axis.axis_name}lim": (self.at(self.start), self.at(self.stop))})
        if not self.is_plain:
            ends = min(self.start, self.stop), max(self.start, self.stop)
            numbers = ticks(*ends, _MOST_TICKS)
            if axis.axis_name == "x":  # side by side
                numbers = ticks(*ends, min(_MOST_TICKS, _ACROSS // (_BETWEEN + max(map(len, tick_texts(numbers))))))
            axis.set_ticks([self.at(number) for number in numbers], tick_texts(numbers))


def _draw_curves(answer: Curves, axes: Any, seen: Callable[[str], str]) -> None:
    across = _Scale(answer.axis.start, answer.axis.stop)
    for panel, axis in zip(answer.panels, axes, strict=True):
        up = _Scale(panel.low, panel.high)
        across.limit(axis.xaxis)
        if panel.log:
            axis.set_yscale("log")
            axis.set_ylim(panel.low, panel.high)
            up.is_plain = True
        else:
            up.limit(axis.yaxis)
        if panel.is_empty:
            axis.set_yticks([])
        if not panel.log and panel.low < 0 < panel.high and not panel.is_empty:
            axis.axhline(up.at(0.0), color="0.5", linewidth=0.8)
        for mark in answer.marks:
            if mark.kind == "pole":
                axis.axvline(across.at(mark.x), color="0.4", linewidth=0.9, linestyle=":", gid="pole")
        for k, curve in enumerate(panel.curves):
            xs, ys = _gapped(curve.pieces, across, up)
            looks: dict[str, Any] = {"color": _COLORS[k % len(_COLORS)], "linestyle": _DASHES[k % len(_DASHES)]}
            looks = {"color": "0.4", "linestyle": ":"} if curve.bound else looks
            if any(len(piece) == 1 for piece in curve.pieces):
                alone = [(across.at(x), up.at(y)) for ((x, y), *others) in curve.pieces if not others]
                axis.plot(*zip(*alone, strict=True), ".", color=looks["color"], gid=f"points-{k + 1}")
            axis.plot(xs, ys, label=seen(heading(curve.label, True)), linewidth=1.5, gid=f"curve-{k + 1}", **looks)
        if len(panel.curves) > 1:
            for text in axis.legend(fontsize=8, ncols=1 + len(panel.curves) // _MOST_NAMED).get_texts():
                text.set_parse_math(False)
        only = heading(panel.curves[0].label, True) if len(panel.curves) == 1 else ""
        axis.set_ylabel(seen(panel.label or only), parse_math=False)
        marks = [(panel.ends, "o", "white", "end")]
        if axis is axes[0]:
            marks += [(mark.at, _MARKERS.get(mark.kind, ""), "white", mark.kind) for mark in answer.marks]
            marks += [(mark.own, "o", "black", "own") for mark in answer.marks]
        for places, marker, inside, name in marks:
            shown = [(across.at(x), up.at(y)) for x, y in places if panel.low <= y <= panel.high]
            if shown:
                axis.plot(
                    *zip(*shown, strict=True), linestyle="", marker=marker, color="black", markerfacecolor=inside,
                    markersize=4 if name == "end" else 6, clip_on=False, gid=name,
                )  # fmt: skip
    axes[-1].set_xlabel(seen(answer.axis.name), parse_math=False)


def _gapped(pieces: tuple[tuple[Place, ...], ...], across: _Scale, up: _Scale) -> tuple[list[float], list[float]]:
    """All pieces as one line, which nan interrupts."""
    nan = float("nan")
    places = [place for piece in pieces for place in (*((across.at(x), up.at(y)) for x, y in piece), (nan, nan))][:-1]
    return [x for x, _ in places], [y for _, y in places]


def _draw_field(field: Field, picture: Fields, axis: Any, seen: Callable[[str], str]) -> None:
    """Filled contours, and arrows in the direction in which the numbers rise; their lengths are those of gradients."""
    import numpy as np
    from matplotlib.ticker import MaxNLocator

    scales = [_Scale(extent.start, extent.stop) for extent in picture.axes]
    across, up = ([scale.at(x) for x in places] for scale, places in zip(scales, picture.places, strict=True))
    colors = _Scale(field.low, field.high)
    numbers = np.ma.masked_invalid([[colors.at(number) for number in row] for row in field.numbers.tolist()])
    if min(numbers.shape) > 1 and numbers.count():
        found = ticks(field.low, field.high, _LEVELS)
        levels = (
            [colors.at(n) for n in found]
            if not colors.is_plain
            else MaxNLocator(_LEVELS).tick_values(field.low, field.high)
        )
        beyond = {(True, True): "both", (True, False): "min", (False, True): "max"}
        extend = beyond.get((numbers.min() < levels[0], numbers.max() > levels[-1]), "neither")
        filled = axis.contourf(across, up, numbers, levels=levels, cmap="viridis", extend=extend)
        lines = {"colors": "white", "linewidths": 0.4, "linestyles": "solid", "alpha": 0.6}
        between = [level for level in levels if numbers.min() < level < numbers.max()]
        if between:
            axis.contour(across, up, numbers, levels=between, **lines)
        bar = axis.figure.colorbar(filled, ax=axis)
        if not colors.is_plain:
            bar.set_ticks(levels, labels=tick_texts(found))
        if field.constant is not None:
            bar.set_ticks([colors.at(field.constant)], labels=[f"{field.constant:.6g}"])
        bar.set_label(seen(heading(field.label, True)), parse_math=False)
    for scale, side in zip(scales, (axis.xaxis, axis.yaxis), strict=True):
        scale.limit(side)
    if field.gradient is not None:
        _draw_arrows(field.gradient, picture, scales, axis)
    for mark in field.marks:
        marker, color, size = _FIELD_MARKERS[mark.kind]
        axis.plot(
            *([scale.at(n) for n in places] for scale, places in zip(scales, zip(*mark.at, strict=True), strict=True)),
            linestyle="", marker=marker, color=color, markeredgecolor="black",
            markeredgewidth=0.0 if size < 4 else 0.8, markersize=size, label=seen(mark.text), gid=mark.kind,
        )  # fmt: skip
    if field.marks:
        legend = axis.legend(loc="upper center", bbox_to_anchor=(0.5, -0.12), fontsize=8, frameon=False)
        for text, handle in zip(legend.get_texts(), legend.legend_handles, strict=True):
            text.set_parse_math(False)
            handle.set_markersize(8)
    axis.set_xlabel(seen(picture.axes[0].name), parse_math=False)
    axis.set_ylabel(seen(picture.axes[1].name), parse_math=False)
    axis.grid(False)


def _draw_arrows(gradient: tuple[Any, Any], picture: Fields, scales: Sequence[_Scale], axis: Any) -> None:
    """Arrows along the gradient in the numbers of the axes, as long as it is; the longest tenth is cut to length."""
    import numpy as np

    chosen = [_spread(len(places), np) for places in picture.places]
    shown_at = [
        [scale.at(x) for x in np.asarray(places)[k]]
        for scale, places, k in zip(scales, picture.places, chosen, strict=True)
    ]
    x, y = np.meshgrid(*shown_at)
    u, v = (partial[np.ix_(chosen[1], chosen[0])] for partial in gradient)
    with np.errstate(all="ignore"):
        lengths = np.hypot(u, v)
        fine = np.isfinite(lengths) & (lengths > 0)
        if not fine.any():
            return
        longest = np.quantile(lengths[fine], 0.9)
        spans = [extent.stop / 2 - extent.start / 2 for extent in picture.axes]
        seen = [partial / lengths * (min(map(abs, spans)) / span) for partial, span in zip((u, v), spans, strict=True)]
        shown = np.minimum(lengths / longest, 1.0) / np.hypot(*seen)
    fine &= np.isfinite(shown) & (lengths > _SHORTEST * longest)
    axis.quiver(
        x[fine], y[fine], (seen[0] * shown)[fine], (seen[1] * shown)[fine], angles="uv", pivot="mid", color="white",
        edgecolor="black", linewidth=0.5, width=0.005, scale=_ARROWS * 1.1, scale_units="width", gid="gradient",
    )  # fmt: skip


def _spread(size: int, np: Any) -> Any:
    """Evenly chosen indices."""
    count = min(size, _ARROWS)
    return np.unique(((np.arange(count) + 0.5) * size / count).astype(int))

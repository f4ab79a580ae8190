"""Pictures as files, by Matplotlib, with the extra `plot`: for print, for all eyes, and the same bytes each time.

Curves differ by colour (Okabe and Ito's, which all eyes tell apart) and by dash, so that they are told apart in black
and white too. Nothing is taken from the user's settings, and no date is written. What Matplotlib's own font cannot show
is escaped, as in a terminal; an SVG holds the characters themselves, and whoever opens it has fonts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Any
from warnings import catch_warnings, simplefilter

from gradcli.errors import UsageError, shorten, visible
from gradcli.pictures import Curves, Field, Fields, Fineness
from gradcli.render import Style
from gradcli.render.headings import heading

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
_FIELD_MARKERS = {
    "kink": (".", "#56b4e9", 2.5), "vertical": (".", "#cc79a7", 2.5), "jump": (".", "#e69f00", 2.5),
    "pole": (".", "#d55e00", 3.0), "dip": ("v", "white", 7.0), "peak": ("^", "white", 7.0),
}  # fmt: skip
"""The marker, colour and size of what lies between the points of a field."""
_ARROWS = 20  # of a gradient along either axis
_SHORTEST = 0.02  # of the longest arrow: below it there is none
_LEVELS = 12  # of contours
_MOST_NAMED = 12  # curves that a legend lists
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
    made.suptitle("\n".join(map(seen, answer.title)), fontsize=11, parse_math=False)
    notes = [*answer.notes[:_MOST_NOTES], *(["..."] if len(answer.notes) > _MOST_NOTES else [])]
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


def _draw_curves(answer: Curves, axes: Any, seen: Callable[[str], str]) -> None:
    for panel, axis in zip(answer.panels, axes, strict=True):
        axis.set_xlim(answer.axis.start, answer.axis.stop)
        if panel.log:
            axis.set_yscale("log")
        axis.set_ylim(panel.low, panel.high)
        if not panel.log and panel.low < 0 < panel.high:
            axis.axhline(0.0, color="0.5", linewidth=0.8)
        for mark in answer.marks:
            if mark.kind == "pole":
                axis.axvline(mark.x, color="0.4", linewidth=0.9, linestyle=":", gid="pole")
        for k, curve in enumerate(panel.curves):
            xs, ys = _gapped(curve.pieces)
            looks: dict[str, Any] = {"color": _COLORS[k % len(_COLORS)], "linestyle": _DASHES[k // 2 % len(_DASHES)]}
            looks = {"color": "0.4", "linestyle": ":"} if curve.bound else looks
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
            shown = [(x, y) for x, y in places if panel.low <= y <= panel.high]
            if shown:
                axis.plot(
                    *zip(*shown, strict=True), linestyle="", marker=marker, color="black", markerfacecolor=inside,
                    markersize=4 if name == "end" else 6, clip_on=False, gid=name,
                )  # fmt: skip
    axes[-1].set_xlabel(seen(answer.axis.name), parse_math=False)


def _gapped(pieces: tuple[tuple[tuple[float, float], ...], ...]) -> tuple[list[float], list[float]]:
    """All pieces as one line, which nan interrupts."""
    nan = float("nan")
    places = [place for piece in pieces for place in (*piece, (nan, nan))][:-1]
    return [x for x, _ in places], [y for _, y in places]


def _draw_field(field: Field, picture: Fields, axis: Any, seen: Callable[[str], str]) -> None:
    """Filled contours, and arrows in the direction in which the numbers rise; their lengths are those of gradients."""
    import numpy as np
    from matplotlib.ticker import MaxNLocator

    across, up = picture.places
    numbers = np.ma.masked_invalid(field.numbers)
    if min(numbers.shape) > 1 and numbers.count():
        levels = MaxNLocator(_LEVELS).tick_values(field.low, field.high)
        beyond = {(True, True): "both", (True, False): "min", (False, True): "max"}
        extend = beyond.get((numbers.min() < levels[0], numbers.max() > levels[-1]), "neither")
        filled = axis.contourf(across, up, numbers, levels=levels, cmap="viridis", extend=extend)
        lines = {"colors": "white", "linewidths": 0.4, "linestyles": "solid", "alpha": 0.6}
        axis.contour(across, up, numbers, levels=levels, **lines)
        bar = axis.figure.colorbar(filled, ax=axis)
        bar.set_label(seen(heading(field.label, True)), parse_math=False)
    axis.set_xlim(picture.axes[0].start, picture.axes[0].stop)
    axis.set_ylim(picture.axes[1].start, picture.axes[1].stop)
    if field.gradient is not None:
        _draw_arrows(field.gradient, picture, axis)
    for mark in field.marks:
        marker, color, size = _FIELD_MARKERS[mark.kind]
        axis.plot(
            *zip(*mark.at, strict=True), linestyle="", marker=marker, color=color, markeredgecolor="black",
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


def _draw_arrows(gradient: tuple[Any, Any], picture: Fields, axis: Any) -> None:
    """Arrows along the gradient in the numbers of the axes, as long as it is; the longest tenth is cut to length."""
    import numpy as np

    chosen = [_spread(len(places), np) for places in picture.places]
    x, y = np.meshgrid(*(np.asarray(places)[k] for places, k in zip(picture.places, chosen, strict=True)))
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

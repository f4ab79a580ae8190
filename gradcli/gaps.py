"""The gap between backends over a range, as a picture: how far they lie apart, and how far they may."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import isfinite
from typing import Any

from gradcli.compare import Comparison, Spread, spread_of
from gradcli.naming import Derivative
from gradcli.pictures import Curve, Curves, Extent, Panel, pieces, shown_range
from gradcli.points import Axis, Block

FLOOR = 2.0**-54
"""Where numbers are drawn that do not differ, on an axis that has no zero: below the smallest gap of two doubles."""

_MOST_PANELS = 6
_MOST_BOUNDED = 2_000  # points whose numbers are bounded one by one


def gaps_over(comparison: Comparison, blocks: Iterable[Block], axis: Axis, title: Sequence[str]) -> Curves:
    """A panel a partial, with the relative gap and what the bounds of the errors allow, on a logarithmic axis.

    Where a backend has no number the curves end. The bounds are those of each number, unless there are very many.
    """
    shown = comparison.partials[:_MOST_PANELS]
    places: list[float] = []
    spreads: dict[Derivative, list[Spread]] = {partial: [] for partial in shown}
    for block in blocks:
        answers = {
            name: evaluation.evaluate(block.columns, bounded=axis.size <= _MOST_BOUNDED)
            for name, evaluation in comparison.evaluations.items()
        }
        places += block.columns[axis.name].tolist()
        for partial in shown:
            spreads[partial].append(spread_of(answers, partial.name, block.rows))
    panels = tuple(_panel(partial, places, found) for partial, found in spreads.items())
    notes = [f"relative gaps of {', '.join(comparison.evaluations)}; equal at {FLOOR:.1e}"]
    if len(comparison.partials) > len(shown):
        notes.append(f"and {len(comparison.partials) - len(shown)} more partials")
    ends = (min(places), max(places)) if axis.step > 0 else (max(places), min(places))
    if ends[0] == ends[1]:  # a single place, which lies in a range nevertheless
        ends = (axis.start, axis.stop) if axis.start != axis.stop else (ends[0] - 1.0, ends[0] + 1.0)
    return Curves(tuple(title), Extent(axis.name, *ends), panels, notes=tuple(notes))


def _panel(partial: Derivative, places: Sequence[float], spreads: Sequence[Spread]) -> Panel:
    import numpy as np

    relative, allowed = (
        np.concatenate(columns) for columns in zip(*((s.relative, s.allowed) for s in spreads), strict=True)
    )
    gap = Curve(partial, tuple(pieces(places, _raised(relative))))
    bound = Curve("bound", tuple(pieces(places, _raised(np.where(np.isfinite(relative), allowed, np.nan)))), bound=True)
    low, high = shown_range((y for curve in (gap, bound) for piece in curve.pieces for _, y in piece), log=True)
    return Panel((gap, bound) if bound.pieces else (gap,), low / 2, high * 2, log=True, label="relative gap")


def _raised(numbers: Any) -> list[float]:
    """The numbers as they are drawn: those that are none stay none."""
    found: list[float] = [max(number, FLOOR) if isfinite(number) else number for number in numbers.tolist()]
    return found

"""From an expression of one variable to the curves that show it and its derivatives."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby, pairwise
from math import inf, isfinite, nan
from typing import NamedTuple, Protocol

from gradcli.adaptive import Evaluate, Sample, Sampler, doubt, samples_of
from gradcli.backends import Points
from gradcli.errors import shorten
from gradcli.features import Feature, Survey, survey
from gradcli.naming import Derivative, Partial
from gradcli.pictures import Curve, Curves, Extent, Mark, Panel, Place, is_constant, shown_range, widened
from gradcli.program import Program
from gradcli.results import Status, Values

_LONG = 500  # equations from which it pays to load NumPy
_MOST_TITLES = 6
_MOST_ENDS = 40  # that are to be told apart in a panel
_WORTH, _BARELY = 3, 1e4  # times what is left of a column without its fastest parts: less gains nothing, more loses all
_MARKED = frozenset({Status.KINK, Status.JUMP, Status.VERTICAL})
_ALWAYS_TOLD = frozenset({Status.IMPRECISE, Status.NOT_CONVERGED, Status.UNRESOLVED})


class Evaluates(Protocol):
    """What evaluates derivatives: `evaluation.Evaluation`, and `combine.CombinedEvaluation`."""

    program: Program

    def evaluate(self, points: Points, bounded: bool = False) -> Values:
        """The derivatives at a point or in a block."""


class Shown(NamedTuple):
    """A picture, and the places that it was made from.

    Attributes:
        places: in rising order.
    """

    picture: Curves
    places: list[float]


def needed(asked: Iterable[Derivative], axes: Iterable[str]) -> tuple[Derivative, ...]:
    """What is to be evaluated: besides what is asked for the slopes along the axes, which tell where to look."""
    found = list(asked)
    outputs = dict.fromkeys(name for derivative in found for name in derivative.outputs)
    return tuple(
        dict.fromkeys(
            [*found, *(Partial(name) for name in outputs), *(Partial(n, (axis,)) for axis in axes for n in outputs)]
        )
    )


def curves(
    prepared: Evaluates,
    asked: Sequence[Derivative],
    axis: Extent,
    fixed: Mapping[str, float],
    dots: tuple[int, int],
    *,
    title: Sequence[str],
    first: Iterable[float] = (),
    log: bool = False,
) -> Shown:
    """Derivatives over a range, a panel an order.

    Args:
        prepared: evaluates what is `needed`.
        fixed: the values of the other variables.
        dots: how many places can be told apart across the picture, and in a panel's height.
        first: places that are to be sampled in any case.
        log: whether the panels show absolute values, logarithmically.
    """
    outputs = list(dict.fromkeys(name for derivative in asked for name in derivative.outputs))
    slopes = {name: Partial(name, (axis.name,)).name for name in outputs}
    evaluate = _evaluate(prepared, axis.name, fixed)
    found = survey(Sampler(evaluate, axis, slopes, [d.name for d in asked], dots, first, log))
    panels = [_panel(list(group), found, dots[1], log) for _, group in groupby(_by_kind(asked), key=_kind)]
    several = len(outputs) > 1
    marks = tuple(_mark(feature, several, log) for feature in found.features if feature.kind != "edge")
    notes = [f"{f.output}: {f.text}" if several else f.text for f in found.features if f.kind == "edge"]
    notes += [note for derivative in asked for note in _doubts(derivative, found)]
    notes += [note for panel in panels for curve in panel.curves for note in _unresolved(curve, panel, found, dots[1])]
    notes += [
        f"{name} is finer than the picture: {count:,} more places may have a mark"
        for name, count in found.unseen.items()
    ]
    notes += ["logarithmic: absolute values"] if log else []
    return Shown(Curves(tuple(title), axis, tuple(panels), marks, tuple(notes)), [s.x for s in found.samples])


def title_of(program: Program, fixed: Mapping[str, str]) -> tuple[str, ...]:
    """The components as they were written, with the values of what does not vary."""
    at = ", ".join(f"{name} = {text}" for name, text in fixed.items())
    lines = [f"{o.name} = {shorten(program.text(o.ref), 100)}" for o in program.outputs[:_MOST_TITLES]]
    if len(program.outputs) > _MOST_TITLES:
        lines.append(f"and {len(program.outputs) - _MOST_TITLES} more")
    return (*lines[:-1], f"{lines[-1]}   at {at}" if at else lines[-1])


def _evaluate(prepared: Evaluates, axis: str, fixed: Mapping[str, float]) -> Evaluate:
    """Short programs are evaluated point by point: loading NumPy would take longer than drawing the picture."""

    def at_points(places: Sequence[float]) -> Iterator[Sample]:
        for x in places:
            yield from samples_of(prepared.evaluate({**fixed, axis: x}), [x], axis)

    def in_blocks(places: Sequence[float]) -> Iterator[Sample]:
        import numpy as np

        return samples_of(prepared.evaluate({**fixed, axis: np.array(places)}), places, axis)

    return at_points if len(prepared.program) <= _LONG else in_blocks


def _kind(derivative: Derivative) -> tuple[int, str]:
    """What stands in one panel: partials of an order, or combinations of a kind."""
    if isinstance(derivative, Partial):
        return derivative.order, ""
    return len(derivative.outputs), derivative.name.partition("_")[0]


def _by_kind(asked: Sequence[Derivative]) -> list[Derivative]:
    kinds = list(dict.fromkeys(map(_kind, asked)))
    return sorted(asked, key=lambda derivative: kinds.index(_kind(derivative)))


def _panel(group: Sequence[Derivative], survey: Survey, dots: int, log: bool) -> Panel:
    """The curves of some derivatives, and what part of them is shown."""
    low, high = _range([d.name for d in group], survey, log, [_kind_of_growth(d, survey) for d in group])
    if not log:
        low, high = widened(low, high)
    curves = tuple(Curve(d, tuple(_pieces(d, survey, (low, high), dots, log))) for d in group)
    ends = tuple(end for d in group for end in _ends(d, survey, log))
    return Panel(curves, low, high, log, ends=ends if len(ends) <= _MOST_ENDS else ())


def _range(names: Sequence[str], survey: Survey, log: bool, growths: Sequence[str]) -> tuple[float, float]:
    """What part of some columns is shown: what goes to infinity is cut off, and what is very fast, if much is left."""

    def found(chosen: Iterable[Sample], robust: bool) -> tuple[float, float]:
        numbers = [n for s in chosen for name in names for n in (s.numbers[name], s.before(name), s.after(name))]
        return shown_range([abs(n) for n in numbers] if log else numbers, robust=robust, log=log)

    whole = found(survey.samples, robust=False)
    if not any(growths):
        return whole
    most = found((s for s in survey.samples if s.x in survey.even), robust=True)
    if log or "infinite" in growths:
        return most
    times = (whole[1] / 2 - whole[0] / 2) / (most[1] / 2 - most[0] / 2)
    return most if _WORTH < times < _BARELY else whole


def _kind_of_growth(derivative: Derivative, survey: Survey) -> str:
    """Whether a column goes to infinity somewhere, or moves faster than can be followed; if neither, nothing."""
    is_value = isinstance(derivative, Partial) and not derivative.by
    kinds = ("pole",) if is_value else ("pole", "vertical")
    if any(f.kind in kinds and f.output in derivative.outputs for f in survey.features):
        return "infinite"
    return "fast" if not is_value and survey.rough.get(derivative.name) else ""


def _ends(derivative: Derivative, survey: Survey, log: bool) -> Iterator[Place]:
    """Where a derivative has no number but a limit on one side or either: beside kinks, jumps and holes."""
    if isinstance(derivative, Partial) and not derivative.by:
        return  # its places are marked
    name = derivative.name
    for feature in survey.features:
        if feature.output not in derivative.outputs or feature.kind not in ("kink", "jump", "undefined"):
            continue
        first = bisect_left(survey.samples, feature.before.x, key=_place)
        last = bisect_left(survey.samples, feature.after.x, key=_place)
        left = [s.before(name) for s in survey.samples[max(first - 1, 0) : first + 1] if s.x <= feature.x]
        right = [s.after(name) for s in survey.samples[last : last + 2] if s.x >= feature.x]
        limits = [next(filter(isfinite, side), nan) for side in (left[::-1], right)]
        yield from dict.fromkeys((feature.x, _shown(limit, log)) for limit in limits if isfinite(_shown(limit, log)))


def _pieces(
    derivative: Derivative, survey: Survey, shown: tuple[float, float], dots: int, log: bool
) -> Iterator[tuple[Place, ...]]:
    """A curve without what is no part of it: it ends at jumps and poles, a derivative at kinks too."""
    name = derivative.name
    is_value = isinstance(derivative, Partial) and not derivative.by
    own = [f for f in survey.features if f.output in derivative.outputs]
    ends = {f.before.x for f in own if f.before is not f.after and (not is_value or f.kind in ("pole", "jump"))}
    rough = survey.rough.get(name, frozenset())
    piece: list[Place] = []
    for sample, following in pairwise([*survey.samples, None]):
        assert sample is not None
        before, after = (_shown(number, log) for number in (sample.before(name), sample.after(name)))
        is_noise = shown[0] < before < shown[1] and _dot(shown, dots) < sample.error.get(name, 0.0) < inf
        if isfinite(before) and (log or sample.x in survey.even or not is_noise):
            piece.append((sample.x, before))
        if before != after:
            if piece:
                yield tuple(piece)
            piece = [(sample.x, after)] if isfinite(after) else []
        if (
            following is None
            or sample.x in ends
            or (sample.x in rough and _crosses(after, _shown(following.before(name), log), shown))
        ):
            if piece:
                yield tuple(piece)
            piece = []


def _shown(number: float, log: bool) -> float:
    """What is drawn of a number; nan: nothing, and that includes 0 on a logarithmic axis."""
    return number if not log else abs(number) or nan


def _dot(shown: tuple[float, float], dots: int) -> float:
    return (shown[1] / 2 - shown[0] / 2) / dots * 2


def _crosses(a: float, b: float, shown: tuple[float, float]) -> bool:
    """Whether numbers lie on opposite sides of what is shown: so far apart they are not joined by guessing."""
    return min(a, b) < shown[0] and max(a, b) > shown[1]


def _doubts(derivative: Derivative, survey: Survey) -> Iterator[str]:
    """What is to be said of a column's numbers beside what is marked: where there are none, or imprecise ones.

    Only the even samples count; close to a pole or an edge most others are, and few of them can be told apart.
    """
    counts: dict[Status, int] = {}
    even = [sample for sample in survey.samples if sample.x in survey.even]
    for sample in even:
        code = sample.codes.get(derivative.name)
        told = code in _MARKED or not all(isfinite(sample.numbers[name]) for name in derivative.outputs)
        if code is not None and (code in _ALWAYS_TOLD or not (told or code.has_number)):
            counts[code] = counts.get(code, 0) + 1
    for code, count in counts.items():
        yield f"{derivative.name}: {code.text} at {count:,} of {len(even):,} points"


def _place(sample: Sample) -> float:
    return sample.x


def _unresolved(curve: Curve, panel: Panel, survey: Survey, dots: int) -> Iterator[str]:
    """What is to be said of a column that changes by less than its digits tell, or by more than is shown."""
    if isinstance(curve.label, str) or panel.log:
        return
    name = curve.label.name
    numbers = [y for piece in curve.pieces for _, y in piece]
    if numbers and _kind_of_growth(curve.label, survey) == "fast":
        low, high = min(numbers), max(numbers)
        if low < panel.low or high > panel.high:
            yield f"{name} goes beyond what is shown, from {low:.3g} to {high:.3g}"
    even = [sample for sample in survey.samples if sample.x in survey.even]
    shown = [s for s in even if panel.low <= s.numbers[name] <= panel.high]
    if not shown:
        return
    least, most = min(shown, key=lambda s: s.numbers[name]), max(shown, key=lambda s: s.numbers[name])
    change = most.numbers[name] - least.numbers[name]
    if is_constant(least.numbers[name], most.numbers[name]):
        if change > doubt(name, least, most):
            yield f"{name} changes by {change:.1g}, which doubles hardly resolve: shown as a constant"
        return
    dot = _dot((panel.low, panel.high), dots)
    errors = [s.error.get(name, 0.0) for s in shown if s.codes.get(name) is not Status.IMPRECISE]
    seen = [error for error in errors if dot < error < inf]
    if seen:
        yield f"{name}: errors of rounding, up to {max(seen):.1g}, are seen at {len(seen):,} of {len(even):,} points"


def _mark(feature: Feature, several: bool, log: bool) -> Mark:
    x, name = feature.x, feature.output
    limits = feature.before.before(name), feature.after.after(name)
    ends = [y for y in (_shown(limit, log) for limit in limits) if isfinite(y)]
    own: list[float] = []
    is_hole = feature.kind == "undefined" and len(ends) == 2 and abs(ends[1] - ends[0]) <= 1e-6 * abs(ends[0])
    if feature.kind == "pole" or (feature.kind == "undefined" and not is_hole):
        ends = []
    elif feature.kind != "jump":
        ends = ends[:1]
    elif feature.before is feature.after:  # else it lies between two doubles, and neither side has it
        own = [_shown(feature.before.numbers[name], log)]
    at, filled = (tuple((x, y) for y in found if isfinite(y)) for found in (ends, own))
    return Mark(feature.kind, x, at, feature.text, name if several else "", filled)

"""From an expression of one variable to the curves that show it and its derivatives."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby, islice, pairwise
from math import inf, isfinite, nan
from typing import NamedTuple, Protocol

from gradcli.adaptive import TURN, Evaluate, Sample, Sampler, View, doubt, samples_of, sure_numbers
from gradcli.backends import Points
from gradcli.errors import shorten
from gradcli.features import Feature, Survey, survey
from gradcli.naming import Derivative, Partial
from gradcli.pictures import Curve, Curves, Extent, Mark, Panel, Place, first_of, is_constant, shown_range, widened
from gradcli.program import Program
from gradcli.results import KINDS, Status, Values

_LONG = 500  # equations from which it pays to load NumPy
_UNDERFLOW = 1e-300  # what errors are below that come from numbers too small for doubles
_ASKED = 8  # of so many zeros in doubt one is looked into
_MOST_TITLES = 6
_MOST_BESIDE = 8  # samples next to a hole that tell how large a column gets there
_MOST_ENDS = 40  # that are to be told apart in a panel
_INFINITE = ("pole", "vertical", "overflow")
_NEAR = 3  # samples next to where a column goes to infinity
_VANISHING = 1e3  # times the range of half of the numbers: that of most of them comes from what goes to infinity alone
_WORTH, _BARELY = 3, 1e4  # times what is left of a column without its fastest parts: less gains nothing, more loses all
_ALWAYS_TOLD = frozenset({Status.IMPRECISE, Status.NOT_CONVERGED, Status.UNRESOLVED})


class Evaluates(Protocol):
    """What evaluates derivatives: `evaluation.Evaluation`, and `combine.CombinedEvaluation`."""

    program: Program

    def evaluate(self, points: Points, bounded: bool = False, zeros: bool = True) -> Values:
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
    marks = tuple(_mark(feature, found, several, log) for feature in found.features if feature.span is None)
    notes = list(_without_numbers(found.features, axis.name, several))
    notes += [note for derivative in asked for note in _doubts(derivative, found)]
    notes += [note for panel in panels for curve in panel.curves for note in _unresolved(curve, panel, found, dots[1])]
    notes += [
        f"{name} is finer than the picture: at least {count:,} more places may have a mark"
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

    def in_blocks(places: Sequence[float]) -> Iterator[Sample]:
        import numpy as np

        return samples_of(prepared.evaluate({**fixed, axis: np.array(places)}), places, axis)

    return _Pointwise(prepared, axis, fixed) if len(prepared.program) <= _LONG else in_blocks


class _Pointwise:
    """Samples point by point.

    Whether a 0 is exact that rounding may have made takes hundreds of digits to find out. So it is asked of a few
    first, and what lies between two that are, with no other number between, is taken for one.
    """

    def __init__(self, prepared: Evaluates, axis: str, fixed: Mapping[str, float]) -> None:
        self.prepared, self.axis, self.fixed = prepared, axis, fixed
        self._known: dict[str, list[tuple[float, bool]]] = {}  # by column the places, and whether it is exactly 0 there

    def __call__(self, places: Sequence[float]) -> Iterator[Sample]:
        found = {x: self._sample(x, zeros=False) for x in places}
        doubtful: dict[float, list[str]] = {}
        for x in sorted(found):
            names = [name for name, number in found[x].numbers.items() if not (number or found[x].is_sure(name))]
            self._note(found[x], [name for name in found[x].numbers if name not in names])
            if names:
                doubtful[x] = names
        for x in (x for first in range(_ASKED) for x in list(doubtful)[first::_ASKED]):
            names = doubtful[x]
            if not all(self._is_between_zeros(name, x) for name in names):
                sample = self._sample(x, zeros=True)
                names = [name for name in names if sample.is_sure(name)]
                found[x] = found[x] if names else sample
            codes = {name: code for name, code in found[x].codes.items() if name not in names}
            exact = {name: 0.0 for name in names if found[x].error.get(name, 0.0) > _UNDERFLOW}
            found[x] = found[x]._replace(codes=codes, error={**found[x].error, **exact})
            self._note(found[x], doubtful[x])
        return iter([found[x] for x in places])

    def _sample(self, x: float, zeros: bool) -> Sample:
        (sample,) = samples_of(self.prepared.evaluate({**self.fixed, self.axis: x}, zeros=zeros), [x], self.axis)
        return sample

    def _note(self, sample: Sample, names: Iterable[str]) -> None:
        for name in names:
            if isfinite(sample.numbers[name]):
                is_zero = not sample.numbers[name] and sample.is_sure(name)
                insort(self._known.setdefault(name, []), (sample.x, is_zero))

    def _is_between_zeros(self, name: str, x: float) -> bool:
        known = self._known.get(name, [])
        k = bisect_left(known, (x,))
        return 0 < k < len(known) and known[k - 1][1] and known[k][1]


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
    low, high = _range(group, survey, log)
    if not log:
        low, high = widened(low, high)
    curves = tuple(Curve(d, tuple(_pieces(d, survey, (low, high), dots, log))) for d in group)
    ends = tuple(end for d in group for end in _ends(d, survey, log))
    return Panel(curves, low, high, log, ends=ends if len(ends) <= _MOST_ENDS else ())


def _range(group: Sequence[Derivative], survey: Survey, log: bool) -> tuple[float, float]:
    """What part of some columns is shown: all that is shown of each."""
    ranges = [_range_of(derivative, survey, log) for derivative in group if _is_shown(derivative, survey, log)]
    return (min(low for low, _ in ranges), max(high for _, high in ranges)) if ranges else shown_range([], log=log)


def _is_shown(derivative: Derivative, survey: Survey, log: bool) -> bool:
    return any(isfinite(_shown(sample.numbers[derivative.name], log)) for sample in survey.samples)


def _range_of(derivative: Derivative, survey: Survey, log: bool) -> tuple[float, float]:
    """What part of a column is shown: what goes to infinity is cut off, and what is very fast, if much is left."""
    name = derivative.name
    growth = _kind_of_growth(derivative, survey)
    even = [sample for sample in survey.samples if sample.x in survey.even]

    def found(chosen: Sequence[Sample], robust: bool) -> tuple[float, float]:
        numbers = sure_numbers(chosen, name)
        least = 0.0 if robust else _rounding(chosen, name)
        return shown_range([abs(n) for n in numbers] if log else numbers, robust=robust, log=log, least=least)

    whole = found(survey.samples, robust=False)
    if not growth or not any(isfinite(sample.numbers[name]) for sample in even):
        return whole
    most = found(even, robust=True)
    if log:
        return most
    others = _away(even, derivative, survey, ("pole", "vertical"))
    if growth == "infinite" and len(others) < len(even) and _is_hidden(even, others, name):
        return found(others, robust=False)
    if growth in ("infinite", "wild"):
        return (
            most if _has_scale(even, name) else found(_away(even, derivative, survey, _INFINITE) or even, robust=False)
        )
    times = (whole[1] / 2 - whole[0] / 2) / (most[1] / 2 - most[0] / 2)
    return most if _WORTH < times < _BARELY else whole


def _rounding(samples: Iterable[Sample], name: str) -> float:
    """What rounding explains of the difference of a column's lowest and highest number."""
    sure = [sample for sample in samples if sample.is_sure(name)]
    if not sure:
        return 0.0
    return doubt(name, min(sure, key=lambda s: s.numbers[name]), max(sure, key=lambda s: s.numbers[name]))


def _has_scale(samples: Iterable[Sample], name: str) -> bool:
    """Whether half of the numbers differ at all beside most of them: else nearly all vanish, as those of 1/sinh do."""
    found = sorted(n for sample in samples if isfinite(n := sample.numbers[name]))
    half, most = (
        found[int((1 - k) * (len(found) - 1))] / 2 - found[int(k * (len(found) - 1))] / 2 for k in (0.25, 0.1)
    )
    return most <= _VANISHING * half


def _away(even: Sequence[Sample], derivative: Derivative, survey: Survey, kinds: Sequence[str]) -> list[Sample]:
    """The samples that do not lie next to where a column goes to infinity, or to what else is of some kinds."""
    places = [sample.x for sample in even]
    near: set[int] = set()
    for feature in survey.features:
        if feature.output in derivative.outputs and feature.kind in kinds:
            first, last = bisect_left(places, feature.before.x), bisect_left(places, feature.after.x)
            near.update(range(max(0, first - _NEAR), last + _NEAR))
    return [sample for k, sample in enumerate(even) if k not in near]


def _is_hidden(even: Sequence[Sample], away: Sequence[Sample], name: str) -> bool:
    """Whether the samples next to where a column goes to infinity do not stand out of the others."""
    others = sure_numbers(away, name)
    if not others:
        return False
    low, high = widened(min(others), max(others))
    return all(low <= number <= high for number in sure_numbers(even, name))


def _kind_of_growth(derivative: Derivative, survey: Survey) -> str:
    """Whether a column goes to infinity somewhere, is wild next to a hole, or is faster than can be followed."""
    is_value = isinstance(derivative, Partial) and not derivative.by
    own = [feature for feature in survey.features if feature.output in derivative.outputs]
    holes = [feature for feature in own if feature.kind in ("undefined", "edge")]
    if any(feature.kind == "pole" or (feature.kind == "vertical" and not is_value) for feature in own):
        return "infinite"
    if any(feature.kind == "overflow" and _ends_at_a_hole(feature, survey) for feature in own):
        return "infinite"
    is_fast = not is_value and survey.rough.get(derivative.name)
    return "" if not is_fast else "wild" if _rises_beside(holes, derivative.name, survey) else "fast"


def _ends_at_a_hole(feature: Feature, survey: Survey) -> bool:
    """Whether an overflow does not end where numbers or the picture do: on the way to infinity."""
    ends = ((feature.before, survey.samples[0]), (feature.after, survey.samples[-1]))
    return any(end is not last and not isfinite(end.numbers[feature.output]) for end, last in ends)


def _rises_beside(holes: Iterable[Feature], name: str, survey: Survey) -> bool:
    """Whether a column is much larger next to where there is nothing than anywhere else."""

    def is_sure(sample: Sample) -> bool:
        return sample.is_sure(name)

    usual = max((abs(s.numbers[name]) for s in survey.samples if s.x in survey.even and s.is_sure(name)), default=inf)
    beside = (islice(filter(is_sure, survey.beside(hole, side)), _MOST_BESIDE) for hole in holes for side in (-1, 1))
    return any(abs(sample.numbers[name]) > _WORTH * usual for samples in beside for sample in samples)


def _ends(derivative: Derivative, survey: Survey, log: bool) -> Iterator[Place]:
    """Where a derivative has no number but a limit on one side or either: beside kinks, jumps and holes."""
    if isinstance(derivative, Partial) and not derivative.by:
        return  # its places are marked
    name = derivative.name
    for feature in survey.features:
        if feature.output not in derivative.outputs or feature.kind not in ("kink", "jump", "undefined"):
            continue
        if feature.kind == "undefined":
            limits = [survey.limit(feature, side, name) for side in (-1, 1)]
        else:
            sides = [list(islice(survey.beside(feature, side), 2)) for side in (-1, 1)]
            limits = [
                next((n for s in near if isfinite(n := s.after(name) if side else s.before(name))), nan)
                for side, near in enumerate(sides)
            ]
        shown = [y for limit in limits if isfinite(y := _shown(limit, log))]
        yield from ((feature.x, y) for y in _different(shown, survey.views[name]))


def _different(limits: Sequence[float], view: View) -> list[float]:
    """The limits on both sides, as one if they are the same in the picture."""
    if len(limits) == 2 and (limits[0] == limits[1] or abs(view.dots(limits[1]) - view.dots(limits[0])) <= 2 * TURN):
        return [limits[0]]
    return list(limits)


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
        error, is_lost = sample.error.get(name, 0.0), sample.codes.get(name) is Status.IMPRECISE
        is_noise = _dot(shown, dots) < error and (is_lost or (shown[0] < before < shown[1] and error < inf))
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


def _without_numbers(features: Iterable[Feature], axis: str, several: bool) -> Iterator[str]:
    """What is to be said of where components have no numbers: the places together that have one reason."""
    places: dict[str, list[str]] = {}
    for feature in features:
        if feature.span is not None:
            start, stop = feature.span
            whose = f"{feature.output}: " if several else ""
            reason = f"{whose}{feature.text} {'at' if start == stop else 'from'} {axis}"
            places.setdefault(reason, []).append(start if start == stop else f"{start} to {stop}")
    for reason, found in places.items():
        yield f"{reason} = {first_of(found)}"


def _doubts(derivative: Derivative, survey: Survey) -> Iterator[str]:
    """What is to be said of a column's numbers beside what is marked: where there are none, or imprecise ones.

    Only the even samples count; close to a pole or an edge most others are, and few of them can be told apart.
    """
    counts: dict[Status, int] = {}
    even = [sample for sample in survey.samples if sample.x in survey.even]
    for sample in even:
        code = sample.codes.get(derivative.name)
        told = code in KINDS or not all(isfinite(sample.numbers[name]) for name in derivative.outputs)
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
    if numbers and _kind_of_growth(curve.label, survey) in ("fast", "wild"):
        low, high = min(numbers), max(numbers)
        is_wild = _kind_of_growth(curve.label, survey) == "wild"  # not only on the way to infinity, to either side
        if (all if is_wild else any)((low < panel.low, high > panel.high)):
            yield f"{name} goes beyond what is shown, from {low:.3g} to {high:.3g}"
    even = [sample for sample in survey.samples if sample.x in survey.even]
    shown = [s for s in even if panel.low <= s.numbers[name] <= panel.high]
    if not shown:
        return
    least, most = min(shown, key=lambda s: s.numbers[name]), max(shown, key=lambda s: s.numbers[name])
    change = most.numbers[name] - least.numbers[name]
    is_whole = len(shown) == len(even) and all(sample.is_sure(name) for sample in shown)
    is_zero = not any(sample.numbers[name] for sample in survey.samples)
    if is_whole and is_zero and not most.numbers[name] and most.error.get(name):
        yield f"{name} is too small for doubles: shown as 0"
    if is_constant(least.numbers[name], most.numbers[name], doubt(name, least, most)):
        if change > doubt(name, least, most):
            yield f"{name} changes by {change:.1g}, which doubles hardly resolve: shown as a constant"
        return
    dot = _dot((panel.low, panel.high), dots)
    errors = [s.error.get(name, 0.0) for s in shown if s.codes.get(name) is not Status.IMPRECISE]
    seen = [error for error in errors if dot < error < inf]
    if seen:
        yield f"{name}: errors of rounding, up to {max(seen):.1g}, are seen at {len(seen):,} of {len(even):,} points"


def _mark(feature: Feature, survey: Survey, several: bool, log: bool) -> Mark:
    x, name = feature.x, feature.output
    if feature.kind == "undefined":
        limits = [survey.limit(feature, side, name) for side in (-1, 1)]
    else:
        limits = [feature.before.before(name), feature.after.after(name)]
    ends = [y for limit in limits if isfinite(y := _shown(limit, log))]
    own: list[float] = []
    if feature.kind == "pole":
        ends = []
    elif feature.kind == "undefined":
        ends = _different(ends, survey.views[name])
    elif feature.kind != "jump":
        ends = ends[:1]
    elif feature.before is feature.after:  # else it lies between two doubles, and neither side has it
        own = [_shown(feature.before.numbers[name], log)]
    at, filled = (tuple((x, y) for y in found if isfinite(y)) for found in (ends, own))
    return Mark(feature.kind, x, at, feature.text, name if several else "", filled)

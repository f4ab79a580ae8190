"""What a function of one variable has that is not smooth: poles, kinks, jumps, vertical tangents, ends of its domain.

Where samples that are close already (see `adaptive`) are still rough, the place is found by bisection, down to
neighbouring doubles, and looked at from both sides: there a function may have a kink, jump, go to infinity, or be
smooth after all. What the engine says of a sample itself is taken as it stands.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby, pairwise, takewhile
from math import inf, isfinite, isnan, nan, ulp
from re import sub
from typing import NamedTuple

from gradcli.adaptive import TURN, Sample, Sampler, View, doubt, halfway, middle
from gradcli.results import KINDS, Status
from gradcli.singular import Closeup

_MOST = 100  # of a component that are located
_CLOSEST = 40  # that are looked for by themselves
_ROUNDS = 4  # of looking for what lies beside what was found
_OUTSTANDING = 2.0  # times the change of its neighbours
_ALONE = 0.5**40  # parts of the finest distance that something has no width within
_STEPS = 60  # of a bisection
_LADDER = 12  # samples that tell how a function goes on beside a feature
_NEAREST = 6  # of them that are steps to infinity, if any are: the others may lie behind the next feature
_AGREEING = 3  # samples beside a hole that tell a limit, each at least twice as far as the one before
_RUNG = 8.0
_BESIDE = 8  # times the finest distance, a dot: what was not told apart from a feature that was found next to it
_INFINITE = frozenset({"pole", "vertical"})
_STEADY = 0.5  # of the largest difference on a ladder: what goes to infinity does not slow down more
_GROWING = 0.85  # of a difference is left in the next, on average, if it goes to infinity: of a cube root a half is
_WIDER = 64  # times as far apart, smooth numbers differ more
_AGAINST = 1e6  # dots, more than any rise: a function that goes against its slopes comes before all others

Pair = tuple[Sample, Sample]

Edge = tuple[Sample, Sample, int]
"""The last sample that has a number, the first that has none, and on which side of that it is."""


class Feature(NamedTuple):
    """Where a component is not smooth, between two samples.

    Attributes:
        kind: see `pictures.Mark`; `edge` where it merely begins or ends, `overflow` where that is beyond the doubles.
        x: the place itself.
        text: what is to be said of it; where a component begins or ends, the reason alone.
        span: from where to where there are no numbers, as decimals, which are the same at a single place.
    """

    output: str
    kind: str
    before: Sample
    after: Sample
    x: float
    text: str
    span: tuple[str, str] | None = None


class Survey(NamedTuple):
    """Samples in rising order and what was found among them.

    Attributes:
        even: the places of the first, even samples.
        rough: by column the intervals, as the places on their left, that are too fine for the picture.
        unseen: by component how many places that may be features were not looked at.
        views: the columns in dots.
        slopes: the components, with the slope of each.
    """

    samples: list[Sample]
    features: list[Feature]
    even: frozenset[float]
    rough: Mapping[str, frozenset[float]]
    unseen: Mapping[str, int]
    views: Mapping[str, View]
    slopes: Mapping[str, str]

    def beside(self, feature: Feature, side: int) -> Iterator[Sample]:
        """The samples on one side of a feature, the nearest first."""
        end = feature.before if side < 0 else feature.after
        k = bisect_left(self.samples, end.x, key=lambda sample: sample.x)
        return iter(self.samples[k::-1] if side < 0 else self.samples[k:])

    def limit(self, feature: Feature, side: int, name: str) -> float:
        """What a column tends to at a hole; nan if its samples that have digits do not agree about it.

        They agree if they are the same in the picture, or on one line that is not steep.
        """
        found: list[tuple[float, float]] = []
        least, view = 0.0, self.views[name]
        for sample in takewhile(lambda sample: isfinite(sample.numbers[name]), self.beside(feature, side)):
            distance = abs(sample.x - feature.x)
            if len(found) < _AGREEING and sample.is_sure(name) and distance >= least:
                found.append((distance, sample.after(name) if side > 0 else sample.before(name)))
                least = 2 * distance
                slope = sample.numbers.get(self.slopes.get(name, ""), 0.0)
                if not view.log and abs(view.per_dot(slope, distance)) > 4 * TURN:
                    return nan  # it may turn around any number of times on the way

        def apart(a: float, b: float) -> float:
            return abs(view.dots(a) - view.dots(b) if view.log else view.per_dot(a / 2 - b / 2, 2.0))

        numbers = [number for _, number in found]
        if len(found) == _AGREEING and not view.log:
            ends = [a[1] - (b[1] - a[1]) / (b[0] - a[0]) * a[0] for a, b in pairwise(found)]
            if apart(ends[0], ends[1]) <= TURN and apart(ends[0], numbers[0]) <= 4 * TURN:
                return ends[0]
        return numbers[0] if numbers and max(apart(n, numbers[0]) for n in numbers) <= 4 * TURN else nan


def survey(sampler: Sampler) -> Survey:
    """Samples, refines and locates."""
    sampler.settle()
    components = [_Component(sampler, output, slope) for output, slope in sampler.slopes.items()]
    features = [feature for component in components for feature in component.features()]
    samples = sampler.samples()
    rough = {name: frozenset(samples[k].x for k in sampler.rough(samples, name)) for name in sampler.columns()}
    unseen = {component.output: component.unseen for component in components if component.unseen}
    return Survey(samples, features, frozenset(sampler.even), rough, unseen, sampler.views, sampler.slopes)


class _Component:
    """One component of what is sampled, with its slope along the axis."""

    def __init__(self, sampler: Sampler, output: str, slope: str) -> None:
        self.sampler, self.output, self.slope = sampler, output, slope
        self.tiny = sampler.finest * _ALONE / 2
        self.unseen = 0

    def features(self) -> list[Feature]:
        """What it has that is not smooth."""
        samples = self.sampler.samples()
        rough = sorted(self.sampler.rough(samples, self.output) | self.sampler.rough(samples, self.slope))
        pairs = list(pairwise(samples))
        sizes = [self._roughness(*pair) for pair in pairs]
        brackets = [pairs[k] for k in rough if self._stands_out(pairs, sizes, k) or self._contradicts(*pairs[k])]
        edges = [pair for pair in brackets if self._roughness(*pair) == inf]
        inner = [pair for pair in brackets if self._roughness(*pair) < inf]
        inner.sort(key=lambda pair: not self._contradicts(*pair))
        ends = self._narrowed(self._probed(edges[:_MOST]), self.tiny)
        found = list(self._told(self._located(inner[:_MOST], ends)))
        self.unseen = sum(max(0, len(some) - _MOST) for some in (edges, inner))
        found += self._singular(samples, inner, [*found, *self._exact()])
        self._split()
        self._close()
        return list(self._each_once([*self._exact(), *self._undefined(), *found]))

    def _each_once(self, features: Iterable[Feature]) -> Iterator[Feature]:
        """Features in rising order, without those that rounding alone has told from another of their kind."""
        last: dict[str, float] = {}
        for feature in sorted(features, key=lambda feature: feature.x):  # of two at one place the first that was given
            apart = feature.x - last.get(feature.kind, -inf)
            if feature.kind not in _INFINITE or apart > 8 * self.tiny + 64 * ulp(feature.x):
                yield feature
            last[feature.kind] = feature.x

    def _told(self, located: Iterable[Pair]) -> Iterator[Feature]:
        """What is between samples that lie next to each other, where they are still rough in the picture."""
        for a, b in located:
            blurred = any(isnan(slope) for slope in self._slopes(a, b))  # a logarithm so near to its pole
            if (blurred or self._roughness(a, b) > TURN) and not self._is_told_at_a_round_place(a, b):
                kind = self._kind(a, b)
                if kind is not None and (kind in _INFINITE or not blurred):
                    yield self._feature(kind, a, b)

    def _singular(
        self, samples: Sequence[Sample], inner: Sequence[Pair], known: Iterable[Feature]
    ) -> Iterator[Feature]:
        """Poles and vertical tangents that the axes of the picture do not tell of: where it is rough and nothing has
        been found, and where an interval stands out of its neighbourhood alone."""
        closeup = Closeup(self.sampler, self.output, self.slope)
        places = [feature.x for feature in known]
        done = {(a.x, b.x) for a, b in inner}
        pending = [pair for pair in inner[:_MOST] if not _is_between(places, *pair)]
        left = _CLOSEST
        for _ in range(_ROUNDS):
            notable = [
                (a, b)
                for a, b in closeup.notable(samples, _MOST)
                if (a.x, b.x) not in done and not _is_between(places, a, b)
            ]
            # What rises against its slopes, or without any, has something in it for sure.
            self.unseen += sum(self._contradicts(*pair) or closeup.is_step(*pair) for pair in notable[left:])
            done.update((a.x, b.x) for a, b in notable)
            pending = [*notable, *pending][:left]
            left -= len(pending)
            narrow, stepping = closeup.narrowed(pending)
            self.unseen += sum(pair in notable for pair in stepping)
            pending = []
            for a, b in narrow:
                kind = None if self._is_told_at_a_round_place(a, b) else self._kind(a, b)
                if kind in _INFINITE:
                    places.append(middle(a.x, b.x))
                    yield self._feature(kind, a, b)
            samples = self.sampler.samples()

    def _close(self) -> None:
        """Looks closer at the ends of what has no number, wherever that was found."""
        ends = [
            (a, b)
            for a, b in pairwise(self.sampler.samples())
            if b.x - a.x > self.tiny and self._is_defined(a) != self._is_defined(b)
        ]
        self._narrowed(self._probed(ends[: 2 * _MOST]), self.tiny)

    def _feature(self, kind: str, a: Sample, b: Sample) -> Feature:
        return Feature(self.output, kind, a, b, middle(a.x, b.x), self._text(kind, a, b))

    # --- where ----------------------------------------------------------------------------------------------

    def _roughness(self, a: Sample, b: Sample) -> float:
        """How much of a change lies between two samples that a smooth function would not have, in dots."""
        ends = a.after(self.output), b.before(self.output)
        if (ends[0] != ends[0]) or (ends[1] != ends[1]):
            return inf if ends[0] == ends[0] or ends[1] == ends[1] else 0.0
        rises = [
            abs(view.dots(b.before(name)) - view.dots(a.after(name)))
            for name, view in ((name, self.sampler.views[name]) for name in (self.output, self.slope))
        ]
        rises[1] = rises[1] if all(slope == slope for slope in self._slopes(a, b)) else 0.0
        size = max(rise if rise == rise else 0.0 for rise in rises)
        view = self.sampler.views[self.output]
        rise = rises[0] if view.log else abs(view.per_dot(ends[1] - ends[0], 1.0))  # beyond the picture too
        return size + _AGAINST if rise > TURN and self._contradicts(a, b) else size

    def _contradicts(self, a: Sample, b: Sample) -> bool:
        """Whether the component rises although its slopes fall, or the other way round, as it does across a pole."""
        rise = b.before(self.output) - a.after(self.output)
        with_it = [rise * slope for slope in self._slopes(a, b)]
        return all(s <= 0 for s in with_it) and any(s < 0 for s in with_it) and abs(rise) > doubt(self.output, a, b)

    def _turns(self, a: Sample, b: Sample) -> bool:
        """Whether it rises although it falls at one end at least, as it does from a dip to a pole next to it."""
        rise = b.before(self.output) - a.after(self.output)
        return any(rise * slope < 0 for slope in self._slopes(a, b)) and abs(rise) > doubt(self.output, a, b)

    def _slopes(self, a: Sample, b: Sample) -> tuple[float, float]:
        """The slopes at both ends between two samples, as far as they have digits."""
        return a.known(a.after(self.slope), self.slope), b.known(b.before(self.slope), self.slope)

    def _stands_out(self, pairs: Sequence[Pair], sizes: Sequence[float], k: int) -> bool:
        """Whether an interval changes by more than its neighbours, as it does about one place, not in fast waves."""
        if sizes[k] == inf:
            return True
        width = pairs[k][1].x - pairs[k][0].x

        def change(j: int) -> float:
            inside = 0 <= j < len(pairs) and sizes[j] < inf
            return sizes[j] * width / (pairs[j][1].x - pairs[j][0].x) if inside else 0.0

        def rise(j: int) -> float:
            return pairs[j][1].before(self.output) - pairs[j][0].after(self.output)

        def is_flank(j: int) -> bool:
            return 0 <= j < len(pairs) and rise(j) * rise(k) < 0 and sizes[j] < _AGAINST

        # Next to one flank of a pulse there is the other; what counts is what lies behind that.
        beside = ((k + side, k + 2 * side) for side in (-1, 1))
        usual = max(min(change(j), change(i)) if is_flank(j) else change(j) for j, i in beside)
        return sizes[k] > max(TURN, _OUTSTANDING * usual)

    def _located(self, brackets: Sequence[Pair], ends: Sequence[Pair]) -> list[Pair]:
        """The rough places in brackets; and where, next to these and to ends, it goes against its slopes once more."""
        found: list[Pair] = []
        pending, beside = list(brackets), list(ends)
        for _ in range(_ROUNDS):
            narrow = self._narrowed(pending, 0.0)
            found += narrow
            known = {a.x for a, _ in found}
            around, beside = [*beside, *narrow], []
            self.sampler.take(x for a, b in around for x in (*self._ladder(a.x, -1), *self._ladder(b.x, 1)))
            pending = [p for p in self._around(around) if p[0].x not in known and self._is_beside_a_pole(*p)]
            pending = pending[: _MOST - len(found)]
            if not pending:
                break
        return found

    def _around(self, found: Sequence[Pair]) -> Iterator[Pair]:
        """The samples next to what was found, two by two."""
        reach = _BESIDE * self.sampler.finest
        samples = self.sampler.samples()
        places = [sample.x for sample in samples]
        done = 0
        for a, b in sorted(found, key=lambda pair: pair[0].x):
            first, last = bisect_left(places, a.x - reach), bisect_right(places, b.x + reach)
            yield from pairwise(samples[max(first, done) : last])
            done = max(done, last - 1)

    def _is_beside_a_pole(self, a: Sample, b: Sample) -> bool:
        """Whether there is more between two samples that lie next to something that was found."""
        return self._roughness(a, b) >= _AGAINST or (self._turns(a, b) and TURN < self._roughness(a, b) < inf)

    def _narrowed(self, brackets: Iterable[Pair], least: float) -> list[Pair]:
        """Brackets halved, all at once, about what is rough in them: until it is smooth, or they are so narrow."""
        found = list(brackets)
        for _ in range(_STEPS):
            wide = [
                k
                for k, (a, b) in enumerate(found)
                if b.x - a.x > (0.0 if self._overflows(a, b) else least)
                and a.x < self._half(a, b) < b.x
                and self._roughness(a, b) > TURN
            ]
            if not wide:
                break
            self.sampler.take(self._half(*found[k]) for k in wide)
            for k in wide:
                a, b = found[k]
                between = self.sampler.known[self._half(a, b)]
                found[k] = max(((a, between), (between, b)), key=self._weight)
        return found

    def _weight(self, pair: Pair) -> tuple[float, float]:
        """What speaks for looking between two samples; beyond the picture all rises are as large in dots."""
        slopes = self._slopes(*pair)
        return self._roughness(*pair), abs(slopes[1] - slopes[0]) if all(map(isfinite, slopes)) else 0.0

    def _half(self, a: Sample, b: Sample) -> float:
        """The place to look at between two; the end of the doubles may be many powers of ten away."""
        return halfway(a.x, b.x) if self._overflows(a, b) else middle(a.x, b.x)

    def _overflows(self, a: Sample, b: Sample) -> bool:
        return Status.OVERFLOW in (a.codes.get(self.output), b.codes.get(self.output))

    def _split(self) -> None:
        """Looks closer at where the function is undefined next to where it overflows."""
        pending = [
            pair
            for pair in pairwise(self.sampler.samples())
            if not any(map(self._is_defined, pair)) and self._is_overflow(pair[0]) != self._is_overflow(pair[1])
        ]
        for a, b in pending[:_MOST]:
            for _ in range(_STEPS):
                if b.x - a.x <= self.tiny or not a.x < middle(a.x, b.x) < b.x:
                    break
                between = self.sampler.at(middle(a.x, b.x))
                a, b = (between, b) if self._is_overflow(between) == self._is_overflow(a) else (a, between)

    def _probed(self, edges: Sequence[Pair]) -> Iterator[Pair]:
        """Brackets of the ends of a domain, after a look next to the end that has no number: it may be so alone."""
        open_edges = [pair for pair in edges if not self._overflows(*pair)]
        self.sampler.take(map(self._within, open_edges))
        for a, b in edges:
            if self._overflows(a, b):
                yield a, b
                continue
            sample = self.sampler.at(self._within((a, b)))
            ends = isfinite(a.after(self.output))
            yield (sample, b) if ends == isfinite(sample.numbers[self.output]) else (a, sample)

    def _within(self, edge: Pair) -> float:
        """A place next to the end that has no number."""
        a, b = edge
        return b.x - self.tiny if isfinite(a.after(self.output)) else a.x + self.tiny

    # --- what -----------------------------------------------------------------------------------------------

    def _is_told_at_a_round_place(self, a: Sample, b: Sample) -> bool:
        """Whether a decimal between two samples is where the engine itself says what is there; else it is no sample."""
        x = float(_roundest(a.x, b.x))
        if not a.x < x < b.x:
            return False
        sample = self.sampler.at(x)
        if sample.codes.get(self.slope, Status.FINE) in KINDS or not isfinite(sample.numbers[self.output]):
            return True
        del self.sampler.known[x]
        return False

    def _kind(self, a: Sample, b: Sample) -> str | None:
        """What is between two defined samples that are next to each other; `None`: nothing that is not told elsewhere.

        A jump or a kink is one only if it is beyond what rounding explains, and does not shrink with the distance.
        """
        output, slope = self.output, self.slope
        if not (isfinite(a.after(output)) and isfinite(b.before(output))):
            return None
        if self._unbounded(a, -1, output) or self._unbounded(b, 1, output):
            return "pole"
        steepest = max((abs(s) for s in (a.after(slope), b.before(slope)) if isfinite(s)), default=0.0)
        if self._is_step(output, a, b, 8 * steepest * (b.x - a.x)):
            return "jump"
        if self._is_vertical(a, -1) or self._is_vertical(b, 1):
            return "vertical"
        return "kink" if self._is_step(slope, a, b) else None

    def _is_step(self, name: str, a: Sample, b: Sample, rise: float = 0.0) -> bool:
        """Whether a column has different limits on either side, beyond what it may rise by between them."""
        width = max(b.x - a.x, ulp(a.x))
        low, high = max(self.sampler.low, a.x - _WIDER * width), min(self.sampler.high, b.x + _WIDER * width)
        step = b.before(name) - a.after(name)
        wider = self.sampler.at(high).numbers[name] - self.sampler.at(low).numbers[name]
        return abs(step) > max(abs(wider) / 2, rise, 4 * doubt(name, a, b))

    def _unbounded(self, near: Sample, side: int, name: str) -> bool:
        """Whether a column goes to infinity beside a place."""
        steps = self._steps(near, side, name)
        return (
            len(steps) >= (3 if near.is_sure(name) else _NEAREST - 1)  # numbers without digits go anywhere for a while
            and all(s * steps[0] > 0 for s in steps)
            and all(abs(b) >= _STEADY * abs(a) for a, b in pairwise(steps))
            and abs(steps[-1]) >= _GROWING ** (len(steps) - 1) * abs(steps[0])
        )

    def _is_vertical(self, near: Sample, side: int) -> bool:
        """Whether the slope goes to infinity beside a place, and the component does not; and nobody says so there."""
        is_said = near.codes.get(self.slope) is Status.VERTICAL or not self._is_defined(near)
        return not is_said and self._unbounded(near, side, self.slope) and self._slows_down(near, side)

    def _slows_down(self, near: Sample, side: int) -> bool:
        """Whether the component goes to a number beside a place, ever more slowly."""
        steps = [abs(step) for step in self._steps(near, side, self.output)]
        last = self.sampler.known[self._ladder(near.x, side)[-1]].numbers[self.output] if steps else nan
        return bool(steps) and steps[-1] < _STEADY * max(steps) and abs(near.numbers[self.output] - last) < max(steps)

    def _steps(self, near: Sample, side: int, name: str) -> list[float]:
        """By how much a column changes from one sample to the next, nearer to a place; 0 if rounding may explain it."""
        ladder = self._ladder(near.x, side)
        self.sampler.take(ladder)
        samples = [s for s in map(self.sampler.known.__getitem__, ladder) if self._is_told(s, name)][-_NEAREST:]
        steps = [(b.numbers[name] - a.numbers[name], doubt(name, a, b)) for a, b in pairwise(samples)]
        return [step if not abs(step) <= error else 0.0 for step, error in steps]

    def _is_told(self, sample: Sample, name: str) -> bool:
        """Whether a number has digits, or there is none for another reason than rounding."""
        number = sample.numbers[name]
        return not isfinite(number) or isfinite(sample.known(number, name))

    def _ladder(self, x: float, side: int) -> list[float]:
        """Places beside one, closer and closer to it."""
        places = (x + side * self.sampler.finest / _RUNG**k for k in range(_LADDER))
        low, high, least = self.sampler.low, self.sampler.high, 16 * ulp(x)
        return [place for place in places if low <= place <= high and abs(place - x) >= least]

    def _exact(self) -> Iterator[Feature]:
        """What the engine says of samples that are defined."""
        for sample in self.sampler.samples():
            kind = KINDS.get(sample.codes.get(self.slope, Status.FINE))
            if kind is not None and isfinite(sample.numbers[self.output]):
                yield Feature(self.output, kind, sample, sample, sample.x, _shortened(sample.said[self.slope]))

    def _undefined(self) -> Iterator[Feature]:
        """Where there are no numbers: between defined samples, or from one end of the picture."""
        samples = self.sampler.samples()
        place = {sample.x: k for k, sample in enumerate(samples)}
        runs = groupby(samples, lambda sample: (self._is_defined(sample), self._is_overflow(sample)))
        for gap in [list(run) for (here, _), run in runs if not here]:
            first, last = place[gap[0].x], place[gap[-1].x]
            before, after = samples[max(first - 1, 0)], samples[min(last + 1, len(samples) - 1)]
            edges: list[Edge] = [(before, gap[0], -1), (after, gap[-1], 1)]
            unbounded = [
                (end, edge) for end, edge, side in edges if end is not edge and self._unbounded(end, side, self.output)
            ]
            if after.x - before.x <= 4 * self.tiny:  # where nothing is defined is the place itself
                is_between = self._is_overflow(before) and self._is_overflow(after)
                yield self._alone(before, gap[0], after, bool(unbounded) or is_between)
            else:
                yield from self._gap(gap, edges, unbounded)

    def _alone(self, before: Sample, here: Sample, after: Sample, is_pole: bool) -> Feature:
        """What is at a place that has no number by itself."""
        if is_pole:
            text = f"pole at {self.sampler.axis} = {_roundest(before.x, after.x)}"
            return Feature(self.output, "pole", before, after, here.x, text)
        return Feature(self.output, "undefined", before, after, here.x, here.said.get(self.output) or "undefined")

    def _gap(self, gap: Sequence[Sample], edges: Sequence[Edge], poles: Sequence[Pair]) -> Iterator[Feature]:
        """What is to be said of a range without numbers, and of its ends."""
        axis, (before, after) = self.sampler.axis, (end for end, _, _ in edges)
        places = (before.x, gap[0].x), (after.x, gap[-1].x)
        ends = _told_apart(*places)
        for end, edge in poles:
            text = f"pole at {axis} = {ends[0 if end is before else 1]}"
            yield Feature(self.output, "pole", before, after, middle(end.x, edge.x), text)
        for (end, _, side), text in zip(edges, ends, strict=True):
            if self._is_vertical(end, side):
                yield Feature(self.output, "vertical", end, end, end.x, f"vertical at {axis} = {text}")
        reason = gap[0].reasons.get(self.output) or "undefined"
        kind = "overflow" if self._is_overflow(gap[0]) else "edge"
        yield Feature(self.output, kind, before, after, before.x, reason, (ends[0], ends[1]))

    def _is_overflow(self, sample: Sample) -> bool:
        return sample.codes.get(self.output) is Status.OVERFLOW

    def _is_defined(self, sample: Sample) -> bool:
        return isfinite(sample.numbers[self.output])

    def _text(self, kind: str, a: Sample, b: Sample) -> str:
        """What is said of a feature: by the engine, if it is at a sample, else what the samples on either side say."""
        said = [s.said[self.slope] for s in (a, b) if KINDS.get(s.codes.get(self.slope, Status.FINE)) == kind]
        if said:
            return _shortened(said[0])
        shown = {"kink": self.slope, "jump": self.output}.get(kind)
        sides = f" (left {a.after(shown):.6g}, right {b.before(shown):.6g})" if shown is not None else ""
        return f"{kind} at {self.sampler.axis} = {_roundest(a.x, b.x)}{sides}"


def _shortened(text: str) -> str:
    """What the engine says of both sides of a place, with as many digits as a picture needs."""
    return sub(r"\b(left|right) (-?\d[-+.\de]*)", lambda found: f"{found[1]} {float(found[2]):.6g}", text)


def _is_between(places: Iterable[float], a: Sample, b: Sample) -> bool:
    """Whether one of some places is between two samples, or so close to them that it is what is seen from there."""
    room = (b.x / 2 - a.x / 2) / 2
    return any(a.x - room <= x <= b.x + room for x in places)


def _told_apart(*places: tuple[float, float]) -> list[str]:
    """The shortest decimals in some intervals, with as many digits as it takes to tell those apart."""
    texts: list[str] = []
    for digits in (10, 13, 17):
        texts = [_roundest(*place, digits=digits) for place in places]
        if len(set(texts)) == len(texts):
            break
    return texts


def _roundest(*ends: float, digits: int = 10) -> str:
    """The shortest decimal from one number to another; at most ten digits, as nobody reads more."""
    low, high = min(ends), max(ends)
    if low <= 0.0 <= high:
        return "0"
    texts = [f"{end:.{count}g}" for count in range(1, digits + 1) for end in (low, high)]
    return f"{float(next((text for text in texts if low <= float(text) <= high), texts[-1])):.{digits}g}"

"""Where to look at a function of one variable, so that a picture of it misses nothing that numbers can tell.

First evenly; then between two samples wherever the curve through them is not settled: where its slopes at both ends
do not fit what lies between (that is how a derivative tells of a bend, a peak or a pole that no sample has hit), where
the slope itself changes too much, where one of the samples has no number. Samples grow denser round by round, down to
a fraction of a dot of the picture. What is still rough then is located by bisection, down to neighbouring doubles, and
looked at from both sides: there a function may have a kink, jump, go to infinity, or be smooth after all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby, pairwise
from math import inf, isfinite, log10, nan, ulp
from typing import NamedTuple

from gradcli.naming import Derivative, Partial
from gradcli.pictures import Extent, limits, part
from gradcli.results import Status, Values

Evaluate = Callable[[Sequence[float]], Iterable["Sample"]]
"""The samples at some places."""

_FINEST = 8  # parts of a dot that two samples are closest at, before features are located
_BEND = 1.0  # dots by which slopes may miss the other end: a quarter of that lies between
_TURN = 0.5  # dots by which a sample may lie off the line through its neighbours
_LARGE = 3  # heights of the picture beyond which numbers are not told apart
_MOST_FEATURES = 100  # that are located
_OUTSTANDING = 2.0  # times the change of its neighbours
_ALONE = 0.5**40  # parts of the finest distance that something has no width within
_STEPS = 60  # of a bisection
_LADDER = 12  # samples that tell how a function goes on beside a feature
_RUNG = 8.0
_KINDS = {Status.KINK: "kink", Status.JUMP: "jump", Status.VERTICAL: "vertical"}
_STEADY = 0.5  # of the largest difference on a ladder: what goes to infinity does not slow down more
_WIDER = 64  # times as far apart, smooth numbers differ more


class Sample(NamedTuple):
    """What is known at one place.

    Attributes:
        numbers: by column; nan: none.
        left, right: the limits on either side, where they differ from the number.
        error: a bound of each number's error, where there is one.
        said: by column what is to be said of its number.
        reasons: the same without the place.
        codes: by column the status, where it is not fine.
    """

    x: float
    numbers: Mapping[str, float]
    left: Mapping[str, float] = {}
    right: Mapping[str, float] = {}
    error: Mapping[str, float] = {}
    said: Mapping[str, str] = {}
    reasons: Mapping[str, str] = {}
    codes: Mapping[str, Status] = {}

    def before(self, name: str) -> float:
        """The number that the curve comes to from the left."""
        return self.left.get(name, self.numbers[name])

    def after(self, name: str) -> float:
        """The number that it goes on with to the right."""
        return self.right.get(name, self.numbers[name])


Pair = tuple[Sample, Sample]


class Feature(NamedTuple):
    """Where a component is not smooth, between two samples.

    Attributes:
        kind: see `pictures.Mark`; `edge` where it merely begins or ends.
        x: the place itself.
    """

    output: str
    kind: str
    before: Sample
    after: Sample
    x: float
    text: str


class Survey(NamedTuple):
    """Samples in rising order and what was found among them.

    Attributes:
        even: the places of the first, even samples.
        rough: by column the intervals, as the places on their left, that are too fine for the picture.
        unseen: the components of which not all that may be a feature was looked at.
    """

    samples: list[Sample]
    features: list[Feature]
    even: frozenset[float]
    rough: Mapping[str, frozenset[float]]
    unseen: frozenset[str] = frozenset()


def samples_of(values: Values, places: Sequence[float], axis: str) -> Iterator[Sample]:
    """The samples of an answer."""
    names = [(derivative, derivative.name) for derivative in values.partials]
    for row, x in enumerate(places):
        numbers = {name: float(values.columns[name][row]) for _, name in names}
        error = {name: float(column[row]) for name, column in values.error.items() if column is not None}
        codes = {
            name: Status(int(column[row]))
            for name, column in values.status.items()
            if column is not None and column[row]
        }
        if not codes:
            yield Sample(x, numbers, error=error)
            continue
        left: dict[str, float] = {}
        right: dict[str, float] = {}
        said = {name: values.status_text(name, row) or "" for name in codes if name in numbers}
        for derivative, name in names:
            if name in codes and not codes[name].has_number:
                numbers[name] = nan
                _sides(values, derivative, row, codes[name], axis, left, right)
        reasons = {name: values.reason_text(name, row) for name in said}
        yield Sample(x, numbers, left, right, error, said, reasons, codes)


def _sides(
    values: Values,
    derivative: Derivative,
    row: int,
    code: Status,
    axis: str,
    left: dict[str, float],
    right: dict[str, float],
) -> None:
    """The slopes beside a kink, and the limits of the value beside a jump, where they are along the axis."""
    name = derivative.name
    if name not in values.sides or not isinstance(derivative, Partial) or derivative.by != (axis,):
        return
    sides = [float(column[row]) for column in values.sides[name]]
    target = name if code is Status.KINK else derivative.output if code is Status.JUMP else None
    if target is not None:
        for side, number in zip((left, right), sides, strict=True):
            if isfinite(number):
                side[target] = number


class _View(NamedTuple):
    """A column in the dots of the picture."""

    low: float
    high: float
    height: float
    log: bool

    def dots(self, number: float) -> float:
        """How high a number is, as far as that can be told."""
        if self.log:
            number = log10(abs(number)) if number else -inf
        if number != number:
            return nan
        reach = _LARGE * self.height
        return max(-reach, min(reach, part(number, self.low, self.high) * self.height))

    def per_dot(self, slope: float, width: float) -> float:
        """A slope, as the dots that the curve rises by over a width."""
        return slope * (width / 2) / (self.high / 2 - self.low / 2) * self.height


class Sampler:
    """Samples the components of a function along an axis, for a picture of so many dots.

    Args:
        slopes: the components, with the partial of each along the axis.
        others: further columns that are to be drawn.
        first: places that are to be sampled in any case.
        log: whether it is drawn logarithmically.
    """

    def __init__(
        self, evaluate: Evaluate, axis: Extent, slopes: Mapping[str, str], others: Sequence[str],
        dots: tuple[int, int], first: Iterable[float] = (), log: bool = False,
    ) -> None:  # fmt: skip
        self.evaluate = evaluate
        self.axis, self.low, self.high = axis.name, axis.low, axis.high
        self.slopes, self.others = slopes, others
        self.width, self.height = dots
        self.first = first
        self.log = log
        self.finest = (self.high / 2 - self.low / 2) / self.width * 2 / _FINEST
        self.known: dict[float, Sample] = {}
        self.views: dict[str, _View] = {}
        self.unseen: set[str] = set()

    def survey(self) -> Survey:
        """Samples, refines and locates."""
        even = [self.low + (self.high - self.low) * (k / self.width) for k in range(self.width)] + [self.high]
        self._take(even)
        self._take(self.first)
        self._set_views(even)
        for _ in range(_FINEST.bit_length() + 1):
            samples = self._samples()
            found = {k for name in self._columns() for k in self._rough(samples, name)}
            found = {k for k in found if samples[k + 1].x - samples[k].x > 1.01 * self.finest}
            if not found:
                break
            self._take(_middle(samples[k].x, samples[k + 1].x) for k in sorted(found))
            self._set_views(even)
        features = [feature for output in self.slopes for feature in self._features(output)]
        samples = self._samples()
        rough = {name: frozenset(samples[k].x for k in self._rough(samples, name)) for name in self._columns()}
        return Survey(samples, features, frozenset(even), rough, frozenset(self.unseen))

    def _columns(self) -> list[str]:
        return list(dict.fromkeys([*self.slopes, *self.slopes.values(), *self.others]))

    def _samples(self) -> list[Sample]:
        return [self.known[x] for x in sorted(self.known)]

    def _take(self, places: Iterable[float]) -> None:
        new = [x for x in dict.fromkeys(places) if x not in self.known]
        self.known.update(zip(new, self.evaluate(new), strict=True))

    def _at(self, x: float) -> Sample:
        self._take([x])
        return self.known[x]

    def _set_views(self, even: Sequence[float]) -> None:
        """What the picture will about show, as far as the samples tell; single ones may be on the way to infinity."""
        for name in self._columns():
            numbers = [self.known[x].numbers[name] for x in even]
            if self.log:
                numbers = [log10(abs(n)) if n and isfinite(n) else nan for n in numbers]
            self.views[name] = _View(*limits(numbers, robust=not self.log), self.height, self.log)

    # --- what is rough --------------------------------------------------------------------------------------

    def _rough(self, samples: Sequence[Sample], name: str) -> set[int]:
        """The intervals, by the index of their left end, over which a column is not settled."""
        view = self.views[name]
        slope = None if self.log else self.slopes.get(name)
        before = [view.dots(sample.before(name)) for sample in samples]
        after = [view.dots(sample.after(name)) for sample in samples]
        found: set[int] = set()
        for k, (a, b) in enumerate(pairwise(samples)):
            left, right = after[k], before[k + 1]
            if (left != left) != (right != right):
                if name in self.slopes:
                    found.add(k)
            elif slope is not None and left == left and not self._fits(a, b, name, slope, right - left):
                found.add(k)
        for k in range(1, len(samples) - 1) if slope is None else ():
            if name in samples[k].left or name in samples[k].right:
                continue  # it is looked at from either side there
            if view.per_dot(samples[k].error.get(name, 0.0), 1.0) > _TURN:
                continue  # its digits are lost
            share = part(samples[k].x, samples[k - 1].x, samples[k + 1].x)
            if abs(after[k - 1] + (before[k + 1] - after[k - 1]) * share - before[k]) > _TURN:
                found |= {k - 1, k}
        return found

    def _fits(self, a: Sample, b: Sample, name: str, slope: str, rise: float) -> bool:
        """Whether the slopes at both ends lead from one to the other, or at least say nothing else.

        Where both ends are beyond the picture, or between them may be a number that is, they are compared as they are.
        """
        width, view = b.x - a.x, self.views[name]
        slopes = [s for s in (a.after(slope), b.before(slope)) if s == s]
        if all(abs(rise - view.per_dot(s, width)) <= _BEND for s in slopes):
            return True
        left, right = a.after(name), b.before(name)
        if abs(right - left) <= 2 * _doubt(name, a, b):
            return True
        beyond = abs(rise) < _BEND and not view.low <= left <= view.high
        return beyond and all(abs(right - left - s * width) <= max(abs(left), abs(right)) / 2 for s in slopes)

    def _roughness(self, output: str) -> Callable[[Sample, Sample], float]:
        """How much of a change lies between two samples that a smooth function would not have, in dots."""
        slope = self.slopes[output]

        def measure(a: Sample, b: Sample) -> float:
            ends = a.after(output), b.before(output)
            if (ends[0] != ends[0]) or (ends[1] != ends[1]):
                return inf if ends[0] == ends[0] or ends[1] == ends[1] else 0.0
            rises = [
                abs(self.views[name].dots(b.before(name)) - self.views[name].dots(a.after(name)))
                for name in (output, slope)
            ]
            return max(rise if rise == rise else 0.0 for rise in rises)

        return measure

    # --- what is found --------------------------------------------------------------------------------------

    def _features(self, output: str) -> list[Feature]:
        """What a component has that is not smooth."""
        rough, slope = self._roughness(output), self.slopes[output]
        samples = self._samples()
        intervals = sorted(self._rough(samples, output) | self._rough(samples, slope))
        pairs = list(pairwise(samples))
        sizes = [rough(a, b) for a, b in pairs]
        brackets = [
            pairs[k] for k in intervals if self._stands_out(pairs, sizes, k) or self._contradicts(output, *pairs[k])
        ]
        edges = [pair for pair in brackets if rough(*pair) == inf]
        self._narrowed(self._probed(edges[:_MOST_FEATURES], output), rough, self.finest * _ALONE / 2)
        inner = [pair for pair in brackets if rough(*pair) < inf]
        if max(len(edges), len(inner)) > _MOST_FEATURES:
            self.unseen.add(output)
        found = []
        for a, b in self._narrowed(inner[:_MOST_FEATURES], rough, 0.0):
            if rough(a, b) > _TURN and not self._is_told_at_a_round_place(output, a, b):
                kind = self._kind(output, a, b)
                if kind is not None:
                    found.append(Feature(output, kind, a, b, _middle(a.x, b.x), self._text(kind, output, a, b)))
        return sorted([*found, *self._exact(output), *self._undefined(output)], key=lambda feature: feature.x)

    def _stands_out(self, pairs: Sequence[tuple[Sample, Sample]], sizes: Sequence[float], k: int) -> bool:
        """Whether an interval changes by more than its neighbours, as it does about one place, not in fast waves."""
        if sizes[k] == inf:
            return True
        width = pairs[k][1].x - pairs[k][0].x
        beside = [j for j in (k - 1, k + 1) if 0 <= j < len(pairs) and sizes[j] < inf]
        usual = max((sizes[j] * width / (pairs[j][1].x - pairs[j][0].x) for j in beside), default=0.0)
        return sizes[k] > max(_TURN, _OUTSTANDING * usual)

    def _contradicts(self, output: str, a: Sample, b: Sample) -> bool:
        """Whether a component rises although both slopes fall, or the other way round, as it does across a pole."""
        rise, slope = b.before(output) - a.after(output), self.slopes[output]
        return rise * a.after(slope) < 0 and rise * b.before(slope) < 0

    def _narrowed(self, brackets: Iterable[Pair], rough: Callable[[Sample, Sample], float], least: float) -> list[Pair]:
        """Brackets halved, all at once, about what is rough in them: until it is smooth, or they are so narrow."""
        found = list(brackets)
        for _ in range(_STEPS):
            wide = [
                k
                for k, (a, b) in enumerate(found)
                if b.x - a.x > least and a.x < _middle(a.x, b.x) < b.x and rough(a, b) > _TURN
            ]
            if not wide:
                break
            self._take(_middle(found[k][0].x, found[k][1].x) for k in wide)
            for k in wide:
                a, b = found[k]
                between = self.known[_middle(a.x, b.x)]
                found[k] = max(((a, between), (between, b)), key=lambda pair: rough(*pair))
        return found

    def _probed(self, edges: Sequence[Pair], output: str) -> Iterator[Pair]:
        """Brackets of the ends of a domain, after a look next to the end that has no number: it may be so alone."""
        tiny = self.finest * _ALONE / 2
        places = [b.x - tiny if isfinite(a.after(output)) else a.x + tiny for a, b in edges]
        self._take(places)
        for (a, b), x in zip(edges, places, strict=True):
            sample = self.known[x]
            ends = isfinite(a.after(output))
            yield (sample, b) if ends == isfinite(sample.numbers[output]) else (a, sample)

    def _is_told_at_a_round_place(self, output: str, a: Sample, b: Sample) -> bool:
        """Whether a decimal between two samples is where the engine itself says what is there; else it is no sample."""
        x = float(_roundest(a.x, b.x))
        if not a.x < x < b.x:
            return False
        sample = self._at(x)
        if sample.codes.get(self.slopes[output], Status.FINE) in _KINDS or not isfinite(sample.numbers[output]):
            return True
        del self.known[x]
        return False

    def _kind(self, output: str, a: Sample, b: Sample) -> str | None:
        """What is between two defined samples that are next to each other; `None`: nothing that is not told elsewhere.

        A jump or a kink is one only if it is beyond what rounding explains, and does not shrink with the distance.
        """
        slope = self.slopes[output]
        if not (isfinite(a.after(output)) and isfinite(b.before(output))):
            return None
        if self._unbounded(a, -1, output) or self._unbounded(b, 1, output):
            return "pole"
        steepest = max((abs(s) for s in (a.after(slope), b.before(slope)) if isfinite(s)), default=0.0)
        if self._is_step(output, a, b, 8 * steepest * (b.x - a.x)):
            return "jump"
        if self._unbounded(a, -1, slope) or self._unbounded(b, 1, slope):
            return "vertical"
        return "kink" if self._is_step(slope, a, b) else None

    def _is_step(self, name: str, a: Sample, b: Sample, rise: float = 0.0) -> bool:
        """Whether a column has different limits on either side, beyond what it may rise by between them."""
        width = max(b.x - a.x, ulp(a.x))
        wide = self._at(max(self.low, a.x - _WIDER * width)), self._at(min(self.high, b.x + _WIDER * width))
        step, wider = b.before(name) - a.after(name), wide[1].numbers[name] - wide[0].numbers[name]
        return abs(step) > max(abs(wider) / 2, rise, 4 * _doubt(name, a, b))

    def _unbounded(self, near: Sample, side: int, name: str) -> int:
        """The sign of the infinity that a column goes to beside a place; 0: none."""
        places = (near.x + side * self.finest / _RUNG**k for k in range(_LADDER))
        ladder = [x for x in places if self.low <= x <= self.high and abs(x - near.x) >= 16 * ulp(near.x)]
        self._take(ladder)
        steps = [self.known[b].numbers[name] - self.known[a].numbers[name] for a, b in pairwise(ladder)]
        if (
            len(steps) < 3
            or not all(s * steps[0] > 0 for s in steps)
            or abs(steps[-1]) < _STEADY * max(map(abs, steps))
        ):
            return 0
        return 1 if steps[0] > 0 else -1

    def _exact(self, output: str) -> Iterator[Feature]:
        """What the engine says of samples that are defined."""
        slope = self.slopes[output]
        for sample in self._samples():
            kind = _KINDS.get(sample.codes.get(slope, Status.FINE))
            if kind is not None and isfinite(sample.numbers[output]):
                yield Feature(output, kind, sample, sample, sample.x, sample.said[slope])

    def _undefined(self, output: str) -> Iterator[Feature]:
        """Where there are no numbers: between defined samples, or from one end of the picture."""
        samples = self._samples()
        place = {sample.x: k for k, sample in enumerate(samples)}
        for gap in [list(run) for here, run in groupby(samples, lambda s: isfinite(s.numbers[output])) if not here]:
            first, last = place[gap[0].x], place[gap[-1].x]
            before, after = samples[max(first - 1, 0)], samples[min(last + 1, len(samples) - 1)]
            edges = (before, gap[0], -1), (after, gap[-1], 1)
            ends = [_roundest(end.x, edge.x) for end, edge, _ in edges]
            poles = [
                (_middle(end.x, edge.x), text)
                for (end, edge, side), text in zip(edges, ends, strict=True)
                if end is not edge and self._unbounded(end, side, output)
            ]
            alone = after.x - before.x <= self.finest * _ALONE * 2
            if alone:  # where nothing is defined is the place itself
                poles = [(gap[0].x, text) for _, text in poles[:1]]
            for x, text in poles:
                yield Feature(output, "pole", before, after, x, f"pole at {self.axis} = {text}")
            if not alone:
                reason = gap[0].reasons.get(output) or "undefined"
                text = f"{reason} from {self.axis} = {ends[0]} to {ends[1]}"
                yield Feature(output, "edge", before, after, before.x, text)
            elif not poles:
                yield Feature(output, "undefined", before, after, gap[0].x, gap[0].said.get(output) or "undefined")

    def _text(self, kind: str, output: str, a: Sample, b: Sample) -> str:
        """What is said of a feature: by the engine, if it is at a sample, else what the samples on either side say."""
        slope = self.slopes[output]
        said = [s.said[slope] for s in (a, b) if _KINDS.get(s.codes.get(slope, Status.FINE)) == kind]
        if said:
            return said[0]
        shown = {"kink": slope, "jump": output}.get(kind)
        sides = f" (left {a.after(shown):.6g}, right {b.before(shown):.6g})" if shown is not None else ""
        return f"{kind} at {self.axis} = {_roundest(a.x, b.x)}{sides}"


def _doubt(name: str, a: Sample, b: Sample) -> float:
    """What rounding explains of a difference; a bound that is none explains nothing."""
    doubt = a.error.get(name, 0.0) + b.error.get(name, 0.0)
    return doubt if doubt < inf else 0.0


def _middle(a: float, b: float) -> float:
    return a / 2 + b / 2


def _roundest(*ends: float) -> str:
    """The shortest decimal from one number to another; at most ten digits, as nobody reads more."""
    low, high = min(ends), max(ends)
    if low <= 0.0 <= high:
        return "0"
    texts = [f"{end:.{digits}g}" for digits in range(1, 11) for end in (low, high)]
    return f"{float(next((text for text in texts if low <= float(text) <= high), texts[-1])):.10g}"

"""Where to look at a function of one variable, so that a picture of it misses nothing that numbers can tell.

First evenly; then between two samples wherever the curve through them is not settled: where its slopes at both ends
do not fit what lies between (that is how a derivative tells of a bend, a peak or a pole that no sample has hit), where
the slope itself changes too much, where one of the samples has no number. Samples grow denser round by round, down to
a fraction of a dot of the picture. What is still rough then `features` looks into.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from math import inf, isfinite, log10, nan
from struct import pack, unpack
from typing import NamedTuple

from gradcli.naming import Derivative, Partial
from gradcli.pictures import Extent, part, round_numbers, shown_range
from gradcli.results import Status, Values

Evaluate = Callable[[Sequence[float]], Iterable["Sample"]]
"""The samples at some places."""

TURN = 0.5
"""Dots by which a sample may lie off the line through its neighbours."""

_ROUND = 50  # places where people put what no slope tells of, such as the hole of (x^2 - 4)/(x - 2)
_FINEST = 8  # parts of a dot that two samples are closest at
_BEND = 1.0  # dots by which slopes may miss the other end: a quarter of that lies between
_LARGE = 3  # heights of the picture beyond which numbers are not told apart


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

    def is_sure(self, name: str) -> bool:
        """Whether there is a number that rounding has left digits of, as many as a picture needs."""
        return isfinite(self.numbers[name]) and self.codes.get(name) is not Status.IMPRECISE

    def known(self, number: float, name: str) -> float:
        """A number of a column, unless rounding may have made it, sign and all: then nan."""
        lost = self.codes.get(name) is Status.IMPRECISE and not 2 * self.error.get(name, inf) < abs(number)
        return nan if lost else number


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


class View(NamedTuple):
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

    Attributes:
        finest: the distance below which samples are not taken closer.
        even: the places of the first, even samples.
        known: the samples by their places.
        views: the columns in dots.
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
        self.even = [_between(self.low, self.high, k / self.width) for k in range(self.width)] + [self.high]
        self.known: dict[float, Sample] = {}
        self.views: dict[str, View] = {}

    def settle(self) -> None:
        """Samples evenly, and closer wherever a column is not settled."""
        self.take(self.even)
        self.take(self.first)
        self._set_views()
        self._probe(x for x in round_numbers(self.low, self.high, _ROUND) if self.low <= x <= self.high)
        for _ in range(_FINEST.bit_length() + 1):
            samples = self.samples()
            found = {k for name in self.columns() for k in self.rough(samples, name)}
            found = {k for k in found if samples[k + 1].x - samples[k].x > 1.01 * self.finest}
            if not found:
                break
            self.take(middle(samples[k].x, samples[k + 1].x) for k in sorted(found))
            self._set_views()

    def _probe(self, places: Iterable[float]) -> None:
        """Samples some places, and forgets those that say nothing: that lie on the line through their neighbours."""
        new = [x for x in places if x not in self.known]
        samples = self.samples()
        for sample in list(self.evaluate(new)):
            k = bisect_left(samples, sample.x, key=lambda known: known.x)
            a, b = samples[k - 1], samples[k]
            if sample.codes or not all(self._is_on_line(a, sample, b, name) for name in self.columns()):
                self.known[sample.x] = sample

    def _is_on_line(self, a: Sample, between: Sample, b: Sample, name: str) -> bool:
        view = self.views[name]
        left, right = view.dots(a.after(name)), view.dots(b.before(name))
        line = left + (right - left) * part(between.x, a.x, b.x)
        return not abs(view.dots(between.numbers[name]) - line) > TURN

    def columns(self) -> list[str]:
        """The names of all that is drawn."""
        return list(dict.fromkeys([*self.slopes, *self.slopes.values(), *self.others]))

    def samples(self) -> list[Sample]:
        """What is known, in rising order."""
        return [self.known[x] for x in sorted(self.known)]

    def take(self, places: Iterable[float]) -> None:
        """Samples some places, unless they are known."""
        new = [x for x in dict.fromkeys(places) if x not in self.known]
        self.known.update(zip(new, self.evaluate(new), strict=True))

    def at(self, x: float) -> Sample:
        """The sample at a place."""
        self.take([x])
        return self.known[x]

    def _set_views(self) -> None:
        """What the picture will about show, as far as the samples tell; single ones may be on the way to infinity."""
        for name in self.columns():
            numbers = sure_numbers([self.known[x] for x in self.even], name)
            if self.log:
                numbers = [log10(abs(n)) if n and isfinite(n) else nan for n in numbers]
            self.views[name] = View(*shown_range(numbers, robust=not self.log), self.height, self.log)

    def rough(self, samples: Sequence[Sample], name: str) -> set[int]:
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
            if view.per_dot(samples[k].error.get(name, 0.0), 1.0) > TURN:
                continue  # its digits are lost
            share = part(samples[k].x, samples[k - 1].x, samples[k + 1].x)
            if abs(after[k - 1] + (before[k + 1] - after[k - 1]) * share - before[k]) > TURN:
                found |= {k - 1, k}
        return found

    def _fits(self, a: Sample, b: Sample, name: str, slope: str, rise: float) -> bool:
        """Whether the slopes at both ends lead from one to the other, or at least say nothing else.

        Where both ends are beyond the picture, or between them may be a number that is, they are compared as they are.
        """
        width, view = b.x - a.x, self.views[name]
        slopes = [s for s in (a.known(a.after(slope), slope), b.known(b.before(slope), slope)) if s == s]
        if all(abs(rise - view.per_dot(s, width)) <= _BEND for s in slopes):
            return True
        left, right = a.after(name), b.before(name)
        if abs(right - left) <= 2 * doubt(name, a, b):
            return True
        beyond = abs(rise) < _BEND and not view.low <= left <= view.high
        return beyond and all(abs(right - left - s * width) <= max(abs(left), abs(right)) / 2 for s in slopes)


def sure_numbers(samples: Iterable[Sample], name: str) -> list[float]:
    """The numbers of a column that have digits, with the limits beside them; if there are none, whatever there is."""
    taken = list(samples)
    chosen = [s for s in taken if s.is_sure(name) or name in s.left or name in s.right] or taken
    return [n for s in chosen for n in dict.fromkeys((s.numbers[name], s.before(name), s.after(name))) if isfinite(n)]


def doubt(name: str, a: Sample, b: Sample) -> float:
    """What rounding explains of a difference; a bound that is none explains nothing."""
    found = a.error.get(name, 0.0) + b.error.get(name, 0.0)
    return found if found < inf else 0.0


def _between(low: float, high: float, share: float) -> float:
    """A place between two, whose difference may be no double."""
    width = high - low
    return low + width * share if width < inf else low * (1 - share) + high * share


def halfway(a: float, b: float) -> float:
    """The middle of two numbers in the order of the doubles, of which there are as many on either side of it."""
    low, high = (_order(number) for number in (a, b))
    bits = (low + high) // 2
    found: float = unpack("<d", pack("<q", bits if bits >= 0 else -(2**63) - bits))[0]
    return found


def _order(number: float) -> int:
    bits: int = unpack("<q", pack("<d", number))[0]
    return bits if bits >= 0 else -(2**63) - bits


def middle(a: float, b: float) -> float:
    """Between two numbers, which may be the largest."""
    return a / 2 + b / 2

"""Where numbers and slopes of a function disagree however close one looks: at poles and vertical tangents.

A picture tells of both only as far as its axes go. Here an interval is measured by itself alone: how far the slopes at
its ends miss the other end. Half an interval of a smooth function has a quarter of that; next to a pole it has more,
and next to a vertical tangent the misfit keeps its share of the rise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from math import isfinite
from typing import NamedTuple

from gradcli.adaptive import Sample, Sampler, doubt, middle

_NOTABLE = 0.125  # of the range of the numbers about an interval
_SHRUNK = 0.49  # of a misfit is left in either half, at most, of what is smooth
_LOOKS, _KEPT = 6, 0.55  # after so many halvings, so much of the misfit by each is left if it is no bend and no kink
_EXPLAINED = 0.05  # of a misfit that slopes make up: a step has less
_FAR_END = 3.0  # times what the end counts that is less rough: next to a vertical tangent it alone tells the half
_HALVINGS = 72
_BEST = 2  # intervals that are halved at once, of one

Pair = tuple[Sample, Sample]


class _Hunt(NamedTuple):
    """An interval that is halved about what is in it.

    Attributes:
        best: its halves of halves, the best ones first.
        misfit: that of the best one, at the last look.
    """

    whole: Pair
    best: list[Pair]
    misfit: float


class Closeup:
    """A look at single intervals, for one component with its slope."""

    def __init__(self, sampler: Sampler, output: str, slope: str) -> None:
        self.sampler, self.output, self.slope = sampler, output, slope

    def notable(self, samples: Sequence[Sample], most: int) -> list[Pair]:
        """The intervals, not more than so many, that something may lie in which stands out of the numbers about it."""
        found = []
        for k, (a, b) in enumerate(pairwise(samples)):
            about = [s.numbers[self.output] for s in samples[max(0, k - 1) : k + 3]]
            if not all(map(isfinite, about)):
                continue
            if b.x - a.x < self.sampler.finest / 2:
                continue
            misfit, reach = self._misfit(a, b), max(about) / 2 - min(about) / 2
            if misfit > max(2 * _NOTABLE * reach, 8 * doubt(self.output, a, b)):
                found.append((misfit / reach, (a, b)))
        found.sort(key=lambda one: -one[0])
        return self._lasting([pair for _, pair in found[:most]])

    def narrowed(self, pairs: Iterable[Pair]) -> tuple[list[Pair], list[Pair]]:
        """Intervals halved about what is in them, down to where doubles end; and those which have a mere step.

        What is smooth, or has a kink, is left out.
        """
        found: list[Pair] = []
        steps: list[Pair] = []
        pending = [_Hunt(pair, [pair], self._lower_misfit(*pair)) for pair in pairs]
        for halving in range(_HALVINGS):
            if halving and halving % _LOOKS == 0:
                pending = [
                    hunt._replace(misfit=self._lower_misfit(*hunt.best[0])) for hunt in filter(self._lasts, pending)
                ]
                if halving == 2 * _LOOKS:
                    stepping, pending = _parted(pending, self.is_step)
                    steps = [hunt.whole for hunt in stepping]
            done, pending = _parted(pending, self._is_done)
            found += [hunt.best[0] for hunt in done]
            if not pending:
                break
            halves = self._halved([hunt.best for hunt in pending])
            pending = [hunt._replace(best=best) for hunt, best in zip(pending, halves, strict=True)]
        return found, steps

    def _lasts(self, hunt: _Hunt) -> bool:
        """Whether the misfit has not shrunk since the last look as that of a bend or a kink does."""
        best = hunt.best[0]
        return self._lower_misfit(*best) > _KEPT**_LOOKS * hunt.misfit or self._is_open(*best)

    def _halved(self, pending: Sequence[Sequence[Pair]]) -> list[list[Pair]]:
        """The best halves: which of two it is in is seen at times only when both are halved once more."""
        wide = [[(a, b) for a, b in pairs if a.x < middle(a.x, b.x) < b.x] for pairs in pending]
        self._sampled([pair for pairs in wide for pair in pairs])
        halves = ([half for pair in pairs for half in self._halves(pair)] for pairs in wide)
        return [sorted(some, key=self._weight, reverse=True)[:_BEST] for some in halves]

    def _lasting(self, pairs: Sequence[Pair]) -> list[Pair]:
        """The intervals whose misfit does not come from a mere bend."""
        return [
            (a, b)
            for a, b in self._sampled(pairs)
            if max(self._misfit(*half) for half in self._halves((a, b))) > _SHRUNK * self._misfit(a, b)
        ]

    def _sampled(self, pairs: Sequence[Pair]) -> Sequence[Pair]:
        self.sampler.take(middle(a.x, b.x) for a, b in pairs)
        return pairs

    def _halves(self, pair: Pair) -> tuple[Pair, Pair]:
        a, b = pair
        between = self.sampler.known[middle(a.x, b.x)]
        return (a, between), (between, b)

    def _misfits(self, a: Sample, b: Sample) -> list[float]:
        """By how much the slope at either end misses the other end, as far as slopes have digits."""
        rise, width = b.before(self.output) - a.after(self.output), b.x - a.x
        slopes = a.known(a.after(self.slope), self.slope), b.known(b.before(self.slope), self.slope)
        return [found for s in slopes if isfinite(found := abs(rise - s * width))]

    def _misfit(self, a: Sample, b: Sample) -> float:
        return max(self._misfits(a, b), default=0.0)

    def _lower_misfit(self, a: Sample, b: Sample) -> float:
        """The misfit of the end that is farther from what is between: the other's slope may be all but infinite."""
        return min(self._misfits(a, b), default=0.0)

    def _is_done(self, a: Sample, b: Sample) -> bool:
        """Whether there is no place between two, or rounding explains all that is."""
        rise = abs(b.before(self.output) - a.after(self.output))
        return not a.x < middle(a.x, b.x) < b.x or rise + self._misfit(a, b) <= 2 * doubt(self.output, a, b)

    def _is_open(self, a: Sample, b: Sample) -> bool:
        """Whether one of both has no number, or no slope has digits."""
        return isfinite(a.after(self.output)) != isfinite(b.before(self.output)) or not self._misfits(a, b)

    def is_step(self, a: Sample, b: Sample) -> bool:
        """Whether slopes have no part in the misfit."""
        slopes = [abs(s) for s in (a.after(self.slope), b.before(self.slope)) if isfinite(s)]
        return len(slopes) == 2 and max(slopes) * (b.x - a.x) <= _EXPLAINED * self._misfit(a, b)

    def _weight(self, pair: Pair) -> tuple[bool, float]:
        """What speaks for one half: that it has no number at one end, and the misfit."""
        misfits = self._misfits(*pair)
        return self._is_open(*pair), (max(misfits) + _FAR_END * min(misfits) if misfits else 0.0)


def _parted(hunts: Iterable[_Hunt], test: Callable[[Sample, Sample], bool]) -> tuple[list[_Hunt], list[_Hunt]]:
    """Those whose best interval passes a test, and the others."""
    parts: tuple[list[_Hunt], list[_Hunt]] = [], []
    for hunt in hunts:
        parts[not test(*hunt.best[0])].append(hunt)
    return parts

"""Where a function of two variables is not smooth between the samples of a field, and what stands up between them.

The samples of a field are as many as a picture has places for, so a line of poles or kinks passes between them. The
partials tell where: along each edge of the grid the slopes at both ends have to lead from one sample to the other.
Edges where they do not, or by far worse than along the next edge, are halved a dozen times, all at once; what is
still there then, and has not shrunk with the edge, is no matter of distance. Peaks are narrowed in the same way by the
signs of the partials. What the engine says of a sample itself is taken as it stands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

Evaluate = Callable[[Any, Any], "Sampled"]
"""The samples at some places, given by their coordinates along either axis."""

_MOST = 4_000  # edges that are halved, or peaks that are narrowed
_HALVINGS = 12  # of an edge; of the surroundings of a peak twice as many
_LOOKS = 3  # how often it is noted meanwhile how large things are
_SPLIT = 0.4871
_VISIBLE = 0.002  # of the range of the colours: what is to be found in an edge
_NOTABLE = 0.1  # of the range of the numbers about an edge: what is to be found in it by itself
_RESOLVED = 1e-9  # of the numbers there, that range has to be
_LINE = 0.2  # of the rows that a line is found in, at least, to be looked for in the others
_SHORT = 1 / 1024  # of an edge, on either side of such a line
_MOST_PEAKS = 50  # beyond which they are waves
_TALL = 0.05  # of the range of the colours that a peak rises by above its neighbours
_OUTSTANDING = 2.0  # times the misfit of the next edge on one side; a sample next to a pole spoils both of its edges
_STEEPER = 8.0  # times what the slopes explain: a jump
_SHRUNK = 0.95  # what is left at most of a difference, nearer to a place, if the function is continuous there
_AGAINST = 1e6  # times the misfit: numbers that go against their slopes come before all others
_ALIKE = 2.0  # times the weight of the other half
_FAR_END = 3.0  # times what the end counts that is less rough
_ROUNDS, _FEWEST = 12, 4  # of halvings, twice, in which numbers have to grow on
_LASTING_ON = 0.35  # of their growth is left the second time; of the numbers beside a root less
_LASTING = 0.5  # what a difference keeps at least, however near its ends, if it is a step


class Sampled(NamedTuple):
    """Numbers at some places, nan where there are none, inf where they overflow, and the slopes along either axis."""

    numbers: Any
    slopes: tuple[Any, Any]


class _Edges(NamedTuple):
    """Pieces of lines along one axis, from `start` to `stop` on it, and at `beside` on the other axis."""

    start: Any
    stop: Any
    beside: Any
    left: Any  # the numbers at both ends
    right: Any
    leaving: Any  # the slopes at both ends
    arriving: Any

    def chosen(self, which: Any) -> _Edges:
        """Some of them."""
        return _Edges(*(column[which] for column in self))

    def misfit(self) -> Any:
        """By how much the slopes at an end miss the other end; inf: one end has no number; nan: neither has, or one
        overflows, beyond which nobody knows."""
        rise, width = self.right - self.left, self.stop - self.start
        found = np.fmax(abs(rise - self.leaving * width), abs(rise - self.arriving * width))
        found = np.where(np.isnan(found), 0.0, found)
        ends = np.isfinite(self.left).astype(int) + np.isfinite(self.right)
        is_unknown = (ends == 0) | np.isinf(self.left) | np.isinf(self.right)
        return np.select([is_unknown, ends == 1], [np.nan, np.inf], found)

    def weight(self) -> Any:
        """How much speaks for looking here, of two halves.

        Where a vertical tangent is next to the place between them, only the ends beyond tell which half it is in.
        """
        rise, width = self.right - self.left, self.stop - self.start
        beyond = np.fmin(abs(rise - self.leaving * width), abs(rise - self.arriving * width))
        misfit = self.misfit() + np.nan_to_num(_FAR_END * beyond, posinf=0.0)
        return np.nan_to_num(misfit * np.where(self.contradicts(), _AGAINST, 1.0), nan=-1.0)

    def halves(self, evaluate: Evaluate, axis: int) -> tuple[_Edges, _Edges]:
        """Both halves of each."""
        middle = _within(self.start, self.stop)
        at = evaluate(*((middle, self.beside) if axis == 0 else (self.beside, middle)))
        first = self._replace(stop=middle, right=at.numbers, arriving=at.slopes[axis])
        return first, self._replace(start=middle, left=at.numbers, leaving=at.slopes[axis])

    def halved(self, evaluate: Evaluate, axis: int) -> _Edges:
        """The halves that are rougher; where these hardly differ their own halves tell."""
        halves = self.halves(evaluate, axis)
        weights = [half.weight() for half in halves]
        alike = np.flatnonzero((weights[0] < _ALIKE * weights[1]) & (weights[1] < _ALIKE * weights[0]))
        if len(alike):
            for half, weight in zip(halves, weights, strict=True):
                weight[alike] += np.fmax(*(part.weight() for part in half.chosen(alike).halves(evaluate, axis)))
        is_first = weights[0] >= weights[1]
        return _Edges(*(np.where(is_first, a, b) for a, b in zip(*halves, strict=True)))

    def about(self) -> Any:
        """The range of the numbers at the ends of each, and of its neighbours on the same line."""
        ends = np.stack([self.left, self.right])
        padded = np.pad(np.where(np.isfinite(ends), ends, np.nan), ((0, 0), (0, 0), (1, 1)), mode="edge")
        ends = np.concatenate([padded[:, :, k : k + self.left.shape[1]] for k in range(3)])
        return np.nan_to_num(ends.max(axis=0) - ends.min(axis=0))

    def contradicts(self) -> Any:
        """Whether the numbers rise although both slopes fall, or the other way round, as across a pole."""
        rise, width = self.right - self.left, self.stop - self.start
        return (rise * self.leaving * width < 0) & (rise * self.arriving * width < 0)


_Found = tuple[str, tuple[float, float, float]]


class Seams(NamedTuple):
    """What was found.

    Attributes:
        places: by kind (`pole`, `jump`, `vertical`, `kink`, `peak`, `dip`) the places, and the numbers there.
        unseen: how many places that may be such were not looked at.
    """

    places: Mapping[str, list[tuple[float, float, float]]]
    unseen: int


def seams(evaluate: Evaluate, places: tuple[Any, Any], sampled: Sampled, scale: float) -> Seams:
    """What lies between the samples of a grid.

    Args:
        places: the coordinates of the grid along either axis.
        sampled: what is known at its points, a row for each place along the second axis.
        scale: the range of the numbers that are told apart.
    """
    found: dict[str, list[tuple[float, float, float]]] = {}
    unseen = 0
    with np.errstate(all="ignore"):
        for axis in (0, 1):
            edges = _edges(places, sampled, axis)
            local = edges.about()
            rough, scales, count = _rough(edges, local, scale)
            unseen += max(0, count - _MOST)
            some = list(_kinds(evaluate, edges.chosen(rough), axis, scales))
            kinks = [place[axis] for kind, place in some if kind in ("kink", "vertical")]
            rest, near = _rest_of_lines(evaluate, edges, axis, kinks)
            further = _kinds(evaluate, rest, axis, 2 * _SHORT * np.minimum(local[near], scale))
            some += [(kind, place) for kind, place in further if kind in ("kink", "vertical")]
            for kind, place in _each_once(some, axis, abs(edges.stop[0, 0] - edges.start[0, 0]) / 8):
                found.setdefault(kind, []).append(place)
        sides = [abs(along[-1] - along[0]) / max(len(along) - 1, 1) for along in places]
        known = [place for some_places in found.values() for place in some_places]
        peaks = []
        for kind, place in _peaks(evaluate, places, sampled, scale):
            if not any(abs(place[0] - x) <= sides[0] and abs(place[1] - y) <= sides[1] for x, y, _ in known):
                peaks.append((kind, place))
                known.append(place)
    if len(peaks) > _MOST_PEAKS:  # waves that are finer than the grid
        peaks, unseen = [], unseen + len(peaks)
    for kind, place in peaks:
        found.setdefault(kind, []).append(place)
    return Seams(found, unseen)


def _each_once(some: list[_Found], axis: int, apart: float) -> Iterator[_Found]:
    """The places without those that were found twice, hardly apart along the axis."""
    known: set[tuple[str, float, float]] = set()
    for kind, place in some:
        key = kind, float(round(place[axis] / apart)), place[1 - axis]
        if key not in known:
            yield kind, place
        known.add(key)


def _edges(places: tuple[Any, Any], sampled: Sampled, axis: int) -> _Edges:
    """All edges along an axis, a row for each place on the other."""
    along, across = (np.asarray(places[k]) for k in (axis, 1 - axis))
    numbers, slopes = (a if axis == 0 else a.T for a in (sampled.numbers, sampled.slopes[axis]))
    shape = len(across), len(along) - 1
    return _Edges(
        np.broadcast_to(along[:-1], shape), np.broadcast_to(along[1:], shape),
        np.broadcast_to(across[:, None], shape), numbers[:, :-1], numbers[:, 1:], slopes[:, :-1], slopes[:, 1:],
    )  # fmt: skip


def _rough(edges: _Edges, local: Any, scale: float) -> tuple[Any, Any, int]:
    """The edges that something may lie in, the worst first; the scale of each; and how many stand out.

    Where colours hardly tell what stands out of its neighbourhood, the scale is that of the neighbourhood.
    """
    misfit = edges.misfit()
    padded = np.pad(np.where(np.isfinite(misfit), misfit, 0.0), ((0, 0), (1, 1)))
    usual = np.minimum(padded[:, :-2], padded[:, 2:])
    outstanding = (misfit > _OUTSTANDING * usual) | edges.contradicts()
    is_seen = misfit > _VISIBLE * scale
    is_notable = outstanding & (misfit > _NOTABLE * local) & (local > _RESOLVED * abs(edges.left))
    rows, columns = np.nonzero(is_seen | is_notable)
    order = np.lexsort((-misfit[rows, columns], ~outstanding[rows, columns], ~is_seen[rows, columns]))[:_MOST]
    chosen = rows[order], columns[order]
    scales = np.where(is_seen, scale, np.minimum(local, scale))[chosen]
    return chosen, scales, int(np.count_nonzero(is_seen & outstanding))


def _rest_of_lines(evaluate: Evaluate, edges: _Edges, axis: int, found: list[float]) -> tuple[_Edges, Any]:
    """Where a line that is parallel to an axis was found in part, short edges all along it, and those that they are in.

    Where it crosses other things it does not stand out of a whole edge.
    """
    rows = len(edges.start)
    places = np.asarray(found)
    low, high = (pick(edges.start[:1], edges.stop[:1]) for pick in (np.minimum, np.maximum))
    inside = (places[:, None] > low) & (places[:, None] < high)
    lines = np.flatnonzero(np.count_nonzero(inside, axis=0) >= _LINE * rows)
    near = tuple(index.ravel() for index in np.meshgrid(np.arange(rows), lines, indexing="ij"))
    at = np.array([np.median(places[inside[:, line]]) for line in lines])
    whole = edges.chosen(near)
    middle, room = np.tile(at, rows), (whole.stop - whole.start) * _SHORT
    ends = [
        (x, evaluate(*((x, whole.beside) if axis == 0 else (whole.beside, x)))) for x in (middle - room, middle + room)
    ]
    (start, first), (stop, last) = ends
    short = _Edges(
        start, stop, whole.beside, first.numbers, last.numbers, first.slopes[axis], last.slopes[axis]
    )  # fmt: skip
    return short, near


def _kinds(evaluate: Evaluate, edges: _Edges, axis: int, scale: Any) -> Iterator[_Found]:
    """What is left in edges that were halved about what is rough in them, each with a scale of its own."""
    if not len(edges.start):
        return
    width = abs(edges.stop - edges.start)
    sizes, tilts, steps, bends = [], [], [], []
    for halving in range(1, _HALVINGS + 1):
        edges = edges.halved(evaluate, axis)
        if halving % (_HALVINGS // _LOOKS) == 0:
            sizes.append((abs(edges.left), abs(edges.right)))
            tilts.append((abs(edges.leaving) * width, abs(edges.arriving) * width))
            steps.append(abs(edges.right - edges.left))
            bends.append(abs(edges.arriving - edges.leaving) * width)
    seen = _VISIBLE * scale
    step = (steps[-1] > seen) & (steps[-1] > _LASTING * steps[-2])
    steepest = np.fmax(*tilts[-1]) * abs(edges.stop - edges.start) / width
    is_steep = ~(steps[-1] > _STEEPER * steepest)
    # The end that has a number comes no nearer in some halvings; how it grows is seen in the long run alone.
    is_edge = np.isnan(edges.left) != np.isnan(edges.right)
    is_edge &= np.fmax(*sizes[-1]) - np.fmax(*sizes[0]) > seen
    pole = is_edge | _grow(sizes, seen) | (step & is_steep & edges.contradicts())
    pole[pole] = _is_unbounded(evaluate, edges.chosen(pole), axis)
    # On either side of what is one place, much less happens than in it; beside fast waves and faint poles it does not.
    before, behind = _beyond(evaluate, edges, axis)
    outer = abs(before.numbers - edges.left), abs(behind.numbers - edges.right)
    jump = ~pole & step & ~is_steep & (np.fmax(*outer) < steps[-1] / 4)
    turns = abs(before.slopes[axis] - edges.leaving), abs(behind.slopes[axis] - edges.arriving)
    alike = (before.slopes[axis] * edges.leaving > 0) & (behind.slopes[axis] * edges.arriving > 0)
    steeper = (turns[0] < abs(edges.leaving)) & (turns[1] < abs(edges.arriving))
    is_flat = (np.fmax(*outer) < steps[-1]) & (steps[-1] < _SHRUNK * steps[-2])
    steepens = _grow(tilts, seen)
    is_cusp = (edges.leaving * edges.arriving < 0) & (steps[-1] < _SHRUNK * np.fmax(*outer))
    vertical = ~pole & ~jump & alike & steeper & (is_flat | is_cusp) & steepens
    kink = ~pole & ~jump & ~steepens & (bends[-1] > seen) & (bends[-1] > _LASTING * bends[-2])
    kink &= np.fmax(*turns) < bends[-1] / width / 4
    middle = edges.start / 2 + edges.stop / 2
    for kind, which in (("pole", pole), ("jump", jump), ("vertical", vertical), ("kink", kink)):
        for a, b, number in zip(middle[which], edges.beside[which], edges.left[which], strict=True):
            yield kind, (float(a), float(b), float(number)) if axis == 0 else (float(b), float(a), float(number))


def _is_unbounded(evaluate: Evaluate, edges: _Edges, axis: int) -> Any:
    """Whether numbers grow on and on as edges are halved: a slope may be without bounds where the numbers are not."""
    width = abs(edges.stop - edges.start)
    least = 64 * np.spacing(np.fmax(abs(edges.start), abs(edges.stop)))
    rounds = min(_ROUNDS, int(np.log2(width / least).min(initial=2 * _ROUNDS)) // 2)
    if not len(width) or rounds < _FEWEST:
        return np.ones(len(width), bool)  # doubles tell no more
    sizes = [(abs(edges.left), abs(edges.right))]
    for _ in range(2):
        for _ in range(rounds):
            edges = edges.halved(evaluate, axis)
        sizes.append((abs(edges.left), abs(edges.right)))
    found = False
    for choose in (np.fmin, np.fmax):
        first, middle, last = (choose(*ends) for ends in sizes)
        found |= ~(last <= middle) & ~(last - middle < _LASTING_ON * (middle - first))
    return found


def _beyond(evaluate: Evaluate, edges: _Edges, axis: int) -> Iterator[Sampled]:
    """The samples as far before and behind edges as these are long."""
    width = edges.stop - edges.start
    for place in (edges.start - width, edges.stop + width):
        yield evaluate(*((place, edges.beside) if axis == 0 else (edges.beside, place)))


def _within(start: Any, stop: Any) -> Any:
    """A place about the middle, and not at it: that is where ties are, of which the engine would take a longer look."""
    return start * (1 - _SPLIT) + stop * _SPLIT


def _grow(sizes: list[tuple[Any, Any]], seen: float) -> Any:
    """Whether something grows without end: the nearer, the larger, and by no less each time.

    One of both ends may come next to the place by chance, and go no nearer; so either end will do.
    """
    found = False
    for choose in (np.fmin, np.fmax):
        first, middle, last = (choose(*ends) for ends in sizes)
        found |= (middle > first) & (last - middle > seen) & (last - middle > _LASTING * (middle - first))
    return found


def _peaks(evaluate: Evaluate, places: tuple[Any, Any], sampled: Sampled, scale: float) -> Iterator[_Found]:
    """Where both partials change their signs between samples, and the numbers go far beyond those."""
    x, y = (np.asarray(along) for along in places)
    numbers, (u, v) = sampled
    across, up = u[:-1] + u[1:], v[:, :-1] + v[:, 1:]  # at the sides of a square of samples
    sides = (across[:, :-1], across[:, 1:]), (up[:-1], up[1:])
    rows, columns = np.nonzero(np.logical_and(*((a * b <= 0) & (a != b) for a, b in sides)))
    turns = abs(across[rows, columns + 1] - across[rows, columns]) + abs(up[rows + 1, columns] - up[rows, columns])
    order = np.argsort(-turns, kind="stable")[:_MOST]
    rows, columns = rows[order], columns[order]
    if not len(rows):
        return
    corners = np.stack([numbers[rows + i, columns + j] for i in (0, 1) for j in (0, 1)])
    low, high = [x[columns], y[rows]], [x[columns + 1], y[rows + 1]]
    signs = [np.sign(across[rows, columns]), np.sign(up[rows, columns])]
    width = [abs(b - a) for a, b in zip(low, high, strict=True)]
    sizes, tilts = [], []
    for halving in range(1, 2 * _HALVINGS + 1):
        for axis in (0, 1):
            middle = [_within(a, b) for a, b in zip(low, high, strict=True)]
            is_before = np.sign(evaluate(*middle).slopes[axis]) == signs[axis]
            low[axis] = np.where(is_before, middle[axis], low[axis])
            high[axis] = np.where(is_before, high[axis], middle[axis])
        if halving % (2 * _HALVINGS // _LOOKS) == 0:
            ends = evaluate(*low), evaluate(*high)
            sizes.append((abs(ends[0].numbers), abs(ends[1].numbers)))
            tilts.append(tuple(np.hypot(*(s * w for s, w in zip(end.slopes, width, strict=True))) for end in ends))
    top = [_within(a, b) for a, b in zip(low, high, strict=True)]
    number = evaluate(*top).numbers
    seen = _VISIBLE * scale
    pole = _grow(sizes, seen)
    # On a top that is smooth slopes vanish; on that of a cone they stay, on a sharper one they grow.
    lasting = [np.fmin(*tilt) for tilt in tilts]
    vertical = ~pole & _grow(tilts, seen) & (lasting[-1] > _STEEPER * lasting[0])
    kink = ~pole & ~vertical & (lasting[-1] > seen) & (lasting[-1] > _LASTING * lasting[0])
    is_smooth = ~pole & ~vertical & ~kink
    peak = is_smooth & (number > corners.max(axis=0) + _TALL * scale)
    dip = is_smooth & (number < corners.min(axis=0) - _TALL * scale)
    for kind, which in (("pole", pole), ("vertical", vertical), ("kink", kink), ("peak", peak), ("dip", dip)):
        for a, b, c in zip(top[0][which], top[1][which], number[which], strict=True):
            yield kind, (float(a), float(b), float(c))

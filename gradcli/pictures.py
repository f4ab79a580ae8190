"""What a picture shows, computed and not yet drawn: curves over one variable, coloured fields over two.

Whatever makes a picture (samples of an expression, data, the gap between backends) makes it of these, and whatever
draws one (a terminal, Matplotlib) draws these: what stands between the two is data and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from math import ceil, floor, inf, isfinite, log10, ulp
from typing import Any, NamedTuple

from gradcli.naming import Derivative

Place = tuple[float, float]
"""Where something is, in the numbers of both axes."""

_CORE = 0.1  # of the samples of a curve that goes to infinity, so many at either end do not count for what is shown
_MOST_NAMED = 6  # places of a kind that are named
_LEAST_POWER, _FEWER_POWER = -300, -308  # of ten: below, doubles are divided badly; and have fewer digits
_FEW = 128  # doubles, which would be seen as steps
_OFF_CENTER = 1.25  # a constant lies below the middle: there it would be on the border of two dots, and seem to jump


class Fineness(NamedTuple):
    """How fine whatever draws a picture can be.

    Attributes:
        dots: how many places can be told apart across a picture of curves, and about how many in a panel's height.
        cells: how many places a field has across and upwards.
    """

    dots: tuple[int, int]
    cells: tuple[int, int]


class Extent(NamedTuple):
    """What an axis shows: from START to STOP, which may be the lower one."""

    name: str
    start: float
    stop: float

    @property
    def low(self) -> float:
        """The lower end."""
        return min(self.start, self.stop)

    @property
    def high(self) -> float:
        """The upper end."""
        return max(self.start, self.stop)

    def fraction(self, place: float) -> float:
        """How far along the axis a place is: 0 at START, 1 at STOP."""
        return part(place, self.start, self.stop)


class Mark(NamedTuple):
    """A place that is to be seen.

    Attributes:
        kind: `kink`, `vertical`, `jump`, `pole` or `undefined`; in fields also `peak` and `dip`.
        at: the places that are marked; a pole is marked from the bottom to the top.
        text: what is said of it.
        output: the component that it belongs to, where there are several.
        own: the number that the function has there, where it has limits on either side besides.
    """

    kind: str
    x: float
    at: tuple[Place, ...]
    text: str
    output: str = ""
    own: tuple[Place, ...] = ()


class Curve(NamedTuple):
    """A curve, in pieces that are drawn each by itself: between them it has a gap, or jumps.

    Attributes:
        label: what it is, or how it is called.
        bound: whether it is a limit to compare others with.
    """

    label: Derivative | str
    pieces: tuple[tuple[Place, ...], ...]
    bound: bool = False


class Panel(NamedTuple):
    """Curves above one axis.

    Attributes:
        low, high: what the other axis shows; on a logarithmic one these are still the numbers themselves.
        label: what the other axis is, where that is not the only curve's own.
        ends: where curves end because they have no number there, only a limit.
    """

    curves: tuple[Curve, ...]
    low: float
    high: float
    log: bool = False
    label: str = ""
    ends: tuple[Place, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether there is no number at all, so that the axis has none either."""
        return not any(curve.pieces for curve in self.curves)

    def fraction(self, y: float) -> float:
        """How far up a number is: 0 at the lower end, 1 at the upper."""
        if not self.log:
            return part(y, self.low, self.high)
        return part(log10(y), log10(self.low), log10(self.high)) if y > 0 else -inf


class Curves(NamedTuple):
    """A picture over one variable: panels below each other.

    Attributes:
        title: what is shown, a line each.
        notes: what is to be said of it.
    """

    title: tuple[str, ...]
    axis: Extent
    panels: tuple[Panel, ...]
    marks: tuple[Mark, ...] = ()
    notes: tuple[str, ...] = ()

    def explained(self) -> list[tuple[str, str]]:
        """What stands for what: the kinds of marks, and `end`, each with its text; many are listed by their places."""
        groups: dict[tuple[str, str], list[Mark]] = {}
        for mark in self.marks:
            groups.setdefault((mark.output, mark.kind), []).append(mark)
        found = []
        for (output, kind), marks in groups.items():
            text = marks[0].text
            if len(marks) > 1:
                text = f"{kind} at {self.axis.name} = {_places_text([mark.x for mark in marks])}"
            found.append((kind, f"{output}: {text}" if output else text))
        ends = any(panel.low <= y <= panel.high for panel in self.panels for _, y in panel.ends)
        return [*found, *([("end", "no number, only a limit")] if ends else [])]


class Field(NamedTuple):
    """A number at each point of a grid, and its gradient at some of them.

    Attributes:
        numbers: a row for each place along the second axis, from START; nan: none.
        gradient: the two partials, as `numbers`; `None`: not asked for.
        low, high: what the colours show.
        marks: what lies between its points, one for each kind, with all the places.
    """

    label: Derivative | str
    numbers: Any
    gradient: tuple[Any, Any] | None
    low: float
    high: float
    marks: tuple[Mark, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether there is no number at all."""
        return not any(map(isfinite, self.numbers.flat))

    @property
    def constant(self) -> float | None:
        """The number that it is everywhere, but for rounding."""
        fine = [number for number in self.numbers.flat if isfinite(number)]
        return float(fine[0]) if fine and is_constant(min(fine), max(fine)) else None

    @property
    def has_arrows(self) -> bool:
        """Whether its gradient points anywhere."""
        if self.gradient is None:
            return False
        return any((isfinite(n) and n) for partial in self.gradient for n in partial.flat)


class Fields(NamedTuple):
    """A picture over two variables: fields below each other, over the same grid.

    Attributes:
        places: the grid's coordinates along either axis.
    """

    title: tuple[str, ...]
    axes: tuple[Extent, Extent]
    places: tuple[Any, Any]
    fields: tuple[Field, ...]
    notes: tuple[str, ...] = ()


def _places_text(places: Sequence[float]) -> str:
    """The first of many places, with as many digits as it takes to tell all of them apart."""
    texts: list[str] = []
    for digits in (7, 12, 17):
        texts = [f"{place:.{digits}g}" for place in places]
        if len(set(texts)) == len(set(places)):
            break
    return first_of(texts)


def first_of(texts: Sequence[str]) -> str:
    """The first of many places, and how many more there are."""
    more = f" and {len(texts) - _MOST_NAMED} more" if len(texts) > _MOST_NAMED else ""
    return ", ".join(texts[:_MOST_NAMED]) + more


def part(number: float, low: float, high: float) -> float:
    """How far a number is between two others: 0 at the first, 1 at the second; halved, as they may be the largest."""
    return (number / 2 - low / 2) / (high / 2 - low / 2)


def middles(axis: Extent, count: int) -> Any:
    """The middles of so many equal parts of an axis."""
    import numpy as np

    return axis.start + (np.arange(count) + 0.5) / count * (axis.stop - axis.start)


def round_numbers(low: float, high: float, most: int) -> list[float]:
    """Round numbers between two, about so many: steps of 1, 2 or 5 times a power of ten."""
    rough = (high / 2 - low / 2) / max(most, 2) * 2
    if not rough > 0 or not isfinite(rough):
        return [low, high]
    power = floor(log10(rough))
    if _FEWER_POWER < power < _LEAST_POWER:
        return _rescaled(round_numbers(low * 1e200, high * 1e200, most), -200)
    if power < _LEAST_POWER:
        return [low, high]
    unit = next(unit for unit in (1, 2, 5, 10) if unit >= rough / float(f"1e{power}") * (1 - 1e-9))
    step = float(f"{unit}e{power}")
    found = []
    for k in range(ceil(low / step - 1e-9), floor(high / step + 1e-9) + 1):
        digits = max(1, floor(log10(abs(k * unit))) + 1) if k else 1
        found.append(float(f"{k * step:.{digits}g}"))
    return list(dict.fromkeys(found))  # between neighbouring doubles there are none


def _rescaled(numbers: Iterable[float], power: int) -> list[float]:
    """Decimals times a power of ten, digit by digit."""
    parts = (f"{number:.15e}".split("e") for number in numbers)
    return list(dict.fromkeys(float(f"{digits}e{int(exponent) + power}") for digits, exponent in parts))


def pieces(places: Sequence[float], numbers: Sequence[float]) -> Iterator[tuple[Place, ...]]:
    """The places where there are numbers, those that are next to each other together."""
    for is_number, run in groupby(zip(places, numbers, strict=True), key=lambda place: isfinite(place[1])):
        if is_number:
            yield tuple(run)


def shown_range(
    numbers: Iterable[float], *, robust: bool = False, log: bool = False, least: float = 0.0
) -> tuple[float, float]:
    """The lowest and the highest number that an axis is to show.

    Args:
        robust: whether some of them are on the way to infinity, and are to be cut off.
        log: whether the axis is logarithmic.
        least: what rounding explains of their differences.
    """
    found = sorted(n for n in numbers if isfinite(n) and (n > 0 or not log))
    if not found:
        return (0.1, 1.0) if log else (-1.0, 1.0)
    low, high = found[0], found[-1]
    if robust and not log:
        inner = found[floor(_CORE * (len(found) - 1))], found[ceil((1 - _CORE) * (len(found) - 1))]
        reach = inner[1] / 2 - inner[0] / 2 or abs(inner[0]) or (high / 2 - low / 2)
        low, high = max(low, inner[0] - reach), min(high, inner[1] + reach)
    if log:
        return (low, high) if low < high else (low / 10, high * 10)
    if is_constant(low, high, least):
        middle, room = low / 2 + high / 2, max(abs(low), abs(high)) / 2 or 1.0
        return middle - room, min(middle + _OFF_CENTER * room, 1.7e308)
    return low, high


def is_constant(low: float, high: float, least: float = 0.0) -> bool:
    """Whether numbers differ by no more than rounding does, or little more.

    Args:
        least: what rounding explains of their difference.
    """
    return high / 2 - low / 2 <= max(_FEW * ulp(max(abs(low), abs(high))), least) / 2


def widened(low: float, high: float, share: float = 0.04) -> tuple[float, float]:
    """The same with some room at either end, where there is any."""
    room = (high / 2 - low / 2) * 2 * share
    wider = low - room, high + room
    return wider if all(map(isfinite, wider)) and isfinite(room) else (low, high)

"""Derivatives along one axis of samples: formulas at fixed offsets from the row that each is of.

`numpy_formulas` has those of numpy.gradient, in its order of operations, so that the answer is the same to the last
bit; `stencil_formulas` has those of any order and accuracy, with Fornberg's weights, for even and uneven spacing and
for periodic data.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from math import lcm
from typing import Any, NamedTuple

import numpy as np

from gradcli.errors import UsageError
from gradcli.stencils import fornberg_rows, from_offsets, scheme_offsets

Array = np.ndarray[Any, np.dtype[Any]]

_ROUNDING = 4 * np.finfo(float).eps  # of the largest coordinate: gaps that differ by less are equal but for rounding,
_EVEN = 1e-10  # unless that is more of the gap itself


class Difference(NamedTuple):
    """`(f[row + upper] - f[row + lower]) / distance` for the rows from `start` to `stop`."""

    start: int
    stop: int
    lower: int
    upper: int
    distance: Any

    @property
    def offsets(self) -> tuple[int, ...]:
        """Where it samples, in rows from the row."""
        return self.lower, self.upper

    def value(self, samples: Array, at: slice) -> Any:
        """The rows at a slice of the samples' first axis."""
        return (_shifted(samples, at, self.upper) - _shifted(samples, at, self.lower)) / self.distance


class Weighted(NamedTuple):
    """The sum of `weight * f[row + offset]` for the rows from `start` to `stop`.

    Attributes:
        weights: one an offset: a number, or an array of one a row.
    """

    start: int
    stop: int
    offsets: tuple[int, ...]
    weights: tuple[Any, ...]

    def value(self, samples: Array, at: slice) -> Any:
        """See `Difference.value`."""
        return reduce(np.add, (w * _shifted(samples, at, k) for k, w in zip(self.offsets, self.weights, strict=True)))


class Relative(NamedTuple):
    """The sum of `weight * (f[row + offset] - f[row])`, over a divisor, for the rows from `start` to `stop`.

    The weights of a derivative sum up to zero, so the sample at the row itself drops out; subtracted from the
    others, it takes the rounding of what is constant with it.
    """

    start: int
    stop: int
    offsets: tuple[int, ...]
    weights: tuple[Any, ...]
    divisor: Any

    def value(self, samples: Array, at: slice) -> Any:
        """See `Difference.value`."""
        here = samples[at]
        pairs = zip(self.offsets, self.weights, strict=True)
        return reduce(np.add, (w * (_shifted(samples, at, k) - here) for k, w in pairs if k)) / self.divisor


Formula = Difference | Weighted | Relative


class Along(NamedTuple):
    """A derivative along one axis: formulas that cover its rows. Rows beyond an end mean those of the other end."""

    size: int
    formulas: tuple[Formula, ...]

    def over(self, start: int, stop: int) -> list[Formula]:
        """The formulas of some rows."""
        return [
            _cut(formula, start, stop) for formula in self.formulas if formula.start < stop and start < formula.stop
        ]


def _cut(formula: Formula, start: int, stop: int) -> Formula:
    first, last = max(formula.start, start), min(formula.stop, stop)
    if isinstance(formula, Difference):
        return formula._replace(start=first, stop=last)
    within = slice(first - formula.start, last - formula.start)
    return formula._replace(
        start=first, stop=last, weights=tuple(w[within] if np.ndim(w) else w for w in formula.weights)
    )


def _shifted(samples: Array, at: slice, offset: int) -> Array:
    return samples[at.start + offset : at.stop + offset]


def numpy_formulas(size: int, spacing: Any, edge_order: int) -> Along:
    """The first derivative as numpy.gradient computes it: parabolas inside, lines or parabolas at both ends.

    Args:
        spacing: the distance of neighbours, or an array of coordinates.
        edge_order: 1 or 2.

    Raises:
        UsageError: there are too few samples, or the spacing is 0 and the edges' formula divides by it.
    """
    if size < edge_order + 1:
        raise UsageError(f"edge order {edge_order} needs {edge_order + 1} samples along an axis, not {size}")
    gaps = _numpy_gaps(spacing)
    last = size - 1
    if np.ndim(gaps):
        inner: Formula = Weighted(1, last, (-1, 0, 1), _inner_weights(gaps[:-1], gaps[1:]))
    else:
        inner = Difference(1, last, -1, 1, 2.0 * gaps)
    if edge_order == 1:
        low, high = (gaps[0], gaps[-1]) if np.ndim(gaps) else (gaps, gaps)
        return Along(size, (Difference(0, 1, 0, 1, low), inner, Difference(last, size, -1, 0, high)))
    if type(gaps) is float and gaps == 0.0:  # where numpy's own floats would give infinity
        raise _no_distance()
    low_weights, high_weights = _edge_weights(gaps)
    edges = Weighted(0, 1, (0, 1, 2), low_weights), Weighted(last, size, (-2, -1, 0), high_weights)
    return Along(size, (edges[0], inner, edges[1]))


def _numpy_gaps(spacing: Any) -> Any:
    """The distances of neighbours: one, where all are the same to the last bit, else an array."""
    if np.ndim(spacing) == 0:
        return spacing
    gaps = np.diff(spacing.astype(np.float64) if np.issubdtype(spacing.dtype, np.integer) else spacing)
    return gaps[0] if (gaps == gaps[0]).all() else gaps


def _inner_weights(before: Any, after: Any) -> tuple[Any, ...]:
    """The slope of the parabola through three samples, at the middle one."""
    with np.errstate(all="ignore"):
        return (
            -after / (before * (before + after)),
            (after - before) / (before * after),
            before / (after * (before + after)),
        )


def _edge_weights(gaps: Any) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """The slopes of the parabolas through the first and the last three samples, at the ends."""
    with np.errstate(all="ignore"):
        if np.ndim(gaps) == 0:
            return (-1.5 / gaps, 2.0 / gaps, -0.5 / gaps), (0.5 / gaps, -2.0 / gaps, 1.5 / gaps)
        a, b = gaps[0], gaps[1]
        low = -(2.0 * a + b) / (a * (a + b)), (a + b) / (a * b), -a / (b * (a + b))
        a, b = gaps[-2], gaps[-1]
        return low, (b / (a * (a + b)), -(b + a) / (a * b), (2.0 * b + a) / (b * (a + b)))


def stencil_formulas(size: int, spacing: Any, order: int, accuracy: int, period: float | None = None) -> Along:
    """A derivative of any order whose error falls with a power of the spacing, at the ends as inside.

    Args:
        spacing: the distance of neighbours, or an array of coordinates.
        accuracy: that power.
        period: where the data are periodic: the distance after which they repeat.

    Raises:
        UsageError: there are too few samples, or two of them are at the same place.
    """
    width = order + accuracy
    if size < (2 if period is not None else width):
        raise UsageError(f"order {order} with accuracy {accuracy} needs {width} samples along an axis, not {size}")
    step = even_step(size, spacing, period)
    if step == 0.0:
        raise _no_distance()
    if step is None:
        places = np.asarray(spacing, np.float64) if np.ndim(spacing) else np.arange(size) * float(spacing)
        return _uneven(size, places, order, width, period)
    offsets = scheme_offsets("central", order, accuracy) if accuracy % 2 == 0 else _window(width)
    if period is not None:
        return Along(size, (_even(0, size, offsets, order, step),))
    before, after = -offsets[0], offsets[-1]
    firsts = [_even(row, row + 1, tuple(range(-row, width - row)), order, step) for row in range(before)]
    lasts = [
        _even(size - row, size - row + 1, tuple(range(row - width, row)), order, step) for row in range(after, 0, -1)
    ]
    return Along(size, (*firsts, _even(before, size - after, offsets, order, step), *lasts))


def _no_distance() -> UsageError:
    return UsageError("samples that are 0 apart have no derivative", hint="give the distance: --spacing 0.1")


def _window(width: int) -> tuple[int, ...]:
    """As many neighbours as a formula needs, about the row."""
    return tuple(range(-(width // 2), width - width // 2))


def _even(start: int, stop: int, offsets: Sequence[int], order: int, step: float) -> Relative:
    """Whole weights over one divisor, so that whole samples give exact sums."""
    found = from_offsets(offsets, order)
    common = lcm(*(weight.denominator for weight in found.weights))
    weights = tuple(np.float64(int(weight * common)) for weight in found.weights)
    kept = [k for k, weight in enumerate(weights) if weight]
    return Relative(start, stop, tuple(offsets[k] for k in kept), tuple(weights[k] for k in kept), common * step**order)


def _uneven(size: int, places: Array, order: int, width: int, period: float | None) -> Along:
    """Each row from its nearest neighbours, with weights of its own."""
    offsets = np.array(_window(width))
    rows = np.arange(size)
    first = rows + offsets[0]
    if period is None:
        first = np.clip(first, 0, size - width)
    taken = [first + k for k in range(width)]
    # In units of the mean gap, so that no power of a gap is too large or small.
    unit = abs(places[-1] - places[0]) / (size - 1)
    with np.errstate(all="ignore"):
        nodes = [(places[k % size] + (k // size) * (period or 0.0) - places) / unit for k in taken]
        weights = fornberg_rows(nodes, order)
    if not all(np.isfinite(weight).all() for weight in weights):
        raise UsageError("two samples along an axis are at the same place, where there is no derivative")
    divisor = unit**order

    def formula(start: int, stop: int) -> Relative:
        reach = tuple(int(k) - start + int(first[start]) for k in range(width))
        return Relative(start, stop, reach, tuple(weight[start:stop] for weight in weights), divisor)

    if period is not None:
        return Along(size, (formula(0, size),))
    inner = -int(offsets[0]), size - int(offsets[-1])
    edges = [*range(inner[0]), *range(inner[1], size)]
    return Along(size, (*(formula(row, row + 1) for row in edges), formula(*inner)))


def even_step(size: int, spacing: Any, period: float | None = None) -> float | None:
    """The distance of neighbours, if it is always the same but for rounding."""
    if np.ndim(spacing) == 0:
        step = float(spacing)
        return step if period is None or abs(period - size * step) <= _EVEN * abs(step) else None
    places = np.asarray(spacing, np.float64)
    step = float(places[-1] - places[0]) / (size - 1)
    gaps = np.diff(places) if period is None else np.diff(places, append=places[0] + period)
    allowed = min(_ROUNDING * float(np.abs(places).max()), _EVEN * abs(step))
    return step if (np.abs(gaps - step) <= allowed).all() else None

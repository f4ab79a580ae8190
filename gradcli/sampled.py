"""Derivatives of sampled data: what an array says of the function that it was sampled from.

Along one axis a derivative is a list of formulas (`Along`), each of which gives some rows. A mixed derivative applies
one axis after the other. The error of a derivative is estimated by comparing it with one of higher accuracy.

All of it is computed for a few rows of the first axis at a time (`slabs`): they stay in the processor's cache, and
an array may be larger than memory.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import prod
from typing import Any, NamedTuple

import numpy as np

from gradcli.differences import Along, Array, Difference, numpy_formulas, stencil_formulas
from gradcli.errors import UsageError
from gradcli.naming import Partial

SLAB = 131_072
"""Numbers that are computed at once."""

ACCURACY = 2
"""The order of the error where none is asked for; numpy.gradient's own, but for its edges."""


def differentiate(samples: Array, along: Along, axis: int, start: int = 0, stop: int | None = None) -> Array:
    """The derivative along an axis, of the rows from `start` to `stop` of that axis.

    What is no floating-point number is computed in float64, dates as durations.
    """
    stop = along.size if stop is None else stop
    formulas = along.over(start, stop)
    low = min((f.start + min(f.offsets) for f in formulas), default=start)
    high = max((f.stop + max(f.offsets) for f in formulas), default=stop)
    near = np.moveaxis(as_numbers(_rows(samples, axis, low, high)), axis, 0)
    shape = (*samples.shape[:axis], stop - start, *samples.shape[axis + 1 :])
    found = np.empty(shape, near.dtype)
    target = np.moveaxis(found, axis, 0)
    column = (-1, *[1] * (samples.ndim - 1))
    with np.errstate(all="ignore"):
        for formula in formulas:
            if not isinstance(formula, Difference):
                weights = tuple(w.reshape(column) if np.ndim(w) else w for w in formula.weights)
                formula = formula._replace(weights=weights)
            at = slice(formula.start - low, formula.stop - low)
            target[formula.start - start : formula.stop - start] = formula.value(near, at)
    return found


def _rows(samples: Array, axis: int, low: int, high: int) -> Array:
    """Rows of an axis; those beyond an end are taken from the other one."""
    if low >= 0 and high <= samples.shape[axis]:
        found: Array = samples[(*[slice(None)] * axis, slice(low, high))]
        return found
    wrapped: Array = np.take(samples, np.arange(low, high), axis, mode="wrap")
    return wrapped


def as_numbers(samples: Array) -> Array:
    """The samples as numpy.gradient computes with them: whole numbers as float64, dates as durations."""
    samples = np.asarray(samples)
    if samples.dtype.kind == "M":
        return samples.view(samples.dtype.str.replace("M", "m"))
    return samples if samples.dtype.kind in "fcm" else samples.astype(np.float64)


class GridAxis(NamedTuple):
    """One axis of a grid.

    Attributes:
        spacing: the distance of neighbours, or an array of coordinates.
        period: the distance after which periodic data repeat.
    """

    name: str
    size: int
    spacing: Any = 1.0
    period: float | None = None

    def coordinates(self) -> Array:
        """Where the samples are."""
        if np.ndim(self.spacing):
            return np.asarray(self.spacing, np.float64)
        return np.arange(self.size) * np.float64(self.spacing)


class Field(NamedTuple):
    """Samples of one function, or of several components, on one grid."""

    axes: tuple[GridAxis, ...]
    components: Mapping[str, Array]

    @property
    def shape(self) -> tuple[int, ...]:
        """How many samples each axis has."""
        return tuple(axis.size for axis in self.axes)

    def transposed(self) -> Field:
        """The same with the axes in reverse order."""
        return Field(self.axes[::-1], {name: samples.T for name, samples in self.components.items()})


class Term(NamedTuple):
    """A factor times a partial of a component, by the names of axes."""

    factor: int
    partial: Partial


class Derivative(NamedTuple):
    """A sum of partials, with a name."""

    name: str
    terms: tuple[Term, ...]


def partial(component: str, by: Sequence[str]) -> Derivative:
    """One partial derivative of a component."""
    found = Partial(component, tuple(by))
    return Derivative(found.name, (Term(1, found),))


def laplacian(component: str, axes: Sequence[str]) -> Derivative:
    """The sum of the second partials."""
    return Derivative(f"laplacian_{component}", tuple(Term(1, Partial(component, (axis, axis))) for axis in axes))


def divergence(components: Sequence[str], axes: Sequence[str]) -> Derivative:
    """The sum of each component's partial along its own axis.

    Raises:
        UsageError: there are not as many components as axes.
    """
    _paired("divergence", components, axes)
    pairs = zip(components, axes, strict=True)
    return Derivative("divergence", tuple(Term(1, Partial(component, (axis,))) for component, axis in pairs))


def curl(components: Sequence[str], axes: Sequence[str]) -> list[Derivative]:
    """The rotation: one number in two dimensions, three in three.

    Raises:
        UsageError: there are not two or three of both.
    """
    _paired("curl", components, axes)
    if len(axes) not in (2, 3):
        raise UsageError(f"a curl has 2 or 3 components, not {len(axes)}")

    def turn(name: str, a: int, b: int) -> Derivative:
        terms = Term(1, Partial(components[b], (axes[a],))), Term(-1, Partial(components[a], (axes[b],)))
        return Derivative(name, terms)

    if len(axes) == 2:
        return [turn("curl", 0, 1)]
    return [turn(f"curl_{axes[k]}", (k + 1) % 3, (k + 2) % 3) for k in range(3)]


def _paired(what: str, components: Sequence[str], axes: Sequence[str]) -> None:
    if len(components) != len(axes):
        raise UsageError(
            f"a {what} pairs components with axes: here are {len(components)} ({', '.join(components)}) "
            f"and {len(axes)} ({', '.join(axes)})",
            hint="name as many of both, in the same order",
        )


def slabs(field: Field) -> Iterator[tuple[int, int]]:
    """Rows of the first axis, a few at a time: start and stop."""
    rows, *others = field.shape
    count = max(1, SLAB // max(1, prod(others)))
    return ((start, min(start + count, rows)) for start in range(0, rows, count))


class Differentiation:
    """How the derivatives of a field are computed.

    Args:
        edge_order: of numpy.gradient's formulas at the ends.
        accuracy: the order of the error inside and at the ends; `None`: numpy.gradient's formulas for first
            derivatives, and 2 for what it does not have.
    """

    def __init__(self, field: Field, edge_order: int = 1, accuracy: int | None = None) -> None:
        self.field = field
        self.edge_order = edge_order
        self.accuracy = accuracy
        self._place = {axis.name: k for k, axis in enumerate(field.axes)}
        self._known: dict[tuple[int, int, int | None], Along] = {}

    def check(self, derivative: Derivative) -> None:
        """Prepares the formulas of a derivative.

        Raises:
            UsageError: too few samples, or samples that are at the same place.
        """
        for term in derivative.terms:
            for axis, order in self._orders(term.partial):
                self._along(axis, order, self.accuracy)

    def rows(self, derivative: Derivative, start: int, stop: int) -> Array:
        """The derivative at some rows of the first axis."""
        return self._sum(derivative, start, stop, dict.fromkeys(self._place.values(), self.accuracy))

    def errors(self, derivative: Derivative, start: int, stop: int) -> Array:
        """How far the derivative is from one of higher accuracy; nan where there are too few samples for that."""
        found = self.rows(derivative, start, stop)
        orders = [pair for term in derivative.terms for pair in self._orders(term.partial)]
        higher = {axis: self._higher(axis, order) for axis, order in sorted(orders, key=lambda pair: pair[1])}
        if any(accuracy is None for accuracy in higher.values()):
            return np.full(found.shape, np.nan)
        with np.errstate(all="ignore"):
            distance: Array = np.abs(found - self._sum(derivative, start, stop, higher))
        return distance

    def _higher(self, axis: int, order: int) -> int | None:
        """The accuracy to compare with: two more, or what the samples suffice for."""
        own = self.accuracy or ACCURACY
        where = self.field.axes[axis]
        higher = own + 2 if where.period is not None else min(own + 2, where.size - order)
        return higher if higher > own else None

    def _sum(self, derivative: Derivative, start: int, stop: int, accuracy: Mapping[int, int | None]) -> Array:
        total: Array | None = None
        with np.errstate(all="ignore"):
            for factor, partial in derivative.terms:
                found = self._partial(partial, start, stop, accuracy)
                found = found if factor == 1 else factor * found
                total = found if total is None else total + found
        assert total is not None
        return total

    def _partial(self, partial: Partial, start: int, stop: int, accuracy: Mapping[int, int | None]) -> Array:
        samples = self.field.components[partial.output]
        orders = sorted(self._orders(partial))
        if not orders or orders[0][0] != 0:
            samples = samples[start:stop]
        for axis, order in orders:
            along = self._along(axis, order, accuracy[axis])
            samples = differentiate(samples, along, axis, *((start, stop) if axis == 0 else ()))
        return as_numbers(samples)

    def _orders(self, partial: Partial) -> list[tuple[int, int]]:
        """The axes and how often it differentiates along each."""
        return [(self._place[name], partial.by.count(name)) for name in dict.fromkeys(partial.by)]

    def _along(self, axis: int, order: int, accuracy: int | None) -> Along:
        key = axis, order, accuracy
        if key not in self._known:
            self._known[key] = self._formulas(*key)
        return self._known[key]

    def _formulas(self, axis: int, order: int, accuracy: int | None) -> Along:
        where = self.field.axes[axis]
        try:
            if accuracy is None and order == 1 and where.period is None:
                return numpy_formulas(where.size, where.spacing, self.edge_order)
            return stencil_formulas(where.size, where.spacing, order, accuracy or ACCURACY, where.period)
        except UsageError as error:
            raise UsageError(f"{error.message} (axis {where.name})", hint=error.hint) from None

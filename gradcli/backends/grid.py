"""Derivatives from the samples of a grid alone: what numpy.gradient gives, with an estimate of its error.

The other backends choose where they evaluate; this one has what a table or an array has, the values at the grid's own
points (`--range`). It shows what is lost by sampling first and differentiating then: the answer is as good as the
grid is fine, and at the grid's ends worse. Every number whose estimated error is more than a millionth of it is
called imprecise.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from gradcli.backends import Capabilities, Options, Points
from gradcli.backends.formulas import FormulaPrepared
from gradcli.differences import Array
from gradcli.errors import UsageError
from gradcli.naming import Partial
from gradcli.program import Program
from gradcli.results import IMPRECISE_BEYOND, Status, Values
from gradcli.sampled import Differentiation, Field, GridAxis, partial

if TYPE_CHECKING:
    from gradcli.evaluate.certain import Certain, Point

ACCURACIES = (2, 4, 6, 8)

_NO_GRID = "the backend grid takes its samples from a grid"
_HINT = "give a range for each variable: --range x=0:1:#11"


class Grid:
    """The backend of sampled data."""

    name = "grid"
    summary = "what numpy.gradient makes of the values on the grid itself (--range), with an estimate of its error"
    capabilities = Capabilities(
        formulas=False, max_order=None, tolerance=math.inf, options=("edge_order", "accuracy"), grids_only=True
    )

    def prepare(self, program: Program, partials: Sequence[Partial], options: Options) -> GridPrepared:
        """See `Backend.prepare`."""
        edge_order, accuracy = int(options.get("edge_order") or 1), options.get("accuracy")
        if edge_order not in (1, 2):
            raise UsageError(f"the edge order is 1 or 2, not {edge_order}")
        if accuracy is not None and int(accuracy) not in ACCURACIES:
            raise UsageError(f"the accuracy of a grid's derivatives is 2, 4, 6 or 8, not {accuracy}")
        if accuracy is not None and options.get("edge_order") is not None:
            raise UsageError(
                "--edge-order is numpy.gradient's, and --accuracy is for the ends too", hint="leave one out"
            )
        return GridPrepared(program, partials, edge_order, None if accuracy is None else int(accuracy))

    def explained(self, program: Program, partials: Sequence[Partial], options: Options) -> list[str]:
        """See `Backend.explained`: it chooses nothing by itself."""
        return []


class GridPrepared:
    """The values, to be evaluated on a whole grid and differentiated there."""

    def __init__(self, program: Program, partials: Sequence[Partial], edge_order: int, accuracy: int | None) -> None:
        self.program = program
        self.partials = tuple(partials)
        self.edge_order = edge_order
        self.accuracy = accuracy
        self._values = FormulaPrepared(program, [Partial(output.name) for output in program.outputs], program.outputs)

    def evaluate(self, points: Points, bounded: bool = False) -> Values:
        """See `Prepared.evaluate`; the points are those of one whole grid, the last axis fastest.

        Raises:
            UsageError: they are none, or a partial is by a variable that has one value.
        """
        axes = _axes(points)
        moving = {axis.name for axis in axes if axis.size > 1}
        for name in dict.fromkeys(name for asked in self.partials for name in asked.by):
            if name not in moving:
                raise UsageError(f"{_NO_GRID}: '{name}' has one value only", hint=_HINT.replace("x=", f"{name}="))
        values = self._values.evaluate(points)
        shape = tuple(axis.size for axis in axes)
        samples = {output.name: values.columns[output.name].reshape(shape) for output in self.program.outputs}
        plan = Differentiation(Field(tuple(axes), samples), self.edge_order, self.accuracy)
        columns: dict[str, Any] = {}
        error: dict[str, Any] = {}
        status: dict[str, Any] = {}
        for asked in self.partials:
            name = asked.name
            if not asked.by:
                columns[name], status[name] = values.columns[name], values.status.get(name)
                continue
            derivative = partial(asked.output, asked.by)
            rows = 0, shape[0]
            columns[name] = plan.rows(derivative, *rows).reshape(-1)
            error[name] = plan.errors(derivative, *rows).reshape(-1)
            status[name] = _status(columns[name], error[name])
        causes = {name: column for name, column in values.cause.items() if name in columns}
        cure = "a finer grid gives better ones"
        return Values(self.partials, columns, error, status, causes, self.program, cure=cure)

    def certain(self, point: Point, digits: int, more: int | None = None) -> list[Certain]:
        """See `Prepared.certain`; samples of doubles have no more digits than doubles.

        Raises:
            UsageError: always.
        """
        raise UsageError("the backend grid computes with doubles", hint="leave out --digits")


def _status(numbers: Array, error: Array) -> Array:
    """Fine where the error is known to be small; a number beside a sample that is none is none."""
    fine = error <= IMPRECISE_BEYOND * np.abs(numbers)
    codes = np.where(fine, Status.FINE, np.where(np.isfinite(numbers), Status.IMPRECISE, Status.NOT_CONVERGED))
    return codes.astype(np.uint8)


def _axes(points: Points) -> list[GridAxis]:
    """The axes of a grid from its columns, slowest first.

    Raises:
        UsageError: the points make no grid.
    """
    columns = {name: column for name, column in points.items() if not isinstance(column, float)}
    rows = len(next(iter(columns.values()), ()))
    if not rows:
        raise UsageError(f"{_NO_GRID}, and these points make none", hint=_HINT)
    # How many rows it takes until a column changes; what never does is the slowest.
    stays = {name: int(np.argmax(column != column[0])) or rows for name, column in columns.items()}
    axes = []
    outer = rows
    for name in sorted(stays, key=lambda name: -stays[name]):
        inner = stays[name] if stays[name] < outer else outer
        places = columns[name][:outer:inner]
        axes.append(GridAxis(name, len(places), places))
        outer = inner
    grid = np.broadcast_arrays(*np.ix_(*(axis.spacing for axis in axes)))
    for axis, places in zip(axes, grid, strict=True):
        if places.size != rows or not np.array_equal(places.reshape(-1), columns[axis.name]):
            raise UsageError(f"{_NO_GRID}, and these points make none", hint=_HINT)
    return axes


BACKEND = Grid()

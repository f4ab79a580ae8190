"""The numbers of a grid, without a long look at each place that overflows.

An overflow is said only when the answer itself does not fit a double, and to make sure of that takes thousands of times
as long as the number. Of a picture that is half overflow nobody would wait for the end. So the grid is looked at
coarsely first: what has no number in doubles, and lies between places that were found to overflow, is taken for one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import product
from typing import Any

import numpy as np

from gradcli.backends import Points
from gradcli.curves import Evaluates
from gradcli.evaluate.arrays import ArrayEvaluator
from gradcli.results import Status, Values

_STEPS = (16, 4, 1)  # places from one that is looked at to the next


def evaluated(prepared: Evaluates, outputs: Iterable[str], points: Points, shape: tuple[int, int]) -> Values:
    """The numbers of a grid, in one column each; without bounds of their errors where some overflow.

    Args:
        outputs: the components that have to overflow, all of them.
        points: rows of the grid, one after the other.
        shape: how many rows, and how many places in each.
    """
    names = list(outputs)
    lacking = _lacking(prepared, names, points).reshape(shape)
    if not lacking.any():
        return prepared.evaluate(points)
    done, over, assumed = (np.zeros(shape, bool) for _ in range(3))
    found: list[tuple[Any, Values]] = []
    corners: list[tuple[Any, Any]] = []
    for step in _STEPS:
        known = [np.unique([*range(0, size, step), size - 1]) for size in shape]
        here = np.zeros(shape, bool)
        here[np.ix_(*known)] = True
        here &= ~done & (lacking | (step == 1))
        if corners:
            among = np.logical_and.reduce([over[np.ix_(*corner)] for corner in product(*corners)])
            assumed |= here & lacking & among
        rows = np.flatnonzero(here & ~assumed)
        if len(rows):
            values = prepared.evaluate({n: c[rows] if np.ndim(c) else c for n, c in points.items()})
            found.append((rows, values))
            over.flat[rows] = np.logical_and.reduce([overflows(values, name) for name in names])
        over |= assumed
        done |= here
        corners = [_around(places, size) for places, size in zip(known, shape, strict=True)]
    return _joined(found, points, np.flatnonzero(assumed))


def _lacking(prepared: Evaluates, outputs: Sequence[str], points: Points) -> Any:
    """The rows where doubles, which know nothing of limits, have no number of any component."""
    program = prepared.program
    refs = [output.ref for output in program.outputs if output.name in outputs]
    with np.errstate(all="ignore"):
        columns = ArrayEvaluator(program, refs).evaluate(points)
    rows = max(np.size(column) for column in points.values())
    return np.logical_and.reduce([np.broadcast_to(~np.isfinite(column), rows) for column in columns])


def _around(known: Any, size: int) -> tuple[Any, Any]:
    """For each of so many indices the nearest one before it, and after it, among those that are known."""
    every = np.arange(size)
    return known[np.searchsorted(known, every, "right") - 1], known[np.searchsorted(known, every)]


def overflows(values: Values, name: str) -> Any:
    """The rows where a column overflows."""
    return values.codes(name) == Status.OVERFLOW


def _joined(found: Sequence[tuple[Any, Values]], points: Points, others: Any) -> Values:
    """Answers for some rows of a grid as one; the other rows overflow, as the first that was found to."""
    size = len(others) + sum(len(rows) for rows, _ in found)
    first = found[0][1]
    columns: dict[str, Any] = {}
    status: dict[str, Any] = {}
    cause: dict[str, Any] = {}
    sides: dict[str, tuple[Any, Any]] = {}
    for name in first.columns:
        columns[name], status[name], cause[name] = np.full(size, np.nan), np.zeros(size, np.uint8), np.full(size, -1)
        for rows, values in found:
            columns[name][rows] = values.columns[name]
            status[name][rows] = values.codes(name)
            cause[name][rows] = -1 if values.cause.get(name) is None else values.cause[name]
            if name in values.sides:
                known = sides.setdefault(name, (np.full(size, np.nan), np.full(size, np.nan)))
                for side, numbers in zip(known, values.sides[name], strict=True):
                    side[rows] = numbers
        like = np.flatnonzero(status[name] == Status.OVERFLOW)[:1]
        status[name][others] = Status.OVERFLOW
        cause[name][others] = cause[name][like] if len(like) else -1
    return first.replaced(columns=columns, status=status, cause=cause, sides=sides, points=points, error={}, limits={})

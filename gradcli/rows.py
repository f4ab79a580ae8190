"""One algorithm for one point and for blocks: what it needs beyond Python's operators, on numbers and on arrays.

A *row* is a number a point: a Python float (no NumPy is loaded for it), or a float64 array in a block.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, NamedTuple

from gradcli.results import WITH_NUMBER, Status, Values

Row = Any
"""A number a row: a float at one point, a float64 array in a block (or bool, or int)."""


class Arithmetic:
    """The arithmetic of one row of Python numbers."""

    block = False
    isfinite: Callable[[Row], Row] = staticmethod(math.isfinite)
    ldexp: Callable[[float, Row], Row] = staticmethod(math.ldexp)
    frexp: Callable[[Row], tuple[Row, Row]] = staticmethod(math.frexp)
    hypot: Callable[[Row, Row], Row] = staticmethod(math.hypot)

    @staticmethod
    def where(condition: Row, a: Row, b: Row) -> Row:
        return a if condition else b

    @staticmethod
    def any(condition: Row) -> bool:
        return bool(condition)

    def larger(self, a: Row, b: Row) -> Row:
        """The larger number; b where one is nan."""
        return self.where(a > b, a, b)

    def negation(self, condition: Row) -> Row:
        """Where a condition does not hold."""
        return self.where(condition, False, True)

    def power_of_two(self, exponent: Row) -> Row:
        """2 to an exponent, kept within the doubles."""
        exponent = self.where(exponent < -1070, -1070, self.where(exponent > 1020, 1020, exponent))
        return self.ldexp(1.0, exponent)

    def like(self, number: Any, row: Row) -> Row:
        """The same number in every row."""
        return number

    def table(self, entries: Sequence[Any], index: Row) -> Row:
        """The entry that each row's index names."""
        return entries[index]

    def written(self, row: Row, like: Row, dtype: str) -> Any:
        """A row of that type for each number in another row, as `Values` has it."""
        return [row]

    def select(self, row: Row, condition: Row) -> Row:
        """The rows in which a condition holds."""
        return row

    def merge(self, condition: Row, chosen: Row, row: Row) -> Row:
        """The rows, with those in which a condition holds replaced in order."""
        return chosen


@cache
def array_arithmetic() -> Arithmetic:
    """The arithmetic of blocks; NumPy is loaded now."""
    import numpy as np

    class Arrays(Arithmetic):
        block = True
        isfinite = staticmethod(np.isfinite)
        ldexp = staticmethod(np.ldexp)
        frexp = staticmethod(np.frexp)
        hypot = staticmethod(np.hypot)

        @staticmethod
        def where(condition: Row, a: Row, b: Row) -> Row:
            return np.where(condition, a, b)

        @staticmethod
        def any(condition: Row) -> bool:
            return bool(np.any(condition))

        def like(self, number: Any, row: Row) -> Row:
            return np.full(np.shape(row), number)

        def table(self, entries: Sequence[Any], index: Row) -> Row:
            return np.array(entries)[index]

        def written(self, row: Row, like: Row, dtype: str) -> Any:
            return np.array(np.broadcast_to(row, np.shape(like)), dtype)

        def select(self, row: Row, condition: Row) -> Row:
            return row[condition] if isinstance(row, np.ndarray) and row.ndim else row

        def merge(self, condition: Row, chosen: Row, row: Row) -> Row:
            merged = row.copy()
            merged[condition] = chosen
            return merged

    return Arrays()


def arithmetic_of(values: Values) -> Arithmetic:
    """The arithmetic for an answer's columns."""
    is_block = any(not isinstance(column, list) for column in values.columns.values())
    return array_arithmetic() if is_block else Arithmetic()


_IS_NUMBER = tuple(status in WITH_NUMBER for status in Status)


class Column(NamedTuple):
    """A derivative, row by row: its numbers, the bounds of their errors (`None` if unknown), statuses and causes."""

    number: Row
    error: Row
    status: Row
    cause: Row = -1

    @classmethod
    def of(cls, rows: Arithmetic, values: Values, name: str) -> Column:
        """A column of an answer."""
        contents = [of.get(name) for of in (values.columns, values.error, values.status, values.cause)]
        number, error, status, cause = contents if rows.block else [None if c is None else c[0] for c in contents]
        return cls(number, error, 0 if status is None else status, -1 if cause is None else cause)

    def has_number(self, rows: Arithmetic) -> Row:
        """Whether the number beside a status means something."""
        return rows.table(_IS_NUMBER, self.status)

    def written(self, rows: Arithmetic, like: Row) -> tuple[Any, Any, Any, Any]:
        """Numbers, bounds, statuses and causes as `Values` has them; no number where the status has none.

        Args:
            rows: the arithmetic of the column.
            like: a row of the same length.
        """
        number = rows.where(self.has_number(rows), self.number, math.nan)
        error = self.error if self.error is not None and rows.any(self.error == self.error) else None
        is_fine = not rows.any(self.status != Status.FINE)
        return (
            rows.written(number, like, "float64"),
            None if error is None else rows.written(error, like, "float64"),
            None if is_fine else rows.written(self.status, like, "uint8"),
            None if is_fine else rows.written(self.cause, like, "int32"),
        )

"""One algorithm for one point and for blocks: what it needs beyond Python's operators, on numbers and on arrays.

A *row* is a number a point: a Python float (no NumPy is loaded for it), or a float64 array in a block.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from typing import Any

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

        def select(self, row: Row, condition: Row) -> Row:
            return row[condition] if isinstance(row, np.ndarray) and row.ndim else row

        def merge(self, condition: Row, chosen: Row, row: Row) -> Row:
            merged = row.copy()
            merged[condition] = chosen
            return merged

    return Arrays()

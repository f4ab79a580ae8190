"""Sums of numbers with bounds and statuses, at a point and in blocks alike.

A sum is what its worst term is: where a term has no number, neither has the sum.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from math import fsum, inf
from typing import Any

from gradcli.evaluate.running_error import SMALLEST, UNIT, WHOLE
from gradcli.results import SMALLEST_NORMAL, Status, is_lost
from gradcli.rows import Arithmetic, Column, Row

_BY_SEVERITY = (
    Status.FINE, Status.ONE_SIDED, Status.IMPRECISE, Status.UNRESOLVED, Status.NOT_CONVERGED, Status.OVERFLOW,
    Status.KINK, Status.VERTICAL, Status.JUMP, Status.UNDEFINED,
)  # fmt: skip
_SEVERITY = tuple(_BY_SEVERITY.index(status) for status in Status)


def severest(codes: Iterable[Status]) -> Status:
    """The worst of some statuses."""
    return max(codes, key=_SEVERITY.__getitem__)


def weighted_sum(
    rows: Arithmetic, terms: Sequence[tuple[float, float, Column]], related: Sequence[Column] = ()
) -> Column:
    """The sum of factors (with bounds of their errors) times columns, as bad as the worst of these and the related.

    Its bound is that of the running error: of the terms, of the products and of the additions.
    """
    numbers = [factor * column.number for factor, _, column in terms]
    total, lost = _added(numbers)
    error: Any = None
    if all(column.error is not None for _, _, column in terms):
        products = zip(terms, numbers, strict=True)
        roundings = sum(_lost_in_product(rows, factor, c.number, product) for (factor, _, c), product in products)
        inherited = sum(_inherited(rows, factor, apart, c) for factor, apart, c in terms)
        # Bounds of bounds: what their own arithmetic may have lost.
        error = (inherited + roundings + lost) * (1.0 + 8.0 * UNIT * (len(terms) + 1))
    found = with_worst(rows, Column(total, error, int(Status.FINE), -1), [*(c for *_, c in terms), *related])
    infinite = (found.status == Status.FINE) & rows.negation(abs(total) < inf)
    status = rows.where(infinite, int(Status.UNRESOLVED), found.status)
    if error is not None:
        status = rows.where((status == Status.FINE) & is_lost(error, total), int(Status.IMPRECISE), status)
    return found._replace(status=status)


def with_worst(rows: Arithmetic, found: Column, parts: Iterable[Column]) -> Column:
    """A column with the worst status of its parts, the first of equally bad ones.

    A part that is only imprecise by its bound is in the bound of the whole, if that has one.
    """
    status, cause = found.status, found.cause
    for part in parts:
        codes = part.status
        if found.error is not None and part.error is not None:
            codes = rows.where((codes == Status.IMPRECISE) & (part.cause < 0), int(Status.FINE), codes)
        worse = rows.table(_SEVERITY, codes) > rows.table(_SEVERITY, status)
        status, cause = rows.where(worse, codes, status), rows.where(worse, part.cause, cause)
    return found._replace(status=status, cause=cause)


def _inherited(rows: Arithmetic, factor: float, apart: float, term: Column) -> Row:
    """What the bounds of a factor and of its term leave open of their product."""
    bound = abs(factor) * term.error + apart * (abs(term.number) + term.error)
    if factor in (1.0, -1.0):
        return bound
    underflows = (bound < SMALLEST_NORMAL) & ((term.error != 0.0) | (apart != 0.0))
    return rows.where(underflows, bound + SMALLEST, bound)


def _added(numbers: Sequence[Row]) -> tuple[Row, Row]:
    """The sum, and a bound of what rounding took from it: 0 where the sum is exact."""
    if all(isinstance(number, float) for number in numbers):
        with suppress(OverflowError, ValueError):  # inf or nan among them, or on the way
            total = fsum(numbers)
            return total, abs(fsum([*numbers, -total]))
    total, lost = numbers[0], 0.0
    for number in numbers[1:]:
        before, total = total, total + number
        part = total - before  # D. E. Knuth, The Art of Computer Programming 2, 4.2.2, theorem B
        lost = lost + abs((before - (total - part)) + (number - part))
    return total, lost


def _lost_in_product(rows: Arithmetic, factor: float, number: Row, product: Row) -> Row:
    """A bound of the rounding error of a product; whole numbers multiply exactly."""
    if factor in (1.0, -1.0):
        return 0.0
    rounded = abs(product) * UNIT + SMALLEST
    if not factor.is_integer():
        return rounded
    return rows.where((number % 1.0 == 0.0) & (abs(product) < WHOLE), 0.0, rounded)

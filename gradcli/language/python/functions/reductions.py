"""Whole vectors to a number, or along an axis: sums, products, extremes, means, norms."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TypeAlias

from gradcli.language.python.functions.call import Call, Known
from gradcli.language.python.functions.order import middle
from gradcli.language.python.values import Int64, Selection, Value, Vector, flat, flat_cells, hold_floats, shape

Fold: TypeAlias = Callable[[list[Value]], Value]


def reduced(call: Call, value: Value, axis: Value, keep: Value, fold: Fold) -> Value:
    """A fold of all elements, or along one axis, which may be kept with the length 1."""
    array = call.vector(value)
    lengths = shape(array)

    def checked(items: list[Value]) -> Value:
        result = fold(items)
        if call.do.is_whole(array):
            call.do.fits(result, call.node)
        return result

    if axis is None:
        result, kept = checked(list(flat(array))), (1,) * len(lengths)
    else:
        number = call.axis(axis, len(lengths))
        result, kept = _along(array, number, checked), (*lengths[:number], 1, *lengths[number + 1 :])
    if isinstance(result, Vector):
        result = call.do.like(result, array)
    if not keep:
        return result
    whole = result if isinstance(result, Vector) else call.new([result], array)
    return call.do.reshaped(flat_cells(whole), kept, whole)


def _along(array: Vector, axis: int, fold: Fold) -> Value:
    rows = array.items
    if axis > 0:
        return Vector([_along(row, axis - 1, fold) for row in rows if isinstance(row, Vector)], "array")
    if not any(isinstance(row, Vector) for row in rows):
        return fold(rows)
    columns = zip(*(row.items for row in rows if isinstance(row, Vector)), strict=True)
    return Vector([_along(Vector(list(column), "array"), 0, fold) for column in columns], "array")


def _reduction(fold: Callable[[Call, list[Value]], Value], neutral: Value = None) -> Known:
    """A fold; the neutral element stands for those of a list that a condition does not choose."""

    def reduction(call: Call) -> Value:
        value, axis, keep = call.arguments(1, "a", "axis", "keepdims")
        if neutral is not None and isinstance(value, Selection):
            value = call.do.filled(value, neutral, call.node)
        array = call.vector(value)
        result = reduced(call, array, axis, keep, partial(fold, call))
        return Int64(result) if type(result) is int and call.do.is_whole(array) else result

    return reduction


def total(call: Call, items: list[Value]) -> Value:
    """The sum."""
    return call.do.total(items, call.node)


def _product(call: Call, items: list[Value]) -> Value:
    return call.do.product(items, call.node)


def _mean(call: Call, items: list[Value]) -> Value:
    return call.calculate("div", total(call, items), len(items))


def _median(call: Call, items: list[Value]) -> Value:
    chosen = middle(call, items)
    return _mean(call, chosen)


def length(call: Call, items: list[Value]) -> Value:
    """The Euclidean length."""
    return call.apply("hypot" if len(items) > 1 else "abs", *(items or [0]))


def _range(call: Call, items: list[Value]) -> Value:
    return call.calculate("sub", largest(call, items), extreme("min")(call, items))


def _nonzero(call: Call, items: list[Value]) -> Value:
    return total(call, [call.do.choice(call.calculate("ne", item, 0), 1, 0, call.node) for item in items])


def extreme(name: str) -> Callable[[Call, list[Value]], Value]:
    """The largest or smallest of several numbers."""

    def fold(call: Call, items: list[Value]) -> Value:
        if not items:
            call.unfit("at least one number")
        return call.apply(name, *items) if len(items) > 1 else items[0]

    return fold


largest = extreme("max")


def _logical(name: str) -> Callable[[Call, list[Value]], Value]:
    def fold(call: Call, items: list[Value]) -> Value:
        conditions = [i if call.do.are_conditions(i) else call.calculate("ne", i, 0) for i in items]
        return call.do.joined(name, conditions, call.node)

    return fold


def _spread(root: bool) -> Known:
    """The variance, or its root."""

    def spread(call: Call) -> Value:
        value, axis, fewer, keep = call.arguments(1, "a", "axis", "ddof", "keepdims")

        def fold(items: list[Value]) -> Value:
            mean = _mean(call, items)
            squares = [call.calculate("pow", call.calculate("sub", item, mean), 2) for item in items]
            free = call.calculate("sub", len(items), 0 if fewer is None else fewer)
            variance = call.calculate("div", total(call, squares), free)
            return call.apply("sqrt", variance) if root else variance

        return reduced(call, value, axis, keep, fold)

    return spread


def _average(call: Call) -> Value:
    value, axis, weights = call.arguments(1, "a", "axis", "weights")
    if weights is None:
        return reduced(call, value, axis, False, partial(_mean, call))
    array, factors = call.vector(value), call.vector(weights)
    if axis is not None or shape(array) != shape(factors):
        call.unfit("a", "weights=as many numbers")
    weighted = list(flat(call.calculate("mul", array, factors)))
    return call.calculate("div", total(call, weighted), total(call, list(flat(factors))))


def _norm(call: Call) -> Value:
    value, order, axis, keep = call.arguments(1, "x", "ord", "axis", "keepdims")
    sign = call.do.infinity(order)
    if order is not None and axis is None and len(shape(value)) > 1 and order != "fro":
        call.unfit("x", "axis=0")
    if isinstance(order, str) and order != "fro":
        call.unfit("x", "a number", "axis")

    def fold(items: list[Value]) -> Value:
        if order in (None, 2, "fro"):
            return length(call, items)
        sizes = [call.apply("abs", item) for item in items]
        if order == 1:
            return total(call, sizes)
        if sign:
            return extreme("max" if sign > 0 else "min")(call, sizes)
        powers = [call.calculate("pow", size, order) for size in sizes]
        return call.calculate("pow", total(call, powers), call.calculate("div", 1, order))

    return reduced(call, value, axis, keep, fold)


def _trapezoids(call: Call) -> Value:
    """The integral of samples, by the trapezoidal rule."""
    values, places, step = call.arguments(1, "y", "x", "dx")
    y = call.vector(values).items
    if len(shape(values)) != 1:
        call.unfit("a vector", "x", "dx")
    x = None if places is None else call.vector(places).items
    call.matched(len(y), len(y) if x is None else len(x))
    half: list[Value] = []
    for k in range(len(y) - 1):
        width = (1 if step is None else step) if x is None else call.calculate("sub", x[k + 1], x[k])
        mean = call.calculate("div", call.calculate("add", y[k], y[k + 1]), 2)
        half.append(call.calculate("mul", width, mean))
    return total(call, half)


def distance(call: Call) -> Value:
    """`math.dist`."""
    p, q = (call.vector(point) for point in call.arguments(2, "p", "q"))
    call.matched(len(p.items), len(q.items))
    difference = call.calculate("sub", p, q)
    return length(call, list(flat(difference)))


def _accumulated(name: str) -> Known:
    def accumulated(call: Call) -> Value:
        value, axis = call.arguments(1, "a", "axis")
        array = call.vector(value)
        if axis is not None and (len(shape(array)) > 1 or axis not in (0, -1)):
            call.unfit("a vector")
        found: list[Value] = []
        for item in flat(array):
            number = call.do.unconditional(item, call.node)
            found.append(call.calculate(name, found[-1], number) if found else number)
            call.do.fits(found[-1], call.node)
        return call.new(found, array)

    return accumulated


def _differences(call: Call) -> Value:
    value, count = call.arguments(1, "a", "n")
    array: Value = call.vector(value)
    for _ in range(min(call.size(count, 1, "a number of differences"), shape(array)[-1])):
        array = _difference(call, array)
    return array


def _difference(call: Call, array: Value) -> Value:
    assert isinstance(array, Vector)
    if len(shape(array)) > 1:  # along the last axis
        return call.new([_difference(call, row) for row in array.items], array)
    if call.do.are_conditions(array):
        call.calculate("sub", array, array)
    pairs = zip(array.items[1:], array.items, strict=False)
    return call.new([call.calculate("sub", b, a) for b, a in pairs], array)


def _mean_of_floats(call: Call) -> Value:
    result = _reduction(_mean)(call)
    hold_floats(result)
    return result


REDUCTIONS: dict[str, Known] = {
    "sum": _reduction(total, 0), "prod": _reduction(_product, 1), "mean": _mean_of_floats, "var": _spread(root=False),
    "std": _spread(root=True), "max": _reduction(largest), "min": _reduction(extreme("min")),
    "all": _reduction(_logical("and"), True), "any": _reduction(_logical("or"), False), "cumsum": _accumulated("add"),
    "cumprod": _accumulated("mul"),
}  # fmt: skip
"""They are functions of NumPy, and methods of its arrays."""

NUMPY: dict[str, Known] = {
    **REDUCTIONS,
    "amax": REDUCTIONS["max"], "amin": REDUCTIONS["min"], "average": _average, "median": _reduction(_median),
    "ptp": _reduction(_range), "count_nonzero": _reduction(_nonzero), "linalg.norm": _norm, "diff": _differences,
    "trapezoid": _trapezoids, "trapz": _trapezoids,
}  # fmt: skip

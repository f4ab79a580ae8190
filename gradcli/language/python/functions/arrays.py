"""NumPy's arrays: new ones, and others made of them, as copies or as views."""

from __future__ import annotations

from collections.abc import Callable
from math import prod

from gradcli.language.python.functions.call import Call, Known
from gradcli.language.python.values import Builtin, Value, Vector, flat, flat_cells, hold_floats, plain, shape

# --- dtypes -------------------------------------------------------------------------------------------------


def _typed(value: Value, kind: Value, call: Call) -> Value:
    """A new array, or a number, of a dtype; one of whole numbers or conditions is made of nothing else.

    Args:
        kind: its dtype, if one was given.
    """
    named = kind.name if isinstance(kind, Builtin) else kind
    if named is None:
        if isinstance(value, Vector):
            call.do.fits(value, call.node)
        return value
    if named in ("float", "float64", "double", "f8", "d"):
        typed = _each(value, lambda item: call.do.unconditional(item, call.node))
        hold_floats(typed)
        return typed
    if named in ("int", "int64", "int32", "i8", "i4"):
        whole = _each(value, lambda item: int(item) if isinstance(item, int) else _rounded(item, call))
        call.do.fits(whole, call.node)
        return whole
    if named in ("bool", "?"):
        return _each(value, lambda item: item if call.do.are_conditions(item) else _rounded(item, call))
    call.error("this dtype is not read", "leave it out, or write dtype=float")


def _each(value: Value, function: Callable[[Value], Value]) -> Value:
    if not isinstance(value, Vector):
        return function(value)
    return Vector([_each(item, function) for item in value.items], value.kind)


def _rounded(item: Value, call: Call) -> Value:
    call.do.real(item, call.node)
    call.error(
        "NumPy would round this: the dtype has no room for other numbers", "leave dtype out, or write dtype=float"
    )


def _known_as(kind: Value, item: int) -> int:
    """0 or 1, as a dtype has it."""
    named = kind.name if isinstance(kind, Builtin) else kind
    return bool(item) if named in ("bool", "?") else item


# --- new arrays ---------------------------------------------------------------------------------------------


def _array(call: Call) -> Value:
    given, kind = call.arguments(1, "a", "dtype")
    if call.name != "array" and isinstance(given, Vector) and given.kind == "array" and kind is None:
        return given
    if call.name == "atleast_1d" and not isinstance(given, Vector | range):
        given = Vector([given], "list")
    return _typed(call.copy(call.do.array(given, call.node)), "float" if call.name == "asfarray" else kind, call)


def _as_rows(call: Call) -> Value:
    array = call.vector(call.arguments(1, "a")[0])
    if len(shape(array)) > 1:
        return array
    return call.do.reshaped(flat_cells(array), (1, len(array.items)), array)


def _size(call: Call) -> Value:
    return len(list(flat(call.do.array(call.arguments(1, "a")[0], call.node))))


def _shape(call: Call) -> Value:
    return Vector([*shape(call.do.array(call.arguments(1, "a")[0], call.node))], "tuple")


def _depth(call: Call) -> Value:
    return len(shape(call.do.array(call.arguments(1, "a")[0], call.node)))


def _array_type(call: Call) -> Value:
    call.error("an array is made by np.array", "write: np.array([1.0, 2.0])")


def _astype(call: Call) -> Value:
    given, kind = call.arguments(2, "x", "dtype")
    if isinstance(kind, Builtin) and kind.name in ("int", "int64", "int32"):
        return call.do.elementwise(lambda item: call.do.truncated(item, call.node), [given], call.node)
    return _typed(call.copy(given), kind, call)


def _copied(call: Call) -> Value:
    return call.copy(call.do.array(call.arguments(1, "a")[0], call.node))


def _full_of(call: Call, size: Value, item: Value) -> Value:
    lengths = [call.size(n, 0, "a size") for n in (size.items if isinstance(size, Vector) else [size])]
    result = item
    for length in reversed(lengths):
        call.do.code.make(length * max(1, prod(shape(result))), call.node)
        result = Vector([call.copy(result) for _ in range(length)], "array")
    return result


def _filled(item: int) -> Known:
    def filled(call: Call) -> Value:
        size, kind = call.arguments(1, "shape", "dtype")
        return _typed(_full_of(call, size, _known_as(kind, item)), kind or "float", call)

    return filled


def _full(call: Call) -> Value:
    size, item, kind = call.arguments(2, "shape", "fill_value", "dtype")
    return _typed(_full_of(call, size, item), kind, call)


def _kind_of(call: Call, array: Vector) -> str:
    return "bool" if call.do.are_conditions(array) else "int" if call.do.is_whole(array) else "float"


def _filled_like(item: int) -> Known:
    def filled(call: Call) -> Value:
        given, kind = call.arguments(1, "a", "dtype")
        array = call.vector(given)
        kind = kind or _kind_of(call, array)
        return _typed(_full_of(call, Vector([*shape(array)], "tuple"), _known_as(kind, item)), kind, call)

    return filled


def _full_like(call: Call) -> Value:
    given, item, kind = call.arguments(2, "a", "fill_value", "dtype")
    array = call.vector(given)
    return _typed(_full_of(call, Vector([*shape(array)], "tuple"), item), kind or _kind_of(call, array), call)


def _identity(call: Call) -> Value:
    size, kind = call.arguments(1, "N", "dtype")
    count = call.size(size, 0, "a size")
    call.do.code.make(count * count, call.node)
    ones = [[_known_as(kind, int(i == k)) for k in range(count)] for i in range(count)]
    return _typed(Vector([Vector([*row], "array") for row in ones], "array"), kind or "float", call)


def _arange(call: Call) -> Value:
    kind = call.keywords.get("dtype")
    bounds = call._replace(keywords={name: v for name, v in call.keywords.items() if name != "dtype"})
    given = bounds.arguments(1, "start", "stop", "step")
    start, stop = (0, given[0]) if given[1] is None else given[:2]
    step = 1 if given[2] is None else given[2]
    if step == 0:
        call.error("a step of 0 leads nowhere")
    if all(isinstance(value, int) for value in (start, stop, step)):
        return _typed(call.do.array(range(start, stop, step), call.node), kind, call)  # type: ignore[arg-type]
    rounds = call.apply("ceil", call.calculate("div", call.calculate("sub", stop, start), step))
    count = max(call.do.whole(rounds, call.node, "how many numbers these are"), 0)
    call.do.code.make(count, call.node)
    return _typed(_evenly(call, start, step, range(count)), kind or "float", call)


def _evenly(call: Call, start: Value, step: Value, rounds: range) -> Vector:
    """start, start + step, start + 2*step, ..."""
    found: list[Value] = []
    for k in rounds:
        further = step if k == 1 else call.calculate("mul", k, step)
        found.append(start if k == 0 else further if start == 0 else call.calculate("add", start, further))
    return Vector(found, "array")


def _linspace(call: Call) -> Value:
    start, stop, size, closed = call.arguments(2, "start", "stop", "num", "endpoint")
    count = call.size(size, 50, "a size")
    last = 1 if closed is None or call.do.truth(closed, call.node) else 0
    call.do.code.make(count, call.node)
    step = call.calculate("div", call.calculate("sub", stop, start), max(count - last, 1))
    inner = _evenly(call, start, step, range(max(count - last, 1)))
    vector = Vector([*inner.items, stop][:count], "array")
    hold_floats(vector)
    return vector


def _logspace(call: Call) -> Value:
    base = call.keywords.get("base", 10)
    exponents = _linspace(call._replace(keywords={k: v for k, v in call.keywords.items() if k != "base"}))
    return call.calculate("pow", base, exponents)


# --- views --------------------------------------------------------------------------------------------------


def _reshaped(call: Call) -> Value:
    owner = call.values[0] if call.values else None
    given = call.values[1:] or [call.keywords.get("shape", call.keywords.get("newshape"))]
    array = call.vector(owner)
    sizes = given[0].items if len(given) == 1 and isinstance(given[0], Vector) else given
    lengths = [call.do.whole(size, call.node, "a length") for size in sizes]
    seen = flat_cells(array)
    if lengths.count(-1) == 1:
        others = prod(length for length in lengths if length != -1)
        lengths[lengths.index(-1)] = len(seen) // max(others, 1)
    if prod(lengths) != len(seen) or any(length < 0 for length in lengths):
        call.error(f"{len(seen)} elements do not fill {' by '.join(map(str, lengths))}")
    return call.do.reshaped(seen, tuple(lengths), array) if lengths else seen[0].item


def _raveled(call: Call) -> Value:
    array = call.vector(call.arguments(1, "a")[0])
    seen = flat_cells(array)
    return call.do.reshaped(seen, (len(seen),), array)


def _squeezed(call: Call) -> Value:
    array = call.vector(call.arguments(1, "a")[0])
    seen, lengths = flat_cells(array), tuple(length for length in shape(array) if length != 1)
    return call.do.reshaped(seen, lengths, array) if lengths else seen[0].item


def _expanded(call: Call) -> Value:
    value, axis = call.arguments(2, "a", "axis")
    array = call.vector(value)
    lengths = [*shape(array)]
    lengths.insert(call.axis(axis, len(lengths) + 1), 1)
    return call.do.reshaped(flat_cells(array), tuple(lengths), array)


def _transposed(call: Call) -> Value:
    return call.do.transposed(call.vector(call.arguments(1, "a")[0]))


def _flipped(call: Call) -> Value:
    value, axis = call.arguments(1, "a", "axis")
    array = call.vector(value)
    count = len(shape(array))
    named = {"flipud": 0, "fliplr": 1}.get(call.name)
    if named is None and axis is not None:
        named = call.axis(axis, count)
    turned = [slice(None, None, -1) if named in (None, k) else slice(None) for k in range(count)]
    return call.do.part(array, turned, call.node)


# --- copies -------------------------------------------------------------------------------------------------


def _flattened(call: Call) -> Value:
    return call.copy(_raveled(call))


def _joined(call: Call) -> Value:
    """`np.concatenate`, `np.hstack`, `np.vstack`, `np.stack`, `np.column_stack`."""
    parts, axis = call.arguments(1, "arrays", "axis")
    vectors = [call.vector(call.copy(part)) for part in call.items(parts)]
    along = call.whole(axis, 0, "an axis")
    if call.name == "stack":
        along, vectors = along % 2, [_wrapped(vector) for vector in vectors]
        if along == 1:
            vectors = [call.do.transposed(vector) for vector in vectors]
    elif call.name in ("vstack", "column_stack"):
        rows = [vector if len(shape(vector)) > 1 else _wrapped(vector) for vector in vectors]
        along = int(call.name == "column_stack")
        vectors = [
            call.do.transposed(row) if along and row is not v else row for row, v in zip(rows, vectors, strict=True)
        ]
    depths = {len(shape(vector)) for vector in vectors}
    if call.name == "hstack":
        along = int(depths == {2})
    if len(depths) != 1 or not depths <= {1, 2} or not -max(depths) <= along < max(depths):
        call.unfit("vectors or matrices", "axis")
    if along % max(depths) == 1:
        return call.copy(call.do.transposed(_below(call, [call.do.transposed(vector) for vector in vectors])))
    return _below(call, vectors)


def _wrapped(vector: Vector) -> Vector:
    return Vector([vector], "array")


def _below(call: Call, vectors: list[Vector]) -> Vector:
    joined = call.do.array(Vector([item for vector in vectors for item in vector.items], "list"), call.node)
    assert isinstance(joined, Vector)
    return call.do.like(joined, *vectors)


def _appended(call: Call) -> Value:
    array, more = call.arguments(2, "arr", "values")
    given = (value if isinstance(value, Vector | range) else Vector([value], "list") for value in (array, more))
    sources = [call.vector(value) for value in given]
    return call.new([item for source in sources for item in flat(source)], *sources)


def _deleted(call: Call) -> Value:
    value, place = call.arguments(2, "arr", "obj")
    array = call.vector(value)
    if len(shape(array)) != 1:
        call.unfit("a vector", "an index")
    left = list(array.items)
    call.do.part(array, [index := call.do.whole(place, call.node, "an index")], call.node)
    del left[index]
    return call.new(left, array)


def _rolled(call: Call) -> Value:
    value, places = call.arguments(2, "a", "shift")
    array, shift = call.vector(value), call.whole(places, 0, "a shift")
    if len(shape(array)) != 1:
        call.unfit("a vector", "shift")
    items = array.items
    cut = -shift % max(len(items), 1)
    return call.new(items[cut:] + items[:cut], array)


def _tiled(call: Call) -> Value:
    value, times = call.arguments(2, "a", "reps")
    array = call.vector(value)
    count = call.size(times, 1, "a number of repeats")
    if len(shape(array)) != 1:
        call.unfit("a vector", "how often")
    call.do.code.make(len(array.items) * count, call.node)
    return call.new(array.items * count if array.items else [], array)


def _repeated(call: Call) -> Value:
    value, times = call.arguments(2, "a", "repeats")
    count = call.size(times, 1, "a number of repeats")
    array = call.vector(value if isinstance(value, Vector | range) else Vector([value], "list"))
    call.do.code.make(count * array.weight, call.node)
    return call.new([item for item in flat(array) for _ in range(count)], array)


def _meshgrid(call: Call) -> Value:
    if len(call.values) != 2 or call.keywords.get("indexing", "xy") not in ("xy", "ij") or len(call.keywords) > 1:
        call.unfit("x", "y", 'indexing="xy"')
    x, y = (call.vector(value) for value in call.values)
    call.do.code.make(2 * len(x.items) * len(y.items), call.node)
    across: list[Value] = [call.new(list(x.items), x) for _ in y.items]
    down: list[Value] = [call.new([item] * len(x.items), y) for item in y.items]
    grids = [call.new(across, x), call.new(down, y)]
    if call.keywords.get("indexing") == "ij":
        grids = [call.do.transposed(grid) for grid in grids]
    return call.do.vector([*grids], "tuple", call.node)


def _listed(call: Call) -> Value:
    """`x.tolist()`."""
    (value,) = call.arguments(1, "x")
    return _each_list(call, value)


def _each_list(call: Call, value: Value) -> Value:
    if not isinstance(value, Vector):
        return plain(value)
    return call.do.vector([_each_list(call, item) for item in value.items], "list", call.node)


def _item(call: Call) -> Value:
    places = flat_cells(call.vector(call.values[0]))
    if len(call.values) > 1 or len(places) != 1:
        call.unfit()
    return places[0].item


def _refilled(call: Call) -> Value:
    owner, value = call.arguments(2, "x", "value")
    assert isinstance(owner, Vector)
    call.do.changeable(owner, call.node)
    call.do.fill(owner, value, call.node)
    return None


METHODS: dict[str, Known] = {
    "copy": _copied, "flatten": _flattened, "ravel": _raveled, "transpose": _transposed, "tolist": _listed,
    "reshape": _reshaped, "astype": _astype, "squeeze": _squeezed, "repeat": _repeated, "item": _item,
    "fill": _refilled,
}  # fmt: skip

NUMPY: dict[str, Known] = {
    "array": _array, "asarray": _array, "atleast_1d": _array, "atleast_2d": _as_rows, "size": _size,
    "shape": _shape, "ndim": _depth, "asfarray": _array, "ndarray": _array_type,
    "copy": _copied, "zeros": _filled(0), "ones": _filled(1), "empty": _filled(0), "full": _full,
    "zeros_like": _filled_like(0), "ones_like": _filled_like(1), "empty_like": _filled_like(0),
    "full_like": _full_like, "eye": _identity, "identity": _identity, "arange": _arange, "linspace": _linspace,
    "logspace": _logspace, "reshape": _reshaped, "ravel": _raveled, "squeeze": _squeezed, "expand_dims": _expanded,
    "transpose": _transposed, "flip": _flipped, "flipud": _flipped, "fliplr": _flipped, "concatenate": _joined,
    "hstack": _joined, "vstack": _joined, "stack": _joined, "column_stack": _joined, "append": _appended,
    "delete": _deleted, "roll": _rolled, "tile": _tiled, "repeat": _repeated, "meshgrid": _meshgrid,
}  # fmt: skip

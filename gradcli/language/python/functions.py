"""The functions of Python, `math` and `numpy` that work on vectors or whole numbers, or differ from the table's.

Every other function is looked up in the table of operations and applied to each element. A function here takes a
`Call`, which knows its arguments, and answers with a value; to add one, write it and add its name to a table below.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Callable
from functools import partial
from typing import NamedTuple, NoReturn

from gradcli.language.lexer import MODULES
from gradcli.language.python.arithmetic import Arithmetic
from gradcli.language.python.values import (
    Builtin,
    Module,
    Table,
    Term,
    Value,
    Vector,
    describe,
    fix,
    flat,
    hold_floats,
    shape,
)
from gradcli.operations import CONSTANTS, FUNCTIONS

_SINC_OF_PI = ("numpy", "np", "jnp", "torch")
_SUBMODULES = frozenset({"numpy", "special", "linalg"})


class Call(NamedTuple):
    """A function applied to values, and where that stands."""

    do: Arithmetic
    name: str
    values: list[Value]
    keywords: dict[str, Value]
    node: ast.expr
    invoke: Callable[[Value, list[Value]], Value]

    def arguments(self, least: int, *names: str) -> list[Value]:
        """The arguments in the order of their names; those that are not given are `None`."""
        found = [*self.values, *[None] * (len(names) - len(self.values))]
        for name, value in self.keywords.items():
            if name not in names:
                self.unfit(*names)
            found[names.index(name)] = value
        if len(self.values) > len(names) or any(value is None for value in found[:least]):
            self.unfit(*names)
        return found

    def unfit(self, *names: str) -> NoReturn:
        """Says that a function does not take such arguments, and which ones it takes."""
        self.error(f"{self.name} is not read with these arguments", f"write: {self.name}({', '.join(names)})")

    def vector(self, value: Value) -> Vector:
        """An argument as an array."""
        if isinstance(value, range | Vector):
            array = self.do.array(value, self.node)
            assert isinstance(array, Vector)
            return array
        self.do.present(value, self.node)
        self.error(
            f"{self.name} is of a vector, and this is {describe(value)}",
            "for an argument that is a vector, say how long it is: --size x=3",
        )

    def items(self, value: Value) -> list[Value]:
        """What is in a list, a tuple, a vector, a range."""
        if isinstance(value, range):
            self.do.code.make(len(value), self.node)
            return list(value)
        if isinstance(value, Table):
            return list(value.items)
        return value.items if isinstance(value, Vector) else self.vector(value).items

    def error(self, message: str, hint: str | None = None) -> NoReturn:
        """Says what is wrong, at the call."""
        self.do.error(message, self.node, hint)


# --- names --------------------------------------------------------------------------------------------------


def module(path: str) -> Module | None:
    """What `import PATH` names, if its functions are known."""
    root, *inner = path.split(".")
    if root not in (*MODULES, "autograd") or not _SUBMODULES.issuperset(inner):
        return None
    return Module("math" if root in ("math", "cmath") else ".".join([root, *(["linalg"] if "linalg" in inner else [])]))


def member(do: Arithmetic, owner: Module, name: str) -> Value:
    """A function, constant or module of a module; `None` if there is none that is known."""
    root, _, inner = owner.name.partition(".")
    if name in ("pi", "e", "inf") and not inner:
        return Term(do.builder.add(CONSTANTS["np.inf" if name == "inf" else name]))
    if name == "tau":
        return do.binary("mul", 2, Term(do.builder.add("pi")), ast.Pass())
    if name in _SUBMODULES and root != "math":
        return module(f"{owner.name}.{name}")
    known = _MATH if root == "math" else _NUMPY
    return Builtin(name, owner.name) if f"{inner}.{name}".lstrip(".") in known or name in FUNCTIONS else None


def builtin(name: str) -> Builtin | None:
    """A function that needs no import: Python's own; or the table's, as in a formula."""
    if name in _BUILTINS or name in FUNCTIONS:
        return Builtin(name, "")
    return Builtin(name, "numpy") if name in _NUMPY else None


def apply(do: Arithmetic, function: Builtin, call: Call) -> Value:
    """The value of a known function."""
    root, _, inner = function.module.partition(".")
    own = {"": _BUILTINS, "math": _MATH}.get(root, _NUMPY).get(f"{inner}.{function.name}".lstrip("."))
    if own is not None:
        return own(call)
    if call.keywords:
        call.error("arguments by name are not read here", "give them by position")
    name = "np.sinc" if function.name == "sinc" and root in _SINC_OF_PI else function.name
    values = call.values if root in ("", "math") else [do.array(value, call.node) for value in call.values]
    return do.called(name, FUNCTIONS[name], values, call.node)


# --- whole vectors to a number ------------------------------------------------------------------------------

Fold = Callable[[list[Value]], Value]


def _reduced(call: Call, value: Value, axis: Value, fold: Fold) -> Value:
    """A fold of all elements, or along one axis."""
    array = call.vector(value)
    lengths = shape(array)
    if axis is None or len(lengths) == 1:
        if axis is not None and call.do.whole(axis, call.node, "an axis") not in (0, -1):
            call.unfit("x")
        return fold(list(flat(array)))
    if len(lengths) > 2:
        call.unfit("x")
    along = call.do.whole(axis, call.node, "an axis") % 2
    rows = array if along == 1 else call.do.transposed(array, call.node)
    return call.do.like(Vector([fold(row.items) for row in rows.items if isinstance(row, Vector)], "array"), array)


def _reduction(fold: Callable[[Call, list[Value]], Value]) -> Callable[[Call], Value]:
    def reduction(call: Call) -> Value:
        value, axis = call.arguments(1, "a", "axis")
        return _reduced(call, value, axis, partial(fold, call))

    return reduction


def _fold_sum(call: Call, items: list[Value]) -> Value:
    return call.do.total(items, call.node)


def _fold_product(call: Call, items: list[Value]) -> Value:
    return call.do.product(items, call.node)


def _fold_mean(call: Call, items: list[Value]) -> Value:
    return call.do.binary("div", _fold_sum(call, items), len(items), call.node)


def _fold_variance(call: Call, items: list[Value]) -> Value:
    mean, do = _fold_mean(call, items), call.do
    squares = [do.binary("pow", do.binary("sub", item, mean, call.node), 2, call.node) for item in items]
    return _fold_mean(call, squares)


def _fold_deviation(call: Call, items: list[Value]) -> Value:
    return call.do.apply("sqrt", [_fold_variance(call, items)], call.node)


def _fold_length(call: Call, items: list[Value]) -> Value:
    return call.do.apply("hypot" if len(items) > 1 else "abs", items or [0], call.node)


def _extreme(name: str) -> Callable[[Call, list[Value]], Value]:
    def fold(call: Call, items: list[Value]) -> Value:
        if not items:
            call.unfit("at least one number")
        return call.do.apply(name, items, call.node) if len(items) > 1 else items[0]

    return fold


def _logical(name: str) -> Callable[[Call, list[Value]], Value]:
    return lambda call, items: call.do.joined(name, items, call.node)


def _builtin_sum(call: Call) -> Value:
    values, start = call.arguments(1, "iterable", "start")
    return call.do.total(call.items(values), call.node, 0 if start is None else start)


def _math_product(call: Call) -> Value:
    values, start = call.arguments(1, "iterable", "start")
    return call.do.product(call.items(values), call.node, 1 if start is None else start)


def _builtin_extreme(name: str) -> Callable[[Call], Value]:
    def extreme(call: Call) -> Value:
        if call.keywords:
            call.error("arguments by name are not read here", "give them by position")
        if len(call.values) == 1 and isinstance(call.values[0], Vector | range):
            return _extreme(name)(call, call.items(call.values[0]))
        return call.do.called(name, FUNCTIONS[name], call.values, call.node)

    return extreme


def _builtin_logical(name: str) -> Callable[[Call], Value]:
    return lambda call: call.do.joined(name, call.items(call.arguments(1, "iterable")[0]), call.node)


def _norm(call: Call) -> Value:
    return _reduced(call, *_padded(call.arguments(1, "x", "ord", "axis"), call))


def _padded(arguments: list[Value], call: Call) -> tuple[Value, Value, Fold]:
    value, order, axis = arguments
    if order == 1:
        return value, axis, lambda items: _fold_sum(call, [call.do.apply("abs", [i], call.node) for i in items])
    if order not in (None, 2):
        call.unfit("x", "1 or 2", "axis")
    if axis is None and len(shape(value)) > 1 and order is not None:
        call.unfit("x", "1 or 2", "axis")
    return value, axis, partial(_fold_length, call)


def _distance(call: Call) -> Value:
    p, q = call.arguments(2, "p", "q")
    difference = call.do.binary("sub", call.vector(p), call.vector(q), call.node)
    return _fold_length(call, list(flat(difference)))


def _hypot(call: Call) -> Value:
    if len(call.values) == 1:
        return call.do.apply("abs", call.values, call.node)
    return call.do.called("hypot", FUNCTIONS["hypot"], call.values, call.node)


# --- products of vectors ------------------------------------------------------------------------------------


def _dot(call: Call) -> Value:
    a, b = call.arguments(2, "a", "b")
    if call.name == "matmul":
        a, b = call.vector(a), call.vector(b)
    return call.do.dot(a, b, call.node)


def _dot_of_all(call: Call) -> Value:
    a, b = call.arguments(2, "a", "b")
    return call.do.dot(
        Vector(list(flat(call.vector(a))), "array"), Vector(list(flat(call.vector(b))), "array"), call.node
    )


def _outer(call: Call) -> Value:
    a, b = call.arguments(2, "a", "b")
    row = call.vector(b)
    return call.do.vector([call.do.binary("mul", x, row, call.node) for x in call.vector(a).items], "array", call.node)


def _cross(call: Call) -> Value:
    a, b = (call.vector(value).items for value in call.arguments(2, "a", "b"))
    if len(a) != 3 or len(b) != 3:
        call.unfit("a vector of three elements", "another")
    times, minus = partial(call.do.binary, "mul", node=call.node), partial(call.do.binary, "sub", node=call.node)
    pairs = ((1, 2), (2, 0), (0, 1))
    return call.do.vector([minus(times(a[i], b[j]), times(a[j], b[i])) for i, j in pairs], "array", call.node)


# --- vectors from vectors -----------------------------------------------------------------------------------


def _accumulated(name: str) -> Callable[[Call], Value]:
    def accumulated(call: Call) -> Value:
        array = call.vector(call.arguments(1, "a")[0])
        items = array.items
        if call.do.are_conditions(array):
            items = [call.do.unconditional(item, call.node) for item in flat(array)]
        found = items[:1]
        for item in items[1:]:
            found.append(call.do.binary(name, found[-1], item, call.node))
        return call.do.like(call.do.vector(found, "array", call.node), array)

    return accumulated


def _differences(call: Call) -> Value:
    array = call.vector(call.arguments(1, "a")[0])
    whole = Vector(array.items, "array")
    minus = partial(call.do.binary, "sub", node=call.node)
    if call.do.are_conditions(whole):
        minus(whole, whole)
    pairs = zip(array.items[1:], array.items, strict=False)
    return call.do.like(call.do.vector([minus(b, a) for b, a in pairs], "array", call.node), array)


def _joined_vectors(call: Call) -> Value:
    vectors = [call.vector(part) for part in call.items(call.arguments(1, "arrays")[0])]
    joined = call.do.vector([item for vector in vectors for item in vector.items], "array", call.node)
    return call.do.like(joined, *vectors)


def _appended(call: Call) -> Value:
    vector, more = call.arguments(2, "arr", "values")
    array = call.vector(vector)
    added = call.vector(more).items if isinstance(more, Vector) else [more]
    return call.do.like(call.do.vector([*array.items, *added], "array", call.node), array, more)


def _reversed(call: Call) -> Value:
    (value,) = call.arguments(1, "a")
    kind = "array" if call.name == "flip" else "list"
    return _shown(call.do.like(call.do.vector(call.items(value)[::-1], kind, call.node), value), call)


def _transposed(call: Call) -> Value:
    return _shown(call.do.transposed(call.vector(call.arguments(1, "a")[0]), call.node), call)


def _flattened(call: Call) -> Value:
    array = call.vector(call.arguments(1, "a")[0])
    vector = call.do.like(call.do.vector(list(flat(array)), "array", call.node), array)
    return _shown(vector, call) if call.name == "ravel" else vector


def _shown(vector: Vector, call: Call) -> Vector:
    """Another view of the elements of an array: to set one would have to set the other."""
    if vector is not call.values[0]:
        fix(vector, "it is a part of another")
    return vector


def _clip(call: Call) -> Value:
    value, low, high = call.arguments(1, "a", "a_min", "a_max")
    for name, bound in (("max", low), ("min", high)):
        if bound is not None:
            value = call.do.apply(name, [call.do.array(value, call.node), bound], call.node)
    return value


# --- new vectors --------------------------------------------------------------------------------------------


def _array(call: Call) -> Value:
    given, kind = call.arguments(1, "a", "dtype")
    if call.name != "array" and isinstance(given, Vector) and given.kind == "array" and kind is None:
        return given
    return _typed(_copy(call.do.array(given, call.node), call), "float" if call.name == "asfarray" else kind, call)


def _typed(value: Value, kind: Value, call: Call) -> Value:
    """A new array, or a number, of a dtype; one of whole numbers or conditions is made of nothing else.

    Args:
        kind: its dtype, if one was given.
    """
    named = kind.name if isinstance(kind, Builtin) else kind
    if named is None:
        return value
    if named in ("float", "float64", "double", "f8", "d"):
        typed = _each(value, lambda item: call.do.unconditional(item, call.node))
        hold_floats(typed)
        return typed
    if named in ("int", "int64", "int32", "i8", "i4"):
        return _each(value, lambda item: int(item) if isinstance(item, int) else _rounded(item, call))
    if named in ("bool", "?"):
        return _each(value, lambda item: item if call.do.are_conditions(item) else _rounded(item, call))
    call.error("this dtype is not read", "leave it out, or write dtype=float")


def _each(value: Value, function: Callable[[Value], Value]) -> Value:
    if not isinstance(value, Vector):
        return function(value)
    return Vector([_each(item, function) for item in value.items], value.kind)


def _rounded(item: Value, call: Call) -> NoReturn:
    call.do.real(item, call.node)
    call.error(
        "NumPy would round this: the dtype has no room for other numbers", "leave dtype out, or write dtype=float"
    )


def _copy(value: Value, call: Call) -> Value:
    if not isinstance(value, Vector):
        return value
    copy = call.do.vector([_copy(item, call) for item in value.items], value.kind, call.node)
    copy.floats = value.floats
    return call.do.like(copy, value)


def _copied(call: Call) -> Value:
    return _copy(call.arguments(1, "a")[0], call)


def _full_of(call: Call, size: Value, item: Value) -> Value:
    lengths = [call.do.whole(n, call.node, "a size") for n in (size.items if isinstance(size, Vector) else [size])]
    if any(length < 0 for length in lengths):
        call.unfit("a size that is not negative")
    result = item
    for length in reversed(lengths):
        call.do.code.make(length * max(1, math.prod(shape(result))), call.node)
        result = Vector([_copy(result, call) for _ in range(length)], "array")
    return result


def _filled(item: int) -> Callable[[Call], Value]:
    def filled(call: Call) -> Value:
        size, kind = call.arguments(1, "shape", "dtype")
        return _typed(_full_of(call, size, _known_as(kind, item)), kind or "float", call)

    return filled


def _full(call: Call) -> Value:
    size, item, kind = call.arguments(2, "shape", "fill_value", "dtype")
    return _typed(_full_of(call, size, item), kind, call)


def _filled_like(item: int) -> Callable[[Call], Value]:
    def filled(call: Call) -> Value:
        given, kind = call.arguments(1, "a", "dtype")
        array = call.vector(given)
        if kind is None:
            kind = "bool" if call.do.are_conditions(array) else "int" if call.do.is_whole(array) else "float"
        return _typed(_full_of(call, Vector([*shape(array)], "tuple"), _known_as(kind, item)), kind, call)

    return filled


def _known_as(kind: Value, item: int) -> int:
    """0 or 1, as a dtype has it."""
    named = kind.name if isinstance(kind, Builtin) else kind
    return bool(item) if named in ("bool", "?") else item


def _identity(call: Call) -> Value:
    size, kind = call.arguments(1, "N", "dtype")
    count = call.do.whole(size, call.node, "a size")
    call.do.code.make(count * count, call.node)
    ones = [[_known_as(kind, int(i == k)) for k in range(count)] for i in range(count)]
    return _typed(Vector([Vector([*row], "array") for row in ones], "array"), kind or "float", call)


def _range(call: Call) -> Value:
    if not 1 <= len(call.values) <= 3 or call.keywords:
        call.unfit("start", "stop", "step")
    numbers = [call.do.whole(value, call.node, "a bound of a range") for value in call.values]
    if numbers[2:] == [0]:
        call.error("a step of 0 leads nowhere")
    return range(*numbers)


def _arange(call: Call) -> Value:
    values = call._replace(keywords={name: v for name, v in call.keywords.items() if name != "dtype"})
    kind = call.keywords.get("dtype")
    if kind is None and not all(isinstance(value, int) for value in values.values):
        kind = "float"
    return _typed(call.do.array(_range(values), call.node), kind, call)


def _linspace(call: Call) -> Value:
    start, stop, size = call.arguments(2, "start", "stop", "num")
    count, do, node = 50 if size is None else call.do.whole(size, call.node, "a size"), call.do, call.node
    do.code.make(count, node)
    step = do.binary("div", do.binary("sub", stop, start, node), max(count - 1, 1), node)
    inner = [do.binary("add", start, do.binary("mul", k, step, node), node) for k in range(1, count - 1)]
    vector = Vector([start, *inner, stop][:count] if count != 1 else [start], "array")
    hold_floats(vector)
    return vector


# --- Python's own -------------------------------------------------------------------------------------------


def _len(call: Call) -> Value:
    (value,) = call.arguments(1, "x")
    if isinstance(value, range):
        return len(value)
    return len(value.items) if isinstance(value, Vector | Table) else len(call.vector(value).items)


def _enumerate(call: Call) -> Value:
    values, start = call.arguments(1, "iterable", "start")
    first = 0 if start is None else call.do.whole(start, call.node, "a start")
    pairs: list[Value] = [Vector([k, item], "tuple") for k, item in enumerate(call.items(values), first)]
    return call.do.vector(pairs, "list", call.node)


def _zip(call: Call) -> Value:
    strict = call.keywords.get("strict")
    if any(name != "strict" for name in call.keywords):
        call.error("arguments by name are not read here", "give them by position")
    lists = [call.items(value) for value in call.values]
    if strict and len({len(items) for items in lists}) > 1:
        call.unfit("lists of one length", "strict=True")
    rows: list[Value] = [Vector(list(row), "tuple") for row in zip(*lists, strict=False)]
    return call.do.vector(rows, "list", call.node)


def _map(call: Call) -> Value:
    if len(call.values) < 2 or call.keywords:
        call.unfit("a function", "a list")
    lists = [call.items(value) for value in call.values[1:]]
    rows = zip(*lists, strict=False)
    return call.do.vector([call.invoke(call.values[0], list(row)) for row in rows], "list", call.node)


def _listed(kind: str) -> Callable[[Call], Value]:
    def listed(call: Call) -> Value:
        (value,) = call.arguments(0, "iterable")
        return call.do.vector([] if value is None else list(call.items(value)), kind, call.node)

    return listed


def _float(call: Call) -> Value:
    (value,) = call.arguments(1, "x")
    if isinstance(value, str):
        return _float_of_text(value.strip().lower(), call)
    return value if isinstance(value, Vector) and call.name != "float" else Term(call.do.real(value, call.node))


def _float_of_text(text: str, call: Call) -> Value:
    """`float("inf")`."""
    sign, word = (text[0], text[1:]) if text[:1] in ("+", "-") else ("", text)
    if word not in ("inf", "infinity"):
        call.error("of texts only 'inf' is read as a number", "write the number itself")
    infinity = member(call.do, Module("math"), "inf")
    return call.do.negative(infinity, call.node) if sign == "-" else infinity


def _int(call: Call) -> Value:
    return call.do.truncated(call.arguments(1, "x")[0], call.node)


def _truncated(call: Call) -> Value:
    value = call.do.array(call.arguments(1, "x")[0], call.node)
    return call.do.elementwise(lambda item: call.do.truncated(item, call.node), [value], call.node)


def _bool(call: Call) -> Value:
    (value,) = call.arguments(1, "x")
    known = call.do.truth(value, call.node)
    return value if known is None else known


def _divmod(call: Call) -> Value:
    a, b = call.arguments(2, "a", "b")
    return Vector([call.do.binary(name, a, b, call.node) for name in ("floordiv", "mod")], "tuple")


def _operator(name: str) -> Callable[[Call], Value]:
    def operator(call: Call) -> Value:
        a, b = call.arguments(2, "a", "b")
        return call.do.binary(name, a, b, call.node)

    return operator


def _remainder(rounding: str) -> Callable[[Call], Value]:
    """`math.fmod` and `math.remainder`: a - b*n with the quotient a/b truncated, or rounded to the nearest even."""

    def remainder(call: Call) -> Value:
        a, b = (Term(call.do.real(value, call.node)) for value in call.arguments(2, "x", "y"))
        quotient = call.do.binary("div", a, b, call.node)
        whole = call.do.apply("round", [quotient], call.node) if rounding else call.do.truncated(quotient, call.node)
        return call.do.binary("sub", a, call.do.binary("mul", b, whole, call.node), call.node)

    return remainder


def _square(call: Call) -> Value:
    value = call.do.array(call.arguments(1, "x")[0], call.node)
    return call.do.binary("pow", value, 2, call.node)


def _counted(function: Callable[..., int], largest: int) -> Callable[[Call], Value]:
    """A function of known whole numbers."""

    def counted(call: Call) -> Value:
        if call.name == "factorial" and not isinstance(call.values[0] if call.values else 0, int):
            return call.do.called("factorial", FUNCTIONS["factorial"], call.values, call.node)
        numbers = [call.do.whole(value, call.node, f"an argument of {call.name}") for value in call.values]
        try:
            if max(numbers, default=0) <= largest:
                return function(*numbers)
        except (TypeError, ValueError):
            pass
        call.unfit("small whole numbers")

    return counted


_REDUCTIONS: dict[str, Callable[[Call], Value]] = {
    "sum": _reduction(_fold_sum), "prod": _reduction(_fold_product), "mean": _reduction(_fold_mean),
    "average": _reduction(_fold_mean), "var": _reduction(_fold_variance), "std": _reduction(_fold_deviation),
    "max": _reduction(_extreme("max")), "min": _reduction(_extreme("min")), "amax": _reduction(_extreme("max")),
    "amin": _reduction(_extreme("min")), "all": _reduction(_logical("and")), "any": _reduction(_logical("or")),
}  # fmt: skip

METHODS: dict[str, Callable[[Call], Value]] = {
    **{name: _REDUCTIONS[name] for name in ("sum", "prod", "mean", "var", "std", "max", "min", "all", "any")},
    "dot": _dot, "copy": _copied, "cumsum": _accumulated("add"), "cumprod": _accumulated("mul"),
    "flatten": _flattened, "ravel": _flattened, "transpose": _transposed, "tolist": _listed("list"), "clip": _clip,
}  # fmt: skip

_BUILTINS: dict[str, Callable[[Call], Value]] = {
    "sum": _builtin_sum, "min": _builtin_extreme("min"), "max": _builtin_extreme("max"), "pow": _operator("pow"),
    "len": _len, "range": _range, "enumerate": _enumerate, "zip": _zip, "map": _map, "reversed": _reversed,
    "list": _listed("list"), "tuple": _listed("tuple"), "float": _float, "int": _int, "bool": _bool,
    "all": _builtin_logical("and"), "any": _builtin_logical("or"), "divmod": _divmod,
}  # fmt: skip

_MATH: dict[str, Callable[[Call], Value]] = {
    "prod": _math_product, "fsum": _builtin_sum, "sumprod": _dot_of_all, "dist": _distance, "hypot": _hypot,
    "pow": _operator("pow"), "trunc": _int, "fmod": _remainder(""), "remainder": _remainder("round"),
    "factorial": _counted(math.factorial, 200), "comb": _counted(math.comb, 200), "gcd": _counted(math.gcd, 2**64),
    "isqrt": _counted(math.isqrt, 2**64),
}  # fmt: skip

_NUMPY: dict[str, Callable[[Call], Value]] = {
    **_REDUCTIONS,
    "dot": _dot, "matmul": _dot, "inner": _dot, "vdot": _dot_of_all, "outer": _outer, "cross": _cross,
    "linalg.norm": _norm, "cumsum": _accumulated("add"), "cumprod": _accumulated("mul"), "diff": _differences,
    "concatenate": _joined_vectors, "hstack": _joined_vectors, "append": _appended, "flip": _reversed,
    "transpose": _transposed, "ravel": _flattened, "clip": _clip, "array": _array, "asarray": _array,
    "atleast_1d": _array, "asfarray": _array, "copy": _copied, "zeros": _filled(0), "ones": _filled(1),
    "empty": _filled(0), "full": _full, "zeros_like": _filled_like(0), "ones_like": _filled_like(1),
    "empty_like": _filled_like(0), "eye": _identity, "identity": _identity, "arange": _arange,
    "linspace": _linspace, "float64": _float, "int64": _int,
    "trunc": _truncated, "fix": _truncated, "square": _square,
}  # fmt: skip

"""Python's lists, dictionaries and iterators: what goes through them, makes them, and changes them.

What gives an iterator in Python gives one here: late, and once.
"""

from __future__ import annotations

import ast
import itertools
import sys
from collections.abc import Callable, Iterator

from gradcli.language.python.functions.call import Call, Known
from gradcli.language.python.values import (
    Builtin,
    Chosen,
    Partial,
    Raised,
    Selection,
    Stream,
    Table,
    Term,
    Value,
    Vector,
    count_of,
)

# --- sums ---------------------------------------------------------------------------------------------------


def _sum(call: Call) -> Value:
    values, start = call.arguments(1, "iterable", "start")
    values = call.do.filled(values, 0, call.node)
    return call.do.total(call.items(values), call.node, 0 if start is None else start)


def _product(call: Call) -> Value:
    values, start = call.arguments(1, "iterable", "start")
    values = call.do.filled(values, 1, call.node)
    return call.do.product(call.items(values), call.node, 1 if start is None else start)


def _logical(name: str) -> Known:
    def logical(call: Call) -> Value:
        found: list[Value] = []
        values = call.do.filled(call.arguments(1, "iterable")[0], name == "and", call.node)
        for item in call.items(values):
            known = call.do.truth(item, call.node)
            found.append(item if known is None else known)
        return call.do.joined(name, found, call.node)

    return logical


def _reduced(call: Call) -> Value:
    function, values, *start = call.arguments(2, "function", "iterable", "initial")
    items = call.items(values)
    if start[0] is not None:
        items = [start[0], *items]
    if not items:
        call.unfit("a function", "at least one number")
    result = items[0]
    for item in items[1:]:
        result = call.invoke(function, [result, item])
    return result


def _partial(call: Call) -> Value:
    if not call.values:
        call.unfit("a function", "its arguments")
    return Partial(call.values[0], call.values[1:], call.keywords)


# --- iterators ----------------------------------------------------------------------------------------------


def _walked(call: Call, value: Value) -> Iterator[Value]:
    return call.do.walked(value, call.node)


def _pairs(rows: Iterator[tuple[Value, ...]]) -> Stream:
    return Stream(Vector(list(row), "tuple") for row in rows)


def _range(call: Call) -> Value:
    if not 1 <= len(call.values) <= 3 or call.keywords:
        call.unfit("start", "stop", "step")
    numbers = [call.do.whole(value, call.node, "a bound of a range") for value in call.values]
    if numbers[2:] == [0]:
        call.error("a step of 0 leads nowhere")
    return range(*numbers)


def _enumerate(call: Call) -> Value:
    values, start = call.arguments(1, "iterable", "start")
    return _pairs(enumerate(_walked(call, values), call.whole(start, 0, "a start")))


def _zip(call: Call) -> Value:
    strict = call.keywords.get("strict")
    if any(name != "strict" for name in call.keywords):
        call.unfit("lists", "strict=True")
    if strict and len({len(call.items(value)) for value in call.values if not isinstance(value, Stream)}) > 1:
        call.unfit("lists of one length", "strict=True")
    return _pairs(zip(*(_walked(call, value) for value in call.values), strict=False))


def _map(call: Call) -> Value:
    if len(call.values) < 2 or call.keywords:
        call.unfit("a function", "a list")
    rows = zip(*(_walked(call, value) for value in call.values[1:]), strict=False)
    return Stream(call.invoke(call.values[0], list(row)) for row in rows)


def _filter(call: Call) -> Value:
    function, values = call.arguments(0, "function", "iterable")

    def kept() -> Iterator[Value]:
        for item in _walked(call, values):
            asked = item if function is None else call.invoke(function, [item])
            truth = call.do.truth(asked, call.node)
            if truth is None:
                yield Chosen(call.do.condition(asked, call.node), item, call.node)
            elif truth:
                yield item

    return Stream(kept())


def _reversed(call: Call) -> Value:
    (value,) = call.arguments(1, "sequence")
    if isinstance(value, Stream):
        call.error("an iterator is not gone through backwards", "make a list of it: reversed(list(...))")
    if isinstance(value, range):
        return value[::-1]
    return Stream(iter(call.items(value)[::-1]))


def _next(call: Call) -> Value:
    """`next(iterator)`, or the first that conditions choose of a generator that is seen here alone."""
    iterator, default = call.arguments(1, "iterator", "default")
    if not isinstance(iterator, Stream):
        call.unfit("an iterator")
    given = len(call.values) == 2
    chosen: list[Chosen] = []
    for item in call.do.drawn(iterator, call.node):
        if not isinstance(item, Chosen):
            default, given = item, True
            break
        if not isinstance(call.node, ast.Call) or not isinstance(call.node.args[0], ast.GeneratorExp):
            call.do.unsettled(item.node)
        chosen.append(item)
    if not given and not chosen:
        call.unfit("an iterator that is not used up")
    found = default if given else Raised(call.node)
    for item in reversed(chosen):
        found = call.do.merged(item.condition, item.value, found)
    return found


def _iterator(call: Call) -> Value:
    (value,) = call.arguments(1, "iterable")
    return value if isinstance(value, Stream) else Stream(_walked(call, value))


def _combined(function: Callable[..., Iterator[tuple[Value, ...]]]) -> Known:
    """`itertools.combinations` and its like: rows of so many elements of a list."""

    def combined(call: Call) -> Value:
        values, count = call.arguments(1, "iterable", "r")
        items = call.items(values)
        size = call.size(count, len(items), "a number of elements")
        call.do.code.make(size, call.node)
        return _pairs(function(items, size))

    return combined


def _products(call: Call) -> Value:
    times = call.size(call.keywords.get("repeat"), 1, "a number of repeats")
    call.do.code.make(times * len(call.values), call.node)
    if any(name != "repeat" for name in call.keywords):
        call.unfit("lists", "repeat=2")
    return _pairs(itertools.product(*(call.items(value) for value in call.values), repeat=times))


def _chained(call: Call) -> Value:
    return Stream(itertools.chain(*(_walked(call, value) for value in call.values)))


def _pairwise(call: Call) -> Value:
    return _pairs(itertools.pairwise(_walked(call, call.arguments(1, "iterable")[0])))


def _accumulated(call: Call) -> Value:
    values, function, start = call.arguments(1, "iterable", "func", "initial")

    def joined(a: Value, b: Value) -> Value:
        return call.calculate("add", a, b) if function is None else call.invoke(function, [a, b])

    items = call.items(values)
    return Stream(itertools.accumulate(items if start is None else [start, *items], joined))


# --- lists, tuples, dictionaries ----------------------------------------------------------------------------


def _len(call: Call) -> Value:
    (value,) = call.arguments(1, "x")
    if isinstance(value, range | str):
        count = count_of(value) if isinstance(value, range) else len(value)
        if count > sys.maxsize:
            call.error("this has more elements than len can say")
        return count
    if isinstance(value, Stream):
        call.error("an iterator has no length", "make a list of it: len(list(...))")
    if isinstance(value, Selection):
        return call.do.total([_counted(call, item) for item in value.items], call.node)
    return len(value.items) if isinstance(value, Vector | Table) else len(call.vector(value).items)


def _counted(call: Call, item: Value) -> Value:
    return call.do.merged(item.condition, 1, 0) if isinstance(item, Chosen) else 1


def _listed(kind: str) -> Known:
    def listed(call: Call) -> Value:
        (value,) = call.arguments(0, "iterable")
        return call.do.vector([] if value is None else call.items(value), kind, call.node)

    return listed


def _dict(call: Call) -> Value:
    found: dict[str | int, Value] = {}
    for value in call.values:
        if isinstance(value, Table):
            found |= value.items
            continue
        for row in call.items(value):
            pair = call.items(row)
            if len(pair) != 2 or not isinstance(pair[0], str | int):
                call.unfit("pairs of a key and a value")
            found[pair[0]] = pair[1]
    found.update(call.keywords.items())
    return Table(found)


_TYPES: dict[str, tuple[type, ...]] = {
    "float": (Term,), "int": (int,), "bool": (bool,), "str": (str,), "dict": (Table,), "complex": (),
}  # fmt: skip


def _is_instance(call: Call) -> Value:
    """`isinstance(x, float)`: a number that depends on variables is a float."""
    value, types = call.arguments(2, "x", "type")
    found = False
    for kind in types.items if isinstance(types, Vector) else [types]:
        name = kind.name if isinstance(kind, Builtin) else ""
        if name in ("list", "tuple", "ndarray"):
            wanted = "array" if name == "ndarray" else name
            found |= isinstance(value, Vector) and value.kind == wanted
        elif name in _TYPES:
            found |= isinstance(value, _TYPES[name]) and not (name == "float" and call.do.is_condition(value))
        else:
            call.unfit("a value", "float, int, list, tuple, dict, str or np.ndarray")
    return found


def _owner(call: Call) -> Vector:
    owner = call.values[0]
    assert isinstance(owner, Vector)
    call.do.changeable(owner, call.node)
    return owner


def _append(call: Call) -> Value:
    owner, item = _owner(call), call.arguments(1, "x", "item")[1]
    call.do.code.make(1, call.node)
    call.do.extend(owner, [item])
    return None


def _extend(call: Call) -> Value:
    owner, more = _owner(call), call.items(call.arguments(2, "x", "items")[1])
    call.do.code.make(len(more), call.node)
    call.do.extend(owner, more)
    return None


def _insert(call: Call) -> Value:
    owner, (_, place, item) = _owner(call), call.arguments(2, "x", "index", "item")
    items, index = list(owner.items), call.do.whole(place, call.node, "an index")
    items.insert(max(-len(items), min(index, len(items))), item)
    call.do.replace(owner, items)
    return None


def _pop(call: Call) -> Value:
    owner, place = _owner(call), call.arguments(1, "x", "index")[1]
    index = call.whole(place, -1, "an index")
    found = call.do.part(owner, [index], call.node)
    items = list(owner.items)
    del items[index]
    call.do.replace(owner, items)
    return found


def _reverse(call: Call) -> Value:
    owner = _owner(call)
    call.do.replace(owner, owner.items[::-1])
    return None


def _clear(call: Call) -> Value:
    call.do.replace(_owner(call), [])
    return None


def _equal_places(call: Call) -> list[int]:
    owner, value = call.arguments(2, "x", "value")
    found: list[int] = []
    for k, item in enumerate(call.items(owner)):
        known = item == value if isinstance(value, str) else call.do.truth(call.calculate("eq", item, value), call.node)
        if known is None:
            call.error("whether these are equal depends on the variables", "compare known numbers")
        found += [k] if known else []
    return found


def _index(call: Call) -> Value:
    found = _equal_places(call)
    if not found:
        call.error("the list has no such element")
    return found[0]


def _count(call: Call) -> Value:
    return len(_equal_places(call))


def _copied(call: Call) -> Value:
    return call.do.vector(call.items(call.values[0]), "list", call.node)


def _of_table(call: Call) -> Table:
    table = call.values[0]
    assert isinstance(table, Table)
    return table


def _get(call: Call) -> Value:
    _, key, default = call.arguments(2, "p", "key", "default")
    if not isinstance(key, str | int):
        call.unfit("key", "default")
    return _of_table(call).items.get(key, default)


def _keys(call: Call) -> Value:
    return call.do.vector(list(_of_table(call).items), "list", call.node)


def _values(call: Call) -> Value:
    return call.do.vector(list(_of_table(call).items.values()), "list", call.node)


def _items(call: Call) -> Value:
    pairs: list[Value] = [Vector([key, value], "tuple") for key, value in _of_table(call).items.items()]
    return call.do.vector(pairs, "list", call.node)


def _update(call: Call) -> Value:
    table = _of_table(call)
    call.do.changeable(table, call.node)
    new = _dict(call._replace(values=call.values[1:]))
    assert isinstance(new, Table)
    for key, value in new.items.items():
        call.do.set_key(table, key, value, call.node)
    return None


def _table_copied(call: Call) -> Value:
    return Table(dict(_of_table(call).items))


PYTHON: dict[str, Known] = {
    "sum": _sum, "all": _logical("and"), "any": _logical("or"), "len": _len, "range": _range, "map": _map,
    "enumerate": _enumerate, "zip": _zip, "filter": _filter, "reversed": _reversed, "next": _next, "iter": _iterator,
    "list": _listed("list"), "tuple": _listed("tuple"), "dict": _dict, "isinstance": _is_instance,
}  # fmt: skip

MATH: dict[str, Known] = {"fsum": _sum, "prod": _product}

FUNCTOOLS: dict[str, Known] = {"reduce": _reduced, "partial": _partial}

ITERTOOLS: dict[str, Known] = {
    "product": _products, "combinations": _combined(itertools.combinations),
    "combinations_with_replacement": _combined(itertools.combinations_with_replacement),
    "permutations": _combined(itertools.permutations), "chain": _chained, "pairwise": _pairwise,
    "accumulate": _accumulated,
}  # fmt: skip

TUPLES: dict[str, Known] = {"index": _index, "count": _count}

LISTS: dict[str, Known] = {
    **TUPLES,
    "append": _append, "extend": _extend, "insert": _insert, "pop": _pop, "reverse": _reverse, "clear": _clear,
    "copy": _copied,
}  # fmt: skip

TABLES: dict[str, Known] = {
    "get": _get, "keys": _keys, "values": _values, "items": _items, "update": _update, "copy": _table_copied,
}  # fmt: skip

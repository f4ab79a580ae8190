"""The order of numbers: `sorted`, `np.sort`, the smallest by a key, the index of the largest.

What is known is sorted while the text is read. Numbers that depend on variables are sorted by `min` and `max` of
pairs, which is what a sorting network does.
"""

from __future__ import annotations

from functools import cmp_to_key

from gradcli.language.python.functions.call import Call, Known
from gradcli.language.python.values import Chosen, Raised, Selection, Stream, Term, Value, Vector, shape
from gradcli.operations import FUNCTIONS

_MOST = 64  # numbers that are sorted by comparing them with each other: 2016 pairs


class _Unknown(Exception):
    """Which of two numbers is the smaller one depends on the variables."""


def _known(call: Call, keys: list[Value], *, descending: bool = False) -> list[int] | None:
    """The order of numbers, as their indices; `None` if it depends on the variables."""

    def compared(a: Value, b: Value) -> int:
        smaller, larger = (call.do.truth(call.calculate(sign, a, b), call.node) for sign in ("lt", "gt"))
        if smaller is None or larger is None:
            raise _Unknown
        return larger - smaller

    if all(isinstance(key, str) for key in keys):
        order = {key: k for k, key in enumerate(sorted(map(str, keys)))}
        keys = [order[str(key)] for key in keys]
    call.do.code.step(call.node, len(keys))
    try:
        by_key = cmp_to_key(compared)
        return sorted(range(len(keys)), key=lambda k: by_key(keys[k]), reverse=descending)
    except _Unknown:
        return None


def ordered(call: Call, items: list[Value], key: Value = None, *, descending: bool = False) -> list[Value]:
    """Values in order, stable where that is known."""
    keys = items if key is None else [call.invoke(key, [item]) for item in items]
    order = _known(call, keys, descending=descending)
    if order is not None:
        return [items[k] for k in order]
    if key is not None or not all(isinstance(item, int | Term) for item in items):
        call.error(
            "the order of these depends on the variables", "numbers alone can be sorted, without a key: sorted(x)"
        )  # fmt: skip
    if len(items) > _MOST:
        call.error(f"{len(items)} numbers that depend on variables are too many to be sorted", f"at most {_MOST} are")
    found = list(items)
    for last in range(len(found) - 1, 0, -1):
        for k in range(last):
            low, high = (call.apply(name, found[k], found[k + 1]) for name in ("min", "max"))
            found[k : k + 2] = [low, high]
    return found[::-1] if descending else found


def middle(call: Call, items: list[Value]) -> list[Value]:
    """The one or two numbers in the middle."""
    if not items:
        call.unfit("at least one number")
    return ordered(call, items)[(len(items) - 1) // 2 : len(items) // 2 + 1]


def _sorted(call: Call) -> Value:
    values, key, descending = call.arguments(1, "iterable", "key", "reverse")
    falling = bool(call.do.truth(descending, call.node))
    return call.do.vector(ordered(call, call.items(values), key, descending=falling), "list", call.node)


def _sort_array(call: Call) -> Value:
    array = call.vector(call.arguments(1, "a")[0])
    if len(shape(array)) != 1:
        call.unfit("a vector")
    return call.new(ordered(call, array.items), array)


def _sort_in_place(call: Call) -> Value:
    owner, key, descending = call.arguments(1, "x", "key", "reverse")
    assert isinstance(owner, Vector)
    call.do.changeable(owner, call.node)
    falling = bool(call.do.truth(descending, call.node))
    found = ordered(call, owner.items, key, descending=falling)
    if owner.kind == "array":
        call.do.fill(owner, call.new(found, owner), call.node)
    else:
        call.do.replace(owner, found)
    return None


def _index_of_extreme(name: str) -> Known:
    def index(call: Call) -> Value:
        array = call.vector(call.arguments(1, "a")[0])
        order = _known(call, array.items, descending=name == "argmax") if len(shape(array)) == 1 else None
        if not order:
            call.error(
                f"which element {name} finds depends on the variables", "its value is known: np.max(x), np.min(x)"
            )  # fmt: skip
        return order[0]

    return index


def _arg_sorted(call: Call) -> Value:
    array = call.vector(call.arguments(1, "a")[0])
    order = _known(call, array.items) if len(shape(array)) == 1 else None
    if order is None:
        call.error("the order of these depends on the variables", "np.sort(x) gives the numbers themselves")
    return call.new([*order])


def _extreme_of_chosen(name: str, call: Call) -> Value:
    """The largest of those that conditions choose; where they choose none the default, if there is one."""
    (values,), do = call.values, call.do
    drawn = do.drawn(values, call.node) if isinstance(values, Stream) else iter(values.items)  # type: ignore[union-attr]
    found: Value = call.keywords.get("default", Raised(call.node))
    some: Value = False  # whether there is one by now
    for item in drawn:
        chosen = Term(item.condition) if isinstance(item, Chosen) else True
        value = item.value if isinstance(item, Chosen) else item
        more = value if some is False else call.apply(name, found, value)
        if isinstance(some, Term):
            more = do.merged(some.ref, more, value)
        found = do.merged(chosen.ref, more, found) if isinstance(chosen, Term) else more
        some = do.joined("or", (some, chosen), call.node)
    if isinstance(found, Raised):
        call.unfit("at least one number")
    return found


def _extreme(name: str) -> Known:
    """Python's `max` and `min`: of several values or of one list, by a key, with a default."""

    def extreme(call: Call) -> Value:
        unknown = call.keywords.keys() - {"key", "default"}
        if unknown or not call.values:
            call.unfit("numbers", "key=function", "default=number")
        key = call.keywords.get("key")
        several = len(call.values) > 1
        if not several and isinstance(call.values[0], int | Term):
            return call.do.called(name, FUNCTIONS[name], call.values, call.node)
        if not several and key is None and isinstance(call.values[0], Stream | Selection):
            return _extreme_of_chosen(name, call)
        items = call.values if several else call.items(call.values[0])
        if not items:
            if "default" not in call.keywords:
                call.unfit("at least one number")
            return call.keywords["default"]
        if key is None:
            return call.apply(name, *items) if len(items) > 1 else items[0]
        sign = "gt" if name == "max" else "lt"
        best, measure = items[0], call.invoke(key, [items[0]])
        for item in items[1:]:
            own = call.invoke(key, [item])
            better = call.calculate(sign, own, measure)
            known = call.do.truth(better, call.node)
            if known is None:
                condition = call.do.condition(better, call.node)
                best, measure = call.do.merged(condition, item, best), call.do.merged(condition, own, measure)
                call.do.present(best, call.node)
            elif known:
                best, measure = item, own
        return best

    return extreme


PYTHON: dict[str, Known] = {"sorted": _sorted, "max": _extreme("max"), "min": _extreme("min")}
LISTS: dict[str, Known] = {"sort": _sort_in_place}
ARRAYS: dict[str, Known] = {
    "sort": _sort_in_place, "argmax": _index_of_extreme("argmax"), "argmin": _index_of_extreme("argmin"),
    "argsort": _arg_sorted,
}  # fmt: skip
NUMPY: dict[str, Known] = ARRAYS | {"sort": _sort_array}

"""What a name can stand for while Python source is read.

A number that does not depend on a variable and is whole stays a Python `int`, exact; every other number and every
condition is a `Term`, an equation of the growing program. Lists, tuples and arrays are vectors of a known length.
What shows a part of an array (`x[1:]`, `A.T`) has no elements of its own: it looks at those of the array, and what
is put there is put into the array. An iterator gives each value once, and late, as Python's do. Functions are values
too; what cannot be read is `Missing`, and only its use is an error.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import count
from typing import Any, NamedTuple, TypeAlias

from gradcli.program import Ref

_AGES = count()


class Term(NamedTuple):
    """A number or condition: an equation of the program."""

    ref: Ref


class Int64(int):
    """A whole number of NumPy, which has 64 bits: an element that was taken from an array, or a sum of them."""


class Vector:
    """A list, a tuple or a NumPy array; a matrix is an array of arrays.

    Attributes:
        kind: `list`, `tuple` or `array`; arithmetic is elementwise on arrays alone.
        fixed: why its elements cannot be set, if they cannot.
        floats: of an array, whether NumPy holds floats in it whatever they are; else its elements say.
        age: a later vector has a larger one; what is put into an older one is seen from there, and as old.
        weight: how many numbers were in it, and in the vectors in it, when it was made; a shared one counts again.
        seen: of an array that shows elements of others, where those are.
        counts: whether NumPy holds its own elements as known whole numbers; `None` until somebody asks.
    """

    __slots__ = ("_items", "age", "counts", "fixed", "floats", "kind", "seen", "weight")

    def __init__(self, items: list[Value], kind: str, fixed: str | None = None) -> None:
        self._items = items if kind != "array" or Int64 not in set(map(type, items)) else [*map(plain, items)]
        self.seen: list[Cell] | None = None
        self.counts: bool | None = None
        self.kind = kind
        self.fixed = fixed or ("a tuple does not change" if kind == "tuple" else None)
        self.floats = False
        self.age = next(_AGES)
        self.weight = weight(items)

    @property
    def items(self) -> list[Value]:
        """The elements, as they are now."""
        return self._items if self.seen is None else [owner._items[k] for owner, k in self.seen]

    @items.setter
    def items(self, items: list[Value]) -> None:
        assert self.seen is None  # `Cell` says where else they are
        self._items, self.counts = items, None

    @property
    def size(self) -> int:
        """How many elements it has along its first axis."""
        return len(self._items if self.seen is None else self.seen)

    def cell(self, index: int) -> Cell:
        """Where an element is; the index counts from the front."""
        return Cell(self, index) if self.seen is None else self.seen[index]


class Cell(NamedTuple):
    """Where an element is: in a vector that has elements of its own, and its index there."""

    owner: Vector
    place: int

    @property
    def item(self) -> Value:
        """What is there."""
        return self.owner.items[self.place]

    @property
    def taken(self) -> Value:
        """What is there, as it is when it is taken out: of an array of whole numbers it stays NumPy's."""
        item, owner = self.item, self.owner
        if type(item) is not int or owner.kind != "array" or owner.floats:
            return item
        if owner.counts is None:
            owner.counts = {int, bool}.issuperset(map(type, owner.items))
        return Int64(item) if owner.counts else item


class Stream:
    """An iterator: a generator expression, `zip(...)`, `map(...)` and the like, which gives each value once."""

    __slots__ = ("age", "values")

    def __init__(self, values: Iterator[Value]) -> None:
        self.values = values
        self.age = next(_AGES)


class Chosen(NamedTuple):
    """An element that is there under a condition on the variables: `a for a in v if a > 0`."""

    condition: Ref
    value: Value
    node: ast.expr


class Selection(NamedTuple):
    """A list of elements of which some are there under a condition on the variables."""

    items: list[Value]


class Maybe(NamedTuple):
    """A number where a condition on the variables holds, else `None`; or an exception there."""

    condition: Ref
    value: Value


class Table:
    """A dictionary with constant keys.

    Attributes:
        fixed: why it cannot be changed, if it cannot.
    """

    __slots__ = ("age", "fixed", "items")

    def __init__(self, items: dict[str | int, Value], fixed: str | None = None) -> None:
        self.items = items
        self.fixed = fixed
        self.age = next(_AGES)


class Module(NamedTuple):
    """An imported module whose functions are known: `math` or `numpy`, and what is in it."""

    name: str


class Builtin(NamedTuple):
    """A function of a module, or one of Python's own (the module is then empty)."""

    name: str
    module: str


class Partial(NamedTuple):
    """A function with some of its arguments: `functools.partial`."""

    function: Value
    values: list[Value]
    keywords: dict[str, Value]


class Function:
    """A function of the file, a nested one or a lambda.

    Attributes:
        scope: what it sees beside the file's names.
        defaults: the values of its parameters' defaults, by name; those of the file's functions are read when needed.
    """

    __slots__ = ("defaults", "name", "node", "scope")

    def __init__(
        self, name: str, node: ast.FunctionDef | ast.Lambda, scope: Scope | None, defaults: dict[str, Value]
    ) -> None:
        self.name = name
        self.node = node
        self.scope = scope
        self.defaults = defaults


class Missing(NamedTuple):
    """A value that is not there, or cannot be read: why, what to do, and where that shows if not at its use."""

    reason: str
    hint: str | None = None
    node: ast.AST | None = None


class Raised(NamedTuple):
    """What a branch gives that ends with `raise`: nothing, the value is undefined there."""

    node: ast.AST


Value: TypeAlias = (
    int
    | str
    | Term
    | Vector
    | Stream
    | Chosen
    | Selection
    | Maybe
    | Table
    | range
    | Module
    | Builtin
    | Partial
    | Function
    | Missing
    | Raised
    | None
)


class Scope:
    """The names of a function that is being read; those of the function around it are behind.

    Attributes:
        own: the names that the function gives values to, anywhere: they are its own before they have any.
        function: the scope that `:=` gives a name to: this one, or of a comprehension the one of the function around.
    """

    __slots__ = ("function", "names", "own", "parent")

    def __init__(self, parent: Scope | None = None, function: Scope | None = None) -> None:
        self.names: dict[str, Value] = {}
        self.own: frozenset[str] = frozenset()
        self.parent = parent
        self.function = function or self

    def find(self, name: str, default: Any) -> Any:
        """What a name stands for, here or further out."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.names:
                return scope.names[name]
            if name in scope.own:
                return Missing(f"'{name}' has no value yet: the function sets it elsewhere", "give it one before")
            scope = scope.parent
        return default


def describe(value: Value) -> str:
    """What a value is, in words for messages."""
    if isinstance(value, Vector):
        return {"list": "a list", "tuple": "a tuple", "array": "a vector"}[value.kind]
    named: tuple[tuple[type, str], ...] = (
        (str, "a text"), (Table, "a dictionary"), (range, "a range"), (Module, "a module"),
        (Function, "a function"), (Builtin, "a function"), (Partial, "a function"), (Stream, "an iterator"),
        (Selection, "a list whose length depends on the variables"), (Maybe, "None, or a number"),
    )  # fmt: skip
    return next((words for kind, words in named if isinstance(value, kind)), "None" if value is None else "a number")


def age() -> int:
    """A moment: what is made from now on has a larger age."""
    return next(_AGES)


def plain(value: Value) -> Value:
    """A whole number of NumPy as one of Python; anything else as it is."""
    return int(value) if isinstance(value, Int64) else value


def count_of(numbers: range) -> int:
    """How many numbers are in a range, also where they are more than `len` can say."""
    return max(0, -((numbers.start - numbers.stop) // numbers.step))


def weight(items: list[Value]) -> int:
    """How many numbers are in some values."""
    return len(items) + sum(item.weight - 1 for item in items if isinstance(item, Vector))


def shape(value: Value) -> tuple[int, ...]:
    """The lengths of a vector along its axes; `()` of a number."""
    lengths: list[int] = []
    while isinstance(value, Vector):
        lengths.append(value.size)
        value = value.cell(0).item if value.size else 0
    return tuple(lengths)


def cells(vector: Vector) -> list[Cell]:
    """Where the elements of a vector are."""
    return [vector.cell(k) for k in range(vector.size)]


def flat_cells(vector: Vector) -> list[Cell]:
    """Where the elements of an array of arrays are, in order."""
    if any(isinstance(item, Vector) for item in vector.items):
        return [cell for item in vector.items if isinstance(item, Vector) for cell in flat_cells(item)]
    return cells(vector)


def view(seen: list[Cell], lengths: tuple[int, ...]) -> Vector:
    """An array of a shape that shows elements of others."""
    if len(lengths) > 1:
        size = len(seen) // max(lengths[0], 1)
        return Vector([view(seen[k * size : (k + 1) * size], lengths[1:]) for k in range(lengths[0])], "array")
    vector = Vector([], "array")
    vector.seen, vector.weight = seen, len(seen)
    return vector


def flat(value: Value) -> Iterator[Value]:
    """The elements of a vector of vectors, in order."""
    pending = [value]
    while pending:
        top = pending.pop()
        if isinstance(top, Vector):
            pending += reversed(top.items)
        else:
            yield top


def fix(value: Value, reason: str | None) -> None:
    """Lets no element of a vector be set, nor of the vectors in it, for a reason if there is one."""
    if isinstance(value, Table):
        value.fixed = reason
        for item in value.items.values():
            fix(item, reason)
    elif isinstance(value, Vector):
        value.fixed = reason
        for item in value.items:
            fix(item, reason)


def show(values: list[Value], age: int) -> None:
    """Lets values be as old as the vector or dictionary that they are put into."""
    pending = values
    while pending:
        held = [value for value in pending if isinstance(value, Vector | Table) and value.age > age]
        pending = []
        for value in held:
            value.age = age
            pending += value.items.values() if isinstance(value, Table) else value.items
            pending += [] if isinstance(value, Table) or value.seen is None else [cell.owner for cell in value.seen]


def snapshot(value: Value) -> Value:
    """A copy that later changes of a vector or a dictionary do not reach."""
    if isinstance(value, Table):
        return Table({key: snapshot(item) for key, item in value.items.items()})
    if not isinstance(value, Vector):
        return value
    copy = Vector([snapshot(item) for item in value.items], value.kind)
    copy.floats = value.floats
    return copy


def hold_floats(value: Value) -> None:
    """Lets an array be one of floats, and the arrays in it."""
    if isinstance(value, Vector) and value.kind == "array":
        value.floats = True
        for item in value.items:
            hold_floats(item)

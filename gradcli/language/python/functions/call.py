"""A function applied to values: what every known function of Python, `math` and `numpy` is given."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import NamedTuple, NoReturn, TypeAlias

from gradcli.language.python.elements import Elements
from gradcli.language.python.values import Stream, Table, Value, Vector, cells, describe


class Call(NamedTuple):
    """A function applied to values, and where that stands."""

    do: Elements
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
        if isinstance(value, Stream):
            value = self.do.vector(self.do.members(value, self.node), "list", self.node)
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
        """What is in a list, a tuple, a vector, a range, an iterator."""
        if isinstance(value, range | Table | Stream):
            return self.do.members(value, self.node)
        return [cell.taken for cell in cells(value if isinstance(value, Vector) else self.vector(value))]

    def new(self, items: list[Value], *sources: Value) -> Vector:
        """A new array, which has floats if an array has that it is made of."""
        return self.do.like(self.do.vector(items, "array", self.node), *sources)

    def copy(self, value: Value) -> Value:
        """A vector with elements of its own."""
        if not isinstance(value, Vector):
            return value
        copy = self.do.vector([self.copy(item) for item in value.items], value.kind, self.node)
        copy.floats = value.floats
        return self.do.like(copy, value)

    def whole(self, value: Value, default: int, what: str) -> int:
        """A whole number that is known, or what it is if it is not given."""
        return default if value is None else self.do.whole(value, self.node, what)

    def size(self, value: Value, default: int, what: str) -> int:
        """A whole number that is known and not negative, or what it is if it is not given."""
        number = self.whole(value, default, what)
        if number < 0:
            self.error(f"{what} is not negative, and this one is {number}")
        return number

    def axis(self, value: Value, count: int) -> int:
        """One of so many axes, which may be counted from the last."""
        number = self.do.whole(value, self.node, "an axis")
        if not -count <= number < count:
            self.error(f"there is no axis {number}: the axes are 0 to {count - 1}")
        return number % count

    def calculate(self, name: str, a: Value, b: Value) -> Value:
        """An operation on two values."""
        return self.do.binary(name, a, b, self.node)

    def matched(self, first: int, second: int) -> None:
        """Refuses vectors of different lengths."""
        if first != second:
            self.error(f"vectors of different lengths meet: {first} and {second}")

    def apply(self, name: str, *values: Value) -> Value:
        """A function of numbers, elementwise on arrays."""
        return self.do.apply(name, values, self.node)

    def error(self, message: str, hint: str | None = None) -> NoReturn:
        """Says what is wrong, at the call."""
        self.do.error(message, self.node, hint)


Known: TypeAlias = Callable[[Call], Value]
"""A function that is known: from a call of it to its value."""

"""Elements of vectors and dictionaries: what an index or a slice shows, and what becomes of what is put there.

A part of an array shows the array's own elements, as NumPy's does: what is put into one is seen in the other. Lists
are cut into copies. An index by a list of whole numbers gives a copy, and sets the elements themselves.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from itertools import product
from math import prod
from types import EllipsisType
from typing import NoReturn, TypeAlias

from gradcli.language.python.arithmetic import Arithmetic
from gradcli.language.python.values import (
    Cell,
    Chosen,
    Selection,
    Stream,
    Table,
    Value,
    Vector,
    count_of,
    describe,
    fix,
    flat,
    flat_cells,
    hold_floats,
    shape,
    show,
    snapshot,
    view,
    weight,
)

Index: TypeAlias = int | slice | str | Vector | EllipsisType | None
"""What can stand between brackets, for each axis; `None` is `np.newaxis`."""


class Elements(Arithmetic):
    """Reads and sets elements."""

    # --- what is there ------------------------------------------------------------------------------------

    def members(self, value: Value, node: ast.AST) -> list[Value]:
        """What a loop or an unpacking goes through, all at once."""
        return list(self.walked(value, node))

    def walked(self, value: Value, node: ast.AST) -> Iterator[Value]:
        """What a loop goes through, one by one: what is changed or appended meanwhile counts, as in Python."""
        if isinstance(value, Table):
            value = Vector(list(value.items), "list")
        if isinstance(value, range | str):
            self.code.step(node, count_of(value) if isinstance(value, range) else len(value))
            return iter(value)
        if isinstance(value, Vector):
            self.code.step(node, len(value.items))
            return _live(value)
        if isinstance(value, Stream):
            return self.settled(self.drawn(value, node))
        if isinstance(value, Selection):
            return self.settled(iter(value.items))
        self.present(value, node)
        self.error(
            f"this goes through a vector, and here is {describe(value)}", node,
            "an argument becomes a vector by its size: --size x=3",
        )  # fmt: skip

    def settled(self, values: Iterator[Value]) -> Iterator[Value]:
        """Values that are there whatever the variables are."""
        for value in values:
            if isinstance(value, Chosen):
                self.unsettled(value.node)
            yield value

    def unsettled(self, node: ast.AST) -> NoReturn:
        """Refuses to take what a condition on the variables chooses for what is there."""
        self.error(
            "which elements there are depends on the variables here", node,
            "sum, prod, max, min, any, all and len take them; else ask in a loop: for a in x: if a > 0: ...",
        )  # fmt: skip

    def concatenated(self, a: Value, b: Value, node: ast.AST) -> Selection:
        """Two lists as one, of which conditions on the variables choose the elements."""
        items: list[Value] = []
        for value in (a, b):
            if not isinstance(value, Selection) and not (isinstance(value, Vector) and value.kind == "list"):
                self.unsettled(node)
            items += value.items
        return Selection(items)

    def filled(self, value: Value, neutral: Value, node: ast.AST) -> Value:
        """A list in which what a condition does not choose is neutral; anything else as it is."""
        if not isinstance(value, Stream | Selection):
            return value
        items = list(self.drawn(value, node) if isinstance(value, Stream) else value.items)
        self.at(node)
        found = [self.merged(i.condition, i.value, neutral) if isinstance(i, Chosen) else i for i in items]
        return self.vector(found, "list", node)

    def drawn(self, stream: Stream, node: ast.AST) -> Iterator[Value]:
        """What an iterator still gives."""
        for value in stream.values:
            self.code.step(node)
            yield value

    def element(self, owner: Value, indices: Sequence[Index], node: ast.AST) -> Value:
        """An element, a slice, a row; elements chosen by a list of indices are a copy."""
        if isinstance(owner, Vector) and len(indices) == 1 and type(index := indices[0]) is int:
            self._inside(index, owner.size, owner, node)  # the usual case, by a short way
            return owner.cell(index % owner.size).taken
        found = self.part(owner, indices, node)
        return snapshot(found) if any(isinstance(index, Vector) for index in indices) else found

    def part(self, owner: Value, indices: Sequence[Index], node: ast.AST) -> Value:
        """An element, a slice, a row; of an array the very elements."""
        if isinstance(owner, Table):
            if len(indices) != 1 or not isinstance(indices[0], str | int) or indices[0] not in owner.items:
                listed = ", ".join(map(repr, owner.items))
                self.error("the dictionary has no such key", node, f"it has: {listed}")
            return owner.items[indices[0]]
        if not isinstance(owner, Vector | range) or any(isinstance(index, str) for index in indices):
            if not indices and not isinstance(owner, Table):
                return owner
            self.present(owner, node)
            if isinstance(owner, Selection):
                self.unsettled(node)
            self.error(
                f"{describe(owner)} has no elements", node, "an argument becomes a vector by its size: --size x=3"
            )
        if isinstance(owner, Vector) and owner.kind == "array":
            found = self._place(owner, self._aligned(owner, indices, node), node)
            return found if isinstance(found, Vector) else found.taken
        if len(indices) != 1 or not isinstance(indices[0], int | slice):
            self.error(f"{describe(owner)} has one index: a whole number or a slice", node, "write: x[0][1]")
        items, index = owner if isinstance(owner, range) else owner.items, indices[0]
        if isinstance(index, int):
            self._inside(index, count_of(items) if isinstance(items, range) else len(items), owner, node)
            return items[index]
        chosen = items[index]
        return chosen if isinstance(chosen, range) else self.vector(chosen, owner.kind, node)  # type: ignore[union-attr]

    def _aligned(self, owner: Vector, indices: Sequence[Index], node: ast.AST) -> list[Index]:
        """The indices without `...`, one for each axis."""
        if any(isinstance(index, bool) for index in indices):
            self.error("an array takes no single condition as an index", node, "write: x[int(condition)]")
        count = len(shape(owner))
        taken = sum(index is not None and index is not ... for index in indices)
        if taken > count or sum(index is ... for index in indices) > 1:
            self.error(f"{taken} indices for {count} {'axis' if count == 1 else 'axes'}", node)
        found: list[Index] = []
        for index in indices:
            found += [slice(None)] * (count - taken) if index is ... else [index]
        return found

    def _place(self, owner: Vector, indices: Sequence[Index], node: ast.AST) -> Vector | Cell:
        """What indices lead to in an array: the place of an element, or an array that shows elements."""
        if None in indices:
            return self._with_new_axes(owner, indices, node)
        if not indices:
            return owner
        first, rest = indices[0], indices[1:]
        count = owner.size
        if isinstance(first, int):
            self._inside(first, count, owner, node)
            return self._within(owner.cell(first % count), rest, node)
        if not isinstance(first, Vector):
            numbers = list(range(count)[first])  # type: ignore[index]
        elif any(isinstance(index, Vector) for index in rest):
            return self._pairs(owner, first, rest, node)
        else:
            numbers = self._numbers(first, count, owner, node)
        self.code.make(len(numbers), node)
        return self._shown([self._within(owner.cell(k), rest, node) for k in numbers], owner)

    def _within(self, cell: Cell, indices: Sequence[Index], node: ast.AST) -> Vector | Cell:
        item = cell.item
        return self._place(item, indices, node) if isinstance(item, Vector) else cell

    def _pairs(self, owner: Vector, first: Vector, rest: Sequence[Index], node: ast.AST) -> Vector:
        """`A[[0, 1], [1, 2]]`: elements by their rows and columns."""
        second, lengths = rest[0], shape(owner)
        if len(rest) != 1 or len(lengths) != 2 or not isinstance(second, Vector):
            self.error("lists of indices are read for two axes at most", node, "write: A[[0, 1], [1, 2]]")
        rows, columns = (
            self._numbers(index, n, owner, node) for index, n in zip((first, second), lengths, strict=True)
        )
        if len(rows) != len(columns):
            self.error(f"vectors of different lengths meet: {len(rows)} and {len(columns)}", node)
        return self._shown([self._place(owner, pair, node) for pair in zip(rows, columns, strict=True)], owner)

    def _with_new_axes(self, owner: Vector, indices: Sequence[Index], node: ast.AST) -> Vector:
        """`x[:, None]`: an array with further axes of length 1."""
        found = self._place(owner, [index for index in indices if index is not None], node)
        left = list(shape(found)) if isinstance(found, Vector) else []
        lengths: list[int] = []
        for index in indices:
            if index is None:
                lengths.append(1)
            elif not isinstance(index, int):
                lengths.append(left.pop(0))
        return self.reshaped(flat_cells(found) if isinstance(found, Vector) else [found], (*lengths, *left), owner)

    def reshaped(self, seen: list[Cell], lengths: tuple[int, ...], owner: Vector) -> Vector:
        """A view of a vector's elements, which holds what the vector holds."""
        shown = view(seen, lengths)
        fix(shown, owner.fixed)
        return self.like(shown, owner)

    def transposed(self, matrix: Vector) -> Vector:
        """A view of a matrix with its axes in reverse order; a vector as it is."""
        lengths, seen = shape(matrix), flat_cells(matrix)
        if len(lengths) < 2:
            return matrix
        steps = [prod(lengths[k + 1 :]) for k in range(len(lengths))]
        places = product(*(range(0, n * step, step) for n, step in zip(lengths[::-1], steps[::-1], strict=True)))
        return self.reshaped([seen[sum(place)] for place in places], lengths[::-1], matrix)

    def _shown(self, inner: Sequence[Vector | Cell], owner: Vector) -> Vector:
        seen = [place for place in inner if isinstance(place, Cell)]
        if seen or not inner:
            return self.reshaped(seen, (len(seen),), owner)
        shown = Vector([row for row in inner if isinstance(row, Vector)], "array", owner.fixed)
        return self.like(shown, owner)

    def _numbers(self, index: Vector, count: int, owner: Value, node: ast.AST) -> list[int]:
        """The elements that a list of whole numbers names, or a list of known conditions."""
        items = [self.known_truth(item, node) for item in index.items]
        if items and all(isinstance(item, bool) for item in items):
            if len(items) != count:
                self.error(f"vectors of different lengths meet: {len(items)} and {count}", node)
            return [k for k, chosen in enumerate(items) if chosen]
        if any(self.is_condition(item) for item in items):
            self.error(
                "which elements there are depends on the variables here", node,
                "keep all, and let the others count nothing: np.where(x > 0, x, 0)",
            )  # fmt: skip
        numbers = [self.whole(item, node, "an index") for item in items]
        for number in numbers:
            self._inside(number, count, owner, node)
        return [number % count for number in numbers]

    def known_truth(self, value: Value, node: ast.AST) -> Value:
        """A condition as what it is known to be."""
        known = self.truth(value, node) if self.is_condition(value) else None
        return value if known is None else known

    def _inside(self, index: int, count: int, owner: Value, node: ast.AST) -> None:
        if not -count <= index < count:
            self.error(f"there is no element {index}: {describe(owner)} has {count}", node, "the first element is x[0]")

    # --- what is put there --------------------------------------------------------------------------------

    def set_part(self, owner: Value, indices: Sequence[Index], value: Value, node: ast.AST) -> None:
        """Sets an element, a slice or a key."""
        if isinstance(owner, Table):
            if len(indices) != 1 or not isinstance(indices[0], str | int):
                self.error("a key of a dictionary is a text or a whole number", node, 'write: {"a": ...}')
            self.changeable(owner, node)
            self.set_key(owner, indices[0], value, node)
            return
        if not isinstance(owner, Vector) or any(isinstance(index, str) for index in indices):
            self.part(owner, indices, node)
            self.error(f"an element of {describe(owner)} cannot be set", node, "make a list of it: list(x)")
        self.changeable(owner, node)
        if owner.kind != "array":
            self._set_in_list(owner, indices, value, node)
            return
        if len(indices) == 1 and isinstance(indices[0], Vector) and self.are_conditions(indices[0]):
            self._set_where(owner, indices[0], value, node)
            return
        target = self._place(owner, self._aligned(owner, indices, node), node)
        if isinstance(target, Vector):
            self.fill(target, value, node)
        else:
            self.put([target], [self.fitting(owner, self._single(value), node)], node)

    def _set_in_list(self, owner: Vector, indices: Sequence[Index], value: Value, node: ast.AST) -> None:
        old = self.part(owner, indices, node)
        index = indices[0]
        if isinstance(index, int):
            self.put([Cell(owner, index % len(owner.items))], [value], node)
            return
        new, items = self.members(value, node), list(owner.items)
        if index.step in (None, 1):  # type: ignore[union-attr]
            items[index] = new  # type: ignore[index]
            self.replace(owner, items)
            return
        count = len(old.items)  # type: ignore[union-attr]
        if len(new) != count:
            self.error(f"{len(new)} values for {count} elements", node)
        self.put([Cell(owner, k) for k in range(len(items))[index]], new, node)  # type: ignore[index]

    def _set_where(self, owner: Vector, conditions: Vector, value: Value, node: ast.AST) -> None:
        """`x[x < 0] = 0`: each element is the new one where its condition holds."""
        if shape(conditions) != shape(owner):
            self.error("as many conditions as elements are needed here", node, "write: x[x < 0] = 0")
        if isinstance(value, Vector) and weight(list(flat(value))) != 1:
            self.error(
                "which elements are set depends on the variables here", node,
                "choose each one: x = np.where(x < 0, y, x)",
            )  # fmt: skip
        one = self.fitting(owner, self._single(value), node)
        chosen = self.elementwise(lambda c, old: self.choice(c, one, old, node), (conditions, owner), node)
        self.fill(owner, chosen, node)

    def fill(self, target: Vector, value: Value, node: ast.AST) -> None:
        """Puts values into an array, aligned as NumPy aligns them."""
        lengths = shape(target)
        given = shape(self.array(value, node))
        fits = len(given) <= len(lengths) and all(
            own in (1, wanted) for own, wanted in zip(given[::-1], lengths[::-1], strict=False)
        )
        if not fits:
            self.error(f"{' by '.join(map(str, given))} values for {' by '.join(map(str, lengths))} elements", node)
        new = self.elementwise(lambda old, item: item, (target, value), node)
        self.put(flat_cells(target), [self.fitting(target, item, node) for item in flat(new)], node)

    def _single(self, value: Value) -> Value:
        """The one element of an array that has one, as NumPy takes it for a number."""
        items = list(flat(value)) if isinstance(value, Vector) and value.kind == "array" else []
        return items[0] if len(items) == 1 else value

    def put(self, places: Sequence[Cell], values: Sequence[Value], node: ast.AST) -> None:
        """Gives elements new values, whatever shows them."""
        by_owner: dict[int, tuple[Vector, dict[int, Value]]] = {}
        for (owner, place), value in zip(places, values, strict=True):
            by_owner.setdefault(id(owner), (owner, {}))[1][place] = value
        for owner, new in by_owner.values():
            self.changeable(owner, node)
            if owner.kind == "array" and not owner.floats and not self.is_whole(owner):
                hold_floats(owner)
            self.change(owner, new)

    def changeable(self, value: Vector | Table, node: ast.AST) -> None:
        """Refuses what cannot be changed."""
        if isinstance(value, Table) and value.fixed is not None:
            self.error(f"this dictionary cannot be changed: {value.fixed}", node, "make a copy: dict(p)")
        if value.fixed is not None:
            self.error(f"an element cannot be set: {value.fixed}", node, "make a copy: x.copy() or list(x)")

    # --- changes, of which a branch has to know -----------------------------------------------------------

    def change(self, vector: Vector, new: dict[int, Value]) -> None:
        """Gives some elements of a vector new values."""
        show(list(new.values()), vector.age)
        vector.weight += weight(list(new.values())) - weight([vector.items[index] for index in new])
        for index, value in new.items():
            vector.items[index] = value
        vector.counts = None

    def replace(self, vector: Vector, items: list[Value]) -> None:
        """Gives a vector other elements, perhaps more or fewer."""
        show(items, vector.age)
        vector.items, vector.weight = items, weight(items)

    def extend(self, vector: Vector, items: list[Value]) -> None:
        """Gives a list more elements at its end."""
        show(items, vector.age)
        vector.items += items
        vector.weight += weight(items)

    def set_key(self, table: Table, key: str | int, value: Value, node: ast.AST) -> None:
        """Gives a key of a dictionary a value."""
        show([value], table.age)
        table.items[key] = value


def _live(vector: Vector) -> Iterator[Value]:
    k = 0
    while k < len(vector.items):
        yield vector.cell(k).taken
        k += 1

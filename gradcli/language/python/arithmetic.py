"""Operations on values: whole numbers are folded exactly, everything else becomes equations, elementwise on arrays.

`2*3` is the whole number 6, `1/3` and `0.1*x` are equations, `np.array([a, b])*x` is an array of them, and
`[1, 2] + [3]` is a longer list. A condition counts as 1 or 0 where a number is needed, as in Python.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Sequence
from functools import partial, reduce
from typing import NoReturn

from gradcli.language.python.choices import EITHER, Choices
from gradcli.language.python.exact import folded
from gradcli.language.python.values import (
    Int64,
    Term,
    Value,
    Vector,
    count_of,
    describe,
    fix,
    flat,
    hold_floats,
    plain,
    shape,
    snapshot,
    weight,
)
from gradcli.operations import Operation

_BITS = frozenset({"<<", ">>", "&", "|", "xor"})
_OF_CONDITIONS = frozenset({"and", "or", "not", "where", "lt", "le", "gt", "ge", "eq", "ne", "div", "&", "|"})
"""What NumPy calculates on arrays of conditions as on numbers, or as on conditions."""
_OF_TRUTHS = {"&": "and", "|": "or"}
_COUNTED = frozenset({"add", "sub", "floordiv", "mod", "pow"})
"""What Python calculates on two conditions as on numbers, and NumPy otherwise."""
_LARGEST = 2**63 - 1
_COMPARISONS = frozenset({"lt", "le", "gt", "ge", "eq", "ne"})
_OF_WHOLE_NUMBERS: dict[str, Callable[..., int]] = {
    "abs": abs, "max": max, "min": min, "neg": lambda a: -a, "floor": int, "ceil": int, "round": int,
    "sign": lambda a: (a > 0) - (a < 0),
}  # fmt: skip


class Arithmetic(Choices):
    """Calculates with values."""

    # --- operations ---------------------------------------------------------------------------------------

    def binary(self, name: str, a: Value, b: Value, node: ast.AST) -> Value:
        """An operation on two values: of whole numbers, numbers, lists or arrays."""
        if isinstance(a, str) and isinstance(b, str) and name == "add":
            return a + b
        if self.has_arrays and name in _COUNTED and self.are_conditions(a) and self.are_conditions(b):
            self._of_two_conditions(node, single=not isinstance(a, Vector) and not isinstance(b, Vector))
        if isinstance(a, int) and isinstance(b, int):
            whole = folded(name, a, b)
            if isinstance(a, Int64) or isinstance(b, Int64):
                whole = self._of_64_bits(name, b, whole, node)
            if whole is not None:
                return whole
        if name in _COMPARISONS and (infinity := self.infinity(a) - self.infinity(b)):
            return bool(folded(name, infinity, 0))
        if isinstance(a, Vector | range) or isinstance(b, Vector | range):
            return self._of_vectors(name, a, b, node)
        if name in _OF_TRUTHS and self.are_conditions(a) and self.are_conditions(b):
            return self.joined(_OF_TRUTHS[name], (a, b), node)
        if name in _BITS:
            if isinstance(a, int) and isinstance(b, int):
                if name in ("<<", ">>") and b < 0:
                    self.error("numbers are not shifted by a negative count", node)
                self.too_large(node)
            self.error("this operator has no derivative", node, "it is read between whole numbers only")
        return self.equation(name, (a, b), node)

    def equation(self, name: str, values: Iterable[Value], node: ast.AST) -> Term:
        """An equation of numbers; one that decides something of constants must decide it of Python's floats too."""
        operands = [self.real(value, node) for value in values]
        self.doubt(name, *operands, node=node)
        return Term(self.builder.add(name, *operands))

    def _of_two_conditions(self, node: ast.AST, *, single: bool = False) -> NoReturn:
        if single:
            self.error(
                "two conditions are numbers for Python and conditions for NumPy, and these may be of either", node,
                "make numbers of them: float(x > 0)",
            )  # fmt: skip
        self.error(
            "this is not read of arrays of conditions: NumPy has rules of its own for them", node,
            "make numbers of them: np.where(x > 0, 1.0, 0.0)",
        )  # fmt: skip

    def _of_vectors(self, name: str, a: Value, b: Value, node: ast.AST) -> Value:
        if isinstance(a, Vector) and isinstance(b, Vector) and a.kind == b.kind != "array" and name == "add":
            return self.vector([*a.items, *b.items], a.kind, node)
        for times, repeated in ((a, b), (b, a)):
            if name == "mul" and isinstance(repeated, Vector) and repeated.kind != "array" and isinstance(times, int):
                self.code.make(max(times, 0) * weight(repeated.items), node)
                return Vector(repeated.items * max(times, 0) if repeated.items else [], repeated.kind)
        if not any(isinstance(value, Vector) and value.kind == "array" for value in (a, b)):
            listed = next(value for value in (a, b) if isinstance(value, Vector | range))
            self.error(
                f"there is no arithmetic with {describe(listed)}", node,
                "a vector is np.array([...]), and is calculated with element by element",
            )  # fmt: skip
        if name == "mul" and self.are_conditions(a) and self.are_conditions(b):
            return self.elementwise(lambda p, q: self.joined("and", (p, q), node), (a, b), node)
        self._no_conditions(name, (a, b), node)
        if name == "pow" and self._known(a, node) and min(self._known(b, node), default=0) < 0:
            self._negative_power(node)
        return self.elementwise(lambda p, q: self.binary(name, p, q, node), (a, b), node)

    def _negative_power(self, node: ast.AST) -> NoReturn:
        self.error("NumPy takes no negative whole power of whole numbers", node, "make one of them a float: 2.0, -1.0")

    def _of_64_bits(self, name: str, b: int, result: int | None, node: ast.AST) -> int | None:
        """The result of an operation on whole numbers as NumPy has it, where one of them is NumPy's."""
        if name == "pow" and b < 0:
            self._negative_power(node)
        if result is None:
            return self._too_large(node) if name in ("pow", "<<") and b >= 0 else None
        return result if isinstance(result, bool) else self.of_numpy(result, node)

    def of_numpy(self, value: int, node: ast.AST) -> Int64:
        """A whole number as one of NumPy's, if 64 bits hold it."""
        self.fits(value, node)
        return Int64(value)

    def _no_conditions(self, name: str, values: Sequence[Value], node: ast.AST) -> None:
        if name not in _OF_CONDITIONS and all(map(self.are_conditions, values)):
            self._of_two_conditions(node)

    def _known(self, value: Value, node: ast.AST) -> list[int]:
        """The elements, if NumPy holds them as whole numbers that are known."""
        items = list(flat(self.array(value, node)))
        known = [item for item in items if isinstance(item, int)]
        return known if len(known) == len(items) and not (isinstance(value, Vector) and value.floats) else []

    def negative(self, value: Value, node: ast.AST) -> Value:
        """The value with the other sign."""
        return self.apply("neg", (value,), node)

    def inverted(self, value: Value, node: ast.AST) -> Value:
        """Whether a condition does not hold."""
        if isinstance(value, Vector) and value.kind == "array":
            return self.elementwise(lambda item: self.inverted(item, node), (value,), node)
        known = self.truth(value, node)
        return Term(self.builder.add("not", self.condition(value, node))) if known is None else not known

    def apply(self, name: str, values: Sequence[Value], node: ast.AST) -> Value:
        """A function of numbers, elementwise on arrays; whole numbers stay whole where they can."""
        if any(isinstance(value, Vector) for value in values):
            self._arrays_only(values, node)
            self._no_conditions(name, values, node)
            return self.elementwise(lambda *items: self.apply(name, items, node), values, node)
        if all(isinstance(value, int) for value in values) and name in _OF_WHOLE_NUMBERS:
            whole = _OF_WHOLE_NUMBERS[name](*values)
            of_numpy = name in ("abs", "neg", "sign") and isinstance(values[0], Int64)
            return self.of_numpy(whole, node) if of_numpy else whole
        if name in ("max", "min") and len(values) > 1:
            neutral = -1 if name == "max" else 1
            values = [value for value in values if self.infinity(value) != neutral] or values[:1]
            if len(values) == 1:
                return values[0]
        if name in ("max", "min") and len(values) > 2:
            return reduce(lambda a, b: self.apply(name, (a, b), node), values)
        if name == "where":
            return self.choice(values[0], values[1], values[2], node)
        if name in ("and", "or"):
            return self.joined(name, values, node)
        if name == "not":
            return self.inverted(values[0], node)
        return self.equation(name, values, node)

    def _arrays_only(self, values: Sequence[Value], node: ast.AST) -> None:
        for value in values:
            if isinstance(value, Vector) and value.kind != "array":
                self.error(
                    f"a number is needed here, and this is {describe(value)}", node,
                    "a vector is np.array([...]), and functions of np are applied to each element",
                )  # fmt: skip

    def called(self, name: str, rows: Sequence[Operation], values: Sequence[Value], node: ast.AST) -> Value:
        """A function of the table, if it takes so many arguments."""
        count = len(values)
        row = next((row for row in rows if row.accepts(count)), rows[0])
        if not row.accepts(count) and not (row.name in ("max", "min") and count > 2):
            wanted = f"{row.arity or 'two or more'} argument{'' if row.arity == 1 else 's'}"
            given = f"{count} {'is' if count == 1 else 'are'} given"
            self.error(f"{name} takes {wanted}, and {given}", node, f"{name}: {row.summary}")
        return self.apply(row.name, values, node)

    # --- vectors ------------------------------------------------------------------------------------------

    def vector(self, items: list[Value], kind: str, node: ast.AST) -> Vector:
        """A new vector."""
        vector = Vector(items, kind)
        self.code.make(vector.weight, node)
        return vector

    def array(self, value: Value, node: ast.AST) -> Value:
        """A list, tuple or range and what is in it as arrays; a number stays a number."""
        if isinstance(value, range):
            self.code.make(count_of(value), node)
            return Vector(list(value), "array")
        if not isinstance(value, Vector):
            return value
        if value.kind == "array":
            return value
        items = [self.array(item, node) for item in value.items]
        if len({shape(item) for item in items}) > 1:
            self.error("the rows of an array have different lengths", node)
        array = self.vector(items, "array", node)
        if any(isinstance(item, Vector) for item in items) and not all(map(self.is_whole, items)):
            array = self._with_rows(array)
        return array

    def _with_rows(self, array: Vector) -> Vector:
        """An array of arrays of its own: where one row has floats, all have."""
        if all(map(self.are_conditions, array.items)):
            return array
        copy = snapshot(array)
        hold_floats(copy)
        return copy  # type: ignore[return-value]

    def like(self, vector: Vector, *sources: Value) -> Vector:
        """A new array, which has floats if an array has that it is made of."""
        if any(isinstance(s, Vector) and s.kind == "array" and s.items and not self.is_whole(s) for s in sources):
            hold_floats(vector)
        if any(isinstance(source, Vector) and source.fixed == EITHER for source in sources):
            fix(vector, EITHER)
        return vector

    def fitting(self, array: Vector, value: Value, node: ast.AST) -> Value:
        """A value as an element of an array; what NumPy would round, or make a condition, is refused."""
        self.real(value, node)
        hint = "let the array have floats from the start: np.array([1.0, 2, 3])"
        if not array.floats and self.are_conditions(array):
            if not self.are_conditions(value):
                self.error(
                    "an element cannot be set: it is an array of conditions, and NumPy would put one there", node, hint
                )  # fmt: skip
            return value
        if self.is_whole(array) and not isinstance(value, int) and not self.is_condition(value):
            self.error(
                "an element cannot be set: it is an array of whole numbers, and NumPy would round what is put there",
                node, hint,
            )  # fmt: skip
        return self.unconditional(value, node)

    def elementwise(self, function: Callable[..., Value], values: Sequence[Value], node: ast.AST) -> Value:
        """A function of numbers on arrays, aligned as NumPy aligns them: the last axes together, 1 fits any length."""
        arrays = [self.array(value, node) for value in values]
        shapes = [shape(value) for value in arrays]
        depth = max(map(len, shapes))
        if depth == 0:
            return function(*arrays)
        outer = [len(own) == depth for own in shapes]
        lengths = {own[0] for own, is_outer in zip(shapes, outer, strict=True) if is_outer} - {1}
        if len(lengths) > 1:
            told = " and ".join(map(str, sorted(lengths)))
            self.error(f"vectors of different lengths meet: {told}", node)
        count = lengths.pop() if lengths else 1
        self.code.make(count, node)
        columns = [
            (array.items if len(array.items) == count else array.items * count)
            if is_outer and isinstance(array, Vector) else [plain(array)] * count
            for array, is_outer in zip(arrays, outer, strict=True)
        ]  # fmt: skip
        if depth == 1:
            result = Vector(list(map(function, *columns)), "array")
        else:
            rows = zip(*columns, strict=True)
            result = Vector([self.elementwise(function, row, node) for row in rows], "array")
        self.fits(result, node)
        return result if self.are_conditions(result) else self.like(result, *arrays)

    def fits(self, value: Value, node: ast.AST) -> None:
        """Refuses whole numbers that NumPy's 64 bits do not hold: it would cut them off."""
        for item in value.items if isinstance(value, Vector) else (value,):
            if isinstance(item, int) and not -_LARGEST - 1 <= item <= _LARGEST:
                self._too_large(node)

    def _too_large(self, node: ast.AST) -> NoReturn:
        self.error(
            "NumPy's whole numbers have 64 bits, and this one has more: NumPy would cut it off", node,
            "let the array have floats from the start: np.array([1.0, 2, 3]), np.arange(1.0, 30)",
        )  # fmt: skip

    def total(self, values: Iterable[Value], node: ast.AST, start: Value = 0) -> Value:
        """The sum, from left to right; adding to nothing is no operation."""
        return self._folded("add", 0, values, node, start)

    def product(self, values: Iterable[Value], node: ast.AST, start: Value = 1) -> Value:
        """The product, from left to right."""
        return self._folded("mul", 1, values, node, start)

    def _folded(self, name: str, neutral: int, values: Iterable[Value], node: ast.AST, start: Value) -> Value:
        result = start
        for value in values:
            nothing = type(result) is int and result == neutral
            result = value if nothing and self.is_addend(value) else self.binary(name, result, value, node)
        return result

    def is_addend(self, value: Value) -> bool:
        """Whether it is a number or an array: what zero can be left out before."""
        if isinstance(value, Vector):
            return value.kind == "array"
        return type(value) in (int, Int64) or (isinstance(value, Term) and not self.is_condition(value))

    def dot(self, a: Value, b: Value, node: ast.AST) -> Value:
        """The matrix product, with vectors as rows or columns as they fit."""
        a, b = self.array(a, node), self.array(b, node)
        if not (isinstance(a, Vector) and isinstance(b, Vector)):
            return self.binary("mul", a, b, node)
        rows, columns = shape(a), shape(b)
        if rows[-1] != columns[-2 if len(columns) > 1 else 0]:
            self.error(f"vectors of different lengths meet: {rows[-1]} and {columns[max(len(columns) - 2, 0)]}", node)
        if len(rows) > 1:
            return self.vector([self.dot(row, b, node) for row in a.items], "array", node)
        if len(columns) > 1:
            return self.vector([self.dot(a, column, node) for column in _columns(b)], "array", node)
        self._no_conditions("dot", (a, b), node)
        times = partial(self.binary, "mul")
        product = self.total((times(p, q, node) for p, q in zip(a.items, b.items, strict=True)), node)
        whole = isinstance(product, int) and self.is_whole(a) and self.is_whole(b)
        return self.of_numpy(product, node) if whole else product  # type: ignore[arg-type]


def _columns(matrix: Vector) -> list[Vector]:
    rows = [row.items for row in matrix.items if isinstance(row, Vector)]
    return [Vector(list(column), "array") for column in zip(*rows, strict=True)]

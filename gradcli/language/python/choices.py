"""What a condition on the variables chooses: of numbers `where(condition, a, b)`, of vectors that of each element."""

from __future__ import annotations

import ast
import operator
from collections.abc import Iterable

from gradcli.language.python.scalars import Scalars
from gradcli.language.python.values import Int64, Maybe, Missing, Raised, Table, Term, Value, Vector, describe, fix
from gradcli.program import Ref

_ONE_OF_TWO = "it is one of two, and a condition says which"
_MAY_BE_ANOTHER = "another name may stand for it too, as a condition says"
EITHER = "it has whole numbers or floats, and a condition says which"
"""Why no element of an array is set of which it is not known what NumPy holds in it."""


class Choices(Scalars):
    """Chooses between values."""

    def joined(self, name: str, values: Iterable[Value], node: ast.AST) -> Value:
        """Conditions joined by `and` or `or`; those that are known need no equation."""
        result: Value = name == "and"
        for value in values:
            if isinstance(result, bool):
                result = value if result == (name == "and") else result
            elif not isinstance(value, bool):
                result = Term(self.builder.add(name, self.condition(result, node), self.condition(value, node)))
            elif value != (name == "and"):
                result = value
        return result

    def choice(self, test: Value, a: Value, b: Value, node: ast.AST) -> Value:
        """`a` where a condition holds, else `b`, of numbers."""
        known = self.truth(test, node)
        if known is not None:
            return a if known else b
        condition = self.condition(test, node)
        if isinstance(a, int | Term) and isinstance(b, int | Term):
            return self._chosen(condition, a, b)
        return Term(self.builder.add("where", condition, self.real(a, node), self.real(b, node)))

    def merged(self, condition: Ref, a: Value, b: Value) -> Value:
        """The value that a condition chooses; `Missing` where the two have nothing in common."""
        alike = type(a) is type(b) or {type(a), type(b)} == {int, Int64}
        if a is b or (alike and not isinstance(a, Vector | Table) and a == b):
            return a
        if isinstance(a, int | Term) and isinstance(b, int | Term):
            return self._chosen(condition, a, b)
        if isinstance(a, Missing) or isinstance(b, Missing):
            return a if isinstance(a, Missing) else b
        if all(value is None or isinstance(value, int | Term | Maybe | Raised) for value in (a, b)) and (
            not {type(None), Maybe}.isdisjoint((type(a), type(b)))
        ):
            return self._perhaps(condition, a, b)
        if isinstance(a, Raised):
            return b if isinstance(b, Raised) else self.merged(condition, self._undefined(a, b), b)
        if isinstance(b, Raised):
            return self.merged(condition, a, self._undefined(b, a))
        if isinstance(a, Vector) and isinstance(b, Vector) and a.kind == b.kind and len(a.items) == len(b.items):
            items = [self.merged(condition, p, q) for p, q in zip(a.items, b.items, strict=True)]
            merged = Vector(items, a.kind, _ONE_OF_TWO)
            keep(a, b)
            if a.kind == "array" and self.is_whole(a) != self.is_whole(b):
                merged.fixed = EITHER
            elif a.kind == "array":
                merged.floats = not self.is_whole(a)
            return merged
        if isinstance(a, Table) and isinstance(b, Table) and list(a.items) == list(b.items):
            keep(a, b)
            return Table({key: self.merged(condition, a.items[key], b.items[key]) for key in a.items}, _ONE_OF_TWO)
        return Missing(
            f"this is {describe(a)} or {describe(b)}, as a condition on the variables says",
            "let both branches give numbers, or vectors of the same length",
        )

    def narrowed(self, value: Value, condition: Ref, side: int) -> Value:
        """A value where a condition is known: of its choices by that condition only one is left.

        Args:
            side: 2 where the condition holds, 3 where it does not: the operand of `where`.
        """
        if isinstance(value, Vector):
            items = [self.narrowed(item, condition, side) for item in value.items]
            if all(map(operator.is_, items, value.items)):
                return value
            keep(value)
            narrowed = Vector(items, value.kind, value.fixed)
            narrowed.floats = value.floats
            return narrowed
        if isinstance(value, Maybe):
            if self.builder.equations[condition] == ("not", value.condition):
                condition, side = value.condition, 5 - side
            return value if value.condition != condition else value.value if side == 2 else None
        if isinstance(value, Term):
            equation = self.builder.equations[value.ref]
            if equation[:2] == ("where", condition):
                return Term(equation[side])
        return value

    def narrow(self, names: dict[str, Value], condition: Ref, side: int) -> dict[str, Value]:
        """Lets names be known that may be `None`; gives what they were."""
        before: dict[str, Value] = {name: value for name, value in names.items() if isinstance(value, Maybe)}
        names |= {name: self.narrowed(value, condition, side) for name, value in before.items()}
        return before

    def _perhaps(self, condition: Ref, a: Value, b: Value) -> Maybe:
        """What may be `None`: where it is not, and what it is there."""
        add, nowhere = self.builder.add, ast.Pass()
        sides = (
            (Term(condition), self.narrowed(a, condition, 2)),
            (Term(add("not", condition)), self.narrowed(b, condition, 3)),
        )
        there = [
            side if is_there is True else self.joined("and", (side, is_there), nowhere)
            for side, value in sides
            for is_there in (Term(value.condition) if isinstance(value, Maybe) else value is not None,)
        ]
        first, second = (value.value if isinstance(value, Maybe) else value for _, value in sides)
        chosen = first if second is None else second if first is None else self.merged(condition, first, second)
        return Maybe(self.condition(self.joined("or", there, nowhere), nowhere), chosen)

    def _undefined(self, raised: Raised, other: Value) -> Value:
        """What stands for an exception beside another value: the same structure, undefined throughout."""
        if isinstance(other, Vector):
            return Vector([self._undefined(raised, item) for item in other.items], other.kind)
        if isinstance(other, Table):
            return Table({key: self._undefined(raised, item) for key, item in other.items.items()})
        if not isinstance(other, int | Term):
            return other
        place, self.builder.span = self.builder.span, self.code.span(raised.node)
        zero = self.builder.const("0")
        undefined = Term(self.builder.add("div", zero, zero))
        self.builder.span = place
        return undefined

    def _chosen(self, condition: Ref, a: int | Term, b: int | Term) -> Value:
        add = self.builder.add
        if all(isinstance(value, bool) or self.is_condition(value) for value in (a, b)):
            first, second = (
                value.ref if isinstance(value, Term) else add("true" if value else "false") for value in (a, b)
            )
            return Term(add("or", add("and", condition, first), add("and", add("not", condition), second)))
        nowhere = ast.Pass()  # numbers are never refused
        return Term(add("where", condition, self.real(a, nowhere), self.real(b, nowhere)))


def keep(*values: Vector | Table) -> None:
    """Lets vectors be as they are of which another value may be one: a change of them would be one of it."""
    for value in values:
        if value.fixed is None:
            fix(value, _MAY_BE_ANOTHER)
        if isinstance(value, Vector) and value.seen is not None:
            keep(*(owner for owner, _ in value.seen))

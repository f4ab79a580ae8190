"""What is changed under a condition on the variables: it can be taken back, and where ways meet the condition chooses.

Both branches of an `if` are read from the same start, so a branch's changes of names and vectors are undone after it.
Where they meet again each name and each element becomes `where(condition, a, b)`. What cannot be taken back, such as
a value that was drawn from an iterator, is refused there.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from functools import partial

from gradcli.language.python.code import Code
from gradcli.language.python.displays import Displays
from gradcli.language.python.exits import Changed, Exit, Jump, State, T, Target, first, jumps
from gradcli.language.python.module import File
from gradcli.language.python.values import Missing, Scope, Stream, Table, Value, Vector, age
from gradcli.program import Builder, Ref


class Fork:
    """What is being read under a condition: a branch, or the rest of a loop or function that one may have left.

    Attributes:
        born: vectors of this age were made inside, where no other way sees them.
        settled: dictionaries and iterators of this age may change, as no other way needs them.
        changed: older vectors that were changed inside, with the elements they had before.
    """

    def __init__(self) -> None:
        self.born = self.settled = age()
        self.changed: Changed = {}

    def now(self) -> Changed:
        """The vectors that were changed, with the elements that they have."""
        return {key: (vector, vector.items) for key, (vector, _) in self.changed.items()}

    def take_back(self) -> None:
        """Gives them the elements that they had."""
        for vector, items in self.changed.values():
            vector.items = items


class Ways(Displays):
    """Keeps what is changed under conditions apart from what is always there."""

    def __init__(self, code: Code, builder: Builder, file: File) -> None:
        super().__init__(code, builder, file)
        self._forks: list[Fork] = []
        self._drawn: list[Stream] = []

    def meet(
        self,
        exits: Sequence[Exit],
        running: State | None,
        target: Target,
        before: Changed,
        scope: Scope,
    ) -> None:
        """Goes on where ways meet: each name and vector gets the value of the way that the conditions choose.

        Args:
            running: what the way leaves behind that takes no exit, if there is one.
            before: vectors that were changed since the first way began, with the elements they had.
        """
        self.meet_vectors(exits, running, target, before, age())
        merged = partial(self._either_names, target[0])
        names = _reached(exits, running, target, lambda state: state.names, merged)
        scope.names.clear()
        scope.names.update(names)

    def meet_vectors(
        self, exits: Sequence[Exit], running: State | None, target: Target, before: Changed, born: int
    ) -> None:
        """Gives each vector that any way has changed the elements of the way that the conditions choose.

        Args:
            born: vectors of this age are not seen any more.
        """
        ways = [jump.state for jump in jumps(exits) if jump.target == target]
        ways += [] if running is None else [running]
        changed = [entry for way in (before, *(way.changed for way in ways)) for entry in way.values()]
        vectors = {id(vector): vector for vector, _ in changed if vector.age < born}

        def items(state: State, vector: Vector) -> list[Value]:
            key = id(vector)
            return (state.changed.get(key) or before.get(key) or (vector, vector.items))[1]

        merged = partial(self._either_list, target[0])
        found = [_reached(exits, running, target, partial(items, vector=v), merged) for v in vectors.values()]
        for vector, new in zip(vectors.values(), found, strict=True):
            self.replace(vector, new)

    def _either_list(self, node: ast.AST, condition: Ref, a: list[Value], b: list[Value]) -> list[Value]:
        if len(a) != len(b):
            self.error(
                "how long a list is depends on the variables here", node,
                "let both branches append to it; or choose where it is used: sum(v for v in x if v > 0)",
            )  # fmt: skip
        return [self.merged(condition, p, q) for p, q in zip(a, b, strict=True)]

    def _either_names(
        self, node: ast.AST, condition: Ref, a: dict[str, Value], b: dict[str, Value]
    ) -> dict[str, Value]:
        return {
            name: self.merged(condition, a.get(name, missing), b.get(name, missing))
            for name in {**a, **b}
            for missing in (_missing(name, node),)
        }

    # --- what a branch changes ----------------------------------------------------------------------------

    def aside(self, node: ast.expr, scope: Scope) -> Value:
        """The value of a branch inside an expression: it must not change anything."""
        names, fork = scope.function.names, Fork()
        before = dict(names)
        self._forks.append(fork)
        value = self.value(node, scope)
        self._forks.pop()
        if fork.changed or names != before:
            self.error(
                "this changes something, under a condition on the variables", node,
                "write it as statements: if ...: ... else: ...",
            )  # fmt: skip
        return value

    def change(self, vector: Vector, new: dict[int, Value]) -> None:
        """Gives elements new values; inside a branch, by a change that can be taken back."""
        if self._forks:
            self.replace(vector, [new.get(k, item) for k, item in enumerate(vector.items)])
        else:
            super().change(vector, new)

    def replace(self, vector: Vector, items: list[Value]) -> None:
        """Gives a vector other elements; the branch that is being read remembers the old ones."""
        if self._forks and vector.age < self._forks[-1].born:
            self._forks[-1].changed.setdefault(id(vector), (vector, vector.items))
        super().replace(vector, items)

    def extend(self, vector: Vector, items: list[Value]) -> None:
        """Gives a list more elements at its end; inside a branch, by a change that can be taken back."""
        if self._forks:
            self.replace(vector, [*vector.items, *items])
        else:
            super().extend(vector, items)

    def set_key(self, table: Table, key: str | int, value: Value, node: ast.AST) -> None:
        """Gives a key of a dictionary a value, unless a branch would have to take that back."""
        self._unconditional(table, node, "a dictionary is changed", "set a name in both branches, and put that into it")
        super().set_key(table, key, value, node)

    def drawn(self, stream: Stream, node: ast.AST) -> Iterator[Value]:
        """What an iterator still gives, unless a branch would have to put it back."""
        self._unconditional(stream, node, "an iterator is used up", "make a list of it before: list(...)")
        self._drawn.append(stream)
        return super().drawn(stream, node)

    def _unconditional(self, value: Table | Stream, node: ast.AST, what: str, hint: str) -> None:
        if self._forks and value.age < self._forks[-1].settled:
            self.error(f"{what} here, under a condition on the variables", node, hint)


def _reached(
    exits: Sequence[Exit],
    running: State | None,
    target: Target,
    of: Callable[[State], T],
    merged: Callable[[Ref, T, T], T],
) -> T:
    """What holds in the state with which a target is reached, by an exit or by the way that runs on."""

    def either(condition: Ref, a: T | None, b: T | None) -> T | None:
        return b if a is None else a if b is None or a is b else merged(condition, a, b)

    def left(jump: Jump, rest: T | None) -> T | None:
        return of(jump.state) if jump.target == target else rest

    found = first(exits, None if running is None else of(running), left, either)
    assert found is not None  # a way leads here
    return found


def _missing(name: str, node: ast.AST) -> Missing:
    if isinstance(node, ast.If):
        return Missing(f"'{name}' has a value in one branch only", "give it one before the 'if', or in both")
    return Missing(f"'{name}' has no value where the loop is left early", "give it one before the loop")

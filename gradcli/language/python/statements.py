"""Statements of Python: a function's body becomes the equations of what it returns.

Loops are unrolled and calls put in their places. A condition that is known chooses its branch. Where it depends on
the variables both branches are read, and names that differ afterwards become `where(condition, a, b)`; a `return`
inside is kept as an exit, and the function's value is put together from its exits, the last one first:

    if x > 0:                      exits: [Split(x > 0, [log(x)], [])], and then 0
        return log(x)              where(x > 0, log(x), 0)
    return 0
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import Enum, auto
from typing import Any, NamedTuple, TypeAlias

from gradcli.language.python.code import MAX_STEPS, Code
from gradcli.language.python.displays import Displays
from gradcli.language.python.module import File, own_names
from gradcli.language.python.values import (
    Function,
    Missing,
    Raised,
    Scope,
    Stream,
    Table,
    Value,
    Vector,
    snapshot,
)
from gradcli.program import Builder, Ref

_HARMLESS = frozenset({"cache", "lru_cache", "njit", "jit", "vectorize", "staticmethod", "wraps"})
"""Decorators that change how a function is run, and not what it gives."""


_LEAVING = (ast.Break, ast.Continue, ast.Return, ast.Raise)
_END: Any = object()


class End(Enum):
    """How a block of statements ends."""

    FALLS = auto()  # the next statement follows
    LEAVES = auto()  # by return or raise
    BREAKS = auto()
    CONTINUES = auto()


class Split(NamedTuple):
    """Exits of a function under a condition, and else."""

    condition: Ref
    then: list[Exit]
    otherwise: list[Exit]


Exit: TypeAlias = Split | Value
"""A value that a function returns, or exits under a condition."""


class Frame:
    """A call of a function while its body is read.

    Attributes:
        exits: what it returns, in the order of the text.
        forks: how many conditions on the variables stand around the statement, inside the innermost loop.
    """

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.exits: list[Exit] = []
        self.forks = 0


class _Fork:
    """A branch that is being read.

    Attributes:
        born: the age of the first vector that is made inside.
        changed: older vectors that were changed inside, with the elements they had before.
    """

    def __init__(self) -> None:
        self.born = Vector([], "list").age
        self.changed: dict[int, tuple[Vector, list[Value]]] = {}


class _Side(NamedTuple):
    """What a branch leaves behind: how it ends, the names after it, its exits, the vectors that it changed."""

    end: End
    names: dict[str, Value]
    exits: list[Exit]
    changed: dict[int, tuple[Vector, list[Value]]]


class Interpreter(Displays):
    """Reads functions: partially evaluates what is known, and builds equations of the rest."""

    def __init__(self, code: Code, builder: Builder, file: File) -> None:
        super().__init__(code, builder, file)
        self._active: list[ast.AST] = []
        self._forks: list[_Fork] = []
        self._results: dict[Any, Value] = {}
        self._statements: dict[type[ast.AST], Callable[[Any, Frame], End]] = {
            ast.Assign: self.assignment, ast.AnnAssign: self.assignment, ast.AugAssign: self.augmented,
            ast.Return: self.returned, ast.Raise: self.raised, ast.If: self.branch, ast.For: self.loop,
            ast.While: self.repetition, ast.Break: self.broken, ast.Continue: self.broken, ast.Pass: self.nothing,
            ast.Assert: self.asserted, ast.Expr: self.bare, ast.FunctionDef: self.definition,
            ast.Import: self.imports, ast.ImportFrom: self.imports, ast.With: self.silenced, ast.Delete: self.deleted,
        }  # fmt: skip

    # --- functions ----------------------------------------------------------------------------------------

    def invoke(self, function: Function, values: list[Value], keywords: dict[str, Value], node: ast.expr) -> Value:
        """The value of a function of the file: its body, read with the arguments in the place of the parameters."""
        if function.node in self._active:
            self.error(f"'{function.name}' calls itself", node, "write it as a loop")
        for value in (*values, *keywords.values()):
            self.present(value, node)
        names = self.bound(function, values, keywords, node)
        key = None
        if function.scope is None and not any(isinstance(value, Vector | Function) for value in names.values()):
            key = (function.node, *((type(value), value) for value in names.values()))
            if key in self._results:
                return self._results[key]
        scope = Scope(function.scope)
        scope.names.update(names)
        result = self.body(function, scope)
        if key is not None and not isinstance(result, Vector):
            self._results[key] = result
        return result

    def body(self, function: Function, scope: Scope) -> Value:
        """What a function returns in a scope that has its parameters."""
        self._active.append(function.node)
        if isinstance(function.node, ast.Lambda):
            result = self.value(function.node.body, scope)
        else:
            self._check_plain(function.node)
            scope.own = own_names(function.node)
            frame = Frame(scope)
            self.block(function.node.body, frame)
            endless = Missing("a way through the function ends without a value", "let it end with return")
            result = self.result(frame.exits, endless if frame.exits else None)
        self._active.pop()
        return result

    def _check_plain(self, node: ast.FunctionDef) -> None:
        for decorator in node.decorator_list:
            named = decorator.func if isinstance(decorator, ast.Call) else decorator
            name = named.attr if isinstance(named, ast.Attribute) else getattr(named, "id", "")
            if name not in _HARMLESS:
                self.error("a decorator may change the function, and it is not run", decorator, "leave it out")

    def bound(
        self, function: Function, values: Sequence[Value], keywords: dict[str, Value], node: ast.AST
    ) -> dict[str, Value]:
        """The parameters' values, in the order of the signature."""
        signature = function.node.args
        positional = [a.arg for a in (*signature.posonlyargs, *signature.args)]
        names = [*positional, *(a.arg for a in signature.kwonlyargs)]
        if signature.kwarg is not None:
            self.error("a function with any number of arguments has no fixed variables", node, "name each argument")
        found: dict[str, Value] = dict(zip(positional, values, strict=False))
        if signature.vararg is not None:
            found[signature.vararg.arg] = Vector(list(values[len(positional) :]), "tuple")
        unknown = [name for name in keywords if name not in names or name in found]
        if unknown or (len(values) > len(positional) and signature.vararg is None):
            self.error(f"{function.name} takes no such arguments", node, f"it is {function.name}({', '.join(names)})")
        found |= keywords
        found |= {name: self.default(function, name, node) for name in names if name not in found}
        return {name: found[name] for name in (*names, *found)}

    def default(self, function: Function, name: str, node: ast.AST) -> Value:
        """The value of a parameter that is not given."""
        if function.scope is None and not function.defaults:
            function.defaults.update(self.function(function.node, Scope()).defaults)
        if name not in function.defaults:
            self.error(f"{function.name} lacks its argument '{name}'", node)
        return function.defaults[name]

    def result(self, exits: list[Exit], rest: Value) -> Value:
        """The value that exits give together, where `rest` follows them."""
        for leaving in reversed(exits):
            if isinstance(leaving, Split):
                condition = leaving.condition
                then = self.result(leaving.then, self.narrowed(rest, condition, 2))
                otherwise = self.result(leaving.otherwise, self.narrowed(rest, condition, 3))
                rest = self.merged(condition, then, otherwise)
            else:
                rest = leaving
        return rest

    # --- blocks -------------------------------------------------------------------------------------------

    def block(self, statements: Iterable[ast.stmt], frame: Frame) -> End:
        """Reads statements in order, up to one that does not fall to the next."""
        for statement in statements:
            self.code.step(statement)
            reader = self._statements.get(type(statement))
            if reader is None:
                self.refuse(statement)
            end = reader(statement, frame)
            if end is not End.FALLS:
                return end
        return End.FALLS

    def assignment(self, node: ast.Assign | ast.AnnAssign, frame: Frame) -> End:
        if node.value is not None:
            value = self.value(node.value, frame.scope)
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                self.assign(target, value, frame.scope)
        return End.FALLS

    def augmented(self, node: ast.AugAssign, frame: Frame) -> End:
        target = node.target
        place = ast.copy_location(type(target)(**{**vars(target), "ctx": ast.Load()}), target)
        old, added = self.value(place, frame.scope), self.value(node.value, frame.scope)
        if isinstance(old, Vector) and old.kind == "list" and not _is_array(added):  # an array would make one of it
            if isinstance(node.op, ast.Add):
                self.changeable(old, node)
                self.extend(old, self.members(added, node))
                return End.FALLS
            if isinstance(node.op, ast.Mult):
                self.changeable(old, node)
                self.replace(old, self.members(self.operator(node.op, old, added, node), node))
                return End.FALLS
        if isinstance(node.op, ast.Add) and old == 0 and type(old) is int and self.is_addend(added):
            new = added
        else:
            new = self.operator(node.op, old, added, node)
        if isinstance(old, Vector) and old.kind == "array" and isinstance(target, ast.Name):
            self.changeable(old, node)
            self.fill(old, new, node)  # in place, as Python does: other names of the vector see it
        else:
            self.assign(target, new, frame.scope)
        return End.FALLS

    def nothing(self, node: ast.Pass, frame: Frame) -> End:
        return End.FALLS

    def asserted(self, node: ast.Assert, frame: Frame) -> End:
        self.note("an assert is not checked", node)
        return End.FALLS

    def bare(self, node: ast.Expr, frame: Frame) -> End:
        value = node.value
        if isinstance(value, ast.Constant):  # a docstring, or ...
            return End.FALLS
        if isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id == "print":
            self.note("print is not run", node)
            return End.FALLS
        result = self.value(value, frame.scope)
        if isinstance(result, Raised):
            frame.exits.append(result)
            return End.LEAVES
        if result is not None:
            self.error("this value is used for nothing", node, "write return before it, or give it a name")
        return End.FALLS

    def silenced(self, node: ast.With, frame: Frame) -> End:
        """`with np.errstate(...)`: it says which warnings come, and changes no number."""
        for item in node.items:
            match item:
                case ast.withitem(ast.Call(ast.Attribute(attr="errstate" | "catch_warnings")), None):
                    continue
            self.refuse(node)
        return self.block(node.body, frame)

    def deleted(self, node: ast.Delete, frame: Frame) -> End:
        for target in node.targets:
            if not isinstance(target, ast.Name) or target.id not in frame.scope.names:
                self.refuse(node)
            frame.scope.names[target.id] = Missing(f"'{target.id}' was deleted before")
        return End.FALLS

    def definition(self, node: ast.FunctionDef, frame: Frame) -> End:
        frame.scope.names[node.name] = self.function(node, frame.scope)
        return End.FALLS

    def imports(self, node: ast.Import | ast.ImportFrom, frame: Frame) -> End:
        for name, value in self.file.imports(node):
            self.at(node)
            frame.scope.names[name] = self.imported(value)
        return End.FALLS

    # --- what leaves a block ------------------------------------------------------------------------------

    def returned(self, node: ast.Return, frame: Frame) -> End:
        value = None if node.value is None else self.value(node.value, frame.scope)
        if isinstance(value, Vector) and self._forks:  # another branch may still change it
            value = snapshot(value)
        frame.exits.append(value)
        return End.LEAVES

    def raised(self, node: ast.Raise, frame: Frame) -> End:
        frame.exits.append(Raised(node))
        return End.LEAVES

    def broken(self, node: ast.Break | ast.Continue, frame: Frame) -> End:
        word = "break" if isinstance(node, ast.Break) else "continue"
        if frame.forks:
            self.error(
                f"whether the loop goes on here ('{word}') depends on the variables", node,
                "let the loop go on, and change nothing: s += a if condition else 0",
            )  # fmt: skip
        return End.BREAKS if word == "break" else End.CONTINUES

    # --- loops --------------------------------------------------------------------------------------------

    def loop(self, node: ast.For, frame: Frame) -> End:
        values = self.value(node.iter, frame.scope)
        if isinstance(values, range):
            self._foresee(node, len(values), frame.scope)
        return self._rounds(node, frame, self.walked(values, node.iter))

    def _foresee(self, node: ast.For, rounds: int, scope: Scope) -> None:
        """Refuses loops in loops at once that would be refused only after a million steps."""
        inner: ast.stmt = node
        while isinstance(inner, ast.For) and not any(isinstance(n, _LEAVING) for n in ast.walk(inner)):
            loops = [statement for statement in inner.body if isinstance(statement, ast.For)]
            match loops:
                case [ast.For(iter=ast.Call(func=ast.Name(id="range"), args=[ast.Constant() | ast.Name() as bound]))]:
                    count = scope.find(bound.id, None) if isinstance(bound, ast.Name) else bound.value
                    rounds *= count if isinstance(count, int) and count > 0 else 1
                    inner = loops[0]
                case _:
                    break
        if inner is not node and rounds > MAX_STEPS:
            self.code.step(node.iter, rounds)

    def repetition(self, node: ast.While, frame: Frame) -> End:
        return self._rounds(node, frame, iter(()))

    def _rounds(self, node: ast.For | ast.While, frame: Frame, remaining: Iterator[Value]) -> End:
        forks, frame.forks = frame.forks, 0
        end = End.FALLS
        while isinstance(node, ast.For) or self._goes_on(node, frame.scope):
            if isinstance(node, ast.For):
                item = next(remaining, _END)
                if item is _END:
                    break
                self.assign(node.target, item, frame.scope)
            self.code.step(node)
            end = self.block(node.body, frame)
            if end in (End.LEAVES, End.BREAKS):
                break
        frame.forks = forks
        if end is End.LEAVES:
            return end
        return End.FALLS if end is End.BREAKS else self.block(node.orelse, frame)

    def _goes_on(self, node: ast.While, scope: Scope) -> bool:
        truth = self.truth(self.value(node.test, scope), node.test)
        if truth is None:
            self.error(
                "how often this loop runs depends on the variables", node.test,
                "write a fixed number of rounds: for k in range(20): ...",
            )  # fmt: skip
        return truth

    # --- branches -----------------------------------------------------------------------------------------

    def branch(self, node: ast.If, frame: Frame) -> End:
        test = self.value(node.test, frame.scope)
        self.at(node.test)
        known = self.truth(test, node.test)
        if known is not None:
            return self.block(node.body if known else node.orelse, frame)
        condition = self.condition(test, node.test)
        frame.forks += 1
        then, otherwise = (self._side(statements, frame) for statements in (node.body, node.orelse))
        frame.forks -= 1
        if then.exits or otherwise.exits:
            frame.exits.append(Split(condition, then.exits, otherwise.exits))
        if then.end is otherwise.end is End.LEAVES:
            return End.LEAVES
        self.at(node.test)
        if then.end is End.LEAVES or otherwise.end is End.LEAVES:
            self._goes_on_with(otherwise if then.end is End.LEAVES else then, frame.scope)
        else:
            self._join(condition, then, otherwise, frame.scope, node)
        return End.FALLS

    def _side(self, statements: Iterable[ast.stmt], frame: Frame) -> _Side:
        """Reads a branch, and takes back what it did."""
        names, exits, before = frame.scope.names, frame.exits, dict(frame.scope.names)
        fork = _Fork()
        frame.exits = []
        self._forks.append(fork)
        end = self.block(statements, frame)
        self._forks.pop()
        side = _Side(end, dict(names), frame.exits, {k: (v, v.items) for k, (v, _) in fork.changed.items()})
        for vector, items in fork.changed.values():
            vector.items = items
        frame.exits = exits
        names.clear()
        names.update(before)
        return side

    def _goes_on_with(self, side: _Side, scope: Scope) -> None:
        """Does what one branch did, where the other one left."""
        scope.names.update(side.names)
        for vector, items in side.changed.values():
            self.replace(vector, items)

    def _join(self, condition: Ref, then: _Side, otherwise: _Side, scope: Scope, node: ast.If) -> None:
        """Gives each name and vector the value of the branch that the condition chooses."""
        for key, (vector, _) in {**then.changed, **otherwise.changed}.items():
            first, second = (side.changed.get(key, (vector, vector.items))[1] for side in (then, otherwise))
            if len(first) != len(second):
                self.error("how long a list is depends on the variables here", node, "let both branches append to it")
            self.replace(vector, [self.merged(condition, p, q) for p, q in zip(first, second, strict=True)])
        for name in {**then.names, **otherwise.names}:
            missing = Missing(f"'{name}' has a value in one branch only", "give it one before the 'if', or in both")
            a, b = then.names.get(name, missing), otherwise.names.get(name, missing)
            scope.names[name] = self.merged(condition, a, b)

    # --- what a branch changes ----------------------------------------------------------------------------

    def aside(self, node: ast.expr, scope: Scope) -> Value:
        """The value of a branch inside an expression: it must not change anything."""
        names, fork = scope.function.names, _Fork()
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
        return super().drawn(stream, node)

    def _unconditional(self, value: Table | Stream, node: ast.AST, what: str, hint: str) -> None:
        if self._forks and value.age < self._forks[-1].born:
            self.error(f"{what} here, under a condition on the variables", node, hint)


def _is_array(value: Value) -> bool:
    return isinstance(value, Vector) and value.kind == "array"

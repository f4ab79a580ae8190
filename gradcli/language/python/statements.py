"""Statements of Python: a function's body becomes the equations of what it returns.

Loops are unrolled (`loops`) and calls put in their places. A condition that is known chooses its branch. Where it
depends on the variables both branches are read, and names that differ afterwards become `where(condition, a, b)`. A
`return`, a `break` or a `continue` inside is kept as an exit (`exits`): what follows is read for the other case, and
the function's value, or a name's after the loop, is put together from the exits, the last one first:

    if x > 0:                      exits: [Split(x > 0, [Jump(log(x))], [])], and then Jump(0)
        return log(x)              where(x > 0, log(x), 0)
    return 0
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from gradcli.language.python.choices import keep
from gradcli.language.python.code import Code
from gradcli.language.python.exits import Exit, Jump, Split, State, first, jumps
from gradcli.language.python.loops import End, Frame, Loops
from gradcli.language.python.module import File, own_names
from gradcli.language.python.values import (
    Function,
    Maybe,
    Missing,
    Raised,
    Scope,
    Table,
    Value,
    Vector,
    snapshot,
)
from gradcli.language.python.ways import Fork
from gradcli.program import Builder, Ref

_HARMLESS = frozenset({"cache", "lru_cache", "njit", "jit", "vectorize", "staticmethod", "wraps"})
"""Decorators that change how a function is run, and not what it gives."""


class _Side(NamedTuple):
    """What a branch leaves behind: how it ends, what is there after it, its exits."""

    end: End
    state: State
    exits: list[Exit]


class Interpreter(Loops):
    """Reads functions: partially evaluates what is known, and builds equations of the rest."""

    def __init__(self, code: Code, builder: Builder, file: File) -> None:
        super().__init__(code, builder, file)
        self._active: list[ast.AST] = []
        self._results: dict[Any, Value] = {}
        self._statements: dict[type[ast.AST], Callable[[Any, Frame], End]] = {
            ast.Assign: self.assignment, ast.AnnAssign: self.assignment, ast.AugAssign: self.augmented,
            ast.Return: self.returned, ast.Raise: self.raised, ast.If: self.branch, ast.For: self.loop,
            ast.While: self.repetition, ast.Break: self.jumped, ast.Continue: self.jumped, ast.Pass: self.nothing,
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
            frame = Frame(function.node, scope, len(self._forks))
            end = self.block(function.node.body, frame)
            endless = Missing("a way through the function ends without a value", "let it end with return")
            gives = any(jump.value is not None and not isinstance(jump.value, Raised) for jump in jumps(frame.exits))
            result = self.result(frame.exits, endless if gives else None)
            keep(*frame.returned)
            self._ended(end, frame)
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

    def result(self, exits: Sequence[Exit], rest: Value) -> Value:
        """The value that exits give together, where `rest` follows them."""
        return first(exits, rest, lambda jump, _: jump.value, self.merged, self.narrowed)

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
            return frame.leave(ast.Raise, result, {})
        if isinstance(result, Maybe) and isinstance(result.value, Raised):
            there = Jump((frame.node, ast.Raise), State({}, {}), result.value)
            self._part([Split(result.condition, [there], [])], frame)
        if result is not None and not self._acts(value, frame.scope):
            self.error("this value is used for nothing", node, "write return before it, or give it a name")
        return End.FALLS

    def _acts(self, node: ast.expr, scope: Scope) -> bool:
        """Whether it is a call that may have done something beside its value: changed a list, drawn a value."""
        match node:
            case ast.Call(func=ast.Name(id=name)):
                return name == "next" or isinstance(self.find(name, scope, node), Function)
            case ast.Call(func=ast.Attribute(attr=method)):
                return method == "pop"
        return False

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
        if isinstance(value, Vector | Table) and len(self._forks) > frame.base:  # another way may still change it
            frame.returned.append(value)
            value = snapshot(value)
        if isinstance(value, Function) and value.scope is not None and len(self._forks) > frame.base:
            value = Missing("a function is returned here, under a condition on the variables", "call it here", node)
        return frame.leave(ast.Return, value, self._changed(frame.base))

    def raised(self, node: ast.Raise, frame: Frame) -> End:
        return frame.leave(ast.Raise, Raised(node), {})

    def jumped(self, node: ast.Break | ast.Continue, frame: Frame) -> End:
        if frame.loop is None:
            self.error("there is no loop around this", node, "leave a function by return")
        frame.exits.append(Jump((frame.loop, type(node)), self._state(frame)))
        return End.LEAVES

    # --- branches -----------------------------------------------------------------------------------------

    def branch(self, node: ast.If, frame: Frame) -> End:
        test = self.value(node.test, frame.scope)
        self.at(node.test)
        known = self.truth(test, node.test)
        if known is not None:
            return self.block(node.body if known else node.orelse, frame)
        condition = self.condition(test, node.test)
        then = self._side(node.body, frame, condition, 2)
        otherwise = self._side(node.orelse, frame, condition, 3)
        if then.exits or otherwise.exits:
            self._part([Split(condition, then.exits, otherwise.exits)], frame)
        if then.end is otherwise.end is End.LEAVES:
            return End.LEAVES
        self.at(node.test)
        target = node, ast.If
        ways = [[Jump(target, side.state)] if side.end is End.FALLS else [] for side in (then, otherwise)]
        only = otherwise.state if then.end is End.LEAVES else then.state
        both = then.end is otherwise.end
        self.meet([Split(condition, *ways)] if both else [], None if both else only, target, {}, frame.scope)
        return End.FALLS

    def _side(self, statements: Iterable[ast.stmt], frame: Frame, condition: Ref, side: int) -> _Side:
        """Reads a branch, and takes back what it did."""
        names, exits, before = frame.scope.names, frame.exits, dict(frame.scope.names)
        asked = self.narrow(names, condition, side)
        known = {name: names[name] for name in asked}
        fork = Fork()
        frame.exits = []
        self._forks.append(fork)
        end = self.block(statements, frame)
        self._forks.pop()
        left = dict(names) | {name: old for name, old in asked.items() if names[name] is known[name]}
        result = _Side(end, State(left, fork.now()), frame.exits)
        fork.take_back()
        frame.exits = exits
        names.clear()
        names.update(before)
        return result

    def _ended(self, end: End, frame: Frame) -> None:
        """Lets the vectors be what they are after a call, whichever of its ways was taken."""
        if len(self._forks) == frame.base:
            return
        target = frame.node, ast.Return
        running = State({}, self._changed(frame.base)) if end is End.FALLS else None
        if running or any(jump.target == target for jump in jumps(frame.exits)):
            self.meet_vectors(frame.exits, running, target, self._forks[-1].changed, frame.born)
        self._settle([], frame)


def _is_array(value: Value) -> bool:
    return isinstance(value, Vector) and value.kind == "array"

"""The top level of a Python file: what its names stand for. Nothing is run, and what is not used is not looked at.

Functions and constants are found by name; a constant's expression is read when it is first used. A name that the
file sets twice, in a loop or under a condition has no one value: using it is an error.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from typing import TypeAlias

from gradcli.language.python.functions import is_numpy, module
from gradcli.language.python.refusals import REFUSED
from gradcli.language.python.values import Builtin, Function, Missing, Module, Value

_CHANGING = frozenset({
    "append", "extend", "insert", "pop", "remove", "reverse", "clear", "sort", "update", "setdefault", "popitem",
    "fill", "put", "resize", "itemset", "partition",
})  # fmt: skip
"""Methods that change what they are called on."""
_PLAIN = (ast.expr_context, ast.operator, ast.Name, ast.Constant)

Definition: TypeAlias = Value | ast.expr
"""What a name of the file stands for; an expression until it is used for the first time."""


class File:
    """The names of a file.

    Attributes:
        names: what they stand for.
        functions: the functions among them, in order.
        stars: modules whose names are all imported.
        with_numpy: whether NumPy is imported anywhere: numbers may be NumPy's then.
        changed: the members of modules that the file sets itself, by module and name, and what is to be said of them.
    """

    def __init__(self, tree: ast.Module) -> None:
        self.names: dict[str, Definition] = {}
        self.functions: dict[str, Function] = {}
        self.stars: list[Module] = []
        self.with_numpy = False
        self.changed: dict[tuple[str, str], Missing] = {}
        for statement in tree.body:
            for name, definition in self._definitions(statement):
                self._define(name, definition, statement)
        for name, place in changes(tree):
            if isinstance(self.names.get(name), ast.expr):
                self.names[name] = _unsettled(name, place)
            owner = self.names.get(name)
            if isinstance(owner, Module) and isinstance(place, ast.Attribute):
                self.changed[owner.name, place.attr] = _unsettled(f"{name}.{place.attr}", place)

    def circular(self, name: str, node: ast.AST) -> Missing:
        """What a constant stands for while its own expression is read."""
        return Missing(f"'{name}' is defined by itself", "give it a number", node)

    def imports(self, node: ast.Import | ast.ImportFrom) -> Iterator[tuple[str, Value]]:
        """The names that an import defines."""
        for alias in node.names:
            path = alias.name if isinstance(node, ast.Import) else node.module or "."
            known = module(path)
            self.with_numpy |= known is not None and is_numpy(known)
            if isinstance(node, ast.Import):
                name = alias.asname or alias.name.partition(".")[0]
                yield name, (known if alias.asname else module(name)) or _foreign(name, path)
            elif alias.name == "*":
                if known is not None:
                    self.stars.append(known)
            else:
                name, whole = alias.asname or alias.name, module(f"{path}.{alias.name}")
                yield name, whole or (Builtin(alias.name, known.name) if known else _foreign(name, path))

    def _define(self, name: str, definition: Definition, statement: ast.stmt) -> None:
        before = self.names.get(name)
        imported = isinstance(statement, ast.Import | ast.ImportFrom | ast.Try | ast.If)
        if name in self.names and not (imported and isinstance(before, Module | Builtin | Missing)):
            hint = "give each function a name of its own"
            definition = Missing(f"'{name}' is defined twice", hint, statement)
        self.names[name] = definition
        if isinstance(definition, Function):
            self.functions[name] = definition

    def _definitions(self, statement: ast.stmt) -> Iterable[tuple[str, Definition]]:
        match statement:
            case ast.FunctionDef(name=name):
                return [(name, Function(name, statement, None, {}))]
            case ast.ClassDef(name=name) | ast.AsyncFunctionDef(name=name):
                return [(name, Missing(*REFUSED[type(statement).__name__]))]
            case ast.Import() | ast.ImportFrom():
                return self.imports(statement)
            case ast.Expr(value=ast.Lambda() as function):
                return [("f", Function("f", function, None, {}))]
            case ast.Assign(targets=targets, value=value):
                return [pair for target in targets for pair in _assigned(target, value)]
            case ast.AnnAssign(target=target, value=ast.expr() as value):
                return _assigned(target, value)
            case ast.AnnAssign():
                return []
            case ast.Try() | ast.If():
                return self._inside(statement)
        return [(name, _unsettled(name, statement)) for name in _names(statement)]

    def _inside(self, statement: ast.stmt) -> Iterator[tuple[str, Definition]]:
        """What is defined under a condition: imports are what they are, everything else has no one value."""
        imported: set[str] = set()
        for node in ast.walk(statement):
            if isinstance(node, ast.Import | ast.ImportFrom):
                for name, value in self.imports(node):
                    if name not in imported or not isinstance(value, Missing):
                        imported.add(name)
                        yield name, value
        if not _is_main(statement):
            yield from ((name, _unsettled(name, statement)) for name in _names(statement) if name not in imported)


def _assigned(target: ast.expr, value: ast.expr) -> Iterator[tuple[str, Definition]]:
    """The names of an assignment; what is unpacked is found by its index."""
    if isinstance(target, ast.Name):
        is_function = isinstance(value, ast.Lambda)
        yield target.id, (Function(target.id, value, None, {}) if is_function else value)  # type: ignore[arg-type]
    elif isinstance(target, ast.Tuple | ast.List):
        for k, inner in enumerate(target.elts):
            index = ast.copy_location(ast.Constant(k), value)
            part = value.elts[k] if isinstance(value, ast.Tuple | ast.List) and len(value.elts) > k else None
            yield from _assigned(inner, part or ast.copy_location(ast.Subscript(value, index, ast.Load()), value))


def _names(statement: ast.stmt) -> dict[str, None]:
    """The names that a statement may define, in it or in what it contains."""
    found: dict[str, None] = {}
    pending: list[ast.AST] = [statement]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef):
            found[node.name] = None
            continue
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found[node.id] = None
        pending += ast.iter_child_nodes(node)
    return found


def own_names(function: ast.FunctionDef | ast.Lambda) -> frozenset[str]:
    """The names that a function gives values to, anywhere in it: they are no names of the file."""
    arguments = function.args
    found = {a.arg for a in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)}
    found |= {a.arg for a in (arguments.vararg, arguments.kwarg) if a is not None}
    outer: set[str] = set()
    pending: list[tuple[ast.AST, bool]] = [(node, False) for node in ast.iter_child_nodes(function)]
    while pending:
        node, inside = pending.pop()
        match node:
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name) | ast.AsyncFunctionDef(name=name):
                found.add(name)
                continue
            case ast.Lambda():
                continue
            case ast.Name(id=name, ctx=ast.Store()) if not inside:
                found.add(name)
            case ast.NamedExpr(target=ast.Name(id=name)):
                found.add(name)
            case ast.alias():
                found.add(node.asname or node.name.partition(".")[0])
            case ast.Global(names=names):
                outer |= set(names)
        inside = inside or isinstance(node, ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp)
        pending += ((child, inside) for child in ast.iter_child_nodes(node))
    return frozenset(found - outer)


def changes(tree: ast.Module) -> Iterator[tuple[str, ast.AST]]:
    """The names of the file whose values it changes itself after they were made, and where it does."""
    aliases: dict[str, str] = {}
    pending: list[tuple[ast.AST, tuple[ast.FunctionDef | ast.Lambda, ...]]] = []  # a node, the functions around it
    for statement in tree.body:
        if not _is_main(statement):
            pending.append((statement, ()))
        if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Name):
            aliases |= {target.id: statement.value.id for target in statement.targets if isinstance(target, ast.Name)}
    while pending:
        node, around = pending.pop()
        if isinstance(node, ast.FunctionDef | ast.Lambda):
            around = (*around, node)
        for name in _changed(node, top=not around):
            while name and not any(name in own_names(function) for function in around):
                yield name, node
                name = aliases.pop(name, "")
        pending += ((child, around) for child in ast.iter_child_nodes(node) if not isinstance(child, _PLAIN))


def _changed(node: ast.AST, *, top: bool) -> list[str]:
    """The names whose values a statement or a call changes, as far as that shows.

    Args:
        top: whether it stands at the file's top level, where functions that are called may change what they are given.
    """
    match node:
        case ast.Global(names=names):
            return names
        case ast.Subscript(ctx=ast.Store() | ast.Del()) | ast.Attribute(ctx=ast.Store()):
            return _root(node)
        case ast.Call(func=ast.Attribute(value=owner, attr=method)) if method in _CHANGING:
            return _root(owner)
        case ast.Expr(value=ast.Call(func=called, args=arguments)) if top:
            plain = not isinstance(called, ast.Name) or called.id == "print"
            if plain and _root(called) not in (["np"], ["numpy"], ["random"]):
                return []
            return [name for argument in arguments for name in _root(argument)]
    return []


def _root(node: ast.AST) -> list[str]:
    """The name that an expression such as `x[0].y` begins with."""
    while isinstance(node, ast.Subscript | ast.Attribute):
        node = node.value
    return [node.id] if isinstance(node, ast.Name) else []


def entries(functions: dict[str, Function]) -> list[str]:
    """The functions that no other one of the file uses."""
    used: set[str] = set()
    for name, function in functions.items():
        read = {n.id for n in ast.walk(function.node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
        used |= read - own_names(function.node) - {name}
    return [name for name in functions if name not in used]


def _unsettled(name: str, statement: ast.AST) -> Missing:
    return Missing(
        f"'{name}' has no one value: the file sets it in a loop, under a condition or step by step",
        "set it once, by an expression, or make it an argument",
        statement if isinstance(statement, ast.AugAssign) else None,
    )


def _foreign(name: str, path: str) -> Missing:
    return Missing(f"'{name}' comes from '{path}', which is not read", "math and numpy are known; write out the rest")


def _is_main(statement: ast.stmt) -> bool:
    """Whether it is `if __name__ == "__main__":`."""
    return isinstance(statement, ast.If) and any(
        isinstance(node, ast.Name) and node.id == "__name__" for node in ast.walk(statement.test)
    )

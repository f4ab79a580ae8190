"""Python source to a program: it is read through `ast`, never imported, never run.

What is read: `def f(a, b): return EXPRESSION` (with a docstring and annotations) and `lambda a, b: EXPRESSION`.
"""

from __future__ import annotations

import ast
import re
import warnings
from typing import NoReturn

from gradcli.errors import ExpressionError, LimitError, Source, Span
from gradcli.language.characters import confusable_notes, read_characters
from gradcli.language.lexer import MODULES
from gradcli.naming import suggestion
from gradcli.operations import CONSTANTS, FUNCTIONS, Operation
from gradcli.program import Builder, Output, Program, Ref, require_real

_BINARY: dict[type[ast.AST], str] = {
    ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.Div: "div", ast.FloorDiv: "floordiv", ast.Mod: "mod",
    ast.Pow: "pow", ast.Lt: "lt", ast.LtE: "le", ast.Gt: "gt", ast.GtE: "ge", ast.Eq: "eq", ast.NotEq: "ne",
    ast.And: "and", ast.Or: "or",
}  # fmt: skip


def parse_python(source: Source, function: str | None = None) -> Program:
    """Reads the function that a Python text defines; a file with several needs the function's name.

    Raises:
        ExpressionError: the text is no Python, has no such function, or uses what has no derivative here.
        LimitError: the text is nested too deeply for Python's own parser.
    """
    source, notes = read_characters(source)
    offset = len(source.text) - len(source.text.lstrip(" \t\n"))
    source = Source(source.text[offset:], source.name)
    return _Reader(source, notes).read(_tree(source), function)


def _tree(source: Source) -> ast.Module:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Python's opinion of the style is nobody's concern here
            return ast.parse(source.text)
    except SyntaxError as error:
        line = _Places(source.text).offset(error.lineno or 1, 0)
        start = min(line + max((error.offset or 1) - 1, 0), len(source.text) - 1)
        raise ExpressionError(f"this is no Python: {error.msg}", source=source, span=(start, start + 1)) from None
    except (RecursionError, MemoryError, ValueError):
        raise LimitError("the Python text is nested too deeply to be read", hint="give it as an expression") from None


class _Places:
    """The character offsets of the places that `ast` gives as lines and columns in UTF-8 bytes."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.starts = [0, *(found.end() for found in re.finditer("\n", text))]

    def offset(self, line: int, column_bytes: int) -> int:
        start = self.starts[min(line, len(self.starts)) - 1]
        if self.text.isascii():
            return start + column_bytes
        line_text = self.text[start : start + column_bytes]
        return start + len(line_text.encode()[:column_bytes].decode(errors="ignore"))


class _Reader:
    """The state of reading one function."""

    def __init__(self, source: Source, notes: list[str]) -> None:
        self.source = source
        self.notes = notes
        self.builder = Builder(source)
        self.parameters: dict[str, Ref] = {}
        self.places = _Places(source.text)

    def read(self, tree: ast.Module, wanted: str | None) -> Program:
        name, parameters, body = self.function(tree, wanted)
        self.parameters = {parameter: self.builder.input(parameter) for parameter in parameters}
        results, names = self.results(name, body)
        refs = [require_real(self.builder, self.expression(result), self.span(result)) for result in results]
        outputs = [Output(*pair) for pair in zip(names, refs, strict=True)]
        notes = [*self.notes, *confusable_notes(parameters)]
        return Program(self.builder, parameters, outputs, notes=notes, declared=True)

    def function(self, tree: ast.Module, wanted: str | None) -> tuple[str, list[str], ast.expr]:
        """The name, the parameters and the returned expression of the function that is meant."""
        found: dict[str, tuple[ast.arguments, ast.AST]] = {}
        for statement in tree.body:
            function: ast.FunctionDef | ast.Lambda
            if isinstance(statement, ast.FunctionDef):
                function, names = statement, [statement.name]
            elif isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Lambda):
                function, names = statement.value, ["f"]
            elif isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Lambda):
                function = statement.value
                names = [target.id for target in statement.targets if isinstance(target, ast.Name)]
            else:
                continue
            for name in names:
                if name in found:
                    self.error(f"'{name}' is defined twice", statement, "give each function a name of its own")
                found[name] = function.args, function
        if wanted is not None and wanted not in found:
            raise ExpressionError(
                f"there is no function '{wanted}' in {self.source.name or 'the text'}",
                hint=suggestion(wanted, found) or f"it defines: {', '.join(found) or 'none'}",
            )
        if wanted is None and len(found) != 1:
            if not found and tree.body:
                self.error("this is no function", tree.body[0], "write: def f(x): return ..., or: lambda x: ...")
            raise ExpressionError(
                f"{len(found)} functions are defined: {', '.join(found)}", hint="name one: path.py:function"
            )
        name = wanted or next(iter(found))
        arguments, node = found[name]
        return name, self.parameters_of(arguments, node), self.body_of(node)

    def results(self, name: str, body: ast.expr) -> tuple[list[ast.expr], list[str]]:
        """The returned expressions and their names: of a tuple `name1, name2, ...`, of a dict its keys."""
        if isinstance(body, ast.Tuple | ast.List):
            return body.elts, [f"{name}{k}" for k in range(1, len(body.elts) + 1)]
        if not isinstance(body, ast.Dict):
            return [body], [name]
        names = []
        for key in body.keys:
            if not (isinstance(key, ast.Constant) and isinstance(key.value, str) and key.value.isidentifier()):
                self.error("the keys of a returned dict name the outputs", key or body, 'write: {"a": ..., "b": ...}')
            names.append(key.value)
        return body.values, names

    def parameters_of(self, arguments: ast.arguments, node: ast.AST) -> list[str]:
        if arguments.vararg or arguments.kwarg:
            self.error("a function with any number of arguments has no fixed variables", node, "name each argument")
        if arguments.defaults or any(arguments.kw_defaults):
            default = (arguments.defaults or [d for d in arguments.kw_defaults if d])[0]
            self.error("a default value is not read", default, "leave it out, and give the value by --at")
        return [a.arg for a in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]

    def body_of(self, node: ast.AST) -> ast.expr:
        if isinstance(node, ast.Lambda):
            return node.body
        assert isinstance(node, ast.FunctionDef)
        statements = [
            s for s in node.body
            if not (isinstance(s, ast.Pass) or (isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant)
                    and isinstance(s.value.value, str)))
        ]  # fmt: skip
        first = statements[0] if statements else node
        if not isinstance(first, ast.Return) or first.value is None or len(statements) > 1:
            at = first if not isinstance(first, ast.Return) else statements[1] if len(statements) > 1 else first
            self.error("only a function with one 'return' is read", at, "write it as: def f(x): return ...")
        return first.value

    def expression(self, root: ast.expr) -> Ref:
        """The equation of an expression; operands first, on a stack of our own."""
        pending: list[tuple[ast.expr, bool]] = [(root, False)]
        refs: list[Ref] = []
        while pending:
            node, ready = pending.pop()
            operands = self.operands(node)
            if operands and not ready:
                pending.append((node, True))
                pending += [(operand, False) for operand in reversed(operands)]
                continue
            arguments = refs[len(refs) - len(operands) :]
            del refs[len(refs) - len(operands) :]
            self.builder.span = self.span(node)
            refs.append(self.operation(node, arguments))
        return refs[0]

    def operands(self, node: ast.expr) -> list[ast.expr]:
        match node:
            case ast.BinOp():
                if isinstance(node.op, ast.BitXor):
                    self.error("in Python ^ is the exclusive or", node, "a power is **")
                if type(node.op) not in _BINARY:
                    self.error("this operator has no derivative", node)
                return [node.left, node.right]
            case ast.UnaryOp():
                return [node.operand]
            case ast.Compare():
                return [node.left, *node.comparators]
            case ast.BoolOp():
                return node.values
            case ast.IfExp():
                return [node.test, node.body, node.orelse]
            case ast.Call():
                if node.keywords or any(isinstance(a, ast.Starred) for a in node.args):
                    self.error("arguments by name or with * are not read", node, "give them by position")
                return node.args
        return []

    def operation(self, node: ast.expr, arguments: list[Ref]) -> Ref:
        match node:
            case ast.Constant(value=bool() as value):
                return self.builder.add("true" if value else "false")
            case ast.Constant(value=int() as value):
                return self.builder.const(str(value))
            case ast.Constant(value=float()):
                start, end = self.span(node)
                return self.builder.const(self.source.text[start:end])
            case ast.Name(id=name):
                return self.name(name, node)
            case ast.Attribute():
                return self.constant(node)
            case ast.BinOp():
                return self.real(_BINARY[type(node.op)], arguments, node)
            case ast.UnaryOp(op=ast.USub()):
                return self.real("neg", arguments, node)
            case ast.UnaryOp(op=ast.UAdd()):
                return require_real(self.builder, arguments[0], self.span(node))
            case ast.UnaryOp(op=ast.Not()):
                return self.builder.add("not", self.condition(arguments[0], node))
            case ast.Compare():
                pairs = zip(node.ops, arguments, arguments[1:], strict=False)
                if any(type(op) not in _BINARY for op in node.ops):
                    self.error("this comparison is not read", node, "write <, <=, >, >=, == or !=")
                return self.joined("and", [self.real(_BINARY[type(op)], [a, b], node) for op, a, b in pairs])
            case ast.BoolOp():
                return self.joined(_BINARY[type(node.op)], [self.condition(a, node) for a in arguments])
            case ast.IfExp():
                for ref in arguments[1:]:
                    require_real(self.builder, ref, self.span(node))
                return self.builder.add("where", self.condition(arguments[0], node), *arguments[1:])
            case ast.Call():
                return self.call(node, arguments)
        self.error("this is not read", node, "write an expression of numbers, names, operators and functions")

    def name(self, name: str, node: ast.AST) -> Ref:
        if name in self.parameters:
            return self.parameters[name]
        if name in CONSTANTS:
            return self.builder.add(CONSTANTS[name])
        self.error(f"'{name}' is no argument of the function", node, suggestion(name, self.parameters))

    def constant(self, node: ast.Attribute) -> Ref:
        if isinstance(node.value, ast.Name) and node.value.id in MODULES:
            name = "np.inf" if node.attr == "inf" else node.attr
            if name in CONSTANTS:
                return self.builder.add(CONSTANTS[name])
        self.error("there are no attributes here", node, "only math.pi, np.e and the like")

    def call(self, node: ast.Call, arguments: list[Ref]) -> Ref:
        called = node.func
        name = called.id if isinstance(called, ast.Name) else None
        if isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name) and called.value.id in MODULES:
            name = "np.sinc" if called.attr == "sinc" and called.value.id in ("np", "numpy") else called.attr
        rows = FUNCTIONS.get(name) if name is not None else None
        if rows is None or name is None:
            self.error(
                f"unknown function '{name}'" if name else "this cannot be called", called,
                suggestion(name, FUNCTIONS) if name else None,
            )  # fmt: skip
        return self.apply(name, rows, arguments, node)

    def apply(self, name: str, rows: tuple[Operation, ...], arguments: list[Ref], node: ast.Call) -> Ref:
        count = len(arguments)
        row = next((row for row in rows if row.accepts(count)), rows[0])
        if row.name in ("max", "min") and count > 2:
            return self.joined(row.name, [require_real(self.builder, a, self.span(node)) for a in arguments])
        if not row.accepts(count):
            wanted = f"{row.arity or 'two or more'} argument{'' if row.arity == 1 else 's'}"
            given = f"{count} {'is' if count == 1 else 'are'} given"
            self.error(f"{name} takes {wanted}, and {given}", node, f"{name}: {row.summary}")
        for ref, kind, argument in zip(arguments, row.argument_kinds(count), node.args, strict=True):
            if kind == "real":
                require_real(self.builder, ref, self.span(argument))
            else:
                self.condition(ref, argument)
        return self.builder.add(row.name, *arguments)

    def real(self, name: str, arguments: list[Ref], node: ast.AST) -> Ref:
        for ref in arguments:
            require_real(self.builder, ref, self.span(node))
        return self.builder.add(name, *arguments)

    def joined(self, name: str, refs: list[Ref]) -> Ref:
        result = refs[0]
        for ref in refs[1:]:
            result = self.builder.add(name, result, ref)
        return result

    def condition(self, ref: Ref, node: ast.AST) -> Ref:
        if self.builder.kind(ref) != "bool":
            self.error("a condition is needed here, and this is a number", node, "compare it with something: x > 0")
        return ref

    def span(self, node: ast.AST) -> Span:
        if not isinstance(node, ast.expr | ast.stmt):
            return 0, 1
        start = self.places.offset(node.lineno, node.col_offset)
        return start, self.places.offset(node.end_lineno or node.lineno, node.end_col_offset or 0)

    def error(self, message: str, node: ast.AST, hint: str | None = None) -> NoReturn:
        raise ExpressionError(message, source=self.source, span=self.span(node), hint=hint)

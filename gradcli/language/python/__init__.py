"""Python source to a program: it is read through `ast`, never imported, never run.

A file's names are collected (`module`), the function that is meant is found here, its arguments become the variables
(`arguments` says which of them are vectors), and its body is read by a partial evaluator: `statements` and `loops` go
through it, `expressions` and `displays` give values (`values`), of which `elements` are read and set, and on which
`arithmetic` and `functions` build equations. What is known without the variables, such as the bound of a loop, is
decided while reading (`exact`). What cannot be read is refused at its place (`code`), constructs as a whole by a table
(`refusals`).

What a file computes at its top level is read only as far as the function uses it: a file that writes files, imports
what does not exist or starts a program does none of it here.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator, Mapping
from unicodedata import category

from gradcli.errors import ExpressionError, Source, UsageError
from gradcli.language.characters import confusable_notes, read_characters
from gradcli.language.python.arguments import arguments_of, length
from gradcli.language.python.code import Code, too_deep
from gradcli.language.python.counts import least_calls
from gradcli.language.python.depth import with_room
from gradcli.language.python.module import File, entries
from gradcli.language.python.statements import Interpreter
from gradcli.language.python.values import Function, Missing, Scope, Table, Term, Value, Vector
from gradcli.naming import default_names, suggestion
from gradcli.program import MAX_EQUATIONS, Builder, Output, Program, compacted, require_real

_MOST_LISTED = 20
_PROSE = re.compile(r"""\#[^\n]*|\"{3}[\s\S]*?\"{3}|'{3}[\s\S]*?'{3}|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'""")
"""A comment or a text."""


def parse_python(
    source: Source,
    function: str | None = None,
    declared: Collection[str] = (),
    sizes: Mapping[str, int] | None = None,
) -> Program:
    """Reads the function that a Python text defines; a file with several needs the function's name.

    Args:
        declared: names that are variables although they have default values.
        sizes: the lengths of arguments that are vectors.

    Raises:
        ExpressionError: the text is no Python, has no such function, or uses what has no derivative here.
        LimitError: the text is nested too deeply, or its loops and calls are too many.
        UsageError: a size is given for what is no argument.
    """
    source, notes = read_characters(_readable(source))
    offset = len(source.text) - len(source.text.lstrip(" \t\n"))
    text = Source(source.text[offset:], source.name)
    try:
        return with_room(lambda: _Reader(Code(text), list(notes)).read(function, declared, sizes or {}))
    except RecursionError:
        raise too_deep() from None


class _Reader:
    """The reading of one function."""

    def __init__(self, code: Code, notes: list[str]) -> None:
        self.code = code
        self.notes = notes
        self.builder = Builder(code.source)
        self.file = File(code.tree)
        self.interpreter = Interpreter(code, self.builder, self.file)

    def read(self, wanted: str | None, declared: Collection[str], sizes: Mapping[str, int]) -> Program:
        function = self.function(wanted)
        self.code.step(function.node, least_calls(function, self.file.functions), ahead=True)
        scope = Scope()
        scope.names.update(self.arguments(function, declared, sizes))
        variables = [equation[1] for equation in self.builder.equations if equation[0] == "input"]
        result = self.interpreter.body(function, scope)
        name = function.name if function.name not in ("f", "lambda") else None
        outputs = [Output(*pair) for pair in self.outputs(name, result, function, frozenset(variables))]
        notes = [*self.notes, *self.interpreter.notes, *confusable_notes(variables)]
        whole = Program(self.builder, variables, outputs, notes=notes, declared=True)
        return compacted(whole)

    def function(self, wanted: str | None) -> Function:
        """The function that is meant."""
        found = self.file.functions
        if wanted is not None and wanted not in found:
            outer = wanted.partition(".")[0]  # of `Model.energy`
            place = next((node for node in self.code.tree.body if getattr(node, "name", "") == outer), self.code.tree)
            self.interpreter.present(self.file.names.get(outer), place)  # type: ignore[arg-type]
            raise ExpressionError(
                f"there is no function '{wanted}' in {self.code.source.name or 'the text'}",
                hint=suggestion(wanted, found) or f"it defines: {_listed(found)}",
            )
        if wanted is None and len(found) > 1:
            entry = entries(found)
            wanted = entry[0] if len(entry) == 1 else None
        if wanted is None and len(found) != 1:
            body = self.code.tree.body
            if not found and not body:
                raise ExpressionError(
                    f"there is nothing in {self.code.source.name or 'the text'}", hint="write: def f(x): return ..."
                )
            for statement in body if not found else ():
                if isinstance(statement, ast.ClassDef | ast.AsyncFunctionDef):
                    self.interpreter.refuse(statement)
            if not found:
                self.code.error("this is no function", body[0], "write: def f(x): return ..., or: lambda x: ...")
            hint = "name one: path.py:function" if self.code.source.name else "put them into a file, and name one"
            raise ExpressionError(f"{len(found)} functions are defined: {_listed(found)}", hint=hint)
        name = wanted or next(iter(found))
        definition = self.file.names[name]
        if isinstance(definition, Missing):
            self.interpreter.present(definition, found[name].node)
        return found[name]

    # --- arguments ----------------------------------------------------------------------------------------

    def arguments(
        self, function: Function, declared: Collection[str], sizes: Mapping[str, int]
    ) -> Iterator[tuple[str, Value]]:
        """The parameters with their values: variables, vectors of variables, constants by default."""
        signature = function.node.args
        if signature.vararg or signature.kwarg:
            self.code.error(
                "a function with any number of arguments has no fixed variables", function.node, "name each argument"
            )  # fmt: skip
        parameters = arguments_of(function)
        names = [parameter.arg for parameter in parameters]
        for name in sizes:
            if name not in names:
                raise UsageError(
                    f"--size names '{name}', which is no argument of {function.name}",
                    hint=suggestion(name, names) or f"its arguments: {', '.join(names) or 'none'}",
                )
        count = len(signature.args) + len(signature.posonlyargs) - len(signature.defaults)
        optional = {a.arg for a in parameters[count : len(signature.args) + len(signature.posonlyargs)]}
        optional |= {a.arg for a, d in zip(signature.kwonlyargs, signature.kw_defaults, strict=True) if d is not None}
        for parameter in parameters:
            self.interpreter.at(parameter)
            default = parameter.arg in optional and parameter.arg not in declared and parameter.arg not in sizes
            if default:
                yield parameter.arg, self.default(function, parameter, declared)
            else:
                yield parameter.arg, self.argument(function, parameter, declared, sizes, frozenset(names))

    def argument(
        self,
        function: Function,
        parameter: ast.arg,
        declared: Collection[str],
        sizes: Mapping[str, int],
        names: frozenset[str],
    ) -> Value:
        """A variable, or a vector of them."""
        name = parameter.arg
        found = length(function, name, sizes, declared, self.file.functions)
        if found is None:
            return Term(self.builder.input(name))
        if found.note is not None:
            self.notes.append(found.note)
        if found.size > MAX_EQUATIONS:
            self.code.limit(f"more than {MAX_EQUATIONS:,} variables", parameter)
        self.code.make(found.size, parameter)
        elements = [f"{name}_{k}" for k in range(found.size)]
        twice = next((element for element in elements if element in names), None)
        if twice is not None:
            self.code.error(f"'{twice}' is an argument, and an element of '{name}'", parameter, "rename one of them")
        self.interpreter.has_arrays = True
        return Vector([Term(self.builder.input(element)) for element in elements], "array")

    def default(self, function: Function, parameter: ast.arg, declared: Collection[str]) -> Value:
        """A parameter's default; its elements that are named are variables."""
        value = self.interpreter.default(function, parameter.arg, parameter)
        if isinstance(value, Vector):
            items = [
                Term(self.builder.input(f"{parameter.arg}_{k}")) if f"{parameter.arg}_{k}" in declared else item
                for k, item in enumerate(value.items)
            ]
            return Vector(items, value.kind)
        return value

    # --- results ------------------------------------------------------------------------------------------

    def outputs(
        self, name: str | None, result: Value, function: Function, variables: frozenset[str]
    ) -> list[tuple[str, int]]:
        """The components and their names: of a tuple `name1, name2, ...`, of a dictionary its keys."""
        node = function.node.body if isinstance(function.node, ast.Lambda) else _last_return(function.node)
        if isinstance(result, range):
            result = Vector(list(result), "list")
        if isinstance(result, Vector | Table) and not result.items:
            self.code.error("there is nothing in what the function returns", node)
        if isinstance(result, Table):
            found: list[tuple[str, int]] = []
            for key, value in result.items.items():
                if not (isinstance(key, str) and key.isidentifier()):
                    self.code.error("the keys of a returned dict name the outputs", node, 'write: {"a": ..., "b": ...}')
                found += self.outputs(key, value, function, variables)
            return found
        if not isinstance(result, Vector):
            names = [name] if name is not None else default_names(1, variables)
            return [(names[0], self.output(result, node))]
        names = [f"{name}{k + 1}" for k in range(len(result.items))] if name else []
        names = names or default_names(len(result.items), variables)
        if len(names) == 1 and name is None:
            names = ["f1"]
        found = []
        for own, item in zip(names, result.items, strict=True):
            if isinstance(item, Vector):
                found += self.outputs(f"{own}_", item, function, variables)
            else:
                found.append((own, self.output(item, node)))
        return found

    def output(self, value: Value, node: ast.AST) -> int:
        """A component: a number, and no condition."""
        self.interpreter.at(node)
        if value is None:
            self.code.error("the function returns nothing", node, "end it with: return ...")
        if isinstance(value, bool) or self.interpreter.is_condition(value):
            require_real(self.builder, self.interpreter.condition(value, node), self.code.span(node))
        return self.interpreter.real(value, node)


def _readable(source: Source) -> Source:
    """The text without form feeds, and without the likes of '½' in comments and texts, where they stand for nothing."""
    text = source.text.replace("\f", "")
    if not text.isascii():
        text = _PROSE.sub(lambda found: "".join("?" if category(c) == "No" else c for c in found[0]), text)
    return Source(text, source.name)


def _last_return(node: ast.FunctionDef) -> ast.AST:
    """What stands for a function's result in messages: what its last line returns, else the function."""
    last = node.body[-1]
    return last.value if isinstance(last, ast.Return) and last.value is not None else node


def _listed(names: Collection[str]) -> str:
    shown = ", ".join(list(names)[:_MOST_LISTED])
    return f"{shown}, ..." if len(names) > _MOST_LISTED else shown or "none"

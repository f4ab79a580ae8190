"""Which arguments of a function are vectors, and how long they are.

An argument is a vector if a size is given for it, if names of its elements are given values (`x_0`, `x_1`, ...), or
if the function takes elements of it by constant indices (`x[0]`) or by names (`a, b = x`), itself or in a function
of the file that it hands the argument to. The elements are the variables.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Mapping
from typing import NamedTuple

from gradcli.language.python.values import Function


class Length(NamedTuple):
    """How many elements an argument has, and what is to be said of how that was found."""

    size: int
    note: str | None = None


def length(
    function: Function,
    parameter: str,
    sizes: Mapping[str, int],
    declared: Collection[str],
    functions: Mapping[str, Function],
) -> Length | None:
    """The length of an argument that is a vector; `None` of one that is a number."""
    if parameter in sizes:
        return Length(sizes[parameter])
    uses = _Uses(functions)
    uses.follow(function, parameter)
    size, how = uses.size, "largest index"
    elements = re.compile(rf"{re.escape(parameter)}_(0|[1-9]\d*)")
    own = {argument.arg for argument in arguments_of(function)}
    named = [int(found[1]) for name in declared if name not in own and (found := elements.fullmatch(name))]
    if named and max(named) >= size:
        size, how = max(named) + 1, "names that are given"
    if not size:
        return None
    plural = "" if size == 1 else "s"
    note = f"{parameter} has {size} element{plural}, by the {how}; --size {parameter}=N says otherwise"
    return Length(size, note if uses.others else None)


def arguments_of(function: Function) -> list[ast.arg]:
    """The parameters that have names, in the order of the signature."""
    signature = function.node.args
    return [*signature.posonlyargs, *signature.args, *signature.kwonlyargs]


class _Uses:
    """How a function uses an argument: the largest constant index, and whether in ways that need its length."""

    def __init__(self, functions: Mapping[str, Function]) -> None:
        self.functions = functions
        self.size = 0
        self.others = False
        self._seen: set[tuple[ast.AST, str]] = set()

    def follow(self, function: Function, parameter: str) -> None:
        """Looks through a function's body, and through those it hands the argument to."""
        if (function.node, parameter) in self._seen:
            return
        self._seen.add((function.node, parameter))
        told: set[ast.AST] = set()
        body = function.node.body
        for node in (node for part in (body if isinstance(body, list) else [body]) for node in ast.walk(part)):
            match node:
                case ast.Subscript(value=ast.Name(id=name) as owner, slice=ast.Constant(value=int(index))):
                    if name == parameter:
                        told.add(owner)
                        self.size = max(self.size, index + 1)
                case ast.Assign(
                    targets=[ast.Tuple(elts=parts) | ast.List(elts=parts)], value=ast.Name(id=name) as owner
                ):
                    if name == parameter and not any(isinstance(part, ast.Starred) for part in parts):
                        told.add(owner)
                        self.size = max(self.size, len(parts))
                case ast.Call(func=ast.Name(id=called), args=arguments) if called in self.functions:
                    callee = self.functions[called]
                    for argument, own in zip(arguments, arguments_of(callee), strict=False):
                        if isinstance(argument, ast.Name) and argument.id == parameter:
                            told.add(argument)
                            self.follow(callee, own.arg)
                case ast.Name(id=name, ctx=ast.Load()) if name == parameter and node not in told:
                    self.others = True

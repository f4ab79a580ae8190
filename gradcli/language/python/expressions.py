"""Expressions of Python to values: names, operators, indices, and calls of what is known.

Each kind of node has a method; what has none is refused by `refusals`. Comprehensions and texts are left to the class
below this one (`displays`), calls of the file's own functions to the one below that, which reads statements.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Iterable
from typing import Any, NoReturn, TypeGuard

from gradcli.language.python import functions
from gradcli.language.python.code import Code
from gradcli.language.python.elements import Elements, Index
from gradcli.language.python.functions.call import Call
from gradcli.language.python.module import File
from gradcli.language.python.refusals import OTHER, REFUSED
from gradcli.language.python.values import (
    Builtin,
    Function,
    Maybe,
    Missing,
    Module,
    Partial,
    Scope,
    Selection,
    Stream,
    Table,
    Term,
    Value,
    Vector,
    describe,
    fix,
    flat,
    shape,
)
from gradcli.naming import suggestion
from gradcli.operations import CONSTANTS
from gradcli.program import Builder, Ref

_BINARY: dict[type[ast.AST], str] = {
    ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.Div: "div", ast.FloorDiv: "floordiv", ast.Mod: "mod",
    ast.Pow: "pow", ast.LShift: "<<", ast.RShift: ">>", ast.BitAnd: "&", ast.BitOr: "|",
    ast.BitXor: "xor",
}  # fmt: skip
_COMPARE: dict[type[ast.AST], str] = {
    ast.Lt: "lt", ast.LtE: "le", ast.Gt: "gt", ast.GtE: "ge", ast.Eq: "eq", ast.NotEq: "ne",
}  # fmt: skip
_UNKNOWN = object()


class Expressions(Elements):
    """Reads expressions in a scope."""

    def __init__(self, code: Code, builder: Builder, file: File) -> None:
        super().__init__(code, builder)
        self.file = file
        self.has_arrays = file.with_numpy
        self._readers: dict[type[ast.AST], Callable[[Any, Scope], Value]] = {
            ast.Constant: self.constant, ast.Name: self.name, ast.BinOp: self.operators, ast.UnaryOp: self.sign,
            ast.Compare: self.comparison, ast.BoolOp: self.connective, ast.IfExp: self.conditional,
            ast.Call: self.call, ast.Attribute: self.attribute, ast.Subscript: self.subscript, ast.List: self.listed,
            ast.Tuple: self.listed, ast.Lambda: self.function, ast.NamedExpr: self.named,
        }  # fmt: skip

    def invoke(
        self, function: Function, values: list[Value], keywords: dict[str, Value], node: ast.expr
    ) -> Value:  # pragma: no cover
        """The value of a function of the file."""
        raise NotImplementedError

    def value(self, node: ast.expr, scope: Scope) -> Value:
        """The value of an expression."""
        reader = self._readers.get(type(node))
        if reader is None:
            self.refuse(node)
        return reader(node, scope)

    def refuse(self, node: ast.AST) -> NoReturn:
        """Says of a construct that it is not read, and what to write instead."""
        refusal = REFUSED.get(type(node).__name__, OTHER)
        self.error(refusal.message, node, refusal.hint)

    # --- what stands by itself ----------------------------------------------------------------------------

    def constant(self, node: ast.Constant, scope: Scope) -> Value:
        value = node.value
        if isinstance(value, float):
            start, end = self.code.span(node)
            self.at(node)
            return Term(self.builder.const(self.code.source.text[start:end]))
        if isinstance(value, bool | str) or value is None:
            return value
        if isinstance(value, int):
            return value
        self.error("only real numbers are read", node)

    def name(self, node: ast.Name, scope: Scope) -> Value:
        found = self.find(node.id, scope, node)
        if found is _UNKNOWN:
            known = [*scope.names, *self.file.names]
            self.error(f"unknown name '{node.id}'", node, suggestion(node.id, known))
        if not isinstance(found, Maybe):  # which may be asked for
            self.present(found, node)
        value: Value = found
        return value

    def find(self, name: str, scope: Scope, node: ast.AST) -> Any:
        """What a name stands for: in the function, in those around it, in the file, in Python."""
        found = scope.find(name, _UNKNOWN)
        if found is _UNKNOWN and name in self.file.names:
            found = self.of_file(name)
        if found is not _UNKNOWN:
            return found
        for star in reversed(self.file.stars):
            found = self.member(star, name) if star.name != "math" or hasattr(math, name) else None
            if found is not None:
                return found
        self.at(node)
        if name in CONSTANTS:
            return Term(self.builder.add(CONSTANTS[name]))
        return functions.builtin(name) or functions.module(name) or _UNKNOWN

    def of_file(self, name: str) -> Value:
        """What a name of the file's top level stands for; constants are read at their first use."""
        definition = self.file.names[name]
        if isinstance(definition, ast.expr):
            self.file.names[name] = self.file.circular(name, definition)
            definition = self.value(definition, Scope())
            fix(definition, "it is a constant of the file")
            self.file.names[name] = definition
        elif isinstance(definition, Builtin):
            return self.imported(definition)
        return definition

    def imported(self, name: Value) -> Value:
        """What an imported name stands for; a module's constant is an equation."""
        if not isinstance(name, Builtin):
            return name
        found = self.member(Module(name.module), name.name)
        unknown = Missing(
            f"'{name.name}' of {name.module} is not known",
            functions.instead(Module(name.module), name.name),
        )
        return unknown if found is None else found

    def member(self, owner: Module, name: str) -> Value:
        """What a module's name stands for, unless the file sets it; `None` if it is not known."""
        return self.file.changed.get((owner.name, name)) or functions.member(self, owner, name)

    def attribute(self, node: ast.Attribute, scope: Scope) -> Value:
        owner = self.value(node.value, scope)
        self.at(node)
        if isinstance(owner, Module):
            if node.attr == "newaxis":
                return None
            found = self.member(owner, node.attr)
            if found is None:
                self.error(f"'{node.attr}' of {owner.name} is not known", node, functions.instead(owner, node.attr))
            self.present(found, node)
            return found
        if isinstance(owner, Vector) and node.attr in ("T", "size", "shape", "ndim"):
            lengths = shape(owner)
            if node.attr == "T":
                return self.transposed(owner)
            if node.attr == "size":
                return len(list(flat(owner)))
            return len(lengths) if node.attr == "ndim" else Vector([*lengths], "tuple")
        if isinstance(owner, Selection):
            self.unsettled(node)
        self.error(
            "there are no attributes here", node,
            "modules have them (math.pi), and vectors: x.size, x.shape, x.T, x.sum()",
        )  # fmt: skip

    # --- operators ----------------------------------------------------------------------------------------

    def operators(self, node: ast.BinOp, scope: Scope) -> Value:
        spine: list[ast.BinOp] = []  # a long sum leans to the left: it needs no depth
        first: ast.expr = node
        while isinstance(first, ast.BinOp):
            spine.append(first)
            first = first.left
        result = self.value(first, scope)
        for inner in reversed(spine):
            right = self.value(inner.right, scope)
            result = self.operator(inner.op, result, right, inner)
        return result

    def operator(self, sign: ast.operator, a: Value, b: Value, node: ast.AST) -> Value:
        """A binary operator of Python on two values."""
        self.at(node)
        if isinstance(sign, ast.BitXor) and not (isinstance(a, int) and isinstance(b, int)):
            self.error("in Python ^ is the exclusive or", node, "a power is **")
        if isinstance(sign, ast.MatMult):
            if not all(isinstance(value, Vector) for value in (a, b)):
                self.error("@ is a product of vectors, and here is a number", node, "a product of numbers is *")
            return self.dot(a, b, node)
        if isinstance(sign, ast.Add) and (isinstance(a, Selection) or isinstance(b, Selection)):
            return self.concatenated(a, b, node)
        if isinstance(sign, ast.Add | ast.Mult) and not self.file.with_numpy:
            self._note_lists(sign, a, b, node)
        return self.binary(_BINARY[type(sign)], a, b, node)

    def _note_lists(self, sign: ast.operator, a: Value, b: Value, node: ast.AST) -> None:
        """Says where an argument could be a list as well as an array, and which one it is read as."""
        given = [self._is_given(value) for value in (a, b)]
        if all(given) and isinstance(sign, ast.Add):
            self.note("+ adds the elements, as of NumPy's arrays; lists would be joined", node)
        elif any(given) and isinstance(sign, ast.Mult) and (isinstance(a, int) or isinstance(b, int)):
            self.note("* is of each element, as of NumPy's arrays; lists would be repeated", node)

    def _is_given(self, value: Value) -> bool:
        """Whether it is a vector of variables as they were given: an argument, or a part of it."""
        return (
            isinstance(value, Vector)
            and value.kind == "array"
            and len(value.items) > 0
            and all(isinstance(item, Term) and self.builder.equations[item.ref][0] == "input" for item in value.items)
        )

    def sign(self, node: ast.UnaryOp, scope: Scope) -> Value:
        value = self.value(node.operand, scope)
        self.at(node)
        match node.op:
            case ast.USub():
                return self.negative(value, node)
            case ast.Not():
                return self.inverted(value, node)
            case ast.UAdd():
                return value if isinstance(value, Vector) else self.number(value, node)
            case ast.Invert() if isinstance(value, int):
                return ~int(value)
            case ast.Invert() if isinstance(value, Vector) and self.are_conditions(value):
                return self.inverted(value, node)
        self.error("this operator has no derivative", node, "it is read between whole numbers only")

    def number(self, value: Value, node: ast.AST) -> Value:
        """A value that has to be a number."""
        return value if isinstance(value, int) else Term(self.real(value, node))

    def comparison(self, node: ast.Compare, scope: Scope) -> Value:
        left = self.value(node.left, scope)
        found: list[Value] = []
        for sign, operand in zip(node.ops, node.comparators, strict=True):
            right = self.value(operand, scope)
            self.at(node)
            found.append(self.compared(sign, left, right, node))
            if found[-1] is False:
                return False
            left = right
        return found[0] if len(found) == 1 else self.apply("and", found, node)

    def compared(self, sign: ast.cmpop, a: Value, b: Value, node: ast.AST) -> Value:
        """One comparison: of numbers, of what is known, of anything with None."""
        negated = isinstance(sign, ast.NotEq | ast.IsNot | ast.NotIn)
        known = not (isinstance(a, Term | Vector) or isinstance(b, Term | Vector))
        if isinstance(sign, ast.In | ast.NotIn) and isinstance(b, Vector | Table | range | Stream):
            if isinstance(b, range) and isinstance(a, int):
                return (a in b) != negated
            if not isinstance(a, Vector):
                equal = [self.compared(ast.Eq(), a, item, node) for item in self.members(b, node)]
                return self._negated(self.joined("or", equal, node), negated, node)
        if isinstance(sign, ast.Is | ast.IsNot | ast.Eq | ast.NotEq) and (a is None or b is None):
            asked = a if b is None else b
            if isinstance(asked, Maybe):
                return self._negated(Term(asked.condition), not negated, node)
            return (a is b) != negated
        if isinstance(sign, ast.Eq | ast.NotEq) and _is_list(a) and _is_list(b):
            alike = a.kind == b.kind and len(a.items) == len(b.items)
            pairs = zip(a.items, b.items, strict=True) if alike else ()
            equal = [self.compared(ast.Eq(), p, q, node) for p, q in pairs]
            return self._negated(self.joined("and", equal, node) if alike else False, negated, node)
        if type(sign) in _COMPARE:
            if known and isinstance(sign, ast.Eq | ast.NotEq):
                return (a == b) != negated
            if not (isinstance(a, int) and isinstance(b, int)):
                return self.binary(_COMPARE[type(sign)], a, b, node)
            return bool(self.binary(_COMPARE[type(sign)], a, b, node))
        self.error("this comparison is not read", node, "write <, <=, >, >=, == or !=")

    def _negated(self, value: Value, negated: bool, node: ast.AST) -> Value:
        return self.inverted(value, node) if negated else value

    def connective(self, node: ast.BoolOp, scope: Scope) -> Value:
        """`and`, `or`: the operand that decides, as Python has it."""
        is_and = isinstance(node.op, ast.And)
        result, before = self.value(node.values[0], scope), node.values[0]
        for operand in node.values[1:]:
            self.at(before)
            known = self.truth(result, before)
            if known is None:
                condition, right = self.condition(result, before), self.aside(operand, scope)
                self.at(node)
                if isinstance(right, bool) or self.is_condition(right):
                    result = self.joined("and" if is_and else "or", (result, right), node)
                else:
                    own: Value = result if not self.is_condition(result) else not is_and
                    result = self.merged(condition, *((right, own) if is_and else (own, right)))
                    self.present(result, node)
            elif known == is_and:
                result = self.value(operand, scope)
            else:
                return result
            before = operand
        return result

    def conditional(self, node: ast.IfExp, scope: Scope) -> Value:
        test = self.value(node.test, scope)
        self.at(node.test)
        known = self.truth(test, node.test)
        if known is not None:
            return self.value(node.body if known else node.orelse, scope)
        condition = self.condition(test, node.test)
        a, b = self._knowing(condition, 2, node.body, scope), self._knowing(condition, 3, node.orelse, scope)
        self.at(node)
        result = self.merged(condition, a, b)
        self.present(result, node)
        return result

    def _knowing(self, condition: Ref, side: int, node: ast.expr, scope: Scope) -> Value:
        """The value of a branch where a condition is known."""
        before = self.narrow(scope.names, condition, side)
        value = self.aside(node, scope)
        scope.names |= before
        return value

    def aside(self, node: ast.expr, scope: Scope) -> Value:
        """The value of what Python looks at under a condition on the variables alone."""
        return self.value(node, scope)

    def named(self, node: ast.NamedExpr, scope: Scope) -> Value:
        """`y := ...`: in a comprehension it is a name of the function around, and none of the comprehension."""
        inner = scope
        while inner is not scope.function:
            if node.target.id in inner.names:
                told = f"'{node.target.id}' already counts the elements here"
                self.error(told, node, "give one of them another name")
            assert inner.parent is not None
            inner = inner.parent
        result = scope.function.names[node.target.id] = self.value(node.value, scope)
        return result

    # --- vectors ------------------------------------------------------------------------------------------

    def listed(self, node: ast.List | ast.Tuple, scope: Scope) -> Value:
        items = self.elements(node.elts, scope)
        return self.vector(items, "list" if isinstance(node, ast.List) else "tuple", node)

    def elements(self, nodes: Iterable[ast.expr], scope: Scope) -> list[Value]:
        """The values of several expressions; `*x` stands for the elements of x."""
        found: list[Value] = []
        for node in nodes:
            if isinstance(node, ast.Starred):
                found += self.members(self.value(node.value, scope), node)
            else:
                found.append(self.value(node, scope))
        return found

    def subscript(self, node: ast.Subscript, scope: Scope) -> Value:
        owner = self.value(node.value, scope)
        return self.element(owner, self.index(node.slice, scope), node)

    def index(self, node: ast.expr, scope: Scope) -> list[Index]:
        """An index, one for each axis; a slice's bounds are known."""
        found: list[Index] = []
        for part in node.elts if isinstance(node, ast.Tuple) else [node]:
            if isinstance(part, ast.Slice):
                bounds = [
                    None if bound is None else self.whole(self.value(bound, scope), bound, "a slice's bound")
                    for bound in (part.lower, part.upper, part.step)
                ]
                if bounds[2] == 0:
                    self.error("a step of 0 leads nowhere", part)
                found.append(slice(*bounds))
                continue
            if isinstance(part, ast.Constant) and part.value is ...:
                found.append(...)
                continue
            value = self.value(part, scope)
            if value is None or isinstance(value, bool | str | Vector):
                found.append(value)
            else:
                found.append(self.whole(value, part, "an index"))
        return found

    # --- names that get values ----------------------------------------------------------------------------

    def assign(self, target: ast.expr, value: Value, scope: Scope) -> None:
        """Gives a name, several names, or an element a value."""
        if isinstance(target, ast.Name):
            scope.names[target.id] = value
        elif isinstance(target, ast.Tuple | ast.List):
            self.unpack(target, value, scope)
        elif isinstance(target, ast.Subscript):
            owner = self.value(target.value, scope)
            self.set_part(owner, self.index(target.slice, scope), value, target)
        else:
            self.error(
                "only names and elements get values", target, "objects are not read: give the number a name"
            )  # fmt: skip

    def unpack(self, target: ast.Tuple | ast.List, value: Value, scope: Scope) -> None:
        """`a, *b = x`."""
        items, names = self.members(value, target), target.elts
        star = next((k for k, name in enumerate(names) if isinstance(name, ast.Starred)), None)
        if star is None and len(items) != len(names):
            self.error(f"{len(names)} names for {len(items)} values", target)
        if star is not None:
            after = len(names) - star - 1
            if len(items) < star + after:
                self.error(f"{len(names)} names for {len(items)} values", target)
            middle = items[star : len(items) - after]
            items = [*items[:star], self.vector(list(middle), "list", target), *items[len(items) - after :]]
        for name, item in zip(names, items, strict=True):
            self.assign(name.value if isinstance(name, ast.Starred) else name, item, scope)

    # --- calls --------------------------------------------------------------------------------------------

    def function(self, node: ast.Lambda | ast.FunctionDef, scope: Scope) -> Function:
        """A function inside another, or a lambda; its defaults are read now, as Python does."""
        arguments = node.args
        named = [*arguments.posonlyargs, *arguments.args][::-1]
        pairs = list(zip(named, arguments.defaults[::-1], strict=False))
        pairs += [(a, d) for a, d in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True) if d is not None]
        defaults = {argument.arg: self.value(default, scope) for argument, default in pairs}
        for value in defaults.values():
            fix(value, "it is a default value, which Python keeps from one call to the next")
        name = node.name if isinstance(node, ast.FunctionDef) else "lambda"
        return Function(name, node, scope, defaults)

    def call(self, node: ast.Call, scope: Scope) -> Value:
        callee = node.func
        if isinstance(callee, ast.Attribute):
            owner = self.value(callee.value, scope)
            if isinstance(owner, Vector | Table):
                return self.method(owner, callee, node, scope)
            function = self.attribute(callee, scope)
        elif isinstance(callee, ast.Name):
            function = self.find(callee.id, scope, callee)
            if function is _UNKNOWN:
                known = [
                    *functions.builtins(),
                    *(name for name, v in self.file.names.items() if isinstance(v, Function)),
                ]
                self.error(f"unknown function '{callee.id}'", callee, suggestion(callee.id, known))
            self.present(function, callee)
        else:
            function = self.value(callee, scope)
        return self.applied(function, *self.arguments(node, scope), node)

    def arguments(self, node: ast.Call, scope: Scope) -> tuple[list[Value], dict[str, Value]]:
        """The arguments of a call, by position and by name; `**p` stands for the items of a dictionary."""
        values, keywords = self.elements(node.args, scope), {}
        for keyword in node.keywords:
            value = self.value(keyword.value, scope)
            if keyword.arg is not None:
                keywords[keyword.arg] = value
            elif isinstance(value, Table):
                keywords |= {str(name): item for name, item in value.items.items()}
            else:
                self.error(f"** is of a dictionary, and this is {describe(value)}", keyword.value)
        return values, keywords

    def applied(self, function: Value, values: list[Value], keywords: dict[str, Value], node: ast.expr) -> Value:
        """A function applied to values."""
        self.code.step(node)
        if isinstance(function, Function):
            return self.invoke(function, values, keywords, node)
        if isinstance(function, Partial):
            return self.applied(
                function.function, [*function.values, *values], function.keywords | keywords, node
            )  # fmt: skip
        if not isinstance(function, Builtin):
            self.present(function, node)
            self.error(f"{describe(function)} cannot be called", node, "a product needs its sign: a*(b)")
        self.at(node)
        return functions.apply(self, function, self._call(function.name, values, keywords, node))

    def _call(self, name: str, values: list[Value], keywords: dict[str, Value], node: ast.expr) -> Call:
        return Call(self, name, values, keywords, node, lambda f, items: self.applied(f, items, {}, node))

    def method(self, owner: Vector | Table, callee: ast.Attribute, node: ast.Call, scope: Scope) -> Value:
        """A method of a vector or a dictionary, such as x.sum()."""
        values, keywords = self.arguments(node, scope)
        self.at(node)
        known = functions.methods(owner)
        if callee.attr not in known:
            told = describe(owner)
            others = "np.sum(x) and the like are" if told == "a vector" else f"it has: {', '.join(sorted(known))}"
            hint = suggestion(callee.attr, known) or others
            self.error(f"{told} has no method '{callee.attr}' that is read", callee, hint)
        return known[callee.attr](self._call(callee.attr, [owner, *values], keywords, node))


def _is_list(value: Value) -> TypeGuard[Vector]:
    """Whether it is a list or a tuple, which are compared as a whole."""
    return isinstance(value, Vector) and value.kind != "array"

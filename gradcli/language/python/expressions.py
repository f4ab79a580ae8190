"""Expressions of Python to values: names, operators, indices, comprehensions, and calls of what is known.

Each kind of node has a method; what has none is refused by `refusals`. Calls of the file's own functions are left
to the class below this one, which reads statements.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from typing import Any, NoReturn

from gradcli.language.python import functions
from gradcli.language.python.arithmetic import Arithmetic
from gradcli.language.python.code import Code
from gradcli.language.python.functions import Call
from gradcli.language.python.module import File
from gradcli.language.python.refusals import OTHER, REFUSED
from gradcli.language.python.values import (
    Builtin,
    Function,
    Missing,
    Module,
    Scope,
    Table,
    Term,
    Value,
    Vector,
    describe,
    fix,
    flat,
    shape,
    weight,
)
from gradcli.naming import suggestion
from gradcli.operations import CONSTANTS, FUNCTIONS
from gradcli.program import Builder

_BINARY: dict[type[ast.AST], str] = {
    ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.Div: "div", ast.FloorDiv: "floordiv", ast.Mod: "mod",
    ast.Pow: "pow", ast.LShift: "<<", ast.RShift: ">>", ast.BitAnd: "&", ast.BitOr: "|",
}  # fmt: skip
_COMPARE: dict[type[ast.AST], str] = {
    ast.Lt: "lt", ast.LtE: "le", ast.Gt: "gt", ast.GtE: "ge", ast.Eq: "eq", ast.NotEq: "ne",
}  # fmt: skip
_UNKNOWN = object()


class Expressions(Arithmetic):
    """Reads expressions in a scope."""

    def __init__(self, code: Code, builder: Builder, file: File) -> None:
        super().__init__(code, builder)
        self.file = file
        self.notes: dict[str, None] = {}
        self._readers: dict[type[ast.AST], Callable[[Any, Scope], Value]] = {
            ast.Constant: self.constant, ast.Name: self.name, ast.BinOp: self.operators, ast.UnaryOp: self.sign,
            ast.Compare: self.comparison, ast.BoolOp: self.connective, ast.IfExp: self.conditional,
            ast.Call: self.call, ast.Attribute: self.attribute, ast.Subscript: self.element, ast.List: self.listed,
            ast.Tuple: self.listed, ast.Dict: self.dictionary, ast.ListComp: self.comprehension,
            ast.GeneratorExp: self.comprehension, ast.Lambda: self.function, ast.NamedExpr: self.named,
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
        for star in self.file.stars:
            found = functions.member(self, star, name)
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
        found = functions.member(self, Module(name.module), name.name)
        unknown = Missing(f"'{name.name}' of {name.module} is not known", suggestion(name.name, FUNCTIONS))
        return unknown if found is None else found

    def attribute(self, node: ast.Attribute, scope: Scope) -> Value:
        owner = self.value(node.value, scope)
        self.at(node)
        if isinstance(owner, Module):
            found = functions.member(self, owner, node.attr)
            if found is None:
                self.error(f"'{node.attr}' of {owner.name} is not known", node, suggestion(node.attr, FUNCTIONS))
            return found
        if isinstance(owner, Vector) and node.attr in ("T", "size", "shape", "ndim"):
            lengths = shape(owner)
            if node.attr == "T":
                turned = self.transposed(owner, node)
                if turned is not owner:
                    fix(turned, "it is a part of another")
                return turned
            if node.attr == "size":
                return len(list(flat(owner)))
            return len(lengths) if node.attr == "ndim" else Vector([*lengths], "tuple")
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
        if isinstance(sign, ast.BitXor):
            self.error("in Python ^ is the exclusive or", node, "a power is **")
        if isinstance(sign, ast.MatMult):
            if not all(isinstance(value, Vector) for value in (a, b)):
                self.error("@ is a product of vectors, and here is a number", node, "a product of numbers is *")
            return self.dot(a, b, node)
        return self.binary(_BINARY[type(sign)], a, b, node)

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
        if isinstance(sign, ast.In | ast.NotIn) and isinstance(b, Vector | Table | range):
            items = b if isinstance(b, range) else b.items
            plain = isinstance(items, range) or not any(isinstance(item, Term | Vector) for item in items)
            if plain and not isinstance(a, Term | Vector):
                return (a in items) != negated
        if isinstance(sign, ast.Is | ast.IsNot | ast.Eq | ast.NotEq) and (a is None or b is None):
            return (a is b) != negated
        if type(sign) in _COMPARE:
            if known and isinstance(sign, ast.Eq | ast.NotEq):
                return (a == b) != negated
            if not (isinstance(a, int) and isinstance(b, int)):
                return self.binary(_COMPARE[type(sign)], a, b, node)
            return bool(self.binary(_COMPARE[type(sign)], a, b, node))
        self.error("this comparison is not read", node, "write <, <=, >, >=, == or !=")

    def connective(self, node: ast.BoolOp, scope: Scope) -> Value:
        is_and = isinstance(node.op, ast.And)
        found: list[Value] = []
        for operand in node.values:
            value = self.value(operand, scope)
            self.at(operand)
            truth = self.truth(value, operand)
            if truth is not None and truth != is_and:
                found.append(truth)
                break
            if truth is None:
                found.append(value)
        self.at(node)
        return self.joined("and" if is_and else "or", found, node)

    def conditional(self, node: ast.IfExp, scope: Scope) -> Value:
        test = self.value(node.test, scope)
        self.at(node.test)
        known = self.truth(test, node.test)
        if known is not None:
            return self.value(node.body if known else node.orelse, scope)
        condition = self.condition(test, node.test)
        a, b = self.value(node.body, scope), self.value(node.orelse, scope)
        self.at(node)
        result = self.merged(condition, a, b)
        self.present(result, node)
        return result

    def named(self, node: ast.NamedExpr, scope: Scope) -> Value:
        result = scope.names[node.target.id] = self.value(node.value, scope)
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

    def members(self, value: Value, node: ast.AST) -> list[Value]:
        """What a loop or an unpacking goes through."""
        if isinstance(value, Vector):
            return value.items
        if isinstance(value, Table):
            return list(value.items)
        if isinstance(value, range):
            self.code.step(node, len(value))
            return list(value)
        self.present(value, node)
        self.error(
            f"this goes through a vector, and here is {describe(value)}", node,
            "an argument becomes a vector by its size: --size x=3",
        )  # fmt: skip

    def element(self, node: ast.Subscript, scope: Scope) -> Value:
        owner = self.value(node.value, scope)
        return self.part(owner, self.index(node.slice, scope), node)

    def index(self, node: ast.expr, scope: Scope) -> list[int | slice | str]:
        """An index, one for each axis; a slice's bounds are known."""
        found: list[int | slice | str] = []
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
            value = self.value(part, scope)
            if isinstance(value, Vector):
                self.error(
                    "an index that is a vector is not read", part, "which elements there are must not depend on values"
                )  # fmt: skip
            found.append(value if isinstance(value, str) else self.whole(value, part, "an index"))
        return found

    def part(self, owner: Value, indices: list[int | slice | str], node: ast.Subscript) -> Value:
        """An element, a slice, a row."""
        first, *rest = indices
        if isinstance(owner, Table):
            if first not in owner.items or rest:
                listed = ", ".join(map(repr, owner.items))
                self.error("the dictionary has no such key", node, f"it has: {listed}")
            return owner.items[first]
        items: Any = owner if isinstance(owner, range) else owner.items if isinstance(owner, Vector) else None
        if items is None or isinstance(first, str) or (rest and isinstance(owner, range)):
            self.present(owner, node)
            self.error(
                f"{describe(owner)} has no elements", node, "an argument becomes a vector by its size: --size x=3"
            )
        if isinstance(first, slice):
            chosen = items[first]
            if not isinstance(owner, Vector):
                return chosen  # type: ignore[no-any-return]
            kind = owner.kind
            self.code.make(len(chosen), node)
            if rest:
                chosen = [self.part(item, rest, node) for item in chosen]
            cut = Vector(chosen, kind, "it is a part of another" if kind == "array" else None)
            return self.like(cut, owner) if kind == "array" and not self.are_conditions(owner) else cut
        if not -len(items) <= first < len(items):
            self.error(
                f"there is no element {first}: {describe(owner)} has {len(items)}", node, "the first element is x[0]"
            )
        return self.part(items[first], rest, node) if rest else items[first]

    def dictionary(self, node: ast.Dict, scope: Scope) -> Value:
        items: dict[str | int, Value] = {}
        for key, value in zip(node.keys, node.values, strict=True):
            name = None if key is None else self.value(key, scope)
            if not isinstance(name, str | int) or isinstance(name, bool):
                self.error("a key of a dictionary is a text or a whole number", key or value, 'write: {"a": ...}')
            items[name] = self.value(value, scope)
        return Table(items)

    def comprehension(self, node: ast.ListComp | ast.GeneratorExp, scope: Scope) -> Value:
        found: list[Value] = []
        self._generate(node, 0, Scope(scope), scope, found)
        return self.vector(found, "list", node)

    def _generate(
        self, node: ast.ListComp | ast.GeneratorExp, depth: int, inner: Scope, scope: Scope, found: list[Value]
    ) -> None:
        generator = node.generators[depth]
        values = self.value(generator.iter, inner if depth else scope)
        for item in self.rounds(values, generator.iter):
            self.assign(generator.target, item, inner)
            if not all(self.known(test, inner) for test in generator.ifs):
                continue
            if depth + 1 < len(node.generators):
                self._generate(node, depth + 1, inner, scope, found)
            else:
                found.append(self.value(node.elt, inner))

    def known(self, test: ast.expr, scope: Scope) -> bool:
        """Whether a condition holds that must be known while the text is read."""
        truth = self.truth(self.value(test, scope), test)
        if truth is None:
            self.error(
                "which elements there are depends on the variables here", test, "add 0 instead: a if condition else 0"
            )  # fmt: skip
        return truth

    def rounds(self, value: Value, node: ast.AST) -> Iterable[Value]:
        """The rounds of a loop; each is counted."""
        items = value if isinstance(value, range) else self.members(value, node)
        self.code.step(node, len(items))
        return items  # the very list: what a loop appends to it is gone through too, as Python does

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

    def set_part(self, owner: Value, indices: list[int | slice | str], value: Value, node: ast.Subscript) -> None:
        """Sets an element or a slice."""
        first, *rest = indices
        if isinstance(owner, Table) and not isinstance(first, slice) and not rest:
            self.error("a dictionary is not changed here", node, "write its items where it is made, or use names")
        if not isinstance(owner, Vector) or isinstance(first, str):
            self.part(owner, indices, node)
            self.error(f"an element of {describe(owner)} cannot be set", node, "make a list of it: list(x)")
        self.changeable(owner, node)
        items = list(owner.items)
        if isinstance(first, int):
            old = self.part(owner, [first], node)
            if not rest and owner.kind == "array" and isinstance(old, Vector):
                rest = [slice(None)]
            if rest:
                self.set_part(old, rest, value, node)
                return
            items[first] = self.fitting(owner, value, node) if owner.kind == "array" else value
        else:
            old_items = items[first]
            new = self.array(value, node)
            given = new.items if isinstance(new, Vector) and len(new.items) != 1 else None
            if rest or (given is not None and len(given) != len(old_items)):
                count = "one" if given is None else str(len(given))
                self.error(f"{count} values for {len(old_items)} elements", node)
            one = new.items[0] if isinstance(new, Vector) and given is None else new
            put = given if given is not None else [one] * len(old_items)
            if owner.kind == "array" and any(isinstance(item, Vector) for item in old_items):
                for k, item in zip(range(len(items))[first], put, strict=True):
                    self.set_part(owner, [k], item, node)
                return
            items[first] = [self.fitting(owner, item, node) for item in put] if owner.kind == "array" else put
        self.change(owner, items)

    def changeable(self, vector: Vector, node: ast.AST) -> None:
        """Refuses a vector whose elements cannot be set."""
        if vector.fixed is not None:
            self.error(f"an element cannot be set: {vector.fixed}", node, "make a copy: x.copy() or list(x)")

    def change(self, vector: Vector, items: list[Value]) -> None:
        """Gives a vector new elements."""
        vector.items, vector.weight = items, weight(items)

    def extend(self, vector: Vector, items: list[Value]) -> None:
        """Gives a list more elements at its end."""
        vector.items += items
        vector.weight += weight(items)

    # --- calls --------------------------------------------------------------------------------------------

    def function(self, node: ast.Lambda | ast.FunctionDef, scope: Scope) -> Function:
        """A function inside another, or a lambda; its defaults are read now, as Python does."""
        arguments = node.args
        named = [*arguments.posonlyargs, *arguments.args][::-1]
        pairs = list(zip(named, arguments.defaults[::-1], strict=False))
        pairs += [(a, d) for a, d in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True) if d is not None]
        defaults = {argument.arg: self.value(default, scope) for argument, default in pairs}
        name = node.name if isinstance(node, ast.FunctionDef) else "lambda"
        return Function(name, node, scope, defaults)

    def call(self, node: ast.Call, scope: Scope) -> Value:
        callee = node.func
        if isinstance(callee, ast.Attribute):
            owner = self.value(callee.value, scope)
            if isinstance(owner, Vector):
                return self.method(owner, callee, node, scope)
            function = self.attribute(callee, scope)
        elif isinstance(callee, ast.Name):
            function = self.find(callee.id, scope, callee)
            if function is _UNKNOWN:
                known = [*FUNCTIONS, *(name for name, v in self.file.names.items() if isinstance(v, Function))]
                self.error(f"unknown function '{callee.id}'", callee, suggestion(callee.id, known))
            self.present(function, callee)
        else:
            function = self.value(callee, scope)
        values, keywords = self.elements(node.args, scope), {}
        for keyword in node.keywords:
            if keyword.arg is None:
                self.error("arguments with ** are not read", keyword.value, "write them one by one")
            keywords[keyword.arg] = self.value(keyword.value, scope)
        return self.applied(function, values, keywords, node)

    def applied(self, function: Value, values: list[Value], keywords: dict[str, Value], node: ast.expr) -> Value:
        """A function applied to values."""
        self.code.step(node)
        if isinstance(function, Function):
            return self.invoke(function, values, keywords, node)
        if not isinstance(function, Builtin):
            self.error(f"{describe(function)} cannot be called", node, "a product needs its sign: a*(b)")
        self.at(node)
        call = Call(self, function.name, values, keywords, node, lambda f, items: self.applied(f, items, {}, node))
        return functions.apply(self, function, call)

    def method(self, owner: Vector, callee: ast.Attribute, node: ast.Call, scope: Scope) -> Value:
        """A method of a vector, such as x.sum()."""
        values, keywords = self.elements(node.args, scope), {}
        for keyword in node.keywords:
            keywords[keyword.arg or "**"] = self.value(keyword.value, scope)
        self.at(node)
        if callee.attr in ("append", "extend") and owner.kind == "list" and len(values) == 1 and not keywords:
            self.changeable(owner, node)
            more = self.members(values[0], node) if callee.attr == "extend" else [values[0]]
            self.code.make(weight(more), node)
            self.extend(owner, more)
            return None
        if callee.attr not in functions.METHODS:
            self.error(f"a vector has no method '{callee.attr}' that is read", callee, "np.sum(x) and the like are")
        call = Call(self, callee.attr, [owner, *values], keywords, node, lambda f, items: None)
        return functions.METHODS[callee.attr](call)

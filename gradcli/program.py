"""The intermediate representation: an expression as a flat, hash-consed list of equations.

A program is in static single assignment form: equation k is a tuple of an operation's name and what it
is applied to, and may refer to earlier equations only. Equal equations are stored once. Nothing is folded:
`x/x`, `0*x` and `sqrt(x)^2` keep their domains, and each interpreter folds for its own kind of number.

    %0 = input x          an input (a variable)
    %1 = const 2          a constant, as the decimal that was written
    %2 = pow %0 %1        an operation of the table, applied to earlier equations
"""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable, Mapping
from copy import copy
from math import isfinite
from sys import maxsize
from typing import Any, NamedTuple

from gradcli.errors import ExpressionError, LimitError, Source, Span
from gradcli.naming import Derivative
from gradcli.operations import COMMUTATIVE, OPERATIONS

Ref = int
"""The index of an equation."""

Equation = tuple[Any, ...]
"""An operation's name and its arguments: refs, but a name for `input` and a decimal for `const`."""

EVERY: Container[Ref] = range(maxsize)
"""All equations."""

LEAVES = frozenset({"input", "const"})

MAX_EQUATIONS = 5_000_000
_MAX_EXPONENT_DIGITS = 12


def canonical_decimal(text: str) -> str:
    """A written decimal in its one spelling: the same number always gives the same text.

    Digits and exponent are kept apart and never expanded, so `1e999999999` costs nothing.

    Raises:
        LimitError: the exponent has more than 12 digits.
    """
    if text.isdigit() and text[0] != "0" and len(text) < 16:
        return text
    mantissa, _, exponent_text = text.replace("_", "").lower().partition("e")
    if len(exponent_text) > _MAX_EXPONENT_DIGITS:
        raise LimitError(f"the exponent of a number has {len(exponent_text)} digits")
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).lstrip("0")
    point = int(exponent_text or "0") + len(digits) - len(fraction)  # value = 0.digits * 10^point
    digits = digits.rstrip("0")
    if not digits:
        return "0"
    if 0 < point <= 16:
        return digits.ljust(point, "0") if len(digits) <= point else f"{digits[:point]}.{digits[point:]}"
    if -5 < point <= 0:
        return "0." + "0" * -point + digits
    return f"{digits[0]}{'.' if len(digits) > 1 else ''}{digits[1:]}e{point - 1}"


def is_double(decimal: str) -> bool:
    """Whether a canonical decimal is the shortest spelling of a double, which tells it from all others so spelled."""
    if decimal.isdigit() and len(decimal) < 16:
        return True
    value = float(decimal)
    return isfinite(value) and canonical_decimal(repr(value)) == decimal


def is_less(a: str, b: str) -> bool:
    """Whether a canonical decimal is less than another, which the same double may stand for."""
    if a == b or float(a) != float(b):
        return float(a) < float(b)
    from decimal import Decimal  # not loaded for most

    return Decimal(a) < Decimal(b)


class Output(NamedTuple):
    """A component of the function: its name and the equation that gives it."""

    name: str
    ref: Ref


class Program:
    """A function of real variables as equations; frozen by convention, made by a `Builder`.

    Attributes:
        equations: in order; each refers to earlier ones only.
        variables: the inputs' names, in the order that the user sees.
        outputs: the components, in order.
        bindings: names given to equations that later lines use, in the order written; they may be outputs' too.
        given: derivatives that the document defines itself.
        source: the text that it was read from.
        notes: what a reader should be told about how the text was read.
        declared: whether a signature declared the variables.
    """

    __slots__ = (
        "_depends", "_lines", "bindings", "declared", "equations", "given", "notes", "outputs", "source", "spans",
        "table", "variables",
    )  # fmt: skip

    def __init__(
        self,
        builder: Builder,
        variables: Iterable[str],
        outputs: Iterable[Output],
        *,
        bindings: Mapping[str, Ref] | None = None,
        given: Mapping[Derivative, Ref] | None = None,
        notes: Iterable[str] = (),
        declared: bool = False,
    ) -> None:
        self.equations = builder.equations
        self.table = builder.table
        self.spans = builder.spans
        self.source = builder.source
        self.variables = tuple(variables)
        self.outputs = tuple(outputs)
        self.bindings = dict(bindings or {})
        self.given = dict(given or {})
        self.notes = tuple(notes)
        self.declared = declared
        self._depends: dict[Ref, frozenset[str]] = {}
        self._lines: dict[Ref, str] = {}

    def __len__(self) -> int:
        return len(self.equations)

    def __str__(self) -> str:
        lines = [f"variables {', '.join(self.variables)}".rstrip()]
        lines += [f"%{k} = {_equation_text(equation)}" for k, equation in enumerate(self.equations)]
        lines += [f"{output.name} = %{output.ref}" for output in self.outputs]
        return "\n".join(lines)

    def replaced(self, **changed: Any) -> Program:
        """The same equations with some attributes changed, such as `outputs`; a program without `given` partials."""
        program = copy(self)
        for name, value in changed.items():
            setattr(program, name, value)
        return program

    def output(self, name: str) -> Ref:
        """The equation of a component.

        Raises:
            KeyError: there is no such component.
        """
        for output in self.outputs:
            if output.name == name:
                return output.ref
        raise KeyError(name)

    def span(self, ref: Ref) -> Span:
        """Where in the source an equation comes from."""
        return self.spans[ref]

    def text(self, ref: Ref) -> str:
        """The source text that an equation comes from."""
        start, end = self.spans[ref]
        return self.source.text[start:end]

    def line(self, ref: Ref) -> str:
        """The line that an equation comes from, as messages name it; empty in a text of one line."""
        if ref not in self._lines:
            self._lines[ref] = self.source.line(self.spans[ref][0])
        return self._lines[ref]

    def kind(self, ref: Ref) -> str:
        """The type of an equation: `real` or `bool`."""
        return kind_of(self.equations[ref])

    def live(self, roots: Iterable[Ref]) -> list[Ref]:
        """The equations that the roots depend on, in order (the roots too)."""
        return live(self.equations, roots)

    def depends_on(self, ref: Ref) -> frozenset[str]:
        """The variables that an equation depends on."""
        if ref not in self._depends:
            names = (self.equations[k][1] for k in self.live((ref,)) if self.equations[k][0] == "input")
            self._depends[ref] = frozenset(names)
        return self._depends[ref]

    def check(self) -> None:
        """Verifies the invariants of the representation: order, arity, types, sharing, outputs.

        Raises:
            AssertionError: with the equation at fault.
        """
        seen: dict[Equation, Ref] = {}
        for k, equation in enumerate(self.equations):
            where = f"%{k} = {_equation_text(equation)}"
            if equation[0] not in LEAVES:
                operation = OPERATIONS[equation[0]]
                refs = equation[1:]
                assert operation.accepts(len(refs)), f"arity: {where}"
                assert all(0 <= ref < k for ref in refs), f"order: {where}"
                wanted = operation.argument_kinds(len(refs))
                assert [self.kind(ref) for ref in refs] == list(wanted), f"types: {where}"
            once = seen.setdefault(_key(equation), k) == k or is_literal(self.equations, k)
            assert once, f"stored twice: {where}"
        for output in self.outputs:
            assert self.kind(output.ref) == "real", f"output {output.name} is a condition"


class Builder:
    """Adds equations to a growing program; an equation that is there already is found, not added.

    Attributes:
        span: the place in the source that the next new equations come from.
    """

    __slots__ = ("equations", "source", "span", "spans", "table")

    def __init__(self, source: Source | None = None) -> None:
        self.equations: list[Equation] = []
        self.table: dict[Equation, Ref] = {}
        self.spans: list[Span] = []
        self.source = source or Source("")
        self.span: Span = (0, 0)

    @classmethod
    def extending(cls, program: Program) -> Builder:
        """A builder that goes on where a program ends; its equations keep their indices."""
        builder = cls(program.source)
        builder.equations = program.equations.copy()
        builder.table = program.table.copy()
        builder.spans = program.spans.copy()
        return builder

    def add(self, name: str, *arguments: Any) -> Ref:
        """The equation of an operation applied to arguments.

        Raises:
            LimitError: the program grows beyond 5 million equations.
        """
        equation = (name, *arguments)
        key = equation
        if name in COMMUTATIVE and arguments[0] > arguments[1]:
            key = _key(equation)
        ref = self.table.get(key)
        if ref is None:
            ref = len(self.equations)
            if ref >= MAX_EQUATIONS:
                raise LimitError(f"more than {MAX_EQUATIONS:,} equations")
            self.table[key] = ref
            self.equations.append(equation)
            self.spans.append(self.span)
        return ref

    def again(self, ref: Ref) -> Ref:
        """One more equation that is the same as one there is, and never found in the place of one to be added."""
        self.equations.append(self.equations[ref])
        self.spans.append(self.spans[ref])
        return len(self.equations) - 1

    def input(self, name: str) -> Ref:
        """The equation of a variable."""
        return self.add("input", name)

    def const(self, text: str) -> Ref:
        """The equation of a decimal constant, given as it was written."""
        return self.add("const", canonical_decimal(text))

    def kind(self, ref: Ref) -> str:
        """The type of an equation: `real` or `bool`."""
        return kind_of(self.equations[ref])

    def at(self, program: Program | Builder, ref: Ref) -> None:
        """Lets the next equations come from the same place in the source as an existing one."""
        self.span = program.spans[ref]


def live(equations: list[Equation], roots: Iterable[Ref]) -> list[Ref]:
    """The equations that the roots depend on, in order (the roots too).

    Few are found one by one; where it is many, a sweep over all equations is faster.
    """
    seen = set(roots)
    pending = list(seen)
    few = len(equations) // 16 + 64
    while pending and len(seen) < few:
        equation = equations[pending.pop()]
        if equation[0] not in LEAVES:
            fresh = [ref for ref in equation[1:] if ref not in seen]
            seen.update(fresh)
            pending += fresh
    if not pending:
        return sorted(seen)
    needed = bytearray(len(equations))
    for ref in seen:
        needed[ref] = 1
    for k in range(len(equations) - 1, -1, -1):
        if needed[k] and equations[k][0] not in LEAVES:
            for ref in equations[k][1:]:
                needed[ref] = 1
    return [k for k, flag in enumerate(needed) if flag]


def compacted(program: Program) -> Program:
    """The same program with its inputs first, and then only what the outputs need, as reading them as formulas gives.

    In that order operands come just before what they are for, from left to right; results that are rounded alike
    in one order may differ in another.
    """
    equations = program.equations
    order = [k for k, equation in enumerate(equations) if equation[0] == "input"]
    seen, done = bytearray(len(equations)), bytearray(len(equations))
    for k in order:
        done[k] = 1
    pending = [output.ref for output in reversed(program.outputs)]
    while pending:
        k = pending[-1]
        if done[k] or seen[k]:
            pending.pop()
            if not done[k]:
                done[k] = 1
                order.append(k)
            continue
        seen[k] = 1
        if equations[k][0] not in LEAVES:
            pending += equations[k][:0:-1]
    builder = Builder(program.source)
    moved = dict(zip(order, range(len(order)), strict=True))
    for k in order:
        equation = equations[k]
        builder.span = program.spans[k]
        leaf = equation[0] in LEAVES
        builder.add(equation[0], *(equation[1:] if leaf else map(moved.__getitem__, equation[1:])))
    return Program(
        builder,
        program.variables,
        [Output(output.name, moved[output.ref]) for output in program.outputs],
        notes=program.notes,
        declared=program.declared,
    )


def moving_equations(equations: list[Equation], order: Iterable[Ref], variables: Collection[str]) -> bytearray:
    """For each equation, whether it is one of those given (in order) and depends on one of the variables."""
    moving = bytearray(len(equations))
    for k in order:
        equation = equations[k]
        if equation[0] == "input":
            if equation[1] in variables:
                moving[k] = 1
        elif equation[0] != "const":
            for ref in equation[1:]:
                if moving[ref]:
                    moving[k] = 1
                    break
    return moving


def instantiate(
    builder: Builder, equations: list[Equation], roots: Iterable[Ref], inputs: Mapping[str, Ref]
) -> list[Ref]:
    """Copies what the roots depend on into a builder (see `copies`); where they are then."""
    roots = list(roots)
    copied = copies(builder, equations, roots, inputs)
    return [copied[root] for root in roots]


def copies(
    builder: Builder, equations: list[Equation], roots: Iterable[Ref], inputs: Mapping[str, Ref]
) -> dict[Ref, Ref]:
    """Copies what the roots depend on into a builder, with equations in the place of inputs: where each one is then.

    Inputs that are not named stay inputs. `equations` may be the builder's own.
    """
    copied: dict[Ref, Ref] = {}
    for k in live(equations, roots):
        equation = equations[k]
        if equation[0] == "input":
            copied[k] = inputs[equation[1]] if equation[1] in inputs else builder.input(equation[1])
        elif equation[0] == "const":
            copied[k] = builder.add(*equation)
        else:
            copied[k] = builder.add(equation[0], *(copied[ref] for ref in equation[1:]))
    return copied


def is_literal(equations: list[Equation], ref: Ref) -> bool:
    """Whether an equation is a number as it is written, or made of numbers at once, such as `1/2`."""
    name, *refs = equations[ref]
    return name == "const" or (name != "input" and all(equations[k][0] == "const" for k in refs))


def whole_number(equations: list[Equation], ref: Ref) -> int | None:
    """The whole number of at most 15 digits that an equation is, written as a constant or its negative."""
    equation = equations[ref]
    sign = 1
    if equation[0] == "neg":
        equation, sign = equations[equation[1]], -1
    if equation[0] == "const" and equation[1].isdigit() and len(equation[1]) < 16:
        return sign * int(equation[1])
    return None


def operands(equation: Equation) -> tuple[Ref, ...]:
    """The earlier equations that an equation refers to."""
    return () if equation[0] in LEAVES else equation[1:]


def kind_of(equation: Equation) -> str:
    """The type of what an equation gives: `real` or `bool`."""
    return "real" if equation[0] in LEAVES else OPERATIONS[equation[0]].kind


def require_real(builder: Builder, ref: Ref, span: Span) -> Ref:
    """The ref itself, if it is a number.

    Raises:
        ExpressionError: it is a condition.
    """
    if builder.kind(ref) != "real":
        raise ExpressionError(
            "this is a condition (true or false), not a number",
            source=builder.source,
            span=span,
            hint="use it in where(condition, a, b), or in: a if condition else b",
        )
    return ref


def _key(equation: Equation) -> Equation:
    """What makes two equations equal: the order of a commutative operation's arguments does not matter."""
    name, *arguments = equation
    return (name, *sorted(arguments)) if name in COMMUTATIVE else equation


def _equation_text(equation: Equation) -> str:
    name, *arguments = equation
    return " ".join([name, *(str(a) if name in LEAVES else f"%{a}" for a in arguments)])

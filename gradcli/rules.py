"""The table's derivatives, as equations: each text is parsed once and built into a program where it is needed."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from functools import cache
from typing import NamedTuple

from gradcli.algebra import Algebra
from gradcli.first_look import may_tie
from gradcli.language.document import parsed_text
from gradcli.operations import OPERATIONS
from gradcli.program import LEAVES, Builder, Equation, Output, Program, Ref, live, whole_number

NO_RULE: Equation = ("nan",)
"""What a derivative is that there is no rule for."""

LIPSCHITZ = frozenset({"abs", "max", "min"})
"""The operations with ties whose derivatives on either side follow from those of their operands."""

KINKED = LIPSCHITZ | {row.name for row in OPERATIONS.values() if row.meaning.partition("(")[0] in LIPSCHITZ}
"""These, and what is one of them by its meaning."""

CONTINUOUS = KINKED | {"hypot"} | {row.name for row in OPERATIONS.values() if row.edge and not row.defined}
"""Operations with ties or edges that neither jump nor end there."""

POSITIVE = frozenset({"const", "pi", "e", "exp", "cosh"})
"""The equations whose values are never negative by their looks, and 0 only by rounding or as constants."""

_TWO = ("const", "2")
_COMPARISONS = frozenset(row.name for row in OPERATIONS.values() if row.kind == "bool" and row.ties)
_PLACES = {1: (), 2: ("a",), 3: ("a", "b"), 4: ("a", "b", "c")}  # by the length of an equation


class NoRule(Exception):
    """An operation has no derivative by one of its arguments."""


class _Rule(NamedTuple):
    """A text of the table, as steps over slots: first its places, then its constants, then its operations."""

    constants: tuple[str, ...]
    steps: tuple[tuple[str, tuple[int, ...]], ...]
    result: int


@cache
def _rule(text: str, places: tuple[str, ...]) -> _Rule:
    equations, order, root = parsed_text(text, places)
    slots = {k: places.index(equations[k][1]) for k in order if equations[k][0] == "input"}
    constants = [k for k in order if equations[k][0] == "const"]
    slots |= {k: len(places) + position for position, k in enumerate(constants)}
    operations = [k for k in order if k not in slots]
    slots |= {k: len(places) + len(constants) + position for position, k in enumerate(operations)}
    steps = tuple((equations[k][0], tuple(slots[ref] for ref in equations[k][1:])) for k in operations)
    return _Rule(tuple(equations[k][1] for k in constants), steps, slots[root])


def _build(algebra: Algebra, text: str, ref: Ref, position: int = 0) -> Ref:
    """A text of an equation's row as an equation over the arguments of that equation."""
    equation = algebra.equations[ref]
    places: tuple[str, ...]
    slots: list[Ref]
    if OPERATIONS[equation[0]].arity is None:
        places, slots = ("x", "self"), [equation[position + 1], ref]
    else:
        places, slots = _PLACES[len(equation)], list(equation[1:])
    rule = _rule(text, places)
    add, apply = algebra.builder.add, algebra.apply
    for constant in rule.constants:
        slots.append(algebra.one if constant == "1" else add("const", constant))
    for name, operands in rule.steps:
        if len(operands) == 2:  # nearly all of them
            slots.append(apply(name, slots[operands[0]], slots[operands[1]]))
        else:
            slots.append(apply(name, *[slots[k] for k in operands]))
    return slots[rule.result]


def partial(algebra: Algebra, ref: Ref, position: int) -> Ref:
    """The partial derivative of an equation by its argument at a position (from 0), as an equation.

    Raises:
        NoRule: the table has none.
    """
    equation = algebra.equations[ref]
    name = equation[0]
    if name == "mul":  # the most frequent rules of all, without a detour
        return int(equation[2 - position])
    if name == "pow" and position == 0 and algebra.equations[equation[2]] == _TWO:
        return algebra.mul(equation[2], equation[1])  # what the table's rule gives for squares
    texts = OPERATIONS[name].partials
    text = texts[position] if len(texts) > 1 else texts[0]
    if text is None:
        raise NoRule(name)
    if text == "1":
        return algebra.one
    if text == "0":
        return algebra.zero
    return _build(algebra, text, ref, position)


def without_rule(builder: Builder | Program, order: Container[Ref]) -> Ref | None:
    """The equation that stands for a derivative without a rule, if it is among some equations.

    A constant by its looks, it has no derivative either.
    """
    ref = builder.table.get(NO_RULE)
    return ref if ref is not None and ref in order else None


def lacks_rules(equations: Sequence[Equation], order: Iterable[Ref]) -> bool:
    """Whether there is no rule for some derivative of one of some equations."""
    return any(None in OPERATIONS[equations[k][0]].partials for k in order if equations[k][0] not in LEAVES)


def handed_on(algebra: Algebra, adjoint: Ref, ref: Ref, position: int) -> Ref:
    """An adjoint times the partial derivative of its equation by an argument."""
    name = algebra.equations[ref][0]
    if name == "where":
        return adjoint if position else algebra.zero
    texts = OPERATIONS[name].partials
    text = texts[position] if len(texts) > 1 else texts[0]
    if text == "1":  # sums and differences, without a detour
        return adjoint
    if text == "-1":
        return algebra.neg(adjoint)
    return algebra.mul(adjoint, partial(algebra, ref, position))


def meaning(algebra: Algebra, ref: Ref) -> Ref:
    """What an equation means, in terms of other operations."""
    return _build(algebra, OPERATIONS[algebra.equations[ref][0]].meaning, ref)


def tie(algebra: Algebra, ref: Ref, edges: bool = False) -> Ref | None:
    """The condition under which an equation is at a kink or jump; `None` where it never is.

    Args:
        edges: whether to name also the points where its slope is infinite or its domain ends.
    """
    equation = algebra.equations[ref]
    if not may_tie(algebra.equations, equation, edges):
        return None
    row = OPERATIONS[equation[0]]
    return _build(algebra, row.ties or row.edge, ref)


def domain(algebra: Algebra, ref: Ref) -> Ref | None:
    """The condition under which an equation is defined; `None` where it always is, as whole powers are from 0 on."""
    name, *operands = algebra.equations[ref]
    text = OPERATIONS[name].defined
    if name == "pow" and (whole_number(algebra.equations, operands[1]) or -1) > 0:
        return None
    return _build(algebra, text, ref) if text else None


def is_comparison(name: str) -> bool:
    """Whether an operation compares two numbers."""
    return name in _COMPARISONS


def comparisons(algebra: Algebra, conditions: Iterable[Ref | None]) -> Iterator[tuple[Ref, Ref]]:
    """The pairs of numbers that conditions compare."""
    pending = [condition for condition in conditions if condition is not None]
    while pending:
        name, *operands = algebra.equations[pending.pop(0)]
        if is_comparison(name):
            yield operands[0], operands[1]
        else:  # what joins them
            pending += operands


def is_by_meaning(name: str) -> bool:
    """Whether an operation is differentiated through its meaning, having no derivatives of its own."""
    row = OPERATIONS[name]
    return not row.partials and bool(row.meaning)


def expand(algebra: Algebra, roots: Iterable[Ref], chosen: Callable[[str], bool] = is_by_meaning) -> list[Ref]:
    """The same equations with the chosen operations replaced by their meanings."""
    roots = list(roots)
    equations, builder = algebra.equations, algebra.builder
    if not any(chosen(name) for name in {equation[0] for equation in equations} - LEAVES):
        return roots
    order = live(equations, roots)
    new: dict[Ref, Ref] = {}
    for k in order:
        equation = equations[k]
        ref = k
        if equation[0] not in LEAVES:
            builder.at(builder, k)
            if any(new[argument] != argument for argument in equation[1:]):
                ref = builder.add(equation[0], *(new[argument] for argument in equation[1:]))
            if chosen(equation[0]):
                known = len(equations)
                ref = meaning(algebra, ref)
                if any(chosen(name) for name, *_ in equations[known:] if name not in LEAVES):
                    ref = expand(algebra, [ref], chosen)[0]
        new[k] = ref
    return [new[root] for root in roots]


def in_full(program: Program) -> Program:
    """The same function without operations whose partials are in branches for doubles; with their meanings instead.

    Equations keep their indices.
    """
    if not any(OPERATIONS[name].in_branches for name in {equation[0] for equation in program.equations} - LEAVES):
        return program
    algebra = Algebra(Builder.extending(program))
    refs = expand(algebra, [output.ref for output in program.outputs], lambda name: OPERATIONS[name].in_branches)
    outputs = [Output(output.name, ref) for output, ref in zip(program.outputs, refs, strict=True)]
    bindings, given = program.bindings, program.given
    return Program(
        algebra.builder, program.variables, outputs, bindings=bindings, given=given, declared=program.declared
    )

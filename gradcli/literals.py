"""How far the rounding of long literals can take a number: 3.141592653589793 is meant for pi.

Whoever writes 15 digits or more means a number that has more of them. To first order a function is off by its slopes
by these literals, times half a unit of their last place, or of the last place of the double that they are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from gradcli import engine
from gradcli.algebra import Algebra
from gradcli.errors import GradcliError
from gradcli.naming import Partial
from gradcli.program import Builder, Equation, Output, Program, Ref, instantiate
from gradcli.rules import in_full

SLACK = "slack"
"""The output that says how far."""

_LONG = 15  # significant digits of a literal that is rounded
_FAR = 300  # places from the point to its first digit, that it has less than
_MOST = 20  # of them
_MOST_EQUATIONS = 2_000
_UNIT = Decimal(2) ** -53
_MARGIN = "1.001"  # for what is not of first order


def rounding_of(sides: Sequence[tuple[Program, Partial]]) -> Program | None:
    """A program of how far the sum of some partials may be off; `None` where no literal is long, or there are many."""
    algebra = Algebra(Builder())
    total = algebra.zero
    for program, partial in sides:
        try:
            slopes = _slopes(program, partial)
        except GradcliError:
            return None
        values = {literal: algebra.builder.const(literal) for literal in slopes}
        for literal, (equations, ref) in slopes.items():
            (slope,) = instantiate(algebra.builder, equations, [ref], values)
            move = algebra.builder.const(str(_half_unit(literal) * Decimal(_MARGIN)))
            total = algebra.add(total, algebra.mul(algebra.builder.add("abs", slope), move))
    if total == algebra.zero:
        return None
    variables = tuple(dict.fromkeys(v for program, _ in sides for v in program.variables))
    return Program(algebra.builder, variables, [Output(SLACK, total)])


def _slopes(program: Program, partial: Partial) -> Mapping[str, tuple[list[Equation], Ref]]:
    """The slopes of a partial by the long literals of its program, which are inputs under their own text there."""
    order = program.live([program.output(partial.output)])
    found = [program.equations[k][1] for k in order if _is_long(program.equations[k])]
    if not found or len(found) > _MOST or len(order) > _MOST_EQUATIONS:
        return {}
    equations = [("input", e[1]) if _is_long(e) else e for e in program.equations]
    builder = Builder()
    (ref,) = instantiate(builder, equations, [program.output(partial.output)], {})
    opened = Program(builder, (*program.variables, *found), [Output(partial.output, ref)])
    wanted = [partial._replace(by=(*partial.by, literal)) for literal in found]
    derived = engine.formulas(in_full(opened), wanted, "autodiff")
    return {text: (derived.equations, output.ref) for text, output in zip(found, derived.outputs, strict=True)}


def _is_long(equation: Equation) -> bool:
    if equation[0] != "const" or len(equation[1]) <= _LONG:
        return False
    number = Decimal(equation[1])
    return len(number.as_tuple().digits) >= _LONG and abs(number.adjusted()) < _FAR


def _half_unit(text: str) -> Decimal:
    number = Decimal(text)
    exponent = number.as_tuple().exponent
    assert isinstance(exponent, int)
    return max(Decimal(5).scaleb(exponent - 1), abs(number) * _UNIT)

"""The same function in a form whose slopes can be enclosed at single points, and over boxes that hold these.

As written, a slope may be 0/0 where the function is smooth, or has a kink at most:

- a root of an even power is a size, and that of a sum of some a length, with the slopes of `abs` and `hypot`;
- sin(a)/a, and 1 at 0, is the power series `hyp0f1(3/2, -(a/2)^2)` (DLMF 10.16.9 with 10.16.1);
- a product with roots, as x*sqrt(abs(x)), is one power, with a sign;
- an equality whose sides meet, as in `where(x == 2, 4, x^2)`, decides nothing, and the branch beside it is taken. It
  holds at single places, which the generalised gradient leaves out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from gradcli.algebra import Algebra
from gradcli.continuity import branches_meet
from gradcli.program import Builder, Equation, Output, Program, Ref, whole_number
from gradcli.root_products import joined, powers
from gradcli.rules import KINKED, LIPSCHITZ, meaning

_MOST_EQUALITIES = 20  # of a program, that are looked at

_Form = Callable[[Algebra, list[Equation], Ref, Sequence[Ref]], Ref | None]
"""Builds another form of an equation, if it has one; the equations before it are built already."""


def smooth_form(program: Program) -> Program:
    """The same components in such a form; other equations stay as they are."""
    program = _rebuilt(program, _size, _maximum, _sinc)
    known = powers(program.equations)
    program = _rebuilt(program, lambda algebra, equations, ref, refs: joined(algebra, equations, ref, refs, known))
    equalities = [k for k, equation in enumerate(program.equations) if equation[0] in ("eq", "ne")]
    for k in reversed(equalities[:_MOST_EQUALITIES]):  # a decision moves the equations behind it
        concerned = [output for output in program.outputs if k in program.live((output.ref,))]
        if concerned and all(branches_meet(program, output.name, k) for output in concerned):
            program = _decided(program, k)
    return program


def _rebuilt(program: Program, *forms: _Form) -> Program:
    """A program with other forms for some of its equations: the first that there is."""
    algebra = Algebra(Builder(program.source))
    builder = algebra.builder
    refs: list[Ref] = []
    for k, equation in enumerate(program.equations):
        builder.at(program, k)
        name, *operands = equation
        if name in ("input", "const"):
            refs.append(builder.add(*equation))
            continue
        found = (form(algebra, program.equations, k, refs) for form in forms)
        smooth = next((ref for ref in found if ref is not None), None)
        refs.append(builder.add(name, *(refs[ref] for ref in operands)) if smooth is None else smooth)
    outputs = [Output(output.name, refs[output.ref]) for output in program.outputs]
    given = {derivative: refs[ref] for derivative, ref in program.given.items()}
    return Program(builder, program.variables, outputs, given=given)


def _decided(program: Program, equality: Ref) -> Program:
    """The program as it is where an equality does not hold."""
    apart = "false" if program.equations[equality][0] == "eq" else "true"
    return _rebuilt(program, lambda algebra, _, k, refs: algebra.builder.add(apart) if k == equality else None)


def _size(algebra: Algebra, equations: list[Equation], ref: Ref, refs: Sequence[Ref]) -> Ref | None:
    """A root of even powers as a size or a length."""
    bases = [_whole_power(algebra, refs[base], power // 2) for base, power in _even_powers(equations, ref)]
    return algebra.builder.add("abs" if len(bases) == 1 else "hypot", *bases) if bases else None


def _maximum(algebra: Algebra, equations: list[Equation], ref: Ref, refs: Sequence[Ref]) -> Ref | None:
    """`relu` as max(a, 0), whose slopes at the tie are known."""
    name, *operands = equations[ref]
    if name not in KINKED - LIPSCHITZ:
        return None
    return meaning(algebra, algebra.builder.add(name, *(refs[operand] for operand in operands)))


def _sinc(algebra: Algebra, equations: list[Equation], ref: Ref, refs: Sequence[Ref]) -> Ref | None:
    """sin(a)/a as a power series."""
    angle = _of_sinc(equations, ref)
    if angle is None:
        return None
    half, parameter = (algebra.builder.add("const", text) for text in ("0.5", "1.5"))
    square = algebra.apply("pow", algebra.mul(half, refs[angle]), algebra.builder.add("const", "2"))
    return algebra.builder.add("hyp0f1", parameter, algebra.neg(square))


def _whole_power(algebra: Algebra, base: Ref, exponent: int) -> Ref:
    return base if exponent == 1 else algebra.apply("pow", base, algebra.builder.add("const", str(exponent)))


def _even_powers(equations: list[Equation], ref: Ref) -> list[tuple[Ref, int]]:
    """The bases and exponents of the even powers that an equation is the root of the sum of, if it is such a root."""
    name, *operands = equations[ref]
    if name != "sqrt" and not (name == "pow" and equations[operands[1]] == ("const", "0.5")):
        return []
    powers: list[tuple[Ref, int]] = []
    waiting = [operands[0]]
    while waiting:
        inner, *factors = equations[waiting.pop()]
        if inner == "add":
            waiting += reversed(factors)
        elif inner == "mul" and factors[0] == factors[1]:
            powers.append((factors[0], 2))
        elif inner == "pow" and (exponent := whole_number(equations, factors[1]) or 1) > 0 and exponent % 2 == 0:
            powers.append((factors[0], exponent))
        else:
            return []
    return powers


def _of_sinc(equations: list[Equation], ref: Ref) -> Ref | None:
    """The a of an equation that is 1 where a == 0, and sin(a)/a elsewhere."""
    name, *operands = equations[ref]
    if name != "where":
        return None
    kind, *sides = equations[operands[0]]
    if kind not in ("eq", "ne"):
        return None
    at_zero, beside = (equations[branch] for branch in (operands[1:] if kind == "eq" else operands[:0:-1]))
    if at_zero != ("const", "1") or beside[0] != "div":
        return None
    sine, angle = beside[1:]
    others = [equations[side] for side in sides if side != angle]
    return angle if equations[sine] == ("sin", angle) and others == [("const", "0")] else None

"""Whether a component jumps where a condition tips, or has a kink there at most.

`where(x >= 0, x, -x)` is `abs(x)`: at x = 0 both of its branches are 0. With the condition taken for true and for
false, a component is two functions; they are compared where the two sides of the comparison meet, which is a place to
put in if it is linear in a variable. What is not proved to meet counts as a jump.

A root of a square is a size, and that of a sum of squares a length: their slopes are those of `abs` and `hypot`, which
would be 0/0 otherwise.
"""

from __future__ import annotations

from gradcli.algebra import Algebra
from gradcli.program import Builder, Equation, Output, Program, Ref, instantiate, kind_of, whole_number
from gradcli.rules import NoRule
from gradcli.tangent import Tangents


def branches_meet(program: Program, output: str, comparison: Ref) -> bool:
    """Whether a component is proved to be the same on both sides of where a comparison of it tips."""
    if kind_of(program.equations[comparison]) != "bool":
        return False
    from gradcli.normal_form import Function, are_equal

    algebra = Algebra(Builder.extending(program))
    gap = algebra.sub(*program.equations[comparison][1:])
    root = program.output(output)
    for variable in sorted(program.depends_on(comparison)):
        try:
            (slope,) = Tangents(algebra, {variable: algebra.one}).of([gap])
        except NoRule:
            continue
        whole = Program(algebra.builder, program.variables, ())
        if slope == algebra.zero or whole.depends_on(slope):
            continue  # the sides meet elsewhere too, or not at one place alone
        place = {variable: algebra.sub(algebra.builder.input(variable), algebra.div(gap, slope))}
        sides = []
        for decided in ("true", "false"):
            equations: list[Equation] = list(whole.equations)
            equations[comparison] = (decided,)
            sides += instantiate(algebra.builder, equations, [root], place)
        (left,) = instantiate(algebra.builder, list(whole.equations), [gap], place)
        functions = [Function(algebra.equations, ref) for ref in (left, algebra.zero, *sides)]
        return are_equal(*functions[:2]) and are_equal(*functions[2:])
    return False


def with_sizes(program: Program) -> Program:
    """The same components, with `abs` and `hypot` for roots of squares; other equations stay as they are."""
    builder = Builder(program.source)
    refs: list[Ref] = []
    for k, equation in enumerate(program.equations):
        builder.at(program, k)
        name, *operands = equation
        if name in ("input", "const"):
            refs.append(builder.add(*equation))
            continue
        bases = [refs[base] for base in _squared(program.equations, k)]
        if not bases:
            refs.append(builder.add(name, *(refs[ref] for ref in operands)))
        else:
            refs.append(builder.add("abs" if len(bases) == 1 else "hypot", *bases))
    outputs = [Output(output.name, refs[output.ref]) for output in program.outputs]
    return Program(builder, program.variables, outputs)


def _squared(equations: list[Equation], ref: Ref) -> list[Ref]:
    """What an equation is the root of the sum of the squares of, if it is such a root."""
    name, *operands = equations[ref]
    if name != "sqrt" and not (name == "pow" and equations[operands[1]] == ("const", "0.5")):
        return []
    bases: list[Ref] = []
    waiting = [operands[0]]
    while waiting:
        inner, *factors = equations[waiting.pop()]
        if inner == "add":
            waiting += reversed(factors)
        elif (inner == "mul" and factors[0] == factors[1]) or (
            inner == "pow" and whole_number(equations, factors[1]) == 2
        ):
            bases.append(factors[0])
        else:
            return []
    return bases

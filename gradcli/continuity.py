"""Whether a component jumps where a condition tips, or has a kink there at most.

`where(x >= 0, x, -x)` is `abs(x)`: at x = 0 both of its branches are 0. With the condition taken for true and for
false, a component is two functions; they are compared where the two sides of the comparison meet, which is a place to
put in if it is linear in a variable. What is not proved to meet counts as a jump.
"""

from __future__ import annotations

from collections.abc import Sequence

from gradcli.algebra import Algebra
from gradcli.program import Builder, Equation, Output, Program, Ref, instantiate, kind_of
from gradcli.rules import NoRule
from gradcli.sampling import Domain, draw
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
        return are_equal(*functions[:2]) and are_equal(*functions[2:]) and _have_values(whole, sides)
    return False


def _have_values(program: Program, refs: Sequence[Ref]) -> bool:
    """Whether equations are defined at some point, all of them: of what never is anything can be proved."""
    sides = Program(Builder.extending(program), program.variables, [Output(str(ref), ref) for ref in refs])
    return bool(draw([sides], program.variables, Domain([sides]), 1))

"""Reverse mode: the program that computes an output and all its first partials, from the program of the output.

The rules are those of A. Griewank and A. Walther, Evaluating Derivatives (2nd ed., SIAM 2008), chapter 3: every
equation, last to first, hands its adjoint times its local partial derivatives on to its arguments. An adjoint
holds under the path condition of its equation; it is selected only where contributions of different
conditions meet, and at an input, so that branches that are not taken cannot spoil it.
"""

from __future__ import annotations

from collections.abc import Collection

from gradcli.algebra import Algebra
from gradcli.paths import ALWAYS, Paths
from gradcli.program import LEAVES, Ref, live, moving_equations
from gradcli.rules import NoRule, expand, handed_on, without_rule


def gradient(algebra: Algebra, output: Ref, variables: Collection[str]) -> dict[str, Ref]:
    """The first partials of an equation by the variables, as equations; those that are structurally zero are 0.

    Raises:
        NoRule: an operation on the way has no derivative by an argument that moves.
    """
    output = expand(algebra, [output])[0]
    equations, builder, zero = algebra.equations, algebra.builder, algebra.zero
    spans = builder.spans
    order = live(equations, (output,))
    if without_rule(builder, order) is not None:
        raise NoRule
    result = dict.fromkeys(variables, zero)
    moving = moving_equations(equations, order, result)
    paths = Paths(algebra, order, output, through_conditions=False)
    adjoints = [zero] * len(moving)
    adjoints[output] = algebra.one
    for k in reversed(order):
        adjoint = adjoints[k]
        if adjoint == zero or not moving[k]:
            continue
        equation = equations[k]
        name = equation[0]
        if name in LEAVES:
            condition = paths.of(k)
            result[equation[1]] = adjoint if condition == ALWAYS else algebra.where(condition, adjoint, zero)
            continue
        builder.span = spans[k]
        for position, argument in enumerate(equation[1:]):
            if not moving[argument]:
                continue
            edge = ALWAYS
            value = handed_on(algebra, adjoint, k, position)
            if value == zero:
                continue
            if paths.branching:
                found = paths.edge(k, position)
                assert found is not None
                edge = found
                if edge != paths.of(argument):
                    value = algebra.where(edge, value, zero)
            known = adjoints[argument]
            adjoints[argument] = value if known == zero else algebra.add(known, value)
    return result

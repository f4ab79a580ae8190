"""Whether a component jumps where a condition tips, or has a kink there at most.

`where(x >= 0, x, -x)` is `abs(x)`: at x = 0 both of its branches are 0. With the condition taken for true and for
false, a component is two functions; they are compared where the two sides of the comparison meet. There one side may
stand in the other's place, and its square in that of the other's: where `abs(x) < d` tips, x^2 is d^2. Or the places
are those of simpler equations, each of which is linear in a variable: of `abs(x) < 1` these are x = 1 and x = -1. What
is not proved to meet counts as a jump.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial, reduce

from gradcli.algebra import Algebra
from gradcli.program import Builder, Equation, Output, Program, Ref, instantiate, kind_of, whole_number
from gradcli.rules import NoRule
from gradcli.sampling import Domain, draw
from gradcli.tangent import Tangents

_MOST_ZEROS = 16  # simpler equations that one is taken apart into


def branches_meet(program: Program, output: str, comparison: Ref) -> bool:
    """Whether a component is proved to be the same on both sides of where a comparison of it tips."""
    if kind_of(program.equations[comparison]) != "bool":
        return False
    algebra = Algebra(Builder.extending(program))
    sides = _Sides(algebra, program, program.output(output), comparison)
    left, right = program.equations[comparison][1:]
    if any(sides.agree({a: b} | _squares(algebra, a, b)) for a, b in ((left, right), (right, left))):
        return True
    zeros = _zeros(algebra, algebra.sub(left, right))
    return 0 < len(zeros) <= _MOST_ZEROS and all(_meet_at_zero(sides, zero) for zero in zeros)


class _Sides:
    """A component with a comparison of it taken for true, and for false."""

    def __init__(self, algebra: Algebra, program: Program, root: Ref, comparison: Ref) -> None:
        self.algebra = algebra
        self.program = Program(algebra.builder, program.variables, ())
        self.root = root
        self.comparison = comparison

    def agree(self, replaced: Mapping[Ref, Ref], vanishing: Ref | None = None) -> bool:
        """Whether they are proved to be equal with some equations in the place of others, where another vanishes."""
        from gradcli.normal_form import Function, are_equal

        places = {f"%{ref}": other for ref, other in replaced.items()}  # which is no name of a variable
        inputs: dict[Ref, Equation] = {ref: ("input", f"%{ref}") for ref in replaced}
        found = []
        for decided in ("true", "false"):
            equations = _with(self.program.equations, {**inputs, self.comparison: (decided,)})
            found += instantiate(self.algebra.builder, equations, [self.root], places)
        if vanishing is not None:
            equations = _with(self.program.equations, inputs)
            found += [*instantiate(self.algebra.builder, equations, [vanishing], places), self.algebra.zero]
        functions = [Function(self.algebra.equations, ref) for ref in found]
        proved = all(are_equal(*functions[k : k + 2]) for k in range(0, len(functions), 2))
        return proved and _have_values(self.program, found)


def _squares(algebra: Algebra, size: Ref, other: Ref) -> dict[Ref, Ref]:
    """Where a size, root or length is equal to another, so are their squares: `x^2 + y^2` of `hypot(x, y)`."""
    name, *operands = algebra.equations[size]
    two = algebra.builder.add("const", "2")
    if name == "sqrt":
        squares = operands
    elif name in ("abs", "hypot"):
        powers = [algebra.builder.add("pow", operand, two) for operand in operands]
        products = [algebra.builder.add("mul", operand, operand) for operand in operands]
        squares = [reduce(partial(algebra.builder.add, "add"), terms) for terms in (powers, products)]
    else:
        return {}
    return dict.fromkeys(squares, algebra.builder.add("pow", other, two))


def _with(equations: Sequence[Equation], replaced: Mapping[Ref, Equation]) -> list[Equation]:
    return [replaced.get(k, equation) for k, equation in enumerate(equations)]


def _zeros(algebra: Algebra, gap: Ref) -> list[Ref]:
    """Simpler equations, one of which at least is 0 wherever `gap` is; none, if these would be too many."""
    zeros: list[Ref] = []
    waiting = [gap]
    while waiting and len(zeros) + len(waiting) <= _MOST_ZEROS:
        ref = waiting.pop()
        name, *operands = algebra.equations[ref]
        pair = _two_signs(algebra, operands) if name == "sub" else None
        if name == "mul":
            waiting += operands
        elif name in ("div", "pow", "sqrt", "neg", "abs"):
            waiting.append(operands[0])
        elif pair is not None:
            size, other = pair
            waiting += [algebra.sub(size, other), algebra.add(size, other)]
        else:
            zeros.append(ref)
    return [] if waiting else list(dict.fromkeys(zeros))


def _two_signs(algebra: Algebra, operands: Sequence[Ref]) -> tuple[Ref, Ref] | None:
    """What is, but for its sign, equal to another wherever two operands are equal, if one is a size or a square."""
    for ref, other in (operands, operands[::-1]):
        name, *inner = algebra.equations[ref]
        if name == "abs":
            return inner[0], other
        if name == "pow" and whole_number(algebra.equations, inner[1]) == 2 and algebra.equations[other][0] == "const":
            return inner[0], algebra.builder.add("sqrt", other)
    return None


def _meet_at_zero(sides: _Sides, zero: Ref) -> bool:
    """Whether the sides are proved to meet wherever an equation vanishes that is linear in some variable."""
    algebra, program = sides.algebra, sides.program
    for variable in sorted(program.depends_on(zero)):
        try:
            (slope,) = Tangents(algebra, {variable: algebra.one}).of([zero])
        except NoRule:
            continue
        if slope == algebra.zero or program.depends_on(slope):
            continue  # it vanishes elsewhere too, or not at one place alone
        at = algebra.builder.input(variable)
        return sides.agree({at: algebra.sub(at, algebra.div(zero, slope))}, vanishing=zero)
    return False


def _have_values(program: Program, refs: Sequence[Ref]) -> bool:
    """Whether equations are defined at some point, all of them: of what never is anything can be proved."""
    sides = Program(Builder.extending(program), program.variables, [Output(str(ref), ref) for ref in refs])
    return bool(draw([sides], program.variables, Domain([sides]), 1))

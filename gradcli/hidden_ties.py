"""Ties and edges that rounding hides: where operands are as close to one as their rounding errors are large.

`abs(x - 0.1 - 0.2)` is at its kink at 0.3, and doubles miss it by 2^-55, with which its square root is undefined;
`floor(x - 1e-20)` seems to jump at 3. Which side such a row is on, and what its value is, only more digits tell. At
points the running errors of the values say where that is so, if there are values; for blocks it is a condition of its
own, of which the greater part is folded where nothing rounds.
"""

from __future__ import annotations

from gradcli.algebra import Algebra
from gradcli.diagnosis import is_exact, tie_places
from gradcli.evaluate.error_program import Errors
from gradcli.paths import ALWAYS
from gradcli.program import Builder, Equation, Program, Ref, whole_number
from gradcli.rules import NoRule, may_tie_somewhere

_MOST_BOUNDED = 10_000  # equations of a program whose rounding errors are bounded
_NEVER_NEGATIVE = frozenset({"abs", "sqrt", "exp", "cosh", "hypot"})


def hidden_ties(program: Program) -> tuple[Program, Ref] | None:
    """The program extended by the condition that a component may be at such a tie; `None`: it never can be.

    Nothing is said of programs that are too large for error bounds, and where an operation has no derivative.
    """
    equations = program.equations
    if len(equations) > _MOST_BOUNDED or not may_tie_somewhere(equations, edges=True):
        return None
    algebra = Algebra(Builder.extending(program))
    errors = Errors(algebra, exact_inputs=False)
    add = algebra.builder.add
    found: Ref | None = None
    for output in program.outputs:
        for _, path, condition in tie_places(program, algebra, output, program.live((output.ref,)), edges=True):
            try:
                near = _widened(errors, condition)
            except NoRule:
                continue
            if near is not None:
                near = near if path == ALWAYS else add("and", path, near)
                found = near if found is None else add("or", found, near)
    return None if found is None else (Program(algebra.builder, program.variables, ()), found)


def _widened(errors: Errors, condition: Ref) -> Ref | None:
    """The condition of a tie with rounding errors on both sides; `None` where these cannot hide it."""
    algebra = errors.algebra
    name, *operands = algebra.equations[condition]
    add = algebra.builder.add
    if name == "and":
        wide = [_widened(errors, operand) for operand in operands]
        if wide == [None, None]:
            return None
        return add("and", *(part if new is None else new for part, new in zip(operands, wide, strict=True)))
    if name != "eq":
        return None
    a, b = _on_either_side(algebra, *operands)
    if is_exact(algebra.equations, operands if b in operands else (a, a)):
        return None
    if b == algebra.zero and _never_cancels(algebra.equations, a):
        return None
    error = algebra.add(errors.bound(a), errors.bound(b))
    if error == algebra.zero:
        return None
    return add("and", add("gt", error, algebra.zero), add("le", add("abs", add("sub", a, b)), error))


def _on_either_side(algebra: Algebra, a: Ref, b: Ref) -> tuple[Ref, Ref]:
    """The two sides of an equation that hardly differ above and below: a number and the whole number next to it."""
    first, second = algebra.equations[a], algebra.equations[b]
    if first[0] == "mod":  # which is 0 at whole quotients, and the divisor below them
        a = algebra.builder.add("div", *first[1:])
    if first[0] == "mod" or second[0] == "floor":
        b = algebra.builder.add("round", a)
    return a, b


def _never_cancels(equations: list[Equation], root: Ref) -> bool:
    """Whether a number is a sum, product or the like of what is not negative: rounded, it is 0 where it is 0."""
    pending = [root]
    while pending:
        name, *operands = equations[pending.pop()]
        if name in _NEVER_NEGATIVE or name == "const" or (name == "mul" and operands[0] == operands[1]):
            continue
        if name == "pow" and (whole_number(equations, operands[1]) or 1) % 2 == 0:
            continue
        if name not in ("add", "mul", "div"):
            return False
        pending += operands
    return True

"""Which branch a function takes at a point: the decisions that its value rests on.

A sample on the other side of a kink or a jump belongs to another smooth function; extrapolating across gives a
slope that is nobody's. So every operation that can tie has a *decision*, an equation whose value changes
where it changes sides, and a sample counts only where all decisions are those at the point. Decisions in branches
of `where` that are not taken do not matter, nor those that are just being made: at the tie itself the
samples on both sides are wanted.

A power of a negative number is defined where its exponent is whole, which one that moves with a variable is nowhere
else nearby: it has a *gap* there, whatever a rounded exponent says.

On its branch a component may not depend on a variable at all (`max(x, y)` on y, `floor(x)` on x): that
partial is exactly 0, which no samples could tell from one that is too small to be seen.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from gradcli.algebra import Algebra
from gradcli.first_look import may_tie
from gradcli.operations import OPERATIONS
from gradcli.paths import ALWAYS, Paths, on_path
from gradcli.program import LEAVES, Builder, Program, Ref, live, moving_equations
from gradcli.rules import POSITIVE, tie

_OWN = frozenset({"lt", "le", "gt", "ge", "eq", "ne", "floor", "ceil", "round", "floordiv"})
"""Operations whose result is the decision."""

_OTHER = {
    "abs": "sign",
    "relu": "sign",
    "sign": "sign",
    "heaviside": "sign",
    "max": "ge",
    "min": "le",
    "mod": "floordiv",
}
"""The operation on the same arguments whose result is the decision."""


_WHOLE = {"pow": (1, 0), "besselj": (0, 1), "besseli": (0, 1)}
"""Operations that want a whole number where another argument is negative, and the positions of both."""


class Gap(NamedTuple):
    """Where moving a variable leaves the domain, but for points apart: conditions.

    Attributes:
        beside: at a sample that the variable was moved to.
        at: at the point, if there may be a sample of that kind beside it.
    """

    beside: Ref
    at: Ref


class Branches(NamedTuple):
    """The decisions of one component, as equations.

    Attributes:
        program: the given one, extended.
        decisions: a number or condition each, which changes where an operation changes sides.
        free: a condition each, under which the decision does not matter at the point.
        tied: a condition each, under which the point is at a kink, jump or edge that does matter.
        reached: the condition under which a variable moves the component on its branch (`ALWAYS` if there is
            none); a variable that never does is left out.
        gaps: the gap along a variable, where there is one.
    """

    program: Program
    decisions: tuple[Ref, ...] = ()
    free: tuple[Ref, ...] = ()
    tied: tuple[Ref, ...] = ()
    reached: Mapping[str, Ref] = {}
    gaps: Mapping[str, Gap] = {}


def find_branches(program: Program, root: Ref) -> Branches:
    """The decisions that an equation's value rests on."""
    order = program.live((root,))
    if not any(may_tie(program.equations, program.equations[k], edges=True) for k in order):
        return Branches(program, reached=dict.fromkeys(program.depends_on(root), ALWAYS))
    algebra = Algebra(Builder.extending(program))
    add = algebra.builder.add
    moving = moving_equations(program.equations, order, frozenset(program.variables))
    paths = Paths(algebra, order, root, through_conditions=True)
    decisions, free, tied = [], [], []
    for k in order:
        condition = tie(algebra, k, edges=True) if moving[k] and program.equations[k][0] not in LEAVES else None
        if condition is None:
            continue
        path = paths.of(k)
        tied.append(on_path(algebra.builder, path, condition))
        decision = _decision(algebra, k)
        if decision is not None:
            decisions.append(decision)
            out = condition if path == ALWAYS else add("or", condition, add("not", path))
            if program.equations[k][0] == "atan2":  # whose cut is on one side only
                out = add("or", out, add("ge", program.equations[k][2], algebra.zero))
            free.append(out)
    reached, gaps = _reached(algebra, order, root), _gaps(algebra, order, paths)
    extended = Program(algebra.builder, program.variables, ())
    return Branches(extended, tuple(decisions), tuple(free), tuple(tied), reached, gaps)


def _gaps(algebra: Algebra, order: list[Ref], paths: Paths) -> dict[str, Gap]:
    """Where each variable moves a number that must be whole."""
    add, gaps = algebra.builder.add, dict[str, Gap]()
    for k in order:
        name, *arguments = algebra.equations[k]
        if name in _WHOLE:
            whole, other = (arguments[position] for position in _WHOLE[name])
            if algebra.equations[other][0] in POSITIVE:
                continue
            for variable, moves in _reached(algebra, live(algebra.equations, (whole,)), whole).items():
                found = []
                for comparison in ("lt", "le"):
                    condition = on_path(algebra.builder, moves, add(comparison, other, algebra.zero))
                    found.append(on_path(algebra.builder, paths.of(k), condition))
                known = gaps.get(variable)
                if known is not None:
                    found = [add("or", *pair) for pair in zip(known, found, strict=True)]
                gaps[variable] = Gap(*found)
    return gaps


def _reached(algebra: Algebra, order: list[Ref], root: Ref) -> dict[str, Ref]:
    """When each variable moves an equation other than through a decision; those that never do are left out."""
    paths = Paths(algebra, order, root, through_conditions=False)
    reached = {root}
    for k in reversed(order):
        if k in reached and algebra.equations[k][0] not in LEAVES:
            name, *arguments = algebra.equations[k]
            steps = OPERATIONS[name].partials
            reached |= {
                ref for position, ref in enumerate(arguments)
                if paths.edge(k, position) is not None and not (steps and steps[position % len(steps)] == "0")
            }  # fmt: skip
    return {algebra.equations[k][1]: paths.of(k) for k in order if k in reached and algebra.equations[k][0] == "input"}


def _decision(algebra: Algebra, ref: Ref) -> Ref | None:
    """What changes where an operation changes sides; `None` if it has an edge but no other side."""
    name, *arguments = algebra.equations[ref]
    if name in _OWN:
        return ref
    if name == "atan2":
        return algebra.builder.add("lt", arguments[0], algebra.zero)
    return algebra.builder.add(_OTHER[name], *arguments) if name in _OTHER else None

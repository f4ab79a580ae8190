"""What a formula depends on, whether SymPy can take it as a whole, and the pieces that are cut out of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from gradcli.errors import LimitError
from gradcli.program import LEAVES, Builder, Equation, Ref, operands

LINEAR = frozenset({"add", "sub", "neg"})
CHOICES = {"where": "", "max": "ge", "min": "le"}
"""Operations that give one of two operands, by a comparison of them or by a condition of their own."""

_WHOLE_EQUATIONS = 200  # a program up to this size, depth and length of text goes to SymPy as a whole
_WHOLE_DEPTH = 50
_WHOLE_LENGTH = 400
_MAX_EQUATIONS = 1_000_000
_MAX_NONLINEAR = 300_000  # of them, other than sums
_CHEAP = LINEAR | LEAVES


class Shape(NamedTuple):
    """A piece cut out of a program: its structure, and the equations of the program that it consists of."""

    equations: tuple[Equation, ...]
    refs: tuple[Ref, ...]
    leaves: tuple[tuple[str, Ref], ...]


class Region:
    """What an equation depends on, as far as it matters for derivatives: not what is below a condition."""

    def __init__(self, equations: list[Equation], root: Ref) -> None:
        """Collects the equations, in order.

        Raises:
            LimitError: there are too many.
        """
        self.equations = equations
        self.root = root
        seen = {root}
        pending = [root]
        while pending:
            for a in real_operands(equations[pending.pop()]):
                if a not in seen:
                    seen.add(a)
                    pending.append(a)
        nonlinear = sum(equations[k][0] not in _CHEAP for k in seen)
        if len(seen) > _MAX_EQUATIONS or nonlinear > _MAX_NONLINEAR:
            raise LimitError(
                f"{len(seen):,} operations are too many for the symbolic backend, which takes {_MAX_NONLINEAR:,}",
                hint="--backend autodiff takes more",
            )
        self.order = sorted(seen)

    def inner(self) -> set[Ref]:
        """All equations but the inputs."""
        return {k for k in self.order if self.equations[k][0] != "input"}

    def is_small(self) -> bool:
        """Whether SymPy can take it as a whole."""
        if len(self.order) > _WHOLE_EQUATIONS:
            return False
        depth: dict[Ref, int] = {}
        length: dict[Ref, int] = {}
        for k in self.order:
            below = real_operands(self.equations[k])
            depth[k] = 1 + max((depth[a] for a in below), default=0)
            length[k] = 1 + sum(length[a] for a in below)
        return depth[self.root] <= _WHOLE_DEPTH and length[self.root] <= _WHOLE_LENGTH

    def shape(self, head: Ref, inner: set[Ref], ranks: Mapping[str, str] | None = None) -> Shape:
        """The piece below an equation; what is not in `inner` is a leaf.

        Leaves are named by the variables' ranks, if they are given, else by where they appear first.
        """
        equations: list[Equation] = []
        refs: list[Ref] = []
        leaves: list[tuple[str, Ref]] = []
        local: dict[Ref, int] = {}
        pending = [head]
        while pending:
            k = pending[-1]
            if k in local:
                pending.pop()
                continue
            equation = self.equations[k]
            if k in inner:
                waiting = [a for a in reversed(operands(equation)) if a not in local]
                if waiting:
                    pending += waiting
                    continue
                name, *arguments = equation
                made = equation if name in LEAVES else (name, *(local[a] for a in arguments))
            else:
                name = ranks[equation[1]] if ranks and equation[0] == "input" else f"w{len(leaves):07d}"
                leaves.append((name, k))
                made = ("input", name)
            pending.pop()
            local[k] = len(equations)
            equations.append(made)
            refs.append(k)
        return Shape(tuple(equations), tuple(refs), tuple(leaves))

    def variables(self) -> set[str]:
        """Their names."""
        return {self.equations[k][1] for k in self.order if self.equations[k][0] == "input"}

    def depending(self, names: frozenset[str] | None) -> set[Ref]:
        """The equations that depend on the named variables, or on any."""
        found: set[Ref] = set()
        for k in self.order:
            equation = self.equations[k]
            if equation[0] == "input":
                if names is None or equation[1] in names:
                    found.add(k)
            elif not found.isdisjoint(real_operands(equation)):
                found.add(k)
        return found


def real_operands(equation: Equation) -> tuple[Ref, ...]:
    """The equations that an equation refers to and can be differentiated by."""
    name = equation[0]
    return () if name in LEAVES else equation[2:] if name == "where" else equation[1:]


def choice(builder: Builder, ref: Ref) -> Ref:
    """The condition under which an operation that chooses gives the first of its two operands."""
    name, *arguments = builder.equations[ref]
    return arguments[0] if name == "where" else builder.add(CHOICES[name], *arguments)

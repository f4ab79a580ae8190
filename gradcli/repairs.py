"""Which single symbol of a wrong formula has to be another one: a sign, an operator, a function, a variable, a number.

Each is tried in turn, and named as the part of the formula that it stands in, before and after.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from gradcli.errors import shorten
from gradcli.language.printer import format_expression
from gradcli.program import LEAVES, Builder, Equation, Program, Ref, whole_number

_MOST_EQUATIONS = 60  # of a formula
_MOST_VARIABLES = 6  # that are tried in the place of another
_LONGEST = 60  # characters of a part that is named
_OTHERS = {
    "add": ("sub", "mul"), "sub": ("add", "div"), "mul": ("add", "div"), "div": ("mul", "sub"),
    "sin": ("cos",), "cos": ("sin",), "sinh": ("cosh",), "cosh": ("sinh",), "sec": ("csc",), "csc": ("sec",),
    "tan": ("cot",), "cot": ("tan",), "log": ("log10", "log2"), "log10": ("log",), "log2": ("log",),
    "asin": ("acos",), "acos": ("asin",), "max": ("min",), "min": ("max",),
    "lt": ("gt",), "gt": ("lt",), "le": ("ge",), "ge": ("le",),
}  # fmt: skip
"""What is taken for what."""


_Use = tuple[Ref, int]
"""An operand: of which equation, and which one."""


class Repair(NamedTuple):
    """A formula with one symbol changed.

    Attributes:
        text: what was changed.
        program: has the formula, as its equation `root`.
    """

    text: str
    program: Program
    root: Ref


def repairs(program: Program, root: Ref, variables: Sequence[str], numbers: Sequence[str]) -> Iterator[Repair]:
    """The formulas that differ from an equation of a program in a symbol.

    Args:
        variables: those that may stand in the place of others.
        numbers: those that may.
    """
    equations = program.equations
    order = program.live([root])
    uses: dict[Ref, list[_Use]] = {}
    for k in order:
        for position, operand in enumerate(equations[k][1:] if equations[k][0] not in LEAVES else ()):
            uses.setdefault(operand, []).append((k, position))
    for k in order if len(order) <= _MOST_EQUATIONS else ():
        for equation, leaves in _others(equations, k, variables, numbers):
            yield _repaired(program, root, k, equation, leaves, None)
            for use in uses.get(k, ()) if len(uses.get(k, ())) > 1 else ():
                yield _repaired(program, root, k, equation, leaves, use)


def _others(
    equations: list[Equation], ref: Ref, variables: Sequence[str], numbers: Sequence[str]
) -> Iterator[tuple[Equation, dict[int, Equation]]]:
    """What may stand in the place of an equation: another operation, or another leaf among its operands."""
    name, *operands = equations[ref]
    if name in LEAVES:
        return
    for other in _OTHERS.get(name, ()):
        yield (other, *operands), {}
    for position, operand in enumerate(operands):
        kind, content = equations[operand][0], equations[operand][-1]
        others: list[Equation] = []
        if kind == "input":
            others = [("input", v) for v in variables[:_MOST_VARIABLES] if v != content]
        elif kind == "const":
            whole = whole_number(equations, operand)
            near = [] if whole is None else [str(whole + step) for step in (-1, 1) if whole + step > 0]
            others = [("const", text) for text in dict.fromkeys([*near, *numbers]) if text != content]
        for leaf in others:
            yield equations[ref], {position: leaf}


def _repaired(
    program: Program, root: Ref, at: Ref, equation: Equation, leaves: Mapping[int, Equation], use: _Use | None
) -> Repair:
    """A formula with another equation in one place, some operands of which may be other leaves.

    Args:
        use: the operand that it is to be; `None`: wherever it stands.
    """
    builder, equations = Builder(), program.equations
    copied: dict[Ref, Ref] = {}
    changed = -1
    for k in program.live([root]):
        name, *operands = equations[k]
        if name in LEAVES:
            copied[k] = builder.add(*equations[k])
            continue
        refs = [changed if (k, place) == use else copied[operand] for place, operand in enumerate(operands)]
        if k == at:
            others = [copied[operand] for operand in equation[1:]]
            for position, leaf in leaves.items():
                others[position] = builder.add(*leaf)
            changed = builder.add(equation[0], *others)
        copied[k] = changed if k == at and use is None else builder.add(name, *refs)
    before, after = format_expression(equations, at), format_expression(builder.equations, changed)
    text = f"{shorten(before, _LONGEST)} stands where {shorten(after, _LONGEST)} belongs"
    return Repair(text, Program(builder, (), ()), copied[root])

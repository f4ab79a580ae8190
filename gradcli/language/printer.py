"""Program to text: formulas in gradcli's own language, as a person would space them, which read back as they are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from gradcli.language.names import GREEK_FUNCTIONS
from gradcli.operations import CONSTANTS, FUNCTIONS, OPERATIONS
from gradcli.program import LEAVES, Equation, Program, Ref

_ATOM = 100
_TIGHT = OPERATIONS["mul"].precedence  # of signs that have no space beside them
_SIGNED = OPERATIONS["neg"].precedence


def format_expression(
    equations: list[Equation],
    ref: Ref,
    names: Mapping[Ref, str] | None = None,
    appeared: dict[str, None] | None = None,
) -> str:
    """The text of an equation; equations that have names are written by them (the root itself is written out).

    The work is linear in the length of the text; nothing recurses.

    Args:
        appeared: takes the variables in the order of their appearance.
    """
    names = names or {}
    appeared = {} if appeared is None else appeared
    pieces: list[str] = []
    pending: list[str | tuple[Ref, int]] = [(ref, 0)]
    first = True
    while pending:
        item = pending.pop()
        if isinstance(item, str):
            pieces.append(item)
            continue
        at, weakest = item
        if not first and at in names:
            pieces.append(names[at])
            continue
        first = False
        equation = equations[at]
        if equation[0] in LEAVES:
            pieces.append(equation[1])
            if equation[0] == "input":
                appeared[equation[1]] = None
            continue
        row = OPERATIONS[equation[0]]
        parts = _parts(equations, equation, names)
        if row.precedence and row.precedence < weakest:
            parts = ["(", *parts, ")"]
        pending.extend(reversed(parts))
    return "".join(pieces)


def _parts(equations: list[Equation], equation: Equation, names: Mapping[Ref, str]) -> list[str | tuple[Ref, int]]:
    """The pieces of one operation: signs, and operands with the weakest precedence they may have bare."""
    name, *arguments = equation
    row = OPERATIONS[name]
    sign = row.spelling or row.name
    if not arguments:
        return [sign]
    if not row.precedence:
        parts: list[str | tuple[Ref, int]] = [f"{sign}("]
        for argument in arguments:
            parts += [(argument, 0), ", "]
        return [*parts[:-1], ")"]
    if len(arguments) == 1:
        return [f"{sign} " if name == "not" else sign, (arguments[0], row.precedence + (name != "not"))]
    left, right = arguments
    left_weakest, right_weakest = row.precedence, row.precedence + 1
    if name == "pow":
        left_weakest, right_weakest = right_weakest, row.precedence
    elif row.kind == "bool" and name not in ("and", "or"):
        left_weakest = right_weakest
    if _begins_with_sign(equations, right, names):
        right_weakest = _ATOM
    middle = f" {sign} " if row.precedence < _TIGHT else sign
    return [(left, left_weakest), middle, (right, right_weakest)]


def _begins_with_sign(equations: list[Equation], ref: Ref, names: Mapping[Ref, str]) -> bool:
    """Whether an operand's text would begin with a minus."""
    while ref not in names:
        equation = equations[ref]
        row = OPERATIONS.get(equation[0])
        if row is None or not row.precedence or len(equation) < 2:
            return False
        if equation[0] == "neg":
            return True
        ref = equation[1]
    return False


def format_document(
    program: Program, formulas: Iterable[tuple[str, Ref]] = (), shared: Mapping[Ref, str] | None = None
) -> list[tuple[str, str]]:
    """The lines of a document as pairs of left and right side: bindings, outputs, then formulas.

    Shared sub-expressions come before the first line that uses them. Where reading the document back would
    not give the same variables in the same order, the first output carries the signature.
    """
    outputs = {output.name for output in program.outputs}
    # Another name of a variable, which keeps its own, would be used by no line.
    usable = {name: ref for name, ref in program.bindings.items() if program.equations[ref][0] != "input"}
    bindings = [(name, ref) for name, ref in usable.items() if name not in outputs]
    lines: list[tuple[str, Ref]] = [*bindings, *program.outputs, *formulas]
    own = set(usable.values())
    shared = dict(shared or {})
    names = {ref: name for ref, name in shared.items() if ref not in own}
    written: list[tuple[str, str]] = []
    appeared: dict[str, None] = {}
    for name, ref in lines:
        needed = [k for k in program.live((ref,)) if k in shared] if shared else []
        written += [(shared.pop(k), format_expression(program.equations, k, names, appeared)) for k in needed]
        text = names[ref] if ref in names else format_expression(program.equations, ref, names, appeared)
        written.append((name, text))
        if name in usable:
            names[ref] = name  # the last of several that are the same, or it would be used by none and be an output
    special = any(v in CONSTANTS or (v in FUNCTIONS and v not in GREEK_FUNCTIONS) for v in program.variables)
    if special or tuple(appeared) != program.variables:
        first = program.outputs[0].name
        signature = f"{first}({', '.join(program.variables)})"
        written = [(signature if name == first else name, text) for name, text in written]
    return written

"""Which derivatives a program can have at all: the patterns of its Jacobian and its Hessians.

A derivative that is not in the pattern is zero wherever it exists; one that is may be zero too. The pattern of a
Hessian is found by propagating sets of variables forwards (A. Walther, ACM Transactions on Mathematical Software 34
(2008), 3): where an operation is not linear in an argument, what that depends on interacts with what the
derivative depends on. Sets are bits of whole numbers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache

from gradcli.language.document import parse_text
from gradcli.operations import OPERATIONS
from gradcli.program import LEAVES, Equation, Program, Ref, live

_LETTERS = ("a", "b", "c")


def jacobian_pattern(program: Program, variables: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """By output, the variables by which it has a derivative, in the order given."""
    bits = {variable: 1 << k for k, variable in enumerate(variables)}
    masks = {name: _sweep(program.equations, ref, bits)[0] for name, ref in program.outputs}
    return {name: tuple(variables[k] for k in _positions(mask)) for name, mask in masks.items()}


def hessian_pattern(program: Program, output: str, variables: Sequence[str]) -> Iterator[tuple[str, str]]:
    """The second partials of an output, each once: pairs of variables, row by row of the upper triangle."""
    bits = {variable: 1 << k for k, variable in enumerate(variables)}
    rows = [0] * len(variables)
    for first, second in _sweep(program.equations, program.output(output), bits)[1]:
        for k in _positions(first):
            rows[k] |= second
        for k in _positions(second):
            rows[k] |= first
    for k, row in enumerate(rows):
        for position in _positions(row >> k):
            yield variables[k], variables[k + position]


def _sweep(
    equations: list[Equation], root: Ref, bits: dict[str, int], *, interacting: bool = True
) -> tuple[int, set[tuple[int, int]]]:
    """What an equation's derivative depends on, and which sets interact on the way to it, if that is asked for."""
    order = live(equations, (root,))
    last = {ref: k for k in order if equations[k][0] not in LEAVES for ref in equations[k][1:]}
    masks: dict[Ref, int] = {}
    pairs: set[tuple[int, int]] = set()
    for k in order:
        name, *arguments = equations[k]
        if name in LEAVES:
            masks[k] = bits.get(arguments[0], 0) if name == "input" else 0
            continue
        own = [masks[ref] for ref in arguments]
        masks[k] = 0
        for position, mask in enumerate(own):
            if not mask or _is_flat(name, position):
                continue
            masks[k] |= mask
            other = 0
            for place in _slope(name, position, len(own)) if interacting else ():
                other |= own[place]
            if other:
                pairs.add((mask, other))
        for ref in {ref for ref in arguments if last[ref] == k}:  # in wide programs the sets are the larger part
            del masks[ref]
    return masks[root], pairs


def _is_flat(name: str, position: int) -> bool:
    """Whether an operation has no slope by an argument, or none that is not zero."""
    row = OPERATIONS[name]
    if row.kind == "bool" or name == "where":
        return name != "where" or position == 0
    return bool(row.partials) and row.partials[position if len(row.partials) > 1 else 0] == "0"


@cache
def _slope(name: str, position: int, count: int) -> tuple[int, ...]:
    """The arguments on which an operation's derivative by one of them depends smoothly."""
    row = OPERATIONS[name]
    if row.selects:
        return ()
    text = row.partials[position] if len(row.partials) > 1 else row.partials[0]
    if text is None or row.arity is None:
        return tuple(range(count))
    letters = _LETTERS[:count]
    equations, root = parse_text(text, letters)
    bits = {letter: 1 << k for k, letter in enumerate(letters)}
    return _positions(_sweep(equations, root, bits, interacting=False)[0])


def _positions(mask: int) -> tuple[int, ...]:
    """The positions of the bits that are set."""
    digits = bin(mask)[:1:-1]
    found = []
    position = digits.find("1")
    while position >= 0:
        found.append(position)
        position = digits.find("1", position + 1)
    return tuple(found)

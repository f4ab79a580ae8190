"""Sums and products as the chain rule puts them together: numbers first, no brackets that are not needed."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from gradcli.program import Builder, Equation, Ref

_SPINE = 8  # factors of a product that are looked through

Multiple = tuple[int, Ref | None]
"""A whole number times an equation (or times 1)."""


def multiple(builder: Builder, ref: Ref) -> Multiple:
    """An equation without the whole numbers that it is a multiple of."""
    number, rest = _split(builder, ref)
    while rest is not None and number:
        more, rest = _split(builder, rest)
        number *= more
        if more == 1:
            break
    return number, rest


def _split(builder: Builder, ref: Ref) -> tuple[int, Ref | None]:
    """A whole number and the rest of a product; the rest is none for a mere number."""
    equation = builder.equations[ref]
    sign = 1
    spine: list[Equation] = []
    while equation[0] in ("mul", "div") and len(spine) < _SPINE:
        spine.append(equation)
        ref = equation[1]
        equation = builder.equations[ref]
    if equation[0] == "neg":
        sign, ref = -1, equation[1]
        equation = builder.equations[ref]
    number = 1
    rest: Ref | None = ref
    if equation[0] == "const" and equation[1].isdigit():
        number, rest = int(equation[1]), None
    for name, _, right in reversed(spine):
        if rest is not None:
            rest = builder.add(name, rest, right)
        else:
            rest = right if name == "mul" else builder.add("div", builder.const("1"), right)
    return sign * number, rest


def times(builder: Builder, a: Ref | None, b: Ref | None) -> Ref | None:
    """A product, written without brackets as far as that goes."""
    if a is None or b is None:
        return b if a is None else a
    spine: list[Equation] = []
    while builder.equations[b][0] in ("mul", "div") and len(spine) < _SPINE:
        spine.append(builder.equations[b])
        b = builder.equations[b][1]
    if builder.equations[b] != ("const", "1") or not spine:
        a = builder.add("mul", a, b)
    for name, _, right in reversed(spine):
        a = builder.add(name, a, right)
    return a


def total(
    builder: Builder, terms: Sequence[Multiple], scale: Callable[[Builder, int, Ref | None], Ref] | None = None
) -> Ref:
    """A sum, a positive term first if there is one.

    Args:
        scale: what makes an equation of a term.
    """
    scale = scale or scaled
    lead = next((k for k, (count, _) in enumerate(terms) if count > 0), 0)
    found = scale(builder, *terms[lead])
    for count, value in (*terms[:lead], *terms[lead + 1 :]):
        found = builder.add("add" if count > 0 else "sub", found, scale(builder, abs(count), value))
    return found


def scaled(builder: Builder, count: int, value: Ref | None) -> Ref:
    """A whole number times an equation: the number in front of the product, and none for 1."""
    ref = value
    if ref is None or count not in (1, -1):
        ref = times(builder, builder.const(str(abs(count))), ref)
    assert ref is not None
    if count > 0:
        return ref
    spine: list[Equation] = []
    while builder.equations[ref][0] in ("mul", "div") and len(spine) < _SPINE:
        spine.append(builder.equations[ref])
        ref = builder.equations[ref][1]
    ref = builder.add("neg", ref)
    for name, _, right in reversed(spine):
        ref = builder.add(name, ref, right)
    return ref

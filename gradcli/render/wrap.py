"""Long texts in lines: formulas are broken at operators, and nothing is ever cut off."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate

from rich.cells import cell_len

# Brackets; and where a line may end: before a sum's or a comparison's sign, after a comma, a product's sign, a power's.
_PLACES = re.compile(
    r"(?<=\s)(?P<sum>[-+<>=]|and |or )|(?<=, )(?P<comma>)|(?<=,)(?P<pair>)(?! )|(?<=[*/])(?P<product>)(?=[^*/])"
    r"|(?<=\^)(?P<power>)|(?P<open>[(\[{])|(?P<close>[)\]}])"
)
_COSTS = {"sum": 0, "comma": 1, "pair": 1, "product": 2, "power": 12}
_DEEPER = 4  # the cost of a pair of parentheses around


def wrapped(formula: str, width: int) -> list[str]:
    """A formula in lines of at most some width, broken at operators where that is possible: rather at a sum than at a
    product, and rather outside of parentheses than inside, as long as that leaves no large part of a line empty."""
    ends = range(len(formula) + 1) if formula.isascii() else list(accumulate(map(cell_len, formula), initial=0))
    if ends[-1] <= width:
        return [formula.rstrip()]
    places, costs = _breaks(formula)
    lines: list[str] = []
    start = first = 0
    while ends[-1] - ends[start] > width:
        end = max(bisect_right(ends, ends[start] + width) - 1, start + 1)
        first = bisect_right(places, start, first)
        last = bisect_right(places, end, first)
        # A part of a line that stays empty costs as much as breaking at a worse place.
        found = min(range(first, last), key=lambda k: costs[k] * width / 12 + end - places[k], default=None)
        cut = end if found is None else places[found]
        lines.append(formula[start:cut].rstrip())
        start = cut
    return [*lines, formula[start:].rstrip()]


def _breaks(formula: str) -> tuple[list[int], list[int]]:
    """Where a formula may be broken, and how bad that is."""
    places: list[int] = []
    costs: list[int] = []
    depth = 0
    for found in _PLACES.finditer(formula):
        kind = found.lastgroup or ""
        if kind in _COSTS:
            places.append(found.start())
            costs.append(_COSTS[kind] + _DEEPER * depth)
        else:
            depth += 1 if kind == "open" else -1
    return places, costs


def folded(text: str, width: int) -> list[str]:
    """A text in lines of at most some width, with all of its characters."""
    if cell_len(text) <= width:
        return [text]
    ends = list(accumulate(map(cell_len, text), initial=0))
    lines = []
    start = 0
    while start < len(text):
        end = max(bisect_right(ends, ends[start] + width) - 1, start + 1)
        lines.append(text[start:end])
        start = end
    return lines


def aligned(texts: Sequence[str]) -> list[str]:
    """The texts padded so that their points stand below each other."""
    parts = [re.match(r"-?[0-9]*", text)[0] for text in texts]  # type: ignore[index]
    left = max(map(len, parts), default=0)
    padded = [" " * (left - len(part)) + text if part else text for part, text in zip(parts, texts, strict=True)]
    width = max(map(len, padded), default=0)
    return [text.ljust(width) for text in padded]

"""The numbers at an axis: round ones, as many as there is room for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from math import ceil, floor, log10

from gradcli.pictures import round_numbers


def ticks(low: float, high: float, most: int, log: bool = False) -> list[float]:
    """Round numbers between two, as many as there is room for: steps of 1, 2 or 5 times a power of ten.

    Args:
        log: whether the axis is logarithmic, where they are powers of ten.
    """
    if log:
        first, last = ceil(log10(low) - 1e-9), floor(log10(high) + 1e-9)
        if last - first < 1:
            return [float(f"{n:.2g}") for n in (low, high)]
        each = max(1, ceil((last - first + 1) / max(most, 2)))
        return [float(f"1e{k}") for k in range(-(-first // each) * each, last + 1, each)]
    return round_numbers(low, high, most)


def tick_texts(numbers: Sequence[float]) -> list[str]:
    """The numbers as they stand at an axis: with as many digits as tell them apart, and no more."""
    if not numbers:
        return []
    largest = max(map(abs, numbers))
    digits = next((d for d in range(3, 17) if len({f"{n:.{d}g}" for n in numbers}) == len(set(numbers))), 17)
    if largest < 1e5 and all(n == int(n) for n in numbers):
        return [str(int(n)) for n in numbers]
    if digits > 15:  # only all of their digits tell them apart
        return [repr(float(n)) for n in numbers]
    if 1e-4 <= largest < 1e5 and min((abs(n) for n in numbers if n), default=largest) >= 1e-4 * largest:
        accuracy = 1e-3 * min((b - a for a, b in pairwise(sorted(set(numbers)))), default=largest)
        places = next((p for p in range(17) if all(abs(round(n, p) - n) <= accuracy for n in numbers)), 17)
        return [f"{n:.{places}f}" if n else "0" for n in numbers]
    return [
        re.sub(r"e([+-])0?", lambda e: "e-" if e[1] == "-" else "e", f"{n:.{digits}g}") if n else "0" for n in numbers
    ]


def apart(low: float, high: float) -> tuple[str, str]:
    """The ends of a legend, with as many digits as tell them apart."""
    digits = next((d for d in range(4, 17) if f"{low:.{d}g}" != f"{high:.{d}g}"), 17)
    return f"{low:.{digits}g}", f"{high:.{digits}g}"

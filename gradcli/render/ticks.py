"""The numbers at an axis: round ones, as many as there is room for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from math import ceil, floor, isfinite, log10


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
    rough = (high / 2 - low / 2) / max(most, 2) * 2
    if not rough > 0 or not isfinite(rough):
        return [low, high]
    power = floor(log10(rough))
    if power < -300:
        return [low, high]
    unit = next(unit for unit in (1, 2, 5, 10) if unit >= rough / float(f"1e{power}") * (1 - 1e-9))
    step = float(f"{unit}e{power}")
    found = []
    for k in range(ceil(low / step - 1e-9), floor(high / step + 1e-9) + 1):
        digits = max(1, floor(log10(abs(k * unit))) + 1) if k else 1
        found.append(float(f"{k * step:.{digits}g}"))
    return found


def tick_texts(numbers: Sequence[float]) -> list[str]:
    """The numbers as they stand at an axis: with as many digits as tell them apart, and no more."""
    if not numbers:
        return []
    largest = max(map(abs, numbers))
    digits = next((d for d in range(3, 17) if len({f"{n:.{d}g}" for n in numbers}) == len(set(numbers))), 17)
    if largest < 1e5 and all(n == int(n) for n in numbers):
        return [str(int(n)) for n in numbers]
    if 1e-4 <= largest < 1e5 and min((abs(n) for n in numbers if n), default=largest) >= 1e-4 * largest:
        places = next((p for p in range(17) if all(abs(round(n, p) - n) <= 1e-9 * largest for n in numbers)), 17)
        return [f"{n:.{places}f}" if n else "0" for n in numbers]
    return [
        re.sub(r"e([+-])0?", lambda e: "e-" if e[1] == "-" else "e", f"{n:.{digits}g}") if n else "0" for n in numbers
    ]

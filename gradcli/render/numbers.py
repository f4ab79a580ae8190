"""One way to write a number, on every path: the shortest digits that read back as the same float64.

The form is orjson's: always with a point or an exponent, `1e-7` and not `1e-07`, `0.00001` and not `1e-05`.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import isfinite

from gradcli.results import Written


def number_text(number: float) -> str:
    """A float as text: `6.0`, `1e-7`, `0.00001`, `1e+16`, `nan`, `inf`."""
    return _mended(repr(number if type(number) is Written else float(number)))


def column_texts(numbers: Iterable[float]) -> list[str]:
    """The texts of many numbers."""
    return [text if "e" not in text else _mended(text) for text in map(repr, numbers)]


def _mended(text: str) -> str:
    """What repr writes, in orjson's form."""
    mantissa, e, exponent = text.partition("e-")
    if not e:
        return text
    if exponent == "05":  # the one exponent that repr writes and orjson does not
        sign = "-" if mantissa[0] == "-" else ""
        return f"{sign}0.0000{mantissa.lstrip('-').replace('.', '')}"
    return f"{mantissa}e-{exponent.lstrip('0')}"


def rounded(number: float, digits: int | None) -> float:
    """The number rounded to significant digits; `None`: as it is, and so is one whose digits were asked for."""
    if digits is None or type(number) is Written or not isfinite(number):
        return number
    return float(f"{number:.{digits}g}")

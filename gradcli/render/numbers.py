"""One way to write a number, on every path: the shortest digits that read back as the same float64.

The form is orjson's: always with a point or an exponent, `1e-7` and not `1e-07`, `0.00001` and not `1e-05`.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from typing import Any


def number_text(number: float) -> str:
    """A float as text: `6.0`, `1e-7`, `0.00001`, `1e+16`, `nan`, `inf`."""
    return _mended(repr(float(number)))


def joined_numbers(columns: Sequence[Any], separator: bytes, nothing: bytes, digits: int | None = None) -> list[bytes]:
    """The numbers of each row of some arrays as text, with a separator between them.

    Args:
        nothing: what stands for a number that is none.
        digits: significant digits; `None`: all.
    """
    import numpy as np
    import orjson

    if digits is not None:
        columns = [np.array([rounded(number, digits) for number in column.tolist()]) for column in columns]
    matrix = np.stack(columns, 1)
    text = orjson.dumps(matrix, option=orjson.OPT_SERIALIZE_NUMPY)[2:-2].replace(b"],[", b"\n")
    if separator != b",":
        text = text.replace(b",", separator)
    if nothing != b"null" and b"n" in text:
        text = text.replace(b"null", nothing)
    return text.split(b"\n")


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
    """The number rounded to significant digits; `None`: as it is."""
    return float(f"{number:.{digits}g}") if digits is not None and isfinite(number) else number

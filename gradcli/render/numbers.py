"""One way to write a number, on every path: the shortest digits that read back as the same float64.

The form is orjson's: always with a point or an exponent, `1e-7` and not `1e-07`, `0.00001` and not `1e-05`.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from typing import Any

from gradcli.results import Written, number_text


def joined_numbers(columns: Sequence[Any], separator: bytes, nothing: bytes, digits: int | None = None) -> list[bytes]:
    """The numbers of each row of some arrays as text, with a separator between them.

    Args:
        nothing: what stands for a number that is none.
        digits: significant digits; `None`: all.
    """
    if all(isinstance(column, list) for column in columns):  # a few, or with more digits than a double has
        missing = nothing.decode()
        texts = [[number_text(rounded(n, digits)) if isfinite(n) else missing for n in column] for column in columns]
        return [separator.join(map(str.encode, row)) for row in zip(*texts, strict=True)]
    import numpy as np
    import orjson

    if digits is not None:
        columns = [np.array([rounded(number, digits) for number in np.asarray(c).tolist()]) for c in columns]
    numpy = orjson.OPT_SERIALIZE_NUMPY
    if len(columns) == 1:
        text, between = orjson.dumps(np.ascontiguousarray(columns[0]), option=numpy)[1:-1], b","
    else:
        text, between = orjson.dumps(np.stack(columns, 1), option=numpy)[2:-2], b"],["
    if separator != b"," and len(columns) > 1:
        text, between = text.replace(b",", separator), b"]%b[" % separator
    if nothing != b"null" and b"n" in text:
        text = text.replace(b"null", nothing)
    return text.split(between)


def rounded(number: float, digits: int | None) -> float:
    """The number rounded to significant digits; `None`: as it is, and so is one whose digits were asked for."""
    if digits is None or type(number) is Written or not isfinite(number):
        return number
    return float(f"{number:.{digits}g}")

"""Partials as people write them: ∂f/∂x, ∂²f/∂x∂y; in ASCII df/dx, d2f/dxdy."""

from __future__ import annotations

from itertools import groupby

from gradcli.naming import Derivative, Partial

BESIDE = ("error", "low", "high")
"""What the columns end with that tell more of a derivative."""

_SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def heading(derivative: Derivative | str, unicode: bool) -> str:
    """How a derivative is headed in a table; sums of partials by their names, and what is a name already by that."""
    if isinstance(derivative, str):
        return derivative
    if not isinstance(derivative, Partial) or not derivative.by:
        return derivative.name
    d = "∂" if unicode else "d"
    below = "".join(f"{d}{name}{_power(len(list(run)), unicode)}" for name, run in groupby(derivative.by))
    return f"{d}{_power(derivative.order, unicode)}{derivative.output}/{below}"


def _power(count: int, unicode: bool) -> str:
    return "" if count == 1 else str(count).translate(_SUPERSCRIPTS) if unicode else str(count)

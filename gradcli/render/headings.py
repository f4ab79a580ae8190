"""Partials as people write them: ∂f/∂x, ∂²f/∂x∂y; in ASCII df/dx, d2f/dxdy."""

from __future__ import annotations

from itertools import groupby

from gradcli.naming import Partial

_SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def heading(partial: Partial, unicode: bool) -> str:
    """How a partial is headed in a table."""
    if not partial.by:
        return partial.output
    d = "∂" if unicode else "d"
    below = "".join(f"{d}{name}{_power(len(list(run)), unicode)}" for name, run in groupby(partial.by))
    return f"{d}{_power(partial.order, unicode)}{partial.output}/{below}"


def _power(count: int, unicode: bool) -> str:
    return "" if count == 1 else str(count).translate(_SUPERSCRIPTS) if unicode else str(count)

"""How much memory there is, asked before much is taken: a system that runs out of it ends programs without a word."""

from __future__ import annotations

import os

from gradcli.errors import LimitError


def check_memory(size: int, hint: str) -> None:
    """Refuses what cannot fit, where the system says how much there is.

    Raises:
        LimitError: so many bytes are more than all memory.
    """
    try:
        there = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return
    if size > there:
        raise LimitError(f"the numbers take {size / 1e9:,.1f} GB, more memory than there is", hint=hint)

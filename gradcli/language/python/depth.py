"""Room for texts that are nested deeply: hundreds of `elif`, or of functions that call each other in a row.

A reader that is nested as its text needs Python's stack. Where the usual one is too small the text is read again in a
thread with a larger one, which is safe wherever the first one was called from.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TypeVar

_Read = TypeVar("_Read")
_CALLS = 10_000
_STACK = 128 * 2**20  # bytes, of which only those that are used become real


def with_room(read: Callable[[], _Read]) -> _Read:
    """What a function gives, on a stack that is large enough for it if there is one.

    Args:
        read: is called anew where the stack was too small.

    Raises:
        RecursionError: it needs too large a stack.
    """
    try:
        return read()
    except RecursionError:
        return _in_large_thread(read)


def _in_large_thread(read: Callable[[], _Read]) -> _Read:
    import threading

    found: list[_Read] = []
    raised: list[BaseException] = []

    def run() -> None:
        try:
            found.append(read())
        except BaseException as error:  # it is raised again where it is waited for
            raised.append(error)

    limit, size = sys.getrecursionlimit(), threading.stack_size(_STACK)
    sys.setrecursionlimit(max(limit, _CALLS))
    try:
        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        thread.join()
    finally:
        sys.setrecursionlimit(limit)
        threading.stack_size(size)
    if raised:
        raise raised[0]
    return found[0]

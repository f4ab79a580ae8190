"""Work on blocks of bytes in forked processes, with the results in order.

Blocks and results pass through memory that the processes share; a pipe to each worker says when. Whatever a
worker cannot do (a result that does not fit, an error, its end) the caller does itself once more: so errors are
raised where they are handled, and a lost worker costs time, not rows. Where processes cannot fork, and before
the first block that is worth one, everything is done by the caller.
"""

from __future__ import annotations

import mmap
import os
import signal
import struct
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress

Result = tuple[bytes, tuple[int, ...]]
"""What a block gives: text, and counts."""

_ROOM = 6  # times the room of a block is kept for its result
_AGAIN = b"\xff" * 8  # what a worker answers when the caller shall do a block itself
_SIZE = struct.Struct("=q")


def in_order(
    work: Callable[[bytes], Result],
    again: Callable[[bytes], Result],
    blocks: Iterable[bytes],
    room: int,
    worth: Callable[[bytes], bool],
    workers: int,
) -> Iterator[Result]:
    """The results of blocks, in their order.

    Args:
        work: what is done with a block; an exception means that `again` shall do it here.
        again: the same, done here in the order of the blocks.
        blocks: an empty one means that the input pauses: what is under way is finished first.
        room: bytes that a block has at most, if it is done elsewhere.
        worth: whether a block is worth another process.
    """
    crew: list[_Worker] = []
    busy: deque[_Worker] = deque()
    try:
        for block in blocks:
            if workers < 2 or not (block and worth(block)) or not hasattr(os, "fork"):
                while busy:
                    yield busy.popleft().finished(again)
                if block:
                    yield again(block)
                continue
            if len(busy) == workers:
                yield busy.popleft().finished(again)
            if not crew:
                crew = _hired(work, room, workers)
            worker = next(worker for worker in crew if worker not in busy)
            worker.start(block)
            busy.append(worker)
        while busy:
            yield busy.popleft().finished(again)
    finally:
        for worker in crew:
            worker.end()


def processors() -> int:
    """How many processors this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity is not None else os.cpu_count() or 1


class _Worker:
    """A process that works on one block at a time."""

    def __init__(self, work: Callable[[bytes], Result], room: int, others: Iterable[_Worker]) -> None:
        self.given = mmap.mmap(-1, room)
        self.answer = mmap.mmap(-1, room * _ROOM)
        self.block = b""
        hears, self.tell = os.pipe()
        self.hear, tells = os.pipe()
        # An interrupt that comes right now is the caller's; the new process shall not run the caller's way out.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        self.process = os.fork()
        if self.process:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
        else:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            for worker in others:
                os.close(worker.tell)
                os.close(worker.hear)
            os.close(self.tell)
            os.close(self.hear)
            self._serve(work, hears, tells)
        os.close(hears)
        os.close(tells)

    def start(self, block: bytes) -> None:
        """Gives it a block."""
        self.block = block
        with suppress(OSError):  # it is gone: `finished` will see that
            if len(block) <= len(self.given):
                self.given[: len(block)] = block
                os.write(self.tell, _SIZE.pack(len(block)))
            else:
                os.write(self.tell, _SIZE.pack(0))

    def finished(self, again: Callable[[bytes], Result]) -> Result:
        """What it made of the block."""
        head = _read(self.hear, 8)
        if len(head) == 8 and head != _AGAIN:
            (count,) = _SIZE.unpack(head)
            length, *counts = struct.unpack(f"={count}q", _read(self.hear, 8 * count))
            return self.answer[:length], tuple(counts)
        return again(self.block)

    def end(self) -> None:
        """Lets it go."""
        for descriptor in (self.tell, self.hear):
            os.close(descriptor)
        with suppress(OSError):
            os.kill(self.process, signal.SIGKILL)
            os.waitpid(self.process, 0)

    def _serve(self, work: Callable[[bytes], Result], hears: int, tells: int) -> None:
        """What the process does, until nobody asks any more; it never returns."""
        try:
            while head := _read(hears, 8):
                try:
                    text, counts = work(self.given[: _SIZE.unpack(head)[0]])
                    fits = 0 < len(text) <= len(self.answer)
                except Exception:
                    fits = False
                if fits:
                    self.answer[: len(text)] = text
                    os.write(tells, struct.pack(f"={len(counts) + 2}q", len(counts) + 1, len(text), *counts))
                else:
                    os.write(tells, _AGAIN)
        finally:
            os._exit(0)


def _hired(work: Callable[[bytes], Result], room: int, workers: int) -> list[_Worker]:
    crew: list[_Worker] = []
    for _ in range(workers):
        crew.append(_Worker(work, room, crew))
    return crew


def _read(descriptor: int, count: int) -> bytes:
    """So many bytes; fewer if the other side is gone."""
    data = b""
    while len(data) < count and (piece := os.read(descriptor, count - len(data))):
        data += piece
    return data

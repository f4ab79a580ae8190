"""Text as it comes: a file or pipe to UTF-8 bytes, and those to blocks of whole rows.

A block is full when it has `BLOCK_BYTES`, and ready before that as soon as nothing more comes for a moment, so
that the rows of a slow stream are answered as they come. Whatever the blocks, the rows are the same.
"""

from __future__ import annotations

import codecs
import os
import stat
from collections.abc import Callable, Iterator
from time import monotonic

from gradcli.errors import DataError

BLOCK_BYTES = 1 << 19
MAX_ROW_BYTES = 1 << 26
"""The longest row; a quote that is never closed would otherwise take the whole stream into memory."""
MAX_HEADER_BYTES = 1 << 24
"""The longest header; every column has a name to remember."""

_PAUSE = 0.05  # seconds after which a block goes on as it is, when nothing more has come
_LONGEST = 0.2  # seconds after which it does although more is coming
_LONGEST_LINE = 1 << 20  # bytes that are looked at to tell the format
_BOMS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)

RowEnd = Callable[[bytes], int]
"""Where the last whole row of a text that begins with a row ends; 0 if none does."""


class ByteSource:
    """A file or standard input, read piece by piece.

    Attributes:
        name: what messages call it.
        place: the same as the place of an error.
        path: the path of a file; `None` for standard input.
        size: its bytes, where they are known.
        done: the bytes that were read.
    """

    def __init__(self, descriptor: int, name: str, path: str | None = None) -> None:
        self.descriptor = descriptor
        self.name = name
        self.path = path
        self.place = path or name
        status = os.fstat(descriptor)
        self.regular = stat.S_ISREG(status.st_mode)
        self.size = status.st_size if self.regular else None
        self.done = 0
        self._ahead = b""

    def ahead(self, count: int) -> bytes:
        """What comes next, and stays to be read: at least so many bytes, unless the input ends."""
        while len(self._ahead) < count and (piece := self._read()):
            self._ahead += piece
        return self._ahead

    def line_ahead(self) -> bytes:
        """The first line that is not blank, which stays to be read."""
        while not (line := _first_line(self._ahead)) and len(self._ahead) < _LONGEST_LINE and (piece := self._read()):
            self._ahead += piece
        return line or _first_line(self._ahead + b"\n")

    def all(self) -> bytes:
        """Everything that is left."""
        return b"".join(iter(lambda: self.read(), b""))

    def read(self) -> bytes:
        """What comes next; nothing at the end."""
        piece, self._ahead = self._ahead, b""
        return piece or self._read()

    def drop(self, count: int) -> None:
        """Leaves out bytes that were looked at."""
        self._ahead = self._ahead[count:]

    def ready(self) -> bool:
        """Whether there is something to read within a moment, or the end."""
        if self.regular or self._ahead or os.name != "posix":
            return True
        import select

        return bool(select.select([self.descriptor], [], [], _PAUSE)[0])

    def _read(self) -> bytes:
        try:
            piece = os.read(self.descriptor, BLOCK_BYTES)
        except OSError as error:
            raise DataError(f"{self.name} cannot be read: {error.strerror}") from None
        self.done += len(piece)
        return piece


class RowBlocks:
    """The rows of a text, in blocks.

    Args:
        row_end: see `RowEnd`.
        size: bytes of a full block.
    """

    def __init__(self, source: ByteSource, row_end: RowEnd, size: int | None = None) -> None:
        self.source = source
        self.row_end = row_end
        self.full = self.size = size or BLOCK_BYTES
        self._rest = b""
        self._ended = False
        self._decode = _decoder(source)

    @property
    def given(self) -> int:
        """The bytes of the input whose rows were given, or nearly so."""
        return max(0, self.source.done - len(self._rest))

    def pace(self, share: float) -> None:
        """From now on blocks have such a share of their full size."""
        self.size = max(1, int(share * self.full))

    def first(self, end_of_first: RowEnd) -> bytes:
        """The first row, with its line's end; nothing if there is none.

        Raises:
            DataError: it is longer than any header.
        """
        while not (end := end_of_first(self._rest)) and not self._ended and len(self._rest) <= MAX_HEADER_BYTES:
            self._more(2 * len(self._rest))
        if (end or len(self._rest)) > MAX_HEADER_BYTES:
            raise DataError(
                f"{self.source.name} has a first line of more than {MAX_HEADER_BYTES:,} bytes",
                hint="the first line is to name the columns",
            )
        end = end or len(self._rest)
        row, self._rest = self._rest[:end], self._rest[end:]
        return row

    def put_back(self, row: bytes) -> None:
        """Gives a row that was read as the first again, with those that come with it."""
        self._rest = row + self._rest

    def __iter__(self) -> Iterator[bytes]:
        """Whole rows; nothing (`b""`) when the input pauses and all that came before was given."""
        while not self._ended or self._rest:
            if len(self._rest) < self.size and not self._ended and self.source.ready():
                self._more(self.size)
            end = self.row_end(self._rest[: self.size]) or self.row_end(self._rest) if self._rest else 0
            if end:
                block, self._rest = self._rest[:end], self._rest[end:]
                yield block
            elif self._ended:
                block, self._rest = self._rest, b""  # a row that never ends: the format says what is wrong
                yield block
            elif len(self._rest) > MAX_ROW_BYTES:
                raise DataError(
                    f"{self.source.name} has a row of more than {MAX_ROW_BYTES:,} bytes",
                    hint="is there a quote that is never closed?",
                )
            else:
                yield b""
                # A long row is looked through when it has doubled, not with every piece of it.
                self._more(min(2 * len(self._rest), MAX_ROW_BYTES + 1))

    def _more(self, size: int) -> None:
        """Reads on until there are so many bytes, or a pause comes, or the end; the last row need not end its line."""
        until = monotonic() + _LONGEST
        pieces, count = [self._rest], len(self._rest)
        while not self._ended:
            piece = self.source.read()
            self._ended = not piece
            pieces.append(self._decode(piece))
            count += len(pieces[-1])
            if count >= size or monotonic() > until or not self.source.ready():
                break
        self._rest = b"".join(pieces)
        if self._ended and self._rest and not self._rest.endswith(b"\n"):
            self._rest += b"\n"


def _first_line(head: bytes) -> bytes:
    """The first line that is not blank, if it is whole; UTF-16 as ASCII."""
    text = head.replace(b"\0", b"") if head[:2] in _BOMS else head
    for mark in (codecs.BOM_UTF8, *_BOMS):
        text = text.removeprefix(mark)
    line, end, _ = text.lstrip().partition(b"\n")
    return line if end else b""


def _decoder(source: ByteSource) -> Callable[[bytes], bytes]:
    """From pieces of the input to pieces of UTF-8, without a byte order mark; nothing ends it."""
    mark = source.ahead(3)[:3]
    if b"\0" in mark[:2]:
        order = "LE" if mark[:1] != b"\0" else "BE"
        raise DataError(
            f"{source.name} looks like UTF-16 without a byte order mark",
            hint=f"iconv -f UTF-16{order} -t UTF-8 makes UTF-8 of it",
        )
    if mark[:2] not in _BOMS:
        if mark == codecs.BOM_UTF8:
            source.drop(3)
        return bytes
    decoder = codecs.getincrementaldecoder("utf-16")()

    def decoded(piece: bytes) -> bytes:
        try:
            return decoder.decode(piece, final=not piece).encode()
        except UnicodeError:
            raise DataError(f"{source.name} is no UTF-16 text, although it begins as one") from None

    return decoded

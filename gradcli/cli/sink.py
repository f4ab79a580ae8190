"""Where bytes go: to standard output, or to a file that appears whole or not at all.

What was finished before a failure is kept beside the file, and the message says where.
"""

from __future__ import annotations

import os
import re
import signal
import stat
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from functools import partial

from gradcli.cli.sources import say
from gradcli.errors import DataError, GradcliError

_STREAMS = {"/dev/stdin": 0, "/dev/stdout": 1, "/dev/stderr": 2}
_OPEN_STREAM = re.compile(r"/dev/std(?:in|out|err)|/(?:dev|proc/self)/fd/(\d+)")
_LONGEST_ROW = 1 << 24  # bytes that are searched for its end
_ENOUGH = 1 << 16  # characters that are worth a write


def write_pieces(pieces: Iterable[str | bytes], path: str | None, *, binary: bool) -> None:
    """Writes what was rendered piece by piece.

    Args:
        path: of the file; `None` or `-` for standard output.
        binary: whether it is a format without rows of text, of which a part is worth nothing.

    Raises:
        DataError: the file cannot be written.
    """
    with _opened(path, binary) as put:
        for piece in pieces:
            put(piece)


def gathered(pieces: Iterable[str | bytes]) -> Iterator[bytes]:
    """Small pieces together; whatever ends them, those that there are come first."""
    waiting: list[bytes] = []
    size = 0
    try:
        for piece in pieces:
            waiting.append(piece.encode("utf-8", "surrogateescape") if isinstance(piece, str) else bytes(piece))
            size += len(piece)
            if size > _ENOUGH:
                yield b"".join(waiting)
                waiting, size = [], 0
    except GeneratorExit:  # nobody takes more
        return
    except BaseException:
        yield b"".join(waiting)
        raise
    yield b"".join(waiting)


@contextmanager
def _opened(path: str | None, binary: bool) -> Iterator[Callable[[str | bytes], object]]:
    if path is None or path == "-":
        if sys.stdout is None:
            raise DataError("standard output is closed")
        yield _to_stdout()
        return
    stream = _OPEN_STREAM.fullmatch(os.path.abspath(path))
    if stream is not None:
        yield _to_descriptor(path, _STREAMS.get(stream[0], stream[1]))
        return
    target = os.path.realpath(path)
    mode = _mode(path)
    # What is no file, such as /dev/null or a named pipe, cannot be replaced by one.
    into = f"{target}.partial" if mode is None or stat.S_ISREG(mode) else target
    shown = f"{path}.partial" if target == os.path.abspath(path) else into
    with nullcontext() if into == target else _locked(into, path):
        yield from _replaced(path, into, target, shown, mode, binary)


def _mode(path: str) -> int | None:
    """The mode of what has a name already; `None`: nothing has, and a file may.

    Raises:
        DataError: the name is none of a file.
    """
    try:
        return os.stat(path).st_mode
    except FileNotFoundError:
        if os.path.basename(path):
            return None
        reason = "there is no such directory, and a file has a name" if path else "a file has a name"
    except OSError as error:
        reason = error.strerror or str(error)
    raise DataError(f"'{path}' cannot be written: {reason}")


def _replaced(
    path: str, into: str, target: str, shown: str, mode: int | None, binary: bool
) -> Iterator[Callable[[str | bytes], object]]:
    """Writes into one file and puts it in the place of another, unless that is the same.

    Args:
        path: the name that was given for the other.
        shown: the name to tell of the one.
        mode: the other's permissions, if there is one.
    """
    try:
        with open(into, "wb", buffering=0) as handle:
            yield partial(_put_whole, handle.fileno())
        if into != target:
            if mode is not None:
                os.chmod(into, stat.S_IMODE(mode))
            os.replace(into, target)
    except OSError as error:
        if into != target:
            _cut_to_rows(into, binary)
        raise DataError(
            f"'{path}' cannot be written: {error.strerror or error}", hint=_kept(into, target, shown)
        ) from None
    except GradcliError as error:
        kept = _kept(into, target, shown)
        error.hint = "; ".join(filter(None, (error.hint, kept)))
        raise
    except KeyboardInterrupt:
        kept = _kept(into, target, shown)
        if kept:
            say(f"interrupted: {kept}")
        raise
    finally:
        if into != target and os.path.exists(into) and not os.path.getsize(into):
            os.remove(into)


@contextmanager
def _locked(into: str, path: str) -> Iterator[None]:
    """Keeps other processes from writing into a file, until it is done or has a new name.

    Raises:
        DataError: one of them is writing into it.
    """
    try:
        import fcntl
    except ImportError:  # on Windows
        yield
        return
    try:
        while True:
            descriptor = os.open(into, os.O_CREAT | os.O_WRONLY, 0o666)
            with suppress(FileNotFoundError):
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if os.path.samestat(os.fstat(descriptor), os.stat(into)):
                    break
            os.close(descriptor)  # meanwhile it was done by another, and has a new name
    except BlockingIOError:
        os.close(descriptor)
        raise DataError(
            f"'{path}' is being written by another process", hint="wait for it, or write another file"
        ) from None
    except OSError as error:
        raise DataError(f"'{path}' cannot be written: {error.strerror or error}") from None
    try:
        yield
    finally:
        fcntl.flock(descriptor, fcntl.LOCK_UN)  # of workers too, who may live a moment longer
        os.close(descriptor)


def _to_descriptor(path: str, number: str | int) -> Callable[[str | bytes], object]:
    """Writes to what is open under a number already, where it stands: a file behind it is neither emptied nor
    replaced."""
    put = partial(_put_whole, int(number))

    def checked(piece: str | bytes) -> None:
        try:
            put(piece)
        except BrokenPipeError:
            raise
        except OSError as error:
            raise DataError(f"'{path}' cannot be written: {error.strerror or error}") from None

    return checked


def _cut_to_rows(path: str, binary: bool) -> None:
    """Takes from a file what a full disk left behind the last whole row; of a format that is not text that is all."""
    with suppress(OSError), open(path, "rb+") as handle:
        size = 0 if binary else handle.seek(0, os.SEEK_END)
        first = max(0, size - _LONGEST_ROW)
        handle.seek(first)
        handle.truncate(first + handle.read(size).rfind(b"\n") + 1)


def _kept(into: str, target: str, shown: str) -> str | None:
    """Where the rows are that were finished before a failure."""
    if into == target or not os.path.exists(into) or not os.path.getsize(into):
        return None
    return f"the complete rows are in '{shown}'"


def _to_stdout() -> Callable[[str | bytes], object]:
    """Writes to standard output: a terminal has its encoding; elsewhere a block is written at once, and whole."""
    stream = sys.stdout
    try:
        plain = not stream.isatty()
        descriptor = stream.fileno()
    except (OSError, ValueError, AttributeError):  # no file stands behind it, as in tests
        plain = False
    if plain:
        stream.flush()
        return partial(_put_whole, descriptor)

    def put(piece: str | bytes) -> None:
        text = piece if isinstance(piece, str) else piece.decode("utf-8", "replace")
        encoding = stream.encoding or "utf-8"
        stream.write(text.encode(encoding, "backslashreplace").decode(encoding))
        stream.flush()

    return put


def _put_whole(descriptor: int, piece: str | bytes) -> None:
    """Writes a piece, so that an interrupt comes before or after it; a second one does not wait."""
    data = memoryview(piece.encode("utf-8", "surrogateescape") if isinstance(piece, str) else piece)
    with _interrupts_wait():
        while data:
            data = data[os.write(descriptor, data) :]


@contextmanager
def _interrupts_wait() -> Iterator[None]:
    waiting = False

    def interrupted(*_: object) -> None:
        nonlocal waiting
        if waiting:
            raise KeyboardInterrupt
        waiting = True

    try:
        before = signal.signal(signal.SIGINT, interrupted)
    except ValueError:  # only the main thread handles signals
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if waiting:
        raise KeyboardInterrupt

"""Plays a command line inside this process and says what is wrong with how it ended; nothing is wrong with an error.

What must hold for any input: an exit code that is documented, no internal error, bounded time, nothing on the
streams that acts on a terminal, no file but the one of `-o`, and nothing run.
"""

from __future__ import annotations

import io
import os
import re
import signal
import sys
import tempfile
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple
from unittest.mock import patch

from gradcli.cli.main import main

CODES = {0, 1, 2, 3, 4, 5}
FORBIDDEN = re.compile(
    r"^(os\.(system|exec|posix_spawn|fork|remove|rmdir|mkdir|rename)|subprocess\.|socket\.|shutil\.)"
)
MUCH = 1 << 20
BINARY = {"npy", "npz", "parquet", "arrow"}


class Outcome(NamedTuple):
    """How a command ended.

    Attributes:
        code: the exit code; `None` where it did not come to one.
        wrong: what must not be, with a key by which the same things are known; `None`: all is well.
    """

    code: int | None
    out: bytes
    err: bytes
    wrong: tuple[str, str] | None = None


class TooLongError(BaseException):
    """The time is up; no handler of ours catches it."""


class _Watch:
    """Notes what the process does while a command runs: an audit hook cannot be taken away, so there is one."""

    def __init__(self) -> None:
        self.folder: str | None = None
        self.seen: list[str] = []
        sys.addaudithook(self._hook)

    def _hook(self, event: str, arguments: tuple[object, ...]) -> None:
        if self.folder is None:
            return
        if event == "open":
            path, mode, flags = arguments
            by_mode = isinstance(mode, str) and set(mode) & set("wax+")
            by_flags = isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR)
            if (by_mode or by_flags) and isinstance(path, str):
                self.seen.append(f"open {path}")
        elif FORBIDDEN.match(event):
            self.seen.append(f"{event} {arguments[:1]}")


_watch: _Watch | None = None


def play(
    arguments: tuple[str, ...], stdin: bytes = b"", file: bytes = b"", seconds: int = 10, name: str = "input"
) -> Outcome:
    """Runs a command in a folder of its own, which holds a file of that name."""
    global _watch
    _watch = _watch or _Watch()
    before = os.getcwd()
    with tempfile.TemporaryDirectory(prefix="gradcli-fuzz-") as folder, _streams(stdin) as (out, err):
        (Path(folder) / name).write_bytes(file)
        os.chdir(folder)
        _watch.folder, _watch.seen = folder, []
        code, wrong = None, None
        try:
            with _bounded(seconds), patch.dict(os.environ, GRADCLI_DEBUG="1"):  # internal errors come as exceptions
                code = main(arguments)
        except TooLongError as error:
            sys.stdout.flush()
            if os.fstat(out).st_size > MUCH:  # an answer that is long, and on its way
                code = 0
            else:
                wrong = f"too long: {_place(error)}", "".join(traceback.format_exception(error))
        except BaseException as error:
            wrong = f"{type(error).__name__}: {_place(error)}", "".join(traceback.format_exception(error))
        finally:
            _watch.folder = None
            os.chdir(before)
        sys.stdout.flush()
        sys.stderr.flush()
        outcome = Outcome(code, os.pread(out, 1 << 26, 0), os.pread(err, 1 << 26, 0), wrong)
        left = sorted(os.listdir(folder))
    return outcome._replace(wrong=wrong or _complaint(outcome, arguments, _watch.seen, left, name))


def _complaint(
    outcome: Outcome, arguments: tuple[str, ...], seen: list[str], left: list[str], name: str
) -> tuple[str, str] | None:
    asked = {value for name, value in pairwise(arguments) if name in ("-o", "--output")}
    if outcome.code not in CODES:
        return f"exit code {outcome.code}", ""
    if outcome.code == 5 and b"than there is" in outcome.err:
        return "out of memory or depth", ""
    if outcome.code > 1 and b"\nerror: " not in b"\n" + outcome.err:
        return f"exit code {outcome.code} without an error", ""
    own = {name, *asked, *(f"{name}.partial" for name in asked)}
    if not set(left) <= own:
        return "a file that nobody asked for", str(left)
    strange = [
        event
        for event in seen
        if "__pycache__" not in event  # Python's own, of modules that are imported now
        and not any(
            event.endswith((f" {name}", f"/{name}", f"/{name}.partial')", f"/{name}.partial")) for name in asked
        )
        and not (asked and event.startswith(("os.rename", "os.remove")))
        and not event.endswith("/dev/null")
    ]
    if strange:
        return "a deed that nobody asked for", str(strange)
    return _unsafe(outcome.err, "stderr") or (
        None if _binary(arguments) or "--points" in arguments else _unsafe(outcome.out, "stdout")
    )


def _unsafe(data: bytes, name: str) -> tuple[str, str] | None:
    """Characters that act on a terminal; colours are asked for by `--color always` only."""
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        return f"{name} is no UTF-8", str(error)
    text = re.sub(r"\x1b\[[0-9;]*m", "", text) if name == "stdout" else text
    bad = {c for c in text if not c.isprintable() and c not in "\n\t"}
    return (f"{name} has characters that act", ascii(bad)) if bad else None


def _binary(arguments: tuple[str, ...]) -> bool:
    return any(name == "--format" and value in BINARY for name, value in pairwise(arguments))


def _place(error: BaseException) -> str:
    """The last places in gradcli that an error came through: errors of the same place are the same finding."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if "/gradcli/" in frame.filename]
    return " < ".join(f"{Path(f.filename).name}:{f.name}" for f in reversed(frames[-2:])) or "outside"


@contextmanager
def _streams(stdin: bytes) -> Iterator[tuple[int, int]]:
    """Standard streams that are files in memory, so that all that a command does with descriptors works."""
    kept = sys.stdin, sys.stdout, sys.stderr
    source, out, err = (os.memfd_create(name) for name in ("stdin", "stdout", "stderr"))
    os.write(source, stdin)
    os.lseek(source, 0, os.SEEK_SET)
    handles = [io.FileIO(source, "r"), io.FileIO(out, "w"), io.FileIO(err, "w")]
    sys.stdin = io.TextIOWrapper(io.BufferedReader(handles[0]), encoding="utf-8")  # type: ignore[arg-type]
    sys.stdout = io.TextIOWrapper(io.BufferedWriter(handles[1]), encoding="utf-8")  # type: ignore[arg-type]
    sys.stderr = io.TextIOWrapper(io.BufferedWriter(handles[2]), encoding="utf-8")  # type: ignore[arg-type]
    try:
        yield out, err
    finally:
        for stream in (sys.stdin, sys.stdout, sys.stderr):
            with suppress(OSError, ValueError):  # whatever state it was left in
                stream.close()
        sys.stdin, sys.stdout, sys.stderr = kept


@contextmanager
def _bounded(seconds: int) -> Iterator[None]:
    def stop(*_: object) -> None:
        raise TooLongError(f"more than {seconds} seconds")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)

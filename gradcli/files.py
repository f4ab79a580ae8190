"""Reading text that a user names: files and standard input, decoded, with errors that name them."""

from __future__ import annotations

import os
import re
import sys

from gradcli.errors import DataError, LimitError, Source, UsageError

MAX_BYTES = 80_000_000

_PYTHON_PATH = re.compile(r"([^\n]+\.py)(?::([\w.]*))?")


def is_python_path(text: str) -> bool:
    """Whether a text is the path of a Python file, perhaps with a function in it: `model.py:energy`."""
    return _PYTHON_PATH.fullmatch(text) is not None


def read_program_file(path: str) -> tuple[Source, str | None]:
    """The text of a file, and the function in it that the path names, if it does.

    Raises:
        DataError: it cannot be read, or is no text.
        LimitError: it is too long.
    """
    found = _PYTHON_PATH.fullmatch(path)
    if found is None or os.path.exists(path):
        return read_file(path), None
    return read_file(found[1]), found[2] or None


def read_file(path: str) -> Source:
    """The text of a file.

    Raises:
        DataError: it cannot be read, or is no text.
        LimitError: it is too long.
    """
    try:
        with open(path, "rb") as handle:
            data = handle.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:  # ValueError: a null character in the path
        reason = getattr(error, "strerror", None) or str(error)
        raise DataError(f"'{path}' cannot be read: {reason}") from None
    return Source(decode(data, f"'{path}'"), path)


def read_stdin() -> Source:
    """The text on standard input.

    Raises:
        UsageError: there is none.
        DataError: it is no text.
    """
    data = b"" if sys.stdin is None else sys.stdin.buffer.read(MAX_BYTES + 1)
    text = decode(data, "standard input")
    if not text.strip():
        raise UsageError("standard input was empty (did the command before the pipe fail?)")
    return Source(text)


def decode(data: bytes, name: str) -> str:
    """Bytes to text: UTF-8 with or without a byte order mark, or UTF-16 with one.

    Raises:
        DataError: they are neither.
        LimitError: there are too many.
    """
    if len(data) > MAX_BYTES:
        raise LimitError(f"{name} is longer than {MAX_BYTES:,} bytes")
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8"
    try:
        return data.decode(encoding).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise DataError(
            f"{name} is no {encoding.upper()} text: byte 0x{data[error.start]:02x} in line {line}",
            hint="text is read as UTF-8, or as UTF-16 with a byte order mark",
        ) from None

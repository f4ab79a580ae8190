"""The texts of `--at`, `--range` and `--along`, read.

pairs = pair { ("," | newline) pair }       commas inside brackets do not separate; `#` starts a comment
pair  = name "=" value                      a value is a constant expression
      | name "=" "[" LOW "," HIGH "]"       a box: all numbers between two, for enclosures
range = name "=" START ":" STOP ":" STEP    the values of numpy.arange
      | name "=" START ":" STOP ":" "#" COUNT     the values of numpy.linspace
      | name "=" START ":" STOP                   for pictures, which find their own points
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator

from gradcli.errors import LimitError, Source, UsageError
from gradcli.files import read_file
from gradcli.points import Axis, Given
from gradcli.written_numbers import NUMBER, constant, end_of_item, interval

MAX_ROWS = 2**62  # row numbers are int64

_NAME = r"[^\W\d][\w\u0300-\u036f]*"
_BLANK = re.compile(r"(?:\s|#[^\n]*)*")
_PLAIN_PAIR = re.compile(rf"({_NAME})[ \t]*=[ \t]*({NUMBER})[ \t]*(?:[,\n]|\Z)")
_HEAD = re.compile(rf"\s*({_NAME})\s*=(?!=)")

_PAIRS = (
    (r"(NAME)\s+(?:in|=)\s+([^\s=].*:.*)", r"write \1=\2"),
    (r"(NAME)\s+from\s+(\S+)\s+to\s+(\S+)", r"write \1=\2:\3:#11 for 11 points"),
    (r"(NAME)\s*(?::=?|==|<-|->|→|\s)\s*([^\s=:].*)", r"write \1=\2"),
    (r"([-+]?[\d.].*)", r"name the variable: x=\1"),
    (r"(NAME)", r"write \1=..., without spaces"),
)
"""How pairs are written elsewhere, and how here."""


def read_at(text: str) -> Given:
    """The values of one `--at`; `@FILE` reads them from a file.

    Raises:
        UsageError: a pair cannot be read, or a variable is given twice.
        DataError: the file cannot be read.
    """
    source = read_file(text[1:]) if text.startswith("@") else Source(text)
    given = Given({}, {}, source)
    for name, place, number in _pairs(source, "--at x=1,y=2"):
        if name in given.values:
            raise UsageError(f"'{name}' is given twice", source=source, span=(place[0], place[0] + len(name)))
        given.values[name] = _value(name, source, *place[1:]) if number is None else number
        given.places[name] = place
    if not given.values:
        raise UsageError(f"--at '{text}' has no values", hint="write: --at x=1,y=2")
    return given


def read_direction(text: str) -> dict[str, str]:
    """The direction of `--along`, as a constant expression of the language for each variable, in the order written.

    Raises:
        UsageError: a pair cannot be read, is infinite, or a variable is given twice.
    """
    from gradcli.language.document import parse
    from gradcli.language.printer import format_expression

    source = Source(text)
    direction: dict[str, str] = {}
    for name, (at, start, end), _ in _pairs(source, "--along x=1,y=2"):
        span = (at, at + len(name))
        if name in direction:
            raise UsageError(f"'{name}' is given twice", source=source, span=span)
        if math.isinf(constant(name, source, start, end)):
            raise UsageError("the components of a direction are finite numbers", source=source, span=(start, end))
        program = parse(Source(text[start:end]))
        direction[name] = format_expression(program.equations, program.outputs[0].ref)
    if not direction:
        raise UsageError(f"--along '{text}' has no direction", hint="write: --along x=1,y=2")
    return direction


def read_ranges(texts: Iterable[str], *, spans: bool = False) -> list[Axis]:
    """The axes of a grid.

    Args:
        spans: whether `x=START:STOP` will do, which gives both ends.

    Raises:
        UsageError: a range cannot be read, leads nowhere, or a variable has two.
        LimitError: the grid has more rows than can be counted.
    """
    axes: dict[str, Axis] = {}
    for text in texts:
        source = Source(text)
        for name, (at, start, end), _ in _pairs(source, "--range x=0:1:0.1"):
            if name in axes:
                raise UsageError(f"'{name}' has two ranges", source=source, span=(at, at + len(name)))
            axes[name] = _axis(name, source, start, end, spans)
    if math.prod(axis.size for axis in axes.values()) > MAX_ROWS:
        raise LimitError("the grid has more than 2^62 points")
    return list(axes.values())


def _pairs(source: Source, example: str) -> Iterator[tuple[str, tuple[int, int, int], float | None]]:
    """Name, place (see `Given`), and the value where it is a plain number."""
    text = source.text
    position = _BLANK.match(text).end()  # type: ignore[union-attr]
    while position < len(text):
        plain = _PLAIN_PAIR.match(text, position)
        if plain is not None and plain[1].isascii():
            number = float(plain[2])
            yield plain[1], (position, plain.start(2), plain.end(2)), None if math.isinf(number) else number
            position = plain.end()
        else:
            end = end_of_item(text, position)
            head = _HEAD.match(text, position, end)
            if head is None or not text[head.end() : end].strip():
                raise _bad_pair(source, position, end, example)
            value = text[head.end() : end]
            start = end - len(value.lstrip())
            yield _composed(head[1]), (head.start(1), start, head.end() + len(value.rstrip())), None
            position = end if text[end : end + 1] == "#" else end + 1
        position = _BLANK.match(text, position).end()  # type: ignore[union-attr]


def _bad_pair(source: Source, start: int, end: int, example: str) -> UsageError:
    text = source.text[start:end]
    stripped = text.strip()
    if start > 0 and stripped.isdigit():
        return UsageError(
            f"'{stripped}' is no pair of a name and a value", source=source, span=(start, start + len(text.rstrip())),
            hint="decimals have a point, x=1.5, and thousands no comma, x=1_000",
        )  # fmt: skip
    if stripped.endswith("=") and stripped.count("=") == 1:
        message = f"'{stripped[:-1].strip()}' has no value"
    else:
        message = f"'{stripped}' is no pair of a name and a value"
    written = (re.fullmatch(pattern.replace("NAME", _NAME), stripped) for pattern, _ in _PAIRS)
    known = (found.expand(hint) for found, (_, hint) in zip(written, _PAIRS, strict=True) if found is not None)
    return UsageError(
        message, source=source, span=(start, start + max(1, len(text.rstrip()))),
        hint=next(known, f"write: {example}"),
    )  # fmt: skip


def _composed(name: str) -> str:
    if name.isascii():
        return name
    from unicodedata import normalize

    return normalize("NFC", name)


def _value(name: str, source: Source, start: int, end: int) -> float:
    """The value of a constant expression, or the middle of an interval.

    Raises:
        UsageError: it is none, or the interval is none.
    """
    box = interval(source.text[start:end])
    if box is None:
        return constant(name, source, start, end)
    low, high = (constant(name, Source(text), 0, len(text)) for text in box)
    if not (math.isfinite(low) and math.isfinite(high) and low <= high):
        message = "are not in order" if low > high else "are not finite"
        raise UsageError(f"the ends of the interval of '{name}' {message}", source=source, span=(start, end))
    return low + (high - low) / 2


def _axis(name: str, source: Source, start: int, end: int, spans: bool) -> Axis:
    text = source.text[start:end]
    parts: list[tuple[int, int]] = []
    position = start
    for piece in text.split(":"):
        lead = len(piece) - len(piece.lstrip())
        parts.append((position + lead, position + len(piece.rstrip())))
        position += len(piece) + 1
    if not (len(parts) == 3 or (spans and len(parts) == 2)) or any(a >= b for a, b in parts):
        forms = f"{name}=START:STOP:STEP, or {name}=START:STOP:#COUNT, as in {name}=0:1:0.1"
        raise UsageError(
            f"the range of '{name}' cannot be read", source=source, span=(start, end),
            hint=f"write: {name}=START:STOP, as in {name}=0:1" if spans else f"write: {forms}",
        )  # fmt: skip
    counted = re.fullmatch(rf"{_NAME}\s*=\s*(\d+)", source.text[slice(*parts[-1])])
    if counted is not None:
        ends = source.text[parts[0][0] : parts[1][1]]
        raise UsageError(
            "a number of points has # before it",
            source=source,
            span=parts[-1],
            hint=f"write: {name}={ends}:#{counted[1]}",
        )
    first, stop = (_finite(name, source, *part) for part in parts[:2])
    if len(parts) == 2:
        return _evenly(name, first, stop, 2)
    a, b = parts[2]
    if source.text[a] == "#":
        count = _finite(name, source, a + 1, b) if b > a + 1 else 0
        if count != int(count) or count < 1:
            raise UsageError("the number of points is a whole number from 1", source=source, span=(a, b))
        return _evenly(name, first, stop, int(count))
    step = _finite(name, source, a, b)
    if step == 0 or (stop - first) * step < 0:
        message = "a step of 0 leads nowhere" if step == 0 else "the step leads away from the end"
        hint = (
            f"write: {name}={source.text[parts[0][0] : parts[1][1]]}:#11 for 11 points"
            if step == 0
            else "change its sign"
        )
        after = re.match(r",(\d+)", source.text[b:])
        if after is not None:
            hint = f"decimals have a point: {name}={source.text[start:b]}.{after[1]}"
        raise UsageError(message, source=source, span=(a, b), hint=hint)
    count = (stop - first) / step
    if not count <= MAX_ROWS:
        raise LimitError(f"the range of '{name}' has more than 2^62 points", source=source, span=(start, end))
    # numpy.arange takes its step from its first two values.
    return Axis(name, first, (first + step) - first, max(0, math.ceil(count)), {0: first, 1: first + step}, stop)


def _evenly(name: str, first: float, stop: float, count: int) -> Axis:
    step = (stop - first) / max(1, count - 1)
    if math.isinf(step):
        raise LimitError(f"the range of '{name}' is wider than the largest double")
    return Axis(name, first, step, count, {count - 1: stop} if count > 1 else {}, stop)


def _finite(name: str, source: Source, start: int, end: int) -> float:
    text = source.text[start:end].strip()
    number = constant(name, source, start, end) if not re.fullmatch(NUMBER, text) else float(text)
    if math.isinf(number) or not text:
        raise UsageError("the parts of a range are finite numbers", source=source, span=(start, end))
    return number

"""Where to evaluate: `--at` and `--range` texts to blocks of points.

    pairs = pair { ("," | newline) pair }       commas inside brackets do not separate; `#` starts a comment
    pair  = name "=" value                      a value is a constant expression
          | name "=" "[" LOW "," HIGH "]"       a box: all numbers between two, for enclosures
    range = name "=" START ":" STOP ":" STEP    the values of numpy.arange
          | name "=" START ":" STOP ":" "#" COUNT     the values of numpy.linspace
          | name "=" START ":" STOP                   for pictures, which find their own points

A block is either one point of Python floats (`--at`) or up to 65,536 rows of NumPy arrays (`--range`), made when
they are asked for, so that a grid may be larger than memory. Which one follows from the option alone.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

from gradcli.errors import ExpressionError, LimitError, Source, Span, UsageError
from gradcli.files import read_file
from gradcli.results import Written, at_row, is_point, number_text

if TYPE_CHECKING:
    from decimal import Decimal

    import numpy as np

    from gradcli.evaluate.balls import Balls
    from gradcli.evaluate.certain import Point
    from gradcli.evaluate.multiprecision import Multiprecision
    from gradcli.evaluate.ranges import Range, Ranges
    from gradcli.evaluate.rationals import Rationals
    from gradcli.program import Program

BLOCK_ROWS = 65_536
_NAMED, _READY = 5, 50  # how many variables a message and its hint name
_ONE_ROUNDING = 1.0 + 2.0**-40
_DIGITS = 60  # that tell to which double a number is next
_CONSTANTS = {
    "pi": "3.14159265358979323846264338327950288419716939937510582097494",
    "e": "2.71828182845904523536028747135266249775724709369995957496697",
}
MAX_ROWS = 2**62  # row numbers are int64

_NUMBER = r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?"
_SHORT = re.compile(r"[-+]?(?=[^eE]{,15}(?:[eE]|\Z))[0-9]+\.?[0-9]*(?:[eE][-+]?[0-9]{1,2})?")
"""Decimals of so few digits that doubles keep them apart."""
_NAME = r"[^\W\d][\w\u0300-\u036f]*"
_BLANK = re.compile(r"(?:\s|#[^\n]*)*")
_PLAIN_PAIR = re.compile(rf"({_NAME})[ \t]*=[ \t]*({_NUMBER})[ \t]*(?:[,\n]|\Z)")
_HEAD = re.compile(rf"\s*({_NAME})\s*=(?!=)")
_SECOND_PAIR = re.compile(r"(?<![<>=!])=(?!=)|;")
_INTERVAL = re.compile(r"\[(.*)\]", re.DOTALL)
_INFINITE = {"inf": math.inf, "+inf": math.inf, "-inf": -math.inf, "−inf": -math.inf}


class Given(NamedTuple):
    """The values that one `--at` gives.

    Attributes:
        values: by variable, in the order written.
        places: where each pair stands in the source: its name, its value, and its end.
    """

    values: dict[str, float]
    places: dict[str, tuple[int, int, int]]
    source: Source

    def texts(self) -> dict[str, str]:
        """The values as they were written."""
        return {name: self.source.text[start:end].strip() for name, (_, start, end) in self.places.items()}

    def boxes(self) -> tuple[str, ...]:
        """The variables that are given an interval; their values are its middle."""
        return tuple(name for name, text in self.texts().items() if _box(text))

    def name_span(self, name: str) -> Span:
        """Where a name stands in the source."""
        return self.places[name][0], self.places[name][0] + len(name)


class Axis(NamedTuple):
    """The values of one `--range`: `start + k*step`, except where the definition fixes a value by itself.

    Attributes:
        fixed: the positions and values of those exceptions (the first two of `numpy.arange`, the last of `linspace`).
        stop: the end as it was given, which `numpy.arange` leaves out.
    """

    name: str
    start: float
    step: float
    size: int
    fixed: Mapping[int, float]
    stop: float

    def doubt(self) -> str | None:
        """What is to be said where the step leads beyond the end at once: a count may be meant, or the end."""
        if self.size != 1 or 1 not in self.fixed:
            return None
        count = abs(self.fixed[1] - self.start)
        if count <= abs(self.stop - self.start):
            return None
        here = f"the range of {self.name} is one point: its last part is the step"
        if count < 2 or count != int(count):
            return f"{here}; write {self.name}=START:STOP:STEP"
        return f"{here}; for {count:g} points, write {self.name}={self.start:g}:{self.stop:g}:#{count:g}"

    def values(self, positions: np.ndarray) -> np.ndarray:
        """The values at some positions."""
        found: np.ndarray = self.start + positions * self.step
        for position, value in self.fixed.items():
            found[positions == position] = value
        return found


class Block(NamedTuple):
    """Some points: a value per variable, Python floats for one point, else arrays among floats.

    Attributes:
        texts: the same values as they were written, where there is one point.
        passed: the columns of a table that pass through to the output, cell by cell.
        said: of rows that have no answer because a value is missing or bad: what to say.
        read: the columns among them that variables are read from.
    """

    rows: int
    columns: Mapping[str, Any]
    texts: Mapping[str, str] = {}
    passed: Mapping[str, Any] = {}
    said: Mapping[int, str] = {}
    read: Mapping[str, str] = {}

    def singles(self) -> Iterator[Block]:
        """The points, one by one."""
        if is_point(self.columns):
            yield self
            return
        for row in range(self.rows):
            yield self.single(row)

    def single(self, row: int) -> Block:
        """The point of one row."""
        point = at_row(self.columns, row)
        passed = self._passed([row])
        written = {name: str(passed[column][0]).strip() for name, column in self.read.items() if column in passed}
        written = {name: text for name, text in written.items() if re.fullmatch(_NUMBER, text)}
        written = {**{name: number_text(value) for name, value in point.items()}, **written}
        texts = {name: self.texts.get(name) or written[name] for name in point}
        return Block(1, point, texts, passed, {0: self.said[row]} if row in self.said else {}, self.read)

    def with_answers(self) -> Block:
        """The rows of which nothing is said that would leave them without an answer."""
        if not self.said:
            return self
        kept = [row for row in range(self.rows) if row not in self.said]
        columns = {name: column[kept] for name, column in self.columns.items()}
        return self._replace(rows=len(kept), columns=columns, passed=self._passed(kept), said={})

    def _passed(self, rows: Sequence[int]) -> Mapping[str, Any]:
        if hasattr(self.passed, "rows"):
            found: Mapping[str, Any] = self.passed.rows(rows)
            return found
        return {name: column[rows] for name, column in self.passed.items()}

    def exactly(self, arithmetic: Multiprecision | Rationals | Balls) -> dict[str, Any]:
        """The values in multiple precision, exactly as they were written."""
        return {name: _exact_value(self.texts[name], arithmetic) for name in self.columns}

    def meant(self) -> Point | None:
        """The values of one point exactly, where they are not the decimals that the doubles print as."""
        if not is_point(self.columns) or all(_SHORT.fullmatch(self.texts.get(name, "0")) for name in self.columns):
            return None
        return self.exactly

    def beyond_doubles(self) -> dict[str, Decimal]:
        """The decimals of one point that are not those which the doubles next to them print as."""
        if self.meant() is None:
            return {}
        from decimal import Decimal, InvalidOperation

        found = {}
        for name, double in self.columns.items():
            with suppress(InvalidOperation):  # of a constant expression
                number = Decimal(self.texts.get(name, "nan"))
                if number.is_finite() and number != Decimal(repr(double)):
                    found[name] = number
        return found

    def as_written(self) -> dict[str, list[Written]]:
        """The columns of one point whose decimals doubles do not hold, with all the digits that were written."""
        return {name: [_as_written(number)] for name, number in self.beyond_doubles().items()}

    def box(self, ranges: Ranges) -> dict[str, Range]:
        """The values as ranges, of one number where no interval is given."""
        ends = {name: _box(self.texts[name]) or (self.texts[name],) * 2 for name in self.columns}
        return {name: ranges.hull(*(_exact_value(end, ranges) for end in pair)) for name, pair in ends.items()}


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
        if math.isinf(_constant(name, source, start, end)):
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


def at_points(givens: Sequence[Given], variables: Sequence[str]) -> list[Block]:
    """One point of floats for each `--at`; one without values where there are no variables.

    Raises:
        UsageError: a value is missing, or given for something else than a variable.
    """
    if not givens:
        _check_complete(Given({}, {}, Source("")), variables, ())
        return [Block(1, {})]
    blocks = []
    for given in givens:
        _check_complete(given, variables, (), givens)
        blocks.append(Block(1, {name: given.values[name] for name in variables}, given.texts()))
    return blocks


def grid_points(
    axes: Sequence[Axis], givens: Sequence[Given], variables: Sequence[str], *, whole: bool = False
) -> Iterator[Block]:
    """The points of a grid, block by block; the last axis varies fastest. What is wrong is found at once.

    Args:
        whole: whether all points are to be in one block.

    Raises:
        UsageError: a value is missing, given twice, or given for something else than a variable.
    """
    if len(givens) > 1:
        raise UsageError("with --range there can be only one --at", hint="put the other values into one: --at y=1,z=2")
    given = givens[0] if givens else Given({}, {}, Source(""))
    ranged = [axis.name for axis in axes]
    for name in ranged:
        if name in given.values:
            raise UsageError(
                f"'{name}' is given by --at and by --range", source=given.source, span=given.name_span(name)
            )
        if name not in variables:
            raise unknown_variable(name, variables, None, None)
    _check_complete(given, variables, ranged)
    fixed = {name: given.values[name] for name in variables if name in given.values}
    return _grid(axes, fixed, variables, given.texts(), whole)


def _grid(
    axes: Sequence[Axis], fixed: Mapping[str, float], variables: Sequence[str], texts: Mapping[str, str], whole: bool
) -> Iterator[Block]:
    import numpy as np

    total = math.prod(axis.size for axis in axes)
    block = max(1, total) if whole else BLOCK_ROWS
    for first in range(0, total, block):
        rows = min(block, total - first)
        rest = np.arange(first, first + rows)
        columns: dict[str, Any] = dict(fixed)
        for axis in reversed(axes):
            rest, positions = np.divmod(rest, axis.size)
            columns[axis.name] = axis.values(positions)
        yield Block(rows, {name: columns[name] for name in variables}, texts)


def _check_complete(
    given: Given, variables: Sequence[str], ranged: Sequence[str], others: Sequence[Given] = ()
) -> None:
    known = frozenset(variables)
    for name in given.values:
        if name not in known:
            raise unknown_variable(name, [v for v in variables if v not in given.values] or variables, given, variables)
    missing = [v for v in variables if v not in given.values and v not in ranged]
    if missing:
        listed = ", ".join(f"'{v}'" for v in missing[:_NAMED]) + (", ..." if len(missing) > _NAMED else "")
        some = given.values or ranged
        message = f"no value for {listed}" if some else f"no point is given; the expression has {listed}"
        texts = given.texts()
        for other in others:
            texts = other.texts() | texts
        apart = "" if texts.keys() == given.values.keys() else "one --at is one whole point: "
        raise UsageError(message, hint=apart + _ready(texts, [v for v in variables if v not in ranged]))


def _ready(texts: Mapping[str, str], variables: Sequence[str]) -> str:
    """An `--at` to copy, with the values that are known."""
    pairs = ",".join(f"{name}={texts.get(name, '...')}" for name in variables[:_READY])
    return f"--at {pairs}" + (f" (and {len(variables) - _READY} more)" if len(variables) > _READY else "")


def unknown_variable(
    name: str, near: Sequence[str], given: Given | None, variables: Sequence[str] | None
) -> UsageError:
    """The error that a name, given where it says, is no variable.

    Args:
        near: the names that it may be meant for.
    """
    from gradcli.naming import suggestion

    known = variables if variables is not None else near
    hint = suggestion(name, near) or (
        f"its variables are: {', '.join(known[:_READY])}" if known else "it has no variables"
    )
    where = {"source": given.source, "span": given.name_span(name)} if given is not None else {}
    return UsageError(f"'{name}' is no variable of the expression", hint=hint, **where)  # type: ignore[arg-type]


def _as_written(number: Decimal) -> Written:
    """A decimal with all its digits."""
    text = str(number).lower().replace("e+", "e")
    return Written(text if "." in text or "e" in text else f"{text}.0")


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
            end = _end_of_pair(text, position)
            head = _HEAD.match(text, position, end)
            if head is None or not text[head.end() : end].strip():
                raise _bad_pair(source, position, end, example)
            value = text[head.end() : end]
            start = end - len(value.lstrip())
            yield _composed(head[1]), (head.start(1), start, head.end() + len(value.rstrip())), None
            position = end if text[end : end + 1] == "#" else end + 1
        position = _BLANK.match(text, position).end()  # type: ignore[union-attr]


_PAIRS = (
    (r"(NAME)\s+(?:in|=)\s+([^\s=].*:.*)", r"write \1=\2"),
    (r"(NAME)\s+from\s+(\S+)\s+to\s+(\S+)", r"write \1=\2:\3:#11 for 11 points"),
    (r"(NAME)\s*(?::=?|==|<-|->|→|\s)\s*([^\s=:].*)", r"write \1=\2"),
    (r"([-+]?[\d.].*)", r"name the variable: x=\1"),
    (r"(NAME)", r"write \1=..., without spaces"),
)
"""How pairs are written elsewhere, and how here."""

_VALUES = (
    (r"\[.*,.*,.*\]|\(.*,.*\)|\{.*,.*\}", "one --at is one point", "--at x=1 --at x=2, --range, or --points FILE"),
    (
        r".*\d\s*\.\.\.?\s*[-+\d].*",
        "this is a range of values",
        "--range NAME=0:1:0.1, or an interval NAME=[0,1] with --certify",
    ),
    (r"[^:]+:[^:]+(:.*)?", "this is a range of values", "--range NAME=0:1:0.1, or NAME=0:1:#11"),
    (r"[\"'].*[\"']", "text is no number", "leave out the quotation marks"),
)
"""What is no value of a variable, what is said of it, and what to write."""


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


def _end_of_pair(text: str, start: int) -> int:
    """Where a pair ends: at a comma or a line's end outside brackets, or at a comment."""
    depth = 0
    for k in range(start, len(text)):
        character = text[k]
        if character in "([{":
            depth += 1
        elif character in ")]}":
            depth -= 1
        elif (character in ",\n" and depth <= 0) or (character == "#" and (k == start or text[k - 1].isspace())):
            return k
    return len(text)


def _composed(name: str) -> str:
    if name.isascii():
        return name
    from unicodedata import normalize

    return normalize("NFC", name)


def _box(text: str) -> tuple[str, str] | None:
    """The two ends of an interval in square brackets."""
    found = _INTERVAL.fullmatch(text)
    if found is None:
        return None
    comma = _end_of_pair(found[1], 0)
    rest = found[1][comma + 1 :]
    return (found[1][:comma].strip(), rest.strip()) if rest and _end_of_pair(rest, 0) == len(rest) else None


def _value(name: str, source: Source, start: int, end: int) -> float:
    """The value of a constant expression, or the middle of an interval.

    Raises:
        UsageError: it is none, or the interval is none.
    """
    box = _box(source.text[start:end])
    if box is None:
        return _constant(name, source, start, end)
    low, high = (_constant(name, Source(text), 0, len(text)) for text in box)
    if not (math.isfinite(low) and math.isfinite(high) and low <= high):
        message = "are not in order" if low > high else "are not finite"
        raise UsageError(f"the ends of the interval of '{name}' {message}", source=source, span=(start, end))
    return low + (high - low) / 2


def _constant(name: str, source: Source, start: int, end: int) -> float:
    """The value of a constant expression.

    Raises:
        UsageError: it is none, or has no finite value.
    """
    from gradcli.language.document import parse

    def wrong(message: str, hint: str | None = None, span: Span = (start, end)) -> UsageError:
        return UsageError(message, source=source, span=span, hint=hint)

    text = source.text[start:end]
    if text.lower() in _INFINITE:
        return _INFINITE[text.lower()]
    second = _SECOND_PAIR.search(text)
    if second is not None:
        raise wrong("pairs are separated by commas", "write: x=1,y=2", (start + second.start(), start + second.end()))
    if text.lower().lstrip("+-") == "nan":
        raise wrong(f"the value of '{name}' is no number", "leave out what is not known; nan has no derivative")
    if re.fullmatch(r"[-+]?[0-9._]+e", text):
        raise wrong(
            "the number has no exponent behind its 'e'",
            f"write it, as in {text}3; a product with the constant is {text[:-1]}*e",
        )
    try:
        program = parse(Source(text))
    except ExpressionError as error:
        for pattern, message, hint in _VALUES:
            if re.fullmatch(pattern, text, re.DOTALL) is not None:
                raise wrong(f"the value of '{name}' is not one number: {message}", hint.replace("NAME", name)) from None
        a, b = error.span or (0, end - start)
        raise wrong(error.message, error.hint, (min(start + a, end), min(start + b, end))) from None
    if program.variables:
        raise wrong(
            f"the value of '{name}' is no constant: it depends on '{program.variables[0]}'",
            "a value is a number or a constant expression: x=0.5, x=pi/4, x=1e-3",
        )
    number = _rounded_once(program)
    if math.isnan(number):
        raise wrong(f"the value of '{name}' is undefined")
    if math.isinf(number):
        raise wrong(
            f"the value of '{name}' is too large for a double",
            "the largest is 1.8e308; infinity is written inf; a larger one can stand in the expression, with --digits",
        )
    return number


def _rounded_once(program: Program) -> float:
    """The double next to the value of a constant expression; nan or inf where there is none."""
    from gradcli.evaluate.floats import Evaluator
    from gradcli.evaluate.running_error import UNIT, error_bounds

    root = program.outputs[0].ref
    evaluator = Evaluator(program, [root])
    values = evaluator.evaluate({})
    number = float(values[root])
    if not error_bounds(program, evaluator.order, values).errors[root] > _ONE_ROUNDING * UNIT * abs(number):
        return number
    from gradcli.evaluate.rationals import Rationals

    fraction = Rationals(_CONSTANTS).evaluate(program, [root], {})[root]
    if fraction is not None:  # mpmath takes longer to load than all else
        return float(fraction)
    from gradcli.evaluate.multiprecision import Multiprecision, Undefined

    exact = Multiprecision(_DIGITS).evaluate(program, [root], {})[root]
    return number if isinstance(exact, Undefined) else float(exact)


def _exact_value(text: str, arithmetic: Multiprecision | Rationals | Balls) -> Any:
    """A value that was read before, in multiple precision."""
    if text.lower() in _INFINITE:
        return arithmetic.number(repr(_INFINITE[text.lower()]))
    if re.fullmatch(_NUMBER, text):
        return arithmetic.number(text)
    from gradcli.language.document import parse

    program = parse(Source(text))
    root = program.outputs[0].ref
    return arithmetic.evaluate(program, [root], {})[root]


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
        count = _finite(name, source, a + 1, b)
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
    number = _constant(name, source, start, end) if not re.fullmatch(_NUMBER, text) else float(text)
    if math.isinf(number) or not text:
        raise UsageError("the parts of a range are finite numbers", source=source, span=(start, end))
    return number

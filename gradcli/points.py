"""Where to evaluate: blocks of points, made of the values of `--at` and the axes of `--range`.

A block is either one point of Python floats (`--at`) or up to 65,536 rows of NumPy arrays (`--range`), made when
they are asked for, so that a grid may be larger than memory. Which one follows from the option alone.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

from gradcli.errors import Source, Span, UsageError
from gradcli.results import Written, at_row, is_point, number_text
from gradcli.written_numbers import NUMBER, exact_value, interval, is_printed_as

if TYPE_CHECKING:
    from decimal import Decimal

    import numpy as np

    from gradcli.evaluate.balls import Balls
    from gradcli.evaluate.certain import Point
    from gradcli.evaluate.multiprecision import Multiprecision
    from gradcli.evaluate.ranges import Range, Ranges
    from gradcli.evaluate.rationals import Rationals

BLOCK_ROWS = 65_536
_NAMED, _READY = 5, 50  # how many variables a message and its hint name


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
        return tuple(name for name, text in self.texts().items() if interval(text))

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
        written = {name: text for name, text in written.items() if re.fullmatch(NUMBER, text)}
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
        return {name: exact_value(self.texts[name], arithmetic) for name in self.columns}

    def meant(self) -> Point | None:
        """The values of one point exactly, where they are not the decimals that the doubles print as."""
        if not is_point(self.columns):
            return None
        if all(is_printed_as(double, self.texts.get(name, "0")) for name, double in self.columns.items()):
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
        ends = {name: interval(self.texts[name]) or (self.texts[name],) * 2 for name in self.columns}
        return {name: ranges.hull(*(exact_value(end, ranges) for end in pair)) for name, pair in ends.items()}


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

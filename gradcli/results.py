"""Answers: what was computed, frozen; nothing here computes or prints."""

from __future__ import annotations

from collections.abc import Mapping, Set
from enum import IntEnum
from math import inf
from sys import float_info
from typing import Any

from gradcli.errors import shorten
from gradcli.naming import Partial
from gradcli.program import Program


class Status(IntEnum):
    """What can be said of a number. `FINE`, `ONE_SIDED` and `IMPRECISE` numbers are numbers, the others are none."""

    FINE = 0
    ONE_SIDED = 1
    KINK = 2
    VERTICAL = 3
    JUMP = 4
    UNDEFINED = 5
    OVERFLOW = 6
    IMPRECISE = 7
    NOT_CONVERGED = 8
    UNRESOLVED = 9

    @property
    def text(self) -> str:
        """As users read it."""
        return self.name.lower().replace("_", "-" if self is Status.ONE_SIDED else " ")

    @property
    def has_number(self) -> bool:
        """Whether the number beside it means something."""
        return self in (Status.FINE, Status.ONE_SIDED, Status.IMPRECISE)


WITH_NUMBER = tuple(status for status in Status if status.has_number)
KINDS = {status: status.text for status in (Status.KINK, Status.JUMP, Status.VERTICAL)}
"""Where a function that has values has no slope, as such places are called."""
OF_THE_FUNCTION = frozenset({*KINDS, Status.UNDEFINED})
"""What says of the function, and not of the way to the number, that there is none."""

IMPRECISE_BEYOND = 1e-6
"""The relative error beyond which a number is imprecise."""
SMALLEST_NORMAL = 2.0**-1022
"""The smallest normal double."""

DOUBLE_DIGITS = 17
"""Significant digits that tell any two doubles apart."""
_NAN = float("nan")
_MOST_NAMED = 4  # variables whose values are said with a cause


class Written(float):
    """A number with its decimal digits, of which a float holds but the first 17; too large for one, the largest."""

    __slots__ = ("text",)

    text: str

    def __new__(cls, text: str) -> Written:
        """The number that a decimal text gives."""
        number = super().__new__(cls, max(-float_info.max, min(float(text), float_info.max)))
        number.text = text
        return number

    def __repr__(self) -> str:
        return self.text

    @property
    def exponent(self) -> int:
        """The power of ten of its first digit; of zero, that of the last one."""
        mantissa, _, power = self.text.lstrip("-").partition("e")
        whole, _, fraction = mantissa.partition(".")
        zeros = len(whole + fraction) - len((whole + fraction).lstrip("0"))
        return len(whole) - 1 - zeros + int(power or 0)


class Values:
    """The answer for a block of points: a column per partial (the value is the partial by nothing).

    Attributes:
        partials: what the columns are, in order.
        columns: name of a partial to its numbers, one a row: a list of floats or a float64 array. A number
            whose status has none is nan.
        error: name to absolute error bounds, one a row; no entry or `None` where none was computed.
        status: name to `Status` codes, one a row (uint8 in arrays); no entry or `None` means that all are fine.
        cause: name to indices of the equations in `program` that cause the status (int32 in arrays; -1: none).
        sides: name to two columns, where a partial differs from side to side: at a kink the slopes on the left
            and on the right, at a jump the limits there (nan: none); of what is unresolved, between what numbers it
            is, if that is known. No entry means that there is no such place.
        limits: name to the rows whose number or status is that of a limit, as the formulas say nothing there.
        program: what the causes refer to; its spans point into the source.
        points: where the answer was computed: a number or an array for each variable.
        cure: what gives better numbers where these are imprecise.
    """

    __slots__ = ("cause", "columns", "cure", "error", "limits", "partials", "points", "program", "sides", "status")

    def __init__(
        self,
        partials: tuple[Partial, ...],
        columns: Mapping[str, Any],
        error: Mapping[str, Any],
        status: Mapping[str, Any],
        cause: Mapping[str, Any],
        program: Program,
        points: Mapping[str, Any] | None = None,
        sides: Mapping[str, tuple[Any, Any]] | None = None,
        cure: str = "--digits gives right ones",
        limits: Mapping[str, Set[int]] | None = None,
    ) -> None:
        self.partials = partials
        self.columns = columns
        self.error = error
        self.status = status
        self.cause = cause
        self.program = program
        self.points = points or {}
        self.sides = sides or {}
        self.cure = cure
        self.limits = limits or {}

    def __getitem__(self, name: str) -> Any:
        """The numbers of a column: `values["df_dx"]`."""
        return self.columns[name]

    def replaced(self, **changed: Any) -> Values:
        """The same answer with some attributes changed."""
        return Values(**{**{name: getattr(self, name) for name in self.__slots__}, **changed})

    def code(self, name: str, row: int = 0) -> Status:
        """The status of one number."""
        codes = self.status.get(name)
        return Status.FINE if codes is None else Status(int(codes[row]))

    def codes(self, name: str) -> Any:
        """The `Status` codes of a column as an array, one a row: all 0, which is `FINE`, where nothing is said."""
        import numpy as np

        codes = self.status.get(name)
        return np.zeros(len(self.columns[name]), np.uint8) if codes is None else np.asarray(codes)

    def bounds(self, name: str) -> Any:
        """A bound of the error of each number of a column; nan where there is none."""
        error = self.error.get(name)
        column = self.columns[name]
        return error if error is not None else [_NAN] * len(column)

    def rows_without_bound(self) -> set[int]:
        """The rows of a block in which some number has no bound of its error."""
        return {row for name in self.columns for row in (~(self.bounds(name) < inf)).nonzero()[0].tolist()}

    def interval(self, name: str) -> list[list[float]]:
        """The lowest and the highest slope in each row: those beside a kink, else the partial itself."""
        column = self.columns[name]
        low, high = (list(column) if isinstance(column, list) else column.tolist() for _ in range(2))
        codes = self.status.get(name)
        if codes is not None and name in self.sides:
            left, right = self.sides[name]
            for row, code in enumerate(codes):
                if code == Status.KINK:
                    low[row], high[row] = sorted((left[row], right[row]))
        return [low, high]

    def status_text(self, name: str, row: int) -> str | None:
        """What to say of one number, with the sub-expression that causes it; `None` if it is fine."""
        codes = self.status.get(name)
        if codes is None or not codes[row]:
            return None
        status = Status(int(codes[row]))
        if status is Status.IMPRECISE:
            return status.text + self._doubt(name, row)
        causes = self.cause.get(name)
        if causes is None or causes[row] < 0:
            return status.text
        place = self._place(int(causes[row]), row)
        return f"{self.reason_text(name, row)}{place}{self._sides(name, row, status)}{self._lacking(name, row)}"

    def reason_text(self, name: str, row: int) -> str:
        """The same without what is so at this point alone: the status and the sub-expression that causes it."""
        status, causes = self.code(name, row), self.cause.get(name)
        if causes is None or causes[row] < 0:
            return status.text
        return f"{status.text}: {cause_text(self.program, int(causes[row]))}"

    def _doubt(self, name: str, row: int) -> str:
        """How large the error of an imprecise number may be, and what cause and cure it has."""
        causes, errors = self.cause.get(name), self.error.get(name)
        parts = []
        if causes is not None and causes[row] >= 0:
            parts.append(f"{cause_text(self.program, int(causes[row]))}{self._place(int(causes[row]), row)}")
        if errors is not None and errors[row] < float_info.max:
            cure = "" if type(self.columns[name][row]) is Written else f" ({self.cure})"
            parts.append(f"its error may be {errors[row]:.1g}{cure}")
        return f": {', '.join(parts)}" if parts else ""

    def _lacking(self, name: str, row: int) -> str:
        """That there is no rule, where a partial is undefined for want of one, and where there may be a number."""
        is_lacking = self.program.equations[int(self.cause[name][row])] == ("nan",)
        return ", which has no rule for this derivative (try --backend finite-difference)" if is_lacking else ""

    def _sides(self, name: str, row: int, status: Status) -> str:
        """What a kink's slopes or a jump's limits are: ` (left -1, right 1)`."""
        if name not in self.sides:
            return ""
        if status is Status.UNRESOLVED:
            low, high = (float(column[row]) for column in self.sides[name])
            return f", between {_short_text(low)} and {_short_text(high)}" if low == low else ""
        if status not in (Status.KINK, Status.JUMP):
            return ""
        left, right = (float(column[row]) for column in self.sides[name])
        known = [f"{side} {_short_text(slope)}" for side, slope in (("left", left), ("right", right)) if slope == slope]
        return f" ({', '.join(known)})" if known else ""

    def _place(self, cause: int, row: int) -> str:
        """The values of the variables that a causing equation depends on: ` at x = 0`."""
        moved = self.program.depends_on(cause)
        names = [name for name in self.program.variables if name in moved and name in self.points]
        if not 0 < len(names) <= _MOST_NAMED:
            return ""
        point = at_row({name: self.points[name] for name in names}, row)
        return " at " + ", ".join(f"{name} = {_short_text(number)}" for name, number in point.items())


def count_statuses(values: Values) -> tuple[int, int]:
    """How many numbers of an answer are none, and how many are there but not plain fine."""
    undefined = doubtful = 0
    for name, codes in values.status.items():
        if codes is not None:
            if isinstance(codes, list):
                column = values.columns[name]
                told = [code for code, number in zip(codes, column, strict=True) if not _is_enclosed(code, number)]
                counts = [(code, told.count(code)) for code in set(told)]
            else:
                import numpy as np

                counts = [(code, int(count)) for code, count in enumerate(np.bincount(codes)) if count]
            for code, count in counts:
                undefined += 0 if Status(code).has_number else count
                doubtful += count if code and Status(code).has_number else 0
    return undefined, doubtful


def count_unbounded(values: Values) -> int:
    """How many numbers of an answer have no bound of their error."""
    found = 0
    for partial in values.partials:
        column, error = values.columns[partial.name], values.error.get(partial.name)
        found += 0 if error is not None else sum(1 for number in column if number == number)
    return found


def _is_enclosed(code: int, number: float) -> bool:
    """Whether a number is there in spite of its status: over a box with a kink, the end of an enclosure."""
    return not Status(code).has_number and number == number


def is_lost(bound: Any, number: Any) -> Any:
    """Whether a number, or where numbers of a column, may have too large an error: then they are imprecise."""
    return (bound > IMPRECISE_BEYOND * abs(number)) & (bound > SMALLEST_NORMAL)


def is_point(points: Mapping[str, Any]) -> bool:
    """Whether it is one point, a number for each variable, and no block."""
    return all(isinstance(column, float) for column in points.values())


def has_infinite(points: Mapping[str, Any]) -> bool:
    """Whether a point, or a row of a block, has an infinite value."""
    if is_point(points):
        return any(abs(number) == inf for number in points.values())
    import numpy as np

    return any(bool(np.isinf(column).any()) for column in points.values())


def at_row(points: Mapping[str, Any], row: int) -> dict[str, float]:
    """One point of a block."""
    return {name: column if isinstance(column, float) else float(column[row]) for name, column in points.items()}


def number_text(number: float) -> str:
    """A float as text, in the one form of all output, which is orjson's: `6.0`, `1e-7`, `0.00001`, `1e+16`, `nan`."""
    text = repr(number if type(number) is Written else float(number))
    mantissa, e, exponent = text.partition("e-")
    if not e:
        return text
    if exponent == "05":  # the one exponent that repr writes and orjson does not
        sign = "-" if mantissa[0] == "-" else ""
        return f"{sign}0.0000{mantissa.lstrip('-').replace('.', '')}"
    return f"{mantissa}e-{exponent.lstrip('0')}"


def _short_text(number: float) -> str:
    return number_text(number).removesuffix(".0")


def cause_text(program: Program, ref: int) -> str:
    """The source text of the equation that causes a status; of a text of several lines, with its line."""
    text = program.text(ref)
    line = program.line(ref)
    return (shorten(text, 60) if text else str(program.equations[ref][0])) + (f" ({line})" if line else "")

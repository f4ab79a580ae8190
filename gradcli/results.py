"""Answers: what was computed, frozen; nothing here computes or prints."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
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


_MOST_NAMED = 4  # variables whose values are said with a cause


class Values:
    """The answer for a block of points: a column per partial (the value is the partial by nothing).

    Attributes:
        partials: what the columns are, in order.
        columns: name of a partial to its numbers, one a row: a list of floats or a float64 array. A number
            whose status has none is nan.
        error: name to absolute error bounds, one a row; no entry or `None` where none was computed.
        status: name to `Status` codes, one a row (uint8 in arrays); no entry or `None` means that all are fine.
        cause: name to indices of the equations in `program` that cause the status (int32 in arrays; -1: none).
        program: what the causes refer to; its spans point into the source.
        points: where the answer was computed: a number or an array for each variable.
    """

    __slots__ = ("cause", "columns", "error", "partials", "points", "program", "status")

    def __init__(
        self,
        partials: tuple[Partial, ...],
        columns: Mapping[str, Any],
        error: Mapping[str, Any],
        status: Mapping[str, Any],
        cause: Mapping[str, Any],
        program: Program,
        points: Mapping[str, Any] | None = None,
    ) -> None:
        self.partials = partials
        self.columns = columns
        self.error = error
        self.status = status
        self.cause = cause
        self.program = program
        self.points = points or {}

    def __getitem__(self, name: str) -> Any:
        """The numbers of a column: `values["df_dx"]`."""
        return self.columns[name]

    def replaced(self, **changed: Any) -> Values:
        """The same answer with some attributes changed."""
        return Values(**{**{name: getattr(self, name) for name in self.__slots__}, **changed})

    def status_text(self, name: str, row: int) -> str | None:
        """What to say of one number, with the sub-expression that causes it; `None` if it is fine."""
        codes = self.status.get(name)
        if codes is None or not codes[row]:
            return None
        text = Status(int(codes[row])).text
        causes = self.cause.get(name)
        if causes is None or causes[row] < 0:
            return text
        cause = int(causes[row])
        return f"{text}: {cause_text(self.program, cause)}{self._place(cause, row)}{self._line(cause)}"

    def _place(self, cause: int, row: int) -> str:
        """The values of the variables that a causing equation depends on: ` at x = 0`."""
        moved = self.program.depends_on(cause)
        names = [name for name in self.program.variables if name in moved and name in self.points]
        if not 0 < len(names) <= _MOST_NAMED:
            return ""
        columns = [self.points[name] for name in names]
        numbers = [column if isinstance(column, float) else column[row] for column in columns]
        texts = [repr(float(number)).removesuffix(".0") for number in numbers]
        return " at " + ", ".join(f"{name} = {text}" for name, text in zip(names, texts, strict=True))

    def _line(self, cause: int) -> str:
        """Where a causing equation stands, in a text of several lines: ` (model.py, line 12)`."""
        line = self.program.line(cause)
        return f" ({line})" if line else ""


def cause_text(program: Program, ref: int) -> str:
    """The source text of the equation that causes a status, on one line."""
    text = program.text(ref)
    return shorten(text, 60) if text else str(program.equations[ref][0])

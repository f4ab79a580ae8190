"""Answers: what was computed, frozen; nothing here computes or prints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import IntEnum
from typing import Any, NamedTuple

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


class Values(NamedTuple):
    """The answer for a block of points: a column per partial (the value is the partial by nothing).

    Attributes:
        partials: what the columns are, in order.
        columns: name of a partial to its numbers, one a row: a list of floats or a float64 array. A number
            whose status has none is nan.
        error: name to absolute error bounds, one a row; `None` where none was computed.
        status: name to `Status` codes, one a row (uint8 in arrays); `None` means that all are fine.
        cause: name to indices of the equations in `program` that cause the status (int32 in arrays; -1: none).
        program: what the causes refer to; its spans point into the source.
    """

    partials: tuple[Partial, ...]
    columns: Mapping[str, Sequence[float]]
    error: Mapping[str, Sequence[float] | None]
    status: Mapping[str, Sequence[int] | None]
    cause: Mapping[str, Sequence[int] | None]
    program: Program

    def __getitem__(self, name: str) -> Any:
        """The numbers of a column: `values["df_dx"]`."""
        return self.columns[name]

    def status_text(self, name: str, row: int) -> str | None:
        """What to say of one number, with the sub-expression that causes it; `None` if it is fine."""
        codes = self.status.get(name)
        if codes is None or not codes[row]:
            return None
        causes = self.cause.get(name)
        text = Status(int(codes[row])).text
        if causes is None or causes[row] < 0:
            return text
        return f"{text}: {cause_text(self.program, int(causes[row]))}"


def cause_text(program: Program, ref: int) -> str:
    """The source text of the equation that causes a status, on one line."""
    from gradcli.errors import shorten

    text = program.text(ref)
    return shorten(text, 60) if text else program.equations[ref][0]

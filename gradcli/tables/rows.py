"""Tables of text, row by row: what is done with a bad row, and how rows become a block."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from gradcli.errors import DataError, GradcliError
from gradcli.points import Block
from gradcli.tables import Needed, Parsed
from gradcli.tables.cells import missing_rows
from gradcli.tables.text import ByteSource, RowBlocks


class TextTable(ABC):
    """What tables of text share; a block whose rows need no care is read at once, any other row by row."""

    header: Any = None
    _source: ByteSource
    _blocks: RowBlocks

    def name_columns(self, names: tuple[str, ...]) -> None:  # noqa: B027 - its columns have names
        """See `Table.name_columns`."""

    def check(self, columns: Iterable[str]) -> None:  # noqa: B027 - nothing is known of text before it is read
        """See `Table.check`: every cell is to be seen."""

    def progress(self) -> float | None:
        """See `Table.progress`."""
        return self._blocks.given / self._source.size if self._source.size else None

    def pace(self, share: float) -> None:
        """See `Table.pace`."""
        self._blocks.pace(share)

    def parse(self, raw: bytes, line: int, needed: Needed) -> Parsed:
        """See `Table.parse`."""
        return self._at_once(raw, needed) or self._by_rows(raw, line, needed)

    @abstractmethod
    def _at_once(self, raw: bytes, needed: Needed) -> Parsed | None:
        """The block; `None` if a row of it needs care."""

    @abstractmethod
    def _by_rows(self, raw: bytes, line: int, needed: Needed) -> Parsed:
        """The block, row by row."""


class Gathered:
    """The rows of a block that were read so far."""

    def __init__(self, needed: Needed) -> None:
        self.needed = needed
        self.lines: list[bytes] = []
        self._numbers: list[Sequence[float]] = []
        self._said: dict[int, str] = {}
        self._bad = 0
        self._first_bad: GradcliError | None = None

    def add(self, text: bytes, numbers: Sequence[float]) -> None:
        """A row, with the numbers of the variables."""
        self.lines.append(text)
        self._numbers.append(numbers)

    def reject(self, error: DataError, text: bytes, numbers: Sequence[float] = ()) -> bool:
        """A bad row: an error, left out, or without results as a text that fits the header; whether to go on.

        Args:
            numbers: those of the variables, nan for what is none; nothing, where no cell is to be trusted.
        """
        self._bad += 1
        self._first_bad = self._first_bad or error
        if self.needed.on_error == "fail":
            return False
        if self.needed.on_error == "null":
            self._said[len(self.lines)] = f"bad row: {error.message}"
            self.add(text, numbers or [float("nan")] * len(self.needed.columns))
        return True

    def parsed(self, lines: int, passed: Mapping[str, Any]) -> Parsed:
        """The block.

        Args:
            lines: how many lines of text it took.
            passed: the columns that pass through.
        """
        import numpy as np

        names = self.needed.columns
        matrix = np.array(self._numbers, np.float64).reshape(len(self.lines), len(names))
        columns = {variable: matrix[:, k].copy() for k, variable in enumerate(names)}
        missing = {row: text for row, text in missing_rows(columns, names).items() if row not in self._said}
        block = Block(len(self.lines), columns, passed=passed, said={**missing, **self._said})
        return Parsed(block, lines, len(missing), self._bad, self._first_bad)

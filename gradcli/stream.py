"""A table through the engine: read a block, parse, evaluate, format, write; row by row the same whatever the blocks.

Every step is a function of one block, so formats that are written row by row have their blocks made by several
processes. Other formats (tables, JSON) take the evaluated blocks one after another.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, NamedTuple

from gradcli import workers
from gradcli.engine import Evaluation
from gradcli.errors import GradcliError
from gradcli.points import Block
from gradcli.render import Numbers, Style, block_writer, renderer
from gradcli.results import Values, count_statuses
from gradcli.tables import BINARY, Needed, Parsed, Table, text


class Tally(NamedTuple):
    """What was counted on the way: lines of text, rows, and the numbers among them."""

    lines: int = 0
    rows: int = 0
    missing: int = 0
    bad: int = 0
    numbers: int = 0
    undefined: int = 0
    doubtful: int = 0

    def plus(self, other: tuple[int, ...]) -> Tally:
        """Both together."""
        return Tally(*(a + b for a, b in zip(self, other, strict=True)))


class Stream:
    """The rows of a table, their answers, and what was counted while they passed by.

    Args:
        needed: see `Needed`.
        given: the values of the variables that have no column.
        size: bytes of a full block, for tests.
    """

    def __init__(
        self,
        table: Table,
        prepared: Evaluation,
        needed: Needed,
        given: Mapping[str, float],
        processes: int | None = None,
    ) -> None:
        self.table = table
        self.prepared = prepared
        self.needed = needed
        self.given = given
        self.processes = workers.processors() if processes is None else processes
        self.tally = Tally(lines=table.first_line)
        self._failure: GradcliError | None = None

    def pieces(self, answer: Numbers, style: Style) -> Iterator[str | bytes]:
        """The answer as text or bytes, piece by piece, in the style's format.

        Raises:
            DataError: a bad row, after all the rows before it; or the input cannot be read.
        """
        write = block_writer(style)
        if write is None:
            yield from renderer(style, "numbers")(answer._replace(blocks=self.answered()), style)
            return
        yield write.head(answer, style)
        body = partial(self._written, answer=answer, style=style, body=write.body)
        if self.table.format in BINARY:
            for block, values in self.answered():
                yield write.body(answer, block, values, style)
            return
        size = text.BLOCK_BYTES
        results = workers.in_order(self._apart(body), self._here(body), self.table.raw(), size, self.processes)
        for piece, counts in results:
            self.tally = self.tally.plus(counts)
            yield piece
            self._stop_if_failed()

    def answered(self) -> Iterator[tuple[Block, Values]]:
        """The blocks of points with their values.

        Raises:
            DataError: as `pieces`.
        """
        for raw in self.table.raw():
            if isinstance(raw, bytes) and not raw:
                continue
            parsed = self.table.parse(raw, self.tally.lines, self.needed)
            self._failure = parsed.failure
            if parsed.block.rows:
                values = evaluated(self.prepared, parsed.block, self.given)
                self.tally = self.tally.plus(_counts(parsed, values))
                yield parsed.block, values
            else:
                self.tally = self.tally.plus(_counts(parsed, None))
            self._stop_if_failed()

    def _written(self, parsed: Parsed, *, answer: Numbers, style: Style, body: Any) -> workers.Result:
        """The rows of a block as text, and what was counted."""
        if not parsed.block.rows:
            return b"", _counts(parsed, None)
        values = evaluated(self.prepared, parsed.block, self.given)
        return body(answer, parsed.block, values, style), _counts(parsed, values)

    def _apart(self, body: Any) -> Any:
        """The work on a block in another process, which knows neither its place nor what to do with a bad row."""

        def work(raw: bytes) -> workers.Result:
            parsed = self.table.parse(raw, 1, self.needed)
            if parsed.failure is not None:
                raise parsed.failure
            result: workers.Result = body(parsed)
            return result

        return work

    def _here(self, body: Any) -> Any:
        """The work on the next block, here."""

        def work(raw: bytes) -> workers.Result:
            parsed = self.table.parse(raw, self.tally.lines, self.needed)
            self._failure = parsed.failure
            result: workers.Result = body(parsed)
            return result

        return work

    def _stop_if_failed(self) -> None:
        if self._failure is not None:
            raise self._failure


def evaluated(prepared: Evaluation, block: Block, given: Mapping[str, float]) -> Values:
    """The values at a block of points; nan in the rows of which it says that they have no answer."""
    import numpy as np

    points: dict[str, Any] = {**given, **block.columns}
    if points and not block.columns:  # so that there is a row for each row of the table
        name = next(iter(points))
        points[name] = np.full(block.rows, points[name])
    without = list(block.said)
    if without:
        # They get the values of a row that has an answer, so that they make no trouble by themselves.
        sound = np.ones(block.rows, bool)
        sound[without] = False
        like = int(np.argmax(sound)) if sound.any() else None
        for name, column in block.columns.items():
            points[name] = column.copy()
            points[name][without] = 0.5 if like is None else column[like]
    values = prepared.evaluate(points)
    if not points:
        values = _spread(values, block.rows)
    if without:
        values = values.replaced(
            columns={name: _without(column, without, np.nan) for name, column in values.columns.items()},
            status={name: _without(codes, without, 0) for name, codes in values.status.items()},
        )
    return values


def _without(column: Any, rows: list[int], nothing: float) -> Any:
    """A column with nothing in some rows."""
    if column is None:
        return None
    column = column.copy()
    column[rows] = nothing
    return column


def _spread(values: Values, rows: int) -> Values:
    """The answer of one point, for as many rows."""
    import numpy as np

    columns = {name: np.full(rows, column[0]) for name, column in values.columns.items()}
    status = {
        name: None if codes is None else np.full(rows, codes[0], np.uint8) for name, codes in values.status.items()
    }
    cause = {name: None if refs is None else np.full(rows, refs[0], np.int32) for name, refs in values.cause.items()}
    error = {name: None if bounds is None else np.full(rows, bounds[0]) for name, bounds in values.error.items()}
    return values.replaced(columns=columns, status=status, cause=cause, error=error)


def _counts(parsed: Parsed, values: Values | None) -> Tally:
    undefined, doubtful = count_statuses(values) if values is not None else (0, 0)
    width = len(values.columns) if values is not None else 0
    numbers = (parsed.block.rows - len(parsed.block.said)) * width
    return Tally(parsed.lines, parsed.block.rows, parsed.missing, parsed.bad, numbers, undefined, doubtful)

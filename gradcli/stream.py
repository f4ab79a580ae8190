"""A table through the engine: read a block, parse, evaluate, format, write; row by row the same whatever the blocks.

Every step is a function of one block, so formats that are written row by row have their blocks made by several
processes, and of a size that is done in a moment. Other formats (tables, JSON) take the evaluated blocks one after
another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from time import perf_counter_ns
from typing import Any, NamedTuple

from gradcli import workers
from gradcli.errors import GradcliError
from gradcli.points import Block
from gradcli.render import Numbers, Style, block_writer, renderer
from gradcli.results import Values, count_statuses
from gradcli.tables import BINARY, Needed, Parsed, Table, text

_FIRST_SHARE, _LEAST_SHARE, _FASTER = 1 / 128, 1 / 2048, 4
_SHORT, _LONG = 100_000_000, 500_000_000  # nanoseconds


class Tally(NamedTuple):
    """What was counted on the way: lines of text, rows, the numbers among them, and the time that they took.

    `first_changed` is a line, counted from 1: the first with a row that does not pass through as it stood, or 0.
    """

    lines: int = 0
    rows: int = 0
    missing: int = 0
    bad: int = 0
    changed: int = 0
    first_changed: int = 0
    numbers: int = 0
    undefined: int = 0
    doubtful: int = 0
    nanoseconds: int = 0

    def plus(self, other: tuple[int, ...]) -> Tally:
        """Both together, of which the other comes after the lines of this one."""
        first = self.first_changed or (other[_FIRST_CHANGED] and self.lines + other[_FIRST_CHANGED] - 1)
        return Tally(*(a + b for a, b in zip(self, other, strict=True)))._replace(first_changed=first)


_FIRST_CHANGED = Tally._fields.index("first_changed")


Answers = Callable[[Iterable[Block]], Iterator[tuple[Block, Values]]]
"""From blocks of points to their values; a block may come back point by point."""


class Stream:
    """The rows of a table, their answers, and what was counted while they passed by.

    Args:
        needed: see `Needed`.
        given: the values of the variables that have no column; `texts`: as they were written.
        processes: how many may work side by side; `None`: as many as there are processors.
    """

    def __init__(
        self,
        table: Table,
        answers: Answers,
        needed: Needed,
        given: Mapping[str, float],
        texts: Mapping[str, str],
        processes: int | None = None,
    ) -> None:
        self.table = table
        self.answers = answers
        self.needed = needed
        self.given = given
        self.texts = texts
        self.processes = workers.processors() if processes is None else processes
        self.tally = Tally(lines=table.first_line)
        self.first_bad: GradcliError | None = None

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
        pace = _Pace(self.table)
        here, blocks = self._here(body), self.table.raw()
        if self.table.format in BINARY:
            results: Iterator[workers.Result] = map(here, blocks)
        else:
            results = workers.in_order(
                self._apart(body), here, blocks, 2 * text.BLOCK_BYTES, pace.worth, self.processes
            )
        for piece, counts in results:
            pace.took(counts[-1])
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
            parsed = self._parsed(raw)
            self.tally = self.tally.plus(_counts_of_rows(parsed))
            for block, values in self._evaluated(parsed.block):
                self.tally = self.tally.plus(_counts_of_numbers(block, values))
                yield block, values
            self._stop_if_failed()

    def _written(self, parsed: Parsed, *, answer: Numbers, style: Style, body: Any) -> tuple[bytes, Tally]:
        """The rows of a block as text, and what was counted."""
        texts, tally = [], _counts_of_rows(parsed)
        for block, values in self._evaluated(parsed.block):
            texts.append(body(answer, block, values, style))
            tally = tally.plus(_counts_of_numbers(block, values))
        return b"".join(texts), tally

    def _evaluated(self, block: Block) -> Iterator[tuple[Block, Values]]:
        """The values at a block of points; nan in the rows of which it says that they have no answer."""
        if not block.rows:
            return
        points: dict[str, Any] = {**self.given, **block.columns}
        if not points:
            for _, values in self.answers([Block(1, {})]):
                yield block, _spread(values, block.rows)
            return
        first = 0
        for found, values in self.answers(
            [block._replace(columns=_sound(points, block), texts=self.texts, read=self.needed.columns)]
        ):
            own = {name: column[first : first + found.rows] for name, column in block.columns.items()}
            first += found.rows
            if found.said:  # what stood in for rows without an answer is no number of the table's
                found, values = found._replace(columns={**found.columns, **own}), _blanked(values, list(found.said))
            yield found, values

    def _apart(self, body: Any) -> Any:
        """The work on a block in another process, which doesn't know its place: the first bad row is told of here."""

        def work(raw: bytes) -> workers.Result:
            start = perf_counter_ns()
            parsed = self.table.parse(raw, 1, self.needed)
            if parsed.first_bad is not None and self.first_bad is None:
                self.first_bad = parsed.first_bad
                raise parsed.first_bad
            return _timed(body(parsed), start)

        return work

    def _here(self, body: Any) -> Any:
        """The work on the next block, here."""

        def work(raw: bytes) -> workers.Result:
            start = perf_counter_ns()
            return _timed(body(self._parsed(raw)), start)

        return work

    def _parsed(self, raw: Any) -> Parsed:
        parsed = self.table.parse(raw, self.tally.lines, self.needed)
        self.first_bad = self.first_bad or parsed.first_bad
        return parsed

    def _stop_if_failed(self) -> None:
        if self.first_bad is not None and self.needed.on_error == "fail":
            raise self.first_bad


class _Pace:
    """How much is read at once: as much as is done in a moment, so that rows, progress and interrupts come soon."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self.share = _FIRST_SHARE
        self.heavy = False
        table.pace(self.share)

    def took(self, nanoseconds: int) -> None:
        """A block took so long."""
        self.heavy = self.heavy or nanoseconds > _SHORT
        if nanoseconds > _LONG:
            self.share = max(self.share / _FASTER, _LEAST_SHARE)
        elif nanoseconds < _SHORT:
            self.share = min(self.share * _FASTER, 1.0)
        self.table.pace(self.share)

    def worth(self, block: bytes) -> bool:
        """Whether a block is worth another process."""
        return len(block) >= text.BLOCK_BYTES * (self.share if self.heavy else 1.0) / 2


def _sound(points: Mapping[str, Any], block: Block) -> dict[str, Any]:
    """The points, of which at least one is an array; rows without an answer stand where another does.

    So they make no trouble by themselves, and the others' answers do not depend on them.
    """
    import numpy as np

    without = list(block.said)
    sound = np.ones(block.rows, bool)
    sound[without] = False
    like = int(np.argmax(sound)) if sound.any() else None
    found = dict(points)
    if not block.columns:  # so that there is a row for each row of the table
        name = next(iter(points))
        found[name] = np.full(block.rows, points[name])
    for name, column in block.columns.items() if without else ():
        found[name] = column.copy()
        found[name][without] = 0.5 if like is None else column[like]
    return found


def _blanked(values: Values, rows: list[int]) -> Values:
    """The values, with nothing in some rows."""
    return values.replaced(
        columns={name: _without(column, rows, float("nan")) for name, column in values.columns.items()},
        status={name: _without(codes, rows, 0) for name, codes in values.status.items()},
    )


def _without(column: Any, rows: list[int], nothing: float) -> Any:
    """A column with nothing in some rows."""
    if column is None:
        return None
    column = column.copy()
    if isinstance(column, list):
        for row in rows:
            column[row] = nothing
    else:
        column[rows] = nothing
    return column


def _spread(values: Values, rows: int) -> Values:
    """The answer of one point, for as many rows."""
    spread = {
        kind: {name: None if column is None else list(column) * rows for name, column in getattr(values, kind).items()}
        for kind in ("columns", "status", "cause", "error")
    }
    return values.replaced(**spread)


def _timed(result: tuple[bytes, Tally], start: int) -> workers.Result:
    """A result with the time that it took since a start."""
    piece, tally = result
    return piece, tally._replace(nanoseconds=perf_counter_ns() - start)


def _counts_of_rows(parsed: Parsed) -> Tally:
    return Tally(parsed.lines, parsed.block.rows, parsed.missing, parsed.bad, parsed.changed, parsed.first_changed)


def _counts_of_numbers(block: Block, values: Values) -> Tally:
    undefined, doubtful = count_statuses(values)
    numbers = (block.rows - len(block.said)) * len(values.partials)
    return Tally(numbers=numbers, undefined=undefined, doubtful=doubtful)

"""`--points`: the table that `eval` goes over, from opening it to what is said at the end."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from gradcli.cli.options import InputOptions, OutputOptions, TableOptions
from gradcli.cli.output import make_style
from gradcli.cli.progress import shown_progress
from gradcli.cli.sink import write_pieces
from gradcli.cli.sources import quote, say, say_doubts
from gradcli.errors import DataError, GradcliError, UsageError
from gradcli.operations import CONSTANTS
from gradcli.points import Block, Given, unknown_variable
from gradcli.render import FORMATS, Numbers
from gradcli.render.rows import status_column
from gradcli.tables import BINARY, Needed, Table, bind, open_table, twice

if TYPE_CHECKING:
    from gradcli.stream import Answers, Stream, Tally


class Points:
    """A table whose columns are known, before the expression is."""

    def __init__(self, table: Table, options: TableOptions, given: Given | None) -> None:
        self.table = table
        self.options = options
        self.given = given
        self.values = given.values if given is not None else {}
        self.texts = given.texts() if given is not None else {}
        self.name = table.name
        self.columns = table.columns
        self.renamed = options.renamed()
        self.names = {self.renamed.get(name, name) for name in table.columns}

    def name_columns(self, variables: Sequence[str]) -> None:
        """Gives the columns of a table without names the variables' names, in their order.

        Raises:
            DataError: there are more or fewer of them.
        """
        self.table.name_columns(tuple(name for name in variables if name not in self.values))
        self.columns = self.table.columns

    def bound(self, variables: Sequence[str]) -> dict[str, str]:
        """The column of each variable that has no value of its own.

        Raises:
            DataError: a column is missing, or there twice.
            UsageError: a value or a `--rename` is for no variable.
        """
        bound = bind(self.table, tuple(variables), self.renamed, self.values)
        for name in self.values:
            if name not in variables:
                raise unknown_variable(name, variables, self.given, variables)
        return bound

    def pipe(self, out: OutputOptions) -> str:
        """The format of its rows where nobody asks for another: its own, or CSV where that is binary, for stdout."""
        return "csv" if self.table.format in BINARY and out.output in (None, "-") else self.table.format

    def write(self, answer: Numbers, answers: Answers, out: OutputOptions) -> Tally:
        """Writes the answer, and says on stderr what was missing or bad; what was counted on the way."""
        from gradcli.stream import Stream, Tally

        table = self.table
        if not table.columns:  # no object that would say what columns there are
            write_pieces((), out.output, binary=make_style(out, self.pipe(out), FORMATS).traits.binary)
            return Tally()
        bound = self.bound(answer.variables)
        for name in CONSTANTS:
            if name in bound:
                say(f"note: {name} is a variable here: {table.name} has that column")
        style = make_style(out, self.pipe(out), FORMATS)
        repeated = twice(table).intersection(answer.columns)
        if repeated and (out.columns or style.format != table.format):
            raise DataError(
                f"{table.name} has the column '{min(repeated)}' twice",
                hint=f"all columns can be written, as {table.format}",
            )
        names = answer.computed
        if style.status or style.traits.structured:
            told = status_column(answer)
            if told in answer.columns:
                raise UsageError(
                    f"the column '{told}' would be there twice: in {table.name} and for what is said of a row",
                    hint="--columns chooses others",
                )
            names |= {told}
        only = frozenset(table.columns) if not (style.traits.ragged or out.columns) else None
        needed = Needed(bound, self.options.on_error, names, only, whole=not out.columns)
        read = {column: variable for variable, column in bound.items()}
        answer = answer._replace(header=table.header, read=read)
        stream = Stream(table, answers, needed, self.values, self.texts, self.options.workers)
        pieces = shown_progress(stream, stream.pieces(answer, style), out.output)
        write_pieces(pieces, out.output, binary=style.traits.binary)
        _say_counts(stream, self.options.on_error, style.status or not style.traits.separated)
        return stream.tally

    def blocks(self, variables: Sequence[str]) -> Iterator[Block]:
        """The rows that have all values, in blocks; others are counted on stderr.

        Raises:
            DataError: a column is missing, a row is bad.
        """
        self.name_columns(variables)
        bound = self.bound(variables)
        needed = Needed(bound, self.options.on_error)
        line, missing, bad = self.table.first_line, 0, 0
        for raw in self.table.raw():
            if isinstance(raw, bytes) and not raw:
                continue
            parsed = self.table.parse(raw, line, needed)
            line, missing, bad = line + parsed.lines, missing + parsed.missing, bad + parsed.bad
            block = parsed.block.with_answers()
            if block.rows:
                yield block._replace(columns={**self.values, **block.columns}, texts=self.texts, read=bound)
            if parsed.first_bad is not None and needed.on_error == "fail":
                raise parsed.first_bad
        if missing + bad:
            say(f"note: {_rows(missing + bad)} left out: a value is missing or cannot be read")


def table_names(table: Points | None) -> set[str]:
    """The names that the columns of a table give values."""
    return set(table.names) if table is not None else set()


def open_points(
    options: TableOptions, givens: Sequence[Given], ranges: Sequence[str], source: InputOptions
) -> Points | None:
    """Opens the table of `--points`, if it is given.

    Raises:
        UsageError: options that contradict each other.
        DataError: the table cannot be read.
    """
    if not options.points:
        if options.given():
            raise UsageError(f"{options.given()[0]} is for --points", hint="--points FILE names a table")
        return None
    path = options.points[0]
    if len(options.points) > 1:
        raise UsageError(
            f"--points takes one table: '{path}' or '{options.points[1]}'",
            hint="tables with the same header: (cat FIRST; tail -qn +2 OTHERS...) | gradcli ... --points -",
        )
    if ranges:
        raise UsageError("--points and --range contradict each other", hint="leave one out")
    if len(givens) > 1:
        raise UsageError("with --points there can be only one --at", hint="put the values into one: --at y=1,z=2")
    if path == "-" and (not source.expression or source.expression[0] == "-") and source.file in (None, "-"):
        raise UsageError(
            "the expression and the points are both to come from standard input",
            hint='give the expression as an argument: gradcli eval "x^2" --points -',
        )
    if path == "-" and sys.stdin is not None and sys.stdin.isatty():
        raise UsageError("standard input is the terminal: there are no points to read", hint="--points FILE")
    return Points(open_table(path, options.input_format), options, givens[0] if givens else None)


def check_points_given(givens: Sequence[Given], ranges: Sequence[object], source: InputOptions) -> None:
    """Where no point is given but something waits on standard input, the points may be meant.

    Raises:
        UsageError: it does; with the option that reads it.
    """
    if givens or ranges or not source.expression or source.expression[0] == "-" or not _something_waits():
        return
    raise UsageError(
        "no point is given, and something waits on standard input",
        hint=f"to evaluate at each of its rows: gradcli eval {quote(source.expression[0])} --points -",
    )


def _something_waits() -> bool:
    """Whether standard input is a file or a pipe with something in it; nothing is read."""
    try:
        status = os.fstat(sys.stdin.fileno())
        if stat.S_ISFIFO(status.st_mode):
            from array import array
            from fcntl import ioctl
            from termios import FIONREAD

            count = array("i", [0])
            ioctl(sys.stdin.fileno(), FIONREAD, count)
            return count[0] > 0
        return stat.S_ISREG(status.st_mode) and status.st_size > os.lseek(sys.stdin.fileno(), 0, os.SEEK_CUR)
    except (OSError, ValueError, AttributeError, ImportError):
        return False


def _say_counts(stream: Stream, on_error: str, told: bool) -> None:
    tally = stream.tally
    if tally.missing:
        say(
            f"note: {_rows(tally.missing)} {'lacks' if tally.missing == 1 else 'lack'} a value; results are empty there"
        )
    if tally.bad:
        what = "left out" if on_error == "skip" else "results are empty there"
        say(f"note: {_rows(tally.bad)} could not be read: {what}{_first(stream.first_bad)}")
    if tally.changed:
        holds = "row holds" if tally.changed == 1 else "rows hold"
        say(
            f"note: {tally.changed:,} {holds} NaN or Infinity, which JSON cannot say: null and "
            f'"Infinity" stand for them; the first in line {tally.first_changed}'
        )
    if not told:
        say_doubts(tally.undefined, tally.doubtful, tally.numbers)


def _first(error: GradcliError | None) -> str:
    """What was found in the first bad row, and where."""
    if error is None or error.source is None or error.span is None:
        return ""
    line, column = error.source.position(error.span[0])
    return f"; the first in line {line}, column {column}: {error.message}"


def _rows(count: int) -> str:
    return f"{count:,} row{'' if count == 1 else 's'}"

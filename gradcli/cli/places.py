"""Where commands that compare functions look: `--at`, `--range`, `--points`, or points drawn from the domain."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from gradcli.cli.evaluate import Places
from gradcli.cli.options import InputOptions, PointOptions, TableOptions
from gradcli.cli.points import Points, open_points, table_names
from gradcli.points import Block, read_at, read_ranges


class Search(NamedTuple):
    """The options read, before the variables are known.

    Attributes:
        places: `--at` and `--range`.
        table: that of `--points`.
    """

    places: Places
    table: Points | None

    def names(self) -> set[str]:
        """The names that get values."""
        return self.places.names() | table_names(self.table)

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the table."""
        return tuple(sorted(table_names(self.table)))

    @property
    def draws(self) -> bool:
        """Whether no place is given."""
        return self.table is None and not (self.places.givens or self.places.axes)

    @property
    def many(self) -> bool:
        """Whether there may be more than one point."""
        return self.draws or self.table is not None or bool(self.places.axes) or len(self.places.givens) > 1

    def blocks(self, variables: Sequence[str], whole: bool = False) -> Iterable[Block]:
        """The points that are given."""
        return self.table.blocks(variables) if self.table is not None else self.places.blocks(variables, whole)


def search(where: PointOptions, rows: TableOptions, source: InputOptions) -> Search:
    """Reads the options.

    Raises:
        UsageError: they cannot be read, or contradict each other.
        DataError: a file cannot be read.
    """
    places = Places([read_at(text) for text in where.at], read_ranges(where.range))
    return Search(places, open_points(rows, places.givens, where.range, source))

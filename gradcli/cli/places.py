"""Where commands look: `--at` and `--range`; those that compare functions also in a table, or drawn from the domain."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import prod
from typing import NamedTuple

from gradcli.cli.options import InputOptions, PointOptions, TableOptions
from gradcli.cli.points import Points, open_points, table_names
from gradcli.cli.progress import counted
from gradcli.cli.sources import say
from gradcli.points import Axis, Block, Given, at_points, grid_points
from gradcli.written_points import read_at, read_ranges


class Places(NamedTuple):
    """What `--at` and `--range` say, before the variables are known."""

    givens: list[Given]
    axes: list[Axis]

    def names(self) -> set[str]:
        """The names that get values."""
        return {axis.name for axis in self.axes}.union(*(given.values for given in self.givens))

    def size(self) -> int:
        """How many points a grid has."""
        return prod(axis.size for axis in self.axes)

    def blocks(self, variables: Sequence[str], whole: bool = False) -> Iterable[Block]:
        """The points, block by block; of a grid all at once, if they are to be whole."""
        if self.axes:
            return grid_points(self.axes, self.givens, variables, whole=whole)
        return at_points(self.givens, variables)


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
        if self.table is not None:
            return counted(self.table.blocks(variables), None)
        blocks = self.places.blocks(variables, whole)
        return counted(blocks, self.places.size()) if self.places.axes else blocks


def read_places(where: PointOptions, *, spans: bool = False) -> Places:
    """Reads the options; a range that may be meant otherwise is noted on stderr.

    Args:
        spans: whether a range may have two parts alone.

    Raises:
        UsageError: they cannot be read.
        DataError: a file cannot be read.
    """
    places = Places([read_at(text) for text in where.at], read_ranges(where.range, spans=spans))
    for axis in places.axes:
        doubt = axis.doubt()
        if doubt is not None:
            say(f"note: {doubt}")
    return places


def search(where: PointOptions, rows: TableOptions, source: InputOptions) -> Search:
    """Reads the options.

    Raises:
        UsageError: they cannot be read, or contradict each other.
        DataError: a file cannot be read.
    """
    places = read_places(where)
    return Search(places, open_points(rows, places.givens, where.range, source))

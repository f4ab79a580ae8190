"""NumPy's files: `.npy` holds a matrix (its columns are the variables, in their order) or rows with named fields,
`.npz` an array a column.

A matrix in a file is mapped, not read; what comes through a pipe is read as a whole. Nothing in them is run:
pickled objects are refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from io import BytesIO
from typing import Any

import numpy as np

from gradcli.errors import DataError
from gradcli.points import BLOCK_ROWS, Block
from gradcli.tables import Needed, Parsed
from gradcli.tables.cells import missing_rows
from gradcli.tables.text import ByteSource

Array = np.ndarray[Any, np.dtype[Any]]

_MAGIC = {"npy": b"\x93NUMPY", "npz": b"PK"}


def open_table(source: ByteSource, format: str) -> NumpyTable:
    """Opens a table of arrays.

    Raises:
        DataError: it is none, holds objects, or its arrays do not make a table.
    """
    if not source.ahead(len(_MAGIC[format])).startswith(_MAGIC[format]):
        raise DataError(f"{source.name} is no {format} file")
    try:
        if format == "npy" and source.regular and source.path is not None:
            arrays: Any = np.load(source.path, mmap_mode="r", allow_pickle=False)
        else:
            arrays = np.load(BytesIO(source.all()), allow_pickle=False)
            arrays = {name: np.asanyarray(arrays[name]) for name in arrays.files} if format == "npz" else arrays
    except Exception as error:  # whatever a broken file makes zipfile, zlib and NumPy raise
        reason = "it holds Python objects" if "bject" in str(error) else "it is broken"
        raise DataError(f"{source.name} cannot be read as {format}: {reason}") from None
    if format == "npz":
        return NumpyTable(source.name, format, arrays)
    if arrays.dtype.names is not None:  # its elements are rows
        return NumpyTable(source.name, format, {name: arrays[name] for name in arrays.dtype.names})
    return NumpyTable(source.name, format, _matrix(arrays, source.name), named=False)


class NumpyTable:
    """A table of arrays; see `gradcli.tables.Table`.

    Attributes:
        columns: their names; of a matrix the numbers of its columns, until `name_columns` says more.
        named: whether they have names of their own.
    """

    first_line = 1
    header = None

    def __init__(self, name: str, format: str, arrays: Mapping[str, Array], named: bool = True) -> None:
        self.name = name
        self.format = format
        self.named = named
        self.arrays = dict(arrays)
        self.columns = tuple(self.arrays)
        for column, array in self.arrays.items():
            if array.ndim != 1:
                raise DataError(f"the array '{column}' of {name} has {array.ndim} dimensions; a column has one")
        lengths = {len(array) for array in self.arrays.values()}
        if len(lengths) > 1:
            told = ", ".join(f"'{column}' has {len(array)}" for column, array in self.arrays.items())
            raise DataError(f"the arrays in {name} differ in length: {told}")
        self.rows: int | None = lengths.pop() if lengths else 0
        self._done = 0
        self._block = BLOCK_ROWS

    def name_columns(self, names: tuple[str, ...]) -> None:
        """Gives the columns of a matrix their names.

        Raises:
            DataError: it has more or fewer columns.
        """
        if self.named:
            return
        if len(names) != len(self.columns):
            raise DataError(
                f"{self.name} has {len(self.columns)} column{'s' if len(self.columns) != 1 else ''} for"
                f" {len(names)} variable{'s' if len(names) != 1 else ''}: {', '.join(names) or 'none'}",
                hint="a .npy file has a column for each variable, in their order; .npz has columns with names",
            )
        self.arrays = dict(zip(names, self.arrays.values(), strict=True))
        self.columns = names

    def raw(self) -> Iterator[tuple[int, int]]:
        """See `Table.raw`; a raw block is the number of its first row, and of the first row behind it."""
        total = self.rows or 0
        while self._done < total:
            first, self._done = self._done, min(total, self._done + self._block)
            yield first, self._done

    def check(self, columns: Iterable[str]) -> None:
        """See `Table.check`."""
        for column in columns:
            if self.arrays[column].dtype.kind not in "fiu":
                kind = self.arrays[column].dtype
                raise DataError(f"the column '{column}' of {self.name} holds no real numbers but {kind}")

    def pace(self, share: float) -> None:
        """See `Table.pace`."""
        self._block = max(1, int(share * BLOCK_ROWS))

    def progress(self) -> float | None:
        """See `Table.progress`."""
        return self._done / self.rows if self.rows else None

    def parse(self, raw: tuple[int, int], line: int, needed: Needed) -> Parsed:
        """See `Table.parse`."""
        first, last = raw
        columns = {v: np.asarray(self.arrays[c][first:last], np.float64) for v, c in needed.columns.items()}
        passed = {name: np.asarray(array[first:last]) for name, array in self.arrays.items()}
        said = missing_rows(columns, needed.columns)
        return Parsed(Block(last - first, columns, passed=passed, said=said), missing=len(said))


def _matrix(array: Array, name: str) -> dict[str, Array]:
    if array.ndim == 1:
        array = array[:, np.newaxis]
    if array.ndim != 2:
        raise DataError(f"{name} has {array.ndim} dimensions; a table has two, rows and columns")
    return {str(k): array[:, k] for k in range(array.shape[1])}

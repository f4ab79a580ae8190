"""NumPy's .npz: arrays by name, not compressed, as numpy.savez writes them.

Arrays may come in pieces, so that none of them is in memory as a whole. What is no fine number has a code in an array
`NAME_status` beside it, and `statuses` has their texts by code; neither is there if all numbers are fine.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import prod
from typing import Any
from zipfile import ZipFile, ZipInfo

import numpy as np
from numpy.lib.format import write_array_header_1_0

from gradcli.memory import check_memory
from gradcli.render import Arrays, NamedArray, Numbers, Style, numpy_files
from gradcli.results import Status


def arrays(answer: Arrays, style: Style) -> Iterator[bytes]:
    """The archive, in pieces."""
    taken = _Pieces()
    with ZipFile(taken, "w") as archive:  # type: ignore[call-overload]
        for array in answer.arrays:
            # Its date is that of a ZipInfo, always the same: so are the bytes.
            with archive.open(ZipInfo(f"{array.name}.npy"), "w", force_zip64=True) as member:
                shape = array.shape[::-1] if array.fortran else array.shape
                header = {"descr": array.dtype, "fortran_order": array.fortran, "shape": shape}
                write_array_header_1_0(member, header)
                for piece in array.pieces:
                    member.write(np.ascontiguousarray(piece, array.dtype).reshape(-1).view(np.uint8).data)
                    yield from taken.pop()
    yield from taken.pop()


def numbers(answer: Numbers, style: Style) -> Iterator[bytes]:
    """The grid: its axes by name, then each column with the grid's shape; of other points an array a column.

    Raises:
        LimitError: it is larger than the memory.
    """
    if not answer.grid:
        return numpy_files.numbers(answer, style)
    shape = tuple(axis.size for axis in answer.grid)
    check_memory(8 * prod(shape) * len(answer.columns), "rows need little memory: -o FILE.csv")
    axes = {axis.name: axis.values(np.arange(axis.size, dtype=float)) for axis in answer.grid}
    columns = {name: np.empty(prod(shape)) for name in answer.columns if name not in answer.variables}
    codes: dict[str, Any] = {}
    row = 0
    fixed: dict[str, Any] = {}
    for block, values in answer.blocks:
        rows = slice(row, row + block.rows)
        for name, column in columns.items():
            column[rows] = values.columns[name]
            status = values.status.get(name)
            if status is not None and np.any(status):
                codes.setdefault(name, np.zeros(prod(shape), np.uint8))[rows] = status
        fixed = {name: column for name, column in block.columns.items() if name not in axes}
        row += block.rows
    found = {name: axes[name] if name in axes else fixed.get(name, np.nan) for name in answer.variables}
    found |= {name: column.reshape(shape) for name, column in columns.items()}
    found |= {f"{name}_status": column.reshape(shape) for name, column in codes.items()}
    found |= {"statuses": np.array([status.text for status in Status])} if codes else {}
    return arrays(Arrays(map(whole, found, map(np.asarray, found.values()))), style)


def whole(name: str, array: Any) -> NamedArray:
    """An array that is there as a whole."""
    return NamedArray(name, array.shape, array.dtype.str, [array])


class _Pieces:
    """A file for `ZipFile` that cannot seek: what is written waits to be taken."""

    def __init__(self) -> None:
        self.waiting: list[Any] = []

    def write(self, data: Any) -> int:
        """Keeps what the archive writes."""
        self.waiting.append(data)
        return len(data)

    def flush(self) -> None:
        """Nothing is kept back."""

    def pop(self) -> Iterator[Any]:
        """What was written since the last time."""
        waiting, self.waiting = self.waiting, []
        return iter(waiting)

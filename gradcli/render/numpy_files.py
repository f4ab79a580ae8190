"""NumPy's files: `.npy` is a matrix of all columns, `.npz` has an array a column. They hold numbers only.

Both say at their beginning how long they are, so they are made in memory and written at the end.
"""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from itertools import chain
from math import prod
from typing import Any
from zipfile import ZipFile, ZipInfo

import numpy as np

from gradcli.errors import DataError
from gradcli.memory import check_memory
from gradcli.points import Block
from gradcli.render import Numbers, Style
from gradcli.render.numbers import rounded
from gradcli.render.rows import column_array
from gradcli.results import Values
from gradcli.tables.cells import BadCell, number_in

_COPIES = 4  # of all numbers that there are at once: the blocks, the columns, the matrix, the file


def numbers(answer: Numbers, style: Style) -> Iterator[bytes]:
    """The file; a number that is none is nan. What ends the rows early leaves a file with those before.

    Raises:
        DataError: a column holds text.
        LimitError: a grid has more points than there is memory for.
    """
    if answer.grid:
        size = prod(axis.size for axis in answer.grid) * len(answer.columns)
        check_memory(_COPIES * 8 * size, "rows need little memory: -o FILE.csv")
    found: dict[str, list[Any]] = {name: [] for name in answer.columns}
    try:
        for block, values in answer.blocks:
            columns = {name: _column(answer, block, values, name, style) for name in answer.columns}
            rows = min(len(column) for column, _ in columns.values())
            for name, (column, _) in columns.items():
                found[name].append(column[:rows])
            for column, text in columns.values():
                if text is not None and len(column) == rows:
                    raise text
    except GeneratorExit:
        return
    except BaseException:
        if any(map(len, chain(*found.values()))):
            yield _file(found, style)
        raise
    yield _file(found, style)


def _column(answer: Numbers, block: Block, values: Values, name: str, style: Style) -> tuple[Any, DataError | None]:
    """The numbers of a column, and an error if there is text behind them."""
    if name in values.columns and name not in block.passed:
        column = values.columns[name]
        return np.array([rounded(n, style.digits) for n in column] if style.digits else column, np.float64), None
    if name in block.passed and hasattr(block.passed[name], "dtype"):
        if style.format == "npy" and block.passed[name].dtype.kind not in "fiub":
            return np.empty(0), _text(name, style)
        return block.passed[name], None
    if name in answer.read or name not in block.passed:
        return column_array(block, answer.read.get(name, name)), None
    numbers: list[float] = []
    for cell in block.passed[name]:
        try:
            numbers.append(number_in("" if cell is None else str(cell)))
        except BadCell:
            return np.array(numbers), _text(name, style)
    return np.array(numbers), None


def _text(name: str, style: Style) -> DataError:
    message = f"the column '{name}' holds text, which {style.format} cannot hold"
    return DataError(message, hint="--columns chooses others")


def _file(found: dict[str, list[Any]], style: Style) -> bytes:
    columns = {name: np.concatenate(parts) if parts else np.empty(0) for name, parts in found.items()}
    file = BytesIO()
    if style.format == "npz":  # np.savez has names of its own, such as `file`, and writes the time
        with ZipFile(file, "w") as archive:
            for name, column in columns.items():
                with archive.open(ZipInfo(f"{name}.npy"), "w", force_zip64=True) as entry:
                    np.lib.format.write_array(entry, column, allow_pickle=False)
    else:
        np.save(file, np.stack(list(columns.values()), 1).astype(np.float64), allow_pickle=False)
    return file.getvalue()

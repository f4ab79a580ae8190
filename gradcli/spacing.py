"""What is passed as spacing: numpy.gradient's rules for it, and the mistakes that they let pass.

A number is a distance of neighbours; a file has coordinates, never distances. There is one number for all axes, or one
number or file for each axis in the order of the axes: numpy.gradient's own rules, and what they do not allow is
refused here too. What they allow and is hardly meant, `doubts` says.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from gradcli.differences import Array
from gradcli.errors import DataError, UsageError
from gradcli.files import read_file
from gradcli.results import number_text
from gradcli.sampled import GridAxis
from gradcli.samples import read_arrays

_HINT = "give one number for all axes, or one number or file for each axis, in their order"


class Spacing(NamedTuple):
    """One `--spacing`.

    Attributes:
        value: a distance, or an array of coordinates.
        name: of the file that it comes from; empty for a number.
    """

    value: Any = 1.0
    name: str = ""


def read_spacing(text: str) -> Spacing:
    """A number, or a file of coordinates.

    Raises:
        UsageError: it is neither.
        DataError: the file cannot be read, or has no numbers.
    """
    try:
        number = float(text)
    except ValueError:
        return Spacing(_coordinates(text), text)
    if not math.isfinite(number):
        raise UsageError(f"a spacing is a finite number, not {text}")
    return Spacing(number)


def _coordinates(path: str) -> Array:
    if not os.path.exists(path):
        raise UsageError(f"--spacing '{path}' is neither a number nor a file", hint=_HINT)
    if os.path.splitext(path)[1].lower() == ".npy":
        found: Array = next(iter(read_arrays(path).values()))
        if found.dtype.kind in "mM":
            raise DataError(
                f"the coordinates in '{path}' are dates, which numpy.gradient refuses as spacing",
                hint="save them as numbers: (t - t[0]) / numpy.timedelta64(1, 's')",
            )
        if found.dtype.kind == "c":
            raise DataError(f"the coordinates in '{path}' are complex")
        return found
    source = read_file(path)
    numbers = []
    for word in re.finditer(r"[^\s,;]+", source.text):
        try:
            numbers.append(float(word[0]))
        except ValueError:
            raise DataError(f"'{word[0]}' is no coordinate", source=source, span=word.span()) from None
    return np.array(numbers)


def for_axes(shape: Sequence[int], axes: Sequence[int], given: Sequence[Spacing]) -> list[Spacing]:
    """The spacing of each of some axes of an array, by numpy.gradient's rules.

    Raises:
        UsageError: they are not one for all or one for each axis, or do not fit their axis.
    """
    if not given:
        return [Spacing()] * len(axes)
    if len(given) == 1 and np.ndim(given[0].value) == 0:
        return [given[0]] * len(axes)
    if len(given) != len(axes):
        counted = (
            f"{len(given)} spacing{'s' if len(given) > 1 else ''} for {len(axes)} ax{'e' if len(axes) > 1 else 'i'}s"
        )
        raise UsageError(counted, hint=_HINT)
    for axis, spacing in zip(axes, given, strict=True):
        _check(shape, axis, spacing)
    return list(given)


def _check(shape: Sequence[int], axis: int, spacing: Spacing) -> None:
    places = spacing.value
    if np.ndim(places) > 1:
        hint = _HINT
        for k in range(places.ndim):
            line = places[tuple(slice(None) if j == k else slice(0, 1) for j in range(places.ndim))]
            if (places == line).all():
                hint = f"it varies along axis {k} only, as numpy.meshgrid makes it: give that line of it, for axis {k}"
        raise UsageError(f"the coordinates in '{spacing.name}' have {places.ndim} dimensions, not one", hint=hint)
    if np.ndim(places) == 1 and len(places) != shape[axis]:
        fits = [str(k) for k, size in enumerate(shape) if size == len(places)]
        raise UsageError(
            f"axis {axis} has {shape[axis]} samples and '{spacing.name}' {len(places)} coordinates",
            hint=f"so many samples has axis {' or '.join(fits)}: spacings go in the order of the axes"
            if fits
            else "a file has one coordinate for each sample; a single distance is given as a number",
        )


def doubts(axes: Sequence[int], spacings: Sequence[Spacing], shape: Sequence[int]) -> Iterator[str]:
    """What was hardly meant, though numpy.gradient computes with it."""
    for axis, spacing in zip(axes, spacings, strict=True):
        if np.ndim(spacing.value):
            yield from _doubts_of_coordinates(axis, spacing)
        elif spacing.value == 0:
            yield f"the samples of axis {axis} are 0 apart, so its derivatives are infinite"
    stems = [os.path.splitext(os.path.basename(spacing.name))[0].lower() for spacing in spacings]
    if len(shape) == 2 and list(axes) == [0, 1] and shape[0] == shape[1] and [s[:1] for s in stems] == ["x", "y"]:
        yield (
            f"'{spacings[0].name}' is taken along axis 0, down the rows; if the array is f[y, x], as numpy.meshgrid and"
            " images have it, give y first"
        )


def _doubts_of_coordinates(axis: int, spacing: Spacing) -> Iterator[str]:
    places = np.asarray(spacing.value, np.float64)
    gaps = np.diff(places)
    if not len(places):
        return
    if not np.isfinite(places).all():
        yield f"some coordinates of axis {axis} in '{spacing.name}' are no numbers"
    elif not gaps.any():
        yield (
            f"'{spacing.name}' puts all samples of axis {axis} at {number_text(places[0])}: a file has coordinates;"
            f" if these are distances, give the number: --spacing {number_text(places[0])}"
        )
    elif not ((gaps > 0).all() or (gaps < 0).all()):
        where = int(np.argmax(np.sign(gaps) != np.sign(gaps[0]) if gaps[0] else gaps == 0)) + 1
        yield (
            f"the coordinates of axis {axis} in '{spacing.name}' do not go one way:"
            f" after {number_text(places[where - 1])} comes {number_text(places[where])} (number {where + 1});"
            " are they distances, or those of another axis?"
        )


def described(axis: GridAxis, file: str = "") -> str:
    """How the samples of an axis lie, in a few words."""
    count = f"{axis.size:,} sample{'' if axis.size == 1 else 's'}"
    cycle = "" if axis.period is None else f", periodic with {number_text(axis.period)}"
    if np.ndim(axis.spacing) == 0:
        return f"{count}, {number_text(axis.spacing)} apart{cycle}"
    places = axis.coordinates()
    if axis.size < 2:
        return count
    ends = f"{number_text(places[0])} to {number_text(places[-1])}"
    gaps = np.diff(places)
    even = np.allclose(gaps, gaps[0], rtol=1e-9, atol=0.0)
    how = f"{number_text(float(gaps[0]))} apart" if even else "unevenly"
    return f"{count}{f' at {file}' if file else ''}, {ends}, {how}{cycle}"

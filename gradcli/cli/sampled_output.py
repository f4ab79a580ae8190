"""What `gradcli sampled` writes: the derivatives of grids, as rows or as arrays."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import combinations_with_replacement
from typing import TYPE_CHECKING, Any, NamedTuple

from gradcli.cli.columns import choose_columns
from gradcli.cli.options import OutputOptions, split_names
from gradcli.cli.output import make_style, write
from gradcli.cli.sampled_input import Grid, axis_place, label
from gradcli.cli.sources import say
from gradcli.errors import UsageError
from gradcli.render import GRID_FORMATS, Arrays, Listing, NamedArray, Numbers

if TYPE_CHECKING:
    from gradcli.sampled import Derivative, Differentiation, Field


class KindOptions(NamedTuple):
    """What is to be derived, and how."""

    order: int | None
    hessian: bool
    partial: tuple[str, ...]
    laplacian: bool
    divergence: bool
    curl: bool
    edge_order: str | None
    accuracy: str | None
    errors: bool


def write_grid(grid: Grid, what: KindOptions, out: OutputOptions) -> None:
    """Writes the derivatives of one grid.

    Raises:
        UsageError: what is asked for does not fit the grid, or the format.
    """
    answer = _answer(grid, what)
    field = grid.field
    computed = [*answer.derivatives, *answer.errors]
    inputs = [axis.name for axis in field.axes] + list(field.components)
    _no_twins([*inputs, *computed])
    columns = choose_columns(out.columns, (*inputs, *computed))
    missing: Counter[str] = Counter()
    if make_style(out, "csv", GRID_FORMATS).traits.binary:
        # What is in an array file already is not written once more.
        names = columns if grid.gathered or out.columns else tuple(computed)
        write(Arrays(_arrays(field, answer, names, missing)), out, "csv", GRID_FORMATS)
    else:
        shown = tuple(computed) if out.bare and not out.columns else columns
        write(_numbers(field, answer, shown, missing), out, "csv", GRID_FORMATS)
    _say_missing(missing)


def write_groups(grids: Iterator[Grid], what: KindOptions, out: OutputOptions) -> None:
    """Writes the derivatives of several grids, one after the other, with the group's columns before the others.

    Raises:
        UsageError: what is asked for does not fit, or the format has no groups.
    """
    if out.bare:
        raise UsageError("--bare has no room for the names of groups", hint="leave out --bare, or --group")
    if make_style(out, "csv", GRID_FORMATS).traits.binary:
        raise UsageError("groups are written as rows", hint="write them to a CSV: -o FILE.csv")
    missing: Counter[str] = Counter()
    columns: tuple[str, ...] = ()
    records: list[dict[str, Any]] = []
    for grid in grids:
        answer = _answer(grid, what, lenient=True)
        inputs = [axis.name for axis in grid.field.axes] + list(grid.field.components)
        names = [*inputs, *answer.derivatives, *answer.errors]
        columns = (*grid.group, *names)
        _no_twins(columns)
        for block, found in _blocks(grid.field, answer, names, missing):
            cells = [(found.columns[n] if n in found.columns else block.columns[n]).tolist() for n in names]
            records += [{**grid.group, **dict(zip(names, row, strict=True))} for row in zip(*cells, strict=True)]
    shown = choose_columns(out.columns, columns)
    write(Listing(shown, [{name: record[name] for name in shown} for record in records]), out, "csv", GRID_FORMATS)
    _say_missing(missing)


# --- what is computed -------------------------------------------------------------------------------------


class _Answer(NamedTuple):
    """The columns of a grid, computed when asked for: samples, derivatives, and errors by their names.

    Attributes:
        without: the derivatives that the samples do not suffice for.
    """

    plan: Differentiation
    derivatives: dict[str, Derivative]
    errors: dict[str, Derivative]
    without: frozenset[str] = frozenset()

    def rows(self, name: str, start: int, stop: int) -> Any:
        """A column at some rows of the first axis."""
        if name in self.plan.field.components:
            return self.plan.field.components[name][start:stop]
        derivative = self.derivatives[name] if name in self.derivatives else self.errors[name]
        if derivative.name in self.without:
            import numpy as np

            return np.full((stop - start, *self.plan.field.shape[1:]), np.nan)
        return (
            self.plan.rows(derivative, start, stop)
            if name in self.derivatives
            else self.plan.errors(derivative, start, stop)
        )

    def transposed(self) -> _Answer:
        """The same with the axes in reverse order."""
        plan = self.plan
        return self._replace(plan=type(plan)(plan.field.transposed(), plan.edge_order, plan.accuracy))


def columns_of(grid: Grid, what: KindOptions) -> dict[Derivative, Any]:
    """The samples of a grid and their derivatives, each as an array.

    Raises:
        UsageError: what is asked for does not fit the grid.
    """
    from gradcli.sampled import partial

    answer = _answer(grid, what)
    derivatives = [*(partial(name, ()) for name in grid.field.components), *answer.derivatives.values()]
    return {derivative: answer.rows(derivative.name, 0, grid.field.shape[0]) for derivative in derivatives}


def _answer(grid: Grid, what: KindOptions, *, lenient: bool = False) -> _Answer:
    """What is to be computed.

    Args:
        lenient: whether derivatives that the samples do not suffice for are said and left out.
    """
    from gradcli.sampled import Differentiation

    accuracy = int(what.accuracy) if what.accuracy else None
    plan = Differentiation(grid.field, int(what.edge_order or 1), accuracy)
    derivatives = {derivative.name: derivative for derivative in _wanted(grid, what)}
    without: dict[str, UsageError] = {}
    for name, derivative in derivatives.items():
        try:
            plan.check(derivative)
        except UsageError as error:
            if not lenient:
                raise
            without[name] = error
    if without:
        reason = next(iter(without.values())).message
        say(f"warning: {label(grid.group)}: without {', '.join(without)}: {reason}")
    dated = any(array.dtype.kind in "mM" for array in grid.field.components.values())
    first = all(len(term.partial.by) == 1 for derivative in derivatives.values() for term in derivative.terms)
    if dated and (accuracy or what.errors or not first):
        raise UsageError("of dates and durations there are only numpy.gradient's first derivatives")
    errors = {f"{name}_error": derivative for name, derivative in derivatives.items()} if what.errors else {}
    return _Answer(plan, derivatives, errors, frozenset(without))


def _wanted(grid: Grid, what: KindOptions) -> list[Derivative]:
    """The derivatives that are asked for, in the order of the columns."""
    from gradcli import sampled

    components, along = list(grid.field.components), grid.along
    names = [axis.name for axis in grid.field.axes]
    asked = [
        tuple(names[axis_place(name, names, "--partial")] for name in split_names(text, "--partial"))
        for text in what.partial
    ]
    highest = max(what.order or 0, 2 if what.hessian else 0)
    if not (highest or asked or what.laplacian or what.divergence or what.curl):
        highest = 1
    multi = [by for k in range(1, highest + 1) for by in combinations_with_replacement(along, k)]
    multi = sorted(dict.fromkeys([*multi, *asked]), key=len)
    found = [sampled.partial(component, by) for component in components for by in multi]
    found += [sampled.laplacian(component, along) for component in components] if what.laplacian else []
    found += [sampled.divergence(components, along)] if what.divergence else []
    found += sampled.curl(components, along) if what.curl else []
    return found


def _no_twins(columns: Sequence[str]) -> None:
    repeated = [name for name, count in Counter(columns).items() if count > 1]
    if repeated:
        raise UsageError(f"the column '{repeated[0]}' would be there twice", hint="rename it in the input")


# --- arrays and rows --------------------------------------------------------------------------------------


def _arrays(field: Field, answer: _Answer, names: Sequence[str], missing: Counter[str]) -> Iterator[NamedArray]:
    """The arrays of some columns; what is stored by columns is read and written so."""
    from gradcli.render.npz import whole
    from gradcli.sampled import slabs

    fortran = len(field.shape) > 1 and all(array.flags.fnc for array in field.components.values())
    if fortran:
        answer = answer.transposed()
        field = answer.plan.field
    axes = {axis.name: axis for axis in field.axes}
    for name in names:
        if name in axes:
            yield whole(name, axes[name].coordinates())
            continue
        dtype = answer.rows(name, 0, 0).dtype.str  # told by no rows at all
        pieces = (_counted(name, answer.rows(name, start, stop), missing) for start, stop in slabs(field))
        yield NamedArray(name, field.shape, dtype, pieces, fortran)


def _numbers(field: Field, answer: _Answer, columns: tuple[str, ...], missing: Counter[str]) -> Numbers:
    """The same as rows: the coordinates, the samples, what was derived."""
    from gradcli.naming import Partial

    for name, array in field.components.items():
        if array.dtype.kind in "cmM":
            raise UsageError(f"'{name}' holds {array.dtype}, which only arrays hold", hint="write arrays: -o FILE.npz")
    components = tuple(field.components)
    firsts = [derivative.terms[0].partial for derivative in answer.derivatives.values()]
    partials = [partial for partial in firsts if partial.name in answer.derivatives]
    variables = tuple(axis.name for axis in field.axes)
    blocks = _blocks(field, answer, columns, missing)
    return Numbers(variables, components, (*map(Partial, components), *partials), columns, blocks, True)


def _blocks(field: Field, answer: _Answer, columns: Sequence[str], missing: Counter[str]) -> Iterator[Any]:
    import numpy as np

    from gradcli.points import Block
    from gradcli.program import Builder, Program
    from gradcli.results import Values
    from gradcli.sampled import slabs

    program = Program(Builder(), (), ())
    first, *others = (axis.coordinates() for axis in field.axes)
    for start, stop in slabs(field):
        places = np.broadcast_arrays(*np.ix_(first[start:stop], *others))
        inputs = {axis.name: column.ravel() for axis, column in zip(field.axes, places, strict=True)}
        computed = {
            name: _counted(name, np.asarray(answer.rows(name, start, stop), np.float64).ravel(), missing)
            for name in columns
            if name not in inputs
        }
        status = {name: _status(numbers) for name, numbers in computed.items() if name not in answer.errors}
        yield Block(places[0].size, inputs), Values((), computed, {}, status, {}, program)


def _status(numbers: Any) -> Any:
    """Where there is no number; None if all of them are fine."""
    import numpy as np

    from gradcli.results import Status

    fine = np.isfinite(numbers)
    return None if fine.all() else np.where(fine, Status.FINE, Status.UNDEFINED).astype(np.uint8)


def _counted(name: str, numbers: Any, missing: Counter[str]) -> Any:
    """The numbers; those that are none are counted."""
    import numpy as np

    fine = np.isfinite(numbers)
    if not fine.all():
        missing[name] += fine.size - int(np.count_nonzero(fine))
    return numbers


def _say_missing(missing: Counter[str]) -> None:
    if missing:
        told = ", ".join(f"{count:,} of {name}" for name, count in missing.items())
        say(f"note: numbers that are none, infinite or next to a missing sample: {told}")

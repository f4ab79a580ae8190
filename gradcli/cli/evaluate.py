"""`gradcli eval`: the value and the partials, as numbers at points."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from gradcli.cli.columns import beside, choose_columns, with_beside
from gradcli.cli.group import command as make_command
from gradcli.cli.options import (
    BackendOptions,
    DerivativeOptions,
    InputOptions,
    OutputOptions,
    PointOptions,
    PrecisionOptions,
    TableOptions,
    backend_options,
    derivative_options,
    input_options,
    output_options,
    own_options,
    point_options,
    precision_options,
    strict_option,
    table_options,
)
from gradcli.cli.output import write
from gradcli.cli.points import Points, check_points_given, open_points
from gradcli.cli.sources import read_program, say
from gradcli.errors import GradcliError, UsageError
from gradcli.naming import Partial
from gradcli.points import Axis, Block, Given, at_points, grid_points, read_at, read_ranges
from gradcli.render import FORMATS, Numbers
from gradcli.results import Values, count_statuses

if TYPE_CHECKING:
    from gradcli.engine import Evaluation

EXAMPLES = (
    'gradcli eval "q*chi*delta" --at q=1,chi=2,delta=3',
    'gradcli eval "sin(x)/x" --range x=0.1:1:0.1 --format csv',
    'gradcli eval "x^2" --range x=0:1:0.1 | gradcli eval "g = x^3" --points -',
    'gradcli eval "x^2*y" --at x=1,y=2 --hessian --backend finite-difference',
    'gradcli eval "(1-cos(x))/x^2" --at x=1e-8 --digits 30',
    'g=$(gradcli eval "x^2" --at x=3 --bare --columns df_dx)',
)


class UndefinedError(GradcliError):
    """Under `--strict`: a number is undefined or not converged."""

    exit_code: ClassVar[int] = 4


class Places(NamedTuple):
    """What `--at` and `--range` say, before the variables are known."""

    givens: list[Given]
    axes: list[Axis]

    def names(self) -> set[str]:
        """The names that get values."""
        return {axis.name for axis in self.axes}.union(*(given.values for given in self.givens))

    def blocks(self, variables: Sequence[str]) -> Iterable[Block]:
        """The points, block by block."""
        if self.axes:
            return grid_points(self.axes, self.givens, variables)
        return at_points(self.givens, variables)


@make_command(examples=EXAMPLES, short_help="the value and the partials, as numbers at points")
@input_options
@derivative_options
@point_options
@table_options
@precision_options
@backend_options
@output_options(FORMATS)
@strict_option
def command(
    source: InputOptions, what: DerivativeOptions, where: PointOptions, rows: TableOptions,
    precision: PrecisionOptions, how: BackendOptions, out: OutputOptions, strict: bool,
) -> None:  # fmt: skip
    """Evaluate EXPR and its partial derivatives at points.

    Without EXPR it is read from standard input. Partials that the document gives itself are taken
    as written, unless --backend names who is to derive them anew.
    """
    from gradcli import engine

    places = Places([read_at(text) for text in where.at], read_ranges(where.range))
    table = open_points(rows, places.givens, where.range, source) if rows.points is not None else None
    if table is None and rows.given():
        raise UsageError(f"{rows.given()[0]} is for --points", hint="--points FILE names a table")
    named = what.named() | places.names() | set(table.names if table is not None else ())
    program = read_program(source, named, "eval")
    if table is not None:
        table.name_columns(program.variables)
    elif program.variables:
        check_points_given(places.givens, places.axes, source)
    blocks = None if table is not None else places.blocks(program.variables)
    partials = engine.wanted(program, wrt=what.variables, order=what.order, hessian=what.hessian, partial=what.partials)
    inputs = table.columns if table is not None else program.variables
    columns = _columns(inputs, partials, precision, out, table)
    chosen = frozenset(columns)
    shown = [partial for partial in partials if not chosen.isdisjoint((partial.name, *beside(partial, precision)))]
    if how.backend is not None and any((p.output, p.by) in program.given for p in shown):
        say(f"note: --backend {how.backend} derives the partials that the document gives anew")
    prepared = engine.prepare(program, shown, how.backend, own_options(how))
    outputs = tuple(output.name for output in program.outputs)
    many = table is not None or bool(places.axes) or len(places.givens) > 1
    answer = Numbers(program.variables, outputs, tuple(shown), columns, (), many)
    answers = partial(_answers, prepared, precision)
    if table is not None:
        tally = table.write(answer._replace(inputs=inputs), answers, out)
        undefined, total = tally.undefined, tally.numbers
    else:
        watch = _Watch()
        found = answers(blocks or ())
        write(answer._replace(blocks=watch.over(found) if strict else found), out, "csv", FORMATS)
        undefined, total = watch.undefined, watch.numbers
    if strict and undefined:
        raise UndefinedError(f"{undefined:,} of {total:,} numbers are undefined or not resolved")


def _answers(
    prepared: Evaluation, precision: PrecisionOptions, blocks: Iterable[Block]
) -> Iterator[tuple[Block, Values]]:
    for block in blocks:
        if precision.digits is None:
            yield block, with_beside(prepared.evaluate(block.columns, bounded=precision.errors), precision)
        else:
            for point in block.singles():
                values = prepared.certain(point.columns, point.exactly, precision.digits)
                yield point, with_beside(values, precision)


def _columns(
    inputs: Sequence[str], partials: Sequence[Partial], precision: PrecisionOptions, out: OutputOptions,
    table: Points | None,
) -> tuple[str, ...]:  # fmt: skip
    """The names of the columns: those asked for, else the inputs (not with `--bare`), the partials, what is beside."""
    names = [partial.name for partial in partials]
    names += [name for partial in partials for name in beside(partial, precision)]
    if out.bare and not out.columns:
        return tuple(names)
    columns = choose_columns(out.columns, (*inputs, *names)) if out.columns else (*inputs, *names)
    known, shown = frozenset(inputs), frozenset(columns)
    for name in names:
        if name in known and name in shown:
            where = f"in {table.name}" if table is not None else "as a variable"
            raise UsageError(
                f"the column '{name}' would be there twice: {where} and as an output", hint="name the output: g = ..."
            )
    return columns


class _Watch:
    """Counts the numbers that are none while the answers pass by."""

    def __init__(self) -> None:
        self.undefined = 0
        self.numbers = 0

    def over(self, answers: Iterable[tuple[Block, Values]]) -> Iterator[tuple[Block, Values]]:
        """The same answers."""
        for block, values in answers:
            self.numbers += block.rows * len(values.columns)
            self.undefined += count_statuses(values)[0]
            yield block, values

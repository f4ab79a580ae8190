"""`gradcli eval`: the value and the partials, as numbers at points."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from gradcli.backends import get_backend
from gradcli.cli.certified import certified_answers, has_boxes
from gradcli.cli.columns import beside, choose_columns, with_beside, with_status
from gradcli.cli.derivatives import say_anew, wanted
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
    verbose_option,
)
from gradcli.cli.output import make_style, write
from gradcli.cli.places import read_places
from gradcli.cli.points import Points, check_points_given, open_points, table_names
from gradcli.cli.sources import read_program, say_doubts, say_unbounded
from gradcli.errors import GradcliError, UsageError
from gradcli.memory import check_memory
from gradcli.naming import Derivative, Partial, ends
from gradcli.points import Block
from gradcli.render import BINARY, FORMATS, Listing, Numbers, Style
from gradcli.results import Values, count_statuses, count_unbounded, is_point

if TYPE_CHECKING:
    from gradcli.combine import CombinedEvaluation
    from gradcli.evaluation import Evaluation
    from gradcli.program import Program
    from gradcli.stream import Answers, Tally

EXAMPLES = (
    'gradcli eval "q*chi*delta" --at q=1,chi=2,delta=3',
    'gradcli eval "sin(x)/x" --range x=0.1:1:0.1 --format csv',
    'gradcli eval "x^2" --range x=0:1:0.1 | gradcli eval "g = x^3" --points -',
    'gradcli eval "x^2*y" --at x=1,y=2 --hessian --backend finite-difference',
    'gradcli eval "(1-cos(x))/x^2" --at x=1e-8 --digits 30',
    "gradcli eval \"x^2*y\" --at 'x=[1,2],y=3' --certify",
    'g=$(gradcli eval "x^2" --at x=3 --bare --columns df_dx)',
)


class UndefinedError(GradcliError):
    """Under `--strict`: a number is undefined or not converged."""

    exit_code: ClassVar[int] = 4


@make_command(examples=EXAMPLES, short_help="the value and the partials, as numbers at points")
@input_options
@derivative_options
@point_options
@table_options
@precision_options
@backend_options
@output_options(FORMATS)
@strict_option
@verbose_option
def command(
    source: InputOptions, what: DerivativeOptions, where: PointOptions, rows: TableOptions,
    precision: PrecisionOptions, how: BackendOptions, out: OutputOptions, strict: bool, verbose: bool,
) -> None:  # fmt: skip
    """Evaluate EXPR and its partial derivatives at points. Partials that the document gives are taken as they are,
    unless there is a --backend.
    """
    from gradcli import engine

    places = read_places(where)
    table = open_points(rows, places.givens, where.range, source)
    program = read_program(source, what.named() | places.names() | table_names(table), "eval")
    if what.sparsity:
        from gradcli.cli.entries import write_pattern

        return write_pattern(program, what, out)
    if table is not None:
        if _grids_only(how):  # of the rows of a table it would make one long series, and that block by block
            raise UsageError(
                f"the backend {how.backend} takes its samples from a grid, not from rows",
                hint="--range instead of --points, or: gradcli sampled FILE",
            )
        table.name_columns(program.variables)
    elif program.variables:
        check_points_given(places.givens, places.axes, source)
    points = places.blocks(program.variables, _grids_only(how)) if table is None else ()
    partials = wanted(program, what)
    inputs = table.columns if table is not None else program.variables
    boxes = has_boxes(places.givens, precision)
    out = with_status(out, {*inputs, *(partial.name for partial in partials)})
    columns = _columns(inputs, partials, precision, out, table, boxes)
    shown = _shown(partials, columns, precision, boxes)
    if how.backend is not None:
        say_anew(program, shown, how.backend)
    prepared = engine.prepare(program, shown, how.backend, own_options(how))
    _check_digits(precision, how, make_style(out, "csv" if table is None else table.pipe(out), FORMATS))
    outputs = tuple(output.name for output in program.outputs)
    many = table is not None or bool(places.axes) or len(places.givens) > 1
    numbers = Numbers(program.variables, outputs, tuple(shown), columns, (), many, tuple(places.axes), boxes=boxes)
    answers: Answers = partial(_answers, prepared, shown, precision)
    if precision.certify:
        answers = certified_answers(program, shown, how, precision, boxes)
    if _grids_only(how):
        answers = partial(_at_once, answers, 8 * places.size() * (len(program.variables) + 2 * len(shown)))
    if verbose:
        answers = partial(_with_verbose, program, shown, how, prepared, answers)
    tally: Tally | _Watch = (
        table.write(numbers._replace(inputs=inputs), answers, out)
        if table is not None
        else _write(numbers, answers, points, what, precision, out, strict)
    )
    if strict and tally.undefined:
        raise UndefinedError(f"{tally.undefined:,} of {tally.numbers:,} numbers are undefined or not resolved")


def _grids_only(how: BackendOptions) -> bool:
    return how.backend is not None and get_backend(how.backend).capabilities.grids_only


def _shown(
    partials: Sequence[Derivative], columns: Iterable[str], precision: PrecisionOptions, boxes: bool
) -> list[Derivative]:
    """The derivatives of which some column is written."""
    chosen = frozenset(columns)
    return [d for d in partials if not chosen.isdisjoint(_columns_of(d, precision, boxes))]


def _check_digits(precision: PrecisionOptions, how: BackendOptions, style: Style) -> None:
    """Raises UsageError where more digits than a double's are asked of what only has doubles."""
    if precision.digits is None:
        return
    if _grids_only(how):
        raise UsageError(f"the backend {how.backend} computes with doubles", hint="leave out --digits")
    if style.format in BINARY:
        raise UsageError(
            f"{style.format} holds doubles, which have 17 digits", hint="leave out --digits, or write text"
        )


def _write(
    numbers: Numbers,
    answers: Answers,
    points: Iterable[Block],
    what: DerivativeOptions,
    precision: PrecisionOptions,
    out: OutputOptions,
    strict: bool,
) -> _Watch:
    """Writes the answers at points that were given one by one or as a grid; what was counted."""
    watch = _Watch()
    numbers = numbers._replace(blocks=watch.over(answers(points)))
    write(_by_entries(what, precision, out, numbers) or numbers, out, "csv", FORMATS)
    if out.bare:
        silent = precision.digits is None  # of digits that were asked for there may be too few
    else:
        silent = out.status or not make_style(out, "csv", FORMATS).traits.separated
    if not silent and not strict:
        say_doubts(watch.undefined, watch.doubtful, watch.numbers, out.bare)
    if not (precision.errors or precision.certify):
        say_unbounded(watch.unbounded, watch.numbers)
    return watch


def _by_entries(
    what: DerivativeOptions, precision: PrecisionOptions, out: OutputOptions, numbers: Numbers
) -> Listing | None:
    """A large Hessian as a row an entry; `None` for anything else, and where each number is to have its name."""
    from gradcli.engine import is_sparse

    variables = numbers.variables if what.variables is None else what.variables
    if (
        out.columns
        or precision.subgradient
        or not is_sparse(len(variables), max(what.order or 0, 2 if what.hessian else 0))
    ):
        return None
    style = make_style(out, "csv", FORMATS)
    partials = [derivative for derivative in numbers.partials if isinstance(derivative, Partial)]
    if style.traits.statements or len(partials) < len(numbers.partials):
        return None
    from gradcli.cli.entries import as_entries

    status = out.status or style.traits.notes
    return as_entries(numbers.blocks, partials, numbers.many, precision.errors, status)


def _at_once(answers: Answers, size: int, points: Iterable[Block]) -> Iterator[tuple[Block, Values]]:
    """The answers of a backend that may refuse, and that before anything is written."""
    check_memory(size, "make the grid coarser")
    return iter(list(answers(points)))


def _with_verbose(
    program: Program,
    asked: Sequence[Derivative],
    how: BackendOptions,
    prepared: Evaluation | CombinedEvaluation,
    answers: Answers,
    points: Iterable[Block],
) -> Iterator[tuple[Block, Values]]:
    """The answers, after what `--verbose` says."""
    from gradcli.cli.verbose import say_choices, say_operations, timed

    say_choices(program, asked, how.backend, own_options(how), "autodiff")
    if prepared.program.outputs != program.outputs:  # else it is the function itself that is sampled
        say_operations(program, prepared.program)
    return timed(answers(points), program, prepared.evaluate, how.backend)


def _answers(
    prepared: Evaluation | CombinedEvaluation,
    shown: Sequence[Derivative],
    precision: PrecisionOptions,
    points: Iterable[Block],
) -> Iterator[tuple[Block, Values]]:
    for block in points:
        if precision.digits is None:
            exact = block.meant()
            values = prepared.evaluate(block.columns, bounded=precision.errors, exact=exact)
            yield block, with_beside(values if exact is None else _as_written(values, block), shown, precision)
        else:
            for point in block.singles():
                values = prepared.certain(point.columns, point.exactly, precision.digits)
                yield point, with_beside(values, shown, precision)


def _as_written(values: Values, block: Block) -> Values:
    """An answer beside the decimals that were written, as it is theirs and not that of the doubles next to them."""
    inputs = block.as_written()
    points = {name: number for name, (number,) in inputs.items()}
    return values.replaced(columns={**values.columns, **inputs}, points={**values.points, **points})


def _columns_of(partial: Derivative, precision: PrecisionOptions, boxes: bool) -> tuple[str, ...]:
    """The columns that tell of a derivative."""
    return ends(partial.name) if boxes else (partial.name, *beside(partial, precision))


def _columns(
    inputs: Sequence[str],
    partials: Sequence[Derivative],
    precision: PrecisionOptions,
    out: OutputOptions,
    table: Points | None,
    boxes: bool,
) -> tuple[str, ...]:
    """The names of the columns: those asked for, else the inputs (not with `--bare`), the partials, what is beside."""
    names = [partial.name for partial in partials]
    names += [name for partial in partials for name in beside(partial, precision)]
    if boxes:
        inputs = [end for name in inputs for end in ends(name)]
        names = [end for name in names for end in ends(name)]
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
    """Counts the numbers that are none, or doubtful, or at points without a bound, while the answers pass by."""

    def __init__(self) -> None:
        self.undefined = 0
        self.doubtful = 0
        self.unbounded = 0
        self.numbers = 0

    def over(self, answers: Iterable[tuple[Block, Values]]) -> Iterator[tuple[Block, Values]]:
        """The same answers."""
        for block, values in answers:
            undefined, doubtful = count_statuses(values)
            self.numbers += block.rows * len(values.partials)
            self.undefined += undefined
            self.doubtful += doubtful
            self.unbounded += count_unbounded(values) if is_point(block.columns) else 0
            yield block, values

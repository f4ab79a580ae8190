"""`gradcli eval`: the value and the partials, as numbers at points."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from math import prod
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from gradcli.backends import get_backend
from gradcli.cli.certified import certified_answers, ends, has_boxes
from gradcli.cli.columns import beside, choose_columns, with_beside
from gradcli.cli.derivatives import wanted
from gradcli.cli.group import command as make_command
from gradcli.cli.options import (
    BackendOptions,
    DerivativeOptions,
    InputOptions,
    OutputOptions,
    PointOptions,
    PrecisionOptions,
    backend_options,
    derivative_options,
    input_options,
    output_options,
    own_options,
    point_options,
    precision_options,
    strict_option,
    verbose_option,
)
from gradcli.cli.output import make_style, write
from gradcli.cli.sources import read_program, say
from gradcli.errors import GradcliError, UsageError
from gradcli.memory import check_memory
from gradcli.naming import Derivative, Partial
from gradcli.points import Axis, Block, Given, at_points, grid_points, read_at, read_ranges
from gradcli.render import BINARY, GRID_FORMATS, Listing, Numbers
from gradcli.results import Status, Values

if TYPE_CHECKING:
    from gradcli.combine import CombinedEvaluation
    from gradcli.engine import Evaluation
    from gradcli.program import Program

EXAMPLES = (
    'gradcli eval "q*chi*delta" --at q=1,chi=2,delta=3',
    'gradcli eval "sin(x)/x" --range x=0.1:1:0.1 --format csv',
    'gradcli eval "x^2*y" --at x=1,y=2 --hessian --backend finite-difference',
    'gradcli eval "(1-cos(x))/x^2" --at x=1e-8 --digits 30',
    "gradcli eval \"x^2*y\" --at 'x=[1,2],y=3' --certify",
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

    def blocks(self, variables: Sequence[str], whole: bool = False) -> Iterable[Block]:
        """The points, block by block; of a grid all at once, if they are to be whole."""
        if self.axes:
            return grid_points(self.axes, self.givens, variables, whole=whole)
        return at_points(self.givens, variables)


@make_command(examples=EXAMPLES, short_help="the value and the partials, as numbers at points")
@input_options
@derivative_options
@point_options
@precision_options
@backend_options
@output_options(GRID_FORMATS)
@strict_option
@verbose_option
def command(
    source: InputOptions, what: DerivativeOptions, where: PointOptions, precision: PrecisionOptions,
    how: BackendOptions, out: OutputOptions, strict: bool, verbose: bool,
) -> None:  # fmt: skip
    """Evaluate EXPR and its partial derivatives at points.

    Without EXPR it is read from standard input. Partials that the document gives itself are taken
    as written, unless --backend names who is to derive them anew.
    """
    from gradcli import engine

    places = Places([read_at(text) for text in where.at], read_ranges(where.range))
    program = read_program(source, what.named() | places.names(), "eval")
    if what.sparsity:
        from gradcli.cli.entries import write_pattern

        return write_pattern(program, what, out)
    whole = get_backend(how.backend).capabilities.grids_only if how.backend is not None else False
    blocks = places.blocks(program.variables, whole)
    partials = wanted(program, what)
    boxes = has_boxes(places.givens, precision)
    columns = _columns(program.variables, partials, precision, out, boxes)
    chosen = frozenset(columns)
    shown = [partial for partial in partials if not chosen.isdisjoint(_told_by(partial, precision, boxes))]
    if how.backend is not None and any(partial in program.given for partial in shown):
        say(f"note: --backend {how.backend} derives the partials that the document gives anew")
    prepared = engine.prepare(program, shown, how.backend, own_options(how))
    if precision.digits is not None and make_style(out, "csv", GRID_FORMATS).format in BINARY:
        raise UsageError("npz holds doubles, which have 17 digits", hint="leave out --digits, or write text")
    watch = _Watch()
    answers: Iterable[tuple[Block, Values]] = _answers(prepared, blocks, shown, precision)
    if precision.certify:
        answers = certified_answers(program, shown, how, blocks, precision, boxes)
    if whole and precision.digits is not None:
        raise UsageError(f"the backend {how.backend} computes with doubles", hint="leave out --digits")
    if whole:  # it may be refused, and that before anything is written
        rows = prod(axis.size for axis in places.axes)
        check_memory(8 * rows * (len(program.variables) + 2 * len(shown)), "make the grid coarser")
        answers = list(answers)
    if verbose:
        answers = _told(program, shown, how, prepared, answers)
    outputs = tuple(output.name for output in program.outputs)
    many = bool(places.axes) or len(places.givens) > 1
    watched = watch.over(answers) if strict else answers
    numbers = Numbers(program.variables, outputs, tuple(shown), columns, watched, many, tuple(places.axes))
    write(_by_entries(what, precision, out, numbers) or numbers, out, "csv", GRID_FORMATS)
    silent = not (strict or out.status or out.bare) and make_style(out, "csv", GRID_FORMATS).format in ("csv", "tsv")
    if silent and watch.undefined + watch.doubtful:
        say(f"note: {watch.undefined:,} numbers are missing and {watch.doubtful:,} doubtful; --status says why")
    if strict and watch.undefined:
        raise UndefinedError(f"{watch.undefined:,} of {watch.total:,} numbers are undefined or not resolved")


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
    style = make_style(out, "csv", GRID_FORMATS)
    partials = [derivative for derivative in numbers.partials if isinstance(derivative, Partial)]
    if style.format == "plain" or len(partials) < len(numbers.partials):
        return None
    from gradcli.cli.entries import as_entries

    return as_entries(numbers.blocks, partials, numbers.many, precision.errors, out.status or style.format == "table")


def _told(
    program: Program,
    asked: Sequence[Derivative],
    how: BackendOptions,
    prepared: Evaluation | CombinedEvaluation,
    answers: Iterable[tuple[Block, Values]],
) -> Iterator[tuple[Block, Values]]:
    """The answers, after what `--verbose` says."""
    from gradcli.cli.verbose import say_choices, say_operations, timed

    say_choices(program, asked, how.backend, own_options(how), "autodiff")
    if prepared.program.outputs != program.outputs:  # else it is the function itself that is sampled
        say_operations(program, prepared.program)
    return timed(answers, program, prepared.evaluate, how.backend)


def _answers(
    prepared: Evaluation | CombinedEvaluation,
    blocks: Iterable[Block],
    shown: Sequence[Derivative],
    precision: PrecisionOptions,
) -> Iterator[tuple[Block, Values]]:
    for block in blocks:
        if precision.digits is None:
            yield block, with_beside(prepared.evaluate(block.columns, bounded=precision.errors), shown, precision)
        else:
            for point in block.singles():
                values = prepared.certain(point.columns, point.exactly, precision.digits)
                yield point, with_beside(values, shown, precision)


def _told_by(partial: Derivative, precision: PrecisionOptions, boxes: bool) -> tuple[str, ...]:
    """The columns that tell of a derivative."""
    return ends(partial.name) if boxes else (partial.name, *beside(partial, precision))


def _columns(
    variables: Sequence[str],
    partials: Sequence[Derivative],
    precision: PrecisionOptions,
    out: OutputOptions,
    boxes: bool,
) -> tuple[str, ...]:
    """The names of the columns: those asked for, else the inputs (not with `--bare`), the partials, what is beside."""
    names = [partial.name for partial in partials]
    names += [name for partial in partials for name in beside(partial, precision)]
    if boxes:
        variables = [end for name in variables for end in ends(name)]
        names = [end for name in names for end in ends(name)]
    inputs = frozenset(variables)
    for name in names:
        if name in inputs:
            raise UsageError(
                f"the column '{name}' would be there twice: as a variable and as an output",
                hint="name the output: g = ...",
            )
    if out.bare and not out.columns:
        return tuple(names)
    return choose_columns(out.columns, (*variables, *names))


class _Watch:
    """Counts the numbers that are none, or doubtful, while the answers pass by."""

    def __init__(self) -> None:
        self.undefined = 0
        self.doubtful = 0
        self.total = 0

    def over(self, answers: Iterable[tuple[Block, Values]]) -> Iterator[tuple[Block, Values]]:
        """The same answers."""
        for block, values in answers:
            self.total += block.rows * len(values.columns)
            for codes in values.status.values():
                if codes is not None:
                    for code, count in Counter(codes if isinstance(codes, list) else codes.tolist()).items():
                        self.undefined += 0 if Status(code).has_number else count
                        self.doubtful += count if code and Status(code).has_number else 0
            yield block, values

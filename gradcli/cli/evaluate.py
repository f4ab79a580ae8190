"""`gradcli eval`: the value and the partials, as numbers at points."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
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
    backend_options,
    derivative_options,
    input_options,
    output_options,
    own_options,
    point_options,
    precision_options,
    strict_option,
)
from gradcli.cli.output import make_style, write
from gradcli.cli.sources import read_program, say
from gradcli.errors import GradcliError, UsageError
from gradcli.naming import Partial
from gradcli.points import Axis, Block, Given, at_points, grid_points, read_at, read_ranges
from gradcli.program import Program
from gradcli.render import FORMATS, Numbers
from gradcli.results import Status, Values

if TYPE_CHECKING:
    from gradcli.engine import Evaluation

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

    def blocks(self, variables: Sequence[str]) -> Iterable[Block]:
        """The points, block by block."""
        if self.axes:
            return grid_points(self.axes, self.givens, variables)
        return at_points(self.givens, variables)


@make_command(examples=EXAMPLES, short_help="the value and the partials, as numbers at points")
@input_options
@derivative_options
@point_options
@precision_options
@backend_options
@output_options(FORMATS)
@strict_option
def command(
    source: InputOptions, what: DerivativeOptions, where: PointOptions, precision: PrecisionOptions,
    how: BackendOptions, out: OutputOptions, strict: bool,
) -> None:  # fmt: skip
    """Evaluate EXPR and its partial derivatives at points.

    Without EXPR it is read from standard input. Partials that the document gives itself are taken
    as written, unless --backend names who is to derive them anew.
    """
    from gradcli import engine

    places = Places([read_at(text) for text in where.at], read_ranges(where.range))
    program = read_program(source, what.named() | places.names(), "eval")
    blocks = places.blocks(program.variables)
    partials = engine.wanted(program, wrt=what.variables, order=what.order, hessian=what.hessian, partial=what.partials)
    boxes = _boxes(places, precision)
    columns = _columns(program.variables, partials, precision, out, boxes)
    chosen = frozenset(columns)
    shown = [partial for partial in partials if not chosen.isdisjoint(_told(partial, precision, boxes))]
    if how.backend is not None and any((p.output, p.by) in program.given for p in shown):
        say(f"note: --backend {how.backend} derives the partials that the document gives anew")
    if precision.certify:
        answers = _certified(program, shown, how, blocks, precision, boxes)
    else:
        prepared = engine.prepare(program, shown, how.backend, own_options(how))
        answers = _answers(prepared, blocks, precision)
    watch = _Watch()
    outputs = tuple(output.name for output in program.outputs)
    many = bool(places.axes) or len(places.givens) > 1
    write(
        Numbers(program.variables, outputs, tuple(shown), columns, watch.over(answers) if strict else answers, many),
        out,
        "csv",
        FORMATS,
    )
    silent = not (strict or out.status or out.bare) and make_style(out, "csv", FORMATS).format in ("csv", "tsv")
    if silent and watch.undefined + watch.doubtful:
        say(f"note: {watch.undefined:,} numbers are missing and {watch.doubtful:,} doubtful; --status says why")
    if strict and watch.undefined:
        raise UndefinedError(f"{watch.undefined:,} of {watch.total:,} numbers are undefined or not resolved")


def _answers(
    prepared: Evaluation, blocks: Iterable[Block], precision: PrecisionOptions
) -> Iterator[tuple[Block, Values]]:
    for block in blocks:
        if precision.digits is None:
            yield block, with_beside(prepared.evaluate(block.columns, bounded=precision.errors), precision)
        else:
            for point in block.singles():
                values = prepared.certain(point.columns, point.exactly, precision.digits)
                yield point, with_beside(values, precision)


def _certified(
    program: Program, partials: Sequence[Partial], how: BackendOptions, blocks: Iterable[Block],
    precision: PrecisionOptions, boxes: bool,
) -> Iterator[tuple[Block, Values]]:  # fmt: skip
    from gradcli.certify import Certified

    certified = Certified(program, partials, how.backend, own_options(how), boxes)

    def answers() -> Iterator[tuple[Block, Values]]:
        for block in blocks:
            for point in block.singles():
                values = certified.over(point) if boxes else certified.at(point, precision.digits)
                yield point, with_beside(values, precision)

    return answers()


def _boxes(places: Places, precision: PrecisionOptions) -> bool:
    """Whether there are boxes among the points.

    Raises:
        UsageError: they are not to be certified, or other columns or digits are asked for.
    """
    boxed = [(given, name) for given in places.givens for name in given.boxes()]
    if not boxed:
        return False
    if not precision.certify:
        given, name = boxed[0]
        raise UsageError(
            f"'{name}' is given an interval, which only --certify can evaluate", hint="add --certify",
            source=given.source, span=given.name_span(name),
        )  # fmt: skip
    if precision.digits or precision.errors or precision.subgradient:
        raise UsageError("an enclosure has no --digits, --errors or --subgradient", hint="leave them out")
    return True


def _told(partial: Partial, precision: PrecisionOptions, boxes: bool) -> list[str]:
    """The columns that tell of a partial."""
    return _ends(partial.name) if boxes else [partial.name, *beside(partial, precision)]


def _ends(name: str) -> list[str]:
    return [f"{name}_low", f"{name}_high"]


def _columns(
    variables: Sequence[str], partials: Sequence[Partial], precision: PrecisionOptions, out: OutputOptions, boxes: bool
) -> tuple[str, ...]:
    """The names of the columns: those asked for, else the inputs (not with `--bare`), the partials, what is beside."""
    names = [partial.name for partial in partials]
    names += [name for partial in partials for name in beside(partial, precision)]
    if boxes:
        variables = [end for name in variables for end in _ends(name)]
        names = [end for name in names for end in _ends(name)]
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

"""`gradcli plot`: a function with its derivatives as a picture, in the terminal or in a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gradcli.backends import get_backend
from gradcli.cli.derivatives import say_anew, wanted
from gradcli.cli.group import collected, option
from gradcli.cli.group import command as make_command
from gradcli.cli.options import (
    OUTPUT,
    BackendOptions,
    DerivativeOptions,
    InputOptions,
    ListOptions,
    PointOptions,
    backend_options,
    curve_options,
    input_options,
    list_options,
    own_options,
    span_options,
)
from gradcli.cli.output import make_style, write
from gradcli.cli.places import read_places
from gradcli.cli.sampled import AXIS_OPTIONS, READ_OPTIONS
from gradcli.cli.sampled_input import AxisOptions, ReadOptions
from gradcli.cli.sources import read_program, say
from gradcli.errors import LimitError, UsageError
from gradcli.pictures import Curves, Extent, Fields, Fineness, middles
from gradcli.points import Axis, Block, grid_points
from gradcli.render import CELL_FORMATS, PICTURES, Numbers, Style

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from gradcli.curves import Evaluates
    from gradcli.naming import Derivative
    from gradcli.program import Program

FORMATS = (*PICTURES, *CELL_FORMATS)
EXAMPLES = (
    'gradcli plot "x^2*sin(x)" --range x=-5:5',
    'gradcli plot "f = sin(x); g = cos(a*x)" --range x=0:2*pi --at a=2 -o waves.svg',
    'gradcli plot "exp(-x^2-y^2)" --range x=-2:2 --range y=-2:2',
    "gradcli plot --sampled log.csv --value temperature --by time --group sensor",
)
MAX_PLACES = 1_000_000
_TABLE = Fineness(dots=(200, 100), cells=(60, 60))  # for the points of a picture that nobody sees


@make_command(examples=EXAMPLES, short_help="curves, fields and gradients, in the terminal or to a file")
@input_options
@span_options
@curve_options
@backend_options
@option("--sampled", metavar="FILE", section="Samples", help="Draw samples instead, read as by gradcli sampled.")
@collected("what_is_read", ReadOptions, *READ_OPTIONS)
@collected("grid", AxisOptions, *AXIS_OPTIONS)
@option("--log", is_flag=True, section=OUTPUT, help="Logarithmic, of absolute values; of one variable.")
@list_options(FORMATS)
def command(
    source: InputOptions, where: PointOptions, what: DerivativeOptions, how: BackendOptions, sampled: str | None,
    what_is_read: ReadOptions, grid: AxisOptions, log: bool, out: ListOptions,
) -> None:  # fmt: skip
    """Draw EXPR and its derivatives over one variable, or EXPR with its gradient over two.

    A range is START:STOP; the points are found: where the function bends, has a peak, a kink or a pole they
    are closer. A STEP or COUNT says where to look in any case. A picture goes to the terminal, or with -o
    to a .png, .svg or .pdf; csv and json have its points.
    """
    style = make_style(out, "drawing", FORMATS)
    if sampled is not None:
        from gradcli.cli.plot_sampled import sampled_picture

        if source.expression or source.file is not None or where.at or where.range:
            raise UsageError("--sampled draws data, not an expression", hint="leave out one of the two")
        if style.format not in PICTURES:
            raise UsageError("of samples there are only pictures", hint=f"gradcli sampled {sampled}")
        return _write_picture(sampled_picture(sampled, what_is_read, grid, what, how, log), style, out)
    _check_not_sampled(what_is_read, grid, how)
    places = read_places(where, spans=True)
    program = read_program(source, what.named() | places.names(), "plot")
    axes = _axes(places.axes, program)
    if log and len(axes) == 2:
        raise UsageError("--log is for one variable", hint="of two, draw the logarithm itself: log(abs(...))")
    grid_points(places.axes, places.givens, program.variables)  # all that may be wrong with the points
    asked = wanted(program, what._replace(wrt=",".join(axis.name for axis in axes)) if what.wrt is None else what)
    if how.backend is not None:
        say_anew(program, asked, how.backend)
    given = places.givens[0] if places.givens else None
    fixed = {name: given.values[name] for name in program.variables if name in given.values} if given else {}
    texts = {name: text for name, text in given.texts().items() if name in fixed} if given else {}
    picture, block, prepared = _drawn(program, asked, how, axes, places.axes, fixed, texts, style, log)
    if style.format in PICTURES:
        return _write_picture(picture, style, out)
    return _write_points(program, asked, prepared, block, out)


def _write_picture(picture: Curves | Fields, style: Style, out: ListOptions) -> None:
    """Writes a picture; what it says below is said here too where nobody sees it at once."""
    write(picture, out, "drawing", FORMATS)
    for note in picture.notes if not style.traits.screen else ():
        say(f"note: {note}")


def _check_not_sampled(read: ReadOptions, grid: AxisOptions, how: BackendOptions) -> None:
    given = [f"--{name}" for name, value in (read._asdict() | grid._asdict()).items() if value]
    if given:
        raise UsageError(f"{given[0]} is for samples", hint="gradcli plot --sampled FILE")
    if how.backend is not None and get_backend(how.backend).capabilities.grids_only:
        raise UsageError(
            f"the backend {how.backend} cannot draw: it takes its samples from a grid, and a picture finds its points",
            hint="gradcli eval EXPR --range x=0:1:#11 --backend grid",
        )


def _axes(axes: Sequence[Axis], program: Program) -> list[Extent]:
    """What the picture's axes show.

    Raises:
        UsageError: none, more than two, or one without an extent.
    """
    if not axes:
        name = next(iter(program.variables), "x")
        raise UsageError("there is no range to draw over", hint=f"give one: --range {name}=-1:1")
    if len(axes) > 2:
        raise UsageError(
            f"a picture has one or two axes, not {len(axes)}", hint="give the other variables by --at, a picture each"
        )
    for axis in axes:
        if axis.start == axis.stop:
            raise UsageError(f"the range of '{axis.name}' is a single place", hint=f"write: --range {axis.name}=0:1")
        if axis.size > MAX_PLACES:
            raise LimitError(
                f"a picture shows no {axis.size:,} places of '{axis.name}'",
                hint=f"leave out the step: {axis.name}=START:STOP",
            )
    return [Extent(axis.name, axis.start, axis.stop) for axis in axes]


def _drawn(
    program: Program, asked: Sequence[Derivative], how: BackendOptions, extents: Sequence[Extent],
    axes: Sequence[Axis], fixed: Mapping[str, float], texts: Mapping[str, str], style: Style, log: bool,
) -> tuple[Curves | Fields, Mapping[str, Any], Evaluates]:  # fmt: skip
    """The picture, the points that it is made from, and what evaluates them."""
    from gradcli import engine
    from gradcli.curves import curves, needed, title_of

    title = title_of(program, texts)
    if len(extents) == 1:
        prepared = engine.prepare(program, needed(asked, [extents[0].name]), how.backend, own_options(how))
        found = curves(
            prepared, asked, extents[0], fixed, _fineness(style).dots, title=title, first=_values(axes[0]), log=log
        )  # fmt: skip
        return found.picture, {**fixed, extents[0].name: found.places}, prepared
    import numpy as np

    from gradcli.fields import fields, points_of

    prepared = engine.prepare(program, needed(asked, [axis.name for axis in extents]), how.backend, own_options(how))
    sizes = _fineness(style).cells
    # A span has two values, its ends; what has more is a grid that was chosen.
    places = [
        middles(extent, size) if axis.size == 2 else np.array(_values(axis))
        for extent, axis, size in zip(extents, axes, sizes, strict=True)
    ]
    if len(places[0]) * len(places[1]) > MAX_PLACES:
        raise LimitError(
            f"a picture shows no {len(places[0]) * len(places[1]):,} places", hint="leave out the steps: x=START:STOP"
        )
    picture = fields(prepared, asked, (extents[0], extents[1]), (places[0], places[1]), fixed, title=title)
    return picture, points_of([axis.name for axis in extents], places, fixed), prepared


def _values(axis: Axis) -> list[float]:
    """The places of an axis that are asked for; not those of a mere span, which are its ends."""
    if axis.size <= 2:
        return []
    import numpy as np

    return [float(x) for x in axis.values(np.arange(axis.size))]


def _fineness(style: Style) -> Fineness:
    if style.traits.screen:
        from gradcli.render.drawing import fineness

        return fineness(style)
    if style.format in PICTURES:
        from gradcli.render.figure import FINENESS

        return FINENESS
    return _TABLE


def _write_points(
    program: Program, asked: Sequence[Derivative], prepared: Evaluates, points: Mapping[str, Any], out: ListOptions
) -> None:
    """The points of a picture, as `eval` would write them."""
    import numpy as np

    columns = {name: np.array(points[name]) if np.ndim(points[name]) else points[name] for name in program.variables}
    rows = max(np.size(column) for column in columns.values())
    block = Block(rows, columns)
    names = (*program.variables, *(derivative.name for derivative in asked))
    outputs = tuple(output.name for output in program.outputs)
    answers = [(block, prepared.evaluate(columns))]
    write(Numbers(program.variables, outputs, tuple(asked), names, answers, True), out, "drawing", FORMATS)

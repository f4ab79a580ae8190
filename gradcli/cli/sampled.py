"""`gradcli sampled`: derivatives of sampled data, from arrays and tables."""

from __future__ import annotations

import sys

import click

from gradcli.cli.candidates import columns, files, listed
from gradcli.cli.group import collected, option
from gradcli.cli.group import command as make_command
from gradcli.cli.options import OutputOptions, output_options
from gradcli.cli.sampled_input import AxisOptions, ReadOptions, read_grids
from gradcli.cli.sampled_output import KindOptions, write_grid, write_groups
from gradcli.errors import UsageError
from gradcli.render import GRID_FORMATS

EXAMPLES = (
    "gradcli sampled f.npy --spacing 0.5 -o df.npz",
    "gradcli sampled f.npy --spacing x.npy --spacing y.npy --accuracy 6 --errors",
    "gradcli sampled table.csv --value V --by x,y,z",
    "gradcli sampled log.csv --value temperature --by time --group sensor",
)
_READ, _SPACING, _WHAT, _HOW = "What is read", "Spacing and axes", "What to derive", "How"

READ_OPTIONS = (
    option(
        "--name", multiple=True, metavar="NAME", section=_READ, shell_complete=listed(columns),
        help="This array of an .npz; repeatable.",
    ),
    option(
        "--value", multiple=True, metavar="V", section=_READ, shell_complete=listed(columns),
        help="Columns of values, of a CSV with a header.",
    ),
    option(
        "--by", metavar="x,y", section=_READ, shell_complete=listed(columns),
        help="The columns (in an .npz: arrays) of coordinates.",
    ),
    option(
        "--group", metavar="G", section=_READ, shell_complete=listed(columns),
        help="Columns that tell series apart: each by itself.",
    ),
)  # fmt: skip
AXIS_OPTIONS = (
    option(
        "--spacing", multiple=True, metavar="H|FILE", section=_SPACING, shell_complete=files,
        help="The distance of neighbours or a file of coordinates: once, or once an axis, in order [default: 1].",
    ),
    option("--axis", multiple=True, metavar="N", section=_SPACING, help="Only along this axis; repeatable."),
    option(
        "--periodic", multiple=True, metavar="N[=PERIOD]", section=_SPACING,
        help="The data repeat along this axis; repeatable.",
    ),
)  # fmt: skip
read_options = collected("what_is_read", ReadOptions, *READ_OPTIONS)
axis_options = collected("where", AxisOptions, *AXIS_OPTIONS)
kind_options = collected(
    "what",
    KindOptions,
    option("--order", type=click.IntRange(1), metavar="N", section=_WHAT, help="All partials of the orders 1..N."),
    option("--hessian", is_flag=True, section=_WHAT, help="First and second partials; as --order 2."),
    option("--partial", multiple=True, metavar="0,1", section=_WHAT, help="This partial, by axes; repeatable."),
    option("--laplacian", is_flag=True, section=_WHAT, help="The sum of the second partials."),
    option("--divergence", is_flag=True, section=_WHAT, help="Of as many arrays or columns as there are axes."),
    option("--curl", is_flag=True, section=_WHAT, help="Of two or three arrays or columns."),
    option(
        "--edge-order", type=click.Choice(("1", "2")), metavar="1|2", section=_HOW,
        help="numpy.gradient's formulas at the ends [default: 1].",
    ),
    option(
        "--accuracy", type=click.Choice(("2", "4", "6", "8")), metavar="2|4|6|8", section=_HOW,
        help="The order of the error, inside and at the ends.",
    ),
    option("--errors", is_flag=True, section=_HOW, help="An estimate of each error, by a higher accuracy."),
)  # fmt: skip


@make_command(examples=EXAMPLES, short_help="derivatives of sampled data, as numpy.gradient and better")
@click.argument("file", required=False, shell_complete=files)
@read_options
@axis_options
@kind_options
@output_options(GRID_FORMATS)
def command(
    file: str | None, what_is_read: ReadOptions, where: AxisOptions, what: KindOptions, out: OutputOptions
) -> None:
    """Differentiate the samples in FILE along the axes of their grid.

    FILE is .npy, .npz or CSV: a matrix without a header, or tidy columns. Without FILE it is standard input.
    Unless an accuracy is asked for, first derivatives are those of numpy.gradient, to the last bit.
    """
    if file is None and (sys.stdin is None or sys.stdin.isatty()):
        raise UsageError("there is no file", hint="give one: gradcli sampled f.npy --spacing 0.1")
    if what.edge_order and what.accuracy:
        raise UsageError("--edge-order is numpy.gradient's, and --accuracy is for the ends too", hint="leave one out")
    grids = read_grids(file or "-", what_is_read, where)
    if what_is_read.group is not None:
        write_groups(grids, what, out)
    else:
        write_grid(next(grids), what, out)

"""`gradcli compare`: every backend side by side."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from typing import Any

from gradcli.cli.candidates import listed
from gradcli.cli.derivatives import wanted
from gradcli.cli.group import command as make_command
from gradcli.cli.group import option
from gradcli.cli.options import (
    OUTPUT,
    DerivativeOptions,
    InputOptions,
    ListOptions,
    PointOptions,
    TableOptions,
    backend_words,
    compare_options,
    input_options,
    list_options,
    point_options,
    split_names,
    table_options,
)
from gradcli.cli.output import make_style, write
from gradcli.cli.places import Search, search
from gradcli.cli.sources import read_program, say
from gradcli.cli.verdicts import point_texts, say_points
from gradcli.combine import terms_of
from gradcli.compare import Comparison, Look, Row, capable, needs_grid
from gradcli.curves import title_of
from gradcli.equality import Reading
from gradcli.errors import UsageError
from gradcli.gaps import gaps_over
from gradcli.render import FIGURES, PICTURES, TEXT_FORMATS, Listing, choose_format
from gradcli.results import Status, Written
from gradcli.sampling import drawn_from

EXAMPLES = (
    'gradcli compare "sin(x)/x" --at x=1e-3',
    'gradcli compare "q*chi*delta" --at q=1,chi=2,delta=3 --hessian',
    'gradcli compare "sin(x)/x" --range x=1e-8:1e-3:#300 --plot gap.svg',
    'gradcli compare "x^2*sin(y)" --range x=0:1:#9 --range y=0:1:#9 -b ad,sym',
)


_LONG = 1e6  # from which the three digits of a measure have an exponent


@make_command(examples=EXAMPLES, short_help="every backend side by side; which one is wrong, if one is")
@input_options
@compare_options
@point_options
@table_options
@option(
    "-b", "--backend", metavar="a,b", section="Backends", shell_complete=listed(lambda _: backend_words()),
    help="Only these (else all that can).",
)  # fmt: skip
@list_options(TEXT_FORMATS)
@option(
    "--plot", metavar="FILE", section=OUTPUT,
    help="The gaps over a --range as a picture; '-': in the terminal.",
)  # fmt: skip
def command(
    source: InputOptions, what: DerivativeOptions, where: PointOptions, rows: TableOptions, backend: str | None,
    out: ListOptions, plot: str | None,
) -> int:  # fmt: skip
    """Compare what the backends give for EXPR and its partial derivatives.

    A row per partial, at the point where the backends differ most. If two differ by more than their bounds
    allow, 50 digits tell which one is wrong. Gap and bound are relative to the number, the gap is in units of
    its last place (ulp) too. Exit code: 1 if any disagree, else 0.
    """
    if what.sparsity:
        raise UsageError("--sparsity has no numbers to compare", hint="gradcli eval EXPR --sparsity shows it")
    found = search(where, rows, source)
    if plot is not None:
        check_plot(plot, found, out)
    program = read_program(source, what.named() | found.names(), "compare").replaced(given={})
    asked = wanted(program, what)
    names = capable(split_names(backend, "--backend") if backend is not None else None, terms_of(asked))
    draws = found.draws and not needs_grid(names)
    points = drawn_from([program], program.variables) if draws else None
    comparison = Comparison(program, asked, names)
    for name, reason in comparison.left_out.items():
        say(f"note: {name} is left out: {reason}")
    blocks = points if points is not None else found.blocks(program.variables, needs_grid(names))
    results = comparison.over(blocks)
    records = [_record(row, tuple(comparison.evaluations)) for row in results]
    hidden = set() if found.many else {"at", "points"}
    if points is not None:
        hidden.add("tested at")
        records = [{**record, "tested at": point_texts(points)} for record in records]
    hidden |= set() if any(row.disagreed for row in results) else {"truth"}
    shown = tuple(key for key in records[0] if key not in hidden)
    write(Listing(shown, records, tall=None, partials=tuple(row.partial for row in results)), out, "csv", TEXT_FORMATS)
    if points is not None:
        say_points(points, [program])
    if plot is not None:
        axis = found.places.axes[0]
        gaps = gaps_over(comparison, found.blocks(program.variables, needs_grid(names)), axis, title_of(program, {}))
        write(gaps, ListOptions(None, out.color, plot), "drawing", PICTURES)
    return int(any(row.disagreed for row in results))


def check_plot(path: str, found: Search, out: ListOptions) -> None:
    """Raises UsageError where there would be no picture of the gaps; before any work is done."""
    if found.table is not None or len(found.places.axes) != 1:
        raise UsageError("--plot shows the gaps over one --range", hint="--range x=0:1:#200 --plot FILE")
    if path == "-" and out.output in (None, "-") and not make_style(out, "csv", TEXT_FORMATS).traits.screen:
        raise UsageError(
            "the rows and the picture are both to go to standard output", hint="write one to a file: --plot FILE"
        )
    if path != "-" and choose_format(None, PICTURES, "drawing", path=path, terminal=False) in FIGURES:
        from gradcli.render.figure import matplotlib

        matplotlib()


def _record(row: Row, names: tuple[str, ...]) -> dict[str, Any]:
    look = row.worst
    return {
        "partial": row.partial.name,
        "verdict": verdict(row),
        **{name: _reading(look, name) for name in names},
        "gap": None if look is None else _few_digits(look.gap),
        "ulp": None if look is None else _few_digits(look.ulps),
        "bound": None if look is None else _few_digits(look.bound),
        "truth": _truth(look),
        "at": None if look is None else _place(look.point),
        "points": row.points,
    }


def verdict(row: Row) -> str:
    """What is to be said of a partial."""
    parts = []
    if row.disagreed:
        wrong = ", ".join(row.wrong) or "50 digits do not tell which one"
        count = f" at {row.disagreed:,} of {row.points:,} points" if row.points > 1 else ""
        parts.append(
            f"disagree{count}: {wrong}{' is wrong' if len(row.wrong) == 1 else ' are wrong' if row.wrong else ''}"
        )
    elif row.compared:
        parts.append("agree")
    for reason, times in row.statuses.items():
        more = " or more" if reason == Status.IMPRECISE.text and row.looked < row.points else ""
        count = f" at {times:,} point{'' if times == 1 else 's'}{more}{_first(row.places.get(reason), times)}"
        parts.append(reason + (count if row.points > 1 else _certain(row)))
    return ", ".join(parts) or "nothing to compare"


def _certain(row: Row) -> str:
    """How many digits of imprecise numbers agree, at a single point."""
    look = row.worst
    if look is None or look.reason != Status.IMPRECISE.text or len(look.bounds) < 2:
        return ""
    return f": {look.digits or 'no'} digit{'s are' if look.digits > 1 else ' is'} certain"


def _few_digits(number: float | None) -> float | None:
    """A measure of how near numbers are, of which the first digits say all."""
    if number is None or not isfinite(number):
        return number
    mantissa, e, exponent = f"{number:.2e}".partition("e")
    return Written(f"{mantissa}{e}+{int(exponent)}") if number >= _LONG else float(f"{number:.3g}")


def _first(place: Mapping[str, str] | None, times: int) -> str:
    """Where something is, or is first."""
    return "" if place is None else f" ({'first ' if times > 1 else ''}{_place(place)})"


def _place(point: Mapping[str, str]) -> str:
    """A point as `--at` reads it."""
    return ",".join(f"{name}={text}" for name, text in point.items())


def _reading(look: Look | None, name: str) -> float | str | None:
    if look is None:
        return None
    reading: Reading = look.readings[name]
    return reading.number if reading.number is not None else reading.text


def _truth(look: Look | None) -> float | str | None:
    if look is None or look.truth is None:
        return None
    return float(look.truth.number) if look.truth.number is not None else look.truth.text

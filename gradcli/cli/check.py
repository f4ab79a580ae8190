"""`gradcli check`: is a derivative that somebody wrote down right?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gradcli.check import Checked, bare
from gradcli.check import check as check_claims
from gradcli.claims import read_claims
from gradcli.cli.candidates import listed, variables
from gradcli.cli.group import command as make_command
from gradcli.cli.group import option
from gradcli.cli.options import (
    InputOptions,
    ListOptions,
    PointOptions,
    TableOptions,
    TrustOptions,
    input_options,
    list_options,
    point_options,
    table_options,
    trust_options,
)
from gradcli.cli.output import write
from gradcli.cli.places import search
from gradcli.cli.sources import read_program, say
from gradcli.cli.verdicts import columns, how, place_of, point_texts, reading, say_points
from gradcli.edges import drawn_with_edges
from gradcli.naming import Partial
from gradcli.points import Block
from gradcli.program import Program
from gradcli.render import TEXT_FORMATS, Listing

EXAMPLES = (
    'gradcli check "x^2*y" --grad x="2*x*y" --grad y="x^2"',
    'gradcli check "f = x^2*y; df_dx = 2*x*y"',
    "gradcli check model.py:f --grad model.py:f_grad",
    'gradcli check "sin(x*y)" --grad x,y="cos(x*y) - x*y*sin(x*y)" --at x=1,y=2',
)
_CODE = frozenset({"claimed", "true"})
_SHORT = ("component", "verdict", "how")
_LONG = (*_SHORT, "claimed", "true", "slip", "at", "claimed value", "true value")


@make_command(examples=EXAMPLES, short_help="is a derivative that somebody wrote down right?")
@input_options
@option(
    "--grad", multiple=True, metavar="x=EXPR", section="What is claimed", shell_complete=listed(variables, "="),
    help="A claim: x=EXPR, x,y=EXPR, df_dx=EXPR, or a Python function, model.py:f_grad; repeatable.",
)  # fmt: skip
@point_options
@table_options
@trust_options
@list_options(TEXT_FORMATS)
def command(
    source: InputOptions, grad: tuple[str, ...], where: PointOptions, rows: TableOptions, trust: TrustOptions,
    out: ListOptions,
) -> int:  # fmt: skip
    """Check derivatives that somebody wrote down against those of EXPR.

    Claims come from --grad, or stand in the document itself: "f = x^2; df_dx = 2*x"; with --points they may
    use the table's other columns. Without points, some are drawn from the domain of EXPR. Exit code: 0 if all
    claims are right, 1 if one is wrong, or could be checked at none of the points (at a kink, say).
    """
    found = search(where, rows, source)
    program = read_program(source, found.names(), "check")
    claims = read_claims(grad, program, found.columns)
    function = bare(program)
    hints = [claim.program for claim in claims]
    drawn = drawn_with_edges([function], function.variables, hints) if found.draws else None
    points, beside = drawn or (None, [])
    names = tuple(dict.fromkeys((*program.variables, *(v for claim in claims for v in claim.program.variables))))
    blocks = points if points is not None else found.blocks(names)
    checked = check_claims(
        function, claims, blocks, beside=beside, prove=not trust.no_prove, drawn=found.draws,
        tolerance=trust.tolerance,
    )  # fmt: skip
    tested = None if points is None else [*points, *beside]
    records = [_record(result, tested) for result in checked]
    wrong = not all(result.sameness.same for result in checked)
    partials = tuple(claim.partial for claim in claims)
    listing = Listing(columns(out, _SHORT, _LONG, wrong), records, tall=wrong, code=_CODE, partials=partials)
    write(listing, out, "plain", TEXT_FORMATS)
    if tested is not None:
        say_points(tested, [function, *hints])
    _say_unclaimed(function, [claim.partial for claim in claims])
    return int(wrong)


def _record(result: Checked, drawn: Sequence[Block] | None) -> dict[str, Any]:
    sameness = result.sameness
    finding = sameness.finding
    record = {
        "component": result.claim.partial.name,
        "verdict": "right" if sameness.same else "wrong" if sameness.different else "not checked",
        "how": ", ".join(filter(None, (how(sameness, drawn is not None), result.gap))),
        "proved": sameness.proved,
        "points": finding.agreed + finding.differed + finding.holes,
        "claimed": result.claim.text,
        "true": result.formula,
        "at": place_of(finding),
        "claimed value": reading(finding, 1),
        "true value": reading(finding, 0),
        "slip": result.slip,
    }
    return record if drawn is None else {**record, "tested at": point_texts(drawn)}


def _say_unclaimed(program: Program, claimed: Sequence[Partial]) -> None:
    """Names first partials that nobody claimed."""
    missing = [
        partial.name
        for output in program.outputs
        for partial in (Partial(output.name, (v,)) for v in program.variables)
        if partial not in claimed
    ]
    if missing and all(partial.order == 1 for partial in claimed):
        more = ", ..." if len(missing) > 10 else ""
        say(f"note: nothing is claimed of {', '.join(missing[:10])}{more}")

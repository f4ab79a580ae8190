"""`gradcli equal`: are two expressions the same function?"""

from __future__ import annotations

import re
from collections.abc import Sequence, Set
from typing import Any

import click

from gradcli.cli.candidates import files, listed, variables
from gradcli.cli.group import command as make_command
from gradcli.cli.group import option
from gradcli.cli.options import (
    InputOptions,
    ListOptions,
    PointOptions,
    TableOptions,
    TrustOptions,
    list_options,
    point_options,
    split_names,
    table_options,
    trust_options,
)
from gradcli.cli.output import write
from gradcli.cli.places import search
from gradcli.cli.sources import read_program
from gradcli.cli.verdicts import columns, how, place_of, point_texts, reading, say_points
from gradcli.edges import drawn_with_edges
from gradcli.equal import compare_programs, variables_of
from gradcli.equality import Sameness
from gradcli.errors import UsageError, visible
from gradcli.naming import default_names
from gradcli.points import Block
from gradcli.program import Program
from gradcli.render import TEXT_FORMATS, Listing

EXAMPLES = (
    'gradcli equal "sin(2*x)" "2*sin(x)*cos(x)"',
    'gradcli equal "log(x^2)" "2*log(x)"',
    'gradcli equal --up-to-constant "sin(x)^2" "-cos(x)^2"',
)
_SHORT = ("verdict", "how")
_LONG = (*_SHORT, "at", "first", "second")


@make_command(examples=EXAMPLES, short_help="are two expressions the same function?")
@click.argument("expressions", nargs=-1, metavar="A B", shell_complete=files)
@option("--up-to-constant", is_flag=True, section="What is compared", help="Whether A - B is constant.")
@option(
    "-w", "--wrt", metavar="x,y", section="What is compared", shell_complete=listed(variables),
    help="Up to what does not vary with these.",
)  # fmt: skip
@point_options
@table_options
@trust_options
@list_options(TEXT_FORMATS)
def command(
    expressions: tuple[str, ...], up_to_constant: bool, wrt: str | None, where: PointOptions, rows: TableOptions,
    trust: TrustOptions, out: ListOptions,
) -> int:  # fmt: skip
    """Say whether A and B are the same function: proved, tested, or refuted by a point.

    Without points, some are drawn from the domain, and single ones are looked for where only one is defined: x/x
    and 1 differ at 0. Exit code: 0 if they are the same, 1 if not or if nothing could be compared.
    """
    if len(expressions) != 2:
        sides = re.split(r"(?<![<>=!])=+(?!=)", expressions[0]) if len(expressions) == 1 else []
        left, right = sides if len(sides) == 2 and all(map(str.strip, sides)) else ("2*x", "x + x")
        raise UsageError(
            f"two expressions are compared, and {len(expressions)} {'is' if len(expressions) == 1 else 'are'} given",
            hint=f'quote each: gradcli equal "{visible(left.strip())}" "{visible(right.strip())}"',
        )
    if expressions == ("-", "-"):
        raise UsageError("both expressions are to come from standard input", hint="give one as an argument")
    if wrt is not None and not up_to_constant:
        raise UsageError("--wrt belongs to --up-to-constant", hint="add it, or leave --wrt out")
    found = search(where, rows, InputOptions(expressions, None, ()))
    named = found.names() | set(split_names(wrt, "--wrt") if wrt is not None else ())
    first, second = (read_program(InputOptions((text,), None, ()), named, "equal") for text in expressions)
    _check_no_equation(first, second)
    variables = variables_of(first, second)
    drawn = drawn_with_edges([first, second], variables) if found.draws else None
    points = None if drawn is None else [*drawn.points, *drawn.edges]
    results = compare_programs(
        first, second, points if points is not None else found.blocks(variables),
        wrt=_wrt(wrt, variables) if up_to_constant else None,
        prove=not trust.no_prove, drawn=found.draws, tolerance=trust.tolerance,
    )  # fmt: skip
    pieces = {output.name for output in first.outputs} if up_to_constant else set()
    records = [
        _record(name, sameness, points, _different(sameness, name, pieces)) for name, sameness in results.items()
    ]
    same = all(sameness.same for sameness in results.values())
    shown = columns(out, _SHORT, _LONG, not same)
    write(Listing(shown if len(records) == 1 else ("name", *shown), records, tall=not same), out, "plain", TEXT_FORMATS)
    if points is not None:
        say_points(points, [first, second])
    return int(not same)


def _check_no_equation(first: Program, second: Program) -> None:
    """Raises UsageError where a name of one is a variable of the other: `x = 1` is no equation, it names an output."""
    for named, other, which in ((first, second, "first"), (second, first, "second")):
        names = [output.name for output in named.outputs]
        given = set(names).difference(default_names(len(names), frozenset(named.variables)))
        name = next((name for name in names if name in given and name in other.variables), None)
        if name is not None:
            raise UsageError(
                f"'{name}' is the name of the {which} expression, and a variable of the other",
                hint="an equation is written as the difference of its sides; or choose another name",
            )


def _wrt(text: str | None, variables: Sequence[str]) -> tuple[str, ...]:
    """The variables that a constant does not vary with.

    Raises:
        UsageError: one does not occur.
    """
    names = split_names(text, "--wrt") if text is not None else tuple(variables)
    for name in names:
        if name not in variables:
            raise UsageError(
                f"--wrt names '{name}', which is no variable of the expressions",
                hint=f"their variables: {', '.join(variables[:20]) or 'none'}",
            )
    return names


def _record(name: str, sameness: Sameness, drawn: Sequence[Block] | None, different: str) -> dict[str, Any]:
    finding = sameness.finding
    record = {
        "name": name,
        "verdict": "same" if sameness.same else different if sameness.different else _open(sameness),
        "how": how(sameness, drawn is not None),
        "proved": sameness.proved,
        "points": finding.agreed + finding.differed + finding.holes,
        "at": place_of(finding),
        "first": reading(finding, 0),
        "second": reading(finding, 1),
    }
    return record if drawn is None else {**record, "tested at": point_texts(drawn)}


def _open(sameness: Sameness) -> str:
    """That nothing could be compared at any point."""
    if not sameness.asked:
        return "not decided: no point was found where both have a number"
    return "not decided there" + ("; the same where both are defined (proved)" if sameness.proved else "")


def _different(sameness: Sameness, name: str, outputs: Set[str]) -> str:
    """In what two functions differ: their values, their constants, or their domains alone.

    Args:
        outputs: the names of those that are compared up to a constant.
    """
    if name in outputs:
        return "A - B is constant in pieces only: at x and x', these are two values of it"
    about = f"; first and second are {name} of A and of B" if outputs else ""
    if sameness.finding.differed or not (sameness.proved or sameness.finding.agreed):
        return f"different{about}"
    if not sameness.finding.agreed:
        return f"different domains; no point was found where both are defined{about}"
    known = "proved" if sameness.proved else "tested"
    same = f"{name} is the same where both have it" if outputs else "the same where both are defined"
    return f"different domains; {same} ({known})"

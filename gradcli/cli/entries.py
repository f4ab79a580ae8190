"""Matrices by their entries: the pattern of a Jacobian or Hessian, and large Hessians as rows `i,j,value`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from math import isfinite
from typing import Any

from gradcli.cli.options import DerivativeOptions, FormulaOutputOptions, OutputOptions
from gradcli.cli.output import make_style, write
from gradcli.errors import UsageError
from gradcli.naming import Partial
from gradcli.points import Block
from gradcli.program import Program
from gradcli.render import TEXT_FORMATS, Listing, Style
from gradcli.results import Values
from gradcli.sparsity import hessian_pattern, jacobian_pattern


def write_pattern(program: Program, what: DerivativeOptions, out: OutputOptions | FormulaOutputOptions) -> None:
    """Writes which first partials there can be at all, or with `--hessian` which second ones.

    Raises:
        UsageError: it is neither that is asked for.
    """
    second = what.hessian or what.order == 2
    if what._replace(hessian=False).has_kind() or (what.order or 1) > 2 or out.bare or out.columns:
        raise UsageError(
            "--sparsity shows the pattern of the Jacobian, or with --hessian of the Hessian, and nothing else",
            hint="leave out the other options",
        )
    variables = what.variables if what.variables is not None else program.variables
    style = make_style(out, "csv", TEXT_FORMATS)
    rows = variables if second else [output.name for output in program.outputs]
    drawn = style.traits.screen and _width(variables, rows, style) <= style.width
    listing = (_hessians if second else _jacobian)(program, variables, drawn)
    write(listing, out, "csv", TEXT_FORMATS)


def _width(variables: Sequence[str], rows: Sequence[str], style: Style) -> int:
    """How wide a pattern is drawn, with its frame."""
    side, *columns = [
        max((len(style.seen(name)) for name in rows), default=0),
        *(len(style.seen(v)) for v in variables),
    ]
    return side + 4 + sum(column + 3 for column in columns)


def _jacobian(program: Program, variables: Sequence[str], drawn: bool) -> Listing:
    pattern = jacobian_pattern(program, variables)
    if drawn:
        return Listing(("", *variables), [_drawn(output, variables, by) for output, by in pattern.items()])
    found = [{"output": output, "variable": variable} for output, by in pattern.items() for variable in by]
    return Listing(("output", "variable"), found)


def _hessians(program: Program, variables: Sequence[str], drawn: bool) -> Listing:
    """Each pair once, as the matrix is symmetric; drawn it is whole."""
    patterns = {output.name: list(hessian_pattern(program, output.name, variables)) for output in program.outputs}
    several = ("output",) if len(patterns) > 1 else ()
    if not drawn:
        records = [{"output": output, "i": i, "j": j} for output, pairs in patterns.items() for i, j in pairs]
        shown = (*several, "i", "j")
        return Listing(shown, [{key: record[key] for key in shown} for record in records])
    grids: list[dict[str, Any]] = []
    for output, pairs in patterns.items():
        both = {*pairs, *((j, i) for i, j in pairs)}
        for i in variables:
            by = tuple(j for j in variables if (i, j) in both)
            grids.append({"output": output, **_drawn(i, variables, by)})
    return Listing(("output", "", *variables), grids, "output")


def _drawn(name: str, variables: Sequence[str], by: Sequence[str]) -> dict[str, str]:
    return {"": name, **{variable: "*" if variable in by else "." for variable in variables}}


def as_entries(
    answers: Iterable[tuple[Block, Values]], partials: Sequence[Partial], many: bool, errors: bool, status: bool
) -> Listing:
    """Values and partials up to the second order, a row each: `i` and `j` say by what, `value` is the number.

    Several points are numbered, several outputs named. Second partials that can only be zero are left out.

    Args:
        errors: whether there is a column with the bound of each number's error.
        status: whether there is a column with what is to be said of a number.
    """
    several = len({partial.output for partial in partials}) > 1
    columns = (*["point"] * many, *["output"] * several, "i", "j", "value", *["error"] * errors, *["status"] * status)
    return Listing(columns, _records(answers, partials, columns))


def _records(
    answers: Iterable[tuple[Block, Values]], partials: Sequence[Partial], columns: Sequence[str]
) -> Iterator[dict[str, Any]]:
    point = 0
    for block, values in answers:
        for row in range(block.rows):
            point += 1
            for partial in partials:
                number = values[partial.name][row]
                i, j = (*partial.by, None, None)[:2]
                record: dict[str, Any] = {"point": point} if "point" in columns else {}
                record |= {"output": partial.output} if "output" in columns else {}
                record |= {"i": i, "j": j, "value": number if isfinite(number) else None}
                if "error" in columns:
                    bound = values.bounds(partial.name)[row]
                    record["error"] = bound if isfinite(bound) else None
                said = values.status_text(partial.name, row)
                yield record if said is None else {**record, "status": said}

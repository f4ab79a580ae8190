"""`gradcli backends`: what each backend can do, from what it declares of itself."""

from __future__ import annotations

from math import isfinite

from gradcli.backends import ALIASES, backend_names, get_backend
from gradcli.cli.group import command as make_command
from gradcli.cli.options import ListOptions, list_options
from gradcli.cli.output import make_style, write
from gradcli.render import LIST_FORMATS, Listing
from gradcli.results import number_text

_COLUMNS = ("name", "short", "summary", "formulas", "max order", "tolerance", "options")


@make_command(examples=("gradcli backends", "gradcli backends --format json"), short_help="what each backend can do")
@list_options(LIST_FORMATS)
def command(out: ListOptions) -> None:
    """List the backends with what they can do."""
    traits = make_style(out, "plain", LIST_FORMATS).traits
    structured = traits.structured
    records = []
    for backend in map(get_backend, backend_names()):
        can = backend.capabilities
        records.append(
            {
                "name": backend.name,
                "short": [short for short, name in ALIASES.items() if name == backend.name],
                "summary": backend.summary,
                "formulas": can.formulas if structured else "yes" if can.formulas else "no",
                "max order": can.max_order if structured else str(can.max_order or "any"),
                "tolerance": can.tolerance if structured else _tolerance(can.tolerance),
                "options": [f"--{name.replace('_', '-')}" for name in can.options],
            }
        )
    write(Listing(_COLUMNS, records, tall=None if traits.screen else True), out, "plain", LIST_FORMATS)


def _tolerance(tolerance: float) -> str:
    return number_text(tolerance) if isfinite(tolerance) else "that of the grid"

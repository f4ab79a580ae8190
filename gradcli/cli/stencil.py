"""`gradcli stencil`: the weights of finite differences, and how wrong the formula is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import click

from gradcli.cli.group import command as make_command
from gradcli.cli.group import option
from gradcli.cli.options import ListOptions, list_options
from gradcli.cli.output import make_style, write
from gradcli.errors import UsageError
from gradcli.render import TEXT_FORMATS, Listing

if TYPE_CHECKING:
    from fractions import Fraction

    from gradcli.stencils import Stencil

MAX_SAMPLES = 200
EXAMPLES = (
    "gradcli stencil --order 1 --accuracy 4",
    "gradcli stencil --order 2 --accuracy 2 --scheme forward",
    "gradcli stencil --order 1 --offsets -1,0,1,2",
)
_FORMULA = "The formula"


@make_command(examples=EXAMPLES, short_help="the weights of finite differences, exactly")
@option(
    "--order",
    type=click.IntRange(1),
    default=1,
    metavar="N",
    section=_FORMULA,
    help="The order of the derivative [default: 1].",
)
@option(
    "--accuracy", type=click.IntRange(1), metavar="N", section=_FORMULA,
    help="The power of the step that the error falls with [default: 2].",
)  # fmt: skip
@option(
    "--scheme", type=click.Choice(("central", "forward", "backward")), metavar="SCHEME", section=_FORMULA,
    help="Where it samples: central, forward, backward [default: central].",
)  # fmt: skip
@option("--offsets", metavar="-1,0,1,2", section=_FORMULA, help="The places themselves, in steps; fractions too.")
@list_options(TEXT_FORMATS)
def command(order: int, accuracy: int | None, scheme: str | None, offsets: str | None, out: ListOptions) -> None:
    """Write the weights that give a derivative from samples, as exact fractions.

    The derivative at x is the sum of weight*f(x + offset*h) over h^order, but for the error.
    """
    found = _stencil(order, accuracy, scheme, offsets)
    formula = f"order {order}, accuracy {found.accuracy}: error {_error(found)}"
    records: list[dict[str, Any]] = [
        {
            "offset": str(offset),
            "weight": str(weight),
            "order": order,
            "accuracy": found.accuracy,
            "error": _error(found),
            "formula": formula,
        }
        for offset, weight in zip(found.offsets, found.weights, strict=True)
    ]
    if make_style(out, "plain", TEXT_FORMATS).traits.structured:
        records = [{key: value for key, value in record.items() if key != "formula"} for record in records]
    write(Listing(("offset", "weight"), records, "formula"), out, "plain", TEXT_FORMATS)


def _stencil(order: int, accuracy: int | None, scheme: str | None, offsets: str | None) -> Stencil:
    from gradcli.stencils import from_offsets, stencil

    if offsets is None:
        if order + (accuracy or 2) > MAX_SAMPLES:
            raise UsageError(f"a stencil has at most {MAX_SAMPLES} samples")
        return stencil(scheme or "central", order, accuracy or 2)
    if accuracy is not None or scheme is not None:
        given = "--accuracy" if accuracy is not None else "--scheme"
        raise UsageError(f"--offsets fix the formula, so {given} cannot", hint="leave one of them out")
    found = [_offset(text) for text in offsets.split(",")]
    if len(found) > MAX_SAMPLES:
        raise UsageError(f"a stencil has at most {MAX_SAMPLES} samples")
    return from_offsets(found, order)


def _offset(text: str) -> Fraction:
    from fractions import Fraction

    try:
        if re.fullmatch(r"[^eE]{1,30}([eE][-+]?\d{1,2})?", text.strip()) is None:
            raise ValueError(text)
        return Fraction(text.strip())
    except (ValueError, ZeroDivisionError):
        raise UsageError(
            f"'{text}' is no offset", hint="offsets are numbers or fractions: --offsets -1,0,1/2,2"
        ) from None


def _error(found: Stencil) -> str:
    """The leading term of what the formula gives beyond the derivative: `1/6 h^2 f^(3)`."""
    step = "h" if found.accuracy == 1 else f"h^{found.accuracy}"
    return f"{found.coefficient} {step} f^({found.order + found.accuracy})"

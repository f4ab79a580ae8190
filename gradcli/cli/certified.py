"""`eval --certify`: what is evaluated by ball arithmetic, and the columns of enclosures."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from gradcli.cli.columns import with_beside
from gradcli.cli.options import BackendOptions, PrecisionOptions, own_options
from gradcli.errors import UsageError
from gradcli.naming import Derivative
from gradcli.points import Block, Given
from gradcli.program import Program
from gradcli.results import Values

if TYPE_CHECKING:
    from gradcli.stream import Answers


def has_boxes(givens: Iterable[Given], precision: PrecisionOptions) -> bool:
    """Whether there are boxes among the points.

    Raises:
        UsageError: they are not to be certified, or other columns or digits are asked for.
    """
    boxed = [(given, name) for given in givens for name in given.boxes()]
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


def certified_answers(
    program: Program, asked: Sequence[Derivative], how: BackendOptions, precision: PrecisionOptions, boxes: bool
) -> Answers:
    """From points to their certain numbers; what is wrong with the request is found at once."""
    from gradcli.certify import Certified

    certified = Certified(program, asked, how.backend, own_options(how), boxes)

    def answers(blocks: Iterable[Block]) -> Iterator[tuple[Block, Values]]:
        for block in blocks:
            for point in block.singles():
                values = certified.over(point) if boxes else certified.at(point, precision.digits)
                yield point, with_beside(values, asked, precision)

    return answers

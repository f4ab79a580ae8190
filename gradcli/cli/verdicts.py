"""What `check` and `equal` say of two functions, as records and notes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gradcli.cli.options import ListOptions
from gradcli.cli.output import make_style
from gradcli.cli.sources import say
from gradcli.equality import Finding, Sameness
from gradcli.points import Block
from gradcli.program import Program
from gradcli.render import TEXT_FORMATS
from gradcli.results import number_text
from gradcli.sampling import SEED, unmet

_NAMED = 3  # variables whose ranges a note has
_TINY = 1e-14  # a relative difference that constants of 15 digits explain


def how(sameness: Sameness, drawn: bool) -> str:
    """What a verdict stands on: a proof, a number of points, a counter-example."""
    finding = sameness.finding
    parts = ["proved"] if sameness.proved else []
    total = finding.agreed + finding.differed + finding.holes
    if finding.counterexample is not None:
        parts = [f"{_points(finding.differed + finding.holes)} of {total:,} differ"]
        if 0 < finding.widest < _TINY:
            parts.append(f"by {finding.widest:.0e} relative at most: the rounding of a constant?")
    elif finding.agreed:
        parts.append(f"tested at {_points(finding.agreed)}{' drawn from the domain' if drawn else ''}")
        if finding.slack:
            parts.append("up to the rounding of a constant")
    passed = [f"{reason} at {_points(count)}" for reason, count in finding.passed.items()]
    if not sameness.same and finding.counterexample is None:
        nothing = ", ".join(passed) or "there was no point"
        return f"{nothing}; proved elsewhere" if sameness.proved and sameness.asked else nothing
    return ", ".join([*parts, *passed])


def _points(count: int) -> str:
    return f"{count:,} point{'' if count == 1 else 's'}"


def place_of(finding: Finding) -> str | None:
    """The point of the counter-example, as `--at` reads it."""
    example = finding.counterexample
    return None if example is None else ",".join(f"{name}={text}" for name, text in example.point.items())


def reading(finding: Finding, position: int) -> Any:
    """What one of the two is there: its number, or why there is none."""
    example = finding.counterexample
    if example is None:
        return None
    found = (example.first, example.second)[position]
    return found.number if found.number is not None else found.text


def columns(out: ListOptions, short: tuple[str, ...], long: tuple[str, ...], bad: bool) -> tuple[str, ...]:
    """The columns that are shown: more where something is wrong, and always the same in tables for programs."""
    return long if bad or make_style(out, "plain", TEXT_FORMATS).traits.separated else short


def point_texts(blocks: Sequence[Block]) -> list[str]:
    """Points as `--at` reads them."""
    return [",".join(f"{name}={text}" for name, text in block.texts.items()) for block in blocks]


def say_points(blocks: Sequence[Block], programs: Sequence[Program]) -> None:
    """Which points were drawn, on stderr, and which branches of some programs none of them is in."""
    if not any(block.columns for block in blocks):
        return
    ranges = [_range(name, [block.columns[name] for block in blocks]) for name in blocks[0].columns]
    more = [f"{len(ranges) - _NAMED} more variables"] if len(ranges) > _NAMED else []
    say(
        f"note: no point is given; {_points(len(blocks))} drawn from the domain, by the fixed seed {SEED}: "
        f"{'; '.join(ranges[:_NAMED] + more)} (--format json lists them)"
    )
    for text, decided in unmet(programs, blocks):
        say(f"note: no point was found where {text} is {'false' if decided else 'true'}, so that branch is not tested")


def _range(name: str, numbers: Sequence[float]) -> str:
    low, high = min(numbers), max(numbers)
    return f"{name} = {number_text(low)}" if low == high else f"{name} from {number_text(low)} to {number_text(high)}"

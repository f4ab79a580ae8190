"""`--verbose`: what was chosen and why, and what it costs, on stderr."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from time import perf_counter
from typing import Any

from gradcli import engine
from gradcli.backends import get_backend
from gradcli.cli.sources import say
from gradcli.combine import terms_of
from gradcli.naming import Derivative, Partial
from gradcli.points import Block
from gradcli.program import LEAVES, Output, Program
from gradcli.results import Values

_ENOUGH = 0.05  # seconds after which a measurement ends
_REPEATS = 20


def say_choices(
    program: Program, asked: Sequence[Derivative], backend: str | None, options: Mapping[str, Any], default: str
) -> None:
    """What the backend chooses by itself; of derivatives that the document gives, nothing is chosen."""
    chosen = get_backend(backend or default)
    derived = [partial for partial in terms_of(asked) if backend is not None or partial not in program.given]
    for line in chosen.explained(program, derived, engine.check_options(chosen.name, options)):
        say(f"verbose: {chosen.name}: {line}")


def say_operations(program: Program, derived: Program) -> None:
    """How many operations the values and the derivatives have."""
    value, whole = _operations(program, program.outputs), _operations(derived, [*derived.outputs, *program.outputs])
    ratio = f", {whole / value:.3g} times as many" if value else ""
    say(f"verbose: {value:,} operations for the value, {whole:,} with the derivatives{ratio}")


def _operations(program: Program, outputs: Iterable[Output]) -> int:
    return sum(program.equations[k][0] not in LEAVES for k in program.live(output.ref for output in outputs))


def timed(
    answers: Iterable[tuple[Block, Values]], program: Program, prepared: Callable[[Any], Values], backend: str | None
) -> Iterator[tuple[Block, Values]]:
    """The same answers; at the first block it is measured and said what the derivatives cost beside the value."""
    first = True
    for block, values in answers:
        if first:
            alone = engine.prepare(program, [Partial(output.name) for output in program.outputs], backend)
            value, whole = _seconds(alone.evaluate, block), _seconds(prepared, block)
            where = "at the first point" if block.rows == 1 else f"for the first {block.rows:,} points"
            say(
                f"verbose: with the derivatives it takes {whole / value:.3g} times as long as the value alone "
                f"({1e6 * whole:.3g} to {1e6 * value:.3g} microseconds {where})"
            )
            first = False
        yield block, values


def _seconds(evaluate: Callable[[Any], Values], block: Block) -> float:
    """The shortest time of a few evaluations."""
    best = total = 0.0
    for _ in range(_REPEATS):
        start = perf_counter()
        evaluate(block.columns)
        took = perf_counter() - start
        best, total = min(best or took, took), total + took
        if total > _ENOUGH:
            break
    return best

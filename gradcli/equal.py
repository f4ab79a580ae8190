"""Are two expressions the same function, or the same up to a constant? For proofs and tests see `equality`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from gradcli import engine
from gradcli.equality import Formula, Pair, Sameness, Side, Tolerance, compare
from gradcli.errors import UsageError
from gradcli.naming import Partial
from gradcli.points import Block
from gradcli.program import Builder, Program
from gradcli.rules import in_full


def variables_of(first: Program, second: Program) -> tuple[str, ...]:
    """The variables of both."""
    return tuple(dict.fromkeys((*first.variables, *second.variables)))


def compare_programs(
    first: Program,
    second: Program,
    blocks: Iterable[Block],
    *,
    wrt: Sequence[str] | None = None,
    prove: bool = True,
    drawn: bool = False,
    tolerance: float | None = None,
) -> dict[str, Sameness]:
    """Compares the outputs of two programs, first with first, by the names of the first.

    Args:
        wrt: compare the partials by these variables instead of the values: the same up to a constant.

    Raises:
        UsageError: the numbers of outputs differ.
    """
    if len(first.outputs) != len(second.outputs):
        raise UsageError(
            f"the first has {len(first.outputs)} outputs, the second {len(second.outputs)}",
            hint="give as many, in the same order",
        )
    bys = [()] if wrt is None else [(v,) for v in wrt]
    columns = [
        (Partial(a.name, by), Partial(b.name, by))
        for a, b in zip(first.outputs, second.outputs, strict=True)
        for by in bys
    ]
    programs = [_declaring(program, variables_of(first, second)) for program in (first, second)]
    asked = list(zip(*columns, strict=True))
    evaluations = [engine.prepare_partials(*pair) for pair in zip(programs, asked, strict=True)]
    pairs = [Pair(a.name, Side(evaluations[0], a.name), Side(evaluations[1], b.name)) for a, b in columns]

    def formulas() -> list[tuple[Formula, Formula]]:
        derived = [
            engine.formulas(in_full(program), partials, "autodiff")
            for program, partials in zip(programs, asked, strict=True)
        ]
        sides = ([(d.equations, output.ref) for output in d.outputs] for d in derived)
        return list(zip(*sides, strict=True))

    exact = prove and drawn and tolerance is None
    found = compare(pairs, blocks, Tolerance(tolerance, exact, symmetric=True), formulas if prove else None)
    return {pair.name: sameness for pair, sameness in zip(pairs, found, strict=True)}


def _declaring(program: Program, variables: Sequence[str]) -> Program:
    """The outputs of a program, over the variables of both and without given partials."""
    return Program(Builder.extending(program), variables, program.outputs, bindings=program.bindings)

"""Are two expressions the same function, or the same up to a constant? For proofs and tests see `equality`.

Two functions are the same up to a constant if their partials are the same and nothing jumps: where the domain has
several pieces, as that of `atan(1/x)`, each piece may have a constant of its own. So their difference is looked at
in pairs of points too.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain, islice, pairwise

from gradcli import engine
from gradcli.equality import Formula, Pair, Sameness, Side, Tolerance, compare, examine
from gradcli.errors import UsageError
from gradcli.naming import Partial
from gradcli.points import Block
from gradcli.program import Builder, Output, Program, instantiate
from gradcli.rules import in_full
from gradcli.sampling import Domain

_STEPS = 40  # pairs of points at which a difference is compared


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
        wrt: compare the partials by these variables instead of the values: the same up to a constant. An output whose
            difference is another constant at another point is in the answer too, under its own name, in the place
            of partials that are missing at single points: the variables of the other point have a prime.

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

    exact = prove and tolerance is None
    blocks = iter(blocks)
    begin = list(islice(blocks, _STEPS + 1)) if wrt is not None else []
    blocks = chain(begin, blocks)
    accuracy = Tolerance(tolerance, exact, symmetric=True)
    found = compare(pairs, blocks, accuracy, formulas if prove else None, not drawn)
    results = {pair.name: sameness for pair, sameness in zip(pairs, found, strict=True)}
    if wrt is not None and tolerance is None and not any(sameness.finding.differed for sameness in found):
        steps = _steps(programs[0], programs[1], begin, wrt)
        # Where it jumps a partial is missing, of which there is nothing more to say.
        known = {a.name for a, _ in columns if a.output in steps and results[a.name].different}
        results = {name: sameness for name, sameness in results.items() if name not in known} | steps
    return results


def _steps(first: Program, second: Program, blocks: Sequence[Block], wrt: Sequence[str]) -> dict[str, Sameness]:
    """The outputs whose difference is not the same at neighbouring points that differ in some variables alone."""
    builder = Builder()
    other = {v: builder.input(_primed(v)) for v in wrt}
    outputs = []
    for a, b in zip(first.outputs, second.outputs, strict=True):
        for name, inputs in ((a.name, {}), (_primed(a.name), other)):
            sides = [instantiate(builder, p.equations, [o.ref], inputs)[0] for p, o in ((first, a), (second, b))]
            outputs.append(Output(name, builder.add("sub", *sides)))
    differences = Program(builder, (*first.variables, *map(_primed, wrt)), outputs)
    evaluation = engine.prepare_partials(differences, [Partial(output.name) for output in outputs])
    pairs = [Pair(o.name, Side(evaluation, o.name), Side(evaluation, _primed(o.name))) for o in first.outputs]
    domain = Domain([differences])
    points = islice((point for block in blocks for point in block.singles()), _STEPS + 1)
    steps = (_beside(here, there, wrt) for here, there in pairwise(points))
    found = examine(pairs, (step for step in steps if domain.contains(step.columns)), Tolerance())
    return {p.name: Sameness(finding, False) for p, finding in zip(pairs, found, strict=True) if finding.differed}


def _beside(here: Block, there: Block, wrt: Sequence[str]) -> Block:
    """A point and the place of another one, as far as it is another by these variables."""
    columns, texts = ({_primed(v): point[v] for v in wrt} for point in (there.columns, there.texts))
    return Block(1, {**here.columns, **columns}, {**here.texts, **texts})


def _primed(name: str) -> str:
    return f"{name}'"


def _declaring(program: Program, variables: Sequence[str]) -> Program:
    """The outputs of a program, over the variables of both and without given partials."""
    return program.replaced(variables=tuple(variables), given={})

"""Is a derivative that somebody wrote down the derivative? Tested at points, proved where that is possible.

The truth is what automatic differentiation gives, which the conformance suite holds against the other backends.
A claim is wrong where it has another number than the derivative, or none; where there is no derivative (at a kink,
outside the domain) a claim may be anything. One that lacks single points that nobody asked for, as `x^2/x` does, is
right, and that is said of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations
from math import isclose
from typing import NamedTuple

from gradcli import engine
from gradcli.claims import Claim
from gradcli.equality import DIGITS, Counterexample, Finding, Formula, Pair, Sameness, Side, Tolerance, compare, examine
from gradcli.errors import GradcliError
from gradcli.language.printer import format_expression
from gradcli.literals import SLACK, rounding_of
from gradcli.naming import Partial
from gradcli.points import Block
from gradcli.program import Builder, Output, Program, Ref
from gradcli.results import Status
from gradcli.rules import in_full
from gradcli.sampling import Domain, draw

_LONGEST_FORMULA = 2_000  # equations of a derivative that is shown as a formula
_SLIP_POINTS = 10
_MOST_SLIPS = 12  # wrong claims that a slip is looked for in
_ALIKE = 1e-9  # relative distance of numbers that may be the same
_EXACT_EQUATIONS = 5_000  # of claims that are compared to 50 digits at points that were drawn


class Checked(NamedTuple):
    """What is known of a claim.

    Attributes:
        formula: the true formula, of a claim that is wrong.
        slip: what went wrong, if a usual slip explains it.
        gap: why a claim that is right has no number at a single point where the derivative has one.
    """

    claim: Claim
    sameness: Sameness
    formula: str | None = None
    slip: str | None = None
    gap: str | None = None


def bare(program: Program) -> Program:
    """The function alone, without the partials that its document gives."""
    return program.replaced(given={})


def check(
    program: Program,
    claims: Sequence[Claim],
    blocks: Iterable[Block],
    *,
    beside: Sequence[Block] = (),
    prove: bool = True,
    drawn: bool = False,
    tolerance: float | None = None,
) -> list[Checked]:
    """Checks claims at points.

    Args:
        program: the function, without given partials.
        beside: further points, where a claim that is right may be undefined.
        prove: whether to try a proof for claims without a counter-example, and to compare more digits at points
            that were drawn.
        drawn: whether the points were drawn by us, and nobody asked for them.
        tolerance: the relative difference up to which numbers agree; `None`: the bounds of their errors decide.

    Raises:
        UsageError: a variable has no value.
        LimitError: the work would be too large.
    """
    partials = [claim.partial for claim in claims]
    truth = engine.prepare_partials(program, partials)
    evaluations = {}
    for claim in claims:
        if id(claim.program) not in evaluations:
            columns = [Partial(output.name) for output in claim.program.outputs]
            evaluations[id(claim.program)] = engine.prepare_partials(claim.program, columns)
    pairs = [
        Pair(
            c.partial.name, Side(truth, c.partial.name), Side(evaluations[id(c.program)], c.partial.name),
            _rounding(program, c),
        )
        for c in claims
    ]  # fmt: skip
    exact = prove and drawn and len(program) < _EXACT_EQUATIONS and tolerance is None

    def formulas() -> list[tuple[Formula, Formula]]:
        derived = _derived(program, partials)
        truths = [(derived.equations, output.ref) for output in derived.outputs]
        return list(zip(truths, ((c.program.equations, c.ref) for c in claims), strict=True))

    accuracy = Tolerance(tolerance, exact=exact)
    found = compare(pairs, blocks, accuracy, formulas if prove else None, not drawn)
    results = [Checked(*row) for row in zip(claims, found, strict=True)]
    if beside:
        results = list(map(_with_edges, results, examine(pairs, beside, accuracy)))
    return list(_explained(program, results))


def _derived(program: Program, partials: Sequence[Partial]) -> Program:
    """The true partials, without the branches that some formulas have for the sake of doubles."""
    return engine.formulas(in_full(program), partials, "autodiff")


def _rounding(program: Program, claim: Claim) -> Side | None:
    """What the rounding of long literals explains of a difference: nobody writes pi with all its digits."""
    slack = rounding_of([(program, claim.partial), (claim.program, Partial(claim.partial.name))])
    return None if slack is None else Side(engine.prepare_partials(slack, [Partial(SLACK)]), SLACK)


def _with_edges(result: Checked, found: Finding) -> Checked:
    """What is known of a claim, with what single points show."""
    sameness = result.sameness
    if sameness.different:
        return result
    if not found.differed:
        gap = _gap(found.counterexample) if found.counterexample is not None else None
        known = sameness.finding
        known = known._replace(agreed=known.agreed + found.agreed, slack=known.slack + found.slack)
        return result._replace(sameness=sameness._replace(finding=known), gap=gap)
    total = found._replace(agreed=sameness.finding.agreed + found.agreed, passed=sameness.finding.passed)
    return result._replace(sameness=Sameness(total, False))


def _gap(example: Counterexample) -> str:
    """Why a claim has no number, and where."""
    text = example.second.text or Status.UNDEFINED.text
    return text if ":" in text else f"{text} at {', '.join(f'{v} = {number}' for v, number in example.point.items())}"


def _explained(program: Program, checked: Sequence[Checked]) -> Iterator[Checked]:
    """Wrong claims with the true formula, and the first ones with the slip that explains them."""
    wrong = [result for result in checked if result.sameness.different]
    formulas = _formulas(program, [result.claim.partial for result in wrong]) if wrong else {}
    swapped = _swapped(wrong, program)
    room = _MOST_SLIPS
    for result in checked:
        finding = result.sameness.finding
        if finding.counterexample is None:
            yield result
            continue
        slip = "it is right wherever it is defined" if not finding.differed and finding.agreed else None
        slip = slip or swapped.get(result.claim.partial)
        if slip is None and room:
            room -= 1
            slip = _slip(program, result.claim, finding.places)
        formula = formulas.get(result.claim.partial)
        if formula is not None and not _has_value(*formula, finding):
            formula = None
        text = None if formula is None else format_expression(formula[0].equations, formula[1])
        yield result._replace(formula=text, slip=slip)


def _has_value(derived: Program, ref: Ref, finding: Finding) -> bool:
    """Whether a true formula has the true value where the claim has not; at a single point it may have none."""
    example = finding.counterexample
    if not finding.places or example is None or example.first.number is None:
        return True
    from gradcli.evaluate.multiprecision import Multiprecision, Undecided, Undefined

    arithmetic = Multiprecision(DIGITS)
    value = arithmetic.evaluate(derived, [ref], finding.places[0].exactly(arithmetic))[ref]
    if isinstance(value, Undefined):
        return isinstance(value, Undecided)
    return isclose(float(value), example.first.number, rel_tol=_ALIKE)


def _formulas(program: Program, partials: Sequence[Partial]) -> dict[Partial, tuple[Program, Ref]]:
    """The true formulas, as a person would write them; none where that takes too long."""
    if len(program) > _LONGEST_FORMULA:
        return {}
    try:
        derived = engine.formulas(program, partials)
    except GradcliError:
        return {}
    refs = [output.ref for output in derived.outputs]
    return {
        partial: (derived, ref)
        for partial, ref in zip(partials, refs, strict=True)
        if len(derived.live([ref])) <= _LONGEST_FORMULA
    }


def _swapped(wrong: Sequence[Checked], program: Program) -> dict[Partial, str]:
    """The claims that are each other's partial."""
    pairs = [pair for pair in combinations(wrong, 2) if _may_be_swapped(*pair)]
    if not pairs or len(program) > _LONGEST_FORMULA:
        return {}
    from gradcli.normal_form import Function, are_equal

    partials = list(dict.fromkeys(result.claim.partial for pair in pairs for result in pair))
    derived = _derived(program, partials)

    def matches(claim: Claim, partial: Partial) -> bool:
        truth = Function(derived.equations, derived.output(partial.name))
        return are_equal(truth, Function(claim.program.equations, claim.ref))

    found: dict[Partial, str] = {}
    for a, b in ((one.claim, other.claim) for one, other in pairs):
        if matches(a, b.partial) and matches(b, a.partial):
            found.setdefault(a.partial, f"{a.partial.name} and {b.partial.name} are swapped")
            found.setdefault(b.partial, f"{b.partial.name} and {a.partial.name} are swapped")
    return found


def _may_be_swapped(one: Checked, other: Checked) -> bool:
    """Whether the numbers of two claims fit each other's partial, as far as they are for the same point."""
    a, b = one.sameness.finding.counterexample, other.sameness.finding.counterexample
    if a is None or b is None or a.point != b.point:
        return True
    pairs = (a.first.number, b.second.number), (b.first.number, a.second.number)
    return all(x is None or y is None or isclose(x, y, rel_tol=_ALIKE) for x, y in pairs)


def _slip(program: Program, claim: Claim, places: Sequence[Block]) -> str | None:
    """The slip that explains a wrong claim, looked for at points of its own, or in the rows of a table."""
    if len(program) > _LONGEST_FORMULA:
        return None
    from gradcli.slips import guess

    partial = claim.partial
    above = partial._replace(by=partial.by[:-1])
    first = [Partial(output.name, (v,)) for output in program.outputs for v in program.variables]
    siblings = [above._replace(by=(*above.by, v)) for v in program.variables]
    partials = list(dict.fromkeys([above, partial, *siblings, *first]))
    values = [Partial(output.name) for output in program.outputs]
    function = _derived(program, list(dict.fromkeys([*values, *partials])))
    points = places
    if set(claim.program.variables) <= set(program.variables):
        points = draw([program], program.variables, _both_defined(function, partial, claim), _SLIP_POINTS)
    return guess(function, partial, claim.ref, claim.program, points)


def _both_defined(function: Program, partial: Partial, claim: Claim) -> Domain:
    truth = Program(Builder.extending(function), function.variables, [Output("f", function.output(partial.name))])
    claimed = Program(Builder.extending(claim.program), claim.program.variables, [Output("f", claim.ref)])
    return Domain([truth, claimed], together=True)

"""Whether two formulas are the same function: tested at points, and proved where that is possible.

Two numbers agree if they differ by no more than the bounds of their rounding errors. Where they differ by more, or
the bounds say little, both are computed to 50 digits; only what differs there is a counter-example.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from gradcli.evaluation import Evaluation
from gradcli.points import Block
from gradcli.program import Equation, Ref
from gradcli.results import Status, Values, is_point

DIGITS = 50
_SAME = 5  # of the digits so many may differ: the last ones of either are rounded
_ENOUGH = 1e-10  # relative bounds above it say little
_UNBOUNDED = 1e-11  # the relative error that is taken for granted where there is no bound
_PLACES = 8  # of a difference that are kept
_MOST_DOUBTS = 2_000  # rows of a block that are looked at one by one

_UNCERTAIN = (Status.OVERFLOW, Status.IMPRECISE, Status.NOT_CONVERGED, Status.UNRESOLVED)


class Side(NamedTuple):
    """One of two functions: what evaluates it, and its column."""

    evaluation: Evaluation
    column: str


class Pair(NamedTuple):
    """Two functions that are to be the same; `first` is the one that counts, if one does."""

    name: str
    first: Side
    second: Side


class Reading(NamedTuple):
    """What a function is at a point: a number, or why there is none."""

    number: float | None
    text: str | None = None


class Counterexample(NamedTuple):
    """A point where two functions differ."""

    point: Mapping[str, str]
    first: Reading
    second: Reading


class Finding(NamedTuple):
    """What testing a pair has shown.

    Attributes:
        agreed: at how many points both have the same number.
        differed: at how many their numbers differ.
        holes: at how many only one of them has a number.
        counterexample: the first point where the numbers differ; if there is none, the first hole.
        passed: at how many points nothing could be compared, by the reason.
        places: the first points where the numbers differ.
    """

    agreed: int
    differed: int
    holes: int
    counterexample: Counterexample | None
    passed: Mapping[str, int]
    places: Sequence[Block] = ()


class Tolerance(NamedTuple):
    """What counts as the same.

    Attributes:
        relative: numbers agree that differ by no more, whatever their bounds; `None`: the bounds decide.
        exact: whether to compare 50 digits at every point.
        symmetric: whether a point where only the second is defined is a counter-example too.
    """

    relative: float | None = None
    exact: bool = False
    symmetric: bool = False


def examine(pairs: Sequence[Pair], blocks: Iterable[Block], tolerance: Tolerance) -> list[Finding]:
    """Compares pairs of functions at points."""
    tallies = [_Tally(pair, tolerance) for pair in pairs]
    evaluations = {id(side.evaluation): side.evaluation for pair in pairs for side in (pair.first, pair.second)}
    for block in blocks:
        answers = {key: evaluation.evaluate(block.columns) for key, evaluation in evaluations.items()}
        for tally in tallies:
            tally.add(block, answers)
    return [tally.finding() for tally in tallies]


class Sameness(NamedTuple):
    """What is known of a pair.

    Attributes:
        proved: whether the two are proved to be the same wherever both are defined.
    """

    finding: Finding
    proved: bool

    @property
    def different(self) -> bool:
        """Whether there is a counter-example."""
        return self.finding.counterexample is not None

    @property
    def same(self) -> bool:
        """Whether it was proved, or tested without a counter-example."""
        return not self.different and (self.proved or self.finding.agreed > 0)


Formula = tuple[Sequence[Equation], Ref]
"""Equations, and which of them is the result."""

Formulas = Callable[[], Sequence[tuple[Formula, Formula]]]
"""The two formulas of each pair, made when they are wanted."""


def compare(
    pairs: Sequence[Pair], blocks: Iterable[Block], tolerance: Tolerance, formulas: Formulas | None
) -> list[Sameness]:
    """Tests pairs at points, and tries to prove those of which no numbers differ.

    Args:
        formulas: `None`: nothing is to be proved.
    """
    findings = examine(pairs, blocks, tolerance)
    if formulas is None or all(finding.differed for finding in findings):
        return [Sameness(finding, False) for finding in findings]
    from gradcli.normal_form import Function, are_equal

    proofs = (
        not finding.differed and are_equal(Function(*first), Function(*second))
        for finding, (first, second) in zip(findings, formulas(), strict=True)
    )
    return [Sameness(*pair) for pair in zip(findings, proofs, strict=True)]


class _Tally:
    """The comparison of one pair, while points pass by."""

    def __init__(self, pair: Pair, tolerance: Tolerance) -> None:
        self.pair = pair
        self.tolerance = tolerance
        self.agreed = 0
        self.differed = 0
        self.doubts = 0
        self.holes = 0
        self.places: list[Block] = []
        self.examples: dict[bool, Counterexample] = {}  # by whether both have numbers
        self.passed: dict[str, int] = {}

    def finding(self) -> Finding:
        example = self.examples.get(True) or self.examples.get(False)
        return Finding(self.agreed, self.differed, self.holes, example, self.passed, self.places)

    def add(self, block: Block, answers: Mapping[int, Values]) -> None:
        """Compares the numbers of a block."""
        first, second = (answers[id(side.evaluation)] for side in (self.pair.first, self.pair.second))
        if is_point(block.columns):
            self._judge(block, first, second)
            return
        import numpy as np

        a, b = (
            np.broadcast_to(np.asarray(values[side.column], np.float64), block.rows)
            for values, side in ((first, self.pair.first), (second, self.pair.second))
        )
        with np.errstate(all="ignore"):
            same = abs(a - b) <= (self.tolerance.relative or _UNBOUNDED) * np.maximum(abs(a), abs(b))
        for values, side in ((first, self.pair.first), (second, self.pair.second)):
            codes = values.status.get(side.column)
            if codes is not None:
                same &= np.asarray(codes) == Status.FINE
        self.agreed += int(same.sum())
        for row in (~same).nonzero()[0].tolist():
            self.doubts += 1
            if self.doubts > _MOST_DOUBTS:
                self.passed["too many doubts"] = self.passed.get("too many doubts", 0) + 1
                continue
            point = block.single(row)
            one, other = (side.evaluation.evaluate(point.columns) for side in (self.pair.first, self.pair.second))
            self._judge(point, one, other)

    def _judge(self, point: Block, first: Values, second: Values) -> None:
        sides = self.pair.first, self.pair.second
        codes = [_status(values, side.column) for values, side in zip((first, second), sides, strict=True)]
        clear = all(code not in _UNCERTAIN for code in codes)
        if clear and all(code.has_number for code in codes) and not self.tolerance.exact:
            a, b = float(first[sides[0].column][0]), float(second[sides[1].column][0])
            bounds = _bound(first, sides[0].column, a) + _bound(second, sides[1].column, b)
            size = max(abs(a), abs(b))
            if abs(a - b) <= max(bounds, (self.tolerance.relative or 0) * size) and (
                bounds <= _ENOUGH * size or self.tolerance.relative
            ):
                self.agreed += 1
                return
        if clear and not any(code.has_number for code in codes):
            self._pass(codes[0])
            return
        if clear and not codes[0].has_number and not self.tolerance.symmetric:
            self._pass(codes[0])
            return
        self._arbitrate(point, first, second)

    def _arbitrate(self, point: Block, *values: Values) -> None:
        """Compares 50 digits."""
        readings: list[Reading] = []
        codes: list[Status] = []
        for side, value in zip((self.pair.first, self.pair.second), values, strict=True):
            code = _status(value, side.column)
            if code.has_number or code in _UNCERTAIN:
                value = side.evaluation.certain(point.columns, point.exactly, DIGITS)
                code = _status(value, side.column)
            number = value[side.column][0] if code.has_number else None
            readings.append(Reading(number, value.status_text(side.column, 0)))
            codes.append(code)
        lost = next((code for code in codes if code in _UNCERTAIN), None)
        if lost is not None or not any(code.has_number for code in codes):
            self._pass(lost or codes[0])
        elif not codes[0].has_number and not self.tolerance.symmetric:
            self._pass(codes[0])
            return
        both = all(code.has_number for code in codes)
        if both and same_digits(readings[0].number, readings[1].number, self.tolerance.relative):
            self.agreed += 1
            return
        self.differed += both
        if both and len(self.places) < _PLACES:
            self.places.append(point)
        self.holes += not both
        doubles = [Reading(None if r.number is None else float(r.number), r.text) for r in readings]
        if doubles[0].number != doubles[1].number:  # else all digits are shown
            readings = doubles
        self.examples.setdefault(both, Counterexample(dict(point.texts), *readings))

    def _pass(self, code: Status) -> None:
        self.passed[code.text] = self.passed.get(code.text, 0) + 1


def same_digits(a: Any, b: Any, relative: float | None = None) -> bool:
    """Whether two numbers of 50 digits are the same."""
    from gradcli.evaluate.multiprecision import Multiprecision

    arithmetic = Multiprecision(DIGITS + 10)
    first, second = arithmetic.number(repr(a)), arithmetic.number(repr(b))
    allowed = max(relative or 0, arithmetic.number(f"1e-{DIGITS - _SAME}"))
    return bool(abs(first - second) <= allowed * max(abs(first), abs(second)))


def _status(values: Values, column: str) -> Status:
    codes = values.status.get(column)
    return Status.FINE if codes is None else Status(int(codes[0]))


def _bound(values: Values, column: str, number: float) -> float:
    errors = values.error.get(column)
    bound = float("nan") if errors is None else float(errors[0])
    return bound if bound == bound else _UNBOUNDED * abs(number)

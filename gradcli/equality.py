"""Whether two formulas are the same function: tested at points, and proved where that is possible.

Two numbers agree if they differ by no more than the bounds of their rounding errors. Where they differ by more, or
the bounds say little, both are computed to 50 digits; only what differs there is a counter-example. A number that 350
digits do not tell from 0, as all of it cancels, counts as 0.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from sys import float_info
from typing import Any, NamedTuple

from gradcli.evaluation import Evaluation
from gradcli.points import Block
from gradcli.program import Equation, Ref
from gradcli.results import SMALLEST_NORMAL, Status, Values, is_point

DIGITS = 50
_MORE = 300  # digits beyond those, of numbers that cancel
_ZERO = 1e-150  # what is bounded by it after so much cancellation is taken for 0
_SAME = 5  # of the digits so many may differ: the last ones of either are rounded
_ENOUGH = 1e-10  # relative bounds above it say little
_UNBOUNDED = 1e-11  # the relative error that is taken for granted where there is no bound
_PLACES = 8  # of a difference that are kept
_MOST_DOUBTS = 2_000  # rows of blocks that are looked at one by one
_CLOSELY = 100  # of these the first ones, whatever their numbers are: blocks have no bounds

_UNCERTAIN = (Status.OVERFLOW, Status.IMPRECISE, Status.NOT_CONVERGED, Status.UNRESOLVED)


class Side(NamedTuple):
    """One of two functions: what evaluates it, and its column."""

    evaluation: Evaluation
    column: str


class Pair(NamedTuple):
    """Two functions that are to be the same; `first` is the one that counts, if one does.

    Attributes:
        slack: how far their numbers may lie apart all the same, if they may.
    """

    name: str
    first: Side
    second: Side
    slack: Side | None = None


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
        slack: at how many of those that agree the numbers do so within the slack of the pair alone.
        widest: the largest relative distance of numbers that differ.
    """

    agreed: int
    differed: int
    holes: int
    counterexample: Counterexample | None
    passed: Mapping[str, int]
    places: Sequence[Block] = ()
    slack: int = 0
    widest: float = 0.0


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


class _Place:
    """A point, and what is computed there, once for all pairs."""

    def __init__(self, point: Block) -> None:
        self.point = point
        self._known: dict[tuple[int, bool], Values] = {}

    def numbers(self, evaluation: Evaluation) -> Values:
        """Doubles with their bounds."""
        return self._of(evaluation, False)

    def digits(self, evaluation: Evaluation) -> Values:
        """50 digits."""
        return self._of(evaluation, True)

    def _of(self, evaluation: Evaluation, exact: bool) -> Values:
        key, point = (id(evaluation), exact), self.point
        if key not in self._known:
            self._known[key] = (
                evaluation.certain(point.columns, point.exactly, DIGITS, _MORE)
                if exact
                else evaluation.evaluate(point.columns)
            )
        return self._known[key]


def examine(pairs: Sequence[Pair], blocks: Iterable[Block], tolerance: Tolerance) -> list[Finding]:
    """Compares pairs of functions at points."""
    tallies = [_Tally(pair, tolerance) for pair in pairs]
    evaluations = {id(side.evaluation): side.evaluation for pair in pairs for side in (pair.first, pair.second)}
    for block in blocks:
        if is_point(block.columns):
            place = _Place(block)
            for tally in tallies:
                tally.judge(place)
            continue
        answers = {key: evaluation.evaluate(block.columns) for key, evaluation in evaluations.items()}
        places: dict[int, _Place] = {}
        for tally in tallies:
            for row in tally.doubtful(block.rows, answers):
                if row not in places:
                    places[row] = _Place(block.single(row))
                tally.judge(places[row])
    return [tally.finding() for tally in tallies]


class Sameness(NamedTuple):
    """What is known of a pair.

    Attributes:
        proved: whether the two are proved to be the same wherever both are defined.
        asked: whether somebody named the points: then a proof alone, with none of them compared, is no answer.
    """

    finding: Finding
    proved: bool
    asked: bool = False

    @property
    def different(self) -> bool:
        """Whether there is a counter-example."""
        return self.finding.counterexample is not None

    @property
    def same(self) -> bool:
        """Whether it was tested without a counter-example, or proved where no points were asked for.

        What is undefined wherever it was looked at is not the same as anything, whatever is proved of it.
        """
        if self.different or self.finding.agreed:
            return not self.different
        return self.proved and not self.asked and set(self.finding.passed) != {Status.UNDEFINED.text}


Formula = tuple[Sequence[Equation], Ref]
"""Equations, and which of them is the result."""

Formulas = Callable[[], Sequence[tuple[Formula, Formula]]]
"""The two formulas of each pair, made when they are wanted."""


def compare(
    pairs: Sequence[Pair], blocks: Iterable[Block], tolerance: Tolerance, formulas: Formulas | None, asked: bool
) -> list[Sameness]:
    """Tests pairs at points, and tries to prove those of which no numbers differ.

    Args:
        formulas: `None`: nothing is to be proved.
        asked: see `Sameness`.
    """
    findings = examine(pairs, blocks, tolerance)
    if formulas is None or all(finding.differed for finding in findings):
        return [Sameness(finding, False, asked) for finding in findings]
    from gradcli.normal_form import Function, are_equal

    proofs = (
        not finding.differed and are_equal(Function(*first), Function(*second))
        for finding, (first, second) in zip(findings, formulas(), strict=True)
    )
    return [Sameness(*pair, asked) for pair in zip(findings, proofs, strict=True)]


class _Tally:
    """The comparison of one pair, while points pass by."""

    def __init__(self, pair: Pair, tolerance: Tolerance) -> None:
        self.sides = pair.first, pair.second
        self.slack = pair.slack
        self.within = 0
        self.widest = 0.0
        self.closely = _CLOSELY
        self.deceptive = False  # whether numbers that are alike as doubles were found to differ
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
        return Finding(
            self.agreed, self.differed, self.holes, example, self.passed, self.places, self.within, self.widest
        )

    def doubtful(self, rows: int, answers: Mapping[int, Values]) -> Iterator[int]:
        """The rows of a block to be looked at one by one: the first ones, and those whose numbers stand out.

        Where numbers differ all the same that are alike as doubles, so may all others that are.
        """
        import numpy as np

        values = [answers[id(side.evaluation)] for side in self.sides]
        a, b = (
            np.broadcast_to(np.asarray(v[side.column], np.float64), rows)
            for v, side in zip(values, self.sides, strict=True)
        )
        with np.errstate(all="ignore"):
            same = abs(a - b) <= (self.tolerance.relative or _UNBOUNDED) * np.maximum(abs(a), abs(b))
        for v, side in zip(values, self.sides, strict=True):
            codes = v.status.get(side.column)
            if codes is not None:
                same &= np.asarray(codes) == Status.FINE
        alike = same.copy()
        same[: self.closely] = False
        self.closely -= min(rows, self.closely)
        for row in self._with_room((~same).nonzero()[0].tolist()):
            differed = self.differed
            yield row
            self.deceptive = self.deceptive or (self.differed > differed and bool(alike[row]))
        if self.deceptive:
            yield from self._with_room(same.nonzero()[0].tolist())
        else:
            self.agreed += int(same.sum())

    def _with_room(self, rows: list[int]) -> list[int]:
        """As many of some rows as there may be doubts; the others are counted as passed."""
        room = max(0, _MOST_DOUBTS - self.doubts)
        self.doubts += len(rows)
        if len(rows) > room:
            self.passed["too many doubts"] = self.passed.get("too many doubts", 0) + len(rows) - room
        return rows[:room]

    def judge(self, place: _Place) -> None:
        """Compares numbers at a point: in doubles where that decides, else in 50 digits."""
        values = [place.numbers(side.evaluation) for side in self.sides]
        codes = [v.code(side.column) for v, side in zip(values, self.sides, strict=True)]
        is_held = not place.point.beyond_doubles()  # else doubles are numbers of another point
        clear = is_held and all(code not in _UNCERTAIN for code in codes)
        if clear and not all(code.has_number for code in codes):
            readings = [_reading(v, side.column) for v, side in zip(values, self.sides, strict=True)]
            self._note_hole(place.point, codes, readings)
        elif clear and not self.tolerance.exact and self._agree_as_doubles(*values):
            self.agreed += 1
        else:
            self._arbitrate(place, values, codes if is_held else [Status.UNRESOLVED] * len(codes))

    def _agree_as_doubles(self, *values: Values) -> bool:
        """Whether two numbers are the same within bounds that say enough."""
        a, b = (float(v[side.column][0]) for v, side in zip(values, self.sides, strict=True))
        bounds = sum(_bound(v, side.column, n) for v, side, n in zip(values, self.sides, (a, b), strict=True))
        size = max(abs(a), abs(b))
        allowed = max(bounds, (self.tolerance.relative or 0) * size)
        return abs(a - b) <= allowed and bool(bounds <= _ENOUGH * size or self.tolerance.relative)

    def _arbitrate(self, place: _Place, values: Sequence[Values], codes: Sequence[Status]) -> None:
        """Compares 50 digits."""
        answers = [
            place.digits(side.evaluation) if code.has_number or code in _UNCERTAIN else answer
            for side, answer, code in zip(self.sides, values, codes, strict=True)
        ]
        looked = [(answer, side.column) for answer, side in zip(answers, self.sides, strict=True)]
        final = [values.code(column) for values, column in looked]
        readings = [_reading(*column) for column in looked]
        bounds = [_bound(*column) for column in looked]
        if not all(code.has_number for code in final):
            self._note_hole(place.point, final, readings)
        elif same_digits(readings[0].number, readings[1].number, self.tolerance.relative):
            self.agreed += 1
        elif Status.IMPRECISE in final and (gap := _gap(readings)) <= max(sum(bounds), _ZERO):
            if max(*bounds, gap) <= _ZERO:  # nothing is left that tells them from 0, or one from the other
                self.agreed += 1
            else:
                self._pass(Status.IMPRECISE)
        elif self.slack is not None and _gap(readings) <= _size(place.numbers(self.slack.evaluation), self.slack):
            self.agreed += 1
            self.within += 1
        else:
            self.differed += 1
            self.widest = max(self.widest, _relative(readings))
            if len(self.places) < _PLACES:
                self.places.append(place.point)
            self._show(place.point, readings)

    def _note_hole(self, point: Block, codes: Sequence[Status], readings: Sequence[Reading]) -> None:
        """A point where a number is missing, which counts if the other one is there for certain."""
        lost = next((code for code in codes if code in _UNCERTAIN), None)
        if lost is not None or not any(code.has_number for code in codes):
            self._pass(lost or codes[0])
        elif not codes[0].has_number and not self.tolerance.symmetric:
            self._pass(codes[0])
        else:
            self.holes += 1
            self._show(point, readings)

    def _show(self, point: Block, readings: Sequence[Reading]) -> None:
        """Remembers the first counter-example of its kind, with all digits where doubles are the same."""
        shown = [Reading(_as_double(reading.number), reading.text) for reading in readings]
        if shown[0].number == shown[1].number:
            shown = list(readings)
        both = all(reading.number is not None for reading in readings)
        self.examples.setdefault(both, Counterexample(dict(point.texts), *shown))

    def _pass(self, code: Status) -> None:
        self.passed[code.text] = self.passed.get(code.text, 0) + 1


def same_digits(a: Any, b: Any, relative: float | None = None) -> bool:
    """Whether two numbers of 50 digits are the same."""
    from gradcli.evaluate.multiprecision import Multiprecision

    arithmetic = Multiprecision(DIGITS + 10)
    first, second = arithmetic.number(repr(a)), arithmetic.number(repr(b))
    allowed = max(relative or 0, arithmetic.number(f"1e-{DIGITS - _SAME}"))
    return bool(abs(first - second) <= allowed * max(abs(first), abs(second)))


def _gap(readings: Sequence[Reading]) -> Any:
    """How far two numbers of 50 digits lie apart."""
    from gradcli.evaluate.multiprecision import Multiprecision

    arithmetic = Multiprecision(DIGITS + 10)
    first, second = (arithmetic.number(repr(reading.number or 0.0)) for reading in readings)
    return abs(first - second)


def _relative(readings: Sequence[Reading]) -> float:
    """The same, beside the larger one."""
    size = max(abs(reading.number or 0.0) for reading in readings)
    return float(_gap(readings) / size) if size else 0.0


def _size(values: Values, side: Side) -> float:
    return float(values[side.column][0]) if values.code(side.column).has_number else 0.0


def _as_double(number: float | None) -> float | None:
    """A number as a double, if it is one: neither too large nor too small."""
    if number is None:
        return None
    double = float(number)
    fits = SMALLEST_NORMAL <= abs(double) < float_info.max or not repr(number).strip("-0.")
    return double if fits else number


def _reading(values: Values, column: str) -> Reading:
    number = values[column][0] if values.code(column).has_number else None
    return Reading(number, values.status_text(column, 0))


def _bound(values: Values, column: str, number: float = 0.0) -> float:
    errors = values.error.get(column)
    bound = float("nan") if errors is None else float(errors[0])
    return bound if bound == bound else _UNBOUNDED * abs(number)

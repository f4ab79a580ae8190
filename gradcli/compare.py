"""Every backend side by side: who disagrees, and who is wrong.

Backends share the parser, the program and the elementary functions, not the way they differentiate. Two numbers
disagree if they differ by more than the sum of their bounds; then the limit of the difference quotient, found by
series in 50 digits, tells which backend is wrong. Where no backend can give a number, at a kink or outside the domain,
the reason is reported; and so it is where the bounds are as large as the numbers, and agreement would mean nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import floor, inf, isfinite, log10, ulp
from typing import Any, NamedTuple

from gradcli import engine
from gradcli.backends import backend_names, get_backend
from gradcli.combine import CombinedEvaluation, certain_sum, terms_of
from gradcli.equality import DIGITS, Reading
from gradcli.errors import LimitError, UsageError
from gradcli.evaluation import Evaluation
from gradcli.naming import Derivative, Partial
from gradcli.points import Block
from gradcli.program import Program
from gradcli.results import DOUBLE_DIGITS, OF_THE_FUNCTION, Status, Values, at_row, is_point
from gradcli.rules import in_full

_MOST_DOUBTS = 1_000  # rows of a partial that are looked at one by one
_MOST_REMEMBERED = 100_000  # limits: those of a block, for one backend after the other


class Row(NamedTuple):
    """What the backends say of one partial, or of a sum of partials.

    Attributes:
        points: how many there were.
        compared: at how many two backends or more had something to compare.
        disagreed: at how many they disagree.
        wrong: the backends that are wrong at one of those, with how often.
        statuses: at how many points there is no number, by the reason.
        places: the first point of each reason.
        looked: how many were looked at one by one; of the others nobody knows whether they are imprecise.
        worst: the first disagreement; else the point where the relative gap is largest.
    """

    partial: Derivative
    points: int
    compared: int
    disagreed: int
    wrong: Mapping[str, int]
    statuses: Mapping[str, int]
    places: Mapping[str, Mapping[str, str]]
    looked: int
    worst: Look | None


class Look(NamedTuple):
    """One partial at one point, by all backends.

    Attributes:
        bounds: how far each backend says that its number may be off; by its tolerance, where it gives no bound.
        gap, ulps: how far the numbers lie apart, relatively and in units of the last place.
        truth: where they disagree, what 50 digits say.
        wrong: the backends outside of their bounds then.
    """

    point: Mapping[str, str]
    readings: Mapping[str, Reading]
    bounds: Mapping[str, float]
    gap: float | None
    ulps: float | None
    disagree: bool = False
    truth: Reading | None = None
    wrong: tuple[str, ...] = ()

    @property
    def bound(self) -> float | None:
        """What two of them may differ by at most, relative to the largest: the sum of the two largest bounds.

        `None` where fewer than two have numbers, or all are 0 and may be others.
        """
        if len(self.bounds) < 2:
            return None
        allowed = sum(sorted(self.bounds.values())[-2:])
        size = max(abs(reading.number) for reading in self.readings.values() if reading.number is not None)
        return allowed / size if size else None if allowed else 0.0

    @property
    def digits(self) -> int:
        """To how many digits they agree for certain."""
        bound = self.bound
        return DOUBLE_DIGITS if bound == 0 else 0 if bound is None else max(0, floor(-log10(2 * bound)))

    @property
    def reason(self) -> str | None:
        """Why little or nothing could be compared; `None` where it could."""
        texts = [reading.text for reading in self.readings.values() if reading.text]
        if len(self.bounds) < len(self.readings) or len(texts) == len(self.readings):
            return next(iter(texts), "undefined").partition(":")[0]
        return None


def needs_grid(names: Sequence[str]) -> bool:
    """Whether one of the backends needs all points of a grid at once."""
    return any(get_backend(name).capabilities.grids_only for name in names)


def capable(names: Sequence[str] | None, partials: Sequence[Partial]) -> tuple[str, ...]:
    """The backends that can give all partials at points, by what they declare; of those that are named, all.

    One that samples a grid is compared if it is named; as it promises nothing, it cannot be wrong.

    Raises:
        UsageError: there is no such backend, one that is named cannot give them, or fewer than two are left.
    """
    order = max((partial.order for partial in partials), default=0)
    chosen = [get_backend(name).name for name in (names if names is not None else backend_names())]
    found = []
    for name in dict.fromkeys(chosen):
        can = get_backend(name).capabilities
        highest = can.max_order
        if can.grids_only and names is None:
            continue
        if highest is None or order <= highest:
            found.append(name)
        elif names is not None:
            raise UsageError(f"the backend {name} gives partials up to order {highest}, not {order}")
    if len(found) < 2:
        raise UsageError(
            f"there is nothing to compare: {', '.join(found) or 'no backend'} alone",
            hint=f"name two or more of: {', '.join(backend_names())}",
        )
    return tuple(found)


class Comparison:
    """The backends, prepared for the same partials and sums of partials.

    Attributes:
        left_out: backends that cannot take the program, with the reason.

    Raises:
        LimitError: the work would be too large for all but one.
    """

    def __init__(self, program: Program, asked: Sequence[Derivative], names: Sequence[str]) -> None:
        self.program = program
        self.partials = tuple(dict.fromkeys((*asked, *terms_of(asked))))
        self.evaluations: dict[str, Evaluation | CombinedEvaluation] = {}
        self.left_out: dict[str, str] = {}
        for name in names:
            try:
                self.evaluations[name] = engine.prepare(program, self.partials, name)
            except LimitError as error:
                self.left_out[name] = error.message
                if len(names) - len(self.left_out) < 2:
                    raise
        from gradcli.limits import Limits

        self._limits = Limits(in_full(program), _MOST_REMEMBERED)
        for evaluation in self.evaluations.values():
            evaluation.share_limits(self._limits)

    def over(self, blocks: Iterable[Block]) -> list[Row]:
        """The comparison at points."""
        tallies = [_Tally(self, partial) for partial in self.partials]
        for block in blocks:
            answers = {
                name: evaluation.evaluate(block.columns, exact=block.meant())
                for name, evaluation in self.evaluations.items()
            }
            places = _Places(self.evaluations, block, answers)
            for tally in tallies:
                tally.add(block, places)
        return [tally.row() for tally in tallies]

    def look(self, partial: Derivative, point: Block, answers: Mapping[str, Values]) -> Look:
        """One partial at one point."""
        name = partial.name
        codes = {backend: values.code(name) for backend, values in answers.items()}
        readings: dict[str, Reading] = {}
        for backend, values in answers.items():
            number = float(values[name][0]) if codes[backend].has_number else None
            readings[backend] = Reading(number, values.status_text(name, 0))
        numbers = {b: r.number for b, r in readings.items() if r.number is not None}
        bounds = {b: _bound(answers[b], name, number, b) for b, number in numbers.items()}
        gap, ulps = _gap(list(numbers.values()))
        looked = Look(point.texts, readings, bounds, gap, ulps)
        if not _disagree(numbers, bounds) and not (numbers and any(code in OF_THE_FUNCTION for code in codes.values())):
            return looked
        truth = self._truth(partial, point)
        if truth is None and not _disagree(numbers, bounds):
            return looked  # one says that there is no number, and nobody knows better
        wrong = [b for b in codes if _is_wrong(codes[b], numbers.get(b), bounds.get(b, 0.0), truth)]
        return looked._replace(disagree=True, truth=truth, wrong=tuple(wrong))

    def _truth(self, asked: Derivative, point: Block) -> Reading | None:
        """A partial or a sum of them in 50 digits; `None` where it cannot be decided."""
        if isinstance(asked, Partial):
            return self._limit(asked, point)
        numbers = []
        for _, term in asked.terms or ():
            found = self._limit(term, point)
            if found is None or found.number is None:
                return None
            numbers.append(found.number)
        return Reading(certain_sum(asked, numbers, DIGITS).value) if numbers else None

    def _limit(self, partial: Partial, point: Block) -> Reading | None:
        verdict = self._limits.at_exactly(partial.output, partial.by, point.exactly, DIGITS)
        if verdict.status is Status.UNRESOLVED:
            return None
        return Reading(verdict.value if verdict.status.has_number else None, verdict.status.text)


class _Places:
    """The answers for a block, and those for single rows of it, which are computed once for all partials."""

    def __init__(
        self,
        evaluations: Mapping[str, Evaluation | CombinedEvaluation],
        block: Block,
        answers: Mapping[str, Values],
    ) -> None:
        self.answers = answers
        self._evaluations = {b: e for b, e in evaluations.items() if not get_backend(b).capabilities.grids_only}
        self._block = block
        self._known: dict[int, tuple[Block, dict[str, Values]]] = {}

    def at(self, row: int, name: str) -> tuple[Block, Mapping[str, Values]]:
        """A row as a point, with the answers there; those from a grid are for one column."""
        if row not in self._known:
            point = self._block.single(row)
            self._known[row] = (
                point,
                {b: e.evaluate(point.columns, exact=point.meant()) for b, e in self._evaluations.items()},
            )
        point, known = self._known[row]
        return point, {b: known[b] if b in known else _row(values, row, name) for b, values in self.answers.items()}


class _Tally:
    """The comparison of one partial, while points pass by."""

    def __init__(self, comparison: Comparison, partial: Derivative) -> None:
        self.comparison = comparison
        self.partial = partial
        self.points = self.compared = self.disagreed = self.doubts = self.looked = 0
        self.wrong: dict[str, int] = {}
        self.statuses: dict[str, int] = {}
        self.places: dict[str, Mapping[str, str]] = {}
        self.worst: Look | None = None

    def row(self) -> Row:
        return Row(
            self.partial, self.points, self.compared, self.disagreed, self.wrong, self.statuses, self.places,
            self.looked, self.worst,
        )  # fmt: skip

    def add(self, block: Block, places: _Places) -> None:
        """Compares the numbers of a block; in long ones those rows that stand out."""
        self.points += block.rows
        if is_point(block.columns):
            self._note(self.comparison.look(self.partial, block, places.answers))
            return
        for row in self._doubtful(block.rows, places.answers):
            self._note(self.comparison.look(self.partial, *places.at(row, self.partial.name)))

    def _doubtful(self, rows: int, answers: Mapping[str, Values]) -> list[int]:
        """The rows beyond what the backends' tolerances explain, those with a status, and the widest of the rest."""
        import numpy as np

        name = self.partial.name
        spread = spread_of(answers, name, rows)
        fine, relative = spread.fine, np.where(spread.fine, spread.relative, 0.0)
        doubtful = ~fine | spread.disagree
        looked = doubtful.nonzero()[0].tolist()
        room = max(0, _MOST_DOUBTS - self.doubts)
        self.doubts += len(looked)
        if len(looked) > room:
            self.statuses["too many doubts"] = self.statuses.get("too many doubts", 0) + len(looked) - room
        agreeing = np.where(doubtful, -1.0, relative)
        widest = int(agreeing.argmax())
        looked = looked[:room]
        if agreeing[widest] >= 0:
            self.compared += int((~doubtful).sum()) - 1
            looked.append(widest)
        return sorted(looked)

    def _note(self, look: Look) -> None:
        self.looked += 1
        if len(look.bounds) > 1 or look.disagree:
            self.compared += 1
        if look.disagree:
            self.disagreed += 1
            for backend in look.wrong:
                self.wrong[backend] = self.wrong.get(backend, 0) + 1
        elif look.reason is not None:
            self.statuses[look.reason] = self.statuses.get(look.reason, 0) + 1
            self.places.setdefault(look.reason, look.point)
        if self.worst is None or _rank(look) > _rank(self.worst):
            self.worst = look


class Spread(NamedTuple):
    """How far the backends lie apart in each row of a block.

    Attributes:
        fine: whether all have a number.
        relative: the gap between the widest two, relative to the largest; nan where one has no number.
        allowed: the sum of the two largest bounds of errors, likewise.
        disagree: whether two differ by more than their bounds.
    """

    fine: Any
    relative: Any
    allowed: Any
    disagree: Any


def spread_of(answers: Mapping[str, Values], name: str, rows: int) -> Spread:
    """The spread of one column."""
    import numpy as np

    columns = [np.broadcast_to(np.asarray(values[name], np.float64), rows) for values in answers.values()]
    fine = np.all([np.isfinite(column) for column in columns], axis=0)
    for values in answers.values():
        codes = values.status.get(name)
        if codes is not None:
            fine &= np.asarray(codes) == Status.FINE
    bounds = [np.broadcast_to(_bounds(values, name, backend), rows) for backend, values in answers.items()]
    with np.errstate(all="ignore"):
        size = np.max(np.abs(columns), axis=0)
        relative = np.where(size == 0, 0.0, (np.max(columns, axis=0) - np.min(columns, axis=0)) / size)
        allowed = np.where(size == 0, 0.0, np.sum(np.sort(bounds, axis=0)[-2:], axis=0) / size)
        lowest = np.min([column + bound for column, bound in zip(columns, bounds, strict=True)], axis=0)
        highest = np.max([column - bound for column, bound in zip(columns, bounds, strict=True)], axis=0)
    return Spread(fine, relative, allowed, highest > lowest)


def _rank(look: Look) -> tuple[bool, float]:
    """Disagreements come before all gaps."""
    return look.disagree, -1.0 if look.gap is None else look.gap


def _disagree(numbers: Mapping[str, float], bounds: Mapping[str, float]) -> bool:
    """Whether two of the numbers differ by more than the sum of their bounds."""
    lowest = min((number + bounds[b] for b, number in numbers.items()), default=inf)
    highest = max((number - bounds[b] for b, number in numbers.items()), default=-inf)
    return highest > lowest


def _is_wrong(code: Status, number: float | None, bound: float, truth: Reading | None) -> bool:
    """Whether a backend contradicts the truth."""
    if truth is None:
        return False
    if number is None:
        return truth.number is not None and code in OF_THE_FUNCTION
    return truth.number is None or not abs(number - truth.number) <= bound


def _gap(numbers: Sequence[float]) -> tuple[float | None, float | None]:
    """How far numbers lie apart: relatively, and in units of the last place."""
    if len(numbers) < 2:
        return None, None
    gap, size = max(numbers) - min(numbers), max(map(abs, numbers))
    if not gap:
        return 0.0, 0.0
    return gap / size, gap / ulp(size)


def _bound(values: Values, name: str, number: float, backend: str) -> float:
    errors = values.error.get(name)
    bound = float("nan") if errors is None else float(errors[0])
    tolerance = get_backend(backend).capabilities.tolerance
    return inf if not isfinite(tolerance) else bound if isfinite(bound) else tolerance * abs(number)


def _bounds(values: Values, name: str, backend: str) -> Any:
    """The bounds of a column, row by row."""
    import numpy as np

    numbers = np.abs(np.asarray(values[name], np.float64))
    errors = values.error.get(name)
    tolerance = get_backend(backend).capabilities.tolerance
    if not isfinite(tolerance):
        return np.full_like(numbers, inf)
    return tolerance * numbers if errors is None else np.where(np.isfinite(errors), errors, tolerance * numbers)


def _row(values: Values, row: int, name: str) -> Values:
    """One row of a column of a block."""

    def one(columns: Mapping[str, Any]) -> dict[str, Any]:
        found = columns.get(name)
        return {} if found is None else {name: [found[row]]}

    return values.replaced(
        columns=one(values.columns), error=one(values.error), status=one(values.status), cause=one(values.cause),
        sides={}, points=at_row(values.points, row),
    )  # fmt: skip

"""What is found out about numbers that may not be what is meant: ties and what rounding hides of them, limits, and
more digits. `SecondLook` says what is open; here is what decides it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from gradcli import hidden_ties
from gradcli.backends import Points, Prepared
from gradcli.backends.formulas import FormulaPrepared
from gradcli.hidden_ties import Hidden
from gradcli.naming import Combination, Partial
from gradcli.program import EVERY, Program
from gradcli.results import DOUBLE_DIGITS, Status, Values, at_row, is_point
from gradcli.rules import in_full
from gradcli.second_look import SecondLook
from gradcli.ties import Tie, Ties, silent_edges

if TYPE_CHECKING:
    from gradcli.evaluate.certain import Certain, Point
    from gradcli.evaluate.wide import Wide
    from gradcli.limits import Limits, Verdict


_MOST_CONFIRMED = 30_000  # equations that are computed to many digits for one point


class _Formulas:
    """What formulas give at a point; found when asked for, and empty if the program is too large.

    Args:
        cut: whether partials have no more digits than a double, and no bound.
        exact: what is meant by the point; `None`: the decimals that its numbers print as.
    """

    def __init__(
        self, prepared: Prepared, ties: Ties, cut: bool, point: Mapping[str, float], exact: Point | None
    ) -> None:
        self.point = dict(point)
        self.exact = exact
        self._prepared, self._ties, self._cut = prepared, ties, cut
        self._is_small = len(prepared.program) <= _MOST_CONFIRMED

    @cached_property
    def numbers(self) -> dict[Partial, Certain]:
        """To the digits of a double, with bounds; only the values, if the backend samples."""
        if not self._is_small:
            return {}

        partials = self._prepared.partials
        certain = zip(partials, self._prepared.certain(self._meant(), DOUBLE_DIGITS), strict=True)
        return {partial: number for partial, number in certain if not (partial.by and self._cut)}

    @cached_property
    def ties(self) -> list[Tie]:
        """The places where the formulas may be those of one branch only."""
        return self._ties.exactly(self._meant()) if self._is_small else []

    def _meant(self) -> Point:
        from gradcli.evaluate.certain import as_printed

        return self.exact or as_printed(self.point)


class Inquiry:
    """What decides what prepared partials are where their numbers may not be it; see `Evaluation` for its arguments."""

    def __init__(self, program: Program, prepared: Prepared, traced: bool, shows_edges: bool, single: bool) -> None:
        self.limits: Limits | None = None
        self._single = single
        self._prepared = prepared
        self._whole = None if traced else _values_only(program)
        self._components = program
        self._in_full: Program | None = None
        silent = silent_edges(program, prepared.program, prepared.partials) if shows_edges else EVERY
        self._ties = Ties(program, silent)
        self._hidden_ties = Hidden(program, hidden_ties.ties)
        self._hidden_edges = Hidden(program, hidden_ties.edges)
        self._wide: dict[Partial, Wide] = {}
        self._formulas: _Formulas | None = None

    def look(
        self, values: Values, bounded: bool, zeros: bool = True, exact: Point | None = None, numbers: bool = False
    ) -> SecondLook:
        """The numbers at a point or in a block, with all that is to be said of them.

        Args:
            bounded, zeros, exact: see `Evaluation.evaluate`.
            numbers: whether the numbers are wanted too, and not only what is to be said of them.
        """
        points = values.points
        whole = self._whole.evaluate(points, bounded and self._single) if self._whole is not None else None

        def limit(partial: Partial, point: Mapping[str, float]) -> Verdict:
            return self._limit(partial, point, exact)

        def vanishes(partial: Partial, point: Mapping[str, float]) -> bool:
            return self._vanishes(partial, point, exact)

        look = SecondLook(values, whole, limit, vanishes if zeros else None, self._hides, self._widely)
        tied: list[tuple[Tie, Any]] = []
        if self._ties.ties:
            tied = self._ties.at_point(points) if is_point(points) else self._ties.at_block(points)
            look.ties(self._ties, tied)
        if self._single and not is_point(points):
            rows = set(self._hiding(look, points))
            if bounded and whole is None:
                rows |= values.rows_without_bound() | {row for _, mask in tied for row in mask.nonzero()[0].tolist()}
            elif bounded:  # samples have their bounds at points only
                rows |= set(range(next(len(column) for column in values.columns.values())))
            self._look_closely(look, points, sorted(rows), bounded)
        if numbers and exact is not None:
            # At a tie the double may be on another side than what is meant, and so may the value.
            look.reopen(bool(tied) or self._hides(points, edges=False))
        look.decide()
        return look

    def _look_closely(self, look: SecondLook, points: Points, rows: Iterable[int], bounded: bool) -> None:
        """Answers rows of a block as single points, whose errors have bounds."""
        from struct import pack

        known: dict[bytes, Values] = {}
        for row in rows:
            point = at_row(points, row)
            key = pack(f"{len(point)}d", *point.values())  # 0.0 and -0.0 are two points
            if key not in known:
                values = self._prepared.evaluate(point, bounded).replaced(points=point)
                known[key] = self.look(values, bounded).answer()
            look.replace(row, known[key])

    def _hiding(self, look: SecondLook, points: Points) -> Iterable[int]:
        """The rows where rounding may hide a tie, or the edge of what is defined from a row in doubt."""
        found: set[int] = set()
        mask = self._hidden_ties.in_block(points)
        if mask is not None:
            found.update(mask.nonzero()[0].tolist())
        rows = look.rows_in_doubt()
        if len(rows):
            mask = self._hidden_edges.in_block({v: c if isinstance(c, float) else c[rows] for v, c in points.items()})
            if mask is not None:
                found.update(rows[mask].tolist())
        return sorted(found)

    def _hides(self, point: Mapping[str, float], edges: bool) -> bool:
        """The same at a point."""
        return self._hidden_ties.at_point(point) or (edges and self._hidden_edges.at_point(point))

    def _widely(self, partial: Partial, points: Points) -> Any:
        """A partial in the rows of a block by its formula, with longer exponents; nan at ties."""
        import numpy as np

        from gradcli.evaluate.wide import Wide

        if self._whole is not None or (partial.by and self._is_cut()):
            return None
        if partial not in self._wide:
            program = self._prepared.program
            self._wide[partial] = Wide(program, program.output(partial.name))
        numbers = self._wide[partial].numbers(points)
        for tie, mask in self._ties.at_block(points) if self._ties.ties and numbers is not None else ():
            if tie.output == partial.output:
                numbers = np.where(mask, np.nan, numbers)
        return numbers

    def certain(self, values: Values, exact: Point, digits: int, more: int | None) -> Values:
        """See `Evaluation.certain`; `values` are those in doubles."""
        from gradcli.evaluate.certain import Certain, rounded
        from gradcli.limits import Verdict

        look = self.look(values, bounded=False, exact=exact)
        status, cause = dict(look.status), dict(look.cause)
        columns: dict[str, Any] = {}
        error: dict[str, Any] = {}
        ties = self._ties.exactly(exact)
        numbers = dict(zip(values.partials, self._prepared.certain(exact, digits, more), strict=True))
        for partial in sorted(numbers, key=lambda partial: partial.order):
            name, output = partial.name, partial.output
            verdict = self._certainly(partial, numbers, look, ties, exact, digits)
            if partial.by and status.get(output) is not None and not Status(status[output][0]).has_number:
                verdict = Verdict(Status(status[output][0]), cause=(cause.get(output) or [-1])[0])
            if 0 <= verdict.cause < len(self._components):
                cause[name] = [verdict.cause]
            columns[name], error[name] = [float("nan")], [float("nan")]
            if verdict.status.has_number:
                shown, bound = rounded(Certain(verdict.value, verdict.error), digits)
                columns[name], error[name] = [shown], [bound]
            status[name] = [int(verdict.status)]
        found = look.answer()
        inputs = _written_inputs(values.points, exact, digits)
        return found.replaced(columns={**found.columns, **columns, **inputs}, error=error, status=status, cause=cause)

    def _certainly(
        self,
        partial: Partial,
        numbers: Mapping[Partial, Certain],
        look: SecondLook,
        ties: Sequence[Tie],
        exact: Point,
        digits: int,
    ) -> Verdict:
        """What a partial is, with digits: what its formula gives where that may be, else a limit."""
        from gradcli.evaluate.certain import enough
        from gradcli.limits import Verdict, confirmed

        name, number, code = partial.name, numbers[partial], look.code(partial.name)
        if name in look.ruleless and code is Status.UNDEFINED:
            return Verdict(code)
        beside = self._whole is not None and name in look.limits  # samples may be on the other side of a tie nearby
        no_formula = bool(partial.by) and (beside or self._is_cut() or self._ties.open(partial, ties))
        if no_formula or not (number.is_real and numbers.get(Partial(partial.output), number).is_real):
            verdict = self._limiting().at_exactly(partial.output, partial.by, exact, digits)
            verdict = verdict if no_formula else confirmed(verdict, number, digits)
            if verdict.status.has_number and verdict.value - verdict.value != 0:  # it is infinite
                return Verdict(Status.UNDEFINED, cause=self._components.output(partial.output))
            return verdict._replace(error=verdict.error or abs(verdict.value or 0) / 10**digits / 2)
        if enough(number, digits):
            return Verdict(Status.FINE, number.value, error=number.error)
        limit = self._limiting().at_exactly(partial.output, partial.by, exact, digits)  # it may be at a pole
        if limit.status is Status.UNDEFINED:
            return limit
        return Verdict(Status.IMPRECISE, number.value, error=number.error)

    def along(self, combination: Combination, point: Mapping[str, float], exact: Point | None = None) -> Verdict:
        """The derivative along a direction at a point, as a limit."""
        return self._limiting().of(combination.outputs[0], (combination.direction(),), point, exact)

    def along_exactly(self, combination: Combination, exact: Point, digits: int) -> Verdict:
        """The same in multiple precision."""
        return self._limiting().at_exactly(combination.outputs[0], (combination.direction(),), exact, digits)

    def _limit(self, partial: Partial, point: Mapping[str, float], exact: Point | None) -> Verdict:
        verdict = self._found(partial, point, exact)
        if partial.by and verdict.status is Status.FINE:  # no part of it overflows, if no double holds the number
            return verdict._replace(cause=dict(self._components.outputs)[partial.output])
        # What only the full form has is no equation of the components.
        return verdict if verdict.cause < len(self._components) else verdict._replace(cause=-1)

    def _found(self, partial: Partial, point: Mapping[str, float], exact: Point | None) -> Verdict:
        from gradcli.limits import Verdict, confirmed, given

        formulas = self._by_formulas(point, exact)
        open_ = self._ties.open(partial, formulas.ties)  # the formula may be that of one branch only
        number = None if open_ else formulas.numbers.get(partial)
        found = None if number is None else given(number, DOUBLE_DIGITS)
        if found is not None:
            return found
        verdict = self._limiting().of(partial.output, partial.by, point, exact)
        if not open_ and not (partial.by and self._is_cut()):
            if number is not None:
                verdict = confirmed(verdict, number, DOUBLE_DIGITS)
            elif verdict.status.has_number and self._has_dropped(partial.output, point, exact):
                verdict = Verdict(Status.UNRESOLVED)
        return verdict

    def _has_dropped(self, output: str, point: Mapping[str, float], exact: Point | None) -> bool:
        """Whether the series of a value have dropped what its formula keeps; those of its slopes may have then, too.

        Of a program that is too large for its formula nobody knows.
        """
        from gradcli.limits import confirmed

        number = self._by_formulas(point, exact).numbers.get(Partial(output))
        if number is None:
            return True
        verdict = self._limiting().of(output, (), point, exact)
        return verdict.status.has_number and not confirmed(verdict, number, DOUBLE_DIGITS).agrees(verdict)

    def _vanishes(self, partial: Partial, point: Mapping[str, float], exact: Point | None) -> bool:
        from gradcli.limits import is_settled

        number = self._by_formulas(point, exact).numbers.get(partial)
        if number is None or not is_settled(number):
            return False
        return self._limiting().vanishes(partial.output, partial.by, point, exact)

    def _full(self) -> Program:
        """The components, fit for any number of digits."""
        if self._in_full is None:
            self._in_full = in_full(self._components)
        return self._in_full

    def _is_cut(self) -> bool:
        """Whether rules are cut short, which then have no more digits than a double."""
        return self._full() is not self._components

    def _by_formulas(self, point: Mapping[str, float], exact: Point | None) -> _Formulas:
        """What formulas give at a point.

        Partials ask one after the other at the same point: the last answer is remembered.
        """
        known = self._formulas
        if known is None or known.point != point or known.exact is not exact:
            prepared = self._prepared if self._whole is None else self._whole
            self._formulas = known = _Formulas(prepared, self._ties, self._is_cut(), point, exact)
        return known

    def _limiting(self) -> Limits:
        if self.limits is None:  # not loaded for what is fine
            from gradcli.limits import Limits

            self.limits = Limits(self._full())
        return self.limits


def _written_inputs(points: Points, exact: Point, digits: int) -> dict[str, Any]:
    """The values of variables that doubles do not hold as they were written."""
    from gradcli.evaluate.certain import written
    from gradcli.evaluate.multiprecision import Multiprecision

    arithmetic = Multiprecision(digits + 5)
    given = exact(arithmetic)
    return {
        name: [written(given[name], digits)]
        for name, value in points.items()
        if name in given and given[name] != arithmetic.number(repr(value))
    }


def _values_only(program: Program) -> FormulaPrepared:
    """The components' values, with what goes wrong on the way to them."""
    return FormulaPrepared(program, [Partial(output.name) for output in program.outputs], program.outputs)

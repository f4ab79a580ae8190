"""The second look that no backend takes by itself: what is open after the numbers are there.

Where a value is undefined, so are its partials; where a tie or a jump is near, a number that one branch gives is no
derivative; where an overflow or an edge was on the way, the number is the limit, if there is one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from math import inf, isfinite, ulp
from typing import TYPE_CHECKING, Any

from gradcli.evaluate.running_error import SMALLEST
from gradcli.naming import Partial
from gradcli.program import Program
from gradcli.results import WITH_NUMBER, Status, Values, at_row
from gradcli.rules import lacks_rules, without_rule
from gradcli.ties import Tie, Ties

if TYPE_CHECKING:
    from gradcli.limits import Verdict

_SAME_SLOPE = 1e-12  # relative distance of slopes that rounding may have parted
_IN_DOUBT = Status.UNDEFINED, Status.IMPRECISE  # what rounding alone makes of a number at an edge
_WITHOUT_NUMBER = [status for status in Status if not status.has_number]


Limit = Callable[[Partial, Mapping[str, float]], "Verdict"]
"""What a partial is at a point, as a limit."""
Wide = Callable[[Partial, Mapping[str, Any]], Any]
"""A partial in the rows of a block: infinite beyond doubles, nan where it cannot tell; `None` if it can of no row."""


class SecondLook:
    """An answer while statuses are added to it, at a point and in blocks alike.

    A condition is a bool at a point, and a mask of the rows in a block.

    Args:
        whole: the components' values with their statuses, where the backend does not trace what goes wrong.
        limit: what decides where the backend's numbers do not.
        vanishes: whether a number that is 0, and has no relative precision, is exactly that.
        hides: whether rounding may hide a tie at a point or, if that is asked too, an edge.
        wide: what tells of many rows at once where on the way something overflows, so that no limit is looked for.
    """

    def __init__(
        self,
        values: Values,
        whole: Values | None,
        limit: Limit | None = None,
        vanishes: Callable[[Partial, Mapping[str, float]], bool] | None = None,
        hides: Callable[[Mapping[str, float], bool], bool] | None = None,
        wide: Wide | None = None,
    ) -> None:
        self.values = values
        self.limit = limit
        self.vanishes = vanishes
        self.hides = hides
        self.wide = wide
        self.limits: dict[str, set[int]] = {}  # the rows of each column that were decided
        self.sampled = whole is not None
        self.columns, self.error = dict(values.columns), dict(values.error)
        self.status, self.cause, self.sides = dict(values.status), dict(values.cause), dict(values.sides)
        if whole is not None:
            for name in (partial.name for partial in whole.partials if partial.name in self.columns):
                self.columns[name] = whole.columns[name]
                self.error[name] = whole.error.get(name)
                self.status[name] = whole.status.get(name)
                self.cause[name] = whole.cause.get(name)

    def answer(self) -> Values:
        """The values with all that was found."""
        return self.values.replaced(
            columns=self.columns,
            error={name: self._bounds(name) for name in self.error},
            status=self.status,
            cause=self.cause,
            sides=self.sides,
            limits={**self.values.limits, **self.limits},
        )

    def _bounds(self, name: str) -> Any:
        """The bounds of a column's errors; none beside what is no number, such as a zero that is nowhere computed."""
        error, nothing = self.error[name], self._has(name, *_WITHOUT_NUMBER)
        if error is None or nothing is False or not _any(nothing):
            return error
        if isinstance(error, list):
            return [float("nan")]
        import numpy as np

        return np.where(nothing, np.nan, error)

    @cached_property
    def ruleless(self) -> set[str]:
        """The partials that are undefined for want of a rule."""
        return _without_rule(self.values.program, self.values.partials)

    @cached_property
    def _branching(self) -> set[str]:
        """The outputs with a `where`."""
        program = self.values.program
        branching = {k for k, equation in enumerate(program.equations) if equation[0] == "where"}
        return {name for name, ref in program.outputs if not branching.isdisjoint(program.live((ref,)))}

    def ties(self, ties: Ties, found: Sequence[tuple[Tie, Any]]) -> None:
        """Where a component is at a tie, its partials by the variables that move off it are open."""
        for partial in self.values.partials:
            lipschitz: Any = False
            others: Any = False
            for tie, here in found:
                if tie.output == partial.output and not ties.moving(tie).isdisjoint(partial.by):
                    where = here & self._has(partial.name, *WITH_NUMBER, Status.UNRESOLVED)
                    self._mark(partial, here & self._has(partial.name, *WITH_NUMBER), Status.UNRESOLVED, tie.cause)
                    if ties.is_lipschitz(tie):
                        lipschitz = lipschitz | where
                    else:
                        others = others | where
            if partial.order == 1 and not isinstance(lipschitz, bool):
                self._slopes(partial, lipschitz & ~others & self._has(partial.output, *WITH_NUMBER), ties)

    def _slopes(self, partial: Partial, where: Any, ties: Ties) -> None:
        """Decides first partials in rows that are at ties of `abs`, `max` and `min` alone, all at once."""
        import numpy as np

        rows = where.nonzero()[0]
        if not len(rows):
            return
        points = {name: c if isinstance(c, float) else c[rows] for name, c in self.values.points.items()}
        left, right = ties.slopes(partial, points)
        known = np.isfinite(left) & np.isfinite(right)
        agree = abs(left - right) <= _SAME_SLOPE * np.maximum(abs(left), abs(right))
        name = partial.name
        self.columns[name][rows[agree & known]] = right[agree & known]
        self.limits.setdefault(name, set()).update(rows[known].tolist())
        self.status[name][rows[known]] = np.where(agree[known], Status.FINE, Status.KINK)
        for side, slopes in zip(self._both_sides(name), (left, right), strict=True):
            side[rows[known]] = slopes[known]

    def reopen(self, everything: bool) -> None:
        """At a point that no double holds, what one number of a component leaves open, all of them do.

        So they are all of that point, and not some of the doubles next to it.

        Args:
            everything: whether all numbers are open, as nobody asked for one that tells.
        """
        partials = self.values.partials
        doubted = {p.output for p in partials if everything or self.code(p.name) is not Status.FINE}
        for partial in partials:
            if partial.output in doubted and partial.name not in self.ruleless:
                self._mark(partial, True, Status.UNRESOLVED)

    def decide(self) -> None:
        """Decides by limits what is open: first the values, then their partials."""
        if all(codes is None for codes in self.status.values()):
            return
        open_values: dict[str, Any] = {}
        # Samples are taken in doubles: what these have lost, no limit of the value gives back to its differences,
        # unless their own bound covers it.
        lost = {
            p.output: self._has(p.name, Status.IMPRECISE) for p in self.values.partials if self.sampled and not p.by
        }
        for partial in sorted(self.values.partials, key=lambda partial: partial.order):
            self._follow(partial, lost.get(partial.output))
            name = partial.name
            sampled = self.sampled and self._moves(partial)
            jumped: Any = open_values.get(partial.output, False) if sampled else False
            if self.status.get(name) is None and not _any(jumped):
                continue
            # Where rounding leaves a comparison open, exact numbers may settle it.
            open_ = self._has(name, Status.UNRESOLVED) | (self._has(name, Status.IMPRECISE) & self._is_caused(name))
            open_ = open_ | self._is_at_edge(name)
            if not partial.by:
                open_values[name] = open_
            open_ = open_ | jumped  # samples of a function that may have jumped there
            # Without a rule there is no limit either, but in a branch that has one.
            if partial.by and (name not in self.ruleless or partial.output in self._branching):
                open_ = open_ | self._has(name, Status.UNDEFINED)
            sound = self._has(partial.output, *WITH_NUMBER) if partial.by else True
            self._decide(partial, open_ & sound)
            if self._may_be_none(name):
                self._decide(partial, sound, numbers=False)
            if not (self.sampled and partial.by):
                self._confirm_zero(partial)
            if self.sampled and partial.by:  # why samples do not settle may be known; the number must be their own
                self._decide(partial, self._has(name, Status.NOT_CONVERGED) & sound, numbers=False)

    def _moves(self, partial: Partial) -> bool:
        """Whether a component depends on all variables of a partial; else it is 0 whatever samples are."""
        program = self.values.program
        return program.depends_on(program.output(partial.output)).issuperset(partial.by)

    def _is_at_edge(self, name: str) -> bool:
        """Whether a number at a point may be none, or no better, by rounding alone; blocks have such rows done so."""
        code = self.code(name)
        return code in _IN_DOUBT and self._hides(name, code is Status.UNDEFINED)

    def _may_be_none(self, name: str) -> bool:
        """Whether an imprecise number at a point may be at an edge, where it is none; it stays if it is not."""
        return self.code(name) is Status.IMPRECISE and self._hides(name, edges=True)

    def _hides(self, name: str, edges: bool) -> bool:
        """Whether rounding may hide a tie at a point or, if that is asked too, an edge."""
        if not isinstance(self.columns[name], list) or self.hides is None:
            return False
        return self.hides(at_row(self.values.points, 0), edges)

    def _confirm_zero(self, partial: Partial) -> None:
        """At a point, a 0 that is imprecise because no bound is small beside it may be exact, as that of x - x is."""
        name = partial.name
        column = self.columns[name]
        if not isinstance(column, list) or column != [0.0] or self.vanishes is None:
            return
        if self.code(name, 0) is not Status.IMPRECISE:
            return
        if self.vanishes(partial, at_row(self.values.points, 0)):
            self.columns[name], self.error[name], self.status[name] = [0.0], [SMALLEST], [int(Status.FINE)]

    def _follow(self, partial: Partial, lost: Any) -> None:
        """A partial is fine only where the value is; differences without a bound only where it has kept its digits."""
        if not partial.by or self.status.get(partial.output) is None:
            return
        for status in _WITHOUT_NUMBER:
            self._mark(partial, self._has(partial.output, status), status, self.cause.get(partial.output))
        if lost is not None:
            doubtful = lost & self._has(partial.name, Status.FINE) & self._is_unbounded(partial.name)
            self._mark(partial, doubtful, Status.IMPRECISE)

    def _is_unbounded(self, name: str) -> Any:
        """Where a column has no bounds of its errors."""
        errors = self.error.get(name)
        if errors is None:
            return True
        return not isfinite(errors[0]) if isinstance(errors, list) else ~(abs(errors) < inf)

    def _decide(self, partial: Partial, where: Any, numbers: bool = True) -> None:
        """Replaces what is open in some rows by what the limit there is, if that is found.

        Args:
            numbers: whether a number may be replaced, or only a reason given why there is none.
        """
        at_point = isinstance(self.columns[partial.name], list)
        if not at_point and numbers:
            where = where & ~self._widely(partial, where & self._has(partial.name, Status.UNRESOLVED))
        rows = ([0] if where else []) if at_point else where.nonzero()[0].tolist()
        for row in rows:
            assert self.limit is not None
            verdict = self.limit(partial, at_row(self.values.points, row))
            if verdict.status.has_number and not numbers:
                continue
            if verdict.status is not Status.UNRESOLVED:
                self.record(partial.name, row, verdict)
            elif self.code(partial.name, row) is Status.UNDEFINED and partial.name not in self.ruleless:
                # By its formula, where the value is defined.
                self.status[partial.name][row] = Status.UNRESOLVED

    def _widely(self, partial: Partial, where: Any) -> Any:
        """Decides some rows of a block by numbers with longer exponents, all at once; where they tell."""
        import numpy as np

        found = np.zeros(len(self.columns[partial.name]), bool)
        rows = np.flatnonzero(where)
        if self.wide is None or not len(rows):
            return found
        points = self.values.points
        numbers = self.wide(partial, {v: c if isinstance(c, float) else c[rows] for v, c in points.items()})
        if numbers is None:
            return found
        told = ~np.isnan(numbers)
        found[rows[told]] = True
        beyond = np.zeros(len(found), bool)
        beyond[rows[np.isinf(numbers)]] = True
        self.limits.setdefault(partial.name, set()).update(rows[told].tolist())
        self.columns[partial.name][rows[told]] = numbers[told]
        self._mark(partial, found, Status.FINE)
        self._mark(partial, beyond, Status.OVERFLOW, self.values.program.output(partial.output) if partial.by else None)
        return found

    def record(self, name: str, row: int, verdict: Verdict) -> None:
        """Puts what a limit is in the place of a number."""
        self._with_codes(name)
        self.limits.setdefault(name, set()).add(row)
        status, number = verdict.status, float("nan")
        if status.has_number:
            number = float(verdict.value)
            status = status if isfinite(number) else Status.OVERFLOW
        self.columns[name][row] = number if isfinite(number) else float("nan")
        self.status[name][row] = int(status)
        if verdict.cause >= 0 and status is not Status.FINE:
            self.cause[name][row] = verdict.cause
        if self.error.get(name) is None and isinstance(self.columns[name], list):
            self.error[name] = [float("nan")]
        if self.error.get(name) is not None:
            spread = 0.0 if verdict.is_zero else ulp(number) if isfinite(number) else float("nan")
            self.error[name][row] = spread if verdict.error is None else max(spread, float(verdict.error))
        if verdict.left is not None or verdict.right is not None:
            for side, limit in zip(self._both_sides(name), (verdict.left, verdict.right), strict=True):
                side[row] = float("nan") if limit is None else float(limit)

    def replace(self, row: int, single: Values) -> None:
        """Puts the whole answer for one point, with all that was found there, in the place of a row of a block."""
        for name in self.columns:
            self.columns[name][row] = single.columns[name][0]
            error, status, cause = (part.get(name) for part in (single.error, single.status, single.cause))
            if error is not None or self.error.get(name) is not None:
                self._with_errors(name)
                self.error[name][row] = float("nan") if error is None else error[0]
            if status is not None or self.status.get(name) is not None:
                self._with_codes(name)
                self.status[name][row] = 0 if status is None else status[0]
                self.cause[name][row] = -1 if cause is None else cause[0]
            if name in single.sides:
                for side, (limit,) in zip(self._both_sides(name), single.sides[name], strict=True):
                    side[row] = limit
            if single.limits.get(name):
                self.limits.setdefault(name, set()).add(row)

    def _both_sides(self, name: str) -> tuple[Any, Any]:
        if name not in self.sides:
            column = self.columns[name]
            if isinstance(column, list):
                self.sides[name] = [float("nan")], [float("nan")]
            else:
                self.sides[name] = column * float("nan"), column * float("nan")
        return self.sides[name]

    def code(self, name: str, row: int = 0) -> Status:
        """The status of one number, as far as it is known."""
        codes = self.status.get(name)
        return Status.FINE if codes is None else Status(int(codes[row]))

    def rows_in_doubt(self) -> Any:
        """The rows of a block where something that has a rule is undefined, or has lost its digits."""
        import numpy as np

        names = [name for name, codes in self.status.items() if codes is not None and name not in self.ruleless]
        masks = [self._has(name, *_IN_DOUBT) for name in names]
        return np.any(masks, axis=0).nonzero()[0] if masks else np.array([], np.intp)

    def _is_caused(self, name: str) -> Any:
        """Where an equation is named as the cause of a column's status."""
        causes = self.cause.get(name)
        if causes is None or isinstance(causes, list):
            return causes is not None and causes[0] >= 0
        return causes >= 0

    def _has(self, name: str, *statuses: Status) -> Any:
        """Where a column has one of the statuses."""
        codes = self.status.get(name)
        if codes is None:
            return Status.FINE in statuses
        if isinstance(codes, list):
            return codes[0] in statuses
        import numpy as np

        return np.isin(codes, statuses)

    def _with_codes(self, name: str) -> None:
        """Makes the columns of a column's status and cause, if there are none yet."""
        column = self.columns[name]
        if isinstance(column, list):
            self.status[name] = self.status.get(name) or [0] * len(column)
            self.cause[name] = self.cause.get(name) or [-1] * len(column)
            return
        import numpy as np

        if self.status.get(name) is None:
            self.status[name] = np.zeros(len(column), np.uint8)
        if self.cause.get(name) is None:
            self.cause[name] = np.full(len(column), -1, np.int32)

    def _with_errors(self, name: str) -> None:
        """Makes the column of a block's error bounds, if there is none yet."""
        if self.error.get(name) is None:
            self.error[name] = self.columns[name] * float("nan")

    def _mark(self, partial: Partial, where: Any, status: Status, cause: Any = None) -> None:
        """Sets a status where a condition holds; the cause stays if none is given; a number goes if it is none."""
        name = partial.name
        column = self.columns[name]
        if isinstance(column, list):
            if where:
                self.status[name] = [int(status)]
                if cause is not None or self.cause.get(name) is None:
                    self.cause[name] = [cause] if isinstance(cause, int) else cause or [-1]
                self.columns[name] = column if status.has_number else [float("nan")]
            return
        import numpy as np

        if not np.any(where):
            return
        self._with_codes(name)
        where = np.broadcast_to(where, len(column))
        self.status[name][where] = status
        if cause is not None:
            self.cause[name][where] = np.broadcast_to(cause, len(column))[where]
        if not status.has_number:
            column[where] = np.nan


def _any(condition: Any) -> bool:
    return bool(condition if isinstance(condition, bool) else condition.any())


def _without_rule(program: Program, partials: Iterable[Partial]) -> set[str]:
    """See `SecondLook.ruleless`; of what has no formula alone there may be a limit."""
    if without_rule(program, range(len(program))) is None:
        return set()
    refs = dict(program.outputs)
    lacking = {name for name, ref in refs.items() if lacks_rules(program.equations, program.live((ref,)))}
    marked = {name for name, ref in refs.items() if without_rule(program, program.live((ref,))) is not None}
    return {partial.name for partial in partials if partial.name in marked and partial.output in lacking}

"""How one block of points is answered: the backend's numbers, and what is found out where they may not be right.

A program without ties and edges whose numbers are all ordinary has its answer at once. `Inquiry`, which has the rest of
them, is made, and loaded, when it is first needed.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from gradcli.backends import Points, Prepared
from gradcli.errors import UsageError
from gradcli.first_look import may_tie_somewhere
from gradcli.naming import Combination
from gradcli.program import EVERY, Program
from gradcli.results import Values, has_infinite, is_point

if TYPE_CHECKING:
    from gradcli.evaluate.certain import Point
    from gradcli.infinite import Beyond, Prepare
    from gradcli.inquiry import Inquiry
    from gradcli.limits import Limits, Verdict

_KEEPING = frozenset({"input", "const", "add", "sub", "mul", "neg", "abs"})
"""What makes no finite number of an infinite one."""


class Evaluation:
    """Prepared partials, each with what is to be said of it; evaluates points one by one or in blocks."""

    def __init__(
        self,
        program: Program,
        prepared: Prepared,
        traced: bool = True,
        shows_edges: bool = False,
        single: bool = True,
        prepare: Prepare | None = None,
    ) -> None:
        """Without computing anything.

        Args:
            traced: whether the backend follows what goes wrong on the way, as evaluating formulas does.
            shows_edges: whether an operation's infinite slope is a factor of the backend's formulas, so that numbers
                are infinite there too.
            single: whether it evaluates single points, as those do that are not for grids only.
            prepare: how to prepare what is left of the program where variables are infinite.
        """
        self.partials = prepared.partials
        self.program = prepared.program
        self._prepared = prepared
        self._components = program
        self._traced, self._shows_edges, self._single = traced, shows_edges, single
        self._prepare = prepare

    def evaluate(self, points: Points, bounded: bool = False, zeros: bool = True, exact: Point | None = None) -> Values:
        """The partials at a point (floats) or at a block of points (arrays); see `Values`.

        Args:
            bounded: whether to bound every number's error in blocks and of large programs too, where it costs far
                more than the numbers.
            zeros: whether to find out, of a 0 at a point that rounding may have made, if it is exact: to hundreds of
                digits.
            exact: what is meant by a point, in multiple precision; `None`: the decimals that its numbers print as.

        Raises:
            UsageError: a variable has no value.
        """
        values = self._numbers(points, bounded)
        is_fine = self._is_smooth and all(codes is None for codes in values.status.values())
        if not (is_fine and self._keeps_infinity) and has_infinite(values.points) and self._beyond is not None:
            return self._beyond.answer(
                values.points, self, lambda of, finite: of.evaluate(finite, bounded, zeros, exact)
            )
        if is_fine and (is_point(values.points) or not bounded):  # rows of a block are bounded one by one
            return values
        return self._inquiry.look(values, bounded, zeros, exact, numbers=True).answer()

    def certain(self, points: Points, exact: Point, digits: int, more: int | None = None) -> Values:
        """The partials at a point, each `Written` with so many significant digits.

        Args:
            points: the point in doubles, where statuses are looked for.
            exact: the same point in multiple precision.
            more: how many digits beyond those may be computed with.

        Raises:
            UsageError: a variable has no value.
            LimitError: the backend cannot give so high an order to any number of digits.
        """
        values = self._numbers(points)
        if has_infinite(values.points) and self._beyond is not None:
            return self._beyond.answer(values.points, self, lambda of, finite: of.certain(finite, exact, digits, more))
        return self._inquiry.certain(values, exact, digits, more)

    def along(self, combination: Combination, point: Mapping[str, float], exact: Point | None = None) -> Verdict:
        """The derivative along a direction at a point, as a limit."""
        return self._inquiry.along(combination, point, exact)

    def along_exactly(self, combination: Combination, exact: Point, digits: int) -> Verdict:
        """The same in multiple precision."""
        return self._inquiry.along_exactly(combination, exact, digits)

    def share_limits(self, limits: Limits) -> None:
        """Looks limits up where others do, which evaluate partials of the same components."""
        self._inquiry.limits = limits

    def _numbers(self, points: Points, bounded: bool = False) -> Values:
        """What the backend gives, at points that have a number for every variable."""
        missing = [v for v in self.program.variables if v not in points]
        if missing:
            raise UsageError(f"no value is given for {', '.join(missing)}")
        points = _as_numbers({name: points[name] for name in self.program.variables})
        return self._prepared.evaluate(points, bounded).replaced(points=points)

    @cached_property
    def _is_smooth(self) -> bool:
        """Whether the numbers say themselves if they are in doubt: formulas of a program without ties and edges."""
        return self._traced and not may_tie_somewhere(self._components.equations, EVERY)

    @cached_property
    def _keeps_infinity(self) -> bool:
        """Whether numbers say themselves if a variable is infinite that they depend on."""
        return all(equation[0] in _KEEPING for equation in self._components.equations)

    @cached_property
    def _beyond(self) -> Beyond | None:
        from gradcli.infinite import Beyond

        return None if self._prepare is None else Beyond(self._components, self.partials, self._prepare)

    @cached_property
    def _inquiry(self) -> Inquiry:
        from gradcli.inquiry import Inquiry

        return Inquiry(self._components, self._prepared, self._traced, self._shows_edges, self._single)


def _as_numbers(points: Points) -> dict[str, Any]:
    """Numbers as floats, columns as float64 arrays of one length.

    Raises:
        UsageError: something is neither, or the columns differ in length.
    """
    columns: dict[str, Any] = {}
    lengths: dict[int, str] = {}
    for name, given in points.items():
        if isinstance(given, int | float) and not hasattr(given, "dtype"):
            columns[name] = float(given)
            continue
        import numpy as np

        try:
            column = np.asarray(given, np.float64)
        except (TypeError, ValueError):
            column = np.empty((0, 0))
        if column.ndim > 1 or isinstance(given, str):
            raise UsageError(f"the values of '{name}' are neither a number nor a column of numbers")
        columns[name] = column if column.ndim else float(column)
        if column.ndim:
            lengths.setdefault(len(column), name)
    if len(lengths) > 1:
        told = ", ".join(f"'{name}' has {length}" for length, name in lengths.items())
        raise UsageError(f"the columns differ in length: {told}")
    return columns

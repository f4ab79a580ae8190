"""Evaluating a program of derivatives: what every backend that finds formulas shares."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from gradcli.backends import Points
from gradcli.evaluate.floats import Evaluator
from gradcli.evaluate.running_error import MAX_BOUNDED, error_bounds
from gradcli.first_look import are_ordinary
from gradcli.naming import Derivative, Partial
from gradcli.program import Output, Program, Ref
from gradcli.results import Status, Values, at_row, is_lost, is_point

if TYPE_CHECKING:
    from gradcli.evaluate.certain import Certain, Point
    from gradcli.suspicions import Found


class FormulaPrepared:
    """Derivatives as the outputs of a program, evaluated at points.

    Args:
        program: its outputs are the derivatives, in order.
        components: the outputs that they are partials of; the program has their equations too.
    """

    def __init__(self, program: Program, derivatives: Sequence[Derivative], components: Sequence[Output]) -> None:
        self.program = program
        self.derivatives = tuple(derivatives)
        self.partials = tuple(derivative for derivative in derivatives if isinstance(derivative, Partial))
        self._roots = [output.ref for output in program.outputs]
        self._components = dict(components)
        self._floats: Evaluator | None = None
        self._arrays: Any = None
        self._bounded: Any = None

    def evaluate(self, points: Points, bounded: bool = False) -> Values:
        """See `Prepared.evaluate`."""
        if is_point(points):
            return self._at_point(points, len(self.program) if bounded else MAX_BOUNDED)
        return self._at_block_bounded(points) if bounded else self._at_block(points)

    def certain(self, point: Point, digits: int, more: int | None = None) -> list[Certain]:
        """See `Prepared.certain`."""
        from gradcli.evaluate.certain import certain_values

        return certain_values(self.program, self._roots, point, digits, more)

    def _at_point(self, points: Points, most: int) -> Values:
        """The numbers at a point, with bounds of those that the first `most` equations lead to: 0 for none."""
        if self._floats is None:
            self._floats = Evaluator(self.program, [*self._roots, *self._components.values()])
        values = self._floats.evaluate(points)
        columns: dict[str, Any] = {}
        error: dict[str, Any] = {}
        status: dict[str, Any] = {}
        cause: dict[str, Any] = {}
        order = self._floats.order
        found = {} if are_ordinary(self.program, values) else self._suspicions(values)
        beyond = frozenset(order[most:] if most else ())
        bounds = None
        if most and not beyond.issuperset(self._roots):
            equations = self.program.equations
            leaves = {*self._roots, *(ref for k in order[:most] for ref in equations[k][1:])} if beyond else None
            bounds = error_bounds(self.program, order[:most], values, leaves=leaves)
        for derivative, ref in zip(self.derivatives, self._roots, strict=True):
            name, value = derivative.name, float(values[ref])
            columns[name] = [value]
            if ref in found:
                code, at = found[ref]
                columns[name], status[name], cause[name] = [float("nan")], [int(code)], [at]
            elif bounds is not None and ref not in beyond:
                bound = bounds.errors[ref]
                error[name] = [bound]
                decisions = [k for o in derivative.outputs for k in bounds.open.get(self._components[o], ())]
                by = derivative.by
                doubtful = [k for k in decisions if not (by and self.program.depends_on(k).isdisjoint(by))]
                if is_lost(bound, value) or (doubtful and by):
                    status[name], cause[name] = [int(Status.IMPRECISE)], [min(doubtful or decisions, default=-1)]
        return Values(self.partials, columns, error, status, cause, self.program)

    def _suspicions(self, values: Sequence[Any]) -> dict[Ref, Found]:
        from gradcli.suspicions import suspicions

        assert self._floats is not None
        return suspicions(self.program, self._floats.order, values, self._roots)

    def _at_block(self, points: Points) -> Values:
        from gradcli.evaluate.arrays import ArrayEvaluator

        if self._arrays is None:
            self._arrays = ArrayEvaluator(self.program, self._roots)
        arrays, rows = self._arrays.watched(points)
        columns = {derivative.name: array for derivative, array in zip(self.derivatives, arrays, strict=True)}
        status: dict[str, Any] = {}
        cause: dict[str, Any] = {}
        for row in rows:
            single = self._at_point(at_row(points, row), 0)
            for name in columns:
                code = single.status.get(name)
                if code is not None:
                    _note(name, row, code[0], single.cause[name], columns, status, cause)
        return Values(self.partials, columns, {}, status, cause, self.program)

    def _at_block_bounded(self, points: Points) -> Values:
        """The numbers and bounds that the rows have as points; bounds are nan where only a point by itself tells."""
        import numpy as np

        from gradcli.evaluate.block_errors import BlockErrors

        if self._bounded is None:
            self._bounded = BlockErrors(self.program, self._roots)
        names = [derivative.name for derivative in self.derivatives]
        numbers, bounds = self._bounded.evaluate(points)
        columns, error = dict(zip(names, numbers, strict=True)), dict(zip(names, bounds, strict=True))
        status: dict[str, Any] = {}
        cause: dict[str, Any] = {}
        for name, column in columns.items():
            lost = is_lost(error[name], column)
            if lost.any():
                error[name][lost & (column == 0.0)] = np.nan  # which may be exact
                status[name] = np.where(lost, np.uint8(Status.IMPRECISE), np.uint8(Status.FINE))
                cause[name] = np.full(len(column), -1, np.int32)
        return Values(self.partials, columns, error, status, cause, self.program)


def _note(
    name: str,
    row: int,
    code: int,
    at: Sequence[int] | None,
    columns: Any,
    status: dict[str, Any],
    cause: dict[str, Any],
) -> None:
    """Records a status in the columns of a block; they are made at the first problem."""
    import numpy as np

    if name not in status:
        status[name] = np.zeros(len(columns[name]), np.uint8)
        cause[name] = np.full(len(columns[name]), -1, np.int32)
    status[name][row] = code
    cause[name][row] = -1 if at is None else at[0]
    columns[name][row] = np.nan

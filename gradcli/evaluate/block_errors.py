"""The bounds of `running_error` for blocks of points: row by row the same numbers and the same bounds, by columns.

The rules are those of `running_error`, an equation at a time for all rows at once. What the processor rounds
correctly NumPy computes, everything else Python's functions, so that a row is the point that it stands for to the last
bit. Rows that need more than arithmetic are left open: something on the way is no number or too small for one, or
errors leave a decision open.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import product
from math import inf
from typing import Any, NamedTuple

import numpy as np

from gradcli.evaluate.domains import decided
from gradcli.evaluate.floats import COARSE, Evaluator, functions
from gradcli.evaluate.running_error import (
    DYADIC,
    SMALL_ANGLE,
    SMALLEST,
    UNIT,
    WAVES,
    WHOLE,
    lost_in_reading,
    own_rounding,
    seems_exact,
    seems_written,
)
from gradcli.language.document import parsed_text
from gradcli.operations import OPERATIONS
from gradcli.program import Equation, Program, Ref
from gradcli.results import SMALLEST_NORMAL

Array = Any  # of NumPy

_NUMBERS_AT_ONCE = 1_000_000  # of all equations together
_FEWEST, _MOST = 16, 8192  # rows that are computed at once


class BlockErrors:
    """A program prepared for evaluation with bounds.

    Args:
        roots: the equations that are wanted.
    """

    def __init__(self, program: Program, roots: Sequence[Ref]) -> None:
        self._equations = program.equations
        self._roots = tuple(roots)
        self._plan = Evaluator(program, roots)

    def evaluate(self, points: Mapping[str, Any]) -> tuple[list[Array], list[Array]]:
        """The values of the roots and bounds of their errors, which are nan in the rows that are left open."""
        count = next(len(column) for column in points.values() if not isinstance(column, float))
        values, bounds = (list(np.empty((len(self._roots), count))) for _ in range(2))
        step = min(max(_NUMBERS_AT_ONCE // max(len(self._plan.order), 1), _FEWEST), _MOST)
        with np.errstate(all="ignore"):
            for start in range(0, count, step):
                rows = slice(start, min(start + step, count))
                block = {v: c if isinstance(c, float) else c[rows] for v, c in points.items()}
                found = self._run(block, rows.stop - start)
                for k, root in enumerate(self._roots):
                    values[k][rows] = found.values[root]
                    bounds[k][rows] = np.where(found.open, np.nan, found.errors[root])
        return values, bounds

    def _run(self, block: Mapping[str, Any], count: int) -> _Rows:
        rows = _Rows({}, {}, np.zeros(count, bool))
        for k, constant in self._plan.constants:
            rows.constant(k, constant, self._equations[k][1])
        for k, name in self._plan.inputs:
            rows.input(k, np.atleast_1d(np.asarray(block[name], float)))
        for k in self._plan.order:
            rows.follow(k, self._equations[k])
        return rows


class _Rows(NamedTuple):
    """What is known of some rows: by equation its values and their bounds, and which rows are open.

    What is the same in all rows is an array of one.
    """

    values: dict[Ref, Array]
    errors: dict[Ref, Array]
    open: Array

    def constant(self, k: Ref, value: float, decimal: str) -> None:
        self.values[k] = np.array([value])
        exact = seems_exact(value) and seems_written(value, decimal)
        self.errors[k] = np.array([0.0 if exact else lost_in_reading(value)])
        if decimal != "0" and not SMALLEST_NORMAL <= abs(value) < inf:
            self.open[:] = True

    def input(self, k: Ref, column: Array) -> None:
        self.values[k] = column
        exact = np.floor(column * DYADIC) == column * DYADIC
        looked_at = exact & ~((np.abs(column) < WHOLE) & (np.floor(column) == column))
        if looked_at.any():
            exact[looked_at] = [seems_exact(value) for value in column[looked_at].tolist()]
        self.errors[k] = np.where(exact, 0.0, np.maximum(UNIT * np.abs(column), SMALLEST))
        self.leave(~np.isfinite(column))

    def leave(self, where: Array) -> None:
        """Leaves rows open."""
        np.logical_or(self.open, where, out=self.open)

    def follow(self, k: Ref, equation: Equation) -> None:
        """The value of an equation, from those of its operands, and its bound."""
        name, *refs = equation
        row = OPERATIONS[name]
        operands, errors = [self.values[ref] for ref in refs], [self.errors[ref] for ref in refs]
        value = self.values[k] = _computed(name, *operands)
        self.errors[k] = _NOTHING
        if row.kind == "real":
            self.leave(~np.isfinite(value))
            if row.underflows:
                vanished = np.abs(value) < SMALLEST_NORMAL
                for operand in operands if vanished.any() else ():
                    vanished = vanished & (operand != 0.0)
                self.leave(vanished)
            self.errors[k] = _bound(name, value, operands, errors)
            self.leave(np.isnan(self.errors[k]))
        if (row.ties or row.edge) and (hidden := _is_open(name, operands, errors)) is not None:
            self.leave(hidden)


_NOTHING = np.zeros(1)

_ARRAYS: dict[str, Callable[..., Array]] = {
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "div": np.true_divide,
    "neg": np.negative,
    "abs": np.absolute,
    "sqrt": np.sqrt,
    "max": lambda a, b: np.where(a >= b, a, b),
    "min": lambda a, b: np.where(a <= b, a, b),
    "where": lambda condition, a, b: np.where(condition, a, b),
    **{name: getattr(np, OPERATIONS[name].numpy) for name in ("lt", "le", "gt", "ge", "eq", "ne", "and", "or", "not")},
}
"""What NumPy computes as Python does, to the last bit."""


def _computed(name: str, *operands: Array, column: str = "python") -> Array:
    """An operation on columns: what Python's floats give, row by row, or something that is no number either."""
    if name in _ARRAYS:
        return _ARRAYS[name](*operands)
    kind = bool if OPERATIONS[name].kind == "bool" else float
    rows = [column.tolist() for column in np.broadcast_arrays(*operands)] if operands else []
    if not rows:
        return np.array([functions(column, True)[name]()], kind)
    try:
        return np.array(list(map(functions(column, False)[name], *rows)), kind)
    except (ValueError, OverflowError, ZeroDivisionError):
        return np.array(list(map(functions(column, True)[name], *rows)), kind)


def _bound(name: str, value: Array, operands: list[Array], errors: list[Array]) -> Array:
    """The bound of an operation's error where it has a value and no decision is open; nan: only a point tells."""
    if name in ("add", "sub"):
        return errors[0] + errors[1] + _lost_in_sum(operands[0], operands[1] if name == "add" else -operands[1], value)
    if name == "mul":
        (a, b), (lost_a, lost_b) = operands, errors
        handed = np.abs(a) * lost_b + (np.abs(b) + lost_b) * lost_a
        handed = _with_underflow(handed, (a, lost_b), (np.abs(b) + lost_b, lost_a))
        return handed + _lost_in_product(a, b, value)
    if name == "div":
        (a, b), (lost_a, lost_b) = operands, errors
        room = np.abs(b) - lost_b
        own = np.where((a == 0.0) | _is_scaled(b, value), 0.0, UNIT * np.abs(value) + SMALLEST)
        handed = (lost_a + np.abs(value) * lost_b) / room
        handed = _with_underflow(handed, (a, lost_b), (b, lost_a))
        return np.where(room > 0.0, handed + own, np.inf)
    if name == "where":
        return np.where(operands[0], errors[1], errors[2])
    if name in ("max", "min"):
        return np.maximum(*errors)
    if name in ("neg", "abs"):
        return errors[0]
    total = _own(name, value, operands)
    if (condition := OPERATIONS[name].defined) and (ends := _ends(operands, errors)):
        total = np.where(decided(condition, operands, ends, _computed)[0], total, np.inf)
    if OPERATIONS[name].roundings:
        total = _with_underflow(total, *((error, error) for error in errors))
    for position, error in enumerate(errors):
        if (error != 0.0).any():
            total = total + np.where(error != 0.0, _handed_on(name, value, operands, position, error), 0.0)
    return np.minimum(total, 2.0 * OPERATIONS[name].bound) if name in WAVES else total


def _with_underflow(bound: Array, *factors: tuple[Array, Array]) -> Array:
    """A bound with what may have underflowed in products of such factors, on the way to it."""
    small = bound < SMALLEST_NORMAL
    if not small.any():
        return bound
    lost: Any = np.logical_or.reduce(np.broadcast_arrays(*((a != 0.0) & (b != 0.0) for a, b in factors)))
    return np.where(small & lost, bound + SMALLEST, bound)


def _lost_in_sum(a: Array, b: Array, total: Array) -> Array:
    part = total - a
    lost = np.abs((a - (total - part)) + (b - part))
    return np.where(np.isnan(lost), UNIT * np.abs(total), lost)


def _lost_in_product(a: Array, b: Array, value: Array) -> Array:
    size = np.abs(value)
    whole = (size < WHOLE) & (np.floor(a) == a) & (np.floor(b) == b)
    exact = (a == 0.0) | (b == 0.0) | whole | _is_scaled(a, value) | _is_scaled(b, value)
    return np.where(exact, 0.0, UNIT * size + SMALLEST)


def _is_scaled(factor: Array, value: Array) -> Array:
    """Whether a result differs from what was multiplied or divided by a factor in its exponent alone."""
    return (np.abs(np.frexp(factor)[0]) == 0.5) & (np.abs(value) >= SMALLEST_NORMAL)


def _own(name: str, value: Array, operands: list[Array]) -> Array:
    """The rounding of the function itself."""
    row = OPERATIONS[name]
    if not row.roundings:
        return _NOTHING
    if name in ("mod", "lgamma"):
        columns = [column.tolist() for column in np.broadcast_arrays(value, *operands)]
        return np.array([own_rounding(name, number, list(rest)) for number, *rest in zip(*columns, strict=True)])
    size = np.abs(value)
    own = row.roundings * UNIT * size + np.where(value == 0.0, 0.0, SMALLEST)
    if name == "pow":
        exact = size < WHOLE
        for operand in operands:
            exact = exact & (np.floor(operand) == operand) & (operand >= 0.0)
        return np.where(exact, 0.0, own)
    if name == "sqrt":
        square = value * value
        return np.where((np.floor(value) == value) & (square == operands[0]) & (square < WHOLE), 0.0, own)
    if not operands or row.python.startswith("math."):
        return own
    inside = row.roundings if row.is_special else 4.0
    for position, operand in enumerate(operands):
        slope = np.abs(_slope(name, position, operands))
        own = own + np.where(slope <= np.inf, inside * UNIT * np.abs(operand) * slope, 0.0)
    return own


def _handed_on(name: str, value: Array, operands: list[Array], position: int, error: Array) -> Array:
    """How far the function moves while one operand moves within its error; nan where its slopes do not tell."""
    at = operands[position]
    ends = [[*operands[:position], end, *operands[position + 1 :]] for end in _ends_of(at, error)]
    moved = np.abs(_slope(name, position, operands)) * error
    for end in ends:
        moved = np.maximum(moved, np.abs(_slope(name, position, end)) * error)  # nan, if one of them is
    if OPERATIONS[name].ties:
        swing = np.maximum(*(np.abs(_computed(name, *end) - value) for end in ends))
        moved = np.where(swing < np.inf, moved + swing, moved)
    if name in WAVES:
        moved = np.where(error > SMALL_ANGLE, 2.0 * OPERATIONS[name].bound, moved)
    return np.where(moved < np.inf, moved, np.nan)


def _ends_of(at: Array, error: Array) -> tuple[Array, Array]:
    low, high = at - error, at + error
    exact = error == 0.0
    return (
        np.where(exact, at, np.where(low < at, low, np.nextafter(at, -np.inf))),
        np.where(exact, at, np.where(high > at, high, np.nextafter(at, np.inf))),
    )


def _slope(name: str, position: int, operands: Sequence[Array]) -> Array:
    """The partial derivative of an operation, with a bound's few digits; nan where there is none."""
    row = OPERATIONS[name]
    if row.arity is None:
        return operands[position] / _computed(name, *operands)
    text = row.partials[position]
    return np.full(1, np.nan) if text is None else _of_text(text, "abc"[: len(operands)], operands)


def _of_text(text: str, names: str, operands: Sequence[Array]) -> Array:
    """A partial derivative, as the table has it, of columns with names."""
    equations, order, root = parsed_text(text, names)
    values: dict[Ref, Array] = {}
    for k in order:
        name, *arguments = equations[k]
        if name == "input":
            values[k] = operands[names.index(arguments[0])]
        elif name == "const":
            values[k] = np.array([float(arguments[0])])
        else:
            values[k] = _computed(name, *(values[ref] for ref in arguments), column=COARSE)
    return values[root]


def _is_open(name: str, operands: list[Array], errors: list[Array]) -> Array | None:
    """Where errors leave open which side of a tie an operation is on, or whether at an edge of it; `None`: nowhere."""
    if not any((error != 0.0).any() for error in errors):
        return None
    wrong: Any = np.logical_or.reduce(np.broadcast_arrays(*(error != 0.0 for error in errors)))
    row = OPERATIONS[name]
    if row.kind == "bool" or name in ("max", "min"):
        return wrong & ~(np.abs(operands[0] - operands[1]) > errors[0] + errors[1])
    if name in ("floor", "ceil", "round", "floordiv", "mod"):
        step = "floordiv" if name == "mod" else name
        ends = [_ends_of(operand, error) for operand, error in zip(operands, errors, strict=True)]
        steps = [_computed(step, *corner) for corner in product(*ends)]
        same: Any = np.isfinite(steps[0])
        for other in steps[1:]:
            same = same & (other == steps[0])
        return wrong & ~same
    condition = row.ties or row.edge
    if condition in ("a == 0", "self == 0"):
        for operand, error in zip(operands, errors, strict=True):
            wrong = wrong & ~(np.abs(operand) > error)
        return wrong
    return wrong & ~decided(condition, operands, _ends(operands, errors), _computed)[1] if condition else None


def _ends(operands: list[Array], errors: list[Array]) -> dict[int, tuple[Array, Array]]:
    """Both ends of the intervals that errors span, by position; without operands that have none."""
    return {k: _ends_of(operands[k], error) for k, error in enumerate(errors) if (error != 0.0).any()}

"""Numbers on whose way something overflows or underflows, for all rows of a block at once.

An overflow is said only where the answer itself does not fit a double; log(1 + exp(800)) does. To find that out with
many digits takes a thousand times as long as the number; with the longer exponents that processors have it takes a few
times as long. What rounding errors cannot change is told here; all else is left to whoever looks at single points, and
so is everything where there are no such numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np

from gradcli.evaluate.arrays import ArrayEvaluator
from gradcli.evaluate.error_program import error_program
from gradcli.evaluate.running_error import MAX_BOUNDED
from gradcli.operations import OPERATIONS
from gradcli.program import LEAVES, Program, Ref

_WIDE = np.finfo(np.longdouble)
HAS_LONGER_EXPONENTS = _WIDE.maxexp > np.finfo(float).maxexp
"""Whether there are such numbers here."""

_SMALLEST = _WIDE.tiny / _WIDE.eps
_KEPT = 1e-12  # relative errors up to which bounds of the first order are bounds; in doubles, of which these have 2^-11
_JUMPS = frozenset({"floor", "ceil", "round", "floordiv", "mod", "sign", "heaviside"})


class Wide:
    """One number of a program with longer exponents; prepared when it is first asked for."""

    def __init__(self, program: Program, root: Ref) -> None:
        self._program = program
        self._root = root

    def numbers(self, points: Mapping[str, Any]) -> Any:
        """The number in the rows of a block, infinite where it is beyond doubles; nan where others have to look."""
        if self._evaluator is None:
            return None
        count = next(len(column) for column in points.values() if not isinstance(column, float))
        meant = {v: _as_printed([c] * count if isinstance(c, float) else c.tolist()) for v, c in points.items()}
        found = self._evaluator.evaluate(meant)
        with np.errstate(all="ignore"):
            sizes = np.abs(found[: len(self._order)])
            bounds = np.array(found[len(self._order) :])
            known = ((sizes >= _SMALLEST) & (sizes <= _WIDE.max) & (bounds <= _KEPT * sizes)).all(axis=0)
            numbers = found[len(self._order) - 1]
            is_near = np.isinf(((1.0 + _KEPT) * numbers).astype(float)) != np.isinf(
                ((1.0 - _KEPT) * numbers).astype(float)
            )
            return np.where(known & ~is_near, numbers.astype(float), np.nan)

    @cached_property
    def _order(self) -> list[Ref]:
        """What is computed on the way, the number itself last."""
        equations = self._program.equations
        return [k for k in self._program.live((self._root,)) if equations[k][0] not in LEAVES]

    @cached_property
    def _evaluator(self) -> ArrayEvaluator | None:
        equations, order = self._program.equations, self._order
        names = {equations[k][0] for k in order}
        if not (HAS_LONGER_EXPONENTS and 0 < len(order) <= MAX_BOUNDED and all(map(_is_wide, names))):
            return None
        bounded = error_program(self._program, order, exact_inputs=False)
        return None if bounded is None else ArrayEvaluator(bounded[0], [*order, *bounded[1]], np.longdouble)


def _is_wide(name: str) -> bool:
    """Whether NumPy computes an operation with longer exponents, and errors say all of where it leads."""
    row = OPERATIONS[name]
    if row.kind == "bool" or name in _JUMPS or name == "where":
        return False
    return bool(row.numpy) and not row.numpy.startswith(("special.", "meaning"))


def _as_printed(column: list[float]) -> Any:
    """Doubles as the decimals that they print as."""
    return np.array([repr(number) for number in column]).astype(np.longdouble)

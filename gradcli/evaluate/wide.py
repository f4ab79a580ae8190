"""Where numbers are beyond all doubles, for all rows of a block at once.

An overflow is said only where the answer itself does not fit a double. To find that out with many digits takes a
thousand times as long as the number; with the longer exponents that processors have it takes a few times as long. What
is beyond doubles by more than all rounding errors is told here; all else is left to whoever looks at single points, and
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
_HAS_LONGER = _WIDE.maxexp > np.finfo(float).maxexp
_SMALLEST = _WIDE.tiny / _WIDE.eps
_KEPT = 1e-9  # relative errors up to which bounds of the first order are bounds


class Beyond:
    """Where one number of a program is beyond all doubles; prepared when it is first asked."""

    def __init__(self, program: Program, root: Ref) -> None:
        self._program = program
        self._root = root

    def rows(self, points: Mapping[str, Any]) -> Any:
        """The rows of a block where that is certain, as a mask; `None`: it cannot be told here."""
        if self._evaluator is None:
            return None
        found = self._evaluator.evaluate(points)
        numbers, bounds = found[: len(self._order)], found[len(self._order) :]
        with np.errstate(all="ignore"):
            sizes = np.abs(numbers)
            known = (sizes >= _SMALLEST) & (sizes <= _WIDE.max) & (np.array(bounds) <= _KEPT * sizes)
            # Twice the largest power of 2 that a double holds, and more than errors can take away.
            return known.all(axis=0) & (sizes[-1] >= np.ldexp(np.longdouble(1.0), 1024) * (1.0 + 2.0 * _KEPT))

    @cached_property
    def _order(self) -> list[Ref]:
        """What is computed on the way, the number itself last."""
        equations = self._program.equations
        return [k for k in self._program.live((self._root,)) if equations[k][0] not in LEAVES]

    @cached_property
    def _evaluator(self) -> ArrayEvaluator | None:
        equations, order = self._program.equations, self._order
        if not (_HAS_LONGER and 0 < len(order) <= MAX_BOUNDED):
            return None
        if any(OPERATIONS[equations[k][0]].kind == "bool" or not _is_wide(equations[k][0]) for k in order):
            return None
        bounded = error_program(self._program, order, exact_inputs=False)
        return None if bounded is None else ArrayEvaluator(bounded[0], [*order, *bounded[1]], np.longdouble)


def _is_wide(name: str) -> bool:
    """Whether NumPy computes an operation with longer exponents."""
    spelling = OPERATIONS[name].numpy
    return name != "where" and bool(spelling) and not spelling.startswith(("special.", "meaning"))

"""Conditions, for interpreters whose numbers know the sign of their difference."""

from __future__ import annotations

from typing import Any


class Conditions:
    """The comparisons and what joins them."""

    def compare(self, a: Any, b: Any) -> int:
        """The sign of a - b."""
        raise NotImplementedError

    def op_lt(self, a: Any, b: Any) -> bool:
        return self.compare(a, b) < 0

    def op_le(self, a: Any, b: Any) -> bool:
        return self.compare(a, b) <= 0

    def op_gt(self, a: Any, b: Any) -> bool:
        return self.compare(a, b) > 0

    def op_ge(self, a: Any, b: Any) -> bool:
        return self.compare(a, b) >= 0

    def op_eq(self, a: Any, b: Any) -> bool:
        return self.compare(a, b) == 0

    def op_ne(self, a: Any, b: Any) -> bool:
        return not self.op_eq(a, b)

    def op_not(self, a: bool) -> bool:
        return not a

    def op_and(self, a: bool, b: bool) -> bool:
        return a and b

    def op_or(self, a: bool, b: bool) -> bool:
        return a or b

    def op_true(self) -> bool:
        return True

    def op_false(self) -> bool:
        return False

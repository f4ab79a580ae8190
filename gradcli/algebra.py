"""Building derivative equations: the same as a builder, without what is structurally nothing.

Only rules of differentiation build with this. They may drop `1*x`, `x + 0` and `0*x`, because a partial counts
only where the value does, and the value is never built with it.
"""

from __future__ import annotations

from collections.abc import Callable

from gradcli.program import Builder, Ref, is_less, whole_number

_BIGGEST_FOLDED = 10**15


class Algebra:
    """Arithmetic on the equations of a builder; zeros and ones vanish, small whole numbers are folded."""

    __slots__ = ("_wholes", "builder", "equations", "one", "zero")

    def __init__(self, builder: Builder) -> None:
        self.builder = builder
        self.equations = builder.equations
        self.zero = builder.const("0")
        self.one = builder.const("1")
        self._wholes: dict[Ref, int | None] = {}

    def add(self, a: Ref, b: Ref) -> Ref:
        if a == self.zero:
            return b
        if b == self.zero:
            return a
        first, second = self.equations[a], self.equations[b]
        if second[0] == "neg":
            return self.sub(a, second[1])
        if first[0] == "neg":
            return self.sub(b, first[1])
        if first[0] == "where" == second[0]:
            merged = self._merge(first, second)
            if merged is not None:
                return merged
        return self._folded("add", a, b)

    def sub(self, a: Ref, b: Ref) -> Ref:
        if b == self.zero:
            return a
        if a == self.zero:
            return self.neg(b)
        if self.equations[b][0] == "neg":
            return self.add(a, self.equations[b][1])
        return self._folded("sub", a, b)

    def neg(self, a: Ref) -> Ref:
        if a == self.zero:
            return a
        equation = self.equations[a]
        return equation[1] if equation[0] == "neg" else self.builder.add("neg", a)

    def mul(self, a: Ref, b: Ref) -> Ref:
        if a == self.zero or b == self.one:
            return a
        if b == self.zero or a == self.one:
            return b
        first, second = self.equations[a], self.equations[b]
        if first[0] == "neg":
            return self.neg(self.mul(first[1], b))
        if second[0] == "neg":
            return self.neg(self.mul(a, second[1]))
        return self._folded("mul", a, b)

    def div(self, a: Ref, b: Ref) -> Ref:
        if a == self.zero or b == self.one:
            return a
        if self.equations[a][0] == "neg":
            return self.neg(self.div(self.equations[a][1], b))
        return self.builder.add("div", a, b)

    def pow(self, a: Ref, b: Ref) -> Ref:
        if b == self.one:
            return a
        if b == self.zero:
            return self.one
        return self.builder.add("pow", a, b)

    def where(self, condition: Ref, a: Ref, b: Ref) -> Ref:
        if a == b:
            return a
        decided = self._decided(condition)
        return self.builder.add("where", condition, a, b) if decided is None else a if decided else b

    def _decided(self, condition: Ref) -> bool | None:
        """Whether a constant is smaller than another; `None` for other conditions."""
        equation = self.equations[condition]
        if equation[0] != "lt":
            return None
        low, high = (self._constant(ref) for ref in equation[1:])
        if low is None or high is None:
            return None
        if low[0] != high[0]:
            return low[0] < high[0] and (low[1], high[1]) != ("0", "0")
        return is_less(low[1], high[1]) if low[0] > 0 else is_less(high[1], low[1])

    def _constant(self, ref: Ref) -> tuple[int, str] | None:
        """The sign of a constant, or of its negative or absolute value, and its size as it was written."""
        name, *arguments = self.equations[ref]
        if name == "const":
            return 1, arguments[0]
        if name not in ("neg", "abs"):
            return None
        value = self._constant(arguments[0])
        return value and (-value[0] if name == "neg" else 1, value[1])

    def apply(self, name: str, *arguments: Ref) -> Ref:
        """An operation of any kind; arithmetic without what is nothing."""
        rule = _ARITHMETIC.get(name)
        if rule is not None:
            return rule(self, *arguments)
        return self.builder.add(name, *arguments)

    def _folded(self, name: str, a: Ref, b: Ref) -> Ref:
        """A sum, difference or product; of two small whole numbers it is one."""
        if self.equations[a][0] in _NUMERIC and self.equations[b][0] in _NUMERIC:
            left, right = self._whole(a), self._whole(b)
            if left is not None and right is not None:
                result = left + right if name == "add" else left - right if name == "sub" else left * right
                if abs(result) < _BIGGEST_FOLDED:
                    ref = self.builder.add("const", str(abs(result)))  # long sums come here a million times
                    ref = self.builder.add("neg", ref) if result < 0 else ref
                    self._wholes[ref] = result
                    return ref
        return self.builder.add(name, a, b)

    def _whole(self, ref: Ref) -> int | None:
        if ref not in self._wholes:
            self._wholes[ref] = whole_number(self.equations, ref)
        return self._wholes[ref]

    def _merge(self, first: tuple[str, Ref, Ref, Ref], second: tuple[str, Ref, Ref, Ref]) -> Ref | None:
        """`where(c, a, 0) + where(not c, b, 0)` as `where(c, a, b)`."""
        _, c, a, otherwise = first
        _, d, b, also = second
        if otherwise != self.zero or also != self.zero:
            return None
        if c == d:
            return self.where(c, self.add(a, b), self.zero)
        if self.equations[d] == ("not", c):
            return self.where(c, a, b)
        if self.equations[c] == ("not", d):
            return self.where(d, b, a)
        return None


_NUMERIC = frozenset({"const", "neg"})
_ARITHMETIC: dict[str, Callable[..., Ref]] = {
    "add": Algebra.add, "sub": Algebra.sub, "neg": Algebra.neg, "mul": Algebra.mul, "div": Algebra.div,
    "pow": Algebra.pow, "where": Algebra.where,
}  # fmt: skip

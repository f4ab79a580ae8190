"""The table's operations as functions of SymPy's: its own, and ours where it has none or makes something else of them.

SymPy leaves the derivatives of `mod` and `floor` undone, turns that of `sign` into a distribution, and writes others
so that they lose accuracy. Ours are differentiated as the table says.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import sympy
from sympy import S

from gradcli.language.document import parse_text
from gradcli.operations import OPERATIONS
from gradcli.program import Ref, live
from gradcli.sympy_bridge.decimals import MAX_BITS, bits

Expr = Any
"""A SymPy expression."""

_LONG_POWER = 100  # above it, SymPy must not raise a coefficient to the power


class UnreadableError(Exception):
    """SymPy's answer is no formula of the language, or no real function."""


class _Real(sympy.Function):  # type: ignore[misc]
    """A real function whose value SymPy never computes."""

    @classmethod
    def eval(cls, *arguments: Expr) -> None:
        return None

    def _eval_is_extended_real(self) -> bool:
        return True


class _Step(_Real):
    """A function that is constant in pieces."""

    def fdiff(self, argindex: int = 1) -> Expr:
        return S.Zero


class Floor(_Step):
    pass


class Ceil(_Step):
    pass


class Round(_Step):
    pass


class Sign(_Step):
    pass


class HalfStep(_Step):
    pass


class FloorDiv(_Step):
    pass


class Mod(_Real):
    def fdiff(self, argindex: int = 1) -> Expr:
        return S.One if argindex == 1 else -FloorDiv(*self.args)


class Cbrt(_Real):
    def fdiff(self, argindex: int = 1) -> Expr:
        return 1 / (3 * self**2)


class Exp2(_Real):
    def fdiff(self, argindex: int = 1) -> Expr:
        return self * sympy.log(2)


class Expm1(_Real):
    def fdiff(self, argindex: int = 1) -> Expr:
        return sympy.exp(self.args[0])


class Log1p(_Real):
    def fdiff(self, argindex: int = 1) -> Expr:
        return 1 / (1 + self.args[0])


class Log2(_Real):
    def fdiff(self, argindex: int = 1) -> Expr:
        return 1 / (self.args[0] * sympy.log(2))


class Log10(_Real):
    def fdiff(self, argindex: int = 1) -> Expr:
        return 1 / (self.args[0] * sympy.log(10))


class LogBase(_Real):
    def fdiff(self, argindex: int = 1) -> Expr:
        value, base = self.args
        if argindex == 1:
            return 1 / (value * sympy.log(base))
        return -sympy.log(value) / (base * sympy.log(base) ** 2)


class Hypot(_Real):
    def fdiff(self, argindex: int = 1) -> Expr:
        return self.args[argindex - 1] / self


class Sigmoid(_Real):
    def fdiff(self, argindex: int = 1) -> Expr:
        return self * Sigmoid(-self.args[0])


class Softplus(_Real):
    def fdiff(self, argindex: int = 1) -> Expr:
        return Sigmoid(self.args[0])


class Relu(_Real):
    def fdiff(self, argindex: int = 1) -> Expr:
        return (1 + self.args[0] / sympy.Abs(self.args[0])) / 2


class LogAddExp(_Real):
    def fdiff(self, argindex: int = 1) -> Expr:
        a, b = self.args
        return Sigmoid(a - b) if argindex == 1 else Sigmoid(b - a)


class Sinc(_Real):
    def fdiff(self, argindex: int = 1) -> Expr:
        return (sympy.cos(self.args[0]) - self) / self.args[0]


class SinPi(_Real):
    def fdiff(self, argindex: int = 1) -> Expr:
        return S.Pi * CosPi(*self.args)


class CosPi(_Real):
    def fdiff(self, argindex: int = 1) -> Expr:
        return -S.Pi * SinPi(*self.args)


class LogGamma(_Real):
    def fdiff(self, argindex: int = 1) -> Expr:
        return sympy.polygamma(0, self.args[0])


class LogBeta(_Real):
    def fdiff(self, argindex: int = 1) -> Expr:
        return sympy.polygamma(0, self.args[argindex - 1]) - sympy.polygamma(0, sum(self.args))


class Factorial(sympy.factorial):  # type: ignore[misc]
    """With a derivative that does not bring in gamma(n + 1), which is the same and would not be cancelled."""

    def fdiff(self, argindex: int = 1) -> Expr:
        return self * sympy.polygamma(0, self.args[0] + 1)


class _Counted(_Real):
    """A function whose first argument says which of its derivatives by the second it is."""

    def fdiff(self, argindex: int = 1) -> Expr:
        if argindex == 1:
            raise sympy.core.function.ArgumentIndexError(self, argindex)
        order, value = self.args
        return self.func(order + 1, value)


class ZetaDerivative(_Counted):
    pass


class EllipticKDerivative(_Counted):
    pass


class EllipticEDerivative(_Counted):
    pass


class Hyp0F1(_Real):
    def fdiff(self, argindex: int = 1) -> Expr:
        if argindex == 1:
            raise sympy.core.function.ArgumentIndexError(self, argindex)
        parameter, value = self.args
        return self.func(parameter + 1, value) / parameter


class Zeta(_Real):
    def fdiff(self, argindex: int = 1) -> Expr:
        return ZetaDerivative(1, self.args[0])


class LambertW(_Real):
    """Differentiated to what is defined at 0 too."""

    def fdiff(self, argindex: int = 1) -> Expr:
        if argindex == 2:
            raise sympy.core.function.ArgumentIndexError(self, argindex)
        return 1 / (self.args[0] + sympy.exp(self))


class LambertWBranch(LambertW):
    pass


class Where(_Real):
    """A choice by a condition, which is a symbol here: nothing is derived by it."""

    @classmethod
    def eval(cls, condition: Expr, a: Expr, b: Expr) -> Expr:
        return a if a == b else None

    def _eval_derivative(self, symbol: Expr) -> Expr:
        condition, a, b = self.args
        return Where(condition, a.diff(symbol), b.diff(symbol))


class Max(_Real):
    """The larger of two; the third argument is the condition that this is the first."""

    def _eval_derivative(self, symbol: Expr) -> Expr:
        a, b, condition = self.args
        return Where(condition, a.diff(symbol), b.diff(symbol))


class Min(Max):
    """The smaller of two; the third argument is the condition that this is the first."""


def _power(base: Expr, exponent: Expr) -> Expr:
    """A power.

    Raises:
        UnreadableError: SymPy would compute a huge number.
    """
    if exponent.is_Rational and not exponent.is_Symbol:
        size = max(abs(exponent.p), exponent.q)
        coefficient = base.as_coeff_Mul()[0]
        if size > _LONG_POWER and coefficient not in (1, -1) and size * bits(coefficient) > MAX_BITS:
            raise UnreadableError
    return base**exponent


FROM_NAME: dict[str, Callable[..., Expr]] = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": lambda a, b: a / b,
    "neg": lambda a: -a,
    "pow": _power,
    "sqrt": sympy.sqrt,
    "digamma": lambda a: sympy.polygamma(0, a),
    "where": Where,
    "max": Max,
    "min": Min,
    "pi": lambda: sympy.pi,
    "e": lambda: S.Exp1,
}

# Our own classes go before SymPy's of the same name.
NAME_OF: dict[Any, str] = {
    globals().get(row.sympy) or getattr(sympy, row.sympy): row.name for row in OPERATIONS.values() if row.sympy
}
FROM_NAME |= {name: function for function, name in NAME_OF.items() if name not in FROM_NAME}


@cache
def function_of(name: str) -> Callable[..., Expr]:
    """What makes a SymPy tree of an operation and its operands; by its meaning, where it has no form of its own.

    Raises:
        UnreadableError: it has neither.
    """
    if name in FROM_NAME:
        return FROM_NAME[name]
    if not OPERATIONS[name].meaning:
        raise UnreadableError
    places = "abc"[: OPERATIONS[name].arity]
    equations, root = parse_text(OPERATIONS[name].meaning, places)

    def by_meaning(*parts: Expr) -> Expr:
        values: dict[Ref, Expr] = {}
        for k in live(equations, (root,)):
            operation, *arguments = equations[k]
            if operation == "input":
                values[k] = parts[places.index(arguments[0])]
            elif operation == "const":
                values[k] = sympy.Rational(arguments[0])
            else:
                values[k] = function_of(operation)(*(values[a] for a in arguments))
        return values[root]

    return by_meaning

"""Programs to SymPy and back: the one package that imports SymPy.

A `Piece` is a small program whose inputs are real symbols that we name ourselves, so no user's name ever
reaches SymPy. Its translation keeps what was written: a sub-expression that SymPy gives back unchanged is
read back as the equation it came from.
"""

from __future__ import annotations

from collections.abc import Sequence

import sympy as sympy  # for simplify.py too
from sympy import S

from gradcli.program import Builder, Equation, Ref, operands
from gradcli.sympy_bridge.decimals import MAX_BITS, bits, literal
from gradcli.sympy_bridge.functions import FROM_NAME, Expr, Max, Sigmoid, UnreadableError, Where, function_of
from gradcli.sympy_bridge.reader import Reader

__all__ = ["Expr", "Max", "Piece", "Sigmoid", "UnreadableError", "Where", "sympy", "without_signs"]

_MAX_POWER = 10**15

# Constants made by other functions stay as they were written: SymPy would compute some of them in full.
_CONSTANT_OPERATIONS = frozenset({"add", "sub", "mul", "div", "neg", "pow", "sqrt", "exp", "log", "pi", "e"})
_RELATIONS = {"max": "ge", "min": "le"}


class Piece(Reader):
    """A small program, its SymPy tree, and its derivatives, each found once.

    Attributes:
        symbols: those of its inputs.
        expression: the tree of its result.
    """

    def __init__(self, equations: Sequence[Equation]) -> None:
        """Translates the equations; the last one is the result.

        Raises:
            UnreadableError: SymPy makes something of it that is no real function.
        """
        builder = Builder()
        for k, equation in enumerate(equations):
            found = builder.add(*equation)
            if found != k:  # a constant with a name of its own
                builder.again(found)
        super().__init__(builder, any(e[0] == "const" and not e[1].isdigit() for e in equations))
        self.symbols: dict[str, Expr] = {}
        self.expression = self._translate(equations)
        _check_real(self.expression)

    def _symbol(self, name: str, ref: Ref) -> Expr:
        is_literal = self.builder.equations[ref][0] == "const"
        symbol = sympy.Symbol(name, positive=True) if is_literal else sympy.Symbol(name, real=True)
        self.leaves[symbol] = ref
        return symbol

    def _translate(self, equations: Sequence[Equation]) -> Expr:
        values: list[Expr] = []
        constant: list[bool] = []
        for k, equation in enumerate(equations):
            name, arguments = equation[0], operands(equation)
            constant.append(name != "input" and all(constant[a] for a in arguments))
            if name == "input":
                value = self.symbols[equation[1]] = self._symbol(equation[1], k)
            elif name == "neg":
                value = -values[arguments[0]]
            elif constant[k]:
                value = _constant(equation, [values[a] for a in arguments])
                value = self._symbol(f"k{k:04d}", k) if value is None else value
            else:
                parts = [values[a] for a in arguments]
                if name == "pow" and equations[arguments[1]][0] == "const" and equations[arguments[1]][1].isdigit():
                    parts[1] = sympy.Integer(equations[arguments[1]][1])  # a whole exponent is no measured constant
                if name == "pow" and parts[1].is_Rational and abs(parts[1].p) > _MAX_POWER:
                    parts[1] = self._symbol(f"k{arguments[1]:04d}", arguments[1])
                if name in _RELATIONS:
                    condition = self.builder.add(_RELATIONS[name], *arguments)
                    parts.append(self._symbol(f"z{condition:04d}", condition))
                value = function_of(name)(*parts)
            if value.args and name not in ("mul", "div", "neg"):
                self.known.setdefault(value, k)
            values.append(value)
        return values[-1]

    def derivative(self, leaf: str) -> Expr:
        """SymPy's derivative by an input.

        Raises:
            UnreadableError: there is none as a real formula.
        """
        try:
            raw = self.expression.diff(self.symbols[leaf])
        except (sympy.core.function.ArgumentIndexError, NotImplementedError, ValueError, TypeError) as error:
            raise UnreadableError from error
        _check_real(raw)
        return without_signs(raw)


def without_signs(expression: Expr) -> Expr:
    """The slope of abs(x) as x/abs(x), which is undefined at 0; a user's `sign` is a function of our own."""
    if not expression.has(sympy.sign):
        return expression
    expression = expression.replace(lambda e: e.is_Mul and e.has(sympy.sign), _absolute)
    return expression.replace(sympy.sign, lambda u: u / sympy.Abs(u))


def _absolute(product: Expr) -> Expr:
    """A product with u*sign(u) as abs(u)."""
    for factor in product.args:
        if isinstance(factor, sympy.sign):
            inner = factor.args[0]
            exponent = product.as_powers_dict().get(inner, S.Zero)
            if exponent.is_Integer and exponent > 0:
                return product / factor / inner * sympy.Abs(inner)
    return product


def _check_real(expression: Expr) -> None:
    if expression.has(S.NaN, S.ComplexInfinity, S.ImaginaryUnit, S.Infinity, S.NegativeInfinity):
        raise UnreadableError


def _constant(equation: Equation, parts: list[Expr]) -> Expr | None:
    """A constant as SymPy is to see it, if it is small."""
    if equation[0] == "const":
        return literal(equation[1])
    if equation[0] not in _CONSTANT_OPERATIONS or any(part.free_symbols for part in parts):
        return None
    if equation[0] == "pow" and parts[1].is_Rational:
        size = bits(parts[0].as_coeff_Mul()[0])
        if abs(parts[1].p) * max(size, 2) > MAX_BITS or parts[1].q > 100:
            return None
    if equation[0] == "pow" and not (parts[0].is_Rational or parts[0] is S.Exp1):
        return None
    if equation[0] in ("div", "log") and parts[-1] == 0:
        return None
    value = FROM_NAME[equation[0]](*parts)
    small = all(bits(number) <= MAX_BITS for number in value.atoms(sympy.Rational))
    return value if small and value.is_extended_real and value.is_finite else None

"""Programs to SymPy and back: the one module that imports SymPy.

A `Piece` is a small program whose inputs are real symbols that we name ourselves, so no user's name ever
reaches SymPy. Its translation keeps what was written: a sub-expression that SymPy gives back unchanged is
read back as the equation it came from.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from functools import cache
from typing import Any

import sympy as sympy  # for simplify.py too
from sympy import S

from gradcli.language.document import parse_text
from gradcli.operations import OPERATIONS
from gradcli.program import Builder, Equation, Ref, instantiate, live, operands

Expr = Any
"""A SymPy expression."""

_MAX_LITERAL = 12  # characters of a decimal that SymPy may get to see as a number
_LARGEST_SMALL = 10**6  # of its numerator and denominator: SymPy takes exp(1e23*x) for a power of exp(x)
_MAX_BITS = 600  # of a constant that is computed exactly
_MAX_DIGITS = 300  # of a number that is written back
_MAX_POWER = 10**15
_FRACTION_IN_FRACTION = 3  # as many names, numbers or signs it is worth to avoid one
_ARITHMETIC = frozenset({"add", "sub", "mul", "neg", "pow"})
_LONG_POWER = 100  # above it, SymPy must not raise a coefficient to the power


class UnreadableError(Exception):
    """SymPy's answer is no formula of the language, or no real function."""


# Functions of our own, where SymPy has none, differentiates to distributions, or would lose accuracy.


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
        if size > _LONG_POWER and coefficient not in (1, -1) and size * _bits(coefficient) > _MAX_BITS:
            raise UnreadableError
    return base**exponent


def _bits(number: Expr) -> int:
    return max(int(number.p).bit_length(), int(number.q).bit_length()) if number.is_Rational else 0


_FROM_NAME: dict[str, Callable[..., Expr]] = {
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
_NAME_OF: dict[Any, str] = {
    globals().get(row.sympy) or getattr(sympy, row.sympy): row.name for row in OPERATIONS.values() if row.sympy
}
_FROM_NAME |= {name: function for function, name in _NAME_OF.items() if name not in _FROM_NAME}


@cache
def _function(name: str) -> Callable[..., Expr]:
    """What makes a SymPy tree of an operation and its operands; by its meaning, where it has no form of its own.

    Raises:
        UnreadableError: it has neither.
    """
    if name in _FROM_NAME:
        return _FROM_NAME[name]
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
                values[k] = _function(operation)(*(values[a] for a in arguments))
        return values[root]

    return by_meaning


# Constants made by other functions stay as they were written: SymPy would compute some of them in full.
_CONSTANT_OPERATIONS = frozenset({"add", "sub", "mul", "div", "neg", "pow", "sqrt", "exp", "log", "pi", "e"})
_RELATIONS = {"max": "ge", "min": "le"}


class Piece:
    """A small program, its SymPy tree, and its derivatives, each found once.

    Attributes:
        builder: the piece's equations, and after them those of its derivatives.
        size: how many equations the piece has itself.
    """

    def __init__(self, equations: Sequence[Equation]) -> None:
        """Translates the equations; the last one is the result.

        Raises:
            UnreadableError: SymPy makes something of it that is no real function.
        """
        self.builder = Builder()
        for k, equation in enumerate(equations):
            found = self.builder.add(*equation)
            if found != k:  # a constant with a name of its own
                self.builder.again(found)
        self.size = len(equations)
        self.leaves: dict[Expr, Ref] = {}
        self.known: dict[Expr, Ref] = {}
        self.decimal = any(e[0] == "const" and not e[1].isdigit() for e in equations)
        self.symbols: dict[str, Expr] = {}
        self._costs: list[int] = []
        self._fractions: list[bool] = []
        self._needed: dict[Ref, tuple[Ref, ...]] = {}
        self._translated: dict[Ref, Expr] = {}
        self.expression = self._translate(equations)
        _check_real(self.expression)

    def _symbol(self, name: str, ref: Ref) -> Expr:
        literal = self.builder.equations[ref][0] == "const"
        symbol = sympy.Symbol(name, positive=True) if literal else sympy.Symbol(name, real=True)
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
                value = _function(name)(*parts)
            if value.args and name not in ("mul", "div", "neg"):
                self.known.setdefault(value, k)
            values.append(value)
        return values[-1]

    def forget_text(self) -> None:
        """Lets what is read be written as SymPy has it, and not as it was written."""
        fresh = Builder()
        self.leaves = {
            symbol: instantiate(fresh, self.builder.equations, [ref], {})[0] for symbol, ref in self.leaves.items()
        }
        self.builder = fresh
        for known in (self.known, self._translated, self._needed, self._costs, self._fractions):
            known.clear()

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

    def cost(self, ref: Ref) -> int:
        """How many names, numbers and signs the text of an equation has; a fraction in a fraction counts more."""
        equations = self.builder.equations
        for k in range(len(self._costs), len(equations)):
            name, below = equations[k][0], operands(equations[k])
            inside = any(self._fractions[a] for a in below[: 1 if name == "pow" else None])
            self._fractions.append(name == "div" or (name in _ARITHMETIC and inside))
            nested = _FRACTION_IN_FRACTION if name == "div" and inside else 0
            self._costs.append(1 + nested + sum(self._costs[a] for a in below))
        return self._costs[ref]

    def needed(self, root: Ref) -> tuple[Ref, ...]:
        """The equations beyond the piece's own that one of them depends on, in order."""
        found = self._needed.get(root)
        if found is None:
            seen = {root}
            pending = [root]
            while pending:
                for a in operands(self.builder.equations[pending.pop()]):
                    if a not in seen:
                        seen.add(a)
                        pending.append(a)
            found = self._needed[root] = tuple(sorted(k for k in seen if k >= self.size))
        return found

    def read(self, expression: Expr) -> Ref:
        """The equation of an expression, written as a person would.

        Raises:
            UnreadableError: it is no formula of the language.
        """
        ref = self._translated.get(expression)
        if ref is None:
            ref = self._read(expression)
            original = self.known.get(expression)
            if original is not None and self.cost(original) <= self.cost(ref):
                ref = original
            self._translated[expression] = ref
        return ref

    def _read(self, expression: Expr) -> Ref:
        add = self.builder.add
        if expression.is_Symbol:
            return self.leaves[expression]
        if expression.is_Rational:
            return self._signed(expression < 0, self._positive(abs(expression)))
        if expression.is_Add:
            return self._sum(expression.args)
        if expression.is_Mul or expression.is_Pow:
            return self._product(expression)
        if expression is S.Pi:
            return add("pi")
        if expression is S.Exp1:
            return add("e")
        if type(expression) is Max or type(expression) is Min:
            return add("max" if type(expression) is Max else "min", *(self.read(a) for a in expression.args[:2]))
        name = _NAME_OF.get(expression.func)
        if name is None:
            raise UnreadableError
        if name == "polygamma" and expression.args[0] == 0:
            return add("digamma", self.read(expression.args[1]))
        return add(name, *(self.read(a) for a in expression.args))

    def _signed(self, negative: bool, ref: Ref) -> Ref:
        return self.builder.add("neg", ref) if negative else ref

    def _positive(self, number: Expr) -> Ref:
        """A rational: as a decimal if the text has decimals, else as a fraction."""
        p, q = int(number.p), int(number.q)
        if max(p, q).bit_length() > _MAX_DIGITS * 3.3:
            raise UnreadableError
        if q == 1:
            return self.builder.const(str(p))
        text = _decimal(p, q) if self.decimal else None
        if text is not None:
            return self.builder.const(text)
        return self.builder.add("div", self.builder.const(str(p)), self.builder.const(str(q)))

    # Sums

    def _sum(self, terms: Iterable[Expr]) -> Ref:
        """Terms by falling powers of the variables in their order, a positive one first if there is one."""
        ordered = sorted(terms, key=_term_key)
        signed = [self._signed_term(term) for term in ordered]
        lead = next((k for k, (negative, _) in enumerate(signed) if not negative), 0)
        total = self.read(ordered[lead])
        for negative, ref in signed[:lead] + signed[lead + 1 :]:
            total = self.builder.add("sub" if negative else "add", total, ref)
        return total

    def _signed_term(self, term: Expr) -> tuple[bool, Ref]:
        """Whether a term is subtracted, and what: reading it may have left a minus before it or taken one away."""
        negative = _is_negative(term)
        ref = self.read(-term if negative else term)
        plain = self._without_minus(ref)
        return (negative, ref) if plain is None else (not negative, plain)

    def _without_minus(self, ref: Ref) -> Ref | None:
        """The negative of an equation whose text begins with a minus; `None` for any other."""
        equations = self.builder.equations
        begin = ref
        after: list[tuple[str, Ref]] = []
        while equations[begin][0] in ("mul", "div"):
            name, begin, right = equations[begin]
            after.append((name, right))
        if equations[begin][0] != "neg":
            return None
        plain: Ref = equations[begin][1]
        for name, right in reversed(after):
            plain = self.builder.add(name, plain, right)
        return plain

    # Products

    def _product(self, expression: Expr) -> Ref:
        """Number, symbols, powers and functions in the numerator over what has a negative power."""
        coefficient, factors = _factors(expression)
        coefficient, factors = self._oriented(coefficient, factors)
        coefficient, factors, constant = self._folded(coefficient, factors)
        coefficient, factors, root_above, root_below = _roots(coefficient, factors)
        negative = coefficient < 0
        p, q = int(abs(coefficient).p), int(coefficient.q)
        text = _decimal(p, q) if self.decimal and q != 1 else None
        above, below = [], []
        for base, exponent in sorted(factors, key=_factor_key):
            if _is_negative(exponent) and base is not S.Exp1 and (not exponent.is_Mul or len(factors) > 1):
                below.append(self._power(base, -exponent))
            else:
                above.append(self._power(base, exponent))
        if root_below is not None:
            below.append(self.builder.add("sqrt", self.read(root_below)))
        if root_above is not None:
            above.insert(0, self.builder.add("sqrt", self.read(root_above)))
        text = constant or text
        if text is not None:
            above.insert(0, self.builder.const(text))
        elif p != 1 or not above:
            above.insert(0, self._positive(sympy.Integer(p)))
        if q != 1 and text is None:
            below.insert(0, self._positive(sympy.Integer(q)))
        above[0] = self._signed(negative, above[0])
        numerator = self._chain(above)
        return self.builder.add("div", numerator, self._chain(below)) if below else numerator

    def _folded(
        self, coefficient: Expr, factors: list[tuple[Expr, Expr]]
    ) -> tuple[Expr, list[tuple[Expr, Expr]], str | None]:
        """A number times a constant that was written, such as 2*3.7e-9, as one number, if that is short."""
        if abs(coefficient) == 1:
            return coefficient, factors, None
        for k, (base, exponent) in enumerate(factors):
            equation = self.builder.equations[self.leaves[base]] if base in self.leaves else ("",)
            if exponent == 1 and equation[0] == "const" and _is_short(equation[1], _MAX_DIGITS):
                product = Fraction(equation[1]) * Fraction(int(abs(coefficient.p)), int(coefficient.q))
                text = _decimal(product.numerator, product.denominator)
                if text is not None:
                    return sympy.Integer(1 if coefficient > 0 else -1), factors[:k] + factors[k + 1 :], text
        return coefficient, factors, None

    def _chain(self, refs: list[Ref]) -> Ref:
        total = refs[0]
        for ref in refs[1:]:
            total = self.builder.add("mul", total, ref)
        return total

    def _power(self, base: Expr, exponent: Expr) -> Ref:
        if base is S.Exp1:
            return self.read(sympy.exp(exponent))
        if exponent == 1:
            return self.read(base)
        original = self.known.get(sympy.Pow(base, exponent))
        if exponent == S.Half:
            ref = self.builder.add("sqrt", self.read(base))
        else:
            ref = self.builder.add("pow", self.read(base), self.read(exponent))
        return ref if original is None or self.cost(original) > self.cost(ref) else original

    def _oriented(self, coefficient: Expr, factors: list[tuple[Expr, Expr]]) -> tuple[Expr, list[tuple[Expr, Expr]]]:
        """The same product with its sums as they were written, without common numbers, with the fewest signs."""
        turned = []
        for base, exponent in factors:
            if base.is_Add and exponent in (1, -1) and base not in self.known:
                content, base = base.primitive()
                coefficient *= content**exponent
            if base.is_Add and base not in self.known and exponent.is_Integer and -base in self.known:
                base = -base
                coefficient = -coefficient if exponent % 2 else coefficient
            turned.append((base, exponent))
        if coefficient < 0:
            for k, (base, exponent) in enumerate(turned):
                if base.is_Add and exponent.is_odd and base not in self.known and _mixed(base):
                    turned[k] = -base, exponent
                    return -coefficient, turned
        return coefficient, turned


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
        return _literal(equation[1])
    if equation[0] not in _CONSTANT_OPERATIONS or any(part.free_symbols for part in parts):
        return None
    if equation[0] == "pow" and parts[1].is_Rational:
        bits = _bits(parts[0].as_coeff_Mul()[0])
        if abs(parts[1].p) * max(bits, 2) > _MAX_BITS or parts[1].q > 100:
            return None
    if equation[0] == "pow" and not (parts[0].is_Rational or parts[0] is S.Exp1):
        return None
    if equation[0] in ("div", "log") and parts[-1] == 0:
        return None
    value = _FROM_NAME[equation[0]](*parts)
    small = all(_bits(number) <= _MAX_BITS for number in value.atoms(sympy.Rational))
    return value if small and value.is_extended_real and value.is_finite else None


def _literal(text: str) -> Expr | None:
    """A short decimal as a number; one with more digits is a measured constant, and stays as it was written."""
    if not _is_short(text, _MAX_LITERAL):
        return None
    value = Fraction(text)
    if max(value.numerator, value.denominator) > _LARGEST_SMALL:
        return None
    return sympy.Rational(value.numerator, value.denominator)


def _is_short(text: str, places: int) -> bool:
    """Whether a decimal has so few places, those of its exponent too, that its fraction is soon computed."""
    return len(text) <= places and abs(int(text.partition("e")[2] or "0")) <= places


def _decimal(p: int, q: int) -> str | None:
    """A fraction as a decimal of at most 17 digits, if it is one."""
    twos = fives = 0
    rest = q
    while rest % 2 == 0:
        rest //= 2
        twos += 1
    while rest % 5 == 0:
        rest //= 5
        fives += 1
    shift = max(twos, fives)
    digits = str(p * 10**shift // q)
    return f"{digits}e-{shift}" if rest == 1 and len(digits.rstrip("0")) <= 17 else None


def _is_negative(expression: Expr) -> bool:
    """Whether its text would begin with a minus that can be taken out."""
    coefficient = expression.as_coeff_Mul()[0]
    return bool(coefficient.is_Rational and coefficient < 0)


def _mixed(total: Expr) -> bool:
    signs = {_is_negative(term) for term in total.args}
    return len(signs) == 2


def _factors(expression: Expr) -> tuple[Expr, list[tuple[Expr, Expr]]]:
    """A product as its rational coefficient and the other factors as base and exponent."""
    coefficient = S.One
    factors: list[tuple[Expr, Expr]] = []
    pending = list(expression.args if expression.is_Mul else (expression,))
    while pending:
        factor = pending.pop(0)
        if factor.is_Mul:
            pending = [*factor.args, *pending]
        elif factor.is_Rational:
            coefficient *= factor
        else:
            base, exponent = (S.Exp1, factor.args[0]) if isinstance(factor, sympy.exp) else (factor, S.One)
            if factor.is_Pow:
                base, exponent = factor.args
            factors.append((base, exponent))
    return coefficient, factors


def _roots(
    coefficient: Expr, factors: list[tuple[Expr, Expr]]
) -> tuple[Expr, list[tuple[Expr, Expr]], Expr | None, Expr | None]:
    """Square roots of numbers taken together: sqrt(2)/(2*sqrt(pi)) is 1/sqrt(2*pi)."""
    above, below, others = S.One, S.One, []
    for base, exponent in factors:
        if exponent == S.Half and (base.is_Integer or base is S.Pi) and base.is_positive:
            above *= base
        elif exponent == -S.Half and (base.is_Integer or base is S.Pi) and base.is_positive:
            below *= base
        else:
            others.append((base, exponent))
    whole = above.as_coeff_Mul()[0]
    if whole != 1 and coefficient.q % whole == 0:
        coefficient, above, below = coefficient * whole, above / whole, below * whole
    return coefficient, others, above if above != 1 else None, below if below != 1 else None


def _factor_key(factor: tuple[Expr, Expr]) -> tuple[Any, ...]:
    """Constants, symbols, powers, sums, functions, sums of functions."""
    base, exponent = factor
    if base.is_number and exponent.is_number:
        return (0 if base is S.Pi or not base.args else 6, "", base.sort_key())
    if base.is_Symbol:
        return (1 if exponent.is_number else 2, base.name, exponent.sort_key())
    has_function = bool(base.atoms(sympy.Function)) or base is S.Exp1
    rank = (5 if has_function else 3) if base.is_Add else 4 if has_function else 2
    return (rank, min((s.name for s in base.free_symbols), default=""), base.sort_key())


def _term_key(term: Expr) -> tuple[Any, ...]:
    """By falling powers of the symbols in their order; then functions; numbers last."""
    powers = sorted(
        (base.name, -exponent) for base, exponent in _factors(term)[1] if base.is_Symbol and exponent.is_Rational
    )
    if powers:
        return (0, powers, term.sort_key())
    return (2 if term.is_number else 1, [], term.sort_key())

"""SymPy's answers as equations, written as a person would: the sum by falling powers, the product over its divisor."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

import sympy
from sympy import S

from gradcli.program import Builder, Ref, instantiate, operands
from gradcli.sympy_bridge.decimals import decimal, is_short
from gradcli.sympy_bridge.functions import NAME_OF, Expr, Max, Min, UnreadableError

_MAX_DIGITS = 300  # of a number that is written back
_FRACTION_IN_FRACTION = 3  # as many names, numbers or signs it is worth to avoid one
_ARITHMETIC = frozenset({"add", "sub", "mul", "neg", "pow"})


class Reader:
    """The equations of expressions, each found once.

    Attributes:
        builder: to which they are added.
        size: how many equations it has beside these.
        leaves: the equations of symbols.
        known: those of expressions that there were before, which are kept as they were written.
        decimal: whether numbers are written as decimals and not as fractions.
    """

    def __init__(self, builder: Builder, decimal: bool) -> None:
        self.builder = builder
        self.size = len(builder.equations)
        self.leaves: dict[Expr, Ref] = {}
        self.known: dict[Expr, Ref] = {}
        self.decimal = decimal
        self._costs: list[int] = []
        self._fractions: list[bool] = []
        self._needed: dict[Ref, tuple[Ref, ...]] = {}
        self._translated: dict[Ref, Expr] = {}

    def forget_text(self) -> None:
        """Lets what is read be written as SymPy has it, and not as it was written."""
        fresh = Builder()
        self.leaves = {
            symbol: instantiate(fresh, self.builder.equations, [ref], {})[0] for symbol, ref in self.leaves.items()
        }
        self.builder = fresh
        for known in (self.known, self._translated, self._needed, self._costs, self._fractions):
            known.clear()

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
        name = NAME_OF.get(expression.func)
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
        text = decimal(p, q) if self.decimal else None
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
        text = decimal(p, q) if self.decimal and q != 1 else None
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
        """A number times a constant that was written, such as 2*3.7e-9, as one number, if that is no longer."""
        if abs(coefficient) == 1:
            return coefficient, factors, None
        for k, (base, exponent) in enumerate(factors):
            equation = self.builder.equations[self.leaves[base]] if base in self.leaves else ("",)
            if exponent == 1 and equation[0] == "const" and is_short(equation[1], _MAX_DIGITS):
                product = Fraction(equation[1]) * Fraction(int(abs(coefficient.p)), int(coefficient.q))
                most = max(17, len(str(coefficient)) + len(equation[1]) - 4)  # beside them a point and an exponent
                text = decimal(product.numerator, product.denominator, most)
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

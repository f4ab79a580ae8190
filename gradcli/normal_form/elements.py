"""Fractions of polynomials in kernels: their arithmetic, the relations of kernels, and signs, known or granted."""

from __future__ import annotations

from fractions import Fraction
from math import prod
from typing import Any

from gradcli.evaluate.conditions import Conditions
from gradcli.normal_form.kernels import MAX_TERMS, Element, Kernels, Nowhere, Open, Polynomial, TooHard, fraction
from gradcli.sympy_bridge import sympy

_MAX_FACTORED = 40  # terms of a polynomial that is factored


class Elements(Conditions):
    """Fractions under some signs of polynomials.

    Args:
        signs: those of irreducible polynomials; more are added where a formula is defined for one sign only.
    """

    def __init__(self, kernels: Kernels, signs: dict[Polynomial, int]) -> None:
        self.kernels = kernels
        self.field = kernels.field
        self.signs = signs

    def constant(self, value: Fraction | int) -> Element:
        value = Fraction(value)
        return self.field.one * sympy.QQ(value.numerator, value.denominator)

    def key_of(self, polynomial: Polynomial) -> Any:
        """The kernel that a polynomial is, if it is one."""
        if len(polynomial) == 1 and polynomial.LC == 1 and sum(polynomial.LM) == 1:
            return self.kernels.keys[polynomial.LM.index(1)]
        return None

    def terms(self, a: Element) -> list[tuple[Fraction, Element]]:
        """A sum as rational multiples of monomials."""
        a = self.tidy(a)
        denominator = self.field(a.denom.monic())
        scale = fraction(a.denom.LC)
        one = self.kernels.ring.one
        found = []
        for monomial, coefficient in a.numer.terms():
            numerator = self.field(one.mul_monom(monomial))
            found.append((fraction(coefficient) / scale, numerator / denominator))
        return found

    # --- arithmetic ------------------------------------------------------------------------------------------

    def op_add(self, a: Element, b: Element) -> Element:
        return a + b

    def op_sub(self, a: Element, b: Element) -> Element:
        return a - b

    def op_neg(self, a: Element) -> Element:
        return -a

    def op_mul(self, a: Element, b: Element) -> Element:
        return a * b

    def op_div(self, a: Element, b: Element) -> Element:
        b = self.tidy(b)
        if not b:
            raise Nowhere
        return a / b

    # --- signs -----------------------------------------------------------------------------------------------

    def factors(self, a: Element) -> tuple[Fraction, list[tuple[Polynomial, int]]]:
        """A number and irreducible polynomials with their exponents, whose product it is."""
        a = self.tidy(a)
        if not a:
            return Fraction(0), []
        number, found = Fraction(1), []
        for polynomial, side in ((a.numer, 1), (a.denom, -1)):
            if len(polynomial) > _MAX_FACTORED:
                raise TooHard
            content, pieces = polynomial.factor_list()
            for piece, exponent in pieces:
                scale = piece.LC
                content, piece = content * scale**exponent, piece.quo_ground(scale)
                found.append((piece, side * exponent))
            number *= fraction(content) ** side
        return number, found

    def known_sign(self, polynomial: Polynomial) -> int | None:
        """The sign of an irreducible polynomial, if it is known."""
        if polynomial in self.signs:
            return self.signs[polynomial]
        positive = [key[0] in ("root", "exp", "prime", "pi", "literal", "logprime") for key in self.kernels.keys]
        for monomial, coefficient in polynomial.terms():
            if coefficient < 0 or any(e % 2 and not positive[k] for k, e in enumerate(monomial)):
                return None
        return 1

    def sign_of(self, polynomial: Polynomial) -> int:
        """The sign of an irreducible polynomial.

        Raises:
            Open: it decides.
        """
        known = self.known_sign(polynomial)
        if known is None:
            raise Open(polynomial)
        return known

    def sign(self, a: Element) -> int:
        """The sign of an element: 0 only if it is 0 everywhere."""
        number, factors = self.factors(a)
        if not number:
            return 0
        return prod((self.sign_of(f) for f, e in factors if e % 2), start=1 if number > 0 else -1)

    def make_positive(self, number: Fraction, factors: list[tuple[Polynomial, int]]) -> None:
        """Takes for granted that a product is positive, where that tells the sign of one factor.

        Raises:
            Nowhere: it is negative.
            Open: it depends on the signs of several.
        """
        odd = [f for f, e in factors if e % 2]
        unknown = [f for f in odd if self.known_sign(f) is None]
        if len(unknown) > 1 or (unknown and self.kernels.branching):
            raise Open(unknown[0])
        sign = prod((self.sign_of(f) for f in odd if f not in unknown), start=1 if number > 0 else -1)
        if unknown:
            self.signs[unknown[0]] = sign
        elif sign < 0:
            raise Nowhere

    def op_sign(self, a: Element) -> Element:
        return self.constant(self.sign(a))

    def op_abs(self, a: Element) -> Element:
        return a * self.sign(a)

    def compare(self, a: Element, b: Element) -> int:
        """See `Conditions`; it may have to be decided."""
        return self.sign(a - b)

    def op_eq(self, a: Element, b: Element) -> bool:
        """Without a sign: what is not 0 everywhere counts as different."""
        return not self.tidy(a - b)

    # --- relations -----------------------------------------------------------------------------------------------

    def is_zero(self, a: Element) -> bool:
        """Whether an element is 0 by the relations of its kernels."""
        return not self.tidy(a)

    def tidy(self, a: Element) -> Element:
        """An element with the relations applied: no root to its power, no sine squared."""
        numer, denom = self.reduced(a.numer), self.reduced(a.denom)
        if not denom:
            raise TooHard
        if numer == a.numer and denom == a.denom:
            return a
        return self.field(numer) / self.field(denom)

    def reduced(self, polynomial: Polynomial) -> Polynomial:
        """A polynomial in which no kernel stands that its relation replaces; the latest kernels go first."""
        for k in range(len(self.kernels.keys) - 1, -1, -1):
            key = self.kernels.keys[k]
            if key[0] in ("root", "sin"):
                if all(monomial[k] < 2 for monomial in polynomial.monoms()):
                    continue
                parts, value = self.relation(key)
                polynomial = _replaced(polynomial, k, parts, value)
        return polynomial

    def relation(self, key: Any) -> tuple[int, Polynomial]:
        """Which power of a kernel is which polynomial."""
        if key[0] == "sin":
            cosine = self.kernels.generator("cos", key[1]).numer
            return 2, 1 - cosine * cosine
        parts = self.kernels.grain[key[1:]]
        if isinstance(key[1], int):
            return parts, self.kernels.ring.one * key[1]
        return parts, key[1] * self.sign_of(key[1])


def _replaced(polynomial: Polynomial, k: int, parts: int, value: Polynomial) -> Polynomial:
    """A polynomial with a power of a generator replaced as often as it is there."""
    by_power: dict[int, Polynomial] = {}
    for monomial, coefficient in polynomial.terms():
        times, rest = divmod(monomial[k], parts)
        term = polynomial.ring.one.mul_monom((*monomial[:k], rest, *monomial[k + 1 :])).mul_ground(coefficient)
        by_power[times] = by_power.get(times, polynomial.ring.zero) + term
    total = polynomial.ring.zero
    for times, part in by_power.items():
        if times * len(value) > MAX_TERMS:
            raise TooHard
        total += part * value**times
    return total

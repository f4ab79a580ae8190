"""Formulas as fractions of kernels, under some signs: roots, logarithms, exponentials and angles by their laws."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from gradcli.evaluate.interpreter import Interpreter
from gradcli.normal_form.elements import Elements
from gradcli.normal_form.kernels import MAX_POWER, MAX_TERMS, Element, Nowhere, Polynomial, TooHard, fraction
from gradcli.operations import OPERATIONS
from gradcli.program import Equation, Ref, live
from gradcli.sympy_bridge import sympy

_MAX_LITERAL = 40  # of a decimal's exponent
_MAX_FACTORED_NUMBER = 10**12

_ODD = frozenset({"asin", "atan", "asinh", "atanh", "erf"})


class Case(Elements, Interpreter):
    """The evaluation of formulas under some signs of polynomials."""

    # --- programs --------------------------------------------------------------------------------------------

    def value(self, equations: Sequence[Equation], root: Ref) -> Element:
        """A formula over variables.

        Raises:
            Nowhere: it has no value in this case.
        """
        order = live(list(equations), (root,))
        names = [equations[k][1] for k in order if equations[k][0] == "input"]
        return _somewhere(self.run(equations, order, {n: self.kernels.generator("input", n) for n in names})[root])

    def step(self, equations: Sequence[Equation], k: Ref, values: Mapping[Ref, Any]) -> Any:
        """See `Interpreter.step`; what is defined nowhere spoils only what uses it."""
        name, *refs = equations[k]
        operands = [values[ref] for ref in refs]
        if name == "where" and not isinstance(operands[0], Nowhere):
            return operands[1 if operands[0] else 2]
        lost = next((operand for operand in operands if isinstance(operand, Nowhere)), None)
        if lost is not None:
            return lost
        try:
            return self.apply(name, operands)
        except Nowhere as nowhere:
            return nowhere

    def apply(self, name: str, operands: list[Any]) -> Any:
        """An operation of the table: by a rule of its own, by its meaning, or as a kernel."""
        rule: Callable[..., Any] | None = getattr(self, f"op_{name}", None)
        if rule is not None:
            result = rule(*operands)
        elif OPERATIONS[name].meaning:
            result = _somewhere(self.of_text(OPERATIONS[name].meaning, operands))
        else:
            result = self.opaque(name, operands)
        if not isinstance(result, bool) and max(len(result.numer), len(result.denom)) > MAX_TERMS:
            raise TooHard
        return result

    def opaque(self, name: str, operands: list[Element]) -> Element:
        """A function of which no more is known than whether it is odd."""
        tidied = [self.tidy(operand) for operand in operands]
        if OPERATIONS[name].commutative:
            tidied.sort(key=str)
        if name in _ODD and tidied[0] and tidied[0].numer.LC < 0:
            return -self.kernels.generator(name, -tidied[0])
        return self.kernels.generator(name, *tidied)

    def number(self, text: str) -> Element:
        """A decimal."""
        if abs(int(text.partition("e")[2] or "0")) > _MAX_LITERAL:
            return self.kernels.generator("literal", text)
        return self.constant(Fraction(text))

    def op_mod(self, a: Element, b: Element) -> Element:
        return a - b * self.apply("floor", [self.op_div(a, b)])

    # --- roots, logarithms, exponentials -----------------------------------------------------------------------

    def op_pow(self, a: Element, b: Element) -> Element:
        b = self.tidy(b)
        exponent = _constant(b)
        if exponent is None:
            return self.op_exp(b * self.op_log(a))
        if exponent.denominator != 1:
            return self.root(a, exponent)
        power = int(exponent)
        if not power:
            return self.constant(1)
        if abs(power) * max(len(a.numer), len(a.denom)) > MAX_POWER * 4 or abs(power) > MAX_POWER:
            raise TooHard
        return self.op_div(self.constant(1), a**-power) if power < 0 else a**power

    def root(self, a: Element, exponent: Fraction) -> Element:
        """A power that is defined for positive numbers only."""
        number, factors = self.factors(a)
        if not number:
            return self.constant(0)
        self.make_positive(number, factors)
        result = self.number_power(abs(number), exponent)
        for polynomial, e in factors:
            result = result * self.size_power(polynomial, e * exponent)
        return result

    def size_power(self, polynomial: Polynomial, exponent: Fraction) -> Element:
        """A power of the absolute value of an irreducible polynomial."""
        key = self.key_of(polynomial)
        if key is not None and key[0] == "root":  # the root of a root
            base, parts = key[1], self.kernels.grain[key[1:]]
            if isinstance(base, int):
                return self.number_power(Fraction(base), exponent / parts)
            return self.size_power(base, exponent / parts)
        if key is not None and key[0] == "exp":
            return self.op_exp(key[1] * self.constant(exponent / self.kernels.grain[key[1:]]))
        element = self.field(polynomial)
        whole = exponent.numerator // exponent.denominator
        rest = exponent - whole
        if abs(whole) > MAX_POWER:
            raise TooHard
        sign = self.sign_of(polynomial) if whole % 2 or rest else 1
        result = (element * sign) ** whole if whole else self.field.one
        if rest:
            parts = self.kernels.parts((polynomial,), rest.denominator)
            result = result * self.kernels.generator("root", polynomial) ** int(rest * parts)
        return result

    def number_power(self, number: Fraction, exponent: Fraction) -> Element:
        """A power of a positive number, by its primes."""
        result = self.field.one
        for prime, e in _primes(number).items():
            power = e * exponent
            whole = power.numerator // power.denominator
            if abs(whole) > 10 * MAX_POWER:
                raise TooHard
            result = result * self.constant(Fraction(prime) ** whole)
            if power != whole:
                parts = self.kernels.parts((prime,), power.denominator)
                result = result * self.kernels.generator("root", prime) ** int((power - whole) * parts)
        return result

    def op_sqrt(self, a: Element) -> Element:
        return self.root(a, Fraction(1, 2))

    def op_cbrt(self, a: Element) -> Element:
        number, factors = self.factors(a)
        if not number:
            return self.constant(0)
        result = self.number_power(abs(number), Fraction(1, 3)) * (1 if number > 0 else -1)
        for polynomial, e in factors:
            result = result * self.size_power(polynomial, Fraction(e, 3))
            result = result * (self.sign_of(polynomial) if e % 2 else 1)
        return result

    def op_hypot(self, *operands: Element) -> Element:
        return self.op_sqrt(sum((operand * operand for operand in operands), self.field.zero))

    def op_log(self, a: Element) -> Element:
        """The sum of the logarithms of its factors' absolute values: that their product is positive is granted."""
        number, factors = self.factors(a)
        if not number:
            raise Nowhere
        unknown = [f for f, e in factors if e % 2 and self.known_sign(f) is None]
        if len(unknown) < 2:
            self.make_positive(number, factors)
        result = self.field.zero
        for prime, e in _primes(abs(number)).items():
            result = result + self.kernels.generator("logprime", prime) * e
        for polynomial, e in factors:
            key = self.key_of(polynomial)
            if key is not None and key[0] == "exp":
                term = key[1] * self.constant(Fraction(1, self.kernels.grain[key[1:]]))
            elif key is not None and key[0] == "root":
                base = key[1]
                inner = self.constant(base) if isinstance(base, int) else self.op_abs(self.field(base))
                term = self.op_log(inner) * self.constant(Fraction(1, self.kernels.grain[key[1:]]))
            else:
                term = self.kernels.generator("log", polynomial)
            result = result + term * e
        return result

    def op_exp(self, a: Element) -> Element:
        result = self.field.one
        for number, monomial in self.terms(a):
            key = self.key_of(monomial.numer) if monomial.denom == 1 else None
            if key is not None and key[0] == "log":
                result = result * self.size_power(key[1], number)
            elif key is not None and key[0] == "logprime":
                result = result * self.number_power(Fraction(key[1]), number)
            else:
                parts = self.kernels.parts((monomial,), number.denominator)
                power = int(number * parts)
                if abs(power) > 2 * MAX_POWER:
                    raise TooHard
                result = result * self.kernels.generator("exp", monomial) ** power
        return result

    def op_e(self) -> Element:
        return self.op_exp(self.constant(1))

    def op_pi(self) -> Element:
        return self.kernels.generator("pi")

    def op_inf(self) -> Element:
        raise TooHard

    def op_sinh(self, a: Element) -> Element:
        return (self.op_exp(a) - self.op_exp(-a)) / 2

    def op_cosh(self, a: Element) -> Element:
        return (self.op_exp(a) + self.op_exp(-a)) / 2

    def op_tanh(self, a: Element) -> Element:
        return self.op_div(self.op_sinh(a), self.op_cosh(a))

    def op_sech(self, a: Element) -> Element:
        return self.op_div(self.constant(1), self.op_cosh(a))

    def op_csch(self, a: Element) -> Element:
        return self.op_div(self.constant(1), self.op_sinh(a))

    def op_acos(self, a: Element) -> Element:
        return self.op_pi() / 2 - self.apply("asin", [a])

    def op_erfc(self, a: Element) -> Element:
        return 1 - self.apply("erf", [a])

    def op_sinc(self, a: Element) -> Element:
        return self.op_div(self.op_sin(a), a)

    def op_gamma(self, a: Element) -> Element:
        a, product = self.shifted(a)
        return product(lambda total, factor: total * factor, self.opaque("gamma", [a]))

    def op_digamma(self, a: Element) -> Element:
        a, total = self.shifted(a)
        return total(lambda known, step: known + self.op_div(self.constant(1), step), self.opaque("digamma", [a]))

    def shifted(self, a: Element) -> tuple[Element, Callable[..., Element]]:
        """An argument without the whole part of its constant term, and how to go back to it in steps of 1."""
        a = self.tidy(a)
        constant = next((n for n, monomial in self.terms(a) if monomial == 1), Fraction(0))
        steps = constant.numerator // constant.denominator
        if abs(steps) > MAX_POWER:
            raise TooHard
        base = a - steps
        if not base or steps < 0:
            return a, lambda _, start: start

        def back(step: Callable[[Element, Element], Element], start: Element) -> Element:
            for k in range(steps):
                start = step(start, base + k)
            return start

        return base, back

    # --- angles ------------------------------------------------------------------------------------------------

    def op_sin(self, a: Element) -> Element:
        return self.circle(a)[1]

    def op_cos(self, a: Element) -> Element:
        return self.circle(a)[0]

    def op_tan(self, a: Element) -> Element:
        cosine, sine = self.circle(a)
        return self.op_div(sine, cosine)

    def circle(self, a: Element) -> tuple[Element, Element]:
        """Cosine and sine, by the addition theorems from those of the angle's terms."""
        cosine, sine = self.field.one, self.field.zero
        for number, monomial in self.terms(a):
            key = self.key_of(monomial.numer) if monomial.denom == 1 else None
            if key == ("pi",) and (2 * number).denominator == 1:
                c, s = [(1, 0), (0, 1), (-1, 0), (0, -1)][int(2 * number) % 4]
                cosine, sine = cosine * c - sine * s, sine * c + cosine * s
                continue
            parts = self.kernels.parts((monomial,), number.denominator)
            power = int(number * parts)
            if abs(power) > MAX_POWER // 2:
                raise TooHard
            c = self.kernels.generator("cos", monomial)
            s = self.kernels.generator("sin", monomial) * (1 if power > 0 else -1)
            for _ in range(abs(power)):
                cosine, sine = cosine * c - sine * s, sine * c + cosine * s
        return cosine, sine


def _somewhere(value: Any) -> Any:
    """A value, if it is one.

    Raises:
        Nowhere: it is none.
    """
    if isinstance(value, Nowhere):
        raise value
    return value


def _constant(a: Element) -> Fraction | None:
    """The number that an element is, if it is one."""
    if not a:
        return Fraction(0)
    if not (a.numer.is_ground and a.denom.is_ground):
        return None
    return fraction(a.numer.LC) / fraction(a.denom.LC)


def _primes(number: Fraction) -> dict[int, int]:
    """The primes of a positive number, with their exponents; a large number counts as one."""
    found: dict[int, int] = {}
    for part, side in ((number.numerator, 1), (number.denominator, -1)):
        pieces = {part: 1} if part > _MAX_FACTORED_NUMBER else sympy.factorint(part)
        for prime, e in pieces.items():
            if prime != 1:
                found[int(prime)] = found.get(int(prime), 0) + side * int(e)
    return found

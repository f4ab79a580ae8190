"""Proofs that two formulas are the same function: programs on rational functions of kernels.

A kernel is what no arithmetic can take apart: a variable, log of an irreducible polynomial, exp of a monomial, a
root, the cosine of an angle. An expression becomes a fraction of polynomials in kernels, with the few relations that
kernels have (the n-th power of a root is its radicand, cos^2 + sin^2 = 1), so that equal expressions of that kind
leave a difference of 0 (K. O. Geddes, S. R. Czapor and G. Labahn, Algorithms for Computer Algebra, Kluwer 1992,
chapters 3 and 12). Where a sign decides (`abs`, a comparison, a root of a square) both cases are proved.

A proof holds wherever both formulas are defined, but for single points: ties, and what was cancelled. The effort is
bounded by counts: what grows beyond them is not proved, which does not say that it is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from math import lcm, prod
from typing import Any, NamedTuple

from gradcli.evaluate.conditions import Conditions
from gradcli.language.document import parsed_text
from gradcli.operations import OPERATIONS
from gradcli.program import Equation, Ref, live
from gradcli.sympy_bridge import sympy

Element = Any
"""A fraction of polynomials in kernels."""

Polynomial = Any

_MAX_EQUATIONS = 600
_MAX_KERNELS = 40  # beside the variables
_MAX_TERMS = 300  # of a numerator or denominator
_MAX_FACTORED = 40  # terms of a polynomial that is factored
_MAX_POWER = 40
_MAX_GRAIN = 60  # into so many parts an exponent or an angle is cut
_MAX_CASES = 64
_MAX_RESTARTS = 40
_MAX_LITERAL = 40  # of a decimal's exponent
_MAX_FACTORED_NUMBER = 10**12

_ODD = frozenset({"asin", "atan", "asinh", "atanh", "erf"})


class Function(NamedTuple):
    """A formula: equations, and which of them is the result."""

    equations: Sequence[Equation]
    root: Ref


class _TooHard(Exception):
    """The formula is beyond the bounds, or beyond the method."""


class _Nowhere(Exception):
    """In this case the formula is defined nowhere, or at single points only."""


class _Open(Exception):
    """The sign of a polynomial decides."""

    def __init__(self, polynomial: Polynomial) -> None:
        super().__init__()
        self.polynomial = polynomial


class _Finer(Exception):
    """A kernel has to be cut into more parts; all begins again."""


def are_equal(first: Function, second: Function) -> bool:
    """Whether two formulas are proved to be one function, wherever both are defined."""
    try:
        kernels = _Kernels(first, second)
        for _ in range(_MAX_RESTARTS):
            try:
                return all(_vanishes(kernels, first, second))
            except _Finer:
                kernels.forget()
    except (_TooHard, sympy.PolynomialError, NotImplementedError):
        pass
    return False


def _vanishes(kernels: _Kernels, first: Function, second: Function) -> Any:
    """Case by case, whether the difference is 0."""
    cases: list[dict[Polynomial, int]] = [{}]
    begun = 0
    while cases:
        begun += 1
        if begun > _MAX_CASES:
            raise _TooHard
        signs = cases.pop()
        case = _Case(kernels, dict(signs))
        try:
            yield case.is_zero(case.evaluate(*first) - case.evaluate(*second))
        except _Open as open_:
            cases += [{**signs, open_.polynomial: sign} for sign in (1, -1)]
        except _Nowhere:
            yield True


class _Kernels:
    """The kernels met so far, as generators of one field, the same in all cases."""

    def __init__(self, first: Function, second: Function) -> None:
        orders = [live(list(f.equations), (f.root,)) for f in (first, second)]
        if sum(map(len, orders)) > _MAX_EQUATIONS:
            raise _TooHard
        inputs = {f.equations[k] for f, order in zip((first, second), orders, strict=True) for k in order}
        self.most = _MAX_KERNELS + sum(equation[0] == "input" for equation in inputs)
        names = [f"g{k}" for k in range(self.most)]
        field = sympy.polys.fields.field(names, sympy.QQ)
        self.field = field[0]
        self.generators: list[Element] = list(field[1:])
        self.ring = self.field.ring
        self.grain: dict[Any, int] = {}
        # What a branch that is not taken needs to be defined says nothing of the point.
        pairs = zip((first, second), orders, strict=True)
        self.branching = any(f.equations[k][0] == "where" for f, order in pairs for k in order)
        self.forget()

    def forget(self) -> None:
        """Begins again, but for what is known of the grain."""
        self.index: dict[Any, int] = {}
        self.keys: list[Any] = []

    def generator(self, *key: Any) -> Element:
        """The generator of a kernel."""
        if key not in self.index:
            if len(self.keys) >= self.most:
                raise _TooHard
            self.index[key] = len(self.keys)
            self.keys.append(key)
        return self.generators[self.index[key]]

    def parts(self, key: Any, denominator: int) -> int:
        """Into how many parts a kernel is cut, so that a fraction of it is a whole number of them."""
        known = self.grain.get(key, 1)
        needed = lcm(known, denominator)
        if needed > _MAX_GRAIN:
            raise _TooHard
        self.grain[key] = needed
        if needed != known and key in self.grain and any(k[1:] == key for k in self.keys):
            raise _Finer
        return needed


class _Case(Conditions):
    """The evaluation under some signs of polynomials."""

    def __init__(self, kernels: _Kernels, signs: dict[Polynomial, int]) -> None:
        self.kernels = kernels
        self.field = kernels.field
        self.signs = signs

    # --- programs --------------------------------------------------------------------------------------------

    def evaluate(self, equations: Sequence[Equation], root: Ref) -> Element:
        """A formula over variables."""
        order = live(list(equations), (root,))
        names = [equations[k][1] for k in order if equations[k][0] == "input"]
        return self.run(equations, order, {name: self.kernels.generator("input", name) for name in names})[root]

    def run(self, equations: Sequence[Equation], order: Sequence[Ref], inputs: Mapping[str, Any]) -> dict[Ref, Any]:
        """The values of equations, in order; a branch that is not taken in this case may be anything."""
        values: dict[Ref, Any] = {}
        for k in order:
            name, *refs = equations[k]
            if name == "input":
                values[k] = inputs[refs[0]]
            elif name == "const":
                values[k] = self.literal(refs[0])
            else:
                operands = [values[ref] for ref in refs]
                values[k] = self.apply_or_nowhere(name, operands)
        if isinstance(values[order[-1]], _Nowhere):
            raise values[order[-1]]
        return values

    def apply_or_nowhere(self, name: str, operands: list[Any]) -> Any:
        """An operation; what is defined nowhere spoils only what uses it."""
        if name == "where" and not isinstance(operands[0], _Nowhere):
            return operands[1 if operands[0] else 2]
        lost = next((operand for operand in operands if isinstance(operand, _Nowhere)), None)
        if lost is not None:
            return lost
        try:
            return self.apply(name, operands)
        except _Nowhere as nowhere:
            return nowhere

    def apply(self, name: str, operands: list[Any]) -> Any:
        """An operation of the table: by a rule of its own, by its meaning, or as a kernel."""
        rule: Callable[..., Any] | None = getattr(self, f"op_{name}", None)
        if rule is not None:
            result = rule(*operands)
        elif OPERATIONS[name].meaning:
            equations, order, root = parsed_text(OPERATIONS[name].meaning, "abc"[: len(operands)])
            result = self.run(equations, order, dict(zip("abc", operands, strict=False)))[root]
        else:
            result = self.opaque(name, operands)
        if not isinstance(result, bool) and max(len(result.numer), len(result.denom)) > _MAX_TERMS:
            raise _TooHard
        return result

    def opaque(self, name: str, operands: list[Element]) -> Element:
        """A function of which no more is known than whether it is odd."""
        tidied = [self.tidy(operand) for operand in operands]
        if OPERATIONS[name].commutative:
            tidied.sort(key=str)
        if name in _ODD and tidied[0] and tidied[0].numer.LC < 0:
            return -self.kernels.generator(name, -tidied[0])
        return self.kernels.generator(name, *tidied)

    def literal(self, text: str) -> Element:
        """A decimal."""
        if abs(int(text.partition("e")[2] or "0")) > _MAX_LITERAL:
            return self.kernels.generator("literal", text)
        return self.number(Fraction(text))

    def number(self, value: Fraction | int) -> Element:
        value = Fraction(value)
        return self.field.one * sympy.QQ(value.numerator, value.denominator)

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
            raise _Nowhere
        return a / b

    def op_pow(self, a: Element, b: Element) -> Element:
        b = self.tidy(b)
        exponent = _constant(b)
        if exponent is None:
            return self.op_exp(b * self.op_log(a))
        if exponent.denominator != 1:
            return self.root(a, exponent)
        power = int(exponent)
        if not power:
            return self.number(1)
        if abs(power) * max(len(a.numer), len(a.denom)) > _MAX_POWER * 4 or abs(power) > _MAX_POWER:
            raise _TooHard
        return self.op_div(self.number(1), a**-power) if power < 0 else a**power

    # --- signs -----------------------------------------------------------------------------------------------

    def factors(self, a: Element) -> tuple[Fraction, list[tuple[Polynomial, int]]]:
        """A number and irreducible polynomials with their exponents, whose product it is."""
        a = self.tidy(a)
        if not a:
            return Fraction(0), []
        number, found = Fraction(1), []
        for polynomial, side in ((a.numer, 1), (a.denom, -1)):
            if len(polynomial) > _MAX_FACTORED:
                raise _TooHard
            content, pieces = polynomial.factor_list()
            for piece, exponent in pieces:
                scale = piece.LC
                content, piece = content * scale**exponent, piece.quo_ground(scale)
                found.append((piece, side * exponent))
            number *= _fraction(content) ** side
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
            _Open: it decides.
        """
        known = self.known_sign(polynomial)
        if known is None:
            raise _Open(polynomial)
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
            _Nowhere: it is negative.
            _Open: it depends on the signs of several.
        """
        odd = [f for f, e in factors if e % 2]
        unknown = [f for f in odd if self.known_sign(f) is None]
        if len(unknown) > 1 or (unknown and self.kernels.branching):
            raise _Open(unknown[0])
        sign = prod((self.sign_of(f) for f in odd if f not in unknown), start=1 if number > 0 else -1)
        if unknown:
            self.signs[unknown[0]] = sign
        elif sign < 0:
            raise _Nowhere

    def op_sign(self, a: Element) -> Element:
        return self.number(self.sign(a))

    def op_abs(self, a: Element) -> Element:
        return a * self.sign(a)

    def compare(self, a: Element, b: Element) -> int:
        """See `Conditions`; it may have to be decided."""
        return self.sign(a - b)

    def op_eq(self, a: Element, b: Element) -> bool:
        """Without a sign: what is not 0 everywhere counts as different."""
        return not self.tidy(a - b)

    def op_mod(self, a: Element, b: Element) -> Element:
        return a - b * self.apply("floor", [self.op_div(a, b)])

    # --- roots, logarithms, exponentials -----------------------------------------------------------------------

    def root(self, a: Element, exponent: Fraction) -> Element:
        """A power that is defined for positive numbers only."""
        number, factors = self.factors(a)
        if not number:
            return self.number(0)
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
            return self.op_exp(key[1] * self.number(exponent / self.kernels.grain[key[1:]]))
        element = self.field(polynomial)
        whole = exponent.numerator // exponent.denominator
        rest = exponent - whole
        if abs(whole) > _MAX_POWER:
            raise _TooHard
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
            if abs(whole) > 10 * _MAX_POWER:
                raise _TooHard
            result = result * self.number(Fraction(prime) ** whole)
            if power != whole:
                parts = self.kernels.parts((prime,), power.denominator)
                result = result * self.kernels.generator("root", prime) ** int((power - whole) * parts)
        return result

    def key_of(self, polynomial: Polynomial) -> Any:
        """The kernel that a polynomial is, if it is one."""
        if len(polynomial) == 1 and polynomial.LC == 1 and sum(polynomial.LM) == 1:
            return self.kernels.keys[polynomial.LM.index(1)]
        return None

    def op_sqrt(self, a: Element) -> Element:
        return self.root(a, Fraction(1, 2))

    def op_cbrt(self, a: Element) -> Element:
        number, factors = self.factors(a)
        if not number:
            return self.number(0)
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
            raise _Nowhere
        unknown = [f for f, e in factors if e % 2 and self.known_sign(f) is None]
        if len(unknown) < 2:
            self.make_positive(number, factors)
        result = self.field.zero
        for prime, e in _primes(abs(number)).items():
            result = result + self.kernels.generator("logprime", prime) * e
        for polynomial, e in factors:
            key = self.key_of(polynomial)
            if key is not None and key[0] == "exp":
                term = key[1] * self.number(Fraction(1, self.kernels.grain[key[1:]]))
            elif key is not None and key[0] == "root":
                base = key[1]
                inner = self.number(base) if isinstance(base, int) else self.op_abs(self.field(base))
                term = self.op_log(inner) * self.number(Fraction(1, self.kernels.grain[key[1:]]))
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
                if abs(power) > 2 * _MAX_POWER:
                    raise _TooHard
                result = result * self.kernels.generator("exp", monomial) ** power
        return result

    def op_e(self) -> Element:
        return self.op_exp(self.number(1))

    def op_pi(self) -> Element:
        return self.kernels.generator("pi")

    def op_inf(self) -> Element:
        raise _TooHard

    def op_sinh(self, a: Element) -> Element:
        return (self.op_exp(a) - self.op_exp(-a)) / 2

    def op_cosh(self, a: Element) -> Element:
        return (self.op_exp(a) + self.op_exp(-a)) / 2

    def op_tanh(self, a: Element) -> Element:
        return self.op_div(self.op_sinh(a), self.op_cosh(a))

    def op_sech(self, a: Element) -> Element:
        return self.op_div(self.number(1), self.op_cosh(a))

    def op_csch(self, a: Element) -> Element:
        return self.op_div(self.number(1), self.op_sinh(a))

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
        return total(lambda known, step: known + self.op_div(self.number(1), step), self.opaque("digamma", [a]))

    def shifted(self, a: Element) -> tuple[Element, Callable[..., Element]]:
        """An argument without the whole part of its constant term, and how to go back to it in steps of 1."""
        a = self.tidy(a)
        constant = next((n for n, monomial in self.terms(a) if monomial == 1), Fraction(0))
        steps = constant.numerator // constant.denominator
        if abs(steps) > _MAX_POWER:
            raise _TooHard
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
            if abs(power) > _MAX_POWER // 2:
                raise _TooHard
            c = self.kernels.generator("cos", monomial)
            s = self.kernels.generator("sin", monomial) * (1 if power > 0 else -1)
            for _ in range(abs(power)):
                cosine, sine = cosine * c - sine * s, sine * c + cosine * s
        return cosine, sine

    def terms(self, a: Element) -> list[tuple[Fraction, Element]]:
        """A sum as rational multiples of monomials."""
        a = self.tidy(a)
        denominator = self.field(a.denom.monic())
        scale = _fraction(a.denom.LC)
        one = self.kernels.ring.one
        found = []
        for monomial, coefficient in a.numer.terms():
            numerator = self.field(one.mul_monom(monomial))
            found.append((_fraction(coefficient) / scale, numerator / denominator))
        return found

    # --- relations -----------------------------------------------------------------------------------------------

    def is_zero(self, a: Element) -> bool:
        """Whether an element is 0 by the relations of its kernels."""
        return not self.tidy(a)

    def tidy(self, a: Element) -> Element:
        """An element with the relations applied: no root to its power, no sine squared."""
        numer, denom = self.reduced(a.numer), self.reduced(a.denom)
        if not denom:
            raise _TooHard
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
        if times * len(value) > _MAX_TERMS:
            raise _TooHard
        total += part * value**times
    return total


def _fraction(number: Any) -> Fraction:
    return Fraction(int(number.numerator), int(number.denominator))


def _constant(a: Element) -> Fraction | None:
    """The number that an element is, if it is one."""
    if not a:
        return Fraction(0)
    if not (a.numer.is_ground and a.denom.is_ground):
        return None
    return _fraction(a.numer.LC) / _fraction(a.denom.LC)


def _primes(number: Fraction) -> dict[int, int]:
    """The primes of a positive number, with their exponents; a large number counts as one."""
    found: dict[int, int] = {}
    for part, side in ((number.numerator, 1), (number.denominator, -1)):
        pieces = {part: 1} if part > _MAX_FACTORED_NUMBER else sympy.factorint(part)
        for prime, e in pieces.items():
            if prime != 1:
                found[int(prime)] = found.get(int(prime), 0) + side * int(e)
    return found

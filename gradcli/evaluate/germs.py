"""A program on germs: what a function does just beside a point, as a series in a positive infinitesimal h.

A germ is a truncated sum of terms c*h^e*log(1/h)^k with rational e: a Puiseux series, with logarithms where
they come up. Sums, products, powers, exponentials and logarithms are those of power series (D. E. Knuth, The Art
of Computer Programming 2, section 4.7); every other function of the table is found from its value at the limit
and the integral of its derivative, which is itself a text of the table: f(u(h)) = f(u(0)) + ∫ f'(u) u' dh.

Coefficients are numbers, or germs in an infinitesimal that is infinitely larger: along y = h2 beside the line
x = h1 the germ in h1 has germs in h2 for its coefficients. So mixed partials are limits of limits.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from gradcli.evaluate.multiprecision import Multiprecision, Undecided, Undefined
from gradcli.operations import OPERATIONS

Exponent = Fraction | int
"""Of h: an `int` where it is whole, as it is in Taylor series, whose arithmetic is ten times as fast."""
Key = tuple[Exponent, Exponent]
"""The size of a term: the exponent of h, and minus that of log(1/h); the smaller the key, the larger the term."""

_UNIT: Key = (0, 0)
_FLAT = 10**6  # the order of what vanishes faster than any power
_PLAIN = 10**9  # exponents are told from numbers by denominators up to this


class Germ:
    """A series in h of a level: terms by size, all of those larger than h^order; `None`: there are no others.

    Level 1 has numbers for coefficients, level n germs of lower levels too. No coefficient is 0.
    """

    __slots__ = ("_hash", "level", "order", "terms")

    def __init__(self, level: int, terms: dict[Key, Any], order: Exponent | None) -> None:
        self.level = level
        self.terms = terms
        self.order = order
        self._hash: int | None = None

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Germ)
            and (self.level, self.order) == (other.level, other.order)
            and self.terms == other.terms
        )

    def __hash__(self) -> int:
        if self._hash is None:
            self._hash = hash((self.level, self.order, frozenset(self.terms.items())))
        return self._hash

    def __repr__(self) -> str:
        return f"Germ({self.level}, {self.terms}, {self.order})"

    @property
    def size(self) -> Exponent:
        """The exponent of the largest term that is known or possible."""
        if self.terms:
            return min(self.terms)[0]
        return _FLAT if self.order is None else self.order


class Germs(Multiprecision):
    """The operations of the table on germs and numbers.

    Args:
        digits: the precision of the coefficients; a quarter of them decide whether one is 0.
        length: how many powers of h beyond the largest term are kept.
    """

    def __init__(self, digits: int, length: int) -> None:
        super().__init__(digits, snap=True)
        self.length = length
        self._known: dict[tuple[str, tuple[Any, ...]], Any] = {}

    def apply(self, name: str, *operands: Any) -> Any:
        """See `Multiprecision.apply`; what is found on germs is remembered, as the rules ask for it again."""
        if not any(isinstance(operand, Germ) for operand in operands):
            return super().apply(name, *operands)
        key = name, operands
        if key not in self._known:
            try:
                self._known[key] = super().apply(name, *operands)
            except Undefined as error:
                self._known[key] = type(error)
        known = self._known[key]
        if isinstance(known, type):
            raise known
        return known

    def beside(self, a: Any, level: int, speed: Any) -> Any:
        """The germ of a + speed*h."""
        return self.op_add(a, Germ(level, {(1, 0): speed}, None))

    # --- parts of germs -------------------------------------------------------------------------------------

    def coefficient(self, a: Any, level: int, exponent: int) -> Any:
        """The coefficient of a power of h; of another level's, a itself for exponent 0."""
        if not isinstance(a, Germ) or a.level != level:
            return a if exponent == 0 else self.zero
        return a.terms.get((exponent, 0), self.zero)

    def is_zero(self, a: Any) -> bool:
        """Whether it is exactly 0."""
        return not a.terms and a.order is None if isinstance(a, Germ) else not a

    def sign(self, a: Any) -> int:
        """See `Multiprecision.sign`; that of the largest term."""
        if not isinstance(a, Germ):
            return super().sign(a)
        if self.is_zero(a):
            return 0
        return self.sign(self._leading(a)[1])

    def compare(self, a: Any, b: Any) -> int:
        """See `Multiprecision.compare`."""
        if isinstance(a, Germ) or isinstance(b, Germ):
            return self.sign(self.op_sub(a, b))
        return super().compare(a, b)

    def whole(self, a: Any) -> Any:
        """See `Multiprecision.whole`."""
        if not isinstance(a, Germ):
            return super().whole(a)
        limit = self.limit(a)
        below = self.whole(limit)
        beside = self.sign(self.op_sub(a, below))
        return self.op_sub(below, self.one) if beside < 0 else below

    def op_max(self, a: Any, b: Any) -> Any:
        try:
            return super().op_max(a, b)
        except Undecided:
            return self._either(a, b)

    def op_min(self, a: Any, b: Any) -> Any:
        try:
            return super().op_min(a, b)
        except Undecided:
            return self._either(a, b)

    def _either(self, a: Any, b: Any) -> Any:
        """Two germs that are one as far as they are known, to where they may part.

        Raises:
            Undecided: they are not.
        """
        apart = self.op_sub(a, b)
        if not isinstance(apart, Germ) or apart.terms or apart.order is None:
            raise Undecided
        a = self._lift(a, apart.level)
        return self._germ(apart.level, a.terms, _least(a.order, apart.order))

    def _leading(self, a: Germ) -> tuple[Key, Any]:
        if not a.terms:
            raise Undecided
        key = min(a.terms)
        return key, a.terms[key]

    def limit(self, a: Any) -> Any:
        """What a germ tends to: its coefficient of h^0, or infinity."""
        if not isinstance(a, Germ):
            return a
        if a.terms and min(a.terms) < _UNIT:
            return self.ctx.inf * self.sign(a)
        if a.order is not None and a.order <= 0:
            raise Undecided
        return a.terms.get(_UNIT, self.zero)

    def _moving(self, a: Any, limit: Any) -> Any:
        """A germ without its limit."""
        if not isinstance(a, Germ) or (not isinstance(limit, Germ) and self.ctx.isinf(limit)):
            return a
        return Germ(a.level, {key: c for key, c in a.terms.items() if key != _UNIT}, a.order)

    def _germ(self, level: int, terms: dict[Key, Any], order: Exponent | None) -> Any:
        """A germ of so many terms as are worth keeping; a number where there is nothing else."""
        terms = {key: c for key, c in terms.items() if not self.is_zero(c) and (order is None or key[0] < order)}
        if terms:
            last = min(terms)[0] + self.length
            if any(key[0] >= last for key in terms):
                terms = {key: c for key, c in terms.items() if key[0] < last}
                order = last if order is None else min(order, last)
        if order is None and not terms.keys() - {_UNIT}:
            return terms.get(_UNIT, self.zero)
        return Germ(level, terms, order)

    def _same_level(self, a: Any, b: Any) -> tuple[Germ, Germ]:
        level = max(a.level if isinstance(a, Germ) else 0, b.level if isinstance(b, Germ) else 0)
        return self._lift(a, level), self._lift(b, level)

    def _lift(self, a: Any, level: int) -> Germ:
        if isinstance(a, Germ) and a.level == level:
            return a
        return Germ(level, {} if self.is_zero(a) else {_UNIT: a}, None)

    # --- arithmetic -----------------------------------------------------------------------------------------

    def op_add(self, a: Any, b: Any) -> Any:
        if not isinstance(a, Germ) and not isinstance(b, Germ):
            return super().op_add(a, b)
        a, b = self._same_level(a, b)
        terms = dict(a.terms)
        for key, c in b.terms.items():
            terms[key] = self.op_add(terms[key], c) if key in terms else c
        return self._germ(a.level, terms, _least(a.order, b.order))

    def op_neg(self, a: Any) -> Any:
        if not isinstance(a, Germ):
            return -a
        return Germ(a.level, {key: self.op_neg(c) for key, c in a.terms.items()}, a.order)

    def op_sub(self, a: Any, b: Any) -> Any:
        return self.op_add(a, self.op_neg(b))

    def op_mul(self, a: Any, b: Any) -> Any:
        if not isinstance(a, Germ) and not isinstance(b, Germ):
            return super().op_mul(a, b)
        if self.is_zero(a) or self.is_zero(b):
            return self.zero
        a, b = self._same_level(a, b)
        order = _least(
            None if a.order is None else a.order + b.size,
            None if b.order is None else b.order + a.size,
        )
        limit = _least(order, a.size + b.size + self.length)
        terms: dict[Key, Any] = {}
        cut = False
        for (e, k), c in a.terms.items():
            for (f, m), d in b.terms.items():
                if limit is not None and e + f >= limit:
                    cut = True
                    continue
                key = (e + f, k + m)
                product = self.op_mul(c, d)
                terms[key] = self.op_add(terms[key], product) if key in terms else product
        return self._germ(a.level, terms, limit if cut else order)

    def op_div(self, a: Any, b: Any) -> Any:
        if not isinstance(b, Germ):
            if not isinstance(a, Germ):
                return super().op_div(a, b)
            return self.op_mul(a, super().op_div(self.one, b))
        if a == b and not self.is_zero(b):
            return self.one
        return self.op_mul(a, self._power(b, -1, self.ctx.mpf(-1)))

    def op_pow(self, a: Any, b: Any) -> Any:
        if not isinstance(a, Germ) and not isinstance(b, Germ):
            return super().op_pow(a, b)
        if isinstance(b, Germ):
            if self.is_zero(a):
                direction = self.sign(b)
                if direction < 0:
                    raise Undefined
                return self.zero if direction else self.one
            if self.sign(a) < 0:
                raise Undefined
            limit = self.zero
            if not isinstance(a, Germ) and not self.ctx.isinf(self.limit(b)):
                limit = self.limit(b)  # a large power is the same, to all digits, as where nothing moves
            rest = self.apply("exp", self.op_mul(self.op_sub(b, limit), self.apply("log", a)))
            return self.op_mul(self.apply("pow", a, limit), rest) if limit else rest
        if not b:
            return self.one
        return self._power(a, self._fraction(b), b)

    def op_sqrt(self, a: Any) -> Any:
        if not isinstance(a, Germ):
            return self.library("sqrt", a)
        return self._power(a, Fraction(1, 2), self.ctx.mpf(0.5))

    def op_cbrt(self, a: Any) -> Any:
        if not isinstance(a, Germ):
            return super().op_cbrt(a)
        root = self._power(self.op_abs(a), Fraction(1, 3), self.one / 3)
        return root if self.sign(a) >= 0 else self.op_neg(root)

    def _fraction(self, b: Any) -> Exponent:
        """A number as an exponent: the simple fraction that it is by all appearances, else its own digits."""
        exact = Fraction(*_ratio(b))
        simple = exact.limit_denominator(_PLAIN)
        return _exponent(simple if abs(simple - exact) <= abs(exact) * Fraction(1, 10**40) else exact)

    def _power(self, a: Germ, power: Exponent, number: Any) -> Any:
        """By the binomial series of what is left beside the largest term."""
        if self.is_zero(a):
            if power < 0:
                raise Undefined
            return self.zero
        if not a.terms and a.order is not None and power.denominator == 1 and power > 0:
            return Germ(a.level, {}, a.order * power)
        (e, k), c = self._leading(a)
        if power.denominator > 1 and self.sign(c) < 0:
            raise Undefined
        factor = self.apply("pow", c, number)
        rest = self._relative(a)
        series, binomial, term = self.one, self.one, self.one
        for j in range(1, self._steps(rest) + 1):
            binomial = binomial * (number - j + 1) / j
            if not binomial:
                break
            term = self.op_mul(term, rest)
            series = self.op_add(series, self.op_mul(binomial, term))
        series = self._cut(series, rest)
        return self.op_mul(Germ(a.level, {(_exponent(e * power), _exponent(k * power)): factor}, None), series)

    def _relative(self, a: Germ) -> Any:
        """What is left beside the largest term, in units of it."""
        (e, k), c = self._leading(a)
        inverse = self.apply("div", self.one, c)
        terms = {(f - e, m - k): self.op_mul(d, inverse) for (f, m), d in a.terms.items() if (f, m) != (e, k)}
        return self._germ(a.level, terms, None if a.order is None else a.order - e)

    def _steps(self, rest: Any) -> int:
        """How many powers of something small matter."""
        if self.is_zero(rest):
            return 0
        if not isinstance(rest, Germ) or rest.size <= 0:  # only smaller by logarithms
            raise Undecided
        return min(4 * self.length, int(self.length // rest.size) + 1)

    def _cut(self, series: Any, rest: Any) -> Any:
        """A series of powers of something small, as exact as it was summed."""
        if self.is_zero(rest):
            return series
        order = rest.size * (self._steps(rest) + 1)
        lifted = self._lift(series, rest.level)
        return self._germ(rest.level, lifted.terms, _least(lifted.order, order))

    # --- functions ------------------------------------------------------------------------------------------

    def op_log(self, a: Any) -> Any:
        if not isinstance(a, Germ):
            return self.library("log", a)
        if self.is_zero(a):
            raise Undefined
        (e, k), c = self._leading(a)
        if self.sign(c) < 0:
            raise Undefined
        if k:
            raise Undecided
        total = self.apply("log", c)
        if e:
            total = self.op_add(total, Germ(a.level, {(0, -1): self._rational(-e)}, None))
        rest = self._relative(a)
        series, term = self.zero, self.one
        for j in range(1, self._steps(rest) + 1):
            term = self.op_mul(term, rest)
            series = self.op_add(series, self.op_mul(self.ctx.mpf((-1) ** (j + 1)) / j, term))
        return self.op_add(total, self._cut(series, rest))

    def op_exp(self, a: Any) -> Any:
        if not isinstance(a, Germ):
            return self.library("exp", a)
        if a.order is not None and a.order <= 0:
            raise Undecided
        large = {key: c for key, c in a.terms.items() if key < _UNIT}
        factor: Any = self.apply("exp", a.terms.get(_UNIT, self.zero))
        if large:
            (e, k), c = self._leading(a)
            if e < 0 and self.sign(c) < 0:
                return Germ(a.level, {}, _FLAT)
            if e < 0 or k != -1 or len(large) > 1 or isinstance(c, Germ):
                raise Undecided
            factor = self.op_mul(factor, Germ(a.level, {(-self._fraction(c), 0): self.one}, None))  # exp(-c*log(h))
        rest = self._germ(a.level, {key: c for key, c in a.terms.items() if key > _UNIT}, a.order)
        series, term = self.one, self.one
        for j in range(1, self._steps(rest) + 1):
            term = self.op_mul(term, self.op_mul(rest, self.one / j))
            series = self.op_add(series, term)
        return self.op_mul(factor, self._cut(series, rest))

    def op_atan2(self, a: Any, b: Any) -> Any:
        if not isinstance(a, Germ) and not isinstance(b, Germ):
            return super().op_atan2(a, b)
        a, b = self._same_level(a, b)
        if self.is_zero(a) and self.is_zero(b):
            raise Undefined
        size = a.size if a.size < b.size else b.size  # the angle of a point is that of a multiple
        a, b = (Germ(c.level, {(e - size, k): d for (e, k), d in c.terms.items()},
                     None if c.order is None else c.order - size) for c in (a, b))  # fmt: skip
        angle = self.analytic("atan2", a, b)
        if self.is_zero(self.limit(a)) and self.sign(self.limit(b)) < 0 and self.sign(a) < 0:
            return self.op_sub(angle, self.op_mul(self.ctx.mpf(2), +self.ctx.pi))  # below the cut
        return angle

    def library(self, name: str, *operands: Any) -> Any:
        """See `Multiprecision.library`."""
        if any(isinstance(operand, Germ) for operand in operands):
            return self.analytic(name, *operands)
        return super().library(name, *operands)

    def analytic(self, name: str, *operands: Any) -> Any:
        """A function that is continuous at the limits of its operands: its value there, and its slope integrated."""
        level = max(operand.level for operand in operands if isinstance(operand, Germ))
        if not self.is_defined(name, operands):
            raise Undefined
        germs = [self._lift(operand, level) for operand in operands]
        limits = [self.limit(germ) for germ in germs]
        near = OPERATIONS[name].near
        if near is not None and self.by_text(near[0], limits):
            found, rest = (self.by_text(text, operands) for text in near[1:])
            return self._germ(level, self._lift(found, level).terms, self._lift(rest, level).size)
        try:
            value = self.apply(name, *limits)
        except Undefined:
            if name in _WAVES and any(not isinstance(a, Germ) and self.ctx.isinf(a) for a in limits):
                return Germ(level, {}, 0)  # bounded, and without a limit
            raise Undecided from None
        moving = [self._lift(self._moving(a, limit), level) for a, limit in zip(germs, limits, strict=True)]
        sizes = [a.size for a in moving if not self.is_zero(a)]
        if not sizes:
            return value
        size = min(sizes)
        order = _least(*(a.order for a in germs))
        if order is None:
            least: Exponent = Fraction(1, 2)
            order = self.length * max(size, -size, least)
        if order <= size:
            return self._germ(level, self._lift(value, level).terms, order)
        shorter = [self._lift(self._shorter(a, order - max(size, 0)), level) for a in germs]
        total: Any = value
        for position, a in enumerate(moving):
            if not self.is_zero(a):
                text = OPERATIONS[name].partials[position]
                if text is None:
                    raise Undecided
                slope = self.by_text(text, shorter)
                total = self.op_add(total, self._integral(self.op_mul(slope, self.derivative(a)), level))
        return total

    def _shorter(self, a: Germ, order: Exponent) -> Any:
        if a.order is not None and a.order <= order:
            return a
        if all(key[0] < order for key in a.terms) and a.order is None:
            return a if a.terms.keys() - {_UNIT} == set() else Germ(a.level, a.terms, order)
        return Germ(a.level, {key: c for key, c in a.terms.items() if key[0] < order}, order)

    def derivative(self, a: Germ) -> Any:
        """By h, term by term."""
        terms: dict[Key, Any] = {}
        for (e, k), c in a.terms.items():
            _accumulate(self, terms, (e - 1, k), self.op_mul(c, self._rational(e)))
            _accumulate(self, terms, (e - 1, k + 1), self.op_mul(c, self._rational(k)))
        return self._germ(a.level, terms, None if a.order is None else a.order - 1)

    def _integral(self, a: Any, level: int) -> Any:
        """From 0 to h, term by term; terms like 1/h give logarithms."""
        a = self._lift(a, level)
        if a.order is not None and a.order <= -1:
            raise Undecided
        terms: dict[Key, Any] = {}
        for (e, k), c in a.terms.items():
            if e == -1 or k > 0 or k.denominator > 1:  # its integral is not a sum of such terms
                raise Undecided
            rate = self.one / self._rational(e + 1)
            power, factor = -k, c  # h^e*L^p gives h^(e+1)*(L^p/(e+1) + p*L^(p-1)/(e+1)^2 + ...)
            while True:
                factor = self.op_mul(factor, rate)
                _accumulate(self, terms, (e + 1, -power), factor)
                if power <= 0:
                    break
                factor = self.op_mul(factor, self._rational(power))
                power -= 1
        return self._germ(level, terms, None if a.order is None else a.order + 1)

    def _rational(self, e: Exponent) -> Any:
        return self.ctx.mpf(e.numerator) / e.denominator


_WAVES = frozenset({"sin", "cos"})


def _accumulate(germs: Germs, terms: dict[Key, Any], key: Key, c: Any) -> None:
    terms[key] = germs.op_add(terms[key], c) if key in terms else c


def _least(*orders: Exponent | None) -> Exponent | None:
    """The smallest of orders; `None` is larger than any."""
    known: Sequence[Exponent] = [order for order in orders if order is not None]
    return min(known, default=None)


def _exponent(e: Exponent) -> Exponent:
    return e.numerator if e.denominator == 1 else e


def _ratio(number: Any) -> tuple[int, int]:
    """A number of mpmath's as a ratio of whole numbers."""
    sign, mantissa, exponent, _ = number._mpf_
    mantissa = int(-mantissa if sign else mantissa)
    return (mantissa << exponent, 1) if exponent >= 0 else (mantissa, 1 << -exponent)

"""Which slip makes a wrong derivative: the usual mistakes of calculus by hand, each tried at all points.

A slip is named only if it explains the claimed numbers at every point: the sign, a factor, a term that is missing
or has the wrong sign, components that are swapped, an inner derivative that was forgotten; or a single symbol that
has to be another one (see `repairs`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import compress
from math import log, pi, sqrt
from typing import Any, NamedTuple

from gradcli.algebra import Algebra
from gradcli.errors import shorten
from gradcli.evaluate.certain import certain_values
from gradcli.evaluate.multiprecision import Multiprecision, Undefined
from gradcli.language.printer import format_expression
from gradcli.naming import Partial
from gradcli.points import Block
from gradcli.program import LEAVES, Builder, Equation, Program, Ref, instantiate, kind_of, live, moving_equations
from gradcli.repairs import repairs
from gradcli.rules import NoRule
from gradcli.rules import partial as local_partial
from gradcli.tangent import Tangents

_FEWEST = 3  # points at which a slip has to fit
_DIGITS = 120  # so that what cancels at some points does not hide a slip
_ENOUGH = 40  # of these, that are to be left of claim and truth
_SAME = 1e-30  # relative distance of numbers that count as equal
_SAME_DOUBLES = 1e-9  # and of those that were computed elsewhere, and read from a table
_NAMED = 1e-9  # of a factor from the constant that it is called
_ROUNDED = 1e-6  # what is nearer to the truth everywhere has rounded numbers in it
_MAX_EQUATIONS = 400  # of a program that slips are looked for in
_LONGEST = 60  # characters of a formula that a message names
_MOST_LITERALS = 6  # of a function, that are tried in the place of others
_LARGEST = 1000  # of the numerator and denominator of a factor that is named as a fraction

_CONSTANTS = {
    "pi": pi, "pi^2": pi**2, "log(10)": log(10), "log(10)^2": log(10) ** 2, "log(2)": log(2), "sqrt(2)": sqrt(2),
    "sqrt(pi)": sqrt(pi), "sqrt(2*pi)": sqrt(2 * pi), "2/sqrt(pi)": 2 / sqrt(pi), "pi/180": pi / 180,
    "180/pi": 180 / pi,
}  # fmt: skip

Numbers = list[Any]
"""A number of mpmath's for each point; nan where there is none."""


class _Term(NamedTuple):
    """A term of the true derivative."""

    ref: Ref
    numbers: Numbers


def guess(function: Program, partial: Partial, claim: Ref, claimed: Program, points: Sequence[Block]) -> str | None:
    """What went wrong in a claim, in a few words; `None` where no usual slip fits.

    Args:
        function: the expression and, as outputs named like them, its partials: that of the claim, the one that it is
            the derivative of, and others that it may be confused with.
        claim: the equation of the claim in `claimed`.
        points: some where both are defined.
    """
    if len(points) < _FEWEST or len(function) + len(claimed) > _MAX_EQUATIONS:
        return None
    try:
        case = _Case(function, partial, claim, claimed, points)
    except NoRule:
        return None
    return next(case.guesses(), None) if case.usable else None


class _Case:
    """A claim and the truth as numbers at points, and the formulas that may explain their difference."""

    def __init__(
        self, function: Program, partial: Partial, claim: Ref, claimed: Program, points: Sequence[Block]
    ) -> None:
        self.function = function
        self.partial = partial
        self.same = _SAME if set(claimed.variables) <= set(function.variables) else _SAME_DOUBLES
        self.base = function.output(partial._replace(by=partial.by[:-1]).name)
        self.truth_ref = function.output(partial.name)
        self.algebra = Algebra(Builder.extending(function))
        self.tangents = Tangents(self.algebra, {partial.by[-1]: self.algebra.one})
        self.texts: dict[Ref, str] = {}
        self.written = claimed, claim
        (self.claim_ref,) = instantiate(self.algebra.builder, claimed.equations, [claim], {})
        inner = [k for k in function.live([self.base]) if kind_of(function.equations[k]) == "real"]
        self.slopes = dict(zip(inner, self.tangents.of(inner), strict=True))
        self.terms_refs = [k for k in self.terms(self.base) if k != self.algebra.zero]
        self.claim_slope = self.slope_of_claim()
        self.inside = self.derived_inside()
        equations = self.algebra.equations
        whole = Program(self.algebra.builder, tuple({*function.variables, *claimed.variables}), ())
        own = {e[1] for e in equations if e[0] == "input"} - {*whole.variables}  # of functions that are called
        lost = moving_equations(equations, range(len(equations)), own)
        roots = [k for k in range(len(equations)) if not lost[k]]
        self.arithmetic = Multiprecision(_DIGITS)
        rows = [self.arithmetic.evaluate(whole, roots, point.exactly(self.arithmetic)) for point in points]
        settled = [self.is_settled(whole, row, point) for row, point in zip(rows, points, strict=True)]
        keep = list(compress(rows, settled))
        self.points = list(compress(points, settled))
        nan = float("nan")
        self.columns = [[nan] * len(keep) for _ in equations]
        for k in roots:
            found = [row[k] for row in keep]
            self.columns[k] = [nan if isinstance(number, bool | Undefined) else number for number in found]
        self.conditions = {k: [row[k] for row in keep] for k in roots if all(isinstance(row[k], bool) for row in keep)}
        self.claim, self.truth = self.columns[self.claim_ref], self.columns[self.truth_ref]
        # What doubles do not tell apart has no slip that they could show.
        self.usable = len(keep) >= _FEWEST and not self.equal(self.claim, self.truth)

    def slope_of_claim(self) -> Ref | None:
        """The derivative of the claim, if it has one."""
        try:
            return self.tangents.of([self.claim_ref])[0]
        except NoRule:
            return None

    def derived_inside(self) -> Ref | None:
        """The outer function of the derivative of its argument, `cos(x)^2` for `sin(x)^2`; `None` if there is none."""
        name, *arguments = self.algebra.equations[self.base]
        if name in LEAVES or name in ("add", "sub", "neg", "mul", "div"):
            return None
        moving = [a for a in arguments if self.slopes.get(a, self.algebra.zero) != self.algebra.zero]
        if len(moving) != 1:
            return None
        return self.algebra.apply(name, *(self.slopes[a] if a == moving[0] else a for a in arguments))

    def is_settled(self, whole: Program, row: Mapping[Ref, Any], point: Block) -> bool:
        """Whether claim and truth are numbers at a point, and digits are left of them: 1 - tanh(300)^2 has none."""
        roots = [self.claim_ref, self.truth_ref]
        if not all(_is_number(row[root]) for root in roots):
            return False
        found = certain_values(whole, roots, point.exactly, _ENOUGH, _DIGITS - _ENOUGH)
        if not all(_is_number(number.value) for number in found):
            return False
        return bool(max(n.error for n in found) <= _SAME * max(abs(n.value) for n in found))

    def terms(self, ref: Ref) -> list[Ref]:
        """The derivative of an equation as the terms that the rules for sums, products and quotients give."""
        algebra = self.algebra
        name, *arguments = algebra.equations[ref]
        if name in ("add", "sub"):
            right = self.terms(arguments[1])
            return [*self.terms(arguments[0]), *(right if name == "add" else map(algebra.neg, right))]
        if name == "neg":
            return [algebra.neg(term) for term in self.terms(arguments[0])]
        if name == "mul":
            a, b = arguments
            return [*(algebra.mul(t, b) for t in self.products(a)), *(algebra.mul(a, t) for t in self.products(b))]
        if name == "div":
            above = [algebra.div(t, arguments[1]) for t in self.products(arguments[0])]
            return [*above, algebra.mul(local_partial(algebra, ref, 1), self.tangents.of([arguments[1]])[0])]
        return self.tangents.of([ref])

    def products(self, ref: Ref) -> list[Ref]:
        """The terms of a factor's derivative: several only if it is a product itself."""
        return self.terms(ref) if self.algebra.equations[ref][0] in ("mul", "neg") else self.tangents.of([ref])

    # --- the usual slips, the plainest first --------------------------------------------------------------------

    def guesses(self) -> Iterator[str]:
        """Those that fit."""
        off = max(abs(c - t) / (max(abs(c), abs(t)) or 1) for c, t in zip(self.claim, self.truth, strict=True))
        if off < _ROUNDED:
            yield from self.differences()
            yield f"it is right up to {_upwards(off)} of it, as if a number were rounded: --tolerance {_upwards(off)}"
            return
        yield from self.parts()
        if self.fits(lambda k: 0.0):
            yield f"{self.partial.by[-1]} is taken for a constant"
            return
        if self.fits(lambda k: -self.truth[k]):
            yield "the sign is wrong"
        yield from self.confusions()
        terms = [_Term(ref, self.columns[ref]) for ref in self.terms_refs]
        if len(terms) > 1:
            yield from self.about_terms(terms)
        yield from self.about_products()
        yield from self.kept()
        yield from self.inner(self.claim, self.truth, "")
        yield from self.constant(self.claim, self.truth, "")
        yield from self.exponents()
        above = self.partial._replace(by=self.partial.by[:-1]).name
        if self.equal(self.claim, self.columns[self.base]):
            yield f"this is {above} itself, not its derivative"
        if self.claim_slope is not None and self.equal(self.columns[self.claim_slope], self.columns[self.base]):
            yield f"{above} is integrated, not derived"
        if self.inside is not None and self.equal(self.claim, self.columns[self.inside]):
            yield "the outer function is kept, and what is inside derived: the chain rule is u(v)' = u'(v)*v'"
        yield from self.factor(self.claim, self.truth, "")
        for term in terms if len(terms) > 1 else ():
            rest = [c - (t - u) for c, t, u in zip(self.claim, self.truth, term.numbers, strict=True)]
            if self.equal(rest, term.numbers) or not all(r == r for r in rest):
                continue
            for explain in (self.inner, self.constant, self.factor):
                yield from explain(rest, term.numbers, f"in the term {self.text(term.ref)}: ")
        yield from self.differences()
        yield from self.repairs()
        yield from self.ratio()

    def parts(self) -> Iterator[str]:
        """Right in a part of the domain that a sign or a condition marks off, and wrong in the rest."""
        right = [_equal([c], [t], self.same) for c, t in zip(self.claim, self.truth, strict=True)]
        if len(set(right)) == 1:
            return
        rest = [(c, t) for c, t, fine in zip(self.claim, self.truth, right, strict=True) if not fine]
        also = ", elsewhere the sign is wrong" if all(_equal([c], [-t], self.same) for c, t in rest) else ""
        live_ = self.function.live([self.truth_ref, self.base])
        for k in sorted(live_, key=lambda k: self.function.equations[k][0] != "input"):
            if k in self.conditions:
                if self.conditions[k] == right:
                    yield f"it is right where {self.text(k)} only{also}"
                elif [not decided for decided in self.conditions[k]] == right:
                    yield f"it is wrong where {self.text(k)}"
            elif kind_of(self.function.equations[k]) == "real" and all(self.columns[k]):
                signs = [number > 0 for number in self.columns[k]]
                if right in (signs, [not positive for positive in signs]):
                    yield f"it is right where {self.text(k)} {'>' if signs == right else '<'} 0 only{also}"

    def equal(self, a: Numbers, b: Numbers) -> bool:
        """Whether two columns are the same."""
        return _equal(a, b, self.same)

    def fits(self, value: Callable[[int], float]) -> bool:
        """Whether a slip gives the claimed number at every point."""
        return self.equal(self.claim, [value(k) for k in range(len(self.claim))])

    def confusions(self) -> Iterator[str]:
        """Another partial."""
        for name, ref in self.function.outputs:
            if ref not in (self.truth_ref, self.base) and self.equal(self.claim, self.columns[ref]):
                if not self.equal(self.truth, [self.truth[0]] * len(self.truth)):
                    yield from self.plain_factor()  # which explains more, unless all are numbers
                yield f"this is {name}"

    def about_terms(self, terms: Sequence[_Term]) -> Iterator[str]:
        """A term that is missing, has the wrong sign, or stands there twice."""
        for phrase, factor in (("is missing", -1), ("has the wrong sign", -2), ("is there twice", 1)):
            for term in terms:
                if self.fits(lambda k, u=term.numbers, f=factor: self.truth[k] + f * u[k]):  # type: ignore[misc]
                    yield f"the term {self.text(term.ref)} {phrase}"
        if len(terms) > 2:
            for term in terms:
                if self.equal(self.claim, term.numbers):
                    yield f"all terms but {self.text(term.ref)} are missing"

    def kept(self) -> Iterator[str]:
        """A term of the function itself that does not vary, in the derivative."""
        gap = [abs(c - t) for c, t in zip(self.claim, self.truth, strict=True)]
        waiting = [self.base]
        while waiting:
            name, *operands = self.algebra.equations[waiting.pop()]
            if name in ("add", "sub", "neg"):
                waiting += operands
                for ref in operands:
                    fits = self.equal(gap, [abs(v) for v in self.columns[ref]])
                    if fits and self.slopes.get(ref) == self.algebra.zero and any(gap):
                        yield f"{self.text(ref)} is added: a constant term has the derivative 0"

    def about_products(self) -> Iterator[str]:
        """Derivatives multiplied or divided where the product or quotient rule belongs."""
        name, *arguments = self.algebra.equations[self.base]
        if name in ("mul", "div"):
            u, v = (self.columns[self.slopes[a]] for a in arguments)
            if name == "mul" and self.fits(lambda k: u[k] * v[k]):
                yield "the derivatives of the factors are multiplied: the product rule is (u*v)' = u'*v + u*v'"
            if name == "div" and all(v) and self.fits(lambda k: u[k] / v[k]):
                yield "the derivatives are divided: the quotient rule is (u/v)' = (u'*v - u*v')/v^2"

    def inner(self, claim: Numbers, truth: Numbers, where: str) -> Iterator[str]:
        """An inner derivative that is missing, or there twice: the chain rule."""
        inner = {k: slope for k, slope in self.slopes.items() if self.is_inner(k) and any(self.columns[slope])}
        for ref, slope in inner.items():
            for sign in (1, -1):
                missing = [sign * c * w for c, w in zip(claim, self.columns[slope], strict=True)]
                if self.equal(missing, truth) and not _all_one(self.columns[slope]):
                    if sign < 0 and self.text(slope).startswith("-"):
                        yield f"{where}a factor {self.text(self.algebra.neg(slope))} is missing"
                    also = ", and the sign is wrong" if sign < 0 else ""
                    yield f"{where}the inner derivative {self.text(slope)} of {self.text(ref)} is missing{also}"
                twice = [sign * t * w for t, w in zip(truth, self.columns[slope], strict=True)]
                if self.equal(claim, twice) and not _all_one(self.columns[slope]):
                    also = ", and the sign is wrong" if sign < 0 else ""
                    yield f"{where}the inner derivative {self.text(slope)} of {self.text(ref)} is there twice{also}"

    def constant(self, claim: Numbers, truth: Numbers, where: str) -> Iterator[str]:
        """A constant factor."""
        factor = self.quotient(claim, truth)
        if factor is not None:
            near = Fraction(factor).limit_denominator(_LARGEST)
            exact = abs(near - factor) < _NAMED * abs(factor)
            phrase = _named_factor(factor) or (f"the claim is {near} times the derivative" if exact else None)
            if phrase is not None:
                yield where + phrase

    def ratio(self) -> Iterator[str]:
        """A constant factor without a name."""
        factor = self.quotient(self.claim, self.truth)
        if factor is not None:
            yield f"the claim is {factor:.6g} times the derivative"

    def plain_factor(self) -> Iterator[str]:
        """A constant factor that has a name, such as 2 or pi."""
        factor = self.quotient(self.claim, self.truth)
        named = None if factor is None else _named_factor(factor)
        if named is not None:
            yield named

    def quotient(self, claim: Numbers, truth: Numbers) -> float | None:
        """What the claim is the derivative times of at every point; `None` if that varies, or one of them is 0."""
        if not all(claim) or not all(truth):
            return None
        first, *others = (c / t for c, t in zip(claim, truth, strict=True))
        return float(first) if self.equal(others, [first] * len(others)) else None

    def factor(self, claim: Numbers, truth: Numbers, where: str) -> Iterator[str]:
        """A factor that is missing or there too often, of all that occurs."""
        if not any(claim) or not any(truth):
            return
        for ref, numbers in enumerate(self.columns):
            if self.may_be_factor(ref) and not self.equal(numbers, truth):
                for sign, also in ((1, ""), (-1, ", and the sign is wrong")):
                    if self.equal([sign * c * v for c, v in zip(claim, numbers, strict=True)], truth):
                        yield f"{where}a factor {self.text(ref)} is missing{also}"
                    if self.equal(claim, [sign * t * v for t, v in zip(truth, numbers, strict=True)]):
                        yield f"{where}there is a factor {self.text(ref)} too many{also}"

    def is_inner(self, ref: Ref) -> bool:
        """Whether an equation is what a function is applied to, and no mere variable."""
        equations = self.function.equations
        if equations[ref][0] in LEAVES:
            return False
        users = (e for e in equations if e[0] not in LEAVES and ref in e[1:])
        return any(e[0] not in ("add", "sub", "mul", "neg") for e in users)

    def may_be_factor(self, ref: Ref) -> bool:
        equation = self.algebra.equations[ref]
        numbers = self.columns[ref]
        return (
            kind_of(equation) == "real"
            and equation[0] not in ("const", "neg")
            and ref != self.claim_ref
            and all(v == v for v in numbers)
        )

    def differences(self) -> Iterator[str]:
        """Something that is added, or left out."""
        gap = [c - t for c, t in zip(self.claim, self.truth, strict=True)]
        for ref, numbers in enumerate(self.columns):
            if (self.may_be_factor(ref) or self.algebra.equations[ref][0] == "const") and any(numbers):
                if self.equal(gap, numbers):
                    yield f"{self.text(ref)} is added, which does not belong there"
                if self.equal(gap, [-v for v in numbers]):
                    yield f"{self.text(ref)} is missing"

    def exponents(self) -> Iterator[str]:
        """The rule for powers of x taken for powers with x in the exponent."""
        for k in self.slopes:
            equation = self.function.equations[k]
            if equation[0] != "pow" or self.slopes.get(equation[2], self.algebra.zero) == self.algebra.zero:
                continue
            base, exponent, slope = (self.columns[ref] for ref in (*equation[1:], self.slopes[k]))
            moves = self.slopes.get(equation[1], self.algebra.zero) != self.algebra.zero
            inner = self.columns[self.slopes[equation[1 if moves else 2]]]
            for factors in (inner, [1.0] * len(inner)):
                if all(b > 0 for b in base) and all(slope):
                    rows = zip(self.truth, exponent, base, factors, slope, strict=True)
                    if self.equal(self.claim, [t * n * b ** (n - 1) * f / s for t, n, b, f, s in rows]):
                        also = " too" if moves else ""
                        yield f"{self.text(k)} is derived as a power of its base; the exponent is what varies{also}"

    def repairs(self) -> Iterator[str]:
        """A symbol of the claim that has to be another one."""
        claimed, root = self.written
        function, truth = self.function, self.truth
        literals = [e[1] for e in function.equations if e[0] == "const"]
        for repair in repairs(claimed, root, function.variables, literals[:_MOST_LITERALS]):
            if all(self.gives(repair.program, repair.root, *place) for place in zip(self.points, truth, strict=True)):
                yield repair.text

    def gives(self, program: Program, root: Ref, point: Block, number: Any) -> bool:
        """Whether a formula is a number at a point."""
        value = self.arithmetic.evaluate(program, [root], point.exactly(self.arithmetic))[root]
        return _is_number(value) and _equal([value], [number], self.same)

    def text(self, ref: Ref) -> str:
        """A formula on one line."""
        if ref not in self.texts:
            self.texts[ref] = shorten(_plainest(self.algebra.equations, ref), _LONGEST + 1)
        return self.texts[ref]


def _equal(a: Numbers, b: Numbers, same: float) -> bool:
    """Whether two columns are the same, but for so much relatively."""
    return all(abs(x - y) <= same * max(abs(x), abs(y)) for x, y in zip(a, b, strict=True))


def _is_number(value: Any) -> bool:
    return not isinstance(value, Undefined)


def _all_one(numbers: Numbers) -> bool:
    return all(abs(abs(number) - 1) < _NAMED for number in numbers)


def _named_factor(factor: float) -> str | None:
    """The same, if it is a number that has a name."""
    sign = ", and the sign is wrong" if factor < 0 else ""
    size = abs(factor)
    for number, phrase in ((1 / size, "a factor {} is missing"), (size, "there is a factor {} too many")):
        name = _name(number)
        if name is not None:
            return phrase.format(name) + sign
    return None


def _upwards(number: Any) -> str:
    """The next number above with one digit."""
    digit, _, exponent = f"{float(number):.0e}".partition("e")
    up = float(f"{digit}e{exponent}") < number
    return f"{int(digit) + up}e{int(exponent)}"


def _name(number: float) -> str | None:
    """A whole number, or a constant."""
    for name, value in _CONSTANTS.items():
        if abs(number - value) < _NAMED * value:
            return name
    whole = round(number)
    return str(whole) if whole and abs(whole - number) < _NAMED * number else None


def _plainest(equations: list[Equation], ref: Ref) -> str:
    """The text of a formula, in the form that reads shortest."""
    from gradcli.simplify import Work, shortest
    from gradcli.sympy_bridge import Piece, UnreadableError

    order = live(equations, (ref,))
    place = {k: position for position, k in enumerate(order)}
    names = {f"x{place[k]}": equations[k][1] for k in order if equations[k][0] == "input"}
    small = [
        ("input", f"x{place[k]}") if equations[k][0] == "input"
        else equations[k] if equations[k][0] == "const"
        else (equations[k][0], *(place[a] for a in equations[k][1:]))
        for k in order
    ]  # fmt: skip
    try:
        piece = Piece(small)
        piece.forget_text()
        best = piece.read(shortest(piece.expression, "light", lambda form: piece.cost(piece.read(form)), Work()))
    except UnreadableError:
        return format_expression(equations, ref)
    written = [("input", names[e[1]]) if e[0] == "input" else e for e in piece.builder.equations]
    return format_expression(written, best)

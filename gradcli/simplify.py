"""The shortest of a few equal forms of a derivative, with an effort that is bounded by a count of operations."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from math import prod

from gradcli.sympy_bridge import Expr, Max, Sigmoid, UnreadableError, Where, sympy, without_signs

MAX_WORK = 4_000
"""Nodes of trees that are rewritten in one derivation: some three seconds."""

_RAW = 10  # nodes are rewritten in the time that a derivative takes, and one more for so many of its formula
_SHORT = 5  # names, numbers and signs: nothing is gained below it
_MAX_NODES = 150  # of a tree that is rewritten
_TRIG_WORK = 6  # times as much as for other rewriting
_MAX_TRIG_NODES = 40  # and of one angle: with several, trigsimp may search without end
_MAX_TERMS = 500  # of a product that is multiplied out
_FEW_TERMS = 12  # of one that may be shorter multiplied out: (x + 1/x)*(1 - 1/x^2)
_MAX_DENSE = 250  # coefficients, zeros too, of a polynomial in many generators that is factored
_FEW_GENERATORS = 4
_MAX_DEGREE = 40
_MAX_HEIGHT = 14  # SymPy's work on nested fractions and powers is exponential in it
_MAX_PART = 40  # nodes of a term or factor that is rewritten by itself
_MAX_DENOMINATORS = 4
_PERIODIC = (
    sympy.sin, sympy.cos, sympy.tan, sympy.cot, sympy.sec, sympy.csc, sympy.sinh, sympy.cosh, sympy.tanh, sympy.coth,
)  # fmt: skip


class Work:
    """How much may still be rewritten, in nodes of trees; and whether something was left as it was.

    Counted and not timed, so that the same formulas come out on any machine.
    """

    def __init__(self, limit: int = MAX_WORK) -> None:
        self.left = limit
        self.refused = False
        self._raw = limit

    def take(self, amount: int) -> bool:
        """Whether so much may be rewritten; it counts as done."""
        allowed = amount <= self.left
        self.left -= amount if allowed else 0
        self.refused |= not allowed
        return allowed

    def take_raw(self, count: int, length: int) -> bool:
        """Whether so many derivatives of a formula of some length may be made at all; they count as done."""
        amount = count * (_RAW + length // _RAW)
        allowed = amount <= self._raw
        self._raw -= amount if allowed else 0
        return allowed


def shortest(raw: Expr, level: str, length: Callable[[Expr], int], work: Work) -> Expr:
    """The form of an expression that reads shortest; of equally short ones the plainest.

    Args:
        level: `none`, `light`, or `full` (SymPy's own `simplify` is tried too).
        length: how long the text of a form is.
        work: what may be spent on it.

    Raises:
        UnreadableError: the expression itself is no formula.
    """
    if level == "none" or (length(raw) <= _SHORT and len(raw.atoms(*_PERIODIC)) < 2):
        return raw
    if raw.has(Where):
        raw = raw.replace(lambda e: e.is_Mul or e.is_Pow, _choice_outside)
        raw = raw.replace(
            lambda e: isinstance(e, Where),
            lambda e: Where(e.args[0], *(shortest(a, level, length, work) for a in e.args[1:])),
        )
    if any(not power.exp.is_number for power in raw.atoms(sympy.Pow)):
        raw = sympy.powsimp(raw, combine="exp")  # n*x^(n - 1), not n*x^n/x
    functions = raw.atoms(sympy.Function)
    best, least = raw, length(raw)
    masked = _forms_around_exponentials(raw, work), _forms_of_one_sigmoid(raw, work)
    for form in (form for forms in (*masked, _forms(raw, level, work)) for form in forms):
        for variant in (form, sympy.powsimp(form, combine="exp")):
            try:
                size = length(variant) + _novelty(variant.atoms(sympy.Function) - functions)
            except UnreadableError:
                continue
            if size < least:
                best, least = variant, size
    return best


def _choice_outside(product: Expr) -> Expr:
    """where(c, 1, 0)*g as where(c, g, 0): g need not be defined where it is not taken, and max(a, b) is one of them."""
    factors = list(sympy.Mul.make_args(product))
    place = next((k for k, factor in enumerate(factors) if _is_choice(factor)), None)
    if place is None:
        return product
    choice, exponent = factors.pop(place).as_base_exp()
    condition, *branches = choice.args
    taken = (
        branch and _on_branch(sympy.Mul(branch**exponent, *factors), condition, k) for k, branch in enumerate(branches)
    )
    return Where(condition, *map(_choice_outside, taken))


def _is_choice(factor: Expr) -> bool:
    """Whether it is a choice, or a power of one, that is 0 on one of its branches."""
    base, exponent = factor.as_base_exp()
    return isinstance(base, Where) and sympy.S.Zero in base.args[1:] and bool(exponent.is_positive)


def _on_branch(expression: Expr, condition: Expr, k: int) -> Expr:
    """What an expression is where a condition holds (0), or does not (1)."""
    chosen = expression.replace(lambda e: isinstance(e, Where) and e.args[0] == condition, lambda e: e.args[1 + k])
    return chosen.replace(lambda e: isinstance(e, Max) and e.args[2] == condition, lambda e: e.args[k])


def _forms_around_exponentials(raw: Expr, work: Work) -> Iterator[Expr]:
    """Forms that leave exp(-x) as it is, which SymPy would take for 1/exp(x)."""
    exponentials = [e for e in raw.atoms(sympy.exp) if e.args[0].could_extract_minus_sign()]
    if exponentials:
        yield from _forms_behind(_masks(raw.atoms(sympy.exp)), raw, work)


def _forms_of_one_sigmoid(raw: Expr, work: Work) -> Iterator[Expr]:
    """Forms in which sigmoid(-x) is 1 - sigmoid(x), as it may stand there too, so that these cancel."""
    masks = _masks(raw.atoms(Sigmoid))
    mirrored = [(s, Sigmoid(-s.args[0])) for s in masks if s.args[0].could_extract_minus_sign()]
    below = {s: 1 - masks[other] for s, other in mirrored if other in masks}
    if below:
        yield from _forms_behind(masks | below, raw, work)


def _masks(expressions: Iterable[Expr]) -> dict[Expr, Expr]:
    """A name for each of some expressions, all of them positive."""
    return {e: sympy.Dummy(real=True, positive=True) for e in expressions}


def _forms_behind(masks: dict[Expr, Expr], raw: Expr, work: Work) -> Iterator[Expr]:
    """Forms for which something stands in the place of some expressions."""
    back = {mask: e for e, mask in masks.items() if mask.is_Symbol}
    for form in _forms(raw.xreplace(masks), "light", work):
        yield form.xreplace(back)


def _forms(raw: Expr, level: str, work: Work) -> Iterator[Expr]:
    """Equal forms of an expression, the plainest first."""
    size = nodes(raw)
    if size > _MAX_NODES or _height(raw) > _MAX_HEIGHT:
        work.refused = True
        return
    if not work.take(size):
        return
    named, powers = _named_powers(raw)
    for form in _forms_of_low_degree(named, size, level, work):
        for name, power in powers:
            form = form.xreplace({name: power})
        yield form


def _named_powers(raw: Expr) -> tuple[Expr, list[tuple[Expr, Expr]]]:
    """The expression with names for its high powers, which SymPy would multiply out, and what they stand for.

    Of each base the lowest one gets a name, to which those near it are products: n^100 - 100*n^99 is p*n - 100*p.
    """
    found: list[tuple[Expr, Expr]] = []
    while high := [p for p in raw.atoms(sympy.Pow) if p.exp.is_Rational and abs(p.exp.p) > _MAX_DEGREE]:
        inner = [p for p in high if not any(p.base.has(other) for other in high)]
        base = inner[0].base
        lowest = min((p for p in inner if p.base == base), key=lambda p: abs(p.exp)).exp
        name = sympy.Dummy("power", real=True, positive=base.is_positive)
        near = [p for p in inner if p.base == base and abs((p.exp - lowest).p) <= _MAX_DEGREE]
        raw = raw.xreplace({p: name * base ** (p.exp - lowest) for p in near})
        found.append((name, base**lowest))
    return raw, found[::-1]


def _forms_of_low_degree(raw: Expr, size: int, level: str, work: Work) -> Iterator[Expr]:
    plain = sympy.factor_terms(raw)
    yield _part_by_part(plain)
    yield plain
    if raw != plain:
        yield _part_by_part(raw)
    together = raw
    yield _with_common_powers(raw)
    length = terms(raw)
    clearable = length <= _MAX_TERMS and _denominators(raw) <= _MAX_DENOMINATORS
    if length <= _FEW_TERMS:
        yield _expanded(raw)
    if clearable:
        together = sympy.together(raw)
        yield sympy.factor_terms(together)  # -(x + 1), not (-x - 1)
        yield together
        if terms(together) <= _MAX_TERMS:
            numerator, denominator = sympy.fraction(together)
            yield _factored(together)
            yield sympy.factor_terms(sympy.expand(numerator)) / denominator
            yield sympy.cancel(together)
    waves = raw.atoms(*_PERIODIC)
    one_angle = len(waves) > 1 and len({wave.args[0] for wave in waves}) == 1
    if one_angle and size <= _MAX_TRIG_NODES and work.take(_TRIG_WORK * size):
        yield from (_trigsimp(form, waves) for form in dict.fromkeys((raw, together)) if terms(form) <= _MAX_TERMS)
    elif one_angle:  # sin(x)^2 + cos(x)^2 over something long
        numerator, denominator = sympy.fraction(together)
        inner = nodes(numerator)
        if inner <= _MAX_TRIG_NODES and terms(numerator) <= _MAX_TERMS and work.take(_TRIG_WORK * inner):
            yield _trigsimp(sympy.expand(numerator), waves) / denominator
    if level == "full" and not clearable:
        work.refused = True
    elif level == "full":
        yield without_signs(sympy.simplify(raw))


def _part_by_part(raw: Expr) -> Expr:
    """With the fractions within each term and factor cleared, but not those within functions."""
    if not (raw.is_Add or raw.is_Mul):
        return raw
    inner = raw.func(*map(_part_by_part, raw.args))
    nested = any(_is_divisor(power) and any(map(_is_divisor, power.base.atoms(sympy.Pow))) for power in inner.args)
    fractions = inner.is_Add and any(_is_divisor(power) for term in inner.args for power in term.atoms(sympy.Pow))
    if (
        (nested or fractions)
        and nodes(inner) <= _MAX_PART
        and _denominators(inner) <= _MAX_DENOMINATORS
        and terms(inner) <= _MAX_TERMS
    ):
        return min(inner, _factored(sympy.cancel(inner)), key=nodes)
    return inner


def _with_common_powers(raw: Expr) -> Expr:
    """A sum with the lowest power of each base before it that stands in all its terms; n*x^(n - 1) - x^n has x^(n - 1).

    None is lower than what stands there already, so that the sum is defined wherever it was.
    """
    if raw.is_Mul:
        return raw.func(*map(_with_common_powers, raw.args))
    if not raw.is_Add:
        return raw
    parts = [term.as_coeff_Mul() for term in raw.args]
    powers = [dict(rest.as_powers_dict()) for _, rest in parts]
    lowest: dict[Expr, Expr] = {}
    for base in set.intersection(*map(set, powers)):
        beyond = [sympy.expand(of[base] - powers[0][base]) for of in powers]
        if all(exponent.is_Rational for exponent in beyond):
            lowest[base] = powers[0][base] + min(beyond)
    inner = sympy.Add(*(
        number * sympy.Mul(*(base ** sympy.expand(exponent - lowest.get(base, 0)) for base, exponent in of.items()))
        for (number, _), of in zip(parts, powers, strict=True)
    ))  # fmt: skip
    forms = (inner, _expanded(inner)) if terms(inner) <= _MAX_TERMS else (inner,)
    return sympy.Mul(
        *(base**exponent for base, exponent in lowest.items()), min(map(sympy.factor_terms, forms), key=nodes)
    )


def _expanded(expression: Expr) -> Expr:
    """With products and whole powers multiplied out."""
    return sympy.expand(expression, log=False, power_base=False, power_exp=False)


def _is_divisor(power: Expr) -> bool:
    return bool(power.is_Pow and power.exp.is_negative)


def _factored(expression: Expr) -> Expr:
    """SymPy's `factor`, where that takes no long time."""
    factors = (factor for part in sympy.fraction(expression) for factor in sympy.Mul.make_args(part))
    return sympy.factor(expression) if all(map(_is_soon_factored, factors)) else expression


def _is_soon_factored(factor: Expr) -> bool:
    """Whether SymPy factors the base of a power at once.

    It gives all generators but one random values, and lifts the factors back one by one (P. S. Wang, An Improved
    Multivariate Polynomial Factoring Algorithm, Math. Comp. 32, 1978), which may take a minute where there are many.
    """
    polynomial = factor.as_base_exp()[0].as_poly()
    if polynomial is None:
        return True  # there is nothing to factor
    degrees = [degree for degree in polynomial.terms_gcd()[1].degree_list() if degree]
    return len(degrees) <= _FEW_GENERATORS or prod(degree + 1 for degree in degrees) <= _MAX_DENSE


def _trigsimp(expression: Expr, waves: set[Expr]) -> Expr:
    """SymPy's `trigsimp` in one angle, which stands as a name: of 2*x + 800 it would try all sums and multiples.

    Hyperbolic waves it factors over complex numbers, which takes a minute if two other functions stand beside them:
    simplified is what each product of others is multiplied by.
    """
    angle = sympy.Dummy("angle", real=True)
    named = expression.xreplace({wave: wave.func(angle) for wave in waves})
    if named.free_symbols == {angle} or not named.has(sympy.functions.elementary.hyperbolic.HyperbolicFunction):
        simplified = sympy.trigsimp(named)
    else:
        numerator, denominator = sympy.fraction(named)
        simplified = _factor_by_factor(numerator, angle) / denominator
    for quotient, inverse in ((sympy.tan, sympy.cot), (sympy.tanh, sympy.coth)):
        if not named.has(quotient):  # which is undefined at pi/2, where cos(x)/sin(x) is 0
            simplified = _inverted(simplified, quotient(angle), inverse(angle))
    return simplified.xreplace({angle: next(iter(waves)).args[0]})


def _inverted(expression: Expr, divisor: Expr, inverse: Expr) -> Expr:
    """With powers of the inverse for all that is divided by something."""
    return expression.replace(lambda e: _is_divisor(e) and e.base == divisor, lambda e: inverse**-e.exp)


def _factor_by_factor(numerator: Expr, angle: Expr) -> Expr:
    """A sum with what stands beside each product of things without the angle simplified by itself."""
    factors: dict[Expr, Expr] = {}
    for term in sympy.Add.make_args(sympy.expand(numerator)):
        still, moving = term.as_independent(angle, as_Add=False)
        number, others = still.as_coeff_Mul()
        factors[others] = factors.get(others, 0) + number * moving
    return sympy.Add(
        *(
            others * (sympy.trigsimp(moving) if moving.free_symbols == {angle} else moving)
            for others, moving in factors.items()
        )
    )


def _novelty(functions: set[Expr]) -> int:
    """What it costs a form to bring in functions that were not there: exp(x) for exp(-x) overflows elsewhere."""
    return sum(3 if isinstance(function, sympy.exp) else 1 for function in functions)


def _height(expression: Expr) -> int:
    heights: dict[Expr, int] = {}
    for node in sympy.postorder_traversal(expression):
        heights[node] = 1 + max((heights[a] for a in node.args), default=0)
    return heights[expression]


def _denominators(expression: Expr) -> int:
    """How many different sums it divides by: multiplying all by them can square its length with each."""
    return len({power.base for power in expression.atoms(sympy.Pow) if power.base.is_Add and power.exp.is_negative})


def nodes(expression: Expr) -> int:
    """The size of the tree, or a number beyond the limit."""
    count = 0
    for _ in sympy.preorder_traversal(expression):
        count += 1
        if count > _MAX_NODES:
            break
    return count


def terms(expression: Expr) -> int:
    """About how many terms it has when it is multiplied out, or a number beyond the limit."""
    beyond = 10**6
    sizes: dict[Expr, int] = {}
    for node in sympy.postorder_traversal(expression):
        inner = [sizes[a] for a in node.args]
        size = max(inner, default=1)
        if node.is_Add:
            size = sum(inner)
        elif node.is_Mul:
            size = 1
            for factor in inner:
                size = min(size * factor, beyond)
        elif node.is_Pow and node.exp.is_Rational and inner[0] > 1:
            power = abs(node.exp.p)
            size = beyond if power > _MAX_DEGREE else inner[0] ** int(power)
        sizes[node] = min(size, beyond)
    return max(sizes.values())

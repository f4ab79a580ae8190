"""Every row of the table: its derivatives, its accuracy, its edges, its spellings, all by one set of tests.

A row's truth is the function of the same name in `TRUTH`, written for mpmath by hand. Errors are measured in
units of 2^-52 * max(|p|, sum of |x_i dp/dx_i|): what one rounding of the result or of the arguments can do.
"""

from __future__ import annotations

import math
import os
import random
from collections.abc import Callable, Iterator
from functools import cache
from itertools import pairwise, product
from typing import Any

import numpy as np
import pytest
from mpmath import mp, mpf

from gradcli import engine
from gradcli.evaluate import arrays
from gradcli.evaluate.arrays import ArrayEvaluator
from gradcli.evaluate.floats import Evaluator, functions, of_text
from gradcli.evaluation import Evaluation
from gradcli.language.document import parse
from gradcli.naming import Partial
from gradcli.operations import CONSTANTS, FUNCTIONS, OPERATIONS, Operation, names
from gradcli.program import Builder, Output, Program
from gradcli.results import Status


def real(number: Any) -> mpf:
    """A number that has no imaginary part."""
    assert mp.im(number) == 0
    return mp.re(number)


TRUTH: dict[str, Callable[..., Any]] = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": lambda a, b: a / b,
    "floordiv": lambda a, b: mp.floor(a / b),
    "mod": lambda a, b: a - b * mp.floor(a / b),
    "neg": lambda a: -a,
    "pow": lambda a, b: a**b,
    "lt": lambda a, b: a < b,
    "le": lambda a, b: a <= b,
    "gt": lambda a, b: a > b,
    "ge": lambda a, b: a >= b,
    "eq": lambda a, b: a == b,
    "ne": lambda a, b: a != b,
    "not": lambda a: not a,
    "and": lambda a, b: a and b,
    "or": lambda a, b: a or b,
    "true": lambda: True,
    "false": lambda: False,
    "nan": lambda: mp.nan,
    "where": lambda c, a, b: a if c else b,
    "pi": lambda: +mp.pi,
    "e": lambda: mp.e + 0,
    "inf": lambda: mp.inf,
    "sqrt": mp.sqrt,
    "cbrt": lambda a: mp.sign(a) * mp.cbrt(abs(a)),
    "exp": mp.exp,
    "exp2": lambda a: mpf(2) ** a,
    "expm1": mp.expm1,
    "log": mp.log,
    "log_base": lambda a, b: mp.log(a) / mp.log(b),
    "log2": lambda a: mp.log(a) / mp.log(2),
    "log10": lambda a: mp.log(a) / mp.log(10),
    "log1p": mp.log1p,
    "hypot": lambda a, b: mp.sqrt(a * a + b * b),
    "logaddexp": lambda a, b: mp.log(mp.exp(a) + mp.exp(b)),
    "softplus": lambda a: mp.log(1 + mp.exp(a)),
    "sigmoid": lambda a: 1 / (1 + mp.exp(-a)),
    "sin": mp.sin,
    "cos": mp.cos,
    "tan": mp.tan,
    "sec": mp.sec,
    "csc": mp.csc,
    "cot": mp.cot,
    "sinpi": mp.sinpi,
    "cospi": mp.cospi,
    "asin": mp.asin,
    "acos": mp.acos,
    "atan": mp.atan,
    "asec": lambda a: mp.acos(1 / a),
    "acsc": lambda a: mp.asin(1 / a),
    "acot": lambda a: mp.atan(1 / a),
    "atan2": mp.atan2,
    "sinc": lambda a: mp.sin(a) / a if a else mpf(1),
    "np.sinc": lambda a: mp.sin(mp.pi * a) / (mp.pi * a) if a else mpf(1),
    "degrees": lambda a: a * 180 / mp.pi,
    "radians": lambda a: a * mp.pi / 180,
    "sinh": mp.sinh,
    "cosh": mp.cosh,
    "tanh": mp.tanh,
    "sech": mp.sech,
    "csch": mp.csch,
    "coth": mp.coth,
    "asinh": mp.asinh,
    "acosh": mp.acosh,
    "atanh": mp.atanh,
    "asech": lambda a: mp.acosh(1 / a),
    "acsch": lambda a: mp.asinh(1 / a),
    "acoth": lambda a: mp.log((a + 1) / (a - 1)) / 2,
    "abs": abs,
    "relu": lambda a: max(a, 0),
    "sign": mp.sign,
    "max": max,
    "min": min,
    "floor": mp.floor,
    "ceil": mp.ceil,
    "round": mp.nint,
    "heaviside": lambda a: mpf(a > 0) if a else mpf(1) / 2,
    "erf": mp.erf,
    "erfc": mp.erfc,
    "gamma": mp.gamma,
    "lgamma": lambda a: mp.log(abs(mp.gamma(a))),
    "digamma": lambda a: mp.psi(0, a),
    "polygamma": lambda a, b: mp.psi(int(a), b),
    "polygamma_difference": lambda a, b, c: mp.psi(int(a), b) - mp.psi(int(a), b + c),
    "factorial": lambda a: mp.gamma(a + 1),
    "beta": lambda a, b: mp.gamma(a) * mp.gamma(b) * mp.rgamma(a + b),
    "lbeta": lambda a, b: mp.log(abs(mp.gamma(a) * mp.gamma(b) / mp.gamma(a + b))),
    "erfinv": mp.erfinv,
    "besselj": mp.besselj,
    "bessely": mp.bessely,
    "besseli": mp.besseli,
    "besselk": mp.besselk,
    "airyai": mp.airyai,
    "airyaiprime": lambda a: mp.airyai(a, derivative=1),
    "airybi": mp.airybi,
    "airybiprime": lambda a: mp.airybi(a, derivative=1),
    "zeta": mp.zeta,
    "zetaderiv": lambda a, b: mp.zeta(b, 1, int(a)),
    "lambertw": lambda a: real(mp.lambertw(a)),
    "lambertw_branch": lambda a, b: real(mp.lambertw(a, int(b))),
    "expi": mp.ei,
    "sinint": mp.si,
    "cosint": mp.ci,
    "logint": mp.li,
    "fresnels": mp.fresnels,
    "fresnelc": mp.fresnelc,
    "ellipk": mp.ellipk,
    "ellipe": mp.ellipe,
    "ellipkderiv": lambda a, b: mp.diff(mp.ellipk, b, int(a), relative=True),
    "ellipederiv": lambda a, b: mp.diff(mp.ellipe, b, int(a), relative=True),
    "hyp0f1": mp.hyp0f1,
}

WHOLE = {
    "polygamma": 0,
    "polygamma_difference": 0,
    "zetaderiv": 0,
    "ellipkderiv": 0,
    "ellipederiv": 0,
    "lambertw_branch": 1,
}
"""Rows with an argument that is a whole number by its meaning: its position."""

_NOTHING = (lambda *_: mpf(0),) * 2
SLOPES: dict[str, tuple[Callable[..., mpf], ...]] = {
    **dict.fromkeys(("floordiv", "floor", "ceil", "round", "sign", "heaviside"), _NOTHING),
    "mod": (lambda a, b: mpf(1), lambda a, b: -mp.floor(a / b)),
    "abs": (mp.sign,),
    "max": (lambda a, b: mpf(a > b), lambda a, b: mpf(b > a)),
    "min": (lambda a, b: mpf(a < b), lambda a, b: mpf(b < a)),
}
"""The partials of rows in pieces, by hand, off their ties; differences would reach over jumps."""
SWEEP = int(os.environ.get("GRADCLI_SWEEP", "3"))
"""Points over the whole domain of each row; more of them are a matter of patience."""

SMALLEST_NORMAL, LARGEST = 2.0**-1022, math.ldexp(1 - 2.0**-53, 1024)
REAL = [row for row in OPERATIONS.values() if row.kind == "real" and row.arity != 0 and row.name != "where"]
by_row = pytest.mark.parametrize("row", REAL, ids=lambda row: row.name)


@pytest.fixture(autouse=True)
def _fifty_digits() -> Any:
    with mp.workdps(50):
        yield


def arity(row: Operation) -> int:
    return 2 if row.arity is None else row.arity


def samples(row: Operation, count: int) -> list[tuple[float, ...]]:
    """Arguments from the row's own domain, the same in every run."""
    generator = random.Random(row.name)
    domains = row.sample if len(row.sample) == arity(row) else row.sample * arity(row)
    found = []
    for _ in range(count):
        point = [generator.uniform(*domain) for domain in domains]
        if row.name in WHOLE:
            point[WHOLE[row.name]] = float(round(point[WHOLE[row.name]]))
        found.append(tuple(point))
    return found


@cache
def program_of(name: str, count: int) -> Program:
    """The operation alone, as a program over a, b, c."""
    builder = Builder()
    variables = "abc"[:count]
    inputs = [builder.input(v) for v in variables]
    return Program(builder, variables, [Output("f", builder.add(name, *inputs))])


@cache
def prepared(name: str, count: int, mode: str = "forward") -> Evaluation:
    program = program_of(name, count)
    return engine.prepare(program, engine.wanted(program), "autodiff", {"mode": mode})


def outcome(name: str, point: tuple[float, ...]) -> dict[str, tuple[float, Status]]:
    """Number and status of the value and the partials, by `f` and argument."""
    values = prepared(name, len(point)).evaluate(dict(zip("abc", point, strict=False)))
    found = {}
    for p in values.partials:
        codes = values.status.get(p.name)
        found[p.by[0] if p.by else "f"] = values[p.name][0], Status(codes[0]) if codes is not None else Status.FINE
    return found


def over_domain(row: Operation, count: int) -> list[tuple[float, ...]]:
    """Arguments from everywhere the row is defined: huge, tiny, ordinary, near whole and other notable numbers."""
    generator = random.Random(f"{row.name} everywhere")
    exponents = (-30, 3) if row.group == "special" else (-300, 300)
    where = of_text(row.defined, "abc"[: arity(row)]) if row.defined else lambda *_: True
    found: list[tuple[float, ...]] = []
    for _ in range(200 * count):
        point = [_coordinate(generator, *exponents) for _ in range(arity(row))]
        if row.name in WHOLE:
            point[WHOLE[row.name]] = float(generator.randint(-1, 4))
        elif row.name.startswith("bessel"):
            point[0] = generator.choice((generator.uniform(-5, 20), float(generator.randint(-3, 8))))
        if len(found) < count and _truth(where, tuple(point)):
            found.append(tuple(point))
    return found


def _coordinate(generator: random.Random, lowest: int, highest: int) -> float:
    sign, notable = generator.choice((-1, 1)), generator.choice((*range(-6, 7), PI / 2, PI, -1 / math.e, 0.5))
    kinds: list[Callable[[], float]] = [
        lambda: sign * 10 ** generator.uniform(lowest, highest),
        lambda: sign * 10 ** generator.uniform(-3, 3),
        lambda: generator.uniform(-20, 20),
        lambda: notable + sign * 10 ** generator.uniform(-17, -1),
        lambda: float(notable),
    ]
    return generator.choices(kinds, (5, 6, 4, 4, 1))[0]()


def settled(row: Operation, compute: Callable[[], mpf], tolerance: float = 1e-25) -> mpf:
    """A number computed with more and more digits until two agree; 0 if it is below 1e-400 with all of them."""
    before = mpf(0)
    for digits in (60, 120, 400, 1000) if row.group == "special" else (100, 250, 700, 2000):
        with mp.workdps(digits):
            now = mp.re(compute())
        if now and abs(now - before) <= tolerance * abs(now):
            return now
        before = now
    assert abs(before) < mpf(10) ** -400, "no digits settle"
    return mpf(0)


def difference(function: Callable[..., mpf], point: tuple[float, ...], by: tuple[int, ...]) -> mpf:
    """A central difference of any order, with a step that falls with the working precision."""
    step = mpf(10) ** (-mp.dps // 4)
    steps = [step * (min(1, abs(mpf(x))) if x else 1) for x in point]
    total = mpf(0)
    for signs in product((1, -1), repeat=len(by)):
        at = [mpf(x) for x in point]
        for k, sign in zip(by, signs, strict=True):
            at[k] += sign * steps[k]
        total += math.prod(signs) * function(*at)
    for k in by:
        total /= 2 * steps[k]
    return total


def exact(row: Operation, point: tuple[float, ...], by: tuple[int, ...]) -> tuple[mpf, mpf]:
    """A partial of the truth, and what one rounding of it or of the arguments can do to it."""
    function, known = TRUTH[row.name], SLOPES.get(row.name)
    if by and known:
        function, by = known[by[0]], ()
    value = settled(row, lambda: difference(function, point, by))
    handed = mpf(0)
    if not row.ties or row.name in ("pow", "hypot", "atan2"):
        whole = row.name.startswith("bessel") and point[0] == round(point[0])  # order, whose slope is slow to find
        slopes = {
            k: settled(row, lambda k=k: difference(function, point, (*by, k)), 0.1)  # type: ignore[misc]
            for k in moving(row)
            if not (whole and k == 0)
        }
        handed = mp.fsum(abs(point[k] * slope) for k, slope in slopes.items())
    return value, mpf(2) ** -52 * max(abs(value), handed)


def slope(function: Callable[..., mpf], point: tuple[float, ...], position: int) -> mpf:
    """A partial derivative by mpmath."""
    at = [mpf(x) for x in point]
    return mp.diff(lambda t: function(*at[:position], t, *at[position + 1 :]), at[position])


def moving(row: Operation) -> list[int]:
    """The positions of the arguments that are no whole numbers by their meaning."""
    return [k for k in range(arity(row)) if WHOLE.get(row.name) != k]


def ruled(row: Operation) -> list[int]:
    """The positions of the arguments that there is a rule for."""
    return [k for k in moving(row) if not row.partials or row.arity is None or row.partials[k] is not None]


# --- the table itself ---------------------------------------------------------------------------------------


def test_every_row_has_a_truth_and_every_truth_a_row() -> None:
    assert TRUTH.keys() == OPERATIONS.keys()


def test_a_name_means_one_thing() -> None:
    """Rows that share a name take different numbers of arguments; no constant is a function."""
    for name, rows in FUNCTIONS.items():
        assert len({row.arity for row in rows}) == len(rows), name
    assert not CONSTANTS.keys() & FUNCTIONS.keys()
    for row in OPERATIONS.values():
        assert len(set(names(row))) == len(names(row)), row.name


@pytest.mark.parametrize("row", OPERATIONS.values(), ids=lambda row: row.name)
def test_a_row_is_complete(row: Operation) -> None:
    assert row.summary
    assert row.python or row.meaning
    assert len(row.sample) in (1, arity(row))
    if row.partials and row.arity is not None:
        assert len(row.partials) == row.arity
    if row.kind == "real" and row.arity != 0 and row.name != "where":
        assert row.partials or row.meaning


# --- derivatives and accuracy -------------------------------------------------------------------------------


@pytest.mark.parametrize("row", [row for row in REAL if row.monotonic], ids=lambda row: row.name)
def test_what_is_said_to_rise_or_fall_does(row: Operation) -> None:
    values = [TRUTH[row.name](mpf(a)) for (a,) in sorted(samples(row, 100))]
    assert all((b - a) * row.monotonic >= 0 for a, b in pairwise(values))
    assert values[0] != values[-1]


@pytest.mark.parametrize("row", [row for row in REAL if row.bound < math.inf], ids=lambda row: row.name)
def test_no_value_is_beyond_its_bound(row: Operation) -> None:
    largest = max(abs(TRUTH[row.name](mpf(a))) for (a,) in samples(row, 100))
    assert row.bound / 4 < largest <= row.bound


@by_row
def test_value_and_partials_are_right_to_a_few_ulp(row: Operation) -> None:
    """Within 8 ulp of mpmath (64 for special functions) and within the bound, at points and in blocks."""
    limit, count = (64, SWEEP) if row.group == "special" else (8, 4 * SWEEP)
    points = samples(row, count) + over_domain(row, count)
    assert len(points) == 2 * count
    columns = {v: np.array([point[k] for point in points]) for k, v in enumerate("abc"[: arity(row)])}
    block = prepared(row.name, arity(row)).evaluate(columns)
    for number, point in enumerate(points):
        if row.name in ("mod", "floordiv") and abs(point[0]) > 2.0**53 * abs(point[1]):
            continue  # how a decimal is rounded to a double decides there
        single = prepared(row.name, arity(row)).evaluate(dict(zip("abc", point, strict=False)))
        for partial in single.partials:
            by = tuple("abc".index(v) for v in partial.by)
            if by and by[0] not in ruled(row):
                continue
            answers = []
            for values, at in ((single, 0), (block, number)):
                codes = values.status.get(partial.name)
                if codes is None or Status(int(codes[at])).has_number:
                    answers.append(float(values[partial.name][at]))
            if len(answers) < 2 and row.ties:
                continue
            try:
                right, ulp = exact(row, point, by)
            except AssertionError:
                continue  # no slope: an end of the domain
            if right and not SMALLEST_NORMAL <= abs(right) <= LARGEST:
                continue
            if len(answers) < 2 and (not right or not abs(TRUTH[row.name](*map(mpf, point))) <= LARGEST):
                continue  # a partial that vanishes, or of a value that overflows
            assert len(answers) == 2, (partial.name, point, right)
            for answer in answers:
                assert abs(mpf(answer) - right) <= limit * ulp, (partial.name, point, answer, mp.nstr(right, 17))
            bound = single.error.get(partial.name)
            if bound is not None:
                assert abs(mpf(answers[0]) - right) <= bound[0] + mpf("1e-24") * abs(right), (partial.name, point)


@by_row
def test_the_error_bound_covers_the_operation(row: Operation) -> None:
    """Of value and partials, at doubles of few binary digits, which are what they are: nothing but the row rounds."""
    for point in samples(row, 20 if row.group == "special" else 300):
        rounded = tuple(round(x * 1024) / 1024 for x in point)
        values = prepared(row.name, arity(row)).evaluate(dict(zip("abc", rounded, strict=False)))
        for partial in values.partials:
            bound = values.error.get(partial.name)
            if bound is None or not math.isfinite(values[partial.name][0]):
                continue  # a tie, or no rule
            with mp.workdps(50):
                at = [mpf(x) for x in rounded]
                exact = slope(TRUTH[row.name], at, "abc".index(partial.by[0])) if partial.by else TRUTH[row.name](*at)
                error = abs(mpf(values[partial.name][0]) - exact)
                assert error <= mpf(bound[0]) + mpf("1e-40") * abs(exact), (partial.name, rounded, bound[0], error)


@by_row
def test_partials_are_slopes_of_the_value(row: Operation) -> None:
    """Against central differences of the float function itself: the partial belongs to this very value."""
    total = functions("python", True)[row.name]
    for point in samples(row, 3 if row.group == "special" else 20):
        found = outcome(row.name, point)
        for k in ruled(row):
            h = 2.0**-18 * max(abs(point[k]), 2.0**-6)
            above, below = ([*point[:k], point[k] + s * h, *point[k + 1 :]] for s in (1, -1))
            high, low = total(*above), total(*below)
            got = found["abc"[k]][0]
            noise = 1e-14 * max(abs(high), abs(low), abs(point[k] * got)) / h
            with mp.workdps(40):
                third = abs(mp.diff(lambda t, k=k, p=point: TRUTH[row.name](*p[:k], t, *p[k + 1 :]), mpf(point[k]), 3))
            if row.ties and row.name not in ("atan2", "abs", "sign"):
                third += 1  # a piece's edge may lie close
                if abs((high - low) / (2 * h) - got) > 1e3 * (1 + abs(got)):
                    continue  # and in between
            assert abs((high - low) / (2 * h) - got) <= 4 * (noise + float(third) * h * h), (point, k)


def is_slope(row: Operation, position: int, text: str) -> bool:
    """Whether a text is the row's partial by an argument, within 1e-9 at several points where it is not 0."""
    places = "abc"[: arity(row)] if row.arity is not None else ("x", "self")
    formula, truth = of_text(text, places), TRUTH[row.name]
    told = 0
    for point in samples(row, 12):
        at = tuple(round(x * 1024) / 1024 for x in point)
        try:
            known = SLOPES.get(row.name)
            right = known[position](*map(mpf, at)) if known else slope(truth, at, position)
            got = formula(*at) if row.arity is not None else formula(at[position], float(truth(*map(mpf, at))))
        except (ValueError, ZeroDivisionError):  # rounded out of the domain
            continue
        told += right != 0
        if abs(mpf(got) - right) > 1e-9 * max(abs(right), 1e-9):
            return False
    return told >= 2


def rules() -> Iterator[tuple[Operation, int, str]]:
    for row in REAL:
        for position, text in (*enumerate(row.partials), *enumerate(row.shown)):
            if text not in (None, "0"):
                yield row, position, text


@pytest.mark.parametrize(("row", "position", "text"), list(rules()), ids=lambda part: getattr(part, "name", None))
def test_a_rule_is_the_slope_and_a_changed_one_is_not(row: Operation, position: int, text: str) -> None:
    """Every rule of the table by itself, and with another sign or factor; `mutate_rules.py` does it to the table."""
    assert is_slope(row, position, text)
    for changed in (f"-({text})", f"2*({text})", f"({text})/2", f"({text}) + 0.001"):
        assert not is_slope(row, position, changed), changed


@by_row
def test_forward_and_reverse_mode_use_the_same_rule(row: Operation) -> None:
    for point in samples(row, 5):
        at = dict(zip("abc", point, strict=False))
        forward, reverse = (prepared(row.name, arity(row), mode).evaluate(at) for mode in ("forward", "reverse"))
        for partial in forward.partials:
            assert reverse[partial.name][0] == pytest.approx(forward[partial.name][0], rel=1e-15, nan_ok=True)


# --- edges, by hand -----------------------------------------------------------------------------------------

UNDEFINED, OVERFLOW = Status.UNDEFINED, Status.OVERFLOW
PI, EULER = math.pi, 0.5772156649015329
EDGES: list[tuple[str, tuple[float, ...], dict[str, float | Status]]] = [
    ("pow", (0.0, 0.0), {"f": 1.0}),
    ("pow", (0.0, 2.0), {"f": 0.0, "a": 0.0}),
    ("pow", (0.0, 1.0), {"f": 0.0, "a": 1.0}),
    ("pow", (-2.0, 3.0), {"f": -8.0, "a": 12.0}),
    ("pow", (-2.0, -2.0), {"f": 0.25, "a": 0.25}),
    ("pow", (-8.0, 1 / 3), {"f": UNDEFINED}),
    ("pow", (0.0, -1.0), {"f": UNDEFINED}),
    ("pow", (10.0, 400.0), {"f": OVERFLOW}),
    ("div", (1.0, 0.0), {"f": UNDEFINED}),
    ("div", (0.0, 0.0), {"f": UNDEFINED, "a": UNDEFINED}),
    ("div", (0.0, 2.0), {"f": 0.0, "a": 0.5, "b": 0.0}),
    ("mod", (-7.0, 3.0), {"f": 2.0, "a": 1.0, "b": 3.0}),
    ("mod", (7.0, -3.0), {"f": -2.0, "a": 1.0, "b": 3.0}),
    ("mod", (1.0, 0.0), {"f": UNDEFINED}),
    ("floordiv", (-7.0, 3.0), {"f": -3.0, "a": 0.0, "b": 0.0}),
    ("floordiv", (1.0, 0.0), {"f": UNDEFINED}),
    ("sqrt", (0.0,), {"f": 0.0}),
    ("sqrt", (-1.0,), {"f": UNDEFINED, "a": UNDEFINED}),
    ("cbrt", (-8.0,), {"f": -2.0, "a": 1 / 12}),
    ("exp", (0.0,), {"f": 1.0, "a": 1.0}),
    ("exp", (1000.0,), {"f": OVERFLOW, "a": OVERFLOW}),
    ("expm1", (0.0,), {"f": 0.0, "a": 1.0}),
    ("log", (1.0,), {"f": 0.0, "a": 1.0}),
    ("log", (0.0,), {"f": UNDEFINED, "a": UNDEFINED}),
    ("log", (-1.0,), {"f": UNDEFINED, "a": UNDEFINED}),
    ("log_base", (8.0, 2.0), {"f": 3.0}),
    ("log_base", (2.0, 1.0), {"f": UNDEFINED}),
    ("log1p", (0.0,), {"f": 0.0, "a": 1.0}),
    ("log1p", (-1.0,), {"f": UNDEFINED}),
    ("hypot", (0.0, 0.0), {"f": 0.0}),
    ("hypot", (3e200, 4e200), {"f": 5e200, "a": 0.6, "b": 0.8}),
    ("hypot", (3e-200, 4e-200), {"f": 5e-200, "a": 0.6, "b": 0.8}),
    ("logaddexp", (0.0, 0.0), {"f": math.log(2), "a": 0.5, "b": 0.5}),
    ("logaddexp", (1000.0, 1000.0), {"f": 1000.0 + math.log(2), "a": 0.5, "b": 0.5}),
    ("logaddexp", (-1000.0, -1000.0), {"f": math.log(2) - 1000.0, "a": 0.5, "b": 0.5}),
    ("softplus", (0.0,), {"f": math.log(2), "a": 0.5}),
    ("softplus", (800.0,), {"f": 800.0, "a": 1.0}),
    ("sigmoid", (0.0,), {"f": 0.5, "a": 0.25}),
    ("tan", (0.0,), {"f": 0.0, "a": 1.0}),
    ("csc", (0.0,), {"f": UNDEFINED}),
    ("cot", (0.0,), {"f": UNDEFINED}),
    ("asin", (1.0,), {"f": PI / 2}),
    ("asin", (1.5,), {"f": UNDEFINED, "a": UNDEFINED}),
    ("acos", (-1.0,), {"f": PI}),
    ("acos", (-2.0,), {"f": UNDEFINED}),
    ("asec", (0.5,), {"f": UNDEFINED}),
    ("acsc", (0.5,), {"f": UNDEFINED}),
    ("acot", (-1.0,), {"f": -PI / 4, "a": -0.5}),
    ("acot", (0.0,), {"f": UNDEFINED}),
    ("atan2", (0.0, 0.0), {"f": UNDEFINED, "a": UNDEFINED, "b": UNDEFINED}),
    ("atan2", (1.0, 0.0), {"f": PI / 2, "a": 0.0, "b": -1.0}),
    ("atan2", (0.0, 2.0), {"f": 0.0, "a": 0.5, "b": 0.0}),
    ("atan2", (3e200, 4e200), {"a": 1.6e-201, "b": -1.2e-201}),
    ("atan2", (0.0, -1.0), {"f": PI}),
    ("sinc", (0.0,), {"f": 1.0, "a": 0.0}),
    ("sinc", (1e-9,), {"f": 1.0, "a": -1e-9 / 3}),
    ("np.sinc", (0.0,), {"f": 1.0, "a": 0.0}),
    ("degrees", (PI,), {"f": 180.0}),
    ("cosh", (0.0,), {"f": 1.0, "a": 0.0}),
    ("sech", (0.0,), {"f": 1.0, "a": 0.0}),
    ("tanh", (0.0,), {"f": 0.0, "a": 1.0}),
    ("csch", (0.0,), {"f": UNDEFINED}),
    ("coth", (0.0,), {"f": UNDEFINED}),
    ("acosh", (1.0,), {"f": 0.0}),
    ("acosh", (0.5,), {"f": UNDEFINED}),
    ("atanh", (1.0,), {"f": UNDEFINED}),
    ("atanh", (2.0,), {"f": UNDEFINED, "a": UNDEFINED}),
    ("asinh", (1e200,), {"a": 1e-200}),
    ("asech", (1.0,), {"f": 0.0}),
    ("asech", (0.0,), {"f": UNDEFINED}),
    ("acsch", (0.0,), {"f": UNDEFINED}),
    ("acoth", (0.5,), {"f": UNDEFINED, "a": UNDEFINED}),
    ("acoth", (1.0,), {"f": UNDEFINED}),
    ("abs", (-2.0,), {"f": 2.0, "a": -1.0}),
    ("abs", (0.0,), {"f": 0.0, "a": Status.KINK}),
    ("sign", (0.0,), {"f": 0.0, "a": Status.JUMP}),
    ("max", (2.0, 2.0), {"f": 2.0, "a": Status.KINK, "b": Status.KINK}),
    ("max", (2.0, 1.0), {"f": 2.0, "a": 1.0, "b": 0.0}),
    ("min", (2.0, 1.0), {"f": 1.0, "a": 0.0, "b": 1.0}),
    ("floor", (-0.5,), {"f": -1.0, "a": 0.0}),
    ("floor", (2.0,), {"f": 2.0, "a": Status.JUMP}),
    ("ceil", (-0.5,), {"f": 0.0, "a": 0.0}),
    ("round", (2.5,), {"f": 2.0, "a": Status.JUMP}),
    ("round", (3.5,), {"f": 4.0, "a": Status.JUMP}),
    ("round", (-2.5,), {"f": -2.0}),
    ("round", (0.49999999999999994,), {"f": 0.0, "a": 0.0}),
    ("round", (4503599627370497.0,), {"f": 4503599627370497.0, "a": 0.0}),
    ("round", (2.0,), {"f": 2.0, "a": 0.0}),
    ("heaviside", (0.0,), {"f": 0.5, "a": Status.JUMP}),
    ("erfc", (0.0,), {"f": 1.0, "a": -2 / math.sqrt(PI)}),
    ("gamma", (1.0,), {"f": 1.0, "a": -EULER}),
    ("gamma", (-0.5,), {"f": -2 * math.sqrt(PI)}),
    ("gamma", (0.0,), {"f": UNDEFINED}),
    ("gamma", (-2.0,), {"f": UNDEFINED}),
    ("lgamma", (1.0,), {"f": 0.0, "a": -EULER}),
    ("lgamma", (-1.0,), {"f": UNDEFINED}),
    ("lgamma", (-0.5,), {"f": math.log(2 * math.sqrt(PI))}),
    ("digamma", (1.0,), {"f": -EULER, "a": PI**2 / 6}),
    ("digamma", (-1.0,), {"f": UNDEFINED}),
    ("polygamma", (1.0, 1.0), {"f": PI**2 / 6, "a": UNDEFINED}),
    ("polygamma", (0.5, 1.0), {"f": UNDEFINED}),
    ("polygamma", (-1.0, 1.0), {"f": UNDEFINED}),
    ("polygamma_difference", (0.0, 1.0, 1.0), {"f": -1.0, "a": UNDEFINED, "b": 1.0}),
    ("factorial", (0.0,), {"f": 1.0, "a": -EULER}),
    ("beta", (2.0, 3.0), {"f": 1 / 12, "a": -(1 / 2 + 1 / 3 + 1 / 4) / 12, "b": -(1 / 3 + 1 / 4) / 12}),
    ("beta", (-1.0, 2.0), {"f": UNDEFINED}),
    ("beta", (1e6, 1.0), {"f": 1e-6, "a": -1e-12}),
    ("lbeta", (1.0, 4.0), {"f": -math.log(4), "b": -1 / 4}),
    ("erfinv", (0.0,), {"f": 0.0, "a": math.sqrt(PI) / 2}),
    ("erfinv", (1.0,), {"f": UNDEFINED}),
    ("besselj", (0.0, 0.0), {"f": 1.0, "a": UNDEFINED, "b": 0.0}),
    ("besselj", (1.0, 0.0), {"f": 0.0, "b": 0.5}),
    ("besselj", (0.5, PI), {"b": -math.sqrt(2) / PI}),
    ("besselj", (0.5, -1.0), {"f": UNDEFINED, "b": UNDEFINED}),
    ("bessely", (0.5, PI), {"f": math.sqrt(2) / PI}),
    ("bessely", (1.0, 0.0), {"f": UNDEFINED}),
    ("besseli", (0.0, 0.0), {"f": 1.0, "b": 0.0}),
    ("besselk", (0.5, 2.0), {"f": math.sqrt(PI) / 2 * math.exp(-2), "b": -math.sqrt(PI) * 5 / 8 * math.exp(-2)}),
    ("besselk", (0.0, -1.0), {"f": UNDEFINED}),
    ("airyai", (0.0,), {"f": 3 ** (-2 / 3) / math.gamma(2 / 3), "a": -(3 ** (-1 / 3)) / math.gamma(1 / 3)}),
    ("airyaiprime", (0.0,), {"a": 0.0}),
    ("airybi", (0.0,), {"f": 3 ** (-1 / 6) / math.gamma(2 / 3), "a": 3 ** (1 / 6) / math.gamma(1 / 3)}),
    ("zeta", (2.0,), {"f": PI**2 / 6}),
    ("zeta", (1.0,), {"f": UNDEFINED}),
    ("zeta", (0.5,), {"f": UNDEFINED}),
    ("lambertw", (0.0,), {"f": 0.0, "a": 1.0}),
    ("lambertw", (math.e,), {"f": 1.0, "a": 0.5 / math.e}),
    ("lambertw", (-0.5,), {"f": UNDEFINED}),
    ("lambertw_branch", (-0.1, -1.0), {"b": UNDEFINED}),
    ("lambertw_branch", (-2 * math.exp(-2), -1.0), {"f": -2.0, "a": math.exp(2) / -1}),
    ("lambertw_branch", (0.1, -1.0), {"f": UNDEFINED}),
    ("lambertw_branch", (0.1, 1.0), {"f": UNDEFINED}),
    ("expi", (0.0,), {"f": UNDEFINED}),
    ("sinint", (0.0,), {"f": 0.0, "a": 1.0}),
    ("cosint", (-1.0,), {"f": UNDEFINED}),
    ("logint", (0.0,), {"f": 0.0}),
    ("logint", (1.0,), {"f": UNDEFINED}),
    ("logint", (math.e,), {"f": 1.8951178163559368, "a": 1.0}),  # Ei(1)
    ("fresnels", (1.0,), {"a": 1.0}),
    ("fresnelc", (0.0,), {"f": 0.0, "a": 1.0}),
    ("ellipk", (0.0,), {"f": PI / 2, "a": PI / 8}),
    ("ellipk", (1.0,), {"f": UNDEFINED}),
    ("ellipe", (0.0,), {"f": PI / 2, "a": -PI / 8}),
    ("ellipe", (1.0,), {"f": 1.0}),
    ("ellipkderiv", (1.0, 0.0), {"f": PI / 8, "b": 9 * PI / 64}),
    ("ellipederiv", (1.0, 0.0), {"f": -PI / 8, "b": -3 * PI / 64}),
    ("sinpi", (1e15,), {"f": 0.0, "a": PI}),
    ("cospi", (0.25,), {"f": math.sqrt(0.5), "a": -PI * math.sqrt(0.5)}),
    ("factorial", (-1.0,), {"f": UNDEFINED}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "point", "wanted"), EDGES, ids=[f"{name}{point}" for name, point, _ in EDGES])
def test_edge_points(name: str, point: tuple[float, ...], wanted: dict[str, float | Status]) -> None:
    """Numbers and statuses by hand, where formulas like to fail; the same for a point and for a block."""
    found = outcome(name, point)
    block = prepared(name, len(point)).evaluate({v: np.array([x]) for v, x in zip("abc", point, strict=False)})
    for what, want in wanted.items():
        column = Partial("f", () if what == "f" else (what,)).name
        codes = block.status.get(column)
        status = Status.FINE if codes is None else Status(int(codes[0]))
        for number, said in (found[what], (float(block[column][0]), status)):
            if isinstance(want, Status):
                assert (said, math.isnan(number)) == (want, True), what
            else:
                assert said.has_number, (what, said)
                assert number == pytest.approx(want, rel=1e-14, abs=1e-300), what


# --- conditions of the table --------------------------------------------------------------------------------

GRID = (-3.0, -2.0, -1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5, 2.0, 3.0)


def grid(row: Operation) -> Iterator[tuple[float, ...]]:
    """Points with notable coordinates; of three fewer will do."""
    return product(GRID if arity(row) < 3 else (-1.0, 0.0, 0.5, 1.0, 2.0), repeat=arity(row))


BESIDE_POLES = ("tan", "sec")
"""What is defined at all decimals: none is half of an odd number of pi."""


@pytest.mark.parametrize(
    "row", [row for row in REAL if row.defined and row.name not in BESIDE_POLES], ids=lambda row: row.name
)
def test_a_row_is_undefined_where_it_says_so(row: Operation) -> None:
    """Outside the condition the value is nan and undefined; inside it is neither."""
    defined = of_text(row.defined, "abc"[: arity(row)])
    inside = outside = 0
    for point in grid(row):
        number, status = outcome(row.name, point)["f"]
        if defined(*point):
            inside += 1
            assert status is not Status.UNDEFINED, point
        else:
            outside += 1
            assert status is Status.UNDEFINED, (point, number)
            assert math.isnan(number)
    assert inside
    assert outside


@pytest.mark.parametrize(
    "row", [row for row in REAL if not row.defined or row.name in BESIDE_POLES], ids=lambda row: row.name
)
def test_a_row_without_a_condition_is_defined_everywhere(row: Operation) -> None:
    for point in grid(row):
        assert outcome(row.name, point)["f"][1] is not Status.UNDEFINED, point


@pytest.mark.parametrize("row", [row for row in REAL if row.ties], ids=lambda row: row.name)
def test_a_row_says_where_it_may_have_a_kink(row: Operation) -> None:
    """At a tie some partial is none, or one-sided; elsewhere all are fine that there is a rule for."""
    ruled = [what for k, what in enumerate("abc"[: arity(row)]) if row.partials[k : k + 1] != (None,)]
    tie = of_text(row.ties.replace("self", "hypot(a, b)"), "abc"[: arity(row)])
    seen = set()
    for point in product(GRID, repeat=arity(row)):
        found = outcome(row.name, point)
        if found["f"][1] is not Status.FINE:
            continue
        holds = _truth(tie, point)
        seen.add(holds)
        if row.name == "pow" and point[0] <= 0.0:
            continue  # a^b of a negative a stands at whole b alone: no partial by b, tie or not
        assert all(found[what][1] is Status.FINE for what in ruled) is not holds, (point, found)
    assert seen == {True, False}


def _truth(condition: Callable[..., bool], point: tuple[float, ...]) -> bool:
    try:
        return condition(*point)
    except ZeroDivisionError:
        return False


# --- spellings ----------------------------------------------------------------------------------------------


@by_row
def test_arrays_and_floats_agree(row: Operation) -> None:
    """NumPy's spelling and Python's differ by at most 4 ulp an operation; SciPy and mpmath by at most the bound."""
    program = program_of(row.name, arity(row))
    points = samples(row, 40 if row.group == "special" else 200)
    if row.group != "special":
        points += list(product(GRID, repeat=arity(row)))
    columns = {v: np.array([point[k] for point in points]) for k, v in enumerate("abc"[: arity(row)])}
    ref = program.outputs[0].ref
    array = ArrayEvaluator(program, [ref]).evaluate(columns)[0]
    floats = Evaluator(program, [ref])
    operations = 1 + row.meaning.count("(") + sum(row.meaning.count(sign) for sign in "+-*/^")
    for k, point in enumerate(points):
        single = floats.evaluate(dict(zip("abc", point, strict=False)))[ref]
        if math.isfinite(single) and row.python.startswith("special."):
            bounds = prepared(row.name, arity(row)).evaluate(dict(zip("abc", point, strict=False))).error
            assert abs(array[k] - single) <= bounds["f"][0], (point, array[k], single)
        elif math.isfinite(single):
            assert abs(array[k] - single) <= 4 * operations * math.ulp(single), (point, array[k], single)
        else:
            # A meaning such as 1/log(b) may pass through infinity; then the processor's flag tells.
            flagged = ArrayEvaluator(program, [ref]).watched({v: column[k : k + 1] for v, column in columns.items()})[1]
            assert flagged or not math.isfinite(array[k]), (point, array[k], single)


@pytest.mark.parametrize("row", [row for row in OPERATIONS.values() if arity(row) == 2], ids=lambda row: row.name)
def test_a_row_is_commutative_exactly_if_it_says_so(row: Operation) -> None:
    function = functions("python", True)[row.name]
    if row.argument_kinds(2)[0] == "bool":
        points: list[Any] = list(product((True, False), repeat=2))
    else:
        points = samples(row, 50) + list(product((-1.5, 0.5, 2.0), repeat=2))
    swapped = [(function(a, b), function(b, a)) for a, b in points]
    same = all(a == b or abs(a - b) <= 4 * math.ulp(a) or (a != a and b != b) for a, b in swapped)
    assert same is row.commutative


@pytest.mark.parametrize("row", [row for row in REAL if row.complex], ids=lambda row: row.name)
def test_complex_spellings_continue_the_real_ones(row: Operation) -> None:
    """On the real axis they agree, and a tiny imaginary step gives the derivative."""
    real, complex_ = functions("python")[row.name], functions("complex")[row.name]
    for point in samples(row, 50):
        value = real(*point)
        scale = max(abs(value), 1e-3)
        assert complex(complex_(*(complex(x) for x in point))).real == pytest.approx(value, abs=1e-13 * scale)
        found = outcome(row.name, point)
        for k in range(len(point)):
            moved = [complex(x, 1e-30 if k == j else 0.0) for j, x in enumerate(point)]
            got = complex(complex_(*moved)).imag / 1e-30
            want = found["abc"[k]][0]
            assert got == pytest.approx(want, rel=1e-10, abs=1e-10 * scale), (point, k)


def test_hypot_takes_any_number_of_arguments() -> None:
    found = outcome("hypot", (2.0, -3.0, 6.0))
    assert [found[k][0] for k in ("f", "a", "b", "c")] == pytest.approx([7.0, 2 / 7, -3 / 7, 6 / 7], rel=1e-15)


def test_where_hands_on_the_branch_that_is_taken() -> None:
    builder = Builder()
    a, b = builder.input("a"), builder.input("b")
    root = builder.add("where", builder.add("lt", a, b), a, b)
    program = Program(builder, "ab", [Output("f", root)])
    values = engine.prepare(program, engine.wanted(program)).evaluate({"a": 1.0, "b": 2.0})
    assert [values[name][0] for name in ("f", "df_da", "df_db")] == [1.0, 1.0, 0.0]


@pytest.mark.parametrize("size", [1 << 28, 1 << 14])
def test_blocks_of_programs_that_keep_much_are_short(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrays, "_BUFFER_BYTES", size)
    program = parse("".join(f"abs(x - {k}) + (" for k in range(40)) + "0" + ")" * 40)  # all are kept until the end
    x = np.linspace(0.5, 99.5, 10_000)
    evaluator = ArrayEvaluator(program, [program.outputs[0].ref])
    (found,) = evaluator.evaluate({"x": x})
    assert np.allclose(found, np.abs(x[:, None] - np.arange(40)).sum(axis=1), rtol=1e-14)
    (plan,) = evaluator._plans.values()
    assert len(plan._buffers) >= 39
    assert sum(buffer.nbytes for buffer in plan._buffers) <= size

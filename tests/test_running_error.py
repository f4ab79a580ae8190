"""The bound of the rounding error holds, always, and is of use: seldom a hundred times the error."""

from __future__ import annotations

import json
import math
import random
import statistics
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mpmath import mp, mpf

import gradcli
from gradcli import engine
from gradcli.backends.formulas import FormulaPrepared
from gradcli.cli.main import main
from gradcli.evaluate.floats import Evaluator
from gradcli.evaluate.running_error import error_bounds
from gradcli.language.document import parse
from gradcli.results import Status

# Each node of a random formula is a text and the same function for mpmath.
Node = tuple[str, Callable[[dict[str, mpf]], mpf]]

UNARY: list[tuple[str, Callable[[mpf], mpf]]] = [
    ("sin({})", mp.sin),
    ("cos({})", mp.cos),
    ("exp({}/4)", lambda a: mp.exp(a / 4)),
    ("tanh({})", mp.tanh),
    ("atan({})", mp.atan),
    ("sqrt(1 + ({})^2)", lambda a: mp.sqrt(1 + a**2)),
    ("log(2 + ({})^2)", lambda a: mp.log(2 + a**2)),
    ("1/(1 + ({})^2)", lambda a: 1 / (1 + a**2)),
    ("({})^3", lambda a: a**3),
    ("-({})", lambda a: -a),
    ("erf({})", mp.erf),
    ("asinh({})", mp.asinh),
    ("(1 - cos({}))", lambda a: 1 - mp.cos(a)),
    ("expm1({}/8)", lambda a: mp.expm1(a / 8)),
    ("sigmoid({})", lambda a: 1 / (1 + mp.exp(-a))),
    ("softplus({})", lambda a: mp.log(1 + mp.exp(a))),
    ("hypot({}, 0.3)", lambda a: mp.sqrt(a**2 + mpf("0.3") ** 2)),
    ("cbrt({})", lambda a: mp.sign(a) * mp.cbrt(abs(a))),
    ("abs({})", abs),
]
BINARY: list[tuple[str, Callable[[mpf, mpf], mpf]]] = [
    ("({} + {})", lambda a, b: a + b),
    ("({} - {})", lambda a, b: a - b),
    ("({})*({})", lambda a, b: a * b),
    ("({})/(3 + sin({}))", lambda a, b: a / (3 + mp.sin(b))),
    ("max({}, {})", max),
    ("atan2({}, 5 + ({})^2)", lambda a, b: mp.atan2(a, 5 + b**2)),
    ("logaddexp({}, {})", lambda a, b: mp.log(mp.exp(a) + mp.exp(b))),
]


def formula(generator: random.Random, depth: int) -> Node:
    """A random formula that is defined everywhere."""
    if depth == 0:
        choice = generator.random()
        if choice < 0.75:
            name = generator.choice("xyz")
            return name, lambda point: point[name]
        text = generator.choice(["0.1", "2", "1e-3", "7.25", "1234.5678", "3e5"])
        return text, lambda _: mpf(text)
    if generator.random() < 0.5:
        shape, function = generator.choice(UNARY)
        text, inner = formula(generator, depth - 1)
        return shape.format(text), lambda point: function(inner(point))
    shape2, function2 = generator.choice(BINARY)
    (left, first), (right, second) = (formula(generator, depth - 1) for _ in range(2))
    return shape2.format(left, right), lambda point: function2(first(point), second(point))


def decimal(generator: random.Random) -> str:
    """A decimal of an ordinary size, sometimes of an extraordinary one."""
    digits = generator.choice([2, 4, 16])
    return f"{generator.uniform(-9, 9) * 10 ** generator.choice([0, 0, 0, -1, 1, -6]):.{digits}g}"


def measured(count: int) -> list[tuple[str, dict[str, str], str, mpf, mpf, bool]]:
    """Errors and bounds of values and partials of random formulas: text, point, column, error, bound, fine."""
    generator = random.Random(20261123)
    found = []
    for _ in range(count):
        text, function = formula(generator, generator.choice([2, 3, 4]))
        program = parse(f"f(x, y, z) = {text}")
        prepared = engine.prepare(program, engine.wanted(program))
        point = {v: decimal(generator) for v in "xyz"}
        values = prepared.evaluate({v: float(number) for v, number in point.items()})
        with mp.workdps(60):
            at = {v: mpf(number) for v, number in point.items()}
            for partial in values.partials:
                bound = values.error.get(partial.name)
                codes = values.status.get(partial.name)
                status = Status.FINE if codes is None else Status(codes[0])
                if not status.has_number:
                    continue
                assert bound is not None
                exact = function(at)
                if partial.by:
                    name = partial.by[0]

                    def along(t: mpf, name: str = name, at: Any = at, function: Any = function) -> mpf:
                        return function({**at, name: t})

                    # Differences of a large number cancel: it gets as many digits more.
                    with mp.workdps(60 + int(mp.log10(1 + abs(exact)))):
                        exact = mp.diff(along, at[name])
                error = abs(mpf(values[partial.name][0]) - exact)
                found.append((text, point, partial.name, error, mpf(bound[0]), status is Status.FINE))
    return found


def test_the_bound_holds_and_is_not_wide() -> None:
    """Several hundred values and partials against 60 digits: every error is below its bound."""
    found = measured(250)
    assert len(found) > 600
    for text, point, name, error, bound, _ in found:
        assert error <= bound + mpf("1e-55"), (text, point, name, mp.nstr(error, 3), mp.nstr(bound, 3))
    ratios = [float(bound / error) for *_, error, bound, _ in found if error > mpf("1e-50")]
    assert len(ratios) > 300
    assert statistics.median(ratios) < 100
    assert sum(fine for *_, fine in found) > 0.9 * len(found)


def bound_of(text: str, **point: float) -> tuple[float, float]:
    program = parse(text)
    ref = program.outputs[0].ref
    evaluator = Evaluator(program, [ref])
    values = evaluator.evaluate(point)
    return values[ref], error_bounds(program, evaluator.order, values).errors[ref]


@pytest.mark.parametrize(
    ("text", "point", "truth"),
    [
        ("(1 - cos(x))/x^2", {"x": 2.0**-27}, "0.5"),
        ("(x + 1) - x", {"x": 1e17}, "1"),
        ("exp(x) - 1", {"x": 2.0**-50}, "8.8817841970012562676935e-16"),
        ("sqrt(x^2 + 1) - x", {"x": 2.0**27}, "3.7252902984619140101e-9"),
        ("x^2 - y^2", {"x": 2.0**27 + 1, "y": 2.0**27}, "268435457"),
        ("0.1 + 0.2 - 0.3 + 0*x", {"x": 1.0}, "0"),
        ("log(1 + x)", {"x": 2.0**-53}, "1.1102230246251564787e-16"),
        ("x*1e-200*1e-150", {"x": 2.0**20}, "1.048576e-344"),
        ("tan(x)", {"x": 1.5707963267948966}, "16331239353195369.755967737704"),
        ("sin(x*y)", {"x": 1e8, "y": 2.0**20}, None),
        ("x^y", {"x": 1.000001, "y": 1e6}, None),
    ],
)
def test_the_bound_covers_cancellation(text: str, point: dict[str, float], truth: str | None) -> None:
    """Where digits are lost the bound says so; the truth is by hand or by mpmath, of the double or decimal given."""
    value, bound = bound_of(text, **point)
    with mp.workdps(60):
        exact = {
            "sin(x*y)": lambda: mp.sin(mpf(100_000_000) * 2**20),
            "x^y": lambda: mpf("1.000001") ** 1_000_000,
        }.get(text, lambda: mpf(truth or "nan"))()
        # The largest of the inputs' readings: a double that looks like a decimal may have been one.
        assert abs(mpf(value) - exact) <= mpf(bound) + mpf("1e-320")


@pytest.mark.parametrize(
    ("text", "point", "truth"),
    [
        ("floor((0.1 + 0.7)*x)", {"x": 10.0}, "8"),
        ("mod(x, 0.1)", {"x": 0.3}, "0"),
        ("mod(11.5, x)", {"x": 0.1}, "0"),
        ("x//0.1", {"x": 0.3}, "3"),
        ("ceil(x + 1e-17)", {"x": 1.0}, "2"),
        ("round(x + 1e-17)", {"x": 2.5}, "3"),
        ("where(x + 1e-17 > 1, 5, 0)", {"x": 1.0}, "5"),
        ("where(0.1 + 0.2 == x, 5, 0)", {"x": 0.3}, "5"),
        ("sin(1e9*((x + 1e8) - 1e8))", {"x": 0.2996}, None),
        ("np.sinc(x)", {"x": 524288.75}, None),
        ("a^(1/b - 1)/b", {"a": 690.3232421875, "b": 5.130859375}, None),
        ("log1p(x - 1)", {"x": 1.7e-16}, None),
        ("acosh(1 + x)", {"x": 1.5e-16}, None),
    ],
)
def test_the_bound_covers_jumps_and_bends(text: str, point: dict[str, float], truth: str | None) -> None:
    """Where rounding may have decided, the bound reaches the other side."""
    value, bound = bound_of(text, **point)
    with mp.workdps(60):
        exact = {
            "sin(1e9*((x + 1e8) - 1e8))": lambda: mp.sin(mpf("299600000")),
            "np.sinc(x)": lambda: mp.sin(mp.pi * mpf("524288.75")) / (mp.pi * mpf("524288.75")),
            "a^(1/b - 1)/b": lambda: mpf("690.3232421875") ** (1 / mpf("5.130859375") - 1) / mpf("5.130859375"),
            "log1p(x - 1)": lambda: mp.log(mpf("1.7e-16")),
            "acosh(1 + x)": lambda: mp.acosh(1 + mpf("1.5e-16")),
        }.get(text, lambda: mpf(truth or "nan"))()
        assert abs(mpf(value) - exact) <= mpf(bound)


@pytest.mark.parametrize(
    ("text", "point"),
    [
        ("x*y + 3", {"x": 3.0, "y": -5.0}),
        ("abs(x) - y", {"x": -2.0, "y": 0.5}),
        ("floor(x)*2^3", {"x": 2.5}),
        ("mod(x, 2)", {"x": 4.0}),
        ("mod(x, 3)", {"x": 7.0}),
        ("x//2", {"x": 5.0}),
        ("x/2", {"x": 5.0}),
        ("where(x > 1, x, sin(x))", {"x": 2.0}),
        ("max(x, -x)", {"x": 2.0}),
        ("sqrt(x)", {"x": 4.0}),
        ("sin(x)", {"x": 1e22}),
    ],
)
def test_what_is_computed_without_rounding_is_not_called_imprecise(text: str, point: dict[str, float]) -> None:
    value, bound = bound_of(text, **point)
    assert bound <= 2.0**-50 * abs(value)


@pytest.mark.parametrize(
    "text",
    [
        "1/u", "log(u)", "log1p(u - 1)", "log(2, 1 + u)", "u^(-2)", "u^0.5", "asin(1 + u)", "atanh(1 + u)", "acot(u)",
        "tan(pi/2 + u)", "cot(u + pi)", "gamma(u - 3)", "lgamma(u)", "factorial(u - 1)", "beta(1, u)", "Ei(u)",
        "atan2(u, u)", "asech(u)", "ellipk(1 + u)", "bessely(0, u)", "(-2)^(u + 3)", "zeta(1 + u)", "gamma(-1 - u)",
    ],
)  # fmt: skip
@pytest.mark.parametrize("x", [0.2, 0.19999999999999998, 0.20000000000000004])
def test_there_is_no_bound_where_something_may_be_undefined(text: str, x: float) -> None:
    """The error of u is larger than u at all three points."""
    assert bound_of(text.replace("u", "(x + 0.1 - 0.3)"), x=x)[1] == math.inf


@pytest.mark.parametrize(
    ("text", "x"),
    [
        ("log(u)", 0.3), ("gamma(u + 3)", 0.2), ("u^2", 0.2), ("u^4", 0.2), ("tan(u)", 0.2), ("asin(u)", 0.2),
        ("(3 + u)^(2 + u)", 0.2), ("atan2(u, 1 + u)", 0.2), ("factorial(u)", 0.2), ("acos(u - 0.5)", 0.2),
    ],
)  # fmt: skip
def test_there_is_one_elsewhere(text: str, x: float) -> None:
    assert bound_of(text.replace("u", "(x + 0.1 - 0.3)"), x=x)[1] < 1e-12


def test_a_number_beyond_all_bounds_has_an_infinite_one() -> None:
    assert bound_of("1/(x - y)", x=0.1, y=0.1)[1] == math.inf
    assert bound_of("log(x - 0.3)", x=0.30000000000000004)[1] > 1e-3


def test_larger_programs_have_no_bounds() -> None:
    """They would cost more than the answer."""
    program = parse("+".join(f"sin(x*{k}.5)" for k in range(1, 4001)))
    values = engine.prepare(program, engine.wanted(program)).evaluate({"x": 0.5})
    assert values.error.get("f") is None


def test_a_decimal_below_the_normal_numbers_loses_more_than_its_last_digit() -> None:
    """1e-320 is read as 9.99989e-321; in mpmath it is the decimal."""
    found = gradcli.gradient("log2(x)", at={"x": 1e-320})
    with mp.workdps(40):
        assert abs(mpf(found.value) - mp.log(mpf("1e-320"), 2)) <= found.error["f"]


def test_first_partials_of_a_large_set_have_bounds() -> None:
    """The slope is of order 0.1, and rounding makes 77 of it; twenty orders together are a large program."""
    program = parse("(exp(x) - 1 - x)/x^2*exp(sin(x))")
    prepared = engine.prepare(program, engine.wanted(program, order=20))
    highest = "d20f_" + "_".join(["dx"] * 20)
    values = prepared.evaluate({"x": 1e-6})
    assert values.code("df_dx") is Status.IMPRECISE
    assert values.error.get(highest) is None
    values = prepared.evaluate({"x": 1e-6}, bounded=True)
    assert values.code("df_dx") is values.code(highest) is Status.IMPRECISE


@pytest.mark.parametrize("backend", ["autodiff", "finite-difference"])
def test_what_a_large_expression_loses_is_said(tmp_path: Path, capfd: pytest.CaptureFixture[str], backend: str) -> None:
    """Each of its terms is 1/2, and 0 in doubles."""
    (tmp_path / "sum.grad").write_text("f = " + " + ".join(f"(1 - cos(x{k}))/x{k}^2" for k in range(3000)))
    (tmp_path / "point").write_text(",".join(f"x{k}=1e-8" for k in range(3000)))
    asked = "eval", "-f", str(tmp_path / "sum.grad"), "--at", f"@{tmp_path / 'point'}", "--backend", backend
    asked += "--columns", "f,df_dx7", "--format", "ndjson"
    assert main([*asked]) == 0
    out, err = capfd.readouterr()
    assert "status" not in json.loads(out)
    assert "2 of 2 numbers without a bound" in err
    assert "--errors" in err
    assert main([*asked, "--errors"]) == 0
    out, err = capfd.readouterr()
    assert json.loads(out)["status"].keys() == {"f", "df_dx7"}
    assert not err


BLOCKS = [
    "x*sin(y)/y", "exp(x)*y", "x^3 - y^2/x", "sqrt(x^2 + y^2)", "atan2(y, x)", "max(x, y)*sin(x)", "abs(x - 0.1)*y",
    "floor(x/0.1)*y", "x % y", "where(x > y, x*y, sin(y))", "(1 - cos(x))/y^2", "lgamma(abs(x) + 1)*y", "x^y",
    "besselj(1, x) + sec(y)", "hypot(x, y, 1)", "1/(exp(x) - exp(y))", "round(x)*0.1 + log1p(y)", "tan(x*1e5) + y",
    "x*3.14159265358979323846264 - 1e300*y", "x - y + 0.1", "softplus(x)*sinc(y)", "sign(x) + heaviside(y)",
    "gamma(x)*digamma(y)", "polygamma(2, x) + lgamma(y)",
]  # fmt: skip


@pytest.mark.parametrize("text", BLOCKS)
def test_a_row_has_the_bounds_of_the_point(text: str) -> None:
    rng = random.Random(text)
    scales = [lambda: rng.uniform(-2, 2), lambda: round(rng.uniform(-3, 3), 1), lambda: float(rng.randint(-3, 3))]
    scales += [lambda: 10.0 ** rng.uniform(-12, 12), lambda: rng.choice([0.0, 1e-320, 1e200, -1e17])]
    rows = [(scale(), scale()) for scale in scales for _ in range(12)]
    prepared = gradcli.prepare(text)
    block = prepared.evaluate(
        {v: np.array(c) for v, c in zip("xy", zip(*rows, strict=True), strict=True)}, bounded=True
    )
    for row, (x, y) in enumerate(rows):
        point = prepared.evaluate({"x": x, "y": y}, bounded=True)
        for name in block.columns:
            answers = [
                (v.status_text(name, k), repr(float(v.columns[name][k])), repr(float(v.bounds(name)[k])))
                for v, k in ((block, row), (point, 0))
            ]
            assert answers[0] == answers[1], (name, x, y)


def test_blocks_are_bounded_without_a_look_at_each_row(monkeypatch: pytest.MonkeyPatch) -> None:
    prepared = gradcli.prepare("x*sin(y)/y + exp(-x^2)")
    looked: list[int] = []
    monkeypatch.setattr(FormulaPrepared, "_at_point", lambda *_: looked.append(1))
    x = np.linspace(0.1, 3.0, 20_000)
    values = prepared.evaluate({"x": x, "y": x + 0.5}, bounded=True)
    assert not looked
    assert (values.error["df_dx"] < 1e-14).all()


@pytest.mark.parametrize("digits", ["5000000000.1", "123456789012.3", "4000000000000.7", "3000000000.1"])
def test_large_decimals_are_no_doubles_though_their_fractions_have_few_binary_digits(digits: str) -> None:
    near = digits.partition(".")[0]
    truth = Fraction(digits) - Fraction(near)
    points = {"x": float(digits)}
    at_point = gradcli.prepare(f"x - {near}").evaluate(points)
    block = gradcli.prepare(f"x - {near}").evaluate({"x": np.array([points["x"], float(near) + 0.5])}, bounded=True)
    assert 0.0 < abs(Fraction(at_point["f"][0]) - truth) <= Fraction(at_point.bounds("f")[0])
    assert block.bounds("f")[0] == at_point.bounds("f")[0]
    assert block.bounds("f")[1] == 0.0


@pytest.mark.parametrize(
    ("text", "x", "y"),
    [
        ("x^2*y", 1e-200, 1e-200),
        ("(x*y)^3", 1e-180, 1e-170),
        ("sin(x)*y*y", 1e-160, 1e-165),
        ("x/y/y", 1e-300, 1e200),
        ("x*y/1024", 1e-162, 1e-162),
    ],
)
def test_where_all_underflows_the_bound_does_not(text: str, x: float, y: float) -> None:
    """All true values are positive and below the smallest double, so that 0 is wrong by more than nothing."""
    prepared = gradcli.prepare(text)
    at_point = prepared.evaluate({"x": x, "y": y}, bounded=True)
    in_block = prepared.evaluate({"x": np.array([x, 1.0]), "y": np.array([y, 1.0])}, bounded=True)
    for values in (at_point, in_block):
        assert values["f"][0] == 0.0
        assert 5e-324 <= values.bounds("f")[0] < 1e-300


def test_a_product_with_an_exact_zero_is_exact() -> None:
    for y in (0.1, np.array([0.1])):
        x = y * 0.0
        assert gradcli.prepare("x*y").evaluate({"x": x, "y": y}, bounded=True).bounds("f")[0] == 0.0


def test_a_sum_that_is_written_down_has_the_bounds_of_the_point_in_blocks() -> None:
    program = parse("f = x^2*y; laplacian_f = 2*y + 0.1*(x - x)")
    prepared = engine.prepare(program, engine.wanted(program), "autodiff")
    xs, ys = [0.1, 0.0, 1.0, 1e-200, 1e200], [0.3, 0.0, 2.0, 1e-300, 1e-320]
    block = prepared.evaluate({"x": np.array(xs), "y": np.array(ys)}, bounded=True)
    for row, (x, y) in enumerate(zip(xs, ys, strict=True)):
        point = prepared.evaluate({"x": x, "y": y}, bounded=True)
        assert block["laplacian_f"][row] == point["laplacian_f"][0]
        assert block.bounds("laplacian_f")[row] == point.bounds("laplacian_f")[0]
        assert abs(point["laplacian_f"][0] - 2 * mpf(repr(y))) <= point.bounds("laplacian_f")[0]

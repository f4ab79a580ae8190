"""Special functions: what SciPy and mpmath give each other's place, orders, names, and all backends at once.

Their numbers, row by row, are tested with those of all operations.
"""

from __future__ import annotations

import math
import sys
from typing import Any

import numpy as np
import pytest
from mpmath import mp

import gradcli
from gradcli import engine
from gradcli.evaluate import coarse, special
from gradcli.evaluate.multiprecision import Multiprecision
from gradcli.language.document import parse
from gradcli.operations import OPERATIONS
from gradcli.results import Status

SPECIAL = sorted(row.name for row in OPERATIONS.values() if row.python.startswith("special."))


def test_every_row_has_its_function() -> None:
    for name in SPECIAL:
        assert OPERATIONS[name].python == OPERATIONS[name].numpy == f"special.{name}"
        assert callable(special.mpmath_function(name))


def test_blocks_need_no_scipy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without it every row is what it is at a point."""
    monkeypatch.setitem(sys.modules, "scipy.special", None)
    monkeypatch.setitem(sys.modules, "scipy", None)
    points = np.array([0.5, 2.5, -1.0])
    for text in ("besselj(2, x)", "Si(x)", "erfinv(x/3)", "Ci(x)"):
        prepared = gradcli.prepare(text)
        block = prepared.evaluate({"x": points})
        for k, x in enumerate(points.tolist()):
            single = prepared.evaluate({"x": x})
            for name in ("f", "df_dx"):
                assert single[name][0] == pytest.approx(block[name][k], rel=1e-15, nan_ok=True), (text, name, x)


def test_blocks_use_scipy_where_it_is_installed() -> None:
    scipy = pytest.importorskip("scipy.special")
    trusted = special.on_arrays("besselj")
    assert trusted is not None
    assert trusted.function is scipy.jv
    assert trusted.condition(np.array([0.0, 0.5, 400.0]), np.array([1.0, 1.0, 1.0])).tolist() == [True, False, False]


def test_what_vanishes_in_a_block_is_computed_well() -> None:
    """SciPy's J_57(0.0003) is wrong in its first digit; the row's neighbours do not matter."""
    with mp.workdps(30):
        right = [float(mp.besselj(57, mp.mpf(x))) for x in (0.0003, 30.0)]
    block = gradcli.prepare("besselj(57, x)").evaluate({"x": np.array([0.0003, 30.0])})
    assert block["f"] == pytest.approx(right, rel=1e-14)


def test_what_vanishes_without_a_flag_is_noticed() -> None:
    """K_0(800) and exp(800) do not fit a double, their product does."""
    block = gradcli.prepare("besselk(0, x)*exp(x)").evaluate({"x": np.array([1.0, 800.0])})
    with mp.workdps(30):
        right = [float(mp.besselk(0, x) * mp.exp(x)) for x in (1, 800)]
    assert block["f"] == pytest.approx(right, rel=1e-14)
    assert block.status_text("f", 1) is None


def test_polygamma_far_on_the_left_is_reflected() -> None:
    """There mpmath would take a step for each of a hundred million whole numbers; sin(pi*x)^2 is 1/2 here."""
    x = -1e8 - 0.25
    with mp.workdps(40):
        right = 2 * mp.pi**2 - mp.psi(1, 1 - mp.mpf(x))
    assert gradcli.gradient("digamma(x)", at={"x": x}).partials["x"] == pytest.approx(float(right), rel=1e-15)


@pytest.mark.parametrize("order", [1, 2, 3, 8])
@pytest.mark.parametrize("x", [-0.25, -1e-5, -17.375, -3.5])
def test_polygamma_of_negative_numbers(order: int, x: float) -> None:
    """By steps of DLMF 5.15.5 to where the argument is positive."""
    with mp.workdps(60):
        steps = int(mp.ceil(-x))
        shifts = mp.fsum((mp.mpf(x) + k) ** -(order + 1) for k in range(steps))
        right = mp.psi(order, mp.mpf(x) + steps) - (-1) ** order * mp.factorial(order) * shifts
    assert gradcli.gradient(f"polygamma({order}, x)", at={"x": x}).value == pytest.approx(float(right), rel=1e-15)


@pytest.mark.parametrize("order", [0, 1, 2, 3, 10, 11])
@pytest.mark.parametrize("x", [1e-3, 0.3, 1.7, 9.99, 25.0, 1e6, -0.25, -1e-5, -17.375, -57.5])
def test_slopes_of_bounds_have_a_dozen_digits(order: int, x: float) -> None:
    """Against mpmath's, on the left by steps of DLMF 5.15.5."""
    with mp.workdps(60):
        steps = max(0, int(mp.ceil(-x)))
        shifts = mp.fsum((mp.mpf(x) + k) ** -(order + 1) for k in range(steps))
        right = mp.psi(order, mp.mpf(x) + steps) - (-1) ** order * mp.factorial(order) * shifts
    assert coarse.polygamma(float(order), x) == pytest.approx(float(right), rel=1e-12)
    assert order or coarse.digamma(x) == coarse.polygamma(0.0, x)


@pytest.mark.parametrize("x", [0.0, -3.0, math.inf, -math.inf, math.nan])
@pytest.mark.parametrize("order", [1.0, 11.0])
def test_slopes_of_bounds_are_undefined_where_the_function_is(order: float, x: float) -> None:
    with pytest.raises((ValueError, OverflowError)):
        coarse.polygamma(order, x)


def test_settings_of_mpmath_do_not_matter() -> None:
    with mp.workdps(3):
        assert gradcli.gradient("zeta(x)", at={"x": 4}).value == pytest.approx(math.pi**4 / 90, rel=1e-15)


@pytest.mark.parametrize("backend", ["autodiff", "symbolic"])
def test_an_order_has_no_rule(backend: str) -> None:
    values = gradcli.prepare("besselj(n, x)", backend=backend).evaluate({"n": 1.0, "x": 2.0})
    assert Status(values.status["df_dn"][0]) is Status.UNDEFINED
    assert values.status.get("df_dx") is None


@pytest.mark.parametrize("backend", ["autodiff", "symbolic"])
@pytest.mark.parametrize("block", [False, True], ids=["point", "block"])
def test_a_branch_that_is_not_taken_needs_no_rule(backend: str, block: bool) -> None:
    """The slope of x^2 at 2 is 4; that of the Bessel function by its order is not asked."""
    at: dict[str, Any] = {"x": 2.0, "y": np.array([2.0, 0.0]) if block else 2.0}
    values = gradcli.prepare("where(y > 1, x^2, besselj(x, 1))", backend=backend).evaluate(at)
    assert (values["df_dx"][0], values.status_text("df_dx", 0)) == (4.0, None)
    if block:
        assert Status(values.status["df_dx"][1]) is Status.UNDEFINED


def test_finite_differences_give_the_partial_by_the_order() -> None:
    values = gradcli.prepare("besselj(n, x)", backend="finite-difference").evaluate({"n": 1.5, "x": 2.0})
    with mp.workdps(40):
        right = mp.diff(lambda n: mp.besselj(n, 2), 1.5)
    assert values["df_dn"][0] == pytest.approx(float(right), rel=1e-8)


def test_orders_beyond_reach_are_said() -> None:
    values = gradcli.prepare("besselj(1000, x)").evaluate({"x": 1000.0})
    assert Status(values.status["f"][0]) is Status.UNRESOLVED
    assert math.isnan(values["f"][0])


@pytest.mark.parametrize("name", ["Ei", "Si", "Ci", "li", "beta", "zeta", "Ai", "jn", "iv"])
def test_a_name_that_is_not_called_is_a_variable(name: str) -> None:
    assert parse(f"2*{name} + x").variables == (name, "x")


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("jv(0, x)", "besselj(0, x)"),
        ("expi(x)", "Ei(x)"),
        ("si(x)", "Si(x)"),
        ("betaln(2, x)", "lbeta(2, x)"),
        ("elliptic_k(x)", "ellipk(x)"),
        ("LambertW(x, -1)", "lambertw(x, -1)"),
        ("Ai(x)", "airyai(x)"),
    ],
)
def test_other_spellings(text: str, same: str) -> None:
    assert str(parse(text)) == str(parse(same))


FORMULAS = {
    "besselj(0, x)": "-besselj(1, x)",
    "beta(x, y)": "beta(x, y)*(digamma(x) - digamma(x + y))",
    "erfinv(x)": "sqrt(pi)*exp(erfinv(x)^2)/2",
    "zeta(x)": "zetaderiv(1, x)",
    "lambertw(x)": "1/(x + exp(lambertw(x)))",
    "Ei(x)": "exp(x)/x",
    "Ci(x)": "cos(x)/x",
    "li(x)": "1/log(x)",
    "fresnels(x)": "sin(pi*x^2/2)",
    "ellipe(x)": "(ellipe(x) - ellipk(x))/(2*x)",
    "airyai(x)": "airyaiprime(x)",
}


@pytest.mark.parametrize("text", FORMULAS)
def test_formulas_are_the_textbooks(text: str) -> None:
    assert gradcli.symbolic(text)["x"] == FORMULAS[text]


@pytest.mark.parametrize(
    "text", [*FORMULAS, "besselk(2, x)*bessely(1, x)", "lambertw(-x/9, -1)", "lbeta(x, y)", "Si(x)"]
)
def test_second_partials_of_two_backends_agree(text: str) -> None:
    """The rules of the table against those of SymPy."""
    program = parse(text)
    partials = engine.wanted(program, order=2)
    at = dict.fromkeys(program.variables, 0.625 if "ellip" in text or "erfinv" in text else 2.5)
    ours, sympys = (engine.prepare(program, partials, backend).evaluate(at) for backend in ("autodiff", "symbolic"))
    for partial in partials:
        name = partial.name
        assert ours[name][0] == pytest.approx(sympys[name][0], rel=1e-12), name


@pytest.mark.parametrize("backend", ["autodiff", "symbolic"])
def test_what_has_no_rule_has_no_second_derivative(backend: str) -> None:
    by = [("n",), ("n", "n"), ("n", "x"), ("x", "x")]
    values = gradcli.prepare("besselj(n, x)*n", partials=by, backend=backend).evaluate({"n": 1.5, "x": 2.0})
    said = [values.status_text(partial.name, 0) for partial in values.partials]
    assert [text and text.partition(":")[0] for text in said] == [None, *["undefined"] * 3, None]


# The points beside which a row says what it is, moved by a small number, and how far it is from them then.
BESIDE = {
    "lambertw": lambda ctx, h: (-ctx.exp(-1) + h,),
    "lambertw_branch": lambda ctx, h: (-ctx.exp(-1) + h, ctx.mpf(-1)),
    "ellipe": lambda ctx, h: (1 - h,),
    "besselj": lambda ctx, h: (ctx.mpf("0.5"), h),
    "besseli": lambda ctx, h: (ctx.mpf("2.5"), h),
    "logint": lambda ctx, h: (h**2,),
}


def test_what_a_row_is_beside_an_edge() -> None:
    """The expression is what mpmath gives, up to a small multiple of the size that it says is left."""
    assert {row.name for row in OPERATIONS.values() if row.near} == BESIDE.keys()
    arithmetic = Multiprecision(60)
    ctx = arithmetic.ctx
    for name, beside in BESIDE.items():
        near = OPERATIONS[name].near
        assert near is not None
        assert arithmetic.of_text(near[0], beside(ctx, ctx.mpf(0))) is True
        point = beside(ctx, ctx.mpf("1e-8"))
        expected = ctx.re(special.mpmath_function(name)(ctx, *point))
        found, size = (arithmetic.of_text(text, point) for text in near[1:])
        assert 0 < abs(found - expected) < abs(size) < 1e-11


@pytest.mark.parametrize(
    ("text", "x", "order", "right"),
    [
        ("sinc(x)", 0.0, 4, 1 / 5),  # sin(x)/x = 1 - x^2/3! + x^4/5! - ...
        ("sinc(x)", 1e-9, 3, 2e-10),
        ("Si(x)", 0.0, 5, 1 / 5),
        ("Si(x)", 1e-9, 4, 2e-10),
        ("np.sinc(x)", 0.0, 4, math.pi**4 / 5),
        ("sinc(x)", 0.5, 24, 0.0354594721042609402663),  # the integral of t^24*cos(t/2) from 0 to 1
    ],
)
def test_high_derivatives_of_sinc_near_zero(text: str, x: float, order: int, right: float) -> None:
    program = parse(text)
    partial = ("x",) * order
    prepared = engine.prepare(program, engine.wanted(program, partial=[partial]))
    name = f"d{order}f_" + "_".join(["dx"] * order)
    values = prepared.evaluate({"x": x}, bounded=True)
    assert values.code(name) is Status.FINE
    assert values[name][0] == pytest.approx(right, rel=1e-14)
    assert values.error[name][0] >= abs(values[name][0] - right)
    assert prepared.evaluate({"x": np.array([x, 2.0])})[name][0] == pytest.approx(right, rel=1e-14)

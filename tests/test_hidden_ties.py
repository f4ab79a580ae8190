"""Where doubles round an operand to a singularity, the exact number is looked for: beside it there is one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest

from gradcli import engine
from gradcli.algebra import Algebra
from gradcli.check import bare, check
from gradcli.claims import read_claims
from gradcli.cli.main import main
from gradcli.evaluation import Evaluation
from gradcli.inquiry import Inquiry
from gradcli.language.document import parse
from gradcli.program import Builder
from gradcli.sampling import drawn_from

mp = mpmath.mp.clone()
mp.dps = 60

BESIDE: list[tuple[str, str, Callable[[Any], Any]]] = [  # what mpmath computes to 60 digits, and that is enough
    ("1/(1 - cos(x))", "1e-9", lambda x: 1 / (1 - mp.cos(x))),
    ("1/((1 + x) - 1)", "1e-17", lambda x: 1 / x),
    ("-log(1 - 1/(1 + exp(-x)))", "40", lambda x: -mp.log(1 - 1 / (1 + mp.exp(-x)))),
    ("atanh(1 - x)", "1e-17", lambda x: mp.atanh(1 - x)),
    ("log(2 + x, 1 + x)", "1e-20", lambda x: mp.log(2 + x) / mp.log1p(x)),
    ("acoth(1 + x)", "1e-20", lambda x: mp.acoth(1 + x)),
    ("((1 + x) - 1)^(-3)", "1e-20", lambda x: x**-3),
    ("1/sqrt(1 - cos(x))", "1e-9", lambda x: 1 / mp.sqrt(1 - mp.cos(x))),
    ("sigmoid(x)/(1 - sigmoid(x))", "100", mp.exp),
    ("where(x > 0, 1/((1 + x) - 1), x)", "1e-17", lambda x: 1 / x),
]


def prepared(text: str, backend: str = "autodiff") -> Evaluation:
    program = parse(text)
    evaluation = engine.prepare(program, engine.wanted(program), backend)
    assert isinstance(evaluation, Evaluation)
    return evaluation


@pytest.mark.parametrize(("text", "x", "true"), BESIDE)
def test_numbers_beside_a_singularity_are_found(text: str, x: str, true: Callable[[Any], Any]) -> None:
    at = mp.mpf(x)
    value, slope = float(true(at)), float(mp.diff(true, at, h=at * mp.mpf("1e-20")))
    for points in ({"x": float(x)}, {"x": np.array([0.7, float(x)])}):
        found = prepared(text).evaluate(points)
        assert found["f"][-1] == pytest.approx(value, rel=1e-15)
        assert found["df_dx"][-1] == pytest.approx(slope, rel=1e-15)
        assert found.status_text("f", -1) is None
        assert found.status_text("df_dx", -1) is None


@pytest.mark.parametrize(
    ("text", "x"),
    [
        ("1/(1 - cos(x))", 0.0), ("1/(exp(x) - 1)", 0.0), ("1/(x*x - x)", 1.0), ("log(1 - 3*x - 0.7)", 0.1),
        ("atanh(1 + x)", 1e-17), ("1/x", 0.0), ("log(-x)", 1.0), ("log(x^x - 1)", 1.0),
        ("1/sin(pi*x)", 1.0), ("log(sin(pi*x))", 1.0), ("1/cos(pi/2*x)", 1.0), ("cot(pi*x)", 2.0),
        ("1/(exp(log(3)) - 3*x)", 1.0), ("gamma(sin(pi*x) - 2)", 1.0), ("sin(pi*x)^(-0.5)", 1.0),
        ("tan(pi*x)", 0.5), ("sec(pi*x)", 0.5), ("log(x + 0.1 - 0.3)", 0.2), ("(x + 0.1 - 0.3)^(-2)", 0.2),
        ("lgamma(x + 0.1 - 0.3)", 0.2), ("1/(11.5 % (x + 0.1))", 0.0), ("acot(x + 0.1 - 0.3)", 0.2),
        ("log(x + 0.5, 0.7 + x)", 0.3), ("atan2(x + 0.1 - 0.3, sin(5*pi*x))", 0.2), ("polygamma(1, x - 2.3)", 0.3),
        ("lgamma(cos(pi*x/2))", 3.0), ("gamma(log(x) - log(3) - log(0.1) - 2)", 0.3),
    ],
)  # fmt: skip
@pytest.mark.parametrize("hidden", ["{}", "1e30 + x + {}", "0*({})", "x*sin(pi*x*10)*({})"])
@pytest.mark.parametrize("backend", ["autodiff", "symbolic", "finite-difference"])
def test_what_is_singular_exactly_is_undefined(text: str, x: float, hidden: str, backend: str) -> None:
    """Beside a number that is 1e30 times as large, or as a factor of 0, too."""
    text = hidden.format(text)
    for points in ({"x": x}, {"x": np.array([x, x])}):
        found = prepared(text, backend).evaluate(points, bounded=True)
        for name in ("f", "df_dx"):
            said = found.status_text(name, 0)
            assert said is not None
            assert said.startswith("undefined: ")


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("abs(U)", "kink"), ("relu(U)", "kink"), ("max(U, 2*U)", "kink"), ("hypot(U, 2*U)", "kink"),
        ("acosh(cosh(U))", "kink"), ("besselj(0.5, U^2)", "kink"), ("sqrt(U^2)", "kink"),
        ("sign(U)", "jump"), ("floor(U)", "jump"), ("where(U > 0, 1, 2)", "jump"), ("atan2(U, -1)", "jump"),
        ("cbrt(U)", "vertical"), ("U^0.3", "vertical"), ("acos(1 + U)", "vertical"), ("sqrt(U)", "vertical"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("hidden", ["{}", "1e30*x + {}"])
@pytest.mark.parametrize("backend", ["autodiff", "symbolic", "finite-difference"])
def test_what_rounding_hides_of_a_tie_is_found_beside_a_steep_slope(
    text: str, status: str, hidden: str, backend: str
) -> None:
    """The sine of pi is 0, and its double is not."""
    evaluation = prepared(hidden.format(text).replace("U", "sin(pi*x)"), backend)
    for points in ({"x": 1.0}, {"x": np.array([1.0, 1.0])}):
        found = evaluation.evaluate(points, bounded=True)
        assert (found.status_text("df_dx", 0) or "").startswith(f"{status}: ")


@pytest.mark.parametrize(("x", "status"), [("400", "overflow"), ("1e5", "unresolved")])
def test_what_thousands_of_digits_do_not_tell_from_a_singularity_is_not_called_undefined(x: str, status: str) -> None:
    """1 - tanh(x) is about 2*exp(-2*x)."""
    said = prepared("1/(1 - tanh(x))").evaluate({"x": float(x)}).status_text("f", 0)
    assert said is not None
    assert said.startswith(f"{status}: ")


@pytest.mark.parametrize(("text", "rows"), [("log(x)", [-1.0, -2.0, -3.0]), ("1/x", [0.0, 1.0, 0.0])])
def test_what_is_given_as_singular_is_not_looked_at_again(
    text: str, rows: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    """No rounding hides anything of it, and streams of such rows stay fast."""
    monkeypatch.setattr(Inquiry, "_limit", lambda *_: pytest.fail("a limit was looked for"))
    values = prepared(text).evaluate({"x": np.array(rows)})
    assert values.status_text("f", 0) is not None


@pytest.mark.parametrize(
    ("function", "claim"),
    [
        ("log(1 + exp(x)) - t*x", "(1/(1 + exp(-x)) - t)/(1/(1 + exp(-x))*(1 - 1/(1 + exp(-x))))"
         "*(1/(1 + exp(-x))*(1 - 1/(1 + exp(-x))))"),
        ("softplus(x)", "sigmoid(x)*(1 - sigmoid(x))/(1 - sigmoid(x))"),
        ("exp(x)", "sigmoid(x)/(1 - sigmoid(x))"),
        ("log(cosh(x))", "(1 - tanh(x)^2)*tanh(x)/(1 - tanh(x)^2)"),
    ],
)  # fmt: skip
def test_right_claims_that_saturate_in_doubles_are_right(function: str, claim: str) -> None:
    program = parse(function)
    claims = read_claims([f"x={claim}"], program)
    points = drawn_from([bare(program), claims[0].program], program.variables)
    (result,) = check(bare(program), claims, points, drawn=True)
    assert result.sameness.same
    assert not result.sameness.finding.holes


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("1/(exp(x) - 1)", "1/expm1(x)"),
        ("log(1 + exp(x))", "-log(1 - 1/(1 + exp(-x)))"),
        ("2*x", "log((1 + tanh(x))/(1 - tanh(x)))"),
    ],
)
def test_forms_that_saturate_in_doubles_are_equal(a: str, b: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["equal", a, b]) == 0
    assert capsys.readouterr().out.startswith("same  proved")


def test_certain_digits_beside_a_singularity(capsys: pytest.CaptureFixture[str]) -> None:
    """atanh(1 - x) is log((2 - x)/x)/2, with the slope -1/(x*(2 - x))."""
    pytest.importorskip("flint", reason='pip install "gradcli[certify]"')
    assert main(["eval", "atanh(1 - x)", "--at", "x=1e-17", "--certify", "--format", "csv"]) == 0
    assert capsys.readouterr().out.splitlines()[1] == "1e-17,19.918546880729361,-5.0000000000000000e+16"


DECIDED = [  # by decimals as they are written, and by products as they are, which no doubles tell apart
    ("x if 1e-5000 > 0 else 2*x", "1", 1.0, 1.0),
    ("x if 1e400 > 1e399 else 2*x", "1", 1.0, 1.0),
    ("x if 1.00000000000000000001 > 1 else 2*x", "1", 1.0, 1.0),
    ("where(x*1.00000000000000000001 > 1, x, 2*x)", "1", 1.0, 1.0),
    ("where(x*1e-400 > 0, x, 2*x)", "1", 1.0, 1.0),
    ("where(x*1e-400 > 0, 1, 2)", "1e-200", 1.0, 0.0),
    ("where(x*x > 0, 1, 2)", "1e-200", 1.0, 0.0),
    ("where(x > 1e-400, x + 1, 2*x + 2)", "0", 2.0, 2.0),
    ("where(x >= 1.00000000000000000001, x, 2*x)", "1", 2.0, 2.0),
    ("x + floor(-x*1e-400)", "1", 0.0, 1.0),
    ("x*sign(exp(-1000*x))", "1", 1.0, 1.0),
]


@pytest.mark.parametrize("backend", ["autodiff", "symbolic", "finite-difference"])
@pytest.mark.parametrize(("text", "x", "value", "slope"), DECIDED)
def test_what_no_double_holds_decides_a_comparison_as_it_is(
    text: str, x: str, value: float, slope: float, backend: str
) -> None:
    program = parse(text)
    evaluation = engine.prepare(program, engine.wanted(program), backend)
    for points in ({"x": float(x)}, {"x": np.array([0.7, float(x)])}):
        found = evaluation.evaluate(points)
        assert found.status_text("f", -1) is None
        assert found.status_text("df_dx", -1) is None
        assert (found["f"][-1], found["df_dx"][-1]) == (value, slope)


@pytest.mark.parametrize(
    ("low", "high"),
    [("1e399", "1e400"), ("0", "1e-400"), ("1", "1.00000000000000000001"), ("-1e400", "-1e399"), ("-5", "5")],
)
def test_rules_compare_constants_as_they_are_written(low: str, high: str) -> None:
    algebra = Algebra(Builder())
    a, b = (
        algebra.neg(algebra.builder.const(text[1:])) if text[0] == "-" else algebra.builder.const(text)
        for text in (low, high)
    )
    yes, no = algebra.builder.add("input", "x"), algebra.builder.add("input", "y")
    assert algebra.where(algebra.builder.add("lt", a, b), yes, no) == yes
    assert algebra.where(algebra.builder.add("lt", b, a), yes, no) == no
    assert algebra.where(algebra.builder.add("lt", a, a), yes, no) == no


@pytest.mark.parametrize("text", ["sqrt(x^0 - x^x)", "sqrt(1 - x^x)"])
@pytest.mark.parametrize("backend", ["autodiff", "symbolic", "finite-difference"])
def test_roots_of_logarithms_are_vertical(text: str, backend: str) -> None:
    """1 - x^x is about -x*log(x) beside 0, and 0 there."""
    found = prepared(text, backend).evaluate({"x": 0.0})
    assert found["f"] == [0.0]
    said = found.status_text("df_dx", 0)
    assert said is not None
    assert said.startswith("vertical: ")

"""`--digits`, `--errors` and `--subgradient`: digits that are right, bounds that hold, both slopes of a kink.

The digits come from mpmath at 80 digits, in formulas written out by hand.
"""

from __future__ import annotations

import json
import math
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from mpmath import mp, mpf

from gradcli.cli.main import main
from gradcli.errors import Source
from gradcli.evaluate import certain
from gradcli.evaluate.multiprecision import Multiprecision
from gradcli.language.document import parse

BACKENDS = ("autodiff", "symbolic", "finite-difference")


def row(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    """The NDJSON row of `eval`, its numbers as they are written."""
    assert main(["eval", *arguments, "--format", "ndjson"]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out, parse_float=str)
    return found


def digits_of(text: str) -> str:
    """The significant digits of a written number."""
    return text.partition("e")[0].replace(".", "").lstrip("-0")


with mp.workdps(80):
    X = mpf("1e-8")
    THIRD = mpf(1) / 3
    WANTED = {
        ("(1 - cos(x))/x^2", "x=1e-8", "df_dx"): mp.sin(X) / X**2 - 2 * (1 - mp.cos(X)) / X**3,
        ("(1 - cos(x))/x^2", "x=1e-8", "f"): (1 - mp.cos(X)) / X**2,
        ("(1 + x) - 1", "x=1e-17", "f"): mpf("1e-17"),
        ("3 + ((1 + x) - 1)*1e100", "x=1e-100", "f"): mpf(4),
        ("exp(x)*y", "x=1000,y=1/3", "df_dx"): mp.exp(1000) * THIRD,
        ("exp(x)*y", "x=1000,y=1/3", "d2f_dx_dy"): mp.exp(1000),
        ("gamma(x)^2", "x=0.5", "df_dx"): 2 * mp.pi * mp.digamma(mpf(1) / 2),
        ("sin(x*y)", "x=pi/4,y=0.1", "d2f_dx_dx"): -mp.sin(mp.pi / 40) / 100,
        ("x*abs(x)*sin(y)", "x=0,y=1", "df_dy"): mpf(0),
        ("max(x, 0.3)", "x=0.30000000000000000001", "df_dx"): mpf(1),
        ("where(y > 1, x^2, besselj(x, 1))", "x=2,y=2", "df_dx"): mpf(4),
        ("log(x)", "x=1e-400", "df_dx"): mpf("1e400"),
        ("abs(x)", "x=-1e-400", "df_dx"): mpf(-1),
        ("floor(x) + x", "x=2.99999999999999999999999", "df_dx"): mpf(1),
        ("asin(x)", "x=0.99999999999999999999999", "df_dx"): 1 / mp.sqrt((2 - mpf("1e-23")) * mpf("1e-23")),
        ("erfc(x)", "x=30", "f"): mp.erfc(30),
        ("atan2(y, x)", "x=1,y=2", "d2f_dy_dx"): mpf(3) / 25,
        ("besselj(1.5, x)", "x=2", "df_dx"): (mp.besselj(0.5, 2) - mp.besselj(2.5, 2)) / 2,
        ("bessely(0.5, x)", "x=2", "f"): -mp.sqrt(1 / mp.pi) * mp.cos(2),
        ("besselk(2.5, x)", "x=2", "f"): mp.sqrt(mp.pi / 4) * mp.exp(-2) * mpf(13) / 4,
        ("besselk(1/3, x)", "x=2", "df_dx"): -(mp.besselk(THIRD - 1, 2) + mp.besselk(THIRD + 1, 2)) / 2,
        ("besselj(0.1 + 0.2, x)", "x=3", "f"): mp.besselj(mpf(3) / 10, 3),
    }


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(("text", "at", "column"), WANTED)
def test_the_digits_are_right(
    text: str, at: str, column: str, backend: str, capsys: pytest.CaptureFixture[str]
) -> None:
    found = row(capsys, text, "--at", at, "--digits", "40", "--backend", backend, "--order", "2")
    with mp.workdps(80):
        wanted = WANTED[text, at, column]
        assert abs(mpf(found[column]) - wanted) <= abs(wanted) * mpf("0.5000001e-39")
    assert wanted == 0 or len(digits_of(found[column])) == 40
    assert column not in found.get("status", {})


def test_many_digits(capsys: pytest.CaptureFixture[str]) -> None:
    found = row(capsys, "sqrt(x)", "--at", "x=2", "--digits", "1000", "--wrt", "x")
    with mp.workdps(1010):
        assert found["f"] == mp.nstr(mp.sqrt(2), 1000, strip_zeros=False)


@pytest.mark.parametrize(
    ("text", "at", "said"),
    [
        ("abs(x)", "x=0", "kink: abs(x) at x = 0 (left -1, right 1)"),
        ("log(x)", "x=-1", "undefined: log(x) at x = -1"),
        ("x^1.5", "x=0", "one-sided: x^1.5 at x = 0"),
        ("max(x, 0.1 + 0.2)", "x=0.3", "kink: max(x, 0.1 + 0.2) at x = 0.3 (left 0, right 1)"),
    ],
)
def test_what_is_no_number_says_so(text: str, at: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert row(capsys, text, "--at", at, "--digits", "30")["status"]["df_dx"] == said


def test_a_zero_that_no_precision_settles_is_imprecise(capsys: pytest.CaptureFixture[str]) -> None:
    found = row(capsys, "sin(x)^2 + cos(x)^2 - 1", "--at", "x=1", "--digits", "20")
    assert found["status"]["f"].startswith("imprecise")


@pytest.mark.parametrize("backend", ["autodiff", "symbolic", "finite-difference"])
@pytest.mark.parametrize(
    ("text", "value", "said"),
    [
        ("abs(x - 0.1 - 0.2)", 0.0, {"df_dx": "kink: abs(x - 0.1 - 0.2) at x = 0.3 (left -1, right 1)"}),
        ("3*sin(x - 0.1 - 0.2) + x", 0.3, None),
        ("(x/3 - 0.1)*exp(x) - max(0.1^2 - 0.01, -x)", 0.0, None),
        ("1/(x - 0.1 - 0.2)", None, {"f": "undefined: 1/(x - 0.1 - 0.2) at x = 0.3", "df_dx": "undefined"}),
    ],
)
def test_sums_and_products_of_decimals_are_exact(
    text: str, value: float | None, said: dict[str, str] | None, backend: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """By hand, in fractions; in no number of binary places is 0.3 - 0.1 - 0.2 zero."""
    found = row(capsys, text, "--at", "x=0.3", "--digits", "20", "--backend", backend)
    assert found["f"] is None if value is None else float(found["f"]) == value
    statuses = found.get("status") or {}
    for name, status in (said or {}).items():
        assert statuses[name].startswith(status)
    assert len(statuses) == len(said or {})


def test_a_point_is_printed_as_it_was_meant(capsys: pytest.CaptureFixture[str]) -> None:
    found = row(capsys, "x + y + z", "--at", "x=pi,y=0.1,z=0.10000000000000000000001", "--digits", "25")
    assert (found["x"], found["y"], found["z"]) == (
        "3.141592653589793238462643", "0.1", "0.1000000000000000000000100",
    )  # fmt: skip


def test_tables_and_plain_text_show_all_digits(capsys: pytest.CaptureFixture[str]) -> None:
    for form in ("table", "plain", "csv", "tsv"):
        assert main(["eval", "1/x", "--at", "x=3", "--digits", "30", "--format", form]) == 0
        assert "0." + "3" * 30 in capsys.readouterr().out


def test_error_columns_hold_in_points_and_blocks(capsys: pytest.CaptureFixture[str]) -> None:
    found = row(capsys, "exp(x)/3", "--at", "x=0.1", "--errors")
    assert list(found) == ["x", "f", "df_dx", "f_error", "df_dx_error"]
    with mp.workdps(40):
        wanted = mp.exp(mpf("0.1")) / 3
        for name in ("f", "df_dx"):
            assert 0 < abs(mpf(found[name]) - wanted) <= mpf(found[f"{name}_error"]) < mpf("1e-15")
    in_a_block = row(capsys, "exp(x)/3", "--range", "x=0.1:0.1:#1", "--errors")
    assert in_a_block == found


def test_bounds_change_no_number_of_a_block(capsys: pytest.CaptureFixture[str]) -> None:
    """At 0 both partials are 0, but the derivative along (1, 1) is that of cbrt(t^3): a limit, in whatever row."""
    question = ["cbrt(x^2*y)", "--range", "x=2:-1:-2", "--at", "y=0", "--along", "x=1,y=1", "--bare"]
    assert main(["eval", *question, "--columns", "df_along", "--errors"]) == 0
    assert capsys.readouterr().out.split()[-1] == "1.0"


def test_subgradient_gives_both_slopes_of_a_kink(capsys: pytest.CaptureFixture[str]) -> None:
    for where in (["--at", "x=0,y=-3"], ["--range", "x=0:0:#1", "--at", "y=-3"]):
        found = row(capsys, "abs(x)*y", *where, "--subgradient")
        assert (found["df_dx"], found["df_dx_low"], found["df_dx_high"]) == (None, "-3.0", "3.0")
        assert (found["df_dy"], found["df_dy_low"], found["df_dy_high"]) == ("0.0", "0.0", "0.0")


@pytest.mark.parametrize("at", ["0.5", "1e-3", "-2.5"])
def test_slopes_by_series_have_all_digits(capsys: pytest.CaptureFixture[str], at: str) -> None:
    """The slope of sinc is a cut-off power series in doubles; its digits go on."""
    found = row(capsys, "sinc(x)", "--at", f"x={at}", "--digits", "40", "--hessian")
    with mp.workdps(80):
        x = mpf(at)
        slope = mp.cos(x) / x - mp.sin(x) / x**2
        bend = -mp.sin(x) / x - 2 * mp.cos(x) / x**2 + 2 * mp.sin(x) / x**3
        for name, want in (("df_dx", slope), ("d2f_dx_dx", bend)):
            assert abs(mpf(found[name]) - want) <= abs(want) * mpf(10) ** -39


def test_the_bound_holds_for_the_digits_that_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    found = row(capsys, "exp(x)*y", "--at", "x=1,y=2", "--digits", "25", "--errors")
    with mp.workdps(60):
        assert abs(mpf(found["f"]) - 2 * mp.e) <= mpf(found["f_error"]) < mpf("1e-23")


@pytest.mark.parametrize("digits", [1, 2, 7, 20])
@pytest.mark.parametrize("scale", ["1", "1e-400", "1e30", "9.99999999999999999999999"])
def test_bounds_are_half_a_unit_of_the_last_digit(capsys: pytest.CaptureFixture[str], digits: int, scale: str) -> None:
    """Those of sums of partials too; a table counts all digits that were asked for, where a double can say it."""
    asked = [f"{scale}*x^3/7*y", "--at", "x=1/3,y=2", "--partial", "x", "--laplacian", "--along", "x=1,y=1/7"]
    asked += ["--digits", str(digits), "--errors"]
    found = row(capsys, *asked)
    with mp.workdps(80):
        c, x = mpf(scale), mpf(1) / 3
        slope = 6 * c * x**2 / 7
        wanted = {"f": 2 * c * x**3 / 7, "df_dx": slope}
        wanted |= {"laplacian_f": 12 * c * x / 7, "df_along": slope + c * x**3 / 49}
        for name, want in wanted.items():
            bound = mpf(found[f"{name}_error"])
            assert abs(mpf(found[name]) - want) <= bound
            last = mpf(10) ** (mp.floor(mp.log10(abs(mpf(found[name])))) + 1 - digits)
            assert bound <= max(last * mpf("0.5000001"), mpf("5e-324"))
    assert main(["eval", *asked, "--format", "table", "--color", "never"]) == 0
    cells = [[cell.strip() for cell in line.split("│")[1:-1]] for line in capsys.readouterr().out.splitlines()]
    counted = [cell[2] if len(cell) > 2 else "" for cell in cells if cell and cell[0] in ("f", "∂f/∂x", *wanted)]
    assert counted == [("" if "400" in scale else str(digits))] * 4


def test_rows_mean_the_decimals_that_were_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "t.csv").write_text("x\n0.1000000000000000055511151231257827\n")
    assert main(["eval", "3*x", "--points", str(tmp_path / "t.csv"), "--digits", "34", "--columns", "f"]) == 0
    assert capsys.readouterr().out == "f\n0.3000000000000000166533453693773481\n"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("x + exp(800) - exp(800)", "1.0"),
        ("x + 1e300*1e100 - 1e400", "1.0"),
        ("sin(1e300)*exp(800*x)/exp(800)", "-0.985750425160377"),  # mpmath, 400 digits
    ],
)
def test_what_overflows_on_the_way_keeps_what_is_small_beside_it(
    text: str, value: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A series of 60 digits would lose it without a word."""
    assert row(capsys, text, "--at", "x=1", "--columns", "f") == {"f": value}


def test_what_no_digits_can_tell_is_imprecise(capsys: pytest.CaptureFixture[str]) -> None:
    """exp(1e5) has 43,430 digits before the point."""
    found = row(capsys, "pi*x + exp(1e5) - exp(1e5)", "--at", "x=1")
    assert found["status"]["f"].startswith("imprecise")


def test_digits_of_a_steep_function_at_a_large_number(capsys: pytest.CaptureFixture[str]) -> None:
    """Gamma at 10^300 by Stirling's series with 1000 digits: what rounds its argument to 40 gives another number."""
    found = row(capsys, "gamma(x)", "--at", "x=1e300", "--digits", "30")
    assert found["f"].startswith("4.60757381854617986838062875675e+29956570551809")


@pytest.mark.parametrize("more", [(), ("--digits", "20")])
@pytest.mark.parametrize(
    ("text", "x", "value", "slope"),
    [
        ("where(x == 2, 4, x^2)", "2", 4, 4),
        ("x*abs(x)", "0", 0, 0),
        ("where(x == 0, 1, sin(x)/x)", "0", 1, 0),
        ("exp(800)/exp(800)*where(x == 2, 4, x^2)", "2", 4, 4),
        ("max(x^2, 2*x - 1)", "1", 1, 2),
    ],
)
def test_at_a_tie_the_limit_stands_and_not_the_formula_of_one_branch(
    text: str, x: str, value: float, slope: float, more: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    """By hand."""
    found = row(capsys, text, "--at", f"x={x}", *more)
    assert (float(found["f"]), float(found["df_dx"])) == (value, slope)
    assert "status" not in found


@pytest.mark.parametrize("digits", [1, 10, 30])
def test_few_digits_decide_as_many_do(capsys: pytest.CaptureFixture[str], digits: int) -> None:
    """Just below 3 the largest whole number not above is 2."""
    found = row(capsys, "floor(x - 1e-20)", "--at", "x=3", "--digits", str(digits))
    assert float(found["f"]) == 2.0


@pytest.mark.parametrize(
    ("text", "x", "value"),
    [
        ("softplus(x)", "-100", "3.7200759760208359630e-44"),
        ("expm1(x)/x", "1e-30", "1.0000000000000000000"),
        ("log1p(x)", "1e-30", "1.0000000000000000000e-30"),
        ("(x + exp(200) - exp(200))^2", "3.3", "10.890000000000000000"),
        ("cos(x + 1e60 - 1e60)", "3.3", "-0.98747976990886488394"),
        ("(x + 1e60 - 1e60)*(1e60 - x - 1e60)", "2", "-4.0000000000000000000"),
        ("x - 1", "1.00000000000000000000000000000000000000000000001", "1.0000000000000000000e-47"),
        ("acos(x)", "0.9999999999999999999999999999999999999999999999999", "4.4721359549995793928e-25"),
    ],
)
@pytest.mark.parametrize("backend", ["autodiff", "symbolic", "finite-difference"])
def test_what_cancels_on_the_way_keeps_its_digits(
    text: str, x: str, value: str, backend: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """In an operation's meaning, before a slope of 0, and in a decimal longer than what is computed with."""
    found = row(capsys, text, "--at", f"x={x}", "--digits", "20", "--backend", backend, "--columns", "f")
    assert found == {"f": value}


@pytest.mark.parametrize("backend", ["autodiff", "symbolic", "finite-difference"])
def test_a_formula_whose_slope_is_zero_where_it_cancels_is_not_trusted(
    backend: str, capsys: pytest.CaptureFixture[str]
) -> None:
    found = row(capsys, "(x + exp(800) - exp(800))^2", "--at", "x=3", "--backend", backend)
    assert (found["f"], found["df_dx"]) == ("9.0", "6.0")


def test_samples_for_few_digits_do_not_cross_a_kink_nearby(capsys: pytest.CaptureFixture[str]) -> None:
    found = row(capsys, "abs(x - 0.3)", "--at", "x=0.3000000001", "--digits", "2", "--backend", "finite-difference")
    assert (float(found["df_dx"]), found.get("status")) == (1.0, None)


@pytest.mark.parametrize("backend", ["autodiff", "symbolic"])
def test_a_partial_without_a_rule_is_undefined_with_more_digits_too(
    backend: str, capsys: pytest.CaptureFixture[str]
) -> None:
    found = row(capsys, "besselj(n, 2)", "--at", "n=1.5", "--digits", "20", "--backend", backend)
    assert found["status"]["df_dn"].startswith("undefined")


def test_a_power_of_zero_is_known_although_its_exponent_is_rounded(monkeypatch: pytest.MonkeyPatch) -> None:
    precisions: list[int] = []
    bounds = certain._errors
    monkeypatch.setattr(certain, "_errors", lambda *given: precisions.append(given[-1].digits) or bounds(*given))
    program = parse(Source("x^(1/3 + y)"))
    (number,) = certain.certain_values(program, [program.outputs[0].ref], certain.as_printed({"x": 0.0, "y": 0.1}), 17)
    assert (number.value, number.error) == (0, 0)
    assert len(precisions) == 1


def test_errors_of_products_and_quotients_hold_however_large_they_are() -> None:
    """In (a + x)/(b + y) by hand: 1/2 to 3/2 by 2 to 4 is between 1/8 and 3/4, at most 5/12 from 1/3."""
    arithmetic = Multiprecision(30)
    one, three = arithmetic.number("1"), arithmetic.number("3")
    half = arithmetic.number("0.5")
    bound = certain._ARITHMETIC["div"](one, three, one / three, half, one)
    assert abs(12 * bound - 5) < 1e-25
    assert certain._ARITHMETIC["div"](one, one, one, half, one) == mpf("inf")
    assert certain._ARITHMETIC["mul"](one, three, three, half, one) == mpf("1.5") * 4 - 3


@pytest.mark.parametrize(("text", "at"), [("tan(x)", "pi/2"), ("sec(x)", "pi/2"), ("1/sin(x)", "pi")])
def test_at_a_pole_no_digits_are_right(text: str, at: str, capsys: pytest.CaptureFixture[str]) -> None:
    """In every precision the point is a little beside it, and the value large."""
    found = row(capsys, text, "--at", f"x={at}", "--digits", "30")
    assert found["status"].keys() == {"f", "df_dx"}


def test_beside_a_pole_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    """The tangent beside pi/2 is -1/d + d/3."""
    found = row(capsys, "tan(x)", "--at", "x=pi/2 + 1e-70", "--digits", "30")
    assert found["f"] == "-1.00000000000000000000000000000e+70"
    assert "status" not in found


AT_POINTS_MEANT = [
    ("sqrt(sin(x))", "pi", 0.0, "vertical"),
    ("floor(6*x/pi)", "pi/3", 2.0, "jump"),
    ("max(sin(x), cos(x))", "pi/4", 0.7071067811865476, "kink"),
    ("abs(x^2 - 2)", "sqrt(2)", 0.0, "kink"),
    ("abs(sin(x))", "pi", 0.0, "kink"),
    ("abs(x - 0.3)", "0.1 + 0.2", 0.0, "kink"),
    ("abs(x - 0.3)", "0.30000000000000000001", 1e-20, None),
]


NARROWLY_DECIDED = [
    ("floor(x - y)", "x=7,y=1e-160", 6.0),
    ("where(x + y == x, 1, 2)", "x=1e8,y=1e-300", 2.0),
    ("where(x + y > x, 1, 2)", "x=1,y=1e-60", 1.0),
    ("floor(100*x - y)", "x=0.29,y=0", 29.0),
    ("sign(log1p(x)^2) + y", "x=1e-300,y=0", 1.0),
    ("where(sin(x) < x, 1, 2) + y", "x=1e-30,y=0", 1.0),  # sin(x) is x - x^3/6
    ("floor(tanh(x)) + y", "x=60,y=0", 0.0),  # tanh(60) is 1 - 2e^-120
    ("floor(sin(pi*x)) + y", "x=1,y=0", 0.0),
]
"""What no 45 digits tell from equal, by hand."""


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(("text", "at", "value"), NARROWLY_DECIDED)
def test_what_decides_is_told_apart_by_fractions_and_hundreds_of_digits(
    text: str, at: str, value: float, backend: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert float(row(capsys, text, "--at", at, "--backend", backend)["f"]) == value
    assert float(row(capsys, text, "--at", at, "--backend", backend, "--digits", "20")["f"]) == value
    columns, numbers = zip(*(part.split("=") for part in at.split(",")), strict=True)
    table = tmp_path / "points.csv"
    table.write_text(f"{','.join(columns)}\n{','.join(numbers)}\n")
    assert float(row(capsys, text, "--points", str(table), "--backend", backend)["f"]) == value


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_tie_that_45_digits_see_and_400_do_not_is_none(backend: str, capsys: pytest.CaptureFixture[str]) -> None:
    """1 - tanh(x) is 2/(e^2x + 1)."""
    found = row(capsys, "abs(1 - tanh(x))", "--at", "x=60", "--backend", backend)
    assert float(found["f"]) == pytest.approx(2 * math.exp(-120), rel=1e-14)
    assert float(found["df_dx"]) == pytest.approx(-4 * math.exp(-120), rel=1e-14)
    assert "status" not in found


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_half_beside_what_is_huge_is_a_half(backend: str, capsys: pytest.CaptureFixture[str]) -> None:
    found = row(capsys, "round(x + 1e200)", "--at", "x=0.5", "--backend", backend)
    assert found["status"]["df_dx"].startswith("jump")


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("text", ["atan(1.5^x)", "atan(exp(x))"])
def test_what_is_huge_on_the_way_to_a_limit_is_followed(
    text: str, backend: str, capsys: pytest.CaptureFixture[str]
) -> None:
    found = row(capsys, text, "--at", "x=1e4", "--backend", backend, "--columns", "f")
    assert (float(found["f"]), "status" in found) == (math.pi / 2, False)


@pytest.mark.parametrize("backend", BACKENDS)
def test_at_a_pole_there_is_no_number_however_many_digits(backend: str, capsys: pytest.CaptureFixture[str]) -> None:
    for text, at in (("tan(x)", "x=pi/2"), ("tan(pi*x)", "x=0.5"), ("tan(x)^2", "x=3*pi/2")):
        found = row(capsys, text, "--at", at, "--digits", "20", "--backend", backend)
        assert found["status"]["f"].startswith("undefined")
    assert row(capsys, "tan(x)", "--at", "x=pi/2", "--backend", backend)["status"]["f"].startswith("undefined")
    found = row(capsys, "tan(x)", "--at", "x=pi/2 + 1e-70", "--backend", backend)
    assert (float(found["f"]), "status" in found) == (-1e70, False)


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_value_that_no_digits_tell_says_so(backend: str, capsys: pytest.CaptureFixture[str]) -> None:
    found = row(capsys, "pi*x + exp(1e5) - exp(1e5)", "--at", "x=1", "--digits", "20", "--backend", backend)
    assert found["status"]["f"].startswith("imprecise")


def test_a_whole_exponent_is_known_by_fractions(capsys: pytest.CaptureFixture[str]) -> None:
    found = row(capsys, "(-2)^(x/3) + y", "--at", "x=9,y=0", "--digits", "20", "--partial", "y")
    assert float(found["f"]) == -8.0
    assert "status" not in found


def test_beside_whole_exponents_a_power_of_what_is_negative_is_not_defined(capsys: pytest.CaptureFixture[str]) -> None:
    """All doubles near 7e15 are whole, and y*sqrt(1/2) is not."""
    assert row(capsys, "(-0.6)^(y*sqrt(0.5)) + y", "--at", "y=1e16")["status"]["f"].startswith("undefined")


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(("text", "at", "value", "status"), AT_POINTS_MEANT)
def test_doubles_mean_the_point_that_was_written(
    text: str, at: str, value: float, status: str | None, backend: str, capsys: pytest.CaptureFixture[str]
) -> None:
    found = row(capsys, text, "--at", f"x={at}", "--backend", backend)
    assert float(found["f"]) == value
    said = found.get("status", {})
    assert "f" not in said
    assert said.get("df_dx", "").partition(":")[0] == (status or "")


def test_a_constant_expression_is_rounded_once(capsys: pytest.CaptureFixture[str]) -> None:
    """In doubles 0.1 + 0.2 is the one above 0.3, and pi/3 the one below the nearest, 1.04719755119659774615..."""
    assert row(capsys, "x", "--at", "x=0.1 + 0.2")["x"] == "0.3"
    assert row(capsys, "x", "--at", "x=pi/3")["x"] == "1.0471975511965979"
    sums = [(whole, thousandths) for whole in (1, 3, 77) for thousandths in range(7, 1000, 31)]
    for whole, thousandths in sums:
        nearest = Fraction(1000 * whole + thousandths, 1000)
        at = f"x={whole} + 0.{thousandths:03}"
        assert float(row(capsys, "x", "--at", at)["x"]) == float(nearest), at
    # 1 + exp(-3) = 1.04978706836786394297934241565...
    assert row(capsys, "x", "--at", "x=1 + exp(-3)")["x"] == repr(1.04978706836786394297934241565)


def test_the_point_beside_an_answer_is_the_one_that_was_answered(capsys: pytest.CaptureFixture[str]) -> None:
    at = "x=2.99999999999999999999,y=1"
    assert main(["eval", "floor(x) + y", "--at", at, "--format", "csv"]) == 0
    assert capsys.readouterr().out == "x,y,f,df_dx,df_dy\n2.99999999999999999999,1.0,3.0,0.0,1.0\n"
    assert main(["eval", "floor(x) + y", "--at", at, "--format", "plain", "--columns", "x,y,f"]) == 0
    assert capsys.readouterr().out == "# at x=2.99999999999999999999, y=1.0\nf = 3.0\n"
    assert main(["eval", "floor(x) + y", "--at", at, "--format", "table"]) == 0
    assert " 2.99999999999999999999 " in capsys.readouterr().out
    assert row(capsys, "log(x) + y", "--at", "x=1e-400,y=pi/4") | {"f": ""} == {
        "x": "1e-400", "y": "0.7853981633974483", "f": "", "df_dx": None, "df_dy": "1.0",
        "status": {"df_dx": "overflow: log(x) + y at x = 1e-400, y = 0.7853981633974483"},
    }  # fmt: skip


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_value_is_that_of_the_decimal_whether_or_not_slopes_are_asked_for(
    backend: str, capsys: pytest.CaptureFixture[str]
) -> None:
    at = "x=2.99999999999999999999"
    for text, value in {"floor(x)": "2.0", "where(x < 3, 1, 5)": "1.0", "floor(x + 0.1 - 0.1)": "2.0"}.items():
        assert row(capsys, text, "--at", at, "--backend", backend, "--columns", "f") == {"f": value}, text

"""Notes on formulas: one printed without its function may be simplified beyond the domain, one may be 0/0."""

from __future__ import annotations

import pytest

from gradcli.cli.main import main


def noted(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(["symbolic", *arguments]) == 0
    return capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("exp(log(x))", "df_dx has a number where there is no derivative, as at x="),
        ("(x^2 - 1)/(x - 1)", "df_dx has a number where there is no derivative, as at x=1.0:"),
        ("x/x*y", "df_dx and 1 more have a number where there is no derivative, as at x=0.0, y="),
        ("sqrt(x)^2*y", "df_dx and 1 more have a number where there is no derivative, as at x=-"),
        ("x^3/x", "df_dx has a number where there is no derivative, as at x=0.0:"),
    ],
)
def test_a_formula_alone_that_has_left_the_domain_is_noted(
    text: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert noted(capsys, text, "--bare").startswith(f"note: {said}")
    assert noted(capsys, text, "--columns", "df_dx").startswith("note: df_dx has")
    assert noted(capsys, text) == noted(capsys, text, "--columns", "f,df_dx") == ""  # the function stands beside it


@pytest.mark.parametrize(
    "text",
    ["q*chi*delta", "sin(x)/x", "log(x)", "log((1+x)/(1-x))", "log(exp(x))", "exp(x)/x^2", "abs(x)", "sqrt(x^4)",
     "max(x, y)", "x^x", "atan2(y, x)", "sqrt(-1 - x^2)"],
)  # fmt: skip
def test_what_has_not_is_not(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert noted(capsys, text, "--bare") == ""


def test_what_has_no_rule_is_noted_beside_0_by_0(capsys: pytest.CaptureFixture[str]) -> None:
    assert noted(capsys, "besselj(v, x)").startswith("note: df_dv has no rule, which 0/0 stands for")
    assert noted(capsys, "(-2)^x") == ""  # of which there is no derivative

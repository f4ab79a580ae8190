"""`equal`: proofs by normal forms are sound, tests find counter-examples, domains count."""

from __future__ import annotations

import pytest

from gradcli.cli.main import main
from gradcli.equal import compare_programs, variables_of
from gradcli.equality import Sameness
from gradcli.language.document import parse
from gradcli.normal_form import Function, are_equal
from gradcli.sampling import COUNT, drawn_from

SAME = """
x^2*sin(2*y) = 2*x^2*sin(y)*cos(y)
x^(n - 1)*n = n*x^n/x
sqrt(x^2) = abs(x)
sqrt(x*y) = sqrt(x)*sqrt(y)
sqrt(x^4) = x^2
sqrt(8) = 2*sqrt(2)
(1 + sqrt(2))^2 = 3 + 2*sqrt(2)
sqrt(x + sqrt(x))^2 = x + sqrt(x)
sqrt(sqrt(x)) = x^(1/4)
cbrt(x)^3 = x
exp(x + y) = exp(x)*exp(y)
exp(log(x)/3) = x^(1/3)
log(x^2*y) = 2*log(abs(x)) + log(y)
log(6) = log(2) + log(3)
log(exp(x)) = x
2^x = exp(x*log(2))
sin(3*x) = 3*sin(x) - 4*sin(x)^3
sin(x)^2 + cos(x)^2 = 1
cos(x + pi/2) = -sin(x)
tanh(x) = (exp(2*x) - 1)/(exp(2*x) + 1)
sigmoid(x) = 1/2 + tanh(x/2)/2
logaddexp(x, y) = x + log(1 + exp(y - x))
max(x, y) = (x + y + abs(x - y))/2
where(x > 0, log(x), log(-x)) = log(abs(x))
abs(x*y) = abs(x)*abs(y)
x % 2 = x - 2*floor(x/2)
gamma(x + 1) = x*gamma(x)
digamma(x + 2) = digamma(x) + 1/x + 1/(x + 1)
acos(x) = pi/2 - asin(x)
atan(-x) = -atan(x)
erfc(x) = 1 - erf(x)
where(x < 1 and not (x < 0), 1, 1) = 1
hypot(x, y)^2 = x^2 + y^2
1e-3*x = x/1000
x^2 - y^2 = (x - y)*(x + y)
"""

DIFFERENT = """
sin(x) = cos(x)
2*x = 3*x
sqrt(x^2) = x
x^2 = x^2 + 1e-30
exp(x + y) = exp(x) + exp(y)
log(x + y) = log(x) + log(y)
(x + y)^2 = x^2 + y^2
abs(x) = x
where(x > 0, x, 0) = x
where(x > 0, log(x), 1) = log(x)
where(x > 0, sqrt(x), 0) = sqrt(x)
cbrt(x) = -cbrt(-x) + 1
sin(x)^2 - cos(x)^2 = 1
floor(x) = x
x^n = n^x
max(x, y) = x
asin(sin(x)) = x
sqrt(x)*sqrt(y) = sqrt(x + y)
"""


def pairs(text: str) -> list[list[str]]:
    return [line.split(" = ") for line in text.strip().splitlines()]


def proved(a: str, b: str) -> bool:
    sides = [parse(text) for text in (a, b)]
    return are_equal(*(Function(side.equations, side.outputs[0].ref) for side in sides))


def compared(a: str, b: str, **options: object) -> Sameness:
    first, second = parse(a), parse(b)
    points = drawn_from([first, second], variables_of(first, second))
    (found,) = compare_programs(first, second, points, drawn=True, **options).values()  # type: ignore[arg-type]
    return found


@pytest.mark.parametrize(("a", "b"), pairs(SAME))
def test_identities_are_proved(a: str, b: str) -> None:
    assert proved(a, b)
    assert proved(b, a)


@pytest.mark.parametrize(("a", "b"), pairs(DIFFERENT))
def test_nothing_wrong_is_proved(a: str, b: str) -> None:
    """But for pairs that differ in their domains alone: a proof says nothing of points where one is undefined."""
    domains_only = {"where(x > 0, log(x), 1)", "where(x > 0, sqrt(x), 0)"}
    assert proved(a, b) == (a in domains_only)
    assert compared(a, b).different


def test_what_is_beyond_the_normal_form_is_tested() -> None:
    found = compared("atan(x) + atan(1/x)", "sign(x)*pi/2")
    assert found.same
    assert not found.proved
    assert found.finding.agreed == COUNT


def test_large_formulas_are_refused_quickly() -> None:
    powers = "+".join(f"sin({k}*x)^{k}" for k in range(2, 40))
    assert not proved(powers, f"{powers}+x")
    assert proved("(x + y)^8", "*".join(["(x + y)"] * 8))
    assert not proved("(x + y + z)^40", "(z + y + x)^39*x")


def test_domains_count() -> None:
    found = compared("log(x^2)", "2*log(x)")
    assert found.different
    assert found.proved
    assert found.finding.differed == 0
    assert found.finding.holes > 0
    example = found.finding.counterexample
    assert example is not None
    assert example.second.number is None


def test_up_to_a_constant() -> None:
    assert compared("sin(x)^2", "-cos(x)^2", wrt=("x",)).proved
    assert compared("sin(x)^2", "-cos(x)^2").different
    assert compared("x^2", "x^2 + x", wrt=("x",)).different
    assert compared("x^2 + log(a)", "x^2", wrt=("x",)).proved
    assert compared("log(2*x)", "log(x)", wrt=("x",)).proved


@pytest.mark.parametrize(
    ("a", "b"),
    [("sign(x)", "0"), ("atan(x) + atan(1/x)", "0"), ("x*y", "x*y + sign(x*y)"), ("2*atan(tan(x/2))", "x")],
)
def test_a_constant_is_the_same_everywhere(a: str, b: str) -> None:
    first, second = parse(a), parse(b)
    variables = variables_of(first, second)
    points = drawn_from([first, second], variables)
    *partials, (name, whole) = compare_programs(first, second, points, drawn=True, wrt=variables).items()
    assert all(partial.same for _, partial in partials)
    assert name == "f"
    assert whole.different
    example = whole.finding.counterexample
    assert example is not None
    assert {"x", "x'"} <= set(example.point)


def test_constants_of_other_variables_are_no_jumps() -> None:
    assert main(["equal", "x*y", "x*y + y^2", "--up-to-constant", "--wrt", "x"]) == 0
    assert main(["equal", "x*y", "x*y + y^2", "--up-to-constant"]) == 1


def test_a_number_too_large_for_a_double_is_shown_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["equal", "exp(x)", "2*exp(x)", "--at", "x=1000", "--no-prove"]) == 1
    assert "e+434" in capsys.readouterr().out


def test_domains_without_common_points(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["equal", "log(x)", "log(-x)"]) == 1
    assert "no point was found where both are defined" in capsys.readouterr().out


def test_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["equal", "sin(2*x)", "2*sin(x)*cos(x)"]) == 0
    assert main(["equal", "sin(x)", "x", "--at", "x=1e-3"]) == 1
    assert main(["equal", "sin(x)", "x", "--at", "x=0", "--no-prove"]) == 0
    assert main(["equal", "sin(x)", "x", "--range", "x=0:1:#5"]) == 1
    assert main(["equal", "-x", "-1*x"]) == 0
    assert main(["equal", "x; y", "x; y + 0"]) == 0
    assert main(["equal", "x"]) == 2
    assert main(["equal", "x; y", "x"]) == 2
    assert main(["equal", "-", "-"]) == 2
    assert main(["equal", "x", "x", "--wrt", "x"]) == 2
    assert main(["equal", "x", "x", "--up-to-constant", "--wrt", "z"]) == 2


@pytest.mark.parametrize(
    ("a", "b", "at"),
    [
        ("x/x", "1", "x=0.0"), ("x/abs(x)", "sign(x)", "x=0.0"), ("(x^2 - 1)/(x - 1)", "x + 1", "x=1.0"),
        ("where(x > 0, 1, 0)", "where(x >= 0, 1, 0)", "x=0.0"), ("round(x)", "floor(x + 1/2)", "x=0.5"),
        ("1/log(8, x)", "log(x)/log(8)", "x=1.0"), ("sqrt(x) + 0*li(x)", "sqrt(x)", "x=1.0"),
    ],
)  # fmt: skip
def test_single_points_count(a: str, b: str, at: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["equal", a, b]) == 1
    out = capsys.readouterr().out
    assert at in out.replace(" " * 7, " ").split()
    assert ("different domains; the same where both are defined (proved)" in out) == ("/" in a or "li" in a)


@pytest.mark.parametrize(
    ("a", "b"), [("x^3/x", "x*abs(x)^2/x"), ("sqrt(x^2)", "abs(x)"), ("sin(x)/x", "1/(x/sin(x))"), ("1/(1/x)", "x^2/x")]
)
def test_single_points_where_both_are_undefined_do_not(a: str, b: str) -> None:
    assert main(["equal", a, b]) == 0


def test_the_rounding_of_a_constant_is_suggested(capsys: pytest.CaptureFixture[str]) -> None:
    """pi is 3.14159265358979323846...: 2.4e-16 more than its 16 digits, 7.6e-17 of it."""
    assert main(["equal", "pi*x", "3.141592653589793*x"]) == 1
    assert "differ, by 8e-17 relative at most: the rounding of a constant?" in capsys.readouterr().out
    assert main(["equal", "pi*x", "3.14*x"]) == 1
    assert "rounding" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("a", "b"),
    [("floor(x)", "0"), ("sign(x)", "0"), ("atan((x+1)/(1-x))", "atan(x)"), ("atan(1/x)", "-atan(x)")],
)
def test_what_is_constant_in_pieces_is_called_that(a: str, b: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Though a partial is missing where one of them jumps, that is no matter of domains."""
    assert main(["equal", "--up-to-constant", a, b]) == 1
    printed = capsys.readouterr().out
    assert "A - B is constant in pieces only" in printed
    assert "domains" not in printed
    assert "proved" not in printed


def test_derivatives_are_called_derivatives(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["equal", "--up-to-constant", "x^2", "x^3", "--at", "x=3"]) == 1
    assert capsys.readouterr().out.split("\n")[0] == "verdict  different; first and second are df_dx of A and of B"
    assert main(["equal", "--up-to-constant", "x^2/x", "x"]) == 1
    assert "different domains; df_dx is the same where both have it (proved)" in capsys.readouterr().out


def test_what_is_undefined_everywhere_is_not_decided(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["equal", "1/0", "2/0"]) == 1
    assert "not decided" in capsys.readouterr().out


def test_given_decimals_are_compared_exactly(capsys: pytest.CaptureFixture[str]) -> None:
    """Both are 1.0 in doubles."""
    assert main(["equal", "x^2", "x^2 + 1e-30", "--at", "x=1"]) == 1
    assert "second   1.0000000000000000000000000000010000000000" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("rows", "said"),
    [(1000, "1,000 points of 1,000 differ"), (3000, "2,000 points of 2,000 differ, too many doubts at 1,000 points")],
)
def test_where_doubles_deceive_no_row_is_taken_to_agree(
    rows: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["equal", "x^2", "x*x + 1e-9", "--range", f"x=0:{rows}:1"]) == 1
    assert said in capsys.readouterr().out


@pytest.mark.parametrize(
    ("first", "second", "at", "code"),
    [
        ("1/x", "2/x", "x=1e-400", 1),
        ("1/x", "x^-1", "x=1e-400", 0),
        ("x - 1", "2*(x - 1)", "x=1.00000000000000000001", 1),
        ("log(1 - x)", "log1p(-x)", "x=0.99999999999999999999", 0),
        ("1/x", "2/x", "x=0", 1),
    ],
)
def test_points_that_doubles_do_not_hold(
    first: str, second: str, at: str, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["equal", first, second, "--at", at]) == code
    assert ("undefined" in capsys.readouterr().out) == (at == "x=0")

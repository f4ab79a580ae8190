"""Limits of difference quotients where formulas say nothing; every number and slope here was found by hand."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest

import gradcli
from gradcli.cli.main import main
from gradcli.evaluate.germs import Germs
from gradcli.language.document import parse
from gradcli.limits import Limits
from gradcli.results import Status

FINE, ONE_SIDED, KINK, VERTICAL, JUMP, UNDEFINED = (
    Status.FINE, Status.ONE_SIDED, Status.KINK, Status.VERTICAL, Status.JUMP, Status.UNDEFINED,
)  # fmt: skip
PEANO = "where(x == 0 and y == 0, 0, x*y*(x^2 - y^2)/(x^2 + y^2))"
X0 = {"x": 0.0}
INF = math.inf

# text, point, by what, status, then: a number, or the left and the right side
CASES = [
    # what is no trouble at all
    ("x^4", X0, "x", FINE, 0.0),
    ("sin(pi*x)", {"x": 1.0}, "x", FINE, -math.pi),
    ("(1 - cos(x))/x^2", {"x": 1e-8}, "", FINE, 0.5),
    ("x^0", X0, "x", FINE, 0.0),
    ("x^y", {"x": 0.0, "y": 2.0}, "y", FINE, 0.0),
    ("x^y", {"x": 0.0, "y": 0.0}, "x", FINE, 0.0),
    ("x//0.1", {"x": 0.3}, "", FINE, 3.0),
    # numbers that doubles cannot hold on the way
    ("log(cosh(x))", {"x": 1000.0}, "", FINE, 1000 - math.log(2)),
    ("log(cosh(x))", {"x": 1000.0}, "x", FINE, 1.0),
    ("sinh(x)/cosh(x)", {"x": 1000.0}, "x", FINE, 0.0),
    ("log(exp(x))", {"x": 1e5}, "x", FINE, 1.0),
    ("log(1 + exp(x))", {"x": 1e300}, "", FINE, 1e300),
    ("sqrt(x^2 + y^2)", {"x": 3e200, "y": 4e200}, "x", FINE, 0.6),
    ("sqrt(x^2 + y^2)", {"x": 3e-200, "y": 4e-200}, "y", FINE, 0.8),
    # numbers that cancel beyond the usual digits: the values of the power series
    ("expm1(x)/x", {"x": 1e-300}, "x", FINE, 0.5),
    ("(exp(x) - 1)/x", {"x": 1e-300}, "x", FINE, 0.5),
    ("(exp(x) - 1 - x)/x^2", {"x": 1e-300}, "x", FINE, 1 / 6),
    ("(exp(x) - 1 - x - x^2/2)/x^3", {"x": 1e-30}, "x", FINE, 1 / 24),
    ("(1 - cos(x))/x^2", {"x": 1e-300}, "x", FINE, -1e-300 / 12),
    ("max(exp(x) - 1, 0)", {"x": -1e-300}, "x", FINE, 0.0),
    ("1 + x - 1", {"x": 1e-300}, "", FINE, 1e-300),
    ("x/(x - 1) - 1", {"x": 1e16}, "x", FINE, -1e-32),
    ("0.1^x/min(x, y)", {"x": 1e150, "y": -1.0}, "x", FINE, 0.0),
    # smooth, though not in its formula
    ("sqrt(x^4)", X0, "x", FINE, 0.0),
    ("sqrt(x^4)", X0, "xx", FINE, 2.0),
    ("abs(x^3)", X0, "xx", FINE, 0.0),
    ("abs(sin(x))^3", X0, "x", FINE, 0.0),
    ("where(x == 0, 1, sin(x)/x)", X0, "xx", FINE, -1 / 3),
    ("where(x == 2, 4, x^2)", {"x": 2.0}, "x", FINE, 4.0),
    ("where(x < 1, x^2, 2*x - 1)", {"x": 1.0}, "x", FINE, 2.0),
    ("where(x == 0, 0, exp(-1/x^2))", X0, "x", FINE, 0.0),
    ("where(x == 0, 0, x^2*sin(1/x))", X0, "x", FINE, 0.0),
    ("where(x == 0, 0, x^2*log(abs(x)))", X0, "x", FINE, 0.0),
    ("x*y*abs(y)", {"x": 1.0, "y": 0.0}, "yx", FINE, 0.0),
    (PEANO, {"x": 0.0, "y": 0.0}, "xy", FINE, -1.0),
    (PEANO, {"x": 0.0, "y": 0.0}, "yx", FINE, 1.0),
    # the edge of the domain
    ("x^1.5", X0, "x", ONE_SIDED, 0.0),
    ("acos(x)*sqrt(1 - x)", {"x": 1.0}, "x", ONE_SIDED, -math.sqrt(2)),
    ("sqrt(x)*sin(x)", X0, "x", ONE_SIDED, 0.0),
    ("max(sin(x), tan(x))", X0, "x", FINE, 1.0),
    # kinks, with both slopes
    ("abs(x)", X0, "x", KINK, (-1.0, 1.0)),
    ("abs(x^3)", X0, "xxx", KINK, (-6.0, 6.0)),
    ("sqrt(x^2 + y^2)", {"x": 0.0, "y": 0.0}, "x", KINK, (-1.0, 1.0)),
    ("hypot(x, y)", {"x": 0.0, "y": 0.0}, "y", KINK, (-1.0, 1.0)),
    ("max(x, y, x*y)", {"x": 1.0, "y": 1.0}, "x", KINK, (0.0, 1.0)),
    ("max(x + 0.2, 0.3)", {"x": 0.1}, "x", KINK, (0.0, 1.0)),
    ("acosh(cosh(x))", X0, "x", KINK, (-1.0, 1.0)),
    ("where(x == 0, 0, x*atan(1/x))", X0, "x", KINK, (-math.pi / 2, math.pi / 2)),
    ("x*abs(y)", {"x": 1.0, "y": 0.0}, "xy", KINK, (-1.0, 1.0)),
    ("x*abs(y)", {"x": 1.0, "y": 0.0}, "yx", KINK, None),
    # vertical
    ("cbrt(x)", X0, "x", VERTICAL, (INF, INF)),
    ("sqrt(x)", X0, "x", VERTICAL, (math.nan, INF)),
    ("sqrt(abs(x))", X0, "x", VERTICAL, (-INF, INF)),
    ("asin(x)", {"x": 1.0}, "x", VERTICAL, (INF, math.nan)),
    ("where(x == 0, 0, x*log(abs(x)))", X0, "x", VERTICAL, (-INF, -INF)),
    ("x^1.5", X0, "xx", VERTICAL, (math.nan, INF)),
    # jumps, with both limits
    ("floor(x)", {"x": 2.0}, "x", JUMP, (1.0, 2.0)),
    ("sign(x)", X0, "x", JUMP, (-1.0, 1.0)),
    ("round(x)", {"x": 0.5}, "x", JUMP, (0.0, 1.0)),
    ("mod(x, 3)", {"x": 6.0}, "x", JUMP, (3.0, 0.0)),
    ("atan2(y, x)", {"x": -1.0, "y": 0.0}, "y", JUMP, (-math.pi, math.pi)),
    ("floor(sin(pi*x))", {"x": 1.0}, "x", JUMP, (0.0, -1.0)),
    ("where(x == 1, 5, x)", {"x": 1.0}, "x", JUMP, (1.0, 1.0)),
    # nothing there
    ("log(x)", X0, "x", UNDEFINED, None),
    ("sqrt(-x^2)", X0, "x", UNDEFINED, None),
    ("(x^2 - 1)/abs(x - 1)", {"x": 1.0}, "x", UNDEFINED, None),
    # Special functions at the ends of their domains: -1 + sqrt(2*e*x) - 2*e*x/3 (DLMF 4.13.6); sqrt(2/(pi*x))*sin(x)
    # (10.16.1); 1 + x^2*(log(4/x) - 1/2)/2 (19.12.2).
    ("lambertw(x - exp(-1))", {"x": 0.0}, "x", Status.VERTICAL, (math.nan, math.inf)),
    ("lambertw(x - exp(-1), -1)", {"x": 0.0}, "x", Status.VERTICAL, (math.nan, -math.inf)),
    ("(lambertw(x - exp(-1)) + 1)^2", {"x": 0.0}, "x", Status.ONE_SIDED, 2 * math.e),
    ("lambertw(x - 1/e) + lambertw(x - 1/e, -1)", {"x": 0.0}, "x", Status.ONE_SIDED, -4 * math.e / 3),
    ("besselj(0.5, x)", {"x": 0.0}, "x", Status.VERTICAL, (math.nan, math.inf)),
    ("besselj(1.5, x)", {"x": 0.0}, "x", Status.ONE_SIDED, 0.0),
    ("besselj(0.5, x)^2", {"x": 0.0}, "x", Status.ONE_SIDED, 2 / math.pi),
    ("besselj(0.5, x)^2", {"x": 0.0}, "xxx", Status.ONE_SIDED, -4 / math.pi),
    ("besseli(0.5, x)^2", {"x": 0.0}, "xxx", Status.ONE_SIDED, 4 / math.pi),
    ("besselj(0.5, x^2)", {"x": 0.0}, "x", Status.KINK, (-math.sqrt(2 / math.pi), math.sqrt(2 / math.pi))),
    ("besselj(2.5, x)", {"x": 0.0}, "xxx", Status.VERTICAL, (math.nan, math.inf)),
    ("ellipe(x)", {"x": 1.0}, "x", Status.VERTICAL, (-math.inf, math.nan)),
    ("ellipe(1 - x^2)", {"x": 0.0}, "x", Status.FINE, 0.0),
    ("ellipe(1 - x^2)", {"x": 0.0}, "xx", Status.VERTICAL, (math.inf, math.inf)),
]  # fmt: skip


@pytest.mark.parametrize(("text", "point", "by", "status", "wanted"), CASES)
def test_limits(text: str, point: dict[str, float], by: str, status: Status, wanted: object) -> None:
    found = Limits(parse(text)).of("f", tuple(by), point)
    assert found.status is status
    if isinstance(wanted, float):
        assert float(found.value) == pytest.approx(wanted, rel=1e-15, abs=0.0)
    elif isinstance(wanted, tuple):
        sides = [math.nan if side is None else float(side) for side in (found.left, found.right)]
        assert sides == pytest.approx(list(wanted), rel=1e-15, abs=0.0, nan_ok=True)


@pytest.mark.parametrize(
    ("text", "point", "by", "cause"),
    [
        ("y + |x - 1|", {"x": 1.0, "y": 2.0}, "x", "|x - 1|"),
        ("where(x > 0, |x|, |x - y|)", {"x": -1.0, "y": -1.0}, "x", "|x - y|"),
        ("sqrt(x^2 + y^2)*2", {"x": 0.0, "y": 0.0}, "x", "sqrt(x^2 + y^2)"),
        ("1 + floor(x)*abs(y)", {"x": 2.0, "y": 1.0}, "x", "floor(x)"),
        ("exp(x^1.5)", {"x": 0.0}, "x", "x^1.5"),
        # Of several the one that makes it what it is: infinite, undefined on a side, jumping.
        ("abs(x) + sqrt(x)", {"x": 0.0}, "x", "sqrt(x)"),
        ("sqrt(abs(x))", {"x": 0.0}, "x", "sqrt(abs(x))"),
        ("max(x, 0) + cbrt(x)", {"x": 0.0}, "x", "cbrt(x)"),
        ("abs(x) + x^1.5", {"x": 0.0}, "x", "x^1.5"),
        ("abs(x)^3 + abs(x)^1.5", {"x": 0.0}, "xx", "abs(x)^1.5"),
        ("abs(x) + sign(x)", {"x": 0.0}, "x", "sign(x)"),
    ],
)
def test_the_cause_is_the_first_equation_that_is_not_smooth(
    text: str, point: dict[str, float], by: str, cause: str
) -> None:
    program = parse(text)
    assert program.text(Limits(program).of("f", tuple(by), point).cause) == cause


def test_terms_that_stand_still_are_left_out_where_they_are_defined() -> None:
    program = parse("sqrt(y) + abs(x) + floor(z) - log(w)*exp(y)")
    point = {"y": 4.0, "x": 0.0, "z": 2.0, "w": 1.0}
    limits = Limits(program)
    found = limits.of("f", ("x",), point)
    assert (found.status, found.left, found.right, program.text(found.cause)) == (KINK, -1, 1, "abs(x)")
    found = limits.of("f", ("z",), point)
    assert (found.status, found.left, found.right) == (JUMP, 3, 4)  # of the whole
    assert limits.of("f", ("x",), {**point, "w": 0.0}).status is UNDEFINED


def test_ties_under_a_sum_are_looked_at_one_by_one() -> None:
    """Each partial of 2,000 through the terms that its variable is in."""
    names = [f"x{k}" for k in range(2000)]
    limits = Limits(parse(" + ".join(f"abs({name})" for name in names)))
    point = dict.fromkeys(names, 0.0)
    followed = []

    class Counted(Germs):
        def run(self, equations: Any, order: Any, point: Any, values: Any = None) -> Any:
            followed.append(len(order))
            return super().run(equations, order, point, values)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("gradcli.limits.Germs", Counted)
        for name in names[:20]:
            assert limits.of("f", (name,), point).status is KINK
    assert sum(followed) < 2 * len(limits.program)


@pytest.mark.parametrize("text", ["exp(exp(exp(exp(x))))/exp(exp(exp(exp(x))))", "where(x == 3, 0, 1/log(x - 3))"])
def test_what_it_cannot_follow_it_leaves_open(text: str) -> None:
    assert Limits(parse(text)).of("f", ("x",), {"x": 3.0}).status in (Status.UNRESOLVED, Status.VERTICAL)


def test_a_long_chain_of_powers_of_two() -> None:
    """x/x/x/... at 1/2 is 2^59,998; numbers that are hashed alike must not make it slow (a test has a minute)."""
    found = Limits(parse("x" + "/x" * 59_999)).of("f", (), {"x": 0.5})
    assert found.status is FINE
    assert found.value == 2**59_998


def test_what_is_too_long_to_follow_is_left_open() -> None:
    kink = Limits(parse("abs(x - 1)" + "/x" * 100)).of("f", ("x",), {"x": 1.0})
    assert (kink.status, kink.left, kink.right) == (KINK, -1, 1)
    assert Limits(parse("abs(x - 1)" + "/x" * 30_000)).of("f", ("x",), {"x": 1.0}).status is Status.UNRESOLVED


def test_away_from_ties_formulas_answer_and_series_are_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """1.5^-2999 and its slope are below all doubles; a series of each of the quotients would take minutes."""
    monkeypatch.setattr(Limits, "_search", lambda *_: pytest.fail("series were asked"))
    found = gradcli.gradient("x" + "/x" * 3_000, at={"x": 1.5})
    assert (found.value, found.partials["x"], found.status) == (0.0, 0.0, {})


def test_what_is_too_large_for_its_formula_too_is_unresolved() -> None:
    found = gradcli.gradient("x" + "/x" * 40_000, at={"x": 1.5})
    assert all(text.startswith("unresolved") for text in found.status.values())
    assert set(found.status) == {"f", "x"}


def test_a_partial_that_overflows_alone_names_no_part_that_does_not(capsys: pytest.CaptureFixture[str]) -> None:
    """At x = 1e308, y = 0.259 the product x*y is 2.59e307, and the partial by y, x/(1 - y)^2, is 1.82e308."""
    at = "x = 1e+308, y = 0.259"
    main(["eval", "x*y/(1-y)", "--at", "x=1e308,y=0.259", "--format", "ndjson"])
    assert json.loads(capsys.readouterr().out)["status"] == {"df_dy": f"overflow: x*y/(1-y) at {at}"}
    main(["eval", "exp(x)+y", "--at", "x=800,y=1", "--format", "ndjson", "--columns", "f,df_dx"])
    said = json.loads(capsys.readouterr().out)["status"]
    assert said == dict.fromkeys(("f", "df_dx"), "overflow: exp(x) at x = 800")


def test_a_zero_that_a_function_has_too_few_digits_to_confirm_is_none() -> None:
    """The slope is 0 to the 80 digits that bessely has, and nobody knows beyond."""
    program = parse("x*abs(x) + (3*bessely(0, 1) - 2*bessely(0, 1) - bessely(0, 1))*x")
    assert Limits(program).of("f", ("x",), {"x": 0.0}).status is Status.UNRESOLVED

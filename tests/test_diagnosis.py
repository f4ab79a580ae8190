"""What is wrong with a number is said, with the sub-expression that causes it; what is fine is left alone."""

from __future__ import annotations

import math
import random
import sys

import numpy as np
import pytest

import gradcli
from gradcli import engine
from gradcli.backends import get_backend
from gradcli.evaluate.floats import Evaluator
from gradcli.evaluate.wide import HAS_LONGER_EXPONENTS
from gradcli.inquiry import Inquiry
from gradcli.language.document import parse
from gradcli.points import at_points
from gradcli.results import Status
from gradcli.ties import Ties, silent_edges
from gradcli.written_points import read_at


def look(text: str, backend: str | None = None, **point: float) -> dict[str, str]:
    """What is said of each column that is not fine, without the point; a column without a number is nan."""
    program = parse(text)
    values = engine.prepare(program, engine.wanted(program), backend).evaluate(point)
    said = {}
    for partial in values.partials:
        codes = values.status.get(partial.name)
        status = Status.FINE if codes is None else Status(codes[0])
        assert math.isfinite(values[partial.name][0]) is status.has_number
        if status is not Status.FINE:
            said[partial.name] = (values.status_text(partial.name, 0) or "").partition(" at ")[0]
    return said


@pytest.mark.parametrize(
    ("text", "point", "said"),
    [
        # fine
        ("x^2*y", {"x": 1.0, "y": 2.0}, {}),
        ("0*x", {"x": 1.0}, {}),
        ("x*y", {"x": 0.0, "y": 0.0}, {}),
        ("exp(-x)", {"x": 700.0}, {}),
        # undefined, with the cause
        ("log(x)", {"x": -1.0}, {"f": "undefined: log(x)", "df_dx": "undefined: log(x)"}),
        ("2 + x/y", {"x": 1.0, "y": 0.0}, dict.fromkeys(("f", "df_dx", "df_dy"), "undefined: x/y")),
        ("1 + sin(sqrt(x - 1))*y", {"x": 0.0, "y": 1.0},
         dict.fromkeys(("f", "df_dx", "df_dy"), "undefined: sqrt(x - 1)")),
        ("0*log(x)", {"x": 0.0}, {"f": "undefined: log(x)", "df_dx": "undefined: log(x)"}),
        ("x/x", {"x": 0.0}, {"f": "undefined: x/x", "df_dx": "undefined: x/x"}),
        ("sqrt(x)^2", {"x": -1.0}, {"f": "undefined: sqrt(x)", "df_dx": "undefined: sqrt(x)"}),
        ("asin(x) + log(y)", {"x": 2.0, "y": 1.0}, dict.fromkeys(("f", "df_dx", "df_dy"), "undefined: asin(x)")),
        ("a = x - x; b = 1/a; g = x*b", {"x": 3.0}, dict.fromkeys(("g", "dg_dx"), "undefined: 1/a")),
        # ties
        ("y + |x - 1|", {"x": 1.0, "y": 2.0}, {"df_dx": "kink: |x - 1|"}),
        ("max(x, y)*z", {"x": 1.0, "y": 1.0, "z": 2.0}, dict.fromkeys(("df_dx", "df_dy"), "kink: max(x, y)")),
        ("floor(x)*y", {"x": 2.0, "y": 1.0}, {"df_dx": "jump: floor(x)"}),
        ("where(x < 1, x, 2*x)", {"x": 1.0}, {"df_dx": "jump: x < 1"}),
        ("mod(x, 2)", {"x": 4.0}, {"df_dx": "jump: mod(x, 2)"}),
        # a jump decides who wins beside the point
        ("max(0.5, sign(x))", {"x": 0.0}, {"df_dx": "jump: sign(x)"}),
        ("min(floor(x), 2.5)", {"x": 3.0}, {"df_dx": "jump: floor(x)"}),
        # ties that do not count
        ("where(x > 0, |x - y|, 1)", {"x": -1.0, "y": -1.0}, {}),
        ("where(y > 0, max(x, 0), x^2)", {"x": 0.0, "y": -1.0}, {}),
        ("max(x, |y|)", {"x": 1.0, "y": 0.0}, {}),
        ("|2 - 2|*x", {"x": 1.0}, {}),
        ("where(1 < 2, x, |x|)", {"x": 0.0}, {}),
        ("where(x > 0, where(x < 5, x, |x|), -x)", {"x": 5.0}, {}),
        ("x*|x|", {"x": 0.0}, {}),
        # overflow and underflow
        ("exp(x)", {"x": 1000.0}, dict.fromkeys(("f", "df_dx"), "overflow: exp(x)")),
        ("x*y", {"x": 1e200, "y": 1e200}, dict.fromkeys(("f", "df_dx", "df_dy"), "overflow: x*y")),
        ("log(exp(x))", {"x": 1000.0}, {}),
        ("1/sqrt(x^2 + y^2)", {"x": 3e200, "y": 4e200}, {}),
        ("log(x*y)", {"x": 1e-200, "y": 1e-200}, {}),
        ("1/(x*x)", {"x": 1e-170}, dict.fromkeys(("f", "df_dx"), "overflow: x*x")),
        ("x*1e-300*1e-300*1e300*1e300", {"x": 1.0}, {}),
        ("1e999*x", {"x": 1.0}, dict.fromkeys(("f", "df_dx"), "overflow: 1e999")),
    ],
)  # fmt: skip
def test_what_is_said(text: str, point: dict[str, float], said: dict[str, str]) -> None:
    """Nothing of what is fine; of the rest the status and the sub-expression."""
    assert look(text, **point) == said


def test_the_same_is_said_in_a_block() -> None:
    program = parse("log(x) + max(y, 0) + where(x > 5, |y|, 0)")
    values = engine.prepare(program, engine.wanted(program)).evaluate(
        {"x": np.array([1.0, -1.0, 1.0, 6.0, 6.0]), "y": np.array([1.0, 1.0, 0.0, 0.0, 2.0])}
    )
    fine, undefined, kink = Status.FINE, Status.UNDEFINED, Status.KINK
    assert list(values.status["f"]) == [fine, undefined, fine, fine, fine]
    assert list(values.status["df_dx"]) == [fine, undefined, fine, fine, fine]
    assert list(values.status["df_dy"]) == [fine, undefined, kink, kink, fine]
    assert values.status["f"].dtype == np.uint8
    assert values.status_text("df_dy", 1) == "undefined: log(x) at x = -1"
    assert values.status_text("df_dy", 2) == "kink: max(y, 0) at y = 0 (left 0, right 1)"
    assert values.status_text("df_dy", 0) is None
    assert np.isnan(values["df_dy"]).tolist() == [False, True, True, True, False]


def test_a_block_without_problems_has_no_status() -> None:
    program = parse("x^2*y")
    values = engine.prepare(program, engine.wanted(program)).evaluate({"x": np.ones(9), "y": np.ones(9)})
    assert all(values.status.get(partial.name) is None for partial in values.partials)


def test_a_finite_wrong_number_in_a_block_is_found_by_its_flag() -> None:
    """1/sqrt(x^2 + y^2) at 3e200 is 0.0 in doubles, finite and wrong; it is 2e-201."""
    program = parse("1/sqrt(x^2 + y^2)")
    values = engine.prepare(program, engine.wanted(program)).evaluate(
        {"x": np.array([3.0, 3e200]), "y": np.array([4.0, 4e200])}
    )
    assert values["f"].tolist() == [0.2, 2e-201]
    assert values.status_text("f", 1) is None


@pytest.mark.parametrize("backend", ["autodiff", "symbolic", "finite-difference"])
@pytest.mark.parametrize("x", [-1.0, np.array([-1.0, 3.0])])
def test_what_is_no_number_has_no_bound(x: float | np.ndarray, backend: str) -> None:
    """By c the second partial of c*log(x) is 0 wherever it exists, and 0 is exact; where it does not, nothing is."""
    program = parse("c*log(x)")
    prepared = engine.prepare(program, engine.wanted(program, wrt=["c"], order=2), backend)
    values = prepared.evaluate({"c": 1.0, "x": x}, bounded=True)
    for name in ("f", "df_dc", "d2f_dc_dc"):
        assert math.isnan(values.bounds(name)[0])
        assert isinstance(x, float) or values.bounds(name)[1] < 1e-9


def test_imprecise_numbers_are_given_and_say_so() -> None:
    """(1 - cos x)/x^2 at 1e-8 is 0.0 in doubles, and 1/2 in truth."""
    program = parse("(1 - cos(x))/x^2")
    values = engine.prepare(program, engine.wanted(program)).evaluate({"x": 1e-8})
    for partial in values.partials:
        assert Status(values.status[partial.name][0]) is Status.IMPRECISE
        assert math.isfinite(values[partial.name][0])
    assert values.error["f"][0] >= 0.5
    assert "imprecise" in (values.status_text("f", 0) or "")


def test_a_partial_is_fine_only_where_the_value_is() -> None:
    said = look("x^2 + 0*log(y)", x=1.0, y=-1.0)
    assert said == dict.fromkeys(("f", "df_dx", "df_dy"), "undefined: log(y)")


def test_outputs_are_judged_one_by_one() -> None:
    assert look("a = |x|; b = x^2; c = log(x)", x=0.0).keys() == {"da_dx", "c", "dc_dx"}


def test_nan_in_a_point_is_undefined_and_nothing_else() -> None:
    said = look("x*y", x=math.nan, y=1.0)
    assert set(said) == {"f", "df_dx", "df_dy"}


def test_ties_are_masked_by_their_path() -> None:
    ties = Ties(parse("where(x > 0, |x - y|, max(x, y))"))
    assert {ties.original.equations[tie.cause][0] for tie in ties.ties} == {"gt", "abs", "max"}

    def causes(x: float, y: float) -> set[str]:
        return {ties.original.equations[tie.cause][0] for tie, _ in ties.at_point({"x": x, "y": y})}

    assert causes(1.0, 1.0) == {"abs"}
    assert causes(-1.0, -1.0) == {"max"}
    assert causes(0.0, 1.0) == {"gt"}
    assert causes(1.0, 2.0) == set()


@pytest.mark.parametrize("text", ["max(1, cos(x))", "abs(1 - cos(x))"])
def test_a_tie_that_is_only_rounding_is_none_in_a_block(text: str) -> None:
    """cos(1e-9) is 1 in doubles, and below 1 in truth: the slopes are 0 and 1e-9."""
    program = parse(text)
    values = engine.prepare(program, engine.wanted(program)).evaluate({"x": np.array([1e-9, 2.0])})
    assert values.status_text("df_dx", 0) is None
    assert values["df_dx"][0] == (0.0 if text.startswith("max") else 1e-9)


@pytest.mark.parametrize(
    ("text", "x", "said"),
    [
        ("relu(x)*y", 0.0, "kink: relu(x) at x = 0 (left 0, right 3)"),
        ("max(relu(x), 5)*y", 5.0, "kink: max(relu(x), 5) at x = 5 (left 0, right 3)"),
        ("relu(x)*y", 1.0, None),
    ],
)
def test_sides_of_what_is_a_maximum_by_its_meaning(text: str, x: float, said: str | None) -> None:
    program = parse(text)
    values = engine.prepare(program, engine.wanted(program)).evaluate(
        {"x": np.array([x, -1.0]), "y": np.array([3.0, 2])}
    )
    assert values.status_text("df_dx", 0) == said
    assert values.status_text("df_dx", 1) is None


def test_smooth_programs_have_no_ties() -> None:
    assert Ties(parse("sin(x)*exp(y)/z")).ties == []
    assert Ties(parse("|3|*x + max(1, 2)")).ties == []


def test_undefined_operations_do_not_raise() -> None:
    """The evaluator answers nan or inf, and goes on."""
    program = parse("log(x); 1/x; exp(1000 + x); sqrt(x - 1); x^0")
    roots = [output.ref for output in program.outputs]
    values = Evaluator(program, roots).evaluate({"x": 0.0})
    found = [values[root] for root in roots]
    assert math.isnan(found[0])
    assert math.isnan(found[1])
    assert math.isinf(found[2])
    assert math.isnan(found[3])
    assert found[4] == 1.0


@pytest.mark.parametrize(
    ("text", "fixed"),
    [
        ("x/exp(c)", {"c": 1000.0}),
        ("atan(x + exp(c))", {"c": 1000.0}),
        ("min(x, exp(c))", {"c": 1000.0}),
        ("x*(exp(-c)*1e300)", {"c": 730.0}),
        ("where(log(c) > 0, x, 2*x)", {"c": -1.0}),
        ("where(x > 0, 1, 2)", {}),
        ("sign(x) + 1", {}),
        ("abs(x) + 1/x", {}),
        ("x/(1e-200*c)", {"c": 1e-200}),
    ],
)
def test_a_row_of_a_block_is_what_it_is_alone(text: str, fixed: dict[str, float]) -> None:
    """Neither its neighbours nor what is the same in all rows hide what is wrong with a row."""
    program = parse(text)
    prepared = engine.prepare(program, engine.wanted(program))
    rows = [float("nan"), -1.0, 0.0, 1.0, 2.0, 1e300]
    block = prepared.evaluate({"x": np.array(rows), **fixed})
    for k, x in enumerate(rows):
        alone = prepared.evaluate({"x": np.array([x]), **fixed})
        point = prepared.evaluate({"x": x, **fixed})
        for partial in prepared.partials:
            name = partial.name
            codes = [v.status.get(name) for v in (block, alone, point)]
            a, b, c = (Status.FINE if s is None else Status(int(s[i])) for s, i in zip(codes, (k, 0, 0), strict=True))
            assert a is b, (x, name)
            assert a.has_number is c.has_number, (x, name, a, c)


@pytest.mark.parametrize("text", ["max(3*x, 0.3)", "floor(x/0.1)", "abs(3*x - 0.3)", "where(3*x <= 0.3, 1, 2)"])
def test_what_rounding_leaves_open_is_not_called_fine(text: str) -> None:
    """At x = 1/10 these are at a kink or jump, though not in doubles."""
    program = parse(text)
    values = engine.prepare(program, engine.wanted(program)).evaluate({"x": 0.1})
    assert values.status_text("df_dx", 0) is not None


def test_an_edge_of_the_domain_is_not_called_fine() -> None:
    program = parse("x^1.5")
    values = engine.prepare(program, engine.wanted(program)).evaluate({"x": 0.0})
    assert values.status_text("df_dx", 0) == "one-sided: x^1.5 at x = 0"


HIDDEN = [  # where doubles miss a tie or an edge, or show a tie that is none; the value, and what is said of the slope
    ("|x - 0.1 - 0.2|", 0.3, 0.0, "kink: |x - 0.1 - 0.2| at x = 0.3 (left -1, right 1)"),
    ("max(3*x, 0.3)", 0.1, 0.3, "kink: max(3*x, 0.3) at x = 0.1 (left 0, right 3)"),
    ("floor(x/0.1)", 0.3, 3.0, "jump: floor(x/0.1) at x = 0.3 (left 2, right 3)"),
    ("floor(x - 1e-20)", 3.0, 2.0, None),
    ("mod(x, 0.1)", 0.3, 0.0, "jump: mod(x, 0.1) at x = 0.3 (left 0.1, right 0)"),
    ("x//0.1", 0.3, 3.0, "jump: x//0.1 at x = 0.3 (left 2, right 3)"),
    ("round(x/0.2)", 0.3, 2.0, "jump: round(x/0.2) at x = 0.3 (left 1, right 2)"),
    ("where(3*x == 0.3, 4, x)", 0.1, 4.0, "jump: 3*x == 0.3 at x = 0.1 (left 0.1, right 0.1)"),
    ("where(x*x >= 0.09, 1, 0)", 0.3, 1.0, "jump: x*x >= 0.09 at x = 0.3 (left 0, right 1)"),
    ("x*mod(0.5, 0.1)", 2.0, 0.0, None),
    ("sqrt(x - 0.1 - 0.2)", 0.3, 0.0, "vertical: sqrt(x - 0.1 - 0.2) at x = 0.3"),
    ("sqrt(x + 0.1 + 0.2 - 0.6)", 0.3, 0.0, "vertical: sqrt(x + 0.1 + 0.2 - 0.6) at x = 0.3"),
    ("(x - 0.1 - 0.2)^1.5", 0.3, 0.0, "one-sided: (x - 0.1 - 0.2)^1.5 at x = 0.3"),
    ("acos(1.3 - x)", 0.3, 0.0, "vertical: acos(1.3 - x) at x = 0.3"),
]


@pytest.mark.parametrize("backend", ["autodiff", "symbolic", "finite-difference"])
@pytest.mark.parametrize(("text", "x", "value", "said"), HIDDEN)
def test_ties_and_edges_that_rounding_hides_are_found_in_blocks_too(
    text: str, x: float, value: float, said: str | None, backend: str
) -> None:
    program = parse(text)
    prepared = engine.prepare(program, engine.wanted(program), backend)
    for points in ({"x": x}, {"x": np.array([x - 0.01, x, x + 0.01, x])}):
        values = prepared.evaluate(points)
        for row in [0] if isinstance(points["x"], float) else [1, 3]:
            assert values["f"][row] == pytest.approx(value, rel=1e-15, abs=1e-300)
            assert values.status_text("df_dx", row) == said
        assert isinstance(points["x"], float) or values.status_text("df_dx", 2) is None


@pytest.mark.parametrize(
    ("x", "value", "said"),
    [
        (1e300, 0.0, "jump: mod(x, 1e-300) at x = 1e+300 (left 1e-300, right 0)"),
        (5.0, 0.0, "jump: mod(x, 1e-300) at x = 5 (left 1e-300, right 0)"),
        (2.5e-290, 0.0, "jump: mod(x, 1e-300) at x = 2.5e-290 (left 1e-300, right 0)"),
        (3.3333333333e295, 0.0, "jump: mod(x, 1e-300) at x = 3.3333333333e+295 (left 1e-300, right 0)"),
        (math.inf, math.nan, "undefined: mod(x, 1e-300) at x = inf"),
    ],
)
def test_a_remainder_is_right_though_no_double_holds_the_quotient(x: float, value: float, said: str | None) -> None:
    program = parse("mod(x, 1e-300)")
    prepared = engine.prepare(program, engine.wanted(program))
    for points in ({"x": x}, {"x": np.array([x, 1.0])}):
        values = prepared.evaluate(points)
        assert values["f"][0] == pytest.approx(value, rel=1e-5, abs=1e-310, nan_ok=True)
        assert values.status_text("df_dx", 0) == said


@pytest.mark.parametrize("text", ["log(x - 0.1 - 0.2)", "sqrt(x - 0.1 - 0.2 - 1e-30)", "sqrt(0.2 - x)"])
def test_what_is_undefined_beyond_rounding_stays_so(text: str) -> None:
    program = parse(text)
    prepared = engine.prepare(program, engine.wanted(program))
    for points in ({"x": 0.3}, {"x": np.array([0.5, 0.3])}):
        said = prepared.evaluate(points).status_text("f", -1)
        assert said is not None
        assert said.startswith("undefined: ")


@pytest.mark.parametrize(
    ("text", "x", "exact"),
    [
        ("x - x", 0.3, True), ("(x - 0.3)*2", 0.3, True), ("sin(x)^2 + cos(x)^2 - 1", 0.3, True),
        ("lgamma(x)", 1.0, True),
        ("mod(x, -3)", 6.0, True), ("1 + exp(x) - 1", -2000.0, True), ("1 + exp(x) - 1", -200.0, False),
        ("(1 - cos(x))/x^2", 1e-8, False), ("x + exp(600) - exp(600)", 1.0, False),
    ],
)  # fmt: skip
def test_a_zero_is_imprecise_only_if_it_is_none(text: str, x: float, exact: bool) -> None:
    """exp(-200) is 1e-87, and exp(-2000) is no double."""
    program = parse(text)
    values = engine.prepare(program, engine.wanted(program)).evaluate({"x": x})
    assert values["f"] == [0.0]
    codes = values.status.get("f")
    assert (Status.FINE if codes is None else Status(codes[0])) is (Status.FINE if exact else Status.IMPRECISE)


@pytest.mark.parametrize(
    ("text", "slope"),
    [
        # Multiples of sin(x), whose slope is as many times cos(x).
        ("s = sin(x); t = max(s, s)", math.cos(0.5)),
        ("s = sin(x); t = where(s < s, x, s)", math.cos(0.5)),
        ("a = sin(x) + max(sin(x), sin(x)); b = a + max(a, a); t = where(b < b, x, b) + min(b, b)", 8 * math.cos(0.5)),
    ],
)  # fmt: skip
def test_what_is_compared_with_itself_has_no_tie(text: str, slope: float) -> None:
    program = parse(text)
    assert [tie.cause for tie in Ties(program).ties if program.text(tie.cause).startswith(("max", "min"))] == []
    prepared = gradcli.prepare(text)
    for values in (prepared.evaluate({"x": 0.5}), prepared.evaluate({"x": np.array([0.5, 0.5])})):
        assert list(values["dt_dx"]) == pytest.approx([slope] * len(values["dt_dx"]), rel=1e-15)
        status = values.status.get("dt_dx")
        assert status is None or not np.any(status)


def test_beyond_a_kink_a_derivative_is_undefined() -> None:
    """The second derivative of x*abs(x) is -2 on the left and 2 on the right of 0, and the third is its slope."""
    program = parse("x*abs(x)")
    for backend in ("autodiff", "symbolic", "finite-difference"):
        values = engine.prepare(program, engine.wanted(program, order=3), backend).evaluate({"x": 0.0})
        assert values.code("d2f_dx_dx") is Status.KINK
        assert values.status_text("d3f_dx_dx_dx", 0) == "undefined: abs(x) at x = 0"


@pytest.mark.parametrize(
    ("text", "x", "cause"),
    [
        ("log(cospi(x))", 0.5, "log(cospi(x))"),
        ("1/cospi(x)", 1.5, "1/cospi(x)"),
        ("1/(sin(x) - sin(x))", 1.15e-3, "1/(sin(x) - sin(x))"),
        ("x//(sin(x) - sin(x))", 1.5, "x//(sin(x) - sin(x))"),
        ("log(3*x, log(x, x))", 1.5, "log(3*x, log(x, x))"),
        ("1/(sin(x) + 0.1 - tan(x) + 0.2 - sin(x) - 0.3 + tan(x))", 2.0,
         "1/(sin(x) + 0.1 - tan(x) + 0.2 - sin(x) - 0.3 + tan(x))"),
        ("log(2*exp(x)/exp(x) - 2)", 0.3, "log(2*exp(x)/exp(x) - 2)"),
        ("1/mod(3.6*x, 0.6)", 1.0, "1/mod(3.6*x, 0.6)"),
        ("1/(log(x - 1) - log(x - 1))", 0.5, "log(x - 1)"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("backend", ["autodiff", "symbolic", "finite-difference"])
def test_what_cancels_exactly_is_0_and_nothing_is_divided_by_it(text: str, x: float, cause: str, backend: str) -> None:
    assert look(text, backend, x=x) == dict.fromkeys(("f", "df_dx"), f"undefined: {cause}")


@pytest.mark.parametrize(
    ("text", "x", "value"),
    [
        ("1/(sin(x) + 1e-30 - sin(x))", 1.0, 1e30),
        ("1/(exp(x) - exp(x + 1e-70))", 1.0, -1e70 / math.e),
        ("1/(log(1 + x) - log(1 - x))", 1e-40, 5e39),
    ],
)
def test_what_all_but_cancels_is_no_zero(text: str, x: float, value: float) -> None:
    program = parse(text)
    values = engine.prepare(program, engine.wanted(program)).evaluate({"x": x})
    assert values["f"][0] == pytest.approx(value, rel=1e-15)


END = [
    ("x + 0*asin(x)", 1.0, "asin(x)"),
    ("floor(asin(x))*x", 1.0, "asin(x)"),
    ("where(acosh(x) < 1, 2, 3)", 1.0, "acosh(x)"),
    ("heaviside(asech(x) + 1)*x", 1.0, "asech(x)"),
    ("asin(x)^0*x", 1.0, "asin(x)"),
    ("round(acos(x) + 0.2) + exp(x)", 1.0, "acos(x)"),
    ("max(sqrt(x), 5)*x", 0.0, "sqrt(x)"),
    ("x + 0*ellipe(x)", 1.0, "ellipe(x)"),
    ("x + 0*li(x)", 0.0, "li(x)"),
    ("li(x)*x", 0.0, "li(x)"),
    ("max(2, x^x)", 0.0, "x^x"),
    ("min(0^(x - 0.5), x - 0.5)", 0.5, "0^(x - 0.5)"),
]


@pytest.mark.parametrize("backend", ["autodiff", "symbolic", "finite-difference"])
@pytest.mark.parametrize(("text", "x", "cause"), END)
def test_the_end_of_a_domain_is_said_though_no_slope_is_infinite(text: str, x: float, cause: str, backend: str) -> None:
    assert look(text, backend, x=x) == {"df_dx": f"one-sided: {cause}"}
    assert look(text, backend, x=1.5 if "acosh" in text else 0.75) == {}


def test_the_end_of_a_domain_is_said_of_second_partials() -> None:
    program = parse("floor(sqrt(x) + 0.5)*y")
    prepared = engine.prepare(program, engine.wanted(program, order=2))
    values = prepared.evaluate({"x": np.array([0.0, 1.0, 0.0]), "y": np.array([1.0, 1.0, 2.0])})
    moved = {"df_dx", "d2f_dx_dx", "d2f_dx_dy"}
    assert {name for name, codes in values.status.items() if codes is not None and codes.any()} == moved
    for name in moved:
        assert values.status[name].tolist() == [Status.ONE_SIDED, Status.FINE, Status.ONE_SIDED]


@pytest.mark.parametrize("text", ["q*chi*delta", "sqrt(x)*y", "asin(x*y) - acos(y)/x", "sqrt(x^2 + y^2)"])
def test_an_end_that_shows_in_every_slope_is_not_looked_for(text: str) -> None:
    program = parse(text)
    partials = engine.wanted(program, order=2 if "^" in text else 1)
    formulas = get_backend("autodiff").prepare(program, partials, {}).program
    assert silent_edges(program, formulas, partials) in ((), set())


def test_a_missing_rule_is_said() -> None:
    program = parse("besselj(n, x)")
    values = engine.prepare(program, engine.wanted(program)).evaluate({"n": 1.5, "x": 2.0})
    assert "no rule" in (values.status_text("df_dn", 0) or "")
    assert "finite-difference" in (values.status_text("df_dn", 0) or "")
    values = engine.prepare(program, engine.wanted(program)).evaluate({"n": 1.5, "x": -2.0})
    assert values.status_text("df_dn", 0) == "undefined: besselj(n, x) at n = 1.5, x = -2"


@pytest.mark.parametrize("backend", ["autodiff", "symbolic", "finite-difference"])
@pytest.mark.parametrize(
    ("text", "x", "value", "slope"),
    [
        ("floor(x)", "2.99999999999999999999", 2.0, 0.0),
        ("where(x < 3, 1, 2)", "2.99999999999999999999", 1.0, 0.0),
        ("x % 1", "2.99999999999999999999", 1.0, 1.0),
        # sqrt(1e-23) and 1/(2*sqrt(1e-23))
        ("sqrt(x - 1)", "1.00000000000000000000001", 3.1622776601683794e-12, 158113883008.41897),
        ("1/(x - 1)", "1.00000000000000000000001", 1e23, -1e46),
        ("sqrt(1 - x)", "1.00000000000000000000001", None, None),
        ("where(x > 1, 1, 2)*x", "1.00000000000000000001", 1.0, 1.0),
    ],
)
def test_value_and_slopes_are_of_one_point(
    text: str, x: str, value: float | None, slope: float | None, backend: str
) -> None:
    """Where doubles are at a tie or an edge and the decimal that was written is not."""
    program = parse(text)
    (block,) = at_points([read_at(f"x={x}")], program.variables)
    evaluation = engine.prepare(program, engine.wanted(program), backend)
    values = evaluation.evaluate(block.columns, exact=block.meant())
    for name, true in (("f", value), ("df_dx", slope)):
        if true is None:
            assert (values.status_text(name, 0) or "").startswith("undefined: ")
        else:
            assert values[name][0] == pytest.approx(true, rel=1e-15)
            assert values.status_text(name, 0) is None


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("exp(x)*y", 700.0, 720.0),
        ("x^3*y", 1e101, 1e104),
        ("exp(x) - exp(x - y)", 700.0, 720.0),
        ("exp(x)/exp(x - y)", 705.0, 715.0),
        ("hypot(x, y)*x", 1e153, 1e155),
        ("exp(-x)*1e300*y*1e300", 600.0, 800.0),
        ("gamma(x)*y", 165.0, 175.0),
        ("log(1 + exp(x))*y", 700.0, 800.0),
        ("sqrt(x^2 + y^2)", 1e150, 1e200),
        ("1/(1 + exp(x))", 700.0, 760.0),
        ("max(exp(x), exp(y*400))*y", 600.0, 800.0),
        ("floor(exp(x)/exp(x - y))", 705.0, 720.0),
    ],
)
def test_rows_overflow_where_points_do(text: str, low: float, high: float) -> None:
    rng = random.Random(text)
    rows = [(rng.uniform(low, high), rng.uniform(1.0, 2.0)) for _ in range(40)]
    prepared = gradcli.prepare(text)
    block = prepared.evaluate({v: np.array(c) for v, c in zip("xy", zip(*rows, strict=True), strict=True)})
    compared = 0
    for row, (x, y) in enumerate(rows):
        point = prepared.evaluate({"x": x, "y": y})
        for name in block.columns:
            if point.code(name) is not Status.IMPRECISE:  # which blocks do not ask for
                compared += 1
                assert block.status_text(name, row) == point.status_text(name, 0)
                assert block[name][row] == pytest.approx(point[name][0], rel=1e-12, nan_ok=True)
    assert compared > len(rows)


@pytest.mark.skipif(not HAS_LONGER_EXPONENTS, reason="no longer exponents here")
def test_overflows_are_told_of_all_rows_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Inquiry, "_found", lambda *_: pytest.fail("a row was looked at by itself"))
    x = np.linspace(708.0, 720.0, 500)
    values = gradcli.prepare("exp(x)*y").evaluate({"x": x, "y": 2.0 + 0.0 * x})
    beyond = x + math.log(2.0) > math.log(sys.float_info.max)
    for name in ("f", "df_dx"):
        assert ((values.codes(name) == Status.OVERFLOW) == beyond).all()
        assert (np.isnan(values[name]) == beyond).all()


@pytest.mark.skipif(not HAS_LONGER_EXPONENTS, reason="no longer exponents here")
def test_what_fits_after_an_overflow_is_told_of_all_rows_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Inquiry, "_found", lambda *_: pytest.fail("a row was looked at by itself"))
    x = np.linspace(710.0, 900.0, 500)
    values = gradcli.prepare("log(1 + exp(x))*y").evaluate({"x": x, "y": 2.0 + 0.0 * x})
    assert values["f"] == pytest.approx(2.0 * x, rel=1e-15)
    assert values["df_dx"] == pytest.approx(np.full(500, 2.0), rel=1e-15)
    assert values["df_dy"] == pytest.approx(x, rel=1e-15)
    assert not values.codes("f").any()


@pytest.mark.parametrize("backend", ["autodiff", "symbolic", "finite-difference"])
def test_what_is_defined_at_points_apart_has_no_slope_however_little_it_counts(backend: str) -> None:
    for text, point, slopes in [
        ("0*(-2)^x + x", {"x": 2.0}, {"x": None}),
        ("0*y^x + x", {"x": 2.0, "y": -3.0}, {"x": None, "y": 0.0}),
        ("0*y^x + x", {"x": 2.0, "y": 3.0}, {"x": 1.0, "y": 0.0}),
        ("where(x > 3, (-2)^x, x)", {"x": 2.0}, {"x": 1.0}),
    ]:
        for single in (True, False):
            columns = point if single else {name: np.array([x, x]) for name, x in point.items()}
            values = gradcli.prepare(text, backend=backend).evaluate(columns)
            for variable, slope in slopes.items():
                name = f"df_d{variable}"
                assert values.code(name, 0) is (Status.UNDEFINED if slope is None else Status.FINE), (text, name)
                assert slope is None or values.columns[name][0] == pytest.approx(slope, abs=1e-9)


@pytest.mark.parametrize("backend", ["autodiff", "symbolic", "finite-difference"])
@pytest.mark.parametrize(
    ("text", "said"),
    [("min(0^x, 0.5)", "jump: 0^x"), ("floor(0^x)", "jump: 0^x"), ("where(0^x > 0.5, 1, 2)", "jump: 0^x")],
)
def test_a_power_of_0_jumps_at_the_exponent_0_whatever_hides_it(text: str, said: str, backend: str) -> None:
    assert look(text, backend, x=0.0) == {"df_dx": said}
    assert look(text, backend, x=1.0) == {}


@pytest.mark.parametrize("backend", ["autodiff", "symbolic", "finite-difference"])
@pytest.mark.parametrize(
    ("text", "slope"),
    [("sin(min(x*x, x^2))", 6 * math.cos(9.0)), ("max(sin(x)*cos(x), sin(2*x)/2)", math.cos(6.0))],
)
def test_two_ways_to_write_one_function_are_no_tie(text: str, slope: float, backend: str) -> None:
    values = gradcli.prepare(text, backend=backend).evaluate({"x": 3.0})
    assert values.code("df_dx") is Status.FINE
    assert values["df_dx"][0] == pytest.approx(slope, rel=1e-12)


def test_what_min_does_not_hand_on_leaves_no_doubt_of_a_zero() -> None:
    assert look("asin(1)/min(1^1.5, x - x)", x=0.1).keys() == {"f", "df_dx"}
    assert look("asin(1)/min(1^1.5, x - x)", x=0.1)["f"].startswith("undefined")


@pytest.mark.parametrize(
    "text", ["x*abs(x)", "sqrt(x^4)", "abs(x)^3", "max(x, 0)^2", "x^2.5", "where(x == 0, 1, sin(x)/x)"]
)
def test_a_slope_of_0_by_its_limit_is_exact(text: str) -> None:
    values = gradcli.prepare(text).evaluate({"x": 0.0})
    assert (values["df_dx"], values.error["df_dx"]) == ([0.0], [0.0])


def test_a_slope_that_45_digits_do_not_tell_from_0_is_looked_at_with_more() -> None:
    """exp(-600) is 2.65e-261."""
    values = gradcli.prepare("x*abs(x) + (1 + exp(-600) - 1)*x").evaluate({"x": 0.0})
    assert values["df_dx"][0] == pytest.approx(math.exp(-600), rel=1e-12)
    values = gradcli.prepare("x*abs(x) + (sqrt(2)^2 - 2)*x").evaluate({"x": 0.0})  # which no digits settle
    assert (values["df_dx"], values.error["df_dx"]) == ([0.0], [5e-324])


@pytest.mark.parametrize("backend", ["autodiff", "symbolic", "finite-difference"])
def test_the_product_of_two_that_underflow_is_no_zero(backend: str) -> None:
    """1e-300^4 is 1e-1200, and its logarithm -1200 log 10."""
    for x in (1e-300, np.array([1e-300, 2.0])):
        values = gradcli.prepare("x/((x*x)*(x*x))", backend=backend).evaluate({"x": x})
        assert values.code("f") is values.code("df_dx") is Status.OVERFLOW
        values = gradcli.prepare("log((x*x)*(x*x))", backend=backend).evaluate({"x": x})
        assert values["f"][0] == pytest.approx(-1200 * math.log(10), rel=1e-15)
        assert values["df_dx"][0] == pytest.approx(4e300, rel=1e-12)
    values = gradcli.prepare("1/((x*x)*(x*x))", backend=backend).evaluate({"x": 0.0})
    assert values.code("f") is Status.UNDEFINED

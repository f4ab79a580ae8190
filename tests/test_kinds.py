"""Sums of partials: derivatives along a direction, Laplacians, divergences, curls; on every backend, as formulas too.

The expected numbers are derived by hand, or by mpmath from formulas that were.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from mpmath import mp, mpf

from gradcli import engine
from gradcli.backends import backend_names, get_backend
from gradcli.errors import UsageError
from gradcli.language.document import parse
from gradcli.naming import Combination, Partial
from gradcli.results import Status, Values

AT_POINTS = [name for name in backend_names() if not get_backend(name).capabilities.grids_only]
FIELD = "u = x^2*y; v = y*z; w = sin(z)*x"
AT_POINTS = [name for name in backend_names() if not get_backend(name).capabilities.grids_only]


def values_of(text: str, points: dict[str, object], backend: str | None = None, **asked: object) -> Values:
    program = parse(text)
    return engine.prepare(program, engine.wanted(program, **asked), backend).evaluate(points)


def formulas_of(text: str, **asked: object) -> dict[str, str]:
    program = parse(text)
    return dict(engine.document(program, engine.formulas(program, engine.wanted(program, **asked))))


CASES = [
    # f = x^2 y: f_x = 2xy = 12, f_y = x^2 = 4; along (1, -1/2) 10; f_xx = 2y = 6, f_yy = 0
    ("x^2*y", {"x": 2.0, "y": 3.0}, {"along": {"x": "1", "y": "-1/2"}}, {"df_along": 10.0}),
    ("x^2*y", {"x": 2.0, "y": 3.0}, {"laplacian": True}, {"laplacian_f": 6.0}),
    ("x^2*y^3", {"x": 2.0, "y": 3.0}, {"laplacian": True, "wrt": ["y"]}, {"laplacian_f": 6.0 * 4.0 * 3.0}),
    ("x^2*y", {"x": 2.0, "y": 3.0}, {"along": {"y": "2"}, "laplacian": True}, {"df_along": 8.0, "laplacian_f": 6.0}),
    # u_x + v_y + w_z = 2xy + z + x cos z; curl = (w_y - v_z, u_z - w_x, v_x - u_y) = (-y, -sin z, -x^2)
    (
        FIELD,
        {"x": 2.0, "y": 3.0, "z": 0.5},
        {"divergence": True, "curl": True},
        {
            "divergence": 12.5 + 2.0 * math.cos(0.5),
            "curl_x": -3.0,
            "curl_y": -math.sin(0.5),
            "curl_z": -4.0,
        },
    ),
    # u = -y, v = x: a rotation, 2 everywhere
    ("u = -y; v = x", {"y": 2.0, "x": 3.0}, {"curl": True, "wrt": ["x", "y"]}, {"curl": 2.0}),
    # exp(x + 2y) along (sqrt(2)/2, sqrt(2)/2): 3 sqrt(2)/2 f
    (
        "exp(x + 2*y)",
        {"x": 0.25, "y": 0.5},
        {"along": {"x": "sqrt(2)/2", "y": "sqrt(2)/2"}},
        {"df_along": 1.5 * math.sqrt(2.0) * math.exp(1.25)},
    ),
]


@pytest.mark.parametrize("backend", AT_POINTS)
@pytest.mark.parametrize(("text", "point", "asked", "expected"), CASES)
def test_every_backend_at_points_and_in_blocks(
    backend: str, text: str, point: dict[str, float], asked: dict[str, object], expected: dict[str, float]
) -> None:
    single = values_of(text, point, backend, **asked)
    block = values_of(text, {name: np.full(3, value) for name, value in point.items()}, backend, **asked)
    tolerance = 1e-6 if backend == "finite-difference" else 1e-14
    for name, number in expected.items():
        assert single[name] == [pytest.approx(number, rel=tolerance)]
        assert block[name] == pytest.approx(np.full(3, number), rel=tolerance)
        assert single.status_text(name, 0) is None
        assert block.status_text(name, 1) is None
    assert {partial.name for partial in single.partials}.isdisjoint(expected)


@pytest.mark.parametrize(("text", "point", "asked", "expected"), CASES)
def test_the_formulas_have_the_same_values(
    text: str, point: dict[str, float], asked: dict[str, object], expected: dict[str, float]
) -> None:
    lines = formulas_of(text, **asked)
    document = "\n".join(f"{left} = {right}" for left, right in lines.items())
    again = parse(document)
    values = engine.prepare(again, engine.wanted(again)).evaluate(point)
    for name, number in expected.items():
        assert values[name] == [pytest.approx(number, rel=1e-14)]
    assert [d.name for d in engine.wanted(again)] == [d.name for d in engine.wanted(parse(text), **asked)]


def test_formulas_as_a_person_writes_them() -> None:
    assert formulas_of("x^2*y", laplacian=True)["laplacian_f"] == "2*y"
    assert formulas_of("1/sqrt(x^2 + y^2 + z^2)", laplacian=True)["laplacian_f"] == "0"
    assert formulas_of("x*y", along={"x": "1", "y": "-2"})["df_along"] == "y - 2*x"
    assert formulas_of("x*y", along={"x": "0"})["df_along"] == "0"
    assert formulas_of("u = -y; v = x", curl=True, wrt=["x", "y"])["curl"] == "2"


def test_the_order_of_the_columns() -> None:
    program = parse("u = x*y; v = x - y")
    asked = engine.wanted(program, order=1, along={"x": "1"}, laplacian=True, divergence=True, curl=True)
    assert [derivative.name for derivative in asked] == [
        "u", "v", "du_dx", "du_dy", "du_along", "laplacian_u", "dv_dx", "dv_dy", "dv_along", "laplacian_v",
        "divergence", "curl",
    ]  # fmt: skip


@pytest.mark.parametrize("backend", AT_POINTS)
def test_bounds_hold(backend: str) -> None:
    with mp.workdps(50):
        for x, y in ((0.3, 0.7), (1e-3, 5.0), (30.0, 2.0)):
            values = values_of(
                "exp(x)*sin(y)/x", {"x": x, "y": y}, backend, along={"x": "0.1", "y": "pi/3"}, laplacian=True
            )
            a, b = mpf(x), mpf(y)
            by_x = mp.exp(a) * mp.sin(b) * (1 / a - 1 / a**2)
            by_xx = mp.exp(a) * mp.sin(b) * (1 / a - 2 / a**2 + 2 / a**3)
            along = by_x / 10 + mp.exp(a) * mp.cos(b) / a * mp.pi / 3
            laplacian = by_xx - mp.exp(a) * mp.sin(b) / a
            for name, exact in (("df_along", along), ("laplacian_f", laplacian)):
                bound = values.error[name]
                if bound is not None and not math.isnan(bound[0]):
                    assert abs(mpf(values[name][0]) - exact) <= mpf(bound[0])
                    assert backend == "finite-difference" or bound[0] < 1e-12 * abs(exact)
                else:
                    assert backend == "finite-difference"


def test_what_cancels_is_imprecise() -> None:
    # log(x^2 + y^2) is harmonic: its second partials cancel
    values = values_of("log(x^2 + y^2)", {"x": 1.0, "y": 2.0}, laplacian=True)
    assert values.status["laplacian_f"] == [Status.IMPRECISE]
    assert abs(values["laplacian_f"][0]) <= values.error["laplacian_f"][0] < 1e-14


@pytest.mark.parametrize("backend", AT_POINTS)
def test_a_sum_is_what_its_worst_term_is(backend: str) -> None:
    text = "abs(x)*y + y^2"
    values = values_of(text, {"x": 0.0, "y": 2.0}, backend, along={"x": "1", "y": "1"}, laplacian=True)
    assert math.isnan(values["df_along"][0])
    assert not Status(values.status["df_along"][0]).has_number
    assert "abs(x)" in str(values.status_text("df_along", 0))
    x = np.array([-1.0, 0.0, 1.0])
    block = values_of(text, {"x": x, "y": 2.0}, backend, along={"x": "1", "y": "1"}, laplacian=True)
    # |x| y + y^2 along (1, 1): sign(x) y + |x| + 2y
    assert block["df_along"][[0, 2]] == pytest.approx([-2 + 1 + 4, 2 + 1 + 4], rel=1e-6)
    assert np.isnan(block["df_along"][1])
    assert [block.status_text("df_along", row) is None for row in range(3)] == [True, False, True]
    # y alone moves nothing off the tie
    other = values_of(text, {"x": 0.0, "y": 2.0}, backend, along={"x": "0", "y": "1"})
    assert other["df_along"] == [pytest.approx(4.0, rel=1e-6)]


def test_undefined_is_undefined() -> None:
    values = values_of("log(x)*y", {"x": -1.0, "y": 2.0}, laplacian=True)
    assert math.isnan(values["laplacian_f"][0])
    assert values.status["laplacian_f"] == [Status.UNDEFINED]
    block = values_of("log(x)*y", {"x": np.array([-1.0, 1.0]), "y": 2.0}, laplacian=True)
    assert list(block.status["laplacian_f"]) == [Status.UNDEFINED, Status.FINE]
    assert block["laplacian_f"][1] == -2.0


def test_a_sum_beyond_the_largest_double_is_no_number() -> None:
    values = values_of("1.5e308*x + 1.5e308*y", {"x": 0.0, "y": 0.0}, along={"x": "1", "y": "1"})
    assert math.isnan(values["df_along"][0])
    assert not Status(values.status["df_along"][0]).has_number


def test_given_combinations_are_taken_as_written() -> None:
    program = parse("f = max(x, y)*x; laplacian_f = where(x >= y, 2, 0); df_along = 7*x")
    assert [output.name for output in program.outputs] == ["f"]
    assert [d.name for d in engine.wanted(program)] == ["f", "laplacian_f", "df_along"]
    values = engine.prepare(program, engine.wanted(program)).evaluate({"x": 2.0, "y": 1.0})
    assert (values["laplacian_f"], values["df_along"]) == ([2.0], [14.0])
    tied = engine.prepare(program, engine.wanted(program)).evaluate({"x": 1.0, "y": 1.0})
    assert tied.status_text("laplacian_f", 0) == "unresolved: max(x, y) at x = 1, y = 1"
    block = engine.prepare(program, engine.wanted(program)).evaluate({"x": np.array([1.0, 2.0]), "y": 1.0})
    assert [block.status_text("df_along", row) is None for row in (0, 1)] == [False, True]
    assert block["df_along"][1] == 14.0


def test_asked_for_they_are_derived_anew() -> None:
    program = parse("f = x^2; laplacian_f = 7*x")
    values = engine.prepare(program, engine.wanted(program, laplacian=True)).evaluate({"x": 3.0})
    assert values["laplacian_f"] == [2.0]


def test_a_document_of_combinations_goes_on() -> None:
    program = parse("f = x^2*y; laplacian_f = 2*y")
    asked = engine.next_order(program, None, None)
    assert [d.name for d in asked] == ["f", "df_dx", "df_dy", "laplacian_f"]
    assert dict(engine.document(program, engine.formulas(program, asked)))["laplacian_f"] == "2*y"


def test_names_that_are_no_combinations_are_outputs() -> None:
    assert [o.name for o in parse("laplacian_g = x; g1 = x").outputs] == ["laplacian_g", "g1"]
    assert [o.name for o in parse("divergence = x; g = x").outputs] == ["divergence", "g"]
    assert [o.name for o in parse("u = x; v = y; w = x; curl = y").outputs] == ["u", "v", "w", "curl"]
    assert list(parse("u = x; v = y; curl = y").given) == [Combination("curl", ("u", "v"), ("x", "y"))]


def test_what_does_not_pair() -> None:
    for text, kind in (("u = x*y; v = x", "curl"), ("u = x; v = x", "divergence"), ("x*y", "divergence")):
        program = parse(text)
        with pytest.raises(UsageError):
            engine.wanted(program, wrt=None if kind == "divergence" else ["x"], **{kind: True})
    with pytest.raises(UsageError, match="output already"):
        engine.wanted(parse("divergence = x"), divergence=True)


def test_partials_beside_combinations_keep_their_statuses() -> None:
    values = values_of("abs(x) + y", {"x": 0.0, "y": 1.0}, order=1, laplacian=True)
    assert values.partials == (Partial("f"), Partial("f", ("x",)), Partial("f", ("y",)))
    assert values.status_text("df_dx", 0) == "kink: abs(x) at x = 0 (left -1, right 1)"
    assert values["df_dy"] == [1.0]
    assert set(values.columns) == {"f", "df_dx", "df_dy", "laplacian_f"}


@pytest.mark.parametrize("backend", AT_POINTS)
def test_digits_that_are_right_where_terms_cancel(backend: str) -> None:
    """f = exp(x) sin(y) + exp(-x)/3: the first term is harmonic, so that the Laplacian is exp(-x)/3."""
    program = parse("exp(x)*sin(y) + exp(-x)/3")
    asked = engine.wanted(program, laplacian=True, along={"x": "1/3", "y": "sqrt(2)"})
    prepared = engine.prepare(program, asked, backend)
    points = {"x": 20.0, "y": 2.0}
    values = prepared.certain(points, lambda arithmetic: {k: arithmetic.number(repr(v)) for k, v in points.items()}, 40)
    with mp.workdps(60):
        laplacian = mp.exp(-20) / 3
        along = (mp.exp(20) * mp.sin(2) - laplacian) / 3 + mp.sqrt(2) * mp.exp(20) * mp.cos(2)
        for name, exact in (("laplacian_f", laplacian), ("df_along", along)):
            assert abs(mpf(repr(values[name][0])) - exact) <= abs(exact) * mpf(10) ** -39
            assert values.status_text(name, 0) is None


def test_digits_of_what_is_given_and_of_what_is_none() -> None:
    program = parse("f = abs(x)*y; laplacian_f = y/3")
    points = {"x": 0.0, "y": 2.0}

    def exactly(arithmetic: Any) -> dict[str, Any]:
        return {k: arithmetic.number(repr(v)) for k, v in points.items()}

    tied = engine.prepare(program, engine.wanted(program)).certain(points, exactly, 20)
    assert math.isnan(tied["laplacian_f"][0])
    assert tied.status_text("laplacian_f", 0) == "unresolved: abs(x) at x = 0"
    points["x"] = 1.0
    found = engine.prepare(program, engine.wanted(program)).certain(points, exactly, 20)
    assert repr(found["laplacian_f"][0]) == "0.66666666666666666667"
    points["x"] = 0.0
    derived = engine.prepare(program, engine.wanted(program, laplacian=True)).certain(points, exactly, 20)
    assert derived.status["laplacian_f"] == [Status.UNDEFINED]  # there is no first derivative to derive


def test_sums_on_a_grid_of_samples() -> None:
    x = np.linspace(0.0, 1.0, 101)
    grid = {"x": np.repeat(x, 101), "y": np.tile(x, 101)}
    # x^2 + x y + y^2: Laplacian 4, along (1, -1): 2x + y - x - 2y
    values = values_of("x^2 + x*y + y^2", grid, "grid", laplacian=True, along={"x": "1", "y": "-1"})
    assert values["laplacian_f"] == pytest.approx(np.full(101 * 101, 4.0), abs=1e-6)
    inside = values.status["df_along"] == Status.FINE  # at the edges a grid's slopes are of a lower order
    assert inside.sum() > 9000
    assert values["df_along"][inside] == pytest.approx((grid["x"] - grid["y"])[inside], abs=1e-6)
    assert set(values.status["df_along"][~inside]) == {Status.IMPRECISE}
    assert (abs(values["df_along"] - (grid["x"] - grid["y"])) <= values.error["df_along"] + 1e-12).all()


# f is not differentiable at the point, so the sum of its partials is not its derivative along a direction: by hand.
ALONG = [
    ("where(x == 0 and y == 0, 0, x^2*y/(x^2 + y^2))", (0.0, 0.0), ("1", "1"), 0.5),
    ("cbrt(x^2*y)", (0.0, 0.0), ("1", "1"), 1.0),
    ("max(x, y)^2", (1.0, 1.0), ("1", "1"), 2.0),
    ("abs(x - y)", (1.0, 1.0), ("1", "1"), 0.0),
    ("max(min(x, y), -1)", (0.0, 0.0), ("1", "1"), 1.0),
    ("min(abs(x), abs(y))", (0.0, 0.0), ("1", "1"), "kink: abs(x) at x = 0 (left -1, right 1)"),
    ("sqrt(x^2 + y^2)", (0.0, 0.0), ("3", "4"), "kink: sqrt(x^2 + y^2) at x = 0, y = 0 (left -5, right 5)"),
    ("abs(x) + y", (0.0, 1.0), ("2", "1"), "kink: abs(x) at x = 0 (left -1, right 3)"),
]


@pytest.mark.parametrize(("text", "place", "way", "wanted"), ALONG)
@pytest.mark.parametrize("backend", ["autodiff", "symbolic", "finite-difference"])
def test_a_direction_has_its_own_limit(
    text: str, place: tuple[float, float], way: tuple[str, str], wanted: float | str, backend: str
) -> None:
    along = dict(zip("xy", way, strict=True))
    for points in (dict(zip("xy", place, strict=True)), {v: np.array([a]) for v, a in zip("xy", place, strict=True)}):
        values = values_of(text, points, backend, along=along)
        said = values.status_text("df_along", 0)
        if isinstance(wanted, str):
            assert said == wanted
        else:
            assert said is None
            assert values["df_along"][0] == wanted


@pytest.mark.parametrize(
    ("text", "kinds", "name", "sides"),
    [
        # u = |x| has the slopes -1 and 1 at 0, and v's by y is 2
        ("u = abs(x); v = y^2 + x", {"divergence": True}, "divergence", (1.0, 3.0)),
        # the second derivative of x*|x| is -2 on the left, 2 on the right, that of y^2 is 2
        ("x*abs(x) + y^2", {"laplacian": True}, "laplacian_f", (0.0, 4.0)),
        # dv/dx - du/dy
        ("u = 3*y; v = max(x, 0)", {"curl": True, "wrt": ("x", "y")}, "curl", (-3.0, -2.0)),
        # where two terms have kinks there are four sums
        ("u = abs(x); v = abs(y - 1)", {"divergence": True}, "divergence", None),
    ],
)
def test_a_sum_with_one_kink_has_two_sides(
    text: str, kinds: dict[str, Any], name: str, sides: tuple[float, float] | None
) -> None:
    program = parse(text)
    prepared = engine.prepare(program, engine.wanted(program, **kinds))
    for points in ({"x": 0.0, "y": 1.0}, {"x": np.array([0.0, 2.0]), "y": 1.0}):
        values = prepared.evaluate(points)
        assert Status(int(values.status[name][0])) is Status.KINK
        found = tuple(side[0] for side in values.sides.get(name, ([math.nan], [math.nan])))
        assert found == (sides or pytest.approx((math.nan, math.nan), nan_ok=True))


def test_a_sum_with_a_derivative_of_a_kink_is_undefined() -> None:
    program = parse("abs(x) + y^2")
    prepared = engine.prepare(program, engine.wanted(program, laplacian=True))
    for points in ({"x": 0.0, "y": 1.0}, {"x": np.array([0.0, 2.0]), "y": 1.0}):
        values = prepared.evaluate(points)
        assert values.code("laplacian_f") is Status.UNDEFINED
        assert "laplacian_f" not in values.sides


@pytest.mark.parametrize("points", [{"x": 1.0, "y": 1.0}, {"x": np.array([1.0]), "y": np.array([1.0])}])
@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("u = x*y; v = x - y", {"curl": True}),  # 1 - x
        ("x + y", {"along": {"x": "3", "y": "-3"}}),  # 3 - 3
        ("x^2 - y^2", {"laplacian": True}),  # 2 - 2
    ],
)
def test_exact_terms_that_cancel_are_exactly_nothing(
    text: str, asked: dict[str, object], points: dict[str, Any]
) -> None:
    program = parse(text)
    values = engine.prepare(program, engine.wanted(program, **asked)).evaluate(points, bounded=True)
    (name,) = (name for name in values.columns if name.startswith(("curl", "df_along", "laplacian")))
    assert (values.columns[name][0], values.error[name][0]) == (0.0, 0.0)
    codes = values.status.get(name)
    assert codes is None or codes[0] == Status.FINE


def test_rounded_terms_that_cancel_are_imprecise() -> None:
    # In doubles 0.1*10 is 1, in reals 0.1 is no double: what is left is rounding.
    values = values_of("0.1*x + y", {"x": 1.0, "y": 1.0}, along={"x": "10", "y": "-1"})
    assert values.status["df_along"][0] == Status.IMPRECISE
    assert values.error["df_along"][0] > 0.0


def test_a_bounded_block_says_of_a_given_sum_what_points_say() -> None:
    program = parse("f = x^2*y; laplacian_f = 2*y + x*y/x - y")
    prepared = engine.prepare(program, engine.wanted(program))
    values = prepared.evaluate({"x": np.array([1.0, 0.0]), "y": np.array([2.0, 3.0])}, bounded=True)
    assert values["laplacian_f"][0] == 4.0
    assert values.code("laplacian_f", 1) is Status.UNDEFINED

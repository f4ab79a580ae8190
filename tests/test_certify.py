"""`eval --certify`: enclosures contain the numbers that mpmath gives at 50 digits, and every rule of the table holds
over boxes of its domain."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Sequence
from fractions import Fraction
from itertools import product
from math import ulp
from pathlib import Path
from typing import Any

import pytest
from mpmath import mp, mpf

from gradcli.cli.main import main

pytest.importorskip("flint", reason='pip install "gradcli[certify]"')

from gradcli.certify import Certified
from gradcli.evaluate.balls import Ball, Balls, certain_digits, decimals, enclosures, most_digits
from gradcli.evaluate.multiprecision import Multiprecision, Undefined
from gradcli.evaluate.ranges import Ranges
from gradcli.language.document import parse, parse_text
from gradcli.operations import OPERATIONS, Operation
from gradcli.points import at_points
from gradcli.program import Builder, Output, Program
from gradcli.results import Status, Values
from gradcli.written_points import read_at

CASES: list[dict[str, Any]] = json.loads(Path(__file__).with_name("cases.json").read_text(encoding="utf-8"))
DIGITS = 30


def certified(text: str, at: str, digits: int | None = None, order: int = 1) -> Values:
    from gradcli import engine

    program = parse(text)
    point = read_at(at)
    boxes = bool(point.boxes())
    partials = engine.wanted(program, order=order)
    (block,) = at_points([point], program.variables)
    found = Certified(program, partials, None, {}, boxes)
    return found.over(block) if boxes else found.at(block, digits)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_every_digit_of_every_case_is_right(case: dict[str, Any]) -> None:
    """The data have 50 digits; so many of them are asked for that the last one cannot be rounded otherwise."""
    point = ",".join(f"{name}={text}" for name, text in case["point"].items())
    values = certified(case["text"], point, DIGITS, order=2)
    for partial in values.partials:
        data = case["outputs"][partial.output]
        kind = ("value", "partials", "hessian")[partial.order]
        text = data[kind][" ".join(partial.by)] if partial.by else data[kind]
        status = Status.FINE if values.status.get(partial.name) is None else values.status[partial.name][0]
        got = values[partial.name][0]
        if mpf(text) == 0 and status == Status.UNRESOLVED:  # no enclosure tells a number from 0 that is 0
            assert got != got
            continue
        assert status in (Status.FINE, Status.ONE_SIDED), partial.name
        with mp.workdps(60):
            assert abs(mpf(repr(got)) - mpf(text)) <= abs(mpf(text)) * mpf(10) ** (1 - DIGITS), partial.name


@pytest.mark.parametrize(
    ("text", "at", "digits"),
    [
        ("(1 + x) - 1", "x=1e-17", "1.0000000000000000e-17"),
        ("(1 - cos(x))/x^2", "x=1e-8", "0.50000000000000000"),
        ("exp(x) - exp(-x) - 2*x", "x=1e-10", "3.3333333333333333e-31"),
        ("sqrt(x^2 + 1) - x", "x=1e20", "5.0000000000000000e-21"),
        ("x*y", "x=1.5,y=4", "6.0"),
        ("exp(x)", "x=2000", "3.8811801942843686e+868"),
    ],
)
def test_digits_that_doubles_lose(text: str, at: str, digits: str) -> None:
    assert repr(certified(text, at)["f"][0]) == digits


@pytest.mark.parametrize(
    ("text", "at", "digits", "written"),
    [
        ("pi*x", "x=1e16", None, "3.1415926535897932e+16"),  # 31415926535897932.38
        ("pi*x", "x=1e15", None, "3141592653589793.2"),
        ("pi*x", "x=1e4", 5, "3.1416e+4"),  # 31415.9
        ("pi*x", "x=1e3", 5, "3141.6"),
        ("pi*x", "x=1", 1, "3e+0"),
        ("x*y", "x=3,y=41151", 5, "1.2345e+5"),
        ("x*y", "x=3,y=4115", 5, "12345.0"),
        ("x*y", "x=2e15,y=3", None, "6000000000000000.0"),
    ],
)
def test_no_zero_is_written_that_is_not_certain(text: str, at: str, digits: int | None, written: str) -> None:
    assert repr(certified(text, at, digits)["f"][0]) == written


@pytest.mark.parametrize(
    ("text", "at", "value"),
    [
        ("floor(x*100)", "x=0.29", "29"),
        ("max(x, y)*(x - y)", "x=0.1,y=0.1", "0"),
        ("where(3*x == 0.9, 5*x, x)", "x=0.3", "1.5"),
        ("mod(x, 0.1)", "x=0.3", "0"),
        ("round(x*100)", "x=0.285", "28"),  # 28.5
        ("ceil(x/3*3) - sign(x/3 - 0.1)", "x=0.3", "1"),
        ("x - 1/3*3*x", "x=0.7", "0"),
        ("where(not (x/3 < 0.1 or x/3 > 0.1) and x/3 <= 0.1, 7, 8)", "x=0.3", "7"),
    ],
)
def test_fractions_decide(text: str, at: str, value: str) -> None:
    """Balls around a third, or around 0.29, leave open on which side of a whole number it is."""
    values = certified(text, at)
    assert values.code("f") is Status.FINE
    assert mpf(repr(values["f"][0])) == mpf(value)
    assert values.error["f"][0] == 0


@pytest.mark.parametrize(
    ("text", "at", "statuses"),
    [
        ("abs(x)", "x=0", {"df_dx": Status.KINK}),
        ("1/x", "x=0", {"f": Status.UNDEFINED, "df_dx": Status.UNDEFINED}),
        ("sin(pi*x)", "x=1", {"f": Status.UNRESOLVED}),
        ("x^2*sign(x)", "x=0", {"df_dx": Status.UNRESOLVED}),
        ("abs(x) - abs(x)", "x=0", {"df_dx": Status.UNRESOLVED}),
        ("where(x == 2, 5, x^2)", "x=2", {"df_dx": Status.JUMP}),
        ("where(x == 0, 0, x/x)", "x=0", {"f": Status.FINE, "df_dx": Status.JUMP}),
        ("abs(3*x - 0.9)", "x=0.3", {"f": Status.FINE, "df_dx": Status.KINK}),
        ("floor(10*x)", "x=0.3", {"f": Status.FINE, "df_dx": Status.JUMP}),
        ("floor(100*(sin(x)^2 + cos(x)^2))", "x=1", {"f": Status.UNRESOLVED, "df_dx": Status.UNRESOLVED}),
        ("exp(exp(x))", "x=50", {"f": Status.OVERFLOW, "df_dx": Status.OVERFLOW}),
        ("exp(-exp(x))", "x=50", {"f": None}),
    ],
)  # fmt: skip
def test_what_cannot_be_certified_is_said(text: str, at: str, statuses: dict[str, Status | None]) -> None:
    """Where rounding leaves open whether a point is at a kink or jump, any word but "fine" will do (`None`)."""
    values = certified(text, at)
    for name, status in statuses.items():
        got = values.status[name][0]
        assert got == status if status is not None else got != Status.FINE


@pytest.mark.parametrize(
    ("text", "at", "order", "numbers"),
    [
        # sinc(x) = 1 - x^2/6 + x^4/120 - ...
        ("sinc(x)", "x=0", 4, [1.0, 0.0, -1 / 3, 0.0, 1 / 5]),
        ("where(x == 0, 1, sin(x)/x)", "x=0", 2, [1.0, 0.0, -1 / 3]),
        ("where(3*x != 0, sin(3*x)/(3*x), 1)", "x=0", 2, [1.0, 0.0, -3.0]),
        ("where(x == 2, 4, x^2)", "x=2", 2, [4.0, 4.0, 2.0]),
        ("where(x == 2, 4, x^2) + where(x == 3, 9, x^2) + where(x == 5, 25, x^2)", "x=5", 1, [75.0, 30.0]),
        ("where(x != y, x^2/y, x)", "x=2,y=2", 1, [2.0, 2.0, -1.0]),
        ("x^1.5", "x=0", 1, [0.0, 0.0]),
        ("sqrt(x^4)", "x=0", 1, [0.0, 0.0]),
        ("sqrt(x^4 + x^6)", "x=0", 1, [0.0, 0.0]),
        ("x*abs(x)", "x=0", 1, [0.0, 0.0]),
        ("3*x + max(x, 0)^2", "x=0", 1, [0.0, 3.0]),
        ("where(x >= 0, x^2, x^3)", "x=0", 1, [0.0, 0.0]),
        ("x^y", "x=0,y=1.5", 1, [0.0, 0.0, 0.0]),
        ("sqrt(abs(x))*x", "x=0", 1, [0.0, 0.0]),
        ("x*cbrt(x) - x", "x=0", 1, [0.0, -1.0]),
        ("x + 2*x*sqrt(x)", "x=0", 1, [0.0, 1.0]),
        ("x^2.0*cbrt(x)", "x=-8", 1, [-128.0, 112 / 3]),  # 7/3*x^(4/3)
        ("cbrt(x)^4", "x=0", 1, [0.0, 0.0]),
        ("x*sqrt(x)^3", "x=4", 1, [32.0, 20.0]),
    ],
)
def test_what_is_smooth_though_it_is_written_in_pieces(text: str, at: str, order: int, numbers: list[float]) -> None:
    values = certified(text, at, order=order)
    assert [float(values[partial.name][0]) for partial in values.partials] == pytest.approx(numbers, abs=0, rel=1e-15)
    assert all(values.status[partial.name][0] in (Status.FINE, Status.ONE_SIDED) for partial in values.partials)


def test_digits_of_series_do_not_end_where_doubles_do() -> None:
    with mp.workdps(60):
        slope = mp.cos(mpf("0.5")) / mpf("0.5") - mp.sin(mpf("0.5")) / mpf("0.25")
        assert abs(mpf(repr(certified("sinc(x)", "x=0.5", 40)["df_dx"][0])) - slope) < mpf(10) ** -40


def ends(values: Values, name: str) -> tuple[float, float]:
    return float(values[f"{name}_low"][0]), float(values[f"{name}_high"][0])


@pytest.mark.parametrize(
    ("text", "at", "name", "low", "high", "slack"),
    [
        ("x^2*y", "x=[1,2],y=3", "f", 3, 12, 0),
        ("x^2*y", "x=[1,2],y=3", "df_dx", 6, 12, 0),
        ("x^2*y", "x=[-1,2],y=3", "f", 0, 12, 1e-2),
        ("x^2 - x", "x=[0,1]", "f", -0.25, 0, 1e-2),
        ("x^2 - x", "x=[0,1]", "df_dx", -1, 1, 0),
        ("sin(x)", "x=[0,pi]", "f", 0, 1, 1e-3),
        ("x*exp(-y)", "x=[0,1],y=[0,1]", "f", 0, 1, 0),
        ("abs(x)*y", "x=[-1,2],y=[3,4]", "f", 0, 8, 1e-2),
        ("abs(x)*y", "x=[-1,2],y=[3,4]", "df_dx", -4, 4, 0),
        ("max(x, 2*x)", "x=[-1,1]", "df_dx", 1, 2, 0),
        ("min(x, y)", "x=[0,1],y=[0,1]", "df_dx", 0, 1, 0),
        ("abs(x)", "x=[1,2]", "df_dx", 1, 1, 0),
        ("1/x", "x=[0.5,4]", "f", 0.25, 2, 0),
        ("x^0.5", "x=[1,4]", "f", 1, 2, 1e-15),
        ("floor(x)", "x=[1.25,1.75]", "f", 1, 1, 0),
        ("floor(x)", "x=[1.5,2.5]", "f", 1, 2, 0),
        ("x % 3", "x=[2,4]", "f", 0, 3, 0.1),
        ("where(x > 1, x^2, -x)", "x=[0,2]", "f", -1, 4, 1e-2),
        ("x^2", "x=[0,1]", "f", 0, 1, 0),
        ("sqrt(x)", "x=[0,4]", "f", 0, 2, 0),
        ("asin(x)", "x=[-1,1]", "f", -1.5707963267948966, 1.5707963267948966, 1e-15),
        ("asin(sinpi(x))", "x=[0.25,0.75]", "f", 0.7853981633974483, 1.5707963267948966, 1e-12),
        ("asin(cospi(x))", "x=[-0.25,0.25]", "f", 0.7853981633974483, 1.5707963267948966, 1e-12),
        ("asin(tanh(x))", "x=[0,100]", "f", 0, 1.5707963267948966, 1e-12),
        ("hypot(x, y)", "x=[-3,3],y=[-4,4]", "f", 0, 5, 0),
        ("abs(abs(x) - 1)", "x=[-2,2]", "df_dx", -1, 1, 0),
        ("x^y", "x=[1,2],y=[0,3]", "df_dy", 0, 5.545177444479562, 1e-14),
        ("x^-2", "x=[-4,-2]", "df_dx", 0.03125, 0.25, 1e-15),
        ("where(x >= 0, x, -x)", "x=[-1,2]", "df_dx", -1, 1, 0),
        ("where(x < 0, -x, where(x > 1, 1, x))", "x=[-1,2]", "df_dx", -1, 1, 0),
        ("2*where(x + y > 1, x + y, 1)", "x=[-1,2],y=[0,3]", "df_dy", 0, 2, 0),
        ("where(x > 1, x^2, 2*x - 1)", "x=[0,2]", "df_dx", 2, 4, 0),
        ("where(x >= 0, x, -x)", "x=[-1,2]", "f", 0, 2, 1e-2),
        ("sqrt(x^2)", "x=[-1,2]", "df_dx", -1, 1, 0),
        ("hypot(x, y)", "x=[-1,1],y=[-2,2]", "df_dx", -1, 1, 0),
        ("3*sqrt(x^2 + y^2)", "x=[0,1],y=[0,2]", "df_dy", -3, 3, 0),
        ("sqrt((x - 1)^2 + y*y)", "x=[0,3],y=[-1,1]", "df_dx", -1, 1, 0),
        ("sqrt(x^2 + y^2)", "x=[3,4],y=0", "df_dx", 1, 1, 1e-5),
        # branches that meet at several places, or on a line
        ("where(abs(x) < 1, x^2, 2*abs(x) - 1)", "x=[-2,2]", "df_dx", -2, 2, 0.1),
        ("where(x*y > 0, x*y, 0)", "x=[-1,1],y=[-1,1]", "df_dx", -1, 1, 1e-9),
        ("where(x^2 < 4, x, x^3/4)", "x=[-3,3]", "df_dx", 1, 6.75, 1e-9),
        ("where(x^2 + y^2 < 1, x^2 + y^2, 1)", "x=[-2,2],y=[0,1]", "df_dx", -2, 2, 1e-3),
        # kinks at the edge of the box, or at a number that is fixed: both sides count
        ("abs(x)", "x=[0,0]", "df_dx", -1, 1, 0),
        ("abs(x)", "x=[0,1]", "df_dx", -1, 1, 0),
        ("abs(x)", "x=[-1,0]", "df_dx", -1, 1, 0),
        ("abs(x - 1)", "x=[0,1]", "df_dx", -1, 1, 0),
        ("abs(x)*y", "x=0,y=[1,2]", "df_dx", -2, 2, 0),
        ("abs(x)*y", "x=0,y=[1,2]", "df_dy", 0, 0, 0),
        ("max(x, 0)", "x=[0,1]", "df_dx", 0, 1, 0),
        ("relu(x)", "x=[-1,1]", "df_dx", 0, 1, 0),
        ("relu(x - y)", "x=[1,1.5],y=[1,1.25]", "df_dy", -1, 0, 0),
        ("min(x, 0)", "x=[0,1]", "df_dx", 0, 1, 0),
        ("max(x, y)", "x=1,y=[0,1]", "df_dx", 0, 1, 0),
        ("max(x, y)", "x=1,y=[0,1]", "df_dy", 0, 1, 0),
        ("sqrt(x^2)", "x=[0,1]", "df_dx", -1, 1, 0),
        ("where(x < 0, -x, x)", "x=[0,1]", "df_dx", -1, 1, 0),
        ("where(x < 1, x, 3*x - 2)", "x=[1,2]", "df_dx", 1, 3, 0),
        ("where(x >= 1, x, 3*x - 2)", "x=[0,1]", "df_dx", 1, 3, 0),
        # an equality holds at single places, which the generalised gradient leaves out
        ("where(x == 2, 4, x^2)", "x=[2,2]", "df_dx", 4, 4, 0),
        ("where(x == 2, 4, x^2)", "x=[1,3]", "df_dx", 2, 6, 0),
        ("where(x == 2, 4, x^2)", "x=[1,3]", "f", 1, 9, 0),
        # sinc(x) is least at the first zero of its slope, 4.4934094579090642
        ("sinc(x)", "x=[-1,1]", "f", 0.8414709848078965, 1, 1e-15),
        ("sinc(x)", "x=[-1,1]", "df_dx", -0.30116867893975674, 0.30116867893975674, 1e-15),
        ("sinc(x)", "x=[-100,100]", "f", -0.21723362821122166, 1, 1e-9),
        ("sinc(x)", "x=[90,100]", "f", -0.0107907938495342, 0.0104369581345658, 1e-5),
        ("np.sinc(x)", "x=[0,0]", "df_dx", 0, 0, 0),
        ("hyp0f1(1.5, x)", "x=[-1,4]", "f", 0.45464871341284085, 6.822479299281937, 1e-14),
        # powers up to the edge of their domain: x^y*log(x) is least, -1/e, at y = 1
        ("x^1.5", "x=[0,1]", "df_dx", 0, 1.5, 1e-15),
        ("x^y", "x=0,y=[1,2]", "df_dy", 0, 0, 0),
        ("x^y", "x=0,y=[1,2]", "df_dx", 0, 1, 1e-2),
        ("x^y", "x=[0,1],y=[1,2]", "df_dy", -0.36787944117144233, 0, 1e-4),
        # small boxes where it matters: the slope is steepest, 3*sqrt(3)/8, at 1/sqrt(3)
        ("1/(1 + x^2)", "x=[-1000,1000]", "df_dx", -0.649519052838329, 0.649519052838329, 1e-9),
        ("x^x", "x=[0.1,2]", "f", 0.6922006275553464, 4, 1e-9),
        ("abs(x)", "x=[0,1]", "f", 0, 1, 0),
        ("where(x < 1, x, 3*x - 2)", "x=[1,2]", "f", 1, 4, 0),
        ("y*(x*x)^0.5", "x=[-1,2],y=2", "df_dx", -2, 2, 0),
        # A&S 9.5: J0 is least, -0.40275939570255295, at the first zero of J1, 3.83; J1 is largest at 1.84
        ("besselj(0, x)", "x=[0,10]", "f", -0.40275939570255295, 1, 2e-3),
        ("besselj(0, x)", "x=[1,2]", "df_dx", -0.5818652242815964, -0.44005058574493353, 1e-3),
        ("x^2 - x", "x=[0,1]", "f", -0.25, 0, 1e-15),
        # where sizes are equal, so are squares
        ("where(abs(x) < d, x^2/2, d*(abs(x) - d/2))", "x=[-3,3],d=[1,2]", "df_dx", -2, 2, 1e-5),
        ("where(sqrt(x^2+y^2) < 1, x^2+y^2, 2*sqrt(x^2+y^2) - 1)", "x=[-1,1],y=[-1,1]", "df_dx", -2, 2, 0.1),
        # slopes of products with roots: 1.5*sqrt(abs(x)), 4/3*cbrt(x), 7/3*cbrt(x)^4
        ("sqrt(abs(x))*x", "x=[0,1]", "df_dx", 0, 1.5, 1e-9),
        ("x*cbrt(x)", "x=[-1,1]", "df_dx", -4 / 3, 4 / 3, 1e-9),
        ("x^2*cbrt(x)", "x=[-1,8]", "df_dx", 0, 112 / 3, 0.5),
        ("y*x*sqrt(x)", "x=[0,4],y=2", "df_dx", 0, 6, 1e-9),
        # a cube root has a value at 0
        ("cbrt(x)", "x=[0,8]", "f", 0, 2, 1e-15),
        ("cbrt(x) + 1", "x=[-1,0]", "f", 0, 1, 1e-15),
        ("cbrt(x)*y", "x=[0,1],y=[0,1]", "f", 0, 1, 1e-15),
        ("cbrt(x)*y", "x=[0,1],y=[0,1]", "df_dy", 0, 1, 1e-15),
    ],
)
def test_boxes_are_enclosed(text: str, at: str, name: str, low: float, high: float, slack: float) -> None:
    a, b = ends(certified(text, at), name)
    assert low - slack <= a <= low
    assert high <= b <= high + slack


def test_no_point_of_a_box_lies_outside() -> None:
    """Numbers at random points of the box, by mpmath, are in the enclosure."""
    from gradcli import gradient

    draw = random.Random(3)
    for text, at in [
        ("x*sin(3*y) + y^2/x", "x=[1,2],y=[-1,1]"), ("exp(-x^2)*cos(y)", "x=[-1,2],y=[0,3]"),
        ("abs(x - y)*max(x, 0.5)", "x=[0,1],y=[0,1]"), ("tanh(x*y) - hypot(x, y)", "x=[1,3],y=[-2,2]"),
    ]:  # fmt: skip
        values = certified(text, at)
        box = {n: ends(values, n) for n in ("x", "y")}
        for _ in range(200):
            point = {n: draw.uniform(*interval) for n, interval in box.items()}
            found = gradient(text, point)
            for name, number in {"f": found.value, "df_dx": found.partials["x"], "df_dy": found.partials["y"]}.items():
                a, b = ends(values, name)
                assert a - 1e-12 <= number <= b + 1e-12 or number != number


@pytest.mark.parametrize(
    ("text", "at", "name", "status"),
    [
        ("floor(x)", "x=[1.5,2.5]", "df_dx", Status.UNRESOLVED),
        ("where(x > 0, 5, x/x)", "x=[-1,1]", "df_dx", Status.UNRESOLVED),
        ("0*log(x)", "x=[-2,-1]", "df_dx", Status.UNDEFINED),
        ("log(x)", "x=[-1,1]", "f", Status.UNDEFINED),
        ("1/x", "x=[-1,1]", "f", Status.UNDEFINED),
        ("where(x > 1, x, 0)", "x=[0,2]", "df_dx", Status.UNRESOLVED),
        ("where(abs(x) < d, x^2*d, x*d^2)", "x=[-3,3],d=[1,2]", "df_dx", Status.UNRESOLVED),  # jumps at x = -d
        ("where(x*y > 0, x, 0)", "x=[-1,1],y=[-1,1]", "df_dx", Status.UNRESOLVED),
        ("where(x^2 > 1, x, 1)", "x=[-2,2]", "df_dx", Status.UNRESOLVED),
        ("where(x >= 0, x, -x)", "x=[-1,1]", "df_dx", Status.KINK),
        ("zeta(x)", "x=[0.5,0.75]", "f", Status.UNDEFINED),
        ("abs(x)", "x=[-1,1]", "df_dx", Status.KINK),
        ("sqrt(x)", "x=[0,1]", "df_dx", Status.UNRESOLVED),  # it has values
        ("x*sqrt(x)", "x=[-1,1]", "f", Status.UNDEFINED),
        ("sqrt(x)^4", "x=[-1,1]", "f", Status.UNDEFINED),
        ("cbrt(x)*y", "x=[0,1],y=[0,1]", "df_dx", Status.UNRESOLVED),
        ("log(x)", "x=[-1,1]", "df_dx", Status.UNDEFINED),
    ],
)
def test_boxes_with_jumps_and_poles_are_not_enclosed(text: str, at: str, name: str, status: Status) -> None:
    values = certified(text, at)
    assert values.status[f"{name}_low"] == [status]
    a, _ = ends(values, name)
    assert (a == a) == (status is Status.KINK)


@pytest.mark.parametrize(("text", "at"), [("x^2", "x=[0.1,0.3]"), ("x/3", "x=[1,2]"), ("exp(x)", "x=[-1,pi]")])
def test_the_ends_of_enclosures_are_doubles_beyond(text: str, at: str) -> None:
    """Read as a decimal or as a double, an end lies outside; and not further than two doubles."""
    values = certified(text, at)
    with mp.workdps(50):
        low, high = (mp.pi if end == "pi" else mpf(end) for end in at[3:-1].split(","))
        function = {"x^2": lambda x: x**2, "x/3": lambda x: x / 3, "exp(x)": mp.exp}[text]
        for end, bound, sign in zip(
            values["f_low"] + values["f_high"], map(function, (low, high)), (1, -1), strict=True
        ):
            assert sign * mpf(end) <= sign * bound
            assert sign * mpf(repr(end)) <= sign * bound
            assert abs(mpf(end) - bound) <= 2 * ulp(float(bound))


def test_inputs_are_as_they_were_given(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["eval", "x*y", "--at", "x=[0.1,0.3],y=0.7", "--certify"]) == 0
    assert capsys.readouterr().out.splitlines()[1].startswith("0.1,0.3,0.7,0.7,")


@pytest.mark.parametrize(
    ("text", "at", "value", "slope"),
    [
        ("1/x", "x=1e-400", "1e400", "-1e800"),
        ("log1p(x)", "x=-0.99999999999999999999", "-46.051701859880913680", "1e20"),  # log(1e-20)
        ("atanh(x)", "x=0.99999999999999999999", "23.372424520220429228", "5e19"),  # log(2e20)/2
        ("1/(x^2 - y^2)", "x=1e10,y=10000000000.0000001", "-0.0005", "-5000"),
        ("abs(x - 1)", "x=1.00000000000000000001", "1e-20", "1"),
        ("floor(x)*x", "x=1.99999999999999999999", "1.99999999999999999999", "1"),
        ("where(x == 1, 5*x, x^2)", "x=1.00000000000000000001", "1", "2"),
        ("sqrt(1 - x)", "x=0.99999999999999999999", "1e-10", "-5e9"),
        ("asin(x)", "x=0.99999999999999999999", "1.5707963266534752768", "7071067811.8654752440"),  # 1/sqrt(2e-20)
        ("acosh(x)", "x=1.0000000000000000000000001", "4.4721359549995793928e-13", "2.2360679774997896964e12"),
        ("x*sqrt(x)", "x=1e-400", "1e-600", "1.5e-200"),
        ("digamma(x)", "x=1.4616321449683623", "-3.9928730412463043992e-17", "0.96767224544762120697"),
    ],
)
def test_the_decimal_that_is_written_is_meant(text: str, at: str, value: str, slope: str) -> None:
    """Also where the double next to it is at the edge of a domain, at a kink or at a jump."""
    values = certified(text, at)
    with mp.workdps(40):
        for name, number in (("f", value), ("df_dx", slope)):
            assert values.code(name) is Status.FINE
            assert abs(mpf(repr(values[name][0])) - mpf(number)) <= abs(mpf(number)) * mpf("1e-16")
    written = at.split(",")[-1].split("=")
    assert repr(values[written[0]][0]) == written[1]


def test_cells_of_a_table_are_the_decimals_that_are_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "x.csv"
    path.write_text("x\n1.00000000000000000001\n1e-400\n", encoding="utf-8")
    assert main(["eval", "log(x)/(x - 1)", "--points", str(path), "--certify", "--status"]) == 0
    near, tiny = capsys.readouterr().out.splitlines()[1:]  # 1 - t/2 + ..., and -log(x) with the slope -1/x
    assert near == "1.00000000000000000001,1.0000000000000000,-0.50000000000000000,"
    assert tiny == "1e-400,921.03403719761827,-1.0000000000000000e+400,"


@pytest.mark.parametrize("option", [["--certify"], ["--digits", "20"]])
@pytest.mark.parametrize(("text", "value"), [("x", ""), ("exp(-x)", "0.0"), ("x^2", "")])
def test_infinity_is_no_bug(text: str, value: str, option: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["eval", text, "--at", "x=inf", *option]) == 0
    got = capsys.readouterr().out.splitlines()[1].split(",")[1]
    assert got in (value, "")


def test_there_is_no_number_without_a_certain_digit(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["eval", "sin(pi*x)", "--at", "x=1", "--certify", "--bare"]) == 0
    assert capsys.readouterr().out == "nan\t-3.1415926535897932\n"
    assert main(["eval", "sin(pi*x)", "--at", "x=1", "--certify", "--format", "json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)["rows"]
    assert row["f"] is None
    low, high = re.fullmatch(r"unresolved: sin\(pi\*x\) at x = 1, between (.*) and (.*)", row["status"]["f"]).groups()  # type: ignore[union-attr]
    assert mpf(low) <= 0 <= mpf(high)


def test_as_many_digits_as_are_certain_are_shown() -> None:
    balls = Balls(40)
    with balls.ctx.workprec(balls.bits):
        third = balls.arb(1) / 3 + balls.arb(0, 1e-6)
    assert [str(part) for part in most_digits(third, 17)] == ["5", "0.33333"]
    assert most_digits(balls.arb(0, 1e-6), 17) == (0, None)
    assert most_digits(balls.arb(1, 0.5), 17) == (0, None)


def test_errors_are_those_of_the_digits_that_are_shown() -> None:
    with mp.workdps(60):
        values = certified("pi*x", "x=1", 5)
        assert repr(values["f"][0]) == "3.1416"
        assert mp.pi - 3 - mpf("0.1416") < 0
        assert abs(mpf("3.1416") - mp.pi) <= values.error["f"][0] <= 5.1e-5
    assert certified("x*y", "x=1.5,y=4").error["f"] == [0.0]


def test_a_box_with_a_kink_misses_no_number(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["eval", "abs(x)", "--at", "x=[-1,2]", "--certify", "--strict"]) == 0
    assert not capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "at", "slope"),
    [
        ("zeta(x)", "2", lambda x: mp.zeta(x, 1, 1)),
        ("ellipk(x)", "0.5", lambda m: mp.diff(mp.ellipk, m)),
        ("ellipk(x)", "-3", lambda m: mp.diff(mp.ellipk, m)),
        ("ellipe(x)", "0", lambda m: -mp.pi / 8),
    ],
)
def test_slopes_of_special_functions(text: str, at: str, slope: Any) -> None:
    with mp.workdps(60):
        truth = slope(mpf(at))
        assert abs(mpf(repr(certified(text, f"x={at}", DIGITS)["df_dx"][0])) - truth) <= abs(truth) * mpf(10) ** -29


def test_decimals_enclose() -> None:
    balls = Balls(40)
    third = balls.number("1") / 3
    low, high = decimals(third, 5)
    assert (str(low), str(high)) == ("0.33333", "0.33334")
    assert str(certain_digits(third, 5)) == "0.33333"
    assert certain_digits(balls.number("0.5") + balls.arb(0, 0.01), 3) is None


def test_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["eval", "x^2*y", "--at", "x=[1,2],y=3", "--certify"]) == 0
    assert capsys.readouterr().out.splitlines()[1] == "1.0,2.0,3.0,3.0,3.0,12.0,6.0,12.0,1.0,4.0"
    assert main(["eval", "abs(x)/x", "--at", "x=[-1,1]", "--certify", "--format", "json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)["rows"]
    assert row["f_low"] is None
    assert row["status"]["f_high"].startswith("undefined: abs(x)/x")
    for arguments in (
        ["--at", "x=[1,2]"], ["--at", "x=[2,1]", "--certify"], ["--at", "x=[1,inf]", "--certify"],
        ["--at", "x=[1,2]", "--certify", "--digits", "5"], ["--at", "x=1", "--certify", "--backend", "fd"],
    ):  # fmt: skip
        assert main(["eval", "x^2", *arguments]) == 2


# --- the table's rules, over boxes -----------------------------------------------------------------------------

UNSUPPORTED = {"lambertw_branch", "polygamma_difference"}
"""Functions that have no enclosure, or rules that need one of those."""

CELLS = 60
"""Parts that the interval of a row is cut into, for each argument that a rule is by."""


def rules() -> list[tuple[Operation, int]]:
    """The rows with a rule for an argument, and the argument."""
    found = []
    for row in OPERATIONS.values():
        if row.kind != "real" or row.name in UNSUPPORTED or row.arity == 0:
            continue
        count = row.arity or 2
        for position in range(count):
            texts = row.partials or ()
            text = None if not texts else texts[position] if len(texts) > 1 else texts[0]
            if text is not None:
                found.append((row, position))
    return found


def program_of(text: str, names: str) -> tuple[Program, int]:
    equations, root = parse_text(text, tuple(names.split()))
    builder = Builder()
    for equation in equations:
        builder.add(*equation)
    return Program(builder, tuple(names.split()), [Output("f", root)]), root


def value(balls: Balls, pair: tuple[Program, int], point: dict[str, Ball]) -> Ball:
    program, root = pair
    return balls.evaluate(program, [root], point)[root]


def choices(interval: Sequence[float]) -> list[Fraction]:
    low, high = (Fraction(str(end)) for end in interval)
    return [low + (high - low) * k / 7 for k in (1, 3, 6)]


@pytest.mark.parametrize(("row", "position"), rules(), ids=lambda value: getattr(value, "name", value))
def test_rules_hold_over_boxes(row: Operation, position: int) -> None:
    """By the mean value theorem: on each cell of a partition, the function's mean slope, enclosed to 60 digits, is one
    of the numbers that the rule has there. A rule that is wrong anywhere by more than a cell's variation fails."""
    count = row.arity or 2
    names = ["a", "b", "c"][:count]
    called = f"{row.name}({', '.join(names)})" if not row.precedence else _operator(row, names)
    function = program_of(called if row.name != "log_base" else "log(a, b)", " ".join(names))
    text = row.partials[position] if len(row.partials) > 1 else row.partials[0]
    assert text is not None
    rule = program_of(text.replace("self", f"({called})").replace("x", names[position])
                      if row.arity is None else text, " ".join(names))  # fmt: skip
    balls = Ranges(60)
    sample = (*row.sample, *(row.sample[-1],) * count)[:count]
    low, high = (Fraction(str(end)) for end in sample[position])
    others = [choices(sample[k]) for k in range(count) if k != position]
    if row.name.endswith("deriv"):
        others = [[Fraction(1), Fraction(2)]]
    if row.name.startswith(("polygamma", "bessel")):  # their orders are whole numbers, and wide balls take long
        low, high, others = Fraction(1), Fraction(4), [[Fraction(1), Fraction(2)]]
    checked = 0
    cells = 8 * CELLS if row.ties else CELLS
    for fixed in product(*others):
        rest = dict(zip((n for k, n in enumerate(names) if k != position), map(_ball(balls), fixed), strict=True))
        for k in range(cells):
            a, b = (_ball(balls)(low + (high - low) * end / cells) for end in (k, k + 1))
            cell = {**rest, names[position]: balls.hull(a, b)}
            if _crosses_tie(balls, row, cell, names):
                continue
            slopes = value(balls, rule, cell)
            at_a, at_b = (value(balls, function, {**rest, names[position]: end}) for end in (a, b))
            if any(isinstance(v, Undefined) for v in (slopes, at_a, at_b)):
                continue
            with balls.ctx.workprec(balls.bits):
                mean, enclosed = balls.range_of((at_b - at_a) / (b - a)), balls.range_of(slopes)
                assert mean.low <= enclosed.high, (row.name, position, k)
                assert mean.high >= enclosed.low, (row.name, position, k)
            checked += 1
    assert checked >= CELLS // 2, checked


def _ball(balls: Balls) -> Any:
    def made(number: Fraction) -> Ball:
        with balls.ctx.workprec(balls.bits):
            return balls.arb(number.numerator) / number.denominator

    return made


def _operator(row: Operation, names: Sequence[str]) -> str:
    if len(names) == 1:
        return f"{row.spelling}{names[0]}"
    return f"{names[0]} {row.spelling} {names[1]}"


def _crosses_tie(balls: Balls, row: Operation, point: dict[str, Ball], names: Sequence[str]) -> bool:
    """Whether a cell may hold a kink or jump, where the mean value theorem says nothing."""
    if not row.ties or row.arity is None:
        return False
    return value(balls, program_of(row.ties, " ".join(names)), point) is not False


def test_a_wrong_rule_fails() -> None:
    """The check has teeth: other slopes than the rule's are not in the enclosures."""
    row = OPERATIONS["sin"]
    with pytest.raises(AssertionError):
        test_rules_hold_over_boxes(row._replace(partials=("cos(a)*1.5",)), 0)
    with pytest.raises(AssertionError):
        test_rules_hold_over_boxes(OPERATIONS["mul"]._replace(partials=("b + 0.1", "a")), 0)


@pytest.mark.parametrize("row", [row for row in OPERATIONS.values() if row.defined and row.arity in (1, 2)],
                         ids=lambda row: row.name)  # fmt: skip
def test_nothing_is_enclosed_outside_of_a_domain(row: Operation) -> None:
    arithmetic, balls = Multiprecision(30), Balls(30)
    places = ("-3.3", "-2", "-1", "-0.7", "0", "0.3", "0.5", "1", "1.5", "2", "3.2")
    for point in product(places, repeat=row.arity or 0):
        if not arithmetic.is_defined(row.name, [arithmetic.number(text) for text in point]):
            assert isinstance(balls.apply(row.name, [balls.number(text) for text in point]), Undefined), point


def test_precision_is_raised_as_far_as_needed() -> None:
    program = parse("(x - 1)^20 - (1 - 2*x + x^2)^10 + 1e-300")
    root = program.outputs[0].ref
    (ball,) = enclosures(program, [root], lambda balls: {"x": balls.number("1.5")}, 17)
    assert str(certain_digits(ball, 17)) == "1.0000000000000000E-300"

"""Where a picture looks, and what it finds: poles, kinks, jumps, narrow peaks, the edges of a domain."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from itertools import pairwise

import pytest

from gradcli import curves as curves_module
from gradcli import engine
from gradcli.backends import Points
from gradcli.curves import Evaluates, Shown, curves, needed, title_of
from gradcli.errors import Source
from gradcli.language.document import parse
from gradcli.naming import Derivative, Partial
from gradcli.pictures import Curve, Extent, Mark, shown_range
from gradcli.results import Values

DOTS = (144, 40)
"""Of a terminal with 80 columns."""


def drawn(
    text: str, start: float, stop: float, asked: Sequence[Derivative] | None = None, dots: tuple[int, int] = DOTS,
    log: bool = False, **fixed: float,
) -> Shown:  # fmt: skip
    """The curves of an expression of x."""
    program = parse(Source(text))
    wanted = engine.wanted(program, wrt=["x"]) if asked is None else asked
    prepared = engine.prepare(program, needed(wanted, ["x"]))
    return curves(prepared, wanted, Extent("x", start, stop), fixed, dots, title=title_of(program, {}), log=log)


def marks(shown: Shown, kind: str) -> list[Mark]:
    return [mark for mark in shown.picture.marks if mark.kind == kind]


def value(shown: Shown) -> Curve:
    return shown.picture.panels[0].curves[0]


def slope(shown: Shown) -> Curve:
    return shown.picture.panels[1].curves[0]


def separates(curve: Curve, place: float) -> bool:
    """Whether no piece of a curve lies on both sides of a place."""
    return all(piece[-1][0] <= place or piece[0][0] >= place for piece in curve.pieces)


@pytest.mark.parametrize(
    ("text", "start", "stop", "poles"),
    [
        ("1/x", -1.0, 1.0, [0.0]),
        ("1/x", -1.0, 1.7, [0.0]),
        ("1/(x - 1/3)", -1.0, 1.0, [1 / 3]),
        ("1/(x - 1/3)^2", 0.0, 1.0, [1 / 3]),
        ("1/(x - 1/3)^3", 0.0, 1.0, [1 / 3]),
        ("log(abs(x - 1/3))", 0.0, 1.0, [1 / 3]),
        ("tan(x)", 0.0, 20.0, [math.pi * (k + 0.5) for k in range(6)]),
        ("1/sin(x)", -7.0, 7.0, [math.pi * k for k in range(-2, 3)]),
        ("log(x)", -1.0, 2.0, [0.0]),
        ("1/x", -1e-30, 2e-30, [0.0]),
        ("1/(x - 1e30/3)", 0.0, 1e30, [1e30 / 3]),
    ],
)
def test_poles_are_located_and_not_joined(text: str, start: float, stop: float, poles: list[float]) -> None:
    shown = drawn(text, start, stop)
    found = [mark.x for mark in marks(shown, "pole")]
    assert found == pytest.approx(poles, rel=1e-14, abs=1e-12 * (stop - start))
    assert len(shown.picture.marks) == len(poles)
    for curve in (value(shown), slope(shown)):
        assert all(separates(curve, pole) for pole in found)
        assert len(curve.pieces) >= len(poles)


def test_what_goes_to_infinity_is_cut_off() -> None:
    panel = drawn("1/x", -1.0, 1.0).picture.panels[0]
    assert -100 < panel.low < -1
    assert 1 < panel.high < 100
    # On the way there, the curve reaches the edge of the picture, close to the pole.
    before, after = panel.curves[0].pieces
    assert before[-1][1] < panel.low
    assert after[0][1] > panel.high


@pytest.mark.parametrize(
    ("text", "start", "stop", "kinks"),
    [
        ("abs(x)", -1.0, 1.0, [(0.0, -1.0, 1.0)]),
        ("abs(x)", -1.0, 1.3, [(0.0, -1.0, 1.0)]),
        ("abs(x^2 - 2)", -2.0, 2.0, [(x, -math.sqrt(8), math.sqrt(8)) for x in (-math.sqrt(2), math.sqrt(2))]),
        ("max(x^2, 1)", 0.0, 3.0, [(1.0, 0.0, 2.0)]),
        ("where(x > 1/3, 2*x - 1/3, x)", 0.0, 1.0, [(1 / 3, 1.0, 2.0)]),
    ],
)  # fmt: skip
def test_kinks_are_located(text: str, start: float, stop: float, kinks: list[tuple[float, float, float]]) -> None:
    shown = drawn(text, start, stop)
    found = marks(shown, "kink")
    assert [mark.x for mark in found] == pytest.approx([x for x, _, _ in kinks], rel=1e-14, abs=1e-14)
    assert len(shown.picture.marks) == len(kinks)
    # The curve goes on, its derivative does not: it ends and begins at the slopes beside the kink.
    assert len(value(shown).pieces) == 1
    pieces = slope(shown).pieces
    assert len(pieces) == len(kinks) + 1
    for (x, left, right), (before, after), mark in zip(kinks, pairwise(pieces), found, strict=True):
        assert before[-1] == pytest.approx((x, left), abs=1e-9)
        assert after[0] == pytest.approx((x, right), abs=1e-9)
        assert f"left {left:.4g}"[:9] in mark.text
        assert len(mark.at) == 1
    ends = [(x, side) for x, left, right in kinks for side in (left, right)]
    assert shown.picture.panels[1].ends == tuple(pytest.approx(end, abs=1e-9) for end in ends)
    assert shown.picture.panels[0].ends == ()


@pytest.mark.parametrize(("text", "step"), [("floor(x)", 1.0), ("floor(x*pi)", 1 / math.pi)])
def test_jumps_have_two_ends(text: str, step: float) -> None:
    shown = drawn(text, -1.1, 1.3)
    places = [k * step for k in range(math.ceil(-1.1 / step), math.floor(1.3 / step) + 1)]
    found = marks(shown, "jump")
    assert [mark.x for mark in found] == pytest.approx(places, rel=1e-14, abs=1e-14)
    for k, mark in enumerate(found):
        assert [y for _, y in mark.at] == [round(places[k] / step) - 1, round(places[k] / step)]
        # On a double the function has the number of its right side; between two doubles nobody knows.
        is_double = step == 1.0 or mark.x == 0.0
        assert mark.own == (((mark.x, mark.at[1][1]),) if is_double else ())
    pieces = value(shown).pieces
    assert len(pieces) == len(places) + 1
    assert all(len({y for _, y in piece}) == 1 for piece in pieces)
    # The slope is 0 on either side, and nothing in between.
    assert shown.picture.panels[1].ends == tuple((mark.x, 0.0) for mark in found)
    assert all(separates(slope(shown), mark.x) for mark in found)


def test_a_jump_has_a_number_of_its_own() -> None:
    (mark,) = marks(drawn("sign(x)", -1.0, 1.0), "jump")
    assert (mark.at, mark.own) == (((0.0, -1.0), (0.0, 1.0)), ((0.0, 0.0),))


def test_a_hole_of_the_derivative_is_an_end() -> None:
    panel = drawn("sin(x)/x + x", -9.0, 9.0).picture.panels[1]
    assert {x for x, _ in panel.ends} == {0.0}
    assert [y for _, y in panel.ends] == pytest.approx([1.0] * len(panel.ends), abs=1e-6)


@pytest.mark.parametrize("text", ["1 + 1e-14*x", "1 + 1e-15*sin(9*x)", "1e8 + 1e-8*x"])
def test_what_doubles_do_not_resolve_is_a_constant_and_said(text: str) -> None:
    shown = drawn(text, 0.0, 1.0)
    assert re.fullmatch(r"f changes by \S+, which doubles hardly resolve: shown as a constant", shown.picture.notes[0])
    panel = shown.picture.panels[0]
    dots = {
        round(panel.fraction(y) * (4 * rows - 1)) / rows for rows in range(5, 33) for _, y in value(shown).pieces[0]
    }
    assert len(dots) <= 28  # one dot in a picture of each height
    assert panel.high - panel.low > 0.5


def test_visible_errors_of_rounding_are_said() -> None:
    """x + 1e8 has an error of 2^-27, or 7e-9."""
    (note,) = drawn("1 + ((x + 1e8) - 1e8)", 0.0, 1e-7).picture.notes
    found = re.match(r"f: errors of rounding, up to (\S+), are seen at \d+ of 145 points", note)
    assert found is not None
    assert 7e-9 <= float(found[1]) < 1e-7


def test_a_constant_but_for_rounding_needs_no_note() -> None:
    """By its formula it is 1 at 3; the last bits that come and go are within the bound of the error."""
    shown = drawn("sin(x)^2 + cos(x)^2 + 0*x", 0.0, 9.0)
    assert not [note for note in shown.picture.notes if note.startswith("f ")]


@pytest.mark.parametrize(("text", "highest"), [("atan(1e8*(x - 0.2))", 1e8), ("1/(1 + exp(-1000*(x - 0.123)))", 250.0)])
def test_a_slope_that_is_nothing_else_than_steep_is_shown_whole(text: str, highest: float) -> None:
    panel = drawn(text, 0.0, 1.0).picture.panels[1]
    assert panel.high == pytest.approx(highest, rel=0.1)


def test_a_pole_of_one_curve_cuts_off_no_other() -> None:
    """The slope of sin(x) reaches 1; that of 1/x is -1/x^2, and hides nothing of it."""
    shown = drawn("u = sin(x); w = 1/x", -5.0, 5.0)
    assert shown.picture.panels[1].high > 1.0
    assert shown.picture.panels[0].high >= 1.0
    assert -100 < shown.picture.panels[1].low < -1.0


def test_what_is_cut_off_is_said() -> None:
    shown = drawn("x*sin(10/x)", 0.01, 1.0)
    lowest, highest = (
        min(p[1] for q in slope(shown).pieces for p in q),
        max(p[1] for q in slope(shown).pieces for p in q),
    )
    assert (lowest, highest) > (-1001, 900)
    assert shown.picture.panels[1].high < highest
    assert f"df_dx goes beyond what is shown, from {lowest:.3g} to {highest:.3g}" in shown.picture.notes


def test_noise_beside_a_hole_is_not_drawn() -> None:
    """Next to 1, (x^2 - 1)/(x - 1) has no right digit."""
    shown = drawn("(x^2 - 1)/(x - 1)", -3.0, 3.0)
    assert {round(y, 3) for piece in slope(shown).pieces for _, y in piece} == {1.0}


def test_what_lies_close_together_is_told_apart() -> None:
    notes = drawn("sqrt((x - 1)^2 - 1e-22)", 0.0, 2.0).picture.notes
    assert notes[0] == "undefined: sqrt((x - 1)^2 - 1e-22) from x = 0.99999999999 to 1.00000000001"


@pytest.mark.parametrize(("center", "width"), [(1 / 7, 1e-3), (1 / 7, 1e-5), (0.7, 1e-7)])
def test_a_narrow_peak_is_found(center: float, width: float) -> None:
    """A dot is 1/144 wide: it is the derivative that says where to look."""
    shown = drawn(f"1/({width}^2 + (x - {center})^2)", 0.0, 1.0)
    highest = max(y for piece in value(shown).pieces for _, y in piece)
    assert highest == pytest.approx(width**-2, rel=0.01)
    assert shown.picture.panels[0].high >= highest
    assert not shown.picture.marks


@pytest.mark.parametrize(
    ("text", "start", "stop"),
    [
        ("sin(x)", 0.0, 10.0), ("x^3", -1.0, 1.0), ("exp(x)", 0.0, 700.0), ("sqrt(1e-20 + x^2)", -1.0, 1.1),
        ("tanh(1e6*(x - 1/3))", 0.0, 1.0), ("x*0 + 3", 0.0, 1.0), ("x", 1e6, 1e6 + 1e-3), ("x", 0.0, 1e-320),
        ("x*1e300", -1e8, 1e8), ("sin(30*x)", 0.0, 10.0), ("x*abs(x)", -1.0, 1.3), ("(1 - cos(x))/x^2", 1e-9, 1e-7),
        ("1e-30*x", 0.0, 1e-30),
    ],
)  # fmt: skip
def test_what_is_smooth_has_no_marks(text: str, start: float, stop: float) -> None:
    shown = drawn(text, start, stop)
    assert not shown.picture.marks
    assert not [note for note in shown.picture.notes if "imprecise" not in note]
    assert len(value(shown).pieces) == 1
    panel = shown.picture.panels[0]
    assert panel.low < panel.high
    assert all(panel.low <= y <= panel.high for _, y in value(shown).pieces[0])


def test_a_domain_ends_where_it_ends() -> None:
    shown = drawn("sqrt(x - 1/3)", -1.0, 1.0)
    (piece,) = value(shown).pieces
    assert piece[0] == pytest.approx((1 / 3, 0.0), abs=1e-7)
    assert piece[-1] == (1.0, math.sqrt(1 - 1 / 3))
    assert shown.picture.notes == ("undefined: sqrt(x - 1/3) from x = -1 to 0.3333333333",)


def test_a_hole_is_marked_where_the_curve_passes_it() -> None:
    shown = drawn("sin(x)/x", -9.0, 9.0)
    (mark,) = shown.picture.marks
    assert (mark.kind, mark.text) == ("undefined", "undefined: sin(x)/x at x = 0")
    assert mark.at == (pytest.approx((0.0, 1.0), abs=1e-12),)
    assert len(value(shown).pieces) == 2


def test_an_end_of_the_range_may_be_undefined() -> None:
    shown = drawn("sqrt(x)*log(x)", 0.0, 1.0)
    assert shown.picture.notes == ()
    (mark,) = shown.picture.marks
    assert (mark.kind, mark.x) == ("undefined", 0.0)
    assert mark.at == (pytest.approx((0.0, 0.0), abs=1e-9),)  # where the curve begins


def test_a_vertical_tangent_is_marked() -> None:
    shown = drawn("cbrt(x)", -1.0, 1.0)
    (mark,) = shown.picture.marks
    assert (mark.kind, mark.at) == ("vertical", ((0.0, 0.0),))
    assert len(value(shown).pieces) == 1
    assert len(slope(shown).pieces) == 2


def test_undefined_everywhere_is_said() -> None:
    shown = drawn("log(x)", -2.0, -1.0)
    assert value(shown).pieces == slope(shown).pieces == ()
    assert shown.picture.notes == ("undefined: log(x) from x = -2 to -1",)


def test_an_overflow_is_said() -> None:
    shown = drawn("exp(x)", 0.0, 1000.0)
    (note,) = shown.picture.notes
    assert note.startswith("overflow: exp(x) from x = 709.78")
    assert note.endswith(" to 1000")
    assert value(shown).pieces[0][-1][0] == pytest.approx(math.log(1.7976931348623157e308), rel=1e-12)


@pytest.mark.parametrize("text", ["sin(1/x)", "tan(1000*x)", "floor(1000*x)", "x*sin(1e9*x)", "abs(sin(300*x))"])
def test_what_is_finer_than_the_picture_takes_a_bounded_number_of_points(text: str) -> None:
    shown = drawn(text, -1.0, 1.0)
    assert len(shown.places) < 12_000
    assert shown.places == sorted(set(shown.places))


def test_lost_digits_are_said() -> None:
    """(1 - cos(x))/x^2 has no digit left below 1e-8, where 1 - cos(x) is 0 or the last bit of 1."""
    notes = drawn("(1 - cos(x))/x^2", 1e-9, 1e-8).picture.notes
    assert [note.partition(" at ")[0] for note in notes] == ["f: imprecise", "df_dx: imprecise"]
    assert drawn("2*sin(x/2)^2/x^2", 1e-9, 1e-8).picture.notes[1:] == ()


class Asked:
    """Evaluates, and counts how often it is asked whether a 0 is exact, which takes hundreds of digits."""

    def __init__(self, evaluation: Evaluates) -> None:
        self.evaluation, self.program, self.count = evaluation, evaluation.program, 0

    def evaluate(self, points: Points, bounded: bool = False, zeros: bool = True) -> Values:
        self.count += zeros
        return self.evaluation.evaluate(points, bounded, zeros)


@pytest.mark.parametrize("text", ["x/abs(x)", "sin(x)^2 + cos(x)^2"])
def test_few_zeros_are_asked_whether_they_are_exact(text: str) -> None:
    program = parse(Source(text))
    wanted = engine.wanted(program)
    asked = Asked(engine.prepare(program, wanted))
    shown = curves(asked, wanted, Extent("x", -5.0, 5.0), {}, DOTS, title=("f",)).picture
    assert 10 < asked.count < 40  # of 145 samples and more
    assert shown.notes == ()
    assert {round(y, 12) for piece in shown.panels[1].curves[0].pieces for _, y in piece} == {0.0}


def test_a_zero_beside_exact_ones_may_have_lost_its_digits() -> None:
    """Left of 1 the value is exactly 0; right of it, it is x^2/2, of which no digit is left: 1 - cos(1e-9) is 0."""
    (note,) = drawn("where(x < 1, 0*sin(x), (1 - cos(1e-9*x))*1e18)", 0.0, 2.0).picture.notes
    assert note == "f: imprecise at 73 of 145 points"


def test_what_was_not_looked_at_is_said() -> None:
    notes = drawn("tan(300*x)", -1.0, 1.0, dots=(800, 300)).picture.notes
    (note,) = notes
    more = re.fullmatch("f is finer than the picture: at least (\\d+) more places may have a mark", note)
    assert more is not None
    assert 90 <= int(more[1]) <= 100  # there are 190 poles, and 100 are located
    assert "more places" not in " ".join(drawn("tan(100*x)", -1.0, 1.0, dots=(800, 300)).picture.notes)


@pytest.mark.parametrize(
    ("text", "stop", "poles"),
    [
        ("tan(x)", 300.0, [math.pi * (k + 0.5) for k in range(95)]),
        ("1/(x - 0.5) + 1/(x - 0.5001)", 1.0, [0.5, 0.5001]),
        ("tan(30*x)", 1.0, [math.pi * (k + 0.5) / 30 for k in range(10)]),
        ("1/((x - 0.3)*(x - 0.301))", 1.0, [0.3, 0.301]),
        ("1/(x - 0.3) - 1/(x - 0.3001)", 1.0, [0.3, 0.3001]),
        ("1/((x - 0.5)^2 - 1e-8)", 1.0, [0.4999, 0.5001]),
        ("1/((x - 0.5)^2 - 1e-6)", 1.0, [0.499, 0.501]),
        ("1/((x - 0.41)^2 - 1e-6)", 1.0, [0.409, 0.411]),
    ],
)
def test_poles_closer_than_the_picture_can_show(text: str, stop: float, poles: list[float]) -> None:
    assert [mark.x for mark in marks(drawn(text, 0.0, stop), "pole")] == pytest.approx(poles, rel=1e-12)


def test_several_outputs_stand_in_one_panel() -> None:
    shown = drawn("u = abs(x - 1/3); v = 1/x; w = x^2", -1.0, 1.0)
    assert [len(panel.curves) for panel in shown.picture.panels] == [3, 3]
    assert [c.label for c in shown.picture.panels[1].curves] == [Partial(name, ("x",)) for name in "uvw"]
    assert [(mark.kind, mark.output) for mark in shown.picture.marks] == [("kink", "u"), ("pole", "v")]
    # A pole of one is none of the others.
    assert [len(curve.pieces) for curve in shown.picture.panels[0].curves] == [1, 2, 1]
    assert [len(curve.pieces) for curve in shown.picture.panels[1].curves] == [2, 2, 1]


def test_an_order_a_panel() -> None:
    asked = [Partial("f", ("x",) * k) for k in range(4)]
    shown = drawn("x^3 + a*x", -1.0, 1.0, asked, a=2.0)
    assert [panel.curves[0].label for panel in shown.picture.panels] == asked
    ends = [panel.curves[0].pieces[0][-1][1] for panel in shown.picture.panels]
    assert ends == [3.0, 5.0, 6.0, 6.0]


def test_a_logarithmic_axis_shows_absolute_values() -> None:
    shown = drawn("-exp(x)", 0.0, 700.0, log=True)
    panel = shown.picture.panels[0]
    assert panel.log
    assert panel.curves[0].pieces[0][0] == (0.0, 1.0)
    assert panel.low == 1.0
    assert panel.high == pytest.approx(math.exp(700), rel=1e-12)
    assert [panel.fraction(math.exp(x)) for x in (0, 350, 700)] == pytest.approx([0.0, 0.5, 1.0])
    assert shown.picture.notes == ("logarithmic: absolute values",)


def test_a_logarithmic_axis_has_no_zero() -> None:
    shown = drawn("u = floor(x); v = sqrt(x)", -1.5, 2.5, log=True)
    u, v = shown.picture.panels[0].curves
    assert [{y for _, y in piece} for piece in u.pieces] == [{2.0}, {1.0}, {1.0}, {2.0}]
    assert all(y > 0 for piece in v.pieces for _, y in piece)
    assert shown.picture.panels[1].curves[0].pieces == ()  # the slope of a step is 0


def test_a_range_may_fall() -> None:
    shown = drawn("abs(x - 1/3)", 1.0, -1.0)
    assert shown.picture.axis.fraction(1.0) == 0.0
    assert shown.picture.axis.fraction(-1.0) == 1.0
    assert slope(shown).pieces[0][0][1] == -1.0


def test_long_programs_are_evaluated_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "abs(x^2 - 2) + 1/(x - 1)"
    one_by_one = drawn(text, -2.0, 2.0)
    monkeypatch.setattr(curves_module, "_LONG", 0)
    in_blocks = drawn(text, -2.0, 2.0)
    assert [(m.kind, m.x) for m in in_blocks.picture.marks] == [(m.kind, m.x) for m in one_by_one.picture.marks]
    assert len(in_blocks.picture.marks) == 3


def test_more_dots_are_more_points() -> None:
    few, many = (len(drawn("sin(5*x)", 0.0, 6.0, dots=dots).places) for dots in (DOTS, (800, 300)))
    assert few < many < 8 * 800


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        ([1.0, 2.0, 5.0], (1.0, 5.0)), ([], (-1.0, 1.0)), ([math.nan, math.inf, 3.0], (1.5, 4.875)),
        ([0.0], (-1.0, 1.25)), ([-1.7e308, 1.7e308], (-1.7e308, 1.7e308)),
    ],
)  # fmt: skip
def test_limits(numbers: list[float], expected: tuple[float, float]) -> None:
    assert shown_range(numbers) == expected


def test_limits_without_what_is_far_off() -> None:
    numbers = [float(k) for k in range(100)] + [1e9]
    low, high = shown_range(numbers, robust=True)
    assert low == 0.0
    assert 99 < high < 200
    assert shown_range([0.0, 1e-3, 10.0, -4.0], log=True) == (1e-3, 10.0)


def test_the_name_of_a_place_is_as_short_as_it_can_be() -> None:
    found = drawn("1/((x - 0.3)*(x - 0.301))", 0.0, 1.0).picture.marks
    assert [mark.text for mark in found] == ["pole at x = 0.3", "pole at x = 0.301"]


@pytest.mark.parametrize(
    ("text", "stop", "hole", "limit", "slope_limit"),
    [
        ("(x^2 - 1)/(x - 1)", 2.0, 1.0, 2.0, 1.0),
        ("(x^3 - 1)/(x - 1)", 5.0, 1.0, 3.0, 3.0),
        ("(sqrt(x) - 1)/(x - 1)", 5.0, 1.0, 0.5, -0.125),
        ("(x^2 - 4)/(x - 2)", 5.0, 2.0, 4.0, 1.0),
        ("(1 - cos(x - 1))/(x - 1)^2", 2.0, 1.0, 0.5, 0.0),
    ],
)
def test_a_hole_is_told_by_the_numbers_that_have_digits(
    text: str, stop: float, hole: float, limit: float, slope_limit: float
) -> None:
    """By series about the hole: (1 + u/2 - u^2/8 - 1)/u, and 1/2 - u^2/24."""
    shown = drawn(text, 0.0, stop)
    (mark,) = marks(shown, "undefined")
    assert mark.at == (pytest.approx((hole, limit), abs=1e-5),)
    (end,) = shown.picture.panels[1].ends
    assert end == pytest.approx((hole, slope_limit), abs=3e-3)
    panel = shown.picture.panels[1]
    assert max(abs(panel.low), abs(panel.high)) < 20
    assert not marks(shown, "pole")


@pytest.mark.parametrize("dots", [(400, 100), (800, 300), (801, 300)])
def test_a_slope_has_its_limit_in_fine_pictures_too(dots: tuple[int, int]) -> None:
    """1/2 - u^2/24 has the slope -u/12; its digits are lost so far from the hole that it is not 0 there to the dot."""
    (end,) = drawn("(1 - cos(x))/x^2", -1.0, 1.0, dots=dots).picture.panels[1].ends
    assert end == pytest.approx((0.0, 0.0), abs=1e-4)


@pytest.mark.parametrize("text", ["x/abs(x)", "abs(x)/x"])
def test_a_hole_with_two_limits_has_two_ends(text: str) -> None:
    (mark,) = drawn(text, -1.0, 1.0, dots=(20, 20)).picture.marks
    assert (mark.kind, mark.at) == ("undefined", ((0.0, -1.0), (0.0, 1.0)))


@pytest.mark.parametrize("text", ["sin(1/x)", "cos(1/x)"])
def test_waves_without_end_have_no_limit_and_do_not_stretch_the_axis(text: str) -> None:
    shown = drawn(text, -1.0, 1.0)
    (mark,) = shown.picture.marks
    assert (mark.kind, mark.at) == ("undefined", ())
    panel = shown.picture.panels[1]
    assert 1 < panel.high < 1e4  # 1/x^2 at the even samples is below 72^2
    assert panel.ends == ()
    assert any(note.startswith("df_dx goes beyond what is shown") for note in shown.picture.notes)


def test_a_vertical_tangent_is_none_among_poles_that_are_not_told_apart() -> None:
    shown = drawn("tan(1/x)", -1.0, 1.0)
    assert not marks(shown, "vertical")
    places = [mark.x for mark in shown.picture.marks]
    assert len(set(places)) == len(places)
    poles = [mark.x for mark in marks(shown, "pole") if abs(mark.x) > 0.02]
    expected = sorted(sign / (math.pi * (k + 0.5)) for sign in (-1, 1) for k in range(16))
    assert all(min(abs(pole - x) for x in expected) < 1e-9 for pole in poles)
    assert [x for x in poles if abs(x) > 0.05] == pytest.approx([x for x in expected if abs(x) > 0.05], rel=1e-9)


@pytest.mark.parametrize(("sign", "where"), [("", "from x = 0 to 0.0014"), ("-", "from x = -0.0014")])
def test_an_overflow_beside_a_hole_is_told_from_it(sign: str, where: str) -> None:
    """exp(u) overflows from u = 709.78, that is up to x = 0.0014089."""
    shown = drawn(f"exp({sign}1/x)", -1.0, 1.0)
    (mark,) = shown.picture.marks
    assert (mark.kind, mark.at, mark.text) == ("undefined", ((0.0, 0.0),), f"undefined: {sign}1/x at x = 0")
    (note,) = shown.picture.notes
    assert note.startswith(f"overflow: exp({sign}1/x) {where}")
    assert 20 < shown.picture.panels[0].high < 1e4


def test_where_doubles_end_far_within_a_dot() -> None:
    """sqrt(1.7976931348623157e308) is 1.3407807929942596e154."""
    shown = drawn("x^2", -1e200, 1e200)
    assert shown.picture.notes == ("overflow: x^2 from x = -1e+200 to -1.340780793e+154, 1.340780793e+154 to 1e+200",)
    assert shown.picture.panels[0].high == pytest.approx(1.7976931348623157e308)


def test_many_gaps_of_one_reason_are_one_note() -> None:
    """The sine is negative from pi to 2*pi and so on, the eighth time from 15*pi = 47.1."""
    notes = drawn("sqrt(sin(x))", 0.0, 50.0).picture.notes
    gaps = [note for note in notes if note.startswith("undefined")]
    assert len(gaps) == 1
    assert gaps[0].startswith("undefined: sqrt(sin(x)) from x = 3.14159265")
    assert gaps[0].count(" to ") == 6
    assert gaps[0].endswith(" and 2 more")


def test_the_largest_range_has_no_overflow() -> None:
    (piece,) = value(drawn("x/2", -1.7e308, 1.7e308)).pieces
    assert (piece[0], piece[-1]) == ((-1.7e308, -0.85e308), (1.7e308, 0.85e308))


def test_what_differs_by_many_doubles_is_no_constant() -> None:
    """A double at 1e10 is 1.9e-6 wide: there are 524 of them in a thousandth."""
    panel = drawn("x", 1e10, 1e10 + 1e-3).picture.panels[0]
    assert panel.high - panel.low < 2e-3


@pytest.mark.parametrize(
    ("text", "start", "stop", "least", "most"),
    [("1/sinh(x)", -800.0, 800.0, 1e-20, 10.0), ("exp(-x)/x", -1.0, 50.0, 0.1, 10.0)],
)
def test_a_pole_whose_surroundings_vanish_is_seen(
    text: str, start: float, stop: float, least: float, most: float
) -> None:
    assert least < drawn(text, start, stop).picture.panels[0].high < most


def test_what_is_too_small_for_doubles_is_said() -> None:
    assert drawn("x^2", 1e-300, 2e-300).picture.notes == ("f is too small for doubles: shown as 0",)
    assert drawn("x*0", 1e-300, 2e-300).picture.notes == ()


ROOT_2, THIRD = math.sqrt(2), 1 / 3


@pytest.mark.parametrize(
    ("text", "start", "stop", "places"),
    [
        ("sqrt(2 - x^2)", -2.0, 2.0, [-ROOT_2, ROOT_2]), ("sqrt(x^2 - 2)", -3.0, 3.0, [-ROOT_2, ROOT_2]),
        ("sqrt(x - 1/3)", 0.0, 2.0, [THIRD]), ("(x - 1/3)^(2/3)", 0.0, 2.0, [THIRD]),
        ("sqrt(sin(x))", 0.0, 7.0, [0.0, math.pi, 2 * math.pi]), ("cbrt(x^2 - 2)", -2.0, 2.0, [-ROOT_2, ROOT_2]),
        ("cbrt(cos(x))", 0.0, 7.0, [math.pi / 2, 3 * math.pi / 2]), ("cbrt(x - 1/3)", 0.0, 2.0, [THIRD]),
        ("x^(1/3) + cbrt(x - pi)", 0.0, 5.0, [0.0, math.pi]), ("cbrt((x - 1/3)^2)", 0.0, 2.0, [THIRD]),
    ],
)  # fmt: skip
def test_vertical_tangents_are_marked_between_doubles_too(
    text: str, start: float, stop: float, places: list[float]
) -> None:
    """Where the slope is infinite no double need be; the axis of the slope is cut there as beside a pole."""
    shown = drawn(text, start, stop)
    assert [mark.kind for mark in shown.picture.marks] == ["vertical"] * len(places)
    assert [mark.x for mark in shown.picture.marks] == pytest.approx(places, abs=1e-14)
    panel = shown.picture.panels[1]
    assert panel.high - panel.low < 20
    assert not [note for note in shown.picture.notes if "goes beyond" in note or "finer" in note]


@pytest.mark.parametrize("power", ["(x - c)^2", "(x - c)^4", "abs(x - c)", "sqrt(abs(x - c))"])
@pytest.mark.parametrize(("pole", "start", "stop"), [("0.377", -1.0, 2.0), ("0.377", -3.0, 5.0), ("0.713", -1.0, 2.0)])
def test_a_pole_that_a_bisection_hits_is_one(power: str, pole: str, start: float, stop: float) -> None:
    shown = drawn(f"1/{power.replace('c', pole)}", start, stop)
    (mark,) = shown.picture.marks
    assert (mark.kind, mark.text) == ("pole", f"pole at x = {pole}")
    assert shown.picture.notes == ()


@pytest.mark.parametrize(
    ("text", "start", "stop", "poles", "highest"),
    [
        ("x^6 + 1/(x - 0.3)", -10.0, 10.0, [0.3], 1e6), ("x^10 + 1/(x - 0.3)", -10.0, 10.0, [0.3], 1e10),
        ("exp(x) + 1/(x - 0.3)", 0.0, 20.0, [0.3], math.exp(20)),
        ("exp(x) + 1/(x - pi)", 0.0, 30.0, [math.pi], math.exp(30)),
        ("gamma(x)", -3.5, 170.0, [-3.0, -2.0, -1.0, 0.0], math.gamma(170)),
        ("x!", -3.5, 150.0, [-3.0, -2.0, -1.0], math.gamma(151)),
    ],
)  # fmt: skip
def test_a_pole_stands_out_of_its_neighbourhood_not_of_the_axis(
    text: str, start: float, stop: float, poles: list[float], highest: float
) -> None:
    """Beside 1e10 it is nothing, but where it is the numbers are small; and the axis shows the 1e10."""
    shown = drawn(text, start, stop)
    assert [mark.kind for mark in shown.picture.marks] == ["pole"] * len(poles)
    assert [mark.x for mark in shown.picture.marks] == pytest.approx(poles, abs=1e-12)
    assert all(separates(value(shown), mark.x) for mark in shown.picture.marks)
    assert highest <= shown.picture.panels[0].high < 1.1 * highest


@pytest.mark.parametrize(
    ("center", "width", "dots"),
    [("0.2", "1e-3", DOTS), ("0.2", "1e-3", (800, 300)), ("0.2", "1e-4", DOTS), ("0", "1e-7", (800, 300))],
)
def test_a_narrow_pulse_is_two_jumps(center: str, width: str, dots: tuple[int, int]) -> None:
    shown = drawn(f"where(abs(x - {center}) < {width}, 1, 0)", -1.0, 1.0, dots=dots)
    places = [float(center) - float(width), float(center) + float(width)]
    found = marks(shown, "jump")
    assert [mark.x for mark in found] == pytest.approx(places, abs=1e-15)
    assert [[y for _, y in mark.at] for mark in found] == [[0.0, 1.0], [1.0, 0.0]]
    assert [{y for _, y in piece} for piece in value(shown).pieces] == [{0.0}, {1.0}, {0.0}]


def test_a_peak_at_a_round_place_is_kept() -> None:
    """exp(-(1e7*x)^2) is 1 at 0, and no double at any sample of a grid."""
    shown = drawn("exp(-(1e7*x)^2)", -1.0, 1.1)
    assert shown.picture.notes == ()
    assert (0.0, 1.0) in value(shown).pieces[0]
    assert shown.picture.panels[0].high >= 1.0


@pytest.mark.parametrize("text", ["abs(sin(x))", "abs(cos(x))", "floor(x)"])
def test_more_places_than_are_marked_are_said(text: str) -> None:
    """On [0, 1000] there are 319 kinks, or 318, or 1001 jumps."""
    shown = drawn(text, 0.0, 1000.0)
    (note,) = shown.picture.notes
    more = re.fullmatch("f is finer than the picture: at least (\\d+) more places may have a mark", note)
    assert more is not None
    most = 1001 if text == "floor(x)" else 319
    assert 0 < int(more[1]) <= most - len(shown.picture.marks)


def test_a_cube_root_is_no_pole() -> None:
    """Its steps towards the root halve, where those of a logarithm stay."""
    assert not marks(drawn("cbrt(x - 1/3)", 0.0, 2.0, dots=(800, 300)), "pole")
    assert len(marks(drawn("log(abs(x - 1/3))", 0.0, 2.0, dots=(800, 300)), "pole")) == 1

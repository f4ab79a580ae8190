"""What lies between the samples of a field: lines of poles, kinks and jumps, and peaks that no sample has hit."""

from __future__ import annotations

import math

import numpy as np
import pytest

from gradcli import engine
from gradcli.curves import needed
from gradcli.errors import Source
from gradcli.fields import fields
from gradcli.language.document import parse
from gradcli.pictures import Extent, Fields, Mark, middles

SIZE = 50, 40


def drawn(text: str, low: float = -1.0, high: float = 1.0, size: tuple[int, int] = SIZE) -> Fields:
    """The field of an expression of x and y over a square."""
    program = parse(Source(text))
    asked = engine.wanted(program)
    axes = Extent("x", low, high), Extent("y", low, high)
    places = middles(axes[0], size[0]), middles(axes[1], size[1])
    return fields(engine.prepare(program, needed(asked, "xy")), asked, axes, places, {}, title=("f",))


def marks(shown: Fields) -> dict[str, Mark]:
    return {mark.kind: mark for mark in shown.fields[0].marks}


@pytest.mark.parametrize(
    ("text", "kind", "off"),
    [
        ("1/(x - y)", "pole", lambda x, y: x - y),
        ("1/(x - y)^2", "pole", lambda x, y: x - y),
        ("1/(x + 0.3331)^3 + y", "pole", lambda x, y: x + 0.3331),
        ("log(abs(x - 2*y))", "pole", lambda x, y: x - 2 * y),
        ("tan(3*x) + y", "pole", lambda x, y: math.cos(3 * x)),
        ("abs(x - y)", "kink", lambda x, y: x - y),
        ("max(x^2 + y^2, 0.5)", "kink", lambda x, y: x * x + y * y - 0.5),
        ("floor(3*y) + x", "jump", lambda x, y: math.sin(3 * math.pi * y)),
        ("where(x + y > 0.1, x, 2 + x)", "jump", lambda x, y: x + y - 0.1),
        ("cbrt(x - y/3)", "vertical", lambda x, y: x - y / 3),
    ],
)
def test_lines_are_found_where_they_are_and_all_along(text: str, kind: str, off) -> None:  # type: ignore[no-untyped-def]
    found = marks(drawn(text))
    assert list(found) == [kind]
    assert max(abs(off(x, y)) for x, y in found[kind].at) < 1e-3  # a cell is 0.04 wide
    assert len(found[kind].at) >= (10 if kind == "vertical" else 35)
    assert len(drawn(text).fields[0].marks) == 1


def test_samples_next_to_a_pole_do_not_hide_it() -> None:
    """On a diagonal through the samples some sums of their coordinates are 0, others 1e-17."""
    found = marks(drawn("1/(x + y)", size=(200, 200)))
    assert list(found) == ["pole"]
    assert len({round(y, 2) for _, y in found["pole"].at}) > 190


def test_what_a_sample_hits_is_said_by_the_engine() -> None:
    shown = drawn("max(x, y)", size=(41, 41))
    found = marks(shown)
    assert shown.notes == ()
    assert found["kink"].text == "kink: max(x, y) at x = -0.9756, y = -0.9756 and 40 more places"


@pytest.mark.parametrize(
    ("text", "kind", "number"),
    [
        ("1e-6/(1e-6 + (x - 0.7)^2 + (y + 0.3)^2) + x/100", "peak", "1.007"),
        ("x/100 - 1e-6/(1e-6 + (x - 0.7)^2 + (y + 0.3)^2)", "dip", "-0.993"),
        ("exp(-4000*((x - 0.7)^2 + (y + 0.3)^2))", "peak", "1"),
    ],
)
def test_a_narrow_peak_is_seen(text: str, kind: str, number: str) -> None:
    (mark,) = drawn(text).fields[0].marks
    assert mark.kind == kind
    assert mark.at == (pytest.approx((0.7, -0.3), abs=2e-6),)
    assert mark.text == f"{kind} of {number} at x = 0.7, y = -0.3"


def test_a_pole_may_be_a_point() -> None:
    (mark,) = drawn("1/((x - 0.7)^2 + (y + 0.3)^2)").fields[0].marks
    assert (mark.kind, mark.text) == ("pole", "pole at x = 0.7, y = -0.3")


def test_an_edge_of_the_domain_is_a_pole_only_if_it_is() -> None:
    assert list(marks(drawn("log(x + 0.01) + y"))) == ["pole"]
    assert marks(drawn("sqrt(x + 0.01) + y")) == {}


@pytest.mark.parametrize("columns", range(60, 95, 5))
@pytest.mark.parametrize("text", ["log(x) + y", "log(x + 0.01) + y^2"])
def test_a_logarithms_pole_is_found_at_the_edge_of_its_domain_however_it_lies(text: str, columns: int) -> None:
    found = marks(drawn(text, -1.0, 2.0, (columns, 40)))
    assert list(found) == ["pole"]
    assert len(found["pole"].at) == 40


@pytest.mark.parametrize(
    "text",
    [
        "x + y", "x*y + 3", "sin(x)*cos(y)", "exp(-x^2 - y^2)", "x^3*y", "tanh(5*(x - y))", "sqrt(1e-2 + x^2 + y^2)",
        "x*0*y + 3", "exp(20*x)*y", "x*abs(x) + y", "sin(12*x*y)",
    ],
)  # fmt: skip
def test_what_is_smooth_has_no_marks(text: str) -> None:
    shown = drawn(text)
    assert marks(shown) == {}
    assert shown.notes == ()


@pytest.mark.parametrize(("text", "kinds"), [("sin(1/x)*y", set()), ("tan(50*x)*tan(50*y)", {"pole"})])
def test_fast_waves_have_no_kinks(text: str, kinds: set[str]) -> None:
    assert set(marks(drawn(text, size=(70, 28)))) == kinds


def test_what_doubles_do_not_resolve_is_said() -> None:
    (note,) = drawn("1 + 1e-14*x*y").notes
    assert note == "f changes by 2e-14, which doubles hardly resolve: shown as a constant"


def test_the_search_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gradcli.seams._MOST", 100)
    shown = drawn("tan(30*x*y)")
    assert sum(len(mark.at) for mark in shown.fields[0].marks) <= 300
    assert any(note.startswith("f is finer than the picture: ") for note in shown.notes)


def test_each_output_has_its_own() -> None:
    shown = drawn("u = abs(x - y); v = 1/(x + y + 0.02)")
    assert [[mark.kind for mark in field.marks] for field in shown.fields] == [["kink"], ["pole"]]


def test_a_range_may_fall() -> None:
    program = parse(Source("abs(x - 0.3) + y"))
    asked = engine.wanted(program)
    axes = Extent("x", 1.0, -1.0), Extent("y", 1.0, -1.0)
    places = middles(axes[0], 50), middles(axes[1], 40)
    (field,) = fields(engine.prepare(program, asked), asked, axes, places, {}, title=("f",)).fields
    (mark,) = field.marks
    assert mark.kind == "kink"
    assert np.array(mark.at)[:, 0] == pytest.approx(0.3, abs=1e-4)


@pytest.mark.parametrize(
    ("text", "reach"),
    [
        ("sqrt(1 - x^2 - y^2)", 2.0), ("sqrt(x + y)", 1.0), ("asin(x*y)", 3.0), ("acos(x + y)", 1.0),
        ("sqrt(2 - x) + sqrt(x + y)", 1.0), ("5 - sqrt(x + y)", 1.0), ("x*log(x) + y", 1.0),
    ],
)  # fmt: skip
@pytest.mark.parametrize("size", [SIZE, (70, 48)])
def test_what_is_bounded_has_no_poles_at_the_edge_of_its_domain(text: str, reach: float, size: tuple[int, int]) -> None:
    assert "pole" not in marks(drawn(text, -reach, reach, size))


@pytest.mark.parametrize("size", [SIZE, (70, 48)])
def test_a_curved_line_of_vertical_tangents_is_found_all_along(size: tuple[int, int]) -> None:
    found = marks(drawn("cbrt(x - y^2)", size=size))
    assert list(found) == ["vertical"]
    assert max(abs(x - y * y) for x, y in found["vertical"].at) < 1e-3
    assert len(found["vertical"].at) > 50


@pytest.mark.parametrize("size", [(50, 40), (60, 41), (71, 40), (200, 200)])
def test_a_line_of_kinks_is_followed_past_a_pole(size: tuple[int, int]) -> None:
    """On x = 0 abs(x)*y bends by 2*y; near the pole at the origin 1/(x^2 + y^2) bends by far more, within a cell."""
    found = marks(drawn("abs(x)*y + 1/(x^2 + y^2)", size=size))
    assert set(found) == {"kink", "pole"}
    rows = {round(y * size[1]) for x, y in found["kink"].at if abs(y) > 0.3}
    assert len(rows) >= 0.65 * size[1]
    assert max(abs(x) for x, _ in found["kink"].at) < 1e-3
    assert len(found["kink"].at) <= size[1]


@pytest.mark.parametrize("size", [(60, 40), (200, 200)])
def test_waves_finer_than_the_grid_have_no_peaks_but_a_note(size: tuple[int, int]) -> None:
    shown = drawn("sin(50*x*y)", -3.0, 3.0, size)
    assert marks(shown) == {}
    (note,) = shown.notes
    assert note.startswith("f is finer than the picture: at least ")


@pytest.mark.parametrize("high", [1.0, 1.1, 1.37])
def test_the_tip_of_a_cone_is_a_kink(high: float) -> None:
    (mark,) = drawn("sqrt(x^2 + y^2)", -1.0, high).fields[0].marks
    assert (mark.kind, mark.text) == ("kink", "kink at x = 0, y = 0")


@pytest.mark.parametrize("size", [SIZE, (70, 48)])
def test_a_line_of_cusps_has_vertical_tangents(size: tuple[int, int]) -> None:
    found = marks(drawn("sqrt(abs(x - y))", size=size))
    assert list(found) == ["vertical"]
    assert max(abs(x - y) for x, y in found["vertical"].at) < 1e-3


@pytest.mark.parametrize("columns", [50, 51, 52, 60, 61, 70, 73])
@pytest.mark.parametrize("high", [1.0, 1.3])
def test_a_line_of_vertical_tangents_is_found_however_it_lies(columns: int, high: float) -> None:
    found = marks(drawn("cbrt(x) + y", -1.0, high, (columns, 40)))
    assert list(found) == ["vertical"]
    assert len(found["vertical"].at) == 40

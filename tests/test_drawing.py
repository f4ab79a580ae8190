"""Pictures in the terminal: axes with numbers, one line per curve, marks, colours, and what is left without them."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest

from gradcli.naming import Partial
from gradcli.pictures import Curve, Curves, Extent, Field, Fields, Mark, Panel, middles
from gradcli.render import Style
from gradcli.render.canvas import Canvas
from gradcli.render.drawing import _COLORS, _hex, _on, fineness, picture
from gradcli.render.ticks import tick_texts, ticks

PLAIN = Style("drawing", width=60, height=24)
COLOR = PLAIN._replace(color=True, palette="truecolor")
ASCII = PLAIN._replace(unicode=False)
BRAILLE = re.compile("[\u2801-\u28ff]")


def line(label: Partial | str, *places: tuple[float, float]) -> Curve:
    return Curve(label, (places,))


def curves(*panels: Panel, marks: tuple[Mark, ...] = (), notes: tuple[str, ...] = (), start: float = -1.0) -> Curves:
    return Curves(("f = something",), Extent("x", start, -start), panels, marks, notes)


def rows(answer: Curves | Fields, style: Style = PLAIN) -> list[str]:
    return "".join(picture(answer, style)).splitlines()


RISING = Panel((line(Partial("f"), (-1.0, -2.0), (1.0, 2.0)),), -2.0, 2.0)
SLOPE = Panel((line(Partial("f", ("x",)), (-1.0, 2.0), (1.0, 2.0)),), 0.0, 4.0)


def test_axes_have_numbers_and_names() -> None:
    lines = rows(curves(RISING, SLOPE))
    assert lines[0] == "f = something"
    assert sum("└" in text for text in lines) == 2
    assert [text.strip() for text in lines if text.strip() in ("f", "∂f/∂x")] == ["f", "∂f/∂x"]
    numbered = [text.partition("┤")[0].strip() for text in lines if "┤" in text]
    assert numbered[0] == "2"
    assert "0" in numbered
    assert numbered[-1] == "0"
    assert lines[-1].split() == ["x", "-1.0", "-0.5", "0", "0.5", "1.0"]
    assert all(len(text) <= 60 for text in lines)
    assert len(lines) <= 23


def test_a_curve_goes_where_its_numbers_are() -> None:
    lines = [text.partition("┤")[2] or text.partition("│")[2] for text in rows(curves(RISING))[2:-2]]
    places = [(BRAILLE.search(text), text) for text in lines]
    starts = [found.start() for found, _ in places if found]
    assert len(starts) == len(lines)
    assert starts == sorted(starts, reverse=True)  # it rises to the right
    assert starts[-1] == 0
    assert len(lines[0]) == 54  # the upper right corner: all but the axis, and its numbers


def test_a_falling_range_is_drawn_from_its_start() -> None:
    lines = rows(curves(RISING, start=1.0))
    assert lines[-1].split() == ["x", "1.0", "0.5", "0", "-0.5", "-1.0"]
    inside = [text.partition("┤")[2] or text.partition("│")[2] for text in lines[2:-2]]
    assert BRAILLE.match(inside[0])
    assert not BRAILLE.match(inside[-1])


def test_pieces_are_not_joined() -> None:
    gapped = Curve(Partial("f"), (((-1.0, 0.0), (-0.2, 0.0)), ((0.2, 1.0), (1.0, 1.0))))
    inside = [re.split("[┤│]", text)[1] for text in rows(curves(Panel((gapped,), -1.0, 2.0)))[2:-2]]
    drawn = [text for text in inside if BRAILLE.search(text)]
    assert len(drawn) == 2
    assert not any(BRAILLE.match(text[len(text) // 2 :]) for text in drawn)


def test_marks_stand_where_they_belong_and_are_explained() -> None:
    found = (
        Mark("pole", 0.5, (), "pole at x = 0.5"),
        Mark("kink", -0.5, ((-0.5, -1.0),), "kink: abs(x + 0.5) at x = -0.5 (left -1, right 1)"),
    )
    lines = rows(curves(RISING, SLOPE, marks=found, notes=("undefined: log(x) from x = 2 to 3",)))
    panels = [text for text in lines if "│" in text or "┤" in text]
    columns = [text.index("┊") for text in panels if "┊" in text]
    assert len(set(columns)) == 1
    assert len(columns) >= len(panels) - 2  # the curves cover it
    assert sum("×" in text for text in panels) == 1
    assert lines[-3:] == [
        "┊ pole at x = 0.5", "× kink: abs(x + 0.5) at x = -0.5 (left -1, right 1)", "undefined: log(x) from x = 2 to 3",
    ]  # fmt: skip


def test_many_marks_of_a_kind_are_listed_by_their_places() -> None:
    found = tuple(Mark("pole", k / 10, (), f"pole at x = {k / 10}", "g") for k in range(9))
    assert rows(curves(RISING, marks=found))[-1] == "┊ g: pole at x = 0, 0.1, 0.2, 0.3, 0.4, 0.5 and 3 more"


def test_marks_that_are_close_are_told_apart_and_counted() -> None:
    found = tuple(Mark("kink", 0.5 + k * 1e-9, (), "kink") for k in range(9))
    expected = "0.5, 0.500000001, 0.500000002, 0.500000003, 0.500000004, 0.500000005 and 3 more"
    assert rows(curves(RISING, marks=found))[-1] == f"× kink at x = {expected}"


def test_a_jump_is_filled_where_the_function_has_its_number() -> None:
    jump = Mark("jump", 0.5, ((0.5, -2.0), (0.5, 1.0)), "jump at x = 0.5", own=((0.5, 1.0),))
    lower = SLOPE._replace(ends=((0.5, 2.0),))
    lines = rows(curves(RISING, lower, marks=(jump,)))
    upper, below = "\n".join(lines).split("∂f/∂x")
    assert (upper.count("•"), upper.count("◦")) == (1, 1)
    assert upper.index("•") < upper.index("◦")
    assert below.count("◦") == 3  # two stand before what is said
    assert lines[-2:] == ["◦ jump at x = 0.5", "◦ no number, only a limit"]


TWO = Panel((line("u", (-1.0, 0.0), (1.0, 0.0)), line("v", (-1.0, 1.0), (1.0, 1.0))), -1.0, 2.0)


def test_curves_differ_by_colour() -> None:
    text = "".join(picture(curves(TWO), COLOR))
    for name, code in (("u", "38;2;0;114;178"), ("v", "38;2;213;94;0")):
        assert f"\x1b[{code}m{name}\x1b[0m" in text
        assert re.search(f"\x1b\\[{code}m[^\x1b]*[\u2801-\u28ff]{{20}}", text)
    assert not re.search("[12][\u2801-\u28ff]", text)


def luminance(color: str) -> float:
    """Relative, by WCAG 2.1."""
    parts = [int(color[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_colours_are_seen_on_light_and_on_dark_terminals() -> None:
    """As much as the outlines of signs have to be: 2.9 to 1 at least (WCAG 2.1 asks for 3 to 1)."""
    for color in _COLORS:
        assert 1.05 / (luminance(color) + 0.05) > 2.9
        assert (luminance(color) + 0.05) / 0.05 > 4
    for level in range(101):
        color = _hex(level / 100, Field("f", np.zeros((1, 1)), None, 0.0, 1.0))
        arrow = _on(level / 100, Field("f", np.zeros((1, 1)), None, 0.0, 1.0)).split()[1]
        lighter, darker = sorted((luminance(str(color)) + 0.05, luminance(arrow) + 0.05), reverse=True)
        assert lighter / darker > 4


def test_few_colours_are_helped_by_numbers() -> None:
    text = "".join(picture(curves(TWO), COLOR._replace(palette="standard")))
    assert "\x1b[35m1 u" in text
    assert "\x1b[36m2 v" in text
    five = Panel(tuple(line(name, (-1.0, k), (1.0, k)) for k, name in enumerate("abcde")), -1.0, 5.0)
    assert "5 e" in "".join(picture(curves(five), COLOR))


def test_without_colours_curves_are_numbered() -> None:
    lines = rows(curves(TWO))
    assert "\x1b" not in "".join(lines)
    assert lines[1].split() == ["1", "u", "2", "v"]
    assert any(re.search("\u2824*1[\u2801-\u28ff]", text) for text in lines[2:])
    assert any(re.search("2[\u2801-\u28ff]", text) for text in lines[2:])


def test_without_utf8_there_is_ascii() -> None:
    marks = (Mark("kink", 0.0, ((0.0, 0.0),), "kink at x = 0"), Mark("pole", 0.5, (), "pole at x = 0.5"))
    lines = rows(Curves(("α = 1",), Extent("x", -1, 1), (TWO, SLOPE), marks), ASCII)
    assert all(text.isascii() for text in lines)
    assert lines[0] == "\\u03b1 = 1"
    assert lines[1].split() == ["*", "u", "+", "v"]
    assert any(re.search(r"\*{10,}x\*{5,}", text) for text in lines)
    assert any("df/dx" in text for text in lines)
    assert sum(text.count(":") for text in lines) > 5


def test_the_name_of_the_axis_stands_where_no_number_does() -> None:
    shown = curves(RISING)._replace(axis=Extent("time", -1.4, 1.4))
    assert rows(shown)[-1].split() == ["-1", "0", "1", "time"]


def test_the_name_of_the_axis_stands_there_even_if_it_takes_the_place_of_a_number() -> None:
    shown = curves(RISING)._replace(axis=Extent("seconds", -1e200, 1e200))
    assert rows(shown)[-1].split() == ["-1e200", "-5e199", "0", "5e199", "seconds"]


def test_an_axis_without_numbers_has_none() -> None:
    empty = Panel((Curve(Partial("f"), ()),), -1.0, 1.0)
    inside = rows(curves(empty))[2:-2]
    assert {text.strip() for text in inside} == {"│"}


@pytest.mark.parametrize(("width", "height"), [(20, 10), (40, 60), (80, 24), (160, 50), (300, 20)])
def test_it_fits_the_terminal(width: int, height: int) -> None:
    lines = rows(curves(RISING, SLOPE), PLAIN._replace(width=width, height=height))
    assert max(map(len, lines)) <= width
    assert max(map(len, lines)) >= width - 2
    assert height < 20 or len(lines) < height


def test_a_logarithmic_panel() -> None:
    panel = Panel((line("f", (-1.0, 1e-8), (1.0, 1e8)),), 1e-8, 1e8, log=True)
    lines = rows(curves(panel))
    assert [text.partition("┤")[0].strip() for text in lines if "┤" in text][-1] == "1e-8"
    inside = [re.split("[┤│]", text)[1] for text in lines[2:-2]]
    starts = [found.start() for text in inside if (found := BRAILLE.search(text))]
    assert len(starts) == len(inside)  # a straight line, as an exponential is
    assert starts == sorted(starts, reverse=True)


# --- fields -----------------------------------------------------------------------------------------------


def field(u: float, v: float, stop: float = 1.0) -> Fields:
    """u*x + v*y, with its gradient."""
    places = np.linspace(0.0, 1.0, 40)
    numbers = u * places[None, :] + v * places[:, None]
    gradient = np.full((40, 40), float(u)), np.full((40, 40), float(v))
    shown = Field(Partial("f"), numbers, gradient, float(numbers.min()), float(numbers.max()))
    return Fields(
        ("f",),
        (Extent("x", 0.0, stop) if stop else Extent("x", 1.0, 0.0), Extent("y", 0.0, 1.0)),
        (places, places),
        (shown,),
    )


@pytest.mark.parametrize(
    ("u", "v", "arrow"),
    [(1, 0, "→"), (0, 1, "↑"), (-1, 0, "←"), (0, -1, "↓"), (2, 3, "↗"), (-2, 3, "↖"), (-2, -3, "↙"), (2, -3, "↘")],
)
def test_arrows_point_along_the_gradient(u: float, v: float, arrow: str) -> None:
    inside = [text.partition("│")[2] for text in rows(field(u, v)) if "│" in text]
    assert set("".join(inside)) & set("→↗↑↖←↙↓↘") == {arrow}


def test_an_axis_that_falls_turns_the_arrows() -> None:
    inside = "".join(text.partition("│")[2] for text in rows(field(1, 0, stop=0.0)))
    assert set(inside) & set("→←") == {"←"}


def test_shades_rise_with_the_numbers() -> None:
    inside = [text.partition("│")[2] for text in rows(field(1, 0)) if "│" in text]
    plain = [text for text in inside if "→" not in text]
    assert plain
    for text in plain:
        levels = ["·░▒▓█".index(sign) for sign in text]
        assert levels == sorted(levels)
        assert set(levels) == set(range(5))
    assert all(text.isascii() for text in rows(field(1, 1), ASCII))


def test_colours_are_those_of_viridis() -> None:
    text = "".join(picture(field(0, 1), COLOR))
    inside = [part for part in text.splitlines() if "▀" in part]
    greens = [int(green) for part in inside for green in re.findall(r"[34]8;2;\d+;(\d+);", part)[:2]]
    assert greens == sorted(greens, reverse=True)
    assert greens[0] > 220  # 253, 231, 37 at its end
    assert greens[-1] < 15  # 68, 1, 84 at its beginning
    few = "".join(picture(field(0, 1), COLOR._replace(palette="standard")))
    assert "▀" not in few
    assert "█" in few


def test_where_there_is_no_number_there_is_no_colour() -> None:
    shown = field(1, 0)
    shown.fields[0].numbers[:, :20] = np.nan
    shown.fields[0].gradient[0][:, :20] = np.nan  # type: ignore[index]
    inside = [text.partition("│")[2] for text in rows(shown) if "│" in text]
    assert all(not text[: len(text) // 2 - 1].strip() for text in inside)
    assert all(text[len(text) // 2 + 1 :].strip() for text in inside)


def test_what_lies_between_the_points_of_a_field_is_seen() -> None:
    shown = field(1, 0)
    line_of_poles = tuple((0.5, (k + 0.5) / 100) for k in range(100))
    marks = Mark("pole", 0.5, line_of_poles, "pole at x = 0.5"), Mark("peak", 0.99, ((0.99, 0.01),), "peak of 7")
    shown = shown._replace(fields=(shown.fields[0]._replace(marks=marks),))
    lines = rows(shown)
    inside = [re.split("[┤│]", text)[1] for text in lines if re.search("[┤│]", text)]
    assert {text.index("∞") for text in inside} == {len(inside[0]) // 2 - 1}  # on the border of two, always the same
    assert [text[-1] == "▲" for text in inside] == [False] * (len(inside) - 1) + [True]
    assert lines[-2:] == ["∞ pole at x = 0.5", "▲ peak of 7"]
    plain = rows(shown, ASCII)
    assert plain[-2:] == ["! pole at x = 0.5", "A peak of 7"]
    assert re.search("\x1b\\[[^m]*48;2;[^m]*m∞", "".join(picture(shown, COLOR)))


def test_a_field_with_all_that_is_said_of_it_fits_the_terminal() -> None:
    shown = field(1, 1)
    marks = tuple(Mark(kind, 0.5, ((0.5, 0.5),), f"{kind} at x = 0.5") for kind in ("pole", "jump", "kink"))
    shown = shown._replace(fields=(shown.fields[0]._replace(marks=marks),), notes=("one", "two"))
    lines = rows(shown, PLAIN._replace(width=80, height=24))
    assert len(lines) < 24
    assert lines[-2:] == ["one", "two"]


@pytest.mark.parametrize(
    ("width", "height", "across", "down"), [(80, 24, 2, 1), (160, 50, 2, 1), (60, 60, 1, 2), (300, 24, 2, 1)]
)
def test_two_fields_are_seen_at_once_as_large_as_may_be(width: int, height: int, across: int, down: int) -> None:
    one = field(1, 1)
    shown = one._replace(fields=(*one.fields, one.fields[0]._replace(label="g")), notes=("said",))
    lines = rows(shown, PLAIN._replace(width=width, height=height))
    axes = [text.count("└") for text in lines if "└" in text]
    assert axes == [across] * down
    assert max(map(len, lines)) <= width
    assert len(lines) < height
    assert sum(text.count("along the gradient") for text in lines) == (1 if width == 80 else 2)
    assert lines[-1] == "said"
    bars = [[found.start() for found in re.finditer("[┤│]", text)] for text in lines if re.search("[┤│]", text)]
    assert all(found == bars[0] for found in bars)
    assert len(bars[0]) == across
    legends = [text for text in lines if re.search(r"\b[fg]  0 ", text)]
    assert sum(text.count("·░▒▓█") for text in legends) == 2
    assert legends[-1][bars[0][-1] + 1] == "g"  # each above its own field
    left, right = ([re.split("[┤│]", text)[k] for text in lines if "↗" in text and "┤" in text] for k in (1, -1))
    assert all(text.strip() for text in (*left, *right))


def test_many_fields_stand_in_rows_and_none_is_too_small() -> None:
    one = field(1, 1)
    many = tuple(one.fields[0]._replace(label=f"f{k}") for k in range(7))
    lines = rows(one._replace(fields=many), PLAIN._replace(width=80, height=24))
    assert [text.count("└") for text in lines if "└" in text] == [2, 2, 2, 1]
    inside = [text for text in lines if "┤" in text or "│" in text]
    assert len(inside) == 4 * 11
    marked = tuple(f._replace(marks=(Mark("peak", 0.5, ((0.5, 0.5),), "peak at x = 0.5"),)) for f in many[:2])
    lines = rows(one._replace(fields=marked), PLAIN._replace(width=80, height=24))
    assert lines[-2:] == ["▲ f0: peak at x = 0.5", "▲ f1: peak at x = 0.5"]


@pytest.mark.parametrize("width", [20, 30, 40])
def test_a_legend_fits_a_narrow_terminal(width: int) -> None:
    one = field(1, 1)
    long = one._replace(fields=(one.fields[0]._replace(label="velocity_of_the_fluid"),))
    for shown in (one, long):
        for style in (PLAIN, COLOR):
            lines = [re.sub("\x1b[^m]*m", "", text) for text in rows(shown, style._replace(width=width, height=20))]
            assert max(map(len, lines)) <= max(width, 36)
            assert "↗ along the gradient" in lines


def test_a_field_has_a_column_for_each_of_its_places() -> None:
    """Else a line of marks between them has holes where a place is drawn twice."""
    style = PLAIN._replace(width=80, height=24)
    columns, high = fineness(style).cells
    axes = Extent("x", -1.0, 1.0), Extent("y", -1.0, 1.0)
    places = middles(axes[0], columns), middles(axes[1], high)
    mark = Mark("kink", 0.0, tuple((float(x), 0.0) for x in places[0]), "kink at y = 0")
    made = Field(Partial("f"), np.zeros((high, columns)), None, 0.0, 1.0, (mark,))
    lines = rows(Fields(("f",), axes, places, (made,)), style)
    marked = [re.split("[┤│]", text)[1] for text in lines if "××" in text]
    assert marked == ["×" * columns]


def test_a_field_without_a_number_has_no_legend() -> None:
    shown = field(1, 1)
    empty = shown.fields[0]._replace(numbers=np.full_like(shown.fields[0].numbers, math.nan))
    legend = rows(shown._replace(fields=(empty,)))[1]
    assert legend.split() == ["y", "f", "no", "number", "to", "be", "shown"]


# --- what they are made of --------------------------------------------------------------------------------


def test_a_canvas_draws_dots() -> None:
    canvas = Canvas(2, 1)
    canvas.line([(0.0, 0.0), (1.0, 1.0)], "*")
    assert "".join(span.text for span in canvas.lines()[0]) == "\u2860\u280a"  # ⡠⠊, from corner to corner
    canvas.sign_at((1.0, 0.5), "x", "bold")
    assert canvas.lines()[0][1] == ("x", "bold")
    canvas.sign_at((1.1, 0.5), "y")
    canvas.line([(-1.0, 2.0), (2.0, 2.0)], "*")  # outside
    assert "".join(span.text for span in canvas.lines()[0]) == "\u2860x"


def test_a_line_far_beyond_the_edge_is_not_seen() -> None:
    canvas = Canvas(4, 2)
    canvas.line([(0.4, -1e304), (0.6, -1e27)], "*")
    assert not BRAILLE.search("".join(span.text for row in canvas.lines() for span in row))


def test_lines_are_cut_at_the_edge() -> None:
    canvas = Canvas(10, 1)
    canvas.line([(0.5, -1e300), (0.5, 1e300)], "*")
    assert [len(span.text.strip(" ")) for span in canvas.lines()[0]] == [1]


@pytest.mark.parametrize(
    ("low", "high", "most", "log", "texts"),
    [
        (0.0, 1.0, 5, False, ["0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
        (-3.0, 3.0, 6, False, ["-3", "-2", "-1", "0", "1", "2", "3"]),
        (1e-30, 3e-30, 4, False, ["1e-30", "1.5e-30", "2e-30", "2.5e-30", "3e-30"]),
        (1e6, 1e6 + 1e-3, 4, False, ["1000000", "1000000.0005", "1000000.001"]),
        (-1.7e308, 1.7e308, 4, False, ["-1e308", "0", "1e308"]),
        (1e-3, 1e12, 4, True, ["1", "1e4", "1e8", "1e12"]),
        (0.0, 1e-320, 4, False, ["0", "1e-320"]),
        (0.0, 1e-300, 3, False, ["0", "5e-301", "1e-300"]),
        (1.0, 1.0 + 2**-52, 4, False, ["1.0", "1.0000000000000002"]),
        (1e10, 1e10 + 1e-3, 2, False, ["10000000000", "10000000000.0005", "10000000000.001"]),
        (1.0, 1.0 + 1e-12, 2, False, ["1.000000000000", "1.000000000001"]),
    ],
)
def test_ticks_are_round(low: float, high: float, most: int, log: bool, texts: list[str]) -> None:
    assert tick_texts(ticks(low, high, most, log)) == texts


def test_numbers_below_an_axis_do_not_run_together() -> None:
    wide = Curves(("f",), Extent("x", 1e308, 1.7e308), (RISING._replace(curves=()),))
    for width in range(40, 120):
        assert all(
            text == "x" or text.count("e308") == 1 for text in rows(wide, PLAIN._replace(width=width))[-1].split()
        )


def test_a_constant_field_says_its_number_and_has_no_arrows() -> None:
    numbers, axes = np.full((10, 10), 3.0), (Extent("x", -1.0, 1.0), Extent("y", -1.0, 1.0))
    flat = Field(Partial("f"), numbers, (0 * numbers, 0 * numbers), 1.5, 4.875)
    places = middles(axes[0], 10), middles(axes[1], 10)
    for style in (PLAIN, COLOR, ASCII):
        text = "".join(picture(Fields(("f",), axes, places, (flat,)), style))
        assert "3 everywhere" in text
        assert "gradient" not in text
        assert "4.875" not in text

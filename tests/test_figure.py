"""Pictures in files: what is in them, and that they are the same bytes each time."""

from __future__ import annotations

import math
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import gradcli
from gradcli.errors import UsageError
from gradcli.naming import Partial
from gradcli.pictures import Curve, Curves, Extent, Field, Fields, Mark, Panel
from gradcli.render import Style
from gradcli.render.figure import _shown_by_font, figure, picture

ROOT = str(Path(gradcli.__file__).parents[1])
POLE = Curve(Partial("f"), (((-1.0, -1.0), (-0.1, -10.0)), ((0.1, 10.0), (1.0, 1.0))))
SLOPE = Curve(Partial("f", ("x",)), (((-1.0, -1.0), (-0.1, -100.0)), ((0.1, -100.0), (1.0, -1.0))))
CURVES = Curves(
    ("f = 1/x", "g = 1_000$ & <b>"), Extent("x", -1.0, 1.0), (Panel((POLE,), -5.0, 5.0), Panel((SLOPE,), -50.0, 0.0)),
    (Mark("pole", 0.0, (), "pole at x = 0"), Mark("kink", 0.5, ((0.5, 2.0),), "kink")),
)  # fmt: skip


def test_curves_have_axes_labels_and_breaks() -> None:
    made = figure(CURVES)
    upper, lower = made.axes
    assert made._suptitle.get_text() == "f = 1/x\ng = 1_000$ & <b>"
    assert (upper.get_ylabel(), lower.get_ylabel(), lower.get_xlabel()) == ("f", "∂f/∂x", "x")
    assert (upper.get_xlim(), upper.get_ylim(), lower.get_ylim()) == ((-1.0, 1.0), (-5.0, 5.0), (-50.0, 0.0))
    for axis, curve in ((upper, POLE), (lower, SLOPE)):
        (drawn,) = [found for found in axis.lines if str(found.get_gid()).startswith("curve")]
        xs, ys = drawn.get_data()
        assert np.flatnonzero(np.isnan(xs)).tolist() == [2]
        assert [(x, y) for x, y in zip(xs, ys, strict=True) if not math.isnan(x)] == [
            p for q in curve.pieces for p in q
        ]
        assert [found.get_xdata()[0] for found in axis.lines if found.get_gid() == "pole"] == [0.0]
    assert [found.get_xydata().tolist() for found in upper.lines if found.get_gid() == "kink"] == [[[0.5, 2.0]]]


def test_a_jump_is_filled_where_the_function_has_its_number() -> None:
    jump = Mark("jump", 0.0, ((0.0, -1.0), (0.0, 1.0)), "jump", own=((0.0, 1.0),))
    step = Panel((POLE,), -5.0, 5.0, label="height", ends=((0.0, 2.0), (0.5, 99.0)))
    (axis,) = figure(CURVES._replace(panels=(step,), marks=(jump,), notes=("said \x1b[31m below",))).axes
    drawn = {
        found.get_gid(): (found.get_xydata().tolist(), found.get_markerfacecolor())
        for found in axis.lines
        if not str(found.get_gid()).startswith("curve")
    }
    assert drawn["jump"] == ([[0.0, -1.0], [0.0, 1.0]], "white")
    assert drawn["own"] == ([[0.0, 1.0]], "black")
    assert drawn["end"] == ([[0.0, 2.0]], "white")  # the other is beyond what is shown
    assert axis.get_ylabel() == "height"
    assert axis.figure._supxlabel.get_text() == "○ jump\n◦ no number, only a limit\nsaid \\x1b[31m below"


def test_no_character_acts_and_none_is_missing(recwarn: pytest.WarningsRecorder) -> None:
    named = CURVES._replace(axis=Extent("日\x1b", -1.0, 1.0), title=("α\x1b\r = 日",))
    text = b"".join(picture(named, Style("svg"))).decode()
    assert "日\\x1b" in text
    assert "α\\x1b\\x0d = 日" in text
    assert not set(text) & {"\x1b", "\r"}
    b"".join(picture(named, Style("png")))
    assert not recwarn.list
    seen = _shown_by_font()
    assert seen("α₁ ∂²f 日") == "α₁ ∂²f \\u65e5"


def test_several_curves_have_a_legend_and_differ_without_colours() -> None:
    many = tuple(Curve(f"f{k}", (((0.0, float(k)), (1.0, float(k))),)) for k in range(8))
    bound = Curve("bound", (((0.0, 9.0), (1.0, 9.0)),), bound=True)
    (axis,) = figure(Curves(("f",), Extent("x", 0.0, 1.0), (Panel((*many, bound), -1.0, 10.0),))).axes
    assert [text.get_text() for text in axis.get_legend().get_texts()] == [*(f"f{k}" for k in range(8)), "bound"]
    looks = {(found.get_color(), found.get_linestyle()) for found in axis.lines if found.get_gid()}
    assert len(looks) == 9
    assert [found.get_linestyle() for found in axis.lines if found.get_gid()][:4] == ["-", "--", "-.", ":"]


def test_a_logarithmic_panel() -> None:
    (axis,) = figure(Curves(("f",), Extent("x", 0.0, 1.0), (Panel((POLE,), 1e-3, 1e3, log=True),))).axes
    assert axis.get_yscale() == "log"


def field(u: float, v: float, stop: float = 2.0) -> Fields:
    x, y = np.linspace(0.0, stop, 50), np.linspace(0.0, 2.0, 60)
    numbers = u * x[None, :] + v * y[:, None]
    gradient = np.full((60, 50), float(u)), np.full((60, 50), float(v))
    shown = Field(Partial("f"), numbers, gradient, float(numbers.min()), float(numbers.max()))
    return Fields(("f",), (Extent("x", 0.0, stop), Extent("y", 0.0, 2.0)), (x, y), (shown,))


def test_a_field_has_contours_and_arrows() -> None:
    axis, bar = figure(field(3, 4)).axes
    assert (axis.get_xlabel(), axis.get_ylabel(), bar.get_ylabel()) == ("x", "y", "f")
    (arrows,) = [found for found in axis.collections if found.get_gid() == "gradient"]
    ratios = arrows.U / arrows.V
    assert ratios == pytest.approx(0.75)
    assert np.hypot(arrows.U, arrows.V) == pytest.approx(1.0)
    assert len(arrows.U) == 400
    # The axes differ: a step along x is a hundredth of the picture's width per unit.
    wide, _ = figure(field(3, 4, stop=200.0)).axes
    (arrows,) = [found for found in wide.collections if found.get_gid() == "gradient"]
    ratios = arrows.U / arrows.V
    assert ratios == pytest.approx(0.0075)


def test_the_lengths_of_arrows_are_those_of_gradients() -> None:
    shown = field(1, 0)
    u, v = shown.fields[0].gradient or (None, None)
    u[:, :25], u[:, 25:] = 1.0, 4.0  # type: ignore[index]
    u[:, 0:5], v[:, 0:5] = math.nan, math.nan  # type: ignore[index]
    axis, _ = figure(shown).axes
    (arrows,) = [found for found in axis.collections if found.get_gid() == "gradient"]
    assert sorted(set(np.round(np.hypot(arrows.U, arrows.V), 9).tolist())) == [0.25, 1.0]
    assert len(arrows.U) == 360


def test_what_lies_between_the_points_of_a_field_is_seen() -> None:
    shown = field(3, 4)
    mark = Mark("kink", 0.5, ((0.5, 0.1), (0.5, 0.2)), "kink at $x$ = 0.5")
    axis, _ = figure(shown._replace(fields=(shown.fields[0]._replace(marks=(mark,)),))).axes
    (drawn,) = axis.lines
    assert drawn.get_gid() == "kink"
    assert drawn.get_xydata().tolist() == [[0.5, 0.1], [0.5, 0.2]]
    assert [text.get_text() for text in axis.get_legend().get_texts()] == ["kink at $x$ = 0.5"]


def test_a_field_without_numbers_is_empty() -> None:
    numbers = np.full((60, 50), np.nan)
    shown = field(1, 1)._replace(fields=(Field(Partial("f"), numbers, (numbers, numbers), -1.0, 1.0),))
    (axis,) = figure(shown).axes
    assert not axis.collections


@pytest.mark.parametrize("kind", ["svg", "pdf", "png"])
def test_files_are_the_same_each_time(kind: str) -> None:
    first, again = (b"".join(picture(CURVES, Style(kind))) for _ in range(2))
    assert first == again
    assert first.startswith({"svg": b"<?xml", "pdf": b"%PDF", "png": b"\x89PNG"}[kind])
    assert b"Date" not in first
    assert b"".join(picture(field(1, 2), Style(kind))) == b"".join(picture(field(1, 2), Style(kind)))


def test_an_svg_is_the_same_in_every_process(tmp_path: Path) -> None:
    """Sets of strings come in another order in each."""
    commands = (
        ("u = abs(x); v = 1/x", "--range", "x=-1:1"),
        ("abs(x - y) + 1/(x + y)", "--range", "x=-1:1", "--range", "y=-1:1"),
    )
    for k, command in enumerate(commands):
        files = []
        for seed in "12":
            files.append(tmp_path / f"{k}-{seed}.svg")
            subprocess.run(
                [sys.executable, "-m", "gradcli", "plot", *command, "-o", str(files[-1])],
                env={**os.environ, "PYTHONPATH": ROOT, "PYTHONHASHSEED": seed}, check=True,
            )  # fmt: skip
        first, again = (path.read_bytes() for path in files)
        assert first == again
        assert first.count(b"<svg") == 1


def test_an_svg_has_its_text() -> None:
    text = b"".join(picture(CURVES, Style("svg"))).decode()
    for words in ("f = 1/x", "g = 1_000$ &amp; &lt;b&gt;", "∂f/∂x", ">x<", 'id="pole"', 'id="curve-1"'):
        assert words in text
    assert "<dc:date>" not in text


def test_the_users_settings_do_not_matter() -> None:
    import matplotlib

    expected = b"".join(picture(CURVES, Style("svg")))
    with matplotlib.rc_context({"lines.linewidth": 9.0, "font.size": 30.0, "svg.hashsalt": "other"}):
        assert b"".join(picture(CURVES, Style("svg"))) == expected
        assert matplotlib.rcParams["font.size"] == 30.0


def test_without_matplotlib_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(UsageError) as caught:
        list(picture(CURVES, Style("png")))
    assert caught.value.hint == 'pip install "gradcli[plot]"'


def test_the_file_appears_whole(tmp_path: Path) -> None:
    from gradcli.cli.main import main

    target = tmp_path / "f.svg"
    assert main(["plot", "x^2", "--range", "x=0:1", "-o", str(target)]) == 0
    assert target.read_text(encoding="utf-8").count("<svg") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["f.svg"]


@pytest.mark.parametrize(("low", "high"), [(-1e300, 1.7e308), (1e10, 1e10 + 1e-3), (-1e-290, 1e-290)])
@pytest.mark.parametrize("file_format", ["png", "svg"])
@pytest.mark.filterwarnings("error")
def test_numbers_that_matplotlib_cannot_compute_with_are_drawn(low: float, high: float, file_format: str) -> None:
    """Axes across the doubles, thousands of neighbours, and numbers whose squares vanish."""
    middle = low / 2 + high / 2
    rising = Curve(Partial("f"), (((low, low), (middle, middle), (high, high)),))
    shown = CURVES._replace(axis=Extent("x", low, high), panels=(Panel((rising,), low, high),), marks=())
    (axis,) = figure(shown).axes
    assert next(picture(shown, Style(file_format)))
    (drawn,) = [found for found in axis.lines if str(found.get_gid()).startswith("curve")]
    for numbers, side in zip(drawn.get_data(), (axis.xaxis, axis.yaxis), strict=True):
        start, stop = side.get_view_interval()
        assert [(n - start) / (stop - start) for n in numbers] == pytest.approx([0.0, 0.5, 1.0], abs=1e-6)
        texts = [label.get_text() for label in side.get_ticklabels()]
        assert len(set(texts)) == len(texts) > 2
        assert side is axis.yaxis or sum(map(len, texts)) < 70  # they stand beside each other
        places = [(n - start) / (stop - start) for n in side.get_majorticklocs()]
        assert places == pytest.approx([(float(t) / 2 - low / 2) / (high / 2 - low / 2) for t in texts], abs=1e-6)


def test_a_field_of_very_large_numbers_has_a_legend() -> None:
    ends = Extent("x", -1e200, 1e200), Extent("y", -1e200, 1e200)
    places = np.linspace(-1e200, 1e200, 21)
    numbers = np.add.outer(places, places)
    slopes = np.ones_like(numbers), np.ones_like(numbers)
    made = figure(Fields(("f",), ends, (places, places), (Field(Partial("f"), numbers, slopes, -2e200, 2e200),)))
    assert [text.get_text() for text in made.axes[1].get_yticklabels()][:2] == ["-2e200", "-1.5e200"]
    assert made.axes[0].get_xlim() == (0.0, 1.0)


def test_an_axis_without_numbers_has_none() -> None:
    (axis,) = figure(CURVES._replace(panels=(Panel((Curve(Partial("f"), ()),), -1.0, 1.0),), marks=())).axes
    assert len(axis.get_yticks()) == 0


def test_a_long_title_is_wrapped() -> None:
    title = "f = " + " + ".join(f"sin({k}*x)" for k in range(12))
    lines = figure(CURVES._replace(title=(title,)))._suptitle.get_text().split("\n")
    assert len(lines) > 1
    assert max(map(len, lines)) <= 78
    assert " ".join(lines) == title


def test_a_single_point_is_seen() -> None:
    point = Panel((Curve(Partial("f"), (((0.5, 2.0),),)),), 0.0, 5.0)
    (axis,) = figure(CURVES._replace(panels=(point,), marks=())).axes
    (drawn,) = [found for found in axis.lines if found.get_gid() == "points-1"]
    assert drawn.get_xydata().tolist() == [[0.5, 2.0]]
    assert drawn.get_marker() == "."

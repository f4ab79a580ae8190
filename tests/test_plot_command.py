"""`gradcli plot` and `compare --plot`, as a user sees them."""

from __future__ import annotations

import csv
import json
import math
from pathlib import Path

import numpy as np
import pytest

from gradcli import engine
from gradcli.cli.main import main
from gradcli.cli.plot_sampled import _curves, _seen
from gradcli.cli.sampled_input import AxisOptions, ReadOptions, read_grids
from gradcli.cli.sampled_output import KindOptions
from gradcli.compare import Comparison
from gradcli.errors import Source
from gradcli.fields import fields
from gradcli.gaps import FLOOR, gaps_over
from gradcli.language.document import parse
from gradcli.naming import Partial
from gradcli.pictures import Extent, middles
from gradcli.points import grid_points
from gradcli.results import Status
from gradcli.written_points import read_ranges


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path):  # type: ignore[no-untyped-def]
    """Exit code, stdout and stderr of a command, in a folder of its own, 80 columns wide."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("LINES", "24")

    def runs(*arguments: str) -> tuple[int, str, str]:
        code = main(list(arguments))
        shown = capsys.readouterr()
        return code, shown.out, shown.err

    return runs


def test_one_variable(run) -> None:  # type: ignore[no-untyped-def]
    code, out, err = run("plot", "f = abs(x - 1) + 1/a", "--range", "x=-3:3", "--at", "a=2")
    lines = out.splitlines()
    assert (code, err) == (0, "")
    assert lines[0] == "f = abs(x - 1) + 1/a at a = 2"
    assert sum(text.startswith("  ") and "└" in text for text in lines) == 2
    assert lines[-2:] == ["× kink: abs(x - 1) at x = 1 (left -1, right 1)", "◦ no number, only a limit"]
    assert lines[-3].split() == ["x", "-3", "-2", "-1", "0", "1", "2", "3"]
    assert max(map(len, lines)) == 80
    assert "\x1b" not in out


def test_two_variables(run) -> None:  # type: ignore[no-untyped-def]
    code, out, _ = run("plot", "x + y", "--range", "x=0:1", "--range", "y=0:1")
    assert code == 0
    assert "along the gradient" in out
    assert out.count("└") == 1
    assert set(out) & set("→↗↑↖←↙↓↘") == {"↗"}


def test_every_output_and_kind_has_a_field(run) -> None:  # type: ignore[no-untyped-def]
    _, out, _ = run("plot", "u = x*y; v = x - y", "--range", "x=0:1", "--range", "y=0:1")
    assert out.count("└") == 2
    assert out.count("along the gradient") == 1
    _, out, _ = run("plot", "x^2*y", "--range", "x=0:1", "--range", "y=0:1", "--laplacian")
    assert out.count("└") == 2
    assert "laplacian_f" in out
    assert "along the gradient" not in out


def test_colours_on_demand(run) -> None:  # type: ignore[no-untyped-def]
    assert "\x1b[35m" in run("plot", "x", "--range", "x=0:1", "--color", "always")[1]


def test_the_points_of_a_picture(run) -> None:  # type: ignore[no-untyped-def]
    _, out, _ = run("plot", "a*abs(x - 1/3)", "--range", "x=0:1", "--at", "a=2", "--format", "csv")
    rows = list(csv.DictReader(out.splitlines()))
    assert list(rows[0]) == ["a", "x", "f", "df_dx"]
    places = [float(row["x"]) for row in rows]
    assert places == sorted(places)
    assert (places[0], places[-1]) == (0.0, 1.0)
    assert min(abs(x - 1 / 3) for x in places) < 1e-15
    _, out, _ = run("plot", "x*y", "--range", "x=0:1:#3", "--range", "y=0:2:#5", "--format", "json")
    document = json.loads(out)
    assert len(document["rows"]) == 15
    assert document["rows"][-1] == {"x": 1.0, "y": 2.0, "f": 2.0, "df_dx": 2.0, "df_dy": 1.0}


def test_a_step_says_where_to_look_in_any_case(run) -> None:  # type: ignore[no-untyped-def]
    def places(text: str) -> list[float]:
        rows = run("plot", "x^2", "--range", text, "--format", "csv")[1].splitlines()[1:]
        return [float(row.partition(",")[0]) for row in rows]

    assert set(np.linspace(0, 1, 17).tolist()) <= set(places("x=0:1:#17"))
    stepped = places("x=0:1:0.3")
    assert {0.0, 0.3, 0.6, 0.8999999999999999} <= set(stepped)
    assert max(stepped) == 1.0  # a picture goes to its end, which arange leaves out


def test_an_undefined_region_is_said_beside_a_file(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    code, out, err = run("plot", "log(x)", "--range", "x=-1:1", "-o", "f.svg")
    assert (code, out, err) == (0, "", "note: undefined: log(x) from x = -1 to 0\n")
    assert "log(x)" in (tmp_path / "f.svg").read_text(encoding="utf-8")


def test_a_pictures_extension_elsewhere_is_an_error(run) -> None:  # type: ignore[no-untyped-def]
    code, _, err = run("eval", "x", "--at", "x=1", "-o", "f.png")
    assert code == 2
    assert "there is no png of this" in err


# --- fields -----------------------------------------------------------------------------------------------


def drawn_field(text: str, low: float, high: float):  # type: ignore[no-untyped-def]
    program = parse(Source(text))
    asked = engine.wanted(program)
    axes = Extent("x", low, high), Extent("y", low, high)
    places = middles(axes[0], 50), middles(axes[1], 40)
    return fields(engine.prepare(program, asked), asked, axes, places, {}, title=("f",))


def test_a_field_has_the_numbers_of_its_places() -> None:
    shown = drawn_field("x^2 + 10*y", 0.0, 1.0)
    (field,) = shown.fields
    x, y = shown.places
    assert field.numbers == pytest.approx(x[None, :] ** 2 + 10 * y[:, None])
    assert field.gradient is not None
    assert field.gradient[0] == pytest.approx(np.broadcast_to(2 * x, (40, 50)))
    assert (field.gradient[1] == 10.0).all()
    assert (x[0], x[-1]) == (0.01, 0.99)


def test_a_pole_does_not_take_all_colours() -> None:
    (field,) = drawn_field("1/(x^2 + y^2)", -1.0, 1.0).fields
    assert field.numbers.max() > 900
    assert field.high < 50


def test_where_a_field_is_undefined_is_said() -> None:
    shown = drawn_field("log(x) + y", -1.0, 1.0)
    assert shown.notes == ("f: undefined: log(x), at 1,000 of 2,000 points",)
    assert np.isnan(shown.fields[0].numbers[:, :25]).all()
    assert np.isfinite(shown.fields[0].numbers[:, 25:]).all()


def test_why_a_field_has_no_numbers_is_said_of_each_place() -> None:
    """Half of it is undefined; the exponential overflows from x = 0.709783 on, at 0.74, 0.78 and so on: 7 columns."""
    notes = drawn_field("where(x < 0, log(x - 5), exp(1000*x)) + y", -1.0, 1.0).notes
    assert [note for note in notes if note.startswith("f:")] == [
        "f: undefined: log(x - 5), at 1,000 of 2,000 points", "f: overflow: exp(1000*x), at 280 of 2,000 points",
    ]  # fmt: skip


# --- samples ----------------------------------------------------------------------------------------------


def test_samples_with_their_derivative(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "s.csv").write_text("t,v\n" + "".join(f"{k / 10},{k * k / 100}\n" for k in range(-10, 11)))
    code, out, _ = run("plot", "--sampled", "s.csv", "--value", "v", "--by", "t")
    lines = out.splitlines()
    assert code == 0
    assert lines[0] == "v (s.csv)"
    assert [text.strip() for text in lines if text.strip() in ("v", "∂v/∂t")] == ["v", "∂v/∂t"]
    assert lines[-1].split() == ["t", "-1.0", "-0.5", "0", "0.5", "1.0"]


def test_groups_are_curves_of_one_picture(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "g.csv").write_text("t,v,g\n0,1,a\n1,2,a\n2,4,a\n0,2,b\n1,1,b\n3,0,b\n")
    code, out, _ = run("plot", "--sampled", "g.csv", "--value", "v", "--by", "t", "--group", "g")
    assert code == 0
    assert "1 v (g=a)  2 v (g=b)" in out
    assert "1 dv_dt (g=a)  2 dv_dt (g=b)" in out


def test_dates_of_groups_have_one_origin(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    rows = ["2024-01-01,1,a", "2024-01-03,2,a", "2024-01-02,5,b", "2024-01-05,6,b"]
    (tmp_path / "g.csv").write_text("\n".join(["day,v,g", *rows]))
    code, _, _ = run("plot", "--sampled", "g.csv", "--value", "v", "--by", "day", "--group", "g", "-o", "g.svg")
    assert code == 0
    grids = list(read_grids("g.csv", ReadOptions((), ("v",), "day", "g"), AxisOptions((), (), ())))
    shown = _curves(grids, KindOptions(None, False, (), False, False, False, None, None, False), "v", False)
    places = [[x / 86400 for x, _ in curve.pieces[0]] for curve in shown.panels[0].curves]
    assert places == [[0.0, 2.0], [1.0, 4.0]]
    assert shown.notes == ("day in seconds since 2024-01-01T00:00:00",)
    assert "since 2024-01-01" in (tmp_path / "g.svg").read_text(encoding="utf-8")
    rows[2:] = ["2024-01-02T00:00+01:00,5,b", "2024-01-05T00:00Z,6,b"]
    (tmp_path / "g.csv").write_text("\n".join(["day,v,g", *rows]))
    code, _, err = run("plot", "--sampled", "g.csv", "--value", "v", "--by", "day", "--group", "g")
    assert code == 3
    assert "cannot be compared" in err


def test_a_matrix_lies_as_it_is_printed(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    np.save(tmp_path / "m.npy", np.add.outer(np.arange(5.0) * 10, np.zeros(8)))
    code, out, _ = run("plot", "--sampled", "m.npy")
    inside = [text.partition("│")[2] for text in out.splitlines() if "│" in text]
    assert code == 0
    assert "·" in inside[0]
    assert "█" in inside[-1]
    assert set(out) & set("→↗↑↖←↙↓↘") - {"↗"} == {"↓"}  # the legend has one that rises


def test_missing_samples_leave_a_gap(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    np.save(tmp_path / "m.npy", np.array([0.0, 0.0, 0.0, math.nan, 1.0, 1.0, 1.0]))
    code, _, _ = run("plot", "--sampled", "m.npy", "-o", "m.svg")
    assert code == 0
    text = (tmp_path / "m.svg").read_text(encoding="utf-8")
    paths = text.partition('id="curve-1"')[2].partition('d="')[2].partition('"')[0]
    assert paths.count("M") == 2


# --- the gap between backends -----------------------------------------------------------------------------


@pytest.mark.parametrize(("numbers", "missing"), [("0,1,nan,9,16,25", 1), ("nan,nan,nan,nan", 4)])
def test_samples_without_a_number_are_counted(run, tmp_path: Path, numbers: str, missing: int) -> None:  # type: ignore[no-untyped-def]
    values = numbers.split(",")
    (tmp_path / "s.csv").write_text("t,v\n" + "".join(f"{k},{v}\n" for k, v in enumerate(values)))
    code, out, _ = run("plot", "--sampled", "s.csv", "--value", "v", "--by", "t")
    assert code == 0
    assert f"v: no number at {missing} of {len(values)} samples" in out
    _, _, err = run("plot", "--sampled", "s.csv", "--value", "v", "--by", "t", "-o", "s.svg")
    assert f"v: no number at {missing} of {len(values)} samples" in err


@pytest.mark.filterwarnings("error")
def test_a_field_up_to_the_largest_numbers_warns_of_nothing() -> None:
    shown = drawn_field("1e300*x + y", -1e9, 1e9)  # 1e300*x overflows from 1.8e8
    (field,) = [field for field in shown.fields if field.label.name == "f"]
    assert field.low < -1e307
    assert field.high > 1e307


class Counting:
    """Evaluates, and counts the points where there is no number in doubles, each of which takes long."""

    def __init__(self, evaluation) -> None:  # type: ignore[no-untyped-def]
        self.evaluation, self.program, self.overflowing = evaluation, evaluation.program, 0

    def evaluate(self, points):  # type: ignore[no-untyped-def]
        values = self.evaluation.evaluate(points)
        codes = values.status.get("f")
        self.overflowing += 0 if codes is None else int(np.count_nonzero(codes == Status.OVERFLOW))
        return values


@pytest.mark.parametrize(
    ("text", "reach", "expected", "most"),
    [
        # exp(u) overflows from u = 709.78; e^709 = 8.2e307, so x*y up to 709 does not.
        ("exp(x*y)", 40.0, lambda x, y: x * y > 709.78, 350),
        ("x^2 + y^2", 1e200, lambda x, y: x == x, 40),
        # Among overflows a band of numbers, two columns of 80: where 2e300*(x + 1.8e8) is below 1.797e308.
        ("2e300*(x + 1.8e8)", 3.6e9, lambda x, y: abs(x + 1.8e8) > 0.8985e8, 600),
    ],
)
def test_what_overflows_is_not_looked_at_place_by_place(text: str, reach: float, expected, most: int) -> None:  # type: ignore[no-untyped-def]
    program = parse(Source(text + " + 0*y"))
    asked = engine.wanted(program)
    axes = Extent("x", -reach, reach), Extent("y", -reach, reach)
    counting = Counting(engine.prepare(program, asked))
    shown = fields(counting, asked, axes, (middles(axes[0], 80), middles(axes[1], 60)), {}, title=("f",))
    x, y = np.meshgrid(*shown.places)
    here = expected(x, y)
    assert np.isnan(shown.fields[0].numbers).tolist() == here.tolist()
    assert shown.notes[0].startswith("f: overflow")
    assert shown.notes[0].endswith(f"at {np.count_nonzero(here):,} of 4,800 points")
    assert counting.overflowing < most


def test_numbers_are_not_taken_for_overflows_where_doubles_have_none() -> None:
    """x^2 overflows from 1.3e154, the root of the sum does not."""
    program = parse(Source("sqrt(x^2 + y^2)"))
    asked = engine.wanted(program)
    axes = Extent("x", -1e200, 1e200), Extent("y", -1e200, 1e200)
    shown = fields(
        engine.prepare(program, asked), asked, axes, (middles(axes[0], 7), middles(axes[1], 5)), {}, title=("f",)
    )
    x, y = np.meshgrid(*shown.places)
    assert shown.fields[0].numbers == pytest.approx(np.hypot(x, y), rel=1e-12)


def gaps(text: str, range_: str):  # type: ignore[no-untyped-def]
    program = parse(Source(text))
    comparison = Comparison(program, engine.wanted(program), ["autodiff", "symbolic"])
    (axis,) = read_ranges([range_])
    return gaps_over(comparison, grid_points([axis], [], program.variables), axis, ("f",))


def test_gaps_lie_below_their_bounds() -> None:
    shown = gaps("sin(x)/x", "x=1e-8:1e-3:#200")
    assert [panel.curves[0].label for panel in shown.panels] == [Partial("f"), Partial("f", ("x",))]
    for panel in shown.panels:
        gap, bound = panel.curves
        assert panel.log
        assert bound.bound
        assert panel.low < FLOOR
        above = dict(place for piece in bound.pieces for place in piece)
        assert all(y <= above[x] for piece in gap.pieces for x, y in piece)
        assert sum(map(len, gap.pieces)) == 200
    # Differences of nearly equal numbers: close to 0 the two formulas have lost all their digits.
    largest = max(y for piece in shown.panels[1].curves[0].pieces for _, y in piece)
    assert largest > 1e-4


def test_equal_numbers_are_drawn_at_the_floor() -> None:
    shown = gaps("x", "x=1:2:#5")
    assert {y for piece in shown.panels[0].curves[0].pieces for _, y in piece} == {FLOOR}
    assert "equal at 5.6e-17" in shown.notes[0]


def test_where_there_is_no_number_there_is_no_gap() -> None:
    shown = gaps("log(x)", "x=-1:1:#5")
    assert [[x for x, _ in piece] for piece in shown.panels[0].curves[0].pieces] == [[0.5, 1.0]]


def test_compare_writes_its_rows_and_the_picture(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    code, out, err = run("compare", "x^2", "--range", "x=0:1:#20", "--backend", "ad,sym", "--plot", "gap.svg")
    assert (code, err) == (0, "")
    assert out.startswith("partial,verdict")
    assert (tmp_path / "gap.svg").read_text(encoding="utf-8").count('id="curve-2"') == 2
    code, out, _ = run(
        "compare", "x^2", "--range", "x=0:1:#20", "--backend", "ad,sym", "--plot", "-", "--format", "table"
    )
    assert code == 0
    assert "relative gaps of autodiff, symbolic" in out


def test_of_very_many_samples_all_that_is_seen_is_drawn() -> None:
    """A single spike, and a single sample without a number, among 200,000."""
    places = np.arange(200_000) / 1000
    numbers = np.sin(places)
    numbers[77_777], numbers[123_456] = 5.0, np.nan
    kept = _seen(places, numbers)
    assert len(kept) < 20_000
    assert {0, 77_777, 123_455, 123_456, 123_457, 199_999} <= set(kept.tolist())
    assert np.nanmin(numbers[kept]) == np.nanmin(numbers)
    assert len(_seen(places[:1000], numbers[:1000])) == 1000


def test_a_range_of_one_point_has_a_picture_of_its_gaps(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    for text in ("x=0:1:#1", "x=0:1:5"):
        code, _, _ = run("compare", "x^2", "--range", text, "--plot", "gap.png")
        assert (code, (tmp_path / "gap.png").read_bytes()[:4]) == (0, b"\x89PNG")
        (tmp_path / "gap.png").unlink()

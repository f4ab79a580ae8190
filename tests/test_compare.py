"""`compare`: no disagreement on any case of the conformance suite, and a backend that is wrong is named every time."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import gradcli.backends
from gradcli import engine
from gradcli.backends import Capabilities, Options, Points
from gradcli.backends.autodiff import BACKEND as AUTODIFF
from gradcli.cli.main import main
from gradcli.combine import terms_of
from gradcli.compare import Comparison, Row, capable
from gradcli.errors import UsageError
from gradcli.language.document import parse
from gradcli.naming import Partial
from gradcli.points import at_points, grid_points
from gradcli.program import Program
from gradcli.results import Values
from gradcli.written_points import read_at, read_ranges

CASES: list[dict[str, Any]] = json.loads(Path(__file__).with_name("cases.json").read_text(encoding="utf-8"))


class Wrong:
    """A backend that answers the right derivatives times a factor, within bounds that say that they are right."""

    name = "wrong"
    summary = "a backend that is wrong on purpose"
    capabilities = Capabilities(formulas=False, max_order=None, tolerance=1e-12)
    factor = -1.0

    def prepare(self, program: Program, partials: Sequence[Partial], options: Options) -> Any:
        return _Prepared(AUTODIFF.prepare(program, partials, options), self.factor)


class _Prepared:
    def __init__(self, prepared: Any, factor: float) -> None:
        self.prepared, self.factor = prepared, factor
        self.partials, self.program = prepared.partials, prepared.program

    def evaluate(self, points: Points, bounded: bool = False) -> Values:
        values: Values = self.prepared.evaluate(points)
        columns = {
            p.name: [n * self.factor for n in values[p.name]] if p.by else values[p.name] for p in values.partials
        }
        return values.replaced(columns=columns)


@pytest.fixture
def wrong(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Wrong]]:
    module = ModuleType("gradcli_wrong_backend")
    module.BACKEND = Wrong()  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setitem(gradcli.backends._MODULES, "wrong", module.__name__)
    yield Wrong
    Wrong.factor = -1.0


def compared(text: str, at: str, names: Sequence[str] | None = None, order: int = 1) -> list[Row]:
    program = parse(text)
    partials = terms_of(engine.wanted(program, order=order))
    comparison = Comparison(program, partials, capable(names, partials))
    return comparison.over(at_points([read_at(at)], program.variables))


def point(case: dict[str, Any]) -> str:
    return ",".join(f"{name}={text}" for name, text in case["point"].items())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_backends_agree_on_every_case(case: dict[str, Any]) -> None:
    for row in compared(case["text"], point(case)):
        assert not row.disagreed, row
        assert row.compared == 1, row


@pytest.mark.parametrize("case", CASES[::3], ids=lambda case: case["name"])
def test_backends_agree_on_second_partials(case: dict[str, Any]) -> None:
    for row in compared(case["text"], point(case), order=2):
        assert not row.disagreed, row
        assert row.compared or row.statuses, row


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_a_wrong_backend_is_named(case: dict[str, Any], wrong: type[Wrong]) -> None:
    """Wherever a partial is not 0, which has no sign."""
    seen = 0
    for row in compared(case["text"], point(case), ("autodiff", "wrong")):
        look = row.worst
        assert look is not None
        if row.partial.by and look.readings["autodiff"].number:
            assert row.disagreed == 1
            assert dict(row.wrong) == {"wrong": 1}
            assert look.truth is not None
            seen += 1
        else:
            assert not row.disagreed
    assert seen or all(float(p) == 0 for o in case["outputs"].values() for p in o["partials"].values())


def test_a_small_error_is_enough(wrong: type[Wrong]) -> None:
    wrong.factor = 1 + 1e-13
    rows = compared("sin(x)*exp(y)", "x=1,y=2", ("autodiff", "symbolic", "wrong"))
    assert [dict(row.wrong) for row in rows] == [{}, {"wrong": 1}, {"wrong": 1}]


def test_what_is_no_number_is_no_disagreement() -> None:
    value, slope, other = compared("abs(x)*y + sqrt(y)", "x=0,y=0")
    assert not any(row.disagreed for row in (value, slope, other))
    assert dict(other.statuses) == {"vertical": 1}
    (undefined,) = {row.disagreed for row in compared("log(x)", "x=-1")}
    assert undefined == 0


def test_what_bounds_say_nothing_about_is_said() -> None:
    """Half of the digits are lost and more: doubles agree within bounds that are larger than the numbers."""
    for row in compared("(1 - cos(x))/x^2", "x=1e-8"):
        assert not row.disagreed
        assert dict(row.statuses) == {"imprecise": 1}


def test_what_no_rule_gives_and_nobody_can_decide_is_no_disagreement() -> None:
    _, by_order = compared("besselj(x, 2)", "x=1.5")
    assert not by_order.disagreed
    assert dict(by_order.statuses) == {"undefined": 1}


def test_on_a_grid_the_worst_place_is_told(wrong: type[Wrong]) -> None:
    program = parse("x^2*sin(y)")
    partials = terms_of(engine.wanted(program))
    axes = read_ranges(["x=1:2:#11", "y=1:2:#7"])
    rows = Comparison(program, partials, capable(None, partials)[:3]).over(grid_points(axes, [], program.variables))
    assert [row.disagreed for row in rows] == [0, 0, 0]
    assert all(row.compared == row.points == 77 for row in rows)
    wrong.factor = 1.5
    rows = Comparison(program, partials, ("autodiff", "wrong")).over(grid_points(axes, [], program.variables))
    assert [row.disagreed for row in rows] == [0, 77, 77]
    look = rows[1].worst
    assert look is not None
    assert look.gap == pytest.approx(1 / 3)


def test_which_backends_are_compared() -> None:
    assert capable(None, [Partial("f", ("x",))]) == ("autodiff", "symbolic", "finite-difference")
    assert capable(("fd", "ad"), [Partial("f", ("x",))]) == ("finite-difference", "autodiff")
    with pytest.raises(UsageError):
        capable(("ad",), [])
    with pytest.raises(UsageError):
        capable(("ad", "nothing"), [])


def test_the_command(capsys: pytest.CaptureFixture[str], wrong: type[Wrong]) -> None:
    assert main(["compare", "x^2*y", "--at", "x=1,y=2", "--backend", "ad,sym,fd", "--format", "json"]) == 0
    records = json.loads(capsys.readouterr().out)
    assert [record["verdict"] for record in records] == ["agree"] * 3
    assert main(["compare", "x^2*y", "--at", "x=1,y=2"]) == 1
    captured = capsys.readouterr().out
    assert "disagree: wrong is wrong" in captured
    assert main(["compare", "x^2*y", "--range", "x=0:1:#6", "--range", "y=0:1:#6", "-b", "grid,ad"]) == 0
    assert main(["compare", "abs(x)", "--at", "x=0", "-b", "ad,sym"]) == 0
    assert "kink" in capsys.readouterr().out


def test_what_was_not_looked_at_is_not_counted(capsys: pytest.CaptureFixture[str]) -> None:
    """Rows of a block whose numbers agree have no bounds: one of them is looked at, the others are not called fine."""
    assert main(["compare", "(1 - cos(x))/x^2", "--range", "x=1e-8:1e-3:#300"]) == 0
    assert '"agree, imprecise at 1 point or more (x=1e-8)"' in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "option", "name", "truth"),
    [
        ("x^2*y^3", ["--laplacian"], "laplacian_f", 16 + 12),
        ("x^2*y^3", ["--along", "x=3,y=4"], "df_along", 3 * 16 + 4 * 12),
        ("x^2*y; x*y^2", ["--divergence"], "divergence", 4 + 4),
        ("-y^2; x^3", ["--curl"], "curl", 3 + 4),
    ],
)
def test_sums_have_a_row_of_their_own(
    text: str, option: list[str], name: str, truth: float, capsys: pytest.CaptureFixture[str], wrong: type[Wrong]
) -> None:
    """At x = 1, y = 2; a wrong backend is wrong in them too."""
    arguments = ["compare", text, "--at", "x=1,y=2", "--wrt", "x,y", *option, "--format", "json"]
    if name == "df_along":
        del arguments[4:6]
    assert main([*arguments, "--backend", "ad,sym,fd"]) == 0
    (record,) = (record for record in json.loads(capsys.readouterr().out) if record["partial"] == name)
    assert [record["autodiff"], record["symbolic"]] == [truth, truth]
    assert record["gap"] < 1e-6
    assert main([*arguments, "--backend", "ad,wrong"]) == 1
    (record,) = (record for record in json.loads(capsys.readouterr().out) if record["partial"] == name)
    assert record["verdict"] == "disagree: wrong is wrong"
    assert record["truth"] == truth


def test_where_there_is_no_number_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", "abs(x)", "--range", "x=-1:1:#5"]) == 0
    assert '"agree, kink at 1 point (x=0.0)"' in capsys.readouterr().out
    assert main(["compare", "log(x)", "--range", "x=-2:2:#5"]) == 0
    assert '"agree, undefined at 3 points (first x=-2.0)"' in capsys.readouterr().out


def test_components_are_paired_as_their_signature_says_without_a_note(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--divergence", "--at", "x=1,y=2"]
    assert main(["compare", "f(y, x) = -y; g(y, x) = x", *arguments]) == 0
    assert capsys.readouterr().err == ""
    assert main(["compare", "f = -y; g = x", *arguments]) == 0
    assert "paired in order" in capsys.readouterr().err


def test_rows_of_a_table_are_named_by_what_stands_in_them(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Also behind a row that is left out."""
    table = tmp_path / "t.csv"
    table.write_text("x,y\n1,2\n,3\n0.50000000000000000000,0.5\n")
    assert main(["compare", "abs(x - y)", "--points", str(table)]) == 0
    assert "kink at 1 point (x=0.50000000000000000000,y=0.5)" in capsys.readouterr().out

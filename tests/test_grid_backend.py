"""The backend `grid`: samples on the grid itself, differentiated as numpy.gradient does it."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gradcli import engine
from gradcli.errors import UsageError
from gradcli.language.document import parse
from gradcli.naming import Partial
from gradcli.results import Status, Values

CASES: list[dict[str, Any]] = json.loads(Path(__file__).with_name("cases.json").read_text(encoding="utf-8"))
FEW = [case for case in CASES if 0 < len(case["point"]) <= 3]


def on_grid(text: str, axes: dict[str, Any], order: int = 1, **options: Any) -> Values:
    """The values on a grid whose last axis varies fastest; a number is a constant."""
    program = parse(text)
    arrays = {name: np.asarray(places) for name, places in axes.items() if np.ndim(places)}
    mesh = np.meshgrid(*arrays.values(), indexing="ij")
    points = {name: float(number) for name, number in axes.items() if not np.ndim(number)}
    points |= {name: places.ravel() for name, places in zip(arrays, mesh, strict=True)}
    asked = [p for p in engine.wanted(program, order=order) if set(p.by) <= set(arrays)]
    return engine.prepare(program, asked, "grid", options).evaluate(points)


def test_it_is_numpy_gradient() -> None:
    y, x = np.linspace(0.5, 1.0, 6), np.array([0.0, 0.1, 0.4, 1.0])
    found = on_grid("sin(x)*exp(y*z)", {"y": y, "x": x, "z": 0.5})
    values = found["f"].reshape(6, 4)
    assert values == pytest.approx(np.exp(0.5 * y)[:, None] * np.sin(x), rel=1e-15)
    wanted = dict(zip(("df_dy", "df_dx"), np.gradient(values, y, x), strict=True))
    for name, numbers in wanted.items():
        assert found[name].tobytes() == numbers.tobytes()
    second = on_grid("sin(x)*exp(y*z)", {"y": y, "x": x, "z": 0.5}, edge_order=2)
    assert second["df_dx"].tobytes() == np.gradient(values, x, axis=1, edge_order=2).tobytes()


def test_it_says_where_it_is_off() -> None:
    """x^2 with a spacing of 1: parabolas inside are exact; lines at the ends are off by 1."""
    found = on_grid("x^2", {"x": np.arange(5.0)})
    assert found["df_dx"].tolist() == [1.0, 2.0, 4.0, 6.0, 7.0]
    assert found.error["df_dx"].tolist() == [1.0, 0.0, 0.0, 0.0, 1.0]
    codes = [Status(code) for code in found.status["df_dx"]]
    assert codes == [Status.IMPRECISE, Status.FINE, Status.FINE, Status.FINE, Status.IMPRECISE]


def test_what_lies_beside_an_undefined_sample_is_none() -> None:
    found = on_grid("1/x", {"x": np.arange(-2.0, 3.0)})
    codes = [Status(code) for code in found.status["df_dx"]]
    assert codes[1:4] == [Status.NOT_CONVERGED, Status.UNDEFINED, Status.NOT_CONVERGED]
    assert np.isnan(found["df_dx"]).tolist() == [False, True, True, True, False]


def test_a_kink_is_a_kink() -> None:
    found = on_grid("abs(x)", {"x": np.arange(-2.0, 3.0)})
    assert Status(found.status["df_dx"][2]) is Status.KINK
    assert math.isnan(found["df_dx"][2])


@pytest.mark.parametrize("case", FEW, ids=[case["name"] for case in FEW])
def test_it_is_right_where_the_grid_is_fine(case: dict[str, Any]) -> None:
    """In the middle of a small grid about each case's point: right within its own estimate of the error.

    A number is fine, or said to be imprecise; the estimate is doubled, and what rounding of the samples costs is
    allowed for: a few units of the value's last place over the spacing.
    """
    at = {name: float(text) for name, text in case["point"].items()}
    step = {name: 2.0**-12 * (abs(x) or 1.0) for name, x in at.items()}
    found = on_grid(case["text"], {name: x + step[name] * np.arange(-3.0, 4.0) for name, x in at.items()}, accuracy=4)
    middle = (7 ** len(at)) // 2
    for asked in found.partials:
        if not asked.by:
            continue
        data, name = case["outputs"][asked.output], asked.name
        status = found.status.get(name)
        code = Status.FINE if status is None else Status(int(status[middle]))
        assert code in (Status.FINE, Status.IMPRECISE), code.text
        true = float(data["partials"][asked.by[0]])
        rounding = 64 * 2.0**-52 * abs(float(data["value"])) / step[asked.by[0]]
        assert abs(found[name][middle] - true) <= 2.0 * found.error[name][middle] + rounding + 1e-9 * abs(true), name


def test_a_grid_is_found_again_in_any_order_of_its_axes() -> None:
    places = {"x": np.arange(3.0), "y": np.arange(2.0), "z": np.array([0.0, 5.0, 6.0, 9.0])}
    for order in ("xyz", "zyx", "yxz"):
        found = on_grid("x*y + y*z + x*z", {name: places[name] for name in order})
        shape = [len(places[name]) for name in order]
        mesh = dict(zip(order, np.meshgrid(*(places[n] for n in order), indexing="ij"), strict=True))
        assert found["df_dx"].reshape(shape) == pytest.approx(mesh["y"] + mesh["z"], abs=1e-12)
        assert found["df_dz"].reshape(shape) == pytest.approx(mesh["y"] + mesh["x"], abs=1e-12)


@pytest.mark.parametrize(
    "points",
    [
        {"x": 1.0, "y": 2.0},
        {"x": np.array([0.0, 1.0, 2.0]), "y": np.array([0.0, 1.0, 2.0])},
        {"x": np.array([0.0, 0.0, 1.0, 1.0]), "y": np.array([0.0, 1.0, 0.0, 2.0])},
        {"x": np.array([0.0, 0.0, 1.0]), "y": np.array([0.0, 1.0, 0.0])},
        {"x": np.array([0.0, 1.0]), "y": 3.0},
        {"x": np.array([]), "y": np.array([])},
    ],
)
def test_what_is_no_grid_is_refused(points: dict[str, Any]) -> None:
    program = parse("x*y")
    prepared = engine.prepare(program, [Partial("f"), Partial("f", ("x",)), Partial("f", ("y",))], "grid")
    with pytest.raises(UsageError, match="the backend grid takes its samples from a grid"):
        prepared.evaluate(points)


def test_higher_orders() -> None:
    x = np.linspace(-1.0, 1.0, 21)
    found = on_grid("x^3", {"x": x}, order=3, accuracy=2)
    assert found["d2f_dx_dx"] == pytest.approx(6 * x, abs=1e-10)
    assert found["d3f_dx_dx_dx"] == pytest.approx(np.full(21, 6.0), abs=1e-8)

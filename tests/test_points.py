"""`--at` and `--range`: what they read, the grid they make, how large it may be."""

import math
from contextlib import suppress
from pathlib import Path
from time import perf_counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradcli.errors import GradcliError, LimitError, UsageError
from gradcli.points import BLOCK_ROWS, at_points, grid_points
from gradcli.written_points import read_at, read_ranges


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("q=1,chi=2,delta=3", {"q": 1.0, "chi": 2.0, "delta": 3.0}),
        ("x=-1.5e-3", {"x": -0.0015}),
        (" x = 1 , y = 2 ,", {"x": 1.0, "y": 2.0}),
        ("x=max(1,2),y=2", {"x": 2.0, "y": 2.0}),
        ("x=2^10", {"x": 1024.0}),
        ("x=1_000", {"x": 1000.0}),
        ("x=inf,y=-inf", {"x": math.inf, "y": -math.inf}),
        ("x=.5,y=5.", {"x": 0.5, "y": 5.0}),
        ("θ=1", {"θ": 1.0}),
        ("e\u0301=1", {"é": 1.0}),
        ("x=1\ny=2", {"x": 1.0, "y": 2.0}),
        ("x=-0.0", {"x": -0.0}),
    ],
)
def test_values(text: str, values: dict[str, float]) -> None:
    assert read_at(text).values == values


def test_a_value_is_rounded_once() -> None:
    assert read_at("x=0.1").values["x"] == 0.1
    assert read_at("x=(0.1)").values["x"] == 0.1


def test_file(tmp_path: Path) -> None:
    path = tmp_path / "p.txt"
    path.write_text("# one point\nx=1, y=2\n\nz=atan2(0,\n  1) # over two lines\n", encoding="utf-8")
    assert read_at(f"@{path}").values == {"x": 1.0, "y": 2.0, "z": 0.0}


def test_a_large_file_is_read_in_a_second(tmp_path: Path) -> None:
    path = tmp_path / "p.txt"
    path.write_text("".join(f"v{k}={k}.5\n" for k in range(100_000)), encoding="utf-8")
    start = perf_counter()
    given_values = read_at(f"@{path}")
    blocks = at_points([given_values], [f"v{k}" for k in range(100_000)])
    assert perf_counter() - start < 3  # on an idle machine 0.2
    assert blocks[0].columns["v99999"] == 99999.5


@pytest.mark.parametrize(
    "text", ["", ",", "x", "x=", "=1", "x==1", "x=1,x=2", "x=1;y=2", "x=y", "x=nan", "x=1/0", "x=1e999", "1=x"]
)
def test_what_is_no_point(text: str) -> None:
    with pytest.raises(UsageError):
        read_at(text)


def test_a_caret_stands_under_the_value() -> None:
    with pytest.raises(UsageError) as caught:
        read_at("x=1,y=2+*3")
    assert caught.value.span == (8, 9)


@given(st.text())
def test_any_text_gives_values_or_an_error_of_ours(text: str) -> None:
    with suppress(GradcliError):
        read_at(text.lstrip("@"))


@given(st.text(alphabet="x=:#01.5e-,p("))
def test_any_range_gives_axes_or_an_error_of_ours(text: str) -> None:
    with suppress(GradcliError):
        read_ranges([text])


def values_of(text: str) -> np.ndarray:
    axes = read_ranges([f"x={text}"])
    return np.concatenate([np.empty(0), *(block.columns["x"] for block in grid_points(axes, [], ["x"]))])


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("0:1:0.25", [0.0, 0.25, 0.5, 0.75]),
        ("1:0:-0.5", [1.0, 0.5]),
        ("0:1:#3", [0.0, 0.5, 1.0]),
        ("1:-1:#5", [1.0, 0.5, 0.0, -0.5, -1.0]),
        ("2:3:#1", [2.0]),
        ("0:0:1", []),
        ("0:2*2:2^0", [0.0, 1.0, 2.0, 3.0]),
    ],
)
def test_range(text: str, values: list[float]) -> None:
    assert values_of(text).tolist() == values


numbers = st.floats(-1e6, 1e6, allow_subnormal=False)


@given(numbers, numbers, st.integers(1, 300))
def test_a_step_gives_what_arange_gives(start: float, stop: float, parts: int) -> None:
    step = (stop - start) / parts
    if step == 0 or start + step == start:
        return
    expected = np.arange(start, stop, step)
    assert values_of(f"{start!r}:{stop!r}:{step!r}").tobytes() == expected.tobytes()


@given(numbers, numbers, st.integers(1, 300))
def test_a_count_gives_what_linspace_gives(start: float, stop: float, count: int) -> None:
    assert values_of(f"{start!r}:{stop!r}:#{count}").tobytes() == np.linspace(start, stop, count).tobytes()


def test_the_last_range_varies_fastest_and_at_gives_the_rest() -> None:
    axes = read_ranges(["y=0:2:1", "x=5:8:1"])
    (block,) = grid_points(axes, [read_at("z=9")], ["x", "y", "z"])
    assert list(block.columns) == ["x", "y", "z"]
    assert block.columns["x"].tolist() == [5.0, 6.0, 7.0, 5.0, 6.0, 7.0]
    assert block.columns["y"].tolist() == [0.0, 0.0, 0.0, 1.0, 1.0, 1.0]
    assert block.columns["z"] == 9.0


def test_a_grid_larger_than_memory_comes_block_by_block() -> None:
    axes = read_ranges(["x=0:1:#1000000", "y=0:1:#1000000"])
    blocks = grid_points(axes, [], ["x", "y"])
    first, second = next(blocks), next(blocks)
    assert first.rows == second.rows == BLOCK_ROWS
    assert first.columns["x"].max() == 0.0
    assert second.columns["y"][0] == np.linspace(0, 1, 1_000_000)[BLOCK_ROWS]


def test_the_last_block_holds_the_rest() -> None:
    rows = [block.rows for block in grid_points(read_ranges(["x=0:1:#70000"]), [], ["x"])]
    assert rows == [BLOCK_ROWS, 70_000 - BLOCK_ROWS]


@pytest.mark.parametrize("text", ["x=0:1e30:1", "x=0:1:#1e30", "x=-1e308:1e308:1"])
def test_a_grid_that_cannot_be_counted(text: str) -> None:
    with pytest.raises(LimitError):
        read_ranges([text])


@pytest.mark.parametrize(
    ("text", "is_double"),
    [("1e308", True), ("-1.5e-300", True), ("0.0", True), ("1e-310", False), ("1e-400", False), ("1e22", True),
     ("1.00000000000000001e300", False)],
)  # fmt: skip
def test_a_short_decimal_that_a_normal_double_prints_as_is_that_double(text: str, is_double: bool) -> None:
    (block,) = at_points([read_at(f"x={text}")], ["x"])
    assert (block.meant() is None) is is_double

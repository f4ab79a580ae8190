"""`gradcli sampled` and grids in .npz: files in, files and rows out."""

from __future__ import annotations

import io
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gradcli
from gradcli.cli.main import main
from gradcli.samples import read_arrays

ROOT = str(Path(gradcli.__file__).parents[1])
Array = np.ndarray[Any, np.dtype[Any]]
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command in a folder of its own: exit code, stdout and stderr."""
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = main(arguments)
        return (code, *capsys.readouterr())

    return call


def arrays(path: str) -> dict[str, Array]:
    with np.load(path) as found:
        return dict(found)


# --- numpy.gradient ---------------------------------------------------------------------------------------


def test_the_questions_own_example(run: Run) -> None:
    """2 x^2 + 3 y^2 - 4 z on -100:101:25 in each variable: every number is known without computing."""
    ranges = [part for name in "xyz" for part in ("--range", f"{name}=-100:101:25")]
    assert run("eval", "V = 2*x^2 + 3*y^2 - 4*z", *ranges, "-o", "V.npz")[0] == 0
    x = np.arange(-100.0, 101.0, 25.0)
    inner, lines = 4.0 * x[1:-1], {"x": 4.0, "y": 6.0, "z": 0.0}

    def along(name: str, found: Array) -> Array:
        """The line of an array along an axis; all such lines are the same."""
        moved = np.moveaxis(found, "xyz".index(name), 0).reshape(9, -1)
        assert (moved == moved[:, :1]).all()
        return np.asarray(moved[:, 0])

    exact = arrays("V.npz")
    assert [exact[name].tolist() for name in "xyz"] == [x.tolist()] * 3
    assert exact["V"][0, 0, 0] == 20000.0 + 30000.0 + 400.0
    for name, slope in lines.items():
        assert along(name, exact[f"dV_d{name}"]).tolist() == ((slope * x) if slope else np.full(9, -4.0)).tolist()

    assert run("sampled", "V.npz", "--name", "V", "-o", "d.npz")[0] == 0
    without = along("x", arrays("d.npz")["dV_d0"])
    assert without.tolist() == [-8750.0, -7500.0, -5000.0, -2500.0, 0.0, 2500.0, 5000.0, 7500.0, 8750.0]
    assert run("sampled", "V.npz", "--name", "V", "--spacing", "25", "-o", "d.npz")[0] == 0
    assert along("x", arrays("d.npz")["dV_d0"]).tolist() == [-350.0, *inner, 350.0]
    assert along("y", arrays("d.npz")["dV_d1"]).tolist() == [-525.0, *(1.5 * inner), 525.0]
    for options in (("--spacing", "25", "--edge-order", "2"), ("--spacing", "25", "--accuracy", "6")):
        assert run("sampled", "V.npz", "--name", "V", *options, "-o", "d.npz")[0] == 0
        assert along("x", arrays("d.npz")["dV_d0"]).tolist() == (4.0 * x).tolist()
        assert along("z", arrays("d.npz")["dV_d2"]).tolist() == [-4.0] * 9
    assert run("eval", "2*x^2 + 3*y^2 - 4*z", *ranges, "--backend", "grid", "-o", "g.npz")[0] == 0
    assert along("x", arrays("g.npz")["df_dx"]).tolist() == [-350.0, *inner, 350.0]


@pytest.mark.parametrize("seed", range(4))
def test_files_of_any_kind_give_what_numpy_gives(run: Run, seed: int) -> None:
    generator = np.random.default_rng(seed)
    for kind in ("f8", "f4", "i2", "c16", "M8[s]", "m8[s]"):
        shape = tuple(int(n) for n in generator.integers(3, 8, 3))
        f = (100 * generator.normal(size=shape)).astype("i8").astype(kind)
        np.save("f.npy", np.asfortranarray(f) if seed % 2 else f)
        y = np.cumsum(generator.uniform(0.5, 1.0, shape[1]))
        np.save("y.npy", y)
        spacing = float(generator.normal())
        edge_order = int(generator.integers(1, 3))
        options = ["--spacing", "y.npy", "--spacing", repr(spacing), "--axis", "1", "--axis", "-3"]
        code, _, told = run("sampled", "f.npy", *options, "--edge-order", str(edge_order), "-o", "out.npz")
        assert code == 0, told
        found = arrays("out.npz")
        assert list(found) == ["df_d1", "df_d0"]
        for name, wanted in zip(found, np.gradient(f, y, spacing, axis=(1, 0), edge_order=edge_order), strict=True):
            assert found[name].dtype == wanted.dtype
            assert found[name].tobytes() == wanted.tobytes()


def test_the_answer_has_the_order_of_the_file(run: Run) -> None:
    """What is stored by columns is read and written by columns."""
    f = np.arange(24.0).reshape(2, 3, 4)
    np.save("f.npy", np.asfortranarray(f))
    assert run("sampled", "f.npy", "--errors", "-o", "out.npz")[0] == 0
    for axis in range(3):
        found = arrays("out.npz")[f"df_d{axis}"]
        assert found.flags.fnc
        assert found.tolist() == np.gradient(f, axis=axis).tolist()


# --- reading ----------------------------------------------------------------------------------------------


def test_arrays_are_mapped_into_memory(run: Run, tmp_path: Path) -> None:
    f = np.arange(12.0).reshape(3, 4)
    np.save("f.npy", f)
    np.savez("stored.npz", f=f, g=f.T)
    np.savez_compressed("packed.npz", f=f)
    assert isinstance(read_arrays("f.npy")["f"], np.memmap)
    for name in ("f", "g"):
        found = read_arrays("stored.npz")[name]
        assert isinstance(found, np.memmap)
        assert found.tolist() == (f if name == "f" else f.T).tolist()
    assert not isinstance(read_arrays("packed.npz")["f"], np.memmap)
    assert read_arrays("packed.npz")["f"].tolist() == f.tolist()


def test_nothing_is_unpickled(run: Run) -> None:
    np.save("o.npy", np.array([1.0, None], object), allow_pickle=True)
    np.savez("o.npz", f=np.array([1.0, None], object))
    assert run("sampled", "o.npy")[0] == 3
    assert run("sampled", "o.npz")[0] == 3


def test_damaged_files_are_errors(run: Run) -> None:
    np.savez_compressed("f.npz", f=np.arange(1000.0))
    data = Path("f.npz").read_bytes()
    for cut in (10, 60, len(data) // 2, len(data) - 10):
        Path("cut.npz").write_bytes(data[:cut])
        assert run("sampled", "cut.npz")[0] == 3
    Path("bent.npz").write_bytes(data[:200] + b"\xff" * 50 + data[250:])
    assert run("sampled", "bent.npz")[0] == 3
    np.save("f.npy", np.arange(1000.0))
    data = Path("f.npy").read_bytes()
    for cut in (7, 20, 100, 2000):
        Path("cut.npy").write_bytes(data[:cut])
        assert run("sampled", "cut.npy")[0] == 3


def test_arrays_come_through_pipes() -> None:
    command = (
        f"{sys.executable} -m gradcli eval x^2 --range x=0:1:#5 --format npz"
        f" | {sys.executable} -m gradcli sampled --name f --by x --accuracy 4 --bare"
    )
    found = subprocess.run(["bash", "-c", command], capture_output=True, text=True, env={"PYTHONPATH": ROOT})
    assert found.stdout == "0.0\n0.5\n1.0\n1.5\n2.0\n"


def test_rows_may_come_in_any_order(run: Run) -> None:
    generator = np.random.default_rng(5)
    x, y = np.array([0.0, 0.1, 0.4, 1.0]), np.array([-1.0, 2.0, 2.5])
    values = generator.normal(size=(4, 3))
    rows = [f"{float(values[i, j])!r}, {y[j]},word,{x[i]}" for i in range(4) for j in range(3)]
    generator.shuffle(rows)
    Path("t.csv").write_text("\n".join(["V, y ,other,x", *rows]))
    assert run("sampled", "t.csv", "--value", "V", "--by", "x,y", "-o", "out.npz")[0] == 0
    found = arrays("out.npz")
    assert list(found) == ["x", "y", "V", "dV_dx", "dV_dy"]
    assert found["x"].tolist() == x.tolist()
    assert found["V"].tolist() == values.tolist()
    for name, wanted in zip(("dV_dx", "dV_dy"), np.gradient(values, x, y), strict=True):
        assert found[name].tobytes() == wanted.tobytes()


def test_coordinates_that_differ_by_rounding_are_one(run: Run) -> None:
    Path("t.csv").write_text("x,y,V\n0.3,0,1\n0.30000000000000004,1,2\n0.5,0,3\n0.5,1,5\n")
    code, out, told = run("sampled", "t.csv", "--value", "V", "--by", "x,y")
    assert code == 0
    assert "no row" not in told
    assert len(out.splitlines()) == 5


def test_groups_are_derived_each_by_itself(run: Run) -> None:
    generator = np.random.default_rng(3)
    series = {name: (np.cumsum(generator.uniform(0.1, 1.0, 6)), generator.normal(size=6)) for name in "abc"}
    rows = [
        f"{name},{float(t)!r},{float(v)!r}" for name, (ts, vs) in series.items() for t, v in zip(ts, vs, strict=True)
    ]
    generator.shuffle(rows)
    Path("t.csv").write_text("\n".join(["s,t,v", *rows]))
    code, out, _ = run("sampled", "t.csv", "--group", "s", "--by", "t", "--value", "v")
    assert code == 0
    cells = [line.split(",") for line in out.splitlines()[1:]]
    for name, (t, v) in series.items():
        own = [float(slope) for group, _, _, slope in cells if group == name]
        assert own == np.gradient(v, t).tolist()


# --- writing ----------------------------------------------------------------------------------------------


def test_rows_are_those_of_the_arrays(run: Run) -> None:
    f = np.random.default_rng(1).normal(size=(300, 700))  # more than one slab
    np.save("f.npy", f)
    options = ("sampled", "f.npy", "--spacing", "0.25", "--hessian", "--laplacian", "--errors")
    assert run(*options, "-o", "out.npz")[0] == 0
    assert run(*options, "-o", "out.csv")[0] == 0
    found = arrays("out.npz")
    header, *lines = Path("out.csv").read_text().splitlines()
    assert header.split(",")[:3] == ["0", "1", "f"]
    assert header.split(",")[3:] == list(found)
    assert list(found)[:6] == ["df_d0", "df_d1", "d2f_d0_d0", "d2f_d0_d1", "d2f_d1_d1", "laplacian_f"]
    assert list(found)[6:] == [f"{name}_error" for name in list(found)[:6]]
    assert len(lines) == f.size
    for row in (0, 1, 699, 700, 131_071, 131_600, f.size - 1):
        numbers = [float(cell) for cell in lines[row].split(",")]
        assert numbers[:3] == [0.25 * (row // 700), 0.25 * (row % 700), f.reshape(-1)[row]]
        assert numbers[3:] == [array.reshape(-1)[row] for array in found.values()]


def test_the_same_answer_is_the_same_bytes(run: Run) -> None:
    np.save("f.npy", np.arange(20.0).reshape(4, 5))
    for name in ("a.npz", "b.npz"):
        assert run("sampled", "f.npy", "-o", name)[0] == 0
    assert Path("a.npz").read_bytes() == Path("b.npz").read_bytes()
    assert zipfile.ZipFile("a.npz").testzip() is None


def test_an_archive_says_what_is_no_number(run: Run) -> None:
    assert run("eval", "1/x + y", "--range", "x=-1:1:#3", "--at", "y=3", "-o", "out.npz")[0] == 0
    found = arrays("out.npz")
    assert found["x"].tolist() == [-1.0, 0.0, 1.0]
    assert found["y"].shape == ()
    assert found["y"] == 3.0
    assert found["statuses"][found["f_status"]].tolist() == ["fine", "undefined", "fine"]
    assert np.isnan(found["df_dx"]).tolist() == [False, True, False]
    assert run("eval", "x*y", "--range", "y=0:2:1", "--range", "x=0:3:1", "--columns", "f", "-o", "out.npz")[0] == 0
    found = arrays("out.npz")
    assert found["f"].tolist() == [[0.0, 0.0, 0.0], [0.0, 1.0, 2.0]]
    assert set(found) == {"x", "y", "f"}


def test_a_large_grid_is_written_as_it_is_computed(run: Run) -> None:
    """More than one block: the arrays are those of the rows."""
    ranges = ("--range", "x=0:1:#400", "--range", "y=0:1:#300")
    assert run("eval", "x^2*y", *ranges, "-o", "out.npz")[0] == 0
    x, y = np.linspace(0, 1, 400)[:, None], np.linspace(0, 1, 300)
    found = arrays("out.npz")
    assert found["f"] == pytest.approx(x**2 * y, rel=1e-15)
    assert found["df_dx"] == pytest.approx(2 * x * y, rel=1e-15)
    assert found["df_dy"] == pytest.approx(x**2 + 0 * y, rel=1e-15)


def test_binary_is_not_for_terminals(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    np.save("f.npy", np.arange(5.0))
    monkeypatch.setattr(sys, "stdout", Terminal())
    assert run("sampled", "f.npy", "--format", "npz")[0] == 2


def test_dates_and_complex_numbers_go_into_arrays_only(run: Run) -> None:
    np.save("d.npy", np.array(["2026-01-01", "2026-01-03", "2026-01-04"], "M8[D]"))
    np.save("c.npy", np.array([1.0 + 1.0j, 2.0, 4.0]))
    for name in ("d.npy", "c.npy"):
        code, out, told = run("sampled", name)
        assert (code, out) == (2, "")
        assert "-o FILE.npz" in told
        assert run("sampled", name, "-o", "out.npz")[0] == 0
    assert arrays("out.npz")["df_d0"].tolist() == [1.0 - 1.0j, 1.5 - 0.5j, 2.0]
    code, _, told = run("sampled", "d.npy", "--accuracy", "2", "-o", "out.npz")
    assert code == 2
    assert "only numpy.gradient's first derivatives" in told
    code, _, told = run("sampled", "c.npy", "--spacing", "d.npy")
    assert code == 3
    assert "are dates" in told


def test_what_fails_leaves_no_file(run: Run) -> None:
    np.save("f.npy", np.arange(2.0))
    assert run("sampled", "f.npy", "--accuracy", "8", "-o", "out.npz")[0] == 2
    assert not list(Path().glob("out*"))

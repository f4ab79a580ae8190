"""Rows as a stream: the same bytes whatever the blocks and workers; slow, long and interrupted input."""

import io
import os
import pickle
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gradcli
from gradcli.cli.main import main
from gradcli.cli.progress import progress_text
from gradcli.points import Block
from gradcli.render import Numbers, Style
from gradcli.results import Values
from gradcli.stream import Stream
from gradcli.tables import ON_ERROR, Needed, open_table, text
from gradcli.workers import in_order

Run = Callable[..., tuple[int, str, str]]
Piped = Callable[..., tuple[int, bytes, bytes]]
ROOT = Path(gradcli.__file__).parents[1]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}
GRADCLI = [sys.executable, "-m", "gradcli"]
CELLS = st.sampled_from(["1", "-2.5", "0", "-0", "", " 3 ", ".5", "1e3", "nan", '"4"', '"5\n"', "x", '"a""b"', "1e400"])
ROWS = st.integers(1, 2).flatmap(
    lambda width: st.tuples(
        st.just(width), st.lists(st.lists(CELLS, min_size=width, max_size=width + 1).map(",".join), max_size=12)
    )
)


@settings(max_examples=60)
@given(
    table=ROWS, line_end=st.sampled_from(["\n", "\r\n"]), on_error=st.sampled_from(ON_ERROR), size=st.integers(1, 40)
)
def test_any_table_gives_the_same_in_blocks_of_any_size(
    tmp_path_factory: pytest.TempPathFactory, table: tuple[int, list[str]], line_end: str, on_error: str, size: int
) -> None:
    folder = tmp_path_factory.mktemp("blocks")
    width, rows = table
    (folder / "t.csv").write_bytes(line_end.join(["x,y"[: 2 * width - 1], *rows, ""]).encode())
    found = []
    for k, block in enumerate((1 << 20, size)):
        out = folder / f"out{k}.csv"
        expression = "abs(x)/y" if width == 2 else "abs(x)"
        arguments = ["eval", expression, "--points", str(folder / "t.csv"), "--on-error", on_error, "--status"]
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(text, "BLOCK_BYTES", block)
            code = main([*arguments, "-o", str(out), "--workers", "1"])
        kept = out if out.exists() else Path(f"{out}.partial")
        found.append((code, kept.read_bytes() if kept.exists() else b""))
    assert found[0] == found[1]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.parametrize("format", ["csv", "ndjson", "tsv"])
def test_workers_change_nothing(format: str, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    generator = np.random.default_rng(5)
    lines = [f"{a!r},{b!r},n{k}" for k, (a, b) in enumerate(generator.normal(size=(3000, 2)).tolist())]
    lines[1000] = "0,1,zero"
    lines[2000] = "1,,none"
    lines[2500] = '"2",3,"quo\nted"'
    table = "\n".join(["x,y,note", *lines, ""])
    run("abs(x)*y", "--status", "--format", format, "-o", f"whole.{format}", table=table)
    monkeypatch.setattr(text, "BLOCK_BYTES", 4096)
    for workers in (1, 2, 3):
        run("abs(x)*y", "--status", "--format", format, "-o", f"out{workers}", workers=workers)
        assert Path(f"out{workers}").read_bytes() == Path(f"whole.{format}").read_bytes()
    lines[2900] = "1,bad,"
    for workers in (1, 2, 3):
        code, _, err = run("x*y", "-o", "out.csv", table="\n".join(["x,y,note", *lines, ""]), workers=workers)
        assert code == 3
        assert "(t.csv, line 2903, column 3)" in err
        assert "the complete rows are in" in err
        assert Path("out.csv.partial").read_bytes().count(b"\n") == 2902
        assert not Path("out.csv").exists()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_worker_that_fails_or_dies_costs_no_rows() -> None:
    parent = os.getpid()

    def work(block: bytes) -> tuple[bytes, tuple[int, ...]]:
        if os.getpid() != parent and block[:1] == b"d":
            os._exit(1)
        if os.getpid() != parent and block[:1] == b"f":
            raise ValueError
        return block * (100 if block[:1] == b"l" else 1), (len(block),)

    blocks = [b"a" * 100, b"b" * 90, b"", b"f" * 80, b"l" * 70, b"s", b"d" * 60, b"e" * 1000, b"g" * 60, b"h" * 60]
    found = list(in_order(work, work, blocks, 200, lambda block: len(block) >= 50, 2))
    assert found == [work(block) for block in blocks if block]


def test_an_error_in_a_worker_is_raised_here() -> None:
    def work(block: bytes) -> tuple[bytes, tuple[int, ...]]:
        raise ValueError(block.decode())

    with pytest.raises(ValueError, match="aaaa"):
        list(in_order(work, work, [b"aaaa", b"bbbb"], 8, lambda block: True, 2))


def test_rows_come_out_as_they_come_in() -> None:
    process = subprocess.Popen(
        [*GRADCLI, "eval", "x^2", "--points", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=ENVIRONMENT
    )
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(b"x\n1\n")
    process.stdin.flush()
    assert [process.stdout.readline(), process.stdout.readline()] == [b"x,f,df_dx\n", b"1,1.0,2.0\n"]
    for k in range(2, 5):
        start = time.monotonic()
        process.stdin.write(b"%d\n" % k)
        process.stdin.flush()
        assert process.stdout.readline() == b"%d,%d.0,%d.0\n" % (k, k * k, 2 * k)
        assert time.monotonic() - start < 1
    process.stdin.close()
    assert process.wait() == 0
    process.stdout.close()


def test_a_closed_pipe_ends_quietly(tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    path.write_text("x\n" + "1.25\n" * 1_000_000)
    command = f"{sys.executable} -m gradcli eval x^2 --points {path} | head -n 2; echo ${{PIPESTATUS[0]}}"
    result = subprocess.run(["bash", "-c", command], capture_output=True, text=True, env=ENVIRONMENT)
    assert (result.stdout, result.stderr) == ("x,f,df_dx\n1.25,1.5625,2.5\n0\n", "")


@pytest.mark.parametrize("workers", [1, 2])
def test_an_interrupt_leaves_complete_rows(workers: int, tmp_path: Path) -> None:
    process = subprocess.Popen(
        [*GRADCLI, "eval", "x^2", "--points", "-", "-o", "out.csv", "--workers", str(workers)],
        stdin=subprocess.PIPE, stderr=subprocess.PIPE, env=ENVIRONMENT, cwd=tmp_path,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stderr is not None
    process.stdin.write(b"x\n" + b"1.25\n" * 1_000_000)
    process.stdin.flush()
    partial = tmp_path / "out.csv.partial"
    until = time.monotonic() + 30
    while time.monotonic() < until and not (partial.exists() and partial.stat().st_size > 1000):
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    assert process.wait() == 130
    assert "the complete rows are in" in process.stderr.read().decode()
    process.stdin.close()
    process.stderr.close()
    lines = partial.read_bytes().split(b"\n")
    assert lines[-1] == b""
    assert set(lines[1:-1]) == {b"1.25,1.5625,2.5"}


def test_the_output_may_be_the_input(run: Run) -> None:
    run("x^2", "-o", "t.csv", table="x\n3\n")
    assert Path("t.csv").read_text() == "x,f,df_dx\n3,9.0,6.0\n"


def test_progress() -> None:
    assert progress_text(1_234_567, 2.0, None) == "1,234,567 rows, 617,284 rows/s"
    assert progress_text(1000, 10.0, 0.25) == "1,000 rows, 100 rows/s, 30 s left"
    assert progress_text(1000, 10.0, 0.05) == "1,000 rows, 100 rows/s, 3 min 10 s left"


def test_progress_counts_what_was_given_and_not_what_was_read(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("x\n" + "0.5\n" * 1000)
    table = open_table(str(path), None)
    table.pace(1000 / text.BLOCK_BYTES)
    rows = table.raw()
    next(rows)
    done = table.progress()
    assert done is not None
    assert 0.2 < done < 0.3
    assert len(list(rows)) == 4
    assert table.progress() == 1.0


def test_what_takes_long_comes_out_in_small_pieces(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """So that the first rows, the progress and an interrupt do not wait for a large block."""
    path = tmp_path / "t.csv"
    path.write_text("x\n" + "0.5\n" * 100_000)
    table = open_table(str(path), None)
    taken: list[int] = []

    def answers(blocks: Iterable[Block]) -> Iterator[tuple[Block, Values]]:
        for block in blocks:
            taken.append(block.rows)
            yield block, gradcli.prepare("x").evaluate(block.columns)

    clock = iter(range(0, 10**15, 10**6))
    monkeypatch.setattr("gradcli.stream.perf_counter_ns", lambda: next(clock) + 10**6 * sum(taken))  # 1 ms a row
    stream = Stream(table, answers, Needed({"x": "x"}), {}, {}, 1)
    numbers = Numbers(("x",), ("f",), (), ("x",), (), True)
    assert (
        sum(piece.count(b"\n") for piece in stream.pieces(numbers, Style("csv")) if isinstance(piece, bytes)) == 100_001
    )
    assert sum(taken) == 100_000
    assert max(taken[2:]) <= 500


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_the_first_bad_row_is_told_of(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text, "BLOCK_BYTES", 4096)
    lines = ["bad" if k in (1500, 1600, 2900) else str(k) for k in range(3000)]
    for workers in (1, 3):
        code, out, err = run("x", "--on-error", "skip", table="\n".join(["x", *lines, ""]), workers=workers)
        assert (code, out.count("\n")) == (0, 2998)
        assert err == (
            "note: 3 rows could not be read: left out; the first in line 1502, column 1:"
            " 'bad' in column 'x' is no number\n"
        )


@pytest.mark.skipif(not os.path.exists("/proc/self/status"), reason="needs /proc")
def test_memory_does_not_grow(tmp_path: Path) -> None:
    """For 20 MB a process takes little more memory than for 5 MB; how large its blocks become depends on its pace."""
    code = (
        "import sys; from gradcli.cli.main import main\n"
        "main(['eval', 'x^2', '--points', sys.argv[1], '-o', '/dev/null', '--workers', '1'])\n"
        "print(*(line.split()[1] for line in open('/proc/self/status') if line.startswith('VmHWM')))"
    )
    most = []
    for count in (250_000, 1_000_000):
        path = tmp_path / f"{count}.csv"
        path.write_text("x\n" + "1.2345678901234567\n" * count)
        result = subprocess.run(
            [sys.executable, "-c", code, str(path)], capture_output=True, text=True, env=ENVIRONMENT, check=True
        )
        most.append(int(result.stdout))
    assert most[1] < most[0] + 8_000  # KiB, of 15,000 that there is more to read


def test_a_sniffed_pipe_may_come_in_pieces() -> None:
    read, write = os.pipe()
    process = subprocess.Popen(
        [*GRADCLI, "eval", "x*y", "--points", "-"], stdin=read, stdout=subprocess.PIPE, env=ENVIRONMENT
    )
    os.close(read)
    for piece in (b"\xef", b"\xbb\xbfx", b",", b"y\n1", b",2", b"\n3,4"):
        os.write(write, piece)
        time.sleep(0.1)
    os.close(write)
    assert process.communicate()[0] == b"x,y,f,df_dx,df_dy\n1,2,2.0,2.0,1.0\n3,4,12.0,4.0,3.0\n"


def test_rows_longer_than_a_block(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text, "BLOCK_BYTES", 16)
    note = "n" * 1000
    assert run("x", table=f"x,note\n1,{note}\n2,\n")[1] == f"x,note,f,df_dx\n1,{note},1.0,1.0\n2,,2.0,1.0\n"
    monkeypatch.setattr(text, "MAX_ROW_BYTES", 100)
    code, _, err = run("x", table='x,note\n1,"\n' + "2,3\n" * 1000)
    assert code == 3
    assert "a row of more than 100 bytes" in err


def test_very_wide_tables_and_very_long_rows_take_their_time_only_once(run: Run) -> None:
    """What grows with the square of the width or the length would take minutes."""
    columns = 200_000
    table = ",".join(f"c{k}" for k in range(columns)) + "\n" + "1," * (columns - 1) + "2\n"
    start = time.monotonic()
    assert run(f"c0*c{columns - 1}", "--columns", f"c7,f,c{columns - 1}", table=table)[1].endswith("\n1,2.0,2\n")
    code, _, err = run("x", table='x,y\n1,"' + "2,3\n" * 4_000_000)
    assert (code, "a quoted cell is not closed" in err) == (3, True)
    assert time.monotonic() - start < 30


def test_numbers_are_those_of_single_points(run: Run) -> None:
    """The same digits as `--at` gives, for arithmetic, which is exactly rounded on both ways."""
    rows = [(0.1, 0.7), (1 / 3, 2e-9), (-5.5, 1e17), (123456.789, -0.25)]
    out = run("x*y/(x^2+y^2)", "--columns", "df_dx", table="x,y\n" + "".join(f"{x!r},{y!r}\n" for x, y in rows))[1]
    assert len(out.splitlines()) == 5
    for (x, y), cell in zip(rows, out.splitlines()[1:], strict=True):
        buffer = io.StringIO(cell)
        exact = y * (y**2 - x**2) / (x**2 + y**2) ** 2
        assert float(buffer.read()) == pytest.approx(exact, rel=1e-14)


@pytest.mark.parametrize(
    ("expression", "errors"),
    [
        ("g=x^y; h=x*y", False),
        ("floor(x)*y", True),
        ("atan2(y, x)*x", True),
        pytest.param("x*sqrt(x^2+y^2)", True, id="hypot"),
    ],
)
@pytest.mark.parametrize("backend", ["autodiff", "symbolic", "finite-difference"])
def test_a_zero_and_its_negative_are_two_points(
    expression: str, errors: bool, backend: str, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows that are answered as single points give what `--at` gives, whatever rows were answered before."""
    points = [("0.0", "3.0"), ("-0.0", "3.0"), ("0.0", "-0.0"), ("2.0", "3.0"), ("-0.0", "3.0"), ("0.0", "3.0")]
    options = ["-b", backend, *(["--errors"] if errors else [])]
    single: dict[tuple[str, str], str] = {}
    for x, y in points:
        out = run(expression, *options, "--points", "t.csv", table=f"x,y\n{x},{y}\n")[1]
        single[x, y] = out.splitlines()[1]
    for size in (1, 40, 100, 600):
        monkeypatch.setattr(text, "BLOCK_BYTES", size)
        for workers in (1, 2):
            table = "x,y\n" + "".join(f"{x},{y}\n" for x, y in points)
            out = run(expression, *options, table=table, workers=workers)[1]
            assert out.splitlines()[1:] == [single[point] for point in points]


@pytest.mark.parametrize("backend", ["autodiff", "symbolic", "finite-difference"])
def test_a_prepared_program_can_be_sent_elsewhere(backend: str) -> None:
    prepared = gradcli.prepare("abs(x)^3*gamma(y) + where(x > y, x, y^5)", backend=backend)
    points = {"x": np.array([1.0, 2.0, 0.0]), "y": np.array([3.0, 1.5, 0.5])}
    before = prepared.evaluate(points)
    prepared.evaluate({"x": 1.0, "y": 3.0})
    after = pickle.loads(pickle.dumps(prepared)).evaluate(points)
    for name in ("f", "df_dx", "df_dy"):
        np.testing.assert_array_equal(before[name], after[name])


def test_two_threads_give_what_one_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    from gradcli.evaluate import arrays

    points = {"x": np.linspace(-0.001, 3, 100_001), "y": np.linspace(0, 700, 100_001)}
    monkeypatch.setattr(arrays, "_processors", lambda: 2)
    found = []
    for threaded in (10, 10**9):
        monkeypatch.setattr(arrays, "THREADED", threaded)
        found.append(gradcli.prepare("log(x)*exp(y)/x^3").evaluate(points))
    for name in ("f", "df_dx", "df_dy"):
        np.testing.assert_array_equal(found[0][name], found[1][name])
        np.testing.assert_array_equal(found[0].status[name], found[1].status[name])


@pytest.mark.skipif(sys.platform == "win32", reason="no locks")
def test_two_processes_do_not_write_one_file(tmp_path: Path) -> None:
    command = [*GRADCLI, "eval", "x^2", "--points", "-", "-o", "out.csv", "--input-format", "csv"]
    first = subprocess.Popen(command, stdin=subprocess.PIPE, cwd=tmp_path, env=ENVIRONMENT)
    assert first.stdin is not None
    first.stdin.write(b"x\n3\n")
    first.stdin.flush()
    until = time.monotonic() + 20
    while time.monotonic() < until and not (tmp_path / "out.csv.partial").exists():
        time.sleep(0.02)
    second = subprocess.run(command, input=b"x\n5\n", capture_output=True, cwd=tmp_path, env=ENVIRONMENT)
    assert second.returncode == 3
    assert b"'out.csv' is being written by another process" in second.stderr
    first.stdin.close()
    assert first.wait(20) == 0
    assert (tmp_path / "out.csv").read_bytes() == b"x,f,df_dx\n3,9.0,6.0\n"
    assert subprocess.run(command, input=b"x\n5\n", cwd=tmp_path, env=ENVIRONMENT).returncode == 0
    assert [path.name for path in tmp_path.iterdir()] == ["out.csv"]

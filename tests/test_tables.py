"""Rows of tables: formats in and out, bad rows, streams; the same bytes whatever the blocks and workers."""

import gzip
import io
import json
import os
import pickle
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
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
from gradcli.tables import INPUT_FORMATS, ON_ERROR, Needed, open_table, text
from gradcli.tables.cells import BadCell, number_in
from gradcli.workers import in_order

ROOT = Path(gradcli.__file__).parents[1]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}
GRADCLI = [sys.executable, "-m", "gradcli"]

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """Runs a command in a folder with the file `t.csv`; exit code, stdout, stderr."""
    monkeypatch.chdir(tmp_path)

    def play(*arguments: str, table: str | bytes = "", name: str = "t.csv", workers: int = 1) -> tuple[int, str, str]:
        if table:
            Path(name).write_bytes(table if isinstance(table, bytes) else table.encode())
        chosen = () if "--points" in arguments else ("--points", name)
        code = main(["eval", *arguments, *chosen, "--workers", str(workers)])
        shown = capfd.readouterr()
        return code, shown.out, shown.err

    return play


def piped(data: bytes, *arguments: str) -> tuple[int, bytes, bytes]:
    """Exit code, stdout and stderr of a process that reads the table from a pipe."""
    result = subprocess.run(
        [*GRADCLI, "eval", *arguments, "--points", "-"], input=data, capture_output=True, env=ENVIRONMENT
    )
    return result.returncode, result.stdout, result.stderr


# --- what passes through ----------------------------------------------------------------------------------


def test_the_columns_of_the_input_stay_byte_for_byte(run: Run) -> None:
    table = 'q, chi ,"delta",note\n0.70154636616860189,2e0,+3,"a,b"\n 1.50,.5,2.,"two\nlines ""x"""\n007,-0,1e0,\xe9\n'
    code, out, err = run("q*chi*delta", table=table)
    q = float("0.70154636616860189")
    assert (code, err) == (0, "")
    assert out == (
        'q, chi ,"delta",note,f,df_dq,df_dchi,df_ddelta\n'
        f'0.70154636616860189,2e0,+3,"a,b",{q * 2 * 3!r},6.0,{q * 3!r},{q * 2!r}\n'
        ' 1.50,.5,2.,"two\nlines ""x""",1.5,1.0,3.0,0.75\n'
        "007,-0,1e0,\xe9,-0.0,-0.0,7.0,-0.0\n"
    )


def test_what_is_no_utf8_passes_through() -> None:
    assert piped(b"x,note\n1,\xff\xfe\n", "x^2")[1] == b"x,note,f,df_dx\n1,\xff\xfe,1.0,2.0\n"
    assert piped(b'x,note\n1,"\xff"\n', "x^2")[1] == b'x,note,f,df_dx\n1,"\xff",1.0,2.0\n'
    assert piped(b"x,note\n1,\xff\n", "x^2", "--format", "tsv")[1] == b"x\tnote\tf\tdf_dx\n1\t\xff\t1.0\t2.0\n"


@pytest.mark.parametrize(
    "table",
    [
        b"x,y\r\n1,2\r\n3,4\r\n",
        b"\xef\xbb\xbfx,y\n1,2\n3,4\n",
        "x,y\n1,2\n3,4\n".encode("utf-16"),
        b"\n\nx,y\n\n1,2\n\n\n3,4\n\n",
        b"x,y\n1,2\n3,4",
        b"x,y\r\n1,2\r\n\r\n3,4",
    ],
    ids=["crlf", "bom", "utf-16", "blank lines", "no last line end", "crlf and blank"],
)
def test_texts_that_say_the_same(table: bytes, run: Run) -> None:
    expected = "x,y,f,df_dx,df_dy\n1,2,2.0,2.0,1.0\n3,4,12.0,4.0,3.0\n"
    assert run("x*y", table=table) == (0, expected, "")
    assert piped(table, "x*y") == (0, expected.encode(), b"")


def test_tsv_and_json_lines(run: Run) -> None:
    assert run("x*y", table="x\ty\n1\t2\n", name="t.tsv")[1] == "x\ty\tf\tdf_dx\tdf_dy\n1\t2\t2.0\t2.0\t1.0\n"
    assert run("x*y", table="x\ty\n1\t2\n", name="t.txt")[1].startswith("x\ty\tf")
    rows = '{"x": 1.50, "note": {"a": [1, 2.0]}, "y":2}\n {"y":1e0,"x":"3"} \n'
    assert run("x*y", table=rows, name="t.jsonl")[1] == (
        '{"x": 1.50, "note": {"a": [1, 2.0]}, "y":2,"f":3.0,"df_dx":2.0,"df_dy":1.5}\n'
        '{"y":1e0,"x":"3","f":3.0,"df_dx":1.0,"df_dy":3.0}\n'
    )


def test_between_formats_numbers_keep_their_digits(run: Run) -> None:
    table = 'x,note,y\n0.70154636616860189,"a,""b""",\n-0,7,1\n'
    out = run("x^2", "--format", "ndjson", table=table)[1]
    x = float("0.70154636616860189")
    assert out.splitlines() == [
        f'{{"x":0.70154636616860189,"note":"a,\\"b\\"","y":null,"f":{x * x!r},"df_dx":{2 * x!r}}}',
        '{"x":-0,"note":7,"y":1,"f":0.0,"df_dx":-0.0}',
    ]
    back = run("g=x", "--columns", "x,note,y,dg_dx", "--format", "csv", table=out, name="t.ndjson")[1]
    assert back == 'x,note,y,dg_dx\n0.70154636616860189,"a,""b""",,1.0\n-0,7,1,1.0\n'


def test_other_formats(run: Run) -> None:
    table = "x,note\n2,hi\n,\n"
    assert run("x^2", "--bare", table=table)[1] == "4.0\t4.0\nnan\tnan\n"
    assert "# at x=2, note=hi\nf = 4.0\n" in run("x^2", "--format", "plain", table=table)[1]
    assert "│ 2 │ hi   │ 4.0     │" in run("x^2", "--format", "table", table=table)[1]
    document = json.loads(run("x^2", "--format", "json", table=table)[1])
    assert document["rows"][0] == {"x": 2, "note": "hi", "f": 4.0, "df_dx": 4.0}
    assert document["rows"][1]["status"] == {"f": "missing: x", "df_dx": "missing: x"}


def test_columns_are_chosen_and_renamed(run: Run) -> None:
    table = "a,b,b2,x\n1,2,3,9\n"
    assert run("x*y", "--rename", "a=x, b=y", table=table)[1].splitlines()[1] == "1,2,3,9,2.0,2.0,1.0"
    assert run("x*y", "--rename", "a=x", "--at", "y=5", "--columns", "df_dx,b2,a")[1] == "df_dx,b2,a\n5.0,3,1\n"


def test_every_kind_of_partial_and_every_backend(run: Run) -> None:
    table = "x,y\n1,2\n3,4\n"
    expected = [["2.0", "4.0", "1.0", "4.0", "2.0"], ["36.0", "24.0", "9.0", "8.0", "6.0"]]
    for backend in ("autodiff", "symbolic"):
        out = run("x^2*y", "--wrt", "x,y", "--order", "2", "--backend", backend, table=table)[1].splitlines()
        assert out[0] == "x,y,f,df_dx,df_dy,d2f_dx_dx,d2f_dx_dy,d2f_dy_dy"
        assert [row.split(",")[2:7] for row in out[1:]] == expected
    sampled = run("x^2*y", "--backend", "fd")[1].splitlines()
    assert [float(cell) for cell in sampled[2].split(",")[2:]] == pytest.approx([36, 24, 9], rel=1e-8)
    two = run("a = x*y; b = x+y", "--columns", "a,b,da_dx,db_dx")[1]
    assert two == "a,b,da_dx,db_dx\n2.0,3.0,2.0,1.0\n12.0,7.0,4.0,1.0\n"


def test_constants_take_their_values_from_columns(run: Run) -> None:
    code, out, err = run("e*x", table="e,x\n2,3\n")
    assert (code, out) == (0, "e,x,f,df_de,df_dx\n2,3,6.0,3.0,2.0\n")
    assert "note: e is a variable here" in err


@pytest.mark.parametrize("table", ["x\n1\n\n2\n", "x\n\n1\n2\n", "x\n1\n\n\nbad\n2\n", "x\r\n1\r\n\r\n2\r\n"])
def test_a_blank_line_is_no_row_in_one_column_either(table: str, run: Run) -> None:
    assert run("x", "--on-error", "skip", table=table)[1] == "x,f,df_dx\n1,1.0,1.0\n2,2.0,1.0\n"


def test_an_expression_without_columns_has_a_row_for_each_row(run: Run) -> None:
    assert run("1+1", table="a\n1\n2\n")[1] == "a,f\n1,2.0\n2,2.0\n"
    assert run("x^2", "--at", "x=3", table="a\n1\n2\n")[1] == "a,f,df_dx\n1,9.0,6.0\n2,9.0,6.0\n"
    assert run("log(-1)", "--status", table="a\n1\n")[1] == "a,f,status\n1,,f: undefined: log(-1)\n"


# --- what is missing or bad -------------------------------------------------------------------------------

BAD = "x,y\n1,2\n3,oops\n,5\n7\n8,9,10\n1e400,1\n5,6\n"


def test_a_bad_row_names_file_line_column_and_text(run: Run) -> None:
    code, out, err = run("x*y", table=BAD)
    assert code == 3
    assert out == "x,y,f,df_dx,df_dy\n1,2,2.0,2.0,1.0\n"
    assert err == "error: 'oops' in column 'y' is no number (t.csv, line 3, column 3)\n  3,oops\n    ^^^^\n"


def test_bad_rows_are_skipped_or_empty(run: Run) -> None:
    code, out, err = run("x*y", "--on-error", "skip", table=BAD)
    assert (code, out) == (0, "x,y,f,df_dx,df_dy\n1,2,2.0,2.0,1.0\n,5,,,\n5,6,30.0,6.0,5.0\n")
    assert "1 row lacks a value" in err
    assert "4 rows could not be read: left out" in err
    code, out, err = run("x*y", "--on-error", "null", "--status")
    assert code == 0
    assert out.splitlines()[2:] == [
        "3,oops,,,,bad row: 'oops' in column 'y' is no number",
        ",5,,,,missing: x",
        "7,,,,,bad row: the row has 1 cell where the header has 2",
        "8,9,,,,bad row: the row has 3 cells where the header has 2",
        "1e400,1,,,,bad row: '1e400' in column 'x' is too large for a double",
        "5,6,30.0,6.0,5.0,",
    ]
    assert "4 rows could not be read: results are empty there" in err


def test_a_row_in_the_middle_of_quoted_lines_has_the_right_line(run: Run) -> None:
    err = run("x", table='x,note\n1,"a\nb\nc"\n2,"d"\nno,e\n')[2]
    assert "(t.csv, line 6, column 1)" in err
    err = run("x", table='x,note\n1,"a\n2,b\n')[2]
    assert "a quoted cell is not closed (t.csv, line 2, column 1)" in err


def test_a_quote_inside_a_cell_means_nothing(run: Run) -> None:
    assert run("x", table='x,size\n1,5" wide\n2,6"\n')[1] == 'x,size,f,df_dx\n1,5" wide,1.0,1.0\n2,6",2.0,1.0\n'


def test_what_is_missing_is_not_bad(run: Run) -> None:
    code, out, err = run("x*y", table="x,y\n1,\nNaN,2\nnull,\n4,5\n")
    assert (code, out.splitlines()[4]) == (0, "4,5,20.0,5.0,4.0")
    assert err == "note: 3 rows lack a value; results are empty there\n"
    rows = '{"x":1,"y":2}\n{"x":1}\n{"y":NaN,"x":2}\n{"x":3,"y":"nan"}\n'
    out = run("x*y", table=rows, name="t.ndjson")[1].splitlines()
    assert json.loads(out[1]) == {
        "x": 1, "f": None, "df_dx": None, "df_dy": None, "status": dict.fromkeys(["f", "df_dx", "df_dy"], "missing: y"),
    }  # fmt: skip
    assert out[2].startswith('{"y":null,"x":2,"f":null,')  # NaN would be no JSON


def test_bad_rows_of_json(run: Run) -> None:
    rows = '{"x":1}\n{"x":true}\n[1]\n{"x":\n{"x":1e400}\n{"x":"a"}\n{"x":1,"f":2}\n{"x":[1]}\n{"x":5}\n'
    code, out, err = run("x", "--on-error", "skip", table=rows, name="t.ndjson")
    assert (code, out) == (0, '{"x":1,"f":1.0,"df_dx":1.0}\n{"x":5,"f":5.0,"df_dx":1.0}\n')
    assert "7 rows" in err
    out = run("x", "--on-error", "null", name="t.ndjson")[1]
    assert [json.loads(line).get("df_dx") for line in out.splitlines()] == [1.0, *[None] * 7, 1.0]
    assert '"status":{"f":"bad row: true in \'x\' is no number"' in out
    assert "(t.ndjson, line 2, column 6)" in run("x", name="t.ndjson")[2]


def test_undefined_is_not_bad(run: Run) -> None:
    code, out, err = run("log(x)", table="x\n-1\n1\n")
    assert (code, out) == (0, "x,f,df_dx\n-1,,\n1,0.0,1.0\n")
    assert err == "note: of 4 numbers: 2 missing; --status says why\n"
    code, out, err = run("log(x)", "--strict", "--status")
    assert (code, err) == (4, "error: 2 of 4 numbers are undefined or not resolved\n")
    assert out.splitlines()[1] == "-1,,,f: undefined: log(x) at x = -1; df_dx: undefined: log(x) at x = -1"


def test_infinity_is_a_number(run: Run) -> None:
    assert run("atan(x)", table="x\ninf\n-Infinity\n")[1].splitlines()[1].startswith("inf,1.57")


@pytest.mark.parametrize(
    ("cell", "number"),
    [("1", 1.0), (" 1.5 ", 1.5), (".5", 0.5), ("5.", 5.0), ("+1e3", 1000.0), ("-inf", -np.inf), ("007", 7.0)],
)
def test_numbers_in_cells(cell: str, number: float) -> None:
    assert number_in(cell) == number


@pytest.mark.parametrize("cell", ["", " ", "NaN", "null", "NULL", "-nan"])
def test_missing_cells(cell: str) -> None:
    assert np.isnan(number_in(cell))


@pytest.mark.parametrize("cell", ["1,5", "0x10", "1_000", "1e400", "١", "true", "NA", "1 2", "--1", "e5", "[1]"])
def test_bad_cells(cell: str) -> None:
    with pytest.raises(BadCell):
        number_in(cell)


# --- before the first row ---------------------------------------------------------------------------------


def test_missing_columns_are_known_before_anything_is_written(run: Run) -> None:
    code, out, err = run("x*yy", "-o", "out.csv", table="x,Yy\n1,2\n")
    assert (code, out) == (3, "")
    assert "has no column 'yy'" in err
    assert "hint: did you mean 'Yy'? --rename Yy=yy" in err
    assert not list(Path().glob("out*"))


def test_a_column_that_is_there_already(run: Run) -> None:
    code, out, err = run("x", table="x,f\n1,2\n")
    assert (code, out) == (2, "")
    assert "hint: name the output: g = ..." in err
    assert run("x", "--columns", "x,df_dx")[1] == "x,df_dx\n1,1.0\n"
    assert run("g = x", "--status", table="x,status\n1,2\n")[1].splitlines()[0] == "x,status,g,dg_dx,gradcli_status"


def test_columns_that_are_there_twice(run: Run) -> None:
    table = "a,x,a\n1,2,3\n"
    assert run("x", table=table)[1] == "a,x,a,f,df_dx\n1,2,3,2.0,1.0\n"
    assert run("x", "--format", "ndjson")[0] == 3
    assert run("a")[0] == 3


def test_empty_input(run: Run) -> None:
    Path("none.csv").write_text("")
    Path("none.ndjson").write_text("\n")
    assert run("x", "--points", "none.csv")[0] == 3
    assert run("x", "--points", "none.ndjson") == (0, "", "")
    assert run("x", table="x,note\n") == (0, "x,note,f,df_dx\n", "")
    assert piped(b"", "x")[0] == 3
    assert piped(b"", "x", "--input-format", "csv")[0] == 3
    assert piped(b"", "x", "--input-format", "ndjson") == (0, b"", b"")


# --- the same whatever the blocks and workers -------------------------------------------------------------

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


# --- streams ----------------------------------------------------------------------------------------------


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


def test_digits_errors_and_slopes_of_rows(run: Run) -> None:
    table = 'x,note\n0.1,"a"\n,b\n-2,c\n'
    out = run("x^2", "--digits", "25", table=table)[1]
    assert out == (
        'x,note,f,df_dx\n0.1,"a",0.01000000000000000000000000,0.2000000000000000000000000\n'
        ",b,,\n-2,c,4.000000000000000000000000,-4.000000000000000000000000\n"
    )
    third = run("1/x", "--digits", "25", "--columns", "x,f", table="x\n3\n")[1]
    assert third == f"x,f\n3,0.{'3' * 25}\n"
    rows = run("1/x", "--digits", "25", table='{"x": 3, "y":[]}\n', name="t.ndjson")[1]
    assert rows == f'{{"x": 3, "y":[],"f":0.{"3" * 25},"df_dx":-0.{"1" * 25}}}\n'
    out = run("abs(x)", "--subgradient", "--status", table="x\n0\n\n-2\nnan\n")[1].splitlines()
    assert out[0] == "x,f,df_dx,df_dx_low,df_dx_high,status"
    assert out[1:] == [
        '0,0.0,,-1.0,1.0,"df_dx: kink: abs(x) at x = 0 (left -1, right 1)"',
        "-2,2.0,-1.0,-1.0,-1.0,",
        "nan,,,,,missing: x",
    ]
    out = run("x*y", "--errors", "--at", "y=0.1", table="x\n0.1\n\n3\n")[1].splitlines()
    assert out[0] == "x,f,df_dx,df_dy,f_error,df_dx_error,df_dy_error"
    assert 0 < float(out[2].split(",")[4]) < 1e-15


# --- binary formats ---------------------------------------------------------------------------------------


def test_npy_columns_are_the_variables_in_order(run: Run) -> None:
    np.save("p.npy", np.array([[1.0, 2.0], [3.0, np.nan]]))
    code, out, err = run("x*y", "--points", "p.npy")
    assert (code, out) == (0, "x,y,f,df_dx,df_dy\n1.0,2.0,2.0,2.0,1.0\n3.0,,,,\n")
    assert run("x*y*z", "--at", "y=10", "--points", "p.npy")[1].splitlines()[1] == "1.0,2.0,20.0,20.0,2.0,10.0"
    assert run("x", "--points", "p.npy")[0] == 3
    assert run("x*y", "--points", "p.npy", "-o", "o.npy")[0] == 0
    np.testing.assert_array_equal(np.load("o.npy")[0], [1, 2, 2, 2, 1])
    assert "NumPy" not in err


def test_npz_columns_have_names(run: Run) -> None:
    np.savez("p.npz", x=np.arange(3), y=np.ones(3), note=np.array(["a", "b", "c"]))
    out = run("x*y", "--points", "p.npz")[1].splitlines()
    assert out[:2] == ["x,y,note,f,df_dx,df_dy", "0,1.0,a,0.0,1.0,0.0"]
    run("x*y", "--points", "p.npz", "-o", "o.npz")
    loaded = np.load("o.npz")
    assert loaded["x"].dtype.kind == "i"
    np.testing.assert_array_equal(loaded["df_dy"], [0, 1, 2])
    assert run("x*note", "--points", "p.npz")[0] == 3


def test_objects_in_numpy_files_are_refused(run: Run) -> None:
    np.save("p.npy", np.array([{"x": 1}], dtype=object), allow_pickle=True)
    code, out, err = run("x", "--points", "p.npy")
    assert (code, out) == (3, "")
    assert "Python objects" in err


def test_arrow_and_parquet_pass_types_through(run: Run) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    table = pyarrow.table({"x": pyarrow.array([1, 2, None], pyarrow.int32()), "note": ["a", None, "c"]})
    parquet.write_table(table, "p.parquet")
    assert run("x^2", "--points", "p.parquet", "-o", "o.parquet")[0] == 0
    found = parquet.read_table("o.parquet")
    assert found.schema.field("x").type == pyarrow.int32()
    assert found.to_pydict() == {"x": [1, 2, None], "note": ["a", None, "c"], "f": [1, 4, None], "df_dx": [2, 4, None]}
    out = run("g=x", "--points", "o.parquet", "--format", "csv")[1]
    assert out.splitlines()[:2] == ["x,note,f,df_dx,g,dg_dx", "1,a,1.0,2.0,1.0,1.0"]
    assert run("x*note", "--points", "p.parquet")[0] == 3


def test_arrow_through_pipes() -> None:
    pytest.importorskip("pyarrow")
    _, first, _ = piped(b"x,note\n2,a\n", "x^2", "--format", "arrow")
    _, second, _ = piped(first, "g = x^3", "--format", "arrow")
    assert piped(second, "h = x")[1] == b"x,note,f,df_dx,g,dg_dx,h,dh_dx\n2.0,a,4.0,4.0,8.0,12.0,2.0,1.0\n"
    assert piped(first, "g = x", "--format", "parquet")[1][:4] == b"PAR1"


@pytest.mark.parametrize("format", INPUT_FORMATS)
def test_random_bytes_are_an_error(format: str, run: Run) -> None:
    data = bytes(range(256)) * 40
    Path("random").write_bytes(data)
    code, _, err = run("x", "--points", "random", "--input-format", format)
    assert code == 3
    assert err.startswith("error: ")


@pytest.mark.parametrize(
    ("arrays", "words"),
    [
        ({"x": np.zeros((2, 2))}, "the array 'x' of 'p.npz' has 2 dimensions; a column has one"),
        ({"x": np.zeros(2), "y": np.zeros(3)}, "the arrays in 'p.npz' differ in length: 'x' has 2, 'y' has 3"),
        ({"x": np.zeros(2, complex)}, "the column 'x' of 'p.npz' holds no real numbers but complex128"),
        ({"y": np.zeros(2)}, "'p.npz' has no column 'x'"),
    ],
)
def test_arrays_that_are_no_table(arrays: dict[str, np.ndarray], words: str, run: Run) -> None:
    np.savez("p.npz", **arrays)
    code, out, err = run("x", "--points", "p.npz")
    assert (code, out) == (3, "")
    assert err.startswith(f"error: {words}\n")


def test_a_cube_is_no_table(run: Run) -> None:
    np.save("p.npy", np.zeros((2, 2, 2)))
    assert "has 3 dimensions; a table has two" in run("x", "--points", "p.npy")[2]


def test_without_pyarrow_the_extra_is_named(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    code, _, err = run("x", table="PAR1", name="p.parquet")
    assert (code, err.splitlines()[1]) == (2, 'hint: pip install "gradcli[arrow]"')
    code, _, err = run("x", "-o", "o.parquet", table="x\n1\n")
    assert (code, err.splitlines()[1]) == (2, 'hint: pip install "gradcli[arrow]"')


def test_text_cannot_go_into_numpy_files(run: Run) -> None:
    code, _, err = run("x", "-o", "o.npy", table="x,note\n1,a\n")
    assert code == 3
    assert "the column 'note' holds text, which npy cannot hold" in err
    assert run("x", "-o", "o.npy", table="x,n\n1,5\n")[0] == 0
    np.testing.assert_array_equal(np.load("o.npy"), [[1, 5, 1, 1]])


# --- what is no text, or no table at all ------------------------------------------------------------------


def test_headers_and_lines_that_are_no_text() -> None:
    assert b"the header of standard input is no UTF-8 text" in piped(b"x,\xff\n1,2\n", "x")[2]
    assert b"the line is no UTF-8 text" in piped(b'{"x":1}\n{"x":1,"y":"\xff"}\n', "x")[2]
    assert b"is no UTF-16 text" in piped("x\n1\n".encode("utf-16") + b"\x00", "x")[2]


def test_standard_input_that_cannot_be_read(run: Run) -> None:
    command = f"{sys.executable} -m gradcli eval x --points - <&-"
    closed = subprocess.run(["bash", "-c", command], capture_output=True, text=True, env=ENVIRONMENT)
    assert (closed.returncode, closed.stderr) == (3, "error: standard input is closed\n")
    assert run("x", "--points", ".")[::2] == (3, "error: '.' cannot be read: Is a directory\n")
    ours, theirs = os.openpty()
    terminal = subprocess.run(
        [*GRADCLI, "eval", "x", "--points", "-"], stdin=theirs, capture_output=True, text=True, env=ENVIRONMENT
    )
    os.close(ours)
    os.close(theirs)
    assert (terminal.returncode, terminal.stderr.count("standard input is the terminal")) == (2, 1)


def test_a_file_on_standard_input(run: Run) -> None:
    np.save("p.npy", np.array([[2.0]]))
    Path("t.csv").write_text("x\n2\n")
    for name in ("p.npy", "t.csv"):
        with open(name, "rb") as file:
            result = subprocess.run(
                [*GRADCLI, "eval", "x^2", "--points", "-", "--bare"], stdin=file, capture_output=True, env=ENVIRONMENT
            )
        assert result.stdout == b"4.0\t4.0\n"


# --- prepared programs ------------------------------------------------------------------------------------


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


@pytest.mark.skipif(not os.path.exists("/proc/self/status"), reason="needs /proc")
def test_memory_does_not_grow(tmp_path: Path) -> None:
    """The most memory that a process takes for 20 MB is about that for 5 MB."""
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
    assert most[1] < 1.1 * most[0]


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


def test_numbers_are_those_of_single_points(run: Run) -> None:
    """The same digits as `--at` gives, for arithmetic, which is exactly rounded on both ways."""
    rows = [(0.1, 0.7), (1 / 3, 2e-9), (-5.5, 1e17), (123456.789, -0.25)]
    out = run("x*y/(x^2+y^2)", "--columns", "df_dx", table="x,y\n" + "".join(f"{x!r},{y!r}\n" for x, y in rows))[1]
    assert len(out.splitlines()) == 5
    for (x, y), cell in zip(rows, out.splitlines()[1:], strict=True):
        buffer = io.StringIO(cell)
        exact = y * (y**2 - x**2) / (x**2 + y**2) ** 2
        assert float(buffer.read()) == pytest.approx(exact, rel=1e-14)


@pytest.mark.parametrize("format", ["npy", "npz", "parquet", "arrow"])
def test_what_is_missing_is_missing_in_binary_output_too(format: str, run: Run) -> None:
    """Not the number that stands in for it while the others are computed."""
    if format in ("parquet", "arrow"):
        pytest.importorskip("pyarrow")
    table = "x,y\n2,3\n,5\nbad,7\n"
    assert run("x*y", "-o", f"o.{format}", "--on-error", "null", table=table)[0] == 0
    if format == "npy":
        matrix = np.load("o.npy")
        expected = [[2.0, 3.0, 6.0, 3.0, 2.0], [np.nan, 5.0, *[np.nan] * 3], [np.nan] * 5]
        assert np.array_equal(matrix, expected, equal_nan=True)
    else:
        back = run("g=0*x", "--columns", "x,y,f", "--format", "csv", "--points", f"o.{format}")
        assert back[1] == "x,y,f\n2.0,3.0,6.0\n,5.0,\n,,\n"


def test_what_is_no_json_does_not_get_into_json(run: Run) -> None:
    table = b"x,note\n2,\xff\xe9a\n"
    for format in ("ndjson", "json"):
        out = piped(table, "x^2", "--format", format)[1].decode()
        assert '"note":"\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}a"' in out
    rows = '{"x":-Infinity,"a":{"b":[NaN,1.50]}}\n{"x":3,"a":"NaN"}\n'
    out = run("atan(x)", "--columns", "x,a", table=rows, name="t.ndjson")[1]
    assert out == '{"x":"-Infinity","a":{"b":[null,1.50]}}\n{"x":3,"a":"NaN"}\n'
    assert run("x", "--format", "csv", table=out, name="t.ndjson")[1].splitlines()[1].startswith("-Infinity,")


def test_nested_values_of_arrow_are_json(run: Run) -> None:
    pa = pytest.importorskip("pyarrow")
    columns = {
        "x": [1.0, 2.0],
        "list": [[1.5, float("nan")], None],
        "struct": [{"a": "b"}, {"a": None}],
        "decimal": pa.array([Decimal("1.10"), None], pa.decimal128(10, 2)),
        "bytes": [b"\xff", b"a"],
    }
    pytest.importorskip("pyarrow.feather").write_feather(pa.table(columns), "t.arrow")
    out = run("x", "--format", "ndjson", "--columns", ",".join(columns), "--points", "t.arrow")[1]
    assert out.splitlines() == [
        '{"x":1.0,"list":[1.5,null],"struct":{"a":"b"},"decimal":1.10,"bytes":"\\\\xff"}',
        '{"x":2.0,"list":null,"struct":{"a":null},"decimal":null,"bytes":"a"}',
    ]


def test_compressed_files_and_archives_of_other_things_are_named(run: Run) -> None:
    code, _, err = run("x", table=gzip.compress(b"x\n1\n"), name="t.csv.gz")
    assert (code, err) == (
        3,
        "error: 't.csv.gz' is compressed with gzip\nhint: gzip -dc t.csv.gz | gradcli ... --points -\n",
    )
    with zipfile.ZipFile("t.xlsx", "w") as archive:
        archive.writestr("workbook.xml", "<a/>")
    assert run("x", "--points", "t.xlsx")[0] == 3
    assert "'t.csv' is no npy file" in run("x", "--input-format", "npy", table="x\n1\n")[2]


def test_an_array_of_rows_has_names(run: Run) -> None:
    np.save("t.npy", np.array([(1.5, 2, 7), (3.0, 4, 8)], [("y", "f8"), ("n", "i4"), ("x", "i8")]))
    out = run("x*y", "--wrt", "x", "--points", "t.npy")[1]
    assert out == "y,n,x,f,df_dx\n1.5,2,7,10.5,1.5\n3.0,4,8,24.0,3.0\n"


def test_very_wide_tables_and_very_long_rows_take_their_time_only_once(run: Run) -> None:
    """What grows with the square of the width or the length would take minutes."""
    columns = 200_000
    table = ",".join(f"c{k}" for k in range(columns)) + "\n" + "1," * (columns - 1) + "2\n"
    start = time.monotonic()
    assert run(f"c0*c{columns - 1}", "--columns", f"c7,f,c{columns - 1}", table=table)[1].endswith("\n1,2.0,2\n")
    code, _, err = run("x", table='x,y\n1,"' + "2,3\n" * 4_000_000)
    assert (code, "a quoted cell is not closed" in err) == (3, True)
    assert time.monotonic() - start < 30


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


@pytest.mark.parametrize("format", ["parquet", "arrow"])
def test_binary_files_do_not_depend_on_the_blocks_that_came(
    format: str, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("pyarrow")
    monkeypatch.setattr("gradcli.render.arrow.BLOCK_ROWS", 100)
    table = "".join(["x,note\n", *(f"{k},n{k}\n" for k in range(350)), "bad,\n"])
    found = []
    for size in (500, 1000, 1 << 20):
        monkeypatch.setattr(text, "BLOCK_BYTES", size)
        assert run("x^2", "-o", f"o.{format}", table=table)[0] == 3
        found.append(Path(f"o.{format}.partial").read_bytes())
    assert found[0] == found[1] == found[2]
    out = run("g=x", "--columns", "note,g", "--format", "csv", "--points", f"o.{format}.partial")[1]
    assert out.splitlines()[1:] == [f"n{k},{k}.0" for k in range(350)]


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

"""Rows of tables of text: formats in and out, what is missing and what is bad."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest

import gradcli
from gradcli.cli.main import main
from gradcli.render import REGISTRY
from gradcli.tables import INPUT_FORMATS, format_of
from gradcli.tables.cells import BadCell, number_in

Run = Callable[..., tuple[int, str, str]]
Piped = Callable[..., tuple[int, bytes, bytes]]
ROOT = Path(gradcli.__file__).parents[1]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}
GRADCLI = [sys.executable, "-m", "gradcli"]
BAD = "x,y\n1,2\n3,oops\n,5\n7\n8,9,10\n1e400,1\n5,6\n"


@pytest.mark.parametrize("name", INPUT_FORMATS)
def test_a_table_is_known_by_the_extensions_that_it_is_written_with(name: str) -> None:
    assert REGISTRY[name].extensions
    assert {format_of(f"table{extension.upper()}") for extension in REGISTRY[name].extensions} == {name}


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


@pytest.mark.parametrize(
    ("format", "table", "place", "good", "replaced"),
    [
        (
            "csv",
            b"x,note\n1,\xc3\xa9\n2,\xc3\xa9 \xe9\n3,c\n",
            b"line 3, column 5",
            [b"x,note,f,df_dx", b"1,\xc3\xa9,1.0,2.0", b"3,c,9.0,6.0"],
            b"2,\xc3\xa9 \xef\xbf\xbd,,",
        ),
        (
            "csv",
            b'x,note\n1,a\n2,"\xe9"\n3,c\n',
            b"line 3, column 4",
            [b"x,note,f,df_dx", b"1,a,1.0,2.0", b"3,c,9.0,6.0"],
            b'2,"\xef\xbf\xbd",,',
        ),
        (
            "tsv",
            b"x\tnote\n1\ta\n2\t\xe9\n3\tc\n",
            b"line 3, column 3",
            [b"x\tnote\tf\tdf_dx", b"1\ta\t1.0\t2.0", b"3\tc\t9.0\t6.0"],
            b"2\t\xef\xbf\xbd\t\t",
        ),
        (
            "ndjson",
            b'{"x":1}\n\n{"x":2,"n":"\xc3\xa9\xe9"}\n{"x":3}\n',
            b"line 3, column 14",
            [b'{"x":1,"f":1.0,"df_dx":2.0}', b'{"x":3,"f":9.0,"df_dx":6.0}'],
            b'{"x":2,"n":"\xc3\xa9\xef\xbf\xbd","f":null,"df_dx":null,'
            b'"status":{"f":"bad row: the byte 0xe9 is no UTF-8 text",'
            b'"df_dx":"bad row: the byte 0xe9 is no UTF-8 text"}}',
        ),
    ],
)
def test_a_row_that_is_no_utf8_is_bad(
    format: str, table: bytes, place: bytes, good: list[bytes], replaced: bytes, piped: Piped
) -> None:
    command = ("x^2", "--input-format", format)
    code, out, err = piped(table, *command)
    assert (code, out.splitlines()) == (3, good[:-1])
    assert err.startswith(b"error: the byte 0xe9 is no UTF-8 text (standard input, %s)\n" % place)
    assert b"iconv -f LATIN1" in err
    told = b"the first in %s: the byte 0xe9 is no UTF-8 text" % place
    code, out, err = piped(table, *command, "--on-error", "skip")
    assert (code, out.splitlines(), told in err) == (0, good, True)
    code, out, err = piped(table, *command, "--on-error", "null")
    assert (code, out.splitlines(), told in err) == (0, [*good[:-1], replaced, good[-1]], True)


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
def test_texts_that_say_the_same(table: bytes, run: Run, piped: Piped) -> None:
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


def test_the_first_object_of_json_lines_is_drawn_with_the_others(run: Run) -> None:
    """It says which columns there are, and is a row like them."""
    out = run("x", "--format", "table", table='{"x":1}\n{"x":2}\n', name="t.ndjson")[1]
    assert out.count("∂f/∂x") == 1  # one head
    assert out.count("\n") == 6


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


def test_after_a_quote_that_nothing_closes_the_next_line_is_the_next_row(run: Run) -> None:
    table = 'q,t\n1,a\n"9","e""\n4,g\n7,h\n'
    said = "the first in line 3, column 5: a quoted cell is not closed\n"
    code, out, err = run("q^2", "--on-error", "null", table=table)
    assert (code, out) == (0, 'q,t,f,df_dq\n1,a,1.0,2.0\n"9","""e""""",,\n4,g,16.0,8.0\n7,h,49.0,14.0\n')
    assert err.endswith(said)
    for format, row in (("tsv", '9\t"""e"""""\t'), ("ndjson", '{"q":9,"t":"\\"e\\"\\"","f":null,')):
        out = run("q^2", "--on-error", "null", "--format", format, "--columns", "q,t,f", table=table)[1]
        assert out.splitlines()[2 if format == "tsv" else 1].startswith(row)
    code, out, err = run("q^2", "--on-error", "skip", table=table)
    assert (code, out) == (0, "q,t,f,df_dq\n1,a,1.0,2.0\n4,g,16.0,8.0\n7,h,49.0,14.0\n")
    assert err.endswith(said)


def test_cells_pass_to_formats_of_text_as_they_stand_and_to_json_without_a_loss(run: Run) -> None:
    table = "q,zip,id,z,e\n1,00501,+49151, 7 ,.5\n2,07030,5., ,-.5e3\n"
    assert run("q^2", "--format", "tsv", "--columns", "zip,id,z,e,f", table=table)[1] == (
        "zip\tid\tz\te\tf\n00501\t+49151\t 7 \t.5\t1.0\n07030\t5.\t \t-.5e3\t4.0\n"
    )
    rows = run("q^2", "--format", "ndjson", "--columns", "zip,id,z,e", table=table)[1]
    assert rows == ('{"zip":"00501","id":"+49151","z":7,"e":0.5}\n{"zip":"07030","id":5.0,"z":null,"e":-0.5e3}\n')
    assert "| 00501 | +49151 |" in run("q^2", "--format", "markdown", table=table)[1]


def test_rows_before_a_text_that_an_array_cannot_hold_are_kept(run: Run, tmp_path: Path) -> None:
    table = "q,note\n1,3\n3,5\n5,abc\n7,1\n"
    for format in ("npy", "npz"):
        code, _, err = run("q^2", "-o", str(tmp_path / f"o.{format}"), table=table)
        assert (code, "the complete rows are in" in err) == (3, True)
        found = np.load(BytesIO((tmp_path / f"o.{format}.partial").read_bytes()))
        columns = found.T if format == "npy" else list(found.values())
        assert [list(column) for column in columns] == [[1, 3], [3, 5], [1, 9], [2, 6]]


def test_utf16_without_a_mark_is_named(piped: Piped) -> None:
    for order in ("LE", "BE"):
        code, out, err = piped("q\n1\n".encode(f"utf-16-{order}"), "q^2")
        assert (code, out) == (3, b"")
        assert b"iconv -f UTF-16%s -t UTF-8" % order.encode() in err


def test_a_name_with_a_comma_stands_in_quotes(run: Run) -> None:
    table = 'x,"a,b",c\n1,2,3\n'
    assert run("x^2", "--columns", 'c, "a,b",df_dx', table=table) == (0, 'c,"a,b",df_dx\n3,2,2.0\n', "")
    assert run("k^2", "--rename", '"a,b"=k', "--columns", "f", table=table) == (0, "f\n4.0\n", "")
    code, out, err = run("x^2", "--columns", "a,b", table=table)
    assert (code, out) == (2, "")
    assert err == "error: there is no column 'a'\nhint: there are: x, \"a,b\", c, f, df_dx\n"
    assert run("x^2", "--columns", '"a",\nb', table=table)[0] == 2


def test_a_byte_order_mark_within_json_lines_is_a_bad_row(piped: Piped) -> None:
    code, out, err = piped(b'\xef\xbb\xbf{"x":1}\n\xef\xbb\xbf{"x":2}\n', "x^2", "--input-format", "ndjson")
    assert (code, out) == (3, b'{"x":1,"f":1.0,"df_dx":2.0}\n')
    assert b"line 2, column 1" in err


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
    assert "a quoted cell is not closed (t.csv, line 2, column 3)" in err


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
    assert err == "note: of 4 numbers: 2 without a value; --status says why\n"
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


def test_empty_input(run: Run, piped: Piped) -> None:
    Path("none.csv").write_text("")
    Path("none.ndjson").write_text("\n")
    assert run("x", "--points", "none.csv")[0] == 3
    assert run("x", "--points", "none.ndjson") == (0, "", "")
    assert run("x", table="x,note\n") == (0, "x,note,f,df_dx\n", "")
    assert piped(b"", "x")[0] == 3
    assert piped(b"", "x", "--input-format", "csv")[0] == 3
    assert piped(b"", "x", "--input-format", "ndjson") == (0, b"", b"")


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


def test_a_picture_is_no_table(piped: Piped) -> None:
    code, out, err = piped(b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "x^2", "--input-format", "csv")
    assert (code, out) == (3, b"")
    assert err.startswith(b"error: this is no text, and no table (standard input, line 1, column 1)\n")
    assert b"iconv" not in err


def test_headers_and_lines_that_are_no_text(piped: Piped) -> None:
    wrong = b"error: the byte 0xff is no UTF-8 text (standard input, line %d, column %d)"
    assert piped(b"\nx,\xff\n1,2\n", "x")[2].startswith(wrong % (2, 3))
    assert piped(b'{"x":1,"\xff":2}\n', "x")[2].startswith(wrong % (1, 9))
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


def test_what_is_no_json_does_not_get_into_json(run: Run, piped: Piped) -> None:
    table = b"x,note\n2,\xff\xe9a\n"
    for format in ("ndjson", "json"):
        out = piped(table, "x^2", "--format", format, "--on-error", "null")[1].decode()
        assert '"note":"\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}a"' in out
    rows = '{"x":-Infinity, "a":{"b":[NaN,1.50]}}\n{"x":3, "a":"NaN \\" Infinity"}\n'
    code, out, err = run("atan(x)", "--columns", "x,a", table=rows, name="t.ndjson")
    assert (code, out) == (0, '{"x":"-Infinity", "a":{"b":[null,1.50]}}\n{"x":3, "a":"NaN \\" Infinity"}\n')
    assert err == (
        'note: 1 row holds NaN or Infinity, which JSON cannot say: null and "Infinity" stand for them; '
        "the first in line 1\n"
    )
    assert run("x", "--format", "csv", table=out, name="t.ndjson")[1].splitlines()[1].startswith("-Infinity,")


@pytest.mark.parametrize("workers", ["1", "2"])
def test_constants_that_are_no_json_are_counted_over_blocks(workers: str, piped: Piped) -> None:
    plain, odd = b'{"x":1,"w":"NaN"}\n', b'{"x":1,"w":NaN}\n'
    rows = plain * 70_000 + odd + b"\n" + plain * 70_000 + odd * 2 + b'{"x":"?","w":Infinity}\n'
    for on_error, count in (("null", 4), ("skip", 3)):
        code, out, err = piped(rows, "x", "--workers", workers, "--on-error", on_error)
        assert code == 0
        assert b"note: %d rows hold NaN or Infinity" % count in err
        assert err.splitlines()[-1].endswith(b"the first in line 70001")
        assert out.count(b'"w":null') == 3
        assert out.count(b'"w":"NaN"') == 140_000


@pytest.mark.parametrize("form", ["table", "plain", "markdown"])
def test_a_header_acts_on_no_terminal_and_makes_no_statement(
    form: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "t.csv").write_text('x,n\x1b[31mte,"m\ng = 99 #"\n1,2,3\n')
    assert main(["eval", "x^2", "--points", str(tmp_path / "t.csv"), "--format", form]) == 0
    shown = capsys.readouterr().out
    assert "\x1b" not in shown
    assert "\ng = 99" not in shown


def test_no_member_of_an_object_is_there_twice(run: Run) -> None:
    rows = '{"x":1}\n{"x":0,"status":"ok"}\n'
    code, out, err = run("abs(x)", table=rows, name="t.ndjson")
    assert (code, out) == (3, '{"x":1,"f":1.0,"df_dx":1.0}\n')
    assert "the row has 'status' already" in err
    rows = '{"x":1}\n{"x":2,"f":7,"y":1.50}\n'
    out = run("x^2", "--on-error", "null", table=rows, name="t.ndjson")[1]
    assert out.splitlines()[1].startswith('{"x":2,"y":1.50,"f":null,"df_dx":null,"status":')


def test_members_that_were_not_asked_for_are_left_out(run: Run) -> None:
    rows = '{"x":1}\n{"x":2,"y":9}\n'
    out = run("x^2", "--columns", "x,df_dx", table=rows, name="t.ndjson")[1]
    assert out == '{"x":1,"df_dx":2.0}\n{"x":2,"df_dx":4.0}\n'
    assert '"y":9' in run("x^2", table=rows, name="t.ndjson")[1]


@pytest.mark.parametrize("cell", ["-", "+", "--", "-null", "+-nan"])
def test_a_lonely_sign_is_no_missing_number(cell: str, run: Run) -> None:
    code, _, err = run("x*y", table=f"x,y\n{cell},2\n")
    assert code == 3
    assert f"'{cell}' in column 'x' is no number" in err


def test_a_minus_of_documents_is_a_minus(run: Run) -> None:
    assert run("x*y", "--columns", "f", table="x,y\n\N{MINUS SIGN}5,2\n")[1] == "f\n-10.0\n"


@pytest.mark.parametrize("name", ["PAR1", "ARROW1", "BZh"])
def test_text_that_begins_as_binary_files_do_is_text(name: str, piped: Piped) -> None:
    assert piped(f"{name},y\n3,2\n".encode(), f"{name}*y", "--columns", "f") == (0, b"f\n6.0\n", b"")


@pytest.mark.parametrize("format", ["csv", "tsv", "json", "ndjson", "plain", "markdown", "table"])
@pytest.mark.parametrize("member", ['"t":"\\ud800"', '"\\ud800":"t"', '"t":["\\ud800"]', '"t":"\\udc00\\u00e4"'])
def test_half_a_pair_is_replaced_in_every_format(format: str, member: str, run: Run) -> None:
    """JSON can name half a surrogate pair, UTF-8 has no bytes for it; a line that passes as it stands keeps its own."""
    code, out, _ = run("x^2", "--format", format, table=f'{{"x":2,{member}}}\n{{"x":3,{member}}}\n', name="t.ndjson")
    assert code == 0
    assert (member in out) if format == "ndjson" else ("\N{REPLACEMENT CHARACTER}" in out)


def test_a_carriage_return_between_tokens_ends_no_line(run: Run) -> None:
    """Beside an object without members, whose comma is to be left out, too."""
    table = '{"x":2}\n{}\n{"a":{"b":1\r},"x":2}\n{"x":\x0b3}\n'
    lines = run("x^2", "--on-error", "null", table=table, name="t.ndjson")[1].split("\n")
    assert lines[0] == '{"x":2,"f":4.0,"df_dx":4.0}'
    assert lines[1].startswith('{"f":null,"df_dx":null,')
    assert lines[2] == '{"a":{"b":1\r},"x":2,"f":4.0,"df_dx":4.0}'

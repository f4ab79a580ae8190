"""Tables in NumPy's files, Parquet and Arrow, in and out; and what is no such file."""

import gzip
import json
import math
import sys
import zipfile
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from gradcli.tables import INPUT_FORMATS, text

Run = Callable[..., tuple[int, str, str]]
Piped = Callable[..., tuple[int, bytes, bytes]]


def test_npy_columns_are_the_variables_in_order(run: Run) -> None:
    np.save("p.npy", np.array([[1.0, 2.0], [3.0, np.nan]]))
    code, out, err = run("x*y", "--points", "p.npy")
    assert (code, out) == (0, "x,y,f,df_dx,df_dy\n1.0,2.0,2.0,2.0,1.0\n3.0,,,,\n")
    assert run("x*y*z", "--at", "y=10", "--points", "p.npy")[1].splitlines()[1] == "1.0,2.0,20.0,20.0,2.0,10.0"
    assert run("x", "--points", "p.npy")[0] == 3
    assert run("x*y", "--points", "p.npy", "-o", "o.npy")[0] == 0
    np.testing.assert_array_equal(np.load("o.npy")[0], [1, 2, 2, 2, 1])
    assert "NumPy" not in err


def test_digits_that_a_table_of_doubles_would_lose_are_refused(run: Run) -> None:
    np.save("p.npy", np.array([[1.0]]))
    for further in (("-o", "out"), ("-o", "out.npy")):
        code, _, err = run("x/3", "--points", "p.npy", "--digits", "30", *further)
        assert (code, "npy holds doubles" in err, Path("out").exists()) == (2, True, False)
    assert run("x/3", "--points", "p.npy", "--digits", "30")[1].splitlines()[1].split(",")[1] == "0." + "3" * 30


def test_npz_columns_have_names(run: Run) -> None:
    np.savez("p.npz", x=np.arange(3), y=np.ones(3), note=np.array(["a", "b", "c"]))
    out = run("x*y", "--points", "p.npz")[1].splitlines()
    assert out[:2] == ["x,y,note,f,df_dx,df_dy", "0,1.0,a,0.0,1.0,0.0"]
    run("x*y", "--points", "p.npz", "-o", "o.npz")
    loaded = np.load("o.npz")
    assert loaded["x"].dtype.kind == "i"
    np.testing.assert_array_equal(loaded["df_dy"], [0, 1, 2])
    assert run("x*note", "--points", "p.npz")[0] == 3


def test_npz_columns_of_any_type_pass_to_text(run: Run) -> None:
    """What is neither a number nor text is its text, as from Parquet; NaT is missing."""
    np.savez(
        "p.npz",
        x=np.array([1.0, 2.0]),
        day=np.array(["2020-01-01", "NaT"], "M8[D]"),
        nano=np.array(["2020-01-01T00:00:00.000000001", "NaT"], "M8[ns]"),
        span=np.array([90, "NaT"], "m8[s]"),
        z=np.array([1 + 2j, -1j]),
        code=np.array([b"ab", b'c"\xff']),
        raw=np.array([np.void(b"ab"), np.void(b"cd")]),
        wide=np.array([0.5, math.nan], np.longdouble),
    )
    written = [
        {"x": 1.0, "day": "2020-01-01", "nano": "2020-01-01T00:00:00.000000001", "span": "90 seconds", "z": "(1+2j)"},
        {"x": 2.0, "day": None, "nano": None, "span": None, "z": "(-0-1j)"},
    ]
    written[0] |= {"code": "ab", "raw": "ab", "wide": 0.5, "f": 2.0, "df_dx": 2.0}
    written[1] |= {"code": 'c"\\xff', "raw": "cd", "wide": None, "f": 4.0, "df_dx": 2.0}
    rows = [json.loads(line) for line in run("x*2", "--points", "p.npz", "--format", "ndjson")[1].splitlines()]
    for row in (*rows, *json.loads(run("x*2", "--points", "p.npz", "--format", "json")[1])["rows"]):
        row.pop("status", None)
        assert row in written
    assert len(rows) == 2
    lines = run("x*2", "--points", "p.npz", "--format", "csv")[1].splitlines()
    assert lines[1] == "1.0,2020-01-01,2020-01-01T00:00:00.000000001,90 seconds,(1+2j),ab,ab,0.5,2.0,2.0"
    assert lines[2] == '2.0,,,,(-0-1j),"c""\\xff",cd,,4.0,2.0'


def test_npz_columns_that_arrow_has_no_type_for_are_text_there(run: Run) -> None:
    pytest.importorskip("pyarrow")
    np.savez("p.npz", x=np.array([1.0]), z=np.array([1 + 2j]), year=np.array(["2020"], "M8[Y]"))
    assert run("x*2", "--points", "p.npz", "-o", "o.arrow")[0] == 0
    assert run("x*2", "--points", "o.arrow", "--columns", "z,year", "--format", "csv")[1] == "z,year\n(1+2j),2020\n"
    np.savez("p.npz", x=np.array([1.0]), nano=np.array(["2020-01-01T00:00:00.000000001"], "M8[ns]"))
    run("x*2", "--points", "p.npz", "-o", "o.parquet")
    out = run("x*2", "--points", "o.parquet", "--columns", "nano", "--format", "csv")[1]
    assert out == "nano\n2020-01-01 00:00:00.000000001\n"


def test_an_array_of_rows_has_names(run: Run) -> None:
    np.save("t.npy", np.array([(1.5, 2, 7), (3.0, 4, 8)], [("y", "f8"), ("n", "i4"), ("x", "i8")]))
    out = run("x*y", "--wrt", "x", "--points", "t.npy")[1]
    assert out == "y,n,x,f,df_dx\n1.5,2,7,10.5,1.5\n3.0,4,8,24.0,3.0\n"


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


def test_arrow_through_pipes(piped: Piped) -> None:
    pytest.importorskip("pyarrow")
    _, first, _ = piped(b"x,note\n2,a\n", "x^2", "--format", "arrow")
    _, second, _ = piped(first, "g = x^3", "--format", "arrow")
    assert piped(second, "h = x")[1] == b"x,note,f,df_dx,g,dg_dx,h,dh_dx\n2.0,a,4.0,4.0,8.0,12.0,2.0,1.0\n"
    assert piped(first, "g = x", "--format", "parquet")[1][:4] == b"PAR1"


def test_the_name_says_whether_arrow_is_a_file_or_a_stream(run: Run) -> None:
    pa = pytest.importorskip("pyarrow")
    table = "x,note\n2,a\n"
    expected = {"x": [2.0], "note": ["a"], "f": [4.0], "df_dx": [4.0]}
    for name in ("o.arrow", "o.feather", "o.ipc", "O.ARROW"):
        assert run("x^2", "-o", name, table=table)[0] == 0
        assert pa.ipc.open_file(name).read_all().to_pydict() == expected
    for name, *asked in (("o.arrows",), ("o.data", "--format", "arrow")):
        assert run("x^2", "-o", name, *asked, table=table)[0] == 0
        assert pa.ipc.open_stream(name).read_all().to_pydict() == expected
    assert run("h=x", "--points", "o.arrows", "--columns", "h", "--format", "csv")[1] == "h\n2.0\n"
    assert run("x", "-o", "e.arrow", table="x\n")[0] == 0
    assert pa.ipc.open_file("e.arrow").read_all().num_rows == 0
    assert run("x", "-o", "b.arrow", table="x\n1\n?\n")[0] == 3
    assert pa.ipc.open_file("b.arrow.partial").read_all().to_pydict() == {"x": [1.0], "f": [1.0], "df_dx": [1.0]}


def test_dictionaries_that_change_go_into_an_arrow_file(run: Run) -> None:
    pa = pytest.importorskip("pyarrow")
    count = 150_000  # rows, of which a batch that is written holds fewer
    words = [[f"{first}{k % 3}" for k in range(count)] for first in "abc"]
    batches = [
        pa.record_batch({"x": np.arange(float(count)), "word": pa.array(column).dictionary_encode()})
        for column in words
    ]
    with pa.ipc.new_stream("t.arrows", batches[0].schema) as stream:
        for batch in batches:
            stream.write_batch(batch)
    for name, opened in (("o.arrow", pa.ipc.open_file), ("o.arrows", pa.ipc.open_stream)):
        assert run("2*x", "--points", "t.arrows", "-o", name)[0] == 0
        found = opened(name).read_all()
        assert found.schema.field("word").type == batches[0].schema.field("word").type
        assert found["word"].to_pylist() == [word for column in words for word in column]


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


@pytest.mark.parametrize("format", ["npy", "npz", "parquet", "arrow"])
def test_what_is_missing_is_missing_in_binary_output_too(format: str, run: Run) -> None:
    """Not the number that stands in for it while the others are computed."""
    if format in ("parquet", "arrow"):
        pytest.importorskip("pyarrow")
    table = "x,y\n2,3\n,5\nbad,7\n"
    assert run("x*y", "-o", f"o.{format}", "--on-error", "null", table=table)[0] == 0
    if format == "npy":
        matrix = np.load("o.npy")
        expected = [[2.0, 3.0, 6.0, 3.0, 2.0], [np.nan, 5.0, *[np.nan] * 3], [np.nan, 7.0, *[np.nan] * 3]]
        assert np.array_equal(matrix, expected, equal_nan=True)
    else:
        back = run("g=0*x", "--columns", "x,y,f", "--format", "csv", "--points", f"o.{format}")
        assert back[1] == "x,y,f\n2.0,3.0,6.0\n,5.0,\n,7.0,\n"


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


def test_an_archive_has_arrays_of_any_name_and_the_same_bytes(run: Run) -> None:
    for out in ("o.npz", "again.npz"):
        assert run("x^2", "-o", out, table="file,allow_pickle,x\n1,5,2\n")[0] == 0
    loaded = np.load("o.npz")
    assert {name: loaded[name].tolist() for name in loaded.files} == {
        "file": [1.0], "allow_pickle": [5.0], "x": [2.0], "f": [4.0], "df_dx": [4.0]
    }  # fmt: skip
    assert Path("o.npz").read_bytes() == Path("again.npz").read_bytes()


def test_an_archive_without_a_row_is_not_kept(run: Run) -> None:
    code, _, err = run("x^2", "-o", "o.npz", table="x,s\n1,a\n2,b\n")
    assert code == 3
    assert "complete rows" not in err
    assert not Path("o.npz.partial").exists()


@pytest.mark.parametrize("rows", [0, 2])
def test_columns_of_one_name_pass_through_each(rows: int, run: Run) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    table = pyarrow.table([[1, 2][:rows], [10.5, 20.0][:rows], [3.0, 4.0][:rows]], names=["a", "a", "x"])
    with pyarrow.ipc.new_stream("t.arrows", table.schema) as writer:
        writer.write_table(table)
    assert run("x^2", "--points", "t.arrows", "-o", "o.arrows")[0] == 0
    found = pyarrow.ipc.open_stream("o.arrows").read_all()
    assert found.schema.names == ["a", "a", "x", "f", "df_dx"]
    assert [column.to_pylist() for column in found.columns[:2]] == [[1, 2][:rows], [10.5, 20.0][:rows]]

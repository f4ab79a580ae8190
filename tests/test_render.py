"""Formats: how numbers are written, what tables do, which format is chosen."""

import json
import os
import re
import struct
import subprocess
import sys
from collections.abc import Iterator

import numpy as np
import orjson
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gradcli.errors import UsageError
from gradcli.naming import Partial
from gradcli.points import Block
from gradcli.program import Builder, Program
from gradcli.render import BINARY, FORMATS, Formulas, Listing, Numbers, Style, choose_format, renderer
from gradcli.render.headings import heading
from gradcli.render.json import value_text
from gradcli.render.numbers import joined_numbers, rounded
from gradcli.render.report import Notes
from gradcli.render.wrap import aligned, folded, wrapped
from gradcli.results import Status, Values, number_text

doubles = st.integers(0, 2**64 - 1).map(lambda bits: struct.unpack("<d", struct.pack("<Q", bits))[0])
finite = st.one_of(doubles, st.floats(allow_nan=False)).filter(lambda x: x - x == 0)


@given(finite)
@example(1e-5)
@example(-1.5e-5)
@example(9.999999999999999e-5)
@example(1e-4)
@example(1e-6)
@example(1e16)
@example(1e15)
@example(123456789012345680.0)
@example(5e-324)
@example(-0.0)
def test_numbers_are_written_as_orjson_writes_them(number: float) -> None:
    text = number_text(number)
    assert text == orjson.dumps(number).decode()
    assert joined_numbers([np.array([number])], b",", b"null") == [text.encode()]
    assert float(text) == number


@pytest.mark.parametrize(
    ("number", "text"),
    [(6, "6.0"), (1e-7, "1e-7"), (0.00001, "0.00001"), (-0.000025, "-0.000025"), (1e16, "1e+16"), (0.1, "0.1")],
)
def test_number_text(number: float, text: str) -> None:
    assert number_text(number) == text


def test_rounded() -> None:
    assert rounded(2 / 3, 3) == 0.667
    assert rounded(123456.0, 2) == 120000.0
    assert rounded(2 / 3, None) == 2 / 3


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(json_values)
def test_json_reads_back(value: object) -> None:
    assert json.loads(value_text(value)) == value


@pytest.mark.parametrize(
    ("by", "pretty", "plain"),
    [
        ((), "f", "f"),
        (("q",), "∂f/∂q", "df/dq"),
        (("x", "x"), "∂²f/∂x²", "d2f/dx2"),
        (("x", "y"), "∂²f/∂x∂y", "d2f/dxdy"),
        (("x", "x", "y"), "∂³f/∂x²∂y", "d3f/dx2dy"),
    ],
)
def test_heading(by: tuple[str, ...], pretty: str, plain: str) -> None:
    assert heading(Partial("f", by), unicode=True) == pretty
    assert heading(Partial("f", by), unicode=False) == plain


def test_points_stand_below_each_other() -> None:
    assert aligned(["1.0", "-12.25", "1e-7", "kink"]) == ["  1.0 ", "-12.25", "  1e-7", "kink  "]


@given(st.text(alphabet="xy+-*/ (),^12", max_size=200), st.integers(5, 40))
def test_a_formula_is_wrapped_and_never_cut(formula: str, width: int) -> None:
    lines = wrapped(formula, width)
    assert "".join(lines).replace(" ", "") == formula.replace(" ", "")
    assert all(len(line) <= width for line in lines)


def test_a_formula_goes_on_at_an_operator() -> None:
    assert wrapped("aaaa*bbbb + cccc*dddd", 12) == ["aaaa*bbbb", "+ cccc*dddd"]
    assert wrapped("aaaa*bbbb", 6) == ["aaaa*", "bbbb"]
    assert wrapped("aaaa**bbbb", 7) == ["aaaa**", "bbbb"]


def test_a_formula_goes_on_at_a_sum_rather_than_inside_of_a_product() -> None:
    assert wrapped("aaaa*bbbb*cccc + dddd*eeee", 20) == ["aaaa*bbbb*cccc", "+ dddd*eeee"]
    assert wrapped("(a + b)*sin(c*d*e)*(f - g)", 22) == ["(a + b)*sin(c*d*e)*", "(f - g)"]
    assert wrapped("aaaaaaaaaa^bbb*cccccc", 16) == ["aaaaaaaaaa^bbb*", "cccccc"]


def test_wide_letters_are_as_wide_as_they_are() -> None:
    assert wrapped("界界*界界 + 界界", 10) == ["界界*界界", "+ 界界"]
    assert folded("界界界", 4) == ["界界", "界"]


@given(st.text(alphabet="x^123ab", max_size=100), st.integers(1, 20))
def test_folding_keeps_all_characters(text: str, width: int) -> None:
    lines = folded(text, width)
    assert "".join(lines) == text
    assert all(len(line) <= width for line in lines)


def answer(numbers: list[float], status: dict[str, list[int]] | None = None) -> Numbers:
    """The answer for f and df/dx at x = 0, 1, ..., with the same numbers in both columns."""
    partials = (Partial("f"), Partial("f", ("x",)))
    program = Program(Builder(), ("x",), ())
    columns = {"f": numbers, "df_dx": numbers}
    values = Values(partials, columns, {}, status or {}, {}, program)
    block = Block(len(numbers), {"x": [float(k) for k in range(len(numbers))]})
    return Numbers(("x",), ("f",), partials, ("x", "f", "df_dx"), [(block, values)], len(numbers) > 1)


def text(what: Numbers | Formulas, **style: object) -> str:
    kind = "numbers" if isinstance(what, Numbers) else "formulas"
    wanted = Style(**{"format": "table", **style})  # type: ignore[arg-type]
    return "".join(renderer(wanted, kind)(what, wanted))


KINK = {"df_dx": [int(Status.FINE), int(Status.KINK)]}
ONE_SIDED = {"df_dx": [int(Status.ONE_SIDED)]}


def test_no_format_shows_a_number_that_is_none() -> None:
    for format_name in set(FORMATS) - BINARY:
        shown = text(answer([1.0, float("nan")], KINK), format=format_name, status=True)
        assert "kink" in shown


def test_a_one_sided_number_is_printed_with_its_status() -> None:
    assert (
        text(answer([2.5], ONE_SIDED), format="csv", status=True) == "x,f,df_dx,status\n0.0,2.5,2.5,df_dx: one-sided\n"
    )
    row = json.loads(text(answer([2.5], ONE_SIDED), format="ndjson"))
    assert row == {"x": 0.0, "f": 2.5, "df_dx": 2.5, "status": {"df_dx": "one-sided"}}


def test_a_number_of_which_nothing_is_said_is_unresolved() -> None:
    row = json.loads(text(answer([float("inf")]), format="ndjson"))
    assert row == {"x": 0.0, "f": None, "df_dx": None, "status": {"f": "unresolved", "df_dx": "unresolved"}}
    assert text(answer([float("inf")]), format="csv") == "x,f,df_dx\n0.0,,\n"


def test_an_ascii_table() -> None:
    assert text(answer([2.5]), unicode=False) == (
        "+-------------+\n| x     | 0.0 |\n|-------+-----|\n| f     | 2.5 |\n| df/dx | 2.5 |\n+-------------+\n"
    )


def test_an_ascii_table_is_aligned_whatever_is_in_its_cells() -> None:
    """Escaped before they are measured: headings, texts of a table of rows, and the names of records."""
    one = answer([2.5])
    ((_, values),) = one.blocks
    named = one._replace(columns=("größe", "f"), variables=("größe",), inputs=("größe",))
    for many in (True, False):
        texts = Block(1, {}, passed={"größe": ["ü"]})
        shown = text(named._replace(blocks=[(texts, values)], many=many), unicode=False)
        assert shown.isascii()
        assert "\\xfc" in shown
        assert len({len(line) for line in shown.splitlines()}) == 1
    listed = Listing(("größe",), [{"größe": "ü"}], tall=True)
    wanted = Style("table", unicode=False)
    assert "".join(renderer(wanted, "listing")(listed, wanted)).isascii()


def test_words_of_a_formula_are_not_broken_in_a_record() -> None:
    formula = "-velocity_x/temperature*exp(-(velocity_x^2 + velocity_y^2)/(2*temperature))*log(temperature)*density"
    point = "velocity_x=0.346,velocity_y=0.18,temperature=0.516,density=0.411"
    listed = Listing(("claimed", "at"), [{"claimed": formula, "at": point}], tall=True, code=frozenset({"claimed"}))
    wanted = Style("table", width=44)
    drawn = "".join(renderer(wanted, "listing")(listed, wanted))
    words = set(re.findall(r"\w+", f"{formula} {point}"))
    assert set(re.findall(r"\w+", drawn)) - {"claimed", "at"} == words
    assert max(map(len, drawn.splitlines())) <= 44


def test_notes_go_on_in_the_next_line() -> None:
    shown = text(answer([1.0, float("nan")], KINK), width=30)
    assert max(map(len, shown.splitlines())) <= 30
    notes = " ".join(line for line in shown.splitlines() if not re.search("[│─]", line))
    assert "(point 2): unresolved" in notes


def test_markup_in_a_name_is_no_markup() -> None:
    formulas = Formulas(("x",), ("f",), (), [("f[bold]", "[red]x[/red]")])
    assert "│ f[bold] │ [red]x[/red] │" in text(formulas)


def test_a_long_stream_is_drawn_in_blocks() -> None:
    def blocks() -> Iterator[tuple[Block, Values]]:
        for _ in range(10**9):
            yield from answer([1.0] * 1000).blocks

    endless = answer([1.0, 2.0])._replace(blocks=blocks())
    style = Style("table")
    pieces = renderer(style, "numbers")(endless, style)
    assert next(pieces).count("\n") == next(pieces).count("\n") == 1004


@pytest.mark.parametrize("width", [20, 40, 60])
def test_nothing_is_cut_off_on_a_narrow_screen(width: int) -> None:
    long = answer([0.123456789012345])._replace(variables=("x",))
    shown = text(long, width=width, digits=17)
    assert "0.123456789012345" in "".join(re.findall(r"[0-9.]+", shown.partition("∂")[0].rpartition("f")[2]))
    listed = Listing(("partial", "autodiff"), [{"partial": "df_dx", "autodiff": 0.1234567891}])
    wanted = Style("table", width=width)
    for tall in (True, False):
        drawn = "".join(renderer(wanted, "listing")(listed._replace(tall=tall), wanted))
        assert "…" not in drawn
        assert "0.1234567891" in re.sub(r"[^0-9.]", "", drawn)
        assert max(map(len, drawn.splitlines())) <= width


def test_few_notes_are_kept_however_many_there_are() -> None:
    notes = Notes(many=True)
    for k in range(1, 1001):
        notes.add({"f": "kink: the same", "df_dx": f"kink: {k}"}, k)
    lines = list(notes.lines())
    assert lines[0] == (("f",), " (points 1, 2, 3, 4, 5 and 995 more)", "kink: the same")
    assert len(lines) == 13
    assert lines[-1] == ((), "", "and 989 more such places")


def test_what_markdown_would_act_on_is_escaped() -> None:
    formulas = Formulas(("_x_",), ("f",), (), [("f_*a|b*", "x|y"), ("__x__", "`x`")])
    assert text(formulas, format="markdown") == (
        "|  | formula |\n| :-- | :-- |\n| f\\_\\*a\\|b\\* | `x\\|y` |\n| \\_\\_x\\_\\_ | `` `x` `` |\n"
    )


def test_an_infinite_input_needs_no_note() -> None:
    for format_name in ("markdown", "latex"):
        shown = text(answer([1.0], None)._replace(blocks=[infinite()]), format=format_name, status=True)
        assert "infinite" not in shown


def infinite() -> tuple[Block, Values]:
    """The point x = inf."""
    ((_, values),) = answer([1.0]).blocks
    return Block(1, {"x": float("inf")}), values


def test_the_document_of_json() -> None:
    document = json.loads(text(answer([1.0, 2.0]), format="json"))
    assert document == {
        "schema": 1,
        "variables": ["x"],
        "outputs": ["f"],
        "partials": [{"name": "df_dx", "output": "f", "by": ["x"]}],
        "rows": [{"x": 0.0, "f": 1.0, "df_dx": 1.0}, {"x": 1.0, "f": 2.0, "df_dx": 2.0}],
    }


def test_choose_format(monkeypatch: pytest.MonkeyPatch) -> None:
    def chosen(asked: str | None = None, path: str | None = None, terminal: bool = False) -> str:
        return choose_format(asked, FORMATS, "csv", path=path, terminal=terminal)

    assert chosen("json", "a.csv", True) == "json"
    assert chosen(path="a.NDJSON") == "ndjson"
    assert chosen(path="a.md", terminal=True) == "markdown"
    assert chosen(path="a.tex") == "latex"
    assert chosen(path="a") == chosen(path="a.txt", asked="csv") == chosen() == "csv"
    with pytest.raises(UsageError, match=r"files that end in '\.dat'"):
        chosen(path="a.dat")
    assert chosen(terminal=True) == "table"
    monkeypatch.setenv("GRADCLI_FORMAT", "plain")
    assert chosen(terminal=True) == "plain"
    assert chosen() == "csv"
    monkeypatch.setenv("GRADCLI_FORMAT", "plan")
    with pytest.raises(UsageError):
        chosen(terminal=True)


@pytest.mark.parametrize("width", [20, 40, 60])
@pytest.mark.parametrize("arguments", [("symbolic", "{0}^2*x"), ("eval", "{0}^2*x", "--at", "{0}=1,x=2")])
def test_names_of_any_length_are_not_cut(arguments: tuple[str, ...], width: int) -> None:
    name = "velocity_of_the_" + "very_" * 12 + "long_name"
    told = subprocess.run(
        [sys.executable, "-m", "gradcli", *(text.format(name) for text in arguments), "--format", "table"],
        capture_output=True, env={**os.environ, "COLUMNS": str(width)}, text=True, encoding="utf-8",
    ).stdout  # fmt: skip
    assert all(len(line) <= width for line in told.splitlines())
    assert "…" not in told
    first = "".join(line.split("│")[1].strip() for line in told.splitlines() if line.count("│") > 1)
    assert f"∂f/∂{name}" in first

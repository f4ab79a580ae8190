"""The command line: arguments, streams, files, exit codes, completion."""

import csv
import io
import json
import os
import pty
import re
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

import gradcli
from gradcli.cli import main as main_module
from gradcli.cli.evaluate import command as eval_command
from gradcli.cli.group import separated
from gradcli.cli.main import main
from gradcli.evaluation import Evaluation
from gradcli.operations import OPERATIONS

ROOT = Path(gradcli.__file__).parents[1]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}
GRADCLI = [sys.executable, "-m", "gradcli"]


def run(*arguments: str | bytes, stdin: bytes = b"", **environment: str) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of a command."""
    result = subprocess.run(
        [*GRADCLI, *arguments], input=stdin, capture_output=True, env={**ENVIRONMENT, **environment}
    )
    return result.returncode, result.stdout.decode(), result.stderr.decode()


def on_terminal(*arguments: str, columns: int = 80, **environment: str) -> str:
    """What a command shows on a terminal."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [*GRADCLI, *arguments],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**ENVIRONMENT, "COLUMNS": str(columns), "TERM": "xterm", **environment},
    )
    os.close(theirs)
    shown = b""
    with suppress(OSError):  # Linux's way to say that the other side is closed
        while piece := os.read(ours, 65536):
            shown += piece
    process.wait()
    os.close(ours)
    return shown.decode(errors="replace").replace("\r\n", "\n")


# --- arguments --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["-x^2"], ["--", "-x^2"]),
        (["-x^2", "--at", "x=1"], ["--at", "x=1", "--", "-x^2"]),
        (["--at", "x=1", "-x"], ["--at", "x=1", "--", "-x"]),
        (["-f", "file"], ["-f", "file"]),
        (["-ffile"], ["--", "-ffile"]),
        (["-"], ["--", "-"]),
        (["--at=x=1", "x"], ["--at=x=1", "--", "x"]),
        (["--hessian", "x"], ["--hessian", "--", "x"]),
        (["--", "--hessian"], ["--", "--hessian"]),
        (["--1"], ["--", "--1"]),
        (["--(x)"], ["--", "--(x)"]),
        (["--what", "x"], ["--what", "--", "x"]),
        (["--at", "-x"], ["--at", "-x"]),
        (["x", "-w", "x"], ["-w", "x", "--", "x"]),
        ([], []),
    ],
)
def test_what_is_an_option(arguments: list[str], expected: list[str]) -> None:
    assert separated(arguments, eval_command.params) == expected


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["symbolic", "x^2", "--strict"], "numbers are for eval: gradcli eval EXPR --strict ..."),
        (["check", "x^2", "--certify"], "--certify is for eval: gradcli eval EXPR --certify ..."),
        (["plot", "x^2", "--points", "a.csv"], "--points is for eval: gradcli eval EXPR --points ..."),
        (["functions", "--points", "a.csv"], "gradcli functions --help"),
        (["eval", "x^2", "a.feather"], "a table is given by --points: gradcli eval 'x^2' --points a.feather"),
    ],
)
def test_what_eval_has_and_another_command_lacks_is_told(arguments: list[str], hint: str) -> None:
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    assert err.endswith(f"hint: {hint}\n")


@pytest.mark.parametrize("text", ["-x^2", "-1*x", "-x**2", "-(x)", "-h*x", "--x^2"[1:], "-2"])
def test_an_expression_may_begin_with_a_minus(text: str) -> None:
    code, out, _ = run("symbolic", text)
    assert code == 0
    assert out.startswith("f = -")


def test_stdin_is_not_read_when_there_is_an_expression() -> None:
    loop = f'printf "1\\n2\\n" | while read v; do {sys.executable} -m gradcli eval "x^2" --at x=$v --bare; done'
    result = subprocess.run(["bash", "-c", loop], capture_output=True, text=True, env=ENVIRONMENT)
    assert result.stdout == "1.0\t2.0\n4.0\t4.0\n"


@pytest.mark.parametrize(
    "data", [b"x^2\n", b"\xef\xbb\xbfx^2", "x^2".encode("utf-16"), b"x^2\r\n", b"# squared\nx^2"], ids=str
)
def test_encodings_of_stdin(data: bytes) -> None:
    assert run("symbolic", stdin=data)[:2] == (0, "f = x^2\ndf_dx = 2*x\n")


def test_what_is_no_text() -> None:
    assert run("symbolic", stdin=b"x\xff")[0] == 3
    assert run("symbolic", b"x\xff")[0] in (2, 3)
    assert run("symbolic", stdin=b"\xff\xfex")[0] == 3


DOCUMENTS = [
    ("r = sqrt(x^2 + y^2); f = r^2*y; g = x*r", ["x=3,y=4", "x=0,y=0"]),
    ("abs(x)", ["x=0", "x=-2"]),
    ("sqrt(x)", ["x=0", "x=4", "x=-1"]),
    ("f = x; f", ["x=1"]),
    ("g = x; b = g^2; b*g", ["x=2"]),
    ("x^y", ["x=0,y=0", "x=0,y=1", "x=-2,y=3"]),
    ("a = x*y; b = a^2 + y; sin(b)", ["x=1,y=2"]),
    ("t1 = x^2; sin(t1)*cos(t1)", ["x=1"]),
    ("f(e, x) = e*x", ["e=2,x=3"]),
    ("f(x, y) = x^2*y; g = f(y, x) + 1", ["x=1,y=2"]),
    ("max(x, 0)^2 + floor(y)", ["x=0,y=1", "x=1,y=1.5"]),
    ("where(x > 0, log(x), 0)", ["x=0", "x=-1", "x=2"]),
    ("gamma(x)*tan(x)", ["x=0", "x=2.5"]),
    ("lambda x, y: x*abs(y)", ["x=1,y=0"]),
]


@pytest.mark.parametrize(("text", "points"), DOCUMENTS)
def test_the_two_laws_of_documents(text: str, points: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    def printed(*arguments: str) -> str:
        assert main([*arguments]) == 0
        return capsys.readouterr().out

    once = printed("symbolic", text)
    assert printed("symbolic", once) == printed("symbolic", text, "--order", "2")
    for point in points:
        (header, row), (header_2, row_2) = (
            csv.reader(printed("eval", expression, "--at", point, "--status").splitlines())
            for expression in (once, text)
        )
        assert header == header_2
        for a, b in zip(row[:-1], row_2[:-1], strict=True):
            assert a == b or float(a) == pytest.approx(float(b), rel=1e-14)
        said, said_2 = (re.findall(r"(\w+): ([a-z-]+)", text) for text in (row[-1], row_2[-1]))
        assert said == said_2


# --- streams ----------------------------------------------------------------------------------------------


def test_a_closed_pipe_ends_quietly() -> None:
    command = f"{sys.executable} -m gradcli eval x^2 --range x=0:1:1e-6 | head -n 1; echo ${{PIPESTATUS[0]}}"
    result = subprocess.run(["bash", "-c", command], capture_output=True, text=True, env=ENVIRONMENT)
    assert result.stdout == "x,f,df_dx\n0\n"
    assert result.stderr == ""


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_a_full_device_is_an_error() -> None:
    with open("/dev/full", "w") as full:
        result = subprocess.run([*GRADCLI, "symbolic", "x"], stdout=full, stderr=subprocess.PIPE, env=ENVIRONMENT)
    assert result.returncode == 3
    assert result.stderr.startswith(b"error: ")
    assert result.stderr.count(b"\n") == 1


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_a_full_device_as_the_output_is_an_error() -> None:
    code, out, err = run("symbolic", "x", "-o", "/dev/full")
    assert (code, out, err) == (3, "", "error: '/dev/full' cannot be written: No space left on device\n")


def test_closed_streams() -> None:
    for redirection, code in ((">&-", 3), ("<&-", 0), ("2>&-", 0)):
        command = f"{sys.executable} -m gradcli symbolic x {redirection}"
        result = subprocess.run(["bash", "-c", command], capture_output=True, env=ENVIRONMENT)
        assert result.returncode == code, redirection
        assert b"Traceback" not in result.stderr


def test_an_interrupt() -> None:
    process = subprocess.Popen(
        [*GRADCLI, "eval", "x*y", "--range", "x=0:1:#1000000", "--range", "y=0:1:#1000000"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=ENVIRONMENT,
    )
    assert process.stdout is not None
    process.stdout.readline()
    time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    process.stdout.read()
    _, errors = process.communicate()
    assert process.returncode == 130
    assert b"Traceback" not in errors


def test_output_is_utf8_whatever_the_locale() -> None:
    code, out, _ = run("symbolic", "θ^2", LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0")
    assert (code, out) == (0, "f = θ^2\ndf_dθ = 2*θ\n")


# --- terminals --------------------------------------------------------------------------------------------


def test_a_terminal_gets_a_table() -> None:
    assert "│ ∂f/∂x │ 2*x │" in on_terminal("symbolic", "x^2", NO_COLOR="1", LC_ALL="C.UTF-8")
    assert "\x1b[" in on_terminal("symbolic", "x^2", LC_ALL="C.UTF-8")
    assert "\x1b[" not in on_terminal("symbolic", "x^2", "--color", "never", LC_ALL="C.UTF-8")


def test_a_terminal_that_is_not_utf8_gets_ascii() -> None:
    shown = on_terminal("symbolic", "x^2", NO_COLOR="1", LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0")
    assert "| df/dx | 2*x |" in shown
    assert shown.isascii()


@pytest.mark.parametrize(
    "locale",
    [{"LC_ALL": "C"}, {"LANG": "C"}, {"LC_ALL": "C.UTF-8", "PYTHONIOENCODING": "ascii"}],
)
def test_who_sets_the_locale_c_gets_ascii_although_python_takes_utf_8(locale: dict[str, str]) -> None:
    shown = on_terminal("symbolic", "√x*α", NO_COLOR="1", **locale)
    assert "| df/d\\u03b1 | sqrt(x) " in shown
    assert shown.isascii()
    assert on_terminal("functions", "sqrt", NO_COLOR="1", **locale).isascii()


def test_what_an_ascii_terminal_cannot_show_is_escaped() -> None:
    shown = on_terminal("symbolic", "α^2", "--format", "plain", PYTHONIOENCODING="ascii")
    assert shown == "f = \\u03b1^2\ndf_d\\u03b1 = 2*\\u03b1\n"


def test_notes_are_no_wider_than_the_terminal() -> None:
    shown = on_terminal("check", "x^2", "--grad", "x=2*x", columns=50, NO_COLOR="1")
    note = shown.partition("note: ")[2]
    assert "(--format json lists" in " ".join(note.split())
    assert max(map(len, shown.splitlines())) <= 50


def test_a_persons_list_of_functions_has_none_that_only_derivatives_bring_up() -> None:
    listed = json.loads(run("functions", "--format", "json")[1])
    internal = {row.name for row in OPERATIONS.values() if row.internal}
    assert len(listed) == len(OPERATIONS) - len(internal)
    assert not {record["name"] for record in listed} & {*internal, "0/0"}
    rules = " ".join(text or "" for row in OPERATIONS.values() for text in row.partials)
    assert all(f"{name}(" in rules for name in internal - {"nan"})
    assert run("functions", "zetaderiv")[0] == 0  # by its name it is there: formulas have it


def test_a_dumb_terminal_gets_no_colours() -> None:
    assert "\x1b" not in on_terminal("symbolic", "x^2", TERM="dumb")
    assert "\x1b[" in on_terminal("symbolic", "x^2", "--color", "always", NO_COLOR="1", TERM="dumb")


def test_gradcli_format_is_a_text_format() -> None:
    for name in ("bogus", "npz"):
        shown = on_terminal("eval", "x^2", "--at", "x=3", GRADCLI_FORMAT=name)
        assert shown.startswith(
            f"error: GRADCLI_FORMAT names no format for terminals: '{name}'\nhint: there are: table,"
        )
        assert run("eval", "x^2", "--at", "x=3", GRADCLI_FORMAT=name)[0] == 0


def test_gradcli_format_acts_on_terminals_only() -> None:
    assert on_terminal("symbolic", "x^2", GRADCLI_FORMAT="plain") == "f = x^2\ndf_dx = 2*x\n"
    assert run("symbolic", "x^2", GRADCLI_FORMAT="json")[1] == "f = x^2\ndf_dx = 2*x\n"


def test_no_line_is_wider_than_the_terminal() -> None:
    for columns in (40, 60, 80, 160):
        shown = on_terminal(
            "symbolic", "exp(sin(x*y)/(1+x^2+y^2))*log(1+x^2*y)", columns=columns, NO_COLOR="1", LC_ALL="C.UTF-8"
        )
        assert max(map(len, shown.splitlines())) <= columns


@pytest.mark.parametrize("columns", [40, 60, 120])
def test_the_line_of_an_error_is_as_wide_as_the_terminal(columns: int) -> None:
    shown = on_terminal("symbolic", f"{'x + ' * 40}sine(x){' + x' * 40}", columns=columns).split("\n")
    assert len(shown[1]) == columns
    assert shown[1][shown[2].index("^") :].startswith("sine(")


def test_nothing_to_read_on_a_terminal_is_an_error_with_an_example() -> None:
    assert 'hint: give one: gradcli eval "x^2" --at x=3' in on_terminal("eval")


# --- files ------------------------------------------------------------------------------------------------


def test_output_may_name_the_input(tmp_path: Path) -> None:
    path = tmp_path / "f.txt"
    path.write_text("x^2\n")
    assert run("symbolic", "-f", str(path), "-o", str(path)) == (0, "", "")
    assert path.read_text() == "f = x^2\ndf_dx = 2*x\n"
    assert list(tmp_path.iterdir()) == [path]


def test_a_failed_output_is_left_as_partial(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:

    evaluate, seen = Evaluation.evaluate, []

    def fails_at_the_second(self: Evaluation, points: object, **options: bool) -> object:
        seen.append(points)
        if len(seen) == 2:
            raise MemoryError
        return evaluate(self, points, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(Evaluation, "evaluate", fails_at_the_second)
    path = tmp_path / "out.csv"
    path.write_text("old\n")
    assert main(["eval", "x", "--at", "x=1", "--at", "x=2", "-o", str(path)]) == 5
    assert path.read_text() == "old\n"
    assert (tmp_path / "out.csv.partial").read_text() == "x,f,df_dx\n1.0,1.0,1.0\n"


def test_the_extension_chooses_the_format(tmp_path: Path) -> None:
    path = tmp_path / "out.json"
    run("eval", "x", "--at", "x=1", "-o", str(path))
    assert path.read_text().startswith('{"schema":1,')


@pytest.mark.parametrize("command", [("backends",), ("functions", "sin"), ("stencil",), ("equal", "x", "x")])
@pytest.mark.parametrize("name", ["json", "ndjson", "csv", "md", "txt"])
def test_a_format_is_the_same_whatever_chose_it(command: tuple[str, ...], name: str, tmp_path: Path) -> None:
    if name == "csv" and command[0] in ("backends", "functions"):
        pytest.skip("their cells are lists")
    file = tmp_path / f"list.{name}"
    asked = {"md": "markdown", "txt": "plain"}.get(name, name)
    _, by_name, _ = run(*command, "--format", asked)
    assert run(*command, "-o", str(file))[:2] == (0, "")
    assert file.read_text(encoding="utf-8") == by_name != ""


@pytest.mark.parametrize(("name", "head"), [("latex", r"df\_dx\_low & f\_error"), ("markdown", "df_dx_low | f_error")])
def test_a_column_that_passes_through_keeps_its_name(name: str, head: str) -> None:
    """Although it is called as what `--errors` and `--subgradient` put beside a derivative."""
    table = b"x,df_dx_low,f_error\n1,2,3\n"
    assert head in run("eval", "x^2", "--points", "-", "--format", name, stdin=table)[1]


def test_an_output_keeps_links_and_rights(tmp_path: Path) -> None:
    path, link = tmp_path / "real.txt", tmp_path / "link.txt"
    path.write_text("")
    path.chmod(0o600)
    link.symlink_to(path)
    assert run("symbolic", "x", "-o", str(link))[0] == 0
    assert link.is_symlink()
    assert path.read_text() == "f = x\ndf_dx = 1\n"
    assert path.stat().st_mode & 0o777 == 0o600
    assert run("symbolic", "x", "-o", "/dev/null") == (0, "", "")


@pytest.mark.skipif(not os.path.exists("/dev/fd"), reason="needs /dev/fd")
@pytest.mark.parametrize(
    ("name", "redirection"), [("/dev/stdout", ">>"), ("/dev/stderr", "2>>"), ("/dev/fd/7", "7>>"), ("/dev/fd/1", ">>")]
)
def test_an_output_that_is_open_already_is_neither_emptied_nor_replaced(
    name: str, redirection: str, tmp_path: Path
) -> None:
    (tmp_path / "log").write_text("kept\n")
    command = f"'{sys.executable}' -m gradcli symbolic x -o {name} {redirection} log"
    subprocess.run(["bash", "-c", command], check=True, env=ENVIRONMENT, cwd=tmp_path)
    assert (tmp_path / "log").read_text() == "kept\nf = x\ndf_dx = 1\n"
    assert [path.name for path in tmp_path.iterdir()] == ["log"]


def test_an_output_that_is_not_open_is_an_error() -> None:
    code, out, err = run("symbolic", "x", "-o", "/dev/fd/987")
    assert (code, out, err) == (3, "", "error: '/dev/fd/987' cannot be written: Bad file descriptor\n")


# --- what ends a command ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "code"), [(RecursionError, 5), (MemoryError, 5), (KeyboardInterrupt, 130), (ValueError, 70)]
)
def test_whatever_happens_is_a_message(
    error: type[BaseException], code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(arguments: list[str]) -> int:
        raise error("broken")

    monkeypatch.setattr(main_module, "_run", fails)
    assert main(["symbolic", "x"]) == code
    shown = capsys.readouterr().err
    assert "Traceback" not in shown
    if code == 70:
        assert "internal error (this is a bug)" in shown


def test_an_internal_error_can_be_traced(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(arguments: list[str]) -> int:
        raise ValueError("broken")

    monkeypatch.setattr(main_module, "_run", fails)
    monkeypatch.setenv("GRADCLI_DEBUG", "1")
    with pytest.raises(ValueError, match="broken"):
        main([])


# --- in this process ---


def test_main_writes_where_python_prints(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"x^2")))
    assert main(["eval", "--at", "x=3"]) == 0
    assert capsys.readouterr().out == "x,f,df_dx\n3.0,9.0,6.0\n"


@pytest.mark.parametrize("name", ["nowhere/", "", "loop"])
def test_a_name_that_no_file_can_have_is_refused(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "loop").symlink_to("back")
    (tmp_path / "back").symlink_to("loop")
    assert main(["eval", "x^2", "--at", "x=1", "-o", name]) == 3
    assert f"'{name}' cannot be written" in capsys.readouterr().err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["back", "loop"]

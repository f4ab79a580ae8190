"""What holds for any input: an answer or one of our errors, in bounded time and memory, and nothing is run.

`fuzz/play.py` says what is wrong with how a command ended; `fuzz/fuzz.py` looks for inputs by coverage, and what it
found is here, by what it stands for.
"""

from __future__ import annotations

import importlib.util
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gradcli

HERE = Path(__file__).parent
ROOT = Path(gradcli.__file__).parents[1]
GRADCLI = [sys.executable, "-m", "gradcli"]
MEMORY = 2 << 30

pytestmark = pytest.mark.skipif(not hasattr(os, "memfd_create"), reason="streams in memory and limits are Linux's")


def _load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"gradcli_fuzz_{name}", HERE / "fuzz" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


inputs = _load("inputs")
play = _load("play").play


# --- any command line -----------------------------------------------------------------------------------------


@settings(max_examples=200)
@given(st.binary(max_size=150))
def test_any_command_ends_with_an_answer_or_an_error(data: bytes) -> None:
    command = inputs.command_of(data)
    assert play(*command, seconds=40).wrong is None, command


@pytest.mark.parametrize(
    "arguments",
    [
        ("equal", "(((((0.5)**(z))^(0.5))*(0))^(0))*(0)", "0"),
        ("equal", "0^x*0^0", "0^x"),
        ("equal", "besseli(polygamma(x - x, 2), 2)/2 + 2", "2", "--at", "x=0.1"),
        ("symbolic", "min(min(min(min(ellipk(0), -x), min(min(x, x), min(x, x))), min(ellipk(z - x), 0)), 0)"),
        ("compare", "x/0", "--at", "x=1"),
    ],
)
def test_what_the_fuzzer_found(arguments: tuple[str, ...]) -> None:
    assert play(arguments, seconds=50).wrong is None


# --- time and memory --------------------------------------------------------------------------------------------


def bounded(*arguments: str, stdin: str = "", seconds: int = 55) -> tuple[int, str, str]:
    """Exit code and streams of a process that has so much time and memory."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    result = subprocess.run(
        [*GRADCLI, *arguments],
        input=stdin.encode(),
        capture_output=True,
        timeout=seconds,
        env=environment,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY)),
    )
    return result.returncode, result.stdout.decode(), result.stderr.decode()


TOWER = "x + 9**9**9**9"
LOOP = "def f(x):\n    s = 0\n    for k in range(10**9):\n        s += x\n    return s"
ANSWERED = [
    ("eval", TOWER, "--at", "x=1"),
    ("eval", TOWER, "--at", "x=1", "--digits", "30"),
    ("eval", "exp(exp(exp(100*x)))", "--at", "x=1", "--digits", "30"),
    ("eval", "1e999999999*x", "--at", "x=1"),
    ("symbolic", "1e999999999*x^2"),
    ("symbolic", TOWER),
    ("symbolic", "x^(9**9**9)"),
    ("symbolic", "(x + 1)^(10^9)"),
    ("symbolic", "(10^8)!*x"),
    ("eval", "gamma(x)", "--at", "x=1e300", "--digits", "30"),
    ("eval", "gamma(x)", "--at", "x=1/3", "--digits", "100000"),
    ("eval", "zeta(x)", "--at", "x=1e300", "--digits", "30"),
    ("eval", "besselk(2, x)", "--at", "x=1e100"),
    ("eval", "besselj(x, x)", "--at", "x=1e300"),
    ("eval", "fresnels(x)", "--at", "x=1e300"),
    ("eval", "airybi(-x)", "--at", "x=1e300", "--digits", "30"),
    ("eval", "x^2", "--range", "x=0:1:#1e18", "--format", "npy", "-o", "/dev/null"),
    ("stencil", "--order", "1000000000"),
    ("stencil", "--accuracy", "100000"),
    ("eval", "exp(x)", "--at", "x=1", "--order", "1000"),
    ("eval", "exp(x*y)", "--at", "x=1,y=2", "--order", "1000"),
    ("eval", "exp(x)", "--at", "x=1", "--digits", "1000000000"),
    ("eval", "exp(x)", "--at", "x=1", "--backend", "fd", "--accuracy", "1000000000"),
    ("eval", "lambda x: sum(x)", "--size", "x=999999999", "--at", "x_0=1"),
    ("eval", LOOP, "--at", "x=1"),
    ("eval", "def f(x): return [x]*10**9", "--at", "x=1"),
    ("eval", "def f(x):\n    a = [x]\n    for k in range(60):\n        a = a + a\n    return a[0]", "--at", "x=1"),
    ("eval", "def f(x):\n    a = 2\n    for k in range(60):\n        a = a*a\n    return a*x", "--at", "x=1"),
]


@pytest.mark.parametrize("arguments", ANSWERED, ids=lambda arguments: " ".join(arguments)[:60])
def test_time_and_memory_are_bounded(arguments: tuple[str, ...]) -> None:
    code, _, err = bounded(*arguments)
    assert code in (0, 2, 5), err
    assert "than there is" not in err or "numbers take" in err  # a limit that was foreseen, not one that was hit


CERTIFIED = ["gamma(x)", "Ei(x)", "airyai(x)", "exp(-x)", "x^x", "erfc(x)", "polygamma(x, 3)"]


@pytest.mark.parametrize("text", CERTIFIED)
@pytest.mark.parametrize("x", ["1e5", "1e10", "1e300"])
def test_certified_numbers_with_very_many_places(text: str, x: str) -> None:
    pytest.importorskip("flint", reason='pip install "gradcli[certify]"')
    outcome = play(("eval", text, "--at", f"x={x}", "--certify"), seconds=40)
    assert outcome.wrong is None
    assert outcome.code in (0, 5)


LONG = {
    "parentheses": ("(" * 100_000 + "x" + ")" * 100_000, "1.0"),
    "calls": ("abs(" * 20_000 + "x" + ")" * 20_000, "1.0"),
    "minus": ("-" * 100_000 + "x", "1.0"),
    "bars": ("|" * 2_000 + "x" + "|" * 2_000, None),
    "digits": ("9" * 1_000_000 + "*x/1e999999", None),
    "places": ("0." + "3" * 1_000_000 + "*x", "0.3333333333333333"),
    "terms": ("+".join(["x"] * 100_000), "100000.0"),
    "open": ("[" * 100_000, None),
    "python": ("lambda x: " + "(" * 100_000 + "x" + ")" * 100_000, None),
}


@pytest.mark.parametrize("name", LONG)
def test_long_and_deep_texts(name: str) -> None:
    text, value = LONG[name]
    code, out, err = bounded("eval", "--at", "x=1", "--bare", "--columns", "f", stdin=text)
    assert code in ((0,) if value else (0, 2, 5)), err
    assert value is None or out.strip() == value
    assert len(err) < 1000


def test_a_million_digits_are_read_to_any_precision() -> None:
    code, out, err = bounded(
        "eval", "--at", "x=1", "--digits", "20", "--bare", "--columns", "f", stdin="1" * 1_000_000 + "*x"
    )
    assert (code, out.strip(), err) == (0, "1.1111111111111111111e+999999", "")


def test_a_billion_points_stream() -> None:
    """The first rows are there at once, and it ends quietly with its reader."""
    process = subprocess.Popen(
        [*GRADCLI, "eval", "x^2", "--range", "x=0:1:1e-9", "--columns", "x"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY)),
    )
    assert process.stdout is not None
    assert [process.stdout.readline() for _ in range(3)] == [b"x\n", b"0.0\n", b"1e-9\n"]
    process.stdout.close()
    assert process.wait(30) == 0
    assert process.stderr is not None
    assert process.stderr.read() == b""
    process.stderr.close()


# --- nothing is run -----------------------------------------------------------------------------------------------


PAYLOADS = [
    line
    for line in (HERE / "payloads.txt").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("# ")
]


@pytest.mark.parametrize("payload", PAYLOADS)
def test_payloads_are_inert(payload: str, tmp_path: Path) -> None:
    """As an expression, Python source, a value, a claim, the name of a column, a cell, a name: nothing is run."""
    canary = tmp_path / "canary"
    text = payload.format(canary=canary)
    function = f"def f(x):\n    return {text}\n"
    for command, file in [
        (("eval", text, "--at", "x=1"), ""),
        (("symbolic", text), ""),
        (("symbolic", f"lambda x: {text}"), ""),
        (("symbolic", "-f", "input.py"), function),
        (("symbolic", "-f", "input.py"), f"{text}\n{function}"),
        (("eval", "x", "--at", f"x={text}"), ""),
        (("eval", "x", "--at", "@input"), f"x={text}\n"),
        (("eval", "x", "--range", f"x=0:{text}:1"), ""),
        (("check", "x^2", "--grad", f"x={text}", "--at", "x=1"), ""),
        (("eval", "x", "--points", "input"), f'x,"{text}"\n1,2\n'),
        (("eval", "x", "--points", "input", "--on-error", "null"), f"x\n{text}\n"),
        (("eval", "x", "--points", "input", "--input-format", "ndjson"), f'{{"x":{text}}}\n'),
        (("eval", "x", "--at", "x=1", "--wrt", text), ""),
        (("eval", "x", "--at", "x=1", "--columns", text), ""),
        (("eval", text, "--size", f"{text}=3"), ""),
    ]:
        name = "input.py" if "input.py" in command else "input"
        outcome = play(command, file=file.encode(), seconds=40, name=name)
        assert outcome.wrong is None, (command, outcome)
        assert not canary.exists()


def test_the_watch_sees_what_is_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests above can fail: were a text run, or a file written, it would be said."""
    watching = sys.modules["gradcli_fuzz_play"]
    monkeypatch.setattr(watching, "main", lambda _: eval("__import__('os').system('true')"))
    assert play(("eval", "x")).wrong[0] == "a deed that nobody asked for"
    monkeypatch.setattr(watching, "main", lambda _: len(Path("other").write_bytes(b"x").to_bytes(1, "big")) - 1)
    assert play(("eval", "x")).wrong[0] == "a file that nobody asked for"
    monkeypatch.setattr(watching, "main", lambda _: print("\x1b[2J") or 0)
    assert play(("eval", "x")).wrong[0] == "stdout has characters that act"


# --- what a terminal would obey -------------------------------------------------------------------------------------


ACTING = {
    "escape": "\x1b[2Jx",
    "bidi": "x\u202ey",
    "isolate": "x\u2066y",
    "return": "x\ry",
    "bell": "x\ay",
    "c1": "x\x9by",
}


@pytest.mark.parametrize("name", ACTING)
@pytest.mark.parametrize("form", ["table", "plain", "csv", "json", "ndjson"])
def test_characters_that_act_are_escaped(name: str, form: str) -> None:
    """In expressions, names of files, columns and options, cells, Python source; in every format."""
    text = ACTING[name]
    quoted = text.replace("\x1b", "\\u001b").replace("\r", "\\r").replace("\a", "\\u0007")
    for command, file in [
        (("eval", text, "--at", "x=1", "--format", form), ""),
        (("eval", f"x + {text}", "--at", f"{text}=1", "--format", form), ""),
        (("eval", "-f", text, "--at", "x=1", "--format", form), ""),
        (("eval", "x", "--at", "x=1", "--format", text), ""),
        (("eval", "x", "--at", "x=1", f"--{text}", form), ""),
        ((text, "x", form), ""),
        (("eval", "-f", "input", "--at", "x=1", "--format", form), f"def f(x):\n    return '{text}'\n"),
        (("eval", "-f", "input", "--at", "x=1", "--format", form), f"def f(x):\n    # {text}\n    return x + {text}\n"),
        (("eval", "y", "--points", "input", "--input-format", "csv", "--format", form), f'"{text}",x\n1,2\n'),
        (("eval", "x", "--points", "input", "--input-format", "csv", "--format", form), f'x\n"{text}"\n'),
        (("eval", "y", "--points", "input", "--input-format", "ndjson", "--format", form), f'{{"{quoted}":1}}\n'),
    ]:
        outcome = play(command, file=file.encode(), seconds=40)
        assert outcome.wrong is None, (command, outcome)


@pytest.mark.parametrize("text", ACTING.values(), ids=ACTING)
@pytest.mark.parametrize("form", ["table", "plain", "markdown"])
def test_names_of_columns_are_escaped_where_people_read(text: str, form: str) -> None:
    """Tables of rows go on as they are."""
    file = f'"{text}",x\n1,2\n2,3\n4,4\n'.encode()
    for command in [
        ("sampled", "input", "--value", text, "--by", "x"),
        ("eval", "x^2", "--points", "input", "--input-format", "csv"),
    ]:
        outcome = play((*command, "--format", form), file=file, seconds=40)
        assert (outcome.wrong, outcome.code) == (None, 0), (command, outcome)


@pytest.mark.parametrize("name", ["[red]", "[/]", "[bold]x[/bold]", "[link=http://a]b[/link]", ":warning:"])
def test_markup_is_no_markup(name: str) -> None:
    """Names of columns stand in tables as they are."""
    outcome = play(("eval", "x^2", "--points", "input", "--format", "table"), file=f'"{name}",x\n7,3\n'.encode())
    assert outcome.wrong is None
    assert name in outcome.out.decode()


@pytest.mark.parametrize(("text", "note"), [("x +\u200b1", "invisible"), ("х + 1", "х"), ("ｘ + 1", "ｘ")])
def test_letters_that_look_like_others_are_noted(text: str, note: str) -> None:
    outcome = play(("symbolic", text))
    assert outcome.wrong is None
    assert note in outcome.err.decode() or f"\\u{ord(note[0]):04x}" in outcome.err.decode()


# --- files, disks, signals, readers ----------------------------------------------------------------------------------


def start(*arguments: str, folder: Path, **streams: object) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "HOME": str(folder), "XDG_CACHE_HOME": str(folder / "cache")}
    return subprocess.Popen([*GRADCLI, *arguments], cwd=folder, env=environment, **streams)  # type: ignore[call-overload]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("eval", "x^2", "--at", "x=1"), 0),
        (("symbolic", "sin(x)"), 0),
        (("check", "x^2", "--grad", "x=2*x"), 0),
        (("compare", "x^2", "--at", "x=1"), 0),
        (("eval", "x^2", "--points", "points.csv", "--workers", "2", "--format", "ndjson"), 0),
        (("sampled", "points.csv", "--value", "y", "--by", "x"), 0),
        (("eval", "x^2 +", "--at", "x=1"), 2),
        (("eval", "model.py", "--at", "x=1"), 0),
    ],
)
def test_no_file_is_written(arguments: tuple[str, ...], code: int, tmp_path: Path) -> None:
    """Not where it runs, and not at home."""
    (tmp_path / "points.csv").write_text("x,y\n1,1\n2,4\n3,9\n")
    (tmp_path / "model.py").write_text("def f(x):\n    return x**2\n")
    before = sorted(tmp_path.rglob("*"))
    process = start(*arguments, folder=tmp_path, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL)  # fmt: skip
    assert process.wait(60) == code
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_a_killed_process_keeps_complete_rows_and_leaves_no_file(how: signal.Signals, tmp_path: Path) -> None:
    process = start("eval", "x^2", "--range", "x=0:1:1e-9", "-o", "out.csv", folder=tmp_path, stderr=subprocess.DEVNULL)
    partial = tmp_path / "out.csv.partial"
    deadline = time.monotonic() + 50
    while not (partial.exists() and partial.stat().st_size > 200_000) and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(how)
    assert process.wait(20) == -how
    assert not (tmp_path / "out.csv").exists()
    lines = partial.read_bytes().split(b"\n")
    assert lines[0] == b"x,f,df_dx"
    assert len(lines) > 1000
    assert all(line.count(b",") == 2 for line in lines[:-1])  # a signal may cut the write of the last


def test_a_full_disk_keeps_what_was_complete(tmp_path: Path) -> None:
    """A limit on the size of files ends writing as a full disk does: in the midst of a block."""
    limit = 300_000
    process = start(
        "eval", "x^2", "--range", "x=0:1:1e-6", "-o", "out.csv", folder=tmp_path, stderr=subprocess.PIPE,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
    )  # fmt: skip
    _, err = process.communicate(timeout=50)
    assert process.returncode == 3
    assert b"error: 'out.csv' cannot be written" in err
    assert not (tmp_path / "out.csv").exists()
    lines = (tmp_path / "out.csv.partial").read_bytes().split(b"\n")
    assert len(lines) > 1000
    assert lines[-1] == b"", "the last row is complete"


@pytest.mark.parametrize("format", ["npy", "npz", "parquet"])
def test_a_full_disk_leaves_no_half_of_a_file_that_is_no_text(format: str, tmp_path: Path) -> None:
    if format == "parquet":
        pytest.importorskip("pyarrow")
    (tmp_path / f"out.{format}").write_bytes(b"kept")
    process = start(
        "eval", "x^2", "--range", "x=0:1:1e-5", "-o", f"out.{format}", folder=tmp_path, stderr=subprocess.PIPE,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000)),
    )  # fmt: skip
    _, err = process.communicate(timeout=50)
    assert (process.returncode, b"cannot be written" in err, b".partial" in err) == (3, True, False)
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"kept"]


@pytest.mark.parametrize("start_of_table", [b"a," * (1 << 24), b"a" * (1 << 25)])
def test_a_first_line_without_end(start_of_table: bytes, tmp_path: Path) -> None:
    (tmp_path / "long.csv").write_bytes(start_of_table + b"\n1,2\n")
    process = start("eval", "a", "--points", "long.csv", folder=tmp_path, stderr=subprocess.PIPE)
    _, err = process.communicate(timeout=50)
    assert process.returncode == 3
    assert b"error: 'long.csv' has a first line of more than 16,777,216 bytes" in err


@pytest.mark.parametrize("text", ["(" * 30_000_000, "x\n" * 15_000_000, "-" * 30_000_000 + "x", "1" * 30_000_000])
def test_a_text_without_end(text: str, tmp_path: Path) -> None:
    (tmp_path / "long.txt").write_text(text)
    process = start("symbolic", "-f", "long.txt", folder=tmp_path, stderr=subprocess.PIPE)
    _, err = process.communicate(timeout=50)
    assert process.returncode == 5
    assert b"characters; at most 20,000,000 are read" in err


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no /dev/full")
@pytest.mark.parametrize("arguments", [("eval", "x", "--at", "x=1"), ("symbolic", "x^2"), ("help", "syntax")])
def test_a_full_standard_output(arguments: tuple[str, ...], tmp_path: Path) -> None:
    with open("/dev/full", "wb") as full:
        process = start(*arguments, folder=tmp_path, stdout=full, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL)
        _, err = process.communicate(timeout=50)
    assert process.returncode == 3
    assert err == b"error: reading or writing failed: No space left on device\n"


@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-", "<&-", "<&- >&- 2>&-"])
@pytest.mark.parametrize("text", ["x^2", "x^2 +"])
def test_closed_streams(closed: str, text: str, tmp_path: Path) -> None:
    """What is closed from the start is no reason for a crash, nor to answer with success what nobody got."""
    shell = f"exec {sys.executable} -m gradcli eval '{text}' --at x=3 --bare {closed}"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    result = subprocess.run(["sh", "-c", shell], capture_output=True, env=environment, timeout=50, cwd=tmp_path)
    lost = ">&-" in closed.replace("2>&-", "")
    assert result.returncode == (2 if text.endswith("+") else 3 if lost else 0)
    assert b"Traceback" not in result.stderr
    assert result.stdout == (b"" if lost or text.endswith("+") else b"9.0\t6.0\n")

"""From bytes to a command line: what the fuzzer mutates is bytes, what gradcli gets is nearly always almost right.

Every byte picks a token, an option or a value from a table, so that a mutation of a byte is a mutation of the grammar;
raw bytes are passed on where a file's content or a text of any kind is wanted.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import NamedTuple

from gradcli.cli.main import COMMANDS as ENTRIES
from gradcli.operations import CONSTANTS, FUNCTIONS, OPERATIONS

STDIN, FILE = "-", "input"


class Command(NamedTuple):
    """A command line, what it reads on standard input, and what a file beside it holds."""

    arguments: tuple[str, ...]
    stdin: bytes = b""
    file: bytes = b""


NUMBERS = (
    "0", "1", "2", "3", "0.5", "1e-8", "1e300", "1e-320", "1e400", "-0.0", "inf", "nan", "1_000", "007", "0x1f",
    "9**9**9**9", "10^1000000", "1" * 400, "1e999999999", "0." + "3" * 60, "pi", "e", "-1", "1/3", "max(1,2)", "1e16",
)  # fmt: skip
SIGNS = (
    " ", "+", "-", "*", "/", "//", "%", "^", "**", "(", ")", "[", "]", "{", "}", "|", "!", ",", ";", "\n", "=", "==",
    "!=", "<", "<=", ">", ">=", " and ", " or ", " not ", " if ", " else ", "where(", "max(", "min(", "clip(", "mod(",
    "x", "y", "z", "q", "x_1", "β", "f", "f(x) = ", "f(x, y) = ", "g = ", "df_dx = ", "d2f_dx_dy = ", "t1", "#", ".",
    "²", "√", "π", "×", "−", "½", "'", '"', "\\", "@", "$", "`", ":", "?", "\u200b", "\u202e", "\x1b[31m", "\x00",
    "\r", "\udcff", "ｓ", "é", "∂", "∞", "np.", "math.", "__import__('os').system('id')", ".__class__",
)  # fmt: skip
PYTHON = (
    "def f(x, y):\n    ", "def g(x):\n    ", "lambda x, y: ", "return ", "return x", "\n    ", "\n        ",
    "for k in range(", "for k in range(3):\n        ", "for k in range(10**9):\n        ", "while ", "if ", "elif ",
    "else:", "):\n        ", ":\n        ", "s = 0", "s += ", "s -= ", "s *= ", "s", "k", "x", "y", "x[0]", "x[1:]",
    "x[::-1]", "[", "]", "(", ")", "{", "}", ", ", " = ", " + ", " - ", "*", "/", "**", "@", " < ", " == ", " in ",
    "0", "1", "2", "3", "0.5", "-1", "10**9", "10**400", "[x, y]", "(x, y)", "{'a': x}", "[k*x for k in range(3)]",
    "sum(", "len(", "zip(", "enumerate(", "range(", "abs(", "max(", "min(", "sorted(", "reversed(", "float(", "int(",
    "round(", "map(lambda t: t*t, ", "math.sin(", "np.exp(", "np.array(", "np.dot(", "np.sum(", "np.zeros(",
    "np.arange(", "np.linspace(", "np.where(", "np.ones((2, 2))", "np.eye(3)", ".T", ".sum()", ".shape", ".append(",
    "import math\n", "import numpy as np\n", "from math import *\n", "import os\n", "global s", "pass", "break",
    "continue", "yield x", "await x", "assert x", "raise ValueError", "print(x)", "try:", "with open('c') as h:",
    "del s", "s: int = 0", "(t := x)", "*", "**", "f'{x}'", "'text'", "None", "True", "not ", " and ", " or ",
    " if x > 0 else ", "class A:\n    ", "@np.vectorize\n", "# comment\n", "f(x - 1)", "g(x)", "eval('x')",
    "getattr(x, 'y')", "x.__class__", "__import__('os')", "s.copy()", "np.linalg.norm(", "1j", "b''", "...",
)  # fmt: skip
CELLS = (
    "1", "2.5", "-0", "1e400", "nan", "NaN", "inf", "-inf", "null", "", " ", "abc", '"a"', '"a""b"', '"', "'", "1,5",
    "1_0", "0x1", "١", "\x00", "\x1b[2J", "\u202e", "x", "y", "x,y", "x,y\n1,2\n", "\n", "\r\n", "\r", ",", "\t", ";",
    '{"x":1,"y":2}', '{"x":', "{", "}", "[", "]", ":", '"x"', '"y"', "true", "false", '{"x":{"y":1}}', '{"x":1,"x":2}',
    "9" * 400, "1" + "0" * 5000, "0." + "1" * 300, "\ufeff", "=1+1", "__import__('os').system('id')", "[red]", "#",
)  # fmt: skip
POINTS = (
    "x=1", "y=2", "z=3", "q=1", "x_1=1", "β=1", "x=0", "x=-1", "x=1e300", "x=pi/4", "x=", "=1", "x", "x=[1,2]",
    "y=[0,0]", "x=[2,1]", ",", ",,", "x=1/0", "x=nan", "x=inf", "x=9**9**9", "x=10^400", "@input", "@nowhere", "e=1",
    "x=max(1,2)", "x=(1", "x=0.1", "x=1e-300", "x=y", "x=2!", "x=170!", "x=1e999999", "#", "\n", " ", "x=-", "x=--1",
)  # fmt: skip
RANGES = (
    "x=", "y=", "0", "1", "-1", ":", "#", "#3", "#0", "#-1", "#2.5", "1e-3", "1e-300", "0.5", "pi/4",
    "inf", "nan", "x=0:1:#3", "y=0:1:0.5", "x=0:1e4:1", "x=0:1:#1", "x=1:0:-0.25", " ", ",", "x", "2", "10",
)  # fmt: skip
OPTIONS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("--wrt", ("x", "y", "x,y", "q", "", ",", "x,x", "nosuch", "\x1b")),
    ("--order", ("1", "2", "3", "7", "1000", "0", "-1", "1e9", "x")),
    ("--hessian", ()),
    ("--partial", ("x", "x,y", "y,x", "x,x,x", "", "nosuch", "x,x,x,x,x,x,x,x")),
    ("--along", ("x=1", "x=1,y=2", "x=0", "x=1/2,y=-1", "x", "q=1", "x=1e300")),
    ("--laplacian", ()), ("--divergence", ()), ("--curl", ()), ("--sparsity", ()), ("--errors", ()),
    ("--subgradient", ()), ("--certify", ()), ("--strict", ()), ("--status", ()), ("--bare", ()), ("--verbose", ()),
    ("--no-prove", ()),
    ("--digits", ("1", "5", "16", "30", "100", "0", "1000000000", "x")),
    ("--backend", ("ad", "sym", "fd", "grid", "autodiff", "symbolic", "finite-difference", "nosuch", "ad,sym", "")),
    ("--mode", ("auto", "reverse", "forward", "no")),
    ("--scheme", ("auto", "complex", "central", "forward", "backward")),
    ("--step", ("1e-3", "0", "-1", "1e400", "nan", "1e-300")),
    ("--accuracy", ("1", "2", "4", "8", "1000")),
    ("--edge-order", ("1", "2")),
    ("--simplify", ("none", "light", "full")),
    ("--share", ("auto", "always", "never")),
    ("--format", ("table", "plain", "csv", "tsv", "json", "ndjson", "markdown", "latex", "npy", "npz", "nosuch")),
    ("--columns", ("f", "df_dx", "x", "f,df_dx", "", "nosuch", "x,x")),
    ("--round", ("1", "3", "17", "0")),
    ("--color", ("auto", "always", "never")),
    ("--rename", ("x=y", "q=x", "=", "x", "x=x,y=y")),
    ("--on-error", ("fail", "null", "skip")),
    ("--input-format", ("csv", "tsv", "ndjson", "npy", "npz", "parquet", "arrow")),
    ("--size", ("x=2", "x=3,y=2", "x=0", "x=999999999", "x")),
    ("--grad", ("x=y", "x=1", "y=x", "f", "x=", "(y, x)", "x=2*x")),
    ("--at", POINTS),
    ("--range", RANGES),
    ("--tolerance", ("0", "1e-9", "1", "2")),
    ("--output", ("out.csv", "out.json", "out.npz", "out", "-", "nowhere/out", "/dev/null")),
    ("--axis", ("0", "1", "-1", "9", "x")),
    ("--spacing", ("1", "0", "x", "0.1,0.2")),
    ("--by", ("x", "y", "1", "x,y")),
    ("--value", ("x", "y", "x,y", "")),
    ("--group", ("x", "y")),
    ("--name", ("x", "arr_0")),
    ("--periodic", ("0", "0=1", "x", "x=2")),
    ("--up-to-constant", ()),
    ("--offsets", ("-1,0,1", "0,1,2,3", "0", "0,0", "1e9,2", "x")),
    ("--help", ()),
    ("--nosuch", ()),
    ("--", ()),
)  # fmt: skip
COMMANDS = ("eval", "symbolic", "check", "compare", "equal", "sampled", "stencil", "functions", "backends", "help")
CALLED = [row for row in OPERATIONS.values() if not row.precedence and row.arity != 0 and row.kind == "real"]
EXPRESSION = (*SIGNS, *NUMBERS, *(f"{name}(" for name in FUNCTIONS), *CONSTANTS)


class Bytes:
    """Bytes that are used up as choices; where none are left, every choice is the first."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.position = 0

    def left(self) -> int:
        return len(self.data) - self.position

    def byte(self) -> int:
        self.position += 1
        return self.data[self.position - 1] if self.position <= len(self.data) else 0

    def choice(self, options: Sequence[str]) -> str:
        number = self.byte()
        if len(options) > 256:
            number = number * 256 + self.byte()
        return options[number % len(options)]

    def text(self, tokens: Sequence[str], most: int = 40) -> str:
        """Tokens one after the other; of each text some bytes say how many."""
        return "".join(self.choice(tokens) for _ in range(min(self.byte() % (most + 1), self.left())))

    def formula(self, depth: int = 5) -> str:
        """A formula that can be read, coded from the outside in; some tokens are still any."""
        number = self.byte()
        if depth == 0 or self.left() <= 0 or number < 70:
            return ("x", "y", "z", "0.5", "2", "(-x)", "pi")[number % 7] if number % 9 else self.choice(NUMBERS)
        if number < 140:
            sign = ("+", "-", "*", "/", "^", "**", "%", "//", " - ", "/", "^")[number % 11]
            return f"({self.formula(depth - 1)}){sign}({self.formula(depth - 1)})"
        if number < 240:
            row = CALLED[(number * 256 + self.byte()) % len(CALLED)]
            count = row.arity if row.arity is not None else 2 + number % 2
            kinds = row.argument_kinds(count)
            arguments = (self.formula(depth - 1) if kind == "real" else self.condition(depth - 1) for kind in kinds)
            return f"{row.spelling or row.name}({', '.join(arguments)})"
        if number < 250:
            return f"|{self.formula(depth - 1)}|" if number % 2 else f"({self.formula(depth - 1)})!"
        return self.choice(EXPRESSION)

    def condition(self, depth: int) -> str:
        sign = ("<", "<=", "==", "!=", ">", ">= 0 and x <")[self.byte() % 6]
        return f"{self.formula(depth)} {sign} {self.formula(depth)}"

    def expression(self, most: int = 40) -> str:
        """A formula, two with names, or any tokens."""
        number = self.byte() % 8
        if number < 5:
            return self.formula()
        return f"u = {self.formula(3)}; v = {self.formula(3)}" if number == 5 else self.text(EXPRESSION, most)

    def rest(self) -> bytes:
        found = self.data[self.position :]
        self.position = len(self.data)
        return found


def command_of(data: bytes) -> Command:
    """The command line that bytes stand for; no argument can hold a null character."""
    source = Bytes(data)
    command = KINDS[source.byte() % len(KINDS)](source)
    return command._replace(arguments=tuple(text.replace("\0", "") for text in command.arguments))


def _formula(source: Bytes) -> Command:
    """An expression at a point: `eval` or `symbolic`."""
    first = source.byte()
    text = source.expression()
    if first % 4 == 0:
        return Command(("symbolic", text))
    given = ("x=0.5,y=2,z=3,q=1", "x=0,y=0", "x=1", "x=1e200,y=1e-200,z=-1")[first // 4 % 4]
    return Command(("eval", text, "--at", given, *_options(source, 2, "eval")))


def _any_text(source: Bytes) -> Command:
    """An expression of any characters."""
    return Command(("eval", "-", "--at", "x=1"), stdin=source.rest())


def _python(source: Bytes) -> Command:
    head = ("def f(x, y):\n    ", "def f(x):\n    s = 0\n    ", "", "import numpy as np\n", "lambda x: ")[
        source.byte() % 5
    ]
    text = head + source.text(PYTHON, 60)
    point = ("--at", "x=0.5,y=2") if source.byte() % 2 else ("--size", "x=3", "--at", "x_0=1,x_1=2,x_2=3")
    return Command(("eval", "-", *point), stdin=text.encode("utf-8", "surrogatepass"))


def _table(source: Bytes) -> Command:
    """A table, of cells or of any bytes, in a file or on standard input."""
    form = ("csv", "tsv", "ndjson", "npy", "npz", "parquet", "arrow", "")[source.byte() % 8]
    kind = source.byte()
    options = _options(source, 2, "eval")
    head = (b"x,y\n", b'{"x":1,"y":2}\n', b"x\ty\n", b"")[kind // 4 % 4]
    content = head + (
        source.rest() if kind % 2 else source.text(CELLS, 60).encode("utf-8", "surrogatepass")
    )  # fmt: skip
    asked = ("--input-format", form) if form else ()
    if kind // 2 % 2:
        return Command(("eval", "x*y + log(x)", "--points", FILE, *asked, *options), file=content)
    return Command(("eval", "x*y + log(x)", "--points", STDIN, *asked, *options), stdin=content)


def _place(source: Bytes) -> Command:
    given = ("--at", source.text(POINTS, 6)) if source.byte() % 2 else ("--range", source.text(RANGES, 8))
    return Command(
        ("eval", ("x^2", "x*y", "log(x)", "abs(x)+y")[source.byte() % 4], *given, *_options(source, 3, "eval"))
    )


def _command(source: Bytes) -> Command:
    """Any command with any options."""
    name = source.choice(COMMANDS)
    count = 2 if name == "equal" else source.byte() % 3
    texts = [source.expression(12) for _ in range(count)]
    options = _options(source, 6, name)
    return Command((name, *texts, *options), stdin=source.rest())


def _sampled(source: Bytes) -> Command:
    kind = source.byte()
    options = _options(source, 4, "sampled")
    content = source.rest() if kind % 2 else source.text(CELLS, 40).encode("utf-8", "surrogatepass")
    return Command(("sampled", FILE if kind % 3 else STDIN, *options), stdin=content, file=content)


def _options(source: Bytes, most: int, command: str) -> tuple[str, ...]:
    """Options with values; nearly always those that the command has."""
    own = OPTIONS_OF[command]
    found: list[str] = []
    for _ in range(source.byte() % (most + 1)):
        number = source.byte()
        name, values = own[number % len(own)] if number < 250 else OPTIONS[source.byte() % len(OPTIONS)]
        found += [name, source.choice(values)] if values else [name]
    return tuple(found)


def _own_options(command: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The options that a command has."""
    parameters = import_module(ENTRIES[command].module).command.params
    names = {name for parameter in parameters for name in parameter.opts}
    return tuple(entry for entry in OPTIONS if entry[0] in names) or OPTIONS


OPTIONS_OF = {name: _own_options(name) for name in COMMANDS}
KINDS = (_formula, _formula, _python, _command, _table, _place, _sampled, _any_text)

"""The options that commands share: each group is a decorator that yields one object."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import click

from gradcli.backends import ALIASES, backend_names
from gradcli.cli.candidates import files, listed, renaming, values, variables, words, written
from gradcli.cli.group import collected, option
from gradcli.errors import UsageError
from gradcli.tables import INPUT_FORMATS, ON_ERROR
from gradcli.written_points import read_direction

MAX_DIGITS = 100_000
_LONGEST_SIZE = 12  # digits of a --size, beyond any limit

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

_INPUT, _WHAT = "What is read", "What to derive"
_WHERE, OUTPUT = "Where to evaluate (gradcli help syntax)", "Output (gradcli help output)"


class InputOptions(NamedTuple):
    """Where the expression comes from."""

    expression: tuple[str, ...]
    file: str | None
    size: tuple[str, ...]

    @property
    def sizes(self) -> dict[str, int]:
        """The lengths of `--size`, by the names of vectors.

        Raises:
            UsageError: one cannot be read, or a name is given twice.
        """
        found: dict[str, int] = {}
        for pair in (pair for text in self.size for pair in split_names(text, "--size")):
            name, _, count = (part.strip() for part in pair.partition("="))
            count = count.lstrip("0")[:_LONGEST_SIZE] if count.isascii() and count.isdigit() else ""
            if not (name and count):
                raise UsageError(f"--size '{pair}' is no name with a number of elements", hint="write: --size x=5")
            if name in found:
                raise UsageError(f"--size gives '{name}' twice")
            found[name] = int(count)
        return found


class DerivativeOptions(NamedTuple):
    """What is to be derived."""

    wrt: str | None
    order: int | None
    hessian: bool
    partial: tuple[str, ...]
    along: str | None
    laplacian: bool
    divergence: bool
    curl: bool
    sparsity: bool = False

    @property
    def variables(self) -> tuple[str, ...] | None:
        """The variables of `--wrt`; `None`: all."""
        return None if self.wrt is None else split_names(self.wrt, "--wrt")

    @property
    def partials(self) -> tuple[tuple[str, ...], ...]:
        """The multi-indices of `--partial`."""
        return tuple(split_names(text, "--partial") for text in self.partial)

    def asked(self) -> dict[str, Any]:
        """The arguments of `engine.wanted`."""
        asked = self._asdict()
        del asked["sparsity"]
        direction = None if self.along is None else read_direction(self.along)
        return asked | {"wrt": self.variables, "partial": self.partials, "along": direction}

    def has_kind(self) -> bool:
        """Whether a kind of derivative is named that is not a mere order."""
        return any((self.hessian, self.partial, self.along, self.laplacian, self.divergence, self.curl))

    def named(self) -> set[str]:
        """The names that must be variables, whatever else they could mean."""
        names = {*(self.variables or ()), *(name for by in self.partials for name in by)}
        return names.union(() if self.along is None else read_direction(self.along))


class PointOptions(NamedTuple):
    """Where to evaluate."""

    at: tuple[str, ...]
    range: tuple[str, ...]


class TableOptions(NamedTuple):
    """Which table to evaluate over, and how to read it."""

    points: tuple[str, ...]
    input_format: str | None
    rename: tuple[str, ...]
    on_error: str
    workers: int | None

    def renamed(self) -> dict[str, str]:
        """Column to variable.

        Raises:
            UsageError: a pair cannot be read, or a column or variable has two.
        """
        pairs: dict[str, str] = {}
        for text in self.rename:
            for part in split_names(text, "--rename"):
                column, sign, variable = part.rpartition("=")
                if not sign or not column.strip() or not variable.strip():
                    raise UsageError(f"'{part}' is no pair of a column and a variable", hint="write: --rename column=x")
                if column.strip() in pairs or variable.strip() in pairs.values():
                    raise UsageError(f"--rename gives '{part}' besides another", hint="a column has one variable")
                pairs[column.strip()] = variable.strip()
        return pairs

    def given(self) -> list[str]:
        """The options that were given although they mean nothing without `--points`."""
        named = {"--input-format": self.input_format, "--rename": self.rename, "--workers": self.workers}
        named["--on-error"] = None if self.on_error == "fail" else self.on_error
        return [name for name, value in named.items() if value]


class PrecisionOptions(NamedTuple):
    """How precise, and what is told of it."""

    digits: int | None
    errors: bool
    subgradient: bool
    certify: bool


class BackendOptions(NamedTuple):
    """Which backend, and the options of each."""

    backend: str | None
    mode: str | None
    scheme: str | None
    step: float | None
    accuracy: int | None
    edge_order: int | None
    simplify: str | None


class FormulaBackendOptions(NamedTuple):
    """Which backend that gives formulas, and the options of each."""

    backend: str | None
    simplify: str | None
    mode: str | None


class OutputOptions(NamedTuple):
    """How and where to write."""

    format: str | None
    bare: bool
    columns: tuple[str, ...]
    round: int | None
    status: bool
    color: str
    output: str | None


class TrustOptions(NamedTuple):
    """What counts as the same, and as shown."""

    no_prove: bool
    tolerance: float | None


class FormulaOutputOptions(NamedTuple):
    """How and where to write formulas."""

    share: str
    format: str | None
    bare: bool
    columns: tuple[str, ...]
    color: str
    output: str | None


class ListOptions(NamedTuple):
    """How and where to write a list."""

    format: str | None
    color: str
    output: str | None


def split_names(text: str, name: str) -> tuple[str, ...]:
    """Names that commas separate, in their composed form; one that has a comma itself stands in quotes, as in CSV.

    Raises:
        UsageError: one is empty.
    """
    names = tuple(part.strip() for part in (_split_quoted(text) if '"' in text else text.split(",")))
    if not all(names):
        raise UsageError(f"{name} has an empty name: '{text}'", hint=f"write: {name} x,y")
    if text.isascii():
        return names
    from unicodedata import normalize

    return tuple(normalize("NFC", part) for part in names)


def _split_quoted(text: str) -> list[str]:
    import csv

    try:
        return next(csv.reader([text], skipinitialspace=True))
    except csv.Error:  # a line's end outside of quotes
        return text.split(",")


input_options = collected(
    "source",
    InputOptions,
    click.argument("expression", nargs=-1, metavar="[EXPR]", shell_complete=files),
    option(
        "-f", "--file", metavar="PATH", section=_INPUT, shell_complete=files,
        help="Read the expression from a file ('-': stdin).",
    ),
    option(
        "--size", multiple=True, metavar="x=5", section=_INPUT,
        help="A vector x of a Python function: x_0, x_1, ..., x_4.",
    ),
)  # fmt: skip

_DERIVATIVES = (
    option(
        "-w",
        "--wrt",
        "--vars",
        "wrt",
        metavar="x,y",
        multiple=True,
        callback=lambda context, parameter, given: ",".join(given) if given else None,
        hidden_alias="--vars",
        section=_WHAT,
        shell_complete=listed(variables),
        help="The variables to derive by [default: all].",
    ),
    option("--order", type=click.IntRange(1), metavar="N", section=_WHAT, help="All partials of the orders 1..N."),
    option("--hessian", is_flag=True, section=_WHAT, help="First and second partials; as --order 2."),
    option(
        "--partial", multiple=True, metavar="x,x,y", section=_WHAT, shell_complete=listed(variables, again=True),
        help="This partial, here by x, x and y; repeatable.",
    ),
    option(
        "--along", metavar="x=1,y=2", section=_WHAT, shell_complete=listed(variables, "="),
        help="The derivative along a direction, not normalised.",
    ),
    option("--laplacian", is_flag=True, section=_WHAT, help="The sum of the second partials by each variable."),
    option("--divergence", is_flag=True, section=_WHAT, help="Of as many outputs as variables, paired in order."),
    option("--curl", is_flag=True, section=_WHAT, help="Of two outputs by two variables, or three by three."),
)  # fmt: skip
_SPARSITY = option("--sparsity", is_flag=True, section=_WHAT, help="Only which partials there are, without a point.")

derivative_options = collected("what", DerivativeOptions, *_DERIVATIVES, _SPARSITY)
curve_options = collected("what", DerivativeOptions, *_DERIVATIVES)
compare_options = collected(  # which says by itself why there is no --sparsity
    "what", DerivativeOptions, *_DERIVATIVES, option("--sparsity", is_flag=True, hidden=True, section=_WHAT)
)


def _places(at: str, pair: str, ranges: str) -> Decorator:
    """Adds `--at` and `--range` with what is said of them."""
    return collected(
        "where", PointOptions,
        option("--at", multiple=True, metavar="x=1,y=2", section=_WHERE, shell_complete=values, help=at),
        option(
            "--range", multiple=True, metavar=pair, section=_WHERE, shell_complete=listed(variables, "="), help=ranges,
        ),
    )  # fmt: skip


point_options = _places(
    "A point; '@FILE' reads it; repeatable.", "x=0:1:0.1", "START:STOP:STEP, or START:STOP:#COUNT with its end."
)
span_options = _places(
    "The other variables; '@FILE' reads them.", "x=0:1", "START:STOP, which there must be; two draw a field."
)


table_options = collected(
    "rows",
    TableOptions,
    option(
        "--points", multiple=True, metavar="FILE", section=_WHERE, shell_complete=files,
        help="Every row of a table; '-' is standard input.",
    ),
    option(
        "--input-format", type=click.Choice(INPUT_FORMATS), metavar="FORMAT", section=_WHERE,
        help=f"{', '.join(INPUT_FORMATS)}.",
    ),
    option(
        "--rename", multiple=True, metavar="col=x", section=_WHERE, shell_complete=renaming,
        help="The column that a variable is read from.",
    ),
    option(
        "--on-error", type=click.Choice(ON_ERROR), default="fail", metavar="WHAT", section=_WHERE,
        help="A bad row of it: fail, null (empty results), skip.",
    ),
    option(
        "--workers", type=click.IntRange(1), metavar="N", section=_WHERE,
        help="So many processes for it [default: one a processor].",
    ),
)  # fmt: skip


_PRECISION = "How precise"

precision_options = collected(
    "precision",
    PrecisionOptions,
    option(
        "--digits", type=click.IntRange(1, MAX_DIGITS), metavar="N", section=_PRECISION,
        help="Compute and print N significant digits.",
    ),
    option("--errors", is_flag=True, section=_PRECISION, help="A column with the bound of each number's error."),
    option(
        "--subgradient", is_flag=True, section=_PRECISION,
        help="Columns with the lowest and highest slope, at kinks.",
    ),
    option(
        "--certify", is_flag=True, section=_PRECISION,
        help="Only digits that are proved; of a box, an enclosure.",
    ),
)  # fmt: skip


trust_options = collected(
    "trust",
    TrustOptions,
    option("--no-prove", is_flag=True, section=_PRECISION, help="Test only, which is faster."),
    option(
        "--tolerance", type=click.FloatRange(0, 1), metavar="T", section=_PRECISION,
        help="Numbers agree that differ by no more, relatively [default: what rounding explains].",
    ),
)  # fmt: skip


def backend_words() -> dict[str, str]:
    """The backends and their short names, for completion."""
    return {**dict.fromkeys(backend_names(), ""), **ALIASES}


def own_options(how: BackendOptions | FormulaBackendOptions) -> dict[str, Any]:
    """The backends' options that were given, by name."""
    return {name: value for name, value in how._asdict().items() if name != "backend" and value is not None}


_BACKEND = "Backend, and what each can be told"


def _backend(names: Sequence[str], default: str) -> Decorator:
    short = {name: f" ({alias})" for alias, name in ALIASES.items()}
    return option(
        "-b", "--backend", metavar="NAME", section=_BACKEND, shell_complete=words(backend_words),
        help=f"{', '.join(name + short.get(name, '') for name in names)} [default: {default}].",
    )  # fmt: skip


def _choice(name: str, values: Sequence[str], section: str, text: str, **kwargs: Any) -> Decorator:
    """An option with a few values, which its help lists."""
    metavar = name.lstrip("-").upper()
    kind = click.Choice(values)
    return option(name, type=kind, metavar=metavar, section=section, help=f"{text}{', '.join(values)}.", **kwargs)


_MODE = _choice("--mode", ("auto", "reverse", "forward"), _BACKEND, "ad: ")
_SIMPLIFY = _choice("--simplify", ("none", "light", "full"), _BACKEND, "sym: how far: ")

backend_options = collected(
    "how",
    BackendOptions,
    _backend(backend_names(), "autodiff"),
    _MODE,
    _choice("--scheme", ("auto", "complex", "central", "forward", "backward"), _BACKEND, "fd: "),
    option("--step", type=float, metavar="H", section=_BACKEND, help="fd: the step [default: chosen for each point]."),
    option(
        "--accuracy", type=click.IntRange(1), metavar="N", section=_BACKEND,
        help="fd, grid: the power of the step in the error.",
    ),
    option(
        "--edge-order", type=click.IntRange(1, 2), metavar="1|2", section=_BACKEND,
        help="grid: numpy.gradient's edge_order [default: 1].",
    ),
    _SIMPLIFY,
)  # fmt: skip

formula_backend_options = collected(
    "how", FormulaBackendOptions, _backend(("symbolic", "autodiff"), "symbolic"), _SIMPLIFY, _MODE
)


def _format(formats: Sequence[str]) -> Decorator:
    return _choice("--format", formats, OUTPUT, "")


_COLOR = _choice("--color", ("auto", "always", "never"), OUTPUT, "Colours in tables: ", default="auto")
_FILE = option(
    "-o", "--output", metavar="FILE", section=OUTPUT, shell_complete=files,
    help="Write to a file: whole, or not at all.",
)  # fmt: skip

_BARE = option("--bare", is_flag=True, section=OUTPUT, help="Only numbers or right-hand sides, tab-separated.")
_COLUMNS = option(
    "--columns", multiple=True, metavar="f,df_dx", section=OUTPUT, shell_complete=listed(written),
    help="Write only these, in this order.",
)  # fmt: skip


def output_options(formats: Sequence[str]) -> Decorator:
    """How and where to write numbers."""
    return collected(
        "out",
        OutputOptions,
        _format(formats),
        _BARE,
        _COLUMNS,
        option(
            "--round",
            type=click.IntRange(1, 17),
            metavar="N",
            section=OUTPUT,
            help="Round to N significant digits [tables: 10].",
        ),
        option("--status", is_flag=True, section=OUTPUT, help="A text column 'status' in csv and tsv."),
        _COLOR,
        _FILE,
    )


def formula_output_options(formats: Sequence[str]) -> Decorator:
    """How and where to write formulas."""
    share = _choice("--share", ("auto", "always", "never"), OUTPUT, "Names for common parts: ", default="auto")
    return collected("out", FormulaOutputOptions, _format(formats), share, _BARE, _COLUMNS, _COLOR, _FILE)


def list_options(formats: Sequence[str]) -> Decorator:
    """How and where to write a list."""
    return collected("out", ListOptions, _format(formats), _COLOR, _FILE)


verbose_option = option(
    "--verbose", is_flag=True, section=OUTPUT, help="Say on stderr what is chosen and what it costs."
)
strict_option = option("--strict", is_flag=True, section=OUTPUT, help="Exit with 4 if a number is undefined.")

"""Answers to text: one file per format, an explicit registry, and the choice of a format.

A format's module has functions from an answer to pieces of text: `numbers` for evaluated partials,
`formulas` for documents, `listing` for lists of records, `arrays` for arrays, `picture` for pictures; it lacks those
that it cannot write. The pieces come row by row or block by block, so an answer may be larger than memory. A format
that is written row by row has also `head` and `body`: what comes first, and the text of one block by itself.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from importlib import import_module
from typing import Any, Literal, NamedTuple, Protocol

from gradcli.errors import UsageError, visible
from gradcli.naming import Derivative, ends
from gradcli.points import Axis, Block
from gradcli.results import Values


class Format(NamedTuple):
    """A row of the registry: a format's module, what it is for, the extensions of its files, and whether it is text.

    Attributes:
        picture: whether it is one of pictures.
        separated: whether it is rows of cells and nothing else, in which a status has a column or no place.
        structured: whether programs read its values by key: a number stays a number, what is not there is null.
        notes: whether it says below the numbers why some are none.
        screen: whether it is drawn for a terminal: as wide as that, and in its colours.
        statements: whether it is in the language itself, where each number has its own name.
        ragged: whether each row says by itself what its columns are.
    """

    module: str
    summary: str
    extensions: tuple[str, ...] = ()
    binary: bool = False
    picture: bool = False
    separated: bool = False
    structured: bool = False
    notes: bool = False
    screen: bool = False
    statements: bool = False
    ragged: bool = False


REGISTRY = {
    "table": Format("gradcli.render.table", "for people, as wide as the terminal", notes=True, screen=True),
    "plain": Format(
        "gradcli.render.plain", "formulas into a pipe: statements that gradcli reads", (".txt",), statements=True
    ),
    "csv": Format("gradcli.render.csv", "numbers into a pipe: a header, then a row a point", (".csv",), separated=True),
    "tsv": Format("gradcli.render.csv", "the same with tabs", (".tsv",), separated=True),
    "json": Format(
        "gradcli.render.json",
        "{schema, variables, outputs, partials: [{name, output, by}], rows}",
        (".json",),
        structured=True,
    ),
    "ndjson": Format(
        "gradcli.render.ndjson", "the rows alone, one a line", (".ndjson", ".jsonl"), structured=True, ragged=True
    ),
    "markdown": Format(
        "gradcli.render.markdown", "tables of GitHub, formulas as code", (".md", ".markdown"), notes=True
    ),
    "latex": Format(
        "gradcli.render.latex", "align* and tabular, for documents that use amsmath", (".tex",), notes=True
    ),
    "npy": Format("gradcli.render.numpy_files", "a matrix for NumPy, a row a point", (".npy",), binary=True),
    "npz": Format(
        "gradcli.render.npz",
        "arrays for NumPy, one a column; of a --range on its grid",
        (".npz",),
        binary=True,
    ),
    "parquet": Format(
        "gradcli.render.arrow", 'a table, with pip install "gradcli[arrow]"', (".parquet", ".pq"), binary=True
    ),
    "arrow": Format(
        "gradcli.render.arrow",
        "the same: a file as .arrow or .feather, else a stream",
        (".arrow", ".arrows", ".feather", ".ipc"),
        binary=True,
    ),
    "drawing": Format("gradcli.render.drawing", "plot, in the terminal", picture=True, screen=True),
    "png": Format("gradcli.render.figure", 'plot, with pip install "gradcli[plot]"', (".png",), True, True),
    "svg": Format("gradcli.render.figure", "the same", (".svg",), picture=True),
    "pdf": Format("gradcli.render.figure", "the same", (".pdf",), True, True),
}
FORMATS = tuple(name for name, row in REGISTRY.items() if not row.picture)
PICTURES = tuple(name for name, row in REGISTRY.items() if row.picture)
"""The formats of pictures."""
FIGURES = tuple(name for name in PICTURES if REGISTRY[name].extensions)
"""Those that are files."""
BINARY = frozenset(name for name, row in REGISTRY.items() if row.binary)
"""The formats that are no text."""
TEXT_FORMATS = tuple(name for name in FORMATS if name not in BINARY)
LIST_FORMATS = tuple(name for name in TEXT_FORMATS if not REGISTRY[name].separated)
"""Text for lists whose cells are lists themselves."""
CELL_FORMATS = tuple(name for name in TEXT_FORMATS if REGISTRY[name].separated or REGISTRY[name].structured)
"""Text for programs: a cell a number."""
GRID_FORMATS = (*TEXT_FORMATS, "npz")
"""Text, and arrays with the shape of a grid."""
_EXTENSIONS = {extension: name for name, row in REGISTRY.items() for extension in row.extensions}


class Style(NamedTuple):
    """How an answer is to look.

    Attributes:
        format: one of `FORMATS` or `PICTURES`.
        bare: only numbers or right-hand sides.
        digits: significant digits; `None`: all (tables: 10).
        status: whether there is a column that says what is not plain fine, where the format does not say it otherwise.
        color, unicode, width, height: what the terminal can show, for tables and drawings.
        palette: how many colours it has, by Rich's name.
        extension: that of the file that is written, in small letters; nothing for standard output.
    """

    format: str
    bare: bool = False
    digits: int | None = None
    status: bool = False
    color: bool = False
    unicode: bool = True
    width: int = 80
    height: int = 24
    palette: Literal["standard", "256", "truecolor"] = "standard"
    extension: str = ""

    @property
    def traits(self) -> Format:
        """What the registry says of the format."""
        return REGISTRY[self.format]

    def seen(self, text: str) -> str:
        """The text as the terminal can show it: escaped where it would act there, or where there is no UTF-8."""
        return visible(text) if self.unicode else visible(text).encode("ascii", "backslashreplace").decode()


class Numbers(NamedTuple):
    """Evaluated partials.

    Attributes:
        columns: the names of the columns, in order: inputs and partials.
        blocks: points with their values, made when asked for.
        many: whether there may be more than one point.
        grid: the axes that the rows run over, the last one fastest; empty where the points make no grid.
        header: the columns of a table that pass through, as its header has them.
        read: the columns of a table that are read as variables, to their variables.
        inputs: the columns of the input; `None`: the variables.
        boxes: whether a variable and a partial have two columns each, for the lowest and the highest number.
    """

    variables: tuple[str, ...]
    outputs: tuple[str, ...]
    partials: tuple[Derivative, ...]
    columns: tuple[str, ...]
    blocks: Iterable[tuple[Block, Values]]
    many: bool
    grid: tuple[Axis, ...] = ()
    header: Any = None
    read: Mapping[str, str] = {}
    inputs: tuple[str, ...] | None = None
    boxes: bool = False

    @property
    def computed(self) -> frozenset[str]:
        """The columns that were computed; the others are inputs."""
        return frozenset(self.columns).difference(self._named(self.variables if self.inputs is None else self.inputs))

    @property
    def spoken(self) -> list[str]:
        """The columns of partials, of whose numbers something may be to be said."""
        partials = self._named(partial.name for partial in self.partials)
        computed = self.computed
        return [name for name in self.columns if name in partials and name in computed]

    def _named(self, names: Iterable[str]) -> frozenset[str]:
        return frozenset(end for name in names for end in ends(name)) if self.boxes else frozenset(names)


class Formulas(NamedTuple):
    """A document: lines of a left and a right side; `partials` says which lines are partials, `shared` which are names
    for what several lines have in common."""

    variables: tuple[str, ...]
    outputs: tuple[str, ...]
    partials: tuple[Derivative, ...]
    lines: Sequence[tuple[str, str]]
    shared: frozenset[str] = frozenset()


class Listing(NamedTuple):
    """A list of records, such as the functions of the language.

    Attributes:
        columns: the keys that are shown; JSON has all.
        group: the key that groups them, if one does.
        tall: whether a record is shown downwards, a line a key; `None`: where it does not fit.
        code: the keys whose texts are in the language.
        partials: the derivatives that the first key names.
    """

    columns: tuple[str, ...]
    records: Iterable[Mapping[str, Any]]
    group: str | None = None
    tall: bool | None = False
    code: frozenset[str] = frozenset()
    partials: tuple[Derivative, ...] = ()

    @property
    def shown(self) -> list[str]:
        """The keys that have a column."""
        return [column for column in self.columns if column != self.group]


class NamedArray(NamedTuple):
    """An array whose numbers are made when asked for.

    Attributes:
        pieces: arrays that hold the numbers one after the other, rows of the first axis.
        fortran: whether `shape` is that of the transpose, which the pieces belong to.
    """

    name: str
    shape: tuple[int, ...]
    dtype: str
    pieces: Iterable[Any]
    fortran: bool = False


class Arrays(NamedTuple):
    """Arrays by name."""

    arrays: Iterable[NamedArray]


class BlockWriter(Protocol):
    """A format that is written row by row."""

    def head(self, answer: Numbers, style: Style) -> bytes:
        """What comes before the first row."""

    def body(self, answer: Numbers, block: Block, values: Values, style: Style) -> bytes:
        """The rows of a block; a pure function."""


def block_writer(style: Style) -> BlockWriter | None:
    """The style's format, if it is written row by row."""
    module: Any = import_module(REGISTRY[style.format].module)
    return module if hasattr(module, "body") else None


def renderer(style: Style, kind: str) -> Callable[[Any, Style], Iterator[Any]]:
    """The function of the style's format that writes a kind of answer: `numbers`, `formulas`, and so on.

    Its pieces are texts, or bytes if the format is binary.
    """
    found: Callable[[Any, Style], Iterator[Any]] = getattr(import_module(REGISTRY[style.format].module), kind)
    return found


def choose_format(asked: str | None, formats: Sequence[str], pipe: str, *, path: str | None, terminal: bool) -> str:
    """The format: the one asked for, else that of the output's extension, else by terminal or pipe.

    Args:
        formats: those that the command has.
        pipe: the one for pipes and files.

    Raises:
        UsageError: GRADCLI_FORMAT, which acts on terminals only, names none for them; or the output's extension
            names no format, or one that the command lacks.
    """
    if asked is not None:
        return asked
    if path is not None:
        return _by_extension(path, formats, pipe)
    if not terminal:
        return pipe
    if "table" not in formats:
        return pipe
    wanted = os.environ.get("GRADCLI_FORMAT") or "table"
    if wanted not in TEXT_FORMATS:
        hint = f"there are: {', '.join(TEXT_FORMATS)}"
        raise UsageError(f"GRADCLI_FORMAT names no format for terminals: '{wanted}'", hint=hint)
    return wanted if wanted in formats else "table"


def _by_extension(path: str, formats: Sequence[str], pipe: str) -> str:
    """The format of a file; of one without an extension, or that is any text, the one for files.

    A picture without an extension is more likely one whose extension was forgotten; unless it is no file.
    """
    extension = os.path.splitext(path)[1].lower()
    is_unsaid = not extension and pipe == "drawing" and (os.path.isfile(path) or not os.path.exists(path))
    found = _EXTENSIONS.get(extension)
    if found is not None and found in formats:
        return found
    if (not extension and not is_unsaid) or extension == ".txt":
        return pipe
    if found in FIGURES:
        raise UsageError(f"there is no {found} of this", hint="gradcli plot EXPR --range x=0:1 draws pictures")
    if found in BINARY:
        raise UsageError(f"there is no {found} of this: it holds numbers on a grid", hint="eval EXPR --range x=0:1:#11")
    known = [end for name in formats for end in REGISTRY[name].extensions[:1]]
    ends_known = ", ".join(dict.fromkeys([*known, ".txt"]))
    named = "" if pipe == "drawing" else f"; or name the format: --format {pipe}"
    what = f"'{path}' has no extension, and so" if is_unsaid else f"files that end in '{extension}' have"
    raise UsageError(f"{what} no format", hint=f"there are: {ends_known}{named}")

"""LaTeX: formulas as `align*`, tables as `tabular`; fragments for a document that uses amsmath and nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import chain, groupby, islice, takewhile
from typing import TypeVar

from gradcli.errors import visible
from gradcli.language.document import parse_text
from gradcli.language.latex import escaped, glyphs, number, set_lines, symbols
from gradcli.naming import Combination, Derivative, Partial
from gradcli.render import Formulas, Listing, Numbers, Style
from gradcli.render.plain import known, list_text
from gradcli.render.report import Notes, Sheet, groups, headings, parts, sheets

_LAST_LATIN = "ſ"  # of the letters that every LaTeX sets
_RAISED = re.compile(r"\\textasciicircum\{\}(\([0-9]+\)|[0-9]+)")  # a power in a text
_INFINITY = r"\infty"
_SIGNS, _BREAK, _LONG = re.compile(r"(?<=[*/,])(?=\S)"), r"\\allowbreak{}", 24  # where long words may go on
_SIMPLE = re.compile(r"-?[0-9.]+(?:/[0-9]+)?")  # a factor that is set as it is written
_OPERATORS = {"divergence": r"\cdot", "curl": r"\times"}
_TEXT = 0.33  # of a line, for a column of text beside numbers
_SIDES = {"left": "l", "right": "r", "text": rf"p{{{_TEXT}\linewidth}}"}
_LINE = 69.0  # digits' widths, of article at 10 points
_PAGE, _GAP, _LEAST = 62.0, 2.4, 8.0  # in the same: what a table has of it, between columns, of a text
_ROWS, _ROWS_OF_TEXTS = 40, 20  # of a table on one page; of one with columns of texts

_Line = TypeVar("_Line")


class _Set(str):
    """A text that is LaTeX already."""

    __slots__ = ()


def formulas(answer: Formulas, style: Style) -> Iterator[str]:
    """A line a statement; what they share comes last, after "where"."""
    names = symbols((*answer.variables, *(left.partition("(")[0] for left, _ in answer.lines)))
    heads = {derivative.name: _fraction(derivative, names, answer.outputs) for derivative in answer.partials}
    yield _needs(symbol for name, symbol in names.items() if name not in heads)
    yield "\\begin{align*}\n"
    for shared, lines in parts(answer):
        if shared:
            yield "  \\intertext{where}\n"
        for k, (left, right) in enumerate(lines, 1):
            first, *others = _set(right, names)
            text = f"  {heads.get(left) or _left_side(left, names)} &= {first}"
            yield " \\\\\n    &\\quad ".join([text, *others]) + ("\n" if k == len(lines) else " \\\\\n")
    yield "\\end{align*}\n"


def numbers(answer: Numbers, style: Style) -> Iterator[str]:
    """One point downwards, many a row each; below, why numbers are none, unless a column says it (`--status`)."""
    names = symbols((*answer.variables, *answer.outputs))
    heads = headings(answer, partial(_inline, names=names, outputs=answer.outputs), partial(_named, names=names))
    notes = Notes(answer.many)
    yield _needs(heads.values())
    computed = answer.computed
    inputs = len(list(takewhile(lambda name: name not in computed, answer.columns))) if answer.many else 1
    for sheet in sheets(answer, heads, style, notes, _number, escaped):
        yield from _sheet(sheet, inputs)
    for columns, text in notes.headed(heads) if not style.status else ():
        yield f"\n\\noindent {columns}{escaped(text)}\n"


def listing(answer: Listing, style: Style) -> Iterator[str]:
    """A table a group; a table a record, if they are shown downwards."""
    first = True
    names = symbols({name: None for d in answer.partials for name in (*d.outputs, *d.by)})
    head = [escaped(name) for name in answer.shown]
    for group, records in groups(answer, lambda derivative: _Set(_inline(derivative, names, derivative.outputs))):
        if group is not None:
            title = _RAISED.sub(r"\\textsuperscript{\1}", escaped(group))
            yield f"{'' if first else chr(10)}\\noindent\\textbf{{{title}}}\\par\\nopagebreak\n"
            first = True
        columns = [[record.get(name) for record in records] for name in answer.shown]
        sides = None if answer.tall else _columns(columns, head)
        tall = answer.tall if answer.tall is not None else sides is None
        for table in (
            [[record] for record in records]
            if tall
            else _pages(records, _ROWS_OF_TEXTS if "p" in (sides or "") else _ROWS)
        ):
            yield "" if first else "\n\\smallskip\n"
            if tall:
                lines = [[escaped(key), _cell(answer, key, table[0][key])] for key, _ in known(answer, table[0])]
                yield from _tabular((), lines, "lp{0.6\\linewidth}")
            else:
                cells = [[_cell(answer, name, record.get(name)) for name in answer.shown] for record in table]
                yield from _tabular(head, cells, sides or "l" * len(head))
            first = False
    if first:
        yield from _tabular(head, [], "l" * len(answer.shown))


def _sheet(sheet: Sheet, inputs: int) -> Iterator[str]:
    """A table of numbers: in parts that fit on a page, which all begin with the inputs where these are narrow."""
    first = True
    pages = _pages(sheet.lines, _ROWS_OF_TEXTS if "text" in sheet.sides else _ROWS)
    for page in chain([next(pages, [])], pages):
        cells = [sheet.head, *page]
        widths = [
            _GAP + _TEXT * _LINE if side == "text" else _width(column)
            for side, column in zip(sheet.sides, zip(*cells, strict=True), strict=True)
        ]
        for columns in _side_by_side(widths, inputs):
            yield "" if first else "\n"
            first = False
            head, *chosen = [[line[k] for k in columns] for line in cells]
            yield from _tabular(head, chosen, "".join(_SIDES[sheet.sides[k]] for k in columns))


def _side_by_side(widths: Sequence[float], inputs: int) -> list[list[int]]:
    """The columns of tables that are no wider than a page, if they can be: all in one, or in several."""
    if sum(widths) <= _PAGE:
        return [[*range(len(widths))]]
    again = [*range(inputs)] if sum(widths[:inputs]) <= _PAGE / 2 else []
    tables = [again]
    for k in range(len(again), len(widths)):
        if len(tables[-1]) > len(again) and sum(widths[at] for at in (*tables[-1], k)) > _PAGE:
            tables.append(again)
        tables[-1] = [*tables[-1], k]
    return tables


def _tabular(head: Sequence[str], lines: Iterable[Sequence[str]], sides: str) -> Iterator[str]:
    yield f"\\begin{{tabular}}{{{sides}}}\n"
    if head:
        yield f"  {' & '.join(head)} \\\\\n"
    for cells in lines:
        # A bracket after the end of a line would be read as its argument.
        yield f"  {'{}' if cells[0].startswith('[') else ''}{' & '.join(cells)} \\\\\n"
    yield "\\end{tabular}\n"


def _columns(columns: Sequence[Sequence[object]], head: Sequence[str]) -> str | None:
    """How the columns of a list are aligned: numbers right, and texts that are too long for a page in lines, which
    share what the others leave; `None` if that is too little."""
    widths = [_width([name, *map(list_text, cells)]) for name, cells in zip(head, columns, strict=True)]
    are_numbers = [
        bool(cells) and all(isinstance(cell, int | float) and not isinstance(cell, bool) for cell in cells)
        for cells in columns
    ]
    sides = ["r" if is_number else "l" for is_number in are_numbers]
    texts = sorted((k for k, is_number in enumerate(are_numbers) if not is_number), key=widths.__getitem__)
    room = _PAGE - sum(width for width, is_number in zip(widths, are_numbers, strict=True) if is_number)
    for done, k in enumerate(texts):
        share = room / (len(texts) - done)
        if widths[k] > share:
            sides[k] = rf"p{{{(share - _GAP) / _LINE:.2f}\linewidth}}"
            if share < _LEAST:
                return None
        room -= min(widths[k], share)
    return "".join(sides) if room >= 0 else None


def _width(texts: Iterable[str]) -> float:
    """About how wide a column is, in digits' widths."""
    return _GAP + max(map(glyphs, texts), default=0.0)


def _pages(lines: Iterable[_Line], most: int) -> Iterator[list[_Line]]:
    """As many lines at a time as fit on a page, with room for what is above; a table is never broken."""
    rest = iter(lines)
    return iter(lambda: list(islice(rest, most)), [])


def _cell(answer: Listing, key: str, value: object) -> str:
    """A cell of a list."""
    if isinstance(value, _Set):
        return value
    text = list_text(value)
    if isinstance(value, float) and text:
        return f"${number(text)}$"
    shown = escaped(visible(text))
    shown = _SIGNS.sub(_BREAK, shown) if len(text) > _LONG else shown
    return rf"\texttt{{{shown}}}" if key in answer.code and text else shown


def _number(text: str) -> str:
    return f"${number(text).replace('inf', _INFINITY)}$"


# --- formulas and names -----------------------------------------------------------------------------------


def _needs(texts: Iterable[str]) -> str:
    """What the document needs, as comments."""
    foreign = "".join(sorted({character for text in texts for character in text if character > _LAST_LATIN}))
    engine = f"% needs lualatex or xelatex, and a font with {foreign}\n" if foreign else ""
    return f"% needs \\usepackage{{amsmath}}\n{engine}"


def _set(formula: str, names: Mapping[str, str]) -> list[str]:
    """A formula of the language as LaTeX, in lines."""
    equations, ref = parse_text(formula, names, is_line=True)
    return set_lines(equations, ref, names)


def _left_side(left: str, names: Mapping[str, str]) -> str:
    """A name, or a signature: `f(e, x)`."""
    name, bracket, parameters = left.partition("(")
    shown = names.get(name, name)
    if not bracket:
        return shown
    return f"{shown}({', '.join(names.get(part, part) for part in parameters.rstrip(')').split(', '))})"


def _fraction(derivative: Derivative, names: Mapping[str, str], outputs: Sequence[str]) -> str:
    """A derivative as a formula's left side."""
    if isinstance(derivative, Combination):
        return _combination(derivative, names, outputs)
    above, below = _parts(derivative, names)
    return rf"\frac{{{above}}}{{{below}}}" if below else above


def _combination(derivative: Combination, names: Mapping[str, str], outputs: Sequence[str]) -> str:
    """A sum of partials by its operator, applied to one output or to the field of all; of a direction, what it is."""
    own = names.get(derivative.outputs[0], derivative.outputs[0])
    if derivative.is_along:
        direction = ",".join(
            factor if _SIMPLE.fullmatch(factor) else " ".join(_set(factor, {})) for _, factor in derivative.direction()
        )
        return rf"\nabla_{{({direction})}} {own}"
    if derivative.name.startswith("laplacian_"):
        return rf"\Delta {own}"
    operator, _, component = derivative.name.partition("_")
    field = ", ".join(names.get(output, output) for output in outputs)
    applied = rf"\nabla {_OPERATORS[operator]} ({field})"
    return rf"\bigl({applied}\bigr)_{{{names.get(component, component)}}}" if component else applied


def _parts(derivative: Partial, names: Mapping[str, str]) -> tuple[str, str]:
    """What stands above and below the line of a partial derivative."""
    output = names.get(derivative.output, derivative.output)
    if not derivative.by:
        return output, ""
    order = f"^{{{derivative.order}}}" if derivative.order > 1 else ""
    runs = [(name, len(list(run))) for name, run in groupby(derivative.by)]
    below = r"\,".join(
        rf"\partial {names.get(name, name)}" + (f"^{{{count}}}" if count > 1 else "") for name, count in runs
    )
    return rf"\partial{order} {output}", below


def _inline(derivative: Derivative, names: Mapping[str, str], outputs: Sequence[str]) -> str:
    """A derivative as a column's heading: in a line, so that rows stay close."""
    inline = "/".join(filter(None, _parts(derivative, names))) if isinstance(derivative, Partial) else None
    return f"${inline or _fraction(derivative, names, outputs)}$"


def _named(name: str, names: Mapping[str, str]) -> str:
    return f"${names[name]}$" if name in names else escaped(visible(name))

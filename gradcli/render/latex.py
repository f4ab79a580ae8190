"""LaTeX: formulas as `align*`, tables as `tabular`; fragments for a document that uses amsmath and nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import groupby
from typing import Any

from gradcli.errors import visible
from gradcli.language.document import parse_text
from gradcli.language.latex import escaped, number, set_lines, symbols
from gradcli.naming import Combination, Derivative, Partial
from gradcli.render import Formulas, Listing, Numbers, Style
from gradcli.render.plain import known, list_text
from gradcli.render.report import Notes, cell_text, groups, headings, parts, points, status_cell
from gradcli.render.rows import rows, status_column

_LAST_LATIN = "ſ"  # of the letters that every LaTeX sets
_NUMBER = re.compile(r"-?(?:[0-9]+(?:\.[0-9]*)?(?:e[-+]?[0-9]+)?|inf)")
_INFINITY = r"\infty"
_LONG = 36  # characters of a cell beyond which its column has lines of text


class _Set(str):
    """A text that is LaTeX already."""

    __slots__ = ()


def formulas(answer: Formulas, style: Style) -> Iterator[str]:
    """A line a statement; what they share comes last, after "where"."""
    names = symbols((*answer.variables, *(left.partition("(")[0] for left, _ in answer.lines)))
    heads = {derivative.name: _fraction(derivative, names) for derivative in answer.partials}
    yield _needs(names.values())
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
    heads = headings(answer, partial(_inline, names=names), partial(_named, names=names))
    notes = Notes(answer.many)
    yield _needs(heads.values())
    yield from (_across if answer.many else _down)(answer, heads, style, notes)
    for columns, text in notes.headed(heads) if not style.status else ():
        yield f"\n\\noindent {columns}{escaped(text)}\n"


def listing(answer: Listing, style: Style) -> Iterator[str]:
    """A table a group; a table a record, if they are shown downwards."""
    first = True
    names = symbols({name: None for d in answer.partials for name in (*d.outputs, *d.by)})
    head = [escaped(name) for name in answer.shown]
    for group, records in groups(answer, lambda derivative: _Set(_inline(derivative, names))):
        if group is not None:
            yield f"{'' if first else chr(10)}\\noindent\\textbf{{{escaped(group)}}}\n\n"
            first = True
        for table in [[record] for record in records] if answer.tall else [records]:
            yield "" if first else "\n"
            if answer.tall:
                lines = [[escaped(key), _cell(answer, key, table[0][key])] for key, _ in known(answer, table[0])]
                yield from _tabular((), lines, "lp{0.6\\linewidth}")
            else:
                cells = [[_cell(answer, name, record.get(name)) for name in answer.shown] for record in table]
                sides = "".join(_side([record.get(name) for record in table]) for name in answer.shown)
                yield from _tabular(head, cells, sides)
            first = False
    if first:
        yield from _tabular(head, [], "l" * len(answer.shown))


def _down(answer: Numbers, heads: Mapping[str, str], style: Style, notes: Notes) -> Iterator[str]:
    """One point, a row a number, with how many digits are certain where that is known."""
    for point in points(answer, style):
        cells, said = point.row
        notes.add(said, 1)
        has_digits = bool(point.digits)
        lines = []
        for name, cell in zip(answer.columns, cells, strict=True):
            digits = [point.digits.get(name, "")] * has_digits
            status = [escaped(status_cell({name: said[name]} if name in said else {}))] * style.status
            lines.append([heads[name], _number(cell, said.get(name)), *digits, *status])
        head = ["", "value", *["digits"] * has_digits, *["status"] * style.status]
        sides = "lr" + "r" * has_digits + "p{0.4\\linewidth}" * style.status
        yield from _tabular(head if has_digits or style.status else (), lines, sides)


def _across(answer: Numbers, heads: Mapping[str, str], style: Style, notes: Notes) -> Iterator[str]:
    """Many points, a row each."""

    def lines() -> Iterator[list[str]]:
        for k, (cells, said) in enumerate(rows(answer, style), 1):
            notes.add(said, k)
            texts = [_number(cell, said.get(name)) for name, cell in zip(answer.columns, cells, strict=True)]
            yield [*texts, *[escaped(status_cell(said, named=True))] * style.status]

    head = [*(heads[name] for name in answer.columns), *[escaped(status_column(answer))] * style.status]
    yield from _tabular(head, lines(), "r" * len(answer.columns) + "p{0.4\\linewidth}" * style.status)


def _tabular(head: Sequence[str], lines: Iterable[Sequence[str]], sides: str) -> Iterator[str]:
    yield f"\\begin{{tabular}}{{{sides}}}\n"
    if head:
        yield f"  {' & '.join(head)} \\\\\n"
    for cells in lines:
        # A bracket after the end of a line would be read as its argument.
        yield f"  {'{}' if cells[0].startswith('[') else ''}{' & '.join(cells)} \\\\\n"
    yield "\\end{tabular}\n"


def _side(cells: Sequence[object]) -> str:
    """How a column is aligned: numbers right, long texts in lines."""
    if cells and all(isinstance(cell, (int, float)) and not isinstance(cell, bool) for cell in cells):
        return "r"
    return "p{0.35\\linewidth}" if any(len(list_text(cell)) > _LONG for cell in cells) else "l"


def _cell(answer: Listing, key: str, value: object) -> str:
    """A cell of a list."""
    if isinstance(value, _Set):
        return value
    text = list_text(value)
    if isinstance(value, float) and text:
        return f"${number(text)}$"
    shown = escaped(visible(text))
    return rf"\texttt{{{shown}}}" if key in answer.code and text else shown


def _number(cell: Any, said: str | None) -> str:
    text = cell_text(cell, said)
    return f"${number(text).replace('inf', _INFINITY)}$" if _NUMBER.fullmatch(text) else escaped(text)


# --- formulas and names -----------------------------------------------------------------------------------


def _needs(texts: Iterable[str]) -> str:
    """What the document needs, as comments."""
    foreign = "".join(sorted({character for text in texts for character in text if character > _LAST_LATIN}))
    engine = f"% needs lualatex or xelatex, and a font with {foreign}\n" if foreign else ""
    return f"% needs \\usepackage{{amsmath}}\n{engine}"


def _set(formula: str, names: Mapping[str, str]) -> list[str]:
    """A formula of the language as LaTeX, in lines."""
    equations, ref = parse_text(formula, names)
    return set_lines(equations, ref, names)


def _left_side(left: str, names: Mapping[str, str]) -> str:
    """A name, or a signature: `f(e, x)`."""
    name, bracket, parameters = left.partition("(")
    shown = names.get(name, name)
    if not bracket:
        return shown
    return f"{shown}({', '.join(names.get(part, part) for part in parameters.rstrip(')').split(', '))})"


def _fraction(derivative: Derivative, names: Mapping[str, str]) -> str:
    """A derivative as a formula's left side."""
    if isinstance(derivative, Combination):
        return _combination(derivative, names)
    above, below = _parts(derivative, names)
    return rf"\frac{{{above}}}{{{below}}}" if below else above


def _combination(derivative: Combination, names: Mapping[str, str]) -> str:
    """A sum of partials by its operator; of a direction, what it is."""
    outputs = [names.get(output, output) for output in derivative.outputs]
    if derivative.is_along:
        direction = ",".join(" ".join(_set(factor, {})) for _, factor in derivative.direction())
        return rf"\nabla_{{({direction})}} {outputs[0]}"
    if derivative.name.startswith("laplacian_"):
        return rf"\Delta {outputs[0]}"
    operator, _, component = derivative.name.partition("_")
    below = f"_{{{names.get(component, component)}}}" if component else ""
    return rf"\operatorname{{{escaped(operator)}}}{below}"


def _parts(partial: Partial, names: Mapping[str, str]) -> tuple[str, str]:
    """What stands above and below the line of a partial derivative."""
    output = names.get(partial.output, partial.output)
    if not partial.by:
        return output, ""
    order = f"^{{{partial.order}}}" if partial.order > 1 else ""
    runs = [(name, len(list(run))) for name, run in groupby(partial.by)]
    below = r"\,".join(
        rf"\partial {names.get(name, name)}" + (f"^{{{count}}}" if count > 1 else "") for name, count in runs
    )
    return rf"\partial{order} {output}", below


def _inline(derivative: Derivative, names: Mapping[str, str]) -> str:
    """A derivative as a column's heading: in a line, so that rows stay close."""
    inline = "/".join(filter(None, _parts(derivative, names))) if isinstance(derivative, Partial) else None
    return f"${inline or _fraction(derivative, names)}$"


def _named(name: str, names: Mapping[str, str]) -> str:
    return f"${names[name]}$" if name in names else escaped(visible(name))

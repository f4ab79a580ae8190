"""Program to LaTeX: formulas as mathematics sets them, for amsmath.

Each equation becomes a piece of what it is made of, from the leaves up; nothing recurses and nothing is copied, so
the work is linear in the length of the result. A piece knows how wide it is on paper: what is wider than a line
is written so that it can be broken (`a/b` for a fraction, small parentheses), and `set_lines` breaks it at operators.

A row of the operations table may say how it is set: a name (`\\sin`), or a template with its arguments as `#1`,
`#2` (`J_{#1}(#2)`); without, its own name is set as an operator's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import reduce
from typing import NamedTuple
from unicodedata import normalize

from gradcli.language.characters import SUBSCRIPTS, SUPERSCRIPTS
from gradcli.operations import OPERATIONS, Operation
from gradcli.program import Equation, Ref, live, operands

WIDTH = 62.0
"""What a line holds beside its left side, in digits' widths: a page of article at 10 points, with some room."""

_SUM, _PRODUCT, _SIGNED, _FRACTION, _POWER, _CALL, _ATOM = 50, 60, 70, 75, 80, 90, 100
_MOST_CASES = 8  # of a choice within another's first case, where conditions are repeated
_BREAK, _FACTOR = "\n", "\t"  # where a line may be broken: at a sum, at a product; never written

_LETTERS = dict(
    re.findall(
        r"(\w)(\w+)",
        "αalpha βbeta γgamma δdelta ϵepsilon εvarepsilon ζzeta ηeta θtheta ϑvartheta ιiota κkappa λlambda μmu νnu ξxi "
        "πpi ρrho ϱvarrho σsigma ςvarsigma τtau υupsilon ϕphi φvarphi χchi ψpsi ωomega ΓGamma ΔDelta ΘTheta ΛLambda "
        "ΞXi ΠPi ΣSigma ΥUpsilon ΦPhi ΨPsi ΩOmega ℓell ℏhbar",
    )
)
"""Letters that LaTeX has commands for."""
_ACCENTS = {
    "\u0302": "hat", "\u0303": "tilde", "\u0304": "bar", "\u0305": "bar", "\u0306": "breve", "\u0307": "dot",
    "\u0308": "ddot", "\u030c": "check",
}  # fmt: skip
"""Marks above letters that mathematics has."""
_COMMANDS = frozenset(_LETTERS.values())
_SIGNS = frozenset({"partial", "nabla", "infty", "times", "cdot"})
_ESCAPES = str.maketrans(
    {
        "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "%": r"\%", "_": r"\_",
        "^": r"\textasciicircum{}", "~": r"\textasciitilde{}", "<": r"\textless{}", ">": r"\textgreater{}",
        "|": r"\textbar{}", "`": r"\`{}", "·": r"$\cdot$", "×": r"$\times$", "−": "$-$", "√": r"$\surd$",
        "∛": r"$\sqrt[3]{}$",
    }
    | {letter: rf"$\{command}$" for letter, command in _LETTERS.items()}
    | {raised: rf"\textsuperscript{{{plain}}}" for raised, plain in SUPERSCRIPTS.items()}
    | {digit: f"$_{k}$" for k, digit in enumerate(SUBSCRIPTS)}
)  # fmt: skip
_NAME = re.compile(r"\\(?!operatorname|math|text|left|right|big|frac|sqrt|begin|end)([A-Za-z]+)")
_UNSEEN = re.compile(r"\\[A-Za-z]+|[{}^_$]|\\(?=\W)")
_RELATIONS = {"lt": "<", "le": r"\le", "gt": ">", "ge": r"\ge", "eq": "=", "ne": r"\ne"}
_LOGIC = {"and": r"\land", "or": r"\lor"}


class _Piece(NamedTuple):
    """A part of a formula.

    Attributes:
        parts: texts and other pieces, one after the other.
        level: how tightly it holds together, as the precedence of operators.
        width: on paper, in digits' widths.
        begins, ends: what stands there: a digit ("0"), a letter ("x"), a word in letters ("w"), a sign ("-"),
            an opening or closing parenthesis, or anything else ("").
        tall: whether it is higher than a line.
        closed: whether no line can be broken in it.
        positive: the same without the minus that it begins with, if it is its negative.
        cases: of a choice, its values with their conditions; the last one has none.
    """

    parts: tuple[str | _Piece, ...]
    level: int
    width: float
    begins: str = ""
    ends: str = ""
    tall: bool = False
    closed: bool = False
    positive: _Piece | None = None
    cases: tuple[tuple[_Piece, _Piece | None], ...] = ()


def escaped(text: str) -> str:
    """The text as LaTeX sets it outside of formulas."""
    return text.translate(_ESCAPES).replace("--", "-{}-")


def symbols(names: Iterable[str]) -> dict[str, str]:
    """How names are set: Greek letters as such, indices below, words in one piece; no two names alike."""
    found: dict[str, str] = {}
    # The constants come first: a variable pi is set as a word.
    taken = {r"\pi", r"\mathrm{e}", r"\infty"}
    for name in names:
        symbol = _symbol(name)
        if symbol in taken:
            symbol = rf"\mathit{{{_text(name)}}}"
        taken.add(symbol)
        found[name] = symbol
    return found


def set_lines(equations: list[Equation], ref: Ref, names: Mapping[str, str] | None = None) -> list[str]:
    """An equation as LaTeX in lines that are not too wide, where operators allow it.

    Args:
        names: how the variables are set, as `symbols` has them.
    """
    names = names or {}
    pieces: dict[Ref, _Piece] = {}
    for k in live(equations, (ref,)):
        equation = equations[k]
        if equation[0] == "input":
            pieces[k] = _name(names.get(equation[1]) or _symbol(equation[1]))
        elif equation[0] == "const":
            pieces[k] = _number(equation[1])
        else:
            pieces[k] = _operation(equations, equation, [pieces[at] for at in operands(equation)])
    return _broken(pieces[ref])


def number(text: str) -> str:
    """A number as it is set: `-1.5`, `10^{-7}`, `2.5 \\times 10^{8}`."""
    sign = "-" if text.startswith("-") else ""
    mantissa, e, exponent = text.removeprefix("-").partition("e")
    if not e:
        return text
    power = f"10^{{{int(exponent)}}}"
    return f"{sign}{power}" if mantissa in ("1", "1.0") else rf"{sign}{mantissa} \times {power}"


# --- leaves -----------------------------------------------------------------------------------------------


def _symbol(name: str) -> str:
    """How one name is set."""
    plain = "".join(str(SUBSCRIPTS.index(c)) if c in SUBSCRIPTS else c for c in name)
    base, *below = plain.split("_")
    counted = re.fullmatch(r"(.*?\D)([0-9]+)", base)
    if counted:
        base, below = counted[1], [counted[2], *below]
    if not base or not all(below):
        return rf"\mathit{{{_text(name)}}}"
    letters = _letter(base) or _accented(base) or rf"\mathit{{{_text(base)}}}"
    if not below:
        return letters
    return f"{letters}_{{{','.join(_letter(part) or _accented(part) or _upright(part) for part in below)}}}"


def _letter(text: str) -> str | None:
    """One letter, or a Greek one by its name or itself; `None` for anything longer."""
    if text in _COMMANDS or text in _LETTERS:
        return rf"\{_LETTERS.get(text, text)}"
    return text if len(text) == 1 and text.isascii() else None


def _accented(text: str) -> str | None:
    """One letter with dots, bars, arrows above it; `None` for anything else."""
    parts = normalize("NFD", text)
    letter, marks = parts[:1], parts[1:]
    base = {"i": r"\imath", "j": r"\jmath"}.get(letter) or _letter(letter)
    if base is None or not marks or not _ACCENTS.keys() >= set(marks):
        return None
    return reduce(lambda inner, mark: rf"\{_ACCENTS[mark]}{{{inner}}}", marks, base)


def _upright(text: str) -> str:
    return text if text.isdigit() and text.isascii() else rf"\mathrm{{{_text(text)}}}"


def _text(name: str) -> str:
    """A name inside a command that sets letters; those that mathematics does not know as a word of text."""
    return "".join(escaped(c) if c.isascii() else f"{{{_letter(c) or _foreign(c)}}}" for c in name)


def _foreign(character: str) -> str:
    if character in SUBSCRIPTS:
        return f"_{{{SUBSCRIPTS.index(character)}}}"
    return rf"\text{{{character}}}"


def _name(symbol: str) -> _Piece:
    kind = "w" if len(symbol) > 1 and symbol.startswith((r"\mathit", r"\mathrm")) else "x"
    return _Piece((symbol,), _ATOM, glyphs(symbol), kind, kind)


def _number(text: str) -> _Piece:
    shown = number(text)
    level = _PRODUCT + 1 if r"\times" in shown else _POWER if "^" in shown else _ATOM
    return _Piece((shown,), level, glyphs(shown), "0", "0" if level == _ATOM else "")


# --- operations -------------------------------------------------------------------------------------------


def _operation(equations: list[Equation], equation: Equation, arguments: Sequence[_Piece]) -> _Piece:
    """An operation from its arguments as they are set."""
    name = equation[0]
    row = OPERATIONS[name]
    if name in ("add", "sub"):
        return _joined(arguments, f" {_BREAK}{row.spelling} ", _SUM, _SUM + 1, 2)
    if name == "mul":
        left, right = _held(arguments[0], _PRODUCT), _held(arguments[1], _PRODUCT + 1)
        product = _product(left, right)
        if arguments[0].positive is None:
            return product
        return product._replace(positive=_product(_held(arguments[0].positive, _PRODUCT), right))
    if name == "div":
        return _fraction(*arguments)
    if name == "neg":
        return _negative(arguments[0])
    if name == "pow":
        return _power(equations, equation, arguments)
    if name in _RELATIONS or name in _LOGIC:
        sign = _RELATIONS.get(name) or _LOGIC[name]
        return _joined(arguments, f" {_BREAK}{sign} ", row.precedence, row.precedence + (name in _RELATIONS), 3)
    if name == "not":
        operand = _held(arguments[0], row.precedence + 1)
        return operand._replace(parts=(r"\lnot ", operand), level=row.precedence, begins="", width=operand.width + 1)
    if name == "where":
        return _cases(*arguments)
    return _call(row, arguments)


def _negative(piece: _Piece) -> _Piece:
    held = _held(piece, _SIGNED + 1)
    return held._replace(parts=("-", held), level=_SIGNED, width=held.width + 1.5, begins="-", positive=piece)


def _joined(arguments: Sequence[_Piece], sign: str, level: int, weakest: int, width: float) -> _Piece:
    """Two operands with a sign between them; on the right only what holds together more tightly."""
    left, right = _held(arguments[0], min(weakest, level)), _held(arguments[1], weakest)
    if right.begins == "-" and level >= _SUM:
        right = _grouped(right)
    return _Piece(
        (left, sign, right), level, left.width + width + right.width, left.begins, right.ends, left.tall or right.tall
    )


def _product(left: _Piece, right: _Piece) -> _Piece:
    return _joined((left, right), _times(left, right), _PRODUCT, 0, 0.4)


def _times(left: _Piece, right: _Piece) -> str:
    """What stands between two factors: a dot where digits would run together, some space beside words."""
    if right.begins == "0":
        return rf" {_FACTOR}\cdot "
    if "w" in (left.ends, right.begins) or (left.ends in "xw" and right.begins == "("):
        return rf"\, {_FACTOR}"
    return f" {_FACTOR}"


def _fraction(above: _Piece, below: _Piece) -> _Piece:
    """One above the other, a minus before both; what is wider than a line side by side, so that it can be broken."""
    if above.positive is not None:
        return _negative(_fraction(above.positive, below))
    if above.width > WIDTH >= 8 * below.width:  # half of a long sum: a slash behind all of it would be lost
        return _product(_fraction(_number("1"), below), _held(above, _PRODUCT + 1))
    if max(above.width, below.width) > WIDTH:
        left, right = _held(above, _PRODUCT), _held(below, _PRODUCT + 1)
        # Between a sum and a product: in a/b c the c would seem to be below too.
        return _joined((left, right), f" {_FACTOR}/ ", _SUM + 1, 0, 1)
    parts = (r"\frac{", above, "}{", below, "}")
    # Digits above run into a number before them: 2 1/3 is read as a sum.
    begins = "0" if above.begins == "0" else ""
    return _Piece(parts, _FRACTION, max(above.width, below.width) + 0.5, begins, "", tall=True, closed=True)


def _inline(exponent: _Piece) -> _Piece:
    """A fraction of whole numbers as it stands in an exponent: 3/2."""
    text = exponent.parts[1:4:2]
    if exponent.level == _FRACTION and all(isinstance(part, _Piece) and part.begins == "0" for part in text):
        above, below = (part for part in exponent.parts if isinstance(part, _Piece))
        if above.level == below.level == _ATOM:
            return exponent._replace(parts=(above, "/", below), tall=False)
    return exponent


def _power(equations: list[Equation], equation: Equation, arguments: Sequence[_Piece]) -> _Piece:
    base, exponent = arguments
    whole = equations[equation[2]]
    raised = _Piece(("^{", _inline(exponent), "}"), _ATOM, 0.7 * exponent.width, tall=exponent.tall, closed=True)
    if whole[0] == "const" and whole[1].isdigit() and base.level == _CALL:
        called, *rest = base.parts  # sin^2(x), for whole powers that cannot be misread as an inverse
        return base._replace(parts=(called, raised, *rest), level=_ATOM, width=base.width + raised.width)
    base = _held(base, _POWER + 1)
    return _Piece((base, raised), _POWER, base.width + raised.width, base.begins, "", base.tall or raised.tall)


def _cases(condition: _Piece, value: _Piece, other: _Piece) -> _Piece:
    """Braces with a line a case. A choice within a choice goes on with its lines, and lines with one value are one."""
    first = [(inner, _also("and", condition, own)) for inner, own in value.cases] or [(value, condition)]
    if len(first) > _MOST_CASES:
        first = [(value, condition)]
    lines: list[tuple[_Piece, _Piece | None]] = []
    for shown, when in (*first, *(other.cases or [(other, None)])):
        before = lines[-1][1] if lines and lines[-1][0].parts == shown.parts else None
        if before is not None and when is not None:
            lines[-1] = shown, _also("or", before, when)
        else:
            lines.append((shown, when))
    parts: list[str | _Piece] = [r"\begin{cases} "]
    for shown, when in lines:
        parts += [_stacked(shown), *((r" & \text{if } ", when, r" \\ ") if when else (r" & \text{otherwise} ",))]
    width = max(shown.width + (when.width if when else 0) for shown, when in lines)
    return _Piece((*parts, r"\end{cases}"), _SUM - 1, min(width, WIDTH) + 5, tall=True, closed=True, cases=tuple(lines))


def _also(name: str, condition: _Piece, other: _Piece | None) -> _Piece:
    """Two conditions in one; the second may be none."""
    row = OPERATIONS[name]
    return condition if other is None else _joined((condition, other), f" {_LOGIC[name]} ", row.precedence, 0, 3)


def _stacked(piece: _Piece) -> _Piece:
    """The piece, its lines one below the other if there are several."""
    if piece.width <= WIDTH:
        return piece
    lines = r" \\ &\quad ".join(_broken(piece))
    return piece._replace(parts=(rf"\begin{{aligned}}[t] &{lines} \end{{aligned}}",))


def _call(row: Operation, arguments: Sequence[_Piece]) -> _Piece:
    """A function by its name or template; a constant."""
    shown = row.latex or rf"\operatorname{{{escaped(row.spelling or row.name)}}}"
    if "#" in shown:
        return _filled(row, arguments)
    if not arguments:
        if r"\frac" in shown:
            return _Piece((shown,), _FRACTION, 1.5, "0", "", tall=True)
        kind = "w" if "math" in shown else "x"
        return _Piece((shown,), _ATOM, glyphs(shown), kind, kind)
    inside, *others = arguments
    for argument in others:
        inside = _joined((inside, argument), f", {_BREAK}", 0, 0, 1)
    group = _grouped(inside)
    return _Piece((shown, group), _CALL, glyphs(shown) + group.width, "", ")", group.tall)


def _filled(row: Operation, arguments: Sequence[_Piece]) -> _Piece:
    """A template with its arguments, which get parentheses where they stand at an end.

    In a template no line can be broken; what is wider than one is written with the function's name.
    """
    if sum(argument.width for argument in arguments) > WIDTH:
        return _call(row._replace(latex=""), arguments)
    pieces = re.split(r"#(\d)", row.latex)
    parts: list[str | _Piece] = []
    for k, text in enumerate(pieces):
        if k % 2 == 0:
            parts.append(text)
            continue
        bare = (k == 1 and not pieces[0]) or (k == len(pieces) - 2 and not pieces[-1])
        argument = arguments[int(text) - 1]
        parts.append(_held(argument, _ATOM) if bare else argument)
    width = sum(part.width if isinstance(part, _Piece) else glyphs(part) for part in parts)
    tall = r"\frac" in row.latex or any(argument.tall for argument in arguments)
    level = _ATOM if pieces[0] and pieces[-1] else _SUM - 1 if row.precedence else _POWER
    return _Piece(tuple(parts), level, width, "", "", tall, closed=True)


def _held(piece: _Piece, weakest: int) -> _Piece:
    """The piece, in parentheses if it holds together less tightly than it must."""
    return piece if piece.level >= weakest else _grouped(piece)


def _grouped(piece: _Piece) -> _Piece:
    """The piece in parentheses, which are as high as it is, and keep it on one line if it fits."""
    fits = piece.width <= WIDTH
    left, right = (r"\left(", r"\right)") if fits else (r"\biggl(", r"\biggr)")
    left, right = (left, right) if piece.tall else ("(", ")")
    return _Piece((left, piece, right), _ATOM, piece.width + 1.5, "(", ")", piece.tall, piece.closed or fits)


# --- lines ------------------------------------------------------------------------------------------------


def _broken(piece: _Piece) -> list[str]:
    """The text of a piece in lines: broken at sums where that is enough, else at products too."""
    pending: list[tuple[str | _Piece, bool]] = [(piece, piece.width <= WIDTH)]
    texts: list[str] = []
    while pending:
        part, closed = pending.pop()
        if isinstance(part, str):
            texts.append(re.sub(f"[{_BREAK}{_FACTOR}]", "", part) if closed else part)
        else:
            pending.extend((inner, closed or part.closed) for inner in reversed(part.parts))
    lines: list[str] = []
    line, filled = "", 0.0
    for term in "".join(texts).split(_BREAK):
        chunks = [term.replace(_FACTOR, "")] if glyphs(term) <= WIDTH else term.split(_FACTOR)
        for k, chunk in enumerate(chunks):
            wide = glyphs(chunk)
            if line and filled + wide > WIDTH:
                lines.append(line.strip().removesuffix(r"\,"))
                implied = k and not chunk.startswith((r"\cdot", "/"))
                line, filled = r"\cdot " if implied else "", 0.0
            line, filled = line + chunk, filled + wide
    return [*lines, line.strip()]


def glyphs(text: str) -> float:
    """About how wide a text of LaTeX is, in digits' widths."""
    seen = _NAME.sub(lambda found: "x" if found[1] in _COMMANDS or found[1] in _SIGNS else found[1], text)
    return float(len(_UNSEEN.sub("", seen)))

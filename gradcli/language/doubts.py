"""Texts that the grammar can read, but that may not say what was meant.

Two functions are asked while a product such as `2x` is read, where letters stand right behind a number: what is one
number elsewhere is refused (`of_number`), or noted where the letter may be a variable (`of_product`). One is asked of
the whole text, where a comment, a root or a function of another language became something else (`doubts`). A name that
somebody gives a value, or names as a variable, raises no doubt.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from gradcli.errors import Source, Span

_APPLIED = re.compile("((?:a|arc)?(?:sin|cos|tan)|(?:sin|cos|tan)h|cot|sec|csc|ln|log|exp|sqrt)([0-9]*[xyz])")
"""Functions without parentheses about their argument, which are names of variables."""
_CONSTANTS = {
    **dict.fromkeys(("Pi", "PI"), "pi"), **dict.fromkeys(("oo", "Inf", "INF", "inf", "Infinity", "infinity"), "np.inf"),
}  # fmt: skip
"""Names of constants elsewhere, and here."""
COMMENT = "a comment begins with #"
"""What is said of signs for comments in other languages."""
_SHORTEST = 3  # letters of a word in a comment


def of_number(number: str, text: str) -> tuple[str, str] | None:
    """What is said of a number that letters follow at once, and what to write, if it is one number elsewhere.

    Args:
        text: what follows the number.
    """
    complex_ = re.match(r"(?:j|im)\b", text)
    if complex_ is not None:
        unit = complex_[0]
        return (
            f"{number}{unit} is a complex number, and all numbers are real here",
            f"for a product, write {number}*{unit}",
        )
    if re.match(r"[xX]10(?:\^|\*\*|[⁻⁺⁰¹²³⁴-⁹])", text) is not None:
        return f"{number}x10 has a letter for its sign", f"write {number}*10^..., or {number}e..."
    if "e" in number.lower() and re.match(r"[eE]\d", text) is not None:
        return "a number has one exponent", "write * for a product"
    exponent = re.match(r"[dD]([-+]?\d+)\b", text) if "." in number else None
    if exponent is not None:
        return f"{number}{exponent[0]} is a number of Fortran's", f"write {number}e{exponent[1]}"
    return None


def of_product(number: str, name: str) -> str | None:
    """A note on a number with one letter right behind it, if that is one number elsewhere."""
    if name == "i" or (name == "f" and "." in number):
        return f"{number}{name} was read as {number}*{name}, by a variable {name}"
    return None


def doubts(source: Source, appeared: Mapping[str, Span], declared: Collection[str]) -> list[str]:
    """Notes on a text that was read.

    Args:
        appeared: the variables that no signature declares, and where each stands first.
        declared: names that are variables because somebody gave them a value, or named them.
    """
    text = source.text
    doubted = {name: span for name, span in appeared.items() if name not in declared}
    notes = _comments(text, doubted) if "//" in text or "%" in text else []
    root = re.search(r"(?:\^|\*\*)1/(\d+)", text) if "^1/" in text or "**1/" in text else None
    if root is not None:
        notes.append(f"x{root[0]} is (x^1)/{root[1]}; a root is written x^(1/{root[1]})")
    if "LOG(" in text:
        notes.append("LOG is the natural logarithm here, and log10 the one to base 10")
    leibniz = re.search(r"(?<!\w)(d\w*)/(d[^\W\d]\w*)", text) if "/d" in text else None
    if leibniz is not None and leibniz[1] in doubted and leibniz[2] in doubted:
        notes.append(f"{leibniz[0]} was read as a quotient of two variables; gradcli derives without it")
    if "E" in doubted and ("E^" in text or "E**" in text):
        notes.append("E is a variable; the constant is e")
    factorial = re.search(r"(\w{1,60})![ \t]*([^\W\d]\w+)", text) if "!" in text else None
    if factorial is not None and doubted.get(factorial[2], (None,))[0] == factorial.start(2):
        notes.append(f"{factorial[0]} was read as a product, factorial({factorial[1]})*{factorial[2]}; {COMMENT}")
    for name in doubted:
        if name in _CONSTANTS:
            notes.append(f"{name} is a variable; the constant is {_CONSTANTS[name]}")
        elif found := _APPLIED.fullmatch(name):
            notes.append(f"{name} is one variable; a function of {found[2]} is {found[1]}({found[2]})")
    return notes


def _comments(text: str, doubted: Mapping[str, Span]) -> list[str]:
    """Notes on what stands alone behind // or %, to the end of its line."""
    return [
        f"what follows {found[1]} was read as a variable, {found[2]}; {COMMENT}"
        for found in re.finditer(r"(//|%)[ \t]*([^\W\d]\w*)[ \t]*(?:$|#)", text, re.MULTILINE)
        if len(found[2]) >= _SHORTEST and doubted.get(found[2], (None,))[0] == found.start(2)
    ]

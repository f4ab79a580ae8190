"""Text to tokens, one at a time."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gradcli.errors import Source
from gradcli.language.characters import SUPERSCRIPTS

NUMBER, NAME, SIGN, SUPER, NEWLINE, END, OTHER = 1, 2, 3, 4, 5, 6, 7

Token = tuple[int, str, int, int]
"""Kind, text, first character, one past the last."""

MODULES = ("np", "numpy", "math", "cmath", "sp", "sympy", "scipy", "special", "torch", "jnp", "jax", "tf")
"""Modules whose functions people name with a dot; the prefix is dropped."""
WITH_SINC_OF_PI = frozenset({"np", "numpy", "jnp", "torch", "scipy", "special"})
"""Those whose sinc(x) is sin(pi*x)/(pi*x)."""

_DIGITS = r"[0-9](?:_?[0-9])*"
_SUPER = re.escape("".join(SUPERSCRIPTS))
_LETTER = rf"[^\W\d{_SUPER}]"
_REST = rf"(?:[^\W{_SUPER}]|[\u0300-\u036f])*"

_TOKEN = re.compile(
    rf"""(?:[ \t]|\#[^\n]*)*(?:
      ((?:{_DIGITS}(?:\.(?:{_DIGITS})?)?|\.{_DIGITS})(?:[eE][-+]?{_DIGITS})?)   # a number
    | ((?:(?:{"|".join(MODULES)})\.)+{_LETTER}{_REST}
       |π|{_LETTER}(?:(?<=_)π|(?!π)(?:[^\W{_SUPER}]|[\u0300-\u036f]))*)               # a name
    | (\*\*|//|<=|>=|==|!=(?!=)|\.[*/^]|&&|:=|[-+*/%^<>=!|,;()\[\]{{}}√∛≤≥≠]) # a sign
    | ([{_SUPER}]+)                                                             # a superscript
    | (\n)
    | (\Z)
    | (.))""",
    re.VERBOSE,
)


def tokens(source: Source, start: int = 0) -> Iterator[Token]:
    """The tokens of a text from a place on; the last one is END."""
    for found in _TOKEN.finditer(source.text, start):
        kind = found.lastindex or END
        text, after = found[kind], found.end()
        yield kind, text, after - len(text), after
        if kind == END:
            return

"""Characters: what people paste, put into the language's own signs; what cannot be seen, refused or noted."""

from __future__ import annotations

import re
import unicodedata

from gradcli.errors import ExpressionError, Source

# One character for one, so that places in the text stay where they are.
_SAME_AS = str.maketrans(
    "×⋅·∙•∗⨯−–‐‑÷∕⁄＋－＊／（）［］｛｝＝＾，；＜＞．｜\u00a0\u2002\u2003\u2009\u200a\u202f\u2007\u3000\u200b\ufeff\u1680",
    "******" + "*" + "----" + "///" + "+-*/()[]{}=^,;<>.|" + " " * 11,
)
SUBSCRIPTS = "₀₁₂₃₄₅₆₇₈₉"
_INVISIBLE_BUT_HARMLESS = "\u200b\ufeff"
_FILLERS = "\u115f\u1160\u3164\uffa0"
SUPERSCRIPTS = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁽⁾ⁿⁱˣʸ", "0123456789+-()nixy", strict=True))
_LOOKS_LIKE = dict(zip("αγικνορτυχωΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "ayikvoptuxwABEZHIKMNOPTYX", strict=True))


def read_characters(source: Source) -> tuple[Source, list[str]]:
    """The text with pasted signs put into the language's own, and notes on what a reader may not see.

    Raises:
        ExpressionError: a control, bidi or invisible character, which could make the text look like another.
    """
    text = source.text.replace("\r\n", "\n") if "\r" in source.text else source.text
    if text.isascii():
        plain = Source(text, source.name)
        if not _CONTROL.search(text):
            return plain, []
    else:
        composed = unicodedata.normalize("NFC", text)
        notes = ["the text was read in its composed form (Unicode NFC)"] if composed != text else []
        plain = Source(composed, source.name)
        text = composed
    for offset, character in enumerate(text):
        if not character.isascii() and unicodedata.category(character) == "No" and character not in SUBSCRIPTS:
            if character not in SUPERSCRIPTS:
                raise ExpressionError(
                    f"'{character}' is not read as a number", source=plain, span=(offset, offset + 1),
                    hint=f"write {unicodedata.normalize('NFKC', character).replace(chr(0x2044), '/')}",
                )  # fmt: skip
            continue
        if character in "\n\t" or (character.isascii() and character.isprintable()):
            continue
        category = unicodedata.category(character)
        if character in _FILLERS or (
            category in ("Cc", "Cf", "Cs", "Zl", "Zp") and character not in _INVISIBLE_BUT_HARMLESS
        ):
            raise ExpressionError(
                f"a character that cannot be seen: U+{ord(character):04X}, {unicodedata.name(character, 'control')}",
                source=plain,
                span=(offset, offset + 1),
                hint="remove it: it could make the text look like something else",
            )
    if any(character in text for character in _INVISIBLE_BUT_HARMLESS):
        notes.append("an invisible space (U+200B or U+FEFF) was read as a space")
    text = "".join(
        str(unicodedata.decimal(c)) if not c.isascii() and unicodedata.category(c) == "Nd" else c
        for c in text.translate(_SAME_AS)
    )
    return Source(text, source.name), notes


def superscript(text: str) -> str:
    """A run of superscript characters as ordinary ones: `⁻²` is `-2`."""
    return "".join(SUPERSCRIPTS[character] for character in text)


def confusable_notes(names: list[str]) -> list[str]:
    """Notes on names that look like others: compatibility letters, and letters of other scripts."""
    notes = []
    known = set(names)
    for name in names:
        if name.isascii():
            continue
        compatible = unicodedata.normalize("NFKC", name)
        plain = "".join(c for c in name if c not in SUBSCRIPTS)
        latin = "".join(_LOOKS_LIKE.get(c, c) for c in name)
        cyrillic = next((c for c in name if "CYRILLIC" in unicodedata.name(c, "")), None)
        marks = next((c for c in name if unicodedata.category(c) in ("Mn", "Me")), None)
        if cyrillic is not None:
            notes.append(f"the name '{name}' has a Cyrillic letter, U+{ord(cyrillic):04X}")
        elif marks is not None:
            notes.append(f"the name '{name}' has a combining mark, U+{ord(marks):04X}")
        elif compatible != name and (compatible in known or unicodedata.normalize("NFKC", plain) != plain):
            notes.append(f"the name '{name}' is not the same as '{compatible}', which it looks like")
        elif latin != name and latin in known:
            notes.append(f"the names '{name}' and '{latin}' look alike but are two variables")
    return notes


_CONTROL = re.compile(r"[^\n\t -~]")

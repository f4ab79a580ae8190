"""The state of one expression's reading, and what is refused where the grammar cannot go on or could go two ways.

`names` adds what names mean, `parser` the grammar. What is written otherwise elsewhere has its hints in tables
(`elsewhere`), which are asked here too: for the name of a function, and for a sign.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple, NoReturn

from gradcli.errors import ExpressionError, Source
from gradcli.language.lexer import END, NAME, NEWLINE, NUMBER, OTHER, SIGN, Token
from gradcli.language.scope import RESERVED, Scope
from gradcli.naming import suggestion
from gradcli.operations import CONSTANTS, FUNCTIONS, OPERATIONS
from gradcli.program import Ref, require_real

# How tightly binds what is no operation by itself, between a product and a sign: a function before its operand, a
# product without a sign; above a power: a root's sign.
_PRODUCT, _POWER = OPERATIONS["mul"].precedence, OPERATIONS["pow"].precedence
APPLICATION, IMPLICIT, ROOT = _PRODUCT + 4, _PRODUCT + 6, _POWER + 5
ROOTS = ("√", "∛")
BARRIER = -1  # the precedence of what only its own closing sign ends
OPENING = {"(": ")", "[": "]", "{": "}"}
CLOSING = frozenset(OPENING.values())

# What an operand ended with, which decides whether another may follow it without a sign.
ENDS_NUMBER, ENDS_NAME, ENDS_CLOSED = 1, 2, 3

_LEIBNIZ = re.compile(r"(?<!\w)(d\w*)/d([^\W\d]\w*)\s*\Z")
_FAR = 200  # characters in which a second argument is looked for


class Pending(NamedTuple):
    """An operator or an opening that waits for its operands."""

    precedence: int
    kind: str  # "binary", "prefix", "group", "call", "bar", "apply", "if", "else"
    name: str
    start: int
    end: int
    extra: Any = None  # a call's operands before it; a comparison's chain so far
    power: Ref | None = None  # of sin^2(x)


class Reading:
    """The state of one expression's reading."""

    def __init__(self, scope: Scope, source: Source) -> None:
        self.scope = scope
        self.source = source
        self.builder = scope.builder
        self.refs: list[Ref] = []
        self.begins: list[int] = []
        self.stack: list[Pending] = []
        self.end = 0  # of the last token that was consumed
        self.ended = 0  # with what the last operand ended
        self.stopped = 0  # where the token stands that ended the expression

    def next_sign(self, end: int) -> str:
        """The next character that is not a space."""
        text = self.source.text
        while text[end : end + 1] in (" ", "\t") and end < len(text):
            end += 1
        return text[end : end + 1]

    def error(self, message: str, start: int, end: int, hint: str | None = None) -> NoReturn:
        raise ExpressionError(message, source=self.source, span=(start, end), hint=hint)

    def must_be_condition(self, ref: Ref, start: int, end: int) -> None:
        if self.builder.kind(ref) != "bool" and not self.scope.untyped:
            self.error(
                "a condition is needed here, and this is a number",
                start,
                end,
                "compare it with something: x > 0",
            )

    def must_be_numbers(self, left: Ref, right: Ref, begin: int, pending: Pending, middle: int) -> None:
        for ref, start, end in ((left, begin, pending.start), (right, middle, self.end)):
            require_real(self.builder, ref, (start, end))

    def no_operand(self, token: Token) -> NoReturn:
        kind, text, start, end = token
        before = self.stack[-1] if self.stack else None
        what = "the end of the text" if kind == END else "the end of the line" if kind == NEWLINE else f"'{text}'"
        if before is None and kind in (END, NEWLINE):
            self.error("there is no expression here", start, end)
        if before is not None and before.kind == "call" and text in CLOSING and len(self.refs) == before.extra[1]:
            self.error(f"{before.name} is called without an argument", before.start, end)
        if kind == OTHER or text in (":=", "&&"):
            self.unknown_sign(token)
        if before is not None and kind in (END, NEWLINE) and before.kind in ("group", "call", "bar", "if"):
            self.unclosed(before)
        hint = None
        if before is not None and before.kind == "binary" and kind == SIGN:
            sign = self.source.text[before.start : before.end]
            hint = "a power is ** without a space, or ^" if sign == text == "*" else None
        self.error(f"a number, a name or '(' is expected before {what}", start, max(end, start + 1), hint)

    def unclosed(self, opener: Pending) -> NoReturn:
        if opener.kind == "if":
            self.error("'if' without an 'else'", opener.start, opener.end, "write: a if condition else b")
        sign = self.source.text[opener.end - 1]
        closing = OPENING.get(sign, "|")
        self.error(f"'{sign}' is never closed", opener.end - 1, opener.end, f"close it with '{closing}'")

    def unknown_sign(self, token: Token) -> NoReturn:
        from gradcli.language.elsewhere import DERIVES, PRIMES, SIGNS

        _, text, start, end = token
        hint = SIGNS.get(text)
        before = self.source.text[max(0, start - 60) : start]
        if text == "=" and (found := _LEIBNIZ.search(before)):
            hint = f"a derivative that is given is named: {found[0].rstrip().replace('/', '_')} = ..."
        if text in PRIMES and before and (before[-1].isalnum() or before[-1] in "_)]}"):
            hint = DERIVES
        self.error(f"'{text}' cannot stand here", start, end, hint)

    def refuse_leibniz(self, end: int | None = None) -> None:
        """Raises ExpressionError where what was read, up to a place, asks for a derivative: `d/dx`."""
        end = self.end if end is None else end
        begin = max(0, end - 60)
        found = _LEIBNIZ.search(self.source.text[begin:end])
        if found is not None and found[1] == "d":
            from gradcli.language.elsewhere import DERIVATIVE, DERIVES

            self.error(DERIVATIVE, begin + found.start(), end, f"{DERIVES}, with --wrt {found[2]}")

    def not_a_function(self, name: str, start: int, end: int) -> NoReturn:
        from gradcli.language.elsewhere import instead_of

        near = suggestion(name, FUNCTIONS)
        scope = self.scope
        if name == scope.defining:
            self.error(f"'{name}' is defined by itself", start, end, "recursion is not read")
        known = instead_of(name)
        if known is not None:
            self.error(f"there is no function '{name}' here", start, end, known)
        self.refuse_leibniz(end)
        product = None if self.has_several(end) else f"for a product, write {name}*(...)"
        listed = "gradcli functions lists them"
        if name in scope.values or name in CONSTANTS or len(name) <= 2:
            hints = [hint for hint in (product, near) if hint] or [listed]
            self.error(f"'{name}' is not a function", start, end, "; ".join(hints))
        self.error(f"unknown function '{name}'", start, end, near or (f"{listed}; {product}" if product else listed))

    def has_several(self, start: int) -> bool:
        """Whether the brackets that open at a place hold several arguments, and so no factor of a product."""
        depth = 0
        for character in self.source.text[start : start + _FAR]:
            depth += (character in OPENING) - (character in CLOSING)
            if depth < 1 and not character.isspace():
                return False
            if depth == 1 and character == ",":
                return True
        return False

    def refuse_no_operand(self, token: Token) -> None:
        """Raises ExpressionError where what follows an operand begins no other one."""
        kind, text, start, end = token
        if text == "|":
            begins = self.ended == ENDS_NUMBER
        else:
            begins = kind not in (OTHER, SIGN) or text in ROOTS or text in OPENING
        if not begins:
            self.unknown_sign(token)
        if kind == NAME and text in RESERVED:
            self.error(f"'{text}' cannot stand here", start, end)

    def refuse_run_together(self, left: str, token: Token) -> None:
        """Raises ExpressionError where two operands may be one number elsewhere, or a call."""
        kind, text, start, end = token
        if kind == NUMBER and self.ended != ENDS_CLOSED:
            what = "two numbers" if self.ended == ENDS_NUMBER else "a name and a number"
            self.error(
                f"{what} without a sign between them",
                start,
                end,
                "write * for a product, ^ for a power; thousands are 1_000",
            )
        if start != self.end:
            return
        if self.ended == ENDS_NUMBER and kind == NAME:
            if left == "0" and text[0] in "xXbBoO":
                self.error("a number in another base than ten", start - 1, end, "write it in decimal")
            if text[0] == "_":
                self.error("a number ends before its '_'", start, end, "write single ones between digits: 1_000")
        if text in ("(", "{") and self.source.text[start - 1] == "]" and left[0] != "[":
            called = short(left)
            self.error(
                f"'{called}' before another bracket can be read in two ways", start, end,
                f"write {called.replace('[', '(').replace(']', ')')}*(...) for a product; x^(1/3) for a root, "
                "log(x, 3) for a logarithm",
            )  # fmt: skip

    def refuse_after_name(self, left: str, token: Token) -> NoReturn:
        """A name before an operand, without a sign: a product, or a function that there is not?"""
        _, text, start, end = token
        self.refuse_leibniz()
        opens = text in OPENING
        right = text + ("..." if opens else "")
        hint = f"write {short(left)}*{right} for a product"
        name = left.strip()
        if opens and name.isidentifier():
            near = suggestion(name, FUNCTIONS)
            self.error(
                f"'{name}' is not a function", self.begins[-1], self.end, f"{hint}; {near}" if near else hint
            )  # fmt: skip
        self.error("a sign is missing here", start, end, hint)

    def refuse_two_readings(self, left: str, token: Token) -> None:
        """`1/2x` and `2^3x` mean one thing to some people and another to others."""
        top = next((pending for pending in reversed(self.stack) if pending.kind != "prefix"), None)
        if top is None:
            return
        right = self.source.text[token[2] : token[3]]
        right = "(...)" if right in OPENING else f"{right}(...)" if right in FUNCTIONS else right
        if top.kind == "binary" and top.name in ("div", "floordiv", "mod", "pow") and top.precedence >= _PRODUCT:
            sign = self.source.text[top.start : top.end]
            before = self.source.text[self.begins[-2] : top.start].rstrip() if len(self.begins) > 1 else "..."
            a, b = short(before), short(left)
            self.error(
                f"a product without a sign after '{sign}' can be read in two ways", self.begins[-1], token[3],
                f"write {a}{sign}({b}*{right}) or ({a}{sign}{b})*{right}",
            )  # fmt: skip
        if top.kind == "apply" and top.precedence == ROOT:
            self.error(
                "how far does the root reach?",
                top.start,
                token[3],
                "put what is under the root in parentheses",
            )


def short(text: str) -> str:
    """The text, if it is short enough for a hint."""
    return text if len(text) <= 24 else "..."

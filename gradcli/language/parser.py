"""One expression of the language, from tokens to equations, without recursion.

    expression  = either [ "if" either "else" expression ]
    either      = both { "or" both }
    both        = negation { "and" negation }
    negation    = "not" negation | comparison
    comparison  = sum { ("<" | "<=" | ">" | ">=" | "==" | "!=") sum }
    sum         = product { ("+" | "-") product }
    product     = implicit { ("*" | "/" | "//" | "%") implicit }
    implicit    = signed { signed }            a number, ")", constant or "!" before a name, function or "("
    signed      = ("-" | "+") signed | power
    power       = postfix [ ("^" | "**") signed ]
    postfix     = primary { "!" | superscript }
    primary     = number | name | constant | group | "|" expression "|" | call | application
    group       = "(" expression ")" | "[" expression "]" | "{" expression "}"
    call        = function [ power-of-function ] "(" expression { "," expression } ")"
    application = function [ power-of-function ] implicit     such as: sin 2x, sin^2 x
    power-of-function = ("^" | "**") number | superscript

Operators wait on one stack and operands on another, as in Dijkstra's shunting-yard; a hundred thousand nested
parentheses are an ordinary input. Every equation keeps the place in the text that it comes from.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from gradcli.errors import Source, Span
from gradcli.language.characters import superscript
from gradcli.language.doubts import of_number, of_product
from gradcli.language.lexer import END, NAME, NEWLINE, NUMBER, SUPER, Token, tokens
from gradcli.language.names import GREEK_FUNCTIONS, Names, rows_of
from gradcli.language.reading import (
    APPLICATION,
    BARRIER,
    CLOSING,
    ENDS_CLOSED,
    ENDS_NAME,
    ENDS_NUMBER,
    IMPLICIT,
    OPENING,
    ROOT,
    ROOTS,
    Pending,
)
from gradcli.language.scope import Function, Scope
from gradcli.operations import FUNCTIONS, OPERATIONS, Operation
from gradcli.program import Ref, instantiate, require_real

# The sign, what it stands for, how tightly it binds.
_BINARY = {
    sign: (name, OPERATIONS[name].precedence)
    for sign, name in {
        "+": "add", "-": "sub", "*": "mul", ".*": "mul", "/": "div", "./": "div", "//": "floordiv", "%": "mod",
        "^": "pow", "**": "pow", ".^": "pow", "<": "lt", "<=": "le", "≤": "le", ">": "gt", ">=": "ge", "≥": "ge",
        "==": "eq", "!=": "ne", "≠": "ne", "and": "and", "or": "or",
    }.items()
}  # fmt: skip
# Mathematica, which has square brackets, has these arguments first.
_TURNED = {
    "log_base": "log(x, b): the base is the second argument",
    "lambertw_branch": "lambertw(x, k): the branch is the second",
}
_NOT, _COMPARISON, _SIGNED, _POWER = (OPERATIONS[name].precedence for name in ("not", "lt", "neg", "pow"))
_IF = OPERATIONS["or"].precedence - 5  # below all signs


def parse_expression(scope: Scope, source: Source, start: int) -> tuple[Ref, Span, int]:
    """Reads one expression; it ends at a `;`, at a line's end outside brackets, or at the text's end.

    Returns the equation, which may be a condition, its place, and the offset of the sign that ended it.

    Raises:
        ExpressionError: with the place and, where there is one, a hint.
        LimitError: a name or number is too long.
    """
    parser = _Parser(scope, source)
    ref, position = parser.parse(tokens(source, start))
    return ref, (start, parser.end), position


class _Parser(Names):
    """Reads one expression."""

    def parse(self, stream: Iterator[Token]) -> tuple[Ref, int]:
        token: Token | None = next(stream)
        while token is not None:
            self.operand(token, stream)
            token = self.operators(stream)
        return self.refs[0], self.stopped

    def operand(self, token: Token, stream: Iterator[Token]) -> None:
        """Reads an operand, with the signs, functions and openings before it."""
        stack, scope = self.stack, self.scope
        values, parameters = scope.values, scope.parameters
        new = tuple.__new__  # what is most frequent is made without the detour of a call by keywords
        while True:
            kind, text, start, end = token
            ref: Ref | None = None
            if kind == NAME:
                ref = parameters.get(text) if parameters else None
                if ref is None and text in values and text not in scope.defined:
                    ref = values[text]
                if ref is not None and self.source.text[end : end + 1] not in " ([{":
                    self.ended = ENDS_NAME
                elif text == "not":
                    scope.conditions = True
                    stack.append(Pending(_NOT, "prefix", "not", start, end))
                else:
                    ref = self.name(text, start, end, stream)  # `None`: a function that waits for its argument
            elif kind == NUMBER:
                ref = scope.numbers.get(text)
                ref = self.number(text, start, end) if ref is None else ref
                self.ended = ENDS_NUMBER
            elif text in OPENING:
                stack.append(new(Pending, (BARRIER, "group", text, start, end, None, None)))
            elif text == "-":
                stack.append(Pending(_SIGNED, "prefix", "neg", start, end))
            elif text == "+":
                stack.append(Pending(_SIGNED, "prefix", "plus", start, end))
            elif text == "|":
                stack.append(Pending(BARRIER, "bar", text, start, end))
            elif text in ROOTS:
                stack.append(Pending(ROOT, "apply", text, start, end, (FUNCTIONS[text],)))
            elif kind != NEWLINE or not stack:
                self.no_operand(token)
            if ref is not None:
                self.refs.append(ref)
                self.begins.append(start)
                self.end = end
                return
            token = next(stream)

    def operators(self, stream: Iterator[Token]) -> Token | None:
        """Reads what stands behind an operand; the token that begins the next one, or `None` at the end."""
        while True:
            token = next(stream)
            kind, text, start, end = token
            sign = _BINARY.get(text) if kind != NUMBER else None
            if sign is not None:
                self.binary(*sign, start, end)
            elif text == ",":
                self.comma(start, end)
            elif text == "if":
                self.reduce(_IF + 1)
                self.stack.append(Pending(BARRIER, "if", "if", start, end))
            elif text == "else":
                self.otherwise(start, end)
            else:
                if text in CLOSING:
                    self.close(text, start, end)
                elif kind == SUPER:
                    self.raised(text, start, end)
                elif text == "!":
                    self.factorial(start, end)
                elif text == "|" and any(p.kind == "bar" for p in self.inner()):
                    self.close_bar(start, end)
                elif kind in (END, NEWLINE) or text == ";":
                    if self.is_over(kind):
                        self.stopped = start
                        return None
                    continue
                else:
                    self.implicit(token)
                    return token
                self.end = end
                continue
            self.end = end
            return next(stream)

    # --- operators ----------------------------------------------------------------------------------------

    def binary(self, name: str, precedence: int, start: int, end: int) -> None:
        chain = None
        if precedence <= _COMPARISON:
            self.scope.conditions = True
        if self.stack and self.stack[-1].precedence >= precedence:
            if precedence == _COMPARISON:
                chain = self.chain()
            else:
                self.reduce(precedence if precedence != _POWER else precedence + 1)
        self.stack.append(tuple.__new__(Pending, (precedence, "binary", name, start, end, chain, None)))

    def otherwise(self, start: int, end: int) -> None:
        """At an `else`: what waits is its `if`."""
        self.reduce(0)
        if not self.stack or self.stack[-1].kind != "if":
            self.error("'else' without an 'if'", start, end)
        self.stack[-1] = Pending(_IF, "else", "where", self.stack[-1].start, self.end)  # where the condition ends

    def is_over(self, kind: int) -> bool:
        """At an end of the line or the text, or a `;`: whether the expression ends there."""
        self.reduce(0)
        if not self.stack:
            return True
        opener = self.stack[-1]
        if kind != NEWLINE or opener.kind == "if":
            self.unclosed(opener)
        return False

    def reduce(self, precedence: int) -> None:
        """Applies the waiting operators that bind at least so tightly."""
        stack, refs, begins, builder = self.stack, self.refs, self.begins, self.builder
        while stack and stack[-1].precedence >= precedence and stack[-1].precedence >= 0:
            pending = stack.pop()
            kind = pending.kind
            if kind == "binary":
                right = refs.pop()
                right_begin = begins.pop()
                left = refs[-1]
                builder.span = (begins[-1], self.end)
                name = pending.name
                if name == "and" or name == "or":
                    self.must_be_condition(left, begins[-1], pending.start)
                    self.must_be_condition(right, right_begin, self.end)
                elif self.scope.conditions:
                    self.must_be_numbers(left, right, begins[-1], pending, right_begin)
                ref = builder.add(name, left, right)
                if pending.extra is not None:
                    ref = builder.add("and", pending.extra, ref)
                refs[-1] = ref
            elif kind == "prefix":
                begin, begins[-1] = begins[-1], pending.start
                builder.span = (pending.start, self.end)
                if pending.name == "not":
                    self.must_be_condition(refs[-1], begin, self.end)
                    refs[-1] = builder.add("not", refs[-1])
                else:
                    require_real(builder, refs[-1], (pending.end, self.end))
                    if pending.name == "neg":
                        refs[-1] = builder.add("neg", refs[-1])
            elif kind == "apply":
                self.apply(pending, [refs.pop()], [begins.pop()])
            else:
                otherwise, condition, chosen = refs.pop(), refs.pop(), refs.pop()
                begins.pop()
                self.must_be_condition(condition, begins.pop(), pending.end)
                builder.span = (begins[-1], self.end)
                begin = begins.pop()
                for ref in (chosen, otherwise):
                    require_real(builder, ref, (begin, self.end))
                refs.append(builder.add("where", condition, chosen, otherwise))
                begins.append(begin)

    def chain(self) -> Ref | None:
        """At the second sign of `a < b < c`: the condition so far; `b` stays as the next one's operand."""
        self.reduce(_COMPARISON + 1)
        if not self.stack or self.stack[-1].precedence != _COMPARISON:
            return None
        middle = self.refs[-1]
        self.reduce(_COMPARISON)
        condition, self.refs[-1] = self.refs[-1], middle
        return condition

    def close(self, text: str, start: int, end: int) -> None:
        """A closing bracket."""
        self.reduce(0)
        opener = self.stack[-1] if self.stack else None
        if opener is None:
            self.error(f"'{text}' closes nothing", start, end, "remove it, or open it before")
        if opener.kind in ("if", "bar"):
            self.unclosed(opener)
        sign = self.source.text[opener.end - 1]
        if OPENING[sign] != text:
            self.error(f"'{sign}' is closed by '{text}'", start, end, f"close it with '{OPENING[sign]}'")
        self.stack.pop()
        self.end = end
        if opener.kind == "group":
            self.begins[-1] = opener.start
        else:
            first = opener.extra[1]
            arguments, begins = self.refs[first:], self.begins[first:]
            del self.refs[first:], self.begins[first:]
            self.apply(opener, arguments, begins)
        self.ended = ENDS_CLOSED

    def close_bar(self, start: int, end: int) -> None:
        self.reduce(0)
        opener = self.stack.pop()
        if opener.kind != "bar":
            self.unclosed(opener)
        self.end = end
        self.begins[-1] = opener.start
        self.builder.span = (opener.start, end)
        require_real(self.builder, self.refs[-1], (opener.start, end))
        self.refs[-1] = self.builder.add("abs", self.refs[-1])
        self.ended = ENDS_CLOSED

    def apply(self, pending: Pending, arguments: list[Ref], begins: list[int]) -> None:
        """Puts a function applied to arguments on the stack of operands."""
        self.builder.span = (pending.start, self.end)
        function = self.scope.functions.get(pending.name) if pending.kind == "call" else None
        if function is not None:
            ref = self.inline(pending, function, arguments)
        else:
            ref = self.call(pending, pending.extra[0], arguments, begins)
        if pending.power is not None:
            self.builder.span = (pending.start, self.end)
            ref = self.builder.add("pow", ref, pending.power)
        self.refs.append(ref)
        self.begins.append(pending.start)

    def call(self, pending: Pending, rows: tuple[Operation, ...], arguments: list[Ref], begins: list[int]) -> Ref:
        count = len(arguments)
        ends = [self.source.text.rfind(",", a, b) for a, b in pairwise(begins)]
        ends.append(self.end - 1 if pending.kind == "call" else self.end)
        row = next((row for row in rows if row.accepts(count)), rows[0])
        if row.name in _TURNED and pending.kind == "call" and self.source.text[pending.end - 1] == "[":
            self.error(
                f"{pending.name}[a, b] has its arguments in another order here", pending.start, self.end,
                f"write {_TURNED[row.name]}",
            )  # fmt: skip
        foldable = (row.name in ("max", "min") and count >= 1) or (row.arity is None and count == 1)
        if not row.accepts(count) and not foldable:
            wanted = " or ".join(sorted({str(row.arity or "two or more") for row in rows}))
            self.error(
                f"{pending.name} takes {wanted} argument{'s' if wanted != '1' else ''}, and {count} "
                f"{'are' if count != 1 else 'is'} given",
                pending.start, self.end,
                f"{pending.name}({', '.join('abc'[: row.arity])}): {row.summary}" if row.arity else row.summary,
            )  # fmt: skip
        for ref, kind, begin, end in zip(arguments, row.argument_kinds(count), begins, ends, strict=True):
            if kind == "real":
                require_real(self.builder, ref, (begin, end))
            else:
                self.must_be_condition(ref, begin, end)
        if not foldable or row.accepts(count):
            return self.builder.add(row.name, *arguments)
        if row.arity is None:
            return self.builder.add("abs", arguments[0])
        result = arguments[0]
        for argument in arguments[1:]:
            result = self.builder.add(row.name, result, argument)
        return result

    def inline(self, pending: Pending, function: Function, arguments: list[Ref]) -> Ref:
        count, wanted = len(arguments), len(function.parameters)
        if count != wanted:
            self.error(
                f"'{pending.name}' has {wanted} parameter{'' if wanted == 1 else 's'}, not {count}",
                pending.start, self.end, f"it was defined as {pending.name}({', '.join(function.parameters)})",
            )  # fmt: skip
        inputs = dict(zip(function.parameters, arguments, strict=True))
        return instantiate(self.builder, self.builder.equations, [function.body], inputs)[0]

    def factorial(self, start: int, end: int) -> None:
        if self.source.text[start - 1 : start] == "!":
            self.error("what is meant by '!!'?", start - 1, end, "write (x!)! or, for a double factorial, a product")
        self.builder.span = (self.begins[-1], end)
        require_real(self.builder, self.refs[-1], (self.begins[-1], end))
        self.refs[-1] = self.builder.add("factorial", self.refs[-1])
        self.ended = ENDS_CLOSED

    def raised(self, text: str, start: int, end: int) -> None:
        """A superscript after an operand."""
        exponent = superscript(text)
        digits = exponent.lstrip("+-")
        self.builder.span = (start, end)
        if digits.isdigit() and len(exponent) - len(digits) <= 1:
            if len(digits) > 1:
                self.scope.notes.append(f"the superscript {text} was read as the power {exponent}")
            ref = self.number(digits, start, end)
            if exponent[0] == "-":
                ref = self.builder.add("neg", ref)
        elif len(exponent) == 1 and exponent.isalpha():
            ref = self.name(exponent, start, end, iter(()))  # type: ignore[assignment]
        else:
            self.error("this superscript cannot be read", start, end, "write ^(...)")
        self.builder.span = (self.begins[-1], end)
        require_real(self.builder, self.refs[-1], (self.begins[-1], start))
        self.refs[-1] = self.builder.add("pow", self.refs[-1], ref)
        self.ended = ENDS_CLOSED

    def comma(self, start: int, end: int) -> None:
        self.reduce(0)
        opener = self.stack[-1] if self.stack else None
        if opener is not None and opener.kind in ("if", "bar"):
            self.unclosed(opener)
        if opener is None or opener.kind != "call":
            self.error(
                "a comma outside a function's arguments", start, end,
                "separate several outputs by ';'; write decimals with a point, and thousands as 1_000",
            )  # fmt: skip

    def implicit(self, token: Token) -> None:
        """A product without a sign, if it can be read in one way only."""
        kind, text, start, end = token
        base = text.rpartition(".")[2]
        is_function = (
            kind == NAME
            and base not in self.scope.values
            and (base in self.scope.functions or (rows_of(base) is not None and base not in GREEK_FUNCTIONS)
                 or (base in GREEK_FUNCTIONS and self.next_sign(end) in OPENING))
        )  # fmt: skip
        left = self.source.text[max(self.begins[-1], self.end - 60) : self.end]
        self.refuse_no_operand(token)
        self.refuse_run_together(left, token)
        if self.ended == ENDS_NUMBER and kind == NAME and start == self.end:
            self.glued(left, text, start, end)
        if self.ended == ENDS_NAME and not (is_function or text in ROOTS):
            self.refuse_after_name(left, token)
        self.refuse_leibniz()
        self.refuse_two_readings(left, token)
        self.reduce(APPLICATION if is_function else IMPLICIT)
        self.refuse_two_readings(left, token)
        self.stack.append(Pending(IMPLICIT, "binary", "mul", start, start))

    def glued(self, number: str, name: str, start: int, end: int) -> None:
        """A name right behind a number: elsewhere the two may be one number."""
        scope = self.scope
        if name in scope.declared or name in scope.values or name in scope.parameters:
            return
        other = of_number(number, self.source.text[start : start + 60])
        if other is not None:
            self.error(other[0], self.begins[-1], end, other[1])
        note = of_product(number, name)
        if note is not None:
            scope.notes.append(note)

    def inner(self) -> Iterator[Pending]:
        """The waiting operators within the innermost bracket, from the top."""
        for pending in reversed(self.stack):
            if pending.kind in ("group", "call", "if"):
                return
            yield pending

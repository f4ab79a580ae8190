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

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any, NamedTuple, NoReturn

from gradcli.errors import ExpressionError, LimitError, Source
from gradcli.language.characters import SUPERSCRIPTS, superscript
from gradcli.language.lexer import END, NAME, NEWLINE, NUMBER, OTHER, SIGN, SUPER, WITH_SINC_OF_PI, Token, tokens
from gradcli.naming import suggestion
from gradcli.operations import CONSTANTS, FUNCTIONS, OPERATIONS, Operation
from gradcli.program import Builder, Ref, instantiate, require_real

RESERVED = frozenset({"True", "False", "None", "and", "or", "not", "if", "else"})
GREEK_FUNCTIONS = frozenset({"gamma", "beta", "zeta", "psi"})
MAX_NAME = 1000
_DERIVES = "give just the function: gradcli derives it"
_LEIBNIZ = re.compile(r"(?<!\w)(d\w*)/d([^\W\d]\w*)\s*\Z")

# The sign, what it stands for, how tightly it binds.
_BINARY = {
    sign: (name, OPERATIONS[name].precedence)
    for sign, name in {
        "+": "add", "-": "sub", "*": "mul", ".*": "mul", "/": "div", "./": "div", "//": "floordiv", "%": "mod",
        "^": "pow", "**": "pow", ".^": "pow", "<": "lt", "<=": "le", "≤": "le", ">": "gt", ">=": "ge", "≥": "ge",
        "==": "eq", "!=": "ne", "≠": "ne", "and": "and", "or": "or",
    }.items()
}  # fmt: skip
_IF, _COMPARISON, _PRODUCT, _APPLICATION, _IMPLICIT, _SIGNED, _POWER, _ROOT = 5, 40, 60, 64, 66, 70, 80, 85
_OPENING = {"(": ")", "[": "]", "{": "}"}
_CLOSING = frozenset(_OPENING.values())
_BARRIER = -1  # the precedence of what only its own closing sign ends

# What an operand ended with, which decides whether another may follow it without a sign.
_ENDS_NUMBER, _ENDS_NAME, _ENDS_CLOSED = 1, 2, 3


class Function(NamedTuple):
    """A function that the document defines: its parameters and its body, with the parameters as inputs."""

    parameters: tuple[str, ...]
    body: Ref


class Scope:
    """What names mean while a document is read.

    Attributes:
        values: variables, bindings and constants by name.
        parameters: those of the function that is being defined.
        functions: defined by the document.
        declared: names that are variables whatever else they could mean.
        appeared: variables in the order of their first appearance.
        used: names of bindings and functions that a later line has used.
        euler: where `e` was used other than as the base of a power.
        numbers: the constants that were read, by their texts.
        conditions: whether anything that is true or false was read.
        notes: what a reader should be told about how the text was read.
        defining: the name on the left side of the statement that is being read.
    """

    def __init__(self, builder: Builder, declared: frozenset[str]) -> None:
        self.builder = builder
        self.declared = declared
        self.values: dict[str, Ref] = {}
        self.parameters: dict[str, Ref] = {}
        self.functions: dict[str, Function] = {}
        self.defined: dict[str, tuple[int, int]] = {}
        self.appeared: dict[str, tuple[int, int]] = {}
        self.used: dict[str, tuple[int, int]] = {}
        self.euler: tuple[int, int] | None = None
        self.numbers: dict[str, Ref] = {}
        self.conditions = False
        self.notes: list[str] = []
        self.defining: str | None = None


class _Pending(NamedTuple):
    """An operator or an opening that waits for its operands."""

    precedence: int
    kind: str  # "binary", "prefix", "group", "call", "bar", "apply", "if", "else"
    name: str
    start: int
    end: int
    extra: Any = None  # a call's operands before it; a comparison's chain so far
    power: Ref | None = None  # of sin^2(x)


def parse_expression(scope: Scope, source: Source, start: int, *, real: bool = True) -> tuple[Ref, int]:
    """Reads one expression; it ends at a `;`, at a line's end outside brackets, or at the text's end.

    It must be a number, unless `real` is false. Returns the equation, and the offset of the sign that ended it.

    Raises:
        ExpressionError: with the place and, where there is one, a hint.
        LimitError: a name or number is too long.
    """
    parser = _Parser(scope, source)
    ref, position = parser.parse(tokens(source, start))
    return (require_real(scope.builder, ref, (start, parser.end)) if real else ref), position


class _Parser:
    """The state of one expression's reading."""

    def __init__(self, scope: Scope, source: Source) -> None:
        self.scope = scope
        self.source = source
        self.builder = scope.builder
        self.refs: list[Ref] = []
        self.begins: list[int] = []
        self.stack: list[_Pending] = []
        self.end = 0  # of the last token that was consumed
        self.ended = 0  # with what the last operand ended

    def parse(self, stream: Iterator[Token]) -> tuple[Ref, int]:
        refs, begins, stack, scope = self.refs, self.begins, self.stack, self.scope
        binary, values, parameters = _BINARY, scope.values, scope.parameters
        new = tuple.__new__  # what is most frequent is made without the detour of a call by keywords
        operand_next = True
        for token in stream:
            kind, text, start, end = token
            if operand_next:
                if kind == NAME:
                    ref = parameters.get(text) if parameters else None
                    if ref is None and text in values and text not in scope.defined:
                        ref = values[text]
                    if ref is not None and self.source.text[end : end + 1] not in " ([{":
                        self.ended = _ENDS_NAME
                    elif text == "not":
                        scope.conditions = True
                        stack.append(_Pending(30, "prefix", "not", start, end))
                        continue
                    else:
                        ref = self.name(text, start, end, stream)
                        if ref is None:
                            continue  # a function that waits for its argument
                    refs.append(ref)
                    begins.append(start)
                elif kind == NUMBER:
                    if len(text) > 1 and text[0] == "0" and text[1] not in ".eE" and text.strip("0_"):
                        self.error("a number does not begin with 0", start, end, f"write {text.lstrip('0_')}")
                    ref = scope.numbers.get(text)
                    refs.append(self.number(text, start, end) if ref is None else ref)
                    begins.append(start)
                    self.ended = _ENDS_NUMBER
                elif text in _OPENING:
                    stack.append(new(_Pending, (_BARRIER, "group", text, start, end, None, None)))
                    continue
                elif text == "-":
                    stack.append(_Pending(_SIGNED, "prefix", "neg", start, end))
                    continue
                elif text == "+":
                    stack.append(_Pending(_SIGNED, "prefix", "plus", start, end))
                    continue
                elif text == "|":
                    stack.append(_Pending(_BARRIER, "bar", text, start, end))
                    continue
                elif text in ("√", "∛"):
                    stack.append(_Pending(_ROOT, "apply", text, start, end, (FUNCTIONS[text],)))
                    continue
                elif kind == NEWLINE and stack:
                    continue
                else:
                    self.no_operand(token)
                self.end = end
                operand_next = False
                continue

            sign = binary.get(text) if kind != NUMBER else None
            if sign is not None:
                name, precedence = sign
                chain = None
                if precedence <= _COMPARISON:
                    scope.conditions = True
                if stack and stack[-1].precedence >= precedence:
                    if precedence == _COMPARISON:
                        chain = self.chain()
                    else:
                        self.reduce(precedence if precedence != _POWER else precedence + 1)
                stack.append(new(_Pending, (precedence, "binary", name, start, end, chain, None)))
                operand_next = True
            elif text in _CLOSING:
                self.close(text, start, end)
            elif kind == SUPER:
                self.raised(text, start, end)
            elif text == "!":
                self.factorial(start, end)
            elif text == ",":
                self.comma(start, end)
                operand_next = True
            elif kind in (END, NEWLINE) or text == ";":
                self.reduce(0)
                if not stack:
                    return refs[0], start
                opener = stack[-1]
                if kind == NEWLINE and opener.kind != "if":
                    continue
                self.unclosed(opener)
            elif text == "if":
                self.reduce(_IF + 1)
                stack.append(_Pending(_BARRIER, "if", "if", start, end))
                operand_next = True
            elif text == "else":
                self.reduce(0)
                if not stack or stack[-1].kind != "if":
                    self.error("'else' without an 'if'", start, end)
                stack[-1] = _Pending(_IF, "else", "where", stack[-1].start, self.end)  # where the condition ends
                operand_next = True
            elif text == "|" and any(p.kind == "bar" for p in self.inner()):
                self.close_bar(start, end)
            else:
                self.implicit(token)
                # The operand that follows is read by the code above: it sees the token once more.
                operand_next = self.follow(token, stream)
                continue
            self.end = end
        raise AssertionError("the tokens end with END")

    def follow(self, token: Token, stream: Iterator[Token]) -> bool:
        """Reads the first token of an operand that follows without a sign; whether more of it is to come."""
        kind, text, start, end = token
        ref: Ref | None = None
        if kind == NUMBER:
            self.builder.span = (start, end)
            ref, self.ended = self.number(text, start, end), _ENDS_NUMBER
        elif kind == NAME:
            ref = self.name(text, start, end, stream)
        elif text in ("√", "∛"):
            self.stack.append(_Pending(_ROOT, "apply", text, start, end, (FUNCTIONS[text],)))
        else:
            self.stack.append(_Pending(_BARRIER, "bar" if text == "|" else "group", text, start, end))
        if ref is None:
            return True
        self.refs.append(ref)
        self.begins.append(start)
        self.end = end
        return False

    # --- operands -----------------------------------------------------------------------------------------

    def number(self, text: str, start: int, end: int) -> Ref:
        self.builder.span = (start, end)
        try:
            ref = self.scope.numbers[text] = self.builder.const(text)
            return ref
        except LimitError as error:
            raise LimitError(error.message, source=self.source, span=(start, min(end, start + 40))) from None

    def name(self, text: str, start: int, end: int, stream: Iterator[Token]) -> Ref | None:
        """What a name means; `None` where it is a function that now waits for its argument."""
        scope, called = self.scope, self.next_sign(end) in ("(", "[", "{")
        self.ended = _ENDS_NAME
        if len(text) > MAX_NAME:
            raise LimitError(
                f"a name of {len(text):,} characters; at most {MAX_NAME:,} are allowed",
                source=self.source, span=(start, start + 40),
            )  # fmt: skip
        if text in RESERVED:
            if text in ("True", "False"):
                scope.conditions = True
                self.builder.span = (start, end)
                return self.builder.add(text.lower())
            self.error(f"'{text}' cannot stand here", start, end, "it is a word of the language")
        base, dotted = self.without_module(text, start, end)
        if called and base not in scope.parameters:
            rows = None if base in scope.functions else _rows(base)
            if base in scope.functions or rows:
                opening = next(stream)
                if base in scope.functions:
                    scope.used.setdefault(base, (start, end))
                self.stack.append(_Pending(_BARRIER, "call", base, start, opening[3], (rows, len(self.refs))))
                return None
            self.not_a_function(base, start, end)
        ref = scope.parameters.get(base)
        if ref is not None:
            return ref
        if base in scope.defined:
            scope.used.setdefault(base, (start, end))
            return scope.values[base]
        if base in scope.values:
            return scope.values[base]
        self.builder.span = (start, end)
        constant = CONSTANTS.get("np.inf" if dotted and base == "inf" else base)
        if constant is not None and base not in scope.declared:
            if constant == "e" and not self.source.text[end : end + 40].lstrip(" \t").startswith(("^", "**")):
                scope.euler = scope.euler or (start, end)
            self.ended = _ENDS_CLOSED
            return self.builder.add(constant)
        rows = FUNCTIONS.get(base) if base not in scope.declared else None
        if rows and (dotted or base not in GREEK_FUNCTIONS):
            application = self.application(base, rows, start, end, stream)
            if application is not None:
                self.stack.append(application)
                return None
            if dotted or base == rows[0].name or base in ("ln", "arcsin", "arccos", "arctan"):
                arguments = ", ".join("xyz"[: rows[0].arity or 2])
                self.error(
                    f"'{text}' is a function, and it is not called", start, end,
                    f"write {base}({arguments}); to use {base} as a variable, name it in a signature: "
                    f"f({base}) = ...",
                )  # fmt: skip
        if base not in scope.appeared:
            scope.appeared[base] = (start, end)
        scope.values[base] = ref = self.builder.input(base)
        return ref

    def without_module(self, text: str, start: int, end: int) -> tuple[str, bool]:
        """The name without `np.` and the like, and whether it had one."""
        module, dot, name = text.partition(".")
        if not dot:
            return text, False
        if name not in FUNCTIONS and name not in CONSTANTS and name != "inf":
            self.error(
                f"unknown function '{text}'",
                start,
                end,
                suggestion(name, FUNCTIONS) or "gradcli functions lists them",
            )
        return ("np.sinc" if name == "sinc" and module in WITH_SINC_OF_PI else name), True

    def application(
        self, name: str, rows: tuple[Operation, ...], start: int, end: int, stream: Iterator[Token]
    ) -> _Pending | None:
        """A function before its operand without parentheses, or with a power between: `sin 2x`, `sin^2(x)`."""
        following = self.next_sign(end)
        power: Ref | None = None
        if following == "^" or (following == "*" and self.source.text[end:].lstrip().startswith("**")):
            next(stream)
            kind, text, a, b = next(stream)
            power = self.power_of_function(name, kind, text, a, b)
        elif following and following in SUPERSCRIPTS:
            kind, text, a, b = next(stream)
            power = self.power_of_function(name, NUMBER, superscript(text), a, b)
        elif not _begins_operand(following, self.source.text, end):
            return None
        if power is not None:
            end = b
        if self.next_sign(end) in _OPENING:
            opening = next(stream)
            return _Pending(_BARRIER, "call", name, start, opening[3], (rows, len(self.refs)), power)
        if power is not None and not _begins_operand(self.next_sign(end), self.source.text, end):
            self.error(f"'{name}' is a function, and it is not called", start, end, f"write {name}(...)")
        return _Pending(_APPLICATION, "apply", name, start, end, (rows,), power)

    def power_of_function(self, name: str, kind: int, text: str, start: int, end: int) -> Ref:
        if kind != NUMBER or not text.replace("_", "").isdigit():
            inverse = "" if f"a{name}" not in FUNCTIONS else f", a{name}(x) for the inverse function"
            self.error(
                f"what is meant by a power of '{name}' like this?", start, end,
                f"write {name}(x)^(-1) or 1/{name}(x) for the reciprocal{inverse}",
            )  # fmt: skip
        self.builder.span = (start, end)
        return self.number(text, start, end)

    # --- operators ----------------------------------------------------------------------------------------

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
                    self.conditions_have_no_value(left, right, begins[-1], pending, right_begin)
                ref = builder.add(name, left, right)
                if pending.extra is not None:
                    ref = builder.add("and", pending.extra, ref)
                refs[-1] = ref
            elif kind == "prefix":
                begins[-1] = pending.start
                builder.span = (pending.start, self.end)
                if pending.name == "not":
                    self.must_be_condition(refs[-1], pending.end, self.end)
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
        if _OPENING[sign] != text:
            self.error(f"'{sign}' is closed by '{text}'", start, end, f"close it with '{_OPENING[sign]}'")
        self.stack.pop()
        self.end = end
        if opener.kind == "group":
            self.begins[-1] = opener.start
        else:
            first = opener.extra[1]
            arguments, begins = self.refs[first:], self.begins[first:]
            del self.refs[first:], self.begins[first:]
            self.apply(opener, arguments, begins)
        self.ended = _ENDS_CLOSED

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
        self.ended = _ENDS_CLOSED

    def apply(self, pending: _Pending, arguments: list[Ref], begins: list[int]) -> None:
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

    def call(self, pending: _Pending, rows: tuple[Operation, ...], arguments: list[Ref], begins: list[int]) -> Ref:
        count = len(arguments)
        ends = [self.source.text.rfind(",", a, b) for a, b in pairwise(begins)]
        ends.append(self.end - 1 if pending.kind == "call" else self.end)
        row = next((row for row in rows if row.accepts(count)), rows[0])
        foldable = (row.name in ("max", "min") and count >= 1) or (row.arity is None and count == 1)
        if not row.accepts(count) and not foldable:
            wanted = " or ".join(sorted({str(row.arity or "two or more") for row in rows}))
            self.error(
                f"{pending.name} takes {wanted} argument{'s' if wanted != '1' else ''}, and {count} "
                f"{'are' if count != 1 else 'is'} given",
                pending.start, self.end,
                f"{pending.name}: {row.summary}",
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

    def inline(self, pending: _Pending, function: Function, arguments: list[Ref]) -> Ref:
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
        self.ended = _ENDS_CLOSED

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
        self.ended = _ENDS_CLOSED

    def comma(self, start: int, end: int) -> None:
        self.reduce(0)
        opener = self.stack[-1] if self.stack else None
        if opener is not None and opener.kind in ("if", "bar"):
            self.unclosed(opener)
        if opener is None or opener.kind != "call":
            self.error(
                "a comma outside a function's arguments", start, end,
                "separate several outputs by ';'; write decimals with a point",
            )  # fmt: skip

    def implicit(self, token: Token) -> None:
        """A product without a sign, if it can be read in one way only."""
        kind, text, start, end = token
        base = text.rpartition(".")[2]
        is_function = (
            kind == NAME
            and base not in self.scope.values
            and (base in self.scope.functions or (_rows(base) is not None and base not in GREEK_FUNCTIONS)
                 or (base in GREEK_FUNCTIONS and self.next_sign(end) in _OPENING))
        )  # fmt: skip
        is_root = text in ("√", "∛")
        opens = text in _OPENING
        left = self.source.text[max(self.begins[-1], self.end - 60) : self.end]
        if kind in (OTHER, SIGN) and not (is_root or opens or text == "|"):
            self.unknown_sign(token)
        if text == "|" and self.ended != _ENDS_NUMBER:
            self.unknown_sign(token)
        if kind == NAME and text in RESERVED:
            self.error(f"'{text}' cannot stand here", start, end)
        if kind == NUMBER and self.ended != _ENDS_CLOSED:
            what = "two numbers" if self.ended == _ENDS_NUMBER else "a name and a number"
            self.error(f"{what} without a sign between them", start, end, "write * for a product, ^ for a power")
        if self.ended == _ENDS_NUMBER and kind == NAME and left == "0" and text[0] in "xXbBoO" and start == self.end:
            self.error("a number in another base than ten", start - 1, end, "write it in decimal")
        if self.ended == _ENDS_NUMBER and kind == NAME and text[0] == "_" and start == self.end:
            self.error("a number ends before its '_'", start, end, "write single ones between digits: 1_000")
        if self.ended == _ENDS_NAME and not (is_function or is_root):
            self.refuse_leibniz()
            right = self.source.text[start:end] + ("..." if opens else "")
            hint = f"write {_short(left)}*{right} for a product"
            if opens and left.strip().isidentifier():
                near = suggestion(left.strip(), FUNCTIONS)
                self.error(
                    f"'{left.strip()}' is not a function",
                    self.begins[-1],
                    self.end,
                    f"{hint}; {near}" if near else hint,
                )
            self.error("a sign is missing here", start, end, hint)
        self.refuse_leibniz()
        self.refuse_two_readings(left, token)
        if is_function:
            self.reduce(_APPLICATION)
        else:
            self.reduce(_IMPLICIT)
        self.refuse_two_readings(left, token)
        self.stack.append(_Pending(_IMPLICIT, "binary", "mul", start, start))

    def refuse_two_readings(self, left: str, token: Token) -> None:
        """`1/2x` and `2^3x` mean one thing to some people and another to others."""
        top = next((pending for pending in reversed(self.stack) if pending.kind != "prefix"), None)
        if top is None:
            return
        right = self.source.text[token[2] : token[3]]
        right = "(...)" if right in _OPENING else right
        if top.kind == "binary" and top.name in ("div", "floordiv", "mod", "pow") and top.precedence >= _PRODUCT:
            sign = self.source.text[top.start : top.end]
            before = self.source.text[self.begins[-2] : top.start].rstrip() if len(self.begins) > 1 else "..."
            a, b = _short(before), _short(left)
            self.error(
                f"a product without a sign after '{sign}' can be read in two ways", self.begins[-1], token[3],
                f"write {a}{sign}({b}*{right}) or ({a}{sign}{b})*{right}",
            )  # fmt: skip
        if top.kind == "apply" and top.precedence == _ROOT:
            self.error(
                "how far does the root reach?",
                top.start,
                token[3],
                "put what is under the root in parentheses",
            )

    def inner(self) -> Iterator[_Pending]:
        """The waiting operators within the innermost bracket, from the top."""
        for pending in reversed(self.stack):
            if pending.kind in ("group", "call", "if"):
                return
            yield pending

    def next_sign(self, end: int) -> str:
        """The next character that is not a space."""
        text = self.source.text
        while text[end : end + 1] in (" ", "\t") and end < len(text):
            end += 1
        return text[end : end + 1]

    # --- errors -------------------------------------------------------------------------------------------

    def error(self, message: str, start: int, end: int, hint: str | None = None) -> NoReturn:
        raise ExpressionError(message, source=self.source, span=(start, end), hint=hint)

    def must_be_condition(self, ref: Ref, start: int, end: int) -> None:
        if self.builder.kind(ref) != "bool":
            self.error(
                "a condition is needed here, and this is a number",
                start,
                end,
                "compare it with something: x > 0",
            )

    def conditions_have_no_value(self, left: Ref, right: Ref, begin: int, pending: _Pending, middle: int) -> None:
        for ref, start, end in ((left, begin, pending.start), (right, middle, self.end)):
            require_real(self.builder, ref, (start, end))

    def no_operand(self, token: Token) -> NoReturn:
        kind, text, start, end = token
        before = self.stack[-1] if self.stack else None
        what = "the end of the text" if kind == END else "the end of the line" if kind == NEWLINE else f"'{text}'"
        if before is None and kind in (END, NEWLINE):
            self.error("there is no expression here", start, end)
        if before is not None and before.kind == "call" and text in _CLOSING and len(self.refs) == before.extra[1]:
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

    def unclosed(self, opener: _Pending) -> NoReturn:
        if opener.kind == "if":
            self.error("'if' without an 'else'", opener.start, opener.end, "write: a if condition else b")
        sign = self.source.text[opener.end - 1]
        closing = _OPENING.get(sign, "|")
        self.error(f"'{sign}' is never closed", opener.end - 1, opener.end, f"close it with '{closing}'")

    def unknown_sign(self, token: Token) -> NoReturn:
        _, text, start, end = token
        hints = {
            "?": "write where(condition, a, b), or: a if condition else b",
            ":": "write where(condition, a, b), or: a if condition else b",
            "=": "to compare, write ==; an equation is written as a difference; an output is named by: name = ...",
            ":=": "write = to name something",
            "&&": "write: and", "&": "write: and",
            "|": "write: or; abs(x) or |x| is the absolute value",
            "~": "write: not, or - for the negative",
            ".": "there are no attributes here; a decimal needs digits",
            "\\": "this looks like LaTeX, which is not read: write sqrt(x), a/b, sin(x)",
            "$": "this looks like LaTeX or a shell variable, which are not read",
            "∂": _DERIVES, "∫": "gradcli derives; it does not integrate", "∇": _DERIVES,
            "<": "write < or <= to compare", "@": "write * for a product",
            "'": "text has no value here", '"': "text has no value here", "∞": "write np.inf",
        }  # fmt: skip
        hint = hints.get(text)
        before = self.source.text[max(0, start - 60) : start]
        if text == "=" and (found := _LEIBNIZ.search(before)):
            hint = f"a derivative that is given is named: {found[0].rstrip().replace('/', '_')} = ..."
        if text in ("'", "’", "′") and before[-1:] and (before[-1].isalnum() or before[-1] in "_)]}"):
            hint = _DERIVES
        elif text in ("“", "”", "‘", "’"):
            hint = "remove the quotation marks"
        self.error(f"'{text}' cannot stand here", start, end, hint)

    def refuse_leibniz(self, end: int | None = None) -> None:
        """Raises ExpressionError where what was read, up to a place, asks for a derivative: `d/dx`."""
        end = self.end if end is None else end
        begin = max(0, end - 60)
        found = _LEIBNIZ.search(self.source.text[begin:end])
        if found is not None and found[1] == "d":
            start = begin + found.start()
            self.error(
                "a derivative is not written into the expression", start, end, f"{_DERIVES}, with --wrt {found[2]}"
            )

    def not_a_function(self, name: str, start: int, end: int) -> NoReturn:
        elsewhere = {
            "diff": _DERIVES, "integrate": "gradcli derives; it does not integrate",
            "limit": "gradcli derives; it does not take limits", "sum": "write the terms with +",
            "Sum": "write the terms with +", "Piecewise": "write where(condition, a, b)",
        }  # fmt: skip
        near = suggestion(name, FUNCTIONS)
        scope = self.scope
        if name == scope.defining:
            self.error(f"'{name}' is defined by itself", start, end, "recursion is not read")
        if name in elsewhere:
            self.error(f"there is no function '{name}' here", start, end, elsewhere[name])
        self.refuse_leibniz(end)
        product = f"for a product, write {name}*(...)"
        if name in scope.values or name in CONSTANTS or len(name) <= 2:
            self.error(f"'{name}' is not a function", start, end, f"{product}; {near}" if near else product)
        self.error(f"unknown function '{name}'", start, end, near or f"gradcli functions lists them; {product}")


def _rows(name: str) -> tuple[Operation, ...] | None:
    """The operations that a called name can mean; without regard to case where nothing matches exactly."""
    return FUNCTIONS.get(name) or FUNCTIONS.get(name.lower())


def _begins_operand(character: str, text: str, end: int) -> bool:
    """Whether a function's argument without parentheses begins with this character."""
    if character in ("√", "∛", "|", "."):
        return True
    if not (character.isalnum() or character == "_"):
        return False
    word = text[end:].lstrip(" \t").split(None, 1)[0] if len(text) - end < 200 else text[end : end + 200].split()[0]
    return word not in ("if", "else", "and", "or", "not")


def _short(text: str) -> str:
    return text if len(text) <= 24 else "..."

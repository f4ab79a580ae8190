"""What a name or a number means where an operand may stand: variables, constants, functions with what they take."""

from __future__ import annotations

from collections.abc import Iterator

from gradcli.errors import LimitError
from gradcli.language.characters import SUPERSCRIPTS, superscript
from gradcli.language.lexer import NUMBER, WITH_SINC_OF_PI, Token
from gradcli.language.reading import APPLICATION, BARRIER, ENDS_CLOSED, ENDS_NAME, OPENING, Pending, Reading
from gradcli.language.scope import RESERVED
from gradcli.naming import suggestion
from gradcli.operations import CONSTANTS, FUNCTIONS, Operation
from gradcli.program import Ref

GREEK_FUNCTIONS = frozenset({"gamma", "beta", "zeta", "psi"})
"""Functions where they stand before a bracket, and variables elsewhere."""
MAX_NAME = 1000


class Names(Reading):
    """Reads names."""

    def number(self, text: str, start: int, end: int) -> Ref:
        if len(text) > 1 and text[0] == "0" and text[1] not in ".eE" and text.strip("0_"):
            self.error("a number does not begin with 0", start, end, f"write {text.lstrip('0_')}")
        self.builder.span = (start, end)
        try:
            ref = self.scope.numbers[text] = self.builder.const(text)
            return ref
        except LimitError as error:
            raise LimitError(error.message, source=self.source, span=(start, min(end, start + 40))) from None

    def name(self, text: str, start: int, end: int, stream: Iterator[Token]) -> Ref | None:
        """What a name means; `None` where it is a function that now waits for its argument."""
        scope = self.scope
        self.ended = ENDS_NAME
        if len(text) > MAX_NAME:
            raise LimitError(
                f"a name of {len(text):,} characters; at most {MAX_NAME:,} are allowed",
                source=self.source, span=(start, start + 40),
            )  # fmt: skip
        if text in RESERVED:
            return self.word(text, start, end)
        base, dotted = self.without_module(text, start, end)
        if self.next_sign(end) in OPENING and base not in scope.parameters:
            self.open_call(base, start, end, stream)
            return None
        ref = scope.parameters.get(base, scope.values.get(base))
        if ref is not None:
            if base in scope.defined and base not in scope.parameters:
                scope.used.setdefault(base, (start, end))
            return ref
        self.builder.span = (start, end)
        if base not in scope.declared:
            constant = CONSTANTS.get("np.inf" if dotted and base == "inf" else base)
            if constant is not None:
                return self.constant(constant, start, end)
            is_function = base in FUNCTIONS and (dotted or base not in GREEK_FUNCTIONS)
            if is_function and self.is_applied(text, base, start, end, stream):
                return None
        scope.appeared.setdefault(base, (start, end))
        scope.values[base] = ref = self.builder.input(base)
        return ref

    def word(self, text: str, start: int, end: int) -> Ref:
        """`True` or `False`; other words of the language are no operands."""
        if text not in ("True", "False"):
            self.error(f"'{text}' cannot stand here", start, end, "it is a word of the language")
        self.scope.conditions = True
        self.builder.span = (start, end)
        return self.builder.add(text.lower())

    def constant(self, name: str, start: int, end: int) -> Ref:
        if name == "e" and not self.source.text[end : end + 40].lstrip(" \t").startswith(("^", "**")):
            self.scope.euler = self.scope.euler or (start, end)
        self.ended = ENDS_CLOSED
        return self.builder.add(name)

    def open_call(self, name: str, start: int, end: int, stream: Iterator[Token]) -> None:
        """A name before a bracket: a call that waits for its arguments."""
        own = name in self.scope.functions
        rows = None if own else rows_of(name)
        if not own and rows is None:
            self.not_a_function(name, start, end)
        if own:
            self.scope.called.add(name)
        opening = next(stream)
        self.stack.append(Pending(BARRIER, "call", name, start, opening[3], (rows, len(self.refs))))

    def is_applied(self, text: str, name: str, start: int, end: int, stream: Iterator[Token]) -> bool:
        """Whether a function's name is one here, which then waits for its operand; if not, it is a variable's.

        Raises:
            ExpressionError: it has no operand, and is too well known to be a variable.
        """
        rows = FUNCTIONS[name]
        application = self.application(name, rows, start, end, stream)
        if application is not None:
            self.stack.append(application)
            return True
        if text != name or name == rows[0].name or name in ("ln", "arcsin", "arccos", "arctan"):
            arguments = ", ".join("xyz"[: rows[0].arity or 2])
            self.error(
                f"'{text}' is a function, and it is not called", start, end,
                f"write {name}({arguments}); to use {name} as a variable, name it in a signature: f({name}) = ...",
            )  # fmt: skip
        return False

    def without_module(self, text: str, start: int, end: int) -> tuple[str, bool]:
        """The name without `np.` and the like, and whether it had one."""
        module, dot, name = text.rpartition(".")
        if not dot:
            return text, False
        if name not in FUNCTIONS and name not in CONSTANTS and name != "inf":
            from gradcli.language.elsewhere import instead_of

            near = instead_of(name) or suggestion(name, [*FUNCTIONS, *CONSTANTS])
            self.error(f"unknown function '{text}'", start, end, near or "gradcli functions lists them")
        if text == "math.remainder":  # np.remainder has the divisor's sign, as % has
            self.error(
                "math.remainder rounds the quotient to the nearest", start, end, "write a - b*round(a/b), or mod(a, b)"
            )
        of_pi = name == "sinc" and not WITH_SINC_OF_PI.isdisjoint(module.split("."))
        return ("np.sinc" if of_pi else name), True

    def application(
        self, name: str, rows: tuple[Operation, ...], start: int, end: int, stream: Iterator[Token]
    ) -> Pending | None:
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
        if self.next_sign(end) in OPENING:
            opening = next(stream)
            return Pending(BARRIER, "call", name, start, opening[3], (rows, len(self.refs)), power)
        if power is not None and not _begins_operand(self.next_sign(end), self.source.text, end):
            self.error(f"'{name}' is a function, and it is not called", start, end, f"write {name}(...)")
        return Pending(APPLICATION, "apply", name, start, end, (rows,), power)

    def power_of_function(self, name: str, kind: int, text: str, start: int, end: int) -> Ref:
        if kind != NUMBER or not text.replace("_", "").isdigit():
            inverse = "" if f"a{name}" not in FUNCTIONS else f", a{name}(x) for the inverse function"
            self.error(
                f"what is meant by a power of '{name}' like this?", start, end,
                f"write {name}(x)^(-1) or 1/{name}(x) for the reciprocal{inverse}",
            )  # fmt: skip
        self.builder.span = (start, end)
        return self.number(text, start, end)


def rows_of(name: str) -> tuple[Operation, ...] | None:
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

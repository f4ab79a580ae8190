"""Values as single numbers: what an equation, a condition or a whole number is made of, and what is known of each.

A condition counts as 1 or 0 where a number is needed, as in Python. What has to be known while the text is read is
decided here, and refused where only rounding would decide it (`exact`).
"""

from __future__ import annotations

import ast
import math
from functools import partial, reduce
from typing import NoReturn

from gradcli.language.python.code import Code
from gradcli.language.python.exact import Constants, Doubt
from gradcli.language.python.values import (
    Chosen,
    Maybe,
    Missing,
    Raised,
    Selection,
    Table,
    Term,
    Value,
    Vector,
    describe,
)
from gradcli.program import Builder, Ref

_MOST_BITS = 14_000  # of a whole number that is written down: Python writes no more than 4,300 digits


class Scalars:
    """Builds the equations of numbers; the place of the next ones is set before by `at`."""

    def __init__(self, code: Code, builder: Builder) -> None:
        self.code = code
        self.builder = builder
        self.constants = Constants(builder)
        self.error = code.error
        self.notes: dict[str, None] = {}
        self.has_arrays = False  # whether numbers may be NumPy's

    def at(self, node: ast.AST) -> None:
        """Lets the next equations come from a node."""
        self.builder.span = self.code.span(node)

    def note(self, text: str, node: ast.AST) -> None:
        """Keeps what is to be said beside the answer, with the line."""
        self.notes[f"{text} ({self.code.line(node)})"] = None

    # --- a value as a number, a condition, a whole number ---------------------------------------------------

    def real(self, value: Value, node: ast.AST) -> Ref:
        """The equation of a number; a condition is 1 or 0."""
        if isinstance(value, int):
            if value.bit_length() > _MOST_BITS:
                self.too_large(node)
            ref = self.builder.const(str(abs(int(value))))
            return self.builder.add("neg", ref) if value < 0 else ref
        if isinstance(value, Term):
            if self.builder.kind(value.ref) == "real":
                return value.ref
            return self.builder.add("where", value.ref, self.builder.const("1"), self.builder.const("0"))
        self.present(value, node)
        self.error(f"a number is needed here, and this is {describe(value)}", node)

    def condition(self, value: Value, node: ast.AST) -> Ref:
        """The equation of a condition; a number is one unless it is 0."""
        if isinstance(value, Term):
            is_condition = self.is_condition(value)
            return value.ref if is_condition else self.builder.add("ne", value.ref, self.builder.const("0"))
        if isinstance(value, Selection):
            conditions = [item.condition for item in value.items if isinstance(item, Chosen)]
            return reduce(partial(self.builder.add, "or"), conditions)
        return self.builder.add("true" if self.truth(value, node) else "false")

    def too_large(self, node: ast.AST) -> NoReturn:
        """Says of a whole number that it is not followed."""
        self.code.limit("this whole number has too many digits", node, "write it as a float: 2.0**5000")

    def truth(self, value: Value, node: ast.AST) -> bool | None:
        """Whether a value counts as true, as Python has it; `None` where that depends on the variables."""
        if value is None or isinstance(value, int):
            return bool(value)
        if isinstance(value, Term):
            try:
                return self.constants.decided(self.condition(value, node))
            except Doubt:
                self._doubt(node)
        if isinstance(value, Selection):
            return None if all(isinstance(item, Chosen) for item in value.items) else True
        if isinstance(value, str | range):
            return bool(value)
        if isinstance(value, Table) or (isinstance(value, Vector) and value.kind != "array"):
            return len(value.items) > 0
        self.present(value, node)
        self.error(
            f"a condition is needed here, and this is {describe(value)}", node, "np.all and np.any make one of many"
        )  # fmt: skip

    def whole(self, value: Value, node: ast.AST, what: str = "this") -> int:
        """A whole number that is known while the text is read: an index, a bound, a size."""
        if isinstance(value, int):
            return int(value)
        self.present(value, node)
        known = None
        if isinstance(value, Term):
            try:
                known = self.constants.truncated(value.ref, whole=True)
            except Doubt:
                self._doubt(node)
        if known is None:
            hint = "loops are unrolled: write a number, a constant of the file, len(x) or a loop's counter"
            if what == "an index":
                hint += "; inside a loop, keep the element in a name: found = x[i]"
            self.error(f"{what} has to be a whole number that is known without the variables", node, hint)
        return known

    def truncated(self, value: Value, node: ast.AST) -> Value:
        """A number without what is behind its point: `int(x)`."""
        if isinstance(value, int):
            return int(value)
        ref, add = self.real(value, node), self.builder.add
        try:
            known = self.constants.truncated(ref)
        except Doubt:
            self._doubt(node)
        if known is not None:
            return known
        return Term(add("where", add("ge", ref, self.builder.const("0")), add("floor", ref), add("ceil", ref)))

    def _doubt(self, node: ast.AST) -> NoReturn:
        self.error(
            "rounding decides this: the numbers as written say otherwise than Python's floats", node,
            "count by whole numbers, or write the number that is meant",
        )  # fmt: skip

    def present(self, value: Value, node: ast.AST) -> None:
        """Refuses a value that is not there."""
        if isinstance(value, Missing):
            self.error(value.reason, value.node or node, value.hint)
        if isinstance(value, Maybe):
            self.error(
                "this may be None, as a condition on the variables says", node,
                "ask first: if b is not None: ...; or give it a number to begin with",
            )  # fmt: skip
        if isinstance(value, Raised):
            self.error("this is always an exception", value.node, "raise it under a condition, or return a value")

    # --- what is known ------------------------------------------------------------------------------------

    def doubt(self, name: str, *operands: Ref, node: ast.AST) -> None:
        """Refuses an operation on constants whose rounding decides."""
        if self.constants.doubted(name, *operands):
            self._doubt(node)

    def doubt_digits(self, value: Term, places: int, node: ast.AST) -> None:
        """Refuses to round a constant to decimals that only its rounding decides."""
        if self.constants.doubted_digits(value.ref, places):
            self._doubt(node)

    def infinity(self, value: Value) -> int:
        """The sign of an infinite constant; 0 of everything else."""
        if not isinstance(value, Term):
            return 0
        constant = self.constants.of(value.ref)
        if constant is None or constant.exact is not None or not math.isinf(constant.rounded):
            return 0
        return 1 if constant.rounded > 0 else -1

    def is_whole(self, value: Value) -> bool:
        """Whether NumPy holds, or may hold, a value as whole numbers, and would round what is put among them."""
        if isinstance(value, Vector):
            return (
                value.kind == "array"
                and not value.floats
                and bool(value.items)
                and all(map(self.is_whole, value.items))
            )
        if isinstance(value, Term):
            return self.is_condition(value) or self.constants.may_be_whole(value.ref)
        return isinstance(value, int)

    def are_conditions(self, value: Value) -> bool:
        """Whether all elements are conditions."""
        items = value.items if isinstance(value, Vector) else []
        if items:
            return all(map(self.are_conditions, items))
        return isinstance(value, bool) or self.is_condition(value)

    def is_condition(self, value: Value) -> bool:
        """Whether a value is a condition on the variables."""
        return isinstance(value, Term) and self.builder.kind(value.ref) == "bool"

    def unconditional(self, value: Value, node: ast.AST) -> Value:
        """A number; of a condition 1 or 0."""
        return int(value) if isinstance(value, int) else Term(self.real(value, node))

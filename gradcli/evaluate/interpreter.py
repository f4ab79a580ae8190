"""A program on any kind of number, one equation after the other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from gradcli.language.document import parsed_text
from gradcli.program import Equation, Program, Ref, live

Values = dict[Ref, Any]


class Interpreter:
    """What is the same for all kinds of numbers: the order of things."""

    def number(self, text: str) -> Any:
        """A decimal as a number."""
        raise NotImplementedError

    def step(self, equations: Sequence[Equation], k: Ref, values: Mapping[Ref, Any]) -> Any:
        """The result of an operation whose operands have values."""
        raise NotImplementedError

    def evaluate(self, program: Program, roots: Iterable[Ref], point: Mapping[str, Any]) -> Values:
        """The values of all equations that the roots depend on."""
        return self.run(program.equations, live(program.equations, roots), point)

    def run(
        self,
        equations: Sequence[Equation],
        order: Iterable[Ref],
        point: Mapping[str, Any],
        values: Values | None = None,
    ) -> Values:
        """Computes equations in order, into the values."""
        values = {} if values is None else values
        for k in order:
            name, *arguments = equations[k]
            if name == "input":
                values[k] = point[arguments[0]]
            elif name == "const":
                values[k] = self.number(arguments[0])
            else:
                values[k] = self.step(equations, k, values)
        return values

    def of_text(self, text: str, operands: Sequence[Any]) -> Any:
        """The value of a text of the table at the operands."""
        equations, order, root = parsed_text(text, "abc"[: len(operands)])
        return self.run(equations, order, dict(zip("abc", operands, strict=False)))[root]

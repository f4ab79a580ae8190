"""A program on Python floats (or complex numbers), at one point, without NumPy.

The interpreter is one loop over the equations. Python's own functions raise where NumPy's answer inf or nan
(log 0, exp 1000, 1/0); where one raises, the whole program runs again with total versions, so that the
usual case pays nothing.
"""

from __future__ import annotations

import cmath
import math
import operator
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any

from gradcli.evaluate import elementary
from gradcli.operations import OPERATIONS
from gradcli.program import LEAVES, Equation, Program, Ref, live

Function = Callable[..., Any]

BY_MEANING = "meaning"
"""The spelling of a function that is computed by its meaning, where that has to be said."""
COARSE = "coarse"
"""The column of functions for slopes that only bounds of errors are made of: those on floats, or faster ones."""

_MODULES: dict[str, Any] = {"math": math, "cmath": cmath, "operator": operator, "elementary": elementary}


class Evaluator:
    """A program prepared for evaluation at points.

    Args:
        program: what is evaluated.
        roots: the equations that are wanted; what they do not depend on is left out.
        column: which functions of the table compute: `python` or `complex`.
    """

    def __init__(self, program: Program, roots: Iterable[Ref], column: str = "python") -> None:
        self.program = program
        self.equations = equations = program.equations
        needed = live(equations, roots)
        self.column = column
        self.order = [k for k in needed if equations[k][0] not in LEAVES]
        self.constants = [(k, float(equations[k][1])) for k in needed if equations[k][0] == "const"]
        self.inputs = [(k, equations[k][1]) for k in needed if equations[k][0] == "input"]

    def evaluate(self, point: Mapping[str, Any]) -> list[Any]:
        """The values of all equations at a point, by index (1.0 for those that are not needed).

        Where an operation is undefined its value is nan, where it is too large it is inf.
        """
        values: list[Any] = [1.0] * len(self.equations)
        for k, constant in self.constants:
            values[k] = constant
        for k, name in self.inputs:
            values[k] = point[name]
        try:
            self._run(values, functions(self.column, False))
        except (ValueError, OverflowError, ZeroDivisionError):
            self._run(values, functions(self.column, True))
        return values

    def _run(self, values: list[Any], table: Mapping[str, Function]) -> None:
        equations = self.equations
        for k in self.order:
            equation = equations[k]
            count = len(equation)
            if count == 3:
                values[k] = table[equation[0]](values[equation[1]], values[equation[2]])
            elif count == 2:
                values[k] = table[equation[0]](values[equation[1]])
            else:
                values[k] = table[equation[0]](*[values[ref] for ref in equation[1:]])


class _Functions(dict[str, Function]):
    """The functions of a column of the table by operation, found when they are first used."""

    def __init__(self, column: str, total: bool) -> None:
        super().__init__()
        self.column = column
        self.total = total

    def __missing__(self, name: str) -> Function:
        function = _function(name, self.column)
        self[name] = _total(function) if self.total else function
        return self[name]


@cache
def functions(column: str = "python", total: bool = False) -> Mapping[str, Function]:
    """The functions that compute the operations, by name; total ones answer nan or inf where the others raise."""
    return _Functions(column, total)


def _function(name: str, column: str) -> Function:
    row = OPERATIONS[name]
    spelling: str = getattr(row, column) or (row.python if column == COARSE else "")
    if spelling and spelling != BY_MEANING:
        module, _, attribute = spelling.partition(".")
        if module == "special":
            from gradcli.evaluate import special

            return special.function(attribute, of_text(row.defined, "abc"[: row.arity]) if row.defined else None)
        if module == "coarse":
            from gradcli.evaluate import coarse

            return getattr(coarse, attribute)  # type: ignore[no-any-return]
        found = getattr(_MODULES[module], attribute)
        return found if callable(found) else lambda: found
    return of_text(row.meaning, "abc"[: row.arity or 2], column)


@cache
def of_text(text: str, arguments: str, column: str = "python", total: bool = False) -> Function:
    """An expression of the language as a function of the named arguments, in order."""
    from gradcli.language.document import parsed_text

    equations, order, root = parsed_text(text, arguments)

    slots = {k: arguments.index(equations[k][1]) for k in order if equations[k][0] == "input"}
    literals = [k for k in order if equations[k][0] == "const"]
    operations = [k for k in order if equations[k][0] not in LEAVES]
    slots |= {k: slot for slot, k in enumerate((*literals, *operations), len(arguments))}
    constants = [float(equations[k][1]) for k in literals]
    table = functions(column, total)
    steps = []
    for k in operations:
        operands = [slots[ref] for ref in equations[k][1:]]
        first, second = (*operands, -1, -1)[:2]
        steps.append((table[equations[k][0]], len(operands), first, second, operands))
    result = slots[root]

    def function(*values: Any) -> Any:
        computed = [*values, *constants]
        for step, count, first, second, operands in steps:
            if count == 2:
                computed.append(step(computed[first], computed[second]))
            elif count == 1:
                computed.append(step(computed[first]))
            else:
                computed.append(step(*[computed[slot] for slot in operands]))
        return computed[result]

    return function


def _total(function: Function) -> Function:
    """The same function, with nan where it is undefined and inf where it is too large."""

    def total(*arguments: Any) -> Any:
        try:
            return function(*arguments)
        except OverflowError:
            return math.inf
        except (ValueError, ZeroDivisionError):
            return math.nan

    return total


def supports(equations: list[Equation], order: Iterable[Ref], column: str) -> bool:
    """Whether every operation has a function in a column of the table, by its own spelling or its meaning's."""
    names = {equations[k][0] for k in order} - LEAVES
    return all(_supported(name, column) for name in names)


@cache
def _supported(name: str, column: str) -> bool:
    row = OPERATIONS[name]
    spelling = getattr(row, column)
    if spelling != BY_MEANING and (spelling or column == "complex"):
        return bool(spelling)
    if not row.meaning:
        return False
    from gradcli.language.document import parsed_text

    equations, order, _ = parsed_text(row.meaning, "abc"[: row.arity or 2])
    return supports(equations, order, column)

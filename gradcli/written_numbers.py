"""What the text of one value means: a number, a constant expression, an interval; in doubles and to any precision."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

from gradcli.errors import ExpressionError, Source, Span, UsageError
from gradcli.results import SMALLEST_NORMAL

if TYPE_CHECKING:
    from gradcli.evaluate.balls import Balls
    from gradcli.evaluate.multiprecision import Multiprecision
    from gradcli.evaluate.rationals import Rationals
    from gradcli.program import Program

NUMBER = r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?"
"""The pattern of a plain number."""

_SHORT = re.compile(r"[-+]?(?=[^eE]{,15}(?:[eE]|\Z))[0-9]+\.?[0-9]*(?:[eE][-+]?[0-9]+)?")
"""Decimals of so few digits that normal doubles keep them apart."""
_ZERO = re.compile(r"[-+]?[0.]+(?:[eE].*)?")
_INTERVAL = re.compile(r"\[(.*)\]", re.DOTALL)
_SECOND_PAIR = re.compile(r"(?<![<>=!])=(?!=)|;")
_INFINITE = {"inf": math.inf, "+inf": math.inf, "-inf": -math.inf, "−inf": -math.inf}
_CONSTANTS = {
    "pi": "3.14159265358979323846264338327950288419716939937510582097494",
    "e": "2.71828182845904523536028747135266249775724709369995957496697",
}
_ONE_ROUNDING = 1.0 + 2.0**-40
_DIGITS = 60  # that tell to which double a number is next
_VALUES = (
    (r"\[.*,.*,.*\]|\(.*,.*\)|\{.*,.*\}", "one --at is one point", "--at x=1 --at x=2, --range, or --points FILE"),
    (
        r".*\d\s*\.\.\.?\s*[-+\d].*",
        "this is a range of values",
        "--range NAME=0:1:0.1, or an interval NAME=[0,1] with --certify",
    ),
    (r"[^:]+:[^:]+(:.*)?", "this is a range of values", "--range NAME=0:1:0.1, or NAME=0:1:#11"),
    (r"[\"'].*[\"']", "text is no number", "leave out the quotation marks"),
)
"""What is no value of a variable, what is said of it, and what to write."""


def is_printed_as(double: float, text: str) -> bool:
    """Whether a text is a decimal, by its few digits, that the double next to it prints as."""
    is_kept = SMALLEST_NORMAL <= abs(double) < math.inf or _ZERO.fullmatch(text)
    return bool(is_kept and _SHORT.fullmatch(text))


def end_of_item(text: str, start: int) -> int:
    """Where one of several pairs or ends stops: at a comma or a line's end outside brackets, or at a comment."""
    depth = 0
    for k in range(start, len(text)):
        character = text[k]
        if character in "([{":
            depth += 1
        elif character in ")]}":
            depth -= 1
        elif (character in ",\n" and depth <= 0) or (character == "#" and (k == start or text[k - 1].isspace())):
            return k
    return len(text)


def interval(text: str) -> tuple[str, str] | None:
    """The two ends of an interval in square brackets."""
    found = _INTERVAL.fullmatch(text)
    if found is None:
        return None
    comma = end_of_item(found[1], 0)
    rest = found[1][comma + 1 :]
    return (found[1][:comma].strip(), rest.strip()) if rest and end_of_item(rest, 0) == len(rest) else None


def constant(name: str, source: Source, start: int, end: int) -> float:
    """The value of a constant expression.

    Raises:
        UsageError: it is none, or has no finite value.
    """
    from gradcli.language.document import parse

    def wrong(message: str, hint: str | None = None, span: Span = (start, end)) -> UsageError:
        return UsageError(message, source=source, span=span, hint=hint)

    text = source.text[start:end]
    if text.lower() in _INFINITE:
        return _INFINITE[text.lower()]
    second = _SECOND_PAIR.search(text)
    if second is not None:
        raise wrong("pairs are separated by commas", "write: x=1,y=2", (start + second.start(), start + second.end()))
    if text.lower().lstrip("+-") == "nan":
        raise wrong(f"the value of '{name}' is no number", "leave out what is not known; nan has no derivative")
    if re.fullmatch(r"[-+]?[0-9._]+e", text):
        raise wrong(
            "the number has no exponent behind its 'e'",
            f"write it, as in {text}3; a product with the constant is {text[:-1]}*e",
        )
    try:
        program = parse(Source(text))
    except ExpressionError as error:
        for pattern, message, hint in _VALUES:
            if re.fullmatch(pattern, text, re.DOTALL) is not None:
                raise wrong(f"the value of '{name}' is not one number: {message}", hint.replace("NAME", name)) from None
        a, b = error.span or (0, end - start)
        raise wrong(error.message, error.hint, (min(start + a, end), min(start + b, end))) from None
    if program.variables:
        raise wrong(
            f"the value of '{name}' is no constant: it depends on '{program.variables[0]}'",
            "a value is a number or a constant expression: x=0.5, x=pi/4, x=1e-3",
        )
    number = _rounded_once(program)
    if math.isnan(number):
        raise wrong(f"the value of '{name}' is undefined")
    if math.isinf(number):
        raise wrong(
            f"the value of '{name}' is too large for a double",
            "the largest is 1.8e308; infinity is written inf; a larger one can stand in the expression, with --digits",
        )
    return number


def _rounded_once(program: Program) -> float:
    """The double next to the value of a constant expression; nan or inf where there is none."""
    from gradcli.evaluate.floats import Evaluator
    from gradcli.evaluate.running_error import UNIT, error_bounds

    root = program.outputs[0].ref
    evaluator = Evaluator(program, [root])
    values = evaluator.evaluate({})
    number = float(values[root])
    error = error_bounds(program, evaluator.order, values).errors[root]
    # A sum is larger than its parts, so that several of their roundings may look like one of its own.
    sums = any(program.equations[k][0] in ("add", "sub") for k in evaluator.order)
    if error == 0.0 or not (sums or error > _ONE_ROUNDING * UNIT * abs(number)):
        return number
    from gradcli.evaluate.rationals import Rationals

    fraction = Rationals(_CONSTANTS).evaluate(program, [root], {})[root]
    if fraction is not None:  # mpmath takes longer to load than all else
        return float(fraction)
    from gradcli.evaluate.multiprecision import Multiprecision, Undefined

    exact = Multiprecision(_DIGITS).evaluate(program, [root], {})[root]
    return number if isinstance(exact, Undefined) else float(exact)


def exact_value(text: str, arithmetic: Multiprecision | Rationals | Balls) -> Any:
    """A value that was read before, in multiple precision."""
    if text.lower() in _INFINITE:
        return arithmetic.number(repr(_INFINITE[text.lower()]))
    if re.fullmatch(NUMBER, text):
        return arithmetic.number(text)
    from gradcli.language.document import parse

    program = parse(Source(text))
    root = program.outputs[0].ref
    return arithmetic.evaluate(program, [root], {})[root]

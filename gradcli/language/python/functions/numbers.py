"""Functions of numbers that the table of operations lacks, or has otherwise; on arrays they are elementwise."""

from __future__ import annotations

import math
from collections.abc import Callable

from gradcli.language.python.functions.call import Call, Known
from gradcli.language.python.values import Term, Value, Vector, shape
from gradcli.operations import CONSTANTS, FUNCTIONS

_MOST_DECIMALS = 10**9  # that are rounded to


def infinity(call: Call) -> Value:
    """`math.inf`."""
    return Term(call.do.builder.add(CONSTANTS["np.inf"]))


def _float(call: Call) -> Value:
    (value,) = call.arguments(1, "x")
    if isinstance(value, str):
        return _float_of_text(value.strip().lower(), call)
    if isinstance(value, Vector) and call.name != "float":
        return value
    if isinstance(value, Vector) and value.kind == "array" and len(value.items) == 1:
        value = value.items[0]
    return Term(call.do.real(value, call.node))


def _float_of_text(text: str, call: Call) -> Value:
    """`float("inf")`."""
    sign, word = (text[0], text[1:]) if text[:1] in ("+", "-") else ("", text)
    if word not in ("inf", "infinity"):
        call.error("of texts only 'inf' is read as a number", "write the number itself")
    return call.do.negative(infinity(call), call.node) if sign == "-" else infinity(call)


def _int(call: Call) -> Value:
    whole = call.do.truncated(call.arguments(1, "x")[0], call.node)
    return call.do.of_numpy(whole, call.node) if call.name == "int64" and isinstance(whole, int) else whole


def _bool(call: Call) -> Value:
    (value,) = call.arguments(1, "x")
    known = call.do.truth(value, call.node)
    return Term(call.do.condition(value, call.node)) if known is None else known


def _text(call: Call) -> Value:
    (value,) = call.arguments(1, "x")
    if not isinstance(value, str | int):
        call.error("a text is no number", "leave it out, or write a number")
    return str(value)


def _truncated(call: Call) -> Value:
    value = call.do.array(call.arguments(1, "x")[0], call.node)
    return call.do.elementwise(lambda item: call.do.truncated(item, call.node), [value], call.node)


def _rounded(call: Call) -> Value:
    """`np.round(x, 2)`: the nearest number with so many decimals, a half to the even one."""
    value, decimals = call.arguments(1, "x", "decimals")
    places = call.whole(decimals, 0, "how many decimals")
    value = call.do.array(value, call.node)
    if places == 0:
        return call.apply("round", value)
    if abs(places) > _MOST_DECIMALS:
        call.do.code.limit(f"more than {_MOST_DECIMALS:,} decimals", call.node)
    scale = Term(call.do.builder.const(f"1e{abs(places)}"))
    forth, back = ("mul", "div") if places > 0 else ("div", "mul")
    return call.calculate(back, call.apply("round", call.calculate(forth, value, scale)), scale)


def _rounded_by_python(call: Call) -> Value:
    """`round(x, 2)`: as NumPy does it, but at ties, where Python goes by the float's binary digits.

    2.675 is a float just below the tie that it is written as: Python rounds it down, NumPy to the even digit.
    """
    value, decimals = call.arguments(1, "x", "ndigits")
    places = call.whole(decimals, 0, "how many decimals")
    if isinstance(value, int) and places > 0:
        return call.apply("round", value)
    if isinstance(value, Term) and places > 0:
        call.do.doubt_digits(value, places, call.node)
        if call.do.constants.of(value.ref) is None:
            told = "round takes ties such as 2.675 by their decimals; Python by the float, just above or below"
            call.do.note(told, call.node)
    return _rounded(call._replace(values=[value, places], keywords={}))


def _divmod(call: Call) -> Value:
    a, b = call.arguments(2, "a", "b")
    return Vector([call.calculate(name, a, b) for name in ("floordiv", "mod")], "tuple")


def operator(name: str) -> Known:
    """An operation on two values, as a function."""

    def function(call: Call) -> Value:
        a, b = call.arguments(2, "a", "b")
        return call.calculate(name, a, b)

    return function


def _remainder(rounding: str) -> Known:
    """`math.fmod` and `math.remainder`: a - b*n with the quotient a/b truncated, or rounded to the nearest even."""

    def remainder(call: Call) -> Value:
        a, b = (Term(call.do.real(value, call.node)) for value in call.arguments(2, "x", "y"))
        call.do.doubt(call.name, a.ref, b.ref, node=call.node)
        quotient = call.calculate("div", a, b)
        whole = call.apply("round", quotient) if rounding else call.do.truncated(quotient, call.node)
        return call.calculate("sub", a, call.calculate("mul", b, whole))

    return remainder


def _copysign(call: Call) -> Value:
    x, y = call.arguments(2, "x", "y")
    size = call.apply("abs", x)
    return call.apply("where", call.calculate("ge", y, 0), size, call.apply("neg", size))


def _scaled(call: Call) -> Value:
    """`math.ldexp`."""
    x, exponent = call.arguments(2, "x", "i")
    power = call.calculate("pow", 2, call.do.whole(exponent, call.node, "an exponent"))
    return call.calculate("mul", x, power)


def _logical(name: str) -> Known:
    def logical(call: Call) -> Value:
        a, b = call.arguments(2, "a", "b")
        return call.do.elementwise(lambda p, q: call.do.joined(name, (p, q), call.node), (a, b), call.node)

    return logical


def _inverted(call: Call) -> Value:
    return call.do.inverted(call.do.array(call.arguments(1, "a")[0], call.node), call.node)


def _square(call: Call) -> Value:
    return call.calculate("pow", call.do.array(call.arguments(1, "x")[0], call.node), 2)


def _reciprocal(call: Call) -> Value:
    value = call.do.array(call.arguments(1, "x")[0], call.node)
    if call.do.is_whole(value):
        call.error("NumPy would round this: the array has whole numbers", "write: 1/x")
    return call.calculate("div", 1, value)


def _hypot(call: Call) -> Value:
    if len(call.values) == 1:
        return call.apply("abs", *call.values)
    return call.do.called("hypot", FUNCTIONS["hypot"], call.values, call.node)


def _heaviside(call: Call) -> Value:
    x, at_zero = call.arguments(2, "x1", "x2")
    step = call.apply("where", call.calculate("gt", x, 0), 1, 0) if not isinstance(x, Vector) else None
    if step is None:
        return call.do.elementwise(
            lambda a, b: _heaviside(call._replace(values=[a, b], keywords={})), (x, at_zero), call.node
        )  # fmt: skip
    return call.do.choice(call.calculate("eq", x, 0), at_zero, step, call.node)


def _clip(call: Call) -> Value:
    given = call._replace(keywords={{"min": "a_min", "max": "a_max"}.get(k, k): v for k, v in call.keywords.items()})
    value, low, high = given.arguments(1, "a", "a_min", "a_max")
    for name, bound in (("max", low), ("min", high)):
        if bound is not None:
            value = call.apply(name, call.do.array(value, call.node), call.do.array(bound, call.node))
    return value


def _counted(function: Callable[..., int], largest: int) -> Known:
    """A function of known whole numbers."""

    def counted(call: Call) -> Value:
        if call.name == "factorial" and not isinstance(call.values[0] if call.values else 0, int):
            return call.do.called("factorial", FUNCTIONS["factorial"], call.values, call.node)
        numbers = [call.do.whole(value, call.node, f"an argument of {call.name}") for value in call.values]
        try:
            if max(numbers, default=0) <= largest:
                return function(*numbers)
        except (TypeError, ValueError):
            pass
        call.unfit("small whole numbers")

    return counted


# --- functions in pieces ------------------------------------------------------------------------------------


def _selected(call: Call) -> Value:
    """`np.select`: the first whose condition holds."""
    conditions, choices, default = call.arguments(2, "condlist", "choicelist", "default")
    tests, values = call.items(conditions), call.items(choices)
    call.matched(len(tests), len(values))
    result: Value = 0 if default is None else default
    for test, value in zip(reversed(tests), reversed(values), strict=True):
        result = _where(call, test, value, result)
    return result


def _where(call: Call, test: Value, value: Value, other: Value) -> Value:
    parts = [call.do.array(part, call.node) for part in (test, value, other)]
    return call.do.elementwise(lambda c, a, b: call.do.choice(c, a, b, call.node), parts, call.node)


def _pieces(call: Call) -> Value:
    """`np.piecewise`: each function where its condition holds, element by element."""
    x, conditions, choices = call.arguments(3, "x", "condlist", "funclist")
    tests, values = call.items(conditions), call.items(choices)
    if len(values) != len(tests) + 1:
        call.matched(len(tests), len(values))
    if call.do.is_whole(call.do.array(x, call.node)):
        call.error(
            "NumPy would round this: the array has whole numbers", "let it have floats: np.array([1.0, 2, 3])"
        )  # fmt: skip

    def applied(value: Value, item: Value) -> Value:
        return value if isinstance(value, int | Term) else call.invoke(value, [item])

    def piece(item: Value, *holds: Value) -> Value:
        result = applied(values[-1], item) if len(values) > len(tests) else 0
        for test, value in zip(holds, values, strict=False):
            result = call.do.choice(test, applied(value, item), result, call.node)
        return result

    return call.do.elementwise(piece, [x, *tests], call.node)


def _interpolated(call: Call) -> Value:
    """`np.interp`: straight lines between points, constant beyond them."""
    x, places, heights = call.arguments(3, "x", "xp", "fp")
    xs, ys = call.vector(places).items, call.vector(heights).items
    call.matched(len(xs), len(ys))
    falls = (call.do.truth(call.calculate("ge", xs[k], xs[k + 1]), call.node) for k in range(len(xs) - 1))
    if not xs or any(falls):
        call.unfit("x", "increasing places", "values")

    def interpolated(item: Value) -> Value:
        result = ys[-1]
        for k in range(len(xs) - 2, -1, -1):
            rise, run = call.calculate("sub", ys[k + 1], ys[k]), call.calculate("sub", xs[k + 1], xs[k])
            along = call.calculate("mul", call.calculate("sub", item, xs[k]), call.calculate("div", rise, run))
            line = call.calculate("add", ys[k], along)
            result = call.do.choice(call.calculate("lt", item, xs[k + 1]), line, result, call.node)
        return call.do.choice(call.calculate("lt", item, xs[0]), ys[0], result, call.node)

    return call.do.elementwise(interpolated, [x], call.node)


def _polynomial(call: Call) -> Value:
    """`np.polyval`, by Horner's rule."""
    coefficients, x = call.arguments(2, "p", "x")
    p = call.vector(coefficients)
    if len(shape(p)) != 1:
        call.unfit("a list of numbers", "x")
    result: Value = p.items[0] if p.items else 0
    x = call.do.array(x, call.node)
    for item in p.items[1:]:
        result = call.calculate("add", call.calculate("mul", result, x), item)
    return result


PYTHON: dict[str, Known] = {
    "float": _float, "int": _int, "bool": _bool, "str": _text, "round": _rounded_by_python, "divmod": _divmod,
    "pow": operator("pow"),
}  # fmt: skip

MATH: dict[str, Known] = {
    "hypot": _hypot, "pow": operator("pow"), "trunc": _int, "fmod": _remainder(""),
    "remainder": _remainder("round"), "factorial": _counted(math.factorial, 200), "comb": _counted(math.comb, 200),
    "perm": _counted(math.perm, 200), "gcd": _counted(math.gcd, 2**64), "lcm": _counted(math.lcm, 2**64),
    "isqrt": _counted(math.isqrt, 2**64), "copysign": _copysign, "ldexp": _scaled,
}  # fmt: skip

_UNIVERSAL = {
    "add": "add", "subtract": "sub", "multiply": "mul", "divide": "div", "true_divide": "div", "mod": "mod",
    "remainder": "mod", "floor_divide": "floordiv", "less": "lt", "less_equal": "le", "greater": "gt",
    "greater_equal": "ge", "equal": "eq", "not_equal": "ne",
}  # fmt: skip

METHODS: dict[str, Known] = {"clip": _clip, "round": _rounded}

NUMPY: dict[str, Known] = {
    **METHODS,
    "around": _rounded, "float64": _float, "int64": _int, "trunc": _truncated, "fix": _truncated, "square": _square,
    "reciprocal": _reciprocal, "float_power": operator("pow"), "heaviside": _heaviside, "select": _selected,
    "copysign": _copysign, "logical_and": _logical("and"), "logical_or": _logical("or"), "logical_not": _inverted,
    **{name: operator(row) for name, row in _UNIVERSAL.items()},
    "piecewise": _pieces, "interp": _interpolated, "polyval": _polynomial,
}  # fmt: skip

OPERATORS: dict[str, Known] = {
    name: operator(row)
    for name, row in (
        ("add", "add"), ("sub", "sub"), ("mul", "mul"), ("truediv", "div"), ("floordiv", "floordiv"), ("mod", "mod"),
        ("pow", "pow"), ("lt", "lt"), ("le", "le"), ("gt", "gt"), ("ge", "ge"), ("eq", "eq"), ("ne", "ne"),
    )
}  # fmt: skip
"""What the module `operator` has."""

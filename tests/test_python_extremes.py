"""Python source with huge, tiny and odd numbers: an answer or one of our errors, soon, and never a wrong number."""

from __future__ import annotations

from collections.abc import Iterator
from time import perf_counter

import pytest

import gradcli
from gradcli.errors import ExpressionError, GradcliError, LimitError, Source
from gradcli.language.python import functions, parse_python

HEADER = "import functools, itertools, math, operator\nimport numpy as np\n"

DECIDED = {
    "x if 1e5000 > 1e4999 else 2*x": 1.0,
    "x if 1e5000 == 1e4999 else 2*x": 2.0,
    "x if 1e5000 < math.inf else 2*x": 1.0,
    "x if math.inf > 1e400 else 2*x": 1.0,
    "min(1e400*x*100, 1e401)*1e-400": 10.0,
    "x if math.sqrt(2)*1e308*10 > math.sqrt(2)*1e308*5 else 2*x": 1.0,
    "x if math.sqrt(2)*1e400 > math.sqrt(2)*1e399 else 2*x": 1.0,
    "x if math.exp(-1000) > 0 else 2*x": 1.0,
    "x if -math.inf < math.log(2) < float('inf') else 2*x": 1.0,
    "x if 1/math.inf == 0 else 2*x": 1.0,
    "max(x, -math.inf)": 1.0,
    "x*int(math.log(1)) + x": 1.0,
}


@pytest.mark.parametrize("body", DECIDED)
def test_a_constant_that_no_float_holds_decides_as_it_was_written(body: str) -> None:
    assert gradcli.gradient(f"lambda x: {body}", at={"x": 1}).value == DECIDED[body]


@pytest.mark.parametrize("body", ["x if 1e400 > 1e399 else 2*x", "x if 1e-308*1e-300 > 0 else 2*x"])
def test_what_pythons_floats_decide_otherwise_is_refused(body: str) -> None:
    with pytest.raises(ExpressionError, match="rounding decides this"):
        gradcli.gradient(f"lambda x: {body}", at={"x": 1})


HUGE = {
    "round(x, 10**6)": 1.25,
    "round(x, -10**9)": 0.0,
    "round(12345, 10**30)*x": 15431.25,
    "x*round(12345.5, 5000)": 15431.875,
    "np.round(x, 10**9)": 1.25,
    "range(10**30)[5]*x": 6.25,
    "x*range(10**19, 0, -1)[10**19 - 4]": 5.0,
    "x if range(10**30) else 2*x": 1.25,
    "sum([x]*-10**19)": 0.0,
    "sum([]*10**30, x)": 1.25,
    "np.diff([x, 1.0], 10**30).size*x": 0.0,
    "np.tile([], 10**30).size*x": 0.0,
    "sum(k*v for k, v in enumerate([x, 7.0], 10**30))*1e-30": 8.25,
}


@pytest.mark.parametrize("body", HUGE)
def test_a_huge_count_gives_what_python_gives(body: str) -> None:
    value = gradcli.gradient(f"{HEADER}def f(x): return {body}", at={"x": 1.25}).value
    assert value == pytest.approx(HUGE[body], rel=1e-15)


@pytest.mark.parametrize(
    ("body", "kind", "message"),
    [
        ("round(x, 10**30)", LimitError, "decimals"),
        ("np.round(x, -10**30)", LimitError, "decimals"),
        ("(1 << 10**10)*x", LimitError, "too many digits"),
        ("(1 << -1)*x", ExpressionError, "negative"),
        ("np.array(range(10**12)).sum()*x", LimitError, "10,000,000 elements"),
        ("len(range(10**30))*x", ExpressionError, "more elements than len can say"),
        ("np.linspace(0, 1, -5).sum()*x", ExpressionError, "a size is not negative, and this one is -5"),
        ("np.eye(-2).sum()*x", ExpressionError, "a size is not negative"),
        ("np.repeat([x], -1).sum()", ExpressionError, "not negative"),
        ("np.expand_dims([x], 5).sum()", ExpressionError, "there is no axis 5: the axes are 0 to 1"),
        ("np.flip([x, 1], axis=3).sum()", ExpressionError, "there is no axis 3"),
        ("len(list(itertools.combinations([x], -1)))", ExpressionError, "not negative"),
        ("len(list(itertools.product([x], repeat=10**30)))", LimitError, "elements"),
        ("{1: 2.0}.get(x, 3.0)", ExpressionError, "get is not read with these arguments"),
    ],
)
def test_what_is_too_much_or_nothing_is_refused(body: str, kind: type[GradcliError], message: str) -> None:
    with pytest.raises(kind, match=message):
        parse_python(Source(f"{HEADER}def f(x): return {body}"))


ODD = [
    "10**30", "-10**30", "10**400", "0", "-1", "2", "0.5", "1e400", "math.inf", "x", "x > 0", "[]", "(1,)", "[x, 2]",
    "np.array([])", "np.array([3, 4])", "np.eye(2)", "range(10**30)", "'a'", "None", "True", "{'a': x}", "1/0",
    "[[x], [1, 2]]", "iter([x])", "[v for v in [x] if v > 0]", "(lambda *a: x)", "len", "math",
]  # fmt: skip
SIGNS = ["+", "-", "*", "/", "//", "%", "**", "<<", ">>", "&", "|", "^", "@", "<", "==", "in", "and"]
OWNERS = {"list": ["[x,2]"], "tuple": ["(x,2)"], "array": ["np.array([x,2.0])", "np.array([1,2])", "np.eye(2)"]}


def _calls() -> Iterator[str]:
    """Every function and method that is known, of odd arguments."""
    for module, table in {**functions._OF_PYTHON, "np": functions._NUMPY}.items():
        for name in table:
            for odd in ODD:
                for values in (odd, f"[x,2.0],{odd}"):
                    yield f"{module}.{name}({values})".lstrip(".")
    for kind, owners in OWNERS.items():
        for name in functions._METHODS[kind]:
            yield from (f"{owner}.{name}({odd})" for owner in owners for odd in ODD)
    yield from (f"{{'a':x}}.{name}({odd})" for name in functions.containers.TABLES for odd in ODD)
    for sign in SIGNS:
        yield from (f"({a}) {sign} ({b})" for a in ODD for b in ODD[:6])
    yield from (text for a in ODD for b in ODD[:6] for text in (f"({a})[{b}]", f"({a})[{b}:]", f"({a})[::{b}]"))


def test_no_argument_breaks_a_function() -> None:
    for call in _calls():
        try:
            parse_python(Source(f"{HEADER}def f(x): return x*({call})"))
        except GradcliError:
            continue
        except Exception as error:  # what it is says the message
            pytest.fail(f"{call}: {error!r}")


def test_functions_that_double_are_refused_before_a_call_is_followed() -> None:
    lines = ["def f1(x): return x + 1"]
    lines += [f"def f{k}(x):\n    y = f{k - 1}(x)\n    return f{k - 1}(y)" for k in range(2, 61)]
    begin = perf_counter()
    with pytest.raises(LimitError, match="1,000,000 steps"):
        parse_python(Source("\n".join(lines)), "f60")
    assert perf_counter() - begin < 2
    # 2^11 - 1 calls are followed
    program = parse_python(Source("\n".join(lines[:11])), "f11")
    assert len(program) == 1 + 1 + 2**10


def test_calls_that_may_not_come_are_not_counted() -> None:
    lines = ["def f1(x): return x"]
    lines += [f"def f{k}(x, deep=False): return f{k - 1}(f{k - 1}(x)) if deep else x + {k}" for k in range(2, 61)]
    assert len(parse_python(Source("\n".join(lines)), "f60")) == 3

"""Python's and NumPy's functions of lists and arrays: each gives the number that running it gives."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest

import gradcli
from gradcli.errors import ExpressionError

HEADER = """
import functools
import itertools
import math
import operator
import numpy as np
"""

POINTS = [(0.75, -1.25), (-2.5, 0.5), (3.0, 1.5)]

BODIES = """
    functools.reduce(lambda a, b: a*b, [x, y, 2.0])
    functools.reduce(operator.add, [x, y], 10)
    functools.partial(pow, 2.0)(x)
    functools.partial(lambda a, b, c: a - b*c, y, c=x)(3)
    sum(map(lambda a, b: a*b, (x, y), (y, 3)))
    sum(map(abs, [x, y]))
    sum(filter(None, [1, 0, 3]))*x
    sum(filter(lambda v: v > 0, [x, y]))
    sum(v for v in [x, y, x*y] if v > 0.25)
    sum(k*v for k, v in enumerate([x, y], start=2))
    sum(k*v for k, v in enumerate([x, y], 1))
    sum(a*b for a, b in zip([x, y], [y, x*x], strict=True))
    sum(a*b for a, b in zip([x, y, 4], range(2)))
    list(reversed([x, y]))[0]
    sum(k*v for k, v in zip(reversed(range(3)), [x, y, 1]))
    next(v for v in [x, y, 5] if v > 0)
    next((v for v in [x, y] if v > 2.75), 7)
    next(iter([x, y]))
    sum(a*b for a, b in itertools.combinations([x, y, 2], 2))
    sum(a*b for a, b in itertools.combinations_with_replacement([x, y], 2))
    sum(a - 2*b for a, b in itertools.permutations([x, y, 1], 2))
    sum(a*b for a, b in itertools.product([x, y], repeat=2))
    sum(a*b for a, b in itertools.product([x, y], (1, 2)))
    sum(k*v for k, v in enumerate(itertools.chain([x], (y, 3))))
    sum(b*b - a for a, b in itertools.pairwise([x, y, 1]))
    sum(itertools.accumulate([x, y, 2]))
    list(itertools.accumulate([x, y, 2], operator.mul))[-1]
    list(itertools.accumulate([x, y], initial=1.5))[-1]
    len([v for v in [x, y] if v > 0])
    len("abc")*x + len(range(4))*y
    len({"a": x, "b": y})*x
    len([[x, y], [1, 2], [3, 4]])*y
    tuple([x, y])[1]
    dict(a=x, b=y)["b"]
    dict([("a", x), ("b", 2)])["a"]
    dict({"a": x}, b=y)["b"]
    dict(zip("ab", [x, y]))["a"]
    x if isinstance(x, float) else y
    x if isinstance(3, int) and isinstance([x], list) and isinstance((x, y), tuple) else y
    x if isinstance(np.array([x]), np.ndarray) else y
    x if isinstance("a", (int, str)) else y
    x if isinstance({}, dict) and not isinstance([x], tuple) else y
    [1, 2, 3].index(2)*x
    [1, 2, 2].count(2)*y
    (1, 2, 2).index(2)*x
    ["a", "b"].index("b")*x
    {"a": x, "b": y}.get("a")*2
    {"a": x}.get("c", 4)*y
    sum(k*x for k in {1: y, 2: x}.keys())
    sum({1: y, 2: x}.values())
    sum(k*v for k, v in {1: y, 2: x}.items())
    any(v > 0 for v in [x, y])*x
    all(v > 0 for v in [x, y])*x + y
    any([x > 0, y > 0])*2.0
    math.fsum([x, y, 1])
    math.prod([x, y, 2])
    math.prod([x, y], start=3)
    math.dist([x, y], [1, 2])
    math.hypot(x, y, 2)
    math.comb(5, 2)*x + math.perm(4, 2)*y + math.factorial(4)
    math.gcd(12, 18)*x + math.lcm(4, 6)*y
    math.isqrt(17)*x
    math.copysign(x, y)
    math.ldexp(x, 3) + math.ldexp(y, -2)
    math.fmod(x, 2) + math.remainder(3, 2)*y
    math.degrees(x) + math.radians(y)
    math.cbrt(x) + math.exp2(y)
    math.log(x*x + 1, 3) + math.log2(x*x + 1) + math.log10(x*x + 2)
    math.trunc(2.7)*x
    sum(divmod(17, 5))*x
    divmod(x, 2)[0] + divmod(y, 2)[1]
    round(x*1.1) + round(2.6)*y
    pow(x, 2) + pow(2, 10)
    abs(x) + max(x, y) + min([x, y, 1]) + max((x, y), key=lambda v: 2*v)
    max([x, y, 0.5]) - min(x, y, 2)
    max([], default=3)*x
    sorted([3, 1, 2])[0]*x
    sorted([3, 1, 2], reverse=True)[0]*y
    sorted([x, y])[0]
    np.sort(np.array([x, y, 1.0]))[1]
    np.median([x, y, 1.0])
    int(7.9)*x + float(3)*y + bool(2)
    np.array([x, y]).sum() + np.array([[x, y], [1, 2]]).sum(axis=1)[0]
    np.array([x, y, 1], dtype=float).mean()
    np.array([1, 2], dtype=int).dot(np.array([x, y]))
    np.asarray([x, y]).prod()
    np.atleast_1d(x)[0] + np.atleast_2d([x, y])[0, 1]
    np.atleast_2d(np.array([[x, y]])).shape[1]*x
    np.size(np.zeros((2, 3)))*x + np.ndim(np.ones(3))*y + np.shape(np.ones((4, 2)))[0]
    np.zeros(3).sum() + np.ones((2, 2)).sum()*x + np.full(3, y).sum()
    np.full((2, 2), 3).sum()*x
    np.zeros_like([x, y])[0] + np.ones_like(np.array([x, y]))[1] + np.full_like(np.array([x, y]), 2.5)[0]
    np.empty_like(np.array([x, y])).size*x
    np.ones(2, dtype=int).sum()*x + np.ones(2, bool).sum()*y
    np.eye(2)[0, 0]*x + np.identity(3)[1, 2]*y + np.eye(2, dtype=int)[1, 1]
    np.trace(np.eye(3)*x)
    (np.arange(4)*x).sum() + np.arange(1, 2, 0.25)[2]*y + np.arange(5, 1, -2)[1]
    np.arange(0.0, 1.0, 0.3).sum()*x
    np.arange(3, dtype=float).sum()*y
    np.linspace(0, 1, 5)[1]*x + np.linspace(0, 1, 5, endpoint=False)[1]*y + np.linspace(x, y, 3)[1]
    np.linspace(x, y, num=1)[0]
    np.logspace(0, 2, 3)[2]*x + np.logspace(0, 3, 4, base=2)[3]*y
    np.array([x, y, 1, 2]).reshape(2, 2)[1, 0]*x + np.reshape([x, y, 3, 4], (2, -1))[0, 1]
    np.array([[x, y], [1, 2]]).reshape(-1)[2]*x + np.array([[x, y], [1, 2]]).ravel()[1] + np.ravel([[x], [y]])[1]
    np.array([[x, y], [1, 2]]).flatten()[3]*y
    np.squeeze(np.array([[x, y]]))[1] + np.array([[x]]).squeeze()*2
    np.expand_dims(np.array([x, y]), 0)[0, 1] + np.expand_dims(np.array([x, y]), -1)[1, 0]
    np.array([[x, y], [1, 2]]).T[1, 0] + np.transpose([[x, y], [1, 2]])[0, 1]
    np.array([[x, y], [3, 4]]).transpose()[1, 0]
    np.flip(np.array([x, y]))[0] + np.flipud([[x, y], [1, 2]])[0, 1]*x + np.fliplr([[x, y], [1, 2]])[0, 0]
    np.flip([[x, y], [1, 2]], axis=1)[0, 0] + np.flip([[x, y], [1, 2]], 0)[0, 0]*y
    np.concatenate([[x, y], [1, 2]])[2]*x + np.hstack([[x], [y]])[1] + np.vstack([[x, y], [1, 2]])[1, 0]
    np.concatenate(([[x, y]], [[1, 2]]), axis=1)[0, 3]*x + np.concatenate(([[x, y]], [[1, 2]]), axis=0)[1, 1]
    np.stack([[x, y], [1, 2]])[1, 1]*x + np.stack([[x, y], [1, 2]], axis=1)[0, 1]
    np.column_stack([[x, y], [1, 2]])[0, 1]
    np.hstack([[[x], [y]], [[1], [2]]])[1, 1]*x
    np.append(np.array([x, y]), 3)[2]*x + np.append([x], [y, 1])[1]
    np.delete(np.array([x, y, 1]), 1)[1]*x + np.delete([x, y], -1)[0]
    np.roll(np.array([x, y, 1]), 1)[0]*y + np.roll([x, y, 1], -1)[0]
    np.tile([x, y], 2)[3] + np.repeat([x, y], 2)[1] + np.repeat(x, 3)[2] + np.array([x, y]).repeat(3)[4]
    np.meshgrid([x, y], [1, 2, 3])[0][2, 1] + np.meshgrid([x, y], [1, 2, 3])[1][2, 1]*x
    np.meshgrid([x, y], [1, 2, 3], indexing="ij")[1][1, 2]*y
    np.array([x, y]).tolist()[0] + sum(np.array([[x, y], [1, 2]]).tolist()[1])
    np.array([x*y]).item()
    np.array([x, y]).astype(float)[0] + np.array([1.5, 2.5]).astype(int)[1]*y
    np.array([x > 0, y > 0]).astype(int).sum() + np.array([x > 0]).astype(float)[0]
    np.array([x, y]).copy()[1] + np.copy([x, y])[0]
    np.dot([x, y], [1, 2]) + np.inner([x, y], [3, 4]) + np.vdot([x, y], [1, 1])
    np.outer([x, y], [1, 2])[1, 1]
    np.cross([x, y, 1], [1, 2, 3])[2]
    np.matmul([[x, y], [1, 2]], [1, 2])[0] + (np.array([[x, 1], [y, 2]]) @ np.array([[1, x], [0, 2]]))[0, 1]
    np.linalg.norm([x, y]) + np.linalg.norm([x, y], 1) + np.linalg.norm([x, y], np.inf)
    np.linalg.det([[x, y], [1, 2]]) + np.linalg.inv([[3.0, 1], [1, x*x + 2]])[0, 0]
    np.linalg.solve([[3.0, 1], [1, x*x + 2]], [x, y])[1]
    np.diag([x, y])[1, 1] + np.diag([[x, y], [1, 2]])[1]*y
    np.cumsum([x, y, 1])[2] + np.cumprod([x, y, 2])[2] + np.diff([x, y, 1])[1]
    np.mean([x, y]) + np.var([x, y]) + np.std([x, y, 1]) + np.var([x, y, 1], ddof=1)
    np.average([x, y], weights=[1, 3])
    np.max([x, y]) + np.min([x, y]) + np.amax([x, y, 1]) + np.ptp([x, y])
    np.argmax([1, 5, 2])*x + np.argmin([3, 1])*y
    np.where(x > 0, y, 2*y) + np.clip(x, -1, 1) + np.maximum(x, 0) + np.fmin(x, y)
    np.select([x > 1, x > 0], [y, 2*y], 3*y)
    np.piecewise(x, [x < 0, x >= 0], [1.0, 2.0])*y
    np.heaviside(x, 0.5) + np.sign(y)
    np.hypot(x, y) + np.arctan2(y, x) + np.logaddexp(x, y) + np.square(x) + np.reciprocal(y) + np.cbrt(x)
    np.polyval([1, 2, 3], x)
    np.interp(0.5, [0, 1], [x, y])
    np.trapezoid([x, y, 1], dx=0.5)
    np.any([x > 0, y > 0])*1.0 + np.all([x > 0])*2.0
    np.count_nonzero([1, 0, 3])*x
    np.prod([x, y, 3])
    np.sum([[x, y], [1, 2]], axis=0)[1] + np.sum(np.array([[x, y], [1, 2]]), axis=1, keepdims=True)[0, 0]
    np.einsum("i,i->", [x, y], [1, 2])
    np.float64(x) + np.rad2deg(x) + np.deg2rad(y)
"""


def function(body: str) -> str:
    return f"{HEADER}def f(x, y):\n    return {body}\n"


@pytest.mark.parametrize("body", [line.strip() for line in BODIES.strip().splitlines()])
def test_a_call_has_the_value_that_running_it_gives(body: str) -> None:
    text = function(body)
    names: dict[str, Any] = {}
    exec(text, names)
    wanted: Callable[[float, float], float] = names["f"]
    prepared = gradcli.prepare(text)
    for x, y in POINTS:
        found = prepared.evaluate({"x": x, "y": y})
        assert math.isclose(found["f"][0], float(wanted(x, y)), rel_tol=1e-14, abs_tol=1e-14)


NOT_READ = {
    "functools.reduce(lambda a, b: a*b, [])": "reduce is not read with these arguments",
    "sum(zip([x, y], [1], strict=True))": "zip is not read with these arguments",
    "range(x)": "a bound of a range has to be a whole number that is known without the variables",
    "range(1, 2, 0)": "a step of 0 leads nowhere",
    "sum(map(abs))": "map is not read with these arguments",
    "reversed(v for v in [x])": "an iterator is not gone through backwards",
    "len(v for v in [x])": "an iterator has no length",
    "next(3)": "next is not read with these arguments",
    "next(iter([]))": "next is not read with these arguments",
    "dict([(1, 2, 3)])": "dict is not read with these arguments",
    "isinstance(x, math)": "isinstance is not read with these arguments",
    "[1, 2].index(7)": "the list has no such element",
    "[x, y].index(y)": "whether these are equal depends on the variables",
    "np.ndarray([x])": "an array is made by np.array",
    "np.zeros(-1)": "a size is not negative, and this one is -1",
    "np.zeros(x)": "a size has to be a whole number that is known without the variables",
    "np.arange(0, 1, 0)": "a step of 0 leads nowhere",
    "np.array([x, y, 1]).reshape(2, 2)": "3 elements do not fill 2 by 2",
    "np.concatenate([[x], [[y]]])": "concatenate is not read with these arguments",
    "np.delete([[x, y], [1, 2]], 0)": "delete is not read with these arguments",
    "np.delete([x, y], 5)": "there is no element 5: a vector has 2",
    "np.roll([[x, y], [1, 2]], 1)": "roll is not read with these arguments",
    "np.tile([[x, y]], 2)": "tile is not read with these arguments",
    "np.meshgrid([x], [y], [1])": "meshgrid is not read with these arguments",
    "np.array([x, y]).item()": "item is not read with these arguments",
    "itertools.product([x], wrong=2)": "product is not read with these arguments",
    "len(x)": "len is of a vector, and this is a number",
    "np.linalg.inv([[x, y]])": "inv is of a square matrix",
    "np.cross([x, y], [1, 2, 3, 4])": "cross is not read with these arguments",
    "np.select([x > 0], [1, 2])": "vectors of different lengths meet: 1 and 2",
    "np.interp(x, [1, 0], [2, 3])": "interp is not read with these arguments",
    "math.dist([x], [y, 1])": "vectors of different lengths meet: 1 and 2",
    "math.ldexp(x, y)": "an exponent has to be a whole number that is known without the variables",
    "np.argmax([x, y])": "which element argmax finds depends on the variables",
    "max([])": "max is not read with these arguments",
    "pow(2, 3, 5)": "pow is not read with these arguments",
    "[x, y][x]": "an index has to be a whole number that is known without the variables",
    '{"a": x}["b"]': "the dictionary has no such key",
    "(x, y).append(1)": "a tuple has no method 'append' that is read",
    "np.array([[x, y], [1]])": "the rows of an array have different lengths",
}


@pytest.mark.parametrize("body", NOT_READ)
def test_a_call_that_is_not_read_says_why(body: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        gradcli.prepare(function(body))
    assert caught.value.message == NOT_READ[body]
    assert caught.value.span is not None

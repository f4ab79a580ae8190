"""Products of derivatives with vectors: the dot-product test, what they cost, what they say where there is none."""

from __future__ import annotations

import math
import random
from collections.abc import Callable

import numpy as np
import pytest

import gradcli
from gradcli import products
from gradcli.errors import UsageError
from gradcli.language.document import parse
from gradcli.program import LEAVES, Program

FIELD = "a = x^2*sin(y*z); b = exp(x - z)/y; c = log(x + y*z)"
AT = {"x": 0.75, "y": 1.5, "z": 0.5}


def operations(program: Program) -> int:
    refs = [*(ref for _, ref in program.outputs), *program.given.values()]
    return sum(program.equations[k][0] not in LEAVES for k in program.live(refs))


def test_by_hand() -> None:
    # f = x^2 y: gradient (2xy, x^2), Hessian ((2y, 2x), (2x, 0))
    at = {"x": 3, "y": 2}
    assert gradcli.jvp("x^2*y", at, {"x": 1, "y": -1}).values == {"f": 3.0}
    assert gradcli.vjp("x^2*y", at, {"f": 2}).values == {"x": 24.0, "y": 18.0}
    assert gradcli.hvp("x^2*y", at, {"x": 1, "y": -1}).values == {"x": -2.0, "y": 6.0}
    assert gradcli.hvp("x^2*y", at, {"y": 1}, wrt=["x"]).values == {"x": 6.0}


def test_the_dot_product_test() -> None:
    """w . (J v) = (w J) . v for any vectors: forward and reverse mode agree without a number known."""
    random.seed(4)
    for _ in range(20):
        v = {name: random.uniform(-1, 1) for name in AT}
        w = {name: random.uniform(-1, 1) for name in "abc"}
        forward = gradcli.jvp(FIELD, AT, v).values
        backward = gradcli.vjp(FIELD, AT, w).values
        left = math.fsum(w[name] * forward[name] for name in w)
        right = math.fsum(backward[name] * v[name] for name in v)
        assert left == pytest.approx(right, rel=1e-13, abs=1e-14)


def test_a_hessian_is_symmetric() -> None:
    random.seed(5)
    text = "x^2*sin(y*z) + exp(x - z)/y"
    for _ in range(20):
        u, v = ({name: random.uniform(-1, 1) for name in AT} for _ in range(2))
        first, second = gradcli.hvp(text, AT, u).values, gradcli.hvp(text, AT, v).values
        left = math.fsum(first[name] * v[name] for name in AT)
        assert left == pytest.approx(math.fsum(second[name] * u[name] for name in AT), rel=1e-13, abs=1e-14)


def test_columns_and_bounds() -> None:
    x = np.array([0.5, 1.0, 2.0])
    found = gradcli.vjp("a = x*y; b = x^2", {"x": x, "y": 2.0}, {"a": 1.0, "b": np.array([1.0, 0.0, -1.0])})
    assert list(found.values["x"]) == [3.0, 2.0, -2.0]
    assert list(found.values["y"]) == [0.5, 1.0, 2.0]
    assert found.status == {}
    bounds = gradcli.jvp("exp(x)", {"x": 1.0}, {"x": 3.0}).error
    assert 0.0 < bounds["f"] < 1e-14


def test_what_is_none_says_so() -> None:
    found = gradcli.vjp("abs(x)*y", {"x": np.array([0.0, 2.0]), "y": 3.0}, {"f": 1.0})
    assert np.isnan(found.values["x"][0])
    assert found.values["x"][1] == 3.0
    assert found.status == {"x": ["kink: abs(x) at x = 0 (left -3, right 3)", None]}
    assert list(found.values["y"]) == [0.0, 2.0]
    point = gradcli.hvp("log(x)", {"x": -1}, {"x": 1})
    assert math.isnan(point.values["x"])
    assert point.status == {"x": "undefined: log(x) at x = -1"}


def test_the_cost_does_not_grow_with_the_variables() -> None:
    for count in (5, 100):
        names = [f"x{k}" for k in range(count)]
        program = parse("*".join(f"(1 + {name}^2)" for name in names))
        value = operations(program)
        vector = {name: f"v_{name}" for name in names}
        assert operations(products.jvp(program, vector)) <= 5 * value
        assert operations(products.vjp(program, {"f": "w"}, names)) <= 5 * value
        assert operations(products.hvp(program, vector, names)) <= 12 * value


def test_names_of_the_vector_do_not_meet_those_of_the_variables() -> None:
    assert gradcli.jvp("v1*v2", {"v1": 3, "v2": 5}, {"v1": 1, "v2": 10}).values == {"f": 35.0}


def test_what_makes_no_sense() -> None:
    with pytest.raises(UsageError, match="no variable"):
        gradcli.jvp("x", {"x": 1}, {"y": 1})
    with pytest.raises(UsageError, match="no output"):
        gradcli.vjp("x", {"x": 1}, {"g": 1})
    with pytest.raises(UsageError, match="one output"):
        gradcli.hvp("a = x; b = x", {"x": 1}, {"x": 1})
    with pytest.raises(UsageError, match="no value"):
        gradcli.jvp("x*y", {"x": 1}, {"x": 1})
    with pytest.raises(UsageError, match="no rule"):
        gradcli.jvp("polygamma(n, x)", {"n": 1, "x": 1}, {"n": 1})


@pytest.mark.parametrize(
    ("found", "label", "said"),
    [
        # |x|*y at (0, 2) along (1, 1): from the left -2, from the right 2; where x stands still it is |0| = 0
        (lambda: gradcli.jvp("abs(x)*y", {"x": 0, "y": 2}, {"x": 1, "y": 1}), "f",
         "kink: abs(x) at x = 0 (left -2, right 2)"),
        (lambda: gradcli.jvp("abs(x)*y", {"x": 0, "y": 2}, {"x": 0, "y": 1}), "f", 0.0),
        # the slope of x alone, beside which exp(800) has 347 digits
        (lambda: gradcli.jvp("x + exp(y) - exp(y)", {"x": 1, "y": 800}, {"x": 1, "y": 1}), "f", 1.0),
        (lambda: gradcli.jvp("sqrt(x^4)", {"x": 0}, {"x": 3}), "f", 0.0),
        # -2 + 2 and 2 + 2; the kinks of |x| and x - |x| cancel
        (lambda: gradcli.vjp("a = abs(x)*y; b = x", {"x": 0, "y": 2}, {"a": 1, "b": 2}), "x",
         "kink: abs(x) at x = 0 (left 0, right 4)"),
        (lambda: gradcli.vjp("a = abs(x); b = x - abs(x)", {"x": 0}, {"a": 1, "b": 1}), "x", 1.0),
        # the slope of x*|x|*y is 2*|x|*y, and that of x^2*|x| is 3*x*|x|
        (lambda: gradcli.hvp("x*abs(x)*y", {"x": 0, "y": 2}, {"x": 1}), "x",
         "kink: abs(x) at x = 0 (left -4, right 4)"),
        (lambda: gradcli.hvp("x^2*abs(x)", {"x": 0}, {"x": 1}), "x", 0.0),
    ],
)  # fmt: skip
def test_at_ties_products_are_limits(found: Callable[[], gradcli.Product], label: str, said: str | float) -> None:
    product = found()
    if isinstance(said, str):
        assert product.status[label] == said
        assert math.isnan(product.values[label])
    else:
        assert product.values[label] == said
        assert label not in product.status

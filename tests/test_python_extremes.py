"""Python source with huge, tiny and odd numbers: an answer or one of our errors, soon, and never a wrong number."""

from __future__ import annotations

import pytest

import gradcli
from gradcli.errors import ExpressionError

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

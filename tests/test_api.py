"""gradcli from Python: what is documented in the package works as it says."""

from __future__ import annotations

import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import gradcli
from gradcli.errors import ExpressionError, GradcliError, LimitError, UsageError
from gradcli.results import Status

AT = {"q": 1, "chi": 2, "delta": 3}


def test_gradient_at_a_point() -> None:
    found = gradcli.gradient("q*chi*delta", at=AT)
    assert found.value == 6.0
    assert found.partials == {"q": 6.0, "chi": 3.0, "delta": 2.0}
    assert found.status == {}
    assert all(0.0 <= bound < 1e-14 for bound in found.error.values())


@pytest.mark.parametrize("backend", ["autodiff", "ad", "symbolic", "sym", "finite-difference", "fd"])
def test_every_backend_by_its_names(backend: str) -> None:
    found = gradcli.gradient("q*chi*delta", at=AT, backend=backend)
    assert found.value == 6.0
    assert found.partials == pytest.approx({"q": 6.0, "chi": 3.0, "delta": 2.0}, rel=1e-7)


def test_options_of_a_backend_are_passed_on() -> None:
    assert gradcli.gradient("x^2", at={"x": 3}, backend="autodiff", mode="forward").partials == {"x": 6.0}
    with pytest.raises(UsageError, match="no option"):
        gradcli.gradient("x^2", at={"x": 3}, backend="autodiff", step=1e-3)
    with pytest.raises(UsageError):
        gradcli.gradient("x^2", at={"x": 3}, backend="autodiff", mode="sideways")


def test_gradient_by_some_variables() -> None:
    assert gradcli.gradient("x*y*z", at={"x": 1, "y": 2, "z": 3}, wrt=["z", "x"]).partials == {"z": 2.0, "x": 6.0}


def test_a_value_makes_a_constant_a_variable() -> None:
    assert gradcli.gradient("e*x", at={"e": 2, "x": 3}).partials == {"e": 3.0, "x": 2.0}
    assert gradcli.gradient("e*x", at={"x": 3}).value == pytest.approx(3 * math.e)


def test_what_is_undefined_is_nan_and_says_so() -> None:
    found = gradcli.gradient("log(x)*y", at={"x": -1, "y": 2})
    assert math.isnan(found.value)
    assert math.isnan(found.partials["x"])
    assert set(found.status) == {"f", "x", "y"}
    assert found.status["x"].startswith("undefined: log(x)")


def test_python_source_is_an_expression_too() -> None:
    assert gradcli.gradient("def power(v, i): return v*i", at={"v": 2, "i": 3}).partials == {"v": 3.0, "i": 2.0}


def test_a_path_names_a_file_and_a_function_in_it(tmp_path: Path) -> None:
    (tmp_path / "m.py").write_text("def g(x): return 3*x\n\ndef f(x, y): return g(x)*y\n", encoding="utf-8")
    assert gradcli.gradient(tmp_path / "m.py:g", at={"x": 2}).partials == {"x": 3.0}
    assert gradcli.symbolic(tmp_path / "m.py") == {"x": "3*y", "y": "3*x"}
    assert gradcli.prepare(tmp_path / "m.py").evaluate({"x": 1.0, "y": 2.0})["df_dx"] == [6.0]
    with pytest.raises(ExpressionError):
        gradcli.symbolic("m.py")  # a text is never a path


def test_symbolic_gives_formulas() -> None:
    found = gradcli.symbolic("q*chi*delta")
    assert found == {"q": "chi*delta", "chi": "q*delta", "delta": "q*chi"}
    assert list(gradcli.symbolic("x*y", wrt=["y"])) == ["y"]
    assert list(gradcli.symbolic("a = x*y; b = x")) == ["da_dx", "da_dy", "db_dx", "db_dy"]


def test_the_formulas_are_the_derivatives() -> None:
    for text in ("x^2*sin(y)/z", "sqrt(x^2 + y^2)*exp(-z)", "log(x*y)^z"):
        at = {"x": 1.25, "y": 1.5, "z": 2.5}
        exact = gradcli.gradient(text, at=at)
        for name, formula in gradcli.symbolic(text).items():
            assert gradcli.gradient(f"f(x, y, z) = {formula}", at=at).value == pytest.approx(
                exact.partials[name], rel=1e-13
            )


def test_prepare_takes_arrays_and_numbers() -> None:
    prepared = gradcli.prepare("q*chi*delta", backend="autodiff")
    q, chi = np.array([1.0, 2.0, 3.0]), np.array([2.0, 4.0, 6.0])
    values = prepared.evaluate({"q": q, "chi": chi, "delta": 3.0})
    np.testing.assert_array_equal(values["f"], 3.0 * q * chi)
    np.testing.assert_array_equal(values["df_dq"], 3.0 * chi)
    assert values["df_dq"].dtype == np.float64
    assert values.status.get("df_dq") is None
    assert prepared.evaluate({"q": 1.0, "chi": 2.0, "delta": 3.0})["df_ddelta"] == [2.0]


def test_prepare_orders_and_partials() -> None:
    names = [p.name for p in gradcli.prepare("x^2*y", order=2).partials]
    assert names == ["f", "df_dx", "df_dy", "d2f_dx_dx", "d2f_dx_dy", "d2f_dy_dy"]
    prepared = gradcli.prepare("x^2*y", partials=[("x", "x", "y")])
    assert [p.name for p in prepared.partials] == ["f", "d3f_dx_dx_dy"]
    assert prepared.evaluate({"x": 5.0, "y": 7.0})["d3f_dx_dx_dy"] == [2.0]


def test_a_block_carries_codes() -> None:
    values = gradcli.prepare("sqrt(x)").evaluate({"x": np.array([4.0, -1.0])})
    assert list(values.status["f"]) == [Status.FINE, Status.UNDEFINED]
    assert np.isnan(values["df_dx"]).tolist() == [False, True]


def test_the_inputs_are_left_as_they_are() -> None:
    x = np.array([1.0, -1.0, 2.0])
    prepared = gradcli.prepare("x; log(x); x*2")
    values = prepared.evaluate({"x": x})
    values["f1"][0] = 99.0
    again = prepared.evaluate({"x": x})
    np.testing.assert_array_equal(x, [1.0, -1.0, 2.0])
    assert again["f1"][0] == 1.0


def test_whole_numbers_and_other_arrays_are_taken() -> None:
    prepared = gradcli.prepare("x^2*y")
    np.testing.assert_array_equal(prepared.evaluate({"x": np.arange(3), "y": 2})["df_dx"], [0.0, 4.0, 8.0])
    strided = np.arange(10.0)[::2]
    np.testing.assert_array_equal(prepared.evaluate({"x": strided, "y": 1.0})["f"], strided**2)
    assert prepared.evaluate({"x": np.array([]), "y": 1.0})["f"].shape == (0,)


def test_given_partials_are_taken_as_written() -> None:
    text = "f = x^2; df_dx = 3*x"
    assert gradcli.prepare(text).evaluate({"x": 2.0})["df_dx"] == [6.0]
    assert gradcli.prepare(text, backend="autodiff").evaluate({"x": 2.0})["df_dx"] == [4.0]


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda: gradcli.gradient("x +", at={"x": 1}), ExpressionError),
        (lambda: gradcli.gradient("x*y", at={"x": 1}), UsageError),
        (lambda: gradcli.gradient("x; y", at={"x": 1, "y": 2}), UsageError),
        (lambda: gradcli.gradient("x", at={"x": 1}, wrt=["y"]), UsageError),
        (lambda: gradcli.gradient("x", at={"x": 1}, backend="magic"), UsageError),
        (lambda: gradcli.prepare("x", partials=[("y",)]), UsageError),
        (lambda: gradcli.prepare("x", backend="finite-difference", order=9), UsageError),
        (lambda: gradcli.prepare("+".join(f"x{k}" for k in range(2000)), order=3), LimitError),
        (lambda: gradcli.symbolic("x", simplify="very"), UsageError),
    ],
)
def test_errors_are_those_of_gradcli(call: object, error: type[GradcliError]) -> None:
    with pytest.raises(error) as caught:
        call()  # type: ignore[operator]
    assert caught.value.message


def test_a_gradient_at_a_point_loads_neither_numpy_nor_sympy() -> None:
    code = (
        "import sys, gradcli\n"
        "assert gradcli.gradient('x^2*sin(y)', at={'x': 2, 'y': 1}).partials\n"
        "print(*(m for m in ('numpy', 'sympy', 'rich', 'mpmath', 'click', 'orjson') if m in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""

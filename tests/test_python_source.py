"""Python source is read, never run; what cannot be read is refused at its place."""

from __future__ import annotations

import contextlib
import warnings
from pathlib import Path

import pytest

from gradcli.errors import ExpressionError, GradcliError, LimitError, Source
from gradcli.language.document import parse
from gradcli.language.printer import format_expression


def body(text: str) -> str:
    program = parse(text)
    return format_expression(program.equations, program.outputs[0].ref)


@pytest.mark.parametrize(
    ("text", "name", "variables", "formula"),
    [
        ("def func(q, chi, delta): return q*chi*delta", "func", "q chi delta", "q*chi*delta"),
        ("def g(x):\n    return x**2", "g", "x", "x^2"),
        ('def g(x):\n    """Doc."""\n    return -x', "g", "x", "-x"),
        ("def g(x: float, y: float = 2) -> float: return x*y", "g", "x", "x*2"),
        ("def g(x: float, unused: float) -> float: return x", "g", "x unused", "x"),
        ("lambda x: x**2", "f", "x", "x^2"),
        ("lambda y, x: x - y", "f", "y x", "x - y"),
        ("import math\ndef g(x): return math.sin(x)*np.pi", "g", "x", "sin(x)*pi"),
        ("from numpy import *\ng = lambda x: arctan2(x, 1)", "g", "x", "atan2(x, 1)"),
        ("def g(x): return x if x > 0 else -x", "g", "x", "where(x > 0, x, -x)"),
        ("def g(x): return 1 if 0 < x <= 1 else 0", "g", "x", "where(0 < x and x <= 1, 1, 0)"),
        ("def g(x, y): return max(x, y, 1)", "g", "x y", "max(max(x, y), 1)"),
        ("def g(x): return 1_000*x + 1e-3", "g", "x", "1000*x + 0.001"),
        ("def g(x): return x//2 % 3", "g", "x", "x//2%3"),
        ("def g(e, pi): return e*pi", "g", "e pi", "e*pi"),
        ("def g(x): return np.where(x > 0 and not x == 2, x, 0)", "g", "x", "where(x > 0 and not x == 2, x, 0)"),
        ("  lambda x: x", "f", "x", "x"),
    ],
)
def test_a_function_is_read(text: str, name: str, variables: str, formula: str) -> None:
    program = parse(text)
    program.check()
    assert [output.name for output in program.outputs] == [name]
    assert program.variables == tuple(variables.split())
    assert program.declared
    assert body(text) == formula


def test_a_tuple_gives_several_outputs() -> None:
    assert [o.name for o in parse("def g(x, y): return x*y, x + y").outputs] == ["g1", "g2"]


def test_a_dictionary_gives_its_keys() -> None:
    assert [o.name for o in parse("def g(x): return {'a': x, 'b': x**2}").outputs] == ["a", "b"]


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ("def g(x): return x ^ 2", "x ^ 2", "exclusive or"),
        ("def g(x): return x & 1", "x & 1", ""),
        ("def g(x): return y", "y", "unknown name 'y'"),
        ("def g(x): return open(x)", "open", "unknown function"),
        ("def g(x): return __import__('os').system('ls')", "", ""),
        ("def g(x): return x.real", "x.real", "attributes"),
        ("def g(x): return sin(x, 1)", "sin(x, 1)", "takes"),
        ("def g(x): return sin(x=1)", "sin(x=1)", "by name"),
        ("def g(*x): return 1", "def g(*x): return 1", "any number"),
        ("def g(x):\n    y = open(x)\n    return y", "", ""),
        ("def g(x): return x < 1", "x < 1", "condition"),
        ("def g(x): return 'a'", "'a'", ""),
        ("def g(x): return [x for x in x]", "x", "goes through a vector"),
        ("def g(x): return x is 1", "x is 1", ""),
        ("def g(x): return 1j", "1j", ""),
        ("def g(x): return {}", "{}", "there is nothing"),
        ("lambda x: {'a': {}, 'b': x}", "{'a': {}, 'b': x}", "there is nothing"),
        ("def g(x: return x", "", "no Python"),
        ("lambda x: x +", "", "no Python"),
    ],
)
def test_what_cannot_be_read_is_refused_at_its_place(text: str, place: str, message: str) -> None:
    with pytest.raises(ExpressionError, match=message or None) as caught:
        parse(text)
    error = caught.value
    assert error.source is not None
    assert error.span is not None
    start, end = error.span
    assert 0 <= start < end <= len(error.source.text) + 1
    if place:
        assert error.source.text[start:end] == place


def test_the_place_is_right_after_letters_of_several_bytes() -> None:
    with pytest.raises(ExpressionError) as caught:
        parse("def g(α, β): return α*β + γ")
    error = caught.value
    assert error.source is not None
    assert error.span is not None
    assert error.source.text[slice(*error.span)] == "γ"


def test_nothing_is_run(tmp_path: Path) -> None:
    """Neither the module nor a default value nor a decorator."""
    marker = tmp_path / "ran"
    write = f"open({str(marker)!r}, 'w').close()"
    for text in (
        f"import os\n{write}\ndef g(x): return x",
        f"def g(x, y={write}): return x",
        f"@print({write})\ndef g(x): return x",
        f"lambda x: {write}",
    ):
        with contextlib.suppress(GradcliError):
            parse(text)
        assert not marker.exists()


def test_pythons_own_warnings_stay_inside() -> None:
    """Python 3.12 and later warns of `1if`; a user's text is no reason for a warning of ours."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert body("lambda x: 1if x > 0 else 2") == "where(x > 0, 1, 2)"
    assert not caught


def test_one_of_several_functions_is_named() -> None:
    source = Source("def a(x): return x\ndef b(y): return y**2", "model.py")
    assert parse(source, function="b").variables == ("y",)
    with pytest.raises(ExpressionError, match="2 functions"):
        parse(source)
    with pytest.raises(ExpressionError, match="no function 'c'"):
        parse(source, function="c")


@pytest.mark.parametrize("before", ["# a comment\n", '"""A docstring."""\n\n', "# a\n\n'text'\n# b\n"])
def test_comments_and_a_docstring_may_stand_before_a_function(before: str) -> None:
    assert body(f"{before}def f(x): return x**2") == "x^2"
    assert parse("# no Python\nx^2").variables == ("x",)


def test_the_function_that_no_other_one_calls_is_meant() -> None:
    text = "def g(t): return t**2\ndef f(x): return g(x) + 1\n"
    assert body(text) == "x^2 + 1"
    assert body(f"{text}h = lambda s: f(s)*2") == "(s^2 + 1)*2"
    with pytest.raises(ExpressionError, match="2 functions"):
        parse("def g(t): return t**2\ndef f(g): return g + 1")


def test_a_file_that_ends_in_py_is_python_whatever_it_begins_with() -> None:
    assert parse(Source("# a model\nSCALE = 2\ndef g(x): return x", "model.py")).variables == ("x",)


def test_lambda_is_a_variable_unless_parameters_and_a_colon_follow() -> None:
    assert parse("lambda*x").variables == ("lambda", "x")
    assert parse("lambda").variables == ("lambda",)


def test_python_that_is_nested_too_deeply_is_refused() -> None:
    with pytest.raises((LimitError, ExpressionError)):
        parse("lambda x: " + "(" * 5000 + "x" + ")" * 5000)


def test_many_terms_are_read() -> None:
    assert len(parse("lambda x: " + " + ".join(["x*2"] * 900)).equations) > 900

"""Formulas are written as a person would space them, and read back as the very same program."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gradcli.engine import document, formulas, wanted
from gradcli.language.document import parse
from gradcli.language.printer import format_document, format_expression
from gradcli.program import Program

CASES = json.loads(Path(__file__).with_name("cases.json").read_text(encoding="utf-8"))


def printed(program: Program) -> str:
    return "\n".join(f"{name} = {text}" for name, text in format_document(program))


def shape(program: Program) -> list[object]:
    """A program up to the order in which its equations stand."""
    trees: list[object] = []
    ids: dict[object, int] = {}
    for equation in program.equations:
        leaf = equation[0] in ("input", "const")
        key = equation if leaf else (equation[0], *(trees[k] for k in equation[1:]))
        trees.append(ids.setdefault(key, len(ids)))
    roots = [(output.name, output.ref) for output in program.outputs] + list(program.bindings.items())
    texts = [(name, format_expression(program.equations, ref)) for name, ref in roots]
    return [program.variables, texts, len(program.live([ref for _, ref in roots]))]


@pytest.mark.parametrize(
    "text",
    [
        "x + y - z", "x - (y - z)", "x - (y + z)", "x*(y + z)", "x/(y*z)", "x/y/z", "x/(y/z)", "x*y/z", "x*(y/z)",
        "-x^2", "(-x)^2", "x^(-2)", "x^y^z", "(x^y)^z", "-(x + y)", "x*(-y)", "x - (-y)", "x^(y + 1)", "(x*y)^2",
        "x%y", "x//y", "x//(y//z)", "where(x < y, x, y)", "where(x < y and y < z or not x == z, x, y)",
        "where(not (x < y and y < z), x, y)", "where((x < y or y < z) and x != z, x, y)", "atan2(y, x)",
        "hypot(x, y, z)", "log(x, y)", "np.sinc(x)", "pi*e^x", "1e-7*x", "1e300*x", "0.00001*x", "factorial(x)",
        "abs(x)", "-x*y", "(-x)*y", "-(x*y)", "np.inf", "where(True, x, y)", "x^-y", "2^-x",
    ],
)  # fmt: skip
def test_what_is_canonical_is_printed_as_it_was_written(text: str) -> None:
    """Reading and printing is the identity up to parentheses that are not needed, and idempotent."""
    program = parse(text)
    once = format_expression(program.equations, program.outputs[0].ref)
    again = parse(once, declared=program.variables)
    assert format_expression(again.equations, again.outputs[0].ref) == once
    assert shape(again)[1:] == shape(program)[1:]


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("x+y", "x + y"),
        ("x**2", "x^2"),
        ("2x", "2*x"),
        ("|x|", "abs(x)"),
        ("x!", "factorial(x)"),
        ("sin^2 x", "sin(x)^2"),
        ("ln(x)", "log(x)"),
        ("a if x < y else b", "where(x < y, a, b)"),
        ("((x))", "x"),
        ("x-(-y)", "x - (-y)"),
        ("-x**2", "-x^2"),
        ("(-x)**2", "(-x)^2"),
        ("x*-y", "x*(-y)"),
        ("π·r²", "pi*r^2"),
        ("√x", "sqrt(x)"),
        ("0<x<1 and y", None),
        ("where(0<x<1, 1, 0)", "where(0 < x and x < 1, 1, 0)"),
    ],
)
def test_spelling(text: str, canonical: str | None) -> None:
    if canonical is None:
        with pytest.raises(Exception, match="condition"):
            parse(text)
        return
    program = parse(text)
    assert format_expression(program.equations, program.outputs[0].ref) == canonical


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_every_case_reads_back(case: dict[str, str]) -> None:
    """Same variables in the same order, same outputs and bindings, same formulas."""
    program = parse(case["text"])
    again = parse(printed(program))
    again.check()
    assert shape(again) == shape(program)
    assert printed(again) == printed(program)


def test_the_signature_is_written_only_where_it_is_needed() -> None:
    assert printed(parse("f(x, y) = x*y")) == "f = x*y"
    assert printed(parse("f(y, x) = x*y")) == "f(y, x) = x*y"
    assert printed(parse("f(x, y) = x")) == "f(x, y) = x"
    assert printed(parse("f(e, x) = e*x")) == "f(e, x) = e*x"
    assert printed(parse("f(sin) = sin + 1")).startswith("f(sin) = ")


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("c = x + 1; d = c; d^2*x", "c = x + 1\nd = c\nf = d^2*x"),
        ("c = x < 1 and y > 2; d = not c; where(d, x, y)", "c = x < 1 and y > 2\nd = not c\nf = where(d, x, y)"),
        ("inside(r) = r < 1; f = where(inside(x), x, 2)", "f = where(x < 1, x, 2)"),
    ],
)
def test_every_binding_stands_before_its_use(text: str, lines: str) -> None:
    assert printed(parse(text)) == lines
    assert shape(parse(lines)) == shape(parse(text))


def test_bindings_come_first_and_are_used_by_name() -> None:
    assert printed(parse("u = x*y\ng = sin(u) + u")) == "u = x*y\ng = sin(u) + u"


@pytest.mark.parametrize(
    "text",
    [
        "a = 2\nf = a*x^2", "n = 3\nf = x^3 + 3*n*y", "c = 1\nf = 1 + c*x", "half = 1/2\nf = x^(1/2) + half",
        "a = 2\nb = 2\nf = a*x + b", "zero = 0\nf = where(x > 0, x, 0) + zero",
    ],
)  # fmt: skip
def test_the_name_of_a_number_stands_only_where_it_was_written(text: str) -> None:
    program = parse(text)
    program.check()
    assert printed(program) == text


def test_another_name_of_a_variable_is_not_written_for_it() -> None:
    assert printed(parse("g = x; f = g*x^2")) == "f = x*x^2"


def test_a_deep_and_long_program_is_printed_without_recursion() -> None:
    deep = "sin(" * 5000 + "x" + ")" * 5000
    assert printed(parse(deep)) == f"f = {deep}"
    terms = " + ".join(f"x{k}" for k in range(20_000))
    assert printed(parse(terms)) == f"f = {terms}"


def test_a_document_of_derivatives_reads_back_with_its_partials() -> None:
    program = parse("u = x*y; g = exp(u)")
    derived = formulas(program, wanted(program), backend="autodiff")
    text = "\n".join(f"{name} = {line}" for name, line in document(program, derived))
    again = parse(text)
    assert [output.name for output in again.outputs] == ["g"]
    assert list(again.given) == [("g", ("x",)), ("g", ("y",))]

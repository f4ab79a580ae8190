"""The representation: equal equations are stored once, decimals have one spelling, broken programs are caught."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradcli.errors import ExpressionError, LimitError
from gradcli.language.document import parse
from gradcli.program import (
    Builder,
    Output,
    Program,
    canonical_decimal,
    instantiate,
    live,
    moving_equations,
    require_real,
)


def test_a_program_prints_as_its_equations() -> None:
    assert str(parse("x^2 + sin(y)")) == (
        "variables x, y\n%0 = input x\n%1 = const 2\n%2 = pow %0 %1\n%3 = input y\n%4 = sin %3\n%5 = add %2 %4\nf = %5"
    )


def test_equal_equations_are_stored_once() -> None:
    builder = Builder()
    x, y = builder.input("x"), builder.input("y")
    assert builder.input("x") == x
    assert builder.add("add", x, y) == builder.add("add", y, x)
    assert builder.add("eq", x, y) == builder.add("eq", y, x)
    assert builder.add("sub", x, y) != builder.add("sub", y, x)
    assert builder.const("0.50") == builder.const("5e-1")
    assert len(builder.equations) == 7


def test_the_written_order_of_a_commutative_operation_is_kept() -> None:
    builder = Builder()
    x, y = builder.input("x"), builder.input("y")
    assert builder.equations[builder.add("mul", y, x)] == ("mul", y, x)


def test_nothing_is_folded() -> None:
    for text in ("x/x", "0*x", "sqrt(x)^2", "x - x", "1 + 1", "--x", "x^1", "x + 0"):
        assert len(parse(text)) == len(parse(text).live([parse(text).outputs[0].ref]))
        assert parse(text).equations[-1][0] != "const"
    assert len(parse("--x")) == 3


def test_a_span_is_that_of_the_first_occurrence() -> None:
    program = parse("sin(x*y) + cos(x*y)")
    ref = next(k for k, equation in enumerate(program.equations) if equation[0] == "mul")
    assert program.span(ref) == (4, 7)
    assert program.text(ref) == "x*y"


@pytest.mark.parametrize(
    ("equations", "problem"),
    [
        ([("input", "x"), ("sin", 1)], "order"),
        ([("input", "x"), ("sin", 5)], "order"),
        ([("input", "x"), ("sin", 0, 0)], "arity"),
        ([("input", "x"), ("add", 0)], "arity"),
        ([("input", "x"), ("input", "x")], "stored twice"),
        ([("input", "x"), ("input", "y"), ("add", 0, 1), ("add", 1, 0)], "stored twice"),
        ([("input", "x"), ("lt", 0, 0), ("sin", 1)], "types"),
        ([("input", "x"), ("where", 0, 0, 0)], "types"),
        ([("input", "x"), ("lt", 0, 0)], "condition"),
    ],
)
def test_a_broken_program_is_caught(equations: list[tuple[object, ...]], problem: str) -> None:
    builder = Builder()
    builder.equations = equations
    with pytest.raises(AssertionError, match=problem):
        Program(builder, ["x"], [Output("f", len(equations) - 1)]).check()


def test_an_unknown_operation_is_caught() -> None:
    builder = Builder()
    builder.equations = [("input", "x"), ("nonsense", 0)]
    with pytest.raises(KeyError):
        Program(builder, ["x"], [Output("f", 1)]).check()


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("1", "1"),
        ("007", "7"),
        ("1.", "1"),
        (".5", "0.5"),
        ("1_000", "1000"),
        ("1e3", "1000"),
        ("1.50", "1.5"),
        ("0.000", "0"),
        ("0e5", "0"),
        ("1E-7", "1e-7"),
        ("0.00001", "0.00001"),
        ("0.000001", "1e-6"),
        ("12345678901234567890", "1.234567890123456789e19"),
        ("1e999999999", "1e999999999"),
        ("1.5e-400", "1.5e-400"),
        ("100000000000000000000", "1e20"),
        ("0.1000000000000000055511151231257827", "0.1000000000000000055511151231257827"),
    ],
)
def test_a_decimal_has_one_spelling(written: str, canonical: str) -> None:
    assert canonical_decimal(written) == canonical


decimals = st.from_regex(r"[0-9]{1,25}(\.[0-9]{0,25})?([eE][-+]?[0-9]{1,2})?", fullmatch=True)


@given(decimals)
def test_the_canonical_decimal_is_the_same_number_and_canonical(text: str) -> None:
    canonical = canonical_decimal(text)
    assert Fraction(canonical) == Fraction(text)
    assert canonical_decimal(canonical) == canonical


@given(decimals, decimals)
def test_equal_numbers_have_the_same_spelling(a: str, b: str) -> None:
    assert (Fraction(a) == Fraction(b)) is (canonical_decimal(a) == canonical_decimal(b))


def test_a_huge_literal_costs_nothing_and_a_monstrous_one_is_refused() -> None:
    assert canonical_decimal("1" + "0" * 100_000) == "1e100000"
    assert parse("9**9**9**9").outputs[0].name == "f"
    assert parse("1e999999*x").variables == ("x",)
    with pytest.raises(LimitError):
        parse("1e" + "9" * 5000)


def test_the_type_of_an_equation_and_what_must_be_real() -> None:
    builder = Builder()
    x = builder.input("x")
    condition = builder.add("lt", x, builder.const("1"))
    assert [builder.kind(k) for k in (x, condition)] == ["real", "bool"]
    assert require_real(builder, x, (0, 1)) == x
    with pytest.raises(ExpressionError, match="condition"):
        require_real(builder, condition, (0, 1))


def test_live_and_moving_equations() -> None:
    program = parse("u = x*y\nv = exp(z)\nu + 1\nv")
    first, second = (output.ref for output in program.outputs)
    assert program.depends_on(first) == {"x", "y"}
    assert program.depends_on(second) == {"z"}
    order = live(program.equations, [first])
    assert order == sorted(order)
    assert order[-1] == first
    assert second not in order
    assert not any(moving_equations(program.equations, program.live([second]), {"x"}))
    assert moving_equations(program.equations, program.live([second]), {"z"})[second]


def test_extending_leaves_the_program_as_it_is() -> None:
    program = parse("x*y")
    before = str(program)
    builder = Builder.extending(program)
    assert builder.add("mul", 0, 1) == program.outputs[0].ref
    builder.add("sin", 0)
    assert str(program) == before
    assert len(builder.equations) == len(program) + 1


def test_instantiate_puts_equations_in_the_place_of_inputs() -> None:
    body = parse("x^2 + y")
    builder = Builder()
    argument = builder.add("sin", builder.input("t"))
    root = instantiate(builder, body.equations, [body.outputs[0].ref], {"x": argument})[0]
    program = Program(builder, ["t", "y"], [Output("f", root)])
    program.check()
    assert str(program).replace("\n", " ").endswith("f = %5")
    assert program.depends_on(root) == {"t", "y"}


def test_an_output_is_found_by_its_name() -> None:
    program = parse("r = x; s = y")
    assert program.output("s") == program.outputs[1].ref
    with pytest.raises(KeyError):
        program.output("t")

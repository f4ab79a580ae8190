"""How derivative programs are made: nothing comes from branches that are not taken, and nothing explodes."""

from __future__ import annotations

import math

import numpy as np
import pytest

from gradcli import engine
from gradcli.adjoint import gradient
from gradcli.algebra import Algebra
from gradcli.backends.autodiff import BACKEND
from gradcli.evaluate.floats import Evaluator
from gradcli.language.document import parse
from gradcli.naming import Partial
from gradcli.paths import ALWAYS, Paths
from gradcli.program import Builder, Program, live
from gradcli.rules import NoRule, expand, partial
from gradcli.tangent import Tangents


def derive(text: str, *bys: str, mode: str = "auto") -> Program:
    """The program of partials of the first output; each multi-index is variables with spaces between."""
    program = parse(text)
    derived = BACKEND.derive(
        program, [Partial(program.outputs[0].name, tuple(by.split())) for by in bys], {"mode": mode}
    )
    derived.check()
    return derived


def at(program: Program, **point: float) -> list[float]:
    roots = [output.ref for output in program.outputs]
    values = Evaluator(program, roots).evaluate(point)
    return [values[root] for root in roots]


def size(program: Program) -> int:
    """The live equations of all outputs."""
    return len(program.live([output.ref for output in program.outputs]))


# --- branches -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["reverse", "forward"])
@pytest.mark.parametrize(
    ("text", "point", "slope"),
    [
        ("where(x > 0, sqrt(x), 0)", -1.0, 0.0),
        ("where(x > 0, sqrt(x), 0)", 4.0, 0.25),
        ("where(x > 0, sqrt(x), 0) + x^2", -1.0, -2.0),
        ("where(x > 0, log(x), x)*3", -2.0, 3.0),
        ("where(x != 0, sin(x)/x, 1)", 0.0, 0.0),
        ("where(x > 0, x*log(x), where(x < 0, x^2, 0))", -3.0, -6.0),
        ("sqrt(where(x > 0, x, 1))", -1.0, 0.0),
        ("exp(where(x < 1, x, 1/(x - 1)^400))", 0.0, 1.0),
        ("where(x > 0, sqrt(x), 0)*where(x > 0, sqrt(x), 2)", -1.0, 0.0),
        ("where(x > 0, 1/x, 0) + 1/(x - 5)", 0.0, -0.04),
        ("max(x, where(x > 0, sqrt(x), 0))", -1.0, 0.0),
        ("min(x, log(where(x > 0, x, 1)))", -1.0, 1.0),
        ("where(x < 0 or x > 1, x^2, sqrt(x))", 2.0, 4.0),
        ("where(1 < 2, x, sqrt(x - 100))", 1.0, 1.0),
    ],
)
def test_branches_that_are_not_taken_spoil_nothing(mode: str, text: str, point: float, slope: float) -> None:
    """Neither nan nor inf passes from them, by hand."""
    assert at(derive(text, "x", mode=mode), x=point) == [pytest.approx(slope, rel=1e-15)]


def test_a_shared_equation_under_two_conditions_gets_both_contributions() -> None:
    program = derive("where(x > 0, sqrt(y), 0) + where(x > 1, y*sqrt(y), 0)", "y", mode="reverse")
    assert at(program, x=2.0, y=4.0) == [0.25 + 3.0]
    assert at(program, x=0.5, y=4.0) == [0.25]
    assert at(program, x=-1.0, y=-4.0) == [0.0]


def test_second_derivatives_pass_branches_too() -> None:
    program = derive("where(x > 0, sqrt(x)*y, x*y^2)", "x x", "x y", "y y")
    assert at(program, x=-1.0, y=3.0) == [0.0, 6.0, -2.0]
    assert at(program, x=4.0, y=3.0) == [-3.0 / 32.0, 0.25, 0.0]


def test_programs_without_branches_have_no_conditions() -> None:
    derived = derive("sin(x*y) + exp(x)/y", "x", "y")
    names = {derived.equations[k][0] for k in derived.live([o.ref for o in derived.outputs])}
    assert not names & {"where", "and", "or", "not", "lt", "gt", "ge", "le"}


def test_path_conditions() -> None:
    program = parse("where(x > 0, sqrt(y), z)")
    algebra = Algebra(Builder.extending(program))
    root = program.outputs[0].ref
    order = program.live([root])
    paths = Paths(algebra, order, root, through_conditions=True)
    kinds = {program.equations[k][0]: k for k in order}
    inputs = {program.equations[k][1]: k for k in order if program.equations[k][0] == "input"}
    assert paths.of(root) == ALWAYS
    assert paths.of(kinds["sqrt"]) == kinds["gt"]
    assert paths.of(kinds["gt"]) == ALWAYS
    assert paths.of(inputs["x"]) == ALWAYS
    assert algebra.equations[paths.of(inputs["z"])] == ("not", kinds["gt"])
    assert not Paths(algebra, order, root, through_conditions=False).condition.get(kinds["gt"])


# --- structure ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["reverse", "forward"])
@pytest.mark.parametrize(
    ("text", "by", "formula"),
    [
        ("x*y", "x x", "0"),
        ("x + y^2", "x y", "0"),
        ("floor(x) + y", "x", "0"),
        ("sign(x)*1", "x", "0"),
        ("x + y", "x", "1"),
        ("3*x", "x", "3"),
        ("exp(y) + x", "x x", "0"),
    ],
)
def test_structural_zeros_and_ones_are_known(mode: str, text: str, by: str, formula: str) -> None:
    """They are constants, not computations."""
    program = derive(text, by, mode=mode)
    assert program.equations[program.outputs[0].ref] == ("const", formula)


def test_a_variable_that_does_not_occur_has_the_partial_zero() -> None:
    program = parse("f(x, y) = x^2")
    derived = BACKEND.derive(program, [Partial("f", ("y",))], {})
    assert derived.equations[derived.outputs[0].ref] == ("const", "0")


def test_mixed_partials_are_one_equation_in_any_order() -> None:
    derived = derive("sin(x*y)*exp(x)", "x y", "y x", "x x y", "x y x", "y x x")
    refs = [output.ref for output in derived.outputs]
    assert refs[0] == refs[1]
    assert refs[2] == refs[3] == refs[4]


def test_a_derivative_program_extends_the_program() -> None:
    program = parse("sin(x*y)")
    derived = BACKEND.derive(program, [Partial("f"), Partial("f", ("x",))], {})
    assert derived.equations[: len(program)] == program.equations
    assert derived.outputs[0].ref == program.outputs[0].ref
    assert [output.name for output in derived.outputs] == ["f", "df_dx"]


def test_an_equation_of_a_derivative_points_to_what_it_comes_from() -> None:
    derived = derive("sin(x*y) + exp(x)", "x")
    k = next(k for k, equation in enumerate(derived.equations) if equation[0] == "cos")
    assert derived.text(k) == "sin(x*y)"


def test_an_exponents_partial_is_built_only_if_it_is_asked_for() -> None:
    """So a negative base with a whole exponent is no trouble."""
    names = {equation[0] for equation in derive("x^3 + x^-2", "x").equations}
    assert "log" not in names
    assert at(derive("x^3", "x"), x=-2.0) == [12.0]


def test_an_operation_without_a_rule_is_undefined_by_that_argument_only() -> None:
    program = parse("polygamma(n, x)*n")
    prepared = engine.prepare(program, engine.wanted(program))
    values = prepared.evaluate({"n": 1.0, "x": 2.0})
    assert math.isnan(values["df_dn"][0])
    assert values["df_dx"][0] == pytest.approx(2 - 2 * 1.2020569031595942, rel=1e-13)  # 2 - 2*zeta(3)
    with pytest.raises(NoRule):
        partial(Algebra(Builder.extending(program)), next(
            k for k, equation in enumerate(program.equations) if equation[0] == "polygamma"), 0)  # fmt: skip


# --- cost ---------------------------------------------------------------------------------------------------


def rosenbrock(count: int) -> str:
    return " + ".join(f"100*(x{k + 1} - x{k}^2)^2 + (1 - x{k})^2" for k in range(count - 1))


def test_a_gradient_costs_a_few_evaluations() -> None:
    """Rosenbrock's function of 1,000 variables: all partials together at most 5 times the function's equations."""
    program = parse(rosenbrock(1000))
    function = len(program.live([program.outputs[0].ref]))
    derived = BACKEND.derive(program, engine.wanted(program), {})
    assert size(derived) <= 5 * function
    point = {f"x{k}": 1.0 for k in range(1000)} | {"x0": 2.0}
    values = at(derived, **point)
    assert values[0] == 901.0
    by = dict(zip([p.by for p in engine.wanted(program)], values, strict=True))
    # 100*(x1 - x0^2)^2 + (1 - x0)^2 and 100*(x2 - x1^2)^2 at x0 = 2, the others 1.
    assert by[("x0",)] == 100 * 2 * (1 - 4) * -4 - 2 * (1 - 2)
    assert by[("x1",)] == 200 * (1 - 4)
    assert all(by[(f"x{k}",)] == 0.0 for k in range(2, 1000))


def test_a_product_of_many_factors_has_a_linear_gradient() -> None:
    program = parse("*".join(f"x{k}" for k in range(500)))
    assert size(BACKEND.derive(program, engine.wanted(program), {})) <= 5 * len(program)


def test_higher_orders_grow_polynomially() -> None:
    """Reverse mode upon reverse mode would double with every order."""
    sizes = []
    for order in (2, 4, 6, 8, 10):
        derived = derive("exp(sin(x))/(1 + x^2)", " ".join(["x"] * order))
        sizes.append(size(derived))
    assert sizes[-1] < 2000  # 10,596 with reverse mode throughout
    # About the cube of the order: twice the order, less than 2^3.5 times the equations.
    assert all(b < 2**3.5 * a for a, b in ((sizes[0], sizes[1]), (sizes[1], sizes[3])))
    # The tenth derivative at 0, from the Taylor series by hand: exp(sin x) = sum c_k x^k, over 1 + x^2.
    c = [1.0, 1.0, 1 / 2, 0.0, -1 / 8, -1 / 15, -1 / 240, 1 / 90, 31 / 5760, 1 / 5670, -2951 / 3628800]
    taylor = sum(c[k] * (-1) ** ((10 - k) // 2) for k in range(0, 11, 2))
    assert at(derive("exp(sin(x))/(1 + x^2)", " ".join(["x"] * 10)), x=0.0)[0] == pytest.approx(
        taylor * math.factorial(10), rel=1e-12
    )


def test_a_deep_program_is_differentiated_without_recursion() -> None:
    text = "sin(" * 3000 + "x" + ")" * 3000
    assert 0.0 < at(derive(text, "x"), x=0.5)[0] < 1.0
    assert at(derive("-" * 10_001 + "x", "x"), x=0.5) == [-1.0]


# --- the parts ----------------------------------------------------------------------------------------------


def test_the_algebra_drops_what_is_nothing() -> None:
    algebra = Algebra(Builder())
    x, y = algebra.builder.input("x"), algebra.builder.input("y")
    zero, one = algebra.zero, algebra.one

    def integer(value: int) -> int:
        ref = algebra.builder.const(str(abs(value)))
        return algebra.builder.add("neg", ref) if value < 0 else ref

    assert algebra.add(x, zero) == algebra.add(zero, x) == algebra.sub(x, zero) == algebra.mul(one, x) == x
    assert algebra.mul(x, zero) == algebra.mul(zero, x) == algebra.div(zero, x) == zero
    assert algebra.sub(zero, x) == algebra.neg(x)
    assert algebra.neg(algebra.neg(x)) == x
    assert algebra.pow(x, one) == algebra.div(x, one) == algebra.mul(x, one) == x
    assert algebra.mul(integer(6), integer(-7)) == integer(-42)
    assert algebra.add(integer(2), integer(-2)) == zero
    assert algebra.mul(algebra.neg(x), y) == algebra.neg(algebra.mul(x, y))
    assert algebra.equations[algebra.mul(integer(10**14), integer(10**14))][0] == "mul"
    condition = algebra.builder.add("lt", x, y)
    assert algebra.where(condition, x, x) == x
    branches = algebra.where(condition, x, zero), algebra.where(algebra.builder.add("not", condition), y, zero)
    assert algebra.add(*branches) == algebra.where(condition, x, y)


def test_operations_with_a_meaning_are_expanded_where_they_have_no_rule() -> None:
    program = parse("max(x, min(x, y))")
    algebra = Algebra(Builder.extending(program))
    root = expand(algebra, [program.outputs[0].ref])[0]
    names = {algebra.equations[k][0] for k in live(algebra.equations, [root])}
    assert "max" not in names
    assert "min" not in names
    assert "where" in names


def test_tangents_and_adjoints_are_the_same_numbers() -> None:
    text = "log(x*y + z^2)*atan2(x, z) - cosh(y/x)"
    program = parse(text)
    algebra = Algebra(Builder.extending(program))
    root = program.outputs[0].ref
    backward = gradient(algebra, root, program.variables)
    forward = {v: Tangents(algebra, {v: algebra.one}).of([root])[0] for v in program.variables}
    values = Evaluator(
        Program(algebra.builder, program.variables, []), [*backward.values(), *forward.values()]
    ).evaluate({"x": 0.7, "y": 1.3, "z": -0.4})
    for v in program.variables:
        assert values[backward[v]] == pytest.approx(values[forward[v]], rel=1e-14)


def test_an_unknown_mode_is_a_usage_error() -> None:
    with pytest.raises(engine.UsageError, match="no mode"):
        derive("x", "x", mode="sideways")


def test_a_block_of_a_large_program_is_right() -> None:
    program = parse(rosenbrock(50))
    prepared = engine.prepare(program, engine.wanted(program))
    columns = {v: np.linspace(0.5, 1.5, 40) + k / 100 for k, v in enumerate(program.variables)}
    block = prepared.evaluate(columns)
    row = {v: float(column[17]) for v, column in columns.items()}
    single = prepared.evaluate(row)
    for p in prepared.partials:
        assert block[p.name][17] == pytest.approx(single[p.name][0], rel=1e-12, abs=1e-12)

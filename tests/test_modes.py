"""Modes by cost, and what derivatives cost; the patterns of Jacobians and Hessians."""

from __future__ import annotations

import random
import subprocess
import sys

import pytest

from gradcli import engine
from gradcli.backends import backend_names, get_backend
from gradcli.backends.modes import choose_modes
from gradcli.errors import LimitError
from gradcli.language.document import parse
from gradcli.operations import OPERATIONS
from gradcli.program import LEAVES, Program
from gradcli.sparsity import hessian_pattern, jacobian_pattern


def operations(program: Program) -> int:
    return sum(program.equations[k][0] not in LEAVES for k in program.live(ref for _, ref in program.outputs))


def run(*arguments: str) -> tuple[str, str]:
    """What a command writes to stdout and stderr."""
    result = subprocess.run([sys.executable, "-m", "gradcli", *arguments], capture_output=True, text=True, check=True)
    return result.stdout, result.stderr


def modes(text: str, asked: str = "auto") -> dict[str, str]:
    program = parse(text)
    wanted = {name: sorted(program.depends_on(ref)) for name, ref in program.outputs}
    return {output: c.mode for c in choose_modes(program, wanted, asked) for output in c.outputs}


def test_modes() -> None:
    assert modes("x*y*z") == {"f": "reverse"}
    assert modes("sin(x)^2") == {"f": "forward"}
    many_outputs = "s = sin(x*y)*exp(x)*cos(y); " + "; ".join(f"f{k} = s^{k}" for k in range(2, 20))
    assert set(modes(many_outputs).values()) == {"forward"}
    many_inputs = "s = " + "*".join(f"sin(x{k})" for k in range(20)) + "; a = s^2; b = s^3"
    assert modes(many_inputs) == {"a": "reverse", "b": "reverse"}
    assert modes("a = x*y; b = sin(x)", "reverse") == {"a": "reverse", "b": "reverse"}


@pytest.mark.parametrize("name", backend_names())
def test_every_backend_says_what_it_chose(name: str) -> None:
    program = parse("x*y + erf(x)")
    lines = get_backend(name).explained(program, engine.wanted(program), {})
    expected = {
        "autodiff": ["reverse mode for f: one sweep instead of 2"],
        "symbolic": ["f as a whole"],
        "finite-difference": ["central for f: a complex step cannot pass through 'erf'"],
    }
    assert lines == expected.get(name, [])


def test_more_second_partials_than_can_be_computed() -> None:
    program = parse(f"({' + '.join(f'x{k}' for k in range(1500))})^2")
    with pytest.raises(LimitError, match="second partials"):
        engine.wanted(program, hessian=True)


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_the_chosen_mode_is_not_the_dearer_one(mode: str) -> None:
    texts = [
        "s = sin(x*y)*exp(x)*cos(y); " + "; ".join(f"f{k} = s^{k}" for k in range(2, 20)),
        "s = " + "*".join(f"sin(x{k})" for k in range(20)) + "; a = s^2; b = s^3",
    ]
    for text in texts:
        program = parse(text)
        partials = engine.wanted(program)
        chosen = engine.prepare(program, partials).program
        other = engine.prepare(program, partials, "autodiff", {"mode": mode}).program
        assert operations(chosen) <= operations(other)


DENSE = {
    "product": "*".join(f"(1 + x{k}^2)" for k in range(100)),
    "norm": "sqrt(" + " + ".join(f"(x{k} - 1)^2" for k in range(100)) + ")",
    "mixing": "s = " + " + ".join(f"x{k}" for k in range(100)) + "; f = exp(-s/100)*sin(s)",
}


@pytest.mark.parametrize("name", DENSE)
def test_a_hessian_of_100_variables_costs_at_most_300_gradients(name: str) -> None:
    program = parse(DENSE[name])
    gradient = engine.prepare(program, engine.wanted(program)).program
    hessian = engine.prepare(program, engine.wanted(program, hessian=True)).program
    assert len(hessian.outputs) == 1 + 100 + 5050
    assert operations(hessian) <= 3 * 100 * operations(gradient)


def test_order_20_has_polynomial_cost() -> None:
    program = parse("exp(sin(x))/(1 + x^2)")
    counts = {n: operations(engine.prepare(program, engine.wanted(program, order=n)).program) for n in (5, 10, 20)}
    assert counts[20] < 2**4 * counts[10] < 2**8 * counts[5]


def test_formulas_of_higher_order_are_forward_over_reverse() -> None:
    """Reverse over reverse, which is what the formulas of lower orders would be given to, explodes."""
    program = parse("exp(sin(x*y))/(1 + x^2*y)")
    for order in (3, 6):
        wanted = engine.wanted(program, order=order)
        formulas = engine.formulas(program, wanted, "autodiff")
        assert operations(formulas) <= 1.1 * operations(engine.prepare(program, wanted).program)


# --- patterns ----------------------------------------------------------------------------------------------


def second(text: str) -> list[tuple[str, str]]:
    program = parse(text)
    return list(hessian_pattern(program, program.outputs[0].name, program.variables))


def test_patterns_by_hand() -> None:
    assert jacobian_pattern(parse("a = x*y; b = sin(z); c = floor(x) + y"), "xyz") == {
        "a": ("x", "y"), "b": ("z",), "c": ("y",),
    }  # fmt: skip
    assert second("x*y + sin(z)") == [("x", "y"), ("z", "z")]
    assert second("x/y") == [("x", "y"), ("y", "y")]
    assert second("2*x + 3*y - z") == []
    assert second("(x + y)^2*z") == [("x", "x"), ("x", "y"), ("x", "z"), ("y", "y"), ("y", "z")]
    assert second("abs(x)*y") == [("x", "y")]
    assert second("where(x > 0, y^2, y*z)") == [("y", "y"), ("y", "z")]
    assert second("max(x, y*z)") == [("y", "z")]
    assert second("mod(x, y)") == []
    assert second("hypot(x, y) + z") == [("x", "x"), ("x", "y"), ("y", "y")]


def test_rosenbrock() -> None:
    text = " + ".join(f"100*(x{k + 1} - x{k}^2)^2 + (1 - x{k})^2" for k in range(1, 50))
    found = second(text)
    assert len(found) == 50 + 49
    assert all(abs(int(i[1:]) - int(j[1:])) <= 1 for i, j in found)


def test_what_is_not_in_the_pattern_is_zero() -> None:
    """Every operation, alone and in products and sums: second partials outside of the pattern vanish."""
    random.seed(3)
    rows = [row for row in OPERATIONS.values() if row.kind == "real" and row.arity in (1, 2) and not row.precedence]
    for row in rows:
        for shape in ("{0} + x*z", "{0}*z", "({0})^2 + y*z"):
            call = f"{row.spelling or row.name}({'x' if row.arity == 1 else 'x, y'})"
            program = parse(shape.format(call))
            pattern = set(second(shape.format(call)))
            asked = engine.wanted(program, hessian=True)
            derived = engine.prepare(program, asked).program
            zero = ("const", "0")
            for derivative, output in zip(asked, derived.outputs, strict=True):
                if len(derivative.by) == 2 and tuple(derivative.by) not in pattern:
                    assert derived.equations[output.ref] in (("nan",), zero), (call, derivative)  # or there is no rule


def test_a_large_hessian_has_only_what_is_not_zero() -> None:
    text = " + ".join(f"x{k}*x{k + 1}" for k in range(1, 101))
    program = parse(text)
    asked = engine.wanted(program, hessian=True)
    assert len(asked) == 1 + 101 + 100
    values = engine.prepare(program, asked).evaluate(dict.fromkeys(program.variables, 2.0))
    assert all(values[f"d2f_dx{k}_dx{k + 1}"] == [1.0] for k in range(1, 101))


def test_a_large_hessian_is_written_by_its_entries() -> None:
    text = " + ".join(f"x{k}*x{k + 1}" for k in range(1, 101)) + " + abs(x101)"
    at = ",".join(f"x{k}=2" for k in range(1, 101)) + ",x101=0"
    stdout, stderr = run("eval", text, "--at", at, "--hessian", "--status")
    header, value, *rows = stdout.splitlines()
    assert header == "i,j,value,status"
    assert value == ",,396.0,"  # 99 products 2*2; x100*x101 and abs(x101) are 0
    assert rows[0] == "x1,,2.0,"
    assert rows[101] == "x1,x2,1.0,"
    assert len(rows) == 101 + 100
    assert rows[-1].startswith("x100,x101,")
    assert rows[100] == 'x101,,,"kink: abs(x101) at x101 = 0 (left 1, right 3)"'
    assert "100 of 5,151 second partials" in stderr
    # Two outputs and two points are named; zeros that come out by chance stay.
    stdout, _ = run("eval", f"a = {text}; b = x1^2", "--at", at, "--at", at, "--hessian", "--format", "ndjson")
    lines = stdout.splitlines()
    assert '{"point":2,"output":"b","i":"x1","j":"x1","value":2.0}' in lines
    assert '{"point":1,"output":"b","i":"x2","j":null,"value":0.0}' in lines
    named, _ = run("eval", text, "--at", at, "--hessian", "--columns", "f,d2f_dx1_dx2")
    assert named == "f,d2f_dx1_dx2\n396.0,1.0\n"

"""The symbolic backend: formulas as a textbook has them, derivatives at 50 digits, sizes, hostile constants."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import mpmath
import pytest
import sympy

import gradcli
from gradcli import engine
from gradcli.backends.symbolic import BACKEND, forward
from gradcli.errors import LimitError, UsageError
from gradcli.language.document import parse
from gradcli.language.printer import format_expression
from gradcli.naming import Partial
from gradcli.operations import OPERATIONS
from gradcli.program import Program, Ref
from gradcli.results import Status
from gradcli.simplify import MAX_WORK, Work
from gradcli.sympy_bridge import Piece

mp = mpmath.mp.clone()
mp.dps = 50


def derived(text: str, *by: str, simplify: str = "light") -> Program:
    program = parse(text)
    names = tuple(Partial(output.name, by) for output in program.outputs)
    return BACKEND.derive(program, names, {"simplify": simplify})


def formula(text: str, *by: str, simplify: str = "light") -> str:
    program = derived(text, *by, simplify=simplify)
    return format_expression(program.equations, program.outputs[0].ref)


# An interpreter of our own at 50 digits, so that nothing of what is tested tests itself.


def _sigmoid(a: Any) -> Any:
    return 1 / (1 + mp.exp(-a))


_MPMATH: dict[str, Callable[..., Any]] = {
    "add": lambda a, b: a + b, "sub": lambda a, b: a - b, "mul": lambda a, b: a * b, "div": lambda a, b: a / b,
    "neg": lambda a: -a, "pow": lambda a, b: a**b, "pi": lambda: mp.pi, "e": lambda: mp.e,
    "floordiv": lambda a, b: mp.floor(a / b), "mod": lambda a, b: a - b * mp.floor(a / b),
    "lt": lambda a, b: a < b, "le": lambda a, b: a <= b, "gt": lambda a, b: a > b, "ge": lambda a, b: a >= b,
    "eq": lambda a, b: a == b, "ne": lambda a, b: a != b, "not": lambda a: not a,
    "and": lambda a, b: a and b, "or": lambda a, b: a or b, "true": lambda: True, "false": lambda: False,
    "where": lambda c, a, b: a if c else b, "max": max, "min": min, "abs": abs, "sign": mp.sign,
    "cbrt": lambda a: mp.sign(a) * mp.cbrt(abs(a)), "exp2": lambda a: mp.mpf(2) ** a,
    "log_base": lambda a, b: mp.log(a) / mp.log(b), "log2": lambda a: mp.log(a) / mp.log(2),
    "hypot": lambda *a: mp.sqrt(sum(x * x for x in a)),
    "logaddexp": lambda a, b: mp.log(mp.exp(a) + mp.exp(b)), "softplus": lambda a: mp.log(1 + mp.exp(a)),
    "sigmoid": _sigmoid, "asec": lambda a: mp.acos(1 / a), "acsc": lambda a: mp.asin(1 / a),
    "acot": lambda a: mp.atan(1 / a), "asech": lambda a: mp.acosh(1 / a), "acsch": lambda a: mp.asinh(1 / a),
    "acoth": lambda a: mp.atanh(1 / a), "sinc": lambda a: mp.sin(a) / a if a else mp.mpf(1),
    "np.sinc": lambda a: mp.sin(mp.pi * a) / (mp.pi * a), "degrees": lambda a: a * 180 / mp.pi,
    "radians": lambda a: a * mp.pi / 180, "round": mp.nint, "ceil": mp.ceil,
    "relu": lambda a: max(a, mp.mpf(0)),
    "heaviside": lambda a: (1 + mp.sign(a)) / 2, "lgamma": lambda a: mp.log(abs(mp.gamma(a))),
    "polygamma": lambda a, b: mp.polygamma(int(a), b), "lbeta": lambda a, b: mp.log(abs(mp.beta(a, b))),
    "airyaiprime": lambda a: mp.airyai(a, derivative=1), "airybiprime": lambda a: mp.airybi(a, derivative=1),
    "zetaderiv": lambda n, s: mp.zeta(s, 1, int(n)), "expi": mp.ei, "sinint": mp.si, "cosint": mp.ci, "logint": mp.li,
}  # fmt: skip


def evaluate(program: Program, root: Ref, point: dict[str, Any]) -> Any:
    """The value of an equation at 50 digits; a branch that is not taken may be undefined."""
    values: dict[Ref, Any] = {}
    for k in program.live((root,)):
        name, *arguments = program.equations[k]
        if name == "input":
            values[k] = point[arguments[0]]
        elif name == "const":
            values[k] = mp.mpf(arguments[0])
        elif name == "where":
            values[k] = values[arguments[1]] if values[arguments[0]] else values[arguments[2]]
        else:
            function = _MPMATH.get(name) or getattr(mp, name)
            try:
                values[k] = function(*(values[a] for a in arguments))
            except (ZeroDivisionError, ValueError):
                values[k] = mp.nan
    return values[root]


def assert_right(text: str, point: dict[str, float], *by: str, simplify: str = "light") -> None:
    """Compares a first partial with mpmath's numerical derivative."""
    program = derived(text, *by, simplify=simplify)
    place = {name: mp.mpf(value) for name, value in point.items()}
    origin = parse(text)

    def along(value: Any) -> Any:
        return evaluate(origin, origin.outputs[0].ref, {**place, by[0]: value})

    expected = mp.diff(along, place[by[0]], h=mp.mpf(10) ** -18)
    found = evaluate(program, program.outputs[0].ref, place)
    assert mp.almosteq(found, expected, rel_eps=mp.mpf(10) ** -12, abs_eps=mp.mpf(10) ** -15), (
        text, by, found, expected,
    )  # fmt: skip


TEXTBOOK = [
    ("q*chi*delta", "q", "chi*delta"),
    ("q*chi*delta", "chi", "q*delta"),
    ("q*chi*delta", "delta", "q*chi"),
    ("x^2", "x", "2*x"),
    ("x^n", "x", "n*x^(n - 1)"),
    ("(1+1/x)^x", "x", "(1 + 1/x)^x*(log(1 + 1/x) - 1/(x + 1))"),
    ("atan(x/a)/a", "a", "-x/(a*(x^2 + a^2)) - atan(x/a)/a^2"),
    ("(x^2+1)^(3/2)/x", "x", "(2 - 1/x^2)*sqrt(x^2 + 1)"),
    ("(x + 1/x)^2", "x", "2*x - 2/x^3"),
    ("(2*x+1)^5*(x^3-x+1)^4", "x", "2*(2*x + 1)^4*(x^3 - x + 1)^3*(17*x^3 + 6*x^2 - 9*x + 3)"),
    ("x^n*exp(-x)", "x", "x^(n - 1)*(n - x)*exp(-x)"),
    ("p^k*(1 - p)^(n - k)", "p", "p^(k - 1)*(1 - p)^(n - k - 1)*(k - p*n)"),
    ("log(cosh(x))", "x", "tanh(x)"),
    ("max(x, 0)^2", "x", "where(x >= 0, 2*x, 0)"),
    ("asin(min(y, 1))", "y", "where(y <= 1, 1/sqrt(1 - y^2), 0)"),
    ("acos(max(-1, min(1, x)))", "x", "where(-1 >= min(1, x), 0, where(1 <= x, 0, -1/sqrt(1 - x^2)))"),
    ("where(x > 1, x, 2)^3*log(x)", "x", "where(x > 1, x, 2)^3/x + where(x > 1, 3*x^2*log(x), 0)"),
    ("log(sin(x))", "x", "cot(x)"),
    ("y*(x + cos(x)^2/sin(x)^2)", "y", "x + cot(x)^2"),
    ("log(1 - sigmoid(z))", "z", "-sigmoid(z)"),
    ("-y*log(sigmoid(z)) - (1 - y)*log(1 - sigmoid(z))", "z", "sigmoid(z) - y"),
    ("exp(1/x)/x", "x", "-(x + 1)*exp(1/x)/x^3"),
    ("x^n", "n", "x^n*log(x)"),
    ("x^x", "x", "x^x*(log(x) + 1)"),
    ("3*x^2 - 5*x + 7", "x", "6*x - 5"),
    ("1/x", "x", "-1/x^2"),
    ("sqrt(x)", "x", "1/(2*sqrt(x))"),
    ("x^(1/3)", "x", "1/(3*x^(2/3))"),
    ("sin(x)", "x", "cos(x)"),
    ("cos(3*x)", "x", "-3*sin(3*x)"),
    ("sin(x)*exp(x)", "x", "exp(x)*(sin(x) + cos(x))"),
    ("x*log(x) - x", "x", "log(x)"),
    ("exp(-x^2)", "x", "-2*x*exp(-x^2)"),
    ("log(cos(x))", "x", "-tan(x)"),
    ("(sin(x) + cos(x))/(sin(x) - cos(x))", "x", "-2/(sin(x) - cos(x))^2"),
    ("sin(x)^3/(1 + cos(x))^2", "x", "sin(x)^2*(cos(x) + 2)/(1 + cos(x))^2"),
    ("log(x)/x", "x", "(1 - log(x))/x^2"),
    ("x/(1 + x^2)", "x", "(1 - x^2)/(1 + x^2)^2"),
    ("(a*x + b)/(c*x + d)", "x", "(a*d - b*c)/(c*x + d)^2"),
    ("sqrt(a^2 + x^2)", "x", "x/sqrt(a^2 + x^2)"),
    ("atan(x)", "x", "1/(x^2 + 1)"),
    ("tanh(x)", "x", "1 - tanh(x)^2"),
    ("2^x", "x", "2^x*log(2)"),
    ("m*v^2/2", "v", "m*v"),
    ("m*v^2/2", "m", "v^2/2"),
    ("G*m*M/r^2", "r", "-2*G*m*M/r^3"),
    ("a*sin(b*x + c)", "b", "a*x*cos(b*x + c)"),
    ("4/3*pi*r^3", "r", "4*pi*r^2"),
    ("2*x/3", "x", "2/3"),
    ("x + y", "x", "1"),
    ("y^2", "y", "2*y"),
    ("abs(x)", "x", "x/abs(x)"),
    ("x*abs(x)", "x", "2*abs(x)"),
    ("max(x, 0)", "x", "where(x >= 0, 1, 0)"),
    ("where(x > 1, x^2, 2*x)", "x", "where(x > 1, 2*x, 2)"),
    ("floor(x)*x", "x", "floor(x)"),
    ("mod(x, y)", "y", "-(x//y)"),
    ("hypot(x, y)", "x", "x/hypot(x, y)"),
    ("sigmoid(x)", "x", "sigmoid(-x)*sigmoid(x)"),
    ("lgamma(x)", "x", "digamma(x)"),
    ("0.3*x^2", "x", "0.6*x"),
    ("x^3*lambda", "x", "3*x^2*lambda"),
    ("S*N*E^2*I", "E", "2*S*N*E*I"),
]


@pytest.mark.parametrize(("text", "by", "expected"), TEXTBOOK)
def test_formula_is_written_as_in_a_textbook(text: str, by: str, expected: str) -> None:
    if by == "lambda" or "lambda" in text:
        text = f"f(x, lambda) = {text}"
    assert formula(text, by) == expected


@pytest.mark.parametrize(
    ("text", "by"),
    [("(a - x)^2*log(b - x)", ("x", "x")), ("atan((3 - a)*(y - x)) - (2 - x)/(atan(3)*tanh(3/x))", ("x",))],
)
def test_no_negative_term_is_subtracted_and_none_added(text: str, by: tuple[str, ...]) -> None:
    program = parse(text)
    first = engine.formulas(program, engine.wanted(program, order=len(by)))
    shown = dict(engine.document(program, first))[Partial("f", by).name]
    assert "- (-" not in shown
    assert "+ (-" not in shown


def given_to(name: str, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What SymPy's function of that name is given from now on."""
    seen: list[Any] = []
    function = getattr(sympy, name)
    monkeypatch.setattr(sympy, name, lambda e: seen.append(e) or function(e))
    return seen


def test_an_angle_is_a_name_where_waves_are_rewritten(monkeypatch: pytest.MonkeyPatch) -> None:
    """SymPy tries all sums and multiples of the angle 2*x + 800: it would take half a minute."""
    seen = given_to("trigsimp", monkeypatch)
    assert formula("2/cosh(800 + 2*x)", "x") == "-4*sinh(800 + 2*x)/cosh(800 + 2*x)^2"
    assert seen
    assert all(wave.args[0].is_Symbol for e in seen for wave in e.atoms(sympy.sinh, sympy.cosh))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "(log(x) + cosh(x))^2*(atan(x) + x)",
            "((1/(x^2 + 1) + 1)*(log(x) + cosh(x)) + 2*(atan(x) + x)*(1/x + sinh(x)))*(log(x) + cosh(x))",
        ),
        ("cosh(x)/(sinh(x) + a)", "(a*sinh(x) - 1)/(sinh(x) + a)^2"),
        ("x*cosh(x)/sinh(x)", "coth(x) - x/sinh(x)^2"),
    ],
)
def test_hyperbolic_waves_are_simplified_apart_from_what_stands_beside_them(
    text: str, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first would take SymPy more than a minute, as it factors over complex numbers."""
    seen = given_to("trigsimp", monkeypatch)
    assert formula(text, "x") == expected
    assert all(len(e.free_symbols) <= 1 for e in seen)


def test_a_polynomial_in_many_generators_is_not_factored(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether SymPy takes a millisecond or a minute for it is left to random numbers."""
    seen = given_to("factor", monkeypatch)
    text = "hypot(sin(1e8), sqrt(y) - 1e200*3)*(x + y - heaviside(x))*y^2/x^4"
    assert "*(x + y - heaviside(x)))/(x^4*hypot(" in formula(text, "y")
    assert not seen
    assert formula("x*y/(x + y)", "x") == "y^2/(x + y)^2"
    assert seen


@pytest.mark.parametrize("wave", ["cos(x)", "cosh(x)"])
def test_waves_within_a_high_power_of_a_sum_are_not_multiplied_out(wave: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It has 46,376 terms: `trigsimp` would take minutes."""
    seen = given_to("trigsimp", monkeypatch)
    slope = "- 30*sin(x)^2" if wave == "cos(x)" else "+ 30*sinh(x)^2"
    text = f"(a + b + c + d + {wave})^30*{wave.replace('cos', 'sin')}"
    assert formula(text, "x") == f"({wave}*(a + b + c + d + {wave}) {slope})*(a + b + c + d + {wave})^29"
    assert not seen


def test_unsimplified_is_the_plain_rule() -> None:
    assert formula("x*log(x)", "x", simplify="none") == "log(x) + 1"
    assert formula("log(x)/x", "x", simplify="none") == "1/x^2 - log(x)/x^2"


def test_full_uses_what_the_light_level_leaves() -> None:
    assert formula("sin(x)^2 + cos(x)^2*y", "y", simplify="full") == "cos(x)^2"


def test_unknown_level_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="level"):
        derived("x", "x", simplify="heavy")


OF_WHOLE_ORDER = ("polygamma", "polygamma_difference", "zetaderiv", "lambertw_branch", "ellipkderiv", "ellipederiv")
"""Defined at whole numbers only, in an argument; test_operations.py has them."""

ROWS = [
    (name, k)
    for name, row in OPERATIONS.items()
    if row.kind == "real" and row.arity != 0 and name not in ("where", *OF_WHOLE_ORDER)
    for k in range(row.arity or 3)
    if not row.partials or row.arity is None or row.partials[k] is not None
]


def _call(name: str, arguments: list[str]) -> str:
    row = OPERATIONS[name]
    if row.precedence:
        return f"{row.spelling}({arguments[0]})" if len(arguments) == 1 else f" {row.spelling} ".join(arguments)
    return f"{row.spelling or row.name}({', '.join(arguments)})"


@pytest.mark.parametrize(("name", "argument"), ROWS)
@pytest.mark.parametrize("where", [0.37, 0.71])
def test_every_operation_against_mpmath(name: str, argument: int, where: float) -> None:
    row = OPERATIONS[name]
    count = row.arity or 3
    samples = [row.sample[min(k, len(row.sample) - 1)] for k in range(count)]
    point = {f"v{k}": low + (min(high, low + 4) - low) * (where + 0.061 * k) for k, (low, high) in enumerate(samples)}
    assert_right(_call(name, list(point)), point, f"v{argument}")


@pytest.mark.parametrize("order", [0, 1, 2])
def test_polygamma_by_its_second_argument(order: int) -> None:
    assert_right(f"polygamma({order}, x)*x", {"x": 2.3}, "x")


def test_polygamma_by_its_order_is_undefined() -> None:
    assert formula("polygamma(n, x)", "n") == "0/0"
    assert formula("(-2)^x", "x") == "0/0"


@pytest.mark.parametrize(
    "text",
    [
        "exp(sin(x*y))/(1 + x^2*y^4)",
        "log(x + sqrt(x^2 + y^2))*atan2(y, x)",
        "(x^2 - y^2)/(x^2 + y^2) + x^y + y^x",
        "sinh(x)/cosh(y)*tan(x*y/3)",
        "(exp(x) - exp(-x))/(exp(x) + exp(-x))*y",
        "sqrt((x + y)/(2*x + 3*y))",
        "0.1*x^2.5*exp(-1.5e-2*y) + 1/3*x",
        "max(x, y)*min(x^2, y^2) + abs(x - 2*y)^3",
        "x*where(x > y, log(x), sqrt(y))^2",
        "cbrt(x*y - 5)*log1p(x)*expm1(y)",
    ],
)
@pytest.mark.parametrize("simplify", ["none", "light", "full"])
def test_compositions_against_mpmath(text: str, simplify: str) -> None:
    for by in ("x", "y"):
        assert_right(text, {"x": 1.375, "y": 0.625}, by, simplify=simplify)


def test_branch_not_taken_does_not_spoil_the_one_taken() -> None:
    many = " + ".join(f"where(x{k} > 0, sqrt(x{k})*y, y^2)" for k in range(150))
    program = derived(many, "y")
    point = {f"x{k}": mp.mpf(-1) ** k * (k + 1) for k in range(150)} | {"y": mp.mpf(3)}
    expected = sum(mp.sqrt(k + 1) if k % 2 == 0 else 6 for k in range(150))
    assert mp.almosteq(evaluate(program, program.outputs[0].ref, point), expected, rel_eps=1e-40)
    program = derived(many, "x1")
    assert evaluate(program, program.outputs[0].ref, point) == 0


# Large and deep programs go in pieces


def gradient(text: str) -> Program:
    program = parse(text)
    return BACKEND.derive(program, [Partial("f", (v,)) for v in program.variables], {})


def test_pieces_agree_with_mpmath() -> None:
    terms = [f"sin(x*{k}.5 + y)^2/(1 + exp(-{k}*y/40))*max(x, y/{k})*log({k} + abs(x*y))" for k in range(1, 60)]
    text = " + ".join(terms) + "*" + terms[0]
    assert_right(text, {"x": 0.40625, "y": 1.3125}, "x")
    assert_right(text, {"x": 0.40625, "y": 1.3125}, "y")


def test_rosenbrock_in_many_variables() -> None:
    n = 300
    text = " + ".join(f"100*(x{k + 1} - x{k}^2)^2 + (1 - x{k})^2" for k in range(n - 1))
    formulas = gradient(text)
    formulas.check()
    point = {f"x{k}": mp.mpf(k % 7) / 4 - 1 for k in range(n)}
    values = [evaluate(formulas, formulas.output(f"df_dx{k}"), point) for k in (0, 150, n - 1)]
    x = [point[f"x{k}"] for k in range(n)]
    inner = 200 * (x[150] - x[149] ** 2) - 400 * x[150] * (x[151] - x[150] ** 2) - 2 * (1 - x[150])
    assert values == [-400 * x[0] * (x[1] - x[0] ** 2) - 2 * (1 - x[0]), inner, 200 * (x[-1] - x[-2] ** 2)]


@pytest.mark.parametrize(
    "text",
    [
        "+".join(f"sin(x{k})" for k in range(5000)),
        "*".join(f"x{k}" for k in range(5000)),
        "*".join(["x"] * 20000),
        "+".join(f"{k}.25*x{k % 100}" for k in range(20000)),
        "^".join(["x"] * 2000),
        "1/(1 + x/(" * 1000 + "1" + "))" * 1000,
        "sin(" * 2000 + "x" + ")" * 2000,
        "-" * 20000 + "x",
        "(" * 45 + "x" + " + 1/x)" * 45,
        "+".join(f"sin({k}*x)/(x + y^{k})" for k in range(1, 2000)),
    ],
    ids=["sum", "product", "power", "linear", "tower", "fraction", "chain", "minus", "rational", "shapes"],
)
def test_large_and_deep_programs_are_quick(text: str) -> None:
    program = parse(text)
    start = time.perf_counter()
    formulas = BACKEND.derive(program, [Partial("f", (v,)) for v in program.variables], {})
    assert time.perf_counter() - start < 20
    assert len(formulas.outputs) == len(program.variables)


def test_beyond_the_limit_is_an_error() -> None:
    with pytest.raises(LimitError):
        derived("+".join(f"{k}*x*y" for k in range(200_001)), "x")


def test_long_product_and_chain_are_right() -> None:
    program = derived("*".join(f"x{k}" for k in range(400)), "x7")
    point = {f"x{k}": mp.mpf(k + 1) / 100 for k in range(400)}
    expected = mp.fprod(value for name, value in point.items() if name != "x7")
    assert mp.almosteq(evaluate(program, program.outputs[0].ref, point), expected, rel_eps=1e-40)
    assert_right("sin(" * 120 + "x" + ")" * 120, {"x": 0.75}, "x")
    assert_right("1/(1 + x/(" * 60 + "1" + "))" * 60, {"x": 0.75}, "x")


HOSTILE = [
    ("(x + 1)^1000000", "1000000*(x + 1)^999999"),
    ("10**10**10*x", "10^10^10"),
    ("x**9**9**9", "9^9^9*x^(9^9^9 - 1)"),
    ("factorial(10**9)*x", "factorial(10^9)"),
    ("gamma(10^9)*x", "gamma(10^9)"),
    ("9**9**9**9 + x", "1"),
    ("2^(10^9)*x", "2^10^9"),
    ("(2*x + 2)^1000000000", "2000000000*(2*x + 2)^999999999"),
    ("1e999999999*x", "1e999999999"),
    ("(-8)^(1/3)*x", "(-8)^(1/3)"),
    ("1/(x - x)", "0"),
    ("x*(1/0)", "1/0"),
    ("log(0)*x", "log(0)"),
]


@pytest.mark.parametrize(("text", "expected"), HOSTILE)
def test_no_huge_or_undefined_constant_is_computed(text: str, expected: str) -> None:
    assert formula(text, "x") == expected


# Orders, several outputs, given partials


def test_higher_orders_are_derived_from_the_printed_lower_ones() -> None:
    text = "exp(x*y)/(1 + x^2)"
    first = formula(text, "x")
    assert formula(f"g(x, y) = {first}", "y") == formula(f"g(x, y) = {text}", "x", "y")
    assert_right(first, {"x": 0.75, "y": 0.5}, "y")


def test_the_value_is_the_output_itself() -> None:
    program = parse("x*x - x/x")
    formulas = BACKEND.derive(program, [Partial("f"), Partial("f", ("x",)), Partial("f", ("x", "x", "x"))], {})
    assert formulas.outputs[0].ref == program.outputs[0].ref
    assert [output.name for output in formulas.outputs] == ["f", "df_dx", "d3f_dx_dx_dx"]
    assert formulas.equations[: len(program)] == program.equations
    formulas.check()


def test_given_partials_are_derived_further_as_they_are() -> None:
    program = parse("f = x^3; df_dx = 5*x")
    formulas = BACKEND.derive(program, [Partial("f", ("x", "x"))], {})
    assert format_expression(formulas.equations, formulas.outputs[0].ref) == "5"


def test_new_equations_point_into_the_source() -> None:
    formulas = derived("x*sin(x)", "x")
    assert all(formulas.text(k) for k in range(len(formulas)))


def test_several_angles_do_not_send_the_simplifier_searching() -> None:
    """The slope, by hand: with u = 16*x/15 - 1 it is 16/15*(cos(u) + 2*sin(u)*cos(u) + 4*cos(4*u)/50)."""
    text = formula("sin(16*x/15 - 1) + sin(16*x/15 - 1)^2 + sin(4*(16*x/15 - 1))/50", "x")
    slope = gradcli.gradient(text, at={"x": 0.5}).value
    assert slope == pytest.approx(0.07054815025871651, rel=1e-12)


def test_a_branch_that_is_undefined_has_nothing_to_do_with_the_others() -> None:
    assert formula("where(x < 0, 0/0, x*y)", "y") == "where(x < 0, 0, x)"


@pytest.mark.parametrize("text", ["besselj(a, x)*x", "where(x > 0, besselj(a, x), 1)", "0^x"])
def test_what_has_no_rule_has_no_second_derivative_when_it_is_read_back(text: str) -> None:
    program = parse(text)
    first = engine.formulas(program, engine.wanted(program))
    again = parse("\n".join(f"{name} = {text}" for name, text in engine.document(program, first)))
    second = engine.formulas(again, engine.next_order(again, None, None))
    at_once = engine.formulas(program, engine.wanted(program, order=2))
    assert engine.document(again, second) == engine.document(program, at_once)


@pytest.mark.parametrize(("text", "slope"), [("sqrt(x)*sqrt(x)", 1.0), ("sqrt(x)^3", 0.0), ("(x^3)^(1/3)", 1.0)])
def test_a_short_formula_hides_no_edge(text: str, slope: float) -> None:
    program = parse(text)
    values = engine.prepare(program, engine.wanted(program), "symbolic").evaluate({"x": 0.0})
    assert values["df_dx"] == [slope]
    assert Status(values.status["df_dx"][0]) is Status.ONE_SIDED


def test_a_slope_without_a_formula_is_the_limit() -> None:
    program = parse("0^x")
    prepared = engine.prepare(program, engine.wanted(program), "symbolic")
    assert prepared.evaluate({"x": 1.0}).status_text("df_dx", 0) is None
    assert prepared.evaluate({"x": 0.0}).status_text("df_dx", 0) == "jump: 0^x at x = 0 (right 0)"


@pytest.mark.parametrize("text", ["besselj(a - 1, x) - besselj(a + 1, x)", "(besselj(a, x) - 2*besselj(a + 1, x))*x"])
def test_what_has_no_rule_does_not_cancel(text: str) -> None:
    assert formula(text, "a") == "0/0"


HIGH_ORDERS = [
    "exp(sin(x))/(1 + x^2)",
    "sqrt(1 + x^2)*log(2 + sin(3*x))/(2 + cos(x))^3 + x^2.5",
    "(where(x > 0, tan(x)^2, 7*x) - max(x*sin(x), x^3 - 4))^3*x/exp(x^2)",
]


@pytest.mark.parametrize("text", HIGH_ORDERS)
def test_high_orders_against_mpmath(text: str) -> None:
    """By the coefficients of the Taylor series at 0.4, where the first branch and the first operand are taken."""
    ctx = mpmath.mp.clone()
    ctx.dps = 60
    functions: dict[str, Callable[[Any], Any]] = {
        HIGH_ORDERS[0]: lambda x: ctx.exp(ctx.sin(x)) / (1 + x**2),
        HIGH_ORDERS[1]: lambda x: (
            ctx.sqrt(1 + x**2) * ctx.log(2 + ctx.sin(3 * x)) / (2 + ctx.cos(x)) ** 3 + x ** ctx.mpf("2.5")
        ),
        HIGH_ORDERS[2]: lambda x: (ctx.tan(x) ** 2 - x * ctx.sin(x)) ** 3 * x / ctx.exp(x**2),
    }
    prepared = engine.prepare(parse(text), [Partial("f", ("x",) * k) for k in range(1, 11)], "symbolic")
    values = prepared.evaluate({"x": 0.4})
    series = ctx.taylor(functions[text], ctx.mpf("0.4"), 10)
    for k in range(1, 11):
        name = Partial("f", ("x",) * k).name
        expected = float(series[k] * ctx.factorial(k))
        assert values[name][0] == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("text", HIGH_ORDERS)
def test_formulas_of_high_order_grow_with_a_power_of_it(text: str) -> None:
    program = parse(text)
    sizes = []
    for order in (6, 12):
        (partial,) = partials = [Partial("f", ("x",) * order)]
        derived = BACKEND.derive(program, partials, {})
        sizes.append(len(derived.live([derived.output(partial.name)])))
        assert derived.notes
    assert sizes[1] < 2**5 * sizes[0]


@pytest.mark.parametrize(
    ("text", "order"),
    [("sin(x*y*z)", 9), ("; ".join(f"g{k} = a*x{k}^2*sin(b*x{k})" for k in range(400)), 1)],
    ids=["partials", "outputs"],
)
def test_what_sympy_does_is_bounded_over_all_orders(text: str, order: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many formulas there are."""
    rewritten: list[int] = []
    differentiated: list[str] = []
    take, differentiate = Work.take, Piece.derivative

    def counted_take(work: Work, amount: int) -> bool:
        allowed = take(work, amount)
        rewritten.append(amount * allowed)
        return allowed

    def counted_derivative(piece: Piece, leaf: str) -> Any:
        differentiated.append(leaf)
        return differentiate(piece, leaf)

    monkeypatch.setattr(Work, "take", counted_take)
    monkeypatch.setattr(Piece, "derivative", counted_derivative)
    program = parse(text)
    partials = engine.wanted(program, order=order)
    engine.formulas(program, partials)
    assert sum(rewritten) <= 3 * MAX_WORK
    assert len(differentiated) <= MAX_WORK // 8


def test_formulas_of_too_high_an_order_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forward, "MAX_EQUATIONS", 3000)
    program = parse("exp(sin(x))/(1 + x^2)")
    assert engine.formulas(program, engine.wanted(program, order=5)).outputs
    with pytest.raises(LimitError, match="more than 3,000 operations"):
        engine.formulas(program, engine.wanted(program, order=12))


def test_an_operation_without_a_rule_has_none_in_high_orders() -> None:
    text = "besselj(a, x)*exp(sin(x))/(1 + x^2)"
    assert formula(text, *"xxxxxx") != "0/0"
    assert formula(text, *"xxxxxa") == "0/0"

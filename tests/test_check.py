"""`check`: wrong derivatives are caught and their slips named, right ones in any form pass; data in two text files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gradcli.check import Checked, bare, check
from gradcli.claims import read_claims
from gradcli.cli.main import main
from gradcli.edges import drawn_with_edges
from gradcli.errors import ExpressionError, UsageError
from gradcli.language.document import parse
from gradcli.points import at_points
from gradcli.sampling import COUNT, as_block, drawn_from
from gradcli.written_points import read_at


def lines(name: str) -> list[list[str]]:
    """The lines of a data file, without comments, in fields."""
    text = Path(__file__).with_name(name).read_text(encoding="utf-8")
    found = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [[field.strip() for field in f"{line} ".split(" | ")] for line in found]


RIGHT = lines("right_gradients.txt")
WRONG = lines("wrong_gradients.txt")


def checked(function: str, *claims: str, prove: bool = True, at: str | None = None) -> list[Checked]:
    program = parse(function)
    plain = bare(program)
    found = read_claims(claims, program)
    blocks = drawn_from([plain], plain.variables) if at is None else at_points([read_at(at)], plain.variables)
    return check(plain, found, blocks, prove=prove, drawn=at is None)


def test_a_parameter_of_a_function_that_is_called_has_no_value() -> None:
    """`x` is no variable of `g`, which is (2*y)^2."""
    (result,) = checked("f(x) = x^2; g = f(2*y)", "y=4*y")
    assert result.sameness.different
    assert result.slip == "the inner derivative 2 of 2*y is missing"


def test_there_are_as_many_as_were_asked_for() -> None:
    assert sum(len(claims) for _, _, *claims in RIGHT) >= 200
    assert len(WRONG) >= 40
    assert sum(bool(slip) for *_, slip in WRONG) >= 30


@pytest.mark.parametrize(("function", "variable", "claim", "slip"), WRONG, ids=lambda text: text)
def test_wrong_gradients_are_caught(function: str, variable: str, claim: str, slip: str) -> None:
    (result,) = checked(function, f"{variable}={claim}")
    assert result.sameness.different
    assert not result.sameness.proved
    assert result.formula is not None
    if slip:
        assert result.slip is not None
        assert slip in result.slip


@pytest.mark.parametrize(
    ("function", "claim", "slip"),
    [
        ("x^2", "2.000000000002*x", "it is right up to 1e-12"),
        ("pi*r^2", "6.2831853*r", "it is right up to 2e-9"),
        ("asin(x/a)", "1/sqrt(a^2 - x^2)", "it is right where a > 0 only, elsewhere the sign is wrong"),
        ("abs(x - 1e5)", "-1", "it is right where x - 100000 < 0 only"),
        ("where(x > 1e9, x^2, x)", "1", "it is wrong where x > 1000000000"),
        ("max(x, y)", "1", "it is right where x >= y only"),
        ("asin(1e6*x)", "1/sqrt(1 - 1e12*x^2)", "the inner derivative 1000000 of 1000000*x is missing"),
        ("sqrt(1e-8 - x^2)", "x/sqrt(1e-8 - x^2)", "the sign is wrong"),
        ("asin(2*x*sqrt(1 - x^2))", "2/sqrt(1 - x^2)", ""),
        ("exp(1e4*x)", "exp(1e4*x)", "the inner derivative 10000 of 10000*x is missing"),
        ("x/x", "1e-30", "1e-30 is added"),
    ],
)
def test_wrong_in_a_part_of_the_domain_or_by_little(function: str, claim: str, slip: str) -> None:
    """Far from the usual points, in narrow domains, or where doubles do not tell."""
    variable = "r" if "r^2" in function else "x"
    (result,) = checked(function, f"{variable}={claim}")
    assert result.sameness.different
    assert slip in (result.slip or "")


@pytest.mark.parametrize(
    ("function", "claim", "proved"),
    [
        ("atan(x) + atan(1/x)", "0", True),
        ("x/x", "0", True),
        ("max(x, 0)^2", "2*max(x, 0)", True),
        ("+".join(f"x{k}^2*x" for k in range(50)), "+".join(f"x{k}^2" for k in range(50)), True),
    ],
)
def test_what_cancels_is_no_counterexample(function: str, claim: str, proved: bool) -> None:
    (result,) = checked(function, f"x={claim}")
    assert result.sameness.same
    assert result.sameness.proved == proved
    assert not result.sameness.finding.passed


def test_what_nobody_computed_is_no_counterexample() -> None:
    (result,) = checked("x", "x=besselj(400, x)/besselj(400, x)", prove=False)
    assert not result.sameness.different
    assert set(result.sameness.finding.passed) == {"unresolved"}


def test_the_first_rows_are_looked_at_closely(tmp_path: Path) -> None:
    assert main(["check", "x^2", "--grad", "x=2.000000000002*x", "--range", "x=1:2:#5", "--no-prove"]) == 1


@pytest.mark.parametrize("line", RIGHT, ids=lambda line: f"{line[0]} by {line[1]}")
def test_right_gradients_pass(line: list[str]) -> None:
    """All of them are proved too; a form that is not would be right all the same, and is to be listed here."""
    function, variable, *claims = line
    for claim in claims:
        (result,) = checked(function, f"{variable}={claim}")
        assert result.sameness.same, claim
        assert result.sameness.proved, claim


def test_a_tiny_error_is_seen_though_doubles_do_not_show_it() -> None:
    (result,) = checked("x^2", "x=2*x + 1e-20")
    assert result.sameness.different
    example = result.sameness.finding.counterexample
    assert example is not None
    assert repr(example.first.number) != repr(example.second.number)


@pytest.mark.parametrize(
    ("function", "claim"),
    [
        ("sin(pi*x)", "3.141592653589793*cos(pi*x)"),
        ("sin(pi*x)", "3.14159265358979*cos(3.14159265358979*x)"),
        ("erf(x)", "1.1283791670955126*exp(-x^2)"),
        ("x/3", "0.3333333333333333"),
        ("0.3333333333333333*x^3", "x^2"),
        ("log(x)/log(10)", "0.4342944819032518/x"),
        ("cbrt(x)", "0.3333333333333333*abs(x)^-0.6666666666666666"),
    ],
)
def test_constants_that_are_right_in_doubles_are_right(function: str, claim: str) -> None:
    (result,) = checked(function, f"x={claim}")
    assert result.sameness.same
    assert not result.sameness.proved
    assert result.sameness.finding.slack == result.sameness.finding.agreed >= COUNT


@pytest.mark.parametrize(
    ("function", "claim"),
    [
        ("sin(pi*x)", "3.141592653589783*cos(pi*x)"),  # a digit is wrong, the last but one
        ("sin(pi*x)", "3.1415926535897*cos(pi*x)"),  # too few of them
        ("x^2", "2.00000000000001*x"),
        ("sin(pi*x)", "3.141592653589793*cos(pi*x) + 1e-15"),
        ("sin(pi*x)", "3.141592653589793*sin(pi*x)"),
    ],
)
def test_what_no_rounding_of_a_constant_explains_is_wrong(function: str, claim: str) -> None:
    (result,) = checked(function, f"x={claim}")
    assert result.sameness.different


def test_constants_of_python_files_are_rounded_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "model.py"
    path.write_text(
        "def f(x):\n    return 1.0/3.0*x**3\ndef g(x):\n    return 0.9999999999999999*x**2\n", encoding="utf-8"
    )
    assert main(["check", f"{path}:f", "--grad", f"{path}:g"]) == 0
    assert "right  tested at 20 points drawn from the domain, up to the rounding" in capsys.readouterr().out


def test_swapped_components_are_called_that() -> None:
    first, second = checked("x^2*y", "x=x^2", "y=2*x*y")
    assert first.slip == "df_dx and df_dy are swapped"
    assert second.slip == "df_dy and df_dx are swapped"


def test_a_claim_may_be_anything_where_there_is_no_derivative() -> None:
    (result,) = checked("abs(x)", "x=5", prove=False, at="x=0")
    assert not result.sameness.different
    assert not result.sameness.same
    assert result.sameness.finding.passed == {"kink": 1}


def test_a_claim_that_is_undefined_where_the_derivative_is_not_is_wrong() -> None:
    (result,) = checked("log(abs(x))", "x=1/exp(log(x))")
    assert result.sameness.different
    assert result.sameness.proved
    assert result.sameness.finding.holes > 0
    assert result.slip == "it is right wherever it is defined"


def test_jacobians_and_hessians() -> None:
    results = checked("u = x*y; v = x + y", "du_dx=y", "du_dy=x", "dv_dx=1", "dv_dy=2")
    assert [r.sameness.same for r in results] == [True, True, True, False]
    results = checked("x^3*y", "x,x=6*x*y", "d2f_dx_dy=3*x^2", "y,y=1")
    assert [r.sameness.same for r in results] == [True, True, False]


def test_claims_may_use_the_documents_names() -> None:
    results = checked("r = sqrt(x^2 + y^2); f = r^3", "x=3*r*x", "y=3*f*y/r^2")
    assert all(r.sameness.proved for r in results)


def test_the_document_may_claim_itself() -> None:
    results = checked("f = x^2*y; df_dx = 2*x*y; df_dy = x")
    assert [r.sameness.same for r in results] == [True, False]


@pytest.mark.parametrize(
    ("body", "verdicts"),
    [
        ("return 2*x*y, x**2", [True, True]),
        ("return [2*x*y, x]", [True, False]),
        ('return {"y": x**2, "x": 2*x*y}', [True, True]),
        ('return {"df_dy": x**2}', [True]),
    ],
)
def test_python_functions_claim_gradients(tmp_path: Path, body: str, verdicts: list[bool]) -> None:
    path = tmp_path / "model.py"
    path.write_text(f"def f(x, y):\n    return x**2*y\n\ndef f_grad(x, y):\n    {body}\n", encoding="utf-8")
    results = checked("def f(x, y): return x**2*y", f"{path}:f_grad")
    assert [r.sameness.same for r in results] == verdicts


@pytest.mark.parametrize(
    ("function", "gradient", "verdicts"),
    [
        ("def f(x, y): return x**2*y", "def g(x, y): return [[2*y, 2*x], [2*x, 0]]", [True] * 4),
        ("def f(x, y): return x**2*y", "def g2(x, y): return [[2*y, 2*x], [x, 0]]", [True, True, False, True]),
        ("def f(x, y): return x*y, x + y", "def g(x, y): return [[y, x], [1, 2]]", [True, True, True, False]),
        ("def f(x, y): return x*y, y", "def g1(x, y): return [[[0, 1], [1, 0]], [[0, 0], [0, 0]]]", [True] * 8),
        ("def f(x): return x[0]**2*x[1]", "def g(x): return [[2*x[1], 2*x[0]], [2*x[0], 0]]", [True] * 4),
        ("def f(x): return x[0]**2*x[1]", "def g(a, b): return 2*a*b, a**2", [True] * 2),
    ],
)
def test_jacobians_and_hessians_are_rows_of_lists(
    tmp_path: Path, function: str, gradient: str, verdicts: list[bool]
) -> None:
    path = tmp_path / "model.py"
    path.write_text(f"{gradient}\n", encoding="utf-8")
    assert [r.sameness.same for r in checked(function, str(path))] == verdicts


def test_vectors_have_the_lengths_of_the_function(tmp_path: Path) -> None:
    path = tmp_path / "model.py"
    path.write_text("def f(x): return sum(x**2)\n\ndef g(x): return 2*x\n", encoding="utf-8")
    assert main(["check", f"{path}:f", "--size", "x=3", "--grad", f"{path}:g"]) == 0


def test_arguments_of_other_names_stand_for_variables_by_position(tmp_path: Path) -> None:
    path = tmp_path / "model.py"
    path.write_text("def g(a, b):\n    return 2*a*b, a**2\n", encoding="utf-8")
    assert all(r.sameness.proved for r in checked("x^2*y", f"{path}:g"))


@pytest.mark.parametrize(
    ("function", "claims"),
    [
        ("x^2", ()), ("x^2", ("z=1",)), ("x^2", ("x=1; 2",)), ("x^2", ("x=",)), ("x^2", ("2*x",)),
        ("x^2", ("x=2*x", "df_dx=2*x")), ("u = x; v = x", ("x=1",)), ("x^2", ("x,z=1",)),
    ],
)  # fmt: skip
def test_what_is_no_claim(function: str, claims: tuple[str, ...]) -> None:
    with pytest.raises(UsageError):
        read_claims(claims, parse(function))


def test_unknown_names_in_claims_are_shown() -> None:
    with pytest.raises(ExpressionError) as caught:
        read_claims(["x=2*zz"], parse("x^2"))
    assert caught.value.span == (2, 4)


def test_the_columns_of_a_table_are_named() -> None:
    with pytest.raises(ExpressionError) as caught:
        read_claims(["x=abc"], parse("x^2"), ["x", "gx", "gy"])
    assert caught.value.hint == "its variables: x; columns of the table: gx, gy"


def test_points_come_from_the_domain_and_are_the_same_every_time() -> None:
    program = parse("asin(x)*sqrt(y - 300)")
    points = drawn_from([program], program.variables)
    assert len(points) == COUNT
    assert points == drawn_from([program], program.variables)
    assert all(abs(p.columns["x"]) <= 1 and p.columns["y"] >= 300 for p in points)
    with pytest.raises(UsageError):
        drawn_from([parse("log(-x^2 - 1)")], ("x",))


def test_points_have_mixed_scales_and_signs() -> None:
    sizes = [abs(p.columns["x"]) for p in drawn_from([parse("x^2")], ("x",))]
    assert max(sizes) > 1000 * min(sizes)
    assert any(p.columns["x"] < 0 for p in drawn_from([parse("x^2")], ("x",)))


def test_exit_codes(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "x^2", "--grad", "x=2*x"]) == 0
    assert main(["check", "x^2", "--grad", "x=3*x"]) == 1
    assert main(["check", "abs(x)", "--grad", "x=7", "--at", "x=0"]) == 1
    assert main(["check", "x^2"]) == 2
    capsys.readouterr()
    assert main(["check", "x^2", "--grad", "x=3*x", "--format", "json"]) == 1
    (record,) = json.loads(capsys.readouterr().out)
    assert record["component"] == "df_dx"
    assert record["verdict"] == "wrong"
    assert record["points"] == len(record["tested at"]) == COUNT


def test_without_a_proof_one_point_needs_no_sympy() -> None:
    import subprocess
    import sys

    code = (
        "import sys; from gradcli.cli.main import main\n"
        "code = main(['check', 'x^2*y', '--grad', 'x=2*x*y', '--at', 'x=1,y=2', '--no-prove'])\n"
        "print(code, *(m for m in ('sympy', 'mpmath', 'numpy') if m in sys.modules), file=sys.stderr)"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert result.stderr.splitlines()[-1] == "0"


def test_tolerance_lets_rounded_numbers_pass() -> None:
    assert main(["check", "log(x)", "--grad", "x=0.3333", "--at", "x=3"]) == 1
    assert main(["check", "log(x)", "--grad", "x=0.3333", "--at", "x=3", "--tolerance", "1e-3"]) == 0


@pytest.mark.parametrize(
    ("function", "right", "wrong"),
    [
        ("where(x > 800, exp(x), x^2)", "where(x > 800, exp(x), 2*x)", "2*x"),
        ("where(x < -800, exp(-x), x^2)", "where(x < -800, -exp(-x), 2*x)", "2*x"),
        ("exp(1000 + x^2)", "2*x*exp(1000 + x^2)", "exp(1000 + x^2)"),
    ],
)
def test_points_lie_where_doubles_overflow_too(function: str, right: str, wrong: str) -> None:
    assert not checked(function, f"x={wrong}")[0].sameness.same
    assert checked(function, f"x={right}", prove=False)[0].sameness.same


def with_edges(function: str, claim: str) -> Checked:
    program = bare(parse(function))
    found = read_claims([f"x={claim}"], program)
    points, beside = drawn_with_edges([program], program.variables, [found[0].program])
    (result,) = check(program, found, points, beside=beside, drawn=True)
    return result


@pytest.mark.parametrize(
    ("function", "claim", "place"),
    [
        ("x^3/3", "x^3/x", "x = 0"),
        ("x^2/2 + x", "(x^2 - 1)/(x - 1)", "x = 1"),
        ("x^2/2", "x*(3*x - 0.3)/(3*x - 0.3)", "x = 0.1"),
        ("x*y^0 - 1", "(2*x - y)/(2*x - y)", "x = "),
        ("where(x == 0, 1, sin(x)/x)", "cos(x)/x - sin(x)/x^2", "x = 0"),
    ],
)
def test_a_claim_may_lack_single_points(function: str, claim: str, place: str) -> None:
    result = with_edges(function, claim)
    assert result.sameness.same
    assert result.gap is not None
    assert result.gap.startswith("undefined")
    assert place in result.gap


@pytest.mark.parametrize(
    ("function", "claim", "at"),
    [
        ("x^2", "where(x == 3, 7, 2*x)", 3),
        ("where(x == 3, 3, x)", "where(x == 3, 7, 1)", 3),
        ("where(x > 2, x^2, 4*x - 4)", "where(x == 2, 5, where(x > 2, 2*x, 4))", 2),
    ],
)
def test_a_claim_may_not_be_wrong_at_single_points(function: str, claim: str, at: float) -> None:
    example = with_edges(function, claim).sameness.finding.counterexample
    assert example is not None
    assert float(example.point["x"]) == at


@pytest.mark.parametrize("line", RIGHT[::5], ids=lambda line: f"{line[0]} by {line[1]}")
def test_single_points_raise_no_false_alarm(line: list[str]) -> None:
    function, variable, *claims = line
    if variable == "x":
        assert all(with_edges(function, claim).sameness.same for claim in claims)


@pytest.mark.parametrize(
    ("function", "claim", "at"), [("abs(x)", "x/abs(x)", "x=0"), ("log(x)", "1/x", "x=-1"), ("abs(x)", "7", "x=0")]
)
def test_where_nothing_was_checked_there_is_no_pass(
    function: str, claim: str, at: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A proof says nothing of the points that were asked for."""
    assert main(["check", function, "--grad", f"x={claim}", "--at", at]) == 1
    assert "not checked" in capsys.readouterr().out
    assert main(["equal", "log(x)", "log(x)", "--at", "x=-1"]) == 1
    assert "not decided there; the same where both are defined (proved)" in capsys.readouterr().out
    assert main(["check", "log(x)", "--grad", "x=1/x", "--at", "x=-1", "--at", "x=1"]) == 0


def test_a_plain_factor_comes_before_another_component_of_a_jacobian() -> None:
    """y is dg1_dx as well, of which nobody thinks."""
    (result,) = checked("g1 = x*y; g2 = y^2", "dg2_dy=y")
    assert result.slip == "a factor 2 is missing"


def test_of_many_wrong_claims_the_first_are_explained() -> None:
    names = [f"x{k}" for k in range(20)]
    claims = {name: name for name in names} | {"x18": "2*x19", "x19": "2*x18"}
    found = checked("+".join(f"{name}^2" for name in names), *(f"{name}={claim}" for name, claim in claims.items()))
    slips = [result.slip for result in found]
    assert slips[:12] == ["a factor 2 is missing"] * 12
    assert slips[12:18] == [None] * 6
    assert slips[18:] == ["df_dx18 and df_dx19 are swapped", "df_dx19 and df_dx18 are swapped"]


@pytest.mark.parametrize(
    ("arguments", "how"),
    [
        (["check", "abs(x)", "--grad", "x=sign(x)", "--at", "x=0"], "kink at 1 point; proved elsewhere"),
        (["check", "x^2/x", "--grad", "x=1", "--at", "x=0"], "undefined at 1 point; proved elsewhere"),
        (["equal", "log(x)/log(2)", "log2(x)", "--at", "x=-1"], "undefined at 1 point; proved elsewhere"),
    ],
)
def test_a_proof_for_other_points_is_called_that(
    arguments: list[str], how: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 1
    assert how in capsys.readouterr().out


@pytest.mark.parametrize(
    ("function", "claim", "slip"),
    [
        ("x^x", "x*x^(x - 1)", "x^x is derived as a power of its base; the exponent is what varies too"),
        ("x^3", "x^4/4", "f is integrated, not derived"),
        ("sin(x)^2", "cos(x)^2", "the outer function is kept, and what is inside derived"),
    ],
)
def test_rules_that_are_taken_for_others(function: str, claim: str, slip: str) -> None:
    (result,) = checked(function, f"x={claim}")
    assert result.slip is not None
    assert result.slip.startswith(slip)


def test_no_formula_is_called_true_that_has_another_value() -> None:
    """The slope of where(x == 2, 4, x^2) is 4 at 2, and its branches give 0."""
    result = with_edges("where(x == 2, 4, x^2)", "where(x == 2, 0, 2*x)")
    assert result.sameness.different
    assert result.formula is None


def test_points_are_written_as_numbers_are() -> None:
    assert as_block({"x": 1e-6, "y": 1e-5}).texts == {"x": "1e-6", "y": "0.00001"}

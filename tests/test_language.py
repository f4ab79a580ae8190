"""The language: what a text means, which texts are refused and where the finger points, and how deep it may be."""

from __future__ import annotations

import re
import time

import pytest

from gradcli.errors import ExpressionError, GradcliError, LimitError, describe
from gradcli.language.document import parse
from gradcli.language.elsewhere import HABITS, NAMES, SIGNS
from gradcli.language.printer import format_expression
from gradcli.language.scope import RESERVED


def read(text: str, *declared: str) -> str:
    """The canonical text of an expression: what it was understood as."""
    program = parse(text, declared)
    program.check()
    return format_expression(program.equations, program.outputs[0].ref)


def refused(text: str, *declared: str) -> ExpressionError:
    with pytest.raises(ExpressionError) as caught:
        parse(text, declared)
    return caught.value


def pointed(error: GradcliError) -> str:
    """The text under the carets."""
    assert error.source is not None
    assert error.span is not None
    return error.source.text[slice(*error.span)]


# --- what a text means --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "same"),
    [
        # precedence and associativity
        ("a + b*c", "a + (b*c)"),
        ("a - b - c", "(a - b) - c"),
        ("a/b/c", "(a/b)/c"),
        ("a/b*c", "(a/b)*c"),
        ("a*b/c", "(a*b)/c"),
        ("a^b^c", "a^(b^c)"),
        ("a**b**c", "a^(b^c)"),
        ("-x^2", "-(x^2)"),
        ("-x*y", "(-x)*y"),
        ("2^-x", "2^(-x)"),
        ("2^-x^2", "2^(-(x^2))"),
        ("a//b%c", "(a//b)%c"),
        ("--x", "-(-x)"),
        ("+x", "x"),
        ("a - -b", "a - (-b)"),
        ("a*-b", "a*(-b)"),
        ("a/-b*c", "(a/(-b))*c"),
        # brackets and bars
        ("[a + b]*{c - d}", "(a + b)*(c - d)"),
        ("|x|", "abs(x)"),
        ("|x - |y||", "abs(x - abs(y))"),
        ("||x| - 1|", "abs(abs(x) - 1)"),
        ("2|x|", "2*abs(x)"),
        ("|x|*|y|", "abs(x)*abs(y)"),
        ("|x| + |y|", "abs(x) + abs(y)"),
        # factorial
        ("n!", "factorial(n)"),
        ("-n!", "-factorial(n)"),
        ("n!^2", "factorial(n)^2"),
        ("2^n!", "2^factorial(n)"),
        ("(n + 1)!", "factorial(n + 1)"),
        ("(n!)!", "factorial(factorial(n))"),
        # products without a sign
        ("2x", "2*x"),
        ("2x^2", "2*(x^2)"),
        ("-2x", "(-2)*x"),
        ("3sin(x)", "3*sin(x)"),
        ("2(x + 1)", "2*(x + 1)"),
        ("(x + 1)(x - 1)", "(x + 1)*(x - 1)"),
        ("pi x", "pi*x"),
        ("x sin(x)", "x*sin(x)"),
        ("2pi r", "2*pi*r"),
        ("a*2b", "a*(2*b)"),
        ("2x + 3y", "2*x + 3*y"),
        ("2e^x", "2*e^x"),
        ("2√x", "2*sqrt(x)"),
        ("sin(x)cos(x)", "sin(x)*cos(x)"),
        ("sin(x)^2cos(x)", None),
        # functions without parentheses
        ("sin 2x", "sin(2*x)"),
        ("sin^2(x)", "sin(x)^2"),
        ("sin^2 x", "sin(x)^2"),
        ("sin**2(x)", "sin(x)^2"),
        ("sin²(x)", "sin(x)^2"),
        ("sqrt x", "sqrt(x)"),
        ("sin x + 1", "sin(x) + 1"),
        ("2cos 2x", "2*cos(2*x)"),
        # numbers
        ("1e-3", "0.001"),
        (".5", "0.5"),
        ("5.", "5"),
        ("1_000", "1000"),
        ("2e3x", "2000*x"),
        # conditions
        ("where(a < b, a, b)", "a if a < b else b"),
        ("a if x < y else b if y < z else c", "where(x < y, a, where(y < z, b, c))"),
        ("where(a < b < c, 1, 0)", "where((a < b) and (b < c), 1, 0)"),
        ("where(a < b and b < c or c < a, 1, 0)", "where(((a < b) and (b < c)) or (c < a), 1, 0)"),
        ("where(not a < b and c < d, 1, 0)", "where((not (a < b)) and (c < d), 1, 0)"),
        ("where(a ≤ b, 1, 0)", "where(a <= b, 1, 0)"),
        ("where(a ≠ b, 1, 0)", "where(a != b, 1, 0)"),
        ("x + 1 if x > 0 else x - 1", "where(x > 0, x + 1, x - 1)"),
        ("(x if x > 0 else 0)*2", "where(x > 0, x, 0)*2"),
        # other spellings
        ("np.sin(x) + numpy.cos(x) + math.exp(x)", "sin(x) + cos(x) + exp(x)"),
        ("ln(x) + arcsin(x) + fabs(x)", "log(x) + asin(x) + abs(x)"),
        ("Sin(x) + SQRT(x) + Exp(x)", "sin(x) + sqrt(x) + exp(x)"),
        ("power(x, y) + sgn(x)", "x^y + sign(x)"),
        ("log(x, 2)", "log(x, 2)"),
        ("max(a, b, c)", "max(max(a, b), c)"),
        ("max(a)", "a"),
        ("max(x, x)", "max(x, x)"),
        ("atan2(x, x)", "atan2(x, x)"),
        ("hypot(x, x, x)", "hypot(x, x, x)"),
        ("hypot(a)", "abs(a)"),
        ("sinc(x)*np.sinc(x)", "sinc(x)*np.sinc(x)"),
        ("= x^2", "x^2"),
        ("$x^2$", "x^2"),
        ("x .* y ./ z .^ 2", "x*y/z^2"),
        # Unicode
        ("a×b·c÷d", "a*b*c/d"),
        ("a − b", "a - b"),
        ("x² + y³", "x^2 + y^3"),
        ("x⁻¹", "x^(-1)"),
        ("x¹²", "x^12"),
        ("√(x + 1)", "sqrt(x + 1)"),
        ("√x", "sqrt(x)"),
        ("∛8", "cbrt(8)"),
        ("2π", "2*pi"),
        ("πr²", "pi*r^2"),
        ("α₁*α₂", "α₁*α₂"),
        ("x\u00a0+\u2009y", "x + y"),
        ("（x＋1）", "x + 1"),
        ("e\u0301*2", "é*2"),
        ("x # a comment", "x"),
        ("(x +\n y)", "x + y"),
    ],
)
def test_what_a_text_means(text: str, same: str | None) -> None:
    if same is None:
        assert "two ways" in refused(text).message
    else:
        assert read(text) == read(same)


@pytest.mark.parametrize("text", ["q*chi*delta", "xy", "lambda*x", "S*N*E*I*Q", "beta + gamma", "x1 + x_2", "_a"])
def test_any_name_is_a_variable_unless_it_is_called(text: str) -> None:
    names = text.replace("*", " ").replace("+", " ").split()
    assert parse(text).variables == tuple(names)


def test_variables_come_in_order_of_appearance_or_of_the_signature() -> None:
    assert parse("z + y*x + z").variables == ("z", "y", "x")
    assert parse("f(x, y, z) = z + y").variables == ("x", "y", "z")
    assert parse("f(x) = x*a").variables == ("x", "a")
    assert parse("a = b*c\nf(c, b) = a*2").variables == ("c", "b")


def test_constants_are_variables_where_they_are_declared() -> None:
    assert parse("pi*e^x").variables == ("x",)
    assert parse("pi*e^x", declared=("e",)).variables == ("e", "x")
    assert parse("f(e, x) = e^x").variables == ("e", "x")
    assert parse("inf*x").variables == ("inf", "x")
    assert parse("np.inf*x").variables == ("x",)


def test_names_of_functions_that_are_greek_letters_are_variables() -> None:
    assert parse("gamma*x").variables == ("gamma", "x")
    assert parse("gamma(x)*gamma").variables == ("x", "gamma")
    assert parse("psi + zeta*beta").variables == ("psi", "zeta", "beta")
    assert parse("sin + 1", declared=("sin",)).variables == ("sin",)


def test_a_note_says_that_e_is_a_constant_unless_it_is_the_base_of_a_power() -> None:
    assert any("2.718" in note for note in parse("e*x").notes)
    assert not parse("e^x + e**2").notes
    assert not parse("e*x", declared=("e",)).notes


# --- documents ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "outputs", "bindings", "variables"),
    [
        ("x^2", "f", "", "x"),
        ("x; y", "f1 f2", "", "x y"),
        ("f*x", "F", "", "f x"),
        ("f*F*x", "value", "", "f F x"),
        ("df_dx*x", "F", "", "df_dx x"),
        ("g = x", "g", "", "x"),
        ("u = x*y; g = u^2", "g", "u", "x y"),
        ("u = x; v = u; g = v", "g", "u v", "x"),
        ("a = x; b = y", "a b", "", "x y"),
        ("u = x; u + 1; u - 1", "f1 f2", "u", "x"),
        ("f(x, y) = x*y", "f", "", "x y"),
        ("f(x) = x^2; g = f(2*y)", "g", "", "y"),
        ("f(x) = x^2; g(a, b) = f(a) + f(b)", "g", "", "a b"),
        ("h(t) = t*k; g = h(x) + h(y)", "g", "", "x k y"),
        ("\n\n x \n\n", "f", "", "x"),
        ("# only a comment\nx", "f", "", "x"),
        ("a = x # of x\nb = a*2", "b", "a", "x"),
        (";x;", "f", "", "x"),
        ("max = x", "max", "", "x"),
    ],
)
def test_outputs_bindings_and_variables(text: str, outputs: str, bindings: str, variables: str) -> None:
    program = parse(text)
    program.check()
    assert [output.name for output in program.outputs] == outputs.split()
    assert list(program.bindings) == bindings.split()
    assert set(program.variables) == set(variables.split())


def test_functions_are_put_in_where_they_are_called() -> None:
    program = parse("s(t) = t^2 + 1; g = s(2*y)")
    assert format_expression(program.equations, program.outputs[0].ref) == "(2*y)^2 + 1"
    assert program.variables == ("y",)


def test_given_partials_are_no_outputs() -> None:
    program = parse("f = x^2*y\ndf_dx = 2*x*y\nd2f_dx_dy = 2*x")
    assert [output.name for output in program.outputs] == ["f"]
    assert list(program.given) == [("f", ("x",)), ("f", ("x", "y"))]
    # What has a partial stays an output even if a later line uses it.
    program = parse("u = x^2\ndu_dx = 2*x\ng = sin(u)")
    assert [output.name for output in program.outputs] == ["u", "g"]
    # Not the name of a partial of anything here: an output.
    assert [o.name for o in parse("f = x\ndg_dx = 1").outputs] == ["f", "dg_dx"]


@pytest.mark.parametrize(
    ("text", "place", "message", "hint"),
    [
        ("a = x; a = y", "a", "defined twice", "name"),
        ("c = x < 1  # no output\ny", "x < 1", "condition", "where"),
        ("c = x < 1; where(c, x, 2); c + y", "c", "condition", "where"),
        ("g = a + 1; a = 2", "a", "used before its line", "define it first"),
        ("a = b; b = a; c", "b", "used before its line", None),
        ("f(x) = f(x - 1)", "f", "", None),
        ("f(x, x) = x", "x", "twice", None),
        ("f(x) = x^2; f(x, 1)", "f(x, 1)", "has 1 parameter", "f(x)"),
        ("True = x", "True", "", None),
        ("x < 1", "x < 1", "condition", "where"),
        ("g = x < 1", "x < 1", "condition", "where"),
    ],
)
def test_a_document_that_makes_no_sense_is_refused(
    text: str, place: str | None, message: str, hint: str | None
) -> None:
    error = refused(text)
    assert message in error.message
    assert pointed(error).strip() == place
    assert hint is None or hint in (error.hint or "")


def test_a_partial_that_can_be_read_two_ways_is_refused() -> None:
    error = refused("g = x_dy*y*x; g_dx = y*x_dy; dg_dx_dy = 1")
    assert "can be read as" in error.message
    assert pointed(error) == "dg_dx_dy"


# --- what is refused ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "place", "message", "hint"),
    [
        # no operand, no operator
        ("", None, "no expression", "x^2"),
        ("   # nothing", None, "no expression", None),
        ("x +", "", "expected", None),
        ("x + * y", "*", "expected", None),
        ("x * * y", "*", "expected", "**"),
        ("()", ")", "expected", None),
        ("sin()", "sin()", "without an argument", None),
        ("sin(x,)", ")", "", None),
        # brackets
        ("(x + 1", "(", "never closed", "')'"),
        ("x + 1)", ")", "closes nothing", None),
        ("(x + 1]", "]", "closed by", "')'"),
        ("sin(x", "(", "never closed", None),
        ("|x + 1", "|", "never closed", "'|'"),
        ("(|x)", "|", "never closed", None),
        # names and functions
        ("2*x + sine(y)", "sine", "unknown function 'sine'", "'sin'"),
        ("x(x + 1)", "x", "not a function", "x*(...)"),
        ("np.foo(x)", "np.foo", "unknown function", None),
        ("sin + 1", "sin", "not called", "sin(x)"),
        ("sin(x, y)", "sin(x, y)", "takes 1 argument", "sine"),
        ("atan2(x)", "atan2(x)", "takes 2 arguments", None),
        ("where(x, 1, 2)", "x", "condition is needed", "x > 0"),
        ("sin^-1(x)", "-", "power of 'sin'", "asin"),
        ("integrate(x, y)", "integrate", "no function", "derives"),
        # products without a sign
        ("x y", "y", "sign is missing", "x*y"),
        ("2 3", "3", "two numbers", None),
        ("x2 3", "3", "number", None),
        ("1/2x", "2x", "two ways", "1/(2*x) or (1/2)*x"),
        ("2^3x", "3x", "two ways", "2^(3*x) or (2^3)*x"),
        ("a/b(c)", "b", "", None),
        ("x//2y", "2y", "two ways", None),
        ("x%2y", "2y", "two ways", None),
        # signs
        ("x = = y", "=", "", None),
        ("x & y", "&", "cannot stand here", "and"),
        ("x ? 1 : 0", "?", "cannot stand here", "where"),
        ("x, y", ",", "comma", ";"),
        ("1,5*x", ",", "comma", "point"),
        ("x!!", "!!", "!!", None),
        ("x @ y", "@", "cannot stand here", "*"),
        ("∂x", "∂", "cannot stand here", "derives"),
        ("\\frac{1}{x}", "\\", "cannot stand here", "LaTeX"),
        ("'x'", "'", "", None),
        ("x.real", ".", "", None),
        ("0x1F", "0x1F", "base", None),
        ("007", "007", "begin with 0", "7"),
        ("x*007", "007", "begin with 0", "7"),
        ("(x)007", "007", "begin with 0", "7"),
        ("x⁰⁷", "⁰⁷", "begin with 0", "7"),
        # conditions
        ("x + (x < 1)", "(x < 1)", "condition", "where"),
        ("(x < 1) < 2", "(x < 1)", "condition", None),
        ("x if y", "if", "'if' without an 'else'", "else"),
        ("x else y", "else", "'else' without an 'if'", None),
        ("x if y else z", "y", "condition is needed", None),
        ("not x", "", "", None),
        ("and", "and", "", None),
        # what cannot be seen
        ("x\u202e + y", "\u202e", "U+202E", "remove"),
        ("x\u200d", "\u200d", "U+200D", "remove"),
        ("x\x00", "\x00", "U+0000", "remove"),
        ("x\ry", "\r", "U+000D", "remove"),
        ("x\x1b[31m", "\x1b", "U+001B", "remove"),
    ],
)
def test_what_is_refused_is_pointed_at(text: str, place: str | None, message: str, hint: str | None) -> None:
    """The message says what is wrong, the carets stand under it, and a hint helps where one is due."""
    error = refused(text)
    assert message in error.message
    if place:
        assert pointed(error).strip(" ") == place
    if hint is not None:
        assert error.hint is not None
        assert hint in error.hint


ELSEWHERE = [
    # text, place, hint
    ("{x>0: x, 0}", "{x>0: x, 0}", "where(x>0, x, 0)"),
    ("x^2 {x>0}", "x^2 {x>0}", "where(x>0, x^2, ...)"),
    ("S(1)/2*x", "S(1)", "fractions are exact"),
    ("C(n,k)", "C(n,k)", "n!/(k!*(n - k)!)"),
    ("binom(n,k)", "binom", "write gamma(n + 1)/(gamma(k + 1)*gamma(n - k + 1))"),
    ("Γ(x)", "Γ", "write gamma(x)"),
    ("Γ x", "Γ x", "write gamma(x)"),
    ("Σ x_i", "Σ x_i", "write the terms with +"),
    ("Σ(x_i)", "Σ", "write the terms with +"),
    ("∑_{i=1}^n x_i", "∑_{i=1}^n x_i", "write the terms with +"),
    ("Π x_i", "Π x_i", "write the factors with *"),
    ("∏_{i=1}^n x_i", "∏_{i=1}^n x_i", "write the factors with *"),
    ("log2(x, 3)", "log2(x, 3)", "write log(x, 3)"),
    ("(x*y, x+y)", "(x*y, x+y)", "x*y; x+y"),
    (r"\(x) x^2", r"\(x)", "write f(x) = ..."),
    ("lambda x, x^2", "lambda x, x^2", "lambda x: x^2"),
    ("two.py::f", "two.py::f", "two.py:f"),
    ("³√x", "³√x", "cbrt(x)"),
    ("⁴√x", "⁴√x", "x^(1/4)"),
    ("D[x^2, x]", "D[x^2, x]", "give just the function, x^2, with --wrt x"),
    ("1 + diff(sin(x), x)", "diff(sin(x), x)", "the function, sin(x), with --wrt x"),
    ("Derivative(x^2,x)", "Derivative(x^2,x)", "--wrt x"),
    ('D(expression(x^2), "x")', 'D(expression(x^2), "x")', "the function, x^2, with --wrt x"),
    ("d^2/dx^2 x^3", "d^2/dx^2", "--order 2"),
    ("diff(x^2, x, 2)", "diff(x^2, x, 2)", "--wrt x"),
    ("d(x^2 + 1)/dx", "d(x^2 + 1)/dx", "the function, x^2 + 1, with --wrt x"),
    ("derivative of x^2", "derivative of x^2", "the function, x^2: "),
    ("x^2 with respect to x", "with respect to x", "--wrt x"),
    ("f[x_, y_] := x*y", "f[x_, y_] :=", "without the _"),
    ("f(x::Float64) = x^2", "f(x::Float64) =", "write f(x) = ..."),
    ("x → 2x", "x →", "write f(x) = ..."),
    ("a[[1]]", "a[[1]]", "a_1"),
    ("x(1)^2 + x(2)^2", "x(1)", "x_1"),
    ("[x^2, y^2]", "[x^2, y^2]", "outputs by ;"),
    ("[x^2; y^2]", "[x^2; y^2]", "outputs by ;"),
    ("{x, y}", "{x, y}", "outputs by ;"),
    ("=LOG(A1;2)", "(A1;2)", "write , for ;"),
    ("exp(%i*x)", "%i", "real"),
    ("x .+ y", ".+", "write +"),
    ("x |> sin", "|>", "f(x)"),
    ("lim x->0 sin(x)/x", "lim x->0 sin(x)/x", "does not take limits"),
    ("gradient of x*y", "gradient of x*y", "the function, x*y: "),
    ("f = lambda x: x**2", "lambda x: x**2", "f(x) = ..."),
    ("x = 2; x += 1", "+=", "new name"),
    ("x++", "++", "x + 1"),
    ("Math.sin(x)", "Math.sin", "write sin"),
    ("std::pow(x, 2)", "std::pow", "write pow"),
    ("y_{i+1}", "y_{i+1}", "part of the name"),
    ("50% of x", "50% of x", "write (50/100)"),
    ("|x||y|", "||", "|x|*|y|"),
    ("where(!(x > 0), 0, x)", "(!", "write: not"),
    ("x times y", "times", "write *"),
    ("x to the power of 2", "to the power of", "^2"),
    ("x*y where x > 0", "where x > 0", "where(condition, a, b)"),
    ("f(x) := x^2", "f(x) :=", "write f(x) = ..."),
    ("y = 2; g := y*x", "g :=", "write g = ..."),
    ("f[x_] := x^2", "f[x_] :=", "write f(x) = ..."),
    ("f <- x^2", "f <-", "write f = ..."),
    ("f: x^2", "f:", "write f = ..."),
    ("let y = x^2", "let y", "write y = ..."),
    ("double y = x*x", "double y", "write y = ..."),
    ("@(x) x^2", "@(x)", "write f(x) = ..."),
    ("function(x, y) x*y", "function(x, y)", "write f(x, y) = ..."),
    ("x -> x^2", "x ->", "write f(x) = ..."),
    ("(x, y) => x*y", "(x, y) =>", "write f(x, y) = ..."),
    ("return x", "return x", "leave it out"),
    ("x[0] + x[1]", "x[0]", "x_0"),
    ("x_{1} + 2", "x_{1}", "write x_1"),
    ("sin^{2}(x)", "sin^{2}", "write sin^2(...)"),
    ("exp^x", "exp^x", "write exp(x), or e^x"),
    ("log_3(x)", "log_3(", "write log(x, 3)"),
    ("ArcTan[x, y]", "ArcTan[x, y]", "write atan2(y, x)"),
    ("atan(y, x)", "atan(y, x)", "write atan2(y, x)"),
    ("round(x, 2)", "round(x, 2)", "write round(x*10^2)/10^2"),
    ("2*%pi*x", "%pi", "write pi"),
    ("PI()*r", "PI()", "write pi"),
    ("50%", "50%", "write (50/100)"),
    ("if x > 0 then x else -x", "if x > 0 then x else -x", "write x if x > 0 else -x"),
    ("if x > 0: x", "if x > 0: x", "where"),
    ("where(x <> 0, 1, x)", "<>", "!="),
    ("where(x === 0, 1, x)", "===", "=="),
    ("where(x =< 0, 1, x)", "=<", "<="),
    ("where(x < 0 || x > 1, 0, x)", "||", "or"),
    ("x %% 2", "%%", "%"),
    ("x mod 2", "x mod 2", "x % 2"),
    ("x div 2", "x div 2", "x//2"),
    ("x^2 // the square", "// the square", "#"),
    ("x^2 /* square */", "/*", "#"),
    ("x^2 where x=3", "where x=3", "--at x=3"),
    ("x^2 at x = 3", "at x = 3", "--at x=3"),
    ("x^2 /. x->3", "/. x->3", "--at x=3"),
    ("(x^2).subs(x, 3)", ".subs(x, 3", "--at x=3"),
    ("(x^2).diff(x)", ".diff(", "derives"),
    ("=$A$1^2", "$A$1", "A1"),
    ("A1:A3", "A1:A3", "A1 + ... + A3"),
    ("x + ... + z", "...", "each term"),
    ("2'000*x", "2'000", "1_000"),
]
"""Texts from other languages, programs and pages."""


@pytest.mark.parametrize(("text", "place", "hint"), ELSEWHERE, ids=[text for text, _, _ in ELSEWHERE])
def test_what_is_written_otherwise_elsewhere_is_told_how_it_is_here(text: str, place: str, hint: str) -> None:
    error = refused(text)
    assert pointed(error).strip() == place
    assert hint in (error.hint or "")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("f(x, y) = x*y; g = f(3)", "2 parameters"),
        ("x < ln(2)", "condition"),
        ("x{1} + foo(2)", "not a function"),
        ("(x + 1", "never closed"),
        ("sin(2) 3x y", "sign is missing"),
    ],
)
def test_what_is_wrong_by_the_grammar_alone_is_no_habit(text: str, message: str) -> None:
    assert message in refused(text).message


def test_every_habit_is_met() -> None:
    texts = [text for text, _, _ in ELSEWHERE]
    assert [habit for habit in HABITS if not any(re.search(habit.pattern, text, re.MULTILINE) for text in texts)] == []


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("gradient(x^2)", "derives"),
        ("Integrate[x, x]", "does not integrate"),
        ("IF(x > 0, x, -x)", "where(condition, a, b)"),
        ("AND(x > 0, x < 1)", "a and b"),
        ("rem(x, 2)", "a % b"),
        ("np.fmod(x, 2)", "a % b"),
        ("math.remainder(x, y)", "round(a/b)"),
        ("sqr(x)", "x^2"),
        ("sind(x)", "sin(radians(x))"),
        ("asind(x)", "degrees(asin(x))"),
        ("clip(x, 0, 1)", "max(low, min(x, high))"),
        ("Sum(x)", "+"),
        ("x ± y", "a - b"),
        ("sin(30°)", "radians(30)"),
        ("1,000*x", "1_000"),
        ("sqrt[3](x)", "x^(1/3)"),
        ("Log[2, x]", "log(x, b)"),
        ("ProductLog[-1, x]", "lambertw(x, k)"),
        ("1j*x", "1*j"),
        ("exp(2im*x)", "2*im"),
        ("1.d-3*x", "1.e-3"),
        ("1.5D0*x", "1.5e0"),
        ("1.5x10^-3", "1.5e..."),
        ("1e5e5", "*"),
        ("e^x sin x", "(e^x)*sin(...)"),
        ("np.dot(x, y)", "vectors"),
        ('"x^2"', "quotation marks"),
    ],
)
def test_what_is_not_there_is_told_how_to_write(text: str, hint: str) -> None:
    assert hint in (refused(text).hint or "")


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("x^2 // comment", "comment begins with #"),
        ("x^2 % remark\ny", "comment begins with #"),
        ("x^1/2", "x^(1/2)"),
        ("x**1/3", "x^(1/3)"),
        ("2i*x", "2*i"),
        ("2.0f*x", "2.0*f"),
        ("LOG(x)", "log10"),
        ("2*Pi*r", "the constant is pi"),
        ("d/dx", "derives"),
        ("E^x", "the constant is e"),
        ("x^2*Sheet1!A1", "factorial(Sheet1)*A1"),
        ("sinx", "sin(x)"),
        ("sin2x + 1", "sin(2x)"),
    ],
)
def test_what_may_not_have_been_meant_is_noted(text: str, note: str) -> None:
    [said] = [told for told in parse(text).notes if note in told]
    assert said


@pytest.mark.parametrize(
    "text",
    ["x // y", "n // width + width", "x % y", "1/2*x", "x^(1/2)", "2j + j", "0.5L", "3d", "cost", "logp", "expx_max"],
)
def test_what_is_likely_meant_is_not_noted(text: str) -> None:
    assert parse(text, declared=("j",)).notes == ()


def test_a_name_that_has_a_value_raises_no_doubt() -> None:
    for text, name in (("2j", "j"), ("x // width", "width"), ("sinx", "sinx"), ("2.0f", "f"), ("Pi", "Pi")):
        assert parse(text, declared=(name,)).notes == ()
    assert parse("f(width, x) = x // width").notes == ()


@pytest.mark.parametrize("name", NAMES)
def test_a_function_of_other_languages_is_told_by_its_row(name: str) -> None:
    """No habit, and no function of this language, takes the call from it."""
    prefix = "np." if name in RESERVED else ""
    assert refused(f"2 + {prefix}{name}(x)").hint == NAMES[name]


SIGNS_AT_THEIR_PLACES = {"=": "x + 1 = y", ":=": "x + 1 := y", ":": "(x : y)", "'": "x + 'y", "’": "x + ’y"}
"""Where something else is said of them between two names."""


@pytest.mark.parametrize("sign", SIGNS)
def test_a_sign_that_is_not_there_is_told_by_its_row(sign: str) -> None:
    assert refused(SIGNS_AT_THEIR_PLACES.get(sign, f"x {sign} y")).hint == SIGNS[sign]


def test_an_error_is_drawn_with_its_line_and_carets() -> None:
    assert describe(refused("2*x + sine(y)")) == (
        "error: unknown function 'sine'\n  2*x + sine(y)\n        ^^^^\nhint: did you mean 'sin' or 'sinc' or 'asin'?"
    ) or describe(refused("2*x + sine(y)")).startswith(
        "error: unknown function 'sine'\n  2*x + sine(y)\n        ^^^^\nhint: did you mean 'sin'"
    )
    text = describe(refused("a = x\nb = a +* 2"))
    assert "(line 2, column 8)" in text
    assert "\n  b = a +* 2\n         ^" in text


@pytest.mark.parametrize(
    ("text", "line", "carets"),
    [
        ("日本語*2 + sine(x)", "日本語*2 + sine(x)", "           ^^^^"),
        ("ｘx*2 + sine(x)", "ｘx*2 + sine(x)", "        ^^^^"),
        ("x̂*2 + sine(x)", "x̂*2 + sine(x)", "      ^^^^"),  # a letter and an accent take one column
        ("é*2 + 語語(x)", "é*2 + 語語(x)", "      ^^^^"),
    ],
)
def test_carets_stand_under_letters_of_any_width(text: str, line: str, carets: str) -> None:
    assert describe(refused(text)).split("\n")[1:3] == [f"  {line}", f"  {carets}"]


@pytest.mark.parametrize("letter", ["x", "語"])
@pytest.mark.parametrize("columns", [20, 41, 60, 78, 200])
@pytest.mark.parametrize(("before", "after"), [(0, 0), (1, 12), (9, 0), (14, 2), (40, 40), (3000, 0), (0, 3000)])
def test_a_source_line_is_cut_to_the_columns_that_there_are(letter: str, columns: int, before: int, after: int) -> None:
    """What is wrong is in it, with the carets under it: those of the line as it is seen, cell by cell."""
    text = f"{f'{letter} + ' * before}sine(x){f' + {letter}' * after}"
    _, line, carets, *_ = describe(refused(text), columns).split("\n")
    seen = "".join(c * (1 + (c == letter == "語")) for c in line)
    assert len(seen) <= columns
    assert seen[carets.index("^") : len(carets)] == "sine"
    assert set(carets[2:]) <= {" ", "^"}
    if len(text) * (1 + (letter == "語")) <= columns - 2:
        assert line == f"  {text}"


def test_what_could_act_on_a_terminal_is_escaped_in_messages() -> None:
    text = describe(refused("x\x1b[31m + y"))
    assert "\x1b" not in text
    assert "\\x1b" in text


# --- notes --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("е*x", "Cyrillic"),
        ("α + a", "look alike"),
        ("ﬁ*x", "not the same as"),
        ("e\u0301*2", "NFC"),
        ("x\u200b+1", "invisible"),
    ],
)
def test_what_a_reader_may_not_see_is_noted(text: str, note: str) -> None:
    assert any(note in line for line in parse(text).notes), parse(text).notes


def test_ordinary_texts_have_no_notes() -> None:
    for text in ("α*β", "2×r²", "q*chi*delta", "Ω*ω"):
        assert parse(text).notes == ()


# --- depth and length ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "equations"),
    [
        ("(" * 100_000 + "x" + ")" * 100_000, 1),
        ("-" * 100_000 + "x", 100_001),
        ("+".join(["x"] * 100_000), 100_000),
        ("+".join(f"x{k}" for k in range(100_000)), 199_999),
        ("sin(" * 5_000 + "x" + ")" * 5_000, 5_001),
        ("|" * 10_000 + "x" + "|" * 10_000, 10_001),
        ("x^" * 20_000 + "x", 20_001),
        ("x" + "!^2" * 5_000, None),
        ("where(x<1,x," * 5_000 + "x" + ")" * 5_000, None),
        ("x if x < 1 else " * 5_000 + "x", None),
        ("\n".join(f"a{k} = {f'a{k - 1}' if k else 'x'}*y" for k in range(5_000)), 5_002),
    ],
    ids=[
        "parentheses",
        "minuses",
        "equal terms",
        "terms",
        "sines",
        "bars",
        "powers",
        "factorials",
        "where",
        "if",
        "lines",
    ],
)
def test_deep_and_long_texts_are_ordinary(text: str, equations: int | None) -> None:
    """Nothing recurses, and the time is linear in the length."""
    started = time.perf_counter()
    program = parse(text)
    assert time.perf_counter() - started < 15
    if equations is not None:
        assert len(program) == equations


@pytest.mark.parametrize("text", ["(" * 100_000, "x+" * 100_000, "sin(" * 100_000 + "x", "-" * 100_000, "|" * 99_999])
def test_deep_texts_that_are_wrong_are_refused(text: str) -> None:
    started = time.perf_counter()
    with pytest.raises(GradcliError):
        parse(text)
    assert time.perf_counter() - started < 15


def test_a_monstrous_name_is_refused() -> None:
    with pytest.raises(LimitError):
        parse("a" * 2000)
    assert parse("a" * 1000).variables == ("a" * 1000,)


@pytest.mark.parametrize(
    ("text", "variables", "outputs", "bindings"),
    [
        ("f(x) = x^2; g = f + 1", ("x",), ["g"], ["f"]),
        ("f(y, x) = y*x; g = f + y", ("y", "x"), ["g"], ["f"]),
        ("f(x) = x^2; g = f(2*y)", ("y",), ["g"], []),
        ("f(x) = x^2; g = f(2*y) + f", ("x", "y"), ["g"], ["f"]),
        ("f(e, x) = e*x; g = f + e", ("e", "x"), ["g"], ["f"]),
        ("f = e*x; g(e, x) = f + e", ("e", "x"), ["g"], ["f"]),
        ("f(e) = e^2; g = f(2)*x + e", ("x",), ["g"], []),
    ],
)
def test_parameters_are_variables_of_the_document_unless_their_function_is_called(
    text: str, variables: tuple[str, ...], outputs: list[str], bindings: list[str]
) -> None:
    program = parse(text)
    assert program.variables == variables
    assert [output.name for output in program.outputs] == outputs
    assert list(program.bindings) == bindings


def test_constants_in_a_signature_are_variables_in_given_partials() -> None:
    program = parse("f(pi, r) = pi*r^2; df_dr = 2*pi*r; df_dpi = r^2")
    assert ("pi",) not in program.equations
    assert sorted(partial.name for partial in program.given) == ["df_dpi", "df_dr"]


def doubling(first: str, step: str, count: int) -> str:
    return "\n".join([first, *(step.format(k=k, p=k - 1) for k in range(2, count + 1)), f"g = f{count}(x)"])


def test_functions_that_double_are_refused_before_they_are_put_in_place() -> None:
    with pytest.raises(LimitError, match="5,000,000 equations") as refusal:
        parse(doubling("f1(x) = sin(x)", "f{k}(x) = f{p}(f{p}(x))", 60))
    assert refusal.value.source is not None
    assert refusal.value.span is not None
    start, end = refusal.value.span
    assert refusal.value.source.text[start:end] == "f24(x) = f23(f23(x))"  # 2^23 = 8,388,608 sines


@pytest.mark.parametrize(
    ("text", "size"),
    [
        (doubling("f1(x) = x", "f{k}(x) = f{p}(f{p}(x))", 60), 1),
        (doubling("f1(x) = x + 1", "f{k}(x) = f{p}(x)*f{p}(x)", 60), 62),  # equal calls are one: x, 1, x + 1, squares
        (doubling("f1(x) = sin(x)", "f{k}(x) = f{p}(f{p}(x))", 8), 129),  # x and 2^7 sines
    ],
    ids=["identity", "equal", "few"],
)
def test_functions_that_call_each_other_twice_may_be_small(text: str, size: int) -> None:
    program = parse(text)
    assert len(program.live([program.output("g")])) == size


@pytest.mark.parametrize(
    ("text", "is_hinted"), [("q(x)", True), ("q(x, y)", False), ("q(sin(x, y))", True), ("quux((x), y)", False)]
)
def test_a_product_is_suggested_for_one_argument_only(text: str, is_hinted: bool) -> None:
    assert ("for a product" in (refused(text).hint or "")) == is_hinted

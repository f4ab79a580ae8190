"""LaTeX: how formulas and names are set, that structures are sound, and that a real LaTeX takes it if there is one."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradcli.language.document import parse_text
from gradcli.language.latex import escaped, number, set_lines, symbols
from gradcli.operations import OPERATIONS


def latex(text: str, *variables: str) -> str:
    """A formula of the language as LaTeX; on one line."""
    equations, ref = parse_text(text, variables)
    return " ".join(set_lines(equations, ref))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("q*chi*delta", r"q \chi \delta"),
        ("x*2*3", r"x \cdot 2 \cdot 3"),
        ("2*x", "2 x"),
        ("2*(1/3)", r"2 \cdot \frac{1}{3}"),
        ("x*(y + 1)", r"x\, (y + 1)"),
        ("θ̇ + x̄ - x̂", r"\dot{\theta} + \bar{x} - \hat{x}"),
        ("r̃*ẍ_0*v̇1", r"\tilde{r} \ddot{x}_{0} \dot{v}_{1}"),
        ("ñ_î*x̂̇", r"\tilde{n}_{\hat{\imath}} \dot{\hat{x}}"),
        ("rate*time_0", r"\mathit{rate}\, \mathit{time}_{0}"),
        ("a - (b - c)", "a - (b - c)"),
        ("a - (b + c)", "a - (b + c)"),
        ("a - b - c", "a - b - c"),
        ("a/(b/c)", r"\frac{a}{\frac{b}{c}}"),
        ("a/b/c", r"\frac{\frac{a}{b}}{c}"),
        ("a*-b", "a (-b)"),
        ("a + -b", "a + (-b)"),
        ("-y/(x^2 + y^2)", r"-\frac{y}{x^{2} + y^{2}}"),
        ("-x*y/z", r"-\frac{x y}{z}"),
        ("-(x + y)*z/w", r"-\frac{(x + y) z}{w}"),
        ("-x^2", "-x^{2}"),
        ("(-x)^2", "(-x)^{2}"),
        ("x^-1", "x^{-1}"),
        ("x^y^z", "x^{y^{z}}"),
        ("(x^y)^z", "(x^{y})^{z}"),
        ("(a/b)^2", r"\left(\frac{a}{b}\right)^{2}"),
        ("(a + b)*(a - b)", "(a + b) (a - b)"),
        ("x*(y + z/w)", r"x\, \left(y + \frac{z}{w}\right)"),
        ("sin(x)^2", r"\sin^{2}(x)"),
        ("sin(x)^-1", r"\sin(x)^{-1}"),
        ("sqrt(x)^2", r"\sqrt{x}^{2}"),
        ("abs(x)", r"\left|x\right|"),
        ("log(x)", r"\ln(x)"),
        ("log(x, 2)", r"\log_{2}(x)"),
        ("besselj(0, x)^2", "J_{0}(x)^{2}"),
        ("factorial(n)*2", r"n! \cdot 2"),
        ("factorial(n + 1)^2", "((n + 1)!)^{2}"),
        ("mod(a, b)*c", r"(a \bmod b) c"),
        ("mod(a, b) + c", r"(a \bmod b) + c"),
        ("mod(a, b) - c", r"(a \bmod b) - c"),
        ("floor(x)", r"\left\lfloor x\right\rfloor"),
        ("sigmoid(x)", r"\operatorname{sigmoid}(x)"),
        ("log1p(x)", r"\operatorname{log1p}(x)"),
        ("np.sinc(x)", r"\operatorname{np.sinc}(x)"),
        ("1e-7*x", "10^{-7} x"),
        ("x*2.5e30", r"x \cdot 2.5 \times 10^{30}"),
        ("(1e-7)^2", "(10^{-7})^{2}"),
        ("e^x*pi", r"\mathrm{e}^{x} \pi"),
        (
            "where(x > 0, x, where(x <= -1, 2, -x)) + 1",
            r"\left(\begin{cases} x & \text{if } x > 0 \\ 2 & \text{if } x \le -1 \\ -x & \text{otherwise} "
            r"\end{cases}\right) + 1",
        ),
        ("(x + y)^(3/2)", "(x + y)^{3/2}"),
        ("x^(-3/2)", r"x^{-\frac{3}{2}}"),
        (
            "where(x > 0, where(y > 0, 1, 2), 3)",
            r"\begin{cases} 1 & \text{if } x > 0 \land y > 0 \\ 2 & \text{if } x > 0 \\ 3 & \text{otherwise} "
            r"\end{cases}",
        ),
        (
            "where(x > 0, 0, where(y > 0, 0, where(z > 0, 1, 0)))",
            r"\begin{cases} 0 & \text{if } x > 0 \lor y > 0 \\ 1 & \text{if } z > 0 \\ 0 & \text{otherwise} "
            r"\end{cases}",
        ),
        (
            "where(not (x < 1 or y == 2) and z != 3, 1, 0)",
            r"\begin{cases} 1 & \text{if } \lnot (x < 1 \lor y = 2) \land z \ne 3 \\ 0 & \text{otherwise} \end{cases}",
        ),
    ],
)
def test_formulas(text: str, expected: str) -> None:
    assert latex(text) == expected


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["x", "chi", "Omega", "β", "α₁"], ["x", r"\chi", r"\Omega", r"\beta", r"\alpha_{1}"]),
        (["x1", "x_10", "x_i_0"], ["x_{1}", "x_{10}", "x_{i,0}"]),
        (["alpha_max", "rate"], [r"\alpha_{\mathrm{max}}", r"\mathit{rate}"]),
        (["Δx", "größe"], [r"\mathit{{\Delta}x}", r"\mathit{gr{\text{ö}}{\text{ß}}e}"]),
        (["x_", "_x", "_"], [r"\mathit{x\_}", r"\mathit{\_x}", r"\mathit{\_}"]),
        (["x1", "x_1"], ["x_{1}", r"\mathit{x\_1}"]),
        (["pi", "e"], [r"\mathit{pi}", "e"]),
    ],
)
def test_names(names: list[str], expected: list[str]) -> None:
    assert list(symbols(names).values()) == expected


@given(st.lists(st.from_regex(r"[a-zA-Z_αβ][a-zA-Z_0-9]{0,6}", fullmatch=True), unique=True, max_size=6))
def test_no_two_names_are_set_alike(names: list[str]) -> None:
    assert len(set(symbols(names).values())) == len(names)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("6.0", "6.0"), ("-1.5", "-1.5"), ("1e-7", "10^{-7}"), ("-2.5e+16", r"-2.5 \times 10^{16}")],
)
def test_numbers(text: str, expected: str) -> None:
    assert number(text) == expected


def test_text() -> None:
    assert escaped(r"50% of a_b & {c}^2 # ~\\$") == (
        r"50\% of a\_b \& \{c\}\textasciicircum{}2 \# \textasciitilde{}\textbackslash{}\textbackslash{}\$"
    )


LONG = (
    "+".join(f"a_{k}*sin(x_{k})/(b + {k})" for k in range(40)),
    "*".join(f"(x_{k} + rate_{k})" for k in range(30)),
    f"({'+'.join(f'x_{k}' for k in range(40))})/({'+'.join(f'y_{k}' for k in range(40))})",
    f"sqrt({'+'.join(f'x_{k}^2/2' for k in range(40))})",
    f"where(x > 0, {'+'.join(f'x_{k}' for k in range(40))}, 0)",
)


@pytest.mark.parametrize("text", LONG)
def test_what_is_too_wide_goes_on_in_the_next_line(text: str) -> None:
    equations, ref = parse_text(text, ())
    lines = set_lines(equations, ref)
    assert len(lines) > 1 or r"\begin{aligned}" in lines[0]
    for line in lines:
        sound(line, whole=False)
    sound(" ".join(lines))


def test_half_of_a_long_sum_begins_with_the_half() -> None:
    equations, ref = parse_text(f"({'+'.join(f'x_{k}/y' for k in range(40))})/2", ())
    first, *_, last = set_lines(equations, ref)
    assert first.startswith(r"\frac{1}{2}\, \biggl(\frac{x_{0}}{y} + ")
    assert last.endswith(r"\frac{x_{39}}{y}\biggr)")


def test_what_follows_a_fraction_on_a_line_is_not_below_it() -> None:
    wide = f"({'+'.join(f'x_{k}' for k in range(40))})"
    assert latex(f"1/{wide}*y").startswith("(1 / (x_{0}")
    assert latex(f"1/{wide}*y").endswith("x_{39})) y")
    assert latex(f"-1/{wide}").startswith("-(1 / (x_{0}")
    assert latex(f"y - 1/{wide}").startswith("y - 1 / (x_{0}")


def test_a_product_goes_on_with_its_sign() -> None:
    equations, ref = parse_text(LONG[1], ())
    first, *others = set_lines(equations, ref)
    assert first.startswith("(x_{0}")
    assert all(line.startswith(r"\cdot (x_{") for line in others)


def test_deep_and_long_formulas() -> None:
    assert latex("sin(" * 10_000 + "x" + ")" * 10_000).count(r"\sin") == 10_000
    assert latex("+".join(["x*y"] * 10_000)).count("x y") == 10_000


def rows() -> list[str]:
    """The texts of the operations table, which hold all operations."""
    texts = {
        text
        for row in OPERATIONS.values()
        for text in (*row.partials, row.meaning, row.defined, row.ties)
        if text and "self" not in text
    }
    calls = {
        f"{row.spelling or row.name}({', '.join('abc'[: row.arity or 2])})"
        for row in OPERATIONS.values()
        if not row.precedence and row.arity != 0 and row.name != "where"
    }
    return sorted({*texts, *calls, "where(a > 0, b, c)"})


@pytest.mark.parametrize("text", rows())
def test_every_operation_is_set(text: str) -> None:
    sound(latex(text, "a", "b", "c"))


def sound(text: str, *, whole: bool = True) -> None:
    """Fails where groups, environments or growing parentheses do not match, or a power has no base of its own."""
    opened: list[str] = []
    for found in re.finditer(r"\\begin\{(\w+)\}|\\end\{(\w+)\}|\\left|\\right|(?<!\\)[{}]", text):
        begins, ends = found[1], found[2]
        if begins or found[0] in (r"\left", "{"):
            opened.append(begins or found[0])
        else:
            assert opened, text
            assert opened.pop() == (ends or {r"\right": r"\left", "}": "{"}[found[0]]), text
    assert not opened, text
    assert not re.search(r"\^\{[^{}]*\}\^", text), f"a double power: {text}"
    plain = re.sub(r"\\[{}]", "", text)
    assert not whole or plain.count("(") == plain.count(")")


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="there is no pdflatex here")
def test_a_real_latex_takes_it(tmp_path: Path) -> None:
    texts = [*rows(), *LONG, "größe_1*Δx*α₁ - e^-(x/y)"]
    bodies = []
    for text in texts:
        equations, ref = parse_text(text, ("a", "b", "c"))
        lines = " \\\\\n  &\\quad ".join(set_lines(equations, ref))
        bodies.append(f"\\begin{{align*}}\n  f &= {lines}\n\\end{{align*}}")
    bodies.append(escaped("50% of a_b & {c}^2 # ~\\$ <α²|·×−√\"'`₁>"))
    compile_latex(tmp_path, "\n".join(bodies))


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="there is no pdflatex here")
@pytest.mark.parametrize(
    "arguments",
    [
        ["symbolic", "f(e, x_1) = e*abs(x_1)^2; g = exp(sin(x_1*e))/(1 + e^2)", "--order", "2", "--share", "always"],
        ["symbolic", "u = x*y; v = x - y", "--divergence", "--curl", "--along", "x=1,y=1/2", "--laplacian"],
        ["symbolic", "x*y", "--sparsity", "--hessian"],
        ["eval", "abs(x)*y_1 + 1e-7*alpha", "--at", "x=0,y_1=2,alpha=inf", "--errors", "--subgradient"],
        ["eval", "abs(x)*y", "--range", "x=-1:1:#3", "--at", "y=2", "--status"],
        ["eval", "abs(x)*y", "--at", "x=0,y=2", "--status", "--digits", "25"],
        ["check", "x^2*sin(2*y)", "--grad", "x=2*x*sin(2*y)", "--grad", "y=x^2*cos(2*y)", "--at", "x=1,y=2"],
        ["compare", "x^2*sin(y)", "--at", "x=1,y=2"],
        ["eval", "x*y*sin(z)", "--range", "x=0:1:#70", "--at", "y=2.5,z=1", "--errors"],
        ["functions"],
        ["functions", "log"],
        ["backends"],
        ["stencil"],
    ],
    ids=" ".join,
)
def test_a_real_latex_takes_what_commands_write(arguments: list[str], tmp_path: Path) -> None:
    written = subprocess.run(
        [sys.executable, "-m", "gradcli", *arguments, "--format", "latex"],
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    compile_latex(tmp_path, written.stdout, whole=True)


def compile_latex(folder: Path, body: str, *, whole: bool = False) -> None:
    """Fails where LaTeX does not take a document's body, or where that is larger than the page that it is to be on."""
    begin = "\\documentclass{article}\\usepackage{amsmath}\\allowdisplaybreaks\\begin{document}\n"
    (folder / "it.tex").write_text(f"{begin}{body}\n\\end{{document}}\n", encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "it.tex"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, errors="replace")
    assert done.returncode == 0, done.stdout[-3000:]
    assert "Overfull" not in done.stdout or not whole, done.stdout[-3000:]

"""`--share`: what formulas have in common is written once, or out in full, as asked for."""

from __future__ import annotations

import re

import pytest

from gradcli import engine
from gradcli.errors import LimitError
from gradcli.language.document import parse
from gradcli.program import LEAVES, live

NESTED = "sin(" * 200 + "x" + ")" * 200


def lines_of(text: str, share: str, backend: str = "symbolic") -> list[tuple[str, str]]:
    program = parse(text)
    return engine.document(program, engine.formulas(program, engine.wanted(program), backend), share)


@pytest.mark.parametrize("text", ["exp(sin(x*y))/(1 + x^2)", "sqrt(x^2 + y^2 + 1)*log(x*y)", NESTED])
def test_always_writes_everything_once(text: str) -> None:
    lines = lines_of(text, "always")
    program = parse("\n".join(f"{left} = {right}" for left, right in lines))
    refs = [*(output.ref for output in program.outputs), *program.given.values()]
    operations = [k for k in live(program.equations, refs) if program.equations[k][0] not in LEAVES]
    written = sum(len(re.findall(r"[-+*/^]|\w\(", right)) for _, right in lines)
    assert written == len(operations)


@pytest.mark.parametrize("share", ["auto", "always", "never"])
def test_the_documents_have_the_same_values(share: str) -> None:
    lines = lines_of("exp(sin(x*y))/(1 + x^2)", share)
    program = parse("\n".join(f"{left} = {right}" for left, right in lines))
    values = engine.prepare(program, engine.wanted(program)).evaluate({"x": 0.0, "y": 2.0})
    # at x = 0: f = 1, df_dx = y cos(0), df_dy = 0
    assert (values["f"], values["df_dx"], values["df_dy"]) == ([1.0], [2.0], [0.0])


def test_never_names_nothing() -> None:
    assert [left for left, _ in lines_of(NESTED.replace("200", "9"), "never")] == ["f", "df_dx"]


def test_auto_keeps_the_text_linear_in_the_depth() -> None:
    lines = lines_of(NESTED, "auto")
    assert sum(len(right) for _, right in lines) < 40 * 200
    assert any(left == "t1" for left, _ in lines)


def test_auto_leaves_short_formulas_alone() -> None:
    assert [left for left, _ in lines_of("exp(sin(x*y))/(1 + x^2)", "auto")] == ["f", "df_dx", "df_dy"]


def test_never_refuses_what_would_be_enormous() -> None:
    squares = "a0 = x + y\n" + "\n".join(f"a{k} = a{k - 1}*a{k - 1} + y" for k in range(1, 60))
    with pytest.raises(LimitError, match="written out"):
        lines_of(squares, "never", "autodiff")
    assert len(lines_of(squares, "auto", "autodiff")) > 60


def test_auto_writes_a_formula_of_many_partials_once() -> None:
    lengths = [
        sum(len(right) for _, right in lines_of(f"({' + '.join(f'x{k}' for k in range(count))})^2", "auto"))
        for count in (100, 200)
    ]
    assert lengths[1] < 2.2 * lengths[0]


def deep(kind: str, depth: int) -> str:
    """Nested choices; the derivatives hold under as many conditions as they are deep."""
    steps = range(depth)
    if kind == "if":
        return "x if x > 1 else " * depth + "3"
    if kind == "if of many":
        return "".join(f"x{k}^2 if x{k} > {k} else " for k in steps) + "3"
    name, rest = kind.split()
    inner = "".join(f"{name}(x{k if rest == 'many' else k % 7}^2, " for k in steps)
    return inner + "1" + ")" * depth


@pytest.mark.parametrize("kind", ["if", "if of many", "max few", "min many"])
def test_auto_keeps_deep_choices_linear(kind: str) -> None:
    short, long = (sum(len(right) for _, right in lines_of(deep(kind, depth), "auto")) for depth in (100, 400))
    assert long < 6 * short


def test_named_conditions_read_back() -> None:
    text = "\n".join(f"{left} = {right}" for left, right in lines_of(deep("if of many", 60), "auto"))
    assert "t2 = t1 and not x1 > 1\n" in text
    program = parse(text)
    at = {f"x{k}": k + 0.5 if k in (40, 50) else k - 0.5 for k in range(60)}
    values = engine.prepare(program, engine.wanted(program)).evaluate(at)
    # the first that is above its bound counts: x40 = 40.5
    found = {name: column[0] for name, column in values.columns.items() if column[0] != 0}
    assert found == {"f": 40.5**2, "df_dx40": 81.0}


def test_choices_are_nested_as_the_function_is() -> None:
    formula = dict(lines_of(deep("if", 120), "auto"))["df_dx"]
    assert formula == "where(x > 1, 1, " * 120 + "0" + ")" * 120

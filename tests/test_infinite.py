"""Inputs that are infinite: whatever the operation, there is an answer, and a word where it has no number."""

from __future__ import annotations

import math
import warnings
from itertools import product

import numpy as np
import pytest

import gradcli
from gradcli import engine
from gradcli.evaluate.certain import as_printed
from gradcli.evaluation import Evaluation
from gradcli.language.document import parse
from gradcli.operations import OPERATIONS, Operation
from gradcli.program import Builder, Output, Program
from gradcli.results import Status, Values

VARIABLES = "abc"
FINITE = (0.65,)
BACKENDS = ("autodiff", "symbolic", "finite-difference")
APPLIED = [row for row in OPERATIONS.values() if row.arity != 0]


def beside(row: Operation) -> Program:
    """f is the operation of variables; g rests on it where it does not count, and on one more variable."""
    builder = Builder()
    kinds = row.argument_kinds(row.arity or 2)
    inputs = [builder.input(name) for name in VARIABLES[: len(kinds)]]
    further = builder.input("y")
    zero = builder.const("0")
    operands = [
        builder.add("gt", ref, zero) if kind == "bool" else ref for ref, kind in zip(inputs, kinds, strict=True)
    ]
    result = builder.add(row.name, *operands)
    if row.kind == "bool":
        result = builder.add("where", result, inputs[0], further)
    outputs = Output("f", result), Output("g", builder.add("mul", result, further))
    return Program(builder, (*VARIABLES[: len(kinds)], "y"), outputs)


def points(row: Operation) -> list[dict[str, float]]:
    """Each argument infinite to either side, beside others that are or are not."""
    count = row.arity or 2
    numbers = (math.inf, -math.inf, *FINITE)
    return [
        {**dict(zip(VARIABLES, chosen, strict=False)), "y": 2.0}
        for chosen in product(numbers, repeat=count)
        if not all(map(math.isfinite, chosen))
    ]


def check(values: Values, rows: int) -> None:
    """A number that is none has a word, and one that is infinite is none."""
    for partial in values.partials:
        for row in range(rows):
            code = values.code(partial.name, row)
            assert math.isfinite(values.columns[partial.name][row]) is code.has_number, (partial.name, row, code)
            values.status_text(partial.name, row)


def prepared(row: Operation, backend: str) -> Evaluation:
    program = beside(row)
    found = engine.prepare(program, engine.wanted(program, hessian=True), backend)
    assert isinstance(found, Evaluation)
    return found


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("row", APPLIED, ids=lambda row: row.name)
def test_an_infinite_argument_never_stops_a_table(row: Operation, backend: str) -> None:
    evaluation = prepared(row, backend)
    where = points(row)
    singles = [evaluation.evaluate(point) for point in where]
    for point, single in zip(where, singles, strict=True):
        check(single, 1)
        check(evaluation.evaluate(point, bounded=True, zeros=False), 1)
        check(evaluation.certain(point, as_printed(point), 20), 1)
    block = {name: np.array([point[name] for point in where]) for name in where[0]}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        values = evaluation.evaluate(block)
    check(values, len(where))
    for partial in values.partials:
        for k, single in enumerate(singles):
            codes = [answer.code(partial.name, at) for answer, at in ((values, k), (single, 0))]
            in_row, alone = (Status.FINE if code is Status.IMPRECISE else code for code in codes)
            assert in_row is alone, (partial.name, where[k])  # but for bounds, which rows have none of


@pytest.mark.parametrize("backend", BACKENDS)
def test_infinity_is_a_number_in_a_formula_as_in_a_point(backend: str) -> None:
    for text, value, slope in [
        ("min(x, np.inf)", 3.0, 1.0),
        ("max(x, -np.inf)", 3.0, 1.0),
        ("where(x < np.inf, x^2, 0)", 9.0, 6.0),
        ("1/np.inf + 2*x", 6.0, 2.0),
    ]:
        prepared = gradcli.prepare(text, backend=backend)
        for x in (3.0, np.array([3.0, 3.0])):
            values = prepared.evaluate({"x": x})
            assert values.code("f", 0) is values.code("df_dx", 0) is Status.FINE, text
            assert values.columns["f"][0] == value
            assert values.columns["df_dx"][0] == pytest.approx(slope, rel=1e-9)
        assert prepared.evaluate({"x": 3.0}).error["f"][0] < 1e-300
    values = gradcli.prepare("x + np.inf", backend=backend).evaluate({"x": 3.0})
    assert values.code("f", 0) is Status.UNDEFINED


NONE = None
AT_INFINITY = [
    # f, and at x = inf, y = 2: the value, the partial by x, that by y
    ("x*y", NONE, NONE, NONE),
    ("x^2 + y", NONE, NONE, NONE),
    ("sin(x) + y", NONE, NONE, NONE),
    ("x - x + y", NONE, NONE, NONE),
    ("y + 0*x", NONE, NONE, NONE),
    ("x/(1 + x)*y", NONE, NONE, NONE),
    ("max(x, y)", NONE, NONE, NONE),
    ("min(x, y)", 2, NONE, 1),
    ("1/x + y", 2, NONE, 1),
    ("y/x", 0, NONE, 0),
    ("exp(-x)*y", 0, NONE, 0),
    ("exp(-x^2) + y^2", 4, NONE, 4),
    ("tanh(x)*y", 2, NONE, 1),
    ("atan(x)*y", math.pi, NONE, math.pi / 2),
    ("erf(x) + y", 3, NONE, 1),
    ("where(x > 1, y, 0)", 2, NONE, 1),
    ("floor(y/x)", 0, NONE, 0),
    ("sign(x)*y", 2, NONE, 1),
    ("abs(y - 1/x)", 2, NONE, 1),
    ("y^(1/x)", 1, NONE, 0),
    ("hypot(1/x, y)", 2, NONE, 1),
    ("logaddexp(-x, y)", 2, NONE, 1),
    ("1/(1 + exp(-x))*y", 2, NONE, 1),
    ("relu(-x) + y", 2, NONE, 1),
    ("sqrt(y + exp(-x))", math.sqrt(2), NONE, math.sqrt(1 / 8)),
    ("mod(y, x)", 2, NONE, 1),
    ("min(max(x, 0), y)", 2, NONE, 1),
]


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(("text", "value", "by_x", "by_y"), AT_INFINITY)
def test_every_backend_says_the_same_of_infinity_in_whatever_form_it_comes(
    text: str, value: float | None, by_x: float | None, by_y: float | None, backend: str
) -> None:
    prepared = gradcli.prepare(text, backend=backend)
    point, rows = {"x": math.inf, "y": 2.0}, {"x": np.array([1.5, math.inf]), "y": np.array([1.5, 2.0])}
    answers = [
        (prepared.evaluate(point), 0),
        (prepared.certain(point, as_printed(point), 20), 0),
        (prepared.evaluate(rows), 1),
        (prepared.evaluate(rows, bounded=True), 1),
    ]
    expected = {"f": value, "df_dx": by_x, "df_dy": by_y}
    for (answer, row), (name, wanted) in product(answers, expected.items()):
        if wanted is None:
            assert answer.code(name, row) is Status.UNDEFINED
            assert answer.cause[name][row] >= 0
        else:
            assert answer.code(name, row) is Status.FINE
            assert float(answer.columns[name][row]) == pytest.approx(wanted, rel=1e-9, abs=1e-300)
            assert not answer.bounds(name)[row] > 1e-9
    alone = prepared.evaluate({name: column[0] for name, column in rows.items()})
    for name in expected:
        assert answers[2][0].columns[name][0] == pytest.approx(alone.columns[name][0], rel=1e-15, nan_ok=True)


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_cause_at_infinity_is_named(backend: str) -> None:
    values = gradcli.prepare("tanh(x)*y + log(z)", backend=backend).evaluate({"x": -math.inf, "y": 3.0, "z": 0.0})
    assert values.status_text("f", 0) == "undefined: log(z) at z = 0"
    values = gradcli.prepare("tanh(x)*y + log(z)", backend=backend).evaluate({"x": -math.inf, "y": 3.0, "z": 1.0})
    assert values.status_text("df_dx", 0) == "undefined: x at x = -inf"
    assert values["f"] == [-3.0]
    assert values["df_dz"] == pytest.approx([1.0])


def test_what_does_not_depend_on_what_is_infinite_is_as_ever() -> None:
    program = parse("u = x*y; v = y^2")
    found = engine.prepare(program, engine.wanted(program)).evaluate({"x": math.inf, "y": 3.0})
    assert [found.code(name) for name in ("u", "v", "dv_dx", "dv_dy")] == [
        Status.UNDEFINED, Status.FINE, Status.FINE, Status.FINE,
    ]  # fmt: skip
    assert (found["v"], found["dv_dx"], found["dv_dy"]) == ([9.0], [0.0], [6.0])


def test_an_infinite_cell_of_a_column_that_is_only_passed_on_is_that() -> None:
    program = parse("atan(x)")
    for x in (math.inf, np.array([1.0, -math.inf])):
        assert engine.prepare(program, ()).evaluate({"x": x}).columns == {}

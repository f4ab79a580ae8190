"""Laws that hold for every expression: reading is the inverse of writing, and derivatives obey their rules."""

from __future__ import annotations

import math
import time

from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from gradcli import engine
from gradcli.errors import GradcliError, describe
from gradcli.language.document import parse
from gradcli.language.printer import format_document, format_expression
from gradcli.naming import Partial
from gradcli.operations import OPERATIONS, Operation
from gradcli.program import Builder, Output, Program
from gradcli.results import Status

VARIABLES = ("x", "y", "alpha", "β_1")
FUNCTIONS_AND_SIGNS = [row for row in OPERATIONS.values() if row.arity != 0]
SMOOTH = ("sin", "cos", "tanh", "atan", "asinh", "erf", "sigmoid", "neg", "sech", "expm1")


@st.composite
def programs(draw: st.DrawFn) -> Program:
    """Any program at all: equations upon equations, every operation of the table, one or two outputs."""
    builder = Builder()
    reals = [builder.input(v) for v in VARIABLES]
    reals += [builder.const(draw(st.from_regex(r"[0-9]{1,4}(\.[0-9]{1,3})?(e-?[0-9]{1,2})?", fullmatch=True)))]
    bools = [builder.add("lt", reals[0], reals[1])]
    if draw(st.booleans()):
        reals.append(builder.add(draw(st.sampled_from(["pi", "e", "inf"]))))
    for _ in range(draw(st.integers(1, 12))):
        row: Operation = draw(st.sampled_from(FUNCTIONS_AND_SIGNS))
        count = row.arity if row.arity is not None else draw(st.integers(2, 4))
        arguments = [
            draw(st.sampled_from(bools if kind == "bool" else reals[-6:])) for kind in row.argument_kinds(count)
        ]
        ref = builder.add(row.name, *arguments)
        (bools if row.kind == "bool" else reals).append(ref)
    outputs = [Output("f", reals[-1])]
    if draw(st.booleans()):
        outputs.append(Output("g", draw(st.sampled_from(reals))))
    return Program(builder, VARIABLES, outputs, declared=True)


@settings(max_examples=300)
@given(programs())
def test_what_is_printed_reads_back_as_it_was(program: Program) -> None:
    """The same variables, outputs and formulas; printing once more changes nothing."""
    program.check()
    lines = format_document(program)
    again = parse("\n".join(f"{name} = {text}" for name, text in lines))
    again.check()
    assert again.variables == program.variables
    assert [o.name for o in again.outputs] == [o.name for o in program.outputs]
    roots = [o.ref for o in program.outputs]
    own = [o.ref for o in again.outputs]
    assert len(again.live(own)) == len(program.live(roots))
    for a, b in zip(roots, own, strict=True):
        assert format_expression(program.equations, a) == format_expression(again.equations, b)
    assert tree(program, roots) == tree(again, own)


def tree(program: Program, roots: list[int]) -> list[object]:
    """The roots as hash-consed trees: numbers that are equal exactly where the trees are."""
    ids: dict[object, int] = {}
    found: dict[int, int] = {}

    def visit(root: int) -> None:
        pending = [(root, False)]
        while pending:
            k, ready = pending.pop()
            equation = program.equations[k]
            leaf = equation[0] in ("input", "const")
            if not ready and not leaf:
                pending.append((k, True))
                pending += [(a, False) for a in reversed(equation[1:])]
                continue
            key = equation if leaf else (equation[0], *(found[a] for a in equation[1:]))
            found[k] = ids.setdefault(key, len(ids))

    for root in roots:
        visit(root)
    return [*(found[root] for root in roots), *ids]


# --- texts of any kind --------------------------------------------------------------------------------------

PIECES = (
    "x", "y", "z", "f", "e", "pi", "gamma", "lambda", "sin", "cos", "max", "where", "log(", "sqrt", "sin^2",
    "np.", "np.sin", "def", "lambda:", "if", "else", "and", "or", "not", "True", "(", ")", "[", "]", "{",
    "}", "|", "||", ",", ";", "=", "==", "<", "<=", "!=", "!", "+", "-", "*", "/", "//", "%", "^", "**",
    ".", "1", "2.5", "1e3", "1e", ".5", "007", "0x1", "1_0", "²", "⁻¹", "√", "π", "α", "×", "−", "#", "$",
    "@", "?", ":", "'", "\\", "\"", "&", "~", "∂", "∞", "\n", "\t", "\r", "\u200b", "\u202e", "é",
    "e\u0301", "df_dx", "f(x)=", "g=", "return",
)  # fmt: skip


def outcome(text: str) -> Program | GradcliError:
    """What reading a text gives; any other error passes."""
    try:
        return parse(text)
    except GradcliError as error:
        return error


def is_read_or_refused(text: str) -> None:
    """A program that keeps its invariants, or one of our errors, which can be drawn; in little time."""
    started = time.perf_counter()
    found = outcome(text)
    if isinstance(found, GradcliError):
        assert found.message
        assert "\n" not in found.message
        if found.span is not None:
            assert found.source is not None
            assert 0 <= found.span[0] <= found.span[1] <= len(found.source.text) + 1
        assert all(line.isprintable() for line in describe(found).split("\n"))
    else:
        found.check()
        assert found.outputs
        printed = "\n".join(f"{name} = {line}" for name, line in format_document(found))
        assert [o.name for o in parse(printed).outputs] == [o.name for o in found.outputs]
    assert time.perf_counter() - started < 5


@settings(max_examples=1500)
@given(st.lists(st.sampled_from(PIECES), max_size=14), st.sampled_from(["", " "]))
@example(["max", "(", "x", ",", "x", ")"], "")
@example(["|", "x", "-", "|", "y", "||"], "")
def test_any_text_of_the_language_is_read_or_refused(pieces: list[str], between: str) -> None:
    is_read_or_refused(between.join(pieces))


@settings(max_examples=500)
@given(st.text(max_size=30))
def test_any_text_is_read_or_refused(text: str) -> None:
    is_read_or_refused(text)


@settings(max_examples=200)
@given(st.sampled_from(["lambda x: ", "def g(x): return "]), st.lists(st.sampled_from(PIECES), max_size=8))
@example("lambda x: ", ["π", "π", "π", "π", "007"])
def test_any_python_is_read_or_refused(head: str, pieces: list[str]) -> None:
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)  # Python's own, on `1if` and the like
        is_read_or_refused(head + " ".join(pieces))


# --- laws of derivatives ------------------------------------------------------------------------------------


@st.composite
def smooth(draw: st.DrawFn, depth: int = 3) -> str:
    """A formula in x and y that is smooth and defined everywhere, and of moderate size."""
    if depth == 0:
        return draw(st.sampled_from(["x", "y", "0.5", "2", "x*y", "x^2"]))
    kind = draw(st.integers(0, 4))
    inner = smooth(depth=depth - 1)
    if kind == 0:
        return f"({draw(inner)} + {draw(inner)})"
    if kind == 1:
        return f"({draw(inner)})*({draw(inner)})"
    if kind == 2:
        return f"({draw(inner)})/(2 + cos({draw(inner)}))"
    if kind == 3:
        return f"({draw(inner)} - {draw(inner)})"
    name = draw(st.sampled_from(SMOOTH))
    return f"-({draw(inner)})" if name == "neg" else f"{name}(({draw(inner)})/4)"


points = st.fixed_dictionaries({v: st.floats(-2, 2).map(lambda x: round(x * 64) / 64) for v in "xy"})


def derivatives(text: str, point: dict[str, float], **options: str) -> dict[str, tuple[float, float]]:
    """Each number with its bound; those that are not plain fine make the example void."""
    program = parse(f"f(x, y) = {text}")
    values = engine.prepare(program, engine.wanted(program), "autodiff", options).evaluate(point)
    for partial in values.partials:
        codes = values.status.get(partial.name)
        assume(codes is None or Status(codes[0]) in (Status.FINE, Status.IMPRECISE))
    return {p.by[0] if p.by else "f": (values[p.name][0], values.error[p.name][0]) for p in values.partials}


def agree(a: tuple[float, float], b: float, error: float) -> bool:
    assume(math.isfinite(a[1]) and math.isfinite(error))
    return abs(a[0] - b) <= 2 * (a[1] + error) + 1e-15 * abs(b) + 1e-300


@given(smooth(), points)
def test_forward_and_reverse_mode_agree(text: str, point: dict[str, float]) -> None:
    forward = derivatives(text, point, mode="forward")
    reverse = derivatives(text, point, mode="reverse")
    for name in "xy":
        assert agree(forward[name], *reverse[name])


@given(smooth(), smooth(), points)
def test_derivatives_are_linear(f: str, g: str, point: dict[str, float]) -> None:
    a, b = derivatives(f, point), derivatives(g, point)
    whole = derivatives(f"3*({f}) - 2*({g})", point)
    for name in "xy":
        assert agree(whole[name], 3 * a[name][0] - 2 * b[name][0], 3 * a[name][1] + 2 * b[name][1])


@given(smooth(), smooth(), points)
def test_the_product_rule(f: str, g: str, point: dict[str, float]) -> None:
    a, b = derivatives(f, point), derivatives(g, point)
    whole = derivatives(f"({f})*({g})", point)
    for name in "xy":
        terms = [(a[name], b["f"]), (a["f"], b[name])]
        error = sum(abs(u[0]) * v[1] + abs(v[0]) * u[1] + 1e-15 * abs(u[0] * v[0]) for u, v in terms)
        assert agree(whole[name], math.fsum(u[0] * v[0] for u, v in terms), error)


@given(smooth(depth=2), smooth(depth=2), points)
def test_the_chain_rule(f: str, g: str, point: dict[str, float]) -> None:
    """d f(g(x, y), y)/dx is f's slope at g times that of g."""
    inner = derivatives(g, point)
    outer = derivatives(f, {"x": inner["f"][0], "y": point["y"]})
    composed = parse(f"h(x, y) = {f}; f(x, y) = h({g}, y)")
    values = engine.prepare(composed, [Partial("f"), Partial("f", ("x",))]).evaluate(point)
    want = outer["x"][0] * inner["x"][0]
    scale = abs(want) + abs(outer["x"][0]) + abs(inner["x"][0]) + 1
    assume(inner["f"][1] < 1e-12)
    assert abs(values["df_dx"][0] - want) <= 1e-10 * scale


@given(smooth(), points)
def test_mixed_partials_are_the_same_in_any_order(text: str, point: dict[str, float]) -> None:
    program = parse(f"f(x, y) = {text}")
    first = engine.prepare(parse(f"f(y, x) = {text}"), [Partial("f", ("y", "x"))]).evaluate(point)
    second = engine.prepare(program, [Partial("f", ("x", "y"))]).evaluate(point)
    a, b = first["d2f_dy_dx"][0], second["d2f_dx_dy"][0]
    bounds = first.error.get("d2f_dy_dx"), second.error.get("d2f_dx_dy")
    assume(bounds[0] is not None and bounds[1] is not None)
    assert agree((a, bounds[0][0]), b, bounds[1][0])

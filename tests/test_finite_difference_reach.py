"""What finite differences reach: right digits, bounds that hold and are not wide, few samples, nothing wrong unflagged.

Hundreds of partials at mixed scales (`benchmarks/finite_difference_reach.py`), random formulas, and the points where
sampling goes wrong: fast oscillations, kinks nearby, edges, jumps, digits that cancel. Truth is mpmath's at 60 digits,
or by hand.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np
import pytest
from mpmath import mp, mpf

from gradcli import engine
from gradcli.backends.finite_difference import BACKEND
from gradcli.backends.finite_difference.branches import find_branches
from gradcli.errors import UsageError
from gradcli.evaluate.arrays import ArrayEvaluator
from gradcli.evaluate.error_program import error_program
from gradcli.language.document import parse
from gradcli.naming import Partial
from gradcli.operations import OPERATIONS
from gradcli.results import Status

SCHEMES = ("auto", "central")


class Got(NamedTuple):
    value: float
    bound: float
    status: Status


def one(text: str, at: dict[str, Any], by: str | tuple[str, ...], **options: Any) -> Got:
    """A partial at one point, or in the first row of a block."""
    program = parse(text)
    partial = Partial(program.outputs[0].name, (by,) if isinstance(by, str) else by)
    values = BACKEND.prepare(program, [partial], options).evaluate(at)
    codes, bounds = values.status[partial.name], values.error[partial.name]
    return Got(
        float(values[partial.name][0]),
        math.nan if bounds is None else float(bounds[0]),
        Status.FINE if codes is None else Status(int(codes[0])),
    )


def check(got: Got, truth: mpf) -> None:
    """Right and within its bound, or flagged; a number that is flagged is within its bound, too."""
    if not got.status.has_number:
        assert math.isnan(got.value)
        return
    error = abs(mpf(got.value) - truth)
    assert error <= got.bound, (got, truth)
    if got.status is Status.FINE and abs(truth) > 1e-300:
        assert error <= 1e-6 * abs(truth), (got, truth)


@pytest.fixture(scope="session")
def reach(load: Callable[[str], ModuleType]) -> ModuleType:
    return load("benchmarks/finite_difference_reach")


@pytest.fixture(scope="session")
def truths(reach: ModuleType) -> list[Any]:
    return list(reach.truths(5))


@pytest.mark.parametrize(("scheme", "least"), [("auto", 15), ("central", 13)])
def test_the_reach(reach: ModuleType, truths: list[Any], scheme: str, least: float) -> None:
    results = reach.measure(truths, scheme=scheme)
    figures = reach.reach(results)
    assert figures.count >= 400
    assert figures.digits >= least
    assert figures.worst >= 6
    assert figures.held >= 0.99
    assert figures.width <= 20
    assert figures.evaluations <= 16
    assert figures.flagged <= 0.02 * figures.count
    assert all(m.error <= m.bound for m in results if m.status.has_number)


def test_the_reach_of_blocks(reach: ModuleType, truths: list[Any]) -> None:
    """Blocks have the same digits, and bounds for what is extrapolated."""
    results = []
    for truth in truths[::3]:
        got = one(truth.formula.text, {v: np.full(2, x) for v, x in truth.at.items()}, truth.by, scheme="central")
        results.append(reach.Measured(truth, got.value, got.bound, got.status, 0))
    figures = reach.reach(results)
    assert figures.digits >= 13
    assert figures.worst >= 6
    assert figures.held >= 0.99
    assert figures.width <= 20


@pytest.mark.parametrize("scheme", SCHEMES)
def test_random_formulas_keep_their_bounds(load: Callable[[str], ModuleType], scheme: str) -> None:
    formulas = load("test_running_error")
    generator = random.Random(4)
    fine = 0
    for _ in range(70):
        text, function = formulas.formula(generator, generator.choice([2, 3, 4]))
        at = {v: generator.uniform(-3, 3) * 10 ** generator.choice([0, 0, 0, 1, -1, -6]) for v in "xyz"}
        point = {v: mpf(x) for v, x in at.items()}
        with mp.workdps(60):
            if not abs(function(point)) < 1e12:
                continue
        for by in "xyz":
            with mp.workdps(200):

                def along(t: mpf, by: str = by, point: Any = point, function: Any = function) -> mpf:
                    return function({**point, by: t})

                truth = mp.diff(along, point[by], h=mpf(10) ** -60)
            got = one(f"f(x, y, z) = {text}", at, by, scheme=scheme)
            fine += got.status is Status.FINE
            with mp.workdps(60):
                check(got._replace(bound=got.bound + 1e-90), truth)
    assert fine >= 140


# --- oscillations ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("block", [False, True], ids=["point", "block"])
@pytest.mark.parametrize("scheme", SCHEMES)
def test_oscillations_are_right_or_flagged(scheme: str, block: bool) -> None:
    """From those that a step resolves to those beyond all digits."""
    generator = random.Random(5)
    for power in range(2, 18):
        for factor in ("1", "2.7", "7.3"):
            x = generator.uniform(0.3, 3.0)
            with mp.workdps(60):
                w = mpf(factor) * mpf(10) ** power
                wave, slope = mp.cos(w * mpf(x)), -w * mp.sin(w * mpf(x))
            for text, by, truth in (
                (f"sin({factor}e{power}*x)", "x", w * wave),
                (f"y^2*cos({factor}e{power}*x)", "y", 3 * wave),
                (f"y^2*cos({factor}e{power}*x)", "x", mpf("2.25") * slope),
            ):
                at: dict[str, Any] = {"x": x, "y": 1.5} if "y" in text else {"x": x}
                if block:
                    at = {v: np.full(2, number) for v, number in at.items()}
                got = one(text, at, by, scheme=scheme)
                with mp.workdps(60):
                    # A complex step in a block has no bound, but that of the value guards it.
                    check(got if got.bound == got.bound else got._replace(bound=1e-6 * float(abs(truth))), truth)


@pytest.mark.parametrize("block", [False, True], ids=["point", "block"])
@pytest.mark.parametrize("scheme", [*SCHEMES, "complex", "forward"])
def test_a_wave_beside_a_slope_is_not_stepped_over(scheme: str, block: bool) -> None:
    """Where doubles do not hold its phase, samples see but the slope beside it."""
    generator = random.Random(6)
    for power in range(2, 24):
        for height in ("1", "1e-3", "1e-6"):
            x = generator.uniform(0.3, 3.0)
            got = one(f"x + {height}*sin(1e{power}*x)", {"x": np.full(2, x) if block else x}, "x", scheme=scheme)
            with mp.workdps(60):
                truth = 1 + mpf(height) * mpf(10) ** power * mp.cos(mpf(10) ** power * mpf(x))
                check(got if got.bound == got.bound else got._replace(bound=1e-6 * float(abs(truth))), truth)


LOST_WAVES: list[tuple[str, float, Callable[[mpf], mpf]]] = [
    ("x + sin(1e20*x)", 1.93, lambda x: 1 + 10**20 * mp.cos(10**20 * x)),
    ("1e6*x + cos(x/1.28e-12)", 1.93e8, lambda x: 10**6 - mp.sin(x / mpf("1.28e-12")) / mpf("1.28e-12")),
    ("1e8*x + cos(x/1.28e-12)", 1.93e8, lambda x: 10**8 - mp.sin(x / mpf("1.28e-12")) / mpf("1.28e-12")),
    ("1e6*x + sinpi(x/1.28e-12)", 1.93e8,
     lambda x: 10**6 + mp.pi * mp.cospi(x / mpf("1.28e-12")) / mpf("1.28e-12")),
    ("1e20*x + sin(1e15*x)", 1.93, lambda x: 10**20 + 10**15 * mp.cos(10**15 * x)),
    ("x + exp(sin(1e17*x))", 1.93, lambda x: 1 + 10**17 * mp.cos(10**17 * x) * mp.exp(mp.sin(10**17 * x))),
    ("x + sin(x)", 1e22, lambda x: 1 + mp.cos(x)),
    ("x + sin(1e20*(x - 1))", 1.0, lambda x: mpf(1 + 10**20)),
]  # fmt: skip


@pytest.mark.parametrize("block", [False, True], ids=["point", "block"])
@pytest.mark.parametrize("scheme", [*SCHEMES, "forward"])
@pytest.mark.parametrize(("text", "x", "slope"), LOST_WAVES, ids=[text for text, _, _ in LOST_WAVES])
def test_a_slope_by_way_of_a_lost_wave_is_right_or_flagged(
    text: str, x: float, slope: Callable[[mpf], mpf], scheme: str, block: bool
) -> None:
    got = one(text, {"x": np.full(2, x) if block else x}, "x", scheme=scheme)
    with mp.workdps(60):
        check(got if got.bound == got.bound else got._replace(bound=1e-6 * abs(got.value)), slope(mpf(repr(x))))
    if scheme == "central":
        assert got.status is not Status.FINE
    curved = one(text, {"x": x}, ("x", "x"), scheme="central")
    assert curved.status is Status.NOT_CONVERGED


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize(
    ("text", "x", "slope"),
    [
        ("1e4*x + 1e-8*cos(1e6*x^2)", 0.3, lambda x: 10**4 - mpf("0.02") * x * mp.sin(10**6 * x**2)),
        ("1e4*x + 1e3*exp(sinc(1e9*x))", 1.1795034766820658,
         lambda x: 10**4 + 1000 * mp.exp(mp.sinc(10**9 * x)) * (mp.cos(10**9 * x) - mp.sinc(10**9 * x)) / x),
        ("x + sinc(1e9*(x - 0.3))^2", 1.735970325053571,
         lambda x: 1 + 2 * mp.sinc(w := 10**9 * (x - mpf("0.3"))) * (mp.cos(w) - mp.sinc(w)) / (x - mpf("0.3"))),
    ],
)  # fmt: skip
def test_large_steps_that_miss_a_wave_are_not_the_last(
    text: str, x: float, slope: Callable[[mpf], mpf], scheme: str
) -> None:
    """The wave is so low that all of them agree but for a millionth."""
    with mp.workdps(60):
        check(one(text, {"x": x}, "x", scheme=scheme), slope(mpf(repr(x))))


def test_a_smaller_complex_step_is_taken_where_one_is_too_large() -> None:
    got = one("x + sin(x)", {"x": 1e22}, "x")
    assert got.status is Status.FINE
    with mp.workdps(60):
        check(got, 1 + mp.cos(mpf(10) ** 22))


def test_a_wave_whose_phase_is_known_has_a_slope_however_fast_it_is() -> None:
    """1e20 times 0 is 0 exactly, and so is all that smaller steps make of it."""
    for scheme in SCHEMES:
        got = one("x + sin(1e20*x)", {"x": 0.0}, "x", scheme=scheme)
        assert got.status is Status.FINE
        check(got, mpf(1 + 10**20))


@pytest.mark.parametrize(
    ("text", "x", "w"),
    [
        ("sin(1e9*x)", 2.8406352029375976, 10**9),
        ("sin(2.7e10*x)", 2.5099988015470913, 27 * 10**9),
        ("sin(2.7e11*x)", 1.2886980847730234, 27 * 10**10),
        ("sin(2.7e13*x)", 2.7953335724550348, 27 * 10**12),
    ],
)
def test_steps_have_no_common_part_that_makes_an_oscillation_look_slow(text: str, x: float, w: int) -> None:
    """These look slow, at all of six steps that are multiples of one 128th."""
    with mp.workdps(60):
        check(one(text, {"x": x}, "x", scheme="central"), w * mp.cos(w * mpf(x)))


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize(
    ("text", "at", "by", "truth"),
    [
        ("x^2*cos(1000*y)", {"x": 1.5, "y": 1.0}, "y", lambda: -2250 * mp.sin(1000)),
        ("x^2*cos(1000*y)", {"x": 1.5, "y": 1.0}, "x", lambda: 3 * mp.cos(1000)),
        ("sin(1e6*x)", {"x": 1.0}, "x", lambda: 10**6 * mp.cos(10**6)),
        ("1e6 + x*y", {"x": 1e-3, "y": 1e-3}, "x", lambda: mpf(1e-3)),
        ("1e6 + x*y", {"x": 1.0, "y": 1e-9}, "x", lambda: mpf(1e-9)),
        ("1 + 1e-30*x", {"x": 0.0}, "x", lambda: mpf("1e-30")),
        ("a*b*c", {"a": 1e-30, "b": 1e30, "c": 3.0}, "a", lambda: 3 * mpf(1e30)),
    ],
)
def test_what_others_get_wrong(text: str, at: dict[str, float], by: str, truth: Callable[[], mpf], scheme: str) -> None:
    got = one(text, at, by, scheme=scheme)
    assert got.status is Status.FINE
    with mp.workdps(60):
        check(got, truth())


@pytest.mark.parametrize("block", [False, True], ids=["point", "block"])
@pytest.mark.parametrize("y", [1e3, 1e8])
@pytest.mark.parametrize("x", [1e-30, 1e-12, 1e-6, 1e-3, 0.5])
def test_bounds_hold_where_another_variable_hides_what_one_does(x: float, y: float, block: bool) -> None:
    """Only steps far larger than x change anything beyond rounding, and those step over all that there is."""
    at: dict[str, Any] = {v: np.full(2, number) if block else number for v, number in (("x", x), ("y", y))}
    with mp.workdps(120):
        r = mp.hypot(mpf(x), mpf(y))
        check(one("hypot(x, y)", at, "x", scheme="central"), x / r)
        check(one("sqrt(x^2 + y^2)", at, "x", scheme="central"), x / r)
        check(one("log(hypot(x, y))", at, ("x", "y")), -2 * x * mpf(y) / r**4)
        check(one("hypot(x, y)", at, ("x", "y")), -x * mpf(y) / r**3)


# --- powers whose exponents are whole by rounding ------------------------------------------------------------

AT_A_GAP = [
    ("(-(x - 1)^2)^(x + 1)", {"x": 1.0}, "x", Status.UNDEFINED),
    ("(-x^2)^(x + 2)", {"x": 0.0}, "x", Status.UNDEFINED),
    ("(-x^2)^(x + 1)", {"x": 0.0}, "x", Status.UNDEFINED),
    ("(-(x - y)^2)^(x + 1)", {"x": 1.0, "y": 1.0}, "x", Status.UNDEFINED),
    ("(-3)^(1 + 1e-20*x)", {"x": 0.0}, "x", Status.UNDEFINED),
    ("where(y > 0, (-3)^(1 + 1e-20*x), 0)", {"x": 0.0, "y": 1.0}, "x", Status.UNDEFINED),
    ("(x - 1)^2^x", {"x": 1.0}, "x", Status.ONE_SIDED),
]


@pytest.mark.parametrize("block", [False, True], ids=["point", "block"])
@pytest.mark.parametrize("scheme", [*SCHEMES, "complex"])
@pytest.mark.parametrize(("text", "at", "by", "status"), AT_A_GAP, ids=[case[0] for case in AT_A_GAP])
def test_an_exponent_that_moves_is_whole_by_rounding_alone(
    text: str, at: dict[str, float], by: str, status: Status, scheme: str, block: bool
) -> None:
    program = parse(text)
    name = f"df_d{by}"
    try:
        prepared = engine.prepare(program, [Partial("f"), Partial("f", (by,))], "finite-difference", {"scheme": scheme})
    except UsageError:
        assert scheme == "complex"  # it cannot pass through `where`
        return
    values = prepared.evaluate({v: np.full(2, x) for v, x in at.items()} if block else at)
    assert values.code(name) is status
    assert status is Status.ONE_SIDED or math.isnan(values[name][0])


@pytest.mark.parametrize("block", [False, True], ids=["point", "block"])
@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize(
    ("text", "at", "by", "slope"),
    [
        ("(-y)^x", {"x": 2.0, "y": 3.0}, "y", 6.0),
        ("(-x)^floor(x + 0.5)", {"x": 3.0}, "x", -27.0),
        ("where(x > 5, (-x)^(x + 1), x^2)", {"x": 3.0}, "x", 6.0),
        ("(-x)^where(x > 5, x, 2)", {"x": 3.0}, "x", 6.0),
    ],
)
def test_an_exponent_that_stays_is_whole(
    text: str, at: dict[str, float], by: str, slope: float, scheme: str, block: bool
) -> None:
    program = parse(text)
    point: dict[str, Any] = {v: np.full(2, x) for v, x in at.items()} if block else dict(at)
    name = f"df_d{by}"
    values = engine.prepare(program, [Partial("f", (by,))], "finite-difference", {"scheme": scheme}).evaluate(point)
    assert values.code(name) is Status.FINE
    assert float(values[name][0]) == pytest.approx(slope, rel=1e-9)


# --- branches ----------------------------------------------------------------------------------------------

NEAR_ONE: list[tuple[str, Callable[[mpf], mpf]]] = [
    ("abs(x - 1)", lambda x: mp.sign(x - 1)),
    ("abs(x - 1)*x", lambda x: mp.sign(x - 1) * (2 * x - 1)),
    ("max(x, 2 - x)^2", lambda x: 2 * x if x > 1 else 2 * x - 4),
    ("min(x, 1)*x", lambda x: 2 * x if x < 1 else mpf(1)),
    ("where(x < 1, sin(x), cos(x))", lambda x: mp.cos(x) if x < 1 else -mp.sin(x)),
    ("x*floor(x)", mp.floor),
    ("x*ceil(x)", mp.ceil),
    ("x*sign(x - 1)", lambda x: mp.sign(x - 1)),
    ("x^2*heaviside(x - 1)", lambda x: 2 * x if x > 1 else mpf(0)),
    ("mod(x, 1)^2", lambda x: 2 * (x - mp.floor(x))),
    ("x*(x//1)", mp.floor),
    ("x*round(x - 0.5)", lambda x: mpf(0) if x < 1 else mpf(1)),
    ("atan2(x - 1, -2)", lambda x: -2 / (4 + (x - 1) ** 2)),
    ("sqrt((x - 1)^2 + 1e-12)", lambda x: (x - 1) / mp.sqrt((x - 1) ** 2 + mpf("1e-12"))),
    ("exp(-((x - 1)*1e5)^2)", lambda x: -2 * (x - 1) * mpf(10) ** 10 * mp.exp(-(((x - 1) * 10**5) ** 2))),
    ("1/(x - 1)", lambda x: -1 / (x - 1) ** 2),
]


@pytest.mark.parametrize("block", [False, True], ids=["point", "block"])
@pytest.mark.parametrize(("text", "slope"), NEAR_ONE, ids=[text for text, _ in NEAR_ONE])
def test_beside_a_kink_a_jump_or_a_pole_numbers_are_right_or_flagged(
    text: str, slope: Callable[[mpf], mpf], block: bool
) -> None:
    for power in range(1, 17):
        for x in {1.0 - 10.0**-power, 1.0 + 10.0**-power} - {1.0}:
            got = one(text, {"x": np.full(2, x) if block else x}, "x", scheme="central")
            with mp.workdps(60):
                check(got._replace(bound=got.bound + 1e-300), slope(mpf(x)))


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize(
    ("text", "x", "slope"),
    [
        ("abs(x - 1)", 1.0 + 2.0**-45, 1.0),
        ("abs(x - 1)*x", 1.0 - 2.0**-45, -1.0),
        ("where(x < 1, x, x^2 + 5)", 1.0 - 2.0**-50, 1.0),
        ("x*floor(x)", 3.0 + 2.0**-48, 3.0),
    ],
)
def test_beside_a_kink_the_other_side_is_enough(text: str, x: float, slope: float, scheme: str) -> None:
    """No step to both sides stays on the branch; those to one side do."""
    got = one(text, {"x": x}, "x", scheme=scheme)
    assert got.status is Status.FINE
    assert got.value == pytest.approx(slope, rel=1e-9)


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize(
    ("text", "x"),
    [("abs(x)", 0.0), ("max(x, 2 - x)", 1.0), ("where(x < 1, x, x + 1)", 1.0), ("floor(x)", 2.0),
     ("abs(x) + abs(x - 1e-9)", 0.0), ("abs(x - 1) + 1e-7*x", 1.0), ("abs(x - 0.3)", 0.30000000000000004)],
)  # fmt: skip
def test_at_a_kink_or_jump_there_is_no_number(text: str, x: float, scheme: str) -> None:
    """Nor where rounding leaves open on which side the point is."""
    got = one(text, {"x": x}, "x", scheme=scheme)
    assert got.status is Status.UNRESOLVED
    assert math.isnan(got.value)


@pytest.mark.parametrize(
    ("text", "status"), [("abs(x)", Status.KINK), ("sqrt(x)", Status.VERTICAL), ("floor(x)", Status.JUMP)]
)
@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("block", [False, True], ids=["point", "block"])
def test_the_engine_says_what_there_is_instead(text: str, status: Status, scheme: str, block: bool) -> None:
    program = parse(text)
    prepared = engine.prepare(program, engine.wanted(program), "finite-difference", {"scheme": scheme})
    values = prepared.evaluate({"x": np.array([0.0, 1.5]) if block else 0.0})
    assert values.status["df_dx"][0] == status


@pytest.mark.parametrize("block", [False, True], ids=["point", "block"])
@pytest.mark.parametrize("scheme", [*SCHEMES, "forward"])
@pytest.mark.parametrize(
    ("text", "by"),
    [("max(x, y)*y", "x"), ("where(x > 1, y, x)", "x"), ("floor(x)*y", "x"), ("where(x > y, sin(y), x)", "y")],
)
def test_a_variable_that_the_branch_does_not_have_gives_exactly_zero(
    text: str, by: str, scheme: str, block: bool
) -> None:
    at: dict[str, Any] = {"x": 2.5, "y": 3.0}
    if block:
        at = {v: np.array([x, x]) for v, x in at.items()}
    assert one(text, at, by, scheme=scheme) == Got(0.0, 0.0, Status.FINE)


@pytest.mark.parametrize("block", [False, True], ids=["point", "block"])
def test_a_variable_that_the_component_does_not_have_gives_zero_at_its_ties_too(block: bool) -> None:
    program = parse("f = abs(x); g = y")
    at: dict[str, Any] = {"x": 0.0, "y": 3.0}
    values = BACKEND.prepare(program, [Partial("f", ("y",))], {}).evaluate(
        {v: np.array([x, x]) for v, x in at.items()} if block else at
    )
    assert values["df_dy"][0] == 0.0
    assert values.status["df_dy"] is None


def test_a_given_step_does_not_cross_either() -> None:
    got = one("abs(x - 1)", {"x": 0.99}, "x", scheme="forward", step="0.1")
    assert got.status is Status.NOT_CONVERGED
    assert one("abs(x - 1)", {"x": 0.99}, "x", scheme="forward", step="1e-3").value == pytest.approx(-1.0, abs=1e-10)


WITHOUT_SIDES = {
    **dict.fromkeys(("pow", "besselj", "besseli"), "an edge at 0 only"),
    "hypot": "a kink in one point, around which all is one branch",
}


@pytest.mark.parametrize("name", [row.name for row in OPERATIONS.values() if row.ties])
def test_every_operation_with_a_tie_has_a_decision(name: str) -> None:
    """What the table says may tie is compared between samples, or stands here with the reason."""
    row = OPERATIONS[name]
    arguments = ", ".join("xy"[: row.arity or 2])
    call = f"{(row.aliases or (row.name,))[0]}({arguments})"
    if row.kind == "bool":
        call = f"where(x {row.spelling} y, x, y)"
    assert bool(find_branches(parse(call), parse(call).outputs[0].ref).decisions) == (name not in WITHOUT_SIDES)


def test_the_cut_of_the_angle_is_on_one_side_only() -> None:
    assert one("atan2(x, y)", {"x": -1.0, "y": 0.0}, "y", scheme="central").value == pytest.approx(1.0, rel=1e-10)
    got = one("atan2(x, y)", {"x": -1e-9, "y": -1.0}, "x", scheme="central")
    assert got.status is Status.FINE
    assert got.value == pytest.approx(-1.0, rel=1e-9)


# --- rounding errors in blocks ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "at", "truth"),
    [
        ("(1 - cos(x))/x^2", {"x": 2.0**-20}, lambda x: (1 - mp.cos(x)) / x**2),
        ("sqrt(x^2 + 1) - x", {"x": 12345.0}, lambda x: mp.sqrt(x**2 + 1) - x),
        ("sin(1e6*x)", {"x": 1.2345}, lambda x: mp.sin(10**6 * x)),
        ("x^y - y^x", {"x": 2.7182, "y": 2.7183}, lambda x, y: x**y - y**x),
        ("where(x > y, exp(x) - exp(y), log(-x))", {"x": 1.0001, "y": 1.0}, lambda x, y: mp.exp(x) - mp.exp(y)),
        ("sinh(x)/cosh(x) - 1", {"x": 9.5}, lambda x: mp.tanh(x) - 1),
        ("max(x*y, 0.1)*erf(x)", {"x": 0.7, "y": 1.3}, lambda x, y: x * y * mp.erf(x)),
    ],
)
def test_bounds_as_a_program_hold(text: str, at: dict[str, float], truth: Callable[..., mpf]) -> None:
    """The value's error in a block is below the bound, and that is of use."""
    program = parse(text)
    found = error_program(program, (program.outputs[0].ref,))
    assert found is not None
    extended, (bound,) = found
    columns = {v: x * (1 + np.linspace(0, 1e-3, 40)) for v, x in at.items()}
    values, bounds = ArrayEvaluator(extended, (program.outputs[0].ref, bound)).evaluate(columns)
    ratios = []
    for row in range(40):
        with mp.workdps(60):
            error = abs(mpf(float(values[row])) - truth(*(mpf(float(column[row])) for column in columns.values())))
        assert error <= bounds[row]
        ratios.append(float(bounds[row]) / max(float(error), 1e-300))
    assert np.median(ratios) < 100


def test_an_operation_without_derivative_has_no_bound_as_a_program() -> None:
    program = parse("polygamma(x*0.1, y)")
    assert error_program(program, (program.outputs[0].ref,)) is None

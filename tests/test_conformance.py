"""One suite for every backend: each gives the right numbers of every case, at points and in blocks.

The expected numbers are those of `cases.json`, which mpmath made. What a backend promises is read from its
capabilities; nothing here knows how it works. Backends that are wrong on purpose must fail.
"""

from __future__ import annotations

import json
import math
import random
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np
import pytest
from mpmath import mp, mpf

from gradcli import engine
from gradcli.backends import Backend, Options, Points, Prepared, backend_names, get_backend
from gradcli.evaluation import Evaluation
from gradcli.language.document import parse
from gradcli.naming import Partial
from gradcli.program import Program
from gradcli.results import Status, Values

CASES: list[dict[str, Any]] = json.loads(Path(__file__).with_name("cases.json").read_text(encoding="utf-8"))
NAMES = [case["name"] for case in CASES]

AT_POINTS = [name for name in backend_names() if not get_backend(name).capabilities.grids_only]
"""The backends that evaluate any point; those for grids have tests of their own."""

LOOSER = 1e3  # by so much a second partial may be worse than a first one, for which a tolerance is declared

EXCLUDED: dict[tuple[str, str, int], str] = {
    ("symbolic", "hypot, large", 2): "SymPy's formula, y^2/(x^2 + y^2)^(3/2), overflows on the way: it says unresolved",
}
"""Backend, case and order that are left out, and why."""


@pytest.fixture(autouse=True)
def fifty_digits() -> Iterator[None]:
    with mp.workdps(50):
        yield


class Expected(NamedTuple):
    """A number, and how large a number of its kind is at the point (for what is zero or cancels)."""

    value: mpf
    scale: mpf


def expected(case: Mapping[str, Any], partial: Partial) -> Expected:
    """What the data say of a partial."""
    data = case["outputs"][partial.output]
    sizes = {name: abs(mpf(text)) or mpf(1) for name, text in case["point"].items()}
    value, scale = mpf(data["value"]), abs(mpf(data["value"])) / mp.fprod(sizes[v] for v in partial.by)
    if partial.order == 1:
        value = mpf(data["partials"][partial.by[0]])
    elif partial.order == 2:
        value = mpf(data["hessian"][" ".join(partial.by)])
        a, b = partial.by
        scale = max(scale, abs(mpf(data["partials"][a])) / sizes[b], abs(mpf(data["partials"][b])) / sizes[a])
    return Expected(value, max(scale, abs(value)))


def partials_of(program: Program, order: int) -> tuple[Partial, ...]:
    return engine.wanted(program, order=order)


def check_number(backend: Backend, case: Mapping[str, Any], values: Values, partial: Partial, row: int) -> None:
    """Raises AssertionError unless the number is right, within its bound, and says so if it is not fine."""
    name = partial.name
    got = float(values[name][row])
    want = expected(case, partial)
    status, bound = status_at(values, name, row), bound_at(values, name, row)
    what = f"{backend.name}: {name} of '{case['text']}' is {got!r}, {status.name}; expected {mp.nstr(want.value, 17)}"
    assert status in (Status.FINE, Status.IMPRECISE), what
    assert math.isfinite(got), what
    error = abs(mpf(got) - want.value)
    if bound is not None:
        assert error <= mpf(bound) * mpf("1.001") + mpf("1e-323"), f"{what}; bound {bound}"
    if status is Status.IMPRECISE:
        assert bound is not None, what
        return
    allowed = backend.capabilities.tolerance * (LOOSER if partial.order > 1 else 1.0)
    if backend.capabilities.formulas and want.value:
        allowed *= abs(want.value)
    else:
        allowed *= want.scale
    assert error <= allowed, f"{what}; off by {mp.nstr(error / want.scale, 3)}"


def conform(backend: Backend, case: Mapping[str, Any], order: int) -> None:
    """Raises AssertionError unless the backend gives all partials of a case up to an order, in both forms."""
    program = parse(case["text"])
    partials = partials_of(program, order)
    prepared = Evaluation(program, backend.prepare(program, partials, {}))
    point = {name: float(text) for name, text in case["point"].items()}
    block = {name: np.full(3, value) for name, value in point.items()}
    single, several = prepared.evaluate(point), prepared.evaluate(block)
    assert single.partials == several.partials == partials
    for partial in partials:
        check_number(backend, case, single, partial, 0)
        # Without bounds a block cannot say that a number is imprecise: it is held to what the point says.
        if several.error.get(partial.name) is not None or status_at(single, partial.name, 0) is Status.FINE:
            check_number(backend, case, several, partial, 1)


@pytest.mark.parametrize("case", CASES, ids=NAMES)
@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("name", AT_POINTS)
def test_every_backend_gives_every_case(name: str, order: int, case: dict[str, Any]) -> None:
    if (name, case["name"], order) in EXCLUDED:
        pytest.skip(EXCLUDED[name, case["name"], order])
    backend = get_backend(name)
    highest = backend.capabilities.max_order
    assert highest is None or highest >= 1
    if highest is None or order <= highest:
        conform(backend, case, order)


def test_the_cases_are_many_and_their_names_differ() -> None:
    assert len(CASES) >= 60
    assert len(set(NAMES)) == len(NAMES)
    assert all(any(key[1] == name for name in NAMES) for key in EXCLUDED)


def test_the_data_are_what_the_script_makes(make_cases: ModuleType) -> None:
    assert make_cases.make() == make_cases.PATH.read_text(encoding="utf-8")


# --- backends that are wrong must fail ----------------------------------------------------------------------


class Mutant:
    """A backend whose partials are spoiled."""

    aliases = ()
    summary = "wrong on purpose"

    def __init__(self, name: str, factor: float) -> None:
        self.name = name
        self.factor = factor
        self.right = get_backend("autodiff")
        self.capabilities = self.right.capabilities

    def prepare(self, program: Program, partials: Sequence[Partial], options: Options) -> Prepared:
        return _Spoiled(self.right.prepare(program, partials, options), self.factor)


class _Spoiled:
    def __init__(self, right: Prepared, factor: float) -> None:
        self.right = right
        self.factor = factor
        self.partials = right.partials
        self.program = right.program

    def evaluate(self, points: Points, bounded: bool = False) -> Values:
        values = self.right.evaluate(points)
        columns = dict(values.columns)
        for partial in self.partials:
            if partial.by:
                columns[partial.name] = [self.factor * number for number in columns[partial.name]]
        return Values(self.partials, columns, {}, values.status, values.cause, values.program)


@pytest.mark.parametrize("case", CASES, ids=NAMES)
@pytest.mark.parametrize(("name", "factor"), [("zero", 0.0), ("wrong sign", -1.0), ("a bit off", 1 + 1e-9)])
def test_a_wrong_backend_fails(name: str, factor: float, case: dict[str, Any]) -> None:
    slopes = [mpf(text) for data in case["outputs"].values() for text in data["partials"].values()]
    assert any(slopes) or case["name"] == "power at zero"
    if any(slopes):
        with pytest.raises(AssertionError):
            conform(Mutant(name, factor), case, 1)


# --- laws ---------------------------------------------------------------------------------------------------


def jacobian(prepared: Evaluation, program: Program, point: Points) -> list[list[float]]:
    values = prepared.evaluate(point)
    return [[values[Partial(o.name, (v,)).name][0] for v in program.variables] for o in program.outputs]


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_forward_and_reverse_mode_are_transposes(case: dict[str, Any]) -> None:
    """(v, Jw) with the forward mode's J is (J'v, w) with the reverse mode's."""
    program = parse(case["text"])
    point = {name: float(text) for name, text in case["point"].items()}
    forward, reverse = (
        jacobian(engine.prepare(program, partials_of(program, 1), "autodiff", {"mode": mode}), program, point)
        for mode in ("forward", "reverse")
    )
    generator = random.Random(case["name"])
    w = [generator.uniform(-1.0, 1.0) * (abs(x) or 1.0) for x in point.values()]
    v = [generator.uniform(-1.0, 1.0) for _ in program.outputs]
    terms = [(v[i] * forward[i][j] * w[j], v[i] * reverse[i][j] * w[j]) for i in range(len(v)) for j in range(len(w))]
    there, back = math.fsum(a for a, _ in terms), math.fsum(b for _, b in terms)
    assert abs(there - back) <= 1e-13 * sum(abs(a) for a, _ in terms)


@pytest.mark.parametrize("case", CASES, ids=NAMES)
@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("name", AT_POINTS)
def test_the_remainder_of_taylors_series_falls_as_it_should(
    name: str, order: int, case: dict[str, Any], make_cases: ModuleType
) -> None:
    """What the series of an order leaves over falls with the next power of the step; the function is mpmath's."""
    backend = get_backend(name)
    if (name, case["name"], order) in EXCLUDED:
        pytest.skip(EXCLUDED[name, case["name"], order])
    if order > 1 and not backend.capabilities.formulas:
        pytest.skip("second differences are too coarse to see a third-order remainder")
    program = parse(case["text"])
    prepared = engine.prepare(program, partials_of(program, order), name)
    values = prepared.evaluate({v: float(text) for v, text in case["point"].items()})
    functions = next(c for c in make_cases.CASES if c.name == case["name"]).outputs
    at = {v: mpf(text) for v, text in case["point"].items()}
    generator = random.Random(case["name"])
    along = {v: (abs(x) or mpf(1)) * mpf(generator.uniform(0.25, 1.0)) for v, x in at.items()}
    for output in program.outputs:
        terms = []
        for by in (p.by for p in prepared.partials if p.output == output.name):
            number = mpf(values[Partial(output.name, by).name][0]) if by else functions[output.name](*at.values())
            repeated = 2 if len(by) == 2 and by[0] != by[1] else 1
            terms.append((len(by), number * mp.fprod(along[v] for v in by) * repeated / mp.factorial(len(by))))

        def remainder(step: mpf, terms: list[Any] = terms, output: str = output.name) -> mpf:
            exact = functions[output](*(x + step * along[v] for v, x in at.items()))
            return abs(exact - mp.fsum(term * step**power for power, term in terms))

        step = mpf(2) ** -14
        large, small = remainder(step), remainder(step / 2)
        size = mp.fsum(abs(term) for _, term in terms)
        noise = 4 * backend.capabilities.tolerance * size * step
        assert large <= noise or mp.log(large / small, 2) > order + 0.8, (output.name, large, small)


# --- points and blocks --------------------------------------------------------------------------------------

FACTORS = (1.0, 1.0078125, 0.9921875, -1.0, 0.0, 1000.0, 0.001)


def same_kind(a: Status, b: Status) -> bool:
    """Whether two statuses say the same; a block has no bounds, so it cannot say that a number is imprecise."""
    return a == b or {a, b} == {Status.FINE, Status.IMPRECISE}


def bound_at(values: Values, name: str, row: int) -> float | None:
    """The bound of a number; in a block nan stands for none."""
    bounds = values.error.get(name)
    return None if bounds is None or math.isnan(bounds[row]) else float(bounds[row])


def status_at(values: Values, name: str, row: int) -> Status:
    codes = values.status.get(name)
    return Status.FINE if codes is None else Status(int(codes[row]))


def cancelled(values: Values, output: str) -> bool:
    """Whether digits of a value itself are lost at a point."""
    bound = bound_at(values, output, 0)
    return bound is not None and bound > 1e-12 * abs(values[output][0])


@pytest.mark.parametrize("case", CASES, ids=NAMES)
@pytest.mark.parametrize("name", AT_POINTS)
def test_blocks_equal_single_points(name: str, case: dict[str, Any]) -> None:
    """A block gives the numbers of its points one by one up to a few roundings, and the same statuses.

    The points are the case's, moved near, far, to the other side and to zero, so that many are undefined.
    """
    program = parse(case["text"])
    prepared = engine.prepare(program, partials_of(program, 1), name)
    at = {v: float(text) for v, text in case["point"].items()}
    columns = {v: np.array([x * factor for factor in FACTORS]) for v, x in at.items()}
    block = prepared.evaluate(columns)
    for row, factor in enumerate(FACTORS):
        single = prepared.evaluate({v: x * factor for v, x in at.items()})
        for partial in prepared.partials:
            column = partial.name
            if partial.by and not get_backend(name).capabilities.formulas and cancelled(single, partial.output):
                continue  # blocks have no bounds of rounding errors, so differences there cannot know of it
            a, b = status_at(single, column, 0), status_at(block, column, row)
            assert same_kind(a, b), (column, factor, a, b)
            if a.has_number:
                known = [bound_at(single, column, 0), bound_at(block, column, row)]
                bound = sum(b for b in known if b is not None) or 1e-13 * abs(single[column][0])
                gap = abs(single[column][0] - block[column][row])
                assert gap <= 8.0 * bound, (column, factor, single[column][0], block[column][row], bound)
            else:
                assert math.isnan(single[column][0])
                assert math.isnan(block[column][row])


@pytest.mark.parametrize("name", AT_POINTS)
@pytest.mark.parametrize("text", ["x^2*sin(y)/sqrt(x - 1) + erf(x*y)", "where(x > y, log(x - y), max(x, y)^3)"])
def test_a_block_is_the_same_however_it_is_split(name: str, text: str) -> None:
    """Row by row the very same doubles and codes, whatever stands in the rows beside."""
    program = parse(text)
    prepared = engine.prepare(program, partials_of(program, 1), name)
    count = 20_000 if get_backend(name).capabilities.formulas else 150
    generator = np.random.default_rng(20261123)
    columns = {v: generator.uniform(-1.0, 5.0, count) for v in program.variables}
    columns["y"][: count // 50] = columns["x"][: count // 50]  # ties
    whole = prepared.evaluate(columns)
    for cuts in ([1, 8, 9], [count // 3], [count - 1]):
        parts = [prepared.evaluate(dict(zip(columns, row, strict=True))) for row in
                 zip(*(np.split(column, cuts) for column in columns.values()), strict=True)]  # fmt: skip
        for partial in prepared.partials:
            joined = np.concatenate([np.asarray(part[partial.name]) for part in parts])
            assert np.array_equal(joined, whole[partial.name], equal_nan=True)
            lengths = [len(part[partial.name]) for part in parts]
            codes = [
                part.status.get(partial.name) if part.status.get(partial.name) is not None else np.zeros(n, np.uint8)
                for part, n in zip(parts, lengths, strict=True)
            ]
            own = whole.status.get(partial.name)
            assert np.array_equal(np.concatenate(codes), np.zeros(count, np.uint8) if own is None else own)


def test_single_numbers_among_columns_are_the_same_as_full_columns() -> None:
    prepared = engine.prepare(parse("x^2*exp(y)/z"), partials_of(parse("x^2*exp(y)/z"), 1))
    x = np.linspace(0.5, 2.0, 100)
    mixed = prepared.evaluate({"x": x, "y": 0.25, "z": 3.0})
    full = prepared.evaluate({"x": x, "y": np.full(100, 0.25), "z": np.full(100, 3.0)})
    for partial in prepared.partials:
        np.testing.assert_allclose(mixed[partial.name], full[partial.name], rtol=1e-15)

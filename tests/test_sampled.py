"""Derivatives of sampled arrays: numpy.gradient to the last bit, and polynomials, whose derivatives are exact."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from gradcli import sampled
from gradcli.differences import even_step, numpy_formulas, stencil_formulas
from gradcli.errors import GradcliError, UsageError
from gradcli.sampled import Differentiation, Field, GridAxis, differentiate
from gradcli.spacing import Spacing, doubts, for_axes

Array = np.ndarray[Any, np.dtype[Any]]


def gradient(f: Array, *spacings: Any, axis: Any = None, edge_order: int = 1, slab: int = sampled.SLAB) -> list[Array]:
    """As numpy.gradient, by way of everything that the command calls."""
    shape = f.shape
    axes = list(range(f.ndim)) if axis is None else [a % f.ndim for a in np.atleast_1d(axis)]
    given = for_axes(shape, axes, [Spacing(np.asarray(s) if np.ndim(s) else s, "s") for s in spacings])
    by_axis = dict(zip(axes, given, strict=True))
    names = [str(k) for k in range(f.ndim)]
    grid = tuple(GridAxis(names[k], shape[k], by_axis[k].value if k in by_axis else 1.0) for k in range(f.ndim))
    field = Field(grid, {"f": f})
    plan = Differentiation(field, edge_order)
    found = []
    for k in axes:
        derivative = sampled.partial("f", (names[k],))
        plan.check(derivative)
        step = max(1, slab)
        rows = [(start, min(start + step, shape[0])) for start in range(0, shape[0], step)] or [(0, 0)]
        found.append(np.concatenate([plan.rows(derivative, *pair) for pair in rows]))
    return found


# --- numpy.gradient ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("spacings", "expected"),
    [
        ((), [1.0, 1.5, 2.5, 3.5, 4.5, 5.0]),
        ((2.0,), [0.5, 0.75, 1.25, 1.75, 2.25, 2.5]),
        ((np.array([0.0, 1.0, 1.5, 3.5, 4.0, 6.0]),), [1.0, 3.0, 3.5, 6.7, 6.9, 2.5]),
    ],
)
def test_known_answers(spacings: tuple[Any, ...], expected: list[float]) -> None:
    """By hand: quotients of neighbours, and parabolas through three points."""
    assert gradient(np.array([1.0, 2.0, 4.0, 7.0, 11.0, 16.0]), *spacings)[0] == pytest.approx(expected, rel=1e-15)


def test_two_axes_by_hand() -> None:
    rows, columns = gradient(np.array([[1.0, 2.0, 6.0], [3.0, 4.0, 5.0]]), 2.0, np.array([1.0, 1.5, 3.5]))
    assert rows.tolist() == [[1.0, 1.0, -0.5], [1.0, 1.0, -0.5]]
    assert columns == pytest.approx(np.array([[2.0, 2.0, 2.0], [2.0, 1.7, 0.5]]), rel=1e-15)


KINDS = ("f8", "f4", "f2", "i8", "i2", "u1", "u4", "c16", "c8", "m8[s]", "M8[D]")


def random_spacing(generator: np.random.Generator, size: int) -> Any:
    choice = generator.integers(7)
    if choice == 0:
        return float(generator.normal())
    if choice == 1:
        return np.cumsum(generator.uniform(0.1, 1.0, size))
    if choice == 2:
        return generator.normal(size=size).astype("f4")
    if choice == 3:
        return np.arange(size) * int(generator.integers(-3, 4))
    if choice == 4:
        return np.cumsum(generator.integers(1, 3, size)).astype(generator.choice(["u1", "i4"]))
    if choice == 5:
        return np.linspace(-1.0, 1.0, size)
    return generator.normal(size=max(0, size + int(generator.integers(-1, 2))))


def random_call(generator: np.random.Generator) -> tuple[Array, list[Any], Any, int]:
    shape = tuple(int(n) for n in generator.integers(0 if generator.random() < 0.1 else 1, 7, generator.integers(1, 4)))
    kind = str(generator.choice(KINDS))
    f = 50.0 * generator.normal(size=shape)
    f = np.abs(f).astype("i8").astype(kind) if kind[0] in "iumM" else f.astype(kind)
    if kind[0] == "f" and f.size and generator.random() < 0.2:
        f.reshape(-1)[generator.integers(f.size)] = generator.choice([np.nan, np.inf])
    if generator.random() < 0.3:
        f = np.asfortranarray(f)
    if generator.random() < 0.2:
        f = f[::-1]
    axes: Any = None
    if generator.random() < 0.6:
        chosen = [int(a) for a in generator.permutation(f.ndim)[: generator.integers(1, f.ndim + 1)]]
        axes = tuple(a - f.ndim if generator.random() < 0.3 else a for a in chosen)
    count = f.ndim if axes is None else len(axes)
    sizes = shape if axes is None else [shape[a] for a in axes]
    if generator.random() < 0.1:
        count += 1
        sizes = [*sizes, 3]
    spacings = [random_spacing(generator, sizes[k]) for k in range(count)]
    if generator.random() < 0.4:
        spacings = spacings[:1] if generator.random() < 0.5 else []
    return f, spacings, axes, int(generator.integers(1, 3))


@pytest.mark.parametrize("seed", range(12))
def test_every_call_gives_what_numpy_gives(seed: int) -> None:
    """The same bits, kinds of numbers and refusals, over random calls, and in slabs as at once."""
    generator = np.random.default_rng([20261123, seed])
    answered = refused = 0
    for _ in range(150):
        f, spacings, axis, edge_order = random_call(generator)
        try:
            with np.errstate(all="ignore"):
                wanted = np.gradient(f, *spacings, axis=axis, edge_order=edge_order)
        except (ValueError, TypeError, IndexError):
            refused += 1
            with pytest.raises(GradcliError):
                gradient(f, *spacings, axis=axis, edge_order=edge_order)
            continue
        answered += 1
        wanted = wanted if isinstance(wanted, tuple) else (wanted,)
        for slab in (sampled.SLAB, int(generator.integers(1, 4))):
            found = gradient(f, *spacings, axis=axis, edge_order=edge_order, slab=slab)
            assert len(found) == len(wanted)
            for a, b in zip(found, wanted, strict=True):
                assert a.dtype == b.dtype
                assert a.shape == b.shape
                assert a.tobytes() == np.ascontiguousarray(b).tobytes(), (f, spacings, axis, edge_order, slab)
    assert answered > 50
    assert refused > 5


@pytest.mark.parametrize(
    ("shape", "spacings", "axis", "edge_order", "message"),
    [
        ((5, 5), [np.ones(5)], None, 1, "1 spacing for 2 axes"),
        ((5, 5), [1.0, 1.0, 1.0], None, 1, "3 spacings for 2 axes"),
        ((5, 5), [np.ones((5, 2)), 1.0], None, 1, "have 2 dimensions, not one"),
        ((5, 4), [np.arange(4.0), np.arange(5.0)], None, 1, "axis 0 has 5 samples and 's' 4 coordinates"),
        ((1,), [], None, 1, "edge order 1 needs 2 samples along an axis, not 1 .axis 0."),
        ((2,), [], None, 2, "edge order 2 needs 3 samples"),
    ],
)
def test_what_numpy_refuses_is_refused_with_the_reason(
    shape: tuple[int, ...], spacings: list[Any], axis: Any, edge_order: int, message: str
) -> None:
    f = np.zeros(shape)
    with pytest.raises((ValueError, TypeError)):
        np.gradient(f, *spacings, axis=axis, edge_order=edge_order)
    with pytest.raises(UsageError, match=message):
        gradient(f, *spacings, axis=axis, edge_order=edge_order)


# --- stencils ---------------------------------------------------------------------------------------------

PLACES = {
    "even": np.arange(14) * 0.25 - 1.0,
    "descending": 1.0 - np.arange(14) * 0.25,
    "uneven": np.array([-2.0, -1.7, -1.2, -1.1, -0.6, -0.1, 0.0, 0.4, 0.5, 0.9, 1.3, 1.4, 1.9, 2.0]),
}


def falling(power: int, order: int) -> int:
    """`power*(power - 1)*...`: the factor of the derivative of a power."""
    return math.perm(power, order) if order <= power else 0


@pytest.mark.parametrize("places", PLACES.values(), ids=PLACES)
@pytest.mark.parametrize("accuracy", [2, 4, 6, 8])
@pytest.mark.parametrize("order", [1, 2, 3])
def test_an_accuracy_is_exact_for_polynomials_up_to_its_degree_and_no_further(
    order: int, accuracy: int, places: Array
) -> None:
    along = stencil_formulas(len(places), places, order, accuracy)
    for power in range(order + accuracy):
        wanted = falling(power, order) * places ** max(0, power - order)
        scale = falling(power, order) * 2.0 ** max(0, power - order) + 1e-2
        assert np.abs(differentiate(places**power, along, 0) - wanted).max() <= 1e-7 * scale, power
    beyond = order + accuracy + 1  # a symmetric formula may be exact for one degree more
    wrong = differentiate(places**beyond, along, 0) - falling(beyond, order) * places ** (beyond - order)
    assert np.abs(wrong[[0, -1]]).min() > 1e-6


def test_whole_samples_give_whole_derivatives() -> None:
    """2 x^2 on a grid of 25: no rounding in the weights, inside or at the ends."""
    x = np.arange(-100.0, 101.0, 25.0)
    for accuracy in (2, 4, 6, 8):
        assert differentiate(2 * x**2, stencil_formulas(9, 25.0, 1, accuracy), 0).tolist() == (4 * x).tolist()
        if accuracy < 8:
            assert differentiate(2 * x**2, stencil_formulas(9, 25.0, 2, accuracy), 0).tolist() == [4.0] * 9


def test_constants_have_no_derivative_whatever_their_size() -> None:
    for places in PLACES.values():
        assert not differentiate(np.full(14, 1e300 / 3.0), stencil_formulas(14, places, 1, 8), 0).any()


@pytest.mark.parametrize(("accuracy", "bound"), [(2, 2.0e-2), (4, 2.5e-3), (6, 4.0e-4), (8, 7.0e-5)])
def test_periodic_data_have_no_ends(accuracy: int, bound: float) -> None:
    """sin on 16 points: the error of the stencils of accuracy p is about c*h^p, with c of 1/6, 1/30, 1/140, 1/630."""
    angles = np.arange(16) * (2 * np.pi / 16)
    coefficient = {2: 6, 4: 30, 6: 140, 8: 630}[accuracy]
    wanted = np.cos(angles)
    found = differentiate(np.sin(angles), stencil_formulas(16, 2 * np.pi / 16, 1, accuracy, 2 * np.pi), 0)
    assert np.abs(found - wanted).max() <= (2 * np.pi / 16) ** accuracy / coefficient
    assert np.abs(found - wanted).max() <= 3 * bound
    jagged = np.sort(np.random.default_rng(1).permutation(64)[:40]) * (2 * np.pi / 64)
    uneven = differentiate(np.sin(jagged), stencil_formulas(40, jagged, 1, accuracy, 2 * np.pi), 0)
    assert np.abs(uneven - np.cos(jagged)).max() <= 0.05


def test_a_period_may_leave_a_gap() -> None:
    """Samples at 0, 1, 2, 3 of a function of period 6: the ends are 3 apart."""
    places = np.arange(4.0)
    f = np.cos(places * (np.pi / 3))
    wanted = -np.sin(places * (np.pi / 3)) * np.pi / 3
    found = differentiate(f, stencil_formulas(4, 1.0, 1, 2, 6.0), 0)
    assert found == pytest.approx(differentiate(f, stencil_formulas(4, places, 1, 2, 6.0), 0), rel=1e-14)
    assert np.abs(found - wanted).max() < 0.4
    assert np.abs(found - wanted)[1:3].max() < 0.2


def test_gaps_that_differ_by_more_than_rounding_are_uneven() -> None:
    assert even_step(11, np.linspace(-1.0, 1.0, 11)) == pytest.approx(0.2)
    assert even_step(11, 1e9 + np.arange(11) * 0.5) == 0.5
    assert even_step(4, 1.6e9 + np.array([0.0, 1e-6, 3e-6, 4e-6])) is None
    assert even_step(4, np.array([0.0, 1.0, 2.0, 3.0 + 1e-9])) is None
    times = 1.6e9 + np.array([0.0, 1.0, 3.0, 4.0, 6.0, 7.0]) * 2.0**-20
    slope = differentiate(times - times[0], stencil_formulas(6, times, 1, 4), 0)
    assert slope == pytest.approx(np.ones(6), rel=1e-12)


def test_tiny_and_huge_gaps_do_not_matter() -> None:
    for unit in (1e-120, 1e120):
        places = PLACES["uneven"] * unit
        found = differentiate(PLACES["uneven"] ** 2, stencil_formulas(14, places, 1, 8), 0)
        assert found * unit == pytest.approx(2 * PLACES["uneven"], abs=1e-9)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: stencil_formulas(4, 1.0, 1, 4), "order 1 with accuracy 4 needs 5 samples along an axis, not 4"),
        (lambda: stencil_formulas(6, 0.0, 1, 2), "0 apart"),
        (lambda: stencil_formulas(4, np.array([0.0, 1.0, 1.0, 3.0]), 1, 2), "at the same place"),
        (lambda: numpy_formulas(5, 0.0, 2), "0 apart"),
        (lambda: sampled.divergence(["u"], ["x", "y"]), "pairs components with axes: here are 1 .u. and 2 .x, y."),
        (lambda: sampled.curl(["u"], ["x"]), "a curl has 2 or 3 components, not 1"),
    ],
)
def test_what_makes_no_formula(call: Any, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        call()


# --- fields -----------------------------------------------------------------------------------------------


def cube(
    *functions: Any, sizes: tuple[int, ...] = (9, 10, 11), accuracy: int | None = 6
) -> tuple[Differentiation, Any]:
    """Functions of x, y, z, sampled on a grid of its own spacing in each direction, and the coordinates."""
    axes = tuple(GridAxis(name, size, 0.1 * (k + 1)) for k, (name, size) in enumerate(zip("xyz", sizes, strict=False)))
    places = np.meshgrid(*(axis.coordinates() for axis in axes), indexing="ij")
    field = Field(axes, {name: function(*places) for name, function in zip("uvw", functions, strict=False)})
    return Differentiation(field, 1, accuracy), places


def whole(plan: Differentiation, derivative: sampled.Derivative, slab: int = 2) -> Array:
    plan.check(derivative)
    rows = plan.field.shape[0]
    return np.concatenate([plan.rows(derivative, k, min(k + slab, rows)) for k in range(0, rows, slab)])


def test_mixed_partials_by_hand() -> None:
    plan, (x, y, z) = cube(lambda x, y, z: x**3 * y**2 + z**4 * x)
    for by, wanted in [
        (("x", "y"), 6 * x**2 * y),
        (("y", "x"), 6 * x**2 * y),
        (("x", "x"), 6 * x * y**2),
        (("x", "z"), 4 * z**3),
        (("x", "x", "y"), 12 * x * y),
        (("z", "z"), 12 * z**2 * x),
        (("y", "z"), 0 * x),
    ]:
        assert whole(plan, sampled.partial("u", by)) == pytest.approx(wanted, abs=1e-8), by


def test_divergence_curl_and_laplacian_by_hand() -> None:
    plan, (x, y, z) = cube(lambda x, y, z: x**2 * y, lambda x, y, z: y * z**2, lambda x, y, z: x * y * z)
    names, axes = ("u", "v", "w"), ("x", "y", "z")
    assert whole(plan, sampled.divergence(names, axes)) == pytest.approx(2 * x * y + z**2 + x * y, abs=1e-9)
    curls = sampled.curl(names, axes)
    assert [curl.name for curl in curls] == ["curl_x", "curl_y", "curl_z"]
    for curl, wanted in zip(curls, (x * z - 2 * y * z, -y * z, -(x**2)), strict=True):
        assert whole(plan, curl) == pytest.approx(wanted, abs=1e-9)
    assert whole(plan, sampled.laplacian("u", axes)) == pytest.approx(2 * y, abs=1e-8)
    flat, (x, y) = cube(lambda x, y: -(y**2), lambda x, y: x * y, sizes=(9, 9))
    (turn,) = sampled.curl(("u", "v"), ("x", "y"))
    assert turn.name == "curl"
    assert whole(flat, turn) == pytest.approx(y + 2 * y, abs=1e-9)


def test_errors_are_the_distance_to_a_higher_accuracy() -> None:
    """2 x^2: at the ends numpy.gradient is off by the spacing times 2, and inside it is exact."""
    x = np.arange(-100.0, 101.0, 25.0)
    plan = Differentiation(Field((GridAxis("x", 9, 25.0),), {"f": 2 * x**2}))
    slope = sampled.partial("f", ("x",))
    assert plan.rows(slope, 0, 9).tolist() == [-350.0, -300.0, -200.0, -100.0, 0.0, 100.0, 200.0, 300.0, 350.0]
    assert plan.errors(slope, 0, 9).tolist() == [50.0, *[0.0] * 7, 50.0]


@pytest.mark.parametrize("accuracy", [None, 2, 4, 6])
def test_estimated_errors_are_of_the_size_of_the_errors(accuracy: int | None) -> None:
    x = np.linspace(0.0, 2.0, 41)
    plan = Differentiation(Field((GridAxis("x", 41, x),), {"f": np.exp(x)}), 1, accuracy)
    slope = sampled.partial("f", ("x",))
    true = np.abs(plan.rows(slope, 0, 41) - np.exp(x))
    estimated = plan.errors(slope, 0, 41)
    assert (estimated > 0.5 * true - 1e-11).all()
    assert (estimated < 2.0 * true + 1e-11).all()


def test_too_few_samples_have_no_estimate() -> None:
    plan = Differentiation(Field((GridAxis("x", 3, 1.0),), {"f": np.array([1.0, 2.0, 4.0])}))
    assert np.isnan(plan.errors(sampled.partial("f", ("x",)), 0, 3)).all()


def test_small_numbers_are_computed_in_doubles() -> None:
    f = np.array([0, 200, 10, 255], np.uint8)
    plan = Differentiation(Field((GridAxis("x", 4, 1.0),), {"f": f}), 1, 2)
    assert plan.rows(sampled.partial("f", ("x",)), 0, 4).tolist() == [395.0, 5.0, 27.5, 462.5]
    single = Differentiation(Field((GridAxis("x", 4, 1.0),), {"f": f.astype("f4")}), 1, 2)
    assert single.rows(sampled.partial("f", ("x",)), 0, 4).dtype == np.float32


# --- doubts -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shape", "spacings", "expected"),
    [
        ((5,), [Spacing(np.ones(5), "dx.npy")], "puts all samples of axis 0 at 1.0"),
        ((5,), [Spacing(np.array([1.0, 2.0, 1.0, 2.0, 1.0]), "dx.npy")], "after 2.0 comes 1.0 (number 3)"),
        ((4,), [Spacing(np.array([0.0, 1.0, 1.0, 2.0]), "x.npy")], "after 1.0 comes 1.0 (number 3)"),
        ((4,), [Spacing(np.array([3.0, 2.0, 1.0, 0.0]), "x.npy")], ""),
        ((4,), [Spacing(np.array([0.0, np.nan, 1.0, 2.0]), "x.npy")], "are no numbers"),
        ((4,), [Spacing(0.0)], "0 apart"),
        ((4, 4), [Spacing(np.arange(4.0), "x.npy"), Spacing(np.arange(4.0), "y.npy")], "give y first"),
        ((4, 4), [Spacing(np.arange(4.0), "y.npy"), Spacing(np.arange(4.0), "x.npy")], ""),
        ((4, 5), [Spacing(np.arange(4.0), "x.npy"), Spacing(np.arange(5.0), "y.npy")], ""),
        ((4, 5), [Spacing(2.0), Spacing(3.0)], ""),
    ],
)
def test_doubts(shape: tuple[int, ...], spacings: list[Spacing], expected: str) -> None:
    told = list(doubts(range(len(shape)), spacings, shape))
    assert len(told) == bool(expected)
    assert expected in "".join(told)


def test_a_mesh_is_told_apart_from_coordinates() -> None:
    mesh = np.meshgrid(np.arange(3.0), np.arange(4.0))[0]
    with pytest.raises(UsageError) as caught:
        for_axes((4, 3), [0, 1], [Spacing(mesh, "X.npy"), Spacing(1.0)])
    assert caught.value.hint is not None
    assert "varies along axis 1 only" in caught.value.hint

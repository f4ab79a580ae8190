"""Stencil weights: textbook tables, exactness on polynomials, accuracy and error coefficients."""

from __future__ import annotations

from fractions import Fraction
from math import factorial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradcli.errors import UsageError
from gradcli.stencils import fornberg, fornberg_rows, from_offsets, scheme_offsets, stencil


def fractions(text: str) -> tuple[Fraction, ...]:
    return tuple(Fraction(part) for part in text.split())


# Fornberg 1988, tables 1 and 3; Abramowitz and Stegun, 25.3.
@pytest.mark.parametrize(
    ("scheme", "order", "accuracy", "weights"),
    [
        ("central", 1, 2, "-1/2 0 1/2"),
        ("central", 1, 4, "1/12 -2/3 0 2/3 -1/12"),
        ("central", 1, 6, "-1/60 3/20 -3/4 0 3/4 -3/20 1/60"),
        ("central", 1, 8, "1/280 -4/105 1/5 -4/5 0 4/5 -1/5 4/105 -1/280"),
        ("central", 2, 2, "1 -2 1"),
        ("central", 2, 4, "-1/12 4/3 -5/2 4/3 -1/12"),
        ("central", 2, 8, "-1/560 8/315 -1/5 8/5 -205/72 8/5 -1/5 8/315 -1/560"),
        ("central", 3, 2, "-1/2 1 0 -1 1/2"),
        ("central", 4, 2, "1 -4 6 -4 1"),
        ("central", 4, 4, "-1/6 2 -13/2 28/3 -13/2 2 -1/6"),
        ("forward", 1, 1, "-1 1"),
        ("forward", 1, 2, "-3/2 2 -1/2"),
        ("forward", 1, 4, "-25/12 4 -3 4/3 -1/4"),
        ("forward", 2, 1, "1 -2 1"),
        ("forward", 2, 3, "35/12 -26/3 19/2 -14/3 11/12"),
        ("forward", 3, 2, "-5/2 9 -12 7 -3/2"),
        ("backward", 1, 1, "-1 1"),
        ("backward", 1, 2, "1/2 -2 3/2"),
        ("backward", 2, 2, "-1 4 -5 2"),
    ],
)
def test_textbook_weights(scheme: str, order: int, accuracy: int, weights: str) -> None:
    found = stencil(scheme, order, accuracy)
    assert found.weights == fractions(weights)
    assert found.accuracy == accuracy
    assert found.order == order


@pytest.mark.parametrize(
    ("scheme", "order", "accuracy", "coefficient"),
    [
        ("central", 1, 2, "1/6"),
        ("central", 1, 4, "-1/30"),
        ("central", 2, 2, "1/12"),
        ("central", 2, 4, "-1/90"),
        ("forward", 1, 1, "1/2"),
        ("backward", 1, 1, "-1/2"),
        ("forward", 1, 2, "-1/3"),
    ],
)
def test_error_coefficients(scheme: str, order: int, accuracy: int, coefficient: str) -> None:
    assert stencil(scheme, order, accuracy).coefficient == Fraction(coefficient)


def test_uneven_offsets() -> None:
    # By hand: the parabola through f(-1), f(0), f(2) has the slope -2/3 f(-1) + 1/2 f(0) + 1/6 f(2) at 0.
    found = from_offsets((-1, 0, 2), 1)
    assert found.weights == fractions("-2/3 1/2 1/6")
    assert found.accuracy == 2
    assert found.coefficient == Fraction(1, 3)


def test_symmetry_raises_the_accuracy() -> None:
    assert from_offsets((-1, 0, 1), 2).accuracy == 2
    assert from_offsets((Fraction(-1, 2), Fraction(1, 2)), 1).weights == (-1, 1)
    assert from_offsets((Fraction(-1, 2), Fraction(1, 2)), 1).accuracy == 2


@given(
    st.lists(st.fractions(-10, 10, max_denominator=12), min_size=2, max_size=9, unique=True),
    st.data(),
)
def test_weights_are_exact_for_polynomials(offsets: list[Fraction], data: st.DataObject) -> None:
    order = data.draw(st.integers(1, len(offsets) - 1))
    weights = fornberg(offsets, order)
    for degree in range(len(offsets)):
        total = sum((w * o**degree for w, o in zip(weights, offsets, strict=True)), Fraction(0))
        assert total == (factorial(order) if degree == order else 0)


@given(st.lists(st.integers(-9, 9), min_size=3, max_size=6, unique=True), st.integers(1, 2))
def test_weights_of_many_points_are_those_of_each(offsets: list[int], order: int) -> None:
    """In doubles, for several points at once: the same recursion."""
    steps = np.array([1.0, 0.5, -2.0])
    rows = fornberg_rows([offset * steps for offset in offsets], order)
    exact = np.array([float(weight) for weight in fornberg(offsets, order)])
    for k, step in enumerate(steps):
        found = np.array([weights[k] for weights in rows])
        assert np.abs(found * step**order - exact).max() <= 1e-12 * np.abs(exact).max()


@given(st.sampled_from(["central", "forward", "backward"]), st.integers(1, 6), st.integers(1, 8))
def test_schemes_have_the_accuracy_asked_for(scheme: str, order: int, accuracy: int) -> None:
    if scheme == "central" and accuracy % 2:
        with pytest.raises(UsageError, match="even"):
            scheme_offsets(scheme, order, accuracy)
        return
    assert stencil(scheme, order, accuracy).accuracy == accuracy


@given(st.integers(0, 8), st.integers(1, 8))
def test_a_wrong_weight_is_not_exact(position: int, denominator: int) -> None:
    found = stencil("central", 1, 8)
    weights = list(found.weights)
    weights[position] += Fraction(1, denominator)
    moments = [
        sum((w * Fraction(o) ** k for w, o in zip(weights, found.offsets, strict=True)), Fraction(0)) for k in range(9)
    ]
    assert moments != [0, 1, 0, 0, 0, 0, 0, 0, 0]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: stencil("sideways", 1, 1), "no stencil 'sideways'"),
        (lambda: stencil("forward", 0, 1), "whole numbers from 1"),
        (lambda: stencil("forward", 1, 0), "whole numbers from 1"),
        (lambda: from_offsets((0, 1), 2), "at least 3 samples, not 2"),
        (lambda: from_offsets((0, 1, 1), 1), "same place"),
        (lambda: from_offsets((0, 1), 0), "whole number from 1"),
    ],
)
def test_what_makes_no_stencil(call: object, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        call()  # type: ignore[operator]

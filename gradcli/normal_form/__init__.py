"""Proofs that two formulas are the same function: programs on rational functions of kernels.

A kernel is what no arithmetic can take apart: a variable, log of an irreducible polynomial, exp of a monomial, a
root, the cosine of an angle. An expression becomes a fraction of polynomials in kernels, with the few relations that
kernels have (the n-th power of a root is its radicand, cos^2 + sin^2 = 1), so that equal expressions of that kind
leave a difference of 0 (K. O. Geddes, S. R. Czapor and G. Labahn, Algorithms for Computer Algebra, Kluwer 1992,
chapters 3 and 12). Where a sign decides (`abs`, a comparison, a root of a square) both cases are proved.

A proof holds wherever both formulas are defined, but for single points: ties, and what was cancelled. The effort is
bounded by counts: what grows beyond them is not proved, which does not say that it is wrong.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from gradcli.normal_form.functions import Case
from gradcli.normal_form.kernels import Finer, Kernels, Nowhere, Open, Polynomial, TooHard
from gradcli.program import Equation, Ref, live
from gradcli.sympy_bridge import sympy

_MAX_EQUATIONS = 600
_MAX_CASES = 64
_MAX_RESTARTS = 40


class Function(NamedTuple):
    """A formula: equations, and which of them is the result."""

    equations: Sequence[Equation]
    root: Ref


def are_equal(first: Function, second: Function) -> bool:
    """Whether two formulas are proved to be one function, wherever both are defined."""
    try:
        kernels = _kernels(first, second)
        for _ in range(_MAX_RESTARTS):
            try:
                return all(_vanishes(kernels, first, second))
            except Finer:
                kernels.forget()
    except (TooHard, sympy.PolynomialError, NotImplementedError):
        pass
    return False


def _kernels(*functions: Function) -> Kernels:
    """Room for the kernels of formulas.

    Raises:
        TooHard: these are too long.
    """
    orders = [live(list(function.equations), (function.root,)) for function in functions]
    if sum(map(len, orders)) > _MAX_EQUATIONS:
        raise TooHard
    equations = {f.equations[k] for f, order in zip(functions, orders, strict=True) for k in order}
    names = [equation[0] for equation in equations]
    return Kernels(names.count("input"), "where" in names)


def _vanishes(kernels: Kernels, first: Function, second: Function) -> Any:
    """Case by case, whether the difference is 0."""
    cases: list[dict[Polynomial, int]] = [{}]
    begun = 0
    while cases:
        begun += 1
        if begun > _MAX_CASES:
            raise TooHard
        signs = cases.pop()
        case = Case(kernels, dict(signs))
        try:
            yield case.is_zero(case.value(*first) - case.value(*second))
        except Open as open_:
            cases += [{**signs, open_.polynomial: sign} for sign in (1, -1)]
        except Nowhere:
            yield True

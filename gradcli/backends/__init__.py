"""Ways to get partial derivatives: one protocol, one registry, one file per backend.

A backend's `prepare` does its work once for a program and a set of partials; what it gives back evaluates them
at any number of points. A backend that finds formulas gives a program (`derive`), and `backends/formulas.py`
evaluates that; a backend that only samples the function (finite differences) evaluates by itself.
Backends share the parser, the program and the elementary functions, not the way they differentiate.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from gradcli.errors import UsageError
from gradcli.naming import Partial, suggestion
from gradcli.program import Program
from gradcli.results import Values

if TYPE_CHECKING:
    from gradcli.evaluate.certain import Certain, Point

Points = Mapping[str, Any]
"""A value per variable: all Python floats (one point), or float64 arrays of equal length among floats (a block)."""

Options = Mapping[str, Any]


class Capabilities(NamedTuple):
    """What a backend declares of itself; the engine and the tests ask here, nobody guesses.

    Attributes:
        formulas: whether it gives formulas.
        max_order: the highest order of a partial; `None`: any.
        tolerance: the relative error that its first partials keep on well-conditioned cases; infinite where that
            depends on the points.
        options: its options' names.
        by_operation: whether its formulas are those of the operations one after the other, which are infinite where
            one of them is at the edge of its domain; shorter ones (1 for the slope of sqrt(x)^2) may not be.
        grids_only: whether it needs all points of a grid at once, in one block.
    """

    formulas: bool
    max_order: int | None
    tolerance: float
    options: tuple[str, ...] = ()
    by_operation: bool = True
    grids_only: bool = False


class Prepared(Protocol):
    """A backend's work, done; it evaluates the partials at points."""

    partials: tuple[Partial, ...]
    program: Program

    def evaluate(self, points: Points) -> Values:
        """The partials at one point (columns are lists of one float) or at a block of points (arrays).

        A number that the backend knows to be none (nan, or not converged) carries a status and, where it
        can be said, the causing equation of `program`. Ties and kinks are found by the engine.
        """

    def certain(self, point: Point, digits: int, more: int | None = None) -> list[Certain]:
        """The partials at a point in multiple precision, each to so many digits where that can be reached.

        What a formula or quotient gives at a kink or an edge is left to the engine.

        Args:
            more: how many digits beyond those may be computed with, of numbers that cancel; by default 2,000.
        """


class Backend(Protocol):
    """A way to get partial derivatives."""

    name: str
    summary: str
    capabilities: Capabilities

    def prepare(self, program: Program, partials: Sequence[Partial], options: Options) -> Prepared:
        """Does the work that does not depend on the points.

        Raises:
            UsageError: an option's value makes no sense, or a partial is beyond its capabilities.
            LimitError: the work would be too large.
        """

    def explained(self, program: Program, partials: Sequence[Partial], options: Options) -> list[str]:
        """What it chose by itself for these partials, and why: a line each."""


class FormulaBackend(Backend, Protocol):
    """A backend that finds formulas."""

    def derive(self, program: Program, partials: Sequence[Partial], options: Options) -> Program:
        """A program that extends the given one (equations keep their indices); its outputs are the partials.

        The outputs carry the partials' names, in the order asked for; the value is the partial by nothing.
        """

    def simplified(self, program: Program, options: Options) -> Program:
        """The same program, extended, with its outputs in the shortest form that the backend knows."""


_MODULES = {
    "autodiff": "gradcli.backends.autodiff",
    "symbolic": "gradcli.backends.symbolic",
    "finite-difference": "gradcli.backends.finite_difference",
    "grid": "gradcli.backends.grid",
}
ALIASES = {"ad": "autodiff", "sym": "symbolic", "fd": "finite-difference"}


def backend_names() -> tuple[str, ...]:
    """The registered backends, in the order that lists show them."""
    return tuple(_MODULES)


def get_backend(name: str) -> Backend:
    """A backend by its name or short name; its module is loaded now.

    Raises:
        UsageError: there is none of that name.
    """
    full = ALIASES.get(name, name)
    if full not in _MODULES:
        raise UsageError(
            f"there is no backend '{name}'",
            hint=suggestion(name, [*_MODULES, *ALIASES]) or f"there are: {', '.join(_MODULES)}",
        )
    backend: Backend = import_module(_MODULES[full]).BACKEND
    return backend

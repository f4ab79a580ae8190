"""What can be derived: partials and sums of partials; how they are named, and how such a name is read back."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import chain, combinations_with_replacement
from typing import NamedTuple


class Partial(NamedTuple):
    """A component and a multi-index of variables: by `()` the value itself, by `("x", "y")` a mixed partial."""

    output: str
    by: tuple[str, ...] = ()

    @property
    def order(self) -> int:
        """How many times the component is differentiated."""
        return len(self.by)

    @property
    def name(self) -> str:
        """The name of its column: `f`, `df_dx`, `d2f_dx_dy`."""
        if not self.by:
            return self.output
        if len(self.by) == 1:
            return f"d{self.output}_d{self.by[0]}"
        return f"d{len(self.by)}{self.output}_" + "_".join(f"d{variable}" for variable in self.by)

    @property
    def outputs(self) -> tuple[str, ...]:
        """The component, as combinations have several."""
        return (self.output,)


Direction = tuple[tuple[str, str], ...]
"""Variables with how fast they move: constant expressions, or other variables."""


class Combination(NamedTuple):
    """A sum of partials with constant coefficients: a Laplacian, a divergence, a derivative along a direction.

    Attributes:
        name: the name of its column.
        outputs: the components that it is of.
        by: the variables that they are differentiated by.
        terms: coefficients, as constant expressions of the language, with their partials; `None` where it is given
            as a formula of its own.
        limit: what a formula of its own stands for, where it says nothing: the equation, and what that is derived by.
    """

    name: str
    outputs: tuple[str, ...]
    by: tuple[str, ...]
    terms: tuple[tuple[str, Partial], ...] | None = None
    limit: tuple[int, tuple[str | Direction, ...]] | None = None

    @property
    def is_along(self) -> bool:
        """Whether it is the derivative of one component along a direction."""
        return len(self.outputs) == 1 and all(term.order == 1 for _, term in self.terms or ()) and bool(self.terms)

    def direction(self) -> Direction:
        """The direction that it is the derivative along."""
        return tuple((term.by[0], factor) for factor, term in self.terms or ())


Derivative = Partial | Combination
"""What can be asked for, and has a column of its own."""


def readings(name: str, outputs: Collection[str], variables: Collection[str]) -> list[Partial]:
    """All ways to read a name as the name of a partial of one of the outputs by some of the variables.

    Args:
        outputs, variables: sets, as every part of the name is looked up in them.
    """
    found: list[Partial] = []
    if not name.startswith("d"):
        return found
    digits = 1
    while name[digits : digits + 1].isdigit():
        digits += 1
    for head in range(1, digits + 1):  # `d2f`: the second partials of `f`, or the first ones of `2f`
        cut = name.find("_d", head)
        while cut >= 0:
            output = name[head:cut]
            if output in outputs:
                count = int(name[1:head] or "1") if head < 20 else 0
                if name[1:head] == ("" if count == 1 else str(count)):
                    found += [Partial(output, by) for by in _splits(name[cut:], count, variables)]
            cut = name.find("_d", cut + 1)
    return found


def _splits(rest: str, count: int, variables: Collection[str]) -> list[tuple[str, ...]]:
    """Ways to read `_dx_dy` as so many variables: all if there are at most two, else two of them."""
    complete: list[tuple[str, ...]] = []
    pending: list[tuple[int, tuple[str, ...]]] = [(0, ())]
    hopeless: set[tuple[int, int]] = set()  # places and counts that were followed already
    while pending and len(complete) < 2:
        start, by = pending.pop()
        if start == len(rest) and len(by) == count:
            complete.append(by)
        elif rest.startswith("_d", start) and len(by) < count and (start, len(by)) not in hopeless:
            ends = [k for k in range(start + 3, len(rest) + 1) if k == len(rest) or rest.startswith("_d", k)]
            pending += [(end, (*by, rest[start + 2 : end])) for end in ends if rest[start + 2 : end] in variables]
            if len(by) > 8:  # beyond, one way to each place is enough to tell that there are several
                hopeless.add((start, len(by)))
    return complete


def default_names(count: int, taken: frozenset[str]) -> list[str]:
    """The names of unnamed outputs: `f` (or `F`, `value`, ... where that is taken), or `f1, f2, ...`."""
    for stem in chain(("f", "F", "value"), fresh_names("value", ())):
        made = [stem] if count == 1 else [f"{stem}{k}" for k in range(1, count + 1)]
        if taken.isdisjoint(made) and not any(readings(name, frozenset(made), taken) for name in taken):
            break
    return made


def multi_indices(variables: Sequence[str], order: int) -> Iterator[tuple[str, ...]]:
    """All multi-indices of an order, each once, in the order of the variables."""
    return combinations_with_replacement(variables, order)


def fresh_names(stem: str, taken: Collection[str]) -> Iterator[str]:
    """`t1, t2, ...`, without those that are in use."""
    k = 0
    while True:
        k += 1
        if f"{stem}{k}" not in taken:
            yield f"{stem}{k}"


def ends(name: str) -> tuple[str, str]:
    """The columns of the lowest and the highest number of something."""
    return f"{name}_low", f"{name}_high"


def status_name(known: Collection[str]) -> str:
    """What the column of the statuses is called beside others."""
    return "gradcli_status" if "status" in known else "status"


def suggestion(name: str, known: Iterable[str]) -> str | None:
    """A question that names the known names nearest to a wrong one, if any is near."""
    from difflib import SequenceMatcher, get_close_matches

    candidates = list(known)
    near = get_close_matches(name, candidates, n=3, cutoff=0.6)
    if len(name) < 4:  # so little is in many a name: 'foo' is no slip of 'floor'
        near = [candidate for candidate in near if abs(len(candidate) - len(name)) < 2]
    if not near:
        near = [candidate for candidate in candidates if candidate.lower() == name.lower()]
    likeness = {candidate: SequenceMatcher(None, candidate, name).ratio() for candidate in near}
    near = [candidate for candidate in near if likeness[candidate] > likeness[near[0]] - 0.05]
    return f"did you mean {' or '.join(repr(candidate) for candidate in near)}?" if near else None

"""Points to test at where the user gives none: of mixed scales, from the domain, the same at every call.

The numbers have three digits, so that a counter-example can be copied, and none of them is special: at 0, 1 or pi
too many wrong formulas are right. Where the usual scales find too few, smaller and larger ones are tried, and those
that the literals suggest. Then the range of what was found is covered evenly, and where conditions decide there are
further points, so that each of them is met both true and false if such a point is found. Those may lie where doubles
overflow: a branch that is taken only there is one like any other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from itertools import chain, islice
from itertools import count as count_from
from math import sqrt
from typing import TYPE_CHECKING, Any

from gradcli.errors import UsageError
from gradcli.points import Block
from gradcli.program import Program, Ref, kind_of
from gradcli.results import cause_text, number_text
from gradcli.rules import LIPSCHITZ

if TYPE_CHECKING:
    from random import Random

    from gradcli.evaluate.floats import Evaluator

SEED = 1
COUNT = 20

_BRANCHES = 6  # more points that may be drawn, so that conditions are met true and false
_MOST_DECISIONS = 20  # of a program, that are watched
_TRIES = 6_000
_ROUNDS = 20  # in which the range that was found is covered
_SCALES = (0.3, 1.0, 3.0, 0.03, 10.0, 0.001, 100.0)
"""Typical sizes; large ones overflow early, and small ones hide what they multiply."""

_UNUSUAL = tuple(10.0**k for exponent in range(4, 13) for k in (-exponent, exponent - 1))
_FAR = 1e6  # a literal beyond it is a constant of nature rather than the edge of a domain
_LARGEST = 1e300  # a value beyond it may be the overflow of another
_MOST_WORK = 20_000  # equations that are computed in multiple precision while points are looked for
_DIGITS = 20

Point = Mapping[str, float]
_Draw = tuple[float, Point]
"""A point, and its scale."""


class Domain:
    """Where all outputs of one of some programs are numbers.

    Args:
        together: whether those of all of the programs are to be numbers.
    """

    def __init__(self, programs: Iterable[Program], together: bool = False) -> None:
        self._programs = [(program, [output.ref for output in program.outputs]) for program in programs]
        self._evaluators: list[tuple[Evaluator, list[Ref]]] = []
        self._enough = all if together else any
        self._work = 0

    def contains(self, point: Point) -> bool:
        """Whether a point is in it, for all that doubles tell: what overflows is not."""
        if not self._evaluators:
            from gradcli.evaluate.floats import Evaluator

            self._evaluators = [(Evaluator(program, roots), roots) for program, roots in self._programs]

        def finite(evaluator: Evaluator, roots: Sequence[Ref]) -> bool:
            values = evaluator.evaluate(point)
            return all(abs(values[root]) < _LARGEST for root in roots)

        return self._enough(finite(*each) for each in self._evaluators)

    def reaches(self, point: Point) -> bool:
        """Whether a point is in it, however large the numbers are; so much is looked at, and what comes then is not."""
        if self.contains(point):
            return True
        self._work += sum(len(program) for program, _ in self._programs)
        if self._work > _MOST_WORK:
            return False
        from gradcli.evaluate.multiprecision import Multiprecision, Undefined

        arithmetic = Multiprecision(_DIGITS)
        exact = {name: arithmetic.number(repr(value)) for name, value in point.items()}

        def has_values(program: Program, roots: Sequence[Ref]) -> bool:
            values = arithmetic.evaluate(program, roots, exact)
            return not any(isinstance(values[root], Undefined) for root in roots)

        return self._enough(has_values(*each) for each in self._programs)


def draw(programs: Sequence[Program], variables: Sequence[str], domain: Domain, count: int = COUNT) -> list[Block]:
    """Points of a domain, as blocks: fewer than asked for, or none, where no more are found, and some more where that
    meets further branches.

    Args:
        programs: their literals are tried as centres, as they may bound a domain.
    """
    if not variables:
        return [Block(1, {})]
    from random import Random

    random = Random(SEED)
    found: dict[tuple[float, ...], Point] = {}
    spread = count * 2 // 5
    _by_scale(found, count - spread, _usual(random, programs, variables), domain.contains)
    _fill(found, count - spread, islice(_unusual(random, programs, variables), _TRIES), domain.contains)
    if not found:
        _fill(found, count - spread, islice(_usual(random, programs, variables), _TRIES), domain.reaches)
    if found:
        _fill(found, count, islice(_between(random, list(found.values()), spread), _ROUNDS * spread), domain.contains)
    decided = _decisions(programs)
    if decided is not None and found:
        met = set().union(*map(decided, found.values()))
        more = chain(_unusual(random, programs, variables), _usual(random, programs, variables))
        for _, point in islice(more, _TRIES):
            if len(found) < count + _BRANCHES and not decided(point) <= met and domain.reaches(point):
                met |= decided(point)
                found.setdefault(tuple(point.values()), point)
    return [as_block(point) for point in found.values()]


def as_block(point: Point) -> Block:
    """A point as one that was given."""
    return Block(1, point, {name: number_text(value) for name, value in point.items()})


def _by_scale(
    found: dict[tuple[float, ...], Point], count: int, draws: Iterable[_Draw], accepts: Callable[[Point], bool]
) -> None:
    """Adds points, of every scale alike where all scales have some."""
    share: dict[float, int] = {}
    for tried, (scale, point) in enumerate(islice(draws, _TRIES)):
        if len(found) == count:
            break
        if share.get(scale, 0) * len(_SCALES) > count and tried < _TRIES // 2:
            continue  # as long as other scales may have points too
        if accepts(point) and found.setdefault(tuple(point.values()), point) is point:
            share[scale] = share.get(scale, 0) + 1


def _fill(
    found: dict[tuple[float, ...], Point], count: int, draws: Iterable[_Draw], accepts: Callable[[Point], bool]
) -> None:
    """Adds points until there are so many."""
    for _, point in draws if len(found) < count else ():
        if accepts(point):
            found.setdefault(tuple(point.values()), point)
            if len(found) == count:
                return


def _usual(random: Random, programs: Sequence[Program], variables: Sequence[str]) -> Iterator[_Draw]:
    """Points of typical sizes, about 0 and about the literals."""
    literals = [literal for literal in _literals(programs) if 2 < literal < _FAR]
    centres = [*([0.0] * max(1, len(literals))), *literals]
    for tried in count_from(0):
        scale = _SCALES[tried % len(_SCALES)]
        turn = tried // len(_SCALES)
        negative = random.choice(variables) if turn % 2 else None
        mixed = turn % 3 == 2  # every variable has a scale of its own
        yield (
            scale,
            {
                name: _number(random, random.choice(_SCALES) if mixed else scale, random.choice(centres))
                * (-1 if name == negative or (negative is not None and random.random() < 0.5) else 1)
                for name in variables
            },
        )


def _unusual(random: Random, programs: Sequence[Program], variables: Sequence[str]) -> Iterator[_Draw]:
    """Points some of whose variables are of the sizes that the literals suggest, or very small or very large."""
    literals = _literals(programs)
    suggested = [size for c in literals for size in (c, 1 / c, sqrt(c), 1 / sqrt(c))]
    sizes = [*(size for size in dict.fromkeys(suggested) if size < 1e100), *_UNUSUAL]
    for tried in count_from(0):
        scale = sizes[tried % len(sizes)]
        special = random.choice(variables)
        point: dict[str, float] = {}
        for name in variables:
            unusual = name == special or random.random() < 0.5
            size = _number(random, scale if unusual else random.choice(_SCALES[:5]), 0.0)
            beside = unusual and literals and random.random() < 0.5
            number = _number(random, size, random.choice(literals)) if beside else size
            point[name] = number * (-1 if random.random() < 0.5 else 1)
        yield scale, point


def _between(random: Random, points: Sequence[Point], count: int) -> Iterator[_Draw]:
    """Points of a box twice as wide as that around some, of which each variable's range is covered evenly."""
    ranges = {}
    for name in points[0]:
        low, high = (pick(point[name] for point in points) for pick in (min, max))
        margin = (high - low or abs(high)) / 2
        ranges[name] = (low - margin, (high - low + 2 * margin) / count)
    while True:
        orders = {name: random.sample(range(count), count) for name in ranges}
        for k in range(count):
            yield (
                0.0,
                {
                    name: float(f"{low + (orders[name][k] + random.random()) * step:.4g}")
                    for name, (low, step) in ranges.items()
                },
            )


def _decisions(programs: Sequence[Program]) -> Callable[[Point], Set[tuple[Any, ...]]] | None:
    """How each condition, `abs`, `max` and `min` is decided at a point; `None` where nothing is to be decided."""
    from gradcli.evaluate.floats import Evaluator

    deciding = []
    for program in programs:
        decisive = [(k, e) for k, e in enumerate(program.equations) if kind_of(e) == "bool" or e[0] in LIPSCHITZ]
        refs = [k for k, e in decisive if e[0] not in ("eq", "ne")]  # those are met at single points: see `edges`
        del refs[_MOST_DECISIONS:]
        deciding += [(program, refs, Evaluator(program, refs))] if refs else []

    def decided(point: Point) -> Set[tuple[Any, ...]]:
        found: set[tuple[Any, ...]] = set()
        for program, refs, evaluator in deciding:
            values = evaluator.evaluate(point)
            for k in refs:
                name, *operands = program.equations[k]
                if name not in LIPSCHITZ:
                    found.add((id(program), k, values[k]))
                    continue
                chosen = [values[k] == values[a] for a in operands]
                if values[k] and sum(chosen) < 2:  # a tie is a point where nothing is to be compared
                    found.add((id(program), k, *chosen))
        return found

    return decided if deciding else None


def unmet(programs: Sequence[Program], blocks: Sequence[Block]) -> list[tuple[str, bool]]:
    """The comparisons that are decided alike at all points, as they were written, and how."""
    from gradcli.evaluate.floats import Evaluator

    found: dict[str, bool] = {}
    for program in programs:
        order = program.live([output.ref for output in program.outputs])
        refs = [k for k in order if kind_of(program.equations[k]) == "bool" and program.text(k)]
        refs = [k for k in refs if program.equations[k][0] not in ("and", "or", "not")][:_MOST_DECISIONS]
        evaluator = Evaluator(program, refs)
        values = [evaluator.evaluate(block.columns) for block in blocks] if refs else []
        for k in refs:
            decisions = {bool(row[k]) for row in values}
            if len(decisions) == 1:
                found[cause_text(program, k)] = decisions.pop()
    return list(found.items())


def drawn_from(
    programs: Sequence[Program], variables: Sequence[str], hints: Sequence[Program] = (), count: int = COUNT
) -> list[Block]:
    """Points where one of some programs is defined.

    Args:
        hints: further programs whose literals are tried.

    Raises:
        UsageError: none was found.
    """
    found = draw([*programs, *hints], variables, Domain(programs), count)
    if not found:
        raise UsageError("no point was found where the expression is defined", hint="give one: --at x=...")
    return found


def _number(random: Random, scale: float, centre: float) -> float:
    size = float(f"{scale * 2.0 ** random.uniform(-1.5, 1.5):.3g}")
    number = centre + (-size if centre and random.random() < 0.5 else size)
    short = float(f"{number:.6g}")
    return short if abs(short - number) < size / 10 else float(f"{number:.12g}")


def _literals(programs: Sequence[Program]) -> list[float]:
    """The numbers in the texts, each once."""
    texts = [e[1] for program in programs for e in program.equations[:2000] if e[0] == "const"]
    numbers = dict.fromkeys(float(text) for text in texts if len(text) < 20)
    return [number for number in numbers if 1e-100 < number < 1e100][:20]

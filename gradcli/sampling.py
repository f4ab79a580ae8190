"""Points to test at where the user gives none: of mixed scales, from the domain, the same at every call.

The numbers have three digits, so that a counter-example can be copied, and none of them is special: at 0, 1 or pi
too many wrong formulas are right.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from gradcli.errors import UsageError
from gradcli.points import Block
from gradcli.program import Program

if TYPE_CHECKING:
    from random import Random

SEED = 1
COUNT = 12

_TRIES = 6_000
_SCALES = (0.3, 1.0, 3.0, 0.03, 10.0, 0.001, 100.0)
"""Typical sizes; large ones overflow early, and small ones hide what they multiply."""

_FAR = 1e6  # a literal beyond it is a constant of nature rather than the edge of a domain

Point = Mapping[str, float]


def draw(
    programs: Sequence[Program], variables: Sequence[str], accepts: Callable[[Point], bool], count: int = COUNT
) -> list[Block]:
    """Points that are accepted, as blocks; fewer than asked for, or none, where no more are found.

    Args:
        programs: their literals are tried as centres, as they may bound a domain.
    """
    if not variables:
        return [Block(1, {})]
    from random import Random

    random = Random(SEED)
    literals = _literals(programs)
    centres = [*([0.0] * max(1, len(literals))), *literals]
    found: dict[tuple[float, ...], Block] = {}
    share = dict.fromkeys(_SCALES, 0)
    for tried in range(_TRIES):
        if len(found) == count:
            break
        scale = _SCALES[tried % len(_SCALES)]
        if share[scale] * len(_SCALES) > count and tried < _TRIES // 2:
            continue  # as long as other scales may have points too
        turn = tried // len(_SCALES)
        negative = random.choice(variables) if turn % 2 else None
        mixed = turn % 3 == 2  # every variable has a scale of its own
        point = {
            name: _number(random, random.choice(_SCALES) if mixed else scale, random.choice(centres))
            * (-1 if name == negative or (negative is not None and random.random() < 0.5) else 1)
            for name in variables
        }
        if tuple(point.values()) not in found and accepts(point):
            texts = {name: repr(value) for name, value in point.items()}
            found[tuple(point.values())] = Block(1, point, texts)
            share[scale] += 1
    return list(found.values())


def drawn_from(
    programs: Sequence[Program], variables: Sequence[str], hints: Sequence[Program] = (), count: int = COUNT
) -> list[Block]:
    """Points where one of some programs is defined.

    Args:
        hints: further programs whose literals are tried.

    Raises:
        UsageError: none was found.
    """
    found = draw([*programs, *hints], variables, defined(programs), count)
    if not found:
        raise UsageError("no point was found where the expression is defined", hint="give one: --at x=...")
    return found


def defined(programs: Iterable[Program]) -> Callable[[Point], bool]:
    """Whether all outputs of one of some programs are finite numbers at a point."""
    from gradcli.evaluate.floats import Evaluator

    roots = [(Evaluator(p, [o.ref for o in p.outputs]), [o.ref for o in p.outputs]) for p in programs]

    def accepts(point: Point) -> bool:
        for evaluator, refs in roots:
            values = evaluator.evaluate(point)
            if all(abs(values[ref]) < 1e300 for ref in refs):
                return True
        return False

    return accepts


def _number(random: Random, scale: float, centre: float) -> float:
    size = scale * 2.0 ** random.uniform(-1.5, 1.5)
    sign = -1 if centre and random.random() < 0.5 else 1
    return float(f"{centre + float(f'{sign * size:.3g}'):.6g}")


def _literals(programs: Sequence[Program]) -> list[float]:
    """The numbers of moderate size in the texts, each once."""
    texts = [e[1] for program in programs for e in program.equations[:2000] if e[0] == "const"]
    numbers = dict.fromkeys(float(text) for text in texts if len(text) < 20)
    return [number for number in numbers if 2 < number < _FAR][:20]

"""Numbers that are certain: values and partials enclosed by ball arithmetic, at a point or over a box.

At a point the precision is raised until the enclosure leaves one decimal of so many digits. Over a box the enclosure
is that of all values; where the formulas say that a component or a partial only rises or only falls, it is taken from
the corners, elsewhere from many small boxes. Where a kink of `abs`, `max` or `min` lies in the box, a first partial is
enclosed by the slopes of both branches, which contain the generalised gradient; where the function may jump nothing
is claimed of its partials.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import product
from typing import Any

from gradcli import engine
from gradcli.backends import Options
from gradcli.combine import terms_of
from gradcli.diagnosis import Tie, Ties
from gradcli.evaluate.balls import MORE, Ball, Balls, beyond, certain_digits, decimals, enclosures
from gradcli.evaluate.certain import DOUBLE_DIGITS, written
from gradcli.evaluate.multiprecision import Multiprecision, Undefined
from gradcli.evaluate.ranges import Box, Range, Ranges
from gradcli.evaluate.running_error import SMALLEST
from gradcli.naming import Derivative, Partial, ends
from gradcli.points import Block
from gradcli.program import Builder, Program
from gradcli.results import Status, Values, Written
from gradcli.rules import in_full
from gradcli.tangent import LIPSCHITZ

_BOX_DIGITS = 30
_PIECES = 256
_MOST_WORK = 200_000  # equations that are computed for one box
_MOST_SLOPES = 100  # partials of partials that are derived to tell what rises or falls
_NONE = frozenset({Status.KINK, Status.VERTICAL, Status.JUMP, Status.UNDEFINED})


class Certified:
    """Partials prepared for enclosures.

    Args:
        boxes: whether there will be boxes.

    Raises:
        UsageError: the backend gives no formulas, or python-flint is not installed.
        LimitError: the work would be too large.
    """

    def __init__(
        self, program: Program, asked: Sequence[Derivative], backend: str | None, options: Options, boxes: bool
    ) -> None:
        Balls(DOUBLE_DIGITS)  # to say at once that it is not there
        self.asked = tuple(asked)
        partials = terms_of(asked)
        full = in_full(program)
        self.evaluation = engine.prepare_partials(full, partials, backend, options)
        full = full if backend is None else _bare(full)
        values = [Partial(output.name) for output in program.outputs]
        wanted = list(dict.fromkeys([*values, *asked]))
        self.slopes: dict[Derivative, dict[str, Partial]] = {}
        if boxes and len(wanted) * len(program.variables) <= _MOST_SLOPES:
            simple = [derivative for derivative in wanted if isinstance(derivative, Partial)]
            self.slopes = {p: {v: p._replace(by=(*p.by, v)) for v in program.variables} for p in simple}
        steeper = [slope for row in self.slopes.values() for slope in row.values()]
        self.derived = engine.formulas(
            full, list(dict.fromkeys([*wanted, *steeper])), backend or "autodiff", options if backend else {}
        )
        self.refs = {output.name: output.ref for output in self.derived.outputs}
        self.ties = Ties(full)

    def at(self, block: Block, digits: int | None) -> Values:
        """The partials at a point, each with so many certain digits, or a status that says why not.

        Without a number of digits there are 17, and fewer where a number has no more.
        """
        values = self.evaluation.evaluate(block.columns)
        names = [derivative.name for derivative in self.asked]
        needed = list(dict.fromkeys([*names, *(output for derivative in self.asked for output in derivative.outputs)]))
        roots = [self.refs[name] for name in needed]
        found = dict(zip(needed, enclosures(self.derived, roots, block.exactly, digits or DOUBLE_DIGITS), strict=True))
        balls = Balls((digits or DOUBLE_DIGITS) + MORE)
        at = block.exactly(balls)
        columns, error, status = dict(values.columns), dict(values.error), dict(values.status)
        for derivative in self.asked:
            name, ball = derivative.name, found[derivative.name]
            terms = [term.name for term in terms_of([derivative])]
            codes = [Status.FINE if status.get(term) is None else Status(status[term][0]) for term in terms]
            code = next((code for code in codes if code in _NONE), codes[0])
            number: float = float("nan")
            if code not in _NONE:
                lost = any(isinstance(found[needed], Undefined) for needed in (name, *derivative.outputs))
                if lost or (derivative.by and self._possible_ties(balls, derivative, at)):
                    code = Status.UNRESOLVED
                elif beyond(ball):
                    code = Status.OVERFLOW if abs(ball) > 1 else Status.UNRESOLVED
                else:
                    certain = certain_digits(ball, digits or DOUBLE_DIGITS)
                    code = code if code is Status.ONE_SIDED else Status.FINE
                    code = Status.IMPRECISE if certain is None else code
                    number = _written(_shown(ball, certain, digits or DOUBLE_DIGITS), digits, ball.is_exact())
                    error[name] = [max(float(ball.rad()), SMALLEST)]
            columns[name], status[name] = [number], [int(code)]
        return values.replaced(columns=columns, error=error, status=status)

    def over(self, block: Block) -> Values:
        """Enclosures of the partials over a box: columns `f_low` and `f_high` for each, and for the inputs."""
        ranges = Ranges(_BOX_DIGITS)
        box = block.box(ranges)
        columns: dict[str, Any] = {}
        status: dict[str, Any] = {}
        cause: dict[str, Any] = {}
        for name, given in box.items():
            columns |= _columns(name, given)
        for derivative in self.asked:
            found, code, at = self._enclosed(ranges, derivative, box)
            columns |= _columns(derivative.name, found)
            if code is not Status.FINE:
                for end in ends(derivative.name)[: 2 if found is None else 1]:
                    status[end], cause[end] = [int(code)], [at]
        shown = tuple(Partial(end) for derivative in self.asked for end in ends(derivative.name))
        return Values(shown, columns, {}, status, cause, self.derived)

    def _enclosed(self, ranges: Ranges, derivative: Derivative, box: Box) -> tuple[Range | None, Status, int]:
        """The enclosure of one partial over a box, if there is one, with what is to be said of it."""
        ties = self._possible_ties(ranges, derivative, box)
        jumps = [tie for tie in ties if _order(derivative) > 1 or not self._is_kink(tie)]
        if jumps and _order(derivative):
            return None, Status.UNRESOLVED, jumps[0].cause
        status, cause = (Status.KINK, ties[0].cause) if ties and _order(derivative) else (Status.FINE, -1)
        whole, tight = self._piece(ranges, derivative, box)
        if whole is not None and any(beyond(end) for end in whole):
            return None, Status.OVERFLOW, -1
        if whole is not None and tight:
            return whole, status, cause
        found = []
        for piece in self._pieces(ranges, box):
            part, _ = self._piece(ranges, derivative, piece)
            if part is None:
                return whole, *((status, cause) if whole is not None else (Status.UNDEFINED, self._lost))
            found.append(part)
        total = ranges.hull(*found)
        if any(beyond(end) for end in total):
            return None, Status.OVERFLOW, -1
        return total, status, cause

    def _possible_ties(self, balls: Balls, derivative: Derivative, place: Mapping[str, Any]) -> list[Tie]:
        """The ties that may be met at a point or in a box, of equations that move with the partial's variables."""
        own = [tie for tie in self.ties.ties if tie.output in derivative.outputs]
        if not own:
            return []
        values = balls.evaluate(self.ties.program, [tie.condition for tie in own], place)
        return [
            tie for tie in own
            if values[tie.condition] is not False
            and not (self._is_kink(tie) and self.ties.moving(tie.cause).isdisjoint(derivative.by))
        ]  # fmt: skip

    def _is_kink(self, tie: Tie) -> bool:
        """Whether a tie is a kink, of a function that has slopes on both sides."""
        return self.ties.original.equations[tie.cause][0] in LIPSCHITZ

    def _piece(self, ranges: Ranges, derivative: Derivative, box: Box) -> tuple[Range | None, bool]:
        """The enclosure over a small box, if there is one, and whether it comes from the corners alone."""
        root = self.refs[derivative.name]
        slopes = {v: self.refs[slope.name] for v, slope in self.slopes.get(derivative, {}).items() if box[v].is_wide}
        values = ranges.evaluate(self.derived, [root, *slopes.values()], box)
        whole = values[root]
        if isinstance(whole, Undefined):
            self._lost = whole.ref
            return None, False
        low, high, tight = dict(box), dict(box), derivative in self.slopes
        ties = self._possible_ties(ranges, derivative, box)
        smooth = not any(derivative.by or not self._is_kink(tie) for tie in ties)  # values may have kinks, but no jumps
        for variable, ref in slopes.items():
            slope = values[ref] if isinstance(values[ref], Undefined) else ranges.range_of(values[ref])
            a, b = box[variable]
            if isinstance(slope, Undefined) or not smooth or not (slope.low >= 0 or slope.high <= 0):
                tight = False
            elif slope.low >= 0:
                low[variable], high[variable] = Range(a, a), Range(b, b)
            else:
                low[variable], high[variable] = Range(b, b), Range(a, a)
        corners = [ranges.evaluate(self.derived, [root], corner)[root] for corner in (low, high)]
        if any(isinstance(corner, Undefined) for corner in corners):
            return ranges.hull(whole), False
        return ranges.hull(*corners), tight

    def _pieces(self, ranges: Ranges, box: Box) -> Iterator[Box]:
        """The box cut into small ones."""
        wide = [v for v in box if box[v].is_wide]
        most = min(_PIECES, _MOST_WORK // (3 * len(self.derived)))
        count = max(1, int(most ** (1 / max(1, len(wide)))))
        cuts = {v: ranges.cut(box[v], count) for v in wide}
        for choice in product(*cuts.values()):
            yield {**box, **dict(zip(cuts, choice, strict=True))}

    _lost: int = -1


def _order(derivative: Derivative) -> int:
    return max(term.order for term in terms_of([derivative]))


def _columns(name: str, found: Range | None) -> dict[str, list[float]]:
    """The two columns of an enclosure."""
    if found is None:
        return {end: [float("nan")] for end in ends(name)}
    low, high = decimals(found.low, DOUBLE_DIGITS)[0], decimals(found.high, DOUBLE_DIGITS)[1]
    return {end: [_written(number, None)] for end, number in zip(ends(name), (low, high), strict=True)}


def _shown(ball: Ball, certain: Decimal | None, digits: int) -> Decimal:
    """The number that stands for a ball: 0, where nothing tells that it is not."""
    if certain is not None:
        return certain
    return Decimal(0) if ball.contains(0) else decimals(ball.mid(), digits)[0]


def _written(number: Decimal, digits: int | None, exact: bool = True) -> Written:
    """A decimal as numbers are written: all digits that were asked for; of an exact one no zeros at the end."""
    digits_ = digits or DOUBLE_DIGITS
    return written(Multiprecision(digits_ + 5).number(str(number)), digits_, digits is not None or not exact)


def _bare(program: Program) -> Program:
    return Program(Builder.extending(program), program.variables, program.outputs, bindings=program.bindings)

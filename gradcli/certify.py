"""Numbers that are certain: values and partials enclosed by ball arithmetic, at a point or over a box.

At a point the precision is raised until the enclosure leaves one decimal of so many digits; where that cannot be
reached, as the number may be 0, there is none.

Over a box the enclosure is that of all values. Where the formulas say that a component or a partial only rises or only
falls, it is taken from the corners; elsewhere from many small boxes, smaller ones where it is lowest and highest
(R. E. Moore, R. B. Kearfott and M. J. Cloud, Introduction to Interval Analysis, SIAM 2009, chapter 6). In each of them
a value is at most as far from that in the middle as the slopes allow.

Where a kink lies in the box (of `abs`, `max` or `min`, or where the branches of a condition meet), a first partial is
enclosed by the slopes of both branches, which contain the generalised gradient. Where the function may jump, nothing is
claimed of its partials.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from itertools import product
from math import inf, nan, nextafter
from sys import float_info
from typing import Any, NamedTuple

from gradcli import engine
from gradcli.backends import Options
from gradcli.combine import terms_of
from gradcli.continuity import branches_meet
from gradcli.evaluate.balls import MORE, Ball, Balls, beyond, decimals, enclosures, fraction, most_digits
from gradcli.evaluate.certain import written
from gradcli.evaluate.multiprecision import Multiprecision, Undefined
from gradcli.evaluate.ranges import Box, Range, Ranges, Slopes
from gradcli.evaluate.running_error import SMALLEST
from gradcli.naming import Derivative, Partial, ends
from gradcli.points import Block
from gradcli.program import Program, Ref
from gradcli.results import DOUBLE_DIGITS, OF_THE_FUNCTION, SMALLEST_NORMAL, Status, Values, Written
from gradcli.rules import KINKED, in_full
from gradcli.smooth_forms import smooth_form
from gradcli.ties import Tie, Ties

_BOX_DIGITS = 30
_BEYOND = 100  # digits beyond those asked for, to which it is looked whether a function is undefined, or has a kink
_FEW = 2  # digits of an enclosure that is told of, as it leaves no digit certain
_PIECES = 256
_MOST_WORK = 200_000  # equations that are computed for one box
_MOST_SLOPES = 100  # partials of partials that are derived to tell what rises or falls


class _Part(NamedTuple):
    """The enclosure over a small box, and the arithmetic that it comes from."""

    found: Range
    piece: Box
    ranges: Ranges


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
        full = full if backend is None else full.replaced(given={})
        full = smooth_form(full)
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
        self._kinks: dict[Tie, bool] = {}

    def at(self, block: Block, digits: int | None) -> Values:
        """The partials at a point, each with so many certain digits, or a status that says why not.

        Without a number of digits there are 17, and fewer where a number has no more.
        """
        values = self.evaluation.certain(block.columns, block.exactly, digits or DOUBLE_DIGITS, _BEYOND)
        names = [derivative.name for derivative in self.asked]
        needed = list(dict.fromkeys([*names, *(output for derivative in self.asked for output in derivative.outputs)]))
        roots = [self.refs[name] for name in needed]
        found = dict(zip(needed, enclosures(self.derived, roots, block.exactly, digits or DOUBLE_DIGITS), strict=True))
        balls = Balls((digits or DOUBLE_DIGITS) + MORE)
        at = block.exactly(balls)
        inputs = block.as_written()
        columns, error, status = {**values.columns, **inputs}, dict(values.error), dict(values.status)
        cause, sides = dict(values.cause), dict(values.sides)
        for derivative in self.asked:
            name, ball = derivative.name, found[derivative.name]
            codes = [values.code(term.name) for term in terms_of([derivative])]
            code = next((code for code in codes if code in OF_THE_FUNCTION), codes[0])
            number = bound = nan
            if code not in OF_THE_FUNCTION:
                lost = any(isinstance(found[output], Undefined) for output in (name, *derivative.outputs))
                if lost or (derivative.by and self._possible_ties(balls, derivative, at)):
                    ball = self._slope_at(derivative, block, digits or DOUBLE_DIGITS)
                if ball is None or not ball.is_finite():
                    code = Status.UNRESOLVED
                elif beyond(ball):
                    code = Status.OVERFLOW if abs(ball) > 1 else Status.UNRESOLVED
                else:
                    code, number, bound = _decimal(ball, code, digits)
                    if code is Status.IMPRECISE and self._possible_ties(balls, derivative, at):
                        code, number, bound = Status.UNRESOLVED, nan, nan  # what is between is no value
                    if code is Status.UNRESOLVED:
                        cause[name] = [values.program.output(derivative.outputs[0])]
                        low, high = (_written(end, _FEW, whole=False) for end in decimals(ball, _FEW))
                        sides[name] = [low], [high]
            columns[name], error[name], status[name] = [number], [bound], [int(code)]
        points = {name: columns[name][0] if name in inputs else value for name, value in values.points.items()}
        return values.replaced(columns=columns, error=error, status=status, cause=cause, sides=sides, points=points)

    def _slope_at(self, derivative: Derivative, block: Block, digits: int) -> Ball | None:
        """A first partial where branches meet, or its formula is 0/0: all generalised gradients, if there are some.

        Where they are one number, the function is differentiable there, and this is its slope (Clarke 1983, 2.2.4).
        """
        ranges = Slopes(digits + MORE)
        at = block.exactly(ranges)
        if _order(derivative) != 1 or not all(ball.is_finite() for ball in at.values()):
            return None
        place = {name: ranges.hull(ball) for name, ball in at.items()}
        if not all(map(self._is_kink, self._possible_ties(ranges, derivative, place))):
            return None
        roots = [self.refs[name] for name in (derivative.name, *derivative.outputs)]
        values = ranges.evaluate(self.derived, roots, place)
        if any(isinstance(values[root], Undefined) for root in roots):
            return None
        return ranges.ball(values[roots[0]])

    def over(self, block: Block) -> Values:
        """Enclosures of the partials over a box: columns `f_low` and `f_high` for each, and for the inputs."""
        ranges, slopes = Ranges(_BOX_DIGITS), Slopes(_BOX_DIGITS)
        box = block.box(ranges)
        columns: dict[str, Any] = {}
        status: dict[str, Any] = {}
        cause: dict[str, Any] = {}
        for name, given in box.items():
            columns |= _inputs(name, given)
        for derivative in self.asked:
            found, code, at = self._enclosed(ranges, slopes if _order(derivative) else ranges, derivative, box)
            columns |= _columns(derivative.name, found)
            if code is not Status.FINE:
                for end in ends(derivative.name)[: 2 if found is None else 1]:
                    status[end], cause[end] = [int(code)], [at]
        shown = tuple(Partial(end) for derivative in self.asked for end in ends(derivative.name))
        return Values(shown, columns, {}, status, cause, self.derived)

    def _enclosed(
        self, inside: Ranges, edge: Ranges, derivative: Derivative, box: Box
    ) -> tuple[Range | None, Status, int]:
        """The enclosure of one partial over a box, if there is one, with what is to be said of it.

        Args:
            inside: the arithmetic for parts of the box that have others beside them on all sides.
            edge: the one where a kink may have a side that is outside.
        """
        ties = self._possible_ties(inside, derivative, box) if _order(derivative) else []
        jumps = [tie for tie in ties if _order(derivative) > 1 or not self._is_kink(tie)]
        if jumps:
            return None, Status.UNRESOLVED, jumps[0].cause
        status, cause = (Status.KINK, ties[0].cause) if ties else (Status.FINE, -1)
        whole, tight = self._piece(edge, derivative, box)
        if not isinstance(whole, Undefined):
            if any(beyond(end) for end in whole):
                return None, Status.OVERFLOW, -1
            if tight:
                return whole, status, cause
        found = []
        for piece, inner in self._pieces(inside, box, edges=bool(ties)):
            ranges = inside if inner else edge
            part, _ = self._piece(ranges, derivative, piece)
            if isinstance(part, Undefined):
                if isinstance(whole, Range):
                    return whole, status, cause
                return None, self._lacking(ranges, derivative, piece), part.ref
            found.append(_Part(part, piece, ranges))
        self._refine(found, derivative, box)
        total = inside.hull(*(part.found for part in found))
        if any(beyond(end) for end in total):
            return None, Status.OVERFLOW, -1
        return total, status, cause

    def _lacking(self, ranges: Ranges, derivative: Derivative, box: Box) -> Status:
        """What is to be said where there is no enclosure: of a function that has values, not that it is undefined."""
        roots = [self.refs[output] for output in derivative.outputs]
        values = ranges.evaluate(self.derived, roots, box)
        lost = not _order(derivative) or any(isinstance(values[root], Undefined) for root in roots)
        return Status.UNDEFINED if lost else Status.UNRESOLVED

    def _refine(self, parts: list[_Part], derivative: Derivative, box: Box) -> None:
        """Halves the part that reaches lowest, and the one that reaches highest, again and again."""
        widths = {v: box[v].high - box[v].low for v in box if box[v].is_wide}
        for turn in range(len(parts)):
            if turn % 2:
                k = max(range(len(parts)), key=lambda k: parts[k].found.high)
            else:
                k = min(range(len(parts)), key=lambda k: parts[k].found.low)
            found, piece, ranges = parts[k]
            wide = [v for v in widths if piece[v].is_wide]
            if not wide:
                return
            longest = max(wide, key=lambda v: (piece[v].high - piece[v].low) / widths[v])
            halves = [{**piece, longest: half} for half in ranges.cut(piece[longest], 2)]
            tighter = [self._piece(ranges, derivative, half)[0] for half in halves]
            defined = [part for part in tighter if not isinstance(part, Undefined)]
            if len(defined) < len(tighter):
                return
            parts[k : k + 1] = [
                _Part(ranges.both(found, part), half, ranges) for part, half in zip(defined, halves, strict=True)
            ]

    def _possible_ties(self, balls: Balls, derivative: Derivative, place: Mapping[str, Any]) -> list[Tie]:
        """The ties that may be met at a point or in a box, of equations that move with the partial's variables."""
        own = [tie for tie in self.ties.ties if tie.output in derivative.outputs and not self._is_edge(tie)]
        if not own:
            return []
        values = balls.evaluate(self.ties.program, [tie.condition for tie in own], place)
        return [
            tie for tie in own
            if values[tie.condition] is not False
            and not (self._is_kink(tie) and self.ties.moving(tie).isdisjoint(derivative.by))
        ]  # fmt: skip

    def _is_edge(self, tie: Tie) -> bool:
        """Whether a tie is at the edge of the domain, up to which formulas hold: a fractional power of 0 is one."""
        return bool(self.ties.original.equations[tie.cause][0] == "pow")

    def _is_kink(self, tie: Tie) -> bool:
        """Whether a tie is a kink, of a function that has slopes on both sides."""
        if tie not in self._kinks:
            program = self.ties.original
            known = program.equations[tie.cause][0] in KINKED | {"hypot"}
            self._kinks[tie] = known or branches_meet(program, tie.output, tie.cause)
        return self._kinks[tie]

    def _piece(self, ranges: Ranges, derivative: Derivative, box: Box) -> tuple[Range | Undefined, bool]:
        """The enclosure over a small box, or what has none there, and whether it comes from the corners alone."""
        root = self.refs[derivative.name]
        slopes = {v: self.refs[slope.name] for v, slope in self.slopes.get(derivative, {}).items() if box[v].is_wide}
        outputs = [self.refs[output] for output in derivative.outputs]
        values = ranges.evaluate(self.derived, [root, *outputs, *slopes.values()], box)
        whole = values[root]
        for value in (whole, *(values[ref] for ref in outputs)):  # a slope counts only where there is a value
            if isinstance(value, Undefined):
                return value, False
        ties = self._possible_ties(ranges, derivative, box)
        steep: dict[str, Range] = {}
        if not any(derivative.by or not self._is_kink(tie) for tie in ties):  # values may have kinks, but no jumps
            known = {v: values[ref] for v, ref in slopes.items() if not isinstance(values[ref], Undefined)}
            steep = {v: ranges.range_of(slope) for v, slope in known.items()}
        hull = self._between_corners(ranges, root, box, steep)
        if hull is None:
            return ranges.hull(whole), False
        if derivative not in self.slopes or len(steep) < len(slopes):
            return hull, False
        if all(slope.low >= 0 or slope.high <= 0 for slope in steep.values()):
            return hull, True
        return ranges.both(hull, self._around_centre(ranges, root, box, steep)), False

    def _between_corners(self, ranges: Ranges, root: Ref, box: Box, steep: Mapping[str, Range]) -> Range | None:
        """The hull over the two corners of a box where what is monotonic is lowest and highest.

        Variables by which it is not, or whose slopes are not known, keep their width in both.
        """
        low, high = dict(box), dict(box)
        for variable, slope in steep.items():
            a, b = (Range(end, end) for end in box[variable])
            if slope.low >= 0:
                low[variable], high[variable] = a, b
            elif slope.high <= 0:
                low[variable], high[variable] = b, a
        corners = [ranges.evaluate(self.derived, [root], corner)[root] for corner in (low, high)]
        return None if any(isinstance(corner, Undefined) for corner in corners) else ranges.hull(*corners)

    def _around_centre(self, ranges: Ranges, root: Ref, box: Box, steep: Mapping[str, Range]) -> Range:
        """The enclosure by the mean value theorem: the value in the middle, and how far the slopes lead from it."""
        centre = {**box, **{v: ranges.middle(box[v]) for v in steep}}
        middle = ranges.evaluate(self.derived, [root], centre)[root]
        return ranges.around(middle, [(slope, box[v], centre[v]) for v, slope in steep.items()])

    def _pieces(self, ranges: Ranges, box: Box, edges: bool) -> Iterator[tuple[Box, bool]]:
        """The box cut into small ones, each with whether it has others beside it on all sides.

        Args:
            edges: whether those at the edge of the box are to have no width, where there are not too many then.
        """
        wide = [v for v in box if box[v].is_wide]
        most = min(_PIECES, _MOST_WORK // (3 * len(self.derived))) // 2  # the other half is for `_refine`
        count = max(1, int(most ** (1 / max(1, len(wide)))))
        outer = 2 if edges and count > 2 else 0
        cuts = {v: ranges.cut(box[v], count - outer) for v in wide}
        if outer:
            cuts = {v: [*(Range(end, end) for end in box[v]), *parts] for v, parts in cuts.items()}
        for choice in product(*cuts.values()):
            piece = {**box, **dict(zip(cuts, choice, strict=True))}
            yield piece, bool(outer) and all(part.is_wide for part in piece.values())


def _order(derivative: Derivative) -> int:
    return max(term.order for term in terms_of([derivative]))


def _decimal(ball: Ball, code: Status, digits: int | None) -> tuple[Status, float, float]:
    """The decimal that an enclosure leaves, of so many digits or fewer, with its status and a bound of its error."""
    wanted = digits or DOUBLE_DIGITS
    known, certain = most_digits(ball, wanted)
    if certain is None:
        return Status.UNRESOLVED, nan, nan
    exact = code if code is Status.ONE_SIDED else Status.FINE
    bound = _bound(ball, certain, known)
    number = _written(certain, known, digits is not None or not ball.is_exact(), rounded=bound > 0)
    return exact if known == wanted else Status.IMPRECISE, number, bound


def _bound(ball: Ball, number: Decimal, digits: int) -> float:
    """How far a decimal of so many digits may be from what a ball encloses: it is rounded to the nearest one."""
    if decimals(ball, digits) == (number, number):
        return 0.0
    rounding = float(f"5e{number.adjusted() - digits}")
    return max(rounding + float(ball.rad()), SMALLEST)


def _inputs(name: str, given: Range) -> dict[str, list[float]]:
    """The two columns of an interval that was given: the doubles of its ends, as of any value."""
    return {end: [float(number.mid())] for end, number in zip(ends(name), given, strict=True)}


def _columns(name: str, found: Range | None) -> dict[str, list[float]]:
    """The two columns of an enclosure."""
    if found is None:
        return {end: [nan] for end in ends(name)}
    return {end: [_outward(number, side)] for end, number, side in zip(ends(name), found, (-inf, inf), strict=True)}


def _outward(number: Ball, side: float) -> float:
    """A double beyond an exact number, on that side, and so are the digits that it is written with.

    Of what is too large or too small for doubles these are outward decimals.
    """
    if number.is_zero():
        return 0.0
    low, high = decimals(number, DOUBLE_DIGITS)
    if not SMALLEST_NORMAL <= abs(low) <= float_info.max:
        return _written(low if side < 0 else high, DOUBLE_DIGITS, whole=False)
    exact = fraction(number)
    double = float(exact)
    while not _is_beyond(double, exact, side):
        double = nextafter(double, side)
    return double


def _is_beyond(double: float, exact: Fraction, side: float) -> bool:
    ends_ = Fraction(double), Fraction(repr(double))
    return max(ends_) <= exact if side < 0 else min(ends_) >= exact


def _written(number: Decimal, digits: int, whole: bool, rounded: bool = False) -> Written:
    """A decimal as numbers are written: with so many digits, and zeros at the end if it is to be `whole`."""
    return written(Multiprecision(digits + 5).number(str(number)), digits, whole, rounded)

"""What a partial derivative is where formulas say nothing: the limit of its difference quotient, by germs.

A partial is the limit of the difference quotient along its axis, two-sided if both sides agree. The function is
computed on germs beside the point, on either side; the series tells its limit and its slopes there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import groupby
from math import factorial, isfinite
from typing import Any, NamedTuple

from gradcli.evaluate.certain import SETTLED, Certain, Point, as_printed, digits_of_constants, enough, further_digits
from gradcli.evaluate.germs import Germ, Germs, Key
from gradcli.evaluate.multiprecision import Undecided, Undefined
from gradcli.evaluate.running_error import SMALLEST
from gradcli.naming import Direction
from gradcli.program import LEAVES, Program, Ref, moving_equations
from gradcli.results import Status

_LENGTHS = (6, 24)  # powers of h that are followed: few, and if those do not decide, many
_MOST_WORK = 1_000_000  # products of numbers, or about that much, that are computed for one answer: seconds
_DIGITS = 60
_SPARE = 45  # digits that decide what is 0, beyond those that are asked for
_MOST_DIGITS = 2000
_SAME = 1e-20  # relative distance of numbers that count as the same
_REMEMBERED = 10_000  # points
_NOTHING = 1e-323  # no double lies between it and 0


By = tuple[str | Direction, ...]
"""What is derived by: variables one after the other, or a direction."""


class Verdict(NamedTuple):
    """What a number is.

    Attributes:
        status: unresolved, if the limit could not be decided.
        value: the number, as mpmath's, if the status has one.
        left, right: where the two sides differ: their slopes, or at a jump their limits; `None` where there is none.
        cause: the equation that is undefined; -1: none is known.
        error: a bound of the number's error, where it is more than the rounding of what is printed.
    """

    status: Status
    value: Any = None
    left: Any = None
    right: Any = None
    cause: Ref = -1
    error: Any = None

    @property
    def has_close_sides(self) -> bool:
        """Whether its two sides are so near to each other that rounding may be all that parts them."""
        if self.left is None or self.right is None:
            return False
        return _is_same(self.left, self.right)

    @property
    def is_zero(self) -> bool:
        """Whether it is a number, and 0."""
        return self.status.has_number and not self.value

    def agrees(self, other: Verdict) -> bool:
        """Whether another says the same, its numbers to the digits of a double."""
        if self.status is not other.status:
            return False
        pairs = [(self.value, other.value), (self.left, other.left), (self.right, other.right)]
        return all(a is b or (a is not None and b is not None and (a == b or _is_same(a, b))) for a, b in pairs)


def _is_same(a: Any, b: Any) -> bool:
    """Whether two numbers differ by no more than rounding; infinite ones do."""
    return bool(a - a == 0 and abs(a - b) <= _SAME * abs(a))


class _NoLimit(Exception):
    def __init__(self, verdict: Verdict) -> None:
        super().__init__()
        self.verdict = verdict


class _Lost(NamedTuple):
    """What rounding cost the search for a verdict.

    Attributes:
        doubtful: whether so many digits that it is in doubt.
        vanished: whether something was taken for 0 that is so to these digits only.
    """

    doubtful: bool
    vanished: bool


_UNRESOLVED = Verdict(Status.UNRESOLVED)
_NOWHERE = Verdict(Status.UNDEFINED)
"""What is said at infinity, where there is nothing beside a point."""


class Limits:
    """The components of a program and their partials, as limits at points; points that come again are remembered.

    Args:
        remembered: how many at most.
    """

    def __init__(self, program: Program, remembered: int = _REMEMBERED) -> None:
        self.program = program
        self._remembered = remembered
        self._refs = dict(program.outputs)
        self._known: dict[Any, Verdict] = {}
        self._constants: dict[str, int] = {}  # see `_further_digits`
        self._bases: dict[int, _Base] = {}  # by the digits that they have

    def at_exactly(self, output: str, by: By, point: Point, digits: int) -> Verdict:
        """A component (by nothing) or a partial at a point in multiple precision, to so many digits."""
        germs = Germs(_DIGITS, 1)
        if not all(germs.ctx.isfinite(value) for value in self._moved(output, by, point(germs)).values()):
            return _NOWHERE
        return self._of(output, by, point, digits + _SPARE)

    def of(self, output: str, by: By, point: Mapping[str, float], exact: Point | None = None) -> Verdict:
        """A component (by nothing) or a partial at a point.

        Args:
            exact: what is meant by the point; `None`: the decimals that its numbers print as.
        """
        moved = self._moved(output, by, point)
        if not all(map(isfinite, moved.values())):
            return _NOWHERE
        if exact is not None:
            return self._of(output, by, exact, _DIGITS)
        key = output, by, tuple(moved.values())
        if key not in self._known:
            if len(self._known) >= self._remembered:
                self._known.clear()
            self._known[key] = self._of(output, by, as_printed(moved), _DIGITS)
        return self._known[key]

    def _moved(self, output: str, by: By, point: Mapping[str, Any]) -> dict[str, Any]:
        """What a component and a direction depend on, at a point."""
        speeds = {speed for direction in by if not isinstance(direction, str) for _, speed in direction}
        needed = self.program.depends_on(self._refs[output]) | speeds
        return {name: point[name] for name in self.program.variables if name in needed and name in point}

    def vanishes(self, output: str, by: By, point: Mapping[str, float], exact: Point | None = None) -> bool:
        """Whether it is 0 at a point (see `of`), or below all doubles: to so many digits it is."""
        if not all(map(isfinite, self._moved(output, by, point).values())):
            return False
        verdict = self._of(output, by, exact or as_printed(point), SETTLED)
        return verdict.status is Status.FINE and not verdict.value

    def _of(self, output: str, by: By, point: Point, digits: int) -> Verdict:
        if all(isinstance(name, str) for name in by) and not set(by) <= self.program.depends_on(self._refs[output]):
            return Verdict(Status.FINE, Germs(_DIGITS, 1).zero)
        digits += self._further_digits(output, point)
        verdict, lost = self._search(output, by, point, digits)
        while lost.doubtful and digits < _MOST_DIGITS:
            digits, last = 2 * digits, verdict
            verdict, lost = self._search(output, by, point, digits)
            if verdict.agrees(last):
                break
        if lost.vanished and digits < SETTLED:
            again, lost_again = self._search(output, by, point, SETTLED)
            if again.status is not Status.UNRESOLVED or verdict.is_zero:  # some functions have fewer digits
                verdict, lost = again, lost_again
        return verdict._replace(error=SMALLEST) if lost.vanished and verdict.is_zero else verdict

    def _search(self, output: str, by: By, point: Point, digits: int, whole: bool = False) -> tuple[Verdict, _Lost]:
        """The verdict in one precision, and what was lost on the way to it.

        Args:
            whole: whether to look at terms that stand still too.
        """
        for length in _LENGTHS:
            germs = Germs(digits, length + len(by))
            base = self._bases.setdefault(digits, _Base())
            search = _Search(self.program, self._refs[output], germs, point, base)
            if not whole:
                search.leave_out(by)
            if search.work(by) > _MOST_WORK:
                return _UNRESOLVED, _Lost(False, False)
            try:
                value = search.derivative(by, {}, 0)
            except _NoLimit as found:
                verdict = found.verdict
            except (Undecided, RecursionError):
                continue
            else:
                verdict = Verdict(Status.ONE_SIDED if search.one_sided else Status.FINE, value)
            if verdict.status is Status.JUMP and search.root != self._refs[output]:  # its limits are of the whole
                return self._search(output, by, point, digits, whole=True)
            lost = _Lost(germs.cancelled or verdict.has_close_sides, germs.vanished)
            if verdict.status is not Status.FINE and verdict.cause < 0:
                verdict = verdict._replace(cause=search.cause(verdict.status, len(by)))
            return verdict, lost
        return _UNRESOLVED, _Lost(False, False)

    def _further_digits(self, output: str, point: Point) -> int:
        """The digits that its constants and the point ask for."""
        germs = Germs(_DIGITS, 1)
        if output not in self._constants:
            live = self.program.live((self._refs[output],))
            self._constants[output] = digits_of_constants(self.program.equations[k] for k in live)
        return max(self._constants[output], further_digits(point(germs).values()))


class _Base:
    """The numbers of all equations at the last point: its partials, of which there may be thousands, share them.

    Attributes:
        cancelled, vanished: see `Multiprecision`.
    """

    def __init__(self) -> None:
        self.key: Any = None
        self.values: dict[Ref, Any] = {}
        self.cancelled = self.vanished = False


class _Search:
    """The derivatives of one component at one point.

    Args:
        base: what other searches at the point have computed, and what this one does.
    """

    def __init__(self, program: Program, root: Ref, germs: Germs, point: Point, base: _Base) -> None:
        self.program = program
        self.root = root
        self.germs = germs
        self.point = dict(point(germs))
        self.order = program.live((root,))
        self.one_sided = False
        self.base = base
        self._values: dict[Ref, Any] = {}
        self._orders: dict[frozenset[str], list[Ref]] = {}
        self._beside: list[dict[Ref, Any]] = []  # what was computed on one side and on the other, in turn

    def work(self, by: By) -> int:
        """How much is computed at most: of germs, on all sides of a point, products of all terms."""
        if not by:
            return len(self.order)
        germs = len(self._moving(frozenset(self._movers(by[-1]))))
        levels = len(list(groupby(by)))
        return len(self.order) + germs * (1 << levels) * self.germs.length**2

    def leave_out(self, by: By) -> None:
        """Leaves out the terms of the component, if it is a sum, that stand still, are defined and so have no slope."""
        equations = self.program.equations
        if not by or equations[self.root][0] not in ("add", "sub") or len(self.order) > _MOST_WORK:
            return
        moving = moving_equations(equations, self.order, {name for way in by for name in self._movers(way)})
        values = self._at_point()
        whole = self.root
        while equations[self.root][0] in ("add", "sub"):
            name, a, b = equations[self.root]
            rest, still = (b, a) if moving[b] and name == "add" else (a, b)
            if moving[still] or not moving[rest] or isinstance(values[still], Undefined):
                break
            self.root = rest
        if self.root != whole:
            self.order = self.program.live((self.root,))
            self._values = {k: values[k] for k in self.order}

    def derivative(self, by: By, beside: Mapping[str, Any], level: int) -> Any:
        """The partial at the point, or beside it where variables are germs of levels up to the given one.

        Raises:
            _NoLimit: there is none.
            Undecided: it cannot be found out.
        """
        if not by:
            value = self._value(beside)
            if isinstance(value, Undecided):
                raise Undecided
            if isinstance(value, Undefined):
                raise _NoLimit(Verdict(Status.UNDEFINED, cause=value.ref))
            return value
        variable = by[-1]
        prefix = by
        while prefix and prefix[-1] == variable:
            prefix = prefix[:-1]
        try:
            at = self.derivative(prefix, beside, level)
        except _NoLimit as found:  # the sides are those of a derivative of lower order
            raise _NoLimit(found.verdict._replace(left=None, right=None) if prefix else found.verdict) from None
        sides: dict[int, Any] = {}
        for side in (-1, 1):
            moved = {**beside, **self._moved(variable, beside, level + 1, side)}
            try:
                sides[side] = self.derivative(prefix, moved, level + 1)
            except _NoLimit as found:
                if found.verdict.status is not Status.UNDEFINED:  # what is derived is nowhere defined on this side
                    raise _NoLimit(Verdict(found.verdict.status)) from None
        if not sides:
            raise _NoLimit(Verdict(Status.UNDEFINED))
        self.one_sided = self.one_sided or len(sides) == 1
        self._continuous(sides, at, level + 1)
        count = len(by) - len(prefix)
        slope = at
        for k in range(1, count + 1):
            slope = self._slope(sides, k, level + 1, last=k == count)
        return slope

    def _moved(self, by: str | Direction, beside: Mapping[str, Any], level: int, side: int) -> dict[str, Any]:
        """The variables that move, on one side of where they are."""
        germs, moved = self.germs, {}
        for name, speed in self._movers(by).items():
            velocity = self.point[speed] if speed in self.point else germs.by_text(speed, ())
            way = germs.op_mul(velocity, germs.number(str(side)))
            moved[name] = germs.beside(beside.get(name, self.point[name]), level, way)
        return moved

    def _movers(self, by: str | Direction) -> dict[str, str]:
        """The variables that move, each with how fast."""
        direction = ((by, "1"),) if isinstance(by, str) else by
        return {name: speed for name, speed in direction if name in self.point}

    def _value(self, beside: Mapping[str, Any]) -> Any:
        """The component where some variables are germs."""
        if not self._values:
            self._values = self._at_point()
        if not beside:
            return self._values[self.root]
        values = dict(self._values)
        self.germs.run(self.program.equations, self._moving(frozenset(beside)), {**self.point, **beside}, values)
        if not any(isinstance(value, Germ) and value.level > 1 for value in beside.values()):
            self._beside.append(values)
        return values[self.root]

    def _at_point(self) -> dict[Ref, Any]:
        base, germs = self.base, self.germs
        key = self.root, germs.digits, germs.length, tuple(self.point.items())
        if base.key != key:
            before = germs.cancelled, germs.vanished
            germs.cancelled = germs.vanished = False
            base.key, base.values = None, {}
            germs.run(self.program.equations, self.order, self.point, base.values)
            base.key, base.cancelled, base.vanished = key, germs.cancelled, germs.vanished
            germs.cancelled, germs.vanished = before
        germs.cancelled |= base.cancelled
        germs.vanished |= base.vanished
        return base.values

    def _moving(self, moved: frozenset[str]) -> list[Ref]:
        """The equations that change where some variables do."""
        if moved not in self._orders:
            moving = moving_equations(self.program.equations, self.order, moved)
            self._orders[moved] = [k for k in self.order if moving[k]]
        return self._orders[moved]

    def cause(self, status: Status, order: int) -> Ref:
        """The first equation where the component is computed that is as it is; else the first that is not smooth.

        Args:
            order: of the derivative that is so.
        """
        troubles: list[Callable[[Any, Any, Any], bool]] = [lambda *values: not self._smooth(*values)]
        if status is Status.VERTICAL:
            troubles.insert(0, lambda *values: any(_is_steep(value, order) for value in values[:2]))
        elif status is Status.ONE_SIDED:
            troubles.insert(0, lambda *values: isinstance(values[0], Undefined) != isinstance(values[1], Undefined))
        elif status is Status.JUMP:
            troubles.insert(0, self._jumps)
        for is_so in troubles:
            for left, right in zip(self._beside[::2], self._beside[1::2], strict=False):
                relevant = self._relevant(left) | self._relevant(right)
                for k in self.order:
                    if k in relevant and is_so(left[k], right[k], self._values[k]):
                        return k
        return -1

    def _relevant(self, values: Mapping[Ref, Any]) -> set[Ref]:
        """The equations that the component rests on, of a `where` the branch that is taken."""
        relevant = {self.root}
        for k in reversed(self.order):
            if k in relevant:
                name, *refs = self.program.equations[k]
                if name == "where" and not isinstance(values[refs[0]], Undefined):
                    relevant |= {refs[0], refs[1 if values[refs[0]] else 2]}
                elif name not in LEAVES:
                    relevant |= set(refs)
        return relevant

    def _jumps(self, left: Any, right: Any, at: Any) -> bool:
        """Whether what is on a side of a value tends to another."""
        if isinstance(at, Undefined):
            return False
        sides = [a for a in (left, right) if not isinstance(a, Undefined)]
        try:
            return not all(self._equal(self.germs.limit(a), at) for a in sides)
        except Undecided:
            return False

    def _smooth(self, left: Any, right: Any, at: Any) -> bool:
        """Whether what is on the two sides of a value continues it and each other."""
        if not isinstance(left, Germ) or not isinstance(right, Germ):
            return type(left) is type(right) is type(at) and (isinstance(at, Undefined) or bool(left == right == at))
        if isinstance(at, Undefined) or not self._equal(self.germs.coefficient(left, 1, 0), at):
            return False
        mirrored = {key: -c if key[0] % 2 else c for key, c in left.terms.items()}
        return all(map(_is_power, (*left.terms, *right.terms))) and self._equal(Germ(1, mirrored, left.order), right)

    def _continuous(self, sides: Mapping[int, Any], at: Any, level: int) -> None:
        """Whether the limits are the value itself.

        Raises:
            _NoLimit: there is a jump.
        """
        limits = {side: self._term(germ, 0, side, level) for side, germ in sides.items()}
        if not all(self._equal(limit, at) for limit in limits.values()):
            raise _NoLimit(self._split(Status.JUMP, limits))

    def _slope(self, sides: Mapping[int, Any], k: int, level: int, last: bool) -> Any:
        """The k-th derivative, whose lower ones exist.

        Raises:
            _NoLimit: the sides differ, or it is infinite.
        """
        slopes = {side: self._term(germ, k, side, level) for side, germ in sides.items()}
        status = None
        if any(self.germs.is_infinite(slope) for slope in slopes.values()):
            status = Status.VERTICAL
        elif len(slopes) == 2 and not self._equal(slopes[-1], slopes[1]):
            status = Status.KINK
        if status is not None:
            if last:
                raise _NoLimit(self._split(status, slopes))
            raise _NoLimit(Verdict(Status.UNDEFINED if status is Status.KINK else status))  # beyond a kink is nothing
        return next(iter(slopes.values()))

    def _split(self, status: Status, sides: Mapping[int, Any]) -> Verdict:
        left, right = (None if isinstance(sides.get(side), Germ) else sides.get(side) for side in (-1, 1))
        return Verdict(status, left=left, right=right)

    def _term(self, germ: Any, k: int, side: int, level: int) -> Any:
        """The k-th derivative of a germ at 0 by its variable; infinity, where a larger term than h^k is left."""
        ctx = self.germs.ctx
        if isinstance(germ, Germ) and germ.level == level:
            larger = [key for key in germ.terms if key < (k, 0) and not _is_power(key)]
            if larger:
                return ctx.inf * self.germs.sign(germ.terms[min(larger)]) * side**k
            if germ.order is not None and germ.order <= k:
                raise Undecided
        return self.germs.op_mul(self.germs.coefficient(germ, level, k), ctx.mpf(factorial(k) * side**k))

    def _equal(self, a: Any, b: Any) -> bool:
        if self.germs.is_infinite(a) or self.germs.is_infinite(b):
            return False
        if not isinstance(a, Germ) and not isinstance(b, Germ):
            return self.germs.compare(a, b) == 0
        apart = self.germs.op_sub(a, b)
        return not apart.terms if isinstance(apart, Germ) else not apart


def given(number: Certain, digits: int) -> Verdict | None:
    """What a formula gives, away from ties, as a limit; `None` where it has no number, or not so many digits of it."""
    if not (number.is_real and enough(number, digits)):
        return None
    return Verdict(Status.FINE, number.value, error=number.error)


def confirmed(verdict: Verdict, number: Certain, digits: int) -> Verdict:
    """A limit's number beside that of the formula for it, which has a bound of its error where a limit has none.

    Series drop what is 60 digits smaller, and of x + exp(800) - exp(800) nothing is left then, though it is not 0.
    """
    if verdict is _NOWHERE:
        return verdict
    if isinstance(number.value, Undefined):
        return _UNRESOLVED if verdict.status is Status.UNDEFINED and number.error else verdict
    if not verdict.status.has_number:
        return verdict
    if enough(number, digits):
        return verdict._replace(value=number.value, error=number.error)
    if is_settled(number) or not number.value.context.isfinite(number.error):
        return verdict  # nothing to speak of, or a decision that rounding leaves open: the limit has made it
    return verdict._replace(status=Status.IMPRECISE, value=number.value, error=number.error)


def is_settled(number: Certain) -> bool:
    """Whether a number's error is nothing beside any double."""
    return not isinstance(number.value, Undefined) and bool(number.error < _NOTHING)


def _is_steep(a: Any, order: int) -> bool:
    """Whether a value beside a point has no finite derivative of an order there."""
    return isinstance(a, Germ) and any(key < (order, 0) and not _is_power(key) for key in a.terms)


def _is_power(key: Key) -> bool:
    """Whether a term is a whole power of h, as those of Taylor series are."""
    exponent, log = key
    return log == 0 and exponent >= 0 and exponent.denominator == 1

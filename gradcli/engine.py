"""The one orchestrator: from a program and what is asked of it to numbers with their status, or to formulas.

A backend computes; the engine decides what to compute and takes the second look that no backend takes by
itself: where a value is undefined, so are its partials; where a tie or a jump is near, a number that one
branch gives is no derivative.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from math import comb, isfinite, ulp
from typing import TYPE_CHECKING, Any

from gradcli.backends import Options, Points, Prepared, get_backend
from gradcli.backends.formulas import FormulaPrepared
from gradcli.diagnosis import Tie, Ties
from gradcli.errors import LimitError, UsageError
from gradcli.language.printer import format_document
from gradcli.naming import Partial, fresh_names, multi_indices, suggestion
from gradcli.program import LEAVES, Builder, Output, Program, Ref, kind_of, live
from gradcli.results import Status, Values, Written
from gradcli.rules import in_full

if TYPE_CHECKING:
    from gradcli.evaluate.certain import Point
    from gradcli.limits import Limits, Verdict

MAX_PARTIALS = 1_000_000
MAX_ORDER = 1000

_SAME_SLOPE = 1e-12  # relative distance of slopes that rounding may have parted
_LONG = 10**12  # lengths of text beyond this are not told apart

_WITH_NUMBER = [status for status in Status if status.has_number]
_WITHOUT_NUMBER = [status for status in Status if not status.has_number]


def wanted(
    program: Program,
    *,
    wrt: Sequence[str] | None = None,
    order: int | None = None,
    hessian: bool = False,
    partial: Sequence[tuple[str, ...]] = (),
) -> tuple[Partial, ...]:
    """What is asked for, as partials in the order of the columns: the values, then output by output by order.

    Without a kind of derivative these are the partials that the document gives, else the first partials.

    Raises:
        UsageError: a variable that does not occur.
        LimitError: more than a million partials.
    """
    variables = _checked(program, wrt, "--wrt") if wrt is not None else program.variables
    highest = max(order or 0, 2 if hessian else 0)
    multi: list[tuple[str, ...]] = []
    for by in partial:
        _checked(program, by, "--partial")
    if not highest and not partial:
        if program.given and wrt is None:
            return (*(Partial(o.name) for o in program.outputs), *_given(program))
        highest = 1
    _limit(len(program.outputs), len(variables), highest)
    for k in range(1, highest + 1):
        multi += multi_indices(variables, k)
    multi = sorted(dict.fromkeys([*multi, *partial]), key=len)
    values = [Partial(output.name) for output in program.outputs]
    return (*values, *(Partial(output.name, by) for output in program.outputs for by in multi))


def next_order(program: Program, wrt: Sequence[str] | None, order: int | None) -> tuple[Partial, ...]:
    """What `symbolic` writes: all orders up to the asked one; of a document that gives partials, one order more.

    Raises:
        UsageError: a variable that does not occur.
        LimitError: more than a million partials.
    """
    if order is not None or not program.given:
        return wanted(program, wrt=wrt, order=order)
    given = [Partial(*key) for key in program.given]
    variables = (
        _checked(program, wrt, "--wrt") if wrt is not None else tuple(dict.fromkeys(v for p in given for v in p.by))
    )
    rank = {variable: k for k, variable in enumerate(variables)}
    found = [Partial(output.name) for output in program.outputs]
    for output in program.outputs:
        own = sorted((p for p in given if p.output == output.name), key=lambda p: p.order)
        highest = [p for p in own if p.order == own[-1].order]
        found += own
        found += [Partial(p.output, (*p.by, v)) for p in highest for v in variables if rank[v] >= rank.get(p.by[-1], 0)]
    return tuple(dict.fromkeys(found))


def prepare(
    program: Program, partials: Sequence[Partial], backend: str | None = None, options: Options | None = None
) -> Evaluation:
    """Prepares the evaluation of partials; those that the document gives are taken as written.

    Args:
        backend: `None` for the default, autodiff; a backend that is named derives given partials anew.

    Raises:
        UsageError: no such backend or option, or a partial beyond its capabilities.
        LimitError: the work would be too large.
    """
    # A partial counts only where the value does: it is computed beside it, wanted or not.
    values = dict.fromkeys(Partial(partial.output) for partial in partials)
    partials = (*(value for value in values if value not in partials), *partials)
    given = program.given if backend is None else {}
    chosen = get_backend(backend or "autodiff")
    chosen_options = check_options(chosen.name, options or {})
    highest = chosen.capabilities.max_order
    for partial in partials:
        if highest is not None and partial.order > highest:
            raise UsageError(
                f"the backend {chosen.name} gives partials up to order {highest}, not {partial.name}",
                hint="use --backend autodiff",
            )
    if not any(partial.by and (partial.output, partial.by) in given for partial in partials):
        return Evaluation(program, chosen.prepare(program, partials, chosen_options), chosen.capabilities.formulas)
    derive = [partial for partial in partials if (partial.output, partial.by) not in given]
    derived = chosen.derive(program, derive, chosen_options)  # type: ignore[attr-defined]
    refs = {output.name: output.ref for output in derived.outputs}
    refs |= {Partial(*key).name: ref for key, ref in given.items()}
    whole = _replace(derived, [Output(partial.name, refs[partial.name]) for partial in partials])
    return Evaluation(program, FormulaPrepared(whole, partials, program.outputs))


def formulas(
    program: Program, partials: Sequence[Partial], backend: str = "symbolic", options: Options | None = None
) -> Program:
    """A program that extends the given one and whose outputs are the partials, as formulas.

    Partials that the document gives are kept as written, and higher orders are derived from them.

    Raises:
        UsageError: the backend gives no formulas.
        LimitError: the work would be too large.
    """
    chosen = get_backend(backend)
    if not chosen.capabilities.formulas:
        raise UsageError(f"the backend {chosen.name} gives numbers, not formulas", hint="use --backend symbolic")
    checked = check_options(chosen.name, options or {})
    found: dict[Partial, Ref] = {Partial(output.name): output.ref for output in program.outputs}
    found |= {Partial(*key): ref for key, ref in program.given.items()}
    steps = dict.fromkeys(Partial(p.output, p.by[:k]) for p in partials for k in range(1, p.order + 1))
    current = program
    # Order k + 1 is derived from the formulas of order k, so that deriving a printed document goes on alike.
    for order in range(1, max((p.order for p in steps), default=0) + 1):
        missing = [p for p in steps if p.order == order and p not in found]
        if missing:
            parents = dict.fromkeys(Partial(p.output, p.by[:-1]) for p in missing)
            step = _replace(current, [Output(parent.name, found[parent]) for parent in parents])
            asked = [Partial(Partial(p.output, p.by[:-1]).name, p.by[-1:]) for p in missing]
            current = chosen.derive(step, asked, checked)  # type: ignore[attr-defined]
            found |= {p: output.ref for p, output in zip(missing, current.outputs, strict=True)}
    return _replace(current, [Output(p.name, found[p]) for p in partials])


def document(program: Program, derived: Program) -> list[tuple[str, str]]:
    """The lines of a document with its formulas, left and right sides; what would be too long is shared: `t1, ...`."""
    components = {output.name for output in program.outputs}
    lines = [(output.name, output.ref) for output in derived.outputs if output.name not in components]
    kept = {"bindings": program.bindings, "given": program.given, "declared": program.declared}
    whole = _replace(derived, program.outputs, **kept)
    return format_document(whole, lines, _shared(whole, [ref for _, ref in lines]))


class Evaluation:
    """Prepared partials with the second look; evaluates points one by one or in blocks."""

    def __init__(self, program: Program, prepared: Prepared, traced: bool = True) -> None:
        """`traced`: whether the backend follows what goes wrong on the way, as evaluating formulas does."""
        self.partials = prepared.partials
        self.program = prepared.program
        self._prepared = prepared
        self._whole = None if traced else _values_only(program)
        self._components = program
        self._in_full: Program | None = None
        self._ties = Ties(program, edges=not traced)
        self._limits: Limits | None = None

    def evaluate(self, points: Points, bounded: bool = False) -> Values:
        """The partials at a point (floats) or at a block of points (arrays); see `Values`.

        Args:
            bounded: whether to bound every number's error in blocks too, where it costs far more than the numbers.

        Raises:
            UsageError: a variable has no value.
        """
        points = self._checked(points)
        if bounded and any(not isinstance(column, float) for column in points.values()):
            return _stacked([self._look(point).answer() for point in _rows(points)], points)
        return self._look(points).answer()

    def looked(self, points: Points) -> tuple[Values, frozenset[str]]:
        """The partials at a point, and the names of those whose numbers are limits that no formula gives."""
        look = self._look(self._checked(points))
        return look.answer(), frozenset(look.decided)

    def _checked(self, points: Points) -> Points:
        missing = [v for v in self.program.variables if v not in points]
        if missing:
            raise UsageError(f"no value is given for {', '.join(missing)}")
        return _as_numbers({name: points[name] for name in self.program.variables})

    def _look(self, points: Points) -> _SecondLook:
        values = self._prepared.evaluate(points).replaced(points=points)
        whole = self._whole.evaluate(points) if self._whole is not None else None
        look = _SecondLook(values, whole, self._limit)
        if self._ties.ties:
            block = any(not isinstance(column, float) for column in points.values())
            look.ties(self._ties, self._ties.at_block(points) if block else self._ties.at_point(points))
        look.decide()
        return look

    def certain(self, points: Points, exact: Point, digits: int) -> Values:
        """The partials at a point, each `Written` with so many significant digits.

        Args:
            points: the point in doubles, where statuses are looked for.
            exact: the same point in multiple precision.

        Raises:
            UsageError: a variable has no value.
            LimitError: the backend cannot give so high an order to any number of digits.
        """
        from gradcli.evaluate.certain import Certain, enough
        from gradcli.evaluate.multiprecision import Undefined

        look = self._look(self._checked(points))
        status = dict(look.status)
        columns: dict[str, Any] = {}
        error: dict[str, Any] = {}
        for partial, number in zip(self.partials, self._prepared.certain(exact, digits), strict=True):
            name = partial.name
            code = Status.FINE if status.get(name) is None else Status(status[name][0])
            cut = partial.by and self._full() is not self._components
            if name in look.decided or isinstance(number.value, Undefined) or cut:
                verdict = self._limiting().at_exactly(partial.output, partial.by, exact, digits)
                code = verdict.status
                number = Certain(verdict.value, abs(verdict.value or 0) / 10**digits / 2)
            elif code in (Status.IMPRECISE, Status.OVERFLOW, Status.NOT_CONVERGED, Status.UNRESOLVED, Status.FINE):
                code = Status.FINE if enough(number, digits) else Status.IMPRECISE
            columns[name], error[name] = [float("nan")], [float("nan")]
            if code.has_number:
                columns[name] = [_written(number.value, digits)]
                error[name] = [float(number.error)]
            status[name] = [int(code)]
        values = look.answer()
        written = _written_inputs(points, exact, digits)
        return values.replaced(columns={**values.columns, **columns, **written}, error=error, status=status)

    def _limit(self, partial: Partial, point: Mapping[str, float]) -> Verdict:
        return self._limiting().of(partial.output, partial.by, point)

    def _full(self) -> Program:
        """The components, fit for any number of digits."""
        if self._in_full is None:
            self._in_full = in_full(self._components)
        return self._in_full

    def _limiting(self) -> Limits:
        if self._limits is None:  # not loaded for what is fine
            from gradcli.limits import Limits

            self._limits = Limits(self._full())
        return self._limits


def _rows(points: Points) -> Iterator[Points]:
    """The points of a block, one by one."""
    count = next(len(column) for column in points.values() if not isinstance(column, float))
    for row in range(count):
        yield {name: c if isinstance(c, float) else float(c[row]) for name, c in points.items()}


def _stacked(answers: Sequence[Values], points: Points) -> Values:
    """The answer for a block, from those for its points."""
    import numpy as np

    nan = [float("nan")]

    def column(parts: Iterable[Sequence[float] | None], missing: Sequence[float], dtype: type) -> Any:
        return np.array([(missing if part is None else part)[0] for part in parts], dtype)

    first = answers[0]
    names = [partial.name for partial in first.partials]
    return first.replaced(
        points=points,
        columns={name: column((a.columns[name] for a in answers), nan, np.float64) for name in names},
        error={name: column((a.error.get(name) for a in answers), nan, np.float64) for name in names},
        status={name: column((a.status.get(name) for a in answers), [0], np.uint8) for name in names},
        cause={name: column((a.cause.get(name) for a in answers), [-1], np.int32) for name in names},
        sides={
            name: tuple(
                column((a.sides[name][side] if name in a.sides else None for a in answers), nan, np.float64)
                for side in (0, 1)
            )
            for name in names
        },
    )


def _written_inputs(points: Points, exact: Point, digits: int) -> dict[str, Any]:
    """The values of variables that doubles do not hold as they were written."""
    from gradcli.evaluate.multiprecision import Multiprecision

    arithmetic = Multiprecision(digits + 5)
    given = exact(arithmetic)
    return {
        name: [_written(given[name], digits)]
        for name, value in points.items()
        if name in given and given[name] != arithmetic.number(repr(value))
    }


def _written(number: Any, digits: int, whole: bool = True) -> Written:
    """A number of mpmath's with so many significant digits, and a point or an exponent.

    Args:
        whole: whether zeros at the end stand there too.
    """
    text: str = number.context.nstr(number, digits, strip_zeros=not whole, min_fixed=-5, max_fixed=max(digits, 16))
    return Written(text if "." in text or "e" in text else f"{text}.0")


def decimal_text(text: str, digits: int, whole: bool) -> str:
    """A decimal as numbers of so many digits are written."""
    from gradcli.evaluate.multiprecision import Multiprecision

    return _written(Multiprecision(digits + 5).number(text), digits, whole).text


def _as_numbers(points: Points) -> dict[str, Any]:
    """Numbers as floats, columns as float64 arrays of one length.

    Raises:
        UsageError: something is neither, or the columns differ in length.
    """
    columns: dict[str, Any] = {}
    lengths: dict[int, str] = {}
    for name, given in points.items():
        if isinstance(given, int | float) and not hasattr(given, "dtype"):
            columns[name] = float(given)
            continue
        import numpy as np

        try:
            column = np.asarray(given, np.float64)
        except (TypeError, ValueError):
            column = np.empty((0, 0))
        if column.ndim > 1 or isinstance(given, str):
            raise UsageError(f"the values of '{name}' are neither a number nor a column of numbers")
        columns[name] = column if column.ndim else float(column)
        if column.ndim:
            lengths.setdefault(len(column), name)
    if len(lengths) > 1:
        told = ", ".join(f"'{name}' has {length}" for length, name in lengths.items())
        raise UsageError(f"the columns differ in length: {told}")
    return columns


def check_options(backend: str, options: Options) -> dict[str, Any]:
    """The options that are set, if they are the backend's.

    Raises:
        UsageError: an option of another backend.
    """
    known = get_backend(backend).capabilities.options
    for name, value in options.items():
        if value is not None and name not in known:
            own = ", ".join(f"--{option}" for option in known) or "none"
            raise UsageError(f"--{name} is no option of the backend {backend}", hint=f"its options: {own}")
    return {name: value for name, value in options.items() if value is not None}


# --- what is asked for ------------------------------------------------------------------------------------


def _checked(program: Program, names: Iterable[str], option: str) -> tuple[str, ...]:
    names = tuple(names)
    for name in names:
        if name not in program.variables:
            raise UsageError(
                f"{option} names '{name}', which is no variable of the expression",
                hint=suggestion(name, program.variables)
                or f"its variables: {', '.join(program.variables[:20]) or 'none'}",
            )
    return tuple(dict.fromkeys(names)) if option == "--wrt" else names


def _given(program: Program) -> list[Partial]:
    """The document's own partials, output by output by rising order."""
    rank = {variable: k for k, variable in enumerate(program.variables)}
    place = {output.name: k for k, output in enumerate(program.outputs)}
    partials = [Partial(*key) for key in program.given]
    return sorted(partials, key=lambda p: (place[p.output], p.order, [rank[v] for v in p.by]))


def _limit(outputs: int, variables: int, order: int) -> None:
    if order > MAX_ORDER:
        raise LimitError(f"partials of order {order:,}; orders up to {MAX_ORDER:,} are computed")
    count = outputs * comb(variables + order, order)
    if count * max(order, 1) > MAX_PARTIALS:
        raise LimitError(
            f"{count:,} partials of up to order {order:,}; at most {MAX_PARTIALS:,} are computed",
            hint="name fewer variables: --wrt",
        )


def _replace(program: Program, outputs: Iterable[Output], **kept: Any) -> Program:
    return Program(Builder.extending(program), program.variables, outputs, **kept)


def _values_only(program: Program) -> FormulaPrepared:
    """The components' values, with what goes wrong on the way to them."""
    return FormulaPrepared(program, [Partial(output.name) for output in program.outputs], program.outputs)


def _shared(program: Program, refs: Sequence[Ref]) -> dict[Ref, str]:
    """Names for the sub-expressions that would otherwise make the text far longer than the program."""
    equations = program.equations
    order = live(equations, refs)
    length: dict[Ref, int] = {}
    uses: dict[Ref, int] = {}
    for k in order:
        length[k] = 1
        if equations[k][0] not in LEAVES:
            for ref in equations[k][1:]:
                length[k] = min(length[k] + length[ref], _LONG)
                uses[ref] = uses.get(ref, 0) + 1
    if sum(length[ref] for ref in refs) <= 10 * len(order) + 1000:
        return {}
    names = fresh_names("t", {*program.variables, *program.bindings, *(o.name for o in program.outputs)})
    named = {*program.bindings.values(), *(output.ref for output in program.outputs)}
    chosen = [
        k for k in order
        if uses.get(k, 0) > 1 and length[k] > 3 and kind_of(equations[k]) == "real" and k not in named
    ]  # fmt: skip
    return {k: next(names) for k in chosen}


# --- the second look --------------------------------------------------------------------------------------


class _SecondLook:
    """An answer while statuses are added to it, at a point and in blocks alike.

    A condition is a bool at a point, and a mask of the rows in a block.

    Args:
        whole: the components' values with their statuses, where the backend does not trace what goes wrong.
        limit: what decides where the backend's numbers do not.
    """

    def __init__(
        self, values: Values, whole: Values | None, limit: Callable[[Partial, Mapping[str, float]], Verdict]
    ) -> None:
        self.values = values
        self.limit = limit
        self.decided: set[str] = set()  # the columns with a number that is a limit
        self.sampled = whole is not None
        self.columns, self.error = dict(values.columns), dict(values.error)
        self.status, self.cause, self.sides = dict(values.status), dict(values.cause), dict(values.sides)
        for partial in whole.partials if whole is not None else ():
            if whole is not None and partial.name in self.columns:
                self.columns[partial.name] = whole.columns[partial.name]
                self.error[partial.name] = whole.error.get(partial.name)
                self.status[partial.name] = whole.status.get(partial.name)
                self.cause[partial.name] = whole.cause.get(partial.name)

    def answer(self) -> Values:
        """The values with all that was found."""
        return self.values.replaced(
            columns=self.columns, error=self.error, status=self.status, cause=self.cause, sides=self.sides
        )

    def ties(self, ties: Ties, found: Sequence[tuple[Tie, Any]]) -> None:
        """Where a component is at a tie, its partials by the variables that move off it are open."""
        for partial in self.values.partials:
            lipschitz: Any = False
            others: Any = False
            for tie, here in found:
                if tie.output == partial.output and not ties.moving(tie.cause).isdisjoint(partial.by):
                    where = here & self._has(partial.name, *_WITH_NUMBER, Status.UNRESOLVED)
                    self._mark(partial, here & self._has(partial.name, *_WITH_NUMBER), Status.UNRESOLVED, tie.cause)
                    if ties.is_lipschitz(tie):
                        lipschitz = lipschitz | where
                    else:
                        others = others | where
            if partial.order == 1 and lipschitz is not False and not isinstance(lipschitz, bool):
                self._slopes(partial, lipschitz & ~others & self._has(partial.output, *_WITH_NUMBER), ties)

    def _slopes(self, partial: Partial, where: Any, ties: Ties) -> None:
        """Decides first partials in rows that are at ties of `abs`, `max` and `min` alone, all at once."""
        import numpy as np

        rows = where.nonzero()[0]
        if not len(rows):
            return
        points = {name: c if isinstance(c, float) else c[rows] for name, c in self.values.points.items()}
        left, right = ties.slopes(partial, points)
        known = np.isfinite(left) & np.isfinite(right)
        agree = abs(left - right) <= _SAME_SLOPE * np.maximum(abs(left), abs(right))
        name = partial.name
        self.columns[name][rows[agree & known]] = right[agree & known]
        self.status[name][rows[known]] = np.where(agree[known], Status.FINE, Status.KINK)
        for side, slopes in zip(self._both_sides(name), (left, right), strict=True):
            side[rows[known]] = slopes[known]

    def decide(self) -> None:
        """Decides by limits what is open: first the values, then their partials."""
        if all(codes is None for codes in self.status.values()):
            return
        ruleless = _without_rule(self.values.program)
        open_values: dict[str, Any] = {}
        for partial in sorted(self.values.partials, key=lambda partial: partial.order):
            self._follow(partial)
            name = partial.name
            if self.status.get(name) is None:
                continue
            # Where rounding leaves a comparison open, exact numbers may settle it.
            open_ = self._has(name, Status.UNRESOLVED) | (self._has(name, Status.IMPRECISE) & self._is_caused(name))
            if not partial.by:
                open_values[name] = open_
            elif self.sampled:  # samples of a function that may have jumped there
                open_ = open_ | open_values.get(partial.output, False)
            if partial.by and name not in ruleless:
                open_ = open_ | self._has(name, Status.UNDEFINED)
            self._decide(partial, open_ & self._has(partial.output, *_WITH_NUMBER) if partial.by else open_)

    def _follow(self, partial: Partial) -> None:
        """A partial is fine only where the value is."""
        if not partial.by or self.status.get(partial.output) is None:
            return
        for status in _WITHOUT_NUMBER:
            self._mark(partial, self._has(partial.output, status), status, self.cause.get(partial.output))
        if self.sampled:  # differences of values that have lost their digits have none either
            lost = self._has(partial.output, Status.IMPRECISE) & self._has(partial.name, Status.FINE)
            self._mark(partial, lost, Status.IMPRECISE)

    def _decide(self, partial: Partial, where: Any) -> None:
        """Replaces what is open in some rows by what the limit there is, if that is found."""
        at_point = isinstance(self.columns[partial.name], list)
        rows = ([0] if where else []) if at_point else where.nonzero()[0].tolist()
        for row in rows:
            point = {
                name: column if isinstance(column, float) else float(column[row])
                for name, column in self.values.points.items()
            }
            verdict = self.limit(partial, point)
            if verdict.status is not Status.UNRESOLVED:
                self._record(partial.name, row, verdict)
            elif self._code(partial.name, row) is Status.UNDEFINED:  # by its formula, where the value is defined
                self.status[partial.name][row] = Status.UNRESOLVED

    def _record(self, name: str, row: int, verdict: Verdict) -> None:
        self.decided.add(name)
        status, number = verdict.status, float("nan")
        if status.has_number:
            number = float(verdict.value)
            status = status if isfinite(number) else Status.OVERFLOW
        self.columns[name][row] = number if isfinite(number) else float("nan")
        self.status[name][row] = int(status)
        if verdict.cause >= 0:
            self.cause[name][row] = verdict.cause
        if self.error.get(name) is None and isinstance(self.columns[name], list):
            self.error[name] = [float("nan")]
        if self.error.get(name) is not None:
            self.error[name][row] = ulp(number) if isfinite(number) else float("nan")
        if verdict.left is not None or verdict.right is not None:
            for side, limit in zip(self._both_sides(name), (verdict.left, verdict.right), strict=True):
                side[row] = float("nan") if limit is None else float(limit)

    def _both_sides(self, name: str) -> tuple[Any, Any]:
        if name not in self.sides:
            column = self.columns[name]
            if isinstance(column, list):
                self.sides[name] = [float("nan")], [float("nan")]
            else:
                self.sides[name] = column * float("nan"), column * float("nan")
        return self.sides[name]

    def _code(self, name: str, row: int) -> Status:
        return Status(int(self.status[name][row]))

    def _is_caused(self, name: str) -> Any:
        """Where an equation is named as the cause of a column's status."""
        causes = self.cause.get(name)
        if causes is None or isinstance(causes, list):
            return causes is not None and causes[0] >= 0
        return causes >= 0

    def _has(self, name: str, *statuses: Status) -> Any:
        """Where a column has one of the statuses."""
        codes = self.status.get(name)
        if codes is None:
            return Status.FINE in statuses
        if isinstance(codes, list):
            return codes[0] in statuses
        import numpy as np

        return np.isin(codes, statuses)

    def _mark(self, partial: Partial, where: Any, status: Status, cause: Any = None) -> None:
        """Sets a status where a condition holds; the cause stays if none is given; a number goes if it is none."""
        name = partial.name
        column = self.columns[name]
        if isinstance(column, list):
            if where:
                self.status[name] = [int(status)]
                if cause is not None or self.cause.get(name) is None:
                    self.cause[name] = [cause] if isinstance(cause, int) else cause or [-1]
                self.columns[name] = column if status.has_number else [float("nan")]
            return
        import numpy as np

        if not np.any(where):
            return
        if self.status.get(name) is None:
            self.status[name] = np.zeros(len(column), np.uint8)
        if self.cause.get(name) is None:
            self.cause[name] = np.full(len(column), -1, np.int32)
        where = np.broadcast_to(where, len(column))
        self.status[name][where] = status
        if cause is not None:
            self.cause[name][where] = np.broadcast_to(cause, len(column))[where]
        if not status.has_number:
            column[where] = np.nan


def _without_rule(program: Program) -> set[str]:
    """The outputs that are undefined for want of a rule: their formula is the constant 0/0."""
    zero = ("const", "0")
    equations = program.equations
    quotients = [output for output in program.outputs if equations[output.ref][0] == "div"]
    return {
        output.name for output in quotients
        if all(equations[ref] == zero for ref in equations[output.ref][1:])
    }  # fmt: skip

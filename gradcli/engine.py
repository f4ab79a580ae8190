"""The one orchestrator: from a program and what is asked of it to numbers with their status, or to formulas.

A backend computes; the engine decides what to compute and takes the second look that no backend takes by
itself: where a value is undefined, so are its partials; where a tie or a jump is near, a number that one
branch gives is no derivative.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from math import comb, isfinite, ulp
from typing import TYPE_CHECKING, Any

from gradcli import kinds
from gradcli.backends import Options, Points, Prepared, get_backend
from gradcli.backends.formulas import FormulaPrepared
from gradcli.combine import CombinedEvaluation, summed, terms_of
from gradcli.diagnosis import Tie, Ties
from gradcli.errors import LimitError, UsageError
from gradcli.language.printer import format_document
from gradcli.naming import Combination, Derivative, Partial, fresh_names, multi_indices, suggestion
from gradcli.program import LEAVES, Builder, Output, Program, Ref, kind_of, live
from gradcli.results import Status, Values
from gradcli.rules import in_full

if TYPE_CHECKING:
    from gradcli.evaluate.certain import Point
    from gradcli.limits import Limits, Verdict

MAX_PARTIALS = 1_000_000
MAX_ORDER = 1000
MAX_UNSHARED = 10_000_000
MAX_DENSE = 10_000
"""Entries of a Hessian beyond which it is computed as a sparse one."""

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
    along: Mapping[str, str] | None = None,
    laplacian: bool = False,
    divergence: bool = False,
    curl: bool = False,
) -> tuple[Derivative, ...]:
    """What is asked for, in the order of the columns: the values, output by output the partials by order and
    its combinations, then the combinations of all outputs.

    Without a kind of derivative these are the derivatives that the document gives, else the first partials.

    Args:
        along: a direction, as a constant expression a variable.

    Raises:
        UsageError: a variable that does not occur; outputs and variables that do not pair.
        LimitError: more than a million partials.
    """
    variables = checked_names(program.variables, wrt, "--wrt") if wrt is not None else program.variables
    highest = max(order or 0, 2 if hessian else 0)
    multi: list[tuple[str, ...]] = []
    for by in partial:
        checked_names(program.variables, by, "--partial")
    checked_names(program.variables, along or (), "--along")
    if not (highest or partial or along or laplacian or divergence or curl):
        if program.given and wrt is None:
            return (*(Partial(o.name) for o in program.outputs), *_given(program))
        highest = 1
    names = [output.name for output in program.outputs]
    sparse = is_sparse(len(variables), highest)
    _limit(len(names), len(variables), 1 if sparse else highest)
    for k in range(1, 2 if sparse else highest + 1):
        multi += multi_indices(variables, k)
    found: list[Derivative] = [Partial(name) for name in names]
    for name in names:
        second = _second(program, name, variables) if sparse else []
        found += [Partial(name, by) for by in sorted(dict.fromkeys([*multi, *second, *partial]), key=len)]
        found += [kinds.along(name, along)] if along else []
        found += [kinds.laplacian(name, variables)] if laplacian else []
    found += [kinds.divergence(names, variables)] if divergence else []
    found += kinds.curl(names, variables) if curl else []
    _check_names(found)
    return tuple(found)


def is_sparse(variables: int, order: int) -> bool:
    """Whether only those second partials are computed that can be other than zero."""
    return order == 2 and variables**2 > MAX_DENSE


def next_order(program: Program, wrt: Sequence[str] | None, order: int | None) -> tuple[Derivative, ...]:
    """What `symbolic` writes: all orders up to the asked one; of a document that gives partials, one order more.

    Raises:
        UsageError: a variable that does not occur.
        LimitError: more than a million partials.
    """
    if order is not None or not program.given:
        return wanted(program, wrt=wrt, order=order)
    given = [derivative for derivative in program.given if isinstance(derivative, Partial)]
    combinations = [derivative for derivative in program.given if isinstance(derivative, Combination)]
    if not given:
        return (*wanted(program, wrt=wrt, order=1), *combinations)
    derived_by = dict.fromkeys(variable for partial in given for variable in partial.by)
    variables = tuple(derived_by) if wrt is None else checked_names(program.variables, wrt, "--wrt")
    rank = {variable: k for k, variable in enumerate(variables)}
    found: list[Derivative] = [Partial(output.name) for output in program.outputs]
    for output in program.outputs:
        own = sorted((p for p in given if p.output == output.name), key=lambda p: p.order)
        highest = [p for p in own if p.order == own[-1].order]
        found += own
        found += [Partial(p.output, (*p.by, v)) for p in highest for v in variables if rank[v] >= rank.get(p.by[-1], 0)]
    return tuple(dict.fromkeys([*found, *combinations]))


def prepare(
    program: Program, asked: Sequence[Derivative], backend: str | None = None, options: Options | None = None
) -> Evaluation | CombinedEvaluation:
    """Prepares the evaluation of derivatives; those that the document gives are taken as written.

    Args:
        backend: `None` for the default, autodiff; a backend that is named derives given partials anew.

    Raises:
        UsageError: no such backend or option, or a partial beyond its capabilities.
        LimitError: the work would be too large.
    """
    partials = terms_of(asked)
    prepared = prepare_partials(program, partials, backend, options)
    if not any(isinstance(derivative, Combination) for derivative in asked):
        return prepared
    return CombinedEvaluation(program, asked, prepared)


def prepare_partials(
    program: Program, partials: Sequence[Partial], backend: str | None = None, options: Options | None = None
) -> Evaluation:
    """As `prepare`, of partials alone."""
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
    if not any(partial in given for partial in partials):
        can = chosen.capabilities
        return Evaluation(program, chosen.prepare(program, partials, chosen_options), can.formulas, not can.grids_only)
    derive = [partial for partial in partials if partial not in given]
    derived = chosen.derive(program, derive, chosen_options)  # type: ignore[attr-defined]
    refs = {output.name: output.ref for output in derived.outputs}
    refs |= {derivative.name: ref for derivative, ref in given.items()}
    whole = _replace(derived, [Output(partial.name, refs[partial.name]) for partial in partials])
    return Evaluation(program, FormulaPrepared(whole, partials, program.outputs))


def formulas(
    program: Program, asked: Sequence[Derivative], backend: str = "symbolic", options: Options | None = None
) -> Program:
    """A program that extends the given one and whose outputs are the derivatives, as formulas; its notes are on these.

    Derivatives that the document gives are kept as written, and higher orders are derived from them.

    Raises:
        UsageError: the backend gives no formulas.
        LimitError: the work would be too large.
    """
    chosen = get_backend(backend)
    if not chosen.capabilities.formulas:
        raise UsageError(f"the backend {chosen.name} gives numbers, not formulas", hint="use --backend symbolic")
    checked = check_options(chosen.name, options or {})
    found: dict[Derivative, Ref] = {Partial(output.name): output.ref for output in program.outputs}
    found |= program.given
    partials = terms_of(asked)
    steps = dict.fromkeys(Partial(p.output, p.by[:k]) for p in partials for k in range(1, p.order + 1))
    current = program
    notes: dict[str, None] = {}
    # Order k + 1 is derived from the formulas of order k, so that deriving a printed document goes on alike.
    for order in range(1, max((p.order for p in steps), default=0) + 1):
        missing = [p for p in steps if p.order == order and p not in found]
        if missing:
            parents = dict.fromkeys(Partial(p.output, p.by[:-1]) for p in missing)
            step = _replace(current, [Output(parent.name, found[parent]) for parent in parents])
            firsts = [Partial(Partial(p.output, p.by[:-1]).name, p.by[-1:]) for p in missing]
            current = chosen.derive(step, firsts, checked)  # type: ignore[attr-defined]
            notes |= dict.fromkeys(current.notes)
            found |= {p: output.ref for p, output in zip(missing, current.outputs, strict=True)}
    sums = [d for d in asked if isinstance(d, Combination) and d not in found]
    if sums:
        current = _replace(current, [Output(p.name, found[p]) for p in partials])
        current = chosen.simplified(summed(current, sums), checked)  # type: ignore[attr-defined]
        notes |= dict.fromkeys(current.notes)
        found.update(zip(sums, (output.ref for output in current.outputs), strict=True))
    return _replace(current, [Output(derivative.name, found[derivative]) for derivative in asked], notes=notes)


def document(program: Program, derived: Program, share: str = "auto") -> list[tuple[str, str]]:
    """The lines of a document with its formulas, left and right sides; what they share may get names: `t1, ...`.

    Args:
        share: `auto` names what would make the text far longer than the program, `always` all that is used more
            than once, `never` nothing.

    Raises:
        LimitError: without names the text would be enormous.
    """
    components = {output.name for output in program.outputs}
    lines = [(output.name, output.ref) for output in derived.outputs if output.name not in components]
    kept = {"bindings": program.bindings, "given": program.given, "declared": program.declared}
    whole = _replace(derived, program.outputs, **kept)
    counted = [ref for _, ref in lines] + [output.ref for output in program.outputs if share == "always"]
    return format_document(whole, lines, _shared(whole, counted, share))


class Evaluation:
    """Prepared partials with the second look; evaluates points one by one or in blocks."""

    def __init__(self, program: Program, prepared: Prepared, traced: bool = True, single: bool = True) -> None:
        """Without computing anything.

        Args:
            traced: whether the backend follows what goes wrong on the way, as evaluating formulas does.
            single: whether it evaluates single points, as those do that are not for grids only.
        """
        self._single = single
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
        if bounded and self._single and any(not isinstance(column, float) for column in points.values()):
            return _stacked([self._look(point).answer() for point in _rows(points)], points)
        return self._look(points).answer()

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
        from gradcli.evaluate.certain import Certain, enough, written
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
                columns[name] = [written(number.value, digits)]
                error[name] = [float(number.error)]
            status[name] = [int(code)]
        values = look.answer()
        inputs = _written_inputs(points, exact, digits)
        return values.replaced(columns={**values.columns, **columns, **inputs}, error=error, status=status)

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
    from gradcli.evaluate.certain import written
    from gradcli.evaluate.multiprecision import Multiprecision

    arithmetic = Multiprecision(digits + 5)
    given = exact(arithmetic)
    return {
        name: [written(given[name], digits)]
        for name, value in points.items()
        if name in given and given[name] != arithmetic.number(repr(value))
    }


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
            own = ", ".join(map(_dashed, known)) or "none"
            raise UsageError(f"{_dashed(name)} is no option of the backend {backend}", hint=f"its options: {own}")
    return {name: value for name, value in options.items() if value is not None}


def _dashed(option: str) -> str:
    """An option as users write it."""
    return f"--{option.replace('_', '-')}"


# --- what is asked for ------------------------------------------------------------------------------------


def checked_names(known: Sequence[str], names: Iterable[str], where: str, what: str = "variable") -> tuple[str, ...]:
    """The names, each once, if all are known.

    Raises:
        UsageError: one is not; with near names.
    """
    names = tuple(dict.fromkeys(names))
    every = frozenset(known)
    for name in names:
        if name not in every:
            raise UsageError(
                f"{where} names '{name}', which is no {what} of the expression",
                hint=suggestion(name, known) or f"its {what}s: {', '.join(known[:20]) or 'none'}",
            )
    return names


def _given(program: Program) -> list[Derivative]:
    """The document's own derivatives, in the order in which they would be asked for."""
    rank = {variable: k for k, variable in enumerate(program.variables)}
    place = {output.name: k for k, output in enumerate(program.outputs)}

    def key(derivative: Derivative) -> tuple[int, bool, int, list[int]]:
        if isinstance(derivative, Partial):
            return place[derivative.output], False, derivative.order, [rank[v] for v in derivative.by]
        several = len(derivative.outputs) > 1
        return (len(place) if several else place[derivative.outputs[0]]), True, 0, []

    return sorted(program.given, key=key)


def _check_names(asked: Iterable[Derivative]) -> None:
    """Raises UsageError where two columns would have one name."""
    names: set[str] = set()
    for derivative in asked:
        if derivative.name in names:
            raise UsageError(
                f"'{derivative.name}' is an output already, and the name of what is asked for",
                hint="name the output otherwise: g = ...",
            )
        names.add(derivative.name)


def _limit(outputs: int, variables: int, order: int) -> None:
    if order > MAX_ORDER:
        raise LimitError(f"partials of order {order:,}; orders up to {MAX_ORDER:,} are computed")
    count = outputs * comb(variables + order, order)
    if count * max(order, 1) > MAX_PARTIALS:
        raise LimitError(
            f"{count:,} partials of up to order {order:,}; at most {MAX_PARTIALS:,} are computed",
            hint="name fewer variables: --wrt",
        )


def _second(program: Program, output: str, variables: Sequence[str]) -> list[tuple[str, str]]:
    """The second partials of an output that can be other than zero."""
    from gradcli.sparsity import hessian_pattern

    found = list(islice(hessian_pattern(program, output, variables), MAX_PARTIALS + 1))
    if len(found) > MAX_PARTIALS:
        raise LimitError(
            f"more than {MAX_PARTIALS:,} second partials; at most so many are computed",
            hint="name fewer variables: --wrt",
        )
    return found


def _replace(program: Program, outputs: Iterable[Output], **kept: Any) -> Program:
    return Program(Builder.extending(program), program.variables, outputs, **kept)


def _values_only(program: Program) -> FormulaPrepared:
    """The components' values, with what goes wrong on the way to them."""
    return FormulaPrepared(program, [Partial(output.name) for output in program.outputs], program.outputs)


def _shared(program: Program, refs: Sequence[Ref], share: str) -> dict[Ref, str]:
    """Names for the sub-expressions that would otherwise make the text far longer than the program; see `document`."""
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
    total = sum(length[ref] for ref in refs)
    if share == "never" and total > MAX_UNSHARED:
        size = f"{total:,}" if total < _LONG else f"more than {_LONG:,}"
        raise LimitError(f"written out, the formulas have {size} operations", hint="--share auto names their parts")
    if share == "never" or (share == "auto" and total <= 10 * len(order) + 1000):
        return {}
    names = fresh_names("t", {*program.variables, *program.bindings, *(o.name for o in program.outputs)})
    named = {*program.bindings.values(), *(output.ref for output in program.outputs)}
    least = 3 if share == "auto" else 1
    chosen = [
        k for k in order
        if uses.get(k, 0) > 1 and length[k] > least and kind_of(equations[k]) == "real" and k not in named
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

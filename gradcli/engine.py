"""The one orchestrator: from a program and what is asked of it to numbers with their status, or to formulas.

A backend computes; the engine decides what to compute and takes the second look that no backend takes by
itself: where a value is undefined, so are its partials; where a tie or a jump is near, a number that one
branch gives is no derivative.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from gradcli.backends import Options, Points, Prepared, get_backend
from gradcli.backends.formulas import FormulaPrepared
from gradcli.diagnosis import Tie, Ties
from gradcli.errors import LimitError, UsageError
from gradcli.language.printer import format_document
from gradcli.naming import Partial, fresh_names, multi_indices, suggestion
from gradcli.program import LEAVES, Builder, Output, Program, Ref, kind_of, live
from gradcli.results import Status, Values

MAX_PARTIALS = 1_000_000

_LONG = 10**12  # lengths of text beyond this are not told apart

_WITHOUT_NUMBER = [int(status) for status in Status if not status.has_number]


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
    return Evaluation(program, _with_given(derived, partials, given))


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
    whole = _replace(derived, program.outputs, bindings=program.bindings, declared=program.declared)
    return format_document(whole, lines, _shared(whole, [ref for _, ref in lines]))


class Evaluation:
    """Prepared partials with the second look; evaluates points one by one or in blocks."""

    def __init__(self, program: Program, prepared: Prepared, traced: bool = True) -> None:
        """`traced`: whether the backend follows what goes wrong on the way, as evaluating formulas does."""
        self.partials = prepared.partials
        self.program = prepared.program
        self._prepared = prepared
        self._whole = None if traced else FormulaPrepared(program, [Partial(o.name) for o in program.outputs])
        self._ties = Ties(program)

    def evaluate(self, points: Points) -> Values:
        """The partials at a point (floats) or at a block of points (arrays); see `Values`.

        Raises:
            UsageError: a variable has no value.
        """
        missing = [v for v in self.program.variables if v not in points]
        if missing:
            raise UsageError(f"no value is given for {', '.join(missing)}")
        points = _as_numbers({name: points[name] for name in self.program.variables})
        values = self._prepared.evaluate(points)
        if self._whole is not None:
            values = _with_values(values, self._whole.evaluate(points))
        values = _values_rule(values.replaced(points=points))
        if not self._ties.ties:
            return values
        if all(isinstance(value, float) for value in points.values()):
            return _with_ties_at_point(values, self._ties, points)
        return _with_ties_at_block(values, self._ties, points)


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
    from math import comb

    count = outputs * comb(variables + order, order)
    if count > MAX_PARTIALS:
        raise LimitError(
            f"{count:,} partials; at most {MAX_PARTIALS:,} are computed", hint="name fewer variables: --wrt"
        )


def _replace(program: Program, outputs: Iterable[Output], **kept: Any) -> Program:
    return Program(Builder.extending(program), program.variables, outputs, **kept)


def _with_given(derived: Program, partials: Sequence[Partial], given: Mapping[tuple[str, tuple[str, ...]], Ref]) -> Any:
    refs = {output.name: output.ref for output in derived.outputs}
    refs |= {Partial(*key).name: ref for key, ref in given.items()}
    return FormulaPrepared(_replace(derived, [Output(p.name, refs[p.name]) for p in partials]), partials)


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


def _with_values(values: Values, whole: Values) -> Values:
    """The partials of one answer beside the values of another."""
    names = [partial.name for partial in whole.partials if partial.name in values.columns]
    return values.replaced(
        columns={**values.columns, **{name: whole.columns[name] for name in names}},
        error={**values.error, **{name: whole.error.get(name) for name in names}},
        status={**values.status, **{name: whole.status.get(name) for name in names}},
        cause={**values.cause, **{name: whole.cause.get(name) for name in names}},
    )


def _values_rule(values: Values) -> Values:
    """A partial is fine only where the value is; a partial that cannot be computed beside a value is unresolved."""
    status, cause = dict(values.status), dict(values.cause)
    columns = dict(values.columns)
    for partial in values.partials:
        own, whole = status.get(partial.name), status.get(partial.output)
        if not partial.by or (own is None and whole is None):
            continue
        if isinstance(columns[partial.name], list):
            if whole is not None and not Status(whole[0]).has_number:
                status[partial.name], cause[partial.name] = whole, cause[partial.output]
                columns[partial.name] = [float("nan")]
            elif own is not None and own[0] == Status.UNDEFINED and not _without_rule(values, partial):
                status[partial.name] = [int(Status.UNRESOLVED)]
        else:
            _values_rule_block(partial, columns, status, cause, without_rule=_without_rule(values, partial))
    return values.replaced(columns=columns, status=status, cause=cause)


def _values_rule_block(
    partial: Partial,
    columns: dict[str, Any],
    status: dict[str, Any],
    cause: dict[str, Any],
    *,
    without_rule: bool,
) -> None:
    import numpy as np

    own, whole = status.get(partial.name), status.get(partial.output)
    if own is not None and not without_rule:
        own[own == Status.UNDEFINED] = Status.UNRESOLVED
    if whole is not None:
        if own is None:
            own = status[partial.name] = np.zeros(len(whole), np.uint8)
            cause[partial.name] = np.full(len(whole), -1, np.int32)
        rows = np.isin(whole, _WITHOUT_NUMBER)
        own[rows], cause[partial.name][rows] = whole[rows], cause[partial.output][rows]
        columns[partial.name][rows] = np.nan


def _without_rule(values: Values, partial: Partial) -> bool:
    """Whether a partial is undefined for want of a rule: its formula is 0/0."""
    ref = next((o.ref for o in values.program.outputs if o.name == partial.name), None)
    if ref is None:
        return False
    equation = values.program.equations[ref]
    return bool(equation[0] == "div" and equation[1] == equation[2])


def _with_ties_at_point(values: Values, ties: Ties, point: Points) -> Values:
    columns, status, cause = dict(values.columns), dict(values.status), dict(values.cause)
    for found in ties.at_point(point):
        for partial in _touched(values, ties, found):
            known = status.get(partial.name)
            if known is None or Status(known[0]).has_number:
                status[partial.name], cause[partial.name] = [int(Status.UNRESOLVED)], [found.cause]
                columns[partial.name] = [float("nan")]
    return values.replaced(columns=columns, status=status, cause=cause)


def _with_ties_at_block(values: Values, ties: Ties, points: Points) -> Values:
    import numpy as np

    columns: dict[str, Any] = dict(values.columns)
    status: dict[str, Any] = dict(values.status)
    cause: dict[str, Any] = dict(values.cause)
    for found, mask in ties.at_block(points):
        for partial in _touched(values, ties, found):
            if status.get(partial.name) is None:
                count = len(columns[partial.name])
                status[partial.name], cause[partial.name] = (
                    np.zeros(count, np.uint8),
                    np.full(count, -1, np.int32),
                )
            rows = mask & ~np.isin(status[partial.name], _WITHOUT_NUMBER)
            status[partial.name][rows], cause[partial.name][rows] = Status.UNRESOLVED, found.cause
            columns[partial.name][rows] = np.nan
    return values.replaced(columns=columns, status=status, cause=cause)


def _touched(values: Values, ties: Ties, found: Tie) -> list[Partial]:
    """The partials that a tie puts in doubt: those by a variable that can move off it."""
    return [
        partial for partial in values.partials
        if partial.by and partial.output == found.output and not ties.moving(found.cause).isdisjoint(partial.by)
    ]  # fmt: skip

"""The one orchestrator: from a program and what is asked of it to numbers with their status, or to formulas.

A backend computes; the engine decides what to compute and takes the second look that no backend takes by
itself: where a value is undefined, so are its partials; where a tie or a jump is near, a number that one
branch gives is no derivative.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from gradcli.backends import FormulaBackend, Options, Points, Prepared, get_backend
from gradcli.diagnosis import Tie, Ties
from gradcli.errors import UsageError
from gradcli.language.printer import format_document
from gradcli.naming import Partial, fresh_names, multi_indices, suggestion
from gradcli.operations import OPERATIONS
from gradcli.program import LEAVES, Output, Program, Ref, live
from gradcli.results import Status, Values

MAX_PARTIALS = 1_000_000

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
    """What `symbolic` adds to a document: all orders up to the asked one; where it gives partials, one order more."""
    if order is not None or not program.given:
        return wanted(program, wrt=wrt, order=order)
    highest = max(len(by) for _, by in program.given)
    given = [Partial(*key) for key in program.given]
    variables = [v for v in program.variables if any(v in p.by for p in given)] if wrt is None else list(wrt)
    further = [
        Partial(p.output, (*p.by, v)) for p in given if p.order == highest for v in variables
        if program.variables.index(v) >= program.variables.index(p.by[-1])
    ]  # fmt: skip
    values = [Partial(output.name) for output in program.outputs]
    return (*values, *dict.fromkeys([*_given(program), *further]))


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
        return Evaluation(program, chosen.prepare(program, partials, chosen_options))
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
    derive: FormulaBackend = chosen  # type: ignore[assignment]
    checked = check_options(chosen.name, options or {})
    values = [partial for partial in partials if not partial.by]
    found: dict[Partial, Ref] = {Partial(*key): ref for key, ref in program.given.items()}
    current = program
    for order in range(1, max((p.order for p in partials), default=0) + 1):
        rest = [p for p in partials if p.order == order and p not in found]
        if not rest:
            continue
        # Order k + 1 is derived from the formulas of order k, so that deriving a printed document goes on alike.
        parents = dict.fromkeys(Partial(p.output, p.by[:-1]) for p in rest)
        missing = [p for p in parents if p.by and p not in found]
        sources = [Output(p.name, found[p] if p.by else program.output(p.output)) for p in parents if p not in missing]
        step = _replace(current, sources)
        asked = [Partial(Partial(p.output, p.by[:-1]).name, p.by[-1:]) for p in rest if Partial(p.output, p.by[:-1]) not in missing]
        asked_whole = [p for p in rest if Partial(p.output, p.by[:-1]) in missing]
        current = derive.derive(step, asked, checked)
        refs = {output.name: output.ref for output in current.outputs}
        for p in rest:
            if p not in asked_whole:
                found[p] = refs[Partial(Partial(p.output, p.by[:-1]).name, p.by[-1:]).name]
        if asked_whole:
            current = derive.derive(_replace(current, program.outputs), asked_whole, checked)
            found |= {p: output.ref for p, output in zip(asked_whole, current.outputs, strict=True)}
    outputs = [*(Output(p.name, program.output(p.output)) for p in values)]
    outputs += [Output(p.name, found[p]) for p in partials if p.by]
    return _replace(current, outputs)


def document(program: Program, derived: Program) -> list[tuple[str, str]]:
    """The lines of a document with its formulas, left and right sides; long shared sub-expressions once, as `t1, ...`."""
    components = {output.name for output in program.outputs}
    lines = [(output.name, output.ref) for output in derived.outputs if output.name not in components]
    whole = _replace(derived, program.outputs, bindings=program.bindings, declared=program.declared)
    return format_document(whole, lines, _shared(whole, [ref for _, ref in lines]))


class Evaluation:
    """Prepared partials with the second look; evaluates points one by one or in blocks."""

    def __init__(self, program: Program, prepared: Prepared) -> None:
        self.partials = prepared.partials
        self.program = prepared.program
        self._prepared = prepared
        self._ties = Ties(program)

    def evaluate(self, points: Points) -> Values:
        """The partials at a point (floats) or at a block of points (arrays); see `Values`.

        Raises:
            UsageError: a variable has no value.
        """
        missing = [v for v in self.program.variables if v not in points]
        if missing:
            raise UsageError(f"no value is given for {', '.join(missing)}")
        points = {name: float(v) if isinstance(v, int) else v for name, v in points.items()}
        values = _values_rule(self._prepared.evaluate(points))
        if not self._ties.ties:
            return values
        if all(isinstance(value, float) for value in points.values()):
            return _with_ties_at_point(values, self._ties, points)
        return _with_ties_at_block(values, self._ties, points)


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
                hint=suggestion(name, program.variables) or f"its variables: {', '.join(program.variables[:20]) or 'none'}",
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

    from gradcli.errors import LimitError

    count = outputs * comb(variables + order, order)
    if count > MAX_PARTIALS:
        raise LimitError(f"{count:,} partials; at most {MAX_PARTIALS:,} are computed", hint="name fewer variables: --wrt")


def _replace(program: Program, outputs: Iterable[Output], **kept: Any) -> Program:
    from gradcli.program import Builder

    return Program(Builder.extending(program), program.variables, outputs, **kept)


def _with_given(derived: Program, partials: Sequence[Partial], given: Mapping[tuple[str, tuple[str, ...]], Ref]) -> Any:
    from gradcli.backends.formulas import FormulaPrepared

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
                length[k] += length[ref]
                uses[ref] = uses.get(ref, 0) + 1
    if sum(length[ref] for ref in refs) <= 10 * len(order) + 1000:
        return {}
    names = fresh_names("t", {*program.variables, *program.bindings, *(o.name for o in program.outputs)})
    chosen = [k for k in order if uses.get(k, 0) > 1 and length[k] > 3 and OPERATIONS[equations[k][0]].kind == "real"]
    return {k: next(names) for k in chosen}


# --- the second look --------------------------------------------------------------------------------------


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
    return values._replace(columns=columns, status=status, cause=cause)


def _values_rule_block(
    partial: Partial, columns: dict[str, Any], status: dict[str, Any], cause: dict[str, Any], *, without_rule: bool
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
    return equation[0] == "div" and equation[1] == equation[2]


def _with_ties_at_point(values: Values, ties: Ties, point: Points) -> Values:
    columns, status, cause = dict(values.columns), dict(values.status), dict(values.cause)
    for found in ties.at_point(point):
        for partial in _touched(values, ties, found):
            known = status.get(partial.name)
            if known is None or Status(known[0]).has_number:
                status[partial.name], cause[partial.name] = [int(Status.UNRESOLVED)], [found.cause]
                columns[partial.name] = [float("nan")]
    return values._replace(columns=columns, status=status, cause=cause)


def _with_ties_at_block(values: Values, ties: Ties, points: Points) -> Values:
    import numpy as np

    columns: dict[str, Any] = dict(values.columns)
    status: dict[str, Any] = dict(values.status)
    cause: dict[str, Any] = dict(values.cause)
    for found, mask in ties.at_block(points):
        for partial in _touched(values, ties, found):
            if status.get(partial.name) is None:
                count = len(columns[partial.name])
                status[partial.name], cause[partial.name] = np.zeros(count, np.uint8), np.full(count, -1, np.int32)
            rows = mask & ~np.isin(status[partial.name], _WITHOUT_NUMBER)
            status[partial.name][rows], cause[partial.name][rows] = Status.UNRESOLVED, found.cause
            columns[partial.name][rows] = np.nan
    return values._replace(columns=columns, status=status, cause=cause)


def _touched(values: Values, ties: Ties, found: Tie) -> list[Partial]:
    """The partials that a tie puts in doubt: those by a variable that can move off it."""
    return [
        partial for partial in values.partials
        if partial.by and partial.output == found.output and not ties.moving(found.cause).isdisjoint(partial.by)
    ]  # fmt: skip

"""The one orchestrator: from a program and what is asked of it to numbers with their status, or to formulas.

A backend computes; the engine decides what to compute. How a block is answered then is in `evaluation.py`.
"""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from math import comb
from typing import TYPE_CHECKING, Any

from gradcli.backends import Options, get_backend
from gradcli.backends.formulas import FormulaPrepared
from gradcli.backends.growth import check_growth
from gradcli.errors import LimitError, UsageError
from gradcli.evaluation import Evaluation
from gradcli.language.printer import format_document
from gradcli.naming import Combination, Derivative, Partial, fresh_names, multi_indices, suggestion
from gradcli.program import LEAVES, Builder, Output, Program, Ref, live

if TYPE_CHECKING:
    from gradcli.combine import CombinedEvaluation

MAX_PARTIALS = 1_000_000
MAX_ORDER = 1000
MAX_UNSHARED = 10_000_000
MAX_FORMULAS = 100_000
"""Operations in the formulas of all orders, from the third on."""
MAX_DENSE = 10_000
"""Entries of a Hessian beyond which it is computed as a sparse one."""

_LONG = 10**12  # lengths of text beyond this are not told apart


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
    if along or laplacian or divergence or curl:
        from gradcli import kinds
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
    partials = tuple(dict.fromkeys(derivative for derivative in asked if isinstance(derivative, Partial)))
    if len(partials) == len(set(asked)):
        return prepare_partials(program, partials, backend, options)
    from gradcli.combine import CombinedEvaluation, terms_of

    return CombinedEvaluation(program, asked, prepare_partials(program, terms_of(asked), backend, options))


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
    beyond = functools.partial(prepare_partials, backend=backend, options=options)
    if not any(partial in given for partial in partials):
        can = chosen.capabilities
        prepared = chosen.prepare(program, partials, chosen_options)
        by_operation = can.formulas and can.by_operation
        return Evaluation(program, prepared, can.formulas, by_operation, not can.grids_only, beyond)
    derive = [partial for partial in partials if partial not in given]
    derived = chosen.derive(program, derive, chosen_options)  # type: ignore[attr-defined]
    refs = {output.name: output.ref for output in derived.outputs}
    refs |= {derivative.name: ref for derivative, ref in given.items()}
    whole = _replace(derived, [Output(partial.name, refs[partial.name]) for partial in partials])
    return Evaluation(program, FormulaPrepared(whole, partials, program.outputs), prepare=beyond)


def formulas(
    program: Program, asked: Sequence[Derivative], backend: str = "symbolic", options: Options | None = None
) -> Program:
    """A program that extends the given one and whose outputs are the derivatives, as formulas; its notes are on these.

    Derivatives that the document gives are kept as written, and higher orders are derived from them.

    Raises:
        UsageError: the backend gives no formulas.
        LimitError: the work would be too large.
    """
    from gradcli.combine import summed, terms_of

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
    counts = Counter(p.order for p in steps if p not in found)
    sizes = [len(current)]
    # Order k + 1 is derived from the formulas of order k, so that deriving a printed document goes on alike.
    for order in range(1, max((p.order for p in steps), default=0) + 1):
        missing = [p for p in steps if p.order == order and p not in found]
        if missing:
            parents = dict.fromkeys(Partial(p.output, p.by[:-1]) for p in missing)
            step = _replace(current, [Output(parent.name, found[parent]) for parent in parents], given=found)
            firsts = [Partial(Partial(p.output, p.by[:-1]).name, p.by[-1:]) for p in missing]
            current = chosen.derive(step, firsts, checked)  # type: ignore[attr-defined]
            notes |= dict.fromkeys(current.notes)
            found |= {p: output.ref for p, output in zip(missing, current.outputs, strict=True)}
            sizes.append(len(current))
            if order > 2:  # a gradient or a Hessian may be as large as what it is of
                check_growth(sizes, counts, order, MAX_FORMULAS)
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
            several = f"write: {where} {','.join(name)}" if len(name) > 1 and every.issuperset(name) else None
            raise UsageError(
                f"{where} names '{name}', which is no {what} of the expression",
                hint=several or suggestion(name, known) or f"its {what}s: {', '.join(known[:20]) or 'none'}",
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
            f"{count:,} partials of up to order {order:,} are derived in {count * order:,} steps; "
            f"at most {MAX_PARTIALS:,} are done",
            hint="name fewer variables: --wrt, or a lower order",
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


def _shared(program: Program, refs: Sequence[Ref], share: str) -> dict[Ref, str]:
    """Names for the sub-expressions that would otherwise make the text far longer than the program; see `document`."""
    equations = program.equations
    order = live(equations, refs)
    length: dict[Ref, int] = {}
    uses = Counter(refs)  # a formula of several lines is written in each
    for k in order:
        length[k] = 1
        if equations[k][0] not in LEAVES:
            for ref in equations[k][1:]:
                length[k] = min(length[k] + length[ref], _LONG)
                uses[ref] += 1
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
        if uses[k] > 1 and length[k] > least and k not in named
    ]  # fmt: skip
    return {k: next(names) for k in chosen}

"""A program on NumPy arrays: rows in blocks, one ufunc call an equation, buffers used again and again.

A block of some ten thousand rows stays in the processor's cache while all equations pass over it. A buffer is
free again after the last equation that reads it, as registers are in a compiler; results are written where they
are wanted. What no column moves is computed once by the float interpreter.
"""

from __future__ import annotations

import os
from cmath import isfinite
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import reduce
from operator import or_
from typing import Any, NamedTuple

import numpy as np

from gradcli.algebra import Algebra
from gradcli.evaluate import special
from gradcli.evaluate.elementary import MOST_SCALED
from gradcli.evaluate.floats import BY_MEANING, functions
from gradcli.operations import OPERATIONS
from gradcli.program import LEAVES, Builder, Program, Ref, live, moving_equations, whole_number
from gradcli.rules import expand

BLOCK = 65_536
"""Rows that are computed at once, at most."""

_BUFFER_BYTES = 1 << 28  # of intermediate results that are kept at once; long programs have fewer rows in a block
_LOOK_BYTES = 1 << 30  # of all of them, when the rows of a block that went wrong are looked for

THREADED = 131_072
"""Rows from which two threads share the work; NumPy lets them run side by side."""

_ALIGNED = 8  # rows begin at multiples of so many numbers
_MOST_INPUTS = 64  # inputs for which witnesses are looked for
_LARGEST_CHAIN = 16  # integer powers up to this are products; beyond, `power` is as fast and more accurate
_SMALLEST = np.finfo(float).tiny
_RELIABLE = 1e-280  # what SciPy gives for special functions that vanish has been seen to be wrong

Array = np.ndarray[Any, np.dtype[Any]]
Ufunc = Callable[..., Any]


class _Step(NamedTuple):
    """One equation: the function, its operands and result by equation, whether the result is looked at."""

    ref: Ref
    function: Ufunc
    operands: tuple[Ref, ...]
    checked: bool  # may give nan or inf without raising a floating-point flag
    mapped: bool = False  # not by NumPy, so that an underflow raises none either


class ArrayEvaluator:
    """A program prepared for evaluation at blocks of points.

    Args:
        program: what is evaluated.
        roots: the equations that are wanted.
        dtype: float, or complex for complex steps.
    """

    def __init__(self, program: Program, roots: Iterable[Ref], dtype: type = float) -> None:
        self.column = "complex" if dtype is complex else "python"
        self.dtype = np.dtype(dtype)
        algebra = Algebra(Builder.extending(program))
        self.roots = expand(algebra, roots, self._only_by_meaning)
        self.equations = algebra.equations
        self.order = live(self.equations, self.roots)
        self._plans: dict[tuple[frozenset[str], int], _Plan] = {}

    def __getstate__(self) -> dict[str, Any]:
        """What is sent to another process: the plans are made anew there."""
        return {**self.__dict__, "_plans": {}}

    def _only_by_meaning(self, name: str) -> bool:
        row = OPERATIONS[name]
        return bool(row.meaning) and (row.complex if self.column == "complex" else row.numpy) in ("", BY_MEANING)

    def evaluate(self, points: Mapping[str, Any]) -> list[Array]:
        """The values of the roots, an array each, one number a row; nan or inf where there is none."""
        return self._run(points, [])

    def watched(self, points: Mapping[str, Any]) -> tuple[list[Array], list[int]]:
        """The values of the roots, and the rows where something on the way may have gone wrong."""
        rows: list[int] = []
        return self._run(points, rows, watch=True), rows

    def _run(self, points: Mapping[str, Any], rows: list[int], watch: bool = False) -> list[Array]:
        columns = {
            name: np.ascontiguousarray(v, self.dtype)
            for name, v in points.items()
            if isinstance(v, np.ndarray) and v.ndim
        }
        count = next((len(column) for column in columns.values()), 1)
        threads = 2 if count >= THREADED and _processors() > 1 else 1
        plans = [self._plan(frozenset(columns), thread) for thread in range(threads)]
        results = self._results(plans[0], count)

        def run(thread: int) -> list[int]:
            plan, found = plans[thread], []
            constants = plan.constants(points)
            with np.errstate(all="call", call=plan.raise_flag):
                for start in range(thread * plan.block, count, threads * plan.block):
                    stop = min(start + plan.block, count)
                    block = {name: column[start:stop] for name, column in columns.items()}
                    flagged = plan.run(block, constants, [result[start:stop] for result in results], stop - start)
                    if watch and flagged:
                        found += [start + int(row) for row in plan.suspicious(block, constants, stop - start)]
            return found

        if threads == 1:
            rows += run(0)
        else:
            from concurrent.futures import ThreadPoolExecutor

            with ThreadPoolExecutor(threads) as pool:
                rows += sorted(row for found in pool.map(run, range(threads)) for row in found)
        return results

    def _results(self, plan: _Plan, count: int) -> list[Array]:
        """Where the results go; one piece of memory takes a fraction of the time that the system needs for many."""
        conditions = [plan.is_condition(root) for root in self.roots]
        width = -(-count // _ALIGNED) * _ALIGNED
        rows = iter(np.empty((conditions.count(False), width), self.dtype))
        return [np.empty(count, bool) if condition else next(rows)[:count] for condition in conditions]

    def _plan(self, columns: frozenset[str], thread: int) -> _Plan:
        """The plan of a thread: each has buffers of its own."""
        if (columns, thread) not in self._plans:
            self._plans[columns, thread] = _Plan(self, columns)
        return self._plans[columns, thread]


class _Plan:
    """The steps for one choice of which variables are columns (the others are single numbers)."""

    def __init__(self, evaluator: ArrayEvaluator, columns: frozenset[str]) -> None:
        self.equations = evaluator.equations
        self.roots = evaluator.roots
        self.column = evaluator.column
        self.dtype = evaluator.dtype
        moving = moving_equations(self.equations, evaluator.order, columns)
        self.inputs = [
            (k, self.equations[k][1]) for k in evaluator.order if moving[k] and self.equations[k][0] == "input"
        ]
        self.fixed = [k for k in evaluator.order if not moving[k]]
        self.steps = [self._step(k) for k in evaluator.order if moving[k] and self.equations[k][0] not in LEAVES]
        witnesses, seen = self._witnesses()
        self.steps = [step._replace(checked=step.checked or step.ref in witnesses) for step in self.steps]
        self.unseen = [name for k, name in self.inputs if k not in seen]
        self.direct = self._written_directly()
        self.copied = [k for k, root in enumerate(self.roots) if self.direct.get(root) != k]
        self.slots, self.pool = self._allocate()
        most = min(_BUFFER_BYTES // max(len(self.pool), 1), _LOOK_BYTES // max(len(self.steps), 1))
        self.block = max(min(BLOCK, most // self.dtype.itemsize), 1)
        self.troubled = False
        self._buffers: list[Array] = []
        self._flagged = False

    def constants(self, points: Mapping[str, Any]) -> dict[Ref, Any]:
        """The equations that no column moves, computed once; `troubled` says whether one of them failed."""
        table = functions(self.column, True)
        values: dict[Ref, Any] = {}
        self.troubled = False
        for k in self.fixed:
            name, *arguments = self.equations[k]
            if name == "input":
                values[k] = points[arguments[0]]
            elif name == "const":
                values[k] = float(arguments[0])
                self.troubled = self.troubled or not (arguments[0] == "0" or _SMALLEST <= values[k] < np.inf)
            else:
                operands = [values[ref] for ref in arguments]
                value = values[k] = table[name](*operands)
                vanished = abs(value) < _SMALLEST and OPERATIONS[name].underflows and all(operands)
                self.troubled = self.troubled or vanished or not abs(value) < np.inf
        return values

    def is_condition(self, ref: Ref) -> bool:
        """Whether an equation is true or false."""
        name = self.equations[ref][0]
        return name not in LEAVES and OPERATIONS[name].kind == "bool"

    def run(self, block: Mapping[str, Array], constants: dict[Ref, Any], results: Sequence[Array], count: int) -> bool:
        """Computes a block into the results; whether anything in it may have gone wrong.

        The processor's flags come by `raise_flag`, which NumPy has to be told of before.
        """
        if not self._buffers:
            self._buffers = [np.empty(self.block, bool if kind else self.dtype) for kind in self.pool]
        values: dict[Ref, Any] = dict(constants)
        for k, name in self.inputs:
            values[k] = block[name]
        self._flagged = self.troubled or not all(_is_finite(block[name]) for name in self.unseen)
        direct, slots, buffers = self.direct, self.slots, self._buffers
        for ref, function, operands, checked, mapped in self.steps:
            out = results[direct[ref]] if ref in direct else buffers[slots[ref]][:count]
            function(*[values[operand] for operand in operands], out=out)
            values[ref] = out
            if checked and not self._flagged:
                vanished = mapped and self._underflows(ref) and (np.abs(out) < _SMALLEST).any()
                self._flagged = bool(vanished or not _is_finite(out))
        for k in self.copied:
            results[k][...] = values[self.roots[k]]
        return self._flagged

    def suspicious(self, block: Mapping[str, Array], constants: dict[Ref, Any], count: int) -> Array:
        """The rows of a block in which some intermediate result is no number or vanished."""
        values: dict[Ref, Any] = dict(constants)
        for k, name in self.inputs:
            values[k] = block[name]
        mask = np.full(count, self.troubled)
        with np.errstate(all="ignore"):
            for value in values.values():
                mask |= ~np.isfinite(value)
            for step in self.steps:
                condition = self.is_condition(step.ref)
                out = values[step.ref] = np.empty(count, bool if condition else self.dtype)
                step.function(*[values[ref] for ref in step.operands], out=out)
                if not condition:
                    mask |= ~np.isfinite(out)
                    if self._underflows(step.ref):
                        # A zero from a zero is no underflow.
                        small = np.abs(out) < _SMALLEST
                        for operand in step.operands if small.any() else ():
                            small &= np.not_equal(values[operand], 0.0)
                        mask |= small
        return np.flatnonzero(mask)

    def _underflows(self, ref: Ref) -> bool:
        return OPERATIONS[self.equations[ref][0]].underflows

    def raise_flag(self, _kind: str, _flag: int) -> None:
        self._flagged = True

    def _step(self, ref: Ref) -> _Step:
        name, *operands = self.equations[ref]
        row = OPERATIONS[name]
        silent = name not in _FLAGGED and row.kind == "real"
        if name == "pow":
            chain = self._power_chain(operands[1])
            if chain is not None:
                return _Step(ref, chain, (operands[0],), False)
        if self.column == "complex" and name in _COMPLEX:
            return _Step(ref, _COMPLEX[name], tuple(operands), silent)
        if name in _OWN:
            return _Step(ref, _OWN[name], tuple(operands), silent)
        if row.numpy.startswith("special."):
            return _Step(ref, _special(name), tuple(operands), silent, True)
        if row.numpy:
            return _Step(ref, getattr(np, row.numpy), tuple(operands), silent)
        return _Step(ref, _mapped(functions(self.column, True)[name]), tuple(operands), silent, True)

    def _witnesses(self) -> tuple[set[Ref], set[Ref]]:
        """Some equations that are finite only if many inputs are, and those inputs: so fewer arrays are looked at."""
        if len(self.inputs) > _MOST_INPUTS:
            return set(), set()
        handed_on = {k: 1 << place for place, (k, _) in enumerate(self.inputs)}
        for step in self.steps:
            if self._hands_on(step.ref):
                handed_on[step.ref] = reduce(or_, (handed_on.get(operand, 0) for operand in step.operands))
        witnesses: set[Ref] = set()
        unseen = (1 << len(self.inputs)) - 1
        while True:
            best = max(handed_on, key=lambda k: (handed_on[k] & unseen).bit_count(), default=None)
            if best is None or (handed_on[best] & unseen).bit_count() < 2:
                return witnesses, {k for place, (k, _) in enumerate(self.inputs) if not unseen >> place & 1}
            witnesses.add(best)
            unseen &= ~handed_on[best]

    def _hands_on(self, ref: Ref) -> bool:
        """Whether an operand that is nan or infinite makes the result one of them."""
        name, *operands = self.equations[ref]
        return name in _HANDING_ON or (name == "pow" and (whole_number(self.equations, operands[1]) or 0) > 0)

    def _written_directly(self) -> dict[Ref, int]:
        """The equations that are computed right where a result is wanted, with the place of that result."""
        computed = {step.ref for step in self.steps}
        return {root: k for k, root in reversed(list(enumerate(self.roots))) if root in computed}

    def _power_chain(self, exponent: Ref) -> Ufunc | None:
        """A product in the place of a power, where the exponent is a small whole number."""
        power = whole_number(self.equations, exponent)
        if power is None or not 1 <= abs(power) <= _LARGEST_CHAIN:
            return None
        return _chain(abs(power), power < 0)

    def _allocate(self) -> tuple[dict[Ref, int], list[bool]]:
        """A buffer for each step, free again after its last use; and whether each buffer holds conditions."""
        last = {ref: position for position, step in enumerate(self.steps) for ref in step.operands}
        last |= dict.fromkeys(self.roots, len(self.steps))
        free: dict[bool, list[int]] = {False: [], True: []}
        pool: list[bool] = []
        slots: dict[Ref, int] = {}
        for position, step in enumerate(self.steps):
            kind = self.is_condition(step.ref)
            if step.ref not in self.direct:
                if not free[kind]:
                    free[kind].append(len(pool))
                    pool.append(kind)
                slots[step.ref] = free[kind].pop()
            for ref in dict.fromkeys(step.operands):
                if last[ref] == position and ref in slots:
                    free[self.is_condition(ref)].append(slots[ref])
            if step.ref not in last and step.ref in slots:
                free[kind].append(slots[step.ref])
        return slots, pool


def _processors() -> int:
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity is not None else os.cpu_count() or 1


def _is_finite(column: Array) -> bool:
    """Whether there is no nan or infinity; a sum says so in one pass, unless it overflows, which raises a flag too."""
    return isfinite(np.add.reduce(column))


# Functions below write their result into `out`, as a ufunc does; operands are arrays or numbers.


def _where(condition: Any, a: Any, b: Any, out: Array) -> None:
    np.copyto(out, b)
    np.copyto(out, a, where=condition)


def _hypot(*operands: Any, out: Array) -> None:
    np.hypot(operands[0], operands[1], out)
    for operand in operands[2:]:
        np.hypot(out, operand, out)


def _atan2(a: Any, b: Any, out: Array) -> None:
    np.arctan2(a, b, out)
    np.copyto(out, np.nan, where=np.equal(a, 0.0) & np.equal(b, 0.0))


def _chain(power: int, negative: bool) -> Ufunc:
    """A whole power by repeated squaring, low bits last."""

    def multiply(a: Array, out: Array) -> None:
        if power == 1:
            np.copyto(out, a)
        for place, bit in enumerate(bin(power)[3:]):
            base = out if place else a
            np.multiply(base, base, out)
            if bit == "1":
                np.multiply(out, a, out)
        if negative:
            np.true_divide(1.0, out, out)

    return multiply


def _mapped(function: Ufunc) -> Ufunc:
    """A float function, one row at a time."""

    def mapped(*operands: Any, out: Array) -> None:
        rows = [np.broadcast_to(operand, out.shape).tolist() for operand in operands]
        out[...] = [function(*row) for row in zip(*rows, strict=True)]

    return mapped


def _special(name: str) -> Ufunc:
    """A special function: by SciPy where that is installed and good, else one row at a time."""
    by_rows = _mapped(functions("python", True)[name])
    trusted = special.on_arrays(name)
    if trusted is None:
        return by_rows

    def compute(*operands: Any, out: Array) -> None:
        columns = np.broadcast_arrays(*operands, out)[:-1]
        with np.errstate(all="ignore"):
            good = np.array(trusted.condition(*columns))
            out[good] = trusted.function(*(column[good] for column in columns))
        good &= (np.abs(out) > _RELIABLE) & (np.abs(out) < np.inf)
        if not good.all():
            rest = np.empty(int((~good).sum()))
            by_rows(*(column[~good] for column in columns), out=rest)
            out[~good] = rest

    return compute


def _by_real_part(compare: Ufunc) -> Ufunc:
    return lambda a, b, out: compare(np.real(a), np.real(b), out)


def _rounding(function: Ufunc) -> Ufunc:
    def rounded(a: Array, out: Array) -> None:
        out[...] = function(np.real(a))

    return rounded


def _complex_abs(a: Array, out: Array) -> None:
    np.multiply(a, np.where(np.real(a) >= 0.0, 1.0, -1.0), out)


def _chosen(compare: Ufunc) -> Ufunc:
    def choose(a: Any, b: Any, out: Array) -> None:
        out[...] = np.where(compare(np.real(a), np.real(b)), a, b)

    return choose


def _complex_hypot(*operands: Any, out: Array) -> None:
    largest = reduce(np.maximum, (np.abs(np.real(operand)) for operand in operands))
    scale = np.ldexp(1.0, np.clip(np.frexp(largest)[1], -MOST_SCALED, MOST_SCALED))
    total = sum((operand / scale) * (operand / scale) for operand in operands)
    np.multiply(np.sqrt(total), scale, out)


_FLAGGED = frozenset({"add", "sub", "mul", "div", "neg", "abs", "sqrt", "max", "min", "where"})
"""Operations that the processor itself computes: from finite operands they give nan or inf with a flag only."""

_HANDING_ON = frozenset({"add", "sub", "mul", "neg", "abs", "sqrt"})
"""Operations that no operand which is nan or infinite passes unseen."""

_OWN: dict[str, Ufunc] = {"where": _where, "hypot": _hypot, "atan2": _atan2}
_COMPLEX: dict[str, Ufunc] = {
    **{name: _by_real_part(getattr(np, OPERATIONS[name].numpy)) for name in ("lt", "le", "gt", "ge", "eq", "ne")},
    **{name: _rounding(getattr(np, OPERATIONS[name].numpy)) for name in ("floor", "ceil", "round", "sign")},
    "abs": _complex_abs,
    "max": _chosen(np.greater_equal),
    "min": _chosen(np.less_equal),
    "hypot": _complex_hypot,
}

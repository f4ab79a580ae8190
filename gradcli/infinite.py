"""Points with infinite values: there a function is the one that has infinity in the place of those variables.

What is beside infinity no difference quotient tells: by such a variable nothing that depends on it has a derivative.
The value, and the partials by other variables, are those of the function of these variables alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import inf, isinf, nan
from typing import TYPE_CHECKING, Any, NamedTuple

from gradcli.backends import Points
from gradcli.naming import Partial
from gradcli.program import Builder, Output, Program, Ref, copies
from gradcli.results import Status, Values, is_point
from gradcli.rows import Arithmetic, Column, arithmetic_of

if TYPE_CHECKING:
    from gradcli.evaluation import Evaluation

Infinite = tuple[tuple[str, float], ...]
"""The variables that are infinite, with their values."""

Prepare = Callable[[Program, Sequence[Partial]], "Evaluation"]
"""Prepares partials of another program by the same backend with the same options."""

_REMEMBERED = 1000  # programs


class _Rest(NamedTuple):
    """What is left of a program where some variables are infinite.

    Attributes:
        evaluation: of the function of the others.
        origin: the equation that each of its equations was.
    """

    evaluation: Evaluation
    origin: Mapping[Ref, Ref]


class Beyond:
    """Evaluates points that have infinite values, and blocks with such rows.

    Args:
        program: the components.
        partials: what is evaluated.
        prepare: how.
    """

    def __init__(self, program: Program, partials: Sequence[Partial], prepare: Prepare) -> None:
        self._program = program
        self._partials = tuple(partials)
        self._prepare = prepare
        self._rests: dict[Infinite, _Rest] = {}

    def answer(self, points: Points, whole: Evaluation, evaluate: Callable[[Evaluation, Points], Values]) -> Values:
        """The answer at a point with infinite values, or for a block with such rows.

        Args:
            whole: of the program as it is, for rows of the block in which all is finite.
            evaluate: gives the answer where all is finite.
        """
        if not is_point(points):
            return self._in_block(points, whole, evaluate)
        return self._answer(tuple((name, x) for name, x in points.items() if isinf(x)), points, evaluate)

    def _in_block(self, points: Points, whole: Evaluation, evaluate: Callable[[Evaluation, Points], Values]) -> Values:
        import numpy as np

        count = next(len(column) for column in points.values() if not isinstance(column, float))
        columns = {name: np.broadcast_to(np.asarray(column, float), count) for name, column in points.items()}
        signs = np.stack([np.where(np.isinf(column), np.sign(column), 0) for column in columns.values()])
        kinds, which = np.unique(signs, axis=1, return_inverse=True)
        parts = []
        for k, kind in enumerate(kinds.T.tolist()):
            rows = np.flatnonzero(which.reshape(-1) == k)
            infinite = tuple((name, sign * inf) for name, sign in zip(columns, kind, strict=True) if sign)
            block = {name: np.array(column[rows]) for name, column in columns.items()}
            values = self._answer(infinite, block, evaluate) if infinite else evaluate(whole, block)
            parts.append((rows, values))
        return _scattered(parts, count).replaced(points=points)

    def _answer(self, infinite: Infinite, points: Points, evaluate: Callable[[Evaluation, Points], Values]) -> Values:
        names = dict(infinite)
        evaluation, origin = self._rest(infinite)
        known = evaluate(evaluation, {name: column for name, column in points.items() if name not in names})
        rows = arithmetic_of(known)
        like = next(iter(known.columns.values()), None)
        causes = {name: codes if codes is None else _as_before(codes, origin) for name, codes in known.cause.items()}
        known = known.replaced(cause=causes)
        told = tuple(dict(of) for of in (known.columns, known.error, known.status, known.cause))
        for partial in self._partials:
            if partial.name not in known.columns:
                found = self._beside(partial, names, rows, Column.of(rows, known, partial.output))
                for of, content in zip(told, found.written(rows, like), strict=True):
                    of[partial.name] = content
        columns, error, status, cause = told
        return known.replaced(
            partials=self._partials,
            columns=columns,
            error=error,
            status=status,
            cause=cause,
            program=self._program,
            points=points,
        )

    def _beside(self, partial: Partial, infinite: Mapping[str, float], rows: Arithmetic, value: Column) -> Column:
        """A partial by a variable that is infinite; where there is no value either, what the value is."""
        if self._program.depends_on(self._program.output(partial.output)).issuperset(partial.by):
            variable = next(name for name in partial.by if name in infinite)
            found = Column(nan, nan, int(Status.UNDEFINED), self._program.equations.index(("input", variable)))
        else:
            found = Column(0.0, 0.0, int(Status.FINE))
        told = value.has_number(rows)
        status, cause = rows.where(told, found.status, value.status), rows.where(told, found.cause, value.cause)
        return found._replace(status=status, cause=cause)

    def _rest(self, infinite: Infinite) -> _Rest:
        if infinite not in self._rests:
            if len(self._rests) >= _REMEMBERED:
                self._rests.clear()
            names = dict(infinite)
            program, origin = _left(self._program, names)
            partials = [partial for partial in self._partials if names.keys().isdisjoint(partial.by)]
            self._rests[infinite] = _Rest(self._prepare(program, partials), origin)
        return self._rests[infinite]


def _left(program: Program, infinite: Mapping[str, float]) -> tuple[Program, dict[Ref, Ref]]:
    """The same with infinity in the place of variables, and the equation that each of its equations was."""
    builder = Builder(program.source)
    endless = builder.add("inf")
    inputs = {name: endless if value > 0 else builder.add("neg", endless) for name, value in infinite.items()}
    roots = [*(output.ref for output in program.outputs), *program.given.values()]
    copied = copies(builder, program.equations, roots, inputs)
    origin = {ref: k for k, ref in reversed(copied.items())}  # the first of several that have become one
    variables = [name for name in program.variables if name not in infinite]
    outputs = [Output(name, copied[ref]) for name, ref in program.outputs]
    given = {derivative: copied[ref] for derivative, ref in program.given.items()}
    return Program(builder, variables, outputs, given=given), origin


def _as_before(causes: Any, origin: Mapping[Ref, Ref]) -> Any:
    """Causes as equations of the program that variables were taken from."""
    if isinstance(causes, list):
        return [origin.get(cause, -1) for cause in causes]
    import numpy as np

    return np.array([origin.get(cause, -1) for cause in causes.tolist()], np.int32)


def _scattered(parts: Sequence[tuple[Any, Values]], count: int) -> Values:
    """The answer for a block from those for its parts, each with the rows that it is for."""
    import numpy as np

    def put(contents: Sequence[Any], empty: float, dtype: type) -> Any:
        if all(content is None for content in contents):
            return None
        whole: Any = np.full(count, empty, dtype)
        for (rows, _), content in zip(parts, contents, strict=True):
            if content is not None:
                whole[rows] = content
        return whole

    (_, first), *_ = parts
    names = list(first.columns)
    answers = [values for _, values in parts]
    sided = {name for values in answers for name in values.sides}
    return first.replaced(
        columns={name: put([values.columns[name] for values in answers], nan, float) for name in names},
        error={name: put([values.error.get(name) for values in answers], nan, float) for name in names},
        status={name: put([values.status.get(name) for values in answers], 0, np.uint8) for name in names},
        cause={name: put([values.cause.get(name) for values in answers], -1, np.int32) for name in names},
        sides={
            name: tuple(
                put([v.sides[name][k] if name in v.sides else None for v in answers], nan, float) for k in (0, 1)
            )
            for name in sided
        },
        limits={
            name: {int(row) for rows, values in parts for row in rows[sorted(values.limits.get(name, ()))]}
            for name in {name for values in answers for name in values.limits}
        },
    )

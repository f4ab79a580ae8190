"""Sums of partials: as formulas, and as numbers with their bounds and statuses, whatever backend gave the terms.

A combination that is given as a formula of its own (by a document, or as a product of derivatives and a vector) is
evaluated as that; it has no number where one of its outputs has none, or is at a tie.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from math import fsum, isfinite
from typing import TYPE_CHECKING, Any

from gradcli.algebra import Algebra
from gradcli.backends import Points
from gradcli.backends.formulas import FormulaPrepared
from gradcli.evaluate.floats import Evaluator
from gradcli.evaluate.running_error import error_bounds
from gradcli.language.document import parse_text
from gradcli.naming import Combination, Derivative, Partial
from gradcli.program import EVERY, Builder, Output, Program, Ref, instantiate
from gradcli.results import DOUBLE_DIGITS, Status, Values, at_row
from gradcli.rows import Arithmetic, Column, arithmetic_of
from gradcli.rules import in_full
from gradcli.second_look import SecondLook
from gradcli.sums import severest, weighted_sum, with_worst
from gradcli.ties import Ties

if TYPE_CHECKING:
    from gradcli.evaluate.certain import Certain, Point
    from gradcli.evaluation import Evaluation
    from gradcli.limits import Limits, Verdict

_SPARE_DIGITS = 15


def terms_of(asked: Iterable[Derivative]) -> tuple[Partial, ...]:
    """The partials that are asked for, then what the combinations are made of, each once."""
    asked = tuple(asked)
    combinations = [derivative for derivative in asked if isinstance(derivative, Combination)]
    found = [derivative for derivative in asked if isinstance(derivative, Partial)]
    found += [Partial(output) for combination in combinations for output in combination.outputs]
    found += [term for combination in combinations for _, term in combination.terms or ()]
    return tuple(dict.fromkeys(found))


def summed(program: Program, sums: Sequence[Combination]) -> Program:
    """A program that extends one whose outputs are partials; its outputs are the sums."""
    algebra = Algebra(Builder.extending(program))
    refs = dict(program.outputs)
    outputs = []
    for combination in sums:
        total = algebra.zero
        for factor, term in combination.terms or ():
            total = algebra.add(total, algebra.mul(_equation(algebra, factor), refs[term.name]))
        outputs.append(Output(combination.name, total))
    return Program(algebra.builder, program.variables, outputs)


def _equation(algebra: Algebra, factor: str) -> Ref:
    equations, root = parse_text(factor, ())
    return instantiate(algebra.builder, equations, [root], {})[0]


def _constant(factor: str) -> tuple[Program, Ref]:
    """A coefficient as a program without variables."""
    builder = Builder()
    equations, root = parse_text(factor, ())
    (ref,) = instantiate(builder, equations, [root], {})
    return Program(builder, (), [Output("", ref)]), ref


@cache
def _number(factor: str) -> tuple[float, float]:
    """The value of a coefficient, and a bound of its error."""
    program, root = _constant(factor)
    evaluator = Evaluator(program, [root])
    values = evaluator.evaluate({})
    return float(values[root]), error_bounds(program, evaluator.order, values).errors[root]


class CombinedEvaluation:
    """Partials and combinations, prepared (see `evaluation.Evaluation`)."""

    def __init__(self, program: Program, asked: Sequence[Derivative], partials: Evaluation) -> None:
        """`partials` gives what `terms_of` says, with all statuses."""
        self.derivatives = tuple(asked)
        self.partials = tuple(derivative for derivative in asked if isinstance(derivative, Partial))
        self.program = partials.program
        self._partials = partials
        self._sums = [derivative for derivative in asked if isinstance(derivative, Combination)]
        written = [combination for combination in self._sums if combination.terms is None]
        self._written: FormulaPrepared | None = None
        self._formulas: list[Combination] = []
        self._ties: Ties | None = None
        self._limits: dict[Ref, Limits] = {}
        if written:
            outputs = [Output(combination.name, program.given[combination]) for combination in written]
            formulas = Program(Builder.extending(program), program.variables, outputs)
            self._written = FormulaPrepared(formulas, written, program.outputs)
            self._formulas = written
            self._ties = Ties(program, EVERY)

    def evaluate(self, points: Points, bounded: bool = False, zeros: bool = True, exact: Point | None = None) -> Values:
        """See `evaluation.Evaluation.evaluate`."""
        values = self._partials.evaluate(points, bounded, zeros, exact)
        rows = arithmetic_of(values)
        columns = {partial.name: Column.of(rows, values, partial.name) for partial in self._partials.partials}
        formulas = self._by_formulas(values.points, bounded, rows.block)
        for combination in self._sums:
            related = [columns[output] for output in combination.outputs]
            if combination.terms is None:
                assert formulas is not None
                own = Column.of(rows, formulas, combination.name)
                found = with_worst(rows, own, [own, *related, *self._tied(rows, combination, values.points)])
            else:
                terms = [(*_number(factor), columns[term.name]) for factor, term in combination.terms]
                found = weighted_sum(rows, terms, related)
            columns[combination.name] = found
        sums = {combination.name: columns[combination.name] for combination in self._sums}
        return self._with_limits(values, self._asked(rows, values, sums), exact)

    def _asked(self, rows: Arithmetic, values: Values, sums: Mapping[str, Column]) -> Values:
        """What is asked for, of the terms and the sums."""
        like = next(iter(values.columns.values()))
        written = {name: column.written(rows, like) for name, column in sums.items()}
        columns, error, status, cause = (
            {d.name: written[d.name][k] if d.name in written else of.get(d.name) for d in self.derivatives}
            for k, of in enumerate((values.columns, values.error, values.status, values.cause))
        )
        return values.replaced(partials=self.partials, columns=columns, error=error, status=status, cause=cause)

    def _by_formulas(self, points: Points, bounded: bool, block: bool) -> Values | None:
        """The combinations that are formulas of their own; a row that has no bound in a block, as a point."""
        if self._written is None:
            return None
        found = self._written.evaluate(points, bounded)
        if not (block and bounded):
            return found
        look = SecondLook(found, None)
        for row in sorted(found.rows_without_bound()):
            look.replace(row, self._written.evaluate(at_row(points, row), bounded))
        return look.answer()

    def share_limits(self, limits: Limits) -> None:
        """See `evaluation.Evaluation.share_limits`."""
        self._partials.share_limits(limits)

    def _with_limits(self, terms: Values, found: Values, exact: Point | None) -> Values:
        """The answer, with limits along directions where the partials are no formulas': the sum of them may differ."""
        look = SecondLook(found, None)
        for combination in self._sums:
            if combination.is_along:
                for row in sorted(_beyond_formulas(combination, terms)):
                    verdict = self._partials.along(combination, at_row(terms.points, row), exact)
                    if verdict.status is not Status.UNRESOLVED:
                        look.record(combination.name, row, verdict)
            elif combination.limit is not None:
                self._decide(look, combination, exact)
            else:
                for row, verdict in _kinks(combination, terms, found.status.get(combination.name)):
                    look.record(combination.name, row, verdict)
        return look.answer() if look.limits else found

    def _decide(self, look: SecondLook, combination: Combination, exact: Point | None) -> None:
        """Finds the limit where the combination's own formula says nothing."""
        found, name = look.values, combination.name
        ref, by = combination.limit or (-1, ())
        codes = found.status.get(name)
        for row, code in enumerate(codes if codes is not None else ()):
            if Status(int(code)) in (Status.UNRESOLVED, Status.UNDEFINED):
                point = at_row(found.points, row)
                verdict = self._limits_of(ref).of("", by, point, exact)
                if verdict.status.has_number:
                    verdict = self._confirmed(combination, verdict, point, exact)
                if verdict.status is not Status.UNRESOLVED:
                    look.record(name, row, verdict)

    def _confirmed(
        self, combination: Combination, verdict: Verdict, point: Mapping[str, float], exact: Point | None
    ) -> Verdict:
        """A limit beside what its formula gives with a bound, as for partials; at a tie the formula says nothing."""
        from gradcli.evaluate.certain import as_printed
        from gradcli.limits import confirmed

        if self._written is None or self._tied(Arithmetic(), combination, point):
            return verdict
        numbers = self._written.certain(exact or as_printed(point), DOUBLE_DIGITS)
        return confirmed(verdict, numbers[self._formulas.index(combination)], DOUBLE_DIGITS)

    def _limits_of(self, ref: Ref) -> Limits:
        from gradcli.limits import Limits

        if ref not in self._limits:
            program = self.program
            alone = Program(Builder.extending(program), program.variables, [Output("", ref)])
            self._limits[ref] = Limits(in_full(alone))
        return self._limits[ref]

    def certain(self, points: Points, exact: Point, digits: int) -> Values:
        """See `evaluation.Evaluation.certain`: the digits of the terms are raised until those of the sums are right."""
        from gradcli.evaluate.certain import MORE, Certain, enough, rounded

        sums = self.evaluate(points)
        formulas = self._written.certain(exact, digits) if self._written is not None else []
        found = {d.name: number for d, number in zip(self._formulas, formulas, strict=True)}
        precision = digits + _SPARE_DIGITS
        values = self._partials.certain(points, exact, digits)
        terms = values
        waiting = [combination for combination in self._sums if combination.terms is not None]
        while waiting:
            terms = self._partials.certain(points, exact, precision)
            found |= {combination.name: _certain_sum(combination, terms, precision) for combination in waiting}
            waiting = [c for c in waiting if precision < digits + MORE and not enough(found[c.name], digits)]
            precision = min(2 * precision, digits + MORE)
        columns, error, status = dict(values.columns), dict(values.error), dict(values.status)
        for combination in self._sums:
            name = combination.name
            number: Certain = found[name]
            parts = [Partial(output) for output in combination.outputs] + [t for _, t in combination.terms or ()]
            code = severest(terms.code(part.name) for part in parts)
            if combination.terms is None:
                own = sums.code(name)
                code = code if own is Status.IMPRECISE else severest((code, own))
            if combination.is_along and name in sums.limits:
                verdict = self._partials.along_exactly(combination, exact, digits)
                code, number = verdict.status, Certain(verdict.value, abs(verdict.value or 0) / 10**digits / 2)
            elif code.has_number and not enough(number, digits):
                code = Status.IMPRECISE
            elif code is Status.IMPRECISE:
                code = Status.FINE
            numbered = code.has_number and hasattr(number.value, "context")
            shown, bound = rounded(number, digits) if numbered else (float("nan"), float("nan"))
            columns[name], error[name] = [shown], [bound]
            status[name] = [int(code if numbered or not code.has_number else Status.UNDEFINED)]
        asked = {derivative.name for derivative in self.derivatives} | set(points)
        cause = {**values.cause, **{c.name: sums.cause.get(c.name) for c in self._sums}}
        # Of terms that nobody asked for nothing is told.
        columns, error, status, cause = (
            {name: told for name, told in of.items() if name in asked} for of in (columns, error, status, cause)
        )
        return values.replaced(
            partials=self.partials, columns=columns, error=error, status=status, cause=cause, sides=sums.sides
        )

    def _tied(self, rows: Arithmetic, combination: Combination, points: Mapping[str, Any]) -> list[Column]:
        """Where one of the outputs is at a tie that can be left."""
        ties = self._ties
        if ties is None or not ties.ties:
            return []
        found = ties.at_block(points) if rows.block else ties.at_point(points)
        return [
            Column(0.0, None, rows.where(here, int(Status.UNRESOLVED), int(Status.FINE)), tie.cause)
            for tie, here in found
            if tie.output in combination.outputs and not ties.moving(tie).isdisjoint(combination.by)
        ]


def _beyond_formulas(combination: Combination, terms: Values) -> set[int]:
    """The rows where some partial is a limit, or is none although the value is a number."""
    found: set[int] = set()
    for _, term in combination.terms or ():
        found |= terms.limits.get(term.name, set())
        codes, sound = terms.status.get(term.name), terms.status.get(term.output)
        if codes is not None:
            odd = [row for row, code in enumerate(codes) if code and not Status(int(code)).has_number]
            found |= {row for row in odd if sound is None or Status(int(sound[row])).has_number}
    return found


def _kinks(combination: Combination, terms: Values, codes: Sequence[int] | None) -> Iterator[tuple[int, Verdict]]:
    """The rows where one term has a kink and all others have numbers, with the sums on its two sides."""
    if codes is None or not any(term.name in terms.sides for _, term in combination.terms or ()):
        return
    from gradcli.limits import Verdict

    for row in [row for row, code in enumerate(codes) if code == Status.KINK]:
        kinked = -1
        rest, apart = [], []
        for factor, term in combination.terms or ():
            number = float(terms.columns[term.name][row])
            weight, _ = _number(factor)
            if number == number:
                rest.append(weight * number)
            else:
                kinked = terms.cause[term.name][row]
                apart.append([weight * float(side[row]) for side in terms.sides.get(term.name, ())])
        if len(apart) == 1 and apart[0] and all(map(isfinite, apart[0])):
            left, right = (fsum([*rest, side]) for side in apart[0])
            yield row, Verdict(Status.KINK, left=left, right=right, cause=int(kinked))


def _certain_sum(combination: Combination, terms: Values, digits: int) -> Certain:
    """The sum of terms with so many digits, with a bound of its error."""
    return certain_sum(combination, [repr(terms.columns[term.name][0]) for _, term in combination.terms or ()], digits)


def certain_sum(combination: Combination, terms: Iterable[Any], digits: int) -> Certain:
    """The sum of terms that were rounded to so many digits, as texts or mpmath's numbers, with a bound of its error."""
    from gradcli.evaluate.certain import Certain, certain_values
    from gradcli.evaluate.multiprecision import Multiprecision

    arithmetic = Multiprecision(digits + _SPARE_DIGITS)
    convert = arithmetic.ctx.mpf
    total, size, error = arithmetic.zero, arithmetic.zero, arithmetic.zero
    for (factor, _), term in zip(combination.terms or (), terms, strict=True):
        program, root = _constant(factor)
        (weight,) = certain_values(program, [root], lambda _: {}, digits)
        number = convert(term)
        total += convert(weight.value) * number
        size += abs(convert(weight.value) * number)
        error += abs(number) * weight.error
    return Certain(total, error + 2 * size / convert(10) ** (digits - 1))

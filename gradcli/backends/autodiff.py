"""Automatic differentiation: exact derivatives of the program, as another program.

Reverse mode gives the first partials, forward mode everything beyond (reverse applied to its own result
explodes). Where there are fewer variables than outputs, forward mode is cheaper from the start (`modes`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby

from gradcli.adjoint import gradient
from gradcli.algebra import Algebra
from gradcli.backends import Capabilities, Options
from gradcli.backends.formulas import FormulaPrepared
from gradcli.backends.growth import check_growth
from gradcli.backends.modes import Choice, choose_modes
from gradcli.errors import UsageError
from gradcli.naming import Partial
from gradcli.program import MAX_EQUATIONS, Builder, Output, Program, Ref, live
from gradcli.rules import NO_RULE, NoRule, without_rule
from gradcli.tangent import Tangents

MODES = ("auto", "reverse", "forward")


class Autodiff:
    """The backend of the table's rules and the chain rule."""

    name = "autodiff"
    summary = "exact derivatives by the chain rule, forward and reverse, at the cost of a few evaluations"
    capabilities = Capabilities(formulas=True, max_order=None, tolerance=1e-12, options=("mode",))

    def prepare(self, program: Program, partials: Sequence[Partial], options: Options) -> FormulaPrepared:
        """See `Backend.prepare`."""
        return FormulaPrepared(self.derive(program, partials, options), partials, program.outputs)

    def derive(self, program: Program, partials: Sequence[Partial], options: Options) -> Program:
        """See `FormulaBackend.derive`.

        Raises:
            UsageError: there is no such mode.
        """
        derivation = _Derivation(program, _mode(options))
        refs = derivation.partials(partials)
        outputs = [Output(partial.name, ref) for partial, ref in zip(partials, refs, strict=True)]
        return Program(
            derivation.algebra.builder,
            program.variables,
            outputs,
            bindings=program.bindings,
            declared=program.declared,
        )

    def simplified(self, program: Program, options: Options) -> Program:
        """See `FormulaBackend.simplified`: there is nothing to gain that the chain rule would know of."""
        return program

    def explained(self, program: Program, partials: Sequence[Partial], options: Options) -> list[str]:
        """See `Backend.explained`: the modes."""
        choices = choose_modes(program, _first_partials(program, partials), _mode(options))
        higher = max((partial.order for partial in partials), default=0) > 1
        lines = [f"{mode} mode for {_some(outputs)}: {reason}" for mode, outputs, reason in choices]
        return [*lines, *(["forward mode over that for higher orders"] if higher else [])]


def _mode(options: Options) -> str:
    mode: str = options.get("mode") or "auto"
    if mode not in MODES:
        raise UsageError(f"there is no mode '{mode}'", hint=f"there are: {', '.join(MODES)}")
    return mode


def _some(outputs: Sequence[str]) -> str:
    return ", ".join(outputs[:3]) + (f" and {len(outputs) - 3:,} more" if len(outputs) > 3 else "")


def _first_partials(program: Program, partials: Iterable[Partial]) -> dict[str, list[str]]:
    """The variables by which each output is differentiated first, without those on which it does not depend."""
    rank = {variable: k for k, variable in enumerate(program.variables)}
    refs = dict(program.outputs)
    wanted: dict[str, dict[str, None]] = {}
    for partial in partials:
        if partial.by:
            wanted.setdefault(partial.output, {})[min(partial.by, key=rank.__getitem__)] = None
    return {output: [v for v in by if v in program.depends_on(refs[output])] for output, by in wanted.items()}


class _Derivation:
    """The partials found so far, by component and sorted multi-index."""

    def __init__(self, program: Program, mode: str) -> None:
        self.program = program
        self.mode = mode
        self.algebra = Algebra(Builder.extending(program))
        self.rank = {variable: k for k, variable in enumerate(program.variables)}
        self.known: dict[Partial, Ref] = {Partial(output.name): output.ref for output in program.outputs}
        self.tangents: dict[str, Tangents] = {}

    def partials(self, partials: Iterable[Partial]) -> list[Ref]:
        """The equations of partials; mixed ones are the same in any order of their variables."""
        wanted = [Partial(p.output, tuple(sorted(p.by, key=self.rank.__getitem__))) for p in partials]
        prefixes = dict.fromkeys(Partial(p.output, p.by[:k]) for p in wanted for k in range(1, p.order + 1))
        nothing = {output: self._of_nothing(self.known[Partial(output)]) for output in {p.output for p in prefixes}}
        self.known |= {partial: nothing[partial.output] for partial in prefixes if partial.order == 1}
        firsts = _first_partials(self.program, prefixes)
        for choice in choose_modes(self.program, firsts, self.mode):
            self._first(choice, firsts)
        groups: dict[tuple[int, str], list[Partial]] = {}  # by order and last variable
        for partial in prefixes:
            if partial.order > 1:
                if set(partial.by) <= self.program.depends_on(self.known[Partial(partial.output)]):
                    groups.setdefault((partial.order, partial.by[-1]), []).append(partial)
                else:
                    self.known[partial] = self.algebra.zero
        counts = Counter(partial.order for group in groups.values() for partial in group)
        sizes = [len(self.algebra.equations)]
        for order, of_order in groupby(sorted(groups.items(), key=lambda item: item[0][0]), lambda item: item[0][0]):
            for (_, variable), group in of_order:
                roots = [self.known[Partial(partial.output, partial.by[:-1])] for partial in group]
                self.known.update(zip(group, self._along(variable, roots), strict=True))
            sizes.append(len(self.algebra.equations))
            check_growth(sizes, counts, order, MAX_EQUATIONS)
        return [self.known[partial] for partial in wanted]

    def _of_nothing(self, root: Ref) -> Ref:
        """The partial of an output by a variable that it does not depend on, by its looks."""
        ruleless = without_rule(self.algebra.builder, live(self.algebra.equations, (root,)))
        return self.algebra.zero if ruleless is None else ruleless

    def _first(self, choice: Choice, wanted: Mapping[str, Sequence[str]]) -> None:
        """The first partials of the outputs of which a mode was chosen."""
        forward: dict[str, list[str]] = {}  # the outputs by variable
        for output in choice.outputs:
            if choice.mode == "reverse":
                try:
                    found = gradient(self.algebra, self.known[Partial(output)], wanted[output])
                    self.known |= {Partial(output, (variable,)): ref for variable, ref in found.items()}
                    continue
                except NoRule:  # one sweep a variable, so that only those without a rule are left out
                    pass
            for variable in wanted[output]:
                forward.setdefault(variable, []).append(output)
        for variable, outputs in forward.items():
            refs = self._along(variable, [self.known[Partial(output)] for output in outputs])
            self.known |= {Partial(o, (variable,)): ref for o, ref in zip(outputs, refs, strict=True)}

    def _along(self, variable: str, roots: list[Ref]) -> list[Ref]:
        tangents = self.tangents.setdefault(variable, Tangents(self.algebra, {variable: self.algebra.one}))
        try:
            return tangents.of(roots)
        except NoRule:
            if len(roots) > 1:
                return [self._along(variable, [root])[0] for root in roots]
            return [self.algebra.builder.add(*NO_RULE)]


BACKEND = Autodiff()

"""Automatic differentiation: exact derivatives of the program, as another program.

Reverse mode gives the first partials, forward mode everything beyond (reverse applied to its own result
explodes). Where an output has few variables, forward mode is cheaper from the start.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from gradcli.adjoint import gradient
from gradcli.algebra import Algebra
from gradcli.backends import Capabilities, Options
from gradcli.backends.formulas import FormulaPrepared
from gradcli.errors import UsageError
from gradcli.naming import Partial
from gradcli.program import Builder, Output, Program, Ref
from gradcli.rules import NoRule
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
        mode = options.get("mode") or "auto"
        if mode not in MODES:
            raise UsageError(f"there is no mode '{mode}'", hint=f"there are: {', '.join(MODES)}")
        derivation = _Derivation(program, mode)
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
        groups: dict[tuple[int, str], list[Partial]] = {}  # by order, and by component or last variable
        for partial in prefixes:
            key = partial.order, partial.output if partial.order == 1 else partial.by[-1]
            groups.setdefault(key, []).append(partial)
        for (order, name), group in sorted(groups.items(), key=lambda item: item[0][0]):
            if order == 1:
                self._first(name, [partial.by[0] for partial in group])
            else:
                roots = [self.known[Partial(partial.output, partial.by[:-1])] for partial in group]
                self.known.update(zip(group, self._along(name, roots), strict=True))
        return [self.known[partial] for partial in wanted]

    def _first(self, output: str, variables: list[str]) -> None:
        root = self.known[Partial(output)]
        found = dict.fromkeys(variables, self.algebra.zero)
        if len(self.program.outputs) > 1:  # each of them may depend on few variables
            moving = self.program.depends_on(root)
            variables = [variable for variable in variables if variable in moving]
        mode = self.mode
        if mode == "auto":  # a forward sweep costs about twice the function, a reverse sweep about three times
            mode = "forward" if len(variables) == 1 else "reverse"
        if mode == "reverse":
            try:
                found |= gradient(self.algebra, root, variables)
            except NoRule:  # one sweep a variable, so that only those without a rule are left out
                mode = "forward"
        if mode == "forward":
            found |= {variable: self._along(variable, [root])[0] for variable in variables}
        for variable, ref in found.items():
            self.known[Partial(output, (variable,))] = ref

    def _along(self, variable: str, roots: list[Ref]) -> list[Ref]:
        tangents = self.tangents.setdefault(variable, Tangents(self.algebra, variable))
        try:
            return tangents.of(roots)
        except NoRule:
            if len(roots) > 1:
                return [self._along(variable, [root])[0] for root in roots]
            return [self.algebra.builder.add("div", self.algebra.zero, self.algebra.zero)]  # undefined


BACKEND = Autodiff()

"""Derivatives by SymPy: small programs whole and simplified, large ones piece by piece.

A large program is cut at long sums, at choices, at shared equations and where a piece becomes deep. SymPy
differentiates each shape of a piece once (pieces that differ by their leaves only have one shape), and the
chain rule, run backwards over the pieces, puts the derivatives together. Partials of order k + 1 are derived
from the formulas of order k; from the third order on the chain rule runs forwards over those that are large.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from gradcli.backends import Capabilities, Options
from gradcli.backends.symbolic.backward import Backward
from gradcli.backends.symbolic.forward import Forward
from gradcli.backends.symbolic.pieces import Pieces
from gradcli.backends.symbolic.regions import Region
from gradcli.errors import UsageError
from gradcli.naming import Partial
from gradcli.program import Builder, Output, Program, Ref
from gradcli.rules import without_rule

if TYPE_CHECKING:
    from gradcli.backends import Prepared

NOT_SIMPLIFIED = "some formulas are too long to be simplified and given as they were derived"

_FORWARD_FROM = 3
"""The order from which formulas that are too large to be simplified are derived forwards."""


class Symbolic:
    """The backend."""

    name = "symbolic"
    summary = "formulas, by SymPy"
    capabilities = Capabilities(
        formulas=True, max_order=None, tolerance=1e-9, options=("simplify",), by_operation=False
    )

    def prepare(self, program: Program, partials: Sequence[Partial], options: Options) -> Prepared:
        """Finds the formulas and makes them ready to be evaluated.

        Raises:
            UsageError: the level of simplification is unknown.
            LimitError: the program is too large.
        """
        from gradcli.backends.formulas import FormulaPrepared

        return FormulaPrepared(self.derive(program, partials, options), partials, program.outputs)

    def derive(self, program: Program, partials: Sequence[Partial], options: Options) -> Program:
        """A program that extends the given one by the formulas of the partials; its outputs are these.

        Raises:
            UsageError: the level of simplification is unknown.
            LimitError: the program is too large.
        """
        builder = Builder.extending(program)
        formulas = {Partial(output.name): output.ref for output in program.outputs}
        given = {partial: ref for partial, ref in program.given.items() if isinstance(partial, Partial)}
        orders = {ref: partial.order for partial, ref in given.items()}  # an output may be a derivative itself
        formulas |= given
        steps = _steps(partials, formulas)
        lowest = min(
            (prefix.order + orders.get(formulas[Partial(prefix.output)], 0) + 1 for prefix, _ in steps), default=1
        )
        derivation = _Derivation(builder, program.variables, _level(options), lowest)
        for prefix, by in steps:
            builder.at(program, formulas[Partial(prefix.output)])
            order = prefix.order + orders.get(formulas[Partial(prefix.output)], 0) + 1
            found = derivation.first_partials(formulas[prefix], by, order)
            formulas |= {Partial(prefix.output, (*prefix.by, v)): found[v] for v in by}
        outputs = [Output(partial.name, formulas[partial]) for partial in partials]
        return derivation.extended(program, outputs)

    def simplified(self, program: Program, options: Options) -> Program:
        """See `FormulaBackend.simplified`.

        Raises:
            UsageError: the level of simplification is unknown.
        """
        builder = Builder.extending(program)
        derivation = _Derivation(builder, program.variables, _level(options))
        return derivation.extended(program, [Output(name, derivation.shorter(ref)) for name, ref in program.outputs])

    def explained(self, program: Program, partials: Sequence[Partial], options: Options) -> list[str]:
        """See `Backend.explained`: what SymPy is given."""
        lines = []
        for name in dict.fromkeys(partial.output for partial in partials if partial.by):
            region = Region(program.equations, program.output(name))
            size = f"{len(region.order):,} equations"
            lines.append(f"{name} as a whole" if region.is_small() else f"{name} piece by piece, as it has {size}")
        return lines


def _level(options: Options) -> str:
    level: str = options.get("simplify") or "light"
    if level not in ("none", "light", "full"):
        raise UsageError(f"there is no level of simplification '{level}'", hint="there are: none, light, full")
    return level


def _steps(partials: Iterable[Partial], known: Mapping[Partial, Ref]) -> list[tuple[Partial, tuple[str, ...]]]:
    """Which formulas to differentiate by which variables, by rising order."""
    wanted: dict[Partial, dict[str, None]] = {}
    for partial in partials:
        while partial not in known:
            prefix = Partial(partial.output, partial.by[:-1])
            wanted.setdefault(prefix, {})[partial.by[-1]] = None
            partial = prefix
    return [(prefix, tuple(wanted[prefix])) for prefix in sorted(wanted, key=lambda p: p.order)]


class _Derivation:
    """Differentiates equations of a growing program."""

    def __init__(self, builder: Builder, variables: Iterable[str], level: str, order: int = 1) -> None:
        self.builder = builder
        self.ranks = {variable: f"v{k:07d}" for k, variable in enumerate(variables)}
        self.level = level
        self.pieces = Pieces(builder, level, order)
        self.unsimplified = False
        self.forward: dict[str, Forward] = {}

    def extended(self, program: Program, outputs: Iterable[Output]) -> Program:
        """The program with what was derived, and a note where something was too long to be simplified."""
        unfinished = self.level != "none" and (self.unsimplified or self.pieces.unfinished)
        return Program(
            self.builder, program.variables, outputs,
            bindings=program.bindings, declared=program.declared, notes=[NOT_SIMPLIFIED] * unfinished,
        )  # fmt: skip

    def first_partials(self, root: Ref, by: Sequence[str], order: int) -> dict[str, Ref]:
        """The derivatives of an equation by variables.

        Args:
            order: theirs, as derivatives of a component.

        Raises:
            LimitError: it depends on too many equations.
        """
        region = Region(self.builder.equations, root)
        ruleless = without_rule(self.builder, region.order)
        if ruleless is not None:
            return dict.fromkeys(by, ruleless)
        if region.is_small() and self.pieces.work.take_raw(len(by), len(region.order)):
            found = self._whole(region, by)
            if found is not None:
                return found
        if order < _FORWARD_FROM:
            return Backward(self.pieces, self.builder, region, by).run()
        self.unsimplified = True
        for variable in by:
            if variable not in self.forward:
                self.forward[variable] = Forward(self.pieces, self.builder, variable)
        return {variable: self.forward[variable].derivative(region) for variable in by}

    def _whole(self, region: Region, by: Sequence[str]) -> dict[str, Ref] | None:
        """The derivatives by SymPy alone; `None` where its answer is no formula."""
        shape = region.shape(region.root, region.inner(), self.ranks)
        names = {name for name, _ in shape.leaves}
        zero = self.builder.const("0")
        found = {}
        for variable in by:
            if self.ranks[variable] not in names:
                found[variable] = zero
                continue
            partial = self.pieces.partial(shape, self.ranks[variable])
            if partial is None:
                return None
            found[variable] = partial
        return found

    def shorter(self, root: Ref) -> Ref:
        """The shortest form of an equation, if SymPy can take it as a whole; else the equation itself."""
        region = Region(self.builder.equations, root)
        if not region.is_small():
            return root
        found = self.pieces.shorter(region.shape(root, region.inner(), self.ranks))
        return root if found is None else found


BACKEND = Symbolic()

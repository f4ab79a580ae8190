"""What is to be derived: from the options to the engine's request, with what the user should know of it."""

from __future__ import annotations

from gradcli import engine
from gradcli.cli.options import DerivativeOptions
from gradcli.cli.sources import say
from gradcli.naming import Combination, Derivative, Partial
from gradcli.program import Program


def wanted(program: Program, what: DerivativeOptions) -> tuple[Derivative, ...]:
    """What the options ask for; see `engine.wanted`."""
    found = engine.wanted(program, **what.asked())
    count = len(program.variables if what.variables is None else what.variables)
    if (what.divergence or what.curl) and what.wrt is None and not program.declared:
        variables = list(program.variables)
        if variables != sorted(variables):  # few write (-y, x) and mean that the first one is along y
            pairs = zip((output.name for output in program.outputs), variables, strict=True)
            say(f"note: paired in order: {', '.join(f'{o} with {v}' for o, v in pairs)}; --wrt says it otherwise")
    if engine.is_sparse(count, max(what.order or 0, 2 if what.hessian else 0)):
        second = sum(isinstance(d, Partial) and d.order == 2 for d in found)
        every = len(program.outputs) * count * (count + 1) // 2
        say(f"note: {second:,} of {every:,} second partials; the others are zero wherever they exist")
    given = [d.name for d in found if isinstance(d, Combination) and d.terms is not None and _is_given(program, d.name)]
    if given:
        say(f"note: {', '.join(given)} is derived anew: the document does not say by which variables it was")
    return found


def _is_given(program: Program, name: str) -> bool:
    return any(derivative.name == name for derivative in program.given)

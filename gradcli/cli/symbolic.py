"""`gradcli symbolic`: the partial derivatives as formulas."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from gradcli.cli.columns import choose_columns
from gradcli.cli.derivatives import wanted
from gradcli.cli.group import command as make_command
from gradcli.cli.options import (
    DerivativeOptions,
    FormulaBackendOptions,
    FormulaOutputOptions,
    InputOptions,
    derivative_options,
    formula_backend_options,
    formula_output_options,
    input_options,
    own_options,
    verbose_option,
)
from gradcli.cli.output import write
from gradcli.cli.sources import read_program, say
from gradcli.errors import LimitError
from gradcli.language.printer import format_expression
from gradcli.naming import Derivative, Partial
from gradcli.program import LEAVES, Program
from gradcli.render import TEXT_FORMATS, Formulas
from gradcli.results import number_text
from gradcli.rules import NO_RULE, lacks_rules

MAX_ALONE = 1_000_000  # operations in a formula that is written without names for its parts

EXAMPLES = (
    'gradcli symbolic "q*chi*delta"',
    'gradcli symbolic "r = sqrt(x^2 + y^2); theta = atan2(y, x)"',
    'gradcli symbolic "sin(x)" | gradcli symbolic      # one order more',
    "gradcli symbolic model.py:f --wrt x --order 2",
)


@make_command(examples=EXAMPLES, short_help="the partial derivatives as formulas")
@input_options
@derivative_options
@formula_backend_options
@formula_output_options(TEXT_FORMATS)
@verbose_option
def command(
    source: InputOptions, what: DerivativeOptions, how: FormulaBackendOptions, out: FormulaOutputOptions, verbose: bool
) -> None:
    """Write the partial derivatives of EXPR as formulas.

    The output is a document that gradcli reads: given to `eval` it is evaluated, given to
    `symbolic` it is derived once more. Without EXPR it is read from standard input.
    """
    from gradcli import engine

    program = read_program(source, what.named(), "symbolic")
    if what.sparsity:
        from gradcli.cli.entries import write_pattern

        return write_pattern(program, what, out)
    partials = _wanted(program, what)
    derived = engine.formulas(program, partials, how.backend or "symbolic", own_options(how))
    for note in derived.notes:
        say(f"note: {note}")
    _say_ruleless(program, derived, partials)
    if verbose:
        from gradcli.cli.verbose import say_choices, say_operations

        say_choices(program, partials, how.backend, own_options(how), "symbolic")
        say_operations(program, derived)
    lines = engine.document(program, derived, out.share)
    if out.columns:
        lines = _alone(derived, out.columns) if out.bare else _chosen(lines, out.columns)
    outputs = tuple(output.name for output in program.outputs)
    if out.bare or out.columns:
        _say_beyond(program, derived, partials, {left.partition("(")[0] for left, _ in lines}, out.bare)
    own = {*program.bindings, *outputs, *(partial.name for partial in partials)}
    shared = {left.partition("(")[0] for left, _ in lines} - own if out.share != "never" else set()
    write(Formulas(program.variables, outputs, partials, lines, frozenset(shared)), out, "plain", TEXT_FORMATS)


def _wanted(program: Program, what: DerivativeOptions) -> tuple[Derivative, ...]:
    """What is asked for; a document that has partials gets one order more."""
    from gradcli import engine

    if what.has_kind():
        return wanted(program, what)
    return engine.next_order(program, what.variables, what.order)


def _say_ruleless(program: Program, derived: Program, asked: Iterable[Derivative]) -> None:
    """Says which formulas are 0/0 for want of a rule, and not because nothing is there to be derived."""
    refs = dict(derived.outputs)
    names = [
        one.name
        for one in asked
        if derived.equations[refs[one.name]] == NO_RULE
        and lacks_rules(program.equations, program.live([program.output(output) for output in one.outputs]))
    ]
    if names:
        which = f"{names[0]} and {len(names) - 1} more have" if len(names) > 1 else f"{names[0]} has"
        say(f"note: {which} no rule, which 0/0 stands for; numbers by: gradcli eval --backend finite-difference")


def _say_beyond(
    program: Program, derived: Program, asked: Iterable[Derivative], names: Collection[str], bare: bool
) -> None:
    """Says which formulas have numbers where the derivative has none, as far as the function is not beside them."""
    from gradcli.standing_alone import beyond

    alone = [
        one
        for one in asked
        if isinstance(one, Partial) and one.by and one.name in names and (bare or one.output not in names)
    ]
    found = beyond(program, derived, alone)
    if found:
        one, point = next(iter(found.items()))
        which = f"{one.name} and {len(found) - 1} more have" if len(found) > 1 else f"{one.name} has"
        place = ", ".join(f"{name}={number_text(value)}" for name, value in point.items())
        say(f"note: {which} a number where there is no derivative, as at {place}: simplified beyond the domain")


def _chosen(lines: list[tuple[str, str]], columns: tuple[str, ...]) -> list[tuple[str, str]]:
    """The lines of `--columns`, and those of the bindings that they need."""
    left_of = {left.partition("(")[0]: left for left, _ in lines}
    right_of = dict(lines)
    needed: set[str] = set()
    pending = set(choose_columns(columns, tuple(left_of)))
    while pending:
        needed |= pending
        words = {word for name in pending for word in re.findall(r"\w+", right_of[left_of[name]])}
        pending = (words & left_of.keys()) - needed
    return [(left, right) for left, right in lines if left.partition("(")[0] in needed]


def _alone(derived: Program, columns: tuple[str, ...]) -> list[tuple[str, str]]:
    """The formulas of `--columns` in the variables alone, so that each can be used by itself.

    Raises:
        LimitError: a formula is too long to be written without names for its parts.
    """
    refs = {output.name: output.ref for output in derived.outputs}
    length: list[int] = []
    for equation in derived.equations:
        length.append(1 if equation[0] in LEAVES else 1 + sum(length[ref] for ref in equation[1:]))
    names = choose_columns(columns, tuple(refs))
    if any(length[refs[name]] > MAX_ALONE for name in names):
        raise LimitError("the formula is too long without names for its parts", hint="leave out --bare")
    return [(name, format_expression(derived.equations, refs[name])) for name in names]

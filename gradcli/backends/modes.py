"""Forward or reverse: how many operations each way to the first partials goes through, and which are fewer.

A reverse sweep gives all partials of one output at about three times the cost of what the output depends on; a
forward sweep gives the derivatives of all outputs by one variable at about twice the cost of what depends on the
variable (A. Griewank and A. Walther, Evaluating Derivatives, 2nd ed., SIAM 2008, sections 3.1 and 3.2).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from gradcli.naming import Combination
from gradcli.program import LEAVES, Program, Ref

_FORWARD, _REVERSE = 2, 3  # the cost of a sweep, in evaluations of what it goes through


class Choice(NamedTuple):
    """The mode for some outputs, and why."""

    mode: str
    outputs: tuple[str, ...]
    reason: str


def choose_modes(program: Program, wanted: Mapping[str, Sequence[str]], asked: str = "auto") -> list[Choice]:
    """The cheaper mode for the first partials of outputs; for those that are derivatives themselves always forward.

    Args:
        wanted: the variables by which each output is to be differentiated and on which it depends.
        asked: `auto`, or the mode itself.
    """
    known = {ref for derivative, ref in program.given.items() if isinstance(derivative, Combination) or derivative.by}
    derived = tuple(output for output in wanted if program.output(output) in known)
    found = [Choice("forward", derived, "reverse mode over itself explodes")] if derived else []
    wanted = {output: variables for output, variables in wanted.items() if output not in derived}
    if asked != "auto":
        return [*found, Choice(asked, tuple(wanted), "as asked for")] if wanted else found
    single = tuple(output for output, variables in wanted.items() if len(variables) <= 1)
    several = {output: variables for output, variables in wanted.items() if len(variables) > 1}
    found += [Choice("forward", single, "one variable")] if single else []
    if len(several) == 1:
        count = len(next(iter(several.values())))
        found.append(Choice("reverse", tuple(several), f"one sweep instead of {count:,}"))
    elif several:
        found.append(_cheaper(program, several))
    return found


def _cheaper(program: Program, wanted: Mapping[str, Sequence[str]]) -> Choice:
    """The mode for several outputs together, by a count of the operations that are swept over."""
    refs = dict(program.outputs)
    variables = dict.fromkeys(variable for by in wanted.values() for variable in by)
    reverse = _REVERSE * sum(len(program.live((refs[output],))) for output in wanted)
    forward = _FORWARD * _reached(program, [refs[output] for output in wanted], list(variables), reverse // _FORWARD)
    ways = {
        "forward": f"{len(variables):,} sweeps of all outputs",
        "reverse": f"{len(wanted):,} sweeps, one for each output",
    }
    mode, other = ("forward", "reverse") if forward < reverse else ("reverse", "forward")
    costs = {"forward": f"{forward:,}" if forward <= reverse else f"more than {reverse:,}", "reverse": f"{reverse:,}"}
    reason = f"{ways[mode]} cost {costs[mode]} operations, {ways[other]} {costs[other]}"
    return Choice(mode, tuple(wanted), reason)


def _reached(program: Program, roots: Sequence[Ref], variables: Sequence[str], limit: int) -> int:
    """How many equations depend on each of the variables, in sum; a number beyond the limit if it is more."""
    users: dict[Ref, list[Ref]] = {}
    order = program.live(roots)
    for k in order:
        equation = program.equations[k]
        if equation[0] not in LEAVES:
            for ref in equation[1:]:
                users.setdefault(ref, []).append(k)
    starts = {program.equations[k][1]: k for k in order if program.equations[k][0] == "input"}
    total = 0
    for variable in variables:
        seen = {starts[variable]}
        pending = [starts[variable]]
        while pending and total + len(seen) <= limit:
            fresh = [k for k in users.get(pending.pop(), ()) if k not in seen]
            seen.update(fresh)
            pending += fresh
        total += len(seen)
        if pending or total > limit:
            return limit + 1
    return total

"""What somebody says the partials are: given by name, by a Python function, or in the document itself.

    claim = NAME "=" EXPR          NAME is a variable (x), several (x,y), or the name of a partial (df_dx)
          | PATH ".py" [ ":" FUNCTION ]     a function that returns the partials as a tuple, a list or a dict

An expression of a claim may use the names that the document defines. Of what a function returns, rows of lists are a
Jacobian, a row an output, or the Hessian of a single output.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import product
from typing import NamedTuple

from gradcli.errors import ExpressionError, Source, UsageError
from gradcli.files import read_file
from gradcli.language.document import parse
from gradcli.language.printer import format_expression
from gradcli.naming import Partial, readings, suggestion
from gradcli.program import Builder, Output, Program, Ref, instantiate

_EXAMPLE = '--grad x="2*x*y"'
_PYTHON = re.compile(r"([^=\n]+\.py)(?::([^\W\d]\w*))?")
_NAMED = re.compile(r"\s*([^\W\d][\w, ]*?)\s*=(?!=)\s*(.*)", re.DOTALL)


class Claim(NamedTuple):
    """A formula that is said to be a partial.

    Attributes:
        program: has it as the output of the partial's name; claims that were written together share it.
    """

    partial: Partial
    program: Program

    @property
    def ref(self) -> Ref:
        """The equation of the formula."""
        return self.program.output(self.partial.name)

    @property
    def text(self) -> str:
        """The formula."""
        return format_expression(self.program.equations, self.ref)


def read_claims(texts: Iterable[str], program: Program, columns: Sequence[str] = ()) -> list[Claim]:
    """The claims of `--grad`, and those that the document gives itself.

    Args:
        columns: names that a claim may use beside the variables.

    Raises:
        UsageError: there is none, one names no partial, or a partial is claimed twice.
        ExpressionError: a claim cannot be read.
        DataError: a file cannot be read.
    """
    found: dict[Partial, Claim] = {claim.partial: claim for claim in _given(program)}
    for text in texts:
        for claim in _read(text, program, columns):
            if claim.partial in found:
                raise UsageError(f"{claim.partial.name} is claimed twice", hint="leave one out")
            found[claim.partial] = claim
    if not found:
        raise UsageError("there is no claim to check", hint=_example(program))
    return list(found.values())


def _example(program: Program) -> str:
    """A claim of a variable that there is."""
    if not program.variables:
        return "the expression has no variables"
    return f'give one: --grad {program.variables[0]}="..."'


def _given(program: Program) -> list[Claim]:
    partials = {given: ref for given, ref in program.given.items() if isinstance(given, Partial)}
    shared = _with_outputs(program, partials)
    return [Claim(partial, shared) for partial in partials]


def _with_outputs(program: Program, refs: Mapping[Partial, Ref]) -> Program:
    outputs = [Output(partial.name, ref) for partial, ref in refs.items()]
    return Program(Builder.extending(program), program.variables, outputs)


def _read(text: str, program: Program, columns: Sequence[str]) -> list[Claim]:
    path = _PYTHON.fullmatch(text.strip())
    if path is not None:
        return _from_python(path[1], path[2], program)
    named = _NAMED.fullmatch(text)
    if named is None:
        raise UsageError(f"--grad '{text}' is no claim", hint=f"write: {_EXAMPLE}, or: --grad model.py:f_grad")
    partial = _partial(named[1], program)
    if not named[2]:
        raise UsageError(f"--grad {named[1]} has no formula", hint=f"write: {_EXAMPLE}")
    source = Source(named[2])
    claimed = parse(source, {*program.variables, *columns})
    if len(claimed.outputs) != 1:
        raise UsageError(f"the claim for {partial.name} has {len(claimed.outputs)} formulas", hint="give one")
    builder = Builder(source)
    named_refs = {**program.bindings, **{output.name: output.ref for output in program.outputs}}
    named_refs = {name: ref for name, ref in named_refs.items() if program.kind(ref) == "real"}
    inputs: dict[str, Ref] = {}
    for name in claimed.variables:
        if name in named_refs and name not in program.variables:
            inputs[name] = instantiate(builder, program.equations, [named_refs[name]], {})[0]
        elif name not in program.variables and name not in columns:
            known = (*program.variables, *named_refs, *columns)
            others = [column for column in columns if column not in program.variables]
            table = f"; columns of the table: {', '.join(others[:12])}" if others else ""
            start = next(span for e, span in zip(claimed.equations, claimed.spans, strict=True) if e == ("input", name))
            raise ExpressionError(
                f"'{name}' is no variable of the expression", source=source, span=start,
                hint=suggestion(name, known) or f"its variables: {', '.join(program.variables) or 'none'}{table}",
            )  # fmt: skip
    (ref,) = _copied(builder, claimed, inputs)
    variables = tuple(dict.fromkeys((*program.variables, *claimed.variables)))
    used = tuple(v for v in variables if v in program.variables or v in columns)
    return [Claim(partial, Program(builder, used, [Output(partial.name, ref)]))]


def _copied(builder: Builder, program: Program, inputs: Mapping[str, Ref]) -> list[Ref]:
    """The outputs of a program, built into another; equations keep their places in the source."""
    copied: dict[Ref, Ref] = {}
    for k in program.live([output.ref for output in program.outputs]):
        name, *arguments = program.equations[k]
        builder.at(program, k)
        if name == "input":
            copied[k] = inputs[arguments[0]] if arguments[0] in inputs else builder.input(arguments[0])
        elif name == "const":
            copied[k] = builder.add(name, *arguments)
        else:
            copied[k] = builder.add(name, *(copied[a] for a in arguments))
    return [copied[output.ref] for output in program.outputs]


def _partial(name: str, program: Program) -> Partial:
    """The partial that the left side of a claim names.

    Raises:
        UsageError: it names none, or does not say of which output.
    """
    names = tuple(part.strip() for part in name.split(","))
    outputs = [output.name for output in program.outputs]
    if all(part in program.variables for part in names):
        if len(outputs) == 1:
            return Partial(outputs[0], names)
        example = Partial(outputs[0], names).name
        raise UsageError(f"the expression has {len(outputs)} outputs: of which is '{name}'?", hint=f"--grad {example}=")
    found = readings(name, frozenset(outputs), frozenset(program.variables))
    if len(found) == 1:
        return found[0]
    known = [*program.variables, *(Partial(output, (v,)).name for output in outputs for v in program.variables)]
    raise UsageError(
        f"'{name}' is neither a variable nor the name of a partial",
        hint=suggestion(name, known) or f"there are: {', '.join(known[:12]) or 'none'}",
    )


def _from_python(path: str, function: str | None, program: Program) -> list[Claim]:
    """The claims that a function returns: by key, or by their order and shape.

    Raises:
        UsageError: its arguments or results do not fit.
    """
    claimed = _parsed(read_file(path), function, program.variables)
    inputs = _arguments(claimed, program)
    builder = Builder(claimed.source)
    refs = _copied(builder, claimed, {name: builder.input(variable) for name, variable in inputs.items()})
    partials = _results(claimed, program)
    outputs = [Output(partial.name, ref) for partial, ref in zip(partials, refs, strict=True)]
    shared = Program(builder, program.variables, outputs)
    return [Claim(partial, shared) for partial in partials]


def _parsed(source: Source, function: str | None, variables: Sequence[str]) -> Program:
    """The function that claims: its arguments are vectors and variables as those of the expression are."""
    indexed = [name.rpartition("_") for name in variables]
    sizes = Counter(stem for stem, _, index in indexed if index.isdigit() and stem and stem not in variables)
    try:
        return parse(source, variables, function, sizes)
    except UsageError:  # it has other arguments: these are single variables
        return parse(source, variables, function)


def _arguments(claimed: Program, program: Program) -> dict[str, str]:
    """The variable that each argument stands for: that of its name, else that of its position."""
    if set(claimed.variables) <= set(program.variables):
        return {name: name for name in claimed.variables}
    if len(claimed.variables) != len(program.variables):
        raise UsageError(
            f"the arguments of the claimed gradient are not the variables: {', '.join(claimed.variables)}",
            hint=f"the expression has: {', '.join(program.variables)}",
        )
    return dict(zip(claimed.variables, program.variables, strict=True))


def _results(claimed: Program, program: Program) -> list[Partial]:
    """The partials that what a function returns stands for: by its keys, else by its shape and order.

    Raises:
        UsageError: it fits neither.
    """
    names = [output.name for output in claimed.outputs]
    outputs, variables = [output.name for output in program.outputs], program.variables
    known = frozenset(outputs), frozenset(variables)
    if all(name in variables or readings(name, *known) for name in names):
        return [_partial(name, program) for name in names]
    shape = _shape(names)
    if shape is None:
        return [_partial(name, program) for name in names]
    firsts = [Partial(output, (v,)) for output in outputs for v in variables]
    seconds = [Partial(output, by) for output in outputs for by in product(variables, repeat=2)]
    rows, width = len(outputs), len(variables)
    if len(shape) == 1 and len(firsts) == len(names):
        return firsts
    if shape == (rows, width) and rows > 1:
        return firsts
    if shape in ((width, width), (rows, width, width)) and len(seconds) == len(names):
        return seconds
    size = " by ".join(map(str, shape)) + (" component" if shape == (1,) else " components")
    raise UsageError(
        f"the claimed gradient has {size}, the expression {len(firsts)} first partials",
        hint=f"return them in this order: {', '.join(p.name for p in firsts[:12])}",
    )


def _shape(names: Sequence[str]) -> tuple[int, ...] | None:
    """The lengths of the lists in lists that outputs are numbered by (`g1_1, g1_2, ...`); `None`: they are not."""
    if len(names) == 1:
        return (1,)
    for end in range(1, len(names[0])):  # the function's own name may end in a digit
        found = [re.fullmatch(r"\d+(?:_\d+)*", name[end:]) for name in names if name.startswith(names[0][:end])]
        indices = [tuple(map(int, match[0].split("_"))) for match in found if match is not None]
        if len(indices) == len(names) and indices == list(product(*(range(1, n + 1) for n in indices[-1]))):
            return indices[-1]
    return None

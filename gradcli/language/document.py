"""A whole text to a program: statements, bindings, signatures, outputs and given partials.

    document  = [ "=" ] statement { (";" | newline) statement }
    statement = [ name [ "(" name { "," name } ")" ] "=" ] expression

A name that a later statement uses is a binding, which may be a condition; the others are the outputs. `f(x, y) = ...`
declares and orders the variables; a function that is called later is a binding too. A statement named as gradcli names
a partial (`df_dx`) of a name that the document defines *is* that partial, and so it is with the sums of partials that
have names (`laplacian_f`, `divergence`).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Container, Iterable, Mapping, Sequence
from functools import cache
from typing import NamedTuple

from gradcli.errors import ExpressionError, LimitError, Source, Span, UsageError
from gradcli.kinds import read_name
from gradcli.language.characters import confusable_notes, read_characters
from gradcli.language.doubts import doubts
from gradcli.language.lexer import NAME, SIGN, tokens
from gradcli.language.nesting import refuse_too_deep
from gradcli.language.parser import parse_expression
from gradcli.language.scope import RESERVED, Function, Scope
from gradcli.naming import Combination, Derivative, Partial, default_names, readings
from gradcli.operations import CONSTANTS
from gradcli.program import Builder, Equation, Output, Program, Ref, is_literal, live, require_real

MAX_TEXT = 20_000_000
"""Characters of a text: what is longer would take more time and memory than a computer has to spare."""

_PYTHON = re.compile(r"\s*(?:def\s+\w+\s*\(|lambda\b[^:\n]*:|import\s|from\s+\S+\s+import\b|@\w)")
_LATER_FUNCTION = re.compile(r"^def\s+\w+\s*\([^\n]*:", re.MULTILINE)
_PREFACE = re.compile(r"""\s+|\#[^\n]*|\"{3}[\s\S]*?\"{3}|'{3}[\s\S]*?'{3}|\"[^\"\n]*\"|'[^'\n]*'""")
_COMBINING = ("laplacian_", "divergence", "curl")
_SIGNATURE = re.compile(r"(?:^|[;\n])[ \t]*(\w+)[ \t]*\(([\w \t,]*)\)[ \t]*=(?!=)")
_FEW_FUNCTIONS = 2  # which cannot become large by calling each other
_OPENED = re.compile(r"(\w+)[ \t]*[(\[{]")
_BLANK = re.compile(r"(?:[\s;]|#[^\n]*)*")


class _Statement(NamedTuple):
    name: str | None
    span: Span
    ref: Ref
    parameters: tuple[str, ...] | None
    place: Span  # of its expression


def parse(
    text: str | Source,
    declared: Iterable[str] = (),
    function: str | None = None,
    sizes: Mapping[str, int] | None = None,
) -> Program:
    """Reads a document: an expression, statements, or Python source.

    Args:
        declared: names that are variables although they could mean something else (`e`, `pi`, `gamma`).
        function: which function of a Python text is meant, if it defines several.
        sizes: the lengths of a Python function's arguments that are vectors.

    Raises:
        ExpressionError: the text cannot be read; with the place.
        UsageError: sizes are given, and no argument has them.
        LimitError: it is too long.
    """
    source = text if isinstance(text, Source) else Source(text)
    if len(source.text) > MAX_TEXT:
        raise LimitError(f"a text of {len(source.text):,} characters; at most {MAX_TEXT:,} are read")
    if source.name.endswith(".py") or _is_python(source.text):
        from gradcli.language.python import parse_python

        return parse_python(source, function, frozenset(declared), sizes)
    if sizes:
        raise UsageError(
            f"--size names '{next(iter(sizes))}', and the expression is no Python function",
            hint="name each variable: x_0, x_1, ...",
        )
    source, notes = read_characters(source)
    source = _without_shell(source)
    builder = Builder(source)
    scope = Scope(builder, frozenset(declared) | _constants_in_signatures(source.text))
    try:
        if len(_SIGNATURE.findall(source.text)) > _FEW_FUNCTIONS:
            refuse_too_deep(source)
        return _program(scope, _statements(source, scope), notes)
    except ExpressionError as error:
        error.notes = notes
        from gradcli.language.elsewhere import instead

        habit = instead(source, error.span, scope.functions) if error.span is not None else None
        if habit is not None:
            error.message, error.hint, error.span = habit
        if _LATER_FUNCTION.search(source.text):
            error.hint = "this is read as formulas: begin with the Python function, or save all of it as a file, m.py"
        raise


def parse_text(text: str, variables: Iterable[str], *, is_line: bool = False) -> tuple[list[Equation], Ref]:
    """One expression over named variables, such as a row of the table has them: its equations and the result.

    The result may be a condition.

    Args:
        is_line: whether it is a line of a document that has been read, so that names may stand for conditions.
    """
    builder = Builder(Source(text))
    scope = Scope(builder, frozenset(variables))
    scope.untyped = is_line
    return builder.equations, parse_expression(scope, builder.source, 0)[0]


@cache
def parsed_text(text: str, variables: Sequence[str]) -> tuple[list[Equation], list[Ref], Ref]:
    """The same, read once: the equations, those that matter in order, and the result."""
    equations, root = parse_text(text, variables)
    return equations, live(equations, (root,)), root


def _is_python(text: str) -> bool:
    """Whether a text begins as Python does; comments and a docstring may stand before."""
    position = 0
    while (found := _PREFACE.match(text, position)) is not None:
        position = found.end()
    return _PYTHON.match(text, position) is not None


def _without_shell(source: Source) -> Source:
    """Drops a spreadsheet's leading `=` and the dollar signs around a formula, place for place."""
    text = source.text
    stripped = text.strip()
    if stripped.startswith("=") and not stripped.startswith("=="):
        return Source(text.replace("=", " ", 1), source.name)
    if len(stripped) > 2 and stripped.startswith("$") and stripped.endswith("$") and stripped.count("$") == 2:
        return Source(text.replace("$", " "), source.name)
    return source


def _constants_in_signatures(text: str) -> set[str]:
    """The constants that are variables of the document: the signature of a function that is not called names them."""
    signatures = _SIGNATURE.findall(text) if "=" in text else []
    named = {name: CONSTANTS.keys() & set(map(str.strip, parameters.split(","))) for name, parameters in signatures}
    if not any(named.values()):
        return set()
    opened = Counter(_OPENED.findall(text))  # once by its own signature
    return {constant for name, constants in named.items() if opened[name] == 1 for constant in constants}


def _statements(source: Source, scope: Scope) -> list[_Statement]:
    statements: list[_Statement] = []
    position = _BLANK.match(source.text).end()  # type: ignore[union-attr]
    if position == len(source.text):
        raise ExpressionError(
            "there is no expression here", source=source,
            hint='give one: "x^2*y"',
        )  # fmt: skip
    while position < len(source.text):
        name, parameters, span, begin = _head(source, position)
        if name is not None:
            _check_definable(scope, name, span)
        scope.parameters = {parameter: scope.builder.input(parameter) for parameter in parameters or ()}
        scope.defining = name
        ref, place, position = parse_expression(scope, source, begin)
        if name is not None and name in scope.appeared:
            _check_definable(scope, name, span)
        statements.append(_Statement(name, span, ref, parameters, place))
        if name is not None:
            scope.defined[name] = span
            scope.values[name] = ref
            if parameters is None and is_literal(scope.builder.equations, ref):
                scope.values[name] = scope.builder.again(ref)  # else `a = 2; f = x^2` were the same as `f = x^a`
            if parameters is not None:
                scope.functions[name] = Function(parameters, ref)
        scope.parameters = {}
        position = _BLANK.match(source.text, position).end()  # type: ignore[union-attr]
    return statements


def _head(source: Source, position: int) -> tuple[str | None, tuple[str, ...] | None, Span, int]:
    """A statement's name, parameters and their place, and where its expression begins."""
    nothing = None, None, (position, position), position
    stream = tokens(source, position)
    kind, name, start, end = next(stream)
    if kind != NAME:
        return nothing
    kind, text, _, after = next(stream)
    parameters: dict[str, None] | None = None
    twice: Span | None = None
    if text == "(":
        parameters, wanted = {}, NAME
        for kind, text, a, after in stream:
            if kind == wanted == NAME and "." not in text:
                if text in RESERVED:
                    return nothing
                twice = twice or ((a, after) if text in parameters else None)
                parameters[text] = None
                wanted = SIGN
            elif wanted == SIGN and text == ",":
                wanted = NAME
            elif text == ")" and (wanted == SIGN or not parameters):
                break
            else:
                return nothing
        kind, text, _, after = next(stream)
    if kind != SIGN or text != "=":
        return nothing
    if twice is not None:
        raise ExpressionError("a parameter stands there twice", source=source, span=twice)
    return name, None if parameters is None else tuple(parameters), (start, end), after


def _check_definable(scope: Scope, name: str, span: Span) -> None:
    message = hint = None
    if name in RESERVED or "." in name:
        message = f"'{name}' cannot be defined"
    elif name in scope.defined:
        message, hint = f"'{name}' is defined twice", "give each line a name of its own"
    elif name in scope.appeared:
        message, hint = f"'{name}' is used before its line", "define it first, or choose another name"
        span = scope.appeared[name]
    elif name in scope.declared:
        message = f"'{name}' is defined by the expression, and a value or --wrt names it as a variable"
        hint = f"give no value for '{name}', or rename it"
    if message is not None:
        raise ExpressionError(message, source=scope.builder.source, span=span, hint=hint)


def _program(scope: Scope, statements: list[_Statement], notes: list[str]) -> Program:
    builder = scope.builder
    called = scope.called - scope.used.keys()  # functions whose parameters are their own
    signatures = [s.parameters for s in statements if s.parameters is not None and s.name not in called]
    variables = list(dict.fromkeys([*(p for parameters in signatures for p in parameters), *scope.appeared]))
    named = {s.name: s for s in statements if s.name is not None}
    known = frozenset(variables)
    partials: dict[str, Partial] = {}
    for statement in statements:
        if statement.name is not None:
            found = readings(statement.name, named, known)
            if len(found) > 1:
                raise ExpressionError(
                    f"'{statement.name}' can be read as the partial of {found[0].output} by "
                    f"{', '.join(found[0].by)} and of {found[1].output} by {', '.join(found[1].by)}",
                    source=builder.source, span=statement.span, hint="rename an output or a variable",
                )  # fmt: skip
            if found:
                partials[statement.name] = found[0]
    notes += [
        f"{name} is an output: it is named as a partial of {output}, but by no variable of the document"
        for name in named for output in named
        if name not in partials and name.startswith((f"d{output}_d", f"d2{output}_d"))
    ] if len(named) <= 100 else []  # fmt: skip
    combined = _combinations(named, partials, scope.used.keys() | called, variables)
    given: dict[str, Derivative] = {**partials, **combined}
    derived = {output for found in given.values() for output in found.outputs}
    bindings = {
        name: scope.values[name] for name in named
        if name in scope.used and name not in given and name not in called
    }  # fmt: skip
    inner = {*(bindings.keys() - derived), *given}
    components = [s for s in statements if s.name is None or s.name not in inner]
    components = [s for s in components if s.name not in called or s.name in derived]
    for statement in (*components, *(named[name] for name in given)):
        require_real(builder, statement.ref, statement.place)
    taken = frozenset({*variables, *named})
    unnamed = iter(default_names(sum(s.name is None for s in components), taken))
    outputs = [
        Output(s.name or next(unnamed), scope.values[s.name] if s.name in scope.used else s.ref) for s in components
    ]
    if scope.euler is not None and "e" not in variables:
        notes.append("e is the constant 2.718...; to make it a variable, give it a value or name it in a signature")
    return Program(
        builder,
        variables,
        outputs,
        bindings=bindings,
        given={found: _given(builder, named[name].ref) for name, found in given.items()},
        notes=[
            *notes,
            *scope.notes,
            *doubts(builder.source, scope.appeared, scope.declared),
            *confusable_notes(variables),
        ],
        declared=bool(signatures),
    )


def _given(builder: Builder, ref: Ref) -> Ref:
    """The equation of a partial that the document gives; 0/0 is how one without a rule is written."""
    name, *operands = builder.equations[ref]
    without = name == "div" and all(builder.equations[k] == ("const", "0") for k in operands)
    if not without:
        return ref
    builder.at(builder, ref)
    return builder.add("nan")


def _combinations(
    named: Mapping[str, _Statement], partials: Container[str], used: Container[str], variables: Sequence[str]
) -> dict[str, Combination]:
    """The statements that are named as sums of partials of the document's outputs, by name."""
    likely = [name for name in named if name.startswith(_COMBINING) or name.endswith("_along")]
    if not likely:
        return {}
    rest = [name for name in named if name not in partials and name not in likely]
    outputs = [name for name in rest if name not in used] or rest
    found = ((name, read_name(name, outputs, variables) or read_name(name, rest, variables)) for name in likely)
    return {name: combination for name, combination in found if combination is not None}

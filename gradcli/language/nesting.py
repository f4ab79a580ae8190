"""How deep a text becomes when calls of its own functions are put in their places, found before that is done.

Functions that call themselves into each other, as `f2(x) = f1(f1(x))` does, double with each line. How large the
result becomes is not known before equal equations are found, but it has at least as many as the longest way from
a parameter to the result, and the ways through nested calls add up.
"""

from __future__ import annotations

from gradcli.errors import LimitError, Source
from gradcli.language.lexer import END, NAME, NEWLINE, NUMBER, Token, tokens
from gradcli.program import MAX_EQUATIONS

_Function = list[tuple[str, int]]
"""By parameter, its name and the least length of a way from it to the result."""


def refuse_too_deep(source: Source) -> None:
    """Refuses definitions that have more equations than there may be.

    Raises:
        LimitError: with the definition that is the first.
    """
    functions: dict[str, _Function] = {}
    statement: list[Token] = []
    for token in tokens(source, 0):
        if token[1] != ";" and token[0] not in (NEWLINE, END):
            statement.append(token)
            continue
        found = _definition(statement, functions)
        if found is not None:
            name, function = found
            if any(length > MAX_EQUATIONS for _, length in function):
                raise LimitError(
                    f"more than {MAX_EQUATIONS:,} equations: each call of a function is put in its place",
                    source=source,
                    span=(statement[0][2], statement[-1][3]),
                    hint="functions that call each other twice double with each line",
                )
            functions[name] = function
        statement = []
        if token[0] == END:
            return


def _definition(statement: list[Token], functions: dict[str, _Function]) -> tuple[str, _Function] | None:
    """The function that a statement defines; `None` if it defines none."""
    texts = [text for _, text, _, _ in statement]
    if len(texts) < 5 or texts[1] != "(" or statement[0][0] != NAME or ")" not in texts:
        return None
    end = texts.index(")")
    if texts[end + 1 : end + 2] != ["="]:
        return None
    longest = dict.fromkeys(texts[2:end:2], 0)
    opened: list[tuple[_Function, int]] = []  # the calls that a name stands in, each with the argument's number
    around = [0]  # for each, the length of the way from that argument to the result
    operands, calls = 0, False
    for k in range(end + 2, len(statement)):
        kind, text, _, _ = statement[k]
        called = functions.get(texts[k - 1], []) if text == "(" else []
        if text in ("(", "[", "{"):
            opened.append((called, 0))
            around.append(around[-1] + _length(called, 0))
        elif text in (")", "]", "}") and opened:
            opened.pop()
            around.pop()
        elif text == "," and opened:
            function, position = opened[-1]
            opened[-1] = function, position + 1
            around[-1] = around[-2] + _length(function, position + 1)
        elif kind == NAME and text in functions:
            calls = True
        elif kind in (NAME, NUMBER):
            operands += 1
            if text in longest:
                longest[text] = max(longest[text], around[-1])
    least = int(operands > 1 and not calls)  # at least the operation that joins them
    used = set(texts[end + 2 :])
    return texts[0], [(name, max(length, least * (name in used))) for name, length in longest.items()]


def _length(function: _Function, position: int) -> int:
    return function[position][1] if position < len(function) else 0

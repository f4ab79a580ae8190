"""How many calls a call of a function leads to, as far as the text alone says so.

Functions that double are refused before the first of a million calls is followed.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping

from gradcli.language.python.values import Function

_UNSURE = (ast.IfExp, ast.BoolOp, ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_STRAIGHT = (ast.Assign, ast.AnnAssign, ast.Return, ast.Expr)


def least_calls(function: Function, functions: Mapping[str, Function]) -> int:
    """How many calls of the file's functions follow from one for certain; of those that recur, few are counted."""
    counts: dict[str, int] = {}
    begun: set[str] = set()
    pending = [function]
    while pending:
        at = pending[-1]
        called = [functions[name] for name in _called(at) if name in functions]
        waiting = [other for other in called if other.name not in begun]
        if at.name not in begun and waiting:
            begun.add(at.name)
            pending += waiting
            continue
        begun.add(at.name)
        pending.pop()
        counts[at.name] = sum(1 + counts.get(other.name, 0) for other in called)
    return counts[function.name]


def _called(function: Function) -> list[str]:
    """The names of what a function calls whichever way it goes, up to its first branch; calls that look alike once."""
    node = function.node
    own = {argument.arg for argument in ast.walk(node.args) if isinstance(argument, ast.arg)}
    pending: list[ast.AST] = []
    called: dict[str, str] = {}  # what is called, by the text of the call
    for statement in [node.body] if isinstance(node, ast.Lambda) else node.body:
        if not isinstance(statement, (ast.expr, *_STRAIGHT)):
            break
        pending.append(statement)
        if isinstance(statement, ast.Return):
            break
    while pending:
        inner = pending.pop()
        if isinstance(inner, _UNSURE):
            continue
        if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store):
            own.add(inner.id)
        if isinstance(inner, ast.Call) and isinstance(inner.func, ast.Name):
            called[ast.dump(inner)] = inner.func.id
        pending += ast.iter_child_nodes(inner)
    return [name for name in called.values() if name not in own]

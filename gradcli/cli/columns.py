"""`--columns`: which columns are written, in which order."""

from __future__ import annotations

from collections.abc import Sequence

from gradcli.cli.options import split_names
from gradcli.errors import UsageError


def choose_columns(asked: Sequence[str], known: Sequence[str]) -> tuple[str, ...]:
    """The columns asked for, each once; all, if none is.

    Raises:
        UsageError: there is no such column; with near names.
    """
    names = tuple(dict.fromkeys(name for text in asked for name in split_names(text, "--columns")))
    columns = frozenset(known)
    for name in names:
        if name not in columns:
            from gradcli.naming import suggestion

            shown = ", ".join(known[:12]) + (", ..." if len(known) > 12 else "")
            raise UsageError(f"there is no column '{name}'", hint=suggestion(name, known) or f"there are: {shown}")
    return names or tuple(known)

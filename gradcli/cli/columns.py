"""Which columns are written, in which order: `--columns`, and those that tell more of each number."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from gradcli.cli.options import OutputOptions, PrecisionOptions, split_names
from gradcli.errors import UsageError
from gradcli.naming import Derivative, ends, status_name, suggestion
from gradcli.results import Values


def choose_columns(asked: Sequence[str], known: Sequence[str]) -> tuple[str, ...]:
    """The columns asked for, each once; all, if none is.

    Raises:
        UsageError: there is no such column; with near names.
    """
    names = tuple(dict.fromkeys(name for text in asked for name in split_names(text, "--columns")))
    columns = frozenset(known)
    for name in names:
        if name not in columns:
            there = tuple(dict.fromkeys(known))
            shown = ", ".join(f'"{column}"' if "," in column else column for column in there[:12])
            shown += ", ..." if len(there) > 12 else ""
            raise UsageError(f"there is no column '{name}'", hint=suggestion(name, there) or f"there are: {shown}")
    return names or tuple(known)


def with_status(out: OutputOptions, known: Collection[str]) -> OutputOptions:
    """The options with `--status` in the place of its column's name among `--columns`.

    Raises:
        UsageError: it isn't the last of several.
    """
    name = status_name(known)
    asked = [column for text in out.columns for column in split_names(text, "--columns")]
    if name not in asked:
        return out
    if len(asked) == 1 or asked.index(name) < len(asked) - 1:
        raise UsageError(f"the column '{name}' comes after all others", hint=f"--columns x,f,{name}")
    return out._replace(columns=tuple(asked[:-1]), status=True)


def beside(derivative: Derivative, precision: PrecisionOptions) -> list[str]:
    """The names of the columns that tell more of a derivative."""
    name = derivative.name
    errors = [f"{name}_error"] if precision.errors else []
    slopes = [*ends(name)] if precision.subgradient and derivative.by else []
    return errors + slopes


def with_beside(values: Values, shown: Iterable[Derivative], precision: PrecisionOptions) -> Values:
    """The answer with those columns."""
    if not (precision.errors or precision.subgradient):
        return values
    more: dict[str, Any] = {}
    for derivative in shown:
        told = [values.bounds(derivative.name)] if precision.errors else []
        told += values.interval(derivative.name) if precision.subgradient and derivative.by else []
        more |= zip(beside(derivative, precision), told, strict=True)
    return values.replaced(columns={**values.columns, **more})

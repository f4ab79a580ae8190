"""The text of a Python file as a tree, and the places of its nodes in the text: every error points there."""

from __future__ import annotations

import ast
import re
import warnings
from typing import NoReturn

from gradcli.errors import ExpressionError, LimitError, Source, Span

MAX_STEPS = 1_000_000  # statements, rounds of loops and calls
MAX_ELEMENTS = 10_000_000  # of all vectors that are made


class Code:
    """A text that is read: its tree, its places, and how much was worked on it."""

    def __init__(self, source: Source) -> None:
        """Parses the text; it is not run.

        Raises:
            ExpressionError: it is no Python.
            LimitError: it is nested too deeply for Python's own parser.
        """
        self.source = source
        self.steps = 0
        self.elements = 0
        self._ascii = source.text.isascii()
        self._starts = [0, *(found.end() for found in re.finditer("\n", source.text))]
        self._spans: dict[ast.AST, Span] = {}
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # Python's opinion of the style is nobody's concern here
                self.tree = ast.parse(source.text)
        except SyntaxError as error:
            line = self._offset(error.lineno or 1, 0)
            start = min(line + max((error.offset or 1) - 1, 0), len(source.text) - 1)
            raise ExpressionError(f"this is no Python: {error.msg}", source=source, span=(start, start + 1)) from None
        except (RecursionError, MemoryError, ValueError):
            raise too_deep() from None

    def span(self, node: ast.AST) -> Span:
        """Where a node stands in the text."""
        found = self._spans.get(node)
        if found is None:
            if isinstance(node, ast.expr | ast.stmt | ast.arg | ast.keyword | ast.alias):
                end_line, end_column = node.end_lineno or node.lineno, node.end_col_offset or 0
                found = self._offset(node.lineno, node.col_offset), self._offset(end_line, end_column)
            else:
                found = 0, 1
            self._spans[node] = found
        return found

    def error(self, message: str, node: ast.AST, hint: str | None = None) -> NoReturn:
        """Says what cannot be read, at its place.

        Raises:
            ExpressionError: always.
        """
        raise ExpressionError(message, source=self.source, span=self.span(node), hint=hint)

    def line(self, node: ast.AST) -> str:
        """The line of a node, for notes."""
        return f"line {self.source.position(self.span(node)[0])[0]}"

    def limit(self, message: str, node: ast.AST, hint: str | None = None) -> NoReturn:
        """Says what would take too much, at its place.

        Raises:
            LimitError: always.
        """
        raise LimitError(message, source=self.source, span=self.span(node), hint=hint)

    def step(self, node: ast.AST, count: int = 1, *, ahead: bool = False) -> None:
        """Counts work that is about to be done.

        Args:
            ahead: whether it is counted again when it is done.

        Raises:
            LimitError: it would be more than a million steps.
        """
        total = self.steps + count
        if not ahead:
            self.steps = total
        if total > MAX_STEPS:
            self.limit(f"more than {MAX_STEPS:,} steps: loops are unrolled, and calls are put in their places", node)

    def make(self, count: int, node: ast.AST) -> None:
        """Counts the elements of a vector that is about to be made.

        Raises:
            LimitError: there would be more than ten million.
        """
        self.elements += count
        if self.elements > MAX_ELEMENTS:
            self.limit(f"vectors of more than {MAX_ELEMENTS:,} elements", node)

    def _offset(self, line: int, column_bytes: int) -> int:
        """The character at a line and column; `ast` counts columns in bytes of UTF-8."""
        start = self._starts[min(line, len(self._starts)) - 1]
        if self._ascii:
            return start + column_bytes
        line_text = self.source.text[start : start + column_bytes]
        return start + len(line_text.encode()[:column_bytes].decode(errors="ignore"))


def too_deep() -> LimitError:
    """What is said of a text that is nested beyond all measure."""
    return LimitError("the Python text is nested too deeply to be read", hint="give it as an expression")

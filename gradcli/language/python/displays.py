"""Lists, dictionaries and texts that are written out or made by comprehensions and generator expressions."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from gradcli.language.python.code import Code
from gradcli.language.python.expressions import Expressions
from gradcli.language.python.module import File
from gradcli.language.python.refusals import TEXT
from gradcli.language.python.values import (
    Chosen,
    Missing,
    Scope,
    Selection,
    Stream,
    Table,
    Term,
    Value,
    Vector,
    describe,
)
from gradcli.program import Builder


class Displays(Expressions):
    """Reads what Python calls displays, beside all other expressions."""

    def __init__(self, code: Code, builder: Builder, file: File) -> None:
        super().__init__(code, builder, file)
        self._readers |= {
            ast.Dict: self.dictionary, ast.ListComp: self.comprehension, ast.GeneratorExp: self.generator,
            ast.DictComp: self.dictionary_of, ast.JoinedStr: self.text,
        }  # fmt: skip

    def dictionary(self, node: ast.Dict, scope: Scope) -> Value:
        items: dict[str | int, Value] = {}
        for key, value in zip(node.keys, node.values, strict=True):
            if key is None:
                more = self.value(value, scope)
                if not isinstance(more, Table):
                    self.error(f"** is of a dictionary, and this is {describe(more)}", value)
                items |= more.items
            else:
                items |= self.table([(self.value(key, scope), self.value(value, scope))], key).items
        return Table(items)

    def text(self, node: ast.JoinedStr, scope: Scope) -> Value:
        """A text that is put together from what is known, a key such as `f"k{i}"`; another one has no use here."""
        found = ""
        for part in node.values:
            plain = not isinstance(part, ast.FormattedValue) or (part.conversion < 0 and part.format_spec is None)
            value = self.value(part.value if isinstance(part, ast.FormattedValue) else part, scope) if plain else None
            if not isinstance(value, str | int):
                return Missing(TEXT.message, TEXT.hint, node)
            found += str(value)
        return found

    def comprehension(self, node: ast.ListComp, scope: Scope) -> Value:
        items = list(self._generated(node, scope))
        if any(isinstance(item, Chosen) for item in items):
            return Selection(items)
        return self.vector(items, "list", node)

    def generator(self, node: ast.GeneratorExp, scope: Scope) -> Value:
        return Stream(self._generated(node, scope))

    def dictionary_of(self, node: ast.DictComp, scope: Scope) -> Value:
        pairs = ast.copy_location(ast.Tuple([node.key, node.value], ast.Load()), node.value)
        rows = self._generated(ast.copy_location(ast.GeneratorExp(pairs, node.generators), node), scope)
        return self.table((row.items for row in self.settled(rows) if isinstance(row, Vector)), node)

    def table(self, pairs: Iterable[Iterable[Value]], node: ast.AST) -> Table:
        """A dictionary of keys and values."""
        items: dict[str | int, Value] = {}
        for key, value in pairs:
            if not isinstance(key, str | int) or isinstance(key, bool):
                self.error("a key of a dictionary is a text or a whole number", node, 'write: {"a": ...}')
            items[key] = value
        return Table(items)

    def _generated(self, node: ast.ListComp | ast.GeneratorExp, scope: Scope) -> Iterator[Value]:
        first = self.value(node.generators[0].iter, scope)  # at once, as Python does
        return self._generate(node, 0, first, Scope(scope, scope.function), [])

    def _generate(
        self, node: ast.ListComp | ast.GeneratorExp, depth: int, values: Value, inner: Scope, around: list[Value]
    ) -> Iterator[Value]:
        """The elements; with one that conditions on the variables choose these go along.

        Args:
            around: the conditions on the variables so far.
        """
        generator = node.generators[depth]
        for item in self.walked(values, generator.iter):
            self.assign(generator.target, item, inner)
            conditions = list(around)
            for test in generator.ifs:
                value = (self.aside if conditions else self.value)(test, inner)
                known = self.truth(value, test)
                if known is False:
                    break
                conditions += [] if known else [Term(self.condition(value, test))]
            else:
                yield from self._each(node, depth, inner, conditions)

    def _each(
        self, node: ast.ListComp | ast.GeneratorExp, depth: int, inner: Scope, conditions: list[Value]
    ) -> Iterator[Value]:
        if depth + 1 < len(node.generators):
            further = self.value(node.generators[depth + 1].iter, inner)
            yield from self._generate(node, depth + 1, further, inner, conditions)
        elif conditions:
            value = self.aside(node.elt, inner)
            self.at(node)
            test = next(test for generator in node.generators for test in generator.ifs)
            yield Chosen(self.condition(self.joined("and", conditions, node), node), value, test)
        else:
            yield self.value(node.elt, inner)

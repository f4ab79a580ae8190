"""What names mean while a document is read."""

from __future__ import annotations

from typing import NamedTuple

from gradcli.program import Builder, Ref

RESERVED = frozenset({"True", "False", "None", "and", "or", "not", "if", "else"})


class Function(NamedTuple):
    """A function that the document defines: its parameters and its body, with the parameters as inputs."""

    parameters: tuple[str, ...]
    body: Ref


class Scope:
    """What names mean while a document is read.

    Attributes:
        builder: holds the equations.
        declared: names that are variables whatever else they could mean.
        values: by name the variables that have appeared and what each named line gives.
        parameters: those of the function that is being defined.
        functions: defined by the document.
        defined: the names of the lines so far, with their places.
        appeared: variables in the order of their first appearance, with their places.
        used: names of lines that a later line has used, with the first place.
        called: the functions among them that a later line has called.
        euler: where `e` was used other than as the base of a power.
        numbers: the constants that were read, by their texts.
        conditions: whether anything that is true or false was read.
        untyped: whether a name of a number may stand for a condition.
        notes: what a reader should be told about how the text was read.
        defining: the name on the left side of the statement that is being read.
    """

    def __init__(self, builder: Builder, declared: frozenset[str]) -> None:
        self.builder = builder
        self.declared = declared
        self.values: dict[str, Ref] = {}
        self.parameters: dict[str, Ref] = {}
        self.functions: dict[str, Function] = {}
        self.defined: dict[str, tuple[int, int]] = {}
        self.appeared: dict[str, tuple[int, int]] = {}
        self.used: dict[str, tuple[int, int]] = {}
        self.called: set[str] = set()
        self.euler: tuple[int, int] | None = None
        self.numbers: dict[str, Ref] = {}
        self.conditions = False
        self.untyped = False
        self.notes: list[str] = []
        self.defining: str | None = None

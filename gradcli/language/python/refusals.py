"""What is not read, and what to write instead: one row for each construct of Python that is refused as such."""

from __future__ import annotations

from typing import NamedTuple


class Refusal(NamedTuple):
    """What is said of a construct."""

    message: str
    hint: str


_EXCEPTION = Refusal("exceptions are not caught: nothing is run", "write the case as a condition: if x > 0: ...")
_CLASS = Refusal("a class is not read", "write functions, and give them numbers and vectors")
_GENERATOR = Refusal("a generator is not read", "collect what it yields in a list, and return that")
_ASYNC = Refusal("nothing is awaited: no input and no output is read", "write a function of numbers: def f(x): ...")
_SET = Refusal("a set has no order", "write a list: [...]")
TEXT = Refusal("a text is no number", "leave it out, or write a number")
_OUTER = Refusal(
    "a function that changes names outside of itself is not read", "return the value, or give it as argument"
)

OTHER = Refusal("this is not read", "write numbers, names, operators, functions, conditions and loops")

REFUSED: dict[str, Refusal] = {
    "Try": _EXCEPTION,
    "TryStar": _EXCEPTION,
    "ClassDef": _CLASS,
    "Yield": _GENERATOR,
    "YieldFrom": _GENERATOR,
    "Await": _ASYNC,
    "AsyncFunctionDef": _ASYNC,
    "AsyncFor": _ASYNC,
    "AsyncWith": _ASYNC,
    "Set": _SET,
    "SetComp": _SET,
    "Global": _OUTER,
    "Nonlocal": _OUTER,
    "With": Refusal("'with' opens something, and nothing is opened here", "leave it out"),
    "Match": Refusal("'match' is not read", "write: if ... elif ... else"),
    "Delete": Refusal("only names are deleted here", "make a new list without it"),
}
"""By the name of the node's class."""

"""Shapes of pieces and their derivatives by SymPy, each found once, and put into a program wherever they occur."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from gradcli.backends.symbolic.regions import Shape
from gradcli.program import LEAVES, Builder, Equation, Ref

if TYPE_CHECKING:
    from gradcli.simplify import Work
    from gradcli.sympy_bridge import Piece

SOME_SHAPES = 100
"""Of pieces; beyond, SymPy sees no numbers, and nothing is simplified."""


class Pieces:
    """The pieces of a growing program.

    Attributes:
        unfinished: whether something was too long to be simplified.
    """

    def __init__(self, builder: Builder, level: str, order: int) -> None:
        """Without any.

        Args:
            order: that of the derivatives. The higher it is, the less is done for them, as those below have cost
                something too.
        """
        self.builder = builder
        self.level = level
        self.order = order
        self.unfinished = False
        self._pieces: dict[tuple[Equation, ...], Piece | None] = {}
        self._partials: dict[tuple[tuple[Equation, ...], str], Ref | None] = {}

    def __len__(self) -> int:
        return len(self._pieces)

    @cached_property
    def work(self) -> Work:
        """What SymPy may still do."""
        from gradcli.simplify import MAX_WORK, Work

        return Work(min(MAX_WORK, 4 * MAX_WORK // self.order**2))

    def partial(self, shape: Shape, leaf: str) -> Ref | None:
        """The derivative of a piece by one of its leaves, in the program; `None` if SymPy finds none."""
        piece = self._piece(shape.equations)
        if piece is None:
            return None
        key = shape.equations, leaf
        if key not in self._partials:
            self._partials[key] = self._shortened(piece, lambda: piece.derivative(leaf))
        root = self._partials[key]
        return None if root is None else self._copy(piece, root, shape.refs)

    def shorter(self, shape: Shape) -> Ref | None:
        """The shortest form of a piece, in the program; `None` if SymPy can make nothing of it."""
        piece = self._piece(shape.equations)
        found = None if piece is None else self._shortened(piece, lambda: piece.expression)
        return None if piece is None or found is None else self._copy(piece, found, shape.refs)

    def _shortened(self, piece: Piece, expression: Callable[[], Any]) -> Ref | None:
        """The shortest form of an expression of a piece, in the piece's own equations; `None` if it is no formula."""
        from gradcli.simplify import shortest
        from gradcli.sympy_bridge import UnreadableError

        level = self.level if len(self._pieces) <= SOME_SHAPES else "none"
        try:
            found = piece.read(shortest(expression(), level, lambda form: piece.cost(piece.read(form)), self.work))
        except (UnreadableError, RecursionError):
            return None
        self.unfinished |= self.level != "none" and (self.work.refused or level == "none")
        return found

    def _piece(self, equations: tuple[Equation, ...]) -> Piece | None:
        if equations not in self._pieces:
            from gradcli.sympy_bridge import Piece, UnreadableError

            try:
                self._pieces[equations] = Piece(equations)
            except (UnreadableError, RecursionError):
                self._pieces[equations] = None
        return self._pieces[equations]

    def _copy(self, piece: Piece, root: Ref, refs: Sequence[Ref]) -> Ref:
        copied = dict(enumerate(refs))
        for k in piece.needed(root):
            name, *arguments = piece.builder.equations[k]
            copied[k] = self.builder.add(name, *(arguments if name in LEAVES else (copied[a] for a in arguments)))
        return copied[root]

"""Loops of Python: they are unrolled, round by round, and what leaves one is kept as an exit.

A loop whose bound is known has that many rounds. Where it depends on the variables whether there is another one, the
rounds are read for the case that there is, and the names are put together from the exits after it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from enum import Enum, auto
from typing import Any

from gradcli.language.python.code import MAX_STEPS
from gradcli.language.python.exits import Changed, Exit, Jump, Passage, Split, State, Target, jumps
from gradcli.language.python.values import Scope, Table, Value, Vector, age, count_of
from gradcli.language.python.ways import Fork, Ways

_LEAVING = (ast.Break, ast.Continue, ast.Return, ast.Raise)
_END: Any = object()
_PARTED = 10  # steps for a round that there may be or not: what is left by each is kept
_MOST_ROUNDS = 1000  # of a `while`, once it depends on the variables whether it is still running
_MOST_STEPS = 200_000  # of a `while` with more rounds than that: it may never end


class End(Enum):
    """How a block of statements ends."""

    FALLS = auto()  # the next statement follows
    LEAVES = auto()  # by its exits


class Frame:
    """A call of a function while its body is read.

    Attributes:
        born: what is older was there before the call, and may be seen after it.
        base: how many forks were open where the call began.
        exits: how it is left, in the order of the text; inside a loop or branch, how that is.
        returned: vectors and dictionaries that it may return, as a condition says.
        loop: the innermost loop around the statement.
        depth: how many forks were open where that loop began, or the call.
    """

    def __init__(self, node: ast.FunctionDef, scope: Scope, depth: int) -> None:
        self.node = node
        self.scope = scope
        self.born = age()
        self.exits: list[Exit] = []
        self.returned: list[Vector | Table] = []
        self.loop: ast.For | ast.While | None = None
        self.base = self.depth = depth

    def leave(self, by: type[ast.stmt], value: Value, changed: Changed) -> End:
        """Leaves the function by a value or an exception."""
        self.exits.append(Jump((self.node, by), State({}, changed), value))
        return End.LEAVES


class Loops(Ways):
    """Reads loops, and keeps what leaves them."""

    def block(self, statements: Iterable[ast.stmt], frame: Frame) -> End:  # pragma: no cover
        """Reads statements in order, up to one that does not fall to the next."""
        raise NotImplementedError

    def loop(self, node: ast.For, frame: Frame) -> End:
        before = len(self._drawn)
        values = self.value(node.iter, frame.scope)
        if isinstance(values, range):
            self._foresee(node, count_of(values), frame.scope)
        return self._rounds(node, frame, self.walked(values, node.iter), before)

    def _foresee(self, node: ast.For, rounds: int, scope: Scope) -> None:
        """Refuses loops in loops at once that would be refused only after a million steps."""
        inner: ast.stmt = node
        while isinstance(inner, ast.For) and not any(isinstance(n, _LEAVING) for n in ast.walk(inner)):
            loops = [statement for statement in inner.body if isinstance(statement, ast.For)]
            match loops:
                case [ast.For(iter=ast.Call(func=ast.Name(id="range"), args=[ast.Constant() | ast.Name() as bound]))]:
                    count = scope.find(bound.id, None) if isinstance(bound, ast.Name) else bound.value
                    rounds *= count if isinstance(count, int) and count > 0 else 1
                    inner = loops[0]
                case _:
                    break
        if inner is not node and rounds > MAX_STEPS:
            self.code.step(node.iter, rounds)

    def repetition(self, node: ast.While, frame: Frame) -> End:
        return self._rounds(node, frame, iter(()), len(self._drawn))

    def _rounds(self, node: ast.For | ast.While, frame: Frame, remaining: Iterator[Value], drawn: int) -> End:
        """Reads a loop round by round.

        Args:
            drawn: how many iterators had been looked at before it.
        """
        before, loop, around, depth = frame.exits, frame.loop, frame.depth, len(self._forks)
        frame.exits, frame.loop, frame.depth = [], node, depth
        end, parted, rounds, started = End.FALLS, 0, 0, self.code.steps
        while end is End.FALLS and self._goes_on(node, frame, remaining):
            self.code.step(node, _PARTED if frame.exits else 1)
            end = self._round(node, frame)
            parted += bool(frame.exits)
            rounds += 1
            if isinstance(node, ast.While) and rounds > _MOST_ROUNDS and self.code.steps - started > _MOST_STEPS:
                self.code.limit(
                    f"this loop has not ended after {rounds:,} rounds", node,
                    "does anything in it end it? say how often it runs at most: for k in range(20): ... break",
                )  # fmt: skip
            if isinstance(node, ast.While) and parted > _MOST_ROUNDS:
                self.error(
                    "how often this loop runs depends on the variables", node.test,
                    f"say how often at most: for k in range(20): ... break ({_MOST_ROUNDS:,} rounds are read)",
                )  # fmt: skip
        end = self._rejoined(end, (node, ast.While), frame)
        frame.loop, frame.depth = loop, around
        if end is End.FALLS:
            end = self.block(node.orelse, frame)
        frame.depth = depth
        end = self._rejoined(end, (node, ast.Break), frame)
        further, frame.exits, frame.depth = frame.exits, before, around
        if len(self._forks) > depth:
            self._settle(further, frame)
            for stream in self._drawn[drawn:]:
                stream.values = self._unknown(node)
        else:
            frame.exits += further
        return end

    def _goes_on(self, node: ast.For | ast.While, frame: Frame, remaining: Iterator[Value]) -> bool:
        """Whether there is another round; under a condition on the variables there is one."""
        if isinstance(node, ast.For):
            item = next(remaining, _END)
            if item is not _END:
                self.assign(node.target, item, frame.scope)
            return item is not _END
        test = self.value(node.test, frame.scope)
        self.at(node.test)
        known = self.truth(test, node.test)
        if known is None:
            condition = self.condition(test, node.test)
            self._part([Split(condition, [], [Jump((node, ast.While), self._state(frame))])], frame)
        return known is not False

    def _round(self, node: ast.For | ast.While, frame: Frame) -> End:
        """Reads a loop's body once."""
        before, frame.exits = frame.exits, []
        end = self._rejoined(self.block(node.body, frame), (node, ast.Continue), frame)
        before += frame.exits
        frame.exits = before
        return end

    def _rejoined(self, end: End, target: Target, frame: Frame) -> End:
        """Goes on where the jumps to a target lead, and what has not left the loop or its round."""
        exits = frame.exits
        if all(jump.target != target for jump in jumps(exits)):
            return end
        running = self._state(frame) if end is End.FALLS else None
        changed = self._forks[-1].changed if len(self._forks) > frame.depth else {}
        self.at(target[0])
        self.meet(exits, running, target, changed, frame.scope)
        passage = Passage(target, exits)
        frame.exits = [passage] if jumps([passage]) else []
        return End.FALLS

    def _unknown(self, node: ast.For | ast.While) -> Iterator[Value]:
        self.error(
            "what is left of an iterator after this loop depends on the variables", node, "make a list of it before"
        )  # fmt: skip
        yield None

    # --- what is kept -------------------------------------------------------------------------------------

    def _state(self, frame: Frame) -> State:
        """What is there now, and what was changed under conditions since the loop around began."""
        return State(dict(frame.scope.names), self._changed(frame.depth))

    def _changed(self, depth: int) -> Changed:
        """The vectors that were changed under conditions since so many forks were open."""
        changed: Changed = {}
        for fork in self._forks[depth:]:
            changed |= fork.now()
        return changed

    def _part(self, exits: Sequence[Exit], frame: Frame) -> None:
        """Keeps exits. From here on a loop or function is read for the case that they are not taken.

        What is there by now may be what is left of it.
        """
        frame.exits += exits
        ways = {jump.target[1] for jump in jumps(exits)} - {ast.Raise}
        if ways and len(self._forks) == frame.depth:
            around = self._forks[-1].settled if self._forks else 0
            self._forks.append(Fork())
            self._forks[-1].settled = max(frame.born, around)  # after a function nobody sees its own
        if ways:
            self._forks[-1].born = age()
        if ways - {ast.Return}:
            self._forks[-1].settled = age()

    def _settle(self, further: Sequence[Exit], frame: Frame) -> None:
        """Ends a fork whose ways have met: what was changed in it is changed now, seen from around it.

        Args:
            further: ways that lead further out, to which all of that is a change.
        """
        fork = self._forks.pop()
        now = fork.now()
        fork.take_back()
        self._part(further, frame)
        for vector, items in now.values():
            self.replace(vector, items)

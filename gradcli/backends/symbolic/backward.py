"""The chain rule backwards over the pieces of a formula: all its first derivatives at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from gradcli.backends.symbolic.pieces import SOME_SHAPES, Pieces
from gradcli.backends.symbolic.regions import CHOICES, LINEAR, Region, choice, real_operands
from gradcli.backends.symbolic.terms import Multiple, multiple, scaled, times, total
from gradcli.program import LEAVES, Builder, Ref, live
from gradcli.rules import NO_RULE

_PIECE_LENGTH = 40  # of its text, at most
_PIECE_DEPTH = 12
_PIECE_LEAVES = 5
_SHARED_LENGTH = 8  # what is used more than once and longer than this is a piece of its own
_SUM_TERMS = 8  # a longer sum is differentiated term by term
_PLAIN_NUMBERS = frozenset(str(k) for k in range(11))  # SymPy sees these in pieces, and all exponents
_BRANCHES, _BRANCHES_EACH = 16, 4  # more of them than that many, and that many for each guard, are not nested
_MANY_SHAPES = 300  # beyond, a piece is one operation

Guard = Ref | None
"""The condition under which a contribution counts; none: always."""

Term = tuple[Guard, int, Ref | None]
"""A guard, and a whole number times an equation (or times 1)."""


class Backward:
    """The chain rule backwards over the pieces of one equation."""

    def __init__(self, pieces: Pieces, builder: Builder, region: Region, by: Sequence[str]) -> None:
        self.pieces = pieces
        self.builder = builder
        self.region = region
        self.equations = region.equations
        self.by = by
        self.varying = region.depending(None)
        self.wanted = self.varying if region.variables() <= set(by) else region.depending(frozenset(by))
        self.direct, self.heads, self.inlined = self._cuts()
        self.adjoints: dict[Ref, dict[tuple[Guard, Ref | None], int]] = {region.root: {(None, None): 1}}
        self.branches: dict[Guard, tuple[Guard, Ref, bool, int]] = {}  # a guard's last condition, and what is before it
        self.ruleless: set[Ref] = set()  # what some operation has no derivative by; nothing that it adds can cancel

    def _cuts(self) -> tuple[set[Ref], set[Ref], dict[Ref, tuple[Ref, ...]]]:
        """Equations treated without SymPy, tops of pieces, and for the others what belongs to their piece."""
        equations, varying, order = self.equations, self.varying, self.region.order
        uses = dict.fromkeys(order, 0)
        for k in order:
            for a in real_operands(equations[k]):
                uses[a] += 1
        direct = self._direct(uses)
        heads = {self.region.root}
        length: dict[Ref, int] = {}
        depth: dict[Ref, int] = {}
        leaves: dict[Ref, frozenset[Ref]] = {}
        inlined: dict[Ref, tuple[Ref, ...]] = {}
        for k in order:
            name = equations[k][0]
            if k in direct:
                heads.update(real_operands(equations[k]))
                continue
            if name == "input":
                continue
            inside = []
            for a in dict.fromkeys(real_operands(equations[k])):
                if a in length and a not in heads and (uses[a] == 1 or length[a] <= _SHARED_LENGTH):
                    inside.append(a)
                elif a in varying:
                    heads.add(a)
            inside.sort(key=lambda a: length[a])
            own = frozenset(a for a in real_operands(equations[k]) if a in varying and a not in inside)
            while True:
                size = 1 + sum(length[a] for a in inside)
                below = own.union(*(leaves[a] for a in inside))
                deep = 1 + max((depth[a] for a in inside), default=0)
                if not inside or (size <= _PIECE_LENGTH and deep <= _PIECE_DEPTH and len(below) <= _PIECE_LEAVES):
                    break
                cut = inside.pop()
                if cut in varying:
                    heads.add(cut)
                    own |= {cut}
            if (
                k not in varying
                and (len(inside) < len(equations[k]) - 1 or size > _SHARED_LENGTH)
                and name not in LEAVES
            ):
                continue
            length[k], depth[k], leaves[k] = size, deep, below
            inlined[k] = tuple(inside)
        return direct, heads, inlined

    def _direct(self, uses: Mapping[Ref, int]) -> set[Ref]:
        """Long sums, sums at the top, and choices."""
        equations, order, root = self.equations, self.region.order, self.region.root
        terms: dict[Ref, int] = {}
        for k in order:
            if equations[k][0] in LINEAR:
                terms[k] = int(equations[k][0] == "neg")
                for a in equations[k][1:]:
                    terms[k] += terms.get(a, 1) if uses[a] == 1 else 1
        direct: set[Ref] = set()
        for k in reversed(order):
            name = equations[k][0]
            if k not in self.varying:
                continue
            if name in CHOICES or (name in LINEAR and (k == root or terms[k] > _SUM_TERMS)):
                direct.add(k)
            if k in direct and name in LINEAR:
                direct.update(a for a in equations[k][1:] if equations[a][0] in LINEAR and a in self.varying)
        return direct

    def run(self) -> dict[str, Ref]:
        """The derivatives by variables."""
        results: dict[str, Ref] = {}
        span = self.builder.span
        for k in reversed(self.region.order):
            entry = self.adjoints.get(k)
            if entry is None or k not in self.wanted:
                continue
            if self.equations[k][0] == "input":
                continue
            del self.adjoints[k]
            self.builder.at(self.builder, k)
            term = self._resolve(entry)
            if term is None:
                continue
            if k in self.direct:
                self._pass_directly(k, term)
            else:
                self._pass_through_piece(k, term)
        self.builder.span = span
        for variable in self.by:
            ref = self.builder.table.get(("input", variable))
            term = self._resolve(self.adjoints.get(ref, {})) if ref is not None else None
            results[variable] = self._formula(term)
        for k in live(self.equations, self.ruleless):
            if self.equations[k][0] == "input" and self.equations[k][1] in results:
                results[self.equations[k][1]] = self.builder.add(*NO_RULE)
        return results

    def _pass_directly(self, k: Ref, term: Term) -> None:
        name, *arguments = self.equations[k]
        guard, count, value = term
        if name in LINEAR:
            self._push(arguments[0], (guard, -count if name == "neg" else count, value))
            if len(arguments) == 2:
                self._push(arguments[1], (guard, -count if name == "sub" else count, value))
            return
        a, b = arguments[-2:]
        condition = choice(self.builder, k)
        self._push(a, (self._both(guard, condition, True), count, value))
        if b in self.wanted:
            self._push(b, (self._both(guard, condition, False), count, value))

    def _both(self, guard: Guard, condition: Ref, holds: bool) -> Ref:
        add = self.builder.add
        branch = condition if holds else add("not", condition)
        found = branch if guard is None else add("and", guard, branch)
        self.branches.setdefault(found, (guard, condition, holds, 1 + self._depth(guard)))
        return found

    def _pass_through_piece(self, k: Ref, term: Term) -> None:
        inner = self._inside(k)
        shape = self.region.shape(k, inner)
        partials = [(ref, self.pieces.partial(shape, name)) for name, ref in shape.leaves if ref in self.wanted]
        if any(partial is None for _, partial in partials) and any(a in self.varying for a in inner - {k}):
            self.inlined[k] = tuple(a for a in self.inlined[k] if a not in self.varying)
            self._pass_through_piece(k, term)
            return
        guard, count, value = term
        for ref, partial in partials:
            if partial is None:  # a single operation without a formula, as (-2)^x is
                self.ruleless.add(ref)
                continue
            number, rest = multiple(self.builder, partial)
            if number:
                self._push(ref, (guard, count * number, times(self.builder, value, rest)))

    def _inside(self, k: Ref) -> set[Ref]:
        """The equations of the piece that ends in one."""
        inner = {k}
        pending = [k]
        shapes = len(self.pieces)
        while pending:
            parent = pending.pop()
            for a in self.inlined.get(parent, ()):
                if a in inner or self._is_parameter(parent, a, shapes):
                    continue
                inner.add(a)
                pending.append(a)
        return inner

    def _is_parameter(self, parent: Ref, a: Ref, shapes: int) -> bool:
        """Whether a piece takes something as a leaf, so that pieces that differ by numbers have one shape.

        The more shapes there are already, the more alike the next ones are made.
        """
        if a in self.varying:
            return shapes > _MANY_SHAPES
        if shapes > SOME_SHAPES:
            return True
        name, *arguments = self.equations[a]
        is_exponent = self.equations[parent][0] == "pow" and self.equations[parent][2] == a
        return name == "const" and not is_exponent and arguments[0] not in _PLAIN_NUMBERS

    def _push(self, ref: Ref, term: Term) -> None:
        if ref in self.wanted:
            guard, count, value = term
            entry = self.adjoints.setdefault(ref, {})
            entry[guard, value] = entry.get((guard, value), 0) + count

    def _resolve(self, entry: Mapping[tuple[Guard, Ref | None], int]) -> Term | None:
        """The contributions as one; `None` if they cancel."""
        terms: list[Term] = [(guard, count, value) for (guard, value), count in entry.items() if count]
        if len(terms) < 2:
            return terms[0] if terms else None
        groups: dict[Guard, list[Multiple]] = {}
        for guard, count, value in reversed(terms):
            groups.setdefault(guard, []).append((count, value))
        if len(groups) == 1:
            return terms[0][0], 1, total(self.builder, groups[terms[0][0]])
        if self._is_bushy(groups):
            return None, 1, self._nested(groups)
        chosen: list[Multiple] = []
        for guard, members in groups.items():
            if guard is None:
                chosen += members
            else:
                ref = self.builder.add("where", guard, total(self.builder, members), self.builder.const("0"))
                chosen.append((1, ref))
        return None, 1, total(self.builder, chosen)

    def _is_bushy(self, guards: Iterable[Guard]) -> bool:
        """Whether the branches that lead to the guards are few beside them: a `where` for each is no long text."""
        guards = list(guards)
        most = _BRANCHES_EACH * len(guards) + _BRANCHES
        seen: set[Guard] = {None}
        for guard in guards:
            while guard not in seen and len(seen) <= most:
                seen.add(guard)
                guard = self.branches[guard][0]
        return len(seen) <= most

    def _nested(self, groups: Mapping[Guard, list[Multiple]]) -> Ref:
        """Contributions of different guards, selected as the choices are nested: each condition is written once."""
        zero = self.builder.const("0")
        levels: dict[int, dict[Guard, list[Multiple]]] = {0: {}}
        for guard, members in groups.items():
            levels.setdefault(self._depth(guard), {})[guard] = members
        for depth in range(max(levels), 0, -1):
            forks: dict[tuple[Guard, Ref], dict[bool, Ref]] = {}
            for guard, members in levels.pop(depth, {}).items():
                above, condition, holds, _ = self.branches[guard]
                forks.setdefault((above, condition), {})[holds] = total(self.builder, members)
            for (above, condition), sides in forks.items():
                ref = self.builder.add("where", condition, sides.get(True, zero), sides.get(False, zero))
                levels.setdefault(depth - 1, {}).setdefault(above, []).append((1, ref))
        return total(self.builder, levels[0][None])

    def _depth(self, guard: Guard) -> int:
        return 0 if guard is None else self.branches[guard][3]

    def _formula(self, term: Term | None) -> Ref:
        if term is None:
            return self.builder.const("0")
        guard, count, value = term
        ref = scaled(self.builder, count, value)
        return ref if guard is None else self.builder.add("where", guard, ref, self.builder.const("0"))

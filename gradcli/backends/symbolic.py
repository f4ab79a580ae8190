"""Derivatives by SymPy: small programs whole and simplified, large ones piece by piece.

A large program is cut at long sums, at choices, at shared equations and where a piece becomes deep. SymPy
differentiates each shape of a piece once (pieces that differ by their leaves only have one shape), and the
chain rule, run backwards over the pieces, puts the derivatives together. Partials of order k + 1 are derived
from the formulas of order k.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from gradcli.backends import Capabilities, Options
from gradcli.errors import LimitError, UsageError
from gradcli.naming import Partial
from gradcli.program import LEAVES, Builder, Equation, Output, Program, Ref, live
from gradcli.rules import NO_RULE, without_rule

if TYPE_CHECKING:
    from gradcli.backends import Prepared
    from gradcli.simplify import Work
    from gradcli.sympy_bridge import Piece

_WHOLE_EQUATIONS = 200  # a program up to this size, depth and length of text goes to SymPy as a whole
_WHOLE_DEPTH = 50
_WHOLE_LENGTH = 400
_PIECE_LENGTH = 40  # the same for a piece of a larger one
_PIECE_DEPTH = 12
_PIECE_LEAVES = 5
_SHARED_LENGTH = 8  # what is used more than once and longer than this is a piece of its own
_SUM_TERMS = 8  # a longer sum is differentiated term by term
_SPINE = 8  # factors of a product that are looked through
_PLAIN_NUMBERS = frozenset(str(k) for k in range(11))  # SymPy sees these in pieces, and all exponents
_SOME_SHAPES = 100  # of pieces; beyond, it sees no numbers, and nothing is simplified
_MANY_SHAPES = 300  # beyond, a piece is one operation
_MAX_EQUATIONS = 1_000_000
_MAX_NONLINEAR = 300_000  # of them, other than sums

NOT_SIMPLIFIED = "some formulas are too long to be simplified and given as they were derived"

_LINEAR = frozenset({"add", "sub", "neg"})
_CHEAP = _LINEAR | LEAVES
_CHOICES = {"where": "", "max": "ge", "min": "le"}

Guard = Ref | None
"""The condition under which a contribution counts; none: always."""

Term = tuple[Guard, int, Ref | None]
"""A guard, and a whole number times an equation (or times 1)."""


class Symbolic:
    """The backend."""

    name = "symbolic"
    summary = "formulas, by SymPy"
    capabilities = Capabilities(
        formulas=True, max_order=None, tolerance=1e-9, options=("simplify",), by_operation=False
    )

    def prepare(self, program: Program, partials: Sequence[Partial], options: Options) -> Prepared:
        """Finds the formulas and makes them ready to be evaluated.

        Raises:
            UsageError: the level of simplification is unknown.
            LimitError: the program is too large.
        """
        from gradcli.backends.formulas import FormulaPrepared

        return FormulaPrepared(self.derive(program, partials, options), partials, program.outputs)

    def derive(self, program: Program, partials: Sequence[Partial], options: Options) -> Program:
        """A program that extends the given one by the formulas of the partials; its outputs are these.

        Raises:
            UsageError: the level of simplification is unknown.
            LimitError: the program is too large.
        """
        builder = Builder.extending(program)
        derivation = _Derivation(builder, program.variables, _level(options))
        formulas = {Partial(output.name): output.ref for output in program.outputs}
        formulas |= {given: ref for given, ref in program.given.items() if isinstance(given, Partial)}
        for prefix, by in _steps(partials, formulas):
            builder.at(program, formulas[Partial(prefix.output)])
            found = derivation.first_partials(formulas[prefix], by)
            formulas |= {Partial(prefix.output, (*prefix.by, v)): found[v] for v in by}
        outputs = [Output(partial.name, formulas[partial]) for partial in partials]
        return derivation.extended(program, outputs)

    def simplified(self, program: Program, options: Options) -> Program:
        """See `FormulaBackend.simplified`.

        Raises:
            UsageError: the level of simplification is unknown.
        """
        builder = Builder.extending(program)
        derivation = _Derivation(builder, program.variables, _level(options))
        return derivation.extended(program, [Output(name, derivation.shorter(ref)) for name, ref in program.outputs])

    def explained(self, program: Program, partials: Sequence[Partial], options: Options) -> list[str]:
        """See `Backend.explained`: what SymPy is given."""
        lines = []
        for name in dict.fromkeys(partial.output for partial in partials if partial.by):
            region = _Region(program.equations, program.output(name))
            size = f"{len(region.order):,} equations"
            lines.append(f"{name} as a whole" if region.is_small() else f"{name} piece by piece, as it has {size}")
        return lines


def _level(options: Options) -> str:
    level: str = options.get("simplify") or "light"
    if level not in ("none", "light", "full"):
        raise UsageError(f"there is no level of simplification '{level}'", hint="there are: none, light, full")
    return level


def _steps(partials: Iterable[Partial], known: Mapping[Partial, Ref]) -> list[tuple[Partial, tuple[str, ...]]]:
    """Which formulas to differentiate by which variables, by rising order."""
    wanted: dict[Partial, dict[str, None]] = {}
    for partial in partials:
        while partial not in known:
            prefix = Partial(partial.output, partial.by[:-1])
            wanted.setdefault(prefix, {})[partial.by[-1]] = None
            partial = prefix
    return [(prefix, tuple(wanted[prefix])) for prefix in sorted(wanted, key=lambda p: p.order)]


class _Shape(NamedTuple):
    """A piece cut out of a program: its structure, and the equations of the program that it consists of."""

    equations: tuple[Equation, ...]
    refs: tuple[Ref, ...]
    leaves: tuple[tuple[str, Ref], ...]


class _Derivation:
    """Differentiates equations of a growing program."""

    def __init__(self, builder: Builder, variables: Iterable[str], level: str) -> None:
        self.builder = builder
        self.ranks = {variable: f"v{k:07d}" for k, variable in enumerate(variables)}
        self.level = level
        self.work: Work | None = None
        self.unfinished = False
        self.pieces: dict[tuple[Equation, ...], Piece | None] = {}
        self.partials: dict[tuple[tuple[Equation, ...], str], Ref | None] = {}

    def extended(self, program: Program, outputs: Iterable[Output]) -> Program:
        """The program with what was derived, and a note where something was too long to be simplified."""
        return Program(
            self.builder, program.variables, outputs,
            bindings=program.bindings, declared=program.declared, notes=[NOT_SIMPLIFIED] * self.unfinished,
        )  # fmt: skip

    def first_partials(self, root: Ref, by: Sequence[str]) -> dict[str, Ref]:
        """The derivatives of an equation by variables.

        Raises:
            LimitError: it depends on too many equations.
        """
        region = _Region(self.builder.equations, root)
        ruleless = without_rule(self.builder, region.order)
        if ruleless is not None:
            return dict.fromkeys(by, ruleless)
        if region.is_small():
            found = self._whole(region, by)
            if found is not None:
                return found
        return _Chain(self, region, by).run()

    def _whole(self, region: _Region, by: Sequence[str]) -> dict[str, Ref] | None:
        """The derivatives by SymPy alone; `None` where its answer is no formula."""
        shape = region.shape(region.root, region.inner(), self.ranks)
        names = {name for name, _ in shape.leaves}
        zero = self.builder.const("0")
        found = {}
        for variable in by:
            if self.ranks[variable] not in names:
                found[variable] = zero
                continue
            partial = self.partial(shape, self.ranks[variable])
            if partial is None:
                return None
            found[variable] = partial
        return found

    def shorter(self, root: Ref) -> Ref:
        """The shortest form of an equation, if SymPy can take it as a whole; else the equation itself."""
        region = _Region(self.builder.equations, root)
        if not region.is_small():
            return root
        shape = region.shape(root, region.inner(), self.ranks)
        piece = self._piece(shape.equations)
        found = None if piece is None else self._shortened(piece, lambda: piece.expression)
        return root if piece is None or found is None else self._copy(piece, found, shape.refs)

    def partial(self, shape: _Shape, leaf: str) -> Ref | None:
        """The derivative of a piece by one of its leaves, in the program; `None` if SymPy finds none."""
        piece = self._piece(shape.equations)
        if piece is None:
            return None
        key = shape.equations, leaf
        if key not in self.partials:
            self.partials[key] = self._shortened(piece, lambda: piece.derivative(leaf))
        root = self.partials[key]
        return None if root is None else self._copy(piece, root, shape.refs)

    def _shortened(self, piece: Piece, expression: Callable[[], Any]) -> Ref | None:
        """The shortest form of an expression of a piece, in the piece's own equations; `None` if it is no formula."""
        from gradcli.simplify import Work, shortest
        from gradcli.sympy_bridge import UnreadableError

        self.work = self.work or Work()
        level = self.level if len(self.pieces) <= _SOME_SHAPES else "none"
        try:
            found = piece.read(shortest(expression(), level, lambda form: piece.cost(piece.read(form)), self.work))
        except (UnreadableError, RecursionError):
            return None
        self.unfinished |= self.level != "none" and (self.work.refused or level == "none")
        return found

    def _piece(self, equations: tuple[Equation, ...]) -> Piece | None:
        if equations not in self.pieces:
            from gradcli.sympy_bridge import Piece, UnreadableError

            try:
                self.pieces[equations] = Piece(equations)
            except (UnreadableError, RecursionError):
                self.pieces[equations] = None
        return self.pieces[equations]

    def _copy(self, piece: Piece, root: Ref, refs: Sequence[Ref]) -> Ref:
        copied = dict(enumerate(refs))
        for k in piece.needed(root):
            name, *arguments = piece.builder.equations[k]
            copied[k] = self.builder.add(name, *(arguments if name in LEAVES else (copied[a] for a in arguments)))
        return copied[root]


class _Region:
    """What an equation depends on, as far as it matters for derivatives: not what is below a condition."""

    def __init__(self, equations: list[Equation], root: Ref) -> None:
        """Collects the equations, in order.

        Raises:
            LimitError: there are too many.
        """
        self.equations = equations
        self.root = root
        seen = {root}
        pending = [root]
        while pending:
            for a in real_operands(equations[pending.pop()]):
                if a not in seen:
                    seen.add(a)
                    pending.append(a)
        nonlinear = sum(equations[k][0] not in _CHEAP for k in seen)
        if len(seen) > _MAX_EQUATIONS or nonlinear > _MAX_NONLINEAR:
            raise LimitError(
                f"{len(seen):,} operations are too many for the symbolic backend, which takes {_MAX_NONLINEAR:,}",
                hint="--backend autodiff takes more",
            )
        self.order = sorted(seen)

    def inner(self) -> set[Ref]:
        """All equations but the inputs."""
        return {k for k in self.order if self.equations[k][0] != "input"}

    def is_small(self) -> bool:
        """Whether SymPy can take it as a whole."""
        if len(self.order) > _WHOLE_EQUATIONS:
            return False
        depth: dict[Ref, int] = {}
        length: dict[Ref, int] = {}
        for k in self.order:
            below = real_operands(self.equations[k])
            depth[k] = 1 + max((depth[a] for a in below), default=0)
            length[k] = 1 + sum(length[a] for a in below)
        return depth[self.root] <= _WHOLE_DEPTH and length[self.root] <= _WHOLE_LENGTH

    def shape(self, head: Ref, inner: set[Ref], ranks: Mapping[str, str] | None = None) -> _Shape:
        """The piece below an equation; what is not in `inner` is a leaf.

        Leaves are named by the variables' ranks, if they are given, else by where they appear first.
        """
        equations: list[Equation] = []
        refs: list[Ref] = []
        leaves: list[tuple[str, Ref]] = []
        local: dict[Ref, int] = {}
        pending = [head]
        while pending:
            k = pending[-1]
            if k in local:
                pending.pop()
                continue
            equation = self.equations[k]
            if k in inner:
                waiting = [a for a in reversed(operands_of(equation)) if a not in local]
                if waiting:
                    pending += waiting
                    continue
                name, *arguments = equation
                made = equation if name in LEAVES else (name, *(local[a] for a in arguments))
            else:
                name = ranks[equation[1]] if ranks and equation[0] == "input" else f"w{len(leaves):07d}"
                leaves.append((name, k))
                made = ("input", name)
            pending.pop()
            local[k] = len(equations)
            equations.append(made)
            refs.append(k)
        return _Shape(tuple(equations), tuple(refs), tuple(leaves))


def operands_of(equation: Equation) -> tuple[Ref, ...]:
    """The equations that an equation refers to."""
    return () if equation[0] in LEAVES else equation[1:]


def real_operands(equation: Equation) -> tuple[Ref, ...]:
    """Those of them that it can be differentiated by."""
    name = equation[0]
    return () if name in LEAVES else equation[2:] if name == "where" else equation[1:]


class _Chain:
    """The chain rule backwards over the pieces of one equation."""

    def __init__(self, derivation: _Derivation, region: _Region, by: Sequence[str]) -> None:
        self.derivation = derivation
        self.builder = derivation.builder
        self.region = region
        self.equations = region.equations
        self.by = by
        self.varying = self._depending(None)
        self.wanted = self._depending(frozenset(by))
        self.direct, self.heads, self.inlined = self._cuts()
        self.adjoints: dict[Ref, dict[tuple[Guard, Ref | None], int]] = {region.root: {(None, None): 1}}
        self.ruleless: set[Ref] = set()  # what some operation has no derivative by; nothing that it adds can cancel

    def _depending(self, names: frozenset[str] | None) -> set[Ref]:
        """The equations that depend on the named variables, or on any."""
        found: set[Ref] = set()
        for k in self.region.order:
            equation = self.equations[k]
            if equation[0] == "input":
                if names is None or equation[1] in names:
                    found.add(k)
            elif any(a in found for a in real_operands(equation)):
                found.add(k)
        return found

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
            if equations[k][0] in _LINEAR:
                terms[k] = sum(terms.get(a, 1) if uses[a] == 1 else 1 for a in equations[k][1:]) + (
                    equations[k][0] == "neg"
                )
        direct: set[Ref] = set()
        for k in reversed(order):
            name = equations[k][0]
            if k not in self.varying:
                continue
            if name in _CHOICES or (name in _LINEAR and (k == root or terms[k] > _SUM_TERMS)):
                direct.add(k)
            if k in direct and name in _LINEAR:
                direct.update(a for a in equations[k][1:] if equations[a][0] in _LINEAR and a in self.varying)
        return direct

    def run(self) -> dict[str, Ref]:
        """The derivatives by variables.

        Raises:
        """
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
        if name in _LINEAR:
            self._push(arguments[0], (guard, -count if name == "neg" else count, value))
            if len(arguments) == 2:
                self._push(arguments[1], (guard, -count if name == "sub" else count, value))
            return
        add = self.builder.add
        a, b = arguments[-2:]
        condition = arguments[0] if name == "where" else add(_CHOICES[name], a, b)
        self._push(a, (self._both(guard, condition), count, value))
        if b in self.wanted:
            self._push(b, (self._both(guard, add("not", condition)), count, value))

    def _both(self, guard: Guard, condition: Ref) -> Ref:
        return condition if guard is None else self.builder.add("and", guard, condition)

    def _pass_through_piece(self, k: Ref, term: Term) -> None:
        inner = self._inside(k)
        shape = self.region.shape(k, inner)
        partials = [(ref, self.derivation.partial(shape, name)) for name, ref in shape.leaves if ref in self.wanted]
        if any(partial is None for _, partial in partials) and any(a in self.varying for a in inner - {k}):
            self.inlined[k] = tuple(a for a in self.inlined[k] if a not in self.varying)
            self._pass_through_piece(k, term)
            return
        guard, count, value = term
        for ref, partial in partials:
            if partial is None:  # a single operation without a formula, as (-2)^x is
                self.ruleless.add(ref)
                continue
            number, rest = self._split(partial)
            while rest is not None and number:
                more, rest = self._split(rest)
                number *= more
                if more == 1:
                    break
            if number:
                self._push(ref, (guard, count * number, self._times(value, rest)))

    def _inside(self, k: Ref) -> set[Ref]:
        """The equations of the piece that ends in one."""
        inner = {k}
        pending = [k]
        shapes = len(self.derivation.pieces)
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
        if shapes > _SOME_SHAPES:
            return True
        name, *arguments = self.equations[a]
        is_exponent = self.equations[parent][0] == "pow" and self.equations[parent][2] == a
        return name == "const" and not is_exponent and arguments[0] not in _PLAIN_NUMBERS

    def _push(self, ref: Ref, term: Term) -> None:
        if ref in self.wanted:
            guard, count, value = term
            entry = self.adjoints.setdefault(ref, {})
            entry[guard, value] = entry.get((guard, value), 0) + count

    def _split(self, ref: Ref) -> tuple[int, Ref | None]:
        """A whole number and the rest of a product; the rest is none for a mere number."""
        equation = self.equations[ref]
        sign = 1
        spine: list[Equation] = []
        while equation[0] in ("mul", "div") and len(spine) < _SPINE:
            spine.append(equation)
            ref = equation[1]
            equation = self.equations[ref]
        if equation[0] == "neg":
            sign, ref = -1, equation[1]
            equation = self.equations[ref]
        number = 1
        rest: Ref | None = ref
        if equation[0] == "const" and equation[1].isdigit():
            number, rest = int(equation[1]), None
        for name, _, right in reversed(spine):
            if rest is not None:
                rest = self.builder.add(name, rest, right)
            else:
                rest = right if name == "mul" else self.builder.add("div", self.builder.const("1"), right)
        return sign * number, rest

    def _times(self, a: Ref | None, b: Ref | None) -> Ref | None:
        """A product, written without brackets as far as that goes."""
        if a is None or b is None:
            return b if a is None else a
        spine: list[Equation] = []
        while self.equations[b][0] in ("mul", "div") and len(spine) < _SPINE:
            spine.append(self.equations[b])
            b = self.equations[b][1]
        if self.equations[b] != ("const", "1") or not spine:
            a = self.builder.add("mul", a, b)
        for name, _, right in reversed(spine):
            a = self.builder.add(name, a, right)
        return a

    def _resolve(self, entry: Mapping[tuple[Guard, Ref | None], int]) -> Term | None:
        """The contributions as one; `None` if they cancel."""
        terms: list[Term] = [(guard, count, value) for (guard, value), count in entry.items() if count]
        if not terms:
            return None
        if len(terms) == 1:
            return terms[0]
        groups: dict[Guard, list[Term]] = {}
        for term in reversed(terms):
            groups.setdefault(term[0], []).append(term)
        if len(groups) == 1:
            return terms[0][0], 1, self._sum(terms[::-1])
        chosen: list[Term] = []
        for guard, members in groups.items():
            if guard is None:
                chosen += members
            else:
                total = self.builder.add("where", guard, self._sum(members), self.builder.const("0"))
                chosen.append((None, 1, total))
        return None, 1, self._sum(chosen)

    def _sum(self, terms: Sequence[Term]) -> Ref:
        """A sum, a positive term first if there is one."""
        lead = next((k for k, term in enumerate(terms) if term[1] > 0), 0)
        ordered = [terms[lead], *terms[:lead], *terms[lead + 1 :]]
        total = self._scaled(*ordered[0][1:])
        for _, count, value in ordered[1:]:
            total = self.builder.add("add" if count > 0 else "sub", total, self._scaled(abs(count), value))
        return total

    def _scaled(self, count: int, value: Ref | None) -> Ref:
        """A whole number times an equation: the number in front of the product, and none for 1."""
        ref = value
        if ref is None or count not in (1, -1):
            ref = self._times(self.builder.const(str(abs(count))), ref)
        assert ref is not None
        if count > 0:
            return ref
        spine: list[Equation] = []
        while self.equations[ref][0] in ("mul", "div") and len(spine) < _SPINE:
            spine.append(self.equations[ref])
            ref = self.equations[ref][1]
        ref = self.builder.add("neg", ref)
        for name, _, right in reversed(spine):
            ref = self.builder.add(name, ref, right)
        return ref

    def _formula(self, term: Term | None) -> Ref:
        if term is None:
            return self.builder.const("0")
        guard, count, value = term
        ref = self._scaled(count, value)
        return ref if guard is None else self.builder.add("where", guard, ref, self.builder.const("0"))


BACKEND = Symbolic()

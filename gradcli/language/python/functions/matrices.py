"""Products of vectors and matrices, and what NumPy's linear algebra makes of small matrices."""

from __future__ import annotations

from itertools import combinations, product
from math import prod

from gradcli.language.python.functions.call import Call, Known
from gradcli.language.python.functions.reductions import total
from gradcli.language.python.values import Value, Vector, flat, hold_floats, shape

_LARGEST = 8  # rows of a determinant that is written out: 1024 products


def _dot(call: Call) -> Value:
    a, b = call.arguments(2, "a", "b")
    if call.name == "matmul":
        a, b = call.vector(a), call.vector(b)
    return call.do.dot(a, b, call.node)


def _inner(call: Call) -> Value:
    a, b = call.arguments(2, "a", "b")
    if len(shape(b)) > 1:
        b = call.do.transposed(call.vector(b))
    return call.do.dot(a, b, call.node)


def dot_of_all(call: Call) -> Value:
    """The sum of the products of all elements."""
    a, b = (Vector(list(flat(call.vector(value))), "array") for value in call.arguments(2, "a", "b"))
    return call.do.dot(a, b, call.node)


def _outer(call: Call) -> Value:
    a, b = (call.vector(value) for value in call.arguments(2, "a", "b"))
    row = call.new(list(flat(b)), b)
    return call.do.vector([call.calculate("mul", x, row) for x in flat(a)], "array", call.node)


def _cross(call: Call) -> Value:
    u, v = (call.vector(value) for value in call.arguments(2, "a", "b"))
    a, b = u.items, v.items
    if len(a) != 3 or len(b) != 3 or len(shape(u)) + len(shape(v)) != 2:
        call.unfit("a vector of three elements", "another")
    pairs = ((1, 2), (2, 0), (0, 1))
    terms = [(call.calculate("mul", a[i], b[j]), call.calculate("mul", a[j], b[i])) for i, j in pairs]
    return call.new([call.calculate("sub", p, q) for p, q in terms], u, v)


def _einsum(call: Call) -> Value:
    """`np.einsum("ij,j->i", A, x)`."""
    if not call.values or not isinstance(call.values[0], str) or call.keywords:
        call.unfit('"ij,j->i"', "A", "x")
    inputs, arrow, output = call.values[0].replace(" ", "").partition("->")
    axes = inputs.split(",")
    operands = [call.vector(value) for value in call.values[1:]]
    if not arrow:
        output = "".join(sorted(letter for letter in set(inputs) - {","} if inputs.count(letter) == 1))
    if len(axes) != len(operands) or not (inputs.replace(",", "") + output).isalpha() or set(output) - set(inputs):
        call.unfit('"ij,j->i"', "A", "x")
    sizes: dict[str, int] = {}
    for letters, operand in zip(axes, operands, strict=True):
        if len(letters) != len(shape(operand)):
            call.unfit('"ij,j->i"', "A", "x")
        for letter, size in zip(letters, shape(operand), strict=True):
            call.matched(sizes.setdefault(letter, size), size)
    call.do.code.make(prod(sizes.values()), call.node)
    summed = "".join(letter for letter in sizes if letter not in output)

    def entry(chosen: dict[str, int]) -> Value:
        terms: list[Value] = []
        for rest in product(*(range(sizes[letter]) for letter in summed)):
            at = chosen | dict(zip(summed, rest, strict=True))
            factors = [
                call.do.part(operand, [at[letter] for letter in letters], call.node)
                for letters, operand in zip(axes, operands, strict=True)
            ]
            terms.append(call.do.product(factors, call.node))
        return total(call, terms)

    def filled(chosen: dict[str, int], left: str) -> Value:
        if not left:
            return entry(chosen)
        rows = [filled(chosen | {left[0]: k}, left[1:]) for k in range(sizes[left[0]])]
        return call.new(rows, *operands)

    return filled({}, output)


# --- small square matrices ----------------------------------------------------------------------------------


def _square(call: Call, value: Value) -> list[list[Value]]:
    matrix = call.vector(value)
    lengths = shape(matrix)
    if len(lengths) != 2 or lengths[0] != lengths[1]:
        call.error(f"{call.name} is of a square matrix")
    if lengths[0] > _LARGEST:
        call.error(f"{call.name} is written out, and that is too long beyond {_LARGEST} rows", "give a smaller matrix")
    return [row.items for row in matrix.items if isinstance(row, Vector)]


def _determinant(call: Call, rows: list[list[Value]]) -> Value:
    """By Laplace's expansion; minors of the same columns are shared. It divides by nothing."""
    minors: dict[tuple[int, ...], Value] = {(): 1}
    for size, row in enumerate(rows, 1):
        larger: dict[tuple[int, ...], Value] = {}
        for columns in _subsets(len(rows), size):
            result: Value = None
            for k, column in enumerate(columns):
                term = call.calculate("mul", row[column], minors[columns[:k] + columns[k + 1 :]])
                if size == 1:
                    term = row[column]
                sign = "sub" if (size - 1 + k) % 2 else "add"
                if result is None:
                    result = call.apply("neg", term) if sign == "sub" else term
                else:
                    result = call.calculate(sign, result, term)
            larger[columns] = result
        minors = larger
    return minors[tuple(range(len(rows)))]


def _subsets(count: int, size: int) -> list[tuple[int, ...]]:
    return list(combinations(range(count), size))


def _det(call: Call) -> Value:
    return _determinant(call, _square(call, call.arguments(1, "a")[0]))


def _solved(call: Call, rows: list[list[Value]], right: list[Value]) -> list[Value]:
    """Cramer's rule."""
    below = _determinant(call, rows)
    found: list[Value] = []
    for k in range(len(rows)):
        replaced = [[*row[:k], value, *row[k + 1 :]] for row, value in zip(rows, right, strict=True)]
        found.append(call.calculate("div", _determinant(call, replaced), below))
    return found


def _solve(call: Call) -> Value:
    a, b = call.arguments(2, "a", "b")
    rows, right = _square(call, a), call.vector(b)
    if shape(right) != (len(rows),):
        call.unfit("a matrix", "a vector with an element for each of its rows")
    result = call.new(_solved(call, rows, right.items))
    hold_floats(result)
    return result


def _inverse(call: Call) -> Value:
    rows = _square(call, call.arguments(1, "a")[0])
    count = range(len(rows))
    columns = [_solved(call, rows, [int(i == k) for i in count]) for k in count]
    result = call.new([call.new([column[i] for column in columns]) for i in count])
    hold_floats(result)
    return result


def _cholesky(call: Call) -> Value:
    """The lower triangle L with A = L L^T, row by row (Cholesky-Banachiewicz); of A only the lower triangle counts."""
    rows = _square(call, call.arguments(1, "a")[0])
    found: list[list[Value]] = []
    for i, row in enumerate(rows):
        found.append([])
        for j in range(i + 1):
            squares = [call.calculate("mul", found[i][k], found[j][k]) for k in range(j)]
            rest = call.calculate("sub", row[j], total(call, squares)) if squares else row[j]
            entry = call.apply("sqrt", rest) if i == j else call.calculate("div", rest, found[j][j])
            found[i].append(entry)
    result = call.new([call.new([*row, *[0] * (len(rows) - len(row))]) for row in found])
    hold_floats(result)
    return result


def _sign_and_log(call: Call) -> Value:
    """`np.linalg.slogdet`: the sign of a determinant, and the logarithm of its size."""
    below = _det(call)
    return Vector([call.apply("sign", below), call.apply("log", call.apply("abs", below))], "tuple")


def _diagonal(call: Call) -> Value:
    array = call.vector(call.arguments(1, "a")[0])
    lengths = shape(array)
    if len(lengths) == 2:
        return call.new(_on_diagonal(array), array)
    if len(lengths) != 1 or call.name == "diagonal":
        call.unfit("a matrix")
    count = range(len(array.items))
    rows: list[Value] = [call.new([array.items[i] if i == k else 0 for k in count], array) for i in count]
    return call.new(rows, array)


def _on_diagonal(matrix: Vector) -> list[Value]:
    return [row.items[k] for k, row in enumerate(matrix.items) if isinstance(row, Vector) and k < len(row.items)]


def _trace(call: Call) -> Value:
    array = call.vector(call.arguments(1, "a")[0])
    if len(shape(array)) != 2:
        call.unfit("a matrix")
    return total(call, _on_diagonal(array))


def _triangle(call: Call) -> Value:
    value, offset = call.arguments(1, "m", "k")
    array, shift = call.vector(value), call.whole(offset, 0, "a diagonal")
    if len(shape(array)) != 2:
        call.unfit("a matrix", "k")
    rows: list[Value] = []
    for i, row in enumerate(array.items):
        assert isinstance(row, Vector)
        kept = [(k - i <= shift) if call.name == "tril" else (k - i >= shift) for k in range(len(row.items))]
        rows.append(call.new([item if keep else 0 for item, keep in zip(row.items, kept, strict=True)], array))
    return call.new(rows, array)


METHODS: dict[str, Known] = {"dot": _dot, "trace": _trace, "diagonal": _diagonal}

NUMPY: dict[str, Known] = {
    **METHODS,
    "matmul": _dot, "inner": _inner, "vdot": dot_of_all, "outer": _outer, "cross": _cross, "einsum": _einsum,
    "diag": _diagonal, "tril": _triangle, "triu": _triangle, "linalg.det": _det, "linalg.solve": _solve,
    "linalg.cholesky": _cholesky, "linalg.slogdet": _sign_and_log,
    "linalg.inv": _inverse, "linalg.matmul": _dot, "linalg.trace": _trace, "linalg.cross": _cross,
    "linalg.outer": _outer,
}  # fmt: skip

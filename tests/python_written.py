"""Functions as people write them, and as Python has it: they are read by gradcli, and run by the test, side by side.

Each takes two numbers. What is strange here is meant: views, iterators that are used up, lists that are changed while
a loop goes through them, names that are bound late.
"""
# ruff: noqa
# mypy: ignore-errors

import itertools
import math
import operator
from functools import partial, reduce

import numpy as np

# --- views and copies ---------------------------------------------------------------------------------------


def a_view_sees_what_is_put_into_the_array(x, y):
    a = np.zeros(4)
    v, w = a[1:], a[::-1]
    a[1], a[2] = x, 2 * y
    return np.sum(v) * w[2] + w[1]


def what_is_put_into_a_view_is_in_the_array(x, y):
    a = np.array([x, y, x * y, 1.0])
    v = a[1:]
    v[0] = 7.0
    v[1:] *= x
    return np.sum(a * a)


def a_transposed_matrix_is_a_view(x, y):
    A = np.zeros((2, 3))
    B = A.T
    A[0, 1] = x
    B[2, 1] = y
    return B[1, 0] * 2 + A[1, 2] + A.T[1][0]


def raveled_and_reshaped_arrays_are_views(x, y):
    A = np.zeros((2, 2))
    b = A.ravel()
    b[1] = x
    A.reshape(4)[2] = y
    c = A.flatten()
    c[0] = 100
    return A[0, 1] + 2 * A[1, 0] + A[0, 0]


def a_row_is_a_view_when_the_matrix_changes(x, y):
    A = np.ones((2, 2)) * x
    r = A[0]
    A *= 2
    A[1] += r
    A[:] = A * y
    return r[0] + A[1, 1]


def rows_and_columns_are_set(x, y):
    A = np.ones((3, 2)) * x
    A[1:] = 5 * y
    A[:, 1] = 2
    A[:2, 0] += x**2
    A[-1] = [x, y]
    return A.sum() + A[1, 0]


def overlapping_parts(x, y):
    a = np.array([x, 2 * x, y])
    a[1:] = a[:-1]
    a[1:] += a[:-1]
    return a[0] + 10 * a[1] + 100 * a[2]


def a_view_in_a_branch(x, y):
    a = np.zeros(3)
    v = a[1:]
    if x > 0:
        v[0] = x
        a[2] = 3 * y
    else:
        a[1] = 5
    return a.sum() + v[1] * y


def a_function_returns_a_view(x, y):
    def tail(v):
        return v[1:]

    a = np.array([x, y, 3.0])
    tail(a)[0] = 7 * x
    return a[1] * y


def loops_over_rows_change_them(x, y):
    A = np.ones((2, 2)) * x
    for row in A:
        row *= y
        row[0] = 3
    return A.sum()


def elements_by_lists_are_copies(x, y):
    a = np.array([x, y, 3.0, 4.0])
    b = a[[0, 2]]
    b[0] = 100
    a[[1, 3]] = [x * y, 1]
    return a[0] * a[1] + a[np.array([3, 0])][1] + a[np.array([True, False, True, False])].sum() + b[1]


def elements_are_set_where_a_condition_holds(x, y):
    a = np.array([x, y, x * y])
    a[a < 0.5] = 0
    return a.sum()


def new_axes(x, y):
    v = np.array([x, y, 1.0])
    d = v[:, None] - v[None, :]
    return np.sum(d**2) + v[np.newaxis, :][0, 1] + d[..., 0][1]


def joined_arrays_are_copies(x, y):
    A = np.array([[x, 1.0], [2.0, y]])
    C = np.concatenate([A, A])
    C[0, 0] = 50
    D = np.vstack([A, [3.0, 4.0]])
    E = np.hstack([A, A])
    return A[0, 0] + D[2, 1] * E[1, 3] + np.column_stack(([x, 1], [y, 2]))[0, 1] + np.stack([A[0], A[1]], axis=1)[0, 1]


def a_float_array_stays_one(x, y):
    a = np.array([1, x])
    a[1] = 2
    a[0] = 0.5
    return a[0] * y + a[1]


# --- lists, dictionaries, iterators -------------------------------------------------------------------------


def a_loop_sees_what_it_changes(x, y):
    a, s = [x, 2 * x, y], 0
    for i, v in enumerate(a):
        if i < 2:
            a[i + 1] += v
        s += v
    return s


def a_list_grows_in_a_loop(x, y):
    a = [x, y]
    for v in a:
        if len(a) < 5:
            a.append(v * 2)
    return sum(a)


def iterators_give_everything_once(x, y):
    z = zip([1, 2], [x, y])
    m = map(lambda t: t * x, [1, 2])
    g = (y * k for k in range(3))
    return sum(a * b for a, b in z) + sum(a for a, b in z) + sum(m) + sum(m) + sum(g) * (1 + sum(g)) + next(iter([x]))


def generators_look_late(x, y):
    k = 2
    g = (k * i for i in range(3))
    k = x
    return sum(g) * y


def lambdas_look_late(x, y):
    late = [lambda z: z**i for i in range(4)]
    early = [lambda z, i=i: z**i for i in range(4)]
    return sum(h(x) for h in late) + sum(h(y) for h in early)


def operands_of_and_or(x, y):
    a, b, c = 0 or 5, 3 and 7, None or x
    d = "" or "key"
    e = (x > 0.3) and y
    f = (y > 0.3) or x
    return a * x + b * y + c + {"key": 1.5}[d] * x + (e if x > 0.3 else 0) + f


def an_extended_list(x, y):
    a = [x]
    b = a
    b += (y, 3)
    b += range(2)
    b *= 2
    return sum(a) * len(a)


def methods_of_lists(x, y):
    a = [x, y]
    a.insert(0, 1.0)
    b = a.pop() + a.pop(0)
    a.extend([y, 2])
    a.reverse()
    c = [3, 1, 2]
    c.sort(reverse=True)
    return a[0] * a[1] + b * c[0] + [4, 5, 5].count(5) * [4, 5].index(5) + len(c.copy())


def dictionaries(x, y):
    p = {"k": 2.5, "m": x}
    p["d"] = y
    p["d"] *= 2
    p.update(e=x, k=3)
    q = {**p, "k": 1}
    s = {f"a{i}": i * x for i in range(3)}
    total = p.get("z", 4) * y + q["k"] + s["a" + str(2)]
    for key, value in p.items():
        total += len(key) * value
    return total + sum(dict(u=x, v=y).values()) + ("k" in p)


def keywords_from_a_dictionary(x, y):
    def g(a, b=2, *, c):
        return a * b + c

    return g(**{"a": x, "c": y}) + partial(g, b=y)(x, c=1)


def compared_lists(x, y):
    if [1, 2] == [1, 2] and (1, 2) != (1, 3) and 2 in (1, 2):
        return x if 3 in [1, 2] else y * x
    return 0


def by_a_key(x, y):
    k = max([1, -3, 2], key=abs)
    return x * k + min([x, y], key=lambda t: (t - 1) ** 2) + max([], default=y) + max((x, y, 1.0))


def sorted_numbers(x, y):
    a = sorted([x, y, 0.5], reverse=True)
    s = 0
    for k in sorted([0.3, 0.1, 0.2]):
        s = s * x + k
    return a[0] + 10 * a[1] + s + np.median([x, y, 1]) + np.sort(np.array([y, x]))[0] * np.argmax([1.0, 3.0, 2.0])


def standard_modules(x, y):
    s = reduce(operator.mul, [x, y, 2]) + reduce(lambda a, b: a + b, [x, y], 1)
    for a, b in itertools.combinations([x, y, 1.0], 2):
        s += a * b
    for i, j in itertools.product(range(2), repeat=2):
        s += i * j * x
    return s + sum(itertools.accumulate([x, y, 1])) + sum(itertools.chain([x], (y, 2)))


def infinite_starts(x, y):
    low, high = float("inf"), -np.inf
    for v in (x, y, 0.5):
        low = min(low, v)
        if v > high:
            high = v
    return low + 3 * high


def small_things(x, y):
    z = x * 2
    del z
    with np.errstate(all="ignore"):
        z = y
    w = x if isinstance(x, (int, float)) and not isinstance(x, np.ndarray) else 0
    return round(x * 0 + 2.7182, 2) * z + w + ~3 + (6 ^ 3) + math.copysign(y, -2) + math.perm(4, 2) + math.lcm(4, 6)


# --- NumPy's functions --------------------------------------------------------------------------------------


def statistics(x, y):
    v = np.array([x, y, x * y, 2.0])
    return np.var(v, ddof=1) + np.std(v) + np.average(v, weights=[1, 2, 3, 4]) + np.ptp(v) + np.median(v)


def differences_and_sums(x, y):
    A = np.array([[x, y], [x * y, 2.0]])
    return (
        np.cumsum(A)[2] + np.diff(A)[1, 0] + np.diff([x, y, 1.0, 4.0], n=2)[0] + A.sum(axis=1, keepdims=True)[0, 0]
        + np.sum(A, axis=0)[1] + A.mean(axis=-1)[0] * np.trapezoid([x, y, 1], dx=0.5) + np.count_nonzero([1, 0, 2])
    )  # fmt: skip


def shapes(x, y):
    v = np.array([x, y, x * y, 2.0, 1.0, 3.0])
    A = v.reshape(2, -1)
    return (
        A[1, 0] * np.reshape(v, (3, 2))[1, 1] + np.squeeze(v[:, None])[1] + np.expand_dims(v, 0)[0, 2]
        + np.tile(v, 2)[7] + np.repeat(v, 2)[3] * np.roll(v, 1)[1] + np.flip(A)[0, 0] + np.fliplr(A)[0, 2]
        + np.delete(v, 0)[0] + np.append(v, [x, 2])[-2] + v.astype(float)[1] + np.meshgrid([x, 1], [y, 2])[1][0, 1]
    )  # fmt: skip


def norms(x, y):
    v = np.array([x, y, 1.5])
    w = np.linalg.norm(v.reshape(3, 1), axis=1)
    return np.linalg.norm(v, 1) + np.linalg.norm(v, np.inf) * np.linalg.norm(v, 3) + np.sum(w) + np.linalg.norm(v)


def matrices(x, y):
    A = np.array([[x + 5, y, 1.0], [2.0, 7.0, x], [y, 0.5, 9.0]])
    b = np.linalg.solve(A, np.array([1.0, y, 2.0]))
    return (
        np.linalg.det(A) + b[0] + 3 * b[2] + np.linalg.inv(A)[1, 2] + np.trace(A) + np.diag(A).prod()
        + np.sum(np.tril(A)) * np.triu(A, 1)[0, 1] + np.einsum("ij,j->i", A, b)[1] + np.einsum("ii", A)
        + np.inner(A, A)[0, 1] + np.cross([x, y, 1], [1, 2, 3])[0] + np.diag([x, y])[1, 1]
    )  # fmt: skip


def pieces(x, y):
    v = np.array([x, y])
    return (
        np.sum(np.select([v < 0, v < 1], [v**2, v**3], default=5.0))
        + np.sum(np.piecewise(v, [v < 0, v >= 1], [lambda t: -t, lambda t: t**2, 7.0]))
        + np.interp(x, [0, 1, 2], [0, 1, 4]) + np.heaviside(x - 1, 0.5) * y + np.polyval([1, 2, 3], x)
        + np.sum(np.where(np.logical_and(v > 0, v < 2), v, 0.1 * v)) + np.clip(v, -0.5, 0.5)[0]
    )  # fmt: skip


def ranges(x, y):
    return (
        np.sum(np.linspace(0, 1, 5) * x) + np.sum(np.arange(0, 1, 0.25) * y) + np.linspace(0, x, 4, endpoint=False)[2]
        + np.sum(np.logspace(0, 2, 3)) + np.sum(np.full_like(np.array([x, y]), 2.0)) + np.around(2.7182, 2)
    )  # fmt: skip


def universal_functions(x, y):
    return (
        np.add(x, 1) + np.subtract(x, y) * np.multiply(x, 3) + np.divide(x, 4) + np.mod(x, 1.3) + np.negative(y)
        + np.floor_divide(x, 0.7) + np.float_power(abs(x) + 1, 2) + np.copysign(x, y) + np.reciprocal(y + 5)
    )  # fmt: skip


def names_given_in_comprehensions(x, y):
    first = 1
    total = sum((first := first * x) for i in range(3))
    above = [(y := y + k) for k in range(3)]
    small = [i for i in range(3) if (last := i) < 2]
    nested = [[(inner := i * k * x) for i in range(2)] for k in range(3)]
    late = ((tail := k * y) for k in range(4))
    drawn = [next(late), next(late)]
    return total + 100 * first + y * above[1] + last * x + len(small) + inner + tail * drawn[1] + nested[1][1]


def lists_that_meet_arrays(x, y):
    v = [x, y]
    before = v
    v += np.array([1.0, 2.0])
    w = [x, 3.0]
    w *= np.array([2.0, y])
    joined = [x]
    joined += (y, 2.0)
    joined += range(2)
    joined *= 2
    return v[0] * 10 + v[1] * len(v) + len(before) + np.sum(w) * w[1] + len(joined) * joined[1]


def calls_for_what_they_change(x, y):
    def double(a):
        a[0] = 2 * a[0]
        a.pop()
        return a

    v = [x, y, 1.0]
    double(v)
    rows = iter([x, y])
    next(rows)
    v.pop(1)
    return v[0] * len(v) + next(rows)


def loops_that_are_left(x, y):
    s, r = 0, [0, 0, 0]
    for i in range(3):
        r[i] += 1
        for j in range(3):
            if i * x + j > 2 + y:
                r[i] = x
                break
            if j > x:
                s += 10
                continue
            s += i * j * y + x
            r[j] += s
            if s > 5:
                return s * y
        else:
            s += 7 * x
            continue
        s += 100
        if r[0] > 2 * x:
            break
    return s + r[0] * x + r[1] * y + r[2] + i * x + j


def lists_in_a_loop_that_is_left(x, y):
    a, out = [0.0] * 4, [x]
    for k in range(4):
        b = [k * x, y]
        a[k] = x * k
        if a[k] > y:
            c = b
            break
        b[0] = 5
        c = b
        a[k] += 1
        out = [*out, k]
        if k > 2 * y:
            continue
        a[0] -= x
    return sum(a) * x + c[0] * y + k + b[0]


def arrays_in_a_loop_that_is_left(x, y):
    a = np.zeros(4)
    part = a[1:]
    for k in range(4):
        if k > x + 1.5:
            break
        a[k] = y * k + 1
        if k * x > 1.1:
            part[0] = -x
            continue
        part *= 2
    return a.sum() + 10 * part[0]


def a_loop_in_a_branch(x, y):
    s = 0
    if x > y:
        for k in range(4):
            if k * x > 3:
                break
            s += y
        s += k
    else:
        k = 5
        while s < x * x + 0.05:
            s += 0.3
            k -= 1
            if k == 0:
                break
    return s * x + k


def ways_out_of_a_loop(x, y):
    for k in range(4):
        if x < k:
            if y > 0:
                break
            return x * 100
        if x + y > 1.9:
            return x * 7
    else:
        return x**3
    return x**2 + k


def while_it_depends(x, y):
    n, t = 0, 5 + x
    while t > 1:
        t /= 2
        n += 1
        if n > 2 + y or n == 6:
            break
    else:
        t += 10
    m = 0
    while True:
        t, m = t + 0.7, m + 1
        if t > 3 or m == 9:
            break
    return t + n * x + m * y


def a_root_by_newton(x, y):
    a, root = 2 + x, 1.0
    for _ in range(50):
        step = (root * root - a) / (2 * root)
        root -= step
        if abs(step) < 1e-9:
            break
    return root * y


def elements_that_are_chosen(x, y):
    v = [x, y, -x, 2 * y]
    positive = [a for a in v if a > 0.1]
    pairs = sum(a * b for i, a in enumerate(v) if a > 0.1 for j, b in enumerate(v) if i < j and b < a)
    largest = max((a for a in v if a > 1), default=-7.0)
    found = 1 if any(a > 1 for a in v if a < y) else 2
    every = 3 if all(a > 1 for a in v if a > y) else 4
    squares = sum(q for a in v if (q := a**2) > 0.05)
    some = 5 if [a for a in v if a > 2] else 6
    logs = math.fsum(math.log(a) for a in v if a > 0.1) + math.prod(a for a in v if a < 0)
    return sum(positive) / (1 + len(positive)) + pairs + largest + found * x + every * y + squares + some + logs


def numbers_as_conditions(x, y):
    z = 0 * x
    one = (x or y) + 10 * (z or y) + 100 * (x and y) + 1000 * ((x > 1) and y)
    two = (y if z else x) + (1 if not z else 2)
    if z:
        return y
    return one + two + bool(x) * y


def slices_of_other_lengths(x, y):
    a = [0, 1, 2, 3, 4, 5]
    b = a
    a[1:3] = [x, x**2, y]
    a[3:3] = [7 * x]
    a[-2:] = []
    return sum(k * v for k, v in enumerate(b)) + len(b)


def factors_of_matrices(x, y):
    cov = np.array([[2 + x**2, x, 0.5], [x, 3 + y**2, y], [0.5, y, 4.0]])
    lower = np.linalg.cholesky(cov)
    sign, log_det = np.linalg.slogdet(cov[::-1])
    return lower[2, 0] * x + lower[2, 2] + lower[0, 1] + np.sum(np.log(np.diag(lower))) * 10 + sign * log_det


def texts_that_are_only_shown(x, y):
    told = f"{x:.3f} and {y!r}"
    print(told)
    if x > 5:
        raise ValueError(told)
    return x * y

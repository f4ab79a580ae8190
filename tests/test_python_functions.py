"""Python functions as people write them: the same numbers as running them gives, and as their formulas give."""

from __future__ import annotations

import inspect
import math
import random
import runpy
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gradcli
from gradcli import engine
from gradcli.errors import ExpressionError, LimitError, Source, UsageError
from gradcli.language.document import parse
from gradcli.language.printer import format_expression
from gradcli.program import Program

SUITE = '''
import math
import numpy as np
from math import cos, pi as PI, sin

A, B, C = 20, 0.2, 2*np.pi
POWERS = ((1, 4), (-16, 2), (5, 1))


def rosen_slices(x):
    """The Rosenbrock function, as scipy.optimize.rosen writes it."""
    x = np.asarray(x)
    return np.sum(100.0*(x[1:] - x[:-1]**2.0)**2.0 + (1 - x[:-1])**2.0, axis=0)


def rosen_builtin(x):
    return sum(100.0*(x[1:] - x[:-1]**2.0)**2.0 + (1 - x[:-1])**2.0)


def rosen_loop(x):
    total = 0
    for i in range(len(x) - 1):
        total += 100.0*(x[i + 1] - x[i]**2.0)**2.0 + (1 - x[i])**2.0
    return total


def himmelblau(p):
    x, y = p
    return (x**2 + y - 11)**2 + (x + y**2 - 7)**2


def beale(x):
    return (1.5 - x[0] + x[0]*x[1])**2 + (2.25 - x[0] + x[0]*x[1]**2)**2 + (2.625 - x[0] + x[0]*x[1]**3)**2


def ackley(x, a=A, b=B, c=C):
    n = len(x)
    return -a*np.exp(-b*np.sqrt(np.sum(x**2)/n)) - np.exp(np.sum(np.cos(c*x))/n) + a + np.exp(1)


def rastrigin(x):
    return 10*len(x) + np.sum(x**2 - 10*np.cos(2*np.pi*x))


def styblinski_generator(x):
    return sum(xi**4 - 16*xi**2 + 5*xi for xi in x)/2


def styblinski_loops(x):
    total = 0
    for xi in x:
        term = 0
        for factor, power in POWERS:
            term += factor*xi**power
        total = total + term
    return total/2


def griewank(x):
    i = np.arange(1, len(x) + 1)
    return np.sum(x**2)/4000 - np.prod(np.cos(x/np.sqrt(i))) + 1


def griewank_loop(x):
    s, p = 0, 1
    for i, xi in enumerate(x, start=1):
        s += xi**2
        p *= cos(xi/math.sqrt(i))
    return s/4000 - p + 1


def levy(x):
    w = [1 + (xi - 1)/4 for xi in x]
    total = sin(PI*w[0])**2
    for i in range(len(w) - 1):
        total += (w[i] - 1)**2*(1 + 10*sin(PI*w[i] + 1)**2)
    return total + (w[-1] - 1)**2*(1 + sin(2*PI*w[-1])**2)
'''

_STYBLINSKI = "+".join(f"(x_{k}^4 - 16*x_{k}^2 + 5*x_{k})" for k in range(3))
_ROSEN = "+".join(f"(100*(x_{k + 1} - x_{k}^2)^2 + (1 - x_{k})^2)" for k in range(2))
_GRIEWANK = "(x_0^2 + x_1^2 + x_2^2)/4000 - cos(x_0/sqrt(1))*cos(x_1/sqrt(2))*cos(x_2/sqrt(3)) + 1"
_W = [f"(1 + (x_{k} - 1)/4)" for k in range(3)]
_LEVY = (
    f"sin(pi*{_W[0]})^2 + ({_W[0]} - 1)^2*(1 + 10*sin(pi*{_W[0]} + 1)^2)"
    f" + ({_W[1]} - 1)^2*(1 + 10*sin(pi*{_W[1]} + 1)^2) + ({_W[2]} - 1)^2*(1 + sin(2*pi*{_W[2]})^2)"
)
FORMULAS = {
    "rosen_slices": _ROSEN,
    "rosen_builtin": _ROSEN,
    "rosen_loop": _ROSEN,
    "himmelblau": "(p_0^2 + p_1 - 11)^2 + (p_0 + p_1^2 - 7)^2",
    "beale": "(1.5 - x_0 + x_0*x_1)^2 + (2.25 - x_0 + x_0*x_1^2)^2 + (2.625 - x_0 + x_0*x_1^3)^2",
    "ackley": (
        "-20*exp(-0.2*sqrt((x_0^2 + x_1^2 + x_2^2)/3))"
        " - exp((cos(2*pi*x_0) + cos(2*pi*x_1) + cos(2*pi*x_2))/3) + 20 + exp(1)"
    ),
    "rastrigin": "30 + (" + "+".join(f"(x_{k}^2 - 10*cos(2*pi*x_{k}))" for k in range(3)) + ")",
    "styblinski_generator": f"({_STYBLINSKI})/2",
    "styblinski_loops": f"({_STYBLINSKI})/2".replace("x_0^4 - 16", "1*x_0^4 + -16")
    .replace("x_1^4 - 16", "1*x_1^4 + -16")
    .replace("x_2^4 - 16", "1*x_2^4 + -16"),
    "griewank": _GRIEWANK,
    "griewank_loop": _GRIEWANK,
    "levy": _LEVY,
}


def loaded(text: str) -> dict[str, Any]:
    """The names of a module of ours, run."""
    names: dict[str, Any] = {}
    exec(compile(text, "suite.py", "exec"), names)
    return names


def numbers(program: Program, point: list[float]) -> list[float]:
    """The value and the first partials."""
    partials = engine.wanted(program)
    values = engine.prepare(program, partials).evaluate(dict(zip(program.variables, point, strict=True)))
    return [float(values[partial.name][0]) for partial in partials]


def read(name: str) -> Program:
    size = 2 if name in ("himmelblau", "beale") else 3
    return parse(Source(SUITE, "suite.py"), (), name, {"p" if name == "himmelblau" else "x": size})


@pytest.mark.parametrize("name", FORMULAS)
def test_a_function_has_the_numbers_of_its_formula_to_the_last_bit(name: str) -> None:
    program = read(name)
    program.check()
    formula = parse(f"f({', '.join(program.variables)}) = {FORMULAS[name]}")
    assert program.variables == formula.variables
    draw = random.Random(name)
    for _ in range(20):
        point = [draw.uniform(-3, 3) for _ in program.variables]
        assert numbers(program, point) == numbers(formula, point)


@pytest.mark.parametrize("name", FORMULAS)
def test_a_function_has_the_value_that_running_it_gives(name: str) -> None:
    function, program = loaded(SUITE)[name], read(name)
    draw = random.Random(name)
    for _ in range(20):
        point = [draw.uniform(-3, 3) for _ in program.variables]
        assert numbers(program, point)[0] == pytest.approx(float(function(np.array(point))), rel=1e-14, abs=1e-14)


@pytest.mark.parametrize(
    ("name", "minimum"),
    [("rosen_loop", [1, 1, 1]), ("himmelblau", [3, 2]), ("beale", [3, 0.5]), ("rastrigin", [0, 0, 0]),
     ("griewank", [0, 0, 0])],
)  # fmt: skip
def test_a_minimum_is_one(name: str, minimum: list[float]) -> None:
    """Known minima of the literature: the value and the gradient are zero there."""
    assert numbers(read(name), [float(number) for number in minimum]) == [0.0] * (len(minimum) + 1)


def formulas(text: str, **kwargs: Any) -> list[str]:
    program = parse(textwrap.dedent(text), **kwargs)
    program.check()
    return [format_expression(program.equations, output.ref) for output in program.outputs]


@pytest.mark.parametrize(
    ("body", "formula"),
    [
        ("a = b = x\n a += y\n return a*b", "(x + y)*x"),
        ("a, (b, *c) = x, (y, 1, 2)\n return a*b + sum(c)", "x*y + 3"),
        ("a, b = y, x\n a, b = b, a\n return a - b", "x - y"),
        ("if x > 0: z = x\n else: z = y\n return z", "where(x > 0, x, y)"),
        ("if x > 0: return x\n return y", "where(x > 0, x, y)"),
        ("if x > 0: return x\n elif y > 0: return y\n else: return 1", "where(x > 0, x, where(y > 0, y, 1))"),
        ("z = 1\n if x > 0:\n  if y > 0: return x\n  z = 2\n return z*y",
         "where(x > 0, where(y > 0, x, where(x > 0, 2, 1)*y), where(x > 0, 2, 1)*y)"),
        ("n = 3\n if n > 2 and True: return x**n\n return unknown", "x^3"),
        ("s = 0\n for k in range(3, 0, -1): s += k*x\n return s*y", "(3*x + 2*x + 1*x)*y"),
        ("s = 0\n for k in range(10):\n  if k == 1: continue\n  if k > 2: break\n  s += x**k\n else: s = 0\n return s",
         "x^0 + x^2"),
        ("s = 0\n for k in range(3):\n  if x < k: break\n  s = s + y\n return s",
         "where(x < 0, 0, where(x < 1, 0 + y, where(x < 2, 0 + y + y, 0 + y + y + y)))"),
        ("for k in range(1, 3):\n  if x < k: continue\n  y = y*k\n return y",
         "where(x < 2, where(x < 1, y, y*1), where(x < 1, y, y*1)*2)"),
        ("while x > 1 and y: return x\n return y", "where(where(x > 1, y, 0) != 0, x, y)"),
        ("return x if x else y", "where(x != 0, x, y)"),
        ("return (x or y)*(x and y)", "where(x != 0, x, y)*where(x != 0, y, x)"),
        ("return sum(a*2 for a in (x, y) if a > 1)", "where(x > 1, x*2, 0) + where(y > 1, y*2, 0)"),
        ("return len([a for a in (x, y) if a > 1])*x", "(where(x > 1, 1, 0) + where(y > 1, 1, 0))*x"),
        ("return max([a for a in (x, 2) if a > y], default=y)",
         "where(2 > y, where(x > y, max(where(x > y, x, y), 2), 2), where(x > y, x, y))"),
        ("v = [x, 0, 0]\n v[1:] = [y]\n return v[0]*v[1]*len(v)", "x*y*2"),
        ("s, k = y, 0\n while k < 2:\n  s, k = s*x, k + 1\n else: s += 1\n return s", "y*x*x + 1"),
        ("return [x, y][0] + (x, y)[-1]", "x + y"),
        ("v = [x]\n v.append(y)\n v.extend([1, 2])\n return sum(v[1:])", "y + 1 + 2"),
        ("v = [x, y]\n w = v\n w[0] = 3\n return v[0]*v[1]", "3*y"),
        ("v = [x, y]\n if x > 0: v[0] = 1\n return v[0]*v[1]", "where(x > 0, 1, x)*y"),
        ("g = lambda t, k=2: t**k\n return g(x) + g(y, 3) + g(k=4, t=x)", "x^2 + y^3 + x^4"),
        ("def g(t): return t*y\n return g(x)", "x*y"),
        ("return sum(a*b for a, b in zip([x, y], (1, 2)))", "x*1 + y*2"),
        ("return math.prod([k*x for k in range(4) if k % 2])", "1*x*(3*x)"),
        ("return max(x, y, 1) - min([x, y])", "max(max(x, y), 1) - min(x, y)"),
        ("return (x > 0)*y", "where(x > 0, 1, 0)*y"),
        ("return x if not (x > 0 or y > 0) else y", "where(not (x > 0 or y > 0), x, y)"),
        ("return np.array([1, 2]) @ np.array([x, y])", "1*x + 2*y"),
        ("return np.dot([[1, x], [y, 2]], [x, y])[1]", "x*y + 2*y"),
        ("return np.linalg.norm([x, y])", "hypot(x, y)"),
        ("p = {'a': x, 'b': [y, 1]}\n return p['a']*p['b'][0]", "x*y"),
        ("n = int(2.9) + len([x, y]) + 7//2\n return x**n*y", "x^7*y"),
        ("if y is None: return 1\n return x*(y if x != None else 2)", "x*y"),
        ("if x < 0:\n  raise ValueError(x)\n return x*y", "where(x < 0, 0/0, x*y)"),
        ("import numpy as n\n from math import tau as T\n return n.sin(x) + T*y", "sin(x) + 2*pi*y"),
        ("return (t := x*y) + t", "x*y + x*y"),
        ("return 2**10*x + 10**-1*y", "1024*x + 10^(-1)*y"),
        ("...\n 'text'\n pass\n z: float = x\n w: int\n return z*y", "x*y"),
    ],
)  # fmt: skip
def test_what_is_read(body: str, formula: str) -> None:
    assert formulas(f"def f(x, y):\n {body}") == [formula]


@pytest.mark.parametrize(
    "body",
    [
        "a = [x, 1]\n b = a if x > 0 else [1, 2]\n a[1] = 5\n return b[1]",
        "a = [x, 1]\n if x > 0: b = a\n else: b = [1, 2]\n a.append(5)\n return b[1]",
        "a = np.array([x, 1.0, 2.0])\n v = a[:2]\n b = v if x > 0 else np.array([x, y])\n a[1] = 5\n return b[1]",
        "a = np.array([x, 1.0, 2.0])\n v = a[:2]\n b = a if x > 0 else np.array([x, y, y])\n v[1] = 5\n return b[1]",
        "def g(v):\n  if x > 0: return [1, 2]\n  return v\n a = [x, 1]\n b = g(a)\n a[1] = 5\n return b[1]",
        "def g(v):\n  if x > 0: return v\n  return [1, 2]\n a = [x, 1]\n b = g(a)\n a[1] = 5\n return b[1]",
        "m = [[x, 1], [1, x]]\n b = m[0] if x > 0 else m[1]\n m[0][1] = 5\n return b[1]",
        "d = {'a': x}\n e = d if x > 0 else {'a': 1}\n d['a'] = 5\n return e['a']",
        "b = a = [x, 1]\n for k in range(2):\n  if x > k:\n   b = [1, 2]\n   break\n a[1] = 5\n return b[1]",
    ],
)
def test_what_another_name_may_stand_for_is_not_changed_behind_it(body: str) -> None:
    """Python would show the change by the other name where that is the same list, and not where it is the other."""
    with pytest.raises(ExpressionError, match="another name may stand for it"):
        parse(f"def f(x, y):\n {body}")


def test_numpys_sums_along_axes() -> None:
    assert formulas("def f(x): return np.sum(np.outer(x, x), axis=0)", sizes={"x": 2}) == [
        "x_0*x_0 + x_0*x_1", "x_0*x_1 + x_1*x_1",
    ]  # fmt: skip
    assert formulas("def f(x): return np.array([x, 2*x]).mean(axis=1)", sizes={"x": 2}) == [
        "(x_0 + x_1)/2", "(2*x_0 + 2*x_1)/2",
    ]  # fmt: skip


def test_results_are_named() -> None:
    text = "def g(x, y): return {'a': x, 'b': [x, y], 'c': {'d': y}}"
    assert [output.name for output in parse(text).outputs] == ["a", "b1", "b2", "d"]
    assert [o.name for o in parse("def g(x): return np.outer(x, x)", sizes={"x": 2}).outputs] == [
        "g1_1", "g1_2", "g2_1", "g2_2",
    ]  # fmt: skip
    assert [output.name for output in parse("lambda f: f**2").outputs] == ["F"]


# --- arguments ----------------------------------------------------------------------------------------------


def test_a_default_is_a_constant_unless_it_is_named() -> None:
    text = "def f(x, a=2, *, w=(1, 3)): return a*x + w[0] + w[1]"
    assert parse(text).variables == ("x",)
    assert formulas(text) == ["2*x + 1 + 3"]
    assert parse(text, ["a"]).variables == ("x", "a")
    assert formulas(text, declared=["w_1"]) == ["2*x + 1 + w_1"]
    assert gradcli.gradient(text, at={"x": 3}).partials == {"x": 2.0}
    assert gradcli.gradient(text, at={"x": 3, "a": 5}).partials == {"x": 5.0, "a": 3.0}
    assert gradcli.symbolic(text, wrt=["a"]) == {"a": "x"}


def test_the_length_of_a_vector() -> None:
    text = "def f(x): return sum(x)"
    assert parse(text, sizes={"x": 3}).variables == ("x_0", "x_1", "x_2")
    assert not parse(text, sizes={"x": 3}).notes
    named = parse(text, ["x_0", "x_1"])
    assert named.variables == ("x_0", "x_1")
    assert "2 elements" in named.notes[0]
    indexed = parse("def g(v): return v[3]\ndef f(x): return x[1] + g(x)", function="f")
    assert indexed.variables == ("x_0", "x_1", "x_2", "x_3")
    assert not indexed.notes
    assert "4 elements" in parse("def f(x): return x[3]*len(x)").notes[0]
    assert gradcli.gradient(text, at={"x_0": 1, "x_1": 2}, sizes={"x": 2}).partials == {"x_0": 1.0, "x_1": 1.0}
    with pytest.raises(ExpressionError, match="is of a vector"):
        parse(text)
    with pytest.raises(UsageError, match="no argument"):
        parse(text, sizes={"y": 2})


# --- what is known while reading ----------------------------------------------------------------------------


def test_constants_decide_exactly_and_as_floats() -> None:
    """0.5 counts alike in both; 0.1 does not: ten of them are 1, and as floats less."""
    loop = "def f(x):\n t = 0.0\n while t < 1:\n  t += {step}\n  x = x**2\n return x"
    assert formulas(loop.format(step="0.5")) == ["(x^2)^2"]
    with pytest.raises(ExpressionError, match="rounding decides"):
        parse(loop.format(step="0.1"))
    assert formulas("lambda x: x if math.sqrt(2)*math.sqrt(2) > 1.5 else 0") == ["x"]


@pytest.mark.parametrize(
    "text",
    [
        "def f(x):\n for i in range(10**9): pass\n return x",
        "def f(x):\n for i in range(10**5):\n  for j in range(10**5): pass\n return x",
        "def f(x):\n while True: pass\n return x",
        "def f(x):\n y = [x]\n while True: y = [y, y]\n return x",
        "f = lambda x: [[x]*10**6]*10**6",
        "f = lambda x: np.eye(10**6)",
        "f = lambda x: sum(k*x for k in range(10**8))",
        "".join(f"g{k} = lambda x: g{k + 1}(x) + 1\n" for k in range(4000))
        + "g4000 = lambda x: x\nf = lambda x: g0(x)",
    ],
)
def test_what_grows_beyond_all_measure_is_refused(text: str) -> None:
    with pytest.raises(LimitError):
        parse(Source(text, "model.py"), function="f")


def test_numbers_too_large_to_be_known_stay_equations() -> None:
    assert formulas("lambda x: x*10**10**10") == ["x*10^10000000000"]
    assert formulas("lambda x: x*9**9**9**9") == ["x*9^9^387420489"]


def test_calls_with_the_same_arguments_are_read_once() -> None:
    """Otherwise thirty functions that call the next one twice would be a thousand million calls."""
    text = "".join(f"def g{k}(x): return g{k + 1}(x) + g{k + 1}(x)\n" for k in range(30)) + "def g30(x): return x\n"
    assert len(parse(text, function="g0")) == 31


def test_prose_may_have_any_characters() -> None:
    text = '# ½ of it\n\fNAME = "a # ¼"\ndef f(x):\n    """¾ × it’s"""\n    return 2*x + y  # ⅓\n'
    with pytest.raises(ExpressionError) as caught:
        parse(Source(text, "model.py"))
    assert caught.value.source is not None
    assert caught.value.span is not None
    assert caught.value.source.text[slice(*caught.value.span)] == "y"
    assert formulas(text.replace(" + y", "").replace("#", "import math#", 1)) == ["2*x"]
    with pytest.raises(ExpressionError, match="cannot be seen"):
        parse("def f(x): return x  # \u202e")


def test_spans_point_into_the_functions() -> None:
    text = "def area(r):\n    return abs(r)*2\n\ndef f(x):\n    y = 3*x\n    return area(y)\n"
    program = parse(Source(text, "model.py"), function="f")
    found = {program.equations[k][0]: (program.text(k), program.line(k)) for k in range(len(program))}
    assert found["abs"] == ("abs(r)", "model.py, line 2")
    prepared = engine.prepare(program, engine.wanted(program))
    assert "abs(r) (model.py, line 2) at x = 0" in (prepared.evaluate({"x": 0.0}).status_text("df_dx", 0) or "")


@pytest.mark.parametrize(
    "change",
    [
        "A.append(5)", "A[0] = 5", "A += [5]", "B = A\nB.append(5)", "for k in range(3):\n A.append(k)",
        "def init(): A.append(5)\ninit()", "def init():\n global A\n A = [5]\ninit()",
        "import random\nrandom.shuffle(A)", "def grow(a): a += [1]\ngrow(A)", "del A[0]", "if True:\n A.sort()",
    ],
)  # fmt: skip
def test_what_a_file_changes_is_no_constant(change: str) -> None:
    with pytest.raises(ExpressionError, match=r"no one value|defined twice"):
        parse(Source(f"A = [3, 1]\n{change}\n\ndef f(x): return x*sum(A)\n", "m.py"), function="f")


@pytest.mark.parametrize(
    "text",
    [
        "import math\nmath.pi = 3\ndef f(x): return x*math.pi", "import math as m\nm.pi += 1\ndef f(x): return x*m.pi",
        "import math\nmath.pi = 3\nfrom math import pi\ndef f(x): return x*pi",
        "import numpy as np\nnp.sin = np.cos\ndef f(x): return np.sin(x)",
        "import math\nfor k in range(2): math.pi = k\nfrom math import *\ndef f(x): return x*pi",
    ],
)  # fmt: skip
def test_what_a_file_sets_in_a_module_is_no_constant(text: str) -> None:
    with pytest.raises(ExpressionError, match="no one value"):
        parse(text)
    assert formulas(text.rpartition("return")[0] + "return 2*x") == ["2*x"]


@pytest.mark.parametrize(
    "harmless",
    ["print(A)", "if __name__ == '__main__':\n A.append(5)", "def g(A): A.append(5)", "import pylab\npylab.plot(A)"],
)
def test_what_a_file_only_looks_at_is_a_constant(harmless: str) -> None:
    program = parse(Source(f"A = [3, 1]\n{harmless}\n\ndef f(x): return x*sum(A)\n", "m.py"), function="f")
    assert numbers(program, [2.0]) == [8.0, 4.0]


# --- what NumPy's arrays hold -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("z = np.array([x, y], dtype=int)", "would round this"),
        ("z = np.array([x, y], int)", "would round this"),
        ("z = np.asarray([x, 2], dtype='int64')", "would round this"),
        ("z = np.asarray(np.array([x, y]), dtype=int)", "would round this"),
        ("z = np.full(2, 2.7, dtype=int)", "would round this"),
        ("z = np.array([x, y], dtype=bool)", "would round this"),
        ("z = np.array([x, y], dtype='uint8')", "dtype is not read"),
        ("z = np.array([1, 2]).copy()\n z[0] = x", "whole numbers"),
        ("z = np.array([1, 2]) + 0\n z[:] = x", "whole numbers"),
        ("z = 2*np.array([1, 2])\n z[0] = 0.5", "whole numbers"),
        ("z = np.arange(3)[1:].copy()\n z[0] = x", "whole numbers"),
        ("z = np.ones_like([1, 2])\n z[0] = x", "whole numbers"),
        ("z = np.array([[1, 2], [3, 4]]).flatten()\n z[0] = x", "whole numbers"),
        ("z = np.concatenate([[1, 2], [3]])\n z[0] = x", "whole numbers"),
        ("z = np.cumsum([1, 2])\n z[0] = x", "whole numbers"),
        ("z = np.abs(np.array([-1, 2]))\n z[0] = x", "whole numbers"),
        ("z = np.where(np.array([x, y]) > 0, 1, 0)\n z[0] = x", "whole numbers"),
        ("z = np.array([math.floor(x), 1])\n z[0] = x", "whole numbers"),
        ("z = np.array([1, 2])\n z += x", "whole numbers"),
        ("w = np.array([1, 2]) if x > 0 else np.array([x, y])\n z = w.copy()\n z[0] = x", "whole numbers or floats"),
        ("z = np.array([x > 1, y > 1])\n z[0] = x", "array of conditions"),
        ("z = np.array([x > 1, y > 1])\n z = z + z", "arrays of conditions"),
        ("z = np.array([x > 1, y > 1])\n z = z*z - z", "arrays of conditions"),
        ("z = np.array([x > 1, y > 1])\n z = [z @ z]", "arrays of conditions"),
        ("z = np.array([2, 3])**-1", "negative whole power"),
        ("z = 2**np.array([-1, 2])", "negative whole power"),
        ("z = [np.array([2, 3])[0]**-1]", "negative whole power"),
        ("z = [2**np.sum(np.array([-1, -2]))]", "negative whole power"),
        ("z = [k**-1 for k in np.arange(1, 3)]", "negative whole power"),
        ("z = [np.array([2**62, 1])[0]*4]", "64 bits"),
        ("z = [np.int64(2**62)*4]", "64 bits"),
        ("z = [np.int64(2**70)]", "64 bits"),
        ("a = np.array([10**10])\n z = [a[0]**2]", "64 bits"),
        ("a = np.array([10**10])\n z = [a[0]**2000]", "64 bits"),
        ("z = [sum(np.array([2**62, 2**62]))]", "64 bits"),
        ("z = [np.max(np.array([2**62, 1])) + 2**62]", "64 bits"),
        ("z = [np.dot(np.array([2**31]), np.array([2**31]))*2]", "64 bits"),
        ("z = [-np.array([-2**63, 1])[0]]", "64 bits"),
        ("A = np.array([[1, 2], [3, 2**62]])\n z = [A[1, 1] << 1]", "64 bits"),
        ("a, b = np.array([2**62, 3])\n z = [a*b]", "64 bits"),
        ("z = [x @ y]", "product of vectors"),
        ("z = [float('nan')]", "only 'inf'"),
    ],
)  # fmt: skip
def test_what_numpy_would_round_is_refused(body: str, message: str) -> None:
    with pytest.raises(ExpressionError, match=message):
        parse(f"def f(x, y):\n {body}\n return z[0]*x")


@pytest.mark.parametrize(
    "body",
    [
        "z = np.array([1.0, 2])\n z[0] = x",
        "z = np.array([1, 2], dtype=float)\n z[0] = x",
        "z = np.array([1, 2])\n z[0] = 3\n z += 1",
        "z = np.array([1, 2])/2\n z[0] = x",
        "z = np.zeros(2)*2 + 1\n z[0] = x",
        "z = np.zeros(2)\n z[0], z[1] = x > 0, y\n z = z + z",
        "z = np.zeros((2, 2)).copy()\n z[0, 1] = x\n z[1] = [y, x]\n z = [np.sum(z)*z[1, 0], z[0, 0]]",
        "z = np.zeros((2, 2))\n w = np.array([1, 2])\n z[0] = w\n z[0, 0] = x\n z = [np.sum(z), w[0]]",
        "z = np.zeros((2, 2))\n z[:] = [[1, 2], [3, 4]]\n z[0, 0] = x\n z = np.sum(z, axis=0)",
        "z = np.array([[1, 2], [3.0, 4]])\n z[0, 0] = x\n z = z.flatten()",
        "z = np.array([x > 1, y > 1])\n z = [np.sum(z*z), np.mean(z), np.cumsum(z)[1]]",
        "v = np.array([x, y])\n z = (v > 0)*(v < 2)*v",
        "z = np.array([2.0, 3])**-1",
        "z = np.ones(2)**-1",
        "z = [int(np.array([2**62, 1])[0])*4, np.array([2**62, 1]).tolist()[0]*4]",
        "z = [np.ones(2, dtype=int)[0]*2**-1.0, (2*np.ones(2))[0]**-1]",
        "z = np.array([np.array([2, 3])[0], 2.0, 5])**-1",
        "z = [np.array([x, 2])[1]**-1, np.array([[1, 2], [3.0, 4]])[0, 1]**-2]",
        "k = np.array([1, 2])[1]\n z = [0.0]*k\n z[k - 1] = x*k\n z = [sum(np.arange(k)), len(z)/k]",
        "k = np.array([1, 2])\n w = np.zeros(2)\n w[0] = k[1]\n z = [w[0]**-1, k.max()**2]",
        "k = np.array([3, 2])\n z = [np.mean(k)**-1, np.linalg.norm(k)**-1]",
        "z = np.arange(2.0)\n z[0] = x",
        "z = np.eye(2)\n z[0, 1] = x\n z = z[0]",
        "z = [min(x, 2), x if y < 100 else float('inf')]",
    ],
)
def test_an_array_holds_what_numpy_holds(body: str) -> None:
    text = f"import math\nimport numpy as np\ndef f(x, y):\n {body}\n return (z[0] + 3*z[1])*x"
    function, program = loaded(text)["f"], parse(Source(text, "m.py"), function="f")
    for point in ([1.7, 0.3], [-0.4, 2.6], [1.2, 1.9]):
        assert numbers(program, point)[0] == pytest.approx(float(function(*point)), rel=1e-14, abs=1e-14)


def test_a_name_that_a_function_sets_is_its_own() -> None:
    with pytest.raises(ExpressionError, match="no value yet"):
        parse(Source("t = 7\ndef f(x):\n r = t*x\n t = 2\n return r", "m.py"))
    with pytest.raises(ExpressionError, match="no value yet"):
        parse(Source("t = 7\ndef f(x):\n for k in range(0): t = 2\n return t*x", "m.py"))
    assert formulas("import math\nt = 7\ndef f(x): return t*x + sum([t for t in (x, 1)])") == ["7*x + (x + 1)"]
    assert formulas("def f(x):\n def g(): return t*x\n t = 5\n return g()") == ["5*x"]


def test_a_name_given_in_a_comprehension_is_the_functions() -> None:
    assert numbers(parse("def f(x):\n y=1\n s=sum((y := y*x) for i in range(3))\n return s+100*y"), [2.0])[0] == 814
    with pytest.raises(ExpressionError, match="no value yet"):
        parse("def f(x): return sum([(y := y*x) for i in range(3)])")
    with pytest.raises(ExpressionError, match="counts the elements"):
        parse("def f(x): return sum([(i := x) for i in range(3)])")
    with pytest.raises(ExpressionError, match="changes something"):
        parse("def f(x):\n y = 0\n s = [(y := 1) if x > 0 else 2 for i in range(3)]\n return x*s[0] + y")


@pytest.mark.parametrize(
    "doubtful",
    [
        "math.floor(0.29*100)*x", "math.ceil(0.1*3*10)*x", "(4.35*100)//1*x", "1//0.1*x", "1%0.1*x", "0.3%0.1*x",
        "x*(0.1*3>0.3)", "(0.1+0.2==0.3)*x", "(0.1+0.2!=0.3)*x", "max(0.1+0.2-0.3, 0)*1e17*x", "round(2.675, 2)*x",
        "min(0.3-0.1-0.2, 0)*x", "np.sign(0.1+0.2-0.3)*x", "math.fmod(1, 0.1)*x", "math.fmod(-1, 0.1)*x",
        "math.remainder(0.15, 0.1)*x", "np.sum(np.floor(np.array([0.29, 0.5])*100))*x", "x**math.floor(0.57*100)",
        "int(math.log(1000)/math.log(10))*x", "math.floor(math.log(1000, 10))*x", "int(1000**(1/3))*x",
        "x*(math.log(1000)/math.log(10) < 3)",
    ],
)  # fmt: skip
def test_what_only_rounding_decides_of_constants_is_refused(doubtful: str) -> None:
    with pytest.raises(ExpressionError, match="rounding decides"):
        parse(f"import math\nimport numpy as np\ndef f(x): return {doubtful}")


@pytest.mark.parametrize(
    "clear",
    [
        "math.floor(0.28*100 + 0.5)", "math.ceil(2.5)", "5.5//0.5", "7.5%2", "(0.5+0.25 == 0.75)", "max(0.1+0.2, 0.3)",
        "round(2.5)", "round(2.673, 2)", "np.round(2.675, 2)", "np.around(0.125, 2)", "np.sign(-0.3)",
        "min(0.1, 0.2, 0.3)", "np.round(0.125, decimals=2)", "round(0.25, ndigits=1)",
        "math.fmod(-7.5, 2)", "math.remainder(7.5, 2)", "math.floor(1e300/3)", "(math.pi > 3.14)", "math.floor(1e22*3)",
        "int(math.log(8)/math.log(2))", "math.floor(math.log10(1000))", "int(math.sqrt(17))", "math.ceil(math.exp(1))",
    ],
)  # fmt: skip
def test_what_constants_decide_clearly_is_read(clear: str) -> None:
    text = f"import math\nimport numpy as np\ndef f(x): return x*{clear}"
    assert numbers(parse(text), [1.5])[0] == pytest.approx(float(loaded(text)["f"](1.5)), rel=1e-14)


@pytest.mark.parametrize(
    ("rounded", "noted"),
    [("round(x, 1)", True), ("round(x)", False), ("round(x, -1)", False), ("np.round(x, 1)", False),
     ("x*round(2.673, 2)", False)],
)  # fmt: skip
def test_decimals_of_a_variable_are_rounded_with_a_note_on_ties(rounded: str, noted: bool) -> None:
    notes = parse(f"import numpy as np\ndef f(x): return {rounded}").notes
    assert any("ties" in note and "(line 2)" in note for note in notes) is noted


def test_the_last_import_of_all_names_decides() -> None:
    text = "from math import *\nfrom numpy import *\ndef f(x): return max([x, 1])*sqrt(x)"
    assert formulas(text) == ["max(x, 1)*sqrt(x)"]


# --- as Python has it ---------------------------------------------------------------------------------------

WRITTEN = Path(__file__).with_name("python_written.py")
RUN = {name: value for name, value in runpy.run_path(str(WRITTEN)).items() if inspect.isfunction(value)}


@pytest.mark.parametrize("name", [name for name, value in RUN.items() if value.__code__.co_filename == str(WRITTEN)])
def test_what_is_read_is_what_python_runs(name: str) -> None:
    program = parse(Source(WRITTEN.read_text(encoding="utf-8"), WRITTEN.name), function=name)
    for x, y in ((1.7, 0.3), (-0.4, 1.6), (0.25, -1.25)):
        assert numbers(program, [x, y])[0] == pytest.approx(float(RUN[name](x, y)), rel=1e-12, abs=1e-12)


# --- any function at all ------------------------------------------------------------------------------------

NAMES = ("a", "b", "c")


def expressions(names: tuple[str, ...]) -> st.SearchStrategy[str]:
    """Numbers from names and literals, of a few operations.

    Both sides of a comparison are never the same number in two spellings, such as `b` and `(b + 2) - 2`: floats let
    rounding decide there, and exact numbers do not.
    """
    leaves = st.sampled_from([*names, "1.5", "2", "-3", "0.25", "10"])

    def combined(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        return st.one_of(
            st.builds("({} {} {})".format, inner, st.sampled_from(["+", "-", "*"]), inner),
            st.builds("({} / (2 + {}**2))".format, inner, inner),
            st.builds("{}({})".format, st.sampled_from(["math.sin", "np.cos", "abs", "math.atan"]), inner),
            st.builds("{}({}, {})".format, st.sampled_from(["max", "min"]), inner, inner),
            st.builds("({} if {} > 0.0123 + {} else {})".format, inner, inner, inner, inner),
            st.builds("sum([{}, {}])".format, inner, inner),
            st.builds("({})**2".format, inner),
        )

    return st.recursive(leaves, combined, max_leaves=4)


def conditions(names: tuple[str, ...]) -> st.SearchStrategy[str]:
    compared = st.builds(
        "{} {} 0.0123 + {}".format, expressions(names), st.sampled_from(["<", ">=", ">"]), expressions(names)
    )
    return st.one_of(
        compared,
        st.builds("{} {} {}".format, compared, st.sampled_from(["and", "or"]), compared),
        st.builds("not ({})".format, compared),
        st.sampled_from(["k % 2 == 0", "k < 1", "True", "len(v) > 2"]),
    )


@st.composite
def blocks(draw: st.DrawFn, depth: int, kinds: tuple[str, ...]) -> str:
    """Statements that only use names that have values; inside a loop some may leave it, or its round."""
    lines: list[str] = []
    names = (*NAMES, "k", "v[0]", "v[-1]")
    for _ in range(draw(st.integers(1, 3))):
        kind = draw(st.sampled_from((*kinds, "if", "if", "for", "while") if depth else kinds))
        value = draw(expressions(names))
        name = draw(st.sampled_from(NAMES))
        inner = textwrap.indent
        if kind == "assign":
            lines.append(f"{name} = {value}")
        elif kind == "augment":
            lines.append(f"{name} {draw(st.sampled_from(['+', '-', '*']))}= {value}")
        elif kind == "element":
            lines.append(f"v[{draw(st.integers(-3, 2))}] = {value}")
        elif kind == "swap":
            lines.append(f"{name}, v[0] = {value}, {name}")
        elif kind == "call":
            lines.append(f"{name} = helper({value}, scale={draw(st.sampled_from(['2', 'k', *NAMES]))})")
        elif kind == "rebind":
            lines.append(f"v = [t*{name} for t in v]" if draw(st.booleans()) else "v = v[1:] + [v[0]]")
        elif kind == "return" and draw(st.integers(0, 3)) == 0:
            lines.append(f"if {draw(conditions(names))}: return {value}")
        elif kind == "if":
            lines.append(f"if {draw(conditions(names))}:")
            lines.append(inner(draw(blocks(depth - 1, kinds)), "    "))
            if draw(st.booleans()):
                lines.append(f"elif {draw(conditions(names))}:")
                lines.append(inner(draw(blocks(depth - 1, kinds)), "    "))
            if draw(st.booleans()):
                lines.append("else:")
                lines.append(inner(draw(blocks(depth - 1, kinds)), "    "))
        elif kind == "for":
            lines.append(f"for k in {draw(st.sampled_from(['range(3)', '(2, 1)', 'range(2, 0, -1)']))}:")
            lines.append(f"    {name} = v[k % 3]*k")
            lines.append(inner(draw(blocks(depth - 1, (*kinds, "leave"))), "    "))
            if draw(st.booleans()):
                lines.append("else:")
                lines.append(inner(draw(blocks(depth - 1, kinds)), "    "))
        elif kind == "while":
            count = f"n{depth}"  # of its own: each of these loops ends
            tests = st.sampled_from([f"{draw(conditions(names))}", f"{name}", "True"])
            lines.append(f"{count} = 0\nwhile {count} < 3 and ({draw(tests)}):\n    {count} += 1")
            lines.append(inner(draw(blocks(depth - 1, (*kinds, "leave"))), "    "))
            if draw(st.booleans()):
                lines.append(f"else:\n    {name} = {value}")
        elif kind == "leave":
            lines.append(f"if {draw(conditions(names))}: {draw(st.sampled_from(['break', 'continue']))}")
    return "\n".join(lines or ["pass"])


@st.composite
def sources(draw: st.DrawFn) -> str:
    # A list that is one of two after a branch is not changed: lists are either changed in place, or made anew.
    lists = draw(st.sampled_from([("element", "swap"), ("rebind",)]))
    body = draw(blocks(2, ("assign", "augment", "return", "call", *lists)))
    head = "a, b, c = x, y, x - y\nk = 1\nv = [x, 2.0, y]"
    end = "return a + b*c + v[0] - v[2]"
    function = textwrap.indent(f"{head}\n{body}\n{end}", "    ")
    helper = "def helper(t, *, scale=1):\n    if t > 0.0123 + scale:\n        return t*scale\n    return t + scale\n"
    return f"import math\nimport numpy as np\n\n{helper}\n\ndef f(x, y):\n{function}\n"


@settings(max_examples=60)
@given(sources(), st.lists(st.floats(-3, 3, width=16), min_size=6, max_size=6))
def test_any_function_has_the_value_that_running_it_gives(text: str, coordinates: list[float]) -> None:
    program = parse(Source(text, "any.py"), function="f")
    program.check()
    function: Callable[[float, float], float] = loaded(text)["f"]
    prepared = engine.prepare(program, [partial for partial in engine.wanted(program) if not partial.by])
    for x, y in zip(coordinates[::2], coordinates[1::2], strict=True):
        try:
            expected = float(function(x, y))
        except (OverflowError, ValueError):  # of what overflowed there is no sine either
            continue
        if abs(expected) < 1e100:
            values = prepared.evaluate({"x": x, "y": y})
            found = float(values["f"][0])
            if not math.isnan(found):
                assert found == pytest.approx(expected, rel=1e-9, abs=1e-9), text
            else:
                assert "overflow" in (values.status_text("f", 0) or ""), text

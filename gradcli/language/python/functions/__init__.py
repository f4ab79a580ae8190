"""The functions of Python, `math` and `numpy` that work on vectors or whole numbers, or differ from the table's.

Every other function is looked up in the table of operations and applied to each element. A function here takes a
`Call`, which knows its arguments, and answers with a value; to add one, write it in the module of its kind and add
its name to a table there.
"""

from __future__ import annotations

import ast

from gradcli.language.lexer import MODULES, WITH_SINC_OF_PI
from gradcli.language.python.elements import Elements
from gradcli.language.python.functions import arrays, containers, matrices, numbers, order, reductions
from gradcli.language.python.functions.call import Call, Known
from gradcli.language.python.values import Builtin, Module, Table, Term, Value, Vector
from gradcli.naming import suggestion
from gradcli.operations import CONSTANTS, FUNCTIONS

_SUBMODULES = frozenset({"numpy", "special", "linalg"})
_PYTHON: dict[str, Known] = containers.PYTHON | numbers.PYTHON | order.PYTHON
_OF_PYTHON: dict[str, dict[str, Known]] = {
    "": _PYTHON,
    "math": numbers.MATH | containers.MATH | {"dist": reductions.distance, "sumprod": matrices.dot_of_all},
    "functools": containers.FUNCTOOLS,
    "itertools": containers.ITERTOOLS,
    "operator": numbers.OPERATORS,
}
"""By module; all other modules are NumPy, under one of its names."""
_TOOLS = _OF_PYTHON.keys() - {"", "math"}  # whose functions are none of the formulas'
_NUMPY: dict[str, Known] = {
    **reductions.NUMPY, **matrices.NUMPY, **arrays.NUMPY, **numbers.NUMPY, **order.NUMPY,
}  # fmt: skip
_METHODS: dict[str, dict[str, Known]] = {
    "tuple": containers.TUPLES,
    "list": containers.LISTS | order.LISTS,
    "array": {
        **reductions.REDUCTIONS, **matrices.METHODS, **arrays.METHODS, **numbers.METHODS, **order.ARRAYS,
    },
}  # fmt: skip


def module(path: str) -> Module | None:
    """What `import PATH` names, if its functions are known."""
    root, *inner = path.split(".")
    if path in _OF_PYTHON:
        return Module(path)
    if root not in (*MODULES, "autograd") or not _SUBMODULES.issuperset(inner):
        return None
    return Module("math" if root in ("math", "cmath") else ".".join([root, *(["linalg"] if "linalg" in inner else [])]))


def is_numpy(owner: Module) -> bool:
    """Whether a module's numbers are NumPy's."""
    return owner.name not in _OF_PYTHON


def member(do: Elements, owner: Module, name: str) -> Value:
    """A function, constant or module of a module; `None` if there is none that is known."""
    root, _, inner = owner.name.partition(".")
    if root in _TOOLS:
        return Builtin(name, root) if name in _OF_PYTHON[root] else None
    if name in ("pi", "e", "inf") and not inner:
        return Term(do.builder.add(CONSTANTS["np.inf" if name == "inf" else name]))
    if name == "euler_gamma":
        return do.negative(Term(do.builder.add("digamma", do.builder.const("1"))), ast.Pass())
    if name == "tau":
        return do.binary("mul", 2, Term(do.builder.add("pi")), ast.Pass())
    if name in _SUBMODULES and root != "math":
        return module(f"{owner.name}.{name}")
    return Builtin(name, owner.name) if f"{inner}.{name}".lstrip(".") in _known(root) or name in FUNCTIONS else None


_INSTEAD = {
    "random": "what is left to chance has no derivative: make it an argument",
    "isnan": "where a value is undefined the result says so, with the reason",
    "isfinite": "where a value is undefined or overflows the result says so, with the reason",
    "nan": "where a value is undefined the result says so, with the reason",
    "r_": "write: np.concatenate([x, [1.0]])",
    "c_": "write: np.column_stack([x, y])",
    "kron": "write: np.outer(x, y).ravel()",
    "nansum": "write: np.sum(x)",
    "vectorize": "functions of np are applied to each element: write f(x)",
}


def instead(owner: Module, name: str) -> str | None:
    """What to write for what is not known of a module, if there is something near."""
    return _INSTEAD.get(name) or suggestion(name, members(owner))


def members(owner: Module) -> list[str]:
    """The names of what is known of a module, for suggestions."""
    root, _, inner = owner.name.partition(".")
    own = [name.removeprefix(f"{inner}.") for name in _known(root) if name.startswith(inner)]
    return own if root in _TOOLS else list(dict.fromkeys([*own, *FUNCTIONS]))


def _known(root: str) -> dict[str, Known]:
    return _OF_PYTHON.get(root, _NUMPY)


def methods(owner: Vector | Table) -> dict[str, Known]:
    """The methods of a value, by name."""
    return containers.TABLES if isinstance(owner, Table) else _METHODS[owner.kind]


def builtin(name: str) -> Builtin | None:
    """A function that needs no import: Python's own; or the table's, as in a formula."""
    if name in _PYTHON or name in FUNCTIONS:
        return Builtin(name, "")
    return Builtin(name, "numpy") if name in _NUMPY else None


def builtins() -> list[str]:
    """The names of the functions that need no import."""
    return [*_PYTHON, *FUNCTIONS]


def apply(do: Elements, function: Builtin, call: Call) -> Value:
    """The value of a known function."""
    root, _, inner = function.module.partition(".")
    own = _known(root).get(f"{inner}.{function.name}".lstrip("."))
    if own is not None:
        return own(call)
    if call.keywords:
        call.error("arguments by name are not read here", "give them by position")
    name = "np.sinc" if function.name == "sinc" and root in WITH_SINC_OF_PI else function.name
    values = call.values if root in ("", "math") else [do.array(value, call.node) for value in call.values]
    return do.called(name, FUNCTIONS[name], values, call.node)

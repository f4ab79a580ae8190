"""gradcli: gradients of expressions, exact and numerical, from the command line and from Python.

From Python, the same is called that the command calls:

    import gradcli
    gradcli.gradient("q*chi*delta", at={"q": 1, "chi": 2, "delta": 3}).partials["q"]  # 6.0
    gradcli.symbolic("q*chi*delta")  # {"q": "chi*delta", ...}
    prepared = gradcli.prepare("q*chi*delta", backend="autodiff")
    prepared.evaluate({"q": array, "chi": array, "delta": 3.0})["df_dq"]
    gradcli.gradient(Path("model.py:energy"), at={"x": 1})  # a function of a Python file, which is not run
    gradcli.hvp("x^2*y", at={"x": 1, "y": 2}, along={"x": 1, "y": 0}).values  # {"x": 4.0, "y": 2.0}
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from os import PathLike, fspath
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from gradcli.combine import CombinedEvaluation
    from gradcli.evaluation import Evaluation
    from gradcli.program import Program

__version__ = "0.1.0"

__all__ = ["Gradient", "Product", "__version__", "gradient", "hvp", "jvp", "prepare", "symbolic", "vjp"]


class Gradient(NamedTuple):
    """A value and its first partials at a point.

    Attributes:
        value: the function's value; nan where it is undefined.
        partials: the partial derivative by each variable; nan where there is none.
        error: a bound of the absolute error of each, the value's under its own name, where one was computed.
        status: what is wrong, by variable (the value's under the output's name); empty if all is fine.
    """

    value: float
    partials: dict[str, float]
    error: dict[str, float]
    status: dict[str, str]


class Product(NamedTuple):
    """A product of derivatives with a vector, at a point or at many.

    Attributes:
        values: the numbers: floats at a point, arrays at many; nan where there is none.
        error: a bound of the absolute error of each, where one was computed.
        status: what is wrong, by name: a text at a point, a list of texts (or None) at many; empty if all is fine.
    """

    values: dict[str, Any]
    error: dict[str, Any]
    status: dict[str, Any]


def gradient(
    expression: str | PathLike[str],
    at: Mapping[str, float],
    *,
    wrt: Sequence[str] | None = None,
    backend: str | None = None,
    sizes: Mapping[str, int] | None = None,
    **options: Any,
) -> Gradient:
    """The value and the first partial derivatives of an expression with one output at a point.

    Args:
        expression: in gradcli's language, or Python source of one function, or the path of a file with either, as a
            `pathlib.Path`: `Path("model.py")`, or `Path("model.py:energy")` for one function of several.
        at: a number for each variable.
        wrt: the variables to derive by; all, unless given.
        backend: `autodiff` (the default), `symbolic` or `finite-difference`; `options` are the backend's.
        sizes: the lengths of a Python function's arguments that are vectors: of `x` the variables are `x_0`, `x_1`, ...

    Raises:
        gradcli.errors.GradcliError: the expression cannot be read, a variable has no value.
    """
    prepared = prepare(expression, wrt=wrt, backend=backend, declared=tuple(at), sizes=sizes, **options)
    outputs = [partial for partial in prepared.partials if not partial.by]
    if len(outputs) != 1:
        from gradcli.errors import UsageError

        raise UsageError(f"the expression has {len(outputs)} outputs", hint="use gradcli.prepare for several")
    values = prepared.evaluate({name: float(number) for name, number in at.items()})
    labels = {p.name: p.by[0] if p.by else p.output for p in prepared.partials}
    texts = {label: values.status_text(name, 0) for name, label in labels.items()}
    bounds = {label: values.error.get(name) for name, label in labels.items()}
    return Gradient(
        float(values.columns[outputs[0].name][0]),
        {p.by[0]: float(values.columns[p.name][0]) for p in prepared.partials if p.by},
        {label: float(bound[0]) for label, bound in bounds.items() if bound is not None},
        {label: text for label, text in texts.items() if text is not None},
    )


def symbolic(
    expression: str | PathLike[str],
    *,
    wrt: Sequence[str] | None = None,
    sizes: Mapping[str, int] | None = None,
    **options: Any,
) -> dict[str, str]:
    """The first partial derivatives as formulas: by variable, or by column name if there are several outputs.

    Raises:
        gradcli.errors.GradcliError: the expression cannot be read.
    """
    from gradcli import engine
    from gradcli.language.printer import format_expression

    program = _parsed(expression, wrt or (), sizes)
    partials = engine.wanted(program, wrt=wrt)
    derived = engine.formulas(program, partials, options=options)
    single = len(program.outputs) == 1
    return {
        partial.by[0] if single else partial.name: format_expression(derived.equations, output.ref)
        for partial, output in zip(partials, derived.outputs, strict=True)
        if partial.by
    }


def jvp(expression: str | PathLike[str], at: Mapping[str, Any], along: Mapping[str, Any]) -> Product:
    """The Jacobian times a vector, by output: the derivatives along a direction, at the cost of about two evaluations.

    Args:
        at: a number or a float64 array for each variable.
        along: the direction, a number or array for each variable that moves; it is not normalised.

    Raises:
        gradcli.errors.GradcliError: the expression cannot be read, a name is no variable, or has no value.
    """
    from gradcli import products
    from gradcli.engine import checked_names

    program = _parsed(expression, {*at, *along})
    names = _components(program, checked_names(program.variables, along, "along"))
    return _product(products.jvp(program, names), at, names, along)


def vjp(
    expression: str | PathLike[str],
    at: Mapping[str, Any],
    weights: Mapping[str, Any],
    *,
    wrt: Sequence[str] | None = None,
) -> Product:
    """A vector times the Jacobian, by variable: the gradient of a weighted sum of the outputs.

    It costs about four evaluations, however many variables there are.

    Args:
        at: a number or a float64 array for each variable.
        weights: a number or array for each output that counts.
        wrt: the variables to derive by; all, unless given.

    Raises:
        gradcli.errors.GradcliError: as for `jvp`, or a weight is for no output.
    """
    from gradcli import products
    from gradcli.engine import checked_names

    program = _parsed(expression, {*at, *(wrt or ())})
    outputs = [output.name for output in program.outputs]
    names = _components(program, checked_names(outputs, weights, "weights", "output"))
    by = program.variables if wrt is None else checked_names(program.variables, wrt, "wrt")
    return _product(products.vjp(program, names, by), at, names, weights)


def hvp(
    expression: str | PathLike[str],
    at: Mapping[str, Any],
    along: Mapping[str, Any],
    *,
    wrt: Sequence[str] | None = None,
) -> Product:
    """The Hessian of an expression with one output times a vector, by variable, at about ten evaluations.

    Args:
        at: a number or a float64 array for each variable.
        along: the vector, a number or array for each variable; those that are missing count as 0.
        wrt: the rows of the Hessian; all, unless given.

    Raises:
        gradcli.errors.GradcliError: as for `jvp`, or there are several outputs.
    """
    from gradcli import products
    from gradcli.engine import checked_names

    program = _parsed(expression, {*at, *along, *(wrt or ())})
    names = _components(program, checked_names(program.variables, along, "along"))
    by = program.variables if wrt is None else checked_names(program.variables, wrt, "wrt")
    return _product(products.hvp(program, names, by), at, names, along)


def _parsed(
    expression: str | PathLike[str], declared: Iterable[str], sizes: Mapping[str, int] | None = None
) -> Program:
    """The program of a text, or of the file at a path; a text is never taken for a path."""
    from gradcli.language.document import parse

    if isinstance(expression, str):
        return parse(expression, declared, sizes=sizes)
    from gradcli.files import read_program_file

    source, function = read_program_file(fspath(expression))
    return parse(source, declared, function, sizes)


def _components(program: Program, vector: Iterable[str]) -> dict[str, str]:
    """Names for the components of a vector that no variable of the program has; messages may say them."""
    from gradcli.naming import fresh_names

    taken = frozenset(program.variables)
    names = {name: f"v_{name}" for name in vector}
    return {name: own if own not in taken else next(fresh_names(f"{own}_", taken)) for name, own in names.items()}


def _product(program: Program, at: Mapping[str, Any], names: Mapping[str, str], vector: Mapping[str, Any]) -> Product:
    """Evaluates the formulas that a program of products gives."""
    from gradcli import engine

    labels = {combination.name: combination.name.removeprefix("product_") for combination in program.given}
    prepared = engine.prepare(program, tuple(program.given))
    found = prepared.evaluate({**at, **{component: vector[name] for name, component in names.items()}})
    many = any(not isinstance(found.columns[name], list) for name in labels)
    values, error, status = {}, {}, {}
    for name, label in labels.items():
        column, bound = found.columns[name], found.error.get(name)
        values[label] = column if many else column[0]
        if bound is not None:
            error[label] = bound if many else bound[0]
        texts = (
            [found.status_text(name, row) for row in range(len(column))] if found.status.get(name) is not None else []
        )
        if any(texts):
            status[label] = texts if many else texts[0]
    return Product(values, error, status)


def prepare(
    expression: str | PathLike[str],
    *,
    wrt: Sequence[str] | None = None,
    order: int | None = None,
    partials: Sequence[Sequence[str]] = (),
    backend: str | None = None,
    declared: Sequence[str] = (),
    sizes: Mapping[str, int] | None = None,
    **options: Any,
) -> Evaluation | CombinedEvaluation:
    """Prepares an expression for evaluation at any number of points.

    The result's `evaluate` takes a number or a float64 array for each variable and answers with `Values`:
    `values["f"]`, `values["df_dx"]`, `values.error["df_dx"]`, `values.status["df_dx"]`.

    Args:
        order: all partials up to this order instead of the first ones.
        partials: multi-indices of variables instead of the first partials, such as `[("x", "y")]`.
        declared: names that are variables although they could mean something else, such as `e`, or have a default.
        sizes: the lengths of a Python function's arguments that are vectors.

    Raises:
        gradcli.errors.GradcliError: the expression cannot be read, or the request makes no sense.
    """
    from gradcli import engine

    program = _parsed(expression, {*declared, *(wrt or ())}, sizes)
    asked = engine.wanted(program, wrt=wrt, order=order, partial=[tuple(by) for by in partials])
    return engine.prepare(program, asked, backend, options)

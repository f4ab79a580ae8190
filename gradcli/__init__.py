"""gradcli: gradients of expressions, exact and numerical, from the command line and from Python.

From Python, the same is called that the command calls:

    import gradcli
    gradcli.gradient("q*chi*delta", at={"q": 1, "chi": 2, "delta": 3}).partials["q"]  # 6.0
    gradcli.symbolic("q*chi*delta")  # {"q": "chi*delta", ...}
    prepared = gradcli.prepare("q*chi*delta", backend="autodiff")
    prepared.evaluate({"q": array, "chi": array, "delta": 3.0})["df_dq"]
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from gradcli.engine import Evaluation

__version__ = "0.1.0"

__all__ = ["Gradient", "__version__", "gradient", "prepare", "symbolic"]


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


def gradient(
    expression: str,
    at: Mapping[str, float],
    *,
    wrt: Sequence[str] | None = None,
    backend: str | None = None,
    sizes: Mapping[str, int] | None = None,
    **options: Any,
) -> Gradient:
    """The value and the first partial derivatives of an expression with one output at a point.

    Args:
        expression: in gradcli's language, or Python source of one function.
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
    expression: str, *, wrt: Sequence[str] | None = None, sizes: Mapping[str, int] | None = None, **options: Any
) -> dict[str, str]:
    """The first partial derivatives as formulas: by variable, or by column name if there are several outputs.

    Raises:
        gradcli.errors.GradcliError: the expression cannot be read.
    """
    from gradcli import engine
    from gradcli.language.document import parse
    from gradcli.language.printer import format_expression

    program = parse(expression, wrt or (), sizes=sizes)
    partials = engine.wanted(program, wrt=wrt)
    derived = engine.formulas(program, partials, options=options)
    single = len(program.outputs) == 1
    return {
        partial.by[0] if single else partial.name: format_expression(derived.equations, output.ref)
        for partial, output in zip(partials, derived.outputs, strict=True)
        if partial.by
    }


def prepare(
    expression: str,
    *,
    wrt: Sequence[str] | None = None,
    order: int | None = None,
    partials: Sequence[Sequence[str]] = (),
    backend: str | None = None,
    declared: Sequence[str] = (),
    sizes: Mapping[str, int] | None = None,
    **options: Any,
) -> Evaluation:
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
    from gradcli.language.document import parse

    program = parse(expression, {*declared, *(wrt or ())}, sizes=sizes)
    asked = engine.wanted(program, wrt=wrt, order=order, partial=[tuple(by) for by in partials])
    return engine.prepare(program, asked, backend, options)

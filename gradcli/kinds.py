"""The kinds of derivatives that are sums of partials, as combinations; in Cartesian coordinates.

| kind | of | is |
|---|---|---|
| `df_along` | each output | the sum of v_i df/dx_i for a direction v, which is not normalised |
| `laplacian_f` | each output | the sum of d2f/dx_i2 |
| `divergence` | all outputs | the sum of df_i/dx_i |
| `curl`, or `curl_x`, ... | all outputs | in two dimensions dv/dx - du/dy, in three a component for each variable |
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gradcli.errors import UsageError
from gradcli.naming import Combination, Partial


def along(output: str, direction: Mapping[str, str]) -> Combination:
    """The derivative along a direction, given as a constant expression a variable; without what is 0."""
    terms = tuple((factor, Partial(output, (name,))) for name, factor in direction.items() if factor != "0")
    return Combination(f"d{output}_along", (output,), tuple(direction), terms)


def laplacian(output: str, variables: Sequence[str]) -> Combination:
    """The sum of the second partials by each variable."""
    terms = tuple(("1", Partial(output, (variable, variable))) for variable in variables)
    return Combination(f"laplacian_{output}", (output,), tuple(variables), terms)


def divergence(outputs: Sequence[str], variables: Sequence[str]) -> Combination:
    """The sum of each output's partial by its own variable; they are paired in order.

    Raises:
        UsageError: there are more of the ones than of the others.
    """
    if len(outputs) != len(variables):
        raise UsageError(
            f"a divergence pairs outputs with variables, and there are {len(outputs)} and {len(variables)}",
            hint=_pairing(outputs, variables),
        )
    terms = tuple(("1", Partial(*pair)) for pair in zip(outputs, ((v,) for v in variables), strict=True))
    return Combination("divergence", tuple(outputs), tuple(variables), terms)


def curl(outputs: Sequence[str], variables: Sequence[str]) -> tuple[Combination, ...]:
    """The curl: one number for two outputs, a component for each variable for three.

    Raises:
        UsageError: there are neither two of both nor three.
    """
    if len(outputs) != len(variables) or len(outputs) not in (2, 3):
        raise UsageError(
            f"a curl is of 2 outputs by 2 variables or 3 by 3, not of {len(outputs)} by {len(variables)}",
            hint=_pairing(outputs, variables),
        )
    if len(outputs) == 2:
        return (_rotation("curl", outputs, variables, 0, 1),)
    return tuple(_rotation(f"curl_{variables[k]}", outputs, variables, (k + 1) % 3, (k + 2) % 3) for k in range(3))


def _rotation(name: str, outputs: Sequence[str], variables: Sequence[str], a: int, b: int) -> Combination:
    terms = (("1", Partial(outputs[b], (variables[a],))), ("-1", Partial(outputs[a], (variables[b],))))
    return Combination(name, (outputs[a], outputs[b]), (variables[a], variables[b]), terms)


def _pairing(outputs: Sequence[str], variables: Sequence[str]) -> str:
    """How to ask for as many variables as there are outputs."""
    if 1 < len(outputs) < len(variables):
        return f"name the variables: --wrt {','.join(variables[: len(outputs)])}"
    return "one output for each variable: 'u = x*y; v = x - y' has two of each"


def read_name(name: str, outputs: Sequence[str], variables: Sequence[str]) -> Combination | None:
    """What a document gives under such a name beside these outputs; `None` if it is no combination's name."""
    by = tuple(variables)
    for output in outputs:
        if name in (f"d{output}_along", f"laplacian_{output}"):
            return Combination(name, (output,), by)
    count = len(outputs)
    pairs = {"divergence": 2 <= count <= len(by), "curl": count == 2 <= len(by)}
    turns = count == 3 <= len(by) and name.startswith("curl_") and name[5:] in variables
    return Combination(name, tuple(outputs), by) if pairs.get(name, turns) else None

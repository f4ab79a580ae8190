"""Products of derivatives with vectors, at a small multiple of the cost of the function itself.

Each is a program: its inputs are the variables and the components of the vector, its outputs are formulas beside
those of the function, so that evaluating it and saying what is wrong is what it is for any document. The cost does
not depend on how many variables and outputs there are (A. Griewank and A. Walther, Evaluating Derivatives, 2nd
ed., SIAM 2008, sections 3.1, 3.2 and 5.1).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from gradcli.adjoint import gradient
from gradcli.algebra import Algebra
from gradcli.errors import UsageError
from gradcli.naming import Combination, Derivative
from gradcli.program import Builder, Program, Ref
from gradcli.rules import NoRule
from gradcli.tangent import Tangents


def jvp(program: Program, along: Mapping[str, str]) -> Program:
    """The Jacobian times a vector: the outputs' derivatives along it, by forward mode.

    Args:
        along: the variables that move, with the names of the inputs that are the vector's components.

    Raises:
        UsageError: an operation on the way has no derivative.
    """

    def found(algebra: Algebra) -> dict[str, Ref]:
        tangents = Tangents(algebra, _inputs(algebra, along)).of(ref for _, ref in program.outputs)
        return {output.name: ref for output, ref in zip(program.outputs, tangents, strict=True)}

    direction = tuple(along.items())
    return _extended(
        program, along, found,
        lambda name: Combination(_name(name), (name,), tuple(along), limit=(program.output(name), (direction,))),
    )  # fmt: skip


def vjp(program: Program, weights: Mapping[str, str], wrt: Sequence[str]) -> Program:
    """A vector times the Jacobian: the gradient of the weighted sum of the outputs, by reverse mode.

    Args:
        weights: the outputs that count, with the names of the inputs that are their weights.
        wrt: the variables to derive by.

    Raises:
        UsageError: an operation on the way has no derivative.
    """

    total = -1

    def found(algebra: Algebra) -> dict[str, Ref]:
        nonlocal total
        inputs = _inputs(algebra, weights)
        total = algebra.zero
        for name, ref in program.outputs:
            if name in inputs:
                total = algebra.add(total, algebra.mul(inputs[name], ref))
        return gradient(algebra, total, wrt)

    return _extended(
        program, weights, found, lambda name: Combination(_name(name), tuple(weights), (name,), limit=(total, (name,)))
    )


def hvp(program: Program, along: Mapping[str, str], wrt: Sequence[str]) -> Program:
    """The Hessian of the one output times a vector, by forward mode over reverse mode.

    Args:
        along, wrt: as in `jvp` and `vjp`.

    Raises:
        UsageError: there is more than one output, or an operation on the way has no derivative.
    """
    if len(program.outputs) != 1:
        raise UsageError(f"a Hessian is of one output, and there are {len(program.outputs)}")

    def found(algebra: Algebra) -> dict[str, Ref]:
        first = gradient(algebra, program.outputs[0].ref, wrt)
        second = Tangents(algebra, _inputs(algebra, along)).of(first.values())
        return dict(zip(first, second, strict=True))

    (output,), direction = program.outputs, tuple(along.items())
    return _extended(
        program, along, found,
        lambda name: Combination(
            _name(name), (output.name,), (name, *along), limit=(output.ref, (name, direction))
        ),
    )  # fmt: skip


def _name(label: str) -> str:
    return f"product_{label}"


def _inputs(algebra: Algebra, names: Mapping[str, str]) -> dict[str, Ref]:
    return {name: algebra.builder.input(component) for name, component in names.items()}


def _extended(
    program: Program,
    vector: Mapping[str, str],
    derive: Callable[[Algebra], dict[str, Ref]],
    combination: Callable[[str], Combination],
) -> Program:
    """The program with the vector's components as further inputs, and the products as given formulas.

    Args:
        combination: what the product of a name is.
    """
    algebra = Algebra(Builder.extending(program))
    try:
        found = derive(algebra)
    except NoRule as error:
        raise UsageError(f"there is no rule for a derivative of '{error}' that this needs") from None
    given: dict[Derivative, Ref] = {combination(name): ref for name, ref in found.items()}
    variables = [*program.variables, *vector.values()]
    return Program(algebra.builder, variables, program.outputs, bindings=program.bindings, given=given)

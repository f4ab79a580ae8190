"""The options of finite differences, read: the scheme, a step, an accuracy."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from gradcli.backends import Options
from gradcli.errors import UsageError
from gradcli.naming import suggestion

SCHEMES = ("auto", "complex", "central", "forward", "backward")
MAX_ACCURACY = 8


class Settings(NamedTuple):
    """The options, read.

    Attributes:
        scheme: one of `SCHEMES`.
        step: the absolute step, if it is given.
        accuracy: of the stencil, if it is given.
    """

    scheme: str = "auto"
    step: float | None = None
    accuracy: int | None = None

    @property
    def adaptive(self) -> bool:
        """Whether steps are searched for."""
        return self.scheme in ("auto", "complex", "central") and self.step is None and self.accuracy is None


def read_options(options: Options) -> Settings:
    """The options' texts as settings; what is missing or None is the default.

    Raises:
        UsageError: an unknown scheme, a step that is not above 0, an accuracy that the scheme lacks.
    """
    scheme = options.get("scheme") or "auto"
    if scheme not in SCHEMES:
        raise UsageError(
            f"there is no scheme '{scheme}'",
            hint=suggestion(str(scheme), SCHEMES) or f"there are: {', '.join(SCHEMES)}",
        )
    step = _read_step(options.get("step"))
    accuracy = _read_accuracy(options.get("accuracy"), scheme)
    if scheme == "complex" and accuracy is not None:
        raise UsageError("a complex step has no accuracy to choose", hint="use --scheme central")
    return Settings(scheme, step, accuracy)


def _read_step(text: Any) -> float | None:
    if text is None:
        return None
    try:
        step = float(text)
    except (TypeError, ValueError):
        step = math.nan
    if not 0.0 < step < math.inf:
        raise UsageError(f"a step is a number above 0, not '{text}'", hint="for example --step 1e-6")
    return step


def _read_accuracy(text: Any, scheme: str) -> int | None:
    if text is None:
        return None
    one_sided = scheme in ("forward", "backward")
    try:
        accuracy = int(str(text))
    except ValueError:
        accuracy = 0
    if not 1 <= accuracy <= MAX_ACCURACY or (accuracy % 2 and not one_sided):
        allowed = "1 to 8" if one_sided else "2, 4, 6 or 8"
        raise UsageError(
            f"the accuracy of a {'one-sided' if one_sided else 'central'} stencil is {allowed}, not '{text}'"
        )
    return accuracy

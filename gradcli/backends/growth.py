"""How many equations partials of high orders take: seen from the first orders, before the others are derived."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gradcli.errors import LimitError

_SEEN_ORDERS = 6  # from which on their growth tells that of the next ones
_SURELY = 2  # times the limit, as it is an estimate


def check_growth(sizes: Sequence[int], counts: Mapping[int, int], order: int, most: int) -> None:
    """Raises LimitError as soon as it can be seen that the partials of all orders will be too many equations.

    Args:
        sizes: how many equations there were before the first of the orders, and after each from then on.
        counts: how many partials there are of each order.
        order: the last one that was derived.
        most: so many equations are made.
    """
    expected: float = sizes[-1]
    if len(sizes) >= _SEEN_ORDERS:
        seen = ((order - 1, *sizes[-3:-1]), (order, *sizes[-2:]))
        before, last = ((b - a) / max(counts.get(k, 0), 1) for k, a, b in seen)
        growth = max(0.0, last - before)  # of the equations a partial, at least so much from order to order
        expected += sum(count * (last + growth * (k - order)) for k, count in counts.items() if k > order)
    if expected > _SURELY * most:
        raise LimitError(
            f"{sum(counts.values()):,} partials of up to order {max(counts)} take some {float(f'{expected:.1e}'):,.0f} "
            f"equations; at most {most:,} are made",
            hint="a lower order, or fewer variables: --wrt; a single partial: --partial",
        )

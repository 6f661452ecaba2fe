"""The order in which the constructs of a recursive model cause one another."""

from __future__ import annotations

from collections.abc import Sequence


def causal_order(sources: Sequence[Sequence[int]]) -> tuple[int, ...] | None:
    """Positions of the constructs, exogenous ones first, every source before its targets, else in the order given.

    Parameters
    ----------
    sources : for each construct, the positions of the constructs that lead to it.

    Returns
    -------
    The order, or None where the paths run in a circle.

    >>> causal_order([[2], [0, 2], []])
    (2, 0, 1)
    """
    order = [j for j, known in enumerate(sources) if not len(known)]
    waiting = [j for j, known in enumerate(sources) if len(known)]
    while waiting:
        ready = next((j for j in waiting if all(s in order for s in sources[j])), None)
        if ready is None:
            return None
        waiting.remove(ready)
        order.append(ready)
    return tuple(order)

"""A budget divided among drivers so that the target construct rises most.

Shown in the table ``budget``. With costs in proportion to the rise the problem is a continuous knapsack, and filling
the drivers in the order of effect per cost is optimal (Dantzig 1957).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from csimodels.errors import Problem
from csimodels.moments.linalg import Floats


def check_budget(
    cost: Floats, cap: Floats, budget: float, names: Sequence[str], where: str = "budget"
) -> list[Problem]:
    """Problems of a budget: below 0; costs that are not above 0; limits below 0."""
    problems = []
    if not (np.isfinite(budget) and budget >= 0):
        problems.append(Problem("a budget must be a number of at least 0", where, f"{budget:g}"))
    for name, c, most in zip(names, cost, cap, strict=True):
        if not (np.isfinite(c) and c > 0):
            problems.append(Problem("the cost of one point must be above 0", f"{where}, {name}", f"{c:g}"))
        if not most >= 0:
            problems.append(Problem("the largest rise must be at least 0", f"{where}, {name}", f"{most:g}"))
    return problems


def allocate_budget(effect: Floats, cost: Floats, cap: Floats, budget: Floats) -> Floats:
    """Rises (*B, J) that maximise ``sum T_j d_j`` with ``sum c_j d_j <= budget`` and ``0 <= d_j <= cap_j``.

    Parameters
    ----------
    effect : (*B, J) array
        Unstandardised total effects; nothing is spent where one is not above 0.
    cost, cap : (*B, J) arrays
        Cost of one point of each driver, and how far it can rise.
    budget : (*B,) array
        What can be spent.
    """
    effect, cost, cap = np.broadcast_arrays(effect, cost, cap)
    order = np.argsort(-effect / cost, axis=-1, kind="stable")
    price = np.take_along_axis(cost, order, axis=-1)
    most = np.take_along_axis(np.where(effect > 0, cap, 0.0), order, axis=-1)
    before = np.cumsum(price * most, axis=-1) - price * most
    left = np.maximum(np.asarray(budget)[..., None] - before, 0.0)
    rise = np.empty(np.broadcast_shapes(effect.shape, left.shape))
    np.put_along_axis(rise, np.broadcast_to(order, rise.shape), np.minimum(most, left / price), axis=-1)
    return rise


def gain(effect: Floats, rise: Floats) -> Floats:
    """(*B,) rise of the target construct, ``sum T_j d_j`` (shock form)."""
    return np.asarray((effect * rise).sum(axis=-1))

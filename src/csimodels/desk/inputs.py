"""What the inputs of the desk must be: weights that add up, shares, percentages, names that are there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from csimodels.errors import Problem, listed, nearest
from csimodels.messages import Message, beside
from csimodels.moments.linalg import Floats

#: Weights that people write down are rounded: two decimals of three weights miss 1 by up to 0.015.
SUM_TOLERANCE = 1e-6


def check_weights(weights: Mapping[str, float], where: str, total: float = 1.0) -> list[Problem]:
    """Problems of weights that shall be at least 0 and sum to `total`.

    Parameters
    ----------
    weights : mapping of str to float
        Weight of each name.
    where : str
        What the weights belong to, for the message.
    total : float
        What they shall sum to: 1, or 100 for points.
    """
    values = np.asarray(list(weights.values()), dtype=np.float64)
    if not len(values):
        return [Problem("there are no weights", where, "none", Message("one weight per name"))]
    bad = [name for name, value in weights.items() if not (np.isfinite(value) and value >= 0)]
    if bad:
        return [Problem("weights must be numbers of at least 0", where, listed(bad), Message("0 or more"))]
    found = float(values.sum())
    if abs(found - total) <= SUM_TOLERANCE * total:
        return []
    remedy = (
        Message("divide every weight by {n}", n=f"{found / total:.6g}")
        if found > 0
        else Message("give at least one weight above 0")
    )
    return [
        Problem(
            "the weights do not add up",
            where,
            Message("a sum of {found}", found=f"{found:.6g}"),
            Message("a sum of {total}", total=f"{total:g}"),
            remedy,
        )
    ]


def check_target(target: float, where: str = "target") -> list[Problem]:
    """Problems of a target that shall lie on the 0-100 scale."""
    if np.isfinite(target) and 0 <= target <= 100:
        return []
    return [
        Problem("a target lies on the 0-100 scale of the index", where, f"{target:g}", "0 to 100", "for example 75")
    ]


def check_rows_sum(shares: Floats, names: Sequence[str], where: str, total: float = 1.0) -> list[Problem]:
    """Problems of a table whose rows shall sum to `total`.

    Parameters
    ----------
    shares : (I, J) array
        Shares of the levels of each row, at least 0.
    names : sequence of str
        Names of the rows.
    where : str
        What the table is, for the message.
    total : float
        1 for shares, 100 for percentages.
    """
    problems = []
    for name, row in zip(names, shares, strict=True):
        if not (np.isfinite(row).all() and (row >= 0).all()):
            problems.append(Problem("shares must be numbers of at least 0", f"{where}, {name}", listed(list(row))))
        elif abs(row.sum() - total) > SUM_TOLERANCE * total:
            found = Message("a sum of {sum}", sum=f"{row.sum():.6g}")
            problems.append(Problem("the shares of a row do not add up", f"{where}, {name}", found, f"{total:g}"))
    return problems


def check_known(names: Sequence[str], known: Sequence[str], where: str, what: str) -> list[Problem]:
    """Problems of `names` that are not among `known`; `what` is what they should be, for example ``"unit"``."""
    return [
        Problem(
            Message("there is no such {what}", what=Message(what)),
            where,
            f'"{name}"',
            beside(nearest(name, known), listed(known)),
        )
        for name in names
        if name not in known
    ]


def check_varies(values: Floats, names: Sequence[str], where: str) -> list[Problem]:
    """Problems of columns ``(n, p)`` in which every answer is the same."""
    spread = np.nanmax(values, axis=0) - np.nanmin(values, axis=0)
    return [
        Problem("every answer is the same, so it cannot be weighed", f"{where}, {name}", remedy="leave the item out")
        for name, width in zip(names, spread, strict=True)
        if not width > 0
    ]

"""Focus on the customers who matter: concentration of value, and classes on two axes.

Becomes three tables: ``focus`` (step, rule, n, share, value_share, index, se, low, high), ``pareto`` (rank, value,
share, cumulative) with ``gini``, and ``classes_2`` (class, n, share, value_share).  Pareto (1896), Gini (1912) by the
Lorenz curve (Lorenz 1905).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from csimodels.errors import Problem
from csimodels.messages import Message
from csimodels.moments.linalg import Bools, Floats


def check_values(values: Floats, where: str) -> list[Problem]:
    """Problems of values that shall be divided: below 0, or nothing at all."""
    seen = values[~np.isnan(values)]
    if (seen < 0).any():
        found = Message("{sum} values below 0", sum=int((seen < 0).sum()))
        remedy = 'choose the rows with value first, for example "profit > 0"'
        return [Problem("shares of value need values of at least 0", where, found, Message("0 or more"), remedy)]
    if not seen.sum() > 0:
        return [Problem("there is no value to be divided", where, Message("a sum of 0"))]
    return []


def pareto_shares(values: Floats) -> Floats:
    """(*B, n) cumulative share of value held by the 1, 2, .. largest of the values (*B, n)."""
    ordered = -np.sort(-values, axis=-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.cumsum(ordered, axis=-1) / ordered.sum(axis=-1, keepdims=True))


def lorenz(values: Floats, weights: Floats | None = None) -> tuple[Floats, Floats]:
    """Points ``(n + 1,)`` of the Lorenz curve, from 0: cumulative shares of customers and of value, smallest first."""
    w = np.ones(len(values)) if weights is None else weights
    order = np.argsort(values, kind="stable")
    people = np.concatenate([[0.0], np.cumsum(w[order])])
    value = np.concatenate([[0.0], np.cumsum((w * values)[order])])
    with np.errstate(invalid="ignore", divide="ignore"):
        return people / people[-1], value / value[-1]


def gini(values: Floats, weights: Floats | None = None) -> float:
    """Gini coefficient of values (n,): one minus twice the area under the Lorenz curve."""
    people, value = lorenz(values, weights)
    return float(1 - np.sum(np.diff(people) * (value[1:] + value[:-1])))


def top_share(values: Floats, share: float, weights: Floats | None = None) -> float:
    """Share of value held by the top `share` of customers, straight lines between the points of the Lorenz curve."""
    people, value = lorenz(values, weights)
    return float(1 - np.interp(1 - share, people, value))


def two_axis_class(x: Floats, y: Floats, cut_x: float, cut_y: float) -> NDArray[np.intp]:
    """(n,) class by two cuts: 0 both high, 1 only x high, 2 only y high, 3 both low, -1 where one is missing."""
    place = np.where(x >= cut_x, 0, 2) + np.where(y >= cut_y, 0, 1)
    return np.where(np.isnan(x) | np.isnan(y), -1, place).astype(np.intp)


def subset_shares(member: Bools, weights: Floats, values: Floats | None = None) -> tuple[Floats, Floats]:
    """(S,) shares of customers and of value in each of S subsets.

    Parameters
    ----------
    member : (S, n) array of bool
        Who belongs to each step of the funnel.
    weights : (n,) array
        Sampling weights.
    values : (n,) array, optional
        Value of each customer, NaN counting as none; the second result is NaN without it.
    """
    people = member @ weights / weights.sum()
    if values is None:
        return np.asarray(people), np.full(len(member), np.nan)
    held = weights * np.where(np.isnan(values), 0.0, values)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(people), np.asarray(member @ held / held.sum())


def check_nested(member: Bools, names: Sequence[str], where: str = "focus") -> list[Problem]:
    """Problems of a funnel: steps that are not part of the step before, or have nobody."""
    problems = []
    for k, name in enumerate(names):
        if not member[k].any():
            problems.append(Problem("nobody satisfies the rule of this step", f"{where}, {name}"))
        elif k and bool((member[k] & ~member[k - 1]).any()):
            outside = int((member[k] & ~member[k - 1]).sum())
            found = Message("{outside} respondents who are not in {names}", outside=outside, names=names[k - 1])
            remedy = "put the wider step first, or narrow this rule"
            problems.append(Problem("the steps of a funnel must be nested", f"{where}, {name}", found, remedy=remedy))
    return problems

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


def gini_influences(values: Floats, weights: Floats | None = None) -> Floats:
    """(n,) what each customer adds to the Gini coefficient; they sum to 0.

    Derivative with respect to the customer's weight, times the weight (Kovacevic & Binder 1997; Demnati & Rao 2004).
    """
    w = np.ones(len(values)) if weights is None else weights
    order = np.argsort(values, kind="stable")
    y, mine = values[order], w[order]
    people, held = np.cumsum(mine), np.cumsum(mine * y)
    size, total = people[-1], held[-1]
    area = (mine * (2 * held - mine * y)).sum() / (size * total)
    slope = 2 * held - mine * y + y * (mine + 2 * (size - people))
    out = np.empty(len(values))
    out[order] = mine * (area * (1 / size + y / total) - slope / (size * total))
    return out


def top_influences(values: Floats, share: float, weights: Floats | None = None) -> Floats:
    """(n,) what each customer adds to the share of value that the top `share` holds; they sum to 0.

    As :func:`gini_influences`, of the Lorenz curve at ``1 - share`` (Langel & Tille 2013).
    """
    w = np.ones(len(values)) if weights is None else weights
    order = np.argsort(values, kind="stable")
    y, mine = values[order], w[order]
    people, total = np.cumsum(mine), float((mine * y).sum())
    at = min(int(np.searchsorted(people, (1 - share) * people[-1])), len(y) - 1)
    below = 1 - top_share(values, share, weights)
    slope = (np.where(np.arange(len(y)) < at, y - y[at], 0.0) + (1 - share) * y[at] - below * y) / total
    out = np.empty(len(values))
    out[order] = -mine * slope
    return out


def subset_influences(member: Bools, weights: Floats, values: Floats | None = None) -> Floats:
    """(S, n) what each customer adds to the shares of subsets: of customers, or of value where there are values.

    Parameters as for :func:`subset_shares`.
    """
    amount = np.ones(len(weights)) if values is None else np.where(np.isnan(values), 0.0, values)
    held = weights * amount
    share = member @ held / held.sum()
    return np.asarray(held * (member - share[:, None]) / held.sum())


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

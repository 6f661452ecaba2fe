"""Lead over the best of several others: an interval that is right although the best is chosen from the same data.

The true lead is ``min_w (mu_u - mu_w)`` over the others ``w``.  Its lower limit is the smallest of the lower limits of
the differences, at the usual tail: the one that belongs to the true best covers by itself.  The upper limit is the
smallest of the upper limits, whose tail is shared among those others that may be the best (Hsu 1984, multiple
comparisons with the best, in the form of Welch's differences).  Replicates of a maximum would be biased where others
lie close together.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from csimodels.infer.contrasts import Contrast, difference
from csimodels.infer.interval import symmetric
from csimodels.moments.linalg import Floats

#: Limits of all units at a confidence level.
Limits = Callable[[float], tuple[Floats, Floats]]

#: Others so many errors below the best are none that could change a limit.
_FAR = 6.0


@dataclass(frozen=True, eq=False)
class LeadOverBest:
    """Leads ``(U,)`` with `se` of the difference to ``best``, interval, p, and how many others may be the best.

    ``best (U,)``: position of the best other on the estimates, -1 where there is none; `contenders` is 0 where errors
    are not known.
    """

    lead: Floats
    se: Floats
    df: Floats
    low: Floats
    high: Floats
    p: Floats
    best: NDArray[np.intp]
    contenders: NDArray[np.intp]


def lead_over_best(
    value: Floats,
    se: Floats,
    df: Floats,
    level: float = 0.95,
    cov: Floats | None = None,
    ends: Limits | None = None,
) -> LeadOverBest:
    """Lead of every unit over the best of the others.

    Parameters
    ----------
    value, se, df : (U,) arrays
        Estimates, errors and degrees of freedom; NaN where a unit has none.
    level : float
        Confidence level of each interval.
    cov : (U, U) array, optional
        Covariances of units that share respondents or clusters.
    ends : function, optional
        Limits ``(U,), (U,)`` of the units at any level, where they are not symmetric: differences are then made by
        square-and-add (:func:`csimodels.infer.contrasts.squared_and_added`).
    """
    size = len(value)
    there = np.flatnonzero(~np.isnan(value))
    out = {name: np.full(size, np.nan) for name in ("lead", "se", "df", "low", "high", "p")}
    best, contenders = np.full(size, -1, dtype=np.intp), np.zeros(size, dtype=np.intp)  # 0: not known
    if len(there) < 2:
        return LeadOverBest(**out, best=best, contenders=contenders)
    near = _near(value[there], se[there])
    pairs = _differences(there, there[near], (value, se, df), level, cov, ends)
    itself = there[:, None] == there[near][None, :]
    gap = np.where(itself, np.inf, pairs.estimate)
    chosen = gap.argmin(axis=1)
    best[there] = there[near][chosen]
    for name in ("estimate", "se", "df"):
        part = np.take_along_axis(getattr(pairs, name), chosen[:, None], axis=1)[:, 0]
        out["lead" if name == "estimate" else name][there] = part
    among = _differences(there[near], there[near], (value, se, df), level, cov, ends)
    open_ = np.asarray(~itself & ~(among.high[:, chosen].T < 0))  # not surely below the best on the estimates
    contenders[there] = open_.sum(axis=1)
    out["low"][there] = np.where(itself, np.inf, pairs.low).min(axis=1)
    tail = np.minimum((1 - level) / 2, 1 - level ** (1 / np.maximum(contenders[there], 1)))
    upper = pairs.high.copy()
    for t in np.unique(tail):
        mine = tail == t
        wider = 1 - 2 * float(t)
        if ends is None:
            upper[mine] = symmetric(pairs.estimate[mine], pairs.se[mine], wider, pairs.df[mine]).high
        elif wider > level:
            upper[mine] = _differences(there, there[near], (value, se, df), wider, cov, ends).high[mine]
    out["high"][there] = np.where(itself, np.inf, upper).min(axis=1)
    ahead = np.where(itself, -np.inf, pairs.p).max(axis=1)
    behind = np.minimum(1.0, contenders[there] * np.where(itself, np.inf, pairs.p).min(axis=1))
    out["p"][there] = np.where(out["lead"][there] > 0, ahead, behind)
    unknown = np.isnan(out["se"])
    for name in ("low", "high", "p", "df"):
        out[name] = np.where(unknown, np.nan, out[name])
    return LeadOverBest(**out, best=best, contenders=np.where(unknown, 0, contenders))


def _near(value: Floats, se: Floats) -> NDArray[np.intp]:
    """Positions that can be the best other of any unit, or set one of its limits."""
    error = np.nan_to_num(se)
    ordered = np.argsort(-value, kind="stable")
    second = value[ordered[1]]
    reach = _FAR * (error + error[ordered[:2]].max())
    return np.flatnonzero(value + reach >= second)


def _differences(
    rows: NDArray[np.intp],
    columns: NDArray[np.intp],
    parts: tuple[Floats, Floats, Floats],
    level: float,
    cov: Floats | None,
    ends: Limits | None = None,
) -> Contrast:
    """(R, C) every row less every column."""
    shape = (len(rows), len(columns))
    first = [np.broadcast_to(part[rows][:, None], shape) for part in parts]
    second = [np.broadcast_to(part[columns][None, :], shape) for part in parts]
    shared = None if cov is None else cov[np.ix_(rows, columns)]
    limits = None
    if ends is not None:
        low, high = ends(level)
        sides = [np.broadcast_to(end[rows][:, None], shape) for end in (low, high)]
        others = [np.broadcast_to(end[columns][None, :], shape) for end in (low, high)]
        limits = (sides[0], sides[1]), (others[0], others[1])
    return difference((first[0], first[1], first[2]), (second[0], second[1], second[2]), level, shared, limits)

"""Confirmatory tetrad analysis: do the covariances of a block vanish as one common factor asks?

(Bollen & Ting 1993; Gudergan, Ringle, Wende & Will 2008.)
"""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from csimodels.errors import DataError, Problem, listed
from csimodels.infer import Interval, IntervalKind, interval, replicate
from csimodels.infer.multiple import Adjust, adjusted
from csimodels.messages import Message
from csimodels.moments import Moments, Plan, Rows
from csimodels.moments.linalg import Floats

#: Items that a block needs for a tetrad.
FEWEST_ITEMS = 4


def tetrads_of(k: int) -> NDArray[np.intp]:
    """Non-redundant vanishing tetrads of ``k`` items under one factor, ``(k (k - 3)/2, 4)`` places ``g, h, i, j``.

    A tetrad is ``s_gh s_ij - s_gi s_hj``.  They are taken in lexicographic order, each that adds to the rank of the
    derivatives of the earlier ones (Bollen & Ting 1993 sweep for the same); which of the redundant ones are left out
    does not matter for whether all vanish.
    """
    loading = 0.5 + 0.4 * np.sin(1.0 + np.arange(k, dtype=np.float64))  # any values without ties
    cov = np.outer(loading, loading)
    chosen: list[tuple[int, int, int, int]] = []
    rows: list[Floats] = []
    for g, h, i, j in combinations(range(k), 4):
        for tetrad in ((g, h, i, j), (g, h, j, i)):
            tried = [*rows, _derivative(cov, tetrad)]
            if np.linalg.matrix_rank(np.asarray(tried), tol=1e-8) == len(tried):
                chosen.append(tetrad)
                rows = tried
    return np.asarray(chosen, dtype=np.intp).reshape(-1, 4)


def _derivative(cov: Floats, tetrad: tuple[int, int, int, int]) -> Floats:
    g, h, i, j = tetrad
    out = np.zeros_like(cov)
    for (a, b), (c, e), sign in (((g, h), (i, j), 1), ((g, i), (h, j), -1)):
        out[min(a, b), max(a, b)] += sign * cov[c, e]
        out[min(c, e), max(c, e)] += sign * cov[a, b]
    return np.asarray(out[np.triu_indices(len(cov), 1)])


def tetrad_values(cov: Floats, places: NDArray[np.intp]) -> Floats:
    """(*B, T) tetrads ``s_gh s_ij - s_gi s_hj`` of covariances ``(*B, k, k)``."""
    g, h, i, j = places.T
    return np.asarray(cov[..., g, h] * cov[..., i, j] - cov[..., g, i] * cov[..., h, j])


@dataclass(frozen=True, eq=False)
class TetradTest:
    """Tetrads of one block with their intervals.

    Attributes
    ----------
    items : tuple of str
        Names of the block.
    places : (T, 4) array
        Items of each tetrad ``s_gh s_ij - s_gi s_hj``.
    value : (T,) array
        Tetrads in the unit of covariances squared.
    interval : Interval
        Of every tetrad alone.
    p_adjusted : (T,) array
        p-values corrected for the number of tetrads.
    reflective : bool
        No tetrad differs from zero at the level asked for: a reflective block is not contradicted.
    """

    items: tuple[str, ...]
    places: NDArray[np.intp]
    value: Floats
    interval: Interval
    p_adjusted: Floats
    reflective: bool


def tetrad_test(
    rows: Rows,
    items: tuple[str, ...],
    plan: Plan,
    rule: str = "listwise",
    level: float = 0.95,
    *,
    kind: IntervalKind = "normal",
    adjust: Adjust = "holm",
    pool: Executor | None = None,
) -> TetradTest:
    """Test a block of at least four items of `rows` by resampling.

    Parameters
    ----------
    rows, plan, rule : Rows, Plan, str
        What is resampled, as for :func:`csimodels.infer.replicate`.
    items : tuple of str
        Names of the items of the block.
    level : float
        Confidence level of intervals; the test is at ``1 - level`` over all tetrads.
    kind : str
        Interval, as for :func:`csimodels.infer.interval`; ``"bc"`` is that of Gudergan et al. (2008).
    adjust : {"holm", "bh", "none"}
        Correction for the number of tetrads.

    Raises
    ------
    DataError
        Fewer than four items, or names that the rows do not have.
    """
    unknown = [name for name in items if name not in rows.items]
    if unknown or len(items) < FEWEST_ITEMS:
        found = Message("unknown: {names}", names=listed(unknown)) if unknown else Message("{n} items", n=len(items))
        raise DataError(
            Problem("a tetrad needs four items of one block", found=found, allowed=Message("4 or more items"))
        )
    at = np.asarray([rows.items.index(name) for name in items], dtype=np.intp)
    places = tetrads_of(len(items))

    def statistic(moments: Moments) -> tuple[Floats, NDArray[np.int64]]:
        values = tetrad_values(moments.cov[..., at[:, None], at], places)
        return values, np.zeros(values.shape[:-1], dtype=np.int64)

    value = statistic(Moments.from_sums(rows.sums(), rule))[0]
    drawn = replicate(rows, plan, rule, statistic, pool=pool).values
    found_interval = interval(value, drawn, level, kind)
    corrected = adjusted(found_interval.p, adjust)
    return TetradTest(items, places, value, found_interval, corrected, not bool((corrected < 1 - level).any()))

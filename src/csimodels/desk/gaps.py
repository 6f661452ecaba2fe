"""Gaps: perception less expectation by item, dimension and total (Parasuraman, Zeithaml & Berry 1985, 1988).

In a spec: ``indices: {NAME: {kind: gap, …}}``, table ``indices``. Gaps are paired: the error is that of the mean
difference of the same respondents, from :func:`~csimodels.desk.design_mean.design_means` on the columns that
:func:`gap_columns` gives.
"""

from __future__ import annotations

import numpy as np

from csimodels.messages import Message
from csimodels.moments.linalg import Floats

#: What must stand beside every table of gaps.
CAUTION = Message("Differences of two answers are less reliable than the answers themselves")


def gap_columns(perception: Floats, expectation: Floats, map_to: Floats) -> Floats:
    """(n, Q) gaps of each respondent along a linear map of the items, for means with errors.

    Parameters
    ----------
    perception, expectation : (n, p) arrays
        Answers; NaN where missing.
    map_to : (Q, p) array
        Rows of weights: the identity for items, means of items for dimensions, weights of 100 points for the total.

    Returns
    -------
    (n, Q) array; NaN where an item with a weight has no gap.
    """
    gap = perception - expectation
    hole = np.isnan(gap)
    value = np.where(hole, 0.0, gap) @ map_to.T
    return np.where(hole.astype(float) @ (map_to.T != 0) > 0, np.nan, value)


def dimension_map(dimension: Floats) -> Floats:
    """(D, p) map that takes the mean of the items of each dimension ``0 .. D-1``; `dimension` is (p,)."""
    member = np.asarray(dimension)[None, :] == np.arange(int(np.max(dimension)) + 1)[:, None]
    return np.asarray(member / member.sum(axis=1, keepdims=True))


def total_gap(gaps: Floats, weights: Floats | None = None) -> Floats:
    """(*B,) total of the gaps (*B, D): the SERVQUAL mean, or weighted by points divided among the dimensions.

    Parameters
    ----------
    weights : (D,) or (*B, D) array, optional
        Points or shares; they are divided by their sum.
    """
    if weights is None:
        return np.asarray(gaps.mean(axis=-1))
    return np.asarray((gaps * weights).sum(axis=-1) / np.sum(weights, axis=-1))


def on_100(gap: Floats, low: float, high: float) -> Floats:
    """A gap in answer points as points of the 0-100 scale."""
    return np.asarray(100 * np.asarray(gap) / (high - low))


def gap_signs(perception: Floats, expectation: Floats, weights: Floats | None = None) -> Floats:
    """(3, p) shares of respondents with perception above, equal to and below expectation, of those who gave both."""
    w = np.ones(len(perception)) if weights is None else weights
    gap = perception - expectation
    with np.errstate(invalid="ignore", divide="ignore"):
        parts = [w @ (gap > 0), w @ (gap == 0), w @ (gap < 0)]
        return np.asarray(np.stack(parts) / (w @ ~np.isnan(gap)))


def difference_reliability(
    reliability: tuple[Floats, Floats], sd: tuple[Floats, Floats], correlation: Floats
) -> Floats:
    """(*B,) reliability of a difference score (Peter, Churchill & Brown 1993).

    ``(rel_P s_P^2 + rel_E s_E^2 - 2 r s_P s_E) / (s_P^2 + s_E^2 - 2 r s_P s_E)``; errors of the two uncorrelated.

    Parameters
    ----------
    reliability, sd : pairs of (*B,) arrays
        Of perception and of expectation.
    correlation : (*B,) array
        Between the two.
    """
    (rel_p, rel_e), (s_p, s_e) = reliability, sd
    shared = 2 * correlation * s_p * s_e
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray((rel_p * s_p**2 + rel_e * s_e**2 - shared) / (s_p**2 + s_e**2 - shared))

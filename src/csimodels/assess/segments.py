"""Segments once they are found: their fits, and who is in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from csimodels.estimate import Design, Estimator, Fit
from csimodels.moments import Moments, Rows
from csimodels.moments.linalg import Floats
from csimodels.moments.tails import chi2_p


def segment_fits(rows: Rows, design: Design, estimator: Estimator, posterior: Floats, rule: str = "listwise") -> Fit:
    """Fit of every segment, ``(K,)``, each respondent counted by the probability of being in it ``(n, K)``.

    Weights, loadings, paths and indices by segment come from it as from any fit of groups.
    """
    return estimator(design, Moments.from_sums(rows.sums(posterior.T), rule))


@dataclass(frozen=True, eq=False)
class SegmentProfile:
    """Who is in which segment, by the categories of one column.

    Attributes
    ----------
    categories : tuple of str
    share : (C, K) array
        Posterior share of each category within a segment; columns sum to 1.
    chi2, p : float
        Pearson's test that category and most probable segment are independent;  df : its degrees of freedom.
    """

    categories: tuple[str, ...]
    share: Floats
    chi2: float
    df: int
    p: float


def profile_segments(posterior: Floats, column: Sequence[object]) -> SegmentProfile:
    """Describe segments ``(n, K)`` by a column of the data, one value for each respondent."""
    names, code = np.unique([str(value) for value in column], return_inverse=True)
    member = np.asarray(code.ravel()[:, None] == np.arange(len(names)), dtype=np.float64)
    mass = member.T @ posterior
    hard = np.asarray(posterior.argmax(axis=1)[:, None] == np.arange(posterior.shape[1]), dtype=np.float64)
    table = member.T @ hard
    table = table[:, table.sum(axis=0) > 0]
    expected = table.sum(axis=1, keepdims=True) * table.sum(axis=0) / table.sum()
    chi2 = float(((table - expected) ** 2 / expected).sum())
    df = (len(names) - 1) * (table.shape[1] - 1)
    p = float(chi2_p(chi2, df))
    return SegmentProfile(tuple(str(name) for name in names), mass / mass.sum(axis=0), chi2, df, p)

"""Polychoric correlations of answers at hand (:mod:`csimodels.moments.polychoric`).

A study forms them by itself under ``estimate: {correlations: polychoric}``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from csimodels.errors import DataError, Problem, listed
from csimodels.messages import Message
from csimodels.moments import Moments
from csimodels.moments.linalg import Floats
from csimodels.moments.polychoric import MOST_LEVELS, Tables, correlations, indicators, log_likelihoods


@dataclass(frozen=True, eq=False)
class Polychoric:
    """Correlations of the normal variables behind ordered answers.

    Attributes
    ----------
    correlation : (*B, p, p) array
        Polychoric correlations; they need not be positive definite.
    log_likelihood : (*B, pairs) array
        Of the table of every two items ``i < j``, thresholds held at those of the margins.
    converged : (*B,) array
        All pairs.
    """

    correlation: Floats
    log_likelihood: Floats
    converged: NDArray[np.bool_]


def polychoric(answers: Floats, weights: Floats | None = None) -> Polychoric:
    """Polychoric correlations of answers ``(n, p)``, whole rows, categories in the order of their values.

    Parameters
    ----------
    answers : (n, p) array
        A row with a hole is left out.
    weights : (*B, n) array, optional
        Sampling weights or counts of replicates.

    Returns
    -------
    Polychoric

    Raises
    ------
    DataError
        Items with one category only, or with more than :data:`~csimodels.moments.polychoric.MOST_LEVELS`.
    """
    kept = ~np.isnan(answers).any(axis=1)
    x = answers[kept]
    levels = tuple(np.unique(column) for column in x.T)
    wrong = [
        Message("item {n}: {size}", n=j + 1, size=len(values))
        for j, values in enumerate(levels)
        if not 2 <= len(values) <= MOST_LEVELS
    ]
    if wrong:
        what = "polychoric correlations need items of two categories or more"
        allowed = Message("2 to {MOST_CATEGORIES} categories", MOST_CATEGORIES=MOST_LEVELS)
        raise DataError(Problem(what, found=listed(wrong), allowed=allowed))
    there = indicators(x, levels)
    w = np.ones(len(x)) if weights is None else np.asarray(weights, dtype=np.float64)[..., kept]
    flat = w.reshape(-1, len(x))
    counts = np.stack([there.T @ (one[:, None] * there) for one in flat])
    tables = Tables(levels, counts).reshaped(w.shape[:-1])
    corr, converged = correlations(tables)
    return Polychoric(corr, log_likelihoods(tables, corr), converged)


def with_correlations(moments: Moments, correlation: Floats) -> Moments:
    """`moments` with other correlations of the same items ``(*B, p, p)``: PLS on them is ordinal PLS."""
    sd = moments.sd
    return replace(moments, cov=correlation * sd[..., :, None] * sd[..., None, :])

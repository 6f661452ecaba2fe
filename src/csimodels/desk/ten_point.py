"""The arithmetic mean of dimensions that are asked on ten points.

A dimension's score is the mean answer times ten: ten-point answers are read as tenths of 100. This is *not* the 0-100
index, which is ``100 (mean - 1) / 9``; both forms stand side by side. In a spec: ``indices: {NAME: {kind: ten_point,
…}}``, table ``indices``.
"""

from __future__ import annotations

import numpy as np

from csimodels.moments.linalg import Floats

#: The five classes of level that shares are published for, best first: (name, highest answer, lowest answer).
CLASSES = (
    ("very satisfied", 10, 9),
    ("satisfied", 8, 7),
    ("neutral", 6, 5),
    ("dissatisfied", 4, 3),
    ("very dissatisfied", 2, 1),
)


def dimension_score(counts: Floats, levels: Floats, per_point: float = 10.0) -> tuple[Floats, Floats]:
    """Score of a dimension and its standard error (divisor n - 1) from the counts of its levels.

    Parameters
    ----------
    counts : (*B, L) array
        Answers at each level, weighted or not; the error holds for simple random samples.
    levels : (L,) array
        Values of the levels, 1 .. 10.
    per_point : float
        Index points per answer point: 10 on ten points.

    Returns
    -------
    score, se : (*B,) arrays
        NaN where nobody answered; the error also for one answer.
    """
    n = counts.sum(axis=-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = counts @ levels / n
        square = (counts * (levels - mean[..., None]) ** 2).sum(axis=-1) / (n - 1)
        return per_point * mean, per_point * np.sqrt(square / n)


def index_form(score: Floats, low: float = 1.0, high: float = 10.0, per_point: float = 10.0) -> Floats:
    """The 0-100 index form ``100 (mean - low) / (high - low)`` of a ten-point score (Fornell et al. 1996)."""
    return np.asarray(100 * (np.asarray(score) / per_point - low) / (high - low))


def mean_of_dimensions(scores: Floats) -> Floats:
    """(*B,) mean of the scores (*B, D) of all dimensions, each counting the same."""
    return np.asarray(scores.mean(axis=-1))


def class_shares(counts: Floats, levels: Floats) -> Floats:
    """(*B, 5) shares of the classes of :data:`CLASSES`, best first."""
    n = counts.sum(axis=-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        parts = [counts[..., (levels <= top) & (levels >= end)].sum(axis=-1) / n for _, top, end in CLASSES]
    return np.stack(parts, axis=-1)


def rise_per_dimension(rise: float, moved: int, dimensions: int) -> float:
    """How far each of `moved` of the `dimensions` must rise for the total to rise by `rise`: one of five, five-fold."""
    return rise * dimensions / moved

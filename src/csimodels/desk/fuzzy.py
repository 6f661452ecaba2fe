"""Fuzzy comprehensive evaluation: weights composed with memberships of grades (Zadeh 1965; Wang 1983).

Becomes two tables: ``fuzzy`` (node, grade, membership) and ``fuzzy_score`` (node, composition, score, weighted_score,
grade, se, low, high).  With memberships that are shares of answers and the weighted composition the score is the
weighted mean of :mod:`~csimodels.desk.weighted_mean`.  Two levels: the rows B of the lower level are R of the upper.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from csimodels.moments.linalg import Floats

#: The four compositions: sum of products, largest smaller, largest product, bounded sum of the smaller.
Composition = Literal["weighted", "min_max", "product_max", "bounded_sum"]

#: Centres of five grades on the 0-100 scale.
CENTRES = (20.0, 40.0, 60.0, 80.0, 100.0)


def compose(weights: Floats, membership: Floats, composition: Composition = "weighted") -> Floats:
    """(*B, m) memberships of the grades, ``B = W o R``, before they are made to sum to 1.

    Parameters
    ----------
    weights : (*B, n) array
        Weights of the factors, summing to 1.
    membership : (*B, n, m) array
        Membership of each factor in each grade.
    composition : {"weighted", "min_max", "product_max", "bounded_sum"}
        ``sum w r``; ``max min(w, r)``; ``max w r``; ``min(1, sum min(w, r))``.
    """
    w = weights[..., :, None]
    if composition == "weighted":
        return np.asarray((w * membership).sum(axis=-2))
    if composition == "product_max":
        return np.asarray((w * membership).max(axis=-2))
    smaller = np.minimum(w, membership)
    if composition == "min_max":
        return np.asarray(smaller.max(axis=-2))
    return np.asarray(np.minimum(1.0, smaller.sum(axis=-2)))


def normalise(b: Floats) -> Floats:
    """Memberships (*B, m) that sum to 1; NaN where all are 0."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(b / b.sum(axis=-1, keepdims=True))


def fuzzy_score(b: Floats, values: Floats) -> Floats:
    """(*B,) score ``sum B v`` of normalised memberships (*B, m) with the values (m,) of the grades."""
    return np.asarray(b @ values)


def squared_score(b: Floats, values: Floats) -> Floats:
    """(*B,) score ``sum B^2 v / sum B^2``, which counts large memberships more."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(b**2 @ values / (b**2).sum(axis=-1))


def largest_grade(b: Floats) -> NDArray[np.intp]:
    """(*B,) place of the grade with the largest membership; the first of equals."""
    return np.asarray(b.argmax(axis=-1))


def triangle_membership(score: Floats, centres: Floats | tuple[float, ...] = CENTRES) -> Floats:
    """(*B, m) membership of 0-100 scores in grades with triangles over the centres; the outer ones stay at 1 beyond.

    Parameters
    ----------
    score : (*B,) array
        Scores.
    centres : (m,) array
        Centres of the grades, rising.
    """
    eye = np.eye(len(centres))
    return np.stack([np.interp(score, centres, row) for row in eye], axis=-1)

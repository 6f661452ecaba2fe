"""Weighted mean of elements: ``CSD = sum_i K_i sum_j X_j n_ij``, from respondents or from a table of shares.

In a spec: ``indices: {NAME: {kind: weighted_mean, …}}``, table ``indices``. K are weights of elements that sum to 1
(stated, Delphi, AHP, or from the model), X the values of the levels, n_ij the share of answers to element i at level j.
"""

from __future__ import annotations

import numpy as np

from csimodels.moments.linalg import Floats

#: Values of five levels, best first, and the form that starts at 0.
FIFTHS = (100.0, 80.0, 60.0, 40.0, 20.0)
QUARTERS = (100.0, 75.0, 50.0, 25.0, 0.0)


def element_scores(shares: Floats, values: Floats) -> Floats:
    """(*B, I) score of each element, ``sum_j X_j n_ij``, from shares (*B, I, J) and level values (J,)."""
    return np.asarray(shares @ values)


def weighted_mean(shares: Floats, weights: Floats, values: Floats) -> Floats:
    """(*B,) weighted mean from shares (*B, I, J), element weights (*B, I) and level values (J,)."""
    return np.asarray((element_scores(shares, values) * weights).sum(axis=-1))


def weighted_mean_se(shares: Floats, weights: Floats, values: Floats, n: Floats) -> Floats:
    """(*B,) standard error where every element was asked of a sample of its own.

    ``var = sum K_i^2 (sum_j X_j^2 n_ij - (sum_j X_j n_ij)^2) / n_i``, divisor n.  Where the same respondents answered
    all elements, use :func:`respondent_values` and the design: their answers are correlated.

    Parameters
    ----------
    n : (*B, I) array
        Answers to each element.
    """
    spread = shares @ values**2 - element_scores(shares, values) ** 2
    return np.asarray(np.sqrt((weights**2 * spread / n).sum(axis=-1)))


def respondent_values(position: Floats, weights: Floats, values: Floats) -> Floats:
    """(n,) ``sum_i K_i X(answer_i)`` of each respondent: its mean is the weighted mean of those who answered all.

    Parameters
    ----------
    position : (n, I) array
        Position ``0 .. J-1`` of each answer among the levels, NaN where missing.
    weights : (I,) array
        Weights of the elements.
    values : (J,) array
        Values of the levels, in the order of the positions.

    Returns
    -------
    (n,) array, NaN where an answer is missing that has a weight.
    """
    hole = np.isnan(position)
    scored = np.where(hole, np.nan, values[np.where(hole, 0, position).astype(np.intp)])
    return np.asarray(np.where(weights == 0, 0.0, scored) @ weights)

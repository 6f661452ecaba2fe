"""Index weights applied back to the rows: one 0-100 score per respondent and construct."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from csimodels.moments.holes import slope_of_holes
from csimodels.moments.linalg import Floats

#: Scores nearer to an end of the 0-100 scale than this differ from it by rounding only.
ROUNDING = 1e-10


def filled(x: Floats, mean: Floats, cov: Floats, rule: str) -> Floats:
    """Answers with their holes filled as the missing rule sees them.

    Parameters
    ----------
    x : (n, p) answers, NaN where missing;  mean : (p,);  cov : (p, p) of the same group.
    rule : ``"mean"`` and ``"pairwise"`` fill with the item mean, ``"em"`` and ``"fiml"`` with the expectation given the
        row's other answers (normal regression), ``"listwise"`` leaves the hole.

    Returns
    -------
    (n, p) array.
    """
    hole = np.isnan(x)
    if rule == "listwise" or not hole.any():
        return x
    if rule not in ("em", "fiml"):
        return np.where(hole, mean, x)
    out = x.copy()
    patterns, code = np.unique(hole, axis=0, return_inverse=True)
    for k, pattern in enumerate(patterns):
        if not pattern.any():
            continue
        rows = np.flatnonzero(np.ravel(code) == k)
        seen, missing = np.flatnonzero(~pattern), np.flatnonzero(pattern)
        beta = slope_of_holes(cov, ~pattern)
        out[np.ix_(rows, missing)] = mean[missing] + (x[np.ix_(rows, seen)] - mean[seen]) @ beta
    return out


def scores(answers: Floats, shares: Floats, low: Floats, high: Floats, block: NDArray[np.intp]) -> Floats:
    """Scores on the 0-100 scale, with the weights of the index: their weighted mean is the index.

    Parameters
    ----------
    answers : (n, p) filled answers along the entries of the design.
    shares : (p,) or (n, p) weights of the 0-100 items, summing to 1 per construct.
    low, high : (p,) ends of the scales;  block : (p,) construct of each entry.

    Returns
    -------
    (n, J) array, NaN where an answer is missing.
    """
    parts = shares * 100 * (answers - low) / (high - low)
    mask = (block[:, None] == np.arange(int(block.max()) + 1)).astype(np.float64)
    done: Floats = np.asarray(parts @ mask)
    for end in (0.0, 100.0):  # an answer at the end of every scale scores the end, whatever the last bits of a sum
        done[np.abs(done - end) < ROUNDING] = end
    return done

"""Weighted means of columns of respondents, with the standard error of the sampling design.

Shares, net scores, weighted means and gaps are means of one column each, so they share this one piece.  With holes the
mean is that of a domain: the respondents who answered.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from csimodels.infer.freedom import effective_df
from csimodels.moments import Sampling
from csimodels.moments.linalg import Bools, Floats


@dataclass(frozen=True, eq=False)
class Means:
    """Means ``(Q,)`` of columns, standard errors, degrees of freedom, and the number of answers behind each."""

    mean: Floats
    se: Floats
    df: Floats
    n: Floats


def design_means(values: Floats, weights: Floats | None = None, sampling: Sampling | None = None) -> Means:
    """Weighted means with linearised errors (Binder 1983): a ratio of two weighted sums.

    Parameters
    ----------
    values : (n, Q) array
        One column per mean; NaN where a respondent has no answer.
    weights : (n,) array, optional
        Sampling weights; ones by default.
    sampling : Sampling, optional
        Strata and clusters; a simple random sample by default, whose variance is ``s^2 / n`` with divisor n - 1.

    Returns
    -------
    Means
        NaN where a column has no answers or its answers no weight.
    """
    w = np.ones(len(values)) if weights is None else weights
    design = Sampling.of(len(values)) if sampling is None else sampling
    there = ~np.isnan(values)
    filled = np.where(there, values, 0.0)
    mass = w @ there
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = (w @ filled) / mass
        influence = np.where(there, w[:, None] * (filled - mean) / mass, 0.0)
    n = there.sum(axis=0)
    variance, df = _variance(influence, there, design)
    return Means(mean, np.sqrt(variance), df, n.astype(np.float64))


def _variance(influence: Floats, there: Bools, design: Sampling) -> tuple[Floats, Floats]:
    """Variance and degrees of freedom; in a simple sample of a domain only those who answered count."""
    totals = design.totals(influence)
    if not design.simple or there.all():
        return design.variance(totals), effective_df(totals, design)
    n = there.sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        variance = (influence**2).sum(axis=0) * n / (n - 1)
    return variance, np.minimum(effective_df(totals, design), np.maximum(n - 1.0, 1.0))

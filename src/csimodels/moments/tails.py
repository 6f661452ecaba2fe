"""Tail probabilities that are the same with every version of scipy where there is nothing to test."""

from __future__ import annotations

import numpy as np

from csimodels.moments.linalg import Floats


def chi2_p(stat: Floats | float, df: Floats | float) -> Floats:
    """Probability of a chi-square larger than `stat`.

    Parameters
    ----------
    stat, df : (*B,) array or number
        Statistic and degrees of freedom; they broadcast.

    Returns
    -------
    (*B,) array
        NaN where `df` is not positive or the statistic is NaN: what scipy says there differs between its versions.
    """
    from scipy.special import chdtrc  # scipy loads only where something is tested

    known = (np.asarray(df) > 0) & ~np.isnan(stat)
    p = chdtrc(np.where(known, df, 1.0), np.where(known, np.maximum(stat, 0.0), 0.0))
    return np.where(known, p, np.nan)

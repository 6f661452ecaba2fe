"""Degrees of freedom of a variance that is estimated from the contributions of sampling units."""

from __future__ import annotations

import numpy as np

from csimodels.moments import Sampling
from csimodels.moments.linalg import Floats


def effective_df(totals: Floats, sampling: Sampling) -> Floats:
    """(Q,) degrees of freedom for the t distribution of an estimate over its standard error.

    The variance of a number is estimated by the squares of its units' contributions ``e``, and is itself as uncertain
    as these are uneven: unequal weights and skewed answers let a few units carry it.  A chi-square with the same mean
    and variance has ``2 (sum e^2)^2 / (sum e^4 - (sum e^2)^2 / C)`` degrees of freedom (Satterthwaite 1946; for sample
    surveys Potthoff, Woodbury & Manton 1992), about ``2 C / (kurtosis - 1)``: the number of units for normal
    contributions, fewer for uneven ones.  Never more than the design has, units less strata, and at least 1.

    Parameters
    ----------
    totals : (C, Q) contributions of the sampling units (linearised, or from the jackknife).
    """
    squares = sampling.within(totals) ** 2
    if sampling.copies is not None:
        return df_of(sampling.copies @ squares, sampling.copies @ squares**2, sampling)
    return df_of(squares.sum(axis=0), np.einsum("cq,cq->q", squares, squares), sampling)


def df_of(second: Floats, fourth: Floats, sampling: Sampling) -> Floats:
    """(Q,) degrees of freedom from the sums over units of squared and of fourth powers of the contributions."""
    return df_from(second, fourth, float(sampling.sizes.sum()), sampling.df)


def df_from(second: Floats, fourth: Floats, units: float, most: float) -> Floats:
    """:func:`df_of` for so many `units` in a design of `most` degrees of freedom."""
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        df = 2 * second**2 / (fourth - second**2 / units)
    df = np.where((df > 0) & (df < most), df, most)
    return np.asarray(np.maximum(df, min(1.0, most)))

"""Regressions of one answer on others as parts of the desk: means and products of the columns join the sums."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from csimodels.moments.linalg import Floats
from csimodels.study.desk.part import ratio
from csimodels.study.extras import Extras


def regression_extras(
    x: Floats, names: Sequence[str], quantities: Sequence[str], values: Callable[[Floats], Floats]
) -> Extras:
    """Columns from which the covariance of ``x (n, k)`` follows, over the rows where all of it is there.

    Parameters
    ----------
    values : function
        From covariances ``(*B, k, k)`` to the numbers ``(*B, Q2)`` called `quantities`.
    """
    k = x.shape[1]
    there = np.asarray(~np.isnan(x).any(axis=1))
    middle = x[there].mean(axis=0) if there.any() else np.zeros(k)
    z = np.where(there[:, None], x - middle, 0.0)
    first, second = np.triu_indices(k)
    columns = np.concatenate([there[:, None].astype(np.float64), z, z[:, first] * z[:, second]], axis=1)

    def made(means: Floats, model: Floats) -> Floats:
        n = means[..., :1]
        mean, product = ratio(means[..., 1 : k + 1], n), ratio(means[..., k + 1 :], n)
        cov = np.empty((*means.shape[:-1], k, k))
        cov[..., first, second] = product - mean[..., first] * mean[..., second]
        cov[..., second, first] = cov[..., first, second]
        return values(cov)

    pairs = zip(first.tolist(), second.tolist(), strict=True)
    labels = ["there", *names, *(f"{names[i]} {names[j]}" for i, j in pairs)]
    return Extras(tuple(labels), columns, tuple(quantities), made)


def correlations_of(cov: Floats) -> Floats:
    """(*B, k, k) correlations; NaN for what does not vary."""
    sd = np.sqrt(np.diagonal(cov, axis1=-2, axis2=-1))
    with np.errstate(invalid="ignore", divide="ignore"):
        out = cov / (sd[..., :, None] * sd[..., None, :])
    return np.where(np.isfinite(out), out, np.nan)

"""What every respondent adds to the moments of the EM rule: the fixed point of a map that depends on them itself."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from csimodels.moments import Moments, Rows
from csimodels.moments.counts import At
from csimodels.moments.em import em_map
from csimodels.moments.linalg import Floats
from csimodels.moments.rows import distinct
from csimodels.moments.sums import Patterns

#: Step of the central differences of the EM map, in standard deviations.
STEP = 1e-4


def em_influence(rows: Rows, moments: Moments) -> tuple[Callable[[At], Floats], Floats]:
    """The contribution of each row to the EM map ``M`` at its fixed point, and ``(I - DM)^{-1}``, transposed."""
    patterns = rows.sums().patterns
    if patterns is None:
        raise ValueError("the rule em needs rows of form 'patterns'")
    mean, cov = moments.mean - rows.shift, moments.cov
    derivative = _em_derivative(patterns, mean, cov)
    try:
        transform = np.asarray(np.linalg.inv(np.eye(len(derivative)) - derivative).T)
    except np.linalg.LinAlgError:
        transform = np.full_like(derivative, np.nan)
    return _completed(rows, mean, cov), transform


def _completed(rows: Rows, mean: Floats, cov: Floats) -> Callable[[At], Floats]:
    """Contributions of the rows to the completed moments, holes filled by their conditional distribution."""
    p = len(mean)
    upper = np.triu_indices(p)
    total = rows.a.sum()
    patterns, code = distinct(~np.isnan(rows.answers))
    filled = [_conditional(cov, there) for there in patterns]

    def direct(at: At) -> Floats:
        z, mine = rows.block(at)[0], code[at]
        out = np.empty((len(z), p + len(upper[0])))
        for k in np.unique(mine):
            there, (slope, spread) = patterns[k], filled[k]
            own = np.flatnonzero(mine == k)
            deviation = np.zeros((len(own), p))
            deviation[:, there] = z[own][:, there] - mean[there]
            deviation[:, ~there] = deviation[:, there] @ slope
            products = deviation[:, upper[0]] * deviation[:, upper[1]] + (spread - cov)[upper]
            out[own] = np.concatenate([deviation, products], axis=1)
        return np.asarray(out * (rows.a[at] / total)[:, None])

    return direct


def _conditional(cov: Floats, there: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Regression of the missing items on the others ``(o, m)``; their residual covariance in its place ``(p, p)``."""
    spread = np.zeros_like(cov)
    slope = np.asarray(np.linalg.solve(cov[np.ix_(there, there)], cov[np.ix_(there, ~there)]))
    spread[np.ix_(~there, ~there)] = cov[np.ix_(~there, ~there)] - cov[np.ix_(~there, there)] @ slope
    return slope, spread


def _em_derivative(patterns: Patterns, mean: Floats, cov: Floats) -> Floats:
    """(D, D) derivative of the EM map with respect to means and covariances, by central differences in one batch."""
    p = len(mean)
    means, covs, steps = perturbed(mean, cov, STEP)
    new_mean, new_cov = em_map(patterns, means, covs)
    upper = np.triu_indices(p)
    flat = np.concatenate([new_mean, new_cov[:, upper[0], upper[1]]], axis=1)
    half = len(steps)
    return np.asarray(((flat[:half] - flat[half:]) / (2 * steps[:, None])).T)


def perturbed(mean: Floats, cov: Floats, step: float, part: slice = slice(None)) -> tuple[Floats, Floats, Floats]:
    """Means and covariances moved one at a time, up and then down, as one batch.

    Parameters
    ----------
    mean : (p,);  cov : (p, p);  step : in standard deviations of the items (covariances: product of two).
    part : which of the ``D = p + p(p+1)/2`` moments are moved; all by default.

    Returns
    -------
    means (2d, p), covariances (2d, p, p), steps (d,) of the ``d`` moments moved; the first ``d`` elements are moved up.
    """
    p = len(mean)
    upper = np.triu_indices(p)
    rows, cols = (np.concatenate([np.arange(p), index])[part] for index in upper)
    of_mean = (np.arange(p + len(upper[0])) < p)[part]
    sd = np.sqrt(np.diagonal(cov))
    steps = step * np.where(of_mean, sd[rows], sd[rows] * sd[cols])
    steps = np.where(steps > 0, steps, step)  # a column that does not vary
    size = len(steps)
    means = np.broadcast_to(mean, (2 * size, p)).copy()
    covs = np.broadcast_to(cov, (2 * size, p, p)).copy()
    place = np.arange(size)
    a, b = place[of_mean], place[~of_mean]
    off = b[rows[b] != cols[b]]
    for sign, start in ((1.0, 0), (-1.0, size)):
        means[start + a, rows[a]] += sign * steps[a]
        covs[start + b, rows[b], cols[b]] += sign * steps[b]
        covs[start + off, cols[off], rows[off]] += sign * steps[off]
    return means, covs, steps

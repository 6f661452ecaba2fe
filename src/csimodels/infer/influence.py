"""What every respondent adds to the means and covariances: the influence of rows on moments, under each missing rule.

To first order, moments computed from other rows of the same population differ by the sum of these contributions
(Jaeckel 1972; Binder 1983).  A contribution ``e_i`` carries the sampling weight and the divisor, so the contributions
of all rows sum to zero, and the variance of any smooth function of the moments is that of a sum.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from csimodels.moments import Moments, Rows
from csimodels.moments.linalg import Floats
from csimodels.moments.missing import em_map
from csimodels.moments.sums import Patterns

#: Step of the central differences of the EM map, in standard deviations.
STEP = 1e-4


def contributions(rows: Rows, moments: Moments, rule: str) -> Floats:
    """(n, p + p(p+1)/2) contribution of each row to the means, then to the upper triangle of the covariances.

    Parameters
    ----------
    rows : the rows that `moments` (no batch axes) were formed from under `rule`.
    rule : ``listwise``; ``mean``: the means that fill the holes are estimates too, and their error is carried into the
        covariances; ``pairwise``: each covariance from the rows that answer both items; ``em``: the fixed point of the
        EM map, whose own dependence on the moments enters through the inverse of its derivative.
    """
    if rule == "em":
        return _em(rows, moments)
    centre = moments.mean - rows.shift
    deviation = (rows.z - centre) * rows.present
    if not rows.masked:
        return _complete(rows.a, deviation, moments.cov)
    return _mean_replaced(rows, deviation, moments.cov) if rule == "mean" else _pairwise(rows)


def extra_contributions(rows: Rows, mean: Floats) -> Floats:
    """(n, e) contribution of each row to the means ``(e,)`` of the extra columns: ``a_i (e_i - mean) / sum a``."""
    if rows.extra is None:
        return np.empty((rows.n, 0))
    weight = rows.unit_weights / rows.unit_weights.sum()
    return np.asarray(weight[:, None] * (rows.extra - mean))


def calibrated(parts: Floats, weights: Floats, codes: NDArray[np.intp]) -> Floats:
    """Contributions under weights that were raked to known margins (Deville & Saerndal 1992, section 3.4).

    What the margins explain is known and has no sampling error: the residuals of a weighted regression on the
    categories of the margins are left.

    Parameters
    ----------
    parts : (n, D);  weights : (n,) raked weights;  codes : (n, M) category of each row in each margin.
    """
    categories = [np.asarray(column[:, None] == np.unique(column), dtype=np.float64) for column in codes.T]
    x = np.concatenate(categories, axis=1)
    root = np.sqrt(weights)[:, None]
    slope = np.linalg.lstsq(root * x, parts / root, rcond=None)[0]
    return np.asarray(parts - weights[:, None] * (x @ slope))


def _complete(a: Floats, deviation: Floats, cov: Floats) -> Floats:
    upper = np.triu_indices(deviation.shape[1])
    products = deviation[:, upper[0]] * deviation[:, upper[1]] - cov[upper]
    return np.asarray(np.concatenate([deviation, products], axis=1) * (a / a.sum())[:, None])


def _mean_replaced(rows: Rows, deviation: Floats, cov: Floats) -> Floats:
    """``S_jk = sum a r_j r_k d_j d_k / W``: the products, and the means that the deviations are taken from."""
    a, present = rows.a, rows.present
    weight = (a / a.sum())[:, None]
    upper = np.triu_indices(deviation.shape[1])
    mean = a[:, None] * deviation / (a @ present)
    # sum a r_j r_k d_k / W: how S_jk falls when mean_j rises
    slope = present.T @ (weight * deviation)
    direct = weight * (deviation[:, upper[0]] * deviation[:, upper[1]] - cov[upper])
    moved = mean[:, upper[0]] * slope[upper] + mean[:, upper[1]] * slope.T[upper]
    return np.concatenate([mean, direct - moved], axis=1)


def _pairwise(rows: Rows) -> Floats:
    """Each pair has its own rows, number and means."""
    a, present, z = rows.a[:, None], rows.present, rows.z
    upper = np.triu_indices(z.shape[1])
    number = (a * present).T @ present
    pair_mean = (a * z).T @ present / number  # [j, k]: mean of j where k is there
    both = a * present[:, upper[0]] * present[:, upper[1]]
    first = z[:, upper[0]] - pair_mean[upper]
    second = z[:, upper[1]] - pair_mean.T[upper]
    products = first * second
    cov = (both * products).sum(axis=0) / number[upper]
    means = np.diagonal(pair_mean)
    mean = a * present * (z - means) / np.diagonal(number)
    return np.concatenate([mean, both * (products - cov) / number[upper]], axis=1)


def _em(rows: Rows, moments: Moments) -> Floats:
    """``(I - DM)^{-1}`` times the contribution of each row to the EM map ``M`` at its fixed point."""
    patterns = rows.sums().patterns
    if patterns is None:
        raise ValueError("the rule em needs rows of form 'patterns'")
    mean, cov = moments.mean - rows.shift, moments.cov
    direct = _completed(rows, mean, cov)
    derivative = _em_derivative(patterns, mean, cov)
    try:
        solved = np.linalg.solve(np.eye(len(derivative)) - derivative, direct.T).T
    except np.linalg.LinAlgError:
        return np.full_like(direct, np.nan)
    return np.asarray(solved)


def _completed(rows: Rows, mean: Floats, cov: Floats) -> Floats:
    """Contributions of the rows to the completed moments, holes filled by their conditional distribution."""
    p = len(mean)
    upper = np.triu_indices(p)
    weight = rows.a / rows.a.sum()
    out = np.empty((rows.n, p + len(upper[0])))
    patterns, code = np.unique(rows.present.astype(bool), axis=0, return_inverse=True)
    for k, there in enumerate(patterns):
        mine = np.flatnonzero(np.asarray(code).ravel() == k)
        deviation = np.zeros((len(mine), p))
        deviation[:, there] = rows.z[mine][:, there] - mean[there]
        spread = np.zeros((p, p))
        if not there.all():
            slope = np.linalg.solve(cov[np.ix_(there, there)], cov[np.ix_(there, ~there)])
            deviation[:, ~there] = deviation[:, there] @ slope
            spread[np.ix_(~there, ~there)] = cov[np.ix_(~there, ~there)] - cov[np.ix_(~there, there)] @ slope
        products = deviation[:, upper[0]] * deviation[:, upper[1]] + (spread - cov)[upper]
        out[mine] = np.concatenate([deviation, products], axis=1) * weight[mine, None]
    return out


def _em_derivative(patterns: Patterns, mean: Floats, cov: Floats) -> Floats:
    """(D, D) derivative of the EM map with respect to means and covariances, by central differences in one batch."""
    p = len(mean)
    means, covs, steps = perturbed(mean, cov, STEP)
    new_mean, new_cov = em_map(patterns, means, covs)
    upper = np.triu_indices(p)
    flat = np.concatenate([new_mean, new_cov[:, upper[0], upper[1]]], axis=1)
    half = len(steps)
    return np.asarray(((flat[:half] - flat[half:]) / (2 * steps[:, None])).T)


def perturbed(mean: Floats, cov: Floats, step: float) -> tuple[Floats, Floats, Floats]:
    """Means and covariances moved one at a time, up and then down, as one batch.

    Parameters
    ----------
    mean : (p,);  cov : (p, p);  step : in standard deviations of the items (covariances: product of two).

    Returns
    -------
    means (2D, p), covariances (2D, p, p), steps (D,) with ``D = p + p(p+1)/2``; the first ``D`` are moved up.
    """
    p = len(mean)
    rows, cols = np.triu_indices(p)
    sd = np.sqrt(np.diagonal(cov))
    steps = step * np.concatenate([sd, sd[rows] * sd[cols]])
    size = len(steps)
    means = np.broadcast_to(mean, (2 * size, p)).copy()
    covs = np.broadcast_to(cov, (2 * size, p, p)).copy()
    for sign, start in ((1.0, 0), (-1.0, size)):
        at = np.arange(p)
        means[start + at, at] += sign * steps[:p]
        place = start + p + np.arange(len(rows))
        covs[place, rows, cols] += sign * steps[p:]
        off = rows != cols
        covs[place[off], cols[off], rows[off]] += sign * steps[p:][off]
    return means, covs, steps

"""What every respondent adds to the moments of the EM rule: the fixed point of a map that depends on them itself."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from csimodels.moments import Moments, Rows
from csimodels.moments.counts import At
from csimodels.moments.em import em_map
from csimodels.moments.holes import slope_of_holes
from csimodels.moments.linalg import Floats, upper_triangle
from csimodels.moments.rows import distinct
from csimodels.moments.sums import Patterns, Sums

#: Step of the central differences of the EM map, in standard deviations.
STEP = 1e-4


def transform_of(rows: Rows, moments: Moments, rule: str) -> Floats | None:
    """What turns contributions to the EM map into those to its fixed point, ``(I - DM)^{-1}`` transposed.

    Returns
    -------
    (D, D), with `e` extra columns ``(D + e, D + e)``; None under the other rules.
    """
    if rule != "em":
        return None
    patterns = rows.sums().patterns
    if patterns is None:
        raise ValueError("the rule em needs rows of form 'patterns'")
    derivative = _em_derivative(patterns, moments.mean - rows.shift, moments.cov)
    try:
        turned = np.asarray(np.linalg.inv(np.eye(len(derivative)) - derivative).T)
    except np.linalg.LinAlgError:
        turned = np.full_like(derivative, np.nan)
    if not rows.extra_names:
        return turned
    transform = np.eye(len(turned) + len(rows.extra_names))
    transform[: len(turned), : len(turned)] = turned
    return transform


def completed(rows: Rows, moments: Moments, total: Floats) -> Callable[[At], Floats]:
    """Contributions of the rows to the EM map at its fixed point: holes are filled by what the answers tell of them.

    Parameters
    ----------
    total : weight of all rows that `moments` were formed from.
    """
    mean, cov = moments.mean - rows.shift, moments.cov
    p = len(mean)
    upper = upper_triangle(p)
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


def completed_parts(parts: Sums, mean: Floats, cov: Floats, total: Floats) -> Floats:
    """(K, D) what :func:`completed` gives, summed over the rows of each part by their sums by pattern."""
    p = len(mean)
    upper = upper_triangle(p)
    out = np.zeros((len(parts.w), p + len(upper[0])))
    patterns = parts.patterns
    if patterns is None:
        raise ValueError("the rule em needs rows of form 'patterns'")
    for k, there in enumerate(patterns.present):
        slope, spread = _conditional(cov, there)
        filled = np.zeros((p, p))  # deviations of what is there -> all deviations
        filled[there, there] = 1.0
        filled[np.ix_(there, ~there)] = slope
        w, wx, centre = patterns.w[:, k], patterns.wx[:, k], mean * there
        crossed = wx[:, :, None] * centre
        square = patterns.wxx[:, k] - crossed - np.swapaxes(crossed, -1, -2)
        square += w[:, None, None] * np.outer(centre, centre)
        products = filled.T @ square @ filled + w[:, None, None] * (spread - cov)
        out[:, :p] += (wx - w[:, None] * centre) @ filled
        out[:, p:] += products[:, upper[0], upper[1]]
    return np.asarray(out / total)


def _conditional(cov: Floats, there: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Regression of the missing items on the others ``(o, m)``; their residual covariance in its place ``(p, p)``."""
    spread = np.zeros_like(cov)
    slope = slope_of_holes(cov, there)
    spread[np.ix_(~there, ~there)] = cov[np.ix_(~there, ~there)] - cov[np.ix_(~there, there)] @ slope
    return slope, spread


def _em_derivative(patterns: Patterns, mean: Floats, cov: Floats) -> Floats:
    """(D, D) derivative of the EM map with respect to means and covariances, by central differences in one batch."""
    p = len(mean)
    means, covs, steps = perturbed(mean, cov, STEP)
    new_mean, new_cov = em_map(patterns, means, covs)
    upper = upper_triangle(p)
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
    upper = upper_triangle(p)
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

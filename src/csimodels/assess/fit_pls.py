"""Overall fit of PLS and PLSc models: distances between what the items do and what the model implies."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from csimodels.assess.implied import (
    ModelKind,
    common_factors,
    implied_correlations,
    judged_entries,
    own_loadings,
)
from csimodels.estimate import Fit
from csimodels.moments.linalg import Floats, is_positive_definite, safe_inverse


@dataclass(frozen=True, eq=False)
class Distances:
    """Distances of item correlations ``R`` from implied ones ``Sigma``, each of the shape ``*B`` of the batch.

    Attributes
    ----------
    srmr : (*B,) array
        Root of the mean squared difference over the ``p (p + 1)/2`` elements of the lower triangle, diagonal included.
    d_uls : (*B,) array
        ``sum (R - Sigma)^2 / 2`` over all elements.
    d_g : (*B,) array
        Geodesic distance ``sum log(phi)^2 / 2``, natural logarithm, ``phi`` the eigenvalues of ``R^{-1} Sigma``.
    d_ml : (*B,) array
        ``tr(R Sigma^{-1}) - log|R Sigma^{-1}| - p``.
    nfi : (*B,) array
        ``1 - d_ml / d_ml of the model in which no items correlate``.
    """

    srmr: Floats
    d_uls: Floats
    d_g: Floats
    d_ml: Floats
    nfi: Floats


def distances(fit: Fit, kind: ModelKind = "estimated") -> Distances:
    """Fit of the saturated or the estimated model (Dijkstra & Henseler 2015; Henseler et al. 2014).

    NaN where a matrix is singular, as with repeated items of a construct of higher order, or where the implied one is
    not positive definite.  A fit in stages is judged by the items of its first-order constructs; its estimated model
    is not defined.
    """
    kept = judged_entries(fit)
    observed, implied = fit.moments.corr, implied_correlations(fit, kind)
    return distances_between(observed[..., kept[:, None], kept], implied[..., kept[:, None], kept])


def distances_between(observed: Floats, implied: Floats) -> Distances:
    """Distances of correlation matrices ``(*B, p, p)`` from implied ones."""
    p = observed.shape[-1]
    gap = observed - implied
    low = np.tril_indices(p)
    usable = is_positive_definite(observed) & is_positive_definite(implied)
    safe = usable[..., None, None]
    first, second = np.where(safe, observed, np.eye(p)), np.where(safe, implied, np.eye(p))
    log_ratio = np.log(_relative_eigenvalues(first, second))  # of R^{-1} Sigma
    d_ml = np.exp(-log_ratio).sum(axis=-1) + log_ratio.sum(axis=-1) - p
    alone = -np.linalg.slogdet(first)[1]
    hidden = np.where(usable, 1.0, np.nan)
    with np.errstate(invalid="ignore", divide="ignore"):
        return Distances(
            np.asarray(np.sqrt((gap[..., low[0], low[1]] ** 2).mean(axis=-1))),
            np.asarray((gap**2).sum(axis=(-2, -1)) / 2),
            np.asarray(hidden * (log_ratio**2).sum(axis=-1) / 2),
            np.asarray(hidden * d_ml),
            np.asarray(hidden * (1 - d_ml / alone)),
        )


def _relative_eigenvalues(first: Floats, second: Floats) -> Floats:
    """(*B, p) eigenvalues of ``first^{-1} second``, both positive definite: those of ``L^{-1} second L'^{-1}``."""
    root = np.linalg.inv(np.linalg.cholesky(first))
    return np.asarray(np.linalg.eigvalsh(root @ second @ np.swapaxes(root, -1, -2)))


def rms_theta(fit: Fit) -> Floats:
    """Root mean squared covariance of the residuals of the outer model (Lohmoeller 1989; Henseler et al. 2014), (*B,).

    ``Theta = R - R W L' - L W' R + L C L'`` off the diagonal; the items of a composite correlate freely within their
    block, so that those elements do not count.
    """
    d, corr = fit.design, fit.moments.corr
    own = own_loadings(fit)[..., None] * d.mask
    cross = corr @ fit.weights @ np.swapaxes(own, -1, -2)
    theta = corr - cross - np.swapaxes(cross, -1, -2) + own @ fit.correlations @ np.swapaxes(own, -1, -2)
    free = (d.block[:, None] == d.block) & ~common_factors(fit)[d.block][:, None]
    judged = np.isin(np.arange(len(d.block)), judged_entries(fit))
    rows, columns = np.nonzero(np.tril(~free & judged & judged[:, None], -1))
    if not len(rows):
        return np.full(fit.status.shape, np.nan)
    return np.asarray(np.sqrt((theta[..., rows, columns] ** 2).mean(axis=-1)))


def goodness_of_fit(fit: Fit) -> Floats:
    """Goodness of fit of Tenenhaus et al. (2005, eq. 14), (*B,): root of mean communality times mean R2; historical.

    Single items explain themselves and do not count among the communalities (as plspm; cSEM counts them).
    """
    d = fit.design
    several = ~d.single[d.block] & np.isin(np.arange(len(d.block)), judged_entries(fit))
    communality = (own_loadings(fit)[..., several] ** 2).mean(axis=-1)
    explained = [target for target, sources in fit.equations if not fit.design.family[target][sources].any()]
    explained = explained if fit.stages is not None else list(d.endogenous)
    return np.asarray(np.sqrt(communality * fit.r2[..., explained].mean(axis=-1)))


@dataclass(frozen=True, eq=False)
class EquationCriteria:
    """Information criteria of every structural equation, ``(*B, Q)`` along the endogenous constructs.

    Smaller is better; values of equations with different targets say nothing about one another.
    """

    aic: Floats
    bic: Floats


def equation_criteria(fit: Fit) -> EquationCriteria:
    """AIC and BIC of each structural equation (Sharma et al. 2019, table B1).

    ``n (log(SSE/n) + 2 k/n)`` and ``n (log(SSE/n) + k log(n)/n)`` with ``SSE = (1 - R2)(n - 1)`` and ``k`` the
    predictors and a constant.
    """
    d = fit.design
    r2 = fit.r2[..., list(d.endogenous)]
    n = np.asarray(fit.moments.n, dtype=np.float64)[..., None]
    counted = {target: len(sources) for target, sources in reversed(fit.equations)}
    k = np.asarray([counted[j] + 1 for j in d.endogenous], dtype=np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        level = n * np.log((1 - r2) * (n - 1) / n)
        return EquationCriteria(level + 2 * k, level + k * np.log(n))


def item_vif(fit: Fit) -> Floats:
    """(*B, p) variance inflation of every item among the items of its block; 1 for a single item."""
    corr = fit.moments.corr
    out = np.ones(corr.shape[:-1])
    for block in fit.design.blocks:
        if len(block) > 1:
            inverse = safe_inverse(corr[..., block[:, None], block])
            out[..., block] = np.diagonal(inverse, axis1=-2, axis2=-1)
    return out

"""The baseline model: items with means and variances of their own that are not correlated, in closed form."""

from __future__ import annotations

import numpy as np

from csimodels.estimate.ml.implied import Tangent, inverse, log_determinant, tangent, vech
from csimodels.estimate.ml.information import expected, weighted_crossproduct
from csimodels.estimate.ml.sample import Sample
from csimodels.estimate.ml.solution import Solution
from csimodels.estimate.ml.testing import Fitted
from csimodels.estimate.ml.vcov import saturated_weight
from csimodels.moments.linalg import Floats, finite_solve


def baseline(solution: Solution, together: tuple[int, ...] = ()) -> Fitted:
    """The baseline model of `solution` (lavaan's independence model), fitted by the same discrepancy.

    Variances (and means, where they are modelled) are free in every group, whatever the model holds equal; so are the
    covariances of the items `together` (of maximum likelihood).
    """
    return _by_likelihood(solution, together) if solution.discrepancy == "ml" else _by_least_squares(solution)


def _by_likelihood(solution: Solution, together: tuple[int, ...]) -> Fitted:
    """Variances of the sample; ``chi2 = sum n_g (sum log s_ii - log|S|)``."""
    sample = solution.sample
    variances = np.asarray(np.diagonal(sample.cov, axis1=-2, axis2=-1))
    at = independence(sample.mean, variances, means=solution.structure.table.mean_structure)
    with np.errstate(invalid="ignore", divide="ignore"):
        by_group = np.log(variances).sum(axis=-1) - log_determinant(sample.cov)
        if together:
            at = with_covariances(at, sample.cov, together)
            places = np.asarray(together)
            apart = np.log(variances[..., places]).sum(axis=-1)
            by_group = by_group - apart + log_determinant(sample.cov[..., places[:, None], places])
    chi2 = np.asarray((sample.n * by_group).sum(axis=-1))
    both = inverse(expected(at, sample))  # the observed information is the same: the variances are those of the sample
    known = sample.mean.shape[-2] * len(together) * (len(together) - 1) // 2
    return Fitted(at, sample, None, both, both, chi2, _df(sample) - known)


def _by_least_squares(solution: Solution) -> Fitted:
    """Weighted least squares of the moments ``s`` (the model is linear); ``chi2 = sum (n_g - 1) e'V e``."""
    sample = solution.fitted
    means = solution.structure.table.mean_structure
    weight = saturated_weight(solution, tangent(solution.structure, sample, solution.x))
    s = np.concatenate([sample.mean, vech(sample.cov)], axis=-1) if means else vech(sample.cov)
    p = sample.mean.shape[-1]
    own = np.flatnonzero(np.concatenate([np.ones(p if means else 0), vech(np.eye(p))]))
    pull = (weight @ s[..., None])[..., own, 0]
    found = finite_solve(weight[..., own[:, None], own], pull)
    left = s.copy()
    left[..., own] -= found
    chi2 = ((sample.n - 1) * (left[..., None, :] @ weight @ left[..., None])[..., 0, 0]).sum(axis=-1)
    at = independence(np.asarray(found[..., :p] if means else sample.mean), np.asarray(found[..., -p:]), means=means)
    first = inverse(weighted_crossproduct(at, weight, sample))
    return Fitted(at, sample, weight, first, None, np.asarray(chi2), _df(sample))


def _df(sample: Sample) -> int:
    p, groups = sample.mean.shape[-1], sample.mean.shape[-2]
    return int(groups * p * (p - 1) // 2)


def independence(mean: Floats, variances: Floats, *, means: bool) -> Tangent:
    """Uncorrelated items with these moments ``(*B, G, p)``; directions: means (if modelled) and variances by group."""
    groups, p = variances.shape[-2:]
    per_group = 2 * p if means else p
    dmu = np.zeros((groups, groups * per_group, p))
    dsigma = np.zeros((groups, groups * per_group, p, p))
    item = np.arange(p)
    for g in range(groups):
        first = g * per_group
        if means:
            dmu[g, first + item, item] = 1.0
            first += p
        dsigma[g, first + item, item, item] = 1.0
    sigma = variances[..., :, None] * np.eye(p)
    lead = variances.shape[:-2]
    return Tangent(
        np.asarray(mean),
        sigma,
        np.broadcast_to(dmu, (*lead, *dmu.shape)),
        np.broadcast_to(dsigma, (*lead, *dsigma.shape)),
        means,
    )


def with_covariances(at: Tangent, cov: Floats, together: tuple[int, ...]) -> Tangent:
    """`at` with the covariances of some items as in `cov` ``(*B, G, p, p)``, and a direction for each of them."""
    pairs = [(i, j) for k, i in enumerate(together) for j in together[:k]]
    groups = cov.shape[-3]
    sigma, more = np.array(at.sigma), np.zeros((groups, groups * len(pairs), *cov.shape[-2:]))
    for g in range(groups):
        for k, (i, j) in enumerate(pairs):
            sigma[..., g, i, j] = sigma[..., g, j, i] = cov[..., g, i, j]
            more[g, g * len(pairs) + k, i, j] = more[g, g * len(pairs) + k, j, i] = 1.0
    lead = at.dsigma.shape[: -len(more.shape)]
    dsigma = np.concatenate([at.dsigma, np.broadcast_to(more, (*lead, *more.shape))], axis=-3)
    still = np.zeros((*at.dmu.shape[:-2], groups * len(pairs), at.dmu.shape[-1]))
    return Tangent(at.mu, sigma, np.concatenate([at.dmu, still], axis=-2), dsigma, at.means)

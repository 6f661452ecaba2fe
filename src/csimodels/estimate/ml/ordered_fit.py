"""Robust CFI, TLI and RMSEA of ordered answers: the likelihood of polychoric correlations (Savalei 2021).

The least-squares chi-square of correlations is not on the scale that thresholds of these indices were made for.  In its
place stands ``X = sum n_g F(R_g, Sigma_g)``, the maximum-likelihood discrepancy at the estimates of least squares, and
``c = k / df`` with ``k = sum_g n_g tr(M' V M Gamma / n)``: its expectation under the model.  ``M`` takes a correlation
to its residual, ``V`` are the normal-theory weights of correlations at Sigma.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from csimodels.estimate.ml.cases import Cases
from csimodels.estimate.ml.implied import inverse, log_determinant, tangent, vech_places
from csimodels.estimate.ml.information import weight_matrix
from csimodels.estimate.ml.solution import Solution
from csimodels.estimate.ml.vcov import information_inverse
from csimodels.moments.linalg import Floats


@dataclass(frozen=True, eq=False)
class Likelihood:
    """A statistic of one model, its degrees of freedom, and its expectation over them, each ``()``."""

    stat: Floats
    df: Floats
    c_hat: Floats


def likelihood_tests(solution: Solution, cases: Cases) -> tuple[Likelihood, Likelihood]:
    """The model and the baseline of uncorrelated items; NaN where correlations are not positive definite.

    Parameters
    ----------
    solution : one fit of ordered answers, no batch axes.
    cases : its rows.
    """
    sample = solution.sample
    at = tangent(solution.structure, sample, solution.x)
    share, n = sample.share, np.asarray(sample.n, dtype=np.float64)
    gamma, weight = cases.gamma(means=False), np.asarray(solution.weight)
    apart = _apart(sample.mean.shape[-1])
    log_r = log_determinant(np.where(np.isfinite(inverse(sample.cov)), sample.cov, np.nan))
    gap = log_determinant(at.sigma) - log_r + (at.inverse * sample.cov).sum(axis=(-2, -1)) - at.sigma.shape[-1]
    taken = information_inverse(solution, at)
    slope = at.jacobian
    k = np.zeros(())
    for g in range(len(n)):
        for h in range(len(n)):  # a residual of a group moves with the correlations of all: parameters are shared
            moved = -slope[g] @ taken @ slope[h].T @ (share[h] * weight[h]) + (g == h) * np.eye(slope.shape[-2])
            m = moved[np.ix_(apart, apart)]
            v = share[g] * weight_matrix(at.inverse[g], means=False)[np.ix_(apart, apart)]
            k = k + ((m.T @ v @ m) * gamma[h][np.ix_(apart, apart)] / share[h]).sum()
    known = np.asarray(np.trace(gamma, axis1=-2, axis2=-1).sum())
    base_df = np.asarray(float(len(n) * len(apart)))
    model = _made((n * gap).sum(), np.asarray(float(solution.df)), k)
    return model, _made(-(n * log_r).sum(), base_df, known)


def _made(stat: Floats, df: Floats, mean: Floats) -> Likelihood:
    with np.errstate(invalid="ignore", divide="ignore"):
        return Likelihood(np.asarray(stat), df, np.asarray(np.where(df > 0, mean / df, np.nan)))


def _apart(p: int) -> np.ndarray:
    """Places of the correlations of two items in ``vech``."""
    row, col = vech_places(p)
    return np.flatnonzero(row != col)

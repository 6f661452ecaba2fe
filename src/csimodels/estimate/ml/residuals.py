"""Residuals of the moments: raw, as correlations, divided by their errors; and their root mean squares."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from csimodels.estimate.ml.cases import Cases
from csimodels.estimate.ml.implied import inverse, tangent, unvech, vech
from csimodels.estimate.ml.information import weight_matrix
from csimodels.estimate.ml.sample import Sample
from csimodels.estimate.ml.solution import Solution
from csimodels.estimate.ml.vcov import information_inverse, refuse_errors, saturated_weight
from csimodels.moments.linalg import Floats

Kind = Literal["raw", "cor", "bentler"]


@dataclass(frozen=True, eq=False)
class Residuals:
    """Sample less implied moments.

    Attributes
    ----------
    mean : (*B, G, p);  cov : (*B, G, p, p).
    """

    mean: Floats
    cov: Floats


def residuals(sample: Sample, mu: Floats, sigma: Floats, kind: Kind = "raw") -> Residuals:
    """Residuals of means and covariances.

    Parameters
    ----------
    kind : ``"raw"`` on the scale of the items; ``"cor"`` difference of the two correlation matrices (Bollen 1989);
        ``"bentler"`` raw residuals in sample standard deviations (Bentler 1995).  Means are in sample standard
        deviations for both.
    """
    sd = _deviations(sample.cov)
    mean, cov = sample.mean - mu, sample.cov - sigma
    if kind == "raw":
        return Residuals(np.asarray(mean), np.asarray(cov))
    mean = mean / sd
    if kind == "cor":
        cov = _over(sample.cov, sd) - _over(sigma, _deviations(sigma))
    else:
        cov = _over(cov, sd)
    return Residuals(np.asarray(mean), np.asarray(cov))


def _deviations(cov: Floats) -> Floats:
    with np.errstate(invalid="ignore"):
        return np.asarray(np.sqrt(np.diagonal(cov, axis1=-2, axis2=-1)))


def _over(cov: Floats, sd: Floats) -> Floats:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(cov / (sd[..., :, None] * sd[..., None, :]))


def z_residuals(
    solution: Solution, kind: Literal["normalized", "standardized"] = "standardized", cases: Cases | None = None
) -> Residuals:
    """Residuals divided by their standard errors.

    Parameters
    ----------
    kind : ``"normalized"`` takes the error of the sample moment alone, ``"standardized"`` that of the residual
        (Haberman 1973; Bollen 1989, p. 259), which leaves out what the parameters take up.
    cases : rows, for errors that hold for answers that are not normal (expected information, as MLM); normal theory
        without them.

    Returns
    -------
    Residuals, NaN where the error is zero (a moment that the model reproduces whatever the data).  Without a mean
    structure the residuals of means are NaN.
    """
    if cases is not None:
        refuse_errors(solution, "mlm", cases)
    sample = solution.fitted
    at = tangent(solution.structure, sample, solution.x)
    means = at.means
    n = np.asarray(sample.n, dtype=np.float64)[..., None, None]
    weight = saturated_weight(solution, at)
    if cases is None:
        observed = inverse(weight_matrix(inverse(sample.cov), means=means)) / n
    else:
        observed = cases.gamma(means=means) / n
    if kind == "standardized":
        share = sample.share[..., None, None]
        bread = information_inverse(solution, at)[..., None, :, :]
        taken = share * (at.jacobian @ bread @ at.jacobian.swapaxes(-1, -2)) @ weight
        left = np.eye(taken.shape[-1]) - taken
        observed = left @ observed @ left.swapaxes(-1, -2)
    return _divided(residuals(sample, at.mu, at.sigma), np.diagonal(observed, axis1=-2, axis2=-1), means)


def _divided(raw: Residuals, variance: Floats, means: bool) -> Residuals:
    p = raw.mean.shape[-1]
    # a variance that is zero but for rounding belongs to a moment the model reproduces
    whole = variance.max(axis=-1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        se = np.sqrt(np.where(variance > 1e-12 * whole, variance, np.nan))
        cov = raw.cov / unvech(se[..., p:] if means else se, p)
        mean = raw.mean / se[..., :p] if means else np.full(raw.mean.shape, np.nan)
    return Residuals(np.asarray(mean), np.asarray(cov))


def root_mean_squares(sample: Sample, mu: Floats, sigma: Floats, *, means: bool) -> dict[str, Floats]:
    """RMR, SRMR and their variants by lavaan's names, each ``(*B,)``; groups weigh by their size.

    ``rmr`` raw; ``srmr`` (= ``srmr_bentler``) in sample standard deviations, ``p(p+1)/2`` moments (and p means);
    ``crmr`` differences of correlations, the diagonal not counted; ``srmr_mplus`` differences of correlations and
    relative differences of variances.  ``_nomean`` leaves the means out.
    """
    p = sample.mean.shape[-1]
    half = p * (p + 1) // 2
    share = sample.share
    out: dict[str, Floats] = {}

    def add(name: str, cov: Floats, mean: Floats, moments: int) -> None:
        square = (cov**2).sum(axis=-1) if moments else np.full(cov.shape[:-1], np.nan)  # one item has no correlation
        moments = max(moments, 1)
        out[f"{name}_nomean"] = np.asarray((share * np.sqrt(square / moments)).sum(axis=-1))
        both = np.sqrt((square + (mean**2).sum(axis=-1)) / (moments + p)) if means else np.sqrt(square / moments)
        out[name] = np.asarray((share * both).sum(axis=-1))

    raw, bentler, cor = (residuals(sample, mu, sigma, kind) for kind in ("raw", "bentler", "cor"))
    add("rmr", vech(raw.cov), raw.mean, half)
    add("srmr_bentler", vech(bentler.cov), bentler.mean, half)
    add("crmr", vech(cor.cov), cor.mean, half - p)
    relative = np.diagonal(raw.cov, axis1=-2, axis2=-1) / np.diagonal(sample.cov, axis1=-2, axis2=-1)
    mplus_mean = sample.mean / _deviations(sample.cov) - mu / _deviations(sigma)
    add("srmr_mplus", np.concatenate([vech(cor.cov), relative], axis=-1), mplus_mean, half)
    out["srmr"] = out["srmr_bentler"]
    return out

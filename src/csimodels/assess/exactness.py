"""Test of exact fit: are the distances larger than sampling explains? (Dijkstra & Henseler 2015, section 2.4.)"""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import dataclass, replace

import numpy as np

from csimodels.assess.fit_pls import distances
from csimodels.assess.implied import ModelKind, implied_correlations
from csimodels.errors import UNUSABLE, EstimationError, Problem
from csimodels.estimate import Fit
from csimodels.infer import replicate
from csimodels.messages import Message
from csimodels.moments import Moments, Plan, Rows
from csimodels.moments.linalg import Floats, is_positive_definite

#: Distances that are tested, in the order of the arrays.
TESTED = ("srmr", "d_uls", "d_g")

#: Quantiles of the replicates that are shown beside a distance.
LEVELS = (0.95, 0.99)


@dataclass(frozen=True, eq=False)
class ExactFit:
    """Distances of a fit and their distribution where the model holds.

    Attributes
    ----------
    names : tuple of str
        ``srmr, d_uls, d_g``.
    value, hi95, hi99, p : (3,) array
        Distance of the data, quantiles of the replicates, and the share of replicates at least as far away, with one
        added to count and number (Davison & Hinkley 1997, section 4.2).
    kept, asked : int
        Replicates with a distance, of those asked for.
    replicates : (R, 3) array
        NaN where a replicate failed.
    """

    names: tuple[str, ...]
    value: Floats
    hi95: Floats
    hi99: Floats
    p: Floats
    kept: int
    asked: int
    replicates: Floats


def exact_fit(
    fit: Fit,
    rows: Rows,
    plan: Plan,
    rule: str = "listwise",
    kind: ModelKind = "estimated",
    pool: Executor | None = None,
) -> ExactFit:
    """Bootstrap test that the model implies the correlations of the population.

    Answers are turned so that their correlations are the implied ones (Beran & Srivastava 1985; Bollen & Stine 1992).
    On moments: with ``R`` observed, ``Sigma`` implied and ``T = R^{-1/2} Sigma^{1/2}``, every replicate of the
    covariances ``C`` becomes ``T' C T``, so that no row is touched again.

    Parameters
    ----------
    fit : Fit
        One fit, without batch axes.
    rows, plan, rule : Rows, Plan, str
        What is resampled, as for :func:`csimodels.infer.replicate`; a plan of whole clusters serves clustered samples.
    kind : {"saturated", "estimated"}
        Which model is tested; the saturated one tests the measurement alone.

    Raises
    ------
    EstimationError
        The implied correlations are not positive definite: no data could have them.
    """
    observed, implied = fit.moments.corr, implied_correlations(fit, kind)
    if not (is_positive_definite(observed) and is_positive_definite(implied)):
        raise EstimationError(
            Problem(
                "the test of exact fit needs positive definite correlations",
                found=Message(
                    "{kind} model: observed or implied correlations of the items are singular or indefinite",
                    kind=Message(kind),
                ),
                remedy="look at the status of the fit: PLSc with correlations beyond 1 has none",
            )
        )
    turn = (_root(observed, -0.5) @ _root(implied, 0.5)) / fit.moments.sd[:, None]
    estimator, design = fit.estimator, fit.design

    def statistic(moments: Moments) -> tuple[Floats, np.ndarray]:
        turned = replace(moments, mean=moments.mean @ turn, cov=turn.T @ moments.cov @ turn)
        refit = estimator(design, turned)
        unusable = (refit.status & int(UNUSABLE)) != 0
        values = _stacked(refit, kind)
        return np.where(unusable[..., None], np.nan, values), refit.status

    drawn = replicate(rows, plan, rule, statistic, pool=pool).values
    value = _stacked(fit, kind)
    there = ~np.isnan(drawn).any(axis=1)
    kept = drawn[there]
    quantiles = np.quantile(kept, LEVELS, axis=0) if len(kept) else np.full((2, len(TESTED)), np.nan)
    p = ((kept >= value).sum(axis=0) + 1) / (len(kept) + 1)
    return ExactFit(TESTED, value, quantiles[0], quantiles[1], p, len(kept), len(drawn), drawn)


def _stacked(fit: Fit, kind: ModelKind) -> Floats:
    found = distances(fit, kind)
    return np.stack([getattr(found, name) for name in TESTED], axis=-1)


def _root(matrix: Floats, power: float) -> Floats:
    """Symmetric power of a positive definite matrix ``(p, p)``."""
    values, vectors = np.linalg.eigh(matrix)
    return np.asarray((vectors * values**power) @ vectors.T)

"""FIMIX-PLS: respondents in segments with paths of their own, by a finite mixture (Hahn et al. 2002).

Scores come from the fit of all respondents; in segment ``k`` every endogenous score is normal about a regression on its
predecessors.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from csimodels.assess.mixture_em import ScoreMoments, Solutions, expectation_maximisation
from csimodels.errors import DataError, Problem, is_whole
from csimodels.estimate import Design
from csimodels.messages import Message, joined
from csimodels.moments.linalg import Floats
from csimodels.moments.replicates import row_uniforms
from csimodels.moments.threads import single_blas

#: Criteria of the number of segments, smaller is better but for EN.
CRITERIA = ("lnL", "AIC", "AIC3", "AIC4", "BIC", "CAIC", "HQ", "MDL5", "EN")


@dataclass(frozen=True)
class MixtureSettings:
    """How the mixture is fitted.

    Parameters
    ----------
    starts : int
        Random starts; the best of those that stand is kept.
    seed : int
        Where they come from.
    tol : float
        Change of the log-likelihood at which a start stops.
    max_iter : int
        Steps of EM at most.
    intercepts : bool
        A level of its own for every segment and equation (default: segments do differ in level); Hahn et al. have none.
    """

    starts: int = 20
    seed: int = 1
    tol: float = 1e-6
    max_iter: int = 5000
    intercepts: bool = True


@dataclass(frozen=True, eq=False)
class Mixture:
    """The best solution for ``K`` segments, the largest segment first.

    Attributes
    ----------
    share : (K,) array
        Mixing proportions.
    paths : (K, J, J) array
        ``paths[k, target, source]``.
    intercepts, variances : (K, J) array
        Of the equation of each endogenous construct; 0 and NaN for exogenous ones.
    posterior : (n, K) array
        Probability of each segment given the scores of a respondent.
    log_likelihood : float
    parameters : int
        Free ones.
    converged : bool
    iterations : int
    starts, failed : int
        Starts asked for, and those that ran into an empty or degenerate segment.
    agreeing : int
        Starts that end within 0.001 of the best log-likelihood: one of many is a solution to distrust.
    """

    share: Floats
    paths: Floats
    intercepts: Floats
    variances: Floats
    posterior: Floats
    log_likelihood: float
    parameters: int
    converged: bool
    iterations: int
    starts: int
    failed: int
    agreeing: int

    @property
    def segments(self) -> int:
        """Number of segments ``K``."""
        return len(self.share)

    @property
    def segment(self) -> NDArray[np.intp]:
        """(n,) most probable segment of each respondent, from 0."""
        return np.asarray(self.posterior.argmax(axis=1), dtype=np.intp)

    @property
    def entropy(self) -> float:
        """Normed entropy EN: 1 where segments are apart, 0 where nobody can be told; NaN for one segment."""
        n, k = self.posterior.shape
        if k == 1:
            return float("nan")
        p = np.maximum(self.posterior, np.finfo(float).tiny)
        return float(1 + (p * np.log(p)).sum() / (n * np.log(k)))

    def criteria(self) -> dict[str, float]:
        """Values of :data:`CRITERIA` (Sarstedt, Becker, Ringle & Schwaiger 2011)."""
        q, ln, n = self.parameters, self.log_likelihood, len(self.posterior)
        log_n = np.log(n)
        penalty = {"AIC": 2 * q, "AIC3": 3 * q, "AIC4": 4 * q, "BIC": log_n * q, "CAIC": (log_n + 1) * q}
        penalty |= {"HQ": 2 * np.log(log_n) * q, "MDL5": 5 * log_n * q}
        return {"lnL": ln, **{name: float(-2 * ln + cost) for name, cost in penalty.items()}, "EN": self.entropy}


def fit_mixture(
    scores: Floats,
    design: Design,
    segments: int,
    settings: MixtureSettings | None = None,
    starts: Floats | None = None,
) -> Mixture:
    """Fit ``K`` segments to construct scores.

    Parameters
    ----------
    scores : (n, J) array
        Standardised scores of all respondents, none missing.
    design : Design
        Whose paths the segments have.
    segments : int
        ``K``, at least 1.
    settings : MixtureSettings
        Starts, stopping, intercepts.
    starts : (S, n, K) array, optional
        Probabilities to start from instead of random ones.

    Raises
    ------
    DataError
        More segments than the data carry (fewer than ten respondents for each predictor of the longest equation),
        scores with holes, or no start that stands.
    """
    settings = settings or MixtureSettings()
    equations = [(t, [int(s) for s in design.predecessors[t]]) for t in design.endogenous]
    per_segment = sum(len(sources) + 1 + settings.intercepts for _, sources in equations)
    _check(scores, segments, max(len(sources) for _, sources in equations))
    moments = ScoreMoments.of(scores, equations, settings.intercepts)
    begin = _random_starts(len(scores), segments, settings) if starts is None else np.swapaxes(starts, 1, 2)
    with single_blas():  # thousands of small products: threads would wait for one another
        found = expectation_maximisation(moments, begin, settings.tol, settings.max_iter)
    best = int(np.nanargmax(found.log_likelihood)) if np.isfinite(found.log_likelihood).any() else -1
    if best < 0:
        what = "no start of the mixture stands: segments became empty or lie on a line"
        remedy = "ask for fewer segments, or for more starts"
        raise DataError(
            Problem(
                what, found=Message("{segments} segments, {n} starts", segments=segments, n=len(begin)), remedy=remedy
            )
        )
    parameters = segments - 1 + segments * per_segment
    return _assembled(found, best, design, equations, parameters)


def compare_mixtures(
    scores: Floats, design: Design, segments: Sequence[int] = (1, 2, 3, 4, 5), settings: MixtureSettings | None = None
) -> tuple[dict[int, Mixture], dict[int, str]]:
    """Solutions for several numbers of segments, and why the others have none."""
    done: dict[int, Mixture] = {}
    refused: dict[int, str] = {}
    for k in segments:
        try:
            done[k] = fit_mixture(scores, design, k, settings)
        except DataError as error:
            refused[k] = joined(text for p in error.problems for text in (p.what, p.allowed) if text)
    return done, refused


def _check(scores: Floats, segments: int, width: int) -> None:
    problems = []
    most = len(scores) // (10 * width)
    if not is_whole(segments) or segments < 1 or (segments > 1 and segments > most):
        what = "more segments than these data carry" if is_whole(segments) and segments > 1 else "no number of segments"
        allowed = Message("1 to {most}: ten respondents for each predictor of the longest equation", most=max(most, 1))
        problems.append(Problem(what, "segments", str(segments), allowed))
    holes = int(np.isnan(scores).any(axis=1).sum())
    if holes:
        remedy = "fill the answers by a missing rule, or leave these rows out"
        problems.append(
            Problem(
                "scores are missing", found=Message("{holes} of {n} rows", holes=holes, n=len(scores)), remedy=remedy
            )
        )
    if problems:
        raise DataError(problems)


def _random_starts(n: int, segments: int, settings: MixtureSettings) -> Floats:
    """(S, K, n) exponentials scaled to sum to 1 in each row: uniform on the simplex; one start where K is 1."""
    if segments == 1:
        return np.ones((1, 1, n))
    draws = [row_uniforms(settings.seed, segments, s, n * segments) for s in range(settings.starts)]
    raw = -np.log1p(-np.stack(draws)).reshape(settings.starts, segments, n)
    return np.asarray(raw / raw.sum(axis=1, keepdims=True))


def _assembled(
    found: Solutions, best: int, design: Design, equations: list[tuple[int, list[int]]], parameters: int
) -> Mixture:
    order = np.argsort(-found.share[best], kind="stable")
    k, j = len(order), len(design.constructs)
    paths, level, spread = np.zeros((k, j, j)), np.zeros((k, j)), np.full((k, j), np.nan)
    for equation, (target, sources) in enumerate(equations):
        beta = found.beta[equation][best][order]
        paths[:, target, sources] = beta[:, : len(sources)]
        if beta.shape[1] > len(sources):
            level[:, target] = beta[:, -1]
        spread[:, target] = found.variance[best, order, equation]
    value = float(found.log_likelihood[best])
    return Mixture(
        found.share[best][order],
        paths,
        level,
        spread,
        found.posterior[best][order].T,
        value,
        parameters,
        bool(found.converged[best]),
        int(found.iterations[best]),
        len(found.log_likelihood),
        int((~np.isfinite(found.log_likelihood)).sum()),
        int((found.log_likelihood > value - 1e-3).sum()),
    )

"""The Bollen-Stine bootstrap of the chi-square test (Bollen & Stine 1992), all replicates in batches."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from csimodels.errors import UNUSABLE, Problem, SpecError, is_whole
from csimodels.estimate.ml.cases import Cases
from csimodels.estimate.ml.discrepancy import WEIGHTED
from csimodels.estimate.ml.implied import unvech, vech_places
from csimodels.estimate.ml.sample import Sample
from csimodels.estimate.ml.solution import Solution, solve
from csimodels.messages import Message
from csimodels.moments import Multinomial
from csimodels.moments.linalg import Floats

#: Replicates that are fitted at once.
CHUNK = 250
#: More would take days.
MOST = 1_000_000


@dataclass(frozen=True, eq=False)
class BollenStine:
    """Distribution of chi-square where the model holds and the answers are shaped as they are.

    Attributes
    ----------
    chi2 : (R,) of every replicate, NaN where it has none;  status : (R,) its state.
    stat : chi-square of the data;  p : share of the usable replicates with a larger one;  kept : their number.
    """

    chi2: Floats
    status: NDArray[np.int64]
    stat: float
    p: float
    kept: int


def bollen_stine(solution: Solution, cases: Cases, replicates: int = 1000, seed: int = 1) -> BollenStine:
    """Test `solution` by resampling rows that are turned so that their covariance is the implied one.

    Parameters
    ----------
    cases : the rows behind the moments, without weights or clusters.
    replicates, seed : of the multinomial bootstrap, within groups.

    Raises
    ------
    SpecError
        Weighted or clustered rows, for which the method is not defined; ``wls``, whose weight matrix would have to be
        made anew from every replicate; replicates or a seed that are none.
    """
    _refuse(solution, cases, replicates, seed)
    rows = transformed(solution, cases)
    parts = [
        _chunk(solution, rows, cases, seed, start, min(start + CHUNK, replicates))
        for start in range(0, replicates, CHUNK)
    ]
    chi2 = np.concatenate([part.chi2 for part in parts])
    status = np.concatenate([part.status for part in parts])
    usable = ((status & int(UNUSABLE)) == 0) & np.isfinite(chi2)
    stat = float(solution.chi2)
    kept = int(usable.sum())
    p = float((chi2[usable] > stat).mean()) if kept else float("nan")
    return BollenStine(np.where(usable, chi2, np.nan), status, stat, p, kept)


def _refuse(solution: Solution, cases: Cases, replicates: int, seed: int) -> None:
    problems = []
    if solution.discrepancy in WEIGHTED:
        what = "the Bollen-Stine bootstrap is not made for a weight matrix that comes from the answers"
        problems.append(Problem(what, "bollen_stine", solution.discrepancy, "ml, gls, uls", "use estimator: ml"))
    if cases.cluster is not None:
        problems.append(Problem("the Bollen-Stine bootstrap is not defined for clusters", remedy="use errors 'mlr'"))
    if not np.allclose(cases.weights, 1.0):
        problems.append(Problem("the Bollen-Stine bootstrap is not defined for weights", remedy="use errors 'mlr'"))
    if not is_whole(replicates) or not 1 <= replicates <= MOST:
        what, allowed = "the bootstrap needs replicates, a whole number of them", Message("1 to {MOST}", MOST=MOST)
        problems.append(Problem(what, "replicates", repr(replicates), allowed))
    if not is_whole(seed) or not 0 <= seed < 2**63:
        problems.append(Problem("the seed must be a whole number", "seed", repr(seed), "0 to 2**63 - 1"))
    if problems:
        raise SpecError(problems)


def transformed(solution: Solution, cases: Cases) -> Floats:
    """(n, p) rows ``(x - m) S^{-1/2} Sigma^{1/2} + mu`` whose moments are the implied ones, group by group.

    Without a mean structure they keep their own means.
    """
    means = solution.structure.table.mean_structure
    out = np.empty_like(cases.x)
    for g in range(cases.groups):
        at = cases.group == g
        mean, cov = solution.sample.mean[g], solution.sample.cov[g]
        turn = _power(cov, -0.5) @ _power(solution.sigma[g], 0.5)
        out[at] = (cases.x[at] - mean) @ turn + (solution.mu[g] if means else mean)
    return out


def _power(a: Floats, exponent: float) -> Floats:
    """Symmetric power of a positive definite matrix; NaN where it is not."""
    values, vectors = np.linalg.eigh(a)
    if values.min() <= 0:
        return np.full(a.shape, np.nan)
    return np.asarray((vectors * values**exponent) @ vectors.T)


def _chunk(solution: Solution, rows: Floats, cases: Cases, seed: int, start: int, stop: int) -> Solution:
    """Refit the replicates ``start`` to ``stop - 1``."""
    p = rows.shape[1]
    row, col = vech_places(p)
    means, covs, sizes = [], [], []
    for g in range(cases.groups):
        x = rows[cases.group == g]
        centre = x.mean(axis=0)
        z = x - centre
        counts = Multinomial(len(x), stop, seed, stream=g).counts(start, stop)
        mean = counts @ z / len(x)
        second = unvech(counts @ (z[:, row] * z[:, col]) / len(x), p)
        means.append(mean + centre)
        covs.append(second - mean[:, :, None] * mean[:, None, :])
        sizes.append(np.full(stop - start, float(len(x))))
    sample = Sample(np.stack(means, axis=1), np.stack(covs, axis=1), np.stack(sizes, axis=1))
    return solve(solution.structure, sample, solution.discrepancy, start=solution.x)

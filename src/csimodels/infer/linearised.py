"""Linearised standard errors (infinitesimal jackknife, Taylor linearisation) of every published number at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from csimodels.infer.desk import Desk, extra_means, with_desk
from csimodels.infer.freedom import effective_df
from csimodels.infer.influence import calibrated, contributions, extra_contributions, perturbed
from csimodels.infer.level import check_level
from csimodels.infer.resample import Statistic
from csimodels.moments import Moments, Rows, Sampling, chunks
from csimodels.moments.linalg import Floats

#: Step of the central differences, in standard deviations: truncation and rounding are both below 1e-7 of a value.
STEP = 1e-4

#: Numbers whose influences are held at once.
COLUMNS = 32

#: Perturbed moments that are fitted at once.
BATCH = 500


@dataclass(frozen=True)
class Linearised:
    """Linearised standard errors with t intervals.

    Every published number is a smooth function of the item means and covariances.  Its derivatives, by central
    differences in one batch of fits, turn each respondent's contribution to the moments into a contribution to the
    number (Jaeckel 1972), whose variance follows from the sampling design (Binder 1983).

    Parameters
    ----------
    level : confidence level in (0, 1).
    """

    level: float = 0.95

    def __post_init__(self) -> None:
        check_level(self.level)


def jacobian(statistic: Statistic, moments: Moments, desk: Desk | None = None) -> Floats:
    """(Q, D) derivatives of the statistic with respect to the means and the upper triangle of the covariances.

    With a `desk` they are ``(Q + Q2, D + e)``: the means of the extra columns are further inputs, the numbers of the
    desk further outputs, and the model is not fitted once more for any of them.

    Parameters
    ----------
    statistic : takes moments with one batch axis; should be converged well beyond the published digits, as its noise
        is divided by the step.
    moments : of one group, no batch axes.
    desk : numbers from extra columns, see :mod:`csimodels.infer.desk`.
    """
    means, covs, steps = perturbed(moments.mean, moments.cov, STEP)
    size = len(steps)
    parts = []
    for start, stop in chunks(len(means), BATCH):
        ones = np.ones(stop - start)
        batch = Moments(means[start:stop], covs[start:stop], moments.n * ones, moments.n_eff * ones, moments.items)
        parts.append(statistic(batch)[0])
    values = np.concatenate(parts) if parts else np.empty((0, 0))
    slopes = np.asarray(((values[:size] - values[size:]) / (2 * steps[:, None])).T)
    if desk is None:
        return slopes
    point = statistic(moments[None])[0][0]
    return with_desk(slopes if size else np.empty((len(point), 0)), desk, extra_means(moments), point)


def linearised_variance(totals: Floats, slopes: Floats, sampling: Sampling) -> tuple[Floats, Floats]:
    """Variance of every number and its degrees of freedom, both (Q,).

    Parameters
    ----------
    totals : (C, D) contributions of the sampling units to the moments, see :func:`moment_totals`.
    slopes : (Q, D) the :func:`jacobian`.
    """
    variance, df = [], []
    for start, stop in chunks(len(slopes), COLUMNS):  # many units times all numbers would not fit into memory
        part = totals @ slopes[start:stop].T
        variance.append(sampling.variance(part))
        df.append(effective_df(part, sampling))
    return np.concatenate(variance), np.concatenate(df)


def moment_totals(
    rows: Rows, moments: Moments, rule: str, sampling: Sampling, margins: NDArray[np.intp] | None = None
) -> Floats:
    """(C, D) contribution of each sampling unit to the moments, then ``e`` to the means of the extra columns.

    Parameters as for :func:`influences`.
    """
    parts = contributions(rows, moments, rule)
    if rows.extra is not None:
        parts = np.concatenate([parts, extra_contributions(rows, extra_means(moments))], axis=1)
    if margins is not None:
        parts = calibrated(parts, rows.unit_weights, margins)
    return sampling.totals(parts)


def influences(
    rows: Rows,
    moments: Moments,
    rule: str,
    sampling: Sampling,
    slopes: Floats,
    margins: NDArray[np.intp] | None = None,
) -> Floats:
    """(C, Q) contribution of each sampling unit to every number; they sum to zero.

    Parameters
    ----------
    slopes : (Q, D) the :func:`jacobian`.
    margins : (n, M) categories that the weights were raked to, where they were.
    """
    return np.asarray(moment_totals(rows, moments, rule, sampling, margins) @ slopes.T)

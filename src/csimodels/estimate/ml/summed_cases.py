"""Robust errors and tests from sums: second moments of what rows add to means and covariances stand for the rows.

Casewise scores and the contributions behind fourth moments are linear in ``v = (1, z, vech zz')``, with `z` the answers
from their mean.  So ``sum_i w_i^2 v_i v_i'`` (rows of a cluster added up before) is all that their outer products need;
it is a sum over respondents, or over clusters of their sums.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from csimodels.estimate.ml.cases import Cases
from csimodels.estimate.ml.implied import vech_places
from csimodels.estimate.ml.sample import Sample
from csimodels.moments import Moments, Sums
from csimodels.moments.linalg import Floats


def terms(z: Floats) -> Floats:
    """(n, t) rows ``(1, z, vech zz')`` of answers from their mean ``(n, p)``."""
    row, col = vech_places(z.shape[1])
    return np.concatenate([np.ones((len(z), 1)), z, z[:, row] * z[:, col]], axis=1)


def power_of_rows(blocks: Iterable[tuple[Floats, Floats]], p: int) -> Floats:
    """(t, t) ``sum_i w_i^2 v_i v_i'`` of rows ``z (n, p)`` with weights ``(n,)``, block by block."""
    size = 1 + p + p * (p + 1) // 2
    out = np.zeros((size, size))
    for z, weights in blocks:
        v = terms(z) * weights[:, None]
        out += v.T @ v
    return out


def power_of_clusters(parts: Sums, unit: NDArray[np.intp], mean: Floats) -> Floats:
    """(t, t) the same with the rows of a cluster added up before, times ``C / (C - 1)`` for C clusters.

    Parameters
    ----------
    parts : Sums ``(K,)`` of complete rows;  unit : (K,) cluster of each;  mean : (p,) of all.
    """
    d = parts.shift - mean
    row, col = vech_places(len(d))
    moved = parts.wx + parts.w[:, None] * d
    crossed = parts.wx[:, :, None] * d
    products = parts.wxx + crossed + np.swapaxes(crossed, -1, -2) + parts.w[:, None, None] * np.outer(d, d)
    totals = np.concatenate([parts.w[:, None], moved, products[:, row, col]], axis=1)[parts.n_rows > 0]
    number = np.unique(unit[parts.n_rows > 0], return_inverse=True)[1].ravel()
    summed = np.zeros((int(number.max()) + 1, totals.shape[1]))
    np.add.at(summed, number, totals)
    factor = len(summed) / (len(summed) - 1) if len(summed) > 1 else np.nan
    return np.asarray(summed.T @ summed * factor)


@dataclass(frozen=True, eq=False)
class SummedCases(Cases):
    """One group of which no row is held: a row here is one of the ``t`` terms of ``v``.

    Attributes
    ----------
    moments : of the rows, no batch axes.
    power : (t, t) ``sum_i w_i^2 v_i v_i'``, weights with the sum n.
    """

    moments: Moments = field(kw_only=True)
    power: Floats = field(kw_only=True)

    @classmethod
    def of_sums(cls, moments: Moments, power: Floats, weight: float) -> SummedCases:
        """From the power of rows whose weights have the sum `weight`."""
        t, p = len(power), len(moments.items)
        n = float(moments.n)
        blank, group = np.zeros((t, p)), np.zeros(t, dtype=np.intp)
        return cls(blank, np.ones(t), group, None, 1, moments=moments, power=power * (n / weight) ** 2)

    @property
    def sample(self) -> Sample:
        """The moments."""
        return Sample(self.moments.mean[None], self.moments.cov[None], self.totals)

    @property
    def totals(self) -> Floats:
        """(1,) number of rows."""
        return np.atleast_1d(np.asarray(self.moments.n, dtype=np.float64))

    def scores(self, mu: Floats, precision: Floats, *, means: bool) -> Floats:
        """(t, P) how the derivatives of a row's log-likelihood follow from its terms; see :meth:`Cases.scores`."""
        a, b = precision[0], precision[0] @ (self.moments.mean - mu[0])
        p = len(a)
        row, col = vech_places(p)
        once = np.where(row == col, 0.5, 1.0)
        linear = b[row] * a[:, col] + b[col] * a[:, row]
        pairs = a[np.ix_(row, row)] * a[np.ix_(col, col)]
        pairs += np.where((row != col)[:, None], a[np.ix_(col, row)] * a[np.ix_(row, col)], 0.0)
        by_cov = np.concatenate([(b[row] * b[col] - a[row, col])[None], linear, pairs]) * once
        if not means:
            return by_cov
        by_mean = np.concatenate([b[None], a, np.zeros((len(row), p))])
        return np.concatenate([by_mean, by_cov], axis=1)

    def meat(self, scores: Floats) -> Floats:
        """(1, k, k) first-order information per row; clusters are in the power already."""
        return np.asarray(scores.T @ self.power @ scores / self.totals[0])[None]

    def gamma(self, *, means: bool) -> Floats:
        """(1, P, P) asymptotic covariance of ``[mean if modelled, vech S]`` times n; see :meth:`Cases.gamma`."""
        p, t = len(self.moments.mean), len(self.power)
        row, col = vech_places(p)
        out = np.eye(t)
        out[0, 1 + p :] = -self.moments.cov[row, col]
        return self.meat(out[:, 1 if means else 1 + p :])

"""Rows as the robust errors and tests need them: casewise scores, their covariance, fourth moments.

Rows are complete, of one solution (no batch axes), and carry the code of their group, a sampling weight and a cluster.
Weights are normalised so that they sum to the number of rows (lavaan's ``sampling.weights.normalization = "total"``).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
from numpy.typing import NDArray

from csimodels.estimate.ml.implied import vech_places
from csimodels.estimate.ml.sample import Sample
from csimodels.moments.linalg import Floats


def row_arrays(
    x: Floats,
    weights: Floats | None,
    group: NDArray[np.integer] | None,
    cluster: NDArray[np.generic] | None,
) -> tuple[Floats, Floats, NDArray[np.intp], NDArray[np.intp] | None]:
    """Answers, weights (ones), group codes (zeros) and cluster numbers of rows, all of one length.

    Raises
    ------
    ValueError
        They differ in length.
    """
    x = np.asarray(x, dtype=np.float64)
    n = len(x)
    given = np.ones(n) if weights is None else np.asarray(weights, dtype=np.float64)
    codes = np.zeros(n, dtype=np.intp) if group is None else np.asarray(group, dtype=np.intp)
    unit = None if cluster is None else np.unique(cluster, return_inverse=True)[1].reshape(-1)
    if any(len(a) != n for a in (given, codes, *([] if unit is None else [unit]))):
        raise ValueError("answers, weights, groups and clusters differ in length")
    return x, given, codes, unit


@dataclass(frozen=True, eq=False)
class GroupedRows:
    """Rows of G groups.

    Attributes
    ----------
    x : (n, p) answers in the item order of the model.
    weights : (n,) sampling weights that sum to n.
    group : (n,) codes 0 .. G-1.
    cluster : (n,) codes of the primary sampling units, or None for independent rows.
    groups : G.
    """

    x: Floats
    weights: Floats
    group: NDArray[np.intp]
    cluster: NDArray[np.intp] | None
    groups: int

    @classmethod
    def of(
        cls,
        x: Floats,
        *,
        weights: Floats | None = None,
        group: NDArray[np.integer] | None = None,
        cluster: NDArray[np.generic] | None = None,
    ) -> Self:
        """Rows with any positive weights and any cluster labels.

        Raises
        ------
        ValueError
            Answers that this kind of rows cannot have, arrays of unequal length, weights without a positive sum.
        """
        x, given, codes, unit = row_arrays(x, weights, group, cluster)
        kept = cls.usable(x)
        total = given[kept].sum()
        if not (np.isfinite(given).all() and (given >= 0).all() and total > 0):
            raise ValueError("weights have to be finite, not negative, and not all zero")
        scaled = given[kept] * (kept.sum() / total)
        return cls(x[kept], scaled, codes[kept], None if unit is None else unit[kept], int(codes.max()) + 1)

    @classmethod
    def usable(cls, x: Floats) -> NDArray[np.bool_]:
        """(n,) rows that are taken; answers that no row may have are refused."""
        raise NotImplementedError

    def units(self, g: int) -> NDArray[np.intp] | None:
        """(n_g,) codes 0 .. C-1 of the clusters of group `g`, None where rows are independent."""
        if self.cluster is None:
            return None
        return np.unique(self.cluster[self.group == g], return_inverse=True)[1].reshape(-1)


def cluster_factor(clusters: int) -> float:
    """``C / (C - 1)`` for C clusters (lavaan, ``cluster =``); NaN for a single one."""
    return clusters / (clusters - 1) if clusters > 1 else np.nan


class Cases(GroupedRows):
    """Complete rows of G groups; a missing answer is refused (leave rows out, or use FIML)."""

    @classmethod
    def usable(cls, x: Floats) -> NDArray[np.bool_]:
        """(n,) all rows."""
        if not np.isfinite(x).all():
            raise ValueError("robust errors need complete rows; leave incomplete ones out, or use FIML")
        return np.ones(len(x), dtype=bool)

    @cached_property
    def sample(self) -> Sample:
        """Weighted moments, divisor the sum of weights, and that sum as number of rows: what the model is fitted to."""
        parts = [self._moments(g) for g in range(self.groups)]
        return Sample(np.stack([m for m, _, _ in parts]), np.stack([s for _, s, _ in parts]), self.totals)

    def _moments(self, g: int) -> tuple[Floats, Floats, float]:
        at = self.group == g
        w, x = self.weights[at], self.x[at]
        mean = w @ x / w.sum()
        z = x - mean
        return mean, (z * w[:, None]).T @ z / w.sum(), float(w.sum())

    @cached_property
    def totals(self) -> Floats:
        """(G,) sum of weights of each group."""
        return np.bincount(self.group, self.weights, self.groups).astype(np.float64)

    def scores(self, mu: Floats, precision: Floats, *, means: bool) -> Floats:
        """(n, P) weighted derivatives of each row's log-likelihood by ``[mu if modelled, vech Sigma]``.

        Parameters
        ----------
        mu : (G, p);  precision : (G, p, p) inverse covariance.

        With ``y = Sigma^{-1} (x - mu)``: ``y`` by the mean, ``y_j y_k - Sigma^{-1}_jk`` by a covariance and half of it
        by a variance.
        """
        row, col = vech_places(self.x.shape[1])
        once = np.where(row == col, 0.5, 1.0)
        out = np.empty((len(self.x), len(row) + (self.x.shape[1] if means else 0)))
        for g in range(self.groups):
            at = self.group == g
            y = (self.x[at] - mu[g]) @ precision[g]
            by_cov = (y[:, row] * y[:, col] - precision[g][row, col]) * once
            out[at] = np.concatenate([y, by_cov], axis=1) if means else by_cov
        return np.asarray(out * self.weights[:, None])

    def meat(self, scores: Floats) -> Floats:
        """(G, k, k) first-order information of each group per unit of weight: ``sum_i s_i s_i' / n_g``.

        Rows of a cluster are added before, with the factor ``C / (C - 1)`` for C clusters (lavaan, ``cluster =``).
        """
        return np.stack([self._outer(scores[self.group == g], g) for g in range(self.groups)])

    def _outer(self, scores: Floats, g: int) -> Floats:
        factor, unit = 1.0, self.units(g)
        if unit is not None:
            total = np.zeros((int(unit.max()) + 1, scores.shape[1]))
            np.add.at(total, unit, scores)
            scores, factor = total, cluster_factor(len(total))
        return np.asarray(scores.T @ scores * (factor / self.totals[g]))

    def gamma(self, *, means: bool) -> Floats:
        """(G, P, P) asymptotic covariance of ``[mean if modelled, vech S]`` times n, free of distribution.

        Covariance of the products of centred answers, divisor n (Browne 1984); weights count squared and clusters are
        added up as in :meth:`meat`.
        """
        mean, cov = self.sample.mean, self.sample.cov
        row, col = vech_places(self.x.shape[1])
        z = self.x - mean[self.group]
        products = z[:, row] * z[:, col] - cov[self.group][:, row, col]
        both = np.concatenate([z, products], axis=1) if means else products
        return self.meat(both * self.weights[:, None])

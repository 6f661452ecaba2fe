"""Incomplete rows as the sandwich of FIML needs them: casewise scores and their products."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from csimodels.estimate.ml.cases import GroupedRows, cluster_factor
from csimodels.estimate.ml.implied import vech_places
from csimodels.moments.linalg import Floats

#: Rows whose scores are held at once; bounds memory.
ROW_BLOCK = 4096


class HoledCases(GroupedRows):
    """Rows of G groups, answers missing here and there (NaN); rows without any answer are left out."""

    @classmethod
    def usable(cls, x: Floats) -> NDArray[np.bool_]:
        """(n,) rows with an answer."""
        if np.isinf(x).any():
            raise ValueError("an answer is infinite")
        return np.asarray(~np.isnan(x).all(axis=1))

    @property
    def sizes(self) -> list[int]:
        """(G,) rows of the groups."""
        return [int((self.group == g).sum()) for g in range(self.groups)]

    def meat(self, mu: Floats, sigma: Floats) -> Floats:
        """``(G, P, P)`` sums of products of the weighted casewise scores by ``[mu, vech Sigma]``.

        Rows of a cluster are added before, with the factor ``C / (C - 1)`` for C clusters (lavaan, ``cluster =``).

        Parameters
        ----------
        mu : (G, p);  sigma : (G, p, p) positive definite.
        """
        return np.stack([self._outer(g, mu[g], sigma[g]) for g in range(self.groups)])

    def _outer(self, g: int, mu: Floats, sigma: Floats) -> Floats:
        rows = np.flatnonzero(self.group == g)
        size = len(mu) + len(mu) * (len(mu) + 1) // 2
        unit = self.units(g)
        out = np.zeros((size, size))
        totals = np.zeros((0 if unit is None else int(unit.max()) + 1, size))
        for start in range(0, len(rows), ROW_BLOCK):
            block = rows[start : start + ROW_BLOCK]
            scores = casewise_scores(self.x[block], mu, sigma) * self.weights[block, None]
            if unit is None:
                out += scores.T @ scores
            else:
                np.add.at(totals, unit[start : start + ROW_BLOCK], scores)
        return out if unit is None else np.asarray(totals.T @ totals * cluster_factor(len(totals)))


def casewise_scores(x: Floats, mu: Floats, sigma: Floats) -> Floats:
    """Derivatives ``(n, P)`` of the log-density of every row by ``[mu, vech Sigma]``; zero for a row without answers.

    With ``A`` the inverse covariance of the items that are there and ``y = A (x - mu)``: ``y`` by the mean,
    ``y_j y_k - A_jk`` by a covariance and half of it by a variance.

    Parameters
    ----------
    x : (n, p), NaN where missing;  mu : (p,);  sigma : (p, p) positive definite.
    """
    p = x.shape[1]
    present = ~np.isnan(x)
    patterns, code = np.unique(present, axis=0, return_inverse=True)
    code = np.asarray(code).ravel()
    rows, cols = vech_places(p)
    once = np.where(rows == cols, 0.5, 1.0)
    out = np.zeros((len(x), p + len(rows)))
    centred = np.where(present, x - mu, 0.0)
    for k, there in enumerate(patterns):
        at = np.flatnonzero(code == k)
        precision = np.zeros((p, p))
        precision[np.ix_(there, there)] = np.linalg.inv(sigma[np.ix_(there, there)])
        pulled = centred[at] @ precision
        out[at, :p] = pulled
        out[at, p:] = (pulled[:, rows] * pulled[:, cols] - precision[rows, cols]) * once
    return out

"""Incomplete rows of which only sums are held: the products of their casewise scores, as the sandwich needs them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from csimodels.estimate.ml.fiml.rows import HoledCases, casewise_scores
from csimodels.estimate.ml.implied import vech_places
from csimodels.moments import Sums
from csimodels.moments.linalg import Floats

#: Mean ``(p,)`` and covariance ``(p, p)`` -> ``(P, P)`` sum of the products of weighted scores.
Power = Callable[[Floats, Floats], Floats]


@dataclass(frozen=True, eq=False)
class SummedHoles(HoledCases):
    """One group of which no row is held.

    Attributes
    ----------
    rows : how many rows there are;  power : their scores by weights as they are;  factor : what makes the weights sum
        to the number of rows.
    """

    rows: int = field(kw_only=True)
    power: Power = field(kw_only=True)
    factor: float = field(kw_only=True)
    _known: dict[tuple[bytes, bytes], Floats] = field(init=False, default_factory=dict, repr=False)

    @classmethod
    def of_power(cls, sums: Sums, power: Power) -> SummedHoles:
        """From the sums of all rows of the group, and what gives the products of their scores."""
        n, p = round(float(sums.n_rows)), len(sums.items)
        blank, group = np.empty((0, p)), np.empty(0, dtype=np.intp)
        return cls(blank, np.empty(0), group, None, 1, rows=n, power=power, factor=n / float(sums.w))

    @property
    def sizes(self) -> list[int]:
        """Rows of the one group."""
        return [self.rows]

    def meat(self, mu: Floats, sigma: Floats) -> Floats:
        """(1, P, P) see :meth:`HoledCases.meat`; what was asked before is not asked again."""
        key = mu.tobytes(), sigma.tobytes()
        if key not in self._known:
            self._known[key] = self.power(mu[0], sigma[0]) * self.factor**2
        return self._known[key][None]


def scores_of_parts(parts: Sums, mu: Floats, sigma: Floats) -> Floats:
    """(K, P) weighted casewise scores of the rows of each part, added up: they are linear in sums by pattern.

    Parameters
    ----------
    parts : Sums ``(K,)`` of form ``"patterns"``;  mu, sigma : as for :func:`casewise_scores`.
    """
    patterns, p = parts.patterns, len(mu)
    if patterns is None:
        raise ValueError("scores of incomplete rows need sums by missing pattern")
    rows, cols = vech_places(p)
    once = np.where(rows == cols, 0.5, 1.0)
    out = np.zeros((len(parts.w), p + len(rows)))
    for k, there in enumerate(patterns.present):
        precision = np.zeros((p, p))
        precision[np.ix_(there, there)] = np.linalg.inv(sigma[np.ix_(there, there)])
        w, wx, centre = patterns.w[:, k], patterns.wx[:, k], (mu - parts.shift) * there
        crossed = wx[:, :, None] * centre
        square = patterns.wxx[:, k] - crossed - np.swapaxes(crossed, -1, -2)
        square += w[:, None, None] * np.outer(centre, centre)
        pulled = precision @ square @ precision - w[:, None, None] * precision
        out[:, :p] += (wx - w[:, None] * centre) @ precision
        out[:, p:] += pulled[:, rows, cols] * once
    return out


def power_of_clusters(parts: Sums, unit: NDArray[np.intp], mu: Floats, sigma: Floats) -> Floats:
    """(P, P) products of scores of clusters, times ``C / (C - 1)`` for C of them; ``unit (K,)`` is that of a part."""
    scores = scores_of_parts(parts, mu, sigma)[parts.n_rows > 0]
    number = np.unique(unit[parts.n_rows > 0], return_inverse=True)[1].ravel()
    totals = np.zeros((int(number.max()) + 1, scores.shape[1]))
    np.add.at(totals, number, scores)
    return np.asarray(totals.T @ totals * (len(totals) / (len(totals) - 1) if len(totals) > 1 else np.nan))


def power_of_rows(x: Floats, weights: Floats, mu: Floats, sigma: Floats) -> Floats:
    """(P, P) products of the weighted scores of rows ``x (n, p)``."""
    scores = casewise_scores(x, mu, sigma) * weights[:, None]
    return np.asarray(scores.T @ scores)

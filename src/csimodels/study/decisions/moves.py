"""Persons of two waves of a panel: who they are, their weighted sums by state, and bootstrap samples of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from csimodels.desk.transition import customer_value, expected_waves, mobility, next_shares, stationary_shares
from csimodels.desk.transition import transition_matrix as matrix_of
from csimodels.moments import Clustered, Multinomial, Sampling
from csimodels.moments.linalg import Floats
from csimodels.moments.replicates import chunks
from csimodels.study.group_errors import sampling_of_rows
from csimodels.survey import Survey

Ints = NDArray[np.intp]
#: Bootstrap samples of persons.
SAMPLES = 1000
#: Counts that are held at once.
_AT_ONCE = 2**22


@dataclass(frozen=True, eq=False)
class Pairs:
    """Positions in the survey of the same persons in two waves, ``before (m,)`` and ``after (m,)``."""

    before: Ints
    after: Ints

    @classmethod
    def of(cls, panel: Ints, first: Ints, second: Ints) -> Pairs:
        """Persons who stand in both of two sets of rows; rows without an identity are nobody's."""
        first, second = first[panel[first] >= 0], second[panel[second] >= 0]
        _, at, there = np.intersect1d(panel[first], panel[second], return_indices=True)
        order = np.argsort(at)
        return cls(first[at[order]], second[there[order]])


@dataclass(frozen=True, eq=False)
class Sums:
    """Weighted sums ``(*B, ...)`` that every number of the states is a function of.

    Attributes
    ----------
    counts : (*B, K, K)
        Persons by their states before and after.
    stays, worth : (*B, 2, K)
        Sum of a column in the states of the first wave, and weight of those for whom it is known; zeros without it.
    discount : float
        Rate per period.
    """

    counts: Floats
    stays: Floats
    worth: Floats
    discount: float

    @cached_property
    def matrix(self) -> Floats:
        """(*B, K, K) shares of each state by where its persons went."""
        return matrix_of(self.counts)

    @property
    def before(self) -> Floats:
        """(*B, K) shares in the first wave."""
        return _share(self.counts.sum(axis=-1))

    @property
    def after(self) -> Floats:
        """(*B, K) shares in the second wave."""
        return _share(self.counts.sum(axis=-2))

    @property
    def ahead(self) -> Floats:
        """(*B, K) shares a wave later."""
        return next_shares(self.after, self.matrix)

    @property
    def stationary(self) -> Floats:
        """(*B, K) shares in the long run."""
        return np.clip(stationary_shares(self.matrix), 0.0, 1.0)

    @property
    def retained(self) -> Floats:
        """(*B, K) share for whom the rule holds."""
        return _mean(self.stays)

    @property
    def value(self) -> Floats:
        """(*B, K) mean value of a person."""
        return _mean(self.worth)

    @property
    def expected_waves(self) -> Floats:
        """(*B, K) waves that customers are expected to stay."""
        return expected_waves(self._kept)

    @property
    def lifetime_value(self) -> Floats:
        """(*B, K) what customers are worth over these waves."""
        return customer_value(self._kept, self.value, self.discount)

    @property
    def mobility(self) -> Floats:
        """(*B, 1) Shorrocks' index."""
        return mobility(self.matrix)[..., None]

    @property
    def _kept(self) -> Floats:
        return np.asarray(self.retained[..., None] * self.matrix)


def _share(counts: Floats) -> Floats:
    return np.asarray(counts / counts.sum(axis=-1, keepdims=True))


def _mean(sums: Floats) -> Floats:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(sums[..., 0, :] / sums[..., 1, :])


@dataclass(frozen=True, eq=False)
class Moves:
    """Persons ``(m,)`` with their states in two waves, weights, how they were drawn, and columns of the first wave.

    ``stays``: whether they stay; ``worth``: what they are worth; None where not asked for.
    """

    before: Ints
    after: Ints
    weights: Floats
    sampling: Sampling
    states: int
    stays: Floats | None = None
    worth: Floats | None = None
    discount: float = 0.0

    @cached_property
    def _columns(self) -> Floats:
        """(m, K^2 + 4 K) weighted columns whose sums are those of :class:`Sums`."""
        k, at = self.states, np.arange(len(self.before))
        out = np.zeros((len(at), k * k + 4 * k))
        out[at, self.before * k + self.after] = self.weights
        for i, column in enumerate((self.stays, self.worth)):
            if column is None:
                continue
            known = np.where(np.isnan(column), 0.0, self.weights)
            start = k * k + 2 * k * i
            out[at, start + self.before] = known * np.nan_to_num(column)
            out[at, start + k + self.before] = known
        return out

    def _parted(self, sums: Floats) -> Sums:
        k, b = self.states, sums.shape[:-1]
        parts = sums[..., k * k :].reshape(*b, 2, 2, k)
        return Sums(sums[..., : k * k].reshape(*b, k, k), parts[..., 0, :, :], parts[..., 1, :, :], self.discount)

    @cached_property
    def sums(self) -> Sums:
        """Of all persons."""
        return self._parted(self._columns.sum(axis=0))

    @property
    def plain(self) -> Floats:
        """(K, K) unweighted numbers of persons."""
        k = self.states
        return np.bincount(self.before * k + self.after, minlength=k * k).reshape(k, k).astype(np.float64)

    def draws(self, seed: int, stream: int) -> Sums:
        """Sums ``(R, ...)`` of :data:`SAMPLES` bootstrap samples of persons, or of their clusters within strata."""
        m = len(self.before)
        own = self.sampling.simple
        plan = Multinomial(m, SAMPLES, seed, stream) if own else Clustered(self.sampling, SAMPLES, seed, stream)
        parts = [plan.counts(*chunk) @ self._columns for chunk in chunks(SAMPLES, max(1, _AT_ONCE // max(m, 1)))]
        return self._parted(np.concatenate(parts))


def ends_of(found: Floats, level: float) -> Floats:
    """(3, K) error and percentiles of numbers over samples ``(R, K)``.

    NaN where most samples have no value, and where all have the same: a share of 0 or 1 shows no spread.
    """
    there = np.isfinite(found)
    known = np.asarray(there.sum(axis=0) > len(found) / 2)
    gaps = known & ~there.all(axis=0)
    tails = [(1 - level) / 2, 1 - (1 - level) / 2]
    ends = np.full((3, found.shape[1]), np.nan)
    whole = known & ~gaps
    if whole.any():
        some = found[:, whole]
        ends[:, whole] = np.stack([np.std(some, axis=0, ddof=1), *np.quantile(some, tails, axis=0)])
    if gaps.any():  # column by column, which takes longer
        some = np.where(there[:, gaps], found[:, gaps], np.nan)
        ends[:, gaps] = np.stack([np.nanstd(some, axis=0, ddof=1), *np.nanquantile(some, tails, axis=0)])
    return np.where(ends[0] > 0, ends, np.nan)


def drawn_as(survey: Survey, rows: Ints) -> Sampling:
    """How the persons at `rows` were drawn: their clusters, else themselves, within strata."""
    return sampling_of_rows(replace(survey, cluster=survey.panel) if survey.cluster is None else survey, rows)

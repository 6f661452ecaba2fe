"""Persons of two waves of a panel: who they are, their weighted sums by state, and what each adds to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from csimodels.desk.transition import customer_value, expected_waves, mobility, next_shares, stationary_shares
from csimodels.desk.transition import transition_matrix as matrix_of
from csimodels.moments import Sampling
from csimodels.moments.linalg import Floats
from csimodels.study.group_errors import sampling_of_rows
from csimodels.survey import Survey

Ints = NDArray[np.intp]
#: Step of the central differences, as a share of the mean sum.
_STEP = 1e-5


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

    def flat(self, names: Sequence[str]) -> Floats:
        """(*B, Q) several numbers, one after the other."""
        batch = self.counts.shape[:-2]
        return np.concatenate([np.asarray(getattr(self, name)).reshape(*batch, -1) for name in names], axis=-1)

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

    def influences(self, names: Sequence[str]) -> Floats:
        """(m, Q) what each person adds to the numbers `names` of :class:`Sums`, one after the other (Binder 1983).

        Derivatives with respect to the sums are central differences: the numbers are ratios of sums and solutions of
        linear equations in them.  A cell without persons moves nothing.
        """
        columns = self._columns
        total = columns.sum(axis=0)
        step = _STEP * max(float(total[: self.states**2].sum()), 1.0) / self.states**2
        moved = step * np.eye(len(total))
        up, down = (self._parted(total + sign * moved).flat(names) for sign in (1.0, -1.0))
        slopes = np.nan_to_num((up - down) / (2 * step))
        return np.asarray(columns @ slopes)

    @cached_property
    def bases(self) -> dict[str, Floats]:
        """Weights ``(m, ...)`` of the persons whom every share is a share of, 0 for all others."""
        k = self.states
        there = np.equal.outer(self.before, np.arange(k)) * self.weights[:, None]
        every = np.repeat(self.weights[:, None], k, axis=1)
        with np.errstate(invalid="ignore", divide="ignore"):
            moved = np.nan_to_num(self.sums.after / self.sums.before)
        known = there if self.stays is None else there * ~np.isnan(self.stays)[:, None]
        ahead = np.repeat((there @ moved)[:, None], k, axis=1)
        matrix = np.repeat(there[:, :, None], k, axis=2)
        return {"matrix": matrix, "before": every, "after": every, "ahead": ahead, "retained": known}


def drawn_as(survey: Survey, rows: Ints) -> Sampling:
    """How the persons at `rows` were drawn: their clusters, else themselves, within strata.

    A stratum of which a single unit is in both waves is taken by its distance from the mean of all.
    """
    found = sampling_of_rows(replace(survey, cluster=survey.panel) if survey.cluster is None else survey, rows)
    return found.settled("adjust") if found.lone == "refuse" and found.lonely else found

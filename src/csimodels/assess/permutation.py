"""Groups relabelled at random: fits of every group in every permutation, in batches of moments."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from csimodels.errors import UNUSABLE, DataError, EstimationError, Problem, Status, is_whole, listed
from csimodels.estimate import Design, Estimator, Fit, singular_reasons
from csimodels.infer.resample import chunk_size
from csimodels.messages import Message, joined
from csimodels.moments import Moments, Rows, chunks
from csimodels.moments.linalg import Floats
from csimodels.moments.replicates import row_uniforms
from csimodels.moments.threads import single_blas

Ints = NDArray[np.intp]

#: A group with fewer rows has no fit that a comparison could rest on.
FEWEST_ROWS = 10

#: Values of a batch of fits with the groups on the last axis of the batch, ``(*B, G)`` to ``(*B, Q)``.
GroupStatistic = Callable[[Fit], Floats]


@dataclass(frozen=True, eq=False)
class Groups:
    """Respondents in groups whose labels can be exchanged.

    Attributes
    ----------
    rows : Rows
        All groups together.
    group : (n,) array
        Number ``0 .. G-1`` of the group of every row of ``rows.x``.
    names : tuple of str
        Names of the groups, for messages.
    unit : (n,) array, optional
        Cluster of every row: labels are exchanged between whole clusters.
    """

    rows: Rows
    group: Ints
    names: tuple[str, ...]
    unit: Ints | None = None

    def __post_init__(self) -> None:
        problems = []
        sizes = np.bincount(self.label, minlength=len(self.names))
        for name, size in zip(self.names, sizes, strict=True):
            if size < FEWEST_ROWS:
                problems.append(
                    Problem(
                        "a group is too small to be compared",
                        name,
                        Message("{size} rows", size=size),
                        Message("{FEWEST_ROWS} or more", FEWEST_ROWS=FEWEST_ROWS),
                    )
                )
        if len(self.names) < 2:
            problems.append(
                Problem("there is only one group", found=listed(self.names), allowed=Message("two or more groups"))
            )
        if self.unit is not None:
            lowest = np.full(len(self.unit_label), len(self.names))
            np.minimum.at(lowest, self._unit_of, self.label)
            mixed = np.unique(self._unit_of[lowest[self._unit_of] != self.label])
            if len(mixed):
                what = "labels of whole clusters are exchanged, and a cluster has rows of several groups"
                remedy = "compare the groups by differences with linearised errors, or leave the cluster out"
                problems.append(
                    Problem(what, "cluster", Message("{n} clusters in several groups", n=len(mixed)), remedy=remedy)
                )
        if problems:
            raise DataError(problems)

    @property
    def size(self) -> int:
        """Number of groups ``G``."""
        return len(self.names)

    @cached_property
    def label(self) -> Ints:
        """(n,) group of the rows that count."""
        return np.asarray(self.group[self.rows.kept], dtype=np.intp)

    @cached_property
    def _unit_of(self) -> Ints:
        """(n,) unit of the rows that count, numbered from 0: the cluster, or the row itself."""
        if self.unit is None:
            return np.arange(self.rows.n)
        return np.unique(self.unit[self.rows.kept], return_inverse=True)[1].ravel().astype(np.intp)

    @cached_property
    def unit_label(self) -> Ints:
        """(C,) group of every unit."""
        out = np.zeros(int(self._unit_of.max(initial=-1)) + 1, dtype=np.intp)
        out[self._unit_of] = self.label
        return out

    def pair(self, first: int, second: int) -> Groups:
        """The rows of two groups."""
        keep = np.isin(self.group, (first, second))
        rows, unit = self.rows, self.unit
        weights = None if rows.weights is None else rows.weights[keep]
        return Groups(
            replace(rows, x=rows.x[keep], weights=weights),
            (self.group[keep] == second).astype(np.intp),
            (self.names[first], self.names[second]),
            None if unit is None else unit[keep],
        )

    def observed(self) -> Floats:
        """(G, n) 1 where the row belongs to the group."""
        return np.asarray(self.label == np.arange(self.size)[:, None], dtype=np.float64)

    def permuted(self, seed: int, start: int, stop: int) -> Floats:
        """(stop - start, G, n) the same with the labels of the units exchanged, for those permutations.

        The numbers are keyed by seed and permutation, so that chunks and threads do not change them.
        """
        units = len(self.unit_label)
        draws = np.stack([row_uniforms(seed, 0, b, units) for b in range(start, stop)])
        drawn = self.unit_label[np.argsort(draws, axis=1, kind="stable")][:, self._unit_of]
        return np.asarray(drawn[:, None, :] == np.arange(self.size)[:, None], dtype=np.float64)


@dataclass(frozen=True, eq=False)
class Permuted:
    """A statistic of the groups, and of groups whose labels were exchanged.

    Attributes
    ----------
    value : (Q,) array
        Of the groups as they are.
    replicates : (R, Q) array
        Of permuted groups; NaN where a fit failed.
    fit : Fit
        Of the groups as they are, batch axis ``(G,)``.
    """

    value: Floats
    replicates: Floats
    fit: Fit

    @cached_property
    def kept(self) -> NDArray[np.intp]:
        """(Q,) permutations with a value."""
        return np.asarray((~np.isnan(self.replicates)).sum(axis=0))

    @property
    def asked(self) -> int:
        """Permutations asked for."""
        return len(self.replicates)

    def p_two_sided(self) -> Floats:
        """(Q,) share at least as far from zero, with one added to count and number (Phipson & Smyth 2010)."""
        return self._share(np.abs(self.replicates) >= np.abs(self.value) - _TIE)

    def p_large(self) -> Floats:
        """(Q,) share at least as large."""
        return self._share(self.replicates >= self.value - _TIE)

    def p_small(self) -> Floats:
        """(Q,) share at most as large."""
        return self._share(self.replicates <= self.value + _TIE)

    def _share(self, beyond: NDArray[np.bool_]) -> Floats:
        p = (beyond.sum(axis=0) + 1) / (self.kept + 1)
        return np.where(np.isnan(self.value) | (self.kept == 0), np.nan, p)

    def quantile(self, probability: float) -> Floats:
        """(Q,) quantile of the permuted values; NaN where there is none."""
        out = np.full(self.value.shape, np.nan)
        there = self.kept > 0
        out[there] = np.nanquantile(self.replicates[:, there], probability, axis=0)
        return out


#: Values that differ by less are the same permutation computed in another order.
_TIE = 1e-12


def permute(
    groups: Groups,
    design: Design,
    estimator: Estimator,
    statistic: GroupStatistic,
    plan: PermutationPlan,
    pool: Executor | None = None,
) -> Permuted:
    """Fit every group as it is and in every permutation of the labels, and take a statistic of each set of groups.

    Parameters
    ----------
    groups, design, estimator : Groups, Design, Estimator
        What is fitted.
    statistic : callable
        Takes fits with batch axes ``(*B, G)``, returns ``(*B, Q)``.
    plan : PermutationPlan
        How many permutations, from which seed, under which missing rule.
    pool : Executor, optional
        Runs chunks of permutations side by side.

    Raises
    ------
    EstimationError
        A group as it is has no usable fit; the text says which and why.
    """
    fit = observed_fit(groups, design, estimator, plan.rule)

    def one(chunk: tuple[int, int]) -> Floats:
        counts = groups.permuted(plan.seed, *chunk)
        refit = estimator(design, Moments.from_sums(groups.rows.sums(counts), plan.rule))
        failed = ((refit.status & int(UNUSABLE)) != 0).any(axis=-1)
        return np.where(failed[:, None], np.nan, statistic(refit))

    with single_blas():  # small matrices: threads of BLAS would wait for one another
        parts = list((map if pool is None else pool.map)(one, _chunks(groups, plan.replicates)))
    return Permuted(np.asarray(statistic(fit)), np.concatenate(parts), fit)


@dataclass(frozen=True)
class PermutationPlan:
    """Number of permutations, where their numbers come from, and the missing rule applied in each."""

    replicates: int = 1000
    seed: int = 1
    rule: str = "listwise"

    def __post_init__(self) -> None:
        if not is_whole(self.replicates) or self.replicates < 1:
            raise DataError(Problem("the number of permutations must be at least 1", found=repr(self.replicates)))


def observed_fit(groups: Groups, design: Design, estimator: Estimator, rule: str) -> Fit:
    """Fits of the groups as they are, ``(G,)``; :class:`EstimationError` names those that have none."""
    fit = estimator(design, Moments.from_sums(groups.rows.sums(groups.observed()), rule))
    problems = []
    for g, state in enumerate(fit.status.tolist()):
        if state & int(UNUSABLE):
            found = Status(state).describe()
            if state & int(Status.SINGULAR):
                found = joined(singular_reasons(_flat(fit), g))
            problems.append(Problem("a group has no usable fit", groups.names[g], found))
    if problems:
        raise EstimationError(problems)
    return fit


def _flat(fit: Fit) -> Fit:
    return replace(fit, moments=replace(fit.moments, sums=None))


def _chunks(groups: Groups, size: int) -> Iterator[tuple[int, int]]:
    return chunks(size, max(1, chunk_size(groups.rows) // groups.size))

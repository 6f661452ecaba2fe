"""Resampling plans: how often each row counts in each replicate.

Every plan is a frozen dataclass with ``size`` replicates and a method ``counts(start, stop)`` that gives the rows
``start:stop`` of the count matrix ``(B, n)``.  Random plans draw from Philox, a counter-based generator (Salmon et al.
2011), keyed by seed and stream, with the replicate and the row as counter: any chunk of replicates, on any worker, gets
the same numbers.  `stream` keeps the draws of different groups independent; :func:`stream_of` makes it from a name.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from csimodels.moments.linalg import Floats
from csimodels.moments.rake import rake
from csimodels.moments.sampling import Sampling

#: Margins of a replicate are met to this difference in shares, far below any standard error.
RERAKE_TOL = 1e-8


class Plan(Protocol):
    """What every resampling plan offers."""

    @property
    def size(self) -> int:
        """Number of replicates."""
        ...

    def counts(self, start: int, stop: int) -> Floats:
        """(stop - start, n) how often each row counts in replicates ``start`` to ``stop - 1``."""
        ...


def stream_of(name: object) -> int:
    """A 63-bit stream number from a name (a group's key); the same on every machine and under any PYTHONHASHSEED."""
    return int.from_bytes(hashlib.sha256(repr(name).encode("utf-8")).digest()[:8], "big") >> 1


def uniforms(seed: int, stream: int, start: int, stop: int, n: int) -> Floats:
    """(stop - start, n) uniform numbers in [0, 1) for rows ``0 .. n-1`` of replicates ``start`` to ``stop - 1``.

    Philox gives four numbers per counter step.  A replicate takes ``ceil(n / 4)`` steps of the stream, so row ``i`` of
    replicate ``b`` is output ``i % 4`` of step ``b ceil(n / 4) + i // 4``, whatever chunk it is asked for in.
    """
    steps = -(-n // 4)
    raw = _philox(seed, stream, start * steps).random_raw((stop - start) * steps * 4)
    return _unit(raw.reshape(stop - start, steps * 4)[:, :n])


def row_uniforms(seed: int, stream: int, replicate: int, n: int, first_row: int = 0) -> Floats:
    """(n,) uniform numbers of one replicate for rows ``first_row ...`` of a survey of any length.

    The replicate stands in a higher word of the counter, so that a partition needs to know neither the number of rows
    nor that of replicates to find its own numbers.
    """
    skip = first_row % 4
    return _unit(_philox(seed, stream, (replicate << 64) + first_row // 4).random_raw(n + skip)[skip:])


def _philox(seed: int, stream: int, counter: int) -> np.random.Philox:
    return np.random.Philox(key=[seed & (2**64 - 1), stream], counter=counter)


def _unit(raw: NDArray[np.uint64]) -> Floats:
    """Uniforms in [0, 1) from the upper 53 bits."""
    return np.asarray((raw >> np.uint64(11)) * 2.0**-53)


@dataclass(frozen=True)
class Multinomial:
    """Efron's bootstrap: ``n`` rows drawn with replacement in every replicate."""

    n: int
    size: int
    seed: int
    stream: int = 0

    def counts(self, start: int, stop: int) -> Floats:
        """(stop - start, n) multinomial counts; every row of the matrix sums to ``n``."""
        size = stop - start
        drawn = (uniforms(self.seed, self.stream, start, stop, self.n) * self.n).astype(np.intp)
        drawn += self.n * np.arange(size)[:, None]
        counts = np.bincount(drawn.ravel(), minlength=size * self.n)
        return counts.reshape(size, self.n).astype(np.float64)


@dataclass(frozen=True)
class Poisson:
    """Poisson bootstrap: every row counts Poisson(1) times, independently; suits rows that arrive in partitions.

    ``first_row`` is the number of the first row of this partition in the whole survey.
    """

    n: int
    size: int
    seed: int
    stream: int = 0
    first_row: int = 0

    def counts(self, start: int, stop: int) -> Floats:
        """(stop - start, n) Poisson(1) counts by inversion."""
        draws = [row_uniforms(self.seed, self.stream, b, self.n, self.first_row) for b in range(start, stop)]
        return np.searchsorted(_POISSON_CDF, np.asarray(draws).reshape(-1, self.n), side="right").astype(np.float64)


_POISSON_CDF = np.cumsum(np.exp(-1.0) / np.cumprod(np.concatenate([[1.0], np.arange(1.0, 19.0)])))


@dataclass(frozen=True)
class Jackknife:
    """Delete-one jackknife: replicate ``i`` leaves out row ``i``."""

    n: int

    @property
    def size(self) -> int:
        """As many replicates as rows."""
        return self.n

    def counts(self, start: int, stop: int) -> Floats:
        """(stop - start, n) ones with one zero in each row."""
        out = np.ones((stop - start, self.n))
        out[np.arange(stop - start), np.arange(start, stop)] = 0.0
        return out


@dataclass(frozen=True)
class Folds:
    """Training sets of k-fold cross-validation, ``repeats`` times: replicate ``r k + f`` leaves out fold ``f``.

    Rows are shuffled anew in every repetition; folds differ in size by at most one.
    """

    n: int
    k: int
    seed: int
    repeats: int = 1
    stream: int = 0

    @property
    def size(self) -> int:
        """``k`` training sets for each repetition."""
        return self.k * self.repeats

    def fold_of(self, repeat: int) -> NDArray[np.intp]:
        """(n,) the fold that each row is held out in."""
        order = np.argsort(row_uniforms(self.seed, self.stream, repeat, self.n), kind="stable")
        fold = np.empty(self.n, dtype=np.intp)
        fold[order] = np.arange(self.n) % self.k
        return fold

    def counts(self, start: int, stop: int) -> Floats:
        """(stop - start, n) 1 for training rows, 0 for the rows held out."""
        return np.asarray(
            [(self.fold_of(i // self.k) != i % self.k).astype(np.float64) for i in range(start, stop)]
        ).reshape(-1, self.n)


@dataclass(frozen=True)
class Permutations:
    """Random relabelling of groups: replicate ``b`` gives a 0/1 row per group, groups kept at their size.

    ``group`` holds each row's group number ``0 .. G-1``.  ``counts`` stacks the groups of a replicate one after the
    other, so that ``size`` is replicates times groups.
    """

    group: tuple[int, ...]
    replicates: int
    seed: int
    stream: int = 0

    @property
    def groups(self) -> int:
        """Number of groups G."""
        return max(self.group) + 1

    @property
    def size(self) -> int:
        """Replicates times groups."""
        return self.replicates * self.groups

    def counts(self, start: int, stop: int) -> Floats:
        """(stop - start, n) row ``b G + g`` is 1 where replicate ``b`` puts the row into group ``g``."""
        label = np.asarray(self.group)
        out = np.empty((stop - start, len(label)))
        for i, index in enumerate(range(start, stop)):
            replicate, group = divmod(index, self.groups)
            order = np.argsort(row_uniforms(self.seed, self.stream, replicate, len(label)), kind="stable")
            out[i] = label[order] == group
        return out


@dataclass(frozen=True, eq=False)
class Given:
    """Counts or replicate factors made elsewhere, ``(B, n)``: another package's draws, BRR or raked weights."""

    matrix: Floats

    @property
    def size(self) -> int:
        """Rows of the matrix."""
        return len(self.matrix)

    def counts(self, start: int, stop: int) -> Floats:
        """Rows ``start:stop`` of the given matrix."""
        return np.asarray(self.matrix[start:stop], dtype=np.float64)


def chunks(size: int, step: int) -> Iterator[tuple[int, int]]:
    """``(start, stop)`` pairs that cover ``range(size)`` in steps of at most `step`."""
    for start in range(0, size, step):
        yield start, min(size, start + step)


@dataclass(frozen=True, eq=False)
class Clustered:
    """Rescaling bootstrap of a stratified, clustered sample (Rao & Wu 1988; Rao, Wu & Yue 1992).

    In every stratum one unit fewer than there are is drawn with replacement, and the rows of a unit drawn ``k`` times
    count ``k n_h / (n_h - 1)`` times.  Drawing as many units as there are would give variances too small by
    ``(n_h - 1) / n_h``: by half where strata have two clusters.  With a sampling fraction ``f_h`` the factors shrink
    towards one by ``sqrt(1 - f_h)``, which is the finite population correction.  The single unit of a stratum that was
    taken as a whole (``f_h = 1``) always counts once.
    """

    sampling: Sampling
    size: int
    seed: int
    stream: int = 0

    def times(self, start: int, stop: int) -> Floats:
        """(stop - start, C) how often each unit was drawn; ``n_h - 1`` draws in every stratum."""
        s = self.sampling
        number, batch = s.units, stop - start
        order = np.argsort(s.stratum, kind="stable")
        first = np.cumsum(s.sizes) - s.sizes
        slots = np.delete(np.arange(number), first)  # one draw fewer than units in every stratum
        stratum = s.stratum[order][slots]
        u = np.asarray([row_uniforms(self.seed, self.stream, b, number) for b in range(start, stop)])
        drawn = order[first[stratum] + (u.reshape(batch, number)[:, slots] * s.sizes[stratum]).astype(np.intp)]
        place = drawn + number * np.arange(batch)[:, None]
        return np.bincount(place.ravel(), minlength=batch * number).reshape(batch, number).astype(np.float64)

    def counts(self, start: int, stop: int) -> Floats:
        """(stop - start, n) factors of the rows; they sum to the units of each stratum."""
        s = self.sampling
        scale = s.sizes / np.maximum(s.sizes - 1.0, 1.0)
        shrink = np.sqrt(1 - s.fraction)[s.stratum]
        factors = 1 - shrink + shrink * scale[s.stratum] * self.times(start, stop)
        return np.asarray(factors[:, s.unit])


@dataclass(frozen=True, eq=False)
class DeleteUnit:
    """Delete-a-unit jackknife (JK1 of one stratum, JKn of several; Wolter 2007, section 4.5).

    Replicate ``c`` leaves out unit ``c``; the other units of its stratum count ``n_h / (n_h - 1)`` times.
    """

    sampling: Sampling

    @property
    def size(self) -> int:
        """As many replicates as units."""
        return self.sampling.units

    def counts(self, start: int, stop: int) -> Floats:
        """(stop - start, n) factors of the rows."""
        s = self.sampling
        gone = np.arange(start, stop)[:, None]
        scale = (s.sizes / np.maximum(s.sizes - 1.0, 1.0))[s.stratum[gone]]
        factors = np.where(s.stratum[None, :] == s.stratum[gone], scale, 1.0)
        factors[gone[:, 0] - start, gone[:, 0]] = 0.0
        return np.asarray(factors[:, s.unit])


@dataclass(frozen=True, eq=False)
class Reraked:
    """Replicates of another plan, each with its weights raked anew to the known margins of the population.

    Parameters
    ----------
    plan : the plan;  weights : (n,) raked sampling weights of the rows.
    codes, targets : margins as in :func:`csimodels.moments.rake.rake`.
    """

    plan: Plan
    weights: Floats
    codes: NDArray[np.intp]
    targets: tuple[Floats, ...]

    @property
    def size(self) -> int:
        """Replicates of the plan."""
        return self.plan.size

    def counts(self, start: int, stop: int) -> Floats:
        """(stop - start, n) factors of the rows, raking included.

        Where a replicate holds nobody of a category, the other margins are met.
        """
        raked, _ = rake(self.plan.counts(start, stop) * self.weights, self.codes, self.targets, RERAKE_TOL, 100)
        return np.asarray(raked / self.weights)

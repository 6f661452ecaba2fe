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

from csimodels.moments.counts import Counts, Matrix, small
from csimodels.moments.linalg import Floats

#: Random numbers that are drawn at once on the way to small counts.
DRAWN_AT_ONCE = 2**18

#: More rows than this are drawn piece by piece; divisible by four, the numbers of a counter step.
_MANY = 2**14


class Plan(Protocol):
    """What every resampling plan offers."""

    @property
    def size(self) -> int:
        """Number of replicates."""
        ...

    @property
    def held(self) -> int:
        """Bytes that the counts of one replicate take while its chunk is worked on."""
        ...

    def counts(self, start: int, stop: int) -> Floats:
        """(stop - start, n) how often each row counts in replicates ``start`` to ``stop - 1``."""
        ...

    def drawn(self, start: int, stop: int) -> Counts:
        """The same counts, handed out by blocks of rows."""
        ...


class Dense:
    """Plans whose counts are made as one matrix of floating-point numbers."""

    @property
    def held(self) -> int:
        """Bytes of one replicate."""
        return int(self.counts(0, 1).nbytes)

    def counts(self, start: int, stop: int) -> Floats:
        """(stop - start, n) how often each row counts."""
        raise NotImplementedError

    def drawn(self, start: int, stop: int) -> Counts:
        """The same counts, handed out by blocks of rows."""
        return Matrix(self.counts(start, stop))


class Whole:
    """Plans whose counts are small whole numbers, one replicate or a few drawn at a time and kept in bytes."""

    n: int

    @property
    def held(self) -> int:
        """Bytes of one replicate."""
        return self.n

    def counts(self, start: int, stop: int) -> Floats:
        """(stop - start, n) how often each row counts."""
        return self._numbers(start, stop).astype(np.float64)

    def drawn(self, start: int, stop: int) -> Counts:
        """The same counts, handed out by blocks of rows."""
        step = max(1, DRAWN_AT_ONCE // max(self.n, 1))
        parts = [small(self._numbers(*chunk)) for chunk in chunks(stop, step, start)]
        return Matrix(np.concatenate(parts) if parts else np.zeros((0, self.n)))

    def _numbers(self, start: int, stop: int) -> NDArray[np.intp]:
        raise NotImplementedError


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
class Multinomial(Whole):
    """Efron's bootstrap: ``n`` rows drawn with replacement in every replicate."""

    n: int
    size: int
    seed: int
    stream: int = 0

    def _numbers(self, start: int, stop: int) -> NDArray[np.intp]:
        """Multinomial counts; every row of the matrix sums to ``n``."""
        size = stop - start
        if self.n > _MANY:
            counts = [np.bincount(self._places(b), minlength=self.n) for b in range(start, stop)]
            return counts[0][None] if size == 1 else np.stack(counts)
        drawn = (uniforms(self.seed, self.stream, start, stop, self.n) * self.n).astype(np.intp)
        drawn += self.n * np.arange(size)[:, None]
        return np.bincount(drawn.ravel(), minlength=size * self.n).reshape(size, self.n)

    def _places(self, replicate: int) -> NDArray[np.intp]:
        """(n,) rows drawn in a replicate of many, made some at a time within the processor's caches."""
        source = _philox(self.seed, self.stream, replicate * -(-self.n // 4))
        drawn = np.empty(self.n, dtype=np.intp)
        for first, last in chunks(self.n, _MANY):
            drawn[first:last] = _unit(source.random_raw(last - first)) * self.n
        return drawn


@dataclass(frozen=True)
class Poisson(Whole):
    """Poisson bootstrap: every row counts Poisson(1) times, independently; suits rows that arrive in partitions.

    ``first_row`` is the number of the first row of this partition in the whole survey.
    """

    n: int
    size: int
    seed: int
    stream: int = 0
    first_row: int = 0

    def _numbers(self, start: int, stop: int) -> NDArray[np.intp]:
        """Poisson(1) counts by inversion."""
        draws = [row_uniforms(self.seed, self.stream, b, self.n, self.first_row) for b in range(start, stop)]
        return np.searchsorted(_POISSON_CDF, np.asarray(draws).reshape(-1, self.n), side="right")


_POISSON_CDF = np.cumsum(np.exp(-1.0) / np.cumprod(np.concatenate([[1.0], np.arange(1.0, 19.0)])))


@dataclass(frozen=True)
class Jackknife(Dense):
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
class Folds(Dense):
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
class Permutations(Dense):
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
class Given(Dense):
    """Counts or replicate factors made elsewhere, ``(B, n)``: another package's draws, BRR or raked weights."""

    matrix: Floats

    @property
    def size(self) -> int:
        """Rows of the matrix."""
        return len(self.matrix)

    def counts(self, start: int, stop: int) -> Floats:
        """Rows ``start:stop`` of the given matrix."""
        return np.asarray(self.matrix[start:stop], dtype=np.float64)


def chunks(size: int, step: int, first: int = 0) -> Iterator[tuple[int, int]]:
    """``(start, stop)`` pairs that cover ``range(first, size)`` in steps of at most `step`."""
    for start in range(first, size, step):
        yield start, min(size, start + step)

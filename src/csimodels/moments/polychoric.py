"""Polychoric correlations: of the normal variables that are thought to lie behind ordered answers.

An answer ``x_j`` is the level whose thresholds hold a standard normal variable; two items have a bivariate normal
distribution with correlation ``rho``.  Olsson (1979), two-step: thresholds from the share of answers up to each level,
then ``rho`` maximises the likelihood ``sum n_il log pi_il(rho)`` of the table of the pair.  Tables are sums, so that
groups, replicates and folds are batch axes here too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from csimodels.moments.linalg import Floats

Ints = NDArray[np.intp]

#: Stands for an infinite threshold: beyond it there is no probability in double precision.
FAR = 40.0
#: More levels than a scale of answers has: such an item is a number.
MOST_LEVELS = 20
#: Largest correlation: a table with an empty corner has its maximum at the end of the range.
LARGEST = 0.9999
TOL = 1e-11
#: Beyond this correlation, a likelihood that rises by less than `FLAT` on the way to the end has its maximum there.
NEAR_END, FLAT = 0.99, 1e-13
MOST_STEPS = 60
#: Numbers held at once.
CELLS = 2_000_000


@dataclass(frozen=True, eq=False)
class Tables:
    """Weighted counts of every level of every item with every other.

    Attributes
    ----------
    levels : tuple of (K_j,) arrays
        Answers that occur, ascending, for each item.
    counts : (*B, M, M)
        ``sum a r_j r_k [x_j = level] [x_k = level]`` with the levels of all items one after the other,
        ``M = sum K_j``.
    """

    levels: tuple[Floats, ...]
    counts: Floats

    def __add__(self, other: Tables) -> Tables:
        """Counts of the two parts together."""
        if len(self.levels) != len(other.levels) or not all(map(np.array_equal, self.levels, other.levels)):
            raise ValueError("only tables of the same levels can be added")
        return Tables(self.levels, self.counts + other.counts)

    def reshaped(self, batch: tuple[int, ...]) -> Tables:
        """The same counts with the batch axes `batch`."""
        return Tables(self.levels, self.counts.reshape(*batch, *self.counts.shape[-2:]))

    def at(self, index: Any) -> Tables:
        """Those elements of the first batch axis."""
        return Tables(self.levels, self.counts[index])

    def counted(self, times: Floats) -> Tables:
        """Sums of the tables of parts ``(K,)`` that count ``times (B, K)``."""
        flat = self.counts.reshape(len(self.counts), -1)
        return Tables(self.levels, (times @ flat).reshape(-1, *self.counts.shape[-2:]))

    @staticmethod
    def stack(parts: Sequence[Tables]) -> Tables | None:
        """Side by side along a new first batch axis; None where there are none."""
        if not parts:
            return None
        return Tables(parts[0].levels, np.stack([part.counts for part in parts]))


def codes_of(answers: Floats, levels: tuple[Floats, ...]) -> Ints:
    """(p, n) position of every answer ``(n, p)`` among the levels of its item, -1 where it is missing.

    Raises
    ------
    ValueError
        An answer that is none of the levels.
    """
    codes = np.empty((len(levels), len(answers)), dtype=np.intp)
    for code, column, values in zip(codes, answers.T, levels, strict=True):
        code[:] = np.searchsorted(values, column)  # NaN comes last
        missing = np.isnan(column)
        if not ((np.append(values, np.nan)[code] == column) | missing).all():
            raise ValueError("an answer is none of the levels")
        code[missing] = -1
    return codes


def add_counts(counts: Floats, codes: Ints, levels: tuple[Floats, ...], weights: Floats | None, part: Ints) -> None:
    """Add rows to the ``counts (K, M, M)`` of their parts, above the diagonal and on it: see :func:`mirrored`.

    Parameters
    ----------
    codes : (p, n) as of :func:`codes_of`;  weights : (n,), ones where left out;  part : (n,) of each row.
    """
    sizes = [len(values) for values in levels]
    ends, parts = np.cumsum([0, *sizes]), len(counts)
    places = [np.where(code < 0, size, code) for code, size in zip(codes, sizes, strict=True)]
    for j, (place, size) in enumerate(zip(places, sizes, strict=True)):
        own = part * (size + 1) + place
        at = np.arange(ends[j], ends[j + 1])
        found = np.bincount(own, weights, parts * (size + 1)).reshape(parts, size + 1)
        counts[:, at, at] += found[:, :size]
        for k in range(j + 1, len(sizes)):
            other = sizes[k] + 1
            found = np.bincount(own * other + places[k], weights, parts * (size + 1) * other)
            cells = found.reshape(parts, size + 1, other)[:, :size, : sizes[k]]
            counts[:, ends[j] : ends[j + 1], ends[k] : ends[k + 1]] += cells


def mirrored(counts: Floats) -> Floats:
    """``counts (K, M, M)`` with those below the diagonal, which were not there yet; in place."""
    for one in counts:
        one += np.triu(one, 1).T
    return counts


def indicators(answers: Floats, levels: tuple[Floats, ...]) -> Floats:
    """(n, M) 1.0 where the answer of an item is this level."""
    return np.concatenate([answers[:, [j]] == values for j, values in enumerate(levels)], axis=1).astype(np.float64)


class Padded(NamedTuple):
    """Items with the same number ``K`` of levels, those that an item lacks without probability.

    ``thresholds (*B, p, K - 1)``; ``place (p, K)`` of the levels among the ``M``, ``M`` where there is none.
    """

    thresholds: Floats
    place: Ints


def padded(tables: Tables) -> Padded:
    """Thresholds ``Phi^-1(share of answers up to the level)`` of every item."""
    from scipy import special  # loaded where a study asks for it

    sizes = [len(values) for values in tables.levels]
    most, total, starts = max(sizes), sum(sizes), np.cumsum([0, *sizes])
    place = np.full((len(sizes), most), total, dtype=np.intp)
    for j, size in enumerate(sizes):
        place[j, :size] = np.arange(starts[j], starts[j + 1])
    counts = np.diagonal(tables.counts, axis1=-2, axis2=-1)
    counts = np.concatenate([counts, np.zeros((*counts.shape[:-1], 1))], axis=-1)[..., place]
    share = np.cumsum(counts, axis=-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = share[..., :-1] / share[..., -1:]
    return Padded(np.clip(special.ndtri(np.clip(share, 0.0, 1.0)), -FAR, FAR), place)


def correlations(tables: Tables) -> tuple[Floats, NDArray[np.bool_]]:
    """Polychoric correlations ``(*B, p, p)``, and whether all of an element converged ``(*B,)``."""
    batch, p = tables.counts.shape[:-2], len(tables.levels)
    counts = tables.counts.reshape(-1, *tables.counts.shape[-2:])
    first, second = np.triu_indices(p, 1)
    rho, found = np.empty((len(counts), len(first))), np.empty((len(counts), len(first)), dtype=bool)
    for at in pieces(len(counts), len(first) * max(len(v) for v in tables.levels) ** 2):
        thresholds, place = padded(Tables(tables.levels, counts[at]))
        cells = cells_of_pairs(counts[at], place, first, second)
        rho[at], found[at] = _solved(cells, thresholds[:, first], thresholds[:, second])
    out = np.broadcast_to(np.eye(p), (len(counts), p, p)).copy()
    out[:, first, second] = rho
    out[:, second, first] = rho
    return out.reshape(*batch, p, p), np.asarray(found.all(axis=1)).reshape(batch)


def log_likelihoods(tables: Tables, corr: Floats) -> Floats:
    """(*B, P) log-likelihood of the table of every two items ``j < k`` at these correlations."""
    batch, p = tables.counts.shape[:-2], len(tables.levels)
    first, second = np.triu_indices(p, 1)
    counts = tables.counts.reshape(-1, *tables.counts.shape[-2:])
    thresholds, place = padded(Tables(tables.levels, counts))
    rho = corr.reshape(-1, p, p)[:, first, second]
    below = corners(thresholds[:, first], thresholds[:, second], rho).below
    cells = cells_of_pairs(counts, place, first, second)
    found = np.where(cells > 0, cells * np.log(np.maximum(of_cells(below), 1e-300)), 0.0)
    return np.asarray(found.sum(axis=(-2, -1))).reshape(*batch, len(first))


def pieces(size: int, each: int) -> Iterator[slice]:
    """Slices of `size` elements of `each` numbers that are held at once."""
    step = max(1, CELLS // max(each, 1))
    return (slice(start, start + step) for start in range(0, size, step))


def cells_of_pairs(counts: Floats, place: Ints, first: Ints, second: Ints) -> Floats:
    """(B, P, K, K) tables of the pairs of items `first` and `second`; ``place (p, K)`` as of :class:`Padded`."""
    wide = np.zeros((len(counts), counts.shape[1] + 1, counts.shape[1] + 1))
    wide[:, :-1, :-1] = counts
    return np.asarray(wide[:, place[first][:, :, None], place[second][:, None, :]])


def _solved(cells: Floats, low: Floats, high: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    """(B, P) correlations by Newton's method, and which converged."""
    total = cells.sum(axis=(-2, -1))
    with np.errstate(invalid="ignore", divide="ignore"):
        share = cells / total[..., None, None]
    rho = np.clip(_start(share), -0.95, 0.95)
    there = np.isfinite(rho)
    moving = there.copy()
    for _ in range(MOST_STEPS):
        at = np.nonzero(moving)
        if not len(at[0]):
            break
        score, curvature, usual = _score(share[at], low[at], high[at], rho[at])
        outward = (score * rho[at] > 0) & (np.abs(rho[at]) > NEAR_END)
        done = outward & (np.abs(score) * (1 - np.abs(rho[at])) < FLAT)  # what is still to be won on the way to the end
        step = np.clip(score / np.where(curvature > 0.1 * usual, curvature, np.maximum(usual, 1e-300)), -0.3, 0.3)
        room = np.where(step > 0, LARGEST - rho[at], LARGEST + rho[at])
        step = np.sign(step) * np.minimum(np.abs(step), np.where(room > TOL, 0.7 * room, 0.0))  # stay inside
        rho[at] = np.where(done, np.sign(rho[at]) * LARGEST, rho[at] + step)
        moving[at] = ~done & (np.abs(step) >= TOL)
    return rho, there & ~moving


def _start(share: Floats) -> Floats:
    """(B, P) correlation of the positions of the levels; NaN where an item does not vary."""
    x = np.arange(share.shape[-1], dtype=np.float64)
    one, two = share.sum(axis=-1), share.sum(axis=-2)
    mean_1, mean_2 = one @ x, two @ x
    cov = np.einsum("...ij,i,j->...", share, x, x) - mean_1 * mean_2
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(cov / np.sqrt((one @ x**2 - mean_1**2) * (two @ x**2 - mean_2**2)))


class Corners(NamedTuple):
    """What the bivariate normal distribution has at the corners of the cells, each ``(*B, K + 1, K + 1)``.

    ``below``: probability up to both thresholds; ``density``: its derivative by ``rho``; ``bent``: the second one.
    """

    below: Floats
    density: Floats
    bent: Floats


def corners(low: Floats, high: Floats, rho: Floats) -> Corners:
    """At thresholds ``low (*B, K - 1)`` and ``high (*B, K - 1)`` with the ends of the range around them."""
    a, b = with_ends(low)[..., :, None], with_ends(high)[..., None, :]
    r = rho[..., None, None]
    rest = 1 - r * r
    density = np.exp(-(a * a - 2 * r * a * b + b * b) / (2 * rest)) / (2 * np.pi * np.sqrt(rest))
    bent = density * (r / rest + (a * b * (1 + r * r) - r * (a * a + b * b)) / rest**2)
    return Corners(below_both(a, b, r), density, bent)


def with_ends(thresholds: Floats) -> Floats:
    """(*B, K + 1) thresholds with the ends of the range around them."""
    end = np.full((*thresholds.shape[:-1], 1), FAR)
    return np.concatenate([-end, thresholds, end], axis=-1)


def below_both(a: Floats, b: Floats, rho: Floats) -> Floats:
    """Bivariate normal distribution function by Owen's T (Owen 1956, equation 2.1)."""
    from scipy import special

    root = np.sqrt(1 - rho * rho)
    with np.errstate(divide="ignore", invalid="ignore"):
        first = special.owens_t(a, (b - rho * a) / (a * root))
        second = special.owens_t(b, (a - rho * b) / (b * root))
    first = np.where(a == 0, np.sign(b) / 4, first)
    second = np.where(b == 0, np.sign(a) / 4, second)
    apart = np.where((a * b > 0) | ((a * b == 0) & (a + b >= 0)), 0.0, 0.5)
    both = (special.ndtr(a) + special.ndtr(b)) / 2 - first - second - apart
    centre = (a == 0) & (b == 0)
    return np.asarray(np.where(centre, 0.25 + np.arcsin(rho) / (2 * np.pi), both))


def of_cells(corner: Floats) -> Floats:
    """(*B, K, K) of the cells from what is up to their corners ``(*B, K + 1, K + 1)``."""
    return np.diff(np.diff(corner, axis=-1), axis=-2)


def _score(share: Floats, low: Floats, high: Floats, rho: Floats) -> tuple[Floats, Floats, Floats]:
    """Derivative of the mean log likelihood by ``rho``, minus the second one, and its expectation."""
    corner = corners(low, high, rho)
    probability = np.maximum(of_cells(corner.below), 1e-300)
    slope, bent = of_cells(corner.density), of_cells(corner.bent)
    there = share > 0
    ratio = np.where(there, slope / probability, 0.0)
    score = (share * ratio).sum(axis=(-2, -1))
    curvature = (share * (ratio**2 - np.where(there, bent / probability, 0.0))).sum(axis=(-2, -1))
    usual = np.where(probability > 1e-14, slope**2 / np.maximum(probability, 1e-14), 0.0).sum(axis=(-2, -1))
    return score, curvature, usual

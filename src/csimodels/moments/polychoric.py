"""Polychoric correlations: of the normal variables that are thought to lie behind ordered answers.

An answer ``x_j`` is the level whose thresholds hold a standard normal variable; two items have a bivariate normal
distribution with correlation ``rho``.  Olsson (1979), two-step: thresholds from the share of answers up to each level,
then ``rho`` maximises the likelihood ``sum n_il log pi_il(rho)`` of the table of the pair.  Tables are sums, so that
groups, replicates and folds are batch axes here too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from csimodels.moments.linalg import Floats

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

    @staticmethod
    def stack(parts: Sequence[Tables]) -> Tables | None:
        """Side by side along a new first batch axis; None where there are none."""
        if not parts:
            return None
        return Tables(parts[0].levels, np.stack([part.counts for part in parts]))


def codes_of(answers: Floats, levels: tuple[Floats, ...]) -> NDArray[np.intp]:
    """(n, p) position of every answer among the levels of its item, -1 where it is missing."""
    codes = np.full(answers.shape, -1, dtype=np.intp)
    for j, values in enumerate(levels):
        there = ~np.isnan(answers[:, j])
        codes[there, j] = np.searchsorted(values, answers[there, j])
    return codes


def indicators(answers: Floats, levels: tuple[Floats, ...]) -> Floats:
    """(n, M) 1.0 where the answer of an item is this level."""
    return np.concatenate([answers[:, [j]] == values for j, values in enumerate(levels)], axis=1).astype(np.float64)


class Padded(NamedTuple):
    """Items with the same number ``K`` of levels, those that an item lacks without probability.

    ``thresholds (*B, p, K - 1)``; ``place (p, K)`` of the levels among the ``M``, ``M`` where there is none.
    """

    thresholds: Floats
    place: NDArray[np.intp]


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
    for at in _pieces(len(counts), len(first) * max(len(v) for v in tables.levels) ** 2):
        thresholds, place = padded(Tables(tables.levels, counts[at]))
        cells = _cells(counts[at], place, first, second)
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
    cells = _cells(counts, place, first, second)
    found = np.where(cells > 0, cells * np.log(np.maximum(_of_cells(below), 1e-300)), 0.0)
    return np.asarray(found.sum(axis=(-2, -1))).reshape(*batch, len(first))


def _pieces(size: int, each: int) -> Iterator[slice]:
    step = max(1, CELLS // max(each, 1))
    return (slice(start, start + step) for start in range(0, size, step))


def _cells(counts: Floats, place: NDArray[np.intp], first: NDArray[np.intp], second: NDArray[np.intp]) -> Floats:
    """(B, P, K, K) tables of the pairs."""
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
    a, b = _ended(low)[..., :, None], _ended(high)[..., None, :]
    r = rho[..., None, None]
    rest = 1 - r * r
    density = np.exp(-(a * a - 2 * r * a * b + b * b) / (2 * rest)) / (2 * np.pi * np.sqrt(rest))
    bent = density * (r / rest + (a * b * (1 + r * r) - r * (a * a + b * b)) / rest**2)
    return Corners(below_both(a, b, r), density, bent)


def _ended(thresholds: Floats) -> Floats:
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


def _of_cells(corner: Floats) -> Floats:
    return np.diff(np.diff(corner, axis=-1), axis=-2)


def _score(share: Floats, low: Floats, high: Floats, rho: Floats) -> tuple[Floats, Floats, Floats]:
    """Derivative of the mean log likelihood by ``rho``, minus the second one, and its expectation."""
    corner = corners(low, high, rho)
    probability = np.maximum(_of_cells(corner.below), 1e-300)
    slope, bent = _of_cells(corner.density), _of_cells(corner.bent)
    there = share > 0
    ratio = np.where(there, slope / probability, 0.0)
    score = (share * ratio).sum(axis=(-2, -1))
    curvature = (share * (ratio**2 - np.where(there, bent / probability, 0.0))).sum(axis=(-2, -1))
    usual = np.where(probability > 1e-14, slope**2 / np.maximum(probability, 1e-14), 0.0).sum(axis=(-2, -1))
    return score, curvature, usual


class PairInfluence(NamedTuple):
    """What a row adds to the correlation of each of ``P`` pairs, by the levels of its answers.

    ``cell (P, K, K)``: of a row that answers both, to be divided by the weight of such rows.  ``level (M, P)``: of a
    row with this level through the thresholds, to be divided by the weight of the rows that answer the item.
    """

    first: NDArray[np.intp]
    second: NDArray[np.intp]
    cell: Floats
    level: Floats


def influences(tables: Tables, corr: Floats, *, exact: bool = True) -> PairInfluence:
    """Derivative of the two-step estimate by the weight of a row, without batch axes.

    The score of the pair is zero at the estimate, ``U(rho, thresholds) = 0``; hence
    ``d rho = (u(cell) + sum dU/dthreshold d threshold) / -dU/drho`` with ``d threshold = (1[x <= level] - share) /
    phi(threshold)``.

    Parameters
    ----------
    exact : bool
        The derivatives at the sample; else products of scores in their place (Muthen 1984, and lavaan), which agree
        where the answers come from a normal distribution.
    """
    p = len(tables.levels)
    first, second = np.triu_indices(p, 1)
    thresholds, place = padded(tables)
    rho = corr[first, second]
    cells = _cells(tables.counts[None], place, first, second)[0]
    share = cells / cells.sum(axis=(-2, -1), keepdims=True)
    low, high = thresholds[first], thresholds[second]
    corner = corners(low, high, rho)
    probability = np.maximum(_of_cells(corner.below), 1e-300)
    slope = _of_cells(corner.density)
    there = share > 0
    score = np.where(there, slope / probability, 0.0)
    kept = 1.0 if exact else 0.0
    bent = kept * np.where(there, _of_cells(corner.bent) / probability, 0.0)
    information = (share * (score**2 - bent)).sum(axis=(-2, -1))
    per = kept * np.where(there, share / probability, 0.0), share * score / probability * there
    of_low = _by_threshold(low, high, rho, corner.density, *per)
    of_high = _by_threshold(high, low, rho, np.swapaxes(corner.density, -1, -2), *(np.swapaxes(x, -1, -2) for x in per))
    level = np.zeros((place.max() + 2, len(first)))
    for side, moved in ((first, of_low), (second, of_high)):
        steps = _threshold_influence(thresholds, tables, place)[side]  # (P, K, K - 1)
        added = np.einsum("plt,pt->pl", steps, moved) / information[:, None]
        np.add.at(level, (place[side], np.arange(len(first))[:, None]), added)
    return PairInfluence(first, second, score / information[:, None, None], level[: tables.counts.shape[-1]])


def _by_threshold(low: Floats, high: Floats, rho: Floats, density: Floats, per: Floats, square: Floats) -> Floats:
    """(P, K - 1) derivative of the score by the thresholds of the first item."""
    from scipy import special

    root = np.sqrt(1 - rho**2)[:, None, None]
    a, b = low[:, :, None], _ended(high)[:, None, :]
    r = rho[:, None, None]
    marginal = np.exp(-a * a / 2) / np.sqrt(2 * np.pi)
    below = np.diff(marginal * special.ndtr((b - r * a) / root), axis=-1)  # of the probability, by second level
    mixed = np.diff(-density[:, 1:-1, :] * (a - r * b) / root**2, axis=-1)  # of its derivative by rho
    own = mixed * per[:, :-1] - below * square[:, :-1]
    above = mixed * per[:, 1:] - below * square[:, 1:]
    return np.asarray((own - above).sum(axis=-1))


def _threshold_influence(thresholds: Floats, tables: Tables, place: NDArray[np.intp]) -> Floats:
    """(p, K, K - 1) what a row at each level adds to each threshold, before its weight."""
    most = place.shape[1]
    counts = np.append(np.diagonal(tables.counts), 0.0)[place]
    share = np.cumsum(counts, axis=1)[:, :-1] / counts.sum(axis=1, keepdims=True)
    density = np.exp(-(thresholds**2) / 2) / np.sqrt(2 * np.pi)
    reached = np.arange(most)[:, None] <= np.arange(most - 1)  # (K, K - 1)
    inside = (np.abs(thresholds) < FAR) & (density > 0)
    worth = np.where(inside, 1.0 / np.where(inside, density, 1.0), 0.0)
    return np.asarray((reached - share[:, None]) * worth[:, None])

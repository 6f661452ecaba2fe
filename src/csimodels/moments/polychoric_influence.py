"""What a row adds to polychoric correlations: a number for each pair of items, looked up by the two answers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from csimodels.moments.linalg import Floats
from csimodels.moments.polychoric import (
    FAR,
    Ints,
    Tables,
    cells_of_pairs,
    codes_of,
    corners,
    of_cells,
    padded,
    pieces,
    with_ends,
)

#: Rows that are looked up at once: their numbers stay within the processor's reach.
ROWS_AT_ONCE = 4096


@dataclass(frozen=True, eq=False)
class PairAddends:
    """What a row of weight 1 adds to the correlation of each of ``P`` pairs of items.

    Attributes
    ----------
    levels : (K_j,) answers of each item, ``M`` in all.
    first, second : (P,) items of the pairs.
    place : (p, K) of the levels among the ``M``, ``M`` where there is none.
    table : (P, K + 1, K + 1) by the levels of both answers; the last place is that of a missing answer.
    """

    levels: tuple[Floats, ...]
    first: Ints
    second: Ints
    place: Ints
    table: Floats

    def lines(self, answers: Floats) -> Floats:
        """(P, n) of rows with `answers` ``(n, p)``, a line for each pair."""
        most = self.table.shape[1] - 1
        codes = codes_of(answers, self.levels)
        codes[codes < 0] = most
        ahead = codes * (most + 1)
        lines = np.empty((len(self.first), len(answers)))
        at = np.empty(len(answers), dtype=np.intp)
        for line, flat, j, k in zip(lines, self.table.reshape(len(lines), -1), self.first, self.second, strict=True):
            np.add(ahead[j], codes[k], out=at)
            np.take(flat, at, out=line, mode="clip")
        return lines

    def of_tables(self, counts: Floats) -> Floats:
        """(B, P) of all rows behind each table ``counts (B, M, M)`` together."""
        most = self.table.shape[1] - 1
        both, alone = self.table[:, :most, :most], (self.table[:, :most, most], self.table[:, most, :most])
        out = np.empty((len(counts), len(self.first)))
        for at in pieces(len(counts), len(self.first) * most**2):
            cells = cells_of_pairs(counts[at], self.place, self.first, self.second)
            out[at] = (cells * both).sum(axis=(-2, -1))
            margin = np.diagonal(counts[at], axis1=-2, axis2=-1)
            margin = np.concatenate([margin, np.zeros((len(margin), 1))], axis=-1)[:, self.place]
            for item, axis, worth in ((self.first, -1, alone[0]), (self.second, -2, alone[1])):
                out[at] += ((margin[:, item] - cells.sum(axis=axis)) * worth).sum(axis=-1)
        return out

    def power(self, answers: Floats, weights: Floats) -> Floats:
        """(P, P) sum over rows of ``w^2 c c'``, with `c` what a row of weight 1 adds; in the order of the rows."""
        out = np.zeros((len(self.first),) * 2)
        for at in blocks_of(len(answers)):
            lines = self.lines(answers[at])
            lines *= weights[at]
            out += lines @ lines.T
        return out


def blocks_of(rows: int) -> Iterator[slice]:
    """Slices of at most :data:`ROWS_AT_ONCE` of so many rows."""
    return (slice(start, start + ROWS_AT_ONCE) for start in range(0, rows, ROWS_AT_ONCE))


def pair_addends(tables: Tables, corr: Floats, *, exact: bool = True) -> PairAddends:
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
    cells = cells_of_pairs(tables.counts[None], place, first, second)[0]
    total = cells.sum(axis=(-2, -1), keepdims=True)
    share = cells / total
    low, high = thresholds[first], thresholds[second]
    corner = corners(low, high, rho)
    probability = np.maximum(of_cells(corner.below), 1e-300)
    slope = of_cells(corner.density)
    there = share > 0
    score = np.where(there, slope / probability, 0.0)
    kept = 1.0 if exact else 0.0
    bent = kept * np.where(there, of_cells(corner.bent) / probability, 0.0)
    information = (share * (score**2 - bent)).sum(axis=(-2, -1))
    per = kept * np.where(there, share / probability, 0.0), share * score / probability * there
    of_low = _by_threshold(low, high, rho, corner.density, *per)
    of_high = _by_threshold(high, low, rho, np.swapaxes(corner.density, -1, -2), *(np.swapaxes(x, -1, -2) for x in per))
    steps = _threshold_influence(thresholds, tables, place)  # (p, K, K - 1)
    of_first, of_second = (
        np.einsum("plt,pt->pl", steps[side], moved) / information[:, None]
        for side, moved in ((first, of_low), (second, of_high))
    )
    most = place.shape[1]
    table = np.zeros((len(first), most + 1, most + 1))
    table[:, :most, :most] = score / information[:, None, None] / total
    table[:, :most] += of_first[..., None]
    table[:, :, :most] += of_second[:, None]
    return PairAddends(tables.levels, first, second, place, table)


def _by_threshold(low: Floats, high: Floats, rho: Floats, density: Floats, per: Floats, square: Floats) -> Floats:
    """(P, K - 1) derivative of the score by the thresholds of the first item."""
    from scipy import special

    root = np.sqrt(1 - rho**2)[:, None, None]
    a, b = low[:, :, None], with_ends(high)[:, None, :]
    r = rho[:, None, None]
    marginal = np.exp(-a * a / 2) / np.sqrt(2 * np.pi)
    below = np.diff(marginal * special.ndtr((b - r * a) / root), axis=-1)  # of the probability, by second level
    mixed = np.diff(-density[:, 1:-1, :] * (a - r * b) / root**2, axis=-1)  # of its derivative by rho
    own = mixed * per[:, :-1] - below * square[:, :-1]
    above = mixed * per[:, 1:] - below * square[:, 1:]
    return np.asarray((own - above).sum(axis=-1))


def _threshold_influence(thresholds: Floats, tables: Tables, place: Ints) -> Floats:
    """(p, K, K - 1) what a row of weight 1 at each level adds to each threshold."""
    most = place.shape[1]
    counts = np.append(np.diagonal(tables.counts), 0.0)[place]
    answered = counts.sum(axis=1, keepdims=True)
    share = np.cumsum(counts, axis=1)[:, :-1] / answered
    density = np.exp(-(thresholds**2) / 2) / np.sqrt(2 * np.pi)
    reached = np.arange(most)[:, None] <= np.arange(most - 1)  # (K, K - 1)
    inside = (np.abs(thresholds) < FAR) & (density > 0)
    worth = np.where(inside, 1.0 / np.where(inside, density, 1.0), 0.0)
    return np.asarray((reached - share[:, None]) * (worth / answered)[:, None])

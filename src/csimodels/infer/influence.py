"""What every respondent adds to the means and covariances: the influence of rows on moments, under each missing rule.

To first order, moments computed from other rows of the same population differ by the sum of these contributions
(Jaeckel 1972; Binder 1983).  A contribution ``e_i`` carries the sampling weight and the divisor, so the contributions
of all rows sum to zero, and the variance of any smooth function of the moments is that of a sum.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from csimodels.infer.desk import extra_means
from csimodels.infer.em_influence import completed, completed_parts, transform_of
from csimodels.moments import Moments, Rows
from csimodels.moments.counts import At
from csimodels.moments.linalg import Floats, upper_triangle
from csimodels.moments.moments import POLYCHORIC
from csimodels.moments.polychoric_influence import PairAddends, pair_addends
from csimodels.moments.summed import SummedRows
from csimodels.moments.sums import Sums


@dataclass(frozen=True, eq=False)
class Influence:
    """What each row adds to the moments, made for some rows at a time.

    Attributes
    ----------
    size : int
        ``D`` moments, then ``e`` means of extra columns.
    direct : function
        Rows (slice or positions) -> their contributions ``(b, size)`` before `transform`.
    transform : (size, size) or None
        Contributions are ``direct @ transform``; None: they are `direct`.
    """

    size: int
    direct: Callable[[At], Floats]
    transform: Floats | None = None

    def of(self, at: At) -> Floats:
        """(b, size) contributions of the rows `at`."""
        direct = self.direct(at)
        return direct if self.transform is None else np.asarray(direct @ self.transform)


def influence_of(rows: Rows, moments: Moments, rule: str, whole: Sums | None = None) -> Influence:
    """Influence of the rows that `moments` (no batch axes) were formed from under `rule`, extra columns included.

    Parameters
    ----------
    rule : ``listwise``; ``mean``: the means that fill the holes are estimates too, and their error is carried into the
        covariances; ``pairwise``: each covariance from the rows that answer both items; ``em``: the fixed point of the
        EM map, whose own dependence on the moments enters through the inverse of its derivative.
    whole : Sums, optional
        Of all rows that `moments` were formed from, where `rows` are a part of them only.  The contributions are then
        those before :func:`transform_of` of the whole.
    """
    p = len(rows.items)
    transform = transform_of(rows, moments, rule) if whole is None else None
    size = p + p * (p + 1) // 2
    if isinstance(rows, SummedRows):
        table = contributions_of_parts(rows.parts, moments, rule, rows.sums() if whole is None else whole)
        if rows.beside is not None:
            b, mean = rows.beside, extra_means(moments)
            table = np.concatenate([table, (b.wx - b.w[:, None] * mean) / b.w.sum()], axis=1)
        return Influence(table.shape[1], lambda at: table[at], transform)
    if rule == "em":
        direct = completed(rows, moments, rows.a.sum() if whole is None else whole.w)
    elif rule in POLYCHORIC:
        direct = _polychoric(rows, moments, rows.sums() if whole is None else whole)
    elif not (rows.masked if whole is None else whole.pairwise is not None):
        direct = _complete(rows, moments, rows.a.sum() if whole is None else whole.w)
    else:
        whole = rows.sums() if whole is None else whole
        direct = _mean_replaced(rows, moments, whole) if rule == "mean" else _pairwise(rows, whole)
    if rows.extra is None:
        return Influence(size, direct, transform)
    total = rows.unit_weights.sum() if whole is None or whole.extra is None else whole.extra.w
    return _with_extra(rows, rows.extra, extra_means(moments), Influence(size, direct, transform), total)


def contributions(rows: Rows, moments: Moments, rule: str) -> Floats:
    """(n, D) contribution of each row to the means, then to the upper triangle of the covariances.

    ``D = p + p(p + 1)/2``; with extra columns their ``e`` means follow.  Parameters as for :func:`influence_of`.
    """
    return influence_of(rows, moments, rule).of(slice(None))


def _with_extra(rows: Rows, extra: Floats, mean: Floats, items: Influence, total: Floats) -> Influence:
    """Means of extra columns beside the items: ``a_i (e_i - mean) / sum a`` for each row; `total` is ``sum a``."""
    weight = rows.unit_weights / total

    def direct(at: At) -> Floats:
        return np.concatenate([items.direct(at), weight[at, None] * (extra[at] - mean)], axis=1)

    return Influence(items.size + len(mean), direct, items.transform)


def _complete(rows: Rows, moments: Moments, total: Floats) -> Callable[[At], Floats]:
    centre, upper = moments.mean - rows.shift, upper_triangle(len(moments.mean))
    spread = moments.cov[upper]

    def direct(at: At) -> Floats:
        _, products, lines = _deviations(rows, at, centre)
        products -= spread[:, None]
        lines *= rows.a[at] / total
        return lines.T

    return direct


def _deviations(rows: Rows, at: At, centre: Floats) -> tuple[Floats, Floats, Floats]:
    """(p, b) distances of some rows from the means, zero for holes; (P, b) products of all pairs of them; both, one
    below the other: a moment is a long line, so that products need no copies."""
    z, present = rows.block(at)
    p = len(centre)
    lines = np.empty((p + p * (p + 1) // 2, len(z)))
    deviation, products = lines[:p], lines[p:]
    np.multiply((z - centre).T, present.T, out=deviation)
    first = 0
    for j in range(p):
        np.multiply(deviation[j], deviation[j:], out=products[first : first + p - j])
        first += p - j
    return deviation, products, lines


def _slope_of_means(whole: Sums, centre: Floats) -> tuple[Floats, Floats]:
    """Weights of the answers to each item ``(p,)``; ``sum a r_j r_k d_k / W``: how S_jk falls when mean_j rises."""
    masked = whole.as_pairwise()
    return np.diagonal(masked.w), (masked.wx.T - masked.w * centre) / whole.w


def _mean_replaced(rows: Rows, moments: Moments, whole: Sums) -> Callable[[At], Floats]:
    """``S_jk = sum a r_j r_k d_j d_k / W``: the products, and the means that the deviations are taken from.

    The mean of an item without holes moves no covariance: its slopes are sums of distances from means.
    """
    centre, total = moments.mean - rows.shift, whole.w
    upper = upper_triangle(len(centre))
    spread = moments.cov[upper]
    answered, slope = _slope_of_means(whole, centre)
    place = np.empty((len(centre), len(centre)), dtype=np.intp)
    place[upper] = place[upper[::-1]] = np.arange(len(spread))
    slope[np.diag_indices(len(centre))] *= 2  # both factors of a square are this item
    holed = np.flatnonzero(answered != total).tolist()

    def direct(at: At) -> Floats:
        deviation, products, lines = _deviations(rows, at, centre)
        products -= spread[:, None]
        products *= rows.a[at] / total
        deviation *= rows.a[at]
        deviation /= answered[:, None]
        for j in holed:
            products[place[j]] -= slope[j][:, None] * deviation[j]
        return lines.T

    return direct


def _pairwise(rows: Rows, sums: Sums) -> Callable[[At], Floats]:
    """Each pair has its own rows, number and means."""
    masked = sums.as_pairwise()
    number, pair_mean = masked.w, masked.wx / masked.w  # [j, k]: mean of j where k is there
    upper = upper_triangle(len(rows.items))
    cov = (sums.wxx / number - pair_mean * pair_mean.T)[upper]
    means = np.diagonal(pair_mean)

    def direct(at: At) -> Floats:
        z, present = rows.block(at)
        a = rows.a[at, None]
        both = a * present[:, upper[0]] * present[:, upper[1]]
        products = (z[:, upper[0]] - pair_mean[upper]) * (z[:, upper[1]] - pair_mean.T[upper])
        mean = a * present * (z - means) / np.diagonal(number)
        return np.concatenate([mean, both * (products - cov) / number[upper]], axis=1)

    return direct


def _polychoric(rows: Rows, moments: Moments, sums: Sums) -> Callable[[At], Floats]:
    """Means and variances as under the pairwise rule; correlations through cells and thresholds."""
    answered, centre = np.diagonal(sums.as_pairwise().w), moments.mean - rows.shift
    variance, pairs = np.diagonal(moments.cov), _pairs(moments, sums)

    def direct(at: At) -> Floats:
        z, present = rows.block(at)
        a = rows.a[at]
        deviation = a[:, None] * present * (z - centre) / answered
        spread = a[:, None] * present * ((z - centre) ** 2 - variance) / answered
        lines = pairs.lines(rows.answers[at])
        lines *= a
        return _with_spread(moments, deviation, spread, lines.T)

    return direct


def _pairs(moments: Moments, sums: Sums) -> PairAddends:
    if sums.tables is None:
        raise ValueError("polychoric correlations need sums with tables of levels: Rows(..., levels=...)")
    return pair_addends(sums.tables, moments.corr)


def _with_spread(moments: Moments, deviation: Floats, spread: Floats, corr: Floats) -> Floats:
    """(b, D) contributions to means and covariances from those to means ``(b, p)``, variances and correlations."""
    sd, variance = moments.sd, np.diagonal(moments.cov)
    upper = upper_triangle(len(sd))
    diagonal = upper[0] == upper[1]
    first, second = upper[0][~diagonal], upper[1][~diagonal]
    out = np.empty((len(corr), len(diagonal)))
    out[:, diagonal] = spread
    relative = spread / np.where(variance > 0, variance, 1.0)
    half = moments.cov[first, second] / 2
    out[:, ~diagonal] = sd[first] * sd[second] * corr + half * (relative[:, first] + relative[:, second])
    return np.concatenate([deviation, out], axis=1)


def _polychoric_parts(parts: Sums, moments: Moments, whole: Sums) -> Floats:
    """As :func:`_polychoric`, of parts whose rows are added up."""
    own, answered = parts.as_pairwise(), np.diagonal(whole.as_pairwise().w)
    centre, variance = moments.mean - parts.shift, np.diagonal(moments.cov)
    w, wx, wxx = (np.diagonal(values, axis1=-2, axis2=-1) for values in (own.w, own.wx, parts.wxx))
    deviation = (wx - w * centre) / answered
    spread = (wxx - 2 * wx * centre + w * (centre**2 - variance)) / answered
    assert parts.tables is not None
    return _with_spread(moments, deviation, spread, _pairs(moments, whole).of_tables(parts.tables.counts))


def contributions_of_parts(parts: Sums, moments: Moments, rule: str, whole: Sums) -> Floats:
    """(K, D) contributions of parts whose rows are added up: they are linear in the sums of a part.

    Parameters
    ----------
    parts : Sums
        ``(K,)`` parts; they need not be all of `whole`.
    moments, rule : as for :func:`influence_of`; under ``em`` before :func:`transform_of`.
    whole : Sums
        Of all rows that `moments` were formed from.
    """
    centre, cov = moments.mean - parts.shift, moments.cov
    upper = upper_triangle(len(centre))
    if rule == "em":
        return completed_parts(parts, centre, cov, whole.w)
    if rule in POLYCHORIC:
        return _polychoric_parts(parts, moments, whole)
    own = parts.as_pairwise()
    if whole.pairwise is None or rule != "pairwise":
        means = np.broadcast_to(centre, cov.shape).T  # [j, k]: mean of j
    else:
        means = whole.pairwise.wx / whole.pairwise.w  # [j, k]: mean of j where k is there
    cross = parts.wxx - own.wx * means.T - np.swapaxes(own.wx, -1, -2) * means + own.w * means * means.T
    deviations = np.diagonal(own.wx, axis1=-2, axis2=-1) - np.diagonal(own.w, axis1=-2, axis2=-1) * np.diagonal(means)
    if whole.pairwise is None:
        products = (cross - parts.w[:, None, None] * cov) / whole.w
        return np.concatenate([deviations / whole.w, products[:, upper[0], upper[1]]], axis=1)
    answered = np.diagonal(whole.pairwise.w)
    if rule == "pairwise":
        number = whole.pairwise.w
        spread = whole.wxx / number - means * means.T
        products = (cross - own.w * spread) / number
        return np.concatenate([deviations / answered, products[:, upper[0], upper[1]]], axis=1)
    answered, slope = _slope_of_means(whole, centre)
    mean = deviations / answered
    products = ((cross - parts.w[:, None, None] * cov) / whole.w)[:, upper[0], upper[1]]
    moved = mean[:, upper[0]] * slope[upper] + mean[:, upper[1]] * slope.T[upper]
    return np.concatenate([mean, products - moved], axis=1)

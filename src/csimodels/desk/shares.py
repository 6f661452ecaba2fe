"""Shares of answer levels, top and bottom boxes, with intervals that stay inside 0 and 1.

Becomes two tables: ``answers`` (item, n, missing by reason, mean, sd, floor, ceiling, one row per item; levels apart:
item, level, share, se, low, high, n) and ``shares`` (name, kind, share, se, low, high, n) for boxes such as top-2.
Wilson (1927) for unweighted simple samples; with weights, strata or clusters the interval is symmetric on the logit
scale with the design's standard error and its t quantile (Korn & Graubard 1998; R survey's ``svyciprop`` "logit").
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from csimodels.errors import Problem, listed
from csimodels.messages import Message
from csimodels.moments.linalg import Bools, Floats

#: A share nearer to 0 or 1 than this is one of them.
ROUNDING = 1e-9


def level_counts(
    answers: Floats, levels: Sequence[float], weights: Floats | None = None, group: NDArray[np.intp] | None = None
) -> Floats:
    """(G, L) weighted numbers of answers at each level; answers at no level count nowhere.

    Parameters
    ----------
    answers : (n,) array
        NaN where missing.
    levels : sequence of float
        The L levels of the scale.
    weights : (n,) array, optional
        Ones by default.
    group : (n,) array of int, optional
        Group ``0 .. G-1`` of each respondent; all in one group by default.
    """
    w = np.ones(len(answers)) if weights is None else weights
    g = np.zeros(len(answers), dtype=np.intp) if group is None else group
    size = int(g.max(initial=0)) + 1
    return np.stack([np.bincount(g, w * (answers == level), minlength=size) for level in levels], axis=-1)


def level_shares(counts: Floats) -> Floats:
    """Shares (*B, L) of the levels from their counts; NaN where nobody answered."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(counts / counts.sum(axis=-1, keepdims=True))


def box_share(shares: Floats, levels: Sequence[float], box: Sequence[float]) -> Floats:
    """(*B,) share of the answers whose level is in `box`: a top or bottom box."""
    return np.asarray(shares[..., np.isin(np.asarray(levels, dtype=float), np.asarray(box, dtype=float))].sum(axis=-1))


def top_levels(levels: Sequence[float], count: int) -> tuple[float, ...]:
    """The `count` highest levels, highest last: ``count=2`` is the top-2 box."""
    return tuple(sorted(levels)[len(levels) - count :])


def bottom_levels(levels: Sequence[float], count: int) -> tuple[float, ...]:
    """The `count` lowest levels, lowest first."""
    return tuple(sorted(levels)[:count])


def check_box(levels: Sequence[float], box: Sequence[float], where: str) -> list[Problem]:
    """Problems of a box: levels that are not on the scale, none at all, or all of them."""
    known = Message("levels {names}", names=listed(list(levels)))
    strange = [level for level in box if level not in levels]
    if strange:
        return [Problem("the box has levels that the scale does not have", where, listed(strange), known)]
    if not len(box) or len(set(box)) == len(set(levels)):
        return [Problem("a box holds some levels of the scale, not none or all", where, listed(list(box)), known)]
    return []


def wilson(count: Floats, n: Floats, level: float = 0.95) -> tuple[Floats, Floats]:
    """Wilson (1927) score interval of a share from a simple random sample.

    Parameters
    ----------
    count, n : (*B,) arrays
        Answers in the box, and answers in all.
    level : float
        Confidence level.

    Returns
    -------
    low, high : (*B,) arrays
        Shares between 0 and 1; NaN where n is 0.
    """
    from scipy.special import ndtri

    count, n = np.asarray(count, dtype=np.float64), np.asarray(n, dtype=np.float64)
    z = ndtri((1 + level) / 2)
    with np.errstate(invalid="ignore", divide="ignore"):
        p = count / n
        centre = (p + z**2 / (2 * n)) / (1 + z**2 / n)
        reach = z / (1 + z**2 / n) * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
        low, high = np.maximum(centre - reach, 0.0), np.minimum(centre + reach, 1.0)
    return low, high


def logit_interval(
    share: Floats, se: Floats, df: Floats | float = np.inf, level: float = 0.95
) -> tuple[Floats, Floats]:
    """Interval of a share that is symmetric on the logit scale, with t quantiles.

    Parameters
    ----------
    share, se : (*B,) arrays
        Share between 0 and 1 and its standard error from the design.
    df : float or (*B,) array
        Degrees of freedom; infinite: the normal distribution.
    level : float
        Confidence level.

    Returns
    -------
    low, high : (*B,) arrays
        NaN where the share is 0 or 1: there the design shows no variance, and the logit is infinite.
    """
    from scipy.special import expit

    reach = quantile_of_t(np.broadcast_to(np.asarray(df, dtype=np.float64), np.shape(share)), level)
    with np.errstate(invalid="ignore", divide="ignore"):
        inside = within(share)
        centre = np.log(share / (1 - share))
        half = reach * se / (share * (1 - share))
        return np.where(inside, expit(centre - half), np.nan), np.where(inside, expit(centre + half), np.nan)


def korn_graubard(
    share: Floats, effective: Floats, n: Floats, df: Floats | float, level: float = 0.95
) -> tuple[Floats, Floats]:
    """Clopper & Pearson's limits of a share of so many effective respondents (Korn & Graubard 1998).

    Parameters
    ----------
    share : (*B,) array
        Share between 0 and 1, its ends included.
    effective : (*B,) array
        Effective number of respondents: ``p (1 - p) / se^2`` of the design, or where the share is 0 or 1 and shows no
        variance Kish's ``(sum w)^2 / sum w^2``.  It is multiplied by ``(t(n - 1) / t(df))^2``.
    n : (*B,) array
        Number of respondents.
    df : float or (*B,) array
        Degrees of freedom of the design; infinite: the normal distribution in both places.
    level : float
        Confidence level.

    Returns
    -------
    low, high : (*B,) arrays
        NaN without respondents or degrees of freedom.
    """
    from scipy.special import betaincinv

    share, n, freedom = np.broadcast_arrays(share, n, np.asarray(df, dtype=np.float64))
    tail = (1 - level) / 2
    known = np.asarray((n > 0) & (freedom > 0) & (effective > 0) & np.isfinite(share))
    simple = np.where(np.isfinite(freedom), n - 1.0, np.inf)
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = quantile_of_t(np.where(simple > 0, simple, np.inf), level) / quantile_of_t(freedom, level)
    size = np.where(known, effective * ratio**2, 1.0)
    hits = size * np.where(known, np.clip(share, 0.0, 1.0), 0.5)
    none, all_of_them = hits <= ROUNDING * size, size - hits <= ROUNDING * size
    low = betaincinv(np.where(none, 1.0, hits), np.where(all_of_them, 1.0, size - hits + 1), tail)
    low = np.where(all_of_them, tail ** (1 / size), np.where(none, 0.0, low))
    high = betaincinv(np.where(all_of_them, 1.0, hits + 1), np.where(all_of_them, 1.0, size - hits), 1 - tail)
    high = np.where(none, 1 - tail ** (1 / size), np.where(all_of_them, 1.0, high))
    return np.where(known, low, np.nan), np.where(known, high, np.nan)


def end_interval(
    share: Floats, effective: Floats, n: Floats, df: Floats | float, level: float = 0.95, simple: bool = False
) -> tuple[Floats, Floats]:
    """Limits of shares that are 0 or 1, which show no variance; NaN for all others.

    Wilson's for a `simple` unweighted sample, :func:`korn_graubard` else, with Kish's effective number of respondents.
    Both see the weights, but not how alike the answers within clusters are: all are the same.
    """
    share, effective, n, freedom = np.broadcast_arrays(share, effective, n, np.asarray(df, dtype=np.float64))
    at_end = np.isfinite(share) & ~within(np.where(np.isfinite(share), share, 0.0))
    low, high = np.full((2, *share.shape), np.nan)
    clean, size = np.rint(share[at_end]), n[at_end].astype(np.float64)
    if simple:
        found = wilson(clean * size, size, level)
        low[at_end], high[at_end] = np.where(clean == 0, 0.0, found[0]), np.where(clean == 1, 1.0, found[1])
    else:
        low[at_end], high[at_end] = korn_graubard(clean, effective[at_end], size, freedom[at_end], level)
    return low, high


def size_of_end(reach: Floats, level: float) -> Floats:
    """(*B,) respondents of whom all are alike that give a share at an end limits so far from it.

    Clopper & Pearson's limit for ``m`` such respondents is ``1 - ((1 - level)/2)^(1/m)``; that of other levels, and the
    probability ``(1 - p)^m`` that the true share is further away than ``p``, follow from ``m``.
    """
    known = (reach > 0) & (reach < 1)
    return np.where(known, np.log((1 - level) / 2) / np.log1p(-np.where(known, reach, 0.5)), np.inf)


def limits_at(
    value: Floats,
    known: tuple[Floats, Floats],
    within_: tuple[float, float],
    df: Floats,
    levels: tuple[float, float],
) -> tuple[Floats, Floats]:
    """Limits of numbers between two ends at another confidence level.

    Parameters
    ----------
    value, df : (*B,) arrays
    known : pair of (*B,) arrays
        Lower and upper limits at the first of the `levels`.
    within_ : pair of float
        The least and the most that a number can be.
    levels : pair of float
        The level of the known limits, and that of the limits asked for.

    Returns
    -------
    low, high : (*B,) arrays
        Distances on the logit scale are in proportion to the quantiles of t; at an end see :func:`size_of_end`.
    """
    from scipy.special import expit

    (least, most), (level, asked) = within_, levels
    share = (value - least) / (most - least)
    inside = np.isfinite(share) & within(np.where(np.isfinite(share), share, 0.0))
    safe = np.where(inside, share, 0.5)
    ratio = quantile_of_t(df, asked) / quantile_of_t(df, level)
    out = []
    for limit in known:
        end = (limit - least) / (most - least)
        there = inside & within(np.where(np.isfinite(end), end, 0.0))
        away = logit(np.where(there, end, 0.5))[0] - logit(safe)[0]
        m = size_of_end(np.abs(end - share), level)
        reach = -np.expm1(np.log((1 - asked) / 2) / m)
        alike = np.where(np.abs(end - share) > 0, np.where(share < 0.5, reach, 1 - reach), end)
        found = np.where(there, expit(logit(safe)[0] + ratio * away), np.where(inside, end, alike))
        out.append(least + (most - least) * found)
    return out[0], out[1]


def quantile_of_t(df: Floats | float, level: float) -> Floats:
    """(*B,) two-sided quantile of Student's t, that of the normal distribution where `df` is infinite."""
    from scipy.special import ndtri, stdtrit

    freedom = np.asarray(df, dtype=np.float64)
    finite = np.isfinite(freedom)
    tail = (1 + level) / 2
    return np.where(finite, stdtrit(np.where(finite, freedom, 1.0), tail), ndtri(tail))


def on_logit(value: Floats, se: Floats, ends: tuple[float, float]) -> tuple[Bools, Floats, Floats]:
    """Whether numbers (*B,) lie between their `ends`, and these with their errors on the logit scale; 0 at an end."""
    low, high = ends
    share = (value - low) / (high - low)
    inside = within(share)
    centre, slope = logit(np.where(inside, share, 0.5))
    return inside, centre, np.where(inside, se / (high - low) * slope, 0.0)


def logit(share: Floats) -> tuple[Floats, Floats]:
    """Log odds (*B,) of shares between 0 and 1, and their slopes ``1 / (p (1 - p))``."""
    return np.asarray(np.log(share / (1 - share))), np.asarray(1 / (share * (1 - share)))


def within(share: Floats) -> Bools:
    """Whether a share is neither 0 nor 1; sums of weights miss both by rounding."""
    return np.asarray((share > ROUNDING) & (share < 1 - ROUNDING))


def share_among(numerator: Floats, base: Floats) -> Floats:
    """(*B,) share among a base, such as complaints handled in time among complainers; NaN for an empty base."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(base > 0, numerator / base, np.nan)

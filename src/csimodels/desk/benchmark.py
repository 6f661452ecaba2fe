"""Benchmark: lead of a unit over the best other, over a named competitor and over the mean; rank of the lead.

Points only, units along the last axis.  The table ``benchmark`` (:mod:`csimodels.rollup.benchmark`) has intervals too:
the lead over the best other has a kink where two others tie, so that neither derivatives nor replicates serve there,
and :mod:`csimodels.infer.best` compares with every unit that may be the best.  The points are the same there (a test
holds both to that); these functions take any leading batch axes, for work of your own.
"""

from __future__ import annotations

import numpy as np

from csimodels.moments.linalg import Floats


def lead_over_best(index: Floats) -> Floats:
    """(*B, U) lead of each unit over the best of the others, ``I_u - max_{w != u} I_w``.

    Parameters
    ----------
    index : (*B, U) array
        Indices; NaN where a unit has none, which takes no part.

    Returns
    -------
    (*B, U) array; NaN for a unit without an index or without others.
    """
    there = ~np.isnan(index)
    ordered = np.sort(np.where(there, index, -np.inf), axis=-1)
    best = ordered[..., -1:]
    second = ordered[..., -2:-1] if index.shape[-1] > 1 else np.full_like(best, -np.inf)
    alone = (index == best).sum(axis=-1, keepdims=True) == 1
    other = np.where((index == best) & alone, second, best)
    return np.where(there & np.isfinite(other), index - np.where(np.isfinite(other), other, 0.0), np.nan)


def lead_over(index: Floats, competitor: int) -> Floats:
    """(*B, U) lead of each unit over the unit at place `competitor`; NaN for that unit itself."""
    lead = index - index[..., competitor : competitor + 1]
    lead[..., competitor] = np.nan
    return np.asarray(lead)


def lead_over_mean(index: Floats) -> Floats:
    """(*B, U) lead of each unit over the mean of the others that have an index."""
    there = ~np.isnan(index)
    total = np.where(there, index, 0.0).sum(axis=-1, keepdims=True)
    others = there.sum(axis=-1, keepdims=True) - 1
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(there & (others > 0), index - (total - index) / others, np.nan)


def lead_se(se: Floats, competitor: int) -> Floats:
    """(*B, U) standard error of the lead over a named competitor, units independent: ``se^2 = se_u^2 + se_c^2``."""
    error = np.hypot(se, se[..., competitor : competitor + 1])
    error[..., competitor] = np.nan
    return np.asarray(error)


def rank(value: Floats, axis: int = -1) -> Floats:
    """Ranks along `axis`, 1 for the highest, ties share the better rank; NaN where there is no value."""
    x = np.moveaxis(np.asarray(value, dtype=np.float64), axis, -1)
    place = 1.0 + (x[..., None, :] > x[..., :, None]).sum(axis=-1)
    return np.moveaxis(np.where(np.isnan(x), np.nan, place), -1, axis)


def rank_of_lead(index: Floats, domain_axis: int = -2) -> Floats:
    """(*B, D, U) rank of each unit's lead over the best other among its domains (regions, services)."""
    return rank(lead_over_best(index), axis=domain_axis)


def leader_differs(index: Floats, replicates: Floats, level: float = 0.95) -> Floats:
    """(*B, U) 1 where the leader is surely above a unit, 0 where not, NaN for the leader and for units without index.

    The percentile interval of the difference to the leader leaves 0 out; unit by unit, not corrected for their number.

    Parameters
    ----------
    index : (*B, U) array
        Indices.
    replicates : (R, *B, U) array
        Their replicates.
    """
    leader = np.where(np.isnan(index), -np.inf, index).argmax(axis=-1)[..., None]
    at_leader = np.take_along_axis(replicates, np.broadcast_to(leader, (len(replicates), *leader.shape)), axis=-1)
    behind = at_leader - replicates
    unknown = np.isnan(behind).all(axis=0)
    low = np.nanquantile(np.where(unknown, 0.0, behind), (1 - level) / 2, axis=0)
    itself = np.arange(index.shape[-1]) == leader
    return np.where(np.isnan(index) | itself | unknown, np.nan, (low > 0).astype(float))


def strategy_quadrant(importance: Floats, lead: Floats, cut: Floats) -> Floats:
    """(*B, J) place on the map of importance (x) and lead (y): 0 advantage, 1 urgent, 2 keep, 3 watch.

    Advantage: important and ahead; urgent: important and behind; keep: less important and ahead; watch: neither.
    `cut` is the importance from which a driver counts as important, broadcast against the drivers.
    """
    return np.where(importance >= cut, 0, 2) + np.where(lead >= 0, 0, 1)


#: Names of the quadrants, in the order of their numbers.
QUADRANTS = ("advantage", "urgent", "keep", "watch")

"""What a target takes: respondents who have to move, probability reached, rise of a driver, what-if.

Becomes three tables: ``targets`` (construct, target, index, gap, se, p_reached, respondents, from, to, after),
``target_drivers`` (driver, effect, rise, reachable) and ``what_if`` (construct, change, se, low, high, meaning).  Two
meanings of a what-if: ``levels`` (default) sets the drivers' published indices, so paths into them no longer count;
``shocks`` adds to each and lets everything follow, which counts one driver's part in another twice.
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from csimodels.desk.shares import logit, on_logit, size_of_end, within
from csimodels.errors import Problem
from csimodels.messages import Message
from csimodels.moments.linalg import Bools, Floats

Meaning = Literal["levels", "shocks"]

#: Whole numbers of respondents: what is missing by less than this is there.
ROUNDING = 1e-9


def points_needed(target: float, current: Floats, n: Floats, per_point: float = 10.0) -> Floats:
    """(*B,) answer points by which all answers together must rise: ``(target - current) / per_point * n``.

    Parameters
    ----------
    target : float
        Score to be reached.
    current : (*B,) array
        Score now.
    n : (*B,) array
        Answers, or their weight.
    per_point : float
        Score points of one answer point: 10 on the ten-point form, ``100 / (max - min)`` on the 0-100 index.
    """
    return np.asarray((target - np.asarray(current)) / per_point * n)


def respondents_to_move(points: Floats, rise: float, whole: bool = True) -> Floats:
    """(*B,) respondents who have to rise by `rise` answer points each; 0 where the target is reached.

    Parameters
    ----------
    points : (*B,) array
        From :func:`points_needed`.
    rise : float
        b - a for a move from level a to level b, above 0.
    whole : bool
        Whole respondents, rounded up; False for weighted data, where the number is in units of weight.
    """
    needed = np.maximum(np.asarray(points) / rise, 0.0)
    return np.ceil(needed - ROUNDING) + 0.0 if whole else needed


def check_move(counts: Floats, levels: Floats, start: float, end: float, moved: float, where: str) -> list[Problem]:
    """Problems of moving `moved` respondents from level `start` to `end`: unknown level, no rise, too few there."""
    known = ", ".join(f"{level:g}" for level in levels)
    missing = [f"{level:g}" for level in (start, end) if level not in levels]
    if missing:
        return [Problem("there is no such level", where, ", ".join(missing), known)]
    if not end > start:
        return [
            Problem(
                "respondents must move up",
                where,
                Message("{start} to {end}", start=f"{start:g}", end=f"{end:g}"),
                Message("a higher level than before"),
            )
        ]
    there = float(counts[levels == start].sum())
    if moved <= there:
        return []
    found = Message(
        "{there} respondents at level {start}, {moved} needed",
        there=f"{there:g}",
        start=f"{start:g}",
        moved=f"{moved:g}",
    )
    return [Problem("too few respondents stand at this level", where, found, remedy="move from another level too")]


def move_respondents(counts: Floats, levels: Floats, start: float, end: float, moved: Floats) -> Floats:
    """Counts (*B, L) after `moved` (*B,) respondents went from level `start` to level `end`."""
    step = (levels == end).astype(float) - (levels == start)
    return np.asarray(counts + np.asarray(moved)[..., None] * step)


def one_point_effect(weight: Floats, total_weight: float, item_weight: Floats, low: Floats, high: Floats) -> Floats:
    """(n, K) rise of a 0-100 index of K items if one respondent answers one point higher on one item.

    ``100 a_i u_k / (W sum_k u_k (max_k - min_k))``, after Fornell et al. (1996).

    Parameters
    ----------
    weight : (n,) array
        Sampling weights a.
    total_weight : float
        Their sum W.
    item_weight, low, high : (K,) arrays
        Unstandardised weights u and the ends of the scales.
    """
    return np.asarray(100 * weight[:, None] * item_weight / (total_weight * (item_weight * (high - low)).sum()))


def probability_reached(index: Floats, se: Floats, target: Floats, df: Floats | float = np.inf) -> Floats:
    """(*B,) probability that the true index is at least the target: ``1 - Phi((target - I) / se)``.

    With finite degrees of freedom Student's t takes the place of the normal.  It is a statement about the index given
    the survey with a flat prior, one minus the p-value of the one-sided test.
    """
    from scipy.special import ndtr, stdtr

    freedom = np.broadcast_to(np.asarray(df, dtype=np.float64), np.shape(index))
    finite = np.isfinite(freedom)
    with np.errstate(invalid="ignore", divide="ignore"):
        t = (np.asarray(index) - target) / se
    return np.where(finite, stdtr(np.where(finite, freedom, 1.0), t), ndtr(t))


def probability_within(
    index: Floats, se: Floats, target: float, ends: tuple[float, float] | None, df: Floats, direction: int = 1
) -> Floats:
    """(*B,) as :func:`probability_reached` for shares and scores that have ends, on the logit scale.

    Parameters
    ----------
    index, se, df : (*B,) arrays
    target : float
    ends : pair of float
        The least and the most that the index can be: 0 and 100 for a share.
    direction : {1, -1}
        -1 where the target is to be reached from above.
    """
    low, high = ends or (0.0, 100.0)
    aim = (target - low) / (high - low)
    inside, centre, error = on_logit(index, se, (low, high))
    if not 0 < aim < 1:
        return probability_reached(direction * index, np.where(inside, se, 0.0), np.asarray(direction * target), df)
    goal = np.asarray(direction * logit(np.asarray(aim))[0])
    sure = probability_reached(direction * centre, error, goal, df)
    return np.where(inside, sure, probability_reached(direction * index, se, np.asarray(direction * target), df))


def probability_at_end(share: Floats, reach: Floats, aim: float, level: float, direction: int = 1) -> Floats:
    """(*B,) probability that the true share is at least `aim`, where all respondents are alike; NaN elsewhere.

    Parameters
    ----------
    share : (*B,) array
        0 or 1.
    reach : (*B,) array
        How far its limit at `level` lies from it; see :func:`csimodels.desk.shares.size_of_end`.
    aim : float
        Between 0 and 1.
    direction : {1, -1}
        -1: at most `aim`.
    """
    low, known = share < ROUNDING, np.isfinite(share) & ~within(np.nan_to_num(share)) & (reach > 0)
    m = size_of_end(np.where(known, reach, 0.5), level)
    above = np.where(low, (1 - aim) ** m, 1 - aim**m)
    return np.where(known, above if direction > 0 else 1 - above, np.nan)


def needed_rise(gap: Floats, effect: Floats) -> Floats:
    """(*B, J) rise of each driver alone that closes the gap (*B,): ``gap / T`` with unstandardised effects (*B, J).

    Infinite where the effect is not above 0 and the gap is: that driver cannot close it.
    """
    missing = np.asarray(gap)[..., None]
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where((effect <= 0) & (missing > 0), np.inf, missing / effect)


def is_reachable(rise: Floats, performance: Floats) -> Bools:
    """(*B, J) whether a driver at `performance` can rise so far on a scale that ends at 100."""
    return np.asarray(performance + rise <= 100)


def unstandardised(paths: Floats, sd: Floats) -> Floats:
    """Direct effects (*B, J, J) on the 0-100 scales: ``paths[target, source] sd[target] / sd[source]``."""
    return np.asarray(paths * sd[..., :, None] / sd[..., None, :])


def what_if(direct: Floats, change: Floats, meaning: Meaning = "levels") -> Floats:
    """(*B, J) change of every construct if some constructs change.

    Parameters
    ----------
    direct : (*B, J, J) array
        Unstandardised direct effects, ``direct[target, source]``, without circles.
    change : (*B, J) array
        Change of the constructs that are set, in index points; NaN for those that are not, so that 0 holds a construct
        at its level.
    meaning : {"levels", "shocks"}
        ``"levels"``: the named constructs are set (the do-operator, Pearl 2009, section 3.2): paths into them are cut.
        ``"shocks"``: the changes are added and all effects follow, ``sum_j T_j change_j``.
    """
    named = ~np.isnan(change)
    start = np.where(named, change, 0.0)
    kept = np.where(named[..., :, None], 0.0, direct) if meaning == "levels" else direct
    total = start
    step = start
    for _ in range(direct.shape[-1] - 1):  # a chain without circles is no longer than this
        step = (kept @ step[..., None])[..., 0]
        total = total + step
    return np.asarray(total)


def least_effort(gap: Floats, effect: Floats, cost: Floats) -> Floats:
    """(*B, J) rises that close the gap at least cost ``sum c_j d_j^2``: ``d_j = g (T_j / c_j) / sum T_k^2 / c_k``.

    Parameters
    ----------
    gap : (*B,) array
        Index points that are missing.
    effect : (*B, J) array
        Total effects of the free drivers, 0 for those that are held (shock form).
    cost : (J,) array
        Above 0.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        share = (effect / cost) / (effect**2 / cost).sum(axis=-1, keepdims=True)
    return np.asarray(np.asarray(gap)[..., None] * share)

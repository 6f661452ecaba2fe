"""Errors and limits of the states of a panel and of the moves between them (docs/decisions.md#states)."""

from __future__ import annotations

import numpy as np

from csimodels.desk.shares import end_interval, logit_interval, quantile_of_t
from csimodels.infer.freedom import effective_df
from csimodels.infer.interval import symmetric
from csimodels.moments.linalg import Floats
from csimodels.study.decisions.moves import Moves

#: Shares of persons, or functions of them between 0 and 1.
_SHARES = ("matrix", "before", "after", "ahead", "stationary", "retained")
_OTHERS = ("expected_waves", "value", "lifetime_value", "mobility")
#: Numbers that have an error and limits.
DRAWN = (*_SHARES, *_OTHERS)
#: An error below this share of its number is the rounding of the derivatives: nothing varies.
_NOTHING = 1e-8


def spread(moves: Moves, level: float) -> dict[str, Floats]:
    """(3, ...) error and limits of every number of :data:`DRAWN`, from what each person adds to it.

    Shares have limits on the logit scale with the degrees of freedom of the design within those whom the share is of,
    and where they are 0 or 1 those of Wilson, or of Korn & Graubard; mobility likewise between 0 and its most, waves
    that customers stay on the logarithmic scale above 1, their value on that above 0 where nobody is worth less than 0;
    mean values by Student's t.  NaN where nothing varies.
    """
    if moves.sampling.df < 1:
        return {name: np.full((3, *getattr(moves.sums, name).shape), np.nan) for name in DRAWN}
    totals = moves.sampling.totals(moves.influences(DRAWN))
    errors = np.sqrt(np.maximum(moves.sampling.variance(totals), 0.0))
    out: dict[str, Floats] = {}
    start = 0
    for name in DRAWN:
        value = np.asarray(getattr(moves.sums, name))
        at = slice(start, start + value.size)
        start += value.size
        se = np.where(np.isnan(value), np.nan, errors[at].reshape(value.shape))
        se = np.where(se > _NOTHING * np.abs(value), se, np.nan)
        if name in _SHARES:
            low, high = _of_shares(moves, name, value, se, level)
        else:
            df = effective_df(totals[:, at], moves.sampling).reshape(value.shape)
            low, high = _of_others(moves, name, value, se, df, level)
        out[name] = np.stack([se, low, high])
    return out


def _of_shares(moves: Moves, name: str, value: Floats, se: Floats, level: float) -> tuple[Floats, Floats]:
    """Limits of shares; those in the long run have none where they are 0 or 1."""
    base, sampling = moves.bases.get(name), moves.sampling
    if base is None:
        return logit_interval(np.where(np.isnan(value), 0.5, value), se, float(sampling.df), level)
    weights = base.reshape(len(base), -1)
    there = sampling.totals(np.where(weights > 0, 1.0, 0.0)) > 0
    strata = np.zeros((len(sampling.sizes), there.shape[1]))
    np.add.at(strata, sampling.stratum, there)
    df = (there.sum(axis=0) - (strata > 0).sum(axis=0)).reshape(value.shape).astype(np.float64)
    df = np.where(df > 0, df, np.nan)
    square = (weights**2).sum(axis=0)
    kish = np.where(square > 0, weights.sum(axis=0) ** 2 / np.where(square > 0, square, 1.0), 0.0)
    n = (weights > 0).sum(axis=0).astype(np.float64)
    even = bool((moves.weights == moves.weights[:1]).all()) and name != "ahead" and sampling.simple
    inner = logit_interval(np.where(np.isnan(value), 0.5, value), np.where(np.isnan(df), np.nan, se), df, level)
    ends = end_interval(value, kish.reshape(value.shape), n.reshape(value.shape), df, level, even)
    low, high = (np.where(np.isnan(a), b, a) for a, b in zip(inner, ends, strict=True))
    return np.where(np.isnan(value), np.nan, low), np.where(np.isnan(value), np.nan, high)


def _of_others(moves: Moves, name: str, value: Floats, se: Floats, df: Floats, level: float) -> tuple[Floats, Floats]:
    """Limits of what is no share."""
    if name == "mobility":
        most = moves.states / (moves.states - 1)
        low, high = logit_interval(value / most, se / most, df, level)
        return most * low, most * high
    least = 1.0 if name == "expected_waves" else 0.0
    worth = np.zeros(1) if moves.worth is None else moves.worth[~np.isnan(moves.worth)]
    if name == "value" or (name == "lifetime_value" and not (worth >= 0).all()):
        around = symmetric(value, se, level, df)
        return around.low, around.high
    with np.errstate(invalid="ignore", divide="ignore"):
        above = np.where(value > least, value - least, np.nan)
        reach = np.exp(quantile_of_t(df, level) * se / above)
        return least + above / reach, least + above * reach

"""Penalty-reward contrasts: what a bad and what a good answer to an item do to the overall score (Brandt 1987).

Shown in the table ``penalty_reward``. The overall score is regressed on two dummies per item, low and high, all items
together (Mikulic & Prebezac 2008), a function of the means and covariances of the dummies, so replicates and groups are
one batch.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from csimodels.moments.linalg import Floats, spd_solve

#: Names of the factors, in the order of their numbers.
FACTORS = ("basic", "performance", "excitement")


@dataclass(frozen=True, eq=False)
class PenaltyReward:
    """Change of the overall score ``(*B, K)`` if the item is answered low (penalty) or high (reward)."""

    penalty: Floats
    reward: Floats


def low_high_dummies(answers: Floats, low: float, high: float) -> Floats:
    """(n, 2 K) dummies ``low, high`` of each item in turn; NaN where an answer is missing.

    Parameters
    ----------
    answers : (n, K) array
        Answers.
    low, high : float
        Answers of at most `low` are low, of at least `high` are high.
    """
    both = np.stack([answers <= low, answers >= high], axis=-1).astype(np.float64)
    both[np.isnan(answers)] = np.nan
    return both.reshape(len(answers), -1)


def penalty_reward(covariance: Floats) -> PenaltyReward:
    """Coefficients of the joint regression.

    Parameters
    ----------
    covariance : (*B, 2 K + 1, 2 K + 1) array
        Of the dummies, low and high of each item in turn, and last the overall score.

    Returns
    -------
    PenaltyReward
        NaN throughout where a dummy is constant (nobody answered low) or dummies depend on each other.
    """
    beta = spd_solve(covariance[..., :-1, :-1], covariance[..., :-1, -1])
    return PenaltyReward(beta[..., 0::2], beta[..., 1::2])


def asymmetry(result: PenaltyReward) -> Floats:
    """(*B, K) impact asymmetry between -1 and 1: reward less size of the penalty, over their sum."""
    reward, penalty = np.abs(result.reward), np.abs(result.penalty)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray((reward - penalty) / (reward + penalty))


def factor(result: PenaltyReward, tolerance: float = 0.0) -> Floats:
    """(*B, K) 0 basic (penalty above reward), 1 performance (alike), 2 excitement (reward above penalty).

    `tolerance` is the size of the asymmetry up to which both count as alike.  NaN where the contrasts are.
    """
    bent = asymmetry(result)
    return np.where(np.isnan(bent), np.nan, 1.0 + np.sign(bent) * (np.abs(bent) > tolerance))

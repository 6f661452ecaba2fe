"""Net promoter score: share of 9-10 less share of 0-6 on a 0..10 recommendation item (Reichheld 2003).

In a spec: ``indices: {NAME: {kind: nps, …}}``, table ``indices``. A score from another scale is no net promoter score:
it is refused unless cut points are named.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from csimodels.errors import Problem
from csimodels.messages import Message
from csimodels.moments.linalg import Floats


@dataclass(frozen=True)
class CutPoints:
    """Who counts: detractors answer at most `detractor`, promoters at least `promoter`."""

    detractor: float = 6.0
    promoter: float = 9.0


@dataclass(frozen=True, eq=False)
class NetScore:
    """Shares ``(*B,)`` of promoters, passives and detractors, and the net score with its error, both in points."""

    promoters: Floats
    passives: Floats
    detractors: Floats
    nps: Floats
    se: Floats


def check_nps_scale(low: float, high: float, cuts: CutPoints | None, where: str) -> list[Problem]:
    """Problems of an item that shall give a net promoter score.

    Parameters
    ----------
    low, high : float
        Ends of the item's scale.
    cuts : CutPoints or None
        Those the user named; None for the usual ones, which belong to 0..10 alone.
    where : str
        The item, for the message.
    """
    if cuts is None:
        if (low, high) == (0, 10):
            return []
        remedy = "ask on 0..10, or name the cut points, for example {detractors: 6, promoters: 9}"
        return [Problem("a net promoter score needs a 0..10 item", where, f"{low:g}..{high:g}", "0..10", remedy)]
    if low <= cuts.detractor < cuts.promoter <= high:
        return []
    found = Message(
        "detractors up to {detractor}, promoters from {promoter}",
        detractor=f"{cuts.detractor:g}",
        promoter=f"{cuts.promoter:g}",
    )
    allowed = Message("{low} <= detractors < promoters <= {high}", low=f"{low:g}", high=f"{high:g}")
    return [Problem("the cut points do not fit the scale", where, found, allowed)]


def net_promoter_score(
    counts: Floats, levels: Floats, cuts: CutPoints | None = None, divisor: Literal["n", "n-1"] = "n-1"
) -> NetScore:
    """Net promoter score of a simple random sample from the counts of its levels.

    The variance of one answer is ``p + d - (p - d)^2``.

    Parameters
    ----------
    counts : (*B, L) array
        Answers at each level.
    levels : (L,) array
        Values of the levels.
    cuts : CutPoints, optional
        6 and 9 by default.
    divisor : {"n-1", "n"}
        Divisor of the variance of the mean.
    """
    cuts = cuts or CutPoints()
    n = counts.sum(axis=-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        p = counts[..., levels >= cuts.promoter].sum(axis=-1) / n
        d = counts[..., levels <= cuts.detractor].sum(axis=-1) / n
        se = 100 * np.sqrt((p + d - (p - d) ** 2) / (n - 1 if divisor == "n-1" else n))
    return NetScore(p, 1 - p - d, d, 100 * (p - d), se)


def net_column(answers: Floats, cuts: CutPoints | None = None) -> Floats:
    """(n,) 100 for promoters, -100 for detractors, 0 for passives, NaN where missing: its mean is the score.

    With :func:`~csimodels.desk.design_mean.design_means` this serves weights, strata and clusters.
    """
    cuts = cuts or CutPoints()
    value = 100.0 * ((answers >= cuts.promoter).astype(float) - (answers <= cuts.detractor))
    return np.where(np.isnan(answers), np.nan, value)

"""Delphi weights: experts divide 100 points among elements, until they agree.

Becomes two tables: ``delphi`` (element, mean, weight, sd, cv) and ``delphi_agreement`` (experts, elements, w, chi2, df,
p, largest_cv, settled).  Kendall & Babington Smith (1939) for W, with the correction for ties of Kendall (1948).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from csimodels.desk.inputs import SUM_TOLERANCE
from csimodels.errors import Problem, listed
from csimodels.messages import Message
from csimodels.moments.linalg import Bools, Floats
from csimodels.moments.tails import chi2_p


@dataclass(frozen=True, eq=False)
class Delphi:
    """Weights ``(*B, k)`` from means, their spread among the experts, and the experts' agreement ``(*B,)``."""

    mean: Floats
    weight: Floats
    sd: Floats
    cv: Floats
    w: Floats
    chi2: Floats
    df: int
    p: Floats


def check_points(points: Floats, elements: Sequence[str], experts: Sequence[str], where: str) -> list[Problem]:
    """Problems of a table (k, m) of points: one expert only, points below 0, or points that do not sum to 100."""
    problems = []
    if len(experts) < 2:
        remedy = "add the points of the others, or state them as weights: of: {A: 0.6, B: 0.4}"
        what = "agreement needs at least two experts"
        problems.append(Problem(what, where, str(len(experts)), Message("2 or more"), remedy))
    if len(elements) < 2:
        problems.append(
            Problem("there is nothing to divide points among", where, str(len(elements)), Message("2 or more"))
        )
    if len(elements) > 1 and set(experts) == set(elements):
        rows = ", ".join(f"expert{k + 1}: [{', '.join(f'{p:g}' for p in row)}]" for k, row in enumerate(points[:, :3]))
        what = "the lines of delphi are named like the parts, and each line is one expert"
        remedy = Message("turn the table round: {text}", text=f"{{{rows}}}")
        return [*problems, Problem(what, where, listed(experts), remedy=remedy)]
    for name, column in zip(experts, points.T, strict=True):
        if not (np.isfinite(column).all() and (column >= 0).all()):
            problems.append(
                Problem(
                    "points must be numbers of at least 0", Message("{where}, expert {name}", where=where, name=name)
                )
            )
        elif abs(column.sum() - 100) > 100 * SUM_TOLERANCE:
            found = Message("a sum of {sum}", sum=f"{column.sum():g}")
            problems.append(
                Problem(
                    "an expert's points do not add up",
                    Message("{where}, expert {name}", where=where, name=name),
                    found,
                    "100",
                    _in_points(column),
                )
            )
    if len(experts) > 1 and not problems and bool((np.ptp(points, axis=0) == 0).all()):
        problems.append(Problem("every expert gave all elements the same points, so ranks do not exist", where))
    return problems


def _in_points(points: Floats) -> Message:
    """The points of one expert scaled to a sum of 100."""
    if not points.sum() > 0:
        return Message("divide 100 points among the parts")
    shown = ", ".join(f"{value:.4g}" for value in 100 * points / points.sum())
    return Message("for the same proportions write [{points}]", points=shown)


def kendall_w(points: Floats) -> Floats:
    """Kendall's coefficient of concordance (*B,) with the correction for ties.

    ``W = 12 S / (m^2 (k^3 - k) - m sum T_e)``, ``T_e = sum (t^3 - t)`` over the ties of expert e.

    Parameters
    ----------
    points : (*B, k, m) array
        Elements by experts.
    """
    from scipy.stats import rankdata

    k, m = points.shape[-2:]
    rank = rankdata(points, axis=-2)
    total = rank.sum(axis=-1)
    s = ((total - total.mean(axis=-1, keepdims=True)) ** 2).sum(axis=-1)
    same = (points[..., :, None, :] == points[..., None, :, :]).sum(axis=-2)  # elements tied with each, itself included
    ties = (same**2 - 1).sum(axis=(-2, -1))
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(12 * s / (m**2 * (k**3 - k) - m * ties))


def delphi(points: Floats) -> Delphi:
    """Weights and agreement from the points (*B, k, m) of m experts for k elements; sd with divisor m - 1."""
    k, m = points.shape[-2:]
    mean = points.mean(axis=-1)
    sd = points.std(axis=-1, ddof=1)
    w = kendall_w(points)
    chi2 = m * (k - 1) * w
    with np.errstate(invalid="ignore", divide="ignore"):
        cv = sd / mean
    weight = mean / mean.sum(axis=-1, keepdims=True)
    return Delphi(mean, weight, sd, cv, w, chi2, k - 1, chi2_p(chi2, k - 1))


def is_settled(result: Delphi, agreement: float = 0.5, variation: float = 0.25) -> Bools:
    """(*B,) whether the rounds can stop: W at least `agreement`, every coefficient of variation at most `variation`."""
    return np.asarray((result.w >= agreement) & (result.cv <= variation).all(axis=-1))

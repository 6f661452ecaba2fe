"""Measurement invariance of composites, steps two and three (Henseler, Ringle & Sarstedt 2016).

Step one, configural invariance, is what a spec sees to: same items, same coding, same estimator in all groups.
"""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from csimodels.assess.permutation import Groups, PermutationPlan, Permuted, permute
from csimodels.errors import Problem, SpecError, nearest
from csimodels.estimate import Design, Estimator, Fit
from csimodels.messages import Message
from csimodels.moments import Moments
from csimodels.moments.linalg import Floats

#: ``pooled``: weights of standardised items meet items standardised over both groups; ``raw``: items as they were
#: answered, which is what cSEM does.
ItemScale = Literal["pooled", "raw"]


@dataclass(frozen=True, eq=False)
class Micom:
    """Invariance of every composite of two groups; all arrays (J,) along the constructs.

    Attributes
    ----------
    groups : tuple of str
        Names of the two groups.
    correlation, correlation_5, correlation_p : array
        Step 2: correlation of the scores that the weights of either group give all respondents, the 5 % quantile of
        its permutations, and the share of permutations at most as large.
    mean, mean_low, mean_high, mean_p : array
        Step 3a: difference of the means (first less second group) of the scores with pooled weights, in standard
        deviations, the central 95 % of permutations, and the two-sided p-value.
    variance, variance_low, variance_high, variance_p : array
        Step 3b: the same for the logarithm of the ratio of variances.
    kept, asked : int
        Permutations in which both groups could be fitted, of those asked for.
    """

    groups: tuple[str, ...]
    correlation: Floats
    correlation_5: Floats
    correlation_p: Floats
    mean: Floats
    mean_low: Floats
    mean_high: Floats
    mean_p: Floats
    variance: Floats
    variance_low: Floats
    variance_high: Floats
    variance_p: Floats
    kept: int
    asked: int

    def verdict(self, level: float = 0.05) -> list[str]:
        """For each construct ``none``, ``partial`` (step 2 holds) or ``full`` (step 3 holds, too)."""
        second = self.correlation_p >= level
        third = (self.mean_p >= level) & (self.variance_p >= level)
        return ["none" if not s else "full" if t else "partial" for s, t in zip(second, third, strict=True)]


def micom(
    groups: Groups,
    design: Design,
    estimator: Estimator,
    plan: PermutationPlan | None = None,
    scale: ItemScale = "pooled",
    pool: Executor | None = None,
) -> Micom:
    """Steps two and three for two groups, all permutations in batches of moments.

    Parameters
    ----------
    groups : Groups
        Exactly two; for more, each pair (`Groups.pair`).  Weighted rows keep their weights.
    design, estimator : Design, Estimator
        The composite model.
    plan : PermutationPlan
        1000 permutations by default.
    scale : {"pooled", "raw"}
        How the items that the weights are applied to are scaled.
    pool : Executor, optional
        Runs chunks of permutations side by side.

    Raises
    ------
    SpecError
        Not two groups, or an unknown scale.
    EstimationError
        A group, or both together, has no usable fit.
    """
    _check(groups, scale)
    plan = plan or PermutationPlan()
    whole = design.expand(Moments.from_sums(groups.rows.sums(), plan.rule))
    pooled = estimator(design, whole)
    found = permute(groups, design, estimator, _Steps(pooled, scale), plan, pool)
    return _result(groups, found, len(design.constructs))


def _check(groups: Groups, scale: str) -> None:
    problems = []
    if groups.size != 2:
        what = "MICOM compares two groups at a time"
        problems.append(
            Problem(what, found=Message("{size} groups", size=groups.size), remedy="take each pair of groups")
        )
    if scale not in get_args(ItemScale):
        allowed = get_args(ItemScale)
        problems.append(
            Problem("unknown scale of items", "scale", repr(scale), ", ".join(allowed), nearest(scale, allowed))
        )
    if problems:
        raise SpecError(problems)


@dataclass(frozen=True, eq=False)
class _Steps:
    """Correlation, difference of means and log ratio of variances of two groups, ``(*B, 2)`` fits to ``(*B, 3 J)``."""

    pooled: Fit
    scale: ItemScale

    def __call__(self, fit: Fit) -> Floats:
        return np.concatenate([self.correlation(fit.weights), *self.moments(fit.moments)], axis=-1)

    def correlation(self, weights: Floats) -> Floats:
        """(*B, J) correlation of the scores of all respondents under both groups' weights ``(*B, 2, p, J)``."""
        base = self.pooled.moments.corr if self.scale == "pooled" else self.pooled.moments.cov
        first, second = weights[..., 0, :, :], weights[..., 1, :, :]
        spread = base @ second
        cross = (first * spread).sum(axis=-2)
        own = (first * (base @ first)).sum(axis=-2) * (second * spread).sum(axis=-2)
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(cross / np.sqrt(own))

    def moments(self, moments: Moments) -> tuple[Floats, Floats]:
        """Differences of means and of log variances of the pooled scores, each ``(*B, J)``."""
        whole = self.pooled.moments
        w = self.pooled.weights / whole.sd[:, None]
        mean = (moments.mean - whole.mean) @ w
        n = moments.n[..., None]
        variance = (w * (moments.cov @ w)).sum(axis=-2) * n / (n - 1)
        with np.errstate(invalid="ignore", divide="ignore"):
            logs = np.log(variance)
        return mean[..., 0, :] - mean[..., 1, :], logs[..., 0, :] - logs[..., 1, :]


def _result(groups: Groups, found: Permuted, size: int) -> Micom:
    step2, step3a, step3b = (slice(k * size, (k + 1) * size) for k in range(3))
    low, high = found.quantile(0.025), found.quantile(0.975)
    two_sided = found.p_two_sided()
    correlation = found.value[step2]
    return Micom(
        groups.names,
        correlation,
        found.quantile(0.05)[step2],
        found.p_small()[step2],
        found.value[step3a],
        low[step3a],
        high[step3a],
        two_sided[step3a],
        found.value[step3b],
        low[step3b],
        high[step3b],
        two_sided[step3b],
        int(found.kept.max(initial=0)),
        found.asked,
    )

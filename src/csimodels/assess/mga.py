"""Multigroup analysis of PLS: are paths, weights, loadings or indices different between groups?"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from csimodels.assess.fit_pls import distances_between
from csimodels.assess.implied import ModelKind, implied_correlations, own_loadings
from csimodels.assess.permutation import Groups, PermutationPlan, Permuted, permute
from csimodels.estimate import Design, Estimator, Fit
from csimodels.infer.multiple import Adjust, adjusted
from csimodels.moments.linalg import Floats

#: Numbers that are compared: a batch of fits ``*B`` to ``(*B, Q)``.
Values = Callable[[Fit], Floats]


def path_values(fit: Fit) -> Floats:
    """(*B, E) paths along ``design.edges``."""
    edges = np.asarray(fit.design.edges, dtype=np.intp).reshape(-1, 2)
    return np.asarray(fit.paths[..., edges[:, 1], edges[:, 0]])


def weight_values(fit: Fit) -> Floats:
    """(*B, p) outer weights of the items."""
    return np.asarray(fit.weights.sum(axis=-1))


def loading_values(fit: Fit) -> Floats:
    """(*B, p) loadings of the items on their own constructs."""
    return own_loadings(fit)


@dataclass(frozen=True, eq=False)
class PermutationTest:
    """Differences of two groups against permuted groups (Chin & Dibbern 2010); arrays (Q,).

    Attributes
    ----------
    groups : tuple of str
        Names: differences are first less second.
    difference, low, high : array
        Difference, and the central 95 % of the permuted ones.
    p : array
        Two-sided p-value.
    kept, asked : int
        Permutations with a value, of those asked for.
    """

    groups: tuple[str, ...]
    difference: Floats
    low: Floats
    high: Floats
    p: Floats
    kept: int
    asked: int


def permutation_tests(
    groups: Groups,
    design: Design,
    estimator: Estimator,
    values: Values = path_values,
    plan: PermutationPlan | None = None,
    pool: Executor | None = None,
) -> list[PermutationTest]:
    """Every pair of groups, each with labels exchanged within the pair.

    Parameters
    ----------
    groups, design, estimator : Groups, Design, Estimator
        What is fitted; answers as they are, not standardised group by group.
    values : callable
        Which numbers are compared; paths by default.
    plan, pool : PermutationPlan, Executor
        As for :func:`csimodels.assess.permute`.
    """
    plan = plan or PermutationPlan()

    def difference(fit: Fit) -> Floats:
        found = values(fit)
        return np.asarray(found[..., 0, :] - found[..., 1, :])

    out = []
    for first, second in combinations(range(groups.size), 2):
        pair = groups.pair(first, second)
        found = permute(pair, design, estimator, difference, plan, pool)
        out.append(
            PermutationTest(
                pair.names,
                found.value,
                found.quantile(0.025),
                found.quantile(0.975),
                found.p_two_sided(),
                int(found.kept.max(initial=0)),
                found.asked,
            )
        )
    return out


def adjust_pairs(tests: list[PermutationTest], method: Adjust = "holm") -> Floats:
    """(pairs, Q) p-values corrected, quantity by quantity, for the number of pairs."""
    p = np.stack([test.p for test in tests])
    return adjusted(p.T, method).T


def omnibus_test(
    groups: Groups,
    design: Design,
    estimator: Estimator,
    values: Values = path_values,
    plan: PermutationPlan | None = None,
    pool: Executor | None = None,
) -> Permuted:
    """Are all groups alike?  Variance between groups of each number, labels exchanged among all groups.

    ``sum n_g (b_g - b)^2 / n`` with ``b`` the mean over respondents; `Permuted.p_large` is the p-value.  It serves the
    purpose of the omnibus test of Sarstedt, Henseler & Ringle (2011), whose bootstrap form rejects too often.
    """

    def between(fit: Fit) -> Floats:
        found, n = values(fit), fit.moments.n[..., None]
        mean = (n * found).sum(axis=-2, keepdims=True) / n.sum(axis=-2, keepdims=True)
        return np.asarray((n * (found - mean) ** 2).sum(axis=-2) / n.sum(axis=-2))

    return permute(groups, design, estimator, between, plan or PermutationPlan(), pool)


def distance_test(
    groups: Groups,
    design: Design,
    estimator: Estimator,
    kind: ModelKind = "estimated",
    plan: PermutationPlan | None = None,
    pool: Executor | None = None,
) -> Permuted:
    """Overall test that groups have the same implied correlations (Klesel, Schuberth, Henseler & Niehaves 2019).

    Two values: geodesic distance ``d_G`` and squared Euclidean distance ``d_ULS`` between groups, averaged over pairs;
    `Permuted.p_large` is the p-value.
    """

    def apart(fit: Fit) -> Floats:
        implied = implied_correlations(fit, kind)
        pairs = list(combinations(range(groups.size), 2))
        found = [distances_between(implied[..., a, :, :], implied[..., b, :, :]) for a, b in pairs]
        return np.stack(
            [np.mean([f.d_g for f in found], axis=0), np.mean([f.d_uls for f in found], axis=0)],
            axis=-1,
        )

    return permute(groups, design, estimator, apart, plan or PermutationPlan(), pool)


def henseler_p(first: Floats, second: Floats) -> Floats:
    """One-sided p-value that a number of the first group is at most that of the second (Henseler et al. 2009, eq. 6).

    ``1 - mean over pairs of [2 mean(b1) - b1_j - 2 mean(b2) + b2_k > 0]`` over bootstrap replicates; values above 0.95
    speak for the second group being larger.

    Parameters
    ----------
    first, second : (R1, Q), (R2, Q) arrays
        Bootstrap replicates; NaN marks a failed one.

    Returns
    -------
    (Q,) array
    """
    out = np.full(first.shape[1], np.nan)
    for q in range(first.shape[1]):
        a, b = first[:, q], second[:, q]
        a, b = a[~np.isnan(a)], np.sort(b[~np.isnan(b)])
        if len(a) and len(b):
            bound = 2 * (b.mean() - a.mean()) + a  # counted: b_k > bound_j
            out[q] = 1 - (len(b) - np.searchsorted(b, bound, side="right")).mean() / len(b)
    return out


@dataclass(frozen=True, eq=False)
class ParametricTest:
    """t-tests of the difference of two groups; arrays (Q,).

    Attributes
    ----------
    difference, t, df, p : array
        Difference (first less second), its t-value, degrees of freedom and two-sided p-value.
    """

    difference: Floats
    t: Floats
    df: Floats
    p: Floats


def parametric_test(
    value: tuple[Floats, Floats], se: tuple[Floats, Floats], n: tuple[float, float], equal_variances: bool = False
) -> ParametricTest:
    """Parametric test with equal (Keil et al. 2000) or unequal variances (Welch; Sarstedt et al. 2011, eq. 3 and 4).

    Parameters
    ----------
    value, se : pairs of (Q,) arrays
        Estimates and standard errors of the first and the second group.
    n : pair of float
        Rows of the groups.
    equal_variances : bool
        Pool the standard errors.
    """
    from scipy.special import stdtr

    difference = value[0] - value[1]
    n1, n2 = n
    with np.errstate(invalid="ignore", divide="ignore"):
        if equal_variances:
            pooled = ((n1 - 1) ** 2 * se[0] ** 2 + (n2 - 1) ** 2 * se[1] ** 2) / (n1 + n2 - 2)
            error, df = np.sqrt(pooled * (1 / n1 + 1 / n2)), np.full(difference.shape, n1 + n2 - 2.0)
        else:
            a, b = (n1 - 1) / n1 * se[0] ** 2, (n2 - 1) / n2 * se[1] ** 2
            error = np.sqrt(a + b)
            df = (a + b) ** 2 / (a**2 / (n1 - 1) + b**2 / (n2 - 1)) - 2
        t = difference / error
    return ParametricTest(difference, t, df, np.asarray(2 * stdtr(df, -np.abs(t))))

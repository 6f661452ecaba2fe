"""Interactions under PLSc beside the equations of Dijkstra & Schermelleh-Engel (2014), as cSEM solves them.

With proxies ``z = Q eta + e`` of variance 1: ``E[a b c] = mean(za zb zc) / (Qa Qb Qc)``, ``E[a2 b2] =
(mean(za2 zb2) - 1) / (Qa2 Qb2) + 1``, ``E[a4] = (mean(za4) - 3) / Qa4 + 3``.  Written here with numpy alone.
"""

from __future__ import annotations

import numpy as np
import pytest
from against_interactions import moderated, moderated_fit, numbers
from compared import TIGHT
from sources import answers, mobi

from csimodels.estimate import PLSc

FACTORS = ("Image", "Quality")


def by_moments(
    names: list[str], z: np.ndarray, q: np.ndarray, corr: np.ndarray, factors: tuple[str, str]
) -> np.ndarray:
    """Coefficients of the sources (all but the last of `names`, the target) and of the product."""
    a, b = (names.index(f) for f in factors)
    target, size = len(names) - 1, len(names) - 1
    centre = corr[a, b] if a != b else 1.0
    left, right = np.empty((size + 1, size + 1)), np.empty(size + 1)
    left[:size, :size], right[:size] = corr[:size, :size], corr[:size, target]
    third = [np.mean(z[:, a] * z[:, b] * z[:, k]) / (q[a] * q[b] * q[k]) for k in range(size + 1)]
    left[size, :size] = left[:size, size] = third[:size]
    right[size] = third[target]
    fourth = np.mean(z[:, a] ** 2 * z[:, b] ** 2)
    known = 1.0 if a != b else 3.0
    left[size, size] = (fourth - known) / (q[a] * q[b]) ** 2 + known - centre**2
    return np.linalg.solve(left, right)


@pytest.mark.parametrize("factors", [FACTORS, ("Quality", "Quality")], ids="*".join)
def test_products_are_those_of_the_moment_equations(factors: tuple[str, str]) -> None:
    """Tolerance: both solve the same closed form on proxies iterated to 1e-13."""
    model = moderated(factors)
    x = answers(model, mobi())
    fit = moderated_fit(model, x, PLSc(**TIGHT))
    mine = numbers(model, fit)
    d = fit.design
    items = (x[:, d.columns] - x[:, d.columns].mean(axis=0)) / x[:, d.columns].std(axis=0)
    names = [*mine["paths"], "Satisfaction"]
    place = [d.constructs.index(name) for name in names]
    z = (items @ fit.weights)[:, place]
    many = np.asarray([len(c.items) > 1 for c in model.constructs])
    q = np.where(many, np.sqrt(np.nan_to_num(fit.rho_a, nan=1.0)), 1.0)[place]
    corr = (z.T @ z / len(z)) / np.outer(q, q)
    np.fill_diagonal(corr, 1.0)
    theirs = by_moments(names, z, q, corr, factors)
    np.testing.assert_allclose(list(mine["paths"].values()), theirs[:-1], rtol=0, atol=1e-10)
    width = np.sqrt(len(z) / (len(z) - 1))  # of products of scores: standardised with divisor n - 1
    assert mine["products"]["*".join(factors)] == pytest.approx(theirs[-1] * width, abs=1e-10)
    assert abs(theirs[-1]) > 0.01

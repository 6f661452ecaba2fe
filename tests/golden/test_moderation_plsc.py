"""Interactions under PLSc beside the equations of Dijkstra & Schermelleh-Engel (2014), as cSEM solves them.

With proxies ``z = Q eta + e`` of variance 1: ``E[a b c] = mean(za zb zc) / (Qa Qb Qc)``, ``E[a2 b2] =
(mean(za2 zb2) - 1) / (Qa2 Qb2) + 1``, ``E[a4] = (mean(za4) - 3) / Qa4 + 3``.  Written here with numpy alone.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from against_interactions import moderated, moderated_fit, numbers
from compared import TIGHT
from sources import answers, mobi

from csimodels.estimate import PLSc
from csimodels.spec import Construct

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


@pytest.mark.parametrize("measured", ["composite", "reflective"])
def test_products_of_a_construct_of_others_are_sums_of_those_of_its_dimensions(measured: str) -> None:
    """A sum ``C = sum w_d F_d`` of factors: ``E[C a b] = sum w_d E[F_d a b]``, each from proxies as above."""
    model = moderated(("Image", "Whole"))
    blocks = [c for c in model.constructs if c.name in ("Image", "Quality", "Value", "Satisfaction")]
    whole = Construct("Whole", (), of=("Quality", "Value"), measured=measured)  # type: ignore[arg-type]
    paths = (("Image", "Satisfaction"), ("Whole", "Satisfaction"))
    model = replace(model, constructs=(*blocks, whole), paths=paths)
    x = answers(model, mobi())
    fit = moderated_fit(model, x, PLSc(**TIGHT))
    d = fit.design
    items = (x[:, d.columns] - x[:, d.columns].mean(axis=0)) / x[:, d.columns].std(axis=0)
    place = {name: j for j, name in enumerate(d.constructs)}
    z = dict(zip(d.constructs, (items @ fit.weights).T, strict=True))
    q = {name: np.sqrt(fit.rho_a[j]) for name, j in place.items()}
    parts, (image, end) = ("Quality", "Value"), ("Image", "Satisfaction")
    corr = fit.correlations
    between = corr[np.ix_([place[p] for p in parts], [place[p] for p in parts])]
    w = dict(zip(parts, fit.stages.weights[place["Whole"], [place[p] for p in parts]], strict=True))
    share = np.asarray(list(w.values())) / np.sqrt(np.asarray(list(w.values())) @ between @ list(w.values()))
    load = q["Whole"] if measured == "reflective" else 1.0  # of the sum of the factors on the construct

    def third(last: tuple[str, ...]) -> float:
        each = [np.mean(np.prod([z[n] / q[n] for n in (p, *last)], axis=0)) for p in parts]
        return float(share @ each) / load

    def fourth() -> float:
        """Of the squares of the sum and of Image, errors taken out."""
        error, out = 1 - q[image] ** 2, 0.0
        for i, a in enumerate(parts):
            for k, b in enumerate(parts):
                own, raw = (1 - q[a] ** 2 if a == b else 0.0), np.mean(z[a] * z[b] * z[image] ** 2)
                shared = q[a] * q[b] * error * between[i, k] + own * q[image] ** 2 + own * error
                out += share[i] * share[k] * (raw - shared) / (q[a] * q[b] * q[image] ** 2)
        return out

    noise = 1 - load**2  # of the sum of the factors, beside the construct
    second = np.asarray([[1.0, corr[place[image], place["Whole"]]], [corr[place[image], place["Whole"]], 1.0]])
    with_sum = [
        third((image, image)),
        share
        @ [share @ [np.mean(z[a] * z[b] * z[image]) / (q[a] * q[b] * q[image]) for b in parts] for a in parts]
        / load**2,
    ]
    known = [corr[place[name], place[end]] for name in (image, "Whole")]
    centre = corr[place[image], place["Whole"]]
    left = np.block([[second, np.asarray(with_sum)[:, None]], [np.asarray(with_sum)[None], np.zeros((1, 1))]])
    left[2, 2] = (fourth() - noise) / load**2 - centre**2
    found = np.linalg.solve(left, [*known, third((image, end))])
    mine = numbers(model, fit)
    assert list(mine["paths"].values()) == pytest.approx(found[:2], abs=1e-10)
    width = np.sqrt(len(x) / (len(x) - 1))
    assert mine["products"]["Image*Whole"] == pytest.approx(found[2] * width, abs=1e-10)

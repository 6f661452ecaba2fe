"""EM takes patterns of one row as rows: the numbers are those of sums of products, in batches and one by one."""

from dataclasses import replace

import numpy as np
import pytest

from csimodels.moments import Multinomial, Rows, Sums
from csimodels.moments.em import em, em_map

ITEMS = ("a", "b", "c", "d", "e")


def answers(share: float, n: int = 60) -> np.ndarray:
    """Correlated answers with holes, complete rows and patterns of several rows among them."""
    rng = np.random.default_rng(4)
    x = np.rint(5 + 2 * rng.normal(size=(n, 1)) + rng.normal(size=(n, 5)))
    return np.where(rng.random(x.shape) < share, np.nan, x)


def plain(sums: Sums) -> Sums:
    """The same sums, of which nobody knows how many rows a pattern has."""
    assert sums.patterns is not None
    return replace(sums, patterns=replace(sums.patterns, lone=None))


@pytest.fixture(params=[0.15, 0.35])
def rows(request: pytest.FixtureRequest) -> Rows:
    x = answers(request.param)
    x = x[~np.isnan(x).all(axis=1)]
    return Rows(ITEMS, x, np.full(5, 5.0), np.random.default_rng(5).uniform(0.5, 2, len(x)), "patterns")


def test_patterns_of_one_row_are_known_and_others_are_not(rows: Rows) -> None:
    patterns = rows.sums().patterns
    assert patterns is not None and patterns.lone is not None and patterns.lone.any() and not patterns.lone.all()
    both = rows.sums() + rows.sums()
    assert both.patterns is not None and not both.patterns.single.any()


def test_one_step_from_any_point_is_that_of_the_sums_of_products(rows: Rows) -> None:
    sums = rows.sums()
    mean, cov, converged = em(sums)
    assert converged
    shaken = mean + np.linspace(-0.3, 0.3, 4)[:, None]
    covs = cov * np.linspace(0.8, 1.3, 4)[:, None, None]
    for given in (sums, rows.sums(Multinomial(rows.n, 4, 3, 0).drawn(0, 4))):
        assert given.patterns is not None
        quick = em_map(given.patterns, shaken, covs)
        slow = em_map(plain(given).patterns, shaken, covs)  # type: ignore[arg-type]
        for a, b in zip(quick, slow, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-12)


def test_replicates_are_those_of_the_sums_of_products_and_of_each_alone(rows: Rows) -> None:
    plan = Multinomial(rows.n, 6, 3, 0)
    start = em(rows.sums())[:2]
    drawn = rows.sums(plan.drawn(0, 6))
    mean, cov, converged = em(drawn, 1e-10, start=start)
    again, other, _ = em(plain(drawn), 1e-10, start=start)
    assert converged.all()
    np.testing.assert_allclose(mean, again, atol=1e-9)
    np.testing.assert_allclose(cov, other, atol=1e-9)
    for r in range(6):
        one = em(rows.sums(plan.drawn(r, r + 1)), 1e-10, start=start)
        np.testing.assert_allclose(mean[r], one[0][0], atol=1e-12)


def test_groups_side_by_side_are_each_group_alone() -> None:
    x = answers(0.2, 120)
    parts = [Rows(ITEMS, part, np.full(5, 5.0), None, "patterns") for part in (x[:70], x[70:])]
    both = em(Sums.stack([part.sums() for part in parts]))
    for g, part in enumerate(parts):
        alone = em(part.sums())
        np.testing.assert_allclose(both[0][g], alone[0], atol=1e-8)
        np.testing.assert_allclose(both[1][g], alone[1], atol=1e-8)

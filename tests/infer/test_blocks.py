"""Work in blocks of rows, units and moments: the same numbers as all at once, and refusals that name the bound."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from csimodels.errors import DataError
from csimodels.infer import effective_df, influences, jacobian, linearised, linearised_variance, worker_pool
from csimodels.infer.em_influence import perturbed
from csimodels.infer.influence import contributions
from csimodels.infer.margins import KnownMargins
from csimodels.moments import (
    Clustered,
    DeleteUnit,
    Given,
    Moments,
    Multinomial,
    Poisson,
    Reraked,
    Rows,
    Sampling,
    deleted,
    downdate,
    rows,
)
from csimodels.moments.counts import small
from csimodels.moments.pool import mapped
from csimodels.moments.rake import rake
from csimodels.moments.rows import distinct

sys.path.append(str(Path(__file__).resolve().parents[1] / "golden"))

from small import simulated, small_model
from sources import holes, rows_of

RULES = ("listwise", "mean", "pairwise", "em")
N = 90


def designs(n: int) -> dict[str, Sampling]:
    i = np.arange(n)
    return {
        "simple": Sampling.of(n),
        "strata": Sampling.of(n, i % 4),
        "pairs": Sampling.of(n, i // 2, None, np.full(n, 0.2)),
        "adjusted": Sampling.of(n, np.minimum(i, 3)).settled("adjust"),
        "averaged": Sampling.of(n, np.minimum(i, 3)).settled("average"),
        "clusters": Sampling.of(n, None, (i * 7) % 11),
        "both": Sampling.of(n, i % 3, (i * 5) % 17 // 2),
    }


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks of a few rows, so that strata, clusters and patterns run through several of them."""
    monkeypatch.setattr(linearised, "block_rows", lambda moments, numbers: 7)
    for module in (linearised, rows, downdate):
        monkeypatch.setattr(module, "ROW_BLOCK", 5)


def sample(rule: str, weighted: bool = True) -> tuple[Rows, Moments]:
    model = small_model()
    x = holes(simulated(model, N, 3), 0.05, 3)
    weights = np.random.default_rng(3).uniform(0.5, 2.0, N) if weighted else None
    found = rows_of(model, x, rule, weights)
    return found, Moments.from_sums(found.sums(), rule, 1e-12)


@pytest.mark.usefixtures("tiny")
@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("name", ["simple", "strata", "pairs", "adjusted", "averaged", "clusters", "both"])
@pytest.mark.parametrize("raked", [False, True])
def test_variance_in_blocks_is_that_of_all_contributions(rule: str, name: str, raked: bool) -> None:
    """The formulas of the sampling design on all contributions at once, made without any block."""
    found, moments = sample(rule)
    sampling = designs(found.n)[name]
    margins = np.column_stack([np.arange(found.n) % 2, np.arange(found.n) * 3 % 5]) if raked else None
    parts = contributions(found, moments, rule)
    slopes = np.random.default_rng(4).normal(size=(6, parts.shape[1]))
    if margins is not None:
        x = np.concatenate([(column[:, None] == np.unique(column)).astype(float) for column in margins.T], axis=1)
        root = np.sqrt(found.a)[:, None]
        parts = parts - found.a[:, None] * (x @ np.linalg.lstsq(root * x, parts / root, rcond=None)[0])
    totals = np.zeros((sampling.units, parts.shape[1]))
    np.add.at(totals, sampling.unit, parts)
    expected = totals @ slopes.T
    known = None if margins is None else KnownMargins(margins)
    assert influences(found, moments, rule, sampling, slopes, known) == pytest.approx(expected, abs=1e-12)
    with worker_pool(2) as pool:
        variance, df = linearised_variance(found, moments, rule, sampling, slopes, known, pool)
    assert variance == pytest.approx(sampling.variance(expected), rel=1e-10)
    assert df == pytest.approx(effective_df(expected, sampling), rel=1e-9)


@pytest.mark.usefixtures("tiny")
@pytest.mark.parametrize("rule", RULES)
def test_sums_of_replicates_do_not_depend_on_how_counts_are_held(rule: str) -> None:
    found, _ = sample(rule)
    plan = Multinomial(found.n, 9, 5)
    whole, held = found.sums(plan.counts(2, 9)), found.sums(plan.drawn(2, 9))
    for name in ("n_rows", "w", "ww", "wx", "wxx"):
        assert getattr(held, name) == pytest.approx(getattr(whole, name), rel=1e-14)
    direct = (plan.counts(2, 9) * found.a) @ found.z
    assert whole.wx == pytest.approx(direct, rel=1e-12)


@pytest.mark.usefixtures("tiny")
def test_sums_over_the_processors_have_the_same_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    found, _ = sample("mean")
    alone = found.sums()
    monkeypatch.setattr(rows, "SPREAD", 1)
    spread = sample("mean")[0].sums()
    for part in ("n_rows", "w", "ww", "wx", "wxx"):
        assert np.array_equal(getattr(spread, part), getattr(alone, part))


@pytest.mark.usefixtures("tiny")
@pytest.mark.parametrize("name", ["strata", "clusters", "both"])
def test_downdating_in_blocks_equals_summing_anew(name: str) -> None:
    found, _ = sample("mean")
    sampling = designs(found.n)[name]
    whole = found.sums(DeleteUnit(sampling).counts(0, sampling.units))
    pieces = list(deleted(found, sampling, 4))
    for part in ("n_rows", "w", "ww", "wx", "wxx"):
        joined = np.concatenate([getattr(piece, part) for piece in pieces])
        assert joined == pytest.approx(getattr(whole, part), rel=1e-10, abs=1e-9)


def test_counts_handed_out_are_the_counts() -> None:
    n = 40
    sampling = designs(n)["both"]
    weights, codes = np.linspace(0.5, 2, n), np.column_stack([np.arange(n) % 2, np.arange(n) % 3])
    targets = (np.array([0.4, 0.6]), np.array([0.2, 0.3, 0.5]))
    plans: list[Any] = [
        Multinomial(n, 6, 1, 2),
        Poisson(n, 6, 1, 2),
        Clustered(sampling, 6, 1, 2),
        DeleteUnit(sampling),
        Given(np.random.default_rng(1).uniform(size=(6, n))),
    ]
    for plan in plans:
        for one in (plan, Reraked(plan, weights, codes, targets)):
            held = one.drawn(1, 5)
            assert held.size == 4
            for at in (slice(3, 17), np.array([5, 0, 39])):
                assert np.array_equal(held.of(at), one.counts(1, 5)[:, at])
        again = rake(plan.counts(1, 5) * weights, codes, targets, 1e-8, 100)[0] / weights
        assert Reraked(plan, weights, codes, targets).counts(1, 5) == pytest.approx(again, rel=1e-13)


def test_counts_beyond_a_byte_are_kept() -> None:
    assert small(np.array([[0, 300]])).tolist() == [[0, 300]]
    assert small(np.array([[0, 255]])).dtype == np.uint8


@pytest.mark.parametrize("p", [1, 8, 9, 64, 70])
def test_patterns_are_those_of_sorting_whole_rows(p: int) -> None:
    flags = np.random.default_rng(p).uniform(size=(60, p)) < 0.9
    there, code = distinct(flags)
    expected, theirs = np.unique(flags, axis=0, return_inverse=True)
    assert np.array_equal(there, expected)
    assert np.array_equal(code, theirs.ravel())


def test_moved_moments_in_parts_are_those_of_all_at_once() -> None:
    _, moments = sample("mean")
    means, covs, steps = perturbed(moments.mean, moments.cov, 1e-3)
    size = len(steps)
    for part in (slice(0, 4), slice(4, 17), slice(17, None)):
        mean, cov, step = perturbed(moments.mean, moments.cov, 1e-3, part)
        at = np.arange(size)[part]
        both = np.concatenate([at, size + at])
        assert np.array_equal(mean, means[both])
        assert np.array_equal(cov, covs[both])
        assert np.array_equal(step, steps[at])
        assert (np.abs(cov - moments.cov).sum(axis=(1, 2)) + np.abs(mean - moments.mean).sum(axis=1) > 0).all()


def test_derivatives_that_do_not_fit_are_refused_with_bound_and_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    _, moments = sample("mean")
    monkeypatch.setattr(linearised, "SLOPES_BYTES", 2**10)
    with pytest.raises(DataError, match="9 numbers") as found:
        jacobian(lambda batch: (batch.mean, np.zeros(len(batch.mean), dtype=np.int64)), moments)
    text = str(found.value)
    assert "at most" in text
    assert "jackknife" in text


def test_results_come_in_order_and_few_items_wait() -> None:
    taken: list[int] = []

    def items() -> Any:
        for i in range(40):
            taken.append(i)
            yield i

    with worker_pool(2) as pool:
        for k, done in enumerate(mapped(pool, lambda i: i * i, items())):
            assert done == k * k
            assert len(taken) <= k + 6

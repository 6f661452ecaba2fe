"""Resampling plans: the same numbers for any chunks and partitions, and counts that are what they say."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from csimodels.moments import (
    Clustered,
    Folds,
    Given,
    Jackknife,
    Multinomial,
    Permutations,
    Poisson,
    Sampling,
    chunks,
    stream_of,
)

SEEDS = st.integers(0, 2**63 - 1)


def clustered(n: int, size: int, seed: int) -> Clustered:
    """Clusters of uneven size in three strata."""
    cluster = np.sort(np.arange(n) % 9)
    return Clustered(Sampling.of(n, cluster % 3, cluster), size, seed)


def plans(n: int, size: int, seed: int) -> list[Any]:
    return [
        Multinomial(n, size, seed, 3),
        Poisson(n, size, seed, 3),
        Jackknife(n),
        Folds(n, 4, seed, repeats=3),
        Permutations(tuple(int(i % 3) for i in range(n)), 4, seed),
        clustered(n, size, seed),
        Given(np.random.default_rng(1).uniform(size=(size, n))),
    ]


@given(seed=SEEDS, step=st.integers(1, 13), n=st.integers(18, 40))
def test_chunks_do_not_change_the_draws(seed: int, step: int, n: int) -> None:
    for plan in plans(n, 11, seed):
        whole = plan.counts(0, plan.size)
        assert whole.shape == (plan.size, n)
        pieces = [plan.counts(start, stop) for start, stop in chunks(plan.size, step)]
        assert np.array_equal(np.concatenate(pieces), whole)


@given(size=st.integers(0, 50), step=st.integers(1, 60))
def test_chunks_cover_the_range_once(size: int, step: int) -> None:
    seen = [i for start, stop in chunks(size, step) for i in range(start, stop)]
    assert seen == list(range(size))
    assert all(stop - start <= step for start, stop in chunks(size, step))


@given(seed=SEEDS, n=st.integers(1, 60))
def test_multinomial_draws_n_rows(seed: int, n: int) -> None:
    counts = Multinomial(n, 6, seed).counts(0, 6)
    assert (counts.sum(axis=1) == n).all()
    assert (counts >= 0).all() and (counts == counts.round()).all()


@given(seed=SEEDS, cut=st.integers(1, 52))
def test_poisson_partitions_find_their_own_numbers(seed: int, cut: int) -> None:
    whole = Poisson(53, 4, seed, 7).counts(0, 4)
    left = Poisson(cut, 4, seed, 7).counts(0, 4)
    right = Poisson(53 - cut, 4, seed, 7, first_row=cut).counts(0, 4)
    assert np.array_equal(np.concatenate([left, right], axis=1), whole)


def test_poisson_counts_have_the_poisson_law() -> None:
    counts = Poisson(20_000, 5, 1).counts(0, 5).ravel()
    expected = np.exp(-1) / np.asarray([1, 1, 2, 6, 24, 120])
    share = np.bincount(counts.astype(int), minlength=6)[:6] / len(counts)
    error = 5 * np.sqrt(expected * (1 - expected) / len(counts))
    assert (np.abs(share - expected) < error).all()


def test_multinomial_counts_have_the_binomial_law() -> None:
    n = 50
    counts = Multinomial(n, 4000, 3).counts(0, 4000)
    standard_error = np.sqrt((1 - 1 / n) / 4000)
    assert np.abs(counts.mean(axis=0) - 1).max() < 5 * standard_error
    assert counts.var() == pytest.approx(1 - 1 / n, rel=0.02)
    together = np.asarray(np.corrcoef(counts.T))[np.triu_indices(n, 1)]
    assert together.mean() == pytest.approx(-1 / (n - 1), abs=0.002)


@given(seed=SEEDS)
def test_seed_stream_and_replicate_each_change_the_draws(seed: int) -> None:
    first = Multinomial(40, 2, seed, 1).counts(0, 2)
    assert not np.array_equal(first[0], first[1])
    assert not np.array_equal(first, Multinomial(40, 2, seed, 2).counts(0, 2))
    assert not np.array_equal(first, Multinomial(40, 2, seed ^ 1, 1).counts(0, 2))
    assert np.array_equal(first, Multinomial(40, 2, seed, 1).counts(0, 2))


@given(n=st.integers(1, 30))
def test_jackknife_leaves_out_each_row_once(n: int) -> None:
    plan = Jackknife(n)
    assert np.array_equal(plan.counts(0, n), 1 - np.eye(n))


@given(seed=SEEDS, n=st.integers(5, 60), k=st.integers(2, 5), repeats=st.integers(1, 3))
def test_folds_partition_the_rows(seed: int, n: int, k: int, repeats: int) -> None:
    held_out = 1 - Folds(n, k, seed, repeats).counts(0, k * repeats)
    by_repeat = held_out.reshape(repeats, k, n)
    assert (by_repeat.sum(axis=1) == 1).all()
    sizes = by_repeat.sum(axis=2)
    assert sizes.max() - sizes.min() <= 1
    if n > 12 and repeats > 1:
        assert not np.array_equal(by_repeat[0], by_repeat[1])


@given(seed=SEEDS, sizes=st.lists(st.integers(1, 12), min_size=2, max_size=4))
def test_permutations_keep_group_sizes(seed: int, sizes: list[int]) -> None:
    group = tuple(g for g, size in enumerate(sizes) for _ in range(size))
    plan = Permutations(group, 5, seed)
    labels = plan.counts(0, plan.size).reshape(5, len(sizes), len(group))
    assert (labels.sum(axis=1) == 1).all()
    assert (labels.sum(axis=2) == np.asarray(sizes)).all()


def test_permutations_put_every_row_everywhere() -> None:
    plan = Permutations((0, 0, 1, 1, 1), 300, 5)
    first_group = plan.counts(0, plan.size).reshape(300, 2, 5)[:, 0]
    assert np.abs(first_group.mean(axis=0) - 2 / 5).max() < 0.12


@given(seed=SEEDS, n=st.integers(18, 50))
def test_clusters_stay_whole_and_strata_keep_their_number_of_clusters(seed: int, n: int) -> None:
    plan = clustered(n, 8, seed)
    counts, times, sampling = plan.counts(0, 8), plan.times(0, 8), plan.sampling
    first = np.unique(sampling.unit, return_index=True)[1]
    assert np.array_equal(counts, counts[:, first][:, sampling.unit])
    for h, size in enumerate(sampling.sizes):
        mine = sampling.stratum == h
        assert (times[:, mine].sum(axis=1) == size - 1).all()
        assert counts[:, first[mine]].sum(axis=1) == pytest.approx(np.full(8, size), abs=1e-12)


def test_rows_in_strata_keep_the_size_of_each_stratum() -> None:
    stratum = np.repeat([0, 1], [30, 70])
    counts = Clustered(Sampling.of(100, stratum), 20, 4).counts(0, 20)
    assert counts[:, stratum == 0].sum(axis=1) == pytest.approx(np.full(20, 30), abs=1e-12)
    assert counts[:, stratum == 1].sum(axis=1) == pytest.approx(np.full(20, 70), abs=1e-12)


@pytest.mark.parametrize("fraction", [0.0, 0.4])
def test_rescaling_bootstrap_has_the_design_variance_of_a_mean(fraction: float) -> None:
    """Rao & Wu (1988): for linear statistics the bootstrap variance equals the design-based one in expectation.

    Strata of two clusters are the hard case: the plain bootstrap gives half the variance.  20 000 replicates leave a
    relative error of sqrt(2 / 20 000) = 1 % in a variance; 4 % is four of these.
    """
    rng = np.random.default_rng(3)
    stratum, cluster = np.repeat(np.arange(6), 10), np.repeat(np.arange(12), 5)
    y = rng.normal(size=60) + rng.normal(size=12)[cluster]
    sampling = Sampling.of(60, stratum, cluster, np.full(60, fraction))
    drawn = Clustered(sampling, 20_000, 11).counts(0, 20_000) @ y
    by_hand = sum(
        (1 - fraction) * 2 * ((t - t.mean()) ** 2).sum()
        for t in np.asarray([y[cluster == c].sum() for c in range(12)]).reshape(6, 2)
    )
    assert sampling.variance(sampling.totals(y[:, None]))[0] == pytest.approx(by_hand, rel=1e-12)
    assert drawn.var() == pytest.approx(by_hand, rel=0.04)
    assert drawn.mean() == pytest.approx(y.sum(), abs=4 * np.sqrt(by_hand / 20_000))


def test_stream_of_a_name_does_not_depend_on_the_hash_seed() -> None:
    code = "from csimodels.moments import stream_of; print(stream_of(('Harbour', 2026)))"
    path = ":".join(p for p in sys.path if p)
    seen = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": path},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("0", "77")
    }
    assert seen == {f"{stream_of(('Harbour', 2026))}\n"}
    assert stream_of(("a",)) != stream_of(("b",))
    assert 0 <= stream_of("x") < 2**63

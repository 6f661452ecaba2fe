"""Intervals from replicates: numpy's quantiles and standard deviations, NaN left out and only there."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from csimodels.errors import SpecError, Status
from csimodels.infer import Bootstrap, interval, replicate, worker_pool
from csimodels.moments import Moments, Multinomial, Rows

KINDS: list[Any] = ["percentile", "basic", "normal"]


def drawn(seed: int, size: int = 40, quantities: int = 3) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    point = rng.normal(size=quantities)
    return point, point + rng.normal(size=(size, quantities)) * rng.uniform(0.1, 2, quantities)


@given(seed=st.integers(0, 9999), size=st.integers(2, 80), level=st.sampled_from([0.5, 0.8, 0.9, 0.95, 0.99]))
def test_percentiles_and_errors_are_those_of_numpy(seed: int, size: int, level: float) -> None:
    point, reps = drawn(seed, size)
    done = interval(point, reps, level)
    low, high = np.quantile(reps, [(1 - level) / 2, (1 + level) / 2], axis=0)
    np.testing.assert_allclose(done.low, low, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(done.high, high, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(done.se, reps.std(axis=0, ddof=1), rtol=1e-12)
    basic = interval(point, reps, level, "basic")
    np.testing.assert_allclose(basic.low, 2 * point - high, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(basic.high, 2 * point - low, rtol=1e-12, atol=1e-12)
    np.testing.assert_array_equal(basic.se, done.se)


def test_quantiles_beside_infinite_replicates_are_those_of_r() -> None:
    """``quantile(x, c(.1, .5, .9))`` of 1, 2, 3, Inf, Inf is 1.4, 3, Inf; of -Inf, -Inf, 2, 3, 4 it is -Inf, 2, 3.6."""
    reps = np.asarray([[1, -np.inf], [2, -np.inf], [3, 2], [np.inf, 3], [np.inf, 4]])
    for level, low, high in ((0.8, [1.4, -np.inf], [np.inf, 3.6]), (0.0, [3, 2], [3, 2])):
        done = interval(np.asarray([2.0, 2.0]), reps, level)
        np.testing.assert_allclose((done.low, done.high), (low, high), rtol=1e-15)


@given(seed=st.integers(0, 9999), level=st.sampled_from([0.5, 0.9, 0.95]))
def test_normal_interval_and_its_p_value(seed: int, level: float) -> None:
    from scipy import stats

    point, reps = drawn(seed)
    done = interval(point, reps, level, "normal")
    se = reps.std(axis=0, ddof=1)
    low, high = stats.norm.interval(level, point, se)
    np.testing.assert_allclose(done.low, low, rtol=1e-10)
    np.testing.assert_allclose(done.high, high, rtol=1e-10)
    np.testing.assert_allclose(done.p, 2 * stats.norm.sf(np.abs(point) / se), rtol=1e-10)
    outside = (done.low > 0) | (done.high < 0)
    assert np.array_equal(outside, done.p < 1 - level)


@pytest.mark.parametrize("kind", ["percentile", "basic"])
@given(seed=st.integers(0, 9999), size=st.integers(20, 400))
def test_p_value_agrees_with_the_interval(kind: Any, seed: int, size: int) -> None:
    point, reps = drawn(seed, size, 6)
    done = interval(point, reps, 0.9, kind)
    outside = (done.low > 0) | (done.high < 0)
    slack = 4 / (size + 1)  # two replicates: quantiles are interpolated, p-values are counts
    assert (done.p[outside] <= 0.1 + slack).all()
    assert (done.p[~outside] >= 0.1 - slack).all()
    assert ((done.p > 0) & (done.p <= 1)).all()


def test_p_value_by_hand() -> None:
    reps = np.asarray([[-1.0], [1.0], [2.0], [3.0], [4.0], [5.0], [6.0], [7.0], [8.0]])
    assert interval(np.asarray([4.0]), reps).p[0] == pytest.approx(2 * (1 + 1) / 10)
    assert interval(np.asarray([4.0]), reps + 9).p[0] == pytest.approx(2 * 1 / 10)
    assert interval(np.asarray([0.0]), np.zeros((9, 1))).p[0] == 1.0


@pytest.mark.parametrize("kind", KINDS)
@given(seed=st.integers(0, 9999), lost=st.lists(st.integers(0, 39), max_size=38, unique=True))
def test_failed_replicates_are_left_out_of_their_own_quantity(kind: Any, seed: int, lost: list[int]) -> None:
    point, reps = drawn(seed)
    holed = reps.copy()
    holed[lost, 1] = np.nan
    done = interval(point, holed, 0.9, kind)
    kept = interval(point[[1]], np.delete(reps, lost, axis=0)[:, [1]], 0.9, kind)
    whole = interval(point, reps, 0.9, kind)
    for name in ("se", "low", "high", "p"):
        np.testing.assert_allclose(getattr(done, name)[1], getattr(kept, name)[0], rtol=1e-12, atol=1e-14)
        np.testing.assert_array_equal(getattr(done, name)[[0, 2]], getattr(whole, name)[[0, 2]])


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_to_go_by_is_nan(kind: Any) -> None:
    point = np.asarray([1.0, 2.0, np.nan, 4.0])
    reps = np.random.default_rng(0).normal(size=(10, 4))
    reps[:, 0] = np.nan
    reps[1:, 1] = np.nan
    done = interval(point, reps, kind=kind)
    for name in ("se", "low", "high", "p"):
        assert np.isnan(getattr(done, name)[:3]).all()
        assert np.isfinite(getattr(done, name)[3])


@pytest.mark.parametrize("kind", KINDS)
def test_groups_are_a_leading_axis(kind: Any) -> None:
    parts = [drawn(seed) for seed in range(4)]
    point = np.stack([p for p, _ in parts]).reshape(2, 2, 3)
    reps = np.stack([r for _, r in parts]).reshape(2, 2, 40, 3)
    done = interval(point, reps, 0.9, kind)
    for g, (p, r) in enumerate(parts):
        alone = interval(p, r, 0.9, kind)
        for name in ("se", "low", "high", "p"):
            np.testing.assert_array_equal(getattr(done, name).reshape(4, 3)[g], getattr(alone, name))


@pytest.mark.parametrize("kind", KINDS)
def test_replicates_without_spread_have_no_error(kind: Any) -> None:
    done = interval(np.asarray([0.7]), np.full((5, 1), 0.7), kind=kind)
    assert done.se[0] == pytest.approx(0, abs=1e-15)
    assert done.low[0] == pytest.approx(0.7) and done.high[0] == pytest.approx(0.7)


def test_bootstrap_settings_are_checked_all_at_once() -> None:
    with pytest.raises(SpecError) as caught:
        Bootstrap(replicates=1, seed=-1, interval="bac", level=1.0)  # type: ignore[arg-type]
    assert [p.where for p in caught.value.problems] == ["replicates", "seed", "level", "interval"]
    cases: list[dict[str, Any]] = [
        {"replicates": -10},
        {"replicates": 2.5},
        {"replicates": True},
        {"seed": 1.5},
        {"level": 95},
    ]
    for wrong in cases:
        with pytest.raises(SpecError):
            Bootstrap(**wrong)
    with pytest.raises(SpecError):
        Bootstrap(level="0.95")  # type: ignore[arg-type]


def mean_and_status(moments: Moments) -> tuple[np.ndarray, np.ndarray]:
    bad = moments.mean[:, 0] > 5.6
    return np.where(bad[:, None], np.nan, moments.mean), np.where(bad, int(Status.SINGULAR), 0)


@pytest.mark.parametrize("form", [("complete", "listwise"), ("pairwise", "mean"), ("patterns", "em")])
def test_chunks_do_not_change_replicates(form: tuple[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    from csimodels.infer import resample

    x = np.random.default_rng(3).normal(5.5, 1, (50, 3))
    x[::7, 1] = np.nan
    rows = Rows(("a", "b", "c"), x, np.full(3, 5.5), None, form[0])
    plan = Multinomial(rows.n, 37, 5)
    whole = replicate(rows, plan, form[1], mean_and_status)
    ticks: list[int] = []
    monkeypatch.setattr(resample, "CHUNK_MOST", 5)
    pieces = replicate(rows, plan, form[1], mean_and_status, ticks.append)
    assert sum(ticks) == 37 and max(ticks) == 5
    with worker_pool(3) as pool:
        threads = replicate(rows, plan, form[1], mean_and_status, pool=pool)
    assert np.array_equal(threads.values, pieces.values, equal_nan=True)
    np.testing.assert_allclose(pieces.values, whole.values, rtol=1e-12)
    assert np.array_equal(pieces.status, whole.status)
    assert 0 < (whole.status != 0).sum() < 37
    if form[1] == "listwise":
        drawn_means = plan.counts(0, 37) @ x[rows.kept] / rows.n
        good = whole.status == 0
        np.testing.assert_allclose(whole.values[good], drawn_means[good], rtol=1e-12)


def test_chunks_stay_under_the_memory_bound() -> None:
    from csimodels.infer import resample

    for n, p, form in ((250, 24, "complete"), (20_000, 24, "pairwise"), (5000, 40, "patterns")):
        x = np.random.default_rng(0).normal(size=(n, p))
        if form == "patterns":
            x[np.random.default_rng(1).random(x.shape) < 0.02] = np.nan
        rows = Rows(tuple(map(str, range(p))), x, np.zeros(p), None, form)
        size = resample.chunk_size(rows)
        assert size >= 1
        assert size == 1 or 8 * size * (rows.n + p * p) <= resample.CHUNK_BYTES

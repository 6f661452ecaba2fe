"""EM: its fixed point, whatever the acceleration, the start and the batch; answers at the edge end in time."""

from __future__ import annotations

import numpy as np
import pytest

from csimodels.moments import Rows
from csimodels.moments.em import EM_TOL_JACKKNIFE, em, em_map


def incomplete(n: int = 120, share: float = 0.15, seed: int = 5) -> Rows:
    rng = np.random.default_rng(seed)
    common = rng.normal(size=(n, 1))
    x = common + 0.8 * rng.normal(size=(n, 5)) + np.arange(5)
    x[rng.uniform(size=x.shape) < share] = np.nan
    return Rows(tuple("abcde"), x, np.zeros(5), rng.uniform(0.5, 2, n), "patterns")


def plain_em(rows: Rows, steps: int = 4000) -> tuple[np.ndarray, np.ndarray]:
    """Row by row with the textbook formulas (Little & Rubin 2019, section 11.2.1), no acceleration."""
    x, w = rows.answers, rows.a
    mean, cov = np.nanmean(x, axis=0), np.diag(np.nanvar(x, axis=0))
    for _ in range(steps):
        total, square = np.zeros(5), np.zeros((5, 5))
        for row, weight in zip(x, w, strict=True):
            there = ~np.isnan(row)
            filled, rest = row.copy(), np.zeros((5, 5))
            if not there.all():
                slope = cov[np.ix_(~there, there)] @ np.linalg.inv(cov[np.ix_(there, there)])
                filled[~there] = mean[~there] + slope @ (row[there] - mean[there])
                rest[np.ix_(~there, ~there)] = cov[np.ix_(~there, ~there)] - slope @ cov[np.ix_(there, ~there)]
            total += weight * filled
            square += weight * (np.outer(filled, filled) + rest)
        new = total / w.sum()
        new_cov = square / w.sum() - np.outer(new, new)
        if np.abs(new_cov - cov).max() < 1e-13:
            break
        mean, cov = new, new_cov
    return mean, cov


def test_estimate_is_that_of_the_textbook() -> None:
    rows = incomplete()
    mean, cov, done = em(rows.sums())
    expected = plain_em(rows)
    assert done
    assert mean == pytest.approx(expected[0], abs=1e-9)
    assert cov == pytest.approx(expected[1], abs=1e-9)
    patterns = rows.sums().patterns
    assert patterns is not None
    again = em_map(patterns, mean, cov)
    assert again[1] == pytest.approx(cov, abs=1e-10)


def test_start_and_batch_do_not_change_the_estimate() -> None:
    rows = incomplete()
    whole = em(rows.sums())
    counts = np.random.default_rng(1).integers(0, 3, (9, rows.n)).astype(float)
    sums = rows.sums(counts)
    warm, cold = em(sums, EM_TOL_JACKKNIFE, start=whole[:2]), em(sums, 1e-12)
    assert warm[2].all()
    assert cold[2].all()
    assert warm[1] == pytest.approx(cold[1], abs=1e-7)
    for b in (0, 4, 8):
        one = em(rows.sums(counts[b]), EM_TOL_JACKKNIFE, start=whole[:2])
        assert one[1] == pytest.approx(warm[1][b], abs=1e-13)


def test_a_start_far_away_and_a_singular_estimate_end_within_the_steps() -> None:
    rows = incomplete(30, 0.6, 2)
    mean, cov, done = em(rows.sums(), 1e-12, 60)
    assert mean.shape == (5,)
    assert np.isfinite(cov).all() or np.isnan(cov).all()
    assert done.dtype == np.bool_
    far = incomplete()
    start = np.full(5, 50.0), 1e4 * np.eye(5)
    assert em(far.sums(), start=start)[1] == pytest.approx(em(far.sums())[1], abs=1e-8)

"""Corrected p-values against statsmodels and a worked example."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from csimodels.errors import SpecError
from csimodels.infer.multiple import adjusted

#: Holm (1979): 0.01*4, 0.013*3, 0.03*2, 0.04*1, made monotone.  Benjamini-Hochberg: 0.01*4, 0.013*2, 0.03*4/3, 0.04.
P = np.asarray([0.03, 0.01, 0.04, 0.013])
HOLM = np.asarray([0.06, 0.04, 0.06, 0.04])
BH = np.asarray([0.04, 0.026, 0.04, 0.026])


def test_worked_example() -> None:
    assert np.allclose(adjusted(P, "holm"), HOLM, rtol=0, atol=1e-15)
    assert np.allclose(adjusted(P, "bh"), BH, rtol=0, atol=1e-15)
    assert np.array_equal(adjusted(P, "none"), P)


def test_a_missing_test_does_not_count() -> None:
    with_gap = np.insert(P, 2, np.nan)
    for method, expected in (("holm", HOLM), ("bh", BH)):
        got = adjusted(with_gap, method)  # type: ignore[arg-type]
        assert np.isnan(got[2])
        assert np.allclose(np.delete(got, 2), expected, rtol=0, atol=1e-15)


@pytest.mark.parametrize(("ours", "theirs"), [("holm", "holm"), ("bh", "fdr_bh")])
def test_statsmodels(ours: str, theirs: str) -> None:
    """Same arithmetic in another order: 1e-14."""
    pytest.importorskip("statsmodels")
    from statsmodels.stats.multitest import multipletests

    rng = np.random.default_rng(3)
    for size in (1, 2, 7, 500):
        p = rng.beta(0.3, 1.0, size)
        p[: size // 3] = p[0]  # ties
        assert np.allclose(adjusted(p, ours), multipletests(p, method=theirs)[1], rtol=1e-14, atol=0)  # type: ignore[arg-type]


@given(st.lists(st.one_of(st.floats(0, 1), st.just(float("nan"))), max_size=12), st.sampled_from(["holm", "bh"]))
def test_properties(values: list[float], method: str) -> None:
    """Never below p, at most 1, order of p kept, rows of a batch on their own, order of tests without meaning."""
    p = np.asarray(values, dtype=float)
    got = adjusted(p, method)  # type: ignore[arg-type]
    there = ~np.isnan(p)
    assert np.array_equal(np.isnan(got), ~there)
    assert (got[there] >= p[there]).all()
    assert (got[there] <= 1).all()
    assert (np.diff(got[there][np.argsort(p[there])]) >= 0).all()
    batch = np.stack([p, p[::-1]])
    assert np.array_equal(adjusted(batch, method), np.stack([got, got[::-1]]), equal_nan=True)  # type: ignore[arg-type]


def test_unknown_method() -> None:
    with pytest.raises(SpecError, match='did you mean "holm"'):
        adjusted(P, "holms")  # type: ignore[arg-type]

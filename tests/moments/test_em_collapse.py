"""EM on answers that do not tell a covariance: it stops early and says so, instead of going on to its last step."""

from __future__ import annotations

import numpy as np
import pytest

from csimodels.moments import Rows
from csimodels.moments import em as module
from csimodels.moments.em import em


def _holed(share: float, n: int = 60, p: int = 12) -> Rows:
    rng = np.random.default_rng(5)
    x = rng.normal(size=(n, 1)) + rng.normal(size=(n, p))
    x[rng.random(x.shape) < share] = np.nan
    return Rows(tuple(f"q{k}" for k in range(p)), x, np.zeros(p), None, "patterns")


def _cycles(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    seen: list[int] = []
    plain = module._moved
    monkeypatch.setattr(module, "_moved", lambda old, new, unit: seen.append(len(unit)) or plain(old, new, unit))
    return seen


def test_a_covariance_that_collapses_is_left_early(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = _cycles(monkeypatch)
    _, cov, done = em(_holed(0.7).sums())
    assert not done
    assert len(seen) < module.EM_MAX_ITER // 3 / 2
    sd = np.sqrt(np.diagonal(cov))
    assert np.linalg.eigvalsh(cov / np.outer(sd, sd))[0] < 10 * module.COLLAPSE_BOUND


def test_one_that_collapses_leaves_the_others_as_they_are_alone() -> None:
    bad, good = _holed(0.7), _holed(0.15)
    rows = Rows(good.items, np.concatenate([good.x, bad.x]), np.zeros(12), None, "patterns")
    counts = np.repeat(np.eye(2), 60, axis=1)
    mean, cov, done = em(rows.sums(counts))
    alone = em(good.sums())
    assert done.tolist() == [True, False]
    np.testing.assert_allclose(mean[0], alone[0], rtol=0, atol=1e-9)  # the stopping rule of EM is 1e-10
    np.testing.assert_allclose(cov[0], alone[1], rtol=0, atol=1e-9)

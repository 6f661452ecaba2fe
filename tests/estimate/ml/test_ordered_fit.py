"""Robust CFI and RMSEA of ordered answers of several groups: sums of what the groups miss."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import csimodels as cs

SPEC = """
csi: 1
scale: [0, 3]
constructs:
  One: {items: [a1, a2, a3]}
  Two: {items: [b1, b2, b3]}
paths: {One: Two}
index: Two
estimate: {estimator: dwls}
"""


def drawn(n: int, seed: int) -> pd.DataFrame:
    """Two factors with a path of .5, answers on four levels, and a residual that two items share."""
    rng = np.random.default_rng(seed)
    one = rng.normal(size=(n, 1))
    two = 0.5 * one + 0.87 * rng.normal(size=(n, 1))
    shared = 0.4 * rng.normal(size=(n, 1))
    noise = 0.6 * rng.normal(size=(n, 6))
    noise[:, [0, 3]] += shared
    z = np.hstack([0.8 * one + noise[:, :3], 0.8 * two + noise[:, 3:]])
    columns = ["a1", "a2", "a3", "b1", "b2", "b3"]
    return pd.DataFrame(np.digitize(z, [-0.9, 0.1, 1.0]), columns=columns).astype(float)


def test_groups_together_are_the_sum_of_groups_alone() -> None:
    """Nothing is held equal: what the model and the baseline miss beyond expectation adds up over groups.

    lavaan's single groups do so too; its fit of both divides the expectation of the baseline by their shares.
    """
    data = pd.concat([drawn(300, 1).assign(g="A"), drawn(500, 2).assign(g="B")], ignore_index=True)
    together = cs.fit_groups(cs.parse_model(SPEC), data, by="g").fit_measures().set_index("measure")["value"]
    alone = []
    for level in "AB":
        run = cs.Study(cs.parse_model(SPEC), data[data["g"] == level], uncertainty=None).run()
        m = run.fit_measures().set_index("measure")["value"]
        n = int((data["g"] == level).sum())
        excess = m["rmsea.robust"] ** 2 * (n - 1) * m["df"]
        alone.append((excess, excess / (1 - m["cfi.robust"])))
    excess, base = np.sum(alone, axis=0)
    assert min(part[0] for part in alone) > 1  # no group's misfit is cut off at zero
    assert together["cfi.robust"] == pytest.approx(1 - excess / base, abs=1e-10)
    assert together["rmsea.robust"] ** 2 == pytest.approx(excess / 16 / 798 * 2, rel=1e-10)

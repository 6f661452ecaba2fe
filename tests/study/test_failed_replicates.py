"""Errors where some replicates have no fit: the numbers hang on the very rows that these leave out."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

import csimodels as cs

N = 50
SPEC = """
csi: 1
constructs:
  Quality: {items: [q1, q2]}
  Satisfaction: {items: [s1, s2]}
  Complaints: {items: {c: {scale: [0, 1]}}, better: low}
paths: {Quality: Satisfaction, Satisfaction: Complaints}
"""


def survey() -> pd.DataFrame:
    """Fifty customers, of whom one complained: without that one there is no model."""
    rng = np.random.default_rng(1)
    of = rng.normal(size=(N, 1)) + 0.7 * rng.normal(size=(N, 4))
    data = pd.DataFrame(np.clip(np.rint(5.5 + 1.5 * of), 1, 10), columns=["q1", "q2", "s1", "s2"])
    return data.assign(c=np.arange(N) == 7, w=1.0).astype({"c": float})


def run(data: pd.DataFrame, **settings: Any) -> cs.Result:
    return cs.Study(cs.parse_model(SPEC), data, weight="w", **settings).run(progress=False)


def of_complaints(result: cs.Result) -> pd.Series:
    return result.index().set_index("construct").loc["Complaints"]


@pytest.fixture(scope="module")
def left_out() -> cs.Result:
    return run(survey(), uncertainty="jackknife")


def test_a_share_of_one_complaint_has_the_error_of_a_share(left_out: cs.Result) -> None:
    row = of_complaints(left_out)
    assert row["index"] == pytest.approx(2.0)
    assert row["se"] == pytest.approx(100 * np.sqrt(0.02 * 0.98 / (N - 1)), rel=0.02)  # halfway: 1.98/2 for 1
    assert left_out.replicates().iloc[0][["asked", "kept", "failed"]].tolist() == [N, N - 1, 1]
    assert any("halfway" in note for note in left_out.notes)


def test_paths_have_about_their_linearised_errors(left_out: cs.Result) -> None:
    linear = run(survey(), uncertainty="linearised").paths()["se"]
    assert np.allclose(left_out.paths()["se"], linear, rtol=0.25)


def test_given_jackknife_weights_say_the_same_as_the_jackknife(left_out: cs.Result) -> None:
    sets = N / (N - 1) * (1 - np.eye(N))
    data = survey().join(pd.DataFrame(sets, columns=[f"rw{k}" for k in range(N)]))
    given = run(data, uncertainty=cs.ReplicateWeights("rw*", kind="jk1"))
    assert of_complaints(given)["se"] == pytest.approx(of_complaints(left_out)["se"], rel=1e-2)  # around the estimate
    assert np.allclose(given.paths()["se"], left_out.paths()["se"], rtol=0.02)

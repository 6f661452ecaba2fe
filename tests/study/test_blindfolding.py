"""Q2 by blindfolding, a marker variable and PLS-POS as tables of a result."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sources import mobi

import csimodels as cs

#: R package semPLS 1.0-10, ``qSquared(ecsi, d, dlines = FALSE, impfun = meanrep, wscheme = "pathWeighting", tol =
#: 1e-13, maxit = 900)`` on its data mobi and model ECSImobi.
SEMPLS = {
    4: (0.110254025095, 0.164872956838, 0.262126079829, 0.424502032987, 0.239370204087, 0.199383612733),
    7: (0.115293384140, 0.171826548359, 0.275857258327, 0.447132437836, 0.261132758249, 0.213859661114),
}


@pytest.fixture(scope="module")
def result() -> cs.Result:
    return cs.Study("ecsi", mobi().astype(float), uncertainty=None).run()


@pytest.mark.parametrize("distance", SEMPLS)
def test_redundancy_is_that_of_sempls(result: cs.Result, distance: int) -> None:
    """Weights of the default tolerance 1e-7 of the spec against 1e-13 there: hence 1e-6."""
    found = result.blindfolding(distance)
    assert list(found["construct"]) == ["Expectation", "Quality", "Value", "Satisfaction", "Complaints", "Loyalty"]
    assert np.allclose(found["redundancy"], SEMPLS[distance], rtol=0, atol=1e-6)
    assert found["communality"].isna().tolist() == [False] * 4 + [True, False]
    assert found["failed"].max() == 0 and found["asked"].max() == 6 * distance


def test_a_distance_that_hides_whole_respondents_is_another_one(result: cs.Result) -> None:
    with pytest.raises(cs.DataError, match="divides the 250 rows") as error:
        result.blindfolding(5)
    assert "distance=7" in str(error.value)
    with pytest.raises(cs.DataError, match="whole number"):
        result.blindfolding(1)
    data = cs.simulate("ecsi", 280, seed=1).data  # 7 and 8 divide 280
    assert set(cs.Study("ecsi", data, uncertainty=None).run().blindfolding()["distance"]) == {9}


def test_the_order_of_the_file_counts_and_weights_are_used(result: cs.Result) -> None:
    shuffled = mobi().astype(float).sample(frac=1, random_state=1)
    other = cs.Study("ecsi", shuffled, uncertainty=None).run().blindfolding()
    assert not np.allclose(other["redundancy"], result.blindfolding()["redundancy"], atol=1e-4)
    ones = cs.Study("ecsi", mobi().astype(float).assign(w=2.0), weight="w", uncertainty=None).run()
    assert np.allclose(ones.blindfolding()["redundancy"], result.blindfolding()["redundancy"])


def test_blindfolding_is_of_pls_only() -> None:
    data = cs.simulate("ecsi", 100, seed=1).data
    with pytest.raises(cs.SpecError, match="defined for PLS"):
        cs.Study("ecsi", data, estimator="plsc", uncertainty=None).run().blindfolding()
    with pytest.raises(cs.SpecError, match="one of PLS and PLSc"):
        cs.Study("acsi", cs.simulate("acsi", 100, seed=1).data, estimator="ml", uncertainty=None).run().blindfolding()


def test_a_marker_takes_out_what_it_shares() -> None:
    """By hand: correlations of the scores less the smallest of the marker, regressed anew (Lindell & Whitney 2001)."""
    model = cs.load_model("scsb", overrides={"items": {"M": {"scale": [1, 10]}}})
    data = cs.simulate("scsb", 300, seed=3).data
    marker = np.clip(np.round(5 + np.random.default_rng(1).standard_normal(300) + 0.2 * data.iloc[:, 0]), 1, 10)
    result = cs.Study(model, data.assign(M=marker), uncertainty=None).run()
    found = result.marker("M")
    scores = result.scores().drop(columns="row")
    r = np.corrcoef(scores.to_numpy().T)
    shared = min(abs(np.corrcoef(scores[name], marker)[0, 1]) for name in scores)
    assert found["shared"].iloc[0] == pytest.approx(shared, abs=1e-9)
    adjusted = (r - shared) / (1 - shared)
    names = list(scores)
    for target in found["target"].unique():
        rows = found[found["target"] == target]
        at = [names.index(source) for source in rows["source"]]
        beta = np.linalg.solve(adjusted[np.ix_(at, at)], adjusted[at, names.index(target)])
        assert np.allclose(rows["adjusted"], beta, atol=1e-9)
    assert np.allclose(found["estimate"], result.paths()["estimate"])
    with pytest.raises(cs.SpecError, match="no item beside the model"):
        result.marker("Satisfaction")


def test_prediction_segments_find_two_planted_halves() -> None:
    """Half of the respondents follow one path, half its opposite: the segments explain far more than all together."""
    rng = np.random.default_rng(5)
    half = np.repeat([1.0, -1.0], 60)
    a = rng.standard_normal(120)
    b = half * 0.9 * a + 0.3 * rng.standard_normal(120)
    items = {f"A{k}": a + 0.3 * rng.standard_normal(120) for k in range(3)}
    items |= {f"B{k}": b + 0.3 * rng.standard_normal(120) for k in range(3)}
    constructs = [cs.Construct(c, tuple(cs.Item(f"{c}{k}", scale=(-9, 9)) for k in range(3))) for c in "AB"]
    model = cs.Model("two", tuple(constructs), (("A", "B"),))
    model = cs.load_model(model, overrides={"index": {"construct": "B"}})
    result = cs.Study(model, pd.DataFrame(items), uncertainty=None).run()
    found = result.prediction_segments(2, starts=3)
    agreement = abs(np.corrcoef(found["segment"], half)[0, 1])
    assert agreement > 0.75 and found.attrs["objective"] > 2 * 0.6
    assert result.r2()["r2"].item() < 0.2
    holed = pd.DataFrame(items)
    holed.iloc[0, 0] = np.nan
    with pytest.raises(cs.DataError, match="rows with one: 1"):
        cs.Study(model, holed, uncertainty=None).run().prediction_segments(2)

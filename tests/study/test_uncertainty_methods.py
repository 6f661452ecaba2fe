"""Every method of uncertainty through the front door: the same numbers as the functions, said in facts and tallies."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

import csimodels as cs

METHODS: list[Any] = [
    cs.Bootstrap(200),
    cs.Bootstrap(200, interval="bca"),
    cs.Bootstrap(40, interval="studentised"),
    cs.Bootstrap(200, draw="poisson"),
    cs.Jackknife(),
    cs.Linearised(),
    "auto",
]


@pytest.fixture(scope="module")
def survey() -> pd.DataFrame:
    """400 ACSI interviews of two firms, with weights, strata, clusters and replicate weights."""
    frame = cs.simulate("acsi", 400, seed=12).data
    i = np.arange(len(frame))
    frame["firm"] = np.where(i % 2, "North", "South")
    frame["w"] = 0.5 + (i % 7) / 4
    frame["region"] = i % 4
    frame["branch"] = i // 10
    frame["branches"] = 200
    rng = np.random.default_rng(3)
    for r in range(30):
        frame[f"rw{r + 1}"] = frame["w"] * rng.exponential(size=len(frame))
    return frame


@pytest.mark.parametrize("method", METHODS, ids=str)
def test_every_table_has_intervals_around_the_same_estimates(method: Any, survey: pd.DataFrame) -> None:
    plain = cs.Study("acsi", survey, uncertainty=None).run()
    result = cs.Study("acsi", survey, uncertainty=method).run()
    for name, column in (("index", "index"), ("paths", "estimate"), ("effects", "total"), ("loadings", "loading")):
        table = getattr(result, name)()
        assert table[column].equals(getattr(plain, name)()[column])
        prefix = "total_" if name == "effects" else ""
        assert (table[f"{prefix}se"].dropna() >= 0).all()
        assert table[f"{prefix}low"].le(table[f"{prefix}high"] + 1e-12).all(), "no interval"
    assert plain.index()["se"].isna().all()
    assert result.facts["level"] == "0.95"


def test_methods_agree_on_a_large_simple_sample(survey: pd.DataFrame) -> None:
    """Standard errors of 400 rows: 12 % is three standard errors of a standard error from 400 replicates."""
    runs = [cs.Study("acsi", survey, uncertainty=m).run() for m in (cs.Bootstrap(400), cs.Jackknife(), cs.Linearised())]
    boot, left_out, linear = (run.index()["se"].to_numpy() for run in runs)
    assert left_out == pytest.approx(linear, rel=0.03)
    assert boot == pytest.approx(linear, rel=0.12)


def test_auto_is_the_jackknife_for_small_groups_and_linearised_beyond(
    survey: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    auto = cs.Study("acsi", survey, uncertainty="auto").run()
    pd.testing.assert_frame_equal(auto.paths(), cs.Study("acsi", survey, uncertainty=cs.Jackknife()).run().paths())
    from csimodels.study import settings

    assert isinstance(settings.choose(settings.Auto(), settings.AUTO_MOST), cs.Jackknife)
    assert isinstance(settings.choose(settings.Auto(), settings.AUTO_MOST + 1), cs.Linearised)


def test_design_changes_the_error_and_is_said(survey: pd.DataFrame) -> None:
    design = {"strata": "region", "cluster": "branch", "fpc": "branches"}
    weighted = cs.Study("acsi", survey, weight="w", uncertainty=cs.Linearised()).run()
    clustered = cs.Study("acsi", survey, weight="w", design=design, uncertainty=cs.Linearised()).run()
    assert clustered.index()["index"].equals(weighted.index()["index"])
    assert not np.allclose(clustered.index()["se"], weighted.index()["se"], rtol=1e-3)
    assert clustered.facts["design"] == "4 strata, 160 clusters, finite population correction"
    assert (clustered.estimates.df <= 156).all()
    assert (weighted.estimates.df <= 399).all()
    assert "of the indices" in weighted.facts["degrees of freedom"]


def test_design_effect_of_a_mean_with_known_weights_is_one(survey: pd.DataFrame) -> None:
    equal = cs.Study("acsi", survey, index_weights="equal", uncertainty=cs.Linearised()).run()
    assert equal.index()["deff"].to_numpy() == pytest.approx(np.ones(6), rel=1e-6)
    weighted = cs.Study("acsi", survey, index_weights="equal", weight="w", uncertainty=cs.Linearised()).run()
    kish = len(survey) * (survey["w"] ** 2).sum() / survey["w"].sum() ** 2
    assert weighted.index()["deff"].to_numpy() == pytest.approx(np.full(6, kish), rel=0.25)


def test_given_replicate_weights_are_used_as_they_are(survey: pd.DataFrame) -> None:
    given = cs.ReplicateWeights(columns="rw*", kind="bootstrap")
    result = cs.Study("acsi", survey, weight="w", uncertainty=given).run()
    point = cs.Study("acsi", survey, weight="w", uncertainty=None).run().index()["index"].to_numpy()
    by_hand = np.asarray(
        [
            cs.Study("acsi", survey, weight=f"rw{r + 1}", uncertainty=None).run().index()["index"].to_numpy()
            for r in range(30)
        ]
    )
    expected = np.sqrt(((by_hand - point) ** 2).sum(axis=0) / 29)
    assert result.index()["se"].to_numpy() == pytest.approx(expected, rel=1e-5)
    assert result.facts["uncertainty"] == "replicate weights (bootstrap), t interval"
    assert result.facts["replicates"] == "30 asked, 30 kept, 0 failed"
    assert result.facts["degrees of freedom"] == "29"


@pytest.mark.parametrize("method", [cs.Bootstrap(50), cs.Jackknife(), cs.Linearised(), "auto"], ids=str)
def test_a_stratum_with_one_cluster_is_named_for_every_method(method: Any, survey: pd.DataFrame) -> None:
    frame = survey.copy()
    frame.loc[frame["region"] == 3, "branch"] = 1
    design = {"strata": "region", "cluster": "branch"}
    with pytest.raises(cs.DataError, match="1 of 4 strata have a single cluster"):
        cs.Study("acsi", frame, design=design, uncertainty=method).run()
    with pytest.raises(cs.DataError, match="all rows lie in one cluster"):
        cs.Study("acsi", frame.assign(branch=1), design={"cluster": "branch"}, uncertainty=method).run()


def test_one_group_without_variance_does_not_stop_the_others(survey: pd.DataFrame) -> None:
    frame = survey.copy()
    frame.loc[frame["firm"] == "North", "branch"] = 999
    frame.loc[frame["firm"] == "North", "region"] = 0
    result = cs.Study("acsi", frame, by="firm", design={"cluster": "branch"}, uncertainty=cs.Jackknife()).run()
    table = result.index().set_index("firm")
    assert table.loc["North", "se"].isna().all()
    assert table.loc["South", "se"].notna().all()
    assert any("North" in note and "one cluster" in note for note in result.notes)


def test_studentised_intervals_with_fpc_are_refused_by_name(survey: pd.DataFrame) -> None:
    method = cs.Bootstrap(20, interval="studentised")
    design = {"strata": "region", "cluster": "branch", "fpc": "branches"}
    with pytest.raises(cs.DataError, match="studentised intervals need"):
        cs.Study("acsi", survey, design=design, uncertainty=method).run()


def test_unknown_methods_are_refused_with_the_nearest_name(survey: pd.DataFrame) -> None:
    with pytest.raises(cs.SpecError, match="jackknife"):
        cs.Study("acsi", survey, uncertainty="jacknife")
    with pytest.raises(cs.SpecError, match="level"):
        cs.Jackknife(level=95)
    with pytest.raises(cs.SpecError, match="level"):
        cs.Linearised(level=0)


def test_saved_results_keep_degrees_of_freedom(survey: pd.DataFrame, tmp_path: Any) -> None:
    for method in (cs.Jackknife(), cs.Bootstrap(20)):
        result = cs.Study("acsi", survey, uncertainty=method).run()
        out = tmp_path / type(method).__name__
        cs.save(result, out, report=False)
        again = cs.load_result(out)
        assert np.array_equal(again.estimates.df, result.estimates.df)
        pd.testing.assert_frame_equal(again.index(), result.index())


def raked_model() -> cs.Model:
    from dataclasses import replace

    from csimodels.spec.model import Margin

    plain = cs.load_model("acsi")
    margins = (Margin("sex", (("f", 0.6), ("m", 0.4))), Margin("age", (("old", 0.3), ("young", 0.7))))
    return replace(plain, data=replace(plain.data, weight="w", rake=margins))


def test_raked_weights_are_raked_in_every_replicate(survey: pd.DataFrame) -> None:
    """Margins that explain the index take their part out of its error; the three methods agree on how much."""
    frame = survey.copy()
    score = frame[["SAT1", "SAT2", "SAT3"]].mean(axis=1)
    frame["sex"] = np.where(score + np.sin(np.arange(len(frame))) > score.median(), "f", "m")
    frame["age"] = np.where(np.arange(len(frame)) % 3 == 0, "old", "young")
    model = raked_model()
    runs = {
        name: cs.Study(model, frame, uncertainty=method, index_weights="equal").run()
        for name, method in (("l", cs.Linearised()), ("j", cs.Jackknife()), ("b", cs.Bootstrap(1500)))
    }
    se = {name: run.index().set_index("construct")["se"] for name, run in runs.items()}
    plain = cs.Study("acsi", frame, weight="w", uncertainty=cs.Linearised(), index_weights="equal").run()
    without = plain.index().set_index("construct")["se"]
    assert se["l"]["Satisfaction"] < 0.8 * without["Satisfaction"]
    assert se["j"].to_numpy() == pytest.approx(se["l"].to_numpy(), rel=0.03)
    assert se["b"].to_numpy() == pytest.approx(se["l"].to_numpy(), rel=0.08)
    with pytest.raises(cs.DataError, match="studentised"):
        cs.Study(model, frame, uncertainty=cs.Bootstrap(20, interval="studentised")).run()

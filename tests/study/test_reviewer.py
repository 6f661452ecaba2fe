"""Tables of a result that a reviewer asks for: what they hold, groups, weights, clusters, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import csimodels as cs


@pytest.fixture(scope="module")
def result(mobi: pd.DataFrame) -> cs.Result:
    return cs.Study("ecsi", mobi, uncertainty=None).run()


@pytest.fixture(scope="module")
def shops(mobi: pd.DataFrame) -> cs.Result:
    return cs.Study("ecsi", mobi.assign(shop=["a", "b"] * 125), by="shop", uncertainty=None).run()


def test_model_fit_with_its_test(result: cs.Result) -> None:
    table = result.model_fit(99).set_index(["measure", "model", "subject"])
    assert table.loc[("SRMR", "saturated", ""), "value"] == pytest.approx(0.057363077, abs=1e-6)
    assert table.loc[("SRMR", "estimated", ""), "value"] == pytest.approx(0.123603854, abs=1e-6)
    assert table.loc[("NFI", "estimated", ""), "value"] == pytest.approx(0.770797227, abs=1e-6)
    assert table.loc[("BIC", "", "Satisfaction"), "value"] == pytest.approx(-259.097109, abs=1e-4)
    tested = table.loc[("d_G", "estimated", "")]
    assert tested["p"] == pytest.approx(0.01) and tested["value"] > tested["hi99"] > tested["hi95"]
    assert (tested["kept"], tested["asked"]) == (99, 99)
    assert result.model_fit()["p"].isna().all()


def test_prediction_and_its_test(result: cs.Result) -> None:
    table = result.prediction(5, 2)
    assert len(table) == 19 and set(table["construct"]) == set(result.r2()["construct"])
    assert np.allclose(table["q2"], 1 - (table["rmse"] / table["rmse_mean"]) ** 2)
    test = result.cvpat(5, 2)
    overall = test[(test["construct"] == "overall") & (test["benchmark"] == "mean")].iloc[0]
    assert overall["difference"] < 0 and overall["p"] < 1e-6 and overall["df"] == 249
    assert result.prediction(5, 2).equals(table)  # the same seed, the same folds


def test_two_models_of_the_same_respondents_predict_side_by_side(result: cs.Result, mobi: pd.DataFrame) -> None:
    model = cs.load_model("ecsi")
    fewer = replace(model, paths=tuple(p for p in model.paths if p != ("Image", "Satisfaction")))
    with pytest.raises(cs.DataError, match="only one of the models uses"):
        result.cvpat_between(cs.Study(fewer, mobi.iloc[:200], uncertainty=None).run())
    other = cs.Study(fewer, mobi, uncertainty=None).run()
    found = result.cvpat_between(other, 5, 1).set_index("construct")
    alone, without = result.cvpat(5, 1), other.cvpat(5, 1)  # the same folds: the same seed and rows
    for table, column in ((alone, "loss"), (without, "loss_other")):
        mine = table[table["benchmark"] == "mean"].set_index("construct")["loss"]
        assert found[column].to_dict() == pytest.approx(mine.to_dict(), abs=1e-12)
    assert found.loc["Satisfaction", "difference"] != 0
    turned = replace(model, constructs=tuple(replace(c, items=c.items[::-1]) for c in model.constructs))
    again = cs.Study(
        turned, mobi, estimator=cs.PLS(tol=1e-12), uncertainty=None
    ).run()  # the same, rows in another order
    assert again.survey is not None and result.survey is not None
    assert not np.array_equal(again.survey.row, result.survey.row)
    same = result.cvpat_between(again, 5, 1)
    assert (same["difference"].abs() < 1e-5).all() and (same["se"] < 1e-5).all()
    narrow = replace(model, paths=tuple(p for p in model.paths if "Complaints" not in p))
    narrow = replace(narrow, constructs=tuple(c for c in model.constructs if c.name != "Complaints"))
    with pytest.raises(cs.SpecError, match="different: Complaints"):
        result.cvpat_between(cs.Study(narrow, mobi, uncertainty=None).run())


def test_square_tables_and_cross_loadings(result: cs.Result, shops: cs.Result) -> None:
    quality = result.quality().query("criterion == 'HTMT2'").set_index("subject")["value"]
    square = result.discriminant("htmt2").set_index("construct")
    assert square.loc["Image", "Expectation"] == pytest.approx(quality["Image ~ Expectation"], abs=1e-12)
    assert np.allclose(square, square.T, equal_nan=True)
    larcker = result.discriminant("fornell_larcker").set_index("construct")
    assert larcker.loc["Image", "Image"] == pytest.approx(0.69163136, abs=1e-6)
    cross = result.cross_loadings()
    own = [row[row["construct"]] for _, row in cross.iterrows()]
    assert np.allclose(own, result.loadings()["loading"])
    assert len(shops.discriminant("correlations")) == 14
    with pytest.raises(cs.SpecError, match='did you mean "htmt"'):
        result.discriminant("hmtm")  # type: ignore[arg-type]


def test_groups_side_by_side(shops: cs.Result) -> None:
    found = shops.micom(99)
    assert list(found["construct"]) == list(shops.model.construct_names)
    assert set(found["invariance"]) <= {"none", "partial", "full"} and (found["kept"] == 99).all()
    index = shops.index().pivot(index="construct", columns="shop", values="index")
    mine = shops.multigroup("indices", 99).set_index("subject")["difference"]
    assert mine.to_dict() == pytest.approx((index["a"] - index["b"]).to_dict(), abs=1e-9)
    paths = shops.paths().query("shop == 'a'")["estimate"].to_numpy()
    other = shops.paths().query("shop == 'b'")["estimate"].to_numpy()
    assert np.allclose(shops.multigroup("paths", 9)["difference"], paths - other, atol=1e-9)
    assert list(shops.model_fit()["shop"].unique()) == ["a", "b"]
    for of in ("weights", "loadings"):
        assert len(shops.multigroup(of, 9)) == 24  # type: ignore[arg-type]


def test_segments_of_respondents(result: cs.Result) -> None:
    table = result.mixtures((1, 2, 40), starts=5).set_index("segments")
    assert table.loc[2, "lnL"] == pytest.approx(-1599.5616, abs=1e-3) and table.loc[2, "agree"] >= 1
    assert np.isnan(table.loc[40, "lnL"]) and "more segments than these data carry" in table.loc[40, "note"]
    who = result.segments(2, starts=5)
    assert list(who["row"]) == list(range(1, 251)) and np.allclose(who["segment_1"] + who["segment_2"], 1)
    assert (who["segment"] == np.where(who["segment_1"] >= who["segment_2"], 1, 2)).all()


def test_whole_clusters_are_held_out_and_change_groups(mobi: pd.DataFrame) -> None:
    branch = np.arange(250) // 10
    data = mobi.assign(shop=np.where(branch % 2, "a", "b"), branch=branch)
    options = {"by": "shop", "design": {"cluster": "branch"}, "uncertainty": None}
    found = cs.Study("ecsi", data, **options).run()
    assert set(found.cvpat(5, 1)["df"]) == {11.0, 12.0}  # 12 and 13 clusters
    assert (found.micom(19)["asked"] == 19).all()
    assert (found.model_fit(19).query("measure == 'SRMR'")["asked"] == 19).all()
    crossed = cs.Study("ecsi", data.assign(shop=["a", "b"] * 125), **options).run()
    with pytest.raises(cs.DataError, match="25 clusters in several groups"):
        crossed.micom(19)


def test_what_has_no_such_table_is_said(result: cs.Result, tmp_path: Path) -> None:
    with pytest.raises(cs.SpecError, match="no groups to compare"):
        result.micom()
    with pytest.raises(cs.SpecError, match='did you mean "paths"'):
        result.multigroup("path")  # type: ignore[arg-type]
    cs.save(result, tmp_path / "out", report=False)
    with pytest.raises(cs.DataError, match="carries no respondents"):
        cs.load_result(tmp_path / "out").prediction()
    ml = cs.Study("acsi", cs.simulate("acsi", 200, seed=1).data, estimator="ml", uncertainty=None).run()
    with pytest.raises(cs.SpecError, match="PLS and PLSc"):
        ml.model_fit()
    assert len(ml.item_statistics()) == len(ml.model.item_names)
    whole = cs.simulate("three-level-template", 200, seed=2).data
    with pytest.raises(cs.SpecError, match="higher order"):
        cs.Study("three-level-template", whole, uncertainty=None).run().prediction(3, 1)

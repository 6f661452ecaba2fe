"""Measurement invariance through the front door: the ladder, partial invariance, latent means, notes.

The numbers are compared with lavaan in tests/golden (groups "Invariance ..."); here: how they hang together,
populations with known differences, and what is refused.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import csimodels as cs

STEPS = ["configural", "metric", "scalar", "strict"]


@pytest.fixture(scope="module")
def survey() -> pd.DataFrame:
    """Two firms of 400 interviews from one population, the second happier by 8 points, with weights and clusters."""
    model = cs.load_model("acsi")
    usual = cs.Population(levels=dict.fromkeys(model.construct_names, 70.0) | {"Complaints": 25.0})
    better = cs.Population(levels=dict.fromkeys(model.construct_names, 78.0) | {"Complaints": 25.0})
    by = cs.load_model("acsi", overrides={"data": {"by": ["firm"]}})
    frame = cs.simulate(by, {"A": 400, "B": 400}, seed=9, groups={"A": usual, "B": better}).data
    i = np.arange(len(frame))
    return frame.assign(w=0.5 + (i % 5) / 2, branch=i // 8)


@pytest.fixture(scope="module")
def found(survey: pd.DataFrame) -> cs.Invariance:
    return cs.invariance("acsi", survey, by="firm")


def test_the_ladder_hangs_together(found: cs.Invariance) -> None:
    table = found.table()
    assert table["step"].tolist() == STEPS and found.n == (400, 400)
    assert table["df"].tolist() == [138, 146, 154, 167]
    assert table["chisq_diff"].to_numpy()[1:] == pytest.approx(np.diff(table["chisq"]), rel=1e-9)
    assert table["df_diff"].to_numpy()[1:] == pytest.approx(np.diff(table["df"]))
    expected = stats.chi2.sf(table["chisq_diff"][1:], table["df_diff"][1:])
    assert table["p_diff"].to_numpy()[1:] == pytest.approx(expected, rel=1e-9)
    assert table["delta_cfi"].to_numpy()[1:] == pytest.approx(np.diff(table["cfi"]), abs=1e-12)
    assert table.loc[0, ["chisq_diff", "p_diff", "delta_cfi"]].isna().all()
    assert (table["status"] == "ok").all() and (table["scaling"] == 1).all()


def test_configural_is_the_firms_apart(found: cs.Invariance, survey: pd.DataFrame) -> None:
    apart = cs.Study("acsi", survey, by="firm", estimator="ml", uncertainty=None).run()
    chi2 = apart.fit_measures().query("measure == 'chisq'")["value"].sum()
    assert found.table()["chisq"][0] == pytest.approx(chi2, rel=1e-8)
    mine = found.parameters("configural").query("op != '~1'")
    both = mine.merge(apart.parameters(), on=["firm", "lhs", "op", "rhs"], suffixes=("", "_alone"))
    assert len(both) == len(apart.parameters()) > 70
    assert both["est"].to_numpy() == pytest.approx(both["est_alone"].to_numpy(), rel=1e-5, abs=1e-7)


def test_equal_parameters_are_equal(found: cs.Invariance) -> None:
    for step, op in (("metric", "=~"), ("scalar", "~1"), ("strict", "~~")):
        table = found.parameters(step)
        items = list(cs.load_model("acsi").item_names)
        equal = table[(table["op"] == op) & (table["lhs"].isin(items) | (op == "=~"))]
        wide = equal.pivot_table(index=["lhs", "op", "rhs"], columns="firm", values="est")
        assert len(wide) == 14 and (wide["A"] == wide["B"]).all(), step
    free = found.parameters("configural").query("op == '=~' and free")
    assert (free.groupby(["lhs", "rhs"])["est"].nunique() == 2).all()


def test_latent_means_find_the_difference(found: cs.Invariance) -> None:
    """8 points of 100 are 0.72 on a scale from 1 to 10; the error of a difference of means is about 0.13."""
    table = found.latent_means().set_index(["firm", "construct"])
    assert (table.loc["A", "mean"] == 0).all() and table.loc["A", "se"].isna().all()
    for construct in ("Expectation", "Quality", "Value", "Satisfaction"):
        row = table.loc[("B", construct)]
        assert row["mean"] == pytest.approx(0.72, abs=4 * row["se"])
        assert 0.08 < row["se"] < 0.2 and row["p"] < 0.001
        assert row["z"] == pytest.approx(row["mean"] / row["se"], rel=1e-12)


def test_an_item_that_one_firm_answers_otherwise_is_found_and_freed(survey: pd.DataFrame) -> None:
    shifted = survey.copy()
    at = shifted["firm"] == "B"
    shifted.loc[at, "QUA2"] = np.clip(shifted.loc[at, "QUA2"] - 2, 1, 10)
    plain = cs.invariance("acsi", shifted, by="firm").table().set_index("step")
    assert plain.loc["scalar", "p_diff"] < 1e-10 and plain.loc["scalar", "delta_cfi"] < -0.01
    partial = cs.invariance("acsi", shifted, by="firm", free=["QUA2 ~1"])
    table = partial.table().set_index("step")
    assert table.loc["scalar", "df"] == plain.loc["scalar", "df"] - 1
    assert table.loc["scalar", "chisq_diff"] < plain.loc["scalar", "chisq_diff"] / 4
    values = partial.parameters("scalar").query("lhs == 'QUA2' and op == '~1'").set_index("firm")["est"]
    assert values["A"] - values["B"] == pytest.approx(2, abs=0.4)


@pytest.mark.parametrize(
    ("options", "scaled"),
    [({}, False), ({"errors": "mlr"}, True), ({"errors": "mlm"}, True), ({"weight": "w"}, True),
     ({"design": {"cluster": "branch"}}, True)],
)  # fmt: skip
def test_scaling_follows_the_errors_that_hold(options: dict[str, Any], scaled: bool, survey: pd.DataFrame) -> None:
    table = cs.invariance("acsi", survey, by="firm", steps=("configural", "metric"), **options).table()
    assert ((table["scaling"] != 1).all()) == scaled
    if scaled:  # Satorra & Bentler (2001), by hand
        plain, df, c = table["chisq"] * table["scaling"], table["df"], table["scaling"]
        factor = (df[1] * c[1] - df[0] * c[0]) / (df[1] - df[0])
        assert table["chisq_diff"][1] == pytest.approx((plain[1] - plain[0]) / factor, rel=1e-9)


def test_fiml_uses_all_rows_and_listwise_does_not(survey: pd.DataFrame) -> None:
    holed = survey.astype({"EXP1": float, "SAT2": float})
    holed.loc[::9, "EXP1"] = np.nan
    holed.loc[4::11, "SAT2"] = np.nan
    steps = ("configural", "metric")
    fiml = cs.invariance("acsi", holed, by="firm", steps=steps)
    listwise = cs.invariance("acsi", holed, by="firm", steps=steps, missing="listwise")
    assert sum(fiml.n) == 800 and sum(listwise.n) == int(holed[["EXP1", "SAT2"]].notna().all(axis=1).sum())
    kept = holed.dropna()
    same = cs.invariance("acsi", kept, by="firm", steps=steps)
    pd.testing.assert_frame_equal(listwise.table(), same.table(), rtol=1e-7)
    both = [f.parameters("metric").query("op == '=~'")["est"].to_numpy() for f in (fiml, same)]
    assert both[0] == pytest.approx(both[1], rel=0.05)
    robust = cs.invariance("acsi", holed, by="firm", steps=steps, errors="mlr").table()
    assert (robust["scaling"] != 1).all() and (robust["df"] == fiml.table()["df"]).all()


def test_three_groups_of_two_columns(survey: pd.DataFrame) -> None:
    frame = survey.assign(year=np.where(np.arange(800) % 2, 2025, 2026)).query("not (firm == 'B' and year == 2025)")
    three = cs.invariance("acsi", frame, by=["firm", "year"], steps=("configural", "scalar"))
    assert len(three.keys) == 3 and three.table()["df"][0] == 3 * 69
    means = three.latent_means()
    assert list(means.columns[:2]) == ["firm", "year"] and len(means) == 18
    same = means.query("firm == 'A' and year == 2026")
    assert (same["p"].dropna() > 0.001).all(), "halves of one firm"


def test_what_is_refused(found: cs.Invariance, survey: pd.DataFrame) -> None:
    with pytest.raises(cs.SpecError, match="equal intercepts"):
        found.latent_means("metric")
    with pytest.raises(cs.SpecError, match="scalar"):
        found.parameters("scaler")
    with pytest.raises(cs.DataError, match="two groups or more"):
        cs.invariance("acsi", survey)
    with pytest.raises(cs.SpecError, match="fiml, listwise"):
        cs.invariance("acsi", survey, by="firm", missing="mean")
    with pytest.raises(cs.SpecError, match="strict"):
        cs.invariance("acsi", survey, by="firm", steps=("configural", "strikt"))
    with pytest.raises(cs.SpecError, match="no such parameter"):
        cs.invariance("acsi", survey, by="firm", free=["QUA9 ~1"])
    with pytest.raises(cs.DataError, match="simple random sample"):
        cs.invariance("acsi", survey, by="firm", weight="w", errors="expected")
    tiny = pd.concat([survey.query("firm == 'A'"), survey.query("firm == 'B'").head(12)])
    with pytest.raises(cs.DataError, match="too few rows"):
        cs.invariance("acsi", tiny, by="firm")


def test_it_shows_itself(found: cs.Invariance) -> None:
    assert repr(found) == "<csimodels.Invariance by firm: configural, metric, scalar, strict>"
    assert "metric" in found._repr_html_()

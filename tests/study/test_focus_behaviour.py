"""Focus and behaviour through the front door: printed values, brute force, replicates, bad input."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import csimodels as cs

VALUES = (100, 80, 60, 40, 30, 20, 10, 5, 3, 2)
SPEC = """
csi: 1
extends: ecsi
focus:
  valued: "profit >= 5"
  high: "profit >= quantile(profit, 0.5)"
  value: profit
  axes: {profit: 30, stay: 24}
behaviour:
  loyal: {outcome: "CUSL1 >= 8", on: Satisfaction}
  spend: {kind: gamma, outcome: profit, on: [Satisfaction, Image], levels: [50, 90]}
"""


@pytest.fixture(scope="module")
def data(mobi: pd.DataFrame) -> pd.DataFrame:
    random = np.random.default_rng(8)
    return mobi.assign(profit=np.resize(VALUES, len(mobi)), stay=random.integers(1, 60, len(mobi)))


@pytest.fixture(scope="module")
def result(data: pd.DataFrame) -> cs.Result:
    return cs.Study(cs.parse_model(SPEC), data, uncertainty="linearised").run(progress=False)


def test_steps_are_studies_of_their_own(result: cs.Result, data: pd.DataFrame) -> None:
    table = result.focus().set_index("step")
    assert list(table.index) == ["all", "valued", "high"] and table["n"].to_list() == [250, 200, 125]
    assert table.loc["valued", "value_share"] == pytest.approx(345 / 350)
    for step, rows in (("valued", data["profit"] >= 5), ("high", data["profit"] >= 25)):
        alone = cs.Study("ecsi", data[rows], uncertainty="linearised").run(progress=False)
        index = alone.index().set_index("construct").loc["Satisfaction"]
        for name in ("index", "se", "low", "high"):
            assert table.loc[step, name] == pytest.approx(index[name], rel=1e-5)
        mine = result.focus("drivers").query("step == @step").set_index("driver")
        drivers = alone.drivers().set_index("driver")
        np.testing.assert_allclose(mine["importance"], drivers.loc[mine.index, "importance"], rtol=1e-4)


def test_the_printed_concentration(result: cs.Result) -> None:
    """FORMULAS F12: Gini .513143, the first fifth holds 51.43 %."""
    table = result.focus("concentration").set_index("top")
    assert table["gini"].iloc[0] == pytest.approx(0.513143, abs=6e-7)
    assert table.loc[0.2, "value_share"] == pytest.approx(0.5143, abs=6e-5)
    assert table.loc[0.1, "value_share"] == pytest.approx(0.2857, abs=6e-5)


def test_whose_value_is_not_known_is_no_customer_of_value_0(data: pd.DataFrame) -> None:
    """Shares of the value and Gini are those of the rows that have one; the others are counted in a note."""
    holes = data.assign(profit=data["profit"].where(np.arange(len(data)) % 5 > 0))
    text = "csi: 1\nextends: ecsi\nfocus: {value: profit}\n"

    def of(rows: pd.DataFrame) -> cs.Result:
        return cs.Study(cs.parse_model(text), rows, uncertainty="linearised").run(progress=False)

    found, known = of(holes), of(holes.dropna(subset=["profit"]))
    mine, other = (result.focus("concentration") for result in (found, known))
    for name in ("value_share", "gini"):
        assert mine[name].to_numpy() == pytest.approx(other[name].to_numpy(), rel=1e-12)
    # a domain of 200 of 250 rows: n / (n - 1) of all rows, not of those in it
    ratio = (mine["gini_se"] / other["gini_se"]).to_numpy()
    assert ratio == pytest.approx(np.sqrt((250 / 249) / (200 / 199)), rel=1e-9)
    assert "focus: 50 respondents have no profit; shares of the value are of those who have" in map(str, found.notes)


def test_a_change_of_importance_between_nested_steps_has_the_error_of_replicates(
    result: cs.Result, data: pd.DataFrame
) -> None:
    """200 bootstrap samples of respondents, both steps fitted in each; within 20 %, and below that of two samples."""
    random = np.random.default_rng(4)
    drawn = pd.concat(
        [
            data.sample(len(data), replace=True, random_state=int(random.integers(2**31))).assign(sample=sample)
            for sample in range(200)
        ],
        ignore_index=True,
    )
    found = [
        cs.Study("ecsi", rows, by="sample", uncertainty=None).run(progress=False).drivers()
        for rows in (drawn, drawn[drawn["profit"] >= 5])
    ]
    each = [one.set_index(["sample", "driver"])["importance"].unstack() for one in found]
    assert each[0].shape == each[1].shape and len(each[0]) == 200
    spread = (each[1] - each[0]).std()
    table = result.focus("drivers").set_index(["step", "driver"])
    for driver in ("Image", "Quality", "Value"):
        row = table.loc[("valued", driver)]
        assert row["difference_se"] == pytest.approx(spread[driver], rel=0.2)
        apart = np.hypot(row["importance_se"], table.loc[("all", driver), "importance_se"])
        assert row["difference_se"] < 0.7 * apart
    first = table.loc["all"]
    assert first["difference"].isna().all()


def test_classes_by_two_axes(result: cs.Result, data: pd.DataFrame) -> None:
    table = result.focus("classes").set_index("class")
    assert table["n"].sum() == 250
    assert table.loc["both", "n"] == ((data["profit"] >= 30) & (data["stay"] >= 24)).sum()


def test_the_printed_logit(result: cs.Result) -> None:
    """FORMULAS F11: coefficients to 1e-6 of R's glm, predicted shares to six digits."""
    table = result.behaviour().query("outcome == 'loyal'").set_index("term")
    assert table.loc["(constant)", "estimate"] == pytest.approx(-4.676188, abs=2e-5)
    assert table.loc["Satisfaction", "estimate"] == pytest.approx(0.0704301, abs=3e-7)
    assert table.loc["Satisfaction", "ratio"] == pytest.approx(np.exp(0.704301), rel=1e-5)
    at = result.behaviour("at").query("outcome == 'loyal'")
    assert at["predicted"].to_list() == pytest.approx([0.389269, 0.563140, 0.722764], abs=2e-6)
    assert (at["low"] < at["predicted"]).all() and (at["predicted"] < at["high"]).all()
    assert result.behaviour("calibration").query("outcome == 'loyal'")["n"].sum() == 250


def test_weights_and_clusters_by_hand(data: pd.DataFrame) -> None:
    """Weighted logit by statsmodels; the sandwich of cluster totals (Binder 1983) by numpy, to 1e-6."""
    import statsmodels.api as sm

    random = np.random.default_rng(2)
    w = random.uniform(0.5, 2, len(data))
    data = data.assign(w=w, branch=np.arange(len(data)) // 5)
    study = cs.Study(cs.parse_model(SPEC), data, weight="w", design={"cluster": "branch"}, uncertainty="linearised")
    result = study.run(progress=False)
    row = result.behaviour().query("outcome == 'loyal' and term == 'Satisfaction'").iloc[0]
    x = sm.add_constant(result.scores()["Satisfaction"].to_numpy())
    y = (data["CUSL1"] >= 8).astype(float).to_numpy()
    fit = sm.GLM(y, x, family=sm.families.Binomial(), var_weights=w).fit(tol=1e-12)
    mu = fit.fittedvalues
    bread = np.linalg.inv((x * (w * mu * (1 - mu))[:, None]).T @ x)
    totals = pd.DataFrame((x * (w * (y - mu))[:, None]) @ bread).groupby(data["branch"].to_numpy()).sum().to_numpy()
    centred = totals - totals.mean(axis=0)
    se = np.sqrt(50 / 49 * (centred**2).sum(axis=0))
    assert row["estimate"] == pytest.approx(fit.params[1], rel=1e-7)
    assert row["se"] == pytest.approx(se[1], rel=1e-6)


def test_groups_report_and_folder(data: pd.DataFrame, tmp_path: Path) -> None:
    data = data.assign(area=np.where(np.arange(len(data)) % 2, "A", "B"))
    model = cs.parse_model(SPEC)
    assert cs.parse_model(cs.dump_model(model)) == model
    result = cs.Study(model, data, by="area", uncertainty="linearised").run(progress=False)
    assert set(result.behaviour()["area"]) == {"A", "B"} and "area" not in result.focus()
    cs.save(result, tmp_path / "out")
    again = cs.load_result(tmp_path / "out")
    pd.testing.assert_frame_equal(again.behaviour("at"), result.behaviour("at"))
    pd.testing.assert_frame_equal(again.focus(), result.focus())
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "For whom" in page and "What customers do" in page


WRONG = {
    "an unknown column": ('focus: {high: "proft > 0"}', 'no column "proft"'),
    "no rule": ('focus: {high: "profit >"}', "not complete here"),
    "nobody": ('focus: {high: "profit > 1000"}', "nobody satisfies"),
    "not nested": ('focus: {low: "profit < 10", high: "profit > 50"}', "must be nested"),
    "a constant outcome": ('behaviour: {x: {outcome: "profit > 0"}}', "the same for everybody"),
    "not for gamma": ("behaviour: {x: {outcome: loss, kind: gamma}}", "does not suit a gamma model"),
    "no outcome": ("behaviour: {x: {kind: logit}}", "needs its outcome"),
    "an unknown construct": ('behaviour: {x: {outcome: "stay > 20", on: Trust}}', "Trust"),
    "a level": ('behaviour: {x: {outcome: "stay > 20", levels: [120]}}', "within the index"),
    "one axis": ("focus: {axes: {profit: 3}}", "two columns"),
}


@pytest.mark.parametrize(("section", "words"), WRONG.values(), ids=WRONG)
def test_what_cannot_be_asked_for(section: str, words: str, data: pd.DataFrame) -> None:
    data = data.assign(loss=-1)
    with pytest.raises(cs.CsiError, match=words):
        cs.Study(cs.parse_model(f"csi: 1\nextends: ecsi\n{section}\n"), data, uncertainty=None).run(progress=False)


def test_respondents_that_a_rule_cannot_decide_are_said(data: pd.DataFrame) -> None:
    holes = data.assign(profit=data["profit"].where(np.arange(len(data)) > 9))
    text = 'csi: 1\nextends: ecsi\nfocus: {valued: "profit > 4"}\n'
    result = cs.Study(cs.parse_model(text), holes, uncertainty=None).run(progress=False)
    assert any("10 respondents without what the rule" in note for note in result.notes)


def test_the_tables_have_the_columns_that_the_catalogue_declares(result: cs.Result) -> None:
    from csimodels.tables.catalogue import find

    names = ("focus", "focus_drivers", "concentration", "focus_classes", "behaviour", "behaviour_at")
    for name in (*names, "behaviour_calibration"):
        declared = find(name)
        assert declared is not None and list(result.tables()[name].columns) == list(declared.column_names)


def test_shares_of_value_have_the_errors_of_replicates(data: pd.DataFrame) -> None:
    """Gini and Pareto shares under weights and clusters: within 10 % of 1000 samples of the clusters."""
    from csimodels.desk.focus import gini, top_share

    random = np.random.default_rng(12)
    data = data.assign(profit=random.lognormal(3, 0.6, len(data)), w=random.uniform(0.5, 2, len(data)))
    data["branch"] = np.arange(len(data)) // 2
    text = 'csi: 1\nextends: ecsi\nfocus: {value: profit, half: "profit >= 20"}\n'
    study = cs.Study(cs.parse_model(text), data, weight="w", design={"cluster": "branch"}, uncertainty="linearised")
    table = study.run(progress=False).focus("concentration").set_index("top")
    y, w = data["profit"].to_numpy(), data["w"].to_numpy()
    found = []
    for _ in range(1000):
        rows = (2 * random.integers(0, 125, 125)[:, None] + np.arange(2)).ravel()
        a, b = y[rows], w[rows]
        found.append([gini(a, b), top_share(a, 0.2, b), b[a >= 20].sum() / b.sum()])
    spread = np.std(found, axis=0)
    step = study.run(progress=False).focus().set_index("step").loc["half"]
    own = (step["share_high"] - step["share_low"]) / 2 / 1.98
    assert [table["gini_se"].iloc[0], table.loc[0.2, "se"], own] == pytest.approx(spread, rel=0.1)
    assert table.loc[0.05, ["se", "low", "high"]].isna().all()

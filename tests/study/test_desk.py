"""Simple indices, targets and answers: against numbers by hand, and with the errors of the study."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import csimodels as cs
from csimodels.spec import Model

SPEC = """
csi: 1
extends: acsi
items: {REC: {en: Recommendation, zh: 推荐意愿, scale: [0, 10]}}
indices:
  NPS: {kind: nps, item: REC, label: {en: Net promoter score, zh: 净推荐值}}
  Top: {kind: top_box, item: SAT1}
  Low: {kind: bottom_box, item: SAT1, levels: 4}
  Two: {kind: share, item: SAT1, levels: [5, 6]}
  Mean: {kind: mean, items: [SAT1, SAT2], weights: {SAT1: 3, SAT2: 1}}
  Tenths: {kind: ten_point, items: [SAT1, SAT2]}
  CSD: {kind: weighted_mean, items: [SAT1, SAT2], values: [0, 0, 0, 10, 10, 50, 60, 70, 80, 100]}
  Gap: {kind: gap, items: [QUA1, EXP1]}
targets: {Satisfaction: 75}
"""


@pytest.fixture(scope="module")
def model() -> Model:
    return cs.parse_model(SPEC)


@pytest.fixture(scope="module")
def data() -> pd.DataFrame:
    frame = cs.simulate("acsi", 300, seed=4).data.astype(float)
    random = np.random.default_rng(2)
    frame["REC"] = np.clip(np.rint(frame["SAT1"] + random.normal(0, 1.5, 300)), 0, 10)
    frame["w"] = random.uniform(0.5, 2, 300)
    frame.loc[random.random(300) < 0.1, "SAT1"] = np.nan
    return frame


def test_indices_by_hand(model: Model, data: pd.DataFrame) -> None:
    table = cs.Study(model, data, weight="w").run(progress=False).indices().set_index("name")
    w = data["w"].to_numpy()

    def mean(column: pd.Series) -> float:
        there = column.notna().to_numpy()
        return float(np.average(column[there], weights=w[there]))

    rec, first, second = data["REC"], data["SAT1"], data["SAT2"]
    scored = pd.Series([0, 0, 0, 10, 10, 50, 60, 70, 80, 100], index=range(1, 11))
    known = first.where(first.isna(), first)
    wanted = {
        "NPS": mean(100.0 * (rec >= 9) - 100.0 * (rec <= 6)),
        "Top": mean((100.0 * (first >= 9)).where(first.notna())),
        "Low": mean((100.0 * (first <= 4)).where(first.notna())),
        "Two": mean((100.0 * first.isin([5, 6])).where(first.notna())),
        "Mean": 0.75 * mean(100 * (known - 1) / 9) + 0.25 * mean(100 * (second - 1) / 9),
        "Tenths": 10 * (mean(first) + mean(second)) / 2,
        "CSD": (mean(first.map(scored)) + mean(second.map(scored))) / 2,
        "Gap": mean(100 * (data["QUA1"] - data["EXP1"]) / 9),
    }
    for name, value in wanted.items():
        assert table.loc[name, "value"] == pytest.approx(value, abs=1e-9), name
    assert (table["low"] < table["value"]).all() and (table["value"] < table["high"]).all()
    assert (table["n"] == 300).all() and (table["status"] == "ok").all()


def test_the_recommendation_score_of_the_shared_case(model: Model) -> None:
    """8.0000 (se 4.7932); weighted 4.0135 (se 5.6919, linearised), within 1e-3 and 1 % of the error."""
    data = pd.read_csv(Path(__file__).parent / "recommendation-score.csv")
    plain = cs.Study(model, data).run(progress=False).indices().set_index("name").loc["NPS"]
    assert plain["value"] == pytest.approx(8.0, abs=1e-9) and plain["se"] == pytest.approx(4.7932, abs=1e-4)
    study = cs.Study(model, data, weight="w", uncertainty="linearised")
    weighted = study.run(progress=False).indices().set_index("name").loc["NPS"]
    assert weighted["value"] == pytest.approx(4.0135, abs=1e-4) and weighted["se"] == pytest.approx(5.6919, abs=1e-4)


def test_groups_and_replicates_are_those_of_the_study(model: Model, data: pd.DataFrame) -> None:
    data = data.assign(bank=np.where(np.arange(300) % 3 == 0, "A", "B"))
    together = cs.Study(model, data, by="bank").run(progress=False)
    for bank in ("A", "B"):
        alone = cs.Study(model, data[data["bank"] == bank]).run(progress=False).indices()
        mine = together.indices()
        mine = mine[mine["bank"] == bank].drop(columns="bank").reset_index(drop=True)
        pd.testing.assert_frame_equal(mine, alone, rtol=1e-9)
    assert "overall_indices" in together.tables()
    boot = cs.Study(model, data, uncertainty=cs.Bootstrap(replicates=400, seed=2)).run(progress=False).indices()
    plain = cs.Study(model, data).run(progress=False).indices()
    np.testing.assert_allclose(boot["se"], plain["se"], rtol=0.15)


def test_targets(model: Model, data: pd.DataFrame) -> None:
    result = cs.Study(model, data).run(progress=False)
    row, index = result.targets().iloc[0], result.index().set_index("construct").loc["Satisfaction"]
    assert row["distance"] == pytest.approx(75 - index["index"]) and row["se"] == pytest.approx(index["se"], rel=1e-6)
    drivers = result.target_drivers().set_index("driver")
    effects = result.effects().query("target == 'Satisfaction'").set_index("source")["total_unstd"]
    np.testing.assert_allclose(drivers["rise"], row["distance"] / effects[drivers.index], rtol=1e-9)


def test_answers_against_pandas(model: Model, data: pd.DataFrame) -> None:
    result = cs.Study(model, data).run(progress=False)
    table = result.answers().set_index("item")
    assert list(table.index) == [item.name for item in model.asked]
    for name in ("SAT1", "REC", "QUA2"):
        x, row = data[name].dropna(), table.loc[name]
        assert row["n"] == len(x) and row["missing"] == 300 - len(x)
        assert row["mean"] == pytest.approx(x.mean()) and row["sd"] == pytest.approx(x.std(ddof=0))
        assert row["skew"] == pytest.approx(x.skew(), rel=0.02) and row["kurtosis"] == pytest.approx(x.kurt(), abs=0.1)
        assert row["top2"] == pytest.approx((x >= 9).mean()) and row["ceiling"] == pytest.approx((x == 10).mean())
    levels = result.answers(levels=True)
    sums = levels.groupby("item")["share"].sum()
    np.testing.assert_allclose(sums, 1.0, rtol=1e-12)
    from statsmodels.stats.proportion import proportion_confint

    count = int((data["REC"] >= 9).sum())
    low, high = proportion_confint(count, 300, method="wilson")
    assert table.loc["REC", ["top2_low", "top2_high"]].tolist() == pytest.approx([low, high])


def test_a_stored_result_holds_the_desk(model: Model, data: pd.DataFrame, tmp_path: Path) -> None:
    result = cs.Study(model, data).run(progress=False)
    cs.save(result, tmp_path / "out", report=False)
    again = cs.load_result(tmp_path / "out")
    pd.testing.assert_frame_equal(again.indices(), result.indices())
    pd.testing.assert_frame_equal(again.targets(), result.targets())
    with pytest.raises(cs.DataError, match="carries no respondents"):
        again.answers()


WRONG = {
    "another scale": ("{kind: nps, item: SAT1}", "defined for answers from 0 to 10"),
    "unknown item": ("{kind: nps, item: RECC}", 'did you mean "REC"'),
    "two items": ("{kind: nps, items: [REC, SAT1]}", "nps is made of 1 item"),
    "no levels": ("{kind: share, item: SAT1}", "needs the answers that count"),
    "strange weight": ("{kind: mean, items: [SAT1], weights: {SAT2: 1}}", "SAT2"),
    "values": ("{kind: weighted_mean, item: SAT1, values: [1, 2]}", "each answer needs its value"),
    "no kind": ("{item: SAT1}", "needs its kind"),
}


@pytest.mark.parametrize(("index", "words"), WRONG.values(), ids=WRONG)
def test_what_cannot_be_asked_for(index: str, words: str) -> None:
    text = f"csi: 1\nextends: acsi\nitems: {{REC: {{scale: [0, 10]}}}}\nindices: {{X: {index}}}\n"
    with pytest.raises(cs.SpecError, match=words.replace("[", ".")):
        cs.parse_model(text)


def test_a_target_outside_the_index_and_of_an_unknown_construct() -> None:
    with pytest.raises(cs.SpecError) as caught:
        cs.parse_model("csi: 1\nextends: acsi\ntargets: {Satisfaction: 120, Trust: 50}\n")
    assert "a target lies within the index" in str(caught.value) and "Trust" in str(caught.value)


def test_the_spec_round_trips(model: Model) -> None:
    assert cs.parse_model(cs.dump_model(model)) == model

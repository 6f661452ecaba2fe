"""Benchmark through the front door: printed leads, leagues, the best other chosen from the same data, bad input."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import csimodels as cs
from csimodels.errors import OK
from csimodels.infer.best import lead_over_best
from csimodels.infer.contrasts import difference
from csimodels.rollup.benchmark import Field, benchmark
from csimodels.rollup.estimates import GroupNumbers

LEVELS = {
    ("fixed", "A"): 83.68, ("fixed", "B"): 75.94, ("fixed", "C"): 60.0,
    ("mobile", "A"): 78.1, ("mobile", "B"): 80.75, ("mobile", "C"): 70.0,
}  # fmt: skip
MODEL = """
csi: 1
scale: [0, 100]
constructs: {Quality: {items: [Q1, Q2, Q3]}, Value: {items: [V1, V2]}, Satisfaction: {items: [S1, S2, S3]}}
paths: {Quality: [Value, Satisfaction], Value: Satisfaction}
"""
SPEC = MODEL + "data: {by: [operator, service]}\nbenchmark: {unit: operator, competitor: C, own: A}\n"


def answers(n: int, seed: int) -> pd.DataFrame:
    """Answers of a chain of three factors, with items of reliability one half."""
    random = np.random.default_rng(seed)
    quality = random.uniform(-1.5, 1.5, n)
    value = 0.6 * quality + 0.7 * random.uniform(-1.5, 1.5, n)
    satisfaction = 0.5 * quality + 0.3 * value + 0.6 * random.uniform(-1.5, 1.5, n)
    blocks = {"Q": (quality, 3), "V": (value, 2), "S": (satisfaction, 3)}
    columns = {f"{b}{i + 1}": x + random.uniform(-1, 1, n) for b, (x, size) in blocks.items() for i in range(size)}
    return pd.DataFrame(columns)


@pytest.fixture(scope="module")
def data() -> pd.DataFrame:
    """Every item of a group has exactly the mean that the index is to have, so that the weights do not matter."""
    parts = []
    for k, ((service, operator), level) in enumerate(LEVELS.items()):
        drawn = answers(200, k)
        parts.append((level + 3 * (drawn - drawn.mean())).assign(operator=operator, service=service))
    return pd.concat(parts, ignore_index=True)


@pytest.fixture(scope="module")
def result(data: pd.DataFrame) -> cs.Result:
    return cs.Study(cs.parse_model(SPEC), data).run(progress=False)


def test_the_printed_leads(result: cs.Result) -> None:
    """83.68 leads by 7.74, 78.1 trails by 2.65 (to the printed digits: answers within 0 to 100 keep the means)."""
    table = result.benchmark().query("construct == 'Satisfaction'").set_index(["service", "operator"])
    for place, lead in ((("fixed", "A"), 7.74), (("mobile", "A"), -2.65), (("fixed", "B"), -7.74)):
        assert table.loc[place, "index"] == pytest.approx(LEVELS[place], abs=5e-3)
        assert table.loc[place, "lead_best"] == pytest.approx(lead, abs=5e-3)
    assert table.loc[("fixed", "A"), "best_other"] == "B" and table.loc[("fixed", "A"), "rank"] == 1
    assert table.loc[("fixed", "A"), "lead_competitor"] == pytest.approx(23.68, abs=5e-3)
    assert table.loc[("fixed", "A"), "lead_mean"] == pytest.approx(83.68 - (75.94 + 60) / 2, abs=5e-3)
    assert table.loc[("fixed", "A"), "lead_rank"] == 1 and table.loc[("mobile", "A"), "lead_rank"] == 2
    assert table.loc[("fixed", "C"), "competitor"] == "" and np.isnan(table.loc[("fixed", "C"), "lead_competitor"])


def test_a_clear_best_other_has_the_interval_of_the_plain_difference(result: cs.Result) -> None:
    """Leads 7.74 with errors .6 and .8: [5.78, 9.70] (FORMULAS F1); through the door: the Welch interval, to 1e-9."""
    value, se, df = np.asarray([83.68, 75.94, 60.0]), np.asarray([0.6, 0.8, 0.7]), np.full(3, np.inf)
    lead = lead_over_best(value, se, df)
    assert [lead.lead[0], lead.se[0]] == pytest.approx([7.74, 1.0])
    assert [round(lead.low[0], 2), round(lead.high[0], 2)] == [5.78, 9.70]
    table = result.benchmark().query("construct == 'Satisfaction' and service == 'fixed'").set_index("operator")
    pairs = result.differences(against="pairs", within="service")
    row = pairs[(pairs["service"] == "fixed") & (pairs["operator"] == "A") & (pairs["against"] == "B")].iloc[0]
    ends = ["lead_best", "lead_best_se", "lead_best_low", "lead_best_high"]
    np.testing.assert_allclose(
        table.loc["A", ends].astype(float), row[["difference", "se", "low", "high"]].astype(float), rtol=1e-9
    )
    best = result.differences(against="best", within="service").set_index(["service", "operator"])
    assert best.loc[("fixed", "A"), "difference"] == pytest.approx(row["difference"])
    mean = result.differences(against="mean", within="service")
    pd.testing.assert_frame_equal(mean, result.differences(against="others", within="service"))


def test_the_choice_of_the_best_is_allowed_for() -> None:
    """With two ties for the best the plain interval of the larger one covers too seldom; this one keeps 93-97 %."""
    rng = np.random.default_rng(11)
    truth, se, df = np.asarray([0.0, 0.0, 0.0, 0.0]), np.full(4, 1.0), np.full(4, np.inf)
    hit = plain = 0
    for _ in range(2000):
        seen = truth + rng.normal(size=4)
        lead = lead_over_best(seen, se, df)
        hit += lead.low[0] <= 0 <= lead.high[0]
        other = seen[1:].max()
        alone = difference((seen[:1], se[:1], df[:1]), (np.asarray([other]), se[:1], df[:1]))
        plain += bool(alone.low[0] <= 0 <= alone.high[0])
    assert 0.93 <= hit / 2000 <= 0.985
    assert hit > plain


def test_shared_clusters_count(data: pd.DataFrame) -> None:
    """The same persons rate two operators: the error of the lead falls below that of separate samples."""
    one = data[(data["service"] == "fixed") & (data["operator"] == "A")].assign(id=np.arange(200))
    random = np.random.default_rng(1)
    other = one.copy()
    items = [name for name in data if name not in ("operator", "service")]
    other[items] = (other[items] - 3 + random.normal(0, 0.5, other[items].shape)).clip(0, 100)
    both = pd.concat([one, other.assign(operator="B")], ignore_index=True)
    model = MODEL + "data: {by: operator, design: {panel: id}}\n"
    panel = cs.Study(cs.parse_model(model), both).run(progress=False).benchmark()
    apart = cs.Study(cs.parse_model(model.replace(", design: {panel: id}", "")), both).run(progress=False).benchmark()
    assert (panel["lead_best_se"] < 0.5 * apart["lead_best_se"]).all()


def test_report_folder_and_spec(result: cs.Result, tmp_path: Path) -> None:
    model = cs.parse_model(SPEC)
    assert cs.parse_model(cs.dump_model(model)) == model
    cs.save(result, tmp_path / "out")
    pd.testing.assert_frame_equal(cs.load_result(tmp_path / "out").benchmark(), result.benchmark())
    assert cs.load_model(tmp_path / "out" / "spec.yaml").decisions == model.decisions
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "Who leads" in page and "Importance and lead of" in page
    drawn = result.figures.leads("zh")
    assert "领先最佳对手" in drawn.svg()
    whole = result.benchmark().rename(columns={"construct": "driver"})
    both = drawn.data.merge(whole, on=["driver", "lead_best"], how="left")
    assert len(both) == len(drawn.data) and both["lead_best_low_y"].notna().all()
    with pytest.raises(cs.DataError, match="finished tables only"):
        cs.load_result(tmp_path / "out").benchmark(competitor="B")


WRONG = {
    "a competitor that is not there": ("{competitor: Harbor}", 'there is no unit "Harbor"'),
    "an unknown own unit": ("{own: Z}", 'there is no unit "Z"'),
    "a column that is none": ("{unit: oprator}", "column of data: by"),
}


@pytest.mark.parametrize(("section", "words"), WRONG.values(), ids=WRONG)
def test_what_cannot_be_asked_for(section: str, words: str, data: pd.DataFrame) -> None:
    text = f"{MODEL}data: {{by: [operator, service]}}\nbenchmark: {section}\n"
    with pytest.raises(cs.SpecError, match=words):
        cs.Study(cs.parse_model(text), data).run(progress=False)


def test_no_units(data: pd.DataFrame) -> None:
    text = MODEL + "benchmark: true\n"
    with pytest.raises(cs.SpecError, match="needs units"):
        cs.Study(cs.parse_model(text), data).run(progress=False)
    alone = data[data["operator"] == "A"]
    with pytest.raises(cs.SpecError, match="at least two units"):
        cs.Study(cs.parse_model(text), alone, by=["operator", "service"]).run(progress=False)


def test_of_complaints_the_lowest_leads() -> None:
    """The same league of 100 less every index, whose higher end is the better one, in every number but the index."""
    value = np.asarray([[10.0], [14.0], [30.0]])
    numbers = GroupNumbers(
        names=("Complaints",), value=value, se=np.ones((3, 1)), low=value - 2, high=value + 2,
        df=np.full((3, 1), np.inf), n=np.full(3, 100.0), status=(OK, OK, OK),
    )  # fmt: skip
    turned = replace(numbers, value=100 - value, low=100 - value - 2, high=100 - value + 2)
    field, keys = Field(("firm",), "firm", competitor="b"), [("a",), ("b",), ("c",)]
    low = benchmark(field, keys, numbers, lower=("Complaints",))
    high = benchmark(field, keys, turned)
    assert low["firm"].tolist() == ["a", "b", "c"]
    assert low["lead_best"].tolist() == [4.0, -4.0, -20.0]
    same = [name for name in low if name not in ("index", "low", "high")]
    pd.testing.assert_frame_equal(low[same], high[same])
    assert low["index"].tolist() == [10.0, 14.0, 30.0]
    assert (low["low"] < low["index"]).all()


def test_quadrants_of_importance_and_lead_are_unclear_unless_both_are_certain(data: pd.DataFrame) -> None:
    """Sides of the lead from the benchmark, of the importance from the drivers' own table; on the page in words."""
    from csimodels.report import render_html

    model = cs.parse_model(SPEC + "report: {languages: [en, zh]}\n")
    items = [name for name in data if name not in ("operator", "service")]
    level = data.groupby(["operator", "service"])[items].transform("mean")
    near = data.assign(**(data[items] - 0.97 * (level - 75)))  # the groups lie close together
    result = cs.Study(model, near, uncertainty="linearised").run(progress=False)
    table, keys = result.lead_quadrants(), ["operator", "service", "driver"]
    leads = result.benchmark().rename(columns={"construct": "driver"}).set_index(keys)["different"]
    map_of = result.drivers().set_index(keys)["quadrant"]
    words = {(True, True): "advantage", (True, False): "urgent", (False, True): "keep", (False, False): "watch"}
    for key, row in table.set_index(keys).iterrows():
        if not leads[key]:
            assert row["quadrant"] == "unclear"
        elif map_of[key] != "unclear":  # importance and performance are certain
            important = map_of[key] in ("improve", "keep")
            assert row["quadrant"] == words[important, bool(row["lead_best"] > 0)]
    assert {"unclear"} < set(table["quadrant"])
    for lang, title, word in (("en", "Importance and lead", "Unclear"), ("zh", "重要性与领先", "不明确")):
        page = render_html(result.content, lang)
        assert word in page[page.index(title) :]
    with pytest.raises(cs.SpecError, match="asks for no lead_quadrants"):
        cs.Study(cs.parse_model(MODEL), data, by="operator", uncertainty=None).run(progress=False).lead_quadrants()

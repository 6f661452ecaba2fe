"""Trend through the front door: printed values of the formulas, exact splits, errors against replicates, bad input."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import csimodels as cs
from csimodels.spec.decisions import TrendSpec
from csimodels.study.decisions.trend import Waves, trend_tables

MODEL = """
csi: 1
scale: [0, 100]
constructs: {Quality: {items: [Q1, Q2, Q3]}, Satisfaction: {items: [S1, S2, S3]}}
paths: {Quality: Satisfaction}
data: {wave: year}
trend: {base: 2024}
targets: {Satisfaction: 75}
"""


def wave(n: int, seed: int, weights: tuple[float, float, float], year: int) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    quality = random.normal(size=n)
    satisfaction = 0.6 * quality + 0.8 * random.normal(size=n)
    columns = {f"Q{i}": 70 + 6 * (quality + random.normal(size=n)) for i in (1, 2, 3)}
    means = (74, 70, 68) if year == 2024 else (76, 71, 66)
    for i, (w, m) in enumerate(zip(weights, means, strict=True), 1):
        columns[f"S{i}"] = m + 6 * (w * satisfaction + random.normal(size=n))
    return pd.DataFrame(columns).clip(0, 100).assign(year=year)


@pytest.fixture(scope="module")
def data() -> pd.DataFrame:
    return pd.concat([wave(300, 1, (1.4, 1, 0.7), 2024), wave(300, 2, (0.8, 1, 1.3), 2025),
                      wave(300, 3, (1, 1, 1), 2026)], ignore_index=True)  # fmt: skip


@pytest.fixture(scope="module")
def result(data: pd.DataFrame) -> cs.Result:
    return cs.Study(cs.parse_model(MODEL), data, uncertainty="linearised").run(progress=False)


def test_the_printed_slope_and_homogeneity(result: cs.Result) -> None:
    """Levels and errors of FORMULAS F9 put in the place of four waves: all printed digits."""
    e = result.estimates
    pick = np.asarray([0, 1, 2, 0])
    j = e.layout.blocks["index"].start + 1
    value, se, df = e.value[pick].copy(), e.se[pick].copy(), e.df[pick].copy()
    value[:, j], se[:, j], df[:, j] = [71.2, 72.0, 73.1, 74.6], [0.9, 0.9, 0.8, 0.8], np.inf
    keys = tuple((float(year),) for year in (2023, 2024, 2025, 2026))
    low, high, p, n, n_eff, status = (getattr(e, a)[pick] for a in ("low", "high", "p", "n", "n_eff", "status"))
    made = replace(e, keys=keys, value=value, se=se, df=df, low=low, high=high, p=p, n=n, n_eff=n_eff, status=status)
    tables = trend_tables(Waves.of(replace(result.comparing, estimates=made), TrendSpec(), None))
    row = tables["trend_tests"].set_index("construct").loc["Satisfaction"]
    assert row[["slope", "se", "q", "df", "pooled"]].astype(float).to_list() == pytest.approx(
        [1.138354, 0.380259, 9.13563, 3, 72.856897], abs=5e-6
    )
    levels = tables["trend"].query("construct == 'Satisfaction'").reset_index(drop=True)
    assert levels["lower_limit"][0] == pytest.approx(72.856897 - 2.7, abs=1e-6) and not levels["outside"].any()
    assert levels["change"].to_list()[1:] == pytest.approx([0.8, 1.1, 1.5])
    assert levels["since_base"].to_list()[1:] == pytest.approx([0.8, 1.9, 3.4])


def test_changes_are_those_of_the_changes_table(result: cs.Result) -> None:
    changes = result.changes(by="year").query("construct == 'Satisfaction'").reset_index(drop=True)
    mine = result.trend().query("construct == 'Satisfaction' and year != 2024").reset_index(drop=True)
    np.testing.assert_allclose(mine["change"], changes["change"], rtol=1e-12)
    np.testing.assert_allclose(mine[["change_low", "change_high"]], changes[["low", "high"]], rtol=1e-9)


def test_a_change_is_split_without_a_remainder(result: cs.Result) -> None:
    parts, levels = result.trend("parts"), result.trend().set_index(["construct", "year"])
    for _, row in parts[parts["item"] == ""].iterrows():
        before, after = (levels.loc[(row["construct"], row[end]), "index"] for end in ("from", "to"))
        assert row["answers"] + row["weights"] == pytest.approx(after - before, abs=1e-9)
    sums = parts[parts["item"] != ""].groupby(["from", "to", "construct"])["total"].sum()
    whole = parts[parts["item"] == ""].set_index(["from", "to", "construct"])["total"]
    np.testing.assert_allclose(sums.sort_index(), whole.sort_index(), atol=1e-9)
    loadings = result.loadings().set_index(["year", "item"])["weight_unstd"]
    assert abs(loadings[(2024, "S1")] - loadings[(2025, "S1")]) > 0.05  # else the split would be trivial
    fixed = levels.loc[("Satisfaction", 2025), "fixed_index"]
    assert abs(fixed - levels.loc[("Satisfaction", 2025), "index"]) > 0.01


def test_errors_of_the_parts_are_those_of_replicates(data: pd.DataFrame, result: cs.Result) -> None:
    """300 bootstrap samples of both waves, each split by hand; errors agree within 15 %."""
    random = np.random.default_rng(5)
    text = MODEL.replace("trend: {base: 2024}\n", "").replace("{wave: year}", "{by: [sample, wave]}")
    waves = [data[data["year"] == year] for year in (2024, 2025)]
    samples = [
        waves[k].sample(300, replace=True, random_state=int(random.integers(2**31))).assign(sample=sample, wave=k)
        for sample in range(300)
        for k in (0, 1)
    ]
    every = cs.Study(cs.parse_model(text), pd.concat(samples, ignore_index=True), uncertainty=None).run(progress=False)
    e, blocks, drawn = every.estimates, every.estimates.layout.blocks, []
    at = {tuple(map(float, key)): row for row, key in enumerate(e.keys)}
    for sample in range(300):
        rows = [at[sample, k] for k in (0, 1)]
        v, p = (e.value[rows][:, blocks[name]][:, 3:] for name in ("weight_unstd", "performance"))
        drawn.append([((v[0] + v[1]) / 2 * (p[1] - p[0])).sum(), ((p[0] + p[1]) / 2 * (v[1] - v[0])).sum()])
    parts = result.trend("parts").query("construct == 'Satisfaction' and item == ''").iloc[0]
    assert parts[["answers_se", "weights_se"]].astype(float).to_list() == pytest.approx(np.std(drawn, axis=0), rel=0.15)


def test_groups_whole_and_a_break(data: pd.DataFrame, tmp_path: Path) -> None:
    data = data.assign(bank=np.where(np.arange(len(data)) % 2, "A", "B"))
    text = MODEL.replace("{wave: year}", "{by: bank, wave: year}").replace("base: 2024", "breaks: 2025")
    model = cs.parse_model(text)
    assert cs.parse_model(cs.dump_model(model)) == model
    result = cs.Study(model, data, uncertainty="linearised").run(progress=False)
    assert result.trend().columns[0] == "year" and list(result.trend(of="groups").columns[:2]) == ["bank", "year"]
    assert (result.trend("tests")["waves"] == 2).all()  # since the break
    assert result.trend().query("year == 2025")["break"].all()
    cs.save(result, tmp_path / "out")
    pd.testing.assert_frame_equal(cs.load_result(tmp_path / "out").trend("parts"), result.trend("parts"))
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "The index over all waves" in page and "What the change is made of" in page
    drawn = result.figures.trend("zh", of="groups")
    assert "方法变更" in drawn.svg() and sorted(drawn.data["bank"].unique()) == ["A", "B"]
    tests = result.trend("tests").query("construct == 'Satisfaction'")
    moved = int(((tests["low"] > 0) | (tests["high"] < 0)).sum())
    assert ("均无显著升降" in drawn.title) == (moved == 0)


def test_sectors_of_a_rollup_add_up(data: pd.DataFrame, tmp_path: Path) -> None:
    random = np.random.default_rng(3)
    data = data.assign(bank=random.choice(["A", "B", "C"], len(data)))
    (tmp_path / "w.csv").write_text("bank,sector,nation,weight\nA,S,N,1\nB,S,N,2\nC,T,N,3\n", encoding="utf-8")
    text = MODEL.replace("{wave: year}", "{by: bank, wave: year}")
    text += "rollup: {levels: [bank, sector, nation], weights: w.csv}\n"
    (tmp_path / "spec.yaml").write_text(text, encoding="utf-8")
    result = cs.Study(tmp_path / "spec.yaml", data, uncertainty="linearised").run(progress=False)
    rolled = result.rollup().query("level == 'nation' and construct == 'Satisfaction'").set_index("year")["index"]
    sums = result.trend("sectors").query("construct == 'Satisfaction'").groupby("to")["total"].sum()
    assert sums[2025] == pytest.approx(rolled[2025] - rolled[2024], abs=1e-9)
    assert sums[2026] == pytest.approx(rolled[2026] - rolled[2025], abs=1e-9)
    first = result.trend("sectors").query("construct == 'Satisfaction' and to == 2025").set_index("sector")
    error = result.rollup().query("level == 'nation' and construct == 'Satisfaction'").set_index("year")["se"]
    both = np.sqrt((first["total_se"] ** 2).sum())  # sectors and waves are samples of their own
    assert both == pytest.approx(np.hypot(error[2024], error[2025]), rel=1e-6)
    part = result.trend("parts", of="groups").query("bank == 'C' and construct == 'Satisfaction'").iloc[0]
    assert part["item"] == ""
    for name in ("answers", "weights"):  # half of the nation is bank C, in both years
        assert first.loc["T", f"{name}_se"] == pytest.approx(part[f"{name}_se"] / 2, rel=1e-9)
        assert first.loc["T", f"{name}_low"] == pytest.approx(part[f"{name}_low"] / 2, rel=1e-6)
    assert first["shares_se"].to_list() == [0, 0]


def test_a_company_of_one_wave_has_its_error_among_the_shares(data: pd.DataFrame, tmp_path: Path) -> None:
    """Bank B opens in 2025: its sector's change is its share times its index, with that error."""
    data = data[data["year"] < 2026].assign(bank=np.where(np.arange(len(data[data["year"] < 2026])) % 2, "A", "B"))
    data = data[(data["bank"] == "A") | (data["year"] == 2025)]
    (tmp_path / "w.csv").write_text("bank,sector,nation,weight\nA,S,N,1\nB,T,N,3\n", encoding="utf-8")
    text = MODEL.replace("{wave: year}", "{by: bank, wave: year}")
    text += "rollup: {levels: [bank, sector, nation], weights: w.csv}\n"
    (tmp_path / "spec.yaml").write_text(text, encoding="utf-8")
    result = cs.Study(tmp_path / "spec.yaml", data, uncertainty="linearised").run(progress=False)
    new = result.trend("sectors").query("construct == 'Satisfaction' and sector == 'T'").iloc[0]
    one = result.index().query("construct == 'Satisfaction' and bank == 'B'").iloc[0]
    assert (new["answers"], new["weights"]) == (0, 0)
    share = new["shares"] / one["index"]
    assert new["shares_se"] == pytest.approx(abs(share) * one["se"], rel=1e-6)
    assert new["total_se"] == pytest.approx(new["shares_se"], rel=1e-9)


def test_what_cannot_be_asked_for(data: pd.DataFrame, result: cs.Result) -> None:
    model = cs.parse_model(MODEL)
    with pytest.raises(cs.SpecError, match="at least two waves"):
        cs.Study(model, data[data["year"] == 2024]).run(progress=False)
    with pytest.raises(cs.SpecError, match="does not occur"):
        cs.Study(cs.parse_model(MODEL.replace("base: 2024", "base: 1999")), data).run(progress=False)
    with pytest.raises(cs.SpecError, match="at least two waves"):
        cs.Study(cs.parse_model(MODEL.replace("data: {wave: year}\n", "")), data).run(progress=False)
    with pytest.raises(cs.SpecError, match="control limits"):
        cs.parse_model(MODEL.replace("base: 2024", "limits: 0"))
    with pytest.raises(cs.SpecError, match="table has no such choice"):
        result.trend("slope")  # type: ignore[arg-type]
    with pytest.raises(cs.SpecError, match=r'of has no such choice[^$]*"groups"'):
        result.trend(of="group")  # type: ignore[arg-type]

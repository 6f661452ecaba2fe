"""Specs without paths: items and indices, or constructs as plain means, through every command."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import csimodels as cs
from csimodels.cli import app
from csimodels.errors import SpecError

#: 38 answers on ten points: 6 once, 7 twice, 8 34 times, 9 once (FORMULAS F7).
ANSWERS = [6] + [7] * 2 + [8] * 34 + [9]
ITEMS = """
csi: 1
items: {Q: {en: Overall satisfaction, zh: 总体满意度}}
indices:
  Tenths: {kind: ten_point, item: Q}
  Very: {kind: share, item: Q, levels: [9, 10]}
  Rather: {kind: share, item: Q, levels: [7, 8]}
report: {languages: [en, zh], answers: true}
"""
MEANS = """
csi: 1
constructs: {A: {items: [A1, A2]}, B: {items: {B1: {scale: [0, 1]}}}}
indices: {Top: {kind: top_box, item: A1}}
"""


@pytest.fixture(scope="module")
def panel() -> pd.DataFrame:
    """Four companies in two years."""
    random = np.random.default_rng(3)
    n = 400
    level = random.normal(7, 1.5, n)
    frame = pd.DataFrame({name: np.clip(np.rint(level + random.normal(0, 1, n)), 1, 10) for name in ("A1", "A2")})
    frame["B1"] = (random.random(n) < 0.3).astype(float)
    i = np.arange(n)
    return frame.assign(company=np.array(["Ann", "Bob", "Cy", "Dee"])[i % 4], year=2025 + i // 200)


def test_the_ten_point_form_and_the_index_form_of_f7(tmp_path: Path) -> None:
    """79.2105 (se .693557) and 76.9006, shares 2.6316 and 94.7368 %, from spec file and data file to the tables."""
    pd.DataFrame({"Q": ANSWERS}).to_csv(tmp_path / "answers.csv", index=False)
    (tmp_path / "spec.yaml").write_text(ITEMS + "data: {file: answers.csv}\n", encoding="utf-8")
    result = cs.Study(tmp_path / "spec.yaml").run(progress=False)
    cs.save(result, tmp_path / "out")
    made = pd.read_csv(tmp_path / "out/tables/indices.csv").set_index("name")
    assert made.loc["Tenths", "value"] == pytest.approx(79.2105, abs=5e-5)
    assert made.loc["Tenths", "se"] == pytest.approx(0.693557, abs=5e-7)
    assert made["value"].round(4).to_list()[1:] == [2.6316, 94.7368]
    index = pd.read_csv(tmp_path / "out/tables/index.csv")
    assert index["construct"].to_list() == ["Q"] and index.loc[0, "index"] == pytest.approx(76.9006, abs=5e-5)
    assert cs.verify(tmp_path / "out").same
    loaded = cs.load_result(tmp_path / "out")
    pd.testing.assert_frame_equal(loaded.indices(), result.indices())
    page = (tmp_path / "out/report.html").read_text(encoding="utf-8")
    assert "79.2" in page and "总体满意度" in page and 'id="en-paths"' not in page and 'id="en-drivers"' not in page


def test_every_command_takes_a_spec_without_paths(tmp_path: Path) -> None:
    pd.DataFrame({"Q": ANSWERS}).to_csv(tmp_path / "answers.csv", index=False)
    spec, out = tmp_path / "spec.yaml", str(tmp_path / "out")
    spec.write_text(ITEMS + "data: {file: answers.csv}\n", encoding="utf-8")
    commands = (
        ["check", str(spec)],
        ["run", str(spec), "-o", out],
        ["verify", out],
        ["report", out, "--lang", "zh"],
        ["compare", out, out],
        ["simulate", str(spec), "-n", "50", "-o", str(tmp_path / "sim.csv")],
    )
    for command in commands:
        done = CliRunner().invoke(app, command)
        assert done.exit_code == 0, (command, done.output, done.exception)
    assert pd.read_csv(tmp_path / "sim.csv").columns.to_list() == ["Q"]


def test_means_of_items_by_hand_with_groups_waves_and_rollup(panel: pd.DataFrame, tmp_path: Path) -> None:
    shares = {"Ann": 0.4, "Bob": 0.3, "Cy": 0.2, "Dee": 0.1}
    weights = pd.DataFrame({"company": list(shares), "nation": "X", "weight": list(shares.values())})
    weights.to_csv(tmp_path / "weights.csv", index=False)
    more = "data: {by: [company], wave: year}\nrollup: {levels: [company, nation], weights: weights.csv}\n"
    (tmp_path / "spec.yaml").write_text(MEANS + more, encoding="utf-8")
    result = cs.Study(tmp_path / "spec.yaml", panel).run(progress=False)
    by_hand = 100 * (panel["A1"] + panel["A2"] - 2) / 18
    wanted = by_hand.groupby([panel["company"], panel["year"]]).mean()
    index = result.index().query("construct == 'A'").set_index(["company", "year"])["index"]
    assert index.sort_index().to_numpy() == pytest.approx(wanted.sort_index().to_numpy(), abs=1e-9)
    nation = result.rollup().query("construct == 'A' and level == 'nation' and year == 2026")["index"].iloc[0]
    assert nation == pytest.approx(sum(share * wanted[(name, 2026)] for name, share in shares.items()), abs=1e-9)
    assert len(result.changes()) and result.model.index.construct == "A"
    share = result.whole.index().query("construct == 'B'")["index"].iloc[0]
    assert share == pytest.approx(100 * panel.loc[panel["year"] == 2026, "B1"].mean(), abs=1e-9)
    assert any("no model is estimated" in note for note in result.notes)


def test_a_group_that_answers_an_item_alike_has_its_index(panel: pd.DataFrame) -> None:
    data = panel.assign(B1=panel["B1"].where(panel["company"] != "Ann", 1.0))
    result = cs.Study(cs.parse_model(MEANS), data, by="company").run(progress=False)
    index = result.index().set_index(["company", "construct"])
    assert index.loc[("Ann", "B"), "index"] == 100 and index.loc[("Ann", "B"), "se"] == pytest.approx(0, abs=1e-9)
    assert index.loc[("Ann", "A"), "se"] > 0 and (index["status"] == "ok").all()


def test_the_errors_are_those_of_a_mean(panel: pd.DataFrame) -> None:
    """Linearised error of a mean of items with weights: sum w^2 e^2 of the residuals, n / (n - 1)."""
    w = np.random.default_rng(1).uniform(0.5, 2, len(panel))
    study = cs.Study(cs.parse_model(MEANS), panel.assign(w=w), weight="w", uncertainty="linearised")
    row = study.run(progress=False).index().set_index("construct").loc["A"]
    value = (100 * (panel["A1"] + panel["A2"] - 2) / 18).to_numpy()
    mean, n = np.average(value, weights=w), len(panel)
    wanted = np.sqrt(n / (n - 1) * ((w * (value - mean)) ** 2).sum()) / w.sum()
    assert row["se"] == pytest.approx(wanted, rel=1e-6)


def test_both_forms_survive_the_way_to_a_file_and_back() -> None:
    for text in (ITEMS, MEANS):
        model = cs.parse_model(text)
        for complete in (False, True):
            again = cs.parse_model(cs.dump_model(model, complete=complete))
            assert replace(again, estimate=model.estimate, name=model.name) == model
            assert again.hash == model.hash or complete


def test_without_paths_and_anything_beside_the_model_it_is_still_refused() -> None:
    with pytest.raises(SpecError, match="no paths"):
        cs.parse_model("csi: 1\nconstructs: {Satisfaction: {items: [S1, S2]}}\n")
    plain = cs.parse_model("csi: 1\nconstructs: {S: {items: [S1]}}\nestimate: {estimator: means}\n")
    assert plain.estimate.entry.plain and plain.index.construct == "S"
    with pytest.raises(SpecError, match="no paths"):
        cs.parse_model("csi: 1\nitems: [Q]\nestimate: {estimator: pls}\n")

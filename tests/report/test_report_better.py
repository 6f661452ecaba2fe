"""`better: low`: of complaints the lower index is the good one, wherever something is said about good and bad."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import csimodels as cs
from csimodels.report import Figures, render_html
from csimodels.report.html.groups import against
from csimodels.report.html.table_views import lang_of
from csimodels.report.standing import best_quarter
from csimodels.spec import Model, dump_model, library_path, load_model, parse_model
from csimodels.spec.model import IndexSpec


@pytest.fixture(scope="module")
def answers() -> pd.DataFrame:
    """1 000 simulated answers in five companies; complaints fall with satisfaction."""
    frame: pd.DataFrame = cs.simulate("acsi", 1000, seed=5).data
    return frame.assign(company=np.tile(list("abcde"), 200))


def of_loyalty(better: str = "low") -> Model:
    """ACSI with loyalty as its index, which complaints drive; whole scales high but complaints as stated."""
    model = load_model("acsi")
    constructs = tuple(replace(c, better=better) if c.name == "Complaints" else c for c in model.constructs)  # type: ignore[arg-type]
    return replace(model, constructs=constructs, index=IndexSpec("Loyalty"))


def turned(answers: pd.DataFrame) -> pd.DataFrame:
    """The same answers with "no complaint" as 1: a construct whose higher index is the better one."""
    return answers.assign(COMP1=1 - answers["COMP1"].astype(float))


def test_the_library_says_it_of_the_share_that_complained_and_of_nothing_else() -> None:
    files = sorted(library_path("acsi").parent.glob("*.yaml"))
    low = {(path.stem, c.name) for path in files for c in load_model(path).constructs if c.better == "low"}
    asked = ("acsi", "electricity", "scsb", "tcsi", "tcsi-demo", "demo")
    assert low == {(name, "Complaints") for name in asked}  # CUSCO of ecsi: handled well


def test_it_comes_back_from_the_spec_and_counts_in_the_hash() -> None:
    model = of_loyalty()
    assert parse_model(dump_model(model)) == model
    assert model.hash != of_loyalty("high").hash
    with pytest.raises(cs.SpecError, match="better"):
        parse_model("csi: 1\nextends: acsi\nconstructs: {Complaints: {better: down}}\n")


def test_priority_and_quadrant_are_those_of_the_item_turned_round(answers: pd.DataFrame) -> None:
    """Turning the item is the same model in other words: gains, verdicts and their order must not change."""
    how = cs.Linearised()
    said = cs.Study(of_loyalty(), answers, uncertainty=how).run(progress=False).drivers()
    other = cs.Study(of_loyalty("high"), turned(answers), uncertainty=how).run(progress=False).drivers()
    assert said["driver"].tolist() == other["driver"].tolist()
    assert said["quadrant"].tolist() == other["quadrant"].tolist()
    for name in ("priority", "priority_se", "priority_low", "priority_high", "share"):
        assert said[name].to_numpy() == pytest.approx(other[name].to_numpy(), abs=1e-6)
    row = said["driver"] == "Complaints"
    assert said.loc[row, "importance"].item() == pytest.approx(-other.loc[row, "importance"].item(), abs=1e-8)


def test_the_map_shows_what_it_would_show_of_the_item_turned_round(answers: pd.DataFrame) -> None:
    how = cs.Linearised()
    said = cs.Study(of_loyalty(), answers, uncertainty=how).run(progress=False).content
    other = cs.Study(of_loyalty("high"), turned(answers), uncertainty=how).run(progress=False).content
    columns = [f"{name}{end}" for name in ("importance", "performance") for end in ("", "_low", "_high")]
    first, second = (one.drivers[columns].to_numpy(float) for one in (said, other))
    assert first == pytest.approx(second, abs=1e-6)
    page = render_html(said, "en") + render_html(said, "zh")
    assert "100 less its index)" in page
    assert "Lower is better: Customer complaints." in page
    assert "数值越低越好：顾客抱怨。" in page


def test_ranks_begin_with_the_best(answers: pd.DataFrame) -> None:
    study = cs.Study(replace(load_model("acsi"), name="acsi"), answers, by="company", uncertainty=cs.Linearised())
    result = study.run(progress=False)
    ranks = result.ranks("Complaints")
    assert ranks["rank"].tolist() == sorted(ranks["rank"])
    assert ranks["index"].is_monotonic_increasing
    assert (ranks["rank_low"] <= ranks["rank"]).all()
    assert result.ranks()["index"].is_monotonic_decreasing
    found = best_quarter(result.content, "Complaints")
    assert found.level == pytest.approx(ranks["index"].quantile(0.25))
    assert found.low < found.level < found.high


def test_targets_are_reached_from_above(answers: pd.DataFrame) -> None:
    """A target of complaints is reached by falling; the same of the item turned round, 100 less everything."""
    for level in (10.0, 30.0):
        parts = []
        for better, frame, aim in (("low", answers, level), ("high", turned(answers), 100 - level)):
            model = replace(of_loyalty(better), targets=(("Complaints", aim),))
            result = cs.Study(model, frame, uncertainty=cs.Linearised()).run(progress=False)
            parts.append((result.targets(), result.target_drivers()))
        (said, drives), (other, others) = parts
        assert said["probability"].to_numpy() == pytest.approx(other["probability"].to_numpy(), abs=1e-6)
        assert said["distance"].to_numpy() == pytest.approx(-other["distance"].to_numpy(), abs=1e-6)
        assert drives["rise"].to_numpy() == pytest.approx(others["rise"].to_numpy(), abs=1e-4)


def test_the_colour_of_a_difference_follows_its_sign_and_what_is_better(answers: pd.DataFrame) -> None:
    lang = lang_of(cs.Study("acsi", answers, uncertainty=None).run(progress=False).content, "en")
    row = {"difference": 2.0, "difference_low": 1.0, "difference_high": 3.0, "p_adj": 0.01, "different": True}
    assert (against(row, lang).kind, against(row, lang).sign) == ("num against above", "▲")
    assert (against(row, lang, -1).kind, against(row, lang, -1).sign) == ("num against below", "▲")


def test_the_figure_of_groups_shows_the_current_wave_alone(answers: pd.DataFrame) -> None:
    frame = answers.assign(year=np.repeat([2025, 2026], 500))
    result = cs.Study("acsi", frame, by="company", wave="year", uncertainty=None).run(progress=False)
    drawn = result.figures.groups().data
    assert sorted(drawn["company"]) == list("abcde")
    now = result.index().query("year == 2026 and construct == 'Satisfaction'")["index"]
    assert sorted(drawn["index"]) == pytest.approx(sorted(now.tolist()))


def test_no_map_of_a_flagged_model(answers: pd.DataFrame) -> None:
    content = cs.Study("acsi", answers, uncertainty=None).run(progress=False).content
    tables = {**content.tables, "drivers": content.tables["drivers"].assign(status="inadmissible")}
    with pytest.raises(cs.DataError, match="flagged"):
        Figures(replace(content, tables=tables)).importance_performance()

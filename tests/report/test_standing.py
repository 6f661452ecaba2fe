"""The number at the top: of the right unit and wave, with its change, and a word only where the interval allows it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from test_report_page import Reader

import csimodels as cs
from csimodels.report import render_html
from csimodels.report.closest import by_size
from csimodels.report.html.changes import changes, parts_of
from csimodels.report.html.table_views import lang_of
from csimodels.report.html.what_if import what_if
from csimodels.report.overview import overview
from csimodels.report.standing import standing
from csimodels.report.story.reading import Reading
from csimodels.report.story.year import sentences as year_sentences

WEIGHTS = "company,nation,weight\nA,Land,3\nB,Land,1\n"
SHIFT = {("A", 2025): 0, ("B", 2025): 0, ("A", 2026): 1, ("B", 2026): 0}


@pytest.fixture(scope="module")
def rolled(tmp_path_factory: pytest.TempPathFactory) -> cs.Result:
    """Two companies in two years; A rises by a point of the answers, B does not."""
    folder = tmp_path_factory.mktemp("waves")
    (folder / "weights.csv").write_text(WEIGHTS, encoding="utf-8")
    spec = "csi: 1\nextends: acsi\nrollup: {levels: [company, nation], weights: weights.csv}\n"
    (folder / "spec.yaml").write_text(spec, encoding="utf-8")
    parts = []
    for k, ((company, year), shift) in enumerate(SHIFT.items()):
        part = cs.simulate("acsi", 150, seed=40 + k).data
        items = [c for c in part if part[c].between(1, 10).all() and c != "COMP1"]
        part[items] = (part[items] - 1 + shift).clip(1, 10)
        parts.append(part.assign(company=company, year=year))
    data = pd.concat(parts, ignore_index=True)
    study = cs.Study(folder / "spec.yaml", data, by="company", wave="year", uncertainty=cs.Linearised())
    return study.run(progress=False)


def row(table: pd.DataFrame, **named: object) -> pd.Series:
    for column, value in (named | {"construct": "Satisfaction"}).items():
        table = table[table[column] == value]
    assert len(table) == 1
    return table.iloc[0]


def test_the_number_is_that_of_the_top_of_the_roll_up_in_the_latest_wave(rolled: cs.Result, tmp_path: Path) -> None:
    top = standing(rolled.content)
    index = rolled.index().query("year == 2026 and construct == 'Satisfaction'").set_index("company")["index"]
    assert top.index == pytest.approx(0.75 * index["A"] + 0.25 * index["B"], abs=1e-9)
    assert (top.unit, top.wave, top.before_wave) == ("Land", "2026", "2025")
    assert top.index != pytest.approx(row(rolled.whole.index())["index"], abs=0.1)
    change = row(rolled.changes(), unit="Land")
    assert [top.change, top.change_low, top.change_high] == [change["change"], change["low"], change["high"]]
    cs.save(rolled, tmp_path / "out", report=False)
    again = cs.load_result(tmp_path / "out")
    assert standing(again.content) == top
    pd.testing.assert_frame_equal(again.changes(), rolled.changes(), check_dtype=False)


def test_a_wave_that_is_named_is_reported_and_no_later_one(rolled: cs.Result) -> None:
    content = rolled.content
    wave = replace(content.model.data.wave, current=2025)
    model = replace(content.model, data=replace(content.model.data, wave=wave))
    top = standing(replace(content, model=model))
    assert (top.wave, top.before_wave) == ("2025", "")
    assert top.index == pytest.approx(row(rolled.rollup(), unit="Land", year=2025)["index"])
    assert np.isnan(top.change)


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [(0.2, 1.9, "It was lower in 2025"), (-1.9, -0.2, "It was higher in 2025"), (-0.2, 1.9, "No significant change")],
)
def test_a_change_is_called_one_only_by_its_interval(rolled: cs.Result, low: float, high: float, said: str) -> None:
    content = rolled.content
    table = content.tables["changes"].assign(low=low, high=high)
    page = Reader(render_html(replace(content, tables={**content.tables, "changes": table}), "en"))
    phrases = ("It was lower in", "It was higher in", "No significant change")
    told = [text for text in page.texts if text.startswith(phrases)]
    assert len(told) == 1
    assert told[0].startswith(said)
    assert any("no significant change from" in text for text in page.texts) == (low < 0 < high)


def test_the_page_shows_the_units_above_and_folds_the_companies(rolled: cs.Result) -> None:
    content = rolled.content
    upper, companies = parts_of(content)
    assert upper is not None
    assert companies is not None
    assert (list(upper["unit"]), sorted(companies["unit"])) == (["Land"], ["A", "B"])
    shown = changes(content, lang_of(content, "zh"))
    assert shown is not None
    assert len(shown.table.rows) == 1
    assert [len(block.table.rows) for block in shown.folded] == [2]
    assert "2次比较" in shown.sentences[0]


def test_without_a_roll_up_the_change_is_that_of_all_respondents() -> None:
    data = pd.concat(
        [cs.simulate("acsi", 120, seed=k).data.assign(company="AB"[k % 2], year=2025 + k // 2) for k in range(4)],
        ignore_index=True,
    )
    result = cs.Study("acsi", data, by="company", wave="year", uncertainty=cs.Linearised()).run(progress=False)
    top = standing(result.content)
    assert (top.unit, top.wave) == ("", "2026")
    assert top.index == pytest.approx(row(result.tables()["wave_index"], year=2026)["index"])
    assert top.change == pytest.approx(row(result.tables()["wave_changes"])["change"])
    heads = [block.title for block in changes(result.content, lang_of(result.content, "en")).folded]  # type: ignore[union-attr]
    assert heads == ["2025 to 2026: company"]
    alone = cs.Study("acsi", data, wave="year", uncertainty=cs.Linearised()).run(progress=False)
    assert standing(alone.content).change == pytest.approx(top.change)


def test_nothing_is_compared_with_a_flagged_number_of_the_wave_before(rolled: cs.Result) -> None:
    content, state = rolled.content, "left out, with share of the weight: B (25.0 %)"
    table = content.tables["rollup"]
    before = (table["unit"] == "Land") & (table["year"] == 2025)
    assert standing(content).before_status == ""
    flagged = table.assign(status=table["status"].where(~before, state))
    other = replace(content, tables={**content.tables, "rollup": flagged})
    top = standing(other)
    assert np.isnan(top.change) and (top.status, top.before_wave, top.before_status) == ("", "2025", state)
    said = f"The number of 2025 is flagged ({state}): nothing is compared with it."
    assert str(year_sentences(Reading(other, lang_of(other, "en")))[1]) == said
    assert any(said in text for text in Reader(render_html(other, "en")).texts)


def test_what_if_starts_from_the_number_that_is_shown(rolled: cs.Result) -> None:
    content = rolled.content
    made = what_if(content, lang_of(content, "en"))
    own = rolled.rollup_drivers().query("unit == 'Land' and year == 2026").set_index("driver")
    assert made is not None and float(made.index) == pytest.approx(standing(content).index, rel=1e-5)
    shown = {slider.name: (float(slider.at), float(slider.effect)) for slider in made.drivers}
    for name in content.table("drivers")["driver"]:
        want = own.loc[name, ["performance", "importance"]].tolist()
        assert shown[content.model.label(name, "en")] == pytest.approx(want, rel=1e-5)
    assert "Levels and effects of the drivers are those of Land here" in made.remark
    tables = {name: table for name, table in content.tables.items() if name != "rollup_drivers"}
    pooled = what_if(replace(content, tables=tables), lang_of(content, "en"))
    assert pooled is not None and "those of all respondents together" in pooled.remark


def test_drivers_stand_in_one_order_also_with_an_unexpected_sign(rolled: cs.Result) -> None:
    content = rolled.content
    table = content.tables["drivers"]
    changed = [-9.0, *range(1, len(table))]
    turned = table.assign(
        importance=changed, importance_low=np.add(changed, -0.5), importance_high=np.add(changed, 0.5)
    )
    other = replace(content, tables={**content.tables, "drivers": turned})
    names = [content.model.label(str(row["driver"]), "en") for row in by_size(other)]
    assert names[0] == content.model.label(str(table["driver"].iloc[0]), "en")
    lines = [str(line).strip() for line in overview(other, "en", 120)]
    lines = lines[next(k for k, line in enumerate(lines) if line.startswith("Drivers of")) :]
    places = [next(k for k, line in enumerate(lines) if line.startswith(name + " ")) for name in names[:3]]
    assert places == sorted(places)

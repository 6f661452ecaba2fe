"""The catalogue of tables: results, refusals, page and workbook follow it."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import csimodels as cs
from csimodels.errors import SpecError
from csimodels.report import render_html, write_xlsx
from csimodels.spec import Model, load_model
from csimodels.study.notes import OF_STATEMENTS, refuse_names
from csimodels.tables import catalogue
from csimodels.tables.catalogue import CATALOGUE, OTHERS, taken_names
from csimodels.tables.columns import COLUMNS, Column
from csimodels.tables.of_joint import JOINT_TABLES
from csimodels.tables.of_plans import PLAN_TABLES
from csimodels.tables.table import Table, take

calamine = pytest.importorskip("python_calamine")


@pytest.fixture(scope="module")
def answers() -> pd.DataFrame:
    """Four companies, two years."""
    frame = cs.simulate("acsi", 480, seed=5).data
    i = np.arange(len(frame))
    return frame.assign(company=np.array(["Ann", "Bob", "Cy", "Dee"])[i % 4], year=2025 + i // 240)


@pytest.fixture(scope="module")
def rolled(answers: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> cs.Result:
    """A result with every table of PLS: groups, waves, a roll-up of three levels, changes."""
    folder = tmp_path_factory.mktemp("rolled")
    rows = [("Ann", "A", "X", 0.5), ("Bob", "A", "X", 0.5), ("Cy", "B", "X", 0.3), ("Dee", "B", "X", 0.7)]
    weights = pd.DataFrame(rows, columns=["company", "industry", "nation", "weight"])
    weights.to_csv(folder / "weights.csv", index=False)
    (folder / "spec.yaml").write_text(
        "csi: 1\nextends: acsi\ndata: {by: [company, year]}\n"
        "rollup: {levels: [company, industry, nation], weights: weights.csv}\nuncertainty: {method: linearised}\n",
        encoding="utf-8",
    )
    return cs.Study(folder / "spec.yaml", answers).run(progress=False)


def of(estimator: str, by: str) -> Model:
    model = load_model("acsi")
    return replace(
        model,
        data=replace(model.data, by=(by,)),
        estimate=replace(model.estimate, estimator=estimator),  # type: ignore[arg-type]
    )


# ---- the catalogue is true ------------------------------------------------------------------------------------------


def declared_as_made(tables: dict[str, pd.DataFrame], by: tuple[str, ...]) -> set[str]:
    """Every table has the columns that its row declares, in that order, behind its group columns."""
    seen = set()
    for name, frame in tables.items():
        table = catalogue.find(name)
        assert table is not None, name
        own = [c for c in map(str, frame.columns) if c not in by]
        assert own == [c for c in table.column_names if c in own], name
        absent = {c.name for c in table.columns if not c.optional} - set(own)
        assert not absent or frame.empty, (name, absent)
        front = [str(c) for c in frame.columns][: len(frame.columns) - len(own)]
        assert set(front) <= set(by), name
        seen.add(table.name)
    return seen


def test_tables_have_the_columns_that_the_catalogue_declares(rolled: cs.Result) -> None:
    seen = declared_as_made(rolled.tables(), ("company", "year"))
    elsewhere = {"dimensions", "wave_index", "wave_changes", "wave_path_changes"}
    elsewhere |= {table.name for table in CATALOGUE if table.desk}
    assert {table.name for table in CATALOGUE if not table.covariance} == seen | elsewhere
    assert list(rolled.tables())[: len(seen)] == [table.name for table in CATALOGUE if table.name in seen]


def test_tables_of_covariance_structures_have_the_columns_that_the_catalogue_declares(answers: pd.DataFrame) -> None:
    result = cs.Study("acsi", answers, by="company", estimator="ml", uncertainty=None).run(progress=False)
    seen = declared_as_made(result.tables(), ("company",))
    assert {table.name for table in CATALOGUE if table.covariance} <= seen
    declared_as_made({"bollen_stine": result.bollen_stine(20)}, ("company",))


def test_tables_beside_the_model_and_of_waves_have_the_columns_that_the_catalogue_declares(
    answers: pd.DataFrame, tmp_path: Path
) -> None:
    path = tmp_path / "spec.yaml"
    path.write_text(
        "csi: 1\nextends: acsi\nindices: {Top: {kind: top_box, item: SAT1}}\n"
        "targets: {Satisfaction: {level: 80, move: [8, 9], item: SAT1}}\n"
        "what_if: {Quality: 2}\nbenchmark: true\ntrend: true\ndrivers: true\n"
        "effort: {costs: {Quality: 1, Value: 2}, budget: 20}\n"
        "gaps: {Q: {items: {QUA1: EXP1}}}\ndelivered_value: {values: [Quality], costs: [Expectation]}\n"
        "hierarchy: {Total: {of: [SAT1, SAT2], ahp: [[1, 3], [1/3, 1]]}}\n"
        "data: {by: [company], wave: year}\nreport: {answers: true}\nuncertainty: {method: linearised}\n",
        encoding="utf-8",
    )
    result = cs.Study(path, answers).run(progress=False)
    seen = declared_as_made(result.tables(), ("company", "year"))
    apart = {"change_sectors", "item_shares", "agreement", "penalty_reward", "kano", "focus", "focus_drivers"}
    moves = {"transition", "states", "transition_tests"}
    apart |= moves | {f"wave_{name}" for name in moves} | {"fuzzy", "classes", "simple_rollup"}
    apart |= {"concentration", "focus_classes", "behaviour", "behaviour_at", "behaviour_calibration"}
    beside = {table.name for table in CATALOGUE if table.desk and not table.asked}
    assert beside - apart | {"wave_index", "wave_changes"} <= seen
    page = render_html(result.content, "zh")
    for words in ("简单指数", "回答分布", "各期全体受访者", "全体受访者的变化"):
        assert words in page
    with pytest.raises(SpecError, match='"top2" has the name of a column'):
        cs.Study(path, answers.rename(columns={"company": "top2"}), by="top2")


@pytest.mark.parametrize("how", ["disjoint", "repeated"])
def test_dimensions_are_there_where_a_construct_is_fitted_in_stages(how: str, tmp_path: Path) -> None:
    path = tmp_path / "spec.yaml"
    path.write_text(f"csi: 1\nextends: three-level-template\nestimate: {{higher_order: {how}}}\n", encoding="utf-8")
    data = cs.simulate("three-level-template", 200, seed=2).data
    result = cs.Study(path, data, uncertainty=None).run(progress=False)
    assert ("dimensions" in declared_as_made(result.tables(), ())) == (how == "disjoint")
    page = render_html(result.content, "en")
    assert ("t-dimensions" in page) == (how == "disjoint")


def test_tables_that_no_folder_holds(rolled: cs.Result) -> None:
    compared = [str(c) for c in cs.compare(rolled, rolled).columns if c not in ("company", "year")]
    assert compared == list(catalogue.find("comparison").column_names)  # type: ignore[union-attr]
    scores = [str(c) for c in rolled.scores().columns]
    assert scores == ["row", "company", "year", *rolled.model.construct_names]
    joint = {table.name for table in (*JOINT_TABLES, *PLAN_TABLES)}  # tests/study, tests/cli
    assert {t.name for t in OTHERS} - joint == {
        "comparison",
        "compared_paths",
        "scores",
        "bollen_stine",
        "codebook",
        "codebook_levels",
        "specs",
    }


def test_a_column_is_one_thing_everywhere_unless_a_table_says_otherwise() -> None:
    assert all(name == column.name for name, column in COLUMNS.items())
    names = [table.name for table in (*CATALOGUE, *OTHERS)]
    assert len(names) == len(set(names))
    for table in (*CATALOGUE, *OTHERS):
        assert len(set(table.column_names)) == len(table.columns), table.name
        assert all(
            (column.shown_as == "words") == bool(column.words) or column.shown_as == "label" for column in table.columns
        ), table.name
        assert not table.name.startswith(("group_", "overall_")), "names that the report and the folder give"


# ---- group columns --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("table", [t for t in (*CATALOGUE, *OTHERS) if t.keyed], ids=lambda t: t.name)
def test_a_group_column_with_the_name_of_a_column_is_refused(table: Table) -> None:
    for name in set(table.column_names) - OF_STATEMENTS:
        with pytest.raises(SpecError, match=f'"{name}" has the name of a column of the result tables'):
            refuse_names(replace(of("ml", name), targets=(("Satisfaction", 80.0),)))


def test_a_group_column_may_be_called_like_a_part_of_a_statement() -> None:
    """Tables of parameters show it as op_group: tests/cases has a survey of operators."""
    for name in OF_STATEMENTS:
        refuse_names(of("ml", name))


def test_names_that_only_covariance_structures_use_stay_free_for_others() -> None:
    own = taken_names(covariance=True) - taken_names(covariance=False)
    assert {"label", "measure", "est", "free", "kind"} <= own
    for name in own:
        refuse_names(of("pls", name))
    refuse_names(of("ml", "step"))  # of the log of the survey, which has no group columns


def test_refused_before_anything_is_written(answers: pd.DataFrame, tmp_path: Path) -> None:
    with pytest.raises(SpecError, match='"label" has the name of a column'):
        cs.Study("acsi", answers.rename(columns={"company": "label"}), by="label", estimator="ml")


def test_a_result_that_cannot_be_stored_leaves_no_half_written_folder(
    rolled: cs.Result, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(self: cs.Result) -> dict[str, pd.DataFrame]:
        raise RuntimeError("broken")

    monkeypatch.setattr(cs.Result, "tables", broken)
    with pytest.raises(RuntimeError, match="broken"):
        cs.save(rolled, tmp_path / "out")
    assert not (tmp_path / "out").exists()


# ---- page and workbook ----------------------------------------------------------------------------------------------


def sheet(path: Path, name: str) -> list[list[object]]:
    return list(calamine.CalamineWorkbook.from_path(path).get_sheet_by_name(name).to_python())


def test_the_sheet_of_changes_is_chinese_and_formatted(rolled: cs.Result, tmp_path: Path) -> None:
    path = write_xlsx(rolled.content, tmp_path / "tables.xlsx", "zh")
    head, first, *_ = sheet(path, "变化")
    assert [h for h in head if re.search("[A-Za-z]{3}", str(h))] == []
    assert head[5:7] == ["潜变量", "潜变量: 标签"] and first[head.index("差异显著")] in ("是", "否")


def nps(self: cs.Result) -> pd.DataFrame:
    """A toy of a new table: a score for every group."""
    frame = pd.DataFrame({"company": ["Ann", "Bob"], "construct": ["Loyalty", "Value"], "nps": [12.345, np.nan]})
    return frame.assign(nps_low=[1.0, np.nan], nps_high=[20.0, np.nan], p=[0.0001, 0.5], mood=["good", "bad"])


def test_a_new_table_is_one_row_and_one_method(
    rolled: cs.Result, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No view, no map: the page has it under further tables, the workbook as a sheet, the folder as a file."""
    row = Table(
        "nps",
        "Score of moods",
        (
            *take("construct"),
            Column("nps", "Promoters less detractors", "change"),
            Column("nps_low", "Lower", "change", True),
            Column("nps_high", "Upper", "change", True),
            *take("p"),
            Column("mood", "Mood", "words", words={"good": "small", "bad": "large"}),
        ),
        of_groups="only",
        method="nps",
        about="Who would recommend the company.",
    )
    monkeypatch.setattr(catalogue, "CATALOGUE", (*CATALOGUE, row))
    monkeypatch.setattr(cs.Result, "nps", nps, raising=False)
    result = replace(rolled)  # a fresh one, as content is made once
    assert list(result.tables()["nps"].columns) == list(nps(result).columns)
    with pytest.raises(SpecError, match='"mood" has the name of a column'):
        refuse_names(of("pls", "mood"))
    page = render_html(result.content, "zh")
    assert 'href="#zh-appendix">其他表格</a>' in page
    table = page[page.index('class="sortable t-nps') :]
    table = table[: table.index("</table>")]
    text = re.sub("<[^>]+>", "|", table)
    for shown in ("Promoters less detractors", "12.3", "[1.0, 20.0]", "<0.001", "–", "小", "大", "Ann"):
        assert shown.replace("<", "&lt;") in text, shown
    assert "Who would recommend the company." in page
    path = write_xlsx(result.content, tmp_path / "tables.xlsx", "zh")
    head, first, second = sheet(path, "Score of moods")
    assert head[:4] == ["company", "潜变量", "潜变量: 标签", "Promoters less detractors"]
    assert first[0] == "Ann" and first[3] == 12.345 and first[-1] == "小" and second[-1] == "大"
    cs.save(result, tmp_path / "out", report=False)
    assert (tmp_path / "out" / "tables" / "nps.csv").is_file()


def test_a_long_table_of_the_appendix_stays_in_the_workbook(rolled: cs.Result, monkeypatch: pytest.MonkeyPatch) -> None:
    row = Table("long", "Long", take("construct index"), of_groups="only", method="long")
    monkeypatch.setattr(catalogue, "CATALOGUE", (*CATALOGUE, row))
    frame = pd.DataFrame({"construct": ["Value"] * 1001, "index": 50.0})
    monkeypatch.setattr(cs.Result, "long", lambda self: frame, raising=False)
    page = render_html(replace(rolled).content, "en")
    assert "1,001 rows: in the workbook and in the folder of tables." in page and "t-long" not in page

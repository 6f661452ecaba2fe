"""Names of groups, levels, units, waves and columns: the reader's words everywhere, raw names in files."""

from __future__ import annotations

import csv
import html
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
import yaml
from telling import told

import csimodels as cs
from csimodels.i18n import speak
from csimodels.messages import Cell, ColumnName, Message, Value, as_json, cells, columns, from_json, say
from csimodels.report import write_html, write_xlsx
from csimodels.report.html.changes import changes
from csimodels.report.html.table_views import lang_of
from csimodels.report.wording import Names
from csimodels.screen import print_screen
from csimodels.terminal import print_result

ROOT = Path(__file__).parents[2]
LEVELS = {"company": "企业", "industry": "行业", "sector": "部门", "nation": "国家"}


def raw_names() -> dict[str, list[str]]:
    """The units of the national demo by level."""
    with (ROOT / "data" / "demo-weights.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    return {level: list(dict.fromkeys(row[level] for row in rows)) for level in LEVELS}


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> cs.Result:
    """The national demo with Chinese labels for every column, level, unit and wave."""
    spec = yaml.safe_load((ROOT / "models" / "demo.yaml").read_text(encoding="utf-8"))
    spec["data"]["file"] = str(ROOT / "data" / "demo-national.csv")
    spec["rollup"]["weights"] = str(ROOT / "data" / "demo-weights.csv")
    spec["labels"] = {"year": {"zh": "年份", "2025": {"zh": "去年"}, "2026": {"zh": "今年"}}}
    for level, units in raw_names().items():
        named = {unit: {"zh": f"{LEVELS[level]}之{chr(0x4E00 + i)}"} for i, unit in enumerate(units)}
        spec["labels"][level] = {"zh": LEVELS[level], **named}
    path = tmp_path_factory.mktemp("labels") / "demo.yaml"
    path.write_text(yaml.safe_dump(spec, allow_unicode=True), encoding="utf-8")
    return cs.Study(path).run()


@pytest.fixture
def chinese() -> Iterator[None]:
    speak("zh")
    yield
    speak("en")


def names_left(text: str) -> set[str]:
    """Raw names of units and columns, and ``column = value``, that a text still holds (``p = 0.04`` is none)."""
    every = {name for units in raw_names().values() for name in units} | {*LEVELS, "year"}
    found = {name for name in every if re.search(rf"(?<![\w.-]){re.escape(name)}(?![\w.-])", text)}
    return found | set(re.findall(r"[a-z]{2,} = .*", text))


def test_chinese_page_has_no_raw_name(result: cs.Result, tmp_path: Path) -> None:
    page = write_html(result.content, tmp_path / "r.html", ["zh"]).read_text(encoding="utf-8")
    body = re.sub(r"<(script|style).*?</\1>", "", page[page.index("<body") :], flags=re.DOTALL)
    assert names_left(html.unescape(re.sub(r"<[^>]+>", "\n", body))) == set()
    assert "企业之一" in page
    assert "年份 去年" in page


def test_chinese_workbook_has_no_raw_name(result: cs.Result, tmp_path: Path) -> None:
    calamine = pytest.importorskip("python_calamine")
    book = calamine.CalamineWorkbook.from_path(write_xlsx(result.content, tmp_path / "t.xlsx", "zh"))
    left = {
        sheet: found
        for sheet in book.sheet_names
        if (found := names_left("\n".join(str(x) for row in book.get_sheet_by_name(sheet).to_python() for x in row)))
    }
    assert left == {}


@pytest.mark.usefixtures("chinese")
def test_chinese_terminal_has_no_raw_name(result: cs.Result, capsys: pytest.CaptureFixture[str]) -> None:
    for show in (print_screen, print_result):
        show(result)
        shown = capsys.readouterr().out
        assert names_left(shown) == set()
        assert "国家之一 · 今年" in shown


def test_files_keep_raw_names(result: cs.Result, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    cs.save(result, folder, report=False)
    index = pd.read_csv(folder / "tables" / "index.csv")
    assert {"company", "year"} <= set(index.columns)
    assert "Hectare Foods" in set(index["company"])
    again = cs.load_result(folder)
    assert again.notes == result.notes
    assert Names(again.model, "zh").cell("year", 2026) == "年份 今年"


def test_names_inside_messages_survive_storage() -> None:
    note = Message(
        "{a}; {b}; {c}", a=cells(["bank", "year"], ["Harbour", 2026]), b=Value("North", "region"), c=columns(["w"])
    )
    assert note == "bank = Harbour, year = 2026; North; w"
    back = from_json(json.loads(json.dumps(as_json(note))))
    told = say(back, str, lambda name: f"<{type(name).__name__} {getattr(name, 'column', '')} {name}>")
    assert told == "<Cell bank bank = Harbour>, <Cell year year = 2026>; <Value region North>; <ColumnName  w>"
    assert (Cell("a", 1).value, ColumnName("a")) == ("1", "a")


def test_waves_that_are_years_are_written_alike_in_sentences_and_cells() -> None:
    content = told(((1.0, 0.4), (0.6, 0.4)))
    rows = pd.DataFrame({"company": ["2021"], "year": [2021], "from": ["2020"], "to": ["2021 I"], "n": [2021]})
    chinese, english = (Names(content.model, lang) for lang in ("zh", "en"))
    assert chinese.frame(rows).loc[0].tolist() == ["2021", "2021年", "2020年", "2021 I", 2021]
    assert english.frame(rows).equals(rows)
    assert chinese.value("year", 2021) == chinese.wave(2021) == chinese.cell("year", 2021) == "2021年"


def test_changes_of_all_respondents_bear_their_name() -> None:
    content = told(((1.0, 0.4), (0.6, 0.4)))
    for lang, name in (("en", "All respondents"), ("zh", "全体受访者")):
        found = changes(content, lang_of(content, lang))
        assert found is not None and [row[0].text for row in found.table.rows] == [name]


def test_competitors_go_by_their_labels() -> None:
    spec = cs.load_model(Path(__file__).parents[2] / "models" / "tcsi-demo.yaml")
    unit = spec.decisions.benchmark.unit if spec.decisions.benchmark else ""
    labels = dict(spec.labels)[unit].values
    raw = next(value for value, text in labels if text.en != value)
    shown = Names(spec, "en").frame(pd.DataFrame({"best_other": [raw, ""], "competitor": [raw, raw]}))
    assert shown["best_other"].tolist() == [spec.label_of(unit, raw, "en"), ""]
    assert set(shown["competitor"]) == {spec.label_of(unit, raw, "en")}


@pytest.mark.parametrize("suffix", [".sav", ".dta"])
def test_value_labels_of_the_file_name_the_groups(tmp_path: Path, suffix: str) -> None:
    stat = pytest.importorskip("pyreadstat")
    data, file = cs.simulate("ecsi", 240, seed=4).data.assign(sex=[1, 2] * 120), tmp_path / f"d{suffix}"
    write = stat.write_sav if suffix == ".sav" else stat.write_dta
    write(data, str(file), variable_value_labels={"sex": {1: "男", 2: "女"}})
    spec = {
        "csi": 1,
        "extends": "ecsi",
        "data": {"file": file.name, "by": "sex"},
        "labels": {"sex": {"zh": "性别", "en": "Sex"}},
        "uncertainty": {"method": "none"},
    }
    path = tmp_path / "s.yaml"
    path.write_text(yaml.safe_dump(spec, allow_unicode=True), encoding="utf-8")
    content = cs.Study(path).run().content
    page = write_html(content, tmp_path / "r.html", ["zh"]).read_text(encoding="utf-8")
    assert re.search(r"<th[^>]*>(<[^>]+>)*性别", page)
    assert ">男<" in page
    assert "sex = " not in page


def test_a_group_that_is_called_by_its_column_is_not_told_twice() -> None:
    data = (
        "{columns: {}, by: company}",
        "{company: {en: Company, zh: 企业, c1: {en: Company 007, zh: 企业007}, c2: {en: Companyline, zh: 长城}}}",
    )
    model = cs.parse_model(f"csi: 1\nextends: ncsb\ndata: {data[0]}\nlabels: {data[1]}\n")
    called = [Names(model, lang).cell("company", value) for value in ("c1", "c2") for lang in ("en", "zh")]
    assert called == ["Company 007", "企业007", "Company Companyline", "企业 长城"]

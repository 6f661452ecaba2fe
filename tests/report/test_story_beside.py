"""Simple indices and the top of the hierarchy by unit: who stands first, who differs and who changed, by the tests."""

from __future__ import annotations

import re
import zipfile
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from telling import told

from csimodels.errors import SpecError
from csimodels.report import Figures
from csimodels.report.content import Content
from csimodels.report.html.table_views import lang_of
from csimodels.report.simple_content import content_about, simple_names
from csimodels.report.story.beside import beside as told_beside
from csimodels.report.story.reading import Reading
from csimodels.report.workbook.book import write_xlsx
from csimodels.spec import dump_model, load_model, parse_model
from csimodels.spec.desk import DeskSections, HierarchyNode
from csimodels.spec.model import SimpleIndex, Text

KINDS = {"Net": "nps", "Top2": "top_box", "Angry": "share", "Total": "hierarchy", "Network": "hierarchy"}
LABELS = {"Net": ("Net promoter score", "净推荐值"), "Top2": ("Very satisfied", "很满意的比例"),
          "Angry": ("Complained", "投诉率")}  # fmt: skip


def beside(data: Content, *names: str, rolled: bool = False) -> Content:
    """`data` with simple indices and nodes that have the numbers of its index construct."""
    names = names or tuple(KINDS)
    tables, target = dict(data.tables), data.model.index.construct

    def of(frame: pd.DataFrame | None, column: str, wanted: tuple[str, ...]) -> pd.DataFrame:
        if frame is None or frame.empty:
            return pd.DataFrame()
        mine = frame[frame["construct"] == target]
        parts = [mine.assign(construct=name).rename(columns={"construct": column}) for name in wanted]
        return pd.concat(parts, ignore_index=True)

    simple = tuple(name for name in names if KINDS.get(name, "mean") != "hierarchy")
    nodes = tuple(name for name in names if name not in simple)
    for own, other in (("ranks", "simple_ranks"), ("differences", "simple_differences"), ("changes", "simple_changes"),
                       ("wave_changes", "wave_simple_changes"), ("rollup", "simple_rollup")):  # fmt: skip
        tables[other] = of(data.tables.get(own), "construct", names)
    kinds = {name: KINDS.get(name, "mean") for name in names}
    for prefix, frame in (("", data.tables["index"]), ("group_", data.groups)):
        made = of(frame, "name", simple).rename(columns={"index": "value"})
        tables[f"{prefix}indices"] = made.assign(kind=made["name"].map(kinds))
        if nodes:
            tables[f"{prefix}hierarchy"] = of(frame, "node", nodes).assign(parent="", depth=0, weight=1.0,
                                                                           effective_weight=1.0)  # fmt: skip
    indices = tuple(SimpleIndex(name, kinds[name], ("SAT1",), label=Text(*LABELS.get(name, (name, name))),
                                better="low" if name == "Angry" else "high") for name in simple)  # fmt: skip
    desk = DeskSections(hierarchy=(HierarchyNode("Total", ("Network", "SAT1")), HierarchyNode("Network", ("QUA1",))))
    model = replace(data.model, indices=indices, desk=desk if nodes else data.model.desk)
    return replace(data, model=model, tables={name: frame for name, frame in tables.items() if len(frame)})


def sections(data: Content, lang: str = "en") -> dict[str, str]:
    words = lang_of(data, lang)
    return {words.say(s.title): " ".join(map(words.say, s.sentences)) for s in told_beside(Reading(data, words))}


def with_leagues(data: Content, *names: str) -> Content:
    return replace(data, model=replace(data.model, report=replace(data.model.report, leagues=names)))


@pytest.mark.parametrize(
    ("values", "en", "zh"),
    [
        ((90, 80, 70, 60), "Ahorn leads with 90.0{}: by the interval of its rank it is ahead of all 3 others.",
         "Ahorn以90.0{}领先"),
        ((90, 89, 70, 60), "it is ahead of 2 of the 3 others and cannot be told apart from 1.",
         "Ahorn数值最高，为90.0{}"),
        ((90, 89.5, 89, 88.5), "Ahorn has the highest value, 90.0{}, but cannot be told apart from any of the 3 others",
         "但与其余3个均无法区分名次"),
    ],
)  # fmt: skip
def test_who_stands_first_by_the_interval_of_the_rank(values: tuple[float, ...], en: str, zh: str) -> None:
    data = beside(told(values=dict(zip(("Ahorn", "Buche", "Carex", "Distel"), values, strict=True))), "Net", "Top2")
    found, chinese = sections(data), sections(data, "zh")
    assert en.format("") in found["Net promoter score by company"]
    assert en.format("%") in found["Very satisfied by company"]
    assert zh.format("分") in chinese["净推荐值，按company"]
    assert zh.format("%") in chinese["很满意的比例，按company"]


def test_without_intervals_of_ranks_nothing_is_said_about_who_is_ahead() -> None:
    data = beside(told(), "Net", "Top2")
    ranks = data.tables["simple_ranks"].assign(rank_low=float("nan"), rank_high=float("nan"))
    found = sections(replace(data, tables={**data.tables, "simple_ranks": ranks}))
    assert "Ahorn has the highest value, 84.0; without intervals" in found["Net promoter score by company"]
    assert "Ahorn has the highest value, 84.0%; without intervals" in found["Very satisfied by company"]


def test_changes_are_told_as_tested_and_shares_in_percentage_points() -> None:
    quiet = sections(beside(told(), "Net", "Top2"))
    assert "None of 4 changed measurably after correction for 4 comparisons." in quiet["Net promoter score by company"]
    told_of = "The largest estimated rise is that of Ahorn, 0.5 points (interval"
    assert told_of in quiet["Net promoter score by company"]
    assert "The largest estimated rise is that of Ahorn, 0.5 percentage points" in quiet["Very satisfied by company"]
    moved = sections(beside(told(moves={"Buche": (-4.0, True)}), "Top2"))
    assert "1 of 4 fell measurably: Buche. This holds after correction" in moved["Very satisfied by company"]


def test_lower_is_better_where_the_index_says_so() -> None:
    text = sections(beside(told(), "Angry"))["Complained by company"]
    assert "Lower is better here: a fall of Complained is an improvement." in text
    assert text.startswith("Distel")


def test_a_single_wave_says_where_the_whole_stands() -> None:
    text = sections(beside(told(()), "Top2"))["Very satisfied by company"]
    assert "Very satisfied: 75.0% (interval 74.0 to 76.0)." in text
    assert "changed" not in text


def test_flagged_models_do_not_touch_what_needs_none() -> None:
    data = beside(told(), "Net")
    flagged = replace(data, tables={**data.tables, "paths": data.tables["paths"].assign(status="not converged")})
    assert sections(flagged) == sections(data)


def test_the_top_of_a_hierarchy_has_a_section_and_its_parts_only_where_asked_for() -> None:
    data = beside(told())
    assert list(sections(data)) == [f"{name} by company" for name in
                                    ("Net promoter score", "Very satisfied", "Complained", "Total")]  # fmt: skip
    assert list(sections(with_leagues(data, "Network", "Top2"))) == ["Network by company", "Very satisfied by company"]
    assert not sections(with_leagues(data))
    many = beside(told(), *(f"I{k}" for k in range(9)))
    assert len(sections(many)) == 6
    assert len(sections(with_leagues(many, *(f"I{k}" for k in range(9))))) == 9


def test_numbers_are_those_of_the_tables() -> None:
    data = beside(told(rolled=True), "Net", "Total")
    assert simple_names(data) == ("Net", "Total")
    picture = Figures(data).simple_league("Net")
    units = data.tables["simple_rollup"].query("construct == 'Net' and level == 'company' and year == 2021")
    assert dict(zip(picture.data["unit"], picture.data["index"], strict=True)) == pytest.approx(
        dict(zip(units["unit"], units["index"], strict=True))
    )
    assert "points from −100 to 100" in picture.subtitle
    assert "PLS" not in picture.caption
    about = content_about(data, "Total")
    assert set(about.table("index")["index"]) == set(data.tables["hierarchy"].query("node == 'Total'")["index"])
    assert Figures(data).simple_league().key == "league_Net"


def test_a_page_in_chinese_has_no_english_sentence() -> None:
    for text in sections(beside(told(rolled=True), "Net", "Top2", "Angry"), "zh").values():
        assert not re.search("[a-z]{4}", re.sub("Ahorn|Buche|Carex|Distel|Holm|company|sector", "", text))


def test_the_workbook_has_all_leagues_on_one_sheet(tmp_path: Path) -> None:
    pytest.importorskip("xlsxwriter")
    with zipfile.ZipFile(write_xlsx(beside(told(), "Net", "Top2"), tmp_path / "t.xlsx")) as parts:
        names = re.findall(r'<sheet name="([^"]+)"', parts.read("xl/workbook.xml").decode())
        place = names.index("Leagues of simple indices") + 1
        drawing = parts.read(f"xl/worksheets/_rels/sheet{place}.xml.rels").decode()
        drawn = parts.read(f"xl/drawings/{re.findall('drawings/(drawing[0-9]+.xml)', drawing)[0]}").decode()
    assert drawn.count("<c:chart ") == 2


SPEC = "csi: 1\nextends: acsi\nindices: {Top: {kind: top_box, item: SAT1}}\nreport: {leagues: %s}\n"


def test_the_key_of_the_spec(tmp_path: Path) -> None:
    model = parse_model(SPEC % "Top")
    assert model.report.leagues == ("Top",)
    assert model.hash == parse_model((SPEC % "Top").split("report")[0]).hash
    assert parse_model(dump_model(model)).report.leagues == ("Top",)
    assert parse_model(SPEC % "[]").report.leagues == ()
    with pytest.raises(SpecError, match="is no simple index and no node of the hierarchy"):
        parse_model(SPEC % "[Tob]")
    (tmp_path / "a.yaml").write_text(SPEC % "[Top, Top]", encoding="utf-8")
    with pytest.raises(SpecError, match="stands twice"):
        load_model(tmp_path / "a.yaml")

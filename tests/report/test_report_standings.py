"""Roll-up, ranks and differences on the page, in the workbook and as figures."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import sample
from test_report_page import Reader
from test_report_quality import Tables
from test_report_workbook import sheets

from csimodels.errors import DataError
from csimodels.report import Figures, render_html, translator, write_html, write_xlsx
from csimodels.report.content import Content
from csimodels.report.figures.canvas import chinese_font
from csimodels.report.figures.picture import Picture
from csimodels.report.figures.scene import Dot
from csimodels.report.figures.scene import Text as Words
from csimodels.report.group_order import FEW_UNITS, league, rolled_units
from csimodels.report.html.table_views import zoomed
from csimodels.report.workbook import sheet as worksheet
from csimodels.spec.model import ColumnLabels, RollupSpec, Text

NATION = list(sample.NATION)


@pytest.fixture(scope="module")
def english() -> Reader:
    return Reader(render_html(sample.rolled_content(), "en"))


def table_of(data: Content, name: str, lang: str = "en") -> list[dict[str, tuple[str, str, str]]]:
    """Rows of the tables called `name` by heading: (text, classes, title)."""
    head: list[tuple[str, str, str]] = []
    out = []
    for row in Tables(render_html(data, lang)).tables[name]:
        if not head or row[0][0] == head[0][0]:
            head = row
        else:
            out.append(dict(zip((h[0] for h in head), row, strict=True)))
    return out


def test_every_unit_stands_under_the_one_it_belongs_to() -> None:
    (wave,) = rolled_units(sample.rolled_content())
    assert list(zip(wave.rows["unit"], wave.rows["depth"], strict=True)) == [
        ("Land", 0), ("Finance", 1), ("Banks", 2), ("Northgate", 3), ("Harbour Trust", 3), ("Insurance", 2),
        ("Alpine", 3), ("Telecoms", 1), ("Mobile", 2), ("Meridian", 3), ("Lotus", 3),
    ]  # fmt: skip


def test_same_names_in_different_sectors_keep_their_own_members() -> None:
    rows = [
        ("company", "A", "Other"), ("company", "B", "Banks"), ("company", "C", "Other"), ("industry", "Other", "S1"),
        ("industry", "Banks", "S2"), ("industry", "Other", "S2"), ("sector", "S1", "Land"), ("sector", "S2", "Land"),
        ("nation", "Land", ""),
    ]  # fmt: skip
    frame = pd.DataFrame([sample._rolled(*row, 70.0) for row in rows])
    data = sample.rolled_content()
    (wave,) = rolled_units(replace(data, tables=data.tables | {"rollup": frame}))
    assert list(wave.rows["unit"]) == ["Land", "S1", "Other", "A", "S2", "Banks", "B", "Other", "C"]


def test_roll_up_shows_numbers_shares_and_what_was_left_out(english: Reader) -> None:
    rows = {row["Unit"][0]: row for row in table_of(sample.rolled_content(), "rollup")}
    assert rows["Land"]["Index"][0] == "71.5"
    assert rows["Land"]["95% interval"][0] == "[69.5, 73.5]"
    assert rows["Land"]["Share of the weight"][0] == "–"
    assert rows["Banks"]["Share of the weight"][0] == "50.0%"
    assert "Old Mutual (12.5 %)" in rows["Insurance"]["Status"][0]
    assert "badge" in rows["Insurance"]["Status"][1]
    assert [rows[u]["Unit"][1].split()[-1] for u in ("Land", "Finance", "Banks", "Alpine")] == ["d0", "d1", "d2", "d3"]
    assert rows["Alpine"]["Members"][0] == "–"
    assert english.texts[english.texts.index("Land") : english.texts.index("Land") + 2] == ["Land", "71.5"]
    assert any(text.startswith("It is the mean of the members of Land") for text in english.texts)


def test_ranking_shows_intervals_of_ranks_and_marks_differences() -> None:
    rows = table_of(sample.rolled_content(), "ranks")[: len(NATION)]
    assert [row["company"][0] for row in rows] == NATION
    assert [row["Interval of the rank"][0] for row in rows][:3] == ["[1, 2]", "[1, 3]", "[2, 4]"]
    assert rows[0]["First places"][0] == "62%"
    marked = [row["Against its industry"] for row in rows]
    assert [text for text, _, _ in marked] == ["+4.0▲", "+1.0", "−2.0", "−5.0", "−8.0"]
    assert marked[0][1] == "num against above"
    assert {kind for _, kind, _ in marked[1:]} == {"num against same"}
    assert marked[0][2] == "above; +4.0 [2.0, 6.0]; p\u00a0value, corrected 0.040"


def test_a_lower_difference_is_marked_below_and_an_unknown_one_not_at_all() -> None:
    data = sample.rolled_content()
    tested = data.tables["differences"].copy()
    tested.loc[4, "different"] = True
    tested.loc[3, ["difference", "se", "df", "low", "high", "p", "p_adj"]] = np.nan
    rows = table_of(replace(data, tables=data.tables | {"differences": tested}), "ranks")[: len(NATION)]
    assert rows[4]["Against its industry"][:2] == ("−8.0▼", "num against below")
    assert rows[3]["Against its industry"][:2] == ("–", "num against")


@pytest.mark.parametrize(
    ("adjust", "said"),
    [("holm", "corrected for 5 comparisons by Holm"), ("bh", "by Benjamini-Hochberg"), ("none", "each by itself")],
)
def test_what_the_marks_mean_is_said_once(adjust: str, said: str) -> None:
    data = sample.rolled_content()
    spec = RollupSpec(("company", "industry", "sector", "nation"), adjust=adjust)  # type: ignore[arg-type]
    page = Reader(render_html(replace(data, model=replace(data.model, rollup=spec)), "en"))
    assert sum(said in text for text in page.texts) == 1
    assert sum("true rank of its own unit with 95% confidence" in text for text in page.texts) == 1


def test_units_of_every_parent_have_a_table_of_their_own(english: Reader) -> None:
    at = english.texts.index("Ranking within each unit: industry")
    rest = english.texts[at:]
    assert [t for t in rest if re.fullmatch(r"(Banks|Insurance|Mobile) \(\d\)", t)] == [
        "Banks (2)", "Insurance (1)", "Mobile (2)",
    ]  # fmt: skip
    rows = table_of(sample.rolled_content(), "ranks")[len(NATION) :]
    assert [row["Rank"][0] for row in rows] == ["1", "2", "1", "1", "2"]


def test_without_ranks_within_the_ranks_among_all_are_not_passed_off_as_such() -> None:
    data = sample.rolled_content()
    tables = {name: table for name, table in data.tables.items() if name != "ranks_within"}
    heads = [h[0] for h in Tables(render_html(replace(data, tables=tables), "en")).tables["groups"][0]]
    assert "Rank" not in heads
    assert "First places" not in heads
    assert {"company", "Index"} <= set(heads)


def test_waves_the_latest_first_and_open() -> None:
    data = sample.rolled_content()
    parts = [sample.national(year) for year in (2025, 2026)]
    both = {name: pd.concat([part[name] for part in parts], ignore_index=True) for name in parts[0]}
    both["rollup"].loc[both["rollup"]["year"] == 2025, "index"] = 50.0
    by = ("company", "year")
    groups = sample.groups(tuple(NATION), "company").assign(year=2026)[["company", "year", *data.groups.columns[1:]]]
    data = replace(data, tables=data.tables | both, groups=groups, group_by=by, group_paths=None)
    page = Reader(render_html(data, "en"))
    titles = [text for text in page.texts if text.startswith("year = ")]
    assert titles == ["year = 2026", "year = 2025"] * 2
    at = page.texts.index("Land · 2026")
    assert page.texts[at + 1] == "71.5"  # of the latest wave, whatever the order of the rows
    assert any("of all respondents of all waves together" in text for text in page.texts)
    assert [len(wave.rows) for wave in league(data)] == [5, 5]


def test_waves_of_a_labelled_column_are_called_by_their_labels() -> None:
    data = sample.rolled_content()
    labels = (("year", ColumnLabels(Text("Year", "年份"), (("2026", Text("the last", "末年")),))),)
    data = replace(data, model=replace(data.model, labels=labels), tables=data.tables | sample.national(2026))
    assert [wave.name for wave in rolled_units(data, "zh")] == ["年份 末年"]
    assert [wave.name for wave in rolled_units(data, "en")] == ["Year the last"]
    assert "year = " not in render_html(data, "zh")


def test_groups_without_a_roll_up_are_compared_with_the_others() -> None:
    names = ("Northgate", "Alpine", "Lotus")
    flat = {name: table.drop(columns=["level", "parent"]).rename(columns={"unit": "bank"})
            for name, table in sample.national(names=names).items() if name in ("ranks", "differences")}  # fmt: skip
    flat["differences"]["against"] = "others"
    data = replace(sample.content(), groups=sample.groups(names), group_paths=sample.group_paths(names))
    rows = table_of(replace(data, tables=data.tables | flat), "ranks")
    assert [row["bank"][0] for row in rows] == list(names)
    assert rows[0]["Against the others"][0] == "+4.0▲"
    assert "en-rollup" not in Reader(render_html(data, "en")).values("id")
    expected = sample.groups(names).query("construct == 'Satisfaction'").set_index("bank")["n"]
    assert [row["Respondents"][0] for row in rows] == [str(expected[name]) for name in names]


def test_names_of_groups_are_not_translated() -> None:
    names = ("read", "others", "margin")
    data = replace(sample.content(), groups=sample.groups(names), group_paths=None)
    shown = [row["bank"][0] for row in table_of(data, "groups", "zh")]
    assert sorted(shown) == sorted(names)


def large(companies: int) -> Content:
    """A nation with many companies in 40 industries."""
    names = tuple(f"Company {k:03d}" for k in range(companies))
    nation = {name: (f"Industry {k % 40:02d}", f"Sector {k % 8}", 1.0) for k, name in enumerate(names)}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sample, "NATION", nation)
        tables = sample.national(names=names)
    data = sample.content()
    groups = sample.groups(names, "company")
    return replace(data, tables=data.tables | tables, groups=groups, group_by=("company",), group_paths=None)


def test_many_companies_stay_readable() -> None:
    data = large(400)
    (wave,) = rolled_units(data)
    assert "company" not in set(wave.rows["level"])
    assert len(wave.rows) == 40 + 8 + 1 <= FEW_UNITS
    text = render_html(data, "en")
    page = Reader(text)
    assert page.values("data-limit") == ["40"]
    assert "Units of the lowest level (company) stand in the ranking." in " ".join(page.texts)
    assert text.count('<details class="inner"><summary>') == 40
    assert len(text) < 1_500_000


def test_workbook_has_sheets_for_the_comparisons(tmp_path: Path) -> None:
    data = sample.rolled_content()
    read = sheets(write_xlsx(data, tmp_path / "t.xlsx", "zh"))
    wanted = ["指数", "汇总", "排名", "单位内排名"]  # differences are columns beside the ranks
    assert [name for name in read if name in wanted] == wanted
    assert "汇总驱动因素" in read
    head, *rows = read["排名"]
    assert [row[head.index("差异显著")] for row in rows] == ["是", "否", "否", "否", "否"]
    assert read["汇总"][1][:3] == ["company", "Northgate", "Banks"]
    assert read["汇总"][-1][read["汇总"][0].index(translator("zh")("Interval"))] == "公式法，t分布"
    assert read["排名"][0][:3] == ["层级", "单位", "所属"]


def test_columns_at_once_are_what_cells_one_by_one_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    awkward = pd.DataFrame({
        "text": ["a", "=1", None, " b ", "<&>", ""], "x": [1.5, np.nan, -0.25, 1e300, 5e-324, 0.1 + 0.2],
        "whole": pd.array([1, None, 3, 4, 5, 2**53], dtype="Int64"), "flag": [True, False, True, None, True, False],
        "status": ["ok", "singular", "ok", "ok", "", "ok"], "p": [0.5, 1, 0, np.nan, np.inf, -np.inf],
    })  # fmt: skip
    frames = {"t": awkward, "none": awkward.iloc[:0], "index": sample.tables()["index"]}
    fast = sheets(write_xlsx(frames, tmp_path / "a.xlsx"))
    assert write_xlsx(frames, tmp_path / "b.xlsx").read_bytes() == (tmp_path / "a.xlsx").read_bytes()
    monkeypatch.setattr("csimodels.report.workbook.book.sheet_class", lambda: None)
    assert sheets(write_xlsx(frames, tmp_path / "c.xlsx")) == fast
    assert fast["t"][6][1] == pytest.approx(0.3, abs=1e-15)
    assert worksheet.sheet_class() is not None  # this version of xlsxwriter takes columns


def _rows(picture: Picture) -> tuple[list[Dot], list[str]]:
    """Dots from the top down, and the names left of them."""
    marks = picture.plot().marks
    dots = sorted((m for m in marks if isinstance(m, Dot) and m.said), key=lambda m: m.y)
    names = [m.said.split(":")[0] for m in dots]
    return dots, names


def test_figures_of_the_standings(tmp_path: Path) -> None:
    shown = Figures(sample.rolled_content())
    ranks = shown.ranks()
    assert ranks.data["rank"].tolist() == [1, 2, 3, 4, 5]
    ends = list(zip(ranks.data["rank_low"], ranks.data["rank_high"], strict=True))
    assert ends == [(1, 2), (1, 3), (2, 4), (3, 5), (4, 6)]
    assert ranks.title == "2 of 5 may be first: the intervals of their ranks reach to 1."
    dots, names = _rows(ranks)
    assert names == NATION
    steps = np.diff([dot.x for dot in dots])
    assert (steps > 0).all() and steps == pytest.approx([steps[0]] * 4)
    rolled = shown.rollup()
    dots, names = _rows(rolled)
    assert names[:2] == ["Land", "Finance"] and rolled.data["index"].iloc[0] == 71.5
    assert rolled.data["depth"].max() == 3
    left = {m.text: m.x for m in rolled.plot().marks if isinstance(m, Words)}
    assert left["Land"] < left["Finance"] < left["Banks"]
    assert rolled.title.startswith("Land stands at 71.5 of 100")
    for lang in ("en", "zh") if chinese_font() else ("en",):
        for figure in (shown.ranks(lang, "column", "dark"), shown.rollup(lang)):
            figure.save(tmp_path / "a.png", dpi=40)


def test_many_ranks_are_drawn_from_both_ends() -> None:
    ranks = Figures(large(400)).ranks()
    dots, _ = _rows(ranks)
    assert len(dots) == 40 and len(ranks.data) == 400
    assert "360 more" in ranks.svg()


def test_figures_that_cannot_be_are_refused() -> None:
    shown = Figures(sample.content())
    with pytest.raises(DataError, match="no roll-up"):
        shown.rollup()
    with pytest.raises(DataError, match="no ranks"):
        shown.ranks()


def test_a_comparison_without_its_columns_is_named() -> None:
    data = sample.rolled_content()
    with pytest.raises(DataError, match="ranks has no column rank_low"):
        replace(data, tables=data.tables | {"ranks": data.tables["ranks"].drop(columns="rank_low")})


def test_no_intervals_no_intervals_of_ranks() -> None:
    data = sample.rolled_content()
    lost = {name: sample.without_intervals(table, drop=False) for name, table in data.tables.items()}
    for name in ("ranks", "ranks_within"):
        lost[name][["rank_low", "rank_high", "p_first", "p_top3"]] = np.nan
    data = replace(data, tables=lost, groups=sample.without_intervals(data.groups, drop=False), group_paths=None)
    page = Reader(render_html(data, "en"))
    assert "Dots are indices. Without intervals, small differences between groups may be chance." in page.texts
    assert not {"Interval of the rank", "Against its industry"} & set(page.texts)  # the list of terms has the others
    assert not re.search(r"\bnan\b", " ".join(page.texts).lower())


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_names_of_units_are_inert(lang: str, tmp_path: Path) -> None:
    evil = "<script>alert(1)</script>"
    data = sample.rolled_content()
    tables = {name: table.replace({"Banks": evil, "Land": evil}) for name, table in data.tables.items()}
    path = write_html(replace(data, tables=tables), tmp_path / "r.html", (lang,))
    page = Reader(path.read_text(encoding="utf-8"))
    assert page.tags.count("script") == 1
    assert evil in page.texts


def test_design_effect_is_shown_where_the_sample_is_not_simple() -> None:
    shown = {True: [], False: []}
    for complex_ in shown:
        data = sample.content()
        facts = data.facts | ({} if complex_ else {"weights": "none"})
        shown[complex_] = Tables(render_html(replace(data, facts=facts), "en")).tables["index"][0]
    assert "Design effect" in [h[0] for h in shown[True]]
    assert "Design effect" not in [h[0] for h in shown[False]]


@pytest.mark.parametrize(
    ("values", "ends"), [((66.0, 99.5), (60, 100)), ((61.0, 84.0), (60, 90)), ((99.0, 99.9), (90, 100))]
)
def test_an_axis_of_indices_ends_at_100(values: tuple[float, float], ends: tuple[float, float]) -> None:
    scale = zoomed(pd.DataFrame({"index": values}))
    assert (scale.low, scale.high) == ends

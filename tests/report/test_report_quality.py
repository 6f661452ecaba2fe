from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest
import sample
from test_report_workbook import sheets

from csimodels.errors import DataError
from csimodels.report import render_html, write_xlsx
from csimodels.report.content import Content
from csimodels.report.html.measurement import subject_labels


class Tables(HTMLParser):
    """Cells of every table by class ``t-name``: (text, classes, title), row by row, the heading first."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: dict[str, list[list[tuple[str, str, str]]]] = {}
        self._rows: list[list[tuple[str, str, str]]] | None = None
        self._cell: tuple[str, str] | None = None
        self._text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "table":
            name = next(c for c in given["class"].split() if c.startswith("t-"))
            self._rows = self.tables.setdefault(name[2:], [])
        elif self._rows is not None and tag == "tr":
            self._rows.append([])
        elif tag in ("td", "th"):
            self._cell, self._text = (given.get("class", ""), given.get("title", "")), ""

    def handle_data(self, data: str) -> None:
        self._text += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "table":
            self._rows = None
        elif tag in ("td", "th") and self._cell and self._rows:
            self._rows[-1].append((self._text.strip(), *self._cell))
            self._cell = None


def with_quality(status: str = "ok") -> Content:
    data = sample.content()
    return replace(data, tables={**data.tables, "quality": sample.quality().assign(status=status)})


def rows_of(lang: str, name: str, status: str = "ok") -> dict[str, dict[str, tuple[str, str, str]]]:
    """Cells of a table by first cell of the row and heading."""
    head, *body = Tables(render_html(with_quality(status), lang)).tables[name]
    return {row[0][0]: dict(zip((h[0] for h in head), row, strict=True)) for row in body}


def test_without_quality_there_is_no_such_table() -> None:
    tables = Tables(render_html(sample.content(), "en")).tables
    assert not {"reliability", "htmt"} & set(tables)
    assert "VIF" not in [cell[0] for cell in tables["paths"][0]]
    assert "Rules of thumb" not in render_html(sample.content(), "en")


def test_reliability_shows_numbers_first_and_marks_what_misses() -> None:
    rows = rows_of("en", "reliability")
    assert len(rows) == 6
    first = rows["Customer expectations"]
    text, kind, hint = first["Cronbach's α"]
    assert text == "0.6998▾"  # three decimals would read 0.700, which is not below 0.70
    assert "miss" in kind
    assert hint == "95% interval [0.650, 0.750]; below the rule of thumb (≥ 0.70)"
    assert [first[h][0] for h in ("AVE", "Fornell-Larcker margin", "ρA")] == ["0.432▾", "−0.051▾", "–"]
    good = rows["Customer satisfaction"]["Cronbach's α"]
    assert good[0] == "0.912"
    assert "miss" not in good[1]
    assert {cell[0] for cell in list(rows["Complaints"].values())[1:]} == {"–"}


def test_htmt_is_a_lower_triangle_with_marks() -> None:
    head, *body = Tables(render_html(with_quality(), "en")).tables["htmt"]
    assert [h[0] for h in head] == ["", "Customer expectations", "Perceived quality"]
    assert [[cell[0] for cell in row] for row in body] == [
        ["Perceived quality", "–", ""],
        ["Customer satisfaction", "0.612", "0.876▴"],
    ]


def test_paths_and_loadings_carry_their_criteria() -> None:
    head, *body = Tables(render_html(with_quality(), "en")).tables["paths"]
    names = [h[0] for h in head]
    found = {(row[0][0], row[1][0]): dict(zip(names, row, strict=True)) for row in body}
    row = found["Customer expectations", "Customer satisfaction"]
    assert [row[c][0] for c in ("VIF", "f²", "Effect size")] == ["5.43▴", "0.020", "negligible"]
    row = found["Perceived quality", "Customer satisfaction"]
    assert [row[c][0] for c in ("VIF", "f²", "Effect size")] == ["–", "0.424", "large"]
    assert [found["Perceived quality", "Perceived value"][c][0] for c in ("f²", "Effect size")] == ["–", "–"]
    loadings = Tables(render_html(with_quality(), "en")).tables["loadings"]
    marked = [row[1][0] for row in loadings if any("miss" in cell[1] for cell in row)]
    assert [name[:4] for name in marked] == ["SAT1"]


def test_rules_and_their_sources_stand_under_the_tables() -> None:
    text = render_html(with_quality(), "en")
    assert "Cronbach&#39;s α ≥ 0.70 (Nunnally &amp; Bernstein 1994)" in text
    assert "HTMT &lt; 0.85 (Henseler, Ringle &amp; Sarstedt 2015)" in text
    assert "conventions" in text
    chinese = render_html(with_quality(), "zh")
    assert "组合信度ρC ≥ 0.70（Hair, Hult, Ringle &amp; Sarstedt 2022）" in chinese
    assert "f² 0.02小，0.15中，0.35大（Cohen 1988）" in chinese


def test_chinese_headings_and_hints() -> None:
    first = rows_of("zh", "reliability")["顾客期望"]
    assert list(first)[1:] == ["Cronbach α系数", "ρA", "组合信度ρC", "平均方差提取量AVE", "Fornell-Larcker差值"]
    assert first["Cronbach α系数"][2] == "95%置信区间 [0.650, 0.750]；低于经验标准 (≥ 0.70)"


def test_the_state_of_the_fit_stands_once_under_each_table() -> None:
    flagged = render_html(with_quality("inadmissible"), "en")
    for name in ("reliability", "htmt"):
        after = flagged.split(f"t-{name}")[1].split("</table>")[1]
        assert after.split("<p")[1].endswith("Every row: inadmissible.</p>\n")
        assert all("Status" not in row for row in rows_of("en", name, "inadmissible").values())
    fine = render_html(with_quality(), "en").split("t-reliability")[1].split("</table>")[1]
    assert "Every row" not in fine.split("</section>")[0]


def test_workbook_sheet_in_both_languages(tmp_path: Path) -> None:
    frame = sample.quality()
    english = sheets(write_xlsx(with_quality(), tmp_path / "en.xlsx", "en"))["Quality"]
    assert english[0] == [
        "Criterion", "Subject", "Subject: Label", "Estimate", "Lower limit", "Upper limit", "Rule of thumb", "Verdict",
        "Literature", "Status",
    ]  # fmt: skip
    body = pd.DataFrame(english[1:], columns=english[0])
    assert body["Estimate"].tolist() == pytest.approx(frame["value"].tolist())
    assert body["Subject"].tolist() == frame["subject"].tolist()
    assert body["Literature"].tolist() == frame["source"].tolist()
    assert body["Verdict"].tolist()[0] == "below the rule of thumb"
    chinese = sheets(write_xlsx(with_quality(), tmp_path / "zh.xlsx", "zh"))["质量评价"]
    assert chinese[0][:4] == ["指标", "对象", "对象: 标签", "估计值"]
    assert chinese[1][:3] == ["Cronbach α系数", "Expectation", "顾客期望"]
    assert chinese[10][2] == "感知质量 ~ 顾客满意度"
    assert chinese[13][6:8] == ["0.02小，0.15中，0.35大", "可忽略"]


def test_labels_of_every_kind_of_subject() -> None:
    labels = subject_labels(sample.model(), "en")
    assert labels["Expectation ~ Satisfaction"] == "Customer expectations ~ Customer satisfaction"
    assert labels["Expectation -> Satisfaction"] == "Customer expectations → Customer satisfaction"
    assert labels["SAT1 (Satisfaction)"] == "Customer satisfaction: overall"


def test_a_missing_column_of_quality_is_named() -> None:
    data = sample.content()
    with pytest.raises(DataError, match="table quality has no column verdict"):
        replace(data, tables={**data.tables, "quality": sample.quality().drop(columns="verdict")})
    assert data.table("quality").empty
    assert list(data.table("quality").columns) == list(sample.COLUMNS["quality"])

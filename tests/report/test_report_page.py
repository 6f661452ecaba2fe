from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import sample

from csimodels.errors import DataError, MissingExtraError, SpecError
from csimodels.messages import Message
from csimodels.report import render_html, write_html
from csimodels.report.content import Content
from csimodels.spec.model import Construct, IndexSpec, Item, Model, Text

VOID = {"meta", "input", "br", "img", "link", "hr"}
#: Decimals that the page promises, stated here once more on purpose.
DIGITS = {
    "index": {"index": 1, "se": 2, "low": 1, "high": 1},
    "paths": {"estimate": 3, "se": 3, "low": 3, "high": 3},
    "loadings": {"weight": 3, "weight_unstd": 3, "loading": 3, "communality": 3, "se": 3, "low": 3, "high": 3},
    "effects": {"direct": 3, "indirect": 3, "total": 3, "total_se": 3, "total_low": 3, "total_high": 3}
    | {"impact": 2, "impact_se": 2, "impact_low": 2, "impact_high": 2},
    "r2": {"r2": 3, "r2_adj": 3},
}
for _name in ("drivers", "driver_items"):
    DIGITS[_name] = dict.fromkeys(("importance", "importance_low", "importance_high"), 2)
    DIGITS[_name] |= dict.fromkeys(("performance", "performance_low", "performance_high"), 1)
    DIGITS[_name] |= dict.fromkeys(("priority", "priority_low", "priority_high"), 1)


class Reader(HTMLParser):
    """Checks nesting; collects tags, attributes and the text nodes outside style and script."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.texts: list[str] = []
        self.styles: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == [], f"left open: {self.open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag, f"</{tag}> closes something else"

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "style":
            self.styles.append(data)
        elif data.strip() and self.open and self.open[-1] != "script":
            self.texts.append(" ".join(data.split()))

    def values(self, name: str) -> list[str]:
        return [value for _, key, value in self.attributes if key == name]


@pytest.fixture(scope="module")
def english() -> Reader:
    return Reader(render_html(sample.content(), "en"))


def test_is_a_document_with_unique_ids(english: Reader) -> None:
    assert english.tags[0] == "html"
    ids = english.values("id")
    assert len(ids) == len(set(ids)) > 5
    for href in english.values("href"):
        assert href.startswith("#")
        assert href[1:] in ids


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_asks_nothing_of_the_network(lang: str) -> None:
    text = render_html(sample.content(), lang)
    page = Reader(text)
    for tag, name, value in page.attributes:
        if name != "xmlns":
            assert "//" not in value or name == "content", (tag, name, value)
    assert not {"link", "img", "iframe", "object"} & set(page.tags)
    assert page.values("src") == []
    assert not re.search(r"url\(|@import", " ".join(page.styles))
    assert "default-src 'none'" in " ".join(page.values("content"))


def test_shows_every_number_with_the_stated_rounding(english: Reader) -> None:
    text = " ".join(english.texts)
    for table, columns in DIGITS.items():
        frame = sample.tables()[table]
        for column, digits in columns.items():
            for value in frame[column]:
                if column in ("direct", "indirect", "se") and value == 0:
                    continue  # no such path, or a loading that is 1 by definition: a dash
                shown = f"{value:.{digits}f}"
                shown = shown.replace("-", "−") if float(shown) else shown.lstrip("-")
                assert shown in text, f"{table}.{column}: {shown}"
    for value in sample.groups().query("construct == 'Satisfaction'")["index"]:
        assert f"{value:.1f}" in text
    assert "<0.001" in text  # a p-value of the strong paths
    assert "4,800" in text


def test_items_show_their_name_and_wording(english: Reader) -> None:
    assert "SAT1 · Customer satisfaction: overall" in english.texts


def test_says_in_words_what_a_driver_is_worth(english: Reader) -> None:
    row = sample.tables()["drivers"].set_index("driver").loc["Quality"]
    limits = f"[{row.importance_low:.2f}, {row.importance_high:.2f}]"
    sentence = f"Perceived quality 1 point higher goes with +0.53 points of Customer satisfaction {limits}."
    assert sentence in english.texts


def test_order_of_the_page(english: Reader) -> None:
    keys = ["en-index", "en-drivers", "en-paths", "en-groups", "en-measurement", "en-effects", "en-data", "en-method"]
    ids = [i for i in english.values("id") if i in keys]
    assert ids == keys
    text = " ".join(english.texts)
    assert text.index("Read this first") < text.index("Indices of all constructs")


def chinese_content() -> Content:
    """A report in which nothing but the report's own words could be English."""
    names = ("甲银行", "乙银行", "丙银行", "丁银行", "戊银行", "己银行", "庚银行")
    data = sample.content()
    log = data.survey_log.assign(subject="数据")
    model = replace(data.model, sources=(), name="满意度")
    return replace(
        data, model=model, groups=sample.groups(names, "银行"), group_by=("银行",), group_paths=None, survey_log=log,
        notes=(*data.notes, Text("see there", "见那里")), facts=data.facts | {"weights": Message("none")},
    )  # fmt: skip


def test_chinese_page_has_no_english_left() -> None:
    page = Reader(render_html(chinese_content(), "zh"))
    allowed = re.compile(r"csimodels|csi verify 文件夹|UTC|PLS[c]?|Kestrel|utf-8|csv|[0-9a-f]{12,}|[A-Z]{3}[1-3]")
    shown = page.texts + page.values("aria-label") + page.values("placeholder") + page.values("data-more")
    rest = [text for text in shown if re.search(r"[A-Za-z]{3}", allowed.sub("", text))]
    assert rest == []
    assert "2026年零售银行" in page.texts
    assert "见那里。" in page.texts
    assert "未收敛" in " ".join(page.texts)


def test_two_languages_in_one_file(tmp_path: Path) -> None:
    path = write_html(sample.content(), tmp_path / "deep" / "report.html", ("zh", "en", "zh"))
    page = Reader(path.read_text(encoding="utf-8"))
    assert [v for t, k, v in page.attributes if t == "div" and k == "data-lang"] == ["zh", "en"]
    assert sum(1 for t, k, _ in page.attributes if t == "div" and k == "hidden") == 1
    assert [v for t, k, v in page.attributes if t == "html" and k == "lang"] == ["zh"]
    assert len(page.values("id")) == len(set(page.values("id")))
    assert page.texts.count("English") == page.texts.count("中文") == 2
    assert "顾客满意度" in page.texts
    assert "Customer satisfaction" in page.texts


def test_headline_carries_its_state_and_a_doubtful_driver() -> None:
    tables = sample.tables()
    tables["index"]["status"] = "outside 0 to 100"
    tables["drivers"][["importance_low", "importance_high"]] = [-1.0, 2.0]
    page = Reader(render_html(replace(sample.content(), tables=tables), "en"))
    assert "Result flagged: outside 0 to 100" in page.texts
    assert any(text.startswith("No driver is shown to go with Customer satisfaction") for text in page.texts)
    assert "flag" not in page.values("class")[: page.values("class").index("advice")]  # all rows alike: none set apart


@pytest.mark.parametrize("state", ["inadmissible", "not converged", "nearly not identified"])
def test_a_flagged_model_prints_no_verdict_on_drivers(state: str) -> None:
    tables = sample.tables()
    tables["drivers"]["status"] = state
    page = Reader(render_html(replace(sample.content(), tables=tables), "en"))
    assert "The model is flagged: no map and no verdict on drivers." in page.texts
    assert "map" not in page.values("class")
    assert not [text for text in page.texts if "goes with" in text]


def test_log_folds_long_steps_and_keeps_every_entry() -> None:
    data = sample.content()
    extra = [("missing answers", f"i{k}", k, "") for k in range(7)]
    log = pd.concat([data.survey_log, pd.DataFrame(extra, columns=data.survey_log.columns)], ignore_index=True)
    page = Reader(render_html(replace(data, survey_log=log), "en"))
    assert "Missing answers: 7 entries, 21 together" in page.texts
    assert {f"i{k}" for k in range(7)} <= set(page.texts)
    assert {"missing codes recoded", "rows used"} <= set(page.texts)


def test_log_says_once_that_no_answer_is_missing_and_marks_thousands() -> None:
    data = sample.content()
    extra = [("missing answers", f"i{k}", 0, "0.0 % of 11015 rows") for k in range(7)]
    extra.append(("rows used", "b.csv", 11015, "of 11015 rows"))
    log = pd.concat([data.survey_log, pd.DataFrame(extra, columns=data.survey_log.columns)], ignore_index=True)
    page = Reader(render_html(replace(data, survey_log=log), "en"))
    assert {"all items", "no answer is missing in 7 items", "of 11,015 rows"} <= set(page.texts)
    assert not {f"i{k}" for k in range(7)} & set(page.texts)
    assert "全部题项" in Reader(render_html(replace(data, survey_log=log), "zh")).texts


def test_no_such_path_is_a_dash_and_facts_are_readable() -> None:
    data = sample.content()
    effects = data.tables["effects"].head(2).assign(direct=[0.0, 0.25], indirect=[0.4, 1e-17])
    page = Reader(render_html(replace(data, tables={**data.tables, "effects": effects}), "en"))
    row = page.texts.index("Impact of 5 points")
    shown = page.texts[row : row + 30]
    assert shown.count("–") == 2
    assert {"0.250", "0.400"} <= set(shown)
    assert {"5,000", "4,800", "2026-11-21 09:30 UTC"} <= set(page.texts)


def test_one_language_has_no_switch(english: Reader) -> None:
    assert "中文" not in english.texts


def test_same_input_same_page() -> None:
    assert render_html(sample.content(), "zh") == render_html(sample.content(), "zh")


@pytest.mark.parametrize("langs", [("fr",), (), ("en", "zn")])
def test_unknown_language_is_refused(langs: tuple[str, ...], tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="language"):
        write_html(sample.content(), tmp_path / "r.html", langs)
    assert not (tmp_path / "r.html").exists()


@pytest.mark.parametrize("drop", [True, False])
def test_without_intervals_it_says_so_and_draws_no_whisker(drop: bool) -> None:
    tables = {k: sample.without_intervals(t, drop) for k, t in sample.tables().items()}
    data = replace(sample.content(), tables=tables, groups=sample.without_intervals(sample.groups(), drop))
    data = replace(data, group_paths=None, facts=data.facts | {"uncertainty": Message("none")})
    text = render_html(data, "en")
    page = Reader(text)
    assert "No standard errors or intervals were computed (uncertainty: none)." in page.texts
    assert "whisker" not in " ".join(page.values("class"))
    assert 'stroke-dasharray="6 5"' not in text
    assert not any(t.endswith(" interval") for t in page.texts)
    assert "nan" not in " ".join(page.texts).lower()
    assert "74.5" in page.texts


def test_nan_is_a_dash_and_sorts_last() -> None:
    tables = sample.tables()
    tables["index"].loc[4, ["index", "se", "low", "high"]] = np.nan
    tables["index"].loc[4, "status"] = "too few answers"
    tables["paths"].loc[6, ["estimate", "se", "low", "high", "p"]] = np.nan
    tables["drivers"].loc[1, ["importance", "importance_low", "importance_high", "priority"]] = np.nan
    tables["drivers"].loc[1, "quadrant"] = ""
    page = Reader(render_html(replace(sample.content(), tables=tables), "en"))
    assert "–" in page.texts
    assert "nan" in page.values("data-v")  # the script puts these last
    assert "nan" not in " ".join(page.texts).lower()
    assert any("too few answers" in t and "Complaints" in t for t in page.texts)
    assert sum(" 1 point higher goes with " in t for t in page.texts) == 2


def test_missing_index_is_said() -> None:
    tables = sample.tables()
    tables["index"] = tables["index"].query("construct != 'Satisfaction'")
    page = Reader(render_html(replace(sample.content(), tables=tables), "en"))
    assert "There is no index: see the notes below." in page.texts


def test_negative_and_doubtful_drivers_are_worded_so() -> None:
    tables = sample.tables()
    tables["drivers"].loc[0, ["importance", "importance_low", "importance_high"]] = [-0.2, -0.3, 0.1]
    page = Reader(render_html(replace(sample.content(), tables=tables), "en"))
    assert any("goes with −0.20 points of Customer satisfaction [−0.30, 0.10]" in t for t in page.texts)
    assert "The interval includes 0: the direction is not certain." in page.texts


def test_no_groups_no_section() -> None:
    page = Reader(render_html(sample.content(grouped=False), "en"))
    assert "en-groups" not in page.values("id")
    assert "#en-groups" not in page.values("href")


def test_no_drivers_no_section() -> None:
    tables = {k: t for k, t in sample.tables().items() if not k.startswith("driver")}
    page = Reader(render_html(replace(sample.content(), tables=tables), "en"))
    assert "en-drivers" not in page.values("id")
    assert "74.5" in page.texts


def test_one_group_and_two_group_columns() -> None:
    one = sample.groups(("Only",))
    two = one.assign(year=2026)[["bank", "year", *sample.COLUMNS["index"]]]
    for frame, by in ((one, ("bank",)), (two, ("bank", "year"))):
        data = replace(sample.content(), groups=frame, group_by=by, group_paths=None)
        page = Reader(render_html(data, "en"))
        assert "Only" in page.texts
        assert "1 group" in page.texts


def test_many_groups_collapse() -> None:
    names = tuple(f"Company {k:03d}" for k in range(400))
    data = replace(sample.content(), groups=sample.groups(names), group_paths=sample.group_paths(names))
    page = Reader(render_html(data, "en"))
    assert page.values("data-limit") == ["40"]
    assert page.values("data-more") == ["Show all 400 groups"]
    assert set(names) <= set(page.texts)
    assert "Path coefficients by group" not in page.texts  # 3600 rows stay in the workbook


def test_trouble_stands_at_the_top_and_in_amber(english: Reader) -> None:
    assert any("First Coastal (not converged)" in t for t in english.texts)
    assert "flag" in english.values("class")
    tables = sample.tables()
    tables["index"]["status"] = "not converged; inadmissible"
    page = Reader(render_html(replace(sample.content(), tables=tables), "zh"))
    assert "“指数”表：未收敛；不可接受解（所有行）。" in page.texts


EVIL = (
    "<script>alert(1)</script>", '"><img src=x onerror=alert(2)>', "</svg></style><b>{{ 7*7 }}", "a\x00b\u202ec",
    "=cmd()",
)  # fmt: skip


def evil_content() -> Content:
    names = dict(zip(("Quality", "Value", "Satisfaction"), EVIL, strict=False))
    constructs = tuple(
        Construct(n, (Item(f"{n}{k}", Text(EVIL[k])),), Text(EVIL[3] if k else "", EVIL[4]))
        for k, n in enumerate(names.values())
    )
    q, v, s = names.values()
    paths = ((q, v), (q, s), (v, s))
    model = Model(EVIL[0], constructs, paths, Text(EVIL[2]), Text(EVIL[1]), (EVIL[1],), IndexSpec(s))

    def renamed(frame: pd.DataFrame) -> pd.DataFrame:
        keys = [c for c in ("construct", "source", "target", "driver") if c in frame]
        known = frame[keys].isin(list(names)).all(axis=1)
        return frame[known].assign(**{k: frame.loc[known, k].map(names) for k in keys}).reset_index(drop=True)

    tables = {k: renamed(t) for k, t in sample.tables().items()}
    tables["index"]["status"] = EVIL[1]
    groups = renamed(sample.groups(EVIL)).rename(columns={"bank": EVIL[0]})
    log = pd.DataFrame([EVIL[:4]], columns=["step", "subject", "count", "detail"])
    facts = dict(zip(EVIL, EVIL, strict=True))
    return Content(model, Text(EVIL[2], EVIL[2]), tables, log, groups, (EVIL[0],), None, EVIL, facts)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_names_are_inert(lang: str) -> None:
    text = render_html(evil_content(), lang)
    page = Reader(text)
    assert page.tags.count("script") == 1
    assert not {"img", "b"} & set(page.tags)
    assert not [name for _, name, _ in page.attributes if name.startswith("on")]
    assert "49" not in page.texts
    assert "\x00" not in text
    assert "\u202e" not in text
    assert EVIL[0] in page.texts  # shown, not dropped
    assert "74.5" in page.texts
    assert {"79.0", "0.53"} <= set(page.texts)
    assert sum(name in page.texts for name in EVIL[:3]) == 3  # the groups


def test_every_missing_table_and_column_is_named() -> None:
    tables = sample.tables()
    del tables["effects"]
    tables["paths"] = tables["paths"].drop(columns=["estimate", "target"])
    with pytest.raises(DataError) as caught:
        replace(sample.content(), tables=tables, group_by=())
    text = str(caught.value)
    assert "effects" in text
    assert "target, estimate" in text
    assert "group_by is empty" in text


def test_level_and_date_come_from_the_facts() -> None:
    data = sample.content()
    for given in ("0.9", "90 %"):
        assert replace(data, facts=data.facts | {"level": given}).level == pytest.approx(0.9)
    assert replace(data, facts={}).level == data.model.uncertainty.level
    assert replace(data, facts={}).created is None
    later = replace(data, facts={"created": "2026-01-01T01:00:00+02:00", "level": "0.975"})
    page = Reader(render_html(later, "en"))
    assert "2025-12-31" in page.texts
    assert "97.5% confidence interval [73.8, 75.1]" in page.texts


def test_jinja_is_an_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "jinja2", None)
    with pytest.raises(MissingExtraError, match=r"csimodels\[report\]"):
        render_html(sample.content(), "en")

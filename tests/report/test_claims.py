"""What a sentence claims is what was tested: one verdict in every outlet, corrected for as many tests as it says."""

from __future__ import annotations

from dataclasses import replace
from html import unescape

import pandas as pd
import pytest
import sample
from telling import told

from csimodels.messages import Message
from csimodels.report import render_html
from csimodels.report.content import Content
from csimodels.report.documents.document import document
from csimodels.report.html.changes import changes
from csimodels.report.html.headline import headline
from csimodels.report.html.measurement import measurement
from csimodels.report.html.table_views import lang_of
from csimodels.report.overview import overview
from csimodels.report.story.gaps import sentences as of_gaps
from csimodels.report.story.ladder import sentence as of_ladder
from csimodels.report.story.levels import sentences as of_levels
from csimodels.report.story.reading import Reading, Unit
from csimodels.report.story.standings import stands
from csimodels.report.story.story import story

LANGUAGES = pytest.mark.parametrize("code", ["en", "zh"])


def with_table(content: Content, name: str, **columns: object) -> Content:
    return replace(content, tables={**content.tables, name: content.tables[name].assign(**columns)})


def with_quality() -> Content:
    data = sample.content()
    return replace(data, tables={**data.tables, "quality": sample.quality()})


def outlets(content: Content, code: str) -> dict[str, str]:
    """What the story (of page, documents, slides and workbook), the head of the page and the terminal say of it."""
    lang = lang_of(content, code)
    head = headline(content, lang)
    chapters = {s.key: " ".join(lang.say(text) for text in s.sentences) for s in story(content, code)}
    screen = "\n".join(str(line) for line in overview(content, code, 100))
    return {**chapters, "page": " ".join([head.change, *head.sentences]), "screen": screen}


def test_the_correction_is_for_all_steps_between_waves_and_not_for_the_last_alone() -> None:
    content = told(((0.2, 0.4), (0.1, 0.4)), moves={"Buche": (-4.0, True)})
    last = content.tables["changes"]
    every = pd.concat([last.assign(**{"from": 2020, "to": 2021, "different": False}), last], ignore_index=True)
    content = replace(content, tables={**content.tables, "changes": every})
    assert "after correction for 8 comparisons (Holm)" in outlets(content, "en")["movers"]
    page = changes(content, lang_of(content, "en"))
    assert page is not None
    assert "1 fell measurably after correction for 8 comparisons (Holm)" in page.sentences[0]
    assert "largest estimated change is that of Buche" in page.sentences[1]


@LANGUAGES
def test_a_change_that_correction_takes_away_is_none_anywhere(code: str) -> None:
    content = told(((0.1, 0.4), (1.0, 0.9)))
    content = with_table(content, "wave_changes", p_adj=0.061, different=False)
    found = outlets(content, code)
    none = ("no measurable change", "No significant change", "no significant change", "无显著变化")
    for key in ("year", "page", "screen"):
        assert any(word in found[key] for word in none), key
        assert "0.061" in found[key]
    assert {"en": "None of the 2 changes", "zh": "2次变化均不显著"}[code] in found["trend"]
    assert {"en": "no measurable change", "zh": "无显著变化"}[code] in found["loyalty"]
    assert headline(content, lang_of(content, code)).change_class == "same"


@LANGUAGES
def test_a_flagged_number_is_compared_with_nothing_in_any_outlet(code: str) -> None:
    content = with_table(told(((5.0, 0.1),)), "index", status="not converged")
    found = outlets(content, code)
    for key in ("year", "page"):
        assert "2020" not in found[key], key
    assert "2020" not in found["screen"].splitlines()[1]


def test_to_lead_is_to_be_clear_of_all_others() -> None:
    def unit(name: str, x: float, half: float) -> Unit:
        return Unit(name, name, "", x, x - half, x + half, 100, "")

    content = told(rolled=True)
    reading = Reading(content, lang_of(content, "en"))
    units = [unit("A", 80, 1), unit("B", 77, 1), unit("C", 76, 5), unit("D", 70, 1)]
    said = [str(text) for text in of_levels(reading, "sector", units)]
    assert said[0] == "By sector: A is highest of 4 with 80.0, but not clear of C (76.0)."
    assert said[1] == "D is lowest with 70.0, but not clear of C."
    clear = [str(text) for text in of_levels(reading, "sector", [*units[:2], unit("C", 76, 1), units[3]])]
    assert clear[0] == "By sector: A is first of 4 with 80.0, clear of the rest."


def test_the_dimension_furthest_below_is_so_by_estimate() -> None:
    reading = Reading(sample.content(), lang_of(sample.content(), "en"))
    rows = [
        {"level": "dimension", "name": "Image", "gap": -5.0, "low": -6.0, "high": -4.0},
        {"level": "dimension", "name": "Quality", "gap": -4.5, "low": -5.5, "high": -3.5},
        {"level": "total", "name": "", "gap": -4.7, "low": -5.5, "high": -4.0},
    ]
    said = [str(text) for text in of_gaps(reading, rows)]
    assert said[1].startswith("By estimate, ") and said[2] == "By the intervals, 1 other may fall as far short."
    rows[1] |= {"gap": -2.0, "low": -3.0, "high": -1.0}
    assert len(of_gaps(reading, rows)) == 2


def test_no_word_on_the_size_of_an_effect_of_a_flagged_fit() -> None:
    content = with_quality()
    lang = lang_of(content, "en")
    title = "Effect size"
    assert title in [c.title for c in measurement(content, lang).paths.table.columns]
    flagged = with_table(content, "quality", status="nearly not identified")
    assert title not in [c.title for c in measurement(flagged, lang).paths.table.columns]


@LANGUAGES
def test_marks_are_explained_where_a_document_shows_them(code: str) -> None:
    content = with_table(with_quality(), "quality", verdict="below")
    tables = [t for t in document(content, code).tables if t.table and any(c.sign for row in t.table.rows for c in row)]
    assert len(tables) > 1
    assert all("▾" in t.said for t in tables)


def test_the_screen_says_whom_the_drivers_are_of_where_the_number_is_rolled_up() -> None:
    remark = "Drivers of Customer satisfaction among all respondents (76.0), per point; level"
    assert remark in outlets(told(rolled=True), "en")["screen"]
    assert "among all respondents" not in outlets(told(), "en")["screen"]


@LANGUAGES
def test_a_flag_stands_beside_the_number_at_the_top_in_every_outlet(code: str) -> None:
    content = sample.content(grouped=False)
    for name in ("index", "paths", "drivers"):
        content = with_table(content, name, status="inadmissible")
    lang = lang_of(content, code)
    state = headline(content, lang).state
    assert state == lang.tr("Result flagged: {status}").format(status=lang.tr("inadmissible"))
    number, *_ = [str(line) for line in overview(content, code, 100)][1:]
    assert number.endswith(state)
    drawn = {p.key: p for section in story(content, code) for p in section.pictures}
    assert lang.say(stands(Reading(content, lang), "Satisfaction", content.tables["index"].iloc[0])) in {
        lang.say(Message(_FLAGGED, construct="Satisfaction", x=f"{content.tables['index']['index'].iloc[0]:.1f}"))
    }
    assert "importance_performance" not in drawn
    only_paths = with_table(
        with_table(sample.content(grouped=False), "paths", status="inadmissible"), "index", status=""
    )
    head = headline(only_paths, lang_of(only_paths, code)).state
    assert str(overview(only_paths, code, 100)[1]).endswith(head) and head != state


_FLAGGED = "{construct} stands at {x} of 100; the result is flagged, and no verdict is drawn from it."


@LANGUAGES
def test_a_flagged_unit_is_flagged_in_the_league_of_the_terminal(code: str) -> None:
    content = sample.content()
    assert content.groups is not None
    tr = lang_of(content, code).tr
    flagged = replace(content, groups=content.groups.assign(status="inadmissible"))
    lines = [[str(line) for line in overview(data, code, 100)] for data in (content, flagged)]
    counted = [sum(tr("inadmissible") in line for line in some) for some in lines]
    assert counted[0] == 0 and counted[1] > 1


def test_falls_from_a_fit_that_is_poor_are_not_told_without_it() -> None:
    rows = [{"step": "configural", "cfi": 0.84, "delta_cfi": float("nan"), "status": "ok"},
            {"step": "metric", "cfi": 0.838, "delta_cfi": -0.002, "status": "ok"}]  # fmt: skip
    said = of_ladder(rows)
    assert said.startswith("By the rule of thumb, measurement is equal up to equal loadings (metric)")
    assert said.endswith("The model itself fits badly: at the first step CFI is 0.840, below 0.90.")
    assert "badly" not in of_ladder([row | {"cfi": row["cfi"] + 0.1} for row in rows])  # type: ignore[operator]


@LANGUAGES
def test_every_sentence_of_the_story_stands_on_the_page(code: str) -> None:
    content = told(((1.0, 0.4),), moves={"Buche": (-4.0, True)})
    lang, page = lang_of(content, code), unescape(render_html(content, code))
    every = [lang.say(text) for part in story(content, code) for text in part.sentences]
    assert len(every) > 5 and [text for text in every if text not in page] == []

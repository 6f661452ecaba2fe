"""Every sentence of the story is chosen by a test on the numbers: each branch, in both languages."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import sample
from telling import told

import csimodels as cs
from csimodels.messages import Message
from csimodels.report import render_html
from csimodels.report.content import Content
from csimodels.report.figures.charts.heat import Tile
from csimodels.report.html.table_views import lang_of
from csimodels.report.story import heat
from csimodels.report.story.levels import row
from csimodels.report.story.reading import Reading
from csimodels.report.story.section import Section
from csimodels.report.story.story import story
from csimodels.spec.model import ColumnLabels, Text


def section(content: Content, key: str, lang: str = "en") -> Section | None:
    return next((s for s in story(content, lang) if s.key == key), None)


def said(content: Content, key: str, lang: str = "en") -> str:
    found = section(content, key, lang)
    assert found is not None, key
    return " ".join(lang_of(content, lang).say(text) for text in found.sentences)


def with_table(content: Content, name: str, **columns: object) -> Content:
    return replace(content, tables={**content.tables, name: content.tables[name].assign(**columns)})


@pytest.mark.parametrize(
    ("steps", "en", "zh"),
    [
        (((1.0, 0.4),), "1.0 points above 2020 (interval +0.6 to +1.4)", "比2020年提高1.0分（置信区间+0.6至+1.4分）"),
        (((-1.2, 0.4),), "1.2 points below 2020 (interval −1.6 to −0.8)", "比2020年下降1.2分（置信区间−1.6至−0.8分）"),
        (((0.3, 0.4),), "no measurable change from 2020 (75.0)", "与2020年（75.0分）相比无显著变化"),
        ((), "2020 is the first wave: there is nothing yet to compare it with", "2020年为首期调查，尚无可比数据"),
    ],
)
def test_the_headline_says_a_change_only_where_its_interval_leaves_0_out(
    steps: tuple[tuple[float, float], ...], en: str, zh: str
) -> None:
    for rolled in (False, True):
        content = told(steps, rolled=rolled)
        assert en in said(content, "year")
        assert zh in said(content, "year", "zh")
        words = re.findall("above|below|higher|lower|rose|fell|better|worse", said(content, "year"))
        assert len(words) == (1 if steps and abs(steps[0][0]) > steps[0][1] else 0)


def test_the_headline_without_interval_without_index_and_flagged() -> None:
    bare = sample.content(grouped=False)
    assert "stands at 74.5 of 100 (95% interval 73.8 to 75.1)" in said(bare, "year")
    assert "no interval was computed" in said(with_table(bare, "index", low=np.nan, high=np.nan), "year")
    gone = replace(bare, tables={**bare.tables, "index": bare.tables["index"].query("construct != 'Satisfaction'")})
    assert said(gone, "year") == "There is no index of Customer satisfaction: see the notes."
    flagged = told(((5.0, 0.1),))
    flagged = with_table(flagged, "index", status="not converged")
    assert "flagged (not converged): the number is shown, and no verdict is drawn" in said(flagged, "year")
    assert "未收敛" in said(flagged, "year", "zh")
    assert "above" not in said(flagged, "year")
    unsure = with_table(told(((1.0, 0.4),)), "wave_changes", low=np.nan, high=np.nan)
    assert "without an interval of the difference nothing is said" in said(unsure, "year")


def test_numbers_that_read_otherwise_are_explained() -> None:
    note = "Changes are computed before numbers are rounded."
    assert note not in said(told(((1.0, 0.4),)), "year")
    assert note in said(told(((0.04, 0.4), (1.32, 0.4))), "year")  # 75.04 to 76.36


@pytest.mark.parametrize(
    ("steps", "en"),
    [
        (((1.0, 0.4),), "Customer satisfaction stood at 75.0 in 2020 (interval 74.0 to 76.0) and 76.0 in 2021"),
        (
            ((0.1, 0.4), (-0.1, 0.4)),
            "None of the 2 changes of Customer satisfaction between 2020 and 2022 is measurable",
        ),
        (((1.0, 0.4), (-1.0, 0.4)), ": 1 measurable rise, 1 measurable fall."),
        (((1.0, 0.4), (0.1, 0.4)), ": 1 measurable rise, 1 not measurable."),
    ],
)
def test_the_trend_counts_measurable_steps(steps: tuple[tuple[float, float], ...], en: str) -> None:
    content = told(steps)
    assert en in said(content, "trend")
    assert not re.search("[a-z]{3}", said(content, "trend", "zh"))


def test_no_trend_with_one_wave_and_none_without_intervals() -> None:
    assert section(told(()), "trend") is None
    bare = with_table(told(), "wave_changes", low=np.nan, high=np.nan)
    assert "nothing is said about a trend" in said(bare, "trend")


def test_contributions_add_up_to_the_change_of_the_whole() -> None:
    content = told(((1.0, 0.4),), rolled=True)
    found = section(content, "moved")
    assert found is not None
    data = found.pictures[0].data.dropna(subset=["share"])
    assert data["contribution"].sum() == pytest.approx(1.0)
    assert data["contribution"].tolist() == pytest.approx((data["share"] * data["change"]).tolist())
    assert said(content, "moved") == "The change of +1.0 points is made up of North +1.0, South hardly anything."
    within = told(((0.2, 0.4),), rolled=True)
    assert "lies within the error of the survey; by arithmetic" in said(within, "moved")
    none = told(((0.2, 2.4),), rolled=True)
    assert "None of these parts is measurable by itself." in said(none, "moved")
    moved = with_table(content, "rollup", weight_share=content.tables["rollup"]["weight_share"] * 0.8)
    assert "Changed weights and missing parts account for +0.2 points." in said(moved, "moved")
    assert "rounded by itself" not in said(content, "moved")
    odd = told(((1.06, 0.4),), rolled=True)
    odd = with_table(odd, "rollup", weight_share=odd.tables["rollup"]["weight_share"] * 0.97)
    assert said(odd, "moved").startswith("The change of +1.1 points is made up of North +1.0, South")
    assert said(odd, "moved").endswith("the rounded parts do not add up to the rounded change.")
    assert "四舍五入" in said(odd, "moved", "zh")
    assert section(told(()), "moved") is None
    assert section(told(), "moved") is None  # no roll-up


def test_a_level_is_led_only_by_a_unit_whose_interval_is_clear() -> None:
    apart = told(((1.0, 0.4), (1.0, 0.4)), rolled=True)
    first = (
        "By sector: North is first of 2 with 79.0, clear of the rest. "
        "South is last with 75.0, 4.0 points behind the highest (interval "
    )
    assert first in said(apart, "levels")
    assert "与最高者相差4.0分（置信区间" in said(apart, "levels", "zh")
    alike = with_table(apart, "first_last", different=False)  # the corrected verdict counts
    assert "North is highest of 2 with 79.0, but not clear of South (75.0)" in said(alike, "levels")
    assert "The highest and the lowest cannot be told apart." in said(alike, "levels")
    older = replace(apart, tables={k: v for k, v in apart.tables.items() if k != "first_last"})
    assert "South is last with 75.0. " in said(older, "levels")  # no distance without its interval
    close = said(told(((1.0, 0.4),), rolled=True), "levels")
    assert "North is highest of 2 with 77.0, but not clear of South (75.0)" in close
    assert "The highest and the lowest cannot be told apart." in close
    assert "leads" not in close
    assert "Of the 2, 1 rose measurably." in close
    assert "None of the 2 changed measurably." in said(told(((1.0, 9.0),), rolled=True), "levels")


@pytest.mark.parametrize(
    ("values", "en"),
    [
        ((90, 80, 70, 60), "Ahorn leads with 90.0: by the interval of its rank it is ahead of all 3 others."),
        ((90, 89, 70, 60), "it is ahead of 2 of the 3 others and cannot be told apart from 1."),
        ((90, 89.5, 89, 88.5), "but cannot be told apart from any of the 3 others."),
    ],
)
def test_the_league_says_who_is_ahead_by_the_interval_of_the_rank(values: tuple[float, ...], en: str) -> None:
    content = told(values=dict(zip(("Ahorn", "Buche", "Carex", "Distel"), values, strict=True)))
    assert en in said(content, "league")
    assert "{" not in said(content, "league", "zh")
    bare = with_table(content, "ranks", rank_low=np.nan, rank_high=np.nan)
    assert "without intervals of the ranks nothing is said about who is ahead" in said(bare, "league")


def test_flagged_groups_have_no_place_in_a_sentence() -> None:
    content = told()
    groups = content.groups
    assert groups is not None
    bad = groups.assign(status=["inadmissible" if c == "Ahorn" else "ok" for c in groups["company"]])
    text = said(replace(content, groups=bad), "league")
    assert "Ahorn" not in text
    assert "1 more is flagged and compared with nothing." in text


def test_differences_from_the_parent_are_counted_as_corrected() -> None:
    data = sample.rolled_content()
    assert "Of 5, 1 lies measurably above their industry and 0 below." in said(data, "league")
    none = with_table(data, "differences", different=False)
    assert "None of 5 differs measurably from its industry." in said(none, "league")


@pytest.mark.parametrize(
    ("moves", "en"),
    [
        (
            {},
            "None of 4 changed measurably after correction for 4 comparisons. The largest estimated rise is that of "
            "Ahorn",
        ),
        (
            {"Buche": (-4.0, False)},
            "The largest estimated fall is that of Buche, 4.0 points (interval −9.0 to +1.0, corrected p",
        ),
        ({"Buche": (4.0, True)}, "1 of 4 rose measurably: Buche. This holds after correction for 4 comparisons (Holm)"),
        ({"Buche": (-4.0, True)}, "1 of 4 fell measurably: Buche."),
    ],
)
def test_winners_and_losers_are_named_only_after_correction(moves: dict[str, tuple[float, bool]], en: str) -> None:
    assert en in said(told(moves=moves), "movers")
    assert not re.search("[a-z]{4}", re.sub("Ahorn|Buche|Holm", "", said(told(moves=moves), "movers", "zh")))


def test_without_correction_that_is_said() -> None:
    alone = told(moves={"Buche": (4.0, True)}, adjust="none")
    assert "Each is taken by itself: of many comparisons some stand out by chance." in said(alone, "movers")
    assert "changed measurably, each taken by itself" in said(told(adjust="none"), "movers")
    assert section(told(()), "movers") is None


def test_drivers_are_told_apart_only_by_their_intervals() -> None:
    data = sample.content()
    assert "Perceived quality goes most closely with Customer satisfaction" in said(data, "satisfies")
    wide = with_table(data, "drivers", importance_low=0.1, importance_high=0.9)
    every = "Perceived quality, Customer expectations, Perceived value go most closely"
    assert every in said(wide, "satisfies")
    high = [0.09 if name == "Value" else 0.9 for name in wide.tables["drivers"]["driver"]]
    two = with_table(wide, "drivers", importance_low=0.05, importance_high=high)
    two = with_table(two, "drivers", importance_low=[0.05 if x < 0.1 else 0.1 for x in high])
    assert "Perceived quality and Customer expectations go most closely" in said(two, "satisfies")
    names = data.tables["drivers"]["driver"]
    leads = [0.1 if name == "Quality" else -0.1 if name == "Value" else 0.01 for name in names]
    two = with_table(wide, "drivers", effect_lead_high=leads)  # the stored differences tell more than two intervals
    assert "Perceived quality and Customer expectations go most closely" in said(two, "satisfies")
    one = with_table(wide, "drivers", effect_lead_high=[min(lead, -0.01) for lead in leads])
    assert "Perceived quality goes most closely with Customer satisfaction" in said(one, "satisfies")
    far = with_table(data, "drivers", importance_low=[-0.1 if name == "Value" else 0.3 for name in names],
                     importance_high=[0.9 if name == "Value" else 0.31 for name in names])  # fmt: skip
    far = with_table(far, "drivers", importance_low=[v if n != "Quality" else 0.4 for n, v in
                     zip(names, far.tables["drivers"]["importance_low"], strict=True)])  # fmt: skip
    uncertain = "Perceived quality goes with Customer satisfaction: where it is rated 1 point higher"
    assert said(far, "satisfies").startswith(uncertain)
    assert "Too uncertain to be compared with it: Perceived value." in said(far, "satisfies")
    assert uncertain in render_html(far, "en")  # what the page says first is what the story says
    zero = with_table(data, "drivers", importance_low=-0.1)
    assert said(zero, "satisfies").startswith("No driver is shown to go with Customer satisfaction")
    flagged = with_table(data, "drivers", status="inadmissible")
    assert said(flagged, "satisfies") == "The model is flagged: no map and no verdict on drivers."
    found = section(flagged, "satisfies")
    assert found is not None
    assert found.pictures == ()
    gone = replace(data, tables={k: t for k, t in data.tables.items() if not k.startswith("driver")})
    assert section(gone, "satisfies") is None


def test_the_best_quarter_is_that_of_the_groups() -> None:
    text = said(sample.content(), "satisfies")
    level = sample.groups().query("construct == 'Quality'")["index"].quantile(0.75)
    sure = f"(interval {level - 1:.1f} to {level + 1:.1f})"
    assert f"The best quarter of the groups reach {level:.1f} or more in Perceived quality {sure}" in text
    assert "best quarter" not in said(sample.content(grouped=False), "satisfies")
    wide = with_table(sample.content(), "best_quarter", low=10.0)
    assert "best quarter" not in said(wide, "satisfies")  # not surely above the present level


def test_links_have_a_direction_only_where_the_interval_leaves_0_out() -> None:
    data = told()
    effects = data.tables["effects"]
    text = said(data, "loyalty")
    row = effects.query("source == 'Satisfaction' and target == 'Loyalty'").iloc[0]
    assert f"Customer satisfaction 5 points higher goes with Customer loyalty higher by {row.impact:.1f} points" in text
    assert re.search(r"goes with Complaints lower by \d\.\d points", text)
    zero = with_table(data, "effects", impact_low=-1.0, impact_high=1.0)
    assert "No link between Customer satisfaction and Customer loyalty is shown" in said(zero, "loyalty")
    bare = with_table(data, "effects", impact_low=np.nan)
    assert "no interval was computed" in said(bare, "loyalty")
    flagged = with_table(data, "paths", status="not converged")
    assert "go with" not in said(flagged, "loyalty")


@pytest.mark.parametrize(
    ("step", "en"),
    [((1.0, 0.4), "measurably higher than in 2020"), ((-1.0, 0.4), "measurably lower than in 2020"),
     ((0.1, 0.4), "; no measurable change from 2020 (75.0).")],
)  # fmt: skip
def test_levels_of_outcomes_change_by_their_intervals(step: tuple[float, float], en: str) -> None:
    text = said(told((step,)), "loyalty")
    assert re.search(rf"Customer loyalty: {75 + step[0]:.1f} \(interval [0-9.]+ to [0-9.]+\)", text)
    assert en in text


def test_a_net_promoter_score_is_told_with_its_interval() -> None:
    data = sample.content()
    row = {"name": "NPS", "kind": "nps", "value": 31.2, "se": 1.0, "low": 29.2, "high": 33.2, "n": 900, "status": "ok"}
    scored = replace(data, tables={**data.tables, "indices": pd.DataFrame([row])})
    assert "The net promoter score (NPS) is +31.2 (interval 29.2 to 33.2)." in said(scored, "loyalty")
    bare = replace(data, tables={**data.tables, "indices": pd.DataFrame([row | {"low": np.nan}])})
    assert "The net promoter score (NPS) is +31.2." in said(bare, "loyalty")


def test_units_apart_in_every_construct_are_named_on_their_side() -> None:
    text = said(told(), "heat")
    [dots] = section(told(), "heat").small
    assert dots.endswith("were there no differences at all, about 1 of the 24 cells would still carry a dot.")
    assert "better than the whole in every construct: Ahorn and Buche" in text.replace(", ", " and ")
    assert "worse than the whole in every construct: Distel." in text
    close = told(values={"Ahorn": 76.2, "Buche": 75.9, "Carex": 75.8})
    text = "These differ measurably from the whole in 1 of 6 constructs each, more than any other: Ahorn, Buche, Carex."
    assert said(close, "heat") == text
    sure, unsure = Tile(80.0, 4.0, True), Tile(77.0, 1.0, False)
    reading = Reading(close, lang_of(close, "en"))
    a, b, _ = reading.units(reading.levels[0])
    every = [[(a, [tile, unsure]), (b, [unsure, unsure])] for tile in (sure, unsure)]
    told_of = [str(heat.sentences(reading, rows)[0]) for rows in every]
    assert told_of[0] == "Ahorn differs measurably from the whole in 1 of 2 constructs, more than any other."
    assert told_of[1] == "No unit differs measurably from the whole in any construct."


def test_answers_are_told_where_the_spec_asks_for_them() -> None:
    data = sample.content()
    assert section(data, "answers") is None
    described = pd.DataFrame(
        {"item": ["SAT1", "QUA1"], "missing_share": [0.0, 0.11], "top2": [0.62, 0.5], "bottom2": [0.06, 0.1]}
    ).assign(**dict.fromkeys(("n", "missing", "mean", "sd", "floor", "ceiling", "skew", "kurtosis"), 1.0))
    levels = pd.DataFrame({"item": ["SAT1"] * 4, "level": list("1234"), "share": [0.06, 0.1, 0.22, 0.62]})
    asked = replace(data, tables={**data.tables, "answers": described, "answer_levels": levels})
    text = said(asked, "answers")
    assert "62% give one of the two highest answers to “Customer satisfaction: overall”, 6% one of the two" in text
    assert "The question most often left unanswered is “Perceived quality: overall” (11%)." in text
    assert "对“顾客满意度：总体评价”，62%的受访者给出最高两档评价" in said(asked, "answers", "zh")


def test_what_an_interval_means_is_said_in_the_numbers_of_the_survey() -> None:
    text = said(told(), "sure")
    assert "a typical case with 200 respondents, is known to about ±1.0 points" in text
    assert "differ by about 1.4 points" in text
    tables = {k: sample.without_intervals(t, True) for k, t in sample.tables().items()}
    groups = sample.without_intervals(sample.groups(), True)
    bare = replace(sample.content(), tables=tables, groups=groups, group_paths=None)
    assert "nothing is said about how certain" in said(bare, "sure")


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_number_of_a_sentence_stands_in_a_table(lang: str) -> None:
    """Numbers with decimals: rounded, each is a value of a table, a share of one, or a difference named as such."""
    content = told(((1.0, 0.4), (0.6, 0.4)), rolled=True)
    frames = [*content.tables.values(), content.groups, *(p.data for s in story(content) for p in s.pictures)]
    known = {f"{abs(v):.{d}f}" for f in frames if f is not None for c in f.select_dtypes("number") for v in f[c]
             for d in (1, 2) if np.isfinite(v)}  # fmt: skip
    tell = lang_of(content, lang)
    for part in story(content, lang):
        if part.key in ("sure", "satisfies", "levels"):  # half-widths, room to the best quarter, gap of the ends
            continue
        for text in part.sentences:
            for found in re.findall(r"\d+\.\d+", tell.say(text)):
                assert found in known, (part.key, tell.say(text))


def test_a_page_in_chinese_shows_no_raw_names_of_columns() -> None:
    content = told(rolled=True)
    named = {"year": "年份", "company": "企业", "sector": "部门", "nation": "全国"}
    labels = tuple((column, ColumnLabels(Text(column, zh))) for column, zh in named.items())
    text = render_html(replace(content, model=replace(content.model, labels=labels)), "zh")
    text = text[: text.index('id="zh-researchers"')]
    body = re.sub(r"<style>.*?</style>|<script>.*?</script>|<[^>]+>", " ", text, flags=re.DOTALL)
    assert not re.search(r"[a-z_]+ = ", body)
    assert not [name for name in named if re.search(rf"\b{name}\b", body)]


def test_sentences_are_messages_and_every_figure_has_its_words() -> None:
    several = {
        "headline": 600,
        "waves": 600,
        **dict.fromkeys(("changes", "slope", "waterfall"), 400),
    }  # respondents of what is shown
    for part in story(told(((1.0, 0.4), (0.6, 0.4)), rolled=True), "zh"):
        assert all(isinstance(text, Message) for text in (part.title, *part.sentences, *part.small))
        for picture in part.pictures:
            assert picture.title
            assert picture.subtitle
            assert f"{several.get(picture.key, 200)}名受访者" in picture.caption
            assert len(picture.data)


def lower_is_better(data: Content, *names: str) -> Content:
    """The same numbers of an index construct (and others, by name) whose lower index is the better one."""
    names = ("Satisfaction", *names)
    constructs = tuple(replace(c, better="low") if c.name in names else c for c in data.model.constructs)
    return replace(data, model=replace(data.model, constructs=constructs))


def test_a_fall_of_what_is_better_low_reads_as_an_improvement() -> None:
    """Text, order and colour of every section that tells of a change or a place."""
    moves = {"Buche": (-4.0, True), "Carex": (4.0, True)}
    data = lower_is_better(told(((-1.0, 0.4),), moves=moves))
    remark = "Lower is better here: a fall of Customer satisfaction is an improvement."
    for name in ("movers", "league", "trend"):
        assert remark in said(data, name), name
        assert "数值越低越好：下降即为改善" in said(data, name, "zh")
        assert remark not in said(told(((-1.0, 0.4),), moves=moves), name)
    text = said(data, "movers")
    assert text.index("fell measurably: Buche") < text.index("rose measurably: Carex")
    assert "1.0 points below 2020" in said(data, "year")
    reading = Reading(data, lang_of(data, "en"))
    units = reading.units(reading.levels[0])
    assert [u.name for u in units] == ["Distel", "Carex", "Buche", "Ahorn"]  # the lowest is first
    colours = {u.name: (u.change.better, row(u).note_colour) for u in units}
    assert (colours["Buche"], colours["Carex"]) == ((1, "accent"), (-1, "amber"))
    assert "Distel" in said(data, "league").split(".")[0]


def test_units_below_the_whole_are_on_its_strong_side_where_lower_is_better() -> None:
    others = [c.name for c in sample.model().constructs if c.name != "Complaints"]
    text = said(lower_is_better(told(), *others), "heat")
    assert "better than the whole in every construct: Distel." in text
    assert "worse than the whole in every construct: Buche and Ahorn" in text.replace(", ", " and ")
    assert "in every construct:" not in said(lower_is_better(told()), "heat")  # Quality and Value stay better high


def test_a_driver_that_goes_with_less_is_told_as_such() -> None:
    data = sample.content()
    drivers = data.tables["drivers"]
    low, high = -drivers["importance_high"], -drivers["importance_low"]
    turned = drivers.assign(importance=-drivers["importance"], importance_low=low, importance_high=high)
    text = said(replace(data, tables={**data.tables, "drivers": turned}), "satisfies")
    assert "No driver" not in text
    assert "is rated 1 point higher, Customer satisfaction is" in text and "points lower (interval" in text


def test_questions_of_two_answers_show_no_shares_of_the_two_lowest_and_highest() -> None:
    spec = "csi: 1\nextends: acsi\nname: told\nreport: {answers: true}\nuncertainty: {method: none}\n"
    result = cs.Study(cs.parse_model(spec), cs.simulate("acsi", 60, seed=1).data).run(progress=False)
    picture = result.figures.picture("answers")
    levels = picture.data.groupby("item").size()
    assert levels["COMP1"] == 2
    assert len(re.findall(">[0-9]+%<", picture.svg())) == 2 * (levels >= 4).sum()

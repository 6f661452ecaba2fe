"""Figures of the sections for decisions: drawn numbers are those of the tables, titles claim what intervals support."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from xml.etree import ElementTree

import pandas as pd
import pytest
import sample
from telling import told

import csimodels as cs
from csimodels.i18n import translator
from csimodels.messages import Construct, Message, say
from csimodels.report import Figures
from csimodels.report.content import Content
from csimodels.report.figures.charts.dots import Look, Row, dot_chart
from csimodels.report.figures.scene import Dot, Line
from csimodels.report.html.notes import notes_to_read
from csimodels.report.html.table_views import lang_of
from csimodels.report.story.delivered import sentence as of_value
from csimodels.report.story.explained import sentences as explain
from csimodels.report.story.features import categories, penalties
from csimodels.report.story.goals import distance
from csimodels.report.story.goals import moved as who_moves
from csimodels.report.story.reading import Reading
from csimodels.report.story.story import story
from csimodels.report.story.weights import sentence as of_weights
from csimodels.spec.model import WaveSpec
from csimodels.tables import catalogue
from csimodels.tables.vocabulary import PERSONS_OF_MOVES

SPEC = """
csi: 1
extends: acsi
labels: {stayed: {en: Stays a customer, zh: 继续使用}}
items: {KF: {en: With the app, zh: 有应用, scale: [1, 5]}, KD: {en: Without it, zh: 无应用, scale: [1, 5]},
        COST: {en: What it costs, zh: 花费, scale: [1, 10]}}
drivers: {shares: true}
penalty_reward: {SAT1: {items: [QUA1, QUA2, VAL1], low: 5, high: 9}}
kano: {App: {functional: KF, dysfunctional: KD}}
targets: {Satisfaction: {level: 95, move: [5, 9], item: SAT1}}
behaviour: {stayed: {outcome: "LOY1 >= 7", on: Satisfaction, levels: [50, 60, 70, 80]}}
delivered_value: {values: [Quality, Value], costs: [COST]}
"""
TABLES = {"shares": "driver_shares", "penalties": "penalty_reward", "kano": "kano", "targets": "targets",
          "rises": "target_drivers", "behaviour_stayed": "behaviour_at", "delivered": "delivered_value"}  # fmt: skip


@pytest.fixture(scope="module")
def result() -> cs.Result:
    data = cs.simulate("acsi", 120, seed=1).data
    answers = [(1, 2), (1, 5), (2, 5), (3, 3)] * 30
    data = data.assign(KF=[f for f, _ in answers], KD=[d for _, d in answers], COST=data["EXP1"])
    method = cs.Bootstrap(replicates=20, seed=1)
    return cs.Study(cs.parse_model(SPEC), data, uncertainty=method).run(progress=False)


#: Words of what only an interval or a test supports.
VERDICT = re.compile("measurabl|significant|cannot be told apart from|overlap|clear of|includes 0|显著|重叠|均?含0")


def test_without_intervals_nothing_is_said_that_only_they_support() -> None:
    data = cs.simulate("acsi", 120, seed=1).data
    data = data.assign(KF=[1, 1, 2, 3] * 30, KD=[2, 5, 5, 3] * 30, firm=["A", "B"] * 60)
    spec = cs.parse_model(SPEC.replace("delivered_value: {values: [Quality, Value], costs: [COST]}", ""))
    bare = cs.Study(spec, data.assign(COST=data["EXP1"]), by="firm", uncertainty=None).run(progress=False)
    assert set(bare.penalty_reward()["factor"]) == {""}
    for lang in ("en", "zh"):
        parts, tr = story(bare.figures._content, lang), translator(lang)
        told = [say(text, tr) for part in parts for text in part.sentences]
        told += [text for part in parts for drawn in part.pictures for text in (drawn.title, drawn.subtitle)]
        assert len(told) > 15
        assert [text for text in told if VERDICT.search(text) and text != say(Message(_NONE_CALLED), tr)] == []


_NONE_CALLED = "Distances to the whole; without intervals none of them is called measurable."


def test_what_is_drawn_are_the_numbers_of_the_tables(result: cs.Result) -> None:
    figures = result.figures
    assert set(TABLES) <= set(figures.names())
    for name, table in TABLES.items():
        data, source = figures.picture(name).data, figures._content.table(table)
        if name == "shares":
            source = source[source["target"] == "Satisfaction"]
        keys = [c for c in ("target", "driver", "item", "name", "construct", "level", "part", "outcome")
                if c in data and c in source]  # fmt: skip
        both = data.astype(dict.fromkeys(keys, str)).merge(source.astype(dict.fromkeys(keys, str)), on=keys)
        assert len(both) == len(data)
        numbers = [c for c in data if c not in keys and f"{c}_x" in both]
        assert numbers
        for c in numbers:
            pd.testing.assert_series_equal(both[f"{c}_x"], both[f"{c}_y"], check_names=False, check_dtype=False)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_they_fit_a_telephone_and_stand_in_the_story(result: cs.Result, lang: str) -> None:
    sections = {s.key for s in story(result.figures._content, lang)}
    assert {"explained", "features", "goals", "follows", "delivered"} <= sections
    for name in TABLES:
        picture = result.figures.picture(name, lang, "column", "dark")
        root = ElementTree.fromstring(picture.svg())
        assert "nan" not in picture.svg().lower()
        for node in root.iter():
            for place in ("x", "cx"):
                assert -1 <= float(node.get(place, "0")) <= 381, (name, node.attrib)
            assert float(node.get("font-size", "99")) >= 9
        assert not any("�" in "".join(node.itertext()) for node in root.iter())


def _read(content: Content | None = None) -> Reading:
    content = content or sample.content(grouped=False)
    return Reading(content, lang_of(content, "en"))


def _say(message: object) -> str:
    return _read().lang.say(message)  # type: ignore[arg-type]


def test_a_target_is_missed_or_passed_only_where_the_interval_leaves_0_out() -> None:
    row = {"construct": "Satisfaction", "target": 80.0, "index": 78.0, "distance": 2.0}
    read = _read()
    assert "below its target" in _say(distance(read, row | {"low": 0.5, "high": 3.5}))
    assert "cannot be told" in _say(distance(read, row | {"low": -0.5, "high": 4.5}))
    above = row | {"index": 82.0, "distance": -2.0, "low": -3.5, "high": -0.5}
    assert "2.0 points above its target of 80.0 (interval 0.5 to 3.5)" in _say(distance(read, above))
    assert "no interval" in _say(distance(read, row | {"low": float("nan"), "high": float("nan")}))


def test_respondents_who_must_move_are_set_against_those_who_are_there() -> None:
    row = {"construct": "Satisfaction", "target": 80.0, "item": "SAT1", "from": 8, "to": 9, "respondents": 3.0}
    assert "3 of the 34 respondents who answer 8" in _say(who_moves(_read(), row | {"there": 34.0}))
    assert "and 2 are there" in _say(who_moves(_read(), row | {"there": 2.0}))


def test_value_is_more_or_less_only_where_the_interval_leaves_0_out() -> None:
    assert "more than" in _say(of_value({"score": 3.0, "low": 1.0, "high": 5.0}))
    assert "less than" in _say(of_value({"score": -3.0, "low": -5.0, "high": -1.0}))
    assert "cannot be told" in _say(of_value({"score": 3.0, "low": -1.0, "high": 7.0}))


def test_the_driver_that_explains_most_is_named_only_where_its_interval_lies_above_the_others() -> None:
    base = sample.content(grouped=False)
    shares = pd.DataFrame({"target": "Satisfaction", "driver": ["Quality", "Value"], "sign": "+", "lmg": [0.4, 0.1],
                           "lmg_low": [0.3, 0.05], "lmg_high": [0.5, 0.2], "lmg_share": [0.8, 0.2],
                           "relative_weight": [0.4, 0.1], "r2": 0.5})  # fmt: skip
    title = {}
    for low in (0.3, 0.15):
        table = _declared(shares.assign(lmg_low=[low, 0.05]))
        title[low] = Figures(replace(base, tables={**base.tables, "driver_shares": table})).shares().title
    assert title[0.3] == ("Perceived quality has the largest share of what is explained of Customer satisfaction: 80%.")
    assert "cannot be told" in title[0.15]


def test_a_single_driver_is_the_largest_of_nothing_and_without_intervals_it_is_by_estimate() -> None:
    row = {"driver": "Quality", "lmg_share": 0.6, "lmg_low": 0.3, "lmg_high": 0.5, "r2": 0.5, "lmg": 0.3}
    assert (
        _say(explain(_read(), [row])[0])
        == "Of the differences in Customer satisfaction, 50% are explained by Perceived quality."
    )
    none = {"lmg_low": math.nan, "lmg_high": math.nan}
    said = _say(explain(_read(), [row | none, row | none | {"driver": "Value", "lmg_share": 0.4}])[0])
    assert said.startswith("By estimate, Perceived quality has the largest share") and "no interval" in said


def test_parts_of_one_weight_weigh_most_together() -> None:
    def said(*weights: float) -> str:
        rows = [{"node": f"N{k}", "parent": "T", "weight": w, "index": 70.0} for k, w in enumerate(weights)]
        total = {"node": "T", "parent": "", "index": 70.0}
        return _say(of_weights(_read(), total, [total, *rows]))

    assert said(0.4, 0.4, 0.2) == "T stands at 70.0; N0, N1 weigh most with 40% each."
    assert said(0.5, 0.3, 0.2) == "T stands at 70.0; N0 weighs most with 50%."
    assert said(1.0) == "T stands at 70.0."


def _declared(frame: pd.DataFrame) -> pd.DataFrame:
    table = catalogue.find("driver_shares")
    assert table is not None
    return frame.reindex(columns=list(table.column_names))


def test_moves_of_persons_are_a_map_of_shares_that_claims_change_only_by_the_test() -> None:
    base = sample.content(grouped=False)
    pairs = [(a, b) for a in ("low", "high") for b in ("low", "high")]
    moves = pd.DataFrame({"from": 2025, "to": 2026, "state": [a for a, _ in pairs], "next_state": [b for _, b in pairs],
                          "persons": 10.0, "share": [0.6, 0.4, 0.3, 0.7], "se": 0.05, "low": 0.2,
                          "high": 0.8})  # fmt: skip
    tests = pd.DataFrame({"from": [2025], "to": [2026], "persons": 40, "mobility": 0.7, "se": 0.1, "low": 0.5,
                          "high": 0.9, "second_eigenvalue": 0.3, "chi2": 4.0, "df": 1, "p": 0.04})  # fmt: skip
    changed, none = "have changed measurably", "No change of the shares"
    for p, level, words in ((0.04, "95%", changed), (0.04, "99%", none), (0.07, "90%", changed), (0.2, "95%", none)):
        tables = {**base.tables, "wave_transition": moves, "wave_transition_tests": tests.assign(p=p)}
        picture = Figures(replace(base, tables=tables, facts={**base.facts, "level": level})).moves()
        assert words in picture.title
        assert picture.caption.startswith("40 persons of the panel · 2025 and 2026 · ")
        assert picture.data["share"].to_list() == moves["share"].to_list()
        assert ">60.0<" in picture.svg() and translator("zh")("middle") == "中"
    rests = Message(PERSONS_OF_MOVES["step"], construct=Construct("Satisfaction"), before="2025", after="2026", n=360)
    content = replace(base, tables=tables, notes=(*base.notes, rests))
    assert notes_to_read(content) == list(base.notes)  # it stands beside the moves
    assert next(s for s in story(content, lang_of(content, "zh")) if s.key == "switches").small == (rests,)
    assert notes_to_read(replace(base, notes=(rests,))) == [rests]  # without a section of its own it is a note


def test_titles_of_penalties_name_only_questions_whose_factor_is_shown() -> None:
    read = _read()
    say, one, other = read.lang.say, read.lang.label("QUA1"), read.lang.label("VAL1")
    low, high, neither = ({"item": item, "factor": factor} for item, factor in (
        ("QUA1", "basic"), ("VAL1", "excitement"), ("QUA2", "performance")))  # fmt: skip
    assert say(penalties(read, [low, high, neither])) == (
        f"Low answers cost measurably more than high ones bring for {one}; the other way round for {other}."
    )
    assert say(penalties(read, [low, neither])) == f"Low answers cost measurably more than high ones bring for {one}."
    assert say(penalties(read, [high])) == f"High answers bring measurably more than low ones cost for {other}."
    assert say(penalties(read, [neither])) == (
        "For no question a low answer measurably costs more or less than a high one brings."
    )


def test_titles_of_kano_name_only_features_whose_category_is_certain() -> None:
    read = _read()
    rows = [{"name": "App", "category": "A", "significant": True}, {"name": "Lift", "category": "M",
            "significant": False}, {"name": "Stairs", "category": "M", "significant": True}]  # fmt: skip
    assert read.lang.say(categories(read, rows)) == (
        "Features with a certain category, 2 of 3: App (Attractive), Stairs (Must-be)."
    )
    assert read.lang.say(categories(read, rows[1:2])).startswith("No feature has a certain category")


def test_what_is_of_the_reported_wave_names_it_and_its_respondents() -> None:
    content = told()
    row = {"construct": "Satisfaction", "target": 80.0, "index": 76.0, "distance": 4.0, "se": 1.0, "low": 2.0,
           "high": 6.0, "probability": 0.0, "status": "ok"}  # fmt: skip
    content = replace(content, tables={**content.tables, "targets": pd.DataFrame([row])})
    one = Figures(content)
    assert one.targets().title.startswith("2021: The index of Customer satisfaction lies 4.0 points below")
    assert one.targets("zh").title.startswith("2021年：")
    assert one.targets().caption.startswith("200 respondents · 2021 · ")
    rolled = told(rolled=True)
    unnamed = replace(rolled, model=replace(rolled.model, data=replace(rolled.model.data, wave=WaveSpec())))
    assert "· 2021 ·" in Figures(rolled).forest().caption
    assert "· all waves together ·" in Figures(unnamed).forest().caption


def test_behaviour_takes_its_label(result: cs.Result) -> None:
    zh = result.figures.picture("behaviour_stayed", "zh")
    assert zh.title.startswith("继续使用") and "stayed" not in zh.svg()
    assert result.figures.picture("behaviour_stayed").title.startswith("Stays a customer")


def test_what_explains_is_seen_where_both_shares_agree() -> None:
    row = Row("A", 50.0, 40.0, 60.0, 50.0, "50%")
    marks = dot_chart([row], 700.0, Look(ticks=True)).marks
    dot = next(m for m in marks if isinstance(m, Dot))
    stroke = next(m for m in marks if isinstance(m, Line) and m.colour == "ink")
    assert stroke.points[0][0] == dot.x
    assert stroke.points[1][1] - stroke.points[0][1] > 2 * dot.r

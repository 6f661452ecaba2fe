"""Cautions on rows and items: each is said with items and counts where it holds, and not where it does not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyreadstat
import pytest
import xlsxwriter

import csimodels as cs
from csimodels.spec import parse_model
from csimodels.survey.cautions.rows import cautions
from csimodels.survey.roles import ROLES, Role, role_log, role_problems, verdict

SOUND = cs.simulate("acsi", 300, seed=11).data


def said(data: pd.DataFrame, spec: str = "", rule: str = "mean") -> str:
    model = parse_model(f"csi: 1\nextends: acsi\n{spec}")
    return "\n".join(cautions(cs.Study(model, data).survey, rule))


def test_a_sound_survey_has_no_caution():
    assert said(SOUND) == ""


def test_an_item_that_few_answered_is_named_where_its_holes_are_not_filled_with_means():
    few, enough = (SOUND.assign(VAL1=SOUND["VAL1"].where(np.arange(300) < n)) for n in (20, 30))
    for rule in ("pairwise", "em", "fiml"):
        assert "few answers: VAL1 (20 of 300)" in said(few, rule=rule) and said(enough, rule=rule) == ""


def _near_copy(data: pd.DataFrame) -> pd.DataFrame:
    other = data["SAT1"].copy()
    other.iloc[:3] = np.where(other.iloc[:3] > 5, other.iloc[:3] - 1, other.iloc[:3] + 1)
    return data.assign(SAT2=other)


def _straight(data: pd.DataFrame) -> pd.DataFrame:
    """Thirty rows of sevens, beside the four of tens that the survey has by chance."""
    out = data.copy()
    tens = [name for name in out.columns if out[name].max() == 10 and out[name].min() >= 1]
    out.loc[out.index[:30], tens] = 7
    return out


def _holes(data: pd.DataFrame) -> pd.DataFrame:
    out = data.copy()
    out.loc[out.index[:90], "VAL1"] = np.nan
    return out


def _banks(data: pd.DataFrame, **columns: object) -> pd.DataFrame:
    """Two banks, the first of them in the first half of the rows only."""
    return data.assign(bank=np.where(np.arange(len(data)) < 150, "A", "B"), **columns)


CASES: dict[str, tuple[Callable[[pd.DataFrame], pd.DataFrame], str, tuple[str, ...]]] = {
    "copy": (lambda d: d.assign(SAT2=d["SAT1"]), "", ("copies of one another: SAT1 and SAT2 (300 rows)",)),
    "near copy": (_near_copy, "", ("nearly copies of one another: SAT1 and SAT2 (r = 0.99",)),
    "sum": (
        lambda d: d.assign(EXP3=d["EXP1"] + d["EXP2"]),
        "constructs: {Expectation: {items: {EXP3: {scale: [2, 20]}}}}",
        ("sums or differences of one another: EXP1, EXP2, EXP3",),
    ),
    "repeated rows": (lambda d: pd.concat([d, d.iloc[:20]]), "", ("repeated rows: 20 of 320 rows",)),
    "straight": (_straight, "", ("the same answer throughout: 34 of 300 rows (11.3 %)",)),
    "few rows": (lambda d: d.iloc[:40], "", ("few rows for 14 items: all respondents (40)",)),
    "holes": (_holes, "", ("many missing answers replaced by means: VAL1 (30 %)", "missing: em")),
    "hardly varies": (
        lambda d: d.assign(VAL2=np.where(np.arange(len(d)) < 290, 8.0, d["VAL2"])),
        "",
        ("items that hardly vary: VAL2 (9", "answer 8"),
    ),
    "1..5 on 1..10": (lambda d: d.assign(SAT1=np.ceil(d["SAT1"] / 2)), "", ("SAT1 1..5 on 1..10", "state it")),
    "1..10 on 0..100": (lambda d: d, "constructs: {Satisfaction: {items: {SAT1: {scale: [0, 100]}}}}",
                        ("SAT1 1..10 on 0..100",)),
    "1..10 on 0..10": (lambda d: d,
                       "constructs: {Satisfaction: {items: {SAT1: {scale: [0, 10]},\n SAT2: {scale: [0, 10]}}}}",
                       ("SAT1, SAT2 1..10 on 0..10",)),
    "lost to codes": (lambda d: d.assign(VAL1=np.where(np.arange(len(d)) < 120, 98.0, d["VAL1"])),
                      "data: {missing_codes: [98]}", ("lost to missing codes: VAL1 (40 %)",)),
    "labels alike": (
        lambda d: d.assign(bank=np.array(["Harbour", "harbour ", "Ｈarbour"])[np.arange(len(d)) % 3]),
        "data: {by: bank}",
        ('letters alone: "Harbour" (100), "harbour" (100), "Ｈarbour" (100); write them alike',),
    ),
    "one group": (lambda d: d.assign(bank="Harbour"), "data: {by: bank}", ("one group only: bank is Harbour",)),
    "groups of waves": (
        lambda d: _banks(d, year=np.where((np.arange(len(d)) < 150) | (np.arange(len(d)) % 2 == 0), 2025, 2026)),
        "data: {by: bank, wave: year}",
        ("2025 and 2026 have different groups (only in 2025: A)", "changes of single groups do not"),
    ),
    "waves under by": (
        lambda d: _banks(d, when=np.array(["2025Q4", "2026Q1"])[np.arange(len(d)) % 2]),
        "data: {by: [bank, when]}",
        ("when looks like waves (2025Q4, 2026Q1)", "{by: [bank], wave: when}"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_each_caution_names_items_and_counts(case: str):
    make, spec, words = CASES[case]
    text = said(make(SOUND), spec)
    for word in words:
        assert word in text, text


@pytest.mark.parametrize("case", CASES)
def test_a_caution_comes_alone(case: str):
    """What is wrong in one place brings no caution about another; lost answers are holes too."""
    make, spec, _ = CASES[case]
    expected = 2 if case == "lost to codes" else 1
    assert len(said(make(SOUND), spec).splitlines()) == expected


def test_rows_that_miss_answers_do_not_count_as_holes_under_em():
    assert said(_holes(SOUND), rule="em") == ""


def test_two_models_in_one_spec_are_said():
    model = parse_model(
        "csi: 1\nconstructs: {A: {items: [SAT1]}, B: {items: [SAT2]}, C: {items: [EXP1]},\n"
        " Satisfaction: {items: [EXP2]}}\n"
        "paths: {A: B, C: Satisfaction}"
    )
    text = "\n".join(cautions(cs.Study(model, SOUND).survey))
    assert "the paths make 2 separate models: A, B | C, Satisfaction" in text


@pytest.mark.parametrize("estimator", ["pls", "plsc", "ml"])
def test_every_estimator_says_the_same(estimator: str):
    notes = cs.Study("acsi", _near_copy(SOUND), estimator=estimator, uncertainty=None).run().notes
    assert any("items that are nearly copies of one another" in note for note in notes)


def test_a_lost_item_is_a_state_in_the_tables():
    data = SOUND.assign(VAL1=np.where(np.arange(300) < 120, 98.0, SOUND["VAL1"]))
    result = cs.Study("acsi", data, missing_codes=[98], uncertainty=None).run()
    assert result.index()["status"].str.contains("a third of an item lost").all()


# ---- what the file says of itself -----------------------------------------------------------------------------------


def _notes(data: object, spec: str = "", **keywords: object) -> str:
    model = parse_model(f"csi: 1\nextends: acsi\n{spec}")
    return "\n".join(cs.Study(model, data, uncertainty=None, **keywords).run().notes)


def test_formulas_that_were_never_calculated_are_counted(tmp_path: Path):
    """A workbook written by a program holds formulas without values: its cells are empty to a reader."""
    path = tmp_path / "survey.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("answers")
        for c, name in enumerate(SOUND.columns):
            sheet.write(0, c, name)
            for r, value in enumerate(SOUND[name].iloc[:60]):
                if (name, r) == ("SAT1", 4):
                    sheet.write_formula(r + 1, c, "=3+4", value="")
                elif not pd.isna(value):
                    sheet.write(r + 1, c, value)
    assert "formulas never calculated: survey.xlsx: 1" in _notes(path)


def test_repeated_respondents_are_named():
    ids = [f"R{k}" for k in range(300)]
    ids[7], ids[9] = ids[3], ids[3]
    text = _notes(SOUND.assign(Resp_ID=ids))
    assert "repeated respondent ids: Resp_ID: 2" in text and "R3" in text
    assert "repeated respondent ids" not in _notes(SOUND.assign(Resp_ID=range(300)))


def test_the_same_respondent_in_two_groups_is_no_slip():
    data = SOUND.assign(id=[k % 150 for k in range(300)], year=[2025] * 150 + [2026] * 150)
    assert "repeated respondent ids" not in _notes(data, "data: {by: year}")


def test_strata_that_are_clusters_are_said():
    data = SOUND.assign(region=np.arange(300) % 10)
    report = cs.Study(parse_model("csi: 1\nextends: acsi\ndata: {design: {strata: region, cluster: region}}"), data)
    log = report.survey.report().set_index("step")
    assert "every stratum is one cluster" in log.loc["column in two roles", "detail"]


def test_variable_labels_are_the_wording_of_items_without_one(tmp_path: Path):
    path = tmp_path / "survey.sav"
    pyreadstat.write_sav(SOUND, str(path), column_labels=[f"Question {name}" for name in SOUND.columns])
    names = [item.name for item in cs.load_model("acsi").items]
    bare = "constructs: {A: {items: [%s]}, Satisfaction: {items: {%s: Own wording, %s: {}}}}\npaths: {A: Satisfaction}"
    model = parse_model("csi: 1\n" + bare % (", ".join(names[:2]), names[2], names[3]))
    result = cs.Study(model, path, uncertainty=None).run()
    assert result.model.label(names[0]) == f"Question {names[0]}" and result.model.label(names[2]) == "Own wording"
    assert result.facts["model hash"] == result.model.hash


# ---- roles ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("first", ROLES)
@pytest.mark.parametrize("second", ROLES)
def test_every_two_roles_have_a_verdict_that_does_not_depend_on_their_order(first: Role, second: Role):
    kind, reason = verdict(first, second)
    assert (kind, reason) == verdict(second, first) and bool(reason) == (kind != "allowed")
    problems = role_problems({"x": [_use(first), _use(second)]})
    assert bool(problems) == (kind == "refused")
    assert bool(role_log({"x": [_use(first), _use(second)]})) == (kind == "said")


def _use(role: Role) -> str:
    return {"item": "item A", "cell": "cell A"}.get(role, f"design: {role}" if role in ("strata", "cluster") else role)


def test_pairs_of_many_copies_are_counted_not_listed() -> None:
    names = [name for name in SOUND.columns if SOUND[name].max() == 10 and SOUND[name].min() >= 1][:5]
    text = said(SOUND.assign(**dict.fromkeys(names[1:], SOUND[names[0]])))
    assert f"{names[0]} and {names[1]} (300 rows)" in text and "and 4 more; leave one of the two out" in text

"""Marks of a Chinese keyboard, where YAML takes them for letters: each mistake is named with its cause."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pandas as pd
import pytest

import csimodels as cs
from csimodels.spec import parse_model

GOOD = """csi: 1
constructs:
  Quality: {items: [Q1, Q2]}
  Satisfaction: {items: [S1, S2]}
paths: {Quality: Satisfaction}
"""


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("scale: 【1，10】", "write [1, 10]"),
        ("scale: [1，10]", "write 1, 10"),
        ("estimate: {estimator: “pls”}", 'write "pls"'),
        ("estimate: {estimator：pls}", "write estimator: pls"),
        ("data: {out_of_range: ‘error’}", "write 'error'"),
        ("title: {en: Banks，zh：银行}", 'the text holds the entry "zh"'),
    ],
)
def test_full_width_marks_are_the_cause_that_is_named(text: str, words: str):
    with pytest.raises(cs.SpecError) as caught:
        parse_model(GOOD + text + "\n")
    assert words in str(caught.value) and len(caught.value.problems) == 1


def test_full_width_marks_in_words_of_a_questionnaire_are_nothing_to_say():
    model = parse_model(GOOD + "title: {zh: 银行（零售）：满意度，2026}\ndescription: “好”，也许\n")
    assert model.title.zh == "银行（零售）：满意度，2026"


@pytest.mark.parametrize(
    ("by", "words"), [("“bank”", "write bank without them"), ("bank，region", "write [bank, region]")]
)
def test_columns_in_full_width_marks(by: str, words: str):
    data = cs.simulate("acsi", 60, seed=2).data.assign(bank="A", region="B")
    with pytest.raises(cs.DataError, match="there is no column") as caught:
        cs.Study("acsi", data, by=by).check()
    assert words in caught.value.problems[0].remedy


def test_composed_and_decomposed_letters_are_one_column_and_said():
    data = cs.simulate("acsi", 60, seed=2).data.rename(columns={"SAT1": unicodedata.normalize("NFD", "qualité")})
    survey = cs.Study("acsi", data, columns={"SAT1": unicodedata.normalize("NFC", "qualité")}).survey
    assert "columns found by composed letters" in set(survey.report()["step"])


def test_an_empty_mapping_does_not_undo_a_filter(tmp_path: Path):
    (tmp_path / "base.yaml").write_text(GOOD + "data: {where: {year: 2026}}\n", encoding="utf-8")
    (tmp_path / "own.yaml").write_text("csi: 1\nextends: ./base.yaml\ndata: {where: {}}\n", encoding="utf-8")
    with pytest.raises(cs.SpecError, match="takes nothing back") as caught:
        cs.load_model(tmp_path / "own.yaml")
    assert caught.value.problems[0].remedy.startswith("write `where: null`")
    (tmp_path / "own.yaml").write_text("csi: 1\nextends: ./base.yaml\ndata: {where: null}\n", encoding="utf-8")
    assert cs.load_model(tmp_path / "own.yaml").data.where == ()


@pytest.mark.parametrize(
    ("rule", "kept"),
    [
        ("age >= 18 and region != 9", 3),
        ("not (age < 18) and region in (1, 2)", 2),
        ("18 <= age < 40 or town == 'Bath'", 3),
        ("age is missing", 1),
        ("profit >= quantile(profit, 0.8)", 1),
        ("town > 'A' and region not in (9)", 4),
        ("`age` ≥ 18 and （region = 1）", 1),
    ],
)
def test_rules_keep_the_rows_for_which_they_are_true(rule: str, kept: int):
    """Counted by hand in the five rows below; a comparison with an empty cell keeps nothing."""
    names = [item.name for item in cs.load_model("acsi").items]
    rows = pd.DataFrame({name: [0, 1, 0, 1, 0] if name == "COMP1" else [3, 5, 7, 4, 8] for name in names}).assign(
        age=[17, 18, 40, None, 65], region=[1, 2, 1, 2, 9][:5], town=["Bath", "York", "York", "Bath", None],
        profit=[1.0, 2.0, 3.0, 4.0, 5.0],
    )  # fmt: skip
    rows.loc[4, "region"] = 3
    data = pd.concat([rows.assign(**{n: 1 - rows[n] if n == "COMP1" else rows[n] - k for n in names}) for k in range(2)]
                     + [rows] * 2, ignore_index=True)  # fmt: skip
    study = cs.Study(parse_model(f'csi: 1\nextends: acsi\ndata: {{where: "{rule}"}}'), data)
    entry = study.survey.report().set_index("step").loc["filtered by where"]
    assert f"keeps {4 * kept} of 20" in entry["detail"]


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("agee >= 18", ['no column "agee" for where', 'did you mean "age"?']),
        ("town == Bath", ['no column "Bath"', "quotes"]),
        ("town >= 3", ["compared by size and holds texts"]),
        ("age > 200", ["holds for no row"]),
    ],
)
def test_rules_that_do_not_fit_the_data(rule: str, words: list[str]):
    data = cs.simulate("acsi", 60, seed=2).data.assign(age=30, town="Bath")
    with pytest.raises(cs.DataError) as caught:
        cs.Study("acsi", data, where=rule).check()
    for word in words:
        assert word in str(caught.value)


@pytest.mark.parametrize("rule", ["age >=", "age & 3", "age", "(age > 3", "quantile(age, 2) > 1", "__import__('os')"])
def test_rules_that_are_none(rule: str):
    with pytest.raises(cs.SpecError, match=r"rule|quantile"):
        parse_model(GOOD + f'data: {{where: "{rule}"}}\n')

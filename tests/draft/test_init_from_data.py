"""A spec proposed from a file: what is found is right, what is guessed is said, what is unknown is left open."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pyreadstat
import pytest
from typed_commands import run
from typer.testing import CliRunner

import csimodels as cs
from csimodels.cli import app
from csimodels.draft.concepts import concept_of
from csimodels.draft.wording import likeness

ROOT = Path(__file__).parents[2]
TELECOM = ROOT / "data" / "telecom.sav"
#: Short headings that people give to the questions of TCSI; those of one language stand for one file.
HEADINGS = {
    "zh": {
        "IMG1": "总体印象", "IMG2": "特色是否鲜明", "EXP1": "对总体质量的期望", "EXP2": "期望满足个人需求的程度",
        "EXP3": "网络可靠性期望", "EXP4": "服务质量期望", "QUA1": "总体质量评价", "QUA2": "满足个人需求程度",
        "QUA3": "网络可靠性", "QUA4": "服务质量", "VAL1": "给定资费下的质量", "VAL2": "给定质量下资费是否合理",
        "SAT1": "总体满意度", "SAT2": "与期望相比的表现", "SAT3": "与理想企业的差距", "COMP1": "是否投诉过",
        "LOY1": "继续选择的可能性", "LOY2": "向亲友推荐的可能性", "LOY3": "降价时继续使用的可能性",
    },
    "en": {
        "IMG1": "Overall impression", "IMG2": "Distinctive from others", "EXP1": "Expected overall quality",
        "EXP2": "Expected to meet needs", "EXP3": "Expected network reliability", "EXP4": "Expected customer service",
        "QUA1": "Rating of overall quality", "QUA2": "Meets my needs", "QUA3": "Network reliability",
        "QUA4": "Customer service rating", "VAL1": "Quality given the charges", "VAL2": "Charges given the quality",
        "SAT1": "Q1. Overall satisfaction", "SAT2": "Performance compared with expectations",
        "SAT3": "Closeness to the ideal operator", "COMP1": "Complained in past year", "LOY1": "Would choose again",
        "LOY2": "Likely to recommend to friends", "LOY3": "Stay if others cut charges",
    },
}  # fmt: skip


def test_the_telecom_file_needs_no_correction_but_what_only_its_maker_knows(tmp_path: Path) -> None:
    spec = cs.init("tcsi", TELECOM).save(tmp_path / "my.yaml")
    model, demo = cs.load_model(spec), cs.load_model(ROOT / "models" / "tcsi-demo.yaml")
    assert model.data.by == demo.data.by and model.data.wave == demo.data.wave
    assert (model.data.weight, model.data.design) == (demo.data.weight, demo.data.design)
    assert dict(model.data.missing_reasons) == {"dont_know": (98,), "refused": (99,)}


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("gone", [(), ("QUA3", "SAT1", "EXP4", "LOY2")])
def test_headings_are_matched_rightly_or_left_open(lang: str, gone: tuple[str, ...]) -> None:
    data = cs.simulate("tcsi", 60, seed=1).data.drop(columns=list(gone)).rename(columns=HEADINGS[lang])
    data = data[np.random.default_rng(2).permutation(data.columns)]
    found = cs.init("tcsi", data).matched().set_index("item")
    there = found[found["column"] != ""]
    assert {i: c for i, c in there["column"].items() if c != HEADINGS[lang][i]} == {}
    assert set(there.index).isdisjoint(gone)
    assert len(there) >= 17 - 2 * len(gone)
    assert (there["how"] == "wording").all() and there["why"].str.contains("reads like the question").all()
    hint = "给定资费下的质量" if lang == "zh" else ""
    assert found.loc["VAL1", "column"] == hint or hint in found.loc["VAL1", "why"]


def test_variable_labels_count_for_columns_whose_names_say_nothing(tmp_path: Path) -> None:
    pyreadstat = pytest.importorskip("pyreadstat")
    data = cs.simulate("tcsi", 60, seed=1).data.astype(float)
    labels = [HEADINGS["zh"][name] for name in data]
    data.columns = [f"v{k:03d}" for k in range(len(labels))]
    pyreadstat.write_sav(data, str(tmp_path / "d.sav"), column_labels=labels)
    found = cs.init("tcsi", tmp_path / "d.sav").matched()
    meant = {label: name for name, label in zip(data, labels, strict=True)}
    wrong = [(i, c) for i, c in zip(found["item"], found["column"], strict=True) if c and c != meant[HEADINGS["zh"][i]]]
    assert not wrong and (found["column"] != "").sum() >= 17


def test_likeness_looks_at_what_tells_questions_apart() -> None:
    asked = [["How do you rate the coverage of this operator?"], ["How do you rate the tariff of this operator?"]]
    table = likeness(asked, ["Tariff of the operator", "Rate this operator", "Coverage", ""])
    assert table[1, 0] > 0.5 > table[0, 0] and table[0, 2] > 0.8
    assert abs(table[0, 1] - table[1, 1]) < 0.05 and (table[:, 3] == 0).all()


def odd_survey() -> pd.DataFrame:
    """ACSI on five points, words and codes between, an item that is not asked, groups in groups, notes."""
    random = np.random.default_rng(3)
    data = cs.simulate("acsi", 300, seed=5).data.drop(columns="LOY2")
    rated = [name for name in data if name != "COMP1"]
    data[rated] = np.ceil(data[rated] / 2)
    text = data.astype(int).astype(str)
    text["COMP1"] = text["COMP1"].map({"1": "Yes", "0": "No"})
    for name in rated:
        text.loc[random.random(300) < 0.03, name] = "DK"
        text.loc[random.random(300) < 0.03, name] = "99"
    words = ["Very dissatisfied", "Dissatisfied", "Neutral", "Satisfied", "Very satisfied"]
    text["SAT1"] = text["SAT1"].replace({**{str(k + 1): word for k, word in enumerate(words)}, "99": "DK"})
    text = text.rename(columns={"EXP1": "Q3_exp1", "EXP2": "exp_02", "VAL1": "v1", "SAT1": "Overall satisfaction"})
    company = random.integers(0, 4, 300)
    text.insert(0, "Respondent ID", range(1001, 1301))
    text["Company"] = np.asarray(["Alba", "Boreal", "Cirrus", "Delta"])[company]
    text["Industry"] = np.asarray(["Retail", "Retail", "Finance", "Finance"])[company]
    text["sex"] = random.choice(["f", "m"], 300)
    text["sample weight"] = random.lognormal(0, 0.3, 300).round(3)
    text["Year of birth"] = random.integers(1950, 2005, 300)
    text["Comments"] = [f"nothing to add to what I have said {k}" for k in range(300)]
    return text


def test_every_guess_stands_beside_its_line_and_open_items_are_named_by_check(tmp_path: Path) -> None:
    odd_survey().to_csv(tmp_path / "odd.csv", index=False)
    said = run("init", "acsi", "--data", tmp_path / "odd.csv", "-o", tmp_path / "my.yaml")
    text = (tmp_path / "my.yaml").read_text(encoding="utf-8")
    lines = {line.split(":")[0].strip(): line for line in text.splitlines()}
    for key in ("weight", "by", "missing_codes", "dont_know", "EXP1", "EXP2"):
        assert "  # guessed: " in lines[key], key
    assert lines["by"].split("#")[0].split() == ["by:", "Company"] and "99" in lines["missing_codes"]
    assert "# rollup: {levels: [Company, Industry], weights: weights.csv}" in text
    assert "  # wave: year" in text and "wave" not in lines  # a year of birth is none
    model = cs.load_model(tmp_path / "my.yaml")
    scales = {item.name: item.scale for item in model.items}
    assert {scales[i] for i in scales if i not in ("COMP1", "LOY2")} == {(1.0, 5.0)}  # those without a column too
    assert not any("10 very" in item.text.en for item in model.items if item.scale == (1.0, 5.0))
    assert [i for i in ("VAL1", "LOY2") if f'{i}: "?{i}"' in text] == ["VAL1", "LOY2"]
    assert "lacking a column for 2 items" in said and "Comments" in said
    bad = CliRunner().invoke(app, ["check", str(tmp_path / "my.yaml")])
    assert bad.exit_code != 0
    with pytest.raises(cs.DataError) as caught:
        cs.Study(tmp_path / "my.yaml").run(progress=False)
    problems = caught.value.problems
    assert [re.search(r"item (\w+)", p.what)[1] for p in problems] == ["VAL1", "LOY2"]  # type: ignore[index]
    assert all("csi init found no column" in p.remedy for p in problems)
    mended = text.replace('"?VAL1"', "v1").replace("#       LOY2: null", "      LOY2: null")
    (tmp_path / "my.yaml").write_text(mended, encoding="utf-8")
    result = cs.Study(tmp_path / "my.yaml", uncertainty=None).run(progress=False)
    assert len(result.index()["Company"].unique()) == 4
    used = result.survey_log.set_index("step")["count"]
    data = odd_survey()
    codes = int(data.isin(["DK", "99"]).sum().sum())
    assert used["missing codes recoded"].sum() == codes


@pytest.mark.parametrize(
    ("column", "expected", "values"),
    [
        ([1, 2, 3, 4, 5, 6, 7] * 30, (1.0, 7.0), {}),
        ([0, 3, 10] * 70, (0.0, 10.0), {}),
        ([0, 50, 100] * 70, (0.0, 100.0), {}),
        ([2, 7, 9] * 70, (1.0, 10.0), {}),  # nothing speaks against the model
        (["1分", "5分", "10分"] * 70, (1.0, 10.0), {"1分": 1, "5分": 5, "10分": 10}),
        (["非常不满意", "一般", "非常满意"] * 70, (1.0, 5.0), {"非常不满意": 1, "一般": 3, "非常满意": 5}),
    ],
)
def test_scales_and_words(column: list[object], expected: tuple[float, float], values: dict[str, float]) -> None:
    data = {item.name: column for item in cs.load_model("ecsi").items}
    draft = cs.init("ecsi", data)
    model = cs.parse_model(draft.text())
    assert {item.scale for item in model.items} == {expected}
    assert dict(model.items[0].values) == values
    assert ("answers" in set(draft.guessed()["what"])) == bool(values or expected != (1.0, 10.0))


def test_yes_and_no_by_value_labels(tmp_path: Path) -> None:
    pyreadstat = pytest.importorskip("pyreadstat")
    data = cs.simulate("acsi", 50, seed=1).data.astype(float)
    data["COMP1"] = 2 - data["COMP1"]
    labels = {"COMP1": {1.0: "是", 2.0: "否"}, "SAT1": {1.0: "低", 10.0: "高", 11.0: "说不清"}}
    data.loc[3, "SAT1"] = 11
    pyreadstat.write_sav(data, str(tmp_path / "d.sav"), variable_value_labels=labels)
    draft = cs.init("acsi", tmp_path / "d.sav")
    items = {item.name: item for item in cs.parse_model(draft.text(), base=tmp_path).items}
    assert dict(items["COMP1"].values)["1"] == 1 and dict(items["COMP1"].values)["2"] == 0
    assert items["SAT1"].scale == (1.0, 10.0)
    guessed = draft.guessed()
    assert guessed.loc[guessed["value"] == "11", "why"].iloc[0].startswith('value label "说不清"')


def test_a_label_that_contradicts_a_name_is_said(tmp_path: Path) -> None:
    pyreadstat = pytest.importorskip("pyreadstat")
    data = cs.simulate("tcsi", 50, seed=1).data.astype(float)
    wrong = {"SAT1": "向亲友推荐的可能性", "SAT2": HEADINGS["zh"]["SAT2"]}
    pyreadstat.write_sav(data, str(tmp_path / "d.sav"), column_labels=[wrong.get(name, "") for name in data])
    found = cs.init("tcsi", tmp_path / "d.sav").matched().set_index("item")
    assert "reads like LOY2" in found.loc["SAT1", "why"] and found.loc["SAT2", "how"] == "name"


def test_a_code_that_is_an_answer_elsewhere_holds_for_its_items_only(tmp_path: Path) -> None:
    pyreadstat = pytest.importorskip("pyreadstat")
    data = cs.simulate("acsi", 80, seed=1).data.astype(float)
    data.loc[:5, "COMP1"] = 9
    pyreadstat.write_sav(data, str(tmp_path / "d.sav"), variable_value_labels={"COMP1": {9.0: "Refused"}})
    model = cs.parse_model(cs.init("acsi", tmp_path / "d.sav").text(), base=tmp_path)
    assert dict(model.data.item_missing_codes) == {"COMP1": (9,)} and not model.data.missing_codes


def test_a_code_of_most_items_is_no_end_of_a_scale_in_another() -> None:
    """A price tolerance of 0 to 25 % with 98 among the answers: no scale of 0 to 100."""
    data = cs.simulate("acsi", 400, seed=7, truth=cs.Population(dont_know_share=0.03)).data
    assert (data["LOY2"] == 98).sum() > 5
    draft = cs.init("acsi", data)
    model = cs.parse_model(draft.text())
    assert {item.name: item.scale for item in model.items}["LOY2"] == (0.0, 25.0)
    assert model.data.missing_codes == (98,) and not model.data.item_missing_codes
    result = cs.Study(model, data, uncertainty=None).run(progress=False)
    log = result.survey_log
    assert log.loc[log["step"] == "missing codes recoded", "count"].sum() == int((data == 98).sum().sum())


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_names_of_any_kind_survive(tmp_path: Path, lang: str) -> None:
    odd = ["no", "a: b", "# x", "{1}", "'q'", '"q"', "1", "*", "a\\b", "满意 %", "-", "null"]
    data = cs.simulate("ecsi", 40, seed=1).data
    names = dict(zip(data.columns, odd, strict=False))
    spec = cs.init("ecsi", data.rename(columns=names)).text(lang=lang)
    for item, name in names.items():  # a maker writes them where the draft has left a place
        place = re.search(rf"    {item}: (\S+)", spec)
        assert place is not None
        spec = spec.replace(f"{item}: {place[1]}", f"{item}: '{name.replace(chr(39), 2 * chr(39))}'", 1)
    assert {**dict(cs.parse_model(spec).data.columns)}.items() >= names.items()


def test_what_cannot_be_done_is_refused(tmp_path: Path) -> None:
    with pytest.raises(cs.SpecError, match="no library model"):
        cs.init("acs", TELECOM)
    with pytest.raises(cs.DataError, match="no such file"):
        cs.init("acsi", tmp_path / "no.sav")
    with pytest.raises(cs.SpecError, match="the folder does not exist"):
        cs.init("tcsi", TELECOM).save(tmp_path / "no" / "my.yaml")
    (tmp_path / "my.yaml").write_text("mine", encoding="utf-8")
    for more in ((), ("--full", "--force")):
        done = CliRunner().invoke(app, ["init", "tcsi", "--data", str(TELECOM), "-o", str(tmp_path / "my.yaml"), *more])
        assert done.exit_code != 0 and (tmp_path / "my.yaml").read_text(encoding="utf-8") == "mine"


def test_the_sheet_that_looks_like_the_questions_is_taken(tmp_path: Path) -> None:
    data = cs.simulate("acsi", 30, seed=2).data
    file = tmp_path / "survey.xlsx"
    with pd.ExcelWriter(file) as book:
        pd.DataFrame({"notes": ["made in May", "see the next sheet"]}).to_excel(book, sheet_name="about", index=False)
        data.to_excel(book, sheet_name="answers", index=False)
        pd.DataFrame({"code": [1, 2], "means": ["a", "b"]}).to_excel(book, sheet_name="codes", index=False)
    draft = cs.init("acsi", file)
    assert draft.unmatched == () and draft.sheets == ("about", "codes")
    assert 'sheet: "answers"' in draft.text() or "sheet: answers" in draft.text()
    assert cs.init("acsi", file, sheet="about").sheets == ()  # as asked
    assert "languages: [zh, en]" in draft.text(lang="zh") and "languages: [en, zh]" in draft.text()


def test_the_very_words_of_a_question_are_clear_beside_a_near_one(tmp_path: Path) -> None:
    """Quality given the price, and price given the quality: one label each, word for word."""
    pyreadstat = pytest.importorskip("pyreadstat")
    model = cs.load_model("ecsi")
    texts = {item.name: item.text.get("en") for item in model.items}
    names = {name: f"V{k}" for k, name in enumerate(texts)}
    data = cs.simulate("ecsi", 30, seed=2).data.rename(columns=names)
    labels = {names[name]: text for name, text in texts.items()}
    pyreadstat.write_sav(data, tmp_path / "s.sav", column_labels=labels)
    assert cs.init("ecsi", tmp_path / "s.sav").unmatched == ()
    twice = labels | {names["PERV1"]: texts["PERV2"]}  # one text over two columns tells them not apart
    pyreadstat.write_sav(data, tmp_path / "t.sav", column_labels=twice)
    assert "PERV2" in cs.init("ecsi", tmp_path / "t.sav").unmatched


@pytest.mark.parametrize(
    ("months", "period", "waves"),
    [
        ((3, 4, 15, 16), "year", ("2024", "2025")),
        ((1, 2, 4, 8), "quarter", ("2024-Q1", "2024-Q2", "2024-Q3")),
        ((5, 5, 6, 6), None, ()),
    ],
)
def test_dates_are_offered_as_waves(
    tmp_path: Path, months: tuple[int, ...], period: str | None, waves: tuple[str, ...]
) -> None:
    """Years where each has rows enough, quarters within one year; a fieldwork of some weeks is no series of waves."""
    data = cs.simulate("acsi", 160, seed=3).data
    data["interviewed"] = [
        f"{2024 + (m - 1) // 12}-{(m - 1) % 12 + 1:02}-{k % 28 + 1:02}" for k in range(40) for m in months
    ]
    data.to_csv(tmp_path / "rows.csv", index=False)
    spec = Path(cs.init("acsi", tmp_path / "rows.csv").save(tmp_path / "my.yaml"))
    text = spec.read_text(encoding="utf-8")
    line = next(line for line in text.splitlines() if line.startswith("  # wave:"))
    if period is None:
        assert line.startswith("  # wave: year ") and "interviewed" not in line
        return
    assert line.startswith(f"  # wave: {{column: interviewed, period: {period}}}") and f"{waves[0]} (" in line
    spec.write_text(text.replace("  # wave:", "  wave:"), encoding="utf-8")
    assert tuple(map(str, cs.Study(spec).survey.waves)) == waves


def test_words_that_fall_from_good_to_bad_turn_the_item(tmp_path: Path) -> None:
    """The draft writes `reverse` where the question says that 1 is the best, and the check has nothing more to say."""
    data = cs.simulate("ecsi", 120, seed=4).data
    data["CUSA1"] = 11 - data["CUSA1"]
    data.rename(columns={"CUSA1": "CUSA1（1=非常满意，10=非常不满意）"}).to_csv(tmp_path / "rows.csv", index=False)
    spec = Path(cs.init("ecsi", tmp_path / "rows.csv").save(tmp_path / "my.yaml"))
    text = spec.read_text(encoding="utf-8")
    assert "CUSA1: {reverse: true}" in text and text.count("reverse: true") == 1
    survey = cs.Study(spec).survey
    assert not [entry for entry in survey.entries() if "good to bad" in str(entry.step)]
    names = [item.name for item in survey.model.items]
    assert np.corrcoef(survey.x[:, names.index("CUSA1")], survey.x[:, names.index("CUSA2")])[0, 1] > 0.3
    answers = pd.DataFrame({f"Q{k}": (data["CUSA2"] + k) % 5 + 1 for k in range(1, 4)})
    asked = pd.DataFrame([["Staff", "Speed (1=very good, 5=very bad)", "Price"]], columns=answers.columns)
    pd.concat([asked, answers]).to_csv(tmp_path / "own.csv", index=False)
    own = cs.init(data=tmp_path / "own.csv").text()
    assert own.count("reverse: true") == 1 and "turned: the lowest number is the best answer" in own


def test_labels_in_both_languages_are_parted(tmp_path: Path) -> None:
    data = cs.simulate("ncsb", 120, seed=1).data.assign(shop=np.repeat([1.0, 2.0], 60))
    path = tmp_path / "both.sav"
    pyreadstat.write_sav(
        data, str(path), column_labels={"shop": "Shop / 门店"},
        variable_value_labels={"shop": {1.0: "North / 北店", 2.0: "South / 南店"}},
    )  # fmt: skip
    draft = cs.init("ncsb", path)
    assert '  shop: {en: "Shop", zh: "门店"}' in draft.text(tmp_path)
    draft.save(tmp_path / "both.yaml")
    study = cs.Study(tmp_path / "both.yaml", uncertainty=None)
    names = [
        study.survey.model.label_of("shop", key, lang) for (key,) in study.survey.group_keys for lang in ("en", "zh")
    ]
    assert names == ["North", "北店", "South", "南店"]


def test_what_is_offered_and_not_taken_is_said(tmp_path: Path) -> None:
    data = cs.simulate("ncsb", 120, seed=1).data.assign(region=np.repeat(["a", "b"], 60), w=1.0)
    data.loc[3, "w"] = -2.0
    data.to_csv(tmp_path / "s.csv", index=False)
    args = ["init", "ncsb", "--data", str(tmp_path / "s.csv"), "-o", str(tmp_path / "s.yaml")]
    said, text = CliRunner().invoke(app, args).stdout, (tmp_path / "s.yaml").read_text(encoding="utf-8")
    assert "groups: its name is" in said and "its smallest is -2" in said
    assert "  # by: region" in text and "  # weight: w " in text
    assert cs.Study(tmp_path / "s.yaml").model.data.by == ()


def test_chinese_headings_that_speak_of_nothing_are_left_out() -> None:
    other, brand = likeness([["与其他品牌相比，该品牌的特征是否显著？"]], ["Q18 其他", "Q2 品牌特征显著程度"])[0]
    assert other == 0.0 < brand
    assert [concept_of(text) for text in ("下次还会购买吗", "满足您需求的程度")] == ["Loyalty", "Quality"]

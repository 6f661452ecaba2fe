"""A draft of a questionnaire whose questions are its own, where their words tell the constructs of the field."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import csimodels as cs
from csimodels.cli import app
from csimodels.draft.concepts import concept_of
from csimodels.draft.stems import stem_of

N = 240
BLOCKS = {"质量期望": 0.5, "总体质量": 1.0, "感知价值": 0.7, "满意度": 0.9, "忠诚度": 0.8}


@cache
def coded() -> pd.DataFrame:
    """Numbered headings (``Q1_1 质量期望1``), a complaint asked with 1 and 2, companies; no item of a library."""
    random = np.random.default_rng(7)
    liking = random.normal(size=N)
    data = pd.DataFrame({"编号": range(1, N + 1), "公司": random.choice(["甲", "乙"], N)})
    data["权重"] = random.lognormal(0, 0.3, N).round(3)
    for k, (name, share) in enumerate(BLOCKS.items()):
        for j in (1, 2, 3):
            noisy = 6 + 1.6 * (share * liking + 0.8 * random.normal(size=N))
            data[f"Q{k + 1}_{j} {name}{j}"] = np.clip(np.round(noisy), 1, 10).astype(int)
    data["Q6 是否投诉（1=是，2=否）"] = np.where(random.normal(size=N) - liking > 1.2, 1, 2)
    return data


def worded(*left_out: str) -> pd.DataFrame:
    """Headings that are whole questions, without any number."""
    random = np.random.default_rng(8)
    names = (
        *("Overall quality expected before purchase", "Expected fit to needs"),
        *("Perceived overall quality", "Reliability of the product"),
        *("Value for the price paid", "Price given the quality"),
        *("Overall satisfaction", "How close to the ideal"),
        *("Likely to buy again", "Would recommend to friends"),
    )
    liking = random.normal(size=N)
    answers = {k: np.clip(np.round(3 + liking + random.normal(size=N)), 1, 5) for k in names if k not in left_out}
    return pd.DataFrame(answers)


def test_an_own_questionnaire_becomes_a_path_model(tmp_path: Path) -> None:
    """Two commands from a workbook to an index; it is that of a spec written by hand."""
    coded().to_excel(tmp_path / "调查.xlsx", index=False)
    run, spec = CliRunner(), tmp_path / "my.yaml"
    done = run.invoke(app, ["init", "--data", str(tmp_path / "调查.xlsx"), "-o", str(spec), "--lang", "zh"])
    assert done.exit_code == 0, done.output
    assert run.invoke(app, ["check", str(spec)]).exit_code == 0
    model = cs.load_model(spec)
    acsi = cs.load_model("acsi")
    assert set(model.construct_names) == set(acsi.construct_names) and set(model.paths) == set(acsi.paths)
    assert model.index.construct == "Satisfaction" and model.construct("Complaints").better == "low"
    assert [item.name for item in model.construct("Value").items] == [f"Q3_{j} 感知价值{j}" for j in (1, 2, 3)]
    assert dict(model.construct("Complaints").items[0].values) == {"1": 1.0, "2": 0.0}
    assert model.data.by == ("公司",) and model.data.weight == "权重"
    found = cs.Study(spec, uncertainty=None).run(progress=False).index()
    renamed = coded().rename(columns=dict(zip(coded().columns[3:], _names(), strict=True)))
    by_hand = cs.Study(cs.parse_model(BY_HAND), renamed, uncertainty=None).run(progress=False).index()
    keys = ["公司", "construct"]
    one, two = (table.set_index(keys)["index"].sort_index() for table in (found, by_hand))
    pd.testing.assert_series_equal(one, two, rtol=1e-10)


def _names() -> list[str]:
    return [f"{short}{j}" for short in ("e", "q", "v", "s", "l") for j in (1, 2, 3)] + ["c"]


BY_HAND = """
csi: 1
scale: [1, 10]
constructs:
  Expectation: {items: [e1, e2, e3]}
  Quality: {items: [q1, q2, q3]}
  Value: {items: [v1, v2, v3]}
  Satisfaction: {items: [s1, s2, s3]}
  Complaints: {better: low, items: {c: {scale: [0, 1], values: {1: 1, 2: 0}}}}
  Loyalty: {items: [l1, l2, l3]}
paths:
  Expectation: [Quality, Value, Satisfaction]
  Quality: [Value, Satisfaction]
  Value: Satisfaction
  Satisfaction: [Complaints, Loyalty]
  Complaints: Loyalty
index: Satisfaction
data: {weight: 权重, by: 公司}
"""


def test_a_named_model_gives_its_paths_where_the_questions_are_others() -> None:
    draft = cs.init("tcsi", coded())
    assert "with the paths of tcsi" in repr(draft) and draft.base == "" and draft.unmatched == ()
    said = " ".join(map(str, draft.chosen()))
    assert "hardly a column fits an item of tcsi" in said and "no columns speak of Image" in said
    here = set(draft.proposal.model.construct_names)
    tcsi = cs.load_model("tcsi")
    assert here == set(tcsi.construct_names) - {"Image"}
    assert set(draft.proposal.model.paths) == {(a, b) for a, b in tcsi.paths if a != "Image"}
    marked = [line for line in draft.text().splitlines() if "# guessed" in line]
    assert all(any(line.strip().startswith(f"{c}:") for line in marked) for c in (*here, "paths", "index"))


def test_whole_questions_are_told_by_their_words() -> None:
    draft = cs.init(data=worded())
    model = cs.parse_model(draft.text())
    assert {c.name: len(c.items) for c in model.constructs} == dict.fromkeys(
        ("Expectation", "Quality", "Value", "Satisfaction", "Loyalty"), 2
    )
    assert len(cs.Study(model, worded(), uncertainty=None).run(progress=False).paths()) == 7
    fewer = cs.init(data=worded("Overall satisfaction", "How close to the ideal"))
    assert "without a model" in repr(fewer)  # no satisfaction, no model of it


def test_a_questionnaire_of_which_words_tell_a_small_part_is_no_such_model() -> None:
    random = np.random.default_rng(9)
    names = ["cusa", *(f"{stem}_{k}" for stem in ("qual", "cusl", "comp", "like", "attr", "csor") for k in range(1, 5))]
    data = pd.DataFrame(random.integers(1, 8, (60, len(names))), columns=names)
    assert "without a model: 6 constructs" in repr(cs.init(data=data))
    assert "with the paths of acsi: 3 constructs, 9 items" in repr(cs.init(data=data.iloc[:, :11]))


def test_questions_on_satisfaction_with_parts_are_no_model() -> None:
    data = worded().set_axis([f"Satisfaction with the {k} quality" for k in "abcdefghij"], axis=1)
    assert "without a model" in repr(cs.init(data=data))


def test_two_blocks_of_one_construct_keep_their_own_names() -> None:
    data = coded().rename(columns={f"Q3_{j} 感知价值{j}": f"Q3_{j} 服务质量{j}" for j in (1, 2, 3)})
    model = cs.parse_model(cs.init(data=data).text())
    assert {"Q2", "Q3"} < set(model.construct_names) and ("Q3", "Satisfaction") in model.paths
    assert ("Q2", "Q3") not in model.paths


def test_labels_of_a_file_speak_too(tmp_path: Path) -> None:
    pyreadstat = pytest.importorskip("pyreadstat")
    data = worded()
    short = data.set_axis([f"v{k:02d}" for k in range(len(data.columns))], axis=1)
    pyreadstat.write_sav(short, str(tmp_path / "d.sav"), column_labels=list(data.columns))
    model = cs.parse_model(cs.init(data=tmp_path / "d.sav").text(), base=tmp_path)
    assert [item.name for item in model.construct("Loyalty").items] == ["v08", "v09"]
    assert model.construct("Loyalty").items[0].text.en == "Likely to buy again"


@pytest.mark.parametrize(
    ("text", "concept"),
    [
        ("您对投诉处理结果的满意度", ""),
        ("是否抱怨过", "Complaints"),
        ("与期望相比，您的感受", "Satisfaction"),
        ("就价格而言质量如何", "Value"),
        ("您对总体质量的满意程度", "Satisfaction"),
        ("对质量的满意程度", ""),
        ("How likely are you to choose it again?", "Loyalty"),
        ("against all odds", ""),
        ("Complaint handling", ""),
    ],
)
def test_words(text: str, concept: str) -> None:
    assert concept_of(text) == concept


@pytest.mark.parametrize(
    ("name", "stem"), [("Q5_1 速度", "Q5"), ("5(2). Staff", "Q5"), ("Q1 质量1", "质量"), ("3、总体质量", "")]
)
def test_numbered_headings(name: str, stem: str) -> None:
    assert stem_of(name) == stem

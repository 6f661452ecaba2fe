"""A draft where no model is named: the library model that fits, or plain means of columns whose names go together."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import csimodels as cs
from csimodels.cli import app
from csimodels.draft.facts import file_facts
from csimodels.draft.stems import blocks, rated, stem_of
from csimodels.survey.files.plain import plain_table

N = 120


def unknown() -> pd.DataFrame:
    """A questionnaire of no model: three families of columns, a weight, groups, ages, visits, notes."""
    random = np.random.default_rng(4)
    liking = random.normal(size=N)
    data = pd.DataFrame({"id": range(1, N + 1), "store": random.choice(["north", "south"], N)})
    data["w"] = random.lognormal(0, 0.3, N).round(3)
    data["age"] = random.integers(18, 80, N)
    for stem, n, top in (("Pace_", 3, 5), ("STAFF", 2, 7), ("sat", 2, 10)):
        for k in range(1, n + 1):
            noisy = (top + 1) / 2 + top / 5 * (liking + random.normal(size=N))
            data[f"{stem}{k}"] = np.clip(np.round(noisy), 1, top).astype(int)
    data.loc[:4, "Pace_1"] = 99
    data["VISITS1"], data["VISITS2"] = random.integers(0, 200, (2, N))
    data["remark"] = [f"what respondent {k} had to say at length" for k in range(N)]
    return data


@pytest.mark.parametrize("name", ["acsi", "tcsi", "ecsi", "electricity"])
def test_the_library_model_that_a_survey_was_drawn_from_is_taken(name: str) -> None:
    data = cs.simulate(name, 60, seed=1).data
    groups = np.resize(["a", "b", "c"], len(data))
    data = data.assign(carrier=groups).rename(columns={data.columns[0]: f"Q1_{data.columns[0]}"})
    draft = cs.init(data=data)
    assert draft.base == name and draft.unmatched == ()
    n = len(draft.proposal.model.asked)
    said = " ".join(map(str, draft.chosen()))
    assert f"{name} fits best: {n} of {n} items" in said and "csi init MODEL --data" in said
    text = draft.text()
    assert f"# no model was named; {name} fits best" in text and "by: carrier" in text
    assert cs.parse_model(text).construct_names == cs.load_model(name).construct_names


def test_a_survey_that_lacks_some_questions_still_finds_its_model() -> None:
    data = cs.simulate("tcsi", 60, seed=2).data.drop(columns=["LOY3", "IMG1"])
    draft = cs.init(data=data)
    assert draft.base == "tcsi" and draft.unmatched == ("IMG1", "LOY3")


def test_a_named_model_says_nothing_of_a_choice() -> None:
    draft = cs.init("acsi", cs.simulate("tcsi", 40, seed=2).data)
    assert draft.base == "acsi" and draft.chosen() == () and draft.fits == ()


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_an_unknown_questionnaire_runs_at_once(tmp_path: Path, lang: str) -> None:
    data = unknown()
    data.to_csv(tmp_path / "u.csv", index=False)
    run = CliRunner()
    done = run.invoke(app, ["init", "--data", str(tmp_path / "u.csv"), "-o", str(tmp_path / "u.yaml"), "--lang", lang])
    assert done.exit_code == 0, done.output
    text = (tmp_path / "u.yaml").read_text(encoding="utf-8")
    marked = {"en": "# guessed: ", "zh": "# 推测："}[lang]
    lines = {line.split(":")[0].strip(): line for line in text.splitlines()}
    assert all(marked in lines[key] for key in ("Pace", "STAFF", "sat", "index", "weight", "by", "missing_codes"))
    assert "# paths: {Pace: [sat], STAFF: [sat]}" in text
    assert run.invoke(app, ["check", str(tmp_path / "u.yaml")]).exit_code == 0
    study = cs.Study(tmp_path / "u.yaml", uncertainty=None)
    blocks = {c.name: [(item.name, item.scale) for item in c.items] for c in study.model.constructs}
    assert blocks["Pace"] == [(f"Pace_{k}", (1.0, 5.0)) for k in (1, 2, 3)]
    assert blocks["STAFF"] == [(f"STAFF{k}", (1.0, 7.0)) for k in (1, 2)]
    assert blocks["sat"] == [(f"sat{k}", (1.0, 10.0)) for k in (1, 2)] and len(blocks) == 3
    index = study.run(progress=False).index()
    found = index[index["construct"] == "sat"].set_index("store")["index"]
    rows = data.assign(y=(data[["sat1", "sat2"]].mean(axis=1) - 1) / 9 * 100)
    for store, mine in rows.groupby("store"):  # the weighted mean by hand; sat has no missing answers
        assert found[store] == pytest.approx(np.average(mine["y"], weights=mine["w"]), abs=1e-9)


def test_with_the_proposed_paths_it_is_a_model() -> None:
    data = unknown()
    text = cs.init(data=data).text().replace("# paths:", "paths:").replace("estimator: means", "estimator: pls")
    result = cs.Study(cs.parse_model(text), data, uncertainty=None).run(progress=False)
    assert len(result.paths()) == 4  # two in each group


def test_items_whose_names_share_nothing_stand_for_themselves(tmp_path: Path) -> None:
    random = np.random.default_rng(1)
    names = {"Speed of checkout": 5, "满意": 5, "no": 7}
    data = pd.DataFrame({name: random.integers(1, top + 1, 60) for name, top in names.items()})
    data["Friendly"] = random.choice(
        ["Very dissatisfied", "Dissatisfied", "Neutral", "Satisfied", "Very satisfied"], 60
    )
    draft = cs.init(data=data)
    assert "without a model: 0 constructs, 4 items" in repr(draft)
    model = cs.parse_model(draft.text())
    assert [(i.name, i.scale) for i in model.items] == [
        *((name, (1.0, float(top))) for name, top in names.items()),
        ("Friendly", (1.0, 5.0)),
    ]
    index = cs.Study(model, data, uncertainty=None).run(progress=False).answers()
    assert set(index["item"]) == {*names, "Friendly"}


def test_wordings_of_the_file_are_kept(tmp_path: Path) -> None:
    pyreadstat = pytest.importorskip("pyreadstat")
    data = pd.DataFrame({f"B{k}": np.resize([1, 2, 3, 4, 5], 50).astype(float) for k in (1, 2)})
    pyreadstat.write_sav(data, str(tmp_path / "d.sav"), column_labels=["排队时间", 'How clean: the "shop"'])
    items = cs.parse_model(cs.init(data=tmp_path / "d.sav").text(), base=tmp_path).items
    assert [(i.text.zh, i.text.en) for i in items] == [("排队时间", ""), ("", 'How clean: the "shop"')]


def test_scales_that_differ_are_not_put_together() -> None:
    data = pd.DataFrame({f"Q{k}": np.resize(np.arange(1, 11), 100) for k in (1, 2, 3)})
    data["Q4"] = np.resize([1, 2, 3, 4, 5], 100)  # another scale
    data["Q5"] = np.resize([0, 1], 100)  # yes and no
    data["Q6"] = np.resize(np.arange(1, 10), 100)  # nobody chose ten
    data["Q"] = np.resize([1, 2, 3, 4, 5], 100)  # its name is that of the construct
    facts, _ = file_facts(plain_table(data))
    (block,) = blocks(rated(facts.columns))
    assert [item.name for item in block.items] == ["Q1", "Q2", "Q3", "Q6"]
    assert {item.scale for item in block.items} == {(1.0, 10.0)}
    assert cs.parse_model(cs.init(data=data).text()).construct_names == ("Q",)
    both = data.drop(columns="Q4").rename(columns={"Q": "Q0", "Q1": "sat_1", "Q2": "sat_2"}).assign(sat=data["Q3"])
    assert "sat" in cs.parse_model(cs.init(data=both).text()).construct_names


@pytest.mark.parametrize(
    ("name", "stem"), [("EXP10", "EXP"), ("Q3_12", "Q3"), ("Q12c", "Q12"), ("满意度 2", "满意度"), ("w", ""), ("7", "")]
)
def test_stems(name: str, stem: str) -> None:
    assert stem_of(name) == stem


def test_a_file_without_answers_is_refused_with_what_was_found(tmp_path: Path) -> None:
    unknown()[["id", "store", "w", "age", "remark"]].to_csv(tmp_path / "none.csv", index=False)
    with pytest.raises(cs.DataError) as caught:
        cs.init(data=tmp_path / "none.csv")
    (problem,) = caught.value.problems
    assert all(name in str(problem.found) for name in ("id", "store", "remark")) and "csi codebook" in problem.remedy
    done = CliRunner().invoke(app, ["init", "--data", str(tmp_path / "none.csv"), "-o", str(tmp_path / "my.yaml")])
    assert done.exit_code != 0 and not (tmp_path / "my.yaml").exists()
    for bare in (lambda: cs.init(), lambda: cs.init("acsi")):
        with pytest.raises(cs.SpecError):
            bare()
    assert CliRunner().invoke(app, ["init", "-o", str(tmp_path / "my.yaml")]).exit_code != 0


def test_answers_on_a_later_sheet_are_found(tmp_path: Path) -> None:
    with pd.ExcelWriter(tmp_path / "s.xlsx") as book:
        pd.DataFrame({"notes": ["made in May", "see the next sheet"]}).to_excel(book, sheet_name="about", index=False)
        unknown().to_excel(book, sheet_name="data", index=False)
    draft = cs.init(data=tmp_path / "s.xlsx")
    assert draft.sheets == ("about",) and "sheet: data" in draft.text()

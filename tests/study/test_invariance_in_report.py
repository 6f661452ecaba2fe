"""The ladder of invariance beside a result: what the key of the spec gives, and what is said where it cannot be."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
import pytest

import csimodels as cs
from csimodels.errors import CsiError
from csimodels.report import render_html
from csimodels.report.documents.document import document
from csimodels.spec import dump_model, load_model, parse_model

SPEC = {"report": {"invariance": True, "languages": ["en", "zh"], "brand": {"field_dates": "in May"}}}


@pytest.fixture(scope="module")
def answers() -> pd.DataFrame:
    """Two groups, one of which answers a question lower than its construct does: intercepts differ."""
    data = cs.simulate("ecsi", 400, seed=4).data.assign(bank=["A", "B"] * 200)
    first = next(c for c in data if c.startswith("IMAG"))
    data.loc[data["bank"] == "B", first] = (data.loc[data["bank"] == "B", first] - 3).clip(lower=1)
    return data.assign(year=[2025, 2025, 2026, 2026] * 100)


def run(data: pd.DataFrame, report: object = True, **options: object) -> cs.Result:
    model = load_model("ecsi", overrides={**SPEC, "report": {**SPEC["report"], "invariance": report}})
    return cs.Study(model, data, uncertainty=None, **options).run(progress=False)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def result(answers: pd.DataFrame) -> cs.Result:
    return run(answers, by="bank")


@contextmanager
def refused(words: str) -> Iterator[None]:
    with pytest.raises(CsiError, match=words):
        yield


def test_the_ladder_is_that_of_invariance(answers: pd.DataFrame, result: cs.Result) -> None:
    alone = cs.invariance("ecsi", answers, by="bank")
    found = result.tables()
    pd.testing.assert_frame_equal(found["invariance"], alone.table())
    assert found["joint_groups"].to_numpy().tolist() == [["A", 200], ["B", 200]]
    assert "latent_means" not in found  # intercepts are not equal
    missed = alone.fit("scalar").tables()["joint_modification"]
    missed = missed[missed["released"].astype(bool)].reset_index(drop=True)
    pd.testing.assert_frame_equal(found["joint_modification"], missed)
    assert str(missed.sort_values("mi").iloc[-1]["lhs"]).startswith("IMAG")


def test_the_page_and_the_documents_hold_it(result: cs.Result) -> None:
    for lang, words in (("en", "measurement is equal up to equal loadings (metric)"), ("zh", "测量等同性成立至")):
        page = render_html(result.content, lang)
        assert words in page
        assert f'id="{lang}-invariance"' in page
        assert "in May" in page
    told = document(result.content, "en")
    titles = [table.title for table in told.tables]
    place = titles.index("Is measurement the same in every group?")
    assert told.tables[place].picture is not None
    assert titles[place + 1] == "The ladder"
    below = told.tables[place + 1].said
    assert "The ladder is by maximum likelihood (ML)" in below and "the report is by PLS" in below
    picture = result.figures.invariance("zh")
    assert "比较对象" in picture.caption
    assert "invariance" in repr(result.figures)


def test_a_report_by_ml_does_not_tell_its_estimator_again(answers: pd.DataFrame) -> None:
    same = document(run(answers, by="bank", estimator="ml").content, "en")
    ladder = next(table for table in same.tables if table.title == "The ladder")
    assert "maximum likelihood" not in ladder.said


def test_a_stored_result_keeps_it(result: cs.Result, tmp_path: Path) -> None:
    cs.save(result, tmp_path / "out", report=False)
    again = cs.load_result(tmp_path / "out")
    pd.testing.assert_frame_equal(again.tables()["invariance"], result.tables()["invariance"], check_dtype=False)
    assert again.figures.invariance().title == result.figures.invariance().title


def test_across_waves_or_within_the_current_one(answers: pd.DataFrame) -> None:
    model = load_model("ecsi", overrides={"data": {"by": "bank", "wave": "year"}, **SPEC})
    waves = cs.Study(model, answers, uncertainty=None).run(progress=False).tables()["joint_groups"]
    assert waves.to_numpy().tolist() == [[2025, 200], [2026, 200]]
    model = load_model(model, overrides={"report": {"invariance": ["bank"]}})
    groups = cs.Study(model, answers, uncertainty=None).run(progress=False)
    assert groups.tables()["joint_groups"].to_numpy().tolist() == [["A", 100], ["B", 100]]
    assert "2026" in groups.figures.invariance().caption


def test_what_cannot_be_is_said(answers: pd.DataFrame) -> None:
    with refused("there are none"):
        run(answers)
    with refused("is no group column"):
        run(answers, ["bnak"], by="bank")
    few = run(answers.assign(bank=["A"] * 390 + ["B"] * 10), by="bank")
    assert any("no ladder of invariance: too few rows" in note for note in few.notes)
    assert "invariance" not in few.tables()
    many = run(answers.assign(bank=[f"G{k % 21:02d}" for k in range(400)]), by="bank")
    assert any("21 groups are too many beside a result" in note for note in many.notes)


def test_the_key_of_the_spec() -> None:
    text = "csi: 1\nextends: acsi\nreport: {invariance: %s}\n"
    assert parse_model(text % "true").report.invariance == ()
    assert parse_model(text % "false").report.invariance is None
    assert parse_model(text % "year").report.invariance == ("year",)
    for value in ("true", "[year, region]"):
        model = parse_model(text % value)
        assert parse_model(dump_model(model)).report.invariance == model.report.invariance
        assert model.hash != parse_model(text % "false").hash
    assert parse_model(text % "false").hash == parse_model(text.split("report")[0]).hash

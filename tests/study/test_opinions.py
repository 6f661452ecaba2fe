"""Second opinions through the front door: semopy beside ours, and one spec by several estimators."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest

import csimodels as cs
from csimodels.report.figures.scene import Dot
from csimodels.spec.model import Parameter

THREE = ("pls", "plsc", "ml")


@pytest.fixture(scope="module")
def survey() -> pd.DataFrame:
    """400 ACSI interviews of two firms."""
    frame = cs.simulate("acsi", 400, seed=21).data
    return frame.assign(firm=np.where(np.arange(400) % 2, "北方", "South"))


@pytest.fixture(scope="module")
def compared(survey: pd.DataFrame) -> cs.EstimatorComparison:
    return cs.compare_estimators("acsi", survey)


class TestCrosscheck:
    """semopy stops at changes of the discrepancy of 1e-13, which leaves parameters six digits: 1e-5."""

    @pytest.fixture(autouse=True)
    def needs_semopy(self) -> None:
        pytest.importorskip("semopy")

    def test_every_parameter_and_the_test(self, survey: pd.DataFrame) -> None:
        result = cs.Study("acsi", survey, estimator="ml", uncertainty=None).run()
        table = cs.crosscheck(result)
        assert len(table) == 36 + 2 and table["parameter"].tolist()[-2:] == ["chi2", "df"]
        assert table["semopy"].to_numpy() == pytest.approx(table["ours"].to_numpy(), rel=1e-5, abs=1e-5)
        assert (table["difference"] == table["ours"] - table["semopy"]).all()
        assert (table[["ours_status", "semopy_status"]] == "ok").all(axis=None)
        own = result.parameters().query("free")
        assert sorted(own["est"]) == pytest.approx(sorted(table["ours"][:-2]), rel=1e-12)

    def test_groups_and_statements(self, survey: pd.DataFrame) -> None:
        base = cs.load_model("acsi")
        stated = (Parameter("EXP1", "~~", "QUA1"), Parameter("Value", "~", "Expectation", value=0.4))
        model = replace(base, parameters=stated, estimate=replace(base.estimate, estimator="ml"))
        table = cs.crosscheck(cs.Study(model, survey, by="firm", uncertainty=None).run())
        assert table["firm"].tolist() == sorted(["South"] * 38 + ["北方"] * 38)
        assert table["semopy"].to_numpy() == pytest.approx(table["ours"].to_numpy(), rel=1e-4, abs=1e-5)
        assert (table.query("parameter == 'df'")["ours"] == 69).all()

    def test_semopy_as_the_estimator_of_a_study(self, survey: pd.DataFrame) -> None:
        ours = cs.Study("acsi", survey, estimator="ml", uncertainty=None).run()
        theirs = cs.Study("acsi", survey, estimator="semopy", uncertainty=None).run()
        pd.testing.assert_frame_equal(theirs.paths(), ours.paths(), rtol=1e-5)
        pd.testing.assert_frame_equal(theirs.index(), ours.index(), rtol=1e-5)

    def test_what_cannot_be_checked(self, survey: pd.DataFrame, tmp_path: Path) -> None:
        with pytest.raises(cs.SpecError, match="only results of maximum likelihood"):
            cs.crosscheck(cs.Study("acsi", survey, uncertainty=None).run())
        result = cs.Study("acsi", survey, estimator="ml", uncertainty=None).run()
        cs.save(result, tmp_path / "out", report=False)
        with pytest.raises(cs.DataError, match="loaded from a folder"):
            cs.crosscheck(cs.load_result(tmp_path / "out"))
        holed = survey.assign(EXP1=survey["EXP1"].astype(float).where(survey.index > 5))
        fiml = cs.Study("acsi", holed, estimator="ml", missing="fiml", uncertainty=None).run()
        with pytest.raises(cs.SpecError, match="fiml"):
            cs.crosscheck(fiml)


def test_the_table_is_that_of_three_studies(compared: cs.EstimatorComparison, survey: pd.DataFrame) -> None:
    table = compared.table()
    assert table.groupby("table", sort=False).size().to_dict() == {"index": 6, "paths": 9, "loadings": 14, "r2": 5}
    for name in THREE:
        alone = cs.Study("acsi", survey, estimator=name, missing="em", uncertainty=None).run()
        for part, column in (("paths", "estimate"), ("index", "index"), ("loadings", "loading"), ("r2", "r2")):
            mine = table.loc[table["table"] == part, name].to_numpy(dtype=float)
            expected = getattr(alone, part)()[column].to_numpy()
            np.testing.assert_allclose(mine, expected, rtol=1e-9)
        assert (table[f"{name}_status"] == "ok").all()


def test_pls_is_attenuated_and_the_others_are_not() -> None:
    """4 000 answers of common factors: PLS loadings are too large, paths too small; PLSc and ML find them (0.04).

    Cut answers lower the correlation of constructs a little; that the truth lies nearer to PLSc and ML is the point.
    """
    drawn = cs.simulate("acsi", 4000, seed=5)
    table = cs.compare_estimators("acsi", drawn.data).table()
    truth = drawn.truth.frame().query("quantity == 'path'")["value"].to_numpy()
    paths = table[table["table"] == "paths"]
    strong = np.abs(truth) > 0.5
    assert (np.abs(paths["pls"].to_numpy())[strong] < np.abs(truth)[strong] - 0.05).all()
    first = paths.iloc[0]
    assert first["ml"] == pytest.approx(truth[0], abs=0.04)
    assert first["plsc"] == pytest.approx(first["ml"], abs=0.04)
    loadings = table[table["table"] == "loadings"]
    several = ~loadings["subject"].str.startswith("Complaints")
    assert (loadings["pls"] > loadings["ml"])[several].all()


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_figure_shows_every_number(compared: cs.EstimatorComparison, lang: str) -> None:
    figure, table = compared.figure(lang), compared.table()
    for part in ("paths", "index"):
        values, drawn = table[table["table"] == part], figure.data[figure.data["table"] == part]
        for name in THREE:
            np.testing.assert_allclose(drawn.loc[drawn["estimator"] == name, "value"], values[name].to_numpy(float))
    dots = [m for m in figure.plot(700.0).marks if isinstance(m, Dot) and m.said]
    assert len(dots) == len(figure.data) == 3 * (9 + 6)
    assert "nan" not in figure.svg().lower()
    svg = ElementTree.fromstring(compared.figure(lang, "column", "dark").svg())
    texts = " ".join((e.text or "") for e in svg.iter("{http://www.w3.org/2000/svg}text"))
    label = cs.load_model("acsi").label("Satisfaction", lang)
    assert label in texts and all(name in texts.lower() for name in THREE)


def test_intervals_of_the_figure_are_those_of_each_study(survey: pd.DataFrame) -> None:
    both = cs.compare_estimators("acsi", survey, estimators=("pls", "plsc"), uncertainty="linearised")
    data = both.figure().data.query("table == 'paths' and estimator == 'plsc'")
    alone = cs.Study("acsi", survey, estimator="plsc", missing="em", uncertainty="linearised").run(progress=False)
    np.testing.assert_allclose(data[["low", "high"]], alone.paths()[["low", "high"]], rtol=1e-9)
    assert "95% intervals" in both.figure().caption


def test_an_estimator_that_cannot_fit_the_model_says_why(survey: pd.DataFrame) -> None:
    base = cs.load_model("acsi")
    constructs = tuple(replace(c, measured="composite") if c.name == "Quality" else c for c in base.constructs)
    found = cs.compare_estimators(replace(base, constructs=constructs), survey)
    assert list(found.failed) == ["ml"] and "Quality" in found.failed["ml"]
    table = found.table()
    assert table["ml"].isna().all() and (table["ml_status"] == "not estimated").all()
    assert table["pls"].notna().sum() > 30
    assert "Quality" in found._repr_html_()


@pytest.mark.parametrize("estimators", [(), ("pls", "pls"), ("pls", "lisrel")])
def test_estimators_are_checked(estimators: tuple[str, ...], survey: pd.DataFrame) -> None:
    with pytest.raises(cs.SpecError, match="estimators"):
        cs.compare_estimators("acsi", survey, estimators=estimators)


def test_all_of_them_from_the_same_incomplete_answers(survey: pd.DataFrame) -> None:
    holed = survey.astype({"EXP1": float})
    holed.loc[::10, "EXP1"] = np.nan
    names = ("pls", "plsc", "ml", "uls", "gls")
    found = cs.compare_estimators("acsi", holed, estimators=names)
    assert set(found.failed) <= {"uls", "gls"}, "errors of em are those of ml"
    listwise = cs.compare_estimators("acsi", holed, estimators=names, missing="listwise")
    assert not listwise.failed
    assert all(result.facts["missing rule"] == "listwise" for result in listwise.results.values())

"""EM and FIML where the rows stay: sums by pattern of holes give the numbers of the memory engine."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("duckdb")
import engines
import large

import csimodels as cs
from csimodels.errors import DataError, SpecError
from csimodels.survey.scale import hole_patterns

pytestmark = pytest.mark.filterwarnings("ignore")  # those of dask and pyspark are theirs
#: EM takes the same steps from sums that differ in their last bits; found: 7e-13.
SAME = 1e-11
#: Errors take derivatives by differences; found: 1e-10.
SAME_ERRORS = 1e-9
USUAL = "missing_codes: [98]"
TOP = "indices: {Top: {kind: top_box, item: SA1, levels: 2}}\nreport: {answers: true}"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    done = tmp_path_factory.mktemp("holes")
    large.write(large.answers(), done / "a.parquet")
    return done


@pytest.mark.parametrize(
    ("data", "rest"),
    [
        ("weight: w, by: bank", f"{TOP}\nuncertainty: {{method: linearised}}"),
        ("weight: w, design: {strata: region}", f"{TOP}\nuncertainty: {{method: linearised}}"),
        ("by: year, design: {strata: region, cluster: branch}", f"{TOP}\nuncertainty: {{method: linearised}}"),
        ("weight: w, design: {cluster: branch}", "uncertainty: {method: jackknife}"),
    ],
    ids=["weights", "strata", "clusters", "jackknife"],
)
def test_em(folder: Path, data: str, rest: str) -> None:
    one, two = large.both(folder, f"file: a.parquet, {USUAL}, {data}", f"estimate: {{missing: em}}\n{rest}")
    np.testing.assert_allclose(two.moments.cov, one.moments.cov, rtol=SAME, atol=SAME)
    np.testing.assert_allclose(two.index()["index"], one.index()["index"], rtol=SAME)
    large.assert_same(one, two, SAME_ERRORS)


@pytest.mark.parametrize("rule", ["em", "fiml"])
@pytest.mark.parametrize(
    "data",
    ["by: year", "weight: w", "weight: w, design: {strata: region, cluster: branch}"],
    ids=["plain", "weights", "clusters"],
)
def test_covariance_structures(folder: Path, rule: str, data: str) -> None:
    rest = f"estimate: {{estimator: ml, missing: {rule}}}\nuncertainty: {{method: none}}"
    one, two = large.both(folder, f"file: a.parquet, {USUAL}, {data}", rest)
    large.assert_same(one, two, SAME)  # parameters with errors, scaled tests and fit among the tables


def test_intervals_of_fiml_are_those_of_random_groups(folder: Path) -> None:
    rest = "estimate: {estimator: ml, missing: fiml}\n"
    path = large.spec(folder, f"file: a.parquet, {USUAL}, engine: duckdb", rest)
    left = cs.Study(path).run()
    path = large.spec(folder, f"file: a.parquet, {USUAL}, engine: duckdb", f"{rest}uncertainty: {{method: jackknife}}")
    named = cs.Study(path).run()
    assert (left.index()["se"] > 0).all()
    np.testing.assert_allclose(left.index()["se"], named.index()["se"], rtol=1e-12)


@pytest.mark.parametrize("held", ["sqlite", "postgresql", "dask", "spark"], indirect=True)
def test_other_engines(held: engines.Holder, tmp_path: Path) -> None:
    given = held(large.answers())
    for data, rest, tolerance in (
        ("weight: w, by: bank", "estimate: {missing: em}\nuncertainty: {method: linearised}", SAME_ERRORS),
        ("weight: w", "estimate: {estimator: ml, missing: fiml}\nuncertainty: {method: none}", SAME),  # robust errors
    ):
        one = cs.Study(large.spec(tmp_path, f"{USUAL}, {data}", rest), large.answers()).run()
        two = engines.run(given, tmp_path, f"{USUAL}, {data}", rest)
        assert any(str(step).startswith("summed") for step in two.survey_log["step"])
        large.assert_same(one, two, tolerance)


def test_too_many_patterns_are_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = large.spec(folder, f"file: a.parquet, {USUAL}, engine: duckdb", "estimate: {missing: em}")
    monkeypatch.setattr(hole_patterns, "MOST_PATTERNS", 4)
    with pytest.raises(DataError, match=r"more than 4 patterns(.|\n)*choose missing: pairwise"):
        cs.Study(path).run()
    monkeypatch.undo()
    monkeypatch.setattr(hole_patterns, "PATTERN_BYTES", 1000)
    with pytest.raises(DataError, match=r"5 patterns of missing answers in 1 part\b(.|\n)*engine: memory"):
        cs.Study(path).run()


@pytest.mark.parametrize("rule", ["em", "fiml", "listwise"])
def test_scores_fill_holes_as_the_rule_does(folder: Path, rule: str, tmp_path: Path) -> None:
    used = "estimator: ml, " if rule == "fiml" else ""
    rest = f"estimate: {{{used}missing: {rule}}}\nuncertainty: {{method: none}}"
    one, two = large.both(folder, f"file: a.parquet, {USUAL}, by: bank", rest)
    found = pd.read_csv(two.write_scores(tmp_path / "scores.csv"))
    names = ["Image", "Satisfaction", "Loyalty"]
    np.testing.assert_allclose(found[names], one.scores()[names], rtol=0, atol=1e-9)
    if rule != "listwise":  # the mean of all scores is the index: EM fills holes so that it is
        means = one.scores().groupby("bank")["Satisfaction"].mean()
        index = one.index().query("construct == 'Satisfaction'").set_index("bank")["index"]
        np.testing.assert_allclose(means[index.index], index, rtol=1e-7)


def test_patterns_do_not_travel(folder: Path, tmp_path: Path) -> None:
    path = large.spec(folder, f"file: a.parquet, {USUAL}, engine: duckdb", "estimate: {missing: em}")
    with pytest.raises(SpecError, match="a rare pattern is one respondent"):
        cs.Study(path).save_sums(tmp_path / "sums")


def test_a_respondent_without_an_answer_to_the_model(tmp_path: Path) -> None:
    frame = large.answers().copy()
    frame["REC"] = 7.0  # every row counts, those with no answer to the model too
    large.write(frame, tmp_path / "a.parquet")
    rest = (
        "items: {REC: {scale: [0, 10]}}\nindices: {NPS: {kind: nps, item: REC}}\n"
        "estimate: {missing: em}\nuncertainty: {method: none}"
    )
    one, two = large.both(tmp_path, f"file: a.parquet, {USUAL}, by: year", rest)
    large.assert_same(one, two, SAME)
    found = pd.read_csv(two.write_scores(tmp_path / "scores.csv"))
    names = ["Image", "Satisfaction", "Loyalty"]
    np.testing.assert_allclose(found[names], one.scores()[names], rtol=0, atol=1e-9)
    means = one.index().set_index(["year", "construct"])["index"]  # what is not known of him is the mean
    row = one.scores().set_index("row").loc[4]
    np.testing.assert_allclose([row[name] for name in names], [means[row["year"], name] for name in names], rtol=1e-6)

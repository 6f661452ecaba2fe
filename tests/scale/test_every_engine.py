"""What stands beside the model, on every engine that leaves the rows where they lie: the numbers of memory."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("duckdb")
import engines
import large

import csimodels as cs

pytestmark = pytest.mark.filterwarnings("ignore")  # those of dask and pyspark are theirs
every_engine = pytest.mark.parametrize("held", engines.NAMES, indirect=True)

#: Sums are exact where the database adds whole numbers of any length, rounded elsewhere.
SAME = 1e-12
#: Errors take derivatives by differences.
SAME_ERRORS = 1e-8
USUAL = "missing_codes: [98], weight: w"
DESK = large.desk()
#: Classes are groups; the third has no cluster of its own.
CLASSES = "classes: {column: bank, weights: {Bank 8: 0.5, Bank 9: 0.3, Bank 10: 0.2}}"


@cache
def frame() -> pd.DataFrame:
    """Answers with a recommendation, expectations and complaints beside the model."""
    made, rng = large.answers().copy(), np.random.default_rng(3)
    made["REC"] = np.clip(np.rint(0.8 * made["SA1"] + rng.normal(size=len(made))), 0, 10)
    for name, item in (("EXP1", "IM1"), ("EXP2", "IM2")):
        made[name] = np.clip(np.rint(made[item] + 1 + rng.normal(size=len(made))), 1, 10)
    made["COM"] = rng.integers(0, 2, len(made)).astype(float)
    made.loc[3, "REC"] = 7.0  # a row with no answer to the model
    made.loc[60, ["COM", "EXP1"]] = np.nan
    return made


@cache
def in_memory(data: str, rest: str) -> cs.Result:
    """The study of all rows in memory."""
    return cs.Study(large.spec(Path(mkdtemp()), data, rest), frame()).run()


@every_engine
@pytest.mark.parametrize(
    ("data", "rest", "tolerance"),
    [
        (f"{USUAL}, by: bank", f"{DESK}\n{CLASSES}\nuncertainty: {{method: linearised}}", SAME_ERRORS),
        (f"{USUAL}, by: bank, wave: year, design: {{strata: region, cluster: branch}}",
         f"{DESK}\n{CLASSES}\nuncertainty: {{method: jackknife}}", SAME_ERRORS),
    ],
    ids=["respondents", "clusters"],
)  # fmt: skip
def test_the_desk(held: engines.Holder, tmp_path: Path, data: str, rest: str, tolerance: float) -> None:
    one, two = in_memory(data, rest), engines.run(held(frame()), tmp_path, data, rest)
    assert {"indices", "targets", "hierarchy", "gaps", "answers", "target_moves", "classes"} <= set(one.tables())
    assert any(str(step).startswith("summed") for step in two.survey_log["step"])
    large.assert_same(one, two, tolerance)
    for name, table in one.tables().items():  # estimates take no derivatives
        for column in {"index", "estimate", "value", "mean", "share", "gap", "weight"} & set(table):
            if pd.api.types.is_numeric_dtype(table[column]):
                found = two.tables()[name][column]
                np.testing.assert_allclose(found, table[column], rtol=SAME, atol=SAME, err_msg=f"{name}.{column}")
    for ask in (lambda r: r.answers(levels=True), lambda r: r.what_if({"Image": 3})):
        pd.testing.assert_frame_equal(ask(two), ask(one), rtol=SAME_ERRORS, atol=SAME_ERRORS)


@every_engine
def test_ids_that_stand_twice_and_a_last_row_of_means(held: engines.Holder, tmp_path: Path) -> None:
    rows = large.answers().reset_index(drop=True)
    rows["respondent_id"] = [f"R{k}" for k in range(len(rows))]
    rows.loc[200:209, "respondent_id"] = [f"R{k}" for k in (350, 351, 352, 353, 354, 360, 361, 362, 363, 364)]
    rows.loc[7, "respondent_id"] = ""
    rows["LO1"], rows["LO2"] = rows["LO1"].clip(upper=10), 3.0 + rows.index % 2
    used = rows[(rows["w"] > 0) & rows["bank"].notna()]
    answers = used.select_dtypes("number").filter(regex="^(IM|SA|LO)")
    rows.loc[len(rows)] = rows.iloc[0].to_dict() | answers.where(answers != 98).mean().round().to_dict()
    rows["note"] = [""] * (len(rows) - 1) + ["Mean"]
    data, rest = f"{USUAL}, by: bank", "uncertainty: {method: none}"
    one = cs.Study(large.spec(tmp_path, data, rest), rows).run()
    two = engines.run(held(rows), tmp_path, data, rest)
    large.assert_same(one, two, SAME)  # five are of the same bank, five of another
    log = two.survey_log.set_index("step")
    assert log.loc["repeated respondent ids", "count"] == 6  # the row of means has the id of the first
    assert log.loc["row of means counted as a respondent", "count"] == 1


@pytest.mark.parametrize("engine", ["duckdb", "dask", "spark"])
def test_files_by_wave(request: pytest.FixtureRequest, engine: str, tmp_path: Path) -> None:
    if engine == "spark":
        request.getfixturevalue("session")
    elif engine == "dask":
        pytest.importorskip("dask.dataframe")
    engines.halves(large.answers(), tmp_path / "halves")
    files = "file: {2024: halves/0.parquet, 2025: halves/1.parquet}, wave: wave"
    rest = "uncertainty: {method: linearised}"
    study = large.spec(tmp_path, f"{files}, {USUAL}, engine: memory", rest)
    one, two = cs.Study(study).run(), engines.run((None, f", engine: {engine}"), tmp_path, f"{files}, {USUAL}", rest)
    large.assert_same(one, two, SAME_ERRORS)
    assert set(two.index()["wave"]) == {2024, 2025}
    # a rule that the workers cannot follow has the rows brought over, with their waves
    few = f"{files}, {USUAL}, where: 'age <= quantile(age, 0.7)'"
    study = large.spec(tmp_path, f"{few}, engine: memory", "uncertainty: {method: none}")
    one = cs.Study(study).run()
    two = engines.run((None, f", engine: {engine}"), tmp_path, few, "uncertainty: {method: none}")
    large.assert_same(one, two, SAME)


@pytest.mark.parametrize("held", engines.NAMES[1:], indirect=True)  # DuckDB: test_duckdb_engine.py
@pytest.mark.parametrize("name", ["wls", "dwls"])  # DuckDB: test_ordered_answers.py
def test_weight_matrices_of_least_squares(held: engines.Holder, tmp_path: Path, name: str) -> None:
    rest = f"estimate: {{estimator: {name}, missing: listwise}}\nuncertainty: {{method: none}}"
    rows = frame().assign(SA3=lambda f: 20 * np.rint(f["SA3"] / 20))  # few enough levels for dwls
    one = cs.Study(large.spec(tmp_path, USUAL, rest), rows).run()
    large.assert_same(one, engines.run(held(rows), tmp_path, USUAL, rest), 1e-10)

"""Spark sums a survey where its workers (two of this machine) have it: numbers and log of the memory engine."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("duckdb")
import duckdb
import large
import numpy as np

import csimodels as cs
from csimodels.errors import CsiError, DataError
from csimodels.survey.scale.spark_cluster import SparkPieces

pytestmark = pytest.mark.filterwarnings("ignore")  # those of pyspark are its own
USUAL = "missing_codes: [98], weight: w, by: bank"


QUANTILE = "where: 'age <= quantile(age, 0.7)'"


def test_a_table_and_files_give_the_numbers_of_memory(session: Any, tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    for k, part in enumerate((large.answers()[:130], large.answers()[130:])):
        large.write(part, tmp_path / "parts" / f"{k}.parquet")
    rest = "uncertainty: {method: linearised}"
    one = cs.Study(large.spec(tmp_path, USUAL, rest), large.answers()).run()
    table = session.read.parquet(str(tmp_path / "parts" / "0.parquet"), str(tmp_path / "parts" / "1.parquet"))
    two = cs.Study(large.spec(tmp_path, USUAL, rest), table).run()
    large.assert_same(one, two, 1e-8)  # errors take derivatives by differences
    assert "Spark counts and sums" in " ".join(map(str, two.survey_log["detail"]))
    few = [cs.Study(large.spec(tmp_path, f"{USUAL}, {QUANTILE}"), data).run() for data in (large.answers(), table)]
    large.assert_same(*few, 1e-12)  # all rows are brought over
    found = cs.Study(large.spec(tmp_path, f"file: parts, {USUAL}, engine: spark")).run().index()
    assert ((found["index"] - one.index()["index"]).abs() < 1e-10).all()
    path, names = two.write_scores(tmp_path / "scores.parquet"), ["Image", "Satisfaction", "Loyalty"]
    weights = (table.select("w").toPandas()["w"], large.answers()["w"])  # Spark has the rows in an order of its own
    found, wanted = (
        scores.set_index(w.to_numpy()[scores["row"] - 1]).sort_index()
        for scores, w in zip((duckdb.sql(f"select * from '{path}'").df(), one.scores()), weights, strict=True)
    )
    np.testing.assert_allclose(found[names], wanted[names], rtol=0, atol=1e-9)  # ends of the scale are rounded there
    assert found["bank"].tolist() == wanted["bank"].tolist()


def test_a_worker_that_dies_is_said(session: Any) -> None:
    pieces = SparkPieces(session.range(10).repartition(2))
    with pytest.raises(DataError, match="Spark could not go on: a worker was lost"):
        pieces.reduced(["id"], lambda _: os._exit(1), sum)


def test_a_refusal_names_the_row(session: Any, tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    large.write(large.answers()[:200], tmp_path / "parts" / "0.parquet")
    large.write(large.answers().assign(IM2=17.0)[200:203], tmp_path / "parts" / "1.parquet")
    with pytest.raises(CsiError, match=r"1\.parquet: 1"):
        cs.Study(large.spec(tmp_path, f"file: parts, {USUAL}, engine: spark")).survey  # noqa: B018

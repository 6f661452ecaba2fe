"""Spark sums a survey where its workers (two of this machine) have it: numbers and log of the memory engine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("duckdb")
import large

import csimodels as cs
from csimodels.errors import CsiError

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


def test_a_refusal_names_the_row(session: Any, tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    large.write(large.answers()[:200], tmp_path / "parts" / "0.parquet")
    large.write(large.answers().assign(IM2=17.0)[200:203], tmp_path / "parts" / "1.parquet")
    with pytest.raises(CsiError, match=r"1\.parquet: 1"):
        cs.Study(large.spec(tmp_path, f"file: parts, {USUAL}, engine: spark")).survey  # noqa: B018

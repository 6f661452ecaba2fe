"""Scores written back where the answers lie are those of the memory engine, row by row."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("duckdb")
import duckdb
import large
from typer.testing import CliRunner

import csimodels as cs
from csimodels.cli import app
from csimodels.errors import CsiError, DataError, SpecError

USUAL = "file: a.parquet, missing_codes: [98], weight: w, by: bank"
NAMES = ["Image", "Satisfaction", "Loyalty"]


@pytest.fixture
def results(tmp_path: Path) -> tuple[cs.Result, cs.Result]:
    large.write(large.answers(), tmp_path / "a.parquet")
    return large.both(tmp_path, USUAL)


@pytest.mark.parametrize("suffix", ["parquet", "csv", "duckdb"])
def test_files_and_tables(results: tuple[cs.Result, cs.Result], tmp_path: Path, suffix: str) -> None:
    memory = results[0].scores()
    path = results[1].write_scores(tmp_path / f"scores.{suffix}")
    if suffix == "duckdb":
        with duckdb.connect(str(path)) as connection:
            found = connection.execute("select * from scores").df()
    else:
        found = pd.read_csv(path) if suffix == "csv" else duckdb.sql(f"select * from '{path}'").df()
    assert list(found) == list(memory)
    assert found["row"].tolist() == memory["row"].tolist()
    assert found["bank"].tolist() == memory["bank"].tolist()
    np.testing.assert_allclose(found[NAMES], memory[NAMES], rtol=0, atol=1e-9)  # ends of the scale are rounded there
    assert not list(tmp_path.glob(".part-*"))


def test_scores_from_memory_are_written_too(results: tuple[cs.Result, cs.Result], tmp_path: Path) -> None:
    found = duckdb.sql(f"select * from '{results[0].write_scores(tmp_path / 's.parquet')}'").df()
    np.testing.assert_allclose(found[NAMES], results[0].scores()[NAMES], rtol=0, atol=1e-12)


def test_an_expression_gives_the_scores(results: tuple[cs.Result, cs.Result], tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="LO2"):
        results[1].score_sql("Loyalty")
    text = large.MODEL.replace(
        "LO1: {scale: [1, 10]}, LO2: {scale: [1, 5], values: {never: 1, perhaps: 3, surely: 5}}",
        "LO1: {scale: [1, 10]}",
    )
    (tmp_path / "plain.yaml").write_text(
        f"{text}\ndata: {{{USUAL}}}\nuncertainty: {{method: none}}\n", encoding="utf-8"
    )
    result = cs.Study(tmp_path / "plain.yaml").run()
    memory = result.scores().set_index("row")
    for group in ("Bank 8", "Bank 9"):
        sql = result.score_sql("Satisfaction", group=group)
        found = (
            duckdb.sql(f"select row_number() over () as row, bank, {sql} as score from '{tmp_path / 'a.parquet'}'")
            .df()
            .set_index("row")
        )
        mine = memory.index[memory["bank"] == group]
        np.testing.assert_allclose(found.loc[mine, "score"], memory.loc[mine, "Satisfaction"], atol=1e-9)
    with pytest.raises(SpecError, match="unknown group"):
        result.score_sql(group="Bank 7")
    with pytest.raises(SpecError, match="unknown construct"):
        result.score_sql("Satisfied")
    shown = CliRunner().invoke(app, ["scores", str(tmp_path / "plain.yaml")])
    assert "coalesce(case when" in shown.output


def test_an_expression_is_null_where_em_fills_a_hole(tmp_path: Path) -> None:
    large.write(large.answers(), tmp_path / "a.parquet")
    text = large.MODEL.replace(", LO2: {scale: [1, 5], values: {never: 1, perhaps: 3, surely: 5}}", "")
    path = tmp_path / "plain.yaml"
    path.write_text(f"{text}\ndata: {{{USUAL}}}\nestimate: {{missing: em}}\nuncertainty: {{method: none}}\n", "utf-8")
    result = cs.Study(path).run()
    sql = result.score_sql("Image", group="Bank 8")
    found = duckdb.sql(f"select row_number() over () as row, {sql} as score from '{tmp_path / 'a.parquet'}'").df()
    memory = result.scores().set_index("row").query("bank == 'Bank 8'")["Image"]
    mine = found.set_index("row")["score"].loc[memory.index]
    frame = large.answers().set_index(np.arange(1, len(large.answers()) + 1)).loc[memory.index]
    holes = frame[["IM1", "IM2", "IM3"]].isna().any(axis=1)
    assert holes.any() and mine[holes].isna().all()
    np.testing.assert_allclose(mine[~holes], memory[~holes], atol=1e-9)


def test_what_has_no_rows_is_refused(results: tuple[cs.Result, cs.Result], tmp_path: Path) -> None:
    two = results[1]
    with pytest.raises(DataError, match=r"\.parquet"):
        two.write_scores(tmp_path / "scores.xlsx")
    with pytest.raises(DataError, match="write_scores"):
        two.scores()
    for table in (two.item_statistics, two.prediction):
        with pytest.raises(CsiError, match="needs the rows in memory"):
            table()


def test_labels_that_a_spreadsheet_would_run_are_made_safe_by_both_engines(tmp_path: Path) -> None:
    harm = {"Bank 8 ": "=1+1", "Bank 9 ": "＝cmd()", "Bank 10 ": "-2"}
    frame = large.answers()
    large.write(frame.assign(bank=frame["bank"].map(harm)), tmp_path / "a.parquet")
    memory, sums = large.both(tmp_path, USUAL)
    for result in (memory, sums):
        found = pd.read_csv(result.write_scores(tmp_path / "scores.csv"), dtype={"bank": str})
        assert set(found["bank"].dropna()) == {"'=1+1", "'＝cmd()", "'-2"}

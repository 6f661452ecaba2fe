"""Scores written back where the answers lie are those of the memory engine, row by row."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

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
from csimodels.study import scores_back

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


@pytest.mark.parametrize("missing", ["mean", "em", "listwise"])
def test_predictions_are_those_of_memory(tmp_path: Path, missing: str) -> None:
    large.write(large.answers(), tmp_path / "a.parquet")
    memory, sums = large.both(tmp_path, USUAL, f"estimate: {{missing: {missing}}}\nuncertainty: {{method: none}}")
    wanted = memory.predicted("direct")
    path = sums.write_predicted(tmp_path / "p.parquet", "direct")
    found = duckdb.sql(f"select * from '{path}'").df()
    pd.testing.assert_frame_equal(found, wanted, check_dtype=False, rtol=0, atol=1e-9)
    assert wanted["LO1"].isna().any() == (missing == "listwise")
    sql = sums.predicted_sql("Satisfaction", "direct", group="Bank 9")  # Loyalty, not asked for, has words
    table = duckdb.sql(f"select row_number() over () as row, {sql} as p from '{tmp_path / 'a.parquet'}'").df()
    mine = wanted[wanted["bank"] == "Bank 9"].set_index("row")["Satisfaction"]
    np.testing.assert_allclose(table.set_index("row")["p"].loc[mine.index], mine, rtol=0, atol=1e-9)
    with pytest.raises(DataError, match="write_predicted"):
        sums.predicted()


def test_respondents_of_a_group_without_a_fit_have_no_scores_and_stay(tmp_path: Path) -> None:
    frame = large.answers().copy()
    here = frame["bank"] == "Bank 9 "
    frame.loc[here, ["IM1", "IM2", "IM3"]] = 5.0
    large.write(frame, tmp_path / "a.parquet")
    memory, sums = large.both(tmp_path, USUAL)
    path = sums.write_scores(tmp_path / "s.parquet")
    found = duckdb.sql(f"select * from '{path}'").df()
    assert found["row"].tolist() == memory.scores()["row"].tolist()
    assert found.loc[found["bank"] == "Bank 9", NAMES].isna().all(axis=None)
    assert sums.score_sql(group="Bank 9") == "null"


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


def test_a_file_that_changes_before_its_scores_are_written(tmp_path: Path) -> None:
    """Coefficients of one state of the rows and answers of another would be no scores."""
    file = large.write(large.answers(), tmp_path / "a.parquet")
    result = cs.Study(large.spec(tmp_path, f"{USUAL}, engine: duckdb")).run()
    large.write(large.answers().assign(IM1=3.0), file)  # as many rows
    for suffix in ("parquet", "csv", "duckdb"):
        with pytest.raises(DataError, match=r"a\.parquet was changed while it was read"):
            result.write_scores(tmp_path / f"scores.{suffix}")
    assert not [path for path in tmp_path.iterdir() if "scores" in path.name]


def test_a_file_that_changes_while_its_scores_are_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, out = large.write(large.answers(), tmp_path / "a.parquet"), tmp_path / "scores.duckdb"
    result = cs.Study(large.spec(tmp_path, f"{USUAL}, engine: duckdb")).run()
    result.write_scores(out)
    made = scores_back._table

    def written_between(*asked: Any) -> pd.DataFrame:
        large.write(large.answers().assign(IM1=3.0), file)
        return made(*asked)

    monkeypatch.setattr(scores_back, "_table", written_between)
    with pytest.raises(DataError, match="was changed while it was read"):
        result.write_scores(tmp_path / "scores.csv")
    monkeypatch.setattr(scores_back, "_table", made)
    large.write(large.answers(), file)
    result = cs.Study(large.spec(tmp_path, f"{USUAL}, engine: duckdb")).run()
    monkeypatch.setattr(scores_back, "_table", written_between)
    with duckdb.connect(str(out)) as connection:
        kept = connection.execute("select * from scores").df()
    with pytest.raises(DataError, match="was changed while it was read"):
        result.write_scores(out)
    with duckdb.connect(str(out)) as connection:  # the table is the one that was there
        pd.testing.assert_frame_equal(connection.execute("select * from scores").df(), kept)
    assert {path.name for path in tmp_path.iterdir()} == {"a.parquet", "study.yaml", out.name}


CHANGES = {
    "an answer": ("update interviews set IM1 = 11 - IM1 where rowid = 7", "as many rows, other answers or weights"),
    "two that add up": (
        "update interviews set IM1 = IM1 + 1 where rowid = (select min(rowid) from interviews where IM1 < 9); "
        "update interviews set IM3 = IM3 - 1 where rowid = (select max(rowid) from interviews where IM3 > 2)",
        "as many rows, other answers or weights",
    ),
    "a weight": ("update interviews set w = w * 1.1 where rowid = 7", "as many rows, other answers or weights"),
    "an answer that is gone": ("update interviews set SA3 = null where rowid = 8", "as many rows, other answers"),
    "a group": ("update interviews set bank = 'Bank 11' where rowid = 7", "of a group that was not there before"),
    "a respondent": ("delete from interviews where rowid = 7", "395 rows, 396 before"),
}


@pytest.fixture(scope="module")
def of_database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[sqlite3.Connection, cs.Result, cs.Study]]:
    """A database, a result of it, and a study whose rows are summed and whose errors are still to be formed."""
    folder, usual = tmp_path_factory.mktemp("database"), USUAL.removeprefix("file: a.parquet, ")
    with closing(sqlite3.connect(":memory:")) as connection:
        large.answers().to_sql("interviews", connection, index=False)
        query = cs.Query(connection, "select * from interviews")
        result = cs.Study(large.spec(folder, usual), query).run()
        later = cs.Study(large.spec(folder, usual, "uncertainty: {method: linearised}"), query)
        assert later.survey.respondents == 396
        yield connection, result, later


@pytest.mark.parametrize("change", CHANGES)
def test_rows_of_a_database_that_change_before_a_later_pass(
    of_database: tuple[sqlite3.Connection, cs.Result, cs.Study], tmp_path: Path, change: str
) -> None:
    """Scores and errors are of the rows that were summed, or there are none."""
    (connection, result, later), (sql, said) = of_database, CHANGES[change]
    for statement in sql.split(";"):
        connection.execute(statement)
    for again in (lambda: result.write_scores(tmp_path / "scores.csv"), later.run):
        with pytest.raises(DataError, match=f"the rows changed while they were read(.|\n)*{said}"):
            again()
    assert not list(tmp_path.iterdir())
    connection.rollback()
    assert len(pd.read_csv(result.write_scores(tmp_path / "scores.csv"))) == 396

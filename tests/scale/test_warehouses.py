"""Databases that count and sum by themselves give the numbers, the log and the refusals of the memory engine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("duckdb")
import duckdb
import large
from engines import in_duckdb, in_postgresql, in_sqlite

import csimodels as cs
from csimodels.errors import CsiError
from csimodels.survey.scale import door
from csimodels.survey.scale.warehouse import Warehouse

REST = "missing_codes: [98], weight: w, by: [bank, year]"


@pytest.fixture(params=["sqlite", "duckdb", "postgresql"])
def into(request: pytest.FixtureRequest) -> Iterator[Any]:
    """A function that puts a frame into a database and gives the connection."""
    opened = []

    def put(frame: pd.DataFrame) -> Any:
        if request.param == "postgresql":
            opened.append(in_postgresql(frame, request.getfixturevalue("address")))
        else:
            opened.append(in_sqlite(frame) if request.param == "sqlite" else in_duckdb(frame))
        return opened[-1]

    yield put
    for connection in opened:
        connection.close()


@pytest.mark.parametrize(
    ("where", "rest"),
    [
        (REST, "uncertainty: {method: none}"),
        (f'{REST}, where: "age >= 18 and region != 1"', "uncertainty: {method: none}\nestimate: {missing: listwise}"),
        ("missing_codes: [98], by: bank", "uncertainty: {method: none}\nestimate: {missing: pairwise}"),
        (f"{REST}, design: {{strata: region, cluster: branch}}", "uncertainty: {method: linearised}"),
    ],
)
def test_numbers_and_words_of_the_memory_engine(into: Any, tmp_path: Path, where: str, rest: str) -> None:
    frame = large.answers()
    one = cs.Study(large.spec(tmp_path, where, rest), frame).run()
    two = cs.Study(large.spec(tmp_path, where, rest), cs.Query(into(frame), "select * from interviews")).run()
    assert "summed by the database" in set(two.survey_log["step"])
    large.assert_same(one, two, 1e-12 if "none" in rest else 1e-8)


def test_labels_with_unseen_characters(into: Any, tmp_path: Path) -> None:
    frame = large.answers().copy()
    frame["bank"] = [b if b is None else f"{b}\u200b" if k % 5 == 0 else f"{b}" for k, b in enumerate(frame["bank"])]
    where = "missing_codes: [98], weight: w, by: bank"
    one = cs.Study(large.spec(tmp_path, where), frame).run()
    two = cs.Study(large.spec(tmp_path, where), cs.Query(into(frame), "select * from interviews")).run()
    large.assert_same(one, two, 1e-12)


def test_refusals_of_the_memory_engine(into: Any, tmp_path: Path) -> None:
    frame = large.answers().copy()
    frame.loc[388, "IM2"], frame.loc[[7, 20], "w"] = 17.0, [-1.0, np.nan]
    frame.loc[30, "LO2"] = "often"
    query = cs.Query(into(frame), "select * from interviews")
    found = []
    for data in (frame, query):
        with pytest.raises(CsiError) as error:
            cs.Study(large.spec(tmp_path, REST), data).run()
        found.append(str(error.value))
    for word in ("17", "row 389", "often", "row 31", "row 8", "row 21"):
        assert word in found[0] and word in found[1], word


def test_errors_of_respondents_and_scores(into: Any, tmp_path: Path) -> None:
    frame = large.answers()
    where, rest = "missing_codes: [98], weight: w, by: bank", "uncertainty: {method: linearised}"
    query = cs.Query(into(frame), "select * from interviews")
    one, two = (cs.Study(large.spec(tmp_path, where, rest), data).run() for data in (frame, query))
    pd.testing.assert_frame_equal(one.index(), two.index(), rtol=1e-8, atol=1e-8)
    found = pd.read_csv(two.write_scores(tmp_path / "scores.csv"))
    names = ["Image", "Satisfaction", "Loyalty"]
    np.testing.assert_allclose(found[names], one.scores()[names], rtol=0, atol=1e-9)


def test_what_a_database_cannot_check_is_brought_over(tmp_path: Path) -> None:
    frame = large.answers().assign(w=lambda f: f["w"].astype(str))  # SQLite reads no numbers from texts
    connection = in_sqlite(frame)
    one = cs.Study(large.spec(tmp_path, REST), frame).run()
    two = cs.Study(large.spec(tmp_path, REST), cs.Query(connection, "select * from interviews")).run()
    large.assert_same(one, two, 1e-12)
    details = " ".join(map(str, two.survey_log["detail"]))
    assert 'brought over, as numbers are read from the texts of column "w"' in details
    connection.close()


def test_sums_leave_and_rows_stay(into: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Warehouse, "chunks", None)  # nobody asks for respondents
    longest = []
    rows = Warehouse.rows
    monkeypatch.setattr(Warehouse, "rows", lambda self, *asked: longest.append(found := rows(self, *asked)) or found)
    where, rest = "missing_codes: [98], weight: w, by: bank", "uncertainty: {method: jackknife}"
    query = cs.Query(into(large.answers()), "select * from interviews")
    cs.Study(large.spec(tmp_path, where, rest), query).run().index()
    assert max(map(len, longest)) < 350  # cells of items counted: about 150 different ones


def test_a_query_of_duckdb_is_summed_in_one_pass(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Frames that are registered there are seen, whole numbers are groups, and nothing is left behind."""
    frame = large.answers().assign(bank=large.answers()["branch"].to_numpy() % 4 - 7)
    frame["LO2"] = frame["LO1"].where(frame["LO1"] != 98).fillna(1).clip(1, 5)
    taken, swept = [], door.swept
    monkeypatch.setattr(door, "swept", lambda *asked: taken.append(swept(*asked)) or taken[-1])
    one = cs.Study(large.spec(tmp_path, REST), frame).run()
    with duckdb.connect() as connection:
        connection.register("interviews", frame)
        two = cs.Study(large.spec(tmp_path, REST), cs.Query(connection, "select * from interviews")).run()
        assert connection.execute("select table_name from duckdb_tables()").fetchall() == []
    large.assert_same(one, two, 1e-12)
    assert taken[-1] is not None and len(two.estimates.keys) == 4


@pytest.mark.parametrize("first", [2**31 - 2, 2**53 - 2])
def test_groups_that_are_long_whole_numbers(tmp_path: Path, first: int) -> None:
    """Up to what a double holds they are numbers, beyond it texts, as in memory."""
    frame = large.answers().assign(bank=large.answers()["branch"].to_numpy() % 4 + first)
    large.write(frame, tmp_path / "a.parquet")
    one, two = large.both(tmp_path, "file: a.parquet, missing_codes: [98], weight: w, by: bank")
    large.assert_same(one, two, 1e-12)


def test_a_database_works_out_a_cell_once_for_all_sums(tmp_path: Path) -> None:
    calls: list[float] = []
    connection = in_sqlite(large.answers())
    connection.create_function("noted", 1, lambda cell: calls.append(cell) or cell)
    query = "select noted(IM1) as IM1, " + ", ".join(f'"{name}"' for name in large.answers().columns[1:])
    cs.Study(large.spec(tmp_path, REST), cs.Query(connection, f"{query} from interviews")).run().index()
    assert 400 < len(calls) < 30 * 400  # passes over the rows; every sum with the item asked for it again otherwise
    connection.close()


def test_counts_and_sums_see_one_state(address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import psycopg

    frame, summed, done = large.answers(), door.summed, []

    def written_between(*asked: Any) -> Any:
        """Somebody else writes between counts and sums."""
        with psycopg.connect(address, autocommit=True) as other:
            done.append(other.execute('update interviews set "IM1" = 10, w = 5').rowcount)
        return summed(*asked)

    one = cs.Study(large.spec(tmp_path, REST), frame).run()
    monkeypatch.setattr(door, "summed", written_between)
    for autocommit in (False, True):
        connection = in_postgresql(frame, address)
        connection.autocommit = autocommit
        two = cs.Study(large.spec(tmp_path, REST), cs.Query(connection, "select * from interviews")).run()
        pd.testing.assert_frame_equal(two.index(), one.index(), rtol=1e-12)
        assert connection.info.transaction_status == 0  # nothing is left open
        connection.close()
    assert done == [400, 400]


def test_rows_that_change_before_the_second_pass(tmp_path: Path) -> None:
    connection = in_sqlite(large.answers())
    query = cs.Query(connection, "select * from interviews")
    study = cs.Study(large.spec(tmp_path, "missing_codes: [98]", "uncertainty: {method: linearised}"), query)
    assert study.survey.respondents == 398
    connection.execute("delete from interviews where rowid = 7")
    with pytest.raises(CsiError, match="rows changed while they were read"):
        study.run()
    connection.close()


@pytest.mark.filterwarnings("ignore")  # those of the two packages are theirs
def test_connections_of_sqlalchemy_and_ibis(tmp_path: Path) -> None:
    frame, sql = large.answers(), "select * from interviews"
    one = cs.Study(large.spec(tmp_path, REST), frame).run()
    sqlalchemy = pytest.importorskip("sqlalchemy")
    engine = sqlalchemy.create_engine(f"sqlite:///{tmp_path / 'a.sqlite'}")
    with engine.connect() as connection:
        frame.to_sql("interviews", connection, index=False)
        connection.commit()
        large.assert_same(one, cs.Study(large.spec(tmp_path, REST), cs.Query(connection, sql)).run(), 1e-12)
    large.assert_same(one, cs.Study(large.spec(tmp_path, REST), cs.Query(engine, sql)).run(), 1e-12)
    engine.dispose()
    ibis = pytest.importorskip("ibis")
    backend = ibis.duckdb.connect()
    backend.con.register("frame", frame)
    backend.raw_sql("create table interviews as select * from frame")
    large.assert_same(one, cs.Study(large.spec(tmp_path, REST), cs.Query(backend, sql)).run(), 1e-12)
    backend.disconnect()

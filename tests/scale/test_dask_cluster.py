"""Dask sums a survey where its workers have it: numbers, log and refusals are those of the memory engine."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("duckdb")
pytest.importorskip("dask.dataframe")
import cloudpickle
import dask
import duckdb
import large
from dask import dataframe

import csimodels as cs
from csimodels.errors import CsiError, DataError
from csimodels.survey.scale import read_sums
from csimodels.survey.scale.dask_cluster import DaskPieces

pytestmark = pytest.mark.filterwarnings("ignore")  # those of dask and its dependencies are theirs
USUAL = "missing_codes: [98], weight: w"
NONE = "uncertainty: {method: none}"


@pytest.fixture(scope="module")
def collection() -> object:
    return dataframe.from_pandas(large.answers(), npartitions=3)


@pytest.fixture(autouse=True)
def one_thread() -> object:
    """Rounds of tasks are too short here for threads to be worth their start."""
    with dask.config.set(scheduler="synchronous"):
        yield


@pytest.fixture(autouse=True)
def nobody_copies_rows(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    if "quantile" not in request.node.name:
        monkeypatch.setattr("csimodels.survey.scale.source.bring_over", None)


def files(folder: Path) -> None:
    """The survey as three files."""
    (folder / "parts").mkdir()
    for k, part in enumerate((large.answers()[:130], large.answers()[130:260], large.answers()[260:])):
        large.write(part, folder / "parts" / f"{k}.parquet")


@pytest.mark.parametrize(
    ("where", "rest"),
    [
        (f"{USUAL}, by: [bank], where: 'age >= 18 and region != 2'", f"estimate: {{missing: pairwise}}\n{NONE}"),
        (f"{USUAL}, by: year, design: {{strata: region}}", "uncertainty: {method: linearised}"),
    ],
)
def test_numbers_log_and_notes_are_those_of_memory(collection: object, tmp_path: Path, where: str, rest: str) -> None:
    one = cs.Study(large.spec(tmp_path, where, rest), large.answers()).run()
    two = cs.Study(large.spec(tmp_path, where, rest), collection).run()
    assert "summed on the cluster" in set(two.survey_log["step"])
    large.assert_same(one, two, 1e-12 if "none" in rest else 1e-8)  # errors take derivatives by differences


def test_files_on_two_processes_are_summed_to_the_same_numbers(tmp_path: Path) -> None:
    files(tmp_path)
    rest = "uncertainty: {method: jackknife}"  # random groups go by the row, whoever reads it
    one, two = (
        cs.load_model(large.spec(tmp_path, f"file: parts/*.parquet, {USUAL}, by: bank, engine: {engine}", rest))
        for engine in ("duckdb", "dask")
    )
    alone = read_sums(None, one)
    with ProcessPoolExecutor(2, get_context("spawn")) as pool, dask.config.set(scheduler="processes", pool=pool):
        spread = read_sums(None, two)
    a, b = alone.parts, spread.parts
    assert a.keys == b.keys and (a.given == b.given).all() and len(a.given) > 200
    for name in ("w", "ww", "wx", "wxx"):  # whole numbers, which older versions of DuckDB round in two steps
        np.testing.assert_array_max_ulp(getattr(a.sums, name), getattr(b.sums, name), 4)
    np.testing.assert_array_max_ulp(a.sums.pairwise.w, b.sums.pairwise.w, 4)
    assert alone.source == spread.source


def test_a_lost_worker_is_one_sentence(tmp_path: Path) -> None:
    """What a pool says of a worker that was killed; a real one may wait for ever then (Python 3.11)."""

    def broken(*_: object, **__: object) -> None:
        raise BrokenProcessPool("A process in the process pool was terminated abruptly")

    files(tmp_path)
    spec = large.spec(tmp_path, f"file: parts/*.parquet, {USUAL}, by: bank, engine: dask", NONE)
    with dask.config.set(scheduler=broken), pytest.raises(DataError, match="Dask could not go on: a worker was lost"):
        read_sums(None, cs.load_model(spec))


def test_a_large_file_is_divided_between_its_row_groups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("csimodels.survey.scale.pieces.SPAN_ROWS", 3000)
    frame = pd.concat([large.answers()] * 25, ignore_index=True)  # row groups of 2048
    with duckdb.connect() as connection:
        connection.register("frame", frame)
        connection.execute(f"copy frame to '{tmp_path / 'a.parquet'}' (format parquet, row_group_size 2048)")
    data, rest = f"file: a.parquet, {USUAL}, by: year", "uncertainty: {method: linearised}"
    one, two = (cs.Study(large.spec(tmp_path, f"{data}, engine: {e}", rest)).run() for e in ("duckdb", "dask"))
    assert any("2 pieces" in str(detail) for detail in two.survey_log["detail"])
    pd.testing.assert_frame_equal(two.index(), one.index(), rtol=1e-12)


def test_respondents_stay_on_the_workers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reduced = DaskPieces.reduced

    def sent(self: DaskPieces, columns: list[str], work: object, merge: object) -> object:
        return reduced(self, columns, *cloudpickle.loads(cloudpickle.dumps((work, merge))))

    monkeypatch.setattr(DaskPieces, "in_turn", None)
    monkeypatch.setattr(DaskPieces, "reduced", sent)
    files(tmp_path)
    rest = "indices: {Top: {kind: top_box, item: SA1}}\nuncertainty: {method: linearised}"
    data = f"file: parts/*.parquet, {USUAL}, by: bank"
    one = cs.Study(large.spec(tmp_path, f"{data}, engine: duckdb", rest)).run()
    two = cs.Study(large.spec(tmp_path, f"{data}, engine: dask", rest)).run()
    for name in ("index", "paths", "indices"):
        pd.testing.assert_frame_equal(getattr(two, name)(), getattr(one, name)(), rtol=1e-11)


def test_refusals_name_the_row(tmp_path: Path) -> None:
    frame = large.answers().copy()
    frame.loc[388, "IM2"], frame.loc[[7, 20], "w"], frame.loc[30, "LO2"] = 17.0, [-1.0, np.nan], "often"
    said = []
    for data in (frame, dataframe.from_pandas(frame, npartitions=3)):
        with pytest.raises(CsiError) as error:
            cs.Study(large.spec(tmp_path, f"{USUAL}, by: bank"), data).run()
        said.append(str(error.value).replace("dask DataFrame", "pandas DataFrame"))
    assert said[0] == said[1]
    assert all(word in said[1] for word in ("row 389", "row 31", "row 8", "row 21"))


def test_scores_are_written_back(collection: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()  # scores of respondents are rows
    result = cs.Study(large.spec(tmp_path, f"{USUAL}, by: bank", NONE), collection).run()
    rows = cs.Study(large.spec(tmp_path, f"{USUAL}, by: bank", NONE), large.answers()).run()
    found = pd.read_csv(result.write_scores(tmp_path / "scores.csv"))
    names = ["Image", "Satisfaction", "Loyalty"]
    np.testing.assert_allclose(found[names], rows.scores()[names], rtol=0, atol=1e-9)


def test_what_the_cluster_does_not_do(collection: object, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("IM1\n1\n")
    for data, where, word in (
        (large.answers(), f"{USUAL}, engine: dask", "Parquet files"),
        (None, f"file: a.csv, {USUAL}, engine: dask", "not read on a cluster"),
        (None, f"file: none/*.parquet, {USUAL}, engine: dask", "no such file"),
    ):
        with pytest.raises(DataError, match=word):
            cs.Study(large.spec(tmp_path, where), data).survey  # noqa: B018


def test_a_quantile_has_the_rows_brought_over(collection: object, tmp_path: Path) -> None:
    where = f"{USUAL}, where: 'age <= quantile(age, 0.7)'"
    one, two = (cs.Study(large.spec(tmp_path, where), data).run() for data in (large.answers(), collection))
    large.assert_same(one, two, 1e-12)
    assert any("brought over" in str(detail) for detail in two.survey_log["detail"])


def test_a_distributed_cluster_without_workers_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """It would wait for one without end; once it has one it answers."""
    distributed = pytest.importorskip("distributed")
    monkeypatch.setattr("csimodels.survey.scale.lost_workers.PAUSE", 0.01)
    pieces = DaskPieces(dataframe.from_pandas(large.answers()[["w"]], npartitions=2))
    quiet = {"dashboard_address": None, "processes": False, "threads_per_worker": 1}
    with (
        distributed.LocalCluster(n_workers=0, **quiet) as cluster,
        distributed.Client(cluster) as client,
        dask.config.set({"scheduler": None, "csimodels.patience": 0.05}),
    ):
        with pytest.raises(DataError, match="Dask could not go on: no worker was left"):
            pieces.reduced(["w"], lambda piece: piece.number, sum)
        cluster.scale(1)
        client.wait_for_workers(1)
        with dask.config.set({"csimodels.patience": 60}):
            assert pieces.reduced(["w"], lambda piece: piece.number, sum) == 1

"""Simple indices, targets, gaps, hierarchies and tables of answers where the rows stay: the numbers of memory."""

from __future__ import annotations

from pathlib import Path
from threading import get_ident

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("duckdb")
import large

import csimodels as cs
from csimodels.errors import DataError, SpecError
from csimodels.survey.scale.cross_tables import CrossTables

#: Sums are exact here and rounded there.
SAME = 1e-12
#: Errors take derivatives by differences.
SAME_ERRORS = 1e-8
USUAL = "missing_codes: [98], weight: w"


def _frame() -> pd.DataFrame:
    """Answers with a recommendation, expectations and complaints beside the model."""
    frame, rng = large.answers().copy(), np.random.default_rng(3)
    frame["REC"] = np.clip(np.rint(0.8 * frame["SA1"] + rng.normal(size=len(frame))), 0, 10)
    for name, item in (("EXP1", "IM1"), ("EXP2", "IM2")):
        frame[name] = np.clip(np.rint(frame[item] + 1 + rng.normal(size=len(frame))), 1, 10)
    frame["COM"] = rng.integers(0, 2, len(frame)).astype(float)
    frame.loc[3, "REC"] = 7.0  # a row with no answer to the model
    frame.loc[60, ["COM", "EXP1"]] = np.nan
    return frame


def _rest(method: str, spread: str = "entropy", more: str = "") -> str:
    return f"{large.desk(spread)}\nuncertainty: {{method: {method}}}\n{more}"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    done = tmp_path_factory.mktemp("desk")
    large.write(_frame(), done / "a.parquet")
    return done


@pytest.mark.parametrize(
    ("data", "rest", "tolerance"),
    [
        (f"{USUAL}, by: bank", _rest("none", "critic", "estimate: {missing: listwise}"), SAME),
        (f"{USUAL}, design: {{strata: region}}",
         _rest("linearised", "variation", "estimate: {missing: listwise}"), SAME_ERRORS),
        (f"{USUAL}, by: bank, wave: year, design: {{cluster: branch}}",
         _rest("bootstrap, replicates: 30"), SAME_ERRORS),
    ],
)  # fmt: skip
def test_every_table_is_that_of_memory(folder: Path, data: str, rest: str, tolerance: float) -> None:
    one, two = large.both(folder, f"file: a.parquet, {data}", rest)
    assert {"indices", "targets", "hierarchy", "gaps", "answers", "target_moves"} <= set(one.tables())
    large.assert_same(one, two, tolerance)


def test_tables_that_are_asked_for_afterwards(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the thread that asks: a connection answers one at a time (`cached_property` has no lock since 3.12)."""
    asking, tables = set(), CrossTables._tables
    monkeypatch.setattr(CrossTables, "_tables", lambda self, sets: asking.add(get_ident()) or tables(self, sets))
    one, two = large.both(folder, f"file: a.parquet, {USUAL}, by: bank")
    for ask in (
        lambda result: result.answers(),
        lambda result: result.answers(levels=True),
        lambda result: result.what_if({"Image": 3}),
    ):
        pd.testing.assert_frame_equal(ask(two), ask(one), rtol=SAME, atol=SAME)
    assert asking == {get_ident()}


def test_sums_that_travel_take_the_columns_along(folder: Path, tmp_path: Path) -> None:
    rest, data = _rest("linearised", "equal"), f"{USUAL}, by: bank, design: {{cluster: branch}}"
    memory = cs.Study(large.spec(folder, f"file: a.parquet, {data}, engine: memory", rest)).run()
    cs.Study(large.spec(folder, f"file: a.parquet, {data}", rest)).save_sums(tmp_path / "sums", floor=1)
    travelled = cs.Study(large.spec(folder, f"moments: {tmp_path / 'sums'}, by: bank", rest)).run()
    for name, table in memory.desk_tables().items():
        other = travelled.desk_tables()[name]
        pd.testing.assert_frame_equal(other, table, rtol=SAME_ERRORS, atol=SAME_ERRORS)
    large.spec(
        folder,
        f"moments: {tmp_path / 'sums'}",
        rest.replace("kind: nps, item: REC}", "kind: nps, item: REC, cuts: [5, 9]}"),
    )
    with pytest.raises(DataError, match=r"no such number of the answers to REC(.|\n)*csi moments"):
        cs.Study(folder / "study.yaml").run()


def test_what_needs_rows_or_whole_answers_is_refused_by_name(folder: Path) -> None:
    kano = _rest("none", more="kano: {Speed: {functional: IM1, dysfunctional: IM2}}")
    with pytest.raises(SpecError, match="a section for decisions needs the rows"):
        cs.Study(large.spec(folder, f"file: a.parquet, {USUAL}, engine: duckdb", kano)).survey  # noqa: B018
    frame = _frame()
    frame.loc[5, "COM"] = 0.5
    large.write(frame, folder / "half.parquet")
    for engine in ("memory", "duckdb"):
        path = large.spec(folder, f"file: half.parquet, {USUAL}, engine: {engine}", _rest("none"))
        with pytest.raises(DataError, match=r"between the levels(.|\n)*1 answer, 0\.5"):
            cs.Study(path).run()


def test_clusters_are_drawn_as_in_memory_without_strata(folder: Path) -> None:
    data = f"file: a.parquet, {USUAL}, by: bank, design: {{cluster: branch}}"
    one, two = large.both(folder, data, "uncertainty: {method: bootstrap, replicates: 30}")
    large.assert_same(one, two, SAME_ERRORS)

"""The one pass over whole answers gives what the database answers question by question."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("duckdb")
import large

import csimodels as cs
from csimodels.survey.cautions.counts import AnswerCounts
from csimodels.survey.scale import block_sums, door, read_sums
from csimodels.survey.scale.sweep import Sweep

#: Sums are exact here and rounded in memory; the rest is the same code on the same moments.
SAME = 1e-12
#: The same whole numbers; DuckDB before 2.0 rounds one of 128 bits twice on its way to floating point, and means and
#: correlations are made of these.
ROUNDED = 1e-14
USUAL = "missing_codes: [98], weight: w"


def numbers(rows: int = 400, **kinds: Any) -> pd.DataFrame:
    """The answers of the tests of this room, words as their numbers."""
    frame = large.answers(rows).copy()
    words = {word: number for number, word in large.WORDS.items()}
    frame["LO2"] = frame["LO2"].map(words).astype(float)
    return frame.astype(kinds)


def whole(rows: int = 400) -> pd.DataFrame:
    """The same with columns of small whole numbers, some of which are empty."""
    frame = numbers(rows)
    items = [name for name in frame if name[:2] in ("IM", "SA", "LO")]
    return frame.assign(**{name: frame[name].astype("Int8") for name in items})


class Pass:
    """Runs the pass, or leaves it out, and remembers what came of it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.taken: list[Sweep | None] = []
        self.on = True
        swept: Callable[..., Sweep | None] = door.swept

        def spied(*args: Any) -> Sweep | None:
            self.taken.append(swept(*args) if self.on else None)
            return self.taken[-1]

        monkeypatch.setattr(door, "swept", spied)


def told(survey: Any) -> list[bytes]:
    """All that was summed and counted."""
    s, t = survey.parts.sums, survey.told
    arrays = [s.n_rows, s.w, s.ww, s.wx, s.wxx, survey.parts.answered, survey.parts.given, s.shift]
    arrays += [] if s.pairwise is None else [s.pairwise.w, s.pairwise.wx]
    arrays += [t.correlations, t.together, t.common, t.same, t.top, t.ranges.low, t.ranges.high]
    arrays += [np.asarray([t.straight, t.repeated, t.one_in])]
    return [np.ascontiguousarray(np.asarray(a, dtype=np.float64) + 0.0).tobytes() for a in arrays]


CASES = [
    (USUAL, ""),
    (f"{USUAL}, by: region", ""),
    (f"{USUAL}, by: bank, wave: year", ""),
    (f"{USUAL}, by: [bank, year]", "estimate: {missing: listwise}"),
    ("missing_codes: {LO1: [98]}, by: year, where: {region: [0, 1]}", "estimate: {missing: pairwise}"),
    (f"{USUAL}, where: 'age > 30', design: {{strata: region, cluster: branch}}", ""),
    ("missing_codes: [98], weight_missing: drop, weight: w, by: region", ""),
    ("out_of_range: missing, by: region", ""),
]


@pytest.mark.parametrize(("data", "rest"), CASES)
@pytest.mark.parametrize("frame", [numbers(), whole()], ids=["doubles", "bytes"])
def test_sums_counts_and_log_are_those_of_the_queries(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, frame: pd.DataFrame, data: str, rest: str
) -> None:
    frame = frame.copy()
    if "drop" in data:
        frame.loc[[5, 6, 200], "w"] = None
    large.write(frame, tmp_path / "a.parquet")
    passes = Pass(monkeypatch)
    model = cs.load_model(large.spec(tmp_path, f"file: a.parquet, engine: duckdb, {data}", rest))
    monkeypatch.setattr(block_sums, "RUN_ROWS", 7)  # parts of several runs, the last ones filled up
    monkeypatch.setattr(block_sums, "RUNS_AT_ONCE", 5)
    monkeypatch.setattr(block_sums, "AT_ONCE", 23)
    one = read_sums(None, model)
    passes.on = False
    two = read_sums(None, model)
    assert passes.taken[0] is not None and passes.taken[1] is None
    for mine, theirs in zip(told(one), told(two), strict=True):
        np.testing.assert_allclose(np.frombuffer(mine), np.frombuffer(theirs), rtol=ROUNDED, atol=ROUNDED)
    assert one.parts.keys == two.parts.keys
    pd.testing.assert_frame_equal(one.report(), two.report())


def halves() -> pd.DataFrame:
    """Answers in half points."""
    frame = numbers()
    return frame.assign(IM1=frame["IM1"] - 0.5 * (frame["IM1"] > 4), LO1=frame["LO1"].clip(upper=98))


def tenths() -> pd.DataFrame:
    """Answers in tenths of a point, whose whole numbers need two bytes."""
    frame = numbers()
    return frame.assign(SA3=(frame["SA3"] - 0.1 * (np.arange(len(frame)) % 9)).clip(0, 100).round(1))


def wide_codes() -> pd.DataFrame:
    """A code of three digits, in columns of whole numbers of two bytes."""
    return numbers().replace({"LO1": {98: 998}}).assign(IM3=lambda f: f["IM3"].astype("Int16"))


OTHERS = {"words": large.answers(), "halves": halves(), "tenths": tenths(), "wide codes": wide_codes()}


@pytest.mark.parametrize("kind", OTHERS)
@pytest.mark.parametrize(("data", "rest"), [CASES[2], CASES[3], CASES[5], CASES[6], CASES[7]])
def test_other_answers_are_summed_in_one_pass_as_by_queries(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, data: str, rest: str
) -> None:
    frame = OTHERS[kind].copy()
    if "drop" in data:
        frame.loc[[5, 6, 200], "w"] = None
    large.write(frame, tmp_path / "a.parquet")
    monkeypatch.setattr(block_sums, "RUN_ROWS", 7)
    monkeypatch.setattr(block_sums, "RUNS_AT_ONCE", 5)
    passed = door.swept_answers
    taken = []
    monkeypatch.setattr(door, "swept_answers", lambda *given: taken.append(passed(*given)) or taken[-1])
    model = cs.load_model(
        large.spec(tmp_path, f"file: a.parquet, engine: duckdb, {data.replace('98', '98, 998')}", rest)
    )
    one = read_sums(None, model)
    monkeypatch.setattr(door, "swept_answers", lambda *_: None)
    two = read_sums(None, model)
    assert taken[0] is not None and taken[0].plan.bits == (16 if kind == "tenths" else 8)
    for mine, theirs in zip(told(one), told(two), strict=True):
        np.testing.assert_allclose(np.frombuffer(mine), np.frombuffer(theirs), rtol=ROUNDED, atol=ROUNDED)
    assert one.parts.keys == two.parts.keys
    pd.testing.assert_frame_equal(one.report(), two.report())


@pytest.mark.parametrize(("data", "rest"), CASES[:5])
def test_numbers_are_those_of_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, data: str, rest: str) -> None:
    large.write(whole(), tmp_path / "a.parquet")
    passes = Pass(monkeypatch)
    one, two = large.both(tmp_path, f"file: a.parquet, {data}", f"{rest}\nuncertainty: {{method: none}}")
    large.assert_same(one, two, SAME)
    assert passes.taken[-1] is not None


def test_the_same_bits_for_any_threads_blocks_and_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    frame = whole(140_000)  # more than one block of the database
    large.write(frame, tmp_path / "a.parquet")
    large.write(frame.sample(frac=1, random_state=3), tmp_path / "b.parquet")
    passes = Pass(monkeypatch)
    found = []
    for file, threads in (("a", 1), ("a", 2), ("a", 4), ("b", 2)):
        monkeypatch.setattr("csimodels.survey.scale.source.THREADS", threads)
        model = cs.load_model(large.spec(tmp_path, f"file: {file}.parquet, engine: duckdb, by: region, {USUAL}"))
        found.append(told(read_sums(None, model)))
    assert None not in passes.taken
    assert found[1:] == found[:1] * 3


def test_repeated_answers_and_one_answer_throughout_are_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    frame = numbers(300)
    items = ["IM1", "IM2", "IM3", "SA1", "SA2", "LO1"]
    frame.loc[100:139, [*items, "SA3", "LO2"]] = frame.loc[60:99, [*items, "SA3", "LO2"]].to_numpy()
    frame.loc[200:206, items] = 7.0
    frame.loc[206, "IM2"] = np.nan  # five answers are too few to be the same throughout
    large.write(frame, tmp_path / "a.parquet")
    passes = Pass(monkeypatch)
    one, two = large.both(tmp_path, f"file: a.parquet, {USUAL}", "uncertainty: {method: none}")
    large.assert_same(one, two, SAME)
    assert passes.taken[-1] is not None
    counts = [AnswerCounts.of(one.survey), two.survey.counted]
    assert counts[0].straight == counts[1].straight > 0
    assert counts[0].repeated == counts[1].repeated >= 39


@pytest.mark.parametrize(
    "change", [{"IM1": 4.5}, {"LO1": 999.0}, {"IM2": float("inf")}], ids=["half", "wide code", "infinite"]
)
def test_other_cells_are_asked_for_one_by_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: dict[str, float]
) -> None:
    frame = numbers()
    for name, value in change.items():
        frame.loc[[17, 18], name] = value
    large.write(frame, tmp_path / "a.parquet")
    passes = Pass(monkeypatch)
    data = "file: a.parquet, missing_codes: [98, 999], engine: duckdb"
    try:
        cs.Study(large.spec(tmp_path, data)).run()
    except cs.CsiError as error:
        assert "infinite" in str(error)
    assert passes.taken == [None]

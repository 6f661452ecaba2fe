"""Several files of one survey: the numbers of one file, every file named with its rows, in memory and under DuckDB."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from bad_forms_of_lists import FULL, answers, spec

import csimodels as cs
from csimodels.i18n import translator

YEARS = ("2024", "2025")
ENGINES = ("memory", "duckdb")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One file, its halves by year as CSV and Parquet (columns in another order), and the halves without the year."""
    done = tmp_path_factory.mktemp("lists")
    data = answers()
    data.to_csv(done / "all.csv", index=False)
    for year in YEARS:
        part = data[data["year"] == int(year)]
        part[list(part.columns[::-1])].to_csv(done / f"y{year}.csv", index=False)
        part.to_parquet(done / f"y{year}.parquet", index=False)
        part.drop(columns="year").to_csv(done / f"only{year}.csv", index=False)
        part.to_excel(done / f"y{year}.xlsx", index=False, engine="xlsxwriter")
    return done


def study(folder: Path, data: str, given: Any = None) -> cs.Study:
    return cs.Study(cs.parse_model(spec(data), base=folder), given)


def same(first: cs.Result, second: cs.Result) -> None:
    for name in ("index", "paths", "changes"):
        pd.testing.assert_frame_equal(getattr(first, name)(), getattr(second, name)(), rtol=1e-9, atol=1e-11)


def refusal(call: Callable[[], object]) -> str:
    with pytest.raises(cs.CsiError) as caught:
        call()
    assert caught.value.said(translator("zh")) != str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    "files",
    ["[y2024.csv, y2025.csv]", "[y2025.parquet, y2024.parquet]", '[y2024.csv, "y*5.csv"]', '["y*.csv"]',
     "{2024: only2024.csv, 2025: only2025.csv}", '{2024: "only*4.csv", 2025: only2025.csv}'],
)  # fmt: skip
def test_the_numbers_of_one_file(folder: Path, engine: str, files: str) -> None:
    one = study(folder, "file: all.csv, by: bank, wave: year, engine: memory").run(progress=False)
    run = study(folder, f"file: {files}, by: bank, wave: year, engine: {engine}")
    several = run.run(progress=False)
    same(one, several)
    read = {e.subject: e.count for e in run.survey.log if e.step == "file read"}
    assert sorted(read.values()) == [60, 90] and all("2024" in n or "2025" in n for n in read)
    assert run.survey.log[0].count == 150 and " ... " in run.survey.log[0].subject


def test_lists_and_waves_from_python(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    one = study(folder, "file: all.csv, by: bank, wave: year").run(progress=False)
    same(one, study(folder, "by: bank, wave: year", ["y2024.csv", Path("y2025.xlsx")]).run(progress=False))
    waves = {2024: "only2024.csv", 2025: "only2025.csv"}
    same(one, study(folder, "by: bank, wave: year", waves).run(progress=False))
    model = cs.parse_model(spec("file: [y2024.csv, y2025.csv], wave: year"), base=folder)
    assert cs.parse_model(cs.dump_model(model)).hash == model.hash
    assert model.hash != cs.parse_model(spec("file: y2024.csv, wave: year")).hash


@pytest.mark.parametrize("engine", ENGINES)
def test_a_bad_cell_is_named_with_its_file(folder: Path, tmp_path: Path, engine: str) -> None:
    shutil.copy(folder / "y2024.csv", tmp_path / "a.csv")
    bad = pd.read_csv(folder / "y2025.csv")
    bad.loc[3, "q1"] = 77
    bad.to_csv(tmp_path / "b.csv", index=False)
    said = refusal(lambda: study(tmp_path, f"file: [a.csv, b.csv], engine: {engine}").survey)
    assert "item q1" in said and "77 (1 time: row b.csv: 4)" in said


@pytest.mark.parametrize("engine", ENGINES)
def test_columns_that_differ(folder: Path, tmp_path: Path, engine: str) -> None:
    shutil.copy(folder / "y2024.csv", tmp_path / "a.csv")
    other = pd.read_csv(folder / "y2025.csv")
    other.assign(more=1).drop(columns="bank").to_csv(tmp_path / "b.csv", index=False)
    survey = study(tmp_path, f"file: [a.csv, b.csv], wave: year, engine: {engine}").survey
    said = [(e.subject, e.count, str(e.detail)) for e in survey.log if e.step == "columns that other files have"]
    assert said == [("a.csv", 1, "more"), ("b.csv", 1, "bank")]
    wrong = refusal(lambda: study(tmp_path, f"file: [a.csv, b.csv], by: bank, engine: {engine}").survey)
    assert "b.csv lacks columns that other files have" in wrong and "bank" in wrong


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ("file: [y2024.csv, y2024.csv]", ("a file is named twice",)),
        ("file: []", ("no file is named",)),
        ("file: [1, 2]", ("wrong form", "a list of files")),
        ("file: {2024: only2024.csv}", ("no wave is named", "wave: year, file: {2024: only2024.csv}")),
        ("file: {2024: y2024.csv, 2025: y2025.csv}, wave: year", ('"year" is a column of theirs', "file: [y2024.csv")),
        ("file: {2024: only2024.csv, 2025: only2024.csv}, wave: year", ("named twice",)),
        ('file: {2024: only2024.csv, 2025: "only*.csv"}, wave: year', ("stands in two waves",)),
        ("file: [y2024.csv, y2026.csv, y2027.csv]", ("y2026.csv", "y2027.csv", "did you mean")),
        ("file: [y2024.csv, y2025.parquet], engine: duckdb", ("several kinds",)),
    ],
)
def test_lists_that_are_refused(folder: Path, data: str, words: tuple[str, ...]) -> None:
    said = refusal(lambda: study(folder, data).survey)
    assert all(word in said for word in words), said


def test_texts_in_one_file_and_numbers_in_another(tmp_path: Path) -> None:
    data = answers().astype({"q1": object})
    data[:60].to_csv(tmp_path / "a.csv", index=False)
    later = data[60:].copy()
    later["q1"] = [f"{value}分" if k % 2 else "DK" for k, value in enumerate(later["q1"])]
    later.to_csv(tmp_path / "b.csv", index=False)
    text = "file: [a.csv, b.csv], missing_codes: [DK]"
    values = {f"{k}分": k for k in range(1, 11)}
    survey = cs.Study(cs.parse_model(spec(text, f"values: {values}"), base=tmp_path)).survey
    column = np.sort(survey.x[:, 0])
    assert np.isnan(column).sum() == 45
    kept = [v for k, v in enumerate(data["q1"]) if k < 60 or (k - 60) % 2]
    np.testing.assert_array_equal(column[:105], np.sort(np.asarray(kept, dtype=float)))


def test_a_stored_result_of_several_files(folder: Path, tmp_path: Path) -> None:
    for year in YEARS:
        shutil.copy(folder / f"only{year}.csv", tmp_path)
    (tmp_path / "s.yaml").write_text(spec("file: {2024: only2024.csv, 2025: only2025.csv}, wave: year"), "utf-8")
    cs.save(cs.Study(tmp_path / "s.yaml").run(progress=False), tmp_path / "out", report=False)
    assert cs.verify(tmp_path / "out").same
    (tmp_path / "only2025.csv").write_text((folder / "only2025.csv").read_text() + FULL, "utf-8")
    found = cs.verify(tmp_path / "out")
    assert not found.same and "only2024.csv, only2025.csv are not the files" in " ".join(map(str, found.changed))
    (tmp_path / "child.yaml").write_text("csi: 1\nextends: ../s.yaml\n", "utf-8")
    (tmp_path / "below").mkdir()
    shutil.move(tmp_path / "child.yaml", tmp_path / "below" / "child.yaml")
    assert cs.Study(tmp_path / "below" / "child.yaml").survey.log[0].count == 151

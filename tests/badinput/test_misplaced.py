"""What stands in the place of something else: data for a spec, folders, lists, an index, halves for levels."""

from __future__ import annotations

import io
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import csimodels as cs
from csimodels.cli import app

LINES = "a,b\n1,2\n"


@pytest.fixture(scope="module")
def answers() -> pd.DataFrame:
    frame: pd.DataFrame = cs.simulate("acsi", 60, seed=3).data
    return frame.assign(company=np.tile(list("abc"), 20), year=np.repeat([2025, 2026], 30))


@pytest.mark.parametrize("suffix", [".csv", ".xlsx", ".sav", ".dta", ".parquet", ".XLS"])
def test_a_data_file_as_spec_proposes_init(tmp_path: Path, suffix: str) -> None:
    file = tmp_path / f"my data{suffix}"
    file.write_bytes(LINES.encode() if suffix == ".csv" else b"\xd0\xcf\x11\xe0\x00\xff")
    for ask in (lambda: cs.Study(str(file)), lambda: cs.load_model(file)):
        with pytest.raises(cs.SpecError, match="file of answers, not a spec") as error:
            ask()
        assert f"csi init acsi --data '{file}'" in str(error.value)
    for command in ("check", "run", "init"):
        done = CliRunner().invoke(app, [command, str(file)])
        assert isinstance(done.exception, cs.SpecError) and "csi init acsi --data" in str(done.exception)


def test_a_folder_as_spec_names_what_is_in_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "study"
    folder.mkdir()
    said = []
    for name in ("", "d.csv", "s.yaml", "result.json"):
        if name:
            (folder / name).write_text(LINES, encoding="utf-8")
        with pytest.raises(cs.SpecError) as error:
            cs.load_model("study")
        said.append(str(error.value))
    words = ("csi models", "csi init acsi --data study/d.csv", "name the spec in it: study/s.yaml", "csi show study")
    for text, word in zip(said, words, strict=True):
        assert word in text and "traceback" not in text.lower()
    (tmp_path / "acsi").mkdir()
    assert cs.load_model("acsi").name == "acsi"  # a folder of that name hides no model of the library


def test_named_levels_of_an_index_are_columns(answers: pd.DataFrame) -> None:
    plain = cs.Study("acsi", answers, by=["company", "year"], uncertainty=None).run(progress=False).index()
    for index in (["company"], ["company", "year"], ["year", "SAT1"]):
        frame = answers.set_index(index)
        study = cs.Study("acsi", frame, by=["company", "year"], uncertainty=None)
        pd.testing.assert_frame_equal(study.run(progress=False).index(), plain)
        log = study.survey.report().set_index("step")
        assert log.loc["index taken as columns", "count"] == len(index)
    kept = cs.Study("acsi", answers.set_index("company", drop=False), by="company", uncertainty=None)
    assert "index taken as columns" not in set(kept.survey.report()["step"])


def test_lists_of_files_that_are_not_there_and_of_tables(answers: pd.DataFrame) -> None:
    with pytest.raises(cs.DataError, match=r"no such file: a\.csv[\s\S]*no such file: b\*\.csv"):
        cs.Study("acsi", ["a.csv", Path("b*.csv")]).check()  # type: ignore[arg-type]
    with pytest.raises(cs.DataError, match=r"list of tables[\s\S]*pandas\.concat"):
        cs.Study("acsi", [answers, answers]).check()  # type: ignore[arg-type]


def test_halves_are_refused_where_levels_count(answers: pd.DataFrame) -> None:
    frame = answers.astype({"SAT1": float, "SAT2": float})
    frame.loc[frame.index[:7], "SAT1"] = 7.5
    frame.loc[frame.index[:4], "SAT2"] = 6.25
    model = cs.load_model("acsi", overrides={"indices": {
        "Top": {"kind": "top_box", "item": "SAT1"}, "W": {"kind": "weighted_mean", "items": ["SAT2"]},
        "M": {"kind": "mean", "items": ["SAT1"]}}})  # fmt: skip
    study = cs.Study(model, frame, uncertainty=None)
    for ask in (study.check, study.run):
        with pytest.raises(cs.DataError) as error:
            ask()
        first, second = error.value.problems
        assert "7 answers, such as 7.5" in str(first) and "Top, SAT1" in str(first)
        assert "4 answers, such as 6.25" in str(second) and "kind: mean" in str(second)


def test_judgements_are_said_with_all_other_faults(tmp_path: Path) -> None:
    spec = tmp_path / "s.yaml"
    spec.write_text(
        """csi: 1
extends: acsi
paths: {Nope: [Satisfaction]}
hierarchy:
  Top: {of: [A, B]}
  A: {of: [SAT1, SAT2, SAT3], ahp: [[1, 3, 5], [3, 1, 2], [1/5, 1/2, 1]]}
  B: {of: [QUA1, QUA2], delphi: {x: [50, 40], y: [50, 50]}}
""",
        encoding="utf-8",
    )
    with pytest.raises(cs.SpecError) as error:
        cs.Study(spec)
    text = str(error.value)
    for part in ('unknown construct "Nope"', "SAT1 against SAT2: the two comparisons", "a sum of 90"):
        assert part in text
    assert len(error.value.problems) == 3


def test_targets_that_cannot_be_written_are_refused_before_the_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answers: pd.DataFrame
) -> None:
    data = tmp_path / "d.csv"
    answers.to_csv(data, index=False)

    def never(*_: object) -> None:
        raise AssertionError("the work began")

    monkeypatch.setattr(cs.Study, "run", never)
    lost = str(tmp_path / "nowhere" / "x.csv")
    asked = [["run", "acsi", str(data), "-o", str(data)], ["run", "acsi", str(data), "-o", f"{data}/out"],
             ["scores", "acsi", str(data), "-o", lost], ["moments", "acsi", str(data), "-o", str(data)],
             ["init", "acsi", "-o", lost]]  # fmt: skip
    for command in asked:
        done = CliRunner().invoke(app, command)
        assert isinstance(done.exception, (cs.SpecError, cs.DataError)), (command, done.exception)
        assert "do: " in str(done.exception)

    def full(*_: object, **__: object) -> io.BytesIO:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(tempfile, "TemporaryFile", full)
    with pytest.raises(cs.DataError, match="cannot be written") as error:
        cs.check_folder(tmp_path / "out")
    assert "the disk is read-only" in str(error.value)

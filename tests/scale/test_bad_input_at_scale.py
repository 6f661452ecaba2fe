"""What is wrong with a survey that a database holds is said with file and row, in the words of the memory engine."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

pytest.importorskip("duckdb")
import large

import csimodels as cs
from csimodels.errors import CsiError, DataError, SpecError

ITEMS = ("IM1", "IM2", "IM3", "SA1", "SA2", "SA3", "LO1", "LO2")
ENGINES = ("memory", "duckdb")
USUAL = "missing_codes: [98], weight: w"


def said(folder: Path, frame: pd.DataFrame, data: str = USUAL) -> tuple[str, str]:
    """The errors of both engines."""
    large.write(frame, folder / "a.parquet")
    out = []
    for engine in ENGINES:
        with pytest.raises(CsiError) as error:
            cs.Study(large.spec(folder, f"file: a.parquet, {data}, engine: {engine}")).survey  # noqa: B018
        out.append(str(error.value))
    return out[0], out[1]


def bad(**cells: object) -> pd.DataFrame:
    frame = large.answers().astype({"IM1": object}) if isinstance(cells.get("IM1"), str) else large.answers().copy()
    for name, value in cells.items():
        frame.loc[388, name] = value
    return frame


@pytest.mark.parametrize(
    ("frame", "names"),
    [
        (bad(IM1="often"), ["row 389", '"often"']),
        (bad(IM2=17.0), ["row 389", "17"]),
        (bad(IM2=float("inf")), ["row 389", "infinite"]),
        (bad(LO2="mostly"), ["row 389", '"mostly"']),
        (bad(w=None), ["row 389", "weight_missing: drop"]),
        (bad(w=-1.0), ["row 389: -1"]),
        (large.answers().assign(IM1=4.0), ["IM1 is constant"]),
        (large.answers().assign(**dict.fromkeys(ITEMS, "often")), ['"often"', "LO2"]),
        (large.answers().assign(SA1=None), ["SA1 has no answer"]),
    ],
)
def test_the_cell_and_the_row(tmp_path: Path, frame: pd.DataFrame, names: list[str]) -> None:
    one, two = said(tmp_path, frame.assign(IM1=frame["IM1"].astype(str)) if frame["IM1"].dtype == object else frame)
    assert two == one
    assert all(name in two for name in names)


def test_more_than_fifty_different_texts_are_all_counted(tmp_path: Path) -> None:
    frame = large.answers()
    one, two = said(tmp_path, frame.assign(SA3=frame["SA3"].map("{} points".format, na_action="ignore")))
    assert two.splitlines()[0] == one.splitlines()[0]
    assert "SA3: 398 answers" in two


@pytest.mark.parametrize("data", ["where: {region: 7}", "where: 'bank >= 3'", "where: 'age > 200'", "by: banks"])
def test_groups_and_filters(tmp_path: Path, data: str) -> None:
    one, two = said(tmp_path, large.answers().assign(id=[f"r{k}" for k in range(400)]), f"missing_codes: [98], {data}")
    assert two == one


def test_an_identifier_is_no_group(tmp_path: Path) -> None:
    one, two = said(tmp_path, large.answers().assign(id=[f"r{k}" for k in range(400)]), "missing_codes: [98], by: id")
    assert two.splitlines()[0] == one.splitlines()[0]
    assert "an identifier of respondents" in two


@pytest.mark.parametrize("places", [2, 0])
@pytest.mark.parametrize("word", ["Mean", "Harbour"])
def test_a_last_row_of_means(tmp_path: Path, places: int, word: str) -> None:
    frame = large.answers().assign(LO2=3.0, LO1=large.answers()["LO1"].clip(upper=10))
    frame.loc[::2, "LO2"] = 4.0
    frame.loc[400] = frame[[*ITEMS, "w"]].mean().round(places)
    frame.loc[400, "bank"] = word
    large.write(frame, tmp_path / "a.parquet")
    one, two = (cs.Study(large.spec(tmp_path, f"file: a.parquet, engine: {e}")).survey.report() for e in ENGINES)
    found = [[tuple(row) for row in t.itertuples(index=False) if "means" in row.step] for t in (one, two)]
    assert found[0] == found[1]
    assert len(found[0]) == (places > 0 or word == "Mean")


def test_the_file_of_the_row(tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    large.write(large.answers(), tmp_path / "parts" / "1.parquet")
    large.write(bad(IM2=17.0), tmp_path / "parts" / "2.parquet")
    with pytest.raises(DataError, match=r"2\.parquet: 389"):
        cs.Study(large.spec(tmp_path, f"file: parts/*.parquet, {USUAL}")).survey  # noqa: B018


def test_the_file_of_the_row_and_a_last_row_of_means_in_several_text_files(tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    frame = large.answers().reset_index(drop=True)
    frame["LO1"], frame["LO2"] = frame["LO1"].clip(upper=10), 3.0 + frame.index % 2
    frame.loc[400] = frame.iloc[0].to_dict() | frame[[*ITEMS]].where(frame[[*ITEMS]] != 98).mean().round(2).to_dict()
    for k, part in enumerate((frame[:150], frame[150:])):
        part.to_csv(tmp_path / "parts" / f"{k}.csv", index=False)
    study = large.spec(tmp_path, "file: parts/*.csv, missing_codes: [98], engine: duckdb")
    told = [str(entry.subject) for entry in cs.Study(study).survey.log if "means" in str(entry.step)]
    assert told == ["row 1.csv: 251"]
    frame.assign(IM2=frame["IM2"].where(frame.index != 388, 17.0))[150:].to_csv(tmp_path / "parts/1.csv", index=False)
    with pytest.raises(DataError, match=r"1\.csv: 239"):
        cs.Study(study).survey  # noqa: B018


def test_a_column_of_another_type_in_one_file(tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    large.write(large.answers(), tmp_path / "parts" / "1.parquet")
    large.write(large.answers().assign(IM1="7").drop(columns="age"), tmp_path / "parts" / "2.parquet")
    with pytest.raises(DataError) as error:
        cs.Study(large.spec(tmp_path, f"file: parts/*.parquet, {USUAL}")).survey  # noqa: B018
    assert 'column "IM1" is of another type than in 1.parquet' in str(error.value)
    assert "age" in str(error.value)


def test_a_group_of_three_is_refused_by_name(tmp_path: Path) -> None:
    frame = large.answers()
    frame = frame.assign(bank=["Small" if k < 3 else "Large" for k in range(len(frame))])
    large.write(frame, tmp_path / "a.parquet")
    one, two = large.both(tmp_path, f"file: a.parquet, {USUAL}, by: bank")
    large.assert_same(one, two, 1e-12)
    assert any("bank = Small has 3 usable rows" in note for note in two.notes)


def test_weights_that_are_missing_are_dropped_and_said(tmp_path: Path) -> None:
    large.write(bad(w=None), tmp_path / "a.parquet")
    one, two = large.both(tmp_path, f"file: a.parquet, {USUAL}, weight_missing: drop")
    large.assert_same(one, two, 1e-12)


def test_what_needs_rows_is_refused_by_name(tmp_path: Path) -> None:
    large.write(large.answers(), tmp_path / "a.parquet")
    rest = 'estimate: {estimator: ml, errors: mlr}\nfocus: {valued: "age > 20"}'
    path = large.spec(tmp_path, "file: a.parquet, engine: duckdb, design: {panel: age}", rest)
    with pytest.raises(SpecError) as error:
        cs.Study(path).survey  # noqa: B018
    words = ("section for decisions", "a panel")
    assert all(word in str(error.value) for word in words)
    with pytest.raises(DataError, match="memory_limit"):
        cs.Study(large.spec(tmp_path, f"file: a.parquet, engine: duckdb, memory_limit: 1MB, {USUAL}")).survey  # noqa: B018


@pytest.mark.parametrize(
    ("data", "word"),
    [("file: none*.parquet", "no such file"), ("file: a.parquet, memory_limit: much", "number with its unit"),
     ("file: a.parquet, engine: duck", "duckdb"), ("file: a.sav, engine: duckdb", "no such file")],
)  # fmt: skip
def test_the_spec_and_the_file(tmp_path: Path, data: str, word: str) -> None:
    large.write(large.answers(), tmp_path / "a.parquet")
    with pytest.raises(CsiError, match=word):
        cs.Study(large.spec(tmp_path, data)).survey  # noqa: B018

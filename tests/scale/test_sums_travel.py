"""Sums leave the house, respondents do not: the same estimates, several houses added up, a floor for small cells."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("duckdb")
import large

import csimodels as cs
from csimodels.errors import CsiError, DataError

USUAL = "missing_codes: [98], weight: w, by: bank"


@pytest.fixture
def whole(tmp_path: Path) -> cs.Study:
    large.write(large.answers(), tmp_path / "a.parquet")
    return cs.Study(large.spec(tmp_path, f"file: a.parquet, {USUAL}, engine: duckdb"))


def travelled(folder: Path, rest: str, method: str = "none") -> cs.Result:
    return cs.Study(large.spec(folder, rest, f"uncertainty: {{method: {method}}}")).run()


def test_estimates_from_sums_are_those_of_the_rows(whole: cs.Study, tmp_path: Path) -> None:
    whole.save_sums(tmp_path / "sums", floor=1)
    found = travelled(tmp_path, "moments: sums, by: bank")
    rows = whole.run()
    for name in ("index", "paths", "loadings", "effects"):
        pd.testing.assert_frame_equal(found.tables()[name], rows.tables()[name], rtol=1e-12, atol=1e-12)
    assert set(rows.survey_log["step"]) < set(found.survey_log["step"])


def test_houses_add_up(whole: cs.Study, tmp_path: Path) -> None:
    frame = large.answers()
    for house, part in (("1", frame[:170]), ("2", frame[170:])):
        large.write(part, tmp_path / f"{house}.parquet")
        cs.Study(large.spec(tmp_path, f"file: {house}.parquet, {USUAL}")).save_sums(
            tmp_path / f"house-{house}", floor=1
        )
    found = travelled(tmp_path, "moments: house-*, by: bank")
    pd.testing.assert_frame_equal(found.index(), whole.run().index(), rtol=1e-11, atol=1e-11)
    pooled = travelled(tmp_path, "moments: house-*")  # groups of the sums need not be asked for
    assert int(pooled.index()["n"].iloc[0]) == int(found.index().groupby("construct")["n"].sum().iloc[0])


def test_no_part_is_below_the_floor(whole: cs.Study, tmp_path: Path) -> None:
    frame = large.answers().assign(bank=["Small" if k < 7 else "Large" for k in range(400)])
    large.write(frame, tmp_path / "b.parquet")
    study = cs.Study(large.spec(tmp_path, f"file: b.parquet, {USUAL}"))
    files = study.save_sums(tmp_path / "sums", floor=20)
    with np.load(files[0]) as arrays:
        assert arrays["given"].min() >= 20
        assert not {"x", "row"} & set(arrays.files)
    about = json.loads(files[1].read_text(encoding="utf-8"))
    assert about["keys"] == [["Large"]]
    assert any("rows below the floor left out" in str(entry[0]) and entry[2] == 6 for entry in about["log"])
    with pytest.raises(DataError, match="lower floor"):
        study.save_sums(tmp_path / "none", floor=1000)


def test_errors_from_random_groups(whole: cs.Study, tmp_path: Path) -> None:
    whole.save_sums(tmp_path / "sums", floor=1)
    found = travelled(tmp_path, "moments: sums", "auto").index()["se"]
    rows = travelled(tmp_path, "file: a.parquet, missing_codes: [98], weight: w", "jackknife").index()["se"]
    assert ((found / rows > 0.7) & (found / rows < 1.4)).all()


def test_what_does_not_fit_is_refused(whole: cs.Study, tmp_path: Path) -> None:
    files = whole.save_sums(tmp_path / "sums")
    for rest, word in (
        ("moments: sums, by: region", "not divided by region"),
        ("moments: nowhere", "no sums in"),
        ("moments: sums, file: a.parquet", "moments too"),
    ):
        with pytest.raises(CsiError, match=word):
            cs.Study(large.spec(tmp_path, rest)).survey  # noqa: B018
    with pytest.raises(DataError, match="missing rule mean"):
        cs.Study(large.spec(tmp_path, "moments: sums", "estimate: {missing: listwise}")).survey  # noqa: B018
    text = (
        large.spec(tmp_path, "moments: sums")
        .read_text(encoding="utf-8")
        .replace("IM1: {scale: [1, 10]}", "IM1: {scale: [1, 7]}")
    )
    (tmp_path / "other.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match="other items or scales: IM1"):
        cs.Study(tmp_path / "other.yaml").survey  # noqa: B018
    files[0].write_bytes(files[0].read_bytes() + b" ")
    with pytest.raises(DataError, match="changed since"):
        cs.Study(large.spec(tmp_path, "moments: sums")).survey  # noqa: B018


def test_a_run_from_sums_is_stored_and_verified(whole: cs.Study, tmp_path: Path) -> None:
    whole.save_sums(tmp_path / "sums")
    cs.save(travelled(tmp_path, "moments: sums, by: bank"), tmp_path / "out", report=False)
    assert cs.verify(tmp_path / "out").same

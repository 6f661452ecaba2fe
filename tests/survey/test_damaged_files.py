"""Damaged Parquet files end in words; one that changes while it is read is noticed."""

from __future__ import annotations

import random
from pathlib import Path

import duckdb
import pandas as pd
import pytest

import csimodels as cs
from csimodels.survey import read_survey


@pytest.fixture
def parquet(mobi: pd.DataFrame, tmp_path: Path) -> Path:
    path = tmp_path / "data.parquet"
    mobi.to_csv(tmp_path / "data.csv", index=False)
    duckdb.sql(f"copy (select * from read_csv('{tmp_path / 'data.csv'}')) to '{path}' (format parquet)")
    return path


def test_flipped_bits_are_a_users_error(parquet: Path) -> None:
    whole, pick, refused = parquet.read_bytes(), random.Random(3), 0
    for _ in range(200):
        damaged = bytearray(whole)
        damaged[pick.randrange(len(whole))] ^= 1 << pick.randrange(8)
        parquet.write_bytes(damaged)
        try:
            read_survey(parquet, "ecsi")
        except cs.CsiError as error:
            refused += 1
            assert "data.parquet" in str(error)
    assert refused > 20


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.999])
def test_a_cut_file_is_a_users_error(parquet: Path, share: float) -> None:
    whole = parquet.read_bytes()
    parquet.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(cs.DataError, match="cannot be read as a Parquet file"):
        read_survey(parquet, "ecsi")


def test_a_file_that_changes_while_it_is_read_is_noticed(parquet: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from csimodels.survey.files import parquet as formats

    real = formats.file_hash

    def changed(path: Path) -> str:
        found = real(path)
        whole = path.read_bytes()
        path.write_bytes(whole)
        import os

        os.utime(path, ns=(1, 1))
        return found

    monkeypatch.setattr(formats, "file_hash", changed)
    with pytest.raises(cs.DataError, match="was changed while it was read"):
        read_survey(parquet, "ecsi")

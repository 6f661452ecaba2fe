"""Stored numbers are read by the names of their blocks: older and newer folders load, and what is not there is said."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import csimodels as cs

#: Written by version 0.1 (commit c4dc773): a model of three constructs, two groups, jackknife.
OLD = Path(__file__).parent / "stored_by_0_1"
PARTS = ("value", "se", "low", "high", "p", "df")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the folder of version 0.1 beside its data, to be changed."""
    shutil.copy(OLD.with_suffix(".csv"), tmp_path)
    shutil.copytree(OLD, tmp_path / "out")
    return tmp_path / "out"


def rewrite(folder: Path, stored: dict[str, object]) -> None:
    """Write ``result.json`` with its hash, as another version of this package would have."""
    (folder / "result.json").write_text(json.dumps(stored), encoding="utf-8")
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    manifest["result_sha256"] = hashlib.sha256((folder / "result.json").read_bytes()).hexdigest()
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")


def add(folder: Path, name: str, size: int) -> None:
    """Put a block of `size` ones before all others of ``result.json``, as a newer version might."""
    path = folder / "result.json"
    stored = json.loads(path.read_text(encoding="utf-8"))
    for result in (stored, stored["overall"]):
        result["blocks"] = {name: [0, size]} | {
            own: [start + size, stop + size] for own, (start, stop) in result["blocks"].items()
        }
        for part in PARTS:
            result[part] = [[1.0] * size + row for row in result[part]]
    rewrite(folder, stored)


def drop(folder: Path, name: str) -> None:
    """Take a block out of ``result.json``, as an older version would not have written it."""
    path = folder / "result.json"
    stored = json.loads(path.read_text(encoding="utf-8"))
    for result in (stored, stored["overall"]):
        first, last = result["blocks"].pop(name)
        for own, (start, stop) in result["blocks"].items():
            if start >= last:
                result["blocks"][own] = [start - last + first, stop - last + first]
        for part in PARTS:
            result[part] = [row[:first] + row[last:] for row in result[part]]
    rewrite(folder, stored)


def same_tables(loaded: cs.Result, leave_out: tuple[str, ...] = ()) -> None:
    """Every table that version 0.1 wrote, number for number."""
    made = loaded.tables()
    for path in sorted((OLD / "tables").glob("*.csv")):
        if path.stem in leave_out:
            continue
        stored = pd.read_csv(path, encoding="utf-8-sig")
        for column in stored.columns.drop(["quadrant", "verdict"], errors="ignore"):  # by intervals since
            now, then = made[path.stem][column], stored[column]
            if pd.api.types.is_numeric_dtype(then):
                x, y = now.to_numpy(dtype=float, na_value=np.nan), then.to_numpy(dtype=float)
                # stored numbers come back bit for bit; differences are sums of them, which libraries add in any order
                assert np.allclose(x, y, rtol=1e-12, atol=1e-12, equal_nan=True), (path.stem, column)
            else:
                assert now.astype(str).tolist() == then.fillna("").astype(str).tolist(), (path.stem, column)


def test_a_folder_of_version_0_1_loads_with_the_numbers_that_it_wrote() -> None:
    same_tables(cs.load_result(OLD))


def test_a_folder_of_version_0_1_can_be_verified() -> None:
    found = cs.verify(OLD)
    assert found.differences.empty and found.compared > 500


def test_a_block_that_this_version_does_not_know_is_left_out_and_said(folder: Path) -> None:
    add(folder, "htmt3", 3)
    loaded = cs.load_result(folder)
    same_tables(loaded)
    assert "numbers that this version does not know are left out: htmt3" in loaded.notes


@pytest.mark.parametrize("name", ["sd", "vif"])
def test_a_block_that_the_stored_result_has_not_is_empty_and_said(folder: Path, name: str) -> None:
    drop(folder, name)
    loaded = cs.load_result(folder)
    block = loaded.estimates.layout.blocks[name]
    assert np.isnan(loaded.estimates.value[:, block]).all() and np.isnan(loaded.whole.estimates.value[:, block]).all()
    said = f"the stored result has no numbers of {name}"
    assert any(note.startswith(said) and note.endswith("they are empty") for note in loaded.notes)
    same_tables(loaded, leave_out={"sd": ("index", "overall_index"), "vif": ("quality", "overall_quality")}[name])
    assert "VIF" in set(cs.load_result(OLD).quality()["criterion"])
    assert ("VIF" in set(loaded.quality()["criterion"])) == (name != "vif")
    assert cs.verify(folder).differences.empty  # what was not stored is not compared


def test_a_block_of_another_size_is_not_read_as_if_it_were_the_same(folder: Path) -> None:
    drop(folder, "sd")
    add(folder, "sd", 2)
    loaded = cs.load_result(folder)
    assert np.isnan(loaded.estimates.value[:, loaded.estimates.layout.blocks["sd"]]).all()
    assert any("no numbers of sd" in note for note in loaded.notes)
    same_tables(loaded, leave_out=("index", "overall_index"))


@pytest.mark.parametrize("blocks", [[1, 2], {"sd": 3}, {"sd": ["a", "b"]}, {"sd": [10_000, 10_003]}])
def test_damaged_blocks_are_a_users_error(folder: Path, blocks: object) -> None:
    path = folder / "result.json"
    rewrite(folder, json.loads(path.read_text(encoding="utf-8")) | {"blocks": blocks})
    with pytest.raises(cs.DataError, match="damaged"):
        cs.load_result(folder)

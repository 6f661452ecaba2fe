"""Results on disk: the same tables back, and a rerun that proves itself."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import csimodels as cs
from csimodels.survey import file_hash


@pytest.fixture
def stored(mobi: pd.DataFrame, tmp_path: Path) -> Path:
    """An output folder of a run from a file, with groups and options given as keywords."""
    mobi.assign(shop=np.where(np.arange(250) < 100, "=a", "@中")).to_csv(tmp_path / "data.csv", index=False)
    study = cs.Study("ecsi", tmp_path / "data.csv", by="shop", uncertainty=cs.Bootstrap(30, seed=8), missing="listwise")
    cs.save(study.run(), tmp_path / "out", report=False)
    return tmp_path / "out"


def test_a_loaded_result_has_the_same_tables(stored: Path, mobi: pd.DataFrame) -> None:
    data = mobi.assign(shop=np.where(np.arange(250) < 100, "=a", "@中"))
    fresh = cs.Study("ecsi", data, by="shop", uncertainty=cs.Bootstrap(30, seed=8), missing="listwise").run()
    loaded = cs.load_result(stored)
    for name, table in fresh.tables().items():
        if name != "survey":
            pd.testing.assert_frame_equal(loaded.tables()[name], table)
    with pytest.raises(cs.DataError, match="carries no respondents"):
        loaded.scores()


def test_infinite_numbers_come_back(mobi: pd.DataFrame, tmp_path: Path) -> None:
    """Replicates of few rows have variance inflations without bound, and intervals that end there."""
    fresh = cs.Study("ecsi", mobi, uncertainty=cs.Bootstrap(30, seed=8)).run()
    ends = fresh.estimates.layout.blocks["vif"].start
    for part, number in (("value", np.inf), ("se", np.inf), ("low", 3.0), ("high", np.inf)):
        getattr(fresh.estimates, part)[0, ends] = number
    cs.save(fresh, tmp_path / "out", report=False)
    loaded = cs.load_result(tmp_path / "out").estimates
    for part in ("value", "se", "low", "high", "p", "df"):
        np.testing.assert_array_equal(getattr(loaded, part), getattr(fresh.estimates, part))


def test_verify_finds_the_same_numbers(stored: Path) -> None:
    found = cs.verify(stored)
    assert found.same and not found.changed and found.compared > 1000


def test_verify_under_another_hash_seed_and_folder(stored: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    source = str(Path(cs.__file__).parents[1])
    env = {**os.environ, "PYTHONHASHSEED": "4711", "OMP_NUM_THREADS": "1", "PYTHONPATH": source}
    code = "import csimodels as cs, sys; v = cs.verify(sys.argv[1]); print(v.changed); sys.exit(0 if v.same else 1)"
    folder = os.path.relpath(stored, elsewhere)
    done = subprocess.run([sys.executable, "-c", code, folder], cwd=elsewhere, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_verify_says_that_the_data_changed(stored: Path) -> None:
    path = stored.parent / "data.csv"
    table = pd.read_csv(path)
    table.loc[0, "CUSA1"] = 10 if table.loc[0, "CUSA1"] < 10 else 1
    table.to_csv(path, index=False)
    found = cs.verify(stored)
    assert not found.same
    assert any("data.csv" in change for change in found.changed)
    assert found.differences["difference"].iloc[0] > 0


def test_verify_says_that_the_spec_changed(stored: Path) -> None:
    spec = stored / "spec.yaml"
    spec.write_text(spec.read_text(encoding="utf-8").replace("seed: 8", "seed: 9"), encoding="utf-8")
    found = cs.verify(stored)
    assert not found.same
    assert any("spec" in change for change in found.changed)
    assert set(found.differences["part"]) <= {"se", "low", "high", "p", "ranks", "differences", "path_differences"}


def test_verify_says_that_the_stored_result_changed(stored: Path) -> None:
    path = stored / "result.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    content["value"][0][0] += 0.5
    path.write_text(json.dumps(content), encoding="utf-8")
    found = cs.verify(stored)
    assert not found.same and any("result.json" in change for change in found.changed)
    assert found.differences["difference"].iloc[0] == pytest.approx(0.5)


def test_verify_says_that_files_are_others_though_all_numbers_agree(stored: Path) -> None:
    path, table = stored / "result.json", stored / "tables" / "paths.csv"
    written = path.read_bytes()
    path.write_bytes(written + b" ")
    found = cs.verify(stored)
    assert not found.same and not len(found.differences) and any("result.json" in change for change in found.changed)
    path.write_bytes(written)
    cells = table.read_text(encoding="utf-8")
    table.write_text(cells.replace(",ok", ",fine", 1), encoding="utf-8")
    manifest = json.loads((stored / "manifest.json").read_text(encoding="utf-8"))
    for known in (manifest["files_sha256"], manifest["tables_sha256"]):
        known["tables/paths.csv"] = file_hash(table)
    (stored / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    found = cs.verify(stored)
    assert not found.same and [str(said) for said in found.changed] == [
        "the table tables/paths.csv does not hold what result.json holds"
    ]
    manifest["files_sha256"]["spec.yaml"] = "0" * 64
    (stored / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    with pytest.raises(cs.DataError, match=r"two hashes of spec\.yaml"):
        cs.load_result(stored)


def test_missing_data_file_is_a_user_error_and_can_be_named(stored: Path) -> None:
    (stored.parent / "data.csv").rename(stored.parent / "moved.csv")
    with pytest.raises(cs.DataError, match=r"data\.csv.*\n.*--data"):
        cs.verify(stored)
    found = cs.verify(stored, stored.parent / "moved.csv")
    assert found.same and not found.changed


def test_data_from_memory_cannot_be_verified(mobi: pd.DataFrame, tmp_path: Path) -> None:
    cs.save(cs.Study("ecsi", mobi, uncertainty=None).run(), tmp_path / "out", report=False)
    with pytest.raises(cs.DataError, match="came from memory"):
        cs.verify(tmp_path / "out")


def test_csv_cells_are_no_formulas_and_open_in_spreadsheets(stored: Path) -> None:
    raw = (stored / "tables" / "index.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    text = raw.decode("utf-8-sig")
    assert "'=a" in text and "'@中" in text
    for line in text.splitlines()[1:]:
        assert not line.startswith(("=", "@"))


def test_the_folder_is_checked_before_the_work(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(cs.DataError, match="is a file"):
        cs.check_folder(tmp_path / "file")
    with pytest.raises(cs.DataError, match="did not write"):
        cs.check_folder(tmp_path)
    assert cs.check_folder(tmp_path / "new" / "deeper") == tmp_path / "new" / "deeper"


def test_a_folder_without_a_result(tmp_path: Path) -> None:
    with pytest.raises(cs.DataError, match=r"no result\.json here"):
        cs.load_result(tmp_path)


def test_a_result_of_another_format(stored: Path) -> None:
    path = stored / "result.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    content["format"] = 99
    path.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(cs.DataError, match="another version"):
        cs.load_result(stored)


def test_no_absolute_path_is_stored(stored: Path) -> None:
    for name in ("spec.yaml", "manifest.json", "result.json"):
        assert str(stored.parent) not in (stored / name).read_text(encoding="utf-8"), name


def test_a_missing_extra_is_said_before_the_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("csimodels.report.formats.find_spec", lambda name: None if name == "jinja2" else object())
    cs.check_report(("en",), ("xlsx",))
    with pytest.raises(cs.MissingExtraError, match=r"csimodels\[report\]"):
        cs.check_report(("en",), ("html", "xlsx"))
    with pytest.raises(cs.SpecError, match="odt"):
        cs.check_report(("fr",), ("odt",))


def test_a_report_does_not_replace_a_file_of_somebody_else(mobi: pd.DataFrame, tmp_path: Path) -> None:
    result = cs.Study("ecsi", mobi, uncertainty=None).run()
    (tmp_path / "tables.xlsx").write_bytes(b"mine")
    with pytest.raises(cs.DataError, match="would be replaced"):
        result.report(tmp_path)
    assert (tmp_path / "tables.xlsx").read_bytes() == b"mine"
    (tmp_path / "tables.xlsx").unlink()
    assert len(result.report(tmp_path)) == 2
    assert len(result.report(tmp_path)) == 2  # our own are replaced


def test_the_stored_spec_spells_out_what_was_used(mobi: pd.DataFrame, tmp_path: Path) -> None:
    """A later version with other defaults must give the same numbers from the same file."""
    cs.save(cs.Study("ecsi", mobi).run(), tmp_path / "out", report=False)
    text = (tmp_path / "out" / "spec.yaml").read_text(encoding="utf-8")
    for line in ("scale: [1, 10]", "estimator: pls", "scheme: path", "missing: mean", "max_iter: 300", "tol: 1.0e-07"):
        assert line in text, text
    for line in ("method: auto", "level: 0.95", "mode: A"):
        assert line in text, text
    cs.save(cs.Study("ecsi", mobi, uncertainty="bootstrap").run(), tmp_path / "drawn", report=False)
    text = (tmp_path / "drawn" / "spec.yaml").read_text(encoding="utf-8")
    for line in ("method: bootstrap", "replicates: 5000", "seed: 1", "interval: percentile", "draw: multinomial"):
        assert line in text, text
    again = cs.load_model(tmp_path / "out" / "spec.yaml")
    assert again.constructs == cs.load_model("ecsi").constructs

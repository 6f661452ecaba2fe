"""A batch runs every spec, says which failed, and goes on where it was stopped."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

pytest.importorskip("duckdb")
import large
from typer.testing import CliRunner

import csimodels as cs
from csimodels.cli import app
from csimodels.errors import SpecError


@pytest.fixture
def specs(tmp_path: Path) -> list[Path]:
    large.write(large.answers(), tmp_path / "a.parquet")
    out = []
    for name, data in (
        ("one", "file: a.parquet, missing_codes: [98]"),
        ("two", "file: a.parquet"),
        ("three", "file: a.parquet, missing_codes: [98], weight: w"),
    ):
        text = large.spec(tmp_path, data).read_text(encoding="utf-8")
        out.append(tmp_path / f"{name}.yaml")
        out[-1].write_text(text, encoding="utf-8")
    return out


def states(specs: list[Path], out: Path) -> list[str]:
    return [step.state for step in cs.batch(specs, out, report=False)]


def test_a_spec_that_fails_does_not_stop_the_others_and_a_second_go_goes_on(specs: list[Path], tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert states(specs, out) == ["done", "failed", "done"]
    assert not (out / "two").exists()
    assert states(specs, out) == ["as it was", "failed", "as it was"]
    specs[0].write_text(specs[0].read_text(encoding="utf-8").replace("Loyalty", "Loyal"), encoding="utf-8")
    assert states(specs, out) == ["done", "failed", "as it was"]
    large.write(large.answers().assign(LO1=5.0 + large.answers()["IM1"] // 3), tmp_path / "a.parquet")
    assert states(specs, out) == ["done", "done", "done"]
    log = [json.loads(line) for line in (out / "batch.jsonl").read_text(encoding="utf-8").splitlines()]
    assert len(log) == 12
    assert "LO1" in log[1]["said"]


def test_a_batch_that_was_cut_off_begins_with_the_spec_it_was_at(specs: list[Path], tmp_path: Path) -> None:
    out = tmp_path / "out"
    steps = cs.batch([specs[0], specs[2]], out, report=False)
    assert next(steps).state == "done"
    del steps
    with (out / "batch.jsonl").open("a", encoding="utf-8") as log:
        log.write('{"spec": "thr')
    assert [step.state for step in cs.batch([specs[0], specs[2]], out, report=False)] == ["as it was", "done"]


def test_one_exit_code(specs: list[Path], tmp_path: Path) -> None:
    out = ["-o", str(tmp_path / "out"), "--no-report"]
    assert CliRunner().invoke(app, ["batch", str(specs[0]), str(specs[2]), *out]).exit_code == 0
    found = CliRunner().invoke(app, ["batch", *map(str, specs), *out])
    assert found.exit_code == 1
    assert "0 done, 2 as they were, 1 failed" in found.output


def test_names_must_differ(specs: list[Path], tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="one"):
        list(cs.batch([specs[0], tmp_path / "sub" / "one.yaml"], tmp_path / "out"))
    with pytest.raises(SpecError, match="no spec"):
        list(cs.batch([], tmp_path / "out"))

"""The command line: exit codes, messages, files; no traceback for a user's mistake."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

import csimodels as cs
from csimodels.cli import main

Call = Callable[..., tuple[int, str, str]]


@pytest.fixture
def csi(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Call:
    """Run a command in an empty folder; returns exit code, stdout, stderr."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")

    def call(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["csi", *arguments])
        try:
            main()
            code = 0
        except SystemExit as stop:
            code = int(stop.code or 0)
        captured = capsys.readouterr()
        assert "Traceback" not in captured.err
        return code, captured.out, captured.err

    return call


def test_models_lists_the_library(csi: Call) -> None:
    code, out, _ = csi("models")
    assert code == 0
    for name in ("acsi", "ccsi", "ecsi", "ncsb", "scsb", "tcsi"):
        assert name in out


def test_version(csi: Call) -> None:
    assert csi("--version")[1].strip() == f"csimodels {cs.__version__}"


def test_init_check_run_verify_report(csi: Call, mobi: pd.DataFrame, tmp_path: Path) -> None:
    """The first hour, on the ECSI mobile data."""
    mobi.to_csv(tmp_path / "my-survey.csv", index=False)
    assert csi("init", "ecsi")[0] == 0
    code, out, _ = csi("check", "my.yaml")
    assert code == 0 and "the data fit the model" in out
    code, out, err = csi("run", "my.yaml", "-o", "result", "--replicates", "50", "--seed", "3")
    assert code == 0, err
    assert "72.454" in out
    for name in ("report.html", "tables.xlsx", "result.json", "manifest.json", "spec.yaml", "tables/index.csv"):
        assert (tmp_path / "result" / name).exists(), name
    manifest = json.loads((tmp_path / "result" / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["data_file"] == "../my-survey.csv"
    assert manifest["facts"]["seed"] == "3"
    code, out, _ = csi("verify", "result")
    assert code == 0 and "same" in out
    code, out, _ = csi("report", "result", "--lang", "zh", "-o", "chinese")
    assert code == 0 and (tmp_path / "chinese" / "report.html").exists()


def test_verify_exits_with_1_when_numbers_differ(csi: Call, mobi: pd.DataFrame, tmp_path: Path) -> None:
    mobi.to_csv(tmp_path / "d.csv", index=False)
    assert csi("run", "ecsi", "d.csv", "-o", "o", "--replicates", "0", "--no-report")[0] == 0
    mobi.assign(CUSA1=mobi["CUSA1"].to_numpy()[::-1]).to_csv(tmp_path / "d.csv", index=False)
    code, out, _ = csi("verify", "o")
    assert code == 1
    assert "d.csv" in out and "different" in out


def test_init_refuses_to_overwrite(csi: Call, tmp_path: Path) -> None:
    (tmp_path / "my.yaml").write_text("mine")
    code, _, err = csi("init", "acsi")
    assert code == 2 and "--force" in err
    assert (tmp_path / "my.yaml").read_text() == "mine"
    assert csi("init", "acsi", "--force", "--full")[0] == 0
    assert cs.load_model(tmp_path / "my.yaml").paths == cs.load_model("acsi").paths


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("check", "ecsy"), ['did you mean "ecsi"']),
        (("run", "ecsi", "no-such.csv"), ["no-such.csv"]),
        (("run", "ecsi"), ["data"]),
        (("run", "ecsi", "d.csv", "--estimator", "MLX"), ["MLX", "pls"]),
        (("run", "ecsi", "d.csv", "--replicates", "-10"), ["-10", "at least 2"]),
        (("run", "ecsi", "d.csv", "--replicates", "1"), ["at least 2"]),
        (("run", "ecsi", "d.csv", "--weight", "wt"), ["wt"]),
        (("run", "ecsi", "d.csv", "--where", "year2026"), ["COLUMN=VALUE"]),
        (("run", "ecsi", "d.csv", "-o", "d.csv"), ["is a file"]),
        (("verify", "nowhere"), ["manifest.json"]),
        (("report", "nowhere"), ["result.json"]),
        (("init", "acsy"), ['did you mean "acsi"']),
    ],
)
def test_mistakes_end_with_exit_code_2(
    csi: Call, mobi: pd.DataFrame, tmp_path: Path, arguments: tuple[str, ...], words: list[str]
) -> None:
    mobi.to_csv(tmp_path / "d.csv", index=False)
    code, _, err = csi(*arguments)
    assert code == 2
    for word in words:
        assert word in err.replace("\n", " "), err


def test_an_unknown_option_is_refused(csi: Call) -> None:
    assert csi("run", "ecsi", "--replicate", "5")[0] == 2


def test_simulate_writes_data_and_truth(csi: Call, tmp_path: Path) -> None:
    code, _, err = csi("simulate", "acsi", "-n", "300", "-o", "s.csv", "--seed", "5", "--dont-know", "0.02")
    assert code == 0, err
    assert len(pd.read_csv(tmp_path / "s.csv")) == 300
    assert (tmp_path / "s.truth.json").exists()
    code, _, err = csi("run", "acsi", "s.csv", "-o", "o", "--replicates", "0", "--no-report")
    assert code == 2 and "missing_codes" in err  # 98 is no answer until the spec says what it is


def test_schema_and_lavaan(csi: Call, tmp_path: Path) -> None:
    code, out, _ = csi("schema")
    assert code == 0 and json.loads(out)["type"] == "object"
    code, out, _ = csi("lavaan", "ecsi")
    assert code == 0 and "Satisfaction =~ CUSA1" in out
    (tmp_path / "m.lav").write_text("A =~ a1 + a2\nSatisfaction =~ b1 + b2\nSatisfaction ~ A\n", encoding="utf-8")
    code, out, _ = csi("lavaan", "m.lav")
    assert code == 0 and cs.parse_model(out).paths == (("A", "Satisfaction"),)

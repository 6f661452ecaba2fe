"""The command line: exit codes, messages, files; no traceback for a user's mistake."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

import csimodels as cs

Call = Callable[..., tuple[int, str, str]]


@pytest.fixture
def csi(called: Call, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Call:
    """Run a command in an empty folder; returns exit code, stdout, stderr."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")

    def call(*arguments: str) -> tuple[int, str, str]:
        code, out, err = called(*arguments)
        assert "Traceback" not in err
        return code, out, err

    return call


def test_models_lists_the_library(csi: Call) -> None:
    code, out, _ = csi("models")
    assert code == 0
    for name in ("acsi", "ccsi", "ecsi", "ncsb", "scsb", "tcsi"):
        assert name in out
    assert "Norwegian Customer Satisfaction Barometer (NCSB)" in out
    assert "中国顾客满意指数模型（CCSI）" in csi("models", "--lang", "zh")[1]  # whole on a narrow terminal


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
    assert "72.5  95%" in out and len(out.splitlines()) <= 28
    assert csi("show", "result")[1].splitlines()[:8] == out.splitlines()[:8]
    assert "72.454" in csi("show", "result", "--details")[1]
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


def banks(tmp_path: Path) -> None:
    """Two years of four banks in two sectors, and a spec that rolls them up."""
    for year, seed in ((2025, 5), (2026, 6)):
        frame = cs.simulate("acsi", 320, seed=seed).data
        frame["bank"] = [f"B{i % 4}" for i in range(320)]
        frame.to_csv(tmp_path / f"{year}.csv", index=False)
    weights = "bank,sector,weight\n" + "".join(f"B{i},S{i % 2},{i + 1}\n" for i in range(4))
    (tmp_path / "w.csv").write_text(weights, encoding="utf-8")
    spec = "csi: 1\nextends: acsi\ndata: {by: bank}\nrollup: {levels: [bank, sector], weights: w.csv}\n"
    (tmp_path / "banks.yaml").write_text(spec, encoding="utf-8")


def test_roll_up_and_comparison_of_two_years(csi: Call, tmp_path: Path) -> None:
    banks(tmp_path)
    for year in ("2025", "2026"):
        code, out, err = csi("run", "banks.yaml", f"{year}.csv", "-o", f"out-{year}", "--no-report")
        assert code == 0, err
        assert "sector  S" in out and "S0" in out
        assert "rolled up" in csi("show", f"out-{year}", "--details")[1]
    code, out, err = csi("compare", "out-2025", "out-2026", "-o", "changes.csv")
    assert code == 0, err
    assert out.startswith("Customer satisfaction") or out.startswith("of 4 groups, ")
    assert "wrote" in out and "S1" in out
    written = pd.read_csv(tmp_path / "changes.csv")
    expected = cs.compare(cs.load_result(tmp_path / "out-2025"), cs.load_result(tmp_path / "out-2026"))
    assert len(written) == len(expected)
    assert written["change"].to_numpy() == pytest.approx(expected["change"].to_numpy(), nan_ok=True)
    assert csi("compare", "out-2025", "out-2026", "--adjust", "holms")[0] == 2
    assert csi("compare", "out-2025", "nothing")[0] == 2
    assert csi("compare", "out-2025", "out-2026", "-o", "none/x.csv")[0] == 2


@pytest.mark.parametrize("method", ["auto", "jackknife", "linearised", "bootstrap", "none"])
def test_methods_of_uncertainty(csi: Call, tmp_path: Path, method: str) -> None:
    banks(tmp_path)
    code, _, err = csi("run", "acsi", "2025.csv", "-o", "r", "--no-report", "--uncertainty", method)
    assert code == 0, err
    stored = cs.load_result(tmp_path / "r")
    assert stored.model.uncertainty.method == method
    assert stored.index()["se"].isna().all() == (method == "none")
    options = cs.Study("acsi", pd.read_csv(tmp_path / "2025.csv"), uncertainty=None if method == "none" else method)
    pd.testing.assert_frame_equal(options.run().paths(), stored.paths(), check_exact=False, rtol=1e-12)


def test_options_of_the_bootstrap(csi: Call, tmp_path: Path) -> None:
    banks(tmp_path)
    code, _, err = csi("run", "acsi", "2025.csv", "-o", "r", "--no-report", "--replicates", "40", "--interval", "bca")
    assert code == 0, err
    stored = cs.load_result(tmp_path / "r").model.uncertainty
    assert (stored.method, stored.replicates, stored.interval) == ("bootstrap", 40, "bca")
    code, _, err = csi("run", "acsi", "2025.csv", "-o", "r", "--uncertainty", "jackknife", "--replicates", "40")
    assert code == 2 and "only the bootstrap has replicates" in err


def test_a_covariance_structure_from_the_command_line(csi: Call, tmp_path: Path) -> None:
    banks(tmp_path)
    arguments = (
        "run",
        "acsi",
        "2025.csv",
        "-o",
        "r",
        "--no-report",
        "--estimator",
        "ml",
        "--uncertainty",
        "linearised",
    )
    code, _, err = csi(*arguments)
    assert code == 0, err
    stored = cs.load_result(tmp_path / "r")
    fresh = cs.Study("acsi", pd.read_csv(tmp_path / "2025.csv"), estimator="ml", uncertainty=None).run()
    chisq = [t.fit_measures().set_index("measure").loc["chisq", "value"] for t in (stored, fresh)]
    assert chisq[0] == pytest.approx(chisq[1], rel=1e-9)
    assert (tmp_path / "r" / "tables" / "parameters.csv").exists()
    assert csi("verify", "r")[0] == 0


def test_check_finds_what_run_would_refuse(csi: Call, tmp_path: Path) -> None:
    banks(tmp_path)
    (tmp_path / "w.csv").write_text("bank,sector,weight\nB0,S0,1\n", encoding="utf-8")
    code, _, err = csi("check", "banks.yaml", "2025.csv")
    assert code == 2 and "B1" in err
    text = (tmp_path / "banks.yaml").read_text(encoding="utf-8").replace("w.csv", "none.csv")
    (tmp_path / "gone.yaml").write_text(text, encoding="utf-8")
    assert csi("check", "gone.yaml", "2025.csv")[0] == 2


def test_verify_sees_edited_tables(csi: Call, tmp_path: Path) -> None:
    banks(tmp_path)
    assert csi("run", "acsi", "2025.csv", "-o", "r", "--no-report")[0] == 0
    assert csi("verify", "r")[0] == 0
    path = tmp_path / "r" / "tables" / "index.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("Loyalty", "Royalty"), encoding="utf-8")
    code, out, _ = csi("verify", "r")
    assert code == 1 and "tables/index.csv is not what was written" in out

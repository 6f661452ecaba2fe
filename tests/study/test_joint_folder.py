"""Joint fits and the ladder as folders: what is written, read, verified, and what the page says in both languages."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import csimodels as cs
from csimodels.cli import app
from csimodels.errors import DataError
from csimodels.tables.of_joint import JOINT_TABLES

SPEC = """
csi: 1
scale: [1, 10]
title: {en: Two constructs, zh: 两个变量}
constructs: {A: {items: [a1, a2, a3]}, B: {items: [b1, b2, b3]}}
paths: {A: B}
index: B
data: {file: banks.csv, by: bank}
labels: {bank: {en: Bank, zh: 银行, North: {en: North Bank, zh: 北方银行}}}
report: {languages: [en, zh]}
estimate: {estimator: ml}
parameters: {"B ~ A": [p, q]}
defined: {apart: p - q}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A spec and its data; in one bank the first question after the marker is answered 2 points lower."""
    home = tmp_path_factory.mktemp("joint")
    (home / "banks.yaml").write_text(SPEC, encoding="utf-8")
    model = cs.parse_model("\n".join(SPEC.splitlines()[:8]))
    data = cs.simulate(model, 300, seed=3).data.assign(bank=["North", "South"] * 150)
    data["a2"] = data["a2"].astype(float) - 2 * (data["bank"] == "South")
    data.assign(a2=data["a2"].clip(1, 10)).to_csv(home / "banks.csv", index=False)
    return home


def run(folder: Path, *words: str) -> str:
    done = CliRunner().invoke(app, [words[0], str(folder / "banks.yaml"), *words[1:]])
    assert done.exit_code == 0, done.output
    return done.output


@pytest.mark.parametrize("many", [1, 2])
def test_many_groups_are_announced(
    folder: Path, many: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("csimodels.study.joint.data.MANY_GROUPS", many)
    cs.invariance(folder / "banks.yaml", steps=["configural"])
    said = capsys.readouterr().err
    assert ("2 groups are fitted together" in said) == (many == 1)


def page(out: Path) -> tuple[str, str]:
    """The English and the Chinese half of a page, as text."""
    text = (out / "report.html").read_text(encoding="utf-8").partition("<body>")[2]
    halves = text.split('<div class="page"')[1:]
    english, chinese = (re.sub(r"<[^>]+>", " ", half) for half in halves)
    return english, chinese


def test_a_joint_fit_is_written_and_proves_itself(folder: Path) -> None:
    out = folder / "out"
    run(folder, "fit-groups", "--equal", "loadings", "-o", str(out))
    manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["kind"] == "groups"
    assert {"report.html", "tables.xlsx", "tables/joint_parameters.csv"} <= set(manifest["files_sha256"])
    table = pd.read_csv(out / "tables" / "joint_parameters.csv")
    assert set(table["across"].dropna()) == {"equal in all groups", "free", "fixed"}
    assert table.iloc[-1]["lhs"] == "apart"
    english, chinese = page(out)
    assert "Parameters by group" in english and "Defined parameters" in english and "North Bank" in english
    assert "各组参数" in chinese and "北方银行" in chinese and "载荷" in chinese
    found = cs.verify(out)
    assert found.same and found.compared > 500
    with pytest.raises(DataError, match="several groups together"):
        cs.load_result(out)


def test_an_edited_number_of_a_joint_fit_is_found(folder: Path, tmp_path: Path) -> None:
    fit = cs.fit_groups(folder / "banks.yaml")
    fit.save(tmp_path / "out", report=False)
    file = tmp_path / "out" / "result.json"
    stored = json.loads(file.read_text(encoding="utf-8"))
    stored["tables"]["fit_measures"]["columns"]["value"][0] += 1
    file.write_text(json.dumps(stored), encoding="utf-8")
    found = cs.verify(tmp_path / "out")
    assert not found.same
    assert found.differences["part"].tolist() == ["fit_measures"]


def test_the_page_of_a_ladder_says_where_it_breaks(folder: Path) -> None:
    out = folder / "ladder"
    shown = run(folder, "invariance", "-o", str(out))
    assert "scalar" in shown
    english, chinese = page(out)
    assert "measurement is equal up to equal loadings (metric)" in english
    assert "What is not equal: equal intercepts (scalar)" in english
    assert english.index("What is not equal") < english.index("a2")
    assert "载荷相等（载荷等同）" in chinese
    assert cs.verify(out).same
    steps = pd.read_csv(out / "tables" / "joint_parameters.csv")["step"].unique()
    assert list(steps) == ["configural", "metric", "scalar", "strict"]


def test_the_intercept_that_differs_is_the_one_to_let_free(folder: Path) -> None:
    """Its equality has the largest index, and the residuals of means are its own."""
    fit = cs.invariance(folder / "banks.yaml", steps=["scalar"]).fit("scalar")
    best = fit.modification_indices().query("released").iloc[0]
    assert (best["lhs"], best["op"]) == ("a2", "~1")
    means = fit.model_residuals().query("other == ''")
    assert means.loc[means["cor"].abs().idxmax(), "item"] == "a2"


@pytest.mark.parametrize("together", [False, True])
def test_an_index_of_gls_is_the_fall_of_chi_square(folder: Path, together: bool) -> None:
    """GLS is quadratic where covariances are linear in the parameters: the score test is then exact."""
    fixed = {f"{c} =~ {c.lower()}{k}": 1 for c in "AB" for k in (2, 3)} | {"B ~ A": 0, "A ~~ B": "free"}

    def fitted(more: dict[str, object]) -> cs.GroupFit | cs.Result:
        overrides = {"parameters": fixed | more, "defined": None, "estimate": {"estimator": "gls"}}
        model = cs.load_model(folder / "banks.yaml", overrides=overrides)
        if together:
            return cs.fit_groups(model)
        return cs.Study(model, by=[], uncertainty=None).run()

    before = fitted({})
    after = fitted({"a1 ~~ b1": {"groups": {"North": "free"}} if together else "free"})
    chisq = [fit.fit_measures().set_index("measure").loc["chisq", "value"] for fit in (before, after)]
    row = before.modification_indices(0.0).query("lhs == 'a1' and op == '~~' and rhs == 'b1'").iloc[0]
    freed = after.parameters().query("lhs == 'a1' and op == '~~' and rhs == 'b1'").iloc[0]
    assert np.allclose([row["mi"], row["epc"]], [chisq[0] - chisq[1], freed["est"]], rtol=1e-7)


def test_its_tables_have_the_columns_that_are_declared(folder: Path) -> None:
    ladder = cs.invariance(folder / "banks.yaml", steps=["configural", "scalar"])
    tables = ladder.tables()
    assert {table.name for table in JOINT_TABLES} <= set(tables)
    for table in JOINT_TABLES:
        front = 0 if table.name == "invariance" else 1 if table.name == "joint_groups" else 2  # step and bank
        assert tuple(tables[table.name].columns[front:]) == table.column_names, table.name


@pytest.mark.parametrize("name", ["mean", "lhs", "step", "across"])
def test_a_group_column_called_like_a_column_of_the_tables_is_kept_apart(folder: Path, name: str) -> None:
    data = pd.read_csv(folder / "banks.csv").rename(columns={"bank": name})
    model = cs.parse_model("\n".join([*SPEC.splitlines()[:8], "estimate: {estimator: ml}"]))
    ladder = cs.invariance(model, data, by=name, steps=["scalar"])
    tables = ladder.tables()
    made = [ladder.latent_means(), ladder.parameters("scalar"), ladder.fit("scalar").latent_means()]
    for table in (*made, tables["joint_parameters"], tables["latent_means"], tables["explained"]):
        groups = table[f"{name}_group" if f"{name}_group" in table else name]
        assert set(groups) == {"North", "South"}
    assert (made[0]["mean"].dtype, set(made[0]["status"])) == (np.float64, {"ok"})
    assert set(made[1]["lhs"]) == {"A", "B", *model.item_names}
    assert set(tables["joint_parameters"]["step"]) == {"scalar"}
    assert {"free", "fixed"} < set(tables["joint_parameters"]["across"])

"""Tables of commands are in the language of the user: no English head, word or name of a construct in Chinese."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import csimodels as cs
from csimodels.cli import app
from csimodels.commands.worded import print_table
from csimodels.i18n import speak
from csimodels.tables.of_plans import PLAN_TABLES
from csimodels.terminal import _fit_line, out

#: Names of measures and parts of statements that Chinese readers use as they are.
KEPT = re.compile(r"(?<![A-Za-z])(CFI|TLI|RMSEA|SRMR|AIC|BIC|GoF|NFI|RMS_theta|d_G|d_ULS|bank)(?![A-Za-z])")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("worded")
    data = cs.simulate("acsi", 160, seed=3).data.assign(bank=np.where(np.arange(160) < 80, "A", "B"))
    data.to_csv(place / "s.csv", index=False)
    (place / "one.yaml").write_text("csi: 1\nextends: acsi\ndata: {file: s.csv}\n", encoding="utf-8")
    other = "csi: 1\nextends: one.yaml\npaths: {Expectation: [Quality, Satisfaction]}\n"
    (place / "two.yaml").write_text(other, encoding="utf-8")
    (place / "strata.csv").write_text("stratum,population,sd\nA,1000,20\nB,5000,15\n", encoding="utf-8")
    cs.save(cs.Study(place / "one.yaml", uncertainty="linearised").run(progress=False), place / "out", report=False)
    return place


@pytest.fixture
def wide(monkeypatch: pytest.MonkeyPatch, folder: Path) -> object:
    monkeypatch.chdir(folder)
    monkeypatch.setattr(out, "width", 200)
    yield
    speak("en")


COMMANDS = (
    "plan --half-width 2 --difference 3 --path 0.2",
    "plan --strata strata.csv -n 300",
    "plan --result out --half-width 2",
    "plan --spec one.yaml --sizes 60",
    "compare-specs one.yaml two.yaml",
    "invariance one.yaml --by bank",
)


def printed(command: str, lang: str) -> str:
    done = CliRunner().invoke(app, ["--lang", lang, *command.split()])
    assert done.exit_code == 0, done.output
    return done.output


@pytest.mark.parametrize("command", COMMANDS)
def test_no_english_is_left_in_chinese(command: str, wide: object) -> None:
    text = printed(command, "zh")
    assert re.findall(r"[A-Za-z]{3,}", KEPT.sub("", text)) == []
    assert re.search(r"[\u4e00-\u9fff]", text)


def test_heads_of_a_joint_fit_are_chinese_and_its_statements_as_they_are(wide: object) -> None:
    lines = printed("fit-groups one.yaml --by bank", "zh").splitlines()
    heads = [line for line in lines if line.startswith(("bank", "指标"))]
    assert len(heads) == 2 and not re.search(r"[A-Za-z]{3,}", KEPT.sub("", "".join(heads)))
    assert any(re.match(r"A +Quality +=~ +QUA2", line) for line in lines)


def test_rows_of_every_block_are_told_apart_and_verdicts_are_words(
    wide: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(out, "width", 80)
    text = printed("compare-specs one.yaml two.yaml", "en")
    heads = [line for line in text.splitlines() if line.startswith("table ")]
    assert len(heads) > 1 and all("measure" in head for head in heads)
    assert not re.search(r"\b(True|False|overall)\b", text) and re.search(r"\b(yes|no)\b", text)


def test_degrees_of_freedom_are_whole_and_the_ladder_ends_in_its_verdict(wide: object) -> None:
    assert re.search(r"^df +\d+$", printed("fit-groups one.yaml --by bank", "en"), re.MULTILINE)
    for lang, words in (("en", "By the rule of thumb, measurement is"), ("zh", "按经验标准，测量等同性")):
        assert words in printed("invariance one.yaml --by bank", lang)


def test_plans_have_words_in_english_and_whole_interviews(wide: object) -> None:
    text = printed("plan --strata strata.csv -n 300", "en")
    assert re.search(r"^A +1000 +20\.000 +\d+ +\d+$", text, re.MULTILINE) and "Customers" in text
    made = {
        "plan": cs.plan(half_width=2),
        "plan_strata": cs.plan_strata(10, {"A": 50, "B": 60}),
        "plan_sizes": cs.plan_by_simulation("acsi", [60], surveys=1),
        "plan_reached": cs.reached(cs.load_result("out"), 2.0),
    }
    for table in PLAN_TABLES:
        if table.name in made:
            assert list(made[table.name].columns) == list(table.column_names), table.name


def test_a_small_p_value_is_said_to_be_below_its_digits(wide: object) -> None:
    table = pd.DataFrame({"step": ["metric", "scalar"], "p_diff": [0.0001, np.nan], "delta_cfi": [-1e-9, -0.01]})
    with out.capture() as said:
        print_table("invariance", table)
    assert said.get().split() == ["step", "p_diff", "delta_cfi", "metric", "<0.001", "0.000", "scalar", "-0.010"]


def test_the_line_of_fit_has_no_p_value_of_nothing() -> None:
    table = pd.DataFrame({"measure": ["chisq", "df", "pvalue", "cfi", "tli", "rmsea", "srmr"],
                          "value": [575.6, 241.0, 1e-9, 0.877, 0.859, 0.075, 0.056]})  # fmt: skip
    assert ", p <0.001; CFI 0.877" in str(_fit_line(SimpleNamespace(fit_measures=lambda: table)))  # type: ignore[arg-type]

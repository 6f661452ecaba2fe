"""Planning through API and command line: printed sizes, and what a finished survey has reached."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import csimodels as cs
from csimodels.cli import app


def test_the_printed_sizes() -> None:
    """FORMULAS F19, all numbers."""
    assert cs.plan(sd=20, half_width=2)["n"].item() == 385
    assert cs.plan(sd=20, half_width=2, population=1000)["n"].item() == 278
    assert cs.plan(sd=20, half_width=1.5, deff=1.6)["n"].item() == 1093
    assert cs.plan(sd=18, half_width=2)["n"].item() == 312
    assert cs.plan(sd=20, difference=3)["n"].item() == 698
    assert [cs.plan(path=b)["n"].item() for b in (0.2, 0.1)] == [155, 619]
    both = cs.plan(half_width=2, difference=3)
    assert both["purpose"].to_list() == ["half_width", "difference"]
    strata = cs.plan_strata(800, {"A": 5000, "B": 3000, "C": 2000}, {"A": 15, "B": 20, "C": 30})
    assert strata["neyman"].to_list() == [308, 246, 246] and strata["proportional"].to_list() == [400, 240, 160]


def test_what_a_survey_has_reached(mobi: pd.DataFrame) -> None:
    result = cs.Study("ecsi", mobi, uncertainty="linearised").run(progress=False)
    table = cs.reached(result, half_width=2).set_index("construct")
    index = result.index().set_index("construct")
    row, limits = table.loc["Satisfaction"], index.loc["Satisfaction"]
    assert row["half_width"] == pytest.approx((limits["high"] - limits["low"]) / 2)
    assert row["n"] == 250 and row["deff"] == pytest.approx(1, abs=0.05)
    assert bool(row["met"]) == (row["half_width"] <= 2)
    assert row["needed"] == pytest.approx(250 * (row["half_width"] / 2) ** 2, abs=1)


def test_a_simulated_plan_follows_the_formula() -> None:
    """Half-widths of an index fall as one over the root of n (within 10 %)."""
    table = cs.plan_by_simulation("acsi", [200, 800], surveys=4, seed=3)
    index = table[table["quantity"] == "index Satisfaction"].set_index("n")["half_width"]
    assert index[200] / index[800] == pytest.approx(2, rel=0.1)
    assert table["quantity"].str.startswith("importance").any()


def test_the_command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "160")
    done = CliRunner().invoke(app, ["plan", "--half-width", "2", "--path", "0.2"])
    assert done.exit_code == 0 and "385" in done.output and "155" in done.output
    Path("strata.csv").write_text("stratum,population,sd\nA,5000,15\nB,3000,20\nC,2000,30\n", encoding="utf-8")
    done = CliRunner().invoke(app, ["plan", "--strata", "strata.csv", "-n", "800"])
    assert done.exit_code == 0 and "308" in done.output and "400" in done.output
    with pytest.raises(cs.SpecError, match="something to reach"):
        CliRunner().invoke(app, ["plan"], catch_exceptions=False)


def test_more_than_two_folders_are_compared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    folders = []
    for year in (2024, 2025, 2026):
        study = cs.Study("acsi", cs.simulate("acsi", 200, seed=year).data, uncertainty="linearised")
        result = study.run(progress=False)
        cs.save(result, tmp_path / str(year), report=False)
        folders.append(str(tmp_path / str(year)))
    done = CliRunner().invoke(app, ["compare", *folders, "-o", str(tmp_path / "trend.csv")])
    assert done.exit_code == 0 and "slope" in done.output
    table = pd.read_csv(tmp_path / "trend.csv").set_index("construct")
    results = [cs.load_result(folder) for folder in folders]
    value, se = (np.asarray([r.index().set_index("construct").loc["Satisfaction", c] for r in results])
                 for c in ("index", "se"))  # fmt: skip
    w, t = 1 / se**2, np.arange(3.0)
    slope = (w * (t - np.average(t, weights=w)) * value).sum() / (w * (t - np.average(t, weights=w)) ** 2).sum()
    assert table.loc["Satisfaction", "slope"] == pytest.approx(slope, rel=1e-9)


WRONG = {
    "nothing": ({}, "something to reach"),
    "no width": ({"half_width": 0.0}, "above 0"),
    "power": ({"half_width": 2.0, "power": 1.2}, "between 0 and 1"),
    "deff": ({"half_width": 2.0, "deff": -1.0}, "above 0"),
}


@pytest.mark.parametrize(("keywords", "words"), WRONG.values(), ids=WRONG)
def test_what_cannot_be_planned(keywords: dict[str, float], words: str) -> None:
    with pytest.raises(cs.SpecError, match=words):
        cs.plan(**keywords)  # type: ignore[arg-type]
    with pytest.raises(cs.SpecError, match="fewer customers"):
        cs.plan_strata(100, {"A": 50})


STRATA = {
    "text": ("stratum,population,sd\nA,100,abc\nB,,5\n", ("sd must be a number", "A: abc", "population", "B: -")),
    "twice": ("stratum,population\nA,100\nA,50\n", ("stands twice", "A")),
    "no column": ("name,population\nA,100\n", ("no column stratum",)),
    "no text": ("$FL2\0\0", ("SPSS",)),
    "empty": ("", ("is empty",)),
}


@pytest.mark.parametrize(("text", "words"), STRATA.values(), ids=STRATA)
def test_files_of_strata_that_are_wrong(tmp_path: Path, text: str, words: tuple[str, ...]) -> None:
    (tmp_path / "strata.csv").write_text(text)
    with pytest.raises(cs.CsiError) as caught:
        cs.strata_file(tmp_path / "strata.csv")
    assert all(word in str(caught.value) for word in words), str(caught.value)


def test_a_file_of_strata_in_chinese_with_semicolons(tmp_path: Path) -> None:
    (tmp_path / "s.csv").write_bytes("stratum;population;sd\n北京;5000;15,5\n上海;3000;20\n".encode("gb18030"))
    assert cs.strata_file(tmp_path / "s.csv") == ({"北京": 5000.0, "上海": 3000.0}, {"北京": 15.5, "上海": 20.0})


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--sizes", "200"], "--sizes needs --spec"),
        (["-n", "300"], "-n needs --strata"),
        (["--spec", "acsi", "--sizes", "200,many"], "many"),
        (["--spec", "acsi"], "numbers of respondents"),
    ],
)
def test_options_of_a_plan_that_go_with_none(options: list[str], words: str) -> None:
    with pytest.raises(cs.SpecError, match=words):
        CliRunner().invoke(app, ["plan", *options], catch_exceptions=False)


def test_what_was_reached_is_shown_for_the_index_of_the_current_wave(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("csimodels.terminal.out.width", 160)  # COLUMNS may have been read already
    data = cs.simulate("acsi", 80, seed=1).data.assign(year=np.resize([2025, 2026], 80))
    cs.save(cs.Study("acsi", data, wave="year", uncertainty="linearised").run(), tmp_path / "out", report=False)
    done = CliRunner().invoke(app, ["plan", "--result", str(tmp_path / "out"), "--half-width", "2"])
    assert done.exit_code == 0 and len(done.output.splitlines()) == 2 and "2026" in done.output

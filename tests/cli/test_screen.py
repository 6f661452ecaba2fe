"""One screen: what csi run, check and compare say first, in both languages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

import csimodels as cs
from csimodels.cli import app
from csimodels.i18n import speak
from csimodels.terminal import out

MODELS = Path(__file__).parents[2] / "models"


@pytest.fixture(scope="module")
def national(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The stored result of the national demo."""
    folder = tmp_path_factory.mktemp("screen") / "demo"
    cs.save(cs.Study(MODELS / "demo.yaml").run(), folder, report=False)
    return folder


@pytest.fixture(autouse=True)
def english_after() -> Iterator[None]:
    yield
    speak("en")


def said(*words: object) -> str:
    done = CliRunner().invoke(app, [str(word) for word in words], env={"COLUMNS": "100"})
    assert done.exit_code == 0, done.output
    return done.output


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_national_study_fits_one_screen(national: Path, lang: str) -> None:
    lines = said("--lang", lang, "show", national).splitlines()
    assert len(lines) + 4 <= 24  # csi run adds the files
    text = "\n".join(lines)
    result = cs.load_result(national)
    rolled = result.rollup()
    mine = rolled[rolled["construct"] == result.model.index.construct]
    top = mine[(mine["level"] == "nation") & (mine["year"].astype(str) == "2026")].iloc[0]
    assert f"{top['index']:.1f}  95% [{top['low']:.1f}, {top['high']:.1f}]" in text
    now = mine[(mine["level"] == "company") & (mine["year"].astype(str) == "2026")].sort_values("index")
    first, last, between = now["unit"].iloc[-1], now["unit"].iloc[0], now["unit"].iloc[12]
    assert first in text and last in text and between not in text
    assert ("... 18 more" if lang == "en" else "……另有18个") in text
    drivers = result.overall.drivers() if result.overall else result.drivers()
    for name in drivers["driver"]:
        assert result.model.label(name, lang) in text
    assert ("csi show" in text) and ("--details" in text)
    if lang == "zh":
        assert re.findall(r"[a-z]+ = |Drivers|rank ", text) == []


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_summary_in_python_is_the_screen(national: Path, lang: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "100")  # which a console may have read when it was made, or reads each time
    shown = [line.rstrip() for line in said("--lang", lang, "show", national).splitlines() if line]
    lines = cs.load_result(national).summary(lang, width=out.width).splitlines()
    assert lines == shown[: len(lines)] and len(lines) >= len(shown) - 1
    with pytest.raises(cs.SpecError, match="width") as refused:
        cs.load_result(national).summary(lang, width=0)
    assert len(refused.value.problems) == 1


def test_details_show_every_table_note_and_step(national: Path) -> None:
    short, full = said("show", national), said("show", national, "--details")
    assert len(full.splitlines()) > 3 * len(short.splitlines())
    assert "missing codes recoded" in full and "missing codes recoded" not in short


@pytest.mark.parametrize(("lang", "said_of"), [
    ("en", "measurable: {k} of {n}, corrected for {n} comparisons (Holm)"),
    ("zh", "{n}项中有{k}项显著（已对{n}次比较作Holm法校正）"),
])  # fmt: skip
def test_paths_of_waves_and_groups_are_compared_with_their_correction(national: Path, lang: str, said_of: str) -> None:
    shown, result = said("--lang", lang, "show", national, "--paths"), cs.load_result(national)
    changes = result.path_changes()
    for level in result.model.rollup.levels:
        mine = changes[changes["level"] == level]
        assert said_of.format(k=int(mine["different"].sum()), n=len(mine)) in shown
    now = pd.read_csv(national / "tables" / "path_differences.csv").query("year == 2026")
    assert said_of.format(k=int(now["different"].sum()), n=len(now)) in shown
    label = result.model.label if lang == "zh" else lambda name, lang: name
    first = pd.read_csv(national / "tables" / "wave_path_changes.csv").sort_values("p").iloc[0]
    rows = [line.split() for line in shown.splitlines()]
    place = next(k for k, row in enumerate(rows) if row[:2] == [label(first[c], lang) for c in ("source", "target")])
    assert rows[place][4] == f"{first['change']:.3f}" and rows[place][7] == f"{first['p_adj']:.3f}"
    assert place == 3  # title, count and headings above it
    assert shown in said("--lang", lang, "show", national, "--details")


def test_without_groups_no_paths_are_compared(tmp_path: Path) -> None:
    study = cs.Study("acsi", cs.simulate("acsi", 200, seed=3).data, uncertainty="linearised")
    cs.save(study.run(), tmp_path / "one", report=False)
    assert said("show", tmp_path / "one", "--paths").startswith("no paths to compare")
    assert "--paths" not in said("show", tmp_path / "one")


def test_check_ends_with_a_verdict_and_counts(tmp_path: Path) -> None:
    data = cs.simulate("acsi", 300, seed=3, truth=cs.Population(dont_know_share=0.05)).data
    data.to_csv(tmp_path / "d.csv", index=False)
    spec = tmp_path / "s.yaml"
    spec.write_text("csi: 1\nextends: acsi\ndata: {file: d.csv, missing_codes: [98]}\n", encoding="utf-8")
    lines = said("check", spec).splitlines()
    (counts,) = (line for line in lines if "missing codes recoded" in line)
    recoded = int((data == 98).sum().sum())
    assert str(recoded) in counts
    assert re.search(r"the data fit the model: 300 rows, \d+ cautions?", lines[-2])
    assert lines[-1].startswith("every step and caution: csi check") and lines[-1].endswith("--details")
    full = said("check", spec, "--details").splitlines()
    assert len(full) > len(lines)
    assert "the data fit the model" in full[-1]


def test_a_flagged_model_names_no_driver() -> None:
    from dataclasses import replace

    from csimodels.report.overview import overview

    result = cs.Study("ecsi", cs.simulate("ecsi", 250, seed=1).data, uncertainty=None).run()
    content = result.content
    flagged = dict(content.tables) | {"drivers": content.tables["drivers"].assign(status="inadmissible")}
    shown = [str(line) for line in overview(replace(content, tables=flagged), "en", 80)]
    assert shown[-1] == "the fit of the model is flagged: no statement about drivers"
    assert "Drivers of Customer satisfaction: points that go with 1 point more; level" not in shown


def test_compare_begins_with_what_it_comes_to(tmp_path: Path) -> None:
    for seed in (1, 2):
        data = cs.simulate("ecsi", 250, seed=seed).data
        cs.save(cs.Study("ecsi", data).run(), tmp_path / f"o{seed}", report=False)
    first, second = said("compare", tmp_path / "o1", tmp_path / "o2").splitlines()[:2]
    done = cs.compare(cs.load_result(tmp_path / "o1"), cs.load_result(tmp_path / "o2"))
    row = done[(done["table"] == "index") & (done["subject"] == "Satisfaction")].iloc[0]
    assert f"{row['before']:.1f}, then {row['after']:.1f}" in first
    assert ("no significant change" in first) == (row["low"] <= 0 <= row["high"])
    paths = done[done["table"] == "paths"]
    moved = paths[paths["different"].astype(bool)]
    up, down = (moved["change"] > 0).sum(), (moved["change"] < 0).sum()
    sides = [f"{count} {verb}" for count, verb in ((up, "rose"), (down, "fell")) if count]
    assert second == f"of {len(paths)} paths, {' and '.join(sides) or 'none rose or fell'} measurably"


def test_completion_is_installed_by_an_option() -> None:
    assert "--install-completion" in said("--help")

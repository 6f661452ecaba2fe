"""The telecom study as it is shipped: its report tells what was planted, and its intervals hold it."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import csimodels as cs

pytest.importorskip("pyreadstat")
pytest.importorskip("statsmodels")
DATA = Path(__file__).parents[2] / "data"


@pytest.fixture(scope="module")
def result() -> cs.Result:
    return cs.Study(DATA.parent / "models" / "tcsi-demo.yaml").run(progress=False)


@pytest.fixture(scope="module")
def truth() -> dict[str, object]:
    known: dict[str, object] = json.loads((DATA / "telecom-truth.json").read_text(encoding="utf-8"))
    return known


def test_the_file_is_what_its_generator_draws() -> None:
    import pyreadstat

    sys.path.insert(0, str(DATA))
    try:
        import make_telecom
    finally:
        sys.path.remove(str(DATA))
    drawn = make_telecom.drawn()
    stored, meta = pyreadstat.read_sav(str(DATA / "telecom.sav"))
    pd.testing.assert_frame_equal(stored, drawn.astype(float), check_exact=False, rtol=1e-9)
    assert meta.variable_value_labels["operator"][1.0] == "云程电信"
    assert (DATA / "telecom.sav").stat().st_size < 1_000_000


def test_intervals_hold_the_planted_levels(result: cs.Result, truth: dict[str, dict[str, float]]) -> None:
    """27 cells at 95 %: fewer than 23 happen once in a thousand."""
    index = result.index().query("construct == 'Satisfaction'")
    cells = [f"{o}, {s}, {int(y)}" for o, s, y in zip(index["operator"], index["service"], index["year"], strict=True)]
    level = np.asarray([truth["satisfaction"][cell] for cell in cells])
    assert len(level) == 27
    assert ((index["low"] <= level) & (level <= index["high"])).sum() >= 23


def test_the_planted_decline_is_found_and_no_other(result: cs.Result, truth: dict[str, dict[str, float]]) -> None:
    changes = result.changes().query("construct == 'Satisfaction'")
    lost = changes[(changes["operator"] == "荷塘移动") & (changes["service"] == "移动电话") & (changes["to"] == 2026)]
    row = lost.iloc[0]
    level = truth["satisfaction"]
    planted = level["荷塘移动, 移动电话, 2026"] - level["荷塘移动, 移动电话, 2025"]
    assert row["low"] <= planted <= row["high"] and row["high"] < 0 and row["different"]
    assert changes["different"].sum() == 1
    parts = result.trend("parts", of="groups")
    mine = parts[(parts["operator"] == "荷塘移动") & (parts["service"] == "移动电话") & (parts["item"] == "")
                 & (parts["construct"] == "Satisfaction") & (parts["from"] == 2025)]  # fmt: skip
    assert mine["answers_high"].iloc[0] < 0 and abs(mine["weights"].iloc[0]) < 1


def test_the_planted_leader_leads(result: cs.Result, truth: dict[str, dict[str, str]]) -> None:
    table = result.benchmark().query("construct == 'Satisfaction' and year == 2026")
    first = table[(table["service"] == "固定电话") & (table["operator"] == truth["leaders"]["固定电话"])].iloc[0]
    assert first["rank"] == 1 and first["lead_best_low"] > 0 and first["different"]
    before = result.benchmark().query("construct == 'Satisfaction' and year == 2025 and service == '移动电话'")
    assert before.set_index("operator").loc["荷塘移动", "lead_best_low"] > 0


def test_quality_drives(result: cs.Result) -> None:
    drivers = result.whole.drivers().set_index("driver")
    assert drivers["importance"].idxmax() == "Quality"
    shares = result.whole.driver_shares().query("target == 'Satisfaction'").set_index("driver")
    assert shares["lmg"].idxmax() == "Quality"
    assert shares.loc["Quality", "lmg_low"] > shares.loc["Value", "lmg"]


def test_who_is_satisfied_stays(result: cs.Result) -> None:
    """The planted odds ratio of 10 points of the true score is exp(.5); of the measured score it is attenuated."""
    whole = result.whole.behaviour().query("term == 'Satisfaction'").iloc[0]
    assert 1.2 < whole["ratio"] < np.exp(0.5) + 0.1 and whole["ratio_low"] > 1
    at = result.whole.behaviour("at")
    assert at["predicted"].is_monotonic_increasing
    assert list(result.focus()["step"]) == ["all", "valued", "top"]


def test_the_report_tells_the_story_in_both_languages(result: cs.Result, tmp_path: Path) -> None:
    cs.save(result, tmp_path / "out")
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    for words in ("谁领先", "历期指数", "变化的构成", "顾客的行为", "状态之间的转移", "Who leads", "Lotus Mobile"):
        assert words in page


def test_each_service_has_a_chart_with_a_line_for_each_operator(result: cs.Result) -> None:
    chart = result.figures.trend("en", of="groups", domain="Mobile")
    assert all(name in chart.svg() for name in ("Yuncheng Telecom", "Harbour Communications", "Lotus Mobile"))
    assert "Fixed line" not in chart.svg() and chart.caption.startswith("Mobile · ")
    with pytest.raises(cs.DataError, match="no such domain"):
        result.figures.trend("en", of="groups", domain="Satellite")

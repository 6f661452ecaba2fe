"""Simple indices and nodes of the hierarchy, ranked and compared as constructs are; bad input named all at once."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import csimodels as cs
from csimodels.errors import SpecError

SPEC = """
csi: 1
items: {REC: {scale: [0, 10]}, Q: {scale: [0, 10]}}
indices: {NPS: {kind: nps, item: REC}, Low: {kind: share, item: Q, levels: [0, 1, 2, 3, 4], better: low}}
hierarchy: {Total: {of: {REC: 0.3, Q: 0.7}}}
data: {by: [bank], wave: year, design: {panel: id}}
uncertainty: {method: linearised}
"""


def panel(n: int = 120) -> pd.DataFrame:
    """The same persons of two banks in two years."""
    random = np.random.default_rng(8)
    person = random.normal(0, 2, n)
    parts = []
    for year in (2025, 2026):
        answers = {name: np.clip(np.rint(6 + person + random.normal(0, 1.5, n)), 0, 10) for name in ("REC", "Q")}
        bank = np.where(np.arange(n) % 3, "A", "B")
        parts.append(pd.DataFrame(answers).assign(id=np.arange(n), bank=bank, year=year))
    return pd.concat(parts, ignore_index=True)


def test_changes_of_a_panel_have_the_error_of_paired_answers() -> None:
    data = panel()
    result = cs.Study(cs.parse_model(SPEC), data).run(progress=False)
    score = 100.0 * (data["REC"] >= 9) - 100.0 * (data["REC"] <= 6)
    for bank, mine in data.assign(score=score, total=3 * data["REC"] + 7 * data["Q"]).groupby("bank"):
        changes = result.indices("changes")
        changes = changes[changes["bank"] == bank].set_index("construct")
        for name, column in (("NPS", "score"), ("Total", "total")):
            before, after = (mine[mine["year"] == year].set_index("id")[column] for year in (2025, 2026))
            paired = after - before
            assert changes.loc[name, "change"] == pytest.approx(paired.mean())
            assert changes.loc[name, "se"] == pytest.approx(paired.sem(), rel=2e-2)
    whole = result.indices("wave_changes").set_index("construct")
    means = score.groupby(data["year"]).mean()
    assert whole.loc["NPS", "change"] == pytest.approx(means[2026] - means[2025])


def test_ranks_and_differences_by_name_and_the_lowest_share_is_the_best() -> None:
    result = cs.Study(cs.parse_model(SPEC), panel()).run(progress=False)
    values = result.indices().query("year == 2026").set_index(["name", "bank"])["value"]
    ranks = result.indices("ranks").query("year == 2026").set_index(["construct", "bank"])["rank"]
    better = "A" if values["Low", "A"] < values["Low", "B"] else "B"
    assert ranks["Low", better] == 1
    assert ranks["NPS", "A"] == (1 if values["NPS", "A"] > values["NPS", "B"] else 2)
    own = result.ranks("NPS").reset_index(drop=True)
    stored = result.indices("ranks")
    pd.testing.assert_frame_equal(own, stored[stored["construct"] == "NPS"].reset_index(drop=True))
    pairs = result.differences("NPS", against="pairs").query("year == 2026").iloc[0]
    assert pairs["difference"] == pytest.approx(values["NPS", "A"] - values["NPS", "B"])
    with pytest.raises(SpecError, match="unknown table of simple indices"):
        result.indices("rank")  # type: ignore[arg-type]


def test_the_roll_up_of_a_share_is_the_weighted_mean_of_the_banks(tmp_path: Path) -> None:
    (tmp_path / "w.csv").write_text("bank,nation,weight\nA,all,3\nB,all,1\n", encoding="utf-8")
    spec = SPEC.replace("wave: year, design: {panel: id}", "where: {year: 2026}")
    (tmp_path / "spec.yaml").write_text(spec + "rollup: {levels: [bank, nation], weights: w.csv}\n", encoding="utf-8")
    result = cs.Study(tmp_path / "spec.yaml", panel()).run(progress=False)
    table = result.indices("rollup").query("construct == 'Low'").set_index("unit")
    at, se = table["index"], table["se"]
    assert at["all"] == pytest.approx(0.75 * at["A"] + 0.25 * at["B"])
    assert se["all"] == pytest.approx(np.hypot(0.75 * se["A"], 0.25 * se["B"]))
    cs.save(result, tmp_path / "out")
    loaded = cs.load_result(tmp_path / "out")
    pd.testing.assert_frame_equal(loaded.indices("rollup"), result.indices("rollup"), check_dtype=False)


BAD = """
csi: 1
extends: acsi
indices: {NPS: {kind: nps, item: SAT1}}
targets: {Satisfaction: 101}
classes: {column: class, weights: {a: 0.5, b: 0.6}}
hierarchy:
  Total: {of: {Part: 0.5, SAT1: 0.6}}
  Part: [SAT1, Total]
"""


def test_everything_that_is_wrong_is_named_at_once() -> None:
    with pytest.raises(SpecError) as caught:
        cs.parse_model(BAD)
    said = "\n".join(map(str, caught.value.problems))
    for words in (
        "the net promoter score is defined for answers from 0 to 10",
        "a target lies within the index",
        "a sum of 1.1",
        "a node is part of itself",
        '"SAT1" stands in the hierarchy twice',
    ):
        assert words in said
    assert said.count("the weights do not add up") == 2


JUDGED = """
csi: 1
items: [A, B, C]
hierarchy:
  Top: {of: [Left, Right], delphi: {Expert: [60, 40]}}
  Left: {of: [A, B], ahp: [[1, 3], [1/2, 1]]}
  Right: [C]
"""


def test_one_expert_and_a_matrix_that_is_not_reciprocal_are_named_together() -> None:
    with pytest.raises(SpecError) as caught:
        cs.Study(cs.parse_model(JUDGED), None)
    said = "\n".join(map(str, caught.value.problems))
    assert "hierarchy, Top" in said and "hierarchy, Left" in said


def test_a_constant_item_is_named_and_nothing_is_written(tmp_path: Path) -> None:
    data = panel().assign(Q=5)
    with pytest.raises(cs.DataError, match="item Q is constant"):
        cs.Study(cs.parse_model(SPEC), data).run(progress=False).report(tmp_path / "out")
    assert not (tmp_path / "out").exists()

"""Given replicate weights and groups: what the replicates tell of them together, and what they do not reach."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import csimodels as cs

SPEC = """
csi: 1
scale: [1, 10]
constructs:
  P: {items: [a2]}
  Q: {items: [a1]}
paths: {P: [Q]}
index: {construct: Q}
indices: {high: {kind: top_box, item: a1, levels: 4}, spare: {kind: top_box, item: a2}}
data: {by: firm, wave: year, weight: w, replicate_weights: {columns: r*, kind: bootstrap}}
trend: {base: 2025}
"""


@pytest.fixture(scope="module")
def answers() -> pd.DataFrame:
    """Two companies in the same 20 branches, whose level both share."""
    i = np.arange(800)
    branch = i % 20
    factor = ((branch[:, None] * 7 + np.arange(1, 31) * 11 + (branch[:, None] * np.arange(1, 31)) % 5) % 4) / 1.5
    data = pd.DataFrame({"w": 1.0 + i % 3}).assign(firm=np.where((i // 20) % 2, "A", "B"), year=2025 + (i // 400))
    for k, step in ((1, 13), (2, 29)):
        data[f"a{k}"] = np.clip(np.rint(3 + (branch * 3) % 5 + (i * step) % 7 / 3), 1, 10)
    weights = pd.DataFrame(factor * data[["w"]].to_numpy(), columns=[f"r{k}" for k in range(1, 31)])
    return pd.concat([data, weights], axis=1)


def replicated(data: pd.DataFrame, number: object) -> np.ndarray:
    """A difference of two companies in 2026 under each set of weights less that under the weight."""
    now = data[data["year"] == 2026]

    def gap(weight: pd.Series) -> float:
        x, a = number(now), (now["firm"] == "A").to_numpy()  # type: ignore[operator]
        return float(np.average(x[a], weights=weight[a]) - np.average(x[~a], weights=weight[~a]))

    return np.asarray([gap(now[f"r{k}"]) - gap(now["w"]) for k in range(1, 31)])


def test_differences_of_indices_and_shares_are_made_replicate_by_replicate(answers: pd.DataFrame) -> None:
    result = cs.Study(cs.parse_model(SPEC), answers).run(progress=False)
    assert any("the replicate weights do not enter them" in note and "trend" in note for note in result.notes)
    for name, number in (("Q", lambda d: (d["a1"] - 1) / 9 * 100), ("high", lambda d: 100.0 * (d["a1"] >= 7))):
        pairs = result.differences(name, against="pairs")
        row = pairs[pairs["year"] == 2026].iloc[0]
        se = np.sqrt((replicated(answers, number) ** 2).sum() / 29)
        assert row["se"] == pytest.approx(se, rel=1e-9), name


def test_planned_groups_are_samples_of_their_own(answers: pd.DataFrame) -> None:
    text = SPEC.replace("wave: year", "wave: year, design: {groups: planned}")
    result = cs.Study(cs.parse_model(text), answers).run(progress=False)
    table, index = (t[t["year"] == 2026] for t in (result.differences("Q", against="pairs"), result.index()))
    apart = np.hypot(*index[index["construct"] == "Q"]["se"])
    assert table.iloc[0]["se"] == pytest.approx(apart, rel=1e-12)
    joint = np.sqrt((replicated(answers, lambda d: (d["a1"] - 1) / 9 * 100) ** 2).sum() / 29)
    assert abs(apart / joint - 1) > 0.2


def test_the_page_says_that_covariances_are_in_the_roll_up(answers: pd.DataFrame, tmp_path: Path) -> None:
    (tmp_path / "w.csv").write_text("firm,N,weight\nA,N,0.5\nB,N,0.5\n".replace("firm,N,", "firm,nation,"))
    text = SPEC.replace("trend: {base: 2025}", f"rollup: {{levels: [firm, nation], weights: '{tmp_path / 'w.csv'}'}}")
    result = cs.Study(cs.parse_model(text), answers).run(progress=False)
    joint = "they hold the covariances of the groups"
    pages = [path for path in result.report(tmp_path / "out", languages=["en"]) if path.name == "report.html"]
    assert len(pages) == 1 and joint in pages[0].read_text(encoding="utf-8")

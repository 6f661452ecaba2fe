"""Missing answers by reason: codes declared in the spec, counted by item and group."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import csimodels as cs
from csimodels.errors import SpecError

SPEC = """
csi: 1
constructs: {A: {items: [A1, A2]}}
items: {REC: {scale: [0, 10]}}
indices: {NPS: {kind: nps, item: REC}}
data:
  missing_codes: [-1]
  missing_reasons: {dont_know: [98, DK], refused: 99, not_asked: [97]}
report: {answers: true}
"""


@pytest.fixture(scope="module")
def data() -> pd.DataFrame:
    random = np.random.default_rng(5)
    frame = pd.DataFrame({name: random.integers(1, 11, 60).astype(float) for name in ("A1", "A2", "REC")})
    frame.loc[:3, "A1"] = 98
    frame.loc[4:6, "A1"] = 99
    frame.loc[7:8, "A1"] = 97
    frame.loc[9, "A1"] = np.nan
    frame.loc[10:14, "A1"] = -1
    frame.loc[:9, "REC"] = 99
    return frame.assign(group=["x", "y"] * 30)


def test_counts_by_reason_item_and_group(data: pd.DataFrame) -> None:
    model = cs.parse_model(SPEC)
    table = cs.Study(model, data).run(progress=False).answers().set_index("item")
    names = ["missing", "dont_know", "refused", "not_asked", "system"]
    assert table.loc["A1", names].to_list() == [15, 4, 3, 2, 6]
    assert table.loc["A2", names].to_list() == [0, 0, 0, 0, 0]
    assert table.loc["REC", names].to_list() == [10, 0, 10, 0, 0]
    by = cs.Study(model, data.sample(frac=1, random_state=1), by="group").run(progress=False).answers()
    of_x = by[(by["group"] == "x") & (by["item"] == "A1")].iloc[0]
    assert of_x[names].to_list() == [8, 2, 2, 1, 3]  # even rows of 0..14: 0 2 / 4 6 / 8 / 10 12 14
    assert (by["missing"] == by[names[1:]].sum(axis=1)).all()


def test_codes_in_words_and_in_a_file(data: pd.DataFrame, tmp_path: Path) -> None:
    words = data.astype({"A1": object})
    words.loc[:3, "A1"] = "dk"
    words.to_csv(tmp_path / "survey.csv", index=False)
    (tmp_path / "spec.yaml").write_text(SPEC.replace("data:", "data:\n  file: survey.csv"), encoding="utf-8")
    result = cs.Study(tmp_path / "spec.yaml").run(progress=False)
    assert result.answers().set_index("item").loc["A1", "dont_know"] == 4
    cs.save(result, tmp_path / "out")
    assert cs.verify(tmp_path / "out").same
    page = (tmp_path / "out/report.html").read_text(encoding="utf-8")
    assert "Don&#39;t know" in page or "Don't know" in page


def test_without_reasons_the_table_is_as_before(data: pd.DataFrame) -> None:
    plain = cs.parse_model(SPEC.replace("  missing_reasons: {dont_know: [98, DK], refused: 99, not_asked: [97]}\n", ""))
    table = cs.Study(plain, data, missing_codes=[-1, 97, 98, 99]).run(progress=False).answers()
    assert "dont_know" not in table and table.set_index("item").loc["A1", "missing"] == 15


def test_a_code_with_two_reasons_and_an_unknown_reason_are_named() -> None:
    with pytest.raises(SpecError, match="code 98 has two reasons"):
        cs.parse_model(SPEC.replace("refused: 99", "refused: [99, 98]"))
    with pytest.raises(SpecError, match="dont_known"):
        cs.parse_model(SPEC.replace("dont_know:", "dont_known:"))
    model = cs.parse_model(SPEC)
    assert cs.parse_model(cs.dump_model(model)).data == model.data

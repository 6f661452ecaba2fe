"""What a reviewer asks for, stored with the result: the same numbers as asked for one by one, and what is said."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import csimodels as cs
from csimodels.errors import SpecError

SPEC = "csi: 1\nextends: acsi\nreport: {reviewer: true, languages: [en, zh]}\nuncertainty: {method: none}\n"
NAMES = ("model_fit", "prediction", "cvpat", "discriminant", "cross_loadings")


@pytest.fixture(scope="module")
def data() -> pd.DataFrame:
    return cs.simulate("acsi", 240, seed=3).data.assign(g=np.arange(240) % 2)


def test_they_are_stored_and_shown(tmp_path, data: pd.DataFrame) -> None:
    (tmp_path / "spec.yaml").write_text(SPEC, encoding="utf-8")
    result = cs.Study(tmp_path / "spec.yaml", data, by="g").run()
    tables = result.tables()
    for name in NAMES:
        assert {name, f"overall_{name}"} <= set(tables)
    pd.testing.assert_frame_equal(tables["prediction"], result.prediction())
    pd.testing.assert_frame_equal(tables["overall_model_fit"], result.whole.model_fit())
    square = result.whole.discriminant("htmt2").set_index("construct")
    for _, row in tables["overall_discriminant"].iterrows():
        np.testing.assert_equal(row["htmt2"], square.loc[row["construct"], row["other"]])
    wide = result.cross_loadings().set_index(["g", "item"])
    for _, row in tables["cross_loadings"].iloc[::7].iterrows():
        assert row["loading"] == wide.loc[(row["g"], row["item"]), row["other"]]
    cs.save(result, tmp_path / "out")
    again = cs.load_result(tmp_path / "out").tables()
    for name in NAMES:
        pd.testing.assert_frame_equal(again[name], tables[name], check_dtype=False)
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert all(words in page for words in ("Discriminant validity", "区分效度", "Cross-loadings", "交叉载荷"))


def test_what_cannot_be_made_is_said(tmp_path, data: pd.DataFrame) -> None:
    text = SPEC + 'paths: {"Quality * Value": Satisfaction}\n'
    (tmp_path / "spec.yaml").write_text(text, encoding="utf-8")
    result = cs.Study(tmp_path / "spec.yaml", data).run()
    there = set(result.tables())
    assert {"discriminant", "cross_loadings", "prediction", "cvpat"} <= there and "model_fit" not in there
    said = [str(note) for note in result.notes if "for the reviewer" in str(note)]
    assert len(said) == 1 and all("with interactions" in note for note in said)
    with pytest.raises(SpecError, match="tables of a reviewer"):
        cs.Study(tmp_path / "spec.yaml", data, estimator="ml")

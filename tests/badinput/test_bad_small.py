"""Scores, missing codes, drawings, intercepts under wls: right or refused in words."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import csimodels as cs
from csimodels.score import scores


@pytest.mark.parametrize("columns", [3, 5, 7, 9])
def test_scores_of_positive_weights_stay_on_the_scale(columns: int) -> None:
    """A weighted mean of values within 0..100 lies within 0..100, whatever the weights."""
    draw = np.random.default_rng(columns)
    shares = draw.dirichlet(np.ones(columns), size=4_000)
    ends = np.repeat([1.0, 10.0], 2_000)[:, None] * np.ones(columns)
    got = scores(ends, shares, np.ones(columns), np.full(columns, 10.0), np.zeros(columns, dtype=np.intp))[:, 0]
    assert set(got[:2_000]) == {0.0} and set(got[2_000:]) == {100.0}


def test_scores_can_be_read_again(mobi: pd.DataFrame) -> None:
    got = cs.Study("ecsi", mobi, uncertainty=None).run().scores()
    values = got.drop(columns="row").to_numpy()
    assert values.min() >= 0 and values.max() <= 100 and (values == 100).any()


@pytest.mark.parametrize("code", [99999999999999999, "99999999999999998", 1e15, -1234567890123456])
def test_codes_too_long_to_be_told_apart_are_refused(mobi: pd.DataFrame, tmp_path: Path, code: object) -> None:
    with pytest.raises(cs.SpecError, match=r"more than 15 digits|loses digits"):
        cs.Study("ecsi", mobi, missing_codes=[code]).run()
    (tmp_path / "my.yaml").write_text(f"csi: 1\nextends: ecsi\ndata: {{missing_codes: [{json.dumps(code)}]}}\n")
    with pytest.raises(cs.SpecError, match=r"more than 15 digits|loses digits"):
        cs.load_model(tmp_path / "my.yaml")


def test_codes_of_15_digits_are_told_apart(mobi: pd.DataFrame) -> None:
    data = mobi.astype(float)
    data.iloc[0, 0], data.iloc[1, 0] = 999999999999998, 999999999999999
    log = cs.Study("ecsi", data, missing_codes=[999999999999998, 999999999999999], uncertainty=None).check().report()
    assert (log["step"] == "missing codes recoded").sum() == 2


@pytest.mark.parametrize("name", ["x.jpg", "x", "x.svg.txt"])
def test_a_drawing_is_saved_as_what_its_name_says(mobi: pd.DataFrame, tmp_path: Path, name: str) -> None:
    drawing = cs.Study("ecsi", mobi, uncertainty=None).run().figures.path_diagram()
    with pytest.raises(cs.SpecError, match="saved as SVG, PNG or PDF"):
        drawing.save(tmp_path / name)
    assert not (tmp_path / name).exists()
    assert drawing.save(tmp_path / "x.SVG").read_text(encoding="utf-8").startswith("<svg")


def test_wls_has_no_intercepts(mobi: pd.DataFrame, tmp_path: Path) -> None:
    for statement in ('"IMAG1 ~1": free', '"Image ~1": 0'):
        text = f"csi: 1\nextends: ecsi\nestimate: {{estimator: wls}}\nparameters: {{{statement}}}\n"
        (tmp_path / "my.yaml").write_text(text)
        with pytest.raises(cs.SpecError, match="no intercepts"):
            cs.load_model(tmp_path / "my.yaml")
    (tmp_path / "my.yaml").write_text(text.replace("wls", "ml"))
    model = cs.load_model(tmp_path / "my.yaml")
    with pytest.raises(cs.SpecError, match="no intercepts"):
        cs.Study(replace(model, estimate=replace(model.estimate, estimator="wls")), mobi).run()

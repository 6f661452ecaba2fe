"""``weight_missing: drop``: rows without a weight are left out and counted, and nothing else changes."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "badinput"))
import bad_forms

import csimodels as cs

DROP = "data: {weight: w, by: bank, weight_missing: drop}\nuncertainty: {method: linearised}\n"
LOST = [0, 5, 6, 40]


def _frame(value: object = np.nan) -> pd.DataFrame:
    data = bad_forms.frame(120)
    if isinstance(value, str):
        data["w"] = data["w"].astype(str)
    data.loc[LOST, "w"] = value
    return data


@pytest.mark.parametrize("value", [np.nan, "", "NA"])
def test_rows_without_a_weight_are_dropped_counted_and_change_nothing_else(value: object) -> None:
    dropped = cs.Study(bad_forms.model(DROP), _frame(value)).run()
    by_hand = cs.Study(bad_forms.model(DROP), bad_forms.frame(120).drop(index=LOST)).run()
    for name, table in by_hand.tables().items():
        if name == "survey":
            continue
        pd.testing.assert_frame_equal(dropped.tables()[name], table, check_exact=True, obj=name)
    log = dropped.survey_log.set_index("step")["count"]
    assert log["rows without a weight left out"] == 4
    assert log["rows used"] == 116
    assert log["read"] == 120 and dropped.facts["n used"] == "116"
    assert dict(zip(dropped.index()["bank"], dropped.index()["n"], strict=True)) == {"Delta": 59, "Harbour": 57}


def test_without_it_the_rows_are_refused_with_the_remedy_and_all_counted() -> None:
    with pytest.raises(cs.DataError) as caught:
        cs.Study(bad_forms.model("data: {weight: w}\n"), _frame()).check()
    said = str(caught.value)
    assert "missing in 4 rows" in said and "row 1, row 6, row 7, row 41" in said and "weight_missing: drop" in said


def test_weights_that_are_there_and_wrong_are_refused_all_the_same() -> None:
    data = _frame()
    data.loc[9, "w"] = -1.0
    with pytest.raises(cs.DataError, match="negative in 1 row"):
        cs.Study(bad_forms.model(DROP), data).check()
    words = _frame("")
    words.loc[9, "w"] = "much"
    with pytest.raises(cs.DataError, match="holds text"):
        cs.Study(bad_forms.model(DROP), words).check()


def test_a_group_that_loses_every_row_is_named_and_a_survey_that_does_is_refused() -> None:
    data = bad_forms.frame(120)
    data.loc[data["bank"] == "Delta", "w"] = np.nan
    result = cs.Study(bad_forms.model(DROP), data).run()
    assert set(result.index()["bank"]) == {"Harbour"}
    assert "Delta" in " ".join([*result.survey_log["detail"], *result.survey_log["subject"], *result.notes])
    with pytest.raises(cs.DataError):
        cs.Study(bad_forms.model(DROP), data.assign(w=np.nan)).check()

"""Columns of plain numbers are taken from a pandas frame as they are: the same answers as by any other way."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from csimodels.survey.files.frame import frame_table


@pytest.mark.parametrize("dtype", ["int8", "int64", "uint16", "float32", "Int64", "Float64"])
def test_numbers_of_any_kind_are_the_same(dtype: str) -> None:
    table = frame_table(pd.DataFrame({"a": [1, 2, 3], " b ": [4, 5, 6]}).astype(dtype))
    found, _ = table.fetch(["a", "b"], ["b"])
    assert found["a"].dtype == np.float64
    np.testing.assert_array_equal(found["a"], [1.0, 2.0, 3.0])
    np.testing.assert_array_equal(found["b"], [4.0, 5.0, 6.0])


def test_labels_beyond_floats_stay_apart() -> None:
    table = frame_table(pd.DataFrame({"id": [2**53, 2**53 + 1]}))
    found, _ = table.fetch(["id"], ["id"])
    assert len(found["id"].values) == 2

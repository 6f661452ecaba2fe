"""JSON of an output folder: the same bytes as the encoder of the standard library, which is several times as slow."""

from __future__ import annotations

import json

import numpy as np
import pytest

from csimodels.study.stored.manifest import dumps

VALUES = [
    {}, [], "x", 1.5, None, {"a": []}, [[1, 2], "z", [3]], ["a, b", ",\n "], [np.float64(0.1), 2],
    {"a": {}, "b": [{}], "c": [1, 2.5, None, True, '中\n"x'], "d": (1, (2, 3))},
    {3: [[], [1], {"k": [1e300, -0.0, 1e-7]}], None: {"deep": {"deeper": [[0.5]]}}, True: "y", 2.5: 1},
]  # fmt: skip


@pytest.mark.parametrize("value", VALUES)
def test_it_is_what_the_standard_library_writes(value: object) -> None:
    assert dumps(value) == json.dumps(value, ensure_ascii=False, indent=1, allow_nan=False) + "\n"


@pytest.mark.parametrize("value", [[float("nan")], {"a": float("inf")}, float("nan")])
def test_what_is_no_number_is_refused(value: object) -> None:
    with pytest.raises(ValueError):
        dumps(value)

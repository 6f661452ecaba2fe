"""Quadrants are verdicts: they need both intervals to clear the cut."""

from __future__ import annotations

import pandas as pd
import pytest

import csimodels as cs
from csimodels.tables.drivers import _quadrant


def drivers(half: float, status: str = "ok") -> pd.DataFrame:
    """Performances 76.0, 76.1, 76.0 and clearly different importances, as a reviewer found them with three verdicts."""
    frame = pd.DataFrame({"importance": [0.6, 0.3, 0.1], "performance": [76.0, 76.1, 76.0], "status": status})
    for name, spread in (("importance", 0.05), ("performance", half)):
        frame[f"{name}_low"], frame[f"{name}_high"] = frame[name] - spread, frame[name] + spread
    return frame


def test_differences_within_the_error_get_no_verdict() -> None:
    assert _quadrant(drivers(0.9)) == ["unclear"] * 3
    assert _quadrant(drivers(0.01)) == ["improve", "unclear", "low"]  # the second: importance holds the mean, 0.333


@pytest.mark.parametrize("status", ["inadmissible", "not converged", "nearly not identified; singular"])
def test_a_flagged_fit_gets_none(status: str) -> None:
    assert _quadrant(drivers(0.01, status)) == [""] * 3


def test_without_intervals_nothing_is_clear() -> None:
    result = cs.Study("acsi", cs.simulate("acsi", 200, seed=3).data, uncertainty=None).run(progress=False)
    assert set(result.drivers()["quadrant"]) == {"unclear"}

"""Fixtures that every test may use."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, settings

from csimodels.spec import Model

sys.path.insert(0, str(Path(__file__).resolve().parent / "golden"))

import sources

settings.register_profile(
    "csimodels", deadline=None, max_examples=20, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("csimodels")


@pytest.fixture(scope="session")
def mobi() -> pd.DataFrame:
    """ECSI mobile data (250 x 24), checked against the shared copy where that is here."""
    try:
        data = sources.mobi()
    except sources.UnavailableError as error:
        pytest.skip(str(error))
    if (sources.SHARED / "data" / "mobi.csv").exists():
        shared = sources.shared_csv("mobi.csv")
        assert np.array_equal(shared.to_numpy(), data[list(shared.columns)].to_numpy())
    return data.copy()


@pytest.fixture(scope="session")
def reference() -> Callable[[str], dict[str, Any]]:
    """``reference(name)`` reads a reference file, or skips the test with the reason."""

    def read(name: str) -> dict[str, Any]:
        try:
            return sources.reference(name)
        except sources.UnavailableError as error:
            pytest.skip(str(error))

    return read


@pytest.fixture(scope="session")
def ecsi() -> Model:
    """The library's ECSI model."""
    return sources.ecsi()

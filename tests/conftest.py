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

#: Tests of texts and of the source, and looks at pages in a browser: what they read is the same with any versions of
#: the libraries, so that `.ci/run` does not repeat them with the lowest ones.  Whatever computes, reads data, draws or
#: writes documents is not among them.
ANY_VERSION = {
    "docs/test_architecture.py", "docs/test_coverage_table.py", "docs/test_docstrings.py", "docs/test_numpydoc.py",
    "docs/test_tables_page.py", "report/test_accessibility.py", "report/test_in_browser.py",
    "report/test_report_wording.py", "test_messages.py", "test_public_names.py",
}  # fmt: skip


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "any_version: the same whatever the versions of the libraries (ANY_VERSION)")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    files = {Path(__file__).resolve().parent / name for name in ANY_VERSION}
    for item in items:
        if item.path in files:
            item.add_marker("any_version")


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

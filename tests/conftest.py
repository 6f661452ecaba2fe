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


#: Modules whose claims are of the method, the pages or a program outside, whatever the versions of the libraries: each
#: is run once in CI, with the newest versions.  All that reads, computes, draws or writes runs with the lowest as well:
#: pages whose sentences are looked at here are written there by other tests.
ONCE = {
    "badinput/test_bad_terminal.py": "processes and their streams",
    "docs": "the pages, and what they print",
    "notebooks": "the stored output of the newest versions",
    "golden/test_lavaan_covariates.py": "R beside us; the same R's figures are stored and compared with every version",
    "golden/test_lavaan_groups_live.py": "likewise",
    "golden/test_lavaan_live.py": "likewise",
    "golden/test_survey_live.py": "likewise",
    "infer/test_ranking.py": "simulated coverage",
    "recovery/test_coverage.py": "simulated coverage",
    "recovery/test_demo_intervals.py": "simulated coverage",
    "recovery/test_ml_simulation.py": "simulated coverage",
    "recovery/test_two_stage.py": "simulated coverage",
    "report/test_accessibility.py": "a browser",
    "report/test_in_browser.py": "a browser",
    "report/test_labels.py": "sentences of a page",
    "report/test_lower_first.py": "sentences of a page",
    "report/test_report_covariance.py": "sentences of a page",
    "report/test_report_languages.py": "sentences of a page",
    "report/test_report_quality.py": "sentences of a page",
    "report/test_report_standings.py": "sentences of a page",
    "report/test_report_wording.py": "words of the catalogue",
    "report/test_standing.py": "sentences of a page",
    "report/test_story.py": "sentences of a page",
    "scale/test_killed_run.py": "processes that are killed",
    "study/test_processors.py": "kernels of the linear algebra",
    "study/test_same_in_other_words.py": "a study beside the same study",
    "study/test_same_of_waves.py": "a study beside the same study",
    "study/test_whole_or_not_there.py": "processes that are killed",
    "test_messages.py": "words of the catalogue",
}  # fmt: skip


def pytest_configure(config: pytest.Config) -> None:
    """The marker that modules of `ONCE` get."""
    config.addinivalue_line("markers", "once: one version of the libraries is enough (tests/conftest.py says why)")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests of `ONCE`."""
    root = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(root):
            where = item.path.relative_to(root)
            if where.as_posix() in ONCE or where.parts[0] in ONCE:
                item.add_marker(pytest.mark.once)


@pytest.fixture
def called(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[int, str, str]]:
    """``called("run", "m.yaml")`` is the command line in this process: exit code, standard output, standard error."""
    from csimodels.cli import main

    def call(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["csi", *arguments])
        code = 0
        try:
            main()
        except SystemExit as stop:
            code = int(stop.code or 0)
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


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

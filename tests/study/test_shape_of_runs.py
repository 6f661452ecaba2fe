"""What a run does, by counts and not by a clock: one BLAS thread, one identification, fits, tables made when asked."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

import csimodels as cs
from csimodels.estimate.ml import solution
from csimodels.study import running
from csimodels.survey import survey as survey_module

GOLDEN = Path(__file__).resolve().parents[1] / "golden"
sys.path.append(str(GOLDEN))

from sources import UnavailableError, ecsi, mobi, without  # noqa: E402


@pytest.fixture(scope="module")
def data() -> pd.DataFrame:
    try:
        return mobi()
    except UnavailableError as error:
        pytest.skip(str(error))


def threads() -> set[int]:
    return {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"}


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> list[set[int]]:
    """Threads of BLAS while the groups are estimated."""
    inside: list[set[int]] = []
    whole = running.estimate_groups

    def watched(*args: Any, **keywords: Any) -> Any:
        inside.append(threads())
        return whole(*args, **keywords)

    monkeypatch.setattr(running, "estimate_groups", watched)
    return inside


def test_blas_has_one_thread_while_a_study_runs(data: pd.DataFrame, seen: list[set[int]]) -> None:
    with threadpool_limits(2, user_api="blas"):
        before = threads()
        cs.Study("ecsi", data, uncertainty=None).run()
        assert seen == [{1}]
        assert threads() == before


def test_covariance_structures_are_solved_and_decomposed_once(
    data: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts = {"svd": 0, "solved": 0}

    def counting(module: Any, name: str, key: str) -> None:
        whole = getattr(module, name)

        def counted(*args: Any, **keywords: Any) -> Any:
            counts[key] += 1
            return whole(*args, **keywords)

        monkeypatch.setattr(module, name, counted)

    counting(np.linalg, "svd", "svd")
    counting(solution, "minimised", "solved")
    model = without(ecsi(), "Image")
    result = cs.Study(model, data, estimator="ml", uncertainty=None).run()
    result.paths(), result.parameters(), result.fit_measures()
    assert counts["solved"] == 1
    assert counts["svd"] <= 1


def test_the_log_is_made_a_table_when_it_is_looked_at(data: pd.DataFrame, monkeypatch: pytest.MonkeyPatch) -> None:
    result = cs.Study("ecsi", data, uncertainty=None).run()
    assert list(result.survey_log.columns) == ["step", "subject", "count", "detail"]
    assert result.survey_log is result.survey_log
    assert len(result.survey_log) == len(result.log)
    pd.testing.assert_frame_equal(result.survey_log, survey_module.log_table(result.log))

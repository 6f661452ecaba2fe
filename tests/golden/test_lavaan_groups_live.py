"""Groups, shared items and covariates beside lavaan run now; skipped where it is not here."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import against_constraints
import against_groups
import against_models
import pytest
from r_now import r_answer
from sources import HERE, SHARED

TOGETHER, ALONE = ("fixed", "one_free"), ("crossed", "fixed_x")
MODELS = ("growth_causes", "latent_change", "bifactor", "simplex", "second_beside", "third_causes")


def run_now(out: Path, *runs: str, script: str = "lavaan_groups.R") -> dict[str, Any]:
    """What the generator of the stored figures writes for a few runs."""
    data = SHARED / "data" / "HolzingerSwineford1939.csv"
    if not data.exists():
        pytest.skip("the shared data are not here")
    found: dict[str, Any] = json.loads(r_answer(HERE / "reference" / script, "lavaan", [data], runs, out))
    return found


@pytest.fixture(scope="module")
def lavaan(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Groups, shared items and covariates."""
    return run_now(tmp_path_factory.mktemp("lavaan") / "now.json", *TOGETHER, *ALONE, "paths_apart")


def test_the_numbers_are_those_of_lavaan(lavaan: dict[str, Any]) -> None:
    """Tolerances as for the stored figures."""
    compared = [
        *against_groups.together("live", TOGETHER, lavaan),
        *against_groups.alone("live", ALONE, lavaan),
        *against_groups.apart("live", lavaan),
    ]
    assert len(compared) > 600
    assert [row for row in compared if not row.agrees] == []


def test_models_of_textbooks_are_those_of_lavaan(tmp_path: Path) -> None:
    """Growth curves, latent change, bifactor and simplex: texts that need what lavaan does beside its syntax."""
    now = run_now(tmp_path / "now.json", "models", *MODELS)
    compared = list(against_models.models("live", MODELS, now))
    assert len(compared) > 300
    assert [row for row in compared if not row.agrees] == []


def test_constraints_are_those_of_lavaan(tmp_path: Path) -> None:
    """An equality that is curved, and the inequality of lavaan's tutorial, which is held."""
    runs = ("two_kinds", "tutorial")
    now = run_now(tmp_path / "now.json", *runs, script="lavaan_constraints.R")
    compared = list(against_constraints.constrained("live", runs, now))
    assert len(compared) > 140
    assert [row for row in compared if not row.agrees] == []

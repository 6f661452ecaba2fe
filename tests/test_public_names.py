"""The public names, frozen: a change here is a change for users, and goes into the CHANGELOG."""

from __future__ import annotations

import inspect
import subprocess
import sys

import csimodels as cs

NAMES = [
    "FROM_SPEC",
    "ML",
    "PLS",
    "Bootstrap",
    "Codebook",
    "Construct",
    "CsiError",
    "CsiWarning",
    "DataError",
    "Design",
    "Draft",
    "EstimationError",
    "EstimatorComparison",
    "Fit",
    "GroupFit",
    "Invariance",
    "Item",
    "Jackknife",
    "Linearised",
    "MissingExtraError",
    "Model",
    "Moments",
    "PLSc",
    "Population",
    "Problem",
    "Query",
    "ReplicateWeights",
    "Result",
    "Semopy",
    "SpecError",
    "Status",
    "Study",
    "Sums",
    "Survey",
    "Verification",
    "__version__",
    "batch",
    "check_folder",
    "check_report",
    "codebook",
    "compare",
    "compare_estimators",
    "compare_specs",
    "crosscheck",
    "dump_model",
    "fit_groups",
    "from_lavaan",
    "init",
    "invariance",
    "json_schema",
    "library",
    "load_model",
    "load_result",
    "parse_model",
    "plan",
    "plan_by_simulation",
    "plan_strata",
    "reached",
    "read_survey",
    "save",
    "save_comparison",
    "save_spec_comparison",
    "simulate",
    "strata_file",
    "to_lavaan",
    "trend_of_results",
    "verify",
]
STUDY = [
    "model",
    "data",
    "columns",
    "missing_codes",
    "weight",
    "by",
    "wave",
    "where",
    "design",
    "estimator",
    "missing",
    "correlations",
    "higher_order",
    "errors",
    "uncertainty",
    "index_weights",
]


def test_the_names_are_these_and_all_resolve() -> None:
    assert sorted(cs.__all__) == sorted(NAMES)
    for name in NAMES:
        assert getattr(cs, name) is not None
    assert not hasattr(cs, "no_such_name")


def test_the_keywords_of_a_study_are_these() -> None:
    assert list(inspect.signature(cs.Study).parameters) == STUDY


def test_the_methods_of_a_result_are_these() -> None:
    public = {name for name in dir(cs.Result) if not name.startswith("_")}
    tables = {"index", "paths", "loadings", "effects", "drivers", "r2", "quality", "fits", "replicates", "scores"}
    assert tables | {"tables", "report", "figures", "content", "by", "whole"} <= public


def test_import_is_light() -> None:
    """Names load when they are first used: importing the package loads neither pandas nor pydantic."""
    heavy = "('numpy', 'pandas', 'pydantic', 'matplotlib')"
    code = f"import sys, csimodels; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"

"""Model, survey, estimator and uncertainty bound into what a user holds.

Names load when they are first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from csimodels.lazy import names_on_use

if TYPE_CHECKING:
    from csimodels.rollup.changes import compare
    from csimodels.rollup.several import trend_of_results
    from csimodels.study.comparison_page import save_comparison, save_spec_comparison
    from csimodels.study.drafting import Draft, init
    from csimodels.study.estimator_comparison import EstimatorComparison, compare_estimators, crosscheck
    from csimodels.study.file_dictionary import Codebook, codebook
    from csimodels.study.group_fit import fit_groups
    from csimodels.study.group_result import GroupFit
    from csimodels.study.invariance_ladder import invariance
    from csimodels.study.invariance_result import Invariance
    from csimodels.study.keywords import FROM_SPEC
    from csimodels.study.output_folder import check_folder
    from csimodels.study.planning import plan, plan_by_simulation, plan_strata, reached, strata_file
    from csimodels.study.reporting import check_report
    from csimodels.study.result import Result
    from csimodels.study.spec_batch import batch
    from csimodels.study.specs_compared import compare_specs
    from csimodels.study.store import load_result, save
    from csimodels.study.study import Study
    from csimodels.study.verification import Verification, verify

__all__ = [
    "FROM_SPEC",
    "Codebook",
    "Draft",
    "EstimatorComparison",
    "GroupFit",
    "Invariance",
    "Result",
    "Study",
    "Verification",
    "batch",
    "check_folder",
    "check_report",
    "codebook",
    "compare",
    "compare_estimators",
    "compare_specs",
    "crosscheck",
    "fit_groups",
    "init",
    "invariance",
    "load_result",
    "plan",
    "plan_by_simulation",
    "plan_strata",
    "reached",
    "save",
    "save_comparison",
    "save_spec_comparison",
    "strata_file",
    "trend_of_results",
    "verify",
]

__getattr__ = names_on_use(
    __name__,
    {
        "csimodels.rollup.changes": "compare",
        "csimodels.rollup.several": "trend_of_results",
        "csimodels.study.comparison_page": "save_comparison save_spec_comparison",
        "csimodels.study.drafting": "Draft init",
        "csimodels.study.estimator_comparison": "EstimatorComparison compare_estimators crosscheck",
        "csimodels.study.file_dictionary": "Codebook codebook",
        "csimodels.study.group_fit": "fit_groups",
        "csimodels.study.group_result": "GroupFit",
        "csimodels.study.invariance_ladder": "invariance",
        "csimodels.study.invariance_result": "Invariance",
        "csimodels.study.keywords": "FROM_SPEC",
        "csimodels.study.output_folder": "check_folder",
        "csimodels.study.planning": "plan plan_by_simulation plan_strata reached strata_file",
        "csimodels.study.reporting": "check_report",
        "csimodels.study.result": "Result",
        "csimodels.study.spec_batch": "batch",
        "csimodels.study.specs_compared": "compare_specs",
        "csimodels.study.store": "load_result save",
        "csimodels.study.study": "Study",
        "csimodels.study.verification": "Verification verify",
    },
)

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
    from csimodels.study.joint.fit import fit_groups
    from csimodels.study.joint.ladder import invariance
    from csimodels.study.joint.ladder_result import Invariance
    from csimodels.study.joint.result import GroupFit
    from csimodels.study.keywords import FROM_SPEC
    from csimodels.study.planning import plan, plan_by_simulation, plan_strata, reached, strata_file
    from csimodels.study.reporting import check_report
    from csimodels.study.result import Result
    from csimodels.study.spec_batch import batch
    from csimodels.study.specs_compared import compare_specs
    from csimodels.study.stored.folder import check_folder
    from csimodels.study.stored.results import load_result, save
    from csimodels.study.stored.verification import Verification, verify
    from csimodels.study.study import Study

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
        "csimodels.study.joint.fit": "fit_groups",
        "csimodels.study.joint.result": "GroupFit",
        "csimodels.study.joint.ladder": "invariance",
        "csimodels.study.joint.ladder_result": "Invariance",
        "csimodels.study.keywords": "FROM_SPEC",
        "csimodels.study.stored.folder": "check_folder",
        "csimodels.study.planning": "plan plan_by_simulation plan_strata reached strata_file",
        "csimodels.study.reporting": "check_report",
        "csimodels.study.result": "Result",
        "csimodels.study.spec_batch": "batch",
        "csimodels.study.specs_compared": "compare_specs",
        "csimodels.study.stored.results": "load_result save",
        "csimodels.study.study": "Study",
        "csimodels.study.stored.verification": "Verification verify",
    },
)

"""Model, survey, estimator and uncertainty bound into what a user holds."""

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

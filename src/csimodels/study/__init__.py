"""Model, survey, estimator and uncertainty bound into what a user holds."""

from csimodels.study.changes import compare
from csimodels.study.measurement import Invariance, invariance
from csimodels.study.opinions import EstimatorComparison, compare_estimators, crosscheck
from csimodels.study.reporting import check_report
from csimodels.study.rerun import Verification, verify
from csimodels.study.result import Result
from csimodels.study.store import check_folder, load_result, save
from csimodels.study.study import FROM_SPEC, Study

__all__ = [
    "FROM_SPEC",
    "EstimatorComparison",
    "Invariance",
    "Result",
    "Study",
    "Verification",
    "check_folder",
    "check_report",
    "compare",
    "compare_estimators",
    "crosscheck",
    "invariance",
    "load_result",
    "save",
    "verify",
]

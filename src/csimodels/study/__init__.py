"""Model, survey, estimator and uncertainty bound into what a user holds."""

from csimodels.study.rerun import Verification, verify
from csimodels.study.result import Result, check_report
from csimodels.study.store import check_folder, load_result, save
from csimodels.study.study import FROM_SPEC, Study

__all__ = [
    "FROM_SPEC",
    "Result",
    "Study",
    "Verification",
    "check_folder",
    "check_report",
    "load_result",
    "save",
    "verify",
]

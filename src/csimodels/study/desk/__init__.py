"""What stands beside the model: answers, simple indices, targets; each number with the errors of the study."""

from csimodels.study.desk.desk import Desk, answers_wanted, desk_of
from csimodels.study.desk.sections import check_desk
from csimodels.study.desk.what_if import WhatIf, check_changes

__all__ = ["Desk", "WhatIf", "answers_wanted", "check_changes", "check_desk", "desk_of"]

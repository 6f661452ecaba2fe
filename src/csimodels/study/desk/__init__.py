"""What stands beside the model: answers, simple indices, targets; each number with the errors of the study."""

from csimodels.study.desk.desk import Desk, desk_of

__all__ = ["Desk", "desk_of"]

"""What stands beside the model: answers, simple indices, targets; each number with the errors of the study.

Names load when they are first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from csimodels.lazy import names_on_use

if TYPE_CHECKING:
    from csimodels.study.desk.desk import Desk, answers_wanted, desk_of
    from csimodels.study.desk.sections import check_desk
    from csimodels.study.desk.what_if import WhatIf, check_changes

__all__ = ["Desk", "WhatIf", "answers_wanted", "check_changes", "check_desk", "desk_of"]

__getattr__ = names_on_use(
    __name__,
    {
        "csimodels.study.desk.desk": "Desk answers_wanted desk_of",
        "csimodels.study.desk.sections": "check_desk",
        "csimodels.study.desk.what_if": "WhatIf check_changes",
    },
)

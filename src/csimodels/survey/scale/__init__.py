"""Surveys too large for memory: rows are checked and summed where they lie, by a database.

Names load when they are first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from csimodels.lazy import names_on_use

if TYPE_CHECKING:
    from csimodels.survey.scale.door import read_sums
    from csimodels.survey.scale.floor import FLOOR
    from csimodels.survey.scale.many_rows import takes_over
    from csimodels.survey.scale.travel import write_sums

__all__ = ["FLOOR", "read_sums", "takes_over", "write_sums"]

__getattr__ = names_on_use(
    __name__,
    {
        "csimodels.survey.scale.door": "read_sums",
        "csimodels.survey.scale.floor": "FLOOR",
        "csimodels.survey.scale.many_rows": "takes_over",
        "csimodels.survey.scale.travel": "write_sums",
    },
)

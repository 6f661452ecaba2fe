"""Tables to decide by, made from finished estimates: who leads, what changed, what drives it (docs/decisions.md).

Names load when they are first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from csimodels.lazy import names_on_use

if TYPE_CHECKING:
    from csimodels.study.decisions.tables import Made, check_decisions, decision_notes, decision_tables

__all__ = ["Made", "check_decisions", "decision_notes", "decision_tables"]

__getattr__ = names_on_use(
    __name__,
    {
        "csimodels.study.decisions.tables": "Made check_decisions decision_notes decision_tables",
    },
)

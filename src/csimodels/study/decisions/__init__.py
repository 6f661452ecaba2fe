"""Tables to decide by, made from finished estimates: who leads, what changed, what drives it (docs/decisions.md)."""

from csimodels.study.decisions.tables import Made, check_decisions, decision_notes, decision_tables

__all__ = ["Made", "check_decisions", "decision_notes", "decision_tables"]

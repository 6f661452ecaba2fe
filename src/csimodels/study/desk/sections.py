"""Parts that the sections of the spec beside the model ask for, and what is checked of them before anything is read."""

from __future__ import annotations

from csimodels.errors import SpecError
from csimodels.estimate import Design
from csimodels.spec import Model
from csimodels.study.desk.effort import Effort
from csimodels.study.desk.hierarchy import HierarchyPart
from csimodels.study.desk.node_weights import node_problems
from csimodels.study.desk.part import Answers, DeskPart
from csimodels.tables import Layout


def section_parts(model: Model, given: Answers) -> list[DeskPart]:
    """The parts of `model.desk`, in the order of the catalogue."""
    asked = model.desk
    parts: list[DeskPart] = []
    if asked.hierarchy:
        parts.append(HierarchyPart(asked.hierarchy, given, Layout.of(model, Design.of(model))))
    if asked.effort is not None:
        target = dict(model.targets)[asked.effort.construct]
        parts.append(Effort(asked.effort, target, Layout.of(model, Design.of(model)), len(given.x)))
    return parts


def check_desk(model: Model) -> None:
    """Refuse judgements of the spec that give no weights.

    Raises
    ------
    SpecError
        Comparisons that are not reciprocal or not consistent, points that do not sum to 100, a single expert.
    """
    problems = [problem for node in model.desk.hierarchy for problem in node_problems(node)]
    if problems:
        raise SpecError(problems)

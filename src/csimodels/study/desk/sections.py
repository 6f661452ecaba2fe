"""Parts that the sections of the spec beside the model ask for, and what is checked of them before anything is read."""

from __future__ import annotations

from csimodels.errors import SpecError
from csimodels.estimate import Design
from csimodels.spec import Model
from csimodels.study.desk.delivered import DeliveredValuePart
from csimodels.study.desk.effort import Effort
from csimodels.study.desk.gaps import Gaps
from csimodels.study.desk.hierarchy import HierarchyPart
from csimodels.study.desk.moves import Moves, check_moves
from csimodels.study.desk.node_weights import node_problems
from csimodels.study.desk.part import Answers, DeskPart
from csimodels.tables import Layout


def section_parts(model: Model, given: Answers) -> list[DeskPart]:
    """The parts of `model.desk`, in the order of the catalogue."""
    asked = model.desk
    layout = Layout.of(model, Design.of(model))
    parts: list[DeskPart] = []
    if asked.gaps:
        parts.append(Gaps(asked.gaps, given))
    if asked.delivered is not None:
        parts.append(DeliveredValuePart(asked.delivered, model, given, layout))
    if asked.moves:
        parts.append(Moves(asked.moves, model, given, layout, given.weighted))
    if asked.hierarchy:
        parts.append(HierarchyPart(asked.hierarchy, given, layout))
    if asked.effort is not None:
        target = dict(model.targets)[asked.effort.construct]
        of_node = asked.effort.construct not in layout.design.constructs
        within = HierarchyPart(asked.hierarchy, given, layout) if of_node else None
        parts.append(Effort(asked.effort, target, layout, given, within))
    return parts


def check_desk(model: Model) -> None:
    """Refuse judgements of the spec that give no weights.

    Raises
    ------
    SpecError
        Comparisons that are not reciprocal or not consistent, points that do not sum to 100, a single expert; a move of
        respondents away from its target.
    """
    problems = [problem for node in model.desk.hierarchy for problem in node_problems(node)] + check_moves(model)
    if problems:
        raise SpecError(problems)

"""Indices by name, whatever they are: of constructs, questions, simple indices and nodes of the hierarchy."""

from __future__ import annotations

from collections.abc import Sequence

from csimodels.moments.linalg import Floats
from csimodels.spec import Model
from csimodels.spec.model import SimpleIndex
from csimodels.study.desk.hierarchy import HierarchyPart
from csimodels.study.desk.part import Answers
from csimodels.study.desk.simple import SimpleIndices
from csimodels.study.extras import Extras
from csimodels.tables import Layout


def scores_of(names: Sequence[str], model: Model, answers: Answers, layout: Layout) -> Extras:
    """The index of each name: constructs first, then simple indices, nodes of the hierarchy, and questions on 0-100.

    A simple index is in its own unit: a net promoter score runs from -100 to 100.
    """
    return Extras.joined([_score(name, model, answers, layout) for name in names])


def _score(name: str, model: Model, answers: Answers, layout: Layout) -> Extras:
    constructs = layout.design.constructs
    if name in constructs:
        return model_score(name, layout.blocks["index"].start + constructs.index(name), answers)
    simple = next((index for index in model.indices if index.name == name), None)
    if simple is not None:
        return SimpleIndices((simple,), answers).extras()
    if any(node.name == name for node in model.desk.hierarchy):
        return node_score(name, HierarchyPart(model.desk.hierarchy, answers, layout))
    return SimpleIndices((SimpleIndex(name, "mean", (name,)),), answers).extras()


def model_score(name: str, place: int, answers: Answers) -> Extras:
    """The published number at `place`, as extras without columns."""

    def value(means: Floats, model: Floats) -> Floats:
        return model[..., place : place + 1]

    return Extras((), answers.columns(()), (name,), value, uses_model=True)


def node_score(name: str, part: HierarchyPart) -> Extras:
    """The index of the node `name`."""
    whole, place = part.extras(), part.tree.nodes.index(name)

    def value(means: Floats, model: Floats) -> Floats:
        return whole.values(means, model)[..., place : place + 1]

    return Extras(whole.names, whole.columns, (name,), value, whole.uses_model)

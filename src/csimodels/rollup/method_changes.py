"""Why a change between two results may be none of what customers answered: another method, the same answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Protocol

from csimodels.messages import N_, Message, items
from csimodels.spec import Model, missing_rule
from csimodels.spec.measures import Text


class Made(Protocol):
    """What is asked of a result: how it was made."""

    @property
    def model(self) -> Model:
        """The model with the options of the run."""

    @property
    def facts(self) -> Mapping[str, str]:
        """How it was computed; the hash of the data among it."""


def unlike(before: Model, after: Model) -> list[Message]:
    """Where two results were made in different ways, so that a change may be one of method: in words."""
    none = Message("none")
    differing = [
        Message(text, before=old, after=new)
        for text, old, new in (
            (
                N_("the estimator was {before}, is {after}"),
                Message(before.estimate.estimator),
                Message(after.estimate.estimator),
            ),
            (
                N_("the missing rule was {before}, is {after}"),
                Message(missing_rule(before)),
                Message(missing_rule(after)),
            ),
            (
                N_("index weights were {before}, are {after}"),
                Message(before.index.weights),
                Message(after.index.weights),
            ),
            (N_("the sampling weight was {before}, is {after}"), before.data.weight or none, after.data.weight or none),
        )
        if old != new
    ]
    old_items, new_items = ({item.name: item for item in model.items} for model in (before, after))
    scales = [n for n, item in new_items.items() if n in old_items and old_items[n].scale != item.scale]
    turned = [n for n, item in new_items.items() if n in old_items and old_items[n].reverse != item.reverse]
    if scales:
        differing.append(Message("another scale of {names}", names=items(scales, 4)))
    if turned:
        differing.append(Message("turned round: {names}", names=items(turned, 4)))
    if set(old_items) != set(new_items):
        differing.append(Message("other items"))
    if set(before.paths) != set(after.paths):
        differing.append(Message("other paths"))
    return differing


def same_answers(before: Made, after: Made) -> bool:
    """Whether both results are of the same rows of the same data, so that nothing can have changed but the method."""
    old, new = (getattr(result, "facts", {}).get("data sha256", "") for result in (before, after))
    mine, theirs = before.model.data, after.model.data
    return old == new and old != "" and mine.where == theirs.where and mine.rule == theirs.rule


def method_said(before: Made, after: Made) -> list[Message]:
    """Why a change between two results may be none of what customers answered: same answers, another method."""
    text = (
        "both results are of the same answers: differences are of method and have no interval here; csi compare-specs "
        "tests them"
    )
    same = [Message(text)] if same_answers(before, after) else []
    return [*same, *unlike(before.model, after.model)]


def redefined(before: Model, after: Model) -> set[str]:
    """Simple indices and nodes of the hierarchy that both define, each in another way."""
    old, new = _definitions(before), _definitions(after)
    return {name for name, definition in new.items() if name in old and old[name] != definition}


def _definitions(model: Model) -> dict[str, object]:
    """What an index or node is made of, labels aside: kind, weights, and the scales of the questions."""
    scales = {item.name: (item.scale, item.reverse) for item in model.asked}
    out: dict[str, object] = {}
    for index in model.indices:
        asked = [*index.items, *(name for name, _ in index.among)]
        out[index.name] = (replace(index, label=Text()), [scales.get(name) for name in asked])
    nodes = {node.name: node for node in model.desk.hierarchy}

    def below(name: str) -> object:
        node = nodes.get(name)
        return scales.get(name) if node is None else (replace(node, label=("", "")), [below(p) for p in node.parts])

    return out | {name: below(name) for name in nodes}

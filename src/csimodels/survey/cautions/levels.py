"""Levels in the spec that were surely meant on another scale: answers, or shares, where an index runs from 0 to 100."""

from __future__ import annotations

from collections.abc import Iterator

from csimodels.messages import Construct, Message, listed
from csimodels.spec.model import Model

#: Highest answer of the scales on which levels are usually spoken of.
_ANSWERS = 10.0


def level_cautions(model: Model) -> Iterator[Message]:
    """One sentence for targets, cuts of states and levels of predictions that lie on the scale of the answers.

    Examples
    --------
    >>> from csimodels import load_model
    >>> from dataclasses import replace
    >>> print(*level_cautions(replace(load_model("acsi"), targets=(("Satisfaction", 8.0),))))
    levels that look like answers, not like 0 to 100: Satisfaction 8 (an answer of 8 on 1..10 is 77.8)
    """
    found: list[Message] = []
    for name, level in model.targets:
        if name in model.construct_names and model.construct(name).better == "high":
            found += _answer(model, name, [level])
    if model.decisions.states is not None:
        found += _answer(model, model.decisions.states.construct, list(model.decisions.states.cuts))
    for behaviour in model.decisions.behaviour:
        if behaviour.on:
            found += _answer(model, behaviour.on[0], list(behaviour.levels))
    if found:
        yield Message("levels that look like answers, not like 0 to 100: {names}", names=listed(found, 6))


def _answer(model: Model, construct: str, levels: list[float]) -> Iterator[Message]:
    """The highest of some levels, if it is an answer to the items of a construct, or a share of 1."""
    items = model.construct(construct).items
    scales = {item.scale for item in items}
    top = max(levels, default=0.0)
    if len(scales) != 1 or not 0 < top <= _ANSWERS:
        return
    low, high = scales.pop()
    if top <= 1:
        text = "{construct} {level} (a share of {level} is {index})"
        yield Message(text, construct=Construct(construct), level=f"{top:g}", index=f"{100 * top:g}")
    elif low <= top <= high <= _ANSWERS:
        text = "{construct} {level} (an answer of {level} on {low}..{high} is {index})"
        index = f"{100 * (top - low) / (high - low):.1f}"
        name, level = Construct(construct), f"{top:g}"
        yield Message(text, construct=name, level=level, low=f"{low:g}", high=f"{high:g}", index=index)

"""Constructs guessed without a model: columns of answers whose names are one stem and a number, on a common scale."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Container, Sequence
from dataclasses import dataclass, replace

from csimodels.draft.facts import NUMBER, ColumnFacts
from csimodels.draft.match import has_role
from csimodels.draft.scales import NOTHING, Scale, answerable, answers_in_words, labelled_scale, usual_scale
from csimodels.draft.vocabulary import SATISFACTION
from csimodels.messages import Message
from csimodels.spec.model import Construct, Item, Model, Text
from csimodels.spec.view import bad_name
from csimodels.survey.answers.numbers import fold
from csimodels.survey.cautions.slips import falling

#: Answers on a scale have so many steps; two answers are yes and no, or a description of the respondent.
LEAST_STEPS, MOST_STEPS = 3, 11
#: A construct has at least so many items; scales are common where one is at most so much longer than the other.
LEAST_ITEMS, LONGER = 2, 1.4
#: ``EXP1``, ``sat_01``, ``Q5_2``, ``Q5a``: what stands before the last number, or before the letter after it.
_NUMBERED = re.compile(r"(?P<stem>.*?[^\W_].*?|[^\W\d_])[\s_.\-]*\d+")
_LETTERED = re.compile(r"(?P<stem>.*\d)[\s_.\-]*[A-Za-z]")
#: The number of a question before its words: ``Q1_1 质量期望1``, ``5(2). Staff``, ``3、总体质量``, ``Q12: speed``.
_CODE = re.compile(r"(?P<code>[A-Za-z]{0,3}\d+(?P<part>[_.\-(（]\d+[)）]?|[a-z])?)[\s.．、:：_\-]+(?P<words>\D.*)")


@dataclass(frozen=True, slots=True)
class Block:
    """A construct that is guessed: its name, the columns, their items; ``stem`` is what their names begin with."""

    name: str
    stem: str
    items: tuple[Item, ...]


def stem_of(name: str) -> str:
    """What stands in front of the number of an item; empty where a name has none.

    A question that begins with a number of two parts (``Q5_1 staff``) goes with those of the same first part; where it
    has one part its words are looked at (``Q1 quality1``).

    >>> [stem_of(name) for name in ("EXP1", "sat_02", "Q5_1", "Q5b", "质量3", "age", "12", "Q5_1 速度", "Q1 质量1")]
    ['EXP', 'sat', 'Q5', 'Q5', '质量', '', '', 'Q5', '质量']
    """
    if hit := _CODE.fullmatch(name):
        code = hit["code"].removesuffix(hit["part"] or "")
        return stem_of(hit["words"]) if not hit["part"] else f"Q{code}" if code.isdecimal() else code
    for form in (_NUMBERED, _LETTERED):
        if (hit := form.fullmatch(name)) and re.search(r"[^\W\d_]", hit["stem"]):
            return hit["stem"].rstrip(" _.-")
    return ""


def rated(columns: Sequence[ColumnFacts]) -> list[Item]:
    """Columns that look like answers on a scale, each as an item of its name, wording and usual scale.

    Parameters
    ----------
    columns : sequence of ColumnFacts
    """
    return [item for column in columns if (item := _rated(column)) is not None]


def _rated(column: ColumnFacts) -> Item | None:
    if column.mark or not answerable(column) or has_role(column.name) or bad_name(column.name):
        return None
    if not LEAST_STEPS <= column.distinct <= MOST_STEPS:
        return None
    item = Item(column.name, Text.told(column.label))
    if column.kind == NUMBER:
        near = column.whole and column.high - column.low < MOST_STEPS
        scale = (labelled_scale(column) or usual_scale(column.low, column.high)) if near else None
        turned = bool(falling(column.names, (column.name, column.label)))
        return None if scale is None else replace(item, scale=scale, reverse=turned)
    meant = answers_in_words(item, column)
    if meant == NOTHING:
        return None
    numbers = [number for _, number in meant.values]
    scale = meant.scale or usual_scale(min(numbers), max(numbers))
    return None if scale is None else replace(item, scale=scale, values=meant.values)


def blocks(items: Sequence[Item]) -> tuple[Block, ...]:
    """Constructs of items whose names share a stem, in the order of the file.

    Parameters
    ----------
    items : sequence of Item
        Of `rated`.
    """
    by_stem: dict[str, list[Item]] = {}
    for item in items:
        if stem := stem_of(item.name):
            by_stem.setdefault(fold(stem), []).append(item)
    kept = [mine for same in by_stem.values() if len(mine := on_one_scale(same)) >= LEAST_ITEMS]
    taken = {item.name for mine in kept for item in mine}
    stems = [stem_of(mine[0].name) for mine in kept]
    return tuple(Block(free_name(stem, taken), stem, tuple(mine)) for stem, mine in zip(stems, kept, strict=True))


def free_name(stem: str, taken: Container[str]) -> str:
    """The name of a construct: its stem, with a mark where another has the name."""
    name = stem
    while name in taken:
        name += "_"
    return name


def on_one_scale(items: Sequence[Item]) -> list[Item]:
    """Those whose scales are near the most frequent one, on the shortest usual scale that holds all of theirs."""
    often = Counter(item.scale for item in items)
    main = max(often, key=lambda scale: (often[scale], _width(scale)))
    near = [item for item in items if _width(main) / LONGER <= _width(item.scale) <= _width(main) * LONGER]
    scale = usual_scale(min(item.scale[0] for item in near), max(item.scale[1] for item in near))
    return [] if scale is None else [replace(item, scale=scale) for item in near]


def _width(scale: Scale) -> float:
    return scale[1] - scale[0]


def plain_model(blocks: Sequence[Block], loose: Sequence[Item]) -> Model:
    """A model without paths: the blocks, or where there are none the items that each stand for themselves.

    Parameters
    ----------
    blocks : sequence of Block
    loose : sequence of Item
    """
    found = tuple(Construct(block.name, block.items, Text(block.stem)) for block in blocks)
    return Model("my-study", found, (), beside=() if found else tuple(loose))


def index_of(model: Model) -> tuple[str, Message]:
    """The construct that is taken for the index, and why: one of satisfaction, else the first."""
    for construct in model.constructs:
        if model.paths and construct.name == "Satisfaction":
            return construct.name, Message("it is asked of satisfaction")
        if {fold(construct.label.en), fold(construct.name)} & SATISFACTION:
            return construct.name, Message('its name is "{name}"', name=construct.name)
    return model.constructs[0].name, Message("the first one, as no name speaks for another")

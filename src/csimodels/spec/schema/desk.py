"""The grammar of the sections beside the model (docs/desk.md) as pydantic models."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field

from csimodels.spec.desk import RandomIndexName, WeightMethod
from csimodels.spec.nodes import Plain
from csimodels.spec.schema.fields import Finite, Number, Raw


class RawLabel(Raw):
    """A name in English and Chinese."""

    en: str | None = None
    zh: str | None = None


def _widen_label(value: Plain) -> Plain:
    return {"en": value} if isinstance(value, str) else value


def widen_parts(value: Plain) -> Plain:
    """``["A", "B"]`` -> ``{"A": None, "B": None}``."""
    if isinstance(value, list) and all(isinstance(name, str) for name in value):
        return {str(name): None for name in value}
    return value


def widen_judges(value: Plain) -> Plain:
    """One matrix of comparisons -> a list of one."""
    if isinstance(value, list) and value and isinstance(value[0], list) and value[0]:
        return [value] if not isinstance(value[0][0], list) else value
    return value


LabelField = Annotated[RawLabel | None, BeforeValidator(_widen_label, json_schema_input_type=str | RawLabel)]
Parts = Annotated[
    dict[str, Number | None] | None,
    BeforeValidator(widen_parts, json_schema_input_type=list[str] | dict[str, Number | None]),
]
Matrix = list[list[Number | str]]


class RawNode(Raw):
    """A node of a hierarchy of weights."""

    of: Parts = Field(default=None, description="what it is made of, as a list, or each with its weight (sum 1)")
    weights: WeightMethod | None = Field(
        default=None, description="where they come from; stated or equal where nothing else is given"
    )
    ahp: Annotated[list[Matrix] | None, BeforeValidator(widen_judges, json_schema_input_type=Matrix | list[Matrix])] = (
        Field(default=None, description="pairwise comparisons of the parts, [[1, 3], [1/3, 1]]; several judges: a list")
    )
    delphi: dict[str, list[Finite]] | None = Field(
        default=None, description="expert: points of the parts, which sum to 100"
    )
    random_index: RandomIndexName | None = Field(default=None, description="of the consistency ratio; saaty1980")
    limit: Finite | None = Field(default=None, description="largest consistency ratio accepted; 0.1")
    label: LabelField = Field(default=None, description="name shown to readers")


def widen_node(value: Plain) -> Plain:
    """``["A", "B"]`` -> ``{"of": ["A", "B"]}``."""
    return {"of": value} if isinstance(value, list) else value


HierarchyField = dict[
    str, Annotated[RawNode | None, BeforeValidator(widen_node, json_schema_input_type=list[str] | RawNode)]
]


class RawClasses(Raw):
    """Customer classes, or touchpoints, and what each counts in the total."""

    column: str | None = Field(default=None, description="the group column of the classes; it joins data: by")
    weights: dict[str, Number] | None = Field(default=None, description="class: weight; they sum to 1")
    contacts: dict[str, Number] | None = Field(
        default=None, description="touchpoint: number of contacts, instead of weights; shares are taken"
    )


class RawGap(Raw):
    """A dimension of gaps between perception and expectation."""

    items: dict[str, str] | None = Field(default=None, description="item of perception: item of expectation")
    points: Number | str | None = Field(
        default=None, description="points of 100 that the dimension got, or the item by which respondents give them"
    )
    label: LabelField = Field(default=None, description="name shown to readers")


def widen_gap(value: Plain) -> Plain:
    """``{P1: E1}`` -> ``{"items": {P1: E1}}``."""
    if not isinstance(value, dict) or not value or set(value) & set(RawGap.model_fields):
        return value
    return {"items": value} if all(isinstance(item, str) for item in value.values()) else value


GapsField = dict[
    str, Annotated[RawGap | None, BeforeValidator(widen_gap, json_schema_input_type=dict[str, str] | RawGap)]
]


class RawDelivered(Raw):
    """What customers get less what it costs them."""

    values: Parts = Field(
        default=None, description="what is got: constructs or items, as a list or with weights (sum 1)"
    )
    costs: Parts = Field(default=None, description="what is given: money, time, energy, mind")


class RawTarget(Raw):
    """A level to be reached, and by which move of respondents."""

    level: Number | None = Field(default=None, description="the level, 0 to 100")
    move: list[Finite] | None = Field(default=None, description="answers from and to which respondents move: [8, 9]")
    item: str | None = Field(default=None, description="the question they answer so; the only one where left out")


def widen_target(value: Plain) -> Plain:
    """``80`` -> ``{"level": 80}``."""
    return value if value is None or isinstance(value, dict) else {"level": value}


TargetField = Annotated[RawTarget, BeforeValidator(widen_target, json_schema_input_type=float | RawTarget)]


class RawEffort(Raw):
    """What it costs to raise drivers."""

    target: str | None = Field(
        default=None, alias="construct", description="whose target is to be reached; the index where left out"
    )
    costs: dict[str, Number] | None = Field(default=None, description="driver: cost of a point")
    budget: Number | None = Field(
        default=None, description="what can be spent, divided so that the construct rises most"
    )
    caps: dict[str, Finite] | None = Field(default=None, description="driver: most points that it can rise")

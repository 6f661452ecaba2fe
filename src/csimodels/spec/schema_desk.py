"""The grammar of the sections beside the model (docs/desk.md) as pydantic models."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field

from csimodels.spec.desk import RandomIndexName, WeightMethod
from csimodels.spec.nodes import Plain
from csimodels.spec.schema_fields import Raw


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


Number = Annotated[float, Field(allow_inf_nan=True)]
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
    delphi: dict[str, list[Number]] | None = Field(
        default=None, description="expert: points of the parts, which sum to 100"
    )
    random_index: RandomIndexName | None = Field(default=None, description="of the consistency ratio; saaty1980")
    limit: Number | None = Field(default=None, description="largest consistency ratio accepted; 0.1")
    label: LabelField = Field(default=None, description="name shown to readers")


def widen_node(value: Plain) -> Plain:
    """``["A", "B"]`` -> ``{"of": ["A", "B"]}``."""
    return {"of": value} if isinstance(value, list) else value


HierarchyField = dict[
    str, Annotated[RawNode | None, BeforeValidator(widen_node, json_schema_input_type=list[str] | RawNode)]
]


class RawEffort(Raw):
    """What it costs to raise drivers."""

    target: str | None = Field(
        default=None, alias="construct", description="whose target is to be reached; the index where left out"
    )
    costs: dict[str, Number] | None = Field(default=None, description="driver: cost of a point")
    budget: Number | None = Field(
        default=None, description="what can be spent, divided so that the construct rises most"
    )
    caps: dict[str, Number] | None = Field(default=None, description="driver: most points that it can rise")

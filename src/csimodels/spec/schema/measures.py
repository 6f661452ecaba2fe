"""The grammar of constructs, items, covariates and indices as pydantic models."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from csimodels.spec.model import (
    SimpleKind,
)
from csimodels.spec.nodes import Plain
from csimodels.spec.schema.fields import (
    Code,
    Finite,
    Names,
    Number,
    Raw,
    Scale,
    TextField,
    as_list,
    widen_names,
    widen_text,
)


def widen_index(value: Plain) -> Plain:
    """``"Satisfaction"`` -> ``{"construct": "Satisfaction"}``."""
    return {"construct": value} if isinstance(value, str) else value


def widen_parameter(value: Plain) -> Plain:
    """``0.5`` -> ``{"value": 0.5}``, ``"free"`` -> ``{}``, ``"a"`` -> ``{"label": "a"}``, a list: ``order``."""
    if isinstance(value, list):
        return {"order": value}
    if isinstance(value, str):
        return {} if value == "free" else {"label": value}
    return {"value": value} if isinstance(value, (int, float)) and not isinstance(value, bool) else value


class RawCell(Raw):
    """One answer of a question whose cells hold several."""

    column: str | None = Field(default=None, description="column of the cells")
    contains: Code | None = Field(default=None, description="the answer, as it stands in the cells")
    separator: str | None = Field(default=None, description="mark between two answers; found out where left out")
    empty: Literal["none", "missing"] | None = Field(
        default=None, description="an empty cell: none of the answers (0, default), or missing"
    )


class RawItem(Raw):
    """A survey question."""

    en: str | None = Field(default=None, description="wording in English")
    zh: str | None = Field(default=None, description="wording in Chinese")
    scale: Scale | None = Field(default=None, description="lowest and highest answer allowed, for example [1, 10]")
    reverse: bool | None = Field(default=None, description="true turns the item: low + high - answer")
    values: dict[str, Number] | None = Field(default=None, description="answers and their numbers: {yes: 1, no: 0}")
    cell: RawCell | None = Field(
        default=None, alias="from", description="1 where a cell holds an answer: {column: PROB, contains: 3}"
    )


ItemField = Annotated[RawItem | None, BeforeValidator(widen_text, json_schema_input_type=str | RawItem | None)]


class RawConstruct(Raw):
    """A latent variable and its items."""

    label: TextField = Field(default=None, description="name shown to readers")
    measured: Literal["reflective", "composite"] | None = Field(
        default=None,
        description="reflective: common factor (default); composite: weighted sum (default of mode B)",
    )
    mode: Literal["A", "B"] | None = Field(default=None, description="weights by correlation (A) or regression (B)")
    reliability: Number | None = Field(default=None, description="known reliability (rho_A), above 0 and at most 1")
    better: Literal["high", "low"] | None = Field(
        default=None, description="which end of its 0-100 index is the good one: high (default); low, as for complaints"
    )
    items: Annotated[
        dict[str, ItemField] | None,
        BeforeValidator(widen_names, json_schema_input_type=list[str] | dict[str, ItemField]),
    ] = Field(default=None, description="item names as a list, or each with its wording, scale, reverse and values")
    of: list[str] | None = Field(
        default=None, description="dimensions: the constructs that this higher-order construct is made of"
    )


class RawIndex(Raw):
    """Which construct is the index, and whose weights it takes."""

    target: str | None = Field(default=None, alias="construct", description="construct; Satisfaction where left out")
    weights: Literal["own", "pooled", "equal", "fixed"] | None = Field(
        default=None, description="own: each group's (default); pooled: all groups together; equal; fixed: see `fixed`"
    )
    fixed: dict[str, Number] | None = Field(default=None, description="unstandardised weight of each item")


class RawParameter(Raw):
    """A parameter of a covariance structure model: fixed at a value, or free, equal to all others with its label."""

    value: Number | None = Field(default=None, description="fixes the parameter")
    label: str | None = Field(default=None, description="parameters with the same label are held equal")
    free: bool | None = Field(
        default=None, description="true beside a label: free, though it is the first loading of its construct"
    )
    lower: Number | None = Field(default=None, description="bound of a free parameter: not below")
    upper: Number | None = Field(default=None, description="bound of a free parameter: not above")
    start: Number | None = Field(default=None, description="where the iteration begins; made from the data if left out")
    groups: dict[str, Code] | None = Field(
        default=None, description="of single groups, by name: a number (fixed), free, or a label; for csi fit-groups"
    )
    order: list[Code] | None = Field(default=None, description="the same of every group, in their order")

    @property
    def labels(self) -> tuple[str, ...]:
        """Labels said of all groups or of single ones."""
        of_groups = (*(self.groups or {}).values(), *(self.order or ()))
        return tuple(code for code in (self.label, *of_groups) if isinstance(code, str) and code not in ("", "free"))


ParameterField = Annotated[
    RawParameter | None,
    BeforeValidator(widen_parameter, json_schema_input_type=float | str | list[Code] | RawParameter),
]


class RawSimpleIndex(Raw):
    """An index beside the model's own."""

    kind: SimpleKind | None = Field(default=None, description="how it is computed from the answers")
    item: str | None = Field(default=None, description="the item; several: items")
    items: Names = Field(default=None, description="items; of a gap: perception, expectation")
    levels: Annotated[list[Finite] | None, BeforeValidator(as_list, json_schema_input_type=float | list[float])] = (
        Field(default=None, description="answers that count, or how many levels a box holds")
    )
    weights: dict[str, Finite] | None = Field(default=None, description="weight of each item; equal where left out")
    values: list[Finite] | None = Field(default=None, description="value of each answer, from the lowest up")
    cuts: list[Finite] | None = Field(default=None, description="highest answer of a detractor, lowest of a promoter")
    among: (
        dict[str, Annotated[list[Finite] | None, BeforeValidator(as_list, json_schema_input_type=float | list[float])]]
        | None
    ) = Field(default=None, description="only respondents with these answers to another item: {COMP: 1}")
    label: TextField = Field(default=None, description="name shown to readers")
    better: Literal["high", "low"] | None = Field(
        default=None, description="which end is the good one: high (default); low, as for complaints"
    )


def widen_control(value: Plain) -> Plain:
    """``"Satisfaction"`` or a list of constructs -> ``{"to": [...]}``."""
    return {"to": value} if isinstance(value, (str, list)) else value


class RawControl(Raw):
    """A covariate: an item of no construct that leads to constructs."""

    to: Names = Field(default=None, description="constructs that it leads to")
    nominal: bool | None = Field(default=None, description="true: its answers are kinds, each with an effect")
    reference: Code | None = Field(default=None, description="the kind that others are compared with; the first")


ControlField = Annotated[
    RawControl | None, BeforeValidator(widen_control, json_schema_input_type=str | list[str] | RawControl)
]

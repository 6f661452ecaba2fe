"""The grammar of a spec file as pydantic models; nothing of this leaves :mod:`csimodels.spec`.

Short forms (a text for ``{en: text}``, a list of item names, a construct's name for the index) are widened before
validation, so that the rest of the code sees one form of everything.  Every field may be left out or null.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from csimodels.spec.schema.data import LabelsField, RawData, RawRollup
from csimodels.spec.schema.decisions import (
    RawBehaviour,
    RawBenchmark,
    RawContrast,
    RawDrivers,
    RawFocus,
    RawFuzzy,
    RawKano,
    RawStates,
    RawTrend,
    widen_benchmark,
    widen_drivers,
    widen_focus,
    widen_trend,
)
from csimodels.spec.schema.desk import GapsField, HierarchyField, RawClasses, RawDelivered, RawEffort, TargetField
from csimodels.spec.schema.fields import (
    Names,
    Number,
    Raw,
    Scale,
    TextField,
    as_list,
    widen_names,
)
from csimodels.spec.schema.measures import (
    ControlField,
    ItemField,
    ParameterField,
    RawConstruct,
    RawIndex,
    RawSimpleIndex,
    widen_index,
)
from csimodels.spec.schema.run import RawEstimate, RawReport, RawUncertainty


class RawSpec(Raw):
    """A customer-satisfaction-index model."""

    csi: int | None = Field(default=None, description="version of this grammar: 1")
    extends: str | None = Field(default=None, description="library model or file to start from")
    name: str | None = Field(default=None, description="short name; the file's name where left out")
    title: TextField = None
    description: TextField = None
    sources: Names = Field(default=None, description="papers and standards the model comes from")
    scale: Scale | None = Field(default=None, description="lowest and highest answer of all items; [1, 10]")
    values: dict[str, Number] | None = Field(
        default=None, description="answers and numbers of all items on this scale: {bad: 1, good: 2}"
    )
    constructs: dict[str, RawConstruct | None] | None = Field(default=None, description="name: label, items, ...")
    paths: dict[str, Names] | None = Field(
        default=None, description='source: target, or source: [targets]; "A * B": target is an interaction'
    )
    parameters: dict[str, ParameterField] | None = Field(
        default=None, description="statements for estimator ml, as in `Image =~ IMG2: 0.8`: a number, free, or a label"
    )
    defined: dict[str, str | None] | None = Field(
        default=None, description="functions of labelled parameters for estimator ml: {indirect: a * b}"
    )
    constraints: Annotated[list[str] | None, BeforeValidator(as_list, json_schema_input_type=str | list[str])] = Field(
        default=None, description='relations between labelled parameters for estimator ml: ["a == 2 * b", "c > 0"]'
    )
    index: Annotated[RawIndex | None, BeforeValidator(widen_index, json_schema_input_type=str | RawIndex)] = Field(
        default=None, description="the construct published as the index; Satisfaction where left out"
    )
    data: RawData | None = None
    labels: dict[str, LabelsField] | None = Field(
        default=None, description="column: {en, zh} of its name, or value: {en, zh} of a group, level or wave"
    )
    rollup: RawRollup | None = None
    estimate: RawEstimate | None = None
    uncertainty: RawUncertainty | None = None
    items: Annotated[
        dict[str, ItemField] | None,
        BeforeValidator(widen_names, json_schema_input_type=list[str] | dict[str, ItemField]),
    ] = Field(default=None, description="items of no construct, for the indices beside the model")
    indices: dict[str, RawSimpleIndex | None] | None = Field(
        default=None, description="indices beside the model's own: {NPS: {kind: nps, item: REC}}"
    )
    controls: dict[str, ControlField] | None = Field(
        default=None, description="covariates: an item of `items`: the constructs it leads to"
    )
    hierarchy: HierarchyField | None = Field(
        default=None, description="tree of weights: {Total: {of: {Network: 0.6, Service: 0.4}}, Network: {of: [...]}}"
    )
    effort: RawEffort | None = Field(
        default=None, description="costs of drivers, for the target at least effort and a budget: {costs: {Quality: 2}}"
    )
    classes: RawClasses | None = Field(
        default=None, description="customer classes with weights: {column: class, weights: {large: 0.7, small: 0.3}}"
    )
    gaps: GapsField | None = Field(
        default=None, description="perception less expectation by dimension: {Service: {items: {P1: E1}, points: 40}}"
    )
    delivered_value: RawDelivered | None = Field(
        default=None, description="what customers get less what it costs them: {values: [Quality], costs: [Price]}"
    )
    targets: dict[str, TargetField] | None = Field(
        default=None, description="level that an index is to reach, 0 to 100; {level: 80, move: [8, 9]}"
    )
    what_if: dict[str, Number] | None = Field(default=None, description="points by which a construct changes")
    benchmark: Annotated[
        RawBenchmark | None, BeforeValidator(widen_benchmark, json_schema_input_type=bool | str | RawBenchmark)
    ] = Field(default=None, description="units against the best other, the mean and a competitor: {unit: company}")
    trend: Annotated[RawTrend | None, BeforeValidator(widen_trend, json_schema_input_type=bool | RawTrend)] = Field(
        default=None, description="all waves together: changes, slope, parts of changes: {base: 2024, breaks: [2025]}"
    )
    drivers: Annotated[RawDrivers | None, BeforeValidator(widen_drivers, json_schema_input_type=bool | RawDrivers)] = (
        Field(default=None, description="shares of R2 beside the driver table; {items: {SAT1: [QUA1, QUA2]}}")
    )
    penalty_reward: dict[str, RawContrast | None] | None = Field(
        default=None, description="overall question: {items: [...], low: 5, high: 9}"
    )
    kano: dict[str, RawKano | None] | None = Field(
        default=None, description="feature: {functional: item, dysfunctional: item}"
    )
    focus: Annotated[
        RawFocus | None, BeforeValidator(widen_focus, json_schema_input_type=dict[str, str | bool | dict[str, float]])
    ] = Field(default=None, description='nested subsets by rules: {valued: "profit > 0", value: profit}')
    behaviour: dict[str, RawBehaviour | None] | None = Field(
        default=None, description='what follows from a score: {retained: {outcome: "stay == 1", on: Satisfaction}}'
    )
    states: Annotated[RawStates | None, BeforeValidator(widen_drivers, json_schema_input_type=bool | RawStates)] = (
        Field(default=None, description="moves of a panel between states of a score: {cuts: [60, 80]}")
    )
    fuzzy: Annotated[RawFuzzy | None, BeforeValidator(widen_drivers, json_schema_input_type=bool | RawFuzzy)] = Field(
        default=None, description="fuzzy comprehensive evaluation: {composition: weighted}"
    )
    report: RawReport | None = None


def json_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of a spec file, for completion and checks in an editor.

    Save it and begin a spec file with ``# yaml-language-server: $schema=csi.schema.json``.

    Returns
    -------
    dict of str to Any
        The schema.
    """
    schema = RawSpec.model_json_schema(mode="validation")
    schema["properties"]["csi"] = {"const": 1, "description": "version of this grammar"}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "csimodels spec file",
        **{k: v for k, v in schema.items() if k != "title"},
        "required": ["csi"],
    }

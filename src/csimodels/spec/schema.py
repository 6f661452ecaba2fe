"""The grammar of a spec file as pydantic models; nothing of this leaves :mod:`csimodels.spec`.

Short forms (a text for ``{en: text}``, a list of item names, a construct's name for the index) are widened before
validation, so that the rest of the code sees one form of everything.  Every field may be left out or null.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainValidator
from pydantic_core import PydanticCustomError

from csimodels.spec.estimators import EstimatorName, MissingRule
from csimodels.spec.model import (
    BOOTSTRAP_ONLY,
    InteractionWay,
    IntervalKind,
    LoneStrata,
    Period,
    SimpleKind,
    UncertaintyMethod,
    UncertaintySpec,
)
from csimodels.spec.nodes import Plain
from csimodels.spec.schema_decisions import (
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
from csimodels.spec.schema_desk import HierarchyField, RawEffort


class _Raw(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


def widen_text(value: Plain) -> Plain:
    """``"Image"`` -> ``{"en": "Image"}``."""
    return {"en": value} if isinstance(value, str) else value


def widen_names(value: Plain) -> Plain:
    """``["A", "B"]`` -> ``{"A": None, "B": None}``; elements that are no text are reported by ``validate``."""
    return {name: None for name in value if isinstance(name, str)} if isinstance(value, list) else value


def widen_index(value: Plain) -> Plain:
    """``"Satisfaction"`` -> ``{"construct": "Satisfaction"}``."""
    return {"construct": value} if isinstance(value, str) else value


def widen_codes(value: Plain) -> Plain:
    """``[98, 99]`` or ``98`` -> ``{"all": [98, 99]}``; one code of an item -> a list of one."""
    if isinstance(value, dict):
        return {key: _as_list(codes) for key, codes in value.items()}
    return value if value is None else {"all": _as_list(value)}


def _as_list(value: Plain) -> Plain:
    return [value] if isinstance(value, (str, int, float)) and not isinstance(value, bool) else value


def widen_wave(value: Plain) -> Plain:
    """``"year"`` -> ``{"column": "year"}``."""
    return {"column": value} if isinstance(value, str) else value


def widen_by(value: Plain) -> Plain:
    """``"bank"``, ``["bank", {"when": "month"}]`` -> ``{"bank": None, "when": "month"}``."""
    if isinstance(value, str):
        return {value: None}
    if not isinstance(value, list):
        return value
    done: dict[str, Plain] = {}
    for part in value:
        done |= part if isinstance(part, dict) else {part: None} if isinstance(part, str) else {}
    return done


#: Where a rule in words stands among the columns of `where`: a control character, which no name may hold.
RULE = "\x00"


def widen_where(value: Plain) -> Plain:
    """``{"year": 2026}`` -> ``{"year": [2026]}``; a rule in words stands under a name that no column has."""
    if isinstance(value, str):
        return {RULE: [value]}
    if not isinstance(value, dict):
        return value
    return {name: part if part is None or isinstance(part, list) else [part] for name, part in value.items()}


def widen_labels(value: Plain) -> Plain:
    """Labels of a column: ``en`` and ``zh`` that are texts name the column itself, which stands under ``""``."""
    if isinstance(value, str):
        return {"": {"en": value}}
    if not isinstance(value, dict):
        return value
    own: dict[str, Plain] = {key: text for key, text in value.items() if key in ("en", "zh") and isinstance(text, str)}
    rest = {key: text for key, text in value.items() if key not in own}
    return {"": own, **rest} if own else rest


def widen_parameter(value: Plain) -> Plain:
    """``0.5`` -> ``{"value": 0.5}``, ``"free"`` -> ``{}``, ``"a"`` -> ``{"label": "a"}``."""
    if isinstance(value, str):
        return {} if value == "free" else {"label": value}
    return {"value": value} if isinstance(value, (int, float)) and not isinstance(value, bool) else value


def check_code(value: Plain) -> float | str:
    """A number as float, a text as it is."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise PydanticCustomError("code_type", "Input should be a number or a text")
    if isinstance(value, int) and (abs(value) > 1e300 or int(float(value)) != value):
        raise PydanticCustomError("code_size", "Input loses digits as a number")
    return value if isinstance(value, str) else float(value)


class RawText(_Raw):
    """A text in English and Chinese."""

    en: str | None = Field(default=None, description="English text")
    zh: str | None = Field(default=None, description="Chinese text (简体中文)")


Number = Annotated[float, Field(allow_inf_nan=True)]
Code = Annotated[float | str, PlainValidator(check_code, json_schema_input_type=float | str)]
TextField = Annotated[RawText | None, BeforeValidator(widen_text, json_schema_input_type=str | RawText)]
Names = Annotated[list[str] | None, BeforeValidator(_as_list, json_schema_input_type=str | list[str])]
Scale = Annotated[list[Number], Field(min_length=2, max_length=2)]


class RawCell(_Raw):
    """One answer of a question whose cells hold several."""

    column: str | None = Field(default=None, description="column of the cells")
    contains: Code | None = Field(default=None, description="the answer, as it stands in the cells")
    separator: str | None = Field(default=None, description="mark between two answers; found out where left out")
    empty: Literal["none", "missing"] | None = Field(
        default=None, description="an empty cell: none of the answers (0, default), or missing"
    )


class RawItem(_Raw):
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


class RawConstruct(_Raw):
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


class RawIndex(_Raw):
    """Which construct is the index, and whose weights it takes."""

    target: str | None = Field(default=None, alias="construct", description="construct; Satisfaction where left out")
    weights: Literal["own", "pooled", "equal", "fixed"] | None = Field(
        default=None, description="own: each group's (default); pooled: all groups together; equal; fixed: see `fixed`"
    )
    fixed: dict[str, Number] | None = Field(default=None, description="unstandardised weight of each item")


class RawParameter(_Raw):
    """A parameter of a covariance structure model: fixed at a value, or free, equal to all others with its label."""

    value: Number | None = Field(default=None, description="fixes the parameter")
    label: str | None = Field(default=None, description="parameters with the same label are held equal")


ParameterField = Annotated[
    RawParameter | None, BeforeValidator(widen_parameter, json_schema_input_type=float | str | RawParameter)
]


class RawDesign(_Raw):
    """How the sample was drawn."""

    strata: str | None = Field(default=None, description="column of the strata")
    cluster: str | None = Field(default=None, description="column of the primary sampling units")
    fpc: str | None = Field(
        default=None, description="column: primary sampling units of the stratum in the population, or share sampled"
    )
    lone_strata: LoneStrata | None = Field(
        default=None, description="a stratum with one unit: refuse (default), certainty, adjust or average"
    )
    panel: str | None = Field(default=None, description="column that identifies respondents from wave to wave")


class RawReplicates(_Raw):
    """Columns of replicate weights that came with the data."""

    columns: Names = Field(default=None, description="names; rw* takes every column whose name begins with rw")
    kind: Literal["brr", "fay", "jk1", "jkn", "bootstrap"] | None = Field(
        default=None, description="how they were made; bootstrap where left out"
    )
    fay: Number | None = Field(default=None, description="factor of Fay's method, between 0 and 1")
    scale: Number | None = Field(default=None, description="factor of the sum of squares, where not the usual of kind")
    rscales: list[Number] | None = Field(default=None, description="factor of each replicate; needed by jkn")


CodesField = Annotated[
    dict[str, list[Code]] | None,
    BeforeValidator(widen_codes, json_schema_input_type=list[Code] | dict[str, Code | list[Code]]),
]


class RawWave(_Raw):
    """The column of the waves."""

    column: str | None = Field(default=None, description="column of the years, quarters ...")
    current: Code | None = Field(default=None, description="wave of headline and drivers; the latest where left out")
    period: Period | None = Field(default=None, description="forms periods of dates: year, quarter, month")


class RawData(_Raw):
    """Where the answers are and how to read them."""

    file: str | None = Field(default=None, description="data file, relative to this spec file")
    sheet: str | None = Field(default=None, description="sheet of a workbook")
    encoding: str | None = Field(default=None, description="for example utf-8 or gb18030; found out where left out")
    separator: str | None = Field(default=None, description="one character; found out where left out")
    columns: dict[str, str] | None = Field(default=None, description="item: column, where the names differ")
    missing_codes: CodesField = Field(default=None, description="codes of no answer; by item: key `all` for the rest")
    missing_reasons: (
        dict[
            Literal["dont_know", "refused", "not_asked"],
            Annotated[list[Code] | None, BeforeValidator(_as_list, json_schema_input_type=Code | list[Code])],
        ]
        | None
    ) = Field(default=None, description="missing codes by what they mean: {dont_know: 98, refused: 99, not_asked: 97}")
    out_of_range: Literal["error", "missing"] | None = Field(
        default=None, description="answers outside the scale: error (default) or missing (counted)"
    )
    weight: str | None = Field(default=None, description="column of the sampling weight")
    weight_missing: Literal["error", "drop"] | None = Field(
        default=None, description="rows without a weight: error (default), or drop (counted)"
    )
    by: Annotated[
        dict[str, Period | None] | None,
        BeforeValidator(widen_by, json_schema_input_type=str | list[str] | dict[str, Period | None]),
    ] = Field(default=None, description="column or columns of the groups: one fit each; {when: month} forms periods")
    wave: Annotated[RawWave | None, BeforeValidator(widen_wave, json_schema_input_type=str | RawWave)] = Field(
        default=None, description="column of the waves: compared with one another, never pooled in a headline"
    )
    value_labels: Literal["names", "codes"] | None = Field(
        default=None, description="groups of a .sav or .dta file by their value labels (default) or their codes"
    )
    where: Annotated[
        dict[str, list[Code] | None] | None,
        BeforeValidator(widen_where, json_schema_input_type=str | dict[str, Code | list[Code]]),
    ] = Field(default=None, description='only these rows: {column: value or list}, or a rule: "age >= 18 and sex != 9"')
    design: RawDesign | None = None
    replicate_weights: RawReplicates | None = None
    rake: dict[str, dict[str, Number] | None] | None = Field(
        default=None, description="column: {category: share}; the weights are adjusted to these shares"
    )
    rake_bounds: list[Number] | None = Field(
        default=None, description="least and greatest factor that raking may give a weight: [0.3, 3]"
    )


LabelsField = Annotated[
    dict[str, TextField] | None,
    BeforeValidator(widen_labels, json_schema_input_type=str | dict[str, str | RawText]),
]


class RawRollup(_Raw):
    """Carrying group results up."""

    levels: list[str] | None = Field(default=None, description="columns from the lowest level to the highest")
    weights: str | None = Field(default=None, description="file of weights, relative to this spec file")
    adjust: Literal["holm", "bh", "none"] | None = Field(
        default=None, description="p-values of several comparisons: Holm (default), Benjamini-Hochberg, as they are"
    )


class RawEstimate(_Raw):
    """Estimator and settings."""

    estimator: EstimatorName | None = None
    scheme: Literal["path", "factorial", "centroid"] | None = Field(
        default=None, description="inner weights of PLS; path"
    )
    missing: MissingRule | None = Field(default=None, description="missing answers; fiml with ml only")
    tol: Number | None = Field(default=None, description="largest change of a weight at convergence; default 1e-7")
    max_iter: int | None = Field(default=None, description="most iterations; default 300")
    on_nonconvergence: Literal["error", "warn"] | None = None
    errors: Literal["expected", "observed", "mlm", "mlr"] | None = Field(
        default=None, description="standard errors of ml: by information, or robust"
    )
    identification: Literal["marker", "std_lv"] | None = Field(
        default=None, description="scale of the constructs under ml: first loading 1 (default), or variance 1"
    )
    higher_order: Literal["disjoint", "embedded", "repeated"] | None = Field(
        default=None,
        description="constructs made of others under pls, plsc: two stages (default disjoint), or repeated items",
    )
    interactions: InteractionWay | None = Field(
        default=None, description="products of constructs: two_stage (default), product_indicator, orthogonal"
    )
    unasked_items: Literal["refuse", "leave_out"] | None = Field(
        default=None, description="an item nobody of a group answered: refuse the group (default), or leave it out"
    )


class RawUncertainty(_Raw):
    """How intervals are made."""

    method: UncertaintyMethod | None = None
    replicates: int | None = Field(default=None, description=f"at least 2; default {UncertaintySpec().replicates}")
    seed: int | None = Field(default=None, description="seed of the random numbers; default 1")
    interval: IntervalKind | None = Field(default=None, description="of the bootstrap; percentile where left out")
    level: Number | None = Field(default=None, description="confidence level between 0 and 1; default 0.95")
    draw: Literal["multinomial", "poisson"] | None = Field(default=None, description="how the bootstrap draws rows")


def meant(chosen: RawUncertainty) -> UncertaintyMethod:
    """The method of a section that may not name it: settings of the bootstrap mean the bootstrap."""
    if chosen.method is not None:
        return chosen.method
    stated = any(getattr(chosen, key) is not None for key in BOOTSTRAP_ONLY)
    return "bootstrap" if stated else UncertaintySpec().method


class RawCuts(_Raw):
    """Where the quadrants of the drivers are split."""

    importance: Literal["mean", "median"] | Number | None = Field(
        default=None, description="mean (default) or median of the drivers, or a number of points"
    )
    performance: Literal["mean", "median"] | Number | None = Field(
        default=None, description="mean (default) or median of the drivers, or a level of the 0-100 index"
    )


def _for_both(value: Plain) -> Plain:
    """One word for both axes."""
    return {"importance": value, "performance": value} if isinstance(value, str) else value


class RawReport(_Raw):
    """Languages and formats of the report."""

    languages: Annotated[
        list[Literal["en", "zh"]] | None,
        BeforeValidator(_as_list, json_schema_input_type=str | list[Literal["en", "zh"]]),
    ] = None
    formats: Annotated[
        list[Literal["html", "xlsx", "pdf", "docx", "pptx"]] | None,
        BeforeValidator(_as_list, json_schema_input_type=str | list[Literal["html", "xlsx", "pdf", "docx", "pptx"]]),
    ] = None
    answers: bool | None = Field(default=None, description="describe the answers to every question; default false")
    reviewer: bool | None = Field(
        default=None, description="store what a reviewer asks for: fit, prediction, validity; default false"
    )
    cuts: Annotated[
        RawCuts | None, BeforeValidator(_for_both, json_schema_input_type=Literal["mean", "median"] | RawCuts)
    ] = Field(default=None, description="where the quadrants of the drivers are split: mean (default), median, or each")


class RawSimpleIndex(_Raw):
    """An index beside the model's own."""

    kind: SimpleKind | None = Field(default=None, description="how it is computed from the answers")
    item: str | None = Field(default=None, description="the item; several: items")
    items: Names = Field(default=None, description="items; of a gap: perception, expectation")
    levels: Annotated[list[Number] | None, BeforeValidator(_as_list, json_schema_input_type=float | list[float])] = (
        Field(default=None, description="answers that count, or how many levels a box holds")
    )
    weights: dict[str, Number] | None = Field(default=None, description="weight of each item; equal where left out")
    values: list[Number] | None = Field(default=None, description="value of each answer, from the lowest up")
    cuts: list[Number] | None = Field(default=None, description="highest answer of a detractor, lowest of a promoter")
    among: (
        dict[str, Annotated[list[Number] | None, BeforeValidator(_as_list, json_schema_input_type=float | list[float])]]
        | None
    ) = Field(default=None, description="only respondents with these answers to another item: {COMP: 1}")
    label: TextField = Field(default=None, description="name shown to readers")


def widen_control(value: Plain) -> Plain:
    """``"Satisfaction"`` or a list of constructs -> ``{"to": [...]}``."""
    return {"to": value} if isinstance(value, (str, list)) else value


class RawControl(_Raw):
    """A covariate: an item of no construct that leads to constructs."""

    to: Names = Field(default=None, description="constructs that it leads to")
    nominal: bool | None = Field(default=None, description="true: its answers are kinds, each with an effect")
    reference: Code | None = Field(default=None, description="the kind that others are compared with; the first")


ControlField = Annotated[
    RawControl | None, BeforeValidator(widen_control, json_schema_input_type=str | list[str] | RawControl)
]


class RawSpec(_Raw):
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
    targets: dict[str, Number] | None = Field(default=None, description="level that a construct is to reach, 0 to 100")
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
    """
    schema = RawSpec.model_json_schema(mode="validation")
    schema["properties"]["csi"] = {"const": 1, "description": "version of this grammar"}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "csimodels spec file",
        **{k: v for k, v in schema.items() if k != "title"},
        "required": ["csi"],
    }

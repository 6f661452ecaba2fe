"""The grammar of the sections data, labels and rollup as pydantic models."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from csimodels.spec.file_list import ALONE, NTH
from csimodels.spec.model import (
    GroupsOfDesign,
    LoneStrata,
    Period,
)
from csimodels.spec.nodes import Plain
from csimodels.spec.schema.fields import Code, Names, Number, Raw, RawText, TextField, as_list, widen_codes


def widen_wave(value: Plain) -> Plain:
    """``"year"`` -> ``{"column": "year"}``."""
    return {"column": value} if isinstance(value, str) else value


def widen_file(value: Plain) -> Plain:
    """``"a.csv"``, ``["a.csv", "b.csv"]`` -> a mapping by keys that no wave has."""
    if isinstance(value, str):
        return {ALONE: value}
    if isinstance(value, list) and all(isinstance(part, str) for part in value):
        return {f"{NTH}{k}": part for k, part in enumerate(value)}
    return value


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


class RawDesign(Raw):
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
    groups: GroupsOfDesign | None = Field(
        default=None, description="how many units of a stratum a group has: planned (default), or met by_chance"
    )


class RawReplicates(Raw):
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


class RawWave(Raw):
    """The column of the waves."""

    column: str | None = Field(default=None, description="column of the years, quarters ...")
    current: Code | None = Field(default=None, description="wave of headline and drivers; the latest where left out")
    period: Period | None = Field(default=None, description="forms periods of dates: year, quarter, month")


class RawData(Raw):
    """Where the answers are and how to read them."""

    file: Annotated[
        dict[str, str] | None,
        BeforeValidator(widen_file, json_schema_input_type=str | list[str] | dict[str, str]),
    ] = Field(default=None, description="data file, relative to this spec file; [a, b] several; {wave: file} by wave")
    engine: Literal["auto", "memory", "duckdb", "dask", "spark"] | None = Field(
        default=None,
        description="who reads the rows: memory, duckdb, dask, spark, auto (default: duckdb for very large files)",
    )
    table: str | None = Field(default=None, description="table or view of a .duckdb file")
    memory_limit: str | None = Field(default=None, description="memory of the engine, for example 2GB (default 1GB)")
    moments: str | None = Field(default=None, description="folder of sums (csi moments), or a pattern of folders")
    sheet: str | None = Field(default=None, description="sheet of a workbook")
    encoding: str | None = Field(default=None, description="for example utf-8 or gb18030; found out where left out")
    separator: str | None = Field(default=None, description="one character; found out where left out")
    columns: dict[str, str] | None = Field(default=None, description="item: column, where the names differ")
    missing_codes: CodesField = Field(default=None, description="codes of no answer; by item: key `all` for the rest")
    missing_reasons: (
        dict[
            Literal["dont_know", "refused", "not_asked"],
            Annotated[list[Code] | None, BeforeValidator(as_list, json_schema_input_type=Code | list[Code])],
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


class RawRollup(Raw):
    """Carrying group results up."""

    levels: list[str] | None = Field(default=None, description="columns from the lowest level to the highest")
    weights: str | None = Field(default=None, description="file of weights, relative to this spec file")
    adjust: Literal["holm", "bh", "none"] | None = Field(
        default=None, description="p-values of several comparisons: Holm (default), Benjamini-Hochberg, as they are"
    )

"""The grammar of the sections estimate, uncertainty and report as pydantic models."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from csimodels.spec.estimators import EstimatorName, MissingRule
from csimodels.spec.model import (
    BOOTSTRAP_ONLY,
    InteractionWay,
    IntervalKind,
    UncertaintyMethod,
    UncertaintySpec,
)
from csimodels.spec.nodes import Plain
from csimodels.spec.schema.fields import Number, Raw, TextField, as_list

#: A page, a workbook, pages of the units, a PDF, a Word document, slides.
ReportFormat = Literal["html", "xlsx", "profiles", "pdf", "docx", "pptx"]


class RawEstimate(Raw):
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
    covariates: Literal["fixed", "random"] | None = Field(
        default=None, description="observed causes under ml as lavaan's x: fixed.x TRUE or FALSE, in measures of fit"
    )
    bounds: Literal["pos.var", "pos.ov.var", "pos.lv.var"] | None = Field(
        default=None, description="variances under ml that are kept from falling below 0: all, of items, of constructs"
    )
    higher_order: Literal["disjoint", "embedded", "repeated"] | None = Field(
        default=None,
        description="constructs made of others under pls, plsc: two stages (default disjoint), or repeated items",
    )
    interactions: InteractionWay | None = Field(
        default=None, description="products of constructs: two_stage (default), product_indicator, orthogonal"
    )
    correlations: Literal["pearson", "polychoric"] | None = Field(
        default=None, description="of the items under pls, plsc: pearson (default), or polychoric for ordered answers"
    )
    metric: Literal["standardised", "raw"] | None = Field(
        default=None, description="items under pls: standardised (default), or in their own units (raw)"
    )
    unasked_items: Literal["refuse", "leave_out"] | None = Field(
        default=None, description="an item nobody of a group answered: refuse the group (default), or leave it out"
    )


class RawUncertainty(Raw):
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


class RawCuts(Raw):
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


def _columns(value: Plain) -> Plain:
    """One column as a list of one."""
    return [value] if isinstance(value, str) else value


class RawBrand(Raw):
    """Who publishes the report, and how it looks."""

    color: str | None = Field(default=None, description="colour of headings and covers, such as '#14597f'")
    logo: str | None = Field(default=None, description="a PNG or JPEG file of at most 1 MB")
    institute: TextField = Field(default=None, description="who publishes the report")
    contact: TextField = Field(default=None, description="whom to ask")
    field_dates: TextField = Field(default=None, description="when the answers were given, in words")


class RawReport(Raw):
    """Languages and formats of the report."""

    languages: Annotated[
        list[Literal["en", "zh"]] | None,
        BeforeValidator(as_list, json_schema_input_type=str | list[Literal["en", "zh"]]),
    ] = None
    formats: Annotated[
        list[ReportFormat] | None,
        BeforeValidator(as_list, json_schema_input_type=str | list[ReportFormat]),
    ] = None
    template: str | None = Field(default=None, description="a .docx whose styles and page the text document takes")
    brand: RawBrand | None = Field(default=None, description="colour, logo, institute, contact and field dates")
    answers: bool | None = Field(default=None, description="describe the answers to every question; default false")
    reviewer: bool | None = Field(
        default=None, description="store what a reviewer asks for: fit, prediction, validity; default false"
    )
    invariance: Annotated[
        bool | list[str] | None, BeforeValidator(_columns, json_schema_input_type=bool | str | list[str])
    ] = Field(
        default=None, description="climb the ladder of invariance: true (across the waves, else the groups), or columns"
    )
    leagues: Annotated[list[str] | None, BeforeValidator(as_list, json_schema_input_type=str | list[str])] = Field(
        default=None, description="simple indices and nodes that have a section by unit, in this order; default: six"
    )
    cuts: Annotated[
        RawCuts | None, BeforeValidator(_for_both, json_schema_input_type=Literal["mean", "median"] | RawCuts)
    ] = Field(default=None, description="where the quadrants of the drivers are split: mean (default), median, or each")

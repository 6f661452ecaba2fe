"""A YAML file <-> one validated, frozen model; the library of models; lavaan syntax in and out."""

from __future__ import annotations

from csimodels.spec.dump import dump_model
from csimodels.spec.estimators import EstimatorName, MissingRule
from csimodels.spec.lavaan import from_lavaan, to_lavaan
from csimodels.spec.library import LibraryEntry, library, library_path
from csimodels.spec.load import (
    data_path,
    data_source,
    load_model,
    logo_path,
    moments_path,
    parse_model,
    rollup_path,
    template_path,
)
from csimodels.spec.model import (
    Code,
    Construct,
    DataSpec,
    DesignSpec,
    EstimateSpec,
    IndexSpec,
    IndexWeights,
    IntervalKind,
    Item,
    Margin,
    Measured,
    Mode,
    Model,
    Operator,
    Parameter,
    ReplicateSpec,
    ReportSpec,
    RollupSpec,
    Text,
    UncertaintyMethod,
    UncertaintySpec,
)
from csimodels.spec.rules import missing_rule, moments_rule
from csimodels.spec.schema import json_schema

__all__ = [
    "Code",
    "Construct",
    "DataSpec",
    "DesignSpec",
    "EstimateSpec",
    "EstimatorName",
    "IndexSpec",
    "IndexWeights",
    "IntervalKind",
    "Item",
    "LibraryEntry",
    "Margin",
    "Measured",
    "MissingRule",
    "Mode",
    "Model",
    "Operator",
    "Parameter",
    "ReplicateSpec",
    "ReportSpec",
    "RollupSpec",
    "Text",
    "UncertaintyMethod",
    "UncertaintySpec",
    "data_path",
    "data_source",
    "dump_model",
    "from_lavaan",
    "json_schema",
    "library",
    "library_path",
    "load_model",
    "logo_path",
    "missing_rule",
    "moments_path",
    "moments_rule",
    "parse_model",
    "rollup_path",
    "template_path",
    "to_lavaan",
]

"""A YAML file <-> one validated, frozen model; the library of models; lavaan syntax in and out.

The two functions of lavaan's syntax load when they are first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from csimodels.lazy import names_on_use
from csimodels.spec.dump import dump_model
from csimodels.spec.estimators import EstimatorName, MissingRule
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

if TYPE_CHECKING:
    from csimodels.spec.lavaan import from_lavaan, to_lavaan

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

__getattr__ = names_on_use(__name__, {"csimodels.spec.lavaan": "from_lavaan to_lavaan"})

"""Keywords of a study as entries of its spec, so that the model holds every choice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from csimodels.arguments import shown
from csimodels.errors import Problem, SpecError, listed, nearest
from csimodels.estimate import CLASSES
from csimodels.infer import Bootstrap, Jackknife, Linearised, ReplicateWeights
from csimodels.messages import Message, joined

FROM_SPEC = "from the spec"
_METHODS = ("auto", "bootstrap", "jackknife", "linearised", "replicate_weights", "none")

#: Levels of lists and mappings that an option may have.
_DEEPEST = 20


def refuse_columns(**given: Any) -> None:
    """Values where the name of a column is meant."""
    problems = [
        Problem(
            Message("{keyword} must be the name of a column", keyword=keyword),
            keyword,
            type(value).__name__,
            "text",
            "put the values into a column of the data, and name it",
        )
        for keyword, value in given.items()
        if value is not None and not isinstance(value, str)
    ]
    if problems:
        raise SpecError(problems)


def present(**values: Any) -> dict[str, Any]:
    """The keywords that were given, as plain YAML values."""
    return {name: _plain(value) for name, value in values.items() if value is not None}


def _plain(value: Any, depth: int = 0) -> Any:
    """Containers as plain ones; what lies deeper than any option is shown as text, which every option refuses."""
    if depth > _DEEPEST:
        return {shown(value): None}
    if isinstance(value, Mapping):
        return {str(k): _plain(v, depth + 1) for k, v in value.items()}
    if isinstance(value, (str, bytes)):
        return value
    if isinstance(value, Sequence):
        return [_plain(v, depth + 1) for v in value]
    return value.item() if isinstance(value, np.generic) else value


def estimate_options(estimator: object, options: dict[str, Any]) -> dict[str, Any]:
    """The entries of `estimate` that an estimator, or its name, and other options stand for."""
    if estimator is None:
        return options
    if isinstance(estimator, str):
        return options | {"estimator": estimator}
    if isinstance(estimator, CLASSES):
        return estimator.settings() | options
    problem = Problem("unknown estimator", "estimator", shown(estimator), "PLS(...), PLSc(...), ML(...), Semopy()")
    raise SpecError(problem)


def uncertainty_options(uncertainty: object) -> dict[str, Any]:
    """The entries of `uncertainty` that a method, its name or None stands for."""
    if uncertainty is None:
        return {"method": "none"}
    if isinstance(uncertainty, Bootstrap):
        return {"method": "bootstrap", **asdict(uncertainty)}
    for name, kind in (("jackknife", Jackknife), ("linearised", Linearised), ("replicate_weights", ReplicateWeights)):
        if isinstance(uncertainty, kind):
            return {"method": name, "level": uncertainty.level}
    if isinstance(uncertainty, str) and uncertainty in (FROM_SPEC, *_METHODS):
        return {} if uncertainty == FROM_SPEC else {"method": uncertainty}
    also = Message("in Python also Bootstrap(...), Jackknife(...), Linearised(...), None")
    allowed = joined([listed(_METHODS, 9), also])
    hint = nearest(uncertainty, _METHODS) if isinstance(uncertainty, str) else ""
    raise SpecError(Problem("unknown uncertainty", "uncertainty", shown(uncertainty), allowed, hint))


def replicate_weight_keys(uncertainty: object) -> dict[str, Any]:
    """The data keys that a `ReplicateWeights` with columns stands for."""
    if not isinstance(uncertainty, ReplicateWeights):
        return {}
    if uncertainty.columns is None:
        _refuse_lost(uncertainty)
        return {}
    columns = _plain([uncertainty.columns] if isinstance(uncertainty.columns, str) else uncertainty.columns)
    keys: dict[str, Any] = {"columns": columns, "kind": uncertainty.kind}
    if uncertainty.fay:
        keys["fay"] = uncertainty.fay
    if uncertainty.scale is not None:
        keys["scale"] = uncertainty.scale
    if uncertainty.rscales:
        keys["rscales"] = list(uncertainty.rscales)
    return {"replicate_weights": keys}


def _refuse_lost(weights: ReplicateWeights) -> None:
    """Settings without columns, where all of them are those of the spec."""
    usual = asdict(ReplicateWeights())
    lost = [name for name, value in asdict(weights).items() if name != "level" and value != usual[name]]
    if lost:
        what = Message(
            "ReplicateWeights without columns takes the settings of the spec, and {names} would be lost",
            names=listed(lost),
        )
        remedy = 'name the columns too, for example columns="rw*", or leave these out'
        raise SpecError(Problem(what, "uncertainty", remedy=remedy))


def index_options(weights: str | Mapping[str, float] | None) -> dict[str, Any]:
    """The entries of `index` that a rule, or fixed weights by item, stands for."""
    if isinstance(weights, Mapping):
        return {"weights": "fixed", "fixed": _plain(weights)}
    return present(weights=weights)

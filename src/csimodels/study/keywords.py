"""Keywords of a study as entries of its spec, so that the model holds every choice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np
import pandas as pd

from csimodels.arguments import shown
from csimodels.errors import Problem, SpecError, listed, nearest
from csimodels.estimate import CLASSES
from csimodels.infer import Bootstrap, Jackknife, Linearised, ReplicateWeights
from csimodels.messages import Message, joined

FROM_SPEC = "from the spec"
_METHODS = ("auto", "bootstrap", "jackknife", "linearised", "replicate_weights", "none")

#: Levels of lists and mappings that an option may have.
_DEEPEST = 20
#: More texts than this in an array are values of rows, not names of columns.
_MOST_NAMES = 20


@dataclass(frozen=True)
class Reading:
    """How the rows are read: the keywords of a study, and of whatever makes one, that become its section `data`.

    Attributes are those of :class:`~csimodels.Study`, None where nothing was given.
    """

    columns: Mapping[str, str] | None = None
    missing_codes: Sequence[float | str] | Mapping[str, Sequence[float | str]] | None = None
    weight: str | None = None
    by: str | Sequence[str] | Mapping[str, str | None] | None = None
    wave: str | Mapping[str, float | str] | None = None
    where: Mapping[str, float | str | Sequence[float | str]] | str | None = None
    design: Mapping[str, str] | None = None

    def given(self) -> dict[str, Any]:
        """The keywords that were given, as they were given."""
        return {name: value for name, value in vars(self).items() if value is not None}

    def options(self) -> dict[str, Any]:
        """The entries of `data` that they stand for."""
        return present(**vars(self))


def refuse_values(reading: Reading, index_weights: object) -> None:
    """Refuse values of rows where the name of a column, a rule or a mapping is meant.

    Raises
    ------
    SpecError
    """
    mappings = {
        "columns": (reading.columns, '{"Q1": "V17"}'),
        "design": (reading.design, '{"cluster": "branch"}'),
        "index_weights": (index_weights, '{"S1": 0.4, "S2": 0.6}'),
    }
    where: object = reading.where
    problems = []
    names: dict[str, object] = {"weight": reading.weight, "by": reading.by, "wave": reading.wave}
    for keyword, value in names.items():
        plain = isinstance(value, str) if keyword == "weight" else not _of_rows(value) or _are_names(value)
        if value is not None and not plain:
            remedy: str = Message("put the values into a column of the data, and name it")
            if isinstance(name := getattr(value, "name", None), str):
                remedy = Message("write {value}, if the data has this column", value=f'{keyword}="{name}"')
            what: str = Message("{keyword} must be the name of a column", keyword=keyword)
            problems.append(Problem(what, keyword, type(value).__name__, "text", remedy))
    if _of_rows(where) or (isinstance(where, (list, tuple)) and where and all(isinstance(v, bool) for v in where)):
        what, allowed = "where must be a rule or a mapping", Message("{column: value or list}, or a rule")
        remedy = Message("pass data[mask], the rows themselves; or write a rule: {rule}", rule='where="age >= 18"')
        problems.append(Problem(what, "where", type(where).__name__, allowed, remedy))
    for keyword, (value, example) in mappings.items():
        if _of_rows(value):
            what = Message("{keyword} must be a mapping", keyword=keyword)
            remedy = Message("for example {example}", example=f"{keyword}={example}")
            if hasattr(value, "to_dict") and keyword != "design":
                remedy = Message("pass {value}", value=f"{keyword}=dict({keyword})")
            problems.append(Problem(what, keyword, type(value).__name__, "", remedy))
    if problems:
        raise SpecError(problems)


def _are_names(value: Any) -> bool:
    """Whether an array holds a few different texts, as names of columns are."""
    texts = list(value) if getattr(value, "ndim", 1) == 1 else []
    return 0 < len(texts) <= _MOST_NAMES and all(isinstance(t, str) for t in texts) and len(set(texts)) == len(texts)


def _of_rows(value: object) -> bool:
    """Whether a value is an array, a Series or the like; a plain list, and an Index of names, may be names."""
    own = isinstance(value, (np.ndarray, pd.Series, pd.Categorical, pd.api.extensions.ExtensionArray))
    return own or type(value).__module__.partition(".")[0] in ("polars", "pyarrow")


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
    columns = [uncertainty.columns] if isinstance(uncertainty.columns, str) else uncertainty.columns
    keys: dict[str, Any] = {"columns": _listed(columns), "kind": uncertainty.kind}
    stated = [name for name in ("fay", "scale", "rscales") if _set(uncertainty, name)]
    keys |= {name: _listed(getattr(uncertainty, name)) for name in stated}
    return {"replicate_weights": keys}


def _set(weights: ReplicateWeights, name: str) -> bool:
    """Whether a setting is not the usual one; arrays, `pd.NA` and the like compare to no truth value, and are not."""
    value, usual = getattr(weights, name), getattr(ReplicateWeights(), name)
    return not isinstance(value, (int, float, str, tuple, type(None))) or value != usual


def _listed(value: Any) -> Any:
    """Arrays and columns of tables as lists, which the checks of a spec know."""
    return value.tolist() if isinstance(value, (np.ndarray, pd.Series, pd.Index)) else _plain(value)


def _refuse_lost(weights: ReplicateWeights) -> None:
    """Settings without columns, where all of them are those of the spec."""
    lost = [field.name for field in fields(weights) if field.name != "level" and _set(weights, field.name)]
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

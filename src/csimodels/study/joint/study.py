"""The study behind groups that are fitted together: the spec's model by an estimator of covariance structures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from csimodels.spec import EstimateSpec, Model, load_model
from csimodels.study.joint.data import kind_of, refuse_errors_of
from csimodels.study.keywords import Reading
from csimodels.study.study import Study


def joint_study(
    model: str | Path | Model, data: Any, reading: Reading, given: EstimateSpec, errors: str | None
) -> Study:
    """The study, by the estimator that is `given` in the spec or ``ml`` where it has no groups together.

    Raises
    ------
    SpecError
        Such an estimator does not have the `errors` asked for.
    """
    kind = kind_of(given)
    refuse_errors_of(kind, errors)
    overrides = {"estimate": {"estimator": kind, "missing": None, "errors": None}}
    return Study(load_model(model, overrides=overrides), data, uncertainty=None, **reading.given())

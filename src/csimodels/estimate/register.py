"""From the section `estimate` of a spec to the estimator that it asks for."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from csimodels.estimate.means import Means
from csimodels.estimate.ml import FIML, ML
from csimodels.estimate.pls import PLS
from csimodels.estimate.plsc import PLSc
from csimodels.estimate.semopy_peer import Semopy
from csimodels.spec.estimators import EstimatorName
from csimodels.spec.model import EstimateSpec

#: Whatever an estimator of the spec may be.
Kind = PLS | PLSc | ML | FIML | Semopy | Means

#: The class behind each name of the register, and what it is told of the name.
_CLASSES: dict[EstimatorName, tuple[type[PLS] | type[PLSc] | type[ML] | type[Semopy] | type[Means], dict[str, str]]] = {
    "pls": (PLS, {}),
    "plsc": (PLSc, {}),
    "ml": (ML, {}),
    "uls": (ML, {"discrepancy": "uls"}),
    "gls": (ML, {"discrepancy": "gls"}),
    # generalised least squares until the weight matrix is known, which comes from the rows
    "wls": (ML, {"discrepancy": "gls"}),
    "dwls": (ML, {"discrepancy": "gls"}),
    "semopy": (Semopy, {}),
    "means": (Means, {}),
}

#: Estimators that a user may pass.
CLASSES = (PLS, PLSc, ML, Semopy)


def make_estimator(spec: EstimateSpec, rule: str) -> Kind:
    """The estimator that `spec` asks for, with its settings; those left out are the estimator's own.

    Parameters
    ----------
    spec : EstimateSpec
    rule : str
        The missing rule in use: under ``fiml`` the casewise likelihood takes the place of the moments.
    """
    made, told = _CLASSES[spec.estimator]
    stated = {field.name: getattr(spec, field.name, None) for field in fields(made)}
    given: dict[str, Any] = {key: value for key, value in stated.items() if value is not None}
    estimator = made(**(given | told))
    return FIML(estimator) if rule == "fiml" and isinstance(estimator, ML) else estimator

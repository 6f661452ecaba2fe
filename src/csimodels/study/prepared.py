"""What the options of a spec come to once the answers are known: missing rule, estimator, uncertainty."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from csimodels.errors import DataError, Problem, SpecError
from csimodels.estimate import FIML, ML
from csimodels.estimate.ml.cases import Cases
from csimodels.infer import Jackknife, Linearised
from csimodels.messages import Message
from csimodels.moments.linalg import safe_inverse
from csimodels.spec import EstimatorName, MissingRule, Model, missing_rule
from csimodels.spec.model import COVARIANCE_BASED
from csimodels.study.groups import Group
from csimodels.study.options import Auto, Kind, Uncertainty, estimator_of, uncertainty_of
from csimodels.survey import Survey

#: Missing rules under which each kind of covariance structure has valid errors and tests; the usual one first.
RULES_OF: dict[EstimatorName, tuple[MissingRule, ...]] = {
    "ml": ("em", "fiml", "listwise"),
    "semopy": ("em", "listwise"),
    "uls": ("listwise",),
    "gls": ("listwise",),
    "wls": ("listwise",),
}


def rule_for(model: Model, survey: Survey) -> MissingRule:
    """The missing rule; where no answer is missing all rules are one, and the plain one is the quickest.

    Raises
    ------
    DataError
        A covariance structure is asked for under a rule that its errors and tests do not hold for.
    """
    rule = missing_rule(model)
    if model.estimate.estimator not in COVARIANCE_BASED:
        return rule
    holes = int(np.isnan(survey.x).sum())
    if not holes:
        return "listwise"
    allowed = RULES_OF[model.estimate.estimator]
    if rule not in allowed:
        what = f"errors and tests of {model.estimate.estimator} are not valid under this missing rule"
        remedy = f"choose missing: {allowed[0]}" + (", or estimator: ml" if allowed == ("listwise",) else "")
        raise DataError(Problem(what, "missing", f"{rule}, with {holes} missing answers", ", ".join(allowed), remedy))
    return rule


def estimator_for(model: Model, groups: Sequence[Group], rule: MissingRule) -> Kind:
    """The estimator, with the weight matrix of ``wls`` made from the rows.

    Raises
    ------
    SpecError, DataError
        ``wls`` with several groups, incomplete rows, or fewer rows than moments.
    """
    estimator = estimator_of(model)
    if isinstance(estimator, FIML) and rule == "listwise":
        estimator = estimator.ml
    if model.estimate.estimator != "wls":
        return estimator
    assert isinstance(estimator, ML)
    if len(groups) > 1:
        what = "wls takes its weight matrix from the answers of one group"
        raise SpecError(Problem(what, "by", f"{len(groups)} groups", remedy="keep one group with where:, or choose ml"))
    rows = groups[0].rows
    if rule != "listwise":
        raise DataError(
            Problem("wls needs complete rows", "missing", rule, "listwise", "choose missing: listwise, or ml")
        )
    p = len(rows.items)
    moments = p * (p + 1) // 2
    if rows.n <= moments:
        what = "wls needs more respondents than there are variances and covariances"
        raise DataError(
            Problem(what, groups[0].name, f"{rows.n} rows", f"more than {moments}", "choose ml, gls or uls")
        )
    gamma = Cases.of(rows.x[rows.kept], weights=rows.weights).gamma(means=False)
    return replace(estimator, discrepancy="wls", weight=safe_inverse(gamma)[0])


def method_for(model: Model, rule: MissingRule) -> tuple[Uncertainty | None, list[Message]]:
    """How intervals are made, and notes where ``auto`` means something else than usual.

    Raises
    ------
    SpecError
        The method cannot be had with this estimator.
    """
    method = uncertainty_of(model)
    if model.estimate.estimator == "semopy" and method is not None:
        if isinstance(method, Auto):
            text = "semopy is a second opinion on estimates: no intervals (write uncertainty: to have them)"
            return None, [Message(text)]
        return method, []
    if rule == "fiml" and isinstance(method, Linearised):
        what = "linearised errors go through means and covariances, which fiml does not"
        remedy = "choose jackknife or bootstrap, or missing: em"
        raise SpecError(Problem(what, "uncertainty", "linearised with missing: fiml", remedy=remedy))
    if rule == "fiml" and isinstance(method, Auto):
        return Jackknife(method.level), []
    if model.estimate.estimator == "wls" and method is not None:
        text = "wls: intervals keep the weight matrix of all respondents; its own error is not in them"
        return method, [Message(text)]
    return method, []

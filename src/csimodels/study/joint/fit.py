"""All groups of a survey in one covariance structure, with parameters fixed, free or equal in single groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from csimodels.arguments import is_one_of, known_keywords, shown
from csimodels.errors import UNUSABLE, EstimationError, Problem, SpecError
from csimodels.estimate import Design
from csimodels.estimate.ml.joint import Joint, fit_jointly
from csimodels.messages import Message, about
from csimodels.moments.threads import single_blas
from csimodels.spec import Model
from csimodels.study.joint.data import (
    doubts,
    estimate_of,
    for_groups,
    joint_data,
    kind_of,
    refuse_groups,
    refuse_options,
)
from csimodels.study.joint.origin import Origin
from csimodels.study.joint.result import GroupFit
from csimodels.study.joint.study import joint_study
from csimodels.study.keywords import Reading


@known_keywords
def fit_groups(
    model: str | Path | Model,
    data: Any = None,
    *,
    by: str | Sequence[str] | None = None,
    equal: Sequence[str] = (),
    free: Sequence[str] = (),
    errors: str | None = None,
    missing: str = "fiml",
    columns: Mapping[str, str] | None = None,
    missing_codes: Sequence[float | str] | Mapping[str, Sequence[float | str]] | None = None,
    weight: str | None = None,
    where: Mapping[str, float | str] | None = None,
    design: Mapping[str, str] | None = None,
) -> GroupFit:
    """One covariance structure of all groups, with the spec's statements on single groups.

    The section `parameters` may say of a parameter ``{groups: {A: 0.8, B: free}}`` (a group that is not named has what
    the model has without the statement), or ``[0.8, free]`` in the order of the groups, lavaan's ``c(0.8, NA)``.
    Labels are common to all groups: ``[a, a, b]`` holds two groups equal.  The spec's estimator is taken, ``ml`` where
    it is none of ``ml``, ``gls``, ``uls``, ``wls`` and ``dwls``.

    Parameters
    ----------
    model : Model, str or Path
        A model, a library name or a spec file.
    data : path or frame, optional
        As for :class:`~csimodels.Study`.
    by : str or list of str, optional
        Group column(s); the spec's by default.
    equal : list of str, optional
        What is held equal in all groups, in the words of lavaan's ``group.equal``: ``loadings``, ``intercepts``,
        ``residuals``, ``regressions``, ``means``, ``residual.covariances``, ``lv.variances``, ``lv.covariances``.
    free : list of str, optional
        Parameters that are not held equal all the same: ``["Image =~ IMAG2"]``.
    errors : {"expected", "observed", "mlm", "mlr"}, optional
        None: those that the sample allows.
    missing : {"fiml", "listwise"}
        Answers as they are, or complete rows only.
    columns, missing_codes, weight, where, design : optional
        As for :class:`~csimodels.Study`.

    Returns
    -------
    GroupFit
        Parameters, fit, effects, residuals, modification indices, latent means; ``save(folder)`` publishes them.

    Raises
    ------
    SpecError, DataError
        Fewer than two groups, groups that are too small or not there, unknown parameters.
    EstimationError
        The model cannot be estimated.

    Examples
    --------
    >>> import csimodels as cs
    >>> data = cs.simulate("ecsi", 300, seed=1).data.assign(bank=["A", "B"] * 150)
    >>> said = {"Image =~ IMAG2": {"groups": {"A": 1.0, "B": "free"}}}
    >>> model = cs.load_model("ecsi", overrides={"estimate": {"estimator": "ml"}, "parameters": said})
    >>> cs.fit_groups(model, data, by="bank")
    <csimodels.GroupFit by bank: 2 groups, chi-square 590.660, df 483>
    """
    if not is_one_of(missing, ("fiml", "listwise")):
        raise SpecError(Problem("unknown missing rule", "missing", shown(missing), "fiml, listwise"))
    refuse_options(errors, {"equal": equal, "free": free}, each=True)
    said = estimate_of(model)
    kind = kind_of(said)
    reading = Reading(columns, missing_codes, weight, by, where=where, design=design)
    study = joint_study(model, data, reading, said, errors)
    survey = study.survey
    refuse_groups(survey, Message("two groups or more are fitted together"))
    compiled = replace(Design.of(study.model), parameters=for_groups(study.model, survey.group_keys))
    identification = study.model.estimate.identification or "marker"
    with single_blas():
        given = joint_data(survey, kind, errors, missing)
        how = Joint(kind, identification, tuple(equal), tuple(free), given.errors)  # type: ignore[arg-type]
        analysis, n = fit_jointly(compiled, given.data, how, given.cases), given.n
        found = doubts(analysis.solution, survey.group_keys, survey.by)
    if int(analysis.solution.status) & int(UNUSABLE):
        remedy = "leave the item or the group out (where:), join small groups, or simplify the model"
        raise EstimationError([Problem(note, "fit_groups", remedy=remedy) for note in found])
    notes = tuple(about(Message("all groups"), text) for text in found)
    options = {"equal": list(equal), "free": list(free), "errors": errors, "missing": missing}
    origin = Origin.of(study, n, analysis.errors, options)
    return GroupFit(analysis, survey.by, survey.group_keys, n, study.model.uncertainty.level, notes, origin)

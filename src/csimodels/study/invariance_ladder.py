"""Measurement invariance across the groups of a survey, and the latent means that it allows to compare."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from csimodels.arguments import is_one_of, known_keywords, shown
from csimodels.errors import UNUSABLE, EstimationError, Problem, SpecError
from csimodels.estimate import Design
from csimodels.estimate.ml.fiml.solution import FimlSolution
from csimodels.estimate.ml.invariance import STEPS, Step, ladder
from csimodels.estimate.ml.solution import Solution
from csimodels.messages import Message, about
from csimodels.moments import Key
from csimodels.spec import EstimateSpec, Model, load_model
from csimodels.study.group_data import (
    doubts,
    estimate_of,
    for_groups,
    joint_data,
    kind_of,
    refuse_errors_of,
    refuse_groups,
    refuse_options,
)
from csimodels.study.invariance_result import Invariance
from csimodels.study.joint_origin import Origin
from csimodels.study.study import Study


@known_keywords
def invariance(
    model: str | Path | Model,
    data: Any = None,
    *,
    by: str | Sequence[str] | None = None,
    steps: Sequence[str] = tuple(STEPS),
    free: Sequence[str] = (),
    errors: str | None = None,
    missing: str = "fiml",
    columns: Mapping[str, str] | None = None,
    missing_codes: Sequence[float | str] | Mapping[str, Sequence[float | str]] | None = None,
    weight: str | None = None,
    where: Mapping[str, float | str] | None = None,
    design: Mapping[str, str] | None = None,
) -> Invariance:
    """Does a questionnaire measure the same in every group?

    The model is fitted to all groups at once with more and more parameters held equal: ``configural`` (none),
    ``metric`` (loadings), ``scalar`` (and intercepts), ``strict`` (and residual variances); Joereskog (1971), Meredith
    (1993).  The spec's estimator is taken, ``ml`` where it is none of ``ml``, ``gls``, ``uls`` and ``wls``.

    Parameters
    ----------
    model : str, Path or Model
        As for :class:`~csimodels.Study`.
    data : path or frame, optional
        As for :class:`~csimodels.Study`.
    by : str or list of str, optional
        Group column(s); the spec's by default.
    steps : sequence of str
        Steps to fit, in their order; ``"configural"`` first.
    free : list of str, optional
        Parameters that stay free in every step, for partial invariance: ``["Image =~ IMAG2", "IMAG2 ~1"]``.
    errors : {"expected", "observed", "mlm", "mlr"}, optional
        None: those that the sample allows; ``"mlr"`` and ``"mlm"`` scale tests and differences (Satorra & Bentler
        2001).
    missing : {"fiml", "listwise"}, optional
        ``"fiml"`` (answers as they are) or ``"listwise"``.
    columns : mapping, optional
        As for Study.
    missing_codes : list or mapping, optional
        As for Study.
    weight : str, optional
        As for Study.
    where : mapping, optional
        As for Study.
    design : mapping, optional
        As for Study.

    Returns
    -------
    Invariance
        The steps that were fitted.

    Raises
    ------
    SpecError, DataError
        Fewer than two groups, groups that are too small, unknown steps or parameters.
    EstimationError
        The first step cannot be estimated.

    Examples
    --------
    >>> import csimodels as cs
    >>> data = cs.simulate("ecsi", 300, seed=1).data.assign(bank=["A", "B"] * 150)
    >>> cs.invariance("ecsi", data, by="bank")
    <csimodels.Invariance by bank: configural, metric, scalar, strict>
    """
    if not is_one_of(missing, ("fiml", "listwise")):
        raise SpecError(Problem("unknown missing rule of invariance", "missing", shown(missing), "fiml, listwise"))
    refuse_options(errors, {"steps": steps, "free": free})
    given = estimate_of(model)
    _refuse_ordered(given)
    estimator = kind_of(given)
    refuse_errors_of(estimator, errors)
    overrides = {"estimate": {"estimator": estimator, "missing": None, "errors": None}}
    study = Study(
        load_model(model, overrides=overrides),
        data,
        by=by,
        columns=columns,
        missing_codes=missing_codes,
        weight=weight,
        where=where,
        design=design,
        uncertainty=None,
    )
    survey = study.survey
    refuse_groups(survey)
    moments, cases, kind, n = joint_data(survey, estimator, errors, missing)
    compiled = replace(Design.of(study.model), parameters=for_groups(study.model, survey.group_keys))
    how: Any = {"errors": kind, "cases": cases, "discrepancy": estimator}
    taken = ladder(compiled, moments, steps=steps, free=free, **how)
    notes = _notes(taken, survey.group_keys, survey.by)
    options = {"steps": list(steps), "free": list(free), "errors": errors, "missing": missing}
    origin = Origin.of(study, n, str(taken[0].vcov.errors), options)
    return Invariance(taken, survey.by, survey.group_keys, n, notes, origin)


def _refuse_ordered(chosen: EstimateSpec) -> None:
    """The ladder is by maximum likelihood of means and covariances, which ordered answers are not taken for.

    Raises
    ------
    SpecError
    """
    if not chosen.entry.ordered and chosen.correlations is None:
        return
    found = chosen.estimator if chosen.entry.ordered else f"correlations: {chosen.correlations}"
    what = "the ladder is by maximum likelihood of answers taken for numbers; the spec takes them for ordered levels"
    remedy = 'write estimator: ml, or compare fits of cs.fit_groups(..., equal=["loadings"]) by dwls'
    raise SpecError(Problem(what, "estimator", found, "ml", remedy))


def _notes(steps: Sequence[Step], keys: tuple[Key, ...], by: tuple[str, ...]) -> tuple[Message, ...]:
    """What makes a step doubtful, with the groups by their names.

    Raises
    ------
    EstimationError
        The first step has no usable numbers.
    """
    notes: list[Message] = []
    lost = bool(int(steps[0].solution.status) & int(UNUSABLE))
    for step in steps[:1] if lost else steps:
        solution: Solution = step.solution.as_ml() if isinstance(step.solution, FimlSolution) else step.solution
        notes += [about(Message(step.name), text) for text in doubts(solution, keys, by)]
    if lost:
        remedy = "leave the item or the group out (where:), join small groups, or simplify the model"
        raise EstimationError([Problem(note, "invariance", remedy=remedy) for note in notes])
    return tuple(notes)

"""The ladder of measurement invariance over the groups of a survey that was read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from csimodels.errors import UNUSABLE, EstimationError, Problem, SpecError
from csimodels.estimate import Design
from csimodels.estimate.ml.fiml.solution import FimlSolution
from csimodels.estimate.ml.invariance import Step, ladder
from csimodels.estimate.ml.solution import Solution
from csimodels.messages import Message, about
from csimodels.moments import Key
from csimodels.spec import EstimateSpec, Model
from csimodels.spec.file_list import FileList
from csimodels.study.joint.data import doubts, for_groups, joint_data, refuse_groups
from csimodels.study.joint.ladder_result import Invariance
from csimodels.study.joint.origin import Origin
from csimodels.survey import Survey


def climbed(model: Model, survey: Survey, options: Mapping[str, Any], data_file: Path | FileList | None) -> Invariance:
    """The ladder of `survey`, whose groups are those that are compared.

    Parameters
    ----------
    model : Model
        Of ``estimator: ml``, ``gls``, ``uls`` or ``wls``, by which the ladder is climbed.
    survey : Survey
    options : mapping
        ``steps, free, errors, missing`` as :func:`invariance` takes them.
    data_file : Path, FileList or None

    Raises
    ------
    SpecError, DataError, EstimationError
        As :func:`invariance`.
    """
    refuse_groups(survey)
    estimator = model.estimate.estimator
    moments, cases, kind, n = joint_data(survey, estimator, options["errors"], options["missing"])
    compiled = replace(Design.of(model), parameters=for_groups(model, survey.group_keys))
    how: Any = {"errors": kind, "cases": cases, "discrepancy": estimator}
    taken = ladder(compiled, moments, steps=options["steps"], free=options["free"], **how)
    notes = _notes(taken, survey.group_keys, survey.by)
    origin = Origin.made(model, survey, n, str(taken[0].vcov.errors), options, data_file)
    return Invariance(taken, survey.by, survey.group_keys, n, notes, origin)


def refuse_ordered(chosen: EstimateSpec) -> None:
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

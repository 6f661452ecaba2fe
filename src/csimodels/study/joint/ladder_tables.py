"""The ladder of invariance beside a result, where the spec says ``report: {invariance: true}``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from csimodels.errors import DataError, EstimationError, Problem, SpecError, listed, nearest
from csimodels.messages import Message
from csimodels.report import formatting
from csimodels.report.story.ladder import held_step
from csimodels.spec import Model, load_model
from csimodels.study.joint.climb import climbed, refuse_ordered
from csimodels.study.joint.ladder_result import Invariance
from csimodels.study.result import Result, with_notes
from csimodels.study.waves import current_wave
from csimodels.survey import Survey

#: More groups than this have no ladder beside a result: ``csi invariance`` climbs it.
MOST = 20
_OPTIONS: Mapping[str, Any] = {
    "steps": ("configural", "metric", "scalar", "strict"), "free": (), "errors": None, "missing": "fiml",
}  # fmt: skip


def check_invariance(model: Model, survey: Survey) -> None:
    """Refuse a ladder that cannot be: of ordered answers, without groups, or across columns that are no groups.

    Raises
    ------
    SpecError
    """
    refuse_ordered(model.estimate)
    if not survey.by:
        what = "invariance is a property of groups, and there are none"
        remedy = "name the group column or the waves, or leave invariance out"
        raise SpecError(Problem(what, "report, invariance", remedy=remedy))
    strange = [name for name in model.report.invariance or () if name not in survey.by]
    if strange:
        what = Message("{name} is no group column", name=strange[0])
        remedy = nearest(strange[0], survey.by)
        raise SpecError(Problem(what, "report, invariance", strange[0], listed(survey.by), remedy))


def with_invariance(result: Result, survey: Survey) -> Result:
    """`result` with the tables of the ladder beside its own, or a note why there is none."""
    try:
        made, notes = _tables(_climbed(result.model, survey))
    except (DataError, EstimationError, SpecError) as error:
        reason = error.problems[0].what
        return with_notes(result, (Message("no ladder of invariance: {reason}", reason=reason),))
    desk = replace(result.desk, more={**result.desk.more, **made})
    return with_notes(replace(result, desk=desk), notes)


def columns_of(model: Model, survey: Survey) -> tuple[str, ...]:
    """Columns whose groups are compared: those of the spec, else the waves where there are several, else all."""
    asked = model.report.invariance or ()
    if asked:
        return asked
    return (survey.wave,) if survey.wave is not None and len(survey.waves) > 1 else survey.by


def _climbed(model: Model, survey: Survey) -> Invariance:
    columns = columns_of(model, survey)
    mine = _grouped(model, survey, columns)
    if len(mine.group_keys) > MOST:
        what = Message("{n} groups are too many beside a result", n=len(mine.group_keys))
        remedy = "run csi invariance, or name a column with fewer: report: {invariance: region}"
        raise DataError(Problem(what, "report, invariance", allowed=f"{MOST}", remedy=remedy))
    overrides: dict[str, Any] = {"estimate": {"estimator": "ml", "missing": None, "errors": None}}
    as_ml = load_model(replace(model, report=replace(model.report, reviewer=False)), overrides=overrides)
    return climbed(as_ml, replace(mine, model=as_ml), _OPTIONS, None)


def _grouped(model: Model, survey: Survey, columns: Sequence[str]) -> Survey:
    """Rows by `columns`; of the current wave alone where the waves are none of them."""
    if survey.wave is not None and survey.wave not in columns:
        place, now = survey.by.index(survey.wave), current_wave(model, survey)
        survey = survey.select(np.asarray([key[place] == now for key in survey.group_keys])[survey.group])
    places = [survey.by.index(name) for name in columns]
    every = [tuple(key[k] for k in places) for key in survey.group_keys]
    there = {every[g] for g in np.unique(survey.group)}
    keys = [key for key in dict.fromkeys(every) if key in there]
    number = np.asarray([keys.index(key) if key in there else -1 for key in every], dtype=np.intp)
    wave = survey.wave if survey.wave in columns else None
    return replace(survey, by=tuple(columns), group=number[survey.group], group_keys=tuple(keys), wave=wave)


def _tables(found: Invariance) -> tuple[dict[str, pd.DataFrame], tuple[str, ...]]:
    """The ladder, its groups, what does not hold at the step that fails, and means where intercepts hold."""
    held, broken = held_step(formatting.records(found.table()))
    out = {"invariance": found.table(), "joint_groups": found.fit(found.steps[0].name).groups()}
    if broken:
        missed = found.fit(broken).tables().get("joint_modification", pd.DataFrame())
        if len(missed):
            out["joint_modification"] = missed[missed["released"].astype(bool)].reset_index(drop=True)
    means = {step.name for step in found.steps if step.means is not None}
    if held in means:
        out["latent_means"] = found.fit(held).tables()["latent_means"]
    return out, found.notes

"""What a reader has to know of a run: notes on the sample and the options, and the facts of how it was computed."""

from __future__ import annotations

import os
from datetime import UTC, datetime

import numpy as np

from csimodels._version import __version__
from csimodels.errors import UNUSABLE
from csimodels.infer import Bootstrap, Jackknife, Linearised, ReplicateWeights
from csimodels.infer.short_intervals import COVERED, FEW_FOR_INTERVALS, SHORT
from csimodels.messages import N_, ColumnName, Message, Value, joined, listed
from csimodels.spec import Model
from csimodels.spec.model import plain_text
from csimodels.study.estimation import Outcome
from csimodels.study.groups import MIN_ROWS, group_name
from csimodels.study.notes import cautions
from csimodels.study.settings import Auto, Uncertainty
from csimodels.study.uncertainty import needs_respondents
from csimodels.study.waves import current_wave, wave_notes
from csimodels.survey import Survey
from csimodels.survey.scale.part_keys import BUCKETS
from csimodels.survey.scale.summed_survey import SummedSurvey


def standing_notes(model: Model, survey: Survey, outcome: Outcome) -> list[Message]:
    """Notes that follow from the options and the sizes of the groups."""
    notes: list[Message] = []
    if model.index.weights == "pooled" and survey.by:
        notes.append(
            Message("indices of groups use the weights of all respondents together, taken as fixed in the intervals")
        )
    if model.index.weights == "fixed":
        notes.append(Message("the indices use fixed weights from the spec"))
    elif model.index.fixed:
        text = "fixed weights are stated in the spec but not used: the index takes weights: {rule}"
        notes.append(Message(text, rule=Message(model.index.weights)))
    if model.estimate.entry.plain:
        notes.append(Message("no model is estimated: every construct is the plain mean of its items on 0 to 100"))
    if isinstance(survey, SummedSurvey) and survey.units_of == "buckets" and outcome.settings.method is not None:
        text = (
            "respondents were put into {n} random groups, which stand for them in the replicates (delete-a-group "
            "jackknife, random-group bootstrap; Wolter 2007, chapters 2 and 4); such errors vary more than those of "
            "respondents"
        )
        notes.append(Message(text, n=BUCKETS))
    notes += wave_notes(model, survey)
    return notes + cautions(model, survey, outcome) + _size_notes(model, survey, outcome)


def _size_notes(model: Model, survey: Survey, outcome: Outcome) -> list[Message]:
    used = outcome.moments.n
    notes: list[Message] = []
    left_out = outcome.left_out(survey)
    if left_out:
        text = "{left} of {n} rows have a missing answer and are left out (missing: {rule})"
        if left_out == 1:
            text = "{left} of {n} rows has a missing answer and is left out (missing: {rule})"
        notes.append(Message(text, left=left_out, n=survey.respondents, rule=Message(outcome.settings.asked)))
    if survey.by and len(used) == 1:
        return notes  # the fit of all respondents has said the same
    names = [group_name(survey.by, key) for key in outcome.estimates.keys]
    most = max((sum(1 for _, t in model.paths if t == name) for name in model.construct_names), default=0)
    few = [
        Message("{name} ({n})", name=name, n=int(n))
        for name, n in zip(names, used, strict=True)
        if MIN_ROWS <= n < 10 * most
    ]
    if few:
        text = (
            "few rows for {most} paths into one construct: {names}; "
            "the rule of thumb asks for at least {least} (Barclay, Higgins & Thompson 1995)"
        )
        notes.append(Message(text, most=most, names=listed(few, 6), least=10 * most))
    short = int(((used >= MIN_ROWS) & (outcome.moments.n_eff < FEW_FOR_INTERVALS)).sum())
    if short:
        notes += _interval_notes(outcome, short, len(used) if survey.by else 0)
    return notes


def _interval_notes(outcome: Outcome, short: int, groups: int) -> list[Message]:
    """That intervals of small samples miss their level, by method; the jackknife does not.

    `short` of `groups` are small; `groups` is 0 where all respondents are one.
    """
    method = outcome.settings.method
    kind = "linearised" if isinstance(method, Linearised) else method.interval if isinstance(method, Bootstrap) else ""
    if kind not in COVERED:
        return []
    least, most = COVERED[kind]
    alone, several = SHORT.get(kind, SHORT["percentile"])
    parts = {"kind": Message(kind), "few": str(FEW_FOR_INTERVALS), "low": least, "high": most}
    if groups:
        return [Message(several, short=short, all=groups, **parts)]
    return [Message(alone, **parts)]


def _iterations(outcome: Outcome, most: int) -> Message:
    """How many fits converged, and in how many iterations."""
    e = outcome.estimates
    there = e.iterations[(e.status & int(UNUSABLE)) == 0]
    if not len(there):
        return Message("no fit converged; at most {limit} allowed", limit=most)
    parts = {"n": len(there), "all": len(e.status), "few": int(there.min()), "most": int(there.max()), "limit": most}
    if parts["few"] == parts["most"]:
        text = "{n} of {all} fits converged, in {most} iterations; at most {limit} allowed"
        return Message(text, **parts)
    return Message("{n} of {all} fits converged, in {few} to {most} iterations; at most {limit} allowed", **parts)


#: What the facts say of higher-order constructs.
_STAGES = {
    "disjoint": N_("two stages, disjoint"),
    "embedded": N_("two stages, embedded"),
    "repeated": N_("repeated items"),
}


def _wave_fact(model: Model, survey: Survey) -> dict[str, str]:
    """The wave that headlines are of."""
    if survey.wave is None:
        return {}
    return {"wave": Message("{name}", name=Value(plain_text(current_wave(model, survey)), survey.wave))}


def _weighted(model: Model) -> dict[str, str]:
    """The name of an estimator whose weight matrix is made from the rows, once they are there."""
    entry = model.estimate.entry
    return {"estimator": Message(entry.title)} if entry.from_rows else {}


def _correlations(model: Model) -> dict[str, str]:
    if not model.estimate.polychoric:
        return {}
    return {"correlations": Message("polychoric, two-step; means, scores and indices are of the answers as given")}


def _column(name: str | None) -> Message:
    return Message("{name}", name=ColumnName(name)) if name else Message("none")


def facts(model: Model, survey: Survey, outcome: Outcome, n_eff: float) -> dict[str, str]:
    """How the numbers were computed, as text; `n_eff` is Kish's size of all rows used, groups together."""
    estimator = outcome.settings.estimator
    how = estimator.settings().get("higher_order")
    said = Message(_STAGES[how]) if how and any(c.of for c in model.constructs) else None
    out = estimator.facts() | _weighted(model) | ({} if said is None else {"higher-order constructs": said})
    out |= {
        "iterations": _iterations(outcome, estimator.max_iter),
        **_correlations(model),
        "missing rule": Message(outcome.settings.asked),
        "weights": _column(model.data.weight),
        "n in file": str(survey.source.n_rows),
        "n used": str(int(outcome.moments.n.sum())),
        **_wave_fact(model, survey),
        "effective n": f"{n_eff:.1f}",
    }
    out |= _uncertainty_facts(survey, outcome)
    out |= {
        "index weights": Message(model.index.weights),
        "sign rule": Message("majority of the loadings positive, ties by the largest"),
        "data": survey.source.name,
        "csimodels version": __version__,
        "model hash": model.hash,
        "data sha256": survey.source.sha256,
    }
    return out | stated_date()


def stated_date() -> dict[str, str]:
    """The date for page and workbook where ``SOURCE_DATE_EPOCH`` states one.

    Else they carry none, so that the same input gives the same bytes; the time of a run stands in ``manifest.json``.
    """
    stated = os.environ.get("SOURCE_DATE_EPOCH", "")
    if not stated.isdecimal() or len(stated) > 11:
        return {}
    return {"created": datetime.fromtimestamp(int(stated), UTC).isoformat(timespec="seconds")}


def _uncertainty_facts(survey: Survey, outcome: Outcome) -> dict[str, str]:
    """Method, replicates asked, kept and failed, seed, level, design and degrees of freedom, as text."""
    method = outcome.settings.method
    if method is None:
        return {"uncertainty": Message("none")} | _design(survey)
    if needs_respondents(survey, method):
        method = Linearised(method.level)
    out: dict[str, str] = {"uncertainty": _method(method)}
    asked, kept = sum(t.asked for t in outcome.tallies), sum(t.kept for t in outcome.tallies)
    if isinstance(method, Bootstrap):
        text = "{replicates} per fit; {asked} asked, {kept} kept, {failed} failed"
        out["replicates"] = Message(text, replicates=method.replicates, asked=asked, kept=kept, failed=asked - kept)
        out["seed"] = str(method.seed)
    elif asked:
        text = "{asked} asked, {kept} kept, {failed} failed"
        out["replicates"] = Message(text, asked=asked, kept=kept, failed=asked - kept)
    out["level"] = f"{method.level:g}"
    df = outcome.estimates.df[:, outcome.estimates.layout.blocks["index"]]
    finite = df[np.isfinite(df)]
    if len(finite):
        low, high = f"{finite.min():.0f}", f"{finite.max():.0f}"
        several = Message("{few} to {most} of the indices", few=low, most=high)
        out["degrees of freedom"] = low if low == high else several
    return out | ({} if isinstance(method, ReplicateWeights) else _design(survey))


def _method(method: Uncertainty) -> Message:
    if isinstance(method, Bootstrap):
        text = "Poisson bootstrap, {kind} interval" if method.draw == "poisson" else "bootstrap, {kind} interval"
        return Message(text, kind=Message(method.interval))
    if isinstance(method, Jackknife):
        return Message("jackknife, t interval")
    if isinstance(method, Linearised):
        return Message("linearised, t interval")
    if isinstance(method, ReplicateWeights):
        return Message("replicate weights ({kind}), t interval", kind=Message(method.kind))
    assert isinstance(method, Auto)
    return Message("jackknife up to {n} sampling units, linearised beyond, t interval", n=method.most)


def _design(survey: Survey) -> dict[str, str]:
    """Strata, clusters and finite population correction, where there are any."""
    parts = []
    if survey.strata is not None:
        parts.append(Message("{n} strata", n=len(np.unique(survey.strata))))
    if survey.cluster is not None:
        key = survey.cluster if survey.strata is None else np.stack([survey.strata, survey.cluster], axis=1)
        parts.append(Message("{n} clusters", n=len(np.unique(key, axis=0))))
    if survey.fpc is not None and survey.fpc.any():
        parts.append(Message("finite population correction"))
    if survey.whole_sample is not None and survey.by:
        parts.append(Message("groups met by chance"))
    return {"design": joined(parts, ", ")} if parts else {}

"""How the intervals were made, as facts of the result."""

from __future__ import annotations

import numpy as np

from csimodels.infer import Bootstrap, Jackknife, Linearised, ReplicateWeights
from csimodels.messages import Message, joined
from csimodels.spec import Model
from csimodels.study.estimation import Outcome
from csimodels.study.options import Auto, Uncertainty
from csimodels.study.prepared import method_for, rule_for
from csimodels.survey import Survey


def uncertainty_facts(model: Model, survey: Survey, outcome: Outcome) -> dict[str, str]:
    """Method, replicates asked, kept and failed, seed, level, design and degrees of freedom, as text."""
    method, _ = method_for(model, rule_for(model, survey))
    if method is None:
        return {"uncertainty": Message("none")} | _design(survey)
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
        out["degrees of freedom"] = (
            low if low == high else Message("{few} to {most} of the indices", few=low, most=high)
        )
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
    return {"design": joined(parts, ", ")} if parts else {}

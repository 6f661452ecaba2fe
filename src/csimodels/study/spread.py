"""How the intervals were made, as facts of the result."""

from __future__ import annotations

import numpy as np

from csimodels.infer import Bootstrap, Jackknife, Linearised, ReplicateWeights
from csimodels.spec import Model
from csimodels.study.estimation import Outcome
from csimodels.study.options import Auto, Uncertainty
from csimodels.study.prepared import method_for, rule_for
from csimodels.survey import Survey


def uncertainty_facts(model: Model, survey: Survey, outcome: Outcome) -> dict[str, str]:
    """Method, replicates asked, kept and failed, seed, level, design and degrees of freedom, as text."""
    method, _ = method_for(model, rule_for(model, survey))
    if method is None:
        return {"uncertainty": "none"} | _design(survey)
    out = {"uncertainty": _method(method)}
    asked, kept = sum(t.asked for t in outcome.tallies), sum(t.kept for t in outcome.tallies)
    if isinstance(method, Bootstrap):
        out["replicates"] = f"{method.replicates} per fit; {asked} asked, {kept} kept, {asked - kept} failed"
        out["seed"] = str(method.seed)
    elif asked:
        out["replicates"] = f"{asked} asked, {kept} kept, {asked - kept} failed"
    out["level"] = f"{method.level:g}"
    df = outcome.estimates.df[:, outcome.estimates.layout.blocks["index"]]
    finite = df[np.isfinite(df)]
    if len(finite):
        low, high = f"{finite.min():.0f}", f"{finite.max():.0f}"
        out["degrees of freedom"] = low if low == high else f"{low} to {high} of the indices"
    return out | ({} if isinstance(method, ReplicateWeights) else _design(survey))


def _method(method: Uncertainty) -> str:
    if isinstance(method, Bootstrap):
        draws = "Poisson bootstrap" if method.draw == "poisson" else "bootstrap"
        return f"{draws}, {method.interval} interval"
    if isinstance(method, Jackknife):
        return "jackknife, t interval"
    if isinstance(method, Linearised):
        return "linearised, t interval"
    if isinstance(method, ReplicateWeights):
        return f"replicate weights ({method.kind}), t interval"
    assert isinstance(method, Auto)
    return f"jackknife up to {method.most} sampling units, linearised beyond, t interval"


def _design(survey: Survey) -> dict[str, str]:
    """Strata, clusters and finite population correction, where there are any."""
    parts = []
    if survey.strata is not None:
        parts.append(f"{len(np.unique(survey.strata))} strata")
    if survey.cluster is not None:
        key = survey.cluster if survey.strata is None else np.stack([survey.strata, survey.cluster], axis=1)
        parts.append(f"{len(np.unique(key, axis=0))} clusters")
    if survey.fpc is not None and survey.fpc.any():
        parts.append("finite population correction")
    return {"design": ", ".join(parts)} if parts else {}

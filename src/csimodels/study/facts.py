"""What a reader has to know of a run: notes on the sample and the options, and the facts of how it was computed."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np

from csimodels._version import __version__
from csimodels.errors import UNUSABLE, listed
from csimodels.infer import Bootstrap, Jackknife, Linearised, ReplicateWeights
from csimodels.spec import Model
from csimodels.study.estimation import Outcome
from csimodels.study.groups import MIN_ROWS, group_name
from csimodels.study.notes import cautions
from csimodels.study.settings import Auto, Uncertainty
from csimodels.survey import Survey

#: Below this effective n most intervals are visibly too short.
FEW_FOR_INTERVALS = 250
#: Least and greatest mean coverage of 95 % intervals with 100 and 250 respondents, simple, weighted and clustered
#: (benchmarks/results/coverage.csv; linearised: without indices; studentised: 150 surveys, docs/uncertainty.md).
COVERED = {
    "percentile": ("0.92", "0.95"),
    "normal": ("0.91", "0.95"),
    "bc": ("0.92", "0.95"),
    "bca": ("0.91", "0.95"),
    "basic": ("0.88", "0.95"),
    "linearised": ("0.92", "0.95"),
    "studentised": ("0.91", "0.97"),
}


def standing_notes(model: Model, survey: Survey, outcome: Outcome) -> list[str]:
    """Notes that follow from the options and the sizes of the groups."""
    notes = []
    if model.index.weights == "pooled" and survey.by:
        notes.append("indices of groups use the weights of all respondents together, taken as fixed in the intervals")
    if model.index.weights == "fixed":
        notes.append("the indices use fixed weights from the spec")
    elif model.index.fixed:
        taken = model.index.weights
        notes.append(f"fixed weights are stated in the spec but not used: the index takes weights: {taken}")
    return notes + cautions(model, survey, outcome) + _size_notes(model, survey, outcome)


def _size_notes(model: Model, survey: Survey, outcome: Outcome) -> list[str]:
    used = outcome.moments.n
    notes = []
    left_out = outcome.left_out(survey)
    if left_out:
        rule = outcome.settings.asked
        notes.append(f"{left_out} of {survey.n} rows have a missing answer and are left out (missing: {rule})")
    if survey.by and len(used) == 1:
        return notes  # the fit of all respondents has said the same
    names = [group_name(survey.by, key) for key in outcome.estimates.keys]
    most = max((sum(1 for _, t in model.paths if t == name) for name in model.construct_names), default=0)
    few = [f"{name} ({int(n)})" for name, n in zip(names, used, strict=True) if MIN_ROWS <= n < 10 * most]
    if few:
        notes.append(
            f"few rows for {most} paths into one construct: {listed(few, 6)}; "
            f"the rule of thumb asks for at least {10 * most} (Barclay, Higgins & Thompson 1995)"
        )
    short = int(((used >= MIN_ROWS) & (outcome.moments.n_eff < FEW_FOR_INTERVALS)).sum())
    if short:
        notes += _interval_notes(outcome, f"in {short} of {len(used)} groups " if survey.by else "")
    return notes


def _interval_notes(outcome: Outcome, whose: str) -> list[str]:
    """That intervals of small samples miss their level, by method; the jackknife does not."""
    method = outcome.settings.method
    kind = "linearised" if isinstance(method, Linearised) else method.interval if isinstance(method, Bootstrap) else ""
    if kind not in COVERED:
        return []
    least, most = COVERED[kind]
    few = f"{whose}with an effective n under {FEW_FOR_INTERVALS}"
    covered = f"(with 100 to 250 respondents they cover about {least} to {most} instead of 0.95"
    if kind == "linearised":
        return [f"linearised intervals of paths and effects are somewhat too short {few} {covered}; indices are right)"]
    if kind == "studentised":
        return [f"studentised intervals are not reliable {few} {covered}, in a small simulation)"]
    return [f"{kind} intervals are somewhat too short {few} {covered})"]


def _iterations(outcome: Outcome, most: int) -> str:
    """How many fits converged, and in how many iterations."""
    e = outcome.estimates
    there = e.iterations[(e.status & int(UNUSABLE)) == 0]
    if not len(there):
        return f"no fit converged; at most {most} allowed"
    took = f"{there.min()}" if there.min() == there.max() else f"{there.min()} to {there.max()}"
    return f"{len(there)} of {len(e.status)} fits converged, in {took} iterations; at most {most} allowed"


#: What the facts say of higher-order constructs.
_STAGES = {
    "disjoint": "two stages, disjoint",
    "embedded": "two stages, embedded",
    "repeated": "repeated items",
}


def facts(model: Model, survey: Survey, outcome: Outcome, n_eff: float) -> dict[str, str]:
    """How the numbers were computed, as text; `n_eff` is Kish's size of all rows used, groups together."""
    estimator = outcome.settings.estimator
    how = estimator.settings().get("higher_order")
    stages = {"higher-order constructs": _STAGES[how]} if how and any(c.of for c in model.constructs) else {}
    out = (
        estimator.facts()
        | stages
        | {
            "iterations": _iterations(outcome, estimator.max_iter),
            "missing rule": outcome.settings.asked,
            "weights": model.data.weight or "none",
            "n in file": str(survey.source.n_rows),
            "n used": str(int(outcome.moments.n.sum())),
            "effective n": f"{n_eff:.1f}",
        }
    )
    out |= _uncertainty_facts(survey, outcome)
    out |= {
        "index weights": model.index.weights,
        "sign rule": "majority of the loadings positive, ties by the largest",
        "data": survey.source.name,
        "csimodels version": __version__,
        "model hash": model.hash,
        "data sha256": survey.source.sha256,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    return out


def _uncertainty_facts(survey: Survey, outcome: Outcome) -> dict[str, str]:
    """Method, replicates asked, kept and failed, seed, level, design and degrees of freedom, as text."""
    method = outcome.settings.method
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

"""Checks of how a model is used: roll-up, estimator, uncertainty, report."""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

from csimodels.errors import listed
from csimodels.messages import Message, joined
from csimodels.spec.checks.brand import brand_findings
from csimodels.spec.estimators import ESTIMATORS, EstimatorName, MissingRule, foreign_settings, is_covariance, owners
from csimodels.spec.findings import Finding
from csimodels.spec.model import (
    BOOTSTRAP_ONLY,
    WITHOUT_DRAWS,
)
from csimodels.spec.nodes import shorten
from csimodels.spec.schema.run import RawEstimate, RawUncertainty, meant
from csimodels.spec.view import View, name_finding, twice_findings

_MAX_SEED = 2**63 - 1
#: The limits of the estimators and of the bootstrap, so that a check of the spec finds what a run would.
_MAX_REPLICATES = 1_000_000


def use_findings(view: View) -> Iterator[Finding]:
    """Everything that is wrong with the sections that are about use."""
    yield from _rollup(view)
    yield from _estimate(view)
    yield from _uncertainty(view)
    yield from _given_replicates(view)
    yield from _report(view)
    yield from _reviewer(view)
    yield from _named_in_report(view)


def _rollup(view: View) -> Iterator[Finding]:
    rollup = view.checked.raw.rollup
    if rollup is None:
        return
    yield from twice_findings(rollup.levels or [], ("rollup", "levels"), "level")
    if rollup.weights is not None:
        yield from name_finding(rollup.weights, "file", ("rollup", "weights"))
        if not rollup.levels and not view.checked.touches("rollup", "levels"):
            what = "rollup has weights but no levels"
            yield Finding(("rollup", "weights"), what, "", "", "add `levels: [company, industry, ...]`", key=True)


def _estimate(view: View) -> Iterator[Finding]:
    estimate = view.checked.raw.estimate
    if estimate is None:
        return
    entry = ESTIMATORS[view.estimator]
    if estimate.tol is not None and not 0 < estimate.tol <= entry.largest_tol:
        allowed = Message(
            "above 0, at most {largest_tol}; usual: {usual_tol}",
            largest_tol=f"{entry.largest_tol:g}",
            usual_tol=entry.usual_tol,
        )
        yield Finding(("estimate", "tol"), "tol is no small positive number", f"{estimate.tol:g}", allowed)
    if estimate.max_iter is not None and estimate.max_iter < 1:
        usual = Message("usual: {usual_iterations}", usual_iterations=entry.usual_iterations)
        yield Finding(("estimate", "max_iter"), "max_iter must be at least 1", _int(estimate.max_iter), usual)
    if not view.checked.touches("estimate", "estimator"):
        yield from _of_other_estimators(estimate, view.estimator)


def _of_other_estimators(estimate: RawEstimate, estimator: EstimatorName) -> Iterator[Finding]:
    """Settings that mean nothing to the estimator."""
    for key in foreign_settings(estimator):
        if getattr(estimate, key) is not None:
            what = Message(
                "{key} belongs to {names}; the estimator is {estimator}",
                key=key,
                names=joined(owners(key), " and "),
                estimator=estimator,
            )
            yield Finding(("estimate", key), what, getattr(estimate, key), "", "leave it out", key=True)
    if estimate.correlations == "polychoric" and not is_covariance(estimator):
        yield from _of_polychoric(estimate)
    if estimate.metric == "raw" and estimate.correlations == "polychoric":
        what = Message("polychoric correlations are of variables without units")
        yield Finding(("estimate", "metric"), what, "raw", "standardised", "leave it out", key=True)
    rules = ESTIMATORS[estimator].missing
    if estimate.missing == "fiml" and "fiml" not in rules:
        having = listed([name for name, entry in ESTIMATORS.items() if "fiml" in entry.missing])
        what = Message(
            "missing: fiml belongs to {having}; the estimator is {estimator}", having=having, estimator=estimator
        )
        allowed = ", ".join(rule for rule in get_args(MissingRule) if rule in rules)
        remedy = Message("em comes nearest, or take estimator: {having}", having=having)
        if "em" not in rules:
            remedy = Message(
                "write {rules}, or take estimator: {having}, which also has em", rules=rules[0], having=having
            )
        yield Finding(("estimate", "missing"), what, "fiml", allowed, remedy)


def _of_polychoric(estimate: RawEstimate) -> Iterator[Finding]:
    """Missing rules that complete answers, which ordered levels have no arithmetic for."""
    if estimate.missing not in (None, "listwise", "pairwise"):
        what = Message("polychoric correlations take the answers as given: no missing: {rule}", rule=estimate.missing)
        yield Finding(("estimate", "missing"), what, estimate.missing, "listwise, pairwise", "write missing: pairwise")


def _uncertainty(view: View) -> Iterator[Finding]:
    chosen = view.checked.raw.uncertainty
    if chosen is None:
        return
    if chosen.replicates is not None and chosen.replicates < 2:
        found = _int(chosen.replicates)
        remedy = Message("1000 is usual; `method: none` leaves intervals out")
        yield Finding(("uncertainty", "replicates"), "too few replicates", found, Message("at least 2"), remedy)
    if chosen.replicates is not None and chosen.replicates > _MAX_REPLICATES:
        found, allowed = _int(chosen.replicates), Message("at most {MAX_REPLICATES}", MAX_REPLICATES=_MAX_REPLICATES)
        yield Finding(("uncertainty", "replicates"), "so many would take days", found, allowed, "5000 are plenty")
    if chosen.seed is not None and not 0 <= chosen.seed <= _MAX_SEED:
        yield Finding(("uncertainty", "seed"), "the seed is out of range", _int(chosen.seed), "0 to 2**63 - 1")
    if chosen.level is not None and not 0 < chosen.level < 1:
        remedy = Message("write {n}", n=f"{chosen.level / 100:g}") if 1 < chosen.level < 100 else Message("")
        allowed = Message("between 0 and 1, usual: 0.95")
        yield Finding(("uncertainty", "level"), "level is outside (0, 1)", f"{chosen.level:g}", allowed, remedy)
    yield from _of_other_methods(view, chosen)


def _of_other_methods(view: View, chosen: RawUncertainty) -> Iterator[Finding]:
    """Settings that mean nothing to the method; ``none`` is a switch and keeps them all."""
    method = meant(chosen)
    design = view.checked.raw.data.design if view.checked.raw.data else None
    if method in WITHOUT_DRAWS:
        for key in BOOTSTRAP_ONLY:
            value = getattr(chosen, key)
            if value is not None:
                what = Message("{key} belongs to the bootstrap; the method is {method}", key=key, method=method)
                yield Finding(("uncertainty", key), what, shorten(str(value)), "", "leave it out", key=True)
    elif chosen.draw == "poisson" and method != "none" and design and (design.strata or design.cluster):
        what = Message("draw: poisson cannot follow the strata and clusters of data: design")
        yield Finding(("uncertainty", "draw"), what, "poisson", "multinomial", "leave it out, or the design")


def _given_replicates(view: View) -> Iterator[Finding]:
    """The method and the columns of replicate weights need one another."""
    touched, data = view.checked.touches, view.checked.raw.data
    given = data is not None and data.replicate_weights is not None
    written = view.checked.raw.uncertainty and view.checked.raw.uncertainty.method
    if written == "replicate_weights" and not given and not touched("data", "replicate_weights"):
        remedy = "add `replicate_weights: {columns: rw*, kind: ...}` under data"
        yield Finding(("uncertainty", "method"), "the data have no replicate weights", written, "", remedy)
    chosen = view.checked.raw.uncertainty
    if given and written is None and chosen is not None and meant(chosen) == "bootstrap" and not touched("uncertainty"):
        remedy = "write `uncertainty: {method: replicate_weights}`, or `method: bootstrap` to leave them unused"
        what = "replicate weights are given but not asked for"
        yield Finding(("data", "replicate_weights"), what, "", "", remedy, key=True)


def _report(view: View) -> Iterator[Finding]:
    report = view.checked.raw.report
    for key, names in (("languages", report and report.languages), ("formats", report and report.formats)):
        yield from twice_findings(names or [], ("report", key), key.removesuffix("s"))
        if names == [] and key == "languages":
            yield Finding(("report", key), "the report needs a language", listed(names), "en, zh")
    if report is not None and report.template is not None:
        yield from name_finding(report.template, "file", ("report", "template"))
    if report is not None and report.brand is not None:
        yield from brand_findings(report.brand)
    level = report.cuts.performance if report and report.cuts else None
    if level is not None and not isinstance(level, str) and not 0 <= level <= 100:
        what = "the cut of performance is outside the scale of the index"
        yield Finding(("report", "cuts", "performance"), what, f"{level:g}", Message("0 to 100, mean, median"))


def _reviewer(view: View) -> Iterator[Finding]:
    """The tables of a reviewer are those of PLS and PLSc; covariance structures have tables of fit of their own."""
    report = view.checked.raw.report
    entry = ESTIMATORS[view.estimator]
    if report is not None and report.reviewer and (entry.family == "covariance" or entry.plain):
        what = Message("the tables of a reviewer are those of pls and plsc; the estimator is {name}", name=entry.name)
        yield Finding(("report", "reviewer"), what, "true", "", "leave it out", key=True)


def _named_in_report(view: View) -> Iterator[Finding]:
    """Leagues are of simple indices and nodes of the hierarchy; columns of the ladder stand there once."""
    raw = view.checked.raw
    named = (raw.report and raw.report.leagues) or []
    yield from twice_findings(named, ("report", "leagues"), "index")
    across = raw.report and raw.report.invariance
    if isinstance(across, list):
        yield from twice_findings(across, ("report", "invariance"), "column")
    known = (*(raw.indices or {}), *(raw.hierarchy or {}))
    if view.checked.touches("indices") or view.checked.touches("hierarchy"):
        return
    for k, name in enumerate(named):
        if name not in known:
            what = Message('"{name}" is no simple index and no node of the hierarchy', name=name)
            yield Finding(("report", "leagues", k), what, name=name, known=known)


def _int(value: int) -> str:
    """A whole number for a message, cut where it is absurdly long."""
    return shorten(str(value))

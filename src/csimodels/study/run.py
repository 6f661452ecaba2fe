"""From a model and a survey to estimates: groups in one batch, replicates in chunks.  Orchestration, no arithmetic."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from csimodels.errors import UNUSABLE, DataError, EstimationError, Problem, Status, listed
from csimodels.estimate import PLS, Design, Estimator, Fit, PLSc, inadmissible_reasons, singular_reasons
from csimodels.infer import Bootstrap, Interval, Replications, interval, replicate
from csimodels.moments import FORM_OF_RULE, Clustered, Key, Moments, Multinomial, Plan, Rows, Sums, stream_of
from csimodels.moments.linalg import Floats, null_items
from csimodels.moments.missing import pairwise
from csimodels.spec import Model
from csimodels.survey import Survey
from csimodels.tables import Estimates, Layout, index_weights, quantities

#: Groups with fewer usable rows are refused by name: a correlation matrix of a handful of rows says nothing.
MIN_ROWS = 10

Tick = Callable[[int], None]


@dataclass(frozen=True, eq=False)
class Tally:
    """Replicates of one group: asked, kept, and failed by reason; ``inadmissible`` ones are kept and counted."""

    key: Key
    asked: int
    kept: int
    not_converged: int
    singular: int
    inadmissible: int


@dataclass(frozen=True, eq=False)
class Outcome:
    """What a run gives: estimates of all groups, the moments they came from, tallies and notes."""

    estimates: Estimates
    moments: Moments
    tallies: tuple[Tally, ...]
    notes: tuple[str, ...]


def estimator_of(model: Model) -> PLS | PLSc:
    """The estimator that the spec asks for, with its settings."""
    spec = model.estimate
    kind = PLSc if spec.estimator == "plsc" else PLS
    default = kind()
    return kind(
        scheme=spec.scheme or default.scheme,
        tol=default.tol if spec.tol is None else spec.tol,
        max_iter=default.max_iter if spec.max_iter is None else spec.max_iter,
    )


def missing_rule(model: Model) -> str:
    """The missing rule that the spec asks for; mean replacement is the field's default for PLS."""
    return model.estimate.missing or "mean"


def bootstrap_of(model: Model) -> Bootstrap | None:
    """The bootstrap that the spec asks for, or None."""
    u = model.uncertainty
    return None if u.method == "none" else Bootstrap(u.replicates, u.seed, u.interval, u.level)


def estimate(model: Model, survey: Survey, parent: Floats | None = None, tick: Tick | None = None) -> Outcome:
    """Fit every group of `survey` and its replicates.

    Parameters
    ----------
    parent : (p,) unstandardised index weights of the parent level, for ``index: {weights: pooled}``.
    tick : called with the number of replicates done.
    """
    design = Design.of(model)
    layout = Layout.of(model, design)
    estimator, rule = estimator_of(model), missing_rule(model)
    groups = _rows_of_groups(survey, FORM_OF_RULE[rule])
    keys = [key for key, _ in groups]
    notes: list[str] = []
    small = np.asarray([rows.n < MIN_ROWS for _, rows in groups])
    _refuse_small(survey, groups, small, rule, notes)
    moments = Moments.from_sums(Sums.stack([rows.sums() for _, rows in groups], keys), rule)
    fit = estimator(design, moments)
    status = fit.status | np.where(small, int(Status.TOO_FEW), 0)
    given = _given_weights(model, design, parent)

    def published(one: Fit) -> Floats:
        return quantities(one, layout, index_weights(one, layout, model.index.weights, given))

    value = published(fit)
    _report_states(model, survey, fit, status, groups, rule, notes)
    fatal = _fatal(model, status)
    value = np.where(fatal[:, None], np.nan, value)
    bootstrap = bootstrap_of(model)
    blank = np.full_like(value, np.nan)
    errors = Interval(blank, blank, blank, blank)
    tallies: list[Tally] = []
    if bootstrap is not None:
        parts = []
        lonely: list[Problem] = []
        for g, (key, rows) in enumerate(groups):
            if fatal[g]:
                parts.append(interval(value[g], np.full((2, layout.size), np.nan)))
                tallies.append(Tally(key, 0, 0, 0, 0, 0))
                continue
            plan = _plan(bootstrap, survey, key, rows, g)
            if isinstance(plan, Problem):
                lonely.append(plan)
                parts.append(interval(value[g], np.full((2, layout.size), np.nan)))
                tallies.append(Tally(key, 0, 0, 0, 0, 0))
                continue
            done = replicate(rows, plan, rule, _statistic(model, design, estimator, published), tick)
            parts.append(interval(value[g], done.values, bootstrap.level, bootstrap.interval))
            tallies.append(_tally(key, done, _fatal(model, done.status)))
        errors = Interval(*(np.stack([getattr(p, name) for p in parts]) for name in ("se", "low", "high", "p")))
        if lonely and len(lonely) == (~fatal).sum():
            raise DataError(lonely)
        notes.extend(f"{p.where}: no intervals: {p.what}" for p in lonely)
        _report_replicates(survey, tallies, notes)
    estimates = Estimates(
        layout=layout,
        by=survey.by,
        keys=tuple(keys),
        value=value,
        se=errors.se,
        low=errors.low,
        high=errors.high,
        p=errors.p,
        n=moments.n,
        n_eff=moments.n_eff,
        status=np.asarray(status),
    )
    return Outcome(estimates, moments, tuple(tallies), tuple(notes))


def group_name(by: tuple[str, ...], key: Key) -> str:
    """``"bank = Harbour"``, for messages."""
    return ", ".join(f"{name} = {value}" for name, value in zip(by, key, strict=True)) or "all respondents"


def _rows_of_groups(survey: Survey, form: str) -> list[tuple[Key, Rows]]:
    if not survey.by:
        return [((), survey.rows(form))]
    return [(key, survey.rows(form, group)) for group, key in enumerate(survey.group_keys)]


def _refuse_small(
    survey: Survey, groups: list[tuple[Key, Rows]], small: NDArray[np.bool_], rule: str, notes: list[str]
) -> None:
    if small.all():
        most = max(rows.n for _, rows in groups)
        raise DataError(
            Problem(
                "too few usable rows",
                survey.source.name,
                f"{most} rows" + (" in the largest group" if survey.by else "") + f" under the missing rule {rule!r}",
                f"at least {MIN_ROWS}",
                "collect more answers, or choose another missing rule",
            )
        )
    for g in np.flatnonzero(small):
        key, rows = groups[g]
        notes.append(f"refused: {group_name(survey.by, key)} has {rows.n} usable rows, at least {MIN_ROWS} are needed")


def _given_weights(model: Model, design: Design, parent: Floats | None) -> Floats | None:
    """(p,) index weights from outside the fit, NaN where the fit's own are taken."""
    if model.index.weights == "pooled":
        return parent
    if model.index.weights == "fixed":
        fixed = dict(model.index.fixed)
        return np.asarray([fixed.get(item, np.nan) for item in design.items])
    return None


def _fatal(model: Model, status: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Fits whose numbers are not shown: singular, too few rows, and not converged unless the spec keeps those."""
    bad = UNUSABLE
    if model.estimate.on_nonconvergence == "warn":
        bad = bad & ~Status.NOT_CONVERGED
    return np.asarray((status & int(bad)) != 0)


def _report_states(
    model: Model,
    survey: Survey,
    fit: Fit,
    status: NDArray[np.int64],
    groups: list[tuple[Key, Rows]],
    rule: str,
    notes: list[str],
) -> None:
    """Say what is wrong with which group; raise where nothing is left to show."""
    problems = []
    fatal = _fatal(model, status)
    for g, (key, rows) in enumerate(groups):
        state, where = Status(int(status[g])), group_name(survey.by, key)
        if state & Status.TOO_FEW or not state:
            continue
        if state & Status.SINGULAR:
            inadmissible = bool(state & Status.INADMISSIBLE)
            reasons = inadmissible_reasons(fit, g) if inadmissible else _singular_reasons(fit, g, rows, rule)
            remedy = "leave the item out, or look at its coding in the data"
            problems.append(Problem("cannot be estimated: " + "; ".join(reasons), where, remedy=remedy))
        elif state & Status.NOT_CONVERGED:
            what = f"PLS did not converge in {int(fit.iterations[g])} iterations"
            remedy = "raise estimate: max_iter, or keep the numbers with on_nonconvergence: warn"
            problems.append(Problem(what, where, remedy=remedy))
        if state & Status.INADMISSIBLE and not state & Status.SINGULAR:
            notes.append(f"inadmissible: {where}: {listed(inadmissible_reasons(fit, g), 4)}")
    if problems and fatal.all():
        raise EstimationError(problems)
    notes.extend(f"{p.where}: {p.what}" for p in problems)


def _singular_reasons(fit: Fit, g: int, rows: Rows, rule: str) -> list[str]:
    """Reasons in names; where the missing rule gave no covariances, why."""
    flat = rows.flat_items
    if not flat and rule == "em" and np.isnan(fit.moments.cov[g]).any():
        return ["EM found no mean and covariance: too few rows answer the items together, or items are sums of others"]
    if not flat and rule == "pairwise" and np.isnan(fit.moments.cov[g]).any():
        with np.errstate(invalid="ignore", divide="ignore"):
            _, cov = pairwise(rows.sums())
        scale = np.sqrt(np.diagonal(cov))
        lost = np.argwhere(np.triu(np.isnan(cov), 1))
        if len(lost):
            pairs = [f"{rows.items[i]} and {rows.items[j]}" for i, j in lost]
            return [f"never answered by the same respondent: {listed(pairs, 6)}"]
        if np.isfinite(cov).all() and (scale > 0).all():
            names = [rows.items[k] for k in null_items(cov / np.outer(scale, scale), 1e-10)]
            return [f"the pairwise covariances are not positive definite, because of {listed(names)}"]
    return singular_reasons(fit, g, flat)


def _statistic(
    model: Model, design: Design, estimator: Estimator, published: Callable[[Fit], Floats]
) -> Callable[[Moments], tuple[Floats, NDArray[np.int64]]]:
    """All published numbers of a batch of replicates, NaN where a replicate failed."""

    def statistic(moments: Moments) -> tuple[Floats, NDArray[np.int64]]:
        fit = estimator(design, moments)
        failed = _fatal(model, fit.status)
        return np.where(failed[:, None], np.nan, published(fit)), fit.status

    return statistic


def _plan(bootstrap: Bootstrap, survey: Survey, key: Key, rows: Rows, group: int) -> Plan | Problem:
    """Draws of one group, or why there are none; the stream comes from the group's name, so others do not change it."""
    stream = stream_of(key) if key else 0
    if survey.cluster is None and survey.strata is None:
        return Multinomial(rows.n, bootstrap.replicates, bootstrap.seed, stream)
    there = rows.kept if not key else np.flatnonzero(survey.group == group)[rows.kept]
    strata = np.zeros(survey.n, dtype=np.intp) if survey.strata is None else survey.strata
    cluster = np.arange(survey.n) if survey.cluster is None else survey.cluster
    stratum = np.unique(strata[there], return_inverse=True)[1]
    unit = np.unique(np.stack([stratum, cluster[there]], axis=1), axis=0, return_inverse=True)[1].ravel()
    clusters = np.bincount(np.unique(np.stack([stratum, unit], axis=1), axis=0)[:, 0])
    if (clusters < 2).any():
        alone = int((clusters < 2).sum())
        what = f"{alone} of {len(clusters)} strata have a single cluster, which has no variance to resample"
        remedy = "join such strata with a neighbour before the analysis"
        if survey.strata is None:
            what = "all rows lie in one cluster, which has no variance to resample"
            remedy = "check the cluster column, or leave the intervals out (uncertainty: {method: none})"
        return Problem(what, group_name(survey.by, key), remedy=remedy)
    return Clustered(unit, stratum, bootstrap.replicates, bootstrap.seed, stream)


def _tally(key: Key, done: Replications, failed: NDArray[np.bool_]) -> Tally:
    status = done.status

    def count(flag: Status) -> int:
        return int(((status & int(flag)) != 0).sum())

    return Tally(
        key,
        len(status),
        int((~failed).sum()),
        count(Status.NOT_CONVERGED),
        count(Status.SINGULAR),
        int((((status & int(Status.INADMISSIBLE)) != 0) & ~failed).sum()),
    )


def _report_replicates(survey: Survey, tallies: list[Tally], notes: list[str]) -> None:
    for tally in tallies:
        where = group_name(survey.by, tally.key)
        if tally.kept < min(tally.asked, 2):
            notes.append(f"{where}: no intervals: {tally.asked - tally.kept} of {tally.asked} replicates failed")
        elif tally.kept < tally.asked:
            notes.append(
                f"{where}: {tally.asked - tally.kept} of {tally.asked} replicates failed "
                f"(not converged {tally.not_converged}, singular {tally.singular}); intervals use the others"
            )
        if tally.inadmissible:
            notes.append(
                f"{where}: {tally.inadmissible} of {tally.asked} replicates are inadmissible; "
                "intervals keep them, as they are part of the sampling distribution"
            )

"""What the state of each fit means: refused, an error, or a note with the reason in names."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from csimodels.errors import UNUSABLE, DataError, EstimationError, Problem, Status, listed
from csimodels.estimate import Fit, reasons_of
from csimodels.estimate.reasons import CORRECT
from csimodels.infer import Interval
from csimodels.moments import Rows
from csimodels.moments.linalg import Bools, null_items
from csimodels.moments.missing import EM_MAX_ITER, pairwise
from csimodels.spec import Model, missing_rule
from csimodels.study.groups import MIN_ROWS, Group
from csimodels.survey import Survey

#: What to do where nobody of a group answered an item.
UNASKED = "write estimate: {unasked_items: leave_out} to estimate such groups without it"


def too_small(survey: Survey, groups: Sequence[Group], rule: str) -> tuple[Bools, list[str]]:
    """Which groups have too few usable rows ``(G,)``, and a note for each.

    Raises
    ------
    DataError
        All of them have.
    """
    small = np.asarray([group.rows.n < MIN_ROWS for group in groups])
    if small.all():
        most = max(group.rows.n for group in groups)
        raise DataError(
            Problem(
                "too few usable rows",
                survey.source.name,
                f"{most} rows" + (" in the largest group" if survey.by else "") + f" under the missing rule {rule!r}",
                f"at least {MIN_ROWS}",
                "collect more answers, or choose another missing rule",
            )
        )
    refused = [group for group, bad in zip(groups, small, strict=True) if bad]
    notes = [f"refused: {g.name} has {g.rows.n} usable rows, at least {MIN_ROWS} are needed" for g in refused]
    return small, notes


def fatal(model: Model, status: NDArray[np.int64]) -> Bools:
    """Fits whose numbers are not shown: singular, too few rows, and not converged unless the spec keeps those."""
    bad = UNUSABLE
    if model.estimate.on_nonconvergence == "warn":
        bad = bad & ~Status.NOT_CONVERGED
    return np.asarray((status & int(bad)) != 0)


def guarded(model: Model, errors: Interval, status: NDArray[np.int64]) -> Interval:
    """Errors ``(G, Q)`` of covariance structures without what their state ``(G,)`` does not bear.

    A fit that did not converge has no errors; one that is inadmissible has no p-values: normal theory does not hold
    beside a variance below zero (docs/results.md).
    """
    if not model.estimate.covariance_based:
        return errors
    unended = ((status & int(Status.NOT_CONVERGED)) != 0)[:, None]
    doubtful = unended | ((status & int(Status.INADMISSIBLE)) != 0)[:, None]
    se, low, high = (np.where(unended, np.nan, part) for part in (errors.se, errors.low, errors.high))
    return Interval(se, low, high, np.where(doubtful, np.nan, errors.p))


def state_notes(
    model: Model, fit: Fit, status: NDArray[np.int64], groups: Sequence[Group], elsewhere: Bools
) -> list[str]:
    """What is wrong with which group, in words; nothing of those ``(G,)`` that are estimated elsewhere.

    Raises
    ------
    EstimationError
        Nothing is left to show.
    """
    problems, notes = [], []
    for g, group in enumerate(groups):
        state = Status(int(status[g]))
        if state & Status.TOO_FEW or elsewhere[g]:
            continue
        unasked = group.unasked if state & UNUSABLE else ()
        if unasked:
            problems.append(
                Problem(f"cannot be estimated: not asked there: {listed(unasked)}", group.name, remedy=UNASKED)
            )
        elif state & Status.SINGULAR:
            inadmissible = bool(state & Status.INADMISSIBLE)
            reasons = reasons_of(fit).inadmissible(fit, g) if inadmissible else _reasons(model, fit, g, group.rows)
            remedy = "leave the item out, or look at its coding in the data"
            if any(sign in reason for reason in reasons for sign in ("respondents for", "too few", "no more answers")):
                remedy = "collect more answers, join groups, or measure with fewer items"
            problems.append(Problem("cannot be estimated: " + "; ".join(reasons), group.name, remedy=remedy))
        elif state & Status.NOT_CONVERGED:
            problems.append(_not_converged(fit, g, group))
        if state & Status.INADMISSIBLE and not state & Status.SINGULAR:
            notes.append(f"inadmissible: {group.name}: {listed(reasons_of(fit).inadmissible(fit, g), 4)}")
        if not state & UNUSABLE:
            notes += [f"{group.name}: {text}" for text in reasons_of(fit).cautions(fit, g)]
    if problems and fatal(model, status).all() and not elsewhere.any():
        raise EstimationError(problems)
    return notes + [f"{p.where}: {p.what}" + (f"; {UNASKED}" if p.remedy == UNASKED else "") for p in problems]


def _not_converged(fit: Fit, g: int, group: Group) -> Problem:
    keep = "keep the numbers with on_nonconvergence: warn"
    if np.broadcast_to(fit.moments.status, fit.status.shape)[g]:
        what = f"EM did not converge in {EM_MAX_ITER} steps: there are few answers for so many holes"
        return Problem(what, group.name, remedy=f"choose another missing rule, or {keep}")
    reasons, remedy = reasons_of(fit).unconverged(fit, g)
    return Problem("; ".join(reasons), group.name, remedy=remedy if remedy == CORRECT else f"{remedy}, or {keep}")


def _reasons(model: Model, fit: Fit, g: int, rows: Rows) -> list[str]:
    """Why a fit is singular; where the missing rule gave no covariances, why that is so."""
    flat, rule = rows.flat_items, missing_rule(model)
    if flat or not np.isnan(fit.moments.cov[g]).any():
        return [*reasons_of(fit).singular(fit, g, flat), *(_apart(rows) if rule in ("em", "fiml") and not flat else ())]
    if rule in ("em", "fiml"):
        if reason := _incomplete(rows):
            return [reason]
        size = f"{rows.n} rows, {len(rows.items)} items, {rows.pattern_count} patterns of missing answers"
        why = f"EM finds no covariance matrix: there are too few answers for it ({size})"
        return [f"{why}; choose another missing rule"]
    if rule == "pairwise":
        with np.errstate(invalid="ignore", divide="ignore"):
            _, cov = pairwise(rows.sums())
        lost = np.argwhere(np.triu(np.isnan(cov), 1))
        if len(lost):
            pairs = [f"{rows.items[i]} and {rows.items[j]}" for i, j in lost]
            return [f"never answered by the same respondent: {listed(pairs, 6)}"]
        scale = np.sqrt(np.diagonal(cov))
        if np.isfinite(cov).all() and (scale > 0).all():
            names = [rows.items[k] for k in null_items(cov / np.outer(scale, scale), 1e-10)]
            return [f"the pairwise covariances are not positive definite, because of {listed(names)}"]
    return reasons_of(fit).singular(fit, g)


def _apart(rows: Rows) -> list[str]:
    """Items that nobody answered both, in one sentence or none."""
    there = (~np.isnan(rows.x)).astype(np.float64)
    pairs = [f"{rows.items[i]} and {rows.items[j]}" for i, j in np.argwhere(np.triu(there.T @ there == 0, 1))]
    return [f"never answered by the same respondent: {listed(pairs, 6)}"] if pairs else []


def _incomplete(rows: Rows) -> str:
    """What keeps EM from a covariance matrix, where it can be seen: items that are copies, sums, or hardly answered."""
    there = ~np.isnan(rows.x)
    answers = there.sum(axis=0)
    few = [f"{rows.items[k]} ({int(answers[k])})" for k in np.flatnonzero(answers <= len(rows.items))]
    if few:
        return f"EM finds no covariance matrix: items with no more answers than there are items: {listed(few, 6)}"
    whole = rows.x[there.all(axis=1)]
    if len(whole) <= len(rows.items):
        return ""
    scale = whole.std(axis=0)
    if not (scale > 0).all():
        return ""
    involved = null_items(np.asarray(np.corrcoef(whole.T)), 1e-10)
    if not involved:
        return ""
    names = listed([rows.items[k] for k in involved])
    return f"EM finds no covariance matrix: items are copies or sums of one another: {names}"

"""What the state of each fit means: refused, an error, or a note with the reason in names."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from csimodels.errors import UNUSABLE, DataError, EstimationError, Problem, Status
from csimodels.estimate import Fit, reasons_of
from csimodels.estimate.diagnose import COLLINEAR, FLAT_PRODUCT, LOST_PRODUCT
from csimodels.estimate.reasons import CORRECT
from csimodels.infer import Interval
from csimodels.messages import Item, Message, about, items, joined, listed
from csimodels.moments import Moments, Rows
from csimodels.moments.em import EM_MAX_ITER
from csimodels.moments.linalg import Bools, null_items, smallest_eigenvalue
from csimodels.moments.missing import pairwise
from csimodels.moments.moments import POLYCHORIC
from csimodels.spec import Model, missing_rule
from csimodels.study.groups import MIN_ROWS, Group
from csimodels.survey import LogEntry, Survey
from csimodels.survey.cautions.slips import fill_groups
from csimodels.survey.periods import looks_like_dates

#: What to do where nobody of a group answered an item.
UNASKED = Message("write estimate: {unasked_items: leave_out} to estimate such groups without it")


def too_small(survey: Survey, groups: Sequence[Group], rule: str) -> tuple[Bools, list[Message]]:
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
                _largest(most, bool(survey.by), rule),
                Message("at least {n}", n=MIN_ROWS),
                _more_rows(most, survey, rule),
            )
        )
    refused = [group for group, bad in zip(groups, small, strict=True) if bad]
    text = "refused: {group} has {n} usable rows, at least {least} are needed"
    return small, [Message(text, group=g.name, n=g.rows.n, least=MIN_ROWS) for g in refused]


def _more_rows(most: int, survey: Survey, rule: str) -> Message:
    """What is likely to help: larger groups where all rows together would do."""
    if survey.wave is not None and survey.by == (survey.wave,) and looks_like_dates(survey.waves):
        text = "form periods: wave: {{column: {column}, period: month}} (or year, quarter)"
        return Message(text, column=survey.wave)
    empty = max((e for e in survey.log if e.step == "rows without a group left out"), key=_size, default=None)
    if empty is not None and empty.count > survey.n:
        return fill_groups(empty)
    if survey.n < MIN_ROWS and survey.x.size and 2 * np.count_nonzero(survey.x % 1) > survey.x.size:
        return Message("give each respondent one row: the rows of this table look like means of several")
    if survey.by and survey.n >= MIN_ROWS and most == int(survey.sizes.max()):
        return Message("name a column with fewer and larger groups under by, or leave by out")
    return Message("collect more answers, or choose another missing rule")


def _size(entry: LogEntry) -> int:
    return entry.count


def _largest(most: int, several: bool, rule: str) -> Message:
    if several:
        return Message("{n} rows in the largest group under the missing rule {rule}", n=most, rule=repr(rule))
    return Message("{n} rows under the missing rule {rule}", n=most, rule=repr(rule))


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
) -> list[Message]:
    """What is wrong with which group, in words; nothing of those ``(G,)`` that are estimated elsewhere.

    Raises
    ------
    EstimationError
        Nothing is left to show.
    """
    problems: list[Problem] = []
    notes: list[Message] = []
    for g, group in enumerate(groups):
        state = Status(int(status[g]))
        if state & Status.TOO_FEW or elsewhere[g]:
            continue
        unasked = group.unasked if state & UNUSABLE else ()
        if unasked:
            what = Message("cannot be estimated: not asked there: {items}", items=items(unasked))
            problems.append(Problem(what, group.name, remedy=UNASKED))
        elif state & Status.SINGULAR:
            inadmissible = bool(state & Status.INADMISSIBLE)
            reasons = reasons_of(fit).inadmissible(fit, g) if inadmissible else _reasons(model, fit, g, group.rows)
            remedy = _way_out(reasons, corrected=inadmissible and not model.estimate.covariance_based)
            what = Message("cannot be estimated: {reasons}", reasons=joined(reasons))
            problems.append(Problem(what, group.name, remedy=remedy))
        elif state & Status.NOT_CONVERGED:
            problems.append(_not_converged(fit, g, group))
        if state & Status.INADMISSIBLE and not state & Status.SINGULAR:
            doubts = listed(reasons_of(fit).inadmissible(fit, g), 4)
            notes.append(Message("inadmissible: {where}: {reasons}", where=group.name, reasons=doubts))
        if not state & UNUSABLE:
            notes += [about(group.name, said) for said in reasons_of(fit).cautions(fit, g)]
    if problems and fatal(model, status).all() and not elsewhere.any():
        raise EstimationError(problems)
    return notes + [about(p.where, joined([p.what, p.remedy] if p.remedy == UNASKED else [p.what])) for p in problems]


def _way_out(reasons: Sequence[Message], *, corrected: bool) -> Message:
    """The likely remedy of a singular fit; `corrected`: what went wrong is the correction for attenuation."""
    if corrected:
        return Message("write measured: composite, use estimator: pls, or look at how the items are coded")
    if any(sign in reason for reason in reasons for sign in ("respondents for", "too few", "no more answers")):
        return Message("collect more answers, join groups, or measure with fewer items")
    templates = {reason.template for reason in reasons}
    if templates <= {COLLINEAR}:
        return Message("leave one of these constructs out, or make one of them")
    if templates <= {FLAT_PRODUCT, LOST_PRODUCT}:
        return Message("leave the product out")
    return Message("leave the item out, or look at its coding in the data")


def indefinite_notes(rule: str, moments: Moments, groups: Sequence[Group], inverted: bool) -> list[Message]:
    """Groups whose polychoric correlations are not positive definite."""
    if rule not in POLYCHORIC:
        return []
    lowest = smallest_eigenvalue(moments.corr)
    wrong = [about(group.name, f"{value:.3f}") for group, value in zip(groups, lowest, strict=True) if value < 0]
    if not wrong:
        return []
    text = (
        "polychoric correlations are not positive definite, as happens with many levels in few rows (smallest "
        "eigenvalue: {groups}); weights and paths need definite blocks only, the test of exact fit is refused"
        if inverted
        else "polychoric correlations are not positive definite, as happens with many levels in few rows (smallest "
        "eigenvalue: {groups}); dwls inverts none of them, robust CFI, TLI and RMSEA are left out"
    )
    return [Message(text, groups=listed(wrong, 6))]


def _not_converged(fit: Fit, g: int, group: Group) -> Problem:
    keep = Message("keep the numbers with on_nonconvergence: warn")
    if np.broadcast_to(fit.moments.status, fit.status.shape)[g]:
        remedy = Message("choose another missing rule, or {keep}", keep=keep)
        if reason := _hardly_answered(group.rows) or _incomplete(group.rows):
            collect = Message("collect more answers, join groups, or measure with fewer items")
            return Problem(Message("cannot be estimated: {reasons}", reasons=reason), group.name, remedy=collect)
        if group.rows.levels:
            text = "polychoric correlations did not converge: tables of two items with hardly filled rows or columns"
            join = Message("join rare levels of the items (values:), or {keep}", keep=keep)
            return Problem(Message(text), group.name, remedy=join)
        text = (
            "EM did not converge (at most {n} steps): there are few answers for so many holes, and the covariance goes "
            "towards a singular one"
        )
        return Problem(Message(text, n=EM_MAX_ITER), group.name, remedy=remedy)
    reasons, likely = reasons_of(fit).unconverged(fit, g)
    remedy = likely if likely == CORRECT else Message("{remedy}, or {keep}", remedy=likely, keep=keep)
    return Problem(joined(reasons), group.name, remedy=remedy)


def _reasons(model: Model, fit: Fit, g: int, rows: Rows) -> list[Message]:
    """Why a fit is singular; where the missing rule gave no covariances, why that is so."""
    flat, rule = rows.flat_items, missing_rule(model)
    if rule in ("em", "fiml") and np.isnan(rows.x).any() and not flat and (few := _hardly_answered(rows)):
        return [few]  # whether EM then ends in NaN or in a singular matrix hangs on last bits
    if flat or not np.isnan(fit.moments.cov[g]).any():
        return [*reasons_of(fit).singular(fit, g, flat), *(_apart(rows) if rule in ("em", "fiml") and not flat else ())]
    if rule in ("em", "fiml"):
        if reason := _incomplete(rows):
            return [reason]
        text = (
            "EM finds no covariance matrix: there are too few answers for it "
            "({n} rows, {p} items, {k} patterns of missing answers)"
        )
        why = Message(text, n=rows.n, p=len(rows.items), k=rows.pattern_count)
        return [why, Message("choose another missing rule")]
    if rule == "pairwise":
        with np.errstate(invalid="ignore", divide="ignore"):
            _, cov = pairwise(rows.sums())
        lost = np.argwhere(np.triu(np.isnan(cov), 1))
        if len(lost):
            return [_never(rows, lost)]
        scale = np.sqrt(np.diagonal(cov))
        if np.isfinite(cov).all() and (scale > 0).all():
            names = items([rows.items[k] for k in null_items(cov / np.outer(scale, scale), 1e-10)])
            return [Message("the pairwise covariances are not positive definite, because of {names}", names=names)]
    return reasons_of(fit).singular(fit, g)


def _apart(rows: Rows) -> list[Message]:
    """Items that nobody answered both, in one sentence or none."""
    there = (~np.isnan(rows.x)).astype(np.float64)
    lost = np.argwhere(np.triu(there.T @ there == 0, 1))
    return [_never(rows, lost)] if len(lost) else []


def _never(rows: Rows, lost: NDArray[np.intp]) -> Message:
    """That nobody answered both items of these pairs ``(n, 2)``."""
    pairs = [Message("{a} and {b}", a=Item(rows.items[i]), b=Item(rows.items[j])) for i, j in lost]
    return Message("never answered by the same respondent: {pairs}", pairs=listed(pairs, 6))


def _hardly_answered(rows: Rows) -> Message | None:
    """Items with no more answers than there are items, if any."""
    answers = (~np.isnan(rows.x)).sum(axis=0)
    few = [
        Message("{name} ({n})", name=Item(rows.items[k]), n=int(answers[k]))
        for k in np.flatnonzero(answers <= len(rows.items))
    ]
    if not few:
        return None
    text = "EM finds no covariance matrix: items with no more answers than there are items: {names}"
    return Message(text, names=listed(few, 6))


def _incomplete(rows: Rows) -> Message | None:
    """What keeps EM from a covariance matrix, where it can be seen in complete rows: items that are copies or sums."""
    there = ~np.isnan(rows.x)
    whole = rows.x[there.all(axis=1)]
    if len(whole) <= len(rows.items):
        return None
    scale = whole.std(axis=0)
    if not (scale > 0).all():
        return None
    involved = null_items(np.asarray(np.corrcoef(whole.T)), 1e-10)
    if not involved:
        return None
    names = items([rows.items[k] for k in involved])
    return Message("EM finds no covariance matrix: items are copies or sums of one another: {names}", names=names)

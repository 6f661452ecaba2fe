"""Weights of a survey raked to known margins: their categories are checked, and what raking did is said."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from csimodels.errors import DataError, Problem, is_real, listed, nearest
from csimodels.messages import Message, Value, counted, joined
from csimodels.messages import columns as columns_of
from csimodels.moments.linalg import Floats
from csimodels.moments.rake import Bounds, by_category, raking_factors
from csimodels.spec.model import Margin
from csimodels.survey.columns import Ints, number_text
from csimodels.survey.keys import Labels, label_text
from csimodels.survey.table import LogEntry, Notes

#: Shares further from their target than this are named where raking fails.
_APART = 1e-6
_JOIN = "join the category with a neighbour, in the data and in the margin"


def shares(margin: Margin) -> Floats:
    """(K,) shares of the categories, in the order of the spec, that sum to 1."""
    values = np.asarray([share for _, share in margin.shares], dtype=np.float64)
    return np.asarray(values / values.sum())


def margin_problems(margins: Sequence[Margin]) -> list[Problem]:
    """What is wrong with the margins themselves."""
    problems = []
    for margin in margins:
        where = f"rake: {margin.column}"
        names = [label_text(name) for name, _ in margin.shares]
        twice = [name for name in dict.fromkeys(names) if names.count(name) > 1]
        if not names:
            problems.append(Problem("no category is given", where, allowed="{category: share, ...}"))
        if twice:
            problems.append(Problem("a category stands twice", where, listed(twice), remedy="write each once"))
        bad = [f"{name}: {share}" for name, share in margin.shares if not (is_real(share) and share > 0)]
        if bad:
            remedy = "leave categories out that nobody is in, here and in the data"
            problems.append(
                Problem("a share is not above zero", where, listed(bad), Message("a finite number above 0"), remedy)
            )
    return problems


def categories(found: Labels, margin: Margin, keep: Ints, row: Ints, notes: Notes) -> Ints:
    """(n,) category of each row `keep` in the order of the margin, -1 where there is none; problems go to `notes`."""
    names = [label_text(name) for name, _ in margin.shares]
    keys = [label_text(key) for key in found.keys]
    place = {name: k for k, name in enumerate(names)}
    table = np.asarray([place.get(key, -1) for key in keys] + [-1], dtype=np.intp)
    label = found.codes[keep]
    codes = table[label]
    column = Message('rake column "{name}"', name=margin.column)
    empty = np.flatnonzero(label < 0)
    if len(empty):
        what = Message("{column} is empty in {rows}", column=column, rows=counted(len(empty), "{n} row", "{n} rows"))
        remedy = "fill it in, or take those rows out of the data"
        notes.problems.append(
            Problem(what, notes.where, Message("rows {names}", names=listed(row[empty].tolist(), 6)), remedy=remedy)
        )
    strange = np.unique(label[(label >= 0) & (codes < 0)])
    if len(strange):
        shown = [_cells(keys[code], row[label == code]) for code in strange.tolist()]
        allowed = nearest(keys[strange[0]], names) or listed(names)
        remedy = "add its share to the margin, or correct the data"
        notes.problems.append(
            Problem(
                Message("{column} holds categories without a share", column=column),
                notes.where,
                listed(shown, 6),
                allowed,
                remedy,
            )
        )
    gone = [name for k, name in enumerate(names) if not (codes == k).any()]
    if gone:
        what = counted(
            len(gone),
            "{column}: no respondent is in a category of the margin",
            "{column}: no respondent is in categories of the margin",
            column=column,
        )
        held = listed([keys[code] for code in np.unique(label[label >= 0])])
        allowed = Message("the data hold {names}", names=held)
        notes.problems.append(Problem(what, notes.where, listed(gone), allowed, _JOIN))
    return codes


def _cells(name: str, rows: Ints) -> Message:
    shown = listed(rows.tolist(), 3)
    return counted(
        len(rows), "{value} ({n} time: row {rows})", "{value} ({n} times: rows {rows})", value=name, rows=shown
    )


def raked(
    weights: Floats, codes: Ints, margins: Sequence[Margin], where: str, bounds: Bounds = None
) -> tuple[Floats, Floats, list[LogEntry]]:
    """Sampling weights ``(n,)`` raked to the margins, their factors, and what is said of it.

    Raises
    ------
    DataError
        The margins cannot be met together; the categories that are off are named.
    """
    targets = [shares(margin) for margin in margins]
    done = raking_factors(weights, codes, targets, bounds=bounds)
    after = weights * done.values
    if not done.converged:
        raise DataError(_contradiction(after, codes, margins, where, int(done.iterations), bounds))
    log = []
    for m, (margin, target) in enumerate(zip(margins, targets, strict=True)):
        had = by_category(weights[None], codes[:, m], len(target))[0] / weights.sum()
        pairs = zip(margin.shares, had, target, strict=True)
        text = "{name} {had} to {wanted}"
        detail = listed(
            [Message(text, name=Value(n, margin.column), had=f"{a:.4f}", wanted=f"{b:.4f}") for (n, _), a, b in pairs],
            12,
        )
        log.append(LogEntry("margin", margin.column, len(target), detail))
    detail = joined(
        [
            _iterations(int(done.iterations)),
            _factors(done.values),
            Message(
                "design effect of the weights (1 + cv^2) {few} to {most}",
                few=f"{design_effect(weights):.4f}",
                most=f"{design_effect(after):.4f}",
            ),
        ]
    )
    names = columns_of(margin.column for margin in margins)
    log.append(LogEntry("weights raked", names, len(weights), detail))
    return after, done.values, [*log, *_trimmed(done.values, names, bounds)]


def _trimmed(factor: Floats, names: Message | str, bounds: Bounds) -> list[LogEntry]:
    """How many factors stand at a bound."""
    if bounds is None:
        return []
    low, high = (int((np.abs(factor - bound) <= 1e-9 * max(1.0, bound)).sum()) for bound in bounds)
    text = "{low} of {n} at the lower bound {least}, {high} at the upper bound {most}"
    least, most = (f"{bound:g}" for bound in bounds)
    said = Message(text, low=low, high=high, n=factor.size, least=least, most=most)
    return [LogEntry("raked weights trimmed", names, low + high, said)]


def raked_replicates(
    weights: Floats, codes: Ints, margins: Sequence[Margin], columns: Sequence[str], where: str, bounds: Bounds = None
) -> tuple[Floats, LogEntry]:
    """Replicate weights ``(n, R)`` raked one by one, with what is said of it.

    Raises
    ------
    DataError
        A category without weight in some replicate, or margins that cannot be met together there.
    """
    targets = [shares(margin) for margin in margins]
    problems = []
    for m, margin in enumerate(margins):
        have = by_category(np.ascontiguousarray(weights.T), codes[:, m], len(targets[m]))
        for k in np.flatnonzero((have <= 0).any(axis=0)).tolist():
            empty = [columns[r] for r in np.flatnonzero(have[:, k] <= 0).tolist()]
            what = Message(
                "replicate weights: nobody with {column} = {shares} has a weight above 0",
                column=margin.column,
                shares=margin.shares[k][0],
            )
            problems.append(Problem(what, where, Message("in {names}", names=listed(empty, 6)), remedy=_JOIN))
    if problems:
        raise DataError(problems)
    done = raking_factors(weights.T, codes, targets, bounds=bounds)
    failed = [columns[r] for r in np.flatnonzero(~done.converged).tolist()]
    if failed:
        what = Message("raking the replicate weights does not converge")
        found = Message("in {names}", names=listed(failed, 6))
        raise DataError(Problem(what, where, found, remedy=_rare(margins, bounds)))
    factor = done.values
    took = counted(int(done.iterations.max()), "at most {n} iteration", "at most {n} iterations")
    detail = joined([took, _factors(factor)])
    entry = LogEntry("replicate weights raked", columns_of(margin.column for margin in margins), len(columns), detail)
    return np.asarray(weights * factor.T), entry


def design_effect(weights: Floats) -> float:
    """Kish's ``1 + cv^2 = n sum w^2 / (sum w)^2``."""
    return float(len(weights) * (weights**2).sum() / weights.sum() ** 2)


def _contradiction(
    weights: Floats, codes: Ints, margins: Sequence[Margin], where: str, iterations: int, bounds: Bounds
) -> Problem:
    """The categories whose share is not reached, furthest off first."""
    off = []
    for m, margin in enumerate(margins):
        target = shares(margin)
        have = by_category(weights[None], codes[:, m], len(target))[0] / weights.sum()
        off += [
            (
                abs(a - b),
                Message(
                    "{column} = {name} has {value} instead of {wanted}",
                    column=margin.column,
                    name=name,
                    value=number_text(round(a, 4)),
                    wanted=number_text(round(b, 4)),
                ),
            )
            for (name, _), a, b in zip(margin.shares, have.tolist(), target.tolist(), strict=True)
        ]
    off.sort(key=lambda pair: -pair[0])
    apart = [text for gap, text in off if gap > _APART]
    took = _iterations(iterations)
    what = Message("raking does not converge in {iterations}, though it comes near", iterations=took)
    if apart:
        what = Message("raking does not converge in {iterations}: the margins cannot be met together", iterations=took)
    return Problem(what, where, listed(apart, 4), remedy=_rare(margins, bounds))


def _rare(margins: Sequence[Margin], bounds: Bounds) -> Message:
    if bounds is not None:
        text = "widen rake_bounds, now {low} to {high}, or join rare categories of {names}"
        names = joined((margin.column for margin in margins), " and ")
        return Message(text, low=f"{bounds[0]:g}", high=f"{bounds[1]:g}", names=names)
    return Message(
        "check the shares, and join rare categories of {names}: combinations that nobody is in cannot be weighted up",
        names=joined((margin.column for margin in margins), " and "),
    )


def _iterations(count: int) -> Message:
    return counted(count, "{n} iteration", "{n} iterations")


def _factors(factor: Floats) -> Message:
    return Message("factors {few} to {most}", few=f"{factor.min():.4g}", most=f"{factor.max():.4g}")

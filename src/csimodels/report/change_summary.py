"""What a comparison of two results comes to, in sentences: the terminal and the page begin with them."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pandas as pd

from csimodels.messages import N_, Message
from csimodels.report import formatting
from csimodels.spec import Model
from csimodels.tables.comparisons import REDEFINED


def summary_of(table: pd.DataFrame, model: Model, by: Sequence[str], lang: str) -> list[Message]:
    """The change of the index of the whole (empty where there is no such number), then counts of groups, of simple
    indices with nodes of the hierarchy, and of paths that have an interval, and that lower is better where it is.

    Parameters
    ----------
    table : DataFrame
        As :func:`csimodels.compare` gives it.
    model : Model
        Of the later result.
    by : sequence of str
        Group columns.
    lang : str
        Language of the label of the construct.
    """
    name = model.index.construct
    mine = table[table["subject"] == name]
    whole = whole_row(table, model, by)
    said = [Message("") if whole is None else whole_change(whole, model.label(name, lang))]
    rolled = bool((mine["table"] == "rollup").any())
    groups = mine[mine["table"] == ("rollup" if rolled else "index")] if by else mine.iloc[:0]
    if rolled:
        groups = groups[groups["level"] == model.rollup.levels[0]]
    paths = table[table["table"].isin(["overall_paths"] if by else ["paths"])]
    for rows, text in ((groups, N_("of {n} groups, {moves} measurably")),
                       (beside_rows(table, by), N_("simple indices and nodes of the hierarchy: of {n}, {moves} "
                                                   "measurably")),
                       (paths, N_("of {n} paths, {moves} measurably"))):  # fmt: skip
        tested = rows[rows["change"].notna() & rows["low"].notna()]
        if len(tested):
            moved = tested[tested["different"].astype(bool)]
            up, down = int((moved["change"] > 0).sum()), int((moved["change"] < 0).sum())
            said.append(Message(text, n=len(tested), moves=rose_and_fell(up, down)))
    if model.direction(name) < 0:
        text = "Lower is better here: a fall of {construct} is an improvement."
        said.append(Message(text, construct=model.label(name, lang)))
    return said


def largest(changes: Sequence[tuple[float, float, float]], *, apart: bool = False) -> tuple[int, tuple[Message, ...]]:
    """Which change is the largest by estimate, and how many others may be as large.

    A change is surely smaller where the interval of the difference of their sizes leaves 0 out.  Of separate samples
    its half is the root of the sum of squares of those of both (Newcombe 1998; Zou & Donner 2008); of others no more
    than their sum, which is taken where their covariance is not at hand.

    Parameters
    ----------
    changes : sequence of (float, float, float)
        Change, lower and upper limit.
    apart : bool
        Whether the changes are of separate samples.

    Returns
    -------
    int
        Its position.
    tuple of Message
        How many others may have changed as much; empty where none may.

    Examples
    --------
    >>> at, said = largest([(1.0, 0.5, 1.5), (-4.0, -5.0, -3.0), (2.0, -1.0, 5.0)])
    >>> at, [str(text) for text in said]
    (1, ['By the intervals, 1 other may have changed as much.'])
    >>> largest([(1.0, 0.5, 1.5), (-4.0, -5.0, -3.0)])
    (1, ())
    >>> str(largest([(1.0, -1.5, 3.5), (2.0, 0.5, 3.5), (0.0, -2.0, 2.0)])[1][0])
    'By the intervals, any of the others may have changed as much.'
    >>> [len(largest([(1.0, 0.1, 1.9), (2.5, 1.6, 3.4)], apart=apart)[1]) for apart in (False, True)]
    [1, 0]
    """
    at = max(range(len(changes)), key=lambda k: abs(changes[k][0]))
    size, below, _ = _size(changes[at])

    def may_reach(change: tuple[float, float, float]) -> bool:
        """Whether it may be as large, in its own direction or the other."""
        other, towards, away = _size(change)
        ends = ((other, away), (-other, towards))
        return any(size - x <= (math.hypot(below, reach) if apart else below + reach) for x, reach in ends)

    rivals = sum(may_reach(change) for k, change in enumerate(changes) if k != at)
    if 1 < rivals == len(changes) - 1:
        return at, (Message("By the intervals, any of the others may have changed as much."),)
    return at, (Message("By the intervals, {n} others may have changed as much.", n=rivals),) if rivals else ()


def _size(change: tuple[float, float, float]) -> tuple[float, float, float]:
    """Size of a change, and how far its limits lie towards 0 and away from it."""
    x, low, high = change
    return (x, x - low, high - x) if x >= 0 else (-x, high - x, x - low)


def separate(model: Model) -> bool:
    """Whether groups are separate samples as far as the spec says: they share neither units, strata nor replicates."""
    design = model.data.design
    if model.data.replicate_weights.columns and design.groups != "planned":
        return False
    return design.cluster is None and design.panel is None and design.groups != "by_chance"


def rose_and_fell(up: int, down: int) -> Message:
    """How many rose and how many fell, as a part of a sentence; a side on which there are none is left out."""
    if up and down:
        return Message("{up} rose and {down} fell", up=up, down=down)
    if up:
        return Message("{up} rose", up=up)
    return Message("{down} fell", down=down) if down else Message("none rose or fell")


def beside_rows(table: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """Simple indices and nodes of the hierarchy of all respondents together, those defined in another way left out."""
    mine = table["table"].isin([f"overall_{name}" if by else name for name in ("indices", "hierarchy")])
    return table[mine & ~table["status"].str.contains(REDEFINED, regex=False)]


def whole_row(table: pd.DataFrame, model: Model, by: Sequence[str]) -> dict[str, object] | None:
    """The row of the index of the top of the roll-up, or of all respondents; None where there is no single one."""
    mine, levels = table[table["subject"] == model.index.construct], model.rollup.levels
    if levels and "level" in mine:
        rows = mine[(mine["table"] == "rollup") & (mine["level"] == levels[-1])]
    else:
        rows = mine[mine["table"] == ("overall_index" if by else "index")]
    return formatting.records(rows)[0] if len(rows) == 1 else None


def whole_change(row: dict[str, object], label: str) -> Message:
    """Before, after and change of one index in a sentence; a direction only where the interval leaves 0 out."""
    shown = formatting.interval(row["low"], row["high"], 1)
    limits = "" if shown == formatting.NONE else shown
    numbers = {
        "construct": label,
        "before": formatting.number(row["before"], 1),
        "after": formatting.number(row["after"], 1),
        "change": formatting.signed(row["change"], 1),
        "limits": limits,
    }
    if not limits:
        return Message("{construct}: {before}, then {after}: {change}", **{k: numbers[k] for k in list(numbers)[:4]})
    if formatting.includes_zero(row["low"], row["high"]):
        return Message("{construct}: {before}, then {after}: no significant change, {change} {limits}", **numbers)
    if formatting.as_float(row["change"]) > 0:
        return Message("{construct}: {before}, then {after}: higher, {change} {limits}", **numbers)
    return Message("{construct}: {before}, then {after}: lower, {change} {limits}", **numbers)

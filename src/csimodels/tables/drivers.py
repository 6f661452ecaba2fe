"""What moves a construct: importance, performance, priority (Martilla & James 1977; Ringle & Sarstedt 2016)."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd

from csimodels.arguments import shown
from csimodels.errors import Problem, SpecError, nearest
from csimodels.moments.linalg import Floats
from csimodels.spec.model import Cut
from csimodels.tables.estimates import Estimates
from csimodels.tables.vocabulary import is_doubtful

Level = Literal["construct", "item"]

_PARTS = {"": "value", "_se": "se", "_low": "low", "_high": "high"}


def drivers(estimates: Estimates, target: str, level: Level = "construct") -> pd.DataFrame:
    """Driver table of `target`, by construct or by item.

    Columns: group columns, ``driver`` (and ``item``);
    ``importance``: unstandardised total effect, points of the target's index per point of the driver's 0-100
    performance (item: times the item's weight in its construct's index);
    ``performance``: 0-100 index of the driver (item: rescaled mean);
    ``priority``: importance times room for improvement, that is the points that go with the driver's best possible
    index, 100 (0 where lower is better), counted as gain of the target; each with ``_se, _low, _high``;
    ``importance_std``: standardised total effect (item: times its weight); ``share`` and ``cumulative``: share of the
    positive priorities, largest first; ``effect_lead`` (by construct, with ``_se, _low, _high``): size of the
    importance less the largest size among the other drivers, empty where there is no other;
    ``quadrant``: split at the cuts of the spec (the means where it states none):
    ``improve`` (important, performing low), ``keep`` (important, high), ``low`` (unimportant, low), ``overkill``
    (unimportant, high), ``unclear`` unless both clear their cut, empty where the fit bears no verdict; ``status``.

    A construct clears a cut where the interval of its distance from the cut leaves 0 out; a cut that is a mean or
    median moves with the sample, and the interval knows it.  The interval of an item is compared with the cut as it
    is.  A driver goes most closely with the target where its ``effect_lead`` is above 0 and the intervals of those of
    all others leave 0 out: each other is told apart from it at the stated level, which is a test of all of them at
    that level (an intersection-union test; Berger 1982).  Importance and performance count towards the better end of
    driver and target.  Effects of drivers overlap, so that shares order the drivers and do not add up.  Rows are sorted
    by priority within each group.

    Raises
    ------
    SpecError
        `target` is unknown or nothing leads to it.
    """
    d = estimates.layout.design
    pairs = _pairs_into(estimates, target)
    if level == "item":
        entries = [(place, k, i) for place, (k, i) in enumerate(estimates.layout.item_pairs) if i in pairs]
        labels = {
            "driver": [d.constructs[d.block[k]] for _, k, _ in entries],
            "item": [d.items[k] for _, k, _ in entries],
        }
        rows = [place for place, _, _ in entries]
        by_item = [k for _, k, _ in entries]
        blocks = ("item_importance", rows), ("performance", by_item), ("item_priority", rows)
        lead: dict[str, Floats] = {}
        std = _item_importance_std(estimates, [estimates.layout.item_pairs[i] for i in rows])
    elif level == "construct":
        sources = [d.pairs[i][0] for i in pairs]
        labels = {"driver": [d.constructs[s] for s in sources]}
        blocks = ("total_unstd", pairs), ("index", sources), ("priority", pairs)
        leads = {f"effect_lead{suffix}": (part, "importance_lead") for suffix, part in _PARTS.items()}
        std, lead = estimates.cells({"std": ("value", "total")}, pairs)["std"], estimates.cells(leads, pairs)
    else:
        raise SpecError(Problem("unknown level of drivers", "level", shown(level), "construct, item"))
    more = _triples(estimates, *blocks) | {
        "importance_std": std,
        **lead,
        "status": estimates.status_text(len(next(iter(labels.values())))),
    }
    table = estimates.frame(labels, {}, more=more)
    groups = len(estimates.keys)
    if level == "item":
        signs = _signs(estimates, [estimates.layout.item_pairs[i][1] for i in rows])
        sides = _sides(table, signs, estimates.layout.cuts, groups)
    else:
        sides = _cleared(estimates, pairs)
    table["quadrant"] = _quadrants(table, sides)
    return _ranked(table, groups)


def importance_sides(estimates: Estimates, target: str) -> pd.DataFrame:
    """Importance of every driver of `target`, and on which side of the cut of the spec it is.

    Columns: group columns, ``driver, importance, importance_low, importance_high, side`` (1 above, -1 below, 0 where
    the interval of the distance from the cut holds 0 or the fit bears no verdict), ``status``.
    """
    pairs = _pairs_into(estimates, target)
    parts = {"": "value", "_low": "low", "_high": "high"}
    cells = estimates.cells({f"importance{end}": (part, "total_unstd") for end, part in parts.items()}, pairs)
    status = estimates.status_text(len(pairs))
    sure = np.asarray([not is_doubtful(state) for state in status])
    more = cells | {"side": _cleared(estimates, pairs)[:, 0] * sure, "status": status}
    design = estimates.layout.design
    return estimates.frame({"driver": [design.constructs[design.pairs[i][0]] for i in pairs]}, {}, more=more)


def _item_importance_std(estimates: Estimates, item_pairs: list[tuple[int, int]]) -> Floats:
    """Standardised total effect of each item's construct times the item's normalised weight, all groups in turn."""
    blocks = estimates.layout.blocks
    total, share = estimates.value[:, blocks["total"]], estimates.value[:, blocks["weight_unstd"]]
    return np.asarray(total[:, [i for _, i in item_pairs]] * share[:, [k for k, _ in item_pairs]]).ravel()


def _pairs_into(estimates: Estimates, target: str) -> list[int]:
    d = estimates.layout.design
    reached = {d.constructs[t] for _, t in d.pairs}
    if target not in reached:
        what = "nothing leads to this construct" if target in d.constructs else "unknown construct"
        hint = "" if target in d.constructs else nearest(target, d.constructs)
        allowed = ", ".join(name for name in d.constructs if name in reached)
        raise SpecError(Problem(what, "drivers of", shown(target), allowed, hint))
    return [i for i, (_, t) in enumerate(d.pairs) if d.constructs[t] == target]


def _triples(
    estimates: Estimates,
    importance: tuple[str, list[int]],
    performance: tuple[str, list[int]],
    priority: tuple[str, list[int]],
) -> dict[str, object]:
    """Importance, performance and priority with their errors, side by side."""
    out: dict[str, object] = {}
    named = {"importance": importance, "performance": performance, "priority": priority}
    for name, (block, rows) in named.items():
        out |= estimates.cells({f"{name}{suffix}": (part, block) for suffix, part in _PARTS.items()}, rows)
    return out


def _ranked(table: pd.DataFrame, groups: int) -> pd.DataFrame:
    """Sort by priority within groups, which have equally many rows in turn, and add share and cumulative share."""
    priority = table["priority"].to_numpy(float).reshape(groups, -1)
    place = np.argsort(-priority, axis=1, kind="stable")
    ordered = np.take_along_axis(priority, place, axis=1)
    positive = np.where(np.isnan(ordered), 0.0, np.maximum(ordered, 0.0))
    with np.errstate(invalid="ignore"):
        share = np.where(np.isnan(ordered), np.nan, positive / positive.sum(axis=1, keepdims=True))
    cumulative = np.where(np.isnan(share), np.nan, np.cumsum(np.where(np.isnan(share), 0.0, share), axis=1))
    out = table.take((place + np.arange(groups)[:, None] * priority.shape[1]).ravel()).reset_index(drop=True)
    out["share"], out["cumulative"] = share.ravel(), cumulative.ravel()
    last = [*(c for c in out.columns if c.startswith("effect_lead")), "quadrant", "status"]
    return out[[*(c for c in out.columns if c not in last), *last]]


_QUADRANTS = {(True, False): "improve", (True, True): "keep", (False, False): "low", (False, True): "overkill"}


def _quadrants(table: pd.DataFrame, sides: Floats) -> list[str]:
    """Verdict of every row from its sides ``(rows, 2)`` of the cuts; empty where the fit bears none."""
    doubtful = [is_doubtful(state) for state in table["status"]]
    known = table["importance"].notna().to_numpy() & ~np.asarray(doubtful, dtype=bool)
    pairs = zip(sides.tolist(), known, strict=True)
    return [(_QUADRANTS[i > 0, p > 0] if i and p else "unclear") if k else "" for (i, p), k in pairs]


def _cleared(estimates: Estimates, pairs: list[int]) -> Floats:
    """(rows, 2) sides of the cuts of importance and performance, all groups in turn: 1 above, -1 below, 0 where the
    interval of the distance holds 0 or there is none."""
    gaps = [estimates.layout.blocks[name] for name in ("importance_gap", "performance_gap")]
    ends = (np.stack([part[:, gap][:, pairs] for gap in gaps], axis=-1) for part in (estimates.low, estimates.high))
    low, high = (end.reshape(-1, 2) for end in ends)
    return np.asarray((low > 0).astype(float) - (high < 0))


def _signs(estimates: Estimates, pairs: list[int]) -> Floats:
    """(rows, 2) whether importance and performance count upwards: better ends of driver and target."""
    better, ends = estimates.layout.better, np.asarray(estimates.layout.design.pairs)[pairs]
    return np.stack([better[ends[:, 0]] * better[ends[:, 1]], better[ends[:, 0]]], axis=-1)


def _sides(table: pd.DataFrame, signs: Floats, cuts: tuple[Cut, Cut], groups: int = 1) -> Floats:
    """(rows, 2) sides of the cuts, taken as they are, of the items of every group, which have ``signs (k, 2)``."""
    out = np.zeros((groups, len(signs), 2))
    for axis, name in enumerate(("importance", "performance")):
        ends = (table[f"{name}{end}"].to_numpy(float).reshape(groups, -1) for end in ("", "_low", "_high"))
        value, low, high = ends
        turned = signs[:, axis] < 0
        start = 100.0 if axis else 0.0
        value = np.where(turned, start - value, value)
        low, high = np.where(turned, start - high, low), np.where(turned, start - low, high)
        cut = np.asarray([_cut_of(cuts[axis], own[~np.isnan(own)]) for own in value])[:, None]
        out[..., axis] = (low > cut).astype(float) - (high < cut)
    return out.reshape(-1, 2)


def _cut_of(cut: Cut, known: Floats) -> float:
    """Where the values of one group are split."""
    if not isinstance(cut, str):
        return cut
    if not known.size:
        return np.nan
    return float(np.mean(known) if cut == "mean" else np.median(known))

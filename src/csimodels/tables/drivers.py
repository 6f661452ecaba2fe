"""What moves a construct: importance, performance, priority (Martilla & James 1977; Ringle & Sarstedt 2016)."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd

from csimodels.arguments import shown
from csimodels.errors import Problem, SpecError, nearest
from csimodels.moments.linalg import Floats
from csimodels.tables.estimates import Estimates
from csimodels.tables.vocabulary import DOUBTFUL

Level = Literal["construct", "item"]

_PARTS = ("", "_se", "_low", "_high")


def drivers(estimates: Estimates, target: str, level: Level = "construct") -> pd.DataFrame:
    """Driver table of `target`, by construct or by item.

    Columns: group columns, ``driver`` (and ``item``);
    ``importance``: unstandardised total effect, points of the target's index per point of the driver's 0-100
    performance (item: times the item's weight in its construct's index);
    ``performance``: 0-100 index of the driver (item: rescaled mean);
    ``priority``: importance times room for improvement, that is the points the target would gain if the driver rose to
    100; each with ``_se, _low, _high``; ``importance_std``: standardised total effect (item: times its weight);
    ``share`` and ``cumulative``: share of the positive priorities, largest first; ``quadrant``: split at the means:
    ``improve`` (important, performing low), ``keep`` (important, high), ``low`` (unimportant, low), ``overkill``
    (unimportant, high), ``unclear`` unless the intervals of importance and performance both lie on one side of the
    mean, empty where the fit bears no verdict; ``status``.  Effects of drivers overlap, so that shares order the
    drivers and do not add up.  Rows are sorted by priority within each group.

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
        table = _triples(estimates, labels, *blocks)
        table["importance_std"] = _item_importance_std(estimates, [estimates.layout.item_pairs[i] for i in rows])
    elif level == "construct":
        sources = [d.pairs[i][0] for i in pairs]
        labels = {"driver": [d.constructs[s] for s in sources]}
        table = _triples(estimates, labels, ("total_unstd", pairs), ("index", sources), ("priority", pairs))
        std = estimates.frame(labels, {"importance_std": ("value", "total")}, pairs)
        table["importance_std"] = std["importance_std"]
    else:
        raise SpecError(Problem("unknown level of drivers", "level", shown(level), "construct, item"))
    table["status"] = estimates.status_text(len(next(iter(labels.values()))))
    return _ranked(table, list(estimates.by))


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
    labels: dict[str, list[str]],
    importance: tuple[str, list[int]],
    performance: tuple[str, list[int]],
    priority: tuple[str, list[int]],
) -> pd.DataFrame:
    """Importance, performance and priority with their errors, side by side."""
    table = estimates.frame(labels, {})
    parts = dict(zip(_PARTS, ("value", "se", "low", "high"), strict=True))
    named = {"importance": importance, "performance": performance, "priority": priority}
    for name, (block, rows) in named.items():
        columns = {f"{name}{suffix}": (part, block) for suffix, part in parts.items()}
        values = estimates.frame(labels, columns, rows)
        for column in columns:
            table[column] = values[column]
    return table


def _ranked(table: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Sort by priority within groups and add share, cumulative share and quadrant."""
    groups = [part for _, part in table.groupby(by, sort=False)] if by else [table]
    done = []
    for part in groups:
        ordered = part.sort_values("priority", ascending=False, kind="stable", na_position="last").copy()
        positive = ordered["priority"].clip(lower=0)
        ordered["share"] = positive / positive.sum()
        ordered["cumulative"] = ordered["share"].cumsum()
        ordered["quadrant"] = _quadrant(ordered)
        done.append(ordered)
    out = pd.concat(done, ignore_index=True)
    return out[[*(c for c in out.columns if c != "status"), "status"]]


def _quadrant(table: pd.DataFrame) -> list[str]:
    names = {(True, False): "improve", (True, True): "keep", (False, False): "low", (False, True): "overkill"}
    sides = [_side(table, name) for name in ("importance", "performance")]
    doubtful = [any(word in str(state) for word in DOUBTFUL) for state in table["status"]]
    known = table["importance"].notna().to_numpy() & ~np.asarray(doubtful, dtype=bool)
    pairs = zip(*sides, known, strict=True)
    return [(names.get((i > 0, p > 0), "") if i and p else "unclear") if k else "" for i, p, k in pairs]


def _side(table: pd.DataFrame, name: str) -> list[int]:
    """1 and -1 where the interval lies above and below the mean of all; 0 where it holds it, or there is none."""
    cut = table[name].mean()
    low, high = table[f"{name}_low"] > cut, table[f"{name}_high"] < cut
    return [int(above) - int(below) for above, below in zip(low, high, strict=True)]

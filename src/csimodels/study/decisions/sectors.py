"""The change of the top of a roll-up, split over its sectors into answers, item weights and shares, exactly."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from csimodels.desk.trend import split_change_over_sectors
from csimodels.moments.linalg import Floats
from csimodels.rollup.comparisons import Comparing
from csimodels.study.decisions.trend import wave_names
from csimodels.tables.rollup import Tree

Ints = NDArray[np.intp]


def change_sectors(comparing: Comparing) -> pd.DataFrame | None:
    """Table ``change_sectors``: from, to, sector, construct, answers, weights, shares, total.

    A sector is a unit right below the top.  A company that is there in one wave only counts among the shares.  None
    without a roll-up over waves, or with several tops.
    """
    tree, e = comparing.tree, comparing.estimates
    names = wave_names(e.by, e.keys, comparing.wave)
    if tree is None or len(names) < 2 or tree.waves != (comparing.wave,):
        return None
    made_of = comparing.units()[0].shares.of_groups
    top = len(tree.levels) - 1
    rows: list[dict[str, object]] = []
    for before, after in pairwise(names):
        tops = [np.flatnonzero((tree.level == top) & [w == (name,) for w in tree.wave]) for name in (before, after)]
        if any(len(found) != 1 for found in tops):
            return None
        rows += _step(comparing, tree, (made_of[tops[0][0]], made_of[tops[1][0]]), (before, after))
    return pd.DataFrame(rows)


def _step(
    comparing: Comparing, tree: Tree, shares: tuple[Floats, Floats], step: tuple[object, object]
) -> list[dict[str, object]]:
    e = comparing.estimates
    d, blocks = e.layout.design, e.layout.blocks
    above = tree.ancestor(len(tree.levels) - 2)
    companies = list(dict.fromkeys(tree.identity[i] for i in np.flatnonzero(tree.group >= 0)))
    sector = {tree.identity[i]: tree.called(int(above[i])) for i in np.flatnonzero(tree.group >= 0)}
    place = {(tree.wave[i], tree.identity[i]): int(tree.group[i]) for i in np.flatnonzero(tree.group >= 0)}
    at = [np.asarray([place.get(((wave,), name), -1) for name in companies]) for wave in step]
    w = [np.where(g >= 0, s[g], 0.0) for s, g in zip(shares, at, strict=True)]
    parts = [[np.where((g >= 0)[:, None], e.value[g][:, blocks[n]], np.nan) for g in at]
             for n in ("weight_unstd", "performance")]  # fmt: skip
    (v0, v1), (p0, p1) = (_both(*pair) for pair in parts)
    rows: list[dict[str, object]] = []
    for j, construct in enumerate(d.constructs):
        mine = d.mask[:, j] > 0
        found = split_change_over_sectors((w[0], w[1]), (v0[:, mine], v1[:, mine]), (p0[:, mine], p1[:, mine]))
        sums = (found.answers.sum(axis=1), found.weights.sum(axis=1), found.shares)
        for name in dict.fromkeys(sector.values()):
            inside = np.asarray([sector[company] == name for company in companies])
            values = [float(part[inside].sum()) for part in sums]
            row: dict[str, object] = {"from": step[0], "to": step[1], "sector": name, "construct": construct}
            rows.append(row | dict(zip(("answers", "weights", "shares"), values, strict=True)) | {"total": sum(values)})
    return rows


def _both(first: Floats, second: Floats) -> tuple[Floats, Floats]:
    """Two waves, each filled from the other where a company is not there; 0 where it is in neither."""
    return (
        np.nan_to_num(np.where(np.isnan(first), second, first)),
        np.nan_to_num(np.where(np.isnan(second), first, second)),
    )

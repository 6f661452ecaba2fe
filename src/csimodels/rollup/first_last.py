"""The first unit of every level in between against the last one, wave by wave (docs/rollup.md#first-and-last)."""

from __future__ import annotations

from functools import partial
from itertools import combinations

import numpy as np
import pandas as pd

from csimodels.errors import OK
from csimodels.infer.multiple import Adjust
from csimodels.rollup.estimates import GroupNumbers
from csimodels.rollup.ranks import by_wave, tested_units
from csimodels.spec import Model
from csimodels.tables import comparisons
from csimodels.tables.rollup import RolledUp, unit_columns


def first_and_last(rolled: RolledUp, groups: GroupNumbers, model: Model, adjust: Adjust) -> pd.DataFrame:
    """One row for every wave and level above the lowest that has two units or more: the first less the last.

    Both are chosen by their indices, so the p-value is corrected for all pairs of the level.

    Parameters
    ----------
    rolled : RolledUp
    groups : GroupNumbers
    model : Model
        Its index construct is compared; `better: low` makes the lowest unit the first.
    adjust : str
        How p-values are corrected for the pairs of a level and wave.
    """
    tree, name = rolled.tree, model.index.construct
    j = list(rolled.names).index(name)
    value = model.direction(name) * rolled.value[:, j]
    usable = np.isfinite(value) & np.asarray([str(state) == str(OK) for state in rolled.status])
    parts = []
    for place, level in enumerate(tree.levels[1:], 1):
        rows = np.flatnonzero(tree.level == place).tolist()
        waves = {wave: [i for i in rows if tree.wave[i] == wave] for wave in dict.fromkeys(tree.wave[i] for i in rows)}
        pairs = [pair for mine in waves.values() for pair in combinations(mine, 2)]
        if not pairs:
            continue
        units, against, tested = tested_units(rolled, groups, [j], "pairs", of=level, level=model.uncertainty.level)
        p_adj = by_wave(tree, units, tested.p.ravel(), adjust)
        at = {pair: k for k, pair in enumerate(pairs)}
        for mine in waves.values():
            known = sorted((i for i in mine if usable[i]), key=lambda i: -value[i])
            if len(known) > 1:
                first, last = known[0], known[-1]
                swapped = (first, last) not in at
                k = [at[(last, first) if swapped else (first, last)]]
                labels = unit_columns(tree, units[k]) | {"against": [against[k[0]]], "construct": [name]}
                shown = tested.each(partial(np.take, indices=k, axis=-1))
                row = comparisons.compared(labels, "difference", shown, p_adj[k], model.uncertainty.level)
                parts.append(_turned(row, rolled, first, last) if swapped else row)
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


def _turned(row: pd.DataFrame, rolled: RolledUp, first: int, last: int) -> pd.DataFrame:
    """The difference of two units the other way round."""
    turned = {"difference": -row["difference"], "low": -row["high"], "high": -row["low"]}
    out = row.assign(against=rolled.tree.called(last), **turned)
    for name, values in unit_columns(rolled.tree, np.asarray([first])).items():
        out[name] = pd.Series(values, index=out.index)
    return out

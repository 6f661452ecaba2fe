"""Customer classes, or touchpoints, and their weighted total: a roll-up whose weights stand in the spec (docs/desk.md).

``I = sum_c W_c I_c``: with replicates every one of them is summed, without ``var = sum W_c^2 var_c``.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from csimodels.moments import Key
from csimodels.rollup.estimates import GroupNumbers, rolled_up
from csimodels.spec.desk import ClassesSpec
from csimodels.spec.model import UncertaintySpec, plain_text
from csimodels.tables.rollup import RolledUp, Tree


def class_table(
    asked: ClassesSpec,
    by: tuple[str, ...],
    keys: Sequence[Key],
    numbers: Sequence[GroupNumbers],
    spec: UncertaintySpec,
) -> pd.DataFrame:
    """Table ``classes``: class by class and index by index, then the weighted total, whose class is empty.

    Columns: group columns, that of the classes last; ``weight, construct, index, se, low, high, n, status``.

    Parameters
    ----------
    numbers : the indices of all constructs, then of what stands beside the model.
    """
    tree = class_tree(asked, by, keys)
    rest = [name for name in by if name != asked.column]
    parts = []
    for rolled in (rolled_up(tree, some, spec.level, spec.interval) for some in numbers):
        parts += [_row(rolled, i, j, asked.column, rest) for i in range(len(tree)) for j in range(len(rolled.names))]
    order = {wave: k for k, wave in enumerate(dict.fromkeys(tree.wave))}
    parts.sort(key=lambda row: order[row[0]])
    return pd.DataFrame([row[1] for row in parts])


def _row(rolled: RolledUp, i: int, j: int, column: str, rest: Sequence[str]) -> tuple[Key, dict[str, object]]:
    tree = rolled.tree
    weight = tree.weight[i] if tree.level[i] == 0 else 1.0
    row: dict[str, object] = dict(zip(rest, tree.wave[i], strict=True)) | {column: tree.unit[i][0]}
    row |= {"weight": float(weight), "construct": rolled.names[j], "index": float(rolled.value[i, j])}
    row |= {end: float(getattr(rolled, end)[i, j]) for end in ("se", "low", "high")}
    return tree.wave[i], row | {"n": int(rolled.n[i]), "status": rolled.status[i]}


def class_tree(asked: ClassesSpec, by: tuple[str, ...], keys: Sequence[Key]) -> Tree:
    """Classes in the order of the spec, and their total above, for every value of the other group columns."""
    place, shares = by.index(asked.column), asked.shares
    other = [k for k in range(len(by)) if k != place]
    waves = list(dict.fromkeys(tuple(key[k] for k in other) for key in keys))
    names = {plain_text(key[place]): key[place] for key in keys}
    at = {(tuple(key[k] for k in other), plain_text(key[place])): g for g, key in enumerate(keys)}
    size = len(shares) + 1
    units = [(names.get(name, name),) for name in shares] + [("",)]
    weights = [*shares.values(), np.nan]
    return Tree(
        levels=(asked.column, "total"),
        waves=tuple(by[k] for k in other),
        columns=(),
        level=np.tile(np.asarray([0] * len(shares) + [1], dtype=np.intp), len(waves)),
        unit=tuple(units) * len(waves),
        identity=tuple((unit,) for unit in units) * len(waves),
        wave=tuple(wave for wave in waves for _ in range(size)),
        parent=np.concatenate([np.r_[np.full(len(shares), (k + 1) * size - 1), -1] for k in range(len(waves))]),
        group=np.asarray([at.get((wave, name), -1) for wave in waves for name in (*shares, "")], dtype=np.intp),
        weight=np.asarray(weights * len(waves)),
    )

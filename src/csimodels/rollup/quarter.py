"""The level that the best quarter of the units reach, wave by wave (docs/rollup.md#the-best-quarter)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from csimodels.errors import OK
from csimodels.infer.quarter import LEAST_UNITS, level_of_quarter
from csimodels.messages import N_
from csimodels.moments.linalg import Floats
from csimodels.tables.rollup import RolledUp

#: Columns behind the waves, in their order.
COLUMNS = ("construct", "index", "se", "low", "high", "among", "status")


def best_quarters(
    rolled: RolledUp, draws: Sequence[Floats], directions: Sequence[int], level: float = 0.95
) -> pd.DataFrame:
    """One row for every wave with four units or more, and construct.

    Parameters
    ----------
    rolled : RolledUp
        Units of the lowest level are the ones that are counted.
    draws : (J) arrays (U, R)
        Replicates of every unit on each construct, or normal draws in their place.
    directions : (J) of int
        1 where the highest index is the best, -1 where the lowest is.
    level : float
        Confidence level.
    """
    tree, made_of = rolled.tree, rolled.shares.of_groups
    rows = np.flatnonzero(tree.level == 0)
    out: list[dict[str, object]] = []
    for wave in dict.fromkeys(tree.wave[i] for i in rows):
        mine = np.asarray([i for i in rows if tree.wave[i] == wave], dtype=np.intp)
        for j, construct in enumerate(rolled.names):
            cov = None
            if rolled.group_cov is not None:
                cov = made_of[mine] @ rolled.group_cov[j] @ made_of[mine].T
            value, se, df = (part[mine, j] for part in (rolled.value, rolled.se, rolled.df))
            found = level_of_quarter(value, se, df, draws[j][mine], level, cov, directions[j])
            if found.among < LEAST_UNITS:
                continue
            row = {**dict(zip(tree.waves, wave, strict=True)), "construct": construct, "index": found.value}
            row |= {"se": found.se, "low": found.low, "high": found.high, "among": found.among}
            out.append(row | {"status": str(OK) if np.isfinite(found.low) else N_("no interval")})
    return pd.DataFrame(out, columns=[*tree.waves, *COLUMNS])

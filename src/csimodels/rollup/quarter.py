"""The level that the best quarter of the units reach, wave by wave (docs/rollup.md#the-best-quarter)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from csimodels.errors import OK
from csimodels.infer.quarter import LEAST_UNITS, Reached, level_of_quarter
from csimodels.messages import N_
from csimodels.moments.linalg import Floats
from csimodels.moments.pool import each_done
from csimodels.tables.rollup import RolledUp

#: Columns behind the waves, in their order.
COLUMNS = ("construct", "index", "se", "low", "high", "among", "status")


def best_quarters(
    rolled: RolledUp, draws: Callable[[int], Floats], directions: Sequence[int], level: float = 0.95
) -> pd.DataFrame:
    """One row for every wave with four units or more, and construct.

    Parameters
    ----------
    rolled : RolledUp
        Units of the lowest level are the ones that are counted.
    draws : function
        Place of a construct -> replicates ``(U, R)`` of every unit, or normal draws in their place.
    directions : (J) of int
        1 where the highest index is the best, -1 where the lowest is.
    level : float
        Confidence level.
    """
    tree = rolled.tree
    rows = np.flatnonzero(tree.level == 0)
    waves = dict.fromkeys(tree.wave[i] for i in rows)
    sets = [np.asarray([i for i in rows if tree.wave[i] == wave], dtype=np.intp) for wave in waves]

    def reached(j: int) -> list[Reached]:
        return _by_wave(rolled, sets, draws(j), (j, directions[j]), level)

    every = each_done([partial(reached, j) for j in range(len(rolled.names))])
    out: list[dict[str, object]] = []
    for k, wave in enumerate(waves):
        for construct, by_wave in zip(rolled.names, every, strict=True):
            found = by_wave[k]
            if found.among < LEAST_UNITS:
                continue
            row = {**dict(zip(tree.waves, wave, strict=True)), "construct": construct, "index": found.value}
            row |= {"se": found.se, "low": found.low, "high": found.high, "among": found.among}
            out.append(row | {"status": str(OK) if np.isfinite(found.low) else N_("no interval")})
    return pd.DataFrame(out, columns=[*tree.waves, *COLUMNS])


def _by_wave(
    rolled: RolledUp, sets: Sequence[NDArray[np.intp]], draws: Floats, which: tuple[int, int], level: float
) -> list[Reached]:
    """The level of the quarter of each of some sets of units; `which` construct, and its direction."""
    (j, direction), made_of, out = which, rolled.shares.of_groups, []
    for mine in sets:
        cov = None
        if rolled.group_cov is not None:
            cov = made_of[mine] @ rolled.group_cov[j] @ made_of[mine].T
        value, se, df = (part[mine, j] for part in (rolled.value, rolled.se, rolled.df))
        out.append(level_of_quarter(value, se, df, draws[mine], level, cov, direction))
    return out

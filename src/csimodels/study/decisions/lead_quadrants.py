"""Where every driver stands on the map of importance and lead: ahead or behind, important or not, or unclear."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from csimodels.desk.benchmark import QUADRANTS
from csimodels.tables import Estimates
from csimodels.tables.drivers import importance_sides

_LEADS = ("lead_best", "lead_best_low", "lead_best_high")


def lead_quadrants(estimates: Estimates, target: str, leads: pd.DataFrame) -> pd.DataFrame:
    """Table ``lead_quadrants``: the drivers of `target` in every group, with importance, lead and quadrant.

    A driver is important, or less so, where the interval of the distance of its importance from the cut of the spec
    leaves 0 out; ahead or behind where that of the lead does; else its quadrant is ``unclear``, as in the table of the
    drivers.  Columns: group columns, ``driver, importance, importance_low, importance_high, lead_best, lead_best_low,
    lead_best_high, quadrant, status``.

    Parameters
    ----------
    estimates : Estimates
        Of the groups.
    target : str
        The construct whose drivers are meant.
    leads : DataFrame
        Table ``benchmark`` of the same groups.
    """
    by = list(estimates.by)
    found = importance_sides(estimates, target)
    mine = leads.rename(columns={"construct": "driver"})[[*by, "driver", *_LEADS]]
    table = found.merge(mine, on=[*by, "driver"], how="left", sort=False)
    table["quadrant"] = _quadrants(table)
    return table[[*by, "driver", "importance", "importance_low", "importance_high", *_LEADS, "quadrant", "status"]]


def _quadrants(table: pd.DataFrame) -> Sequence[str]:
    """A word for every row; empty where importance or lead is not known."""
    low, high = table["lead_best_low"].to_numpy(float), table["lead_best_high"].to_numpy(float)
    important, ahead = table["side"].to_numpy(float), (low > 0).astype(float) - (high < 0)
    place = np.where(important > 0, np.where(ahead > 0, 0, 1), np.where(ahead > 0, 2, 3))
    named = np.where((important == 0) | (ahead == 0), "unclear", np.asarray(QUADRANTS)[place])
    known = table["importance"].notna() & table["lead_best"].notna()
    return [str(word) for word in np.where(known, named, "")]

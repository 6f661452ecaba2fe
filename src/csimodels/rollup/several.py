"""Several stored results, one a wave: levels side by side, slope and homogeneity (docs/decisions.md#trend)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from csimodels.desk.trend import covariance_of_waves, trend
from csimodels.errors import Problem, SpecError, listed
from csimodels.infer.interval import symmetric
from csimodels.rollup.changes import Compared


def trend_of_results(results: Sequence[Compared], names: Sequence[str]) -> pd.DataFrame:
    """Indices of all respondents in several results as independent samples, in the order given.

    Parameters
    ----------
    results : sequence of Result
        In the order of time.
    names : sequence of str
        One for each.

    Returns
    -------
    pandas.DataFrame
        Columns: ``construct``, one for each result by its name, ``slope, se, low, high, p`` per wave, ``q, df,
        p_equal``.

    Raises
    ------
    SpecError
        Fewer than two results, or no construct with errors in all of them.
    """
    if len(results) < 2:
        raise SpecError(Problem("a trend needs at least two waves", "compare", listed(names)))
    tables = []
    for result in results:
        found = result.tables()
        table = found["overall_index" if "overall_index" in found else "index"]
        if result.by and "overall_index" not in found:
            raise SpecError(Problem("a result has no index of all respondents", "compare", listed(names)))
        tables.append(table.set_index("construct")[["index", "se"]])
    common = [c for c in tables[-1].index if all(c in t.index and t.loc[c].notna().all() for t in tables)]
    if not common:
        what = "no construct has an index with its error in every result"
        raise SpecError(Problem(what, "compare", listed(names), remedy="run the studies with intervals"))
    value = np.asarray([[t.loc[c, "index"] for t in tables] for c in common], dtype=float)
    se = np.asarray([[t.loc[c, "se"] for t in tables] for c in common], dtype=float)
    line = trend(value, covariance_of_waves(se))
    around = symmetric(line.slope, line.se, results[-1].model.uncertainty.level)
    out = pd.DataFrame({"construct": common})
    for k, name in enumerate(names):
        out[name] = value[:, k]
    out["slope"] = line.slope
    for end in ("se", "low", "high", "p"):
        out[end] = getattr(around, end)
    out["q"], out["df"], out["p_equal"] = line.q, float(line.df), line.p
    return out

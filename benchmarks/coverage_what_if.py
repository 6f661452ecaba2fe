"""Coverage of what-if under weights, linearised errors beside the jackknife: ``coverage_what_if.py [surveys]``.

The weighted surveys of 250 of ``coverage_desk.py`` (300 by default, half a minute of processor), the same for both
methods: share held, shares with the truth above and below the interval, root mean square of the errors beside the
standard deviation of the estimates.  Written to ``benchmarks/results/coverage_what_if.csv``; docs/desk.md cites it.
"""

from __future__ import annotations

import sys

import numpy as np
import pandas as pd
from coverage_desk import ROOT, population, surveys

import csimodels as cs

SPEC = """
csi: 1
extends: ecsi
what_if: {Quality: 2, Value: 2}
"""
#: Surveys that are the groups of one study.
AT_ONCE = 50
KEYS = ["meaning", "construct"]


def main(count: int) -> None:
    """Print and write one row for every number and method."""
    everybody, model = population(), cs.parse_model(SPEC)
    truth = cs.Study(model, everybody, uncertainty=None).run(progress=False).what_if().set_index(KEYS)["change"]
    data, parts = surveys(everybody, count, 250, True), []
    for start in range(0, count, AT_ONCE):
        some = data[data["survey"].between(start, start + AT_ONCE - 1)]
        for method in ("linearised", "jackknife"):
            study = cs.Study(model, some, by="survey", weight="w", uncertainty=method)
            parts.append(study.run(progress=False).what_if().assign(method=method))
    found = pd.concat(parts, ignore_index=True)
    found = found[found["construct"].isin(["Satisfaction", "Complaints", "Loyalty"])]
    found["true"] = [truth[key] for key in zip(found["meaning"], found["construct"], strict=True)]
    found = found.assign(above=found["high"] < found["true"], below=found["low"] > found["true"])
    found["held"] = ~found["above"] & ~found["below"]
    by = found.groupby([*KEYS, "method"])
    done = by[["held", "above", "below"]].mean().assign(surveys=by.size())
    done["se"] = by["se"].agg(lambda se: np.sqrt((se**2).mean()))
    done["sd"] = by["change"].std()
    done = done.round(4).reset_index()
    done.to_csv(ROOT / "benchmarks" / "results" / "coverage_what_if.csv", index=False, lineterminator="\n")
    print(done.to_string())


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 300)

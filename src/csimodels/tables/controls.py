"""Covariates: what items of no construct do to constructs, beside the index."""

from __future__ import annotations

import numpy as np
import pandas as pd

from csimodels.messages import Message
from csimodels.tables.estimates import Estimates

#: State of a kind that nobody of a group is of.
NOBODY = Message("no respondents")


def controls(estimates: Estimates) -> pd.DataFrame:
    """Effects of covariates on constructs, in the equation with all other sources of the construct.

    Columns: group columns, ``target, control``; ``kind`` of a nominal one and the ``reference`` it is compared with;
    ``estimate`` with ``se, low, high, p``: standardised, of a kind for belonging to it, in standard deviations of the
    target; ``points`` with ``points_se, points_low, points_high``: points of the target's index for one unit, or for
    belonging to the kind; ``f2``; ``status``.  Kinds that nobody of a group is of have no effect.
    """
    d = estimates.layout.design
    columns = [d.controls[k] for k, _ in d.controlled]
    labels = {
        "target": [d.constructs[target] for _, target in d.controlled],
        "control": [column.item for column in columns],
        "kind": [column.level for column in columns],
        "reference": [column.reference for column in columns],
    }
    parts = {"estimate": "value", "se": "se", "low": "low", "high": "high", "p": "p"}
    shown = {name: (part, "control") for name, part in parts.items()}
    shown |= {"points": ("value", "control_points")}
    shown |= {f"points_{part}": (part, "control_points") for part in ("se", "low", "high")}
    table = estimates.frame(labels, shown | {"f2": ("value", "control_f2")})
    empty = table["estimate"].isna().to_numpy()
    states = np.asarray(estimates.status_text(len(columns)), dtype=object)
    table["status"] = [NOBODY if gone and state == "ok" else state for gone, state in zip(empty, states, strict=True)]
    return table

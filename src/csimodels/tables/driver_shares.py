"""Table of what each driver contributes to R2 (docs/decisions.md)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from csimodels.tables.estimates import Estimates

_ENDS = ("se", "low", "high")


def driver_shares(estimates: Estimates) -> pd.DataFrame:
    """Columns: group columns, ``target, driver, estimate``; ``total``: standardised total effect; ``sign`` of the
    coefficient; ``lmg`` and ``relative_weight``, each with ``_se, _low, _high`` and ``_share`` of R2; ``r2, status``.
    """
    d, blocks = estimates.layout.design, estimates.layout.blocks
    edges, size = d.edges, len(d.edges)
    labels = {"target": [d.constructs[t] for _, t in edges], "driver": [d.constructs[s] for s, _ in edges]}
    table = estimates.frame(labels, {"estimate": ("value", "path")}, list(range(size)))
    total = [d.pairs.index(edge) for edge in edges]
    endogenous = [d.endogenous.index(t) for _, t in edges]
    table["total"] = estimates.value[:, blocks["total"]][:, total].ravel()
    table["sign"] = np.where(table["estimate"] < 0, "-", "+")
    r2 = estimates.value[:, blocks["r2"]][:, endogenous].ravel()
    for name in ("lmg", "relative_weight"):
        table[name] = estimates.value[:, blocks[name]].ravel()
        for end in _ENDS:
            table[f"{name}_{end}"] = getattr(estimates, end)[:, blocks[name]].ravel()
        with np.errstate(invalid="ignore", divide="ignore"):
            table[f"{name}_share"] = table[name].to_numpy() / r2
    table["r2"] = r2
    table["status"] = estimates.status_text(size)
    return table

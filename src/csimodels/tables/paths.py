"""The structural model: paths, effects, explained variance."""

from __future__ import annotations

import pandas as pd

from csimodels.tables.estimates import Estimates
from csimodels.tables.quantities import IMPACT_POINTS


def paths(estimates: Estimates) -> pd.DataFrame:
    """Standardised path coefficients.

    Columns: group columns, ``source, target, estimate, se, low, high, p, status``; ``p`` is two-sided for a path of
    zero, from the same replicates as the interval.
    """
    d = estimates.layout.design
    labels = {
        "source": [d.constructs[s] for s, _ in d.edges],
        "target": [d.constructs[t] for _, t in d.edges],
    }
    columns = {"estimate": ("value", "path"), **{part: (part, "path") for part in ("se", "low", "high", "p")}}
    return estimates.frame(labels, columns, more={"status": estimates.status_text(len(d.edges))})


def effects(estimates: Estimates) -> pd.DataFrame:
    """Direct, indirect and total effects of every construct on every construct it reaches.

    Columns: group columns, ``source, target``; ``direct, indirect, total`` standardised; ``total_unstd``: points of the
    target's index per point of the source's; ``impact``: points of the target for a rise of the source by
    5 points (ACSI style); ``_se, _low, _high`` of total and impact; ``status``.
    """
    d = estimates.layout.design
    labels = {
        "source": [d.constructs[s] for s, _ in d.pairs],
        "target": [d.constructs[t] for _, t in d.pairs],
    }
    columns = {
        "direct": ("value", "direct"),
        "indirect": ("value", "indirect"),
        "total": ("value", "total"),
        "total_se": ("se", "total"),
        "total_low": ("low", "total"),
        "total_high": ("high", "total"),
        "total_p": ("p", "total"),
        "total_unstd": ("value", "total_unstd"),
    }
    impact = {"impact": "value", "impact_se": "se", "impact_low": "low", "impact_high": "high"}
    points = estimates.cells({name: (part, "total_unstd") for name, part in impact.items()})
    more: dict[str, object] = {name: IMPACT_POINTS * values for name, values in points.items()}
    more["status"] = estimates.status_text(len(d.pairs))
    return estimates.frame(labels, columns, more=more)


def r2(estimates: Estimates) -> pd.DataFrame:
    """Explained variance of every endogenous construct.

    Columns: group columns, ``construct, r2, r2_adj``; ``se, low, high`` of ``r2``; ``status``.
    """
    d = estimates.layout.design
    columns = {"r2": ("value", "r2"), "r2_adj": ("value", "r2_adj")}
    columns |= {part: (part, "r2") for part in ("se", "low", "high")}
    labels = {"construct": [d.constructs[j] for j in d.endogenous]}
    return estimates.frame(labels, columns, more={"status": estimates.status_text(len(d.endogenous))})

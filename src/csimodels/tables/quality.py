"""Quality of measurement and model: the number first, the verdict second."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from csimodels.messages import N_
from csimodels.moments.linalg import Floats
from csimodels.tables.estimates import Estimates


@dataclass(frozen=True)
class Criterion:
    """A criterion with its rule of thumb, which a reader may overrule.

    ``verdict`` turns a value into ``"ok"``, ``"below"`` or ``"above"`` (the side on which it misses), or a size.
    """

    name: str
    block: str
    threshold: str
    verdict: Callable[[float], str]
    source: str


def _at_least(bound: float) -> Callable[[float], str]:
    return lambda value: "ok" if value >= bound else "below"


def _under(bound: float) -> Callable[[float], str]:
    return lambda value: "ok" if value < bound else "above"


def _effect_size(value: float) -> str:
    names = ("none", "small", "medium", "large")
    return names[int(np.searchsorted([0.02, 0.15, 0.35], value, side="right"))]


CRITERIA = (
    Criterion("alpha", "alpha", ">= 0.70", _at_least(0.7), "Nunnally & Bernstein 1994"),
    Criterion("rho_A", "rho_a", ">= 0.70", _at_least(0.7), "Dijkstra & Henseler 2015"),
    Criterion("rho_C", "rho_c", ">= 0.70", _at_least(0.7), "Hair, Hult, Ringle & Sarstedt 2022"),
    Criterion("AVE", "ave", ">= 0.50", _at_least(0.5), "Fornell & Larcker 1981"),
    Criterion("Fornell-Larcker", "fornell_larcker", "> 0", _at_least(0.0), "Fornell & Larcker 1981"),
    Criterion("HTMT", "htmt", "< 0.85", _under(0.85), "Henseler, Ringle & Sarstedt 2015"),
    Criterion("loading", "loading", ">= 0.708", _at_least(0.708), "Hair, Hult, Ringle & Sarstedt 2022"),
    Criterion("VIF", "vif", "< 5", _under(5.0), "Hair, Hult, Ringle & Sarstedt 2022"),
    Criterion("f2", "f2", N_("0.02 small, 0.15 medium, 0.35 large"), _effect_size, "Cohen 1988"),
)


#: Columns of the table behind those of the groups.
COLUMNS = ("criterion", "subject", "value", "low", "high", "threshold", "verdict", "source", "status")


def quality(estimates: Estimates) -> pd.DataFrame:
    """Reliability, convergent and discriminant validity, collinearity and effect sizes.

    Columns: group columns, ``criterion``; ``subject``: construct, item, pair of constructs or path; ``value`` with its
    ``low, high``; ``threshold``, ``verdict`` (``ok``, ``below``, ``above``; for f2 the size) and its ``source``;
    ``status`` of the fit.

    Conventions (docs/results.md): alpha is standardised; rho_C from the loadings; HTMT on absolute correlations;
    Fornell-Larcker is ``sqrt(AVE)`` minus the largest correlation with another construct; f2 with the construct scores
    held fixed.  What is not defined (reliability of single items and mode B, VIF of a lone predictor, item-based
    criteria of a higher-order construct and between it and its dimensions) has no row.
    """
    parts = [_rows(estimates, criterion) for criterion in CRITERIA]
    there = [part for part in parts if len(part)]
    if not there:
        return pd.DataFrame(columns=[*estimates.by, *COLUMNS])
    table = pd.concat(there, ignore_index=True)
    if estimates.by:
        place = {key: g for g, key in enumerate(estimates.keys)}
        order = [place[tuple(key)] for key in table[list(estimates.by)].itertuples(index=False, name=None)]
        table = table.iloc[np.argsort(order, kind="stable")].reset_index(drop=True)
    return table


def _rows(estimates: Estimates, criterion: Criterion) -> pd.DataFrame:
    defined, names = _subjects(estimates, criterion.block)
    if not defined:
        return pd.DataFrame()
    columns = {"value": ("value", criterion.block), "low": ("low", criterion.block), "high": ("high", criterion.block)}
    labels = {"criterion": [criterion.name] * len(defined), "subject": [names[i] for i in defined]}
    table = estimates.frame(labels, columns, defined)
    table["threshold"] = criterion.threshold
    table["verdict"] = ["" if np.isnan(v) else criterion.verdict(v) for v in table["value"]]
    table["source"] = criterion.source
    table["status"] = estimates.status_text(len(defined))
    return table


def _subjects(estimates: Estimates, block: str) -> tuple[list[int], list[str]]:
    """Positions of a block that are defined in any group, and the name of every position."""
    layout = estimates.layout
    d = layout.design
    if block == "htmt":
        names = [f"{d.constructs[i]} ~ {d.constructs[j]}" for i, j in layout.construct_pairs]
        return _defined(estimates.value, layout.blocks[block]), names
    if block in ("vif", "f2"):
        names = [f"{d.constructs[s]} -> {d.constructs[t]}" for s, t in d.edges]
        lone = {e for e, (_, t) in enumerate(d.edges) if block == "vif" and len(d.predecessors[t]) == 1}
        return [e for e in _defined(estimates.value, layout.blocks[block]) if e not in lone], names
    if block == "loading":
        skip = d.single | d.mode_b | d.higher_order
        plain = [k for k, j in enumerate(d.block) if not skip[j]]
        return plain, [f"{d.items[k]} ({d.constructs[j]})" for k, j in enumerate(d.block)]
    return _defined(estimates.value, layout.blocks[block]), list(d.constructs)


def _defined(values: Floats, block: slice) -> list[int]:
    part = values[:, block]
    return [int(i) for i in np.flatnonzero(~np.isnan(part).all(axis=0))]

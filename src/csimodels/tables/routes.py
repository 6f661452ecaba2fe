"""Specific indirect effects: mediator by mediator, with their share of the total effect and the type of mediation."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from csimodels.assess.mediation import TYPES, Routes, mediation_type
from csimodels.moments.linalg import Floats
from csimodels.tables.estimates import Estimates
from csimodels.tables.vocabulary import is_doubtful

#: What stands under ``through`` where all routes of a pair are taken together.
ALL = "(all)"


def specific_effects(estimates: Estimates) -> pd.DataFrame:
    """Indirect effects of every pair of constructs: all together, then route by route.

    Columns: group columns, ``source, target``; ``through``: the mediators in order, or ``(all)``; ``estimate`` with
    ``se, low, high, p``, standardised; ``direct``, ``total``; ``vaf``: share of the total effect (outside 0 to 1 where
    effects have different signs); ``mediation``: type by Zhao, Lynch & Chen (2010) from the intervals of the indirect
    and the direct effect, empty without intervals and where the fit bears no verdict; ``status``.

    Raises
    ------
    SpecError
        More routes than a table can hold.
    """
    layout = estimates.layout
    d = layout.design
    routes = Routes.of(d)
    pair_of = {pair: place for place, pair in enumerate(d.pairs)}
    edge_of = {edge: place for place, edge in enumerate(d.edges)}
    rows: list[tuple[int, str, int]] = []  # place of the pair, mediators, place of the number in the vector
    indirect, specific = layout.blocks["indirect"].start, layout.blocks["specific_indirect"].start
    for pair, place in pair_of.items():
        mine = [r for r, ends in enumerate(routes.pairs) if ends == pair]
        if mine:
            rows.append((place, ALL, indirect + place))
        for r in mine:
            through = " -> ".join(d.constructs[j] for j in routes.nodes[r][1:-1])
            rows.append((place, through, specific + r))
    at = np.asarray([number for *_, number in rows], dtype=np.intp)
    places = np.asarray([place for place, *_ in rows], dtype=np.intp)
    ends = [d.pairs[place] for place in places]
    columns: dict[str, object] = estimates.key_columns(len(rows)) | {
        "source": [d.constructs[s] for s, _ in ends] * len(estimates.keys),
        "target": [d.constructs[t] for _, t in ends] * len(estimates.keys),
        "through": [through for _, through, _ in rows] * len(estimates.keys),
        "estimate": estimates.value[:, at].ravel(),
    }
    columns |= {part: getattr(estimates, part)[:, at].ravel() for part in ("se", "low", "high", "p")}
    direct, total = (estimates.value[:, layout.blocks[name]][:, places] for name in ("direct", "total"))
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(total == 0, np.nan, estimates.value[:, at] / total) + 0.0  # one zero
    edges = np.asarray([edge_of.get(pair, -1) for pair in ends], dtype=np.intp)
    columns |= {"direct": direct.ravel(), "total": total.ravel(), "vaf": share.ravel()}
    columns["status"] = status = estimates.status_text(len(rows))
    types = zip(_types(estimates, at, edges, direct), status, strict=True)
    columns["mediation"] = ["" if is_doubtful(state) else kind for kind, state in types]
    columns["status"] = columns.pop("status")  # the last one
    return pd.DataFrame(columns)


def _types(estimates: Estimates, at: NDArray[np.intp], edges: NDArray[np.intp], direct: Floats) -> list[str]:
    """Type of mediation of every row, group by group; a pair without a path has no direct effect."""
    path = estimates.layout.blocks["path"].start + np.maximum(edges, 0)

    def there(places: NDArray[np.intp]) -> NDArray[np.bool_]:
        return np.asarray((estimates.low[:, places] > 0) | (estimates.high[:, places] < 0))

    kinds = mediation_type(estimates.value[:, at], direct, there(at), there(path) & (edges >= 0))
    known = ~np.isnan(estimates.low[:, at]) & ((edges < 0) | ~np.isnan(estimates.low[:, path]))
    return [TYPES[kind] if sure else "" for kind, sure in zip(kinds.ravel(), known.ravel(), strict=True)]

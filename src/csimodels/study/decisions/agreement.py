"""The order of the drivers that was assumed, beside the order found (docs/decisions.md)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from csimodels.desk.agreement import kendall_tau_b, rank_moves, spearman
from csimodels.desk.benchmark import rank
from csimodels.errors import Problem, SpecError, listed
from csimodels.estimate import Design
from csimodels.messages import Construct, Message
from csimodels.spec import Model
from csimodels.tables import Estimates


def check_assumed(model: Model, assumed: Sequence[str]) -> None:
    """Refuse an order that is not one of all drivers of the index construct, each once.

    Raises
    ------
    SpecError
    """
    d = Design.of(model)
    drivers = [d.constructs[s] for s, t in d.pairs if d.constructs[t] == model.index.construct]
    if assumed and sorted(assumed) != sorted(drivers):
        target = Construct(model.index.construct)
        what = Message("the assumed order holds every driver of {construct} once", construct=target)
        raise SpecError(Problem(what, "drivers, assumed", listed(assumed), listed(drivers)))


def agreement(estimates: Estimates, target: str, assumed: Sequence[str]) -> pd.DataFrame:
    """Columns: group columns, ``driver, assumed_rank, found_rank, move``; ``spearman`` and ``kendall`` of the group."""
    d = estimates.layout.design
    pairs = [i for i, (_, t) in enumerate(d.pairs) if d.constructs[t] == target]
    names = [d.constructs[d.pairs[i][0]] for i in pairs]
    expected = np.asarray([assumed.index(name) + 1.0 for name in names])
    found = rank(estimates.value[:, estimates.layout.blocks["total_unstd"]][:, pairs])
    table = estimates.frame({"driver": names}, {}, list(range(len(pairs))))
    first = np.broadcast_to(expected, found.shape)
    table["assumed_rank"] = first.ravel()
    table["found_rank"] = found.ravel()
    table["move"] = rank_moves(first, found).ravel()
    for name, measure in (("spearman", spearman), ("kendall", kendall_tau_b)):
        table[name] = np.repeat(measure(first, found), len(pairs))
    return table
